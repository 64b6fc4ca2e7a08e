//! `journal`: any records make a channel or are refused as damaged; and what such a channel writes
//! it can read again, and is the same then.

use zaloxide_core::{
    Channel, Damaged, Event, Op, Record, Reply, SenderId, Subject, Ticket, TurnId, Verdict,
};

use crate::drive::{Driver, NOW, open_account};

/// Timers that fire in a channel that was made of records.
const TIMERS: usize = 12;

/// A record a line, in JSON; what is none is left out. Numbers are counted from 1, and from 1,000
/// after a snapshot.
pub fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let records = text.lines().filter_map(|line| serde_json::from_str::<Record>(line).ok());
    let mut number = 0;
    let journal: Vec<(u64, Record)> = records
        .map(|record| {
            let is_snapshot = matches!(record, Record::Snapshot { .. });
            number = if is_snapshot && number == 0 { 1_000 } else { number + 1 };
            (number, record)
        })
        .collect();
    let Ok(channel) = restore(&journal) else { return };
    let mut driver = Driver::new(channel, NOW);
    people(&mut driver, &journal);
    driver.wait(TIMERS);
    same(&driver, &journal);
}

fn restore(journal: &[(u64, Record)]) -> Result<Channel, Damaged> {
    Channel::restore(open_account(), [7; 32], NOW, journal.iter().cloned())
}

/// People meddle with all that is there.
fn people(driver: &mut Driver, journal: &[(u64, Record)]) {
    let view = driver.channel.view();
    let mut turns: Vec<TurnId> = view.turns().map(|turn| turn.id).collect();
    turns.extend(view.dead_letters().filter_map(|letter| letter.id()));
    let senders: Vec<SenderId> = view.approved().map(|(sender, _)| sender.clone()).collect();
    let chats: Vec<_> = view.paused_chats().map(|(chat, _)| chat.clone()).collect();
    let mut ops = vec![Op::ResumeSends];
    let odd = journal.len() % 2 == 1;
    ops.extend(
        turns.iter().map(
            |turn| {
                if odd { Op::Retry { turn: *turn } } else { Op::Drop { turn: *turn } }
            },
        ),
    );
    ops.extend(chats.into_iter().map(|chat| Op::Resume { chat }));
    for op in ops {
        hand(driver, |ticket| Event::Operate { op, ticket });
    }
    for sender in senders {
        let (verdict, source) = (Verdict::Reject { block: odd }, String::from("fuzz"));
        let subject = Subject::Sender(sender);
        hand(driver, |ticket| Event::Approval { subject, verdict, source, ticket });
    }
    let (chat, content) = ("1f2e".into(), Reply::text("one more"));
    hand(driver, |ticket| Event::Send { chat, content, ticket });
}

fn hand<'a>(driver: &mut Driver, event: impl FnOnce(Ticket) -> Event<'a>) {
    let ticket = Ticket(driver.settled.len() as u64);
    driver.hand(event(ticket)).expect("nothing is full");
}

/// The journal, with what was added to it, says what the live channel says.
fn same(driver: &Driver, before: &[(u64, Record)]) {
    let live = driver.channel.snapshot();
    let mut journal = before.to_vec();
    journal.extend(driver.journal.iter().cloned());
    assert_eq!(journal.last().map(|(number, _)| *number), Some(live.upto));
    let again = |journal: &[(u64, Record)]| {
        let restored = restore(journal).expect("what a channel writes it can read");
        restored.snapshot()
    };
    let live = again(&[(live.upto, live.record)]);
    assert_eq!(again(&journal), live, "from its journal and from its snapshot");
}
