//! Fuzz target: the first page of a PDF file.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| lunny_fuzz::page(bytes));
