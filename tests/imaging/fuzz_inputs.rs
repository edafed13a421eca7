//! The fuzz targets, without the fuzzer: each takes any bytes.

#[path = "../../fuzz/lib.rs"]
mod lunny_fuzz;

use std::fs;
use std::path::Path;

use self::lunny_fuzz::{
    deflated, elements, frames, frames_behind, packed_pixels, page, plain_pixels, series_of,
};

#[test]
fn every_target_reads_any_bytes() {
    let pictures: Vec<u8> = (0..4096u32)
        .flat_map(|number| (number * 7).to_le_bytes())
        .collect();
    for bytes in [&b""[..], b"\xff\xd8\xff\xd9", &[0; 300], &pictures] {
        frames(bytes);
        frames_behind(b"BM", bytes);
        for syntax in ["5", "4.50", "4.70", "4.80", "4.90", "4.110", "4.201"] {
            packed_pixels(&format!("1.2.840.10008.1.2.{syntax}"), bytes);
        }
        plain_pixels(bytes);
        deflated(bytes);
        elements(bytes);
        series_of("DICOMDIR", bytes);
        page(bytes);
    }
}

#[test]
fn every_target_is_named_in_the_manifest() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz"));
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    for entry in fs::read_dir(folder.join("fuzz_targets")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let path = format!("path = \"fuzz_targets/{name}\"");
        assert!(manifest.contains(&path), "{path}");
    }
}
