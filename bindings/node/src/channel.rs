//! `Channel`: the bare core. Whoever calls it drives it. Events and actions are JSON text here:
//! JavaScript reads and writes that faster than it takes an object apart.

use napi::Result;
use napi::bindgen_prelude::{Either, Uint8Array};
use napi_derive::napi;
use zaloxide_core::{AccountConfig, Body, Event, Outcome, Record, Ticket, Time};

use crate::fault::{Fault, read, show};

/// One bot account, as a state machine without I/O, clock or thread.
#[napi]
pub struct Channel(zaloxide_core::Channel);

#[napi]
impl Channel {
    /// An account without a journal.
    #[napi(constructor)]
    pub fn new(config: String, seed: Uint8Array, now_ms: i64) -> Result<Self> {
        let (config, seed) = (self::config(&config)?, self::seed(&seed)?);
        Ok(Self(zaloxide_core::Channel::new(config, seed, time(now_ms))))
    }

    /// From the numbers of records, and the records, in order.
    #[napi(factory)]
    pub fn restore(
        config: String,
        seed: Uint8Array,
        now_ms: i64,
        numbers: Vec<i64>,
        records: Vec<String>,
    ) -> Result<Self> {
        let (config, seed) = (self::config(&config)?, self::seed(&seed)?);
        let mut journal: Vec<(u64, Record)> = Vec::with_capacity(records.len());
        for (number, record) in numbers.into_iter().zip(&records) {
            journal.push((number.unsigned_abs(), read(record, "no record")?));
        }
        let restored = zaloxide_core::Channel::restore(config, seed, time(now_ms), journal);
        Ok(Self(restored.map_err(|damaged| Fault::of_core("Damaged", &damaged))?))
    }

    /// Takes an event.
    #[napi]
    pub fn handle(&mut self, now_ms: i64, event: String) -> Result<()> {
        let event = read(&event, "no event")?;
        self.take(now_ms, event)
    }

    /// Takes `update_received`, whose body is text or bytes.
    #[napi]
    pub fn update_received(
        &mut self,
        now_ms: i64,
        ticket: String,
        body: Either<String, Uint8Array>,
    ) -> Result<()> {
        let ticket = ticket.parse().map_err(|error| Fault::bad_value("no ticket", error))?;
        let (ticket, body) = (Ticket(ticket), self::body(&body));
        self.take(now_ms, Event::UpdateReceived { ticket, body })
    }

    /// Takes `committed`.
    #[napi]
    pub fn committed(&mut self, now_ms: i64, upto: i64) -> Result<()> {
        self.take(now_ms, Event::Committed { upto: upto.unsigned_abs() })
    }

    /// Takes `call_finished` with a whole answer.
    #[napi]
    pub fn answered(
        &mut self,
        now_ms: i64,
        call: String,
        status: u16,
        retry_after_ms: Option<i64>,
        body: Either<String, Uint8Array>,
    ) -> Result<()> {
        let call = call.parse().map_err(|error| Fault::bad_value("no call id", error))?;
        let retry_after_ms = retry_after_ms.map(i64::unsigned_abs);
        let outcome = Outcome::Answered { status, retry_after_ms, body: self::body(&body) };
        self.take(now_ms, Event::CallFinished { call, outcome })
    }

    /// Takes `replied`, whose reply is JSON text.
    #[napi]
    pub fn replied(
        &mut self,
        now_ms: i64,
        turn: String,
        attempt: u32,
        reply: String,
    ) -> Result<()> {
        let turn = turn.parse().map_err(|error| Fault::bad_value("no turn", error))?;
        let reply = read(&reply, "no event")?;
        self.take(now_ms, Event::Replied { turn, attempt, reply })
    }

    /// The next thing to do, or `null`.
    #[napi]
    pub fn poll_action(&mut self) -> Result<Option<String>> {
        Ok(self.0.poll_action().map(|action| show(&action)).transpose()?)
    }

    /// When `timer_fired` is due, and why.
    #[napi]
    pub fn poll_timeout(&self) -> Result<Option<String>> {
        let due = self.0.poll_timeout();
        Ok(due.map(|(at, reason)| show(&(at.as_ms(), reason))).transpose()?)
    }

    /// One record in place of all so far.
    #[napi]
    pub fn snapshot(&self) -> Result<String> {
        Ok(show(&self.0.snapshot())?)
    }

    /// The account at a glance.
    #[napi]
    pub fn status(&self) -> Result<String> {
        Ok(show(&self.0.view().status())?)
    }
}

impl Channel {
    fn take(&mut self, now_ms: i64, event: Event<'_>) -> Result<()> {
        let taken = self.0.handle(time(now_ms), event);
        Ok(taken.map_err(|refused| Fault::of_core("Refused", &refused))?)
    }
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
