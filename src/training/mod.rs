//! Learning a classifier: labelled slices, folds by case, features, the head, and how good it is.
//!
//! Frozen-backbone training runs every slice through the backbone once ([`features`]) and learns the
//! last layer from what comes out ([`trainer`]); [`session`] is the whole run. Every figure that is stated comes from cases that the
//! judging head had not seen.

pub mod calibration;
pub mod dataset;
pub mod evaluation_set;
pub mod features;
pub mod folds;
pub mod labels;
pub mod lbfgs;
pub mod logistic;
pub mod metrics;
pub mod plots;
pub mod session;
pub mod trainer;
pub mod views;
pub mod weight_file;
