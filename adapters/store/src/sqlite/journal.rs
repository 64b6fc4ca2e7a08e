//! Journals as rows: one a record, by account and number.

use rusqlite::{Connection, params};

use crate::StoreError;

/// All rows of an account, in order.
pub(super) fn read(connection: &Connection, account: &str) -> rusqlite::Result<Vec<(u64, String)>> {
    let mut rows = connection
        .prepare("SELECT number, record FROM journal WHERE account = ?1 ORDER BY number")?;
    rows.query_map([account], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

/// Writes records from number `first` on. What is there already, or is covered by a snapshot, is
/// left as it is.
pub(super) fn append(
    connection: &Connection,
    account: &str,
    first: u64,
    records: &[String],
) -> rusqlite::Result<Result<(), StoreError>> {
    let (covered, last) = bounds(connection, account)?.unwrap_or((0, 0));
    if first > last.saturating_add(1) {
        let (account, expected) = (account.to_owned(), last.saturating_add(1));
        return Ok(Err(StoreError::Gap { account, expected, found: first }));
    }
    let mut insert = connection.prepare(
        "INSERT INTO journal (account, number, record) VALUES (?1, ?2, ?3)
         ON CONFLICT (account, number) DO NOTHING",
    )?;
    for (number, record) in (first..).zip(records) {
        if number > covered {
            insert.execute(params![account, number, record])?;
        }
    }
    Ok(Ok(()))
}

/// Has a snapshot take the place of all records up to `upto`. One that another has taken the
/// place of says nothing new.
pub(super) fn compact(
    connection: &Connection,
    account: &str,
    upto: u64,
    snapshot: &str,
) -> rusqlite::Result<()> {
    if bounds(connection, account)?.is_some_and(|(first, _)| first > upto) {
        return Ok(());
    }
    connection
        .prepare("DELETE FROM journal WHERE account = ?1 AND number <= ?2")?
        .execute(params![account, upto])?;
    connection
        .prepare("INSERT INTO journal (account, number, record) VALUES (?1, ?2, ?3)")?
        .execute(params![account, upto, snapshot])?;
    Ok(())
}

/// The first and the last number of an account, if it has any.
fn bounds(connection: &Connection, account: &str) -> rusqlite::Result<Option<(u64, u64)>> {
    // Two look-ups at the ends of the key; one query with both would read all between.
    let mut ends = connection.prepare(
        "SELECT (SELECT min(number) FROM journal WHERE account = ?1),
                (SELECT max(number) FROM journal WHERE account = ?1)",
    )?;
    let ends: (Option<u64>, Option<u64>) =
        ends.query_row([account], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(ends.0.zip(ends.1))
}
