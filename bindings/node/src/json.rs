//! JSON text, the form in which everything crosses to JavaScript and back: V8 reads and writes that
//! faster than it takes an object apart. What goes there is ASCII: one letter beyond Latin-1, and V8
//! holds all of a text in twice the room, and takes half as long again to read it.

use serde::Serialize;
use serde::de::DeserializeOwned;
pub(crate) use zaloxide::escape::ascii;

use crate::fault::Fault;

/// A value from its JSON form, or what is wrong with it.
pub(crate) fn read<T: DeserializeOwned>(text: &str, what: &str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|error| Fault::bad_value(what, error))
}

/// The JSON form of a value, in ASCII.
pub(crate) fn show<T: Serialize + ?Sized>(value: &T) -> Result<String, Fault> {
    let json = serde_json::to_string(value);
    json.map(|json| ascii(&json)).map_err(|error| Fault::new("ZaloxideError", error))
}
