//! `Step`: everything that can happen in a world, with all that was drawn for it. A world is a
//! function of its [`Setup`](crate::setup::Setup) and its steps; who draws them - a seed, a fuzzer, a
//! test, a file - is all the same to it.
//!
//! A step that finds nothing to do, such as the end of a call that is not open, does nothing. So any
//! step can be left out of a list, and any list of steps is a world.

use serde::{Deserialize, Serialize};

use crate::people::What;

/// One thing that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Time passes, and timers fire when they are due, or all at its end if they are `late`.
    Wait {
        /// So many milliseconds.
        ms: u64,
        /// The program was not woken in time.
        #[serde(default, skip_serializing_if = "is_false")]
        late: bool,
    },
    /// The wall clock steps by so many milliseconds, while no time passes.
    Wall(i64),
    /// Something happens to an account, counted around from 0.
    At(u8, Deed),
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_false(flag: &bool) -> bool {
    !*flag
}

/// What can happen to an account. People, chats and all else are counted around from 0, so that any
/// number names one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// A person writes to the bot. Zalo keeps it for the next poll or webhook.
    Write {
        /// Who.
        person: u8,
        /// In their group, if they have one.
        group: bool,
        /// What.
        what: What,
        /// Draws the words, and which of its many shapes the update has.
        salt: u16,
    },
    /// Zalo hands an old message out once more: so many before the last.
    Again(u8),
    /// From now on each poll that would be empty brings that old message once more.
    Haunt(u8),
    /// No longer.
    Exorcise,
    /// Zalo pushes what waits longest to the webhook, in this shape.
    Push(u8),
    /// An open call is carried out at Zalo; its answer is on its way.
    Arrives(Line),
    /// An open call ends.
    Ends(Line, Ending),
    /// The end of a call from before a crash comes to the new run.
    Stray(Ending),
    /// The disk completes the oldest Commit.
    Disk(Written),
    /// The oldest download ends.
    Fetched(Luck),
    /// The oldest medium to be sent is prepared, or refused.
    Prepared(Luck),
    /// The agent says something.
    Agent {
        /// About the last turn it was given in this chat.
        chat: u8,
        /// About which attempt.
        about: About,
        /// What.
        says: Says,
    },
    /// The owner decides about a person.
    Decide {
        /// About whom.
        person: u8,
        /// By what.
        by: By,
        /// What.
        ruling: Ruling,
    },
    /// An operator asks for something.
    Errand(Errand),
    /// Somebody has a message sent to a chat.
    Send {
        /// Where.
        chat: u8,
        /// Draws what.
        salt: u16,
    },
    /// The configuration changes; the number draws how.
    Change(u16),
    /// The token is refused from now on, or works again.
    Token(Luck),
    /// Somebody sets a webhook of their own, or removes it.
    Foreign(bool),
    /// A snapshot is written; the next start makes use of it.
    Compact,
    /// The journal is restored beside what lives, and both must be the same.
    Compare,
    /// The program dies once it has done so many more actions, and begins anew a while after.
    Dies {
        /// 0: none of those that come of the next event.
        actions: u16,
        /// Draws how much survives of what was being written.
        keeps: u16,
        /// For how long it is dead, in ms.
        down_ms: u32,
    },
    /// The program is asked to stop, and begins anew a while after.
    Stop {
        /// For how long it does not run, in ms.
        down_ms: u32,
    },
}

/// An open call. Of each kind the oldest is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// The long poll.
    Poll,
    /// A call for the channel itself, or for an operator.
    Call,
    /// That the bot is typing.
    Typing,
    /// A message to a chat.
    Chat(u8),
}

/// How a call ends. What contradicts the call's state - the token is refused, what arrived never
/// left - is taken for the nearest that does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// It is done and answered, in this shape.
    Well(u8),
    /// It surely never left.
    NotSent,
    /// It was lost on its way.
    LostBefore,
    /// It is done, and its answer lost.
    LostAfter,
    /// It is done, and half of its answer came.
    Truncated,
    /// The edge's rate limit, as HTML.
    Html429,
    /// A rate limit that says when to come back: 0 in a header, else in so many seconds.
    Later429(u8),
    /// The month's quota is used up, until an operator says otherwise.
    Quota,
    /// Zalo does not like it.
    Refused400,
    /// What the documentation calls an internal error.
    Internal403,
    /// No such method.
    Missing404,
    /// A time-out that Zalo tells, of a call that may be done.
    Timeout408(Done),
    /// Not before tomorrow.
    TooOften426,
    /// An outage, as JSON.
    Json500(Done),
    /// A bad gateway, as HTML.
    Html502(Done),
    /// A gateway's time-out, as HTML.
    Html504(Done),
}

/// Whether a call was carried out all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Done {
    /// It was.
    Yes,
    /// It was not.
    No,
}

/// Well or badly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Luck {
    /// Well.
    Well,
    /// Badly.
    Ill,
}

/// How a Commit ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Written {
    /// It is durable.
    Whole,
    /// It failed, and some of it is there all the same; the number draws how much.
    Part(u16),
}

/// About which attempt the agent speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// The one it was given last: awaited, late, said before, or from before a crash.
    This,
    /// The one before.
    Last,
    /// One that never was.
    Next,
    /// One of a turn that never was.
    Nothing,
}

/// What the agent says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Says {
    /// An answer; the number draws which.
    Reply(u16),
    /// That it failed.
    Failure,
}

/// By what the owner names somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// By the code that was last shown for them, alive or not.
    Code,
    /// The same, as badly typed as is allowed.
    SloppyCode,
    /// By the code that another account has shown for them.
    CodeOf(u8),
    /// By the sender's id.
    Id,
}

/// What the owner decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ruling {
    /// They are let in.
    Approve,
    /// They are let in and told so.
    ApproveAndTell,
    /// They are turned away for a day.
    Reject,
    /// They are turned away for good.
    Block,
    /// They are put out.
    Revoke,
}

/// What an operator asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Errand {
    /// A turn, dead letter or send is tried again.
    Retry(u8),
    /// One is dropped.
    Drop(u8),
    /// Sends go on although the quota was used up.
    ResumeSends,
    /// A person is forgotten.
    Forget(u8),
    /// A person takes a chat over.
    Pause(u8),
    /// The agent has it again.
    Resume(u8),
    /// Who the bot is.
    AskMe,
    /// Which webhook is set.
    AskWebhook,
    /// Set the webhook of the configuration.
    SetWebhook,
    /// Remove it.
    DeleteWebhook,
    /// Have Zalo call it.
    TestWebhook,
    /// Everything that is paused goes on.
    Mend,
}
