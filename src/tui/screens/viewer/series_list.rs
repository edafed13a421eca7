//! List of the series in a folder, to choose one.

use std::collections::BTreeSet;
use std::sync::Arc;

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::Line;

use super::Viewer;
use super::facts::day;
use crate::imaging::Series;
use crate::text::{clipped, scrub, shortened};
use crate::tui::analyses::{Change, Input};
use crate::tui::context::Context;
use crate::tui::keymap::{Command, Scope};
use crate::tui::reply::Reply;
use crate::tui::screens::nodule_form::Measured;
use crate::tui::screens::worklist::scan;
use crate::tui::screens::{Action, Screen, ScreenEvent};
use crate::tui::theme::Role;
use crate::tui::widgets::panel;
use crate::tui::widgets::rows::Selection;
use crate::tui::worker::{Answer, worklist};

/// Columns for everything but the description.
const FACTS: u16 = 44;

/// The screen.
pub struct SeriesList {
    series: Vec<Arc<Series>>,
    selection: Selection,
    /// Indices of the series that are selected for analysis in the background.
    marked: BTreeSet<usize>,
    /// Gets what is measured, where a series is chosen to measure.
    measured: Option<Reply<Measured>>,
    /// The selected series whose planned exam was asked for.
    asked: Option<usize>,
    /// The planned exam of the selected series, in a sentence.
    planned: Option<String>,
}

impl SeriesList {
    /// List of the series of a folder.
    pub fn new(series: Vec<Arc<Series>>) -> Self {
        Self {
            series,
            selection: Selection::default(),
            marked: BTreeSet::new(),
            measured: None,
            asked: None,
            planned: None,
        }
    }

    /// The same, to measure a nodule on the chosen series where there is a reply.
    pub fn measuring(mut self, reply: Option<Reply<Measured>>) -> Self {
        self.measured = reply;
        self
    }
}

impl SeriesList {
    /// Asks for the planned exam of the selected series, unless it was asked for.
    fn ask(&mut self, context: &Context<'_>) -> Vec<Action> {
        let here = self.selection.index;
        let Some(series) = self.series.get(here).filter(|_| self.asked != Some(here)) else {
            return Vec::new();
        };
        self.asked = Some(here);
        self.planned = None;
        let identity = &series.identity;
        let ask = scan::ask(&scan::order_of(identity), &identity.patient, context);
        ask.into_iter().collect()
    }

    /// Patient and planned exam of the selected series.
    fn whose(&self) -> Option<String> {
        let series = self.series.get(self.selection.index)?;
        let patient = scan::whose(&series.identity.patient);
        match (patient, &self.planned) {
            (patient, None) => patient,
            (None, Some(planned)) => Some(planned.clone()),
            (Some(patient), Some(planned)) => Some(format!("{patient} · {planned}")),
        }
    }
}

/// Number of slices, size, modality and date of a series, in columns.
fn facts(series: &Series) -> String {
    let (identity, geometry) = (&series.identity, &series.geometry);
    let slices = match series.len() {
        1 => "1 slice".to_owned(),
        count => format!("{count} slices"),
    };
    let size = format!("{} × {}", geometry.rows, geometry.columns);
    let kind = identity.modality.as_deref();
    let kind = kind.unwrap_or(identity.format.label());
    let date = identity.date.as_deref().map(day).unwrap_or_default();
    let facts = format!("{slices:>11}  {size:>11}  {kind:<5} {date:>10}");
    scrub(&facts).into_owned()
}

impl Screen for SeriesList {
    fn title(&self) -> &str {
        "Series"
    }

    fn scopes(&self) -> &'static [Scope] {
        match self.measured {
            Some(_) => &[Scope::Choose],
            None => &[Scope::SeriesList, Scope::Choose],
        }
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        let command = match event {
            ScreenEvent::Opened => return self.ask(context),
            ScreenEvent::Answer(Answer::Worklist(worklist::Answer::ForScan(found))) => {
                let planned = found.ok().flatten();
                self.planned = planned.map(|planned| scan::sentence(&planned));
                return Vec::new();
            }
            ScreenEvent::Key(_, Some(command)) => command,
            _ => return Vec::new(),
        };
        let page = usize::from(context.size.height.saturating_sub(6));
        if self.selection.handle(command, self.series.len(), page) {
            return self.ask(context);
        }
        match (command, self.series.get(self.selection.index)) {
            (Command::Open, Some(series)) if self.measured.is_some() => {
                let viewer = Viewer::new(Arc::clone(series)).measuring(self.measured.take());
                vec![Action::Replace(Box::new(viewer))]
            }
            (Command::Open, Some(_)) if !self.marked.is_empty() => {
                let marked = std::mem::take(&mut self.marked).into_iter();
                let marked = marked.filter_map(|index| self.series.get(index));
                let inputs = marked.map(|series| Input::Series(Arc::clone(series)));
                vec![Action::ChangeAnalyses(Change::Add(inputs.collect()))]
            }
            (Command::Mark, Some(_)) => {
                let here = self.selection.index;
                if !self.marked.remove(&here) {
                    self.marked.insert(here);
                }
                self.selection
                    .handle(Command::Down, self.series.len(), page);
                self.ask(context)
            }
            (Command::MarkAll, _) => {
                self.marked = match self.marked.len() == self.series.len() {
                    true => BTreeSet::new(),
                    false => (0..self.series.len()).collect(),
                };
                Vec::new()
            }
            (Command::Open, Some(series)) => {
                vec![Action::Open(Box::new(Viewer::new(Arc::clone(series))))]
            }
            (Command::Open | Command::Back, _) => vec![Action::Close],
            _ => Vec::new(),
        }
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let title = match self.marked.len() {
            0 => format!("{} series here: choose one", self.series.len()),
            marked => format!("{marked} selected: Enter analyses them in the background"),
        };
        let inner = panel::framed(frame, area, &title, theme, true);
        let whose = self.whose();
        let foot = u16::from(whose.is_some());
        let [list, foot] = panel::stacked(inner, [Constraint::Min(1), Constraint::Length(foot)]);
        if let Some(whose) = whose {
            let whose = clipped(&whose, usize::from(foot.width)).into_owned();
            frame.render_widget(Line::styled(whose, theme.style(Role::Muted)), foot);
        }
        let first = self
            .selection
            .first_in(self.series.len(), list, context.areas);
        let visible = self.series.iter().enumerate().skip(first).zip(list.rows());
        for ((index, series), row) in visible {
            let chosen = index == self.selection.index;
            let role = if chosen { Role::Selection } else { Role::Text };
            frame.buffer_mut().set_style(row, theme.style(role));
            let room = usize::from(row.width.saturating_sub(FACTS));
            let description = series.identity.description.as_deref();
            let description = scrub(description.unwrap_or("no description"));
            let mark = if self.marked.contains(&index) {
                "✓ "
            } else {
                ""
            };
            let description = shortened(&description, room.saturating_sub(mark.len()));
            frame.render_widget(Line::raw(format!("{mark}{description}")), row);
            frame.render_widget(Line::raw(facts(series)).right_aligned(), row);
            if chosen {
                frame.set_cursor_position((row.x, row.y));
            }
        }
    }
}
