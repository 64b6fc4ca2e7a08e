//! Whether a ledger holds together. The records of a channel can't make one that does not; a journal
//! is read as it is.

use alloc::collections::BTreeSet;

use super::{Contradiction, DeadLetter, Ledger, Parcel, Turn};
use crate::id::Cause;

impl Ledger {
    /// Refuses what no records come to.
    pub(crate) fn check(&self) -> Result<(), Contradiction> {
        self.posts.iter().try_for_each(|parcel| {
            let turn = match parcel.cause {
                Cause::Turn { id } => self.turns.get(id).filter(|turn| turn.replying),
                _ => None,
            };
            parcel_holds(parcel, turn)
        })?;
        for turn in self.turns.iter() {
            turn_holds(turn)?;
            if turn.replying && self.posts.get(&Cause::Turn { id: turn.id }).is_none() {
                return Err("a turn whose answer is nowhere");
            }
        }
        let mut dead = BTreeSet::new();
        self.dead.iter().try_for_each(|letter| {
            letter_holds(letter)?;
            // It may be tried again, and then is open.
            if self.is_open(&letter.cause) || !dead.insert(&letter.cause) {
                return Err("a dead letter of what is open, or is there twice");
            }
            Ok(())
        })
    }

    fn is_open(&self, cause: &Cause) -> bool {
        let turn = match cause {
            Cause::Turn { id } => self.turns.get(*id),
            _ => None,
        };
        turn.is_some() || self.posts.get(cause).is_some()
    }
}

/// What is to be sent is there, and goes to the chat that asked.
fn parcel_holds(parcel: &Parcel, turn: Option<&Turn>) -> Result<(), Contradiction> {
    if parcel.left() == 0 {
        return Err("a parcel of which nothing is left");
    }
    match (&parcel.cause, turn) {
        (Cause::Send { .. }, None) => Ok(()),
        (Cause::Turn { id }, Some(turn)) if turn.id == *id && *turn.chat() == parcel.chat => Ok(()),
        (Cause::Turn { .. }, _) => Err("an answer that is no open turn's"),
        _ => Err("a parcel of no turn and no send"),
    }
}

fn turn_holds(turn: &Turn) -> Result<(), Contradiction> {
    let complete = turn.fetched.len() == turn.media().count();
    if complete { Ok(()) } else { Err("a turn with other media than its messages") }
}

fn letter_holds(letter: &DeadLetter) -> Result<(), Contradiction> {
    let turn = letter.turn.as_ref();
    match (&letter.cause, turn) {
        (Cause::Turn { id }, Some(turn)) if turn.id == *id => turn_holds(turn)?,
        (Cause::Send { .. }, None) if letter.parcel.is_some() => {}
        _ => return Err("a dead letter of no turn and no send"),
    }
    match &letter.parcel {
        Some(parcel) if parcel.cause == letter.cause => parcel_holds(parcel, turn),
        Some(_) => Err("a dead letter with another's parcel"),
        None => Ok(()),
    }
}
