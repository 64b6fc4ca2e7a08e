//! The token stays inside, also where a server repeats it.

use std::fmt::Write;
use std::sync::{Mutex, OnceLock};

use log::{LevelFilter, Log, Metadata, Record};
use zaloxide_core::Method;
use zaloxide_polling::Cancel;

use crate::peer::{LONG_MS, Peer, TOKEN, body, closed_port, kind};

#[test]
fn an_answer_that_repeats_the_token_is_redacted() {
    let peer = Peer::start(|conn| {
        while let Some(request) = conn.request() {
            let line = request.head.lines().next().unwrap().to_owned();
            let page = format!("<html>404 for {line} ({TOKEN})</html>");
            conn.answer("404 Not Found", "", &page);
        }
    });
    let outcome = peer.api().call(Method::GetMe, "{}", LONG_MS, &Cancel::new());
    assert_eq!(kind(&outcome).0, "404");
    assert_eq!(body(&outcome), "<html>404 for POST /bot•/getMe HTTP/1.1 (•)</html>");
}

struct Memory(Mutex<String>);

impl Log for Memory {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn log(&self, record: &Record<'_>) {
        let mut text = self.0.lock().unwrap();
        let (level, target) = (record.level(), record.target());
        writeln!(text, "{level} {target}: {}", record.args()).unwrap();
    }
    fn flush(&self) {}
}

/// Other tests run beside this one and are listened to as well.
#[test]
fn no_log_line_holds_the_token() {
    static MEMORY: OnceLock<Memory> = OnceLock::new();
    let memory = MEMORY.get_or_init(|| Memory(Mutex::new(String::new())));
    log::set_logger(memory).unwrap();
    log::set_max_level(LevelFilter::Trace);
    let peer = Peer::answering("302 Found", "Location: /x\r\n", "{}");
    let api = peer.api();
    for _ in 0..2 {
        api.call(Method::SetWebhook, r#"{"url":"u"}"#, LONG_MS, &Cancel::new());
    }
    let refused = crate::peer::api(&format!("http://{}", closed_port()), None);
    refused.call(Method::GetMe, "{}", LONG_MS, &Cancel::new());
    let text = memory.0.lock().unwrap();
    assert!(text.contains("DEBUG ureq"), "nothing was logged: {text}");
    assert!(!text.contains("CANARY"), "{text}");
    assert!(!text.contains("TRACE"), "level trace must be out: it shows the path");
}

#[test]
fn debug_forms_hold_no_secret() {
    let proxy = "http://user:hunter2@127.0.0.1:1";
    let mut settings = crate::peer::settings("https://example.com");
    settings.proxy = Some(proxy.to_owned());
    settings.webhook_secret = Some(crate::peer::WEBHOOK_SECRET.parse().unwrap());
    let api = zaloxide_polling::Api::new(settings.clone()).unwrap();
    let shown = format!("{settings:?} {api:?} {:?}", Cancel::new());
    assert!(!shown.contains("CANARY") && !shown.contains("hunter2"), "{shown}");
    assert!(shown.contains("127.0.0.1:1") && shown.contains("123456789012345678"), "{shown}");
}
