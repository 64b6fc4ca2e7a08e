//! Starting what a plan says, on a thread of its own.

use napi::bindgen_prelude::{Function, Object};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode::NonBlocking};
use napi::{Env, Result, Status};
use napi_derive::napi;
use zaloxide::agents::Pulled;
use zaloxide::bot::{BotError, Hears};
use zaloxide::embedded::{Clerk, Embedded, Wish, lines};

use super::Engine;
use crate::fault::Fault;
use crate::json::show;
use crate::plan::Plan;
use crate::promise::promise;

/// Turns with JavaScript at one time, all accounts together.
const ROOM: usize = 100_000;

/// How the event loop hears that there is something to pull. One call that waits is enough: all that
/// is there is pulled then. It keeps no process alive.
type Wake = ThreadsafeFunction<(), (), (), Status, false, true, 1>;

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
    let wake: Wake = wake
        .build_threadsafe_function()
        .weak::<true>()
        .max_queue_size::<1>()
        .callee_handled::<false>()
        .build()?;
    let pulled = Pulled::calling(ROOM, move || {
        wake.call((), NonBlocking);
    });
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
        let clerk = Clerk::start().map_err(|error| Fault::new("StartError", error))?;
        Ok(Engine::new(embedded, clerk))
    })
}

/// Log lines so far, as a JSON list of levels and texts.
#[napi]
pub fn take_lines() -> Result<String> {
    Ok(show(&lines::take())?)
}
