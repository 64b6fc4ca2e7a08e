//! `channels capabilities`: what Zalo bots can do and what they can't, and what this program makes
//! of it.

use serde::Serialize;

use crate::context::Context;
use crate::exit::Failure;
use crate::table::table;

/// Something that a messenger may have.
#[derive(Serialize)]
struct Capability {
    what: &'static str,
    /// Whether users' reach the bot.
    receive: &'static str,
    /// Whether the bot can.
    send: &'static str,
    note: &'static str,
}

const fn capability(
    what: &'static str,
    receive: &'static str,
    send: &'static str,
    note: &'static str,
) -> Capability {
    Capability { what, receive, send, note }
}

const ALL: [Capability; 17] = [
    capability("text", "yes", "yes", "2,000 characters a message; longer ones are cut"),
    capability("pictures", "yes", "yes", "JPEG, PNG, GIF, WebP, with a caption"),
    capability("voice", "yes", "private", "recordings; Zalo takes none for groups"),
    capability("stickers", "if asked", "yes", "inbound.sticker: deliver; by Zalo's sticker id"),
    capability("private chats", "yes", "yes", "to who wrote first"),
    capability("groups", "if named", "yes", "messages that mention the bot or answer it"),
    capability("is typing", "no", "yes", "while the agent works"),
    capability("markdown, HTML", "no", "yes", "format: markdown | html; else text as it is"),
    capability("links", "no", "as text", "Zalo hands bots no shared links"),
    capability("files, video", "no", "no", "Zalo hands bots none; unsupportedReply answers"),
    capability("contacts, location", "no", "no", "Zalo hands bots none"),
    capability("reactions", "no", "no", ""),
    capability("editing, deleting", "no", "no", "what is sent stays"),
    capability("quoted replies, threads", "no", "no", "an answer goes to the chat"),
    capability("buttons, menus, polls", "no", "no", ""),
    capability("streaming", "no", "no", "an answer is sent when it is complete"),
    capability("history, members", "no", "no", "a bot knows what it was told since it runs"),
];

/// Shows the table.
pub(super) fn show(context: &Context) -> Result<(), Failure> {
    if context.out.is_json() {
        return context.out.json(&serde_json::json!({"capabilities": ALL}));
    }
    let row =
        |each: &Capability| [each.what, each.receive, each.send, each.note].map(ToOwned::to_owned);
    let rows: Vec<_> = ALL.iter().map(row).collect();
    context.out.line(table(["WHAT", "RECEIVED", "SENT", ""], &rows))
}
