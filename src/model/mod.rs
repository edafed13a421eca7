//! The network: its weights, the engines that run it and the gate in front of it.

pub mod engine;
pub mod gate;

pub use engine::{Cancel, Engine, EngineError};
