//! Attachments: what users sent is downloaded, what is to be sent is checked and hosted.

use std::collections::BTreeSet;
use std::fmt;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use zaloxide_core::{Cause, Event, Fetched, Prepared, TurnId};
use zaloxide_polling::{
    Calls, Download, DownloadError, DownloadSettings, Downloads, Reach, Want, check_url,
};

use super::builder::StartError;
use super::seat::Seat;
use crate::clock::Clock;
use crate::media::{Access, FolderError, Hosted, Inbox, Roots, Source};

/// Files that are looked at and copied at the same time.
// proven: 2 is not zero, and the compiler says so.
const PARALLEL: NonZeroUsize = NonZeroUsize::new(2).unwrap();
/// How often what has expired is removed.
const SWEEP_EVERY: Duration = Duration::from_secs(600);

/// What all accounts share for their media.
pub(super) struct Attachments {
    reach: Reach,
    downloads: Downloads,
    /// Where files are looked at and copied: both may take long.
    desk: Calls,
    /// None: nobody said where files may lie.
    folders: Option<Folders>,
}

struct Folders {
    inbox: Inbox,
    hosted: Arc<Hosted>,
    swept: Mutex<Instant>,
}

impl Attachments {
    /// With folders in `dir`, if there is one: without, nothing is kept and nothing hosted.
    pub(super) fn open(
        dir: Option<&Path>,
        reach: Reach,
        clock: &Clock,
    ) -> Result<Self, FolderError> {
        let folders = match dir {
            None => None,
            Some(dir) => Some(Folders {
                inbox: Inbox::open(&dir.join("in"))?,
                hosted: Arc::new(Hosted::open(dir.join("out"), clock.now())?),
                swept: Mutex::new(Instant::now()),
            }),
        };
        let downloads = Downloads::new(DownloadSettings::new(reach));
        Ok(Self { reach, downloads, desk: Calls::new(PARALLEL), folders })
    }

    /// For whoever comes to fetch what is hosted.
    #[cfg(feature = "webhook")]
    pub(super) fn files(&self, clock: &Clock) -> Option<Arc<dyn zaloxide_webhook::Files>> {
        let hosted = Arc::clone(&self.folders.as_ref()?.hosted);
        Some(Arc::new(Shelf { hosted, clock: clock.clone() }))
    }

    /// Ends what is under way, each within this time.
    pub(super) fn close(&self, within: Duration) {
        self.downloads.close(within);
        self.desk.shutdown(within);
    }

    /// Removes what has expired, now and then.
    fn sweep(&self, clock: &Clock) {
        let Some(folders) = &self.folders else { return };
        let mut swept = folders.swept.lock().unwrap_or_else(PoisonError::into_inner);
        if swept.elapsed() < SWEEP_EVERY {
            return;
        }
        *swept = Instant::now();
        drop(swept);
        if let Err(error) = folders.hosted.sweep(clock.now()) {
            tracing::warn!(%error, "files that were hosted can't be removed");
        }
    }
}

/// What is hosted, by this program's clock.
#[cfg(feature = "webhook")]
struct Shelf {
    hosted: Arc<Hosted>,
    clock: Clock,
}

#[cfg(feature = "webhook")]
impl zaloxide_webhook::Files for Shelf {
    fn open(&self, id: &str, token: &str) -> Option<zaloxide_webhook::File> {
        self.hosted.get(self.clock.now(), id, token)
    }
}

/// The turns of one account whose downloads lie here.
#[derive(Default)]
pub(super) struct Kept(Mutex<BTreeSet<TurnId>>);

impl Seat {
    /// Before the account begins: what lies here of turns that are gone is removed.
    pub(super) fn begin_attachments(self: &Arc<Self>) {
        let Some(folders) = &self.shared.attachments.folders else { return };
        let open: Vec<TurnId> = self.view(|view| {
            let has_media = |turn: &&zaloxide_core::Turn| turn.media().next().is_some();
            let letters = view.dead_letters().filter_map(|letter| letter.turn.as_ref());
            let turns = view.turns().filter(has_media);
            turns.chain(letters.filter(has_media)).map(|turn| turn.id).collect()
        });
        if let Err(error) = folders.inbox.sweep(&self.name, open.iter().copied()) {
            tracing::warn!(account = %self.name, %error, "old downloads can't be removed");
        }
        self.kept().extend(open);
    }

    /// Downloads what a user sent.
    pub(super) fn fetch(self: &Arc<Self>, turn: TurnId, index: u32, url: String, bytes_max: u64) {
        let seat = Arc::clone(self);
        let told =
            Told::new(move |result| seat.report(Event::MediaFetched { turn, index, result }));
        let Some(folders) = &self.shared.attachments.folders else {
            return told.tell(failed("there is no directory for downloads"));
        };
        let into = match folders.inbox.path_for(&self.name, turn, index) {
            Ok(into) => into,
            Err(error) => return told.tell(failed(error)),
        };
        self.kept().insert(turn);
        let want = Want { url, bytes_max, into, proxy: self.account().media_proxy };
        let seat = Arc::clone(self);
        let done = Box::new(move |result| told.tell(seat.downloaded(result)));
        self.shared.attachments.downloads.fetch(&self.name, want, done);
    }

    fn downloaded(&self, result: Result<Download, DownloadError>) -> Fetched {
        let Some(folders) = &self.shared.attachments.folders else {
            return failed("there is no directory for downloads");
        };
        let Download { path, content_type, bytes } = match result {
            Ok(download) => download,
            Err(error) => return failed(error),
        };
        match folders.inbox.name(&path, content_type) {
            Ok(path) => match path.into_os_string().into_string() {
                Ok(path) => Fetched::Kept { path, content_type: content_type.into(), bytes },
                Err(_) => failed("the state directory's name is not UTF-8"),
            },
            Err(error) => failed(error),
        }
    }

    /// Removes the downloads of turns that are settled.
    pub(super) fn clear_attachments(self: &Arc<Self>) {
        let Some(folders) = &self.shared.attachments.folders else { return };
        if self.kept().is_empty() {
            return;
        }
        let gone: Vec<TurnId> = {
            let kept: Vec<TurnId> = self.kept().iter().copied().collect();
            self.view(|view| kept.into_iter().filter(|turn| !view.knows(*turn)).collect())
        };
        for turn in gone {
            self.kept().remove(&turn);
            if let Err(error) = folders.inbox.settled(&self.name, turn) {
                tracing::warn!(account = %self.name, %error, "a download can't be removed");
            }
        }
    }

    /// Checks what is to be sent, and hosts it if it lies here.
    pub(super) fn prepare(
        self: &Arc<Self>,
        cause: Cause,
        index: u32,
        source: String,
        bytes_max: u64,
    ) {
        let is_operators = matches!(cause, Cause::Send { .. });
        let seat = Arc::clone(self);
        let told = Told::new(move |result| {
            seat.report(Event::MediaPrepared { cause, index, result });
        });
        if is_web(&source) {
            return told.tell(match check_url(&source, self.shared.attachments.reach) {
                Ok(url) => Prepared::Url { url: url.as_str().to_owned() },
                Err(refused) => Prepared::Refused { reason: refused.to_string() },
            });
        }
        let seat = Arc::clone(self);
        let job = Box::new(move || {
            let hosted = seat.host(&source, is_operators, bytes_max);
            told.tell(hosted.unwrap_or_else(|reason| Prepared::Refused { reason }));
            seat.shared.attachments.sweep(&seat.shared.clock);
        });
        // One that is not taken is dropped, and then told so.
        drop(self.shared.attachments.desk.submit(&self.name, job));
    }

    fn host(&self, source: &str, is_operators: bool, bytes_max: u64) -> Result<Prepared, String> {
        let account = self.account();
        let folders = self.shared.attachments.folders.as_ref();
        let folders = folders.ok_or("there is no directory to host files in")?;
        let url = account.config.webhook_url.as_deref().filter(|_| account.receives_webhooks());
        let url = url.ok_or(
            "a file of this machine is hosted by a gateway with webhookUrl, and here is none: \
             give a public URL",
        )?;
        let roots = self.roots();
        let access = if is_operators { Access::Anywhere } else { Access::Under(&roots) };
        let text = |error: &dyn fmt::Display| error.to_string();
        let source = Source::open(source, access, bytes_max).map_err(|error| text(&error))?;
        let now = self.shared.clock.now();
        let hosted = folders.hosted.host(now, &self.name, account.hosting, source);
        let hosted = hosted.map_err(|error| text(&error))?;
        let base = url.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
        Ok(Prepared::Url { url: format!("{base}{}", hosted.link()) })
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, BTreeSet<TurnId>> {
        self.kept.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The folders that an account's agent may send from, as they are now.
pub(super) fn roots(account: &str, folders: &[PathBuf]) -> Result<Arc<Roots>, StartError> {
    Roots::resolve(folders).map(Arc::new).map_err(|error| StartError::Config {
        account: account.to_owned(),
        reason: format!("media.roots: {error}"),
    })
}

fn is_web(source: &str) -> bool {
    ["http://", "https://"].iter().any(|scheme| {
        source.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme))
    })
}

fn failed(reason: impl fmt::Display) -> Fetched {
    Fetched::Failed { reason: format!("{reason}") }
}

/// Told once what became of a medium, whatever becomes of the thread that does it.
struct Told<T: Broken>(Option<Box<dyn FnOnce(T) + Send>>);

/// What is said when nobody else says anything.
trait Broken {
    fn broken() -> Self;
}

const BROKEN: &str = "too much waits to be done, or the program is ending";

impl Broken for Fetched {
    fn broken() -> Self {
        failed(BROKEN)
    }
}

impl Broken for Prepared {
    fn broken() -> Self {
        Self::Refused { reason: BROKEN.into() }
    }
}

impl<T: Broken> Told<T> {
    fn new(tell: impl FnOnce(T) + Send + 'static) -> Self {
        Self(Some(Box::new(tell)))
    }

    fn tell(mut self, result: T) {
        if let Some(tell) = self.0.take() {
            tell(result);
        }
    }
}

impl<T: Broken> Drop for Told<T> {
    fn drop(&mut self) {
        if let Some(tell) = self.0.take() {
            tell(T::broken());
        }
    }
}
