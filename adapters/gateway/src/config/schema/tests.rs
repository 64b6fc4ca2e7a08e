//! The schema: as it is committed, and against configurations good and bad.

use std::fs;
use std::path::Path;

use serde_json::{Value as Json, json};

use super::schema;

/// What is wrong with a value, by the words of a schema that are used here; any other word fails
/// the test, so that none is written that nobody looks at.
struct Reader {
    root: Json,
}

impl Reader {
    fn new() -> Self {
        Self { root: serde_json::from_str(&schema()).unwrap() }
    }

    fn accepts(&self, value: &Json) -> bool {
        self.fits(&self.root, value)
    }

    fn fits(&self, schema: &Json, value: &Json) -> bool {
        let words = schema.as_object().expect("a schema is an object");
        words.iter().all(|(word, wanted)| self.word(word, wanted, schema, value))
    }

    fn word(&self, word: &str, wanted: &Json, schema: &Json, value: &Json) -> bool {
        let all = |list: &Json| list.as_array().unwrap().clone();
        let length = || value.as_str().map(|text| text.chars().count() as u64);
        match word {
            "$schema" | "$defs" | "title" | "description" | "default" | "deprecated" | "then" => {
                true
            }
            "$ref" => {
                let place = wanted.as_str().unwrap().strip_prefix('#').unwrap();
                self.fits(self.root.pointer(place).expect(place), value)
            }
            "type" => match wanted.as_str().unwrap() {
                "object" => value.is_object(),
                "array" => value.is_array(),
                "string" => value.is_string(),
                "boolean" => value.is_boolean(),
                "integer" => value.is_u64() || value.is_i64(),
                other => panic!("type {other}"),
            },
            "enum" => all(wanted).contains(value),
            "const" => wanted == value,
            "anyOf" => all(wanted).iter().any(|schema| self.fits(schema, value)),
            "not" => !self.fits(wanted, value),
            "if" => !self.fits(wanted, value) || self.fits(&schema["then"], value),
            "minimum" => value.as_f64().is_none_or(|number| number >= wanted.as_f64().unwrap()),
            "maximum" => value.as_f64().is_none_or(|number| number <= wanted.as_f64().unwrap()),
            "minLength" => length().is_none_or(|length| length >= wanted.as_u64().unwrap()),
            "maxLength" => length().is_none_or(|length| length <= wanted.as_u64().unwrap()),
            "pattern" => {
                let start = wanted.as_str().unwrap().strip_prefix("^(").unwrap();
                let start = start.strip_suffix("|\\s*$)").unwrap();
                value.as_str().is_none_or(|text| text.starts_with(start) || text.trim().is_empty())
            }
            "required" => {
                all(wanted).iter().all(|name| value.get(name.as_str().unwrap()).is_some())
            }
            "items" => {
                value.as_array().is_none_or(|items| items.iter().all(|i| self.fits(wanted, i)))
            }
            "properties" => {
                wanted.as_object().unwrap().iter().all(|(name, schema)| {
                    value.get(name).is_none_or(|value| self.fits(schema, value))
                })
            }
            "additionalProperties" => value.as_object().is_none_or(|entries| {
                let mut others =
                    entries.iter().filter(|(name, _)| schema["properties"].get(name).is_none());
                others.all(|(_, value)| wanted.is_object() && self.fits(wanted, value))
            }),
            "propertyNames" => value.as_object().is_none_or(|entries| {
                entries.keys().all(|name| self.fits(wanted, &name.as_str().into()))
            }),
            other => panic!("this test does not know `{other}`"),
        }
    }
}

#[test]
fn the_committed_schema_is_the_one_the_table_makes() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("zaloxide.schema.json");
    let committed = fs::read_to_string(&file).unwrap_or_default();
    assert!(
        committed == schema(),
        "{} is not what the keys say: write it again with\n  \
         cargo run -- config schema > adapters/gateway/zaloxide.schema.json",
        file.display()
    );
}

#[test]
fn it_refuses_what_the_check_refuses() {
    let reader = Reader::new();
    let zalo = |zalo: &Json| json!({ "channels": { "zalo": zalo } });
    let good = [
        json!({}),
        json!({ "gateway": { "port": 1 }, "agent": { "model": "m" }, "log": "x", "agents": [] }),
        json!({ "agent": { "type": "echo" }, "log": { "level": "debug" } }),
        zalo(&json!({ "botToken": "1:x", "dmPolicy": "open", "allowFrom": ["*", 12] })),
        zalo(&json!({ "botToken": { "source": "env", "provider": "default", "id": "X" } })),
        zalo(&json!({ "streaming": { "mode": "off" }, "configWrites": 1, "webhookUrl": "" })),
        zalo(&json!({ "accounts": { "a": { "polling": { "timeoutSec": 300 } } } })),
    ];
    for value in good {
        assert!(reader.accepts(&value), "{value}");
        assert!(checked(&value), "{value}");
    }
    let bad = [
        json!([]),
        json!({ "agent": { "type": "magic" } }),
        json!({ "log": { "level": "loud" } }),
        json!({ "zaloxide": { "logs": {} } }),
        zalo(&json!([])),
        zalo(&json!({ "dmPolcy": "open" })),
        zalo(&json!({ "dmPolicy": "opne" })),
        zalo(&json!({ "allowFrom": "x" })),
        zalo(&json!({ "allowFrom": [9_007_199_254_740_993_u64] })),
        zalo(&json!({ "typing": "yes" })),
        zalo(&json!({ "polling": { "timeoutSec": 0 } })),
        zalo(&json!({ "polling": { "timeoutSec": 1.5 } })),
        zalo(&json!({ "polling": { "timeout": 1 } })),
        zalo(&json!({ "botToken": 12 })),
        zalo(&json!({ "botToken": { "source": "file", "id": "x" } })),
        zalo(&json!({ "streaming": "on" })),
        zalo(&json!({ "webhookUrl": "http://bot.example/zalo" })),
        zalo(&json!({ "webhookPath": "zalo" })),
        zalo(&json!({ "accounts": { "a": { "defaultAccount": "a" } } })),
        zalo(&json!({ "accounts": { "": {} } })),
        zalo(&json!({ "accounts": { "a": { "typing": 1 } } })),
    ];
    for value in bad {
        assert!(!reader.accepts(&value), "{value}");
        assert!(!checked(&value), "{value}");
    }
}

/// Whether the check, too, takes it.
fn checked(value: &Json) -> bool {
    let env = |name: &str| (name == "X").then(|| "1:x".to_owned());
    super::super::Config::parse(&value.to_string(), None, &env).is_ok()
}

#[test]
fn every_default_is_one_that_the_schema_takes() {
    fn look(reader: &Reader, schema: &Json, defaults: &mut usize) {
        if let Some(default) = schema.get("default") {
            *defaults += 1;
            assert!(reader.fits(schema, default), "{schema}");
        }
        match schema {
            Json::Object(words) => words.values().for_each(|word| look(reader, word, defaults)),
            Json::Array(items) => items.iter().for_each(|item| look(reader, item, defaults)),
            _ => {}
        }
    }
    let reader = Reader::new();
    let mut defaults = 0;
    look(&reader, &reader.root, &mut defaults);
    assert!(defaults > 40, "{defaults}");
}
