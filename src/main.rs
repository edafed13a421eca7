use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let cli = match lunny::cli::Cli::try_parse() {
        Ok(cli) => cli,
        Err(said) => {
            // Help and version are answers; a mistake is an error like any other, not a refusal.
            let _ = said.print();
            return match said.use_stderr() {
                true => ExitCode::FAILURE,
                false => ExitCode::SUCCESS,
            };
        }
    };
    match lunny::cli::run(cli) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("lunny: {error:#}");
            ExitCode::FAILURE
        }
    }
}
