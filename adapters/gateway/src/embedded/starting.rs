//! Starting what a plan says; or, where another process has the accounts, a door that hands over.

use std::sync::Arc;

use zaloxide_polling::Reach;

use super::{Answers, Embedded, lines};
use crate::accounts::Account;
use crate::agents::Pulled;
use crate::bot::{Bot, BotError, Hears, Launch, Plan};
use crate::config::environment;
use crate::control::{relay, socket_path};
use crate::front::Mount;

/// How it is to be started.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each stands alone, as an option does")]
pub struct Wish {
    /// Whether state is to survive this process.
    pub durable: bool,
    /// Kinds of messages that the host handles.
    pub hears: Hears,
    /// Whether webhooks come through a server of the host's.
    pub mounted: bool,
    /// Whether Zalo is on this machine: for tests.
    pub local: bool,
    /// Through which door approvals come that the host asks for.
    pub source: &'static str,
    /// The lowest level of lines that the host is told of, see [`lines`]; `None`: it wants none.
    pub level: Option<u8>,
}

impl Embedded {
    /// Starts what a plan says. Where another process has the accounts, a mounted one hands over.
    ///
    /// # Errors
    /// It can't be started.
    pub fn start(plan: &Plan, wish: &Wish, pulled: &Pulled) -> Result<Self, BotError> {
        if let Some(level) = wish.level {
            lines::attach(pulled, level);
        }
        let launch = Launch::new(Arc::new(pulled.clone()))
            .durable(wish.durable)
            .hears(wish.hears)
            .mounted(wish.mounted)
            .reach(if wish.local { Reach::Loopback } else { Reach::Public })
            .source(wish.source);
        let begun = match launch.start(plan) {
            Ok(bot) => Ok((bot.handle().mount(), Some(bot))),
            Err(BotError::AlreadyRunning { reachable: true, .. }) if wish.mounted => {
                guest(plan).map(|mount| (Some(mount), None))
            }
            Err(error) => Err(error),
        };
        let (mount, owner) = begun.inspect_err(|_| lines::detach(pulled))?;
        Ok(Self::new(pulled, mount, owner))
    }

    fn new(pulled: &Pulled, mount: Option<Arc<Mount>>, owner: Option<Bot>) -> Self {
        let (answers, bodies) = (Arc::new(Answers::default()), Arc::default());
        Self { pulled: pulled.clone(), answers, bodies, mount, owner }
    }
}

/// Another process has the accounts: it is handed what comes here.
fn guest(plan: &Plan) -> Result<Arc<Mount>, BotError> {
    let failed = |error: &dyn ToString| BotError::Start(error.to_string());
    let socket = socket_path(&plan.dir, &environment).map_err(|error| failed(&error))?;
    let accounts: Vec<Account> = plan.ready().cloned().collect();
    let mount = relay(&accounts, &plan.config.front, &socket).map_err(|error| failed(&error))?;
    Ok(Arc::new(mount))
}
