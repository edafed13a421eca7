//! DICOMDIRs: the files that they list, under other names, cut short and damaged.

use dicom_dictionary_std::uids;

use crate::dicom_series::{CtSlice, write_directory, write_directory_in};
use crate::series::{folder, only, open, remarks, values};

#[test]
fn a_directory_opens_its_files_and_names_missing_ones() {
    let folder = folder();
    CtSlice::new("1.5", 1, 8).write(folder.path().join("dicom/im1"));
    CtSlice::new("1.5", 2, 8).write(folder.path().join("DICOM2/IM2"));
    CtSlice::new("1.5", 3, 8).write(folder.path().join("unlisted"));
    let list = folder.path().join("DICOMDIR");
    write_directory(
        &list,
        &[
            &["DICOM", "IM1"],
            &["DICOM2", "IM2"],
            &["DICOM2", "IM3"],
            &["..", "IM4"],
        ],
    );
    let series = only(&list);
    assert_eq!(values(&series), [2, 1]);
    let missing = "1 file that the DICOMDIR lists is not there: …/DICOM2/IM3";
    assert_eq!(remarks(&series, &folder), missing);
    // Its folder contains the listed files and more.
    let series = only(folder.path());
    assert_eq!(values(&series), [3, 2, 1]);
    assert_eq!(remarks(&series, &folder), missing);
    // If all its files are missing, its folder is searched.
    write_directory(&list, &[&["GONE"]]);
    assert_eq!(only(&list).len(), 3);
}

#[test]
fn a_directory_leads_to_files_that_were_copied_under_other_names() {
    for (listed, copied) in [
        (["DISC", "IM1"], "Disc/Im1"),
        (["disc", "im1"], "DISC/IM1"),
        (["DISC", "IM1"], "DISC/IM1.dcm"),
        (["DISC", "IM1;1"], "DISC/IM1"),
        (["DISC", "IM1."], "disc/im1.DCM"),
        (["", "DISC/IM1"], "DISC/IM1"),
        ([".", "DISC/IM1"], "DISC/IM1"),
    ] {
        let folder = folder();
        CtSlice::new("1.5", 1, 8).write(folder.path().join(copied));
        CtSlice::new("1.5", 2, 8).write(folder.path().join("unlisted"));
        let list = folder.path().join("DICOMDIR");
        write_directory(&list, &[&listed]);
        let series = only(&list);
        assert_eq!(values(&series), [1], "{listed:?}");
        assert!(series.remarks.is_empty(), "{:?}", series.remarks);
    }
}

#[test]
fn a_directory_in_another_transfer_syntax_leads_to_its_files() {
    // The first is explicit and big endian, which is retired.
    for syntax in ["1.2.840.10008.1.2.2", uids::IMPLICIT_VR_LITTLE_ENDIAN] {
        let folder = folder();
        for number in 1..=3 {
            let name = format!("DISC/IM{number}");
            CtSlice::new("1.5", number, 8).write(folder.path().join(name));
        }
        CtSlice::new("1.5", 4, 8).write(folder.path().join("NOT_LISTED"));
        let list = folder.path().join("DICOMDIR");
        let files: [&[&str]; 3] = [&["DISC", "IM1"], &["DISC", "IM2"], &["DISC", "IM3"]];
        write_directory_in(syntax, &list, &files);
        assert_eq!(only(&list).len(), 3, "{syntax}");
    }
}

#[test]
fn a_directory_that_is_cut_short_leaves_no_file_out() {
    let folder = folder();
    let names = ["IM1", "IM2", "IM3", "IM4", "IM5"];
    for (number, name) in (1..).zip(names) {
        CtSlice::new("1.5", number, 8).write(folder.path().join(name));
    }
    let list = folder.path().join("DICOMDIR");
    let whole = |files: &[&str]| {
        let files: Vec<[&str; 1]> = files.iter().map(|&file| [file]).collect();
        let files: Vec<&[&str]> = files.iter().map(|file| file.as_slice()).collect();
        write_directory(&list, &files);
        std::fs::read(&list).unwrap()
    };
    // Without loss, the list alone counts.
    let fewer = whole(&names[..3]);
    assert_eq!((only(&list).len(), only(&list).remarks.len()), (3, 0));
    let records = fewer.len() - 8;
    let all = whole(&names);
    let sentence =
        "the DICOMDIR is cut short or damaged, so all files of its folder were read: …/DICOMDIR";
    // At the beginning of a record, within one, and before the first.
    for end in [records, records + 20, all.len() - 9, records - 90] {
        std::fs::write(&list, &all[..end]).unwrap();
        for path in [list.as_path(), folder.path()] {
            let series = only(path);
            assert_eq!(series.len(), 5, "cut at {end}");
            assert_eq!(remarks(&series, &folder), sentence, "cut at {end}");
        }
    }
    // A record that leads to another, behind the end.
    let mut chain = all.clone();
    let record = [&b"\x04\0\x30\x14CS"[..]].concat();
    let at = chain.windows(6).position(|bytes| bytes == record).unwrap();
    assert!(chain[at - 4..at] == [0xff; 4], "{:x?}", &chain[at - 12..at]);
    chain.splice(
        at..at,
        [&b"\x04\0\0\x14UL\x04\0"[..], &9_999u32.to_le_bytes()].concat(),
    );
    std::fs::write(&list, &chain).unwrap();
    assert_eq!(remarks(&only(&list), &folder), sentence);
}

#[test]
fn a_damaged_directory_never_fails_to_open() {
    let folder = folder();
    CtSlice::new("1.5", 1, 8).write(folder.path().join("IM1"));
    let list = folder.path().join("DICOMDIR");
    write_directory(&list, &[&["IM1"], &["IM2"]]);
    let whole = std::fs::read(&list).unwrap();
    for end in 0..whole.len() {
        std::fs::write(&list, &whole[..end]).unwrap();
        assert_eq!(only(folder.path()).len(), 1, "cut at {end}");
        let _ = open(&list);
    }
    for at in 128..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 0xff;
        std::fs::write(&list, &changed).unwrap();
        let _ = open(&list);
    }
}
