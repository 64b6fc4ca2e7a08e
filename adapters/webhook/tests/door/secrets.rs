//! Guessing secrets.

use crate::house::{BODY, House, JSON, PATH, SECRET, request, secret};

#[test]
fn nearly_right_is_wrong() {
    let house = House::behind(&["127.0.0.1"]);
    let mut wrong: Vec<String> = vec![
        String::new(),
        SECRET[..SECRET.len() - 1].into(),
        SECRET[1..].into(),
        format!("{SECRET}x"),
        format!("{SECRET}, {SECRET}"),
        format!("{SECRET},"),
        format!("\"{SECRET}\""),
        SECRET.to_uppercase(),
        "x".repeat(256),
        "x".repeat(8_000),
        "secret-of-the-shöp".into(),
        "*".into(),
        "null".into(),
        "undefined".into(),
    ];
    wrong.extend((0..SECRET.len()).map(|at| {
        let mut bytes = SECRET.as_bytes().to_vec();
        bytes[at] ^= 1;
        String::from_utf8(bytes).unwrap()
    }));
    for (n, wrong) in wrong.iter().enumerate() {
        let from = format!("X-Forwarded-For: 203.0.113.{n}");
        let status = house.posts(PATH, &[&secret(wrong), JSON, &from], BODY.as_bytes());
        assert_eq!(status, 401, "{wrong}");
    }
    let right = secret(SECRET);
    for lines in [
        &[&right, &right, JSON][..],
        &[&right, "X-Bot-Api-Secret-Token: x", JSON],
        &["X-Bot-Api-Secret-Token: x", &right, JSON],
        &["X-Bot-Api-Secret: secret-of-the-shop", JSON],
        &["X_Bot_Api_Secret_Token: secret-of-the-shop", JSON],
        &["Authorization: Bearer secret-of-the-shop", JSON],
        &[JSON],
    ] {
        assert_eq!(house.posts(PATH, lines, BODY.as_bytes()), 401, "{lines:?}");
    }
    assert_eq!(
        house.posts("/zalo/shop?X-Bot-Api-Secret-Token=secret-of-the-shop", &[JSON], b"{}"),
        401
    );
    assert_eq!(house.shop.count(), 0);
    for name in ["x-bot-api-secret-token", "X-BOT-API-SECRET-TOKEN"] {
        let line = format!("{name}:   {SECRET}\t");
        assert_eq!(house.posts(PATH, &[&line, JSON], BODY.as_bytes()), 200, "{name}");
    }
}

#[test]
fn after_thirty_wrong_ones_an_address_waits_and_the_right_one_passes() {
    let house = House::open();
    let mut client = house.client();
    let mut ask = |of: &str| client.ask(&request("POST", PATH, &[&secret(of), JSON], b"{}"));
    for _ in 0..30 {
        assert_eq!(ask("wrong").status, 401);
    }
    for _ in 0..100 {
        let heard = ask("wrong");
        assert_eq!(heard.status, 429);
        let wait: u64 = heard.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=60).contains(&wait), "{wait}");
        assert_eq!(ask(SECRET).status, 200);
    }
    assert_eq!(house.shop.count(), 100);
}

#[test]
fn who_writes_the_header_of_a_proxy_is_not_believed() {
    let (house, behind) = (House::open(), House::behind(&["127.0.0.0/8"]));
    let status = |house: &House, n: usize| {
        let from = format!("X-Forwarded-For: 203.0.113.{n}");
        house.posts(PATH, &[&secret("wrong"), JSON, &from], b"{}")
    };
    let of = |house| (0..40).map(|n| status(house, n)).collect::<Vec<_>>();
    let (direct, proxied) = (of(&house), of(&behind));
    assert_eq!(direct.iter().filter(|status| **status == 401).count(), 30, "it is one address");
    assert!(proxied.iter().all(|status| *status == 401), "they are forty");
    let forged = |n: usize| {
        let from = format!("X-Forwarded-For: 203.0.113.{n}, 198.51.100.7");
        behind.posts(PATH, &[&secret("wrong"), JSON, &from], b"{}")
    };
    let statuses: Vec<u16> = (0..40).map(forged).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 30, "the last one counts");
}
