//! An exam's report as a Comprehensive SR (DICOM PS3.3, A.35.3) that follows TID 1500, Measurement Report (PS3.16).

use dicom_dictionary_std::tags;
use dicom_dictionary_std::uids::COMPREHENSIVE_SR_STORAGE;
use jiff::Timestamp;

use super::codes::{own, standard};
use super::content::{ContentItem, ImageReference, Relationship};
use super::general::{OwnSeries, Subject, instant};
use super::names::common;
use super::secondary_capture::{self, PictureKind};
use super::{evaluations, measurements, words};
use crate::clinical::report::ReportStatus;
use crate::imaging::instance::{Elements, InstanceError, person_name};
use crate::report::record::{RecordReport, ReportedExam};

const SERIES: OwnSeries = OwnSeries {
    modality: "SR",
    number: 9103,
    name: "report",
};
/// Placeholder for an organisation that the standard requires but that is not stated.
const NO_ORGANISATION: &str = "Not stated";

/// The file of the report on an exam. It refers to those `pictures` of the exam that are exported with it.
///
/// It is verified only if a radiologist signed the newest version of the written report and the copy may name the signer: a
/// verification without a name is not valid.
///
/// # Errors
/// Only if the record cannot be written as DICOM at all; no text in it causes that.
pub fn structured_report(
    record: &RecordReport,
    exam: &ReportedExam,
    pictures: &[PictureKind],
) -> Result<Vec<u8>, InstanceError> {
    let subject = Subject::new(record, exam);
    let pictures = captures(&subject, pictures);
    let mut elements = subject.elements(COMPREHENSIVE_SR_STORAGE, &SERIES);
    elements.sequence(tags::CODING_SCHEME_IDENTIFICATION_SEQUENCE, [own::scheme()]);
    elements.sequence(tags::REFERENCED_PERFORMED_PROCEDURE_STEP_SEQUENCE, []);
    document_general(&mut elements, &subject);
    evidence(&mut elements, &subject, &pictures);
    tree(&subject, &pictures).state_as_root(&mut elements);
    elements.file()
}

/// The signer and the time, if it is signed and the copy may state them.
fn signature<'a>(subject: &'a Subject) -> Option<(&'a str, Timestamp)> {
    match &subject.exam.status {
        ReportStatus::Final {
            signed_by,
            signed_at,
            ..
        } if !subject.is_deidentified() => {
            (!person_name(signed_by).is_empty()).then_some((signed_by, *signed_at))
        }
        _ => None,
    }
}

fn organisation<'a>(subject: &'a Subject) -> &'a str {
    match subject.record.hospital.trim() {
        "" => NO_ORGANISATION,
        hospital => hospital,
    }
}

/// SR Document General (PS3.3, C.17.2).
fn document_general(elements: &mut Elements, subject: &Subject) {
    let status = &subject.exam.status;
    let [date, time] = subject.made_at();
    elements.text(tags::CONTENT_DATE, &date);
    elements.text(tags::CONTENT_TIME, &time);
    let (completion, preliminary) = match status {
        ReportStatus::Final { .. } => ("COMPLETE", "FINAL"),
        ReportStatus::Preliminary {
            version: Some(_), ..
        } => ("COMPLETE", "PRELIMINARY"),
        // No report was written yet.
        ReportStatus::Preliminary { version: None, .. } => ("PARTIAL", "PRELIMINARY"),
    };
    elements.text(tags::COMPLETION_FLAG, completion);
    elements.text(tags::PRELIMINARY_FLAG, preliminary);
    elements.sequence(tags::PERFORMED_PROCEDURE_CODE_SEQUENCE, []);
    let Some((name, signed_at)) = signature(subject) else {
        elements.text(tags::VERIFICATION_FLAG, "UNVERIFIED");
        return;
    };
    elements.text(tags::VERIFICATION_FLAG, "VERIFIED");
    let mut observer = Elements::default();
    observer.text(tags::VERIFYING_OBSERVER_NAME, &person_name(name));
    observer.sequence(tags::VERIFYING_OBSERVER_IDENTIFICATION_CODE_SEQUENCE, []);
    observer.text(tags::VERIFYING_ORGANIZATION, organisation(subject));
    let at = format!("{}+0000", instant(signed_at).concat());
    observer.text(tags::VERIFICATION_DATE_TIME, &at);
    elements.sequence(tags::VERIFYING_OBSERVER_SEQUENCE, [observer]);
}

/// A picture that is exported with the report.
struct Capture {
    /// (0020,000E) SeriesInstanceUID.
    series: String,
    reference: ImageReference,
}

/// The captures of existing pictures.
fn captures(subject: &Subject, pictures: &[PictureKind]) -> Vec<Capture> {
    let there = pictures
        .iter()
        .filter(|kind| kind.of(subject.exam).is_some());
    there
        .map(|&kind| Capture {
            series: subject.names.series(secondary_capture::series(kind).name),
            reference: secondary_capture::reference(subject, kind),
        })
        .collect()
}

/// Every instance that the tree refers to, by study and series (PS3.3, table C.17-2).
fn evidence(elements: &mut Elements, subject: &Subject, pictures: &[Capture]) {
    let series = |uid: &str, references: &[ImageReference]| {
        let mut series = Elements::default();
        series.text(tags::SERIES_INSTANCE_UID, uid);
        let references = references.iter().map(ImageReference::elements);
        series.sequence(tags::REFERENCED_SOP_SEQUENCE, references);
        series
    };
    let of_pictures = pictures
        .iter()
        .map(|picture| series(&picture.series, std::slice::from_ref(&picture.reference)));
    let mut listed: Vec<Elements> = of_pictures.collect();
    let images = instances(measurements::images(subject));
    if let Some(source) = subject.names.source_series().filter(|_| !images.is_empty()) {
        listed.push(series(source, &images));
    }
    if listed.is_empty() {
        return;
    }
    let mut study = Elements::default();
    study.text(tags::STUDY_INSTANCE_UID, &subject.names.study());
    study.sequence(tags::REFERENCED_SERIES_SEQUENCE, listed);
    let evidence = tags::CURRENT_REQUESTED_PROCEDURE_EVIDENCE_SEQUENCE;
    elements.sequence(evidence, [study]);
}

/// Whole instances, each once: the list of evidence names no frames.
fn instances(images: Vec<ImageReference>) -> Vec<ImageReference> {
    let mut instances = Vec::new();
    for image in images {
        let whole = ImageReference {
            frame: None,
            ..image
        };
        if !instances.contains(&whole) {
            instances.push(whole);
        }
    }
    instances
}

/// TID 1500, Measurement Report.
fn tree(subject: &Subject, pictures: &[Capture]) -> ContentItem {
    let language = ContentItem::code(standard::LANGUAGE, standard::ENGLISH);
    let procedure = ContentItem::code(standard::PROCEDURE_REPORTED, standard::CT_OF_CHEST);
    let mut items = vec![language.related_by(Relationship::ConceptModifier)];
    items.extend(observers(subject));
    items.push(procedure.related_by(Relationship::ConceptModifier));
    items.extend(library(pictures));
    items.push(measurements::container(subject));
    items.push(evaluations::container(subject));
    items.extend(words::containers(subject));
    ContentItem::templated(standard::MEASUREMENT_REPORT, "1500", items)
}

/// TID 1002, Observer Context: the model, and the signer.
fn observers(subject: &Subject) -> Vec<ContentItem> {
    let model = &subject.exam.slice.assessment.model;
    let mut items = vec![
        ContentItem::code(standard::OBSERVER_TYPE, standard::DEVICE),
        ContentItem::uid(
            standard::DEVICE_UID,
            common(&format!("model {}", model.sha256)),
        ),
    ];
    let software = format!("LUNNY {}", env!("CARGO_PKG_VERSION"));
    items.extend(ContentItem::text(standard::DEVICE_NAME, &software));
    items.extend(ContentItem::text(standard::DEVICE_MANUFACTURER, "LUNNY"));
    items.extend(ContentItem::text(standard::DEVICE_MODEL, &model.named()));
    let hash = format!("SHA-256 {}", model.sha256);
    items.extend(ContentItem::text(standard::DEVICE_SERIAL, &hash));
    if let Some((name, _)) = signature(subject) {
        items.push(ContentItem::code(standard::OBSERVER_TYPE, standard::PERSON));
        items.push(ContentItem::person(standard::PERSON_NAME, name));
        let organisation = organisation(subject);
        items.extend(ContentItem::text(
            standard::PERSON_ORGANIZATION,
            organisation,
        ));
    }
    items
        .into_iter()
        .map(|item| item.related_by(Relationship::ObservationContext))
        .collect()
}

/// TID 1600, Image Library: the pictures, all of one kind.
fn library(pictures: &[Capture]) -> Option<ContentItem> {
    if pictures.is_empty() {
        return None;
    }
    let descriptors = [
        ContentItem::code(standard::MODALITY, standard::OTHER_MODALITY),
        ContentItem::code(standard::TARGET_REGION, standard::CHEST),
    ];
    let descriptors = descriptors.map(|item| item.related_by(Relationship::AcquisitionContext));
    let images = pictures
        .iter()
        .map(|picture| ContentItem::image(picture.reference.clone()));
    let group = descriptors.into_iter().chain(images).collect();
    let group = ContentItem::container(standard::IMAGE_LIBRARY_GROUP, group);
    Some(ContentItem::templated(
        standard::IMAGE_LIBRARY,
        "1600",
        vec![group],
    ))
}
