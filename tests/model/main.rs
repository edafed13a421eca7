//! The networks: their outputs, their training, and the weights in the repository.

mod attention;
mod fast;
mod lesion_training;
mod precision;
mod resnet;
mod shipped_weights;
#[path = "../support/mod.rs"]
mod support;
mod training;
