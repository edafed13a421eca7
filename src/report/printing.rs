//! Printing: the printers of this computer, and sending a file to one of them by the programs of CUPS.

use std::borrow::Cow;
use std::env;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Time limit for an answer of the print system.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// Maximum number of bytes that are read of an answer of the print system.
const MAX_ANSWER_BYTES: u64 = 64 << 10;
/// Maximum number of printers that are offered.
const MAX_PRINTERS: usize = 500;
/// Folders in which the programs of CUPS are installed. The search path is not asked: another program of that name would get the
/// patient's report.
const FOLDERS: [&str; 5] = [
    "/usr/bin",
    "/bin",
    "/usr/local/bin",
    "/opt/homebrew/bin",
    "/run/current-system/sw/bin",
];
/// Variables that the programs get: the user's folder, where the user's own printers are named, and the name.
const VARIABLES: [&str; 3] = ["HOME", "USER", "LOGNAME"];

/// Destination of a delivered report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// The print system accepted it for this printer.
    Printed { printer: String },
    /// This computer has no printer; nothing was sent.
    NoPrinter,
}

/// Reason why a report was not printed.
#[derive(Debug, thiserror::Error)]
pub enum PrintError {
    #[error(
        "the printer did not accept the report; check the printer, or save the report to a file"
    )]
    Refused,
    #[error("the print system did not answer; try again later, or save the report to a file")]
    Silent,
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
/// [`PrintError::Silent`] if it does not answer.
pub fn printers() -> Result<Printers, PrintError> {
    known_to(&PrintSystem::default())
}

/// Sends a file to a printer, by `lp`. Blocks while the print system works, for at most 30 s.
///
/// # Errors
/// If the printer refuses it or the print system does not answer.
pub fn print(job: Job<'_>) -> Result<Delivery, PrintError> {
    print_through(&PrintSystem::default(), job)
}

/// A program by its absolute path, and its first arguments.
type Words = Vec<Cow<'static, str>>;

/// The programs of the print system.
struct PrintSystem {
    /// Prints `system default destination: NAME`, or a sentence without a colon.
    default: Words,
    /// Prints the name of every printer, one per line.
    list: Words,
    /// Reads the file from its standard input; the next arguments are the printer's name and options.
    send: Words,
    timeout: Duration,
}

impl Default for PrintSystem {
    fn default() -> Self {
        Self::within(&FOLDERS)
    }
}

impl PrintSystem {
    /// The programs of CUPS in the first of the folders that has them.
    fn within(folders: &[&str]) -> Self {
        let words = |program: &str, arguments: &[&'static str]| {
            let paths = folders.iter().map(|folder| format!("{folder}/{program}"));
            let mut installed = paths.filter(|path| Path::new(path).is_file());
            let program = installed.next().map(Cow::Owned);
            let arguments = arguments.iter().map(|&word| Cow::Borrowed(word));
            program.into_iter().chain(arguments).collect()
        };
        Self {
            default: words("lpstat", &["-d"]),
            list: words("lpstat", &["-e"]),
            send: words("lp", &["-s", "-t", "LUNNY report", "-d"]),
            timeout: ANSWER_TIMEOUT,
        }
    }
}

fn known_to(system: &PrintSystem) -> Result<Printers, PrintError> {
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

fn print_through(system: &PrintSystem, job: Job<'_>) -> Result<Delivery, PrintError> {
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
    let mut child = send.spawn().map_err(|_| PrintError::Refused)?;
    let input = child.stdin.take();
    let bytes = job.bytes.to_owned();
    // A program that does not read would block this thread; its end releases the writer.
    let writer =
        thread::spawn(move || input.is_some_and(|mut input| input.write_all(&bytes).is_ok()));
    if finish(&mut child, system.timeout)? && writer.join().unwrap_or(false) {
        Ok(Delivery::Printed { printer })
    } else {
        Err(PrintError::Refused)
    }
}

/// The output of a program; empty if it is missing or fails, as on a computer without a print system.
fn answer(words: &[Cow<'static, str>], timeout: Duration) -> Result<String, PrintError> {
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

/// A program run in the C locale, without the environment of this one, which may have keys and tokens, and with its error
/// output discarded.
fn command(words: &[Cow<'static, str>]) -> Command {
    let (program, arguments) = match words.split_first() {
        // A program that is not installed would leave only its arguments.
        Some((program, arguments)) if program.starts_with('/') => (program.as_ref(), arguments),
        _ => ("", words),
    };
    let mut command = Command::new(program);
    let kept = VARIABLES
        .iter()
        .filter_map(|name| Some((name, env::var_os(name)?)));
    command
        .args(arguments.iter().map(Cow::as_ref))
        .env_clear()
        .envs(kept)
        .env("LC_ALL", "C")
        .current_dir("/")
        .stderr(Stdio::null());
    command
}

/// Waits for a program to end, and kills it after `timeout`. True if it succeeded.
fn finish(child: &mut Child, timeout: Duration) -> Result<bool, PrintError> {
    let deadline = Instant::now() + timeout;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status.success()),
            Ok(None) if Instant::now() < deadline => thread::sleep(Duration::from_millis(20)),
            _ => {
                // It may have ended in the meantime; in either case it is not running any more.
                let _ = child.kill();
                let _ = child.wait();
                return Err(PrintError::Silent);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A print system of three shell scripts; in the last, `$1` is the printer.
    fn system(scripts: [&'static str; 3]) -> PrintSystem {
        let [default, list, send] =
            scripts.map(|script| ["/bin/sh", "-c", script].map(Cow::Borrowed).to_vec());
        let hangs = scripts.iter().any(|script| script.contains("sleep"));
        PrintSystem {
            default,
            list,
            send: [send, vec![Cow::Borrowed("sh")]].concat(),
            timeout: if hangs {
                Duration::from_millis(300)
            } else {
                ANSWER_TIMEOUT
            },
        }
    }

    fn print(scripts: [&'static str; 3]) -> Result<Delivery, PrintError> {
        print_to(None, scripts)
    }

    fn print_to(printer: Option<&str>, scripts: [&'static str; 3]) -> Result<Delivery, PrintError> {
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
        let absent = PrintSystem::within(&["/nowhere"]);
        let job = Job {
            bytes: b"text",
            printer: None,
            media: None,
        };
        assert_eq!(print_through(&absent, job).unwrap(), Delivery::NoPrinter);
        assert_eq!(known_to(&absent).unwrap(), Printers::default());
    }

    #[test]
    fn the_programs_are_named_by_their_absolute_path() {
        let folder = tempfile::tempdir().unwrap();
        for program in ["lp", "lpstat"] {
            std::fs::write(folder.path().join(program), "").unwrap();
        }
        let path = folder.path().to_str().unwrap();
        let system = PrintSystem::within(&["/nowhere", path]);
        assert_eq!(system.send[0], format!("{path}/lp"));
        assert_eq!(system.list, [format!("{path}/lpstat"), "-e".into()]);
        // A program that is only in the search path is not run.
        let absent = PrintSystem::within(&["/nowhere"]);
        assert_eq!(command(&absent.send).get_program(), "");
        assert!(FOLDERS.iter().all(|folder| folder.starts_with('/')));
    }

    #[test]
    fn the_programs_get_neither_secrets_nor_the_search_path_of_this_one() {
        let shown = command(&system([DEFAULT, "true", "cat"]).send);
        let names: Vec<_> = shown.get_envs().map(|(name, _)| name.to_owned()).collect();
        assert!(names.iter().all(|name| {
            let name = name.to_str().unwrap();
            name == "LC_ALL" || VARIABLES.contains(&name)
        }));
        // The test's own process has these variables; a shell adds PWD and the like itself.
        let inherits = "test -z \"$CARGO_MANIFEST_DIR$CARGO_PKG_NAME\" && test \"$(pwd)\" = / && cat > /dev/null";
        assert!(env::var_os("CARGO_MANIFEST_DIR").is_some());
        assert_eq!(
            print([DEFAULT, "true", inherits]).unwrap(),
            printed("office")
        );
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
        assert!(matches!(refused, Err(PrintError::Refused)));
        let hanging = print([DEFAULT, "true", "exec sleep 60"]);
        assert!(matches!(hanging, Err(PrintError::Silent)));
        let silent = print(["exec sleep 60", "true", "cat"]);
        assert!(matches!(silent, Err(PrintError::Silent)));
    }
}
