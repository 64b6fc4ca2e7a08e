//! Journals that nobody wrote: each is refused where it stops making sense, whatever is in it.

use serde_json::{Value, json};
use zaloxide_core::{AccountConfig, Channel, Damaged, Record, Time};

const NOW: Time = Time::from_ms(1_795_000_000_000);
const TURN: &str = "00000000000000000000000000000001";
const SEND: &str = "00000000000000000000000000000002";

fn restore(records: &[Value]) -> Result<Channel, Damaged> {
    let read = |json: &Value| serde_json::from_value::<Record>(json.clone()).unwrap();
    let journal = (1..).zip(records.iter().map(read));
    Channel::restore(AccountConfig::new("default", "1"), [7; 32], NOW, journal)
}

fn taken() -> Value {
    json!({"type": "turn_taken", "turn": TURN, "at": NOW, "incoming": {
        "key": TURN, "chat": {"id": "c", "kind": "private"}, "sender": {"id": "c", "name": null},
        "message_id": "m", "timestamp_ms": 0, "text": "x", "media": [], "raw": null}})
}

fn text(text: &str) -> Value {
    json!({"type": "text", "text": text, "format": "text"})
}

/// A turn whose answer is on its way, and a send that waits.
fn journal() -> Vec<Value> {
    vec![
        json!({"type": "started", "bot_id": "1", "at": NOW}),
        taken(),
        json!({"type": "reply_taken", "turn": TURN, "parts": [text("a"), text("b")], "at": NOW}),
        json!({"type": "send_taken", "send": SEND, "chat": "d", "parts": [text("a")], "at": NOW}),
    ]
}

fn turn() -> Value {
    json!({"type": "turn", "id": TURN})
}

#[test]
fn records_that_contradict_those_before_them() {
    assert!(restore(&journal()).is_ok());
    let parts = [text("c")];
    let table = [
        taken(),
        json!({"type": "turn_dropped", "turn": TURN, "at": NOW}),
        json!({"type": "turn_retried", "turn": TURN, "until": NOW, "at": NOW}),
        json!({"type": "turn_dead", "turn": TURN, "why": "stale", "message": "", "at": NOW}),
        json!({"type": "reply_taken", "turn": TURN, "parts": parts, "at": NOW}),
        json!({"type": "reply_taken", "turn": TURN, "parts": [], "at": NOW}),
        json!({"type": "reply_taken", "turn": SEND, "parts": parts, "at": NOW}),
        json!({"type": "send_taken", "send": SEND, "chat": "d", "parts": parts, "at": NOW}),
        json!({"type": "send_taken", "send": TURN, "chat": "d", "parts": [], "at": NOW}),
        json!({"type": "media_fetched", "turn": TURN, "index": 0,
            "result": {"type": "failed", "reason": ""}}),
        json!({"type": "chunk_acked", "cause": turn(), "index": 1, "message_id": null, "at": NOW}),
        json!({"type": "chunk_intended", "cause": turn(), "index": u32::MAX}),
        json!({"type": "revived", "cause": turn(), "at": NOW}),
        json!({"type": "hurried", "cause": {"type": "notice", "id": TURN}, "at": NOW}),
        json!({"type": "dead_dropped", "cause": turn()}),
        json!({"type": "post_dropped", "cause": {"type": "code", "sender": "c"}, "at": NOW}),
    ];
    for record in table {
        let mut journal = journal();
        journal.push(record.clone());
        let restored = restore(&journal).map(|_| ());
        assert!(
            matches!(restored, Err(Damaged::Contradiction { number: 5, .. })),
            "{record}: {restored:?}"
        );
    }
}

#[test]
fn snapshots_that_do_not_hold_together() {
    let whole = restore(&journal()).unwrap().snapshot().record;
    let whole = serde_json::to_value(whole).unwrap();
    assert!(restore(std::slice::from_ref(&whole)).is_ok());
    let table: [(&str, fn(&mut Value)); 7] = [
        ("no turn", |ledger| ledger["turns"] = json!([])),
        ("a turn that is not answered", |ledger| ledger["turns"][0]["replying"] = json!(false)),
        ("no answer", |ledger| ledger["posts"] = json!([])),
        ("another chat", |ledger| ledger["posts"][0]["chat"] = json!("elsewhere")),
        ("nothing to be sent", |ledger| ledger["posts"][0]["parts"] = json!([])),
        ("all was sent", |ledger| ledger["posts"][0]["next"] = json!(u32::MAX)),
        ("a medium of no message", |ledger| ledger["turns"][0]["fetched"] = json!([null])),
    ];
    for (name, damage) in table {
        let mut snapshot = whole.clone();
        damage(&mut snapshot["ledger"]);
        let restored = restore(&[snapshot]).map(|_| ());
        assert!(matches!(restored, Err(Damaged::Contradiction { .. })), "{name}: {restored:?}");
    }
}

#[test]
fn dead_letters_that_are_nobodys() {
    let mut records = journal();
    records.push(json!({"type": "post_dead", "cause": turn(), "index": 0, "why": "expired",
        "code": 0, "message": "", "at": NOW}));
    let whole = serde_json::to_value(restore(&records).unwrap().snapshot().record).unwrap();
    assert!(restore(std::slice::from_ref(&whole)).is_ok());
    let table: [(&str, fn(&mut Value)); 4] = [
        ("no turn", |letter| letter["turn"] = json!(null)),
        ("another cause", |letter| letter["cause"]["id"] = json!(SEND)),
        ("another's parcel", |letter| letter["parcel"]["cause"]["id"] = json!(SEND)),
        ("nothing left", |letter| letter["parcel"]["parts"] = json!([])),
    ];
    for (name, damage) in table {
        let mut snapshot = whole.clone();
        damage(&mut snapshot["ledger"]["dead"][0]);
        let restored = restore(&[snapshot]).map(|_| ());
        assert!(matches!(restored, Err(Damaged::Contradiction { .. })), "{name}: {restored:?}");
    }
}
