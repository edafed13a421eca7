//! Kinds of work that a token allows.

use std::fmt;

/// Kind of work with records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenScope {
    /// Find and view records.
    Read,
    /// Add, change and delete records.
    Write,
    /// Make copies that leave LUNNY: files, prints, labels, letters.
    Export,
}

impl TokenScope {
    /// Every kind, in the order in which they are stated.
    pub const ALL: [Self; 3] = [Self::Read, Self::Write, Self::Export];

    /// The name on the command line and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Export => "export",
        }
    }

    fn bit(self) -> u8 {
        match self {
            Self::Read => 1,
            Self::Write => 2,
            Self::Export => 4,
        }
    }
}

impl fmt::Display for TokenScope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Scopes of one token, in no order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenScopes(u8);

impl TokenScopes {
    /// The scopes in `each`.
    pub fn of(each: &[TokenScope]) -> Self {
        Self(each.iter().fold(0, |bits, scope| bits | scope.bit()))
    }

    /// True if a token with these scopes allows work of the kind `scope`.
    pub fn contains(self, scope: TokenScope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// True if no kind of work is allowed.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The scopes in the order of [`TokenScope::ALL`].
    pub fn each(self) -> impl Iterator<Item = TokenScope> {
        TokenScope::ALL
            .into_iter()
            .filter(move |scope| self.contains(*scope))
    }

    /// The scopes that the database states; unknown words allow nothing.
    pub(in crate::store) fn stored(text: &str) -> Self {
        let known = |word: &str| {
            let mut all = TokenScope::ALL.into_iter();
            all.find(|scope| scope.as_str() == word.trim())
        };
        Self::of(&text.split(',').filter_map(known).collect::<Vec<_>>())
    }
}

impl fmt::Display for TokenScopes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, scope) in self.each().enumerate() {
            let before = if index == 0 { "" } else { ", " };
            write!(formatter, "{before}{scope}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_read_back_as_they_are_stated() {
        for bits in 0..8 {
            let scopes = TokenScopes(bits);
            assert_eq!(TokenScopes::stored(&scopes.to_string()), scopes);
        }
        assert_eq!(
            TokenScopes::of(&TokenScope::ALL).to_string(),
            "read, write, export"
        );
        assert!(TokenScopes::stored("administer,readable").is_empty());
    }
}
