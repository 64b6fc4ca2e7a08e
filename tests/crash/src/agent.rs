//! The agent: writes each turn down, and answers it in three chunks.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;

use rustix::process::{Signal, getppid, kill_process};
use serde_json::{Value, json};

use crate::Result;

/// Who is sent this has the program killed before it is answered, the first time.
pub(crate) const KILLS: &str = "kills";

/// Chunks of an answer.
pub(crate) const CHUNKS: usize = 3;

/// UTF-16 units of a message, at most: two chunks don't fit into one.
pub(crate) const CHUNK_UNITS: u32 = 40;

/// A chunk of the answer to a message.
pub(crate) fn chunk(text: &str, index: usize) -> String {
    format!("{text}/{index} {}", "-".repeat(24))
}

/// One turn: the envelope on standard input, the reply on standard output.
pub(crate) fn answer(log: &Path) -> Result<()> {
    let mut envelope = String::new();
    std::io::stdin().read_to_string(&mut envelope)?;
    let envelope: Value = serde_json::from_str(&envelope)?;
    let text = envelope["text"].as_str().unwrap_or_default();
    let line = json!({
        "turn": envelope["turn"],
        "attempt": envelope["attempt"],
        "chat": envelope["chat"]["id"],
        "text": text,
    });
    // One write: lines of agents that run at one time do not mix.
    File::options()
        .append(true)
        .create(true)
        .open(log)?
        .write_all(format!("{line}\n").as_bytes())?;
    let killed = log.with_extension(text);
    if text.ends_with(KILLS)
        && !killed.exists()
        && let Some(parent) = getppid()
    {
        fs::write(killed, "")?;
        kill_process(parent, Signal::KILL)?;
    }
    let chunks: Vec<String> = (0..CHUNKS).map(|index| chunk(text, index)).collect();
    println!("{}", json!({"text": chunks.join("\n\n")}));
    Ok(())
}
