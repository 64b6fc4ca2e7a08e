//! libFuzzer drives `zaloxide_fuzz::config`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| zaloxide_fuzz::config::check(bytes));
