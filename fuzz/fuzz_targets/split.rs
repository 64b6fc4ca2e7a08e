//! libFuzzer drives `zaloxide_fuzz::split`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| zaloxide_fuzz::split::check(bytes));
