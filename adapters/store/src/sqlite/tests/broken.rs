//! Files that are damaged, locked, or on a disk that fails.

use std::fs;
use std::io::{Seek, SeekFrom, Write};

use rusqlite::Connection;

use super::{alter, place};
use crate::tests::{append, record};
use crate::{Sqlite, Store, StoreError};

#[test]
fn damage_is_named_with_the_file_and_nothing_is_overwritten() {
    let (_dir, path) = place();
    let store = Sqlite::open(&path).unwrap();
    let (lease, _) = store.open("a").unwrap();
    append(&store, &lease, 1, 2_000, 1).unwrap();
    store.release(lease);
    drop(store);
    let whole = fs::read(&path).unwrap();
    assert!(whole.len() > 100_000, "the log was taken in at the end");

    let mut flipped = whole.clone();
    flipped[4_096..whole.len()].iter_mut().step_by(64).for_each(|byte| *byte ^= 0x55);
    let table: [(&str, Vec<u8>); 5] = [
        ("truncated", whole[..whole.len() / 2].to_vec()),
        ("its head alone", whole[..100].to_vec()),
        ("zeroed", vec![0; whole.len()]),
        ("flipped", flipped),
        ("text", b"this is no database at all, though it has some length".repeat(100)),
    ];
    for (how, bytes) in table {
        fs::write(&path, &bytes).unwrap();
        let error = match Sqlite::open(&path) {
            Err(error) => error.to_string(),
            Ok(_) => panic!("{how}: it was opened"),
        };
        assert!(error.contains("is damaged") && error.contains("backup"), "{how}: {error}");
        assert!(error.contains(&path.display().to_string()), "{how}: {error}");
        assert_eq!(fs::read(&path).unwrap(), bytes, "{how}");
    }
    // With a log that would be deleted, and without one: no database begins empty.
    let log = path.with_extension("db-wal");
    fs::write(&log, b"something").unwrap();
    for _ in 0..2 {
        fs::write(&path, []).unwrap();
        let error = Sqlite::open(&path).unwrap_err().to_string();
        assert!(error.contains("is damaged (it is empty)"), "{error}");
        assert_eq!(fs::metadata(&path).unwrap().len(), 0);
        assert!(fs::read(&log).is_ok_and(|log| log == b"something") || !log.exists());
        let _ = fs::remove_file(&log);
    }
}

/// One byte is another one, anywhere: the file is refused by name, or all that was told durable is
/// there as it was.
#[test]
fn a_byte_that_flips_is_noticed_or_does_no_harm() {
    let (dir, path) = place();
    let store = Sqlite::open(&path).unwrap();
    let (lease, _) = store.open("a").unwrap();
    append(&store, &lease, 1, 300, 1).unwrap();
    store.release(lease);
    drop(store);
    let whole = fs::read(&path).unwrap();
    let copy = dir.path().join("copy.db");
    let (mut refused, mut opened) = (0, 0);
    for place in (0..whole.len()).step_by(101).chain(0..110) {
        let mut bytes = whole.clone();
        bytes[place] ^= 0x41;
        for end in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(dir.path().join(format!("copy.db{end}")));
        }
        fs::write(&copy, &bytes).unwrap();
        match Sqlite::open(&copy).and_then(|store| store.open("a")) {
            Ok((_, journal)) => {
                opened += 1;
                let written = (1..=300).map(|number| (number, record(1)));
                assert!(journal.records.into_iter().eq(written), "byte {place}");
            }
            Err(error) => {
                refused += 1;
                assert!(error.to_string().contains("copy.db"), "byte {place}: {error}");
            }
        }
    }
    assert!(refused > 0 && opened > 0, "{refused} refused, {opened} opened");
}

/// The database is held by another program for longer than is waited: it passes.
#[test]
fn a_file_that_is_locked_is_named_and_written_when_it_is_free() {
    let (_dir, path) = place();
    let store = Sqlite::open(&path).unwrap();
    let (lease, _) = store.open("a").unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let locked = append(&store, &lease, 1, 1, 1).unwrap_err();
    assert!(matches!(locked, StoreError::Failed { .. }), "{locked}");
    let said = locked.to_string();
    assert!(
        said.contains("is locked by another program") && said.contains("zaloxide.db"),
        "{said}"
    );
    other.execute_batch("COMMIT").unwrap();
    append(&store, &lease, 1, 1, 1).unwrap();
}

/// Taking the log in fails on the disk: it is said, and nothing more is written into a log that
/// nobody could ever empty.
#[test]
#[cfg(target_os = "linux")]
fn a_log_that_can_not_be_taken_in_ends_the_store_with_a_word() {
    const CHILD: &str = "ZALOXIDE_TEST_DATABASE";
    if let Some(path) = std::env::var_os(CHILD) {
        let store = Sqlite::open(path.as_ref()).unwrap();
        let (lease, _) = store.open("a").unwrap();
        let error = (0..1_000).find_map(|n| append(&store, &lease, n * 500 + 1, 500, 1).err());
        println!("said: {}", error.unwrap());
        return;
    }
    let (_dir, path) = place();
    drop(Sqlite::open(&path).unwrap());
    let mut child = std::process::Command::new("strace");
    child.args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=pwrite64"]);
    child.args(["-e", "inject=pwrite64:error=EIO", "-P"]).arg(&path);
    child.arg(std::env::current_exe().unwrap()).args(["--nocapture", "--exact"]);
    child.arg("sqlite::tests::broken::a_log_that_can_not_be_taken_in_ends_the_store_with_a_word");
    let Ok(output) = child.env(CHILD, &path).output() else {
        eprintln!("SKIPPED: strace is missing (apt-get install strace)");
        return;
    };
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("said: the disk fails at "), "{output:?}");
    assert!(said.contains(&path.display().to_string()), "{said}");
}

#[test]
fn a_record_that_makes_no_sense_is_named_and_the_lease_given_back() {
    let (_dir, path) = place();
    let store = Sqlite::open(&path).unwrap();
    let (lease, _) = store.open("a").unwrap();
    append(&store, &lease, 1, 2, 1).unwrap();
    store.release(lease);
    alter(&path, "UPDATE journal SET record = '{\"type\":\"from tomorrow\"}' WHERE number = 2");
    for _ in 0..2 {
        let error = store.open("a").unwrap_err().to_string();
        assert!(error.contains("record 2 of account \"a\""), "{error}");
    }
}

#[test]
fn a_file_that_is_damaged_while_it_is_open_ends_all_writing() {
    let (_dir, path) = place();
    let store = Sqlite::open(&path).unwrap();
    let (lease, _) = store.open("a").unwrap();
    append(&store, &lease, 1, 2_000, 1).unwrap();
    // Out of the log, so that the next look is at the file.
    alter(&path, "PRAGMA wal_checkpoint(TRUNCATE)");
    let mut file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    let length = file.metadata().unwrap().len();
    file.seek(SeekFrom::Start(4_096)).unwrap();
    file.write_all(&vec![0x55; usize::try_from(length - 4_096).unwrap()]).unwrap();
    alter_version(&path);
    let first = append(&store, &lease, 2_001, 1, 1).unwrap_err().to_string();
    assert!(first.contains("is damaged"), "{first}");
    assert_eq!(append(&store, &lease, 2_001, 1, 1).unwrap_err().to_string(), first);
    assert!(matches!(store.open("b"), Err(StoreError::Broken { .. })));
}

/// Has every other connection forget the pages that it has read.
fn alter_version(path: &std::path::Path) {
    alter(path, "PRAGMA user_version = 2; PRAGMA user_version = 2");
}
