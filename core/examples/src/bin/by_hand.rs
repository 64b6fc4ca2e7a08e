//! The core without any I/O: what goes in, and what comes out, line by line.

use std::io::{self, Write};

use zaloxide_core::{
    AccountConfig, Action, AllowList, Body, CallId, Channel, Event, Method, Outcome, Reply, Ticket,
    Time,
};

const AN: &str = "1f2e3d4c5b6a79880a1b";

fn main() -> Result<(), zaloxide_core_examples::Failed> {
    act(&mut io::stdout().lock())
}

/// Plays one message from its webhook to Zalo's acknowledgement of the answer.
fn act(out: &mut impl Write) -> Result<(), zaloxide_core_examples::Failed> {
    let now = Time::from_ms(1_795_000_000_000);
    let mut config = AccountConfig::new("default", "1459232241454765289");
    config.allow_from = AllowList::from_entries([AN]);
    config.webhook_url = Some("https://bot.example.com/zalo".into());
    let mut channel = Channel::new(config, [7; 32], now);

    // A person writes.
    let body: Body<'_> = format!(
        r#"{{"event_name":"message.text.received","message":{{
            "message_id":"9a8b7c6d5e4f30211203","date":1795000000000,"text":"bé ơi",
            "from":{{"id":"{AN}","display_name":"An","is_bot":false}},
            "chat":{{"id":"{AN}","chat_type":"PRIVATE"}}}}}}"#
    )
    .into();
    let mut event = Some(Event::UpdateReceived { ticket: Ticket(1), body });
    loop {
        if let Some(event) = event.take() {
            writeln!(out, "-> {}", serde_json::to_string(&event)?)?;
            channel.handle(now, event)?;
        }
        let Some(action) = channel.poll_action() else { return Ok(()) };
        writeln!(out, "<- {}", serde_json::to_string(&action)?)?;
        event = reaction(action);
    }
}

/// What the world makes of it: the disk writes, Zalo answers, the agent repeats.
fn reaction(action: Action) -> Option<Event<'static>> {
    Some(match action {
        Action::Commit { upto, .. } => Event::Committed { upto },
        Action::StartCall { call, method: Method::GetMe, .. } => {
            answered(call, r#"{"ok":true,"result":{"id":"1459232241454765289"}}"#)
        }
        Action::StartCall { call, .. } => answered(call, r#"{"ok":true,"result":{}}"#),
        Action::SendChunk { call, .. } => {
            answered(call, r#"{"ok":true,"result":{"message_id":"82599fa32f56d00e8941"}}"#)
        }
        Action::Deliver { turn, attempt, envelope, .. } => {
            Event::Replied { turn, attempt, reply: Reply::text(envelope.text) }
        }
        _ => return None,
    })
}

fn answered(call: CallId, body: &'static str) -> Event<'static> {
    let outcome = Outcome::Answered { status: 200, retry_after_ms: None, body: body.into() };
    Event::CallFinished { call, outcome }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_goes_to_who_asked() {
        let mut out = Vec::new();
        act(&mut out).unwrap();
        let out = String::from_utf8(out).unwrap();
        let sent = out.lines().find(|line| line.contains(r#""send_chunk""#)).unwrap();
        assert!(sent.contains(AN) && sent.contains("bé ơi"), "{out}");
    }
}
