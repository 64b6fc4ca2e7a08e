//! `OpenAi`: a model behind any endpoint that speaks `OpenAI`'s chat completions as an agent.
//!
//! Each turn is one question: an optional system message, and the turn's `body` as the user's. No
//! conversation is kept: whoever wants one uses another kind of agent.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use zaloxide_core::{Reply, TurnId};
use zaloxide_polling::{Answer, Endpoint};

use super::posts::{Posts, refused};
use super::{Agent, AgentError, Turn};

/// Where completions are asked for, below the address that a provider names.
const PATH: &str = "/chat/completions";

/// Asks a model.
#[derive(Clone, Debug)]
pub struct OpenAi {
    posts: Posts,
    model: String,
    system: Option<String>,
}

#[derive(Serialize)]
struct Question<'a> {
    model: &'a str,
    messages: Vec<Said<'a>>,
}

#[derive(Serialize)]
struct Said<'a> {
    role: &'static str,
    content: &'a str,
}

#[derive(Deserialize)]
struct Completion {
    choices: Vec<Choice>,
}

#[derive(Deserialize)]
struct Choice {
    message: Message,
}

#[derive(Deserialize)]
struct Message {
    content: Option<String>,
    refusal: Option<String>,
}

/// What a server says that can't answer; some say only a text.
#[derive(Deserialize)]
struct Refusal {
    error: Explained,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Explained {
    Object { message: String },
    Text(String),
}

impl OpenAi {
    /// `url`: the address that a provider names, such as `https://api.openai.com/v1`, or the whole
    /// one of its chat completions.
    ///
    /// # Errors
    /// The URL or the key can't be used.
    pub fn new(
        url: &str,
        model: &str,
        api_key: Option<&str>,
        system: Option<&str>,
    ) -> Result<Self, AgentError> {
        let endpoint = endpoint(url, api_key).map_err(|error| AgentError(error.to_string()))?;
        Ok(Self {
            posts: Posts::new(endpoint),
            model: model.to_owned(),
            system: system.map(ToOwned::to_owned),
        })
    }

    fn question(&self, body: &str) -> serde_json::Result<String> {
        let system = self.system.as_deref().map(|content| Said { role: "system", content });
        let messages = system.into_iter().chain([Said { role: "user", content: body }]).collect();
        serde_json::to_string(&Question { model: &self.model, messages })
    }
}

/// Where completions are asked for, and with which key.
pub(crate) fn endpoint(
    url: &str,
    api_key: Option<&str>,
) -> Result<Endpoint, zaloxide_polling::EndpointError> {
    let bearer = |key| ("Authorization".to_owned(), format!("Bearer {key}"));
    let headers: BTreeMap<String, String> = api_key.map(bearer).into_iter().collect();
    Endpoint::new(&completions(url.trim()), &headers)
}

/// The address of the chat completions; what stands after a `?` stays there.
fn completions(url: &str) -> String {
    let (base, query) = url.find('?').map_or((url, ""), |at| url.split_at(at));
    let base = base.trim_end_matches('/');
    let path = if base.ends_with(PATH) { "" } else { PATH };
    format!("{base}{path}{query}")
}

impl Agent for OpenAi {
    fn deliver(&self, turn: Turn) {
        let body = self.question(&turn.envelope.body);
        self.posts.post(turn, body, read);
    }

    fn abandon(&self, turn: TurnId, attempt: u32) {
        self.posts.abandon((turn, attempt));
    }

    fn close(&self, within: Duration) {
        self.posts.close(within);
    }
}

fn read(host: &str, Answer { status, body, .. }: &Answer) -> Result<Reply, String> {
    if *status != 200 {
        let said = match serde_json::from_slice(body) {
            Ok(Refusal { error: Explained::Object { message: said } | Explained::Text(said) }) => {
                said
            }
            Err(_) => String::from_utf8_lossy(body).into_owned(),
        };
        return Err(refused(host, *status, &said));
    }
    let completion: Completion = serde_json::from_slice(body)
        .map_err(|error| format!("{host} answered with no chat completion: {error}"))?;
    let message = completion.choices.into_iter().next().map(|choice| choice.message);
    let message = message.ok_or_else(|| format!("{host} answered without a choice"))?;
    let text = message.content.or(message.refusal).unwrap_or_default();
    let text = text.trim();
    Ok(if text.is_empty() { Reply::default() } else { Reply::text(text) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn completions_lie_below_what_a_provider_names() {
        let whole = "https://api.openai.com/v1/chat/completions";
        let table = [
            ("https://api.openai.com/v1", whole),
            ("https://api.openai.com/v1/", whole),
            (whole, whole),
            (
                "http://h/openai/deployments/x?v=1",
                "http://h/openai/deployments/x/chat/completions?v=1",
            ),
        ];
        for (url, expected) in table {
            assert_eq!(completions(url), expected);
        }
    }

    #[test]
    fn a_question_is_one_message_and_the_key_is_not_in_it() {
        let agent = |system| OpenAi::new("https://h/v1", "m", Some("CANARY-key"), system).unwrap();
        let bare = r#"{"model":"m","messages":[{"role":"user","content":"a\"b"}]}"#;
        assert_eq!(agent(None).question("a\"b").unwrap(), bare);
        let with = agent(Some("Be brief."));
        assert!(
            with.question("a").unwrap().contains(r#"[{"role":"system","content":"Be brief."},"#)
        );
        assert!(!format!("{with:?}").contains("CANARY"), "{with:?}");
    }

    #[test]
    fn answers_are_text_and_refusals_say_why() {
        let ok =
            |content: &str| format!(r#"{{"choices":[{{"message":{{"content":{content}}}}}]}}"#);
        let table = [
            (200, ok(r#"" xin chào\n""#), Ok(Reply::text("xin chào"))),
            (200, ok(r#""{\"text\":\"a\"}""#), Ok(Reply::text(r#"{"text":"a"}"#))),
            (200, ok("null"), Ok(Reply::default())),
            (200, r#"{"choices":[{"message":{"refusal":"no"}}]}"#.into(), Ok(Reply::text("no"))),
            (200, r#"{"choices":[]}"#.into(), Err("h answered without a choice")),
            (200, "<html>".into(), Err("h answered with no chat completion: ")),
            (
                401,
                r#"{"error":{"message":"Incorrect API key","type":"x"}}"#.into(),
                Err("h answered HTTP 401: check the key it wants: Incorrect API key"),
            ),
            (
                404,
                r#"{"error":"no model"}"#.into(),
                Err("h answered HTTP 404: check the url: no model"),
            ),
            (429, "slow down".into(), Err("h answered HTTP 429: slow down")),
        ];
        for (status, body, expected) in table {
            match (read("h", &Answer::new(status, body.as_str())), expected) {
                (Err(error), Err(words)) => assert!(error.starts_with(words), "{error}"),
                (got, expected) => assert_eq!(got, expected.map_err(str::to_owned), "{body}"),
            }
        }
    }
}
