//! A hospital of many patients with values for nearly every field.

use lunny::clinical::assessment::Classification;
use lunny::clinical::patient::{Field, Kind, Patient, PatientDraft};
use lunny::store::Access;
use rusqlite::params;

use super::{ADA, TODAY};
use crate::support::*;

/// Enough patients for every way of finding matches among the values, and for groups of equal values that fill many batches.
pub const PATIENTS: i64 = 3000;

pub fn described(number: &str, values: &[(Field, String)]) -> Patient {
    let mut draft = PatientDraft::default();
    draft.set(Field::Number, number);
    for (field, value) in values {
        draft.set(*field, value.as_str());
    }
    draft.validate(TODAY).unwrap()
}

/// A value for nearly every field, of many values and of few; derived from `n`.
pub fn person(n: i64) -> Patient {
    let pick =
        |from: &[&'static str], salt: i64| from[((n * 7919 + salt) % 101) as usize % from.len()];
    let given = pick(&["Maria", "Zoë", "Ángel", "李", "Ann", "محمد"], 3);
    let family = pick(&["Rossi", "Ørsted", "Nowak", "Marquez"], 17);
    let mut values = vec![(Field::FullName, format!("{given} {family} {}", n % 211))];
    for (place, field) in Field::entered().enumerate() {
        let seed = n * 31 + place as i64 * 17;
        // Some fields are stated often, some rarely.
        if matches!(field, Field::Number | Field::FullName) || seed % 13 > place as i64 % 12 {
            continue;
        }
        let day = format!(
            "{}-{:02}-{:02}",
            1990 + seed % 30,
            1 + seed % 12,
            1 + seed % 28
        );
        values.push((
            field,
            match field.kind() {
                Kind::Line(_) => format!("{} {}", pick(&["Dr Q", "Éva", "St. B"], seed), seed % 3),
                Kind::Paragraphs(_) => {
                    format!("{} of {}", pick(&["none", "Asbestos"], seed), seed % 400)
                }
                Kind::Date(_) => match field {
                    Field::DateOfBirth => day.replacen("20", "19", 1),
                    _ => day.replacen("199", "202", 1).replacen("202", "201", 1),
                },
                Kind::Choice(choices) => choices[seed as usize % choices.len()].word.to_owned(),
                Kind::Quantity(_) => format!("{}.{}", seed % 40, seed % 10),
                Kind::Phone => format!("+44 {}", 100 + seed % 900),
                Kind::Email => format!("a{}@example.org", seed % 50),
                Kind::FollowUps => format!("{day} no change"),
                Kind::Photo | Kind::Computed => continue,
            },
        ));
    }
    described(&format!("P-{n:05}"), &values)
}

/// A hospital of [`PATIENTS`], written directly because saving them one by one would take too long.
pub fn crowd() -> (Installation, Access) {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let other = installation.enter("Elsewhere", "bo@example.org");
    let mut stranger = patient("P-1", "Maria Nowak");
    stranger.notes = "asbestos".into();
    installation
        .store
        .create_patient(&other, &stranger)
        .unwrap();
    let raw = installation.raw();
    raw.execute_batch("BEGIN").unwrap();
    for n in 1..=PATIENTS {
        write(&raw, n, &person(n));
    }
    raw.execute_batch("COMMIT").unwrap();
    assert_eq!(
        installation.store.rebuild_search().unwrap(),
        PATIENTS as u64 + 1
    );
    (installation, access)
}

pub fn write(raw: &rusqlite::Connection, n: i64, patient: &Patient) {
    // Activity in another order than the numbers.
    let active_at = n * 1_237 % 10_007 * 1_000_000;
    let id = n + 1_000;
    raw.prepare_cached(
        "INSERT INTO patient (id, hospital_id, created_by, number, number_key, full_name, date_of_birth, sex,
                              notes, created_at, last_activity_at, details)
         VALUES (?1, 1, 1, ?2, lower(?2), ?3, ?4, ?5, ?6, ?7, ?7, ?8)",
    )
    .unwrap()
    .execute(params![
        id,
        patient.number,
        patient.full_name,
        patient.date_of_birth.map(|born| born.to_string()),
        patient.sex.map(|sex| sex.as_str()),
        patient.notes,
        active_at,
        patient.details.to_json(),
    ])
    .unwrap();
    for exam in 0..n % 4 {
        let malignant = f64::from((n * 7 + exam) as i32 % 40) / 40.0;
        let result = Classification::ALL[(n as usize / 3) % 3].as_str();
        raw.prepare_cached(
            "INSERT INTO exam (patient_id, hospital_id, created_by, created_at, source_path, source_sha256, format,
                               width, height, elapsed_ms, model_id, model_sha256, classification, normal, benign,
                               malignant, threshold, indeterminate_from, indeterminate_to, sensitivity, specificity,
                               prevalence)
             VALUES (?1, 1, 1, ?2, x'2f61', ?3, 'PNG', 512, 512, 9, 'net', 'ab', ?4, ?5, 0, ?6, 0.4, 0.3, 0.55,
                     0.95, 0.9, 0.5)",
        )
        .unwrap()
        .execute(params![
            id,
            active_at % 500_000_000 + exam,
            format!("{n}-{exam}"),
            result,
            1.0 - malignant,
            malignant
        ])
        .unwrap();
    }
}
