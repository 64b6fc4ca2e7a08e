//! Bounds: every queue and every input has one. Design, section "Bounds".

/// Turns that wait in one chat. A message that joins a turn takes as much room as a turn.
pub const LANE_TURNS_MAX: usize = 100;
/// Turns open in one account; a message that joins one counts too.
pub const ACCOUNT_TURNS_MAX: usize = 10_000;
/// Messages that may be one turn.
pub const TURN_MESSAGES_MAX: usize = 20;
/// The most that `turn.debounceMs` can be.
pub const DEBOUNCE_MS_MAX: u64 = 60_000;
/// How long a turn waits for more at most, in ms from its first message.
pub const JOIN_WAIT_MAX_MS: u64 = 120_000;
/// Updates one poll may bring: room for them is needed before it is asked.
pub const POLL_UPDATES_MAX: usize = 100;
/// Poll answers that may be taken in before the first of them is durable.
pub const POLLS_UNCOMMITTED_MAX: usize = 8;
/// How long the next poll waits for the last one's commit, in ms.
pub const POLL_COMMIT_WAIT_MS: u64 = 100;
/// Chunks of one reply.
pub const REPLY_CHUNKS_MAX: usize = 100;
/// Chats whose turns the agent works on at one time: there is room for what each may answer.
pub const TURNS_PARALLEL_MAX: u32 = 100;
/// Bytes of one reply, all its texts together.
pub const REPLY_BYTES_MAX: usize = 1 << 20;
/// Messages in one reply.
pub const REPLY_MESSAGES_MAX: usize = 100;
/// Chunks that wait in one account.
pub const ACCOUNT_CHUNKS_MAX: usize = 10_000;
/// Keys by which duplicates are known.
pub const SEEN_KEYS_MAX: usize = 20_000;
/// How long a key is kept, in ms.
pub const SEEN_KEYS_AGE_MS: u64 = 30 * crate::time::DAY_MS;
/// Fewer records than these are not worth a snapshot: see
/// [`View::compact_after`](crate::View::compact_after).
pub const COMPACT_AFTER_RECORDS_MIN: usize = 7;
/// A snapshot of fewer entries is no larger than a few records.
pub const SMALL_SNAPSHOT_ENTRIES: usize = 64;
/// After so many at the latest: a restart reads no more than about these.
pub const COMPACT_AFTER_RECORDS_MAX: usize = 16_384;
/// Dead letters.
pub const DEAD_LETTERS_MAX: usize = 1_000;
/// How long a dead letter is kept, in ms.
pub const DEAD_LETTERS_AGE_MS: u64 = 30 * crate::time::DAY_MS;
/// Bytes of a call's body, and of a webhook's.
pub const BODY_BYTES_MAX: usize = 1 << 20;
/// Bytes of a poll's answer. What it brings is consumed by being asked for, so it may be large.
pub const POLL_BODY_BYTES_MAX: usize = 16 << 20;
/// Bytes of an id.
pub const ID_BYTES_MAX: usize = 256;
/// Bytes of an inbound text; the rest is cut off.
pub const TEXT_BYTES_MAX: usize = 64 << 10;
/// Bytes of a raw message that is passed on; larger ones are not.
pub const RAW_BYTES_MAX: usize = 64 << 10;
/// Bytes of a URL from outside.
pub const URL_BYTES_MAX: usize = 4 << 10;
/// Bytes of downloads kept for turns that wait, in one account.
pub const DOWNLOAD_BYTES_MAX: u64 = 200 << 20;
/// Characters of a name.
pub const NAME_CHARS_MAX: usize = 64;
/// Characters of a reason that is kept or shown.
pub const REASON_CHARS_MAX: usize = 300;
/// Notices that wait in one account.
pub const NOTICES_MAX: usize = 100;
/// Entries of the pairing history.
pub const HISTORY_MAX: usize = 1_000;
/// Senders that are approved.
pub const APPROVED_MAX: usize = 1_000_000;
/// Entries of one import.
pub const IMPORT_ENTRIES_MAX: usize = 10_000;
/// Senders that are rejected or blocked.
pub const SILENCED_MAX: usize = 10_000;
/// Messages listed while a person has the chat.
pub const PAUSED_LISTED_MAX: usize = 100;
/// Chats that people have taken over.
pub const PAUSED_CHATS_MAX: usize = 1_000;
/// Tickets that wait.
pub const TICKETS_MAX: usize = 20_000;

const _: () = {
    assert!(LANE_TURNS_MAX <= ACCOUNT_TURNS_MAX);
    assert!(TURN_MESSAGES_MAX <= LANE_TURNS_MAX);
    assert!(DEBOUNCE_MS_MAX <= JOIN_WAIT_MAX_MS);
    assert!(POLL_UPDATES_MAX < ACCOUNT_TURNS_MAX, "a full poll must find room");
    assert!(
        TURNS_PARALLEL_MAX as usize * REPLY_CHUNKS_MAX <= ACCOUNT_CHUNKS_MAX,
        "the replies of all that run must find room"
    );
    assert!(TEXT_BYTES_MAX <= BODY_BYTES_MAX);
    assert!(RAW_BYTES_MAX <= BODY_BYTES_MAX);
    assert!(ACCOUNT_TURNS_MAX <= SEEN_KEYS_MAX, "an open message must be known as a duplicate");
};
