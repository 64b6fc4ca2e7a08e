//! Entries: one sender who was let in, one code that was given out.

use std::time::UNIX_EPOCH;

use serde::Deserialize;
use serde_json::value::RawValue;
use zaloxide_core::{PendingCode, Time};

/// A pairing request as it stands in a file. What is wrong with it is told of it alone.
#[derive(Deserialize)]
pub(super) struct Request<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    code: Option<&'a RawValue>,
    #[serde(borrow, rename = "createdAt")]
    created_at: Option<&'a RawValue>,
    #[serde(borrow)]
    meta: Option<&'a RawValue>,
}

/// What is known besides of a sender.
#[derive(Default, Deserialize)]
pub(super) struct Meta {
    #[serde(rename = "accountId")]
    pub(super) account: Option<String>,
    pub(super) name: Option<String>,
}

/// A text, or a whole number as one: an id of 20 digits never becomes a float.
pub(super) fn text(raw: &RawValue) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Text {
        Text(String),
        Number(u64),
    }
    match serde_json::from_str(raw.get()).ok()? {
        Text::Text(text) => Some(text),
        Text::Number(number) => Some(number.to_string()),
    }
}

/// Reads a request of a file, and in which account it was made.
///
/// # Errors
/// What is wrong with it.
pub(super) fn request(raw: &RawValue) -> Result<(Option<String>, PendingCode), &'static str> {
    let request: Request<'_> =
        serde_json::from_str(raw.get()).map_err(|_| "not a pairing request")?;
    let Some(sender) = request.id.and_then(text) else { return Err("it has no id") };
    let Some(code) = request.code.and_then(text) else { return Err("it has no code") };
    let Some(created_at) = request.created_at.and_then(text) else {
        return Err("it does not say when it was made");
    };
    // The account is in it: guessed wrong, a stranger would come in elsewhere.
    let meta = request.meta.map(|meta| serde_json::from_str::<Option<Meta>>(meta.get()));
    let meta = meta.transpose().map_err(|_| "its meta is not understood")?;
    let meta = meta.flatten().unwrap_or_default();
    let issued_at = time(&created_at)?;
    Ok((meta.account, PendingCode { sender, name: meta.name, code, issued_at }))
}

/// A time as OpenClaw writes it: `2026-11-27T08:30:00.000Z`, or Unix milliseconds.
///
/// # Errors
/// It is none.
pub(super) fn time(text: &str) -> Result<Time, &'static str> {
    if let Ok(ms) = text.trim().parse() {
        return Ok(Time::from_ms(ms));
    }
    let time = humantime::parse_rfc3339(text.trim()).ok();
    let since = time.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let ms = since.and_then(|since| u64::try_from(since.as_millis()).ok());
    ms.map(Time::from_ms).ok_or("when it was made is no time")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_openclaw_writes_them() {
        let table = [
            ("2026-11-27T08:30:00.250Z", Ok(1_795_768_200_250)),
            ("2026-11-27T08:30:00Z", Ok(1_795_768_200_000)),
            (" 1795768200250 ", Ok(1_795_768_200_250)),
            ("1970-01-01T00:00:00Z", Ok(0)),
            ("2026-11-27T08:30:00+07:00", Err(())),
            ("2026-13-27T08:30:00Z", Err(())),
            ("yesterday", Err(())),
            ("-5", Err(())),
            ("", Err(())),
        ];
        for (text, expected) in table {
            assert_eq!(time(text).map(Time::as_ms).map_err(|_| ()), expected, "{text}");
        }
    }

    #[test]
    fn a_request_says_what_is_wrong_with_it() {
        let table = [
            ("7", "not a pairing request"),
            ("{}", "no id"),
            (r#"{"id": 1e400}"#, "no id"),
            (r#"{"id": "a"}"#, "no code"),
            (r#"{"id": "a", "code": "X"}"#, "when it was made"),
            (r#"{"id": "a", "code": "X", "createdAt": []}"#, "when it was made"),
            (r#"{"id": "a", "code": "X", "createdAt": "x"}"#, "no time"),
            (r#"{"id": "a", "code": "X", "createdAt": 1, "meta": 7}"#, "meta"),
            (r#"{"id": "a", "code": "X", "createdAt": 1, "meta": {"accountId": 7}}"#, "meta"),
        ];
        for (json, word) in table {
            let raw: &RawValue = serde_json::from_str(json).unwrap();
            let error = request(raw).unwrap_err();
            assert!(error.contains(word), "{json}: {error}");
        }
        let json = r#"{"id": 12345678901234567890, "code": "X", "createdAt": 1, "meta": null}"#;
        let (account, pending) = request(serde_json::from_str(json).unwrap()).unwrap();
        assert_eq!((account, pending.sender.as_str()), (None, "12345678901234567890"));
    }
}
