//! Saving the texts, after a check of their length and letters.

use super::{Purpose, WordsForm, ask_for};
use crate::clinical::report::{Addendum, ReportWords, template};
use crate::store::StoreError;
use crate::tui::context::{Context, Notice};
use crate::tui::screens::Action;
use crate::tui::worker::reports;

impl WordsForm {
    pub(super) fn save(&mut self, context: &Context<'_>) -> Vec<Action> {
        let Some(access) = context.access.cloned() else {
            return Vec::new();
        };
        if !self.may_change {
            let message = "Radiologists and administrators change the templates.";
            return vec![Action::Tell(Notice::warning(message))];
        }
        if self.kept.is_none() || self.is_saving {
            return Vec::new();
        }
        let checked = match &self.purpose {
            Purpose::Exam { .. } => self.words().check(),
            Purpose::Template(_) => template::check(&self.words()),
            Purpose::Addendum(_) => {
                Addendum::check(&self.words().findings).map(|text| ReportWords {
                    findings: text,
                    ..ReportWords::default()
                })
            }
        };
        let words = match checked {
            Ok(words) => Box::new(words),
            Err(complaint) => return vec![Action::Tell(Notice::error(complaint.to_string()))],
        };
        self.is_saving = true;
        vec![ask_for(match &self.purpose {
            Purpose::Exam { exam, revision, .. } => reports::Request::WriteWords {
                access,
                exam: *exam,
                revision: *revision,
                words,
            },
            Purpose::Template(category) => reports::Request::SetTemplate {
                access,
                category: *category,
                words,
            },
            Purpose::Addendum(report) => reports::Request::AddAddendum {
                access,
                report: *report,
                text: words.findings,
            },
        })]
    }

    pub(super) fn saved(
        &mut self,
        outcome: Result<(), StoreError>,
        done: &str,
        context: &Context<'_>,
    ) -> Vec<Action> {
        self.is_saving = false;
        if let Err(error) = outcome {
            return vec![Action::Tell(Notice::error(error.to_string()))];
        }
        let mut actions = match &mut self.purpose {
            Purpose::Exam { draft, .. } => (**draft).drop(context),
            Purpose::Template(_) => {
                let mut actions = self.ask(context);
                actions.push(Action::Tell(Notice::good(done)));
                return actions;
            }
            Purpose::Addendum(_) => Vec::new(),
        };
        actions.push(Action::Return);
        actions.push(Action::Tell(Notice::good(done)));
        actions
    }
}
