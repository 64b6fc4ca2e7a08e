//! Running worlds: of a seed, and of a script.

use std::panic::{self, AssertUnwindSafe};

use crate::account::Tamper;
use crate::dice::Dice;
use crate::director::Director;
use crate::healing::heal;
use crate::oracle::{Check, Violation, secrets};
use crate::report::Tally;
use crate::script::Script;
use crate::setup::Setup;
use crate::world::{World, Written};

/// Events after which a world begins to heal, whatever the clock says, and steps.
const EVENTS_MAX: u64 = 4_000;
const STEPS_MAX: usize = 20_000;
/// One world in so many is written down, looked through for secrets, and made once more from its
/// script.
const TWICE: u64 = 64;

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

/// Runs the world of a seed; some of them twice, from the seed and from what its script reads like,
/// which must make the same log.
pub fn watched(number: u64) -> Ended {
    if !number.is_multiple_of(TWICE) {
        return seed(number, How::default()).0;
    }
    let (mut ended, played) = seed(number, How::logged());
    if ended.violation.is_none() {
        let log = std::mem::take(&mut ended.written.log);
        let differs = match Script::from_lines(&played.to_lines()) {
            Ok(read) => script(&read, How::logged()).written.log != log,
            Err(_) => true,
        };
        ended.violation = differs.then(|| Violation {
            oracle: "replay",
            text: String::from("the script of this world does not make its log"),
        });
    }
    ended
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
