//! Dead letters: what was given up, kept so that an operator can look at it and try it again.

use alloc::collections::VecDeque;
use alloc::string::String;

use serde::{Deserialize, Serialize};

use super::{Contradiction, Parcel, Turn};
use crate::id::{Cause, ChatId, SenderId, TurnId};
use crate::limits::{DEAD_LETTERS_AGE_MS, DEAD_LETTERS_MAX};
use crate::record::DeadWhy;
use crate::time::Time;

/// A turn, reply or send that was given up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DeadLetter {
    /// The turn or send.
    pub cause: Cause,
    /// Why.
    pub why: DeadWhy,
    /// For people.
    pub message: String,
    /// When.
    pub at: Time,
    /// Zalo's error code or the HTTP status, 0 without an answer.
    pub code: u32,
    /// The message that was not answered.
    pub turn: Option<Turn>,
    /// What is left to be sent.
    pub parcel: Option<Parcel>,
}

impl DeadLetter {
    /// The chat it belongs to.
    pub fn chat(&self) -> Option<&ChatId> {
        let of_turn = self.turn.as_ref().map(Turn::chat);
        of_turn.or(self.parcel.as_ref().map(|parcel| &parcel.chat))
    }

    /// Who wrote what was not answered.
    pub fn sender(&self) -> Option<&SenderId> {
        self.turn.as_ref().map(|turn| &turn.incoming.sender.id)
    }

    /// Its id, as an operator types it.
    pub fn id(&self) -> Option<TurnId> {
        match &self.cause {
            Cause::Turn { id } => Some(*id),
            Cause::Send { id } => Some(TurnId(id.0)),
            _ => None,
        }
    }
}

/// All dead letters, oldest first; the oldest makes room.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct DeadLetters {
    letters: VecDeque<DeadLetter>,
}

impl DeadLetters {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &DeadLetter> {
        self.letters.iter()
    }

    pub(crate) fn len(&self) -> usize {
        self.letters.len()
    }

    /// The letter with this id, whether a turn's or a send's.
    pub(crate) fn find(&self, id: TurnId) -> Option<&DeadLetter> {
        self.letters.iter().find(|letter| letter.id() == Some(id))
    }

    pub(super) fn take(&mut self, cause: &Cause) -> Result<DeadLetter, Contradiction> {
        let place = self.letters.iter().position(|letter| letter.cause == *cause);
        place.and_then(|place| self.letters.remove(place)).ok_or("a dead letter that is not there")
    }

    pub(super) fn bury_turn(&mut self, turn: Turn, why: DeadWhy, message: &str, at: Time) {
        let cause = Cause::Turn { id: turn.id };
        let message = String::from(message);
        self.bury(DeadLetter { cause, why, message, at, code: 0, turn: Some(turn), parcel: None });
    }

    pub(super) fn bury_post(
        &mut self,
        parcel: Parcel,
        turn: Option<Turn>,
        why: DeadWhy,
        code: u32,
        message: &str,
        at: Time,
    ) {
        let cause = parcel.cause.clone();
        let (message, parcel) = (String::from(message), Some(parcel));
        self.bury(DeadLetter { cause, why, message, at, code, turn, parcel });
    }

    fn bury(&mut self, letter: DeadLetter) {
        let at = letter.at;
        self.letters.retain(|old| at.since(old.at) < DEAD_LETTERS_AGE_MS);
        if self.letters.len() >= DEAD_LETTERS_MAX {
            self.letters.pop_front();
        }
        self.letters.push_back(letter);
    }

    pub(super) fn forget(&mut self, sender: &SenderId) {
        // A private chat has its person's id.
        let theirs = |letter: &DeadLetter| {
            let chat = letter.chat().map(ChatId::as_str);
            letter.sender() == Some(sender) || chat == Some(sender.as_str())
        };
        self.letters.retain(|letter| !theirs(letter));
    }

    pub(super) fn pull_back(&mut self, now: Time) {
        for letter in &mut self.letters {
            letter.at = letter.at.min(now);
        }
    }
}
