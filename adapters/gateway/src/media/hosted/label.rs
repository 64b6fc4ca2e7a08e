//! `Label`: what is known of a hosted file. It stands at the file's end, so that a file and what
//! is known of it come and go as one, and there is no list that could be wrong.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use serde::{Deserialize, Serialize};
use zaloxide_core::Time;

use crate::media::Kind;

/// The last bytes of a hosted file: the label's length, and this.
const MARK: [u8; 8] = *b"zxlabel1";
/// A longer label is none.
const LABEL_BYTES_MAX: u64 = 64 << 10;
const FOOT_BYTES: usize = 4 + MARK.len();

/// What opens a hosted file to whoever has it. Shown nowhere but in the link.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(super) struct Token(pub(super) [u8; 16]);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

impl From<Token> for String {
    fn from(token: Token) -> Self {
        hex(token.0)
    }
}

impl TryFrom<String> for Token {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        from_hex(&text).map(Self).ok_or("expected 32 hex digits")
    }
}

/// 128 bits as 32 small hex digits: the one way to write them.
pub(super) fn hex(bits: [u8; 16]) -> String {
    format!("{:032x}", u128::from_be_bytes(bits))
}

/// Reads what [`hex`] writes, and nothing else.
pub(super) fn from_hex(text: &str) -> Option<[u8; 16]> {
    let is_hex = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) && text.len() == 32;
    u128::from_str_radix(text, 16).ok().filter(|_| is_hex).map(u128::to_be_bytes)
}

/// What is known of a hosted file.
#[derive(Clone, Debug)]
pub(super) struct Label {
    /// Whose it is.
    pub(super) account: String,
    pub(super) token: Token,
    pub(super) kind: Kind,
    /// Its length, without the label.
    pub(super) bytes: u64,
    pub(super) hosted_at: Time,
    pub(super) ttl_ms: u64,
}

#[derive(Serialize, Deserialize)]
struct Written {
    account: String,
    token: Token,
    content_type: String,
    bytes: u64,
    hosted_at_ms: Time,
    ttl_ms: u64,
}

impl Label {
    /// From when on it is no longer there.
    pub(super) fn expires_at(&self) -> Time {
        self.hosted_at.plus(self.ttl_ms)
    }

    /// The bytes to write after the file's.
    pub(super) fn encode(&self) -> io::Result<Vec<u8>> {
        let mut bytes = serde_json::to_vec(&Written {
            account: self.account.clone(),
            token: self.token,
            content_type: self.kind.content_type().to_owned(),
            bytes: self.bytes,
            hosted_at_ms: self.hosted_at,
            ttl_ms: self.ttl_ms,
        })?;
        let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
        bytes.extend(length.to_be_bytes());
        bytes.extend(MARK);
        Ok(bytes)
    }

    /// Reads the label of a whole file; none if the file was not finished by us.
    pub(super) fn read(file: &mut File) -> io::Result<Option<Self>> {
        let length = file.metadata()?.len();
        let Some(foot_at) = length.checked_sub(FOOT_BYTES as u64) else { return Ok(None) };
        let mut foot = [0; FOOT_BYTES];
        file.seek(SeekFrom::Start(foot_at))?;
        file.read_exact(&mut foot)?;
        let [a, b, c, d, mark @ ..] = foot;
        let label_bytes = u64::from(u32::from_be_bytes([a, b, c, d]));
        let Some(label_at) = foot_at.checked_sub(label_bytes) else { return Ok(None) };
        if mark != MARK || label_bytes > LABEL_BYTES_MAX {
            return Ok(None);
        }
        file.seek(SeekFrom::Start(label_at))?;
        let mut label = Vec::new();
        file.take(label_bytes).read_to_end(&mut label)?;
        let written: Option<Written> = serde_json::from_slice(&label).ok();
        Ok(written.filter(|written| written.bytes == label_at).and_then(Self::of))
    }

    fn of(written: Written) -> Option<Self> {
        let Written { account, token, content_type, bytes, hosted_at_ms, ttl_ms } = written;
        let kind = Kind::named(&content_type)?;
        Some(Self { account, token, kind, bytes, hosted_at: hosted_at_ms, ttl_ms })
    }
}
