//! JSON text, the form in which everything crosses to JavaScript and back: V8 reads and writes that
//! faster than it takes an object apart.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::fault::Fault;

/// A value from its JSON form, or what is wrong with it.
pub(crate) fn read<T: DeserializeOwned>(text: &str, what: &str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|error| Fault::bad_value(what, error))
}

/// The JSON form of a value.
pub(crate) fn show<T: Serialize + ?Sized>(value: &T) -> Result<String, Fault> {
    let json = serde_json::to_string(value);
    json.map(ascii).map_err(|error| Fault::new("ZaloxideError", error))
}

/// The same JSON in ASCII alone. One letter beyond Latin-1, and V8 holds all of a text in twice the
/// room, and takes half as long again to read it.
pub(crate) fn ascii(json: String) -> String {
    if json.is_ascii() {
        return json;
    }
    let mut out = String::with_capacity(json.len() * 2);
    let mut rest = json.as_str();
    while let Some(at) = rest.find(|c: char| !c.is_ascii()) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let mut letters = from.chars();
        // It stands within a string: nothing else of JSON has such letters.
        if let Some(letter) = letters.next() {
            letter.encode_utf16(&mut [0; 2]).iter().for_each(|unit| escape(&mut out, *unit));
        }
        rest = letters.as_str();
    }
    out.push_str(rest);
    out
}

fn escape(out: &mut String, unit: u16) {
    const DIGITS: [u8; 16] = *b"0123456789abcdef";
    out.push_str("\\u");
    for shift in [12, 8, 4, 0] {
        out.push(char::from(DIGITS[usize::from(unit >> shift & 0xF)]));
    }
}
