//! Moving in from OpenClaw: with a gateway and without one, from its files and its database,
//! whatever they hold.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::errands::{configure, end};
use crate::gateway::{AN, Zalo, asked, told};
use crate::place::Place;

const BINH: &str = "2a2b3d4c5b6a79880b2b";
const CHI: &str = "3c3d4e5f60718293a4b5";
const CODE: &str = "K7NE4V2T";

/// OpenClaw's state in a place.
struct Moved<'a>(&'a Place);

impl<'a> Moved<'a> {
    fn new(place: &'a Place) -> Self {
        fs::create_dir_all(place.path(".openclaw/credentials")).unwrap();
        fs::create_dir_all(place.path(".openclaw/state")).unwrap();
        Self(place)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path(".openclaw").join(name)
    }

    fn allow(&self, file: &str, entries: &Value) {
        let list = json!({"version": 1, "allowFrom": entries});
        fs::write(self.path("credentials").join(file), list.to_string()).unwrap();
    }

    fn requests(&self, requests: &Value) {
        let list = json!({"version": 1, "requests": requests});
        fs::write(self.path("credentials/zalo-pairing.json"), list.to_string()).unwrap();
    }

    /// Its database as newer releases make it.
    fn database(&self) -> Connection {
        let database = Connection::open(self.path("state/openclaw.sqlite")).unwrap();
        database
            .execute_batch(
                "PRAGMA journal_mode = WAL;
                 CREATE TABLE channel_pairing_requests (
                     channel_key TEXT NOT NULL, account_id TEXT NOT NULL,
                     request_id TEXT NOT NULL, code TEXT NOT NULL, created_at TEXT NOT NULL,
                     last_seen_at TEXT NOT NULL, meta_json TEXT,
                     PRIMARY KEY (channel_key, account_id, request_id)) STRICT;
                 CREATE TABLE channel_pairing_allow_entries (
                     channel_key TEXT NOT NULL, account_id TEXT NOT NULL, entry TEXT NOT NULL,
                     sort_order INTEGER NOT NULL, updated_at INTEGER NOT NULL,
                     PRIMARY KEY (channel_key, account_id, entry)) STRICT;",
            )
            .unwrap();
        database
    }
}

/// So many minutes ago, as OpenClaw writes times.
fn ago(minutes: u64) -> String {
    let then = SystemTime::now() - Duration::from_secs(60 * minutes);
    humantime::format_rfc3339_millis(then).to_string()
}

fn request(sender: &str, code: &str, created_at: &str, account: &str) -> Value {
    let meta = json!({"accountId": account, "name": "Bình"});
    json!({"id": sender, "code": code, "createdAt": created_at, "lastSeenAt": created_at,
           "meta": meta})
}

/// What `import openclaw --json` says, with which code it exits.
fn import(place: &Place, code: i32, more: &[&str]) -> Value {
    let arguments = [&["import", "openclaw", "--json"], more].concat();
    let output = place.zaloxide(&arguments).assert().code(code).get_output().clone();
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A configuration of these accounts, and nobody to ask.
fn accounts(place: &Place, names: &[&str]) {
    let of = |n: usize| json!({"botToken": format!("{}:secret", 900 + n)});
    let accounts: serde_json::Map<_, _> =
        names.iter().enumerate().map(|(n, name)| ((*name).to_owned(), of(n))).collect();
    let channel = json!({"apiUrl": "http://127.0.0.1:9", "accounts": accounts});
    let config = json!({"channels": {"zalo": channel}});
    fs::write(place.path("zaloxide.json5"), config.to_string()).unwrap();
}

#[test]
fn who_was_let_in_talks_at_once_and_a_code_keeps_its_hour() {
    let place = Place::new();
    let zalo = Zalo::start(&place);
    configure(&place, &zalo, &json!({}));
    let moved = Moved::new(&place);
    moved.allow("zalo-allowFrom.json", &json!([AN]));
    moved.requests(&json!([request(BINH, CODE, &ago(10), "default")]));
    let mut gateway = place.start(&["run", "--agent", "echo"], &[]);
    gateway.wait_for_line("connected as bot");

    let dry = import(&place, 0, &["--dry-run"]);
    let done = import(&place, 0, &[]);
    assert_eq!((&dry["dry_run"], &done["dry_run"]), (&json!(true), &json!(false)));
    assert_eq!(dry["accounts"], done["accounts"], "as was said before");
    let expected = json!([{"account": "default", "approved": [AN], "pending": [BINH],
                           "already": 0, "refused": []}]);
    assert_eq!(done["accounts"], expected);
    gateway.wait_for_line("import: let in 1, codes taken over 1");
    zalo.writes(AN, &json!({"text": "still me"}));
    assert_eq!(zalo.wait_for_texts(AN, 1), ["still me"]);
    let listed = asked(&place, &["pairing", "list"]);
    let pending = &listed["accounts"][0]["pending"][0];
    assert_eq!((&pending["code"], &pending["name"]), (&json!(CODE), &json!("Bình")));
    let life = pending["expires_at"].as_u64().unwrap() - pending["issued_at"].as_u64().unwrap();
    assert_eq!(life, 3_600_000);
    let history = asked(&place, &["pairing", "history"]);
    assert_eq!(history["accounts"][0]["history"][0]["source"], "import");
    let again = told(&place, &["import", "openclaw"]);
    assert!(again.contains("Nothing new"), "{again}");
    told(&place, &["pairing", "approve", "zalo", CODE]);
    end(gateway);
}

#[test]
fn without_a_gateway_it_is_the_first_thing_a_new_state_holds() {
    let place = Place::new();
    accounts(&place, &["default"]);
    let moved = Moved::new(&place);
    moved
        .allow("zalo-allowFrom.json", &json!([AN, "*", "zgr-0011", 7_009_876_543_210_987_654_u64]));
    moved.requests(&json!([request(BINH, CODE, &ago(90), "default")]));
    let dry = told(&place, &["import", "openclaw", "--dry-run"]);
    assert!(!place.path("state").exists(), "a dry run makes nothing: {dry}");
    let done = told(&place, &["import", "openclaw"]);
    insta::assert_snapshot!(format!("{dry}\n=====\n{done}"));
    let listed = asked(&place, &["pairing", "list"]);
    assert_eq!(listed["accounts"][0]["approved"].as_array().unwrap().len(), 2, "{listed}");
    let again = import(&place, 0, &[]);
    assert_eq!(
        (&again["accounts"][0]["already"], &again["accounts"][0]["approved"]),
        (&json!(2), &json!([]))
    );
}

#[test]
fn each_account_has_its_own_and_one_alone_can_be_named() {
    let place = Place::new();
    accounts(&place, &["default", "Shop"]);
    let moved = Moved::new(&place);
    moved.allow("zalo-allowFrom.json", &json!([AN]));
    moved.allow("zalo-shop-allowFrom.json", &json!([BINH]));
    moved.allow("zalo-gone-allowFrom.json", &json!([CHI]));
    moved.allow("zalouser-allowFrom.json", &json!(["not-this-channel"]));
    moved.requests(&json!([request(CHI, CODE, &ago(1), "shop")]));
    let shop = import(&place, 0, &["--account", "Shop"]);
    let expected = json!([{"account": "Shop", "approved": [BINH], "pending": [CHI],
                           "already": 0, "refused": []}]);
    assert_eq!(shop["accounts"], expected, "{shop}");
    let all = import(&place, 1, &[]);
    assert_eq!(all["accounts"][0]["approved"], json!([AN]), "{all}");
    assert_eq!(all["accounts"][1]["already"], 2, "{all}");
    assert_eq!(all["problems"][0]["where"], "account \"gone\"", "{all}");
    assert!(!all.to_string().contains("not-this-channel"));
}

#[test]
fn the_database_is_read_while_openclaw_writes_to_it() {
    let place = Place::new();
    accounts(&place, &["default", "shop"]);
    let moved = Moved::new(&place);
    moved.allow("zalo-allowFrom.json", &json!([AN]));
    // It stays open: what was written last is in its log alone.
    let database = moved.database();
    let rows = [("zalo", "default", AN), ("zalo", "shop", "zalo: 3c3d"), ("telegram", "x", "555")];
    for (channel, account, entry) in rows {
        let insert = "INSERT INTO channel_pairing_allow_entries VALUES (?1, ?2, ?3, 0, 1)";
        database.execute(insert, (channel, account, entry)).unwrap();
    }
    let insert = "INSERT INTO channel_pairing_requests VALUES ('zalo', 'shop', ?1, ?2, ?3, ?3, ?4)";
    let meta = r#"{"accountId":"shop","name":"Bình"}"#;
    database.execute(insert, (BINH, CODE, ago(5), meta)).unwrap();
    database.execute(insert, ("late", "ABCDEFGH", "no time", "{")).unwrap();
    let done = import(&place, 0, &[]);
    let expected = json!([
        {"account": "default", "approved": [AN], "pending": [], "already": 0, "refused": []},
        {"account": "shop", "approved": ["3c3d"], "pending": [BINH], "already": 0, "refused": [
            {"entry": "state/openclaw.sqlite, request 2", "why": "malformed",
             "message": "when it was made is no time"}]},
    ]);
    assert_eq!(done["accounts"], expected);
    let sources = json!([{"file": "credentials/zalo-allowFrom.json", "approved": 1, "pending": 0},
                         {"file": "state/openclaw.sqlite", "approved": 2, "pending": 2}]);
    assert_eq!(done["sources"], sources);
}

#[test]
fn a_database_of_another_form_is_named_for_what_it_lacks() {
    let table: [(&str, i32, &str, usize); 5] = [
        ("CREATE TABLE other (x)", 1, "it has no table channel_pairing_allow_entries", 0),
        (
            "CREATE TABLE channel_pairing_allow_entries (channel_key, sender)",
            1,
            "its table channel_pairing_allow_entries has no column entry",
            0,
        ),
        // An older one without accounts, and ids as numbers.
        (
            "CREATE TABLE channel_pairing_allow_entries (entry, channel_key);
             INSERT INTO channel_pairing_allow_entries VALUES (7009876543210987654, 'zalo');
             CREATE TABLE channel_pairing_requests (CODE, created_at, request_id, channel_key)",
            0,
            "",
            1,
        ),
        // A view with no end.
        (
            "CREATE VIEW channel_pairing_allow_entries AS
             WITH RECURSIVE n(entry, channel_key) AS
             (SELECT 1, 'x' UNION ALL SELECT entry + 1, 'x' FROM n) SELECT * FROM n",
            1,
            "it has no table channel_pairing_allow_entries",
            0,
        ),
        (
            "CREATE TABLE channel_pairing_allow_entries (entry, channel_key);
             INSERT INTO channel_pairing_allow_entries VALUES (zeroblob(2000000), 'zalo');
             CREATE TABLE channel_pairing_requests (code, created_at, request_id, channel_key)",
            1,
            "over 1 MiB",
            0,
        ),
    ];
    for (schema, code, word, approved) in table {
        let place = Place::new();
        accounts(&place, &["default"]);
        let moved = Moved::new(&place);
        Connection::open(moved.path("state/openclaw.sqlite"))
            .unwrap()
            .execute_batch(schema)
            .unwrap();
        let said = import(&place, code, &["--dry-run"]);
        assert!(said["problems"].to_string().contains(word), "{schema}: {said}");
        let let_in = said["accounts"][0]["approved"].as_array().map_or(0, Vec::len);
        assert_eq!(let_in, approved, "{said}");
    }
}

#[test]
fn files_that_are_not_openclaws_keep_nothing_else_out() {
    let place = Place::new();
    accounts(&place, &["default"]);
    let moved = Moved::new(&place);
    let write = |name: &str, bytes: &[u8]| {
        fs::write(moved.path("credentials").join(name), bytes).unwrap();
    };
    write("zalo-a-allowFrom.json", &vec![b' '; (16 << 20) + 1]);
    write("zalo-b-allowFrom.json", br#"{"version": 2, "allowFrom": []}"#);
    write("zalo-c-allowFrom.json", &vec![b'['; 1 << 20]);
    write("zalo-d-allowFrom.json", b"SECRET\xff");
    write("zalo-e-allowFrom.json", br#"{"allowFrom": ["x"]}"#);
    write("zalo-f-allowFrom.json", br#"{"version": 1, "allowFrom": "SECRET"}"#);
    fs::create_dir(moved.path("credentials/zalo-g-allowFrom.json")).unwrap();
    fs::write(place.path("elsewhere.json"), r#"{"version":1,"allowFrom":["x"]}"#).unwrap();
    let link = moved.path("credentials/zalo-h-allowFrom.json");
    std::os::unix::fs::symlink(place.path("elsewhere.json"), link).unwrap();
    let pipe = moved.path("credentials/zalo-i-allowFrom.json");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0)
        .unwrap();
    write("zalo-pairing.json", b"{\"version\": 1, \"requests\": [{\"id\": \"SECRET");
    fs::write(moved.path("state/openclaw.sqlite"), "no database, whatever its name says").unwrap();
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let entries = format!(
        r#"{{"version": 1, "more": {deep}, "allowFrom": ["{AN}", {deep}, null, 1.5, {{}}, "\u001b[2J", "{}"]}}"#,
        "x".repeat(600)
    );
    write("zalo-allowFrom.json", entries.as_bytes());

    let output = place.zaloxide(&["import", "openclaw"]).assert().code(1).get_output().clone();
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(!said.contains("SECRET") && !said.contains('\u{1b}'), "{said}");
    insta::assert_snapshot!(said);
}

#[test]
fn a_database_that_is_locked_or_a_link_is_named() {
    let place = Place::new();
    accounts(&place, &["default"]);
    let moved = Moved::new(&place);
    let database = moved.database();
    database.execute_batch("PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE").unwrap();
    let said = import(&place, 1, &[]);
    assert!(said["problems"][0]["message"].as_str().unwrap().contains("end OpenClaw"), "{said}");
    database.execute_batch("COMMIT").unwrap();
    fs::rename(moved.path("state/openclaw.sqlite"), place.path("real.sqlite")).unwrap();
    let link = moved.path("state/openclaw.sqlite");
    std::os::unix::fs::symlink(place.path("real.sqlite"), link).unwrap();
    let said = import(&place, 1, &[]);
    assert!(said["problems"][0]["message"].as_str().unwrap().contains("no link"), "{said}");
}

#[test]
fn the_state_is_where_openclaw_says() {
    let place = Place::new();
    accounts(&place, &["default"]);
    let missing = place.zaloxide(&["import", "openclaw"]).assert().code(1).get_output().clone();
    let missing = String::from_utf8(missing.stderr).unwrap();
    assert!(missing.contains(".openclaw: name it with --state"), "{missing}");
    Moved::new(&place);
    let nothing = told(&place, &["import", "openclaw"]);
    assert!(nothing.starts_with("Nothing to take over"), "{nothing}");
    fs::create_dir_all(place.path("here/credentials")).unwrap();
    let list = json!({"version": 1, "allowFrom": [AN]}).to_string();
    fs::write(place.path("here/credentials/zalo-allowFrom.json"), list).unwrap();
    let arguments = ["import", "openclaw", "--dry-run"];
    let told = place.zaloxide(&arguments).env("OPENCLAW_STATE_DIR", "here").assert().code(0);
    let told = String::from_utf8(told.get_output().stdout.clone()).unwrap();
    assert!(told.contains(AN), "{told}");
    assert_eq!(import(&place, 0, &["--dry-run", "--state", "here"])["state"], "here");
    // Nobody to take them over: it is the configuration that is wrong.
    fs::remove_file(place.path("zaloxide.json5")).unwrap();
    let arguments = ["import", "openclaw", "--state", "here"];
    place.zaloxide(&arguments).assert().code(3);
}
