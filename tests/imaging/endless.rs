//! Files that could keep a reader busy endlessly: each is read or refused in time, with the right reason.

use std::path::Path;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use dicom_core::{DataElement, PrimitiveValue, VR};
use dicom_dictionary_std::{tags, uids};
use lunny::cancel::Cancel;
use lunny::imaging::{self, FrameFile, Header, ImagingError, series};
use tempfile::TempDir;

use crate::dicom_series::{CtSlice, write_directory};
use crate::fixtures::{Ct, Folder, body, gzipped, nifti, packed, rough_ct, with_syntax, written};

const JPEG_2000: &str = "1.2.840.10008.1.2.4.90";
const STREAM: &[u8] = include_bytes!("packed/16-bits.j2k");

/// Result of `work`; fails if it takes longer than `most`.
///
/// Runs on a separate thread, which a failing test leaves running, so that a hang fails and does not block.
fn within<T: Send + 'static>(most: Duration, work: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let _ = sender.send(work());
    });
    match receiver.recv_timeout(most) {
        Ok(result) => result,
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("not ended within {most:?}"),
        Err(mpsc::RecvTimeoutError::Disconnected) => panic!("it panicked"),
    }
}

/// Generous limit for a busy machine; a file takes milliseconds.
const LONG: Duration = Duration::from_secs(60);

/// Calls everything that reads a file; returns the result as a series.
fn read(path: &Path) -> Result<usize, ImagingError> {
    let path = path.to_owned();
    within(LONG, move || {
        let _ = Header::read(&path);
        let _ = FrameFile::open(&path).map(|file| file.decode(0));
        let _ = imaging::tags(&path);
        let all = series::open(&path, &Cancel::default(), &|_| {})?;
        for series in &all {
            let _ = series.slice(0);
        }
        Ok(all.len())
    })
}

fn sentence(folder: &TempDir, bytes: &[u8]) -> String {
    let path = folder.path().join("slice.dcm");
    std::fs::write(&path, bytes).unwrap();
    let sentence = read(&path).unwrap_err().to_string();
    sentence.replace(&folder.path().display().to_string(), "…")
}

fn with_frames(mut ct: Ct, frames: &str) -> Ct {
    let frames = PrimitiveValue::from(frames);
    ct.more
        .push(DataElement::new(tags::NUMBER_OF_FRAMES, VR::IS, frames));
    ct
}

/// Slices with packed pixels under a header that is refused, one for each error.
fn refused() -> Vec<Vec<u8>> {
    let pieces: &[&[u8]] = &[STREAM, b"more", b""];
    let pack = |ct: Ct, syntax: &str| packed(ct, syntax, pieces);
    let sized = |rows, columns| Ct {
        rows,
        columns,
        ..rough_ct(16, false)
    };
    let without_rows = {
        let mut object = rough_ct(16, false).object();
        object.remove_element(tags::ROWS);
        object.remove_element(tags::PIXEL_DATA);
        let plain = written(object, uids::EXPLICIT_VR_LITTLE_ENDIAN);
        let whole = pack(rough_ct(16, false), JPEG_2000);
        let pixels = body(&whole)
            .windows(4)
            .position(|tag| tag == b"\xe0\x7f\x10\0");
        let pixels = &body(&whole)[pixels.unwrap()..];
        with_syntax(JPEG_2000, &[body(&plain), pixels].concat())
    };
    vec![
        pack(rough_ct(16, false), "1.3.46.670589.33.1.4.1"),
        pack(with_frames(rough_ct(16, false), "-1"), JPEG_2000),
        pack(with_frames(rough_ct(16, false), "99999"), JPEG_2000),
        pack(with_frames(rough_ct(16, false), "many"), JPEG_2000),
        pack(sized(0, 24), JPEG_2000),
        pack(sized(60_000, 60_000), JPEG_2000),
        without_rows,
    ]
}

#[test]
fn packed_pixels_under_a_refused_header_are_refused_for_that_reason() {
    let folder = tempfile::tempdir().unwrap();
    let sentences: Vec<String> = (refused().iter())
        .map(|bytes| sentence(&folder, bytes))
        .collect();
    insta::assert_snapshot!(sentences.join("\n"), @r"
    …/slice.dcm: DICOM with transfer syntax 1.3.46.670589.33.1.4.1 pixels is not supported; export it uncompressed
    …/slice.dcm is damaged: it declares a picture without frames; copy or export it again
    …/slice.dcm is too large (99999 frames); LUNNY reads files of up to 16384 frames
    …/slice.dcm is damaged: element (0028,0008) has no valid number; copy or export it again
    …/slice.dcm is damaged: it declares a picture without pixels; copy or export it again
    …/slice.dcm is too large (60000 × 60000 pixels); LUNNY reads up to 64 million pixels
    …/slice.dcm is damaged: it does not state its rows and columns; copy or export it again
    ");
}

#[test]
fn a_packed_file_that_states_no_frames_holds_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("slice.dcm");
    std::fs::write(
        &path,
        packed(with_frames(rough_ct(16, false), "0"), JPEG_2000, &[STREAM]),
    )
    .unwrap();
    assert_eq!(read(&path).unwrap(), 1);
}

#[test]
fn a_directory_with_packed_pixels_is_read_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    CtSlice::new("1.5", 1, 8).write(folder.path().join("IM1"));
    let list = folder.path().join("DICOMDIR");
    write_directory(&list, &[&["IM1"]]);
    let whole = std::fs::read(&list).unwrap();
    let packed = [
        b"\xe0\x7f\x10\0OB\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\0\0\0\0".as_slice(),
        b"\xfe\xff\0\xe0\x04\0\0\0abcd\xfe\xff\0\xe0\x04\0\0\0abcd",
        b"\xfe\xff\xdd\xe0\0\0\0\0",
    ]
    .concat();
    let meta = whole.len() - body(&whole).len();
    for more in [
        &[&whole[..], &packed].concat(),
        &[&whole[..meta], &packed, body(&whole)].concat(),
    ] {
        std::fs::write(&list, more).unwrap();
        assert_eq!(read(&list).unwrap(), 1);
        assert_eq!(read(folder.path()).unwrap(), 1);
    }
    // Any other name works as well, if the file states its class.
    let renamed = folder.path().join("list");
    std::fs::rename(&list, &renamed).unwrap();
    assert_eq!(read(&renamed).unwrap(), 1);
}

#[test]
fn misplaced_delimiters_in_a_directory_cause_no_panic() {
    let folder = tempfile::tempdir().unwrap();
    CtSlice::new("1.5", 1, 8).write(folder.path().join("IM1"));
    let list = folder.path().join("DICOMDIR");
    write_directory(&list, &[&["IM1"]]);
    let whole = std::fs::read(&list).unwrap();
    for astray in [
        b"\xfe\xff\x0d\xe0\0\0\0\0\xfe\xff\0\xe0\0\0\0\0".as_slice(),
        b"\xfe\xff\xdd\xe0\0\0\0\0\xfe\xff\0\xe0\0\0\0\0",
        b"\xfe\xff\0\xe0\xff\xff\xff\xff\xfe\xff\x0d\xe0\0\0\0\0",
    ] {
        let meta = whole.len() - body(&whole).len();
        let bytes = [&whole[..meta], astray, body(&whole)].concat();
        std::fs::write(&list, bytes).unwrap();
        let _ = read(&list);
        assert_eq!(read(folder.path()).unwrap(), 1);
    }
}

#[test]
fn a_slice_is_not_searched_for_names_of_other_files() {
    let folder = tempfile::tempdir().unwrap();
    CtSlice::new("1.5", 1, 8).write(folder.path().join("IM1"));
    let mut object = Ct {
        rows: 0,
        ..Ct::default()
    }
    .object();
    object.put(DataElement::new(
        tags::REFERENCED_FILE_ID,
        VR::CS,
        PrimitiveValue::from("IM1"),
    ));
    let bytes = written(object, uids::EXPLICIT_VR_LITTLE_ENDIAN);
    let sentence = sentence(&folder, &bytes);
    insta::assert_snapshot!(sentence, @"…/slice.dcm is damaged: it declares a picture without pixels; copy or export it again");
}

#[test]
fn a_file_that_a_directory_lists_many_times_is_read_once() {
    let folder = tempfile::tempdir().unwrap();
    CtSlice::new("1.5", 1, 8).write(folder.path().join("IM1"));
    let list = folder.path().join("DICOMDIR");
    write_directory(&list, &vec![&["IM1"][..]; 500]);
    let all = series::open(&list, &Cancel::default(), &|progress| {
        assert!(progress.of <= 1, "{progress:?}");
    });
    let all = all.unwrap();
    assert_eq!((all.len(), all[0].len()), (1, 1));
    assert!(all[0].remarks.is_empty(), "{:?}", all[0].remarks);
}

#[test]
fn a_pipe_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("DICOMDIR");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    assert!(matches!(read(&pipe), Err(ImagingError::NotAFile { .. })));
    assert!(matches!(
        read(Path::new("/dev/zero")),
        Err(ImagingError::NotAFile { .. })
    ));
    CtSlice::new("1.5", 1, 8).write(folder.path().join("IM1"));
    assert_eq!(read(folder.path()).unwrap(), 1);
}

#[test]
fn reading_stops_when_it_is_cancelled() {
    let folder = tempfile::tempdir().unwrap();
    let slice = folder.path().join("IM1");
    CtSlice::new("1.5", 1, 8).write(&slice);
    let list = folder.path().join("DICOMDIR");
    write_directory(&list, &[&["IM1"]]);
    let cancel = Cancel::default();
    cancel.cancel();
    assert!(matches!(
        Header::read_unless(&slice, &cancel),
        Err(ImagingError::Cancelled)
    ));
    assert!(matches!(
        FrameFile::open_unless(&slice, &cancel),
        Err(ImagingError::Cancelled)
    ));
    for path in [&slice, &list, &folder.path().to_owned()] {
        let opened = series::open(path, &cancel, &|_| {});
        assert!(matches!(opened, Err(ImagingError::Cancelled)), "{opened:?}");
    }
}

#[test]
fn a_volume_whose_values_are_refused_is_not_read_again_for_each_slice() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("volume.nii.gz");
    let values: Vec<i16> = (0..4 * 6 * 10).collect();
    let whole = nifti([4, 6, 10], &values, None);
    std::fs::write(&path, gzipped(&whole[..whole.len() - 40])).unwrap();
    let series = series::open(&path, &Cancel::default(), &|_| {}).unwrap();
    let first = series[0].slice(0);
    assert!(matches!(first, Err(ImagingError::CutShort(_))), "{first:?}");
    std::fs::remove_file(&path).unwrap();
    let second = series[0].slice(1);
    assert!(
        matches!(second, Err(ImagingError::CutShort(_))),
        "{second:?}"
    );
}

#[test]
fn a_packed_volume_that_claims_more_than_it_can_hold_is_refused_by_its_header() {
    let folder = Folder::new();
    let header = |slices: u16| {
        let mut claims = nifti([1, 1, 1], &[0], None);
        for (at, length) in [(42, 4000u16), (44, 4000), (46, slices)] {
            claims[at..at + 2].copy_from_slice(&length.to_le_bytes());
        }
        let path = folder.0.path().join("claims.nii.gz");
        std::fs::write(&path, gzipped(&claims)).unwrap();
        Header::read(&path).unwrap_err()
    };
    // More than its few bytes can become, and more than is read of any volume.
    assert!(matches!(header(100), ImagingError::CutShort(_)));
    assert!(matches!(header(300), ImagingError::TooLarge { .. }));
}

#[test]
fn a_picture_with_a_million_tables_is_read_in_time() {
    // Each table contains no code at all; as many as fit into a segment, two hundred times over.
    let tables = [0u8; 17].repeat(65_533 / 17);
    let mut segment = b"\xff\xc4".to_vec();
    segment.extend((tables.len() as u16 + 2).to_be_bytes());
    segment.extend(&tables);
    let stream: &[u8] = include_bytes!("packed/predictor-1.jpg");
    let hostile = [&stream[..2], &segment.repeat(200), &stream[2..]].concat();
    let lossless = "1.2.840.10008.1.2.4.57";
    let folder = Folder::new();
    let plain = folder.load(&packed(rough_ct(16, false), lossless, &[stream]));
    let file = packed(rough_ct(16, false), lossless, &[&hostile]);
    let scan = within(Duration::from_secs(5), move || Folder::new().load(&file));
    assert_eq!(scan.unwrap().pixels, plain.unwrap().pixels);
}

#[test]
fn no_changed_header_of_a_packed_slice_or_directory_keeps_it_busy() {
    let whole = packed(rough_ct(16, false), JPEG_2000, &[STREAM]);
    let pixels = whole.windows(4).position(|tag| tag == b"\xe0\x7f\x10\0");
    // The header, the offset table and the start of the stream; the preamble has no meaning.
    let headers = 128..pixels.unwrap() + 100;
    within(4 * LONG, move || {
        let folder = tempfile::tempdir().unwrap();
        CtSlice::new("1.5", 1, 8).write(folder.path().join("IM1"));
        let cancel = Cancel::default();
        let mut slowest = (Duration::ZERO, 0, 0);
        for at in headers {
            for value in [0x00, 0xff, whole[at] ^ 1, whole[at] ^ 0x80] {
                let mut changed = whole.clone();
                changed[at] = value;
                let begun = Instant::now();
                // A new name each time: some file systems wait for the disk when a file is overwritten.
                let path = folder.path().join(format!(".{at}-{value}"));
                std::fs::write(&path, &changed).unwrap();
                let all = series::open(&path, &cancel, &|_| {});
                let _ = all.map(|all| all.iter().for_each(|series| drop(series.slice(0))));
                let _ = imaging::tags(&path);
                let list = folder.path().join("DICOMDIR");
                std::fs::rename(&path, &list).unwrap();
                let _ = series::open(&list, &cancel, &|_| {});
                std::fs::remove_file(&list).unwrap();
                slowest = slowest.max((begun.elapsed(), at, value));
            }
        }
        println!("slowest: {slowest:?}");
        assert!(slowest.0 < Duration::from_secs(2), "{slowest:?}");
    });
}
