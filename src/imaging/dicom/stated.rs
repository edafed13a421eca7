//! Attributes of a file besides its pixels: whose it is, how it was acquired, where its frames lie.

use dicom_core::Tag;
use dicom_dictionary_std::tags;
use dicom_dictionary_std::uids::{
    CT_IMAGE_STORAGE, ENHANCED_CT_IMAGE_STORAGE, LEGACY_CONVERTED_ENHANCED_CT_IMAGE_STORAGE,
    MEDIA_STORAGE_DIRECTORY_STORAGE,
};

use unicode_normalization::UnicodeNormalization;

use super::super::error::Fault;
use super::super::header::{Frame, GroupingTags, Header, Rescale};
use super::super::marks::{self, MARKS};
use super::super::{Format, Marks, Modality};
use super::dataset::DataSet;
use super::functional_groups::{Group, is_hounsfield};
use super::samples::rows_and_columns;
use super::walk::{RETIRED_ORIENTATION, RETIRED_POSITION};
use super::{frames, pixels};
use crate::clinical::date;
use crate::clinical::identity::Identity;
use crate::clinical::patient::Sex;
use crate::clinical::scanned_study::ScannedStudy;

pub(super) fn read_header(dataset: &DataSet) -> Result<Header, Fault> {
    let (rows, columns) = rows_and_columns(dataset)?;
    let stated = modality(dataset, &dataset.groups.frame(0));
    let is_ct = stated.modality == "CT";
    let stated_frames = frames(dataset)?;
    let places = (0..stated_frames).map(|frame| {
        let group = dataset.groups.frame(frame);
        let rescale = if is_ct {
            stated_rescale(dataset, &group)
        } else {
            Rescale::default()
        };
        Frame {
            rescale,
            ..place(dataset, &group)
        }
    });
    let number = |tag| dataset.whole_number(tag).ok().flatten();
    Ok(Header {
        format: Format::Dicom,
        rows,
        columns,
        frames: places.collect(),
        surplus_frames: pixels::surplus_frames(dataset, stated_frames),
        surplus_end: 0,
        stated: Some(stated),
        transfer_syntax: Some(dataset.layout.uid.clone()),
        study_uid: dataset.text(tags::STUDY_INSTANCE_UID),
        series_uid: dataset.text(tags::SERIES_INSTANCE_UID),
        patient_name: dataset.text(tags::PATIENT_NAME),
        patient_id: dataset.text(tags::PATIENT_ID),
        frame_of_reference: dataset.text(tags::FRAME_OF_REFERENCE_UID),
        instance_number: number(tags::INSTANCE_NUMBER),
        slice_location: (dataset.finite_numbers(tags::SLICE_LOCATION)).map(|[mm]| mm),
        grouping: grouping(dataset),
    })
}

/// The values that separate the slices of the file from others of its series.
fn grouping(dataset: &DataSet) -> GroupingTags {
    let mut marks = Marks::default();
    for (index, mark) in MARKS.iter().enumerate() {
        let values = mark.of_file.iter().map(|&tag| match tag {
            tag if DATES.contains(&tag) => dataset.text(tag).map(one_day).unwrap_or_default(),
            // Empty last values, and small letters of a term, are spellings.
            tags::MODALITY => dataset.texts(tag).join("\\").to_uppercase(),
            _ => dataset
                .texts(tag)
                .join("\\")
                .trim_end_matches('\\')
                .to_owned(),
        });
        let values: Vec<String> = values.filter(|values| !values.is_empty()).collect();
        marks.set(index, values.join(" "));
    }
    GroupingTags {
        patient: [
            dataset.text(tags::ISSUER_OF_PATIENT_ID),
            dataset.text(tags::PATIENT_ID),
            dataset
                .text(tags::PATIENT_NAME)
                .map(|name| one_spelling(&name)),
            dataset.text(tags::PATIENT_BIRTH_DATE).map(one_day),
            dataset
                .text(tags::PATIENT_SEX)
                .map(|sex| sex.to_uppercase()),
        ],
        marks,
    }
}

/// A person name in the one of its spellings without delimiters of empty parts (`Doe^Jane^^^`, PS3.5, 6.2.1.1), blanks around
/// delimiters, byte order mark, letters put together of several characters, and small letters.
fn one_spelling(name: &str) -> String {
    let name = name.trim_start_matches('\u{feff}').to_uppercase();
    let name: String = name.nfc().collect();
    let group = |group: &str| {
        let parts: Vec<&str> = group.split('^').map(str::trim).collect();
        parts.join("^").trim_end_matches('^').to_owned()
    };
    let groups: Vec<String> = name.split('=').map(group).collect();
    groups.join("=").trim_end_matches('=').to_owned()
}

/// Elements of the outermost level that state a day.
const DATES: [Tag; 4] = [
    tags::STUDY_DATE,
    tags::SERIES_DATE,
    tags::ACQUISITION_DATE,
    tags::CONTENT_DATE,
];

/// The first of these elements that states a day, as DICOM writes it.
fn day(dataset: &DataSet, elements: &[Tag]) -> Option<String> {
    let mut days = elements
        .iter()
        .filter_map(|&tag| day_of(&dataset.text(tag)?));
    days.next()
}

/// A day as DICOM writes it (`20200102`). Older files separate its parts; a date and time begins with it; some state zeros.
fn day_of(text: &str) -> Option<String> {
    let digits = |text: &&str| text.bytes().all(|byte| byte.is_ascii_digit());
    let day = text.get(..8).filter(digits).unwrap_or(text);
    let day = date::parse(day).ok()?;
    Some(day.strftime("%Y%m%d").to_string())
}

/// A day in one spelling; a text that states none stays as it is, so that two of them still differ.
fn one_day(text: String) -> String {
    day_of(&text).unwrap_or(text)
}

/// A time as DICOM writes it (`101530.25`); older files separate its parts by colons.
fn time_of(text: &str) -> Option<String> {
    let time = text.replace(':', "");
    let (whole, fraction) = time.split_once('.').unwrap_or((&time, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    (matches!(whole.len(), 2 | 4 | 6) && digits(whole) && digits(fraction)).then_some(time)
}

/// (0010,0040) PatientSex, also in small letters; `None` for other terms.
fn sex(dataset: &DataSet) -> Option<String> {
    let sex = dataset.text(tags::PATIENT_SEX)?.to_ascii_uppercase();
    ["F", "M", "O"].contains(&sex.as_str()).then_some(sex)
}

/// Position of a frame: from its group, else from the file.
pub(super) fn place(dataset: &DataSet, group: &Group) -> Frame {
    let spacing = group.spacing_mm.or_else(|| dataset.spacing());
    let positive = |spacing: &[f64; 2]| spacing.iter().all(|&mm| mm > 0.0);
    Frame {
        spacing_mm: spacing.filter(positive),
        // Files after ACR-NEMA 2.0 state the retired elements.
        orientation: (group.orientation)
            .or_else(|| dataset.finite_numbers(tags::IMAGE_ORIENTATION_PATIENT))
            .or_else(|| dataset.finite_numbers(RETIRED_ORIENTATION)),
        position_mm: (group.position_mm)
            .or_else(|| dataset.finite_numbers(tags::IMAGE_POSITION_PATIENT))
            .or_else(|| dataset.finite_numbers(RETIRED_POSITION)),
        thickness_mm: (group.thickness_mm)
            .or_else(|| (dataset.finite_numbers(tags::SLICE_THICKNESS)).map(|[mm]| mm)),
        time_point: (group.time_point).or_else(|| {
            let number = dataset.whole_number(tags::TEMPORAL_POSITION_IDENTIFIER);
            number.ok().flatten()
        }),
        other_values: hounsfield(dataset, group) == Some(false),
        phase_percent: (group.phase_percent).or_else(|| {
            let percent = dataset.finite_numbers(tags::NOMINAL_PERCENTAGE_OF_CARDIAC_PHASE);
            percent.map(|[percent]| percent)
        }),
        rescale: Rescale::default(),
        marks: group.marks.clone(),
    }
}

/// True if the file states that the rescaled values of a frame are Hounsfield units, false for another unit;
/// often `None`.
fn hounsfield(dataset: &DataSet, group: &Group) -> Option<bool> {
    let of_file = || is_hounsfield(&dataset.text(tags::RESCALE_TYPE)?);
    group.hounsfield.or_else(of_file)
}

/// Stated parts of the rescale of a frame.
fn stated_rescale(dataset: &DataSet, group: &Group) -> Rescale {
    let slope = group.slope.is_some() || dataset.text(tags::RESCALE_SLOPE).is_some();
    let intercept = group.intercept.is_some() || dataset.text(tags::RESCALE_INTERCEPT).is_some();
    match (slope, intercept) {
        (false, false) => Rescale::None,
        (true, false) => Rescale::Slope,
        (false, true) => Rescale::Intercept,
        (true, true) => Rescale::Both,
    }
}

/// Slope and intercept if at least one of them is stated; a missing one defaults to 1 or 0.
fn rescale(dataset: &DataSet, group: &Group) -> Result<Option<[f64; 2]>, Fault> {
    let slope = match group.slope {
        None => dataset.number(tags::RESCALE_SLOPE)?,
        slope => slope,
    };
    let intercept = match group.intercept {
        None => dataset.number(tags::RESCALE_INTERCEPT)?,
        intercept => intercept,
    };
    if slope.is_none() && intercept.is_none() {
        return Ok(None);
    }
    let (slope, intercept) = (slope.unwrap_or(1.0), intercept.unwrap_or(0.0));
    if !(slope.is_finite() && intercept.is_finite() && slope != 0.0) {
        return Err(Fault::damaged(
            "its rescale slope and intercept are not valid numbers",
        ));
    }
    Ok(Some([slope, intercept]))
}

pub(super) fn modality(dataset: &DataSet, group: &Group) -> Modality {
    let place = place(dataset, group);
    let image_type = dataset.texts(tags::IMAGE_TYPE);
    Modality {
        modality: (dataset.text(tags::MODALITY))
            .or_else(|| by_class(dataset))
            .unwrap_or_default()
            .to_ascii_uppercase(),
        orientation: place.orientation,
        position_mm: place.position_mm,
        body_part: dataset.text(tags::BODY_PART_EXAMINED),
        series_description: dataset.text(tags::SERIES_DESCRIPTION),
        sop_instance_uid: dataset.text(tags::SOP_INSTANCE_UID),
        slice_thickness_mm: place.thickness_mm,
        date: scanned_on(dataset, group),
        patient: patient(dataset),
        study: study(dataset),
        localizer: image_type.iter().any(|part| part == "LOCALIZER"),
    }
}

/// The day of the scan. It is that of the acquisition, else the next best that is stated.
fn scanned_on(dataset: &DataSet, group: &Group) -> Option<String> {
    let acquired = [tags::ACQUISITION_DATE, tags::ACQUISITION_DATE_TIME];
    let others = [tags::STUDY_DATE, tags::SERIES_DATE, tags::CONTENT_DATE];
    day(dataset, &acquired)
        .or_else(|| day_of(group.marks.named(marks::ACQUIRED)?))
        .or_else(|| day(dataset, &others))
}

/// Identity of the patient, as far as the file states it. An invalid birth date or sex counts as missing.
fn patient(dataset: &DataSet) -> Identity {
    let birth = dataset.text(tags::PATIENT_BIRTH_DATE);
    let sex = sex(dataset);
    Identity {
        name: dataset.text(tags::PATIENT_NAME),
        number: dataset.text(tags::PATIENT_ID),
        issuer: dataset.text(tags::ISSUER_OF_PATIENT_ID),
        birth_date: birth.and_then(|date| date::parse(&date).ok()),
        sex: sex.and_then(|sex| match sex.as_str() {
            "F" => Some(Sex::Female),
            "M" => Some(Sex::Male),
            "O" => Some(Sex::Other),
            _ => None,
        }),
    }
}

/// Patient and study as the file states them, with days, time and sex as DICOM writes them.
fn study(dataset: &DataSet) -> ScannedStudy {
    ScannedStudy {
        patient_name: dataset.text(tags::PATIENT_NAME),
        patient_id: dataset.text(tags::PATIENT_ID),
        issuer: dataset.text(tags::ISSUER_OF_PATIENT_ID),
        birth_date: day(dataset, &[tags::PATIENT_BIRTH_DATE]),
        sex: sex(dataset),
        study_uid: dataset.text(tags::STUDY_INSTANCE_UID),
        date: day(dataset, &[tags::STUDY_DATE]),
        time: dataset
            .text(tags::STUDY_TIME)
            .and_then(|time| time_of(&time)),
        study_id: dataset.text(tags::STUDY_ID),
        accession: dataset.text(tags::ACCESSION_NUMBER),
        referrer: dataset.text(tags::REFERRING_PHYSICIAN_NAME),
        series_uid: dataset.text(tags::SERIES_INSTANCE_UID),
        class_uid: Some(class(dataset)).filter(|class| !class.is_empty()),
        images: Vec::new(),
    }
}

/// (0008,0016) SOPClassUID, or that of the meta information.
fn class(dataset: &DataSet) -> String {
    let class = dataset.text(tags::SOP_CLASS_UID);
    let class = class.or_else(|| dataset.text(tags::MEDIA_STORAGE_SOP_CLASS_UID));
    class.unwrap_or_default()
}

/// The modality of an object that does not state it. Anonymisers remove it; the class of a CT stays.
fn by_class(dataset: &DataSet) -> Option<String> {
    let computed_tomography = [
        CT_IMAGE_STORAGE,
        ENHANCED_CT_IMAGE_STORAGE,
        LEGACY_CONVERTED_ENHANCED_CT_IMAGE_STORAGE,
    ];
    let class = class(dataset);
    (computed_tomography.contains(&class.as_str())).then(|| "CT".to_owned())
}

/// The error for a complete file without pixels: an export of headers, or an object that is not a picture.
pub(super) fn without_pixels(dataset: &DataSet) -> Fault {
    let class = class(dataset);
    let modality = dataset.text(tags::MODALITY).unwrap_or_default();
    Fault::NoPicture(match modality.as_str() {
        "RTSTRUCT" => "a DICOM structure set".into(),
        "RTPLAN" => "a DICOM treatment plan".into(),
        "SR" => "a DICOM structured report".into(),
        "PR" => "a DICOM presentation state".into(),
        _ if class == MEDIA_STORAGE_DIRECTORY_STORAGE => "a DICOM directory".into(),
        "" => "a DICOM object without pixels".into(),
        "CT" => "a CT header without its pixels".into(),
        other => format!("a DICOM object of modality {other} without pixels"),
    })
}

/// Slope and intercept that give Hounsfield units; `None` if the values are none. Values with another stated unit are not,
/// even in a CT slice.
pub(super) fn applied_rescale(
    dataset: &DataSet,
    group: &Group,
    stated: &Modality,
) -> Result<Option<[f64; 2]>, Fault> {
    match (hounsfield(dataset, group), stated.modality.as_str()) {
        (Some(false), _) => Ok(None),
        (_, "CT") => rescale(dataset, group),
        _ => Ok(None),
    }
}
