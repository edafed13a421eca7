//! `lunny statistics`: figures of the screening programme.

use std::process::ExitCode;

use jiff::civil::Date;
use jiff::{ToSpan, Zoned};

use super::print;
use super::sign_in::{SignInArguments, signed_in};
use crate::clinical::date::{self, DateError};
use crate::clinical::lung_rads::Category;
use crate::clinical::programme::Figures;
use crate::config::Config;
use crate::report::statistics::{columns, to_csv, to_json};
use crate::text::percent;

/// Figures of the screening programme: exams by month and category, positive rate, cancers, adherence, delay
///
/// An exam is a day of exams of one patient. The positive rate is that of category 3 and above among 1 to 4X. Adherence is
/// the share of follow-ups with an exam until 30 days behind the date due. The figures name no patient.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The first day; without it, twelve months before the last
    #[arg(long, value_name = "DAY", value_parser = day)]
    from: Option<Date>,
    /// The last day; without it, today
    #[arg(long, value_name = "DAY", value_parser = day)]
    until: Option<Date>,
    /// Write one JSON object
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Write CSV
    #[arg(long)]
    csv: bool,
    #[command(flatten)]
    sign_in: SignInArguments,
}

fn day(text: &str) -> Result<Date, DateError> {
    date::parse(text)
}

/// Prints the figures.
pub fn run(arguments: &Arguments, config: &Config) -> anyhow::Result<ExitCode> {
    let today = Zoned::now().date();
    let until = arguments.until.unwrap_or(today);
    let year_before = until.saturating_sub(1.year()).saturating_add(1.day());
    let span = (arguments.from.unwrap_or(year_before), until);
    if span.1 < span.0 {
        anyhow::bail!("the last day is before the first: give --from and --until in order");
    }
    let figures = signed_in(&arguments.sign_in, config, |store, sign_in| {
        Ok(store.programme_figures(&sign_in.access, span, today)?)
    })?;
    print(&match (arguments.json, arguments.csv) {
        (true, _) => to_json(&figures).to_string(),
        (_, true) => to_csv(&figures).trim_end().to_owned(),
        (false, false) => words(&figures),
    })
}

fn words(figures: &Figures) -> String {
    let rate = |rate: Option<f64>| rate.map_or_else(|| "nothing to count".to_owned(), percent);
    let by_category = columns().map(|category| {
        let name = category.map_or("without a category", Category::label);
        format!("{name}: {}", figures.of(category))
    });
    let adherence = figures.adherence;
    let delay = match figures.median_delay_days {
        Some(days) => format!("{days:+.1} days"),
        None => "nothing to count".to_owned(),
    };
    let lines = [
        format!("From {} to {}", figures.from, figures.until),
        format!("Exams: {}", figures.exams()),
        format!("  {}", by_category.collect::<Vec<_>>().join(", ")),
        format!(
            "Positive rate: {} ({} of {})",
            rate(figures.positive_rate()),
            figures.positive(),
            figures.assessed()
        ),
        format!("Cancers found: {}", figures.cancers),
        format!(
            "Adherence: {} ({} in time, {} late, {} missed; {} ended for a reason)",
            rate(adherence.rate()),
            adherence.in_time,
            adherence.late,
            adherence.missed,
            adherence.ended
        ),
        format!("Median delay: {delay}"),
    ];
    let months = figures.months().into_iter().map(|month| {
        let exams: u64 = columns()
            .map(|category| figures.in_month(month, category))
            .sum();
        format!("  {}  {exams}", month.strftime("%Y-%m"))
    });
    lines
        .into_iter()
        .chain(months)
        .collect::<Vec<_>>()
        .join("\n")
}
