//! Worlds hold their promises, the same seed makes the same world, and a world is worth running.

use zaloxide_simulator::fleet;
use zaloxide_simulator::run::{self, How};
use zaloxide_simulator::script::Script;

const SEEDS: u64 = 50;

#[test]
fn worlds_hold_their_promises() {
    let report = fleet::worlds(0, SEEDS, |_| {});
    assert_eq!(report.seeds, SEEDS);
    assert!(report.broken.is_empty(), "{report}");
    let tally = &report.tally;
    assert!(tally.deliveries > 10 * SEEDS && tally.crashes > SEEDS, "{report}");
    assert!(tally.codes > 0 && tally.decisions > 0 && tally.stops >= SEEDS, "{report}");
    assert!(tally.faults.len() >= 12, "{report}");
}

#[test]
fn the_same_seed_makes_the_same_log() {
    for seed in 0..5 {
        let (one, _) = run::seed(seed, How::logged());
        let (other, _) = run::seed(seed, How::logged());
        assert_eq!(one.tally, other.tally, "seed {seed}");
        assert!(one.written.log == other.written.log, "the logs of seed {seed} differ");
        assert!(one.written.log.lines().count() > 100, "seed {seed}: nothing happens");
    }
    let log = |seed| run::seed(seed, How::logged()).0.written.log;
    assert_ne!(log(0), log(1));
}

/// A script is all there is to a world: read from its lines, it makes the same log.
#[test]
fn a_script_makes_the_log_of_its_seed() {
    for seed in 0..5 {
        let (ended, script) = run::seed(seed, How::logged());
        let script = Script::from_lines(&script.to_lines()).unwrap();
        let again = run::script(&script, How::logged());
        assert!(again.written.log == ended.written.log, "the logs of seed {seed} differ");
    }
}

#[test]
fn logging_changes_nothing() {
    for seed in 0..5 {
        let tally = |how| run::seed(seed, how).0.tally;
        assert_eq!(tally(How::logged()), tally(How::default()), "seed {seed}");
    }
}
