//! Promises of work that takes a while: it is done on a thread of its own, for the event loop waits
//! for nobody, and libuv's few threads belong to whoever else needs them.

use std::thread;

use napi::bindgen_prelude::{Object, ToNapiValue};
use napi::{Env, Result};

use crate::fault::Fault;

/// Has something done; a promise of what comes of it.
pub(crate) fn promise<T>(
    env: &Env,
    work: impl FnOnce() -> std::result::Result<T, Fault> + Send + 'static,
) -> Result<Object<'_>>
where
    T: ToNapiValue + Send + 'static,
{
    let (deferred, promise) = env.create_deferred()?;
    let run = move || match work() {
        Ok(value) => deferred.resolve(move |_| Ok(value)),
        Err(fault) => deferred.reject(fault.into()),
    };
    let spawned = thread::Builder::new().name("zaloxide-work".into()).spawn(run);
    spawned.map_err(|error| Fault::new("StartError", error))?;
    Ok(promise)
}
