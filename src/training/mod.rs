//! Training and evaluation of classifiers: labelled slices, folds by case, features, the head, and metrics.
//!
//! [`session`] is a whole run; [`plan`] assigns slices to training, validation and test. With a frozen backbone
//! every slice runs through it once ([`features`]) and the last layer is trained on the features ([`trainer`]).
//! Otherwise the frozen stages run once for every view of a slice ([`activations`]) and the later ones are
//! trained on top ([`finetune`], [`fit`], [`tuning`]). All reported figures come from held-out slices.

pub mod activations;
pub mod augment;
pub mod calibration;
pub mod dataset;
pub mod evaluated;
pub mod evaluation_set;
pub mod features;
pub mod finetune;
pub mod fit;
pub mod folds;
pub mod frozen;
pub mod labels;
pub mod lbfgs;
pub mod lesions;
pub mod logistic;
pub mod metrics;
pub mod plan;
pub mod plots;
pub mod progress;
pub mod range;
pub mod rng;
pub mod run_folder;
pub mod session;
pub mod trainer;
pub mod tuning;
pub mod views;
pub mod weight_file;
