//! libFuzzer drives `zaloxide_fuzz::webhook`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| zaloxide_fuzz::webhook::check(bytes));
