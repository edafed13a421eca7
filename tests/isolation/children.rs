//! Scans from child processes: the same pixels as in this process, and one sentence where a child ends.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use image::{GrayImage, Luma};
use lunny::cancel::Cancel;
use lunny::imaging::{FrameFile, Header, ImagingError, Series, series};
use rustix::process::{Pid, Signal, kill_process};

use crate::alone;
use crate::dicom_series::write_series;

/// Long for an answer, also where others have the processor meanwhile.
const LONG: Duration = Duration::from_secs(20);

/// The children of this process.
fn children() -> Vec<i32> {
    let mut children = Vec::new();
    for task in fs::read_dir("/proc/self/task").unwrap() {
        let listed = task.unwrap().path().join("children");
        let listed = fs::read_to_string(listed).unwrap_or_default();
        children.extend(
            listed
                .split_whitespace()
                .map(|pid| pid.parse::<i32>().unwrap()),
        );
    }
    children
}

/// True if a child is gone but for its exit status.
fn has_ended(child: i32) -> bool {
    let status = fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
    let state = status
        .rsplit_once(") ")
        .map(|(_, rest)| rest.starts_with('Z'));
    state.unwrap_or(true)
}

fn signal(children: &[i32], signal: Signal) {
    for &child in children {
        let _ = kill_process(Pid::from_raw(child).unwrap(), signal);
    }
}

/// Waits until `holds`, and fails when it does not.
fn eventually(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < LONG, "{what}");
        thread::sleep(Duration::from_millis(5));
    }
}

fn open(path: &Path) -> Series {
    let mut all = series::open(path, &Cancel::default(), &|_| {}).unwrap();
    assert_eq!(all.len(), 1);
    all.remove(0)
}

fn folder(slices: u32) -> (tempfile::TempDir, Vec<PathBuf>) {
    let folder = tempfile::tempdir().unwrap();
    let files = write_series(folder.path(), "1.5", slices, 16);
    (folder, files)
}

#[test]
fn children_read_what_this_process_reads() {
    let _alone = alone();
    let (folder, files) = folder(5);
    let series = open(folder.path());
    assert!(!children().is_empty());
    assert_eq!(series.len(), files.len());
    for (index, source) in series.slices().iter().enumerate() {
        let here = FrameFile::open(&source.path).unwrap();
        assert_eq!(*series.slice(index).unwrap(), here.decode(0).unwrap());
        assert_eq!(Header::read(&source.path).unwrap(), *here.header());
    }
    let picture = folder.path().join("a.png");
    GrayImage::from_fn(9, 7, |x, y| Luma([(x * y) as u8]))
        .save(&picture)
        .unwrap();
    let here = FrameFile::open(&picture).unwrap().decode(0).unwrap();
    assert_eq!(lunny::imaging::load(&picture).unwrap(), here);
    for path in [folder.path().join("absent.dcm"), folder.path().to_owned()] {
        let sentence = Header::read(&path).unwrap_err().to_string();
        assert_eq!(sentence, FrameFile::open(&path).unwrap_err().to_string());
    }
    let text = folder.path().join("text.dcm");
    fs::write(&text, b"no picture").unwrap();
    let sentence = Header::read(&text).unwrap_err().to_string();
    assert_eq!(sentence, FrameFile::open(&text).unwrap_err().to_string());
}

#[test]
fn a_child_gets_no_environment_no_terminal_and_no_other_file() {
    let _alone = alone();
    let (folder, _) = folder(2);
    // A file that a careless parent leaves open for its children.
    let kept = fs::File::open(folder.path().join("1357")).unwrap();
    rustix::io::fcntl_setfd(&kept, rustix::io::FdFlags::empty()).unwrap();
    signal(&children(), Signal::KILL);
    eventually("a killed child runs on", || {
        children().iter().all(|&child| has_ended(child))
    });
    let series = open(folder.path());
    series.slice(0).unwrap();
    for child in children().into_iter().filter(|&child| !has_ended(child)) {
        let process = PathBuf::from(format!("/proc/{child}"));
        let environment = fs::read(process.join("environ")).unwrap();
        assert!(environment.is_empty(), "{environment:?}");
        let status = fs::read_to_string(process.join("stat")).unwrap();
        // Behind the name in brackets: state, parent, group, session and terminal (proc(5)).
        let fields: Vec<&str> = status.rsplit_once(") ").unwrap().1.split(' ').collect();
        assert_eq!(fields[3], child.to_string(), "its own session");
        assert_eq!(fields[4], "0", "no terminal");
        for open in fs::read_dir(process.join("fd")).unwrap() {
            let target = fs::read_link(open.unwrap().path()).unwrap();
            let target = target.to_string_lossy().into_owned();
            assert!(
                target == "/dev/null" || target.starts_with("socket:"),
                "{target} is open"
            );
        }
        // Landlock takes this away, where the kernel has it.
        let status = fs::read_to_string(process.join("status")).unwrap();
        let has_landlock = fs::read_to_string("/sys/kernel/security/lsm");
        if has_landlock.is_ok_and(|parts| parts.contains("landlock")) {
            assert!(status.contains("NoNewPrivs:\t1"), "{status}");
        }
        let limits = fs::read_to_string(process.join("limits")).unwrap();
        for limit in ["Max core file size        0", "Max file size             0"] {
            assert!(limits.contains(limit), "{limits}");
        }
    }
    drop(kept);
}

#[test]
fn the_crash_of_a_child_is_a_sentence_and_the_next_slice_gets_another() {
    let _alone = alone();
    let (folder, _) = folder(3);
    let series = open(folder.path());
    // One that ends while it waits is not missed.
    signal(&children(), Signal::KILL);
    eventually("a killed child runs on", || {
        children().iter().all(|&child| has_ended(child))
    });
    series.slice(0).unwrap();
    for (end, expected) in [
        (
            Signal::KILL,
            "the decoder crashed on it or ran out of memory",
        ),
        (
            Signal::ABORT,
            "the decoder crashed on it or ran out of memory",
        ),
        (Signal::XCPU, "it takes too long to decode"),
    ] {
        let series = open(folder.path());
        let stopped = children();
        signal(&stopped, Signal::STOP);
        let failed = thread::scope(|scope| {
            let asking = scope.spawn(|| series.slice(1).map(|_| ()).unwrap_err());
            thread::sleep(Duration::from_millis(100));
            assert!(!asking.is_finished());
            signal(&stopped, end);
            signal(&stopped, Signal::CONT);
            asking.join().unwrap()
        });
        // The signal reaches those that wait a moment later than the one that works.
        eventually("a stopped child runs on", || {
            stopped.iter().all(|&child| has_ended(child))
        });
        let path = &series.slices()[1].path;
        assert_eq!(
            failed.to_string(),
            format!(
                "{} was not decoded: {expected}; export it again, uncompressed where you can, or leave it out",
                path.display()
            )
        );
        series.slice(1).unwrap();
        series.slice(2).unwrap();
    }
}

#[test]
fn a_child_that_ends_while_it_reads_several_headers_costs_none_of_them() {
    let _alone = alone();
    let (folder, files) = folder(40);
    assert_eq!(open(folder.path()).len(), files.len());
    let stopped = children();
    signal(&stopped, Signal::STOP);
    let series = thread::scope(|scope| {
        let opening = scope.spawn(|| open(folder.path()));
        thread::sleep(Duration::from_millis(100));
        assert!(!opening.is_finished());
        signal(&stopped, Signal::KILL);
        opening.join().unwrap()
    });
    assert_eq!(series.len(), files.len());
}

#[test]
fn cancelling_ends_the_child_that_works() {
    let _alone = alone();
    let (folder, _) = folder(3);
    let file = folder.path().join("1357");
    Header::read(&file).unwrap();
    let stopped = children();
    signal(&stopped, Signal::STOP);
    let cancel = Cancel::default();
    let begun = Instant::now();
    let header = thread::scope(|scope| {
        let asking = scope.spawn(|| Header::read_unless(&file, &cancel));
        thread::sleep(Duration::from_millis(50));
        cancel.cancel();
        asking.join().unwrap()
    });
    assert!(matches!(header, Err(ImagingError::Cancelled)), "{header:?}");
    assert!(begun.elapsed() < LONG);
    signal(&stopped, Signal::CONT);
    let left = children();
    assert!(left.len() < stopped.len(), "{left:?} of {stopped:?}");
    Header::read(&file).unwrap();
}

#[test]
fn a_file_of_many_frames_is_held_by_a_child_until_its_series_goes() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    // A NIfTI volume of 64 slices, gzipped: one child inflates it, once.
    let side = 64u16;
    let mut volume = vec![0u8; 352];
    volume[..4].copy_from_slice(&348u32.to_le_bytes());
    for (axis, length) in [3, side, side, side, 1, 1, 1, 1].into_iter().enumerate() {
        volume[40 + 2 * axis..42 + 2 * axis].copy_from_slice(&length.to_le_bytes());
    }
    volume[70] = 4;
    volume[72] = 16;
    volume[108..112].copy_from_slice(&352f32.to_le_bytes());
    volume[344..348].copy_from_slice(b"n+1\0");
    let values = (0..u32::from(side).pow(3)).map(|index| (index % 2000) as i16 - 1000);
    volume.extend(values.flat_map(i16::to_le_bytes));
    let path = folder.path().join("volume.nii.gz");
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut encoder, &volume).unwrap();
    fs::write(&path, encoder.finish().unwrap()).unwrap();
    let series = open(&path);
    let here = FrameFile::open(&path).unwrap();
    let mut slices = 0;
    let visited = series.visit(&Cancel::default(), &|_| {}, |index, slice| {
        let frame = series.slices()[index].frame;
        assert_eq!(*slice.unwrap(), here.decode(frame).unwrap());
        slices += 1;
    });
    visited.unwrap();
    assert_eq!(slices, usize::from(side));
    let before = children();
    drop(series);
    eventually("the child that holds the volume stays", || {
        children().len() < before.len()
    });
}

#[test]
fn a_child_ends_with_its_parent() {
    let _alone = alone();
    let (folder, _) = folder(2);
    // Another process of the program that decodes; its children are reparented when it is gone.
    let home = tempfile::tempdir().unwrap();
    let program = std::process::Command::new(env!("CARGO_BIN_EXE_lunny"))
        .args(["scan", "info"])
        .arg(folder.path())
        .env("LUNNY_HOME", home.path())
        .output()
        .unwrap();
    assert!(program.status.success());
    let is_left = |entry: fs::DirEntry| {
        let command = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let status = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        let parent = status
            .rsplit_once(") ")
            .and_then(|(_, rest)| rest.split(' ').nth(1).map(str::to_owned));
        command.starts_with(b"lunny\0--decode-for-parent") && parent.as_deref() == Some("1")
    };
    eventually("a child is left behind", || {
        let mut processes = fs::read_dir("/proc").unwrap().flatten();
        !processes.any(is_left)
    });
}
