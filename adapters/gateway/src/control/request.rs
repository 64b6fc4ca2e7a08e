//! `Request`: what can be asked of a running engine.

use serde::{Deserialize, Serialize};
use zaloxide_core::{Body, ChatId, Import, Reply, SenderId, TurnId};

/// One question or wish. `account` may be left out when there is one account, or when what is
/// asked about tells which.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Request {
    /// How the accounts are.
    Status {
        /// This one only.
        #[serde(default)]
        account: Option<String>,
    },
    /// How the accounts are, and what Zalo says of each.
    Probe {
        /// This one only.
        #[serde(default)]
        account: Option<String>,
    },
    /// Which webhook Zalo has, and which one is configured.
    WebhookInfo {
        /// The account.
        #[serde(default)]
        account: Option<String>,
    },
    /// Sets the webhook that is configured.
    WebhookSet {
        /// The account.
        #[serde(default)]
        account: Option<String>,
    },
    /// Removes the webhook, whoever set it.
    WebhookDelete {
        /// The account.
        #[serde(default)]
        account: Option<String>,
    },
    /// Has Zalo call the webhook once.
    WebhookTest {
        /// The account.
        #[serde(default)]
        account: Option<String>,
    },
    /// Reads the configuration again and does what it says now.
    Reload {},
    /// Who waits to be let in.
    PairingList {
        /// This account only.
        #[serde(default)]
        account: Option<String>,
    },
    /// Lets a stranger in.
    PairingApprove {
        /// Else the account in which the code is pending.
        #[serde(default)]
        account: Option<String>,
        /// The code: any case.
        code: String,
        /// Tell the person so.
        #[serde(default)]
        notify: bool,
    },
    /// What would become of what a sender writes in private.
    Admission {
        /// This account only.
        #[serde(default)]
        account: Option<String>,
        /// The sender.
        sender: SenderId,
    },
    /// Turns a stranger away.
    PairingReject {
        /// Else the account that knows them.
        #[serde(default)]
        account: Option<String>,
        /// The code or the sender.
        who: Who,
        /// For good, not for 24 hours.
        #[serde(default)]
        block: bool,
    },
    /// Takes an approval back.
    PairingRevoke {
        /// Else the account that knows them.
        #[serde(default)]
        account: Option<String>,
        /// The sender.
        sender: SenderId,
    },
    /// What was decided, by whom, when.
    PairingHistory {
        /// This account only.
        #[serde(default)]
        account: Option<String>,
    },
    /// Sends a message.
    Send {
        /// The account.
        #[serde(default)]
        account: Option<String>,
        /// To whom.
        chat: ChatId,
        /// What.
        content: Reply,
        /// How long to wait for its end, in ms; after that it stays queued.
        wait_ms: u64,
    },
    /// Turns that are open, and dead letters.
    TurnsList {
        /// This account only.
        #[serde(default)]
        account: Option<String>,
    },
    /// Everything about one turn, reply or send.
    TurnsShow {
        /// Else the account that knows it.
        #[serde(default)]
        account: Option<String>,
        /// The turn, or a send's id.
        turn: TurnId,
    },
    /// Tries a turn again.
    TurnsRetry {
        /// Else the account that knows it.
        #[serde(default)]
        account: Option<String>,
        /// The turn, or a dead send's id.
        turn: TurnId,
    },
    /// Gives a turn up.
    TurnsDrop {
        /// Else the account that knows it.
        #[serde(default)]
        account: Option<String>,
        /// The turn, or a dead send's id.
        turn: TurnId,
    },
    /// How much of the monthly quota is used.
    Quota {
        /// This account only.
        #[serde(default)]
        account: Option<String>,
    },
    /// Ends a quota pause.
    QuotaResume {
        /// The account.
        #[serde(default)]
        account: Option<String>,
    },
    /// Chats that people have taken over.
    ChatsList {
        /// This account only.
        #[serde(default)]
        account: Option<String>,
    },
    /// A person takes a chat over.
    ChatsPause {
        /// The account.
        #[serde(default)]
        account: Option<String>,
        /// The chat.
        chat: ChatId,
    },
    /// The agent answers a chat again.
    ChatsResume {
        /// The account.
        #[serde(default)]
        account: Option<String>,
        /// The chat.
        chat: ChatId,
    },
    /// Erases what is known of a sender.
    Forget {
        /// Else every account.
        #[serde(default)]
        account: Option<String>,
        /// The sender.
        sender: SenderId,
    },
    /// Takes in what another program's channel knew of people, or says what would be.
    Import {
        /// The account as it is named there: case does not matter.
        account: String,
        /// What it knew.
        entries: Import,
    },
    /// Takes a webhook's body in. Whoever asks has seen that its secret is right.
    Update {
        /// The account.
        account: String,
        /// The body, at most 1 MiB.
        body: Body<'static>,
    },
    /// Ends the engine; a second time at once.
    Stop {},
}

/// Whom a rejection is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Who {
    /// Who has this code.
    Code(String),
    /// This sender.
    Sender(SenderId),
    /// Either, as a person wrote it: it is tried as a code, then as a sender.
    Either(String),
}
