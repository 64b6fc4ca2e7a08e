//! `Problem`: what is wrong with a configuration, shown at the line where it stands.
//!
//! A shown line holds only what is known to be harmless: keys, and values of keys that hold no
//! secret. Everything else, also in a line that does not parse, becomes `•`.

use std::fmt;
use std::ops::Range;

use crate::escape::shown;

/// How much of a long line is shown on either side of the place, in characters.
const SHOWN_MAX: usize = 60;

/// What is wrong, where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Whether the configuration can be used all the same.
    pub is_warning: bool,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// Where; nowhere when the file itself can't be read.
    pub place: Option<Place>,
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// The line, without secrets, cut to what surrounds the place.
    pub shown: String,
    /// Where in `shown` it is, in characters.
    pub marked: Range<usize>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = if self.is_warning { "warning" } else { "error" };
        write!(f, "{severity}: {}", self.message)?;
        let number = self.place.as_ref().map_or(1, |place| place.line).to_string();
        let gap = " ".repeat(number.len());
        if let Some(place) = &self.place {
            let blank = " ".repeat(place.marked.start);
            let carets = "^".repeat(place.marked.len().max(1));
            write!(f, "\n{gap}--> {}:{}:{}", shown(&place.file), place.line, place.column)?;
            write!(f, "\n{gap} |\n{number} | {}\n{gap} | {blank}{carets}", place.shown)?;
        }
        match &self.help {
            Some(help) => write!(f, "\n{gap} = {help}"),
            None => Ok(()),
        }
    }
}

/// A file's text, and which parts of it may be shown.
pub(crate) struct Sheet<'a> {
    file: &'a str,
    text: &'a str,
    harmless: Vec<Range<usize>>,
    secrets: Vec<Range<usize>>,
}

impl<'a> Sheet<'a> {
    pub(crate) fn new(file: &'a str, text: &'a str) -> Self {
        Self { file, text, harmless: Vec::new(), secrets: Vec::new() }
    }

    /// This part may be shown.
    pub(crate) fn allow(&mut self, span: Range<usize>) {
        self.harmless.push(span);
    }

    /// Nothing of this part may be shown, not even its punctuation.
    pub(crate) fn hide(&mut self, span: Range<usize>) {
        self.secrets.push(span);
    }

    /// Nothing of what may be secret in a URL: all between `//` and the last `@`, and a query.
    pub(crate) fn hide_in_url(&mut self, span: &Range<usize>) {
        let Some(text) = self.text.get(span.clone()) else { return };
        let Some(start) = text.find("://").map(|at| at + 3) else { return };
        if let Some(end) = text.rfind('@').filter(|end| *end > start) {
            self.secrets.push(span.start + start..span.start + end);
        }
        if let Some(query) = text.find('?') {
            self.secrets.push(span.start + query + 1..span.end.saturating_sub(1));
        }
    }

    /// These words may be shown wherever they stand: for a text that does not parse.
    pub(crate) fn allow_words(&mut self, words: &[&str]) {
        let is_part = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
        let mut rest = 0;
        for word in self.text.split(|c| !is_part(c)) {
            let start = rest;
            rest += word.len();
            rest += self.text[rest..].chars().next().map_or(0, char::len_utf8);
            if words.contains(&word) {
                self.harmless.push(start..start + word.len());
            }
        }
    }

    /// The line and the column of a span, from 1.
    pub(crate) fn line_and_column(&self, span: &Range<usize>) -> (usize, usize) {
        let start = floor(self.text, span.start);
        let line_start = self.text[..start].rfind('\n').map_or(0, |at| at + 1);
        (self.line(span), self.text[line_start..start].chars().count() + 1)
    }

    /// The line of a span, from 1.
    pub(crate) fn line(&self, span: &Range<usize>) -> usize {
        self.text[..floor(self.text, span.start)].matches('\n').count() + 1
    }

    /// The place of a span, which may go over several lines: then its first one.
    pub(crate) fn place(&self, span: &Range<usize>) -> Place {
        let start = floor(self.text, span.start);
        let line_start = self.text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = self.text[start..].find('\n').map_or(self.text.len(), |at| start + at);
        let end = floor(self.text, span.end).clamp(start, line_end);

        let mut shown = Vec::new();
        let mut marked = None::<Range<usize>>;
        for (at, c) in self.text[line_start..line_end].char_indices() {
            let at = line_start + at;
            let within = |spans: &[Range<usize>]| spans.iter().any(|span| span.contains(&at));
            let harmless = (is_structure(c) || within(&self.harmless)) && !within(&self.secrets);
            let c = match c {
                _ if c.is_control() || is_invisible(c) => ' ',
                c if harmless => c,
                _ => '•',
            };
            // A secret is one dot, whatever its length.
            if c != '•' || shown.last() != Some(&'•') {
                shown.push(c);
            }
            if (start..end).contains(&at) {
                let last = shown.len();
                marked = Some(marked.map_or(last - 1..last, |span| span.start..last));
            }
        }
        let marked = marked.unwrap_or(shown.len()..shown.len());
        let from = marked.start.saturating_sub(SHOWN_MAX);
        let to = shown.len().min(marked.start + SHOWN_MAX);
        let mut cut: Vec<char> = shown[from..to].to_vec();
        if let (true, Some(first)) = (from > 0, cut.first_mut()) {
            *first = '…';
        }
        if let (true, Some(last)) = (to < shown.len(), cut.last_mut()) {
            *last = '…';
        }
        Place {
            file: self.file.to_owned(),
            line: self.line(span),
            column: self.text[line_start..start].chars().count() + 1,
            shown: cut.into_iter().collect(),
            marked: marked.start - from..marked.end.min(to) - from,
        }
    }
}

/// The character boundary at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    let at = at.min(text.len());
    (0..=at).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

fn is_structure(c: char) -> bool {
    c == ' ' || "{}[],:\"'".contains(c)
}

fn is_invisible(c: char) -> bool {
    crate::escape::is_hidden(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_harmless_is_shown() {
        let text = "{\n  botToken: \"12:se:cret\", // 12:se\n}";
        let mut sheet = Sheet::new("f", text);
        sheet.allow(4..12);
        sheet.hide(15..25);
        let place = sheet.place(&(14..26));
        assert_eq!((place.line, place.column), (2, 13));
        assert_eq!(place.shown, "  botToken: \"•\", • •:•");
        assert_eq!(place.marked, 12..15);
    }

    #[test]
    fn a_line_that_does_not_parse_shows_known_words_only() {
        let text = "{ botToken: \"123:abc-xyz }";
        let mut sheet = Sheet::new("f", text);
        sheet.allow_words(&["botToken", "abc"]);
        assert_eq!(sheet.place(&(12..13)).shown, "{ botToken: \"•:• }");
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let text = format!("{}x{}", "[".repeat(500), "]".repeat(500));
        let place = Sheet::new("f", &text).place(&(500..501));
        assert_eq!((place.line, place.column), (1, 501));
        assert_eq!(place.marked, SHOWN_MAX..SHOWN_MAX + 1);
        assert_eq!(place.shown.chars().count(), 2 * SHOWN_MAX);
    }

    #[test]
    fn spans_inside_characters_and_past_the_end_are_places_too() {
        let sheet = Sheet::new("f", "ăă");
        assert_eq!(sheet.place(&(1..3)).column, 1);
        assert_eq!(sheet.place(&(90..91)).column, 3);
    }
}
