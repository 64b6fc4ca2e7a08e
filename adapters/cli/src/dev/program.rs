//! `dev -- PROGRAM`: a program of one's own as the bot, with the local Zalo.

use std::ffi::{OsStr, OsString};
use std::io::{self, IsTerminal};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use zaloxide_emulator::DEFAULT_TOKEN;

use super::desk::Desk;
use super::input::{Input, queue, read_lines};
use super::pulse::Pulse;
use super::screen::Screen;
use super::stage::local_zalo;
use super::typed::Typed;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use zaloxide::signals::Signals;

/// How often it is looked whether the program has ended.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Runs a program until it ends.
///
/// # Errors
/// It can't be run, or the screen not be written.
pub(crate) fn run(name: &OsStr, arguments: &[OsString], out: Output) -> Result<Exit, Failure> {
    let live = io::stdin().is_terminal();
    let (tell, inputs) = queue();
    let screen = Arc::new(Screen::new(out, live && io::stdout().is_terminal(), tell.clone()));
    let emulator = local_zalo()?;
    let signals = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&signals);
    let _signals = Signals::watch(move |count| counted.store(count, Ordering::Relaxed))
        .map_err(|error| Failure::failed(format!("can't wait for signals: {error}")))?;
    let no_thread = |error| Failure::failed(format!("the system gives no thread: {error}"));
    read_lines(tell).map_err(no_thread)?;
    let desk = Desk::open(&emulator, &screen, &Arc::new(Pulse::default())).map_err(no_thread)?;

    let mut command = Command::new(name);
    command.args(arguments).stdin(Stdio::null());
    command.env("ZALO_API_URL", emulator.url()).env("ZALO_BOT_TOKEN", DEFAULT_TOKEN);
    if out.is_json() {
        // Standard output is ours, and all of it JSON.
        command.stdout(io::stderr());
    }
    let child = command.spawn().map_err(|error| {
        let name = zaloxide::escape::shown(&name.to_string_lossy());
        Failure::failed(format!("can't run `{name}`: {error}"))
    })?;
    if live {
        desk.hint(&format!(
            "Your program is the bot of a local Zalo, which listens on {}. What you type is sent\n\
             to it; /help shows what else there is, /quit ends it.\n",
            emulator.url()
        ));
    }
    let on = Arc::clone(&screen);
    let mut session = Session { desk, program: Program(child), live, signals, screen: on };
    let status = session.run(&inputs);
    let Session { desk, program, .. } = session;
    drop(program);
    desk.close();
    emulator.stop();
    let status =
        status.map_err(|error| Failure::failed(format!("the program is lost: {error}")))?;
    screen.check().map(|()| Exit::Program(code(status)))
}

struct Session {
    desk: Desk,
    program: Program,
    live: bool,
    signals: Arc<AtomicU32>,
    screen: Arc<Screen>,
}

/// The program. It does not outlive what it talks to.
struct Program(Child);

impl Session {
    fn run(&mut self, inputs: &Receiver<Input>) -> io::Result<ExitStatus> {
        // How strongly it was asked to end.
        let mut asked = 0;
        loop {
            let wanted = self.signals.load(Ordering::Relaxed).max(self.screen.is_gone().into());
            if wanted > asked {
                asked = wanted;
                if wanted == 1 { self.program.end()? } else { self.program.0.kill()? }
            }
            if let Some(status) = self.program.0.try_wait()? {
                return Ok(status);
            }
            match inputs.recv_timeout(LOOK_EVERY) {
                Ok(Input::Line(line)) => match self.desk.line(&line) {
                    Some(Typed::Quit) => self.program.end()?,
                    // An empty line: there is nobody to let in.
                    Some(Typed::Approve(None)) | None => {}
                    Some(_) => self.desk.hint("That is up to your program."),
                },
                // A person has seen enough; of a pipe there was no more to say.
                Ok(Input::End) if self.live => self.program.end()?,
                Ok(Input::End | Input::Wake) | Err(RecvTimeoutError::Timeout) => {}
                // The threads that tell are there as long as this function.
                Err(RecvTimeoutError::Disconnected) => return self.program.0.wait(),
            }
        }
    }
}

impl Program {
    /// Asks it to end.
    #[cfg(unix)]
    #[allow(clippy::unnecessary_wraps)] // The other system's can fail.
    fn end(&mut self) -> io::Result<()> {
        use rustix::process::{Pid, Signal, kill_process};

        // It is not reaped yet: the number is its own. One that has just ended needs no signal.
        let _ = kill_process(Pid::from_child(&self.0), Signal::TERM);
        Ok(())
    }

    /// Ends it: there is no asking here.
    #[cfg(not(unix))]
    fn end(&mut self) -> io::Result<()> {
        self.0.kill()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if matches!(self.0.try_wait(), Ok(None)) {
            // It may have ended since.
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }
}

/// A program's exit code; one that a signal ended has 128 and the signal's number, as in a shell.
fn code(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    let signal = std::os::unix::process::ExitStatusExt::signal(&status);
    #[cfg(not(unix))]
    let signal: Option<i32> = None;
    let code = signal.map_or(status.code(), |signal| Some(128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}
