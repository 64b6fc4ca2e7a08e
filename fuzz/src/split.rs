//! `split`: any text at any limit is cut by the laws of `chunks`, and as a plain splitter cuts it.

use unicode_segmentation::UnicodeSegmentation;
use zaloxide_core::{ChunkMode, chunks};

#[path = "../../core/tests/chunks/plain.rs"]
mod plain;

/// Longer texts are left to the laws alone: the plain splitter is quadratic.
const PLAIN_BYTES_MAX: usize = 1_024;

/// The first byte is the limit, the second the mode, the rest is the text.
pub fn check(bytes: &[u8]) {
    let [limit, mode, text @ ..] = bytes else { return };
    let limit = u32::from(*limit) + 2;
    let mode = if mode & 1 == 0 { ChunkMode::Length } else { ChunkMode::Newline };
    let text = String::from_utf8_lossy(text);
    let chunks: Vec<&str> = chunks::split(&text, limit, mode).collect();
    laws(&text, &chunks, limit as usize);
    if mode == ChunkMode::Length && text.len() <= PLAIN_BYTES_MAX {
        assert_eq!(chunks, plain::split(&text, limit as usize), "{text:?} at {limit}");
    }
    let once = chunks::nfc(&text);
    assert_eq!(chunks::nfc(&once), once, "the normal form is its own");
}

fn laws(text: &str, chunks: &[&str], limit: usize) {
    let mut clusters: Vec<usize> = text.grapheme_indices(true).map(|(at, _)| at).collect();
    clusters.push(text.len());
    let mut end = 0;
    for chunk in chunks {
        let from = chunk.as_ptr() as usize - text.as_ptr() as usize;
        let to = from + chunk.len();
        assert!(from >= end, "out of order");
        assert!(text[end..from].trim().is_empty(), "more than white space is left out");
        assert!(!chunk.trim().is_empty(), "blank");
        let units = chunk.encode_utf16().count();
        assert!(units <= limit, "{units} units of {limit}");
        assert_eq!(units, chunks::utf16_len(chunk), "units are counted as UTF-16");
        for at in [from, to] {
            let after = clusters.partition_point(|start| *start <= at);
            if clusters[after - 1] != at {
                let cluster = &text[clusters[after - 1]..clusters[after]];
                let fits = cluster.encode_utf16().count() <= limit;
                assert!(!fits, "cut inside {cluster:?} at {at}");
            }
        }
        end = to;
    }
    assert!(text[end..].trim().is_empty(), "the end is missing");
}
