//! NIfTI volumes.

use lunny::imaging::{Format, Header, load};

use crate::fixtures::{Folder, grey, gzipped, hounsfield, nifti};

/// 2 × 3 × 2 voxels, air and tissue.
const VALUES: [i16; 12] = [-1000, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, -3000];

/// As many tools write it: x to the right, y to the front, z to the head.
const TO_THE_RIGHT: [[f32; 4]; 3] = [
    [0.5, 0.0, 0.0, -10.0],
    [0.0, 0.75, 0.0, -20.0],
    [0.0, 0.0, 2.0, 30.0],
];

#[test]
fn slices_are_in_radiological_orientation() {
    let folder = Folder::new();
    let plain = nifti([2, 3, 2], &VALUES, Some(TO_THE_RIGHT));
    for bytes in [gzipped(&plain), plain] {
        let file = folder.open(&bytes).unwrap();
        let header = file.header();
        assert_eq!(header.format, Format::Nifti);
        assert_eq!((header.rows, header.columns, file.frames()), (3, 2, 2));
        assert_eq!(
            Header::read(&folder.0.path().join("file")).unwrap(),
            *header
        );
        let place = &header.frames[1];
        assert_eq!(place.spacing_mm, Some([0.75, 0.5]));
        assert_eq!(place.orientation, Some([1.0, 0.0, 0.0, 0.0, 1.0, 0.0]));
        // The last voxel along x and y is the first pixel: -(-10 + 0.5), -(-20 + 2 * 0.75), 30 + 2.
        assert_eq!(place.position_mm, Some([9.5, 18.5, 32.0]));
        let first = file.decode(0).unwrap();
        assert_eq!(hounsfield(&first), [5, 4, 3, 2, 1, -1000]);
        assert_eq!(first.provenance.dicom, None);
        let last = file.decode(1).unwrap();
        assert_eq!(hounsfield(&last), [-1024, 10, 9, 8, 7, 6]);
    }
}

#[test]
fn a_volume_stored_from_front_to_back_is_cut_axially() {
    // Stored along z, then x, then y.
    let affine = [
        [0.0, -1.0, 0.0, 0.0],
        [0.0, 0.0, -1.0, 0.0],
        [-4.0, 0.0, 0.0, 0.0],
    ];
    let file = Folder::new()
        .open(&nifti([2, 3, 2], &VALUES, Some(affine)))
        .unwrap();
    assert_eq!((file.header().rows, file.header().columns), (2, 3));
    assert_eq!(file.header().frames[0].position_mm, Some([0.0, 0.0, -4.0]));
    assert_eq!(file.header().frames[1].position_mm, Some([0.0, 0.0, 0.0]));
    // The lowest slice is the second voxel along the first axis.
    assert_eq!(hounsfield(&file.decode(0).unwrap()), [1, 3, 5, 7, 9, -1024]);
}

#[test]
fn a_volume_without_orientation_is_read_as_it_is_stored() {
    let file = Folder::new()
        .open(&nifti([2, 3, 2], &VALUES, None))
        .unwrap();
    assert_eq!(
        hounsfield(&file.decode(0).unwrap()),
        VALUES[..5].iter().copied().chain([5]).collect::<Vec<_>>()
    );
    let place = &file.header().frames[0];
    assert_eq!(place.spacing_mm, Some([0.75, 0.5]));
    assert_eq!((place.orientation, place.position_mm), (None, None));
}

#[test]
fn a_matrix_of_zeros_gives_way_to_the_rotation() {
    let values: Vec<i16> = (0..8).collect();
    let mut volume = nifti([2, 2, 2], &values, Some([[0.0; 4]; 3]));
    // (252) qform_code; the rotation of zeros turns nothing.
    volume[252..254].copy_from_slice(&1u16.to_le_bytes());
    let by_rotation = nifti([2, 2, 2], &values, None);
    for (file, oriented) in [(volume, true), (by_rotation, false)] {
        let folder = crate::fixtures::Folder::new();
        let header = folder.open(&file).unwrap().header().clone();
        assert_eq!(header.frames[0].orientation.is_some(), oriented);
    }
}

#[test]
fn a_volume_that_is_not_ct_becomes_grey() {
    let values = VALUES.map(|value| value.max(0) * 10);
    let file = Folder::new()
        .open(&nifti([2, 3, 2], &values, Some(TO_THE_RIGHT)))
        .unwrap();
    assert_eq!(grey(&file.decode(0).unwrap()), [128, 102, 77, 51, 26, 0]);
}

/// Interpolation makes a few values of an MR negative.
#[test]
fn a_volume_of_mostly_bright_values_becomes_grey() {
    let read = |tissue: i16| {
        let mut values = vec![tissue; 20 * 20 * 10];
        values[..10].fill(-610);
        values[10..200].fill(9000);
        let file = nifti([20, 20, 10], &values, Some(TO_THE_RIGHT));
        Folder::new().open(&file).unwrap().decode(0).unwrap()
    };
    grey(&read(9000));
    assert_eq!(hounsfield(&read(40)).iter().max(), Some(&9000));
}

/// The same volume with values of eight bytes.
fn with_long_values(code: u16) -> Vec<u8> {
    let mut file = nifti([2, 3, 2], &[], Some(TO_THE_RIGHT));
    file[70..72].copy_from_slice(&code.to_le_bytes());
    file[72..74].copy_from_slice(&64u16.to_le_bytes());
    file.extend(
        VALUES
            .iter()
            .flat_map(|&value| i64::from(value).to_le_bytes()),
    );
    file
}

#[test]
fn values_of_64_bits_are_read() {
    let file = Folder::new().open(&with_long_values(1024)).unwrap();
    assert_eq!(hounsfield(&file.decode(0).unwrap()), [5, 4, 3, 2, 1, -1000]);
    // As unsigned numbers, negative ones are far too large.
    let file = Folder::new().open(&with_long_values(1280)).unwrap();
    grey(&file.decode(0).unwrap());
}

#[test]
fn a_volume_in_several_gzip_members_is_read() {
    let folder = Folder::new();
    let plain = nifti([2, 3, 2], &VALUES, Some(TO_THE_RIGHT));
    // Within the header, between header and values, and within the values.
    for at in [100, 352, 360] {
        let (first, second) = plain.split_at(at);
        let members = [gzipped(first), gzipped(second)].concat();
        let file = folder.open(&members).unwrap();
        assert_eq!(hounsfield(&file.decode(0).unwrap()), [5, 4, 3, 2, 1, -1000]);
        let padded = [&members[..], &[0; 20]].concat();
        assert!(folder.open(&padded).is_ok());
        assert!(folder.open(&members[..members.len() - 12]).is_err());
    }
}

#[test]
fn a_few_values_beyond_those_of_a_scanner_leave_hounsfield_units() {
    let read = |metal: usize| {
        let mut values = vec![-1000i16; 20 * 20 * 10];
        values[..metal].fill(i16::MAX);
        let mut file = nifti([20, 20, 10], &values, Some(TO_THE_RIGHT));
        // Values are stored halved.
        file[112..116].copy_from_slice(&2f32.to_le_bytes());
        Folder::new().open(&file).unwrap().decode(0).unwrap()
    };
    let values = hounsfield(&read(2)).to_vec();
    assert_eq!(values.iter().max(), Some(&i16::MAX));
    assert_eq!(values.iter().min(), Some(&-1024));
    grey(&read(100));
}

#[test]
fn a_file_that_is_not_one_complete_volume_is_refused() {
    let folder = Folder::new();
    let plain = nifti([2, 3, 2], &VALUES, None);
    let changed = |at: usize, bytes: &[u8]| {
        let mut file = plain.clone();
        file[at..at + bytes.len()].copy_from_slice(bytes);
        folder.open(&file).unwrap_err().to_string()
    };
    let path = folder.0.path().join("file");
    let sentences = [
        changed(40, &[4, 0, 2, 0, 3, 0, 2, 0, 9, 0]),
        changed(42, &[0, 0]),
        changed(42, &[0xff, 0x7f, 0xff, 0x7f, 0xff, 0x7f]),
        changed(42, &[0xff, 0x1f, 0xff, 0x1f, 0xff, 0x1f]),
        changed(70, &[128, 0]),
        changed(344, b"ni1"),
        folder.sentence(&plain[..plain.len() - 1]),
        folder.sentence(&gzipped(&plain)[..60]),
        folder.sentence(&gzipped(b"no volume at all, but gzipped")),
        folder.sentence(&plain),
    ];
    assert!(load(&path).is_err());
    let sentences = sentences.join("\n");
    let sentences = sentences.replace(&folder.0.path().display().to_string(), "…");
    insta::assert_snapshot!(sentences, @r"
    …/file: NIfTI with 9 volumes in one file is not supported; save its volumes one by one
    …/file is damaged: it declares a volume without voxels; copy or export it again
    …/file is too large (32767 × 32767 pixels); LUNNY reads up to 64 million pixels
    …/file is too large (8191 × 8191 pixels); LUNNY reads up to 64 million pixels
    …/file: NIfTI with values of type 128 is not supported; save it with 16-bit integers
    …/file: a NIfTI header without its volume is not supported; save header and volume as one .nii file
    …/file is cut short: its end is missing; copy or export it again
    …/file is not a supported image; choose a DICOM, NIfTI, PNG, JPEG, TIFF or BMP file
    …/file is not a supported image; choose a DICOM, NIfTI, PNG, JPEG, TIFF or BMP file
    …/file holds 2 slices; open it as a series
    ");
}

#[test]
fn values_that_are_said_to_start_within_the_header_start_behind_it() {
    let folder = Folder::new();
    let mut file = nifti([2, 3, 2], &VALUES, None);
    let expected = folder.open(&file).unwrap().decode(1).unwrap().pixels;
    for from in [0f32, 4.0, 347.0] {
        file[108..112].copy_from_slice(&from.to_le_bytes());
        let found = folder.open(&file).unwrap().decode(1).unwrap().pixels;
        assert_eq!(found, expected, "{from}");
    }
}
