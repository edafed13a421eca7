//! `lunny lung-rads`: category of one measured nodule.

use std::process::ExitCode;

use anyhow::{anyhow, bail};
use serde::Serialize;

use super::print;
use super::words::one_of;
use crate::clinical::growth::Sizes;
use crate::clinical::lung_rads::{Category, classify, labelled};
use crate::clinical::measurement::{Axes, MeasurementError, Millimetres, sphere_volume_mm3};
use crate::clinical::nodule::{
    AirwayLevel, Calcification, CystWall, Earlier, Nodule, NoduleDraft, NoduleType, Status,
};
use crate::clinical::report::DISCLAIMER;
use crate::clinical::text::shown;
use crate::text::scrub;

/// Categories that a measured nodule can have had at an earlier exam.
const EARLIER_CATEGORIES: [Category; 5] = [
    Category::Two,
    Category::Three,
    Category::FourA,
    Category::FourB,
    Category::FourX,
];

/// Calculate the Lung-RADS v2022 category of a measured nodule
///
/// Lengths are in mm with at most one decimal. The mean of both axes, rounded half up to 0.1 mm, decides. Cases that
/// the rules do not cover give needs-radiologist, with the reason.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Type of the nodule; juxtapleural: solid, smooth, oval, lentiform or triangular
    #[arg(long = "type", value_name = "TYPE", value_parser = one_of(&NoduleType::ALL, NoduleType::as_str))]
    nodule_type: NoduleType,
    /// Long axis; the longer of both is used as the long one
    #[arg(long, value_name = "MM", allow_negative_numbers = true)]
    long_mm: String,
    /// Short axis, at a right angle in the same plane
    #[arg(long, value_name = "MM", allow_negative_numbers = true)]
    short_mm: String,
    /// Long axis of the solid part of a part-solid nodule
    #[arg(long, value_name = "MM", allow_negative_numbers = true)]
    solid_long_mm: Option<String>,
    /// Short axis of that solid part
    #[arg(long, value_name = "MM", allow_negative_numbers = true)]
    solid_short_mm: Option<String>,
    /// Change of the nodule since the previous exam
    ///
    /// stable: no growth at the follow-up that its category requires, six months for a 3 and three for a 4A. growing:
    /// mean diameter up by more than 1.5 mm within 12 months; for a part-solid nodule that of its solid part, for a
    /// cyst that of its chamber. slowly-growing: larger over several exams, but never by so much within 12 months.
    #[arg(long, value_name = "STATUS", value_parser = one_of(&Status::ALL, Status::as_str))]
    status: Status,
    /// Airway that an airway nodule is in
    #[arg(long, value_name = "LEVEL", value_parser = one_of(&AirwayLevel::ALL, AirwayLevel::as_str))]
    airway_level: Option<AirwayLevel>,
    /// Wall of a cyst: thick from 2 mm
    #[arg(long, value_name = "WALL", value_parser = one_of(&CystWall::ALL, CystWall::as_str))]
    cyst_wall: Option<CystWall>,
    /// A cyst with more than one chamber
    #[arg(long)]
    multilocular: bool,
    /// Calcification pattern of the nodule
    #[arg(long, value_name = "PATTERN", default_value = "none", value_parser = one_of(&Calcification::ALL, Calcification::as_str))]
    calcification: Calcification,
    /// The nodule contains fat
    #[arg(long)]
    fat: bool,
    /// A further suspicious feature makes a 3 or 4 a 4X
    ///
    /// Spiculation, enlarged lymph nodes, metastasis, a ground-glass nodule that doubled in a year.
    #[arg(long)]
    suspicious: bool,
    /// The exam shows a significant finding other than lung cancer
    #[arg(long)]
    modifier_s: bool,
    /// Mean diameter at the previous exam, which the status is compared with
    #[arg(long, value_name = "MM", allow_negative_numbers = true)]
    prior_mean_mm: Option<String>,
    /// Mean diameter of the solid part at the previous exam
    #[arg(
        long,
        value_name = "MM",
        allow_negative_numbers = true,
        requires = "prior_mean_mm"
    )]
    prior_solid_mean_mm: Option<String>,
    /// Category at the previous exam; a stable nodule steps down from it
    #[arg(long, value_name = "CATEGORY", requires = "prior_mean_mm", value_parser = one_of(&EARLIER_CATEGORIES, Category::as_str))]
    prior_category: Option<Category>,
    /// Write one JSON object
    #[arg(long)]
    json: bool,
}

/// Object of `--json`. Scripts rely on these names.
#[derive(Debug, Serialize)]
struct Answer {
    category: &'static str,
    modifier: Option<&'static str>,
    management: &'static str,
    mean_diameter_mm: f64,
    rule: String,
}

/// Classifies the nodule and prints its category.
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let nodule = arguments.draft()?.validate()?;
    let verdict = classify(&nodule);
    if arguments.json {
        return print(&serde_json::to_string(&Answer {
            category: verdict.category.as_str(),
            modifier: arguments.modifier_s.then_some("S"),
            management: verdict.category.management(),
            mean_diameter_mm: nodule.mean().as_f64(),
            rule: verdict.rule,
        })?);
    }
    let label = labelled(verdict.category, arguments.modifier_s);
    print(&text(&nodule, &label, verdict.category, &verdict.rule))
}

impl Arguments {
    fn draft(&self) -> anyhow::Result<NoduleDraft> {
        let axes = Axes::new(
            length("--long-mm", &self.long_mm)?,
            length("--short-mm", &self.short_mm)?,
        );
        Ok(NoduleDraft {
            solid_part: self.solid_part()?,
            status: self.status,
            airway_level: self.airway_level,
            cyst_wall: self.cyst_wall,
            multilocular: self.multilocular,
            calcification: self.calcification,
            fat: self.fat,
            suspicious: self.suspicious,
            earlier: self.earlier()?,
            ..NoduleDraft::new(self.nodule_type, axes)
        })
    }

    fn solid_part(&self) -> anyhow::Result<Option<Axes>> {
        match (&self.solid_long_mm, &self.solid_short_mm) {
            (None, None) => Ok(None),
            (Some(long), Some(short)) => Ok(Some(Axes::new(
                length("--solid-long-mm", long)?,
                length("--solid-short-mm", short)?,
            ))),
            _ => bail!("--solid-long-mm and --solid-short-mm must be given together"),
        }
    }

    fn earlier(&self) -> anyhow::Result<Option<Earlier>> {
        let Some(mean) = &self.prior_mean_mm else {
            return Ok(None);
        };
        let solid_mean = self.prior_solid_mean_mm.as_deref();
        let solid_mean = solid_mean.map(|typed| length("--prior-solid-mean-mm", typed));
        let sizes = Sizes {
            mean: length("--prior-mean-mm", mean)?,
            solid_mean: solid_mean.transpose()?,
        };
        Ok(Some(Earlier {
            sizes,
            category: self.prior_category,
        }))
    }
}

/// Reads the length given with `flag`; the error says in one sentence what is wrong with it.
fn length(flag: &str, typed: &str) -> anyhow::Result<Millimetres> {
    typed
        .parse()
        .map_err(|error: MeasurementError| anyhow!("{flag}: “{}” {error}", shown(&scrub(typed))))
}

fn text(nodule: &Nodule, label: &str, category: Category, rule: &str) -> String {
    let mean = |axes: Axes| format!("{} mm ({axes})", axes.mean());
    let basis = match category {
        Category::NeedsRadiologist => "",
        _ => ", measured",
    };
    let mut lines = vec![
        format!("Lung-RADS v2022  {label}{basis}"),
        format!("Management       {}", category.management()),
        format!("Decided by       {rule}"),
        format!("Mean diameter    {}", mean(nodule.axes())),
    ];
    if let Some(solid_part) = nodule.solid_part() {
        lines.push(format!("Solid part       {}", mean(solid_part)));
    }
    let volume = sphere_volume_mm3(nodule.mean());
    lines.push(format!(
        "Volume           {volume:.0} mm³, as a sphere of the mean diameter"
    ));
    lines.push(format!("\n{DISCLAIMER}"));
    lines.join("\n")
}
