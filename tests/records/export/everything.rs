//! A fixture with one patient whose every field is stated, each with a different text.

use std::path::{Path, PathBuf};

use image::RgbImage;
use jiff::civil::Date;
use lunny::clinical::examined::{ExaminedSeries, ExaminedSlice};
use lunny::clinical::measurement::{Axes, Millimetres};
use lunny::clinical::nodule::{
    Lobe, Margin, MeasuredNodule, Measurement, Method, NoduleDraft, NoduleType, Place,
};
use lunny::clinical::patient::{Field, Kind, Patient, PatientDraft};
use lunny::clinical::reading::Circumstances;
use lunny::export::{
    ExportError, ExportEvent, ExportOptions, Format, Requester, Selection, export,
};
use lunny::imaging::overlay::png_file;
use lunny::report::deidentified::may_contain;
use lunny::store::{
    Access, Account, AttachmentKind, MediaType, NewAttachment, PatientChoice, PatientId, Role,
    SavedExam,
};
use lunny::text::hexadecimal;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::dicom_series::CtSlice;
use crate::made_up::assessment;
use crate::support::{Installation, PASSWORD, installation};

pub const HOSPITAL: &str = "PlantedHospital";
pub const EMAIL: &str = "planted.account@example.org";
pub const RADIOLOGIST: &str = "planted.radiologist@example.org";
pub const STUDY: &str = "1.2.840.99.5550.1";
pub const SERIES: &str = "1.2.840.99.5550.2";

/// The fixture and the account that exports.
pub struct Everything {
    pub installation: Installation,
    pub access: Access,
    pub account: Account,
    pub patient: PatientId,
    pub scans: TempDir,
}

/// A value that is valid for a field and that no other field has.
pub fn planted(field: Field) -> String {
    let place = field as usize;
    match field.kind() {
        Kind::Line(_) | Kind::Paragraphs(_) => format!("Planted{place}{}", field.key()),
        Kind::Date(_) if field == Field::DateOfBirth => "1931-02-03".into(),
        Kind::Date(_) => format!("2001-02-{:02}", place % 28 + 1),
        Kind::Choice(choices) => choices.last().unwrap().word.into(),
        Kind::Quantity(_) => "12.5".into(),
        Kind::Phone => format!("+49 5550 77310{place:03}"),
        Kind::Email => format!("planted{place}@example.org"),
        Kind::FollowUps => "2002-03-04 PlantedFollowUp\n2003-04-05 PlantedSecond".into(),
        Kind::Photo | Kind::Computed => String::new(),
    }
}

pub fn patient() -> Patient {
    let mut draft = PatientDraft::default();
    for field in Field::entered() {
        draft.set(field, planted(field));
    }
    draft.validate(Date::constant(2026, 3, 2)).unwrap()
}

/// Texts that must not be in a de-identified copy.
pub fn secrets() -> Vec<String> {
    let fields = Field::entered().filter(|field| !may_contain(*field));
    let mut secrets: Vec<String> = fields
        .flat_map(|field| {
            let value = planted(field);
            value
                .lines()
                .flat_map(|line| line.split(' ').map(str::to_owned).collect::<Vec<_>>())
                .collect::<Vec<_>>()
        })
        // The parts of a telephone number alone are not secret.
        .filter(|part| part.len() > 4)
        .collect();
    secrets.extend(
        [
            HOSPITAL,
            EMAIL,
            RADIOLOGIST,
            STUDY,
            SERIES,
            "Ada Byron",
            "Byron",
            "Planted",
            "planted",
            "PHANTOM",
            "slice_planted",
            "1931-02",
            "2023-11",
            "202311",
            "20200131",
            "2004-05-06",
            "2005-06-07",
            "E-1",
            "E-2",
        ]
        .map(str::to_owned),
    );
    let dashed: Vec<String> = secrets.clone();
    let is_date = |text: &&String| text.len() == 10 && text.parse::<Date>().is_ok();
    let compact = dashed
        .iter()
        .filter(is_date)
        .map(|date| date.replace('-', ""));
    secrets.extend(compact);
    secrets
}

fn picture(kind: AttachmentKind) -> NewAttachment {
    let pixels = RgbImage::from_fn(8, 8, |x, y| image::Rgb([(x * 9) as u8, (y * 9) as u8, 5]));
    let words = [("Source", "slice_planted.dcm"), ("Comment", "PlantedWords")];
    NewAttachment {
        kind,
        media_type: MediaType::Png,
        bytes: png_file::encode(&pixels, &words).unwrap(),
    }
}

/// An exam of one existing DICOM file.
pub fn slice(path: &Path, bytes: &[u8]) -> ExaminedSlice {
    std::fs::write(path, bytes).unwrap();
    ExaminedSlice {
        source_path: path.to_owned(),
        source_sha256: hexadecimal(&Sha256::digest(bytes)),
        format: "DICOM".into(),
        width: 16,
        height: 16,
        assessment: assessment(0.8),
        elapsed_ms: 310,
        series: None,
    }
}

/// An exam of a series of three existing slices.
fn series(folder: &Path) -> ExaminedSlice {
    let mut together = Sha256::new();
    // From the lowest slice up, in the order of the series.
    for number in (1..=3).rev() {
        let slice = CtSlice::new(SERIES, number, 16);
        slice.write(folder.join(format!("slice_planted{number}.dcm")));
        together.update(hexadecimal(&Sha256::digest(slice.bytes())));
    }
    ExaminedSlice {
        source_path: folder.to_owned(),
        source_sha256: hexadecimal(&together.finalize()),
        format: "DICOM".into(),
        width: 16,
        height: 16,
        assessment: assessment(0.2),
        elapsed_ms: 900,
        series: Some(Box::new(ExaminedSeries {
            study_uid: Some(STUDY.into()),
            series_uid: Some(SERIES.into()),
            deciding: 0..3,
            rule: "highest mean of three neighbouring slices".into(),
            suspicious: vec![1],
            curve: vec![Some(0.1), Some(0.3), Some(0.2)],
            analysed: 3,
            outside: 0,
            runs_on: "PlantedMachine".into(),
            version: "0.1.0".into(),
        })),
    }
}

pub fn nodule() -> MeasuredNodule {
    let length = |tenths| Millimetres::from_tenths(tenths).unwrap();
    let mut draft = NoduleDraft::new(NoduleType::Solid, Axes::new(length(84), length(79)));
    draft.margin = Some(Margin::Spiculated);
    MeasuredNodule {
        lobe: Some(Lobe::RightUpper),
        volume_mm3: Some(301.5),
        measurement: Measurement {
            method: Method::Calipers,
            place: Some(Place {
                series_uid: Some(SERIES.into()),
                slice: 1,
                ends: [[1.0, 2.0]; 4],
            }),
        },
        note: "PlantedNote".into(),
        ..MeasuredNodule::new(draft)
    }
}

/// Two exams, the first with a signed report, with pictures, nodules and circumstances.
pub fn everything() -> Everything {
    let installation = installation();
    installation.enter(HOSPITAL, EMAIL);
    let radiologist = installation.enter_as(HOSPITAL, RADIOLOGIST, Role::Radiologist);
    let sign_in = installation.store.sign_in(EMAIL, PASSWORD).unwrap();
    let (access, account) = (sign_in.access, sign_in.account);
    let scans = tempfile::tempdir().unwrap();
    let store = &installation.store;
    let pictures = [
        picture(AttachmentKind::KeyImage),
        picture(AttachmentKind::HeatMap),
    ];
    let path = scans.path().join("slice_planted.dcm");
    let first = slice(&path, &CtSlice::new("1.2.3", 1, 16).bytes());
    let choice = PatientChoice::New(patient());
    let SavedExam { patient, exam, .. } = store
        .save_exam_with(&access, &choice, &first, &pictures)
        .unwrap();
    store.add_nodule(&access, exam, &nodule()).unwrap();
    let circumstances = Circumstances {
        family_history: Some(true),
        emphysema: Some(false),
        nodules_seen: Some(2),
        scanned_on: Some(Date::constant(2004, 5, 6)),
        ..Circumstances::default()
    };
    store
        .state_circumstances(&access, exam, 0, &circumstances)
        .unwrap();
    let written = store.write_report(&access, exam, "PlantedReport").unwrap();
    store.sign_report(&radiologist, written.id).unwrap();
    let folder = scans.path().join("PlantedFolder");
    let second = series(&folder);
    let existing = PatientChoice::Existing(patient);
    store
        .save_exam_with(&access, &existing, &second, &pictures)
        .unwrap();
    let photo = picture(AttachmentKind::Photo);
    store.attach_photo(&access, patient, &photo).unwrap();
    Everything {
        installation,
        access,
        account,
        patient,
        scans,
    }
}

impl Everything {
    pub fn asker(&self) -> Requester<'_> {
        Requester {
            store: &self.installation.store,
            access: &self.access,
            account: &self.account,
        }
    }

    /// Exports the patient, or all; returns all events except progress.
    pub fn export(
        &self,
        selection: &Selection,
        formats: &[Format],
        deidentified: bool,
        folder: &Path,
    ) -> Result<Vec<ExportEvent>, ExportError> {
        let wanted = ExportOptions {
            formats: formats.to_vec(),
            deidentified,
            paper: Default::default(),
            fhir: Default::default(),
            folder: folder.to_owned(),
        };
        let mut told = Vec::new();
        export(
            self.asker(),
            selection,
            &wanted,
            &lunny::cancel::Cancel::default(),
            &mut |what| match what {
                ExportEvent::Progress { done, of } => assert!(done <= of),
                what => told.push(what),
            },
        )?;
        Ok(told)
    }

    pub fn chosen(&self) -> Selection {
        Selection::Chosen(vec![self.patient])
    }
}

/// The files of the events.
pub fn files(told: &[ExportEvent]) -> Vec<PathBuf> {
    let file = |told: &ExportEvent| match told {
        ExportEvent::Written(path) => Some(path.clone()),
        _ => None,
    };
    told.iter().filter_map(file).collect()
}
