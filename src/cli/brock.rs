//! `lunny brock`: the Brock risk of one nodule.

use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::ValueEnum;
use serde::Serialize;

use super::print;
use super::words::one_of;
use crate::clinical::brock::{BrockError, BrockInputs, BrockRisk, Density};
use crate::clinical::nodule::NoduleType;
use crate::clinical::report::DISCLAIMER;
use crate::clinical::text::shown;
use crate::text::{percent, scrub};

/// Calculate the Brock (PanCan) probability that a nodule is malignant
///
/// After McWilliams et al. 2013, full models. If spiculation is unknown, the model without it is used.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Completed years
    #[arg(long, value_name = "YEARS", allow_negative_numbers = true)]
    age: String,
    /// Sex; the models know these two
    #[arg(long, value_enum)]
    sex: Sex,
    /// Diameter of the nodule
    #[arg(long, value_name = "MM", allow_negative_numbers = true)]
    diameter_mm: String,
    /// Type of the nodule; the models know solid, part-solid and non-solid ones
    #[arg(long = "type", value_name = "TYPE", value_parser = one_of(&NoduleType::ALL, NoduleType::as_str))]
    nodule_type: NoduleType,
    /// Number of nodules on the exam, including this one
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    nodules: String,
    /// Lung cancer in the family
    #[arg(long)]
    family_history: bool,
    /// Emphysema on the scan
    #[arg(long)]
    emphysema: bool,
    /// The nodule lies in an upper lobe
    #[arg(long)]
    upper_lobe: bool,
    /// Spiculation of the margin
    #[arg(long, value_enum, default_value_t = Spiculation::Unknown)]
    spiculation: Spiculation,
    /// Write one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Sex {
    Female,
    Male,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Spiculation {
    Yes,
    No,
    Unknown,
}

/// Object of `--json`. Scripts rely on these names.
#[derive(Debug, Serialize)]
struct Answer {
    probability: f64,
    model: &'static str,
}

/// Computes the risk and prints it.
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let risk = arguments.inputs()?.risk()?;
    if arguments.json {
        return print(&serde_json::to_string(&Answer {
            probability: risk.probability,
            model: risk.model.as_str(),
        })?);
    }
    print(&text(risk))
}

impl Arguments {
    fn inputs(&self) -> anyhow::Result<BrockInputs> {
        Ok(BrockInputs {
            age_years: number("--age", &self.age, BrockError::Age)?,
            female: self.sex == Sex::Female,
            family_history: self.family_history,
            emphysema: self.emphysema,
            diameter_mm: number("--diameter-mm", &self.diameter_mm, BrockError::Diameter)?,
            density: density(self.nodule_type)?,
            upper_lobe: self.upper_lobe,
            nodules: number("--nodules", &self.nodules, BrockError::Nodules)?,
            spiculation: match self.spiculation {
                Spiculation::Yes => Some(true),
                Spiculation::No => Some(false),
                Spiculation::Unknown => None,
            },
        })
    }
}

/// Reads a number; anything else is an error with the message of `range`.
fn number<T: std::str::FromStr>(flag: &str, typed: &str, range: BrockError) -> anyhow::Result<T> {
    let number = typed.trim().parse().ok();
    number.with_context(|| format!("{flag} is “{}”: {range}", shown(&scrub(typed))))
}

fn density(nodule_type: NoduleType) -> anyhow::Result<Density> {
    Ok(match nodule_type {
        NoduleType::Solid => Density::Solid,
        NoduleType::PartSolid => Density::PartSolid,
        NoduleType::NonSolid => Density::NonSolid,
        NoduleType::Juxtapleural | NoduleType::Airway | NoduleType::Cyst => bail!(
            "the Brock models cover solid, part-solid and non-solid nodules, not the type {}",
            nodule_type.as_str()
        ),
    })
}

fn text(risk: BrockRisk) -> String {
    let BrockRisk { probability, model } = risk;
    format!(
        "Malignancy  {}\nModel       {}, McWilliams et al. 2013\n\n{DISCLAIMER}",
        percent(probability),
        model.label()
    )
}
