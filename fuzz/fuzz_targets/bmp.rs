//! Fuzz target: a BMP file behind its signature.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| lunny_fuzz::frames_behind(b"BM", bytes));
