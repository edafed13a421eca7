//! Commands that clients of the server run without a terminal: few, on the files of their account's area, and without a change.

use std::io;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::cli::{analyze, scan};
use crate::serve::{Call, Commands};

/// Runs the commands.
pub(super) struct Remote;

/// LUNNY over SSH: commands on the files of your area. Connect without a command for the application
#[derive(Debug, Parser)]
#[command(name = "lunny", no_binary_name = true, disable_version_flag = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Analyze(Analyze),
    Scan(scan::Arguments),
}

/// Classify CT slices, and whole series
///
/// Exits with 0 when every file was analysed, 2 when some were refused, 1 on an error.
#[derive(Debug, clap::Args)]
struct Analyze {
    /// Files or folders of your area, such as inbox/series
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Write one JSON object a line
    #[arg(long)]
    json: bool,
}

impl Commands for Remote {
    fn run(&self, mut call: Call<'_>) -> u8 {
        // An error of writing: the client is gone.
        run(&mut call).unwrap_or(1)
    }
}

fn run(call: &mut Call<'_>) -> io::Result<u8> {
    let Some(words) = shlex::split(call.line) else {
        writeln!(
            call.err,
            "lunny: a quotation mark of the command has no end"
        )?;
        return Ok(2);
    };
    let arguments = match Arguments::try_parse_from(words) {
        Ok(arguments) => arguments,
        Err(error) => {
            let is_help = !error.use_stderr();
            let words = error.render().to_string();
            match is_help {
                true => write!(call.out, "{words}")?,
                false => write!(
                    call.err,
                    "{words}\nOver SSH LUNNY runs analyze and scan info; files are moved with sftp, or scp -s.\n"
                )?,
            }
            return Ok(if is_help { 0 } else { 2 });
        }
    };
    match &arguments.command {
        Command::Analyze(Analyze { paths, json }) => {
            let paths: Vec<PathBuf> = paths.iter().map(|path| (call.real)(path)).collect();
            analyze::for_client(&paths, *json, call)
        }
        Command::Scan(arguments) => scan::for_client(arguments, call),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::model::WeightsError;

    /// Output, errors and exit status of a command in an area that is `root`.
    fn answer(line: &str, root: &Path) -> (String, String, u8) {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let status = Remote.run(Call {
            line,
            real: &|named| root.join(named.strip_prefix("/").unwrap_or(named)),
            networks: &|| {
                Err(WeightsError::Missing {
                    name: "x",
                    looked_in: vec!["/srv/secret".into()],
                    option: "--model",
                })
            },
            prevalence: None,
            out: &mut out,
            err: &mut err,
        });
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (text(out), text(err), status)
    }

    #[test]
    fn commands_that_are_not_offered_are_refused_in_a_sentence() {
        let root = tempfile::tempdir().unwrap();
        for line in [
            "id",
            "sh -c 'analyze x'",
            "backup x",
            "scp -t /inbox",
            "analyze",
            "analyze --heatmap /etc x",
            "--home / analyze x",
            "scan info a --config /etc/passwd",
        ] {
            let (out, err, status) = answer(line, root.path());
            assert_eq!((out.as_str(), status), ("", 2), "{line}: {err}");
            assert!(
                err.contains("Over SSH LUNNY runs analyze and scan info"),
                "{err}"
            );
        }
        let (_, err, status) = answer("scan info 'a", root.path());
        assert_eq!(status, 2);
        assert!(err.contains("quotation mark"), "{err}");
        let (out, _, status) = answer("--help", root.path());
        assert_eq!(status, 0);
        assert!(out.contains("analyze") && out.contains("scan"), "{out}");
    }

    #[test]
    fn a_scan_is_described_and_foreign_text_stays_harmless() {
        let root = tempfile::tempdir().unwrap();
        let (_, err, status) = answer("analyze x.dcm --json", root.path());
        assert_eq!(status, 1);
        assert!(
            !err.contains("/srv") && err.contains("administrator"),
            "{err}"
        );
        let (out, err, status) = answer("scan info \"no\u{9b}31m.dcm\" --json", root.path());
        assert_eq!((out.as_str(), status), ("", 1));
        assert!(
            err.starts_with("lunny: ") && !err.contains('\u{9b}'),
            "{err:?}"
        );
    }
}
