//! Sends: messages that somebody asks to have sent, and who waits for their end.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;

use super::context::{Context, Signal};
use super::journal::Wake;
use super::lanes::Lanes;
use super::prepare::{Preparations, Waiting};
use crate::envelope::ChatKind;
use crate::id::{Cause, ChatId, SendId, Ticket};
use crate::limits::{ID_BYTES_MAX, REPLY_BYTES_MAX, REPLY_MESSAGES_MAX, TICKETS_MAX};
use crate::parts;
use crate::record::Record;
use crate::refused::Refused;
use crate::reply::Reply;
use crate::settle::{Answer, FaultKind, Settled};

/// Who waits for which send.
#[derive(Debug, Default)]
pub(super) struct Sends {
    waiting: BTreeMap<SendId, Ticket>,
}

impl Sends {
    /// Takes a message to be sent.
    pub(super) fn begin(
        &mut self,
        cx: &mut Context,
        lanes: &mut Lanes,
        chat: ChatId,
        content: Reply,
        ticket: Ticket,
    ) -> Result<(), Refused> {
        if parts::text_bytes(&content) > REPLY_BYTES_MAX
            || content.0.len() > REPLY_MESSAGES_MAX
            || chat.as_str().len() > ID_BYTES_MAX
        {
            return Err(Refused::TooLarge);
        }
        if !lanes.has_room_for_chunks(cx) || self.waiting.len() >= TICKETS_MAX {
            return Err(Refused::Busy);
        }
        if chat.as_str().is_empty() {
            cx.fail(ticket, FaultKind::Unsendable, "the chat's id is empty");
            return Ok(());
        }
        let id = SendId(cx.dice.id());
        self.waiting.insert(id, ticket);
        if let Some(ready) = lanes.preparations.begin(cx, &Cause::Send { id }, chat, content) {
            self.ready(cx, id, ready);
        }
        Ok(())
    }

    /// All media are prepared, or there are none.
    pub(super) fn ready(&mut self, cx: &mut Context, id: SendId, ready: Waiting) {
        let (chat, reply, prepared) = ready.prepared();
        let group = kind(&chat) == ChatKind::Group;
        let plan = parts::plan(&cx.config, group, &reply, &prepared);
        // Unlike an agent, whoever sends is there to be told: nothing is left out in silence.
        if let Some(reason) = plan.left_out.into_iter().next() {
            return self.refuse(cx, id, FaultKind::Unsendable, reason);
        }
        if plan.parts.is_empty() {
            let message =
                String::from("there is nothing to send: no text, media, sticker or voice");
            return self.refuse(cx, id, FaultKind::EmptyContent, message);
        }
        let (parts, at) = (Arc::from(plan.parts), cx.now);
        cx.record(Record::SendTaken { send: id, chat: chat.clone(), parts, at });
        cx.when_durable(Wake::Mail(chat));
    }

    fn refuse(&mut self, cx: &mut Context, id: SendId, kind: FaultKind, message: String) {
        if let Some(ticket) = self.waiting.remove(&id) {
            cx.fail(ticket, kind, message);
        }
        // What was kept free for it is free for answers.
        cx.signal(Signal::AnyLane);
    }

    /// A send has ended; whoever waits is answered when that is durable.
    pub(super) fn ended(&mut self, cx: &mut Context, id: SendId, answer: Answer) {
        if let Some(ticket) = self.waiting.remove(&id) {
            cx.settle_durable(ticket, Settled::Ok(answer));
        }
    }

    /// The store fails: whose send is not durable is told so; the others go on waiting.
    pub(super) fn release_doubtful(
        &mut self,
        cx: &mut Context,
        preparations: &mut Preparations,
        message: &str,
    ) {
        let mut waiting = core::mem::take(&mut self.waiting);
        waiting.retain(|id, ticket| {
            let parcel = cx.ledger.posts.get(&Cause::Send { id: *id });
            let durable = parcel.is_some_and(|parcel| cx.journal.is_durable(parcel.taken.0));
            if !durable {
                // One whose media are being prepared is not taken: what was said of it stays true.
                preparations.cancel(&Cause::Send { id: *id });
                cx.fail(*ticket, FaultKind::NotDurableYet, message);
            }
            durable
        });
        self.waiting = waiting;
    }

    /// The channel stops: nobody waits in vain. What is durable stays.
    pub(super) fn release(&mut self, cx: &mut Context, kind: FaultKind, message: &str) {
        for ticket in core::mem::take(&mut self.waiting).into_values() {
            cx.fail(ticket, kind, message);
        }
    }
}

/// Groups are known by their ids alone when nobody has written yet.
fn kind(chat: &ChatId) -> ChatKind {
    if chat.as_str().starts_with("zgr-") { ChatKind::Group } else { ChatKind::Private }
}
