//! `Hosted`: copies of the pictures that Zalo is to fetch, until they expire.
//!
//! A copy is a file `<id>` whose end is its label: the account, the token, the times. It gets that
//! name once all of it is durable; before, it is `<id>.part`. What is there after a crash is what
//! there is. At the start the labels are read, and kept in memory.

mod label;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use zaloxide_core::Time;

use self::label::{Label, Token, from_hex, hex};
use super::folder::Folder;
use super::{FolderError, Kind, Source, SourceError};

/// What a file costs at least, and in steps of: a block of most disks. Else a million tiny ones
/// would fit.
const BLOCK_BYTES: u64 = 4096;
/// The end of the name of a file that is being made.
const PART: &str = ".part";

/// How much an account may host, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostLimits {
    /// How long a file is there, in milliseconds (`media.hostedTtlSec`).
    pub ttl_ms: u64,
    /// Bytes that all files of the account take, each counted in blocks of 4 KiB
    /// (`media.hostedMaxMb`).
    pub bytes_max: u64,
}

/// What `media.hostedTtlSec` and `media.hostedMaxMb` are when nobody sets them: a day, 200 MiB.
impl Default for HostLimits {
    fn default() -> Self {
        Self { ttl_ms: zaloxide_core::DAY_MS, bytes_max: 200 << 20 }
    }
}

/// The pictures that are hosted, of all accounts.
#[derive(Debug)]
pub struct Hosted {
    folder: Folder,
    stock: Mutex<Stock>,
}

type Id = [u8; 16];

/// What there is.
#[derive(Debug, Default)]
struct Stock {
    files: BTreeMap<Id, Label>,
    /// Those that are being made.
    making: BTreeSet<Id>,
    /// Also by what is being made.
    taken: Taken,
}

/// Bytes that are taken, by account.
#[derive(Debug, Default)]
struct Taken(BTreeMap<String, u64>);

/// A picture that can be fetched.
#[derive(Clone)]
pub struct HostedFile {
    id: Id,
    token: Token,
    kind: Kind,
    bytes: u64,
}

/// Why a picture is not hosted.
#[derive(Debug)]
#[non_exhaustive]
pub enum HostError {
    /// The account hosts as much as it may, and nothing of it has expired.
    Full {
        /// Bytes that it may.
        bytes_max: u64,
    },
    /// The file that was to be copied.
    Source(SourceError),
    /// The copy could not be written.
    Io {
        /// Where.
        dir: PathBuf,
        /// Why.
        error: io::Error,
    },
}

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full { bytes_max } => write!(
                f,
                "no room to host the file beside those that have not expired: the account may \
                 host {bytes_max} bytes (`media.hostedMaxMb`)"
            ),
            Self::Source(error) => error.fmt(f),
            Self::Io { dir, error } => {
                write!(f, "the file can't be hosted in {}: {error}", dir.display())
            }
        }
    }
}

impl std::error::Error for HostError {}

impl From<SourceError> for HostError {
    fn from(error: SourceError) -> Self {
        Self::Source(error)
    }
}

impl HostedFile {
    /// What comes after a webhook's path: `/media/<id>?token=<token>`. Whoever has it can fetch
    /// the file.
    pub fn link(&self) -> String {
        format!("/media/{}?token={}", hex(self.id), hex(self.token.0))
    }

    /// Such as `image/jpeg`.
    pub fn content_type(&self) -> &'static str {
        self.kind.content_type()
    }

    /// Its size in bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

/// Without the token.
impl fmt::Debug for HostedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostedFile")
            .field("id", &hex(self.id))
            .field("kind", &self.kind)
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}

impl Hosted {
    /// Opens the directory, or makes it, and reads what is hosted there. What was left unfinished
    /// or has expired by `now` is removed. A file from the future, as clocks make them, is taken
    /// for one of `now`.
    ///
    /// # Errors
    /// The directory is not this user's alone, or the system refuses.
    pub fn open(dir: PathBuf, now: Time) -> Result<Self, FolderError> {
        let folder = Folder::open(dir.clone())?;
        let hosted = Self { folder, stock: Mutex::default() };
        let read = hosted.read_labels(now).and_then(|()| hosted.sweep(now));
        read.map_err(|error| FolderError::Io { dir, error })?;
        Ok(hosted)
    }

    /// Copies a picture, durably, so that it can be fetched until the limits' time has passed.
    ///
    /// When the account's room is taken, files that have expired are removed. Those that have not
    /// never are: Zalo may yet fetch them again.
    ///
    /// # Errors
    /// There is no room, the picture can't be read or changed meanwhile, or its copy can't be
    /// written.
    pub fn host(
        &self,
        now: Time,
        account: &str,
        limits: HostLimits,
        source: Source,
    ) -> Result<HostedFile, HostError> {
        let failed = |error| HostError::Io { dir: self.folder.dir().to_owned(), error };
        let (kind, bytes) = (source.kind(), source.bytes());
        let id = draw().map_err(failed)?;
        let token = Token(draw().map_err(failed)?);
        let label = Label {
            account: account.to_owned(),
            token,
            kind,
            bytes,
            hosted_at: now,
            ttl_ms: limits.ttl_ms,
        };
        let mut place = self.reserve(id, &label, limits);
        if place.is_none() {
            self.sweep(now).map_err(failed)?;
            place = self.reserve(id, &label, limits);
        }
        let place = place.ok_or(HostError::Full { bytes_max: limits.bytes_max })?;
        self.copy(id, &label, source)?;
        place.fill(label);
        Ok(HostedFile { id, token, kind, bytes })
    }

    /// The file of this id, if it is there at `now` and the token is its own. Any number of times.
    #[cfg(feature = "webhook")]
    pub fn get(&self, now: Time, id: &str, token: &str) -> Option<zaloxide_webhook::File> {
        use subtle::ConstantTimeEq;

        // Nothing but 32 hex digits ever becomes a file's name.
        let (id, token) = (from_hex(id)?, from_hex(token)?);
        let found = self.lock().files.get(&id).cloned();
        // An unknown id takes as long as a wrong token.
        let expected = found.as_ref().map_or([0; 16], |label| label.token.0);
        let is_right = bool::from(expected.ct_eq(&token));
        let label = found.filter(|label| is_right && now < label.expires_at())?;
        Some(zaloxide_webhook::File {
            file: File::open(self.folder.path(&hex(id))).ok()?,
            content_type: label.kind.content_type().to_owned(),
            bytes: label.bytes,
        })
    }

    /// Removes what has expired by `now`, and what was never finished. How many files that were.
    /// One that can't be removed is tried again the next time.
    ///
    /// # Errors
    /// The directory can't be read.
    pub fn sweep(&self, now: Time) -> io::Result<usize> {
        let mut names = self.folder.names()?;
        {
            let mut stock = self.lock();
            stock.expire(now);
            // An id is drawn once, so what is gone by now does not come back.
            names.retain(|name| {
                let id = from_hex(name.strip_suffix(PART).unwrap_or(name));
                id.is_some_and(|id| !stock.has(id))
            });
        }
        let removed = names.iter().filter(|name| fs::remove_file(self.folder.path(name)).is_ok());
        Ok(removed.count())
    }

    fn read_labels(&self, now: Time) -> io::Result<()> {
        for name in self.folder.names()? {
            let Some(id) = from_hex(&name) else { continue };
            let path = self.folder.path(&name);
            if !fs::symlink_metadata(&path)?.is_file() {
                continue;
            }
            if let Some(mut label) = Label::read(&mut File::open(&path)?)? {
                label.hosted_at = label.hosted_at.min(now);
                let mut stock = self.lock();
                stock.taken.take(&label.account, cost(label.bytes));
                stock.files.insert(id, label);
            }
        }
        Ok(())
    }

    /// Takes room for a file, if there is any.
    fn reserve(&self, id: Id, label: &Label, limits: HostLimits) -> Option<Place<'_>> {
        let mut stock = self.lock();
        let cost = cost(label.bytes);
        if stock.taken.by(&label.account).saturating_add(cost) > limits.bytes_max {
            return None;
        }
        stock.taken.take(&label.account, cost);
        stock.making.insert(id);
        Some(Place { hosted: self, id, account: label.account.clone(), cost, is_filled: false })
    }

    fn copy(&self, id: Id, label: &Label, source: Source) -> Result<(), HostError> {
        let failed = |error| HostError::Io { dir: self.folder.dir().to_owned(), error };
        let part = format!("{}{PART}", hex(id));
        let mut file = self.folder.create(&part).map_err(failed)?;
        source.read(|piece| file.write_all(piece).map_err(failed))?;
        let finish = || {
            file.write_all(&label.encode()?)?;
            file.sync_all()?;
            drop(file);
            fs::rename(self.folder.path(&part), self.folder.path(&hex(id)))?;
            self.folder.sync()
        };
        finish().map_err(failed)
    }

    fn lock(&self) -> MutexGuard<'_, Stock> {
        self.stock.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Room for a file that is being made, given back unless it is filled.
struct Place<'a> {
    hosted: &'a Hosted,
    id: Id,
    account: String,
    cost: u64,
    is_filled: bool,
}

impl Place<'_> {
    fn fill(mut self, label: Label) {
        self.is_filled = true;
        self.hosted.lock().files.insert(self.id, label);
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if !self.is_filled {
            let name = hex(self.id);
            // Whichever of the two there is; the next sweep finds what stays.
            let _ = fs::remove_file(self.hosted.folder.path(&format!("{name}{PART}")));
            let _ = fs::remove_file(self.hosted.folder.path(&name));
        }
        let mut stock = self.hosted.lock();
        stock.making.remove(&self.id);
        if !self.is_filled {
            stock.taken.give_back(&self.account, self.cost);
        }
    }
}

impl Stock {
    fn has(&self, id: Id) -> bool {
        self.files.contains_key(&id) || self.making.contains(&id)
    }

    fn expire(&mut self, now: Time) {
        let Self { files, taken, .. } = self;
        files.retain(|_, label| {
            let is_there = now < label.expires_at();
            if !is_there {
                taken.give_back(&label.account, cost(label.bytes));
            }
            is_there
        });
    }
}

impl Taken {
    fn by(&self, account: &str) -> u64 {
        self.0.get(account).copied().unwrap_or(0)
    }

    fn take(&mut self, account: &str, cost: u64) {
        *self.0.entry(account.to_owned()).or_default() += cost;
    }

    fn give_back(&mut self, account: &str, cost: u64) {
        let left = self.by(account).saturating_sub(cost);
        if left > 0 {
            self.0.insert(account.to_owned(), left);
        } else {
            self.0.remove(account);
        }
    }
}

/// What a file takes of its account's room.
fn cost(bytes: u64) -> u64 {
    bytes.checked_next_multiple_of(BLOCK_BYTES).unwrap_or(u64::MAX)
}

/// 128 bits that nobody guesses.
fn draw() -> io::Result<[u8; 16]> {
    let mut bits = [0; 16];
    getrandom::fill(&mut bits).map_err(io::Error::other)?;
    Ok(bits)
}

#[cfg(all(test, unix, feature = "webhook"))]
mod tests;
