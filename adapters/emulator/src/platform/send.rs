//! The methods that send something to a chat, with the checks of each.

use hyper::Uri;
use serde::Serialize;
use serde_json::Value;
use zaloxide_core::{Method, Time};

use crate::answer::{Answer, Problem};
use crate::platform::Platform;
use crate::platform::params::{Params, units};

/// Longest text and caption, in UTF-16 code units.
const TEXT_UNITS_MAX: usize = 2_000;
/// How the id of a group chat begins.
pub(crate) const GROUP_PREFIX: &str = "zgr-";

#[derive(Serialize)]
struct Sent {
    message_id: String,
    date: Time,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_type: Option<&'static str>,
}

impl Platform {
    /// One of the four sending methods: its checks, then the quota, then a message id.
    pub(crate) fn send(
        &mut self,
        now: Time,
        bot: usize,
        method: Method,
        params: &Params,
    ) -> Result<Answer, Problem> {
        let chat = params.required("chat_id")?;
        let mut reaches = true;
        match method {
            Method::SendPhoto => check_photo(params)?,
            Method::SendSticker => drop(params.required("sticker")?),
            Method::SendVoice => {
                check_voice(params)?;
                // Groups do not get voices, though the answer says so.
                reaches = !chat.starts_with(GROUP_PREFIX);
            }
            _ => check_message(params)?,
        }
        let monthly = self.options.quota_monthly;
        if reaches && !self.bots[bot].take_quota(now, monthly) {
            return Err(Problem::QUOTA);
        }
        let message_type = (method == Method::SendPhoto).then_some("CHAT_PHOTO");
        let sent = Sent { message_id: self.message_id(), date: now, message_type };
        Ok(Answer::result(self.options.quirks, &sent))
    }
}

/// `sendChatAction`: shows nothing that lasts.
pub(crate) fn chat_action(params: &Params) -> Result<Answer, Problem> {
    params.required("chat_id")?;
    match params.required("action")?.as_str() {
        "typing" | "upload_photo" => Ok(Answer::done()),
        _ => Err(Problem::bad("The action is invalid")),
    }
}

fn check_message(params: &Params) -> Result<(), Problem> {
    let text = params.required("text")?;
    check_length("text", &text)?;
    match params.text("parse_mode").as_deref() {
        // `parse_mode` wins when both are sent.
        Some("markdown" | "html") => Ok(()),
        None | Some("") => check_styles(params, &text),
        Some(_) => Err(Problem::bad("The parse_mode is invalid")),
    }
}

fn check_photo(params: &Params) -> Result<(), Problem> {
    let photo = params.required("photo")?;
    check_url("photo", &photo)?;
    if params.value("caption").is_some() {
        check_length("caption", &params.required("caption")?)?;
    }
    Ok(())
}

fn check_voice(params: &Params) -> Result<(), Problem> {
    let voice = params.required("voice_url")?;
    let path = check_url("voice_url", &voice)?;
    // Case matters to the service.
    #[allow(clippy::case_sensitive_file_extension_comparisons)]
    if path.ends_with(".aac") {
        Ok(())
    } else {
        Err(Problem::bad("The voice_url must end with .aac"))
    }
}

fn check_length(name: &str, text: &str) -> Result<(), Problem> {
    if units(text) <= TEXT_UNITS_MAX {
        return Ok(());
    }
    Err(Problem::bad(&format!("The {name} must not exceed {TEXT_UNITS_MAX} characters")))
}

/// The path of an http(s) URL with a host.
fn check_url(name: &str, url: &str) -> Result<String, Problem> {
    if !url.starts_with("http://") && !url.starts_with("https://") {
        return Err(Problem::bad(&format!("The {name} must start with http:// or https://")));
    }
    match url.parse::<Uri>() {
        Ok(uri) if uri.host().is_some_and(|host| !host.is_empty()) => Ok(uri.path().to_owned()),
        _ => Err(Problem::bad(&format!("The {name} URL is invalid"))),
    }
}

/// `text_styles`: `[{start, len, st: [codes]}]`, counted in UTF-16 code units of the text.
fn check_styles(params: &Params, text: &str) -> Result<(), Problem> {
    let Some(styles) = params.value("text_styles") else { return Ok(()) };
    // In a form the list comes as a string of JSON.
    let parsed = styles.as_str().map(serde_json::from_str::<Value>).and_then(Result::ok);
    let runs = parsed.as_ref().unwrap_or(styles).as_array();
    let length = u64::try_from(units(text)).unwrap_or(u64::MAX);
    let fits = |run: &Value| {
        let number = |name: &str| run.get(name).and_then(Value::as_u64);
        let (Some(start), Some(len)) = (number("start"), number("len")) else { return false };
        let codes = run.get("st").and_then(Value::as_array);
        start.checked_add(len).is_some_and(|end| len > 0 && end <= length)
            && codes.is_some_and(|codes| codes.iter().all(known_style))
    };
    match runs {
        Some(runs) if runs.iter().all(fits) => Ok(()),
        _ => Err(Problem::bad("The text_styles is invalid")),
    }
}

fn known_style(code: &Value) -> bool {
    const KNOWN: [&str; 20] = [
        "b", "i", "u", "s", "f_13", "f_15", "f_18", "f_20", "c_050a19", "c_15a85f", "c_f7b503",
        "c_f27806", "c_db342e", "lst_1", "lst_2", "ind_1", "ind_2", "ind_3", "ind_4", "ind_5",
    ];
    code.as_str().is_some_and(|code| KNOWN.contains(&code))
}
