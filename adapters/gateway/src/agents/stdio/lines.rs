//! `Lines`: what a program writes, line by line, each of at most so many bytes.

use std::io::{BufRead, BufReader, Read};

use serde::Deserialize;
use serde_json::value::RawValue;
use zaloxide_core::{Reply, TurnId};

/// A line without its end.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Its beginning.
    pub(super) bytes: Vec<u8>,
    /// There was more, which is gone.
    pub(super) cut: bool,
}

/// The lines of a stream, the last one also without an end.
pub(super) struct Lines<R> {
    from: BufReader<R>,
    max: usize,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(from: R, max: usize) -> Self {
        Self { from: BufReader::new(from), max }
    }
}

impl<R: Read> Iterator for Lines<R> {
    type Item = Line;

    fn next(&mut self) -> Option<Line> {
        let mut line = Line { bytes: Vec::new(), cut: false };
        let mut some = false;
        loop {
            // What came before an error is what there is.
            let buffer = self.from.fill_buf().unwrap_or_default();
            if buffer.is_empty() {
                return some.then_some(line);
            }
            some = true;
            let end = buffer.iter().position(|byte| *byte == b'\n');
            let part = &buffer[..end.unwrap_or(buffer.len())];
            let kept = part.len().min(self.max - line.bytes.len());
            line.bytes.extend_from_slice(&part[..kept]);
            line.cut |= kept < part.len();
            let used = end.map_or(buffer.len(), |end| end + 1);
            self.from.consume(used);
            if end.is_some() {
                return Some(line);
            }
        }
    }
}

/// A line of a program's output.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Said<'a> {
    /// The turn that it is about.
    pub(super) turn: TurnId,
    /// Which attempt.
    pub(super) attempt: u32,
    #[serde(borrow, default)]
    reply: Option<&'a RawValue>,
    #[serde(default)]
    error: Option<String>,
}

impl<'a> Said<'a> {
    /// Reads a line, or says what is wrong with it.
    pub(super) fn read(line: &'a [u8]) -> Result<Self, String> {
        serde_json::from_slice(line).map_err(|error| error.to_string())
    }

    /// The answer. Once the turn is known, whatever is wrong with it is a failure of that turn.
    pub(super) fn answer(self) -> Result<Reply, String> {
        match (self.reply, self.error) {
            (Some(reply), None) => {
                Reply::from_json(reply.get().as_bytes()).map_err(|error| error.to_string())
            }
            (None, Some(error)) => Err(error),
            (None, None) => Err("the agent's line has neither `reply` nor `error`".into()),
            (Some(_), Some(_)) => Err("the agent's line has both `reply` and `error`".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_bounded_and_the_next_one_is_whole() {
        let text = "short\n\n0123456789\n01234567\nlast";
        let lines: Vec<(String, bool)> = Lines::new(text.as_bytes(), 8)
            .map(|line| (String::from_utf8(line.bytes).unwrap(), line.cut))
            .collect();
        let expected = [
            ("short", false),
            ("", false),
            ("01234567", true),
            ("01234567", false),
            ("last", false),
        ];
        assert_eq!(lines, expected.map(|(text, cut)| (text.to_owned(), cut)));
        assert_eq!(Lines::new("".as_bytes(), 8).next(), None);
    }

    #[test]
    fn a_line_answers_one_attempt_of_one_turn() {
        let id = "0f8fad5bd9cb469fa16570867728950e";
        let text = |text: &str| Ok(Reply::text(text));
        let table = [
            (r#""reply":{"text":"a"}"#, text("a")),
            (r#""reply":[]"#, Ok(Reply::default())),
            (r#""error":"no key""#, Err("no key")),
            (r#""reply":{"reaction":"x"}"#, Err("Zalo bots can't send `reaction`")),
            (r#""reply":"a""#, Err("not a reply: ")),
            (r#""reply":{"txt":"a"}"#, Err("unknown field `txt`")),
            (r#""reply":null"#, Err("neither `reply` nor `error`")),
            (r#""reply":{},"error":"x""#, Err("both `reply` and `error`")),
        ];
        for (rest, expected) in table {
            let line = format!("{{\"turn\":\"{id}\",\"attempt\":2,{rest}}}");
            let said = Said::read(line.as_bytes()).unwrap();
            assert_eq!((said.turn.to_string().as_str(), said.attempt), (id, 2));
            match (said.answer(), expected) {
                (Err(error), Err(words)) => assert!(error.contains(words), "{line}: {error}"),
                (got, expected) => assert_eq!(got, expected.map_err(str::to_owned), "{line}"),
            }
        }
        for line in ["", "hi", "[]", "{}", r#"{"turn":"x","attempt":1}"#, "{\"turn\":\"\u{fffd}"] {
            assert!(Said::read(line.as_bytes()).is_err(), "{line}");
        }
        let typo = format!("{{\"turn\":\"{id}\",\"attempt\":1,\"replay\":{{}}}}");
        assert!(Said::read(typo.as_bytes()).unwrap_err().contains("`replay`"));
    }
}
