//! Names that change what they mean while they are opened.

use std::thread;

use rustix::fs::{RenameFlags, renameat_with};

use super::*;

/// So often a name is asked for at most.
const TRIES: usize = 20_000;
/// So often a swap is to fall between looking at a name and opening it: that is what is tried.
const HITS: usize = 10;

/// Ends the swapping, also when an assertion fails.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Swaps two names, again and again, while `path` is asked for.
fn race(house: &House, swapped: [&str; 2], path: &str) {
    let (roots, path) = (house.roots(), house.at(path));
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let [a, b] = swapped.map(|name| house.at(name));
            while !is_over.load(Ordering::Relaxed) {
                renameat_with(CWD, &a, CWD, &b, RenameFlags::EXCHANGE).unwrap();
            }
        });
        let _over = Over(&is_over);
        let mut hits = 0;
        for _ in 0..TRIES {
            let source = Source::open(path.to_str().unwrap(), Access::Under(&roots), MAX);
            match source.and_then(content) {
                Ok(content) => assert_eq!(content, PNG),
                // Each swapped name is a file or a folder, or leads out: it was both.
                Err(SourceError::NoFile | SourceError::Root { .. }) => hits += 1,
                Err(_) => {}
            }
            if hits >= HITS {
                return;
            }
        }
    });
}

#[test]
fn a_folder_swapped_for_a_link_lets_nothing_out() {
    let house = House::build();
    fs::write(house.at("private/b.png"), SECRET).unwrap();
    house.link("out/relative", "../private");
    race(&house, ["out/deep", "out/relative"], "out/deep/b.png");
    house.link("out/absolute", house.at("private"));
    race(&house, ["out/deep", "out/absolute"], "out/deep/b.png");
}

#[test]
fn a_file_swapped_for_a_link_lets_nothing_out() {
    let house = House::build();
    house.link("out/link", "../private/a.png");
    race(&house, ["out/a.png", "out/link"], "out/a.png");
}

#[test]
fn a_file_swapped_for_a_pipe_hangs_nothing() {
    let house = House::build();
    mknodat(CWD, house.at("out/pipe"), FileType::Fifo, Mode::RUSR, 0).unwrap();
    race(&house, ["out/a.png", "out/pipe"], "out/a.png");
}

#[test]
fn a_root_swapped_for_a_link_lets_nothing_out() {
    let house = House::build();
    house.link("link", "private");
    race(&house, ["out", "link"], "out/a.png");
}

/// A folder that is moved out while it is walked: `..` leads to where it was, not to where it is.
#[test]
fn a_folder_that_moves_away_leads_nowhere_else() {
    let house = House::build();
    // Below `private/er`, `..` is `private`, which has an `a.png`.
    fs::create_dir(house.at("private/er")).unwrap();
    fs::write(house.at("out/deep/a.png"), PNG).unwrap();
    race(&house, ["out/deep/er", "private/er"], "out/deep/er/../a.png");
}
