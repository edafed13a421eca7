//! Files that contain scans in an unsupported format.

use dicom_dictionary_std::uids;

use crate::fixtures::{Ct, Folder, gzipped};

#[test]
fn unsupported_formats_are_named_with_a_remedy() {
    let folder = Folder::new();
    let slice = Ct::default().file(uids::EXPLICIT_VR_LITTLE_ENDIAN);
    let sentences = [
        b"ObjectType = Image\nNDims = 3\nElementDataFile = LOCAL\n".as_slice(),
        b"NRRD0004\ntype: short\ndimension: 3\n",
        b"PK\x03\x04\x14\0\0\0",
        &gzipped(&slice),
    ]
    .map(|bytes| folder.sentence(bytes));
    insta::assert_snapshot!(sentences.join("\n"), @r"
    …/file: a MetaImage volume is not supported; convert it to NIfTI (.nii.gz), for example with 3D Slicer
    …/file: an NRRD volume is not supported; convert it to NIfTI (.nii.gz), for example with 3D Slicer
    …/file: a zip archive is not supported; unpack it and open the folder
    …/file: a gzipped DICOM file is not supported; unpack it with gunzip and open the unpacked file
    ");
}
