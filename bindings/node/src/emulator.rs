//! `Emulator`: the local Zalo Bot Platform, in process, for `zaloxide/testing`.

use std::sync::Arc;
use std::time::Duration;

use napi::bindgen_prelude::{Either, Object, Uint8Array};
use napi::{Env, Result};
use napi_derive::napi;
use zaloxide_emulator::{Content, DEFAULT_TOKEN, Delivery, Fault as Wrong, Media, Options};

use crate::fault::Fault;
use crate::json::{read, show};
use crate::promise::promise;

/// A running emulator. It ends with `stop`, or when nobody has it any more.
#[napi]
pub struct Emulator {
    running: Arc<zaloxide_emulator::Emulator>,
}

/// What a person sends, and where.
#[napi(object)]
pub struct Sent {
    /// Who.
    pub user: String,
    /// `text`, `photo`, `sticker`, `voice` or `unsupported`.
    pub kind: String,
    /// A text, an id, an address, or the bytes of a medium.
    pub value: Either<String, Uint8Array>,
    /// Of a photo.
    pub caption: Option<String>,
    /// What the person is called.
    pub name: Option<String>,
    /// Where they write; else to the bot alone.
    pub chat: Option<String>,
    /// The digits of a token; else the first bot.
    pub bot: Option<String>,
}

#[napi]
impl Emulator {
    /// Starts one.
    #[napi(constructor)]
    pub fn new(tokens: Option<Vec<String>>, deliver_to: Option<String>) -> Result<Self> {
        let tokens = tokens.unwrap_or_else(|| vec![DEFAULT_TOKEN.to_owned()]);
        let options = Options { tokens, deliver_to, queue: true, ..Options::default() };
        let started = zaloxide_emulator::Emulator::start(options);
        let running = started.map_err(|wrong| Fault::new("StartError", wrong))?;
        Ok(Self { running: Arc::new(running) })
    }

    /// Where it listens.
    #[napi(getter)]
    pub fn url(&self) -> String {
        self.running.url()
    }

    /// A person's message; what became of it: `delivered`, `queued` or `lost`.
    #[napi(ts_return_type = "Promise<string>")]
    pub fn message<'env>(&self, env: &'env Env, sent: Sent) -> Result<Object<'env>> {
        let Sent { user, kind, value, caption, name, chat, bot } = sent;
        let content = content(&kind, value, caption.unwrap_or_default());
        let running = Arc::clone(&self.running);
        promise(env, move || {
            let mut who = running.user(&user);
            if let Some(name) = &name {
                who = who.named(name);
            }
            if let Some(chat) = &chat {
                who = who.in_chat(chat);
            }
            if let Some(bot) = &bot {
                who = who.to_bot(bot);
            }
            delivery(who.sends(content?))
        })
    }

    /// The calls after number `since`, in the form of the control API, as JSON text.
    #[napi]
    pub fn calls(&self, since: i64) -> Result<String> {
        Ok(show(&self.running.calls_since(since.unsigned_abs()))?)
    }

    /// The number of the last call.
    #[napi]
    pub fn last_call(&self) -> i64 {
        self.running.last_call().cast_signed()
    }

    /// The first call after `since` of one of these methods, to this chat if one is named, waited
    /// for at most so long, once its answer is known; as JSON text.
    #[napi(ts_return_type = "Promise<string | null>")]
    pub fn wait_for_call<'env>(
        &self,
        env: &'env Env,
        since: i64,
        methods: Vec<String>,
        chat: Option<String>,
        timeout_ms: u32,
    ) -> Result<Object<'env>> {
        let running = Arc::clone(&self.running);
        let within = Duration::from_millis(timeout_ms.into());
        promise(env, move || {
            let call = running.wait_for_call(since.unsigned_abs(), within, |call| {
                methods.contains(&call.method)
                    && chat.as_ref().is_none_or(|chat| call.params["chat_id"] == *chat)
                    && call.status.is_some()
            });
            call.map(|call| show(&call)).transpose()
        })
    }

    /// Waits until a bot has an open poll; `false` after that time.
    #[napi(ts_return_type = "Promise<boolean>")]
    pub fn wait_for_poll<'env>(
        &self,
        env: &'env Env,
        timeout_ms: u32,
        bot: Option<String>,
    ) -> Result<Object<'env>> {
        let running = Arc::clone(&self.running);
        let within = Duration::from_millis(timeout_ms.into());
        promise(env, move || {
            let waited = running.wait_for_poll(bot.as_deref(), within);
            waited.map_err(|refused| Fault::bad_value("emulator", refused))
        })
    }

    /// Arms a fault, in the form of the control API, as JSON text.
    #[napi]
    pub fn fault(&self, fault: String) -> Result<()> {
        let fault: Wrong = read(&fault, "no fault")?;
        let armed = self.running.fault(fault);
        Ok(armed.map_err(|refused| Fault::bad_value("no fault", refused))?)
    }

    /// Forgets calls, faults, queues and webhooks.
    #[napi]
    pub fn reset(&self) {
        self.running.reset();
    }

    /// Ends it.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn stop<'env>(&self, env: &'env Env) -> Result<Object<'env>> {
        let running = Arc::clone(&self.running);
        promise(env, move || {
            running.stop();
            Ok(())
        })
    }
}

fn content(
    kind: &str,
    value: Either<String, Uint8Array>,
    caption: String,
) -> std::result::Result<Content, Fault> {
    let media = |value: Either<String, Uint8Array>| match value {
        Either::A(url) => Media::Url(url),
        Either::B(bytes) => Media::Bytes(bytes.to_vec()),
    };
    Ok(match (kind, value) {
        ("text", Either::A(text)) => Content::Text(text),
        ("sticker", Either::A(id)) => Content::Sticker(id),
        ("photo", value) => Content::Photo(media(value), caption),
        ("voice", value) => Content::Voice(media(value)),
        ("unsupported", _) => Content::Unsupported,
        _ => return Err(Fault::bad_value(kind, "expected a text")),
    })
}

fn delivery(
    delivered: std::result::Result<Delivery, zaloxide_emulator::Refused>,
) -> std::result::Result<String, Fault> {
    let became = match delivered.map_err(|refused| Fault::bad_value("emulator", refused))? {
        Delivery::Delivered => "delivered",
        Delivery::Queued => "queued",
        _ => "lost",
    };
    Ok(became.to_owned())
}
