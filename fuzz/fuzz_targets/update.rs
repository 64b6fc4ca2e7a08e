//! libFuzzer drives `zaloxide_fuzz::update`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| zaloxide_fuzz::update::check(bytes));
