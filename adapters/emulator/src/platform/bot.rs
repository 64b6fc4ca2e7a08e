//! `Bot`: one bot account as the platform sees it, with its open polls, webhook and quota.

use std::collections::VecDeque;

use tokio::sync::oneshot;
use zaloxide_core::{DAY_MS, Time};

use crate::answer::Answer;
use crate::control::{Delivery, Refused};

/// Updates that wait for a poll; one more is refused.
const WAITING_MAX: usize = 1_000;
/// Prepared answers that wait for a poll; one more is refused.
const CANNED_MAX: usize = 100;
/// Polls open at once; one more gets the edge's rate limit.
const POLLS_MAX: usize = 64;
/// `testWebhook` calls a day.
const WEBHOOK_TESTS_DAILY: u32 = 100;

/// Says whether the client of a poll is still connected.
pub(crate) type Connected = Box<dyn Fn() -> bool + Send>;

/// An update's body, handed out as it is.
#[derive(Clone, Debug)]
pub(crate) struct Update {
    pub(crate) body: Vec<u8>,
    /// It waits for a poll when none is open, and again when the poll's client left meanwhile.
    pub(crate) waits: bool,
}

/// What ends an open poll.
#[derive(Debug)]
pub(crate) enum Given {
    Update(Update),
    Canned(Answer),
    Reset,
}

struct OpenPoll {
    id: u64,
    connected: Connected,
    give: oneshot::Sender<Given>,
}

pub(crate) struct Webhook {
    pub(crate) url: String,
    pub(crate) secret: String,
    pub(crate) updated_at: Time,
}

/// The state of one bot. No `Debug`: it holds the token and the webhook's secret.
pub(crate) struct Bot {
    pub(crate) id: String,
    token: String,
    pub(crate) webhook: Option<Webhook>,
    polls: VecDeque<OpenPoll>,
    waiting: VecDeque<Update>,
    canned: VecDeque<Answer>,
    sent: Counter,
    tests: Counter,
}

/// How often something happened in the current period.
#[derive(Clone, Copy, Default)]
struct Counter {
    period: u64,
    count: u64,
}

impl Counter {
    fn in_period(&mut self, period: u64) -> &mut u64 {
        if self.period != period {
            *self = Self { period, count: 0 };
        }
        &mut self.count
    }
}

impl Bot {
    pub(crate) fn new(id: &str, token: &str) -> Self {
        Self {
            id: id.to_owned(),
            token: token.to_owned(),
            webhook: None,
            polls: VecDeque::new(),
            waiting: VecDeque::new(),
            canned: VecDeque::new(),
            sent: Counter::default(),
            tests: Counter::default(),
        }
    }

    pub(crate) fn knows(&self, token: &str) -> bool {
        self.token == token
    }

    /// Back to a bot that nobody has used; open polls end.
    pub(crate) fn reset(&mut self) {
        for poll in self.polls.drain(..) {
            // A client that left meanwhile needs no end.
            let _left = poll.give.send(Given::Reset);
        }
        *self = Self::new(&self.id, &self.token);
    }

    /// Opens a poll. `None`: too many are open.
    pub(crate) fn open_poll(
        &mut self,
        id: u64,
        connected: Connected,
    ) -> Option<oneshot::Receiver<Given>> {
        self.polls.retain(|poll| !poll.give.is_closed());
        if self.polls.len() == POLLS_MAX {
            return None;
        }
        let (give, given) = oneshot::channel();
        self.polls.push_back(OpenPoll { id, connected, give });
        Some(given)
    }

    pub(crate) fn close_poll(&mut self, id: u64) {
        self.polls.retain(|poll| poll.id != id);
    }

    /// Whether a poll is open whose client is there.
    pub(crate) fn has_poll(&self) -> bool {
        self.polls.iter().any(|poll| !poll.give.is_closed() && (poll.connected)())
    }

    /// Gives to the poll that has waited longest and whose client is still connected: polls of one
    /// token compete. `Err` gives it back when there is none.
    pub(crate) fn give(&mut self, mut given: Given) -> Result<(), Given> {
        while let Some(poll) = self.polls.pop_front() {
            if !(poll.connected)() {
                continue;
            }
            match poll.give.send(given) {
                Ok(()) => return Ok(()),
                Err(back) => given = back,
            }
        }
        Err(given)
    }

    /// Keeps an update for a later poll.
    pub(crate) fn wait(&mut self, update: Update) -> Result<Delivery, Refused> {
        if self.waiting.len() >= WAITING_MAX {
            return Err(Refused::Full("updates that wait for a poll"));
        }
        self.waiting.push_back(update);
        Ok(Delivery::Queued)
    }

    /// Puts an update where the next poll finds it. Its place was free a moment ago, so it is
    /// taken even over the bound.
    pub(crate) fn wait_first(&mut self, update: Update) {
        self.waiting.push_front(update);
    }

    pub(crate) fn next_waiting(&mut self) -> Option<Update> {
        self.waiting.pop_front()
    }

    /// Prepares an answer for a later poll.
    pub(crate) fn prepare(&mut self, answer: Answer) -> Result<Delivery, Refused> {
        if self.canned.len() >= CANNED_MAX {
            return Err(Refused::Full("prepared answers"));
        }
        self.canned.push_back(answer);
        Ok(Delivery::Queued)
    }

    pub(crate) fn next_canned(&mut self) -> Option<Answer> {
        self.canned.pop_front()
    }

    /// Takes one message from this month's quota. `false`: none is left, until the month ends.
    pub(crate) fn take_quota(&mut self, now: Time, monthly: u64) -> bool {
        let sent = self.sent.in_period(now.month());
        let left = *sent < monthly;
        *sent += u64::from(left);
        left
    }

    /// Takes one webhook test from today's. `false`: none is left.
    pub(crate) fn take_test(&mut self, now: Time) -> bool {
        let tests = self.tests.in_period(now.as_ms() / DAY_MS);
        let left = *tests < u64::from(WEBHOOK_TESTS_DAILY);
        *tests += u64::from(left);
        left
    }
}

#[cfg(test)]
mod tests {
    use zaloxide_core::{DAY_MS, Time};

    use super::{Bot, Given, POLLS_MAX, Update, WAITING_MAX};

    fn update() -> Given {
        Given::Update(Update { body: b"{}".to_vec(), waits: false })
    }

    #[test]
    fn the_longest_waiting_connected_poll_gets_it() {
        let mut bot = Bot::new("1", "1:x");
        let mut gone = bot.open_poll(1, Box::new(|| false)).unwrap();
        let left = bot.open_poll(2, Box::new(|| true)).unwrap();
        let mut first = bot.open_poll(3, Box::new(|| true)).unwrap();
        let mut second = bot.open_poll(4, Box::new(|| true)).unwrap();
        drop(left);
        assert!(bot.give(update()).is_ok());
        assert!(gone.try_recv().is_err(), "its client is not connected");
        assert!(matches!(first.try_recv(), Ok(Given::Update(_))));
        assert!(second.try_recv().is_err());
        bot.close_poll(4);
        assert!(bot.give(update()).is_err(), "no poll is open");
    }

    #[test]
    fn bounded() {
        let mut bot = Bot::new("1", "1:x");
        let polls: Vec<_> =
            (0..100).filter_map(|id| bot.open_poll(id, Box::new(|| true))).collect();
        assert_eq!(polls.len(), POLLS_MAX);
        drop(polls);
        assert!(bot.open_poll(0, Box::new(|| true)).is_some(), "dead polls make room");
        let waits = || Update { body: vec![], waits: true };
        assert_eq!((0..2_000).filter(|_| bot.wait(waits()).is_ok()).count(), WAITING_MAX);
        let answer = crate::answer::Answer::done;
        assert_eq!((0..200).filter(|_| bot.prepare(answer()).is_ok()).count(), 100);
    }

    #[test]
    fn quota_sticks_until_the_month_ends_in_vietnam() {
        let mut bot = Bot::new("1", "1:x");
        let last = Time::from_ms(1_796_057_999_999); // the last millisecond of a November there
        assert!(bot.take_quota(last.minus(DAY_MS), 2));
        assert!(bot.take_quota(last.minus(DAY_MS), 2));
        assert!(!bot.take_quota(last, 2));
        assert!(bot.take_quota(last.plus(1), 2));
    }
}
