//! `dev` by hand: a person writes as a Zalo user, the echo bot answers.

use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::mpsc::Receiver;
use std::thread;
use std::time::Duration;

use zaloxide::agents::Callback;
use zaloxide::engine::Handle;
use zaloxide::observer::Observer;
use zaloxide_core::{Action, Reply, Settled, State, Time};

use super::desk::Desk;
use super::input::{Input, queue, read_lines};
use super::narration;
use super::pulse::Pulse;
use super::screen::{Scene, Screen};
use super::stage::{ACCOUNT, Stage};
use super::typed::Typed;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use zaloxide::signals::{Signals, Stopper};

/// How long what is under way is waited for, between two lines of a pipe and at its end.
const SETTLE_MAX: Duration = Duration::from_secs(15);
/// How long an approval may take; nothing here is slow.
const ANSWER_MAX: Duration = Duration::from_secs(10);

const NOTHING_TYPED: &str = "\
Nothing was typed: standard input is empty. There are three ways:
  zaloxide dev                       in a terminal: you write as a Zalo user
  zaloxide dev --script              played without a person
  printf 'xin chào\\n\\nbé ơi\\n' | zaloxide dev
                                     lines from a pipe; an empty one lets the stranger in";

/// Shows what the core decides.
struct Narrator {
    screen: Arc<Screen>,
    pulse: Arc<Pulse>,
}

impl Observer for Narrator {
    fn action(&self, _: &str, _: Time, action: &Action) {
        if let Some(text) = narration::tell(action) {
            let action = serde_json::to_value(action).unwrap_or_default();
            self.screen.show(&Scene::Core { text: &text, action });
        }
        self.pulse.beat();
    }
}

/// A person who types, and a bot.
struct Session {
    desk: Desk,
    handle: Handle,
    pulse: Arc<Pulse>,
    /// How long the agent takes, in ms.
    slow_ms: Arc<AtomicU64>,
    signals: Arc<AtomicU32>,
    screen: Arc<Screen>,
    /// Lines come from a person, not from a pipe.
    live: bool,
}

/// Runs until there are no more lines, or a signal comes.
///
/// # Errors
/// The stage can't be set, or the screen not be written.
pub(crate) fn talk(out: Output) -> Result<Exit, Failure> {
    let live = io::stdin().is_terminal();
    let (tell, inputs) = queue();
    let screen = Arc::new(Screen::new(out, live && io::stdout().is_terminal(), tell.clone()));
    let pulse = Arc::new(Pulse::default());
    let slow_ms = Arc::new(AtomicU64::new(0));
    let delay = Arc::clone(&slow_ms);
    let agent = Callback::new(move |envelope| {
        // Each turn has a thread of its own.
        thread::sleep(Duration::from_millis(delay.load(Ordering::Relaxed)));
        Ok(Reply::text(envelope.body.clone()))
    });
    let narrator = Narrator { screen: Arc::clone(&screen), pulse: Arc::clone(&pulse) };

    let (signals, stopper) = (Arc::new(AtomicU32::new(0)), Stopper::default());
    let (counted, beaten) = (Arc::clone(&signals), Arc::clone(&pulse));
    let (told, engine) = (tell.clone(), stopper.clone());
    let _signals = Signals::watch(move |count| {
        counted.store(count, Ordering::Relaxed);
        beaten.beat();
        engine.signal();
        // The session may have ended already.
        let _ = told.try_send(Input::Wake);
    })
    .map_err(|error| Failure::failed(format!("can't wait for signals: {error}")))?;
    let stage = Stage::start(Arc::new(agent), Arc::new(narrator))?;
    stopper.attach(stage.handle.clone());
    let no_thread = |error| Failure::failed(format!("the system gives no thread: {error}"));
    read_lines(tell).map_err(no_thread)?;

    let desk = Desk::open(&stage.emulator, &screen, &pulse).map_err(no_thread)?;
    let handle = stage.handle.clone();
    let mut session = Session { desk, handle, pulse, slow_ms, signals, screen, live };
    if live {
        session.greet(&stage);
    }
    session.run(&inputs);
    let Session { desk, screen, .. } = session;
    desk.close();
    drop(inputs);
    stage.stop();
    screen.check().map(|()| Exit::Done)
}

impl Session {
    fn greet(&self, stage: &Stage) {
        self.desk.hint(&format!(
            "A Zalo bot and a local Zalo, which listens on {}. You are An, a stranger to the bot:\n\
             write something. Enter on an empty line then lets you in. /help shows what else there\n\
             is, /quit ends it. Another terminal can look in and help:\n\
             \n  zaloxide --state-dir {} pairing list\n",
            stage.emulator.url(),
            stage.state_dir().display(),
        ));
    }

    fn run(&mut self, inputs: &Receiver<Input>) {
        let mut lines = 0_u64;
        while let Ok(input) = inputs.recv() {
            if self.is_to_end() {
                break;
            }
            match input {
                Input::Line(line) => {
                    lines += 1;
                    if !self.live {
                        self.settle();
                    }
                    match self.desk.line(&line) {
                        Some(Typed::Approve(code)) => self.approve(code),
                        Some(Typed::Slow(slow)) => self.slow_down(slow),
                        Some(Typed::Quit) => break,
                        _ => {}
                    }
                }
                Input::End if lines == 0 && !self.live => {
                    self.desk.hint(NOTHING_TYPED);
                    return;
                }
                Input::End => break,
                Input::Wake => {}
            }
        }
        if !self.live && !self.is_to_end() {
            self.finish();
        }
    }

    /// Whether a signal has come, or nobody looks any more.
    fn is_to_end(&self) -> bool {
        self.signals.load(Ordering::Relaxed) > 0 || self.screen.is_gone()
    }

    /// Waits until all that was written has come to its end, so that a pipe's lines meet what a
    /// person's would.
    fn settle(&self) -> bool {
        self.pulse.wait_until(SETTLE_MAX, || self.is_to_end() || self.is_quiet())
    }

    fn finish(&self) {
        if !self.settle() {
            let text = format!("Not all is answered after {} s.", SETTLE_MAX.as_secs());
            self.desk.hint(&text);
        }
    }

    /// Whether nothing is under way.
    fn is_quiet(&self) -> bool {
        let quiet = self.handle.view(ACCOUNT, |view| {
            let status = view.status();
            let told = view.pending().all(|(_, request)| request.told);
            !matches!(status.state, State::Starting)
                && status.counters.received >= self.desk.handed
                && status.turns == 0
                && status.chunks == 0
                && told
        });
        quiet.unwrap_or(true) && !self.desk.is_behind()
    }

    fn approve(&self, code: Option<String>) {
        let code = code.or_else(|| self.last_code());
        let Some(code) = code else {
            return self.desk.hint("Nobody waits to be let in.");
        };
        let text = match self.handle.approve(ACCOUNT, &code, "dev") {
            Err(refused) => refused.to_string(),
            // What was decided is told by the core's own note.
            Ok(pending) => match pending.wait(ANSWER_MAX) {
                Ok(Settled::Error(fault)) => fault.message,
                Ok(_) => return,
                Err(error) => error.to_string(),
            },
        };
        self.desk.hint(&zaloxide::escape::shown(&text));
    }

    /// The code of who asked last.
    fn last_code(&self) -> Option<String> {
        let last = self.handle.view(ACCOUNT, |view| {
            let last = view.pending().max_by_key(|(_, request)| request.issued_at);
            last.map(|(_, request)| request.code.clone())
        });
        last.ok().flatten()
    }

    fn slow_down(&self, slow: Duration) {
        self.slow_ms.store(u64::try_from(slow.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
        self.desk.hint(&format!("The agent takes {} s for each message.", slow.as_secs_f64()));
    }
}
