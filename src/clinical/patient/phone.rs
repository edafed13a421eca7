//! Telephone numbers as people write them.

/// Fewest digits of a number: short numbers within a hospital.
const FEWEST_DIGITS: usize = 3;
/// Most digits of a number with the code of its country (ITU-T E.164, 6.1).
const MOST_DIGITS: usize = 15;
/// Most digits of an extension.
const MOST_EXTENSION: usize = 6;
/// Signs that people group digits with.
const GROUPING: [char; 7] = [' ', '(', ')', '-', '.', '/', '\u{2013}'];

/// True for one telephone number, or several separated by commas or semicolons: 3 to 15 digits each, with a `+` before them, grouped
/// by spaces, brackets, hyphens, points or slashes, and an extension after them (`ext. 12`, `x12`, `#12`).
pub(super) fn is_phone(line: &str) -> bool {
    line.split([',', ';']).all(|one| is_number(one.trim()))
}

fn is_number(text: &str) -> bool {
    let lower = text.to_lowercase();
    let split = ["ext.", "ext", "x", "#"]
        .iter()
        .find_map(|word| lower.split_once(word));
    let (number, extension) = match split {
        Some((number, extension)) => (number, Some(extension.trim())),
        None => (lower.as_str(), None),
    };
    let number = number.trim();
    let number = number.strip_prefix('+').unwrap_or(number);
    let is_grouped = number
        .chars()
        .all(|letter| letter.is_ascii_digit() || GROUPING.contains(&letter));
    let digits = digits(number);
    let has_extension = extension.is_none_or(|extension| {
        (1..=MOST_EXTENSION).contains(&extension.len())
            && self::digits(extension) == extension.len()
    });
    is_grouped
        && (FEWEST_DIGITS..=MOST_DIGITS).contains(&digits)
        && has_extension
        && has_paired_brackets(number)
}

fn digits(text: &str) -> usize {
    text.chars().filter(char::is_ascii_digit).count()
}

fn has_paired_brackets(number: &str) -> bool {
    let mut is_open = false;
    for letter in number.chars() {
        match letter {
            '(' if is_open => return false,
            '(' => is_open = true,
            ')' if !is_open => return false,
            ')' => is_open = false,
            _ => {}
        }
    }
    !is_open
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_all_usual_spellings_are_accepted() {
        for number in [
            "+44 20 7946 0018",
            "020 7946 0018",
            "(020) 7946-0018",
            "+49 (0)30 / 123 45-67",
            "01.23.45.67.89",
            "4711",
            "111",
            "+1 555 010 0199 ext. 12",
            "555-0100x7",
            "030 1234567; 0171 5550100",
            "+123456789012345",
        ] {
            assert!(is_phone(number), "{number}");
        }
    }

    #[test]
    fn other_text_and_numbers_of_another_length_are_refused() {
        for text in [
            "",
            "at home",
            "11",
            "+1234567890123456",
            "44+20 7946 0018",
            "++44 20 7946 0018",
            "020 7946 0018 (home)",
            "call 020 7946 0018",
            "(020 7946 0018",
            "020) 7946 0018",
            "020 7946 0018,",
            "020 7946 0018 ext.",
            "1961-03-05T00:00",
            "4.9301E+11",
        ] {
            assert!(!is_phone(text), "{text}");
        }
    }
}
