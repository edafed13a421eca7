//! Fuzz target: uncompressed pixels: palettes, colours and floating-point numbers.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| lunny_fuzz::plain_pixels(bytes));
