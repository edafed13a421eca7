//! `lunny train lesions`: trains the lesion reader on crops around nodules and on whole slices.

use std::path::PathBuf;
use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressStyle};

use super::{count, stop_when_interrupted};
use crate::cli::facts::lesion_facts;
use crate::cli::output::say;
use crate::cli::value::within;
use crate::config::Config;
use crate::model::Cancel;
use crate::model::lesions::recipe::LesionRecipe;
use crate::training::lesions::session::{self, Request, Step};

/// Train the lesion reader on crops around nodules and on whole slices
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Folder of crops (manifest.csv with mean_score, diameter_mm, pixel_spacing_mm), of whole slices (manifest.csv with
    /// patient_class and lesion_on_slice, marks.csv) or of axial slices with pneumonia; may be given several times
    #[arg(long, value_name = "DIR", required = true, num_args = 1..)]
    data: Vec<PathBuf>,
    /// Weight file that the network starts from (safetensors, torchvision's names)
    #[arg(long, value_name = "FILE")]
    init: PathBuf,
    /// Weight file to write; its name without the ending becomes the model's id
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Training steps of each network
    #[arg(long, value_name = "N", default_value_t = LesionRecipe::default().steps, value_parser = count(1, 1_000_000))]
    steps: usize,
    /// Canvases per step, each made of four parts of pictures
    #[arg(long, value_name = "N", default_value_t = LesionRecipe::default().batch, value_parser = count(1, 256))]
    batch: usize,
    /// Highest learning rate of AdamW in the trunk
    #[arg(long, value_name = "X", default_value_t = LesionRecipe::default().learning_rate, value_parser = within(0.0, 1.0))]
    learning_rate: f64,
    /// Highest learning rate of AdamW in the head
    #[arg(long, value_name = "X", default_value_t = LesionRecipe::default().head_learning_rate, value_parser = within(0.0, 1.0))]
    head_learning_rate: f64,
    /// Weight decay: share of a weight, times the learning rate, that a step removes
    #[arg(long, value_name = "X", default_value_t = LesionRecipe::default().weight_decay, value_parser = within(0.0, 10.0))]
    weight_decay: f64,
    /// Number of folds of patients that are held out in turn
    #[arg(long, value_name = "N", default_value_t = LesionRecipe::default().folds, value_parser = count(2, 20))]
    folds: usize,
    /// Number of these folds that are measured, each with a network trained for it; all by default
    #[arg(long, value_name = "N", value_parser = count(1, 20))]
    measured_folds: Option<usize>,
    /// Number of times that the network's own false lesions are searched for and trained on
    #[arg(long, value_name = "N", default_value_t = LesionRecipe::default().mining_rounds, value_parser = count(0, 10))]
    mining_rounds: usize,
    /// Seed of all random numbers: the same seed gives the same weights
    #[arg(long, value_name = "N", default_value_t = LesionRecipe::default().seed)]
    seed: u64,
    /// Continue a run that was stopped
    #[arg(long)]
    resume: bool,
}

/// Trains, showing the progress, and prints the figures.
pub(super) fn run(arguments: &Arguments, config: &Config) -> anyhow::Result<ExitCode> {
    let request = Request {
        data: arguments.data.clone(),
        init: arguments.init.clone(),
        out: arguments.out.clone(),
        recipe: LesionRecipe {
            steps: arguments.steps,
            batch: arguments.batch,
            learning_rate: arguments.learning_rate,
            head_learning_rate: arguments.head_learning_rate,
            weight_decay: arguments.weight_decay,
            folds: arguments.folds,
            mining_rounds: arguments.mining_rounds,
            seed: arguments.seed,
        },
        measured_folds: arguments.measured_folds,
        compute: config.compute,
        resume: arguments.resume,
    };
    let cancel = Cancel::default();
    stop_when_interrupted(&cancel);
    let bar = ProgressBar::new(0);
    bar.set_style(ProgressStyle::with_template(
        "{msg:10} {wide_bar} {pos}/{len}, {eta} left",
    )?);
    bar.set_message("Training");
    let mut first = true;
    let outcome = session::train(&request, &cancel, &mut |step| match step {
        Step::Steps { done, all } => {
            bar.set_length(all as u64);
            bar.set_position(done as u64);
            if std::mem::take(&mut first) {
                bar.reset_eta();
            }
        }
        Step::Report(report) => {
            let line = format!(
                "network {} step {:5}: lesion {:.4} malignancy {:.4} size {:.4}, {:.0} s",
                report.part + 1,
                report.step,
                report.loss.lesion,
                report.loss.malignancy,
                report.loss.size,
                report.seconds
            );
            match bar.is_hidden() {
                true => say!("{line}"),
                false => bar.println(line),
            }
        }
    });
    bar.finish_and_clear();
    let outcome = outcome?;
    say!("{}", lesion_facts(&outcome.metadata).trim_end());
    say!("Written   {}", arguments.out.display());
    say!("SHA-256   {}", outcome.sha256);
    Ok(ExitCode::SUCCESS)
}
