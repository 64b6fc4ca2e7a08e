//! Every method: what it takes, what it refuses, and how.

use serde_json::{Value, json};
use zaloxide_emulator::{DEFAULT_TOKEN, Options, Quirks};

use super::{agent, api_url, call, control, get, post, settled, start, start_with, with_quirks};

#[test]
fn every_method_answers_as_documented_or_seen() {
    let emulator = start();
    let hook = json!({"url": "https://bot.example.com/hook", "secret_token": "12345678"});
    let table = [
        ("getMe", json!({})),
        ("sendMessage", json!({"chat_id": "u", "text": "xin chào"})),
        ("sendMessage", json!({"chat_id": 7_009_876_543_210_987_654_u64, "text": "số"})),
        ("sendPhoto", json!({"chat_id": "u", "photo": "https://h/p.jpg", "caption": "ảnh"})),
        ("sendSticker", json!({"chat_id": "u", "sticker": "2be893baafff46a11fee"})),
        ("sendVoice", json!({"chat_id": "u", "voice_url": "https://h/v.aac?x=1"})),
        ("sendVoice", json!({"chat_id": "zgr-1", "voice_url": "https://h/v.aac"})),
        ("sendChatAction", json!({"chat_id": "u", "action": "typing"})),
        ("getUpdates", json!({"timeout": 0})),
        ("getUpdates", json!({"timeout": "0"})),
        ("getWebhookInfo", json!({})),
        ("testWebhook", json!({})),
        ("deleteWebhook", json!({})),
        ("setWebhook", hook),
        ("getWebhookInfo", json!({})),
        ("testWebhook", json!({})),
        ("getUpdates", json!({"timeout": 0})),
        ("deleteWebhook", json!({})),
    ];
    let answers: Vec<String> = table
        .iter()
        .map(|(method, params)| {
            let (status, answer) = call(&emulator, method, params);
            format!("{method} {params}\n  {status} {}", settled(answer))
        })
        .collect();
    insta::assert_snapshot!(answers.join("\n"));
}

#[test]
fn every_check_refuses_in_the_services_words() {
    let emulator = start();
    let long = "a".repeat(2_001);
    let wide = "👨".repeat(1_001); // 1,001 characters, 2,002 UTF-16 units
    let secret = |secret: &str| json!({"url": "https://bot.example.com", "secret_token": secret});
    let styles = |styles: Value| json!({"chat_id": "u", "text": "abc", "text_styles": styles});
    let table = [
        ("sendMessage", json!({"text": "x"})),
        ("sendMessage", json!({"chat_id": "", "text": "x"})),
        ("sendMessage", json!({"chat_id": ["u"], "text": "x"})),
        ("sendMessage", json!({"chat_id": "u"})),
        ("sendMessage", json!({"chat_id": "u", "text": ""})),
        ("sendMessage", json!({"chat_id": "u", "text": long})),
        ("sendMessage", json!({"chat_id": "u", "text": wide})),
        ("sendMessage", json!({"chat_id": "u", "text": "x", "parse_mode": "MarkdownV2"})),
        ("sendMessage", styles(json!([{"start": 2, "len": 2, "st": ["b"]}]))),
        ("sendMessage", styles(json!([{"start": 0, "len": 1, "st": ["bold"]}]))),
        ("sendMessage", styles(json!("nonsense"))),
        ("sendPhoto", json!({"chat_id": "u"})),
        ("sendPhoto", json!({"chat_id": "u", "photo": "data:image/png;base64,AAAA"})),
        ("sendPhoto", json!({"chat_id": "u", "photo": "https://"})),
        ("sendPhoto", json!({"chat_id": "u", "photo": "http://a b/p.jpg"})),
        ("sendPhoto", json!({"chat_id": "u", "photo": "https://h/p.jpg", "caption": ""})),
        ("sendPhoto", json!({"chat_id": "u", "photo": "https://h/p.jpg", "caption": long})),
        ("sendSticker", json!({"chat_id": "u"})),
        ("sendVoice", json!({"chat_id": "u"})),
        ("sendVoice", json!({"chat_id": "u", "voice_url": "ftp://h/v.aac"})),
        ("sendVoice", json!({"chat_id": "u", "voice_url": "https://h/v.mp3"})),
        ("sendChatAction", json!({"chat_id": "u"})),
        ("sendChatAction", json!({"chat_id": "u", "action": "dancing"})),
        ("getUpdates", json!({"timeout": "soon"})),
        ("getUpdates", json!({"timeout": -1})),
        ("setWebhook", json!({"secret_token": "12345678"})),
        ("setWebhook", json!({"url": "http://bot.example.com", "secret_token": "12345678"})),
        ("setWebhook", json!({"url": "https://127.0.0.1/x", "secret_token": "12345678"})),
        ("setWebhook", json!({"url": "https://bot.example.com"})),
        ("setWebhook", secret("1234567")),
        ("setWebhook", secret(&"s".repeat(257))),
        ("sendmessage", json!({"chat_id": "u", "text": "case matters"})),
        ("sendVideo", json!({"chat_id": "u"})),
    ];
    let answers: Vec<String> = table
        .iter()
        .map(|(method, params)| {
            let (status, answer) = call(&emulator, method, params);
            let params = params.to_string();
            format!("{method} {params:.100}\n  {status} {answer}")
        })
        .collect();
    insta::assert_snapshot!(answers.join("\n"));
}

#[test]
fn limits_are_met_exactly() {
    let emulator = start();
    let table = [
        ("sendMessage", json!({"chat_id": "u", "text": "👨".repeat(1_000)})),
        ("sendMessage", json!({"chat_id": "u", "text": "a", "parse_mode": "markdown"})),
        (
            "sendMessage",
            json!({"chat_id": "u", "text": "👨b", "text_styles": [{"start": 2, "len": 1, "st": ["b"]}]}),
        ),
        ("sendPhoto", json!({"chat_id": "u", "photo": "http://h/p", "caption": "a".repeat(2_000)})),
        ("setWebhook", json!({"url": "https://h.example", "secret_token": "12345678"})),
        ("setWebhook", json!({"url": "https://h.example", "secret_token": "s".repeat(256)})),
    ];
    for (method, params) in table {
        let (_, answer) = call(&emulator, method, &params);
        assert_eq!(answer["ok"], json!(true), "{method}: {answer}");
    }
}

#[test]
fn a_wrong_token_is_401_and_never_listed_whole() {
    let emulator = start();
    let tokens =
        ["1000000000000000001:wrong-secret-half", "777:emulator-only-no-secret", "junk", "%20:x"];
    for token in tokens {
        let url = format!("{}/bot{token}/getMe", emulator.url());
        let (status, body) = post(&url, "{}").unwrap();
        assert_eq!((status, body.as_str()), (200, UNAUTHORIZED), "{token}");
    }
    let listed = get(&format!("{}/_control/calls", emulator.url())).1;
    assert!(!listed.contains("secret"), "{listed}");
    let ids: Vec<_> = emulator.calls_since(0).into_iter().map(|call| call.token_id).collect();
    let some = |id: &str| Some(id.to_owned());
    assert_eq!(ids, [some("1000000000000000001"), some("777"), None, None]);
}

const UNAUTHORIZED: &str = r#"{"ok":false,"description":"Unauthorized","error_code":401}"#;

#[test]
fn a_token_may_be_percent_encoded() {
    let emulator = start();
    let token = DEFAULT_TOKEN.replace(':', "%3A");
    let (_, body) = post(&format!("{}/bot{token}/getMe", emulator.url()), "").unwrap();
    assert!(body.contains(r#""id":"1000000000000000001""#), "{body}");
}

#[test]
fn a_form_or_a_query_does_too_but_multipart_is_not_read() {
    let emulator = start();
    let url = api_url(&emulator, "sendMessage");
    let form = agent().post(&url).send_form([("chat_id", "u"), ("text", "chào")]);
    assert!(super::read(form.unwrap()).unwrap().1.contains("\"ok\":true"));
    assert!(get(&format!("{url}?chat_id=u&text=ch%C3%A0o")).1.contains("\"ok\":true"));
    let texts: Vec<_> =
        emulator.calls_since(0).into_iter().map(|call| call.params["text"].clone()).collect();
    assert_eq!(texts, [json!("chào"), json!("chào")]);

    let photo = api_url(&emulator, "sendPhoto");
    let kind = "multipart/form-data; boundary=b";
    let parts = "--b\r\nContent-Disposition: form-data; name=\"chat_id\"\r\n\r\nu\r\n--b--\r\n";
    let multipart = agent().post(&photo).content_type(kind).send(parts).unwrap();
    let (_, body) = super::read(multipart).unwrap();
    assert!(body.contains("The chat_id must not be empty"), "{body}");
}

#[test]
fn unreadable_bodies_are_refused_and_listed() {
    let emulator = start();
    let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
    for body in ["{", "[]", "null", "\u{0}", &deep] {
        let (status, answer) = post(&api_url(&emulator, "sendMessage"), body).unwrap();
        assert!(status == 200 && answer.contains("\"error_code\":400"), "{status} {answer}");
    }
    assert!(emulator.calls_since(0).iter().all(|call| call.params.is_null()));
    let (status, page) = post(&api_url(&emulator, "sendMessage"), &" ".repeat(1 << 21)).unwrap();
    assert!(status == 413 && page.contains("<html>"), "{status} {page}");
}

#[test]
fn paths_and_verbs_that_are_not_the_apis_meet_its_edge() {
    let emulator = start();
    for path in ["/", "/bot", "/bot1:x", "/bot1:x/", "/_controls", "/_files/none.jpg"] {
        let (status, page) = get(&format!("{}{path}", emulator.url()));
        assert!(status == 404 && page.contains("nginx"), "{path}: {status} {page}");
    }
    let refused = agent().delete(api_url(&emulator, "getMe")).call().unwrap();
    assert_eq!(refused.status(), 405);
}

#[test]
fn the_server_header_comes_twice() {
    let emulator = start();
    let answer = agent().post(api_url(&emulator, "getMe")).send_empty().unwrap();
    assert_eq!(answer.headers().get_all("server").iter().count(), 2);
    assert_eq!(answer.headers()["content-type"], "application/json");
}

#[test]
fn quirks_show_the_other_observed_faces() {
    let quirks = Quirks {
        real_status: true,
        string_codes: true,
        zero_code: true,
        empty_webhook_info: true,
        ..Quirks::default()
    };
    let emulator = with_quirks(quirks);
    let mut answers = vec![];
    for (method, params) in [
        ("getUpdates", json!({"timeout": 0})),
        ("getWebhookInfo", json!({})),
        ("deleteWebhook", json!({})),
        ("noSuchMethod", json!({})),
        ("sendMessage", json!({"chat_id": "u", "text": "x"})),
        ("sendMessage", json!({"chat_id": "u"})),
    ] {
        let (status, answer) = call(&emulator, method, &params);
        answers.push(format!("{method}: {status} {}", settled(answer)));
    }
    insta::assert_snapshot!(answers.join("\n"));
}

#[test]
fn the_quota_sticks() {
    let emulator = start_with(Options { quota_monthly: 2, ..Options::default() });
    let send = || call(&emulator, "sendMessage", &json!({"chat_id": "u", "text": "x"})).1;
    let voice = json!({"chat_id": "zgr-1", "voice_url": "https://h/v.aac"});
    assert_eq!(call(&emulator, "sendVoice", &voice).1["ok"], json!(true), "it reaches nobody");
    assert_eq!(call(&emulator, "sendMessage", &json!({"chat_id": "u"})).1["ok"], json!(false));
    assert_eq!((send()["ok"].clone(), send()["ok"].clone()), (json!(true), json!(true)));
    let spent = json!({"ok": false, "description": "Quota exceeded", "error_code": 429});
    assert_eq!((send(), send()), (spent.clone(), spent));
    let typing = json!({"chat_id": "u", "action": "typing"});
    assert_eq!(call(&emulator, "sendChatAction", &typing).1["ok"], json!(true));
    assert_eq!(control(&emulator, "reset", "").0, 200);
    assert_eq!(send()["ok"], json!(true));
}

#[test]
fn message_ids_are_the_same_in_each_run_and_never_repeat() {
    let ids = || -> Vec<String> {
        let emulator = start();
        (0..50)
            .map(|index| {
                if index == 25 {
                    emulator.reset();
                }
                let sent = call(&emulator, "sendMessage", &json!({"chat_id": "u", "text": "x"})).1;
                sent["result"]["message_id"].as_str().unwrap().to_owned()
            })
            .collect()
    };
    let (first, second) = (ids(), ids());
    assert_eq!(first, second);
    for id in &first {
        assert!(id.len() == 20 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
        assert_eq!(first.iter().filter(|other| *other == id).count(), 1, "{id} repeats");
    }
}
