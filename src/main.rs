use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    // A child process of this program, asked to draw a page.
    if let Some(code) = lunny::imaging::photo::serve_if_asked() {
        return code;
    }
    if let Ok(program) = std::env::current_exe() {
        lunny::imaging::photo::draw_pages_with(program);
    }
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
