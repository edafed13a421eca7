//! Fuzz target: a gzipped volume behind the header of gzip.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| lunny_fuzz::frames_behind(b"\x1f\x8b\x08\0\0\0\0\0\0\x03", bytes));
