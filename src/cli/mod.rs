//! The command line: one file a subcommand. Without one, the full-screen application opens.

pub mod account;
pub mod analyze;
pub mod audit;
pub mod backup;
pub mod bench;
pub mod brock;
pub mod doctor;
pub mod evaluate;
pub mod export;
mod facts;
pub mod import;
pub mod key;
pub mod lung_rads;
pub mod model;
mod passphrase;
pub mod report;
pub mod sample;
pub mod scan;
mod secret;
pub mod sign_in;
pub mod train;
mod words;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::{Config, Options};

/// Chest CT in the terminal. Research and teaching software, not a medical device.
#[derive(Debug, Parser)]
#[command(name = "lunny", version)]
pub struct Cli {
    #[command(flatten)]
    pub options: Options,
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What can be done from a script.
#[derive(Debug, Subcommand)]
pub enum Command {
    Account(account::Arguments),
    Analyze(analyze::Arguments),
    Audit(audit::Arguments),
    Backup(backup::BackupArguments),
    Bench(bench::Arguments),
    Brock(brock::Arguments),
    Doctor(doctor::Arguments),
    Evaluate(evaluate::Arguments),
    Export(export::Arguments),
    Import(import::Arguments),
    Key(key::Arguments),
    LungRads(lung_rads::Arguments),
    Model(model::Arguments),
    Report(report::Arguments),
    Restore(backup::RestoreArguments),
    Sample(sample::Arguments),
    Scan(scan::Arguments),
    Train(train::Arguments),
}

/// Runs what the command line asks for.
pub fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let config = Config::load(&cli.options)?;
    match cli.command {
        Some(Command::Account(arguments)) => account::run(&arguments, &config),
        Some(Command::Analyze(arguments)) => analyze::run(&arguments, &config),
        Some(Command::Audit(arguments)) => audit::run(&arguments, &config),
        Some(Command::Backup(arguments)) => backup::run(&arguments, &config),
        Some(Command::Bench(arguments)) => bench::run(&arguments, &config),
        Some(Command::Brock(arguments)) => brock::run(&arguments),
        Some(Command::Doctor(arguments)) => doctor::run(&arguments, &config),
        Some(Command::Evaluate(arguments)) => evaluate::run(&arguments, &config),
        Some(Command::Export(arguments)) => export::run(&arguments, &config),
        Some(Command::Import(arguments)) => import::run(&arguments, &config),
        Some(Command::Key(arguments)) => key::run(&arguments, &config),
        Some(Command::LungRads(arguments)) => lung_rads::run(&arguments),
        Some(Command::Model(arguments)) => model::run(&arguments, &config),
        Some(Command::Report(arguments)) => report::run(&arguments, &config),
        Some(Command::Restore(arguments)) => backup::restore(&arguments, &config),
        Some(Command::Sample(arguments)) => sample::run(&arguments),
        Some(Command::Scan(arguments)) => scan::run(&arguments),
        Some(Command::Train(arguments)) => train::run(&arguments, &config),
        None => {
            let store = passphrase::open_where_asked(&config)?;
            crate::tui::start(config, store)
        }
    }
}

/// Prints an answer that is complete.
fn print(answer: &str) -> anyhow::Result<ExitCode> {
    match writeln!(io::stdout().lock(), "{answer}") {
        // Whoever read us has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        written => written?,
    }
    Ok(ExitCode::SUCCESS)
}
