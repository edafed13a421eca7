//! The program: reads the command line and runs a subcommand, or opens the full-screen application.

use std::process::ExitCode;

use clap::Parser;
use lunny::cli::{self, Cli};
use lunny::config::Config;
use lunny::imaging::photo;
use lunny::text;
use lunny::tui;

fn main() -> ExitCode {
    // A child process of this program, asked to draw a page.
    if let Some(code) = photo::serve_if_asked() {
        return code;
    }
    if let Ok(program) = std::env::current_exe() {
        photo::draw_pages_with(program);
    }
    let cli = match Cli::try_parse() {
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
    match run(cli) {
        Ok(code) => code,
        Err(error) => {
            // It may name files and values as somebody else wrote them.
            let error = format!("{error:#}");
            let lines: Vec<_> = error.lines().map(text::scrub).collect();
            eprintln!("lunny: {}", lines.join("\n"));
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
