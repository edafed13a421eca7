//! `lunny man`: manual pages of the program and of each of its commands.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::CommandFactory;

use super::Cli;

/// Write the manual pages into a folder
#[derive(Debug, clap::Args)]
#[command(after_help = "For one user: lunny man ~/.local/share/man/man1")]
pub struct Arguments {
    /// Folder of the pages, one file for each command; made if it is missing
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// Writes the pages, over those of an earlier version.
///
/// # Errors
/// The folder cannot be made, or a page cannot be written.
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    write(&arguments.folder)?;
    super::print(&format!(
        "The manual pages are in {}.",
        arguments.folder.display()
    ))
}

fn write(folder: &Path) -> anyhow::Result<()> {
    let named = || {
        format!(
            "the manual pages could not be written to {}",
            folder.display()
        )
    };
    std::fs::create_dir_all(folder).with_context(named)?;
    clap_mangen::generate_to(Cli::command(), folder).with_context(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_page_with_its_options() {
        let folder = tempfile::tempdir().unwrap();
        let pages = folder.path().join("man1");
        write(&pages).unwrap();
        for command in Cli::command().get_subcommands() {
            let name = command.get_name();
            let page = std::fs::read_to_string(pages.join(format!("lunny-{name}.1"))).unwrap();
            assert!(page.contains(".SH NAME"), "{name}");
        }
        let whole = std::fs::read_to_string(pages.join("lunny.1")).unwrap();
        assert!(whole.contains("graphics") && whole.contains("symbols"));
        let file = pages.join("lunny.1");
        assert!(write(&file).unwrap_err().to_string().contains("lunny.1"));
    }
}
