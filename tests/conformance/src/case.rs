//! A case: its file, read. Unknown keys are errors, so that a slip of the pen is no silent pass.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// One behaviour.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What the channel does, as one sentence.
    pub title: String,
    /// Why it does that.
    pub why: String,
    /// Steps that come first, by the name of a file in `preludes`.
    #[serde(default)]
    pub prelude: Option<String>,
    /// The account's configuration.
    pub config: Value,
    /// 64 hex digits.
    pub seed: String,
    /// When the channel is made, Unix ms.
    pub now: u64,
    /// A journal to restore from, `[number, record]` each. Absent: a new channel.
    #[serde(default)]
    pub records: Option<Vec<(u64, Value)>>,
    /// The journal can't be restored, and this is what is said. There are no steps then.
    #[serde(default)]
    pub damaged: Option<Value>,
    /// What happens, and what the channel does about it.
    #[serde(default)]
    pub steps: Vec<Step>,
}

/// Something that happens, and what the channel does about it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Remarks for the reader.
    #[serde(default)]
    pub why: Option<String>,
    /// When, Unix ms. Absent: when the step before happened.
    #[serde(default)]
    pub at: Option<u64>,
    /// What. Absent: nothing is handed in; what the channel has to say all the same is looked at.
    #[serde(default)]
    pub event: Option<Value>,
    /// Instead of an event: the process ends, and begins again.
    #[serde(default)]
    pub restart: Option<Restart>,
    /// `"ok"`, or `{"refused": ..}`.
    #[serde(default = "ok")]
    pub expect: Value,
    /// All actions that come of it, in order; or a pattern for their list.
    #[serde(default = "none")]
    pub actions: Value,
    /// What `poll_timeout` says afterwards; `null` for nothing. Absent: not looked at.
    #[serde(default, deserialize_with = "present")]
    pub timeout: Option<Value>,
}

/// The process ends, and begins again.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Restart {
    /// 64 hex digits.
    pub seed: String,
    /// Another configuration.
    #[serde(default)]
    pub config: Option<Value>,
    /// From what it is restored.
    #[serde(default)]
    pub keep: Keep,
}

/// From what a channel is restored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keep {
    /// All records that were reported durable.
    #[default]
    Durable,
    /// All records that were offered: written, but the report was lost.
    Offered,
    /// The channel's own snapshot.
    Snapshot,
    /// No journal at all: another account begins.
    Nothing,
}

fn ok() -> Value {
    Value::from("ok")
}

fn none() -> Value {
    Value::Array(Vec::new())
}

/// Tells `null` from absent.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// Steps that several cases begin with.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Prelude {
    #[allow(dead_code, reason = "for the reader of the file")]
    title: String,
    #[serde(default, rename = "prelude")]
    before: Option<String>,
    steps: Vec<Step>,
}

/// Why a file is no case.
#[derive(Debug)]
pub struct Load {
    path: PathBuf,
    reason: String,
}

impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.reason)
    }
}

impl std::error::Error for Load {}

impl Case {
    /// Reads a case, its prelude's steps before its own.
    pub fn load(path: &Path) -> Result<Self, Load> {
        let mut case: Self = read(path)?;
        let mut name = case.prelude.clone();
        while let Some(prelude) = name {
            let prelude: Prelude = read(&folder("preludes").join(format!("{prelude}.json")))?;
            let later = std::mem::replace(&mut case.steps, prelude.steps);
            case.steps.extend(later);
            name = prelude.before;
        }
        Ok(case)
    }
}

fn read<T: for<'de> Deserialize<'de>>(path: &Path) -> Result<T, Load> {
    let fail = |reason: String| Load { path: path.to_path_buf(), reason };
    let text = fs::read_to_string(path).map_err(|error| fail(error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| fail(error.to_string()))
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The files of all cases, in order.
pub fn all() -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for topic in fs::read_dir(folder("cases"))? {
        for file in fs::read_dir(topic?.path())? {
            files.push(file?.path());
        }
    }
    files.retain(|path| path.extension().is_some_and(|end| end == "json"));
    files.sort();
    Ok(files)
}
