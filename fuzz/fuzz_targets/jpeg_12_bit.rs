//! Fuzz target: pixels in JPEG of 12 bits.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| lunny_fuzz::packed_pixels("1.2.840.10008.1.2.4.51", bytes));
