//! Application without a terminal: keys in, screens out, requests performed at once.

mod input;
mod on_a_server;
mod work;

use std::collections::VecDeque;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers, MouseEvent, MouseEventKind};
use jiff::{Timestamp, ToSpan, Zoned};
use lunny::cancel::Cancel;
use lunny::clinical::terms;
use lunny::config::{
    ColourChoice, Compute, Config, GraphicsChoice, ReadingChoice, ServeConfig, SymbolsChoice,
};
use lunny::model::fake::FakeEngine;
use lunny::model::{Engine, Loaded, WeightsError};
use lunny::store::{
    Access, AuditQuery, KeySource, Registration, Role as AccountRole, Store, StoreError,
};
use lunny::terminal::Shortcuts;
use lunny::tui::app::{App, Effect, Msg};
use lunny::tui::context::Moment;
use lunny::tui::session::{Capabilities, TerminalEvent};
use lunny::tui::terminal::colour::ColourDepth;
use lunny::tui::terminal::output::SessionBackend;
use lunny::tui::theme::{Role, Theme};
use lunny::tui::widgets::picture::Graphics;
use lunny::tui::worker::{
    Answer, Fault, Job, Queue, Request, Services, Ticket, accounts, analysis, dashboard, records,
};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Size;
use ratatui::style::Color;
use tempfile::TempDir;
use zeroize::Zeroizing;

pub const PASSWORD: &str = "quiet lungs breathe slowly at night";

/// An application with its store, files and clock.
pub struct Stage {
    app: App,
    services: Services,
    /// The database, for changes by other users.
    pub store: Store,
    engine: Option<Arc<dyn Engine>>,
    size: Size,
    since_start: Duration,
    /// The same in milliseconds, for the store.
    store_clock: Arc<AtomicI64>,
    theme: Theme,
    pub folder: TempDir,
    /// Texts that were copied to the clipboard.
    pub copied: Vec<String>,
    pub left: bool,
    /// Requests that are held back while this is on.
    pub hold: bool,
    held: VecDeque<Job>,
    /// Requests that wait for one of their kind to end.
    queue: Queue,
    /// Number of searches for patients that were run.
    pub searches: usize,
    /// Number of those that ended because they were cancelled.
    pub cancelled_searches: usize,
    /// Free space that the system tells.
    pub free_bytes: u64,
    slow_model: bool,
    model_ticket: Option<Ticket>,
}

/// Counts written bytes.
#[derive(Clone, Default)]
struct Wire(Arc<AtomicUsize>);

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.fetch_add(bytes.len(), Ordering::Relaxed);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn start() -> Zoned {
    "2026-03-02T09:30:00+00:00[UTC]".parse().expect("a moment")
}

fn capabilities(graphics: Graphics) -> Capabilities {
    Capabilities {
        colour: ColourDepth::TrueColour,
        shortcuts: Default::default(),
        graphics,
        cell: None,
        reduced_motion: false,
        plain: false,
    }
}

impl Stage {
    /// A fresh home in an otherwise empty folder, and a network that answers this probability.
    pub fn new(columns: u16, rows: u16, malignancy: f64) -> Self {
        Self::with_engine(columns, rows, Some(Arc::new(FakeEngine::new(malignancy))))
    }

    /// As [`Stage::new`], with a network that is not ready before [`Stage::model_arrives`].
    pub fn with_slow_model(columns: u16, rows: u16, malignancy: f64) -> Self {
        let engine: Arc<dyn Engine> = Arc::new(FakeEngine::new(malignancy));
        Self::open(columns, rows, Some(engine), true)
    }

    pub fn with_engine(columns: u16, rows: u16, engine: Option<Arc<dyn Engine>>) -> Self {
        Self::open(columns, rows, engine, false)
    }

    fn open(columns: u16, rows: u16, engine: Option<Arc<dyn Engine>>, slow_model: bool) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("scans")).expect("a folder");
        Self::in_folder(folder, Size::new(columns, rows), engine, slow_model)
    }

    /// Another run of the program on the same home, after the first one ended.
    pub fn reopened(self) -> Self {
        let Self {
            app,
            folder,
            size,
            engine,
            slow_model,
            ..
        } = self;
        drop(app);
        Self::in_folder(folder, size, engine, slow_model)
    }

    fn in_folder(
        folder: TempDir,
        size: Size,
        engine: Option<Arc<dyn Engine>>,
        slow_model: bool,
    ) -> Self {
        let home = folder.path().join("home");
        let scans = folder.path().join("scans");
        let config = Config {
            home: home.clone(),
            model: None,
            lesion_model: None,
            theme: None,
            colour: ColourChoice::Auto,
            graphics: GraphicsChoice::Auto,
            symbols: SymbolsChoice::Auto,
            reduced_motion: false,
            plain: false,
            compute: Compute::default(),
            reading: ReadingChoice::default(),
            key: KeySource::default(),
            lock_after: Duration::from_secs(600),
            open_registration: false,
            work_up_days: 14,
            date_order: None,
            fhir_base: None,
            attachment_mb: 20,
            record_attachments_mb: 200,
            serve: ServeConfig::default(),
        };
        let store_clock = Arc::new(AtomicI64::new(0));
        let milliseconds = Arc::clone(&store_clock);
        let clock = move || -> Timestamp {
            start().timestamp() + milliseconds.load(Ordering::Relaxed).milliseconds()
        };
        let store = Store::open_with_clock(&home, Arc::new(clock)).expect("a store");
        let store = store.at_place("192.0.2.7 (SSH)");
        let theme = Theme::load(Theme::DEFAULT, &home).expect("a theme");
        let capabilities = capabilities(Graphics::Shades);
        let since_start = Duration::ZERO;
        let moment = Moment {
            since_start,
            now: start(),
        };
        let app = App::new(theme.clone(), capabilities, size, moment, home, scans);
        let mut stage = Self {
            app,
            services: Services::with_store(config, store.clone()),
            store,
            engine,
            size,
            since_start,
            store_clock,
            theme,
            folder,
            copied: Vec::new(),
            left: false,
            hold: false,
            held: VecDeque::new(),
            queue: Queue::default(),
            searches: 0,
            cancelled_searches: 0,
            free_bytes: 812_000_000_000,
            slow_model,
            model_ticket: None,
        };
        let effects = stage.app.opening();
        stage.carry_out(effects);
        stage
    }

    pub fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    pub fn scans(&self) -> PathBuf {
        self.folder.path().join("scans")
    }

    fn moment(&self) -> Moment {
        let milliseconds = self.since_start.as_millis() as i64;
        Moment {
            since_start: self.since_start,
            now: start() + milliseconds.milliseconds(),
        }
    }

    fn send(&mut self, message: Msg) {
        let moment = self.moment();
        let effects = self.app.update(message, moment);
        self.carry_out(effects);
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Leave => self.left = true,
                Effect::Copy(text) => self.copied.push(text),
                Effect::Suspend | Effect::Mouse(_) => {}
                Effect::Ask(job) => self.held.extend(self.queue.push(job)),
            }
        }
        if !self.hold {
            self.release();
        }
    }

    /// Performs the held requests in order.
    pub fn release(&mut self) {
        self.hold = false;
        while let Some(job) = self.held.pop_front() {
            let Job {
                ticket,
                request,
                cancel,
            } = job;
            let outcome = match request {
                Request::Analysis(analysis::Request::LoadModel) if self.slow_model => {
                    self.model_ticket = Some(ticket);
                    continue;
                }
                Request::Analysis(analysis::Request::LoadModel) => Ok(self.model()),
                request => self.services.perform_guarded(request, &cancel),
            };
            self.held.extend(self.queue.ended(&ticket));
            let mut answer = match outcome {
                Ok(answer) => answer,
                Err(Fault) => {
                    self.send(Msg::Failed(ticket));
                    continue;
                }
            };
            // The real duration differs from run to run.
            if let Answer::Analysis(analysis::Answer::Classified(timed)) = &mut answer
                && let Ok(analysis) = timed.as_mut()
            {
                analysis.elapsed = Duration::from_millis(310);
            }
            // So does the disk from machine to machine.
            if let Answer::Dashboard(dashboard::Answer::State { free_bytes, .. }) = &mut answer {
                *free_bytes = Some(self.free_bytes);
            }
            if let Answer::Records(records::Answer::Found(found)) = &answer {
                self.searches += 1;
                let is_cancelled = matches!(found, Err(StoreError::Cancelled));
                self.cancelled_searches += usize::from(is_cancelled);
            }
            self.send(Msg::Answered(ticket, Box::new(answer)));
        }
    }

    fn model(&self) -> Answer {
        let loaded = match self.engine.clone() {
            Some(engine) => Ok(Loaded {
                engine,
                remark: None,
            }),
            None => Err(WeightsError::Missing {
                name: "lesions.safetensors",
                looked_in: vec!["/a/b".into()],
                option: "--lesion-model",
            }),
        };
        Answer::Analysis(analysis::Answer::Model(loaded))
    }

    /// Number of held requests, without the regular check of the account.
    pub fn held(&self) -> usize {
        let is_check = |request: &Request| {
            matches!(request, Request::Accounts(accounts::Request::Standing(_)))
        };
        let mut jobs = self.held.iter().map(|job| &job.request);
        jobs.by_ref().filter(|request| !is_check(request)).count()
    }

    /// The network has been loaded.
    pub fn model_arrives(&mut self) {
        let ticket = self.model_ticket.take().expect("the model was asked for");
        self.held.extend(self.queue.ended(&ticket));
        self.send(Msg::Answered(ticket, Box::new(self.model())));
    }

    /// Answers the newest of the held requests first.
    pub fn release_backwards(&mut self) {
        self.held.make_contiguous().reverse();
        self.release();
    }

    pub fn resize(&mut self, columns: u16, rows: u16) -> &mut Self {
        self.size = Size::new(columns, rows);
        self.send(Msg::Terminal(TerminalEvent::Input(Event::Resize(
            columns, rows,
        ))));
        self
    }

    /// The terminal tells how pictures reach it.
    pub fn draws_with(&mut self, graphics: Graphics) -> &mut Self {
        let answer = TerminalEvent::Answered(capabilities(graphics));
        self.send(Msg::Terminal(answer));
        self
    }

    /// The terminal is one of a screen reader.
    pub fn draws_plainly(&mut self) -> &mut Self {
        let plain = Capabilities {
            plain: true,
            ..capabilities(Graphics::None)
        };
        self.send(Msg::Terminal(TerminalEvent::Answered(plain)));
        self
    }

    /// Lets time pass; the application gets a tick when it asked for one.
    pub fn wait(&mut self, time: Duration) -> &mut Self {
        let end = self.since_start + time;
        while let Some(due) = self.app.next_wake().filter(|due| *due <= end) {
            self.pass_to(due.max(self.since_start));
            self.send(Msg::Tick);
        }
        self.pass_to(end);
        self
    }

    /// The process was stopped from the shell, and goes on.
    pub fn resumes(&mut self) -> &mut Self {
        self.send(Msg::Resumed);
        self
    }

    /// The process is stopped for so long: it gets no event.
    pub fn stops_for(&mut self, time: Duration) -> &mut Self {
        self.pass_to(self.since_start + time);
        self
    }

    fn pass_to(&mut self, since_start: Duration) {
        self.since_start = since_start;
        let milliseconds = since_start.as_millis() as i64;
        self.store_clock.store(milliseconds, Ordering::Relaxed);
    }

    /// True if the screen wants to be drawn again without an event.
    pub fn moves(&self) -> bool {
        self.app.next_frame().is_some()
    }

    /// The screen as text, one line a row; then what is selected and where the cursor is.
    pub fn screen(&self) -> String {
        let backend = TestBackend::new(self.size.width, self.size.height);
        let mut terminal = Terminal::new(backend).expect("a terminal in memory");
        terminal
            .draw(|frame| self.app.view(frame))
            .expect("the screen is drawn");
        let Ok(cursor) = terminal.get_cursor_position();
        let buffer = terminal.backend().buffer();
        let selected = self.theme.style(Role::Selection).bg.expect("a colour");
        let mut marked = String::new();
        let mut screen = String::new();
        for row in 0..self.size.height {
            let mut line = String::new();
            for column in 0..self.size.width {
                let cell = &buffer[(column, row)];
                line.push_str(cell.symbol());
                if cell.bg == selected && row > 0 {
                    marked.push_str(cell.symbol());
                }
            }
            screen.push_str(line.trim_end());
            screen.push('\n');
        }
        let marked: Vec<&str> = marked.split_whitespace().collect();
        screen.push_str(&format!("selected: {}\n", marked.join(" ")));
        screen.push_str(&format!("cursor: {}, {}\n", cursor.x, cursor.y));
        // The home is another one each time.
        let home = self.folder.path().to_string_lossy().into_owned();
        screen.replace(&home, "~")
    }

    /// The cells of the screen.
    pub fn buffer(&self) -> Buffer {
        let backend = TestBackend::new(self.size.width, self.size.height);
        let mut terminal = Terminal::new(backend).expect("a terminal in memory");
        terminal
            .draw(|frame| self.app.view(frame))
            .expect("the screen is drawn");
        terminal.backend().buffer().clone()
    }

    /// Colour of the background at the left edge.
    pub fn ground(&self) -> Color {
        self.buffer()[(0, 2)].bg
    }

    /// Number of bytes sent to a terminal for the changes of `act`.
    pub fn bytes_for(&mut self, act: impl FnOnce(&mut Self)) -> usize {
        let wire = Wire::default();
        let xterm = Capabilities {
            shortcuts: Shortcuts {
                fills: true,
                repeats: true,
            },
            ..capabilities(Graphics::Shades)
        };
        let backend = SessionBackend::new(wire.clone(), self.size, &xterm);
        let mut terminal = Terminal::new(backend).expect("a terminal in memory");
        let mut draw = |stage: &Self| {
            terminal
                .draw(|frame| stage.app.view(frame))
                .expect("the screen is drawn");
            wire.0.swap(0, Ordering::Relaxed)
        };
        draw(self);
        act(self);
        draw(self)
    }

    #[track_caller]
    pub fn shows(&mut self, text: &str) -> &mut Self {
        let screen = self.screen();
        assert!(screen.contains(text), "no {text:?} on\n{screen}");
        self
    }

    #[track_caller]
    pub fn hides(&mut self, text: &str) -> &mut Self {
        let screen = self.screen();
        assert!(!screen.contains(text), "{text:?} is on\n{screen}");
        self
    }
}

/// Number of the newest log entries with an action, of at most one page.
pub fn logged(stage: &Stage, action: &str) -> usize {
    let dana = stage.store.sign_in("dana@example.org", PASSWORD);
    let query = AuditQuery {
        action: action.to_owned(),
        ..AuditQuery::default()
    };
    let page = stage.store.audit_entries(&dana.unwrap().access, &query);
    page.unwrap().entries.len()
}

/// Gives a file or a folder the time of its last change.
pub fn changed_at(path: &Path, time: &str) {
    let time: Timestamp = time.parse().expect("a time");
    let file = std::fs::File::open(path).expect("a file");
    file.set_modified(time.into()).expect("the time is set");
}
