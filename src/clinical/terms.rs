//! Terms of use that an account accepts before it works with LUNNY.

/// Version that an acceptance is stored under. It rises with every change of [`TEXT`], and every account is then asked
/// again.
pub const VERSION: &str = "4";

/// Text of the terms: paragraphs of one line each, an empty line between them. A paragraph that begins with a digit and
/// has no full stop at its end is a heading.
pub const TEXT: &str = include_str!("terms.txt");

/// Paragraphs of [`TEXT`], for a screen that wraps them to its width.
pub fn paragraphs() -> impl Iterator<Item = &'static str> {
    TEXT.split("\n\n").map(str::trim).filter(|p| !p.is_empty())
}

/// True if a paragraph of [`TEXT`] is a heading.
pub fn is_heading(paragraph: &str) -> bool {
    paragraph.starts_with(|c: char| c.is_ascii_digit()) && !paragraph.ends_with('.')
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};

    #[test]
    fn a_changed_text_needs_a_new_version() {
        let known = [
            (
                "1",
                "1b654204a964e139102643771b8eb599ceb6d4e6a435c8d665c13dc981181c1d",
            ),
            (
                "2",
                "3ae282d2da21f2d525f5d1f436d1018dd58f1131b9e7c5dfc7d9e95b6335bbed",
            ),
            (
                "3",
                "75d95f76364bec011b11c28c4783e26a2631dbd02880f2d17b89a60fbd5f2b48",
            ),
            (
                "4",
                "d9d1df3692c1db97141b3f23e2f4cef39a591d7c115f703683902124d21f8a6c",
            ),
        ];
        let hash: String = Sha256::digest(TEXT)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert!(
            known.contains(&(VERSION, hash.as_str())),
            "the terms changed: raise VERSION and enter ({VERSION}, {hash})"
        );
    }

    #[test]
    fn the_terms_are_plain_paragraphs_under_headings() {
        assert!(!TEXT.contains('\t') && !TEXT.contains('\r') && !TEXT.contains("\n\n\n"));
        assert!(paragraphs().all(|paragraph| !paragraph.contains('\n')));
        assert!(paragraphs().filter(|p| is_heading(p)).count() >= 6);
    }

    #[test]
    fn the_terms_state_the_essential_points() {
        for words in ["not a medical device", "does not diagnose", "no warranty"] {
            assert!(TEXT.contains(words), "{words}");
        }
    }
}
