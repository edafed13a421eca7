//! Fuzz target: every element of a DICOM file as text.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| lunny_fuzz::elements(bytes));
