//! Papers: what is written down of an account. A log of all there was, and a record in the form that
//! `zaloxide replay` reads: a line `{version, account, config, seed, now, records}` for each start, a
//! line `{account, now, event}` for each event.

use std::fmt::Write as _;

use serde::Serialize;
use zaloxide_core::{AccountConfig, Action, Event, Record, Time};

/// Of the record's form.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Beginning<'a> {
    version: u32,
    account: &'a str,
    config: &'a AccountConfig,
    seed: String,
    now: Time,
    records: &'a [(u64, Record)],
}

#[derive(Serialize)]
struct Happening<'a> {
    account: &'a str,
    now: Time,
    event: &'a Event<'a>,
}

#[derive(Serialize)]
struct Asked<'a> {
    account: &'a str,
    action: &'a Action,
}

#[derive(Serialize)]
struct Remark<'a> {
    account: &'a str,
    remark: &'a str,
}

/// What is written down, since it was last taken.
#[derive(Clone, Debug, Default)]
pub struct Papers {
    /// Everything.
    pub log: String,
    /// What a replay needs.
    pub record: String,
}

fn line(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("all that crosses the boundary has a JSON form")
}

impl Papers {
    pub(super) fn beginning(
        &mut self,
        config: &AccountConfig,
        seed: &[u8; 32],
        now: Time,
        records: &[(u64, Record)],
    ) {
        let mut hex = String::new();
        for byte in seed {
            let _ = write!(hex, "{byte:02x}");
        }
        let account = &config.account;
        let text = line(&Beginning { version: VERSION, account, config, seed: hex, now, records });
        let _ = writeln!(self.log, "{text}");
        let _ = writeln!(self.record, "{text}");
    }

    pub(super) fn event(&mut self, account: &str, now: Time, event: &Event<'_>) {
        let text = line(&Happening { account, now, event });
        let _ = writeln!(self.log, "{text}");
        let _ = writeln!(self.record, "{text}");
    }

    pub(super) fn action(&mut self, account: &str, action: &Action) {
        let text = line(&Asked { account, action });
        let _ = writeln!(self.log, "{text}");
    }

    pub(super) fn remark(&mut self, account: &str, remark: &str) {
        let text = line(&Remark { account, remark });
        let _ = writeln!(self.log, "{text}");
    }
}
