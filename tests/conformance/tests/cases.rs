//! Every case passes, and together they show all that a channel can be told and can say.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::LazyLock;

use serde_json::Value;
use zaloxide_conformance::{Case, Keep, Ran, all, run};

type Outcome = Result<(Case, Ran), String>;

/// Each file, and what came of it.
static RUNS: LazyLock<Vec<(PathBuf, Outcome)>> = LazyLock::new(|| {
    let load_and_run = |path: PathBuf| {
        let case = Case::load(&path).map_err(|error| error.to_string());
        let ran = case.map(|case| {
            let ran = run(&case);
            (case, ran)
        });
        (path, ran)
    };
    all().unwrap().into_iter().map(load_and_run).collect()
});

#[test]
fn every_case_passes() {
    let mut report = String::new();
    for (path, outcome) in RUNS.iter() {
        match outcome {
            Err(error) => writeln!(report, "{error}").unwrap(),
            Ok((_, ran)) if ran.failures.is_empty() => {}
            Ok((case, ran)) => {
                writeln!(report, "{}: {}", path.display(), case.title).unwrap();
                for failure in &ran.failures {
                    write!(report, "{failure}").unwrap();
                }
            }
        }
    }
    assert!(report.is_empty(), "\n{report}");
    assert!(RUNS.len() >= 180, "only {} cases were found", RUNS.len());
}

/// The variants of an enum of core, as they are written in JSON.
fn variants(source: &str, name: &str) -> BTreeSet<String> {
    let (_, body) = source.split_once(&format!("pub enum {name}")).expect(name);
    let (_, body) = body.split_once("{\n").expect(name);
    let (body, _) = body.split_once("\n}").expect(name);
    let of_line = |line: &str| {
        let word = line.strip_prefix("    ").filter(|rest| rest.starts_with(char::is_uppercase))?;
        let word = word.split(|c: char| !c.is_alphanumeric()).next()?;
        let mut snake = String::new();
        for c in word.chars() {
            if c.is_uppercase() && !snake.is_empty() {
                snake.push('_');
            }
            snake.extend(c.to_lowercase());
        }
        Some(snake)
    };
    body.lines().filter_map(of_line).collect()
}

/// All texts under `key` in values of type `kind`; any type if that is empty.
fn texts(values: &[Value], kind: &str, key: &str, found: &mut BTreeSet<String>) {
    for value in values {
        if kind.is_empty() || value["type"] == kind {
            found.extend(value[key].as_str().map(String::from));
        }
    }
}

#[test]
fn nothing_a_channel_can_do_is_left_out() {
    let [mut events, mut actions, mut records, mut drops, mut notes, mut reasons] =
        [const { BTreeSet::new() }; 6];
    for (case, ran) in RUNS.iter().filter_map(|(_, outcome)| outcome.as_ref().ok()) {
        texts(&ran.events, "", "type", &mut events);
        texts(&ran.timeouts, "", "reason", &mut reasons);
        for said in &ran.actions {
            texts(said, "", "type", &mut actions);
            texts(said, "drop", "reason", &mut drops);
            texts(said, "note", "code", &mut notes);
            for commit in said.iter().filter_map(|action| action["records"].as_array()) {
                texts(commit, "", "type", &mut records);
            }
        }
        let restarts = case.steps.iter().filter_map(|step| step.restart.as_ref());
        if restarts.into_iter().any(|restart| restart.keep == Keep::Snapshot) {
            records.insert("snapshot".into());
        }
    }
    let table = [
        (include_str!("../../../core/src/event.rs"), "Event<'a>", events),
        (include_str!("../../../core/src/action.rs"), "Action", actions),
        (include_str!("../../../core/src/record.rs"), "Record", records),
        (include_str!("../../../core/src/action.rs"), "DropReason", drops),
        (include_str!("../../../core/src/note.rs"), "NoteCode", notes),
        (include_str!("../../../core/src/channel/timers.rs"), "Reason", reasons),
    ];
    for (source, name, shown) in table {
        let declared = variants(source, name);
        assert!(declared.len() > 5, "{name}: only {declared:?} were read");
        let missing: Vec<_> = declared.difference(&shown).collect();
        assert!(missing.is_empty(), "no case shows these of {name}: {missing:?}");
    }
}
