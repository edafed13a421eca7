//! DICOM files and NIfTI volumes that are larger than the memory limit.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use dicom_core::VR;
use dicom_dictionary_std::{tags, uids};
use flate2::Compression;
use flate2::write::GzEncoder;
use lunny::imaging::{FrameFile, Header, ImagingError, MOST_BYTES, tags as tag_lines};

use crate::fixtures::{Ct, Folder, body, hounsfield, nifti, with_syntax};

const FRAMES: u64 = 600;
const FRAME_BYTES: u64 = 512 * 512 * 2;

/// A file of 600 frames of 512 × 512 pixels, all 0 except for the first pixel of the last frame.
fn write(path: &Path, syntax: &str, most: u64) {
    let frames = FRAMES.to_string();
    let ct = Ct {
        rows: 512,
        columns: 512,
        ..Ct::with(tags::NUMBER_OF_FRAMES, VR::IS, &frames)
    };
    let plain = ct.file(uids::EXPLICIT_VR_LITTLE_ENDIAN);
    let elements = body(&plain);
    let pixels = elements
        .windows(6)
        .position(|window| window == b"\xe0\x7f\x10\0OW");
    let header = &elements[..pixels.unwrap() + 8];
    let length = FRAMES * FRAME_BYTES;
    let start = [header, &(length as u32).to_le_bytes()].concat();
    let start = with_syntax(syntax, &start);
    let mut file = File::create(path).unwrap();
    file.write_all(&start).unwrap();
    file.seek(SeekFrom::Current((length - FRAME_BYTES) as i64))
        .unwrap();
    file.write_all(&1064u16.to_le_bytes()).unwrap();
    file.set_len((start.len() as u64 + length).min(most))
        .unwrap();
}

#[test]
fn frames_of_a_file_that_is_larger_than_memory_are_read_one_by_one() {
    let folder = Folder::new();
    let path = folder.0.path().join("large.dcm");
    write(&path, uids::EXPLICIT_VR_LITTLE_ENDIAN, u64::MAX);
    let header = Header::read(&path).unwrap();
    assert_eq!(header.frames.len(), FRAMES as usize);
    let file = FrameFile::open(&path).unwrap();
    assert_eq!(*file.header(), header);
    let first = file.decode(0).unwrap();
    assert!(hounsfield(&first).iter().all(|&value| value == -1024));
    let last = file.decode(FRAMES as usize - 1).unwrap();
    assert_eq!(hounsfield(&last)[..2], [40, -1024]);
    assert_eq!(last.provenance.bytes, path.metadata().unwrap().len());
    assert_eq!(first.provenance.sha256, last.provenance.sha256);
    assert!(file.decode(FRAMES as usize).is_err());
    let lines = tag_lines(&path).unwrap();
    assert_eq!(lines.last().unwrap().name, "PixelData");
}

#[test]
fn a_large_file_that_is_cut_short_or_packed_says_so() {
    let folder = Folder::new();
    let path = folder.0.path().join("large.dcm");
    write(&path, uids::EXPLICIT_VR_LITTLE_ENDIAN, MOST_BYTES + 1);
    for opened in [Header::read(&path).err(), FrameFile::open(&path).err()] {
        assert!(
            matches!(opened, Some(ImagingError::CutShort(_))),
            "{opened:?}"
        );
    }
    write(&path, "1.2.840.10008.1.2.4.70", u64::MAX);
    for opened in [Header::read(&path).err(), FrameFile::open(&path).err()] {
        assert!(
            matches!(opened, Some(ImagingError::TooLarge { .. })),
            "{opened:?}"
        );
    }
}

/// Slices of a volume of 512 × 512 values of 64 bits, which take more than 256 MB together.
const SLICES: u16 = 132;
const SLICE_BYTES: usize = 512 * 512 * 8;

/// The header of such a volume of -1000, its axial slices one after the other, or along the second or the first axis.
fn volume_header(axis: usize) -> Vec<u8> {
    let affine = match axis {
        2 => [
            [-0.7, 0.0, 0.0, 0.0],
            [0.0, -0.7, 0.0, 0.0],
            [0.0, 0.0, 2.0, 0.0],
        ],
        1 => [
            [-0.7, 0.0, 0.0, 0.0],
            [0.0, 0.0, -2.0, 0.0],
            [0.0, 0.7, 0.0, 0.0],
        ],
        _ => [
            [0.0, 0.0, -2.0, 0.0],
            [0.0, -0.7, 0.0, 0.0],
            [-0.7, 0.0, 0.0, 0.0],
        ],
    };
    let mut header = nifti([512, 512, SLICES], &[], Some(affine));
    header.truncate(352);
    // Reals of 64 bits.
    header[70..72].copy_from_slice(&64i16.to_le_bytes());
    header[72..74].copy_from_slice(&64i16.to_le_bytes());
    header
}

/// Writes the volume; the first voxel of each plane as stored is the plane's number.
fn write_volume(mut file: impl Write, axis: usize) {
    file.write_all(&volume_header(axis)).unwrap();
    let mut slice = (-1000f64).to_le_bytes().repeat(SLICE_BYTES / 8);
    for number in 0..SLICES {
        slice[..8].copy_from_slice(&f64::from(number).to_le_bytes());
        file.write_all(&slice).unwrap();
    }
    file.flush().unwrap();
}

#[test]
fn slices_of_a_volume_that_is_larger_than_memory_are_read_one_by_one() {
    let folder = Folder::new();
    let plain = folder.0.path().join("volume.nii");
    write_volume(File::create(&plain).unwrap(), 2);
    let packed = folder.0.path().join("volume.nii.gz");
    let encoder = GzEncoder::new(File::create(&packed).unwrap(), Compression::fast());
    write_volume(encoder, 2);
    for path in [plain, packed] {
        let header = Header::read(&path).unwrap();
        assert_eq!(header.frames.len(), usize::from(SLICES));
        let file = FrameFile::open(&path).unwrap();
        assert_eq!(*file.header(), header);
        for slice in [0, 100, 101, 3, usize::from(SLICES) - 1] {
            let scan = file.decode(slice).unwrap();
            let values = hounsfield(&scan);
            assert_eq!(values[..2], [slice as i16, -1000], "{path:?}");
            assert_eq!(scan.spacing_mm, Some([0.7, 0.7]));
        }
    }
}

#[test]
fn a_large_volume_is_read_whatever_axis_its_slices_lie_along() {
    let folder = Folder::new();
    for (axis, packed) in [(0, false), (1, false), (1, true)] {
        let path = folder.0.path().join("volume.nii");
        let file = File::create(&path).unwrap();
        match packed {
            true => write_volume(GzEncoder::new(file, Compression::fast()), axis),
            false => write_volume(file, axis),
        }
        let header = Header::read(&path).unwrap();
        assert_eq!(header.frames.len(), 512);
        let file = FrameFile::open(&path).unwrap();
        assert_eq!(*file.header(), header);
        // The planes as stored are the rows of a slice, or its columns.
        let (width, step) = match axis {
            0 => (u32::from(SLICES), 1),
            _ => (512, 512),
        };
        // The first voxels of the planes lie in the lowest slice, or in the highest of one that is stored downwards.
        let (numbered, other) = if axis == 0 { (511, 0) } else { (0, 511) };
        for (slice, is_numbered) in [(numbered, true), (other, false), (numbered, true)] {
            let scan = file.decode(slice).unwrap();
            assert_eq!(scan.width, width);
            let values = hounsfield(&scan);
            let first = values.iter().step_by(step).take(SLICES.into());
            let numbers = first.zip(0..).all(|(&value, number)| value == number);
            assert_eq!(numbers, is_numbered, "{axis} {slice}");
            let darkest = values.iter().filter(|&&value| value == -1000).count();
            let expected = values.len() - usize::from(SLICES) * usize::from(is_numbered);
            assert_eq!(darkest, expected);
        }
    }
}

#[test]
fn a_large_volume_that_is_cut_short_says_so() {
    let folder = Folder::new();
    let path = folder.0.path().join("volume.nii");
    for axis in [1, 2] {
        let file = File::create(&path).unwrap();
        (&file).write_all(&volume_header(axis)).unwrap();
        file.set_len(MOST_BYTES + 1).unwrap();
        for opened in [Header::read(&path).err(), FrameFile::open(&path).err()] {
            assert!(
                matches!(opened, Some(ImagingError::CutShort(_))),
                "{opened:?}"
            );
        }
    }
}
