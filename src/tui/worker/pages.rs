//! The pages of a record outside the event loop: made, drawn for the screen, printed and saved.

use std::path::PathBuf;
use std::sync::Arc;

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_interpret::TransformExt;
use hayro::hayro_syntax;
use hayro::kurbo::Affine;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::vello_cpu::{Pixmap, RasterizerSettings, RenderContext, Resources, TargetInit};
use hayro::{RenderCache, RenderSettings};
use image::{DynamicImage, RgbImage};
use ratatui::layout::Size;

use super::pages_subject::{Content, Subject};
use crate::report::pdf::{self, Fonts, Paper, Pdf, PdfError};
use crate::report::printing::{self, Delivery, Job, PrintError, Printers};
use crate::report::saving::{self, SaveError};
use crate::report::text::{self, TextPages};
use crate::store::{Access, Account, Disclosure, Store, StoreError};
use crate::tui::session::Capabilities;
use crate::tui::widgets::picture::{Picture, USUAL_CELL};
use crate::tui::widgets::picture_error::PictureError;

/// Columns of the text of a record: it fits beside the frames of the narrowest common terminal.
pub const TEXT_COLUMNS: usize = 74;
/// Most pixels of a side of a drawn page.
const LONGEST_SIDE: f32 = 4096.0;
/// Preference that stores the printer that an account chose last.
const PRINTER: &str = "printer";

/// Pages of a record, ready to be drawn, printed and saved.
pub struct Pages {
    pub pdf: Pdf,
    pub text: TextPages,
    pub paper: Paper,
    /// Accessions of all exams of the record, newest first; empty for pages about something else.
    pub exams: Vec<String>,
    subject: Subject,
    /// First part of the name of a file.
    stem: String,
    file: hayro_syntax::Pdf,
}

impl std::fmt::Debug for Pages {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Pages({})", self.pdf.pages.len())
    }
}

/// Visible part of a page, and its place on the screen.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// From 0.
    pub page: usize,
    pub zoom: Zoom,
    /// Scroll position to the right and down, each in [0, 1].
    pub scrolled: [f32; 2],
    /// Cells.
    pub space: Size,
    pub capabilities: Capabilities,
}

/// Size at which a page is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Zoom {
    WholePage,
    /// This multiple of the width of the space.
    Width(f32),
}

/// A page as the terminal shows it.
#[derive(Debug)]
pub struct PagePicture {
    pub view: View,
    pub picture: Picture,
    /// The share of the page's width and height that is seen.
    pub seen: [f32; 2],
}

/// Work for a background thread.
pub enum Request {
    Make {
        access: Access,
        account: Box<Account>,
        subject: Subject,
        paper: Paper,
    },
    Draw {
        pages: Arc<Pages>,
        view: View,
    },
    /// The printers, and which of them this account chose last.
    Printers(Access),
    Print {
        access: Access,
        pages: Arc<Pages>,
        printer: String,
    },
    Save {
        access: Access,
        pages: Arc<Pages>,
        folder: PathBuf,
    },
}

/// Reason why pages were not made, drawn, printed or saved.
#[derive(Debug, thiserror::Error)]
pub enum PagesError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("that exam is not in the record any more; choose another")]
    NoSuchExam,
    #[error("that version of the report does not exist any more; read the reports again")]
    NoSuchReport,
    #[error(transparent)]
    Pdf(#[from] PdfError),
    #[error("the pages that were made cannot be read back; save the record as text instead")]
    NotReadBack,
    #[error("the record has no page {0}; open the preview again")]
    NoSuchPage(usize),
    #[error("the page could not be drawn; read its text instead, or save it as a file")]
    NotDrawn,
    #[error(transparent)]
    Picture(#[from] PictureError),
    #[error(transparent)]
    Print(#[from] PrintError),
    #[error(transparent)]
    Save(#[from] SaveError),
}

/// Outcome of the work.
pub enum Answer {
    Made(Result<Arc<Pages>, PagesError>),
    Drawn(Result<Arc<PagePicture>, PagesError>),
    /// With the printer that is proposed.
    Printers(Result<(Printers, usize), PagesError>),
    Printed(Result<Delivery, PagesError>),
    Saved(Result<PathBuf, PagesError>),
}

impl Request {
    pub(super) fn is_question(&self) -> bool {
        matches!(
            self,
            Self::Make { .. } | Self::Draw { .. } | Self::Printers(_)
        )
    }
}

/// Does the work. `store` is an error where the database cannot be used.
pub(super) fn perform(store: Result<Store, StoreError>, request: Request) -> Answer {
    let store = store.map_err(PagesError::from);
    match request {
        Request::Make {
            access,
            account,
            subject,
            paper,
        } => {
            let content = subject.content(store, &access, &account);
            let made = content.and_then(|content| make(content, subject, paper));
            Answer::Made(made.map(Arc::new))
        }
        Request::Draw { pages, view } => Answer::Drawn(draw(&pages, view).map(Arc::new)),
        Request::Printers(access) => Answer::Printers(store.and_then(|store| {
            let printers = printing::printers()?;
            // The last choice is a convenience: without it the default is proposed.
            let chosen = store.preference(&access, PRINTER).unwrap_or_default();
            let known = printers.names.iter();
            let chosen = chosen.and_then(|chosen| known.clone().position(|name| *name == chosen));
            let proposed = chosen.or(printers.default).unwrap_or(0);
            Ok((printers, proposed))
        })),
        Request::Print {
            access,
            pages,
            printer,
        } => Answer::Printed(store.and_then(|store| {
            disclose(&store, &access, &pages, Disclosure::Printed)?;
            print(&store, &access, (&pages.pdf.bytes, pages.paper), &printer)
        })),
        Request::Save {
            access,
            pages,
            folder,
        } => Answer::Saved(store.and_then(|store| {
            disclose(&store, &access, &pages, Disclosure::Exported)?;
            let saved = saving::save(&folder, &pages.stem, "pdf", &pages.pdf.bytes);
            Ok(saved?)
        })),
    }
}

fn disclose(
    store: &Store,
    access: &Access,
    pages: &Pages,
    how: Disclosure,
) -> Result<(), PagesError> {
    let entered = pages.subject.disclose(store, access, how);
    Ok(entered?)
}

/// Sends a file to a printer, which is the one to be proposed the next time.
pub(super) fn print(
    store: &Store,
    access: &Access,
    (bytes, paper): (&[u8], Paper),
    printer: &str,
) -> Result<Delivery, PagesError> {
    let job = Job {
        bytes,
        printer: Some(printer),
        media: Some(paper.label()),
    };
    let sent = printing::print(job)?;
    if let Err(error) = store.prefer(access, PRINTER, printer) {
        tracing::warn!(%error, "the printer was not remembered");
    }
    Ok(sent)
}

fn make(content: Content, subject: Subject, paper: Paper) -> Result<Pages, PagesError> {
    let Content {
        document,
        exams,
        stem,
    } = content;
    let pdf = pdf::draw(&document, paper, Fonts::System)?;
    let file = hayro_syntax::Pdf::new(pdf.bytes.clone());
    let file = file.map_err(|_| PagesError::NotReadBack)?;
    Ok(Pages {
        text: text::record(&document, TEXT_COLUMNS),
        pdf,
        paper,
        exams,
        subject,
        stem,
        file,
    })
}

/// Draws the visible part of a page.
fn draw(pages: &Pages, view: View) -> Result<PagePicture, PagesError> {
    let page = pages.file.pages().get(view.page);
    let page = page.ok_or(PagesError::NoSuchPage(view.page + 1))?;
    let (page_width, page_height) = page.render_dimensions();
    let cell = view.capabilities.cell.unwrap_or(USUAL_CELL);
    let side =
        |cells: u16, pixels: u16| (f32::from(cells) * f32::from(pixels)).clamp(1.0, LONGEST_SIDE);
    let (width, height) = (
        side(view.space.width, cell.0),
        side(view.space.height, cell.1),
    );
    let scale = match view.zoom {
        Zoom::WholePage => (width / page_width).min(height / page_height),
        Zoom::Width(times) => width / page_width * times,
    };
    let whole = [page_width * scale, page_height * scale];
    let shown = [whole[0].min(width).max(1.0), whole[1].min(height).max(1.0)];
    let left = (whole[0] - shown[0]) * view.scrolled[0].clamp(0.0, 1.0);
    let top = (whole[1] - shown[1]) * view.scrolled[1].clamp(0.0, 1.0);

    let mut context = RenderContext::new(shown[0] as u16, shown[1] as u16);
    let transform = Affine::translate((-f64::from(left), -f64::from(top)))
        * Affine::scale(f64::from(scale))
        * page.initial_transform(true).to_kurbo();
    hayro::render_into(
        page,
        &RenderCache::new(),
        &InterpreterSettings::default(),
        &RenderSettings::default(),
        &mut context,
        transform,
    );
    context.flush();
    let mut pixels = Pixmap::new(context.width(), context.height());
    let settings = RasterizerSettings {
        target_init: TargetInit::Clear(WHITE),
        ..RasterizerSettings::default()
    };
    context.render_with(&mut pixels, &mut Resources::default(), settings);
    // The background is white, so nothing stays transparent.
    let levels = pixels
        .data()
        .iter()
        .flat_map(|pixel| [pixel.r, pixel.g, pixel.b]);
    let (columns, rows) = (u32::from(pixels.width()), u32::from(pixels.height()));
    let image = RgbImage::from_raw(columns, rows, levels.collect());
    let image = image.ok_or(PagesError::NotDrawn)?;
    let image = DynamicImage::ImageRgb8(image);
    let picture = Picture::of_image(&image, false, &view.capabilities, view.space)?;
    Ok(PagePicture {
        picture,
        seen: [shown[0] / whole[0], shown[1] / whole[1]],
        view,
    })
}
