//! `Downloads`: what users sent, fetched from wherever its URL says, by strangers' word. Each URL
//! and each address is checked before anything is connected to, what comes is bounded, and only
//! pictures and sounds are kept.

mod address;
mod addressee;
mod content;
mod error;
mod fetch;
mod guard;
mod media_proxy;
mod pace;
mod redirect;
mod spool;

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

pub use address::is_global;
pub use addressee::LookUp;
pub use error::DownloadError;
pub use guard::{CheckedUrl, Reach, UrlRefused, check_url};
pub use media_proxy::MediaProxy;

use crate::calls::Calls;
use crate::flight::Cancel;
use crate::tls::Trust;
use fetch::Fetch;

/// Downloads that run at the same time, of all accounts together.
// proven: it is not zero
const PARALLEL: NonZeroUsize = NonZeroUsize::new(4).unwrap();
/// How often those that are closed are told again. One that is just about to connect hears it only
/// once it connects.
const TOLD_AGAIN: Duration = Duration::from_millis(20);

/// What [`Downloads`] are made from.
#[derive(Clone)]
#[non_exhaustive]
pub struct DownloadSettings {
    /// How far URLs may reach.
    pub reach: Reach,
    /// How long resolving, and then connecting with all its handshakes, may take each: 10 s.
    pub connect: Duration,
    /// How long a download may wait for the head of its answer, redirects included: 120 s, and the
    /// last hop's connecting on top of it.
    pub headers: Duration,
    /// How long an answer that has begun may stay silent: 30 s.
    pub idle: Duration,
    /// How long a download may take altogether: 10 minutes.
    pub total: Duration,
    /// How names become addresses: as the system does it.
    pub look_up: Arc<LookUp>,
    /// The `User-Agent` header.
    pub user_agent: String,
}

impl DownloadSettings {
    /// The limits named above.
    pub fn new(reach: Reach) -> Self {
        Self {
            reach,
            connect: Duration::from_secs(10),
            headers: Duration::from_secs(120),
            idle: Duration::from_secs(30),
            total: Duration::from_secs(600),
            look_up: addressee::system(),
            user_agent: concat!("zaloxide/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

impl fmt::Debug for DownloadSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DownloadSettings").field("reach", &self.reach).finish_non_exhaustive()
    }
}

/// What is to be downloaded.
#[derive(Clone)]
pub struct Want {
    /// From where; a stranger's word.
    pub url: String,
    /// Refuse what is larger, in bytes.
    pub bytes_max: u64,
    /// The file to create, readable by this user alone. It must not be there, its folder must.
    pub into: PathBuf,
    /// The way out; none is direct, whatever the environment says.
    pub proxy: Option<MediaProxy>,
}

impl fmt::Debug for Want {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Want")
            .field("bytes_max", &self.bytes_max)
            .field("into", &self.into)
            .field("proxy", &self.proxy)
            .finish_non_exhaustive()
    }
}

/// A file that is there, whole and durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Download {
    /// Where: the path that was wanted.
    pub path: PathBuf,
    /// Its type by content, such as `image/jpeg`.
    pub content_type: &'static str,
    /// Its size in bytes.
    pub bytes: u64,
}

/// How the end of a download is told.
pub type Told = Box<dyn FnOnce(Result<Download, DownloadError>) + Send>;

/// The downloads of a process, on four threads of their own that accounts share fairly: the one
/// with the fewest running downloads is next. Clones are the same downloads.
#[derive(Clone)]
pub struct Downloads(Arc<Shared>);

struct Shared {
    fetch: Fetch,
    pool: Calls,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    closed: bool,
    numbers: u64,
    running: BTreeMap<u64, Cancel>,
}

impl Downloads {
    /// No thread is made before the first download.
    pub fn new(settings: DownloadSettings) -> Self {
        Self::trusting(settings, &Trust::default())
    }

    fn trusting(settings: DownloadSettings, trust: &Trust) -> Self {
        Self(Arc::new(Shared {
            fetch: Fetch::new(settings, trust),
            pool: Calls::of_downloads(PARALLEL),
            open: Mutex::default(),
        }))
    }

    /// Have something downloaded for this account. Never waits for it. `told` is called exactly
    /// once: on a thread of the downloads, on the one that closes them, or on this one if the
    /// download is not taken. At most 10,000 of an account wait.
    pub fn fetch(&self, account: &str, want: Want, told: Told) {
        let mut end = End { told: Some(told), begun: false };
        let shared = Arc::clone(&self.0);
        let job = Box::new(move || {
            end.begun = true;
            let result = match Running::begin(&shared) {
                Some(running) => shared.fetch.run(&want, &running.cancel),
                None => Err(DownloadError::Closed),
            };
            end.tell(result);
        });
        // A job that is not taken tells its end when it is dropped.
        drop(self.0.pool.submit(account, job));
    }

    /// Take no more downloads, break off those that run, forget those that wait, and return when
    /// all have been told or after `within`. How many then still run; they end by themselves.
    pub fn close(&self, within: Duration) -> usize {
        let deadline = Instant::now() + within;
        loop {
            let mut open = self.0.open();
            open.closed = true;
            let running: Vec<Cancel> = open.running.values().cloned().collect();
            drop(open);
            for cancel in running {
                cancel.cancel();
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let running = self.0.pool.shutdown(left.min(TOLD_AGAIN)).running;
            if running == 0 || left.is_zero() {
                return running;
            }
        }
    }
}

impl fmt::Debug for Downloads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.pool.fmt(f)
    }
}

impl Shared {
    fn open(&self) -> MutexGuard<'_, Open> {
        // Nothing panics under this lock.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A download that closing can break off, as long as this lives.
struct Running<'a> {
    shared: &'a Shared,
    number: u64,
    cancel: Cancel,
}

impl<'a> Running<'a> {
    /// None if all are closed.
    fn begin(shared: &'a Shared) -> Option<Self> {
        let mut open = shared.open();
        if open.closed {
            return None;
        }
        open.numbers += 1;
        let (number, cancel) = (open.numbers, Cancel::new());
        open.running.insert(number, cancel.clone());
        Some(Self { shared, number, cancel })
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.shared.open().running.remove(&self.number);
    }
}

/// Tells once how a download ended, whatever becomes of its thread.
struct End {
    told: Option<Told>,
    begun: bool,
}

impl End {
    fn tell(mut self, result: Result<Download, DownloadError>) {
        if let Some(told) = self.told.take() {
            told(result);
        }
    }
}

impl Drop for End {
    fn drop(&mut self) {
        if let Some(told) = self.told.take() {
            let error = if self.begun { DownloadError::BrokeOff } else { DownloadError::NotTaken };
            told(Err(error));
        }
    }
}

#[cfg(all(test, feature = "tls"))]
mod tests;
