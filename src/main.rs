//! The program: reads the command line and runs a subcommand, or opens the full-screen application.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use lunny::cli::{self, Cli, output};
use lunny::config::Config;
use lunny::decode;
use lunny::imaging;
use lunny::tui;

fn main() -> ExitCode {
    keep_memory_private();
    // A child process of this program that decodes files for it.
    if let Some(code) = imaging::serve_if_asked() {
        return code;
    }
    if let Some(program) = own_program() {
        decode::use_program(program);
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(said) => {
            // Help and version are answers; a mistake is an error like any other, not a refusal.
            if said.use_stderr() {
                // It repeats what was typed, which a script may have taken from a file name.
                output::complain(said.render().to_string().trim_end());
                return ExitCode::FAILURE;
            }
            let _ = said.print();
            return ExitCode::SUCCESS;
        }
    };
    match run(cli) {
        Ok(code) => code,
        Err(error) => {
            output::complain(&format!("lunny: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let config = Config::load(&cli.options)?;
    match cli.command {
        Some(command) => cli::run(command, &config),
        None => {
            let store = cli::open_where_asked(&config)?;
            tui::start(config, store)
        }
    }
}

/// The program that runs, also after another version was installed in its place.
fn own_program() -> Option<PathBuf> {
    match cfg!(target_os = "linux") {
        true => Some(PathBuf::from("/proc/self/exe")),
        false => std::env::current_exe().ok(),
    }
}

/// Keeps records and the key out of core dumps and, on Linux, from other processes of the same account. A system without this
/// feature runs LUNNY all the same.
fn keep_memory_private() {
    use rustix::process::{Resource, Rlimit, setrlimit};

    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    let _ = setrlimit(Resource::Core, none);
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}
