//! Answering requests: everything goes through the channel's events, as from any other door.

use std::time::Duration;

use serde_json::{Value, json};
use zaloxide_core::{
    Body, FaultKind, Import, Op, Question, SenderId, Settled, Subject, TurnId, Verdict, View,
};

use super::{Host, Request, Who, seen};
use crate::engine::{AskError, Handle, NoAnswer, Pending};

/// How long a command waits for what must become durable first.
pub(super) const ANSWER_MAX: Duration = Duration::from_secs(30);
/// How long a send is waited for at most.
const SEND_MAX: Duration = Duration::from_secs(600);

/// Answers requests to one engine.
#[derive(Debug)]
pub(super) struct Answerer {
    pub(super) handle: Handle,
    host: Host,
}

/// A line that says no.
pub(super) fn fault(kind: &str, message: impl Into<String>) -> Value {
    json!({"error": {"kind": kind, "message": message.into()}})
}

impl Answerer {
    pub(super) fn new(handle: Handle, host: Host) -> Self {
        Self { handle, host }
    }

    /// The answer to a line.
    pub(super) fn answer(&self, line: &[u8]) -> Value {
        match serde_json::from_slice(line) {
            Ok(request) => self.request(request),
            Err(error) => fault("bad_request", format!("no request: {error}")),
        }
    }

    /// The answer to a request.
    pub(super) fn request(&self, request: Request) -> Value {
        match request {
            Request::PairingApprove { account, code, notify } => {
                let verdict = Verdict::Approve { notify };
                self.decide(account.as_deref(), &[Subject::Code(code)], verdict)
            }
            Request::PairingReject { account, who, block } => {
                let subjects = match who {
                    Who::Code(code) => vec![Subject::Code(code)],
                    Who::Sender(sender) => vec![Subject::Sender(sender)],
                    Who::Either(text) => vec![
                        Subject::Code(text.clone()),
                        Subject::Sender(SenderId::from(text.as_str())),
                    ],
                };
                self.decide(account.as_deref(), &subjects, Verdict::Reject { block })
            }
            Request::PairingRevoke { account, sender } => {
                self.decide(account.as_deref(), &[Subject::Sender(sender)], Verdict::Revoke)
            }
            Request::TurnsRetry { account, turn } => {
                self.operate_any(account.as_deref(), &Op::Retry { turn })
            }
            Request::TurnsDrop { account, turn } => {
                self.operate_any(account.as_deref(), &Op::Drop { turn })
            }
            Request::Forget { account, sender } => self.forget(account.as_deref(), &sender),
            Request::Import { account, entries } => self.import(account, entries),
            Request::QuotaResume { account } => self.operate(account, Op::ResumeSends),
            Request::ChatsPause { account, chat } => self.operate(account, Op::Pause { chat }),
            Request::ChatsResume { account, chat } => self.operate(account, Op::Resume { chat }),
            Request::Send { account, chat, content, wait_ms } => {
                let wait = Duration::from_millis(wait_ms).min(SEND_MAX);
                self.one(account, |account| match self.handle.send(account, chat, content) {
                    Err(error) => refused(&error),
                    Ok(pending) => match pending.wait(wait) {
                        Err(NoAnswer::NotYet) => json!({"ok": {"type": "queued"}}),
                        result => settled(result),
                    },
                })
            }
            Request::Update { account, body } => self.update(&account, &body),
            Request::Stop {} => {
                self.handle.stop();
                json!({"ok": {"type": "stopping"}})
            }
            Request::Reload {} => self.reload(),
            Request::Probe { account } => self.probe(account.as_deref()),
            Request::WebhookInfo { account } => {
                self.webhook(account, |_| Some(Question::GetWebhookInfo))
            }
            Request::WebhookSet { account } => self.webhook(account, |url| {
                url.map(|url| Question::SetWebhook { url: url.to_owned() })
            }),
            Request::WebhookDelete { account } => {
                self.webhook(account, |_| Some(Question::DeleteWebhook))
            }
            Request::WebhookTest { account } => {
                self.webhook(account, |_| Some(Question::TestWebhook))
            }
            Request::Status { account } => self.view(account.as_deref(), seen::status),
            Request::PairingList { account } => self.view(account.as_deref(), seen::pairing),
            Request::Admission { account, sender } => self.view(
                account.as_deref(),
                |view| json!({"sender": sender, "admission": view.admission(&sender)}),
            ),
            Request::PairingHistory { account } => self.view(account.as_deref(), seen::history),
            Request::TurnsList { account } => self.view(account.as_deref(), seen::turns),
            Request::TurnsShow { account, turn } => self.turn(account.as_deref(), turn),
            Request::Quota { account } => self.view(account.as_deref(), seen::quota),
            Request::ChatsList { account } => self.view(account.as_deref(), seen::chats),
        }
    }

    /// Takes a webhook's body in that another process was given.
    fn update(&self, account: &str, body: &Body<'_>) -> Value {
        match self.handle.take_in(account, body.as_bytes()) {
            Ok(pending) => match pending.wait(ANSWER_MAX) {
                Ok(Settled::Status(status)) => json!({"ok": {"status": status}}),
                other => settled(other),
            },
            Err(error) => refused(&error),
        }
    }

    fn reload(&self) -> Value {
        let Some(reload) = &self.host.reload else {
            return fault(
                "not_possible",
                "no gateway runs: it reads the configuration at its start",
            );
        };
        match reload() {
            Ok(report) => json!({"ok": report}),
            Err(reason) => fault("config", reason),
        }
    }

    /// Decides about a stranger, by the first subject that some account knows.
    fn decide(&self, account: Option<&str>, subjects: &[Subject], verdict: Verdict) -> Value {
        let mut last = fault("unknown_account", "there is no account");
        let source = self.host.source.unwrap_or("cli");
        for subject in subjects {
            let accounts = match (account, subject) {
                (None, Subject::Sender(sender)) => self.accounts_of(sender),
                _ => self.named_or_all(account),
            };
            if accounts.is_empty() {
                return self.which_account();
            }
            for account in accounts {
                let asked = self.handle.decide(&account, subject.clone(), verdict, source);
                last = match finished(asked) {
                    Ok(settled) if is_unknown(&settled) => line(&settled),
                    Ok(settled) => return with_account(line(&settled), &account),
                    Err(fault) => return fault,
                };
            }
        }
        last
    }

    /// The accounts in which a sender is pending or let in; with one account, that one. A sender
    /// nobody knows can be rejected too, so several accounts must not all be asked.
    fn accounts_of(&self, sender: &SenderId) -> Vec<String> {
        let all = self.named_or_all(None);
        if all.len() == 1 {
            return all;
        }
        let knows = |view: View<'_>| {
            view.pending().any(|(pending, _)| pending == sender)
                || view.approved().any(|(approved, _)| approved == sender)
        };
        all.into_iter().filter(|name| self.handle.view(name, knows).unwrap_or(false)).collect()
    }

    /// Has something done in the account named, else in the one that knows what it is about.
    fn operate_any(&self, account: Option<&str>, op: &Op) -> Value {
        let mut last = fault("unknown_account", "there is no account");
        for account in self.named_or_all(account) {
            last = match finished(self.handle.operate(&account, op.clone())) {
                Ok(settled) if is_unknown(&settled) => line(&settled),
                Ok(settled) => return with_account(line(&settled), &account),
                Err(fault) => return fault,
            };
        }
        last
    }

    /// Whoever asks to be forgotten means everywhere.
    fn forget(&self, account: Option<&str>, sender: &SenderId) -> Value {
        let names = self.named_or_all(account);
        let mut last = fault("unknown_account", "there is no account");
        for account in &names {
            let op = Op::Forget { sender: sender.clone() };
            last = match finished(self.handle.operate(account, op)) {
                Ok(Settled::Error(fault)) => return line(&Settled::Error(fault)),
                Ok(settled) => line(&settled),
                Err(fault) => return fault,
            };
        }
        if let Some(Value::Object(answer)) = last.get_mut("ok") {
            answer.insert("accounts".into(), names.into());
        }
        last
    }

    fn operate(&self, account: Option<String>, op: Op) -> Value {
        self.one(account, |account| match finished(self.handle.operate(account, op)) {
            Ok(settled) => with_account(line(&settled), account),
            Err(fault) => fault,
        })
    }

    /// Takes in what another program knew. Some write all names in lower case.
    fn import(&self, account: String, entries: Import) -> Value {
        let names = self.handle.accounts();
        let exact = names.iter().find(|name| **name == account);
        let like = || names.iter().find(|name| name.to_lowercase() == account.to_lowercase());
        let account = exact.or_else(like).cloned().unwrap_or(account);
        self.operate(Some(account), Op::Import(entries))
    }

    /// Does something in one account: the one named, the default one, or the only one.
    pub(super) fn one(&self, account: Option<String>, act: impl FnOnce(&str) -> Value) -> Value {
        let names = self.handle.accounts();
        match (account.or_else(|| self.host.default_account.clone()), names.as_slice()) {
            (Some(account), _) => act(&account),
            (None, [only]) => act(only),
            (None, _) => self.which_account(),
        }
    }

    fn which_account(&self) -> Value {
        let names = self.handle.accounts().join(", ");
        fault("which_account", format!("name one with --account: there is {names}"))
    }

    /// What can be seen of the account named, or of each: `{accounts: [{account, ..}]}`.
    fn view(&self, account: Option<&str>, read: impl Fn(View<'_>) -> Value) -> Value {
        let mut accounts = Vec::new();
        for name in self.named_or_all(account) {
            match self.handle.view(&name, &read) {
                Ok(Value::Object(mut seen)) => {
                    seen.insert("account".into(), name.into());
                    accounts.push(Value::Object(seen));
                }
                Ok(other) => accounts.push(other),
                Err(error) => return refused(&error),
            }
        }
        json!({"ok": {"accounts": accounts}})
    }

    /// Everything about one turn, reply or send.
    fn turn(&self, account: Option<&str>, turn: TurnId) -> Value {
        for name in self.named_or_all(account) {
            match self.handle.view(&name, |view| seen::turn(view, turn)) {
                Ok(Some(seen)) => return with_account(json!({"ok": seen}), &name),
                Ok(None) => {}
                Err(error) => return refused(&error),
            }
        }
        let message = format!("no turn, reply or send {turn} is known; see `zaloxide turns list`");
        fault("unknown_turn", message)
    }

    pub(super) fn named_or_all(&self, account: Option<&str>) -> Vec<String> {
        match account {
            Some(account) => vec![account.to_owned()],
            None => self.handle.accounts(),
        }
    }
}

/// Waits for what must be durable before it is confirmed.
fn finished(asked: Result<Pending, AskError>) -> Result<Settled, Value> {
    let pending = asked.map_err(|error| refused(&error))?;
    pending.wait(ANSWER_MAX).map_err(no_answer)
}

fn settled(result: Result<Settled, NoAnswer>) -> Value {
    result.map_or_else(no_answer, |settled| line(&settled))
}

fn line(settled: &Settled) -> Value {
    serde_json::to_value(settled).unwrap_or_else(|error| fault("internal", error.to_string()))
}

pub(super) fn no_answer(error: NoAnswer) -> Value {
    let kind = if error == NoAnswer::Ended { "ended" } else { "not_yet" };
    fault(kind, error.to_string())
}

pub(super) fn refused(error: &AskError) -> Value {
    let kind = match error {
        AskError::UnknownAccount { .. } => "unknown_account",
        AskError::Refused(_) => "refused",
    };
    fault(kind, error.to_string())
}

/// Another account, or another reading of the words, may know it.
fn is_unknown(settled: &Settled) -> bool {
    use FaultKind::{UnknownCode, UnknownSender, UnknownTurn};
    matches!(settled, Settled::Error(fault)
        if matches!(fault.kind, UnknownCode | UnknownSender | UnknownTurn))
}

/// Says which account it was.
fn with_account(mut line: Value, account: &str) -> Value {
    if let Some(Value::Object(answer)) = line.get_mut("ok") {
        answer.insert("account".into(), account.into());
    }
    line
}
