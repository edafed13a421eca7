//! Proposed lesions among an exam's nodules: accepted, corrected and rejected with one key each.

use std::sync::Arc;

use crossterm::event::KeyCode;
use lunny::clinical::assessment::{Lesion, LesionSize};
use lunny::model::fake::FakeEngine;

use super::stage::Stage;
use super::waiting_keys::A_LOOK;

fn lesion(long_mm: f64, malignancy_probability: f64) -> Lesion {
    Lesion {
        slice: 1,
        row: 30.0,
        column: 20.0,
        position_mm: None,
        diameter_mm: Some(long_mm),
        size: Some(LesionSize {
            long_mm,
            short_mm: long_mm - 1.0,
            volume_mm3: 260.0,
            threshold_hu: -400,
            slice: 1,
            ends: [[30.0, 15.0], [30.0, 25.0], [25.0, 20.0], [35.0, 20.0]],
        }),
        malignancy_probability,
    }
}

/// A saved exam with three proposed lesions, the last one without a size, and its list of nodules open.
fn listed(columns: u16, rows: u16) -> Stage {
    let mut unmeasured = lesion(4.0, 0.2);
    unmeasured.size = None;
    let lesions = vec![lesion(12.0, 0.9), lesion(6.5, 0.5), unmeasured];
    let engine = FakeEngine::proposing(0.9, lesions);
    let mut stage = Stage::with_engine(columns, rows, Some(Arc::new(engine)));
    stage
        .register()
        .analyse("slice.png")
        .shows("4A proposed by the model")
        .save_to_new_patient("Ana Pérez");
    stage.letters("m").wait(A_LOOK);
    stage
}

#[test]
fn looks() {
    for (columns, rows) in [(80, 24), (120, 40)] {
        let mut stage = listed(columns, rows);
        insta::assert_snapshot!(format!("proposals_{columns}x{rows}"), stage.screen());
        stage.letters("a").wait(A_LOOK).letters("x").wait(A_LOOK);
        insta::assert_snapshot!(
            format!("proposals_decided_{columns}x{rows}"),
            stage.screen()
        );
    }
}

#[test]
fn one_key_accepts_a_lesion_with_its_measured_size() {
    let mut stage = listed(120, 40);
    stage
        .shows("4A  proposed by the model as lesion 1")
        .shows("L1 solid          12.0 × 11.0  11.5 4A   proposed");
    stage
        .letters("a")
        .shows("The lesion was accepted as a nodule.");
    stage
        .shows("4A  measured by nodule 1")
        .shows(" 1 solid          12.0 × 11.0  11.5 4A   baseline")
        .hides("L1 ");
    stage.shows("region from -400 HU, accepted");
    // Deleting the nodule leaves the lesion open again.
    stage
        .wait(A_LOOK)
        .key(KeyCode::Home)
        .letters("d")
        .letters("y");
    stage.shows("L1 solid");
}

#[test]
fn one_key_rejects_a_lesion_and_undoes_it() {
    let mut stage = listed(120, 40);
    stage.letters("x").shows("The lesion was rejected.");
    stage
        .shows("rejected")
        .shows("3  proposed by the model as lesion 2");
    stage.wait(A_LOOK).letters("x");
    stage
        .shows("no longer rejected")
        .shows("4A  proposed by the model as lesion 1");
    // A rejected lesion is marked so where the result is read.
    stage.wait(A_LOOK).letters("x").wait(A_LOOK).escape();
    stage.shows("12.0 × 11.0 mm, 90.0 %,").shows(" rejected ");
    stage.shows("3 proposed by the model");
}

#[test]
fn a_lesion_is_corrected_in_the_form_before_it_becomes_a_nodule() {
    let mut stage = listed(120, 40);
    stage.enter().shows("Nodule from lesion 1").shows("12.0");
    stage.enter().control('u').letters("14").key(KeyCode::F(2));
    stage
        .shows(" 1 solid          14.0 × 11.0")
        .shows("4A  measured by nodule 1")
        .hides("L1 ");
    stage.shows("typed in");
}

#[test]
fn a_lesion_without_an_edge_can_be_entered_but_not_accepted() {
    let mut stage = listed(120, 40);
    stage.key(KeyCode::Down).key(KeyCode::Down);
    stage.shows("no edge was found").letters("a");
    stage
        .shows("No edge was found around this lesion.")
        .shows("L3");
    stage.wait(A_LOOK).enter().shows("Nodule from lesion 3");
    stage.enter().letters("4").enter().letters("3.5");
    stage.key(KeyCode::F(2)).hides("L3 ").shows(" 1 solid");
}

#[test]
fn a_nodule_is_not_accepted_twice() {
    let mut stage = listed(120, 40);
    stage.letters("aa");
    stage
        .shows(" 1 solid")
        .hides(" 2 solid")
        .hides("L1 ")
        .shows("L2 solid");
}
