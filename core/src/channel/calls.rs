//! Calls: those that are open, and what each is for.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::id::{CallId, Cause, ChatId, Ticket};
use crate::method::Method;
use crate::rest::rest;

/// What a call is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// The long poll.
    Poll,
    /// A step of the connection.
    Link,
    /// A chunk.
    Chunk {
        /// To which chat.
        chat: ChatId,
        /// What it belongs to.
        cause: Cause,
        /// Which chunk.
        index: u32,
    },
    /// "is typing".
    Typing,
    /// An operator's question.
    Ask(Ticket),
}

/// An open call.
#[derive(Clone, Debug)]
pub(super) struct Open {
    pub(super) method: Method,
    pub(super) purpose: Purpose,
}

/// All open calls.
#[derive(Debug)]
pub(super) struct Calls {
    run: u32,
    last: u64,
    open: BTreeMap<u64, Open>,
}

impl Calls {
    pub(super) fn new(run: u32) -> Self {
        Self { run, last: 0, open: BTreeMap::new() }
    }

    pub(super) fn start(&mut self, method: Method, purpose: Purpose) -> CallId {
        self.last += 1;
        self.open.insert(self.last, Open { method, purpose });
        CallId { run: self.run, n: self.last }
    }

    pub(super) fn finish(&mut self, call: CallId) -> Option<Open> {
        if call.run != self.run {
            return None;
        }
        let open = self.open.remove(&call.n);
        rest(&mut self.open);
        open
    }

    /// Closes operators' questions that are open; hands back who waits for them.
    pub(super) fn take_questions(&mut self) -> Vec<Ticket> {
        let asked =
            |open: &Open| if let Purpose::Ask(ticket) = open.purpose { Some(ticket) } else { None };
        let tickets = self.open.values().filter_map(asked).collect();
        self.open.retain(|_, open| asked(open).is_none());
        tickets
    }

    pub(super) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.open.len()
    }
}
