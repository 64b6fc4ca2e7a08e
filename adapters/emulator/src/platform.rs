//! `Platform`: what the service knows and decides. It does no I/O and reads no clock.
//!
//! A call arrives as data and leaves as a [`Step`]: an answer, or what the driver must do first.
//! Whatever the HTTP side is told to do, it tells the outcome back.

pub(crate) mod bot;
pub(crate) mod params;
pub(crate) mod poll;
mod send;
pub(crate) mod update;
pub(crate) mod webhook;

use std::time::Duration;

use serde_json::Value;
use zaloxide_core::{Method, Time};

use crate::answer::{Answer, Problem};
use crate::calls::{Call, Calls};
use crate::control::{Delivery, Refused};
use crate::deliver::Post;
use crate::faults::{Fault, FaultKind, Faults, Target, method_named, mixed};
use crate::files::{FILE_BYTES_MAX, Files};
use crate::options::{Options, bot_id};
use bot::{Bot, Connected, Given, Update};
use params::Params;
use poll::Poll;
use update::{Content, Media, Ready, Sent};
use webhook::Ping;

/// Characters of a method name that are listed.
const METHOD_CHARS_MAX: usize = 64;

/// The whole state of an emulator.
pub(crate) struct Platform {
    pub(crate) options: Options,
    deliver_origin: Option<String>,
    /// `http://host:port` under which files are hosted.
    files_origin: String,
    bots: Vec<Bot>,
    pub(crate) calls: Calls,
    faults: Faults,
    pub(crate) files: Files,
    polls_opened: u64,
    messages: u64,
}

/// A call, taken apart.
pub(crate) struct Request<'a> {
    pub(crate) token: &'a str,
    pub(crate) method: &'a str,
    /// `None`: the body could not be read.
    pub(crate) params: Option<Params>,
    /// Bytes of the body.
    pub(crate) bytes: usize,
    pub(crate) connected: Connected,
}

/// A listed call and what is to happen with it.
pub(crate) struct Arrival {
    pub(crate) n: u64,
    pub(crate) step: Step,
    pub(crate) mishap: Option<Mishap>,
}

/// What the driver does for a call.
pub(crate) enum Step {
    /// Answer it.
    Answer(Answer),
    /// Wait for what the poll is given.
    Poll(Poll),
    /// Post the ping, then answer with what came of it.
    Ping(Ping),
    /// Say nothing that long, then hang up.
    Silence(Duration),
    /// Hang up.
    HangUp,
}

/// What befalls the answer on its way.
pub(crate) enum Mishap {
    Lost,
    Cut,
    Late(Duration),
}

/// What became of an update.
pub(crate) enum Handed {
    Done(Delivery),
    Post(Post),
}

impl Platform {
    /// `options` were checked; `files_origin` is where the server listens.
    pub(crate) fn new(options: Options, files_origin: String) -> Self {
        let named = options.tokens.iter().filter_map(|token| Some((bot_id(token)?, token)));
        let bots = named.map(|(id, token)| Bot::new(id, token)).collect();
        Self {
            deliver_origin: options.deliver_origin(),
            options,
            files_origin,
            bots,
            calls: Calls::default(),
            faults: Faults::default(),
            files: Files::default(),
            polls_opened: 0,
            messages: 0,
        }
    }

    /// Lists a call and decides what happens with it.
    pub(crate) fn arrive(&mut self, now: Time, request: Request<'_>) -> Arrival {
        let Request { token, method: name, params, bytes, connected } = request;
        let token_id = token.split(':').next().filter(|id| {
            !id.is_empty() && id.len() <= 32 && id.bytes().all(|byte| byte.is_ascii_digit())
        });
        let call = Call {
            n: 0,
            at_ms: now.as_ms(),
            token_id: token_id.map(str::to_owned),
            method: name.chars().take(METHOD_CHARS_MAX).collect(),
            params: params.as_ref().map_or(Value::Null, Params::masked),
            status: None,
            response: None,
            response_text: None,
        };
        let n = self.calls.arrived(call, bytes);
        let method = method_named(name);
        let target = method.map_or(Target::Any, Target::Method);
        let mut mishap = None;
        if let Some(fault) = self.faults.strike(target, false) {
            match self.befall(&fault) {
                Ok(after) => mishap = after,
                Err(step) => return Arrival { n, step, mishap },
            }
        }
        let step = self.act(now, token, method, params, connected);
        let step = step.unwrap_or_else(|problem| Step::Answer(self.problem(&problem)));
        Arrival { n, step, mishap }
    }

    /// What a fault does: `Err` in place of the call, `Ok` to its answer.
    fn befall(&self, fault: &Fault) -> Result<Option<Mishap>, Step> {
        let answer = match fault.kind() {
            FaultKind::Http500 => Answer::outage(),
            FaultKind::Http502Html => Answer::edge(502, "Bad Gateway"),
            FaultKind::Http429Html => Answer::edge(429, "Too Many Requests"),
            FaultKind::Quota429 => self.problem(&Problem::QUOTA),
            FaultKind::Api400 => self.problem(&Problem::bad("A fault was asked for")),
            FaultKind::Api401 => self.problem(&Problem::UNAUTHORIZED),
            FaultKind::Timeout => return Err(Step::Silence(fault.wait())),
            FaultKind::DisconnectBefore => return Err(Step::HangUp),
            FaultKind::DisconnectAfter => return Ok(Some(Mishap::Lost)),
            FaultKind::Truncate => return Ok(Some(Mishap::Cut)),
            FaultKind::SlowMs => return Ok(Some(Mishap::Late(fault.wait()))),
            FaultKind::Duplicate => return Ok(None),
        };
        Err(Step::Answer(answer))
    }

    fn problem(&self, problem: &Problem) -> Answer {
        Answer::problem(self.options.quirks, problem)
    }

    fn act(
        &mut self,
        now: Time,
        token: &str,
        method: Option<Method>,
        params: Option<Params>,
        connected: Connected,
    ) -> Result<Step, Problem> {
        let bot = self.bots.iter().position(|bot| bot.knows(token)).ok_or(Problem::UNAUTHORIZED)?;
        let method = method.ok_or(Problem::NOT_FOUND)?;
        let params = params.ok_or_else(|| Problem::bad("The body must be a JSON object"))?;
        match method {
            Method::GetMe => Ok(Step::Answer(self.get_me(bot))),
            Method::GetUpdates => self.get_updates(bot, &params, connected),
            Method::SetWebhook => self.set_webhook(now, bot, &params),
            Method::DeleteWebhook => self.delete_webhook(now, bot).map(Step::Answer),
            Method::GetWebhookInfo => self.webhook_info(bot).map(Step::Answer),
            Method::TestWebhook => self.test_webhook(now, bot),
            Method::SendChatAction => send::chat_action(&params).map(Step::Answer),
            Method::SendMessage | Method::SendPhoto | Method::SendSticker | Method::SendVoice => {
                self.send(now, bot, method, &params).map(Step::Answer)
            }
            _ => Err(Problem::NOT_FOUND),
        }
    }

    fn get_me(&self, bot: usize) -> Answer {
        let id = &self.bots[bot].id;
        let me = serde_json::json!({
            "id": id,
            "account_name": format!("bot.emulator{}", bot + 1),
            "account_type": "BASIC",
            "can_join_groups": true,
            "display_name": self.options.bot_name,
        });
        Answer::result(self.options.quirks, &me)
    }

    /// 20 hex digits, never twice in a run, the same in each run.
    fn message_id(&mut self) -> String {
        self.messages += 1;
        format!("{:016x}{:04x}", mixed(self.messages), self.messages & 0xffff)
    }

    /// The index of a bot named by its digits; the first when none is named.
    fn bot(&self, id: Option<&str>) -> Result<usize, Refused> {
        let Some(id) = id else { return Ok(0) };
        let index = self.bots.iter().position(|bot| bot.id == id);
        index.ok_or_else(|| Refused::UnknownBot(id.to_owned()))
    }

    /// A person's message: to the webhook, to an open poll, or lost (kept with `queue`).
    pub(crate) fn message(&mut self, now: Time, sent: &Sent) -> Result<Handed, Refused> {
        let bot = self.bot(sent.bot.as_deref())?;
        let content = self.ready(sent.content.clone())?;
        let body = update::body(now, self.message_id(), sent, &content);
        self.hand_out(bot, Update { body, waits: self.options.queue })
    }

    /// A body handed out as it is; it waits for a poll.
    pub(crate) fn update(&mut self, id: Option<&str>, body: Vec<u8>) -> Result<Handed, Refused> {
        let bot = self.bot(id)?;
        self.hand_out(bot, Update { body, waits: true })
    }

    fn hand_out(&mut self, bot: usize, update: Update) -> Result<Handed, Refused> {
        if let Some(webhook) = &self.bots[bot].webhook {
            let secret = Some(webhook.secret.clone());
            let Some(mut post) = self.post(&webhook.url, secret, update.body) else {
                return Ok(Handed::Done(Delivery::Lost));
            };
            if self.faults.strike(Target::Webhook, true).is_some() {
                post.copies = 2;
            }
            return Ok(Handed::Post(post));
        }
        let delivery = match self.give_update(bot, update) {
            Ok(()) => Delivery::Delivered,
            Err(update) if !update.waits => Delivery::Lost,
            Err(update) => self.bots[bot].wait(update)?,
        };
        Ok(Handed::Done(delivery))
    }

    /// An answer for the open poll, else for the next call of getUpdates.
    pub(crate) fn answer_poll(
        &mut self,
        id: Option<&str>,
        answer: Answer,
    ) -> Result<Delivery, Refused> {
        let index = self.bot(id)?;
        let bot = &mut self.bots[index];
        match bot.give(Given::Canned(answer)) {
            Err(Given::Canned(answer)) => bot.prepare(answer),
            // `give` returns what it was given.
            Ok(()) | Err(_) => Ok(Delivery::Delivered),
        }
    }

    pub(crate) fn has_poll(&self, id: Option<&str>) -> Result<bool, Refused> {
        Ok(self.bots[self.bot(id)?].has_poll())
    }

    /// Hosts what has to be hosted.
    fn ready(&mut self, content: Content) -> Result<Ready, Refused> {
        Ok(match content {
            Content::Text(text) => Ready::Text(text),
            Content::Sticker(id) => Ready::Sticker(id),
            Content::Unsupported => Ready::Unsupported,
            Content::Photo(media, caption) => {
                Ready::Photo { url: self.url(media, false)?, caption }
            }
            Content::Voice(media) => Ready::Voice(self.url(media, true)?),
        })
    }

    fn url(&mut self, media: Media, voice: bool) -> Result<String, Refused> {
        match media {
            Media::Url(url) => Ok(url),
            Media::Bytes(bytes) if bytes.len() > FILE_BYTES_MAX => Err(Refused::Invalid(format!(
                "a file has at most {FILE_BYTES_MAX} bytes, this one has {}",
                bytes.len()
            ))),
            Media::Bytes(bytes) => {
                Ok(format!("{}/_files/{}", self.files_origin, self.files.add(bytes, voice)))
            }
        }
    }

    pub(crate) fn arm(&mut self, fault: Fault) -> Result<(), Refused> {
        fault.check().map_err(Refused::Invalid)?;
        if self.faults.arm(fault) { Ok(()) } else { Err(Refused::Full("armed faults")) }
    }

    /// Forgets calls, faults, queues, webhooks, files and what was used of the quota; open polls
    /// end with 408. Tokens stay; numbers of calls and messages go on.
    pub(crate) fn reset(&mut self) {
        self.calls.clear();
        self.faults.clear();
        self.files.clear();
        for bot in &mut self.bots {
            bot.reset();
        }
    }
}
