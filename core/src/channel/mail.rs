//! Mail: chunks on their way out. One after the other in each chat, at the chat's and the
//! account's pace; a reply or send goes to its end before the next begins.

mod returns;

use alloc::collections::{BTreeMap, VecDeque};
use alloc::string::String;

use super::calls::Purpose;
use super::context::{Context, Signal};
use super::journal::Wake;
use super::notices::Told;
use super::pace::{Bucket, Rate};
use super::queue::Queue;
use super::timers::Timer;
use crate::action::Action;
use crate::config::{Delivery, Duty, Format};
use crate::id::{Cause, ChatId, MessageId};
use crate::ledger::{CODE_LIFE_MS, Parcel};
use crate::record::{DeadWhy, Part, Record};
use crate::settle::{Answer, SendError};
use crate::time::{SECOND_MS, Time};
use crate::wire::{self, Call, ParseMode};

/// All chats' mail.
#[derive(Debug)]
pub(super) struct Mail {
    boxes: BTreeMap<ChatId, Pigeonhole>,
    account: Bucket,
    /// Chats that wait for the account's pace, in the order in which they came.
    queue: Queue,
    notices: usize,
    /// Who was told what bots can't see.
    pub(super) told: Told,
}

/// One chat's mail. Replies and sends are in the ledger; the bot's own lines are here.
#[derive(Debug)]
struct Pigeonhole {
    notices: VecDeque<Parcel>,
    in_flight: Option<Cause>,
    /// The record of the last acknowledgement: until it is durable nothing more goes out, so that a
    /// crash repeats one chunk at most.
    acked: u64,
    bucket: Bucket,
}

/// Which parcel of a chat is next.
enum Head<'a> {
    Post(&'a Parcel),
    Notice(&'a Parcel),
}

impl<'a> Head<'a> {
    fn parcel(&self) -> &'a Parcel {
        match self {
            Self::Post(parcel) | Self::Notice(parcel) => parcel,
        }
    }
}

/// What stands between a chat's next chunk and its call.
enum Step {
    /// Nothing is to be sent.
    Idle,
    /// A call is under way, or a record is not durable: something will come.
    Wait,
    /// Not before a time.
    At(Time),
    /// The account's pace.
    Queue,
    /// It is a code that nobody can approve any more.
    Void(Cause),
    /// The parcel waited too long.
    Stale(Cause, u32),
    /// The intent has to be durable first.
    Intend(Cause, u32),
    /// Now.
    Send,
}

impl Mail {
    pub(super) fn new(cx: &Context) -> Self {
        Self {
            boxes: BTreeMap::new(),
            account: Bucket::full(account_rate(cx), cx.now),
            queue: Queue::default(),
            notices: 0,
            told: Told::default(),
        }
    }

    /// Lines of the bot's own that wait.
    pub(super) fn notices(&self) -> usize {
        self.notices
    }

    pub(super) fn has_notice(&self, chat: &ChatId, cause: &Cause) -> bool {
        self.boxes.get(chat).is_some_and(|b| b.notices.iter().any(|parcel| parcel.cause == *cause))
    }

    /// Queues a line of the bot's own; it goes out once all records so far are durable.
    pub(super) fn post_notice(&mut self, cx: &mut Context, mut parcel: Parcel) {
        parcel.number.0 = cx.journal.last();
        let chat = parcel.chat.clone();
        self.pigeonhole(cx, &chat).notices.push_back(parcel);
        self.notices += 1;
        cx.when_durable(Wake::Mail(chat));
    }

    /// Takes a line back that has not gone out.
    pub(super) fn drop_notice(&mut self, chat: &ChatId, cause: &Cause) {
        if let Some(b) = self.boxes.get_mut(chat)
            && b.in_flight.as_ref() != Some(cause)
        {
            let before = b.notices.len();
            b.notices.retain(|parcel| parcel.cause != *cause);
            self.notices -= before - b.notices.len();
        }
    }

    fn pigeonhole(&mut self, cx: &Context, chat: &ChatId) -> &mut Pigeonhole {
        self.boxes.entry(chat.clone()).or_insert_with(|| Pigeonhole {
            notices: VecDeque::new(),
            in_flight: None,
            acked: 0,
            bucket: Bucket::full(chat_rate(cx), cx.now),
        })
    }

    /// Every chat that has something to send; on errands, those of them that were asked about.
    pub(super) fn chats(&self, cx: &Context) -> VecDeque<ChatId> {
        let with_notices = self.boxes.iter().filter(|(_, b)| !b.notices.is_empty());
        let all = cx.ledger.posts.chats().chain(with_notices.map(|(chat, _)| chat));
        let serves = cx.config.duty == Duty::Serve;
        all.filter(|chat| serves || self.boxes.contains_key(*chat)).cloned().collect()
    }

    /// Sends a chat's next chunk if nothing stands against it.
    pub(super) fn advance(&mut self, cx: &mut Context, chat: &ChatId) {
        loop {
            let step = self.step(cx, chat);
            let mut timer = None;
            match step {
                Step::Idle => {
                    // A box is kept until its bucket is full again, else a chat could be flooded.
                    let bucket = self.boxes.get_mut(chat).map(|b| &mut b.bucket);
                    timer = bucket.and_then(|bucket| bucket.full_at(chat_rate(cx), cx.now));
                    if timer.is_none() {
                        self.boxes.remove(chat);
                    }
                }
                Step::Wait => {}
                Step::At(at) => timer = Some(at),
                Step::Queue => {
                    self.enqueue(cx, chat);
                }
                Step::Void(cause) => {
                    self.remove_notice(chat, &cause);
                    continue;
                }
                Step::Stale(cause, index) => {
                    let given_up = stale(cx, &cause);
                    self.give_up(cx, chat, &cause, index, given_up);
                    continue;
                }
                Step::Intend(cause, index) => {
                    cx.record(Record::ChunkIntended { cause, index });
                    cx.when_durable(Wake::Mail(chat.clone()));
                }
                Step::Send => self.send(cx, chat),
            }
            cx.timers.set_or_clear(Timer::Mail(chat.clone()), timer);
            return;
        }
    }

    fn step(&mut self, cx: &Context, chat: &ChatId) -> Step {
        // Also when what is under way was dropped meanwhile: its box is still in use.
        let busy = |b: &Pigeonhole| b.in_flight.is_some() || !cx.journal.is_durable(b.acked);
        if self.boxes.get(chat).is_some_and(busy) {
            return Step::Wait;
        }
        let Some(head) = self.head(cx, chat) else { return Step::Idle };
        let post = matches!(head, Head::Post(_));
        let parcel = head.parcel();
        let (cause, index) = (parcel.cause.clone(), parcel.next);
        if is_void(cx, parcel) {
            return Step::Void(cause);
        }
        let max_age_ms = match cause {
            Cause::Code { .. } => CODE_LIFE_MS,
            _ => cx.config.turn.max_age_sec.saturating_mul(SECOND_MS),
        };
        let stale_at = parcel.taken_at.plus(max_age_ms);
        if cx.now >= stale_at {
            return Step::Stale(cause, index);
        }
        if !cx.sends_open() {
            return Step::At(stale_at);
        }
        if !cx.journal.is_durable(parcel.number.0) {
            return Step::Wait;
        }
        if parcel.not_before > cx.now {
            return Step::At(parcel.not_before.min(stale_at));
        }
        let intended = parcel.intended;
        let b = self.pigeonhole(cx, chat);
        if let Some(at) = b.bucket.wait(chat_rate(cx), cx.now) {
            return Step::At(at);
        }
        if self.account.wait(account_rate(cx), cx.now).is_some() {
            return Step::Queue;
        }
        if post && cx.config.delivery == Delivery::AtMostOnce && !intended {
            return Step::Intend(cause, index);
        }
        Step::Send
    }

    /// A parcel that has begun goes on; else the bot's own lines go first.
    fn head<'a>(&'a self, cx: &'a Context, chat: &ChatId) -> Option<Head<'a>> {
        let post = cx.ledger.posts.head(chat);
        if let Some(parcel) = post
            && (parcel.under_way() || parcel.intended)
        {
            return Some(Head::Post(parcel));
        }
        let notice = self.boxes.get(chat).and_then(|b| b.notices.front());
        notice.map(Head::Notice).or(post.map(Head::Post))
    }

    fn enqueue(&mut self, cx: &mut Context, chat: &ChatId) {
        self.queue.push(chat);
        let at = self.account.wait(account_rate(cx), cx.now);
        cx.timers.set_or_clear(Timer::Pace, at);
    }

    /// The account has a token again.
    pub(super) fn next_in_queue(&mut self, cx: &mut Context) {
        while self.account.wait(account_rate(cx), cx.now).is_none() {
            let Some(chat) = self.queue.pop() else { return };
            self.advance(cx, &chat);
        }
        if !self.queue.is_empty() {
            let at = self.account.wait(account_rate(cx), cx.now);
            cx.timers.set_or_clear(Timer::Pace, at);
        }
    }

    fn send(&mut self, cx: &mut Context, chat: &ChatId) {
        let Some(head) = self.head(cx, chat) else { return };
        let parcel = head.parcel();
        let Some(part) = parcel.part() else { return };
        let request = wire::request(&call(chat, part, parcel.plain));
        let (cause, index, of) = (parcel.cause.clone(), parcel.next, parcel.of());
        let purpose = Purpose::Chunk { chat: chat.clone(), cause: cause.clone(), index };
        let id = cx.calls.start(request.method, purpose);
        let timeout_ms = request.method.timeout_ms(cx.config.polling.timeout_sec);
        let (method, body, chat) = (request.method, request.body, chat.clone());
        self.account.take();
        let b = self.pigeonhole(cx, &chat);
        b.in_flight = Some(cause.clone());
        b.bucket.take();
        cx.act(Action::SendChunk { call: id, chat, cause, index, of, method, body, timeout_ms });
    }
}

/// The call that sends a part.
fn call<'a>(chat: &'a ChatId, part: &'a Part, plain: bool) -> Call<'a> {
    let chat_id = chat.as_str();
    match part {
        Part::Text { text, format } => {
            let format = if plain { Format::Text } else { *format };
            Call::SendMessage { chat_id, text, parse_mode: ParseMode::of(format) }
        }
        Part::Photo { url, caption } => {
            Call::SendPhoto { chat_id, photo: url, caption: caption.as_deref() }
        }
        Part::Sticker { sticker } => Call::SendSticker { chat_id, sticker },
        Part::Voice { url } => Call::SendVoice { chat_id, voice_url: url },
    }
}

/// A code that expired, was used, or has a successor. Its parcel is as old as the code.
fn is_void(cx: &Context, parcel: &Parcel) -> bool {
    let Cause::Code { sender } = &parcel.cause else { return false };
    let request = cx.ledger.pairing.request(sender, cx.now);
    request.is_none_or(|request| request.issued_at != parcel.taken_at)
}

/// What a send came to, for whoever waits for it.
fn ending(parcel: &Parcel, last: Option<MessageId>, error: Option<SendError>) -> Option<Answer> {
    let Cause::Send { id } = parcel.cause else { return None };
    let sent = parcel.sent.iter().cloned().chain(last).collect();
    Some(Answer::Sent { id, of: parcel.of(), sent, error })
}

/// A reply or send has left the ledger: whoever depends on it goes on.
fn closed(cx: &mut Context, chat: &ChatId, cause: &Cause, ending: Option<Answer>) {
    match (cause, ending) {
        (Cause::Turn { id }, _) => cx.signal(Signal::TurnClosed(*id, chat.clone())),
        (Cause::Send { id }, Some(answer)) => cx.signal(Signal::SendEnded(*id, answer)),
        _ => {}
    }
    cx.signal(Signal::Mail(chat.clone()));
}

fn stale(cx: &Context, cause: &Cause) -> returns::GivenUp {
    let reason = match cause {
        Cause::Code { .. } => String::from("the code is no longer good"),
        _ => alloc::format!(
            "it waited longer than turn.maxAgeSec ({} s) to be sent",
            cx.config.turn.max_age_sec
        ),
    };
    returns::GivenUp { why: DeadWhy::Stale, code: 0, reason }
}

fn chat_rate(cx: &Context) -> Rate {
    Rate { per_sec: cx.config.rate.chat_per_sec, burst: cx.config.rate.burst }
}

fn account_rate(cx: &Context) -> Rate {
    Rate { per_sec: cx.config.rate.account_per_sec, burst: cx.config.rate.burst }
}

/// What is left of a reply or send is dropped; a chunk under way ends as it ends.
pub(super) fn drop_post(cx: &mut Context, cause: &Cause) {
    let Some(parcel) = cx.ledger.posts.get(cause) else { return };
    let chat = parcel.chat.clone();
    let error =
        SendError { index: parcel.next, code: 0, message: String::from("dropped by an operator") };
    let ending = ending(parcel, None, Some(error));
    cx.record(Record::PostDropped { cause: cause.clone(), at: cx.now });
    closed(cx, &chat, cause, ending);
}
