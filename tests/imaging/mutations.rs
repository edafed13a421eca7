//! Files of every format and transfer syntax with bytes changed, cut away and inserted: none causes a panic,
//! and none causes an allocation above the stated limit.
//!
//! `LUNNY_MUTATIONS` is the number of files, by default 2,000, and `LUNNY_MUTATIONS_FROM` the number of the first one. The
//! same numbers give the same files.

#![expect(unsafe_code, reason = "an allocator is unsafe to implement")]

// The other tests need more of it.
#[allow(dead_code, reason = "the other tests make more kinds of files")]
mod fixtures;

#[path = "../support/dicom_series.rs"]
#[allow(dead_code, reason = "the other tests make whole series")]
mod dicom_series;
mod unusual;

use std::alloc::{GlobalAlloc, Layout, System};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use dicom_core::{DataElement, PrimitiveValue, VR};
use dicom_dictionary_std::{tags, uids};
use flate2::Compression;
use flate2::write::ZlibEncoder;
use image::ImageFormat;
use lunny::cancel::Cancel;
use lunny::imaging::photo::Photo;
use lunny::imaging::{FrameFile, Header, MOST_ALLOCATED, series};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use self::fixtures::{
    Ct, Folder, Packing, boxed, coloured, crc32, deflated, encode, gradient, gzipped,
    high_throughput, nifti, packed, rough, rough_ct, run_lengths, zipped,
};

/// Allocator that records the largest allocation.
struct Counting;

static LARGEST: AtomicUsize = AtomicUsize::new(0);

/// The counter is shared by the whole program, so one test runs at a time.
static ALONE: Mutex<()> = Mutex::new(());

// SAFETY: every call is forwarded to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LARGEST.fetch_max(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller keeps the conditions of `GlobalAlloc`, which are those of `System`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        LARGEST.fetch_max(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller keeps the conditions of `GlobalAlloc`, which are those of `System`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        LARGEST.fetch_max(size, Ordering::Relaxed);
        // SAFETY: the caller keeps the conditions of `GlobalAlloc`, which are those of `System`.
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the conditions of `GlobalAlloc`, which are those of `System`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

macro_rules! content {
    ($name:literal) => {
        include_bytes!(concat!("packed/", $name)).as_slice()
    };
}

/// The kind whose decoder reserves memory for a block of any stated length. It writes to no more of it than the file has
/// bytes, and a child process has a limit for it.
const RESERVING: &str = "HTJ2K";

/// The way in which a file is read.
#[derive(Clone, Copy)]
enum Way {
    /// Header, first and last frame.
    Frames,
    /// As a series, under this name: what it names or holds.
    Series(&'static str),
    Photo,
}

/// A valid file of a kind.
struct Kind {
    name: &'static str,
    way: Way,
    bytes: Vec<u8>,
}

/// A small file of each kind.
fn kinds() -> Vec<Kind> {
    let picture = |format| encode(gradient(), format);
    let rle = run_lengths(&rough(12));
    let two = |mut ct: Ct| {
        let frames = PrimitiveValue::from("2");
        ct.more
            .push(DataElement::new(tags::NUMBER_OF_FRAMES, VR::IS, frames));
        ct
    };
    let small = |syntax| Ct::default().file(syntax);
    let pack = |bits, syntax: &str, content: &[u8]| {
        let syntax = format!("1.2.840.10008.1.2.{syntax}");
        packed(rough_ct(bits, false), &syntax, &[content])
    };
    let pack_colours = |syntax: &str, content: &[u8]| {
        let syntax = format!("1.2.840.10008.1.2.{syntax}");
        packed(coloured("RGB"), &syntax, &[content])
    };
    let values: Vec<i16> = (0..240).map(|value| value * 9 - 1024).collect();
    let affine = [
        [0.0, -1.0, 0.0, 0.0],
        [0.0, 0.0, -1.0, 0.0],
        [-4.0, 0.0, 0.0, 0.0],
    ];
    let volume = nifti([4, 6, 10], &values, Some(affine));
    let explicit = small(uids::EXPLICIT_VR_LITTLE_ENDIAN);
    let frames = [
        ("PNG", picture(ImageFormat::Png)),
        ("JPEG", picture(ImageFormat::Jpeg)),
        ("TIFF", picture(ImageFormat::Tiff)),
        ("BMP", picture(ImageFormat::Bmp)),
        ("implicit", small(uids::IMPLICIT_VR_LITTLE_ENDIAN)),
        ("big endian", small("1.2.840.10008.1.2.2")),
        ("deflated", deflated(rough_ct(12, false))),
        ("run lengths", pack(12, "5", &rle)),
        (
            "two frames",
            packed(
                two(rough_ct(12, false)),
                "1.2.840.10008.1.2.5",
                &[&rle, &rle],
            ),
        ),
        ("baseline", pack(8, "4.50", content!("8-bits.jpg"))),
        ("12-bit JPEG", pack(12, "4.51", content!("12-bits.jpg"))),
        ("predictor 4", pack(12, "4.57", content!("predictor-4.jpg"))),
        ("predictor 1", pack(16, "4.57", content!("predictor-1.jpg"))),
        ("JPEG-LS", pack(12, "4.80", content!("12-bits.jls"))),
        (
            "JPEG-LS near",
            pack(12, "4.81", content!("12-bits-near-3.jls")),
        ),
        (
            "coloured JPEG",
            pack_colours("4.70", content!("colours.jpg")),
        ),
        (
            "JPEG-LS planes",
            pack_colours("4.80", content!("colours-planes.jls")),
        ),
        (
            "JPEG-LS lines",
            pack_colours("4.80", content!("colours-lines.jls")),
        ),
        (
            "JPEG-LS pixels",
            pack_colours("4.80", content!("colours-pixels.jls")),
        ),
        ("JPEG 2000", pack(16, "4.90", content!("16-bits.j2k"))),
        ("JPEG 2000 lossy", pack(12, "4.91", content!("lossy.j2k"))),
        ("JP2", pack(16, "4.90", &boxed(content!("16-bits.j2k")))),
        ("HTJ2K", pack(12, "4.201", &high_throughput(12))),
        ("JPEG XL", pack(12, "4.110", content!("12-bits.jxl"))),
        ("JPEG XL boxes", pack(16, "4.110", content!("16-bits.jxl"))),
        (
            "JPEG XL of JPEG",
            pack(8, "4.111", content!("8-bits-from-jpeg.jxl")),
        ),
        ("JPEG XL lossy", pack(12, "4.112", content!("lossy.jxl"))),
        ("nested", unusual::nested_file()),
        ("palette", unusual::palette_file()),
        ("floats", unusual::floats_file()),
        ("halved colours", unusual::halved_file()),
        ("enhanced", unusual::enhanced_file()),
        ("gzipped DICOM", gzipped(&explicit)),
        ("gzipped NIfTI", gzipped(&volume)),
        ("NIfTI", volume),
        ("explicit", explicit.clone()),
    ];
    let other = small(uids::IMPLICIT_VR_LITTLE_ENDIAN);
    let archive = zipped(&[
        ("a/1.dcm", &explicit, Packing::Stored),
        ("a/2.dcm", &other, Packing::Deflated),
    ]);
    let photo = image::DynamicImage::from(gradient()).into_rgb8();
    let other_ways = [
        ("zip", Way::Series("scans.zip"), archive),
        ("DICOMDIR", Way::Series("DICOMDIR"), directory()),
        ("PNG photo", Way::Photo, picture(ImageFormat::Png)),
        ("JPEG photo", Way::Photo, encode(photo, ImageFormat::Jpeg)),
    ];
    let frames = frames.map(|(name, bytes)| (name, Way::Frames, bytes));
    let all = frames.into_iter().chain(other_ways);
    all.map(|(name, way, bytes)| Kind { name, way, bytes })
        .collect()
}

/// A DICOMDIR of one file.
fn directory() -> Vec<u8> {
    let folder = Folder::new();
    let path = folder.0.path().join("DICOMDIR");
    dicom_series::write_directory(&path, &[&["SCAN", "1"]]);
    std::fs::read(path).unwrap()
}

/// The real slices of the shared data, if available.
fn real_files() -> Vec<Vec<u8>> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/dicom"));
    let Ok(entries) = std::fs::read_dir(folder) else {
        println!("skipped: no data");
        return Vec::new();
    };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut paths: Vec<PathBuf> = paths.filter(|path| path.is_file()).collect();
    paths.sort();
    paths
        .iter()
        .map(|path| std::fs::read(path).unwrap())
        .collect()
}

/// Changes, cuts or inserts bytes in a file at one to four positions, most of them near its start, in its
/// headers.
fn mutate(file: &[u8], files: &[Kind], random: &mut StdRng) -> Vec<u8> {
    let mut bytes = file.to_vec();
    for _ in 0..random.random_range(1..=4) {
        if bytes.is_empty() {
            break;
        }
        let reach = if random.random_bool(0.5) {
            bytes.len()
        } else {
            bytes.len().min(1500)
        };
        let at = random.random_range(0..reach);
        match random.random_range(0..10) {
            0..=3 => bytes[at] ^= 1 << random.random_range(0..8),
            4 => bytes[at] = random.random(),
            5 => {
                let extreme = [0, 0xff, 0x7f, 0x80][random.random_range(0..4)];
                let end = bytes.len().min(at + random.random_range(1..=8));
                bytes[at..end].fill(extreme);
            }
            6 => bytes.truncate(at),
            7 => {
                let end = bytes.len().min(at + random.random_range(1..64));
                bytes.drain(at..end);
            }
            8 => {
                let end = bytes.len().min(at + random.random_range(1..64));
                let piece = bytes[at..end].to_vec();
                let to = random.random_range(0..=bytes.len());
                bytes.splice(to..to, piece);
            }
            _ => {
                let other = &files[random.random_range(0..files.len())].bytes;
                let from = random.random_range(0..other.len());
                let end = other.len().min(from + random.random_range(1..256));
                bytes.splice(at..at, other[from..end].iter().copied());
            }
        }
    }
    bytes
}

/// Reads a file; true for a file that can be opened, and for one that can be decoded.
fn read(path: &Path, way: Way) -> (bool, bool) {
    match way {
        Way::Frames => {
            let header = Header::read(path);
            let file = FrameFile::open(path);
            let _ = lunny::imaging::tags(path);
            // A file that can be opened has a header with the same attributes.
            if let (Ok(file), Ok(header)) = (&file, &header) {
                assert_eq!(file.header().frames.len(), header.frames.len());
            }
            let last = file.as_ref().map_or(0, |file| file.frames() - 1);
            let decoded = file.as_ref().is_ok_and(|file| {
                let first = file.decode(0).is_ok();
                first | (last > 0 && file.decode(last).is_ok())
            });
            (file.is_ok(), decoded)
        }
        Way::Series(_) => {
            let opened = series::open(path, &Cancel::default(), &|_| {});
            let series = opened.iter().flatten();
            let decoded = series.filter(|series| series.slice(0).is_ok()).count();
            (opened.is_ok(), decoded > 0)
        }
        Way::Photo => {
            let photo = Photo::read(path);
            (photo.is_ok(), photo.is_ok())
        }
    }
}

fn number(variable: &str, default: usize) -> usize {
    std::env::var(variable).map_or(default, |number| number.parse().unwrap())
}

#[test]
fn no_mutated_file_causes_a_panic_or_a_large_allocation() {
    let mutations = number("LUNNY_MUTATIONS", 2000);
    let from = number("LUNNY_MUTATIONS_FROM", 0);
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let (kinds, real) = (kinds(), real_files());
    let folder = Folder::new();
    for kind in kinds.iter().filter(|kind| matches!(kind.way, Way::Frames)) {
        let decoded = folder.open(&kind.bytes).and_then(|file| file.decode(0));
        decoded.unwrap_or_else(|error| panic!("{}: {error}", kind.name));
    }
    LARGEST.store(0, Ordering::Relaxed);
    let mut outcomes = vec![[0; 3]; kinds.len()];
    let mut slowest = (Duration::ZERO, 0);
    for seed in from..from + mutations {
        let mut random = StdRng::seed_from_u64(seed as u64);
        let index = random.random_range(0..kinds.len());
        let kind = &kinds[index];
        // A real slice takes as long as a hundred small files.
        let (way, bytes) = match real.get(random.random_range(0..real.len().max(1))) {
            Some(real) if seed % 100 == 0 => (Way::Frames, mutate(real, &kinds, &mut random)),
            _ => (kind.way, mutate(&kind.bytes, &kinds, &mut random)),
        };
        // A new file each time: some file systems wait for the disk when one is overwritten.
        let below = folder.0.path().join(seed.to_string());
        std::fs::create_dir(&below).unwrap();
        let path = below.join(if let Way::Series(name) = way {
            name
        } else {
            "file"
        });
        std::fs::write(&path, &bytes).unwrap();
        let start = Instant::now();
        let outcome = std::panic::catch_unwind(|| read(&path, way));
        slowest = slowest.max((start.elapsed(), seed));
        std::fs::remove_dir_all(&below).unwrap();
        let (opened, decoded) =
            outcome.unwrap_or_else(|_| panic!("mutation {seed} ({}) caused a panic", kind.name));
        let outcomes = &mut outcomes[index];
        outcomes[0] += 1;
        outcomes[1] += usize::from(opened);
        outcomes[2] += usize::from(decoded);
        let largest = LARGEST.load(Ordering::Relaxed) as u64;
        if kind.name == RESERVING && largest > MOST_ALLOCATED {
            LARGEST.store(0, Ordering::Relaxed);
            continue;
        }
        assert!(
            largest <= MOST_ALLOCATED,
            "mutation {seed} ({}) allocated {largest} bytes",
            kind.name
        );
    }
    for (kind, [all, opened, decoded]) in kinds.iter().zip(&outcomes) {
        println!(
            "{:<16} {all:>8}, {opened:>8} opened, {decoded:>8} decoded",
            kind.name
        );
    }
    let (time, seed) = slowest;
    println!(
        "{mutations} mutations, the slowest ({seed}) {} ms, at most {} bytes at once",
        time.as_millis(),
        LARGEST.load(Ordering::Relaxed)
    );
    let decoded: usize = outcomes.iter().map(|[_, _, decoded]| decoded).sum();
    assert!(decoded > mutations / 20 && decoded < mutations);
}

/// A PNG file with one more chunk after its header.
fn png_with(chunk: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let plain = encode(gradient(), ImageFormat::Png);
    // The signature, and the header with its length, name and checksum.
    let (header, rest) = plain.split_at(8 + 25);
    let named = [&chunk[..], content].concat();
    let length = (content.len() as u32).to_be_bytes();
    let checksum = crc32(&named).to_be_bytes();
    [header, &length, &named, &checksum, rest].concat()
}

#[test]
fn metadata_of_a_picture_are_not_inflated_without_bounds() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    // A name, the compression method, and 256 MB of zeros.
    let mut encoder = ZlibEncoder::new(b"x\0\0".to_vec(), Compression::fast());
    for _ in 0..256 {
        encoder.write_all(&[0; 1 << 20]).unwrap();
    }
    let zeros = encoder.finish().unwrap();
    let plain = Folder::new().load(&encode(gradient(), ImageFormat::Png));
    let plain = plain.unwrap().pixels;
    for chunk in [b"iCCP", b"zTXt"] {
        let bomb = png_with(chunk, &zeros);
        LARGEST.store(0, Ordering::Relaxed);
        // The picture itself is valid.
        let scan = Folder::new().load(&bomb).unwrap();
        let largest = LARGEST.load(Ordering::Relaxed);
        assert!(largest <= 64 << 20, "{largest} bytes");
        assert_eq!(scan.pixels, plain);
    }
}
