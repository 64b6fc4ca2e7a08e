//! `Builder`: what an engine is made of, and how it is started.

use std::fmt;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use zaloxide_core::{Channel, Damaged, Duty};
use zaloxide_polling::{Api, Calls, SettingsError};
use zaloxide_store::{Journal, Lease, Store, StoreError};

use super::ending::Ending;
use super::line::{HttpLine, Line};
use super::seat::Seat;
use super::timers::Timers;
use super::{Engine, Handle, Shared};
use crate::accounts::Account;
use crate::agents::Agent;
use crate::clock::Clock;
use crate::config::Config;
use crate::observer::Observer;
use crate::record_file::{Recorder, RecorderError};

/// What an engine is made of. Without an agent it echoes, without a store it forgets.
pub struct Builder {
    pub(super) accounts: Vec<Account>,
    pub(super) store: Arc<dyn Store>,
    pub(super) agent: Arc<dyn Agent>,
    pub(super) observers: Vec<Arc<dyn Observer>>,
    pub(super) patience: Duration,
    pub(super) record: Option<PathBuf>,
    pub(super) calls_parallel: NonZeroUsize,
}

/// An engine that can't be started.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// There is no account.
    NoAccount,
    /// Two accounts have one name, or are one bot.
    Twice {
        /// The name, or the bot's id.
        what: String,
    },
    /// An account's API address or proxy can't be used.
    Settings {
        /// The account.
        account: String,
        /// Why.
        error: SettingsError,
    },
    /// The core can't take an account's configuration.
    Config {
        /// The account.
        account: String,
        /// Why.
        reason: String,
    },
    /// An account's journal can't be opened.
    Store {
        /// The account.
        account: String,
        /// Why.
        error: StoreError,
    },
    /// An account's journal can't be used.
    Damaged {
        /// The account.
        account: String,
        /// Why.
        error: Damaged,
    },
    /// The record file can't be made.
    Record(RecorderError),
    /// The system gives no thread or no random bytes.
    System {
        /// Why.
        reason: String,
    },
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAccount => f.write_str("there is no account to run"),
            Self::Twice { what } => write!(f, "{what} is there twice"),
            Self::Settings { account, error } => write!(f, "account \"{account}\": {error}"),
            Self::Config { account, reason } => write!(f, "account \"{account}\": {reason}"),
            Self::Store { account, error } => write!(f, "account \"{account}\": {error}"),
            Self::Damaged { account, error } => write!(f, "account \"{account}\": {error}"),
            Self::Record(error) => error.fmt(f),
            Self::System { reason } => write!(f, "the system refuses: {reason}"),
        }
    }
}

impl std::error::Error for StartError {}

impl Builder {
    /// One more account.
    #[must_use]
    pub fn account(mut self, account: Account) -> Self {
        self.accounts.push(account);
        self
    }

    /// More accounts.
    #[must_use]
    pub fn accounts(mut self, accounts: impl IntoIterator<Item = Account>) -> Self {
        self.accounts.extend(accounts);
        self
    }

    /// All accounts of a configuration that can run, and its bound of calls.
    #[must_use]
    pub fn config(mut self, config: &Config) -> Self {
        self.accounts.extend(config.ready().cloned());
        self.calls_parallel = NonZeroUsize::new(config.calls_parallel).unwrap_or(NonZeroUsize::MIN);
        self
    }

    /// Who answers.
    #[must_use]
    pub fn agent(mut self, agent: Arc<dyn Agent>) -> Self {
        self.agent = agent;
        self
    }

    /// Where journals are kept.
    #[must_use]
    pub fn store(mut self, store: Arc<dyn Store>) -> Self {
        self.store = store;
        self
    }

    /// One more who looks on.
    #[must_use]
    pub fn observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observers.push(observer);
        self
    }

    /// Writes all that happens to a new file, for [`replay`](crate::record_file::replay).
    #[must_use]
    pub fn record(mut self, file: PathBuf) -> Self {
        self.record = Some(file);
        self
    }

    /// Waits so long for accounts that another process has; not at all if nothing is said.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Does errands: what its [`Handle`] is asked, and nothing else. Nothing is received and no
    /// agent is needed.
    #[must_use]
    pub fn errands(mut self) -> Self {
        for account in &mut self.accounts {
            account.config.duty = Duty::Errands;
        }
        self
    }

    /// Calls that may be under way at one time beside the long polls; 32 if nothing is said.
    #[must_use]
    pub fn calls_parallel(mut self, calls: NonZeroUsize) -> Self {
        self.calls_parallel = calls;
        self
    }

    /// Opens the journals and starts all accounts.
    ///
    /// # Errors
    /// Whatever keeps one of them from starting; then none is started.
    pub fn start(self) -> Result<Engine, StartError> {
        let calls = Calls::new(self.calls_parallel);
        let pool = calls.clone();
        self.start_with(calls, move |account| {
            let api = Api::new(account.settings.clone()).map_err(|error| StartError::Settings {
                account: account.config.account.clone(),
                error,
            })?;
            Ok(Box::new(HttpLine::new(&account.config.account, api, pool.clone())))
        })
    }

    pub(super) fn start_with(
        self,
        calls: Calls,
        line: impl Fn(&Account) -> Result<Box<dyn Line>, StartError>,
    ) -> Result<Engine, StartError> {
        let Self { mut accounts, store, agent, observers, patience, record, .. } = self;
        check(&accounts)?;
        let key: [u8; 16] = random()?;
        for account in &mut accounts {
            account.config.token_tag = account.settings.token.tag(&key);
        }
        let recorder = record.as_deref().map(Recorder::create).transpose();
        let shared = Arc::new(Shared {
            clock: Clock::new(),
            timers: Timers::default(),
            ending: Ending::default(),
            store,
            agent,
            observer: Arc::new(observers),
            recorder: recorder.map_err(StartError::Record)?,
        });
        let until = Instant::now() + patience;
        let mut leases = Leases { store: Arc::clone(&shared.store), until, held: Vec::new() };
        let mut seats = Vec::new();
        for (index, account) in accounts.iter().enumerate() {
            let (lease, journal) = leases.open(&account.config.account)?;
            let records = journal.records.len();
            let channel = shared.channel(account, journal)?;
            let line = line(account)?;
            let seat = Seat::new(index, lease, channel, line, Arc::clone(&shared));
            seats.push(Arc::new(seat.with_journal(records)));
        }
        shared.ending.running(seats.iter().map(|seat| seat.name.clone()));
        let handle = Handle { shared, seats: seats.into() };
        let timer = handle.clone();
        let timer = thread::Builder::new()
            .name("zaloxide-timer".into())
            .spawn(move || timer.run_timers())
            .map_err(|error| StartError::System { reason: error.to_string() })?;
        // From here on the engine gives them back.
        leases.held.clear();
        for seat in handle.seats.iter() {
            seat.begin();
            let watched = Arc::downgrade(seat);
            let ended = Box::new(move |error: StoreError| {
                if let Some(seat) = watched.upgrade() {
                    seat.give_up(&error);
                }
            });
            handle.shared.store.watch(&seat.lease, ended);
        }
        Ok(Engine { handle, calls, timer: Some(timer) })
    }
}

/// Leases that are given back if the start fails.
struct Leases {
    store: Arc<dyn Store>,
    until: Instant,
    held: Vec<Lease>,
}

/// How often a lease that somebody else has is asked for again.
const ASK_AGAIN: Duration = Duration::from_millis(50);

impl Leases {
    fn open(&mut self, account: &str) -> Result<(Lease, Journal), StartError> {
        loop {
            match self.store.open(account) {
                Ok((lease, journal)) => {
                    self.held.push(lease.clone());
                    return Ok((lease, journal));
                }
                Err(StoreError::Held { .. }) if Instant::now() < self.until => {
                    thread::sleep(ASK_AGAIN);
                }
                Err(error) => return Err(StartError::Store { account: account.into(), error }),
            }
        }
    }
}

impl Drop for Leases {
    fn drop(&mut self) {
        for lease in self.held.drain(..) {
            self.store.release(lease);
        }
    }
}

impl Shared {
    fn channel(&self, account: &Account, journal: Journal) -> Result<Channel, StartError> {
        let config = account.config.clone();
        let name = &account.config.account;
        let seed = random()?;
        let now = self.clock.now();
        if let Some(recorder) = &self.recorder {
            recorder.begin(&config, &seed, now, &journal.records);
        }
        if journal.records.is_empty() {
            return Ok(Channel::new(config, seed, now));
        }
        Channel::restore(config, seed, now, journal.records)
            .map_err(|error| StartError::Damaged { account: name.clone(), error })
    }
}

fn check(accounts: &[Account]) -> Result<(), StartError> {
    if accounts.is_empty() {
        return Err(StartError::NoAccount);
    }
    for (index, account) in accounts.iter().enumerate() {
        let config = &account.config;
        let name = &config.account;
        config.check().map_err(|value| StartError::Config {
            account: name.clone(),
            reason: value.to_string(),
        })?;
        for other in &accounts[..index] {
            if other.config.account == *name {
                return Err(StartError::Twice { what: format!("account \"{name}\"") });
            }
            if other.config.bot_id == config.bot_id {
                return Err(StartError::Twice { what: format!("bot {}", config.bot_id) });
            }
        }
    }
    Ok(())
}

fn random<const N: usize>() -> Result<[u8; N], StartError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| StartError::System { reason: format!("no random bytes: {error}") })?;
    Ok(bytes)
}
