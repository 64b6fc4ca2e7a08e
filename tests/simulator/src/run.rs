//! Running worlds: of a seed, of a script, and of many seeds on every processor there is.

use std::panic::{self, AssertUnwindSafe};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::account::Tamper;
use crate::dice::Dice;
use crate::director::Director;
use crate::healing::heal;
use crate::oracle::{Check, Violation, secrets};
use crate::report::{Report, Tally};
use crate::script::Script;
use crate::setup::Setup;
use crate::world::{World, Written};

/// Events after which a world begins to heal, whatever the clock says, and steps.
const EVENTS_MAX: u64 = 4_000;
const STEPS_MAX: usize = 20_000;

/// What a world came to.
#[derive(Debug, Default)]
pub struct Ended {
    /// What happened.
    pub tally: Tally,
    /// The promise that was broken, if one was.
    pub violation: Option<Violation>,
    /// What was written down, if anything was to be.
    pub written: Written,
}

/// How a world is run.
#[derive(Default)]
pub struct How {
    /// Everything is written down.
    pub logged: bool,
    /// A fault is planted.
    pub tamper: Option<Tamper>,
}

impl How {
    /// With everything written down.
    pub fn logged() -> Self {
        Self { logged: true, tamper: None }
    }

    fn world(self, setup: &Setup) -> World {
        let world = World::new(setup);
        let world = if self.logged { world.logged() } else { world };
        match self.tamper {
            Some(tamper) => world.tampered(tamper),
            None => world,
        }
    }
}

/// Runs the world of a seed, and tells its script as far as it went.
pub fn seed(seed: u64, how: How) -> (Ended, Script) {
    let mut dice = Dice::new(seed);
    let setup = Setup::draw(&mut dice);
    let mut script = Script { setup, steps: Vec::new() };
    let world = how.world(&script.setup);
    let ended = guarded(world, |world| {
        let mut director = Director::new(dice, world);
        while world.events() <= EVENTS_MAX
            && script.steps.len() <= STEPS_MAX
            && let Some(step) = director.next(world)
        {
            script.push(step);
            world.take(&step)?;
            director.hear(world);
        }
        heal(world, script.setup.seed)
    });
    (ended, script)
}

/// Runs a script.
pub fn script(script: &Script, how: How) -> Ended {
    let world = how.world(&script.setup);
    guarded(world, |world| {
        for step in &script.steps {
            world.take(step)?;
            world.news();
        }
        heal(world, script.setup.seed)
    })
}

/// Has a world happen. A panic is a violation too.
fn guarded(mut world: World, happen: impl FnOnce(&mut World) -> Check) -> Ended {
    let happened = panic::catch_unwind(AssertUnwindSafe(|| happen(&mut world)));
    let violation = match happened {
        Ok(check) => check.err(),
        Err(cause) => {
            let text = cause.downcast_ref::<String>().cloned();
            let text = text.or_else(|| cause.downcast_ref::<&str>().map(|text| (*text).into()));
            let text = text.unwrap_or_else(|| String::from("of unknown kind"));
            Some(Violation { oracle: "panic", text })
        }
    };
    let tally = world.tally();
    let written = world.written();
    let violation = violation.or_else(|| secrets::hidden(&written.log).err());
    Ended { tally, violation, written }
}

/// Runs the worlds of `seeds` seeds from `first` on; `progress` hears how many are done.
///
/// # Panics
///
/// When a thread of its own does, which is a fault of this program.
pub fn worlds(first: u64, seeds: u64, progress: impl Fn(u64) + Sync) -> Report {
    let next = AtomicU64::new(0);
    let report = Mutex::new(Report { first_seed: first, ..Report::default() });
    let work = || {
        loop {
            let n = next.fetch_add(1, Ordering::Relaxed);
            if n >= seeds {
                return;
            }
            let (ended, _) = seed(first + n, How::default());
            let mut report = report.lock().expect("no thread ends while it adds a world");
            report.add(first + n, &ended.tally, ended.violation);
            progress(report.seeds);
        }
    };
    std::thread::scope(|scope| {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    report.into_inner().expect("no thread ends while it adds a world")
}
