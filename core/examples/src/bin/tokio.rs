//! A bot on tokio: one task drives the core, each call and each answer has one of its own, and all
//! of them report to one channel.

use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use zaloxide_core::{AccountConfig, Action, Channel, Event};
use zaloxide_core_examples::{Clock, Failed, Zalo, answer, seed};

type Events = UnboundedSender<Event<'static>>;

fn main() -> Result<(), Failed> {
    let zalo = Zalo::from_environment()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let (events, inbox) = mpsc::unbounded_channel();
        // Whoever has `events` can also approve a stranger, send a message, or stop the bot.
        drive(&zalo, zalo.account(), events, inbox).await
    })
}

/// Runs until somebody sends [`Event::Stop`].
async fn drive(
    zalo: &Zalo,
    config: AccountConfig,
    events: Events,
    mut inbox: UnboundedReceiver<Event<'static>>,
) -> Result<(), Failed> {
    let clock = Clock::default();
    let mut channel = Channel::new(config, seed()?, clock.now());
    loop {
        // 1. Do what is asked, in order, and wait for none of it.
        while let Some(action) = channel.poll_action() {
            if matches!(action, Action::Stopped) {
                return Ok(());
            }
            perform(zalo, action, &events)?;
        }
        // 2. Wait until something happens, or the timer is due.
        let event = match channel.poll_timeout() {
            Some((due, _)) => match timeout(clock.until(due), inbox.recv()).await {
                Ok(event) => event,
                Err(_) => Some(Event::TimerFired),
            },
            None => inbox.recv().await,
        };
        // 3. Hand it in. What is refused has changed nothing.
        let event = event.ok_or("the channel of events is closed")?;
        if let Err(refused) = channel.handle(clock.now(), event) {
            eprintln!("refused: {refused}");
        }
    }
}

fn perform(zalo: &Zalo, action: Action, events: &Events) -> Result<(), Failed> {
    let (zalo, events) = (zalo.clone(), events.clone());
    match action {
        // A store would write the records first.
        Action::Commit { upto, .. } => events.send(Event::Committed { upto })?,
        // These calls block; an async HTTP client would do as well.
        Action::StartCall { call, method, body, timeout_ms }
        | Action::SendChunk { call, method, body, timeout_ms, .. } => {
            spawn_blocking(move || {
                let outcome = zalo.call(method, &body, timeout_ms);
                // At the end nobody listens any more.
                drop(events.send(Event::CallFinished { call, outcome }));
            });
        }
        // The agent may await what it likes: other chats go on.
        Action::Deliver { turn, attempt, envelope, .. } => {
            tokio::spawn(async move {
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
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let (events, inbox) = mpsc::unbounded_channel();
        let theirs = events.clone();
        let bot = runtime.spawn(async move {
            let mut config = zalo.account();
            config.allow_from = AllowList::from_entries(["an"]);
            drive(&zalo, config, theirs, inbox).await.map_err(|error| error.to_string())
        });
        emulator.user("an").sends_text("xin chào").unwrap();
        let sent = emulator.wait_for_call(0, patience, |call| call.method == "sendMessage");
        assert_eq!(sent.unwrap().params["text"], "Bạn nói: xin chào");
        events.send(Event::Stop).unwrap();
        runtime.block_on(bot).unwrap().unwrap();
        emulator.stop();
    }
}
