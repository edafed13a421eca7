//! Parts of a bundle that a server takes as one transaction (<https://hl7.org/fhir/R4/http.html#transaction>).
//!
//! Resources that are the same for many exams and patients are created only if the server does not have them yet; those that
//! LUNNY may have changed since replace those that it sent before. The server finds both by an identifier, so that sending a
//! bundle again adds nothing.

use serde::Serialize;

use super::data_types::Identifier;
use super::{NAMESPACE, Resource};

/// The request that an entry stands for.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Request {
    method: &'static str,
    url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    if_none_exist: Option<String>,
}

impl Request {
    /// The request for a resource of that type, which the server knows by `identifier` if it has it.
    pub(crate) fn of(resource: &Resource, identifier: &Identifier) -> Self {
        let kind = resource.kind();
        let search = search(identifier);
        match resource.is_shared() {
            true => Self {
                method: "POST",
                url: kind.to_owned(),
                if_none_exist: Some(search),
            },
            false => Self {
                method: "PUT",
                url: format!("{kind}?{search}"),
                if_none_exist: None,
            },
        }
    }
}

/// The identifier of a resource that LUNNY alone knows: its UUID. Not as a URN, because servers put the resource's new address in
/// the place of its URN everywhere.
pub(super) fn own(id: String) -> Identifier {
    Identifier {
        system: Some(NAMESPACE.urn().to_string()),
        value: id,
        ..Identifier::default()
    }
}

/// A search for an identifier.
fn search(identifier: &Identifier) -> String {
    let system = identifier.system.as_deref().unwrap_or_default();
    format!(
        "identifier={}|{}",
        escaped(system),
        escaped(&identifier.value)
    )
}

/// A value in a search: `\`, `$`, `,` and `|` escaped as FHIR asks
/// (<https://hl7.org/fhir/R4/search.html#escaping>), then in per cent as a URL asks.
fn escaped(value: &str) -> String {
    let mut url = String::with_capacity(value.len());
    for letter in value.chars() {
        if matches!(letter, '\\' | '$' | ',' | '|') {
            url.push_str("%5C");
        }
        match letter.is_ascii_alphanumeric() || "-._~:/".contains(letter) {
            true => url.push(letter),
            false => {
                let mut bytes = [0; 4];
                for byte in letter.encode_utf8(&mut bytes).bytes() {
                    url.push_str(&format!("%{byte:02X}"));
                }
            }
        }
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_finds_any_number_and_nothing_else() {
        let identifier = Identifier {
            system: Some("https://hospital.example/fhir/patient".into()),
            value: "P 1|2&x=#ü,\\".into(),
            ..Identifier::default()
        };
        assert_eq!(
            search(&identifier),
            "identifier=https://hospital.example/fhir/patient|P%201%5C%7C2%26x%3D%23%C3%BC%5C%2C%5C%5C"
        );
    }
}
