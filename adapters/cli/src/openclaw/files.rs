//! The JSON files of older releases, under `credentials/`.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

use rustix::fs::OFlags;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{CHANNEL, DEFAULT_ACCOUNT, State, entry};

/// The folder of these files.
const FOLDER: &str = "credentials";
/// Larger than this is none of them.
const BYTES_MAX: u64 = 16 << 20;
/// Of how many accounts files are read.
const ACCOUNTS_MAX: usize = 1_000;
/// The only form there has been.
const VERSION: &str = "1";

/// `zalo-pairing.json`: who had a code, in all accounts.
#[derive(Deserialize)]
struct Requests<'a> {
    #[serde(borrow)]
    version: Option<&'a RawValue>,
    #[serde(borrow)]
    requests: Option<Vec<&'a RawValue>>,
}

/// `zalo-allowFrom.json`, `zalo-<account>-allowFrom.json`: who was let in.
#[derive(Deserialize)]
struct AllowFrom<'a> {
    #[serde(borrow)]
    version: Option<&'a RawValue>,
    #[serde(borrow, rename = "allowFrom")]
    allow_from: Option<Vec<&'a RawValue>>,
}

/// Reads the files there are.
pub(super) fn read(dir: &Path, state: &mut State) {
    let folder = dir.join(FOLDER);
    match allow_files(&folder) {
        Ok(files) => {
            for (name, account) in files {
                read_file(&folder, &name, state, |text, file, state| {
                    allow_from(text, &account, file, state)
                });
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => return,
        Err(error) => state.problem(FOLDER, format!("can't be listed: {error}")),
    }
    read_file(&folder, &format!("{CHANNEL}-pairing.json"), state, requests);
}

/// The allowlists in the folder, each with its account, in order.
fn allow_files(folder: &Path) -> io::Result<Vec<(String, String)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        if let Some(name) = name.to_str()
            && let Some(account) = account_of(name)
        {
            files.push((name.to_owned(), account.to_owned()));
        }
    }
    files.sort();
    if files.len() > ACCOUNTS_MAX {
        return Err(io::Error::other(format!("it has over {ACCOUNTS_MAX} files of accounts")));
    }
    Ok(files)
}

/// Of which account this file is the allowlist; `None`: it is none, or another channel's.
fn account_of(name: &str) -> Option<&str> {
    let account = name.strip_prefix(CHANNEL)?.strip_suffix("-allowFrom.json")?;
    match account.strip_prefix('-') {
        Some(account) if !account.is_empty() => Some(account),
        None if account.is_empty() => Some(DEFAULT_ACCOUNT),
        _ => None,
    }
}

type Parse = Result<(), String>;

/// Reads one file, if it is there.
fn read_file(
    folder: &Path,
    name: &str,
    state: &mut State,
    parse: impl FnOnce(&str, &str, &mut State) -> Parse,
) {
    let file = format!("{FOLDER}/{name}");
    let parsed = match text(&folder.join(name)) {
        Ok(None) => return,
        Ok(Some(text)) => parse(&text, &file, state),
        Err(message) => Err(message),
    };
    if let Err(message) = parsed {
        state.problem(&file, message);
    }
}

fn allow_from(text: &str, account: &str, file: &str, state: &mut State) -> Parse {
    let list: AllowFrom<'_> = serde_json::from_str(text).map_err(|error| not_json(&error))?;
    check_version(list.version)?;
    let entries = list.allow_from.ok_or("it has no allowFrom")?;
    state.found(file, entries.len(), 0);
    for (number, raw) in (1..).zip(entries) {
        match entry::text(raw) {
            Some(entry) => state.approve(account, entry),
            None => state.malformed(account, format!("{file}, entry {number}"), "not an id"),
        }
    }
    Ok(())
}

fn requests(text: &str, file: &str, state: &mut State) -> Parse {
    let list: Requests<'_> = serde_json::from_str(text).map_err(|error| not_json(&error))?;
    check_version(list.version)?;
    let requests = list.requests.ok_or("it has no requests")?;
    state.found(file, 0, requests.len());
    for (number, raw) in (1..).zip(requests) {
        match entry::request(raw) {
            Ok((account, pending)) => {
                state.keep_code(account.as_deref().unwrap_or(DEFAULT_ACCOUNT), pending);
            }
            Err(what) => {
                state.malformed(DEFAULT_ACCOUNT, format!("{file}, request {number}"), what);
            }
        }
    }
    Ok(())
}

/// What is in it may be secret, so only the place is told.
fn not_json(error: &serde_json::Error) -> String {
    let (line, column) = (error.line(), error.column());
    format!("is not what OpenClaw writes there: not understood at line {line}, column {column}")
}

fn check_version(version: Option<&RawValue>) -> Result<(), String> {
    match version.map(RawValue::get) {
        Some(VERSION) => Ok(()),
        Some(other) => {
            let other: String = other.chars().take(20).collect();
            Err(format!("is of version {other}; version {VERSION} is understood here"))
        }
        None => Err(format!("does not say its version; version {VERSION} is understood here")),
    }
}

/// The text of a small regular file that is no link; `None`: there is none.
fn text(path: &Path) -> Result<Option<String>, String> {
    let file = match open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => {
            return Err("is a symbolic link: name the directory of the file itself".into());
        }
        Err(error) => return Err(format!("can't be read: {error}")),
    };
    let failed = |error: io::Error| format!("can't be read: {error}");
    if !file.metadata().map_err(failed)?.is_file() {
        return Err("is no regular file".into());
    }
    let mut bytes = Vec::new();
    file.take(BYTES_MAX + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > BYTES_MAX {
        return Err("is over 16 MiB: OpenClaw writes no such file".into());
    }
    String::from_utf8(bytes).map(Some).map_err(|_| "is not UTF-8".into())
}

fn open(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;

    // Not through a link, and without waiting for the writer of a pipe.
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_an_accounts_or_another_channels() {
        let table = [
            ("zalo-allowFrom.json", Some("default")),
            ("zalo-shop-allowFrom.json", Some("shop")),
            ("zalo-my-shop-allowFrom.json", Some("my-shop")),
            ("zalouser-allowFrom.json", None),
            ("zalouser-shop-allowFrom.json", None),
            ("zalo--allowFrom.json", None),
            ("zalo-pairing.json", None),
            ("zalo-shop-allowFrom.json.bak", None),
            ("telegram-allowFrom.json", None),
        ];
        for (name, account) in table {
            assert_eq!(account_of(name), account, "{name}");
        }
    }
}
