//! Reports on their way out: to the printer, or into a file.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long the print system may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// How much is read of what the print system says, in bytes.
const LONGEST_ANSWER: u64 = 64 << 10;
/// The longest file name made from a stem, in letters of up to four bytes; file systems take 255 bytes.
const LONGEST_STEM: usize = 48;
/// How many reports of one name a folder holds.
const MOST_ALIKE: u32 = 9_999;

/// Where a report went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// The print system took it for this printer.
    Printed { printer: String },
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

/// Sends plain text to the default printer, or to the first one where none is the default, by `lp`.
/// Blocks for as long as the print system takes, which is cut off after 30 s.
pub fn print(text: &str) -> Result<Delivery, DeliveryError> {
    print_through(&PrintSystem::default(), text)
}

/// The programs that know the printers.
struct PrintSystem {
    /// Writes `system default destination: NAME`, or a sentence without a colon.
    default: Vec<&'static str>,
    /// Writes the name of every printer, one a line.
    list: Vec<&'static str>,
    /// Takes the text on its input, and the printer's name as its last argument.
    send: Vec<&'static str>,
    patience: Duration,
}

impl Default for PrintSystem {
    fn default() -> Self {
        Self {
            default: vec!["lpstat", "-d"],
            list: vec!["lpstat", "-e"],
            send: vec!["lp", "-s", "-t", "LUNNY report", "-d"],
            patience: PATIENCE,
        }
    }
}

fn print_through(system: &PrintSystem, text: &str) -> Result<Delivery, DeliveryError> {
    let default = answer(&system.default, system.patience)?;
    let default = default.lines().find_map(|line| line.split_once(':'));
    let printer = match default {
        Some((_, name)) => name.trim().to_owned(),
        None => {
            let list = answer(&system.list, system.patience)?;
            list.lines().next().unwrap_or_default().trim().to_owned()
        }
    };
    if printer.is_empty() {
        return Ok(Delivery::NoPrinter);
    }
    let mut send = command(&system.send);
    send.arg(&printer)
        .stdin(Stdio::piped())
        .stdout(Stdio::null());
    let mut child = send.spawn().map_err(|_| DeliveryError::PrinterFailed)?;
    let input = child.stdin.take();
    let text = text.to_owned();
    // A program that does not read would hold us up; its end releases the thread.
    let writer = thread::spawn(move || {
        input.is_some_and(|mut input| input.write_all(text.as_bytes()).is_ok())
    });
    if finish(&mut child, system.patience)? && writer.join().unwrap_or(false) {
        Ok(Delivery::Printed { printer })
    } else {
        Err(DeliveryError::PrinterFailed)
    }
}

/// What a program writes; nothing when it is not there or fails, as where there is no print system.
fn answer(words: &[&'static str], patience: Duration) -> Result<String, DeliveryError> {
    let mut ask = command(words);
    ask.stdin(Stdio::null()).stdout(Stdio::piped());
    let Ok(mut child) = ask.spawn() else {
        return Ok(String::new());
    };
    let output = child.stdout.take();
    let reader = thread::spawn(move || {
        let mut text = Vec::new();
        if let Some(mut output) = output {
            let _ = output.by_ref().take(LONGEST_ANSWER).read_to_end(&mut text);
            let _ = io::copy(&mut output, &mut io::sink());
        }
        String::from_utf8_lossy(&text).into_owned()
    });
    let succeeded = finish(&mut child, patience)?;
    Ok(match reader.join() {
        Ok(text) if succeeded => text,
        _ => String::new(),
    })
}

/// A program that says what it says in plain English and keeps its complaints to itself.
fn command(words: &[&'static str]) -> Command {
    let (program, arguments) = words.split_first().unwrap_or((&"", &[]));
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env("LC_ALL", "C")
        .stderr(Stdio::null());
    command
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
        save(&below, &"𠀀".repeat(500), "long").unwrap();
        // Nothing else is left lying about.
        assert_eq!(fs::read_dir(&below).unwrap().count(), 3);
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

        /// A print system of three shell scripts; in the last, `$1` is the printer.
        fn print(scripts: [&'static str; 3]) -> Result<Delivery, DeliveryError> {
            let [default, list, send] = scripts.map(|script| vec!["sh", "-c", script]);
            let hangs = scripts.iter().any(|script| script.contains("sleep"));
            let system = PrintSystem {
                default,
                list,
                send: [send, vec!["sh"]].concat(),
                patience: if hangs {
                    Duration::from_millis(300)
                } else {
                    PATIENCE
                },
            };
            print_through(&system, &"line\n".repeat(100_000))
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
        fn without_a_default_the_first_printer_is_taken() {
            let list = "echo ward; echo office";
            assert_eq!(print([NO_DEFAULT, list, "cat"]).unwrap(), printed("ward"));
        }

        #[test]
        fn a_computer_without_printers_says_so() {
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
            assert_eq!(print_through(&absent, "text").unwrap(), Delivery::NoPrinter);
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
