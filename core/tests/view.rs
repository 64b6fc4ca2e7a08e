//! What can be seen of a channel: its state, its warnings, and whom it knows.

use zaloxide_core::{
    AccountConfig, Action, AllowList, Channel, DmPolicy, Duty, Event, GroupPolicy, Method, Op,
    Outcome, Record, State, Subject, Ticket, Time, Verdict,
};

const NOW: Time = Time::from_ms(1_795_000_000_000);
const ME: &str = r#"{"ok":true,"result":{"id":"1"}}"#;
const NO_WEBHOOK: &str = r#"{"ok":false,"error_code":404}"#;

/// What Zalo says of the bot and of its webhook.
struct Zalo {
    me: &'static str,
    webhook: &'static str,
}

fn config() -> AccountConfig {
    AccountConfig::new("default", "1")
}

/// Makes another configuration of one.
type Change = fn(&mut AccountConfig);

/// Drives a channel until nothing is to be done; polls stay open. Hands back its records.
fn drive(channel: &mut Channel, zalo: &Zalo) -> Vec<Record> {
    let mut journal = Vec::new();
    while let Some(action) = channel.poll_action() {
        let event = match action {
            Action::Commit { upto, records } => {
                journal.extend(records);
                Event::Committed { upto }
            }
            Action::StartCall { call, method, .. } => {
                let body = match method {
                    Method::GetMe => zalo.me,
                    Method::GetWebhookInfo => zalo.webhook,
                    Method::GetUpdates => continue,
                    _ => r#"{"ok":true}"#,
                };
                let (status, retry_after_ms) = (200, None);
                let outcome = Outcome::Answered { status, retry_after_ms, body: body.into() };
                Event::CallFinished { call, outcome }
            }
            Action::CancelCall { call } => {
                let outcome = Outcome::NotSent { reason: "cancelled".into() };
                Event::CallFinished { call, outcome }
            }
            _ => continue,
        };
        channel.handle(NOW, event).unwrap();
    }
    journal
}

#[test]
fn each_state_has_its_name() {
    let zalo = |me, webhook| Zalo { me, webhook };
    let foreign = r#"{"ok":true,"result":{"url":"https://other.example"}}"#;
    let refused = r#"{"ok":false,"error_code":401}"#;
    let other = r#"{"ok":true,"result":{"id":"2"}}"#;
    let mut hooked = config();
    hooked.webhook_url = Some("https://bot.example".into());
    let mut errands = config();
    errands.duty = Duty::Errands;
    let table = [
        (config(), zalo(ME, NO_WEBHOOK), State::Polling),
        (hooked, zalo(ME, NO_WEBHOOK), State::Webhook),
        (errands, zalo(ME, NO_WEBHOOK), State::Errands),
        (config(), zalo(refused, NO_WEBHOOK), State::AuthFailed),
        (config(), zalo(other, NO_WEBHOOK), State::WrongBot { id: "2".into() }),
        (
            config(),
            zalo(ME, foreign),
            State::ForeignWebhook { url: "https://other.example".into() },
        ),
    ];
    for (config, zalo, expected) in table {
        let mut channel = Channel::new(config, [7; 32], NOW);
        let first = channel.view().status().state;
        assert!(matches!(first, State::Starting | State::Errands), "{first:?}");
        drive(&mut channel, &zalo);
        let status = channel.view().status();
        assert_eq!(status.state, expected);
        let bad = !matches!(expected, State::Polling | State::Webhook | State::Errands);
        assert_eq!(!status.warnings.is_empty(), bad, "{expected:?}: {:?}", status.warnings);
    }
}

#[test]
fn a_channel_that_stops_says_so() {
    let zalo = Zalo { me: ME, webhook: NO_WEBHOOK };
    let mut channel = Channel::new(config(), [7; 32], NOW);
    drive(&mut channel, &zalo);
    channel.handle(NOW, Event::Stop).unwrap();
    channel.handle(NOW, Event::Stop).unwrap();
    assert_eq!(channel.view().status().state, State::Stopping);
    drive(&mut channel, &zalo);
    assert_eq!(channel.view().status().state, State::Stopped);
    assert_eq!(channel.poll_timeout(), None);
}

#[test]
fn warnings_are_about_what_an_operator_can_change() {
    let warnings = |change: Change| {
        let mut config = config();
        change(&mut config);
        Channel::new(config, [7; 32], NOW).view().status().warnings
    };
    let table: [(Change, &str); 3] = [
        (
            |config| {
                config.dm_policy = DmPolicy::Open;
                config.allow_from = AllowList::from_entries(["*"]);
            },
            "everybody may talk to the bot: dmPolicy is open",
        ),
        (|config| config.dm_policy = DmPolicy::Allowlist, "nobody may talk to the bot"),
        (|config| config.group_policy = GroupPolicy::Open, "in groups"),
    ];
    for (change, said) in table {
        let warned = warnings(change);
        assert!(warned.len() == 1 && warned[0].contains(said), "{said}: {warned:?}");
    }
    assert_eq!(warnings(|_| {}), [""; 0]);
}

#[test]
fn whoever_is_known_is_seen() {
    let zalo = Zalo { me: ME, webhook: NO_WEBHOOK };
    let mut channel = Channel::new(config(), [7; 32], NOW);
    let text = |id: &str, from: &str| {
        format!(
            r#"{{"event_name":"message.text.received","message":{{"message_id":"{id}","text":"x",
            "from":{{"id":"{from}"}},"chat":{{"id":"{from}"}}}}}}"#
        )
    };
    let mut ticket = 0;
    let mut hand = |channel: &mut Channel, event: &dyn Fn(Ticket) -> Event<'static>| {
        ticket += 1;
        channel.handle(NOW, event(Ticket(ticket))).unwrap();
        drive(channel, &zalo);
    };
    for (id, from) in [("a", "ann"), ("b", "bob")] {
        let body = text(id, from);
        hand(&mut channel, &|ticket| Event::UpdateReceived { ticket, body: body.clone().into() });
    }
    hand(&mut channel, &|ticket| Event::Approval {
        subject: Subject::Sender("ann".into()),
        verdict: Verdict::Approve { notify: false },
        source: "test".into(),
        ticket,
    });
    let body = text("c", "ann");
    hand(&mut channel, &|ticket| Event::UpdateReceived { ticket, body: body.clone().into() });
    let op = Op::Pause { chat: "bob".into() };
    hand(&mut channel, &|ticket| Event::Operate { op: op.clone(), ticket });
    let view = channel.view();
    let ids = |senders: Vec<&zaloxide_core::SenderId>| -> Vec<String> {
        senders.into_iter().map(|sender| sender.as_str().to_owned()).collect()
    };
    assert_eq!(ids(view.pending().map(|(sender, _)| sender).collect()), ["bob"]);
    assert_eq!(ids(view.approved().map(|(sender, _)| sender).collect()), ["ann"]);
    assert_eq!(view.history().count(), 1);
    let turn = view.turns().next().unwrap();
    assert!(view.knows(turn.id) && !view.knows(zaloxide_core::TurnId(0)));
    let lanes: Vec<_> = view.lanes().map(|(chat, turns)| (chat.as_str(), turns)).collect();
    assert_eq!(lanes, [("ann", 1)]);
    assert_eq!(view.paused_chats().count(), 1);
    assert_eq!((view.parcels().count(), view.dead_letters().count()), (0, 0));
    assert_eq!(view.status().counters.codes, 2, "ann asked before she was let in");
    assert_eq!(view.compact_after(), 7);
    let (last, durable) = view.records();
    assert_eq!((last, durable), (channel.snapshot().upto, channel.snapshot().upto));
}
