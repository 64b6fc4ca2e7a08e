//! Excerpts: one short line of what a server said, for people.

use alloc::string::String;

use crate::limits::REASON_CHARS_MAX;

/// The first 300 characters of `text` as one line, with `•` for whatever looks like a bot token.
///
/// The core knows no token, but a proxy's error page may show the URL it was asked for. What looks
/// like one: five or more digits, a colon (also as `%3A`), and the run of letters after it.
pub fn excerpt(text: &str) -> String {
    let mut out = String::new();
    let mut count = 0;
    let mut digits = 0;
    let mut rest = text.trim_start();
    while let Some(c) = rest.chars().next() {
        if count >= REASON_CHARS_MAX {
            break;
        }
        if let Some(after) = token_colon(rest).filter(|_| digits >= 5) {
            out.truncate(out.len() - digits);
            count = count - digits + 1;
            out.push('•');
            digits = 0;
            rest = after.trim_start_matches(is_secret);
            continue;
        }
        rest = &rest[c.len_utf8()..];
        digits = if c.is_ascii_digit() { digits + 1 } else { 0 };
        let blank = c.is_whitespace() || c.is_control();
        if blank && (out.is_empty() || out.ends_with(' ')) {
            continue;
        }
        out.push(if blank { ' ' } else { c });
        count += 1;
    }
    let end = out.trim_end().len();
    out.truncate(end);
    out
}

/// What follows the colon of a token, if `text` begins with one.
fn token_colon(text: &str) -> Option<&str> {
    let after = [":", "%3A", "%3a"].iter().find_map(|colon| text.strip_prefix(colon))?;
    after.starts_with(is_secret).then_some(after)
}

fn is_secret(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}

#[cfg(test)]
mod tests {
    use super::excerpt;

    #[test]
    fn one_line_without_tokens() {
        let table = [
            ("", ""),
            (
                "  <html>\r\n<h1>429\tToo Many</h1>\n\n</html>\n",
                "<html> <h1>429 Too Many</h1> </html>",
            ),
            ("Cannot POST /bot12345689:abc-xyz_9/sendMessage", "Cannot POST /bot•/sendMessage"),
            ("/bot12345689%3Aabc-xyz/getMe", "/bot•/getMe"),
            ("took 12:30, at 12345: ok", "took 12:30, at 12345: ok"),
            ("a\u{0}\u{1b}b", "a b"),
        ];
        for (text, expected) in table {
            assert_eq!(excerpt(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_cut_never_uncovers_a_token() {
        for lead in 280..310 {
            let text = alloc::format!("{}123456789012:SECRETSECRET/x", "é".repeat(lead));
            let shown = excerpt(&text);
            assert!(shown.chars().count() <= 300 && !shown.contains('S'), "{lead}: {shown}");
        }
    }
}
