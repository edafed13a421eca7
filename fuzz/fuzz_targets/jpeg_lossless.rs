//! Fuzz target: pixels in lossless JPEG.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| lunny_fuzz::packed_pixels("1.2.840.10008.1.2.4.70", bytes));
