//! Rank of a patient for a typed text.

use super::grams::starts_word;

/// The ranks, best first. A patient that has one also satisfies every later one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Rank {
    /// The text is the number or the name.
    Equal,
    /// The name begins with the text; each further word begins any word.
    NameStarts,
    /// Every word of the text begins a word.
    WordStarts,
    /// Every word of the text occurs.
    Inside,
}

impl Rank {
    pub(super) const ALL: [Self; 4] = [
        Self::Equal,
        Self::NameStarts,
        Self::WordStarts,
        Self::Inside,
    ];
}

/// The typed text, folded.
#[derive(Debug, Default)]
pub(super) struct Typed {
    /// Words with single spaces between them.
    pub(super) whole: String,
    /// Each word once, in the order of typing.
    words: Vec<String>,
}

impl Typed {
    pub(super) fn new(text: &str) -> Self {
        let whole = crate::clinical::text::fold(text);
        let mut seen = std::collections::HashSet::new();
        let words = whole.split(' ').filter(|word| !word.is_empty());
        let words = words.filter(|&word| seen.insert(word));
        let words = words.map(str::to_owned).collect();
        Self { whole, words }
    }

    pub(super) fn words(&self) -> Vec<&str> {
        self.words.iter().map(String::as_str).collect()
    }

    /// The rank of a patient by the folded fields, one per line; none if a word does not occur.
    pub(super) fn rank(&self, text: &str) -> Option<Rank> {
        if self.words.iter().any(|word| !text.contains(word.as_str())) {
            return None;
        }
        if text.lines().take(2).any(|field| field == self.whole) {
            return Some(Rank::Equal);
        }
        let starts = |word: &String| begins_a_word(text, word);
        if !self.words.iter().all(starts) {
            return Some(Rank::Inside);
        }
        match self.words.first() {
            Some(first) if text.starts_with(first.as_str()) => Some(Rank::NameStarts),
            _ => Some(Rank::WordStarts),
        }
    }
}

/// True if `word` occurs at the start of a word. Occurrences may overlap: the second of three emoji begins a word where the first
/// does not.
fn begins_a_word(text: &str, word: &str) -> bool {
    let mut from = 0;
    while let Some(at) = text[from..].find(word).map(|at| from + at) {
        if starts_word(text[..at].chars().next_back()) {
            return true;
        }
        let first = text[at..].chars().next().map_or(1, char::len_utf8);
        from = at + first;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlapping_occurrences_are_all_checked() {
        assert!(begins_a_word("一🙂🙂🙂", "🙂🙂"));
        assert!(begins_a_word("xa'a'a", "a'a"));
        assert!(!begins_a_word("xaaa", "aa"));
    }

    #[test]
    fn a_patient_has_the_best_rank_that_fits() {
        let text = "maria o'brien\np-0042\nsister of amaria: see brie";
        for (typed, rank) in [
            ("Maria O’Brien", Some(Rank::Equal)),
            ("P-0042", Some(Rank::Equal)),
            ("mar", Some(Rank::NameStarts)),
            ("maria bri", Some(Rank::NameStarts)),
            ("brien maria", Some(Rank::WordStarts)),
            ("0042", Some(Rank::WordStarts)),
            ("aria", Some(Rank::Inside)),
            ("mar aria", Some(Rank::Inside)),
            ("maria x", None),
            ("brien p", Some(Rank::WordStarts)),
            ("brienp", None),
        ] {
            assert_eq!(Typed::new(typed).rank(text), rank, "{typed}");
        }
    }
}
