//! Fuzz target: a TIFF file behind its signature.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| lunny_fuzz::frames_behind(b"II*\0", bytes));
