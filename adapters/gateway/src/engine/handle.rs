//! `Handle`: how everybody else asks a running engine for something.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use zaloxide_core::{ChatId, Event, Op, Refused, Reply, Subject, Ticket, TurnId, Verdict, View};
#[cfg(feature = "webhook")]
use zaloxide_webhook::Mount;

use super::Shared;
use super::seat::Seat;
use super::tickets::Pending;

/// A timer that is due for longer has nobody who looks after it.
const OVERDUE_MAX_MS: u64 = 10_000;

/// For everybody who wants something of a running engine. Cheap to clone. Once the engine has ended
/// it has no accounts, and all that is asked is refused as `Stopped`.
#[derive(Clone)]
pub struct Handle {
    pub(crate) shared: Arc<Shared>,
}

/// A request that was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AskError {
    /// No account has this name.
    UnknownAccount {
        /// The name.
        account: String,
    },
    /// The account can't take it now.
    Refused(Refused),
}

impl fmt::Display for AskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownAccount { account } => {
                write!(f, "no account is named \"{}\"", crate::escape::shown(account))
            }
            Self::Refused(refused) => refused.fmt(f),
        }
    }
}

impl std::error::Error for AskError {}

impl Handle {
    /// The names of the accounts that are at work now.
    pub fn accounts(&self) -> Vec<String> {
        self.shared.seats.all().iter().map(|seat| seat.name.clone()).collect()
    }

    /// Where Zalo's webhooks arrive, if they do, and where health and metrics are.
    pub fn addresses(&self) -> (Option<SocketAddr>, Option<SocketAddr>) {
        self.shared.front.addresses()
    }

    /// Decides about a stranger. `source` says for the history who did: `cli`, `api`, ...
    ///
    /// # Errors
    /// There is no such account, or it can't take more. Whether the code is known is the answer.
    pub fn decide(
        &self,
        account: &str,
        subject: Subject,
        verdict: Verdict,
        source: &str,
    ) -> Result<Pending, AskError> {
        let source = source.to_owned();
        self.ask(account, |ticket| Event::Approval { subject, verdict, source, ticket })
    }

    /// Lets a stranger in by their code.
    ///
    /// # Errors
    /// As [`decide`](Self::decide).
    pub fn approve(&self, account: &str, code: &str, source: &str) -> Result<Pending, AskError> {
        let verdict = Verdict::Approve { notify: false };
        self.decide(account, Subject::Code(code.to_owned()), verdict, source)
    }

    /// Sends a message. The answer comes when all of it is sent, or given up; that may take hours.
    ///
    /// # Errors
    /// There is no such account, or it can't take more.
    pub fn send(&self, account: &str, chat: ChatId, content: Reply) -> Result<Pending, AskError> {
        self.ask(account, |ticket| Event::Send { chat, content, ticket })
    }

    /// Has an operator's wish done.
    ///
    /// # Errors
    /// There is no such account, or it can't take more.
    pub fn operate(&self, account: &str, op: Op) -> Result<Pending, AskError> {
        self.ask(account, |ticket| Event::Operate { op, ticket })
    }

    /// Takes in the body of a webhook whose secret was right. The answer is the status to give.
    ///
    /// # Errors
    /// There is no such account.
    pub(crate) fn take_in(&self, account: &str, body: &[u8]) -> Result<Pending, AskError> {
        let (tell, pending) = Pending::new();
        self.seat(account)?.post(body, tell);
        Ok(pending)
    }

    /// The agent wants to be seen at work on a turn: typing is shown now.
    pub fn show_typing(&self, account: &str, turn: TurnId, attempt: u32) {
        if let Ok(seat) = self.seat(account) {
            seat.report(Event::Typing { turn, attempt });
        }
    }

    /// Answers requests that a server of the host's own was given, if the front is
    /// [mounted](crate::front::FrontConfig::mounted).
    #[cfg(feature = "webhook")]
    pub fn mount(&self) -> Option<Arc<Mount>> {
        self.shared.front.mount()
    }

    /// Looks at an account. Nothing of the account goes on meanwhile: read quickly.
    ///
    /// # Errors
    /// There is no such account.
    pub fn view<R>(&self, account: &str, read: impl FnOnce(View<'_>) -> R) -> Result<R, AskError> {
        Ok(self.seat(account)?.view(read))
    }

    /// How far Zalo's clock is ahead of this one, in ms: negative when it is behind, and exact to a
    /// second. By Zalo's last answer to this account; `None` before one has said what time it is.
    ///
    /// # Errors
    /// There is no such account.
    pub fn ahead_ms(&self, account: &str) -> Result<Option<i64>, AskError> {
        Ok(self.seat(account)?.line.ahead_ms())
    }

    /// Whether the engine moves: every account can be looked at, and no timer is long overdue.
    /// While an account is stuck this does not come back, so a watchdog asks it on a thread of its
    /// own.
    pub fn is_alive(&self) -> bool {
        for seat in self.shared.seats.all() {
            seat.view(|_| ());
        }
        self.shared.timers.overdue_ms(&self.shared.clock) < OVERDUE_MAX_MS
    }

    /// Begins the end: no new work, what is under way is finished or abandoned, each within its
    /// bound. A second call ends at once.
    pub fn stop(&self) {
        if self.shared.ending.ask() {
            self.shared.front.close();
            for seat in self.shared.seats.all() {
                seat.report(Event::Stop);
            }
        }
    }

    fn ask(
        &self,
        account: &str,
        event: impl FnOnce(Ticket) -> Event<'static>,
    ) -> Result<Pending, AskError> {
        self.seat(account)?.ask(event).map_err(AskError::Refused)
    }

    pub(super) fn seat(&self, account: &str) -> Result<Arc<Seat>, AskError> {
        let seats = &self.shared.seats;
        seats.named(account).ok_or_else(|| {
            if seats.is_over() {
                AskError::Refused(Refused::Stopped)
            } else {
                AskError::UnknownAccount { account: account.to_owned() }
            }
        })
    }

    /// The timer thread: ends when the timers are closed.
    pub(super) fn run_timers(&self) {
        while let Some(index) = self.shared.timers.next(&self.shared.clock) {
            if let Some(seat) = self.shared.seats.numbered(index) {
                seat.report(Event::TimerFired);
            }
        }
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.accounts()).finish()
    }
}
