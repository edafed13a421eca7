//! The answer to an exam in lines, as a new result and a saved exam show it.

use ratatui::text::{Line, Span, Text};

use crate::clinical::assessment::{Classification, Lesion, Reader, TrainingRange};
use crate::clinical::examined::ExaminedSlice;
use crate::clinical::lung_rads::{Category, SuggestedCategory};
use crate::clinical::nodule::ProposedCategory;
use crate::clinical::reading::{MeasuredCategory, Reading};
use crate::report::facts::NO_CERTAINTY;
use crate::report::lesions::Proposed;
use crate::text::{percent, scrub, sentence};
use crate::tui::context::Context;
use crate::tui::theme::{Role, Theme};

/// Width of a label with the space after it, in cells.
pub const NAME: u16 = 12;

/// Width of the probability bar in cells.
const BAR: usize = 30;

/// Most lesions that are listed.
fn listed(detail: Detail) -> usize {
    match detail {
        Detail::Whole => 6,
        Detail::Brief => 2,
        Detail::Least => 1,
    }
}

/// Amount of detail of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// As brief, without the bar and the reader's name.
    Least,
    /// Result only: no figures of the rule, no classes, no model.
    Brief,
    Whole,
}

/// The answer in lines: classification with probability and rule, proposed lesions, model score, model, and the
/// category: the measured one if nodules were measured, otherwise the suggested one, if the model suggests one. Outside
/// what the model has seen: no figure at all. `chosen` is the selected lesion, from 0.
pub fn answer(
    slice: &ExaminedSlice,
    reading: &Reading,
    detail: Detail,
    chosen: Option<usize>,
    context: &Context<'_>,
) -> Text<'static> {
    let facts = Facts {
        theme: context.theme,
    };
    let mut lines = facts.result(slice, detail);
    lines.extend(facts.population(slice, context.prevalence));
    lines.extend(slice.series.iter().flat_map(|series| {
        let decided = format!("{}; {}", series.deciders(), series.coverage());
        let rule = (detail == Detail::Whole).then(|| facts.more(series.rule.clone()));
        [Some(facts.fact("Decided by", decided)), rule]
            .into_iter()
            .flatten()
    }));
    if detail == Detail::Whole {
        lines.extend(facts.threshold(slice));
    }
    lines.extend(facts.lesions(slice, reading, detail, chosen));
    lines.extend(facts.category(slice, reading, detail));
    lines.extend(facts.score(slice));
    if detail != Detail::Least {
        let reader = slice.assessment.reader.label();
        lines.push(facts.fact("Answered by", reader.to_lowercase()));
    }
    if detail == Detail::Whole {
        lines.extend(facts.origin(slice));
    }
    Text::from_iter(lines)
}

/// Lines of labels and values.
struct Facts<'a> {
    theme: &'a Theme,
}

impl Facts<'_> {
    fn name(&self, name: &str) -> Span<'static> {
        Span::styled(
            format!("{name:<0$}", usize::from(NAME)),
            self.theme.style(Role::Muted),
        )
    }

    fn fact(&self, label: &str, value: String) -> Line<'static> {
        Line::from(vec![self.name(label), Span::raw(value)])
    }

    fn more(&self, value: String) -> Line<'static> {
        let value = Span::styled(value, self.theme.style(Role::Muted));
        Line::from(vec![self.name(""), value])
    }

    /// Classification, and probability with its bar; outside, a line that there is none.
    fn result(&self, slice: &ExaminedSlice, detail: Detail) -> Vec<Line<'static>> {
        let assessment = &slice.assessment;
        let style = self.theme.style(Role::from(assessment.classification));
        let label = format!("● {}", assessment.classification.label());
        let mut lines = vec![Line::from(vec![
            self.name("Result"),
            Span::styled(label, style),
        ])];
        let Some(probability) = assessment.malignancy_probability() else {
            lines.push(self.fact("No score", TrainingRange::OUTSIDE.to_owned()));
            return lines;
        };
        lines.push(Line::from(vec![
            self.name("Malignancy"),
            Span::styled(percent(probability), style),
            Span::raw(" calibrated probability"),
        ]));
        if detail == Detail::Least {
            return lines;
        }
        let filled = ((probability * BAR as f64).round() as usize).min(BAR);
        lines.push(Line::from(vec![
            self.name(""),
            Span::styled("━".repeat(filled), style),
            Span::styled("─".repeat(BAR - filled), self.theme.style(Role::Border)),
        ]));
        lines
    }

    /// The probability in the user's population, if its prevalence is set.
    fn population(&self, slice: &ExaminedSlice, prevalence: Option<f64>) -> Option<Line<'static>> {
        let prevalence = prevalence?;
        let probability = slice.assessment.malignancy_at(prevalence)?;
        let words = format!(
            "{} where {} of the people have cancer (your setting)",
            percent(probability),
            percent(prevalence)
        );
        Some(self.fact("Prevalence", words))
    }

    /// The rule and the data it was measured on; empty outside, where it does not hold.
    fn threshold(&self, slice: &ExaminedSlice) -> Vec<Line<'static>> {
        let assessment = &slice.assessment;
        if assessment.is_outside() {
            return Vec::new();
        }
        let rule = &assessment.rule;
        let threshold = format!(
            "{}; {} to {} is indeterminate",
            percent(rule.threshold),
            percent(rule.indeterminate_from),
            percent(rule.indeterminate_to)
        );
        let measured = format!(
            "sensitivity {}, specificity {}",
            percent(rule.sensitivity),
            percent(rule.specificity)
        );
        let on = slice.measured_on().label();
        vec![
            self.fact("Threshold", threshold),
            self.more(measured),
            self.more(format!("measured on held-out {on}")),
        ]
    }

    /// The proposed lesions around the chosen one; empty if the slice classifier answered.
    fn lesions(
        &self,
        slice: &ExaminedSlice,
        reading: &Reading,
        detail: Detail,
        chosen: Option<usize>,
    ) -> Vec<Line<'static>> {
        if slice.assessment.reader == Reader::Slice {
            return Vec::new();
        }
        let lesions = Proposed::of(slice).decided(reading).lines();
        let count = lesions.len();
        let most = listed(detail);
        let heading = match count {
            0 => format!("none {}", Lesion::BASIS),
            count if count > most => format!("{count} {}, {most} shown", Lesion::BASIS),
            count => format!("{count} {}", Lesion::BASIS),
        };
        let last = count.saturating_sub(most);
        let first = chosen
            .map_or(0, |chosen| chosen.saturating_sub(most / 2))
            .min(last);
        let shown = lesions.into_iter().enumerate().skip(first).take(most);
        let shown = shown.map(|(index, lesion)| {
            let sign = if chosen == Some(index) { "▸" } else { " " };
            let role = match chosen == Some(index) {
                true => Role::Heading,
                false => Role::Text,
            };
            let words = format!("{sign}{:>3}  {}", lesion.number, lesion.words());
            Line::from(vec![
                self.name(""),
                Span::styled(words, self.theme.style(role)),
            ])
        });
        [self.fact("Lesions", heading)]
            .into_iter()
            .chain(shown)
            .collect()
    }

    /// The measured category, or the suggested one; empty if neither exists.
    fn category(
        &self,
        slice: &ExaminedSlice,
        reading: &Reading,
        detail: Detail,
    ) -> Vec<Line<'static>> {
        let category = |label: String, basis: String| {
            Line::from(vec![
                self.name("Lung-RADS"),
                Span::styled(label, self.theme.style(Role::Heading)),
                Span::raw(basis),
            ])
        };
        let (line, basis) = match (reading.category(), slice.assessment.suggested_category()) {
            (Some(measured), _) => {
                let basis = match measured.category {
                    Category::NeedsRadiologist => String::new(),
                    _ => format!(" {}", MeasuredCategory::BASIS),
                };
                (category(measured.label(), basis), measured.rule)
            }
            (None, Some(suggested)) => {
                let basis = format!(" {}", SuggestedCategory::BASIS);
                let line = category(suggested.label().to_owned(), basis);
                let band = suggested.band();
                (line, format!("probability {band}; no nodule was measured"))
            }
            (None, None) => {
                let Some(proposed) = ProposedCategory::of(&slice.assessment, &reading.rejected)
                else {
                    return Vec::new();
                };
                let basis = format!(" {}", Lesion::BASIS);
                let line = category(proposed.category.label().to_owned(), basis);
                let rule = proposed.rule;
                (line, format!("lesion {}: {rule}", proposed.lesion + 1))
            }
        };
        let basis = (detail == Detail::Whole).then(|| self.more(basis));
        [Some(line), basis].into_iter().flatten().collect()
    }

    fn score(&self, slice: &ExaminedSlice) -> Option<Line<'static>> {
        let assessment = &slice.assessment;
        let score = percent(assessment.confidence()?);
        let worth = match assessment.classification {
            Classification::Indeterminate => "too close to the threshold",
            Classification::Positive | Classification::Negative => NO_CERTAINTY,
        };
        Some(self.fact("Model score", format!("{score}, {worth}")))
    }

    fn origin(&self, slice: &ExaminedSlice) -> Vec<Line<'static>> {
        let assessment = &slice.assessment;
        let classes = assessment.classes.map(|classes| {
            let words = format!(
                "normal {}, benign {}, malignant {}",
                percent(classes.normal),
                percent(classes.benign),
                percent(classes.malignant)
            );
            self.fact("Classes", words)
        });
        let model = &assessment.model;
        let hash: String = model.sha256.chars().take(16).collect();
        let named = [
            self.fact(
                "Model",
                format!("{}, {}", model.named(), elapsed(slice.elapsed_ms)),
            ),
            self.more(format!("SHA-256 {hash}…")),
        ];
        classes.into_iter().chain(named).collect()
    }
}

/// Warning about the limits of the probability.
pub fn caution(slice: &ExaminedSlice, theme: &Theme) -> Line<'static> {
    let assessment = &slice.assessment;
    if let Some(reason) = assessment.training_range.outside_reason() {
        let sentence = format!(
            "{}: {}. Not a medical device, no diagnosis.",
            sentence(TrainingRange::OUTSIDE).trim_end_matches('.'),
            scrub(reason)
        );
        return Line::styled(sentence, theme.style(Role::Warning));
    }
    if let Some(caution) = slice.series_caution() {
        let sentence = format!("{caution} Not a medical device, no diagnosis.");
        return Line::styled(sentence, theme.style(Role::Muted));
    }
    let sentence = format!(
        "Calibrated where {} of the {} were malignant: it ranks scans, it is not this person's risk. \
         Not a medical device, no diagnosis.",
        percent(assessment.rule.prevalence),
        slice.measured_on().noun()
    );
    Line::styled(sentence, theme.style(Role::Muted))
}

/// Running time in milliseconds, or in seconds where there are several.
fn elapsed(milliseconds: u64) -> String {
    match milliseconds {
        0..1000 => format!("{milliseconds} ms"),
        _ => format!("{:.1} s", milliseconds as f64 / 1000.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_running_times_are_in_seconds() {
        assert_eq!(elapsed(310), "310 ms");
        assert_eq!(elapsed(71_037), "71.0 s");
    }
}
