//! Conversion between a nodule and its columns.

use rusqlite::{Row, ToSql, Transaction};

use super::super::deletion::next_id;
use super::super::patient::{date, unreadable};
use super::super::{Access, ExamId};
use super::{NoduleId, StoredNodule};
use crate::clinical::growth::Sizes;
use crate::clinical::lung_rads::Category;
use crate::clinical::measurement::{Axes, Millimetres};
use crate::clinical::nodule::{
    AirwayLevel, Calcification, CystWall, Earlier, Lobe, Margin, MeasuredNodule, Measurement,
    Method, NoduleDraft, NoduleType, Place, Status,
};

type Value = Box<dyn ToSql>;

/// The columns that describe a nodule, with their values.
fn described(nodule: &MeasuredNodule) -> Vec<(&'static str, Value)> {
    let MeasuredNodule {
        draft,
        earlier_on,
        earlier_changed: _,
        lobe,
        volume_mm3,
        measurement,
        note,
    } = nodule;
    let tenths = |length: Millimetres| length.tenths();
    let earlier = draft.earlier.map(|earlier| earlier.sizes);
    let place = measurement.place.as_ref();
    let ends = place.map(|place| serde_json::Value::from_iter(place.ends.concat()).to_string());
    let (method, threshold_hu) = match measurement.method {
        Method::TypedIn => ("typed in", None),
        Method::Calipers => ("calipers", None),
        Method::Region { threshold_hu } => ("region", Some(threshold_hu)),
    };
    vec![
        ("nodule_type", Box::new(draft.nodule_type.as_str()) as Value),
        ("long_tenths", Box::new(draft.axes.long().tenths())),
        ("short_tenths", Box::new(draft.axes.short().tenths())),
        (
            "solid_long_tenths",
            Box::new(draft.solid_part.map(|part| part.long().tenths())),
        ),
        (
            "solid_short_tenths",
            Box::new(draft.solid_part.map(|part| part.short().tenths())),
        ),
        ("status", Box::new(draft.status.as_str())),
        (
            "airway_level",
            Box::new(draft.airway_level.map(AirwayLevel::as_str)),
        ),
        ("cyst_wall", Box::new(draft.cyst_wall.map(CystWall::as_str))),
        ("multilocular", Box::new(draft.multilocular)),
        ("calcification", Box::new(draft.calcification.as_str())),
        ("fat", Box::new(draft.fat)),
        ("margin", Box::new(draft.margin.map(Margin::as_str))),
        ("suspicious", Box::new(draft.suspicious)),
        (
            "earlier_mean_tenths",
            Box::new(earlier.map(|sizes| tenths(sizes.mean))),
        ),
        (
            "earlier_solid_mean_tenths",
            Box::new(earlier.and_then(|sizes| sizes.solid_mean).map(tenths)),
        ),
        (
            "earlier_category",
            Box::new(
                (draft.earlier)
                    .and_then(|earlier| earlier.category)
                    .map(Category::as_str),
            ),
        ),
        (
            "earlier_on",
            Box::new(earlier_on.map(|date| date.to_string())),
        ),
        ("lobe", Box::new(lobe.map(Lobe::as_str))),
        ("volume_mm3", Box::new(*volume_mm3)),
        ("note", Box::new(note.clone())),
        ("method", Box::new(method)),
        ("threshold_hu", Box::new(threshold_hu)),
        (
            "series_uid",
            Box::new(place.and_then(|place| place.series_uid.clone())),
        ),
        ("slice_index", Box::new(place.map(|place| place.slice))),
        ("ends", Box::new(ends)),
    ]
}

pub(super) fn insert(
    transaction: &Transaction<'_>,
    access: &Access,
    exam: ExamId,
    nodule: &MeasuredNodule,
    lesion: Option<u32>,
    at: i64,
) -> rusqlite::Result<NoduleId> {
    let mut columns: Vec<(&str, Value)> = vec![
        ("id", Box::new(next_id(transaction, "nodule")?)),
        ("exam_id", Box::new(exam.0)),
        ("hospital_id", Box::new(access.hospital)),
        ("created_by", Box::new(access.account)),
        ("created_at", Box::new(at)),
        ("changed_at", Box::new(at)),
        ("lesion", Box::new(lesion)),
    ];
    columns.extend(described(nodule));
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let places = vec!["?"; names.len()].join(", ");
    let sql = format!(
        "INSERT INTO nodule ({}) VALUES ({places})",
        names.join(", ")
    );
    let values = columns.iter().map(|(_, value)| value);
    transaction
        .prepare_cached(&sql)?
        .insert(rusqlite::params_from_iter(values))
        .map(NoduleId)
}

/// Replaces the description of the nodule and increases its revision.
pub(super) fn update(
    transaction: &Transaction<'_>,
    id: NoduleId,
    nodule: &MeasuredNodule,
    at: i64,
) -> rusqlite::Result<()> {
    let mut columns = described(nodule);
    columns.push(("changed_at", Box::new(at)));
    let names: Vec<String> = columns
        .iter()
        .map(|(name, _)| format!("{name} = ?"))
        .collect();
    columns.push(("id", Box::new(id.0)));
    let sql = format!(
        "UPDATE nodule SET {}, revision = revision + 1 WHERE id = ?",
        names.join(", ")
    );
    let values = columns.iter().map(|(_, value)| value);
    transaction
        .prepare_cached(&sql)?
        .execute(rusqlite::params_from_iter(values))?;
    Ok(())
}

/// Reads a row of the whole table with `earlier_changed`.
pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<StoredNodule> {
    let earlier_mean = length(row, "earlier_mean_tenths")?;
    let earlier_solid_mean = length(row, "earlier_solid_mean_tenths")?;
    let earlier_category = word(row, "earlier_category", &Category::ALL, Category::as_str)?;
    let draft = NoduleDraft {
        nodule_type: needed(
            row,
            "nodule_type",
            word(row, "nodule_type", &NoduleType::ALL, NoduleType::as_str)?,
        )?,
        axes: needed(
            row,
            "long_tenths",
            axes(row, "long_tenths", "short_tenths")?,
        )?,
        solid_part: axes(row, "solid_long_tenths", "solid_short_tenths")?,
        status: needed(
            row,
            "status",
            word(row, "status", &Status::ALL, Status::as_str)?,
        )?,
        airway_level: word(row, "airway_level", &AirwayLevel::ALL, AirwayLevel::as_str)?,
        cyst_wall: word(row, "cyst_wall", &CystWall::ALL, CystWall::as_str)?,
        multilocular: row.get("multilocular")?,
        calcification: needed(
            row,
            "calcification",
            word(
                row,
                "calcification",
                &Calcification::ALL,
                Calcification::as_str,
            )?,
        )?,
        fat: row.get("fat")?,
        margin: word(row, "margin", &Margin::ALL, Margin::as_str)?,
        suspicious: row.get("suspicious")?,
        earlier: earlier_mean.map(|mean| Earlier {
            sizes: Sizes {
                mean,
                solid_mean: earlier_solid_mean,
            },
            category: earlier_category,
        }),
    };
    let earlier_on = row.as_ref().column_index("earlier_on")?;
    Ok(StoredNodule {
        id: NoduleId(row.get("id")?),
        revision: row.get("revision")?,
        nodule: MeasuredNodule {
            draft,
            earlier_on: date(row, earlier_on)?,
            earlier_changed: row.get("earlier_changed")?,
            lobe: word(row, "lobe", &Lobe::ALL, Lobe::as_str)?,
            volume_mm3: row.get("volume_mm3")?,
            measurement: measurement(row)?,
            note: row.get("note")?,
        },
    })
}

fn measurement(row: &Row<'_>) -> rusqlite::Result<Measurement> {
    let word: String = row.get("method")?;
    let method = match (word.as_str(), row.get("threshold_hu")?) {
        ("region", Some(threshold_hu)) => Method::Region { threshold_hu },
        ("calipers", None) => Method::Calipers,
        ("typed in", None) => Method::TypedIn,
        _ => return Err(strange(row, "method", &word)),
    };
    let slice: Option<u32> = row.get("slice_index")?;
    let ends: Option<String> = row.get("ends")?;
    let place = match (slice, ends) {
        (Some(slice), Some(text)) => {
            let numbers: [f64; 8] =
                serde_json::from_str(&text).map_err(|_| strange(row, "ends", &text))?;
            let end = |index: usize| [numbers[index * 2], numbers[index * 2 + 1]];
            Some(Place {
                series_uid: row.get("series_uid")?,
                slice,
                ends: [end(0), end(1), end(2), end(3)],
            })
        }
        _ => None,
    };
    Ok(Measurement { method, place })
}

fn length(row: &Row<'_>, name: &str) -> rusqlite::Result<Option<Millimetres>> {
    let tenths: Option<u16> = row.get(name)?;
    tenths
        .map(|tenths| {
            Millimetres::from_tenths(tenths).map_err(|_| strange(row, name, &tenths.to_string()))
        })
        .transpose()
}

fn axes(row: &Row<'_>, long: &str, short: &str) -> rusqlite::Result<Option<Axes>> {
    let axes = (length(row, long)?, length(row, short)?);
    Ok(match axes {
        (Some(long), Some(short)) => Some(Axes::new(long, short)),
        _ => None,
    })
}

/// Parses the word that `as_str` wrote for one of `all`.
pub(in crate::store) fn word<T: Copy>(
    row: &Row<'_>,
    name: &str,
    all: &[T],
    as_str: fn(T) -> &'static str,
) -> rusqlite::Result<Option<T>> {
    let word: Option<String> = row.get(name)?;
    let Some(word) = word else { return Ok(None) };
    match all.iter().find(|one| as_str(**one) == word) {
        Some(one) => Ok(Some(*one)),
        None => Err(strange(row, name, &word)),
    }
}

fn needed<T>(row: &Row<'_>, name: &str, value: Option<T>) -> rusqlite::Result<T> {
    value.ok_or_else(|| strange(row, name, "nothing"))
}

fn strange(row: &Row<'_>, name: &str, text: &str) -> rusqlite::Error {
    let column = row.as_ref().column_index(name).unwrap_or_default();
    unreadable(column, format!("{text} is not a {name}"))
}
