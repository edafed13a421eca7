//! `lunny evaluate PATH [--json] [--plots DIR]`: performance of a model on labelled slices.

mod answer;
mod lesions;
mod marked_slices;
mod table;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::anyhow;
use indicatif::{ProgressBar, ProgressStyle};

use super::analyze::{Outcome, analyse_file};
use crate::cancel::Cancel;
use crate::cli::output::{self, caution};
use crate::clinical::assessment::{Assessment, ClassProbabilities, DecisionRule, ModelIdentity};
use crate::config::Config;
use crate::model::head::Class;
use crate::model::{self, Engine, location};
use crate::text::scrub;
use crate::training::evaluation_set::{self, EvaluationSet, Slice};
use crate::training::metrics::{Figures, Prediction};
use crate::training::plots::{self, Caption, Evaluation};

/// Measure the model on labelled slices: figures, intervals, plots
///
/// PATH holds folders named normal, benign and malignant (or a cancer's cell type), in which each folder is a case; or
/// it is, or holds, a manifest.csv with the columns file, class and, if known, case.
///
/// Exits with 0 when every slice was analysed, 2 when some were refused, 1 on an error.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Folder of slices, or a manifest
    #[arg(value_name = "PATH", required_unless_present = "lesions")]
    path: Option<PathBuf>,
    /// Measure the lesion reader instead: a manifest.csv of crops centred on nodules (columns file, patient, nodule,
    /// mean_score, diameter_mm, pixel_spacing_mm), or of whole slices with a marks.csv beside it (columns file, source,
    /// patient, patient_class, lesion_on_slice, evidence)
    #[arg(long, value_name = "MANIFEST", conflicts_with_all = ["path", "ignore_unknown"])]
    lesions: Option<PathBuf>,
    /// With --lesions: measure the answers that a run of `lunny train lesions` kept in this folder, each by a network that
    /// had not seen the patient, instead of the model's
    #[arg(long, value_name = "DIR", requires = "lesions")]
    held_out: Option<PathBuf>,
    /// Write one JSON object
    #[arg(long)]
    json: bool,
    /// Draw confusion matrices, ROC, precision and recall, reliability, risk and coverage, or the free-response ROC of
    /// whole slices, into this folder, each as PNG and SVG
    #[arg(long, value_name = "DIR")]
    plots: Option<PathBuf>,
    /// Ignore slices whose folder or class is none of the three classes
    #[arg(long)]
    ignore_unknown: bool,
}

/// Analyses every slice and prints the figures.
///
/// Refuses what it can before the network runs: a set without slices, a folder for plots that cannot be written.
pub fn run(arguments: &Arguments, config: &Config) -> anyhow::Result<ExitCode> {
    let clean = |error: &dyn std::fmt::Display| anyhow!("{}", scrub(&error.to_string()));
    let path = match (&arguments.lesions, &arguments.path) {
        (Some(manifest), _) => {
            let request = lesions::Request {
                manifest,
                held_out: arguments.held_out.as_deref(),
                json: arguments.json,
                plots: arguments.plots.as_deref(),
            };
            return lesions::run(&request, config);
        }
        (None, Some(path)) => path,
        (None, None) => return Err(anyhow!("give a folder of slices or a manifest")),
    };
    let set = EvaluationSet::read(path, arguments.ignore_unknown).map_err(|error| clean(&error))?;
    if let Some(folder) = &arguments.plots {
        plots::prepare_folder(folder).map_err(|error| clean(&error))?;
    }
    let weights = location::find(config).map_err(|error| clean(&error))?;
    let data_sha256 = &weights.metadata().training.data_sha256;
    let learnt_from = evaluation_set::is_training_set(path, data_sha256);
    drop(weights);
    let loaded = model::load(config).map_err(|error| clean(&error))?;
    if let Some(remark) = &loaded.remark {
        caution!("lunny: {remark}");
    }

    // The bar is drawn on standard error, and only if that is a terminal.
    let bar = ProgressBar::new(set.slices.len() as u64);
    let style = "Slices {wide_bar} {pos}/{len}, {eta} left";
    bar.set_style(ProgressStyle::with_template(style)?);
    let outcomes = Outcomes::all(&set, loaded.engine.as_ref(), || bar.inc(1));
    bar.finish_and_clear();

    let rule = outcomes.rule.unwrap_or(UNKNOWN_RULE);
    let measured = Measured {
        path,
        set: &set,
        learnt_from,
        model: loaded.engine.identity(),
        figures: Figures::measure(&outcomes.predictions, &rule),
        rule,
        plots: None,
        outcomes: &outcomes,
    };
    let measured = Measured {
        plots: (arguments.plots.as_deref())
            .map(|folder| measured.draw(folder))
            .transpose()
            .map_err(|error| clean(&error))?,
        ..measured
    };
    let mut out = output::out();
    let written = match arguments.json {
        true => writeln!(out, "{}", answer::object(&measured)?),
        false => write!(out, "{}", table::text(&measured)),
    };
    match written {
        // A closed pipe is no error: the reader has what it wanted.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        written => written?,
    }
    Ok(ExitCode::from(outcomes.exit_code()))
}

/// Placeholder rule for a set in which no slice was analysed; no figure depends on it.
const UNKNOWN_RULE: DecisionRule = DecisionRule {
    threshold: f64::NAN,
    indeterminate_from: f64::NAN,
    indeterminate_to: f64::NAN,
    sensitivity: f64::NAN,
    specificity: f64::NAN,
    prevalence: f64::NAN,
};

/// Slice that was not analysed, and one sentence that says why.
struct Skipped<'a> {
    slice: &'a Slice,
    reason: String,
}

/// Outcomes of the slices.
#[derive(Default)]
struct Outcomes<'a> {
    predictions: Vec<Prediction>,
    /// Rule that the answers were classified by.
    rule: Option<DecisionRule>,
    refused: Vec<Skipped<'a>>,
    errors: Vec<Skipped<'a>>,
}

impl<'a> Outcomes<'a> {
    /// Analyses every slice of `set` as `lunny analyze` does; `step` is called after each.
    fn all(set: &'a EvaluationSet, engine: &dyn Engine, step: impl Fn()) -> Self {
        let mut outcomes = Self::default();
        for slice in &set.slices {
            match analyse_file(&slice.path, engine, None, &Cancel::default()) {
                Outcome::Analysed { assessment, .. } => {
                    outcomes.rule = Some(assessment.rule);
                    outcomes.predictions.push(prediction(slice, &assessment));
                }
                Outcome::Refused(reason) => outcomes.refused.push(Skipped { slice, reason }),
                Outcome::Error(reason) => outcomes.errors.push(Skipped { slice, reason }),
            }
            step();
        }
        outcomes
    }

    fn exit_code(&self) -> u8 {
        match (self.errors.is_empty(), self.refused.is_empty()) {
            (false, _) => 1,
            (true, false) => 2,
            (true, true) => 0,
        }
    }
}

/// Prediction for the figures, made from the network's answer.
fn prediction(slice: &Slice, assessment: &Assessment) -> Prediction {
    let probabilities = |classes: ClassProbabilities| {
        Class::ALL.map(|class| match class {
            Class::Normal => classes.normal,
            Class::Benign => classes.benign,
            Class::Malignant => classes.malignant,
        })
    };
    Prediction {
        class: slice.class,
        case: slice.case,
        malignancy: assessment.malignancy_probability(),
        classes: assessment.classes.map(probabilities),
    }
}

/// All figures of the output.
struct Measured<'a> {
    path: &'a Path,
    set: &'a EvaluationSet,
    /// True if the model was trained on these very slices.
    learnt_from: bool,
    outcomes: &'a Outcomes<'a>,
    model: &'a ModelIdentity,
    rule: DecisionRule,
    figures: Figures,
    /// Plots that were written; `None` if none were requested.
    plots: Option<Vec<PathBuf>>,
}

impl Measured<'_> {
    fn draw(&self, folder: &Path) -> Result<Vec<PathBuf>, plots::PlotError> {
        let caption = Caption {
            model: scrub(&self.model.id).into_owned(),
            slices: self.figures.n,
            cases: self.figures.cases,
            cases_known: self.set.cases_known,
        };
        let evaluation = Evaluation {
            predictions: &self.outcomes.predictions,
            figures: &self.figures,
            rule: &self.rule,
            caption: &caption,
        };
        plots::write_evaluation(folder, &evaluation)
    }
}

#[cfg(test)]
mod tests;
