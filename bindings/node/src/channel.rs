//! `Channel`: the bare core. Whoever calls it drives it. Events and actions are JSON text here.
//!
//! It is an `External`, and these are functions, for a call of a class's method costs half as much
//! again: whose object it is, and that nobody else has it, is looked up in tables each time.

use napi::Result;
use napi::bindgen_prelude::{Either, External, Uint8Array};
use napi_derive::napi;
use zaloxide_core::{
    AccountConfig, Action, Body, Channel, Event, Outcome, Record, Reply, Ticket, Time,
};

use crate::fault::Fault;
use crate::json::{read, show};

/// Actions that are handed over at once: each crossing has its price.
const ACTIONS_MAX: usize = 64;

/// An account without a journal.
#[napi(ts_return_type = "ExternalObject<'Channel'>")]
pub fn channel_new(config: String, seed: Uint8Array, now_ms: i64) -> Result<External<Channel>> {
    let (config, seed) = (self::config(&config)?, self::seed(&seed)?);
    Ok(External::new(Channel::new(config, seed, time(now_ms))))
}

/// An account from the numbers of its records, and the records, in order.
#[napi(ts_return_type = "ExternalObject<'Channel'>")]
pub fn channel_restore(
    config: String,
    seed: Uint8Array,
    now_ms: i64,
    numbers: Vec<i64>,
    records: Vec<String>,
) -> Result<External<Channel>> {
    let (config, seed) = (self::config(&config)?, self::seed(&seed)?);
    let mut journal: Vec<(u64, Record)> = Vec::with_capacity(records.len());
    for (number, record) in numbers.into_iter().zip(&records) {
        journal.push((number.unsigned_abs(), read(record, "no record")?));
    }
    let restored = Channel::restore(config, seed, time(now_ms), journal);
    let restored = restored.map_err(|damaged| Fault::of_core("Damaged", &damaged))?;
    Ok(External::new(restored))
}

/// Takes an event.
#[napi]
pub fn channel_handle(
    #[napi(ts_arg_type = "ExternalObject<'Channel'>")] channel: &mut External<Channel>,
    now_ms: i64,
    event: String,
) -> Result<()> {
    let event = read(&event, "no event")?;
    take(channel, now_ms, event)
}

/// Takes `update_received`, whose body is text or bytes.
#[napi]
pub fn channel_update_received(
    #[napi(ts_arg_type = "ExternalObject<'Channel'>")] channel: &mut External<Channel>,
    now_ms: i64,
    ticket: String,
    body: Either<String, Uint8Array>,
) -> Result<()> {
    let ticket = ticket.parse().map_err(|error| Fault::bad_value("no ticket", error))?;
    let (ticket, body) = (Ticket(ticket), self::body(&body));
    take(channel, now_ms, Event::UpdateReceived { ticket, body })
}

/// Takes `committed`.
#[napi]
pub fn channel_committed(
    #[napi(ts_arg_type = "ExternalObject<'Channel'>")] channel: &mut External<Channel>,
    now_ms: i64,
    upto: i64,
) -> Result<()> {
    take(channel, now_ms, Event::Committed { upto: upto.unsigned_abs() })
}

/// Takes `call_finished` with a whole answer.
#[napi]
pub fn channel_answered(
    #[napi(ts_arg_type = "ExternalObject<'Channel'>")] channel: &mut External<Channel>,
    now_ms: i64,
    call: String,
    status: u16,
    retry_after_ms: Option<i64>,
    body: Either<String, Uint8Array>,
) -> Result<()> {
    let call = call.parse().map_err(|error| Fault::bad_value("no call id", error))?;
    let retry_after_ms = retry_after_ms.map(i64::unsigned_abs);
    let outcome = Outcome::Answered { status, retry_after_ms, body: self::body(&body) };
    take(channel, now_ms, Event::CallFinished { call, outcome })
}

/// Takes `replied`, whose reply is one text.
#[napi]
pub fn channel_replied(
    #[napi(ts_arg_type = "ExternalObject<'Channel'>")] channel: &mut External<Channel>,
    now_ms: i64,
    turn: String,
    attempt: u32,
    text: String,
) -> Result<()> {
    let turn = turn.parse().map_err(|error| Fault::bad_value("no turn", error))?;
    take(channel, now_ms, Event::Replied { turn, attempt, reply: Reply::text(text) })
}

/// The next things to do, as a JSON list; `null` for none.
#[napi]
pub fn channel_actions(
    #[napi(ts_arg_type = "ExternalObject<'Channel'>")] channel: &mut External<Channel>,
) -> Result<Option<String>> {
    let actions = std::iter::from_fn(|| channel.poll_action()).take(ACTIONS_MAX);
    let actions: Vec<Action> = actions.collect();
    Ok(if actions.is_empty() { None } else { Some(show(&actions)?) })
}

/// When `timer_fired` is due, and why.
#[napi]
pub fn channel_timeout(
    #[napi(ts_arg_type = "ExternalObject<'Channel'>")] channel: &External<Channel>,
) -> Result<Option<String>> {
    let due = channel.poll_timeout();
    Ok(due.map(|(at, reason)| show(&(at.as_ms(), reason))).transpose()?)
}

/// One record in place of all so far.
#[napi]
pub fn channel_snapshot(
    #[napi(ts_arg_type = "ExternalObject<'Channel'>")] channel: &External<Channel>,
) -> Result<String> {
    Ok(show(&channel.snapshot())?)
}

/// The account at a glance.
#[napi]
pub fn channel_status(
    #[napi(ts_arg_type = "ExternalObject<'Channel'>")] channel: &External<Channel>,
) -> Result<String> {
    Ok(show(&channel.view().status())?)
}

fn take(channel: &mut Channel, now_ms: i64, event: Event<'_>) -> Result<()> {
    let taken = channel.handle(time(now_ms), event);
    Ok(taken.map_err(|refused| Fault::of_core("Refused", &refused))?)
}

fn body(body: &Either<String, Uint8Array>) -> Body<'_> {
    match body {
        Either::A(text) => text.as_str().into(),
        Either::B(bytes) => (&**bytes).into(),
    }
}

fn time(now_ms: i64) -> Time {
    Time::from_ms(u64::try_from(now_ms).unwrap_or_default())
}

fn config(config: &str) -> std::result::Result<AccountConfig, Fault> {
    serde_json::from_str(config)
        .map_err(|error| Fault::new("ConfigError", format!("no account configuration: {error}")))
}

fn seed(seed: &[u8]) -> std::result::Result<[u8; 32], Fault> {
    seed.try_into().map_err(|_| Fault::bad_value("no seed", "expected 32 random bytes"))
}
