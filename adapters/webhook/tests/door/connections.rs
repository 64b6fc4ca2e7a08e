//! Connections: so many, so long, and how they end.

use std::net::Shutdown;
use std::time::Duration;

use zaloxide_webhook::Limits;

use crate::house::{
    BODY, Client, House, JSON, PATH, PATIENCE, SECRET, request, secret, wait_until,
};

fn limits(change: impl FnOnce(&mut Limits)) -> Limits {
    let mut limits = Limits::default();
    change(&mut limits);
    limits
}

fn post() -> Vec<u8> {
    request("POST", PATH, &[&secret(SECRET), JSON], BODY.as_bytes())
}

#[test]
fn connections_that_say_nothing_or_little_keep_nobody_out() {
    let house = House::with(limits(|limits| limits.connections = 50), |door| door);
    let starts: [&[u8]; 5] = [
        b"",
        b"POST /za",
        b"POST /zalo/shop HTTP/1.1\r\nHost: a\r\nX-A",
        b"POST /zalo/shop HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n{",
        b"POST /zalo/shop HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
    ];
    let mut held = Vec::new();
    for n in 0..500 {
        let mut client = house.client();
        client.say(starts[n % starts.len()]);
        held.push(client);
        if n % 10 == 0 {
            assert_eq!(house.client().ask(&post()).status, 200, "after {n}");
        }
    }
    wait_until(|| house.server.connections() <= 50);
    assert_eq!(house.shop.count(), 50);
}

#[test]
fn who_has_shown_the_secret_is_not_cut_off_for_others() {
    let house = House::with(limits(|limits| limits.connections = 4), |door| door);
    *house.shop.status.lock().unwrap() = None;
    let mut waits = house.client();
    waits.say(&post());
    house.shop.wait_for(1);
    let _held: Vec<Client> = (0..50).map(|_| house.client()).collect();
    let answer = house.shop.held.lock().unwrap().pop().unwrap();
    answer.tell(zaloxide_webhook::Status::Taken);
    assert_eq!(waits.hear().status, 200);
}

#[test]
fn heads_and_handshakes_end_in_time() {
    let house = House::with(limits(|limits| limits.head = Duration::from_millis(50)), |door| door);
    let mut silent = house.client();
    let mut slow = house.client();
    slow.say(b"POST /zalo/shop HTTP/1.1\r\nHost: a\r\n");
    assert!(slow.try_hear().is_none_or(|heard| heard.status == 408));
    assert!(silent.try_hear().is_none());
    let mut idle = house.client();
    assert_eq!(idle.ask(&post()).status, 200);
    assert!(idle.try_hear().is_none(), "also between two requests");
}

#[test]
fn a_stop_finishes_what_was_accepted_and_takes_no_more() {
    let house = House::open();
    *house.shop.status.lock().unwrap() = None;
    let (address, shop) = (house.server.address(), house.shop.clone());
    let (mut waits, mut idle) = (house.client(), house.client());
    waits.say(&post());
    shop.wait_for(1);
    let stops = std::thread::spawn(move || house.server.stop(PATIENCE));
    assert!(idle.try_hear().is_none(), "who waits for nothing is let go at once");
    shop.held.lock().unwrap().pop().unwrap().tell(zaloxide_webhook::Status::Taken);
    assert_eq!(waits.hear().status, 200);
    assert!(waits.try_hear().is_none(), "and then its connection ends");
    assert!(stops.join().unwrap(), "all was answered");
    assert!(std::net::TcpStream::connect(address).is_err());
}

#[test]
fn a_stop_does_not_wait_for_ever() {
    let house = House::open();
    *house.shop.status.lock().unwrap() = None;
    let mut waits = house.client();
    waits.say(&post());
    house.shop.wait_for(1);
    assert!(!house.server.stop(Duration::from_millis(50)));
    assert!(waits.try_hear().is_none());
}

#[test]
fn requests_in_a_row_on_one_connection() {
    let house = House::open();
    let mut client = house.client();
    client.say(&post().repeat(50));
    for n in 0..50 {
        assert_eq!(client.hear().status, 200, "{n}");
    }
    client.0.shutdown(Shutdown::Write).unwrap();
    assert!(client.try_hear().is_none());
    assert_eq!(house.shop.count(), 50);
}
