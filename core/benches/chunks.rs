//! How fast texts are cut, by script and size: medians, MB/s, and whether the cost per byte grows.
//!
//! The ratio is the cost per byte at 10 MB over that at the smallest size of which most is cut: with
//! chunks of 2,000 units, 1 KB is one chunk, and only counted. The last rows are hostile texts.
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "a benchmark reads the clock; the core does not"
)]

mod costs;

use std::hint::black_box;
use std::time::Instant;

use zaloxide_core::{ChunkMode, chunks};

use costs::{Case, Effort};

const SIZES: [(usize, &str); 5] = [
    (1 << 10, "1 KB"),
    (10 << 10, "10 KB"),
    (100 << 10, "100 KB"),
    (1 << 20, "1 MB"),
    (10 << 20, "10 MB"),
];

/// A text of about this many bytes.
type Script = (&'static str, fn(usize) -> String);

const SCRIPTS: [Script; 12] = [
    ("ASCII", |bytes| fill("The quick brown fox jumps over the lazy dog. ", bytes)),
    ("Vietnamese NFC", |bytes| fill(VIETNAMESE, bytes)),
    ("Vietnamese NFD", |bytes| fill(VIETNAMESE_NFD, bytes)),
    ("lines and paragraphs", |bytes| {
        fill("Một dòng ngắn.\nDòng hai.\r\n\r\nĐoạn mới ở đây.\n", bytes)
    }),
    ("emoji families", |bytes| fill("👨\u{200d}👩\u{200d}👧\u{200d}👦", bytes)),
    ("flags", |bytes| fill("🇻🇳", bytes)),
    ("Chinese", |bytes| fill("我们今天在河内见面。", bytes)),
    ("Hindi, no spaces", |bytes| fill("क्षत्रिय", bytes)),
    ("one long word", |bytes| fill("x", bytes)),
    ("spaces", |bytes| fill(" ", bytes)),
    ("one cluster of marks", |bytes| format!("e{}", fill("\u{301}", bytes))),
    ("spaces with marks", |bytes| fill(" \u{301}", bytes)),
];

const VIETNAMESE: &str = "Người Việt Nam đã gặp nhau ở Hà Nội hôm qua, và họ nói về thời tiết. ";
const VIETNAMESE_NFD: &str = "Ngu\u{31b}o\u{31b}\u{300}i Vie\u{323}\u{302}t Nam đa\u{303} ga\u{323}\u{306}p nhau o\u{31b}\u{309} Ha\u{300} No\u{323}\u{302}i ho\u{302}m qua, va\u{300} ho\u{323} no\u{301}i ve\u{302}\u{300} tho\u{31b}\u{300}i tie\u{302}\u{301}t. ";

fn fill(unit: &str, bytes: usize) -> String {
    unit.repeat(bytes.div_ceil(unit.len()))
}

/// What is measured: its title, the index in `SIZES` that the ratio is taken over, and the work.
type Work = (&'static str, usize, fn(&str) -> usize);

const WORKS: [Work; 4] = [
    ("split at 2,000 units", 1, |text| chunks::split(text, 2_000, ChunkMode::Length).count()),
    ("split at 200 units", 0, |text| chunks::split(text, 200, ChunkMode::Length).count()),
    ("split at blank lines and 2,000 units", 1, |text| {
        chunks::split(text, 2_000, ChunkMode::Newline).count()
    }),
    ("NFC, then split at 2,000 units", 1, |text| {
        chunks::split(&chunks::nfc(text), 2_000, ChunkMode::Length).count()
    }),
];

/// A text of 10 KB, as it is sent: composed, then cut.
fn sent(script: usize) -> Case {
    let text = SCRIPTS[script].1(10 << 10);
    Case::new(move |_| {
        let composed = chunks::nfc(black_box(&text));
        black_box(chunks::split(&composed, 2_000, ChunkMode::Length).count());
    })
}

fn main() {
    let cases: [(&str, costs::Make); 6] = [
        (SCRIPTS[0].0, || sent(0)),
        (SCRIPTS[1].0, || sent(1)),
        (SCRIPTS[2].0, || sent(2)),
        (SCRIPTS[4].0, || sent(4)),
        (SCRIPTS[6].0, || sent(6)),
        (SCRIPTS[7].0, || sent(7)),
    ];
    costs::run("chunks of 10 KB", Effort { rounds: 200, per_round: 10 }, &cases);
    if std::env::args().any(|argument| argument == "--once") {
        return;
    }
    for (title, base, work) in WORKS {
        println!("\n{title}: MB/s");
        print!("{:<22}", "");
        for (_, name) in SIZES {
            print!("{name:>9}");
        }
        println!("{:>8}", "ratio");
        for (name, script) in SCRIPTS {
            let costs = SIZES.map(|(bytes, _)| cost(&script(bytes), work));
            print!("{name:<22}");
            for ns in costs {
                print!("{:>9.0}", 1_000.0 / ns);
            }
            let ratio = costs[SIZES.len() - 1] / costs[base];
            println!("{ratio:>8.2}");
            if costs::is_json() && title == WORKS[0].0 {
                let rate = 1_000.0 / costs[3];
                costs::figure(&format!("chunks/{name}"), rate, "MB/s");
                costs::beside(&format!("growth/10 MB, {name}"), rate, "MB/s", ("10 KB", ratio));
            }
        }
    }
}

/// The median over runs of nanoseconds per byte.
fn cost(text: &str, work: fn(&str) -> usize) -> f64 {
    let bytes = u32::try_from(text.len()).expect("at most 10 MB");
    let repeats = ((2 << 20) / bytes).max(1);
    let mut runs: Vec<f64> = (0..5)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..repeats {
                black_box(work(black_box(text)));
            }
            start.elapsed().as_secs_f64() * 1e9 / f64::from(repeats) / f64::from(bytes)
        })
        .collect();
    runs.sort_by(f64::total_cmp);
    runs[runs.len() / 2]
}
