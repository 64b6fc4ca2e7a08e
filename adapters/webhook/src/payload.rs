//! `Payload`: the body of an answer: a few words, or a file in pieces.

use std::fmt;
use std::io::{self, Read};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use hyper::body::{Body, Bytes, Frame, SizeHint};
use tokio::sync::mpsc;

use crate::taker::File;

/// Bytes of a file that are read at once.
const PIECE_BYTES: usize = 64 << 10;
/// Pieces that wait for a slow client.
const PIECES_MAX: usize = 2;

/// The body of an answer.
pub struct Payload(Kind);

enum Kind {
    Whole(Option<Bytes>),
    Pieces { left: u64, pieces: mpsc::Receiver<io::Result<Bytes>> },
}

impl Payload {
    /// A body that is at hand.
    pub fn whole(body: impl Into<Bytes>) -> Self {
        Self(Kind::Whole(Some(body.into()).filter(|body| !body.is_empty())))
    }

    /// A file, read as its client takes it.
    pub(crate) fn file(file: File) -> Self {
        let (tell, pieces) = mpsc::channel(PIECES_MAX);
        let left = file.bytes;
        tokio::task::spawn_blocking(move || read(file, &tell));
        Self(Kind::Pieces { left, pieces })
    }
}

/// Sends all of a file. Ends early when the client leaves.
fn read(file: File, tell: &mpsc::Sender<io::Result<Bytes>>) {
    let mut rest = file.file.take(file.bytes);
    loop {
        let mut piece = Vec::with_capacity(PIECE_BYTES);
        let read = (&mut rest).take(PIECE_BYTES as u64).read_to_end(&mut piece);
        let is_end = matches!(read, Ok(0));
        let sent = is_end || tell.blocking_send(read.map(|_| piece.into())).is_ok();
        if is_end || !sent {
            return;
        }
    }
}

impl Body for Payload {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match &mut self.0 {
            Kind::Whole(body) => Poll::Ready(body.take().map(|body| Ok(Frame::data(body)))),
            Kind::Pieces { left, pieces } => Poll::Ready(match ready!(pieces.poll_recv(cx)) {
                None if *left > 0 => Some(Err(io::ErrorKind::UnexpectedEof.into())),
                None => None,
                Some(Err(error)) => Some(Err(error)),
                Some(Ok(piece)) => {
                    *left = left.saturating_sub(piece.len() as u64);
                    Some(Ok(Frame::data(piece)))
                }
            }),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Kind::Whole(body) => body.is_none(),
            Kind::Pieces { left, .. } => *left == 0,
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(match &self.0 {
            Kind::Whole(body) => body.as_ref().map_or(0, |body| body.len() as u64),
            Kind::Pieces { left, .. } => *left,
        })
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Payload({:?} bytes)", self.size_hint().exact())
    }
}
