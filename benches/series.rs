//! Time to open a series: 300 slices of 512 × 512, uncompressed, from opening to the first picture and to the
//! last decoded one. Writes them to a temporary folder first.
//! Measures this process first, then child processes.

use std::path::Path;
use std::time::{Duration, Instant};

use lunny::cancel::Cancel;
use lunny::decode;
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
    // From the first call on, children decode; so this process goes first.
    let here = runs(folder.path());
    decode::use_program(env!("CARGO_BIN_EXE_lunny").into());
    let children = runs(folder.path());
    println!("{SLICES} slices of {SIDE} × {SIDE}, median and worst of {TIMES}");
    println!("{:<15}{:>20}{:>20}", "", "this process", "child processes");
    let steps = ["headers", "first picture", "all decoded", "hash"];
    for (what, [here, children]) in steps
        .iter()
        .zip(here.into_iter().zip(children).map(<[_; 2]>::from))
    {
        print!("{what:<15}");
        for [median, worst] in [here, children] {
            print!("{median:>11.1?}{worst:>9.1?}");
        }
        println!();
    }
}

/// Median and worst time of each step.
fn runs(folder: &Path) -> Vec<[Duration; 2]> {
    let mut runs: Vec<[Duration; 4]> = (0..TIMES).map(|_| run(folder)).collect();
    let step = |index: usize| {
        runs.sort_by_key(|run| run[index]);
        [runs[TIMES / 2][index], runs[TIMES - 1][index]]
    };
    (0..4).map(step).collect()
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
