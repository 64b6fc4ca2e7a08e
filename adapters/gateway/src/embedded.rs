//! `Embedded`: the engine inside a program in another language, which pulls what there is for it
//! and is told what it waits for by numbers. No thread of the engine ever enters that program.
//!
//! 1. Read a [`Plan`](crate::bot::Plan) from the program's options, or from a configuration file.
//! 2. Make a [`Pulled`], and [`start`](Embedded::start).
//! 3. Pull turns; answer them. What was asked for comes under its number, see
//!    [`result`](Embedded::result).

mod answers;
mod bodies;
mod clerk;
pub mod lines;
mod news;
mod starting;
pub mod wire;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use zaloxide_core::{ChatId, Reply, TurnId};

pub use answers::Answer;
pub use clerk::Clerk;
pub use news::{News, Pulls};
pub use starting::Wish;

use crate::Agent;
use crate::agents::Pulled;
use crate::bot::Bot;
use crate::control::{CallError, Request};
use crate::engine::{AskError, Ended};
use crate::front::{Mount, Plain, PlainAnswer, PlainBody};
use answers::Answers;
use bodies::Bodies;

/// A running engine, or the door of one that another process runs.
pub struct Embedded {
    pulled: Pulled,
    answers: Arc<Answers>,
    bodies: Arc<Bodies>,
    mount: Option<Arc<Mount>>,
    /// What only the process has that owns the accounts.
    owner: Option<Bot>,
}

/// Something that was not done.
#[derive(Debug)]
#[non_exhaustive]
pub enum NotDone {
    /// Another process has the accounts.
    Guest,
    /// No webhook is configured, or the front is not mounted.
    NoDoor,
    /// The account can't take it now.
    Ask(AskError),
    /// The engine says no.
    Call(CallError),
}

impl fmt::Display for NotDone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Guest => f.write_str(
                "another process runs this bot: ask it there, or by the `zaloxide` program",
            ),
            Self::NoDoor => f.write_str("no webhook is configured here"),
            Self::Ask(error) => error.fmt(f),
            Self::Call(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for NotDone {}

/// A request of which the host's server has read the head, and the body or nothing of it.
#[derive(Debug)]
pub struct Knock {
    /// Such as `POST`.
    pub method: String,
    /// The path as it came, and `?` and the query if there is one.
    pub target: String,
    /// Names and values.
    pub headers: Vec<(Vec<u8>, Vec<u8>)>,
    /// The address at the other end of the connection, if the server knows it.
    pub peer: Option<String>,
    /// The major version of HTTP.
    pub major: u8,
    /// All of the body. Without it, it is asked for piece by piece.
    pub body: Option<Vec<u8>>,
}

/// What the door says.
#[derive(Debug)]
pub enum Knocked {
    /// The answer.
    Now(PlainAnswer),
    /// Under this number come that a piece of the body is wanted, each time for one
    /// [`give`](Embedded::give), and at last the answer.
    Later(u64),
}

impl Embedded {
    /// Whether the accounts are another process's.
    pub fn is_guest(&self) -> bool {
        self.owner.is_none()
    }

    /// What the host pulls from, and answers turns with.
    pub fn pulled(&self) -> &Pulled {
        &self.pulled
    }

    /// Shows typing now.
    pub fn show_typing(&self, account: &str, turn: TurnId, attempt: u32) {
        if let Some(owner) = &self.owner {
            owner.handle().show_typing(account, turn, attempt);
        }
    }

    /// Sends a message; the number under which its end is told.
    ///
    /// # Errors
    /// It was not taken.
    pub fn send(&self, account: &str, chat: &str, content: Reply) -> Result<u64, NotDone> {
        let owner = self.owner()?;
        let number = self.answers.numbers(1);
        let (answers, pulled) = (Arc::clone(&self.answers), self.pulled.clone());
        let asked = owner.handle().send(account, ChatId::from(chat), content);
        asked
            .map_err(NotDone::Ask)?
            .then(move |settled| answers.come(number, Answer::Sent(settled), &pulled));
        Ok(number)
    }

    /// Hands a request to the door.
    ///
    /// # Errors
    /// There is no door.
    pub fn knock(&self, knock: Knock) -> Result<Knocked, NotDone> {
        let number = self.numbers(1)?;
        // As long as it stands, whoever knocked is still here.
        let here = Arc::new(Mutex::new(Some(None)));
        let asked = Arc::clone(&here);
        let (answers, pulled) = (Arc::clone(&self.answers), self.pulled.clone());
        self.ask_door(number, knock, move |answer| {
            match &mut *asked.lock().unwrap_or_else(PoisonError::into_inner) {
                Some(now) => *now = Some(answer),
                None => answers.come(number, Answer::Http(answer), &pulled),
            }
        });
        let now = here.lock().unwrap_or_else(PoisonError::into_inner).take();
        Ok(now.flatten().map_or(Knocked::Later(number), Knocked::Now))
    }

    /// Numbers for so many requests that are handed to the door later: the first, which the others
    /// follow.
    ///
    /// # Errors
    /// There is no door.
    pub fn numbers(&self, many: u64) -> Result<u64, NotDone> {
        if self.mount.is_some() { Ok(self.answers.numbers(many)) } else { Err(NotDone::NoDoor) }
    }

    /// Hands a request to the door from a thread that is not the host's: all that comes of it comes
    /// under this [number](Self::numbers).
    pub fn knock_as(&self, number: u64, knock: Knock) {
        let (answers, pulled) = (Arc::clone(&self.answers), self.pulled.clone());
        self.ask_door(number, knock, move |answer| {
            answers.come(number, Answer::Http(answer), &pulled);
        });
    }

    fn ask_door(&self, number: u64, knock: Knock, tell: impl FnOnce(PlainAnswer) + Send + 'static) {
        let Some(mount) = &self.mount else { return };
        let body = match knock.body {
            Some(body) => PlainBody::from(body),
            None => self.pieces(number),
        };
        let plain = Plain {
            method: knock.method,
            target: knock.target,
            headers: knock.headers,
            body,
            peer: knock.peer.and_then(|peer| peer.parse().ok()),
            major: knock.major,
        };
        let bodies = Arc::clone(&self.bodies);
        mount.answer(plain, move |answer| {
            bodies.end(number);
            tell(answer);
        });
    }

    fn pieces(&self, number: u64) -> PlainBody {
        let (answers, pulled) = (Arc::clone(&self.answers), self.pulled.clone());
        let (pieces, body) =
            PlainBody::pieces(move || answers.come(number, Answer::Wanted, &pulled));
        self.bodies.begin(number, pieces);
        body
    }

    /// Gives a piece of a body that was wanted; `None`: it broke off.
    pub fn give(&self, number: u64, piece: Option<Vec<u8>>, is_last: bool) {
        match piece {
            Some(piece) => self.bodies.give(number, piece, is_last),
            None => self.bodies.end(number),
        }
    }

    /// What came under a number, waited for at most so long; `None` when nothing has yet. It is
    /// given once.
    pub fn result(&self, number: u64, within: Duration) -> Option<Answer> {
        self.answers.take(number, within)
    }

    /// Asks what commands ask.
    ///
    /// # Errors
    /// The engine says no.
    pub fn ask(&self, request: Request) -> Result<Value, NotDone> {
        let owner = self.owner()?;
        owner.ask(request).map_err(NotDone::Call)
    }

    /// Begins the end; a second time, ends at once.
    pub fn stop(&self) {
        match &self.owner {
            Some(owner) => owner.stop(),
            None => self.pulled.close(Duration::ZERO),
        }
    }

    /// How it ended, waited for at most so long; `None`: not yet.
    pub fn wait(&self, within: Duration) -> Option<Ended> {
        let Some(owner) = &self.owner else { return Some(Ended::default()) };
        owner.wait_for(within)
    }

    /// Where webhooks arrive, and health and metrics.
    pub fn addresses(&self) -> (Option<String>, Option<String>) {
        let Some(owner) = &self.owner else { return (None, None) };
        let (front, ops) = owner.handle().addresses();
        (front.map(|at| at.to_string()), ops.map(|at| at.to_string()))
    }

    fn owner(&self) -> Result<&Bot, NotDone> {
        self.owner.as_ref().ok_or(NotDone::Guest)
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        lines::detach(&self.pulled);
        // Its end does not enter the host, and is bounded.
        drop(self.owner.take());
    }
}

impl fmt::Debug for Embedded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.owner.is_some() { "Embedded" } else { "Embedded, a guest" })
    }
}
