//! Time-outs: after a timer has fired and all is done, the next one lies ahead; and nobody is woken
//! again and again for nothing.

use zaloxide_core::{Action, Channel, Time};

use super::{Check, Scene, broken};

/// So many fruitless wake-ups within a second are a busy loop.
const IN_VAIN_MAX: u32 = 200;

/// What the timers did lately.
#[derive(Debug, Default)]
pub struct Timers {
    in_vain: u32,
    since: Time,
}

/// Something else than a timer happened: what was not due before is not due all at once.
pub fn happened(now: Time, due: Option<Time>, channel: &Channel) -> Check {
    let was_due = due.is_some_and(|due| due <= now);
    match channel.poll_timeout() {
        Some((at, reason)) if at < now && !was_due => {
            let (at, now) = (at.as_ms(), now.as_ms());
            broken("timers", format!("at {now}, {reason:?} is due since {at} all at once"))
        }
        _ => Ok(()),
    }
}

impl Timers {
    /// A timer fired, and this came of it.
    pub fn fired(&mut self, scene: Scene<'_>, batch: &[Action]) -> Check {
        if let Some((at, reason)) = scene.channel.poll_timeout()
            && at <= scene.now
        {
            let now = scene.now.as_ms();
            let at = at.as_ms();
            return broken("timers", format!("at {now}, {reason:?} is still due since {at}"));
        }
        if !batch.is_empty() || scene.now.since(self.since) > 1_000 {
            (self.in_vain, self.since) = (0, scene.now);
        }
        self.in_vain += 1;
        if self.in_vain > IN_VAIN_MAX {
            return broken("timers", "woken again and again, and nothing comes of it");
        }
        Ok(())
    }
}
