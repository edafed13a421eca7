//! Scans that share a series UID: acquisitions among one another are parted, and spellings of one patient are not.

use dicom_core::{Tag, VR};
use dicom_dictionary_std::tags;
use lunny::cancel::Cancel;
use lunny::imaging::{Pixels, Series, series};

use crate::dicom_series::CtSlice;

/// The series of files that hold these slices, and the values of their slices.
fn read(slices: impl IntoIterator<Item = CtSlice>) -> Vec<(Series, Vec<i16>)> {
    let folder = tempfile::tempdir().unwrap();
    for (index, slice) in slices.into_iter().enumerate() {
        slice.write(folder.path().join(format!("{index}")));
    }
    let all = series::open(folder.path(), &Cancel::default(), &|_| {}).unwrap();
    let value = |series: &Series, index| match &series.slice(index).unwrap().pixels {
        Pixels::Hounsfield(values) => values[1],
        Pixels::Grey(levels) => levels[1].into(),
    };
    let values = |series: &Series| {
        (0..series.len())
            .map(|index| value(series, index))
            .collect()
    };
    let with_values = |series: Series| {
        let values = values(&series);
        (series, values)
    };
    all.into_iter().map(with_values).collect()
}

fn open(slices: impl IntoIterator<Item = CtSlice>) -> Vec<Series> {
    read(slices).into_iter().map(|(series, _)| series).collect()
}

/// Slices 1 to 6 with these values, and 7 to 12 with others and `off` mm higher than the first six.
fn two_scans(off: [f64; 3], change: impl Fn(&mut CtSlice, bool)) -> Vec<CtSlice> {
    let slice = |number: u32| {
        let second = number > 6;
        let mut slice = CtSlice::new("1.5", if second { number - 6 } else { number }, 8);
        // The values are 1 to 6, and 1007 to 1012.
        if second {
            let [x, y, z] = slice.position;
            slice.position = [x + off[0], y + off[1], z + off[2]];
            slice.number = number;
            slice.stored.fill(1024 + 1000 + number as u16);
        }
        change(&mut slice, second);
        slice
    };
    (1..=12).map(slice).collect()
}

fn stating(slice: &mut CtSlice, tag: Tag, vr: VR, value: &str) {
    slice.patient.push((tag, vr, value.to_owned()));
}

/// The series have six slices each, all of one scan.
fn assert_parted(all: &[(Series, Vec<i16>)], what: &str) {
    let lengths: Vec<usize> = all.iter().map(|(series, _)| series.len()).collect();
    assert_eq!(lengths, [6, 6], "{what}");
    for (series, values) in all {
        let second = values.iter().filter(|&&value| value > 900).count();
        assert!([0, 6].contains(&second), "{what}: {second}");
        let remark = series.remarks.first().unwrap();
        assert!(remark.ends_with(&format!("differ in {what}")), "{remark}");
    }
}

#[test]
fn acquisitions_among_one_another_are_parted() {
    for (what, tag, vr, values) in [
        ("acquisition", tags::ACQUISITION_NUMBER, VR::IS, ["1", "2"]),
        ("tube voltage", tags::KVP, VR::DS, ["80", "140"]),
        ("slice thickness", tags::SLICE_THICKNESS, VR::DS, ["5", "1"]),
        (
            "image type",
            tags::IMAGE_TYPE,
            VR::CS,
            ["ORIGINAL\\PRIMARY\\AXIAL", "DERIVED\\SECONDARY\\MIP"],
        ),
        (
            "acquisition date",
            tags::ACQUISITION_DATE,
            VR::DA,
            ["20200102", "20210102"],
        ),
        (
            "patient position",
            tags::PATIENT_POSITION,
            VR::CS,
            ["HFS", "HFP"],
        ),
        ("trigger time", tags::TRIGGER_TIME, VR::DS, ["0", "400"]),
    ] {
        for off in [0.8, 0.02] {
            let all = read(two_scans([0.0, 0.0, off], |slice, second| {
                stating(slice, tag, vr, values[usize::from(second)]);
            }));
            assert_parted(&all, what);
        }
    }
}

#[test]
fn fields_of_view_beside_each_other_are_parted() {
    let all = read(two_scans([70.0, 0.0, 0.8], |_, _| {}));
    assert_parted(&all, "field of view");
}

#[test]
fn one_scan_is_not_parted_by_what_changes_along_it() {
    // Rotations one behind the other, a value of each slice, one spelling of a number and another, and a missing value.
    type Value = fn(u32) -> Option<String>;
    let changes: [(Tag, VR, Value); 4] = [
        (tags::ACQUISITION_NUMBER, VR::IS, |n| {
            Some((n / 4).to_string())
        }),
        (tags::ACQUISITION_TIME, VR::TM, |n| {
            Some(format!("10{n:02}00"))
        }),
        (tags::SLICE_THICKNESS, VR::DS, |n| {
            Some(if n % 2 == 0 { "2.0" } else { "2.000" }.to_owned())
        }),
        (tags::KVP, VR::DS, |n| {
            (n % 2 == 0).then(|| "120".to_owned())
        }),
    ];
    for (tag, vr, value) in changes {
        let slices = (1..=12).map(|number| {
            let mut slice = CtSlice::new("1.5", number, 8);
            if let Some(value) = value(number) {
                stating(&mut slice, tag, vr, &value);
            }
            slice
        });
        let all = open(slices);
        let lengths: Vec<usize> = all.iter().map(Series::len).collect();
        assert_eq!(lengths, [12], "{tag}");
    }
    // A tilted gantry shifts each slice.
    let tilted = (1..=12).map(|number| {
        let mut slice = CtSlice::new("1.5", number, 8);
        slice.position[1] += 3.0 * f64::from(number);
        slice
    });
    assert_eq!(open(tilted).len(), 1);
}

#[test]
fn spellings_of_one_patient_are_one_patient() {
    let utf_8 = "ISO_IR 192";
    for (tag, vr, [one, other]) in [
        (tags::PATIENT_NAME, VR::PN, ["Doe^Jane", "Doe^Jane^^^"]),
        (tags::PATIENT_NAME, VR::PN, ["Doe^Jane", "Doe ^ Jane=="]),
        (
            tags::PATIENT_NAME,
            VR::PN,
            ["M\u{fc}ller^J\u{f6}rg", "Mu\u{308}ller^Jo\u{308}rg"],
        ),
        (tags::PATIENT_NAME, VR::PN, ["Doe^Jane", "\u{feff}Doe^Jane"]),
        (tags::PATIENT_BIRTH_DATE, VR::DA, ["19500102", "1950.01.02"]),
    ] {
        let slices = (1..=6).map(|number| {
            let mut slice = CtSlice::new("1.5", number, 8);
            stating(&mut slice, tags::SPECIFIC_CHARACTER_SET, VR::CS, utf_8);
            let value = if number % 2 == 0 { one } else { other };
            stating(&mut slice, tag, vr, value);
            slice
        });
        assert_eq!(open(slices).len(), 1, "{other}");
    }
}

#[test]
fn birth_dates_that_cannot_be_read_still_part_patients() {
    let slices = (1..=6).map(|number| {
        let mut slice = CtSlice::new("1.5", number, 8);
        let birth = if number % 2 == 0 {
            "01/02/1950"
        } else {
            "03/04/1950"
        };
        stating(&mut slice, tags::PATIENT_BIRTH_DATE, VR::DA, birth);
        slice
    });
    let lengths: Vec<usize> = open(slices).iter().map(Series::len).collect();
    assert_eq!(lengths, [3, 3]);
}

#[test]
fn slices_with_and_without_rescale_are_parted() {
    for missing in [
        &[tags::RESCALE_INTERCEPT][..],
        &[tags::RESCALE_INTERCEPT, tags::RESCALE_SLOPE],
    ] {
        let slices = (1..=6).map(|number| {
            let mut slice = CtSlice::new("1.5", number, 8);
            if number == 3 {
                for &tag in missing {
                    stating(&mut slice, tag, VR::DS, "");
                }
            }
            slice
        });
        let all = open(slices);
        let lengths: Vec<usize> = all.iter().map(Series::len).collect();
        assert_eq!(lengths, [5, 1], "{missing:?}");
        assert!(all[0].remarks[0].ends_with("differ in rescale"));
    }
}

#[test]
fn slices_without_position_and_number_are_no_copies_of_each_other() {
    let slices = (1..=6).map(|number| {
        let mut slice = CtSlice::new("1.5", number, 8);
        stating(&mut slice, tags::SOP_INSTANCE_UID, VR::UI, "1.5.1");
        stating(&mut slice, tags::INSTANCE_NUMBER, VR::IS, "");
        stating(&mut slice, tags::IMAGE_POSITION_PATIENT, VR::DS, "");
        slice
    });
    assert_eq!(open(slices)[0].len(), 6);
}

#[test]
fn the_positions_of_older_files_order_their_slices() {
    let slices = (1..=6).map(|number| {
        let mut slice = CtSlice::new("1.5", number, 8);
        let place = format!("-10\\-10\\{}", 3 * ((number * 5) % 7));
        for tag in [
            tags::IMAGE_POSITION_PATIENT,
            tags::IMAGE_ORIENTATION_PATIENT,
            tags::INSTANCE_NUMBER,
        ] {
            stating(&mut slice, tag, VR::DS, "");
        }
        stating(&mut slice, Tag(0x0020, 0x0030), VR::DS, &place);
        stating(&mut slice, Tag(0x0020, 0x0035), VR::DS, "1\\0\\0\\0\\1\\0");
        slice
    });
    let (_, values) = &read(slices)[0];
    assert_eq!(values, &[3, 6, 2, 5, 1, 4]);
}

#[test]
fn days_and_sex_are_read_as_older_files_write_them() {
    let day = |changes: &[(Tag, &str)]| {
        let mut slice = CtSlice::new("1.5", 1, 8);
        for &(tag, value) in changes {
            stating(&mut slice, tag, VR::DA, value);
        }
        let series = &open([slice])[0];
        let identity = &series.identity;
        let study = &identity.study;
        (
            identity.date.clone(),
            study.date.clone(),
            study.birth_date.clone(),
            study.sex.clone(),
        )
    };
    let is = |day: &str| Some(day.to_owned());
    let (date, study, birth, sex) = day(&[
        (tags::STUDY_DATE, "2020.01.02"),
        (tags::PATIENT_BIRTH_DATE, "1950.01.02"),
        (tags::PATIENT_SEX, "m"),
    ]);
    assert_eq!((date, study), (is("20200102"), is("20200102")));
    assert_eq!((birth, sex), (is("19500102"), is("M")));
    // Zeros hide no day, and a date and time states one.
    let (date, ..) = day(&[(tags::ACQUISITION_DATE, "00000000")]);
    assert_eq!(date, is("20200131"));
    let (date, study, ..) = day(&[
        (tags::STUDY_DATE, ""),
        (tags::ACQUISITION_DATE_TIME, "20190304101010.5"),
    ]);
    assert_eq!((date, study), (is("20190304"), None));
    // A day that can be two is none.
    let (_, study, birth, sex) = day(&[
        (tags::STUDY_DATE, "2020-01-02"),
        (tags::PATIENT_BIRTH_DATE, "01/02/1950"),
        (tags::PATIENT_SEX, "X"),
    ]);
    assert_eq!((study, birth, sex), (is("20200102"), None, None));
}
