//! `Payload`: the body of an answer on its way out, whole or cut off in the middle.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::body::{Body, Bytes, Frame, SizeHint};

/// Ends the connection without (the rest of) an answer.
#[derive(Debug)]
pub(crate) struct HangUp;

impl fmt::Display for HangUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("hung up on purpose")
    }
}

impl std::error::Error for HangUp {}

impl From<Infallible> for HangUp {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

/// The bytes of a body.
pub(crate) enum Payload {
    /// All of it.
    Whole(Bytes),
    /// These bytes, then the connection ends.
    Cut(Bytes),
    /// They were handed over and have to leave before the connection ends.
    Leaving,
    /// The connection ends now.
    Broken,
    /// Nothing is left.
    Sent,
}

impl Body for Payload {
    type Data = Bytes;
    type Error = HangUp;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, HangUp>>> {
        match std::mem::replace(&mut *self, Self::Sent) {
            Self::Whole(bytes) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            Self::Cut(bytes) => {
                *self = Self::Leaving;
                Poll::Ready(Some(Ok(Frame::data(bytes))))
            }
            Self::Leaving => {
                // A body that is not ready makes hyper write out what it has.
                *self = Self::Broken;
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Self::Broken => Poll::Ready(Some(Err(HangUp))),
            Self::Sent => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Sent)
    }

    /// Unknown for a body that is cut: its header promises more than comes.
    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            _ => SizeHint::default(),
        }
    }
}
