use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match lunny::cli::run(lunny::cli::Cli::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("lunny: {error:#}");
            ExitCode::FAILURE
        }
    }
}
