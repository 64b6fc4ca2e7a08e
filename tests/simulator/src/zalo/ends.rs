//! Ends: how each call ends, as a step says.

use zaloxide_core::{Method, Outcome};

use super::answers::{self, answered, failed, html, ok};
use super::{End, Known, Open, Zalo};
use crate::step::{Done, Ending, Line};

/// What an ending means, before the call's state is looked at.
struct Fault {
    name: &'static str,
    known: Known,
    outcome: Outcome<'static>,
}

impl Zalo {
    /// The oldest call of a kind is carried out; its answer is on its way. Tells which.
    pub fn arrives(&mut self, line: Line) -> Option<Open> {
        // What a poll brings is decided when it ends.
        let open = self.open.get_mut(&line).and_then(|open| open.front_mut())?;
        if open.arrived || line == Line::Poll || self.token_refused {
            return None;
        }
        let send = is_send(open.method);
        if send && self.quota {
            return None;
        }
        open.arrived = true;
        let open = open.clone();
        self.apply(open.method, &open.body);
        Some(open)
    }

    /// Ends the oldest open call of a kind. `json`: the text of an update.
    pub fn end(
        &mut self,
        line: Line,
        ending: Ending,
        json: impl Fn(usize) -> String,
    ) -> Option<End> {
        let calls = self.open.get_mut(&line)?;
        let open = calls.pop_front()?;
        if calls.is_empty() {
            self.open.remove(&line);
        }
        if line == Line::Poll {
            return Some(self.end_poll(&open, ending, json));
        }
        let fault = fault(ending, is_send(open.method)).map(|fault| self.possible(&open, fault));
        if let Some(Fault { name, known, outcome }) = fault {
            if known != Known::Not && !open.arrived {
                self.apply(open.method, &open.body);
            }
            if ending == Ending::Quota && name == "quota" {
                self.quota = true;
            }
            let updates = Vec::new();
            return Some(End { call: open.call, known, outcome, fault: Some(name), updates });
        }
        let form = if let Ending::Well(form) = ending { form } else { 0 };
        let refusal = self.refusal(&open, form).filter(|_| !open.arrived);
        if let Some((name, outcome)) = refusal {
            let (known, updates) = (Known::Not, Vec::new());
            return Some(End { call: open.call, known, outcome, fault: Some(name), updates });
        }
        let before = self.webhook.is_some();
        if !open.arrived {
            self.apply(open.method, &open.body);
        }
        let outcome = self.success(open.method, form, before);
        let (known, updates) = (Known::Told, Vec::new());
        Some(End { call: open.call, known, outcome, fault: None, updates })
    }

    /// A fault that does not contradict what the call is: what has arrived did leave, and what is
    /// refused is not done.
    fn possible(&self, open: &Open, fault: Fault) -> Fault {
        if open.arrived && fault.known == Known::Not {
            let outcome = lost();
            return Fault { name: "lost after", known: Known::Untold, outcome };
        }
        let refused = self.token_refused || (is_send(open.method) && self.quota);
        if refused && !open.arrived && fault.known != Known::Not {
            return Fault { name: "lost before", known: Known::Not, outcome: lost() };
        }
        fault
    }

    /// Why Zalo does not do what came to it whole.
    fn refusal(&self, open: &Open, form: u8) -> Option<(&'static str, Outcome<'static>)> {
        if self.token_refused {
            let outcome = match form % 3 {
                0 => html(401),
                _ => failed(form, 401, "Unauthorized"),
            };
            return Some(("401", outcome));
        }
        if is_send(open.method) && self.quota {
            return Some(("quota", failed(form, 429, "Quota exceeded")));
        }
        let picky = open.body.contains("parse_mode") && form % 8 == 7;
        picky.then(|| ("400", failed(form, 400, "Bad request: bad entities")))
    }

    fn success(&mut self, method: Method, form: u8, had_webhook: bool) -> Outcome<'static> {
        self.messages += 1;
        let n = self.messages;
        let bot = &self.bot_id;
        match method {
            Method::GetMe => match form % 4 {
                0 => ok(&format!(r#"{{"id":{bot},"account_name":"bot","can_join_groups":true}}"#)),
                _ => {
                    ok(&format!(r#"{{"id":"{bot}","account_name":"b","display_name":"Bot Thử"}}"#))
                }
            },
            Method::SetWebhook => match form % 8 {
                0 => ok(
                    r#"{"url":"x","verification":{"ok":false,"outcome":"webhook.err.timeout","status_code":0}}"#,
                ),
                1 => ok(r#"{"url":"x","updated_at":1}"#),
                _ => ok(r#"{"url":"x","verification":{"ok":true,"status_code":200}}"#),
            },
            Method::GetWebhookInfo => match &self.webhook {
                Some(url) => ok(&format!(r#"{{"url":"{url}","updated_at":1}}"#)),
                None => match form % 3 {
                    0 => ok(r#"{"url":"","updated_at":1}"#),
                    1 => answered(404, answers::failed_body(404, "Webhook not found")),
                    _ => failed(1, 404, "Webhook not found"),
                },
            },
            Method::DeleteWebhook if !had_webhook => match form % 3 {
                0 => failed(1, 404, "Webhook not found"),
                1 => failed(1, 400, "Bad request: no webhook"),
                _ => ok(r#"{"url":"","updated_at":1}"#),
            },
            Method::DeleteWebhook => ok(r#"{"url":"","updated_at":1}"#),
            Method::SendChatAction => answered(200, String::from(r#"{"ok":true}"#)),
            Method::TestWebhook => match form % 3 {
                0 => failed(1, 404, "Not found"),
                1 => answered(200, String::from(r#"{"ok":false,"errorCode":426}"#)),
                _ => ok(r#"{"ok":true,"outcome":"webhook.ok","status_code":200,"latency_ms":3}"#),
            },
            // Its id may be missing: the message arrived all the same.
            _ => match form % 8 {
                0 => answered(200, String::from(r#"{"ok":true}"#)),
                1 => ok(&format!(r#"{{"message_id":{n}}}"#)),
                _ => ok(&format!(r#"{{"message_id":"b{n:019x}","date":{n}}}"#)),
            },
        }
    }

    /// Ends a poll. Hands out one update, in rare forms more, which are consumed by that: also when
    /// the answer never arrives.
    fn end_poll(&mut self, open: &Open, ending: Ending, json: impl Fn(usize) -> String) -> End {
        let call = open.call;
        let ending = match ending {
            Ending::Well(0) => ending,
            _ if open.cancelled => Ending::LostBefore,
            _ => ending,
        };
        let form = if let Ending::Well(form) = ending { form } else { 0 };
        let many = if form % 16 == 15 { 3 } else { 1 };
        let fault = fault(ending, false);
        let refused = self.token_refused;
        let reaches = match &fault {
            Some(fault) => fault.known != Known::Not && !refused,
            None => !refused,
        };
        let there = if reaches && self.webhook.is_none() { many.min(self.inbox.len()) } else { 0 };
        let mut updates: Vec<usize> = self.inbox.drain(..there).collect();
        if let Some(Fault { name, known, outcome }) = fault {
            // What nobody can read is lost.
            return End { call, known, outcome, fault: Some(name), updates: Vec::new() };
        }
        if let Some((name, outcome)) = self.refusal(open, form) {
            return End { call, known: Known::Not, outcome, fault: Some(name), updates };
        }
        let mut fault = None;
        if updates.is_empty() && self.webhook.is_none() && self.haunted.is_some() {
            updates.extend(self.haunted);
            fault = Some("haunted");
        }
        let texts: Vec<String> = updates.iter().map(|update| json(*update)).collect();
        let outcome = match texts.as_slice() {
            [] => answers::idle(form),
            [one] => match form % 8 {
                0 => ok(&format!("[{one}]")),
                1 => answered(200, format!(r#"{{"result":{one},"errorCode":"0","ok":true}}"#)),
                2 => answered(200, format!(r#"{{"ok":true,"result":{one}}}"#)),
                _ => ok(one),
            },
            many => ok(&format!("[{}]", many.join(","))),
        };
        End { call, known: Known::Told, outcome, fault, updates }
    }
}

fn is_send(method: Method) -> bool {
    matches!(
        method,
        Method::SendMessage | Method::SendPhoto | Method::SendSticker | Method::SendVoice
    )
}

fn lost() -> Outcome<'static> {
    Outcome::Unknown { reason: String::from("the connection was reset") }
}

/// What an ending other than a good one means; what only sends can meet is none for other calls.
fn fault(ending: Ending, send: bool) -> Option<Fault> {
    let done = |done| if done == Done::Yes { Known::Untold } else { Known::Not };
    let (name, known, outcome) = match ending {
        Ending::NotSent => {
            let reason = String::from("connection refused");
            ("not sent", Known::Not, Outcome::NotSent { reason })
        }
        Ending::LostBefore => ("lost before", Known::Not, lost()),
        Ending::LostAfter => ("lost after", Known::Untold, lost()),
        Ending::Truncated => {
            let body = String::from(r#"{"ok":true,"result":{"mess"#);
            ("truncated", Known::Untold, answered(200, body))
        }
        Ending::Html429 => ("429 html", Known::Not, html(429)),
        Ending::Later429(seconds) => ("429 later", Known::Not, answers::later(seconds)),
        Ending::Quota if send => ("quota", Known::Not, failed(1, 429, "Quota exceeded")),
        Ending::Refused400 if send => {
            ("400", Known::Not, failed(1, 400, "Bad request: chat not found"))
        }
        Ending::Well(_) | Ending::Quota | Ending::Refused400 => return None,
        Ending::Internal403 => ("403", Known::Not, failed(1, 403, "Internal server error")),
        Ending::Missing404 => ("404", Known::Not, failed(1, 404, "Not found")),
        Ending::TooOften426 => {
            let body = String::from(r#"{"ok":false,"errorCode":"426","description":"tomorrow"}"#);
            ("426", Known::Not, answered(200, body))
        }
        // A long poll that ends so has ended empty: that is none of its faults.
        Ending::Timeout408(how) => {
            ("408", done(how), answered(408, answers::failed_body(408, "Request timeout")))
        }
        Ending::Json500(how) => ("500 json", done(how), failed(1, 500, "Internal server error")),
        Ending::Html502(how) => ("502 html", done(how), html(502)),
        Ending::Html504(how) => ("504 html", done(how), html(504)),
    };
    Some(Fault { name, known, outcome })
}
