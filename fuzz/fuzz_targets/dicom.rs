//! Fuzz target: a file of any format, DICOM files above all.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| lunny_fuzz::frames(bytes));
