//! Moving in: what another program's channel knew of people, as an operator brings it, and what
//! could not be taken.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::id::SenderId;
use crate::time::Time;

/// What an operator brings from another program. At most
/// [`IMPORT_ENTRIES_MAX`](crate::limits::IMPORT_ENTRIES_MAX) entries in all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Import {
    /// Whom it had let in. Entries are normalised as those of `allowFrom`; their case stays.
    pub approved: Vec<String>,
    /// Who had a code there.
    pub pending: Vec<PendingCode>,
    /// Say what would be done, and do nothing.
    pub dry_run: bool,
}

impl Import {
    /// How many entries there are.
    pub(crate) fn len(&self) -> usize {
        self.approved.len() + self.pending.len()
    }
}

/// A code that another program gave out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingCode {
    /// To whom: normalised as entries of `allowFrom` are.
    pub sender: String,
    /// Their name, as they wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The code, in any case.
    pub code: String,
    /// When it was given out; it dies an hour later.
    pub issued_at: Time,
}

/// What came of an import, or would.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// Nothing was done: it was only asked what would be.
    pub dry_run: bool,
    /// Who is let in now and was not before.
    pub approved: Vec<SenderId>,
    /// Whose code works here now and did not before.
    pub pending: Vec<SenderId>,
    /// How many entries were here before.
    pub already: usize,
    /// What was not taken.
    pub refused: Vec<NotTaken>,
}

/// An entry that was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NotTaken {
    /// The entry, or its sender, as it came: escape it before showing.
    pub entry: String,
    /// Why, for programs.
    pub why: WhyNot,
    /// Why, and what to do, for people.
    pub message: String,
}

/// Why an entry was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WhyNot {
    /// Empty, too long, or with characters that no id has.
    NoId,
    /// `"*"`: the configuration's to say.
    Wildcard,
    /// A group: approvals let in people, and in private only.
    Group,
    /// Not a code: those are 8 of the letters and digits that are not mistaken for another.
    NoCode,
    /// Its hour is over.
    Expired,
    /// It was given out later than now.
    Ahead,
    /// The sender has another code here.
    OtherCode,
    /// The code is another sender's here.
    CodeTaken,
    /// The sender was turned away here, or an approval was taken back.
    TurnedAway,
    /// There is no room for more.
    Full,
}

impl fmt::Display for WhyNot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoId => "not an id: empty, over 256 bytes, or with characters that no id has",
            Self::Wildcard => {
                "\"*\" lets everybody in: say so in the configuration, with dmPolicy: \"open\" and \
                 allowFrom: [\"*\"]"
            }
            Self::Group => {
                "a group: approvals never open one; write its id into groupAllowFrom of the \
                 configuration"
            }
            Self::NoCode => "not a code: those are 8 of A-Z without I and O, and 2-9",
            Self::Expired => "the code's hour is over: the sender gets a new one by writing",
            Self::Ahead => "the code was given out later than now: look at the clock",
            Self::OtherCode => "the sender has another code here, which stays",
            Self::CodeTaken => "the code is another sender's here",
            Self::TurnedAway => {
                "turned away here, which stays; `zaloxide forget` them first if they are to come in"
            }
            Self::Full => "no room for more: `zaloxide pairing list` shows who takes it",
        })
    }
}
