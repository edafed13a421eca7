//! Fuzz target: a JPEG file behind its first marker.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| lunny_fuzz::frames_behind(b"\xff\xd8\xff", bytes));
