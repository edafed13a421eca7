//! Fuzz target: a NIfTI volume behind the length of its header.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| lunny_fuzz::frames_behind(&348u32.to_le_bytes(), bytes));
