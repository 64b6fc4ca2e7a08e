//! `Builder`: what an engine is made of, and how it is started.

use std::collections::HashSet;
use std::fmt;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use zaloxide_core::{Channel, Damaged, Duty};
use zaloxide_polling::{Calls, Reach, SettingsError};
use zaloxide_store::{Journal, Store, StoreError};

use super::attachments::Attachments;
use super::ending::Ending;
use super::line::{Line, Lines};
use super::seat::Seat;
use super::seats::Seats;
use super::timers::Timers;
use super::{Engine, Handle, Shared};
use crate::accounts::Account;
use crate::agents::Agent;
use crate::clock::Clock;
use crate::commits::Commits;
use crate::config::Config;
use crate::front::{Front, FrontConfig, FrontError};
use crate::media::FolderError;
use crate::observer::Observer;
use crate::record_file::{Recorder, RecorderError};
#[cfg(feature = "webhook")]
use crate::vitals::Vitals;

/// Questions about bots and their webhooks that may be under way at one time: with thousands of
/// accounts they come all at once.
// proven: 20 is not zero, and the compiler says so.
const CHECKS_PARALLEL: NonZeroUsize = NonZeroUsize::new(20).unwrap();

/// What an engine is made of. Without an agent it echoes, without a store it forgets.
pub struct Builder {
    pub(super) accounts: Vec<Account>,
    pub(super) store: Arc<dyn Store>,
    pub(super) agent: Arc<dyn Agent>,
    pub(super) observers: Vec<Arc<dyn Observer>>,
    pub(super) patience: Duration,
    pub(super) record: Option<PathBuf>,
    pub(super) calls_parallel: NonZeroUsize,
    pub(super) front: FrontConfig,
    pub(super) media_dir: Option<PathBuf>,
    pub(super) reach: Reach,
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
    /// Media can't be kept.
    Media(FolderError),
    /// Webhooks can't be received, or health and metrics not be shown.
    Front(FrontError),
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
            Self::Media(error) => error.fmt(f),
            Self::Front(error) => error.fmt(f),
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
        self.front = config.front.clone();
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

    /// Keeps what users sent, and hosts what is sent to them, in this directory: such as `media`
    /// in the state directory. Without one, downloads and local files are refused.
    #[must_use]
    pub fn media_dir(mut self, dir: PathBuf) -> Self {
        self.media_dir = Some(dir);
        self
    }

    /// How far media may be fetched from: public addresses alone, if nothing is said. The other
    /// choice is for tests.
    #[must_use]
    pub fn reach(mut self, reach: Reach) -> Self {
        self.reach = reach;
        self
    }

    /// Where webhooks arrive, and health and metrics are shown.
    #[must_use]
    pub fn front(mut self, front: FrontConfig) -> Self {
        self.front = front;
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
        let (calls, checks) = (Calls::new(self.calls_parallel), Calls::new(CHECKS_PARALLEL));
        let lines = Lines::new(calls.clone(), checks.clone());
        self.start_with(calls, checks, move |account| Ok(Box::new(lines.line(account)?)))
    }

    pub(super) fn start_with(
        self,
        calls: Calls,
        checks: Calls,
        line: impl Fn(&Account) -> Result<Box<dyn Line>, StartError> + Send + Sync + 'static,
    ) -> Result<Engine, StartError> {
        let Self { mut accounts, store, agent, observers, patience, record, front, .. } = self;
        let (media_dir, reach) = (self.media_dir, self.reach);
        check(&accounts)?;
        let key: [u8; 16] = random()?;
        for account in &mut accounts {
            account.config.token_tag = account.settings.tag(&key);
        }
        let recorder = record.as_deref().map(Recorder::create).transpose();
        let clock = Clock::new();
        let attachments = Attachments::open(media_dir.as_deref(), reach, &clock);
        let attachments = attachments.map_err(StartError::Media)?;
        let shared = Arc::new(Shared {
            timers: Timers::default(),
            ending: Ending::default(),
            seats: Seats::default(),
            indices: AtomicUsize::default(),
            reload: Mutex::default(),
            key,
            line: Box::new(line),
            front: front_of(&front, &attachments, &clock)?,
            attachments,
            clock,
            commits: Commits::default(),
            store,
            agent,
            observer: Arc::new(observers),
            recorder: recorder.map_err(StartError::Record)?,
        });
        let until = Instant::now() + patience;
        let mut seated = Seated { shared: Arc::clone(&shared), seats: Vec::new() };
        for account in accounts {
            let seat = shared.seat(account, until)?;
            seated.seats.push(seat);
        }
        let handle = Handle { shared };
        let timer = handle.clone();
        let timer = thread::Builder::new()
            .name("zaloxide-timer".into())
            .spawn(move || timer.run_timers())
            .map_err(|error| StartError::System { reason: error.to_string() })?;
        // From here on the engine ends whatever has begun, if something fails too.
        let engine = Engine { handle: handle.clone(), calls, checks, timer: Some(timer) };
        for seat in std::mem::take(&mut seated.seats) {
            handle.shared.begin(&seat);
        }
        handle.shared.front.serve().map_err(StartError::Front)?;
        #[cfg(feature = "webhook")]
        handle.shared.front.serve_ops(Arc::new(Vitals::of(&handle))).map_err(StartError::Front)?;
        Ok(engine)
    }
}

/// Seats whose leases are given back if the start fails.
struct Seated {
    shared: Arc<Shared>,
    seats: Vec<Arc<Seat>>,
}

impl Drop for Seated {
    fn drop(&mut self) {
        for seat in self.seats.drain(..) {
            self.shared.store.release(seat.lease.clone());
        }
    }
}

impl Shared {
    pub(super) fn channel(
        &self,
        account: &Account,
        journal: Journal,
    ) -> Result<Channel, StartError> {
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

#[cfg(feature = "webhook")]
fn front_of(
    config: &FrontConfig,
    attachments: &Attachments,
    clock: &Clock,
) -> Result<Front, StartError> {
    Front::new(config.clone(), attachments.files(clock)).map_err(StartError::Front)
}

#[cfg(not(feature = "webhook"))]
fn front_of(config: &FrontConfig, _: &Attachments, _: &Clock) -> Result<Front, StartError> {
    Front::new(config).map_err(StartError::Front)
}

/// Why this build can't do what an account is for.
fn missing(config: &zaloxide_core::AccountConfig) -> Option<&'static str> {
    let pushed = config.webhook_url.is_some();
    match config.duty {
        Duty::Errands => None,
        _ if pushed && cfg!(not(feature = "webhook")) => Some(
            "webhookUrl is set, and this build takes no webhooks: add the feature `webhook` of \
             the crate",
        ),
        _ if !pushed && cfg!(not(feature = "polling")) => Some(
            "it is polled, and this build does not poll: add the feature `polling` of the crate, \
             or set webhookUrl",
        ),
        _ => None,
    }
}

pub(super) fn check(accounts: &[Account]) -> Result<(), StartError> {
    if accounts.is_empty() {
        return Err(StartError::NoAccount);
    }
    let (mut names, mut bots) = (HashSet::new(), HashSet::new());
    for account in accounts {
        let config = &account.config;
        let name = &config.account;
        let bad = |reason: String| StartError::Config { account: name.clone(), reason };
        config.check().map_err(|value| bad(value.to_string()))?;
        if let Some(missing) = missing(config) {
            return Err(bad(missing.into()));
        }
        if config.webhook_url.is_some() && account.settings.webhook_secret.is_none() {
            return Err(
                bad("webhookUrl needs webhookSecret: nobody else may come in there".into()),
            );
        }
        if !names.insert(name) {
            return Err(StartError::Twice { what: format!("account \"{name}\"") });
        }
        if !bots.insert(&config.bot_id) {
            return Err(StartError::Twice { what: format!("bot {}", config.bot_id) });
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
