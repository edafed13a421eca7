//! A drawn chest as a DICOM series.

use std::path::Path;

use dicom_core::{Tag, VR};

use super::dicom_series::CtSlice;
use super::support::chest_slice;

const SIDE: u16 = 64;

/// Writes `count` slices into `folder`, feet first and 5 mm apart, under names in the reverse order: the drawn chest in
/// Hounsfield units, each slice a little brighter than the one before. Its middle is the patient's.
pub fn write_chest_series(folder: &Path, series: &str, count: u32) {
    write_chest_series_of(folder, series, count, &[]);
}

/// The same with these patient elements.
pub fn write_chest_series_of(
    folder: &Path,
    series: &str,
    count: u32,
    patient: &[(Tag, VR, String)],
) {
    for number in 1..=count {
        let drawn = chest_slice(SIDE.into()).into_raw();
        let mut slice = CtSlice::new(series, number, SIDE);
        slice.patient = patient.to_vec();
        // Air around -1000, the body around water.
        let stored = drawn
            .iter()
            .map(|level| u16::from(*level) * 7 + 24 + number as u16);
        slice.stored = stored.collect();
        slice.position = [-25.6, -22.4, 5.0 * f64::from(number - 1)];
        slice.write(folder.join(format!("IM{}", 9001 - number)));
    }
}
