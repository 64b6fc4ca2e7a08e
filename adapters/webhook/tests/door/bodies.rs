//! Bodies: their length, declared and not, and what is in them.

use zaloxide_webhook::Status;

use crate::house::{BODY, Client, House, JSON, PATH, SECRET, request, secret};

const MIB: usize = 1 << 20;

fn chunked(body: &[u8], piece: usize) -> Vec<u8> {
    let mut out = Vec::new();
    for piece in body.chunks(piece) {
        out.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
        out.extend_from_slice(piece);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"0\r\n\r\n");
    out
}

#[test]
fn one_mebibyte_is_taken_and_a_byte_more_is_not() {
    let house = House::open();
    let chunks = [&secret(SECRET), JSON, "Transfer-Encoding: chunked"];
    let full = vec![b' '; MIB];
    let over = vec![b' '; MIB + 1];
    assert_eq!(house.delivers(&full), 200);
    assert_eq!(house.delivers(&over), 413);
    assert_eq!(house.posts(PATH, &chunks, &chunked(&full, 9_999)), 200);
    assert_eq!(house.posts(PATH, &chunks, &chunked(&over, 9_999)), 413);
    assert_eq!(house.posts(PATH, &chunks, &chunked(&full, MIB)), 200);
    let taken = house.shop.taken();
    assert!(taken.len() == 3 && taken.iter().all(|body| *body == full));
}

#[test]
fn what_is_far_too_long_is_refused_before_it_is_sent() {
    let house = House::open();
    let declares = |bytes: &str| {
        let lines = [&secret(SECRET), JSON, &format!("Content-Length: {bytes}")];
        let mut client = house.client();
        client.say(&request("POST", PATH, &lines, b""));
        client.hear().status
    };
    assert_eq!(declares("1048577"), 413);
    assert_eq!(declares("9223372036854775807"), 413);
    for nonsense in ["18446744073709551616", "-1", "1e3", "0x10", "1, 1", "", "ten"] {
        assert_eq!(declares(nonsense), 400, "{nonsense}");
    }
    assert_eq!(house.shop.count(), 0);
}

#[test]
fn a_body_without_end_is_not_listened_to_for_ever() {
    let house = House::open();
    for lines in [vec![secret(SECRET)], vec![]] {
        let lines: Vec<&str> =
            lines.iter().map(String::as_str).chain([JSON, "Transfer-Encoding: chunked"]).collect();
        let mut client = house.client();
        client.say(&request("POST", PATH, &lines, b""));
        let piece = [b"10000\r\n".as_slice(), &vec![b' '; 65_536], b"\r\n"].concat();
        let mut said = 0;
        // Until the server has closed its side, which a client notices a little later.
        while std::io::Write::write_all(&mut client.0, &piece).is_ok() {
            said += piece.len();
            assert!(said < 64 * MIB, "the server goes on listening");
        }
    }
    assert_eq!(house.shop.count(), 0);
}

#[test]
fn a_client_that_leaves_has_said_nothing() {
    let house = House::open();
    let lines = [&secret(SECRET), JSON, "Content-Length: 100"];
    let mut client = house.client();
    client.say(&request("POST", PATH, &lines, b""));
    client.say(BODY.as_bytes());
    client.0.shutdown(std::net::Shutdown::Write).unwrap();
    let heard = client.rest();
    assert!(heard.is_empty() || heard.starts_with("HTTP/1.1 400 "), "{heard}");
    assert_eq!(house.delivers(BODY.as_bytes()), 200, "and the others are served");
    assert_eq!(house.shop.count(), 1);
}

#[test]
fn an_answer_before_the_body_is_seen_by_a_client_that_is_still_sending() {
    let house = House::open();
    let body = vec![b'x'; MIB];
    for (path, lines, is) in [
        ("/nobodys", vec![secret(SECRET), JSON.into()], 404),
        (PATH, vec![secret("wrong"), JSON.into()], 401),
        (PATH, vec![secret(SECRET), "Content-Type: image/png".into()], 415),
    ] {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let mut client = house.client();
        client.say(&request("POST", path, &lines, &body));
        assert_eq!(client.hear().status, is, "{path}");
        // It was thrown away, so the connection goes on.
        let next = request("POST", PATH, &[&secret(SECRET), JSON], BODY.as_bytes());
        assert_eq!(client.ask(&next).status, 200, "{path}");
    }
}

#[test]
fn whatever_json_is_is_for_the_taker_to_say() {
    let house = House::open();
    let deep = format!("{}{}", "[".repeat(500_000), "]".repeat(500_000));
    let nested = format!("{}1{}", r#"{"a":"#.repeat(100_000), "}".repeat(100_000));
    for body in [deep.as_str(), &nested, "null", "nonsense", "\u{feff}{}", "{}{}"] {
        assert_eq!(house.delivers(body.as_bytes()), 200);
    }
    assert_eq!(house.delivers(&[0xff, 0, 1]), 200);
    assert_eq!(house.shop.count(), 7);
}

#[test]
fn a_thousand_times_the_same_is_told_the_same() {
    let house = House::open();
    let mut client = Client::connect(house.server.address());
    for _ in 0..1_000 {
        let post = request("POST", PATH, &[&secret(SECRET), JSON], BODY.as_bytes());
        assert_eq!(client.ask(&post).status, 200);
    }
    assert_eq!(house.shop.count(), 1_000, "whether it was seen before is not the door's to say");
    *house.shop.status.lock().unwrap() = Some(Status::Busy);
    assert_eq!(house.delivers(BODY.as_bytes()), 503);
}
