//! Series viewer: the picture of a slice on the left, details on the right.
//!
//! At most one slice is decoded and painted at a time. Requests made meanwhile are not queued: when the picture
//! arrives, the newest view is requested, and the old picture stays until then.

pub mod calipers;
pub mod cursor;
pub mod facts;
mod keys;
pub mod marks;
pub mod measuring;
pub mod opening;
mod picture;
pub mod position;
pub mod series_list;
mod tags;

use std::sync::Arc;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect, Size};

use self::calipers::Calipers;
use self::cursor::Cursor;
use self::position::Position;
use super::analysing::{Analysing, Unfinished};
use super::nodule_form::Measured;
use super::worklist::scan;
use super::{Action, Screen, ScreenEvent};
use crate::cancel::Cancel;
use crate::clinical::assessment::Lesion;
use crate::imaging::Series;
use crate::imaging::region::SOLID_HU;
use crate::model::series::PartialAnalysis;
use crate::store::PlannedRow;
use crate::tui::context::{Context, ModelStatus, Notice};
use crate::tui::keymap::Scope;
use crate::tui::reply::{Inbox, Reply};
use crate::tui::widgets::frame::{PictureFrame, Place, Shape};
use crate::tui::widgets::picture_error::PictureError;
use crate::tui::widgets::slice::{SlicePicture, Stroke, View};
use crate::tui::widgets::{chrome, frame, lesion_mark, panel, slice};
use crate::tui::worker::{Answer, series, worklist};

/// Number of slices decoded ahead in the direction of travel; one behind.
const AHEAD: isize = 3;

/// Length of the cursor's arms from its middle, in cells.
const CROSS_REACH: f64 = 3.0;

/// The screen.
pub struct Viewer {
    series: Arc<Series>,
    position: Position,
    cursor: Option<Cursor>,
    /// Digits of a slice number typed so far.
    typed: String,
    facts_hidden: bool,
    /// Drawn picture, possibly of an earlier view.
    shown: Option<Arc<SlicePicture>>,
    /// View that is being painted.
    awaited: Option<View>,
    /// Last view that failed, and the reason.
    failed: Option<(View, String)>,
    /// Cancels decoding ahead.
    ahead: Option<Cancel>,
    /// Direction of the last step: 1 to the end of the series, -1 to its start.
    direction: isize,
    /// Analysis that the user asked for before the model was ready.
    eager: Option<Subject>,
    /// Reason why the network did not analyse the slice.
    refusal: Option<String>,
    /// Present while a nodule is measured.
    calipers: Option<Calipers>,
    /// Gets what is measured, where the viewer was opened to measure.
    measured: Option<Reply<Measured>>,
    /// Lowest HU of voxels that belong to a grown region.
    threshold_hu: i16,
    /// Cancels region growing.
    growing: Option<Cancel>,
    /// Lesions that the model proposes, the most suspicious first.
    lesions: Vec<Lesion>,
    /// Selected lesion, from 0.
    lesion: Option<usize>,
    /// Slices analysed before the analysis of the series was stopped.
    so_far: Arc<PartialAnalysis>,
    unfinished: Inbox<Unfinished>,
    /// The planned exam that the scan belongs to, once it is known.
    planned: Option<Box<PlannedRow>>,
}

impl Viewer {
    /// Opens in the middle of the series, where most of the lungs is visible.
    pub fn new(series: Arc<Series>) -> Self {
        let middle = series.len().saturating_sub(1) / 2;
        Self::open_at(series, middle)
    }

    /// Opens at a slice, or at the last one.
    pub fn open_at(series: Arc<Series>, index: usize) -> Self {
        let slice = index.min(series.len().saturating_sub(1));
        Self {
            position: Position::at(slice, shape(&series)),
            series,
            cursor: None,
            typed: String::new(),
            facts_hidden: false,
            shown: None,
            awaited: None,
            failed: None,
            ahead: None,
            direction: 1,
            eager: None,
            refusal: None,
            calipers: None,
            measured: None,
            threshold_hu: SOLID_HU,
            growing: None,
            lesions: Vec::new(),
            lesion: None,
            so_far: Arc::default(),
            unfinished: Inbox::default(),
            planned: None,
        }
    }

    /// Opens at a lesion that the model proposes, with the cursor on it.
    pub fn at_lesion(series: Arc<Series>, lesion: Lesion) -> Self {
        let mut viewer = Self::open_at(series, lesion.slice.saturating_sub(1));
        let place = [lesion.row, lesion.column];
        viewer.cursor = Some(Cursor::at(place, &viewer.series.geometry));
        viewer.position.centre = place;
        viewer.with_lesions(vec![lesion], Some(0))
    }

    /// The same with the proposed lesions circled, and the index of the selected one.
    pub fn with_lesions(mut self, lesions: Vec<Lesion>, lesion: Option<usize>) -> Self {
        self.lesions = lesions;
        self.lesion = lesion;
        self
    }

    /// Picture on the left, details on the right; below 100 columns the details get the width they need.
    fn areas(&self, area: Rect) -> [Rect; 2] {
        let facts = match self.facts_hidden {
            true => 0,
            false if area.width >= 100 => 46,
            false => 36,
        };
        Layout::horizontal([Constraint::Min(0), Constraint::Length(facts)]).areas(area)
    }

    /// Frame of the requested view, if a picture can be drawn.
    fn frame(&self, context: &Context<'_>) -> Option<PictureFrame> {
        let [picture, _] = self.areas(chrome::body(context.size));
        let space = picture::space(picture);
        let space = Size::new(space.width, space.height);
        self.position.frame(shape(&self.series), space, context)
    }

    /// Place in the slice under a cell of the terminal; `None` beside the picture.
    fn place_at(&self, column: u16, row: u16, context: &Context<'_>) -> Option<Place> {
        let [picture, _] = self.areas(chrome::body(context.size));
        let frame = self.shown.as_ref()?.view.frame?;
        let covered = frame.placed(picture::space(picture));
        let inside = covered.contains(ratatui::layout::Position::new(column, row));
        inside.then(|| frame.place(column - covered.x, row - covered.y))
    }

    /// Lines over the picture.
    fn strokes(&self, frame: &PictureFrame) -> Vec<Stroke> {
        let cells = [frame.cells.height, frame.cells.width];
        let reach = [0, 1].map(|axis| {
            let cell = f64::from(frame.extent[axis]) / f64::from(cells[axis]);
            // A cell is about twice as high as it is wide.
            let cells = CROSS_REACH / if axis == 0 { 2.0 } else { 1.0 };
            (cell * cells).max(1.5)
        });
        let axes = self.calipers.iter();
        let axes = axes.flat_map(|calipers| calipers.strokes(self.position.slice));
        let cross = self.cursor.iter();
        let cross = cross.flat_map(|cursor| cursor.strokes(reach));
        axes.chain(cross).collect()
    }

    fn wanted(&self, context: &Context<'_>) -> View {
        let frame = self.frame(context);
        View {
            slice: self.position.slice,
            window: self.position.window,
            inverted: self.position.inverted,
            strokes: frame.iter().flat_map(|frame| self.strokes(frame)).collect(),
            marks: lesion_mark::on_slice(
                &self.lesions,
                self.position.slice,
                self.series.geometry.spacing_mm,
                self.lesion,
            ),
            frame,
            capabilities: context.capabilities.clone(),
        }
    }

    /// Requests the present view, unless another is being painted or this one is ready.
    fn ask(&mut self, context: &Context<'_>) -> Vec<Action> {
        if self.awaited.is_some() {
            return Vec::new();
        }
        let view = self.wanted(context);
        let there = self.shown.as_ref().is_some_and(|shown| shown.view == view);
        let failed = matches!(&self.failed, Some((failed, _)) if *failed == view);
        if there || failed {
            return Vec::new();
        }
        // Decoding ahead for another place is less urgent.
        if self
            .shown
            .as_ref()
            .is_none_or(|shown| shown.view.slice != view.slice)
        {
            self.stop_ahead();
        }
        self.awaited = Some(view.clone());
        vec![Action::ask(series::Request::Slice {
            series: Arc::clone(&self.series),
            view: Box::new(view),
        })]
    }

    fn arrived(
        &mut self,
        picture: Result<Arc<SlicePicture>, PictureError>,
        context: &Context<'_>,
    ) -> Vec<Action> {
        let asked = self.awaited.take();
        match picture {
            Ok(picture) => {
                self.failed = None;
                self.shown = Some(picture);
            }
            Err(error) => {
                let sentence = context.sentence(&error);
                self.failed = asked.map(|view| (view, sentence));
            }
        }
        let mut actions = self.ask(context);
        if actions.is_empty() {
            actions.extend(self.look_ahead());
            actions.extend(self.analyse_now(context));
        }
        actions
    }

    fn stop_ahead(&mut self) {
        if let Some(ahead) = self.ahead.take() {
            ahead.cancel();
        }
    }

    /// Decodes the neighbours while nothing else is running.
    fn look_ahead(&mut self) -> Option<Action> {
        if self.ahead.is_some() || self.series.len() < 2 {
            return None;
        }
        let steps = (1..=AHEAD).chain([-1]).map(|step| step * self.direction);
        let slices = steps.filter_map(|step| self.position.slice.checked_add_signed(step));
        let cancel = Cancel::default();
        self.ahead = Some(cancel.clone());
        let request = series::Request::Prefetch {
            series: Arc::clone(&self.series),
            slices: slices.filter(|slice| *slice < self.series.len()).collect(),
        };
        Some(Action::AskUntil(request.into(), cancel))
    }

    /// Starts the analysis of the whole series, or of the shown slice once it is the requested one.
    fn analyse(&mut self, whole: bool, context: &Context<'_>) -> Vec<Action> {
        if self.failed.is_some() {
            return Vec::new();
        }
        let shown = self.shown.as_ref();
        let shown = shown.filter(|shown| shown.view.slice == self.position.slice);
        let asked = if whole {
            Subject::Series
        } else {
            Subject::Slice
        };
        match (context.model, shown) {
            (ModelStatus::Unavailable(sentence), _) => {
                self.eager = None;
                vec![Action::Tell(Notice::error(sentence.clone()))]
            }
            (ModelStatus::Ready(engine), _) if whole => {
                self.eager = None;
                self.refusal = None;
                let (engine, series) = (Arc::clone(engine), Arc::clone(&self.series));
                vec![Action::Open(Box::new(Analysing::series(
                    engine,
                    series,
                    Arc::clone(&self.so_far),
                    self.unfinished.reply(|unfinished| unfinished),
                )))]
            }
            (ModelStatus::Ready(engine), Some(shown)) => {
                self.eager = None;
                self.refusal = None;
                let (engine, scan) = (Arc::clone(engine), Arc::clone(&shown.scan));
                vec![Action::Open(Box::new(Analysing::slice(
                    engine,
                    scan,
                    self.unfinished.reply(|unfinished| unfinished),
                )))]
            }
            _ => {
                self.eager = Some(asked);
                Vec::new()
            }
        }
    }

    /// Starts the analysis that was asked for before the model was ready.
    fn analyse_now(&mut self, context: &Context<'_>) -> Vec<Action> {
        match self.eager {
            Some(asked) => self.analyse(asked == Subject::Series, context),
            None => Vec::new(),
        }
    }
}

/// Subject of an analysis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Subject {
    Slice,
    Series,
}

/// Shape of a series' slices for the frame of a picture.
fn shape(series: &Series) -> Shape {
    let geometry = &series.geometry;
    Shape {
        rows: geometry.rows,
        columns: geometry.columns,
        pixel: geometry.spacing_mm.unwrap_or([1.0, 1.0]),
    }
}

impl Screen for Viewer {
    fn title(&self) -> &str {
        match self.series.len() {
            1 => "Scan",
            _ => "Series",
        }
    }

    fn scopes(&self) -> &'static [Scope] {
        match self.cursor {
            _ if self.calipers.is_some() => &[Scope::Calipers, Scope::Viewer],
            Some(_) if self.lesions.is_empty() => &[Scope::Cursor, Scope::Viewer],
            Some(_) => &[Scope::Cursor, Scope::Lesions, Scope::Viewer],
            None if self.lesions.is_empty() => &[Scope::Viewer],
            None => &[Scope::Lesions, Scope::Viewer],
        }
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Opened if self.measured.is_some() => {
                let mut actions = self.start_measuring(context);
                actions.extend(self.ask(context));
                actions
            }
            ScreenEvent::Opened => {
                let mut actions = self.ask(context);
                let identity = &self.series.identity;
                let order = scan::order_of(identity);
                actions.extend(scan::ask(&order, &identity.patient, context));
                actions
            }
            ScreenEvent::Answer(Answer::Worklist(worklist::Answer::ForScan(found))) => {
                self.planned = found.ok().flatten();
                Vec::new()
            }
            ScreenEvent::Reshaped => self.ask(context),
            ScreenEvent::Answer(Answer::Series(series::Answer::Slice(picture))) => {
                self.arrived(picture, context)
            }
            ScreenEvent::Answer(Answer::Series(series::Answer::Grown(threshold_hu, region))) => {
                self.grown(threshold_hu, region, context)
            }
            ScreenEvent::Answer(Answer::Series(series::Answer::Prefetched)) => Vec::new(),
            ScreenEvent::ModelSettled => self.analyse_now(context),
            ScreenEvent::Returned => match self.unfinished.take() {
                Some(Unfinished::Stopped(so_far)) => {
                    let (done, of) = (so_far.count(), self.series.len());
                    self.so_far = so_far;
                    let message = format!(
                        "Stopped after {done} of {of} slices; the analysis continues from there."
                    );
                    vec![Action::Tell(Notice::warning(message))]
                }
                Some(Unfinished::Refused(sentence)) => {
                    self.refusal = Some(sentence);
                    Vec::new()
                }
                None => Vec::new(),
            },
            ScreenEvent::Mouse(mouse) => self.point(mouse, context),
            ScreenEvent::Key(key, command) => self.press(key, command, context),
            _ => Vec::new(),
        }
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let [picture, facts] = self.areas(area);
        // Place of the real cursor, for screen readers; the picture may move it.
        let inner = match facts.width {
            0 => picture,
            _ => {
                let inner = panel::framed(frame, facts, "Details", context.theme, false);
                self.draw_facts(frame, inner, context);
                inner
            }
        };
        frame.set_cursor_position((inner.x, inner.y));
        self.draw_picture(frame, picture, context);
    }
}
