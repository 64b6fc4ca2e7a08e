//! A bot on plain threads: one drives the core, each call and each answer has one of its own, and
//! all of them report to one channel.

use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use zaloxide_core::{AccountConfig, Action, Channel, Event};
use zaloxide_core_examples::{Clock, Failed, Zalo, answer, seed};

type Events = Sender<Event<'static>>;

fn main() -> Result<(), Failed> {
    let zalo = Zalo::from_environment()?;
    let (events, inbox) = mpsc::channel();
    // Whoever has `events` can also approve a stranger, send a message, or stop the bot.
    drive(&zalo, zalo.account(), &events, &inbox)
}

/// Runs until somebody sends [`Event::Stop`].
fn drive(
    zalo: &Zalo,
    config: AccountConfig,
    events: &Events,
    inbox: &Receiver<Event<'static>>,
) -> Result<(), Failed> {
    let clock = Clock::default();
    let mut channel = Channel::new(config, seed()?, clock.now());
    loop {
        // 1. Do what is asked, in order, and wait for none of it.
        while let Some(action) = channel.poll_action() {
            if matches!(action, Action::Stopped) {
                return Ok(());
            }
            perform(zalo, action, events)?;
        }
        // 2. Wait until something happens, or the timer is due.
        let event = match channel.poll_timeout() {
            Some((due, _)) => inbox.recv_timeout(clock.until(due)).unwrap_or(Event::TimerFired),
            None => inbox.recv()?,
        };
        // 3. Hand it in. What is refused has changed nothing.
        if let Err(refused) = channel.handle(clock.now(), event) {
            eprintln!("refused: {refused}");
        }
    }
}

fn perform(zalo: &Zalo, action: Action, events: &Events) -> Result<(), Failed> {
    match action {
        // A store would write the records first.
        Action::Commit { upto, .. } => events.send(Event::Committed { upto })?,
        Action::StartCall { call, method, body, timeout_ms }
        | Action::SendChunk { call, method, body, timeout_ms, .. } => {
            let (zalo, events) = (zalo.clone(), events.clone());
            thread::spawn(move || {
                let outcome = zalo.call(method, &body, timeout_ms);
                // At the end nobody listens any more.
                drop(events.send(Event::CallFinished { call, outcome }));
            });
        }
        Action::Deliver { turn, attempt, envelope, .. } => {
            let events = events.clone();
            thread::spawn(move || {
                let reply = answer(&envelope);
                drop(events.send(Event::Replied { turn, attempt, reply }));
            });
        }
        // The operator sees the code, and lets the stranger in with an `Event::Approval`.
        Action::IssueCode { sender, code, .. } => println!("{sender} has the code {code}"),
        Action::Note(note) => eprintln!("{}", note.text),
        // Media are not fetched here, nor calls cancelled: they end by themselves.
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use zaloxide_core::AllowList;
    use zaloxide_emulator::{DEFAULT_TOKEN, Emulator, Options};

    use super::*;

    #[test]
    fn it_answers_and_ends() {
        let patience = Duration::from_secs(30);
        let emulator = Emulator::start(Options { queue: true, ..Options::default() }).unwrap();
        let zalo = Zalo::new(&emulator.url(), DEFAULT_TOKEN);
        let (events, inbox) = mpsc::channel();
        let theirs = events.clone();
        let bot = thread::spawn(move || {
            let mut config = zalo.account();
            config.allow_from = AllowList::from_entries(["an"]);
            drive(&zalo, config, &theirs, &inbox).map_err(|error| error.to_string())
        });
        emulator.user("an").sends_text("xin chào").unwrap();
        let sent = emulator.wait_for_call(0, patience, |call| call.method == "sendMessage");
        assert_eq!(sent.unwrap().params["text"], "Bạn nói: xin chào");
        events.send(Event::Stop).unwrap();
        bot.join().unwrap().unwrap();
    }
}
