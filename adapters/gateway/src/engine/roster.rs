//! The roster: accounts join, change and leave while the others work on.

use std::fmt;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use zaloxide_core::Event;
use zaloxide_store::{Journal, Lease, StoreError};

use super::attachments::roots;
use super::builder::{StartError, check};
use super::seat::Seat;
use super::{CLOSE_MAX, Handle, STOP_MAX, Shared};
use crate::accounts::Account;
use crate::front::FrontError;

/// How often a lease that somebody else has is asked for again.
const ASK_AGAIN: Duration = Duration::from_millis(50);

/// What became of the accounts.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Reloaded {
    /// They are at work now.
    pub added: Vec<String>,
    /// They work by their new configuration.
    pub changed: Vec<String>,
    /// They have ended. What waits for them in the store goes on when they are back.
    pub removed: Vec<String>,
    /// They could not be added or changed, and why.
    pub failed: Vec<(String, StartError)>,
}

impl Handle {
    /// Has these accounts at work and no others: some join, some leave, some change. The others
    /// are not touched. May wait for the disk, and some seconds for accounts that leave.
    ///
    /// # Errors
    /// The accounts can't be together, or there is none; then nothing has changed.
    pub fn reload(&self, accounts: Vec<Account>) -> Result<Reloaded, StartError> {
        check(&accounts)?;
        let _one_at_a_time = self.shared.reload.lock().unwrap_or_else(PoisonError::into_inner);
        let _goes_on = self.shared.ending.hold();
        let mut reloaded = Reloaded::default();
        for seat in self.shared.seats.all() {
            if !accounts.iter().any(|account| account.config.account == seat.name) {
                self.shared.leave(&seat);
                reloaded.removed.push(seat.name.clone());
            }
        }
        for mut account in accounts {
            account.config.token_tag = account.settings.tag(&self.shared.key);
            let name = account.config.account.clone();
            let done = match self.shared.seats.named(&name) {
                Some(seat) if seat.account() == account => continue,
                Some(seat) => self
                    .shared
                    .change(&seat, &account)
                    .map(|()| reloaded.changed.push(name.clone())),
                None => self.shared.join(account).map(|()| reloaded.added.push(name.clone())),
            };
            if let Err(error) = done {
                reloaded.failed.push((name, error));
            }
        }
        Ok(reloaded)
    }

    /// Reads the certificates again, for connections from now on.
    ///
    /// # Errors
    /// They can't be used; then the old ones stay in use.
    pub fn reload_certificates(&self) -> Result<(), FrontError> {
        self.shared.front.reload()
    }
}

impl Shared {
    /// Opens an account's journal, waiting until `until` for who has it, and seats it. It does
    /// nothing before it begins.
    pub(super) fn seat(
        self: &Arc<Self>,
        account: Account,
        until: Instant,
    ) -> Result<Arc<Seat>, StartError> {
        if account.receives_webhooks() {
            self.front.listen().map_err(StartError::Front)?;
        }
        let (lease, journal) = self.open(&account.config.account, until)?;
        // Given back if something fails from here on.
        let seat = self.seated(account, lease.clone(), journal);
        let seat = seat.and_then(|seat| self.route(&seat).map(|()| seat));
        seat.inspect_err(|_| self.store.release(lease))
    }

    fn seated(
        self: &Arc<Self>,
        account: Account,
        lease: Lease,
        journal: Journal,
    ) -> Result<Arc<Seat>, StartError> {
        let records = journal.records.len();
        let channel = self.channel(&account, journal)?;
        let line = (self.line)(&account)?;
        let roots = roots(&account.config.account, &account.media_roots)?;
        let seat =
            Seat::new(self.next_index(), (account, roots), lease, channel, line, Arc::clone(self));
        Ok(Arc::new(seat.with_journal(records)))
    }

    fn open(&self, account: &str, until: Instant) -> Result<(Lease, Journal), StartError> {
        loop {
            match self.store.open(account) {
                Ok(opened) => return Ok(opened),
                Err(StoreError::Held { .. }) if Instant::now() < until => {
                    std::thread::sleep(ASK_AGAIN);
                }
                Err(error) => return Err(StartError::Store { account: account.into(), error }),
            }
        }
    }

    /// Without the feature `webhook` no account has any that could be let in.
    #[cfg(not(feature = "webhook"))]
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "as the other build's")]
    fn route(&self, _: &Arc<Seat>) -> Result<(), StartError> {
        Ok(())
    }

    /// An account begins its work.
    pub(super) fn begin(self: &Arc<Self>, seat: &Arc<Seat>) {
        self.ending.running([seat.name.clone()]);
        self.seats.add(Arc::clone(seat));
        seat.begin();
        let watched = Arc::downgrade(seat);
        let ended = Box::new(move |error: StoreError| {
            if let Some(seat) = watched.upgrade() {
                seat.give_up(&error);
            }
        });
        self.store.watch(&seat.lease, ended);
    }

    fn join(self: &Arc<Self>, account: Account) -> Result<(), StartError> {
        let seat = self.seat(account, Instant::now())?;
        self.front.serve().map_err(StartError::Front)?;
        self.begin(&seat);
        Ok(())
    }

    /// An account ends, as at the end of the engine, and gives back what it has.
    fn leave(&self, seat: &Arc<Seat>) {
        self.front.unroute(&seat.name);
        seat.report(Event::Stop);
        let cut_short = !self.ending.wait_stopped_one(&seat.name, STOP_MAX);
        if cut_short {
            tracing::warn!(account = %seat.name, "cut short, with work under way");
        }
        seat.line.close(if cut_short { CLOSE_MAX / 4 } else { CLOSE_MAX });
        seat.tickets.close();
        self.timers.set(seat.index, None);
        self.seats.remove(seat);
        self.ending.stopped(&seat.name);
        self.store.release(seat.lease.clone());
    }

    /// An account goes on by a new configuration. Its old webhook is let in until Zalo has the new
    /// one.
    fn change(self: &Arc<Self>, seat: &Arc<Seat>, account: &Account) -> Result<(), StartError> {
        let (before, roots_before) = (seat.account(), seat.roots());
        let roots = roots(&seat.name, &account.media_roots)?;
        if account.receives_webhooks() {
            self.front.listen().map_err(StartError::Front)?;
            self.front.serve().map_err(StartError::Front)?;
        }
        seat.line.change(account)?;
        seat.set_account(account.clone(), roots);
        self.route(seat)?;
        let config = Box::new(account.config.clone());
        let taken = seat.handle(Event::Reconfigured { config });
        if let Err(refused) = taken {
            seat.set_account(before, roots_before);
            self.route(seat)?;
            self.front.settle(&seat.name);
            let (account, reason) = (seat.name.clone(), refused.to_string());
            return Err(StartError::Config { account, reason });
        }
        let same_for_zalo = before.config.webhook_url == account.config.webhook_url
            && before.settings.webhook_secret == account.settings.webhook_secret;
        if same_for_zalo && account.receives_webhooks() {
            self.front.settle(&seat.name);
        }
        Ok(())
    }
}

impl fmt::Display for Reloaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts =
            [("added", &self.added), ("changed", &self.changed), ("removed", &self.removed)];
        let mut said = false;
        for (what, names) in parts.into_iter().filter(|(_, names)| !names.is_empty()) {
            write!(f, "{}{what} {}", if said { "; " } else { "" }, names.join(", "))?;
            said = true;
        }
        for (account, error) in &self.failed {
            write!(f, "{}account \"{account}\" failed: {error}", if said { "; " } else { "" })?;
            said = true;
        }
        if said { Ok(()) } else { f.write_str("nothing has changed") }
    }
}
