//! Starting what a plan says, on a thread of its own.

use std::sync::{Arc, Mutex};

use napi::bindgen_prelude::{Function, Object};
use napi::{Env, Result};
use napi_derive::napi;
use zaloxide::agents::Pulled;
use zaloxide::bot::{BotError, Hears};
use zaloxide::embedded::{Embedded, Wish, lines};

use super::Engine;
use super::bell::Bell;
use crate::fault::{Fault, show};
use crate::plan::Plan;
use crate::promise::promise;

/// Turns with JavaScript at one time, all accounts together.
const ROOM: usize = 100_000;

/// How a plan is to be started.
#[napi(object)]
#[derive(Clone, Copy)]
#[allow(clippy::struct_excessive_bools, reason = "each stands alone, as an option does")]
pub struct Start {
    /// Whether state is to survive this process.
    pub durable: bool,
    /// Whether stickers are delivered, whatever the configuration says.
    pub stickers: bool,
    /// The same for recordings.
    pub voices: bool,
    /// Whether webhooks come through a server of JavaScript's.
    pub mounted: bool,
    /// Whether Zalo is on this machine.
    pub local: bool,
    /// The lowest level of lines: 40 errors, 30 warnings, 20 what goes on, 10 the rest; without it,
    /// none.
    pub level: Option<u8>,
}

/// Starts what a plan says. `wake` is called when there is something to pull; it keeps no process
/// alive.
#[napi(ts_return_type = "Promise<Engine>")]
pub fn start<'env>(
    env: &'env Env,
    plan: &Plan,
    start: Start,
    wake: Function<'env, (), ()>,
) -> Result<Object<'env>> {
    let wake = wake
        .build_threadsafe_function()
        .weak::<true>()
        .max_queue_size::<1>()
        .callee_handled::<false>()
        .build()?;
    let bell = Bell::new(wake);
    let number = bell.number();
    let pulled = Pulled::calling(ROOM, move || bell.ring());
    let Start { durable, stickers, voices, mounted, local, level } = start;
    let hears = Hears { stickers, voices };
    let wish = Wish { durable, hears, mounted, local, source: "node", level };
    let plan = plan.0.clone();
    promise(env, move || {
        let embedded = Embedded::start(&plan, &wish, &pulled).map_err(|error| {
            let class = match &error {
                BotError::AlreadyRunning { .. } => "AlreadyRunning",
                _ => "StartError",
            };
            Fault::new(class, error)
        })?;
        Ok(Engine { embedded: Arc::new(embedded), bell: number, last: Mutex::default() })
    })
}

/// Log lines so far, as a JSON list of levels and texts.
#[napi]
pub fn take_lines() -> Result<String> {
    Ok(show(&lines::take())?)
}
