//! The scan before anything is said about it: the picture and the file's facts.

use std::path::PathBuf;
use std::sync::Arc;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span, Text};

use super::analysing::Analysing;
use super::picker::file_size;
use super::{Action, Happening, Returned, Screen};
use crate::imaging::{Pixels, Scan, Window};
use crate::text::{self, scrub};
use crate::tui::context::{Context, ModelStatus, Notice};
use crate::tui::keymap::{Command, Scope};
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::scan_view::ScanView;
use crate::tui::widgets::{chrome, panel};
use crate::tui::worker::{Answer, Request};

/// The screen.
pub struct Preview {
    path: PathBuf,
    scan: Option<Result<Arc<Scan>, String>>,
    view: ScanView,
    /// The user asked for the analysis before the model was there.
    eager: bool,
    /// Why the network did not judge this scan, if it did not.
    refusal: Option<String>,
}

impl Preview {
    pub fn new(path: PathBuf) -> Self {
        Self {
            path,
            scan: None,
            view: ScanView::default(),
            eager: false,
            refusal: None,
        }
    }

    fn analyse(&mut self, context: &Context<'_>) -> Vec<Action> {
        let Some(Ok(scan)) = &self.scan else {
            return Vec::new();
        };
        match context.model {
            ModelStatus::Ready(engine) => {
                self.eager = false;
                self.refusal = None;
                vec![Action::Open(Box::new(Analysing::new(
                    Arc::clone(engine),
                    Arc::clone(scan),
                )))]
            }
            ModelStatus::Loading => {
                self.eager = true;
                Vec::new()
            }
            ModelStatus::Unavailable(sentence) => {
                self.eager = false;
                vec![Action::Tell(Notice::error(sentence.clone()))]
            }
        }
    }

    /// Picture on the left, facts on the right; below 100 columns the facts get what they need.
    fn areas(area: Rect) -> [Rect; 2] {
        let facts = if area.width >= 100 { 46 } else { 36 };
        Layout::horizontal([Constraint::Min(0), Constraint::Length(facts)]).areas(area)
    }

    fn fit(&self, context: &Context<'_>) -> Vec<Action> {
        let [picture, _] = Self::areas(chrome::body(context.size));
        let request = self.view.fit(picture, context);
        request.map(Action::Ask).into_iter().collect()
    }
}

impl Screen for Preview {
    fn title(&self) -> &str {
        "Scan"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Preview]
    }

    fn update(&mut self, happening: Happening<'_>, context: &Context<'_>) -> Vec<Action> {
        match happening {
            Happening::Opened => {
                let Some(access) = context.access else {
                    return vec![Action::Close];
                };
                let path = self.path.clone();
                vec![Action::Ask(Request::LoadScan {
                    path,
                    access: access.clone(),
                })]
            }
            Happening::Answer(Answer::Scan(scan)) => {
                if let Ok(scan) = &scan {
                    self.view.show(Arc::clone(scan));
                }
                self.scan = Some(scan);
                self.fit(context)
            }
            Happening::Answer(Answer::Picture(picture)) => {
                self.view.arrived(picture);
                Vec::new()
            }
            Happening::Reshaped => self.fit(context),
            Happening::ModelSettled if self.eager => self.analyse(context),
            Happening::Returned(Returned::NotJudged(sentence)) => {
                self.refusal = Some(sentence);
                Vec::new()
            }
            Happening::Key(_, Some(Command::Analyse)) => self.analyse(context),
            Happening::Key(_, Some(Command::Back)) => vec![Action::Close],
            _ => Vec::new(),
        }
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let scan = match &self.scan {
            None => {
                panel::remark(frame, area, "Reading the file …", Role::Muted, theme);
                return;
            }
            Some(Err(complaint)) => {
                panel::remark(
                    frame,
                    area,
                    &text::sentence(&scrub(complaint)),
                    Role::Error,
                    theme,
                );
                return;
            }
            Some(Ok(scan)) => scan,
        };
        let [picture, facts] = Self::areas(area);
        self.view.draw(frame, picture, context);
        let inner = panel::framed(frame, facts, "Facts", theme, false);
        let mut lines = facts_of(scan, theme);
        lines.push_line(Line::raw(""));
        let (sentence, role) = match (&self.refusal, self.eager, context.model) {
            (Some(reason), ..) => (
                text::sentence(&format!("not analysed: {reason}")),
                Role::Warning,
            ),
            (None, true, _) => (
                "The model is still loading; the analysis starts by itself.".to_owned(),
                Role::Accent,
            ),
            (None, false, ModelStatus::Unavailable(sentence)) => (sentence.clone(), Role::Warning),
            (None, false, _) => ("Enter starts the analysis.".to_owned(), Role::Accent),
        };
        lines.push_line(Line::styled(
            scrub(&sentence).into_owned(),
            theme.style(role),
        ));
        frame.render_widget(panel::paragraph(lines), inner);
        frame.set_cursor_position((inner.x, inner.y));
    }
}

/// What a file says of itself, a line each.
pub fn facts_of(scan: &Scan, theme: &Theme) -> Text<'static> {
    let origin = &scan.provenance;
    let name = origin
        .path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let mut facts = vec![
        ("File", name),
        ("Format", origin.format.label().to_owned()),
        ("Size", file_size(origin.bytes)),
        ("Pixels", format!("{} × {}", scan.width, scan.height)),
    ];
    facts.push(match scan.spacing_mm {
        Some([row, column]) => ("Spacing", format!("{row:.3} × {column:.3} mm")),
        None => ("Spacing", "not stated in the file".to_owned()),
    });
    facts.push(match &scan.pixels {
        Pixels::Grey(_) => ("Values", "grey levels, as saved".to_owned()),
        Pixels::Hounsfield(_) => {
            let Window {
                centre_hu,
                width_hu,
            } = Window::MODEL;
            ("Window", format!("W {width_hu} C {centre_hu} HU, fixed"))
        }
    });
    if let Some(dicom) = &origin.dicom {
        let stated = [
            ("Modality", Some(dicom.modality.clone())),
            ("Body part", dicom.body_part.clone()),
            ("Series", dicom.series_description.clone()),
            ("Date", dicom.date.clone()),
            (
                "Thickness",
                dicom.slice_thickness_mm.map(|mm| format!("{mm:.2} mm")),
            ),
        ];
        facts.extend(
            stated
                .into_iter()
                .filter_map(|(name, value)| Some((name, value?))),
        );
    }
    let digest: String = origin.sha256.chars().take(16).collect();
    facts.push(("SHA-256", format!("{digest}…")));
    Text::from_iter(facts.into_iter().map(|(name, value)| {
        Line::from(vec![
            Span::styled(format!("{name:<10}"), theme.style(Role::Muted)),
            Span::raw(scrub(&value).into_owned()),
        ])
    }))
}
