//! The list is true: each bug still applies, once, and no two are the same.

use std::collections::BTreeSet;

use zaloxide_planted::bug;

#[test]
fn each_bug_applies() {
    let failed: Vec<String> = bug::all()
        .iter()
        .filter_map(|bug| match bug.planted(&bug::root()) {
            Err(error) => Some(error.to_string()),
            Ok(_) if bug.before == bug.after => Some(format!("{}: changes nothing", bug.name)),
            Ok(_) => None,
        })
        .collect();
    assert!(failed.is_empty(), "\n{}", failed.join("\n"));
}

#[test]
fn there_are_enough_and_each_is_another() {
    let bugs = bug::all();
    let names: BTreeSet<_> = bugs.iter().map(|bug| &bug.name).collect();
    let patches: BTreeSet<_> =
        bugs.iter().map(|bug| (&bug.file, &bug.before, &bug.after)).collect();
    assert!(bugs.len() >= 25);
    assert_eq!((names.len(), patches.len()), (bugs.len(), bugs.len()));
}
