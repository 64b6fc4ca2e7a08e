//! Bodies that were never recorded: wrong types, doubled names, hostile sizes, broken text.

use proptest::prelude::*;
use zaloxide_core::wire::{Kind, Success};
use zaloxide_core::{ChatKind, Time, limits};

use super::{Method, Response, Unreadable, Update, fixtures, wire};

fn message(fields: &str) -> String {
    format!(r#"{{"event_name":"message.text.received","message":{{{fields}}}}}"#)
}

/// Reads a message of these fields; what is looked at is shown as text.
fn read<T>(fields: &str, look: impl FnOnce(&Update<'_>) -> T) -> T {
    look(&wire::update(&message(fields)).unwrap())
}

#[test]
fn what_is_no_update_says_why() {
    let deep = "[".repeat(10_000);
    let deep_closed = format!("{deep}{}", "]".repeat(10_000));
    let table: [(&str, Unreadable); 23] = [
        ("", Unreadable::Empty),
        (" \r\n", Unreadable::Empty),
        ("null", Unreadable::Empty),
        ("{}", Unreadable::Empty),
        ("{ \n }", Unreadable::Empty),
        (r#"{"ok":true,"result":null}"#, Unreadable::Empty),
        (r#"{"ok":true,"result":{ }}"#, Unreadable::Empty),
        (r#"{"ok":true,"result":[]}"#, Unreadable::Empty),
        ("[]", Unreadable::NotObject),
        ("5", Unreadable::NotObject),
        (r#"{"ok":true,"result":7}"#, Unreadable::NotUpdate),
        (r#"{"ok":true,"result":[true]}"#, Unreadable::NotUpdate),
        (&deep_closed, Unreadable::NotObject),
        (&deep, Unreadable::NotJson),
        ("{", Unreadable::NotJson),
        ("<html>", Unreadable::NotJson),
        (r#"{"event_name":"webhook.test"} x"#, Unreadable::NotJson),
        (r#"{"event_name":"webhook.te"#, Unreadable::NotJson),
        (r#"{"event_name":"\x"}"#, Unreadable::NotJson),
        (r#"{"ok":true}"#, Unreadable::NotUpdate),
        (r#"{"update_id":1}"#, Unreadable::NotUpdate),
        (r#"{"result":{"result":{"event_name":"e"}}}"#, Unreadable::NotUpdate),
        (r#"{"result":[{"event_name":"e"},{"event_name":"e"}]}"#, Unreadable::Several),
    ];
    for (text, reason) in table {
        let shown: String = text.chars().take(40).collect();
        assert_eq!(wire::update(text), Err(reason), "{shown}");
    }
}

#[test]
fn several_updates_are_listed() {
    let text = r#" {"result":[{"event_name":"a"}, 5 ,{"event_name":"b"}]} "#;
    assert_eq!(
        wire::updates(text).unwrap(),
        [r#"{"event_name":"a"}"#, "5", r#"{"event_name":"b"}"#]
    );
    assert_eq!(wire::updates(r#" {"event_name":"a"} "#).unwrap(), [r#"{"event_name":"a"}"#]);
}

#[test]
fn ids_are_opaque_text() {
    let long = "x".repeat(limits::ID_BYTES_MAX);
    let longer = "x".repeat(limits::ID_BYTES_MAX + 1);
    let huge = "9".repeat(1 << 20);
    let escaped = "\\u0041".repeat(limits::ID_BYTES_MAX);
    let table: [(String, Option<String>, bool); 15] = [
        (r#""9a8b""#.into(), Some("9a8b".into()), false),
        (r#"" 9A ""#.into(), Some(" 9A ".into()), false),
        ("12345678901234567890".into(), Some("12345678901234567890".into()), false),
        ("1e400".into(), Some("1e400".into()), false),
        ("-0.50".into(), Some("-0.50".into()), false),
        (r#""a\"\u00e9""#.into(), Some("a\"é".into()), false),
        (r#""""#.into(), None, false),
        ("null".into(), None, false),
        ("true".into(), None, false),
        (r#"["9a8b"]"#.into(), None, false),
        (format!(r#"{{"x":"{longer}"}}"#), None, false),
        (format!(r#""{long}""#), Some(long.clone()), false),
        (format!(r#""{escaped}""#), Some("A".repeat(limits::ID_BYTES_MAX)), false),
        (format!(r#""{longer}""#), None, true),
        (huge, None, true),
    ];
    for (json, id, too_long) in table {
        for fields in [
            format!(r#""message_id":{json}"#),
            format!(r#""from":{{"id":{json}}}"#),
            format!(r#""chat":{{"id":{json}}}"#),
        ] {
            let found = read(&fields, |update| {
                let message = &update.message;
                assert_eq!(update.id_too_long, too_long, "{}", &fields[..40.min(fields.len())]);
                let from = message.from.as_ref().map(|from| &from.id);
                let chat = message.chat.as_ref().map(|chat| &chat.id);
                message.id.as_ref().or(from).or(chat).map(ToString::to_string)
            });
            assert_eq!(found, id, "{}", &fields[..40.min(fields.len())]);
        }
    }
}

#[test]
fn dates_are_seconds_or_milliseconds_or_absent() {
    let table = [
        ("1776919152762", Some(1_776_919_152_762)),
        ("1752854580", Some(1_752_854_580_000)),
        ("\"1752854580\"", Some(1_752_854_580_000)),
        ("\" 1776919152762 \"", Some(1_776_919_152_762)),
        ("1752854580.75", Some(1_752_854_580_000)),
        ("99999999999", Some(99_999_999_999_000)),
        ("100000000000", Some(100_000_000_000)),
        ("0", None),
        ("-5", None),
        ("1e400", None),
        ("99999999999999999999999999", None),
        ("18446744073709551615", None),
        ("\"yesterday\"", None),
        ("[1]", None),
        ("null", None),
    ];
    for (json, date) in table {
        let found = read(&format!(r#""date":{json}"#), |update| update.message.date);
        assert_eq!(found, date.map(Time::from_ms), "{json}");
    }
}

#[test]
fn the_last_of_a_doubled_name_counts() {
    let fields = r#""text":"one","text":"two","from":{"id":"a"},"from":{"id":"b","id":"c"},
        "chat":{"id":"d"},"chat":5,"photo_url":"p","photo_url":null"#;
    read(fields, |update| {
        let message = &update.message;
        assert_eq!(message.text.as_deref(), Some("two"));
        assert_eq!(message.from.as_ref().map(|from| &*from.id), Some("c"));
        assert_eq!((&message.chat, &message.photo_url), (&None, &None));
    });
    let twice = r#"{"event_name":"message.text.received","message":{"text":"one","caption":"x"},
        "event_name":"webhook.test","message":{"text":"two"}}"#;
    let update = wire::update(twice).unwrap();
    assert_eq!((update.kind, update.message.text.as_deref()), (Kind::Test, Some("two")));
    assert_eq!(update.message.caption, None, "values are replaced, not merged");
    let answer = wire::response(Method::SendMessage, 200, r#"{"ok":true,"ok":false}"#);
    assert!(matches!(answer, Response::Failed { .. }));
}

#[test]
fn aliases_have_an_order() {
    let name = |fields: &str| {
        let from = format!(r#""from":{{"id":"a",{fields}}}"#);
        read(&from, |update| {
            update.message.from.as_ref().unwrap().name.as_deref().map(String::from)
        })
    };
    assert_eq!(name(r#""name":"n","first_name":"f","display_name":"d""#).as_deref(), Some("d"));
    assert_eq!(name(r#""name":"n","first_name":"f","display_name":" ""#).as_deref(), Some("f"));
    assert_eq!(name(r#""name":"n","first_name":5"#).as_deref(), Some("n"));
    assert_eq!(name(r#""name":[]"#), None);

    let photo =
        |fields: &str| read(fields, |update| update.message.photo_url.as_deref().map(String::from));
    for (fields, url) in [
        (r#""photo_url":"a","photo":"b","photos":["c"]"#, Some("a")),
        (r#""photo_url":"","photo":"b""#, Some("b")),
        (r#""photo":{"url":"b"},"photos":["c"]"#, Some("b")),
        (r#""photo":["b","c"]"#, Some("b")),
        (r#""photo":[{"url":"b"}]"#, Some("b")),
        (r#""photo":[],"photos":[{"url":"c"},"d"]"#, Some("c")),
        (r#""photo":7,"photos":["c"]"#, Some("c")),
        (r#""photo":[[["c"]]]"#, None),
    ] {
        assert_eq!(photo(fields).as_deref(), url, "{fields}");
    }

    let sticker =
        |fields: &str| read(fields, |update| update.message.sticker.as_deref().map(String::from));
    assert_eq!(sticker(r#""sticker":"s""#).as_deref(), Some("s"));
    assert_eq!(sticker(r#""sticker":{"id":"s"}"#).as_deref(), Some("s"));
    assert_eq!(sticker(r#""sticker":["s"]"#), None);

    for (chat, kind) in [
        (r#"{"id":"a","chat_type":"PRIVATE"}"#, ChatKind::Private),
        (r#"{"id":"a","chat_type":"Group"}"#, ChatKind::Group),
        (r#"{"id":"a","type":"group"}"#, ChatKind::Group),
        (r#"{"id":"a","chat_type":"private","type":"group"}"#, ChatKind::Private),
        (r#"{"id":"zgr-0","chat_type":"PRIVATE"}"#, ChatKind::Group),
        (r#"{"id":"a"}"#, ChatKind::Private),
    ] {
        let found =
            read(&format!(r#""chat":{chat}"#), |update| update.message.chat.as_ref().unwrap().kind);
        assert_eq!(found, kind, "{chat}");
    }
}

#[test]
fn without_an_event_the_fields_judge() {
    for (fields, kind) in [
        (r#""text":"a""#, Kind::Text),
        (r#""text":"a","photo":"p""#, Kind::Image),
        (r#""sticker":"s""#, Kind::Sticker),
        (r#""voice_url":"v""#, Kind::Voice),
        (r#""file_url":"f""#, Kind::Unknown),
    ] {
        for event in ["", r#""event_name":null,"#, r#""event_name":"","#] {
            let text = format!(r#"{{{event}"message":{{{fields}}}}}"#);
            assert_eq!(wire::update(&text).unwrap().kind, kind, "{text}");
        }
    }
}

/// Each known field with each wrong type: it is absent, and the rest is there.
#[test]
fn a_wrong_type_costs_its_field_alone() {
    let fields = [
        "message_id",
        "date",
        "from",
        "chat",
        "text",
        "caption",
        "photo_url",
        "photo",
        "photos",
        "sticker",
        "url",
        "voice_url",
        "something_new",
    ];
    for field in fields {
        for value in ["null", "true", "{}", "[]", "[[]]", r#"{"a":[{"b":1e999}]}"#, "-1.5e-9"] {
            let rest = if field == "text" { r#""caption":"here""# } else { r#""text":"here""# };
            let text = message(&format!(r#"{rest},"{field}":{value}"#));
            let update = wire::update(&text).unwrap();
            let found = update.message.text.as_deref().or(update.message.caption.as_deref());
            assert_eq!((update.kind, found), (Kind::Text, Some("here")), "{text}");
        }
    }
    for message in ["null", "5", r#""text""#, "[]"] {
        let text = format!(r#"{{"event_name":"message.text.received","message":{message}}}"#);
        let update = wire::update(&text).unwrap();
        assert_eq!((update.kind, update.message.raw), (Kind::Text, None), "{text}");
    }
}

#[test]
fn broken_text_is_mended_not_lost() {
    for (json, text) in [
        (r"a\ud83db", "a\u{fffd}b"),
        (r"\ud83d\ude00 \ude00", "😀 \u{fffd}"),
        (r"\ud83d\ud83d\ude00", "\u{fffd}😀"),
        (r"\\ud83d \ud83d", "\\ud83d \u{fffd}"),
        (r"\ud83d", "\u{fffd}"),
        (r"\ud83d\n", "\u{fffd}\n"),
        (r#"\"\/\u0000"#, "\"/\0"),
    ] {
        let found = read(&format!(r#""text":"{json}""#), |update| {
            update.message.text.as_deref().map(String::from)
        });
        assert_eq!(found.as_deref(), Some(text), "{json}");
    }
    // In a name of ours or not, half a pair costs nothing either.
    assert!(read(r#""\ud83d":1,"t\u0065xt":"a""#, |u| u.message.text.is_some()));

    let mut body = b"\xEF\xBB\xBF".to_vec();
    body.extend(message(r#""text":"a?b""#).bytes().map(|b| if b == b'?' { 0xFF } else { b }));
    let text = wire::text(&body);
    assert_eq!(wire::update(&text).unwrap().message.text.as_deref(), Some("a\u{fffd}b"));
}

#[test]
fn large_and_deep() {
    // A text of 5 MB, of characters of three bytes, with and without escapes.
    for unit in ["ạ", "ạ\\n"] {
        let fields = format!(r#""text":"{}""#, unit.repeat((5 << 20) / unit.len()));
        read(&fields, |update| {
            let text = update.message.text.as_deref().unwrap();
            assert!(update.message.truncated);
            assert!((limits::TEXT_BYTES_MAX - 2..=limits::TEXT_BYTES_MAX).contains(&text.len()));
        });
    }
    let exact = format!(r#""text":"{}""#, "a".repeat(limits::TEXT_BYTES_MAX));
    assert!(!read(&exact, |update| update.message.truncated));

    let name = "ạ".repeat(limits::NAME_CHARS_MAX + 1);
    let fields = format!(r#""from":{{"id":"a","name":"{name}"}}"#);
    read(&fields, |update| {
        let name = update.message.from.as_ref().unwrap().name.as_deref().unwrap();
        assert_eq!(name.chars().count(), limits::NAME_CHARS_MAX);
    });

    let url = format!(r#""photo_url":"https://a/{}""#, "x".repeat(limits::URL_BYTES_MAX));
    assert!(!read(&url, |update| update.message.photo_url.is_some()));

    // Nesting is skipped over, whatever its depth, in fields of ours too.
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let deep_objects = format!("{}1{}", r#"{"a":"#.repeat(10_000), "}".repeat(10_000));
    for field in ["junk", "photo", "from", "caption"] {
        for value in [&deep, &deep_objects] {
            let text = read(&format!(r#""{field}":{value},"text":"here""#), |update| {
                update.message.text.as_deref().map(String::from)
            });
            assert_eq!(text.as_deref(), Some("here"), "{field}");
        }
    }
}

/// All that a body can be put through.
fn read_every_way(body: &[u8]) {
    let text = wire::text(body);
    let _ = wire::update(&text);
    for raw in wire::updates(&text).unwrap_or_default() {
        let _ = wire::update(raw);
    }
    for method in Method::ALL {
        let answer = wire::response(method, 200, &text);
        if let Response::Ok { success: Success::Updates(updates), .. } = answer {
            for raw in updates {
                let _ = wire::update(raw);
            }
        }
    }
}

/// Any JSON, with names of ours in it.
fn json() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "ok",
        "result",
        "event_name",
        "message",
        "message_id",
        "from",
        "chat",
        "id",
        "text",
        "date",
        "photo",
        "photos",
        "url",
        "sticker",
        "display_name",
        "chat_type",
        "error_code",
        "x",
    ]);
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|b| b.to_string()),
        any::<i64>().prop_map(|n| n.to_string()),
        any::<f64>().prop_filter("JSON has none", |n| n.is_finite()).prop_map(|n| n.to_string()),
        ".*".prop_map(|text| serde_json::to_string(&text).unwrap()),
        "(\\\\u[0-9a-fD]{4}|\\\\n|[a-z]){0,8}".prop_map(|text| format!("\"{text}\"")),
    ];
    leaf.prop_recursive(5, 64, 8, move |inner| {
        let field = (name.clone(), inner.clone());
        prop_oneof![
            prop::collection::vec(inner, 0..5).prop_map(|list| format!("[{}]", list.join(","))),
            prop::collection::vec(field, 0..8).prop_map(|fields| {
                let fields: Vec<_> =
                    fields.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
                format!("{{{}}}", fields.join(" , "))
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(body in prop::collection::vec(any::<u8>(), 0..300)) {
        read_every_way(&body);
    }

    #[test]
    fn any_json(text in json()) {
        read_every_way(text.as_bytes());
        prop_assert_ne!(wire::update(&text).err(), Some(Unreadable::NotJson));
        prop_assert_ne!(wire::update(&message(&format!("\"text\":{text}"))).err(), Some(Unreadable::NotJson));
    }

    #[test]
    fn recorded_bodies_made_worse(
        which in 0_usize..65,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0_u8..3), 1..6),
    ) {
        let mut body = RECORDED.with(|all| all[which].clone());
        for (at, byte, kind) in changes {
            if body.is_empty() {
                break;
            }
            let at = at.index(body.len());
            match kind {
                0 => body[at] = byte,
                1 => body.truncate(at),
                _ => {
                    let copy = body[at..(at + usize::from(byte)).min(body.len())].to_vec();
                    body.splice(at..at, copy);
                }
            }
        }
        read_every_way(&body);
    }
}

thread_local! {
    static RECORDED: Vec<Vec<u8>> = fixtures::all().into_iter().map(|f| f.body).collect();
}
