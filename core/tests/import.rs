//! Import, whatever comes: bounded, the same twice, and no more than a dry run says.

use proptest::collection::vec;
use proptest::prelude::*;
use zaloxide_core::limits::IMPORT_ENTRIES_MAX;
use zaloxide_core::{
    AccountConfig, Action, Answer, Channel, Event, HOUR_MS, Import, Imported, NotTaken, Op,
    PendingCode, Settled, Ticket, Time,
};

const NOW: Time = Time::from_ms(1_795_000_000_000);

fn channel() -> Channel {
    let mut channel = Channel::new(AccountConfig::new("default", "1"), [7; 32], NOW);
    work(&mut channel);
    channel
}

/// Does what there is to do, with a store that works; the last answer to a person.
fn work(channel: &mut Channel) -> Option<Settled> {
    let mut settled = None;
    while let Some(action) = channel.poll_action() {
        match action {
            Action::Commit { upto, .. } => {
                channel.handle(NOW, Event::Committed { upto }).unwrap();
            }
            Action::Settle { result, .. } => settled = Some(result),
            _ => {}
        }
    }
    settled
}

fn import(channel: &mut Channel, import: Import) -> Imported {
    let event = Event::Operate { op: Op::Import(import), ticket: Ticket(1) };
    channel.handle(NOW, event).unwrap();
    match work(channel) {
        Some(Settled::Ok(Answer::Imported(imported))) => imported,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_largest_import_is_one_commit() {
    let mut channel = channel();
    let approved: Vec<String> = (0..IMPORT_ENTRIES_MAX).map(|n| format!("p{n}")).collect();
    let taken = import(&mut channel, Import { approved: approved.clone(), ..Import::default() });
    assert_eq!((taken.approved.len(), taken.refused), (IMPORT_ENTRIES_MAX, vec![]));
    assert_eq!(channel.view().approved().count(), IMPORT_ENTRIES_MAX);
    let again = import(&mut channel, Import { approved, ..Import::default() });
    assert_eq!((again.approved.len(), again.already), (0, IMPORT_ENTRIES_MAX));
}

/// Ids that come again, with all that may stand around them, and texts that are none.
fn entry() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "(zalo:|ZL: ?)?[ab][0-2]",
        1 => Just("*".to_owned()),
        1 => "zgr-[0-9]",
        1 => any::<String>(),
    ]
}

fn pending() -> impl Strategy<Value = PendingCode> {
    let code = prop_oneof![4 => "[AB]{7}[2-4]", 1 => "[a-z]{8}", 1 => any::<String>()];
    let age = prop_oneof![4 => 0..2 * HOUR_MS, 1 => Just(HOUR_MS), 1 => any::<u64>()];
    (entry(), proptest::option::of(any::<String>()), code, age).prop_map(
        |(sender, name, code, age)| PendingCode {
            sender,
            name,
            code,
            issued_at: NOW.minus(age).plus(HOUR_MS / 60),
        },
    )
}

proptest! {
    #[test]
    fn a_dry_run_is_right_and_the_second_time_does_nothing(
        approved in vec(entry(), 0..20),
        pending in vec(pending(), 0..40),
    ) {
        let entries = Import { approved, pending, dry_run: false };
        let count = entries.approved.len() + entries.pending.len();
        let mut channel = channel();
        let before = channel.snapshot();
        let dry = import(&mut channel, Import { dry_run: true, ..entries.clone() });
        prop_assert_eq!(&channel.snapshot(), &before);
        let done = import(&mut channel, entries.clone());
        prop_assert_eq!(&Imported { dry_run: false, ..dry }, &done);
        let taken = done.approved.len() + done.pending.len();
        prop_assert_eq!(taken + done.already + done.refused.len(), count);

        let view = channel.view();
        prop_assert_eq!(view.approved().count(), done.approved.len());
        prop_assert_eq!(view.pending().count(), done.pending.len());
        for (sender, request) in view.pending() {
            prop_assert!(NOW < request.expires_at());
            prop_assert!(request.issued_at <= NOW && !done.approved.contains(sender));
            prop_assert!(request.name.as_ref().is_none_or(|name| name.chars().count() <= 64));
        }
        let after = channel.snapshot();
        let again = import(&mut channel, entries);
        prop_assert_eq!((again.approved.len(), again.pending.len()), (0, 0));
        prop_assert_eq!(again.already, taken + done.already);
        // Why may differ: what was taken after an entry may be one reason more against it.
        let entries = |refused: Vec<NotTaken>| refused.into_iter().map(|one| one.entry).collect::<Vec<_>>();
        prop_assert_eq!(entries(again.refused), entries(done.refused));
        prop_assert_eq!(channel.snapshot(), after);
    }
}
