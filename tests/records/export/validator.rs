//! Requirements of FHIR R4 for the resources that LUNNY writes (<https://hl7.org/fhir/R4/>): required elements, cardinality,
//! value sets with a required binding, the form of dates and identifiers, and that every reference stays in the same bundle.

mod tables;

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Map, Value};

use self::tables::{MANY, elements, value_set};

/// The faults of a bundle, one per line.
pub fn faults(bundle: &Value) -> Vec<String> {
    let mut check = Check {
        faults: Vec::new(),
        references: Vec::new(),
    };
    check.resource("Bundle", bundle);
    let is_transaction = bundle["type"] == "transaction";
    let mut targets = HashMap::new();
    for entry in bundle["entry"].as_array().into_iter().flatten() {
        let url = entry["fullUrl"].as_str().unwrap_or_default().to_owned();
        let kind = entry["resource"]["resourceType"]
            .as_str()
            .unwrap_or_default();
        let id = entry["resource"]["id"].as_str().unwrap_or_default();
        match (is_transaction, entry["request"].is_object()) {
            // bdl-3: a request in each entry of a transaction, and in no other.
            (false, true) | (true, false) => check.faults.push(format!("{url}: request")),
            // A server gives the ids itself.
            (true, true) if !id.is_empty() => check.faults.push(format!("{url} has the id {id}")),
            (true, true) => check.request(kind, entry),
            (false, false) if url != format!("urn:uuid:{id}") => {
                check.faults.push(format!("{url} is not the place of {id}"));
            }
            (false, false) => {}
        }
        // bdl-7: no fullUrl twice.
        if targets.insert(url.clone(), kind.to_owned()).is_some() {
            check.faults.push(format!("{url} occurs twice"));
        }
    }
    for (at, target, kind) in check.references {
        match targets.get(&target) {
            None => check
                .faults
                .push(format!("{at}: {target} is not in the bundle")),
            Some(found) if !kind.is_empty() && *found != kind => {
                check
                    .faults
                    .push(format!("{at}: {found} where {kind} belongs"));
            }
            Some(_) => {}
        }
    }
    check.faults
}

struct Check {
    faults: Vec<String>,
    /// Place of a reference, its target, and the required type of the target.
    references: Vec<(String, String, String)>,
}

impl Check {
    /// A create or an update, that the server can carry out once and again: it finds the resource by one of its own identifiers.
    fn request(&mut self, kind: &str, entry: &Value) {
        let request = &entry["request"];
        let url = request["url"].as_str().unwrap_or_default();
        let search = match request["method"].as_str() {
            Some("POST") if url == kind => request["ifNoneExist"].as_str(),
            Some("PUT") => url.strip_prefix(&format!("{kind}?")),
            _ => None,
        };
        let plain = |text: &str| text.replace("%20", " ");
        let found = search.and_then(|search| search.strip_prefix("identifier=")?.split_once('|'));
        let is_own = found.is_some_and(|(system, value)| {
            let identifiers = entry["resource"]["identifier"].as_array();
            identifiers.into_iter().flatten().any(|identifier| {
                identifier["system"] == plain(system) && identifier["value"] == plain(value)
            })
        });
        if !is_own {
            self.faults.push(format!("{kind}: the request {request}"));
        }
    }

    fn resource(&mut self, at: &str, value: &Value) {
        match value["resourceType"].as_str() {
            Some(kind) => self.object(&format!("{at}/{kind}"), kind, value),
            None => self.faults.push(format!("{at}: no resourceType")),
        }
    }

    fn object(&mut self, at: &str, kind: &str, value: &Value) {
        let Some(object) = value.as_object() else {
            return self.faults.push(format!("{at}: no object"));
        };
        // ele-1: no empty elements.
        if object.is_empty() {
            self.faults.push(format!("{at}: empty"));
        }
        // obs-6: a reason only where there is no value.
        if object.contains_key("dataAbsentReason")
            && object.keys().any(|key| key.starts_with("value"))
        {
            self.faults
                .push(format!("{at}: a value, and why there is none"));
        }
        let elements = elements(kind);
        let mut known = BTreeSet::from(["resourceType".to_owned()]);
        for (name, least, most, what) in elements {
            let name = chosen(name, object);
            known.insert(name.clone());
            self.element(at, (&name, *least, *most, what), object.get(&name));
        }
        for name in object.keys().filter(|name| !known.contains(*name)) {
            self.faults
                .push(format!("{at}: {name} is not an element of {kind}"));
        }
    }

    fn element(
        &mut self,
        at: &str,
        (name, least, most, what): (&str, usize, usize, &str),
        value: Option<&Value>,
    ) {
        let at = format!("{at}.{name}");
        match (value, most) {
            (None, _) if least == 0 => {}
            (None, _) => self.faults.push(format!("{at} is missing")),
            (Some(Value::Array(values)), MANY) => {
                if values.is_empty() {
                    self.faults.push(format!("{at} is empty"));
                }
                for value in values {
                    self.value(&at, name, what, value);
                }
            }
            (Some(_), MANY) => self.faults.push(format!("{at} is not a list")),
            (Some(value), _) => self.value(&at, name, what, value),
        }
    }

    fn value(&mut self, at: &str, name: &str, what: &str, value: &Value) {
        let (what, of) = what.split_once(' ').unwrap_or((what, ""));
        let text = value.as_str().unwrap_or_default();
        let is_right = match what {
            "Resource" => return self.resource(at, value),
            "value" => return self.value(at, name, type_of_value(name), value),
            "Reference" => {
                if let Some(target) = value["reference"].as_str() {
                    let reference = (at.to_owned(), target.to_owned(), of.to_owned());
                    self.references.push(reference);
                }
                return self.object(at, what, value);
            }
            "code" if of.is_empty() => !text.is_empty() && text.trim() == text,
            "code" => value_set(of).contains(&text),
            "string" => {
                !text.trim().is_empty()
                    && !text.contains(|c: char| c < ' ' && !"\t\n\r".contains(c))
            }
            "uri" => text.contains(':') && !text.contains(char::is_whitespace),
            "id" => {
                let fits = |c: char| c.is_ascii_alphanumeric() || "-.".contains(c);
                (1..=64).contains(&text.len()) && text.chars().all(fits)
            }
            "uuid" => text
                .strip_prefix("urn:uuid:")
                .is_some_and(|uuid| uuid.len() == 36),
            "date" => text.parse::<Date>().is_ok(),
            "dateTime" if text.len() == 10 => text.parse::<Date>().is_ok(),
            "dateTime" => text.parse::<Timestamp>().is_ok() && text.ends_with('Z'),
            "instant" => text.parse::<Timestamp>().is_ok() && text.ends_with('Z'),
            "decimal" => value.is_number(),
            "unsignedInt" | "integer" => value.is_u64(),
            "boolean" => value.is_boolean(),
            "base64Binary" => !text.is_empty() && text.len().is_multiple_of(4),
            kind => return self.object(at, kind, value),
        };
        if !is_right {
            self.faults
                .push(format!("{at}: {value} is not a {what} {of}"));
        }
    }
}

/// The name of an element with a choice of types: `valueQuantity` for `value[x]`.
fn chosen(name: &str, object: &Map<String, Value>) -> String {
    let Some(stem) = name.strip_suffix("[x]") else {
        return name.to_owned();
    };
    let is_one = |key: &&String| key.starts_with(stem);
    object
        .keys()
        .find(is_one)
        .cloned()
        .unwrap_or_else(|| name.to_owned())
}

fn type_of_value(name: &str) -> &'static str {
    match name {
        "valueQuantity" => "Quantity",
        "valueCodeableConcept" => "CodeableConcept",
        "valueString" => "string",
        "valueBoolean" => "boolean",
        "valueInteger" => "integer",
        "valueDateTime" => "dateTime",
        other => panic!("{other} is not a choice of a value"),
    }
}
