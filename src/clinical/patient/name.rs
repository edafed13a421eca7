//! Family and given names of a full name, for systems that store them apart.

use crate::clinical::text::fold;

/// Words that begin a family name of several words, in lower case as their owners write them.
const PARTICLES: [&str; 26] = [
    "af", "al", "av", "bin", "bint", "da", "das", "de", "del", "della", "den", "der", "di", "do",
    "dos", "du", "el", "ibn", "la", "le", "ten", "ter", "van", "vom", "von", "zu",
];

/// A full name in its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameParts {
    pub family: String,
    /// In order; empty only if the scan states no given name.
    pub given: Vec<String>,
}

impl NameParts {
    /// The parts of a full name; none if they cannot be told apart.
    ///
    /// In this order: the text before a comma is the family name; the family name that the scan states in DICOM notation
    /// (`Family^Given`) is the family name where it is at either end of the full name; a name in Chinese, Japanese or Korean
    /// characters begins with the family name; other names end with it, from a particle such as *van* on.
    pub fn of(full_name: &str, stated: Option<&str>) -> Option<Self> {
        if let Some((family, given)) = full_name.split_once(',') {
            let (family, given) = (words(family).join(" "), words(given));
            return (!family.is_empty() && !given.is_empty()).then(|| owned(family, &given));
        }
        let words = words(full_name);
        if words.len() < 2 {
            return None;
        }
        if let Some(parts) = stated.and_then(|stated| as_stated(&words, stated)) {
            return Some(parts);
        }
        let is_east_asian = full_name.chars().any(is_east_asian);
        let place = match (is_east_asian, words.as_slice()) {
            (true, [family, given]) => return Some(owned((*family).to_owned(), &[given])),
            (true, _) => return None,
            (false, words) => {
                let particle = words
                    .iter()
                    .skip(1)
                    .position(|word| PARTICLES.contains(word));
                particle.map_or(words.len() - 1, |place| place + 1)
            }
        };
        let (given, family) = words.split_at(place);
        Some(owned(family.join(" "), given))
    }
}

/// The parts where the stated family name is at the end or the beginning of the full name.
fn as_stated(full: &[&str], stated: &str) -> Option<NameParts> {
    // Only the first group of components: the others spell the same name in other scripts.
    let stated = stated.split('=').next()?;
    let family: Vec<String> = words(stated.split('^').next()?)
        .into_iter()
        .map(fold)
        .collect();
    let count = family.len();
    if !stated.contains('^') || count == 0 || count >= full.len() {
        return None;
    }
    let is_family = |part: &[&str]| {
        part.iter()
            .map(|word| fold(word))
            .eq(family.iter().cloned())
    };
    let (given, last) = full.split_at(full.len() - count);
    if is_family(last) {
        return Some(owned(last.join(" "), given));
    }
    let (first, given) = full.split_at(count);
    is_family(first).then(|| owned(first.join(" "), given))
}

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

fn owned(family: String, given: &[&str]) -> NameParts {
    NameParts {
        family,
        given: given.iter().map(|word| (*word).to_owned()).collect(),
    }
}

/// True for characters of the Chinese, Japanese and Korean scripts.
fn is_east_asian(letter: char) -> bool {
    matches!(u32::from(letter), 0x1100..=0x11ff | 0x2e80..=0xa4cf | 0xac00..=0xd7af | 0xf900..=0xfaff | 0x20000..=0x3ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(full_name: &str, stated: Option<&str>) -> Option<(String, Vec<String>)> {
        NameParts::of(full_name, stated).map(|parts| (parts.family, parts.given))
    }

    fn expected(family: &str, given: &[&str]) -> Option<(String, Vec<String>)> {
        let given = given.iter().map(|word| (*word).to_owned()).collect();
        Some((family.to_owned(), given))
    }

    #[test]
    fn the_text_before_a_comma_is_the_family_name() {
        assert_eq!(
            parts("Nguyễn, Văn An", None),
            expected("Nguyễn", &["Văn", "An"])
        );
        assert_eq!(
            parts("de la Cruz , Ana", None),
            expected("de la Cruz", &["Ana"])
        );
        assert_eq!(parts("Byron,", None), None);
        assert_eq!(parts(", Ada", None), None);
    }

    #[test]
    fn the_family_name_that_the_scan_states_is_found_at_either_end() {
        let stated = Some("NGUYỄN^VĂN AN");
        assert_eq!(
            parts("Nguyễn Văn An", stated),
            expected("Nguyễn", &["Văn", "An"])
        );
        let stated = Some("García Márquez^Ana=X^Y");
        let family = expected("García Márquez", &["Ana"]);
        assert_eq!(parts("Ana García Márquez", stated), family);
        // It is another name, or not in components.
        assert_eq!(
            parts("Ada Byron", Some("SMITH^JOHN")),
            expected("Byron", &["Ada"])
        );
        assert_eq!(
            parts("Ada Byron", Some("ADA BYRON")),
            expected("Byron", &["Ada"])
        );
        assert_eq!(parts("Ada Byron", Some("^^")), expected("Byron", &["Ada"]));
    }

    #[test]
    fn other_names_end_with_the_family_name_and_its_particles() {
        assert_eq!(
            parts(" Ada  King Byron ", None),
            expected("Byron", &["Ada", "King"])
        );
        assert_eq!(
            parts("Jan van der Meer", None),
            expected("van der Meer", &["Jan"])
        );
        assert_eq!(parts("Ada", None), None);
        assert_eq!(parts("", None), None);
    }

    #[test]
    fn names_in_east_asian_characters_begin_with_the_family_name() {
        assert_eq!(parts("김 민준", None), expected("김", &["민준"]));
        assert_eq!(parts("张伟", None), None);
        assert_eq!(parts("山田 太郎 様", None), None);
    }

    proptest::proptest! {
        #[test]
        fn no_word_of_a_name_is_lost(words in proptest::collection::vec("[\\w^=']{1,6}", 1..6), stated in "\\PC{0,12}") {
            let name = words.join(" ");
            if let Some(parts) = NameParts::of(&name, Some(&stated)) {
                let mut told: Vec<&str> = parts.family.split(' ').collect();
                told.extend(parts.given.iter().map(String::as_str));
                told.sort_unstable();
                let mut kept: Vec<&str> = name.split_whitespace().collect();
                kept.sort_unstable();
                proptest::prop_assert_eq!(told, kept);
            }
        }
    }
}
