//! Rank of a patient for a typed text.

use super::stored::Entry;
use super::typed::Typed;
use crate::clinical::text::begins_a_word;

/// The ranks, best first. A patient that has one of the first four also satisfies every later one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Rank {
    /// The text is the number or the name.
    Equal,
    /// The name begins with the text; each further word begins any word.
    NameStarts,
    /// Every word of the text begins a word, or states a fact of the record.
    WordStarts,
    /// Every word of the text occurs, or states a fact of the record.
    Inside,
    /// The name is another spelling of the text.
    Respelled,
    /// The name differs from the text by one letter.
    OneLetter,
    /// The name differs from the text by two letters.
    TwoLetters,
}

impl Rank {
    /// The ranks of patients that match.
    pub(super) const MATCHING: [Self; 4] = [
        Self::Equal,
        Self::NameStarts,
        Self::WordStarts,
        Self::Inside,
    ];

    /// The ranks of patients that are only similar, each with one more differing letter.
    pub(super) const SIMILAR: [Self; 3] = [Self::Respelled, Self::OneLetter, Self::TwoLetters];
}

impl Typed {
    /// The rank of a patient; none if neither the words occur nor another reading of them fits.
    pub(super) fn rank(&self, entry: &Entry) -> Option<Rank> {
        let literal = literal(&self.whole, &self.words(), entry.texts());
        let readings = self.readings.iter().filter_map(|reading| {
            let words = literal_words(&reading.words(), entry.texts())?;
            reading.is_met_by(entry).then_some(words)
        });
        literal.into_iter().chain(readings).min()
    }

    /// True if every word begins a word of the name or the number.
    pub(super) fn names(&self, entry: &Entry) -> bool {
        let text: Vec<&str> = entry.texts().lines().take(2).collect();
        let text = text.join("\n");
        let words = self.words();
        !words.is_empty() && words.iter().all(|word| begins_a_word(&text, word))
    }
}

/// The rank by the words alone, in the folded fields, one per line.
fn literal(whole: &str, words: &[&str], text: &str) -> Option<Rank> {
    let rank = literal_words(words, text)?;
    if text.lines().take(2).any(|field| field == whole) {
        return Some(Rank::Equal);
    }
    match words.first() {
        Some(first) if rank == Rank::WordStarts && text.starts_with(first) => {
            Some(Rank::NameStarts)
        }
        _ => Some(rank),
    }
}

fn literal_words(words: &[&str], text: &str) -> Option<Rank> {
    if words.iter().any(|word| !text.contains(word)) {
        return None;
    }
    match words.iter().all(|word| begins_a_word(text, word)) {
        true => Some(Rank::WordStarts),
        false => Some(Rank::Inside),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patient_has_the_best_rank_that_fits() {
        let text = "maria o'brien\np-0042\nsister of amaria: see brie";
        for (text_typed, rank) in [
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
            let typed = Typed::new(text_typed);
            let found = literal(&typed.whole, &typed.words(), text);
            assert_eq!(found, rank, "{text_typed}");
        }
    }
}
