//! What becomes of async functions: they answer, fail, panic, wait together, are abandoned.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use super::*;
use crate::agents::Responder;
use crate::agents::tests::{PATIENCE, envelope, wait_for};

type Answer = Receiver<Result<Reply, String>>;

/// Delivers attempt `attempt` of one turn.
fn deliver(agent: &Async, attempt: u32) -> (TurnId, Answer) {
    let (mut envelope, deadline) = envelope();
    envelope.attempt = attempt;
    let turn = envelope.turn;
    let (tell, told) = channel();
    let responder = Responder::new(move |answer| drop(tell.send(answer)));
    agent.deliver(Turn::new(envelope, deadline, responder));
    (turn, told)
}

fn ask(agent: &Async) -> Result<Reply, String> {
    deliver(agent, 1).1.recv_timeout(PATIENCE).expect("every attempt ends")
}

/// Opens for all once so many wait.
struct Gate {
    size: usize,
    waiting: Mutex<Vec<Waker>>,
    passed: AtomicUsize,
}

impl Gate {
    fn new(size: usize) -> Arc<Self> {
        Arc::new(Self { size, waiting: Mutex::default(), passed: AtomicUsize::new(0) })
    }

    async fn pass(&self) {
        let mut arrived = false;
        std::future::poll_fn(|cx: &mut Context<'_>| {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            if !arrived {
                arrived = true;
                self.passed.fetch_add(1, Ordering::Relaxed);
            }
            waiting.push(cx.waker().clone());
            if self.passed.load(Ordering::Relaxed) < self.size {
                return Poll::Pending;
            }
            waiting.drain(..).for_each(Waker::wake);
            Poll::Ready(())
        })
        .await;
    }
}

#[test]
fn a_future_answers_fails_or_panics_and_each_is_told() {
    let echo = Async::new(|turn| async move { format!("you said {}", turn.text) });
    assert_eq!(ask(&echo), Ok(Reply::text("you said hello")));
    let failing = Async::new(|_| async { Err::<(), _>("no idea") });
    assert_eq!(ask(&failing), Err("no idea".into()));
    let panicking = Async::new(|turn| async move { assert_eq!(turn.text, "", "oh no") });
    assert!(ask(&panicking).unwrap_err().contains("panicked: assertion"), "it says why");
    // A function that panics before it makes a future has failed too.
    let early = Async::new(|_| {
        assert!(AtomicBool::new(false).into_inner(), "at once");
        async {}
    });
    assert_eq!(ask(&early), Err("the agent panicked: at once".into()));
    assert_eq!(ask(&echo), Ok(Reply::text("you said hello")), "nothing is broken by that");
}

#[test]
fn those_that_wait_take_no_thread() {
    let gate = Gate::new(500);
    let theirs = Arc::clone(&gate);
    let agent = Async::new(move |_| {
        let gate = Arc::clone(&theirs);
        async move { gate.pass().await }
    });
    let told: Vec<Answer> = (1..=500).map(|attempt| deliver(&agent, attempt).1).collect();
    for told in told {
        assert_eq!(told.recv_timeout(PATIENCE).expect("all pass"), Ok(Reply::default()));
    }
    assert!(agent.pool.threads() <= 8, "{} threads", agent.pool.threads());
}

/// Says when it is dropped.
struct Dropped(Arc<AtomicBool>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Counts those that have begun.
fn never(begun: &Arc<AtomicUsize>, dropped: &Arc<AtomicBool>) -> Async {
    let (begun, dropped) = (Arc::clone(begun), Arc::clone(dropped));
    Async::new(move |_| {
        begun.fetch_add(1, Ordering::Relaxed);
        let guard = Dropped(Arc::clone(&dropped));
        async move {
            std::future::pending::<()>().await;
            drop(guard);
        }
    })
}

#[test]
fn an_abandoned_attempt_is_dropped_and_the_next_one_runs() {
    let (begun, dropped) = (Arc::default(), Arc::default());
    let agent = never(&begun, &dropped);
    let (turn, told) = deliver(&agent, 1);
    let (_, second) = deliver(&agent, 2);
    wait_for(|| (begun.load(Ordering::Relaxed) == 2).then_some(()));
    agent.abandon(turn, 1);
    assert_eq!(
        told.recv_timeout(PATIENCE).unwrap(),
        Err("the agent ended without an answer".into())
    );
    wait_for(|| dropped.load(Ordering::Relaxed).then_some(()));
    assert!(second.try_recv().is_err(), "the other one goes on");
    agent.close(PATIENCE);
    assert!(second.recv_timeout(PATIENCE).unwrap().is_err(), "the end drops all");
    wait_for(|| (agent.pool.threads() == 0).then_some(()));
    assert!(ask(&agent).is_err(), "nothing begins after the end");
}

#[test]
fn whoever_drives_may_be_somebody_else_and_may_fail() {
    let inline = Async::new(|turn| async move { turn.text }).spawned_by(|mut attempt| {
        let mut cx = Context::from_waker(Waker::noop());
        assert!(attempt.as_mut().poll(&mut cx).is_ready(), "it waits for nothing");
    });
    assert_eq!(ask(&inline), Ok(Reply::text("hello")));
    let dropping = Async::new(|_| async {}).spawned_by(drop);
    assert!(ask(&dropping).is_err());
    let panicking = Async::new(|_| async {}).spawned_by(|_| panic!("no runtime here"));
    assert!(ask(&panicking).is_err());
    assert_eq!(inline.pool.threads(), 0, "no thread was made for nothing");
}
