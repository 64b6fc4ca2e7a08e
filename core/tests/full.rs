//! The book is full: nobody new gets in, or is turned away for good, and whoever is there already
//! does not notice.

use zaloxide_core::limits::{APPROVED_MAX, SILENCED_MAX};
use zaloxide_core::{
    AccountConfig, Action, Answer, Channel, DropReason, Event, FaultKind, Op, Record, SenderId,
    Settled, Subject, Ticket, Time, Verdict,
};

const NOW: Time = Time::from_ms(1_795_000_000_000);
const BLOCK: Verdict = Verdict::Reject { block: true };
const APPROVE: Verdict = Verdict::Approve { notify: false };

fn sender(n: usize) -> SenderId {
    SenderId::from(n.to_string().as_str())
}

/// A channel in which so many people were decided about before.
fn channel(people: usize, decided: impl Fn(SenderId) -> Record) -> Channel {
    let begun = Record::Started { bot_id: String::from("1"), at: NOW };
    let records = std::iter::once(begun).chain((0..people).map(|n| decided(sender(n))));
    let config = AccountConfig::new("default", "1");
    let mut channel = Channel::restore(config, [7; 32], NOW, (1..).zip(records)).unwrap();
    work(&mut channel);
    channel
}

/// Does what there is to do, with a store that works.
fn work(channel: &mut Channel) -> (Option<Settled>, Option<DropReason>) {
    let mut seen = (None, None);
    while let Some(action) = channel.poll_action() {
        match action {
            Action::Commit { upto, .. } => {
                channel.handle(NOW, Event::Committed { upto }).unwrap();
            }
            Action::Settle { result, .. } => seen.0 = Some(result),
            Action::Drop { reason, .. } => seen.1 = Some(reason),
            _ => {}
        }
    }
    seen
}

fn decide(channel: &mut Channel, n: usize, verdict: Verdict) -> Result<Answer, FaultKind> {
    let (subject, source) = (Subject::Sender(sender(n)), String::from("test"));
    channel.handle(NOW, Event::Approval { subject, verdict, source, ticket: Ticket(1) }).unwrap();
    match work(channel).0 {
        Some(Settled::Ok(answer)) => Ok(answer),
        Some(Settled::Error(fault)) => Err(fault.kind),
        other => panic!("{other:?}"),
    }
}

/// Somebody writes in private: why that is no turn.
fn writes(channel: &mut Channel, n: usize) -> Option<DropReason> {
    let body = format!(
        r#"{{"event_name":"message.text.received","message":{{
        "message_id":"m{n}","text":"hi","from":{{"id":"{n}"}},"chat":{{"id":"{n}"}}}}}}"#
    );
    let event = Event::UpdateReceived { ticket: Ticket(2), body: body.as_str().into() };
    channel.handle(NOW, event).unwrap();
    work(channel).1
}

#[test]
fn a_million_are_approved_and_nobody_else() {
    let approved = |sender| Record::Approved { sender, source: String::new(), at: NOW };
    let mut channel = channel(APPROVED_MAX - 1, approved);
    let last = APPROVED_MAX - 1;
    assert_eq!(writes(&mut channel, APPROVED_MAX), Some(DropReason::Pairing));
    decide(&mut channel, last, APPROVE).unwrap();

    assert_eq!(decide(&mut channel, APPROVED_MAX, APPROVE), Err(FaultKind::NotPossible));
    assert_eq!(writes(&mut channel, APPROVED_MAX + 1), Some(DropReason::PairingLimited));
    decide(&mut channel, last, APPROVE).unwrap();
    assert_eq!(writes(&mut channel, last), None);

    decide(&mut channel, 0, Verdict::Revoke).unwrap();
    decide(&mut channel, APPROVED_MAX, APPROVE).unwrap();
}

#[test]
fn ten_thousand_are_blocked_and_nobody_else() {
    let rejected =
        |sender| Record::Rejected { sender, block: true, source: String::new(), at: NOW };
    let mut channel = channel(SILENCED_MAX - 1, rejected);
    decide(&mut channel, SILENCED_MAX - 1, BLOCK).unwrap();

    assert_eq!(decide(&mut channel, SILENCED_MAX, BLOCK), Err(FaultKind::NotPossible));
    decide(&mut channel, 7, BLOCK).unwrap();
    assert_eq!(writes(&mut channel, SILENCED_MAX), Some(DropReason::Pairing));

    let op = Op::Forget { sender: sender(0) };
    channel.handle(NOW, Event::Operate { op, ticket: Ticket(3) }).unwrap();
    work(&mut channel);
    decide(&mut channel, SILENCED_MAX, BLOCK).unwrap();
    assert_eq!(writes(&mut channel, SILENCED_MAX), Some(DropReason::Duplicate));
    assert_eq!(writes(&mut channel, 7), Some(DropReason::PairingSilenced));
}
