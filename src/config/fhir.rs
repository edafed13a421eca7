//! The address under which the identifiers of an installation are unique.

use std::str::FromStr;

use serde::de::{self, Deserialize, Deserializer};

use super::Expected;

/// Maximum number of characters of the address.
const MAX_CHARACTERS: usize = 200;

/// Address of the hospital, without a slash at its end, that the systems of identifiers in FHIR begin with:
/// `https://hospital.example/fhir`. Nothing is asked or sent there.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FhirBase(String);

impl FhirBase {
    /// Valid values, for an error message.
    pub const EXPECTED: &'static str = "an address such as https://hospital.example/fhir";

    /// The address, without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for FhirBase {
    type Err = Expected;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let address = text.trim().trim_end_matches('/');
        let rest = ["https://", "http://"]
            .iter()
            .find_map(|scheme| address.strip_prefix(scheme));
        let is_host = |host: &str| {
            let fits = |letter: char| letter.is_ascii_alphanumeric() || ".-:[]".contains(letter);
            host.starts_with(|letter: char| letter.is_ascii_alphanumeric() || letter == '[')
                && host.chars().all(fits)
        };
        // Neither query nor fragment, and nothing that a search parameter or JSON would have to escape.
        let is_path = |letter: char| letter.is_ascii_alphanumeric() || "/._~-%:".contains(letter);
        let is_address = rest.is_some_and(|rest| {
            let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
            is_host(host) && path.chars().all(is_path)
        });
        match is_address && address.len() <= MAX_CHARACTERS {
            true => Ok(Self(address.to_owned())),
            false => Err(Self::EXPECTED.into()),
        }
    }
}

impl<'de> Deserialize<'de> for FhirBase {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|expected: Expected| {
            de::Error::invalid_value(de::Unexpected::Str(&text), &expected.0.as_ref())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_kept_without_the_slash_at_its_end() {
        for (text, kept) in [
            (
                "https://hospital.example/fhir",
                "https://hospital.example/fhir",
            ),
            (
                " http://localhost:8103/fhir/R4/ ",
                "http://localhost:8103/fhir/R4",
            ),
            ("https://[::1]:8080", "https://[::1]:8080"),
        ] {
            assert_eq!(text.parse::<FhirBase>().unwrap().as_str(), kept);
        }
    }

    #[test]
    fn other_text_is_refused() {
        let long = format!("https://hospital.example/{}", "x".repeat(200));
        for text in [
            "",
            "hospital.example",
            "ftp://hospital.example",
            "https://",
            "https:///fhir",
            "https://a b/fhir",
            "https://ada:secret@hospital.example",
            "https://hospital.example/fhir?x=1",
            "https://hospital.example/a|b",
            "https://hospital.example/\u{1b}",
            long.as_str(),
        ] {
            assert!(text.parse::<FhirBase>().is_err(), "{text}");
        }
    }
}
