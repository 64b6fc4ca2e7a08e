//! "is typing": shown while the agent works, again every 4 s because it fades.

use super::calls::Purpose;
use super::context::Context;
use super::timers::Timer;
use crate::id::ChatId;
use crate::wire::{Call, ChatAction};

/// An agent that is quicker than this is not announced: the call could overtake its answer.
const FIRST_MS: u64 = 400;
/// It fades after a few seconds.
const AGAIN_MS: u64 = 4_000;

pub(super) fn begin(cx: &mut Context, chat: &ChatId) {
    if cx.config.typing {
        cx.timers.set(Timer::Typing(chat.clone()), cx.now.plus(FIRST_MS));
    }
}

/// The agent still works.
pub(super) fn again(cx: &mut Context, chat: ChatId) {
    if cx.config.typing {
        now(cx, chat);
    }
}

/// Shows it, also where `typing` is off: somebody asked for it. Again only where it is on.
pub(super) fn now(cx: &mut Context, chat: ChatId) {
    if cx.sends_open() {
        let call = Call::SendChatAction { chat_id: chat.as_str(), action: ChatAction::Typing };
        cx.call(Purpose::Typing, &call);
    }
    if cx.config.typing {
        cx.timers.set(Timer::Typing(chat), cx.now.plus(AGAIN_MS));
    }
}

pub(super) fn end(cx: &mut Context, chat: ChatId) {
    cx.timers.clear(Timer::Typing(chat));
}
