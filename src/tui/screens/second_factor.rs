//! The second factor of one's own account: made known to an authenticator, or taken off.

mod enrol;
mod remove;

pub use enrol::Enrol;
pub use remove::Remove;
