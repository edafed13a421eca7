//! Tells whether a name may stand in the pixels of a scan, by what its own file says, if it is still there.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::cancel::Cancel;
use crate::clinical::examined::ExaminedSlice;
use crate::imaging::{self, Format, MOST_BYTES, Series, series};
use crate::report::deidentified::Withheld;
use crate::text::hexadecimal;

/// Secondary Capture Image Storage, and with more numbers behind it those of many frames (DICOM PS3.4, table B.5-1).
const SECONDARY_CAPTURE: &str = "1.2.840.10008.5.1.4.1.1.7";

/// Says why the pixels of an exam's scan may show whose they are, if they may.
///
/// A DICOM file has to be there, byte by byte the one that was judged, and say nothing against it; of a series that
/// is every file. A NIfTI volume holds voxels of a scanner and no place for words.
pub(super) fn is_clean(examined: &ExaminedSlice) -> Result<(), Withheld> {
    if examined.format == Format::Nifti.label() {
        return Ok(());
    }
    if examined.format != Format::Dicom.label() {
        return Err(Withheld::NoMedicalFormat);
    }
    let path = &examined.source_path;
    let files = match &examined.series {
        None => vec![path.clone()],
        Some(of) => {
            let found = series::open(path, &Cancel::default(), &|_| {});
            let found = found.map_err(|_| Withheld::SourceGone)?;
            let is_it = |series: &&Series| series.identity.series_uid == of.series_uid;
            let series = found.iter().find(is_it).ok_or(Withheld::SourceGone)?;
            let slices = series.slices().iter();
            slices.map(|slice| slice.path.clone()).collect()
        }
    };
    let mut hashes = HashMap::new();
    for file in &files {
        if let Entry::Vacant(place) = hashes.entry(file) {
            place.insert(hash(file)?);
            says_nothing_against_it(file)?;
        }
    }
    let mut of_slices = files.iter().filter_map(|file| hashes.get(file));
    let found = match &examined.series {
        None => of_slices.next().cloned().unwrap_or_default(),
        // As the hash of a series is made: over those of its slices' files.
        Some(_) => {
            let mut together = Sha256::new();
            of_slices.for_each(|hash| together.update(hash));
            hexadecimal(&together.finalize())
        }
    };
    match found == examined.source_sha256 {
        true => Ok(()),
        false => Err(Withheld::SourceChanged),
    }
}

fn hash(file: &Path) -> Result<String, Withheld> {
    let metadata = fs::metadata(file).map_err(|_| Withheld::SourceGone)?;
    if !metadata.is_file() || metadata.len() > MOST_BYTES {
        return Err(Withheld::SourceChanged);
    }
    let bytes = fs::read(file).map_err(|_| Withheld::SourceGone)?;
    Ok(hexadecimal(&Sha256::digest(bytes)))
}

fn says_nothing_against_it(file: &Path) -> Result<(), Withheld> {
    let lines = imaging::tags(file).map_err(|_| Withheld::SourceGone)?;
    for line in lines.iter().filter(|line| line.depth == 0) {
        match line.name.as_str() {
            "SOPClassUID" if line.value.starts_with(SECONDARY_CAPTURE) => {
                return Err(Withheld::SecondaryCapture);
            }
            "ConversionType" => return Err(Withheld::SecondaryCapture),
            "BurnedInAnnotation" if line.value != "NO" => return Err(Withheld::BurnedIn),
            _ => {}
        }
    }
    Ok(())
}
