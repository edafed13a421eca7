//! Marked strings are put wherever a record contains text, and none of them is in any byte of a de-identified copy.

use std::fs;
use std::io::Read;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::ZlibDecoder;
use lunny::export::{ExportEvent, Format, summary};
use lunny::record_report;
use lunny::report::deidentified::{Pseudonyms, Withheld, deidentified};
use lunny::report::document::document;
use lunny::store::AttachmentKind;
use serde_json::Value;

use super::everything::*;
use crate::dicom_series::CtSlice;

/// Every text and file that is packed into these bytes, first the bytes themselves.
fn unpacked(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut found = vec![bytes.to_vec()];
    if let Ok(value) = serde_json::from_slice::<Value>(bytes) {
        texts(&value, &mut found);
    }
    // PNG and PDF compress their content with zlib, at any offset.
    for start in 0..bytes.len().saturating_sub(2) {
        let is_header = bytes[start] & 0x0f == 8
            && (u16::from(bytes[start]) << 8 | u16::from(bytes[start + 1])) % 31 == 0;
        let mut inflated = Vec::new();
        if is_header
            && ZlibDecoder::new(&bytes[start..])
                .read_to_end(&mut inflated)
                .is_ok()
            && !inflated.is_empty()
        {
            found.push(inflated);
        }
    }
    found
}

fn texts(value: &Value, found: &mut Vec<Vec<u8>>) {
    match value {
        Value::String(text) => {
            found.push(text.clone().into_bytes());
            if let Ok(packed) = STANDARD.decode(text)
                && packed.len() > 16
            {
                found.extend(unpacked(&packed));
            }
        }
        Value::Array(values) => values.iter().for_each(|value| texts(value, found)),
        Value::Object(object) => {
            for (key, value) in object {
                found.push(key.clone().into_bytes());
                texts(value, found);
            }
        }
        _ => {}
    }
}

fn holds(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|part| part == needle)
}

/// The secrets that occur anywhere below a folder, each with its file.
fn leaks(folder: &Path) -> Vec<String> {
    let mut leaks = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let mut parts = unpacked(&fs::read(&path).unwrap());
        parts.push(name.clone().into_bytes());
        for secret in secrets() {
            let wide = |order: fn(u16) -> [u8; 2]| -> Vec<u8> {
                secret.encode_utf16().flat_map(order).collect()
            };
            let spellings = [
                secret.clone().into_bytes(),
                wide(u16::to_le_bytes),
                wide(u16::to_be_bytes),
                STANDARD.encode(&secret).into_bytes(),
            ];
            let is_there = |spelling: &Vec<u8>| parts.iter().any(|part| holds(part, spelling));
            if spellings.iter().any(is_there) {
                leaks.push(format!("{secret} in {name}"));
            }
        }
    }
    leaks
}

#[test]
fn a_de_identified_export_contains_no_identifying_text() {
    let all = everything();
    let folder = all.scans.path().join("out");
    let told = all
        .export(&all.chosen(), &Format::ALL, true, &folder)
        .unwrap();
    assert!(files(&told).len() >= Format::ALL.len(), "{told:?}");
    assert_eq!(leaks(&folder), Vec::<String>::new());
}

#[test]
fn the_search_for_secrets_finds_every_one_in_a_complete_export() {
    let all = everything();
    let folder = all.scans.path().join("out");
    all.export(&all.chosen(), &Format::ALL, false, &folder)
        .unwrap();
    let leaks = leaks(&folder).join("\n");
    for told in [
        "Planted",
        "1931-02-03",
        HOSPITAL,
        "Ada Byron",
        STUDY,
        SERIES,
        "slice_planted",
        "E-1",
        "2004-05-06",
        "2023-11",
    ] {
        assert!(leaks.contains(told), "{told} is not among\n{leaks}");
    }
}

#[test]
fn clinical_values_stay_and_one_pseudonym_is_used_in_all_files() {
    let all = everything();
    let folder = all.scans.path().join("out");
    let told = all
        .export(&all.chosen(), &[Format::Csv, Format::Fhir], true, &folder)
        .unwrap();
    let [table, bundle] = &files(&told)[..] else {
        panic!("two files");
    };
    let table = fs::read_to_string(table).unwrap();
    let row = table.lines().nth(1).unwrap();
    let pseudonym = row.split(',').next().unwrap();
    assert!(
        pseudonym.starts_with("L-") && pseudonym.len() == 12,
        "{row}"
    );
    assert!(row.contains(",90+,"), "{row}");
    let name = bundle.file_name().unwrap().to_str().unwrap().to_owned();
    assert_eq!(name, format!("{pseudonym}.fhir.json"));
    let bundle = fs::read_to_string(bundle).unwrap();
    for kept in [
        pseudonym,
        "\"comparator\": \">=\"",
        "PSEUDED",
        "Long axis",
        "Extensive stage",
    ] {
        assert!(bundle.contains(kept), "{kept}");
    }
    // Another export uses other pseudonyms.
    let again = all
        .export(&all.chosen(), &[Format::Csv], true, &folder)
        .unwrap();
    let again = fs::read_to_string(&files(&again)[0]).unwrap();
    assert!(!again.contains(pseudonym));
}

#[test]
fn pictures_stay_if_their_scan_has_no_sign_of_a_name() {
    let all = everything();
    let folder = all.scans.path().join("out");
    let told = all
        .export(&all.chosen(), &[Format::Fhir], true, &folder)
        .unwrap();
    assert_eq!(told.len(), 1, "{told:?}");
    let bundle: Value = serde_json::from_slice(&fs::read(&files(&told)[0]).unwrap()).unwrap();
    let media = bundle["entry"].as_array().unwrap().iter();
    let media = media.filter(|entry| entry["resource"]["resourceType"] == "Media");
    assert_eq!(media.count(), 4);
}

#[test]
fn pictures_that_may_contain_a_name_are_withheld_with_a_reason() {
    let all = everything();
    let file = all.scans.path().join("slice_planted.dcm");
    let out = all.scans.path().join("out");
    let reasons = || {
        let told = all
            .export(&all.chosen(), &[Format::Fhir], true, &out)
            .unwrap();
        let reason = |told: ExportEvent| match told {
            ExportEvent::Withheld { whose, reason } => {
                assert!(whose.starts_with("L-"), "{whose}");
                Some(reason)
            }
            _ => None,
        };
        told.into_iter().filter_map(reason).collect::<Vec<_>>()
    };
    assert_eq!(reasons(), []);
    let sound = fs::read(&file).unwrap();
    fs::write(&file, CtSlice::new("1.2.3", 2, 16).bytes()).unwrap();
    assert_eq!(reasons(), [Withheld::SourceChanged]);
    fs::remove_file(&file).unwrap();
    assert_eq!(reasons(), [Withheld::SourceGone]);
    fs::write(&file, sound).unwrap();
    let one_of_three = all.scans.path().join("PlantedFolder/slice_planted2.dcm");
    fs::remove_file(one_of_three).unwrap();
    assert_eq!(reasons(), [Withheld::SourceChanged]);
}

#[test]
fn pictures_of_a_scan_with_burned_in_annotations_are_withheld() {
    let all = everything();
    let out = all.scans.path().join("out");
    let pictures = |format: &str, name: &str, bytes: &[u8]| {
        let mut exam = slice(&all.scans.path().join(name), bytes);
        exam.format = format.into();
        let patient = crate::support::patient(name, "Somebody");
        let choice = lunny::store::PatientChoice::New(patient);
        let key_image = crate::support::picture(AttachmentKind::KeyImage, "");
        let saved = all
            .installation
            .store
            .save_exam_with(&all.access, &choice, &exam, &[key_image])
            .unwrap();
        let selection = lunny::export::Selection::Chosen(vec![saved.patient]);
        let told = all.export(&selection, &[Format::Fhir], true, &out).unwrap();
        let reason = told.into_iter().find_map(|told| match told {
            ExportEvent::Withheld { reason, .. } => Some(reason),
            _ => None,
        });
        reason.unwrap()
    };
    let with = |elements: &[u8]| {
        // Elements of the group before the pixels, in explicit VR little endian.
        let sound = CtSlice::new("1.2.3", 1, 16).bytes();
        let pixels = [0xe0, 0x7f, 0x10, 0x00];
        let at = sound.windows(4).position(|part| part == pixels).unwrap();
        [&sound[..at], elements, &sound[at..]].concat()
    };
    let burned = with(b"\x28\x00\x01\x03CS\x04\x00YES ");
    assert_eq!(pictures("DICOM", "burned.dcm", &burned), Withheld::BurnedIn);
    let class = CtSlice::new("1.2.3", 1, 16).bytes();
    let ct = b"1.2.840.10008.5.1.4.1.1.2\0";
    let capture = b"1.2.840.10008.5.1.4.1.1.7\0";
    let class = replaced(&class, ct, capture);
    assert_eq!(
        pictures("DICOM", "capture.dcm", &class),
        Withheld::SecondaryCapture
    );
    assert_eq!(
        pictures("PNG", "shot.png", b"png"),
        Withheld::NoMedicalFormat
    );
    let sound = CtSlice::new("1.2.3", 1, 16).bytes();
    assert_eq!(pictures("DICOM", "sound.dcm", &sound), Withheld::Unreadable);
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut bytes = bytes.to_vec();
    let mut places = 0;
    for at in 0..bytes.len() - from.len() {
        if bytes[at..].starts_with(from) {
            bytes[at..at + to.len()].copy_from_slice(to);
            places += 1;
        }
    }
    assert!(places > 0);
    bytes
}

#[test]
fn the_de_identified_summary_for_the_clipboard_has_no_name_and_no_date() {
    let all = everything();
    let text = summary(all.asker(), &[all.patient], true).unwrap();
    for secret in secrets() {
        assert!(!text.contains(&secret), "{secret} in {text}");
    }
    assert!(text.starts_with("Patient L-"), "{text}");
    let whole = summary(all.asker(), &[all.patient], false).unwrap();
    assert!(
        whole.starts_with("Patient Planted0number, exam of 2023-11-"),
        "{whole}"
    );
    assert_eq!(all.installation.logged("copy summary", "done"), 2);
}

#[test]
fn the_pages_of_a_de_identified_record_contain_no_identifying_text() {
    let all = everything();
    let Everything {
        installation,
        access,
        account,
        patient,
        ..
    } = &all;
    let record = record_report::gather(&installation.store, access, account, *patient).unwrap();
    // A PDF contains glyph numbers instead of text, so its content is checked before it is drawn.
    let whole = format!("{:?}", document(&record));
    assert!(whole.contains("Planted0number") && whole.contains("PlantedNote"));
    let copy = deidentified(record, &Pseudonyms::with_key([5; 64]), |_| Ok(()));
    for told in [format!("{copy:?}"), format!("{:?}", document(&copy))] {
        for secret in secrets() {
            assert!(!told.contains(&secret), "{secret} in {told}");
        }
    }
}
