//! Room for answers: whoever gives it back wakes who waits for it.

use zaloxide_core::{
    AccountConfig, Action, AllowList, CallId, Channel, ChatId, Event, Message, Method, Outcome,
    Prepared, Reply, Ticket, Time,
};

const NOW: Time = Time::from_ms(1_795_000_000_000);

/// A channel whose store works, and who Zalo says it is.
struct Driver {
    channel: Channel,
    poll: Option<CallId>,
    /// Whatever is neither a commit nor a step of the connection.
    seen: Vec<Action>,
}

impl Driver {
    fn start() -> Self {
        let mut config = AccountConfig::new("default", "1");
        config.allow_from = AllowList::from_entries(["ann"]);
        let channel = Channel::new(config, [7; 32], NOW);
        let mut driver = Self { channel, poll: None, seen: Vec::new() };
        driver.work();
        driver
    }

    fn handle(&mut self, event: Event<'_>) {
        self.channel.handle(NOW, event).unwrap();
        self.work();
    }

    fn answer(&mut self, call: CallId, body: &str) {
        let outcome = Outcome::Answered { status: 200, retry_after_ms: None, body: body.into() };
        self.channel.handle(NOW, Event::CallFinished { call, outcome }).unwrap();
    }

    fn work(&mut self) {
        while let Some(action) = self.channel.poll_action() {
            match action {
                Action::Commit { upto, .. } => {
                    self.channel.handle(NOW, Event::Committed { upto }).unwrap();
                }
                Action::StartCall { call, method: Method::GetMe, .. } => {
                    self.answer(call, r#"{"ok":true,"result":{"id":"1"}}"#);
                }
                Action::StartCall { call, method: Method::GetWebhookInfo, .. } => {
                    self.answer(call, r#"{"ok":true,"result":{"url":""}}"#);
                }
                Action::StartCall { call, method: Method::GetUpdates, .. } => {
                    self.poll = Some(call);
                }
                other => self.seen.push(other),
            }
        }
    }

    fn deliveries(&self) -> usize {
        self.seen.iter().filter(|action| matches!(action, Action::Deliver { .. })).count()
    }
}

#[test]
fn a_turn_begins_when_refused_sends_give_their_room_back() {
    let mut driver = Driver::start();
    for n in 0..100 {
        let picture =
            Message { media: vec!["https://example.com/a.png".into()], ..Message::default() };
        let (chat, content) = (ChatId::from("bob"), Reply(vec![picture]));
        driver.handle(Event::Send { chat, content, ticket: Ticket(n) });
    }
    let poll = driver.poll.take().unwrap();
    driver.answer(
        poll,
        r#"{"ok":true,"result":{"event_name":"message.text.received","message":{
            "message_id":"m","text":"hi","from":{"id":"ann"},"chat":{"id":"ann"}}}}"#,
    );
    driver.work();
    assert_eq!(driver.deliveries(), 0, "the sends have all the room");

    let causes: Vec<_> = driver
        .seen
        .iter()
        .filter_map(|action| match action {
            Action::PrepareMedia { cause, .. } => Some(cause.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(causes.len(), 100);
    for cause in causes {
        let result = Prepared::Refused { reason: "not a picture".into() };
        driver.handle(Event::MediaPrepared { cause, index: 0, result });
    }
    assert_eq!(driver.deliveries(), 1);
}
