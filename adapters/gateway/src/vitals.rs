//! `Vitals`: how a running engine is: whether it is ready, and in numbers.

use std::fmt;
use std::sync::{Arc, Weak};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use serde::Serialize;
use serde_json::Value;
use zaloxide_core::{State, Status, Time};
use zaloxide_webhook::Health;

use crate::engine::{Handle, Shared};

/// How an engine is, as long as it runs.
pub(crate) struct Vitals(Weak<Shared>);

impl Vitals {
    pub(crate) fn of(handle: &Handle) -> Self {
        Self(Arc::downgrade(&handle.shared))
    }

    fn handle(&self) -> Option<Handle> {
        Some(Handle { shared: self.0.upgrade()? })
    }
}

impl Health for Vitals {
    /// One account that Zalo refuses does not make the others unready.
    fn ready(&self) -> Result<(), String> {
        let handle = self.handle().ok_or("the gateway has ended")?;
        let all = statuses(&handle);
        if let Some(closed) = all.iter().find(|status| status.intake_closed) {
            return Err(format!("the store can't be written: see account {}", closed.account));
        }
        let receives = |status: &Status| matches!(status.state, State::Polling | State::Webhook);
        if all.iter().any(receives) { Ok(()) } else { Err("no account receives messages".into()) }
    }

    fn metrics(&self) -> String {
        let mut text = String::new();
        let Some(handle) = self.handle() else { return text };
        let mut registry = Registry::with_prefix("zaloxide");
        let version = Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "The program", version);
        let commits = handle.shared.commits.0.clone();
        let help = "Seconds from a record to its being durable";
        registry.register("commit_seconds", help, commits);
        registry.register_collector(Box::new(Accounts(statuses(&handle))));
        // Writing into a text does not fail.
        let _ = encode(&mut text, &registry);
        text
    }
}

fn statuses(handle: &Handle) -> Vec<Status> {
    let look = |name: &String| handle.view(name, |view| view.status()).ok();
    handle.accounts().iter().filter_map(look).collect()
}

/// The accounts at one moment.
#[derive(Debug)]
struct Accounts(Vec<Status>);

/// A number of an account; none: nothing has happened yet.
type Number = fn(&Status) -> Option<u64>;

const COUNTERS: [(&str, &str, Number); 10] = [
    ("received", "Updates received", |status| Some(status.counters.received)),
    ("turns", "Turns taken", |status| Some(status.counters.turns)),
    ("joined", "Messages that joined a turn", |status| Some(status.counters.joined)),
    ("deliveries", "Attempts handed to the agent", |status| Some(status.counters.deliveries)),
    ("attempts_failed", "Attempts that failed or took too long", |status| {
        Some(status.counters.attempts_failed)
    }),
    ("sent", "Messages that Zalo acknowledged", |status| Some(status.counters.chunks_sent)),
    ("retried", "Messages that were tried again", |status| Some(status.counters.chunks_retried)),
    ("unknown", "Calls whose fate is unknown", |status| Some(status.counters.unknown)),
    ("dead", "Turns, replies and sends given up", |status| Some(status.counters.dead)),
    ("codes", "Pairing codes issued", |status| Some(status.counters.codes)),
];

const GAUGES: [(&str, &str, Number); 13] = [
    ("turns_open", "Turns that are open", |status| Some(status.turns as u64)),
    ("turns_running", "Turns the agent works on", |status| Some(status.turns_running as u64)),
    ("chunks_waiting", "Messages that wait to be sent", |status| Some(status.chunks as u64)),
    ("notices_waiting", "Lines of the bot's own that wait", |status| Some(status.notices as u64)),
    ("calls_open", "Calls to Zalo under way", |status| Some(status.calls as u64)),
    ("dead_letters", "Dead letters kept", |status| Some(status.dead_letters as u64)),
    ("pairing_pending", "Strangers with a code", |status| Some(status.pairing_pending as u64)),
    ("quota_sent", "Messages sent this month", |status| Some(status.quota_sent)),
    ("quota_monthly", "Messages that may be sent a month", |status| Some(status.quota_monthly)),
    ("intake_closed", "1: the store can't be written", |status| {
        Some(u64::from(status.intake_closed))
    }),
    ("keys_evicted", "Keys of duplicates forgotten before their time", |status| {
        Some(status.seen_keys_evicted)
    }),
    ("last_in_seconds", "When the last update came, Unix time", |status| {
        status.counters.last_in.map(seconds)
    }),
    ("last_out_seconds", "When Zalo last acknowledged a message, Unix time", |status| {
        status.counters.last_out.map(seconds)
    }),
];

impl Collector for Accounts {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        for (name, help, number) in COUNTERS {
            let metric = |value| ConstCounter::new(value);
            self.family(&mut encoder, name, help, |status| number(status).map(metric))?;
        }
        for (name, help, number) in GAUGES {
            let metric = |value: u64| ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX));
            self.family(&mut encoder, name, help, |status| number(status).map(metric))?;
        }
        self.states(&mut encoder)?;
        self.drops(&mut encoder)
    }
}

impl Accounts {
    fn family<M: EncodeMetric>(
        &self,
        encoder: &mut DescriptorEncoder<'_>,
        name: &str,
        help: &str,
        metric: impl Fn(&Status) -> Option<M>,
    ) -> fmt::Result {
        let kind = metric_type::<M>(&self.0, &metric);
        let Some(kind) = kind else { return Ok(()) };
        let mut family = encoder.encode_descriptor(name, help, None, kind)?;
        for status in &self.0 {
            if let Some(metric) = metric(status) {
                let labels = [("account", status.account.as_str())];
                metric.encode(family.encode_family(&labels)?)?;
            }
        }
        Ok(())
    }

    /// 1 for the state that an account is in.
    fn states(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let one = ConstGauge::new(1_i64);
        let help = "1 for the state that the account is in";
        let mut family = encoder.encode_descriptor("state", help, None, one.metric_type())?;
        for status in &self.0 {
            let state = word(&status.state, Some("type"));
            let labels = [("account", status.account.as_str()), ("state", state.as_str())];
            one.encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }

    /// Updates that came to nothing, by reason; `duplicate` is one.
    fn drops(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let kind = ConstCounter::new(0_u64).metric_type();
        let help = "Updates that came to nothing, by reason";
        let mut family = encoder.encode_descriptor("dropped", help, None, kind)?;
        for status in &self.0 {
            for (reason, count) in &status.counters.drops {
                let reason = word(reason, None);
                let labels = [("account", status.account.as_str()), ("reason", reason.as_str())];
                ConstCounter::new(*count).encode(family.encode_family(&labels)?)?;
            }
        }
        Ok(())
    }
}

/// Of which type the metrics of a family are; none: there are none.
fn metric_type<M: EncodeMetric>(
    all: &[Status],
    metric: impl Fn(&Status) -> Option<M>,
) -> Option<prometheus_client::metrics::MetricType> {
    all.iter().find_map(metric).map(|metric| metric.metric_type())
}

/// The word by which a value goes in JSON.
fn word(value: &impl Serialize, key: Option<&str>) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    let word = key.map_or(Some(&value), |key| value.get(key));
    word.and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn seconds(time: Time) -> u64 {
    time.as_ms() / 1_000
}
