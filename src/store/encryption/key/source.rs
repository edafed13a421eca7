//! Where the key may come from besides the file in the home.

use std::fmt;

use zeroize::Zeroizing;

use super::DatabaseKey;

/// Characters that a passphrase has at least.
pub const SHORTEST_PASSPHRASE: usize = 12;

/// What locks a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum KeyKind {
    /// A random key in the file `lunny.key`.
    #[default]
    File,
    /// A passphrase that is asked for at every start.
    Passphrase,
}

/// Where to look for the key, as the configuration settled it. The default looks into the home's key file only.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeySource {
    /// The key itself; nothing else is looked at then.
    pub given: Option<DatabaseKey>,
    /// The passphrase, for a database that was made with one.
    pub passphrase: Option<Passphrase>,
    /// What a database that has to be made is locked with.
    pub new_database: KeyKind,
}

/// A passphrase of a database, wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// Takes the text; nothing if it has fewer than [`SHORTEST_PASSPHRASE`] characters.
    pub fn new(text: impl Into<Zeroizing<String>>) -> Option<Self> {
        let text = text.into();
        (text.chars().count() >= SHORTEST_PASSPHRASE).then_some(Self(text))
    }

    pub(super) fn text(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Passphrase(hidden)")
    }
}
