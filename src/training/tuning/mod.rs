//! Fine-tuning the last stages of the network. On the processor by hand ([`pass`]): every convolution is one
//! product of matrices in memory that is allocated once. On a GPU by candle ([`tracked`]).

pub mod adamw;
pub mod bf16;
pub mod loss;
pub mod parameters;
pub mod pass;
pub mod passes;
pub mod schedule;
pub mod scratch;
pub mod tracked;
pub mod window;

#[cfg(test)]
pub(in crate::training) mod tests;
