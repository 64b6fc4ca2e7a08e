//! What survives a restart: one [`Journal`] an account, and the [`Lease`] of who may write it.
//!
//! A journal is a list of numbered [`Record`]s. The core numbers them one by one; a store writes
//! them in that order and never changes one. A snapshot takes the place of all records up to its
//! number.
//!
//! [`Store`] is the trait that every kind of store has. `Sqlite`, with the feature `sqlite`, keeps
//! journals in a file, across crashes and power cuts; [`Memory`] keeps them in this process and
//! loses them with it.

#[cfg(any(test, feature = "testing"))]
pub mod faulty;
mod memory;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(test)]
mod tests;

use std::fmt;

use zaloxide_core::Record;

pub use memory::Memory;
#[cfg(feature = "sqlite")]
pub use sqlite::{Backup, Sqlite};

/// Who may write an account's journal. Only the store makes one; it ends with
/// [`Store::release`] or when another one takes over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    account: String,
    epoch: u64,
}

impl Lease {
    /// For stores: a lease on `account`. Each new one of an account has a larger epoch.
    pub fn new(account: impl Into<String>, epoch: u64) -> Self {
        Self { account: account.into(), epoch }
    }

    /// The account it is for.
    pub fn account(&self) -> &str {
        &self.account
    }

    /// Larger than that of every lease before it.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }
}

/// What a store knows of an account: numbered records in order. After a compaction the first one
/// is the snapshot, under the number of the last record that it covers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Journal {
    /// The records, in order of their numbers.
    pub records: Vec<(u64, Record)>,
}

/// Told once, when what was submitted is durable or has failed.
pub type Done = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// Told once, when a lease has ended otherwise than by [`Store::release`].
pub type Ended = Box<dyn FnOnce(StoreError) + Send>;

/// Keeps journals. Safe to share between threads.
///
/// [`append`](Self::append) and [`compact`](Self::compact) only submit. What was submitted under
/// one lease is completed in the order in which it was submitted. `done` may be called on any
/// thread, also on the caller's before the call returns: hold no lock that `done` needs.
pub trait Store: Send + Sync {
    /// Takes the lease of an account and reads its journal. May wait for the disk.
    ///
    /// # Errors
    /// [`StoreError::Held`] while somebody else has the lease.
    fn open(&self, account: &str) -> Result<(Lease, Journal), StoreError>;

    /// Has somebody told when the lease is lost, or the store will write nothing more: also when
    /// nothing is submitted. May be told only seconds later.
    fn watch(&self, lease: &Lease, ended: Ended);
    /// Submits records, numbered one by one from `first`. A number that is there already is left
    /// as it is; the rest is written, all or nothing.
    fn append(&self, lease: &Lease, first: u64, records: Vec<Record>, done: Done);

    /// Submits a snapshot that covers all records up to `upto`: it is written under that number
    /// and the records up to it are deleted, as one. Nothing is done when a later snapshot is
    /// there.
    fn compact(&self, lease: &Lease, upto: u64, snapshot: Record, done: Done);

    /// Gives a lease back. What was submitted before is completed first. May wait for the disk.
    fn release(&self, lease: Lease);
}

/// Why a store did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreError {
    /// Somebody else has the account's lease.
    Held {
        /// The account.
        account: String,
        /// Who has it, for people.
        by: String,
    },
    /// The lease was taken over: nothing was written, and nothing will be.
    LeaseLost {
        /// The account.
        account: String,
    },
    /// Records were submitted that do not follow on those before them. Nothing was written.
    Gap {
        /// The account.
        account: String,
        /// The number that should have come.
        expected: u64,
        /// The number that came.
        found: u64,
    },
    /// It could not be written or read; the next try may go well.
    Failed {
        /// What failed, where, and what to do.
        reason: String,
    },
    /// It can't be written or read, and nothing is until the store is opened anew.
    Broken {
        /// What failed, where, and what to do.
        reason: String,
    },
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Held { account, by } => write!(
                f,
                "account \"{account}\" is in use by {by}: stop that one first, or give this one \
                 another state directory"
            ),
            Self::LeaseLost { account } => write!(
                f,
                "another process has taken over account \"{account}\": this one writes no more"
            ),
            Self::Gap { account, expected, found } => write!(
                f,
                "the journal of account \"{account}\" expects record {expected}, {found} came"
            ),
            Self::Failed { reason } | Self::Broken { reason } => f.write_str(reason),
        }
    }
}

impl std::error::Error for StoreError {}
