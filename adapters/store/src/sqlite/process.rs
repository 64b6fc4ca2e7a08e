//! `Process`: who holds a lease, so told that another process can see whether it is still there.

use std::fs;

/// A process of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Process {
    pub(super) pid: u32,
    /// The boot and when in it the process began, as `boot/ticks`: a process id is used again.
    /// Empty where the system does not tell.
    pub(super) born: String,
    /// In which numbering of processes the pid counts: a container has its own. Empty where the
    /// system does not tell.
    pub(super) space: String,
}

/// Whether a process is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    /// It is this one.
    This,
    /// It is there.
    There,
    /// It is surely gone.
    Gone,
    /// It can't be seen from here.
    Unknown,
}

impl Process {
    pub(super) fn this() -> Self {
        let pid = std::process::id();
        let ticks = stat(pid).map(|(_, ticks)| ticks);
        let born = boot().zip(ticks).map(|(boot, ticks)| format!("{boot}/{ticks}"));
        let space = fs::read_link("/proc/self/ns/pid").map(|link| link.display().to_string());
        Self { pid, born: born.unwrap_or_default(), space: space.unwrap_or_default() }
    }

    /// Whether `other` is there, seen from this process.
    pub(super) fn sees(&self, other: &Self) -> Presence {
        if self == other {
            return Presence::This;
        }
        let (Some((boot, ticks)), Some((our_boot, _))) =
            (other.born.split_once('/'), self.born.split_once('/'))
        else {
            return Presence::Unknown;
        };
        if boot != our_boot {
            // The machine was started anew since.
            return Presence::Gone;
        }
        if self.space != other.space {
            return Presence::Unknown;
        }
        match stat(other.pid) {
            Some((state, now)) if now == ticks && !matches!(state, 'Z' | 'X') => Presence::There,
            _ => Presence::Gone,
        }
    }
}

fn boot() -> Option<String> {
    let id = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(id.trim().to_owned())
}

/// A process's state, and when it began in ticks since the boot.
fn stat(pid: u32) -> Option<(char, String)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name may hold anything, also brackets and spaces; fields are counted from its end.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace();
    let state = fields.next()?.chars().next()?;
    Some((state, fields.nth(18)?.to_owned()))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn a_process_is_told_from_a_later_one_with_its_number() {
        let this = Process::this();
        assert_eq!(this.sees(&this.clone()), Presence::This);
        let (boot, ticks) = this.born.split_once('/').unwrap();
        assert!(ticks.parse::<u64>().unwrap() > 0, "{this:?}");
        let earlier = Process { born: format!("{boot}/1"), ..this.clone() };
        assert_eq!(this.sees(&earlier), Presence::Gone);
        let last_boot = Process { born: format!("other/{ticks}"), ..this.clone() };
        assert_eq!(this.sees(&last_boot), Presence::Gone);
        let container = Process { space: "pid:[1]".into(), ..this.clone() };
        assert_eq!(this.sees(&container), Presence::Unknown);
        let untold = Process { born: String::new(), ..this.clone() };
        assert_eq!(this.sees(&untold), Presence::Unknown);
    }

    #[test]
    fn a_process_is_there_until_it_dies_also_while_nobody_has_buried_it() {
        let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        let this = Process::this();
        let (boot, _) = this.born.split_once('/').unwrap();
        let born = format!("{boot}/{}", stat(child.id()).unwrap().1);
        let other = Process { pid: child.id(), born, space: this.space.clone() };
        assert_eq!(this.sees(&other), Presence::There);
        child.kill().unwrap();
        while stat(child.id()).is_some_and(|(state, _)| state != 'Z') {
            std::thread::yield_now();
        }
        assert_eq!(this.sees(&other), Presence::Gone);
        child.wait().unwrap();
        assert_eq!(this.sees(&other), Presence::Gone);
    }
}
