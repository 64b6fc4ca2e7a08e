//! Answers to turns, as JavaScript hands them in: many at once, for each crossing has its price.

use serde::Deserialize;
use serde_json::value::RawValue;
use zaloxide::agents::Pulled;
use zaloxide::{Reply, TurnId};

/// How an attempt ended.
#[derive(Deserialize)]
struct Answered<'a> {
    turn: TurnId,
    attempt: u32,
    /// Messages.
    #[serde(borrow)]
    reply: Option<&'a RawValue>,
    /// Why there is none.
    error: Option<String>,
}

/// Passes a JSON list of them on. One that can't be sent is said, and is as good as none.
pub(super) fn hand_in(pulled: &Pulled, answers: &str) {
    let answers: Vec<Answered<'_>> = match serde_json::from_str(answers) {
        Ok(answers) => answers,
        // Their attempts run out of time.
        Err(wrong) => return tracing::error!(%wrong, "answers can't be read"),
    };
    for Answered { turn, attempt, reply, error } in answers {
        let reply = match (reply, error) {
            (Some(reply), None) => serde_json::from_str::<Reply>(reply.get()).map_err(|wrong| {
                tracing::error!("the answer to turn {turn} can't be sent: {wrong}");
                wrong.to_string()
            }),
            (_, error) => Err(error.unwrap_or_default()),
        };
        pulled.answer(turn, attempt, reply);
    }
}
