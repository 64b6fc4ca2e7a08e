//! `PlainBody`: a body that the host reads when the door wants it; [`Pieces`] is the host's end.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::HeaderMap;
use hyper::body::{Body, Bytes, Frame, SizeHint};
use hyper::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use tokio::sync::mpsc;

/// A body on its way. From bytes, it is there already.
pub struct PlainBody {
    /// All of it, if it is there.
    whole: Option<Bytes>,
    /// Else what the host gives.
    pieces: Option<mpsc::Receiver<Piece>>,
    want: Box<dyn FnMut() + Send>,
    /// The host was asked for a piece, and has not given it yet.
    is_asked: bool,
    is_over: bool,
    /// What the headers say of its length.
    length: Option<u64>,
}

struct Piece {
    bytes: Bytes,
    is_last: bool,
}

/// Gives the door what it wants of a body. Dropped before the end, the body broke off.
#[derive(Debug)]
pub struct Pieces(mpsc::Sender<Piece>);

impl Pieces {
    /// Gives a piece, for each time that one was wanted. Whether it was: else nobody reads it.
    pub fn give(&self, bytes: Vec<u8>, is_last: bool) -> bool {
        self.0.try_send(Piece { bytes: bytes.into(), is_last }).is_ok()
    }
}

impl PlainBody {
    /// A body of which nothing was read. `want` is called for each piece of it, on another thread,
    /// and must not wait: never, when the door needs no body to answer.
    pub fn pieces(want: impl FnMut() + Send + 'static) -> (Pieces, Self) {
        let (give, pieces) = mpsc::channel(1);
        let want = Box::new(want);
        let pieces = Some(pieces);
        let (is_asked, is_over) = (false, false);
        (Pieces(give), Self { whole: None, pieces, want, is_asked, is_over, length: None })
    }

    /// Notes what the headers say of it. In HTTP/1 they say nothing only when there is none.
    pub(super) fn announced(&mut self, headers: &HeaderMap, major: u8) {
        let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
        self.length = match length.and_then(|length| length.parse().ok()) {
            None if major < 2 && !headers.contains_key(TRANSFER_ENCODING) => Some(0),
            length => length,
        };
    }
}

impl From<Vec<u8>> for PlainBody {
    fn from(bytes: Vec<u8>) -> Self {
        let (whole, want) = (Some(bytes.into()), Box::new(|| ()));
        Self { whole, pieces: None, want, is_asked: false, is_over: false, length: None }
    }
}

impl Body for PlainBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.is_end_stream() {
            return Poll::Ready(None);
        }
        if let Some(whole) = self.whole.take() {
            self.is_over = true;
            return Poll::Ready(Some(Ok(Frame::data(whole))));
        }
        let Some(pieces) = &mut self.pieces else { return Poll::Ready(None) };
        match pieces.poll_recv(cx) {
            Poll::Ready(Some(piece)) => {
                self.is_asked = false;
                self.is_over = piece.is_last;
                Poll::Ready(Some(Ok(Frame::data(piece.bytes))))
            }
            Poll::Ready(None) => Poll::Ready(Some(Err(io::ErrorKind::UnexpectedEof.into()))),
            Poll::Pending => {
                if !std::mem::replace(&mut self.is_asked, true) {
                    (self.want)();
                }
                Poll::Pending
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.is_over || self.length == Some(0)
    }

    fn size_hint(&self) -> SizeHint {
        self.length.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

impl fmt::Debug for PlainBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PlainBody({:?} bytes)", self.length)
    }
}
