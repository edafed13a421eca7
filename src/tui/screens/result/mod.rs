//! Result of a new analysis, and the actions on it.

mod answer_pane;
mod answers;
mod lesions;
mod series_curve;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use jiff::civil::Date;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};

use self::series_curve::SeriesCurve;
use super::confirm::Confirm;
use super::new_patient::{Saved, ToSave};
use super::nodules::Nodules;
use super::patients::Patients;
use super::picker::Picker;
use super::preview::Preview;
use super::viewer::{self, Viewer};
use super::worklist::scan as planned;
use super::{Action, Screen, ScreenEvent, exam};
use crate::clinical::examined::ExaminedSlice;
use crate::clinical::identity::Identity;
use crate::clinical::reading::Reading;
use crate::clinical::report::ReportContent;
use crate::clinical::scanned_study::ScannedStudy;
use crate::imaging::overlay::CAPTION;
use crate::imaging::{Scan, Series};
use crate::report::record::Extent;
use crate::store::{ExamId, PatientId, PatientRecord, PlannedRow, ScanOrder};
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{self, Command, Scope};
use crate::tui::reply::Inbox;
use crate::tui::widgets::picture::Graphics;
use crate::tui::widgets::scan_view::ScanView;
use crate::tui::widgets::{chrome, panel};
use crate::tui::worker::analysis::{ClassifiedSlice, TimedAnalysis};
use crate::tui::worker::pages_subject::{Subject, UnsavedResult};
use crate::tui::worker::{exams, records};

/// Width from which the picture is beside the answer.
const BESIDE: u16 = 76;
/// Least and greatest width of an answer beside a picture: its probability in one line, and all its lines unbroken.
const ANSWER: [u16; 2] = [46, 64];
/// Width of a picture under which the caption of a heat map fits in one line.
const PICTURE: u16 = CAPTION.len() as u16 + 4;

/// State of saving.
enum Keeping {
    Unsaved,
    Saved {
        exam: ExamId,
        patient: PatientId,
        /// The patient's record; `None` while it is being read.
        record: Option<Box<PatientRecord>>,
    },
    Deleted(ExamId, PatientId),
}

impl Keeping {
    /// The patient whose record has the exam.
    fn patient(&self) -> Option<PatientId> {
        match self {
            Self::Saved { patient, .. } => Some(*patient),
            Self::Unsaved | Self::Deleted(..) => None,
        }
    }
}

/// The screen.
pub struct ResultScreen {
    slice: ExaminedSlice,
    /// Identity of the scan's patient, as far as the scan states it.
    patient: Identity,
    /// Patient and study as the scan's files write them, if they state a study.
    study: Option<Box<ScannedStudy>>,
    /// Scan date, if its file states it.
    scanned_on: Option<Date>,
    /// Accession number and day of the scan.
    order: ScanOrder,
    /// The planned exam that the scan belongs to, once it is known.
    planned: Option<Box<PlannedRow>>,
    view: ScanView,
    /// Curve, for a series.
    series_curve: Option<SeriesCurve>,
    /// Selected lesion, from 0.
    lesion: Option<usize>,
    keeping: Keeping,
    /// Command that the user gave when the screen asked to discard the result.
    after_discarding: Option<Command>,
    replies: Inbox<Reply>,
    /// Set when the result is saved: the list of analyses shows it.
    is_saved: Option<Arc<AtomicBool>>,
}

impl ResultScreen {
    /// Result of one slice that is not saved.
    pub fn new(scan: Arc<Scan>, analysed: TimedAnalysis) -> Self {
        let TimedAnalysis { analysis, elapsed } = analysed;
        let mut view = ScanView::default();
        let origin = &scan.provenance;
        let slice = ExaminedSlice {
            source_path: origin.path.clone(),
            source_sha256: origin.sha256.clone(),
            format: origin.format.label().to_owned(),
            width: scan.width,
            height: scan.height,
            assessment: analysis.assessment,
            elapsed_ms: elapsed.as_millis() as u64,
            series: None,
        };
        let dicom = origin.dicom.as_ref();
        let patient = dicom.map(|dicom| dicom.patient.clone());
        let scanned_on = dicom.and_then(|dicom| dicom.date.as_deref());
        let scanned_on = scanned_on.and_then(viewer::measuring::day);
        let order = dicom.map(|dicom| planned::order(&dicom.study, scanned_on));
        let study = dicom.filter(|dicom| dicom.study.is_stated());
        let study = study.map(|dicom| {
            let image = (dicom.sop_instance_uid.as_deref(), 0);
            Box::new(dicom.study.clone().with_images([image]))
        });
        view.show(scan);
        view.explain(Some(analysis.attention));
        Self {
            lesion: (!slice.assessment.lesions.is_empty()).then_some(0),
            slice,
            patient: patient.unwrap_or_default(),
            study,
            scanned_on,
            order: order.unwrap_or_default(),
            planned: None,
            view,
            series_curve: None,
            keeping: Keeping::Unsaved,
            after_discarding: None,
            replies: Inbox::default(),
            is_saved: None,
        }
    }

    /// Result of a whole series.
    pub fn of_series(series: Arc<Series>, exam: ExaminedSlice) -> Self {
        let patient = series.identity.patient.clone();
        let study = series.study().map(Box::new);
        let scanned_on = series.identity.date.as_deref();
        let scanned_on = scanned_on.and_then(viewer::measuring::day);
        let order = planned::order(&series.identity.study, scanned_on);
        let first = exam.assessment.lesions.first();
        let slice = first.map(|lesion| lesion.slice.saturating_sub(1));
        let mut series_curve = exam
            .series
            .as_deref()
            .map(|kept| SeriesCurve::new(series, kept));
        if let (Some(series_curve), Some(slice)) = (&mut series_curve, slice) {
            series_curve.go_to(slice);
        }
        Self {
            patient,
            study,
            scanned_on,
            order,
            planned: None,
            series_curve,
            lesion: first.is_some().then_some(0),
            slice: exam,
            view: ScanView::default(),
            keeping: Keeping::Unsaved,
            after_discarding: None,
            replies: Inbox::default(),
            is_saved: None,
        }
    }

    /// The same, setting a flag when it is saved. Leaving it unsaved loses nothing then: the list of analyses keeps it.
    pub fn noting_saved(mut self, flag: Arc<AtomicBool>) -> Self {
        self.is_saved = Some(flag);
        self
    }

    /// Areas of the result, and of the curve below it for a series.
    fn parts(&self, area: Rect) -> [Rect; 2] {
        let curve = match (&self.series_curve, area.height) {
            (None, _) => 0,
            (Some(_), 32..) => 12,
            (Some(_), 24..) => 9,
            (Some(_), _) => 7,
        };
        panel::stacked(area, [Constraint::Min(0), Constraint::Length(curve)])
    }

    /// Areas of the answer on the left and of the picture beside it. On a narrow screen the heat map takes the place of
    /// the answer.
    fn areas(&self, area: Rect, context: &Context<'_>) -> [Rect; 2] {
        let answer = match context.capabilities.graphics {
            Graphics::None => area.width,
            _ if area.width >= BESIDE => (area.width - PICTURE).clamp(ANSWER[0], ANSWER[1]),
            _ if self.view.wants_attention() => 0,
            _ => area.width,
        };
        Layout::horizontal([Constraint::Length(answer), Constraint::Min(0)]).areas(area)
    }

    fn fit(&mut self, context: &Context<'_>) -> Vec<Action> {
        self.mark();
        let [result, _] = self.parts(chrome::body(context.size));
        let [_, picture] = self.areas(result, context);
        let wants_attention = self.view.wants_attention();
        let slice = self
            .series_curve
            .as_mut()
            .and_then(|series_curve| series_curve.ask(wants_attention, context));
        let picture = self.view.fit(picture, context);
        let slice = slice.map(Action::ask).into_iter();
        slice.chain(picture.map(Action::ask)).collect()
    }

    /// Stores the slice of the curve that was requested.
    fn take_slice(&mut self, classified: ClassifiedSlice, context: &Context<'_>) -> Vec<Action> {
        if let Some(series_curve) = &mut self.series_curve {
            series_curve.arrived();
        }
        match classified.scan {
            Ok(scan) => self.view.show(scan),
            Err(error) => self.view.arrived(Err(error.into())),
        }
        self.view.explain(classified.attention);
        self.fit(context)
    }

    fn toggle_attention(&mut self, context: &Context<'_>) -> Vec<Action> {
        if context.capabilities.graphics == Graphics::None {
            let sentence = "Pictures are turned off, so the heat map cannot be drawn.";
            return vec![Action::Tell(Notice::warning(sentence))];
        }
        self.view.toggle_attention();
        self.fit(context)
    }

    fn report(&self, context: &Context<'_>) -> ReportContent {
        let record = match &self.keeping {
            Keeping::Saved { record, .. } => record.as_deref(),
            Keeping::Unsaved | Keeping::Deleted(..) => None,
        };
        let patient = record.map(|record| &record.patient);
        exam::report(
            context,
            patient,
            context.moment.now.timestamp(),
            &self.slice,
            self.reading(),
        )
    }

    /// Subject of the pages for the printer: the exam in the patient's record, or the result alone.
    fn pages(&self, context: &Context<'_>) -> Subject {
        match &self.keeping {
            Keeping::Saved { exam, patient, .. } => Subject::Record {
                patient: *patient,
                extent: Extent::One(format!("E-{}", exam.0)),
            },
            Keeping::Unsaved | Keeping::Deleted(..) => Subject::Result(Box::new(UnsavedResult {
                content: self.report(context),
                patient: self.patient.clone(),
                shown: self.view.shown(),
            })),
        }
    }

    /// Measurements made since it was saved.
    fn reading(&self) -> Reading {
        let Keeping::Saved {
            exam,
            record: Some(record),
            ..
        } = &self.keeping
        else {
            return Reading::default();
        };
        let kept = record.exams.iter().find(|kept| kept.id == *exam);
        kept.map(|kept| kept.reading.reading()).unwrap_or_default()
    }

    /// Reads the record again, if there is one.
    fn read_again(&self, context: &Context<'_>) -> Vec<Action> {
        match (&self.keeping, context.access.cloned()) {
            (
                Keeping::Saved {
                    record: Some(record),
                    ..
                },
                Some(access),
            ) => {
                let patient = record.id;
                vec![Action::ask(records::Request::Open { access, patient })]
            }
            _ => Vec::new(),
        }
    }

    /// Asks for the planned exam of the scan.
    fn ask_plan(&self, context: &Context<'_>) -> Option<Action> {
        planned::ask(&self.order, &self.patient, context)
    }

    /// Performs `command`, asking first if the result would be lost.
    fn go(&mut self, command: Command) -> Vec<Action> {
        if matches!(self.keeping, Keeping::Unsaved) && self.is_saved.is_none() {
            self.after_discarding = Some(command);
            return vec![Action::Open(Box::new(Confirm::new(
                "Discard result",
                "This result is not saved. Discard it? The scan file stays.",
                "Discard",
                self.replies.reply(|()| Reply::Discard),
            )))];
        }
        Self::gone(command)
    }

    fn gone(command: Command) -> Vec<Action> {
        match command {
            Command::Analyse => vec![Action::Home(Some(Box::new(Picker::default())))],
            _ => vec![Action::Close],
        }
    }

    /// Moves along the curve, if there is one.
    fn go_along(&mut self, command: Command, context: &Context<'_>) -> Option<Vec<Action>> {
        let (series_curve, exam) = (self.series_curve.as_mut()?, self.slice.series.as_deref()?);
        if command == Command::Open {
            let viewer =
                Viewer::open_at(Arc::clone(series_curve.series()), series_curve.selected())
                    .with_lesions(self.slice.assessment.lesions.clone(), self.lesion);
            return Some(vec![Action::Open(Box::new(viewer))]);
        }
        series_curve.go(command, exam).then(|| self.fit(context))
    }

    fn handle(&mut self, command: Command, context: &Context<'_>) -> Vec<Action> {
        if let Some(actions) = self.go_along(command, context) {
            return actions;
        }
        match (command, &self.keeping) {
            (Command::NextLesion | Command::PreviousLesion, _) => {
                self.go_to_lesion(command, context)
            }
            (Command::Save, Keeping::Saved { .. }) => {
                vec![Action::Tell(Notice::good("This result is already saved."))]
            }
            (Command::Save, _) => {
                let result = ToSave {
                    exam: self.slice.clone(),
                    shown: self.view.shown(),
                    patient: self.patient.clone(),
                    study: self.study.clone(),
                    scanned_on: self.scanned_on,
                    order: self.order.clone(),
                    planned: self.planned.clone(),
                };
                vec![Action::Open(Box::new(Patients::save(
                    result,
                    self.replies.reply(Reply::Saved),
                )))]
            }
            (Command::Print, _) => {
                let pages = Preview::about(self.pages(context));
                vec![Action::Open(Box::new(pages))]
            }
            (Command::Share, _) => {
                exam::share(&self.report(context), self.keeping.patient(), context)
            }
            (Command::Delete, Keeping::Saved { .. }) => {
                vec![Action::Open(Box::new(Confirm::new(
                    "Delete exam",
                    "Delete this exam with its probability and category from the patient's record? The patient and \
                     the scan file stay. You can undo it until you leave this screen.",
                    "Delete",
                    self.replies.reply(|()| Reply::Delete),
                )))]
            }
            (Command::Delete, Keeping::Unsaved) => self.go(Command::Back),
            (Command::Delete, Keeping::Deleted(..)) => {
                let sentence = "The exam is already deleted; press {undo} to undo.";
                vec![Action::Tell(Notice::warning(worded(sentence)))]
            }
            (Command::Undo, Keeping::Deleted(exam, _)) => match context.access {
                Some(access) => vec![Action::ask(exams::Request::Restore {
                    access: access.clone(),
                    exam: *exam,
                })],
                None => Vec::new(),
            },
            (Command::Undo, _) => vec![Action::Tell(Notice::warning("Nothing to undo."))],
            (Command::Nodules, Keeping::Saved { exam, .. }) => {
                vec![Action::Open(Box::new(Nodules::new(
                    *exam,
                    self.slice.source_path.clone(),
                )))]
            }
            (Command::Nodules, _) => {
                let sentence = "Nodules belong to a saved exam; press {save} to save this one.";
                vec![Action::Tell(Notice::warning(worded(sentence)))]
            }
            (Command::Attention, _) => self.toggle_attention(context),
            (Command::Analyse | Command::Back, _) => self.go(command),
            _ => Vec::new(),
        }
    }
}

/// Answers of the screens over the result.
enum Reply {
    Saved(Saved),
    /// The result is discarded.
    Discard,
    /// The saved exam is deleted.
    Delete,
}

/// A sentence with the keys of this screen.
fn worded(sentence: &str) -> String {
    keymap::worded(&[Scope::Result], sentence)
}

impl Screen for ResultScreen {
    fn title(&self) -> &str {
        "Result"
    }

    fn scopes(&self) -> &'static [Scope] {
        // On a single slice the only lesion is visible already.
        let is_elsewhere = self.series_curve.is_some() || self.slice.assessment.lesions.len() > 1;
        match (&self.series_curve, self.lesion.filter(|_| is_elsewhere)) {
            (Some(_), Some(_)) => &[Scope::Lesions, Scope::SeriesCurve, Scope::Result],
            (Some(_), None) => &[Scope::SeriesCurve, Scope::Result],
            (None, Some(_)) => &[Scope::Lesions, Scope::Result],
            (None, None) => &[Scope::Result],
        }
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Opened => {
                let mut actions = self.fit(context);
                actions.extend(self.ask_plan(context));
                actions
            }
            ScreenEvent::Reshaped => self.fit(context),
            ScreenEvent::Key(_, Some(command)) => self.handle(command, context),
            ScreenEvent::Returned => self.returned(context),
            ScreenEvent::Answer(answer) => self.answered(answer, context),
            _ => Vec::new(),
        }
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let [area, curve] = self.parts(area);
        let [answer, picture] = self.areas(area, context);
        if let (Some(series_curve), Some(exam)) = (&self.series_curve, &self.slice.series) {
            series_curve.draw(frame, curve, exam, &self.slice.assessment, context);
        }
        if answer.width > 0 {
            self.draw_answer(frame, answer, context);
        } else {
            frame.set_cursor_position((picture.x, picture.y));
        }
        if picture.width >= 16 {
            self.view.draw(frame, picture, context);
        }
    }
}
