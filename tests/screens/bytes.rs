//! Bytes that are sent for a screen: a slow link shows it when they have arrived.

use crossterm::event::KeyCode;
use lunny::clinical::patient::Patient;

use super::stage::{PASSWORD, Stage};

/// Dana at the dashboard of a hospital with so many patients.
fn stage(patients: usize) -> Stage {
    let mut stage = Stage::new(200, 50, 0.87);
    stage.register();
    let dana = stage.store.sign_in("dana@example.org", PASSWORD).unwrap();
    for index in 0..patients {
        let patient = Patient {
            number: format!("M{index:07}"),
            full_name: format!("Name of {index:07}"),
            date_of_birth: None,
            sex: None,
            notes: String::new(),
            details: Default::default(),
        };
        stage.store.create_patient(&dana.access, &patient).unwrap();
    }
    stage.key(KeyCode::F(1)).escape();
    stage
}

#[test]
fn a_large_table_and_a_moved_row_are_few_bytes() {
    let mut stage = stage(60);
    let table = stage.bytes_for(|stage| {
        stage.letters("p").shows("60");
    });
    let row = stage.bytes_for(|stage| {
        stage.key(KeyCode::Down);
    });
    assert!(table <= 5_800, "{table} bytes for the table");
    assert!(row <= 400, "{row} bytes for a row");
}
