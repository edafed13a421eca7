//! Fuzz target: a PNG file behind its signature.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| lunny_fuzz::frames_behind(b"\x89PNG\r\n\x1a\n", bytes));
