//! Bundles that a server can take in as a transaction.

use super::*;

fn transaction(record: &RecordReport, base: Option<&str>) -> Value {
    let options = FhirOptions {
        kind: BundleKind::Transaction,
        base: base.map(str::to_owned),
    };
    serde_json::to_value(fhir::bundle(record, &options)).unwrap()
}

/// The requests of a bundle: the type of the resource, the method, and the search that finds it on the server.
fn requests(bundle: &Value) -> Vec<[String; 3]> {
    let entries = bundle["entry"].as_array().unwrap().iter();
    entries
        .map(|entry| {
            let request = &entry["request"];
            let url = request["url"].as_str().unwrap();
            let search = request["ifNoneExist"].as_str().unwrap_or(url);
            let kind = entry["resource"]["resourceType"].as_str().unwrap();
            [kind, request["method"].as_str().unwrap(), search].map(str::to_owned)
        })
        .collect()
}

#[test]
fn a_transaction_creates_persons_once_and_replaces_results() {
    let bundle = transaction(&record(), None);
    assert_eq!(bundle["type"], "transaction");
    assert_eq!(faults(&bundle), Vec::<String>::new());
    let all = requests(&bundle);
    // A server puts a new address in the place of these everywhere, also in a search.
    for entry in bundle["entry"].as_array().unwrap() {
        let urn = entry["fullUrl"].as_str().unwrap();
        assert!(!entry["request"].to_string().contains(urn), "{urn}");
        assert!(
            !entry["resource"]["identifier"].to_string().contains(urn),
            "{urn}"
        );
    }
    for [kind, method, _] in &all {
        let is_shared = [
            "Patient",
            "Organization",
            "Practitioner",
            "Device",
            "ImagingStudy",
        ]
        .contains(&kind.as_str());
        assert_eq!(method, if is_shared { "POST" } else { "PUT" }, "{kind}");
    }
    let mut searches: Vec<_> = all.iter().map(|[kind, _, search]| (kind, search)).collect();
    searches.sort();
    searches.dedup();
    assert_eq!(searches.len(), all.len());
    // A later copy with another result is sent to the same resources.
    let mut later = record();
    later.made_at = Timestamp::constant(1_800_000_000, 0);
    later.changed_at = later.made_at;
    later.exams[1].reading.words.impression = "Benign after all.".into();
    assert_eq!(requests(&transaction(&later, None)), all);
    assert_ne!(transaction(&later, None)["entry"], bundle["entry"]);
}

#[test]
fn with_a_base_a_server_knows_the_patient_by_number() {
    let mut record = record();
    record.patient.number = "P 1|7".into();
    let base = "https://hospital.example/fhir";
    let bundle = transaction(&record, Some(base));
    let search = |bundle: &Value| {
        let all = requests(bundle);
        let of_patient = all.into_iter().find(|[kind, ..]| kind == "Patient");
        let [_, _, search] = of_patient.unwrap();
        search
    };
    assert_eq!(
        search(&bundle),
        "identifier=https://hospital.example/fhir/identifier/patient|P%201%5C%7C7"
    );
    let number = &resources(&bundle, "Patient")[0]["identifier"][0];
    assert_eq!(
        number["system"],
        "https://hospital.example/fhir/identifier/patient"
    );
    assert_eq!(number["value"], "P 1|7");
    // Without one, the same number of other records of a hospital of that name is another patient.
    let mut elsewhere = record.clone();
    elsewhere.record_since = Timestamp::UNIX_EPOCH;
    let [here, there] = [&record, &elsewhere].map(|record| search(&transaction(record, None)));
    assert_ne!(here, there);
    assert_eq!(
        search(&transaction(&elsewhere, Some(base))),
        search(&bundle)
    );
}

#[test]
fn patients_of_one_hospital_share_it_and_the_model() {
    let common = |record: &RecordReport| {
        let all = requests(&transaction(record, None)).into_iter();
        all.filter(|[kind, ..]| ["Organization", "Practitioner", "Device"].contains(&kind.as_str()))
            .collect::<Vec<_>>()
    };
    let mut other = record();
    other.patient.number = "P-2".into();
    assert_eq!(common(&record()).len(), 3);
    assert_eq!(common(&record()), common(&other));
}
