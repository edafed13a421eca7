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
fn acquisitions_around_midnight_are_parted() {
    // The first goes on after midnight, and no day is stated.
    for tag in [tags::ACQUISITION_TIME, tags::CONTENT_TIME] {
        let all = read(two_scans([0.0; 3], |slice, second| {
            let number = slice.number % 6;
            let time = match (second, number < 3) {
                (true, _) => format!("00010{number}"),
                (false, true) => format!("23595{number}.5"),
                (false, false) => format!("00000{number}"),
            };
            stating(slice, tag, VR::TM, &time);
            stating(slice, tags::INSTANCE_NUMBER, VR::IS, "");
            stating(slice, tags::STUDY_DATE, VR::DA, "20200131");
        }));
        let what = if tag == tags::ACQUISITION_TIME {
            "acquisition time"
        } else {
            "content time"
        };
        assert_parted(&all, what);
    }
}

#[test]
fn fields_of_view_beside_each_other_are_parted() {
    let all = read(two_scans([70.0, 0.0, 0.8], |_, _| {}));
    assert_parted(&all, "field of view");
}

#[test]
fn what_only_one_of_two_scans_states_parts_them() {
    for (what, tag, vr, value, off) in [
        (
            "contrast medium",
            tags::CONTRAST_BOLUS_AGENT,
            VR::LO,
            "Iohexol",
            [0.8, 1.0],
        ),
        ("tube voltage", tags::KVP, VR::DS, "80", [0.8, 0.02]),
        ("protocol", tags::PROTOCOL_NAME, VR::LO, "late", [0.8, 0.02]),
    ] {
        for off in off {
            for stated in [false, true] {
                let all = read(two_scans([0.0, 0.0, off], |slice, second| {
                    if second == stated {
                        stating(slice, tag, vr, value);
                    }
                }));
                assert_parted(&all, what);
            }
        }
    }
    let all = read(two_scans([0.0, 0.0, 0.8], |slice, second| {
        let description = if second { "" } else { "test series" };
        stating(slice, tags::SERIES_DESCRIPTION, VR::LO, description);
    }));
    assert_parted(&all, "description");
}

#[test]
fn descriptions_that_number_the_slices_part_nothing() {
    type Text = fn(u32) -> String;
    let texts: [Text; 4] = [
        |n| format!("slice {n} of 12"),
        |n| format!("Image {n}"),
        |n| format!("axial {:.1} mm", 10.0 - 2.5 * f64::from(n)),
        |n| format!("{n}"),
    ];
    for text in texts {
        for tag in [tags::SERIES_DESCRIPTION, tags::SERIES_NUMBER] {
            for uid in ["1.5", ""] {
                let slices = (1..=12).map(|number| {
                    let mut slice = CtSlice::new("1.5", number, 8);
                    stating(&mut slice, tags::SERIES_INSTANCE_UID, VR::UI, uid);
                    stating(&mut slice, tag, VR::LO, &text(number));
                    slice
                });
                let all = open(slices);
                assert_eq!(all.len(), 1, "{tag} {uid}: {}", text(1));
                assert_eq!((all[0].len(), all[0].remarks.len()), (12, 0));
            }
        }
    }
    // Each scan numbers its slices, and two scans are still two.
    let all = read(two_scans([0.0, 0.0, 0.8], |slice, second| {
        let phase = if second { "late" } else { "early" };
        let text = format!("{phase} {}", slice.number % 6);
        stating(slice, tags::SERIES_DESCRIPTION, VR::LO, &text);
    }));
    assert_parted(&all, "description");
    // Reconstructions differ in numbers, too.
    let all = read(two_scans([0.0, 0.0, 0.8], |slice, second| {
        let thickness = if second { "Thorax 5.0" } else { "Thorax 1.0" };
        stating(slice, tags::SERIES_DESCRIPTION, VR::LO, thickness);
    }));
    assert_parted(&all, "description");
    let phases = (0..40).map(|number| {
        let mut slice = CtSlice::new("1.5", number, 8);
        slice.position[2] = f64::from(number / 5);
        stating(
            &mut slice,
            tags::SERIES_DESCRIPTION,
            VR::LO,
            &format!("{} %", number % 5 * 10),
        );
        slice
    });
    assert_eq!(
        open(phases).iter().map(Series::len).collect::<Vec<_>>(),
        [8; 5]
    );
    // Patients never become one.
    let patients = (1..=6).map(|number| {
        let mut slice = CtSlice::new("1.5", number, 8);
        stating(
            &mut slice,
            tags::PATIENT_NAME,
            VR::PN,
            &format!("Anonymous^{number}"),
        );
        stating(
            &mut slice,
            tags::SERIES_DESCRIPTION,
            VR::LO,
            &format!("Image {number}"),
        );
        slice
    });
    assert_eq!(open(patients).len(), 6);
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
        (tags::PATIENT_NAME, VR::PN, ["Doe^Jane", "DOE^JANE"]),
        (tags::PATIENT_SEX, VR::CS, ["F", "f"]),
        (tags::MODALITY, VR::CS, ["CT", "ct"]),
        (
            tags::IMAGE_TYPE,
            VR::CS,
            ["ORIGINAL\\PRIMARY", "ORIGINAL\\PRIMARY\\"],
        ),
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
fn slices_with_uids_of_their_own_are_one_series_by_their_positions() {
    let own = |tag: Tag| {
        move |number: u32| {
            let mut slice = CtSlice::new("1.5", number, 8);
            stating(
                &mut slice,
                tag,
                VR::UI,
                &format!("1.7.{}", number * 31 % 17),
            );
            slice
        }
    };
    for tag in [tags::SERIES_INSTANCE_UID, tags::FRAME_OF_REFERENCE_UID] {
        let all = read((1..=6).map(own(tag)));
        assert_eq!(all.len(), 1, "{tag}");
        let (series, values) = &all[0];
        assert_eq!(values, &[6, 5, 4, 3, 2, 1]);
        assert_eq!(series.geometry.step_mm, Some(2.0));
        let remark = series.remarks.join(" ");
        assert!(remark.starts_with("6 slices state each a "), "{remark}");
        // Alone, at one place, with a gap, or of several numbers they stay apart.
        assert_eq!(open((1..=3).map(own(tag))).len(), 3);
        let uneven = (1..=6).filter(|&number| number != 3).map(own(tag));
        assert_eq!(open(uneven).len(), 5);
        type Change = fn(&mut CtSlice);
        let changes: [Change; 3] = [
            |slice| slice.position[2] = 0.0,
            |slice| {
                let number = slice.number.to_string();
                let half = if slice.number > 3 { "Biopsy" } else { "Thorax" };
                stating(slice, tags::SERIES_DESCRIPTION, VR::LO, half);
                stating(slice, tags::IMAGE_COMMENTS, VR::LT, &number);
            },
            |slice| {
                let patient = format!("T-{}", slice.number);
                stating(slice, tags::PATIENT_ID, VR::LO, &patient);
            },
        ];
        for change in changes {
            let slices = (1..=6).map(own(tag)).map(|mut slice| {
                change(&mut slice);
                slice
            });
            assert_eq!(open(slices).len(), 6, "{tag}");
        }
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
