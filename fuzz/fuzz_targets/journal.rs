//! libFuzzer drives `zaloxide_fuzz::journal`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| zaloxide_fuzz::journal::check(bytes));
