//! What a host pulls, when its descriptor is readable, and what becomes of its answers.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use super::*;
use crate::agents::tests::envelope;

const PATIENCE: Duration = Duration::from_secs(30);

type Answer = Receiver<Result<Reply, String>>;

/// Delivers attempt `attempt` of one turn.
fn deliver(pulled: &Pulled, attempt: u32) -> ((TurnId, u32), Answer) {
    let (mut envelope, deadline) = envelope();
    envelope.attempt = attempt;
    let key = (envelope.turn, attempt);
    let (tell, told) = channel();
    let responder = Responder::new(move |answer| drop(tell.send(answer)));
    pulled.deliver(Turn::new(envelope, deadline, responder));
    (key, told)
}

fn pull(pulled: &Pulled) -> Option<u32> {
    match pulled.next(Duration::ZERO) {
        Ok(Pull::Turn { envelope, .. }) => Some(envelope.attempt),
        Ok(Pull::Written { attempt, .. }) => Some(attempt),
        Ok(Pull::Abandoned { attempt, .. }) => Some(1_000 + attempt),
        Ok(Pull::Told(_)) | Err(_) => None,
    }
}

#[cfg(unix)]
fn is_readable(pulled: &Pulled) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    let descriptor = pulled.descriptor().unwrap();
    let mut fds = [PollFd::new(&descriptor, PollFlags::IN)];
    let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
    poll(&mut fds, Some(&at_once)).unwrap() == 1
}

#[test]
fn turns_are_pulled_in_order_and_answered_once() {
    let pulled = Pulled::new(10).unwrap();
    assert_eq!(pulled.next(Duration::ZERO).err(), Some(Nothing::Yet));
    let (first, told_first) = deliver(&pulled, 1);
    let (second, told_second) = deliver(&pulled, 2);
    assert_eq!((pull(&pulled), pull(&pulled), pull(&pulled)), (Some(1), Some(2), None));
    assert!(pulled.answer(second.0, second.1, Err("no".into())));
    assert!(pulled.answer(first.0, first.1, Ok(Reply::text("yes"))));
    assert!(!pulled.answer(first.0, first.1, Ok(Reply::text("again"))), "only once");
    assert_eq!(told_first.recv().unwrap(), Ok(Reply::text("yes")));
    assert_eq!(told_second.recv().unwrap(), Err("no".into()));
}

#[test]
fn an_abandoned_turn_is_taken_back_or_told_of() {
    let pulled = Pulled::new(10).unwrap();
    let (waiting, _told) = deliver(&pulled, 1);
    pulled.abandon(waiting.0, waiting.1);
    assert_eq!(pull(&pulled), None, "nobody has seen it");
    let (seen, told) = deliver(&pulled, 2);
    assert_eq!(pull(&pulled), Some(2));
    pulled.abandon(seen.0, seen.1);
    assert_eq!(pull(&pulled), Some(1_002));
    assert!(!pulled.answer(seen.0, seen.1, Ok(Reply::default())));
    assert!(told.recv().unwrap().is_err());
    pulled.abandon(seen.0, seen.1);
    assert_eq!(pull(&pulled), None, "it was answered or abandoned before");
}

#[test]
fn many_are_pulled_at_once_and_the_end_is_one_thing_more() {
    let rings = Arc::new(AtomicUsize::new(0));
    let rung = Arc::clone(&rings);
    let pulled = Pulled::calling(10, move || {
        rung.fetch_add(1, Ordering::Relaxed);
    });
    assert_eq!(pulled.some(9).err(), Some(Nothing::Yet));
    let (key, _told) = deliver(&pulled, 1);
    (1..=3).for_each(|number| pulled.tell(number));
    let (few, is_all) = pulled.some(3).unwrap();
    assert!(few.len() == 3 && !is_all, "{few:?}");
    let Pull::Written { turn, attempt, envelope, raw, .. } = &few[0] else { panic!("{few:?}") };
    assert_eq!((*turn, *attempt), key);
    let read: serde_json::Value = serde_json::from_str(envelope).unwrap();
    assert_eq!(read["turn"], turn.to_string());
    assert!(read["raw"].is_null() && raw.as_str().contains("hello"), "{raw:?}");
    let (rest, is_all) = pulled.some(3).unwrap();
    assert!(matches!(rest[..], [Pull::Told(3)]) && is_all);
    assert_eq!(rings.load(Ordering::Relaxed), 1);
    pulled.tell(4);
    pulled.close(Duration::ZERO);
    // Nobody is called for the end: it came while there was something to pull.
    let (last, is_all) = pulled.some(9).unwrap();
    assert!(matches!(last[..], [Pull::Told(4)]) && !is_all);
    assert_eq!(pulled.some(9).err(), Some(Nothing::Ever));
    assert_eq!(rings.load(Ordering::Relaxed), 2);
}

#[test]
fn there_is_room_for_so_many() {
    let pulled = Pulled::new(1).unwrap();
    let (first, _told) = deliver(&pulled, 1);
    let (_, told) = deliver(&pulled, 2);
    assert!(told.recv().unwrap().unwrap_err().contains("1 turns are in hand"));
    assert_eq!((pull(&pulled), pull(&pulled)), (Some(1), None));
    assert!(pulled.answer(first.0, first.1, Ok(Reply::default())));
    deliver(&pulled, 3);
    assert_eq!(pull(&pulled), Some(3));
}

#[cfg(unix)]
#[test]
fn the_descriptor_is_readable_while_there_is_something_to_pull() {
    let pulled = Pulled::new(10).unwrap();
    assert!(!is_readable(&pulled));
    let (waiting, _told) = deliver(&pulled, 1);
    deliver(&pulled, 2);
    assert!(is_readable(&pulled) && pull(&pulled) == Some(1) && is_readable(&pulled));
    assert!(pull(&pulled) == Some(2) && !is_readable(&pulled));
    pulled.tell(7);
    assert!(is_readable(&pulled));
    assert!(matches!(pulled.next(Duration::ZERO), Ok(Pull::Told(7))) && !is_readable(&pulled));
    let (taken_back, _told) = deliver(&pulled, 3);
    pulled.abandon(taken_back.0, taken_back.1);
    assert!(!is_readable(&pulled));
    pulled.abandon(waiting.0, waiting.1);
    assert!(is_readable(&pulled));
    pull(&pulled);
    pulled.close(Duration::ZERO);
    assert!(is_readable(&pulled));
    assert!(pulled.next(Duration::ZERO).is_err() && is_readable(&pulled), "from now on for ever");
}

#[test]
fn the_end_wakes_everybody_and_fails_what_is_open() {
    let pulled = Pulled::new(10).unwrap();
    let hosts: Vec<_> = (0..3)
        .map(|_| {
            let pulled = pulled.clone();
            thread::spawn(move || pulled.next(PATIENCE).err())
        })
        .collect();
    pulled.close(Duration::ZERO);
    for host in hosts {
        assert_eq!(host.join().unwrap(), Some(Nothing::Ever));
    }
    let (_, told) = deliver(&pulled, 1);
    assert!(told.recv().unwrap().is_err());
    let pulled = Pulled::new(10).unwrap();
    let (_, told) = deliver(&pulled, 1);
    pulled.close(Duration::ZERO);
    assert!(told.recv().unwrap().is_err());
    assert_eq!(pulled.next(Duration::ZERO).err(), Some(Nothing::Ever));
}

#[test]
fn a_host_that_is_called_is_called_once_until_it_has_found_nothing() {
    let (ring, heard) = channel();
    let pulled = Pulled::calling(10, move || {
        let _ = ring.send(());
    });
    let rings = || heard.try_iter().count();
    pulled.tell(1);
    deliver(&pulled, 2);
    assert_eq!(rings(), 1);
    assert!(matches!(pulled.next(Duration::ZERO), Ok(Pull::Told(1))));
    pulled.tell(3);
    assert_eq!((rings(), pull(&pulled)), (0, Some(2)), "it is still at it");
    assert!(matches!(pulled.next(Duration::ZERO), Ok(Pull::Told(3))));
    pulled.tell(4);
    assert_eq!(rings(), 1);
    pulled.next(Duration::ZERO).unwrap();
    pulled.close(Duration::ZERO);
    assert_eq!(rings(), 1, "the end is news too");
    assert_eq!(pulled.next(Duration::ZERO).err(), Some(Nothing::Ever));
}
