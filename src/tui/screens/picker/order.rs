//! Order of the entries of a folder: by name, the newest first, or the largest first.

use std::cmp::Reverse;

use crate::tui::folder::Entry;

/// Order of the files and folders in the list. Folders always come before files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Order {
    #[default]
    Name,
    Newest,
    Largest,
}

impl Order {
    /// Name under which the account keeps its order.
    pub(super) const PREFERENCE: &'static str = "picker order";

    /// The next order, for the key that switches it.
    pub(super) fn next(self) -> Self {
        match self {
            Self::Name => Self::Newest,
            Self::Newest => Self::Largest,
            Self::Largest => Self::Name,
        }
    }

    /// The order in words, as it is shown and kept.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Name => "by name",
            Self::Newest => "newest first",
            Self::Largest => "largest first",
        }
    }

    /// The order that was kept in these words; by name for any other words.
    pub(super) fn of_words(words: &str) -> Self {
        let mut known = [Self::Newest, Self::Largest].into_iter();
        known
            .find(|order| order.words() == words)
            .unwrap_or_default()
    }

    /// Puts entries into this order; equal ones by name.
    pub(super) fn sort(self, entries: &mut [Entry]) {
        entries.sort_by_cached_key(|entry| {
            let newest = (self == Self::Newest).then_some(entry.changed).flatten();
            let largest = match self {
                Self::Largest if !entry.is_folder => entry.bytes,
                _ => 0,
            };
            (
                !entry.is_folder,
                Reverse(newest),
                Reverse(largest),
                entry.name.to_lowercase(),
            )
        });
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn entry(name: &str, is_folder: bool, bytes: u64, second: i64) -> Entry {
        Entry {
            path: name.into(),
            name: name.into(),
            is_folder,
            bytes,
            changed: Timestamp::from_second(second).ok(),
        }
    }

    #[test]
    fn every_order_keeps_folders_first_and_returns_from_its_words() {
        let mut entries = [
            entry("a.dcm", false, 5, 30),
            entry("B.dcm", false, 9, 10),
            entry("c.dcm", false, 1, 20),
            entry("old", true, 4096, 1),
            entry("new", true, 4096, 40),
        ];
        let mut order = Order::default();
        for expected in [
            ["new", "old", "a.dcm", "B.dcm", "c.dcm"],
            ["new", "old", "a.dcm", "c.dcm", "B.dcm"],
            ["new", "old", "B.dcm", "a.dcm", "c.dcm"],
        ] {
            order.sort(&mut entries);
            let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
            assert_eq!(names, expected, "{order:?}");
            assert_eq!(Order::of_words(order.words()), order);
            order = order.next();
        }
        assert_eq!(order, Order::Name);
        assert_eq!(Order::of_words("by colour"), Order::Name);
    }
}
