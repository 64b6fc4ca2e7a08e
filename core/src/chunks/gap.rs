//! Gaps: the places between words, sentences, lines and paragraphs, and what is left out when a text
//! is cut there.
//!
//! A sentence ends with `.`, `!`, `?` or `…` and white space, perhaps with closing marks between
//! them, or with a full-width `。`, `！` or `？`, which needs no white space. A line ends with LF,
//! also in CR LF. Two line ends with nothing but white space between them end a paragraph.

use super::is_boundary;

/// What is left out at a cut, as byte offsets: white space, or nothing when both are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Gap {
    pub(super) start: usize,
    pub(super) end: usize,
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

/// The gap at which a text is best cut so that it ends in the window: at the last paragraph, else
/// line, else sentence from `half` on, else at the last word. The bytes before `from` are kept whole.
pub(super) fn best(text: &str, from: usize, half: usize, window: usize) -> Option<Gap> {
    last_line(text, from, half, window).or_else(|| last_words(text, from, half, window))
}

/// The first blank line of a text, with all white space around it.
pub(super) fn next_blank_line(text: &str) -> Option<Gap> {
    let mut from = 0;
    while let Some(found) = text.get(from..)?.find('\n') {
        let gap = space_around(text, from, from + found)?;
        if line_ends(text, gap) >= 2 {
            return gap.between_clusters(text, 0, gap.end);
        }
        from = gap.end;
    }
    None
}

/// The white space at the start of a text that has nothing else in its window.
pub(super) fn blank_start(text: &str, window: usize) -> Option<Gap> {
    let end = end_of_space(text, 0);
    let gap = Gap { start: 0, end }.between_clusters(text, 0, window)?;
    (end >= window).then_some(gap)
}

/// The last gap with a blank line in it, else with a line end, that begins in `half..=window`.
fn last_line(text: &str, from: usize, half: usize, window: usize) -> Option<Gap> {
    let mut line = None;
    // White space at the window's end may have its line end beyond.
    let mut ahead = end_of_space(text, window);
    while let Some(found) = text.get(half..ahead)?.rfind('\n') {
        let space = space_around(text, from, half + found)?;
        if space.start < half || space.start == 0 {
            break;
        }
        ahead = space.start;
        let Some(gap) = space.between_clusters(text, from, window) else { continue };
        if line_ends(text, space) >= 2 {
            return Some(gap);
        }
        line = line.or(Some(gap));
    }
    line
}

/// The last gap behind a sentence that begins in `half..=window`, else the last gap between words.
fn last_words(text: &str, from: usize, half: usize, window: usize) -> Option<Gap> {
    let mut word = None;
    let mut ahead = end_of_space(text, window);
    while let Some(found) = text.get(from..ahead)?.rfind(may_be_gap) {
        let found = from + found;
        let stop = text.get(found..)?.chars().next().filter(|c| is_full_width_stop(*c));
        let space = match stop {
            Some(stop) => behind_stop(text, found + stop.len_utf8(), window),
            None => Some(space_around(text, from, found)?),
        };
        ahead = if stop.is_some() { found } else { space?.start };
        let Some(space) = space else { continue };
        if space.start == 0 || (space.start < half && word.is_some()) {
            break;
        }
        let Some(gap) = space.between_clusters(text, from, window) else { continue };
        let is_sentence = stop.is_some() || ends_sentence(text.get(from..space.start)?);
        if is_sentence && space.start >= half {
            return Some(gap);
        }
        if stop.is_none() {
            word = word.or(Some(gap));
        }
    }
    word
}

/// The place behind a full-width stop that ends at `end`, and behind the marks that close what it
/// ends, if those are in the window too.
fn behind_stop(text: &str, end: usize, window: usize) -> Option<Gap> {
    let at = window - text.get(end..window)?.trim_start_matches(is_closing).len();
    (!text.get(at..)?.starts_with(is_closing)).then_some(Gap { start: at, end: at })
}

/// All white space around the white space character at `at`, but none before `from`.
fn space_around(text: &str, from: usize, at: usize) -> Option<Gap> {
    let start = from + text.get(from..at)?.trim_end().len();
    Some(Gap { start, end: end_of_space(text, at) })
}

/// Where the white space ends that begins at `at`; there may be none.
pub(super) fn end_of_space(text: &str, at: usize) -> usize {
    text.get(at..).map_or(at, |rest| text.len() - rest.trim_start().len())
}

fn may_be_gap(c: char) -> bool {
    c.is_whitespace() || is_full_width_stop(c)
}

fn ends_sentence(before: &str) -> bool {
    let before = before.trim_end_matches(is_closing);
    before.ends_with(|c| matches!(c, '.' | '!' | '?' | '…') || is_full_width_stop(c))
}

const fn is_full_width_stop(c: char) -> bool {
    matches!(c, '。' | '！' | '？')
}

const fn is_closing(c: char) -> bool {
    matches!(c, '"' | '\'' | ')' | ']' | '”' | '’' | '»' | '」' | '』' | '）')
}

fn line_ends(text: &str, gap: Gap) -> usize {
    text.get(gap.start..gap.end).map_or(0, |space| space.matches('\n').count())
}
