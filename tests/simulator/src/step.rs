//! `Step`: everything that can happen in a world. The agenda holds steps; a world takes one after
//! the other.

use zaloxide_core::{CallId, Cause, Outcome, Reply, SenderId, TurnId, Verdict};

use crate::zalo::Done;

/// One thing that happens. `life` is the run of the program it belongs to: what was begun before a
/// crash comes to nobody, or as a stray to the next run.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// A person writes, and will again.
    Write {
        /// Which.
        person: usize,
    },
    /// Zalo hands on what waits, by webhook or through the open poll.
    HandOn,
    /// A webhook delivery.
    Hook {
        /// Which message.
        written: usize,
    },
    /// The open poll ends.
    Poll {
        /// Which: a poll that has ended meanwhile can't end again.
        call: CallId,
    },
    /// A call ends.
    Call {
        /// Of which run.
        life: u32,
        /// Which.
        call: CallId,
        /// What was done.
        done: Done,
        /// What the program hears.
        outcome: Outcome<'static>,
    },
    /// The disk completes the oldest Commit.
    Disk {
        /// Of which run.
        life: u32,
    },
    /// The agent says something.
    Agent {
        /// Of which run.
        life: u32,
        /// About which turn.
        turn: TurnId,
        /// About which attempt.
        attempt: u32,
        /// An answer, or that it failed.
        answer: Option<Reply>,
    },
    /// A download ends.
    Fetched {
        /// Of which run.
        life: u32,
        /// The turn.
        turn: TurnId,
        /// The medium.
        index: u32,
    },
    /// A medium is prepared, or refused.
    Prepared {
        /// Of which run.
        life: u32,
        /// The turn or send.
        cause: Cause,
        /// The medium.
        index: u32,
        /// Where it is.
        source: String,
    },
    /// The owner decides about a code.
    Decide {
        /// As the owner types it.
        code: String,
        /// What.
        verdict: Verdict,
    },
    /// The owner decides about a sender.
    Judge {
        /// Who.
        sender: SenderId,
        /// What.
        verdict: Verdict,
    },
    /// An operator does something, and will again.
    Operate,
    /// Somebody has a message sent, and will again.
    Send,
    /// The configuration changes, and will again.
    Reconfigure,
    /// The token is refused for a while.
    Spell,
    /// The token works again.
    SpellEnds,
    /// Somebody else's webhook is gone.
    ForeignEnds,
    /// The program is asked to stop.
    Stop,
    /// The program starts again.
    Start,
    /// From now on nothing goes wrong.
    Heal,
    /// While healing: whatever a person had paused is resumed.
    Mend,
}
