//! The steps, in order.

use serde_json::json;
use zaloxide_core::{Action, DropReason, Method};
use zaloxide_emulator::{Fault, FaultKind};

use super::cast::{AN, BINH, BOUND, Cast, Mark, Person};
use super::text::{UNITS_MAX, rejoins, vietnamese};
use super::{Miss, Step, Told};

/// Plays one step.
type Play = fn(&Cast) -> Step;

/// What is played, and what each step is called.
pub(super) const STEPS: [(&str, Play); 9] = [
    ("connect", connect),
    ("stranger", stranger),
    ("approval", approval),
    ("echo", echo),
    ("long text", long_text),
    ("unsupported", unsupported),
    ("two chats", two_chats),
    ("http 429", too_many_requests),
    ("http 502", bad_gateway),
];

/// Characters of the long text.
const LONG: usize = 5_000;

fn connect(cast: &Cast) -> Step {
    match cast.emulator().wait_for_poll(None, BOUND) {
        Ok(true) => {}
        Ok(false) => return Err(Miss::new("an open getUpdates", "no poll")),
        Err(refused) => return Err(Miss::new("an open getUpdates", refused.to_string())),
    }
    let url = cast.emulator().url();
    Ok(Told::new(format!("the bot polls a local Zalo at {url}"), json!({"url": url})))
}

fn stranger(cast: &Cast) -> Step {
    let since = cast.mark();
    cast.writes(AN, "xin chào")?;
    let code = code_for(cast, since, AN)?;
    cast.wait_for_action(since, "the message is dropped", dropped(DropReason::Pairing))?;
    let text =
        format!("An, a stranger, writes and is sent the code {code}; the message is dropped");
    Ok(Told::new(text, json!({"code": code, "sender": AN.id})))
}

fn approval(cast: &Cast) -> Step {
    let code = cast.wait_for_action(Mark::START, "a code", issued_to(AN))?;
    cast.approve(&code.to_lowercase())?;
    if cast.approve(&code).is_ok() {
        return Err(Miss::new("a used code is refused", "it was taken again"));
    }
    let text = "the operator approves the code; a second time it is refused";
    Ok(Told::new(text, json!({"code": code})))
}

fn echo(cast: &Cast) -> Step {
    let since = cast.mark();
    cast.writes(AN, "bé ơi")?;
    let answer = cast.answer(since, AN, "bé ơi")?;
    Ok(Told::new("An writes “bé ơi” and gets it back", json!({"call": answer.n})))
}

fn long_text(cast: &Cast) -> Step {
    let (since, long) = (cast.mark(), vietnamese(LONG));
    cast.writes(AN, &long)?;
    let of = cast.wait_for_action(since, "the answer in several parts", |action| match action {
        Action::SendChunk { of, .. } => Some(*of),
        _ => None,
    })?;
    let answers = cast.answers(since, AN, usize::try_from(of).unwrap_or(usize::MAX))?;
    let units: Vec<usize> =
        answers.iter().map(|answer| answer.text.encode_utf16().count()).collect();
    let came = format!("{} messages of {units:?} units", units.len());
    if units.len() < 3 || units.iter().any(|&units| units > UNITS_MAX) {
        let expected = format!("3 messages or more, each of at most {UNITS_MAX} UTF-16 units");
        return Err(Miss::new(expected, came));
    }
    if !rejoins(&long, answers.iter().map(|answer| answer.text.as_str())) {
        return Err(Miss::new("parts that join to the text", format!("{came} that do not")));
    }
    let sizes = units.iter().map(ToString::to_string).collect::<Vec<_>>().join(" + ");
    let text = format!(
        "{LONG} characters come back in {} messages ({sizes} units) that join to the text",
        units.len()
    );
    Ok(Told::new(text, json!({"characters": LONG, "units": units})))
}

fn unsupported(cast: &Cast) -> Step {
    let since = cast.mark();
    cast.sends(AN, |user| user.sends_unsupported())?;
    cast.wait_for_action(since, "the file is dropped", dropped(DropReason::Unsupported))?;
    cast.writes(AN, "còn đó không?")?;
    cast.answer(since, AN, "còn đó không?")?;
    let text = "a file, which Zalo does not show to bots, is dropped; the bot goes on";
    Ok(Told::new(text, json!({"reason": "unsupported"})))
}

fn two_chats(cast: &Cast) -> Step {
    let since = cast.mark();
    cast.writes(BINH, "chào")?;
    let code = code_for(cast, since, BINH)?;
    cast.approve(&code)?;

    let since = cast.mark();
    cast.hold(AN);
    let of_an = ["một", "hai", "ba"];
    let of_binh = ["bốn", "năm", "sáu"];
    for (an, binh) in of_an.iter().zip(of_binh) {
        cast.writes(AN, an)?;
        cast.writes(BINH, binh)?;
    }
    cast.wait_for_action(since, "the agent works on An's message", |action| match action {
        Action::Deliver { envelope, .. } => (envelope.chat.id.as_str() == AN.id).then_some(()),
        _ => None,
    })?;
    let last = in_order(cast, since, BINH, &of_binh)?;
    let early = cast.tried(since, AN);
    cast.let_go(AN);
    if early > 0 {
        let came = format!("{early} answers to An while the agent still worked");
        return Err(Miss::new("no answer to An yet", came));
    }
    let first = cast.answers(since, AN, 1)?.remove(0);
    in_order(cast, since, AN, &of_an)?;
    if first.n <= last {
        return Err(Miss::new("Bình is answered before An", "An was answered first"));
    }
    let text =
        "while the agent works for An, Bình's 3 messages are answered; then An's 3, in order";
    Ok(Told::new(text, json!({"last_of_binh": last, "first_of_an": first.n})))
}

fn too_many_requests(cast: &Cast) -> Step {
    let since = cast.mark();
    arm(cast, Method::SendMessage, FaultKind::Http429Html)?;
    cast.writes(AN, "đông quá")?;
    cast.answer(since, AN, "đông quá")?;
    let refused = cast.wait_for_call(since, "an HTML 429", |call| {
        call.method == "sendMessage" && call.status == Some(429) && call.response.is_none()
    })?;
    let tries = cast.tried(since, AN);
    if tries != 2 {
        return Err(Miss::new("one more try", format!("{tries} tries in all")));
    }
    let text =
        "a page of HTML with status 429 answers a message; it is sent again and arrives once";
    Ok(Told::new(text, json!({"status": 429, "refused_call": refused.n, "tries": tries})))
}

fn bad_gateway(cast: &Cast) -> Step {
    let since = cast.mark();
    arm(cast, Method::GetUpdates, FaultKind::Http502Html)?;
    arm(cast, Method::SendMessage, FaultKind::Http502Html)?;
    cast.writes(AN, "trước")?;
    for method in ["getUpdates", "sendMessage"] {
        let expected = format!("an HTML 502 to {method}");
        cast.wait_for_call(since, &expected, |call| {
            call.method == method && call.status == Some(502) && call.response.is_none()
        })?;
    }
    cast.writes(AN, "sau")?;
    in_order(cast, since, AN, &["trước", "sau"])?;
    let text = "a 502 to a poll and to a message; both are tried again, and nothing is lost";
    Ok(Told::new(text, json!({"status": 502})))
}

/// The code that a stranger was drawn, once Zalo has taken the message with it.
fn code_for(cast: &Cast, since: Mark, who: Person) -> Result<String, Miss> {
    let code = cast.wait_for_action(since, "a code", issued_to(who))?;
    let told = cast.answers(since, who, 1)?.remove(0);
    if !told.text.contains(&code) {
        return Err(Miss::new(format!("a message with {code}"), told.text));
    }
    Ok(code)
}

fn issued_to(who: Person) -> impl Fn(&Action) -> Option<String> {
    move |action| match action {
        Action::IssueCode { sender, code, .. } if sender.as_str() == who.id => Some(code.clone()),
        _ => None,
    }
}

fn dropped(wanted: DropReason) -> impl Fn(&Action) -> Option<()> {
    move |action| match action {
        Action::Drop { reason, .. } => (*reason == wanted).then_some(()),
        _ => None,
    }
}

/// Waits for these messages in this order; the number of the last call.
fn in_order(cast: &Cast, since: Mark, who: Person, texts: &[&str]) -> Result<u64, Miss> {
    let answers = cast.answers(since, who, texts.len())?;
    if answers.iter().map(|answer| answer.text.as_str()).ne(texts.iter().copied()) {
        let came: Vec<&str> = answers.iter().map(|answer| answer.text.as_str()).collect();
        return Err(Miss::new(format!("{} to {}", texts.join(", "), who.name), came.join(", ")));
    }
    Ok(answers.last().map_or(0, |last| last.n))
}

fn arm(cast: &Cast, method: Method, kind: FaultKind) -> Result<(), Miss> {
    let armed = cast.emulator().fault(Fault::new(kind).on_method(method).times(1));
    armed.map_err(|refused| Miss::new("a fault", refused.to_string()))
}
