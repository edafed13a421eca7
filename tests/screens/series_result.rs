//! Analysis of a series: the waiting screen, the curve and moving along it, and saving.

use std::sync::Arc;

use crossterm::event::KeyCode;
use lunny::clinical::assessment::{Assessment, ClassProbabilities, ModelIdentity};
use lunny::imaging::Scan;
use lunny::model::fake::FakeEngine;
use lunny::model::{Attention, Cancel, Engine, EngineError, SliceAnalysis};

use super::chest_series::write_chest_series;
use super::stage::Stage;

/// Scores a slice by its place: high around the eighth of twelve; refuses the first.
struct ByPlace(ModelIdentity);

impl ByPlace {
    fn new() -> Self {
        Self(ModelIdentity {
            id: "by-place".into(),
            sha256: "c0ffee".into(),
        })
    }
}

impl Engine for ByPlace {
    fn identity(&self) -> &ModelIdentity {
        &self.0
    }

    fn classify(&self, scan: &Scan, cancel: &Cancel) -> Result<SliceAnalysis, EngineError> {
        if cancel.is_cancelled() {
            return Err(EngineError::Cancelled);
        }
        let dicom = scan.provenance.dicom.as_ref();
        let uid = dicom
            .and_then(|dicom| dicom.sop_instance_uid.clone())
            .unwrap_or_default();
        let number: f64 = uid
            .rsplit('.')
            .next()
            .and_then(|last| last.parse().ok())
            .unwrap_or(0.0);
        if number < 1.5 {
            return Err(EngineError::Refused("it shows no lung".into()));
        }
        let malignant = (0.95 - 0.15 * (number - 8.0).abs()).max(0.05);
        let classes = ClassProbabilities {
            normal: 1.0 - malignant,
            benign: 0.0,
            malignant,
        };
        Ok(SliceAnalysis {
            assessment: Assessment::of_classes(classes, FakeEngine::RULE, self.0.clone()),
            attention: Attention::new(1, vec![1.0]).expect("a map"),
        })
    }
}

fn opened(columns: u16, rows: u16) -> Stage {
    let mut stage = Stage::with_engine(columns, rows, Some(Arc::new(ByPlace::new())));
    stage.register();
    write_chest_series(&stage.scans().join("series"), "1.2.3.1", 12);
    stage.letters("n").control('o');
    stage
}

/// Screen text with a dash for the analysis time, and as wide as before.
fn timeless(screen: &str) -> String {
    let Some((before, after)) = screen.split_once("by-place (not shipped with LUNNY), ") else {
        return screen.to_owned();
    };
    let (time, rest) = after.split_once(" ms").expect("a time");
    let (rest, spaces) = (
        rest.trim_start_matches(' '),
        rest.len() - rest.trim_start_matches(' ').len(),
    );
    let spaces = " ".repeat(spaces + time.len() - 1);
    format!("{before}by-place (not shipped with LUNNY), - ms{spaces}{rest}")
}

#[test]
fn looks() {
    for (columns, rows) in [(80, 24), (120, 40)] {
        let mut stage = opened(columns, rows);
        let size = format!("{columns}x{rows}");
        stage.enter();
        insta::assert_snapshot!(format!("series_result_{size}"), timeless(&stage.screen()));
    }
}

#[test]
fn a_series_is_analysed_and_its_curve_walked_along() {
    let mut stage = opened(120, 40);
    stage
        .enter()
        .shows("Positive")
        .shows("slices 7 to 9 of 12")
        .shows("11 analysed");
    stage.shows("slice 8 of 12: 95.0 %");
    stage.key(KeyCode::Right).shows("slice 9 of 12: 80.0 %");
    stage
        .key(KeyCode::Home)
        .shows("slice 1 of 12: no probability");
    stage.key(KeyCode::Tab).shows("slice 8 of 12");
    stage.key(KeyCode::Tab).shows("slice 5 of 12");
    stage.letters("a").shows("model attention");
    stage.enter().shows("5 of 12").shows("Details");
    stage.escape().shows("slices 7 to 9 of 12");
}

#[test]
fn one_slice_of_a_series_can_be_analysed_alone() {
    let mut stage = opened(120, 40);
    stage
        .letters("a")
        .shows("Result of the network")
        .hides("along the series");
}

#[test]
fn a_saved_series_is_in_the_record_with_its_deciding_slices() {
    let mut stage = opened(120, 40);
    stage
        .enter()
        .letters("s")
        .control('n')
        .control('u')
        .letters("Ada Example")
        .key(KeyCode::F(2));
    // The scan is of PHANTOM^TEST, T-1, and the record has its number.
    stage.shows("Saved to Ada Example");
    stage.letters("h").shows("reports");
    let folder = stage.folder.path().join("home/reports");
    let report = std::fs::read_dir(folder).unwrap().next().unwrap().unwrap();
    let report = std::fs::read_to_string(report.path()).unwrap();
    for words in [
        "Chest CT series",
        "slices 7 to 9 of 12",
        "8 (95.0 %), 5 (50.0 %)",
        "11 analysed",
        "a false alarm is likelier",
    ] {
        let report = report.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(report.contains(words), "{words}: {report}");
    }
}

#[test]
fn the_waiting_screen_can_be_left_at_any_time() {
    let mut stage = Stage::with_engine(80, 24, Some(Arc::new(ByPlace::new())));
    stage.register();
    write_chest_series(&stage.scans().join("series"), "1.2.3.1", 12);
    stage.letters("n").control('o');
    stage.hold = true;
    stage.enter().shows("0 of 12 slices analysed");
    stage.escape().shows("Details");
    stage.release();
    stage.shows("Details").hides("Positive");
}

#[test]
fn every_size_from_one_cell_up_is_drawn() {
    let mut stage = opened(80, 24);
    stage.enter().letters("a");
    for columns in [1, 2, 5, 20, 59, 60, 61, 79, 100, 161] {
        for rows in [1, 2, 5, 14, 15, 16, 23, 31, 46] {
            stage.resize(columns, rows);
            stage.key(KeyCode::Right).screen();
        }
    }
    stage.resize(80, 24).shows("Malignancy along the series");
}

#[test]
fn a_series_without_a_result_says_why() {
    let mut stage = Stage::with_engine(
        100,
        30,
        Some(Arc::new(FakeEngine::refusing("it shows no lung"))),
    );
    stage.register();
    write_chest_series(&stage.scans().join("series"), "1.2.3.1", 12);
    stage.letters("n").control('o').enter();
    stage
        .shows("Not analysed: it shows no lung.")
        .shows("6 of 12");
}

#[test]
fn slices_that_were_decoded_outlive_their_files() {
    let mut stage = opened(120, 40);
    stage.enter();
    for file in std::fs::read_dir(stage.scans().join("series")).unwrap() {
        std::fs::remove_file(file.unwrap().path()).unwrap();
    }
    stage.key(KeyCode::Right).shows("slice 9 of 12: 80.0 %");
}
