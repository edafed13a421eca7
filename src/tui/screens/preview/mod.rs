//! Preview of a record's pages before printing: the same pages as drawn pictures, and their text for terminals that
//! cannot show them well. From here they are printed or saved to a file.
//!
//! At most one page is being drawn at a time; the old picture stays until the new one is ready.

mod draw;
pub(super) mod printers;
mod reading;

use std::sync::Arc;

use ratatui::Frame;
use ratatui::layout::{Rect, Size};

use self::printers::ChoosePrinter;
use super::{Action, Screen, ScreenEvent};
use crate::report::pdf::Paper;
use crate::report::printing::{Delivery, Printers};
use crate::report::record::Extent;
use crate::store::PatientId;
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{Command, Scope};
use crate::tui::reply::Inbox;
use crate::tui::widgets::chrome;
use crate::tui::widgets::picture::Graphics;
use crate::tui::worker::pages::{
    Answer as Done, PagePicture, Pages, PagesError, Request as Work, View, Zoom,
};
use crate::tui::worker::pages_subject::Subject;
use crate::tui::worker::{Answer, Request};

/// Sentence when there is no printer.
const NO_PRINTER: &str = "No printer is set up.";

/// Zoom steps, each a multiple of the width of the space.
const WIDTHS: [f32; 6] = [1.0, 1.4, 2.0, 2.8, 4.0, 5.6];

/// The screen.
pub struct Preview {
    subject: Subject,
    paper: Paper,
    /// Pages that were made last; of an earlier choice while others are being made.
    pages: Option<Result<Arc<Pages>, PagesError>>,
    is_being_made: bool,
    /// From 0.
    page: usize,
    /// `None` before the terminal is known: then the best fit.
    zoom: Option<Zoom>,
    /// Scroll position to the right and down, each in [0, 1].
    scrolled: [f32; 2],
    /// True if the text is shown instead of the page.
    reads: bool,
    /// First visible line of the text.
    line: usize,
    /// Drawn picture, possibly of an earlier view.
    shown: Option<Arc<PagePicture>>,
    /// View that is being drawn.
    awaited: Option<View>,
    failed: Option<(View, PagesError)>,
    /// True while pages are sent to a printer or a file.
    leaves: bool,
    /// The printer that was chosen.
    printer: Inbox<String>,
}

impl Preview {
    /// Preview of the whole record of a patient.
    pub fn of(patient: PatientId) -> Self {
        Self::about(Subject::Record {
            patient,
            extent: Extent::default(),
        })
    }

    /// Preview of pages about a subject.
    pub fn about(subject: Subject) -> Self {
        Self {
            subject,
            paper: Paper::default(),
            pages: None,
            is_being_made: false,
            page: 0,
            zoom: None,
            scrolled: [0.0; 2],
            reads: false,
            line: 0,
            shown: None,
            awaited: None,
            failed: None,
            leaves: false,
            printer: Inbox::default(),
        }
    }

    fn pages(&self) -> Option<&Arc<Pages>> {
        self.pages.as_ref().and_then(|pages| pages.as_ref().ok())
    }

    fn count(&self) -> usize {
        self.pages().map_or(0, |pages| pages.pdf.pages.len())
    }

    fn make(&mut self, context: &Context<'_>) -> Vec<Action> {
        let (Some(access), Some(account)) = (context.access.cloned(), context.account.cloned())
        else {
            return Vec::new();
        };
        self.is_being_made = true;
        vec![work(Work::Make {
            access,
            account: Box::new(account),
            subject: self.subject.clone(),
            paper: self.paper,
        })]
    }

    fn made(
        &mut self,
        pages: Result<Arc<Pages>, PagesError>,
        context: &Context<'_>,
    ) -> Vec<Action> {
        self.is_being_made = false;
        self.pages = Some(pages);
        self.page = self.page.min(self.count().saturating_sub(1));
        self.shown = None;
        self.failed = None;
        self.line = self.line_of_page();
        self.ask(context)
    }

    /// Zoom of pages: the width of the space if letters can be read then, otherwise the whole page.
    fn zoom(&self, context: &Context<'_>) -> Zoom {
        self.zoom.unwrap_or(match is_coarse(context) {
            true => Zoom::WholePage,
            false => Zoom::Width(WIDTHS[0]),
        })
    }

    fn wanted(&self, context: &Context<'_>) -> Option<View> {
        let [picture, _] = self.areas(chrome::body(context.size), context);
        let space = draw::space(picture);
        let is_there = space.width > 0 && space.height > 0 && self.count() > 0;
        is_there.then(|| View {
            page: self.page,
            zoom: self.zoom(context),
            scrolled: self.scrolled,
            space: Size::new(space.width, space.height),
            capabilities: context.capabilities.clone(),
        })
    }

    /// Asks for the wanted picture, unless one is being drawn or this one is ready.
    fn ask(&mut self, context: &Context<'_>) -> Vec<Action> {
        let (Some(view), Some(pages)) = (self.wanted(context), self.pages()) else {
            return Vec::new();
        };
        let is_there = self.shown.as_ref().is_some_and(|shown| shown.view == view);
        let failed = matches!(&self.failed, Some((failed, _)) if *failed == view);
        if self.awaited.is_some() || is_there || failed {
            return Vec::new();
        }
        let pages = Arc::clone(pages);
        self.awaited = Some(view.clone());
        vec![work(Work::Draw { pages, view })]
    }

    fn drawn(
        &mut self,
        picture: Result<Arc<PagePicture>, PagesError>,
        context: &Context<'_>,
    ) -> Vec<Action> {
        let asked = self.awaited.take();
        match picture {
            Ok(picture) => {
                self.failed = None;
                self.shown = Some(picture);
            }
            Err(error) => self.failed = asked.map(|view| (view, error)),
        }
        self.ask(context)
    }

    fn handle(&mut self, command: Command, context: &Context<'_>) -> Vec<Action> {
        match command {
            Command::Back => return vec![Action::Close],
            Command::Print | Command::Save => return self.leave(command, context),
            Command::Paper => {
                self.paper = match self.paper {
                    Paper::A4 => Paper::Letter,
                    Paper::Letter => Paper::A4,
                };
                return self.make(context);
            }
            Command::Exams => return self.other_exams(context),
            Command::Toggle => {
                self.reads = !self.reads;
                self.line = self.line_of_page();
            }
            _ if self.reads => self.read(command, context),
            command => self.turn(command, context),
        }
        self.ask(context)
    }

    /// All exams, then each in turn, then all again.
    fn other_exams(&mut self, context: &Context<'_>) -> Vec<Action> {
        let Some(pages) = self.pages().cloned() else {
            return Vec::new();
        };
        let Subject::Record { extent, .. } = &mut self.subject else {
            let sentence = "These pages are about one exam.";
            return vec![Action::Tell(Notice::warning(sentence))];
        };
        if pages.exams.len() < 2 {
            let sentence = "The record has no other exams.";
            return vec![Action::Tell(Notice::warning(sentence))];
        }
        let next = match &*extent {
            Extent::One(accession) => {
                let place = pages.exams.iter().position(|exam| exam == accession);
                place.map_or(0, |place| place + 1)
            }
            Extent::All | Extent::Newest => 0,
        };
        *extent = match pages.exams.get(next) {
            Some(accession) => Extent::One(accession.clone()),
            None => Extent::All,
        };
        self.page = 0;
        self.scrolled = [0.0; 2];
        self.make(context)
    }

    /// Sends the shown pages to a printer or a file, one request at a time.
    fn leave(&mut self, command: Command, context: &Context<'_>) -> Vec<Action> {
        let Some(access) = context.access.cloned() else {
            return Vec::new();
        };
        if self.leaves || self.is_being_made || self.pages().is_none() {
            return Vec::new();
        }
        self.leaves = true;
        match command {
            Command::Print => vec![work(Work::Printers(access))],
            _ => self.save(context),
        }
    }

    fn save(&mut self, context: &Context<'_>) -> Vec<Action> {
        let (Some(access), Some(pages)) = (context.access.cloned(), self.pages().cloned()) else {
            return Vec::new();
        };
        self.leaves = true;
        vec![work(Work::Save {
            access,
            pages,
            folder: context.home.join("reports"),
        })]
    }

    fn print(&mut self, printer: String, context: &Context<'_>) -> Vec<Action> {
        let (Some(access), Some(pages)) = (context.access.cloned(), self.pages().cloned()) else {
            return Vec::new();
        };
        self.leaves = true;
        vec![work(Work::Print {
            access,
            pages,
            printer,
        })]
    }

    fn choose(
        &mut self,
        printers: Printers,
        proposed: usize,
        context: &Context<'_>,
    ) -> Vec<Action> {
        self.leaves = false;
        match printers.names.as_slice() {
            [] => self.save_instead(NO_PRINTER, context),
            [only] => self.print(only.clone(), context),
            _ => {
                let choose =
                    ChoosePrinter::new(printers, proposed, self.printer.reply(|name| name));
                vec![Action::Open(Box::new(choose))]
            }
        }
    }

    fn save_instead(&mut self, reason: &str, context: &Context<'_>) -> Vec<Action> {
        let mut actions = vec![Action::Tell(Notice::warning(reason))];
        actions.extend(self.save(context));
        actions
    }

    fn answered(&mut self, answer: Done, context: &Context<'_>) -> Vec<Action> {
        match answer {
            Done::Made(pages) => self.made(pages, context),
            Done::Drawn(picture) => self.drawn(picture, context),
            Done::Printers(Ok((printers, proposed))) => self.choose(printers, proposed, context),
            Done::Printers(Err(error)) | Done::Printed(Err(error)) => {
                self.leaves = false;
                vec![Action::Tell(Notice::error(error.to_string()))]
            }
            Done::Printed(Ok(Delivery::NoPrinter)) => self.save_instead(NO_PRINTER, context),
            Done::Printed(Ok(Delivery::Printed { printer })) => {
                self.leaves = false;
                let message = format!("The {} was sent to {printer}.", self.subject.noun());
                vec![Action::Tell(Notice::good(message))]
            }
            Done::Saved(saved) => {
                self.leaves = false;
                vec![Action::Tell(match saved {
                    Ok(path) => Notice::good(format!(
                        "The {} was written to {}.",
                        self.subject.noun(),
                        path.display()
                    )),
                    Err(error) => Notice::error(error.to_string()),
                })]
            }
        }
    }
}

fn work(request: Work) -> Action {
    Action::Ask(Request::Pages(request))
}

/// True if letters of a page cannot be read on this terminal.
fn is_coarse(context: &Context<'_>) -> bool {
    matches!(
        context.capabilities.graphics,
        Graphics::Symbols(_) | Graphics::Shades | Graphics::None
    )
}

impl Screen for Preview {
    fn title(&self) -> &str {
        "Print preview"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Preview]
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Opened => {
                self.reads = draw::opens_as_text(context);
                self.make(context)
            }
            ScreenEvent::Reshaped => self.ask(context),
            ScreenEvent::Answer(Answer::Pages(answer)) => self.answered(answer, context),
            ScreenEvent::Returned => match self.printer.take() {
                Some(printer) => self.print(printer, context),
                None => Vec::new(),
            },
            ScreenEvent::Key(_, Some(command)) => self.handle(command, context),
            _ => Vec::new(),
        }
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        self.draw(frame, area, context);
    }
}
