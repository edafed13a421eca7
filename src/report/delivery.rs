//! Reports on their way out: to the printer, or into a file.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long the print system may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// The longest file name made from a stem, in letters.
const LONGEST_STEM: usize = 80;
/// How many reports of one name a folder holds.
const MOST_ALIKE: u32 = 9_999;

/// Where a report went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// The print system took it.
    Printed,
    /// This computer knows no printer; nothing was sent.
    NoPrinter,
}

/// Why a report did not leave.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    #[error("the printer did not take the report; check it, or save the report to a file")]
    PrinterFailed,
    #[error("the print system did not answer; try again later, or save the report to a file")]
    PrinterSilent,
    #[error("the folder {} could not be made: {source}; choose another", path.display())]
    Folder { path: PathBuf, source: io::Error },
    #[error("the report could not be written to {}: {source}; free some space or choose another folder", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("{} holds thousands of reports of that name; move them away", .0.display())]
    Full(PathBuf),
}

/// Sends plain text to the default printer by `lp`. Blocks for 20 s at the most.
pub fn print(text: &str) -> Result<Delivery, DeliveryError> {
    let mut ask = Command::new("lpstat");
    ask.arg("-e");
    let mut send = Command::new("lp");
    send.args(["-s", "-t", "LUNNY report"]);
    print_through(ask, send, text, PATIENCE)
}

/// `ask` names the printers on its output, `send` takes the text on its input.
fn print_through(
    mut ask: Command,
    mut send: Command,
    text: &str,
    patience: Duration,
) -> Result<Delivery, DeliveryError> {
    ask.stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    // A computer without the print system has neither program.
    let Ok(mut child) = ask.spawn() else {
        return Ok(Delivery::NoPrinter);
    };
    let output = child.stdout.take();
    let reader = thread::spawn(move || {
        output.is_some_and(|mut output| {
            io::copy(&mut output, &mut io::sink()).is_ok_and(|length| length > 0)
        })
    });
    let answered = finish(&mut child, patience)?;
    if !answered || !reader.join().unwrap_or(false) {
        return Ok(Delivery::NoPrinter);
    }

    send.stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut child = send.spawn().map_err(|_| DeliveryError::PrinterFailed)?;
    let input = child.stdin.take();
    let text = text.to_owned();
    // A program that does not read would hold us up; its end releases the thread.
    let writer = thread::spawn(move || {
        input.is_some_and(|mut input| input.write_all(text.as_bytes()).is_ok())
    });
    let took = finish(&mut child, patience)? && writer.join().unwrap_or(false);
    if took {
        Ok(Delivery::Printed)
    } else {
        Err(DeliveryError::PrinterFailed)
    }
}

/// Waits for a program to end, and ends it when patience does. Whether it succeeded.
fn finish(child: &mut Child, patience: Duration) -> Result<bool, DeliveryError> {
    let deadline = Instant::now() + patience;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status.success()),
            Ok(None) if Instant::now() < deadline => thread::sleep(Duration::from_millis(20)),
            _ => {
                // It may have ended by itself just now; either way it is gone.
                let _ = child.kill();
                let _ = child.wait();
                return Err(DeliveryError::PrinterSilent);
            }
        }
    }
}

/// Writes text to a new file in `folder`, which is made when it is missing. The name comes from `stem`,
/// made safe, and a number where it is taken. Only the owner may read the file and a folder made here.
///
/// The text is written aside first, so a file of that name is never half a report.
pub fn save(folder: &Path, stem: &str, text: &str) -> Result<PathBuf, DeliveryError> {
    make_folder(folder).map_err(|source| DeliveryError::Folder {
        path: folder.to_owned(),
        source,
    })?;
    let path = reserve(folder, &safe(stem), "txt")?;
    if let Err(source) = write_aside(folder, &path, text) {
        let _ = fs::remove_file(&path);
        return Err(DeliveryError::Write { path, source });
    }
    Ok(path)
}

fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Makes a new, empty file, readable by its owner alone.
fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Takes the first free name, so that two writers never share one.
fn reserve(folder: &Path, stem: &str, extension: &str) -> Result<PathBuf, DeliveryError> {
    for number in 1..=MOST_ALIKE {
        let path = folder.join(match number {
            1 => format!("{stem}.{extension}"),
            _ => format!("{stem}-{number}.{extension}"),
        });
        match create(&path) {
            Ok(_) => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(source) => return Err(DeliveryError::Write { path, source }),
        }
    }
    Err(DeliveryError::Full(folder.to_owned()))
}

/// Writes a temporary file and moves it onto the reserved name.
fn write_aside(folder: &Path, path: &Path, text: &str) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let aside = folder.join(format!(".{name}.{}.new", std::process::id()));
    let write = || {
        let mut file = create(&aside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&aside, path)
    };
    write().inspect_err(|_| {
        let _ = fs::remove_file(&aside);
    })
}

/// A file name of letters, digits, `-` and `_`, whatever the stem holds.
fn safe(stem: &str) -> String {
    let letters = stem.chars().map(|letter| match letter {
        letter if letter.is_alphanumeric() || letter == '_' => letter,
        _ => '-',
    });
    let name: String = letters.take(LONGEST_STEM).collect();
    match name.trim_matches('-') {
        "" => "report".into(),
        name => name.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_stem_stays_in_the_folder() {
        assert_eq!(safe("../../etc/passwd"), "etc-passwd");
        assert_eq!(safe("P-0042 Ćwiąkała\u{202e}\0\n"), "P-0042-Ćwiąkała");
        assert_eq!(safe(""), "report");
        assert_eq!(safe("..."), "report");
        assert_eq!(safe(&"肺".repeat(500)).chars().count(), LONGEST_STEM);
    }

    #[test]
    fn the_same_name_twice_makes_two_files() {
        let folder = tempfile::tempdir().unwrap();
        let below = folder.path().join("reports/2026");
        let first = save(&below, "P-1", "first").unwrap();
        let second = save(&below, "P-1", "second").unwrap();
        assert_eq!(first, below.join("P-1.txt"));
        assert_eq!(second, below.join("P-1-2.txt"));
        assert_eq!(fs::read_to_string(first).unwrap(), "first");
        assert_eq!(fs::read_to_string(second).unwrap(), "second");
        // Nothing is left lying about.
        assert_eq!(fs::read_dir(&below).unwrap().count(), 2);
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read_what_is_saved() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let below = folder.path().join("reports");
        let path = save(&below, "P-1", "text").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&below), 0o700);
        assert_eq!(mode(&path), 0o600);
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let error = save(&file.join("below"), "P-1", "text").unwrap_err();
        assert!(matches!(&error, DeliveryError::Folder { path, .. } if path.ends_with("below")));
    }

    #[cfg(unix)]
    mod printing {
        use super::*;

        fn shell(script: &str) -> Command {
            let mut command = Command::new("sh");
            command.args(["-c", script]);
            command
        }

        fn print(ask: &str, send: &str) -> Result<Delivery, DeliveryError> {
            let patience = Duration::from_millis(300);
            let patience = if ask.contains("sleep") || send.contains("sleep") {
                patience
            } else {
                PATIENCE
            };
            print_through(shell(ask), shell(send), &"line\n".repeat(100_000), patience)
        }

        #[test]
        fn the_printer_gets_every_byte() {
            let counts = "test $(wc -c) -eq 500000";
            assert!(matches!(
                print("echo office", counts),
                Ok(Delivery::Printed)
            ));
        }

        #[test]
        fn a_computer_without_printers_says_so() {
            assert!(matches!(print("true", "cat"), Ok(Delivery::NoPrinter)));
            assert!(matches!(
                print("echo none; exit 1", "cat"),
                Ok(Delivery::NoPrinter)
            ));
            let absent = Command::new("no-such-print-system");
            let delivery = print_through(absent, shell("cat"), "text", PATIENCE);
            assert!(matches!(delivery, Ok(Delivery::NoPrinter)));
        }

        #[test]
        fn a_printer_that_refuses_or_hangs_is_reported() {
            let refused = print("echo office", "cat > /dev/null; exit 1");
            assert!(matches!(refused, Err(DeliveryError::PrinterFailed)));
            let hanging = print("echo office", "exec sleep 60");
            assert!(matches!(hanging, Err(DeliveryError::PrinterSilent)));
            let silent = print("exec sleep 60", "cat");
            assert!(matches!(silent, Err(DeliveryError::PrinterSilent)));
        }
    }
}
