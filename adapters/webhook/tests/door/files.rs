//! Files that Zalo fetches.

use std::fs;
use std::sync::Arc;

use zaloxide_webhook::{File, Files, Limits};

use crate::house::{House, PATH, request};

const ID: &str = "0123456789abcdef0123456789abcdef";
const TOKEN: &str = "00112233445566778899aabbccddeeff";

/// One picture of so many bytes.
struct One(tempfile::TempDir, u64);

impl Files for One {
    fn open(&self, id: &str, token: &str) -> Option<File> {
        let file = (id == ID && token == TOKEN).then(|| fs::File::open(self.0.path().join("f")))?;
        Some(File { file: file.unwrap(), content_type: "image/png".into(), bytes: self.1 })
    }
}

fn house(there: usize, bytes: u64) -> House {
    let dir = tempfile::tempdir().unwrap();
    let content: Vec<u8> = (0..there).map(|n| u8::try_from(n % 251).unwrap()).collect();
    fs::write(dir.path().join("f"), content).unwrap();
    House::with(Limits::default(), |door| door.files(Arc::new(One(dir, bytes))))
}

fn url(id: &str, token: &str) -> String {
    format!("{PATH}/media/{id}?token={token}")
}

#[test]
fn a_file_is_fetched_any_number_of_times_and_runs_nothing() {
    let house = house(300_000, 300_000);
    let mut client = house.client();
    for _ in 0..3 {
        let heard = client.ask(&request("GET", &url(ID, TOKEN), &[], b""));
        assert_eq!((heard.status, heard.body.len()), (200, 300_000));
        assert!((0..300_000).all(|n| usize::from(heard.body[n]) == n % 251));
        assert_eq!(heard.header("content-type"), Some("image/png"));
        assert_eq!(heard.header("x-content-type-options"), Some("nosniff"));
        let policy = heard.header("content-security-policy");
        assert_eq!(policy, Some("default-src 'none'; sandbox"));
    }
    client.say(&request("HEAD", &url(ID, TOKEN), &["Connection: close"], b""));
    let heard = client.rest();
    assert!(heard.contains("content-length: 300000") && heard.ends_with("\r\n\r\n"), "{heard}");
}

#[test]
fn a_guess_is_told_that_nothing_is_there() {
    let house = house(10, 10);
    let status = |method: &str, path: &str| {
        house.client().ask(&request(method, path, &["Content-Length: 0"], b"")).status
    };
    assert_eq!(status("GET", &url(ID, TOKEN)), 200);
    let other = format!("1{}", &ID[1..]);
    for path in [
        url(&other, TOKEN),
        url(ID, &TOKEN[1..]),
        url(ID, &format!("{TOKEN}0")),
        url(ID, &TOKEN.to_uppercase()),
        url(ID, ""),
        url("", TOKEN),
        url("../f", TOKEN),
        url("..%2ff", TOKEN),
        url(&format!("{ID}/"), TOKEN),
        format!("{PATH}/media/{ID}"),
        format!("{PATH}/media/{ID}?TOKEN={TOKEN}"),
        format!("/other/media/{ID}?token={TOKEN}"),
        format!("/media/{ID}?token={TOKEN}"),
        format!("{PATH}//media/{ID}/?token={TOKEN}"),
        format!("{PATH}/Media/{ID}?token={TOKEN}"),
    ] {
        assert_eq!(status("GET", &path), 404, "{path}");
    }
    assert_eq!(status("POST", &url(ID, TOKEN)), 405);
    assert_eq!(status("GET", PATH), 405);
}

#[test]
fn a_file_that_has_become_shorter_is_not_passed_off_as_whole() {
    let house = house(1_000_000, 2_000_000);
    let mut client = house.client();
    client.say(&request("GET", &url(ID, TOKEN), &["Connection: close"], b""));
    let heard = client.rest();
    assert!(heard.contains("content-length: 2000000"), "{}", &heard[..200]);
    assert!(heard.len() < 2_000_000, "what is missing is not made up");
    let longer = self::house(200, 100);
    let heard = longer.client().ask(&request("GET", &url(ID, TOKEN), &[], b""));
    assert_eq!(heard.body.len(), 100);
}
