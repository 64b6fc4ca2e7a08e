//! Figures: what people read, and what programs read.

use std::sync::atomic::{AtomicBool, Ordering};

static JSON: AtomicBool = AtomicBool::new(false);

/// From now on, standard output is for programs.
pub(crate) fn as_json() {
    JSON.store(true, Ordering::Relaxed);
}

pub(crate) fn is_json() -> bool {
    JSON.load(Ordering::Relaxed)
}

/// A line for people.
macro_rules! say {
    ($($what:tt)*) => {
        if $crate::figures::is_json() { eprintln!($($what)*) } else { println!($($what)*) }
    };
}

/// A number that stands alone.
pub(crate) fn alone(name: &str, value: impl Into<f64>, unit: &str) {
    if is_json() {
        let value: f64 = value.into();
        println!("{{\"name\":{name:?},\"value\":{value},\"unit\":{unit:?}}}");
    }
}

/// A number, and what part it is of another that was measured beside it.
#[allow(dead_code)] // Not every bench has something beside it.
pub(crate) fn beside(name: &str, value: f64, unit: &str, (of, ratio): (&str, f64)) {
    if is_json() {
        println!(
            "{{\"name\":{name:?},\"value\":{value},\"unit\":{unit:?},\"of\":{of:?},\"ratio\":{ratio}}}"
        );
    }
}
