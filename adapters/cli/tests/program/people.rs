//! People and the agent in one chat: a person takes it over, and several lines are one message.

use serde_json::{Value, json};

use crate::errands::{configure, end};
use crate::gateway::{AN, Zalo, asked, told};
use crate::place::{Place, Running, wait_until};

fn open(more: &Value) -> Value {
    let mut keys = json!({"dmPolicy": "open", "allowFrom": ["*"]});
    keys.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    keys
}

fn run(place: &Place) -> Running {
    let mut gateway = place.start(&["run", "--agent", "echo"], &[]);
    gateway.wait_for_line("connected as bot");
    gateway
}

/// What `chats list` says that a person has.
fn taken_over(place: &Place) -> Value {
    asked(place, &["chats", "list"])["accounts"][0]["paused"].clone()
}

#[test]
fn a_person_takes_a_chat_over_and_gives_it_back() {
    let place = Place::new();
    let zalo = Zalo::start(&place);
    configure(&place, &zalo, &open(&json!({})));
    let gateway = run(&place);
    zalo.writes(AN, &json!({"text": "một"}));
    assert_eq!(zalo.wait_for_texts(AN, 1), ["một"]);

    let chat = format!("zalo:{AN}");
    assert!(told(&place, &["chats", "pause", &chat]).contains("you have"));
    place.zaloxide(&["chats", "pause", AN]).assert().code(1);
    zalo.writes(AN, &json!({"text": "gặp người thật\u{1b}[2J", "name": "An"}));
    zalo.writes(AN, &json!({"text": "alo?", "name": "An"}));
    let listed = wait_until("two messages", || {
        Some(taken_over(&place))
            .filter(|chats| chats[0]["messages"].as_array().is_some_and(|list| list.len() == 2))
    })
    .unwrap();
    assert_eq!(
        (&listed[0]["chat"], &listed[0]["messages"][1]["text"]),
        (&json!(AN), &json!("alo?"))
    );
    let list = told(&place, &["chats", "list"]);
    assert!(list.contains("you") && list.contains("2 listed; alo?"), "{list}");
    assert!(told(&place, &["turns", "list"]).contains("Nothing waits"));
    told(&place, &["message", "send", "--target", AN, "--message", "chào bạn, mình đây"]);

    // A restart changes nothing of it.
    end(gateway);
    let gateway = run(&place);
    zalo.writes(AN, &json!({"text": "còn đó không?"}));
    wait_until("three messages", || {
        Some(taken_over(&place))
            .filter(|chats| chats[0]["messages"].as_array().is_some_and(|list| list.len() == 3))
    })
    .unwrap();
    assert!(told(&place, &["chats", "resume", AN]).contains("the agent has"));
    place.zaloxide(&["chats", "resume", AN]).assert().code(1);
    assert_eq!(taken_over(&place), json!([]));
    zalo.writes(AN, &json!({"text": "hai"}));
    let texts = zalo.wait_for_texts(AN, 3);
    assert_eq!(texts, ["một", "chào bạn, mình đây", "hai"], "what was listed is never answered");
    end(gateway);
}

#[test]
fn three_short_lines_are_one_message() {
    let place = Place::new();
    let zalo = Zalo::start(&place);
    // Long, so that a busy machine writes all three in time; the operator ends the wait.
    configure(&place, &zalo, &open(&json!({"turn": {"debounceMs": 60_000}})));
    let gateway = run(&place);
    for text in ["chào", "cho mình hỏi", "mấy giờ mở cửa?"] {
        zalo.writes(AN, &json!({"text": text}));
    }
    let whole = "chào\ncho mình hỏi\nmấy giờ mở cửa?";
    let turn = wait_until("all three lines", || {
        let open = &asked(&place, &["turns", "list"])["accounts"][0]["open"];
        (open.as_array()?.len() == 1 && open[0]["message"]["text"] == whole)
            .then(|| open[0].clone())
    })
    .unwrap();
    assert_eq!(turn["message"]["message_ids"].as_array().map(Vec::len), Some(3));
    let id = turn["turn"].as_str().unwrap();
    let shown = told(&place, &["turns", "show", id]);
    assert!(shown.contains("text     chào\n         cho mình hỏi\n"), "{shown}");
    told(&place, &["turns", "retry", id]);
    assert_eq!(zalo.wait_for_texts(AN, 1), [whole]);
    end(gateway);
}
