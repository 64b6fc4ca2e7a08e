//! What is pulled, as JSON text: many things at once, for each crossing has its price.

use std::time::Duration;

use serde::Serialize;
use zaloxide::agents::{Nothing, Pull, Pulled};
use zaloxide::{Envelope, TurnId};

use crate::fault::{Fault, show};

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Shown {
    Turn { envelope: Box<Envelope>, deadline: u64 },
    Abandoned { turn: TurnId, attempt: u32 },
    Told { number: u64 },
    Ended,
}

/// At most so many things; `None` when there are none.
pub(super) fn pull(pulled: &Pulled, most: u32) -> Result<Option<String>, Fault> {
    let mut shown = Vec::new();
    for _ in 0..most {
        shown.push(match pulled.next(Duration::ZERO) {
            Ok(Pull::Turn { envelope, deadline }) => {
                Shown::Turn { envelope, deadline: deadline.as_ms() }
            }
            Ok(Pull::Abandoned { turn, attempt }) => Shown::Abandoned { turn, attempt },
            Ok(Pull::Told(number)) => Shown::Told { number },
            Ok(_) => continue,
            Err(Nothing::Yet) => break,
            Err(Nothing::Ever) => {
                shown.push(Shown::Ended);
                break;
            }
        });
    }
    if shown.is_empty() { Ok(None) } else { show(&shown).map(Some) }
}
