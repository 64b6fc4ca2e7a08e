//! The wire: what the Bot API is asked and what it says, as text on one side and types on the other.
//!
//! Nothing here decides. [`request`] writes the body of each of the eleven methods, [`response`]
//! reads the answer to one, [`update`] reads what a user sent.
//!
//! Zalo's documentation, its service and its older clients disagree in many small ways, so reading
//! is tolerant: a field of a wrong type is an absent field, an id is opaque text, a name that comes
//! twice means its last value, and success is `ok: true` whatever the HTTP status. Each value is
//! looked at where it lies in the body and is copied only if it holds an escape. There is no
//! recursion and no number ever becomes a float on its way to an id: depth and size of a body
//! cost its own length and nothing more.
//!
//! A body is bytes; [`text`] makes it text first, once, so that all the rest can borrow from it:
//!
//! ```
//! use zaloxide_core::wire::{self, Kind};
//!
//! let body = r#"{"event_name": "message.text.received", "message": {
//!     "message_id": "9a8b7c6d5e4f30211203", "date": 1776919152762, "text": "Xin chào",
//!     "from": {"id": "1f2e3d4c5b6a79880a1b", "display_name": "Ted"},
//!     "chat": {"id": "1f2e3d4c5b6a79880a1b", "chat_type": "PRIVATE"}}}"#;
//! let text = wire::text(body.as_bytes());
//! let update = wire::update(&text)?;
//! assert_eq!(update.kind, Kind::Text);
//! assert_eq!(update.message.text.as_deref(), Some("Xin chào"));
//! # Ok::<(), wire::Unreadable>(())
//! ```

mod excerpt;
mod field;
mod request;
mod response;
mod string;
mod update;
mod walk;

use alloc::borrow::Cow;
use alloc::string::String;

pub use excerpt::excerpt;
pub use request::{Call, ChatAction, ParseMode, Request, request};
pub use response::{Response, Success, Verification, response};
pub use update::{Author, Kind, Message, Place, Unreadable, Update, update, updates};

/// A body as text: without a byte order mark, and with U+FFFD for what is not UTF-8. Copies only
/// in that last case: one broken character must not cost the message.
pub fn text(body: &[u8]) -> Cow<'_, str> {
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    // Much faster than the lossy reader alone.
    str::from_utf8(body).map_or_else(|_| String::from_utf8_lossy(body), Cow::Borrowed)
}
