//! Reading a body: never more than is wanted, never longer than it may take.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::{Body, Bytes};
use tokio::time::timeout;

/// How long a whole body may take.
const BODY_MAX: Duration = Duration::from_secs(15);
/// Bytes that are thrown away, so that a client that is still sending sees its answer ...
const REST_BYTES_MAX: usize = 2 << 20;
/// ... and for how long.
const REST_MAX: Duration = Duration::from_secs(1);

/// Why there is no whole body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// It is longer than may be.
    TooLong,
    /// It did not come in time.
    TooSlow,
    /// The client ended it early, or broke the rules of HTTP.
    Broken,
}

/// The whole body, of at most `bytes_max`.
pub(super) async fn whole<B>(body: &mut B, bytes_max: usize) -> Result<Bytes, Cut>
where
    B: Body<Data = Bytes> + Unpin,
{
    let declared = body.size_hint().lower();
    if usize::try_from(declared).map_or(true, |declared| declared > bytes_max) {
        return Err(Cut::TooLong);
    }
    let mut gathered = pin!(gather(body, bytes_max));
    // Nearly always it is there already, and a timer costs more than to look.
    match poll_once(gathered.as_mut()).await {
        Poll::Ready(whole) => whole,
        Poll::Pending => timeout(BODY_MAX, gathered).await.unwrap_or(Err(Cut::TooSlow)),
    }
}

/// Whether it is ready now.
async fn poll_once<F: Future>(mut future: Pin<&mut F>) -> Poll<F::Output> {
    poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await
}

async fn gather<B>(body: &mut B, bytes_max: usize) -> Result<Bytes, Cut>
where
    B: Body<Data = Bytes> + Unpin,
{
    let mut first = Bytes::new();
    let mut more = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Cut::Broken)?.into_data() else { continue };
        if first.len() + more.len() + data.len() > bytes_max {
            return Err(Cut::TooLong);
        }
        if first.is_empty() {
            // Nearly always all of it: then it is not copied.
            first = data;
        } else {
            more.extend_from_slice(&data);
        }
    }
    if more.is_empty() {
        return Ok(first);
    }
    Ok([first.as_ref(), more.as_slice()].concat().into())
}

/// Throws the rest of a body away, within bounds. Whether there was none.
pub(super) async fn throw_away<B>(body: B) -> bool
where
    B: Body<Data = Bytes>,
{
    if body.is_end_stream() {
        return true;
    }
    let mut seen = 0;
    let mut body = pin!(body);
    let rest = async {
        while let Some(Ok(frame)) = body.frame().await {
            seen += frame.data_ref().map_or(0, Bytes::len);
            if seen > REST_BYTES_MAX {
                return false;
            }
        }
        true
    };
    timeout(REST_MAX, rest).await.unwrap_or(false) && seen == 0
}
