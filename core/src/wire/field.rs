//! Fields: an object's values by name, each as the JSON text it is, and what such text means.
//!
//! All text here is part of a text that was checked to be JSON. Values are not built, so a value
//! of an unexpected type is no error.

use alloc::borrow::Cow;

use super::string::string;
use super::walk::Walk;
use crate::limits;
use crate::time::Time;

/// The named values of an object, in the order of `names`. A name that comes twice: its last value.
/// `None` for any other type.
pub(super) fn fields<'a, const N: usize>(
    json: &'a str,
    names: [&str; N],
) -> Option<[Option<&'a str>; N]> {
    let mut found = [None; N];
    Walk::over(json).object(|name, walk| {
        if let Some(at) = names.iter().position(|known| *known == name) {
            found[at] = walk.value();
        }
    })?;
    Some(found)
}

/// As [`fields`], of a value that may be absent or no object: then none is there.
pub(super) fn of<'a, const N: usize>(
    value: Option<&'a str>,
    names: [&str; N],
) -> [Option<&'a str>; N] {
    value.and_then(|json| fields(json, names)).unwrap_or([None; N])
}

/// The text without JSON's white space around it.
pub(super) fn trim(json: &str) -> &str {
    json.trim_matches([' ', '\n', '\r', '\t'])
}

/// A string that is not blank.
pub(super) fn words(json: Option<&str>) -> Option<Cow<'_, str>> {
    string(json?).filter(|text| !text.trim().is_empty())
}

/// A string that is not blank, cut to `chars_max` characters.
pub(super) fn short(json: Option<&str>, chars_max: usize) -> Option<Cow<'_, str>> {
    words(json).map(|text| {
        // So many bytes are no more characters.
        if text.len() <= chars_max {
            return text;
        }
        let end = text.char_indices().nth(chars_max).map(|(end, _)| end);
        cut(text, end.unwrap_or(usize::MAX)).0
    })
}

/// `text` cut to `bytes_max` at a character's boundary, and whether that took anything away.
pub(super) fn cut(text: Cow<'_, str>, bytes_max: usize) -> (Cow<'_, str>, bool) {
    if text.len() <= bytes_max {
        return (text, false);
    }
    let end = (0..=bytes_max).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let cut = match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.get(..end).unwrap_or_default()),
        Cow::Owned(mut text) => {
            text.truncate(end);
            text.shrink_to_fit();
            Cow::Owned(text)
        }
    };
    (cut, true)
}

/// A URL: a string that is not blank and not longer than any we would fetch.
pub(super) fn url(json: Option<&str>) -> Option<Cow<'_, str>> {
    words(json).filter(|url| url.len() <= limits::URL_BYTES_MAX)
}

/// The id is longer than any we keep.
#[derive(Clone, Copy, Debug)]
pub(super) struct IdTooLong;

/// An id: a string, or a number as the text it was written with. Any other type, and an empty
/// string, is no id.
pub(super) fn id(json: Option<&str>) -> Result<Option<Cow<'_, str>>, IdTooLong> {
    let Some(json) = json else { return Ok(None) };
    // No escape is longer than the six bytes of `\u0041`.
    if json.len() > 6 * limits::ID_BYTES_MAX + 2 {
        return if json.starts_with(['{', '[']) { Ok(None) } else { Err(IdTooLong) };
    }
    let id = if is_number(json) { Some(Cow::Borrowed(json)) } else { string(json) };
    match id {
        Some(id) if id.len() > limits::ID_BYTES_MAX => Err(IdTooLong),
        id => Ok(id.filter(|id| !id.is_empty())),
    }
}

/// A whole number of at most 32 bits, also as a string.
pub(super) fn whole(json: Option<&str>) -> Option<u32> {
    digits(json?)?.parse().ok()
}

/// A date: milliseconds, or seconds when it would lie before March 1973 otherwise. Digits may
/// stand in a string, a fraction is dropped; nothing and nonsense are no date.
pub(super) fn date(json: Option<&str>) -> Option<Time> {
    const MILLISECONDS_FROM: u64 = 100_000_000_000;
    let number = digits(json?)?;
    let number: u64 = number.split_once('.').map_or(number, |(whole, _)| whole).parse().ok()?;
    let ms = if number < MILLISECONDS_FROM { number * 1_000 } else { number };
    let time = Time::from_ms(ms);
    (ms > 0 && time.as_ms() == ms).then_some(time)
}

/// Seconds, also with a fraction or as a string, as milliseconds.
pub(super) fn seconds(json: Option<&str>) -> Option<u64> {
    let seconds: f64 = digits(json?)?.parse().ok()?;
    let duration = core::time::Duration::try_from_secs_f64(seconds).ok()?;
    u64::try_from(duration.as_millis()).ok()
}

/// What stands in a number, or in a string in its place.
fn digits(json: &str) -> Option<&str> {
    if is_number(json) {
        return Some(json);
    }
    Some(json.strip_prefix('"')?.strip_suffix('"')?.trim())
}

fn is_number(json: &str) -> bool {
    json.starts_with(|c: char| c == '-' || c.is_ascii_digit())
}
