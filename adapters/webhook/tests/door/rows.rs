//! Each row of the door's table, in its order.

use std::sync::Arc;

use zaloxide_webhook::Status;

use crate::house::{BODY, House, JSON, PATH, PING, SECRET, Shop, request, secret};

#[test]
fn a_path_that_is_nobodys() {
    let house = House::open();
    let right = secret(SECRET);
    for path in [
        "/",
        "/zalo",
        "/zalo/shop/x",
        "/zalo/shop//",
        "//zalo/shop",
        "/ZALO/shop",
        "/zalo/Shop",
        "/zalo%2Fshop",
        "/%7aalo/shop",
        "/zalo/./shop",
        "/zalo/x/../shop",
        "/zalo/shop;a=1",
        "/zalo/shop/media/",
        "/zalo/shop/media/abc",
        "/healthz",
        "/metrics",
    ] {
        assert_eq!(house.posts(path, &[&right, JSON], BODY.as_bytes()), 404, "{path}");
    }
    assert_eq!(house.shop.count(), 0);
    for path in [PATH, "/zalo/shop/", "/zalo/shop?", "/zalo/shop?secret=no", "/zalo/shop/?a#b"] {
        assert_eq!(house.posts(path, &[&right, JSON], BODY.as_bytes()), 200, "{path}");
    }
    assert_eq!(house.shop.count(), 5);
}

#[test]
fn not_post() {
    let house = House::open();
    for method in ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "post", "ZALO"] {
        let mut client = house.client();
        client.say(&request(method, PATH, &[&secret(SECRET), JSON, "Connection: close"], b""));
        let heard = client.rest();
        assert!(heard.starts_with("HTTP/1.1 405 "), "{method} {heard}");
        assert!(heard.contains("allow: POST\r\n"), "{method} {heard}");
    }
    assert_eq!(house.shop.count(), 0);
}

#[test]
fn the_right_secret_and_everything_as_zalo_sends_it() {
    let house = House::open();
    let heard = house.client().ask(&request(
        "POST",
        PATH,
        &[&secret(SECRET), JSON, "User-Agent: Java/1.8.0_192"],
        BODY.as_bytes(),
    ));
    assert_eq!((heard.status, heard.body.as_slice()), (200, b"ok".as_slice()), "{heard:?}");
    assert_eq!(house.shop.taken(), [BODY.as_bytes()]);
}

#[test]
fn who_has_no_secret_may_ping_and_nothing_else() {
    let house = House::open();
    let without = |body: &str| house.posts(PATH, &[JSON], body.as_bytes());
    assert_eq!(without(""), 200);
    assert_eq!(without(PING), 200);
    assert_eq!(house.posts(PATH, &[], PING.as_bytes()), 200, "its type does not matter");
    let wrapped = format!(r#"{{"ok":true,"result":{PING}}}"#);
    assert_eq!(without(&wrapped), 200);
    let padded = format!("{PING}{}", " ".repeat(1_024 - PING.len()));
    assert_eq!(without(&padded), 200);
    for body in [
        BODY.to_owned(),
        format!("{padded} "),
        PING.replace("webhook.test", "webhook.tests"),
        PING.replace(r#""text""#, r#""from":{"id":"1"},"text""#),
        PING.replace(r#""text""#, r#""chat":{"id":"1"},"text""#),
        format!("{PING}{BODY}"),
        "[]".into(),
        "null".into(),
        "{".into(),
    ] {
        assert_eq!(without(&body), 401, "{body}");
    }
    let chunked = format!("{:x}\r\n{PING}\r\n0\r\n\r\n", PING.len());
    let lines = [JSON, "Transfer-Encoding: chunked"];
    assert_eq!(house.posts(PATH, &lines, chunked.as_bytes()), 401, "of no known length");
    assert_eq!(house.shop.count(), 0, "nothing is done for any of them");
}

#[test]
fn no_body() {
    let house = House::open();
    let right = secret(SECRET);
    assert_eq!(house.posts(PATH, &[&right], b""), 200);
    assert_eq!(house.posts(PATH, &[&right, "Content-Length: 0"], b""), 200);
    for chunked in
        [&[&right, "Transfer-Encoding: chunked"][..], &[&right, "Transfer-Encoding: chunked", JSON]]
    {
        assert_eq!(house.posts(PATH, chunked, b"0\r\n\r\n"), 200, "{chunked:?}");
    }
    assert_eq!(house.shop.count(), 0);
}

#[test]
fn the_type_of_the_body() {
    let house = House::open();
    let with = |lines: &[&str]| {
        let right = secret(SECRET);
        house.posts(PATH, &[&[right.as_str()], lines].concat(), BODY.as_bytes())
    };
    for good in [
        "application/json",
        "application/json; charset=utf-8",
        "Application/JSON",
        "application/json;charset=UTF-8",
        "application/vnd.zalo+json",
        "text/x+json ; a=b",
    ] {
        assert_eq!(with(&[&format!("Content-Type: {good}")]), 200, "{good}");
    }
    for bad in [
        "text/json",
        "text/plain",
        "application/jsonx",
        "application/x-www-form-urlencoded",
        "application",
        "+json",
        "/+json",
        "application/+json",
        "application/json, text/plain",
        "",
        "multipart/form-data",
        "application/jso\u{f1}",
    ] {
        assert_eq!(with(&[&format!("Content-Type: {bad}")]), 415, "{bad}");
    }
    assert_eq!(with(&[]), 415);
    assert_eq!(with(&[JSON, JSON]), 415, "twice");
    for bad in ["gzip", "deflate", "br", "identity, gzip", "x", ""] {
        assert_eq!(with(&[JSON, &format!("Content-Encoding: {bad}")]), 415, "{bad}");
    }
    assert_eq!(with(&[JSON, "Content-Encoding: Identity"]), 200);
    assert_eq!(with(&[JSON, "Content-Encoding: identity", "Content-Encoding: gzip"]), 415);
    assert_eq!(house.shop.count(), 7);
}

#[test]
fn what_became_of_it() {
    let house = House::open();
    for (status, is) in [(Status::Taken, 200), (Status::Malformed, 400), (Status::Busy, 503)] {
        *house.shop.status.lock().unwrap() = Some(status);
        let heard =
            house.client().ask(&request("POST", PATH, &[&secret(SECRET), JSON], BODY.as_bytes()));
        assert_eq!(heard.status, is, "{status:?}");
        assert_eq!(heard.header("retry-after").is_some(), is == 503, "{heard:?}");
    }
}

#[test]
fn a_taker_that_forgets_its_answer_makes_zalo_try_again() {
    struct Forgets;
    impl zaloxide_webhook::Taker for Forgets {
        fn take(&self, _: &[u8], _: zaloxide_webhook::Answer) {}
    }
    let house = House::open();
    house.routes.add("f", "/f", b"forgetful", Arc::new(Forgets)).unwrap();
    assert_eq!(house.posts("/f", &[&secret("forgetful"), JSON], BODY.as_bytes()), 503);
}

#[test]
fn accounts_come_and_go_while_it_serves() {
    let house = House::open();
    let two = Shop::new(Status::Taken);
    let post = |secret_of: &str| house.posts(PATH, &[&secret(secret_of), JSON], BODY.as_bytes());
    assert_eq!(post("secret-of-two"), 401);
    house.routes.add("two", PATH, b"secret-of-two", two.clone()).unwrap();
    assert_eq!((post("secret-of-two"), post(SECRET)), (200, 200));
    assert_eq!((house.shop.count(), two.count()), (1, 1), "each gets its own");
    house.routes.remove("shop");
    assert_eq!((post("secret-of-two"), post(SECRET)), (200, 401));
    house.routes.remove("two");
    assert_eq!(post("secret-of-two"), 404);
}
