//! The database of newer releases, `state/openclaw.sqlite`: opened to be read, its columns by name.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use rusqlite::limits::Limit;
use rusqlite::{Connection, ErrorCode, OpenFlags, Row};
use zaloxide_core::PendingCode;

use super::{CHANNEL, DEFAULT_ACCOUNT, State, entry};

/// The database, below the state directory.
const FILE: &str = "state/openclaw.sqlite";
/// How long to wait for whoever writes to it.
const BUSY_MAX: Duration = Duration::from_secs(2);
/// Bytes of a value: a longer one makes the table unreadable.
const VALUE_BYTES_MAX: i32 = 1 << 20;
/// Rows of a table that are read.
const ROWS_MAX: usize = 1_000_000;

/// Who had a code.
const REQUESTS: Table = Table {
    name: "channel_pairing_requests",
    needed: &["channel_key", "request_id", "code", "created_at"],
    others: &["account_id", "meta_json"],
};
/// Who was let in.
const ALLOWED: Table = Table {
    name: "channel_pairing_allow_entries",
    needed: &["channel_key", "entry"],
    others: &["account_id"],
};

/// A table, and what is read of it.
struct Table {
    name: &'static str,
    needed: &'static [&'static str],
    /// What may be missing.
    others: &'static [&'static str],
}

/// Reads the database, if there is one.
pub(super) fn read(dir: &Path, state: &mut State) {
    let path = dir.join(FILE);
    // A broken link is there too: it is a problem and not nothing.
    if path.symlink_metadata().is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound) {
        return;
    }
    if let Err(error) = tables(&path, state) {
        let message = explain(&error);
        state.problem(FILE, message);
    }
}

fn tables(path: &Path, state: &mut State) -> rusqlite::Result<()> {
    let database = open(path)?;
    let mut found = (0, 0);
    let mut missing = Vec::new();
    match ALLOWED.columns(&database)? {
        Ok(columns) => found.0 = allowed(&database, &columns, state)?,
        Err(what) => missing.push(what),
    }
    match REQUESTS.columns(&database)? {
        Ok(columns) => found.1 = requests(&database, &columns, state)?,
        Err(what) => missing.push(what),
    }
    if missing.len() < 2 {
        state.found(FILE, found.0, found.1);
    }
    for what in missing {
        state.problem(FILE, format!("{what}: it is of a release that is not known here"));
    }
    Ok(())
}

/// Opens it so that nothing can be written, nor anything in its schema be run.
fn open(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    // With the links above it resolved: the last name alone must be none.
    let real = match (path.parent().map(Path::canonicalize), path.file_name()) {
        (Some(Ok(folder)), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    };
    let database = Connection::open_with_flags(real, flags)?;
    database.busy_timeout(BUSY_MAX)?;
    database.set_limit(Limit::SQLITE_LIMIT_LENGTH, VALUE_BYTES_MAX)?;
    database.execute_batch("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;")?;
    Ok(database)
}

impl Table {
    /// The columns there are; else what is missing, for people.
    fn columns(&self, database: &Connection) -> rusqlite::Result<Result<BTreeSet<String>, String>> {
        // A table and no view: a view can be made to have no end.
        let mut statement = database.prepare(
            "SELECT lower(info.name) FROM sqlite_schema AS it, pragma_table_info(it.name) AS info
             WHERE it.type = 'table' AND it.name = ?1",
        )?;
        let columns: BTreeSet<String> =
            statement.query_map([self.name], |row| row.get(0))?.collect::<Result<_, _>>()?;
        if columns.is_empty() {
            return Ok(Err(format!("it has no table {}", self.name)));
        }
        let lacks = self.needed.iter().find(|column| !columns.contains(**column));
        Ok(match lacks {
            Some(column) => Err(format!("its table {} has no column {column}", self.name)),
            None => Ok(columns),
        })
    }

    /// Calls `take` for each row of this channel: all columns as texts, in the order in which they
    /// stand in [`Table`]; `None` where there is no text.
    fn each(
        &self,
        database: &Connection,
        columns: &BTreeSet<String>,
        mut take: impl FnMut(Vec<Option<String>>),
    ) -> rusqlite::Result<usize> {
        // Numbers become their text, as in a file.
        let needed = self.needed.iter().map(|column| format!("CAST({column} AS TEXT)"));
        let others = self.others.iter().map(|column| {
            if columns.contains(*column) {
                format!("CAST({column} AS TEXT)")
            } else {
                "NULL".to_owned()
            }
        });
        let wanted: Vec<String> = needed.chain(others).collect();
        let query = format!(
            "SELECT {} FROM {} WHERE channel_key = ?1 LIMIT {ROWS_MAX}",
            wanted.join(", "),
            self.name
        );
        let mut statement = database.prepare(&query)?;
        let mut rows = statement.query([CHANNEL])?;
        let mut count = 0;
        while let Some(row) = rows.next()? {
            count += 1;
            take((0..wanted.len()).map(|column| text(row, column)).collect());
        }
        Ok(count)
    }
}

/// A column's text, if it is one.
fn text(row: &Row<'_>, column: usize) -> Option<String> {
    row.get_ref(column).ok()?.as_str().ok().map(str::to_owned)
}

fn allowed(
    database: &Connection,
    columns: &BTreeSet<String>,
    state: &mut State,
) -> rusqlite::Result<usize> {
    let mut number = 0;
    ALLOWED.each(database, columns, |mut row| {
        number += 1;
        let account = row.pop().flatten();
        let account = account.as_deref().unwrap_or(DEFAULT_ACCOUNT);
        match row.pop().flatten() {
            Some(entry) => state.approve(account, entry),
            None => state.malformed(account, format!("{FILE}, entry {number}"), "not an id"),
        }
    })
}

fn requests(
    database: &Connection,
    columns: &BTreeSet<String>,
    state: &mut State,
) -> rusqlite::Result<usize> {
    let mut number = 0;
    REQUESTS.each(database, columns, |row| {
        number += 1;
        let Ok([_, sender, code, created_at, account, meta]) = <[_; 6]>::try_from(row) else {
            return;
        };
        let account = account.as_deref().unwrap_or(DEFAULT_ACCOUNT);
        match request(sender, code, created_at, meta) {
            Ok(pending) => state.keep_code(account, pending),
            Err(what) => state.malformed(account, format!("{FILE}, request {number}"), what),
        }
    })
}

fn request(
    sender: Option<String>,
    code: Option<String>,
    created_at: Option<String>,
    meta: Option<String>,
) -> Result<PendingCode, &'static str> {
    let sender = sender.ok_or("it has no id")?;
    let code = code.ok_or("it has no code")?;
    let issued_at = entry::time(&created_at.ok_or("it does not say when it was made")?)?;
    // Only the name is of use, and a name is not missed: the account has a column of its own.
    let meta: Option<entry::Meta> = meta.and_then(|meta| serde_json::from_str(&meta).ok());
    Ok(PendingCode { sender, name: meta.and_then(|meta| meta.name), code, issued_at })
}

/// What the database said, and what to do about it.
fn explain(error: &rusqlite::Error) -> String {
    let advice = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "somebody is writing to it: try again, or end OpenClaw first"
        }
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            "it is damaged, or no database"
        }
        Some(ErrorCode::CannotOpen) => {
            "see that this user may read it, and that it is a file and no link; while OpenClaw is \
             at work, its directory must be writable too"
        }
        Some(ErrorCode::TooBig) => "a value in it is over 1 MiB: OpenClaw writes none so long",
        _ => "look at the file",
    };
    format!("can't be read ({error}): {advice}")
}
