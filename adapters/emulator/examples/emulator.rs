//! The emulator as a program: `--listen ADDR`, `--port-file FILE`, `--token T` (again for more),
//! `--deliver-to URL`, `--queue`. Runs until its standard input ends.

use std::error::Error;
use std::io::{self, Read};

use zaloxide_emulator::{Emulator, Options};

fn main() -> Result<(), Box<dyn Error>> {
    let mut options = Options::default();
    let mut tokens = vec![];
    let mut arguments = std::env::args().skip(1);
    while let Some(flag) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{flag} needs a value"));
        match flag.as_str() {
            "--listen" => options.listen = value()?.parse()?,
            "--port-file" => options.port_file = Some(value()?.into()),
            "--token" => tokens.push(value()?),
            "--deliver-to" => options.deliver_to = Some(value()?),
            "--queue" => options.queue = true,
            _ => return Err(format!("unknown flag {flag}").into()),
        }
    }
    if !tokens.is_empty() {
        options.tokens = tokens;
    }
    let emulator = Emulator::start(options)?;
    eprintln!("listening on {}; ends with its standard input", emulator.url());
    // A pipe that closes with the parent ends this program too: none is left behind.
    io::stdin().read_to_end(&mut vec![])?;
    emulator.stop();
    Ok(())
}
