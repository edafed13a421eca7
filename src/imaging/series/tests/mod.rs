//! Grouping, splitting, ordering and remarks, with generated headers.

mod acquisitions;

use std::path::PathBuf;
use std::sync::Arc;

use proptest::prelude::*;

use super::assemble::assemble;
use super::candidate::Candidate;
use super::{Series, SeriesIdentity, SliceSource};
use crate::imaging::header::Rescale;
use crate::imaging::marks::MARKS;
use crate::imaging::{Format, GroupingTags};

const AXIAL: [f64; 6] = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0];
const CORONAL: [f64; 6] = [1.0, 0.0, 0.0, 0.0, 0.0, -1.0];

fn identity(uid: &str) -> SeriesIdentity {
    SeriesIdentity {
        format: Format::Dicom,
        modality: Some("CT".into()),
        transfer_syntax: Some("1.2.840.10008.1.2.1".into()),
        study_uid: Some("1".into()),
        series_uid: Some(uid.into()),
        description: None,
        date: None,
        patient_name: None,
        patient_id: Some("P".into()),
        patient: Default::default(),
        study: Default::default(),
    }
}

/// An axial slice of the series `uid` at `z` mm; its name and number count from the head, as usual for
/// scanners.
fn slice(uid: &str, number: i32, z: f64) -> Candidate {
    Candidate {
        source: SliceSource {
            path: PathBuf::from(format!("/{uid}/IM{number}")),
            frame: 0,
            sop_instance_uid: Some(format!("{uid}.{number}")),
            instance_number: Some(number),
            position_mm: Some([-150.0, -150.0, z]),
        },
        identity: Arc::new(identity(uid)),
        rows: 512,
        columns: 512,
        spacing_mm: Some([0.7, 0.7]),
        orientation: Some(AXIAL),
        frame_of_reference: Some("f".into()),
        grouping: Arc::new(GroupingTags::default()),
        slice_location: None,
        time_point: None,
        phase: None,
        other_values: false,
        rescale: Rescale::default(),
        localizer: false,
        frames_in_file: 1,
        surplus_frames: 0,
    }
}

/// Index of the attribute with this name.
fn index_of(name: &str) -> usize {
    MARKS.iter().position(|mark| mark.name == name).unwrap()
}

/// Sets the value of the attribute with this name.
fn mark(slice: &mut Candidate, name: &str, value: &str) {
    let index = index_of(name);
    let own = Arc::make_mut(&mut slice.grouping);
    own.marks.set(index, value.to_owned());
}

/// Slices 1 to `count`, from the head down, 2 mm apart.
fn stack(uid: &str, count: i32) -> Vec<Candidate> {
    (1..=count)
        .map(|number| slice(uid, number, f64::from(-2 * number)))
        .collect()
}

fn names(series: &Series) -> Vec<String> {
    let name = |slice: &SliceSource| {
        slice
            .path
            .file_name()
            .unwrap()
            .to_string_lossy()
            .into_owned()
    };
    series.slices().iter().map(name).collect()
}

fn one(candidates: Vec<Candidate>) -> Series {
    let mut all = assemble(candidates, Vec::new());
    assert_eq!(all.len(), 1, "{all:#?}");
    all.remove(0)
}

/// Remarks after a change of the slices 1 to 12.
fn remarks(change: impl FnOnce(&mut Vec<Candidate>)) -> Vec<String> {
    let mut slices = stack("a", 12);
    change(&mut slices);
    one(slices).remarks
}

#[test]
fn slices_are_ordered_from_the_feet_up_for_any_order_and_numbers() {
    let mut slices = stack("a", 12);
    slices.swap(0, 7);
    slices.rotate_left(5);
    let series = one(slices);
    let expected: Vec<String> = (1..=12).rev().map(|number| format!("IM{number}")).collect();
    assert_eq!(names(&series), expected);
    assert_eq!(series.geometry.step_mm, Some(2.0));
    assert!(series.remarks.is_empty(), "{:?}", series.remarks);
}

#[test]
fn a_missing_slice_is_named_and_the_step_stays_the_usual_one() {
    let mut slices = stack("a", 12);
    slices.remove(4);
    let series = one(slices);
    assert_eq!(series.geometry.step_mm, Some(2.0));
    insta::assert_debug_snapshot!(series.remarks, @r#"
    [
        "gap of 4.00 mm between slices 7 and 8, where 2.00 mm are usual: a slice seems to be missing",
    ]
    "#);
}

#[test]
fn a_change_of_spacing_is_no_missing_slice() {
    let mut slices = stack("a", 20);
    slices.retain(|slice| {
        let number = slice.source.instance_number.unwrap();
        number <= 10 || number % 2 == 0
    });
    let series = one(slices);
    assert_eq!(series.geometry.step_mm, Some(2.0));
    insta::assert_debug_snapshot!(series.remarks, @r#"
    [
        "the slices from 1 to 6 are 4.00 mm apart, where 2.00 mm are usual: the spacing changes",
    ]
    "#);
}

#[test]
fn every_gap_is_named() {
    let said =
        remarks(|slices| slices.retain(|slice| slice.source.instance_number.unwrap() % 3 > 0));
    insta::assert_debug_snapshot!(said, @r#"
    [
        "gap of 4.00 mm between slices 2 and 3, where 2.00 mm are usual: a slice seems to be missing",
        "gap of 4.00 mm between slices 4 and 5, where 2.00 mm are usual: a slice seems to be missing",
        "gap of 4.00 mm between slices 6 and 7, where 2.00 mm are usual: a slice seems to be missing",
    ]
    "#);
}

#[test]
fn uneven_steps_are_named() {
    let said = remarks(|slices| {
        for (slice, shift) in slices.iter_mut().zip([0.0, 0.3].into_iter().cycle()) {
            slice.source.position_mm.as_mut().unwrap()[2] += shift;
        }
    });
    insta::assert_debug_snapshot!(said, @r#"
    [
        "the slices are unevenly spaced, 1.70 to 2.30 mm apart; 1.70 mm are usual",
    ]
    "#);
}

#[test]
fn a_duplicate_file_is_left_out_and_another_slice_at_its_position_is_a_series() {
    let mut slices = stack("a", 12);
    let mut copy = slices[2].clone();
    copy.source.path = "/a/copy of IM3".into();
    let mut other = slices[5].clone();
    other.source.path = "/a/IM20".into();
    other.source.sop_instance_uid = Some("other".into());
    other.source.instance_number = Some(20);
    slices.extend([copy, other]);
    let all = assemble(slices, Vec::new());
    let lengths: Vec<usize> = all.iter().map(Series::len).collect();
    assert_eq!(lengths, [12, 1]);
    assert_eq!(names(&all[1]), ["IM20"]);
    insta::assert_debug_snapshot!(all[0].remarks, @r#"
    [
        "these are 12 of 14 slices of the series; the others differ in instance number alone",
        "1 duplicate slice was left out: copy of IM3",
    ]
    "#);
}

#[test]
fn slices_with_one_uid_at_different_positions_are_all_kept() {
    let mut slices = stack("a", 12);
    for slice in &mut slices {
        slice.source.sop_instance_uid = Some("1.2.3".into());
    }
    let series = one(slices);
    assert_eq!(series.len(), 12);
    insta::assert_debug_snapshot!(series.remarks, @r#"
    [
        "11 slices have the SOP instance UID of another slice",
    ]
    "#);
}

#[test]
fn a_tilted_gantry_is_named() {
    let said = remarks(|slices| {
        for slice in slices {
            let (sine, cosine) = 15f64.to_radians().sin_cos();
            slice.orientation = Some([1.0, 0.0, 0.0, 0.0, cosine, sine]);
        }
    });
    insta::assert_debug_snapshot!(said, @r#"
    [
        "the slices are shifted against each other by 15.0° (a tilted gantry)",
    ]
    "#);
}

#[test]
fn oblique_slices_are_ordered_along_their_own_normal() {
    let (sine, cosine) = 30f64.to_radians().sin_cos();
    let slices = (0..5).map(|index| {
        let mut slice = slice("a", index, 0.0);
        slice.orientation = Some([1.0, 0.0, 0.0, 0.0, cosine, sine]);
        let along = f64::from(3 * ((index * 2) % 5));
        slice.source.position_mm = Some([0.0, -sine * along, cosine * along]);
        slice
    });
    let series = one(slices.collect());
    assert_eq!(names(&series), ["IM0", "IM3", "IM1", "IM4", "IM2"]);
    assert!((series.geometry.step_mm.unwrap() - 3.0).abs() < 1e-9);
    assert!(series.remarks.is_empty(), "{:?}", series.remarks);
}

#[test]
fn without_positions_slices_are_ordered_by_number_and_then_by_name() {
    let mut slices = stack("a", 12);
    slices[3].source.position_mm = None;
    slices.reverse();
    let series = one(slices.clone());
    // The others show that the numbers count from the head.
    let expected: Vec<String> = (1..=12).rev().map(|number| format!("IM{number}")).collect();
    assert_eq!(names(&series), expected);
    assert_eq!(series.geometry.step_mm, None);
    assert_eq!(
        series.remarks,
        ["1 slice states no position, so the slices are ordered by instance number"]
    );
    slices[6].source.instance_number = None;
    let series = one(slices);
    assert_eq!(names(&series), expected);
    assert_eq!(
        series.remarks,
        ["1 slice states no position, so the slices are ordered by file name"]
    );
}

#[test]
fn localizers_are_left_out_unless_there_are_only_localizers() {
    let mut overview = slice("scout", 1, 0.0);
    overview.localizer = true;
    let mut slices = stack("a", 12);
    slices.push(overview.clone());
    let series = one(slices);
    assert_eq!(series.len(), 12);
    assert_eq!(series.remarks, ["1 localizer was left out: IM1"]);
    let series = one(vec![overview]);
    assert!(series.remarks.is_empty());
}

#[test]
fn two_series_are_separated_and_the_larger_one_comes_first() {
    let mut slices = stack("small", 3);
    slices.extend(stack("large", 12));
    let all = assemble(slices, vec!["a remark on the folder".into()]);
    let uids: Vec<_> = all
        .iter()
        .map(|series| series.identity.series_uid.clone().unwrap())
        .collect();
    assert_eq!(uids, ["large", "small"]);
    assert_eq!(all[0].remarks, ["a remark on the folder"]);
    assert!(all[1].remarks.is_empty());
}

#[test]
fn a_series_of_mixed_geometry_is_split_and_states_the_difference() {
    let mut slices = stack("a", 12);
    for slice in &mut slices[..3] {
        slice.orientation = Some(CORONAL);
        slice.source.position_mm = slice.source.position_mm.map(|[x, _, z]| [x, z, 0.0]);
    }
    slices[11].rows = 256;
    let all = assemble(slices, Vec::new());
    let lengths: Vec<usize> = all.iter().map(Series::len).collect();
    assert_eq!(lengths, [8, 3, 1]);
    insta::assert_debug_snapshot!(all[0].remarks, @r#"
    [
        "these are 8 of 12 slices of the series; the others differ in orientation and size",
    ]
    "#);
}

#[test]
fn slices_with_one_stated_position_are_ordered_by_location_or_number() {
    let mut slices = stack("a", 12);
    for slice in &mut slices {
        slice.source.position_mm = Some([0.0; 3]);
    }
    let by_number: Vec<String> = (1..=12).map(|number| format!("IM{number}")).collect();
    slices.reverse();
    let series = one(slices.clone());
    assert_eq!(names(&series), by_number);
    assert_eq!(
        series.remarks,
        ["all 12 slices state the same position, so the slices are ordered by instance number"]
    );
    for slice in &mut slices {
        let number = slice.source.instance_number.unwrap();
        slice.slice_location = Some(f64::from(-2 * number));
    }
    let series = one(slices);
    let by_location: Vec<String> = by_number.into_iter().rev().collect();
    assert_eq!(names(&series), by_location);
    assert_eq!(
        series.remarks,
        ["all 12 slices state the same position, so the slices are ordered by slice location"]
    );
}

#[test]
fn axial_slices_are_ordered_from_the_feet_up_for_any_direction_of_rows() {
    for orientation in [
        [-1.0, 0.0, 0.0, 0.0, 1.0, 0.0],
        [1.0, 0.0, 0.0, 0.0, -1.0, 0.0],
        [0.0, 1.0, 0.0, 1.0, 0.0, 0.0],
    ] {
        let mut slices = stack("a", 12);
        for slice in &mut slices {
            slice.orientation = Some(orientation);
        }
        let series = one(slices);
        assert_eq!(names(&series)[0], "IM12", "{orientation:?}");
        assert_eq!(series.geometry.step_mm, Some(2.0));
        assert!(series.remarks.is_empty(), "{:?}", series.remarks);
    }
}

#[test]
fn pictures_of_one_size_in_one_folder_are_a_series_by_name() {
    let picture = |path: &str, rows| {
        let mut picture = slice("", 0, 0.0);
        picture.source = SliceSource {
            path: path.into(),
            frame: 0,
            sop_instance_uid: None,
            instance_number: None,
            position_mm: None,
        };
        picture.identity = Arc::new(SeriesIdentity {
            format: Format::Png,
            modality: None,
            transfer_syntax: None,
            study_uid: None,
            series_uid: None,
            description: None,
            date: None,
            patient_name: None,
            patient_id: None,
            patient: Default::default(),
            study: Default::default(),
        });
        (picture.orientation, picture.spacing_mm, picture.rows) = (None, None, rows);
        picture
    };
    let pictures = [
        ("a/10.png", 512),
        ("a/9.png", 512),
        ("b/1.png", 512),
        ("a/1.png", 512),
        ("a/2.png", 100),
    ];
    let all = assemble(
        pictures.map(|(path, rows)| picture(path, rows)).into(),
        Vec::new(),
    );
    let all: Vec<Vec<String>> = all.iter().map(names).collect();
    assert_eq!(
        all,
        [
            vec!["1.png", "9.png", "10.png"],
            vec!["2.png"],
            vec!["1.png"]
        ]
    );
}

proptest! {
    #[test]
    fn any_headers_are_handled_and_no_slice_is_lost_silently(
        slices in prop::collection::vec(
            (
                prop::option::of(prop::array::uniform3(prop_oneof![Just(0.0), Just(1e308), -5.0..5.0])),
                prop_oneof![Just(Some(AXIAL)), Just(Some(CORONAL)), Just(Some([0.0; 6])), Just(None)],
                prop::option::of(0i32..3),
                prop::option::of(Just("1.2".to_owned())),
                any::<bool>(),
                1u32..3,
            ),
            1..40,
        )
    ) {
        let number = slices.len();
        let candidates = slices.into_iter().enumerate().map(|(index, (place, orientation, number, uid, localizer, rows))| {
            let mut slice = slice("a", index as i32, 0.0);
            slice.source.position_mm = place;
            slice.source.instance_number = number;
            slice.source.sop_instance_uid = uid;
            slice.orientation = orientation;
            mark(&mut slice, "acquisition", &number.map_or(String::new(), |number| number.to_string()));
            (slice.localizer, slice.rows) = (localizer, rows);
            slice
        });
        let all = assemble(candidates.collect(), Vec::new());
        let kept: usize = all.iter().map(Series::len).sum();
        prop_assert!(kept > 0 && kept <= number);
        let named = all.iter().flat_map(|series| &series.remarks).any(|remark| remark.contains("left out"));
        prop_assert!(kept == number || named);
        prop_assert!(all.iter().all(|series| series.geometry.step_mm.is_none_or(|step| step > 0.0)));
    }
}
