//! What crosses the boundary as text: ids, bodies, replies, and why something was refused.

use zaloxide_core::{Body, CallId, Damaged, Message, NoReply, Refused, Reply, SendId, TurnId};

#[test]
fn ids_are_read_as_they_are_written() {
    let id: TurnId = "0123456789abcdef0123456789ABCDEF".parse().unwrap();
    assert_eq!(id.to_string(), "0123456789abcdef0123456789abcdef");
    assert_eq!(format!("{id:?}"), id.to_string());
    let json = serde_json::to_string(&SendId(7)).unwrap();
    assert_eq!(serde_json::from_str::<SendId>(&json).unwrap(), SendId(7));
    for bad in ["", "0", "0123456789abcdef0123456789abcdeg", "+123456789abcdef0123456789abcdef"] {
        let error = bad.parse::<TurnId>().unwrap_err();
        assert_eq!(error.to_string(), "expected an id of 32 hex digits", "{bad:?}");
    }
    let call: CallId = "0000002a-7".parse().unwrap();
    assert_eq!((call.run, call.n, call.to_string()), (42, 7, "0000002a-7".to_string()));
    for bad in ["", "7", "x-7", "2a-", "2a-x"] {
        let error = bad.parse::<CallId>().unwrap_err();
        assert_eq!(error.to_string(), "expected a call id: <run>-<n>", "{bad:?}");
    }
}

#[test]
fn a_body_is_text_or_base64_and_shows_nothing_of_itself() {
    let bytes: &[u8] = &[0xff, 0];
    for (body, json) in [
        (Body::from("chào"), r#""chào""#),
        (Body::from(bytes), r#"{"base64":"/wA="}"#),
        (Body::from(vec![b'a']), r#""a""#),
    ] {
        assert_eq!(serde_json::to_string(&body).unwrap(), json);
        assert_eq!(serde_json::from_str::<Body<'_>>(json).unwrap(), body);
    }
    assert!(serde_json::from_str::<Body<'_>>(r#"{"base64":"?"}"#).is_err());
    assert_eq!(format!("{:?}", Body::from("secret")), "Body(6 bytes)");
}

#[test]
fn replies_are_objects_or_lists_of_what_zalo_can_send() {
    let message = |text: &str| Message { text: Some(text.into()), ..Message::default() };
    let table: [(&str, Reply); 5] = [
        (r#"{"text":"a"}"#, Reply::text("a")),
        ("{}", Reply([Message::default()].into())),
        ("[]", Reply::default()),
        (r#"[{"text":"a"},{"text":"b"}]"#, Reply([message("a"), message("b")].into())),
        (r#"{"text":null,"media":null}"#, Reply([Message::default()].into())),
    ];
    for (json, expected) in table {
        let read = Reply::from_json(json.as_bytes());
        assert_eq!(read, Ok(expected), "{json}");
    }
    let two = Reply([message("a"), message("b")].into());
    let json = serde_json::to_string(&two).unwrap();
    assert_eq!(Reply::from_json(json.as_bytes()), Ok(two));
    let error = Reply::from_json(br#"{"poll":[]}"#).unwrap_err();
    assert_eq!(error, NoReply::Unsendable { field: "poll".into() });
    assert_eq!(error.to_string(), "Zalo bots can't send `poll`");
    for (json, said) in [
        ("", "EOF"),
        ("7", "a reply {text?, media?, sticker?, voice?} or a list of them"),
        ("[7]", "a message {text?, media?, sticker?, voice?}"),
        (r#"{"txt":"a"}"#, "unknown field `txt`"),
        (r#"{"text":7}"#, "a string"),
    ] {
        let error = Reply::from_json(json.as_bytes()).unwrap_err().to_string();
        assert!(error.starts_with("not a reply: ") && error.contains(said), "{json}: {error}");
    }
}

#[test]
fn every_refusal_says_what_it_is() {
    let reason = String::from("why");
    let refusals = [
        (Refused::Busy, "no room"),
        (Refused::Stopped, "stopped"),
        (Refused::UnknownCall, "no call"),
        (Refused::UnknownCommit, "no commit"),
        (Refused::TooLarge, "larger"),
        (Refused::BadConfig { reason: reason.clone() }, "why"),
    ];
    for (refused, said) in refusals {
        assert!(refused.to_string().contains(said), "{refused}");
    }
    let damages = [
        (Damaged::Gap { expected: 2, found: 4 }, ["2 should come", "4 came"]),
        (Damaged::Contradiction { number: 9, reason }, ["record 9", "why"]),
        (
            Damaged::OtherBot { journal: "1".into(), config: "2".into() },
            ["bot 1", "rename the account"],
        ),
    ];
    for (damaged, said) in damages {
        let text = damaged.to_string();
        assert!(said.iter().all(|part| text.contains(part)), "{text}");
    }
}
