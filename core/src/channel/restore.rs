//! How a channel begins: anew, or from its journal.

use alloc::collections::VecDeque;
use alloc::format;
use alloc::string::String;

use super::Channel;
use super::calls::Calls;
use super::context::{Auth, Context, Phase, Signal};
use super::dice::Dice;
use super::intake::Intake;
use super::journal::{Journal, Wake};
use super::lanes::Lanes;
use super::link::Link;
use super::mail::Mail;
use super::sends::Sends;
use super::timers::{Timer, Timers};
use crate::config::{AccountConfig, Duty};
use crate::counters::Counters;
use crate::ledger::Ledger;
use crate::record::Record;
use crate::refused::Damaged;
use crate::time::Time;

/// What JSON readers that use doubles hold exactly. No journal comes near it, so that counting on
/// from its last record never overflows.
const NUMBER_MAX: u64 = (1 << 53) - 1;

impl Channel {
    /// An account that has no journal. `seed` is all the randomness there will ever be: 32 bytes
    /// nobody can guess, never used for another channel or run.
    pub fn new(config: AccountConfig, seed: [u8; 32], now: Time) -> Self {
        Self::begin(config, seed, now, 0, Ledger::default())
    }

    /// An account as its journal says: `records` with their numbers, in order, the first of them 1
    /// or a snapshot. Sending resumes at the first chunk that is not acknowledged, turns without a
    /// durable answer go to the agent again with `attempt` raised. `now` is the wall clock even if
    /// the journal is ahead of it.
    pub fn restore(
        config: AccountConfig,
        seed: [u8; 32],
        now: Time,
        records: impl IntoIterator<Item = (u64, Record)>,
    ) -> Result<Self, Damaged> {
        let mut last = 0;
        let mut ledger = Ledger::default();
        for (number, record) in records {
            if number > NUMBER_MAX {
                let reason = String::from("no journal has so many records");
                return Err(Damaged::Contradiction { number, reason });
            }
            let contradiction =
                |reason: &str| Damaged::Contradiction { number, reason: String::from(reason) };
            if let (0, Record::Snapshot { ledger: whole }) = (last, &record) {
                whole.check().map_err(contradiction)?;
                ledger.clone_from(whole);
            } else if number == last + 1 {
                ledger.apply(number, &record).map_err(contradiction)?;
            } else {
                return Err(Damaged::Gap { expected: last + 1, found: number });
            }
            last = number;
        }
        // Each record may follow on the one before, and all of them come to nothing that can be.
        ledger.check().map_err(|reason| Damaged::Contradiction {
            number: last,
            reason: String::from(reason),
        })?;
        if !ledger.bot_id.is_empty() && ledger.bot_id != config.bot_id {
            let (journal, config) = (ledger.bot_id, config.bot_id);
            return Err(Damaged::OtherBot { journal, config });
        }
        Ok(Self::begin(config, seed, now, last, ledger))
    }

    fn begin(config: AccountConfig, seed: [u8; 32], now: Time, last: u64, ledger: Ledger) -> Self {
        let now = now.min(super::LATEST);
        let mut dice = Dice::new(seed);
        let calls = Calls::new(dice.run());
        let cx = Context {
            config,
            now,
            phase: Phase::Running,
            auth: Auth::Checking,
            bot_name: None,
            ledger,
            journal: Journal::at(last),
            timers: Timers::default(),
            dice,
            calls,
            counters: Counters::default(),
            out: VecDeque::new(),
            signals: VecDeque::new(),
        };
        let mail = Mail::new(&cx);
        let mut channel = Self {
            cx,
            intake: Intake::default(),
            lanes: Lanes::default(),
            link: Link::new(),
            mail,
            sends: Sends::default(),
        };
        channel.wake_all();
        channel
    }

    /// Sets everything going that the ledger holds.
    fn wake_all(&mut self) {
        let cx = &mut self.cx;
        if let Err(value) = cx.config.check() {
            // Whoever made the configuration should have checked it; the core only says so.
            cx.note(
                crate::Level::Error,
                crate::NoteCode::Reconfigured,
                format!("check the configuration: {value}"),
            );
        }
        let serves = cx.config.duty == Duty::Serve;
        if serves || cx.ledger.bot_id.is_empty() {
            let (bot_id, at) = (cx.config.bot_id.clone(), cx.now);
            cx.record(Record::Started { bot_id, at });
        }
        self.mail.settle_intents(cx);
        if let Some(until) = cx.ledger.quota.paused(cx.now) {
            cx.timers.set(Timer::Quota, until);
        }
        if serves {
            self.wake_work();
        }
        self.link.begin(&mut self.cx);
        self.drain();
    }

    fn wake_work(&mut self) {
        let cx = &mut self.cx;
        let turns: VecDeque<_> = cx.ledger.turns.iter().map(|turn| turn.id).collect();
        for turn in turns {
            cx.when_durable(Wake::Turn(turn));
        }
        for chat in cx.ledger.turns.chats() {
            cx.signal(Signal::Lane(chat));
        }
        for chat in self.mail.chats(cx) {
            cx.signal(Signal::Mail(chat.clone()));
            cx.when_durable(Wake::Mail(chat));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Channel;
    use crate::config::AccountConfig;
    use crate::refused::Damaged;
    use crate::time::Time;

    #[test]
    fn a_journal_that_begins_at_a_number_nobody_counts_to_is_damaged() {
        let config = AccountConfig::new("default", "1");
        let now = Time::from_ms(1);
        let record = Channel::new(config.clone(), [1; 32], now).snapshot().record;
        let restored = Channel::restore(config, [2; 32], now, [(u64::MAX, record)]);
        assert!(matches!(restored, Err(Damaged::Contradiction { number: u64::MAX, .. })));
    }
}
