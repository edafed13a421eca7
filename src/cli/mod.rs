//! The command line: one file per subcommand. Without a subcommand the program opens the full-screen application, which
//! `main` starts.

pub mod account;
pub mod analyze;
pub mod attachment;
pub mod audit;
pub mod backup;
pub mod bench;
pub mod brock;
mod caller;
pub mod completions;
mod dated_list;
pub mod doctor;
pub mod evaluate;
pub mod export;
mod facts;
pub mod follow_up;
pub mod import;
pub mod key;
pub mod label;
pub mod lung_rads;
pub mod man;
pub mod model;
pub mod output;
mod passphrase;
pub mod patients;
pub mod report;
pub mod sample;
pub mod scan;
mod secret;
pub mod serve;
pub mod sign_in;
pub mod statistics;
pub mod train;
mod value;
mod words;
pub mod worklist;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::{Config, Options};

pub use passphrase::open_where_asked;

/// Chest CT in the terminal. Research and teaching software, not a medical device.
#[derive(Debug, Parser)]
#[command(name = "lunny", version)]
pub struct Cli {
    #[command(flatten)]
    pub options: Options,
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Subcommands for scripts.
#[derive(Debug, Subcommand)]
pub enum Command {
    Account(account::Arguments),
    Analyze(analyze::Arguments),
    Attachment(attachment::Arguments),
    Audit(audit::Arguments),
    Backup(backup::BackupArguments),
    Bench(bench::Arguments),
    Brock(brock::Arguments),
    Completions(completions::Arguments),
    Doctor(doctor::Arguments),
    Evaluate(evaluate::Arguments),
    Export(export::Arguments),
    FollowUp(follow_up::Arguments),
    Import(import::Arguments),
    Key(key::Arguments),
    Label(label::Arguments),
    LungRads(lung_rads::Arguments),
    Man(man::Arguments),
    Model(model::Arguments),
    Patients(patients::Arguments),
    Report(report::Arguments),
    Restore(backup::RestoreArguments),
    Sample(sample::Arguments),
    Scan(scan::Arguments),
    Serve(serve::Arguments),
    Statistics(statistics::Arguments),
    Train(train::Arguments),
    Worklist(worklist::Arguments),
}

/// Runs one subcommand.
///
/// # Errors
/// The error says in one sentence what happened, to what, and what to do.
pub fn run(command: Command, config: &Config) -> anyhow::Result<ExitCode> {
    match command {
        Command::Account(arguments) => account::run(&arguments, config),
        Command::Analyze(arguments) => analyze::run(&arguments, config),
        Command::Attachment(arguments) => attachment::run(&arguments, config),
        Command::Audit(arguments) => audit::run(&arguments, config),
        Command::Backup(arguments) => backup::run(&arguments, config),
        Command::Bench(arguments) => bench::run(&arguments, config),
        Command::Brock(arguments) => brock::run(&arguments),
        Command::Completions(arguments) => completions::run(&arguments),
        Command::Doctor(arguments) => doctor::run(&arguments, config),
        Command::Evaluate(arguments) => evaluate::run(&arguments, config),
        Command::Export(arguments) => export::run(&arguments, config),
        Command::FollowUp(arguments) => follow_up::run(&arguments, config),
        Command::Import(arguments) => import::run(&arguments, config),
        Command::Key(arguments) => key::run(&arguments, config),
        Command::Label(arguments) => label::run(&arguments, config),
        Command::LungRads(arguments) => lung_rads::run(&arguments),
        Command::Man(arguments) => man::run(&arguments),
        Command::Model(arguments) => model::run(&arguments, config),
        Command::Patients(arguments) => patients::run(&arguments, config),
        Command::Report(arguments) => report::run(&arguments, config),
        Command::Restore(arguments) => backup::restore(&arguments, config),
        Command::Sample(arguments) => sample::run(&arguments),
        Command::Scan(arguments) => scan::run(&arguments),
        Command::Serve(arguments) => serve::run(&arguments, config),
        Command::Statistics(arguments) => statistics::run(&arguments, config),
        Command::Train(arguments) => train::run(&arguments, config),
        Command::Worklist(arguments) => worklist::run(&arguments, config),
    }
}

/// Prints a complete answer.
fn print(answer: &str) -> anyhow::Result<ExitCode> {
    match writeln!(output::out(), "{answer}") {
        // A closed pipe is no error: the reader has what it wanted.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        written => written?,
    }
    Ok(ExitCode::SUCCESS)
}
