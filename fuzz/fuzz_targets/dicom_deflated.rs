//! Fuzz target: a deflated DICOM data set.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| lunny_fuzz::deflated(bytes));
