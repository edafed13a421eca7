//! Pictures of ten screens for `docs/`, made from the program itself, with its own networks and the synthetic CT alone.
//!
//! `UPDATE_SCREENSHOTS=1 cargo test --test screens screenshots` makes them again; without it the test looks after the files.

mod paint;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crossterm::event::KeyCode;
use jiff::civil::Date;
use lunny::clinical::patient::{Field, PatientDraft};
use lunny::config::{Config, EngineChoice, Options};
use lunny::model::{self, Engine};
use lunny::terminal::Symbols;
use lunny::tui::widgets::picture::Graphics;
use ratatui::buffer::{Buffer, Cell};

use super::stage::{PASSWORD, Stage};
use super::waiting_keys::A_LOOK;

/// Columns and rows of the terminal.
const SIZE: (u16, u16) = (110, 32);

/// Largest size of a file.
const MOST_BYTES: u64 = 60_000;

/// The files, in the order of the work.
const NAMES: [&str; 10] = [
    "dashboard",
    "picker",
    "viewer",
    "result",
    "measuring",
    "nodules",
    "record",
    "record-form",
    "patients",
    "help",
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/screenshots")
}

/// The networks of the program. LUNNY's own engine is slow without optimisation.
fn networks() -> Arc<dyn Engine> {
    let home = tempfile::tempdir().expect("a folder");
    let options = Options {
        home: Some(home.path().into()),
        engine: Some(EngineChoice::Reference),
        ..Options::default()
    };
    let config = Config::load(&options).expect("settings");
    model::load(&config).expect("networks").engine
}

fn keep(stage: &Stage, name: &str) {
    let (text, ground) = ([228, 235, 241], [14, 20, 27]);
    let mut buffer = stage.buffer();
    shorten_paths(&mut buffer, &stage.folder.path().to_string_lossy());
    let png = paint::png(&buffer, text, ground);
    std::fs::write(folder().join(format!("{name}.png")), png).expect("a file");
}

/// Writes `~` for the temporary folder of the test in titles; the border goes on behind them.
fn shorten_paths(buffer: &mut Buffer, folder: &str) {
    let area = buffer.area;
    let path: Vec<String> = folder.chars().map(String::from).collect();
    for y in area.rows().map(|row| row.y) {
        let row: Vec<Cell> = (0..area.width).map(|x| buffer[(x, y)].clone()).collect();
        let symbols: Vec<&str> = row.iter().map(Cell::symbol).collect();
        let Some(at) = symbols.windows(path.len()).position(|part| part == path) else {
            continue;
        };
        let behind = at + path.len();
        let title = symbols[behind..]
            .iter()
            .take_while(|symbol| **symbol != "─")
            .count();
        let mut cells: Vec<Cell> = row[at..behind + title].to_vec();
        cells.drain(..path.len() - 1);
        cells[0].set_symbol("~");
        let border = row.get(behind + title).cloned().unwrap_or_default();
        cells.resize(path.len() + title, border);
        for (x, cell) in (at..).zip(cells) {
            buffer[(x as u16, y)] = cell;
        }
    }
}

/// Adds records, so that the lists are not empty.
fn furnish(stage: &Stage) {
    let dana = stage.store.sign_in("dana@example.org", PASSWORD);
    let access = dana.expect("a sign-in").access;
    let people = [
        ("Basil Phantom", "1948-11-02"),
        ("Coral Phantom", "1955-06-19"),
        ("Dahlia Phantom", "1961-03-05"),
        ("Elm Phantom", "1970-09-28"),
    ];
    for (name, born) in people {
        let mut draft = PatientDraft::default();
        draft.set(Field::FullName, name);
        draft.set(Field::DateOfBirth, born);
        let number = stage.store.next_patient_number(&access).expect("a number");
        draft.set(Field::Number, number);
        let patient = draft.validate(Date::constant(2026, 3, 2));
        let kept = stage
            .store
            .create_patient(&access, &patient.expect("a patient"));
        kept.expect("a record");
    }
}

/// The work of a morning, with a picture of each screen on the way.
fn make_all() {
    std::fs::create_dir_all(folder()).expect("a folder");
    let mut stage = Stage::with_engine(SIZE.0, SIZE.1, Some(networks()));
    stage.register();
    stage.draws_with(Graphics::Symbols(Symbols::Sextants));
    furnish(&stage);
    // A synthetic CT, its result, and its patient.
    stage.letters("n").control('g').shows("15 of 30");
    keep(&stage, "viewer");
    stage.letters("a").shows("Not saved");
    keep(&stage, "result");
    stage.letters("s").control('n').control('u');
    stage.letters("Amber Phantom").key(KeyCode::F(2));
    stage
        .wait(A_LOOK)
        .letters("y")
        .shows("Saved to Amber Phantom");
    stage.letters("m").shows("Nodules");
    keep(&stage, "nodules");
    stage.letters("m").shows("Arrows move to one end");
    stage.letters("g");
    keep(&stage, "measuring");
    back(&mut stage);
    keep(&stage, "dashboard");
    stage.letters("n").wait(A_LOOK);
    keep(&stage, "picker");
    back(&mut stage);
    stage.letters("p").letters("phan").wait(A_LOOK);
    keep(&stage, "patients");
    back(&mut stage);
    stage.letters("1").shows("Amber Phantom").wait(A_LOOK);
    keep(&stage, "record");
    stage.letters("e").wait(A_LOOK);
    keep(&stage, "record-form");
    stage.escape().control('p').letters("pat");
    keep(&stage, "help");
}

/// Returns to the dashboard.
fn back(stage: &mut Stage) {
    for _ in 0..8 {
        if stage.screen().contains("Welcome, ") {
            return;
        }
        stage.escape();
    }
    panic!("no way back from\n{}", stage.screen());
}

#[test]
fn ten_screens_are_shown_in_the_documentation() {
    if std::env::var_os("UPDATE_SCREENSHOTS").is_some() {
        make_all();
    }
    let documents = ["README.md", "docs/screenshots.md"].map(|name| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        std::fs::read_to_string(path).expect("a document")
    });
    for name in NAMES {
        let path = folder().join(format!("{name}.png"));
        let size = std::fs::metadata(&path).map_or(0, |file| file.len());
        assert!((1..=MOST_BYTES).contains(&size), "{name}: {size} bytes");
        let decoder = png::Decoder::new(std::io::BufReader::new(
            std::fs::File::open(&path).expect("a file"),
        ));
        let reader = decoder.read_info().expect("a picture");
        let (columns, rows) = SIZE;
        assert_eq!(
            (reader.info().width, reader.info().height),
            (u32::from(columns) * 10, u32::from(rows) * 20)
        );
        let shown = format!("{name}.png)");
        assert!(documents.iter().any(|text| text.contains(&shown)), "{name}");
    }
}
