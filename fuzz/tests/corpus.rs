//! Every committed input is replayed, without a fuzzer.

use std::fs;
use std::panic;
use std::path::{Path, PathBuf};

use zaloxide_fuzz::TARGETS;

/// All that is committed is no more than somebody can look through.
const BYTES_MAX: u64 = 1 << 20;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files of a folder, in the order of their names.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn every_seed_is_taken_well() {
    let mut failed = Vec::new();
    for (name, check) in TARGETS {
        let seeds = files(&root().join("corpus").join(name));
        assert!(seeds.len() >= 5, "{name}: only {} seeds", seeds.len());
        for seed in seeds {
            let bytes = fs::read(&seed).unwrap();
            if panic::catch_unwind(|| check(&bytes)).is_err() {
                failed.push(seed);
            }
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

/// What the wire's own fixtures hold means no target harm either, whichever it is.
#[test]
fn every_body_there_is_is_taken_well() {
    for body in files(&root().join("../tests/fixtures/bot_api")) {
        let bytes = fs::read(&body).unwrap();
        for (_, check) in TARGETS {
            check(&bytes);
        }
    }
}

#[test]
fn each_target_has_its_program_its_corpus_and_nothing_else_does() {
    let names: Vec<String> = TARGETS.iter().map(|(name, _)| String::from(*name)).collect();
    for (folder, end) in [("fuzz_targets", ".rs"), ("corpus", ""), ("dictionaries", ".dict")] {
        let stems = files(&root().join(folder)).into_iter().map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            name.strip_suffix(end).unwrap_or(&name).to_owned()
        });
        assert_eq!(stems.collect::<Vec<_>>(), names, "{folder}");
    }
}

#[test]
fn the_corpora_are_small() {
    let all = TARGETS.iter().flat_map(|(name, _)| files(&root().join("corpus").join(name)));
    let bytes: u64 = all.map(|file| fs::metadata(file).unwrap().len()).sum();
    assert!(bytes <= BYTES_MAX, "{bytes} bytes");
}
