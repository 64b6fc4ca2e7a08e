//! Reading a line from the terminal that it does not show.

use std::io::{self, Read};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

/// A line; `None`: the input ended, or Ctrl-C was typed. The terminal is [`Quiet`] meanwhile.
pub(super) fn read(input: &mut impl Read) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    let mut byte = [0];
    loop {
        if input.read(&mut byte)? == 0 {
            return Ok(None);
        }
        match byte[0] {
            // What is no UTF-8 is no token either, and is said to be none.
            b'\r' | b'\n' => return Ok(Some(String::from_utf8_lossy(&line).into_owned())),
            // Ctrl-C, Ctrl-D.
            3 | 4 => return Ok(None),
            8 | 127 => drop(line.pop()),
            other => line.push(other),
        }
    }
}

/// Keeps the terminal of standard input quiet until it is dropped. Keys make no signals meanwhile:
/// nothing ends the process while the terminal shows nothing.
pub(super) struct Quiet(Termios);

impl Quiet {
    pub(super) fn begin() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut quiet = before.clone();
        quiet.local_modes.remove(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG);
        tcsetattr(io::stdin(), OptionalActions::Now, &quiet)?;
        Ok(Self(before))
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        // Nobody could be told.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
    }
}
