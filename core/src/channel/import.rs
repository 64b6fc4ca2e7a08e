//! Import: the one function behind every door through which what another program's channel knew
//! of people comes in. First it is worked out what to do, then it is done, or only said.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};

use super::context::{Context, bounded};
use super::dice::{CODE_ALPHABET, CODE_CHARS};
use super::mail::Mail;
use super::pairing;
use crate::config::normalise;
use crate::id::{ChatId, SenderId, Ticket};
use crate::import::{Import, Imported, NotTaken, PendingCode, WhyNot};
use crate::ledger::{CODE_LIFE_MS, Decision, PairingBook};
use crate::limits::{ID_BYTES_MAX, NAME_CHARS_MAX};
use crate::note::{Level, NoteCode};
use crate::record::Record;
use crate::settle::{Answer, Settled};
use crate::time::Time;

/// By whom, for the history.
const SOURCE: &str = "import";

/// Takes in whom another program had let in, and the codes it had given out. Approvals first: who
/// is let in needs no code. Nobody is told anything: a stranger who writes hears their code again.
pub(super) fn import(cx: &mut Context, mail: &mut Mail, import: Import, ticket: Ticket) {
    let max_pending = cx.config.pairing.max_pending as usize;
    let mut plan = Plan::new(&cx.ledger.pairing, cx.now, max_pending, import.dry_run);
    for entry in &import.approved {
        plan.approve(entry);
    }
    for pending in import.pending {
        plan.keep_code(pending);
    }
    let Plan { answer, codes, .. } = plan;
    if !answer.dry_run {
        for sender in &answer.approved {
            pairing::let_in(cx, mail, sender, SOURCE.into());
        }
        for (code, Holder { sender, name, issued_at }) in codes {
            let chat = ChatId::from(&sender);
            cx.record(Record::CodeIssued { sender, name, chat, code, at: issued_at });
        }
        note(cx, &answer);
    }
    cx.settle_durable(ticket, Settled::Ok(Answer::Imported(answer)));
}

fn note(cx: &mut Context, answer: &Imported) {
    let text = format!(
        "import: let in {}, codes taken over {}, here already {}, not taken {}",
        answer.approved.len(),
        answer.pending.len(),
        answer.already,
        answer.refused.len(),
    );
    cx.note(Level::Info, NoteCode::Pairing, text);
}

/// Who holds a code that is taken over.
struct Holder {
    sender: SenderId,
    name: Option<String>,
    issued_at: Time,
}

/// What is to be done, worked out from the book as it is and from the entries before.
struct Plan<'a> {
    book: &'a PairingBook,
    now: Time,
    /// What was decided last about each sender.
    decided: BTreeMap<&'a SenderId, Decision>,
    answer: Imported,
    approved: BTreeSet<SenderId>,
    codes: BTreeMap<String, Holder>,
    room_for_approved: usize,
    room_for_codes: usize,
}

impl<'a> Plan<'a> {
    fn new(book: &'a PairingBook, now: Time, max_pending: usize, dry_run: bool) -> Self {
        Self {
            book,
            now,
            decided: book.history().map(|entry| (&entry.sender, entry.decision)).collect(),
            answer: Imported { dry_run, ..Imported::default() },
            approved: BTreeSet::new(),
            codes: BTreeMap::new(),
            room_for_approved: book.room(),
            room_for_codes: max_pending.saturating_sub(book.pending(now).count()),
        }
    }

    fn approve(&mut self, entry: &str) {
        match self.to_be_let_in(entry) {
            Ok(None) => self.answer.already += 1,
            Ok(Some(sender)) => {
                self.room_for_approved -= 1;
                self.approved.insert(sender.clone());
                self.answer.approved.push(sender);
            }
            Err(why) => self.refuse(entry, why),
        }
    }

    /// Who is let in by this entry; `None`: they are in already.
    fn to_be_let_in(&self, entry: &str) -> Result<Option<SenderId>, WhyNot> {
        let sender = person(entry)?;
        if self.is_in(&sender) {
            return Ok(None);
        }
        self.not_turned_away(&sender)?;
        if self.room_for_approved == 0 { Err(WhyNot::Full) } else { Ok(Some(sender)) }
    }

    fn keep_code(&mut self, pending: PendingCode) {
        match self.to_be_kept(&pending) {
            Ok(None) => self.answer.already += 1,
            Ok(Some((sender, code))) => {
                self.room_for_codes -= 1;
                self.answer.pending.push(sender.clone());
                let name = pending.name.map(|name| name.chars().take(NAME_CHARS_MAX).collect());
                self.codes.insert(code, Holder { sender, name, issued_at: pending.issued_at });
            }
            Err(why) => self.refuse(&pending.sender, why),
        }
    }

    /// Whose code is taken over; `None`: it is here already, or its holder is let in.
    fn to_be_kept(&self, pending: &PendingCode) -> Result<Option<(SenderId, String)>, WhyNot> {
        let sender = person(&pending.sender)?;
        let code = code(&pending.code)?;
        if self.is_in(&sender) {
            return Ok(None);
        }
        if pending.issued_at > self.now {
            return Err(WhyNot::Ahead);
        }
        if self.now >= pending.issued_at.plus(CODE_LIFE_MS) {
            return Err(WhyNot::Expired);
        }
        self.not_turned_away(&sender)?;
        match self.holder(&code) {
            Some(holder) if *holder == sender => return Ok(None),
            Some(_) => return Err(WhyNot::CodeTaken),
            None => {}
        }
        let has_one = self.book.request(&sender, self.now).is_some()
            || self.codes.values().any(|holder| holder.sender == sender);
        if has_one {
            return Err(WhyNot::OtherCode);
        }
        if self.room_for_codes == 0 || self.room_for_approved == 0 {
            return Err(WhyNot::Full);
        }
        Ok(Some((sender, code)))
    }

    fn is_in(&self, sender: &SenderId) -> bool {
        self.book.is_approved(sender) || self.approved.contains(sender)
    }

    fn holder(&self, code: &str) -> Option<&SenderId> {
        let planned = self.codes.get(code).map(|holder| &holder.sender);
        planned.or_else(|| self.book.holder(code, self.now))
    }

    /// What was decided here counts more than what another program knew: or bringing it a second
    /// time would undo it.
    fn not_turned_away(&self, sender: &SenderId) -> Result<(), WhyNot> {
        let last = self.decided.get(sender);
        let away = matches!(last, Some(Decision::Rejected | Decision::Blocked | Decision::Revoked));
        let silenced = self.book.is_silenced(sender, self.now);
        if away || silenced { Err(WhyNot::TurnedAway) } else { Ok(()) }
    }

    fn refuse(&mut self, entry: &str, why: WhyNot) {
        let (entry, message) = (bounded(entry), why.to_string());
        self.answer.refused.push(NotTaken { entry, why, message });
    }
}

/// The person that an entry names.
fn person(entry: &str) -> Result<SenderId, WhyNot> {
    match normalise(entry) {
        "*" => Err(WhyNot::Wildcard),
        id if id.is_empty() || id.len() > ID_BYTES_MAX => Err(WhyNot::NoId),
        id if id.chars().any(|c| c.is_control() || c.is_whitespace()) => Err(WhyNot::NoId),
        id if is_group(id) => Err(WhyNot::Group),
        id => Ok(SenderId::from(id)),
    }
}

/// Whether the id is a group's: its form says so, or who wrote it down did.
fn is_group(id: &str) -> bool {
    ["zgr-", "group:"]
        .iter()
        .any(|prefix| id.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix)))
}

/// A code as it is kept.
fn code(text: &str) -> Result<String, WhyNot> {
    let code = text.trim().to_ascii_uppercase();
    let is_code = code.len() == CODE_CHARS && code.bytes().all(|b| CODE_ALPHABET.contains(&b));
    if is_code { Ok(code) } else { Err(WhyNot::NoCode) }
}
