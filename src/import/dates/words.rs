//! Words of dates: names of months and weekdays in many languages.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::import::word_list;

/// Meaning of a word within a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// A month, by its English name.
    Month(&'static str),
    Weekday,
    /// A word between the parts, such as `de`.
    Nothing,
}

/// The meaning of a folded word. None for English months, which are read as they are, and for other words.
pub(super) fn word(folded: &str) -> Option<Word> {
    static WORDS: LazyLock<HashMap<&'static str, Word>> = LazyLock::new(words);
    WORDS.get(folded).copied()
}

fn words() -> HashMap<&'static str, Word> {
    let mut words = HashMap::new();
    for (kind, names) in word_list::lines(include_str!("words.txt")) {
        let meaning = match kind {
            "weekday" => Word::Weekday,
            "nothing" => Word::Nothing,
            month => Word::Month(month),
        };
        words.extend(names.into_iter().map(|name| (name, meaning)));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clinical::text::fold;

    #[test]
    fn a_word_means_one_thing_and_is_written_as_it_is_compared() {
        let mut seen = HashMap::new();
        for (kind, names) in word_list::lines(include_str!("words.txt")) {
            for name in names {
                assert_eq!(fold(name), name);
                assert_eq!(seen.insert(name, kind), None, "{name}");
            }
        }
    }
}
