//! What a typed line means.

use std::time::Duration;

use serde_json::{Map, Value};
use zaloxide_emulator::{Content, Fault, Media};

/// What `/help` shows.
pub(crate) const HELP: &str = "\
What you type is sent to the bot. Besides that:
  (an empty line)       let the last stranger in; /approve CODE names one
  /user NAME            write as somebody else
  /group                write in a group, and in private again
  /photo URL [TEXT]     send a picture
  /sticker [ID]         send a sticker
  /voice URL            send a recording
  /file                 send what bots are not shown
  /slow [SECONDS]       the agent takes that long; 0: it does not
  /fault KIND [METHOD] [TIMES]
                        the next calls go wrong: http_429_html http_502_html quota_429 api_400
                        api_401 timeout disconnect_before disconnect_after truncate duplicate ..
  //TEXT                send /TEXT
  /quit                 end";

/// What a typed line means.
#[derive(Debug, PartialEq)]
pub(crate) enum Typed {
    /// Send this.
    Send(Content),
    /// Let somebody in: who has this code, else the last who asked.
    Approve(Option<String>),
    /// Write as somebody else.
    User(String),
    /// Write in the group, or no longer.
    Group,
    /// The agent takes so long.
    Slow(Duration),
    /// Something goes wrong.
    Fault(Fault),
    /// Show what can be typed.
    Help,
    /// End.
    Quit,
}

/// Reads a line, without its end.
///
/// # Errors
/// It begins with `/` and is no such command; says what was expected.
pub(crate) fn parse(line: &str) -> Result<Typed, String> {
    let Some(command) = line.strip_prefix('/') else {
        let text = line.trim();
        return Ok(if text.is_empty() { Typed::Approve(None) } else { text_of(line) });
    };
    if command.starts_with('/') {
        return Ok(text_of(command));
    }
    let (name, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
    let rest = rest.trim();
    let needs = |what: &str| {
        if rest.is_empty() { Err(format!("/{name} needs {what}")) } else { Ok(rest.to_owned()) }
    };
    Ok(match name {
        "a" | "approve" => Typed::Approve((!rest.is_empty()).then(|| rest.to_owned())),
        "user" => Typed::User(needs("a name: /user Bình")?),
        "group" => Typed::Group,
        "photo" => {
            let given = needs("a URL: /photo https://example.com/cat.jpg")?;
            let (url, caption) = given.split_once(char::is_whitespace).unwrap_or((&given, ""));
            Typed::Send(Content::Photo(Media::Url(url.to_owned()), caption.trim().to_owned()))
        }
        "sticker" => {
            let id = if rest.is_empty() { "0e078a2fb26a5b34027b" } else { rest };
            Typed::Send(Content::Sticker(id.to_owned()))
        }
        "voice" => {
            let url = needs("a URL: /voice https://example.com/hello.aac")?;
            Typed::Send(Content::Voice(Media::Url(url)))
        }
        "file" => Typed::Send(Content::Unsupported),
        "slow" => Typed::Slow(seconds(rest)?),
        "fault" => Typed::Fault(fault(rest)?),
        "help" | "h" | "?" => Typed::Help,
        "quit" | "q" | "exit" => Typed::Quit,
        _ => return Err(format!("/{name} is no command: /help shows them, //{command} sends it")),
    })
}

fn text_of(text: &str) -> Typed {
    Typed::Send(Content::Text(text.to_owned()))
}

fn seconds(text: &str) -> Result<Duration, String> {
    if text.is_empty() {
        return Ok(Duration::from_secs(3));
    }
    let seconds = text.parse().ok().filter(|seconds| (0.0..=600.0).contains(seconds));
    seconds.map(Duration::from_secs_f64).ok_or_else(|| "/slow takes 0 to 600 seconds".into())
}

/// `KIND [METHOD] [TIMES]`, in the form in which the emulator's control API takes it.
fn fault(text: &str) -> Result<Fault, String> {
    let mut words = text.split_whitespace();
    let kind = words.next().ok_or("/fault needs a kind: /fault http_502_html sendMessage 2")?;
    let mut form = Map::from_iter([("kind".to_owned(), Value::from(kind))]);
    let mut times = 1_u32;
    for word in words {
        match word.parse() {
            Ok(number) => times = number,
            Err(_) => drop(form.insert("method".into(), word.into())),
        }
    }
    form.insert("times".into(), times.into());
    serde_json::from_value(Value::Object(form)).map_err(|error| format!("/fault: {error}"))
}

#[cfg(test)]
mod tests {
    use zaloxide_core::Method;
    use zaloxide_emulator::FaultKind;

    use super::*;

    #[test]
    fn lines_mean_what_the_help_says() {
        let text = |text: &str| Ok(Typed::Send(Content::Text(text.into())));
        let table = [
            ("xin chào", text("xin chào")),
            ("  thụt vào", text("  thụt vào")),
            ("//help", text("/help")),
            ("", Ok(Typed::Approve(None))),
            ("  ", Ok(Typed::Approve(None))),
            ("/a", Ok(Typed::Approve(None))),
            ("/approve AB23", Ok(Typed::Approve(Some("AB23".into())))),
            ("/user Bình Minh", Ok(Typed::User("Bình Minh".into()))),
            ("/slow", Ok(Typed::Slow(Duration::from_secs(3)))),
            ("/slow 0.5", Ok(Typed::Slow(Duration::from_millis(500)))),
            (
                "/photo http://a/b.jpg mèo con",
                Ok(Typed::Send(Content::Photo(
                    Media::Url("http://a/b.jpg".into()),
                    "mèo con".into(),
                ))),
            ),
            ("/sticker ab", Ok(Typed::Send(Content::Sticker("ab".into())))),
            ("/file", Ok(Typed::Send(Content::Unsupported))),
            (
                "/fault http_502_html sendMessage 2",
                Ok(Typed::Fault(
                    Fault::new(FaultKind::Http502Html).on_method(Method::SendMessage).times(2),
                )),
            ),
            ("/fault timeout", Ok(Typed::Fault(Fault::new(FaultKind::Timeout).times(1)))),
            ("/quit", Ok(Typed::Quit)),
        ];
        for (line, meaning) in table {
            assert_eq!(parse(line), meaning, "{line}");
        }
    }

    #[test]
    fn nonsense_is_told_what_was_expected() {
        for (line, expected) in [
            ("/hlep", "/help shows them"),
            ("/user", "needs a name"),
            ("/slow x", "0 to 600"),
            ("/slow -1", "0 to 600"),
            ("/slow NaN", "0 to 600"),
            ("/fault", "needs a kind"),
            ("/fault nope", "http_502_html"),
            ("/fault timeout sendmessage", "sendMessage"),
        ] {
            let error = parse(line).unwrap_err();
            assert!(error.contains(expected), "{line}: {error}");
        }
    }
}
