//! `lunny serve` with the real OpenSSH clients. Where they are not installed these tests pass without doing anything, and
//! [`support::clients`] says so.

mod files;
mod hostile;
mod second_factor;
mod sessions;
mod story;
mod support;
mod unit;
