//! Checks whether a name may be visible in the pixels of a scan, by its own file, if that still exists.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs;
use std::io::Read;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::cancel::Cancel;
use crate::clinical::examined::ExaminedSlice;
use crate::imaging::{self, Format, MOST_BYTES, Series, series};
use crate::report::deidentified::Withheld;
use crate::sealed;
use crate::text::hexadecimal;

/// Secondary Capture Image Storage; with further components, its multi-frame variants (DICOM PS3.4, table B.5-1).
const SECONDARY_CAPTURE: &str = "1.2.840.10008.5.1.4.1.1.7";

/// Fails with the reason why the pixels of an exam's scan may show the patient's identity.
///
/// A DICOM file must exist, be byte by byte the one that was analysed, and contain no sign of burned-in text; for a series this
/// applies to every file. A NIfTI volume contains only voxels of a scanner, no text.
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
            has_no_sign_of_text(file)?;
        }
    }
    let mut of_slices = files.iter().filter_map(|file| hashes.get(file));
    let found = match &examined.series {
        None => of_slices.next().cloned().unwrap_or_default(),
        // Like the hash of a series: over the hashes of its slices' files.
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
    if !metadata.is_file() || sealed::length(file, &metadata) > MOST_BYTES {
        return Err(Withheld::SourceChanged);
    }
    let mut bytes = Vec::new();
    let opened = sealed::open(file).map_err(|_| Withheld::SourceGone)?;
    let read = opened.take(MOST_BYTES + 1).read_to_end(&mut bytes);
    read.map_err(|_| Withheld::SourceGone)?;
    Ok(hexadecimal(&Sha256::digest(bytes)))
}

fn has_no_sign_of_text(file: &Path) -> Result<(), Withheld> {
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
