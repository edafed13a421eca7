//! `lunny serve`: the application for several users over SSH, and the state of the server.

mod remote;

use std::net::SocketAddr;
use std::process::ExitCode;

use anyhow::Context;
use clap::Subcommand;

use crate::cli::{open_where_asked, print};
use crate::config::{Config, ServeConfig};
use crate::serve::{self, Status};
use crate::text::scrub;

/// Offer the application to several users over SSH, until a signal ends the server
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Address and port to listen on, such as 0.0.0.0:2222
    #[arg(long, value_name = "ADDR:PORT")]
    listen: Option<SocketAddr>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Status(StatusArguments),
}

/// Print the state of the server that runs in this home
///
/// The exit code is 1 if none runs. The state is at most ten seconds old.
#[derive(Debug, clap::Args)]
struct StatusArguments {
    /// Write one JSON object
    #[arg(long)]
    json: bool,
}

/// Runs the subcommand.
pub fn run(arguments: &Arguments, config: &Config) -> anyhow::Result<ExitCode> {
    if let Some(Command::Status(arguments)) = &arguments.command {
        return status(arguments, config);
    }
    let config = Config {
        serve: ServeConfig {
            listen: arguments.listen.unwrap_or(config.serve.listen),
            ..config.serve.clone()
        },
        ..config.clone()
    };
    let store = open_where_asked(&config)?;
    Ok(serve::start(config, store, Box::new(remote::Remote))?)
}

fn status(arguments: &StatusArguments, config: &Config) -> anyhow::Result<ExitCode> {
    let home = scrub(&config.home.to_string_lossy()).into_owned();
    let status = Status::read(&config.home)
        .with_context(|| format!("the state of the server in {home} cannot be read"))?;
    let Some(status) = status else {
        let said = match arguments.json {
            true => "null".to_owned(),
            false => format!("No server runs in {home}."),
        };
        print(&said)?;
        return Ok(ExitCode::FAILURE);
    };
    print(&match arguments.json {
        true => serde_json::to_string(&status)?,
        false => described(&status),
    })
}

fn described(status: &Status) -> String {
    let lines = status.lines(|account| format!("account {account}"));
    let lines = status.facts().into_iter().chain(lines);
    let lines = lines.map(|(heading, text)| format!("{heading:8}  {text}"));
    lines.collect::<Vec<_>>().join("\n")
}
