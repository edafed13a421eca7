//! Choosing a value without opening the list: arrows step through it, a letter jumps.

use crate::clinical::patient::Choice;
use crate::clinical::text::fold;
use crate::tui::screens::pick_choice::NOT_STATED;

/// Place of a stored word in [`names`]; 0 if it is not one of the words.
pub fn place(choices: &[Choice], kept: &str) -> usize {
    let at = choices.iter().position(|choice| choice.word == kept);
    at.map_or(0, |at| at + 1)
}

/// Names of the choices, with "not stated" first.
pub fn names(choices: &'static [Choice]) -> Vec<&'static str> {
    let labels = choices.iter().map(|choice| choice.label);
    std::iter::once(NOT_STATED).chain(labels).collect()
}

/// Stored word at a place of [`names`].
pub fn word(choices: &[Choice], place: usize) -> &'static str {
    let choice = place.checked_sub(1).and_then(|at| choices.get(at));
    choice.map_or("", |choice| choice.word)
}

/// Place after `from` whose label begins with the letter, starting again at the top; if there is none, one whose word
/// does.
pub fn jump(choices: &[Choice], from: usize, letter: char) -> Option<usize> {
    let letter = fold(&letter.to_string());
    if letter.is_empty() {
        return None;
    }
    let count = choices.len();
    let places: Vec<usize> = (0..count).map(|step| (from + step) % count + 1).collect();
    let label = |place: usize| {
        choices
            .get(place - 1)
            .map_or(String::new(), |choice| fold(choice.label))
    };
    let begins = |place: &usize| label(*place).starts_with(&letter);
    let holds = |place: &usize| {
        label(*place)
            .split(' ')
            .any(|word| word.starts_with(&letter))
    };
    let first = places.iter().copied().find(begins);
    first.or_else(|| places.iter().copied().find(holds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clinical::patient::{Field, Kind};

    fn choices(field: Field) -> &'static [Choice] {
        match field.kind() {
            Kind::Choice(choices) => choices,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_word_has_its_place_after_not_stated() {
        let stages = choices(Field::CancerStage);
        assert_eq!(place(stages, ""), 0);
        assert_eq!(place(stages, "no such word"), 0);
        for (at, choice) in stages.iter().enumerate() {
            assert_eq!(word(stages, place(stages, choice.word)), choice.word);
            assert_eq!(names(stages)[at + 1], choice.label);
        }
        assert_eq!(word(stages, 0), "");
    }

    #[test]
    fn a_letter_steps_through_the_labels_that_begin_with_it() {
        let genders = choices(Field::Gender);
        assert_eq!(jump(genders, 0, 'M'), Some(2));
        assert_eq!(jump(genders, 2, 'm'), Some(2));
        assert_eq!(jump(genders, 2, 'x'), None);
        let responses = choices(Field::TreatmentResponse);
        let partial = jump(responses, 0, 'p');
        assert_eq!(partial, Some(2));
        assert_eq!(jump(responses, 2, 'p'), Some(4));
        assert_eq!(jump(responses, 4, 'p'), Some(2));
    }

    #[test]
    fn a_letter_also_matches_the_start_of_a_stored_word() {
        let stages = choices(Field::CancerStage);
        let first = jump(stages, 0, 'i').map(|place| word(stages, place));
        assert_eq!(first, Some("ia1"));
        assert_eq!(
            jump(stages, 0, '0').map(|place| word(stages, place)),
            Some("0")
        );
    }
}
