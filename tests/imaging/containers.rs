//! Files that contain scans: archives and gzipped files are read, other formats are named.

use std::fs;

use dicom_dictionary_std::uids;
use lunny::cancel::Cancel;
use lunny::imaging::{self, Header, ImagingError, Series, series};

use crate::dicom_series::CtSlice;
use crate::fixtures::{Ct, Folder, Packing, gzipped, hounsfield, nifti, zipped};

fn open(folder: &Folder, bytes: &[u8]) -> Result<Vec<Series>, String> {
    let path = folder.0.path().join("scans.zip");
    fs::write(&path, bytes).unwrap();
    let opened = series::open(&path, &Cancel::default(), &|_| {});
    opened.map_err(|error| {
        let sentence = error.to_string();
        sentence.replace(&folder.0.path().display().to_string(), "…")
    })
}

fn slices(series: &str, count: u32) -> Vec<(String, Vec<u8>)> {
    let slice = |number| {
        let name = format!("DICOM/{series}/{}.dcm", count - number);
        (name, CtSlice::new(series, number, 8).bytes())
    };
    (1..=count).map(slice).collect()
}

fn entries(files: &[(String, Vec<u8>)], packing: Packing) -> Vec<(&str, &[u8], Packing)> {
    let files = files.iter();
    files
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice(), packing))
        .collect()
}

#[test]
fn unsupported_formats_are_named_with_a_remedy() {
    let folder = Folder::new();
    let mut tar = b"1.dcm".to_vec();
    tar.resize(257, 0);
    tar.extend(b"ustar\x0000");
    let mut analyze = 348u32.to_be_bytes().to_vec();
    analyze.resize(38, 0);
    analyze.extend([b'r'; 310]);
    let sentences = [
        b"ObjectType = Image\nNDims = 3\nElementDataFile = LOCAL\n".as_slice(),
        b"NRRD0004\ntype: short\ndimension: 3\n",
        &analyze,
        &tar,
        &gzipped(&tar),
        &gzipped(&gzipped(&nifti([2, 2, 2], &[0; 8], None))),
        b"BZh91AY&SY",
        b"\xfd7zXZ\0\0\x04",
        b"\x28\xb5\x2f\xfd\x04",
        b"7z\xbc\xaf\x27\x1c\0\x04",
        b"Rar!\x1a\x07\x01\0",
        b"GIF89a",
        b"RIFF\0\0\0\0WEBPVP8 ",
        b"\0\0\0\x18ftypheic\0\0\0\0",
        b"\0\0\0\x18ftypisom\0\0\0\0",
        b"\0\0\0\x0cjP  \r\n\x87\n",
        b"\xff\x4f\xff\x51\0\x29",
        b"\xff\xd8\xff\xf7\0\x0b",
        b"%PDF-1.7\n",
        b"PK\x05\x06\0\0\0\0",
    ]
    .map(|bytes| folder.sentence(bytes));
    insta::assert_snapshot!(sentences.join("\n"), @r"
    …/file: a MetaImage volume is not supported; convert it to NIfTI (.nii.gz), for example with 3D Slicer
    …/file: an NRRD volume is not supported; convert it to NIfTI (.nii.gz), for example with 3D Slicer
    …/file: an Analyze 7.5 volume is not supported; convert it to NIfTI (.nii.gz), for example with 3D Slicer
    …/file: a tar archive is not supported; unpack it and open the file or the folder
    …/file: a tar archive is not supported; unpack it and open the file or the folder
    …/file: a file that is gzipped twice is not supported; unpack it once
    …/file: a file packed with bzip2 is not supported; unpack it and open the file or the folder
    …/file: a file packed with xz is not supported; unpack it and open the file or the folder
    …/file: a file packed with zstd is not supported; unpack it and open the file or the folder
    …/file: a 7z archive is not supported; unpack it and open the file or the folder
    …/file: a RAR archive is not supported; unpack it and open the file or the folder
    …/file: a GIF picture is not supported; save it as PNG
    …/file: a WebP picture is not supported; save it as PNG
    …/file: an HEIF picture is not supported; save it as PNG
    …/file: a video is not supported; save one picture of it as PNG
    …/file: a JPEG 2000 picture is not supported; save it as PNG
    …/file: a JPEG 2000 picture is not supported; save it as PNG
    …/file: a JPEG-LS picture is not supported; save it as PNG
    …/file: a PDF file is not supported; choose the scan that it was made of
    …/file holds no picture: it is an empty zip archive
    ");
}

#[test]
fn a_gzipped_dicom_file_reads_as_the_one_in_it() {
    let folder = Folder::new();
    let slice = Ct::default().file(uids::EXPLICIT_VR_LITTLE_ENDIAN);
    let plain = folder.load(&slice).unwrap();
    let packed = gzipped(&slice);
    let scan = folder.load(&packed).unwrap();
    assert_eq!(scan.pixels, plain.pixels);
    // Provenance is that of the file on the disk.
    assert_eq!(scan.provenance.bytes, packed.len() as u64);
    assert_ne!(scan.provenance.sha256, plain.provenance.sha256);
    assert!(Header::read(&scan.provenance.path).is_ok());
    assert!(!imaging::tags(&scan.provenance.path).unwrap().is_empty());
    assert_eq!(
        folder.sentence(&packed[..packed.len() - 20]),
        "…/file is cut short: its end is missing; copy or export it again"
    );
}

#[test]
fn an_archive_opens_as_the_folder_that_was_packed() {
    let folder = Folder::new();
    let files = [slices("1.5", 6), slices("1.6", 4)].concat();
    for packing in [Packing::Stored, Packing::Deflated] {
        let mut entries = entries(&files, packing);
        entries.push(("DICOM/notes.txt", b"nothing to see", packing));
        let all = open(&folder, &zipped(&entries)).unwrap();
        assert_eq!(all.iter().map(Series::len).collect::<Vec<_>>(), [6, 4]);
        // From the feet up, by position and not by name.
        let numbers = all[0].slices().iter().map(|slice| slice.instance_number);
        assert!(numbers.eq([6, 5, 4, 3, 2, 1].map(Some)));
        assert!(
            all[0]
                .remarks
                .iter()
                .any(|remark| remark.starts_with("1 file that is no picture"))
        );
        let scan = all[0].slice(0).unwrap();
        assert_eq!(hounsfield(&scan)[..2], [-1024, 6]);
        // The path of a slice leads into the archive, and opens again.
        let path = &all[0].slices()[0].path;
        assert!(path.ends_with("scans.zip/DICOM/1.5/0.dcm"), "{path:?}");
        assert_eq!(imaging::load(path).unwrap().pixels, scan.pixels);
        assert!(!imaging::tags(path).unwrap().is_empty());
    }
}

#[test]
fn an_archive_in_a_folder_lies_beside_its_other_files() {
    let folder = Folder::new();
    let files = slices("1.5", 6);
    for (name, bytes) in &files[..2] {
        let path = folder.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let archive = zipped(&entries(&files[2..], Packing::Deflated));
    fs::write(folder.0.path().join("rest.zip"), archive).unwrap();
    let all = series::open(folder.0.path(), &Cancel::default(), &|_| {}).unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].len(), 6);
    for slice in 0..6 {
        all[0].slice(slice).unwrap();
    }
}

#[test]
fn an_archive_is_no_single_picture() {
    let folder = Folder::new();
    let archive = zipped(&entries(&slices("1.5", 2), Packing::Stored));
    assert_eq!(
        folder.sentence(&archive),
        "…/file: a zip archive as a single picture is not supported; open it as a series"
    );
    assert!(series::holds_many(&folder.0.path().join("file")));
    let nested = zipped(&[("inner.zip", archive.as_slice(), Packing::Stored)]);
    assert_eq!(
        open(&folder, &nested).unwrap_err(),
        "…/scans.zip/inner.zip: a zip archive within another is not supported; unpack the outer one and open its folder"
    );
    assert_eq!(
        open(&folder, &zipped(&[])).unwrap_err(),
        "…/scans.zip holds no picture: it is an empty zip archive"
    );
}

#[test]
fn files_whose_names_lead_out_of_an_archive_are_read_from_it() {
    let folder = Folder::new();
    let outside = folder.0.path().join("secret.dcm");
    let slice = |number| CtSlice::new("1.7", number, 8).bytes();
    fs::write(&outside, slice(9)).unwrap();
    let slices = [1, 2, 3, 4].map(slice);
    let [first, second, third, fourth] = slices.each_ref().map(Vec::as_slice);
    // Without the parts that lead out, the first two have one name.
    let archive = zipped(&[
        ("../secret.dcm", first, Packing::Stored),
        ("secret.dcm", second, Packing::Stored),
        ("/scans/3.dcm", third, Packing::Stored),
        ("in/1.dcm", fourth, Packing::Stored),
    ]);
    let all = open(&folder, &archive).unwrap();
    assert_eq!(all[0].len(), 4);
    let archive = folder.0.path().join("scans.zip");
    let inside = |slice: &imaging::series::SliceSource| slice.path.starts_with(&archive);
    assert!(all[0].slices().iter().all(inside));
    assert!(fs::read(&outside).unwrap() == slice(9));
    for path in ["scans.zip/../secret.dcm", "scans.zip/absent.dcm"] {
        let read = imaging::load(&folder.0.path().join(path));
        assert!(matches!(read, Err(ImagingError::NotFound(_))), "{read:?}");
    }
}

#[test]
fn files_of_one_name_in_an_archive_are_all_read() {
    let folder = Folder::new();
    let slices = [1, 2, 3, 4].map(|number| CtSlice::new("1.7", number, 8).bytes());
    let [first, second, third, fourth] = slices.each_ref().map(Vec::as_slice);
    for packing in [Packing::Stored, Packing::Deflated] {
        let archive = zipped(&[
            ("slice.dcm", first, packing),
            ("slice.dcm (2)", second, packing),
            ("slice.dcm", third, packing),
            ("slice.dcm", fourth, packing),
        ]);
        let all = open(&folder, &archive).unwrap();
        let values = (0..all[0].len()).map(|index| hounsfield(&all[0].slice(index).unwrap())[1]);
        assert_eq!(values.collect::<Vec<_>>(), [4, 3, 2, 1]);
    }
    let mut many = vec![("x", b"no picture".as_slice(), Packing::Stored); 300];
    many.push(("x", first, Packing::Stored));
    let remarks = &open(&folder, &zipped(&many)).unwrap()[0].remarks;
    let passed_over = "300 files that are no pictures were passed over";
    assert_eq!(remarks, &[passed_over]);
}

#[test]
fn an_archive_with_a_comment_or_other_bytes_before_it_is_read() {
    let folder = Folder::new();
    let files = slices("1.5", 3);
    let archive = zipped(&entries(&files, Packing::Deflated));
    let mut commented = archive.clone();
    let end = commented.len() - 2;
    commented.splice(end.., *b"\x05\0hello");
    assert_eq!(open(&folder, &commented).unwrap()[0].len(), 3);
    let moved = [
        b"PK\x03\x04 a program that unpacks itself".as_slice(),
        &archive,
    ]
    .concat();
    assert_eq!(open(&folder, &moved).unwrap()[0].len(), 3);
}

#[test]
fn an_archive_that_lies_about_its_files_is_refused_in_words() {
    let folder = Folder::new();
    let slice = CtSlice::new("1.5", 1, 64).bytes();
    let archive = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut archive = zipped(&[("1.dcm", slice.as_slice(), Packing::Deflated)]);
        change(&mut archive);
        open(&folder, &archive).map(|all| all.len())
    };
    assert_eq!(archive(&|_| {}), Ok(1));
    let central = |archive: &[u8]| {
        archive
            .windows(4)
            .rposition(|bytes| bytes == b"PK\x01\x02")
            .unwrap()
    };
    let sentences = [
        // Checksum, size and method in the list of files; bit 0 of the flags says encrypted.
        archive(&|archive| {
            let at = central(archive);
            archive[at + 16] ^= 1;
        }),
        archive(&|archive| {
            let at = central(archive);
            archive[at + 24..at + 28].copy_from_slice(&(200u32 << 20).to_le_bytes());
        }),
        archive(&|archive| {
            let at = central(archive);
            archive[at + 24] -= 1;
        }),
        archive(&|archive| {
            let at = central(archive);
            archive[at + 10] = 12;
        }),
        archive(&|archive| {
            let at = central(archive);
            archive[at + 8] |= 1;
        }),
        archive(&|archive| archive.truncate(archive.len() - 30)),
    ]
    .map(Result::unwrap_err);
    insta::assert_snapshot!(sentences.join("\n"), @r"
    …/scans.zip/1.dcm is damaged: its checksum does not match the archive; copy or export it again
    …/scans.zip/1.dcm is damaged: the archive states an impossible size; copy or export it again
    …/scans.zip/1.dcm is damaged: its size does not match the archive; copy or export it again
    …/scans.zip/1.dcm: a zip archive that is not packed by deflate is not supported; unpack it and open the folder
    …/scans.zip/1.dcm: an encrypted zip archive is not supported; unpack it with its password and open the folder
    …/scans.zip is damaged: its list of files cannot be read; copy or export it again
    ");
}
