//! Whether an engine moves: what a watchdog asks.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use super::script::Script;
use super::{PATIENCE, start};
use crate::engine::Engine;

#[test]
fn an_engine_that_is_stuck_gives_no_sign_of_life() {
    let engine = start(Engine::builder(), &Script::default());
    assert!(engine.handle().is_alive());

    let (holds, held) = channel();
    let (let_go, until) = channel::<()>();
    let handle = engine.handle();
    let stuck = thread::spawn(move || {
        handle.view("default", |_| {
            holds.send(()).unwrap();
            until.recv().unwrap_err();
        })
    });
    held.recv_timeout(PATIENCE).unwrap();
    let (tell, told) = channel();
    let handle = engine.handle();
    let asks = thread::spawn(move || tell.send(handle.is_alive()));
    let nothing = told.recv_timeout(Duration::from_millis(50));
    assert_eq!(nothing, Err(RecvTimeoutError::Timeout), "somebody holds the channel");

    drop(let_go);
    assert!(told.recv_timeout(PATIENCE).unwrap(), "and lets it go");
    stuck.join().unwrap().unwrap();
    asks.join().unwrap().unwrap();
    // Twice: a call that this test never ends is not waited for.
    [(); 2].iter().for_each(|()| engine.handle().stop());
    engine.stop();
}
