//! Journals as rows: one a record, by account and number.

use std::hash::Hasher;

use rusqlite::{Connection, params};
use siphasher::sip::SipHasher13;

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
    let mut insert = connection.prepare_cached(
        "INSERT INTO journal (account, number, record, sum) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (account, number) DO NOTHING",
    )?;
    for (number, record) in (first..).zip(records) {
        if number > covered {
            insert.execute(params![account, number, record, sum(account, number, record)])?;
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
        .prepare_cached("DELETE FROM journal WHERE account = ?1 AND number <= ?2")?
        .execute(params![account, upto])?;
    connection
        .prepare_cached(
            "INSERT INTO journal (account, number, record, sum) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![account, upto, snapshot, sum(account, upto, snapshot)])?;
    Ok(())
}

/// The first row that is not what was written: its account and number.
pub(super) fn damaged(connection: &Connection) -> rusqlite::Result<Option<(String, u64)>> {
    let mut rows =
        connection.prepare("SELECT account, number, record, sum FROM journal ORDER BY 1, 2")?;
    let mut rows = rows.query([])?;
    while let Some(row) = rows.next()? {
        let account = row.get_ref(0)?.as_str()?;
        let (number, written) = (row.get(1)?, row.get::<_, Option<i64>>(3)?);
        let is = sum(account, number, row.get_ref(2)?.as_str()?);
        if written.is_some_and(|written| written != is) {
            return Ok(Some((account.into(), number)));
        }
    }
    Ok(None)
}

/// Tells a row from one that a failing disk has changed. Everybody may know how: it keeps no
/// secret, and whoever can write the file can write the sum.
fn sum(account: &str, number: u64, record: &str) -> i64 {
    let mut hasher = SipHasher13::new();
    hasher.write(account.as_bytes());
    hasher.write_u64(number.to_le());
    hasher.write(record.as_bytes());
    hasher.finish().cast_signed()
}

/// The first and the last number of an account, if it has any.
fn bounds(connection: &Connection, account: &str) -> rusqlite::Result<Option<(u64, u64)>> {
    // Two look-ups at the ends of the key; one query with both would read all between.
    let mut ends = connection.prepare_cached(
        "SELECT (SELECT min(number) FROM journal WHERE account = ?1),
                (SELECT max(number) FROM journal WHERE account = ?1)",
    )?;
    let ends: (Option<u64>, Option<u64>) =
        ends.query_row([account], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(ends.0.zip(ends.1))
}
