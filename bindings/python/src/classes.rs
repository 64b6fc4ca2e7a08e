//! `Classes`: the dataclasses of `zaloxide.actions`, looked up once.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

macro_rules! classes {
    ($($field:ident = $name:literal),+ $(,)?) => {
        /// The dataclasses, by what they stand for.
        pub(crate) struct Classes { $(pub(crate) $field: Py<PyAny>),+ }

        impl Classes {
            /// All of them; the module is imported when the first is needed.
            pub(crate) fn get(py: Python<'_>) -> PyResult<&Self> {
                static CLASSES: PyOnceLock<Classes> = PyOnceLock::new();
                CLASSES.get_or_try_init(py, || {
                    let module = py.import("zaloxide.actions")?;
                    Ok(Self { $($field: module.getattr($name)?.unbind()),+ })
                })
            }
        }
    };
}

classes! {
    commit = "Commit",
    settle = "Settle",
    start_call = "StartCall",
    send_chunk = "SendChunk",
    cancel_call = "CancelCall",
    fetch_media = "FetchMedia",
    prepare_media = "PrepareMedia",
    deliver = "Deliver",
    abandon = "Abandon",
    issue_code = "IssueCode",
    dropped = "Drop",
    note = "Note",
    stopped = "Stopped",
    status = "Status",
    done = "Done",
    fault = "Fault",
    cause = "Cause",
    timeout = "Timeout",
    snapshot = "Snapshot",
}

/// The dataclasses of `zaloxide.envelope`: all that a bot needs of them.
pub(crate) struct Shapes {
    pub(crate) envelope: Py<PyAny>,
    pub(crate) sender: Py<PyAny>,
    pub(crate) chat: Py<PyAny>,
    pub(crate) medium: Py<PyAny>,
}

impl Shapes {
    /// All of them.
    pub(crate) fn get(py: Python<'_>) -> PyResult<&Self> {
        static SHAPES: PyOnceLock<Shapes> = PyOnceLock::new();
        SHAPES.get_or_try_init(py, || {
            let module = py.import("zaloxide.envelope")?;
            let class = |name| module.getattr(name).map(Bound::unbind);
            Ok(Self {
                envelope: class("Envelope")?,
                sender: class("Sender")?,
                chat: class("Chat")?,
                medium: class("Medium")?,
            })
        })
    }
}
