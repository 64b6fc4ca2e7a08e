//! Gaps: the places between words, lines and paragraphs, and what is left out when a text is cut
//! there.

use super::is_boundary;

/// What is left out at a cut, as byte offsets: white space, or nothing when both are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Gap {
    pub(super) start: usize,
    pub(super) end: usize,
}

/// What a gap lies between. The greater, the better a cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Break {
    Word,
    /// After `.`, `!`, `?` or `…` and white space, perhaps with closing quotes between them; after
    /// the full-width `。`, `！`, `？` also without white space.
    Sentence,
    Line,
    /// Two line ends and nothing but white space between them.
    Paragraph,
}

impl Gap {
    /// This gap without what belongs to a cluster at either end: a mark may follow a space. `None`
    /// if no white space is left, or none that begins in the window. `from` is a cluster boundary.
    pub(super) fn between_clusters(self, text: &str, from: usize, window: usize) -> Option<Self> {
        let Self { mut start, mut end } = self;
        let clusters = text.get(from..)?;
        let mut space = text.get(start..end)?.chars();
        // Between two white space characters there is always a boundary.
        if !is_boundary(clusters, start - from) {
            start += space.next()?.len_utf8();
        }
        if !is_boundary(clusters, end - from) {
            end -= space.next_back()?.len_utf8();
        }
        let shrunk_to_nothing = start == end && self.start != self.end;
        (start <= window && !shrunk_to_nothing).then_some(Self { start, end })
    }
}

/// The first blank line of a text, with all white space around it.
pub(super) fn next_blank_line(text: &str) -> Option<Gap> {
    let mut from = 0;
    while let Some(at) = text.get(from..)?.find(is_line_end) {
        let at = from + at;
        let start = from + text.get(from..at)?.trim_end().len();
        let end = end_of_space(text, at);
        if line_ends(text.get(at..end)?) >= 2 {
            return Gap { start, end }.between_clusters(text, 0, end);
        }
        from = end;
    }
    None
}

/// The gaps of a text that a chunk can end at, from the window's end backwards. The first may reach
/// beyond the window. A gap at the very start is none: nothing would be before it.
pub(super) struct Backwards<'a> {
    text: &'a str,
    from: usize,
    window: usize,
    /// All from here on was looked at.
    at: usize,
}

impl<'a> Backwards<'a> {
    pub(super) fn new(text: &'a str, from: usize, window: usize) -> Self {
        Self { text, from, window, at: window.max(from) }
    }

    fn space_at(&mut self, end: usize) -> Option<(Break, Gap)> {
        let before = self.text.get(self.from..end)?.trim_end();
        let start = self.from + before.len();
        self.at = start;
        let space = self.text.get(start..end)?;
        let kind = match line_ends(space) {
            0 if ends_sentence(before.trim_end_matches(is_closing)) => Break::Sentence,
            0 => Break::Word,
            1 => Break::Line,
            _ => Break::Paragraph,
        };
        (start > 0).then_some((kind, Gap { start, end }))
    }
}

impl Iterator for Backwards<'_> {
    type Item = (Break, Gap);

    fn next(&mut self) -> Option<(Break, Gap)> {
        if self.from > self.window {
            return None;
        }
        if self.at == self.window {
            let end = end_of_space(self.text, self.window);
            let before = self.text.get(self.from..self.window)?;
            if end > self.window || before.ends_with(char::is_whitespace) {
                return self.space_at(end);
            }
        }
        for (at, c) in self.text.get(self.from..self.at)?.char_indices().rev() {
            let end = self.from + at + c.len_utf8();
            if c.is_whitespace() {
                return self.space_at(end);
            }
            if is_full_width_end(c) {
                let rest = self.text.get(end..self.window)?;
                let end = self.window - rest.trim_start_matches(is_closing).len();
                if self.text.get(end..)?.starts_with(is_closing) {
                    continue;
                }
                self.at = self.from + at;
                return Some((Break::Sentence, Gap { start: end, end }));
            }
        }
        None
    }
}

/// Where the white space ends that begins at `at`.
fn end_of_space(text: &str, at: usize) -> usize {
    text.get(at..).map_or(at, |rest| text.len() - rest.trim_start().len())
}

fn ends_sentence(before: &str) -> bool {
    before.ends_with(|c| matches!(c, '.' | '!' | '?' | '…') || is_full_width_end(c))
}

const fn is_full_width_end(c: char) -> bool {
    matches!(c, '。' | '！' | '？')
}

const fn is_closing(c: char) -> bool {
    matches!(c, '"' | '\'' | ')' | ']' | '”' | '’' | '»' | '」' | '』' | '）')
}

/// LF, VT, FF, CR, NEL, line and paragraph separator.
const fn is_line_end(c: char) -> bool {
    matches!(c, '\n'..='\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// The line ends in white space; CR LF is one, a paragraph separator counts as two.
fn line_ends(space: &str) -> usize {
    let mut count = 0;
    let mut last = '\0';
    for c in space.chars() {
        count += match c {
            '\n' if last == '\r' => 0,
            '\u{2029}' => 2,
            c => usize::from(is_line_end(c)),
        };
        last = c;
    }
    count
}
