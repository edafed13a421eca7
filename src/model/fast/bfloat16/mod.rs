//! The network in bfloat16: activations and weights in bfloat16, sums in single precision, by AMX.
//!
//! A pixel's channels lie side by side, so the sixteen pixels by 32 channels that a tile of the processor takes are
//! read where they are, without a copy. The order of the pixels ([`layout`]) is chosen so that the windows of every
//! convolution, with stride 1 or 2, lie at one distance from each other: an order with zeros around the rows, or with
//! the even and the odd rows and columns apart. A [`walk`] names the pixels that a [`convolution`] reads and writes;
//! batch norm, residual and ReLU are applied when a tile of sums is stored ([`store`]). Images may have any height
//! and width. [`method::Method::Portable`] does the same by plain loops, for tests on other processors.

pub mod convolution;
pub mod layout;
pub mod method;
pub mod network;
pub mod plan;
pub mod read;
pub mod stem;
pub mod store;
pub mod walk;

#[cfg(test)]
mod tests;
