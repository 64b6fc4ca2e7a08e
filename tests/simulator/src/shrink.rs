//! Shrinking: of a script that breaks a promise, the part that still breaks the same one.

use std::time::{Duration, Instant};

use crate::oracle::Violation;
use crate::run::{self, How};
use crate::script::Script;
use crate::step::{Deed, Step};

/// What is left of a script, and what it breaks.
#[derive(Debug)]
pub struct Shrunk {
    /// What is left.
    pub script: Script,
    /// What it breaks.
    pub violation: Violation,
}

/// Leaves out what can be left out, for so long at most. `plant`: how each try is run. `None` when the
/// script breaks nothing.
pub fn shrink(script: Script, plant: impl Fn() -> How, time: Duration) -> Option<Shrunk> {
    let violation = run::script(&script, plant()).violation?;
    let mut tries =
        Tries { best: Shrunk { script, violation }, plant, until: Instant::now() + time };
    tries.fewer_accounts();
    while tries.fewer_steps() {}
    tries.best.script.join_waits();
    Some(tries.best)
}

struct Tries<P> {
    best: Shrunk,
    plant: P,
    until: Instant,
}

impl<P: Fn() -> How> Tries<P> {
    fn is_over(&self) -> bool {
        Instant::now() >= self.until
    }

    /// Takes a script if it breaks the same promise.
    fn holds(&mut self, script: Script) -> bool {
        let violation = run::script(&script, (self.plant)()).violation;
        let Some(violation) = violation.filter(|it| it.oracle == self.best.violation.oracle) else {
            return false;
        };
        self.best = Shrunk { script, violation };
        true
    }

    /// One account alone, if one is enough.
    fn fewer_accounts(&mut self) {
        let accounts = self.best.script.setup.accounts.len();
        for only in 0..accounts {
            if accounts == 1 || self.is_over() {
                return;
            }
            let mut script = self.best.script.clone();
            script.setup.accounts = vec![script.setup.accounts.swap_remove(only)];
            script.steps.retain_mut(|step| match step {
                Step::At(account, _) => {
                    let same = usize::from(*account) % accounts == only;
                    *account = 0;
                    same
                }
                _ => true,
            });
            if self.holds(script) {
                return;
            }
        }
    }

    /// Leaves out parts, large ones first. Tells whether anything could be left out.
    fn fewer_steps(&mut self) -> bool {
        let before = self.best.script.steps.len();
        let mut size = before.div_ceil(2);
        while size > 0 {
            let mut from = self.best.script.steps.len().saturating_sub(size);
            loop {
                if self.is_over() {
                    return false;
                }
                let mut script = self.best.script.clone();
                let until = (from + size).min(script.steps.len());
                script.steps.drain(from..until);
                self.holds(script);
                // From the end on: what comes later rests on what came before.
                from = match from.min(self.best.script.steps.len()).checked_sub(size) {
                    Some(from) => from,
                    None if from > 0 => 0,
                    None => break,
                };
            }
            size /= 2;
        }
        self.best.script.steps.len() < before
    }
}

impl Script {
    /// Two waits are one.
    fn join_waits(&mut self) {
        for step in std::mem::take(&mut self.steps) {
            self.push(step);
        }
    }

    /// The same without crashes, but for one: after so many actions of the first account.
    #[must_use]
    pub fn dying_once(&self, actions: u16) -> Self {
        let dies = |step: &Step| matches!(step, Step::At(_, Deed::Dies { .. }));
        let lives = self.steps.iter().filter(|step| !dies(step)).copied();
        // How much survives of what was being written differs from place to place.
        let keeps = actions.wrapping_mul(7);
        let doom = Step::At(0, Deed::Dies { actions, keeps, down_ms: 1_000 });
        Self { setup: self.setup.clone(), steps: std::iter::once(doom).chain(lives).collect() }
    }
}
