//! Fuzz target: packed pixels of JPEG XL.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    lunny_fuzz::packed_pixels("1.2.840.10008.1.2.4.110", &[b"\xff\x0a", bytes].concat());
});
