//! `Seat`: one account in the engine: its channel, the queue of its actions, who carries them out.
//!
//! The rule that keeps everybody moving: under the channel's lock an event is handled and its
//! actions are pushed onto the queue, which never waits. Then the lock is released, and one thread
//! at a time works the queue off, in order. Whoever carries an action out holds no lock: it may
//! report the next event at once, on the same thread.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use zaloxide_core::{Action, Channel, Event, Refused, Snapshot, Ticket, Time, View};
use zaloxide_store::{Lease, StoreError};

use super::Shared;
use super::attachments::Kept;
use super::line::Line;
use super::tickets::{Pending, Tell, Tickets};
use crate::accounts::Account;
use crate::media::Roots;
use crate::record_file;

/// One account.
pub(crate) struct Seat {
    /// Its place among the accounts: the number of its timer.
    pub(crate) index: usize,
    pub(crate) name: String,
    pub(crate) shared: Arc<Shared>,
    pub(crate) lease: Lease,
    pub(crate) line: Box<dyn Line>,
    pub(crate) tickets: Tickets,
    /// As it is configured now.
    account: Mutex<Account>,
    roots: Mutex<Arc<Roots>>,
    pub(super) kept: Kept,
    channel: Mutex<Channel>,
    /// What happened while somebody had the channel.
    posted: Mutex<VecDeque<Event<'static>>>,
    queue: Mutex<Queue>,
    /// The store will keep nothing more of this account: nothing more may come of it.
    given_up: AtomicBool,
}

/// What is to be done, in order.
pub(crate) enum Job {
    /// Carry an action out.
    Act(Time, Action),
    /// Have a snapshot take the place of the records it covers.
    Compact(Box<Snapshot>),
    /// Write a line of the record file.
    Record(String),
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    /// A thread works the queue off.
    worked: bool,
    /// Records since the last snapshot.
    records: usize,
    /// When the timer is set to ring.
    rings: Option<Time>,
}

impl Seat {
    pub(crate) fn new(
        index: usize,
        (account, roots): (Account, Arc<Roots>),
        lease: Lease,
        channel: Channel,
        line: Box<dyn Line>,
        shared: Arc<Shared>,
    ) -> Self {
        Self {
            index,
            name: lease.account().to_owned(),
            shared,
            lease,
            line,
            tickets: Tickets::default(),
            account: Mutex::new(account),
            roots: Mutex::new(roots),
            kept: Kept::default(),
            channel: Mutex::new(channel),
            posted: Mutex::default(),
            queue: Mutex::default(),
            given_up: AtomicBool::new(false),
        }
    }

    /// As it is configured now.
    pub(crate) fn account(&self) -> Account {
        lock(&self.account).clone()
    }

    pub(crate) fn set_account(&self, account: Account, roots: Arc<Roots>) {
        *lock(&self.account) = account;
        *lock(&self.roots) = roots;
    }

    /// The folders that its agent may send from.
    pub(crate) fn roots(&self) -> Arc<Roots> {
        Arc::clone(&lock(&self.roots))
    }

    /// So many records are in the journal: a program that is started often compacts it too.
    pub(crate) fn with_journal(self, records: usize) -> Self {
        lock(&self.queue).records = records;
        self
    }

    /// Carries out what the channel asked for when it was made.
    pub(crate) fn begin(self: &Arc<Self>) {
        self.begin_attachments();
        self.take(&mut lock(&self.channel), self.shared.clock.now(), None);
        self.work();
    }

    /// Something happened, and whoever tells it has to know whether it was taken.
    pub(crate) fn handle(self: &Arc<Self>, event: Event<'_>) -> Result<(), Refused> {
        let mut channel = lock(&self.channel);
        self.catch_up(&mut channel);
        let result = self.step(&mut channel, event);
        drop(channel);
        self.after();
        result
    }

    /// Something happened. Whoever has the channel just now takes it in before letting it go: nobody
    /// waits for them.
    pub(crate) fn report(self: &Arc<Self>, event: Event<'static>) {
        if let Ok(mut channel) = self.channel.try_lock() {
            self.catch_up(&mut channel);
            self.take_in(&mut channel, event);
        } else {
            lock(&self.posted).push_back(event);
        }
        self.after();
    }

    /// A webhook brought a body: as [`Self::report`], and the body is copied only if it has to wait.
    pub(crate) fn post(self: &Arc<Self>, body: &[u8], tell: Tell) {
        let ticket = self.tickets.issue(tell);
        if let Ok(mut channel) = self.channel.try_lock() {
            self.catch_up(&mut channel);
            self.take_in(&mut channel, Event::UpdateReceived { ticket, body: body.into() });
        } else {
            let body = body.to_owned().into();
            lock(&self.posted).push_back(Event::UpdateReceived { ticket, body });
        }
        self.after();
    }

    fn take_in(self: &Arc<Self>, channel: &mut Channel, event: Event<'_>) {
        let ticket = match &event {
            Event::UpdateReceived { ticket, .. } => Some(*ticket),
            _ => None,
        };
        if let Err(refused) = self.step(channel, event) {
            // Dropped, it tells whoever waits to try again. Anything else came too late: the core
            // may know nothing of it any more.
            ticket.inspect(|ticket| self.tickets.forget(*ticket));
            tracing::debug!(account = %self.name, %refused, "an event is not taken");
        }
    }

    /// Takes in what was posted, before anything that happened later.
    fn catch_up(self: &Arc<Self>, channel: &mut Channel) {
        loop {
            let posted = std::mem::take(&mut *lock(&self.posted));
            if posted.is_empty() {
                return;
            }
            for event in posted {
                self.take_in(channel, event);
            }
        }
    }

    fn step(self: &Arc<Self>, channel: &mut Channel, event: Event<'_>) -> Result<(), Refused> {
        if self.is_given_up() {
            return Err(Refused::Stopped);
        }
        // Read under the lock, so that events and their times are in one order.
        let now = self.shared.clock.now();
        let recorder = self.shared.recorder.as_ref();
        let line = recorder.and_then(|_| record_file::line(&self.name, now, &event));
        if matches!(event, Event::TimerFired) {
            lock(&self.queue).rings = None;
        }
        let result = channel.handle(now, event);
        self.take(channel, now, line);
        result
    }

    /// After the channel was let go: what was posted meanwhile is taken in, unless somebody has the
    /// channel again, who then does this; then the queue is worked off.
    fn after(self: &Arc<Self>) {
        while !lock(&self.posted).is_empty() {
            let Ok(mut channel) = self.channel.try_lock() else { break };
            self.catch_up(&mut channel);
        }
        self.work();
    }

    /// The store will keep nothing more of this account: it ends here, as if the process had. What
    /// is durable is whoever's who has it now.
    pub(crate) fn give_up(&self, error: &StoreError) {
        if self.given_up.swap(true, Ordering::SeqCst) {
            return;
        }
        tracing::error!(account = %self.name, %error, "this account can't go on");
        self.shared.timers.set(self.index, None);
        self.line.close(Duration::ZERO);
        self.tickets.close();
        self.shared.ending.fail(&self.name, error.to_string());
    }

    pub(super) fn is_given_up(&self) -> bool {
        self.given_up.load(Ordering::SeqCst)
    }

    /// Asks for something that is answered with a ticket.
    pub(crate) fn ask(
        self: &Arc<Self>,
        event: impl FnOnce(Ticket) -> Event<'static>,
    ) -> Result<Pending, Refused> {
        let (tell, pending) = Pending::new();
        let ticket = self.tickets.issue(tell);
        self.handle(event(ticket)).inspect_err(|_| self.tickets.forget(ticket))?;
        Ok(pending)
    }

    /// Looks at the channel; whatever is read must be read quickly.
    pub(crate) fn view<R>(self: &Arc<Self>, read: impl FnOnce(View<'_>) -> R) -> R {
        let seen = read(lock(&self.channel).view());
        self.after();
        seen
    }

    /// Pushes what the channel wants done.
    fn take(&self, channel: &mut Channel, now: Time, line: Option<String>) {
        let mut queue = lock(&self.queue);
        queue.jobs.extend(line.map(Job::Record));
        while let Some(action) = channel.poll_action() {
            if let Action::Commit { records, .. } = &action {
                queue.records += records.len();
            }
            queue.jobs.push_back(Job::Act(now, action));
        }
        if queue.records >= channel.view().compact_after() {
            queue.records = 0;
            // Behind the commits whose records it covers.
            queue.jobs.push_back(Job::Compact(Box::new(channel.snapshot())));
        }
        // A timer that rings early does no harm, and is set anew then: it is not put off for each
        // deadline that has come and gone.
        let due = channel.poll_timeout().map(|(at, _)| at);
        if due.is_some_and(|due| queue.rings.is_none_or(|rings| due < rings)) {
            queue.rings = due;
            self.shared.timers.set(self.index, due);
        }
    }

    /// Works the queue off, unless another thread does.
    fn work(self: &Arc<Self>) {
        let mut mine = false;
        loop {
            let job = {
                let mut queue = lock(&self.queue);
                if queue.worked && !mine {
                    return;
                }
                let job = queue.jobs.pop_front();
                mine = job.is_some();
                queue.worked = mine;
                job
            };
            let Some(job) = job else { return };
            // An agent or observer that panics must not stop its account.
            if catch_unwind(AssertUnwindSafe(|| self.perform(job))).is_err() {
                tracing::error!(account = %self.name, "an agent, observer or store panicked");
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
