//! Each oracle can fail: the core's actions are doctored, and the right promise is seen broken.

use std::collections::BTreeMap;
use std::time::Duration;

use zaloxide_core::{
    AccountConfig, Action, CallId, Cause, Channel, ChatId, Event, Outcome, Record, Settled, Time,
    TurnId,
};
use zaloxide_simulator::account::Tamper;
use zaloxide_simulator::oracle::{Violation, timers};
use zaloxide_simulator::run::{self, How};
use zaloxide_simulator::shrink::shrink;

/// Worlds in which a fault is planted: not each of them has what it takes.
const SEEDS: u64 = 40;

/// What a world says of a planted fault.
fn world(seed: u64, tamper: Tamper) -> Option<Violation> {
    run::seed(seed, How { tamper: Some(tamper), ..How::default() }).0.violation
}

/// Plants a fault in one world after the other, until one of them breaks.
#[track_caller]
fn breaks(oracle: &str, plant: impl Fn() -> Tamper) {
    for seed in 0..SEEDS {
        if let Some(violation) = world(seed, plant()) {
            assert_eq!(violation.oracle, oracle, "seed {seed}: {violation}");
            return;
        }
    }
    panic!("no world noticed");
}

/// Doctors each action that comes, on its own.
fn each(mut doctor: impl FnMut(&mut Action) + 'static) -> Tamper {
    Box::new(move |batch| batch.iter_mut().for_each(&mut doctor))
}

/// Has every action that is chosen come twice.
fn twice(chosen: fn(&Action) -> bool) -> Tamper {
    Box::new(move |batch| {
        let doubled = |action: Action| {
            let times = if chosen(&action) { 2 } else { 1 };
            std::iter::repeat_n(action, times)
        };
        *batch = std::mem::take(batch).into_iter().flat_map(doubled).collect();
    })
}

/// Has no action come that is chosen.
fn never(chosen: fn(&Action) -> bool) -> Tamper {
    Box::new(move |batch| batch.retain(|action| !chosen(action)))
}

#[test]
fn a_turn_delivered_twice() {
    breaks("turns", || twice(|action| matches!(action, Action::Deliver { .. })));
}

#[test]
fn a_turn_never_delivered() {
    breaks("turns", || never(|action| matches!(action, Action::Deliver { .. })));
}

#[test]
fn a_turn_delivered_with_anothers_words() {
    breaks("turns", || {
        each(|action| {
            if let Action::Deliver { envelope, .. } = action {
                envelope.text.push('!');
            }
        })
    });
}

#[test]
fn a_message_left_out_of_its_turn() {
    breaks("turns", || {
        each(|action| {
            if let Action::Deliver { envelope, .. } = action {
                envelope.message_ids.truncate(1);
            }
        })
    });
}

#[test]
fn an_attempt_that_counts_wrong() {
    breaks("turns", || {
        each(|action| {
            if let Action::Deliver { attempt, .. } = action {
                *attempt = 0;
            }
        })
    });
}

/// As soon as a turn is offered to the store, it is delivered like one before it.
#[test]
fn a_turn_delivered_before_it_is_durable() {
    breaks("durable", || {
        let mut old: Option<Action> = None;
        Box::new(move |batch| {
            let taken = batch.iter().find_map(|action| match action {
                Action::Commit { records, .. } => records.iter().find_map(|record| match record {
                    Record::TurnTaken { turn, .. } => Some(*turn),
                    _ => None,
                }),
                _ => None,
            });
            if let (Some(new), Some(Action::Deliver { turn, .. })) = (taken, &mut old) {
                *turn = new;
                batch.extend(old.take());
            }
            let delivery = batch.iter().find(|action| matches!(action, Action::Deliver { .. }));
            old = old.take().or(delivery.cloned());
        })
    });
}

#[test]
fn a_chunk_to_another_chat() {
    breaks("chunks", || {
        each(|action| {
            if let Action::SendChunk { chat, cause: Cause::Turn { .. }, .. } = action {
                *chat = ChatId::from("somebody else");
            }
        })
    });
}

#[test]
fn a_chunk_with_another_text() {
    breaks("chunks", || {
        each(|action| {
            if let Action::SendChunk { body, cause: Cause::Turn { .. }, .. } = action {
                *body = body.replace("dạ", "không");
            }
        })
    });
}

#[test]
fn two_chunks_at_once() {
    breaks("chunks", || {
        Box::new(|batch| {
            let more = batch.iter().find_map(|action| match action.clone() {
                Action::SendChunk { call, chat, cause, index, of, method, body, timeout_ms } => {
                    let call = CallId { run: call.run, n: call.n + 1_000_000 };
                    Some(Action::SendChunk {
                        call,
                        chat,
                        cause,
                        index,
                        of,
                        method,
                        body,
                        timeout_ms,
                    })
                }
                _ => None,
            });
            batch.extend(more);
        })
    });
}

#[test]
fn a_reply_that_loses_its_end() {
    breaks("chunks", || {
        each(|action| {
            let Action::Commit { records, .. } = action else { return };
            for record in records {
                if let Record::ReplyTaken { parts, .. } = record
                    && parts.len() > 1
                {
                    *parts = parts[..parts.len() - 1].into();
                }
            }
        })
    });
}

#[test]
fn a_call_started_twice() {
    breaks("calls", || twice(|action| matches!(action, Action::StartCall { .. })));
}

#[test]
fn somebody_answered_twice() {
    breaks("tickets", || twice(|action| matches!(action, Action::Settle { .. })));
}

#[test]
fn somebody_answered_wrongly() {
    breaks("tickets", || {
        each(|action| {
            if let Action::Settle { result, .. } = action {
                *result = Settled::Status(418);
            }
        })
    });
}

#[test]
fn somebody_never_answered() {
    let chosen = |action: &Action| matches!(action, Action::Settle { result: Settled::Ok(_), .. });
    for seed in 0..SEEDS {
        if let Some(violation) = world(seed, never(chosen)) {
            let seen = ["tickets", "healing"].contains(&violation.oracle);
            assert!(seen, "seed {seed}: {violation}");
            return;
        }
    }
    panic!("no world noticed");
}

#[test]
fn a_webhook_acknowledged_too_early() {
    breaks("durable", || {
        let mut held: BTreeMap<u64, TurnId> = BTreeMap::new();
        let mut next = 0;
        // Webhook tickets are answered the moment their turn is offered to the store.
        Box::new(move |batch| {
            for action in batch.iter_mut() {
                match action {
                    Action::Settle { ticket, .. } => next = next.max(ticket.0),
                    Action::Commit { records, .. } => {
                        held.extend(records.iter().filter_map(|record| match record {
                            Record::TurnTaken { turn, .. } => Some((next + 1, *turn)),
                            _ => None,
                        }));
                    }
                    _ => {}
                }
            }
            if let Some((ticket, _)) = held.pop_first() {
                let ticket = zaloxide_core::Ticket(ticket);
                batch.push(Action::Settle { ticket, result: Settled::Status(200) });
            }
        })
    });
}

#[test]
fn a_code_that_is_none() {
    breaks("codes", || {
        each(|action| {
            let Action::Commit { records, .. } = action else { return };
            for record in records {
                if let Record::CodeIssued { code, .. } = record {
                    code.pop();
                }
            }
        })
    });
}

#[test]
fn a_code_shown_to_the_owner_and_not_recorded() {
    breaks("durable", || {
        each(|action| {
            if let Action::IssueCode { code, .. } = action {
                *code = String::from("ABCDEFGH");
            }
        })
    });
}

#[test]
fn an_update_dropped_for_another_reason() {
    breaks("model", || {
        each(|action| {
            if let Action::Drop { reason, .. } = action {
                *reason = zaloxide_core::DropReason::Malformed;
            }
        })
    });
}

#[test]
fn a_journal_with_a_gap() {
    breaks("journal", || {
        let mut first = true;
        each(move |action| {
            if let Action::Commit { upto, .. } = action {
                *upto += u64::from(!std::mem::take(&mut first));
            }
        })
    });
}

#[test]
fn a_record_that_says_another_thing_than_was_done() {
    breaks("restore", || {
        each(|action| {
            let Action::Commit { records, .. } = action else { return };
            for record in records {
                if let Record::TurnTaken { at, .. } = record {
                    *at = Time::from_ms(at.as_ms() - 1);
                }
            }
        })
    });
}

#[test]
fn a_turn_that_begins_while_the_quota_is_used_up() {
    breaks("quota", || {
        let mut last: Option<Action> = None;
        Box::new(move |batch| {
            let used_up = batch.iter().any(|action| match action {
                Action::Commit { records, .. } => {
                    records.iter().any(|record| matches!(record, Record::QuotaPaused { .. }))
                }
                _ => false,
            });
            let begins = batch.iter().find(|action| matches!(action, Action::Deliver { .. }));
            last = begins.cloned().or(last.take());
            if used_up {
                batch.extend(last.take());
            }
        })
    });
}

#[test]
fn a_recording_to_a_group() {
    breaks("chunks", || {
        each(|action| {
            if let Action::SendChunk { body, chat, .. } = action
                && chat.as_str().starts_with("zgr-")
            {
                *body = format!(r#"{{"chat_id":"{chat}","voice_url":"https://a.example/a.aac"}}"#);
            }
        })
    });
}

#[test]
fn a_fingerprint_in_a_note() {
    let tamper = each(|action| {
        if let Action::Note(note) = action {
            note.text.push_str("canary-7");
        }
    });
    let how = How { logged: true, tamper: Some(tamper) };
    let violation = run::seed(0, how).0.violation.expect("it is seen");
    assert_eq!(violation.oracle, "secrets", "{violation}");
}

#[test]
fn a_timer_that_is_due_all_at_once() {
    let config = AccountConfig::new("default", "1");
    let now = Time::from_ms(1_795_000_000_000);
    let mut channel = Channel::new(config, [1; 32], now);
    let call = std::iter::from_fn(|| channel.poll_action()).find_map(|action| match action {
        Action::StartCall { call, .. } => Some(call),
        _ => None,
    });
    let outcome = Outcome::NotSent { reason: String::from("refused") };
    let call = call.expect("getMe is called");
    channel.handle(now, Event::CallFinished { call, outcome }).unwrap();
    let (due, _) = channel.poll_timeout().expect("getMe is tried again");
    let later = due.plus(1);
    assert!(timers::happened(later, Some(due), &channel).is_ok(), "it was due before");
    assert!(timers::happened(due, None, &channel).is_ok(), "it is due now");
    assert!(timers::happened(later, None, &channel).is_err());
}

/// Of a broken world only what breaks it is left, and that breaks the same promise again.
#[test]
fn a_broken_world_is_shrunk() {
    let plant = || How {
        tamper: Some(twice(|action| matches!(action, Action::Deliver { .. }))),
        ..How::default()
    };
    let (ended, script) = run::seed(1, plant());
    assert_eq!(ended.violation.expect("it is seen").oracle, "turns");
    let steps = script.steps.len();
    let shrunk = shrink(script, plant, Duration::from_secs(600)).expect("it breaks again");
    assert_eq!(shrunk.violation.oracle, "turns");
    let left = &shrunk.script.steps;
    assert!(left.len() <= 2 && left.len() < steps, "{left:?}");
}
