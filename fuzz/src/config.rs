//! `config`: any text is a configuration or is refused with what is wrong and where, without a
//! secret in what is shown; and what the walk over it finds is what the `json5` crate reads.

use std::path::Path;

use serde_json::Value;
use zaloxide::Config;

/// A secret in a seed: it must be shown by no error.
const HUSH: &str = "hush-hush";
/// Keys whose values are secrets.
const SECRETS: [&str; 2] = ["botToken", "webhookSecret"];
/// Longer texts only take longer.
const BYTES_MAX: usize = 16 << 10;

/// All of it is the file. No file is read, but what `tokenFile` and `tls` name.
pub fn check(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    if text.len() > BYTES_MAX || names_files(text) {
        return;
    }
    let value = json5::from_str::<Value>(text).ok();
    let file = Path::new("zaloxide.json5");
    let environment = |name: &str| (name == "TOKEN").then(|| String::from("1:hush-hush"));
    match Config::parse(text, Some(file), &environment) {
        Ok(config) => compare(&config, value.as_ref()),
        Err(error) => {
            assert!(!error.problems.is_empty(), "refused without a reason");
            let shown = error.to_string();
            if value.is_some() {
                assert!(!shown.contains("no JSON5: can't be read"), "the walk lost its way");
            }
            for place in error.problems.iter().filter_map(|problem| problem.place.as_ref()) {
                let lines = text.split(['\n', '\r']).count();
                assert!((1..=lines + 1).contains(&place.line), "{place:?}");
                assert!(place.column >= 1, "{place:?}");
                assert!(place.marked.start <= place.shown.chars().count() + 1, "{place:?}");
            }
            let secret = value.is_some_and(|value| holds_secret(&value));
            if secret && text.matches(HUSH).count() == 1 {
                assert!(!shown.contains(HUSH), "a secret is shown:\n{shown}");
            }
        }
    }
}

/// Whatever stands on this machine is no part of the input. Escapes could spell such a key.
fn names_files(text: &str) -> bool {
    ["tokenFile", "cert", "key", "\\"].iter().any(|key| text.contains(key))
}

/// Whether the marked secret is in a value of a secret's key.
fn holds_secret(value: &Value) -> bool {
    match value {
        Value::Object(fields) => fields.iter().any(|(key, value)| {
            let secret = SECRETS.contains(&key.as_str());
            let marked = value.as_str().is_some_and(|text| text.contains(HUSH));
            (secret && marked) || holds_secret(value)
        }),
        Value::Array(list) => list.iter().any(holds_secret),
        _ => false,
    }
}

/// The accounts that can run have what the file says.
fn compare(config: &Config, value: Option<&Value>) {
    let value = value.expect("what json5 can't read is no configuration");
    let zalo = &value["channels"]["zalo"];
    for account in config.ready() {
        let own = &zalo["accounts"][&account.config.account];
        let said = |key: &str| if own[key].is_null() { &zalo[key] } else { &own[key] };
        if let Some(limit) = said("textChunkLimit").as_u64() {
            assert_eq!(u64::from(account.config.text_chunk_limit), limit, "textChunkLimit");
        }
        if let Some(megabytes) = said("mediaMaxMb").as_u64() {
            assert_eq!(account.config.media_bytes_max(), megabytes << 20, "mediaMaxMb");
        }
        if let Some(listed) = said("allowFrom").as_array() {
            let any = listed.iter().any(|entry| entry.as_str().map(str::trim) == Some("*"));
            assert!(account.config.allow_from.any || !any, "allowFrom");
            assert!(account.config.allow_from.ids().count() <= listed.len(), "allowFrom");
        }
        account.config.check().expect("what is ready is in bounds");
    }
}
