//! Preparing: a reply's or send's media are checked and hosted by the adapter before it is taken.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use super::context::Context;
use crate::action::Action;
use crate::event::Prepared;
use crate::id::{Cause, ChatId};
use crate::parts;
use crate::reply::Reply;

/// What waits for its media.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) chat: ChatId,
    pub(super) reply: Reply,
    results: Vec<Option<Prepared>>,
}

impl Waiting {
    /// All results, once the last has come.
    pub(super) fn prepared(self) -> (ChatId, Reply, Vec<Prepared>) {
        (self.chat, self.reply, self.results.into_iter().flatten().collect())
    }
}

/// All that waits for media.
#[derive(Debug, Default)]
pub(super) struct Preparations {
    waiting: BTreeMap<Cause, Waiting>,
}

impl Preparations {
    /// Has media prepared. Hands the reply back if there are none.
    pub(super) fn begin(
        &mut self,
        cx: &mut Context,
        cause: &Cause,
        chat: ChatId,
        reply: Reply,
    ) -> Option<Waiting> {
        let sources: Vec<String> = parts::sources(&reply).map(ToString::to_string).collect();
        let waiting = Waiting { chat, reply, results: vec![None; sources.len()] };
        if sources.is_empty() {
            return Some(waiting);
        }
        let bytes_max = cx.config.media_bytes_max();
        for (index, source) in (0..).zip(sources) {
            cx.act(Action::PrepareMedia { cause: cause.clone(), index, source, bytes_max });
        }
        self.waiting.insert(cause.clone(), waiting);
        None
    }

    /// One result came. Hands back what has them all now.
    pub(super) fn result(
        &mut self,
        cause: &Cause,
        index: u32,
        result: Prepared,
    ) -> Option<Waiting> {
        let waiting = self.waiting.get_mut(cause)?;
        let slot = waiting.results.get_mut(index as usize)?;
        slot.get_or_insert(result);
        if waiting.results.iter().all(Option::is_some) { self.waiting.remove(cause) } else { None }
    }

    pub(super) fn contains(&self, cause: &Cause) -> bool {
        self.waiting.contains_key(cause)
    }

    pub(super) fn cancel(&mut self, cause: &Cause) {
        self.waiting.remove(cause);
    }

    /// Chunks that may come of what waits.
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }
}
