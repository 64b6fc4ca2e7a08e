//! `emulator`: a local Zalo Bot Platform, until a signal ends it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::mpsc::channel;

use clap::Args;
use serde_json::json;
use zaloxide_emulator::{DEFAULT_TOKEN, Emulator, Options};

use crate::context::Context;
use crate::exit::{Exit, Failure};
use zaloxide::signals::Signals;

const EXAMPLES: &str = "\
Examples:
  zaloxide emulator --listen 127.0.0.1:8080
  zaloxide emulator --port-file port --token 12345689:abc-xyz --queue
  curl -s localhost:8080/_control/

Without --token it knows one bot: 1000000000000000001:emulator-only-no-secret";

/// Run a local Zalo Bot Platform, for tests of any bot
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Emulate {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Write the port to this file once it listens
    #[arg(long, value_name = "FILE")]
    port_file: Option<PathBuf>,
    /// A bot's token, DIGITS:ANYTHING; may be given several times
    #[arg(long = "token", value_name = "TOKEN")]
    tokens: Vec<String>,
    /// Deliver webhooks here, whatever URL was registered: http://HOST:PORT
    #[arg(long, value_name = "URL")]
    deliver_to: Option<String>,
    /// Keep messages for the next poll when none is open; Zalo loses them
    #[arg(long)]
    queue: bool,
}

pub(crate) fn run(args: Emulate, context: &Context) -> Result<Exit, Failure> {
    let known = args.tokens.is_empty();
    let mut options = Options {
        listen: args.listen,
        port_file: args.port_file,
        deliver_to: args.deliver_to,
        queue: args.queue,
        ..Options::default()
    };
    if !known {
        options.tokens = args.tokens;
    }
    // Before it listens: a signal that comes with the port file already ends it well.
    let (tell, told) = channel();
    let _signals = Signals::watch(move |_| tell.send(()).unwrap_or_default())
        .map_err(|error| Failure::failed(format!("can't wait for signals: {error}")))?;
    let emulator = Emulator::start(options).map_err(Failure::failed)?;
    let url = emulator.url();
    let shown = if context.out.is_json() {
        context.out.json(&json!({"url": url}))
    } else {
        // The token that everybody knows opens nothing but an emulator; others are not repeated.
        let token = if known { format!("\nZALO_BOT_TOKEN={DEFAULT_TOKEN}") } else { String::new() };
        context.out.line(format!("ZALO_API_URL={url}{token}\nControl: {url}/_control/"))
    };
    match shown {
        // Whoever reads no more still uses it.
        Err(failure) if !failure.is_reader_gone() => return Err(failure),
        _ => {}
    }
    // An error is a watch that has ended, which it does not do by itself.
    let _ = told.recv();
    emulator.stop();
    Ok(Exit::Done)
}
