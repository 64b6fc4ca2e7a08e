//! The webhook: whether one is set, whose it is, and setting or removing it.

use alloc::format;
use alloc::string::String;

use super::Step;
use crate::action::Action;
use crate::channel::calls::Purpose;
use crate::channel::context::{Context, bounded};
use crate::note::{Level, NoteCode};
use crate::record::Record;
use crate::time::{HOUR_MS, MINUTE_MS};
use crate::wire::{self, Call, Verification};

/// A webhook that Zalo could not reach is set again, so that Zalo tries it again.
const UNREACHABLE_AGAIN_MS: u64 = 5 * MINUTE_MS;

/// What comes next, and when.
pub(super) enum Then {
    Now(Step),
    In(Step, u64),
}

/// `getWebhookInfo` has answered.
pub(super) fn looked(cx: &mut Context, step: &Step, url: Option<&str>) -> Then {
    let wanted = cx.config.webhook_url.clone();
    match (wanted, url) {
        (None, None) => Then::Now(Step::Poll),
        (None, Some(url)) => {
            if cx.ledger.webhook.as_deref() == Some(url) || cx.config.polling.take_over {
                return Then::Now(Step::Remove);
            }
            if *step != Step::Foreign(String::from(url)) {
                let text = format!(
                    "a webhook that was not set from here takes the updates: {}. Remove it with \
                     `zaloxide webhook delete`, or set polling.takeOver",
                    bounded(url)
                );
                cx.note(Level::Error, NoteCode::ForeignWebhook, text);
            }
            Then::In(Step::Foreign(String::from(url)), MINUTE_MS)
        }
        (Some(wanted), Some(url)) if *step == Step::Hooked && wanted == url => {
            Then::In(Step::Hooked, HOUR_MS)
        }
        (Some(_), found) => {
            if *step == Step::Hooked {
                let found = found.map_or_else(|| String::from("none"), bounded);
                let text = format!("the webhook had changed to {found}; it is set again");
                cx.note(Level::Warn, NoteCode::WebhookSet, text);
            }
            Then::Now(Step::Set)
        }
    }
}

/// Sets the webhook, once it is durable that it was set from here.
pub(super) fn set(cx: &mut Context) {
    let Some(url) = cx.config.webhook_url.clone() else { return };
    if cx.ledger.webhook.as_deref() != Some(url.as_str()) {
        cx.record(Record::WebhookSet { url: url.clone() });
    }
    let request = wire::request(&Call::SetWebhook { url: &url });
    let call = cx.calls.start(request.method, Purpose::Link);
    let timeout_ms = request.method.timeout_ms(0);
    let (method, body) = (request.method, request.body);
    cx.act_durable(Action::StartCall { call, method, body, timeout_ms });
}

/// `setWebhook` has answered: the URL is saved even if Zalo could not reach it.
pub(super) fn was_set(cx: &mut Context, found: Option<Verification<'_>>) -> (Step, u64) {
    let word = |text: Option<_>| {
        text.map_or_else(String::new, |text: alloc::borrow::Cow<'_, str>| bounded(&text))
    };
    match found {
        Some(found) if !found.ok => {
            let text = format!(
                "the webhook is set, but Zalo could not reach it: {} {} {}; tried again in 5 minutes",
                word(found.outcome),
                found.status_code.unwrap_or(0),
                word(found.hint)
            );
            cx.note(Level::Error, NoteCode::WebhookUnreachable, text);
            (Step::Set, UNREACHABLE_AGAIN_MS)
        }
        found => {
            let how = if found.is_some() { "and Zalo has reached it" } else { "" };
            let text = format!("the webhook is set {how}");
            cx.note(Level::Info, NoteCode::WebhookSet, text.trim_end());
            (Step::Hooked, HOUR_MS)
        }
    }
}

/// `deleteWebhook` has answered: none is set.
pub(super) fn was_removed(cx: &mut Context) {
    if cx.ledger.webhook.is_some() {
        cx.record(Record::WebhookCleared);
    }
    cx.note(Level::Info, NoteCode::WebhookRemoved, "the webhook is removed");
}
