//! Fuzz target: the list of files on a disc.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| lunny_fuzz::series_of("DICOMDIR", bytes));
