//! The laws of the chunker, for texts made to break them, against a splitter that is slow and plain.

use proptest::prelude::*;
use unicode_segmentation::UnicodeSegmentation;
use zaloxide_core::{ChunkMode, chunks};

#[path = "chunks/plain.rs"]
mod plain;

fn cut(text: &str, limit: u32) -> Vec<&str> {
    chunks::split(text, limit, ChunkMode::Length).collect()
}

#[test]
fn each_kind_of_cut() {
    let table: [(&str, u32, &[&str]); 22] = [
        ("", 10, &[]),
        (" \n\t\u{3000}", 2, &[]),
        ("  giữ nguyên \n", 20, &["  giữ nguyên \n"]),
        // The last paragraph before the last line, sentence, word.
        ("aa bb\n\ncc. d\ne f", 14, &["aa bb\n\ncc. d", "e f"]),
        ("aa bb ccc\n\ndd\ne. f", 17, &["aa bb ccc", "dd\ne. f"]),
        ("aa bb cc\ndd. ee ff", 14, &["aa bb cc", "dd. ee ff"]),
        ("aa bb cc. dd ee", 13, &["aa bb cc.", "dd ee"]),
        ("aa bb \"cc?\" dd ee", 13, &["aa bb \"cc?\"", "dd ee"]),
        ("aa bb cc dd", 9, &["aa bb cc", "dd"]),
        // Only in the second half of the window; a word anywhere.
        ("# T\n\naa bb cc dd ee", 15, &["# T\n\naa bb cc", "dd ee"]),
        ("a https://example.com/x y", 21, &["a", "https://example.com/x", "y"]),
        // White space at the cut goes, elsewhere it stays.
        ("aa  bb \r\n \r\n  cc  dd", 9, &["aa  bb", "cc  dd"]),
        ("      aaaaaa", 4, &["aaaa", "aa"]),
        ("aaaa      ", 4, &["aaaa"]),
        // Full-width stops need no white space; closing marks stay with them.
        ("我们见面。他说：「好。」再见了", 13, &["我们见面。他说：「好。」", "再见了"]),
        // Clusters: a pair, a family, a flag, a letter with marks, a line end.
        ("a😀b", 2, &["a", "😀", "b"]),
        ("aa👨\u{200d}👩\u{200d}👧bb", 8, &["aa", "👨\u{200d}👩\u{200d}👧", "bb"]),
        ("🇻🇳🇫🇷🇻🇳", 9, &["🇻🇳🇫🇷", "🇻🇳"]),
        ("aae\u{302}\u{301}b", 4, &["aa", "e\u{302}\u{301}b"]),
        ("aaa \u{301}b", 4, &["aaa", " \u{301}b"]),
        // What fits no chunk is cut between code points, and what follows it is whole again.
        (
            "e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}o\u{301}",
            3,
            &["e\u{301}\u{301}", "\u{301}\u{301}\u{301}", "\u{301}o\u{301}"],
        ),
        ("\u{600}🇻🇳🇫🇷", 4, &["\u{600}🇻", "🇳", "🇫🇷"]),
    ];
    for (text, limit, expected) in table {
        assert_eq!(cut(text, limit), expected, "{text:?} at {limit}");
    }
}

#[test]
fn newline_mode_cuts_at_every_blank_line_too() {
    let table: [(&str, &[&str]); 5] = [
        ("aa\nbb", &["aa\nbb"]),
        ("aa\n\nbb", &["aa", "bb"]),
        ("\n\n aa \n \t\r\n bb\n\n\n\ncc\n\n", &["aa", "bb", "cc"]),
        ("aa\r\nbb", &["aa\r\nbb"]),
        ("aa bb cc dd ee\n\nff", &["aa bb cc", "dd ee", "ff"]),
    ];
    for (text, expected) in table {
        let found: Vec<_> = chunks::split(text, 10, ChunkMode::Newline).collect();
        assert_eq!(found, expected, "{text:?}");
    }
}

#[test]
fn a_limit_too_small_for_a_pair_is_raised() {
    for limit in [0, 1, 2] {
        assert_eq!(cut("😀😀", limit), ["😀", "😀"], "limit {limit}");
    }
}

#[test]
fn five_thousand_vietnamese_characters() {
    let text = "Người Việt Nam gặp nhau ở Hà Nội. ".repeat(150);
    let cut = cut(text.trim_end(), 2_000);
    assert_eq!(cut.len(), 3);
    assert!(cut.iter().all(|chunk| chunk.ends_with("Hà Nội.")), "cut at sentences");
}

/// Large texts of one kind. Whatever takes quadratic time here does not end in a minute.
#[test]
fn large_and_hostile() {
    let bytes = 512 << 10;
    for (name, unit, end) in [
        ("one cluster", "\u{301}", "e"),
        ("spaces before a mark", " ", "\u{301}e"),
        ("spaces with marks", " \u{301}", "e"),
        ("no spaces", "x", ""),
        ("families", "👨\u{200d}👩\u{200d}👧", ""),
        ("flags", "🇻🇳", ""),
        ("line ends", "\r\n", "e"),
        ("stops and quotes", "。」", ""),
        ("prepended marks", "\u{600}", "e"),
        ("prepended marks and spaces", "\u{600} ", "e"),
        ("paragraphs of one letter", "a\n\n", ""),
    ] {
        let text = unit.repeat(bytes / unit.len()) + end;
        for mode in [ChunkMode::Length, ChunkMode::Newline] {
            let mut kept = 0;
            for chunk in chunks::split(&text, 2_000, mode) {
                assert!(chunks::utf16_len(chunk) <= 2_000 && !chunk.trim().is_empty(), "{name}");
                kept += chunk.chars().filter(|c| !c.is_whitespace()).count();
            }
            let all = text.chars().filter(|c| !c.is_whitespace()).count();
            assert_eq!(kept, all, "{name}");
        }
    }
}

#[test]
fn nfc_composes_and_leaves_what_is_composed() {
    let composed = "Người Việt ở Hà Nội 👨\u{200d}👩\u{200d}👧";
    assert!(matches!(chunks::nfc(composed), std::borrow::Cow::Borrowed(_)));
    assert_eq!(chunks::nfc("Ngu\u{31b}o\u{31b}\u{300}i Vie\u{323}\u{302}t"), "Người Việt");
    assert_eq!(chunks::nfc("Vie\u{302}\u{323}t"), "Việt", "marks in another order");
}

/// Pieces that make every rule meet every other.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "a",
        "b",
        "word",
        "a long word",
        " ",
        "  ",
        "\n",
        "\r\n",
        "\n\n",
        "\r",
        "\u{2029}",
        "\u{85}",
        "\t",
        ". ",
        "! ",
        "…\" ",
        "。",
        "」",
        "中文",
        "\u{301}",
        "\u{323}\u{302}",
        "e\u{301}",
        "😀",
        "👨\u{200d}👩\u{200d}👧",
        "\u{200d}",
        "🇻",
        "🇻🇳",
        "\u{600}",
        "\u{600} ",
        " \u{301}",
        "क्",
        "षि",
        "\u{1100}",
        "\u{1161}",
        "\u{11a8}",
        "\u{feff}",
        "\u{a0}",
        "\u{200b}",
        "👍🏽",
        "\0",
    ]);
    prop_oneof![
        4 => prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat()),
        1 => ".{0,120}",
    ]
}

/// Where in `text` each chunk lies.
fn places(text: &str, chunks: &[&str]) -> Vec<(usize, usize)> {
    let places: Vec<_> = chunks
        .iter()
        .map(|chunk| {
            let start = chunk.as_ptr() as usize - text.as_ptr() as usize;
            (start, start + chunk.len())
        })
        .collect();
    places
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_laws_hold(text in hostile(), limit in 2_u32..40, newline: bool) {
        let mode = if newline { ChunkMode::Newline } else { ChunkMode::Length };
        let chunks: Vec<_> = chunks::split(&text, limit, mode).collect();
        let mut clusters: Vec<usize> = text.grapheme_indices(true).map(|(at, _)| at).collect();
        clusters.push(text.len());
        let mut end = 0;
        for (index, (from, to)) in places(&text, &chunks).into_iter().enumerate() {
            prop_assert!(from >= end, "order");
            prop_assert!(text[end..from].trim().is_empty(), "only white space is left out");
            prop_assert!(!chunks[index].trim().is_empty(), "never blank");
            prop_assert!(chunks[index].encode_utf16().count() <= limit as usize, "bound");
            for at in [from, to] {
                let after = clusters.partition_point(|start| *start <= at);
                let inside = clusters.get(after.wrapping_sub(1)) != Some(&at);
                if inside {
                    let cluster = &text[clusters[after - 1]..clusters[after]];
                    prop_assert!(
                        cluster.encode_utf16().count() > limit as usize,
                        "cut inside {cluster:?} at {at}"
                    );
                }
            }
            end = to;
        }
        prop_assert!(text[end..].trim().is_empty(), "the end is there");
    }

    #[test]
    fn a_plain_splitter_cuts_alike(text in hostile(), limit in 2_u32..40) {
        prop_assert_eq!(cut(&text, limit), plain::split(&text, limit as usize));
    }

    #[test]
    fn short_texts_are_one_chunk(text in hostile()) {
        let expected: &[&str] = if text.trim().is_empty() { &[] } else { &[&text] };
        prop_assert_eq!(cut(&text, 100_000), expected);
    }

    #[test]
    fn units_are_counted_as_utf16(text in hostile()) {
        prop_assert_eq!(chunks::utf16_len(&text), text.encode_utf16().count());
    }

    #[test]
    fn normal_form_is_stable(text in hostile()) {
        let once = chunks::nfc(&text).into_owned();
        prop_assert_eq!(chunks::nfc(&once), once.as_str());
    }
}
