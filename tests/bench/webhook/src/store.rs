//! The store alone: the records of such updates, as the engine hands them over, and nothing else.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use zaloxide::store::{Sqlite, Store};
use zaloxide::{AllowList, DmPolicy, Reply};
use zaloxide_core::{AccountConfig, Action, Channel, Event, Method, Outcome, Record, Ticket, Time};

use crate::Result;
use crate::load::message;

/// Updates whose records are told over and over.
const UPDATES: u64 = 5_000;

/// Updates a second whose first record becomes durable, with so many under way.
pub(crate) fn alone(under_way: usize, lasts: Duration) -> Result<f64> {
    let records = records()?;
    let place = tempfile::tempdir_in("target")?;
    let store = Sqlite::open(&place.path().join("zaloxide.db"))?;
    let (lease, _) = store.open("a0")?;
    let (tell, told) = mpsc::channel();
    let (mut number, mut begun, mut durable) = (1, 0_usize, 0_usize);
    let mut updates = records.chunks_exact(2).cycle();
    let began = Instant::now();
    while began.elapsed() < lasts {
        while begun - durable < under_way {
            let Some([taken, answered]) = updates.next() else { return Err("no records".into()) };
            let tell = tell.clone();
            // Who waits no longer is not told.
            let done = Box::new(move |result| drop(tell.send(result)));
            store.append(&lease, number, vec![taken.clone()], done);
            // Nobody waits for the end of a turn.
            store.append(&lease, number + 1, vec![answered.clone()], Box::new(drop));
            number += 2;
            begun += 1;
        }
        told.recv()??;
        durable += 1;
    }
    #[allow(clippy::cast_precision_loss)] // Counts of seconds of work.
    Ok(durable as f64 / began.elapsed().as_secs_f64())
}

/// What a channel has made durable for such updates: two records each.
fn records() -> Result<Vec<Record>> {
    let now = Time::from_ms(1_790_000_000_000);
    let mut config = AccountConfig::new("a0", "1000");
    config.dm_policy = DmPolicy::Open;
    config.allow_from = AllowList::from_entries(["*"]);
    config.typing = false;
    let mut channel = Channel::new(config, [7; 32], now);
    let mut all = drive(&mut channel, now)?;
    // Its own beginning belongs to no update.
    all.clear();
    for number in 0..UPDATES {
        let body = message(number, number);
        let event = Event::UpdateReceived { ticket: Ticket(number), body: body.as_str().into() };
        channel.handle(now, event)?;
        all.extend(drive(&mut channel, now)?);
    }
    Ok(all)
}

/// Does what the channel asks for, with an agent that answers nothing.
fn drive(channel: &mut Channel, now: Time) -> Result<Vec<Record>> {
    let mut all = Vec::new();
    while let Some(action) = channel.poll_action() {
        let event = match action {
            Action::Commit { upto, records } => {
                all.extend(records);
                Event::Committed { upto }
            }
            Action::StartCall { call, method, .. } if method != Method::GetUpdates => {
                let body = match method {
                    Method::GetMe => r#"{"ok":true,"result":{"id":"1000"}}"#,
                    _ => r#"{"ok":false,"error_code":404}"#,
                };
                let (status, retry_after_ms, body) = (200, None, body.into());
                let outcome = Outcome::Answered { status, retry_after_ms, body };
                Event::CallFinished { call, outcome }
            }
            Action::Deliver { turn, attempt, .. } => {
                Event::Replied { turn, attempt, reply: Reply::default() }
            }
            _ => continue,
        };
        channel.handle(now, event)?;
    }
    Ok(all)
}
