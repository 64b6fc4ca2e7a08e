//! Codes: eight characters of the alphabet, unique among the pending, within their bounds, told
//! only while they live. That they die after an hour and work once is the model's.

use zaloxide_core::{Action, Cause, HOUR_MS, Record, SenderId, Time};

use super::{Book, Check, Scene, broken};

const ALPHABET: &str = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

pub(super) fn recorded(book: &Book, scene: Scene<'_>, record: &Record) -> Check {
    let Record::CodeIssued { sender, code, .. } = record else { return Ok(()) };
    if code.len() != 8 || !code.chars().all(|letter| ALPHABET.contains(letter)) {
        return broken("codes", format!("`{code}` is no code"));
    }
    let other = scene.model.holder(code, scene.now).filter(|other| *other != sender);
    if other.is_some() {
        return broken("codes", format!("`{code}` is given to {sender} and to {other:?}"));
    }
    if book.codes.get(code).is_none_or(|(_, who)| who != sender) {
        return broken("codes", format!("`{code}` was given to somebody else before"));
    }
    Ok(())
}

pub(super) fn issued(book: &Book, sender: &SenderId, code: &str, expires_at: Time) -> Check {
    match book.codes.get(code) {
        Some((_, who)) if who == sender && expires_at > Time::from_ms(HOUR_MS) => Ok(()),
        _ => broken("codes", format!("`{code}` is shown for {sender} and never was recorded")),
    }
}

/// What a stranger is told is a code that lives and is theirs.
pub(super) fn told(book: &Book, scene: Scene<'_>, action: &Action) -> Check {
    let Action::SendChunk { cause: Cause::Code { sender }, body, .. } = action else {
        return Ok(());
    };
    let asked = scene.model.asked.get(sender);
    // A code that was used, or given up by the owner, may be on its way: it says nothing wrong.
    let Some(asked) = asked else { return Ok(()) };
    let Some(code) = &asked.code else { return Ok(()) };
    if scene.now >= asked.at.plus(HOUR_MS) {
        return broken("codes", format!("{sender} is told a code that is dead: {body}"));
    }
    let own = book.codes.get(code).is_some_and(|(_, who)| who == sender);
    if own && body.contains(code.as_str()) {
        return Ok(());
    }
    broken("codes", format!("{sender} has code `{code}` and is told another: {body}"))
}
