//! The networks: what they compute, how they are trained, and the weights in the repository.

mod attention;
mod fast;
mod lesion_training;
mod resnet;
mod shipped_weights;
#[path = "../support/mod.rs"]
mod support;
mod training;
