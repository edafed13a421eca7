//! A record of a fictitious patient, with an exam that has every fact an object can contain.

use jiff::Timestamp;
use jiff::civil::date;
use lunny::clinical::examined::ExaminedSeries;
use lunny::clinical::growth::Sizes;
use lunny::clinical::lung_rads::Category;
use lunny::clinical::measurement::{Axes, Millimetres};
use lunny::clinical::nodule::{
    Calcification, Earlier, Lobe, Margin, MeasuredNodule, Measurement, Method, NoduleDraft,
    NoduleType, Place, Status,
};
use lunny::clinical::patient::{Field, PatientDraft};
use lunny::clinical::reading::{Circumstances, Reading};
use lunny::clinical::report::{Addendum, ReportStatus, ReportWords};
use lunny::report::record::{PictureFile, RecordReport, ReportedExam};

use crate::made_up;

pub const STUDY: &str = "1.2.826.0.1.3680043.8.498.1001";
pub const SERIES: &str = "1.2.826.0.1.3680043.8.498.1001.3";

/// Two exams: the newer of a known series, signed, with two nodules; the older of one slice, without a reading.
pub fn record() -> RecordReport {
    let mut draft = PatientDraft::default();
    for (field, typed) in [
        (Field::Number, "P-0042"),
        (Field::FullName, "Ćwiąkała, Łucja"),
        (Field::DateOfBirth, "1961-03-05"),
        (Field::Gender, "female"),
        (Field::Notes, "Planted: remarks of the record"),
    ] {
        draft.set(field, typed);
    }
    RecordReport {
        hospital: "Szpital Miejski".into(),
        made_by: "Rosa Lind".into(),
        made_at: at("2026-03-09T14:30:15.25Z"),
        patient: draft.validate(date(2026, 3, 9)).unwrap(),
        record_since: at("2025-11-02T08:00:00Z"),
        changed_by: "Rosa Lind".into(),
        changed_at: at("2026-03-01T10:00:00Z"),
        photo: None,
        exams: vec![newer(), older()],
        planned: Vec::new(),
        deidentified: None,
    }
}

pub fn at(instant: &str) -> Timestamp {
    instant.parse().unwrap()
}

fn newer() -> ReportedExam {
    let mut slice = made_up::exam("newer", 0.421_337);
    slice.series = Some(Box::new(ExaminedSeries {
        study_uid: Some(STUDY.into()),
        series_uid: Some(SERIES.into()),
        deciding: 35..38,
        rule: "highest mean of three neighbouring slices".into(),
        suspicious: vec![36],
        curve: vec![Some(0.1); 120],
        analysed: 120,
        outside: 0,
        runs_on: "CPU".into(),
        version: "0.1.0".into(),
    }));
    ReportedExam {
        accession: "E-12".into(),
        examined_at: at("2026-03-08T09:15:00Z"),
        slice,
        study: None,
        reading: Reading {
            nodules: vec![part_solid(), typed_in()],
            circumstances: Circumstances {
                modifier_s: true,
                family_history: Some(true),
                emphysema: Some(false),
                nodules_seen: Some(3),
                scanned_on: Some(date(2026, 3, 7)),
                ..Circumstances::default()
            },
            words: ReportWords {
                findings: "A part-solid nodule.\nNo effusion.".into(),
                impression: "Suspicious.".into(),
                recommendation: "PET/CT.".into(),
            },
            ..Reading::default()
        },
        key_image: Some(png(&grey())),
        heat_map: Some(png(&coloured())),
        status: ReportStatus::Final {
            version: 2,
            amends: false,
            signed_by: "Nowak, Zofia".into(),
            signed_at: at("2026-03-09T11:00:00Z"),
        },
        addenda: vec![Addendum {
            text: "The effusion of the left side is new.".into(),
            written_by: "Nowak, Zofia".into(),
            written_at: at("2026-03-10T08:00:00Z"),
        }],
        signed_text: None,
    }
}

fn older() -> ReportedExam {
    ReportedExam {
        accession: "E-7".into(),
        examined_at: at("2025-11-02T08:20:00Z"),
        slice: made_up::exam("older", 0.004),
        study: None,
        reading: Reading::default(),
        key_image: Some(png(&grey())),
        heat_map: None,
        status: ReportStatus::NOT_STORED,
        addenda: Vec::new(),
        signed_text: None,
    }
}

fn length(text: &str) -> Millimetres {
    text.parse().unwrap()
}

fn part_solid() -> MeasuredNodule {
    let axes = Axes::new(length("12.4"), length("9.5"));
    let mut nodule = MeasuredNodule::new(NoduleDraft {
        solid_part: Some(Axes::new(length("6.2"), length("5.0"))),
        status: Status::Growing,
        margin: Some(Margin::Spiculated),
        earlier: Some(Earlier {
            sizes: Sizes {
                mean: length("8.0"),
                solid_mean: Some(length("3.1")),
            },
            category: Some(Category::Three),
        }),
        ..NoduleDraft::new(NoduleType::PartSolid, axes)
    });
    nodule.earlier_on = Some(date(2025, 9, 1));
    nodule.lobe = Some(Lobe::Lingula);
    nodule.volume_mm3 = Some(612.125);
    nodule.measurement = Measurement {
        method: Method::Region { threshold_hu: -600 },
        place: Some(Place {
            series_uid: Some(SERIES.into()),
            slice: 36,
            ends: [[10.0, 12.0], [20.0, 22.0], [11.0, 20.0], [19.0, 14.0]],
        }),
    };
    nodule.note = "Planted: near the hilum".into();
    nodule
}

fn typed_in() -> MeasuredNodule {
    let axes = Axes::new(length("5.0"), length("4.0"));
    MeasuredNodule::new(NoduleDraft {
        calcification: Calcification::Popcorn,
        fat: true,
        ..NoduleDraft::new(NoduleType::Solid, axes)
    })
}

/// An odd number of pixels, which requires padding.
fn grey() -> image::RgbImage {
    image::RgbImage::from_fn(31, 17, |x, y| image::Rgb([(x * 7 + y * 3) as u8; 3]))
}

fn coloured() -> image::RgbImage {
    image::RgbImage::from_fn(31, 17, |x, y| {
        image::Rgb([(x * 8) as u8, (y * 9) as u8, 40])
    })
}

/// A picture as the program stores one: with the name of its source inside.
fn png(picture: &image::RgbImage) -> PictureFile {
    let words = [("Source", "Planted: name of the file")];
    PictureFile {
        media_type: "image/png",
        bytes: lunny::imaging::overlay::png_file::encode(picture, &words).unwrap(),
    }
}
