//! The same cuts as the chunker's, found the plain way: every place in the window is tried anew for
//! every chunk, and nothing is remembered.

use unicode_segmentation::UnicodeSegmentation;

const CLOSING: [char; 10] = ['"', '\'', ')', ']', '”', '’', '»', '」', '』', '）'];
const FULL_WIDTH: [char; 3] = ['。', '！', '？'];

/// The better, the greater.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Word,
    Sentence,
    Line,
    Paragraph,
}

pub(crate) fn split(text: &str, limit: usize) -> Vec<&str> {
    let mut clusters: Vec<usize> = text.grapheme_indices(true).map(|(at, _)| at).collect();
    clusters.push(text.len());
    let mut chunks = Vec::new();
    let mut from = 0;
    while from < text.len() {
        let within = |limit: usize| {
            let fits = |at: &usize| {
                text.get(from..*at).is_some_and(|text| text.encode_utf16().count() <= limit)
            };
            (from..=text.len()).rev().find(fits).unwrap()
        };
        let window = within(limit);
        let last_cluster = clusters.iter().rev().find(|at| (from + 1..=window).contains(*at));
        let uncut = *last_cluster.unwrap_or(&window);
        let (end, next) = if window == text.len() {
            (window, window)
        } else {
            gap(text, &clusters, from, within(limit / 2), window).unwrap_or((uncut, uncut))
        };
        chunks.push(&text[from..end]);
        from = next;
    }
    chunks.retain(|chunk| !chunk.trim().is_empty());
    chunks
}

/// The best gap of all that begin in the window; of equals the last.
fn gap(
    text: &str,
    clusters: &[usize],
    from: usize,
    half: usize,
    window: usize,
) -> Option<(usize, usize)> {
    let whole = *clusters.iter().find(|at| **at >= from).unwrap();
    let mut best = None;
    for at in whole..=window {
        let Some((start, end, rank)) = gap_at(text, whole, at) else { continue };
        let rank = if start >= half { rank } else { Rank::Word };
        let covers_window = start == from && end >= window;
        if (start == from && !covers_window) || (start == end && rank == Rank::Word) {
            continue;
        }
        let free: Vec<usize> =
            clusters.iter().copied().filter(|at| (start..=end).contains(at)).collect();
        let (Some(&first), Some(&last)) = (free.first(), free.last()) else { continue };
        // White space that is all part of a cluster is no gap, but a full-width stop needs none.
        let stop = text[whole..start].trim_end_matches(CLOSING).ends_with(FULL_WIDTH);
        let is_gap = first < last || (stop && rank > Rank::Word && first == start);
        if first <= window && is_gap && best.is_none_or(|(found, _)| rank >= found) {
            best = Some((rank, (first, last)));
        }
        if covers_window && best.is_some() {
            break;
        }
    }
    best.map(|(_, gap)| gap)
}

/// The gap that begins at `at`, if one does.
fn gap_at(text: &str, whole: usize, at: usize) -> Option<(usize, usize, Rank)> {
    let (before, after) = (text.get(whole..at)?, text.get(at..)?);
    if before.ends_with(char::is_whitespace) {
        return None;
    }
    let said = before.trim_end_matches(CLOSING);
    let space = &after[..after.len() - after.trim_start().len()];
    let rank = match space.matches('\n').count() {
        0 if space.is_empty() && (after.starts_with(CLOSING) || !said.ends_with(FULL_WIDTH)) => {
            return None;
        }
        0 if said.ends_with(['.', '!', '?', '…']) || said.ends_with(FULL_WIDTH) => Rank::Sentence,
        0 => Rank::Word,
        1 => Rank::Line,
        _ => Rank::Paragraph,
    };
    Some((at, at + space.len(), rank))
}
