//! The load: people who write, strangers who ask to be let in, an owner who lets them in.

use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use crate::Result;
use crate::agent::KILLS;
use crate::book::Book;
use crate::dice::Dice;
use crate::gateway::{BOUND, Gateway, wait_until};
use crate::stage::{Stage, finished};

/// Who is let in before anything else.
const FIRST: usize = 3;
/// Who writes at the same time, at most.
const PEOPLE_MAX: usize = 8;
/// Between two messages.
const PAUSE: Duration = Duration::from_millis(3);

/// Everybody who writes to the bot.
#[derive(Debug)]
pub(crate) struct Load {
    pub(crate) dice: Dice,
    people: Vec<String>,
    strangers: Vec<String>,
    written: u32,
    asked: u32,
    approving: Option<(String, Child)>,
}

impl Load {
    /// Lets the first people in.
    pub(crate) fn begin(seed: u64, stage: &Stage, book: &mut Book) -> Result<Self> {
        let mut load = Self {
            dice: Dice::new(seed),
            people: Vec::new(),
            strangers: Vec::new(),
            written: 0,
            asked: 0,
            approving: None,
        };
        let mut gateway = stage.start_well()?;
        while load.people.len() < FIRST {
            if load.strangers.is_empty() {
                load.knock(stage)?;
            }
            wait_until(BOUND, || {
                book.read(&stage.zalo, false);
                load.strangers.first().is_some_and(|stranger| book.code(stranger).is_some())
            });
            load.approve(stage, book)?;
            load.approved(book)?;
        }
        gateway.kill()?;
        Ok(load)
    }

    /// A stranger writes.
    pub(crate) fn knock(&mut self, stage: &Stage) -> Result<()> {
        self.asked += 1;
        let stranger = format!("5f{:018x}", self.asked);
        stage.zalo.user(&stranger).sends_text("let me in")?;
        self.strangers.push(stranger);
        Ok(())
    }

    /// The owner lets one in who has a code. It goes on while other things happen.
    pub(crate) fn approve(&mut self, stage: &Stage, book: &Book) -> Result<()> {
        if self.approving.is_some() {
            return Ok(());
        }
        let told = self.strangers.iter().position(|stranger| book.code(stranger).is_some());
        if let Some(at) = told {
            let stranger = self.strangers.swap_remove(at);
            let code = book.code(&stranger).unwrap_or_default();
            let command = stage.command(&["pairing", "approve", "zalo", code])?;
            self.approving = Some((stranger, command));
        }
        Ok(())
    }

    /// What came of it. Only what the owner was told counts.
    pub(crate) fn approved(&mut self, book: &mut Book) -> Result<()> {
        let Some((stranger, command)) = self.approving.take() else { return Ok(()) };
        match finished(command)? {
            Some(true) => {
                book.approved(&stranger);
                self.people.push(stranger);
            }
            // The owner tries again. If it was done after all, the code is used up.
            Some(false) => {}
            None => book.report.broken("an approval hangs".into()),
        }
        Ok(())
    }

    /// Somebody writes; its text.
    pub(crate) fn write(&mut self, stage: &Stage, book: &mut Book) -> Result<String> {
        self.write_with(stage, book, "")
    }

    /// Somebody writes what has the gateway killed by its agent.
    pub(crate) fn write_deadly(&mut self, stage: &Stage, book: &mut Book) -> Result<String> {
        self.write_with(stage, book, KILLS)
    }

    fn write_with(&mut self, stage: &Stage, book: &mut Book, end: &str) -> Result<String> {
        self.written += 1;
        let text = format!("m{:06}{end}", self.written);
        let from = self.people.len().saturating_sub(PEOPLE_MAX);
        let among = u64::try_from(self.people.len() - from)?;
        let chat = &self.people[from + usize::try_from(self.dice.below(among))?];
        // Before it goes out: it may be handed out at once.
        book.writes(chat, &text);
        stage.zalo.user(chat).sends_text(&text)?;
        Ok(text)
    }

    /// People write for so long, or until the process ends.
    pub(crate) fn go_on(
        &mut self,
        stage: &Stage,
        book: &mut Book,
        gateway: &mut Gateway,
        time: Duration,
    ) -> Result<()> {
        let until = Instant::now() + time;
        if self.dice.once_in(4) {
            self.knock(stage)?;
        }
        while Instant::now() < until && !gateway.has_ended()? {
            if self.dice.once_in(3) {
                self.write(stage, book)?;
            }
            if self.dice.once_in(8) {
                book.read(&stage.zalo, false);
                self.approve(stage, book)?;
            }
            thread::sleep(PAUSE);
        }
        Ok(())
    }
}
