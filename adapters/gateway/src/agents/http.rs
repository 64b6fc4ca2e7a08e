//! `Http`: a server of the operator's own as an agent. Each turn is a POST of its envelope.
//!
//! 200 with a reply in JSON or with text is the answer, 204 is none, anything else a failure. No
//! redirect is followed and no proxy is taken; the time-out is the turn's own.

use std::collections::BTreeMap;
use std::time::Duration;

use zaloxide_core::{Reply, TurnId};
use zaloxide_polling::{Answer, Endpoint};

use super::posts::{Posts, refused};
use super::{Agent, AgentError, Turn, answer};

/// Posts envelopes to a URL.
#[derive(Clone, Debug)]
pub struct Http(Posts);

impl Http {
    /// `headers` go with each request. Nothing is sent yet.
    ///
    /// # Errors
    /// The URL or a header can't be used.
    pub fn new(url: &str, headers: &BTreeMap<String, String>) -> Result<Self, AgentError> {
        let endpoint =
            Endpoint::new(url, headers).map_err(|error| AgentError(error.to_string()))?;
        Ok(Self(Posts::new(endpoint)))
    }
}

impl Agent for Http {
    fn deliver(&self, turn: Turn) {
        let body = serde_json::to_string(&turn.envelope);
        self.0.post(turn, body, read);
    }

    fn abandon(&self, turn: TurnId, attempt: u32) {
        self.0.abandon((turn, attempt));
    }

    fn close(&self, within: Duration) {
        self.0.close(within);
    }
}

fn read(host: &str, Answer { status, body, .. }: &Answer) -> Result<Reply, String> {
    match status {
        200 => answer::read(body),
        204 => Ok(Reply::default()),
        status => Err(refused(host, *status, &String::from_utf8_lossy(body))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_statuses_are_answers() {
        let table = [
            (200, r#"{"text":"a"}"#, Ok(Reply::text("a"))),
            (200, "xin chào\n", Ok(Reply::text("xin chào"))),
            (200, "", Ok(Reply::default())),
            (200, r#"{"poll":1}"#, Err("Zalo bots can't send `poll`")),
            (204, "", Ok(Reply::default())),
            (201, "made", Err("agent:1 answered HTTP 201: made")),
            (302, "", Err("agent:1 answered HTTP 302: redirects are not followed")),
            (401, "no", Err("agent:1 answered HTTP 401: check the key it wants: no")),
            (404, "", Err("agent:1 answered HTTP 404: check the url")),
            (500, "<h1>Oh\r\n</h1>", Err("agent:1 answered HTTP 500: <h1>Oh </h1>")),
        ];
        for (status, body, expected) in table {
            let answer = Answer::new(status, body);
            match (read("agent:1", &answer), expected) {
                (Err(error), Err(words)) => assert!(error.starts_with(words), "{error}"),
                (got, expected) => assert_eq!(got, expected.map_err(str::to_owned)),
            }
        }
    }
}
