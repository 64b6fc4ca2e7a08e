//! Nothing is visible before its record is durable: the webhook's 200, a turn's delivery, a reply's
//! first chunk, the next chunk, the answer to an approval, a code.

use zaloxide_core::{Action, Answer, Cause, Delivery, Settled};

use super::{Book, Check, Expected, Scene, Tickets, broken};

pub(super) fn action(book: &Book, tickets: &Tickets, scene: Scene<'_>, action: &Action) -> Check {
    let (number, what) = match action {
        Action::Deliver { turn, .. } => {
            (book.turns.get(turn).map(|turn| turn.number), format!("Deliver of turn {turn}"))
        }
        Action::SendChunk { cause, index, .. } => return chunk(book, scene, cause, *index),
        Action::IssueCode { code, .. } => {
            (book.codes.get(code).map(|(number, _)| *number), String::from("IssueCode"))
        }
        Action::Settle { ticket, result: Settled::Status(200) } => {
            let Some(Expected::Update(Some(key))) = tickets.of(*ticket) else { return Ok(()) };
            (book.updates.get(key).copied(), format!("status 200 for {key:?}"))
        }
        Action::Settle { result: Settled::Ok(answer), .. } => match answer {
            Answer::Approved { sender, .. }
            | Answer::Rejected { sender, .. }
            | Answer::Revoked { sender } => (
                book.decided.get(sender).and_then(|numbers| numbers.front()).copied(),
                format!("{answer:?}"),
            ),
            Answer::Imported(imported) => {
                let Some(sender) = imported.approved.first() else { return Ok(()) };
                let number = book.decided.get(sender).and_then(|numbers| numbers.front());
                (number.copied(), format!("{answer:?}"))
            }
            Answer::Sent { id, .. } => {
                (book.ended.get(&Cause::Send { id: *id }).copied(), format!("{answer:?}"))
            }
            _ => return Ok(()),
        },
        _ => return Ok(()),
    };
    if book.is_durable(number) {
        return Ok(());
    }
    let told = book.told;
    broken("durable", format!("{what} rests on record {number:?}, durable are {told}"))
}

fn chunk(book: &Book, scene: Scene<'_>, cause: &Cause, index: u32) -> Check {
    let wrong = |what: &str, number: Option<u64>| {
        let told = book.told;
        broken("durable", format!("{what} of {cause:?} {index}: record {number:?}, durable {told}"))
    };
    match cause {
        Cause::Turn { .. } | Cause::Send { .. } => {
            let taken = book.parcels.get(cause).map(|taken| taken.number);
            if !book.is_durable(taken) {
                return wrong("a chunk before its reply", taken);
            }
            let before = index.checked_sub(1).map(|before| (cause.clone(), before));
            if let Some(before) = before {
                let acked = book.acked.get(&before).copied();
                if !book.is_durable(acked) {
                    return wrong("a chunk before the last one's acknowledgement", acked);
                }
            }
            if scene.config.delivery == Delivery::AtMostOnce {
                let intended = book.intended.get(&(cause.clone(), index));
                let number = intended.and_then(|numbers| numbers.last()).copied();
                if !book.is_durable(number) {
                    return wrong("a chunk before its intent", number);
                }
            }
            Ok(())
        }
        Cause::Code { sender } => {
            let mut of_sender = book.codes.values().filter(|(_, who)| who == sender);
            if of_sender.any(|(number, _)| book.is_durable(Some(*number))) {
                return Ok(());
            }
            wrong("a code's text", None)
        }
        _ => Ok(()),
    }
}
