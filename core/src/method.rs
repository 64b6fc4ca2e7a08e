//! `Method`: the eleven methods of the Bot API, and how long each may take.

use serde::{Deserialize, Serialize};

/// A method of the Bot API. Written as Zalo writes it: `sendMessage`. Case matters there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Method {
    /// Who the bot is.
    GetMe,
    /// The long poll.
    GetUpdates,
    /// Have updates pushed to a URL.
    SetWebhook,
    /// Stop pushing.
    DeleteWebhook,
    /// Which URL is set.
    GetWebhookInfo,
    /// Have the URL called once. Gone from the newest documentation: 404 is normal.
    TestWebhook,
    /// A text of 1 to 2,000 characters.
    SendMessage,
    /// A picture by URL.
    SendPhoto,
    /// A sticker by id.
    SendSticker,
    /// A voice recording by URL; private chats only.
    SendVoice,
    /// "is typing".
    SendChatAction,
}

impl Method {
    /// Every method.
    pub const ALL: [Self; 11] = [
        Self::GetMe,
        Self::GetUpdates,
        Self::SetWebhook,
        Self::DeleteWebhook,
        Self::GetWebhookInfo,
        Self::TestWebhook,
        Self::SendMessage,
        Self::SendPhoto,
        Self::SendSticker,
        Self::SendVoice,
        Self::SendChatAction,
    ];

    /// The name as it stands in the URL.
    pub const fn name(self) -> &'static str {
        match self {
            Self::GetMe => "getMe",
            Self::GetUpdates => "getUpdates",
            Self::SetWebhook => "setWebhook",
            Self::DeleteWebhook => "deleteWebhook",
            Self::GetWebhookInfo => "getWebhookInfo",
            Self::TestWebhook => "testWebhook",
            Self::SendMessage => "sendMessage",
            Self::SendPhoto => "sendPhoto",
            Self::SendSticker => "sendSticker",
            Self::SendVoice => "sendVoice",
            Self::SendChatAction => "sendChatAction",
        }
    }

    /// How long the caller waits for the whole answer. `getUpdates` adds 10 s to the poll it asks
    /// for (`poll_sec`); `sendPhoto` waits while Zalo's servers fetch the picture.
    pub const fn timeout_ms(self, poll_sec: u64) -> u64 {
        match self {
            Self::GetUpdates => (poll_sec + 10) * 1_000,
            Self::SendPhoto => 150_000,
            Self::SendChatAction => 5_000,
            _ => 30_000,
        }
    }
}
