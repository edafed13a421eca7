//! `lunny train`: learns the classifier from labelled slices and writes a weight file.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};

use crate::config::Config;
use crate::model::head::Class;
use crate::model::metadata::Metadata;
use crate::training::session::{Request, Step, train};

/// Learn the classifier from a folder of labelled slices
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Folder of slices with a manifest.csv (columns file, class, case)
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Weight file that the network starts from (safetensors, torchvision's names)
    #[arg(long, value_name = "FILE")]
    init: PathBuf,
    /// Which part of the network stays as it is
    #[arg(long, value_enum, default_value_t = Freeze::Backbone)]
    freeze: Freeze,
    /// Weight file to write; its name without the ending becomes the model's id
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Parts that the cases are cut into; each is held out once
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u8).range(2..=20))]
    folds: u8,
}

/// What is not learnt.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Freeze {
    /// Everything below the last layer.
    Backbone,
}

/// Trains, showing how far it is, and prints what was measured.
pub fn run(arguments: &Arguments, config: &Config) -> anyhow::Result<ExitCode> {
    let Freeze::Backbone = arguments.freeze;
    let request = Request {
        data: arguments.data.clone(),
        init: arguments.init.clone(),
        out: arguments.out.clone(),
        folds: arguments.folds.into(),
        cache: config.home.join("cache"),
        compute: config.compute,
    };
    let bar = ProgressBar::new(0);
    let style = "{msg:10} {wide_bar} {pos}/{len}, {eta} left";
    bar.set_style(ProgressStyle::with_template(style)?);
    let outcome = train(&request, |step| {
        let (name, done, all) = match step {
            Step::Slices { done, all } => ("Slices", done, all),
            Step::Parts { done, all } => ("Folds", done, all),
        };
        if bar.message() != name {
            bar.set_message(name);
            bar.reset();
        }
        bar.set_length(all as u64);
        bar.set_position(done as u64);
    });
    bar.finish_and_clear();
    let outcome = outcome?;
    print!("{}", summary(&outcome.metadata));
    println!("Written   {}", arguments.out.display());
    println!("SHA-256   {}", outcome.sha256);
    Ok(ExitCode::SUCCESS)
}

/// What was learnt from and how it did, for a person.
fn summary(metadata: &Metadata) -> String {
    let Metadata { training, rule, .. } = metadata;
    let held_out = &training.held_out;
    let percent = |share: f64| format!("{:.1} %", 100.0 * share);
    let slices: usize = training.slices.iter().sum();
    let classes = Class::ALL.iter().zip(training.slices);
    let classes: Vec<String> = classes
        .map(|(class, count)| format!("{count} {class}"))
        .collect();
    let [low, high] = held_out.accuracy_interval.map(percent);
    let [auc_low, auc_high] = held_out.auc_interval;
    format!(
        "\
Model     {id}
Slices    {slices} of {cases} cases: {classes}
Measured on whole cases held out, {folds} folds, malignant against the rest:
  accuracy          {accuracy} (95 % interval over cases {low} to {high})
  AUC               {auc:.3} ({auc_low:.3} to {auc_high:.3})
  three classes     {three} right
  Brier score       {brier:.3}, expected calibration error {calibration:.3}
Rule      positive from {threshold:.3}: sensitivity {sensitivity}, specificity {specificity}
          (threshold chosen without the fold: {crossed_sensitivity}, {crossed_specificity})
          indeterminate from {from:.3} to {to:.3}: {indeterminate} of slices
          calibrated where {prevalence} of slices are malignant
",
        id = metadata.id,
        cases = training.cases,
        classes = classes.join(", "),
        folds = training.folds,
        accuracy = percent(held_out.accuracy),
        auc = held_out.auc,
        three = percent(held_out.three_class_accuracy),
        brier = held_out.brier,
        calibration = held_out.calibration_error,
        threshold = rule.threshold,
        sensitivity = percent(rule.sensitivity),
        specificity = percent(rule.specificity),
        crossed_sensitivity = percent(held_out.sensitivity),
        crossed_specificity = percent(held_out.specificity),
        from = rule.indeterminate_from,
        to = rule.indeterminate_to,
        indeterminate = percent(held_out.indeterminate),
        prevalence = percent(rule.prevalence),
    )
}
