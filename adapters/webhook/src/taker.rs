//! `Taker` and `Files`: who takes updates in, and who has files to be fetched.

use std::fs;

use tokio::sync::oneshot;

/// Takes in what comes for one account.
pub trait Taker: Send + Sync {
    /// Takes the body of a webhook, at most 1 MiB, and answers once it is known what became of it.
    /// Called on the server's threads: it never waits.
    fn take(&self, body: &[u8], answer: Answer);
}

/// What became of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// All of it is durable, or was seen before, or is nothing to be kept.
    Taken,
    /// It is no JSON object.
    Malformed,
    /// There is no room for it, or it can't be kept: Zalo is to try again.
    Busy,
}

/// Answers one webhook. Dropped without a word, it says [`Status::Busy`].
#[derive(Debug)]
pub struct Answer(oneshot::Sender<Status>);

impl Answer {
    /// An answer, and where it arrives.
    pub(crate) fn channel() -> (Self, oneshot::Receiver<Status>) {
        let (tell, told) = oneshot::channel();
        (Self(tell), told)
    }

    /// Says what became of it.
    pub fn tell(self, status: Status) {
        // A client that has left is not told.
        let _ = self.0.send(status);
    }
}

/// Has files that Zalo may fetch.
pub trait Files: Send + Sync {
    /// The file of this name, if the token is the one that belongs to it. Called where waiting for
    /// a disk is allowed.
    fn open(&self, id: &str, token: &str) -> Option<File>;
}

/// A file to be fetched.
#[derive(Debug)]
pub struct File {
    /// Open for reading, at its beginning.
    pub file: fs::File,
    /// Such as `image/jpeg`.
    pub content_type: String,
    /// Its length.
    pub bytes: u64,
}
