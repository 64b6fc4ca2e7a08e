//! Every line that a Zalo user is told by the bot itself, in Vietnamese and English.

use alloc::format;
use alloc::string::String;

use crate::config::Language;
use crate::id::SenderId;

fn in_language(language: Language, vi: String, en: String) -> String {
    match language {
        Language::Vi => vi,
        Language::En => en,
        Language::Both => format!("{vi}\n\n{en}"),
    }
}

/// What a stranger is told: the code, and what the bot's owner has to type.
pub(crate) fn code(language: Language, sender: &SenderId, code: &str) -> String {
    let command = format!("zaloxide pairing approve zalo {code}");
    in_language(
        language,
        format!(
            "Chào bạn! Bot này chỉ trò chuyện với người đã được duyệt.\n\
             Mã của bạn (có hiệu lực trong 1 giờ): {code}\n\
             ID Zalo của bạn: {sender}\n\
             Bạn vui lòng nhờ chủ bot chạy lệnh: {command}"
        ),
        format!(
            "Hello! This bot talks only to people who were approved.\n\
             Your code (good for 1 hour): {code}\n\
             Your Zalo id: {sender}\n\
             Please ask the bot's owner to run: {command}"
        ),
    )
}

/// What somebody is told who was let in.
pub(crate) fn approved(language: Language) -> String {
    in_language(
        language,
        String::from("Bạn đã được duyệt. Từ giờ bạn có thể nhắn tin cho bot."),
        String::from("You have been approved. You can write to the bot now."),
    )
}

/// What the owner is told when a stranger asks.
pub(crate) fn stranger(
    language: Language,
    sender: &SenderId,
    name: Option<&str>,
    code: &str,
) -> String {
    let who = match name {
        Some(name) => format!("{} ({sender})", one_line(name)),
        None => format!("{sender}"),
    };
    let command = format!("zaloxide pairing approve zalo {code}");
    in_language(
        language,
        format!("{who} muốn trò chuyện với bot. Để duyệt, hãy chạy: {command}"),
        format!("{who} wants to talk to the bot. To let them in, run: {command}"),
    )
}

/// A name without line ends and without what turns the writing around: it stands in a line of the
/// bot's own, and a stranger chose it.
fn one_line(name: &str) -> String {
    let turns = |c| matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    name.chars().map(|c| if c.is_control() || turns(c) { ' ' } else { c }).collect()
}

/// What stands in an agent's text for a medium that could not be had.
pub(crate) fn unavailable(kind: &str) -> String {
    format!("[zalo {kind} attachment unavailable]")
}
