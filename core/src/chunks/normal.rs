//! The normal form in which text is sent: NFC.

use alloc::borrow::Cow;
use alloc::string::String;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// The text in NFC: letters and their marks as one code point where there is one. Decomposed
/// Vietnamese needs a third more room, and some phones show it badly. Copies only when needed.
pub fn nfc(text: &str) -> Cow<'_, str> {
    if is_nfc_quick(text.chars()) == IsNormalized::Yes {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    out.extend(text.nfc());
    Cow::Owned(out)
}
