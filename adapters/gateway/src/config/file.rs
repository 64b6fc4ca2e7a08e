//! The file itself: its bytes, as text.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use super::Env;
use super::keys;
use super::problem::{Problem, Sheet};
use crate::escape::shown;

/// Larger than this is no configuration.
const BYTES_MAX: u64 = 4 << 20;

/// Reads a file as text. `is_asked`: the command line names it.
///
/// # Errors
/// Why it can't be, and what to do.
pub(super) fn read(file: &Path, is_asked: bool, env: &Env<'_>) -> Result<String, Box<Problem>> {
    let name = shown(&file.display().to_string());
    let wrong = |what: &str, help: &str| Problem {
        is_warning: false,
        message: format!("the configuration {name} {what}"),
        help: Some(help.to_owned()),
        place: None,
    };
    let mut bytes = Vec::new();
    let opened = File::open(file);
    let read = opened.and_then(|open| open.take(BYTES_MAX + 1).read_to_end(&mut bytes));
    if let Err(error) = read {
        let named = if !is_asked && env("ZALOXIDE_CONFIG").is_some() {
            "the environment variable ZALOXIDE_CONFIG names it; "
        } else {
            ""
        };
        return Err(Box::new(match error.kind() {
            ErrorKind::NotFound => {
                wrong("is not there", &format!("{named}`zaloxide config init` writes a first one"))
            }
            ErrorKind::PermissionDenied => {
                wrong("may not be read by this user", "give it to the user that runs zaloxide")
            }
            ErrorKind::IsADirectory => wrong("is a folder", "name the file in it"),
            _ => wrong(&format!("can't be read: {error}"), "name a file that can"),
        }));
    }
    if bytes.len() as u64 > BYTES_MAX {
        return Err(Box::new(wrong(
            "is over 4 MiB",
            "that is no configuration: name another file",
        )));
    }
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(Box::new(wrong("is UTF-16 text", "save it as UTF-8")));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
        let mut sheet = Sheet::new(&name, &text);
        sheet.allow_words(&keys::names());
        let message = "this is not UTF-8 text".to_owned();
        let help = Some("save the file as UTF-8, or write the letter anew".to_owned());
        let place = Some(sheet.place(&(at..at + 1)));
        Box::new(Problem { is_warning: false, message, help, place })
    })
}
