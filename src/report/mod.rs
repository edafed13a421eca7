//! What leaves the house: reports as text, to a printer, a file or the clipboard.

pub mod deidentified;
pub mod delivery;
pub mod nodules;
pub mod record;
pub mod table;
pub mod text;

pub use delivery::{Delivery, DeliveryError};
