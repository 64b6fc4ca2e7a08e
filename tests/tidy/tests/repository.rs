//! The rules, held against this repository.

use std::fs;

use zaloxide_tidy::text::{
    allowances, layout, leftovers, length, locks, manifests, markers, names, opening, panics,
    prints, programs, subject,
};
use zaloxide_tidy::{Crates, File, Finding, crates, root, walk};

#[track_caller]
fn clean(mut findings: Vec<Finding>) {
    findings.sort();
    let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert!(lines.is_empty(), "{} to mend:\n{}\n", lines.len(), lines.join("\n"));
}

#[track_caller]
fn each_file(rule: fn(&File) -> Vec<Finding>) {
    let files = walk();
    assert!(files.iter().any(File::is_rust), "no Rust file was found: is this the repository?");
    clean(files.iter().flat_map(rule).collect());
}

fn list(name: &str) -> String {
    let path = root().join("tests/tidy").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn files_open_with_what_they_own() {
    each_file(opening::check);
}

#[test]
fn files_are_short() {
    each_file(length::check);
}

#[test]
fn what_programs_leave_behind_is_not_committed() {
    each_file(leftovers::check);
}

#[test]
fn names_are_nouns_of_the_field() {
    each_file(names::check);
}

#[test]
fn nothing_is_left_for_later() {
    each_file(markers::check);
}

#[test]
fn shipped_code_does_not_print() {
    each_file(prints::check);
}

#[test]
fn shipped_code_does_not_panic() {
    each_file(panics::check);
}

#[test]
fn relaxed_lints_have_reasons() {
    each_file(allowances::check);
}

#[test]
fn crates_have_the_lints() {
    each_file(manifests::check);
}

#[test]
fn the_top_level_is_fixed() {
    each_file(layout::check);
    clean(layout::check_present(&walk()));
}

#[test]
fn scripts_can_be_run() {
    each_file(programs::check);
}

#[test]
fn the_tree_speaks_of_the_project_alone() {
    each_file(subject::check);
}

#[test]
fn lock_files_agree() {
    each_file(locks::check);
    let files = walk();
    let find = |path| files.iter().find(|file| file.path == path);
    let root = find("Cargo.lock").expect("Cargo.lock is committed");
    let nostd = find("tests/nostd/Cargo.lock").expect("tests/nostd/Cargo.lock is committed");
    clean(locks::check_agree(root, nostd));
}

#[test]
fn crates_know_whom_they_may() {
    clean(crates::arrows::check(&Crates::load(&root())));
}

#[test]
fn default_members_and_published_crates_are_in_order() {
    clean(crates::members::check(&Crates::load(&root())));
}

#[test]
fn licences_are_allowed() {
    clean(crates::licences::check(&Crates::load(&root())));
}

#[test]
fn banned_crates_stay_out() {
    clean(crates::bans::check(&Crates::load(&root())));
}

#[test]
fn crates_come_from_the_registry() {
    clean(crates::sources::check(&Crates::load(&root())));
}

#[test]
fn crates_are_shipped_in_one_version() {
    clean(crates::duplicates::check(&Crates::load(&root()), &list("duplicates.txt")));
}

#[test]
fn shipped_crates_build_with_the_promised_rust() {
    clean(crates::rust_version::check(&Crates::load(&root())));
}

#[test]
fn each_feature_pulls_in_what_is_listed() {
    let list = list("features.txt");
    clean(crates::features::check(&crates::features::load(&root(), &list), &list));
}

#[test]
fn core_depends_on_what_is_listed() {
    let tree = crates::core_tree::load(&root());
    clean(crates::core_tree::check(&tree, &list("core-dependencies.txt")));
}
