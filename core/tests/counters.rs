//! What is counted of sends and of notices, and what is said of those that are given up.

use zaloxide_core::limits::NOTICES_MAX;
use zaloxide_core::{
    AccountConfig, Action, CallId, Channel, ChatId, Counters, Event, HOUR_MS, MINUTE_MS, Method,
    NoteCode, Outcome, Reply, Subject, Ticket, Time, Verdict,
};

const NOW: Time = Time::from_ms(1_795_000_000_000);
const SENT: Option<&str> = Some(r#"{"ok":true,"result":{"message_id":"m"}}"#);

/// A channel whose store works, and a Zalo whose answers to sends are at hand.
struct Driver {
    channel: Channel,
    now: Time,
    /// What the next sends come to: a body, or nobody knows.
    answers: Vec<Option<&'static str>>,
    /// What was said of dead letters.
    dead: Vec<String>,
}

impl Driver {
    fn start() -> Self {
        let channel = Channel::new(AccountConfig::new("default", "1"), [7; 32], NOW);
        let mut driver = Self { channel, now: NOW, answers: Vec::new(), dead: Vec::new() };
        driver.work();
        driver
    }

    /// Sends a line, which meets these answers.
    fn send(&mut self, answers: &[Option<&'static str>]) -> Counters {
        self.answers = answers.iter().rev().copied().collect();
        let (chat, content) = (ChatId::from("bob"), Reply::text("hi"));
        self.handle(Event::Send { chat, content, ticket: Ticket(1) });
        self.wait();
        self.channel.view().status().counters.clone()
    }

    /// Lets somebody in, who is told so, so many times.
    fn approve(&mut self, sender: &str, times: usize) {
        self.answers = vec![SENT; times];
        for _ in 0..times {
            let (subject, source) = (Subject::Sender(sender.into()), String::from("test"));
            let verdict = Verdict::Approve { notify: true };
            self.handle(Event::Approval { subject, verdict, source, ticket: Ticket(2) });
        }
        self.wait();
    }

    /// Until there was every answer.
    fn wait(&mut self) {
        for _ in 0..20 {
            if self.answers.is_empty() {
                break;
            }
            let (due, _) = self.channel.poll_timeout().expect("a send waits");
            self.now = self.now.max(due);
            self.handle(Event::TimerFired);
        }
        assert!(self.answers.is_empty(), "it was sent {} times too few", self.answers.len());
    }

    fn handle(&mut self, event: Event<'_>) {
        self.channel.handle(self.now, event).unwrap();
        self.work();
    }

    fn end(&mut self, call: CallId, body: Option<&str>) {
        let outcome = match body {
            Some(body) => {
                Outcome::Answered { status: 200, retry_after_ms: None, body: body.into() }
            }
            None => Outcome::Unknown { reason: String::from("cut off") },
        };
        self.channel.handle(self.now, Event::CallFinished { call, outcome }).unwrap();
    }

    fn work(&mut self) {
        while let Some(action) = self.channel.poll_action() {
            match action {
                Action::Commit { upto, .. } => {
                    self.channel.handle(self.now, Event::Committed { upto }).unwrap();
                }
                Action::StartCall { call, method: Method::GetMe, .. } => {
                    self.end(call, Some(r#"{"ok":true,"result":{"id":"1"}}"#));
                }
                Action::StartCall { call, method: Method::GetWebhookInfo, .. } => {
                    self.end(call, Some(r#"{"ok":true,"result":{"url":""}}"#));
                }
                Action::SendChunk { call, .. } => {
                    let answer = self.answers.pop().expect("it is sent no more");
                    self.end(call, answer);
                }
                Action::Note(note) if note.code == NoteCode::DeadLetter => {
                    self.dead.push(note.text);
                }
                _ => {}
            }
        }
    }
}

#[test]
fn sends_are_counted_by_how_they_end() {
    let refused = Some(r#"{"ok":false,"error_code":400,"description":"no"}"#);
    let mut driver = Driver::start();
    let counted = |counters: &Counters| {
        [counters.chunks_sent, counters.unknown, counters.chunks_retried, counters.dead]
    };
    assert_eq!(counted(&driver.send(&[SENT])), [1, 0, 0, 0]);
    assert_eq!(counted(&driver.send(&[None, SENT])), [2, 1, 1, 0]);
    assert_eq!(counted(&driver.send(&[None, None])), [2, 3, 2, 1]);
    assert_eq!(counted(&driver.send(&[refused])), [2, 3, 2, 2]);
    let doubted: Vec<bool> = driver.dead.iter().map(|text| text.contains("arrived")).collect();
    assert_eq!(doubted, [true, false], "{:?}", driver.dead);
    let last_out = driver.channel.view().status().counters.last_out;
    assert!(last_out.is_some_and(|at| at > NOW), "{last_out:?}");
}

#[test]
fn notices_that_were_sent_take_no_room() {
    let mut driver = Driver::start();
    for n in 0..=NOTICES_MAX {
        driver.approve(&n.to_string(), 1);
    }
    driver.approve("ann", 5);
    let counters = driver.channel.view().status().counters.clone();
    assert_eq!(counters.chunks_sent, NOTICES_MAX as u64 + 6);
}

#[test]
fn a_notice_is_tried_for_an_hour() {
    let outage = Some(r#"{"ok":false,"error_code":500}"#);
    let mut driver = Driver::start();
    driver.answers = vec![outage; 50];
    let (subject, source) = (Subject::Sender("ann".into()), String::from("test"));
    let verdict = Verdict::Approve { notify: true };
    driver.handle(Event::Approval { subject, verdict, source, ticket: Ticket(1) });
    while driver.dead.is_empty() {
        let (due, _) = driver.channel.poll_timeout().expect("it is tried again");
        driver.now = due;
        driver.handle(Event::TimerFired);
    }
    let tried = driver.now.since(NOW);
    assert!((HOUR_MS..HOUR_MS + 6 * MINUTE_MS).contains(&tried), "{tried} ms");
}
