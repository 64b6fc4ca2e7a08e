//! What an agent may name, and what it may not: nothing outside the roots is ever sent.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{CWD, FileType, Mode, mknodat};

use super::*;

mod drawn;
mod race;

pub(super) const PNG: &[u8] = b"\x89PNG\r\n\x1a\nCANARY-public";
/// A picture too: only where it lies keeps it from being sent.
pub(super) const SECRET: &[u8] = b"\x89PNG\r\n\x1a\nCANARY-private";
const MAX: u64 = 100;

/// A folder `out` that may be sent from, beside one that may not.
pub(super) struct House {
    dir: tempfile::TempDir,
    real: PathBuf,
}

impl House {
    fn build() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let real = fs::canonicalize(dir.path()).unwrap();
        for folder in ["out/deep/er", "out-evil", "private", "second"] {
            fs::create_dir_all(real.join(folder)).unwrap();
        }
        for file in ["out/a.png", "out/deep/b.png", "out/deep/er/c.png", "second/d.png"] {
            fs::write(real.join(file), PNG).unwrap();
        }
        for file in ["out-evil/a.png", "private/a.png", "a.png"] {
            fs::write(real.join(file), SECRET).unwrap();
        }
        Self { dir, real }
    }

    fn at(&self, path: &str) -> PathBuf {
        self.real.join(path)
    }

    fn link(&self, name: &str, target: impl AsRef<Path>) {
        symlink(target, self.at(name)).unwrap();
    }

    fn roots(&self) -> Roots {
        Roots::resolve([self.at("out"), self.at("second")]).unwrap()
    }

    /// What is sent when an agent names this.
    fn ask(&self, source: &str) -> Result<Vec<u8>, SourceError> {
        content(Source::open(source, Access::Under(&self.roots()), MAX)?)
    }

    fn ask_at(&self, path: &str) -> Result<Vec<u8>, SourceError> {
        self.ask(&format!("{}/{path}", self.real.display()))
    }

    fn refused(&self, path: &str) -> String {
        let error = self.ask_at(path).expect_err(path).to_string();
        assert!(!error.contains("CANARY"), "{error}");
        error
    }
}

pub(super) fn content(source: Source) -> Result<Vec<u8>, SourceError> {
    let mut content = Vec::new();
    source.read(|piece| {
        content.extend_from_slice(piece);
        Ok::<(), SourceError>(())
    })?;
    Ok(content)
}

const OUTSIDE: &str = "under none of the folders";
const NO_FILE: &str = "no regular file";

#[test]
fn files_under_a_root_are_sent() {
    let house = House::build();
    house.link("out/file-link", "deep/b.png");
    house.link("out/dir-link", "deep/er");
    house.link("out/up-link", "deep/er/../b.png");
    house.link("out/chain", "file-link");
    house.link("out/deep/back", "../a.png");
    house.link("out/absolute", house.at("out/deep/b.png"));
    house.link("out/absolute-dir", house.at("out/deep"));
    house.link("out/to-second", house.at("second/d.png"));
    let names = [
        "out/a.png",
        "out/deep/er/c.png",
        "second/d.png",
        "out/./deep//er/../b.png",
        "out/file-link",
        "out/dir-link/c.png",
        "out/dir-link/../b.png",
        "out/up-link",
        "out/chain",
        "out/deep/back",
        "out/absolute",
        "out/absolute-dir/er/c.png",
        "out/to-second",
    ];
    for name in names {
        assert_eq!(house.ask_at(name).expect(name), PNG, "{name}");
    }
}

#[test]
fn no_way_leads_out_of_the_roots() {
    let house = House::build();
    house.link("out/file", "../private/a.png");
    house.link("out/dir", "../private");
    house.link("out/deep/dir", "../../private");
    house.link("out/deep/er/file", house.at("private/a.png"));
    house.link("out/deep/er/dir", house.at("private"));
    house.link("out/chain", "deep/er/file");
    house.link("out/parent", "..");
    house.link("out/whole", "/");
    house.link("out/beside", house.at("out-evil/a.png"));
    house.link("out/way-back", house.at("private/../out/a.png"));
    house.link("into", "out");
    let out = house.real.file_name().unwrap().to_str().unwrap();
    let table = [
        "private/a.png",
        "a.png",
        "out-evil/a.png",
        "OUT/a.png",
        "out/../private/a.png",
        "out/../a.png",
        "out/../out/a.png",
        "out/deep/../../private/a.png",
        "out/../../../../../../../../../../etc/passwd",
        "out/file",
        "out/dir/a.png",
        "out/dir/none.png",
        "out/deep/dir/a.png",
        "out/deep/er/file",
        "out/deep/er/dir/a.png",
        "out/chain",
        "out/parent/a.png",
        "out/parent/out/a.png",
        "out/whole/etc/passwd",
        "out/beside",
        "out/way-back",
        // Links outside are not looked at, so also not if they lead in.
        "into/a.png",
        &format!("../{out}/out/a.png"),
    ];
    for path in table {
        let reason = house.refused(path);
        assert!(reason.contains(OUTSIDE), "{path}: {reason}");
    }
    assert!(house.dir.path().exists());
}

/// The same answer, whether the file is there, is a folder, can't be read, or is not there.
#[test]
fn nothing_is_told_of_what_lies_outside() {
    let house = House::build();
    fs::create_dir(house.at("private/shut")).unwrap();
    fs::set_permissions(house.at("private/shut"), fs::Permissions::from_mode(0o000)).unwrap();
    for (at, target) in ["a.png", "none", "", "shut/a", "a.png/x", "a.png/"].iter().enumerate() {
        let relative = format!("out/relative{at}");
        house.link(&relative, format!("../private/{target}"));
        let absolute = format!("out/absolute{at}");
        house.link(&absolute, house.at("private").join(target));
        for path in [format!("private/{target}"), relative, absolute] {
            assert_eq!(house.refused(&path), SourceError::Outside.to_string(), "{path}");
        }
    }
    fs::set_permissions(house.at("private/shut"), fs::Permissions::from_mode(0o700)).unwrap();
    // Nor without roots.
    for path in ["private/a.png", "private/none"] {
        let source = house.at(path);
        let none = Access::Under(&Roots::default());
        let error = Source::open(source.to_str().unwrap(), none, MAX).unwrap_err().to_string();
        assert!(error.contains("`media.roots`") && error.contains("set it"), "{error}");
    }
}

#[test]
fn what_is_no_regular_file_is_refused_and_nothing_hangs() {
    let house = House::build();
    house.link("out/dangling", "nowhere.png");
    house.link("out/circle", "circle");
    house.link("out/to-file", "a.png/");
    house.link("out/here", ".");
    let pipe = house.at("out/pipe.png");
    mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR, 0).unwrap();
    let _socket = UnixListener::bind(house.at("out/socket.png")).unwrap();
    let deep = "here/".repeat(41);
    let table = [
        "out/none.png",
        "out/dangling",
        "out/circle",
        "out",
        "out/",
        "out/.",
        "out/deep",
        "out/deep/",
        "out/pipe.png",
        "out/socket.png",
        "out/a.png/",
        "out/a.png/.",
        "out/a.png/..",
        "out/a.png/../a.png",
        "out/to-file",
        "out/here",
        &format!("out/{deep}a.png"),
    ];
    for path in table {
        let reason = house.refused(path);
        assert!(reason.contains(NO_FILE), "{path}: {reason}");
    }
    let long = format!("out/{}", "n".repeat(300));
    assert!(house.refused(&long).contains("can't be read"));

    let folders = format!("out/{}", "f/".repeat(70));
    fs::create_dir_all(house.at(&folders)).unwrap();
    fs::write(house.at(&folders).join("a.png"), PNG).unwrap();
    assert!(house.refused(&format!("{folders}a.png")).contains("too many folders"));
}

/// Also when a root was set to where such files are, or the operator asks.
#[test]
fn devices_and_the_files_of_the_system_are_refused() {
    let roots = Roots::resolve(["/proc", "/dev", "/sys"]).unwrap();
    let house = House::build();
    let open = File::open(house.at("private/a.png")).unwrap();
    let held = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&open));
    // What is refused, and whether the operator is refused too.
    let table = [
        ("/proc/self/environ", true),
        ("/proc/self/mem", true),
        ("/proc/kmsg", true),
        ("/sys/kernel/mm/transparent_hugepage/enabled", true),
        ("/sys/kernel/fscaps", true),
        ("/dev/zero", true),
        ("/dev/urandom", true),
        ("/dev/tty", true),
        ("/dev/null", true),
        ("/dev/stdin", true),
        ("/proc/self/root/etc/passwd", true),
        ("/proc/self/cwd/Cargo.toml", true),
        (&held, false),
    ];
    for (source, also_anywhere) in table {
        let error = Source::open(source, Access::Under(&roots), MAX).expect_err(source);
        assert!(!error.to_string().contains("CANARY"), "{error}");
        if also_anywhere {
            assert!(Source::open(source, Access::Anywhere, MAX).is_err(), "{source}");
        }
    }
}

#[test]
fn size_and_content_decide_and_names_do_not() {
    let house = House::build();
    let put = |name: &str, content: &[u8]| fs::write(house.at("out").join(name), content).unwrap();
    let sized =
        |bytes: u64| [PNG, &vec![b'.'; usize::try_from(bytes).unwrap() - PNG.len()]].concat();
    let bound = sized(MAX);
    put("bound", &bound);
    put("over", &sized(MAX + 1));
    put("empty.png", b"");
    put("text.png", b"password=CANARY");
    put("svg.png", b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>");
    put("page.png", b"<!doctype html>");
    put("gifts.gif", b"GIFTS: CANARY");
    put("short.jpg", b"\xff\xd8");
    put("poly.html", b"GIF89a/*<script>alert(1)</script>*/");
    assert_eq!(house.ask_at("out/bound").unwrap(), bound);
    let over = house.refused("out/over");
    assert!(over.contains("over 100 bytes") && over.contains("mediaMaxMb"), "{over}");
    assert!(house.refused("out/empty.png").contains("empty"));
    for name in ["text.png", "svg.png", "page.png", "gifts.gif", "short.jpg"] {
        let reason = house.refused(&format!("out/{name}"));
        assert!(reason.contains("no JPEG, PNG, GIF or WebP"), "{name}: {reason}");
    }
    // It begins as a GIF, so it is hosted as one: `nosniff` keeps it from being a page.
    let path = house.at("out/poly.html");
    let poly = Source::open(path.to_str().unwrap(), Access::Under(&house.roots()), MAX).unwrap();
    assert_eq!(poly.kind().content_type(), "image/gif");
    assert_eq!(poly.bytes(), fs::metadata(&path).unwrap().len());
}

#[test]
fn only_absolute_paths_and_their_urls_are_paths() {
    let house = House::build();
    fs::write(house.at("out/é #1%41.png"), PNG).unwrap();
    let dir = house.real.to_str().unwrap();
    for source in [
        format!("{dir}/out/é #1%41.png"),
        format!("file://{dir}/out/é%20%231%2541.png"),
        format!("FILE://localhost{dir}/out/a.png"),
        format!("file://{dir}/out/%64eep/b.png"),
    ] {
        assert_eq!(house.ask(&source).expect(&source), PNG);
    }
    symlink("a.png", house.at("out").join(OsStr::from_bytes(b"\xff.png"))).unwrap();
    assert_eq!(house.ask(&format!("file://{dir}/out/%FF.png")).unwrap(), PNG);

    let no_path = "nor an absolute path";
    let table = [
        ("a.png".to_owned(), no_path),
        ("./a.png".to_owned(), no_path),
        (String::new(), no_path),
        ("~/a.png".to_owned(), no_path),
        (format!(" {dir}/out/a.png"), no_path),
        (format!("file:{dir}/out/a.png"), no_path),
        ("file://".to_owned(), no_path),
        (format!("file://evil.example{dir}/out/a.png"), no_path),
        (format!("http://{dir}/out/a.png"), no_path),
        ("data:image/png;base64,AAAA".to_owned(), no_path),
        (format!("{dir}/out/a.png\0.png"), "zero byte"),
        (format!("file://{dir}/out/a.png%00.png"), "zero byte"),
        (format!("file://{dir}/out/a.png?x"), "`?` or `#`"),
        (format!("file://{dir}/out/a.png#x"), "`?` or `#`"),
        (format!("file://{dir}/out/%2e%2e/private/a.png"), OUTSIDE),
        (format!("file://{dir}/out/..%2fprivate/a.png"), OUTSIDE),
        (format!("file://{dir}/out/%252e%252e/private/a.png"), NO_FILE),
        (format!("{dir}/out/{}", "a/".repeat(5_000)), "too long"),
        (format!("{dir}/out/{}a.png", "./".repeat(2_500)), "too long"),
        ("/".repeat(100_000), "too long"),
    ];
    for (source, why) in table {
        let error = house.ask(&source).expect_err(&source).to_string();
        assert!(error.contains(why), "{source}: {error}");
    }
}

#[test]
fn a_root_is_what_it_was_at_the_start() {
    let house = House::build();
    house.link("named", "out");
    house.link("above", ".");
    let roots = Roots::resolve([house.at("named"), house.at("above/second")]).unwrap();
    let ask = |path: &str| {
        let path = house.at(path);
        content(Source::open(path.to_str().unwrap(), Access::Under(&roots), MAX)?)
    };
    for path in ["named/a.png", "out/a.png", "above/second/d.png", "second/d.png"] {
        assert_eq!(ask(path).expect(path), PNG);
    }
    // The link now leads elsewhere: the name means what it meant.
    fs::remove_file(house.at("named")).unwrap();
    house.link("named", "private");
    assert_eq!(ask("named/a.png").unwrap(), PNG);
    // The folder itself is replaced by a link: that is not followed.
    fs::rename(house.at("out"), house.at("was-out")).unwrap();
    house.link("out", "private");
    for path in ["out/a.png", "named/a.png"] {
        assert!(matches!(ask(path), Err(SourceError::Root { .. })), "{path}");
    }
    // It is made anew: a folder again.
    fs::remove_file(house.at("out")).unwrap();
    assert!(matches!(ask("out/a.png"), Err(SourceError::Root { .. })));
    fs::rename(house.at("was-out"), house.at("out")).unwrap();
    assert_eq!(ask("out/a.png").unwrap(), PNG);
}

#[test]
fn the_operator_may_name_any_picture() {
    let house = House::build();
    house.link("link", "private/a.png");
    let ask = |path: &str| {
        let path = house.at(path);
        content(Source::open(path.to_str().unwrap(), Access::Anywhere, MAX)?)
    };
    for path in ["private/a.png", "link", "out/../a.png"] {
        assert_eq!(ask(path).expect(path), SECRET);
    }
    mknodat(CWD, house.at("pipe"), FileType::Fifo, Mode::RUSR, 0).unwrap();
    for path in ["none", "private", "pipe", "a.png/"] {
        assert!(matches!(ask(path), Err(SourceError::NoFile)), "{path}");
    }
    assert!(matches!(Source::open("a.png", Access::Anywhere, MAX), Err(SourceError::NoPath)));
}

#[test]
fn a_file_that_changes_while_it_is_read_is_not_sent() {
    let house = House::build();
    let path = house.at("out/a.png");
    let open = || {
        fs::write(&path, PNG).unwrap();
        Source::open(path.to_str().unwrap(), Access::Under(&house.roots()), MAX).unwrap()
    };
    let file = || fs::OpenOptions::new().append(true).open(&path).unwrap();
    let grown = open();
    file().set_len(1 << 40).unwrap();
    assert!(matches!(content(grown), Err(SourceError::Changed)), "and no terabyte is read");
    let shrunk = open();
    file().set_len(15).unwrap();
    assert!(matches!(content(shrunk), Err(SourceError::Changed)));
    // Another file by that name is another file.
    let replaced = open();
    fs::write(house.at("out/new"), SECRET).unwrap();
    fs::rename(house.at("out/new"), &path).unwrap();
    assert_eq!(content(replaced).unwrap(), PNG);
}
