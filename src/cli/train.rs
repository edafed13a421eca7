//! `lunny train`: trains the slice classifier's last stages on labelled slices and writes a weight file.

mod lesions;
mod summary;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::ValueEnum;
use clap::builder::RangedU64ValueParser;
use indicatif::{ProgressBar, ProgressStyle};

use super::value::within;
use crate::cli::output::say;
use crate::config::Config;
use crate::model::Cancel;
use crate::model::recipe::{Balance, HeadReads, HeadStart, Recipe, Split, Unfreeze};
use crate::model::resnet;
use crate::training::session::{Request, Step, train};

/// Minimum time between two checkpoints, each of which takes a second to write.
const PAUSE: Duration = Duration::from_secs(60);
/// Default number of folds for training the head alone.
const HEAD_FOLDS: usize = 5;

/// Train the slice classifier on a folder of labelled slices, or the lesion reader (`lunny train lesions`)
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Arguments {
    #[command(subcommand)]
    network: Option<Network>,
    #[command(flatten)]
    classifier: Option<ClassifierArguments>,
}

/// Other networks that can be trained.
#[derive(Debug, clap::Subcommand)]
enum Network {
    Lesions(lesions::Arguments),
}

/// Train the slice classifier on a folder of labelled slices
#[derive(Debug, clap::Args)]
struct ClassifierArguments {
    /// Folder of slices with a manifest.csv (columns file, class, case)
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Weight file that the network starts from (safetensors, torchvision's names)
    #[arg(long, value_name = "FILE")]
    init: PathBuf,
    /// Weight file to write; its name without the ending becomes the model's id
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Part of the network that is trained
    #[arg(long, value_enum, default_value_t = Recipe::default().unfreeze)]
    unfreeze: Unfreeze,
    /// Unit that stays together when slices are split
    #[arg(long, value_enum, default_value_t = Recipe::default().split)]
    split: Split,
    /// Number of folds that are held out in turn; without, 70 % are for training, 15 % choose the epoch and 15 % are
    /// measured
    #[arg(long, value_name = "N", value_parser = count(2, 20))]
    folds: Option<usize>,
    /// Number of times that the 70/15/15 split is drawn and a network trained on it
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = count(1, 20), conflicts_with = "folds")]
    repeats: usize,
    /// Views of a slice: as it is, mirrored, and the rest changed at random
    #[arg(long, value_name = "N", default_value_t = Recipe::default().views, value_parser = count(1, 64))]
    views: usize,
    /// Passes over the training slices, each slice in one of its views
    #[arg(long, value_name = "N", default_value_t = Recipe::default().epochs, value_parser = count(1, 1000))]
    epochs: usize,
    /// Slices per step
    #[arg(long, value_name = "N", default_value_t = Recipe::default().batch, value_parser = count(1, 256))]
    batch: usize,
    /// Highest learning rate of AdamW below the last layer
    #[arg(long, value_name = "X", default_value_t = Recipe::default().learning_rate, value_parser = within(0.0, 1.0))]
    learning_rate: f64,
    /// Highest learning rate of AdamW in the last layer
    #[arg(long, value_name = "X", default_value_t = Recipe::default().head_learning_rate, value_parser = within(0.0, 1.0))]
    head_learning_rate: f64,
    /// Features that the last layer reads; by default those of the last two stages if it is trained alone
    #[arg(long, value_enum)]
    head_reads: Option<HeadReads>,
    /// Initial weights of the last layer
    #[arg(long, value_enum, default_value_t = Recipe::default().head_start)]
    head_start: HeadStart,
    /// Weight decay: share of a weight, times the learning rate, that a step removes
    #[arg(long, value_name = "X", default_value_t = Recipe::default().weight_decay, value_parser = within(0.0, 10.0))]
    weight_decay: f64,
    /// Dropout: share of the pooled features that a step ignores
    #[arg(long, value_name = "X", default_value_t = Recipe::default().dropout, value_parser = within(0.0, 0.95))]
    dropout: f64,
    /// Label smoothing: share of the truth that is spread over all classes
    #[arg(long, value_name = "X", default_value_t = Recipe::default().label_smoothing, value_parser = within(0.0, 0.9))]
    label_smoothing: f64,
    /// Mixup: mixes pairs of slices by shares drawn from Beta(ALPHA, ALPHA); 0 mixes none
    #[arg(long, value_name = "ALPHA", default_value_t = Recipe::default().mixup, value_parser = within(0.0, 4.0))]
    mixup: f64,
    /// Balancing of classes of different size
    #[arg(long, value_enum, default_value_t = Recipe::default().balance)]
    balance: Balance,
    /// Share of the last steps whose weights are averaged; 0 keeps the last weights
    #[arg(long, value_name = "SHARE", default_value_t = Recipe::default().average, value_parser = within(0.0, 1.0))]
    average: f64,
    /// Number of networks trained from the same start with other random numbers, whose weights are averaged
    #[arg(long, value_name = "N", default_value_t = Recipe::default().members, value_parser = count(1, 20))]
    members: usize,
    /// Epochs without a better validation loss after which a 70/15/15 run stops
    #[arg(long, value_name = "N", default_value_t = Recipe::default().patience, value_parser = count(1, 1000))]
    patience: usize,
    /// Average the answers for a slice and its mirror image
    #[arg(long, value_enum, default_value_t = Switch::On)]
    mirror: Switch,
    /// Seed of all random numbers: the same seed gives the same weights
    #[arg(long, value_name = "N", default_value_t = Recipe::default().seed)]
    seed: u64,
    /// Measure only: do not train the final network or write the weight file
    #[arg(long)]
    figures_only: bool,
    /// Continue a run that was stopped
    #[arg(long)]
    resume: bool,
}

/// Value of a flag that is on or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Switch {
    On,
    Off,
}

fn count(least: u64, most: u64) -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(least..=most)
}

impl ClassifierArguments {
    fn recipe(&self) -> Recipe {
        let folds = match self.unfreeze {
            // Training a head takes seconds and has no epochs to choose from.
            Unfreeze::None if self.split == Split::Case && self.repeats == 1 => {
                Some(self.folds.unwrap_or(HEAD_FOLDS))
            }
            _ => self.folds,
        };
        Recipe {
            unfreeze: self.unfreeze,
            split: self.split,
            folds,
            repeats: self.repeats,
            views: self.views,
            epochs: self.epochs,
            batch: self.batch,
            learning_rate: self.learning_rate,
            head_learning_rate: self.head_learning_rate,
            head_reads: self.head_reads.unwrap_or(match self.unfreeze {
                Unfreeze::None => HeadReads::LastTwoStages,
                Unfreeze::Layer4 | Unfreeze::Layer3 => HeadReads::LastStage,
            }),
            head_start: self.head_start,
            weight_decay: self.weight_decay,
            dropout: self.dropout,
            label_smoothing: self.label_smoothing,
            mixup: self.mixup,
            balance: self.balance,
            average: self.average,
            members: self.members,
            patience: self.patience,
            mirror: self.mirror == Switch::On,
            seed: self.seed,
        }
    }
}

/// Trains, showing the progress, and prints the figures.
pub fn run(arguments: &Arguments, config: &Config) -> anyhow::Result<ExitCode> {
    match (&arguments.network, &arguments.classifier) {
        (Some(Network::Lesions(arguments)), _) => lesions::run(arguments, config),
        (None, Some(arguments)) => classifier(arguments, config),
        (None, None) => anyhow::bail!("no training data; give a folder with --data"),
    }
}

fn classifier(arguments: &ClassifierArguments, config: &Config) -> anyhow::Result<ExitCode> {
    let request = Request {
        data: arguments.data.clone(),
        init: arguments.init.clone(),
        network: resnet::Config::RESNET_50,
        out: arguments.out.clone(),
        recipe: arguments.recipe(),
        cache: config.home.join("cache"),
        compute: config.compute,
        figures_only: arguments.figures_only,
        resume: arguments.resume,
        pause: PAUSE,
    };
    let cancel = Cancel::default();
    stop_when_interrupted(&cancel);
    let bar = ProgressBar::new(0);
    let style = "{msg:10} {wide_bar} {pos}/{len}, {eta} left";
    bar.set_style(ProgressStyle::with_template(style)?);
    let outcome = train(&request, &cancel, |step| show(&bar, step));
    bar.finish_and_clear();
    let outcome = outcome?;
    say!("{}", summary::summary(&outcome).trim_end());
    if let Some(sha256) = &outcome.sha256 {
        say!("Written   {}", arguments.out.display());
        say!("SHA-256   {sha256}");
    }
    Ok(ExitCode::SUCCESS)
}

/// Lets Ctrl-C end the run at its next step, with a message that says how to continue. A second Ctrl-C ends it at once.
fn stop_when_interrupted(cancel: &Cancel) {
    let cancel = cancel.clone();
    // Without a listener Ctrl-C ends the program at once; the last checkpoint remains.
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build();
        let Ok(runtime) = runtime else { return };
        runtime.block_on(async {
            if tokio::signal::ctrl_c().await.is_ok() {
                cancel.cancel();
                if tokio::signal::ctrl_c().await.is_ok() {
                    std::process::exit(130);
                }
            }
        });
    });
}

fn show(bar: &ProgressBar, step: Step) {
    let (name, done, all) = match step {
        Step::Slices { done, all } => ("Slices", done, all),
        Step::Parts { done, all } => ("Folds", done, all),
        Step::Steps { done, all } => ("Training", done, all),
        Step::Epoch(epoch) => {
            let held_out = match epoch.watched {
                Some((loss, auc)) => format!(", held out {loss:.4}, AUC {auc:.4}"),
                None => String::new(),
            };
            bar.println(format!(
                "fold {} member {} epoch {:2}: loss {:.4}{held_out}, {:.0} s",
                epoch.part + 1,
                epoch.member + 1,
                epoch.epoch + 1,
                epoch.training_loss,
                epoch.seconds
            ));
            return;
        }
    };
    if bar.message() != name {
        bar.set_message(name);
        bar.reset();
        // The progress of an earlier process says nothing about the speed of this one.
        bar.set_position(done as u64);
        bar.reset_eta();
    }
    bar.set_length(all as u64);
    bar.set_position(done as u64);
}
