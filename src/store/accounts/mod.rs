//! Access control: owners of the installation, hospitals and their accounts, passwords and second factors, signing in, sessions
//! and tokens.

pub(super) mod account;
pub(super) mod administration;
pub(super) mod hashing;
pub(super) mod history;
pub(super) mod hospital;
pub(super) mod identity;
pub(super) mod owner;
pub mod password;
pub(super) mod password_change;
pub(super) mod registration;
pub(super) mod role;
pub(super) mod second_factor;
pub(super) mod secret;
pub(super) mod session;
pub(super) mod sign_in;
mod source;
pub(super) mod ssh_key;
pub(super) mod throttle;
pub(super) mod token;
pub(super) mod token_scope;
pub(super) mod totp;
