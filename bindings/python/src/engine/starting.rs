//! Starting: the gateway launches a bot; or, where another process has it, a door that hands over.

use std::sync::Arc;

use pyo3::prelude::*;
use zaloxide::agents::Pulled;
use zaloxide::bot::{BotError, Hears, Launch};
use zaloxide::config::environment;
use zaloxide::control::{relay, socket_path};
use zaloxide::{Account, Reach};

use super::{Answers, Engine};
use crate::plan::Plan;
use crate::{error, lines};

/// Turns with Python at one time, all accounts together.
const ROOM: usize = 100_000;

/// How it is to be started.
#[allow(clippy::struct_excessive_bools, reason = "each stands alone, as a keyword argument does")]
struct Wish {
    durable: bool,
    stickers: bool,
    voices: bool,
    mounted: bool,
    local: bool,
}

/// Starts what a plan says.
#[pyfunction]
#[pyo3(signature = (plan, *, durable, stickers, voices, mounted, local, level))]
#[allow(
    clippy::fn_params_excessive_bools,
    clippy::too_many_arguments,
    reason = "keyword arguments, each by its name"
)]
pub(crate) fn start(
    py: Python<'_>,
    plan: &Plan,
    durable: bool,
    stickers: bool,
    voices: bool,
    mounted: bool,
    local: bool,
    level: u8,
) -> PyResult<Engine> {
    let wish = Wish { durable, stickers, voices, mounted, local };
    py.detach(|| begin(plan, &wish, level)).map_err(|wrong| {
        let class = match wrong {
            BotError::AlreadyRunning { .. } => "AlreadyRunning",
            _ => "StartError",
        };
        error::raise(py, class, &wrong.to_string(), &[])
    })
}

fn begin(plan: &Plan, wish: &Wish, level: u8) -> Result<Engine, BotError> {
    let pulled = Pulled::new(ROOM).map_err(|error| failed(&error))?;
    lines::attach(&pulled, level);
    let launch = Launch::new(Arc::new(pulled.clone()))
        .durable(wish.durable)
        .hears(Hears { stickers: wish.stickers, voices: wish.voices })
        .mounted(wish.mounted)
        .reach(if wish.local { Reach::Loopback } else { Reach::Public })
        .source("python");
    let engine = match launch.start(&plan.0) {
        Ok(bot) => {
            let mount = bot.handle().mount();
            Ok((mount, Some(bot)))
        }
        Err(BotError::AlreadyRunning { reachable: true, .. }) if wish.mounted => {
            guest(plan).map(|mount| (Some(mount), None))
        }
        Err(error) => Err(error),
    };
    let (mount, owner) = engine.inspect_err(|_| lines::detach(&pulled))?;
    let (answers, bodies) = (Arc::new(Answers::default()), Arc::default());
    Ok(Engine { pid: std::process::id(), pulled, answers, bodies, mount, owner })
}

/// Another process has the accounts: it is handed what comes here.
fn guest(plan: &Plan) -> Result<Arc<zaloxide::front::Mount>, BotError> {
    let socket = socket_path(&plan.0.dir, &environment).map_err(|error| failed(&error))?;
    let accounts: Vec<Account> = plan.0.ready().cloned().collect();
    let mount = relay(&accounts, &plan.0.config.front, &socket).map_err(|error| failed(&error))?;
    Ok(Arc::new(mount))
}

fn failed(error: &impl ToString) -> BotError {
    BotError::Start(error.to_string())
}
