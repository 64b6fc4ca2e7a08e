//! `BotBuilder`: what a bot is, in a few words.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Map, Value};
use zaloxide_core::{DmPolicy, Envelope};
use zaloxide_polling::Reach;

use super::{Bot, BotError, Launch, Plan, snake_case};
use crate::agents::{Agent, Async, Attempted, Callback, IntoReply};
use crate::observer::Observer;
#[cfg(feature = "signals")]
use crate::signals::{Signals, Stopper};

/// What a bot is. Each of its keys is one of a configuration file, and means the same.
///
/// - It is durable with the feature `sqlite`, which is on unless it was turned off: who was let in,
///   what was not answered and what was not sent outlive the process, in `bots/<bot id>` of
///   zaloxide's state directory. [`memory`](Self::memory) forgets.
/// - It takes no signals: Ctrl-C ends the process as ever, and nothing that was durable is lost.
///   `stop_on_signals`, with the feature `signals`, has it end in order.
/// - It logs by `tracing`: pairing codes too. Without a subscriber nobody sees them here, but
///   `zaloxide pairing list` does.
#[must_use = "it runs by `run` or `start`"]
#[derive(Default)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each stands alone, as a call of the builder does"
)]
pub struct BotBuilder {
    keys: Map<String, Value>,
    file: Option<PathBuf>,
    state_dir: Option<PathBuf>,
    agent: Option<Answers>,
    spawn: Option<Box<dyn Fn(Attempted) + Send + Sync>>,
    observers: Vec<Arc<dyn Observer>>,
    forgets: bool,
    is_local: bool,
    #[cfg(feature = "webhook")]
    is_mounted: bool,
    #[cfg(feature = "signals")]
    stops_on_signals: bool,
}

/// Who answers.
enum Answers {
    Async(Async),
    Other(Arc<dyn Agent>),
}

impl BotBuilder {
    /// The bot's token; without one it is `ZALO_BOT_TOKEN` of the environment.
    pub fn token(self, token: impl Into<String>) -> Self {
        self.key("botToken", token.into())
    }

    /// What becomes of strangers: they are given a pairing code, if nothing is said.
    pub fn dm_policy(self, policy: DmPolicy) -> Self {
        let policy = serde_json::to_value(policy).unwrap_or_default();
        self.key("dmPolicy", policy)
    }

    /// Who is let in from the start; `*` is everybody.
    pub fn allow_from(self, senders: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.key("allowFrom", senders.into_iter().map(Into::into).collect::<Vec<String>>())
    }

    /// Has Zalo push updates to this URL, with a secret of 8 letters or more. The feature `webhook`
    /// listens at `webhook.listen`, `127.0.0.1:8787` if nothing is said.
    pub fn webhook(self, url: impl Into<String>, secret: impl Into<String>) -> Self {
        self.key("webhookUrl", url.into()).key("webhookSecret", secret.into())
    }

    /// Listens on nothing for Zalo: a server of yours hands its requests to
    /// [`Handle::mount`](crate::Handle::mount).
    #[cfg(feature = "webhook")]
    pub fn mounted(mut self) -> Self {
        self.is_mounted = true;
        self
    }

    /// Sets any key of the configuration, as it stands under `channels.zalo`: `turn.timeoutSec`,
    /// `apiUrl`, ...
    pub fn key(mut self, path: &str, value: impl Into<Value>) -> Self {
        let mut map = &mut self.keys;
        let mut parts = path.split('.').peekable();
        while let Some(part) = parts.next() {
            if parts.peek().is_none() {
                map.insert(part.to_owned(), value.into());
                break;
            }
            let inner = map.entry(part).or_insert_with(|| Value::Object(Map::new()));
            if !inner.is_object() {
                *inner = Value::Object(Map::new());
            }
            let Value::Object(inner) = inner else { break };
            map = inner;
        }
        self
    }

    /// Takes all of the configuration from a file, and no key from here: a `zaloxide.json5`, an
    /// `openclaw.json`. It may hold several bots.
    pub fn config_file(mut self, file: impl Into<PathBuf>) -> Self {
        self.file = Some(file.into());
        self
    }

    /// Where state lies.
    pub fn state_dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.state_dir = Some(dir.into());
        self
    }

    /// The end of the process forgets everything.
    pub fn memory(mut self) -> Self {
        self.forgets = true;
        self
    }

    /// An async function answers: a text, a [`Reply`](crate::Reply), nothing, or a `Result` of
    /// these. Turns that wait take no thread. See [`Async`] for what may be awaited, and
    /// [`spawn_with`](Self::spawn_with) for tokio.
    pub fn agent<F, A, R>(mut self, answer: F) -> Self
    where
        F: Fn(Envelope) -> A + Send + Sync + 'static,
        A: Future<Output = R> + Send + 'static,
        R: IntoReply,
    {
        self.agent = Some(Answers::Async(Async::new(answer)));
        self
    }

    /// A plain function answers: it may block, on a thread of the turn's own.
    pub fn agent_blocking<F, R>(self, answer: F) -> Self
    where
        F: Fn(&Envelope) -> R + Send + Sync + 'static,
        R: IntoReply,
    {
        self.answered_by(Arc::new(Callback::new(move |turn| answer(turn).into_reply())))
    }

    /// Somebody else answers: a program, a server, a model, an [`Agent`] of your own.
    pub fn answered_by(mut self, agent: Arc<dyn Agent>) -> Self {
        self.agent = Some(Answers::Other(agent));
        self
    }

    /// Has the async function driven elsewhere, such as by tokio:
    ///
    /// ```no_run
    /// # async fn bot() -> Result<(), zaloxide::bot::BotError> {
    /// let tokio = tokio::runtime::Handle::current();
    /// let bot = zaloxide::Bot::builder()
    ///     .agent(|turn| async move {
    ///         tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    ///         turn.text
    ///     })
    ///     .spawn_with(move |attempt| drop(tokio.spawn(attempt)))
    ///     .start()?;
    /// bot.ended().await
    /// # }
    /// ```
    pub fn spawn_with(mut self, spawn: impl Fn(Attempted) + Send + Sync + 'static) -> Self {
        self.spawn = Some(Box::new(spawn));
        self
    }

    /// One more who looks on.
    pub fn observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observers.push(observer);
        self
    }

    /// Has [`run`](Self::run) end the bot by SIGINT and SIGTERM: what is under way is finished
    /// first, a second signal ends at once. Without this a bot takes no signals.
    #[cfg(feature = "signals")]
    pub fn stop_on_signals(mut self) -> Self {
        self.stops_on_signals = true;
        self
    }

    /// For tests: a bot of this local Zalo, with its token. It forgets, takes media from this
    /// machine too, and leaves nothing on the disk, unless [`state_dir`](Self::state_dir) says
    /// where.
    #[cfg(feature = "testing")]
    pub fn local(mut self, zalo: &zaloxide_emulator::Emulator) -> Self {
        self.is_local = true;
        self.key("apiUrl", zalo.url()).key("botToken", zaloxide_emulator::DEFAULT_TOKEN)
    }

    /// Runs the bot on this thread, until something calls [`stop`](crate::Handle::stop), or it
    /// can't go on.
    ///
    /// # Errors
    /// It can't be started, could not go on, or was cut short.
    #[cfg(feature = "signals")]
    pub fn run(self) -> Result<(), BotError> {
        if !self.stops_on_signals {
            return self.start()?.wait();
        }
        // Before the engine: a signal that comes while it starts ends it well too.
        let stopper = Stopper::default();
        let signalled = stopper.clone();
        let signals = Signals::watch(move |_| signalled.signal());
        let _watched = signals.map_err(|error| BotError::start(&error))?;
        let bot = self.start()?;
        stopper.attach(bot.handle());
        bot.wait()
    }

    /// Runs the bot on this thread, until something calls [`stop`](crate::Handle::stop), or it
    /// can't go on.
    ///
    /// # Errors
    /// It can't be started, could not go on, or was cut short.
    #[cfg(not(feature = "signals"))]
    pub fn run(self) -> Result<(), BotError> {
        self.start()?.wait()
    }

    /// Starts the bot and returns when it runs. Waits for the disk, not for Zalo.
    ///
    /// # Errors
    /// All that is wrong with its keys, or why it can't be started.
    pub fn start(self) -> Result<Bot, BotError> {
        let plan = match &self.file {
            Some(file) if self.keys.is_empty() => {
                Plan::from_file(Some(file), self.state_dir.as_deref())?
            }
            Some(_) => {
                let help = "a bot is made from a file or from keys, not from both: put the keys \
                            into the file";
                return Err(BotError::Config(help.into()));
            }
            None => {
                let keys = Value::Object(self.keys).to_string();
                Plan::from_keys(&keys, self.state_dir.clone(), snake_case)?
            }
        };
        for warning in &plan.config.warnings {
            tracing::warn!("{}", warning.message);
        }
        let agent: Arc<dyn Agent> = match (self.agent, self.spawn) {
            (Some(Answers::Async(agent)), Some(spawn)) => Arc::new(agent.spawned_by(spawn)),
            (Some(Answers::Async(agent)), None) => Arc::new(agent),
            (Some(Answers::Other(agent)), _) => agent,
            (None, _) => {
                let help = "nobody answers the messages: give the bot an `agent`";
                return Err(BotError::Config(help.into()));
            }
        };
        let is_kept = self.state_dir.is_some() || !self.is_local;
        let mut launch = Launch::new(agent)
            .durable(cfg!(feature = "sqlite") && !self.forgets && is_kept)
            .reach(if self.is_local { Reach::Loopback } else { Reach::Public });
        if !is_kept {
            launch = launch.detached();
        }
        #[cfg(feature = "webhook")]
        {
            launch = launch.mounted(self.is_mounted);
        }
        for observer in self.observers {
            launch = launch.observer(observer);
        }
        launch.start(&plan)
    }
}
