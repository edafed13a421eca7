//! The network: its weights, the engines that run it and the gate in front of it.

pub mod engine;
pub mod resnet;

pub use engine::{Cancel, Engine, EngineError};
