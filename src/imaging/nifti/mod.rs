//! NIfTI volumes (version 1 and 2, one file, also gzipped), cut into axial slices.
//!
//! A volume has no modality. Its values count as Hounsfield units if nothing else is plausible: the darkest is
//! -200 or lower, as only air and fat are, no more than one in ten is above 4095, and no more than one in a thousand beyond a
//! CT scanner's range.
//! Any other volume becomes grey levels, from the darkest to the brightest value of the whole volume.

mod gzip;
mod header;
mod orient;
mod slabs;
mod streamed;
mod volume;

pub(super) use self::header::is_nifti;
pub(super) use self::streamed::{StreamedVolume, is_streamed, streamed_header};
pub(super) use self::volume::{Volume, header};
