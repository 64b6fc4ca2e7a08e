//! `Model`: the rules for who is delivered, who gets a code and who is dropped, written as naively
//! as possible: unbounded sets, no transport, no records of its own. The core is compared with it
//! after every step, and with what the model makes of the journal after every crash.

use std::collections::{BTreeMap, BTreeSet};

use zaloxide_core::{
    AccountConfig, ChatId, DAY_MS, DmPolicy, DropReason, GroupPolicy, HOUR_MS, Handling, Incoming,
    Record, SenderId, Time, Verdict,
};

use crate::people::What;
use crate::update::Update;

/// What an update comes to.
pub type Fate = Result<(), DropReason>;

/// By which an update is the same as another.
pub type Key = (ChatId, SenderId, String);

/// A stranger who has a code.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// The code, once it is known outside.
    pub code: Option<String>,
    /// When it was drawn.
    pub at: Time,
    /// They were told.
    pub told: bool,
}

/// Who is who. `dropped` is forgotten by a crash, the rest survives with its records.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Model {
    /// Let in by pairing.
    pub approved: BTreeSet<SenderId>,
    /// Turned away, until when; for good without.
    pub silenced: BTreeMap<SenderId, Option<Time>>,
    /// About whom the last that was decided was no.
    pub away: BTreeSet<SenderId>,
    /// Who was ever given a code that was not used: alive for an hour.
    pub asked: BTreeMap<SenderId, Asked>,
    /// Codes given out.
    pub issued: Vec<(Time, SenderId)>,
    /// Chats that a person has taken over.
    pub paused: BTreeSet<ChatId>,
    /// Updates that became turns or were listed, and when: known for 30 days.
    pub seen: BTreeMap<Key, Time>,
    /// Updates that came to nothing, and when: known as long.
    pub dropped: BTreeMap<Key, Time>,
}

impl Model {
    /// What an update comes to, and all that follows from it. `lane`: messages in the open turns
    /// of its chat.
    pub fn take(&mut self, config: &AccountConfig, new: &Update, now: Time, lane: usize) -> Fate {
        match new.what {
            What::Malformed => return Err(DropReason::Malformed),
            What::Bare => return Err(DropReason::Unsupported),
            What::Ping => return Err(DropReason::Test),
            What::NoSender => return Err(DropReason::NoSender),
            What::NoChat => return Err(DropReason::NoChat),
            What::Own => return Err(DropReason::Own),
            What::Bot => return Err(DropReason::Bot),
            What::Blank => return Err(DropReason::Blank),
            _ => {}
        }
        let name = new.message_id.as_ref().unwrap_or(&new.json).clone();
        let key = (new.chat.clone(), new.sender.clone(), name);
        if is_known(&self.seen, &key, now) || is_known(&self.dropped, &key, now) {
            return Err(DropReason::Duplicate);
        }
        let fate = match self.admits(config, new.group, &new.chat, &new.sender) {
            Err(DropReason::Pairing) => Err(self.stranger(config, &new.sender, now)),
            Err(reason) => Err(reason),
            Ok(()) => match new.what {
                What::Sticker if config.inbound.sticker == Handling::Log => {
                    Err(DropReason::Sticker)
                }
                What::Voice if config.inbound.voice == Handling::Log => Err(DropReason::Voice),
                What::Unsupported => Err(DropReason::Unsupported),
                What::Unknown => Err(DropReason::UnknownKind),
                _ if self.paused.contains(&new.chat) => Err(DropReason::ChatPaused),
                _ if lane >= 100 => Err(DropReason::LaneFull),
                _ => Ok(()),
            },
        };
        match fate {
            Ok(()) | Err(DropReason::ChatPaused) => self.seen.insert(key, now),
            Err(DropReason::LaneFull) => None,
            Err(_) => self.dropped.insert(key, now),
        };
        fate
    }

    /// The access table. `Pairing` stands for a stranger who may ask.
    pub fn admits(
        &self,
        config: &AccountConfig,
        group: bool,
        chat: &ChatId,
        sender: &SenderId,
    ) -> Fate {
        let in_list = |list: &zaloxide_core::AllowList, id: &str| {
            list.ids().any(|entry| entry.eq_ignore_ascii_case(id))
        };
        if group {
            let own = config.group_allow_from.as_ref();
            let list = own.unwrap_or(&config.allow_from);
            let named = in_list(list, sender.as_str()) || in_list(list, chat.as_str());
            return match config.group_policy {
                GroupPolicy::Disabled => Err(DropReason::Disabled),
                GroupPolicy::Open => Ok(()),
                _ if named || own.is_some_and(|list| list.any) => Ok(()),
                _ => Err(DropReason::NotAllowed),
            };
        }
        let named = config.allow_from.any || in_list(&config.allow_from, sender.as_str());
        match config.dm_policy {
            DmPolicy::Disabled => Err(DropReason::Disabled),
            _ if named => Ok(()),
            DmPolicy::Pairing if self.approved.contains(sender) => Ok(()),
            DmPolicy::Pairing => Err(DropReason::Pairing),
            _ => Err(DropReason::NotAllowed),
        }
    }

    fn stranger(&mut self, config: &AccountConfig, sender: &SenderId, now: Time) -> DropReason {
        match self.silenced.get(sender) {
            Some(None) => return DropReason::PairingSilenced,
            Some(Some(until)) if now < *until => return DropReason::PairingSilenced,
            _ => {}
        }
        if let Some(asked) = self.asked.get(sender).filter(|asked| alive(asked, now)) {
            return if asked.told { DropReason::PairingPending } else { DropReason::Pairing };
        }
        let pending = self.asked.values().filter(|asked| alive(asked, now)).count();
        let today = || self.issued.iter().filter(|(at, _)| now.since(*at) < DAY_MS);
        let own = today().filter(|(_, who)| who == sender).count();
        if pending >= config.pairing.max_pending as usize || own >= 2 || today().count() >= 30 {
            return DropReason::PairingLimited;
        }
        self.issue(sender, None, now);
        DropReason::Pairing
    }

    /// A code is given out. What is dead by then is forgotten: no clock wakes it again.
    fn issue(&mut self, sender: &SenderId, code: Option<String>, at: Time) {
        self.asked.retain(|_, asked| alive(asked, at));
        self.issued.retain(|(then, _)| at.since(*then) < DAY_MS);
        self.asked.insert(sender.clone(), Asked { code, at, told: false });
        self.issued.push((at, sender.clone()));
    }

    /// A code was drawn for somebody who is to have one.
    pub fn drawn(&mut self, sender: &SenderId, code: &str, at: Time) {
        if let Some(asked) = self.asked.get_mut(sender).filter(|asked| asked.at == at) {
            asked.code = Some(String::from(code));
        }
    }

    /// Whose code this is, if it is alive.
    pub fn holder(&self, typed: &str, now: Time) -> Option<&SenderId> {
        let code = typed.trim().to_ascii_uppercase();
        let holds = |asked: &Asked| alive(asked, now) && asked.code.as_ref() == Some(&code);
        self.asked.iter().find(|(_, asked)| holds(asked)).map(|(sender, _)| sender)
    }

    /// A person decided; tells whether that is possible.
    pub fn decide(&mut self, sender: &SenderId, verdict: Verdict, now: Time) -> bool {
        match verdict {
            Verdict::Approve { .. } => {
                self.asked.remove(sender);
                self.silenced.remove(sender);
                self.away.remove(sender);
                self.approved.insert(sender.clone());
            }
            Verdict::Reject { block } => {
                self.asked.remove(sender);
                self.approved.remove(sender);
                self.away.insert(sender.clone());
                let until = if block { None } else { Some(now.plus(DAY_MS)) };
                self.silenced.retain(|_, until| until.is_none_or(|until| now < until));
                self.silenced.insert(sender.clone(), until);
            }
            _ => {
                let was_in = self.approved.remove(sender);
                if was_in {
                    self.away.insert(sender.clone());
                }
                return was_in;
            }
        }
        true
    }

    /// Another program had let somebody in; tells whether they come in here by that.
    pub fn import(&mut self, sender: &SenderId, now: Time) -> bool {
        let silenced = self.silenced.get(sender);
        let silent = silenced.is_some_and(|until| until.is_none_or(|until| now < until));
        let comes_in = !self.approved.contains(sender) && !self.away.contains(sender) && !silent;
        comes_in && self.decide(sender, Verdict::Approve { notify: false }, now)
    }

    /// Somebody was told this, and Zalo says so.
    pub fn tell(&mut self, sender: &SenderId, text: &str, now: Time) {
        let asked = self.asked.get(sender).filter(|asked| alive(asked, now));
        if asked.and_then(|asked| asked.code.as_ref()).is_some_and(|code| text.contains(code)) {
            self.told(sender);
        }
    }

    fn told(&mut self, sender: &SenderId) {
        if let Some(asked) = self.asked.get_mut(sender) {
            asked.told = true;
        }
    }

    /// All that is known of somebody is erased.
    pub fn forget(&mut self, sender: &SenderId) {
        self.asked.remove(sender);
        self.approved.remove(sender);
        self.silenced.remove(sender);
        self.away.remove(sender);
        self.issued.retain(|(_, who)| who != sender);
    }

    /// What a record that survived says.
    pub fn replay(&mut self, record: &Record) {
        match record {
            Record::TurnTaken { incoming, at, .. }
            | Record::TurnJoined { incoming, at, .. }
            | Record::Listed { incoming, at, .. } => {
                self.seen.insert(key(incoming), *at);
            }
            Record::CodeIssued { sender, code, at, .. } => {
                self.issue(sender, Some(code.clone()), *at);
            }
            Record::Started { at, .. } => self.restart(*at),
            Record::CodeTold { sender, .. } => self.told(sender),
            Record::Approved { sender, at, .. } => {
                self.decide(sender, Verdict::Approve { notify: false }, *at);
            }
            Record::Rejected { sender, block, at, .. } => {
                self.decide(sender, Verdict::Reject { block: *block }, *at);
            }
            Record::Revoked { sender, at, .. } => {
                self.decide(sender, Verdict::Revoke, *at);
            }
            Record::Forgotten { sender } => self.forget(sender),
            Record::ChatPaused { chat, .. } => {
                self.paused.insert(chat.clone());
            }
            Record::ChatResumed { chat } => {
                self.paused.remove(chat);
            }
            _ => {}
        }
    }

    /// A run began at `now`: what lies ahead of it is pulled back to it.
    pub fn restart(&mut self, now: Time) {
        self.dropped.clear();
        for at in self.seen.values_mut() {
            *at = (*at).min(now);
        }
        for asked in self.asked.values_mut() {
            asked.at = asked.at.min(now);
        }
        for (at, _) in &mut self.issued {
            *at = (*at).min(now);
        }
        for until in self.silenced.values_mut().flatten() {
            *until = (*until).min(now.plus(DAY_MS));
        }
    }
}

/// Whether an update has come in the last 30 days.
pub fn is_known(keys: &BTreeMap<Key, Time>, key: &Key, now: Time) -> bool {
    keys.get(key).is_some_and(|at| now.since(*at) < 30 * DAY_MS)
}

fn alive(asked: &Asked, now: Time) -> bool {
    now < asked.at.plus(HOUR_MS)
}

fn key(incoming: &Incoming) -> Key {
    let sender = incoming.sender.id.clone();
    let name = match &incoming.message_id {
        Some(id) => String::from(id.as_str()),
        // Such an update is known by its whole text, of which the record holds the message.
        None => format!(
            "{{\"event_name\":\"message.{}.received\",\"message\":{}}}",
            match incoming.media.first().map(|medium| medium.kind.name()) {
                None => "text",
                Some(kind) => kind,
            },
            incoming.raw.as_str()
        ),
    };
    (incoming.chat.id.clone(), sender, name)
}
