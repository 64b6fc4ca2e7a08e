//! Whether a snapshot holds together. Records can't make a ledger that does not; a snapshot is read as
//! it is.

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
        self.dead.iter().try_for_each(letter_holds)
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
