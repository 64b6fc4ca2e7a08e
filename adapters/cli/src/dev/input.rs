//! What a session waits for: typed lines, and that something else happens.

use std::io::{self, BufRead, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// Bytes of a line; what is over begins another one.
const LINE_MAX: u64 = 1 << 20;

/// What a session waits for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Input {
    /// A typed line, without its end.
    Line(String),
    /// There will be no more lines.
    End,
    /// A signal has come, or the screen is gone: whose end it is can see it there.
    Wake,
}

/// Lines that wait to be looked at; whoever writes more waits too. [`Input::Wake`] may be lost when
/// it is full: then there is enough to wake up for.
pub(crate) fn queue() -> (SyncSender<Input>, Receiver<Input>) {
    sync_channel(16)
}

/// Hands in the lines of standard input. The thread cannot be ended while it waits for one: it
/// ends with its receiver's next line, or with the process.
///
/// # Errors
/// The system gives no thread.
pub(crate) fn read_lines(tell: SyncSender<Input>) -> io::Result<()> {
    let read = move || {
        let mut stdin = io::stdin().lock();
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = (&mut stdin).take(LINE_MAX).read_until(b'\n', &mut line);
            if !matches!(read, Ok(bytes) if bytes > 0) {
                break;
            }
            let text = String::from_utf8_lossy(&line);
            let text = text.trim_end_matches(['\n', '\r']).to_owned();
            if tell.send(Input::Line(text)).is_err() {
                return;
            }
        }
        // Nobody may wait for it any more.
        let _ = tell.send(Input::End);
    };
    thread::Builder::new().name("zaloxide-typed".into()).spawn(read).map(drop)
}
