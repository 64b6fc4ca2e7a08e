//! `Desk`: where a person types: what they write goes to the local Zalo, and both sides are shown.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use zaloxide_emulator::{Call, Content, Delivery, Emulator, Media};

use super::people::People;
use super::pulse::Pulse;
use super::relay::{self, Relay};
use super::screen::{Scene, Screen};
use super::typed::{self, Typed};

/// Where a person types.
pub(crate) struct Desk {
    emulator: Emulator,
    screen: Arc<Screen>,
    people: Arc<Mutex<People>>,
    relay: Relay,
    /// Messages that Zalo took.
    pub(crate) handed: u64,
}

impl Desk {
    /// Shows what the bot says from now on; each time the pulse beats.
    ///
    /// # Errors
    /// The system gives no thread.
    pub(crate) fn open(
        emulator: &Emulator,
        screen: &Arc<Screen>,
        pulse: &Arc<Pulse>,
    ) -> io::Result<Self> {
        let people = Arc::new(Mutex::new(People::default()));
        let (known, on, pulse) = (Arc::clone(&people), Arc::clone(screen), Arc::clone(pulse));
        let relay = Relay::start(emulator, move |call| {
            show(call, &lock(&known).clone(), &on);
            pulse.beat();
        })?;
        screen.prompt(lock(&people).name());
        Ok(Self {
            emulator: emulator.clone(),
            screen: Arc::clone(screen),
            people,
            relay,
            handed: 0,
        })
    }

    /// Does what a line asks for; what only the session can do is given back.
    pub(crate) fn line(&mut self, line: &str) -> Option<Typed> {
        match typed::parse(line) {
            Ok(Typed::Send(content)) => self.send(content),
            Ok(Typed::User(name)) => {
                lock(&self.people).switch(&name);
                self.hint(&format!("You are {} now.", zaloxide::escape::shown(&name)));
            }
            Ok(Typed::Group) => {
                let in_group = lock(&self.people).switch_chat();
                let place = if in_group { "in a group" } else { "in private" };
                self.hint(&format!("You write {place} now."));
            }
            Ok(Typed::Fault(fault)) => match self.emulator.fault(fault) {
                Ok(()) => self.hint("Armed: it will go wrong."),
                Err(refused) => self.hint(&refused.to_string()),
            },
            Ok(Typed::Help) => self.hint(typed::HELP),
            Ok(other) => return Some(other),
            Err(problem) => self.hint(&zaloxide::escape::shown(&problem)),
        }
        self.screen.prompt(lock(&self.people).name());
        None
    }

    /// A word to the person at the keyboard. Text from outside in it must be escaped.
    pub(crate) fn hint(&self, text: &str) {
        self.screen.show(&Scene::Hint { text });
    }

    /// Whether an answered call is not shown yet.
    pub(crate) fn is_behind(&self) -> bool {
        self.relay.is_behind()
    }

    /// Shows what is left, and ends.
    pub(crate) fn close(self) {
        self.relay.finish();
        self.screen.close();
    }

    fn send(&mut self, content: Content) {
        let (name, id, chat) = {
            let people = lock(&self.people);
            (people.name().to_owned(), people.id(), people.chat())
        };
        let plain = matches!(content, Content::Text(_));
        // The terminal has shown the text already, but not what `/photo` makes of it.
        if !plain || self.screen.shows_typed() {
            let text = in_words(&content);
            self.screen.show(&Scene::Person { name: &name, chat: &chat, text: &text });
        }
        let user = self.emulator.user(&id).named(&name);
        match user.in_chat(&chat).sends(content) {
            Ok(Delivery::Lost) => self.hint("Nobody has it: the bot does not listen."),
            Ok(_) => self.handed += 1,
            Err(refused) => self.hint(&refused.to_string()),
        }
    }
}

fn in_words(content: &Content) -> String {
    match content {
        Content::Text(text) => text.clone(),
        Content::Photo(Media::Url(url), caption) => {
            format!("[picture {url}] {caption}").trim().to_owned()
        }
        Content::Sticker(id) => format!("[sticker {id}]"),
        Content::Voice(Media::Url(url)) => format!("[recording {url}]"),
        _ => "[a file]".into(),
    }
}

fn show(call: &Call, people: &People, screen: &Screen) {
    if !relay::succeeded(call) {
        let text = relay::refusal(call);
        let scene = Scene::Zalo { method: &call.method, status: call.status, text: &text };
        return screen.show(&scene);
    }
    let chat = relay::param(call, "chat_id").unwrap_or_default();
    screen.show(&Scene::Bot { to: people.called(chat), chat, text: &relay::said(call) });
}

fn lock(people: &Mutex<People>) -> MutexGuard<'_, People> {
    people.lock().unwrap_or_else(PoisonError::into_inner)
}
