//! Time to open a series: 300 slices of 512 × 512, uncompressed, from opening to the first picture and to the
//! last decoded one. Writes them to a temporary folder first.

use std::path::Path;
use std::time::{Duration, Instant};

use lunny::cancel::Cancel;
use lunny::imaging::{Series, series};

#[path = "../tests/support/dicom_series.rs"]
#[allow(dead_code, reason = "a bench uses less of it than the tests")]
mod dicom_series;

const SLICES: u32 = 300;
const SIDE: u16 = 512;
const TIMES: usize = 5;

fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    dicom_series::write_series(folder.path(), "1.5", SLICES, SIDE);
    let mut runs: Vec<[Duration; 4]> = (0..TIMES).map(|_| run(folder.path())).collect();
    println!("{SLICES} slices of {SIDE} × {SIDE}, median and worst of {TIMES}");
    for (index, what) in ["headers", "first picture", "all decoded", "hash"]
        .iter()
        .enumerate()
    {
        runs.sort_by_key(|run| run[index]);
        println!(
            "{what:<15}{:>9.1?}{:>9.1?}",
            runs[TIMES / 2][index],
            runs[TIMES - 1][index]
        );
    }
}

/// Times since the start: series open, first picture decoded, all decoded, all hashed.
fn run(folder: &Path) -> [Duration; 4] {
    let cancel = Cancel::default();
    let start = Instant::now();
    let opened = series::open(folder, &cancel, &|_| {}).expect("a series");
    let series: &Series = opened.first().expect("one series");
    assert_eq!(series.len(), SLICES as usize);
    let open = start.elapsed();
    series.slice(series.len() / 2).expect("a picture");
    let first = start.elapsed();
    let every = |_, slice: Result<_, _>| _ = slice.expect("a picture");
    series.visit(&cancel, &|_| {}, every).expect("the end");
    let all = start.elapsed();
    series.summary(&cancel, &|_| {}).expect("a hash");
    [open, first, all, start.elapsed()]
}
