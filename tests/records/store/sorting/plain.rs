//! The table as a plain sort in memory gives it, and the filters that it is compared under.

use std::cmp::Ordering;

use lunny::clinical::assessment::Classification;
use lunny::clinical::patient::{Field, Kind};
use lunny::clinical::text::fold;
use lunny::store::{Column, PatientFilters, PatientId, PatientQuery, PatientRow};

/// Order of two rows by a column; none if one of them states nothing.
pub fn compare(one: &PatientRow, other: &PatientRow, by: Column) -> Option<Ordering> {
    let numbers = |one: Option<f64>, other: Option<f64>| Some(one?.total_cmp(&other?));
    match by {
        Column::Exams => Some(one.exams.cmp(&other.exams)),
        Column::LastExam => Some(one.last_exam?.cmp(&other.last_exam?)),
        Column::LastActivity => Some(one.last_activity.cmp(&other.last_activity)),
        Column::LastResult => {
            let place = |row: &PatientRow| {
                let order = [
                    Classification::Negative,
                    Classification::Indeterminate,
                    Classification::Positive,
                ];
                order.iter().position(|&at| Some(at) == row.last_result)
            };
            let classes = place(one)?.cmp(&place(other)?);
            Some(classes.then(numbers(one.last_probability, other.last_probability)?))
        }
        Column::Field(field) => {
            let (one, other) = (one.patient.value(field), other.patient.value(field));
            if one.is_empty() || other.is_empty() {
                return None;
            }
            match field.kind() {
                Kind::Choice(choices) => {
                    let place = |word: &str| choices.iter().position(|choice| choice.word == word);
                    Some(place(&one)?.cmp(&place(&other)?))
                }
                Kind::Quantity(_) => numbers(one.parse().ok(), other.parse().ok()),
                _ => Some(fold(&one).cmp(&fold(&other))),
            }
        }
    }
}

pub fn is_stated(row: &PatientRow, by: Column) -> bool {
    compare(row, row, by).is_some()
}

/// The expected table: `everybody`, ordered by activity, filtered and sorted.
pub fn expected(everybody: &[PatientRow], query: &PatientQuery) -> Vec<PatientId> {
    let mut rows: Vec<&PatientRow> = everybody.iter().filter(|row| matches(row, query)).collect();
    let order = query.order.unwrap();
    // The sort is stable, so equal rows stay ordered by activity.
    rows.sort_by(|one, other| match compare(one, other, order.by) {
        Some(ordering) if order.descending => ordering.reverse(),
        Some(ordering) => ordering,
        None => is_stated(other, order.by).cmp(&is_stated(one, order.by)),
    });
    rows.into_iter().map(|row| row.id).collect()
}

pub fn matches(row: &PatientRow, query: &PatientQuery) -> bool {
    let filters = &query.filters;
    let is_text = |field: &Field| {
        !matches!(
            field.kind(),
            Kind::Date(_) | Kind::Choice(_) | Kind::Quantity(_)
        )
    };
    let texts: Vec<String> = Field::entered()
        .filter(is_text)
        .map(|field| fold(&row.patient.value(field)))
        .collect();
    let has = |word: &str| texts.iter().any(|text| text.contains(word));
    let (born, fields) = (row.patient.date_of_birth, &filters.choices);
    fold(&query.text).split_whitespace().all(has)
        && filters
            .result
            .is_none_or(|result| row.last_result == Some(result))
        && filters
            .born_from
            .is_none_or(|from| born.is_some_and(|born| born >= from))
        && filters
            .born_until
            .is_none_or(|until| born.is_some_and(|born| born <= until))
        && filters
            .since
            .is_none_or(|since| row.last_exam.is_some_and(|at| at >= since))
        && filters
            .before
            .is_none_or(|before| row.last_exam.is_some_and(|at| at < before))
        && (filters.doctor.as_deref())
            .is_none_or(|doctor| fold(row.patient.details.get(Field::Doctor)) == fold(doctor))
        && fields.iter().all(|(field, _)| {
            let kept = row.patient.value(*field);
            fields
                .iter()
                .any(|(other, word)| other == field && *word == kept)
        })
}

/// Filters of every kind, alone and together.
pub fn sieves() -> Vec<PatientFilters> {
    let any = PatientFilters::default;
    let born_from = Some(jiff::civil::date(1963, 4, 1));
    let born_until = Some(jiff::civil::date(1992, 11, 20));
    let since = jiff::Timestamp::from_second(120).ok();
    let before = jiff::Timestamp::from_second(380).ok();
    let stages = vec![(Field::CancerStage, "ia1"), (Field::CancerStage, "ivb")];
    let both = vec![(Field::SmokingStatus, "former"), (Field::Gender, "female")];
    vec![
        any(),
        PatientFilters {
            result: Some(Classification::Negative),
            ..any()
        },
        PatientFilters {
            result: Some(Classification::Positive),
            since,
            ..any()
        },
        PatientFilters {
            since,
            before,
            ..any()
        },
        PatientFilters { born_from, ..any() },
        PatientFilters {
            born_from,
            born_until,
            ..any()
        },
        PatientFilters {
            doctor: Some("eva 1".into()),
            ..any()
        },
        PatientFilters {
            choices: stages,
            ..any()
        },
        PatientFilters {
            choices: both,
            born_until,
            ..any()
        },
    ]
}
