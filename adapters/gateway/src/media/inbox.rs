//! `Inbox`: where the files that users sent lie until their turn is settled.

use std::collections::BTreeSet;
use std::fs;
use std::hash::Hasher;
use std::io;
use std::path::{Path, PathBuf};

use siphasher::sip128::{Hasher128, SipHasher13};
use zaloxide_core::TurnId;

use super::FolderError;
use super::folder::{Folder, sync};

/// What a file's name ends with, by its content type: programs go by that.
const ENDINGS: [(&str, &str); 13] = [
    ("image/jpeg", "jpg"),
    ("image/png", "png"),
    ("image/gif", "gif"),
    ("image/webp", "webp"),
    ("image/heif", "heif"),
    ("image/avif", "avif"),
    ("audio/aac", "aac"),
    ("audio/mpeg", "mp3"),
    ("audio/mp4", "m4a"),
    ("audio/ogg", "ogg"),
    ("audio/amr", "amr"),
    ("audio/wav", "wav"),
    ("audio/flac", "flac"),
];

/// A folder for each turn that has downloads, this user's alone.
#[derive(Debug)]
pub struct Inbox {
    folder: Folder,
}

impl Inbox {
    /// Opens the directory, or makes it.
    ///
    /// # Errors
    /// It is not this user's alone, or the system refuses.
    pub fn open(dir: &Path) -> Result<Self, FolderError> {
        // Agents are told the paths, and may run elsewhere.
        let absolute = std::path::absolute(dir);
        let absolute = absolute.map_err(|error| FolderError::Io { dir: dir.to_owned(), error })?;
        Ok(Self { folder: Folder::open(absolute)? })
    }

    /// Where to download a turn's medium to: an absolute path in a folder that is there. What an
    /// earlier download left under it is removed.
    ///
    /// # Errors
    /// The system refuses.
    pub fn path_for(&self, account: &str, turn: TurnId, index: u32) -> io::Result<PathBuf> {
        let folder = self.folder.create_folder(&name(account, turn))?;
        let path = folder.join(index.to_string());
        let endings = ENDINGS.iter().map(|(_, ending)| path.with_extension(ending));
        for old in endings.chain([path.clone()]) {
            gone(fs::remove_file(old))?;
        }
        Ok(path)
    }

    /// Gives a file that is downloaded the ending of its content type, durably: its path will be
    /// in the journal. That path; of a type without an ending, the same.
    ///
    /// # Errors
    /// The system refuses.
    pub fn name(&self, path: &Path, content_type: &str) -> io::Result<PathBuf> {
        let Some((_, ending)) = ENDINGS.iter().find(|(kind, _)| *kind == content_type) else {
            return Ok(path.to_owned());
        };
        let named = path.with_extension(ending);
        fs::rename(path, &named)?;
        named.parent().map_or(Ok(()), sync)?;
        Ok(named)
    }

    /// Removes what came for a turn: it is settled.
    ///
    /// # Errors
    /// The system refuses. [`Inbox::sweep`] tries again.
    pub fn settled(&self, account: &str, turn: TurnId) -> io::Result<()> {
        gone(fs::remove_dir_all(self.folder_of(account, turn)))
    }

    /// Removes what came for turns of this account that are not open any more, as a crash leaves
    /// it: called when the account begins, with all that are. How many folders that were.
    ///
    /// # Errors
    /// The directory can't be read. What can't be removed is tried again the next time.
    pub fn sweep(
        &self,
        account: &str,
        open: impl IntoIterator<Item = TurnId>,
    ) -> io::Result<usize> {
        let open: BTreeSet<String> = open.into_iter().map(|turn| name(account, turn)).collect();
        let own = stamp(account);
        let mut names = self.folder.names()?;
        names.retain(|name| is_of(name, &own) && !open.contains(name));
        // A link is removed, and what it leads to stays.
        Ok(names.iter().filter(|name| fs::remove_dir_all(self.folder.path(name)).is_ok()).count())
    }

    fn folder_of(&self, account: &str, turn: TurnId) -> PathBuf {
        self.folder.path(&name(account, turn))
    }
}

/// The name of a turn's folder.
fn name(account: &str, turn: TurnId) -> String {
    format!("{turn}-{}", stamp(account))
}

/// An account may be called anything, so a hash stands for it.
fn stamp(account: &str) -> String {
    let mut hasher = SipHasher13::new();
    hasher.write(account.as_bytes());
    format!("{:032x}", hasher.finish128().as_u128())
}

/// Whether a name is one that [`name`] gives for the account of this stamp.
fn is_of(name: &str, own: &str) -> bool {
    name.split_once('-')
        .is_some_and(|(turn, account)| account == own && turn.parse::<TurnId>().is_ok())
}

/// Removing what is not there succeeds.
fn gone(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    const TURN: TurnId = TurnId(7);

    fn inbox() -> (tempfile::TempDir, Inbox) {
        let dir = tempfile::tempdir().unwrap();
        let inbox = Inbox::open(&dir.path().join("media/in")).unwrap();
        (dir, inbox)
    }

    #[test]
    fn whatever_an_account_is_called_its_files_lie_inside_and_apart() {
        let (dir, inbox) = inbox();
        let long = "x".repeat(10_000);
        let accounts =
            ["a", "A", "", ".", "..", "../..", "/etc", "a/b", "a\0b", "é", "e\u{301}", &long];
        let mut paths = Vec::new();
        for account in accounts {
            for (turn, index) in [(TURN, 0), (TURN, u32::MAX), (TurnId(u128::MAX), 0)] {
                let path = inbox.path_for(account, turn, index).unwrap();
                fs::write(&path, account).unwrap();
                let folder = path.parent().unwrap();
                assert_eq!(folder.parent().unwrap(), dir.path().join("media/in"));
                assert_eq!(fs::metadata(folder).unwrap().permissions().mode() & 0o777, 0o700);
                assert!(path.is_absolute());
                paths.push(path);
            }
        }
        let count = paths.len();
        paths.sort();
        paths.dedup();
        assert_eq!(paths.len(), count, "no two share a file");
    }

    #[test]
    fn a_second_download_finds_the_place_free() {
        let (_dir, inbox) = inbox();
        let first = inbox.path_for("a", TURN, 1).unwrap();
        fs::write(&first, "cut off").unwrap();
        let again = inbox.path_for("a", TURN, 1).unwrap();
        assert!(again == first && !again.exists());

        fs::write(&again, "whole").unwrap();
        let named = inbox.name(&again, "image/jpeg").unwrap();
        assert_eq!(named.extension().unwrap(), "jpg");
        assert_eq!(fs::read(&named).unwrap(), b"whole");
        // Another medium's file is left alone.
        inbox.path_for("a", TURN, 10).unwrap();
        assert!(named.exists());
        inbox.path_for("a", TURN, 1).unwrap();
        assert!(!named.exists());

        fs::write(&again, "whole").unwrap();
        assert_eq!(inbox.name(&again, "text/x-unknown").unwrap(), again);
    }

    #[test]
    fn files_go_with_their_turn_and_no_other() {
        let (_dir, inbox) = inbox();
        let put = |account, turn| {
            let path = inbox.path_for(account, turn, 0).unwrap();
            fs::write(&path, "").unwrap();
            path
        };
        let (a, b, other) = (put("a", TURN), put("b", TURN), put("a", TurnId(8)));
        inbox.settled("a", TURN).unwrap();
        assert!(!a.parent().unwrap().exists() && b.exists() && other.exists());
        inbox.settled("a", TURN).unwrap();
        inbox.settled("never seen", TURN).unwrap();
    }

    #[test]
    fn what_belongs_to_no_open_turn_is_swept() {
        let (dir, inbox) = inbox();
        let live = inbox.path_for("a", TURN, 0).unwrap();
        let dead = inbox.path_for("a", TurnId(8), 0).unwrap();
        let foreign = inbox.path_for("b", TURN, 0).unwrap();
        for path in [&live, &dead, &foreign] {
            fs::write(path, "").unwrap();
        }
        // Not ours: left alone. One of our names that is a link: what it leads to stays.
        let note = dir.path().join("media/in/README");
        fs::write(&note, "").unwrap();
        let outside = dir.path().join("outside");
        fs::create_dir(&outside).unwrap();
        fs::write(outside.join("kept"), "").unwrap();
        symlink(&outside, inbox.folder_of("a", TurnId(9))).unwrap();

        inbox.sweep("a", [TURN]).unwrap();
        assert!(live.exists() && note.exists() && outside.join("kept").exists());
        assert!(!dead.parent().unwrap().exists());
        assert!(foreign.exists(), "what is another account's is not looked at");
        assert!(fs::symlink_metadata(inbox.folder_of("a", TurnId(9))).is_err());
        assert_eq!(inbox.sweep("a", [TURN]).unwrap(), 0);
    }
}
