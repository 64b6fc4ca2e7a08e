//! Worlds hold their promises, the same seed makes the same world, and a world is worth running.

use zaloxide_simulator::run;

const SEEDS: u64 = 50;

#[test]
fn worlds_hold_their_promises() {
    let report = run::worlds(0, SEEDS, |_| {});
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
        let (one, other) = (run::world(seed, true), run::world(seed, true));
        assert_eq!(one.tally, other.tally, "seed {seed}");
        assert!(one.log == other.log, "the logs of seed {seed} differ");
        assert!(one.log.lines().count() > 100, "seed {seed}: nothing happens");
    }
    assert_ne!(run::world(0, true).log, run::world(1, true).log);
}

#[test]
fn logging_changes_nothing() {
    for seed in 0..5 {
        assert_eq!(run::world(seed, true).tally, run::world(seed, false).tally, "seed {seed}");
    }
}
