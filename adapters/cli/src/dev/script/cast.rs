//! `Cast`: who is on the stage, and what can be waited for.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use zaloxide::agents::Callback;
use zaloxide::engine::Ended;
use zaloxide::observer::Observer;
use zaloxide_core::{Action, Reply, Settled, Time};
use zaloxide_emulator::{Call, Emulator, User};

use super::Miss;
use crate::dev::relay::{param, succeeded};
use crate::dev::stage::{ACCOUNT, Stage};
use crate::exit::Failure;

/// How long anything may take. It decides only when a failure is told.
pub(super) const BOUND: Duration = Duration::from_secs(20);

/// Who writes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Person {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
}

/// The first stranger.
pub(super) const AN: Person = Person { id: "6ede9afa66b88fe6d6a9", name: "An" };
/// The second one.
pub(super) const BINH: Person = Person { id: "6ede9afa66b88fe6d6aa", name: "Bình" };

/// Keeps all that the core asked for.
#[derive(Debug, Default)]
struct Watch {
    actions: Mutex<Vec<Action>>,
    more: Condvar,
}

impl Observer for Watch {
    fn action(&self, _: &str, _: Time, action: &Action) {
        self.actions.lock().unwrap_or_else(PoisonError::into_inner).push(action.clone());
        self.more.notify_all();
    }
}

/// Chats whose turns the agent does not finish yet.
#[derive(Debug, Default)]
struct Held {
    chats: Mutex<BTreeSet<String>>,
    changed: Condvar,
}

impl Held {
    fn pass(&self, chat: &str) {
        let chats = self.chats.lock().unwrap_or_else(PoisonError::into_inner);
        let held = |chats: &mut BTreeSet<String>| chats.contains(chat);
        drop(self.changed.wait_while(chats, held).unwrap_or_else(PoisonError::into_inner));
    }

    fn change(&self, change: impl FnOnce(&mut BTreeSet<String>)) {
        change(&mut self.chats.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_all();
    }
}

/// Where one looks from: what came before it is not looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    call: u64,
    action: usize,
}

impl Mark {
    /// Before everything.
    pub(super) const START: Self = Self { call: 0, action: 0 };
}

/// Who is on the stage.
pub(super) struct Cast {
    stage: Stage,
    watch: Arc<Watch>,
    held: Arc<Held>,
}

impl Cast {
    /// Sets the stage, with an agent that echoes, and can be held up in a chat.
    pub(super) fn start() -> Result<Self, Failure> {
        let (watch, held) = (Arc::new(Watch::default()), Arc::new(Held::default()));
        let gate = Arc::clone(&held);
        let agent = Callback::new(move |envelope| {
            gate.pass(envelope.chat.id.as_str());
            Ok(Reply::text(envelope.body.clone()))
        });
        let observer: Arc<dyn Observer> = watch.clone();
        Ok(Self { stage: Stage::start(Arc::new(agent), observer)?, watch, held })
    }

    /// Ends it all.
    pub(super) fn stop(self) -> Ended {
        self.held.change(BTreeSet::clear);
        self.stage.stop()
    }

    pub(super) fn state_dir(&self) -> &Path {
        self.stage.state_dir()
    }

    pub(super) fn emulator(&self) -> &Emulator {
        &self.stage.emulator
    }

    pub(super) fn mark(&self) -> Mark {
        let actions = self.watch.actions.lock().unwrap_or_else(PoisonError::into_inner).len();
        Mark { call: self.emulator().last_call(), action: actions }
    }

    /// A person writes.
    pub(super) fn writes(&self, who: Person, text: &str) -> Result<(), Miss> {
        self.sends(who, |user| user.sends_text(text))
    }

    /// A person sends something.
    pub(super) fn sends<D>(
        &self,
        who: Person,
        send: impl FnOnce(User<'_>) -> Result<D, zaloxide_emulator::Refused>,
    ) -> Result<(), Miss> {
        let taken = send(self.emulator().user(who.id).named(who.name));
        taken.map(drop).map_err(|refused| Miss::new("Zalo takes the message", refused.to_string()))
    }

    /// The agent does not answer in this person's chat until they are let go.
    pub(super) fn hold(&self, who: Person) {
        self.held.change(|chats| chats.extend([who.id.to_owned()]));
    }

    /// The agent goes on.
    pub(super) fn let_go(&self, who: Person) {
        self.held.change(|chats| chats.retain(|chat| chat != who.id));
    }

    /// Lets a stranger in by their code, through the one door there is.
    pub(super) fn approve(&self, code: &str) -> Result<(), Miss> {
        let miss = |came: String| Miss::new("the approval is taken", came);
        let pending = self.stage.handle.approve(ACCOUNT, code, "dev");
        let pending = pending.map_err(|error| miss(error.to_string()))?;
        match pending.wait(BOUND) {
            Ok(Settled::Ok(_)) => Ok(()),
            Ok(Settled::Error(fault)) => Err(miss(fault.message)),
            Ok(other) => Err(miss(format!("{other:?}"))),
            Err(error) => Err(miss(error.to_string())),
        }
    }

    /// Waits for the first action since the mark of which `find` makes something.
    pub(super) fn wait_for_action<T>(
        &self,
        since: Mark,
        expected: &str,
        find: impl Fn(&Action) -> Option<T>,
    ) -> Result<T, Miss> {
        let deadline = Instant::now() + BOUND;
        let mut actions = self.watch.actions.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(found) = actions.iter().skip(since.action).find_map(&find) {
                return Ok(found);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                drop(actions);
                return Err(Miss::new(expected, self.came(since)));
            }
            let waited = self.watch.more.wait_timeout(actions, left);
            actions = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits for the first call since the mark that is as wanted.
    pub(super) fn wait_for_call(
        &self,
        since: Mark,
        expected: &str,
        wanted: impl Fn(&Call) -> bool,
    ) -> Result<Call, Miss> {
        let call = self.emulator().wait_for_call(since.call, BOUND, wanted);
        call.ok_or_else(|| Miss::new(expected, self.came(since)))
    }

    /// Waits for so many messages that Zalo took for a person since the mark.
    pub(super) fn answers(
        &self,
        since: Mark,
        who: Person,
        count: usize,
    ) -> Result<Vec<Answer>, Miss> {
        let mut answers: Vec<Answer> = Vec::new();
        while answers.len() < count {
            let expected = format!("message {} of {count} to {}", answers.len() + 1, who.name);
            let after = Mark { call: answers.last().map_or(since.call, |last| last.n), ..since };
            let call = self.wait_for_call(after, &expected, |call| is_answer(call, who))?;
            let text = param(&call, "text").unwrap_or_default().to_owned();
            answers.push(Answer { n: call.n, text });
        }
        Ok(answers)
    }

    /// Waits for one message that says just this.
    pub(super) fn answer(&self, since: Mark, who: Person, text: &str) -> Result<Answer, Miss> {
        let answer = self.answers(since, who, 1)?.remove(0);
        if answer.text == text {
            return Ok(answer);
        }
        Err(Miss::new(format!("“{text}” to {}", who.name), format!("“{}”", answer.text)))
    }

    /// How many messages a person was sent since the mark, arrived or not.
    pub(super) fn tried(&self, since: Mark, who: Person) -> usize {
        let calls = self.emulator().calls_since(since.call);
        calls.iter().filter(|call| is_message(call, who)).count()
    }

    /// What came since the mark, for who looks for the fault.
    fn came(&self, since: Mark) -> String {
        let calls = self.emulator().calls_since(since.call);
        let calls = calls.iter().map(|call| {
            let status = call.status.map_or_else(|| "open".into(), |status| status.to_string());
            format!("{} {status}", call.method)
        });
        let actions = self.watch.actions.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = actions.iter().skip(since.action).filter_map(crate::dev::narration::tell);
        let all: Vec<String> = calls.chain(lines).collect();
        if all.is_empty() {
            return format!("nothing within {} s", BOUND.as_secs());
        }
        format!("within {} s: {}", BOUND.as_secs(), all.join("; "))
    }
}

/// A message that Zalo took for a person.
#[derive(Debug)]
pub(super) struct Answer {
    /// The call's number.
    pub(super) n: u64,
    pub(super) text: String,
}

fn is_message(call: &Call, who: Person) -> bool {
    call.method == "sendMessage" && call.params.get("chat_id") == Some(&Value::from(who.id))
}

fn is_answer(call: &Call, who: Person) -> bool {
    is_message(call, who) && succeeded(call)
}
