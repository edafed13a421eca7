//! The encrypted database file: its key, SQLCipher, and safe changes of either.

pub(super) mod cipher;
pub mod key;
pub(super) mod lock;
pub(super) mod plain;
pub(super) mod rotation;
pub(super) mod unlocking;
