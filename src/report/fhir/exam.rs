//! One exam: the study, the model and the persons, the results, and the report.

use super::data_types::{
    Annotation, Attachment, CodeableConcept, HumanName, Identifier, Reference, Value,
};
use super::resources::{
    Device, DeviceName, DeviceVersion, DiagnosticReport, ImagingStudy, Media, Observation,
    Practitioner, ReportMedia, Series,
};
use super::{
    Entries, Resource, System, circumstances, codes, lesion, nodule, order, patient, stated,
};
use crate::clinical::assessment::Lesion;
use crate::clinical::identity::shown_name;
use crate::clinical::lung_rads::SuggestedCategory;
use crate::clinical::nodule::ProposedCategory;
use crate::clinical::report::{DISCLAIMER, ReportStatus};
use crate::imaging::instance::is_uid;
use crate::imaging::overlay::CAPTION;
use crate::report::facts;
use crate::report::lesions::Proposed;
use crate::report::record::{PictureFile, RecordReport, ReportedExam};
use crate::text::{percent, sentence};

/// Values that all resources of one exam share.
pub(super) struct About<'a> {
    pub record: &'a RecordReport,
    pub exam: &'a ReportedExam,
    pub subject: &'a Reference,
    pub study: Reference,
    pub device: Reference,
    /// `preliminary`, `final` or `amended`, for the report and its observations.
    pub status: &'static str,
    /// The date of the scan or else of saving; none in a de-identified copy.
    pub when: Option<String>,
}

impl About<'_> {
    /// Distinguishes the resources of this exam from those of others.
    pub(crate) fn named(&self, what: &str) -> String {
        format!("{}\0{what}", self.exam.accession)
    }

    /// An observation on this exam's images, without a value.
    pub(crate) fn observation(&self, code: CodeableConcept) -> Observation {
        Observation {
            category: vec![CodeableConcept::coded(codes::category("imaging"))],
            effective_date_time: self.when.clone(),
            derived_from: vec![self.study.clone()],
            ..Observation::new(self.status, code, self.subject.clone())
        }
    }

    /// The same, made by the network.
    pub(crate) fn of_model(&self, code: CodeableConcept) -> Observation {
        Observation {
            device: Some(self.device.clone()),
            ..self.observation(code)
        }
    }
}

/// Adds all resources of an exam.
pub(super) fn add(
    entries: &mut Entries,
    record: &RecordReport,
    exam: &ReportedExam,
    subject: &Reference,
    organization: Option<Reference>,
) {
    let when = when(record, exam);
    let based_on = order::of_exam(entries, record, &exam.accession);
    let study = study(entries, exam, subject, when.clone(), based_on.clone());
    let about = About {
        record,
        exam,
        subject,
        study: study.clone(),
        device: device(entries, exam),
        status: status(&exam.status),
        when,
    };
    let mut result = assessment(entries, &about);
    result.extend(circumstances::add(entries, &about));
    result.extend(lesion::add(entries, &about));
    result.extend(nodule::add(entries, &about));
    result.extend(words(entries, &about));
    let media = pictures(entries, &about);
    let (interpreter, issued) = signature(entries, exam);
    let report = DiagnosticReport {
        id: String::new(),
        identifier: vec![number(entries, exam)],
        based_on,
        status: about.status,
        category: vec![CodeableConcept::coded(codes::RADIOLOGY)],
        code: CodeableConcept::both(
            "Chest CT: computer-assisted analysis",
            Some(codes::IMAGING_STUDY),
        ),
        subject: subject.clone(),
        effective_date_time: about.when.clone(),
        issued,
        performer: organization.into_iter().collect(),
        results_interpreter: interpreter.into_iter().collect(),
        result,
        imaging_study: vec![study],
        media,
        conclusion: conclusion(exam),
        presented_form: signed_text(exam),
    };
    entries.add(&about.named("report"), |id| {
        Resource::DiagnosticReport(DiagnosticReport { id, ..report })
    });
}

/// The radiologist's text and the addenda to the signed report, each as an observation.
fn words(entries: &mut Entries, about: &About<'_>) -> Vec<Reference> {
    let mut observations = Vec::new();
    for (heading, text) in about.exam.reading.words.stated() {
        let name = format!("{heading} of the radiologist");
        let code = CodeableConcept::both(name.clone(), codes::of_words(heading));
        let mut observation = about.observation(code);
        observation.value = Some(Value::String(text.to_owned()));
        observations.push(entries.observe(&about.named(&name), observation));
    }
    for (place, addendum) in about.exam.addenda.iter().enumerate() {
        let name = "Addendum of the radiologist";
        let code = CodeableConcept::both(name, Some(codes::ADDENDUM));
        let mut observation = about.observation(code);
        observation.value = Some(Value::String(addendum.text.clone()));
        observation.note = vec![Annotation {
            text: format!("Written {}", addendum.signature()),
        }];
        observations.push(entries.observe(&about.named(&format!("addendum {place}")), observation));
    }
    observations
}

fn when(record: &RecordReport, exam: &ReportedExam) -> Option<String> {
    if record.deidentified.is_some() {
        return None;
    }
    Some(match exam.reading.circumstances.scanned_on {
        Some(day) => day.to_string(),
        None => exam.examined_at.to_string(),
    })
}

fn status(status: &ReportStatus) -> &'static str {
    match status {
        ReportStatus::Preliminary { .. } => "preliminary",
        ReportStatus::Final { amends: true, .. } => "amended",
        ReportStatus::Final { amends: false, .. } => "final",
    }
}

/// The number of the exam in the record.
fn number(entries: &Entries<'_>, exam: &ReportedExam) -> Identifier {
    Identifier {
        system: entries.system(System::Exam),
        value: exam.accession.clone(),
        ..Identifier::default()
    }
}

/// The hospital's accession number of the study, if the scan states it.
fn accession(entries: &Entries<'_>, exam: &ReportedExam) -> Option<Identifier> {
    let stated = exam.study.as_deref()?.accession.clone();
    Some(Identifier {
        kind: Some(CodeableConcept::coded(codes::ACCESSION)),
        system: entries.system(System::Accession),
        value: stated.filter(|number| !number.trim().is_empty())?,
        ..Identifier::default()
    })
}

/// The UIDs of the study and of its series, as the exam or the scan states them.
fn uids(exam: &ReportedExam) -> [Option<&str>; 2] {
    let usable = |uid: &'_ Option<String>| uid.as_deref().filter(|uid| is_uid(uid)).is_some();
    let series = exam.slice.series.as_deref();
    let scan = exam.study.as_deref();
    let study = series.map(|of| &of.study_uid).filter(|uid| usable(uid));
    let study = study.or(scan.map(|of| &of.study_uid).filter(|uid| usable(uid)));
    let of_series = series.map(|of| &of.series_uid).filter(|uid| usable(uid));
    let of_series = of_series.or(scan.map(|of| &of.series_uid).filter(|uid| usable(uid)));
    [study, of_series].map(|uid| uid.and_then(|uid| uid.as_deref()))
}

fn study(
    entries: &mut Entries,
    exam: &ReportedExam,
    subject: &Reference,
    started: Option<String>,
    based_on: Vec<Reference>,
) -> Reference {
    let [study_uid, series_uid] = uids(exam);
    let uid = study_uid.map(|uid| Identifier {
        system: Some(codes::DICOM_UID.to_owned()),
        value: format!("urn:oid:{uid}"),
        ..Identifier::default()
    });
    let listed = series_uid.map(|uid| Series {
        uid: uid.to_owned(),
        modality: codes::CT,
        number_of_instances: (exam.slice.series.as_deref()).map(|of| of.curve.len()),
    });
    let referrer = exam.study.as_deref().and_then(|of| of.referrer.clone());
    let numbers = [Some(number(entries, exam)), accession(entries, exam)];
    let study = ImagingStudy {
        id: String::new(),
        identifier: uid
            .into_iter()
            .chain(numbers.into_iter().flatten())
            .collect(),
        status: "available",
        modality: vec![codes::CT],
        subject: subject.clone(),
        started,
        based_on,
        referrer: referrer.map(|name| Reference::named(shown_name(&name))),
        series: listed.clone().into_iter().collect(),
    };
    // Exams of one study share it.
    let name = match study_uid {
        Some(uid) => format!("study\0{uid}"),
        None => format!("{}\0study", exam.accession),
    };
    let reference = entries.add(&name, |id| {
        Resource::ImagingStudy(ImagingStudy { id, ..study })
    });
    entries.list_series(&reference, listed);
    reference
}

/// The signed text as it was signed, if nothing has changed since.
fn signed_text(exam: &ReportedExam) -> Vec<Attachment> {
    let text = exam.signed_text.as_ref().map(|text| Attachment {
        title: Some("The report as it was signed".to_owned()),
        ..Attachment::new("text/plain; charset=utf-8", text.as_bytes())
    });
    text.into_iter().collect()
}

/// The network with its weights, and the version of LUNNY that ran it, if stored.
fn device(entries: &mut Entries, exam: &ReportedExam) -> Reference {
    let model = &exam.slice.assessment.model;
    let series = exam.slice.series.as_deref();
    let version = series.map_or("", |of| of.version.as_str());
    let versions = [
        ("SHA-256 of the weight file", model.sha256.as_str()),
        ("LUNNY", version),
    ];
    let device = Device {
        id: String::new(),
        identifier: Vec::new(),
        device_name: vec![DeviceName {
            name: model.named(),
            kind: "model-name",
        }],
        kind: CodeableConcept::text("Software: neural network for chest CT slices"),
        version: versions
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(kind, value)| DeviceVersion {
                kind: CodeableConcept::text(kind),
                value: value.to_owned(),
            })
            .collect(),
    };
    let name = format!("device\0{}\0{}\0{version}", model.id, model.sha256);
    entries.add_common(&name, |id| Resource::Device(Device { id, ..device }))
}

/// The network's result, and the category of the exam with its basis. If out of distribution, the observations state why they
/// have no value.
fn assessment(entries: &mut Entries, about: &About<'_>) -> Vec<Reference> {
    let slice = &about.exam.slice;
    let assessment = &slice.assessment;
    let outside = facts::outside(slice).map(|reason| sentence(&reason));
    let remark = |text: String| Annotation { text };
    let absent = |observation: Observation, reason: &String| Observation {
        data_absent_reason: Some(CodeableConcept::both(reason.clone(), Some(codes::NO_VALUE))),
        ..observation
    };
    let mut classification = about.of_model(CodeableConcept::text("Classification by the model"));
    let label = assessment.classification.label();
    classification.value = Some(Value::Concept(CodeableConcept::text(label)));
    classification.method = Some(CodeableConcept::text(assessment.reader.label()));
    classification.note = vec![remark(match &outside {
        Some(reason) => reason.clone(),
        None => format!(
            "The threshold is {}: {}.",
            percent(assessment.rule.threshold),
            facts::measured(slice)
        ),
    })];
    let probability = about.of_model(CodeableConcept::both(
        "Malignancy probability by the model",
        Some(codes::PROBABILITY_OF_CANCER),
    ));
    let probability = match (assessment.malignancy_probability(), &outside) {
        (_, Some(reason)) => Some(absent(probability, reason)),
        (Some(found), None) => Some(Observation {
            value: Some(Value::Quantity(codes::probability(found))),
            ..probability
        }),
        (None, None) => None,
    };
    let lung_rads = || CodeableConcept::both("Lung-RADS category", Some(codes::LUNG_RADS));
    let category = match (about.exam.reading.category(), &outside) {
        (Some(measured), _) => Some(Observation {
            value: Some(Value::Concept(CodeableConcept::text(measured.label()))),
            method: Some(CodeableConcept::text("measured")),
            note: vec![remark(measured.rule)],
            ..about.observation(lung_rads())
        }),
        (None, Some(reason)) => Some(absent(about.of_model(lung_rads()), reason)),
        (None, None) => {
            let suggested = assessment.suggested_category();
            let suggested = suggested.map(|it| (it.to_string(), SuggestedCategory::BASIS));
            let proposed = || {
                let proposed = ProposedCategory::of(assessment, &about.exam.reading.rejected)?;
                Some((proposed.with_basis(), Lesion::BASIS))
            };
            suggested
                .or_else(proposed)
                .map(|(label, basis)| Observation {
                    value: Some(Value::Concept(CodeableConcept::text(label))),
                    method: Some(CodeableConcept::text(basis)),
                    ..about.of_model(lung_rads())
                })
        }
    };
    let stated = [
        ("classification", Some(classification)),
        ("probability", probability),
        ("category", category),
    ];
    let mut found: Vec<Reference> = stated
        .into_iter()
        .filter_map(|(what, observation)| Some(entries.observe(&about.named(what), observation?)))
        .collect();
    let copy = about.record.deidentified.as_ref();
    if let Some(age) = copy.and_then(|copy| copy.age_at(&about.exam.accession)) {
        let code = CodeableConcept::both("Age at the exam", Some(codes::AGE));
        let mut observation = about.observation(code);
        observation.category = Vec::new();
        observation.value = Some(Value::Quantity(stated::in_years(age)));
        found.push(entries.observe(&about.named("age"), observation));
    }
    found
}

fn pictures(entries: &mut Entries, about: &About<'_>) -> Vec<ReportMedia> {
    let exam = about.exam;
    let pictures = [
        ("key image", "The slice as viewed", &exam.key_image),
        ("heat map", CAPTION, &exam.heat_map),
    ];
    let kept = pictures.into_iter().filter_map(|(what, comment, picture)| {
        let picture: &PictureFile = picture.as_ref()?;
        let media = Media {
            id: String::new(),
            identifier: Vec::new(),
            status: "completed",
            subject: about.subject.clone(),
            created_date_time: about.when.clone(),
            content: patient::attachment(picture),
            note: vec![Annotation {
                text: comment.to_owned(),
            }],
        };
        let link = entries.add(&about.named(what), |id| {
            Resource::Media(Media { id, ..media })
        });
        let comment = comment.to_owned();
        Some(ReportMedia { comment, link })
    });
    kept.collect()
}

/// The signer of the report and the time, if it is signed and the copy may state them.
fn signature(entries: &mut Entries, exam: &ReportedExam) -> (Option<Reference>, Option<String>) {
    match &exam.status {
        ReportStatus::Final {
            signed_by,
            signed_at,
            ..
        } if !signed_by.is_empty() => {
            let name = vec![HumanName::of(signed_by.clone(), None)];
            let who = entries.add_common(&format!("practitioner\0{signed_by}"), |id| {
                Resource::Practitioner(Practitioner {
                    id,
                    identifier: Vec::new(),
                    name,
                })
            });
            (Some(who), Some(signed_at.to_string()))
        }
        _ => (None, None),
    }
}

/// The result in sentences, with its basis.
fn conclusion(exam: &ReportedExam) -> String {
    let slice = &exam.slice;
    let result = slice.assessment.classification.label();
    let result = match (
        slice.assessment.malignancy_probability(),
        facts::outside(slice),
    ) {
        (_, Some(reason)) => format!("{result}: {reason}"),
        (Some(probability), None) => {
            format!("{result}, malignancy probability {}", percent(probability))
        }
        (None, None) => result.to_owned(),
    };
    let category = facts::category_with_basis(slice, &exam.reading);
    let category = category.map(|category| format!("Lung-RADS {category}."));
    let measured = exam.reading.category();
    let management = measured.map(|measured| format!("{}.", measured.category.management()));
    let lesions = Proposed::of(slice).decided(&exam.reading).cell();
    let lesions = (!lesions.is_empty()).then(|| format!("Lesions {lesions}."));
    // A radiologist's conclusion comes before what the model and the rules say.
    let impression = &exam.reading.words.impression;
    let impression = (!impression.is_empty()).then(|| impression.clone());
    let result = Some(format!("{result}."));
    let parts = [impression, result, category, management, lesions];
    let parts = parts.into_iter().flatten().chain([DISCLAIMER.to_owned()]);
    parts.collect::<Vec<_>>().join(" ")
}
