//! The core behind a route of an axum app: Zalo pushes updates, and is answered once what came is
//! taken in. One task drives the core; the route and everything else report to one channel.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use zaloxide_core::{AccountConfig, Action, Body, Channel, Event, Settled, Ticket};
use zaloxide_core_examples::{Clock, Failed, Zalo, answer, seed};

/// What the driver is told.
enum Told {
    Event(Event<'static>),
    /// An update, and who waits for its status.
    Update(Body<'static>, oneshot::Sender<u16>),
}

type Events = mpsc::UnboundedSender<Told>;

fn main() -> Result<(), Failed> {
    let mut zalo = Zalo::from_environment()?;
    let secret = std::env::var("ZALO_WEBHOOK_SECRET").map_err(|_| "set ZALO_WEBHOOK_SECRET")?;
    zalo.webhook_secret = Some(secret.clone());
    let mut config = zalo.account();
    config.webhook_url = Some(std::env::var("ZALO_WEBHOOK_URL")?);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", 3000)).await?;
        let (events, inbox) = mpsc::unbounded_channel();
        // The server first: Zalo tries a webhook when it is set.
        tokio::spawn(axum::serve(listener, app(events.clone(), &secret)).into_future());
        drive(&zalo, config, events, inbox).await
    })
}

/// The app: one route is the bot's, the others are anybody's.
fn app(events: Events, secret: &str) -> Router {
    let state = (events, Arc::<str>::from(secret));
    let zalo = post(update).layer(DefaultBodyLimit::max(1 << 20)).with_state(state);
    Router::new().route("/", get(|| async { "a shop" })).route("/zalo", zalo)
}

/// A public door has more to look at than this: `zaloxide_webhook::Door` does, and is a route too.
async fn update(
    State((events, secret)): State<(Events, Arc<str>)>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let shown = headers.get("X-Bot-Api-Secret-Token").map(HeaderValue::as_bytes);
    if shown != Some(secret.as_bytes()) {
        // Zalo's test of a new webhook may come without the secret, and means nothing.
        return if body.is_empty() { StatusCode::OK } else { StatusCode::UNAUTHORIZED };
    }
    let (tell, told) = oneshot::channel();
    drop(events.send(Told::Update(body.to_vec().into(), tell)));
    let status = told.await.unwrap_or(503);
    StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE)
}

/// Runs until somebody sends [`Event::Stop`].
async fn drive(
    zalo: &Zalo,
    config: AccountConfig,
    events: Events,
    mut inbox: mpsc::UnboundedReceiver<Told>,
) -> Result<(), Failed> {
    let (clock, tickets) = (Clock::default(), AtomicU64::new(1));
    let mut channel = Channel::new(config, seed()?, clock.now());
    let mut waiting: HashMap<Ticket, oneshot::Sender<u16>> = HashMap::new();
    loop {
        while let Some(action) = channel.poll_action() {
            match action {
                Action::Stopped => return Ok(()),
                Action::Settle { ticket, result: Settled::Status(status) } => {
                    if let Some(tell) = waiting.remove(&ticket) {
                        // A client that went away has no use for it.
                        let _ = tell.send(status);
                    }
                }
                action => perform(zalo, action, &events),
            }
        }
        let told = match channel.poll_timeout() {
            Some((due, _)) => match timeout(clock.until(due), inbox.recv()).await {
                Ok(told) => told,
                Err(_) => Some(Told::Event(Event::TimerFired)),
            },
            None => inbox.recv().await,
        };
        let event = match told.ok_or("the channel of events is closed")? {
            Told::Event(event) => event,
            Told::Update(body, tell) => {
                let ticket = Ticket(tickets.fetch_add(1, Ordering::Relaxed));
                waiting.insert(ticket, tell);
                Event::UpdateReceived { ticket, body }
            }
        };
        if let Err(refused) = channel.handle(clock.now(), event) {
            // The ticket of an update that was not taken is dropped: Zalo is told 503.
            waiting.retain(|_, tell| !tell.is_closed());
            eprintln!("refused: {refused}");
        }
    }
}

fn perform(zalo: &Zalo, action: Action, events: &Events) {
    let (zalo, events) = (zalo.clone(), events.clone());
    let tell = move |event| drop(events.send(Told::Event(event)));
    match action {
        // A store would write the records first: only then is Zalo told 200.
        Action::Commit { upto, .. } => tell(Event::Committed { upto }),
        Action::StartCall { call, method, body, timeout_ms }
        | Action::SendChunk { call, method, body, timeout_ms, .. } => {
            spawn_blocking(move || {
                let outcome = zalo.call(method, &body, timeout_ms);
                tell(Event::CallFinished { call, outcome });
            });
        }
        Action::Deliver { turn, attempt, envelope, .. } => {
            tokio::spawn(async move {
                tell(Event::Replied { turn, attempt, reply: answer(&envelope) });
            });
        }
        Action::IssueCode { sender, code, .. } => println!("{sender} has the code {code}"),
        Action::Note(note) => eprintln!("{}", note.text),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use zaloxide_core::AllowList;
    use zaloxide_emulator::{DEFAULT_TOKEN, Emulator, Options};

    use super::*;

    #[test]
    fn it_answers_what_is_pushed_and_ends() {
        let patience = Duration::from_secs(30);
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0))).unwrap();
        let address = listener.local_addr().unwrap();
        let deliver_to = Some(format!("http://{address}"));
        let emulator = Emulator::start(Options { deliver_to, ..Options::default() }).unwrap();
        let mut zalo = Zalo::new(&emulator.url(), DEFAULT_TOKEN);
        zalo.webhook_secret = Some("a-long-secret".into());
        let mut config = zalo.account();
        config.allow_from = AllowList::from_entries(["an"]);
        config.webhook_url = Some("https://bot.example.com/zalo".into());

        let (events, inbox) = mpsc::unbounded_channel();
        let shop = app(events.clone(), "a-long-secret");
        runtime.spawn(axum::serve(listener, shop).into_future());
        let theirs = events.clone();
        let bot = runtime.spawn(async move {
            drive(&zalo, config, theirs, inbox).await.map_err(|error| error.to_string())
        });
        let registered = emulator.wait_for_call(0, patience, |call| {
            call.method == "setWebhook" && call.status.is_some()
        });
        assert_eq!(registered.unwrap().status, Some(200));
        assert!(emulator.user("an").sends_text("xin chào").unwrap().is_delivered());
        let sent = emulator.wait_for_call(0, patience, |call| call.method == "sendMessage");
        assert_eq!(sent.unwrap().params["text"], "Bạn nói: xin chào");
        drop(events.send(Told::Event(Event::Stop)));
        runtime.block_on(bot).unwrap().unwrap();
        emulator.stop();
    }
}
