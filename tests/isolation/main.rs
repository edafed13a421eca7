//! Files from outside are decoded by child processes of the program. They are shared by all that a test program does, so
//! these tests are a program of their own and run one at a time.
#![cfg(target_os = "linux")]

mod children;
mod photos;

#[path = "../support/dicom_series.rs"]
#[allow(dead_code, reason = "these tests need less of it than others")]
mod dicom_series;

use std::sync::{Mutex, MutexGuard, PoisonError};

use lunny::decode;

/// Lets children of the program decode, one test at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    decode::use_program(env!("CARGO_BIN_EXE_lunny").into());
    alone
}
