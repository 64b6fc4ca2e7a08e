//! Why a text is no JSON5, for people: what is wrong, where it begins, and what to do.
//!
//! The `json5` crate says that it is wrong. Where it reached the end without a closing quote or
//! bracket, what is of use is the place where that was opened: it is looked for here.

use std::ops::Range;

use json5::{Error, ErrorCode};

use super::node::Invalid;

/// What an error of the parser means, and where.
pub(super) fn explain(text: &str, error: &Error) -> Invalid {
    let end = text.len();
    let at = error.position().map_or(end, |at| offset_of(text, at.line, at.column));
    let scan = Scan::until(text, if is_end(error.code()) { end } else { at });
    if text.trim().is_empty() {
        let help = "`zaloxide config init` writes a first one";
        return invalid(0..1, "the file is empty", Some(help));
    }
    if let Some(start) = scan.comment {
        return invalid(start..start + 2, "this comment is never closed", Some("close it with */"));
    }
    let in_text = is_end(error.code()) || error.code() == Some(ErrorCode::LineTerminatorInString);
    if let (Some(start), true) = (scan.quote, in_text) {
        let quote = if text[start..].starts_with('"') { "\"" } else { "'" };
        let help = format!("close it with {quote} on the same line");
        return invalid(start..start + 1, "the text that begins here is never closed", Some(&help));
    }
    if is_end(error.code()) {
        let Some((start, open)) = scan.open.last().copied() else {
            return invalid(end..end, "the file ends too early", None);
        };
        let (open, close) = (open, if open == '{' { '}' } else { ']' });
        let help = format!("close it with {close}");
        return invalid(
            start..start + 1,
            &format!("the {open} that begins here is never closed"),
            Some(&help),
        );
    }
    at_token(text, at, error.code(), scan.open.last().map(|(_, open)| *open))
}

fn invalid(at: Range<usize>, message: &str, help: Option<&str>) -> Invalid {
    Invalid { at, message: message.to_owned(), help: help.map(ToOwned::to_owned) }
}

/// Whether the parser came to the end and wanted more.
fn is_end(code: Option<ErrorCode>) -> bool {
    use ErrorCode::{
        EofParsingArray, EofParsingBool, EofParsingComment, EofParsingEscapeSequence,
        EofParsingIdentifier, EofParsingNull, EofParsingNumber, EofParsingObject, EofParsingString,
        EofParsingValue,
    };
    matches!(
        code,
        Some(
            EofParsingArray
                | EofParsingBool
                | EofParsingComment
                | EofParsingEscapeSequence
                | EofParsingIdentifier
                | EofParsingNull
                | EofParsingNumber
                | EofParsingObject
                | EofParsingString
                | EofParsingValue
        )
    )
}

/// What is wrong with what stands at a place, within this bracket.
fn at_token(text: &str, at: usize, code: Option<ErrorCode>, open: Option<char>) -> Invalid {
    let first = text[at..].chars().next();
    let span = at..at + first.map_or(1, char::len_utf8);
    if first.is_some_and(|c| "“”„‟‘’‚`«»".contains(c)) {
        let help = "write \" instead: a word processor or a chat has changed it";
        return invalid(span, "this quote is none that a configuration knows", Some(help));
    }
    let word = text[..at].trim_end_matches(|c: char| c.is_alphanumeric()).len();
    if code == Some(ErrorCode::ExpectedComma)
        && word < at
        && first.is_some_and(char::is_alphanumeric)
    {
        return invalid(word..at + 1, "this is no number", Some("put an id into quotes"));
    }
    let (message, help) = match (code, first) {
        (_, Some('#')) => ("# begins no comment", Some("comments are // .. and /* .. */")),
        (Some(ErrorCode::ExpectedColon), Some('=')) => {
            ("this is no colon", Some("write : instead"))
        }
        (Some(ErrorCode::ExpectedColon), _) => (
            "a colon is missing before this",
            Some("a key and its value are written key: \"value\""),
        ),
        (_, Some(']')) if open == Some('{') => ("this ] closes a {", Some("write }, or remove it")),
        (_, Some('}')) if open == Some('[') => ("this } closes a [", Some("write ], or remove it")),
        (Some(ErrorCode::ExpectedIdentifier | ErrorCode::InvalidKey), Some(',')) => {
            ("this comma is one too many", Some("remove it"))
        }
        (Some(ErrorCode::ExpectedIdentifier | ErrorCode::InvalidKey), _) => (
            "this begins no key",
            Some("a key of other than letters, digits, _ and $ needs quotes"),
        ),
        (Some(ErrorCode::ExpectedComma), _) => ("a comma is missing before this", None),
        (Some(ErrorCode::LeadingZero), _) => {
            ("a number does not begin with 0", Some("put an id into quotes"))
        }
        (Some(ErrorCode::OverflowParsingNumber), _) => {
            ("this number is too large", Some("put an id into quotes"))
        }
        (Some(ErrorCode::InvalidEscapeSequence), _) => {
            ("this \\ begins nothing that is known", Some("a backslash itself is written \\\\"))
        }
        (Some(ErrorCode::ExpectedComment), _) => {
            ("this / begins no comment", Some("comments are // .. and /* .. */"))
        }
        (Some(ErrorCode::TrailingCharacters), _) => {
            ("the configuration has ended before this", Some("is there one } too many above?"))
        }
        (_, Some(',' | ']' | '}' | ':')) => {
            ("a value is missing before this", Some("write one, or remove the key"))
        }
        _ => (
            "this text has no quotes",
            Some("put quotes around it: only true, false, null and numbers have none"),
        ),
    };
    invalid(span, message, help)
}

/// The byte at a line and column of the parser, both from 0.
fn offset_of(text: &str, line: usize, column: usize) -> usize {
    let (mut lines, mut columns) = (0, 0);
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if (lines, columns) == (line, column) {
            return at;
        }
        if matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}') {
            if c == '\r' && chars.peek().is_some_and(|(_, next)| *next == '\n') {
                chars.next();
            }
            (lines, columns) = (lines + 1, 0);
        } else {
            columns += 1;
        }
    }
    text.len()
}

/// What is open at a place.
#[derive(Default)]
struct Scan {
    /// Brackets, the innermost last.
    open: Vec<(usize, char)>,
    quote: Option<usize>,
    comment: Option<usize>,
}

impl Scan {
    fn until(text: &str, end: usize) -> Self {
        let mut scan = Self::default();
        let mut rest = text[..end].char_indices().peekable();
        while let Some((at, c)) = rest.next() {
            let next = rest.peek().map(|(_, next)| *next);
            if let Some(quote) = scan.quote {
                if c == '\\' {
                    rest.next();
                } else if text[quote..].starts_with(c) {
                    scan.quote = None;
                }
                continue;
            }
            match c {
                '"' | '\'' => scan.quote = Some(at),
                '{' | '[' => scan.open.push((at, c)),
                '}' | ']' => drop(scan.open.pop()),
                '/' if next == Some('/') => {
                    while rest.next_if(|(_, c)| !matches!(c, '\n' | '\r')).is_some() {}
                }
                '/' if next == Some('*') => {
                    let Some(length) = text[at + 2..end].find("*/") else {
                        scan.comment = Some(at);
                        break;
                    };
                    while rest.next_if(|(then, _)| *then < at + 2 + length + 2).is_some() {}
                }
                _ => {}
            }
        }
        scan
    }
}
