//! Chunks: a long text cut into messages that Zalo takes.
//!
//! Zalo says "1 to 2,000 characters" and not what a character is, so the largest plausible count is
//! used: UTF-16 code units. [`split`] keeps these laws:
//!
//! - A chunk has at most the limit, and is never blank: a blank text has no chunks.
//! - The chunks are the text, in its order; only white space is left out, and only at a cut.
//! - A cut never breaks a grapheme cluster (what a reader sees as one character) that fits a chunk.
//!   One that does not fit is cut between its code points.
//! - The cut is at the last paragraph of the window, else at the last line, sentence, word or
//!   cluster. A paragraph, line or sentence counts only in the second half of the window: else a
//!   heading would become a message of its own. A word counts anywhere, so that a long link
//!   stays whole.
//! - It takes time proportional to the text, whatever is in it. Clusters are looked at only near a
//!   cut, and memory is not needed at all.

mod gap;
mod normal;

use unicode_segmentation::GraphemeCursor;

use self::gap::Gap;
pub use self::normal::nfc;
use crate::config::ChunkMode;

/// No chunk can hold less: one code point can have two units.
const LIMIT_MIN: usize = 2;

/// The UTF-16 code units of a text.
pub fn utf16_len(text: &str) -> usize {
    text.as_bytes().iter().map(|byte| units(*byte)).sum()
}

/// Cuts `text` into chunks of at most `limit` UTF-16 units; a limit below 2 is 2.
///
/// ```
/// use zaloxide_core::{ChunkMode, chunks};
///
/// let chunks: Vec<_> = chunks::split("Xin chào. Đây là một câu.", 18, ChunkMode::Length).collect();
/// assert_eq!(chunks, ["Xin chào.", "Đây là một câu."]);
/// ```
pub fn split(text: &str, limit: u32, mode: ChunkMode) -> Split<'_> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX).max(LIMIT_MIN);
    Split { ahead: text, piece: "", oversize: 0, limit, mode }
}

/// The chunks of a text, in order. See [`split`].
#[derive(Clone, Debug)]
pub struct Split<'a> {
    /// What lies behind `piece`.
    ahead: &'a str,
    /// What is being cut: the whole text, or one of its paragraphs.
    piece: &'a str,
    /// This many bytes at the start of `piece` are the rest of a cluster that was cut because it
    /// fits no chunk. Right behind them is a cluster boundary of the text.
    oversize: usize,
    limit: usize,
    mode: ChunkMode,
}

impl<'a> Iterator for Split<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        loop {
            if self.piece.is_empty() && !self.next_piece() {
                return None;
            }
            let chunk = self.next_chunk();
            if !chunk.trim_start().is_empty() {
                return Some(chunk);
            }
        }
    }
}

impl core::iter::FusedIterator for Split<'_> {}

impl<'a> Split<'a> {
    /// Takes the next paragraph, or all there is; tells whether there was any.
    fn next_piece(&mut self) -> bool {
        let gap = match self.mode {
            ChunkMode::Newline => gap::next_blank_line(self.ahead),
            ChunkMode::Length => None,
        };
        let text = core::mem::take(&mut self.ahead);
        match gap {
            Some(Gap { start, end }) => {
                self.piece = &text[..start];
                self.ahead = &text[end..];
            }
            None => self.piece = text,
        }
        !text.is_empty()
    }

    /// Takes the next chunk off the piece; it may be blank.
    fn next_chunk(&mut self) -> &'a str {
        let window = prefix(self.piece, self.limit);
        let Gap { start, end } = self.next_gap(window);
        let text = self.piece;
        self.oversize = self.oversize.saturating_sub(end);
        self.piece = &text[end..];
        &text[..start]
    }

    /// Where the piece is cut, when `window` bytes of it fit a chunk.
    fn next_gap(&mut self, window: usize) -> Gap {
        let text = self.piece;
        if window == text.len() || self.oversize > window {
            return Gap { start: window, end: window };
        }
        if self.oversize == 0
            && let Some(blank) = gap::blank_start(text, window)
        {
            return blank;
        }
        let half = prefix(text, self.limit / 2).max(self.oversize);
        gap::best(text, self.oversize, half, window)
            .unwrap_or_else(|| self.between_clusters(window))
    }

    /// The last boundary between clusters in the window; the window's end when there is none.
    fn between_clusters(&mut self, window: usize) -> Gap {
        let here = |at| Gap { start: at, end: at };
        let text = &self.piece[self.oversize..];
        let at = last_boundary(text, window - self.oversize) + self.oversize;
        if at == 0 {
            self.oversize = first_boundary(text);
            return here(window);
        }
        here(at)
    }
}

/// UTF-16 units that begin with this byte of UTF-8: none in the middle of a code point, two for the
/// first byte of one beyond the basic plane.
fn units(byte: u8) -> usize {
    usize::from(byte & 0xC0 != 0x80) + usize::from(byte >= 0xF0)
}

/// The length in bytes of the longest start of `text` with at most `limit` UTF-16 units.
fn prefix(text: &str, limit: usize) -> usize {
    const BLOCK: usize = 64;
    let mut left = limit;
    let mut at = 0;
    for block in text.as_bytes().chunks(BLOCK) {
        let count: usize = block.iter().map(|byte| units(*byte)).sum();
        if count > left {
            break;
        }
        left -= count;
        at += block.len();
    }
    for byte in &text.as_bytes()[at..] {
        let count = units(*byte);
        if count > left {
            break;
        }
        left -= count;
        at += 1;
    }
    at
}

/// Whether no cluster of `text` lies across `at`.
fn is_boundary(text: &str, at: usize) -> bool {
    // Two ASCII characters are one cluster only as a line end.
    if let Some(&[left, right]) = at.checked_sub(1).and_then(|from| text.as_bytes().get(from..=at))
        && left.is_ascii()
        && right.is_ascii()
    {
        return (left, right) != (b'\r', b'\n');
    }
    GraphemeCursor::new(at, text.len(), true).is_boundary(text, 0).unwrap_or(true)
}

/// The last boundary between clusters at or before `at`, a boundary between code points.
fn last_boundary(text: &str, at: usize) -> usize {
    if is_boundary(text, at) {
        return at;
    }
    let mut cursor = GraphemeCursor::new(at, text.len(), true);
    cursor.prev_boundary(text, 0).ok().flatten().unwrap_or(0)
}

/// The end of the first cluster.
fn first_boundary(text: &str) -> usize {
    let mut cursor = GraphemeCursor::new(0, text.len(), true);
    cursor.next_boundary(text, 0).ok().flatten().unwrap_or(text.len())
}
