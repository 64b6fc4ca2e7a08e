//! Webhooks end to end: the program, and a Zalo that pushes to it.

use std::fs;
use std::net::TcpListener;

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::canary;
use crate::errands::end;
use crate::gateway::{AN, TOKEN, Zalo, asked, told};
use crate::place::{Place, Running, wait_until};

const OTHER: &str = "777:canary-9f3b-another-bots-token";
const SECRET: &str = "canary-9f3b-of-the-door";

/// A port that nobody has just now.
fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

/// A place whose Zalo pushes to this port, whatever URL is set.
fn open(tokens: &[&str]) -> (Place, Zalo, u16) {
    let (place, port) = (Place::new(), free_port());
    let deliver = format!("http://127.0.0.1:{port}");
    let zalo = Zalo::start_at(&place, tokens, &["--deliver-to", &deliver]);
    (place, zalo, port)
}

fn configure(place: &Place, zalo: &Zalo, port: u16, channel: &Value) {
    let mut zalo = json!({
        "apiUrl": zalo.url, "typing": false, "dmPolicy": "open", "allowFrom": ["*"],
        "webhookSecret": SECRET, "webhook": {"listen": format!("127.0.0.1:{port}")},
    });
    for (key, value) in channel.as_object().unwrap() {
        zalo[key] = value.clone();
    }
    let config = json!({"channels": {"zalo": zalo}, "agent": {"type": "echo"}});
    fs::write(place.path("zaloxide.json5"), config.to_string()).unwrap();
}

fn run(place: &Place) -> Running {
    let mut gateway = place.start(&["run"], &[]);
    gateway.wait_for_line("the webhook is set and Zalo has reached it");
    gateway
}

#[test]
fn a_bot_is_pushed_to_and_its_webhook_seen_tested_removed_and_set() {
    let (place, zalo, port) = open(&[TOKEN]);
    let channel = json!({
        "botToken": TOKEN, "webhookUrl": "https://b.example/z", "quota": {"monthly": 1},
    });
    configure(&place, &zalo, port, &channel);
    let gateway = run(&place);
    zalo.writes(AN, &json!({"text": "đẩy"}));
    assert_eq!(zalo.wait_for_texts(AN, 1), ["đẩy"]);
    assert_eq!(zalo.calls_of("getUpdates"), 0, "nothing is polled");

    let status = asked(&place, &["channels", "status", "--probe"]);
    let account = &status["accounts"][0];
    assert_eq!(account["state"]["type"], "webhook", "{status}");
    assert_eq!(account["probe"]["me"]["id"], "12345689", "{status}");
    assert_eq!(account["probe"]["webhook"]["url"], "https://b.example/z", "{status}");
    assert!(account["warnings"][0].as_str().unwrap().contains("dmPolicy is open"), "{status}");
    let status = told(&place, &["channels", "status", "--probe"]);
    assert!(status.contains("default: the token works: bot 12345689"), "{status}");
    assert!(status.contains("default: the webhook is https://b.example/z"), "{status}");
    assert!(status.contains("default: warning: everybody may talk"), "{status}");
    assert!(status.contains("default: warning: 1 of the month's 1 messages are sent"), "{status}");

    let info = told(&place, &["webhook", "info"]);
    assert!(info.contains("they are the same"), "{info}");
    let tested = told(&place, &["webhook", "test"]);
    assert!(tested.contains("Zalo has reached it"), "{tested}");
    let removed = told(&place, &["webhook", "delete"]);
    assert!(removed.contains("sets it again"), "{removed}");
    let info = told(&place, &["webhook", "info"]);
    assert!(info.contains("none: updates can be polled") && info.contains("they differ"), "{info}");
    let set = told(&place, &["webhook", "set"]);
    assert!(set.contains("set to https://b.example/z; Zalo has reached it"), "{set}");
    zalo.writes(AN, &json!({"text": "lại"}));
    assert_eq!(zalo.wait_for_texts(AN, 2)[1], "lại");
    end(gateway);

    let info = asked(&place, &["webhook", "info"]);
    assert_eq!(info["zalo"]["url"], "https://b.example/z", "it stays, and no gateway is needed");
    // Nobody is at the door now: Zalo says so, and so does the command.
    let output = place.zaloxide(&["webhook", "test"]).assert().code(1).get_output().clone();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("Zalo could NOT reach it"), "{said}");
}

#[test]
fn a_webhook_is_removed_at_the_end_where_that_is_wanted() {
    let (place, zalo, port) = open(&[TOKEN]);
    let listen = format!("127.0.0.1:{port}");
    let channel = json!({
        "botToken": TOKEN, "webhookUrl": "https://b.example/z",
        "webhook": {"listen": listen, "deleteOnStop": true},
    });
    configure(&place, &zalo, port, &channel);
    end(run(&place));
    assert_eq!(zalo.calls_of("deleteWebhook"), 1);
}

#[test]
fn a_configuration_is_read_again_by_command_and_by_signal() {
    let (place, zalo, port) = open(&[TOKEN, OTHER]);
    let accounts = |names: &[(&str, &str)]| {
        let account = |(name, token): &(&str, &str)| {
            let url = format!("https://b.example/{name}");
            ((*name).to_owned(), json!({"botToken": token, "webhookUrl": url}))
        };
        json!({"accounts": names.iter().map(account).collect::<serde_json::Map<_, _>>()})
    };
    configure(&place, &zalo, port, &accounts(&[("one", TOKEN)]));
    let mut gateway = run(&place);
    assert_eq!(told(&place, &["config", "reload"]), "nothing has changed\n");

    configure(&place, &zalo, port, &accounts(&[("one", TOKEN), ("two", OTHER)]));
    let report = asked(&place, &["config", "reload"]);
    assert_eq!(report["added"], json!(["two"]), "{report}");
    gateway.wait_for_line("the webhook is set and Zalo has reached it");
    zalo.writes(AN, &json!({"text": "to two", "bot": "777"}));
    assert_eq!(zalo.wait_for_texts(AN, 1), ["to two"]);

    let file = place.path("zaloxide.json5");
    let good = fs::read_to_string(&file).unwrap();
    fs::write(&file, good.replace("dmPolicy", "dmPolcy")).unwrap();
    let output = place.zaloxide(&["config", "reload"]).assert().code(3).get_output().clone();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("did you mean `dmPolicy`?") && said.contains("zaloxide.json5:1:"),
        "{said}"
    );
    gateway.signal(Signal::HUP);
    gateway.wait_for_line("the configuration can't be used, nothing has changed");
    zalo.writes(AN, &json!({"text": "still there", "bot": "777"}));
    assert_eq!(zalo.wait_for_texts(AN, 2)[1], "still there");

    configure(&place, &zalo, port, &accounts(&[("two", OTHER)]));
    let mut config: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    config["channels"]["zalo"]["calls"] = json!({"parallel": 3});
    fs::write(&file, config.to_string()).unwrap();
    gateway.signal(Signal::HUP);
    gateway.wait_for_line("reloaded: removed: one");
    gateway.wait_for_line("in force only after a restart: calls.parallel");
    zalo.writes(AN, &json!({"text": "and still", "bot": "777"}));
    assert_eq!(zalo.wait_for_texts(AN, 3)[2], "and still");
    let status = asked(&place, &["channels", "status"]);
    assert_eq!(status["accounts"].as_array().unwrap().len(), 1, "{status}");
    end(gateway);
    let output = place.zaloxide(&["config", "reload"]).assert().code(1).get_output().clone();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("no gateway listens"), "{said}");
}

#[test]
fn health_and_metrics_are_on_a_port_of_their_own() {
    let (place, zalo, port) = open(&[TOKEN]);
    let ops = free_port();
    let channel = json!({
        "botToken": TOKEN, "webhookUrl": "https://b.example/z",
        "ops": {"listen": format!("127.0.0.1:{ops}")},
    });
    configure(&place, &zalo, port, &channel);
    let gateway = run(&place);
    let get = |port: u16, path: &str| {
        let config = ureq::Agent::config_builder().http_status_as_error(false).build();
        let agent = ureq::Agent::from(config);
        let mut answer = agent.get(format!("http://127.0.0.1:{port}{path}")).call().unwrap();
        (answer.status().as_u16(), answer.body_mut().read_to_string().unwrap())
    };
    wait_until("it is ready", || get(ops, "/readyz").0 == 200);
    let (status, metrics) = get(ops, "/metrics");
    assert_eq!(status, 200);
    assert!(
        metrics.contains("zaloxide_state{account=\"default\",state=\"webhook\"} 1"),
        "{metrics}"
    );
    canary::search("the metrics", metrics.as_bytes());
    assert_eq!(get(port, "/metrics").0, 404);
    end(gateway);
}

#[test]
fn a_picture_of_this_machine_is_hosted_for_zalo_and_one_elsewhere_is_passed_on() {
    let (place, zalo, port) = open(&[TOKEN]);
    let channel = json!({
        "botToken": TOKEN, "webhookUrl": "https://b.example/z", "media": {"hostedTtlSec": 60},
    });
    configure(&place, &zalo, port, &channel);
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR";
    fs::write(place.path("menu.png"), png).unwrap();
    fs::write(place.path("menu.txt"), "no picture").unwrap();
    let send = |media: &str| {
        let words = ["message", "send", "--target", AN, "--media", media, "--message", "menu"];
        place.zaloxide(&words).assert().get_output().clone()
    };
    let output = send("menu.png");
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "no gateway is there to host it: {said}");
    let gateway = run(&place);

    // A path means what it means where the command runs.
    assert_eq!(send("menu.png").status.code(), Some(0));
    let photo = zalo.calls("sendPhoto", AN).pop().unwrap()["params"].clone();
    assert_eq!(photo["caption"], "menu");
    let url = photo["photo"].as_str().unwrap();
    let local = url.replace("https://b.example", &format!("http://127.0.0.1:{port}"));
    let mut answer = ureq::get(&local).call().unwrap();
    assert_eq!(answer.headers()["content-type"], "image/png");
    assert_eq!(answer.body_mut().read_to_vec().unwrap(), png);

    assert_eq!(send("https://cdn.shop-of-an.vn/a.png").status.code(), Some(0));
    let photo = zalo.calls("sendPhoto", AN).pop().unwrap()["params"].clone();
    assert_eq!(photo["photo"], "https://cdn.shop-of-an.vn/a.png");
    for refused in ["menu.txt", "missing.png", "https://127.0.0.1/a.png", "http://[::1]/a.png"] {
        let output = send(refused);
        let said =
            String::from_utf8(output.stdout).unwrap() + str::from_utf8(&output.stderr).unwrap();
        assert_eq!(zalo.calls("sendPhoto", AN).len(), 2, "{refused}: {said}");
        assert_eq!(output.status.code(), Some(1), "{refused}: {said}");
    }
    end(gateway);
}
