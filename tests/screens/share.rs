//! Export of copies, from the choice of formats to the list of written files.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::Timestamp;
use lunny::cancel::Cancel;
use lunny::clinical::patient::Patient;
use lunny::config::{
    ColourChoice, Compute, Config, GraphicsChoice, ReadingChoice, ServeConfig, SymbolsChoice,
};
use lunny::store::{KeySource, PatientChoice, PatientId, Registration, SignIn, Store};
use lunny::tui::analyses::Analyses;
use lunny::tui::areas::Areas;
use lunny::tui::context::{Context, ModelStatus, Moment, Notice};
use lunny::tui::files::Files;
use lunny::tui::keymap;
use lunny::tui::screens::share::Share;
use lunny::tui::screens::{Action, Screen, ScreenEvent};
use lunny::tui::session::Capabilities;
use lunny::tui::terminal::colour::ColourDepth;
use lunny::tui::theme::Theme;
use lunny::tui::widgets::chrome;
use lunny::tui::widgets::picture::Graphics;
use lunny::tui::worker::{Request, Services};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Size;
use tempfile::TempDir;
use zeroize::Zeroizing;

use super::made_up;
use super::stage::PASSWORD;

/// The screen by itself, with a store.
struct Alone {
    screen: Share,
    services: Services,
    sign_in: SignIn,
    patients: Vec<PatientId>,
    folder: TempDir,
    home: PathBuf,
    theme: Theme,
    size: Size,
    notice: Option<Notice>,
    copied: Vec<String>,
    closed: bool,
    /// Requests that are held back while this is on.
    held: Option<Vec<(Request, Cancel)>>,
}

impl Alone {
    fn new(columns: u16, rows: u16, names: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("home");
        let clock = || Timestamp::constant(1_700_000_000, 0);
        let store = Store::open_with_clock(&home, Arc::new(clock)).unwrap();
        let registration = Registration {
            hospital: "St. Example Hospital".into(),
            admin_id: "A-17".into(),
            full_name: "Dana Ruiz".into(),
            email: "dana@example.org".into(),
            password: Zeroizing::new(PASSWORD.into()),
        };
        store.register(&registration).unwrap();
        let sign_in = store.sign_in("dana@example.org", PASSWORD).unwrap();
        let version = lunny::clinical::terms::VERSION;
        store.accept_terms(&sign_in.access, version).unwrap();
        let save = |(number, name): (usize, &&str)| {
            let patient = Patient {
                number: format!("P-{number}"),
                full_name: (*name).to_owned(),
                date_of_birth: None,
                sex: None,
                notes: String::new(),
                details: Default::default(),
            };
            let exam = made_up::exam(name, 0.9);
            let choice = PatientChoice::New(patient);
            store
                .save_exam(&sign_in.access, &choice, &exam)
                .unwrap()
                .patient
        };
        let patients: Vec<PatientId> = (1..).zip(names).map(save).collect();
        let theme = Theme::load(Theme::DEFAULT, &home).unwrap();
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
            lock_after: std::time::Duration::from_secs(600),
            open_registration: false,
            work_up_days: 14,
            date_order: None,
            fhir_base: None,
            attachment_mb: 20,
            record_attachments_mb: 200,
            serve: ServeConfig::default(),
        };
        let mut alone = Self {
            screen: Share::of(patients.clone()),
            services: Services::with_store(config, store),
            sign_in,
            patients,
            folder,
            home,
            theme,
            size: Size::new(columns, rows),
            notice: None,
            copied: Vec::new(),
            closed: false,
            held: None,
        };
        alone.happen(ScreenEvent::Opened);
        alone
    }

    /// The same account exports again.
    fn again(&mut self) {
        self.screen = Share::of(self.patients.clone());
        self.closed = false;
        self.happen(ScreenEvent::Opened);
    }

    fn with<T>(&mut self, act: impl FnOnce(&mut Share, &Context<'_>) -> T) -> T {
        let capabilities = Capabilities {
            colour: ColourDepth::TrueColour,
            shortcuts: Default::default(),
            graphics: Graphics::Shades,
            cell: None,
            reduced_motion: false,
            plain: false,
        };
        let moment = Moment {
            since_start: std::time::Duration::ZERO,
            now: "2026-03-02T09:30:00+00:00[UTC]".parse().unwrap(),
        };
        let (analyses, areas) = (Analyses::default(), Areas::default());
        let context = Context {
            theme: &self.theme,
            capabilities: &capabilities,
            model: &ModelStatus::Loading,
            prevalence: None,
            account: Some(&self.sign_in.account),
            access: Some(&self.sign_in.access),
            size: self.size,
            moment: &moment,
            home: &self.home,
            start_folder: &self.home,
            files: &Files::Machine,
            analyses: &analyses,
            areas: &areas,
        };
        act(&mut self.screen, &context)
    }

    fn happen(&mut self, happening: ScreenEvent<'_>) {
        let actions = self.with(|screen, context| screen.update(happening, context));
        for action in actions {
            match action {
                Action::Ask(request) => self.ask(request, Cancel::default()),
                Action::AskUntil(request, cancel) => self.ask(request, cancel),
                Action::Tell(notice) => self.notice = Some(notice),
                Action::Copy(text) => self.copied.push(text),
                Action::Close => self.closed = true,
                _ => panic!("the screen wants something else"),
            }
        }
    }

    fn ask(&mut self, request: Request, cancel: Cancel) {
        match &mut self.held {
            Some(held) => held.push((request, cancel)),
            None => {
                let answer = self.services.perform(request, &cancel);
                self.happen(ScreenEvent::Answer(answer));
            }
        }
    }

    fn release(&mut self) {
        for (request, cancel) in self.held.take().unwrap() {
            let answer = self.services.perform(request, &cancel);
            self.happen(ScreenEvent::Answer(answer));
        }
    }

    fn key(&mut self, code: KeyCode) -> &mut Self {
        self.notice = None;
        let event = KeyEvent::new(code, KeyModifiers::NONE);
        let command = keymap::command(self.screen.scopes(), event);
        self.happen(ScreenEvent::Key(event, command));
        self
    }

    /// Selects yes in the field this far below the first, and moves back up.
    fn say_yes(&mut self, field: usize) -> &mut Self {
        for _ in 0..field {
            self.key(KeyCode::Down);
        }
        self.key(KeyCode::Right);
        for _ in 0..field {
            self.key(KeyCode::Up);
        }
        self
    }

    fn screen(&mut self) -> String {
        let backend = TestBackend::new(self.size.width, self.size.height);
        let mut terminal = Terminal::new(backend).unwrap();
        let notice = self.notice.clone();
        self.with(|screen, context| {
            terminal
                .draw(|frame| {
                    let scopes = screen.scopes();
                    let body =
                        chrome::draw(frame, &[screen.title()], scopes, notice.as_ref(), context);
                    screen.view(frame, body, context);
                })
                .unwrap();
        });
        let buffer = terminal.backend().buffer();
        let rows = (0..self.size.height).map(|row| {
            let cells = (0..self.size.width).map(|column| buffer[(column, row)].symbol());
            cells.collect::<String>().trim_end().to_owned()
        });
        let screen = rows.collect::<Vec<_>>().join("\n");
        let folder = self.folder.path().to_string_lossy().into_owned();
        screen.replace(&folder, "~")
    }

    #[track_caller]
    fn shows(&mut self, text: &str) -> &mut Self {
        let screen = self.screen();
        assert!(screen.contains(text), "no {text:?} on\n{screen}");
        self
    }

    fn exports(&self) -> Vec<String> {
        let Ok(files) = fs::read_dir(self.home.join("exports")) else {
            return Vec::new();
        };
        let name = |file: std::io::Result<fs::DirEntry>| {
            file.unwrap().file_name().to_string_lossy().into_owned()
        };
        let mut names: Vec<String> = files.map(name).collect();
        names.sort();
        names
    }
}

/// Places in the form.
const PDF: usize = 1;
const FHIR: usize = 2;
const CSV: usize = 6;
const DEIDENTIFIED: usize = 9;

#[test]
fn the_screens_match_their_snapshots() {
    for (columns, rows) in [(80, 24), (160, 45)] {
        let mut alone = Alone::new(columns, rows, &["Ana Pérez", "Bo Ek"]);
        alone.say_yes(PDF);
        insta::assert_snapshot!(format!("share_{columns}x{rows}"), alone.screen());
        alone.say_yes(FHIR).say_yes(CSV).say_yes(0);
        alone.key(KeyCode::F(2));
        insta::assert_snapshot!(format!("shared_{columns}x{rows}"), alone.screen());
    }
}

#[test]
fn copies_are_made_listed_and_left() {
    let mut alone = Alone::new(80, 24, &["Ana Pérez", "Bo Ek"]);
    alone.say_yes(FHIR).say_yes(CSV).key(KeyCode::F(2));
    alone
        .shows("3 files written")
        .shows("~/home/exports/P-1.fhir.json");
    assert_eq!(
        alone.exports(),
        ["P-1.fhir.json", "P-2.fhir.json", "patients.csv"]
    );
    alone.key(KeyCode::Esc);
    assert!(alone.closed);
}

#[test]
fn enter_walks_through_the_form_and_begins_at_its_end() {
    let mut alone = Alone::new(80, 24, &["Ana Pérez"]);
    alone.say_yes(CSV);
    for _ in 0..11 {
        alone.key(KeyCode::Enter);
    }
    assert_eq!(alone.exports(), ["patients.csv"]);
}

#[test]
fn a_summary_alone_is_copied_to_the_clipboard() {
    let mut alone = Alone::new(80, 24, &["Ana Pérez"]);
    alone.key(KeyCode::Right).key(KeyCode::F(2));
    alone.shows("The summary was copied to the clipboard.");
    assert!(alone.copied[0].starts_with("Patient P-1, exam of 2023-11-14"));
    assert!(alone.exports().is_empty());
}

#[test]
fn a_de_identified_copy_says_what_it_removes() {
    let mut alone = Alone::new(80, 24, &["Ana Pérez"]);
    alone.say_yes(DEIDENTIFIED).shows("Removed: names");
    alone
        .say_yes(CSV)
        .say_yes(FHIR)
        .say_yes(0)
        .key(KeyCode::F(2));
    alone.shows("2 files written");
    assert!(
        alone.copied[0].starts_with("Patient L-"),
        "{:?}",
        alone.copied
    );
    for name in alone.exports() {
        let text = fs::read_to_string(alone.home.join("exports").join(name)).unwrap();
        // The pseudonym is random, so it may contain any letters.
        let pseudonym = alone.copied[0].split_whitespace().nth(1).unwrap();
        let text = text.replace(pseudonym, "");
        assert!(!text.contains("Ana") && !text.contains("P-1"), "{text}");
    }
}

#[test]
fn the_folder_is_remembered_for_the_next_time() {
    let mut alone = Alone::new(80, 24, &["Ana Pérez"]);
    let other = alone.folder.path().join("elsewhere");
    alone.say_yes(CSV);
    alone.key(KeyCode::Up);
    for _ in 0..200 {
        alone.key(KeyCode::Backspace);
    }
    alone.happen(ScreenEvent::Paste(other.to_str().unwrap()));
    alone.key(KeyCode::F(2)).shows("1 file written");
    assert!(other.join("patients.csv").exists());
    alone.again();
    alone.shows("~/elsewhere");
}

#[test]
fn an_empty_choice_and_a_missing_folder_are_reported_in_one_sentence() {
    let mut alone = Alone::new(80, 24, &["Ana Pérez"]);
    alone.key(KeyCode::F(2)).shows("Nothing is chosen");
    alone.say_yes(CSV);
    alone.key(KeyCode::Up);
    for _ in 0..200 {
        alone.key(KeyCode::Backspace);
    }
    alone
        .key(KeyCode::F(2))
        .shows("Enter a folder for the files.");
    alone.key(KeyCode::Char('x')).key(KeyCode::F(2));
    alone.shows("Enter the whole path of the folder, starting with / or ~.");
    let file = alone.folder.path().join("file");
    fs::write(&file, "").unwrap();
    alone.key(KeyCode::Backspace);
    alone.happen(ScreenEvent::Paste(file.join("below").to_str().unwrap()));
    alone.key(KeyCode::F(2)).shows("could not be created");
    alone.shows("choose another");
}

#[test]
fn escape_stops_a_running_export_and_lists_the_written_files() {
    let mut alone = Alone::new(80, 24, &["Ana Pérez", "Bo Ek"]);
    alone.held = Some(Vec::new());
    alone
        .say_yes(FHIR)
        .key(KeyCode::F(2))
        .shows("Making the copies");
    alone.key(KeyCode::Esc);
    assert!(!alone.closed);
    alone.release();
    alone.shows("The export was cancelled");
    assert!(alone.exports().is_empty());
    alone.key(KeyCode::Enter);
    assert!(alone.closed);
}

#[test]
fn a_long_list_is_read_to_its_end() {
    let names: Vec<String> = (0..30).map(|number| format!("Somebody {number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut alone = Alone::new(80, 24, &names);
    alone
        .say_yes(FHIR)
        .key(KeyCode::F(2))
        .shows("30 files written");
    alone.key(KeyCode::End).shows("P-30.fhir.json");
    alone.key(KeyCode::Home).shows("30 files written");
}

#[test]
fn the_smallest_terminals_show_what_they_can() {
    for (columns, rows) in [(60, 15), (20, 5), (1, 1)] {
        let mut alone = Alone::new(columns, rows, &["Ana Pérez"]);
        alone.screen();
        alone.say_yes(CSV).say_yes(DEIDENTIFIED).screen();
        alone.key(KeyCode::F(2)).screen();
    }
}
