//! The wire codec: what the Bot API is asked and what it says.

use napi::Result;
use napi::bindgen_prelude::Uint8Array;
use napi_derive::napi;
use zaloxide::embedded::wire;

use crate::fault::Fault;
use crate::json::{read, show};

/// The method and JSON body of a call, from its fields as JSON text.
#[napi]
pub fn wire_request(method: String, fields: String) -> Result<Vec<String>> {
    let fields = read(&fields, "no fields")?;
    let (method, body) = wire::request(&method, &fields).map_err(bad)?;
    Ok(vec![method.to_owned(), body])
}

/// What an answer says, as JSON text.
#[napi]
pub fn wire_response(method: String, status: u16, body: Uint8Array) -> Result<String> {
    Ok(show(&wire::response(&method, status, &body).map_err(bad)?)?)
}

/// The fields of an update, as JSON text.
#[napi]
pub fn wire_update(body: Uint8Array) -> Result<String> {
    Ok(show(&wire::update(&body).map_err(bad)?)?)
}

fn bad(wrong: String) -> Fault {
    Fault::new("BadValue", wrong)
}
