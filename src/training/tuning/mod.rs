//! Fine-tuning the last stages of the network on the processor, by hand: every convolution is one product of
//! matrices in memory that is allocated once.

pub mod adamw;
pub mod layers;
pub mod loss;
pub mod parameters;
pub mod pass;
pub mod product;
pub mod room;
pub mod schedule;
pub mod window;

#[cfg(test)]
mod tests;
