//! Files to pixels. One entrance for every format: [`load`].

pub mod scan;
pub mod window;

pub use scan::{Format, Modality, Pixels, Provenance, Scan};
pub use window::Window;
