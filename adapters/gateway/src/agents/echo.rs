//! `Echo`: says what it was told. To see that everything works.

use zaloxide_core::Reply;

use super::{Agent, Turn};

/// Answers each turn with its `body`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Echo;

impl Agent for Echo {
    fn deliver(&self, turn: Turn) {
        turn.responder.reply(Reply::text(turn.envelope.body));
    }
}
