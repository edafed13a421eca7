//! Series of slices in memory.

use std::sync::Arc;

use super::{Geometry, Series, SeriesIdentity, SliceSource};
use crate::imaging::Scan;

impl Series {
    /// A series of decoded slices, lowest along the normal first; at least one.
    ///
    /// Slices beyond [`super::MOST_CACHED_BYTES`] are dropped and cannot be read again: there is no file.
    pub fn of_slices(identity: SeriesIdentity, geometry: Geometry, scans: Vec<Scan>) -> Self {
        let source = |(index, scan): (usize, &Scan)| SliceSource {
            path: scan.provenance.path.clone(),
            frame: 0,
            sop_instance_uid: (scan.provenance.dicom.as_ref())
                .and_then(|dicom| dicom.sop_instance_uid.clone()),
            instance_number: i32::try_from(index + 1).ok(),
            position_mm: None,
        };
        let sources = scans.iter().enumerate().map(source).collect();
        let series = Self::new(identity, geometry, sources, Vec::new());
        for (index, scan) in scans.into_iter().enumerate() {
            series.cache.keep(index, Arc::new(scan));
        }
        series
    }
}
