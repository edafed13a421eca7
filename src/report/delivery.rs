//! Delivery of reports: to a printer, or into a file.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::whole_file::{self, Readers};

/// Time limit for an answer of the print system.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// Maximum number of bytes that are read of an answer of the print system.
const MAX_ANSWER_BYTES: u64 = 64 << 10;
/// Maximum length of the stem of a file name, in letters of up to four bytes; file systems allow 255 bytes.
const MAX_STEM: usize = 48;
/// Maximum number of printers that are offered.
const MAX_PRINTERS: usize = 500;
/// Maximum number of reports of one name in a folder.
const MAX_SAME_NAME: u32 = 9_999;

/// Destination of a delivered report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// The print system accepted it for this printer.
    Printed { printer: String },
    /// This computer has no printer; nothing was sent.
    NoPrinter,
}

/// Reason why a report was not delivered.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    #[error(
        "the printer did not accept the report; check the printer, or save the report to a file"
    )]
    PrinterFailed,
    #[error("the print system did not answer; try again later, or save the report to a file")]
    PrinterSilent,
    #[error("the folder {} could not be created: {source}; choose another one", path.display())]
    Folder { path: PathBuf, source: io::Error },
    #[error("the report could not be written to {}: {source}; free some space or choose another folder", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("{} contains thousands of reports of that name; move them to another folder", .0.display())]
    Full(PathBuf),
}

/// The printers of this computer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Printers {
    pub names: Vec<String>,
    /// Index of the system's default printer.
    pub default: Option<usize>,
}

/// A file for the print system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Job<'a> {
    /// Plain text or a PDF; the print system detects which.
    pub bytes: &'a [u8],
    /// None: the default printer, or the first one where none is the default.
    pub printer: Option<&'a str>,
    /// The paper in CUPS notation; none for that of the printer.
    pub media: Option<&'a str>,
}

/// Queries the printers. Blocks while the print system works, for at most 20 s.
///
/// # Errors
/// [`DeliveryError::PrinterSilent`] if it does not answer.
pub fn printers() -> Result<Printers, DeliveryError> {
    known_to(&PrintSystem::default())
}

/// Sends a file to a printer, by `lp`. Blocks while the print system works, for at most 30 s.
///
/// # Errors
/// If the printer refuses it or the print system does not answer.
pub fn print(job: Job<'_>) -> Result<Delivery, DeliveryError> {
    print_through(&PrintSystem::default(), job)
}

/// The programs of the print system.
struct PrintSystem {
    /// Prints `system default destination: NAME`, or a sentence without a colon.
    default: Vec<&'static str>,
    /// Prints the name of every printer, one per line.
    list: Vec<&'static str>,
    /// Reads the file from its standard input; the next arguments are the printer's name and options.
    send: Vec<&'static str>,
    timeout: Duration,
}

impl Default for PrintSystem {
    fn default() -> Self {
        Self {
            default: vec!["lpstat", "-d"],
            list: vec!["lpstat", "-e"],
            send: vec!["lp", "-s", "-t", "LUNNY report", "-d"],
            timeout: ANSWER_TIMEOUT,
        }
    }
}

fn known_to(system: &PrintSystem) -> Result<Printers, DeliveryError> {
    let preferred = answer(&system.default, system.timeout)?;
    let preferred = preferred.lines().find_map(|line| line.split_once(':'));
    let preferred = preferred.map(|(_, name)| name.trim().to_owned());
    let listed = answer(&system.list, system.timeout)?;
    let listed = listed.lines().map(|name| name.trim().to_owned());
    let mut names: Vec<String> = listed.filter(|name| !name.is_empty()).collect();
    // The list may lack a printer of another computer that is nevertheless the default.
    if let Some(preferred) = preferred.as_ref().filter(|name| !name.is_empty())
        && !names.contains(preferred)
    {
        names.insert(0, preferred.clone());
    }
    names.truncate(MAX_PRINTERS);
    let default = names
        .iter()
        .position(|name| Some(name) == preferred.as_ref());
    Ok(Printers { names, default })
}

fn print_through(system: &PrintSystem, job: Job<'_>) -> Result<Delivery, DeliveryError> {
    let printer = match job.printer {
        Some(printer) => Some(printer.to_owned()),
        None => {
            let known = known_to(system)?;
            let index = known.default.unwrap_or(0);
            known.names.into_iter().nth(index)
        }
    };
    let Some(printer) = printer else {
        return Ok(Delivery::NoPrinter);
    };
    let mut send = command(&system.send);
    send.arg(&printer);
    if let Some(media) = job.media {
        send.arg("-o").arg(format!("media={media}"));
    }
    send.stdin(Stdio::piped()).stdout(Stdio::null());
    let mut child = send.spawn().map_err(|_| DeliveryError::PrinterFailed)?;
    let input = child.stdin.take();
    let bytes = job.bytes.to_owned();
    // A program that does not read would block this thread; its end releases the writer.
    let writer =
        thread::spawn(move || input.is_some_and(|mut input| input.write_all(&bytes).is_ok()));
    if finish(&mut child, system.timeout)? && writer.join().unwrap_or(false) {
        Ok(Delivery::Printed { printer })
    } else {
        Err(DeliveryError::PrinterFailed)
    }
}

/// The output of a program; empty if it is missing or fails, as on a computer without a print system.
fn answer(words: &[&'static str], timeout: Duration) -> Result<String, DeliveryError> {
    let mut ask = command(words);
    ask.stdin(Stdio::null()).stdout(Stdio::piped());
    let Ok(mut child) = ask.spawn() else {
        return Ok(String::new());
    };
    let output = child.stdout.take();
    let reader = thread::spawn(move || {
        let mut text = Vec::new();
        if let Some(mut output) = output {
            let _ = output
                .by_ref()
                .take(MAX_ANSWER_BYTES)
                .read_to_end(&mut text);
            let _ = io::copy(&mut output, &mut io::sink());
        }
        String::from_utf8_lossy(&text).into_owned()
    });
    let succeeded = finish(&mut child, timeout)?;
    Ok(match reader.join() {
        Ok(text) if succeeded => text,
        _ => String::new(),
    })
}

/// A program run in the C locale, with its error output discarded.
fn command(words: &[&'static str]) -> Command {
    let (program, arguments) = words.split_first().unwrap_or((&"", &[]));
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env("LC_ALL", "C")
        .stderr(Stdio::null());
    command
}

/// Waits for a program to end, and kills it after `timeout`. True if it succeeded.
fn finish(child: &mut Child, timeout: Duration) -> Result<bool, DeliveryError> {
    let deadline = Instant::now() + timeout;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status.success()),
            Ok(None) if Instant::now() < deadline => thread::sleep(Duration::from_millis(20)),
            _ => {
                // It may have ended in the meantime; in either case it is not running any more.
                let _ = child.kill();
                let _ = child.wait();
                return Err(DeliveryError::PrinterSilent);
            }
        }
    }
}

/// Writes a new file in `folder`, which is created if missing. The name is made of `stem`, made safe, a number if it is taken,
/// and `extension`, such as `pdf`. Only the owner may read the file and a folder created here. The file is never incomplete.
///
/// # Errors
/// If the folder cannot be created or the file cannot be written.
pub fn save(
    folder: &Path,
    stem: &str,
    ending: &str,
    bytes: &[u8],
) -> Result<PathBuf, DeliveryError> {
    make_folder(folder)?;
    let path = reserve(folder, stem, ending)?;
    if let Err(source) = whole_file::write(&path, bytes, Readers::Owner) {
        let _ = fs::remove_file(&path);
        return Err(DeliveryError::Write { path, source });
    }
    Ok(path)
}

/// Creates the folder if it is missing, for its owner only.
///
/// # Errors
/// [`DeliveryError::Folder`].
pub fn make_folder(folder: &Path) -> Result<(), DeliveryError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(folder)
        .map_err(|source| DeliveryError::Folder {
            path: folder.to_owned(),
            source,
        })
}

/// Creates a new, empty file that only its owner can read.
fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Reserves the first free name made of `stem`, made safe, so that two writers never share one: an empty file stays there until
/// [`whole_file`] writes the content.
///
/// # Errors
/// If no file can be created there, or the folder contains thousands of that name.
pub fn reserve(folder: &Path, stem: &str, extension: &str) -> Result<PathBuf, DeliveryError> {
    let stem = safe(stem);
    for number in 1..=MAX_SAME_NAME {
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

/// A file name of letters, digits, `-` and `_` only.
fn safe(stem: &str) -> String {
    let letters = stem.chars().map(|letter| match letter {
        letter if letter.is_alphanumeric() || letter == '_' => letter,
        _ => '-',
    });
    let name: String = letters.take(MAX_STEM).collect();
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
        assert_eq!(safe(&"肺".repeat(500)).chars().count(), MAX_STEM);
    }

    #[test]
    fn the_same_name_twice_makes_two_files() {
        let folder = tempfile::tempdir().unwrap();
        let below = folder.path().join("reports/2026");
        let first = save(&below, "P-1", "txt", b"first").unwrap();
        let second = save(&below, "P-1", "txt", b"second").unwrap();
        assert_eq!(first, below.join("P-1.txt"));
        assert_eq!(second, below.join("P-1-2.txt"));
        assert_eq!(fs::read_to_string(first).unwrap(), "first");
        assert_eq!(fs::read_to_string(second).unwrap(), "second");
        save(&below, &"𠀀".repeat(500), "pdf", b"long").unwrap();
        // No temporary file is left.
        assert_eq!(fs::read_dir(&below).unwrap().count(), 3);
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read_a_saved_report() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let below = folder.path().join("reports");
        let path = save(&below, "P-1", "txt", b"text").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&below), 0o700);
        assert_eq!(mode(&path), 0o600);
    }

    #[test]
    fn a_folder_that_cannot_be_created_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let error = save(&file.join("below"), "P-1", "txt", b"text").unwrap_err();
        assert!(matches!(&error, DeliveryError::Folder { path, .. } if path.ends_with("below")));
    }

    #[cfg(unix)]
    mod printing {
        use super::*;

        /// A print system of three shell scripts; in the last, `$1` is the printer.
        fn system(scripts: [&'static str; 3]) -> PrintSystem {
            let [default, list, send] = scripts.map(|script| vec!["sh", "-c", script]);
            let hangs = scripts.iter().any(|script| script.contains("sleep"));
            PrintSystem {
                default,
                list,
                send: [send, vec!["sh"]].concat(),
                timeout: if hangs {
                    Duration::from_millis(300)
                } else {
                    ANSWER_TIMEOUT
                },
            }
        }

        fn print(scripts: [&'static str; 3]) -> Result<Delivery, DeliveryError> {
            print_to(None, scripts)
        }

        fn print_to(
            printer: Option<&str>,
            scripts: [&'static str; 3],
        ) -> Result<Delivery, DeliveryError> {
            let text = "line\n".repeat(100_000);
            let job = Job {
                bytes: text.as_bytes(),
                printer,
                media: Some("A4"),
            };
            print_through(&system(scripts), job)
        }

        const DEFAULT: &str = "echo system default destination: office";
        const NO_DEFAULT: &str = "echo no system default destination";

        fn printed(printer: &str) -> Delivery {
            Delivery::Printed {
                printer: printer.into(),
            }
        }

        #[test]
        fn the_default_printer_gets_every_byte() {
            let counts = "test $1 = office && test $(wc -c) -eq 500000";
            assert_eq!(
                print([DEFAULT, "exit 1", counts]).unwrap(),
                printed("office")
            );
        }

        #[test]
        fn without_a_default_the_first_printer_is_used() {
            let list = "echo ward; echo office";
            assert_eq!(print([NO_DEFAULT, list, "cat"]).unwrap(), printed("ward"));
        }

        #[test]
        fn a_computer_without_printers_is_reported() {
            assert_eq!(
                print([NO_DEFAULT, "true", "cat"]).unwrap(),
                Delivery::NoPrinter
            );
            assert_eq!(
                print(["exit 1", "exit 1", "cat"]).unwrap(),
                Delivery::NoPrinter
            );
            let absent = PrintSystem {
                default: vec!["no-such-print-system"],
                list: vec!["no-such-print-system"],
                ..PrintSystem::default()
            };
            let job = Job {
                bytes: b"text",
                printer: None,
                media: None,
            };
            assert_eq!(print_through(&absent, job).unwrap(), Delivery::NoPrinter);
            assert_eq!(known_to(&absent).unwrap(), Printers::default());
        }

        #[test]
        fn a_chosen_printer_gets_the_file_and_the_paper() {
            let takes = "test $1 = ward && test \"$2 $3\" = '-o media=A4' && cat > /dev/null";
            let sent = print_to(Some("ward"), [DEFAULT, "echo office; echo ward", takes]);
            assert_eq!(sent.unwrap(), printed("ward"));
        }

        #[test]
        fn every_printer_is_offered_with_the_default_among_them() {
            let known = known_to(&system([DEFAULT, "echo ward; echo office", "cat"])).unwrap();
            assert_eq!(known.names, ["ward", "office"]);
            assert_eq!(known.default, Some(1));
            let known = known_to(&system([DEFAULT, "echo ward", "cat"])).unwrap();
            assert_eq!((known.names.len(), known.default), (2, Some(0)));
            let known = known_to(&system([NO_DEFAULT, "echo ward", "cat"])).unwrap();
            assert_eq!((known.names.len(), known.default), (1, None));
        }

        #[test]
        fn a_printer_that_refuses_or_hangs_is_reported() {
            let refused = print([DEFAULT, "true", "cat > /dev/null; exit 1"]);
            assert!(matches!(refused, Err(DeliveryError::PrinterFailed)));
            let hanging = print([DEFAULT, "true", "exec sleep 60"]);
            assert!(matches!(hanging, Err(DeliveryError::PrinterSilent)));
            let silent = print(["exec sleep 60", "true", "cat"]);
            assert!(matches!(silent, Err(DeliveryError::PrinterSilent)));
        }
    }
}
