//! The wire codec against every body of `tests/fixtures/bot_api`, and against bodies made worse.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use zaloxide_core::Method;
use zaloxide_core::wire::{self, Call, ChatAction, ParseMode, Response, Unreadable, Update};

#[path = "wire/answers.rs"]
mod answers;
#[path = "wire/fixtures.rs"]
mod fixtures;
#[path = "wire/tolerance.rs"]
mod tolerance;

use fixtures::Fixture;

#[test]
fn every_request_body() {
    let chat_id = "1f2e3d4c5b6a79880a1b";
    let calls = [
        Call::GetMe,
        Call::GetUpdates { timeout_sec: 30 },
        Call::SetWebhook { url: "https://bot.example.com/hook" },
        Call::DeleteWebhook,
        Call::GetWebhookInfo,
        Call::TestWebhook,
        Call::SendMessage { chat_id, text: "Xin \"chào\"\n👨‍👩‍👧", parse_mode: None },
        Call::SendMessage { chat_id, text: "**đậm**", parse_mode: Some(ParseMode::Markdown) },
        Call::SendMessage { chat_id, text: "<b>đậm</b>", parse_mode: Some(ParseMode::Html) },
        Call::SendPhoto { chat_id, photo: "https://a.example/p.jpg", caption: Some("ảnh") },
        Call::SendPhoto { chat_id, photo: "https://a.example/p.jpg", caption: Some("") },
        Call::SendPhoto { chat_id, photo: "https://a.example/p.jpg", caption: None },
        Call::SendSticker { chat_id, sticker: "2be893baafff46a11fee" },
        Call::SendVoice { chat_id, voice_url: "https://a.example/v.aac" },
        Call::SendChatAction { chat_id, action: ChatAction::Typing },
    ];
    let mut shown = String::new();
    for call in calls {
        let request = wire::request(&call);
        writeln!(shown, "{:<15} {}", request.method.name(), request.body).unwrap();
    }
    insta::assert_snapshot!("requests", shown);
    let mut methods: Vec<_> = calls.iter().map(Call::method).collect();
    methods.dedup();
    assert_eq!(methods, Method::ALL, "each method, in order");
}

/// One line for each fixture: what it was read as.
#[test]
fn every_fixture() {
    let mut shown = String::new();
    for fixture in fixtures::all() {
        writeln!(shown, "{}", fixture.name).unwrap();
        let text = wire::text(&fixture.body);
        match fixture.method {
            None => writeln!(shown, "    {}", fixtures::line(wire::update(&text).as_ref())),
            Some(method) => writeln!(shown, "    {}", answer(method, &fixture, &text)),
        }
        .unwrap();
    }
    insta::assert_snapshot!("fixtures", shown);
}

fn answer(method: Method, fixture: &Fixture, text: &str) -> String {
    let response = wire::response(method, fixture.status, text);
    let shown = match response {
        Response::Ok { success, .. } => format!("{success:?}"),
        other => format!("{other:?}"),
    };
    format!("{} {}: {shown}", method.name(), fixture.status)
}

/// An update means the same by webhook, flat or wrapped, and by a poll.
#[test]
fn both_transports_read_alike() {
    let mut compared = 0;
    for fixture in fixtures::all().iter().filter(|fixture| fixture.name.contains("_in_")) {
        let text = wire::text(&fixture.body);
        let Ok(update) = wire::update(&text) else { continue };
        let flat = update.raw.to_owned();
        for wrapped in [
            format!(r#"{{"ok":true,"result":{flat}}}"#),
            format!(r#" {{"result" : [ {flat} ] , "error_code":0, "ok":true}} "#),
        ] {
            assert_eq!(wire::update(&wrapped).as_ref(), Ok(&update), "{}", fixture.name);
            let Response::Ok { success: wire::Success::Updates(list), .. } =
                wire::response(Method::GetUpdates, 200, &wrapped)
            else {
                panic!("{}: no updates", fixture.name);
            };
            assert_eq!(list, [flat.as_str()], "{}", fixture.name);
        }
        compared += 1;
    }
    assert!(compared >= 30, "only {compared} fixtures are updates");
}
