//! `core/docs/promises.md` names what there is: every oracle, case, test, target and bug.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use zaloxide_planted::bug;

/// What is named, in single backticks: a kind and a name.
fn named(text: &str) -> Vec<(&str, &str)> {
    let spans = text.split('`').skip(1).step_by(2);
    spans
        .filter_map(|span| if span == "model" { Some((span, "")) } else { span.split_once(' ') })
        .collect()
}

/// Whether a Rust file below `folder` has a test of this name.
fn has_test(folder: &Path, name: &str) -> bool {
    let wanted = format!("fn {name}(");
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).any(|path| {
        if path.is_dir() {
            return has_test(&path, name);
        }
        let rust = path.extension().is_some_and(|end| end == "rs");
        rust && fs::read_to_string(&path).unwrap().contains(&wanted)
    })
}

#[test]
fn whatever_watches_a_promise_exists() {
    let root = bug::root();
    let text = fs::read_to_string(root.join("core/docs/promises.md")).unwrap();
    let bugs: BTreeSet<String> = bug::all().into_iter().map(|bug| bug.name).collect();
    let mut missing = Vec::new();
    let mut count = 0;
    for (kind, name) in named(&text) {
        let exists = match kind {
            "oracle" => root.join(format!("tests/simulator/src/oracle/{name}.rs")).exists(),
            "model" => root.join("tests/simulator/src/model.rs").exists(),
            "case" => root.join(format!("tests/conformance/cases/{name}.json")).exists(),
            "target" => root.join(format!("fuzz/src/{name}.rs")).exists(),
            "test" => ["core", "tests/simulator"].iter().any(|at| has_test(&root.join(at), name)),
            "bug" => bugs.contains(name),
            _ => continue,
        };
        count += 1;
        if !exists {
            missing.push(format!("{kind} {name}"));
        }
    }
    assert!(missing.is_empty(), "promises.md names what is not there: {missing:#?}");
    assert!(count > 80, "only {count} names were found");
    let unnamed: Vec<&String> =
        bugs.iter().filter(|name| !text.contains(&format!("`bug {name}`"))).collect();
    assert!(unnamed.is_empty(), "no promise is broken by these bugs: {unnamed:?}");
}
