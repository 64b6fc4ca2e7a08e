//! What channels are driven with: updates of the length that they have, and a world that answers.

#![allow(dead_code, reason = "not every bench needs all of it")]

use std::hint::black_box;

use zaloxide_core::{
    AccountConfig, Action, AllowList, CallId, Channel, DmPolicy, Event, GroupPolicy, Method,
    Outcome, Reply, Ticket, Time,
};

/// The bot's number.
const BOT: &str = "1459232241454765289";
const BASE_MS: u64 = 1_776_919_152_762;

/// Who is let in.
#[derive(Clone, Copy)]
pub(crate) enum Who {
    Everybody,
    Nobody,
    /// Nobody yet: they are given codes.
    Strangers,
}

/// So long after the beginning, in milliseconds.
pub(crate) fn time(at: u64) -> Time {
    Time::from_ms(BASE_MS + at)
}

/// The id of a person.
pub(crate) fn sender(n: usize) -> String {
    format!("{n:020x}")
}

/// An update as webhooks deliver it, of the length they have.
pub(crate) fn update(event: &str, from: usize, message: usize, fields: &str) -> String {
    let from = sender(from);
    format!(
        r#"{{"event_name":"{event}","message":{{"date":1776919152762,"chat":{{"chat_type":"PRIVATE","id":"{from}"}},"message_id":"{message:020x}","from":{{"id":"{from}","is_bot":false,"display_name":"Người Thử"}},{fields}}}}}"#
    )
}

/// A text.
pub(crate) fn text(from: usize, message: usize) -> String {
    update("message.text.received", from, message, r#""text":"bé ơi, mai mấy giờ mình đi vậy?""#)
}

/// A text in a group.
pub(crate) fn group(from: usize, message: usize) -> String {
    let private = format!(r#""chat_type":"PRIVATE","id":"{}""#, sender(from));
    let group = format!(r#""chat_type":"GROUP","id":"zgr-{}""#, sender(from));
    text(from, message).replace(&private, &group)
}

/// The configuration of such a channel.
pub(crate) fn config(who: Who) -> AccountConfig {
    let mut config = AccountConfig::new("default", BOT);
    config.dm_policy = match who {
        Who::Strangers => DmPolicy::Pairing,
        _ => DmPolicy::Allowlist,
    };
    config.group_policy = GroupPolicy::Open;
    if let Who::Everybody = who {
        config.allow_from = AllowList::from_entries(["*"]);
    }
    config.turn.parallel = 64;
    config.rate.chat_per_sec = 0;
    config.rate.account_per_sec = 0;
    config
}

/// A channel that is polling.
pub(crate) fn channel(who: Who) -> Channel {
    let mut channel = Channel::new(config(who), [7; 32], time(0));
    settle(&mut channel, 0);
    channel
}

/// Does whatever is asked until nothing is; the long poll stays open.
pub(crate) fn settle(channel: &mut Channel, at: u64) {
    while let Some(action) = channel.poll_action() {
        if let Some(event) = reaction(&action) {
            channel.handle(time(at), event).expect("the bench drives the channel as it should");
        }
    }
}

/// What the world makes of an action.
pub(crate) fn reaction(action: &Action) -> Option<Event<'static>> {
    let ok = |body: &'static str| Outcome::Answered {
        status: 200,
        retry_after_ms: None,
        body: body.into(),
    };
    Some(match action {
        Action::Commit { upto, .. } => Event::Committed { upto: *upto },
        Action::StartCall { method: Method::GetUpdates, .. } => return None,
        Action::StartCall { call, method: Method::GetMe, .. } => Event::CallFinished {
            call: *call,
            outcome: ok(r#"{"ok":true,"result":{"id":"1459232241454765289"}}"#),
        },
        Action::StartCall { call, .. } => {
            Event::CallFinished { call: *call, outcome: ok(r#"{"ok":false,"error_code":404}"#) }
        }
        Action::SendChunk { call, .. } => Event::CallFinished {
            call: *call,
            outcome: ok(r#"{"ok":true,"result":{"message_id":"82599fa32f56d00e8941"}}"#),
        },
        Action::FetchMedia { turn, index, .. } => Event::MediaFetched {
            turn: *turn,
            index: *index,
            result: zaloxide_core::Fetched::Failed { reason: "there is no disk".into() },
        },
        Action::Deliver { turn, attempt, .. } => {
            Event::Replied { turn: *turn, attempt: *attempt, reply: Reply::default() }
        }
        _ => return None,
    })
}

/// The agent answers whatever it has, and everything else comes to its end: downloads fail.
pub(crate) fn settle_turns(channel: &mut Channel, at: u64) {
    let open: Vec<_> = channel.view().turns().map(|turn| (turn.id, turn.attempt)).collect();
    for (turn, attempt) in open {
        let result = zaloxide_core::Fetched::Failed { reason: "there is no disk".into() };
        let fetched = Event::MediaFetched { turn, index: 0, result };
        let reply = Event::Replied { turn, attempt, reply: Reply::default() };
        for event in [fetched, reply] {
            channel.handle(time(at), event).expect("an answer that nobody waits for is taken too");
        }
    }
    settle(channel, at);
}

/// From a webhook's bytes to whatever becomes of it, with the disk's answer; how often something
/// reached the agent.
pub(crate) fn take_in(channel: &mut Channel, at: u64, body: &str) -> usize {
    let event = Event::UpdateReceived { ticket: Ticket(at), body: body.into() };
    channel.handle(time(at), event).expect("there is room");
    let mut delivered = 0;
    while let Some(action) = channel.poll_action() {
        match black_box(action) {
            Action::Commit { upto, .. } => {
                channel.handle(time(at), Event::Committed { upto }).expect("it is in flight");
            }
            Action::Deliver { .. } => delivered += 1,
            _ => {}
        }
    }
    delivered
}

/// From an event to whatever becomes of it, with the disk's answer; the call that sends something.
pub(crate) fn hand(channel: &mut Channel, at: u64, event: Event<'_>) -> Option<CallId> {
    channel.handle(time(at), event).expect("the bench drives the channel as it should");
    let mut sent = None;
    while let Some(action) = channel.poll_action() {
        match black_box(action) {
            Action::Commit { upto, .. } => {
                channel.handle(time(at), Event::Committed { upto }).expect("it is in flight");
            }
            Action::SendChunk { call, .. } => sent = Some(call),
            _ => {}
        }
    }
    sent
}
