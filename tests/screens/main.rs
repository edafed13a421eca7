//! The screens, driven by keys and drawn into memory: real store, real files, a network that answers
//! what the test says.

mod ct_slice;
mod flows;
mod looks;
mod nodules;
mod odd_terminals;
mod stage;
#[path = "../support/mod.rs"]
mod support;
