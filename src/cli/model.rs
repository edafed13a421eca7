//! `lunny model`: showing the weight files' metadata, writing a model card, and measuring the input gate.

mod gate;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail, ensure};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::facts::{facts, lesion_facts};
use super::print;
use crate::clinical::report::DISCLAIMER;
use crate::clinical::shipped_model::is_shipped;
use crate::config::Config;
use crate::model::lesions::metadata::LesionMetadata;
use crate::model::lesions::weights::LesionWeights;
use crate::model::location;
use crate::model::metadata::Metadata;
use crate::model::weight_file::read_within_reason;
use crate::model::weights::Weights;
use crate::text::{hexadecimal, scrub};
use crate::training::weight_file;

/// Upper limit for a card, in bytes.
const LONGEST_CARD: usize = 256 << 10;

/// Show the weights, their source and their performance on held-out cases
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

/// Action on the weight file.
#[derive(Debug, clap::Subcommand)]
enum What {
    Info(Info),
    Card(Card),
    Gate(gate::Gate),
}

/// Print the model card and the measured figures from the weight file itself
#[derive(Debug, clap::Args)]
struct Info {
    /// Write one JSON object
    #[arg(long)]
    json: bool,
}

/// Write a copy of the weight file that carries a model card
#[derive(Debug, clap::Args)]
struct Card {
    /// The card, a Markdown file
    #[arg(long, value_name = "FILE")]
    card: PathBuf,
    /// Weight file to write, with a .sha256 file beside it
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Use the lesion reader's weight file instead of the slice classifier's
    #[arg(long)]
    lesions: bool,
}

/// Object of `--json`: the slice classifier, with the lesion reader in a field of its own.
#[derive(Serialize)]
struct Description<'a> {
    #[serde(flatten)]
    classifier: Network<'a, Metadata>,
    lesion_reader: Network<'a, LesionMetadata>,
}

/// Metadata of one weight file.
#[derive(Serialize)]
struct Network<'a, T> {
    path: String,
    sha256: &'a str,
    /// False if the weight file was not shipped with LUNNY: the rest is then what the file says of itself.
    shipped: bool,
    #[serde(flatten)]
    metadata: &'a T,
}

/// Runs the subcommand.
pub fn run(arguments: &Arguments, config: &Config) -> anyhow::Result<ExitCode> {
    match &arguments.what {
        What::Info(Info { json }) => {
            let (weights, lesions) = (location::find(config)?, location::find_lesions(config)?);
            match json {
                true => print(&serde_json::to_string(&Description {
                    classifier: Network {
                        path: weights.path().to_string_lossy().into_owned(),
                        sha256: &weights.identity().sha256,
                        shipped: is_shipped(&weights.identity().sha256),
                        metadata: weights.metadata(),
                    },
                    lesion_reader: Network {
                        path: lesions.path().to_string_lossy().into_owned(),
                        sha256: &lesions.identity().sha256,
                        shipped: is_shipped(&lesions.identity().sha256),
                        metadata: lesions.metadata(),
                    },
                })?),
                false => print(&described(&weights, &lesions)),
            }
        }
        What::Card(card) => write(card, config),
        What::Gate(arguments) => gate::run(arguments),
    }
}

/// Line about a weight file that was not shipped.
const CAUTION: &str =
    "Caution   not shipped with LUNNY: figures and card are what the file says of itself\n";

/// Text in place of a shipped card in another file.
const HIDDEN_CARD: &str = "The card in this file is that of a network that LUNNY ships, which this file is not. It is not shown.\n";

/// File, metadata and card of both networks, scrubbed line by line.
fn described(weights: &Weights, lesions: &LesionWeights) -> String {
    let part = |path: &Path, sha256: &str, facts: &str, card: Option<&str>| {
        let (caution, card) = match (is_shipped(sha256), card) {
            (true, Some(card)) => ("", card),
            (_, None) => ("", "This weight file has no model card.\n"),
            (false, Some(card)) if location::describes_shipped(card) => (CAUTION, HIDDEN_CARD),
            (false, Some(card)) => (CAUTION, card),
        };
        format!(
            "File      {}\nSHA-256   {sha256}\n{caution}{}\n{}\n",
            scrub(&path.to_string_lossy()),
            scrubbed(facts),
            scrubbed(card)
        )
    };
    let (reader, classifier) = (lesions.metadata(), weights.metadata());
    let mut text = part(
        lesions.path(),
        &lesions.identity().sha256,
        &lesion_facts(reader),
        reader.card.as_deref(),
    );
    text.push_str(&part(
        weights.path(),
        &weights.identity().sha256,
        &facts(classifier),
        classifier.card.as_deref(),
    ));
    text.push_str(DISCLAIMER);
    text
}

fn scrubbed(text: &str) -> String {
    let lines = text.lines().map(|line| scrub(line).into_owned() + "\n");
    lines.collect()
}

fn write(Card { card, out, lesions }: &Card, config: &Config) -> anyhow::Result<ExitCode> {
    let text = read_within_reason(card)
        .with_context(|| format!("the card {} could not be read", card.display()))?;
    let Ok(text) = String::from_utf8(text) else {
        bail!("the card {} is not UTF-8 text", card.display());
    };
    ensure!(
        text.len() <= LONGEST_CARD,
        "the card {} is longer than {} KB; shorten it",
        card.display(),
        LONGEST_CARD >> 10
    );
    let bytes = if *lesions {
        let weights = location::find_lesions(config)?;
        let metadata = LesionMetadata {
            card: Some(text),
            ..weights.metadata().clone()
        };
        weight_file::with_header(weights.bytes(), metadata.to_header())?
    } else {
        let weights = location::find(config)?;
        let metadata = Metadata {
            card: Some(text),
            ..weights.metadata().clone()
        };
        weight_file::described(weights.bytes(), &metadata)?
    };
    let sha256 = hexadecimal(&Sha256::digest(&bytes));
    for (path, bytes) in [
        (out.clone(), bytes),
        (
            out.with_extension("sha256"),
            format!("{sha256}\n").into_bytes(),
        ),
    ] {
        weight_file::write_whole(&path, &bytes)
            .with_context(|| format!("{} could not be written", path.display()))?;
    }
    print(&format!("Written   {}\nSHA-256   {sha256}", out.display()))
}
