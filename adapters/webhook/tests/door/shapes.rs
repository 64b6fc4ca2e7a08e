//! Requests in odd shapes: nobody may be made to see two where another sees one.

use crate::house::{House, JSON, PATH, SECRET, request, secret};

/// Says `head` and `body`; the statuses of all answers until the server closes.
fn statuses(house: &House, request: &[u8]) -> Vec<u16> {
    let mut client = house.client();
    client.say(request);
    client.0.shutdown(std::net::Shutdown::Write).unwrap();
    std::iter::from_fn(|| client.try_hear().map(|heard| heard.status)).collect()
}

#[test]
fn no_request_is_smuggled_in_another() {
    let house = House::open();
    let right = secret(SECRET);
    let inner = String::from_utf8(request("POST", PATH, &[&right, JSON], b"{}")).unwrap();
    let head = format!("POST {PATH} HTTP/1.1\r\nHost: a\r\n{right}\r\n{JSON}\r\n");
    let shapes = [
        // Two lengths.
        format!("{head}Content-Length: 2\r\nContent-Length: 60\r\n\r\n{{}}{inner}"),
        format!("{head}Content-Length: 2, 60\r\n\r\n{{}}{inner}"),
        format!("{head}Content-Length: +2\r\n\r\n{{}}{inner}"),
        // Codings that are none, or not the last.
        format!("{head}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n{inner}"),
        format!("{head}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n{inner}"),
        format!("{head}Transfer-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{{}}{inner}"),
        // Lines that are folded, split, or not lines.
        format!("{head}Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n{inner}"),
        format!("{head}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n{inner}"),
        format!("{head}X: a\rContent-Length: 2\r\n\r\n{{}}{inner}"),
        format!("{head}X: a\0b\r\n\r\n{inner}"),
        format!(
            "POST {PATH} HTTP/1.0\r\n{right}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{inner}"
        ),
        format!("POST {PATH} HTTP/9.9\r\n{right}\r\n\r\n{inner}"),
        format!("POST {PATH}\r\n\r\n{inner}"),
        format!("POST  {PATH} HTTP/1.1\r\nHost: a\r\n\r\n{inner}"),
        // Sizes of chunks that are none.
        format!("{head}Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n{inner}"),
        format!("{head}Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n\r\n{inner}"),
        format!("{head}Transfer-Encoding: chunked\r\n\r\n0x2\r\n{{}}\r\n0\r\n\r\n{inner}"),
        format!("{head}Transfer-Encoding: chunked\r\n\r\n2\n{{}}\r\n0\r\n\r\n{inner}"),
    ];
    for shape in shapes {
        let before = house.shop.count();
        let statuses = statuses(&house, shape.as_bytes());
        assert!(statuses.iter().all(|status| matches!(status, 400 | 505)), "{statuses:?} {shape}");
        assert_eq!(house.shop.count(), before, "{shape}");
    }
}

#[test]
fn of_two_lengths_the_chunks_count_and_the_connection_ends() {
    let house = House::open();
    let right = secret(SECRET);
    let inner = String::from_utf8(request("POST", PATH, &[&right, JSON], b"{}")).unwrap();
    for lines in [
        "Content-Length: 400\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 400",
    ] {
        let shape = format!(
            "POST {PATH} HTTP/1.1\r\nHost: a\r\n{right}\r\n{JSON}\r\n{lines}\r\n\r\n7\r\n{{\"a\":1}}\r\n0\r\n\r\n{inner}"
        );
        let before = house.shop.count();
        let statuses = statuses(&house, shape.as_bytes());
        // Whoever sends both is up to something, or behind a proxy that is: nothing follows it.
        assert_eq!(statuses, [200]);
        assert_eq!(house.shop.taken().last().unwrap(), br#"{"a":1}"#);
        assert_eq!(house.shop.count(), before + 1);
    }
}

#[test]
fn heads_are_bounded() {
    let house = House::open();
    let right = secret(SECRET);
    let with = |count: usize, bytes: usize| {
        let more = (0..count).map(|n| format!("X-{n}: {}", "x".repeat(bytes)));
        let lines: Vec<String> = [right.clone(), JSON.into()].into_iter().chain(more).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        // With `Host` and `Content-Length` they are four more.
        let mut client = house.client();
        client.say(&request("POST", PATH, &lines, b"{}"));
        client.try_hear().map(|heard| heard.status)
    };
    assert_eq!(with(60, 10), Some(200));
    assert_eq!(with(61, 10), Some(431), "one header too many");
    assert_eq!(with(30, 1_500), Some(200));
    assert_eq!(with(30, 20_000), Some(431));
    let path = format!("{PATH}?{}", "x".repeat(70_000));
    let status = house.posts(&path, &[&right, JSON], b"{}");
    assert!(matches!(status, 414 | 431), "{status}");
}

#[test]
fn what_is_no_http_is_told_so_and_left() {
    let house = House::open();
    for nonsense in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"SSH-2.0-x\r\n\r\n",
        b"\r\n\r\n\r\n\r\nnonsense\r\n\r\n",
        b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\r\n\r\n",
        b"GET http://[ HTTP/1.1\r\n\r\n",
        b"POST /zalo/\xc3\xb6 HTTP/1.1\r\nHost: \xff\r\nX\xff: 1\r\n\r\n",
    ] {
        let heard = statuses(&house, nonsense);
        assert!(
            heard.iter().all(|status| matches!(status, 400 | 404 | 505)),
            "{heard:?} {nonsense:?}"
        );
    }
    assert_eq!(house.delivers(b"{}"), 200, "and the others are served");
}
