//! Files to scans: generated ones of every kind, and the real slices where they are.

mod bounds;
mod dicom;
mod endless;
mod fixtures;
mod frames;
mod lungs;
mod nifti;
mod packed;
mod raster;
mod real;
mod series;

#[path = "../support/dicom_series.rs"]
mod dicom_series;
