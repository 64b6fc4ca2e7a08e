//! `Answer`: what goes back over HTTP, and the API's envelope `{ok, result, description, error_code}`.

use std::borrow::Cow;

use serde::Serialize;

use crate::options::Quirks;

/// One whole HTTP answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: Cow<'static, str>,
    pub(crate) body: Vec<u8>,
}

/// A call the API refuses, in its own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) code: u16,
    pub(crate) description: Cow<'static, str>,
}

impl Problem {
    pub(crate) const UNAUTHORIZED: Self = Self::fixed(401, "Unauthorized");
    pub(crate) const NOT_FOUND: Self = Self::fixed(404, "Not Found");
    pub(crate) const IDLE: Self = Self::fixed(408, "Request timeout");
    pub(crate) const QUOTA: Self = Self::fixed(429, "Quota exceeded");

    const fn fixed(code: u16, description: &'static str) -> Self {
        Self { code, description: Cow::Borrowed(description) }
    }

    /// Error 400: `Bad request: ` and what is wrong.
    pub(crate) fn bad(what: &str) -> Self {
        Self { code: 400, description: format!("Bad request: {what}").into() }
    }
}

#[derive(Serialize)]
#[serde(untagged)]
enum Code {
    Number(u16),
    Text(String),
}

#[derive(Serialize)]
struct Envelope<'a, T: Serialize> {
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<&'a T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<Code>,
}

impl Answer {
    pub(crate) fn json(status: u16, body: &impl Serialize) -> Self {
        // Only maps with keys that are no strings fail, and no answer has one.
        let body = serde_json::to_vec(body).unwrap_or_default();
        Self { status, content_type: "application/json".into(), body }
    }

    fn html(status: u16, body: &str) -> Self {
        Self { status, content_type: "text/html".into(), body: body.into() }
    }

    /// `{"ok":true,"result":..}`
    pub(crate) fn result(quirks: Quirks, result: &impl Serialize) -> Self {
        let error_code = quirks.zero_code.then(|| quirks.code(0));
        let envelope = Envelope { ok: true, result: Some(result), description: None, error_code };
        Self::json(200, &envelope)
    }

    /// `{"ok":true}`: a chat action has no result.
    pub(crate) fn done() -> Self {
        let (result, description, error_code) = (None::<&()>, None, None);
        Self::json(200, &Envelope { ok: true, result, description, error_code })
    }

    /// `{"ok":true,"result":<update>}` around bytes that are passed on as they are.
    pub(crate) fn update(quirks: Quirks, update: &[u8]) -> Self {
        let end: &[u8] = if quirks.zero_code { br#","error_code":0}"# } else { b"}" };
        let body = [br#"{"ok":true,"result":"#.as_slice(), update, end].concat();
        Self { status: 200, content_type: "application/json".into(), body }
    }

    /// `{"ok":false,..}`: HTTP 200, as the service mostly does, whatever the code.
    pub(crate) fn problem(quirks: Quirks, problem: &Problem) -> Self {
        let status = match problem.code {
            code @ (404 | 408 | 429) if quirks.real_status => code,
            code @ 500.. => code,
            _ => 200,
        };
        let envelope = Envelope {
            ok: false,
            result: None::<&()>,
            description: Some(&problem.description),
            error_code: Some(quirks.code(problem.code)),
        };
        Self::json(status, &envelope)
    }

    /// The daily limit of `testWebhook`, the one error that spells its key `errorCode`.
    pub(crate) fn tested_too_often() -> Self {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Envelope {
            ok: bool,
            description: &'static str,
            error_code: u16,
        }
        let description = "Webhook test limit of the day reached";
        Self::json(200, &Envelope { ok: false, description, error_code: 426 })
    }

    /// The API's own outage, as JSON.
    pub(crate) fn outage() -> Self {
        Self::problem(Quirks::default(), &Problem::fixed(500, "Internal server error"))
    }

    /// A page of the nginx in front of the API.
    pub(crate) fn edge(status: u16, reason: &str) -> Self {
        Self::html(
            status,
            &format!(
                "<html>\r\n<head><title>{status} {reason}</title></head>\r\n<body>\r\n\
                 <center><h1>{status} {reason}</h1></center>\r\n<hr><center>nginx</center>\r\n\
                 </body>\r\n</html>\r\n"
            ),
        )
    }

    /// The first half of the body: what a client gets of an answer that is cut off.
    pub(crate) fn first_half(&self) -> &[u8] {
        &self.body[..self.body.len() / 2]
    }
}

impl Quirks {
    fn code(self, code: u16) -> Code {
        if self.string_codes { Code::Text(code.to_string()) } else { Code::Number(code) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, Problem};
    use crate::options::Quirks;

    fn shown(answer: &Answer) -> String {
        format!("{} {}", answer.status, String::from_utf8_lossy(&answer.body))
    }

    #[test]
    fn each_error_in_each_face() {
        let real = Quirks { real_status: true, ..Quirks::default() };
        let text = Quirks { string_codes: true, zero_code: true, ..Quirks::default() };
        let mut rows = vec![];
        for quirks in [Quirks::default(), real, text] {
            for problem in
                [Problem::bad("no"), Problem::UNAUTHORIZED, Problem::NOT_FOUND, Problem::IDLE]
            {
                rows.push(shown(&Answer::problem(quirks, &problem)));
            }
            rows.push(shown(&Answer::update(quirks, br#"{"event_name":"x"}"#)));
            rows.push(shown(&Answer::result(quirks, &7)));
        }
        rows.push(shown(&Answer::done()));
        rows.push(shown(&Answer::outage()));
        rows.push(shown(&Answer::tested_too_often()));
        insta::assert_debug_snapshot!(rows);
    }
}
