//! A bot in ten lines: `ZALO_BOT_TOKEN=.. cargo run -p zaloxide --features signals --example hello`.
//!
//! A stranger is given a code; `zaloxide pairing approve zalo CODE` lets them in, with `--state-dir`
//! and the directory where the bot keeps its state. Ctrl-C ends it in order.

use zaloxide::{Bot, DmPolicy};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    Bot::builder()
        .token(std::env::var("ZALO_BOT_TOKEN")?)
        .dm_policy(DmPolicy::Pairing)
        .agent(|turn| async move { format!("Bạn nói: {}", turn.text) })
        .stop_on_signals()
        .run()?;
    Ok(())
}
