//! The dashboard: the work of today in words, the patients of before, and what the analyses run on.

use crossterm::event::KeyCode;
use lunny::clinical::patient::Patient;

use super::stage::{PASSWORD, Stage};

/// Dana at the dashboard, after having made these records.
fn stage(columns: u16, rows: u16, names: &[&str]) -> Stage {
    let mut stage = Stage::new(columns, rows, 0.87);
    stage.register();
    let dana = stage.store.sign_in("dana@example.org", PASSWORD).unwrap();
    for (index, name) in names.iter().enumerate() {
        let patient = Patient {
            number: format!("P-{index}"),
            full_name: (*name).to_owned(),
            date_of_birth: None,
            sex: None,
            notes: String::new(),
            details: Default::default(),
        };
        stage.store.create_patient(&dana.access, &patient).unwrap();
    }
    // The dashboard reads again when a screen above it closes.
    stage.key(KeyCode::F(1)).escape();
    stage
}

#[test]
fn the_patients_of_before_are_one_key_away() {
    let mut stage = stage(80, 24, &["Ana Pérez", "Bo Li", "Cem Aydın"]);
    insta::assert_snapshot!("dashboard_recent_80x24", stage.screen());
    stage.shows("Recent:  1 Cem Aydın P-2  2 Bo Li P-1  3 Ana Pérez P-0");
    stage
        .letters("3")
        .shows("Patient")
        .shows("Ana Pérez")
        .escape();
    // The one that was opened is the newest now.
    stage.shows("1 Ana Pérez P-0  2 Cem Aydın P-2");
    stage.letters("4").shows("There is no such recent patient");
    // They follow the menu.
    stage.key(KeyCode::Up).key(KeyCode::Up);
    for _ in 0..14 {
        stage.key(KeyCode::Down);
    }
    stage.shows("selected: Cem Aydın P-2").enter();
    stage.shows("Cem Aydın").hides("Bo Li").escape();
    // The selection stays on the patient.
    stage.shows("selected: Cem Aydın P-2");
}

#[test]
fn only_the_patients_that_fit_have_keys() {
    let name = "Wilhelmina van der Zandstra";
    let mut stage = stage(60, 24, &[name, name, name]);
    stage.shows("1 Wilhelmina van der Zan").hides("3 Wil");
    stage.letters("3").shows("There is no such recent patient");
    stage.letters("1").shows("P-2");
}

#[test]
fn networks_device_and_free_space_are_in_one_line() {
    let mut stage = Stage::new(80, 24, 0.87);
    stage
        .register()
        .shows("fake (not shipped with LUNNY) on the processor  812 GB of disk free");
    stage.free_bytes = 1_900_000_000;
    stage
        .key(KeyCode::F(1))
        .escape()
        .shows("1.9 GB of disk free");
    let mut without = Stage::with_engine(80, 24, None);
    without.register();
    without.shows("no network: scans cannot be analysed");
}

#[test]
fn a_wide_terminal_says_the_work_in_words() {
    let mut stage = stage(160, 45, &["Ana Pérez"]);
    stage.shows(
        "w no exams planned today  f no follow-ups due  v no follow-ups overdue  s no unsigned reports",
    );
    insta::assert_snapshot!("dashboard_recent_160x45", stage.screen());
}

#[test]
fn today_s_work_stays_on_a_low_terminal() {
    for rows in [15, 17, 19, 21] {
        let mut stage = stage(60, rows, &["Ana Pérez"]);
        stage.shows("w 0 planned").shows("selected: New analysis");
        stage.shows("Sign out");
    }
}
