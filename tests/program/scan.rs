//! `lunny scan info`, as used by scripts.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::dicom_series::{CORONAL, CtSlice, write_directory, write_series};
use serde_json::Value;

/// Output of `lunny scan info PATH` with more flags on both streams, the folder as `…`, and its exit code.
fn info(path: &Path, more: &str) -> (String, String, i32) {
    let output = Command::new(env!("CARGO_BIN_EXE_lunny"))
        .args(["scan", "info"])
        .arg(path)
        .args(more.split_whitespace())
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| {
        let folder = path.parent().unwrap().display().to_string();
        String::from_utf8(bytes).unwrap().replace(&folder, "…")
    };
    (
        text(output.stdout),
        text(output.stderr),
        output.status.code().unwrap(),
    )
}

fn objects(out: &str) -> Vec<Value> {
    let parse = |line| serde_json::from_str(line).unwrap();
    out.lines().map(parse).collect()
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn below(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

#[test]
fn the_object_has_its_keys_in_order() {
    let folder = Folder::new();
    write_series(&folder.below("ct"), "1.5", 3, 4);
    let (out, complaint, code) = info(&folder.below("ct"), "--json");
    insta::assert_snapshot!(out, @r#"{"format":"DICOM","modality":"CT","transfer_syntax":"1.2.840.10008.1.2.1","rows":4,"columns":4,"slices":3,"spacing_mm":[0.7,0.8,2.0],"orientation":"axial","hu_min":-1024,"hu_max":3,"pixels_sha256":"bcb9ce90c5bd161b1d43a4c914d378bac33ca8e3d8bb96902af328fc95278309","series_uid":"1.5","description":"test series","remarks":[]}"#);
    assert_eq!((complaint.as_str(), code), ("", 0));
}

#[test]
fn a_person_reads_a_table_of_every_series() {
    let folder = Folder::new();
    write_series(&folder.below("ct"), "1.5", 3, 4);
    let mut coronal = CtSlice::new("1.6", 1, 4);
    coronal.orientation = CORONAL;
    coronal.write(folder.below("ct/a\u{1b}[2J"));
    std::fs::write(folder.below("ct/readme"), "no picture").unwrap();
    let (out, complaint, code) = info(&folder.below("ct"), "");
    insta::assert_snapshot!(out, @r"
    Series 1 of 2
    Format            DICOM, Explicit VR Little Endian (1.2.840.10008.1.2.1)
    Modality          CT
    Description       test series
    Size              4 × 4 pixels, 3 slices
    Spacing           0.7 × 0.8 mm, 2 mm between slices
    Orientation       axial
    Hounsfield units  -1024 to 3
    Pixels, SHA-256   bcb9ce90c5bd161b1d43a4c914d378bac33ca8e3d8bb96902af328fc95278309
    Remarks           1 file that is no picture was passed over.

    Series 2 of 2
    Format            DICOM, Explicit VR Little Endian (1.2.840.10008.1.2.1)
    Modality          CT
    Description       test series
    Size              4 × 4 pixels, 1 slice
    Spacing           0.7 × 0.8 mm
    Orientation       coronal
    Hounsfield units  -1024 to 1
    Pixels, SHA-256   080a7f60b7314a7a5e170c5d128ac6f3c0e531c2beac0fad98c9bb104bd59541
    ");
    assert_eq!((complaint.as_str(), code), ("", 0));
    let (out, _, _) = info(&folder.below("ct"), "--json");
    let slices: Vec<Value> = objects(&out)
        .iter()
        .map(|object| object["slices"].clone())
        .collect();
    assert_eq!(slices, [3, 1]);
}

#[test]
fn a_picture_has_levels_and_no_hounsfield_units() {
    let folder = Folder::new();
    let picture = image::GrayImage::from_fn(3, 1, |column, _| image::Luma([column as u8 * 100]));
    picture.save(folder.below("a.png")).unwrap();
    let (out, _, code) = info(&folder.below("a.png"), "--json");
    let object = &objects(&out)[0];
    assert_eq!(code, 0);
    assert_eq!(object["format"], "PNG");
    for name in [
        "modality",
        "transfer_syntax",
        "spacing_mm",
        "orientation",
        "hu_min",
        "hu_max",
    ] {
        assert!(object[name].is_null(), "{name}");
    }
    let levels = [0, 0, 100, 0, 200, 0];
    assert_eq!(object["pixels_sha256"], sha256(&levels));
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};

    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_path_without_pictures_exits_with_2_and_a_damaged_one_with_1() {
    let folder = Folder::new();
    std::fs::create_dir(folder.below("empty")).unwrap();
    let (out, complaint, code) = info(&folder.below("empty"), "--json");
    assert_eq!((out.as_str(), code), ("", 2));
    assert_eq!(
        complaint,
        "lunny: …/empty holds no picture: it is an empty folder\n"
    );
    let whole = CtSlice::new("1.5", 1, 4).bytes();
    std::fs::write(folder.below("cut"), &whole[..300]).unwrap();
    assert_eq!(info(&folder.below("cut"), "").2, 1);
    let (_, complaint, code) = info(&folder.below("absent"), "");
    assert_eq!(code, 1);
    assert_eq!(
        complaint,
        "lunny: …/absent: there is no such file; check the path\n"
    );
}

#[test]
fn slices_with_missing_pixels_keep_the_rest_of_the_answer() {
    let folder = Folder::new();
    write_series(&folder.below("ct"), "1.5", 3, 4);
    let whole = CtSlice::new("1.5", 9, 4).bytes();
    std::fs::write(folder.below("ct/cut"), &whole[..whole.len() - 8]).unwrap();
    let (out, complaint, code) = info(&folder.below("ct"), "--json");
    let object = &objects(&out)[0];
    assert_eq!(code, 1);
    assert!(complaint.contains("cut is cut short"), "{complaint}");
    assert_eq!(object["slices"], 4);
    assert!(object["pixels_sha256"].is_null());
    // The range is that of the others, and a remark names the lost slice.
    assert_eq!(
        (&object["hu_min"], &object["hu_max"]),
        (&(-1024).into(), &3.into())
    );
    let said = "Slice 1 could not be read: …/ct/cut is cut short: its end is missing; copy or export it again.";
    assert!(object["remarks"].to_string().contains(said), "{object}");
}

#[test]
fn a_series_without_some_of_its_files_names_them_and_the_gap() {
    let folder = Folder::new();
    let files = write_series(&folder.below("ct"), "1.5", 9, 4);
    let whole = std::fs::read(&files[4]).unwrap();
    std::fs::write(&files[4], &whole[..200]).unwrap();
    let (out, complaint, code) = info(&folder.below("ct"), "--json");
    let object = &objects(&out)[0];
    assert_eq!((object["slices"].clone(), code), (8.into(), 1));
    assert_eq!(complaint, "");
    let name = files[4].file_name().unwrap().to_str().unwrap();
    let remarks = object["remarks"].as_array().unwrap();
    assert_eq!(remarks.len(), 2, "{object}");
    let gap = "Gap of 4.00 mm between slices 4 and 5, where 2.00 mm are usual: a slice seems to be missing.";
    assert_eq!(remarks[0], gap);
    let lost = format!("1 file could not be read: …/ct/{name} is cut short");
    assert!(remarks[1].as_str().unwrap().starts_with(&lost), "{object}");
    // Several are counted, and three are named.
    for path in &files[..5] {
        let whole = std::fs::read(path).unwrap();
        std::fs::write(path, &whole[..200]).unwrap();
    }
    let (out, ..) = info(&folder.below("ct"), "--json");
    let remark = objects(&out)[0]["remarks"][0].to_string();
    assert!(
        remark.starts_with("\"5 files could not be read: "),
        "{remark}"
    );
    assert!(
        remark.contains("; also ") && remark.contains(" and 2 more"),
        "{remark}"
    );
}

#[test]
fn a_directory_opens_its_files() {
    let folder = Folder::new();
    CtSlice::new("1.5", 1, 4).write(folder.below("disc/IM1"));
    write_directory(&folder.below("disc/DICOMDIR"), &[&["IM1"]]);
    let (out, _, code) = info(&folder.below("disc/DICOMDIR"), "--json");
    assert_eq!((objects(&out)[0]["slices"].clone(), code), (1.into(), 0));
}

#[test]
fn the_real_slice_has_one_hash_in_every_transfer_syntax() {
    let shared = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/dicom"));
    if !shared.is_dir() {
        println!("skipped: no data");
        return;
    }
    let answers = [
        "uncompressed",
        "rle",
        "jpeg-lossless",
        "jpegls-lossless",
        "jpeg2000-lossless",
    ]
    .map(|name| {
        let (out, complaint, code) = info(&shared.join(format!("ct1-{name}.dcm")), "--json");
        assert_eq!((complaint.as_str(), code), ("", 0), "{name}");
        objects(&out).remove(0)
    });
    for answer in &answers {
        for name in [
            "rows",
            "columns",
            "spacing_mm",
            "orientation",
            "hu_min",
            "hu_max",
            "pixels_sha256",
        ] {
            assert_eq!(answer[name], answers[0][name], "{name}");
        }
    }
}
