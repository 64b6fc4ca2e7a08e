//! The recorded bodies: which file is what, and how an update is shown in one line.

use std::fmt::Write as _;

use super::{Method, Path, Unreadable, Update, fs};

/// A body as it would come.
pub(crate) struct Fixture {
    pub(crate) name: String,
    /// The call that it answers; none for what a webhook delivers.
    pub(crate) method: Option<Method>,
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

/// All of them, in order.
pub(crate) fn all() -> Vec<Fixture> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/bot_api");
    let mut names: Vec<String> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| Path::new(name).extension().is_some_and(|end| end == "json"))
        .collect();
    names.sort();
    assert_eq!(names.len(), 65, "every recorded body is there");
    names.into_iter().map(|name| read(&folder, name)).collect()
}

fn read(folder: &Path, name: String) -> Fixture {
    let mut body = fs::read(folder.join(&name)).unwrap();
    let mut status = 200;
    let value: serde_json::Value = serde_json::from_slice(&body).unwrap();
    if let Some(http) = value.get("_raw_http") {
        status = http["status"].as_u64().map_or(200, |status| status.try_into().unwrap());
        body = http["body"].as_str().unwrap().into();
    }
    Fixture { method: method(&name), status, body, name }
}

fn method(name: &str) -> Option<Method> {
    let methods = [
        ("_in_", None),
        ("getupdates", Some(Method::GetUpdates)),
        ("getme", Some(Method::GetMe)),
        ("setwebhook", Some(Method::SetWebhook)),
        ("testwebhook", Some(Method::TestWebhook)),
        ("deletewebhook", Some(Method::DeleteWebhook)),
        ("getwebhookinfo", Some(Method::GetWebhookInfo)),
        ("sendphoto", Some(Method::SendPhoto)),
        ("sendvoice", Some(Method::SendVoice)),
        ("sendchataction", Some(Method::SendChatAction)),
        ("http_", Some(Method::GetUpdates)),
        ("", Some(Method::SendMessage)),
    ];
    methods.into_iter().find(|(part, _)| name.contains(part)).unwrap().1
}

/// What was read, in one line; what is absent is left out.
pub(crate) fn line(update: Result<&Update<'_>, &Unreadable>) -> String {
    let update = match update {
        Ok(update) => update,
        Err(reason) => return format!("unreadable: {reason}"),
    };
    let message = &update.message;
    let mut line = format!("{:?}", update.kind);
    let mut show = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            write!(line, " {name}={value}").unwrap();
        }
    };
    let text = |text: &Option<_>| text.as_ref().map(|text| format!("{text:?}"));
    show("event", update.event.as_deref().map(Into::into));
    show("id", message.id.as_deref().map(Into::into));
    show("date", message.date.map(|date| date.as_ms().to_string()));
    show(
        "from",
        message.from.as_ref().map(|from| {
            let bot = if from.is_bot { " (bot)" } else { "" };
            format!("{} {:?}{bot}", from.id, from.name.as_deref().unwrap_or_default())
        }),
    );
    show("chat", message.chat.as_ref().map(|chat| format!("{} {:?}", chat.id, chat.kind)));
    show("text", text(&message.text));
    show("caption", text(&message.caption));
    show("photo", message.photo_url.as_deref().map(Into::into));
    show("sticker", message.sticker.as_deref().map(Into::into));
    show("url", message.url.as_deref().map(Into::into));
    show("voice", message.voice_url.as_deref().map(Into::into));
    show("cut", message.truncated.then(|| "yes".into()));
    show("id_too_long", update.id_too_long.then(|| "yes".into()));
    line
}
