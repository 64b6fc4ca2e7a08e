//! `Fault`: what goes wrong on purpose, for which calls and how often.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use zaloxide_core::Method;

/// Faults armed at once; one more is refused.
const FAULTS_MAX: usize = 100;
/// How long the kinds that wait may wait at most.
const WAIT_MAX: Duration = Duration::from_secs(600);
/// What `slow_ms` adds when nothing is said.
const SLOW_MS: u64 = 1_000;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum FaultKind {
    /// HTTP 500 with a JSON error; nothing is done.
    #[serde(rename = "http_500")]
    Http500,
    /// The edge's HTTP 502, HTML; nothing is done.
    #[serde(rename = "http_502_html")]
    Http502Html,
    /// The edge's rate limit: HTTP 429, HTML; nothing is done.
    #[serde(rename = "http_429_html")]
    Http429Html,
    /// "Quota exceeded", error code 429; nothing is done.
    #[serde(rename = "quota_429")]
    Quota429,
    /// Error code 400; nothing is done.
    #[serde(rename = "api_400")]
    Api400,
    /// Error code 401; nothing is done.
    #[serde(rename = "api_401")]
    Api401,
    /// No answer until the client leaves, or `ms` have passed; nothing is done.
    #[serde(rename = "timeout")]
    Timeout,
    /// The connection ends without an answer; nothing is done.
    #[serde(rename = "disconnect_before")]
    DisconnectBefore,
    /// The call takes effect, then the connection ends without an answer.
    #[serde(rename = "disconnect_after")]
    DisconnectAfter,
    /// The call takes effect, and half of its answer comes.
    #[serde(rename = "truncate")]
    Truncate,
    /// The call takes effect, and its answer comes `ms` later.
    #[serde(rename = "slow_ms")]
    SlowMs,
    /// An update comes twice: with the next poll once more, or posted twice. Only for
    /// `getUpdates`, `webhook` and `*`.
    #[serde(rename = "duplicate")]
    Duplicate,
}

/// Which calls a fault meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Target {
    /// Every call, and every update that goes out. JSON: `"*"`, or no `method`.
    Any,
    /// The calls of one method.
    Method(Method),
    /// The updates posted to a webhook. JSON: `"webhook"`.
    Webhook,
}

/// A fault to arm. The JSON form is the body of `POST /_control/faults`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "Form")]
pub struct Fault {
    target: Target,
    kind: FaultKind,
    times: Option<u32>,
    rate: Option<f64>,
    ms: Option<u64>,
    seed: u64,
}

impl Fault {
    /// A fault of this kind, once, for whatever call comes next.
    pub fn new(kind: FaultKind) -> Self {
        Self { target: Target::Any, kind, times: None, rate: None, ms: None, seed: 0 }
    }

    /// Only for these calls.
    #[must_use]
    pub fn on(self, target: Target) -> Self {
        Self { target, ..self }
    }

    /// Only for calls of this method.
    #[must_use]
    pub fn on_method(self, method: Method) -> Self {
        self.on(Target::Method(method))
    }

    /// That many times, then no more.
    #[must_use]
    pub fn times(self, times: u32) -> Self {
        Self { times: Some(times), ..self }
    }

    /// With this probability (0 to 1) for each call, drawn from `seed`: the same seed meets the
    /// same calls. Without [`Fault::times`] it never ends.
    #[must_use]
    pub fn rate(self, rate: f64, seed: u64) -> Self {
        Self { rate: Some(rate), seed, ..self }
    }

    /// How long `timeout` and `slow_ms` wait, in milliseconds; at most ten minutes.
    #[must_use]
    pub fn ms(self, ms: u64) -> Self {
        Self { ms: Some(ms), ..self }
    }

    /// What goes wrong.
    pub fn kind(&self) -> FaultKind {
        self.kind
    }

    /// How long the kinds that wait do wait.
    pub(crate) fn wait(&self) -> Duration {
        let default =
            if self.kind == FaultKind::SlowMs { Duration::from_millis(SLOW_MS) } else { WAIT_MAX };
        self.ms.map_or(default, Duration::from_millis).min(WAIT_MAX)
    }

    fn meets(&self, target: Target) -> bool {
        self.target == Target::Any || self.target == target
    }

    /// Why this fault could never happen, if so.
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.rate.is_some_and(|rate| !(0.0..=1.0).contains(&rate)) {
            return Err("rate must lie between 0 and 1".to_owned());
        }
        if self.times == Some(0) {
            return Err("times must be 1 or more".to_owned());
        }
        let updates = matches!(
            self.target,
            Target::Any | Target::Webhook | Target::Method(Method::GetUpdates)
        );
        if self.kind == FaultKind::Duplicate && !updates {
            return Err("duplicate is for updates: method getUpdates, webhook or *".to_owned());
        }
        if self.kind != FaultKind::Duplicate && self.target == Target::Webhook {
            return Err("webhook knows one fault: duplicate".to_owned());
        }
        Ok(())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    method: Option<String>,
    kind: FaultKind,
    times: Option<u32>,
    rate: Option<f64>,
    ms: Option<u64>,
    #[serde(default)]
    seed: u64,
}

impl TryFrom<Form> for Fault {
    type Error = String;

    fn try_from(form: Form) -> Result<Self, String> {
        let Form { method, kind, times, rate, ms, seed } = form;
        let target = match method.as_deref() {
            None | Some("*") => Target::Any,
            Some("webhook") => Target::Webhook,
            Some(name) => Target::Method(method_named(name).ok_or_else(|| {
                let names: Vec<_> = Method::ALL.iter().map(|method| method.name()).collect();
                format!("unknown method {name:?}: expected *, webhook or {}", names.join(", "))
            })?),
        };
        Ok(Self { target, kind, times, rate, ms, seed })
    }
}

/// The method of that exact name; case matters.
pub(crate) fn method_named(name: &str) -> Option<Method> {
    Method::ALL.into_iter().find(|method| method.name() == name)
}

struct Armed {
    fault: Fault,
    left: Option<u32>,
    drawn: u64,
}

/// The armed faults, in the order in which they came.
#[derive(Default)]
pub(crate) struct Faults(Vec<Armed>);

impl Faults {
    /// Arms a fault that [`Fault::check`] found possible. `false`: there is no room.
    pub(crate) fn arm(&mut self, fault: Fault) -> bool {
        if self.0.len() == FAULTS_MAX {
            return false;
        }
        let left = fault.times.or(if fault.rate.is_none() { Some(1) } else { None });
        self.0.push(Armed { left, drawn: fault.seed, fault });
        true
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// The fault that this call meets: the first armed one that strikes. Updates that are handed
    /// out draw `duplicate`, at that moment; calls draw all others, at arrival.
    pub(crate) fn strike(&mut self, target: Target, duplicates: bool) -> Option<Fault> {
        for index in 0..self.0.len() {
            let armed = &mut self.0[index];
            let duplicate = armed.fault.kind == FaultKind::Duplicate;
            if duplicate != duplicates || !armed.fault.meets(target) || !armed.draw() {
                continue;
            }
            let fault = armed.fault.clone();
            if let Some(left) = &mut armed.left {
                *left -= 1;
                if *left == 0 {
                    self.0.remove(index);
                }
            }
            return Some(fault);
        }
        None
    }
}

impl Armed {
    fn draw(&mut self) -> bool {
        let Some(rate) = self.fault.rate else { return true };
        self.drawn = self.drawn.wrapping_add(GOLDEN);
        // 53 bits are what a double holds exactly.
        #[allow(clippy::cast_precision_loss)]
        let unit = (mixed(self.drawn) >> 11) as f64 / (1_u64 << 53) as f64;
        unit < rate
    }
}

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// A one-to-one scrambling of 64 bits (the finisher of `SplitMix64`): no two inputs share an output.
pub(crate) fn mixed(input: u64) -> u64 {
    let mut bits = input;
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::{Fault, FaultKind, Faults, Method, Target};

    fn met(faults: &mut Faults, calls: u32) -> u32 {
        (0..calls)
            .filter(|_| faults.strike(Target::Method(Method::GetMe), false).is_some())
            .count()
            .try_into()
            .unwrap()
    }

    #[test]
    fn times_end_and_rates_repeat() {
        let mut faults = Faults::default();
        assert!(faults.arm(Fault::new(FaultKind::Http500)));
        assert_eq!(met(&mut faults, 5), 1, "once when nothing is said");
        assert!(faults.arm(Fault::new(FaultKind::Http500).times(3)));
        assert_eq!(met(&mut faults, 5), 3);

        let pattern = |seed| {
            let mut faults = Faults::default();
            faults.arm(Fault::new(FaultKind::Truncate).rate(0.5, seed));
            (0..64).map(|_| met(&mut faults, 1)).collect::<Vec<_>>()
        };
        assert_eq!(pattern(7), pattern(7));
        assert_ne!(pattern(7), pattern(8));
        let mut always = Faults::default();
        always.arm(Fault::new(FaultKind::Api400).rate(1.0, 0).times(2));
        assert_eq!(met(&mut always, 9), 2, "rate and times together");
    }

    #[test]
    fn a_fault_meets_its_target_only() {
        let mut faults = Faults::default();
        faults.arm(Fault::new(FaultKind::Http500).on_method(Method::SendMessage));
        faults.arm(Fault::new(FaultKind::Duplicate).on(Target::Webhook));
        assert_eq!(met(&mut faults, 3), 0);
        assert!(faults.strike(Target::Method(Method::GetUpdates), true).is_none());
        assert!(faults.strike(Target::Webhook, true).is_some());
        assert!(faults.strike(Target::Method(Method::SendMessage), false).is_some());
    }

    #[test]
    fn nonsense_is_refused_with_a_reason() {
        let refusals: Vec<_> = [
            r#"{"method":"sendmessage","kind":"http_500"}"#,
            r#"{"kind":"http_501"}"#,
            r#"{"kind":"http_500","every":3}"#,
            r#"{"kind":"http_500","rate":1.5}"#,
            r#"{"kind":"http_500","times":0}"#,
            r#"{"kind":"duplicate","method":"sendMessage"}"#,
            r#"{"kind":"truncate","method":"webhook"}"#,
        ]
        .into_iter()
        .map(|json| match serde_json::from_str::<Fault>(json) {
            Ok(fault) => fault.check().unwrap_err(),
            Err(error) => error.to_string(),
        })
        .collect();
        insta::assert_debug_snapshot!(refusals);
    }

    #[test]
    fn armed_faults_are_bounded() {
        let mut faults = Faults::default();
        let armed = (0..200).filter(|_| faults.arm(Fault::new(FaultKind::Http500))).count();
        assert_eq!(armed, 100);
    }
}
