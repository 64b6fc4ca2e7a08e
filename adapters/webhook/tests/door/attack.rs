//! Many at a time.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use crate::house::{BODY, House, JSON, PATH, SECRET, request, secret};

#[test]
fn wrong_secrets_without_end_do_not_keep_the_right_one_out() {
    let house = House::open();
    let (over, wrong) = (AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut client = house.client();
                let guess = request("POST", PATH, &[&secret("wrong"), JSON], BODY.as_bytes());
                while !over.load(Ordering::SeqCst) {
                    assert!(matches!(client.ask(&guess).status, 401 | 429));
                    wrong.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        let mut client = house.client();
        let right = request("POST", PATH, &[&secret(SECRET), JSON], BODY.as_bytes());
        for _ in 0..500 {
            assert_eq!(client.ask(&right).status, 200);
        }
        while wrong.load(Ordering::SeqCst) < 2_000 {
            assert_eq!(client.ask(&right).status, 200);
        }
        over.store(true, Ordering::SeqCst);
    });
}
