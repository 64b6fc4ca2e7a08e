//! Targets: whom a message is for, as people write it.

use zaloxide_core::{ChatId, SenderId};

/// Strips `zalo:` or `zl:`, then `user:`, `dm:`, `group:` or `chat:`, each once and in any case.
///
/// # Errors
/// Nothing is left.
pub(crate) fn parse(text: &str) -> Result<ChatId, String> {
    let text = strip(text.trim(), &["zalo:", "zl:"]);
    let text = strip(text, &["user:", "dm:", "group:", "chat:"]);
    if text.is_empty() {
        return Err("expected the id of a person or a group".into());
    }
    Ok(ChatId::from(text))
}

/// The same, for a person.
///
/// # Errors
/// Nothing is left.
pub(crate) fn sender(text: &str) -> Result<SenderId, String> {
    Ok(SenderId::from(parse(text)?.as_str()))
}

fn strip<'a>(text: &'a str, prefixes: &[&str]) -> &'a str {
    let rest = prefixes.iter().find_map(|prefix| {
        let (head, rest) = text.split_at_checked(prefix.len())?;
        head.eq_ignore_ascii_case(prefix).then_some(rest)
    });
    rest.unwrap_or(text).trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_stripped_in_order_and_once() {
        let table = [
            ("6ede9afa66b88fe6d6a9", "6ede9afa66b88fe6d6a9"),
            (" zalo:6ede ", "6ede"),
            ("ZL:user:6ede", "6ede"),
            ("zalo: group: zgr-1", "zgr-1"),
            ("chat:dm:6ede", "dm:6ede"),
            ("zalo:zalo:6ede", "zalo:6ede"),
            ("điện", "điện"),
        ];
        for (text, id) in table {
            assert_eq!(parse(text).unwrap().as_str(), id, "{text}");
        }
        for text in ["", "zalo:", "zl:user: "] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
