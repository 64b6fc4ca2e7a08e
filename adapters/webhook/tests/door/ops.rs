//! Health and metrics.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use zaloxide_webhook::{Health, Limits, Ops, Server};

use crate::house::{Client, House, listener, request};

#[derive(Default)]
struct Known(AtomicBool);

impl Health for Known {
    fn ready(&self) -> Result<(), String> {
        self.0.load(Ordering::SeqCst).then_some(()).ok_or_else(|| "the store is closed".into())
    }

    fn metrics(&self) -> String {
        assert!(self.0.load(Ordering::SeqCst), "a defect");
        "zaloxide_up 1\n# EOF\n".into()
    }
}

#[test]
fn health_and_metrics_are_told_and_nothing_else() {
    let known = Arc::new(Known::default());
    let server =
        Server::start(listener(), Limits::default(), Arc::new(Ops::new(known.clone()))).unwrap();
    let ask = |method: &str, path: &str| {
        let heard = Client::connect(server.address()).ask(&request(method, path, &[], b""));
        (heard.status, String::from_utf8(heard.body).unwrap())
    };
    assert_eq!(ask("GET", "/healthz"), (200, "ok\n".into()));
    assert_eq!(ask("GET", "/readyz"), (503, "the store is closed\n".into()));
    assert_eq!(ask("GET", "/metrics").0, 500, "and the server lives on");
    known.0.store(true, Ordering::SeqCst);
    assert_eq!(ask("GET", "/readyz"), (200, "ready\n".into()));
    assert_eq!(ask("GET", "/metrics?x=1"), (200, "zaloxide_up 1\n# EOF\n".into()));
    assert_eq!(ask("GET", "/").0, 404);
    assert_eq!(ask("POST", "/metrics").0, 405);
}

#[test]
fn the_public_door_tells_nothing_of_it() {
    let house = House::open();
    for path in ["/healthz", "/readyz", "/metrics", "/zalo/shop/metrics"] {
        assert_eq!(house.client().ask(&request("GET", path, &[], b"")).status, 404, "{path}");
    }
}
