//! Acquisitions that share a series and its positions.

use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::imaging::{Frame, Header};

#[test]
fn phases_with_one_uid_and_position_are_split_by_acquisition() {
    let mut slices = stack("a", 12);
    for phase in stack("a", 12) {
        let mut phase = phase;
        mark(&mut phase, "acquisition", "2");
        phase.source.sop_instance_uid.as_mut().unwrap().push('x');
        phase.source.instance_number = phase.source.instance_number.map(|number| number + 12);
        slices.push(phase);
    }
    let all = assemble(slices, Vec::new());
    let lengths: Vec<usize> = all.iter().map(Series::len).collect();
    assert_eq!(lengths, [12, 12]);
    assert_eq!(
        all[0].remarks,
        ["these are 12 of 24 slices of the series; the others differ in acquisition"]
    );
}

/// Twelve slices and twelve others at the same positions, changed and interleaved by their names, numbered from
/// 1 each.
fn two_in_one(change: impl Fn(&mut Candidate)) -> Vec<Series> {
    let first = stack("a", 12);
    let second = stack("a", 12).into_iter().map(|mut slice| {
        slice.source.sop_instance_uid.as_mut().unwrap().push('x');
        let name = slice.source.path.with_extension("x");
        slice.source.path = name;
        change(&mut slice);
        slice
    });
    let mut slices: Vec<Candidate> = first
        .into_iter()
        .zip(second)
        .flat_map(<[_; 2]>::from)
        .collect();
    slices.swap(0, 7);
    slices.rotate_left(5);
    assemble(slices, Vec::new())
}

#[test]
fn two_acquisitions_under_one_uid_are_two_series() {
    type Change = Box<dyn Fn(&mut Candidate)>;
    fn stating(change: impl Fn(&mut GroupingTags)) -> impl Fn(&mut Candidate) {
        move |slice| change(Arc::make_mut(&mut slice.grouping))
    }
    fn marked(name: &'static str, value: &'static str) -> Change {
        Box::new(move |slice| mark(slice, name, value))
    }
    let text = |text: &str| Some(text.to_owned());
    let changes: [(&str, Change); 6] = [
        (
            "patient",
            Box::new(stating(move |own| own.patient[1] = text("Q"))),
        ),
        (
            "patient",
            Box::new(stating(move |own| own.patient[3] = text("19500101"))),
        ),
        (
            "study",
            Box::new(|slice| {
                Arc::make_mut(&mut slice.identity).study_uid = Some("2".into());
            }),
        ),
        ("time point", Box::new(|slice| slice.time_point = Some(2))),
        (
            "phase",
            Box::new(|slice| slice.phase = Some(75f64.to_bits())),
        ),
        (
            "instance number alone",
            Box::new(|slice| {
                slice.source.instance_number =
                    slice.source.instance_number.map(|number| number + 12);
            }),
        ),
    ];
    let marks = (MARKS.iter()).map(|mark| (mark.name, marked(mark.name, "2")));
    for (difference, change) in changes.into_iter().chain(marks) {
        let all = two_in_one(change);
        let lengths: Vec<usize> = all.iter().map(Series::len).collect();
        assert_eq!(lengths, [12, 12], "{difference}");
        for (series, other) in all.iter().zip([true, false]) {
            let own = names(series)
                .iter()
                .filter(|name| name.ends_with(".x"))
                .count();
            assert!([0, 12].contains(&own), "{difference}: {own}, {other}");
            let said = format!(
                "these are 12 of 24 slices of the series; the others differ in {difference}"
            );
            assert_eq!(series.remarks, [said]);
            assert_eq!(series.geometry.step_mm, Some(2.0));
        }
    }
}

#[test]
fn two_acquisitions_are_told_apart_by_times_that_differ_from_slice_to_slice() {
    for (name, step) in [
        ("acquisition time", 1),
        ("acquisition time", -1),
        ("trigger time", 1),
        ("content time", 1),
        ("index of the frame", 1),
    ] {
        let value = |number: i32, from: i32| format!("{}", from + step * number);
        let mut slices = stack("a", 12);
        for slice in &mut slices {
            mark(
                slice,
                name,
                &value(slice.source.instance_number.unwrap(), 100),
            );
        }
        let others: Vec<Candidate> = (slices.iter().cloned())
            .map(|mut slice| {
                let number = slice.source.instance_number.unwrap();
                // Named before the first ones for every second slice.
                let path = match number % 2 {
                    0 => format!("/a/AM{number}.x"),
                    _ => format!("/a/IM{number}.x"),
                };
                slice.source.path = path.into();
                slice.source.sop_instance_uid = Some(format!("a.{}.{number}", number % 2));
                // There and back.
                mark(&mut slice, name, &value(-number, 1000));
                slice
            })
            .collect();
        slices.extend(others);
        let all = assemble(slices, Vec::new());
        let lengths: Vec<usize> = all.iter().map(Series::len).collect();
        assert_eq!(lengths, [12, 12], "{name}");
        for series in &all {
            let others = (names(series).iter())
                .filter(|name| name.ends_with(".x"))
                .count();
            assert!([0, 12].contains(&others), "{name}: {others}");
            let said =
                format!("these are 12 of 24 slices of the series; the others differ in {name}");
            assert_eq!(series.remarks, [said]);
        }
    }
}

#[test]
fn an_attribute_that_changes_along_a_series_does_not_part_it() {
    let mut slices = stack("a", 12);
    let mut other = slices[8].clone();
    other.source.path = "/a/IM20".into();
    other.source.sop_instance_uid = Some("other".into());
    other.source.instance_number = Some(20);
    slices.push(other);
    for (index, slice) in slices.iter_mut().enumerate() {
        mark(slice, "window", if index < 6 { "40" } else { "-600" });
    }
    let all = assemble(slices, Vec::new());
    let lengths: Vec<usize> = all.iter().map(Series::len).collect();
    assert_eq!(lengths, [12, 1]);
}

#[test]
fn a_series_has_one_description_and_one_number_wherever_its_slices_lie() {
    for name in ["modality", "study date", "series number", "description"] {
        let mut slices = stack("a", 12);
        for (index, slice) in slices.iter_mut().enumerate() {
            // Between the others, at positions of their own.
            mark(slice, name, if index % 3 == 0 { "1" } else { "2" });
        }
        let all = assemble(slices, Vec::new());
        let lengths: Vec<usize> = all.iter().map(Series::len).collect();
        assert_eq!(lengths, [8, 4], "{name}");
    }
}

#[test]
fn a_frame_of_the_type_of_a_localizer_is_one() {
    let mut header = Header::of_picture(Format::Dicom, 8, 8);
    let mut of_type = |text: &str| {
        let mut frame = Frame::default();
        frame.marks.set(index_of("image type"), text.to_owned());
        header.frames.push(frame);
    };
    of_type("ORIGINAL\\PRIMARY\\LOCALIZER\\NONE");
    of_type("ORIGINAL\\PRIMARY\\VOLUME\\NONE");
    let candidates = Candidate::of(Path::new("file"), header);
    let found: Vec<bool> = candidates.iter().map(|frame| frame.localizer).collect();
    assert_eq!(found, [false, true, false]);
}

#[test]
fn time_points_in_multi_frame_files_are_separated_by_file() {
    let frames = (0..16u32).map(|index| {
        let mut frame = slice("a", 1, f64::from(index % 8));
        frame.source.path = format!("/a/V{}", index / 8).into();
        frame.source.frame = (index % 8) as usize;
        frame.source.sop_instance_uid = Some(format!("a.{}", index / 8));
        frame.frames_in_file = 8;
        frame
    });
    let all = assemble(frames.collect(), Vec::new());
    let lengths: Vec<usize> = all.iter().map(Series::len).collect();
    assert_eq!(lengths, [8, 8]);
    for series in &all {
        let first = &series.slices()[0].path;
        assert!(series.slices().iter().all(|slice| slice.path == *first));
    }
}

#[test]
fn a_different_time_on_each_slice_does_not_split_a_series() {
    let said = remarks(|slices| {
        for slice in slices {
            let number = slice.source.instance_number;
            let number = number.unwrap();
            mark(slice, "acquisition", &number.to_string());
            mark(
                slice,
                "acquisition time",
                &format!("20200131 1200{number:02}"),
            );
        }
    });
    assert!(said.is_empty(), "{said:?}");
}
