//! Files to scans: generated ones of every kind, and the real slices where they are.

mod bounds;
mod character_sets;
mod containers;
mod dicom;
mod endless;
mod fixtures;
mod frames;
mod large;
mod lungs;
mod nifti;
mod odd_headers;
mod odd_pixels;
mod packed;
mod photos;
mod raster;
mod real;
mod region;
mod series;

#[path = "../support/dicom_series.rs"]
mod dicom_series;
