//! libFuzzer drives `zaloxide_fuzz::response`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| zaloxide_fuzz::response::check(bytes));
