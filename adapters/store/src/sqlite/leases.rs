//! Leases as rows: who holds one, when it is free, and that it still is who it was.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, OptionalExtension, params};

use super::process::{Presence, Process};
use crate::{Lease, StoreError};

/// A lease is renewed this often.
pub(super) const RENEW_EVERY: Duration = Duration::from_secs(5);
/// A lease that was not renewed for so long is free, whoever has it.
const OLD_AFTER: Duration = Duration::from_secs(30);

/// Takes the lease of an account, with a larger epoch than every one before it, unless somebody
/// else has it.
pub(super) fn take(
    connection: &Connection,
    this: &Process,
    account: &str,
) -> rusqlite::Result<Result<Lease, StoreError>> {
    let now = now_ms();
    let found = connection
        .prepare("SELECT epoch, pid, born, space, renewed_at FROM lease WHERE account = ?1")?
        .query_row([account], |row| {
            let holder = row.get::<_, Option<u32>>(1)?.map(|pid| (pid, row.get(2), row.get(3)));
            Ok((row.get::<_, u64>(0)?, holder, row.get::<_, i64>(4)?))
        })
        .optional()?;
    let mut epoch = 1;
    if let Some((last, holder, renewed_at)) = found {
        epoch = last.saturating_add(1);
        if let Some((pid, born, space)) = holder {
            let holder = Process { pid, born: born?, space: space? };
            // One that lies ahead was renewed before somebody set the clock back; its holder, if
            // it lives, will renew it by the new one.
            let age = Duration::from_millis(u64::try_from(now - renewed_at).unwrap_or(0));
            let by = match this.sees(&holder) {
                Presence::This => Some("this process".to_owned()),
                Presence::There => Some(format!("process {pid}")),
                Presence::Gone => None,
                Presence::Unknown => Some(format!("process {pid}, perhaps in a container")),
            };
            if let Some(by) = by.filter(|_| age < OLD_AFTER) {
                return Ok(Err(StoreError::Held { account: account.into(), by }));
            }
        }
    }
    connection
        .prepare(
            "INSERT OR REPLACE INTO lease (account, epoch, pid, born, space, renewed_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![account, epoch, this.pid, this.born, this.space, now])?;
    Ok(Ok(Lease::new(account, epoch)))
}

/// Whether this lease is still the account's.
pub(super) fn is_good(connection: &Connection, lease: &Lease) -> rusqlite::Result<bool> {
    connection
        .prepare_cached(
            "SELECT 1 FROM lease WHERE account = ?1 AND epoch = ?2 AND pid IS NOT NULL",
        )?
        .exists(params![lease.account(), lease.epoch()])
}

/// Says that the holder is still there. A lease that was lost stays lost: then it says `false`.
pub(super) fn renew(connection: &Connection, lease: &Lease) -> rusqlite::Result<bool> {
    connection
        .prepare(
            "UPDATE lease SET renewed_at = ?3
             WHERE account = ?1 AND epoch = ?2 AND pid IS NOT NULL",
        )?
        .execute(params![lease.account(), lease.epoch(), now_ms()])
        .map(|renewed| renewed == 1)
}

/// Gives it back. The row stays, for the epoch.
pub(super) fn release(connection: &Connection, lease: &Lease) -> rusqlite::Result<()> {
    connection
        .prepare("UPDATE lease SET pid = NULL WHERE account = ?1 AND epoch = ?2")?
        .execute(params![lease.account(), lease.epoch()])?;
    Ok(())
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
