//! The database as a file that opens with a key alone: the key, SQLCipher, and changing either safely.

pub(super) mod cipher;
pub mod key;
pub(super) mod lock;
pub(super) mod plain;
pub(super) mod rotation;
pub(super) mod unlocking;
