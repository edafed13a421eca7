//! From files to scans: generated files of every kind, and real slices if available.

mod bounds;
mod character_sets;
mod colours;
mod containers;
mod dicom;
mod directories;
mod endless;
mod fixtures;
mod frames;
mod fuzz_inputs;
mod large;
mod lungs;
mod nifti;
mod odd_headers;
mod odd_pixels;
mod one_uid;
mod packed;
mod raster;
mod real;
mod region;
mod series;

#[path = "../support/dicom_series.rs"]
mod dicom_series;
