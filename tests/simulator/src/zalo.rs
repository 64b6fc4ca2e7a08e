//! `Zalo`: a fake Bot API. It keeps what waits for the bot, knows which webhook is set, and ends
//! each call well or badly; what was done and what was answered are two things.

mod answers;

use std::collections::{BTreeMap, VecDeque};

use serde::Deserialize;
use zaloxide_core::{CallId, Method, Outcome, Ticket};

use crate::dice::Dice;
use crate::people::BOT_ID;
use crate::rates::Rates;
use answers::{answered, failed, html, ok, retry_after};

/// The webhook of somebody else.
pub const FOREIGN: &str = "https://elsewhere.example/hook";

/// How a send ended, as Zalo knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// It arrived, and the bot is told so.
    Told,
    /// It arrived, and the bot can't know.
    Untold,
    /// It did not arrive.
    Not,
}

/// What a call comes to: what was done, what is answered, and which fault that was.
#[derive(Clone, Debug)]
pub struct End {
    /// Whether it was done.
    pub done: Done,
    /// What the bot hears.
    pub outcome: Outcome<'static>,
    /// The fault's name, for the table.
    pub fault: Option<&'static str>,
}

/// The fake platform, as one bot sees it.
#[derive(Debug, Default)]
pub struct Zalo {
    /// What waits for a poll or a webhook.
    pub inbox: VecDeque<usize>,
    /// The open poll.
    pub poll: Option<CallId>,
    /// The webhook that is set.
    pub webhook: Option<String>,
    /// Deliveries that wait for their answer.
    pub hooks: BTreeMap<Ticket, usize>,
    /// The token is refused.
    pub spell: bool,
    /// The month's quota is used up.
    pub quota: bool,
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
    /// Ends a call that is no poll.
    pub fn end(&mut self, dice: &mut Dice, rates: &Rates, method: Method, body: &str) -> End {
        let send = matches!(
            method,
            Method::SendMessage | Method::SendPhoto | Method::SendSticker | Method::SendVoice
        );
        if let Some(end) = self.fault(dice, rates, send) {
            if end.done != Done::Not {
                self.apply(method, body);
            }
            return end;
        }
        if send && body.contains("parse_mode") && dice.chance(100) {
            return fault("400", Done::Not, failed(400, "Bad request: bad entities"));
        }
        if send && dice.chance(rates.refused_400) {
            return fault("400", Done::Not, failed(400, "Bad request: chat not found"));
        }
        self.apply(method, body);
        End { done: Done::Told, outcome: self.success(dice, method), fault: None }
    }

    /// What goes wrong with any call.
    fn fault(&mut self, dice: &mut Dice, rates: &Rates, send: bool) -> Option<End> {
        let sent_or_not = if dice.chance(500) { Done::Untold } else { Done::Not };
        let unknown = || Outcome::Unknown { reason: String::from("the connection was reset") };
        Some(if dice.chance(rates.not_sent) {
            let reason = String::from("connection refused");
            fault("not sent", Done::Not, Outcome::NotSent { reason })
        } else if dice.chance(rates.lost_before) {
            fault("lost before", Done::Not, unknown())
        } else if dice.chance(rates.html_429) {
            fault("429 html", Done::Not, html(429))
        } else if self.spell {
            fault("401", Done::Not, failed(401, "Unauthorized"))
        } else if dice.chance(rates.gateway_502) {
            fault("502 html", sent_or_not, html(dice.pick(&[502, 504])))
        } else if dice.chance(rates.json_500) {
            fault("500 json", sent_or_not, failed(500, "Internal server error"))
        } else if send && (self.quota || dice.chance(rates.quota)) {
            self.quota = true;
            fault("quota", Done::Not, failed(429, "Quota exceeded"))
        } else if send && dice.chance(rates.later_429) {
            fault("429 later", Done::Not, retry_after(dice.between(1, 20)))
        } else if dice.chance(rates.lost_after) {
            fault("lost after", Done::Untold, unknown())
        } else if dice.chance(rates.truncated) {
            let body = r#"{"ok":true,"result":{"mess"#;
            fault("truncated", Done::Untold, answered(200, String::from(body)))
        } else {
            return None;
        })
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

    fn success(&mut self, dice: &mut Dice, method: Method) -> Outcome<'static> {
        self.messages += 1;
        let n = self.messages;
        match method {
            Method::GetMe => {
                ok(&format!(r#"{{"id":"{BOT_ID}","account_name":"bot","display_name":"Bot Thử"}}"#))
            }
            Method::SetWebhook if dice.chance(100) => {
                ok(r#"{"url":"x","verification":{"ok":false,"outcome":"timeout","status_code":0}}"#)
            }
            Method::SetWebhook => ok(r#"{"url":"x","verification":{"ok":true,"status_code":200}}"#),
            Method::GetWebhookInfo => match &self.webhook {
                Some(url) => ok(&format!(r#"{{"url":"{url}","updated_at":1}}"#)),
                None if dice.chance(500) => failed(404, "Webhook not found"),
                None => ok(r#"{"url":"","updated_at":1}"#),
            },
            Method::DeleteWebhook => ok(r#"{"url":"","updated_at":1}"#),
            Method::SendChatAction => answered(200, String::from(r#"{"ok":true}"#)),
            Method::TestWebhook => failed(404, "Not found"),
            _ => ok(&format!(r#"{{"message_id":"b{n:019x}","date":{n}}}"#)),
        }
    }

    /// Ends the open poll. Hands out at most one update, which is consumed by that: also when the
    /// answer never arrives. `None` for the update when the bot can't have read it.
    pub fn end_poll(
        &mut self,
        dice: &mut Dice,
        rates: &Rates,
        json: impl Fn(usize) -> String,
    ) -> (End, Option<usize>) {
        self.poll = None;
        let update = if self.webhook.is_some() { None } else { self.inbox.pop_front() };
        if let Some(end) = self.fault(dice, rates, false) {
            if end.done == Done::Not {
                self.inbox.extend(update);
                self.inbox.rotate_right(usize::from(update.is_some()));
            }
            return (end, None);
        }
        let outcome = match update {
            Some(update) if dice.chance(50) => ok(&format!("[{}]", json(update))),
            Some(update) => ok(&json(update)),
            None if dice.chance(100) => ok(dice.pick(&["[]", "{}", "null"])),
            None if dice.chance(500) => answered(408, answers::failed_body(408, "Request timeout")),
            None => failed(408, "Request timeout"),
        };
        (End { done: Done::Told, outcome, fault: None }, update)
    }
}

fn fault(name: &'static str, done: Done, outcome: Outcome<'static>) -> End {
    End { done, outcome, fault: Some(name) }
}
