//! Fuzz targets: each takes bytes that nobody meant and looks whether what reads them keeps its
//! word. A target is a plain function; libFuzzer drives it, and a test replays what is committed
//! under `corpus/` without a fuzzer.
//!
//! No panic is the least of it. Where there is a second opinion it is asked: `serde_json::Value`
//! about JSON, the `json5` crate about JSON5, a splitter that is slow and plain about chunks, a
//! table about the door, a channel restored from its journal about the live one, and about the machine
//! the naive model of the simulator.

pub mod config;
pub mod drive;
pub mod journal;
pub mod machine;
pub mod opinion;
pub mod response;
pub mod split;
pub mod update;
pub mod webhook;

/// A target: what it is called, and what it does with bytes.
pub type Target = (&'static str, fn(&[u8]));

/// All targets. Each has a program in `fuzz_targets/` and a folder in `corpus/`.
pub const TARGETS: [Target; 7] = [
    ("config", config::check),
    ("journal", journal::check),
    ("machine", machine::check),
    ("response", response::check),
    ("split", split::check),
    ("update", update::check),
    ("webhook", webhook::check),
];
