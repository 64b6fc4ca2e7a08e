//! `Zalo`: a fake Bot API, as one bot sees it. It keeps what waits for the bot, knows which webhook
//! is set, and ends each call as it is told; what was done and what was answered are two things.

mod answers;
mod ends;

use std::collections::{BTreeMap, VecDeque};

use serde::Deserialize;
use zaloxide_core::{CallId, Method, Outcome, Ticket};

use crate::step::Line;

/// The webhook of somebody else.
pub const FOREIGN: &str = "https://elsewhere.example/hook";

/// How a call ended, as Zalo knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// It was carried out, and the bot is told so.
    Told,
    /// It was carried out, and the bot can't know.
    Untold,
    /// It was not carried out.
    Not,
}

/// What a call came to: what was done, what is answered, and which fault that was.
#[derive(Clone, Debug)]
pub struct End {
    /// The call.
    pub call: CallId,
    /// Whether it was carried out.
    pub known: Known,
    /// What the bot hears.
    pub outcome: Outcome<'static>,
    /// The fault's name, for the table.
    pub fault: Option<&'static str>,
    /// Which updates a poll handed out, if the bot can read them.
    pub updates: Vec<usize>,
}

/// A call that has not ended.
#[derive(Clone, Debug)]
pub struct Open {
    /// Its id.
    pub call: CallId,
    /// What is asked.
    pub method: Method,
    /// With which body.
    pub body: String,
    /// It was carried out; its answer is on its way.
    pub arrived: bool,
    /// The bot has given it up.
    pub cancelled: bool,
}

/// The fake platform.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
#[derive(Debug, Default)]
pub struct Zalo {
    /// The bot's id.
    pub bot_id: String,
    /// What waits for a poll or a webhook.
    pub inbox: VecDeque<usize>,
    /// Calls that have not ended, by kind, oldest first.
    pub open: BTreeMap<Line, VecDeque<Open>>,
    /// The webhook that is set.
    pub webhook: Option<String>,
    /// Deliveries that wait for their answer.
    pub hooks: BTreeMap<Ticket, usize>,
    /// The token is refused.
    pub token_refused: bool,
    /// The month's quota is used up.
    pub quota: bool,
    /// What is written while nobody listens waits.
    pub keeps: bool,
    /// A webhook that was not answered 200 is tried again.
    pub repeats: bool,
    /// What comes back on every poll.
    pub haunted: Option<usize>,
    messages: u64,
}

/// The body of a send, as Zalo reads it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sent {
    /// To whom.
    pub chat_id: String,
    /// A text.
    pub text: Option<String>,
    /// How to read it.
    pub parse_mode: Option<String>,
    /// A picture.
    pub photo: Option<String>,
    /// What is written under it.
    pub caption: Option<String>,
    /// A sticker.
    pub sticker: Option<String>,
    /// A recording.
    pub voice_url: Option<String>,
}

impl Zalo {
    /// The side that a bot has.
    pub fn new(bot_id: &str, keeps: bool, repeats: bool, foreign: bool) -> Self {
        let webhook = foreign.then(|| String::from(FOREIGN));
        Self { bot_id: String::from(bot_id), keeps, repeats, webhook, ..Self::default() }
    }

    /// A call begins.
    pub fn begin(&mut self, line: Line, call: CallId, method: Method, body: String) {
        let open = Open { call, method, body, arrived: false, cancelled: false };
        self.open.entry(line).or_default().push_back(open);
    }

    /// The oldest open call of a kind.
    pub fn oldest(&self, line: Line) -> Option<&Open> {
        self.open.get(&line).and_then(VecDeque::front)
    }

    /// The bot gives a call up; it has an end all the same. Tells its kind.
    pub fn cancel(&mut self, call: CallId) -> Option<Line> {
        for (line, open) in &mut self.open {
            if let Some(open) = open.iter_mut().find(|open| open.call == call) {
                open.cancelled = true;
                return Some(*line);
            }
        }
        None
    }

    /// The program died: who has called is gone.
    pub fn hang_up(&mut self) -> Vec<CallId> {
        let open = std::mem::take(&mut self.open);
        open.into_values().flatten().map(|open| open.call).collect()
    }

    /// A poll is open, and would be answered with updates.
    pub fn listens(&self) -> bool {
        let open = self.oldest(Line::Poll).is_some_and(|open| !open.cancelled);
        open && self.webhook.is_none()
    }

    /// What a call that arrives changes here.
    fn apply(&mut self, method: Method, body: &str) {
        #[derive(Deserialize)]
        struct Hook {
            url: String,
        }
        match method {
            Method::SetWebhook => {
                let hook: Hook = serde_json::from_str(body).expect("setWebhook has a url");
                self.webhook = Some(hook.url);
            }
            Method::DeleteWebhook => self.webhook = None,
            _ => {}
        }
    }
}
