//! The control door for code in the same process: people who write, faults, the list of calls.
//! [`routes`] is the same door over HTTP.

pub(crate) mod routes;

use std::fmt;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde::Serialize;
use zaloxide_core::Time;

use crate::Emulator;
use crate::answer::Answer;
use crate::calls::Call;
use crate::deliver::Courier;
use crate::faults::Fault;
use crate::platform::update::{Content, Media, Sent};
use crate::platform::{Handed, Platform};

/// What the server and the control doors share.
pub(crate) struct Shared {
    platform: Mutex<Platform>,
    /// Notified when a call arrives or is answered, and when a poll opens.
    changed: Condvar,
    pub(crate) courier: Courier,
}

/// What became of an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Delivery {
    /// An open poll has it, or the webhook answered 2xx.
    Delivered,
    /// It waits for the next poll.
    Queued,
    /// Nobody has it: no poll was open, or the webhook did not take it.
    Lost,
}

impl Delivery {
    /// Whether a bot has it now.
    pub fn is_delivered(self) -> bool {
        self == Self::Delivered
    }
}

/// Why the emulator does not do what it was asked to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refused {
    /// No bot has these digits before its token's colon.
    UnknownBot(String),
    /// A bounded list is full; it says which.
    Full(&'static str),
    /// The request makes no sense; it says why.
    Invalid(String),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownBot(id) => {
                write!(f, "no bot {id:?}: name one by the digits before its token's colon")
            }
            Self::Full(what) => write!(f, "no room for more {what}: reset, or let them be used"),
            Self::Invalid(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for Refused {}

impl Shared {
    pub(crate) fn new(platform: Platform) -> Self {
        Self { platform: Mutex::new(platform), changed: Condvar::new(), courier: Courier::new() }
    }

    /// The platform. A panic elsewhere leaves it usable: each change is made in one go.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Platform> {
        self.platform.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes those who wait for a call or a poll.
    pub(crate) fn notify(&self) {
        self.changed.notify_all();
    }

    /// Blocks until `look` finds something, at most `timeout`.
    fn wait<T>(
        &self,
        timeout: Duration,
        mut look: impl FnMut(&Platform) -> Option<T>,
    ) -> Option<T> {
        let start = Instant::now();
        let mut platform = self.lock();
        loop {
            if let Some(found) = look(&platform) {
                return Some(found);
            }
            let left = timeout.checked_sub(start.elapsed()).filter(|left| !left.is_zero())?;
            let (guard, _) =
                self.changed.wait_timeout(platform, left).unwrap_or_else(PoisonError::into_inner);
            platform = guard;
        }
    }

    /// A person's message. Blocks while a webhook takes it.
    pub(crate) fn message(&self, sent: &Sent) -> Result<Delivery, Refused> {
        let handed = self.lock().message(now(), sent)?;
        Ok(self.finish(handed))
    }

    /// A body handed out as it is. Blocks while a webhook takes it.
    pub(crate) fn update(&self, bot: Option<&str>, body: Vec<u8>) -> Result<Delivery, Refused> {
        let handed = self.lock().update(bot, body)?;
        Ok(self.finish(handed))
    }

    fn finish(&self, handed: Handed) -> Delivery {
        match handed {
            Handed::Done(delivery) => delivery,
            Handed::Post(post) if self.courier.deliver(&post).received() => Delivery::Delivered,
            Handed::Post(_) => Delivery::Lost,
        }
    }
}

/// The wall clock.
pub(crate) fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time::from_ms(since.as_millis().try_into().unwrap_or(u64::MAX))
}

impl Emulator {
    /// A person with this id, who writes to the first bot in private until told otherwise.
    pub fn user(&self, id: &str) -> User<'_> {
        let sent = Sent {
            user: id.to_owned(),
            name: None,
            chat: None,
            bot: None,
            content: Content::Unsupported,
        };
        User { emulator: self, sent }
    }

    /// Hands out a body as it is: as `result` of `getUpdates`, or flat to the webhook. It waits
    /// for a poll when none is open. `bot`: the digits of a token; `None` for the first.
    pub fn hand_out(
        &self,
        bot: Option<&str>,
        body: impl Into<Vec<u8>>,
    ) -> Result<Delivery, Refused> {
        self.shared().update(bot, body.into())
    }

    /// Gives the open `getUpdates`, else the next, this whole HTTP answer. `status`: 200 to 599.
    pub fn answer_poll(
        &self,
        bot: Option<&str>,
        status: u16,
        content_type: &str,
        body: impl Into<Vec<u8>>,
    ) -> Result<Delivery, Refused> {
        let answer = canned(status, content_type, body.into())?;
        self.shared().lock().answer_poll(bot, answer)
    }

    /// The calls that arrived after number `n`: all that are kept for 0.
    pub fn calls_since(&self, n: u64) -> Vec<Call> {
        self.shared().lock().calls.since(n).cloned().collect()
    }

    /// The number of the last call, 0 before the first; what comes later has a higher one.
    pub fn last_call(&self) -> u64 {
        self.shared().lock().calls.last()
    }

    /// Blocks until a call after number `n` is as wanted, and returns it; `None` after `timeout`.
    /// A call is looked at when it arrives (its `status` is `None` then) and when it is answered.
    /// `wanted` must not call the emulator.
    pub fn wait_for_call(
        &self,
        n: u64,
        timeout: Duration,
        wanted: impl Fn(&Call) -> bool,
    ) -> Option<Call> {
        let look =
            |platform: &Platform| platform.calls.since(n).find(|&call| wanted(call)).cloned();
        self.shared().wait(timeout, look)
    }

    /// Blocks until the bot has an open poll whose client is connected; `false` after `timeout`.
    pub fn wait_for_poll(&self, bot: Option<&str>, timeout: Duration) -> Result<bool, Refused> {
        self.shared().lock().has_poll(bot)?;
        let open = |platform: &Platform| platform.has_poll(bot).ok().filter(|&open| open);
        Ok(self.shared().wait(timeout, open).is_some())
    }

    /// Arms a fault. Of several that could strike a call, the one armed first does.
    pub fn fault(&self, fault: Fault) -> Result<(), Refused> {
        self.shared().lock().arm(fault)
    }

    /// Forgets calls, faults, queues, webhooks, hosted files and the used quota; open polls end
    /// with 408. Tokens stay; the numbers of calls and messages go on.
    pub fn reset(&self) {
        self.shared().lock().reset();
    }
}

/// A prepared answer, checked.
fn canned(status: u16, content_type: &str, body: Vec<u8>) -> Result<Answer, Refused> {
    if !(200..600).contains(&status) {
        return Err(Refused::Invalid(format!("status {status} is not between 200 and 599")));
    }
    if hyper::header::HeaderValue::from_str(content_type).is_err() {
        return Err(Refused::Invalid("content_type is no header value".to_owned()));
    }
    Ok(Answer { status, content_type: content_type.to_owned().into(), body })
}

/// A person who writes to a bot. Each `sends_..` is one message.
#[derive(Clone)]
pub struct User<'a> {
    emulator: &'a Emulator,
    sent: Sent,
}

impl User<'_> {
    /// The name the bot sees; else it is the id.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.sent.name = Some(name.to_owned());
        self
    }

    /// Writes in this chat; `zgr-..` is a group. Else the chat is private and has the person's id.
    #[must_use]
    pub fn in_chat(mut self, chat: &str) -> Self {
        self.sent.chat = Some(chat.to_owned());
        self
    }

    /// Writes to the bot with these digits before its token's colon.
    #[must_use]
    pub fn to_bot(mut self, bot: &str) -> Self {
        self.sent.bot = Some(bot.to_owned());
        self
    }

    /// Sends a text.
    pub fn sends_text(&self, text: &str) -> Result<Delivery, Refused> {
        self.sends(Content::Text(text.to_owned()))
    }

    /// Sends a picture; `caption` may be empty.
    pub fn sends_photo(&self, photo: Media, caption: &str) -> Result<Delivery, Refused> {
        self.sends(Content::Photo(photo, caption.to_owned()))
    }

    /// Sends a sticker.
    pub fn sends_sticker(&self, id: &str) -> Result<Delivery, Refused> {
        self.sends(Content::Sticker(id.to_owned()))
    }

    /// Sends a voice recording.
    pub fn sends_voice(&self, voice: Media) -> Result<Delivery, Refused> {
        self.sends(Content::Voice(voice))
    }

    /// Sends what bots are not shown: a file, a contact card, a location.
    pub fn sends_unsupported(&self) -> Result<Delivery, Refused> {
        self.sends(Content::Unsupported)
    }

    /// Sends anything. Blocks while a webhook takes it, 15 s at most.
    pub fn sends(&self, content: Content) -> Result<Delivery, Refused> {
        self.emulator.shared().message(&Sent { content, ..self.sent.clone() })
    }
}
