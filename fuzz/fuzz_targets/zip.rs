//! Fuzz target: an archive of scans.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| lunny_fuzz::series_of("scans.zip", bytes));
