//! `DownloadError`: why a download came to nothing, in one line for people. Hosts are named; paths
//! and queries of URLs are not, they carry tokens.

use std::fmt;
use std::io;
use std::net::IpAddr;
use std::path::PathBuf;

use ureq::{Error, Timeout};

use super::addressee::NotAdmitted;
use super::guard::UrlRefused;
use crate::flight::{Peer, Progress, Stage};
use crate::reason::detail;

/// Why a download came to nothing. No file is left.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DownloadError {
    /// The URL is not asked for.
    Url(UrlRefused),
    /// A host redirected to a URL that is not asked for.
    Redirect {
        /// Who redirected.
        host: String,
        /// What is wrong with where it leads.
        refused: UrlRefused,
    },
    /// More than three redirects.
    Redirects {
        /// The last that redirected.
        host: String,
    },
    /// A name leads to no address that may be connected to.
    Address {
        /// The name.
        host: String,
        /// The first of its addresses.
        address: IpAddr,
    },
    /// An answer other than 200.
    Status {
        /// Who answered.
        host: String,
        /// The HTTP status.
        status: u16,
    },
    /// The body is compressed, though nobody asked for that.
    Encoding {
        /// Who sent it.
        host: String,
    },
    /// The body is larger than wanted.
    TooLarge {
        /// Who sent it.
        host: String,
        /// What was wanted at most, in bytes.
        bytes_max: u64,
    },
    /// The body is empty.
    Empty {
        /// Who sent it.
        host: String,
    },
    /// The content is neither a picture nor a sound.
    Content {
        /// Who sent it.
        host: String,
        /// What it is, if that is known.
        found: Option<&'static str>,
    },
    /// The network, or what is at its other end, failed.
    Transfer {
        /// What failed and where.
        reason: String,
    },
    /// The file could not be written.
    File {
        /// Where it was to be.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// The downloads were closed while this one ran or waited.
    Closed,
    /// Too many downloads wait, or there is no thread for it.
    NotTaken,
    /// A defect of this program broke it off.
    BrokeOff,
}

impl fmt::Display for DownloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(refused) => refused.fmt(f),
            Self::Redirect { host, refused } => {
                write!(f, "{host} redirects to a place that is not asked for: {refused}")
            }
            Self::Redirects { host } => write!(f, "{host} redirects once too often"),
            Self::Address { host, address } => {
                write!(f, "{host} leads to {address}, which is no address of the public internet")
            }
            Self::Status { host, status } => write!(f, "{host} answers {status}, not 200"),
            Self::Encoding { host } => {
                write!(f, "{host} sends it compressed, though plain content was asked for")
            }
            Self::TooLarge { host, bytes_max } => {
                write!(f, "what {host} sends is larger than {bytes_max} bytes (mediaMaxMb)")
            }
            Self::Empty { host } => write!(f, "what {host} sends is empty"),
            Self::Content { host, found: Some(found) } => {
                write!(f, "what {host} sends is {found}, neither a picture nor a sound")
            }
            Self::Content { host, found: None } => {
                write!(f, "what {host} sends is neither a picture nor a sound")
            }
            Self::Transfer { reason } => f.write_str(reason),
            Self::File { path, reason } => {
                write!(f, "could not write {}: {reason}", path.display())
            }
            Self::Closed => f.write_str("the program is ending"),
            Self::NotTaken => f.write_str("too many downloads wait, or the program is ending"),
            Self::BrokeOff => f.write_str("the download broke off inside this program"),
        }
    }
}

impl std::error::Error for DownloadError {}

/// Who takes part in a hop, as people know them.
pub(super) struct Ends<'a> {
    pub(super) host: &'a str,
    /// Without credentials.
    pub(super) proxy: Option<String>,
}

impl Ends<'_> {
    fn name(&self, peer: Peer) -> String {
        match (peer, &self.proxy) {
            (Peer::Proxy, Some(proxy)) => format!("the proxy {proxy} (mediaProxy)"),
            _ => self.host.to_owned(),
        }
    }
}

/// What an error of the way says, at the stage that was reached.
pub(super) fn failed(error: Error, progress: Progress, ends: &Ends<'_>) -> DownloadError {
    if progress.cancelled {
        return DownloadError::Closed;
    }
    let error = match error {
        Error::Other(other) => match other.downcast::<NotAdmitted>() {
            Ok(refused) => {
                return DownloadError::Address { host: ends.host.to_owned(), address: refused.0 };
            }
            Err(other) => Error::Other(other),
        },
        other => other,
    };
    DownloadError::Transfer { reason: one_line(&reason(&error, progress.stage, ends)) }
}

fn reason(error: &Error, stage: Stage, ends: &Ends<'_>) -> String {
    let host = ends.host;
    let late = matches!(error, Error::Timeout(_));
    match stage {
        Stage::Ready if late => format!("{host} took too long"),
        Stage::Ready => format!("could not ask {host}: {}", detail(error)),
        Stage::Resolve(peer) if late => format!("resolving {} took too long", ends.name(peer)),
        Stage::Resolve(peer) => format!("could not resolve {}", ends.name(peer)),
        Stage::Connect(peer) if late => {
            format!("{} did not accept a connection in time", ends.name(peer))
        }
        Stage::Connect(peer) => match error {
            Error::Io(e) if e.kind() == io::ErrorKind::ConnectionRefused => {
                format!("{} refused the connection", ends.name(peer))
            }
            _ => format!("could not connect to {}: {}", ends.name(peer), detail(error)),
        },
        Stage::Tls(peer) => format!("no TLS with {}: {}", ends.name(peer), detail(error)),
        Stage::Tunnel => {
            let proxy = ends.name(Peer::Proxy);
            format!("{proxy} did not connect to {host}: {}", detail(error))
        }
        Stage::Send | Stage::Wait if late => format!("{host} did not answer in time"),
        Stage::Send => format!("{host} closed the connection"),
        Stage::Wait | Stage::Answer if matches!(error, Error::Protocol(_)) => {
            format!("{host} did not answer as an HTTP server does")
        }
        Stage::Wait => format!("{host} closed the connection without an answer"),
        Stage::Answer => match error {
            Error::Timeout(Timeout::PerRead) => format!("{host} stopped half way and went silent"),
            Error::Timeout(_) => format!("{host} took too long"),
            Error::LargeResponseHeader(..) => format!("{host} answers with too large a header"),
            _ => format!("{host} closed the connection half way"),
        },
    }
}

/// Errors of others may quote what came from outside.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
