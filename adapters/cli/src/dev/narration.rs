//! What the core decided, and why, in words.

use serde_json::Value;
use zaloxide::escape::shown;
use zaloxide_core::{Action, Cause, DropReason};

/// Tells an action to people; `None` for what happens all the time.
pub(crate) fn tell(action: &Action) -> Option<String> {
    Some(match action {
        Action::SendChunk { cause, index, of, .. } => {
            let part = match of {
                1 => String::new(),
                _ => format!(", part {} of {of}", u64::from(*index) + 1),
            };
            match cause {
                Cause::Turn { .. } => format!("sends the agent's answer{part}"),
                Cause::Send { .. } => format!("sends the operator's message{part}"),
                Cause::Code { .. } => format!("sends the stranger their code{part}"),
                _ => format!("sends a notice{part}"),
            }
        }
        Action::Deliver { attempt: 1, .. } => "hands the message to the agent".into(),
        Action::Deliver { attempt, .. } => format!("hands it to the agent, attempt {attempt}"),
        Action::Abandon { attempt, .. } => format!("gives up attempt {attempt} of the agent"),
        Action::IssueCode { sender, name, code, .. } => {
            let name = name.as_deref().unwrap_or(sender.as_str());
            format!("draws the code {code} for {}: Enter lets them in", shown(name))
        }
        Action::Drop { reason, .. } => format!("drops it ({}): {}", word(*reason), why(*reason)),
        Action::Note(note) => note.text.clone(),
        _ => return None,
    })
}

/// The reason as it stands in JSON.
fn word(reason: DropReason) -> String {
    match serde_json::to_value(reason) {
        Ok(Value::String(word)) => word,
        _ => String::new(),
    }
}

fn why(reason: DropReason) -> &'static str {
    match reason {
        DropReason::Malformed => "it is not JSON, or no update",
        DropReason::Empty => "the poll's answer was empty",
        DropReason::Test => "Zalo tries the webhook",
        DropReason::NoSender => "nobody sent it",
        DropReason::NoChat => "it belongs to no chat",
        DropReason::IdTooLong => "an id has over 256 bytes",
        DropReason::Own => "the bot wrote it",
        DropReason::Bot => "a bot wrote it",
        DropReason::Blank => "there is neither text nor a medium in it",
        DropReason::Duplicate => "it came before",
        DropReason::Disabled => "`dmPolicy` or `groupPolicy` is `disabled`",
        DropReason::NotAllowed => "neither the sender nor the group is on the list",
        DropReason::Pairing => "a stranger, who is given a code",
        DropReason::PairingPending => "a stranger, who has a code and was told it",
        DropReason::PairingSilenced => "a stranger who was turned away",
        DropReason::PairingLimited => "a stranger, and no code is left for today",
        DropReason::Sticker => "stickers are logged, unless `inbound.sticker` is `deliver`",
        DropReason::Voice => "`inbound.voice` is `log`",
        DropReason::Unsupported => "Zalo does not show this kind to bots",
        DropReason::UnknownKind => "a kind that is unknown here",
        DropReason::ChatPaused => "a person has this chat",
        DropReason::LaneFull => "100 messages wait in this chat",
        DropReason::AccountFull => "10,000 messages wait",
        DropReason::Revoked => "the sender was shut out while it waited",
        _ => "see the documentation of DropReason",
    }
}
