//! Strength of a password, for the meter beside the field and for registration.
//!
//! After NIST SP 800-63B-4: at least 15 characters counted as code points, long ones allowed, no rules on kinds of characters,
//! and commonly used or expected passwords are refused.

use zxcvbn::feedback::{Suggestion, Warning};

/// Minimum number of characters (code points) of a password.
pub const MIN_CHARACTERS: usize = 15;

/// Maximum number of bytes of a password, far beyond any sentence.
pub const MAX_BYTES: usize = 1024;

/// Lowest score that is accepted; below it a password counts as commonly used or expected.
const LOWEST_SCORE: u8 = 3;

/// Number of characters that are estimated of a longer password, so that the meter keeps up with typing. The hash covers the
/// whole password.
const ESTIMATED_CHARACTERS: usize = 64;

/// The estimate that the meter shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strength {
    /// 0 to 4; at most 2 for a password that is not accepted.
    pub score: u8,
    /// The score in words.
    pub label: &'static str,
    /// One sentence of advice; none if nothing needs to be improved.
    pub advice: Option<String>,
    /// True if registration accepts the password.
    pub acceptable: bool,
}

/// Estimates `password` for a person of whom `about` is known: hospital, id, name, email.
pub fn strength(password: &str, about: &[&str]) -> Strength {
    let characters = password.chars().count();
    let known = expected(about);
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let entropy = weaker_estimate(password, &known);
    let score = u8::from(entropy.score());

    let refusal = if characters < MIN_CHARACTERS {
        let missing = MIN_CHARACTERS - characters;
        Some(format!(
            "Use at least {MIN_CHARACTERS} characters, {missing} more: a few unrelated words do well."
        ))
    } else if password.len() > MAX_BYTES {
        Some(format!("Use at most {MAX_BYTES} bytes."))
    } else if score < LOWEST_SCORE {
        let advice = entropy.feedback().and_then(advice);
        Some(advice.unwrap_or("Add an uncommon word or two.").to_owned())
    } else {
        None
    };
    let acceptable = refusal.is_none();
    let score = if acceptable { score } else { score.min(2) };
    Strength {
        score,
        label: label(score),
        advice: refusal,
        acceptable,
    }
}

/// The lower of two estimates: the password as typed, and without separators. Otherwise a space inside the user's own name would
/// count as hard to guess.
fn weaker_estimate(password: &str, known: &[&str]) -> zxcvbn::Entropy {
    let separates = |c: char| c.is_whitespace() || "-_.,".contains(c);
    let estimated: String = password.chars().take(ESTIMATED_CHARACTERS).collect();
    let joined: String = estimated.chars().filter(|&c| !separates(c)).collect();
    let typed = zxcvbn::zxcvbn(&estimated, known);
    if joined == estimated {
        return typed;
    }
    let joined = zxcvbn::zxcvbn(&joined, known);
    if joined.score() < typed.score() {
        joined
    } else {
        typed
    }
}

fn label(score: u8) -> &'static str {
    match score {
        0 => "very weak",
        1 => "weak",
        2 => "fair",
        3 => "good",
        _ => "strong",
    }
}

/// Words that an attacker would try first: each known text, its words, and the name of this program.
fn expected(about: &[&str]) -> Vec<String> {
    let mut known = vec!["lunny".to_owned()];
    for text in about {
        let text: String = text.chars().take(200).collect();
        let words = text.split(|c: char| !c.is_alphanumeric());
        known.extend(
            words
                .filter(|word| word.chars().count() > 2)
                .map(str::to_owned),
        );
        known.push(text);
    }
    known.retain(|text| !text.is_empty());
    known
}

fn advice(feedback: &zxcvbn::feedback::Feedback) -> Option<&'static str> {
    let about_the_pattern = feedback.warning().map(explain);
    about_the_pattern.or_else(|| feedback.suggestions().first().copied().map(suggest))
}

fn explain(warning: Warning) -> &'static str {
    match warning {
        Warning::StraightRowsOfKeysAreEasyToGuess
        | Warning::ShortKeyboardPatternsAreEasyToGuess => {
            "Keys that lie next to each other are guessed early: use words instead."
        }
        Warning::RepeatsLikeAaaAreEasyToGuess
        | Warning::RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess => {
            "Repeating adds length but little strength: add something new instead."
        }
        Warning::ThisIsATop10Password
        | Warning::ThisIsATop100Password
        | Warning::ThisIsACommonPassword
        | Warning::ThisIsSimilarToACommonlyUsedPassword => {
            "Many people use a password like this: choose a different one."
        }
        Warning::SequencesLikeAbcAreEasyToGuess => {
            "Sequences like abc or 4321 are guessed early: leave them out."
        }
        Warning::RecentYearsAreEasyToGuess | Warning::DatesAreOftenEasyToGuess => {
            "Years and dates are guessed early: leave them out."
        }
        Warning::AWordByItselfIsEasyToGuess => {
            "A single word is guessed early: put a few unrelated words together."
        }
        Warning::NamesAndSurnamesByThemselvesAreEasyToGuess
        | Warning::CommonNamesAndSurnamesAreEasyToGuess => {
            "Names are guessed early: add a few unrelated words."
        }
    }
}

fn suggest(suggestion: Suggestion) -> &'static str {
    match suggestion {
        Suggestion::UseAFewWordsAvoidCommonPhrases | Suggestion::AddAnotherWordOrTwo => {
            "Add an uncommon word or two."
        }
        Suggestion::NoNeedForSymbolsDigitsOrUppercaseLetters => {
            "Length matters most: symbols, digits and capitals are not needed."
        }
        Suggestion::CapitalizationDoesntHelpVeryMuch
        | Suggestion::AllUppercaseIsAlmostAsEasyToGuessAsAllLowercase => {
            "Capitals add little strength: add a word instead."
        }
        Suggestion::ReversedWordsArentMuchHarderToGuess => {
            "Words spelled backwards add little strength: add a word instead."
        }
        Suggestion::PredictableSubstitutionsDontHelpVeryMuch => {
            "Writing @ for a or 0 for o adds little strength: add a word instead."
        }
        Suggestion::UseALongerKeyboardPatternWithMoreTurns => {
            "Keys that lie next to each other are guessed early: use words instead."
        }
        Suggestion::AvoidRepeatedWordsAndCharacters => {
            "Repeating adds length but little strength: add something new instead."
        }
        Suggestion::AvoidSequences => {
            "Sequences like abc or 4321 are guessed early: leave them out."
        }
        Suggestion::AvoidRecentYears
        | Suggestion::AvoidYearsThatAreAssociatedWithYou
        | Suggestion::AvoidDatesAndYearsThatAreAssociatedWithYou => {
            "Years and dates are guessed early: leave them out."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fourteen_characters_are_too_few_and_fifteen_are_enough() {
        let short = strength("qzv7 mplk w9xd", &[]);
        assert!(!short.acceptable && short.score <= 2);
        assert!(short.advice.is_some_and(|advice| advice.contains("1 more")));
        assert!(strength("qzv7 mplk w9xd8", &[]).acceptable);
    }

    #[test]
    fn characters_are_counted_not_bytes() {
        assert!(!strength("ёжиквтумане", &[]).acceptable);
        assert!(strength("ёжик ушёл в туман утром", &[]).acceptable);
    }

    #[test]
    fn no_kind_of_character_is_required() {
        assert!(strength("seven quiet herons wade", &[]).acceptable);
    }

    #[test]
    fn common_and_repeated_passwords_are_refused_with_a_reason() {
        for weak in [
            "aaaaaaaaaaaaaaaaaaaa",
            "passwordpassword",
            "123456789012345678",
            "abcabcabcabcabcabc",
            "qwertyuiopasdfgh",
        ] {
            let strength = strength(weak, &[]);
            assert!(!strength.acceptable, "{weak}");
            assert!(strength.advice.is_some_and(|advice| advice.ends_with('.')));
        }
    }

    #[test]
    fn known_facts_of_the_person_add_no_strength() {
        let about = [
            "Saint Brigid Infirmary",
            "RT-4471",
            "Ottoline Vanterpool",
            "o@brigid.org",
        ];
        let name = "ottolinevanterpool";
        assert!(strength(name, &[]).acceptable);
        assert!(!strength(name, &about).acceptable);
        assert!(!strength("o@brigid.orgRT-4471", &about).acceptable);
        assert!(!strength("ottoline vanterpool", &about).acceptable);
        assert!(!strength("vanterpool.ottoline", &about).acceptable);
        assert!(!strength("...............", &about).acceptable);
    }

    #[test]
    fn a_sentence_of_more_than_sixty_four_characters_is_accepted() {
        let sentence =
            "the heron by the mill pond eats exactly nine small fish on tuesdays, we think";
        assert!(strength(sentence, &[]).acceptable);
        assert!(strength(&format!("{sentence}{}", "x".repeat(900)), &[]).acceptable);
        assert!(!strength(&format!("{sentence}{}", "x".repeat(1000)), &[]).acceptable);
    }

    #[test]
    fn an_empty_password_is_very_weak() {
        let empty = strength("", &[]);
        assert_eq!((empty.score, empty.label), (0, "very weak"));
        assert!(!empty.acceptable);
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
        #[test]
        fn any_text_gets_a_score_and_refusals_get_a_reason(password in ".{0,120}", about in ".{0,60}") {
            let strength = strength(&password, &[&about]);
            proptest::prop_assert!(strength.score <= 4);
            proptest::prop_assert_eq!(strength.acceptable, strength.advice.is_none());
        }
    }
}
