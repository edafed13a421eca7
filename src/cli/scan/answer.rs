//! The two formats of a series' description: a JSON object for scripts, lines for people.

use dicom_transfer_syntax_registry::{TransferSyntaxIndex, TransferSyntaxRegistry};
use serde::Serialize;

use crate::imaging::Series;
use crate::imaging::series::{PixelSummary, Plane};
use crate::text::{scrub, sentence};

/// Object of `--json`. Scripts rely on these names. Unknown values are null; text is scrubbed.
#[derive(Debug, Serialize)]
pub(super) struct Answer {
    /// `DICOM`, `PNG`, …
    format: &'static str,
    modality: Option<String>,
    /// UID (0002,0010); null for pictures, and if the slices differ in it.
    transfer_syntax: Option<String>,
    rows: u32,
    columns: u32,
    slices: usize,
    /// Between rows, between columns, between slices along the normal; null if none of them is known.
    spacing_mm: Option<[Option<f64>; 3]>,
    /// `axial`, `coronal`, `sagittal` or `oblique`.
    orientation: Option<&'static str>,
    /// Null if no slice that could be decoded is in Hounsfield units.
    hu_min: Option<i16>,
    hu_max: Option<i16>,
    /// Over Hounsfield units, or over grey levels if there are none, as [`PixelSummary::sha256`] says; null if a slice
    /// cannot be decoded.
    pixels_sha256: Option<String>,
    /// (0020,000E) SeriesInstanceUID.
    series_uid: Option<String>,
    /// (0008,103E) SeriesDescription.
    description: Option<String>,
    remarks: Vec<String>,
}

impl Answer {
    /// Description of `series` with these pixels.
    pub(super) fn new(series: &Series, pixels: &PixelSummary) -> Self {
        let own = |text: &Option<String>| text.as_deref().map(|text| scrub(text).into_owned());
        let (identity, geometry) = (&series.identity, &series.geometry);
        let [row, column] = match geometry.spacing_mm {
            Some(spacing) => spacing.map(Some),
            None => [None; 2],
        };
        let spacing_mm = [row, column, geometry.step_mm];
        let range = pixels.hu_range;
        let remarks = series.remarks.iter().cloned();
        let remarks = remarks.chain(series.not_read(&pixels.failed));
        Self {
            format: identity.format.label(),
            modality: own(&identity.modality),
            transfer_syntax: own(&identity.transfer_syntax),
            rows: geometry.rows,
            columns: geometry.columns,
            slices: series.len(),
            spacing_mm: (spacing_mm.iter().any(Option::is_some)).then_some(spacing_mm),
            orientation: geometry.plane().map(Plane::as_str),
            hu_min: range.map(|[low, _]| low),
            hu_max: range.map(|[_, high]| high),
            pixels_sha256: pixels.sha256.clone(),
            series_uid: own(&identity.series_uid),
            description: own(&identity.description),
            remarks: remarks.map(|remark| sentence(&scrub(&remark))).collect(),
        }
    }
}

/// Lines for a person.
pub(super) fn table(answer: &Answer) -> String {
    const UNKNOWN: &str = "not stated";
    let or_unknown = |text: &Option<String>| text.clone().unwrap_or_else(|| UNKNOWN.into());
    let stored = match &answer.transfer_syntax {
        Some(uid) => match TransferSyntaxRegistry.get(uid) {
            Some(syntax) => format!("{}, {} ({uid})", answer.format, syntax.name()),
            None => format!("{}, transfer syntax {uid}", answer.format),
        },
        None => answer.format.to_owned(),
    };
    let slices = match answer.slices {
        1 => "1 slice".to_owned(),
        many => format!("{many} slices"),
    };
    let [row, column, step] = answer.spacing_mm.unwrap_or_default();
    let mut spacing = match (row, column) {
        (Some(row), Some(column)) => format!("{row} × {column} mm"),
        _ => UNKNOWN.to_owned(),
    };
    if let Some(step) = step {
        spacing.push_str(&format!(", {step} mm between slices"));
    }
    const UNDECODED: &str = "not all slices could be decoded";
    let hounsfield = match (answer.hu_min, answer.hu_max, &answer.pixels_sha256) {
        (Some(low), Some(high), _) => format!("{low} to {high}"),
        (.., Some(_)) => "none".to_owned(),
        (.., None) => UNDECODED.to_owned(),
    };
    let mut lines = vec![
        ("Format", stored),
        ("Modality", or_unknown(&answer.modality)),
        ("Description", or_unknown(&answer.description)),
        (
            "Size",
            format!("{} × {} pixels, {slices}", answer.columns, answer.rows),
        ),
        ("Spacing", spacing),
        (
            "Orientation",
            answer.orientation.unwrap_or(UNKNOWN).to_owned(),
        ),
        ("Hounsfield units", hounsfield),
        (
            "Pixels, SHA-256",
            (answer.pixels_sha256.clone()).unwrap_or_else(|| UNDECODED.into()),
        ),
    ];
    let names = std::iter::once("Remarks").chain(std::iter::repeat(""));
    lines.extend(names.zip(answer.remarks.iter().cloned()));
    let lines: Vec<String> = lines
        .iter()
        .map(|(name, value)| format!("{name:<18}{value}"))
        .collect();
    lines.join("\n")
}
