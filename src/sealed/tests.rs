//! Sealed files: content and sizes come back, and nothing else is believed.

use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;

use proptest::prelude::*;

use super::format::{CHUNK, content, place, stored};
use super::*;
use crate::whole_file::{self, Readers};

const ROOM: u64 = 1 << 30;

struct Place {
    root: PathBuf,
    _guard: Guard,
    _folder: tempfile::TempDir,
}

fn keys(seed: u8) -> AreaKeys {
    AreaKeys::first(1, [seed; KEY_BYTES].into())
}

fn areas(most: u64) -> Place {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    for area in ["7", "8"] {
        fs::create_dir(root.join(area)).unwrap();
    }
    Place {
        _guard: Folder::new(root.clone(), keys(7), most).guard(),
        _folder: folder,
        root,
    }
}

/// Bytes that no chunk repeats.
fn bytes(count: usize) -> Vec<u8> {
    (0..count as u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect()
}

fn read(path: &Path) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    let read = open(path).and_then(|mut file| file.read_to_end(&mut bytes));
    read.map(|_| bytes)
        .map_err(|error| Fault::of(&error).unwrap())
}

/// The file, to be written on.
fn written(path: &Path) -> Written {
    let mut options = fs::OpenOptions::new();
    let file = options
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .unwrap();
    let area = Area::of(path).unwrap();
    match file.metadata().unwrap().len() {
        0 => area.begin(file).unwrap(),
        _ => area.go_on(file).unwrap(),
    }
}

#[test]
fn a_file_is_unreadable_on_the_disk_and_whole_in_the_program() {
    let place = areas(ROOM);
    for length in [
        0,
        1,
        CHUNK as usize - 1,
        CHUNK as usize,
        3 * CHUNK as usize + 5,
    ] {
        let path = place.root.join("7/scan.dcm");
        let written = bytes(length);
        whole_file::write(&path, &written, Readers::Owner).unwrap();
        assert_eq!(read(&path).unwrap(), written, "{length}");
        let metadata = fs::metadata(&path).unwrap();
        assert_eq!(super::length(&path, &metadata), length as u64);
        assert_eq!(metadata.len(), stored(length as u64));
        let stored = fs::read(&path).unwrap();
        assert!(length < 64 || !stored.windows(32).any(|part| part == &written[..32]));
        // A second file of the same content looks different.
        let other = place.root.join("7/other.dcm");
        whole_file::write(&other, &written, Readers::Owner).unwrap();
        assert_ne!(fs::read(&other).unwrap(), stored);
    }
    let outside = tempfile::tempdir().unwrap();
    let path = outside.path().join("scan.dcm");
    whole_file::write(&path, b"pixels", Readers::Owner).unwrap();
    assert_eq!(fs::read(path).unwrap(), b"pixels");
}

#[test]
fn any_place_is_read_and_another_process_reads_with_the_key_of_the_one_file() {
    let place = areas(ROOM);
    let path = place.root.join("7/scan.dcm");
    let content = bytes(200_000);
    whole_file::write(&path, &content, Readers::Owner).unwrap();
    let mut opened = open(&path).unwrap();
    let mut part = [0; 1000];
    opened.seek(SeekFrom::Start(130_900)).unwrap();
    opened.read_exact(&mut part).unwrap();
    assert_eq!(part, content[130_900..131_900]);
    assert_eq!(opened.seek(SeekFrom::End(-10)).unwrap(), 199_990);
    assert_eq!(opened.read(&mut part).unwrap(), 10);
    assert_eq!(opened.read(&mut part).unwrap(), 0);
    assert!(opened.seek(SeekFrom::Current(-300_000)).is_err());

    let (file, key) = opened.parts();
    let mut elsewhere = Opened::of_parts(file.try_clone().unwrap(), key.clone()).unwrap();
    let mut all = Vec::new();
    elsewhere.read_to_end(&mut all).unwrap();
    assert!(all == content);
    // That key is of no use for another file.
    let other = place.root.join("7/other.dcm");
    whole_file::write(&other, b"other", Readers::Owner).unwrap();
    let other = fs::File::open(other).unwrap();
    let error = Opened::of_parts(other, key).unwrap_err();
    assert_eq!(Fault::of(&error), Some(Fault::Changed));
}

#[test]
fn a_file_that_was_cut_changed_or_moved_says_so() {
    let place = areas(ROOM);
    let path = place.root.join("7/scan.dcm");
    whole_file::write(&path, &bytes(150_000), Readers::Owner).unwrap();
    let whole = fs::read(&path).unwrap();
    let with = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        read(&path).unwrap_err()
    };
    assert_eq!(with(&whole[..whole.len() - 1]), Fault::Cut);
    // Cut between two chunks.
    assert_eq!(with(&whole[..super::format::place(1) as usize]), Fault::Cut);
    assert_eq!(with(&whole[..30]), Fault::Cut);
    assert_eq!(with(&[&whole[..], b"x"].concat()), Fault::Changed);
    for at in [12, 29, 50, 70, 70_000, whole.len() - 1] {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        assert_eq!(with(&changed), Fault::Changed, "byte {at}");
    }
    // Two chunks that changed places.
    let mut changed = whole.clone();
    let size = (super::format::place(1) - super::format::place(0)) as usize;
    changed[64..64 + 2 * size].rotate_left(size);
    assert_eq!(with(&changed), Fault::Changed);
    for foreign in [&b"DICM, plain"[..], &[0; 200]] {
        assert_eq!(with(foreign), Fault::NotSealed);
    }
    // A key that this server does not have, and the area of another account.
    let mut changed = whole.clone();
    changed[8] = 9;
    assert_eq!(with(&changed), Fault::NotSealed);
    let other = place.root.join("8/scan.dcm");
    fs::write(&other, &whole).unwrap();
    assert_eq!(read(&other).unwrap_err(), Fault::Changed);
}

#[test]
fn a_file_that_is_not_complete_says_so_and_is_gone_on_with() {
    let place = areas(ROOM);
    let path = place.root.join("7/scan.dcm");
    let content = bytes(150_000);
    let mut first = written(&path);
    first.write_at(0, &content[..100_000]).unwrap();
    assert_eq!(read(&path).unwrap_err(), Fault::NotComplete);
    // The connection is lost.
    drop(first);
    assert_eq!(read(&path).unwrap_err(), Fault::NotComplete);
    let metadata = fs::metadata(&path).unwrap();
    assert_eq!(super::length(&path, &metadata), 100_000);
    let mut second = written(&path);
    assert_eq!(second.length(), 100_000);
    second.write_at(100_000, &content[100_000..]).unwrap();
    second.complete().unwrap();
    assert!(read(&path).unwrap() == content);
    // The last bytes did not reach the disk.
    let mut third = written(&path);
    third.write_at(0, b"x").unwrap();
    drop(third);
    let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.set_len(metadata.len() - 5).unwrap();
    let area = Area::of(&path).unwrap();
    let file = fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(&path)
        .unwrap();
    let error = area.go_on(file).unwrap_err();
    assert_eq!(Fault::of(&error), Some(Fault::Changed));
}

#[test]
fn a_new_key_is_used_for_new_files_and_old_ones_stay_readable() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    fs::create_dir(root.join("7")).unwrap();
    let (old, new) = (root.join("7/old"), root.join("7/new"));
    let first = Folder::new(root.clone(), keys(7), ROOM).guard();
    whole_file::write(&old, b"old", Readers::Owner).unwrap();
    drop(first);
    let both = vec![(2, [9; KEY_BYTES].into()), (1, [7; KEY_BYTES].into())];
    let both = Folder::new(root.clone(), AreaKeys::new(both).unwrap(), ROOM).guard();
    whole_file::write(&new, b"new", Readers::Owner).unwrap();
    assert_eq!(read(&old).unwrap(), b"old");
    assert_eq!(read(&new).unwrap(), b"new");
    drop(both);
    let _only_old = Folder::new(root.clone(), keys(7), ROOM).guard();
    assert_eq!(read(&new).unwrap_err(), Fault::NotSealed);
}

#[test]
fn files_that_the_program_writes_take_room_and_give_it_back() {
    let place = areas(100_000);
    let path = place.root.join("7/report.pdf");
    let room = Arc::clone(Area::of(&path).unwrap().room());
    whole_file::write(&path, &[1; 50_000], Readers::Owner).unwrap();
    assert_eq!(room.used(), 50_000 + LEAST);
    let other = place.root.join("7/other.pdf");
    let refused = whole_file::write(&other, &[1; 60_000], Readers::Owner).unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::StorageFull);
    assert!(
        refused.to_string().contains("area of the server is full"),
        "{refused}"
    );
    assert!(!other.exists());
    assert_eq!(room.used(), 50_000 + LEAST);
    // Replaced by a smaller one.
    whole_file::write(&path, &[1; 10], Readers::Owner).unwrap();
    assert_eq!(room.used(), 10 + LEAST);
    let failed = whole_file::write_with(&path, Readers::Owner, |out| -> io::Result<()> {
        out.write_all(&[1; 20_000])?;
        Err(io::Error::other("no more"))
    });
    assert!(failed.is_err());
    assert_eq!(room.used(), 10 + LEAST);
    room.count();
    assert_eq!(room.used(), 10 + LEAST);
}

#[test]
fn a_hole_is_filled_within_reason() {
    let place = areas(ROOM);
    let path = place.root.join("7/scan.dcm");
    let mut file = written(&path);
    file.write_at(70_000, b"end").unwrap();
    let error = file.write_at(500 << 20, b"far").unwrap_err();
    assert_eq!(Fault::of(&error), Some(Fault::Hole));
    file.complete().unwrap();
    let mut expected = vec![0; 70_000];
    expected.extend(b"end");
    assert!(read(&path).unwrap() == expected);
    assert_eq!(Area::of(&path).unwrap().room().used(), 70_003);
}

#[test]
fn sizes_are_told_from_what_lies_on_the_disk() {
    for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 5 * CHUNK + 17] {
        assert_eq!(content(stored(length)), length);
    }
    assert_eq!(content(0), 0);
    assert_eq!(content(place(3) + 11), 3 * CHUNK);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    /// Writes, cuts and new starts in any order give what a plain file gives.
    #[test]
    fn writing_is_that_of_a_plain_file(
        steps in prop::collection::vec((0_u8..4, 0_u64..200_000, 0_usize..90_000), 1..12)
    ) {
        let place = areas(ROOM);
        let path = place.root.join("7/scan.dcm");
        let plain = tempfile::tempfile().unwrap();
        let mut sealed = written(&path);
        for (number, (step, at, count)) in steps.into_iter().enumerate() {
            match step {
                0 | 1 => {
                    let bytes = vec![number as u8 + 1; count];
                    sealed.write_at(at, &bytes).unwrap();
                    plain.write_all_at(&bytes, at).unwrap();
                }
                2 => {
                    sealed.resize(at).unwrap();
                    plain.set_len(at).unwrap();
                }
                _ => {
                    sealed.complete().unwrap();
                    drop(sealed);
                    sealed = written(&path);
                }
            }
            let length = plain.metadata().unwrap().len();
            prop_assert_eq!(sealed.length(), length);
            prop_assert_eq!(Area::of(&path).unwrap().room().used(), length);
        }
        sealed.complete().unwrap();
        let mut expected = vec![0; sealed.length() as usize];
        plain.read_exact_at(&mut expected, 0).unwrap();
        prop_assert!(read(&path).unwrap() == expected);
    }
}
