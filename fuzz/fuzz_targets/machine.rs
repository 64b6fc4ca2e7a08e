//! libFuzzer drives `zaloxide_fuzz::machine`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| zaloxide_fuzz::machine::check(bytes));
