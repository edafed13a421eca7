//! `lunny sample`: a synthetic chest CT for trying the program.

mod folder;
mod nodule_request;
mod truth;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use jiff::ToSpan;
use jiff::civil::Date;
use rayon::prelude::*;

use self::nodule_request::{NoduleRequest, Place};
use self::truth::{ExamTruth, NoduleTruth, Truth, file_name};
use super::print;
use super::value::within;
use crate::imaging::phantom::{CHEST_MM, Exam, Grid, Lobe, Phantom};
use crate::text::scrub;
use crate::whole_file::{self, Readers};

/// Upper limit for the slices of a series.
const MOST_SLICES: u32 = 1000;
/// Distance between slices if the command line gives neither number nor distance: the whole chest.
const USUAL_STEP_MM: f64 = 2.5;
/// Width of the picture if the command line does not give the pixel spacing.
const WIDTH_MM: f64 = 358.4;
const USUAL_NODULES: [&str; 3] = [
    "solid:8:right-upper",
    "part-solid:14/6:left-lower",
    "non-solid:10:right-lower",
];
/// Months between both exams by default: within the twelve months of the Lung-RADS rule for growth.
const USUAL_MONTHS: i64 = 11;

/// Write a synthetic chest CT with nodules of known size, as DICOM
///
/// No person was scanned: the body is computed, and every file says “phantom”. Two exams of the same body are written,
/// each in a folder named by its date; in the later one the first nodule has grown. Places and sizes are in truth.json.
/// The same arguments give the same files.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// New or empty folder; an existing sample is replaced
    folder: PathBuf,
    /// Slices of each exam; over the whole chest unless --step-mm is given too
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST_SLICES)))]
    slices: Option<u32>,
    /// Rows and columns of a slice
    #[arg(long, value_name = "PIXELS", default_value_t = 512, value_parser = clap::value_parser!(u32).range(64..=1024))]
    size: u32,
    /// Distance between pixels; otherwise the whole trunk fits into the slice
    #[arg(long, value_name = "MM", value_parser = within(0.1, 10.0))]
    spacing_mm: Option<f64>,
    /// Distance between slices, which are as thick [default: 2.5, or less with many slices]
    #[arg(long, value_name = "MM", value_parser = within(0.1, 50.0))]
    step_mm: Option<f64>,
    /// Nodule as TYPE:DIAMETER[:PLACE], once for each
    ///
    /// TYPE is solid, part-solid, non-solid, juxtapleural or calcified. DIAMETER is in mm: 8, or 9x7 for long and short
    /// axis, and 14/6 for a part-solid one with its core. PLACE is right-upper, right-middle, right-lower, left-upper,
    /// left-lower, or its centre as x,y,z in mm: x to the left, y to the back, z to the head from the lungs' lower end.
    #[arg(long = "nodule", value_name = "NODULE", conflicts_with = "no_nodules")]
    nodules: Vec<NoduleRequest>,
    /// Write a body without nodules
    #[arg(long)]
    no_nodules: bool,
    /// Seed for the vessels, the place of a nodule in its lobe, and the noise
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// Standard deviation of the noise in Hounsfield units
    #[arg(long, value_name = "HU", default_value_t = crate::imaging::phantom::USUAL_NOISE, value_parser = within(0.0, 200.0))]
    noise_hu: f64,
    /// Date of the first exam
    #[arg(long, value_name = "DATE", default_value = "2025-01-15", value_parser = crate::clinical::date::parse)]
    date: Date,
    /// Date of the later exam [default: 11 months after the first]
    #[arg(long, value_name = "DATE", value_parser = crate::clinical::date::parse)]
    follow_up: Option<Date>,
    /// Write the first exam only
    #[arg(long, conflicts_with_all = ["follow_up", "growth_mm"])]
    no_follow_up: bool,
    /// Growth of the first nodule's mean diameter at the later exam
    #[arg(long, value_name = "MM", default_value_t = 2.0, value_parser = within(0.0, 20.0))]
    growth_mm: f64,
}

/// Writes the sample and prints its contents.
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let grid = arguments.grid()?;
    let later_date = arguments.later_date()?;
    let (phantom, lobes) = arguments.phantom(&grid)?;
    let later = phantom.later(|number, nodule| match number {
        0 => nodule.grown(arguments.growth_mm),
        _ => *nodule,
    });
    let exams = [(Some(arguments.date), &phantom), (later_date, &later)];
    let exams = exams
        .into_iter()
        .filter_map(|(date, phantom)| Some((date?, phantom)));
    let exams: Vec<(Date, &Phantom, Exam)> = exams
        .map(|(date, phantom)| (date, phantom, arguments.exam(date, &grid, phantom)))
        .collect();
    let truth = Truth {
        made_by: truth::MAKER,
        phantom: true,
        seed: arguments.seed,
        patient_id: arguments.patient_id(),
        exams: (exams.iter())
            .map(|(date, phantom, exam)| exam_truth(*date, phantom, exam, &lobes, &grid))
            .collect(),
    };
    folder::clear(&arguments.folder)?;
    // Written first, so that the next run recognises the folder as a sample if this run is interrupted.
    let listed = serde_json::to_string_pretty(&truth)? + "\n";
    write(&arguments.folder.join(truth::FILE_NAME), listed.as_bytes())?;
    let trunk = Phantom::trunk(&grid);
    for ((_, phantom, exam), listed) in exams.iter().zip(&truth.exams) {
        let series = arguments.folder.join(&listed.folder);
        (0..grid.slices).into_par_iter().try_for_each(|slice| {
            let hounsfield = phantom.slice(&grid, &trunk, slice);
            let file = exam.file(&grid, slice, &hounsfield)?;
            write(&series.join(file_name(slice)), &file)
        })?;
    }
    print(&summary(&arguments.folder, &truth))
}

fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    whole_file::write(path, bytes, Readers::Usual).with_context(|| {
        let shown = path.display().to_string();
        format!("cannot write {}", scrub(&shown))
    })
}

impl Arguments {
    fn grid(&self) -> anyhow::Result<Grid> {
        let (slices, step_mm) = match (self.slices, self.step_mm) {
            (Some(slices), Some(step)) => (slices, step),
            (Some(slices), None) => (slices, (CHEST_MM / f64::from(slices)).min(USUAL_STEP_MM)),
            (None, step) => {
                let step = step.unwrap_or(USUAL_STEP_MM);
                ((CHEST_MM / step).floor() as u32, step)
            }
        };
        let height = f64::from(slices - 1) * step_mm;
        if slices > MOST_SLICES {
            bail!("{slices} slices are too many: at most {MOST_SLICES}; give a larger --step-mm");
        }
        if height > CHEST_MM {
            bail!(
                "{slices} slices of {step_mm} mm reach over {height} mm, but the phantom's chest is {CHEST_MM} mm high; \
                 give fewer --slices or a smaller --step-mm"
            );
        }
        // Rounded to the four decimals that the files have.
        let spacing = self.spacing_mm.unwrap_or(WIDTH_MM / f64::from(self.size));
        let exact = |mm: f64| (mm * 1e4).round() / 1e4;
        Ok(Grid::chest(
            self.size,
            exact(spacing),
            slices as usize,
            exact(step_mm),
        ))
    }

    fn later_date(&self) -> anyhow::Result<Option<Date>> {
        if self.no_follow_up {
            return Ok(None);
        }
        let later = match self.follow_up {
            Some(date) => date,
            None => (self.date.checked_add(USUAL_MONTHS.months()))
                .context("no date is 11 months after --date; give --follow-up or --no-follow-up")?,
        };
        if later <= self.date {
            bail!(
                "the later exam of {later} is not after the first of {}",
                self.date
            );
        }
        Ok(Some(later))
    }

    fn patient_id(&self) -> String {
        format!("PHANTOM-{}", self.seed)
    }

    /// Body at the first exam, and the lobe of each of its nodules.
    fn phantom(&self, grid: &Grid) -> anyhow::Result<(Phantom, Vec<Option<Lobe>>)> {
        let usual = USUAL_NODULES.iter().map(|typed| typed.parse());
        let usual: Vec<NoduleRequest> = usual.collect::<Result<_, _>>()?;
        let wanted = match (self.no_nodules, self.nodules.is_empty()) {
            (true, _) => &[][..],
            (false, true) => &usual,
            (false, false) => &self.nodules,
        };
        let mut phantom = Phantom::new(self.seed);
        phantom.noise = self.noise_hu;
        let mut lobes = Vec::new();
        for (number, wanted) in wanted.iter().enumerate() {
            let mut nodule = wanted.nodule;
            // Each is turned by the golden angle from the one before, so that no axis lies along the rows.
            nodule.angle = 0.6 + 2.4 * number as f64;
            lobes.push(match wanted.place {
                Place::At(centre_mm) => {
                    nodule.centre_mm = centre_mm;
                    phantom.put(nodule);
                    None
                }
                Place::In(lobe) => {
                    phantom.put_into(lobe, nodule, grid)?;
                    Some(lobe)
                }
                Place::Anywhere => {
                    let lobes = Lobe::ALL.iter().cycle().skip(number).take(Lobe::ALL.len());
                    let mut tried = lobes.map(|&lobe| (lobe, phantom.put_into(lobe, nodule, grid)));
                    let found = tried.find(|(_, placed)| placed.is_ok()).map(|(lobe, _)| lobe);
                    let Some(lobe) = found else {
                        bail!(
                            "no lobe has room for a nodule of {} mm within the slices; give smaller or fewer nodules, or \
                             more --slices",
                            nodule.mean_mm()
                        );
                    };
                    Some(lobe)
                }
            });
        }
        Ok((phantom, lobes))
    }

    fn exam(&self, date: Date, grid: &Grid, phantom: &Phantom) -> Exam {
        Exam {
            patient_id: self.patient_id(),
            date: date.strftime("%Y%m%d").to_string(),
            // Everything that changes a pixel changes the UIDs.
            identity: format!(
                "seed {} of {date}, {grid:?}, noise {}, {:?}",
                self.seed,
                phantom.noise,
                phantom.nodules()
            ),
            comments: format!(
                "Synthetic phantom with {} nodules, seed {}. No person was scanned.",
                phantom.nodules().len(),
                self.seed
            ),
        }
    }
}

fn exam_truth(
    date: Date,
    phantom: &Phantom,
    exam: &Exam,
    lobes: &[Option<Lobe>],
    grid: &Grid,
) -> ExamTruth {
    let nodules = phantom.nodules().iter().zip(lobes);
    ExamTruth {
        folder: date.to_string(),
        date: date.to_string(),
        study_uid: exam.study_uid(),
        series_uid: exam.series_uid(),
        slices: grid.slices,
        rows: grid.rows,
        columns: grid.columns,
        spacing_mm: grid.spacing_mm,
        step_mm: grid.step_mm,
        nodules: nodules
            .map(|(nodule, lobe)| NoduleTruth::of(nodule, lobe.map(Lobe::as_str), grid))
            .collect(),
    }
}

fn summary(folder: &Path, truth: &Truth) -> String {
    let mut lines = Vec::new();
    for exam in &truth.exams {
        let shown = folder.join(&exam.folder).display().to_string();
        lines.push(format!(
            "{}  {} slices of {} × {}, {} mm apart",
            scrub(&shown),
            exam.slices,
            exam.rows,
            exam.columns,
            exam.step_mm
        ));
        for nodule in &exam.nodules {
            let core =
                (nodule.solid_core_mm).map_or(String::new(), |core| format!(", core {core} mm"));
            lines.push(format!(
                "  {} {} mm{core}{}, slice {}",
                nodule.kind,
                nodule.mean_diameter_mm,
                nodule
                    .lobe
                    .map_or(String::new(), |lobe| format!(", {lobe}")),
                nodule.slice
            ));
        }
    }
    let shown = folder.join(truth::FILE_NAME).display().to_string();
    lines.push(format!(
        "{}  places and sizes of the nodules",
        scrub(&shown)
    ));
    if let Some(exam) = truth.exams.last() {
        let path = folder.join(&exam.folder);
        let shown = path.display().to_string();
        lines.push(format!("\nNext: lunny analyze '{}'", scrub(&shown)));
    }
    lines.join("\n")
}
