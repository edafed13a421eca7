//! Second factor of the signed-in user's account: setting it up in an authenticator, or removing it.

mod enrol;
mod remove;

pub use enrol::Enrol;
pub use remove::Remove;
