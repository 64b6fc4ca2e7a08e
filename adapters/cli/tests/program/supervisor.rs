//! Under a service manager: what the program says to it, and when.

use std::io;
use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::json;

use crate::errands::configure;
use crate::gateway::Zalo;
use crate::place::{BOUND, Place, Running};

/// The other end: what systemd hears.
struct Manager(UnixDatagram);

impl Manager {
    fn new(socket: UnixDatagram) -> Self {
        socket.set_read_timeout(Some(BOUND)).unwrap();
        Self(socket)
    }

    fn hears(&self) -> String {
        let mut text = [0; 1_000];
        let length = self.0.recv(&mut text).unwrap();
        String::from_utf8(text[..length].to_vec()).unwrap()
    }

    /// The next that is no sign of life.
    fn hears_of(&self, what: &str) -> String {
        loop {
            let said = self.hears();
            if said != "WATCHDOG=1" {
                assert!(said.starts_with(what), "{said}");
                return said;
            }
        }
    }
}

fn start(place: &Place, socket: &str, more: &[(&str, &str)]) -> (Running, Zalo) {
    let zalo = Zalo::start(place);
    configure(place, &zalo, &json!({}));
    let variables = [&[("NOTIFY_SOCKET", socket)], more].concat();
    (place.start(&["run", "--agent", "echo"], &variables), zalo)
}

#[test]
fn systemd_hears_of_the_start_of_reloads_and_of_the_end() {
    let place = Place::new();
    let path = place.path("notify");
    let manager = Manager::new(UnixDatagram::bind(&path).unwrap());
    let (mut gateway, _zalo) = start(&place, path.to_str().unwrap(), &[]);
    assert_eq!(manager.hears(), "READY=1\nSTATUS=running: default");
    gateway.wait_for_line("running: default");
    gateway.signal(Signal::HUP);
    let reloading = manager.hears();
    let (word, clock) = reloading.split_once("\nMONOTONIC_USEC=").unwrap();
    assert_eq!(word, "RELOADING=1");
    assert!(clock.parse::<u64>().unwrap() > 0);
    assert_eq!(manager.hears(), "READY=1");
    // A broken file changes nothing, and the manager does not wait for ever.
    std::fs::write(place.path("zaloxide.json5"), "{").unwrap();
    gateway.signal(Signal::HUP);
    assert!(manager.hears().starts_with("RELOADING=1"));
    assert_eq!(manager.hears(), "READY=1");
    gateway.signal(Signal::TERM);
    assert_eq!(manager.hears(), "STOPPING=1");
    assert_eq!(gateway.end().0.code(), Some(0));
}

#[cfg(target_os = "linux")]
#[test]
fn a_watchdog_hears_nothing_of_a_program_that_stands_still() {
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::net::SocketAddr;

    let place = Place::new();
    let name = format!("zaloxide-test-{}", std::process::id());
    let address = SocketAddr::from_abstract_name(&name).unwrap();
    let manager = Manager::new(UnixDatagram::bind_addr(&address).unwrap());
    let (gateway, _zalo) = start(&place, &format!("@{name}"), &[("WATCHDOG_USEC", "30000")]);
    manager.hears_of("READY=1");
    (0..3).for_each(|_| assert_eq!(manager.hears(), "WATCHDOG=1"));
    gateway.signal(Signal::STOP);
    // What was on its way; then nothing, however long that is.
    manager.0.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    let mut text = [0; 100];
    let silence = loop {
        if let Err(error) = manager.0.recv(&mut text) {
            break error;
        }
    };
    assert_eq!(silence.kind(), io::ErrorKind::WouldBlock);
    manager.0.set_read_timeout(Some(BOUND)).unwrap();
    gateway.signal(Signal::CONT);
    assert_eq!(manager.hears(), "WATCHDOG=1");
    gateway.signal(Signal::TERM);
    manager.hears_of("STOPPING=1");
    assert_eq!(gateway.end().0.code(), Some(0));
}

#[test]
fn another_processs_watchdog_and_a_manager_that_is_gone_change_nothing() {
    let place = Place::new();
    let path = place.path("notify");
    let manager = Manager::new(UnixDatagram::bind(&path).unwrap());
    let others = [("WATCHDOG_USEC", "1000"), ("WATCHDOG_PID", "1")];
    let (mut gateway, _zalo) = start(&place, path.to_str().unwrap(), &others);
    assert!(manager.hears().starts_with("READY=1"));
    drop(manager);
    gateway.wait_for_line("connected as bot");
    gateway.signal(Signal::TERM);
    let (status, said) = gateway.end();
    assert_eq!(status.code(), Some(0), "{said}");
}
