//! `update`: any body of a webhook is read, as `serde_json::Value` reads it where that can tell,
//! and comes to what a channel owes for it: one answer, and a turn or a reason why there is none.

use serde_json::Value;
use zaloxide_core::limits::ID_BYTES_MAX;
use zaloxide_core::wire::{self, Unreadable, Update};
use zaloxide_core::{Channel, Event, Settled, Ticket};

use crate::drive::{Driver, NOW, open_account};
use crate::opinion;

/// All of it is the body.
pub fn check(bytes: &[u8]) {
    let text = wire::text(bytes);
    let value = opinion::value(&text);
    match wire::update(&text) {
        Ok(update) => bounded(&update),
        Err(Unreadable::NotJson) => assert!(value.is_none(), "JSON is not read as such"),
        Err(Unreadable::NotObject) => {
            assert!(value.is_none_or(|value| !value.is_object() && !value.is_null()));
        }
        Err(Unreadable::Several) => {
            let several = wire::updates(&text).expect("several updates are a list");
            assert!(several.len() > 1);
        }
        Err(_) => {}
    }
    if let (Some(value), Ok(update)) = (opinion::value(&text), wire::update(&text)) {
        compare(&value, &update);
    }
    take(bytes);
}

fn bounded(update: &Update<'_>) {
    let message = &update.message;
    let ids = [
        message.id.as_deref(),
        message.from.as_ref().map(|from| &*from.id),
        message.chat.as_ref().map(|chat| &*chat.id),
    ];
    for id in ids.into_iter().flatten() {
        assert!((1..=ID_BYTES_MAX).contains(&id.len()), "{id:?}");
    }
}

fn compare(value: &Value, update: &Update<'_>) {
    let flat = value.get("event_name").is_some() || value.get("message").is_some();
    let value = match &value["result"] {
        _ if flat => value,
        Value::Array(list) => &list[0],
        wrapped => wrapped,
    };
    let message = &value["message"];
    let read = &update.message;
    if let Some(expected) = opinion::id(&message["message_id"]) {
        assert_eq!(read.id.as_deref(), expected.as_deref(), "message_id");
    }
    if let Some(expected) = opinion::id(&message["from"]["id"]) {
        let id = read.from.as_ref().map(|from| &*from.id);
        assert_eq!(id, expected.as_deref(), "from.id");
    }
    if let Some(expected) = opinion::id(&message["chat"]["id"]) {
        let id = read.chat.as_ref().map(|chat| &*chat.id);
        assert_eq!(id, expected.as_deref(), "chat.id");
    }
    for (name, read) in [("text", &read.text), ("caption", &read.caption)] {
        if let Some(expected) = opinion::text(&message[name]) {
            assert_eq!(read.as_deref(), expected, "{name}");
        }
    }
}

/// A channel that lets everybody in takes the body twice: the second time nothing is new.
fn take(body: &[u8]) {
    // Whoever keeps pace has turns wait that nobody would see.
    let mut config = open_account();
    (config.rate.chat_per_sec, config.rate.account_per_sec) = (0, 0);
    let mut driver = Driver::new(Channel::new(config.clone(), [7; 32], NOW), NOW);
    let ticket = Ticket(1);
    let event = Event::UpdateReceived { ticket, body: body.into() };
    driver.hand(event).expect("there is room for one");
    let [(_, Settled::Status(status))] = driver.settled[..] else {
        panic!("one answer: {:?}", driver.settled);
    };
    if status == 400 {
        assert!(driver.delivered.is_empty());
    }
    let (turns, drops) = (driver.delivered.len(), driver.dropped.len());
    let updates = wire::updates(&wire::text(body)).map_or(1, |several| several.len().max(1));
    assert_eq!(
        turns + drops,
        updates,
        "each update is a turn, or has a reason: {:?}",
        driver.dropped
    );
    let event = Event::UpdateReceived { ticket: Ticket(2), body: body.into() };
    driver.hand(event).expect("there is room for one more");
    assert_eq!(driver.settled.len(), 2);
    assert_eq!(driver.delivered.len(), turns, "a repetition is no turn");
    let restored = Channel::restore(config, [8; 32], NOW, driver.journal.iter().cloned());
    restored.expect("what a channel writes it can read");
}
