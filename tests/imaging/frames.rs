//! Files of many frames, and headers read without pixels.

use dicom_core::value::DataSetSequence;
use dicom_core::{DataElement, PrimitiveValue, Tag, VR};
use dicom_dictionary_std::{tags, uids};
use dicom_object::InMemDicomObject;
use lunny::imaging::{Format, Header};

use crate::fixtures::{Ct, Folder, hounsfield, packed, rough, rough_ct, run_lengths};

const LOSSLESS: &str = "1.2.840.10008.1.2.4.57";

fn sequence(tag: Tag, items: Vec<InMemDicomObject>) -> DataElement<InMemDicomObject> {
    DataElement::new(tag, VR::SQ, DataSetSequence::from(items))
}

fn item(elements: &[(Tag, &str)]) -> InMemDicomObject {
    let elements = elements.iter();
    InMemDicomObject::from_element_iter(
        elements.map(|&(tag, text)| DataElement::new(tag, VR::DS, PrimitiveValue::from(text))),
    )
}

fn group(groups: Vec<(Tag, InMemDicomObject)>) -> InMemDicomObject {
    let groups = groups.into_iter();
    InMemDicomObject::from_element_iter(groups.map(|(tag, item)| sequence(tag, vec![item])))
}

/// Three frames of two by three pixels, the third with another rescale.
fn enhanced() -> Ct {
    let frame = |position: &str, intercept: &str| {
        group(vec![
            (
                tags::PLANE_POSITION_SEQUENCE,
                item(&[(tags::IMAGE_POSITION_PATIENT, position)]),
            ),
            (
                tags::PIXEL_VALUE_TRANSFORMATION_SEQUENCE,
                item(&[
                    (tags::RESCALE_SLOPE, "1"),
                    (tags::RESCALE_INTERCEPT, intercept),
                ]),
            ),
        ])
    };
    let shared = group(vec![
        (
            tags::PIXEL_MEASURES_SEQUENCE,
            item(&[
                (tags::PIXEL_SPACING, "0.5\\0.25"),
                (tags::SLICE_THICKNESS, "3"),
            ]),
        ),
        (
            tags::PLANE_ORIENTATION_SEQUENCE,
            item(&[(tags::IMAGE_ORIENTATION_PATIENT, "0\\1\\0\\0\\0\\-1")]),
        ),
    ]);
    let frames = vec![
        frame("1\\2\\3", "-1024"),
        frame("1\\2\\4.5", "-1024"),
        frame("1\\2\\6", "-1000"),
    ];
    let mut ct = Ct::with(tags::NUMBER_OF_FRAMES, VR::IS, "3");
    ct.stored = (0..18).map(|value| 1000 + value).collect();
    ct.more.extend([
        sequence(tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE, vec![shared]),
        sequence(tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE, frames),
    ]);
    ct
}

/// Two acquisitions at three positions in one file, in no regular order; `element` of each frame, in a sequence of its
/// functional groups, tells which it belongs to.
fn two_in_one(sequences: Tag, element: Tag, values: [&str; 2]) -> Ct {
    let order = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 2), (1, 2)];
    let frames = order.map(|(which, place)| {
        let value = PrimitiveValue::from(values[which]);
        // Writers that do not know an element write it as text.
        let element = DataElement::new(element, VR::LO, value);
        group(vec![
            (
                tags::PLANE_POSITION_SEQUENCE,
                item(&[(tags::IMAGE_POSITION_PATIENT, &format!("0\\0\\{place}"))]),
            ),
            (sequences, InMemDicomObject::from_element_iter([element])),
        ])
    });
    let mut ct = Ct::with(tags::NUMBER_OF_FRAMES, VR::IS, "6");
    let values = order.map(|(which, place)| 1024 + 10 * which as u16 + place);
    ct.stored = values.iter().flat_map(|value| [*value; 6]).collect();
    ct.more.push(sequence(
        tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE,
        frames.into(),
    ));
    ct
}

#[test]
fn two_acquisitions_in_one_file_are_two_series() {
    let content = tags::FRAME_CONTENT_SEQUENCE;
    for (sequence, element, values) in [
        (
            tags::CT_RECONSTRUCTION_SEQUENCE,
            tags::CONVOLUTION_KERNEL,
            ["B30f", "B70f"],
        ),
        (content, tags::FRAME_ACQUISITION_NUMBER, ["1", "2"]),
        (content, tags::STACK_ID, ["1", "2"]),
        (
            content,
            tags::FRAME_ACQUISITION_DATE_TIME,
            ["20200102101010", "20200102101110"],
        ),
        (tags::CTX_RAY_DETAILS_SEQUENCE, tags::KVP, ["80", "140"]),
        (
            tags::CT_IMAGE_FRAME_TYPE_SEQUENCE,
            tags::FRAME_TYPE,
            ["ORIGINAL\\PRIMARY", "DERIVED\\PRIMARY"],
        ),
        (
            tags::RESPIRATORY_SYNCHRONIZATION_SEQUENCE,
            tags::NOMINAL_PERCENTAGE_OF_RESPIRATORY_PHASE,
            ["0", "50"],
        ),
    ] {
        let folder = Folder::new();
        let path = folder.0.path().join("file");
        let ct = two_in_one(sequence, element, values);
        std::fs::write(&path, ct.file(uids::EXPLICIT_VR_LITTLE_ENDIAN)).unwrap();
        let all = lunny::imaging::series::open(&path, &Default::default(), &|_| {}).unwrap();
        let values = all.iter().map(|series| {
            let slices = (0..series.len()).map(|index| series.slice(index).unwrap());
            slices.map(|scan| hounsfield(&scan)[0]).collect::<Vec<_>>()
        });
        let mut values: Vec<_> = values.collect();
        values.sort();
        assert_eq!(values, [[0, 1, 2], [10, 11, 12]], "{element}");
    }
}

#[test]
fn each_frame_has_its_own_position_and_rescale() {
    for syntax in [
        uids::EXPLICIT_VR_LITTLE_ENDIAN,
        uids::IMPLICIT_VR_LITTLE_ENDIAN,
    ] {
        let folder = Folder::new();
        let file = folder.open(&enhanced().file(syntax)).unwrap();
        assert_eq!(file.frames(), 3);
        let places: Vec<_> = (file.header().frames.iter())
            .map(|frame| frame.position_mm.unwrap()[2])
            .collect();
        assert_eq!(places, [3.0, 4.5, 6.0]);
        let place = &file.header().frames[1];
        assert_eq!(place.spacing_mm, Some([0.5, 0.25]));
        assert_eq!(place.orientation, Some([0.0, 1.0, 0.0, 0.0, 0.0, -1.0]));
        assert_eq!(place.thickness_mm, Some(3.0));
        let first = file.decode(0).unwrap();
        assert_eq!(hounsfield(&first), [-24, -23, -22, -21, -20, -19]);
        let last = file.decode(2).unwrap();
        assert_eq!(hounsfield(&last), [12, 13, 14, 15, 16, 17]);
        assert_eq!(last.spacing_mm, Some([0.5, 0.25]));
        let stated = last.provenance.dicom.unwrap();
        assert_eq!(stated.orientation, place.orientation);
        assert_eq!(stated.slice_thickness_mm, Some(3.0));
        assert_eq!(
            Header::read(&folder.0.path().join("file")).unwrap(),
            *file.header()
        );
        let beyond = file.decode(3).unwrap_err().to_string();
        assert!(beyond.contains("3 frames, without a frame 4"), "{beyond}");
    }
}

#[test]
fn uncompressed_frames_are_read_and_a_missing_last_one_is_an_error() {
    let mut ct = Ct::with(tags::NUMBER_OF_FRAMES, VR::IS, "3");
    ct.stored = (0..12).collect();
    ct.intercept = "0";
    let file = Folder::new()
        .open(&ct.file(uids::EXPLICIT_VR_LITTLE_ENDIAN))
        .unwrap();
    assert_eq!(hounsfield(&file.decode(1).unwrap()), [6, 7, 8, 9, 10, 11]);
    let sentence = file.decode(2).unwrap_err().to_string();
    assert!(sentence.contains("cut short"), "{sentence}");
}

#[test]
fn packed_frames_have_a_fragment_each() {
    let mut ct = rough_ct(12, false);
    ct.more.push(DataElement::new(
        tags::NUMBER_OF_FRAMES,
        VR::IS,
        PrimitiveValue::from("2"),
    ));
    let other: Vec<u16> = rough(12).into_iter().map(|value| value / 2).collect();
    let fragments = [run_lengths(&rough(12)), run_lengths(&other)];
    let fragments = [fragments[0].as_slice(), fragments[1].as_slice()];
    let file = Folder::new()
        .open(&packed(ct, "1.2.840.10008.1.2.5", &fragments))
        .unwrap();
    let found = file.decode(1).unwrap();
    let found = hounsfield(&found).iter().map(|&value| value as u16);
    assert!(found.eq(other));
}

#[test]
fn packed_frames_in_one_fragment_are_read() {
    let picture = include_bytes!("packed/predictor-1.jpg");
    let expected = Folder::new().load(&packed(rough_ct(16, false), LOSSLESS, &[picture]));
    let expected = expected.unwrap().pixels;
    let frames = |frames: &str| {
        let mut ct = rough_ct(16, false);
        let frames = PrimitiveValue::from(frames);
        ct.more
            .push(DataElement::new(tags::NUMBER_OF_FRAMES, VR::IS, frames));
        packed(ct, LOSSLESS, &[&picture.repeat(3)])
    };
    let file = Folder::new().open(&frames("3")).unwrap();
    for frame in 0..3 {
        assert_eq!(file.decode(frame).unwrap().pixels, expected);
    }
    // More frames than pictures.
    let file = Folder::new().open(&frames("4")).unwrap();
    let sentence = file.decode(0).unwrap_err().to_string();
    assert!(
        sentence.contains("it declares 4 frames and holds fewer"),
        "{sentence}"
    );
}

#[test]
fn a_header_is_read_without_the_pixels() {
    let folder = Folder::new();
    let mut ct = Ct::default();
    for (tag, vr, text) in [
        (tags::PATIENT_NAME, VR::PN, "PHANTOM^CHEST"),
        (tags::PATIENT_ID, VR::LO, "4711"),
        (tags::STUDY_INSTANCE_UID, VR::UI, "1.2.3.4"),
        (tags::SERIES_INSTANCE_UID, VR::UI, "1.2.3.5"),
        (tags::INSTANCE_NUMBER, VR::IS, "12"),
        (tags::ACQUISITION_NUMBER, VR::IS, "2"),
        (tags::IMAGE_POSITION_PATIENT, VR::DS, "-100\\-120.5\\30"),
    ] {
        ct.more
            .push(DataElement::new(tag, vr, PrimitiveValue::from(text)));
    }
    ct.rows = 400;
    ct.columns = 400;
    ct.stored = vec![7; 400 * 400];
    let bytes = ct.file(uids::EXPLICIT_VR_LITTLE_ENDIAN);
    let path = folder.0.path().join("file");
    // The pixels are missing; the header is read without an error.
    std::fs::write(&path, &bytes[..bytes.len() - 319_000]).unwrap();
    let header = Header::read(&path).unwrap();
    assert_eq!(header.format, Format::Dicom);
    assert_eq!((header.rows, header.columns), (400, 400));
    assert_eq!(header.patient_name.as_deref(), Some("PHANTOM^CHEST"));
    assert_eq!(header.patient_id.as_deref(), Some("4711"));
    assert_eq!(header.study_uid.as_deref(), Some("1.2.3.4"));
    assert_eq!(header.series_uid.as_deref(), Some("1.2.3.5"));
    assert_eq!(header.instance_number, Some(12));
    assert_eq!(
        header.transfer_syntax.as_deref(),
        Some(uids::EXPLICIT_VR_LITTLE_ENDIAN)
    );
    let [frame] = &header.frames[..] else {
        panic!("{} frames", header.frames.len());
    };
    assert_eq!(frame.position_mm, Some([-100.0, -120.5, 30.0]));
    assert_eq!(frame.spacing_mm, Some([0.7, 0.8]));
    assert_eq!(frame.thickness_mm, Some(1.25));
}
