//! Lesions proposed by the lesion reader: the list beside the picture, the circles on the slices, and keys from one to
//! the next.

use std::sync::Arc;

use crossterm::event::KeyCode;
use lunny::clinical::assessment::{Assessment, Lesion, ModelIdentity, TrainingRange};
use lunny::imaging::Scan;
use lunny::model::fake::FakeEngine;
use lunny::model::{Attention, Cancel, Engine, EngineError, SliceAnalysis};
use lunny::terminal::Symbols;
use lunny::tui::widgets::picture::Graphics;

use super::chest_series::write_chest_series;
use super::stage::Stage;

fn lesion(row: f64, column: f64, diameter_mm: f64, malignancy_probability: f64) -> Lesion {
    Lesion {
        slice: 1,
        row,
        column,
        position_mm: None,
        diameter_mm: Some(diameter_mm),
        size: None,
        malignancy_probability,
    }
}

/// Lesion reader that proposes a lesion on the third, the eighth and the ninth of twelve slices.
struct ByPlace {
    identity: ModelIdentity,
    /// Reason why every slice lies outside, if it does.
    outside: Option<String>,
}

impl ByPlace {
    fn new(outside: Option<&str>) -> Self {
        Self {
            identity: ModelIdentity {
                id: "by-place".into(),
                sha256: "c0ffee".into(),
            },
            outside: outside.map(str::to_owned),
        }
    }
}

impl Engine for ByPlace {
    fn identity(&self) -> &ModelIdentity {
        &self.identity
    }

    fn classify(&self, scan: &Scan, _: &Cancel) -> Result<SliceAnalysis, EngineError> {
        let dicom = scan.provenance.dicom.as_ref();
        let uid = dicom.and_then(|dicom| dicom.sop_instance_uid.clone());
        let uid = uid.unwrap_or_default();
        let number = uid.rsplit('.').next().and_then(|last| last.parse().ok());
        let (malignant, lesions) = match number {
            Some(3) => (0.3, vec![lesion(20.0, 20.0, 6.4, 0.3)]),
            Some(8) => (0.95, vec![lesion(40.0, 44.0, 12.25, 0.95)]),
            Some(9) => (0.8, vec![lesion(41.0, 43.0, 11.0, 0.8)]),
            _ => (0.1, Vec::new()),
        };
        let (rule, model) = (FakeEngine::RULE, self.identity.clone());
        let assessment = Assessment::of_lesions(malignant, lesions, rule, model);
        let assessment = match &self.outside {
            Some(reason) => assessment.within(TrainingRange::Outside {
                reason: reason.clone(),
            }),
            None => assessment,
        };
        Ok(SliceAnalysis {
            assessment,
            attention: Attention::new(1, vec![1.0]).expect("a map"),
        })
    }
}

fn opened(columns: u16, rows: u16, outside: Option<&str>) -> Stage {
    let mut stage = Stage::with_engine(columns, rows, Some(Arc::new(ByPlace::new(outside))));
    stage.register();
    write_chest_series(&stage.scans().join("series"), "1.2.3.1", 12);
    stage.letters("n").control('o');
    stage
}

/// Screen text with a dash for the analysis time.
fn timeless(screen: &str) -> String {
    let line = |line: &str| match line.split_once("by-place (not shipped with LUNNY), ") {
        Some((before, _)) => format!("{before}by-place (not shipped with LUNNY), …"),
        None => line.to_owned(),
    };
    screen.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// True if a picture on the screen has a mark of this letter.
fn has_mark(stage: &Stage, letter: char) -> bool {
    let screen = stage.screen();
    let picture = |line: &str| line.chars().skip(64).any(|it| it == letter);
    screen
        .lines()
        .filter(|line| line.contains(['░', '▒']))
        .any(picture)
}

#[test]
fn looks() {
    for (columns, rows) in [(80, 24), (160, 45)] {
        let mut stage = opened(columns, rows, None);
        stage.enter();
        let screen = timeless(&stage.screen());
        insta::assert_snapshot!(format!("lesions_{columns}x{rows}"), screen);
        let mut stage = opened(columns, rows, Some("its slices are 8 mm thick"));
        stage.enter();
        let screen = timeless(&stage.screen());
        insta::assert_snapshot!(format!("lesions_outside_{columns}x{rows}"), screen);
    }
}

#[test]
fn a_key_goes_from_lesion_to_lesion_across_slices_and_back() {
    let mut stage = opened(160, 45, None);
    stage.enter().shows("Answered by lesion reader");
    stage.shows("3 proposed by the model");
    stage
        .shows("▸  1  slice 8, about 12 mm, 95.0 %")
        .shows("slice 8 of 12");
    stage
        .letters("v")
        .shows("▸  2  slice 9, about 11 mm, 80.0 %");
    stage.shows("slice 9 of 12");
    stage
        .letters("v")
        .shows("▸  3  slice 3, 3.0 × 2.9 mm, 30.0 %");
    stage.shows("slice 3 of 12");
    stage.letters("v").shows("▸  1").shows("slice 8 of 12");
    stage.letters("bb").shows("▸  2").shows("slice 9 of 12");
    // The only lesion with an edge gives the category.
    stage.shows("Lung-RADS   2 proposed by the model");
}

#[test]
fn lesions_are_circled_with_their_numbers_only_on_their_slices() {
    let mut stage = opened(160, 45, None);
    stage.enter().shows("circles: proposed by the model");
    assert!(has_mark(&stage, '@') && has_mark(&stage, '1'));
    stage.key(KeyCode::Home).hides("circles:");
    assert!(!has_mark(&stage, '@'));
    // A lesion that is not selected.
    stage.key(KeyCode::Right).key(KeyCode::Right);
    assert!(has_mark(&stage, 'o') && has_mark(&stage, '3'));
    for graphics in [
        Graphics::Symbols(Symbols::Half),
        Graphics::Kitty,
        Graphics::None,
    ] {
        stage.draws_with(graphics).letters("v").shows("▸");
    }
}

#[test]
fn the_viewer_circles_the_lesions_and_selects_them_in_turn() {
    let mut stage = opened(120, 40, None);
    stage.enter().enter().shows("Lesion    1 of 3, about 12 mm");
    stage
        .shows("8 of 12")
        .letters("v")
        .shows("9 of 12")
        .shows("Lesion    2 of 3, about 11 mm");
    stage.letters("b").shows("8 of 12");
    let screen = stage.screen();
    assert!(screen.contains('@'), "{screen}");
    stage.escape().shows("▸  1");
}

#[test]
fn a_single_slice_lists_its_lesions_by_their_place() {
    let lesions = vec![lesion(20.0, 30.0, 6.0, 0.2), lesion(41.0, 43.6, 12.0, 0.9)];
    let engine = FakeEngine::proposing(0.9, lesions);
    let mut stage = Stage::with_engine(120, 40, Some(Arc::new(engine)));
    stage.register().analyse("slice.png");
    stage.shows("▸  1  row 41, column 44, about 12 mm, 90.0 %");
    stage
        .letters("v")
        .shows("▸  2  row 20, column 30, about 6 mm, 20.0 %");
    stage.shows("measured on held-out single slices");
}

#[test]
fn a_series_analysed_slice_by_slice_shows_figures_of_slices() {
    let mut stage = opened(160, 45, None);
    stage.enter().shows("measured on held-out single slices");
    stage.shows("false alarm is likelier");
}

#[test]
fn outside_the_screen_shows_places_but_no_figure() {
    let mut stage = opened(160, 45, Some("its slices are thick"));
    stage
        .enter()
        .shows("● Indeterminate")
        .shows("its slices are thick");
    stage
        .hides(" %")
        .hides("Malignancy  ")
        .hides("Lung-RADS")
        .hides("calibrated");
    stage.shows("▸  1  slice 8, about 12 mm").hides("95.0");
}

#[test]
fn outside_the_record_and_its_table_show_no_figure() {
    let engine = FakeEngine::outside(0.93, "its lungs are grey");
    let mut stage = Stage::with_engine(160, 45, Some(Arc::new(engine)));
    stage
        .register()
        .analyse("slice.png")
        .hides("93")
        .hides("4B/4X");
    stage.letters("p").shows("are grey");
    stage
        .hides("93")
        .hides("4B/4X")
        .key(KeyCode::End)
        .hides("93")
        .escape();
    stage.save_to_new_patient("Ana Pérez");
    stage.letters("n").escape().letters("p");
    stage.shows("Indeterminate").hides("93.0").hides("4B/4X");
    stage
        .enter()
        .shows("its lungs are grey")
        .hides("93.0")
        .hides("4B/4X");
}
