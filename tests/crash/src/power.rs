//! Power cuts: a disk of its own, taken away in the middle of everything.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Duration;

use crate::Result;
use crate::book::Book;
use crate::gateway::Gateway;
use crate::kills::{heal, progress};
use crate::load::Load;
use crate::report::Report;
use crate::stage::Stage;

/// How long it lives between two cuts, from this on, plus as much again.
const LIFE_MS: u64 = 80;
/// How long people write before it is looked whether the power is off.
const MEANWHILE: Duration = Duration::from_millis(10);
const DISK_BYTES: u64 = 64 << 20;

/// The program stands still, as it would without power; what it has asked of the system may go on.
/// ext4 stops at once, without writing out its journal: `EXT4_IOC_SHUTDOWN`, `NOLOGFLUSH`.
const CUT: &str = "import fcntl, os, signal, struct, sys\n\
    os.kill(int(sys.argv[2]), signal.SIGSTOP) if len(sys.argv) > 2 else None\n\
    fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587d, struct.pack('I', 2))";

/// A file system in a file.
struct Disk {
    image: PathBuf,
    at: PathBuf,
}

impl Disk {
    fn make(dir: &Path) -> Result<Self> {
        let disk = Self { image: dir.join("disk.img"), at: dir.join("disk") };
        fs::create_dir(&disk.at)?;
        fs::File::create(&disk.image)?.set_len(DISK_BYTES)?;
        system("mkfs.ext4", &["-q", "-F", &disk.image.display().to_string()])?;
        disk.mount()?;
        Ok(disk)
    }

    fn mount(&self) -> Result<()> {
        let (image, at) = (self.image.display().to_string(), self.at.display().to_string());
        system("mount", &["-o", "loop", &image, &at])
    }

    fn unmount(&self) -> Result<()> {
        system("umount", &[&self.at.display().to_string()])
    }

    /// Begins to cut it; the process that does takes a moment.
    fn cut(&self, under: Option<&Gateway>) -> Result<Child> {
        let mut python = Command::new("python3");
        python.args(["-c", CUT, &self.at.display().to_string()]).stdin(Stdio::null());
        python.args(under.map(|gateway| gateway.id().to_string()));
        Ok(python.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if self.unmount().is_err() {
            // Not mounted, or still in use: then it goes when it is not any more.
            let _ = system("umount", &["-l", &self.at.display().to_string()]);
        }
    }
}

fn system(program: &str, arguments: &[&str]) -> Result<()> {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("{program}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(format!("{program} {}: {said}", arguments.join(" ")).into())
}

/// Runs this program again where what it mounts is seen by nobody else, and is gone with it, even
/// when it is killed. `None`: that can't be done here.
pub(crate) fn run_alone() -> Result<Option<ExitCode>> {
    let unshare = ["--mount", "--propagation", "private"];
    let can = Command::new("unshare").args(unshare).arg("true").stderr(Stdio::null()).status();
    if !can.is_ok_and(|status| status.success()) {
        return Ok(None);
    }
    let mut again = Command::new("unshare");
    again.args(unshare).arg(std::env::current_exe()?).args(std::env::args_os().skip(1));
    let code = again.arg("--alone").status()?.code();
    Ok(Some(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(2).into()))
}

/// A disk that was cut once and is well again.
fn try_out(dir: &Path) -> Result<Disk> {
    let disk = Disk::make(dir)?;
    if !disk.cut(None)?.wait()?.success() {
        return Err("the file system does not take the order".into());
    }
    disk.unmount()?;
    disk.mount()?;
    Ok(disk)
}

pub(crate) fn run(cuts: u32, seed: u64) -> Result<Report> {
    let dir = tempfile::tempdir()?;
    // Unmounted before its directory goes.
    let disk = match try_out(dir.path()) {
        Ok(disk) => disk,
        Err(why) => {
            let why = format!("power cuts: it takes root, mkfs.ext4 and a loop device ({why})");
            return Ok(Report { skipped: vec![why], ..Report::default() });
        }
    };
    let stage = Stage::with_state(tempfile::tempdir()?, disk.at.join("state"), false)?;
    let mut book = Book::new(false);
    let mut load = Load::begin(seed, &stage, &mut book)?;
    for cut in 0..cuts {
        let mut gateway = stage.start_well()?;
        let life = Duration::from_millis(LIFE_MS + load.dice.below(LIFE_MS));
        load.go_on(&stage, &mut book, &mut gateway, life)?;
        let mut cut_off = disk.cut(Some(&gateway))?;
        while cut_off.try_wait()?.is_none() {
            load.go_on(&stage, &mut book, &mut gateway, MEANWHILE)?;
        }
        let said = gateway.said();
        gateway.kill()?;
        if said.contains("panicked") {
            book.report.broken(format!("it panicked at cut {cut}: {said}"));
        }
        // What the owner is told after the cut can't be durable.
        load.approved(&mut book)?;
        disk.unmount()?;
        disk.mount()?;
        book.crashed(&stage, 1)?;
        book.report.did("power cuts");
        progress(cut + 1, cuts);
    }
    heal(stage, book)
}
