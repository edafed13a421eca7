//! Requirements of FHIR R4 for the resources that LUNNY writes (<https://hl7.org/fhir/R4/>): required elements, cardinality,
//! value sets with a required binding, the form of dates and identifiers, and that every reference stays in the same bundle.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Map, Value};

/// An element of a resource or a data type: its name, minimum and maximum number, and its type.
type Element = (&'static str, usize, usize, &'static str);

const MANY: usize = usize::MAX;

/// The elements allowed in a type; LUNNY writes no others.
fn elements(kind: &str) -> &'static [Element] {
    match kind {
        "Bundle" => &[
            ("id", 0, 1, "id"),
            ("meta", 0, 1, "Meta"),
            ("type", 1, 1, "code bundle-type"),
            ("timestamp", 0, 1, "instant"),
            ("entry", 0, MANY, "BundleEntry"),
        ],
        "BundleEntry" => &[
            ("fullUrl", 0, 1, "uuid"),
            ("resource", 0, 1, "Resource"),
            ("request", 0, 1, "BundleRequest"),
        ],
        "BundleRequest" => &[
            ("method", 1, 1, "code http-verb"),
            ("url", 1, 1, "string"),
            ("ifNoneExist", 0, 1, "string"),
        ],
        "Patient" => &[
            ("id", 0, 1, "id"),
            ("identifier", 0, MANY, "Identifier"),
            ("name", 0, MANY, "HumanName"),
            ("telecom", 0, MANY, "ContactPoint"),
            ("gender", 0, 1, "code gender"),
            ("birthDate", 0, 1, "date"),
            ("address", 0, MANY, "Named"),
            ("photo", 0, MANY, "Attachment"),
            ("contact", 0, MANY, "PatientContact"),
            ("generalPractitioner", 0, MANY, "Reference"),
            ("managingOrganization", 0, 1, "Reference Organization"),
        ],
        // pat-1: details or a reference to an organisation.
        "PatientContact" => &[
            ("relationship", 0, MANY, "CodeableConcept"),
            ("name", 1, 1, "HumanName"),
        ],
        "HumanName" => &[
            ("text", 0, 1, "string"),
            ("family", 0, 1, "string"),
            ("given", 0, MANY, "string"),
        ],
        // org-1: a name or an identifier.
        "Organization" => &[
            ("id", 0, 1, "id"),
            ("identifier", 0, MANY, "Identifier"),
            ("name", 1, 1, "string"),
        ],
        "Practitioner" => &[
            ("id", 0, 1, "id"),
            ("identifier", 0, MANY, "Identifier"),
            ("name", 0, MANY, "HumanName"),
        ],
        "AllergyIntolerance" => &[
            ("id", 0, 1, "id"),
            ("identifier", 0, MANY, "Identifier"),
            // ait-1: a status where it is not entered in error.
            ("clinicalStatus", 1, 1, "CodeableConcept"),
            ("code", 0, 1, "CodeableConcept"),
            ("patient", 1, 1, "Reference Patient"),
        ],
        "MedicationStatement" => &[
            ("id", 0, 1, "id"),
            ("identifier", 0, MANY, "Identifier"),
            ("status", 1, 1, "code medication-statement-status"),
            ("medicationCodeableConcept", 1, 1, "CodeableConcept"),
            ("subject", 1, 1, "Reference Patient"),
        ],
        "Appointment" => &[
            ("id", 0, 1, "id"),
            ("identifier", 0, MANY, "Identifier"),
            ("status", 1, 1, "code appointment-status"),
            ("description", 0, 1, "string"),
            ("participant", 1, MANY, "Participant"),
            ("requestedPeriod", 0, MANY, "Period"),
        ],
        "ServiceRequest" => &[
            ("id", 0, 1, "id"),
            ("identifier", 0, MANY, "Identifier"),
            ("status", 1, 1, "code request-status"),
            ("intent", 1, 1, "code request-intent"),
            ("category", 0, MANY, "CodeableConcept"),
            ("code", 0, 1, "CodeableConcept"),
            ("subject", 1, 1, "Reference Patient"),
            ("occurrenceDateTime", 0, 1, "dateTime"),
            ("reasonCode", 0, MANY, "CodeableConcept"),
            ("note", 0, MANY, "Annotation"),
        ],
        "Participant" => &[
            ("actor", 1, 1, "Reference Patient"),
            ("status", 1, 1, "code participation-status"),
        ],
        "Period" => &[("start", 0, 1, "dateTime"), ("end", 0, 1, "dateTime")],
        "Device" => &[
            ("id", 0, 1, "id"),
            ("identifier", 0, MANY, "Identifier"),
            ("deviceName", 0, MANY, "DeviceName"),
            ("type", 0, 1, "CodeableConcept"),
            ("version", 0, MANY, "DeviceVersion"),
        ],
        "DeviceName" => &[
            ("name", 1, 1, "string"),
            ("type", 1, 1, "code device-nametype"),
        ],
        "DeviceVersion" => &[("type", 0, 1, "CodeableConcept"), ("value", 1, 1, "string")],
        "ImagingStudy" => &[
            ("id", 0, 1, "id"),
            ("identifier", 0, MANY, "Identifier"),
            ("status", 1, 1, "code imagingstudy-status"),
            ("modality", 0, MANY, "Coding"),
            ("subject", 1, 1, "Reference Patient"),
            ("started", 0, 1, "dateTime"),
            ("basedOn", 0, MANY, "Reference ServiceRequest"),
            ("referrer", 0, 1, "Reference"),
            ("series", 0, MANY, "ImagingStudySeries"),
        ],
        "ImagingStudySeries" => &[
            ("uid", 1, 1, "id"),
            ("modality", 1, 1, "Coding"),
            ("numberOfInstances", 0, 1, "unsignedInt"),
        ],
        "Observation" => &[
            ("id", 0, 1, "id"),
            ("identifier", 0, MANY, "Identifier"),
            ("status", 1, 1, "code observation-status"),
            ("category", 0, MANY, "CodeableConcept"),
            ("code", 1, 1, "CodeableConcept"),
            ("subject", 0, 1, "Reference Patient"),
            ("effectiveDateTime", 0, 1, "dateTime"),
            ("issued", 0, 1, "instant"),
            // obs-6: only where there is no value.
            ("value[x]", 0, 1, "value"),
            ("dataAbsentReason", 0, 1, "CodeableConcept"),
            ("note", 0, MANY, "Annotation"),
            ("bodySite", 0, 1, "CodeableConcept"),
            ("method", 0, 1, "CodeableConcept"),
            ("device", 0, 1, "Reference Device"),
            ("derivedFrom", 0, MANY, "Reference ImagingStudy"),
            ("component", 0, MANY, "ObservationComponent"),
        ],
        "ObservationComponent" => &[
            ("code", 1, 1, "CodeableConcept"),
            ("value[x]", 0, 1, "value"),
        ],
        "Media" => &[
            ("id", 0, 1, "id"),
            ("identifier", 0, MANY, "Identifier"),
            ("status", 1, 1, "code event-status"),
            ("subject", 0, 1, "Reference Patient"),
            ("createdDateTime", 0, 1, "dateTime"),
            ("content", 1, 1, "Attachment"),
            ("note", 0, MANY, "Annotation"),
        ],
        "DiagnosticReport" => &[
            ("id", 0, 1, "id"),
            ("basedOn", 0, MANY, "Reference ServiceRequest"),
            ("identifier", 0, MANY, "Identifier"),
            ("status", 1, 1, "code diagnostic-report-status"),
            ("category", 0, MANY, "CodeableConcept"),
            ("code", 1, 1, "CodeableConcept"),
            ("subject", 0, 1, "Reference Patient"),
            ("effectiveDateTime", 0, 1, "dateTime"),
            ("issued", 0, 1, "instant"),
            ("performer", 0, MANY, "Reference Organization"),
            ("resultsInterpreter", 0, MANY, "Reference Practitioner"),
            ("result", 0, MANY, "Reference Observation"),
            ("imagingStudy", 0, MANY, "Reference ImagingStudy"),
            ("media", 0, MANY, "DiagnosticReportMedia"),
            ("conclusion", 0, 1, "string"),
            ("presentedForm", 0, MANY, "Attachment"),
        ],
        "DiagnosticReportMedia" => &[
            ("comment", 0, 1, "string"),
            ("link", 1, 1, "Reference Media"),
        ],
        "Meta" => &[("security", 0, MANY, "Coding")],
        "Identifier" => &[
            ("use", 0, 1, "code identifier-use"),
            ("type", 0, 1, "CodeableConcept"),
            // Not required by FHIR: without one, no other system can tell whose number it is.
            ("system", 1, 1, "uri"),
            ("value", 1, 1, "string"),
        ],
        "Named" => &[("text", 0, 1, "string")],
        // cpt-2: a system where there is a value.
        "ContactPoint" => &[
            ("system", 1, 1, "code contact-point-system"),
            ("value", 0, 1, "string"),
        ],
        "CodeableConcept" => &[("coding", 0, MANY, "Coding"), ("text", 0, 1, "string")],
        "Coding" => &[
            ("system", 1, 1, "uri"),
            ("code", 1, 1, "code"),
            ("display", 0, 1, "string"),
        ],
        // qty-3: a system where there is a code.
        "Quantity" => &[
            ("value", 0, 1, "decimal"),
            ("comparator", 0, 1, "code quantity-comparator"),
            ("unit", 0, 1, "string"),
            ("system", 1, 1, "uri"),
            ("code", 1, 1, "code"),
        ],
        "Reference" => &[("reference", 0, 1, "uuid"), ("display", 0, 1, "string")],
        "Annotation" => &[("text", 1, 1, "string")],
        // att-1: a type where there is data.
        "Attachment" => &[
            ("contentType", 1, 1, "code mimetype"),
            ("data", 0, 1, "base64Binary"),
            ("title", 0, 1, "string"),
        ],
        other => panic!("{other} is not a known type"),
    }
}

fn value_set(name: &str) -> &'static [&'static str] {
    match name {
        "bundle-type" => &["collection", "transaction"],
        "http-verb" => &["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"],
        "medication-statement-status" => &[
            "active",
            "completed",
            "entered-in-error",
            "intended",
            "stopped",
            "on-hold",
            "unknown",
            "not-taken",
        ],
        "appointment-status" => &[
            "proposed",
            "pending",
            "booked",
            "arrived",
            "fulfilled",
            "cancelled",
            "noshow",
            "entered-in-error",
            "checked-in",
            "waitlist",
        ],
        "request-status" => &[
            "draft",
            "active",
            "on-hold",
            "revoked",
            "completed",
            "entered-in-error",
            "unknown",
        ],
        "request-intent" => &["proposal", "plan", "directive", "order"],
        "participation-status" => &["accepted", "declined", "tentative", "needs-action"],
        "gender" => &["male", "female", "other", "unknown"],
        "device-nametype" => &[
            "udi-label-name",
            "user-friendly-name",
            "patient-reported-name",
            "manufacturer-name",
            "model-name",
            "other",
        ],
        "imagingstudy-status" => &[
            "registered",
            "available",
            "cancelled",
            "entered-in-error",
            "unknown",
        ],
        "observation-status" => &[
            "registered",
            "preliminary",
            "final",
            "amended",
            "corrected",
            "cancelled",
            "entered-in-error",
            "unknown",
        ],
        "event-status" => &[
            "preparation",
            "in-progress",
            "not-done",
            "on-hold",
            "stopped",
            "completed",
            "entered-in-error",
            "unknown",
        ],
        "diagnostic-report-status" => &[
            "registered",
            "partial",
            "preliminary",
            "final",
            "amended",
            "corrected",
            "appended",
            "cancelled",
            "entered-in-error",
            "unknown",
        ],
        "identifier-use" => &["usual", "official", "temp", "secondary", "old"],
        "contact-point-system" => &["phone", "fax", "email", "pager", "url", "sms", "other"],
        "quantity-comparator" => &["<", "<=", ">=", ">"],
        "mimetype" => &["image/png", "image/jpeg", "text/plain; charset=utf-8"],
        other => panic!("{other} is not a known value set"),
    }
}

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
