//! Drawn trees of folders, files and links, and drawn paths through them, against what the system
//! says the paths mean.

use std::os::unix::fs::MetadataExt;

use proptest::prelude::*;

use super::*;

const NAMES: [&str; 4] = ["a", "b", "c", "out"];

/// A path of a few names and `..`.
fn way() -> impl Strategy<Value = String> {
    let name =
        prop_oneof![4 => prop::sample::select(NAMES.as_slice()), 1 => Just(".."), 1 => Just(".")];
    let slash = prop_oneof![5 => Just(""), 1 => Just("/")];
    (prop::collection::vec(name, 1..5), slash).prop_map(|(names, slash)| names.join("/") + slash)
}

/// What lies at a path.
#[derive(Clone, Debug)]
enum Thing {
    Folder,
    File,
    Link(String),
    /// A link to a path from the top of the tree.
    Absolute(String),
}

fn thing() -> impl Strategy<Value = Thing> {
    prop_oneof![
        3 => Just(Thing::Folder),
        3 => Just(Thing::File),
        2 => way().prop_map(Thing::Link),
        1 => way().prop_map(Thing::Absolute),
    ]
}

fn put(top: &Path, way: &str, thing: &Thing) {
    let at = top.join(way.trim_end_matches('/'));
    // Through links it may be anywhere, but never above the top's parent.
    let Some(folder) = at.parent().and_then(|folder| fs::canonicalize(folder).ok()) else { return };
    let Some(name) = at.file_name() else { return };
    if !folder.starts_with(top) {
        return;
    }
    // What is there stays.
    let _ = match thing {
        Thing::Folder => fs::create_dir(folder.join(name)),
        Thing::File => fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(folder.join(name))
            .and_then(|mut file| io::Write::write_all(&mut file, PNG)),
        Thing::Link(target) => symlink(target, folder.join(name)),
        Thing::Absolute(target) => symlink(top.join(target), folder.join(name)),
    };
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..Default::default() })]

    #[test]
    fn what_is_sent_lies_under_the_root_whatever_the_tree(
        things in prop::collection::vec((way(), thing()), 1..25),
        ways in prop::collection::vec(way(), 1..20),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let top = fs::canonicalize(dir.path()).unwrap();
        let root = top.join("out");
        fs::create_dir(&root).unwrap();
        for (way, thing) in &things {
            put(&top, way, thing);
            put(&root, way, thing);
        }
        let roots = Roots::resolve([&root]).unwrap();
        // Unless a way or a link leaves the root, what lies under it is sent.
        let stays = |way: &str| !way.contains("..");
        let links_stay = things.iter().all(|(_, thing)| match thing {
            Thing::Link(target) => stays(target),
            Thing::Absolute(target) => stays(target) && target.split('/').next() == Some("out"),
            Thing::Folder | Thing::File => true,
        });
        for way in &ways {
            let path = root.join(way);
            let answer = Source::open(path.to_str().unwrap(), Access::Under(&roots), MAX);
            // What the system takes it for, a trailing slash and all.
            let meant = File::open(&path).and_then(|_| fs::canonicalize(&path));
            let file = meant.ok().filter(|meant| meant.is_file() && meant.starts_with(&root));
            match (answer, file) {
                (Ok(sent), Some(file)) => {
                    let (sent, file) = (sent.file.metadata().unwrap(), file.metadata().unwrap());
                    prop_assert_eq!((sent.dev(), sent.ino()), (file.dev(), file.ino()));
                }
                (Ok(_), None) => prop_assert!(false, "sent {path:?}"),
                (Err(SourceError::Outside), Some(_)) => {
                    prop_assert!(!(links_stay && stays(way)), "{path:?}");
                }
                (Err(_), None) => {}
                (Err(error), Some(_)) => prop_assert!(false, "{path:?}: {error}"),
            }
        }
    }
}
