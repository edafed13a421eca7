//! Snapshots of every screen at 80×24 and at 120×40.

use std::sync::Arc;

use crossterm::event::KeyCode;
use lunny::model::fake::FakeEngine;

use super::stage::{Stage, changed_at};
use super::support::write_chest_slice;
use super::waiting_keys::A_LOOK;

const SIZES: [(u16, u16); 2] = [(80, 24), (120, 40)];

fn look(name: &str, arrange: impl Fn(&mut Stage)) {
    for (columns, rows) in SIZES {
        let mut stage = Stage::new(columns, rows, 0.87);
        arrange(&mut stage);
        insta::assert_snapshot!(format!("{name}_{columns}x{rows}"), stage.screen());
    }
}

#[test]
fn landing() {
    look("landing", |_| {});
}

#[test]
fn landing_without_a_model() {
    let stage = Stage::with_engine(80, 24, None);
    insta::assert_snapshot!(stage.screen());
}

#[test]
fn sign_in() {
    look("sign_in", |stage| {
        stage.letters("s").letters("dana@example.org");
    });
}

#[test]
fn register() {
    look("register", |stage| {
        stage.letters("r");
        for value in [
            "St. Example Hospital",
            "A-17",
            "Dana Ruiz",
            "dana@example.org",
        ] {
            stage.letters(value).enter();
        }
        stage.letters("password1234");
    });
}

#[test]
fn terms() {
    look("terms", |stage| {
        stage.register_as("Dana Ruiz", "dana@example.org");
    });
}

#[test]
fn dashboard() {
    look("dashboard", |stage| {
        stage.register();
    });
}

#[test]
fn log_out() {
    look("log_out", |stage| {
        stage.register().letters("o");
    });
}

#[test]
fn picker() {
    look("picker", |stage| {
        stage.register();
        for name in ["slice-1.png", "slice-2.png", "other.jpg"] {
            std::fs::write(stage.scans().join(name), b"x").unwrap();
        }
        std::fs::create_dir(stage.scans().join("series")).unwrap();
        for name in ["slice-1.png", "slice-2.png", "other.jpg", "series"] {
            changed_at(&stage.scans().join(name), "2026-02-28T17:05:00Z");
        }
        stage.letters("n").letters("sl");
    });
}

#[test]
fn one_slice() {
    look("one_slice", |stage| {
        stage.register();
        write_chest_slice(&stage.scans(), "slice.png");
        stage.letters("n").enter();
    });
}

#[test]
fn analysing() {
    look("analysing", |stage| {
        stage.register();
        write_chest_slice(&stage.scans(), "slice.png");
        stage.letters("n").enter();
        stage.hold = true;
        stage.enter();
    });
}

#[test]
fn result() {
    for (columns, rows) in SIZES {
        for (name, malignancy) in [
            ("positive", 0.87),
            ("negative", 0.0004),
            ("indeterminate", 0.45),
        ] {
            let mut stage =
                Stage::with_engine(columns, rows, Some(Arc::new(FakeEngine::new(malignancy))));
            stage.register().analyse("slice.png");
            insta::assert_snapshot!(format!("result_{name}_{columns}x{rows}"), stage.screen());
        }
    }
}

#[test]
fn attention() {
    look("attention", |stage| {
        stage.register().analyse("slice.png").letters("a");
    });
}

#[test]
fn result_outside() {
    for (columns, rows) in SIZES {
        let reason = "unknown window, the lungs are grey (level 90 of 255) and not black";
        let engine = FakeEngine::outside(0.93, reason);
        let mut stage = Stage::with_engine(columns, rows, Some(Arc::new(engine)));
        stage.register().analyse("slice.png");
        insta::assert_snapshot!(format!("result_outside_{columns}x{rows}"), stage.screen());
        stage.save_to_new_patient("Ana Pérez");
        stage.letters("n").escape().letters("p").enter();
        insta::assert_snapshot!(format!("record_outside_{columns}x{rows}"), stage.screen());
    }
}

#[test]
fn save() {
    look("save", |stage| {
        stage.register().analyse("slice.png").letters("s");
    });
}

#[test]
fn patients() {
    look("patients", |stage| {
        stage
            .register()
            .analyse("slice.png")
            .save_to_new_patient("Ana Pérez");
        stage.letters("n").escape().letters("p");
    });
}

#[test]
fn record() {
    look("record", |stage| {
        stage
            .register()
            .analyse("slice.png")
            .save_to_new_patient("Ana Pérez");
        stage.letters("n").escape().letters("p").enter();
    });
}

#[test]
fn help() {
    look("help", |stage| {
        stage
            .register()
            .letters("n")
            .key(crossterm::event::KeyCode::F(1));
    });
}

/// Screens that are rows in a wide terminal, too.
#[test]
fn wide_screens() {
    let (columns, rows) = (160, 45);
    let new = || {
        let mut stage = Stage::new(columns, rows, 0.87);
        stage.register();
        stage
    };
    let mut stage = new();
    for name in ["slice-1.png", "slice-2.png"] {
        write_chest_slice(&stage.scans(), name);
        changed_at(&stage.scans().join(name), "2026-02-28T17:05:00Z");
    }
    stage.letters("n").wait(A_LOOK);
    insta::assert_snapshot!("picker_160x45", stage.screen());
    stage.letters("  ").enter().key(KeyCode::F(12));
    insta::assert_snapshot!("analyses_160x45", stage.screen());
    let mut stage = new();
    stage.letters("m");
    insta::assert_snapshot!("my_account_160x45", stage.screen());
}

#[test]
fn the_account_stays_in_the_bar_at_80_columns() {
    let mut stage = Stage::new(80, 24, 0.87);
    stage.register().analyse("slice.png");
    stage.letters("s").shows("Save result");
    let screen = stage.screen();
    let bar = screen.lines().next().unwrap_or_default();
    assert!(
        bar.contains("Dana Ruiz") && bar.ends_with("● model ready"),
        "{bar}"
    );
    stage.control('n');
    let screen = stage.screen();
    let bar = screen.lines().next().unwrap_or_default();
    assert!(
        bar.contains("New patient") && bar.contains("Dana Ruiz"),
        "{bar}"
    );
}
