//! Each oracle can fail: the core's actions are doctored, and the right promise is seen broken.

use std::collections::BTreeMap;

use zaloxide_core::{Action, CallId, Cause, ChatId, Record, Settled, Time, TurnId};
use zaloxide_simulator::account::Tamper;
use zaloxide_simulator::oracle::Violation;
use zaloxide_simulator::run::{self, How};

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
