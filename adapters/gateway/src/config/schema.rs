//! The JSON Schema of a configuration, made from the table of keys.

use serde_json::{Map, Value as Json, json};

use super::defaults;
use super::keys::{ACCOUNT, AGENT, Key, Kind, LOG, PROCESS, ZALOXIDE};

/// The JSON Schema of a configuration, draft 2020-12, as a text that ends in a line break.
///
/// An editor that is told of it completes keys and explains them. It knows every key, type, range
/// and choice; what depends on several keys at once only [`Config::parse`](super::Config::parse)
/// knows.
pub fn schema() -> String {
    let defaults = defaults::all();
    let zalo = |path: &str| defaults::at(&defaults["zalo"], path);
    let own = |path: &str| defaults::at(&defaults["zaloxide"], path);
    let mut account = object(ACCOUNT, "", &zalo);
    account["description"] = "A bot; what it does not say is as in channels.zalo".into();

    let mut channel = object(PROCESS, "", &zalo);
    channel["description"] = "The Zalo bots".into();
    for key in ACCOUNT {
        let place = format!("#/$defs/account/properties/{}", key.name);
        channel["properties"][key.name] = json!({ "$ref": place });
    }
    let keys: Vec<Json> = LOG.iter().map(|key| json!({ "required": [key.name] })).collect();
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "zaloxide",
        "description": "The configuration of zaloxide. Keys that are not listed are other programs'.",
        "type": "object",
        "properties": {
            "channels": { "type": "object", "properties": { "zalo": channel } },
            "zaloxide": object(ZALOXIDE, "", &own),
            // At the top they are ours only if they look like it.
            "agent": { "if": { "required": ["type"], "type": "object" }, "then": object(AGENT, "agent", &own) },
            "log": { "if": { "anyOf": keys, "type": "object" }, "then": object(LOG, "log", &own) },
        },
        "$defs": { "account": account, "secret": secret(), "id": id() },
    });
    // Its parts are all values: nothing in it can fail to be written.
    serde_json::to_string_pretty(&schema).unwrap_or_default() + "\n"
}

type Default<'a> = dyn Fn(&str) -> Option<&'a Json> + 'a;

fn object(keys: &'static [Key], path: &str, default: &Default<'_>) -> Json {
    let mut properties = Map::new();
    for key in keys {
        let path =
            if path.is_empty() { key.name.to_owned() } else { format!("{path}.{}", key.name) };
        let mut schema = value(&key.kind, &path, default);
        schema["description"] = key.about.into();
        if let Some(default) = default(&path).filter(|default| !default.is_object()) {
            schema["default"] = default.clone();
        }
        properties.insert(key.name.to_owned(), schema);
    }
    json!({ "type": "object", "properties": properties, "additionalProperties": false })
}

fn value(kind: &'static Kind, path: &str, default: &Default<'_>) -> Json {
    match kind {
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Text => json!({ "type": "string" }),
        Kind::Starting(start) => {
            json!({ "type": "string", "pattern": format!("^({start}|\\s*$)") })
        }
        Kind::Secret => json!({ "$ref": "#/$defs/secret" }),
        Kind::Count(range) => {
            json!({ "type": "integer", "minimum": range.start(), "maximum": range.end() })
        }
        Kind::Choice(choices) => json!({ "enum": choices }),
        Kind::Ids => json!({ "type": "array", "items": { "$ref": "#/$defs/id" } }),
        Kind::Texts => json!({ "type": "array", "items": { "type": "string" } }),
        Kind::Secrets => {
            json!({ "type": "object", "additionalProperties": { "$ref": "#/$defs/secret" } })
        }
        Kind::Section(keys) => object(keys, path, default),
        Kind::Streaming => json!({ "anyOf": [{ "const": "off" }, { "type": "object" }] }),
        Kind::OpenClaw(_) => json!({ "deprecated": true }),
        Kind::Accounts => json!({
            "type": "object",
            "propertyNames": { "minLength": 1, "maxLength": 64 },
            "additionalProperties": { "$ref": "#/$defs/account" },
        }),
    }
}

fn secret() -> Json {
    json!({
        "description": "The text itself, or the environment variable that holds it",
        "anyOf": [
            { "type": "string" },
            {
                "type": "object",
                "properties": {
                    "source": { "const": "env" },
                    "id": { "type": "string", "description": "The variable's name", "minLength": 1 },
                },
                "required": ["source", "id"],
            },
        ],
    })
}

fn id() -> Json {
    json!({
        "description": "An id that Zalo gave; quote it if it has more than 15 digits",
        "anyOf": [
            { "type": "string" },
            { "type": "integer", "minimum": 0, "maximum": super::check::EXACT_MAX },
        ],
    })
}

#[cfg(test)]
mod tests;
