//! Plots of figures: a list of marks ([`drawing`]), written as SVG and as PNG.
//!
//! Each plot is one file and one function that returns a [`Drawing`]; [`write_evaluation`] writes all plots of
//! an evaluation. The colours are distinguishable with colour blindness (Okabe and Ito 2008), and no plot
//! relies on colour alone.

pub mod axes;
pub mod confusion;
pub mod drawing;
pub mod froc;
pub mod learning;
pub mod png;
pub mod precision_recall;
pub mod reliability;
pub mod risk_coverage;
pub mod roc;
pub mod svg;

use std::io;
use std::path::{Path, PathBuf};

pub use drawing::Drawing;
pub use learning::{LearningCurve, learning_curves};

use self::png::DrawError;
use super::metrics::{Figures, LabelledScore, Prediction};
use super::weight_file::write_whole;
use crate::clinical::assessment::DecisionRule;
use crate::text::counted;

/// Errors of writing a plot.
#[derive(Debug, thiserror::Error)]
pub enum PlotError {
    #[error("{} could not be written: {reason}; choose another folder with --plots", path.display())]
    Write { path: PathBuf, reason: io::Error },
    #[error("the picture for {} could not be drawn: {reason}", path.display())]
    Draw { path: PathBuf, reason: DrawError },
}

/// Subtitle of every plot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caption {
    /// The network's id.
    pub model: String,
    pub slices: usize,
    pub cases: usize,
    /// True if the cases of the slices are known.
    pub cases_known: bool,
}

impl Caption {
    /// One line: model, slices, cases.
    fn line(&self) -> String {
        let cases = match self.cases_known {
            true => format!(" of {}", counted(self.cases, "case")),
            false => ", cases unknown".into(),
        };
        format!("{} · {}{cases}", self.model, counted(self.slices, "slice"))
    }
}

/// A figure with its interval, "0.983 (0.971 to 0.992)".
fn figure(figure: Option<f64>, interval: Option<[f64; 2]>) -> String {
    let Some(figure) = figure else {
        return "not measured".into();
    };
    match interval {
        Some([low, high]) => format!("{figure:.3} ({low:.3} to {high:.3})"),
        None => format!("{figure:.3}"),
    }
}

/// Data for the plots of an evaluation.
pub struct Evaluation<'a> {
    pub predictions: &'a [Prediction],
    pub figures: &'a Figures,
    pub rule: &'a DecisionRule,
    pub caption: &'a Caption,
}

impl Evaluation<'_> {
    fn labelled_scores(&self) -> Vec<LabelledScore> {
        let labelled_scores = self
            .predictions
            .iter()
            .filter_map(Prediction::labelled_score);
        labelled_scores.collect()
    }

    /// Every plot with its file name without extension.
    pub fn drawings(&self) -> Vec<(&'static str, Drawing)> {
        vec![
            ("confusion", confusion::binary(self)),
            ("confusion-three-classes", confusion::three_classes(self)),
            ("roc", roc::draw(self)),
            ("precision-recall", precision_recall::draw(self)),
            ("reliability", reliability::draw(self)),
            ("risk-coverage", risk_coverage::draw(self)),
        ]
    }
}

/// Creates `folder` if it is missing, and fails unless a file can be written there.
pub fn prepare_folder(folder: &Path) -> Result<(), PlotError> {
    let probe = folder.join(format!(".lunny-{}", std::process::id()));
    let tried = write_whole(&probe, b"").and_then(|()| std::fs::remove_file(&probe));
    tried.map_err(|reason| PlotError::Write {
        path: folder.into(),
        reason,
    })
}

/// Writes all plots of an evaluation into `folder`, each as SVG and as PNG, and returns their paths.
pub fn write_evaluation(folder: &Path, evaluation: &Evaluation) -> Result<Vec<PathBuf>, PlotError> {
    let mut written = Vec::new();
    for (name, drawing) in evaluation.drawings() {
        written.extend(write(&drawing, &folder.join(name))?);
    }
    Ok(written)
}

/// Writes a drawing as `stem.svg` and `stem.png`, each completely or not at all, and returns their paths.
pub fn write(drawing: &Drawing, stem: &Path) -> Result<[PathBuf; 2], PlotError> {
    let with_ending = |ending: &str| {
        let mut path = stem.as_os_str().to_owned();
        path.push(ending);
        PathBuf::from(path)
    };
    let [vector, raster] = [".svg", ".png"].map(with_ending);
    let pixels = png::encode(drawing).map_err(|reason| PlotError::Draw {
        path: raster.clone(),
        reason,
    })?;
    for (path, bytes) in [
        (&vector, svg::write(drawing).into_bytes()),
        (&raster, pixels),
    ] {
        write_whole(path, &bytes).map_err(|reason| PlotError::Write {
            path: path.clone(),
            reason,
        })?;
    }
    Ok([vector, raster])
}

#[cfg(test)]
mod tests;
