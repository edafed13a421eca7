//! Fields of a nodule: their names, filling them from a nodule, and reading them back.

use crate::clinical::growth::Sizes;
use crate::clinical::lung_rads::Category;
use crate::clinical::measurement::{Axes, MeasurementError, Millimetres};
use crate::clinical::nodule::{
    AirwayLevel, Calcification, CystWall, Earlier, Lobe, Margin, MeasuredNodule, NoduleDraft,
    NoduleError, NoduleType, Status, UNFIT_NOTE,
};
use crate::clinical::text::{self, shown};
use crate::text::{scrub, sentence};
use crate::tui::widgets::form::{Field, Form, Kind};

pub(super) const TYPE: usize = 0;
pub(super) const LONG: usize = 1;
pub(super) const SHORT: usize = 2;
pub(super) const SOLID_LONG: usize = 3;
pub(super) const SOLID_SHORT: usize = 4;
pub(super) const AIRWAY: usize = 5;
pub(super) const WALL: usize = 6;
pub(super) const MULTILOCULAR: usize = 7;
pub(super) const STATUS: usize = 8;
pub(super) const EARLIER_MEAN: usize = 9;
pub(super) const EARLIER_SOLID: usize = 10;
pub(super) const EARLIER_CATEGORY: usize = 11;
pub(super) const LOBE: usize = 12;
pub(super) const MARGIN: usize = 13;
pub(super) const CALCIFICATION: usize = 14;
pub(super) const FAT: usize = 15;
pub(super) const SUSPICIOUS: usize = 16;
pub(super) const NOTE: usize = 17;

const TYPES: &[&str] = &[
    "solid",
    "part-solid",
    "non-solid",
    "juxtapleural",
    "airway",
    "cyst",
];
const STATUSES: &[&str] = &[
    "baseline",
    "new",
    "stable",
    "slowly-growing",
    "growing",
    "growing-total-alone",
    "growing-wall",
];
const CALCIFICATIONS: &[&str] = &[
    "none",
    "complete",
    "central",
    "popcorn",
    "concentric",
    "other",
];
const AIRWAYS: &[&str] = &["not stated", "subsegmental", "segmental", "lobar", "main"];
const WALLS: &[&str] = &["not stated", "thin", "thick"];
const MARGINS: &[&str] = &[
    "not stated",
    "smooth",
    "lobulated",
    "irregular",
    "spiculated",
];
const LOBES: &[&str] = &[
    "not stated",
    "right upper",
    "right middle",
    "right lower",
    "left upper",
    "lingula",
    "left lower",
];
const CATEGORIES: &[&str] = &["not stated", "2", "3", "4A", "4B", "4X"];
const NO_YES: &[&str] = &["no", "yes"];

/// Error in a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Complaint {
    pub field: usize,
    pub message: String,
}

/// Empty form.
pub(super) fn form() -> Form {
    let length = |label| Field::new(label, Kind::Text, "mm, such as 14.9");
    let choice = |label, names| Field::new(label, Kind::Choice(names), "");
    let mut form = Form::new(vec![
        choice("Type", TYPES),
        length("Long axis"),
        length("Short axis"),
        length("Solid part, long"),
        length("Solid part, short"),
        choice("Airway level", AIRWAYS),
        choice("Cyst wall", WALLS),
        choice("Multilocular", NO_YES),
        choice("Status", STATUSES),
        length("Earlier mean"),
        length("Earlier solid mean"),
        choice("Earlier category", CATEGORIES),
        choice("Lobe", LOBES),
        choice("Margin", MARGINS),
        choice("Calcification", CALCIFICATIONS),
        choice("Fat inside", NO_YES),
        choice("Suspicious feature", NO_YES),
        Field::new("Note", Kind::Text, "optional"),
    ]);
    ask_what_applies(&mut form);
    form
}

/// Fills the form from a nodule.
pub(super) fn fill(form: &mut Form, nodule: &MeasuredNodule) {
    let draft = &nodule.draft;
    let place = |names: &[&str], word: &str| names.iter().position(|name| *name == word);
    let mut choose = |field, names: &[&str], word: Option<&str>| {
        let chosen = word.and_then(|word| place(names, word));
        form.choose(field, chosen.unwrap_or_default());
    };
    choose(TYPE, TYPES, Some(draft.nodule_type.as_str()));
    choose(AIRWAY, AIRWAYS, draft.airway_level.map(AirwayLevel::as_str));
    choose(WALL, WALLS, draft.cyst_wall.map(CystWall::as_str));
    choose(STATUS, STATUSES, Some(draft.status.as_str()));
    choose(LOBE, LOBES, nodule.lobe.map(Lobe::as_str));
    choose(MARGIN, MARGINS, draft.margin.map(Margin::as_str));
    choose(
        CALCIFICATION,
        CALCIFICATIONS,
        Some(draft.calcification.as_str()),
    );
    for (field, holds) in [
        (MULTILOCULAR, draft.multilocular),
        (FAT, draft.fat),
        (SUSPICIOUS, draft.suspicious),
    ] {
        form.choose(field, usize::from(holds));
    }
    set_axes(form, draft.axes);
    if let Some(part) = draft.solid_part {
        form.set(SOLID_LONG, part.long().to_string());
        form.set(SOLID_SHORT, part.short().to_string());
    }
    if let Some(earlier) = draft.earlier {
        set_earlier(form, earlier);
    }
    form.set(NOTE, nodule.note.clone());
    ask_what_applies(form);
}

/// Fills in measured axes.
pub(super) fn set_axes(form: &mut Form, axes: Axes) {
    form.set(LONG, axes.long().to_string());
    form.set(SHORT, axes.short().to_string());
}

/// Fills in the data of an earlier exam.
pub(super) fn set_earlier(form: &mut Form, earlier: Earlier) {
    form.set(EARLIER_MEAN, earlier.sizes.mean.to_string());
    let solid = earlier.sizes.solid_mean.map(|mean| mean.to_string());
    form.set(EARLIER_SOLID, solid.unwrap_or_default());
    let category = earlier.category.map(Category::as_str);
    let chosen = CATEGORIES.iter().position(|name| Some(*name) == category);
    form.choose(EARLIER_CATEGORY, chosen.unwrap_or_default());
}

/// Selects a status.
pub(super) fn set_status(form: &mut Form, status: Status) {
    let chosen = STATUSES.iter().position(|name| *name == status.as_str());
    form.choose(STATUS, chosen.unwrap_or_default());
    ask_what_applies(form);
}

/// Hides the fields that a nodule of the chosen type and status does not have.
pub(super) fn ask_what_applies(form: &mut Form) {
    let of_type = |form: &Form, wanted: NoduleType| nodule_type(form) == wanted;
    let part_solid = of_type(form, NoduleType::PartSolid);
    let cyst = of_type(form, NoduleType::Cyst);
    let followed = !matches!(status(form), Status::Baseline | Status::New);
    for (field, asked) in [
        (SOLID_LONG, part_solid),
        (SOLID_SHORT, part_solid),
        (AIRWAY, of_type(form, NoduleType::Airway)),
        (WALL, cyst),
        (MULTILOCULAR, cyst),
        (EARLIER_MEAN, followed),
        (EARLIER_SOLID, followed && part_solid),
        (EARLIER_CATEGORY, followed),
    ] {
        form.hide(field, !asked);
    }
}

fn nodule_type(form: &Form) -> NoduleType {
    let chosen = NoduleType::ALL.get(form.chosen(TYPE));
    chosen.copied().unwrap_or(NoduleType::Solid)
}

fn status(form: &Form) -> Status {
    let chosen = Status::ALL.get(form.chosen(STATUS));
    chosen.copied().unwrap_or(Status::Baseline)
}

/// Choice after "not stated" in a field that applies.
fn stated<T: Copy>(form: &Form, field: usize, all: &[T]) -> Option<T> {
    if form.is_hidden(field) {
        return None;
    }
    let chosen = form.chosen(field).checked_sub(1)?;
    all.get(chosen).copied()
}

fn length(form: &Form, field: usize, what: &str) -> Result<Millimetres, Complaint> {
    let typed = form.value(field).trim();
    let message = match typed.parse() {
        Ok(length) => return Ok(length),
        Err(_) if typed.is_empty() => format!("{what} in mm is missing"),
        Err(error) => {
            let error: MeasurementError = error;
            format!("“{}” {error}", shown(&scrub(typed)))
        }
    };
    Err(Complaint { field, message })
}

/// Each typed field of the form that is wrong on its own, in their order.
pub(crate) fn wrong(form: &Form) -> Vec<Complaint> {
    let asked = |field| !form.is_hidden(field);
    let typed = |field| asked(field) && !form.value(field).trim().is_empty();
    let lengths = [
        (LONG, "the long axis", true),
        (SHORT, "the short axis", true),
        (SOLID_LONG, "the solid part's long axis", asked(SOLID_LONG)),
        (
            SOLID_SHORT,
            "the solid part's short axis",
            asked(SOLID_LONG),
        ),
        (EARLIER_MEAN, "the earlier mean", typed(EARLIER_MEAN)),
        (
            EARLIER_SOLID,
            "the earlier solid mean",
            typed(EARLIER_MEAN) && typed(EARLIER_SOLID),
        ),
    ];
    let lengths = lengths.into_iter().filter(|(.., is_needed)| *is_needed);
    let mut wrong: Vec<Complaint> = lengths
        .filter_map(|(field, what, _)| length(form, field, what).err())
        .collect();
    wrong.extend(note(form).err());
    wrong
}

/// The note of the form.
fn note(form: &Form) -> Result<String, Complaint> {
    let typed = form.value(NOTE);
    match text::line(typed, crate::clinical::nodule::NOTE_CHARACTERS) {
        Ok(note) => Ok(note),
        Err(_) if typed.trim().is_empty() => Ok(String::new()),
        Err(_) => Err(Complaint {
            field: NOTE,
            message: UNFIT_NOTE.into(),
        }),
    }
}

/// Nodule of the form, with typed axes and checked parts.
///
/// # Errors
/// The first wrong field.
pub(super) fn read(form: &Form) -> Result<MeasuredNodule, Complaint> {
    let axes = axes(form)?;
    let note = note(form)?;
    let draft = NoduleDraft {
        solid_part: solid_part(form)?,
        status: status(form),
        airway_level: stated(form, AIRWAY, &AirwayLevel::ALL),
        cyst_wall: stated(form, WALL, &CystWall::ALL),
        multilocular: !form.is_hidden(MULTILOCULAR) && form.chosen(MULTILOCULAR) == 1,
        calcification: Calcification::ALL
            .get(form.chosen(CALCIFICATION))
            .copied()
            .unwrap_or(Calcification::None),
        fat: form.chosen(FAT) == 1,
        margin: stated(form, MARGIN, &Margin::ALL),
        suspicious: form.chosen(SUSPICIOUS) == 1,
        earlier: earlier(form)?,
        ..NoduleDraft::new(nodule_type(form), axes)
    };
    if let Err(error) = draft.validate() {
        return Err(Complaint {
            field: field_of(error),
            message: error.to_string(),
        });
    }
    Ok(MeasuredNodule {
        lobe: stated(form, LOBE, &Lobe::ALL),
        note,
        ..MeasuredNodule::new(draft)
    })
}

/// Axes as typed.
pub(super) fn axes(form: &Form) -> Result<Axes, Complaint> {
    Ok(Axes::new(
        length(form, LONG, "the long axis")?,
        length(form, SHORT, "the short axis")?,
    ))
}

/// Axes of the solid part, if the type has one.
pub(super) fn solid_part(form: &Form) -> Result<Option<Axes>, Complaint> {
    if form.is_hidden(SOLID_LONG) {
        return Ok(None);
    }
    Ok(Some(Axes::new(
        length(form, SOLID_LONG, "the solid part's long axis")?,
        length(form, SOLID_SHORT, "the solid part's short axis")?,
    )))
}

fn earlier(form: &Form) -> Result<Option<Earlier>, Complaint> {
    let blank = form.value(EARLIER_MEAN).trim().is_empty();
    if form.is_hidden(EARLIER_MEAN) || blank {
        return Ok(None);
    }
    let mean = length(form, EARLIER_MEAN, "the earlier mean")?;
    let no_solid = form.is_hidden(EARLIER_SOLID) || form.value(EARLIER_SOLID).trim().is_empty();
    let solid_mean = match no_solid {
        true => None,
        false => Some(length(form, EARLIER_SOLID, "the earlier solid mean")?),
    };
    let categories = [
        Category::Two,
        Category::Three,
        Category::FourA,
        Category::FourB,
        Category::FourX,
    ];
    Ok(Some(Earlier {
        sizes: Sizes { mean, solid_mean },
        category: stated(form, EARLIER_CATEGORY, &categories),
    }))
}

/// Field that an error is about.
fn field_of(error: NoduleError) -> usize {
    use NoduleError::*;
    match error {
        NoSolidPart | SolidPartElsewhere | SolidPartTooLarge => SOLID_LONG,
        NoAirwayLevel | AirwayLevelElsewhere => AIRWAY,
        NoCystWall | CystElsewhere => WALL,
        TotalAloneElsewhere | GrowingWallElsewhere | EarlierUnheardOf(_) | GrewWhileStable
        | NoGrowth => STATUS,
        EarlierSolidPart | EarlierSolidPartTooLarge => EARLIER_SOLID,
        EarlierCategory(_) => EARLIER_CATEGORY,
    }
}

impl Complaint {
    /// The complaint as a sentence.
    pub(super) fn sentence(&self) -> String {
        sentence(&self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clinical::nodule::Measurement;

    #[test]
    fn the_choices_are_the_clinical_terms_in_their_order() {
        fn same<T: Copy>(names: &[&str], all: &[T], as_str: fn(T) -> &'static str) {
            let words: Vec<&str> = all.iter().map(|one| as_str(*one)).collect();
            assert_eq!(names, words);
        }
        same(TYPES, &NoduleType::ALL, NoduleType::as_str);
        same(STATUSES, &Status::ALL, Status::as_str);
        same(CALCIFICATIONS, &Calcification::ALL, Calcification::as_str);
        same(&AIRWAYS[1..], &AirwayLevel::ALL, AirwayLevel::as_str);
        same(&WALLS[1..], &CystWall::ALL, CystWall::as_str);
        same(&MARGINS[1..], &Margin::ALL, Margin::as_str);
        same(&LOBES[1..], &Lobe::ALL, Lobe::as_str);
    }

    #[test]
    fn a_nodule_survives_the_form_unchanged() {
        let length = |typed: &str| typed.parse::<Millimetres>().unwrap();
        let solid_part = Axes::new(length("6.1"), length("4.0"));
        let axes = Axes::new(length("13.1"), length("11.2"));
        let part_solid = MeasuredNodule {
            lobe: Some(Lobe::Lingula),
            note: "by the fissure".into(),
            ..MeasuredNodule::new(NoduleDraft {
                solid_part: Some(solid_part),
                status: Status::Stable,
                calcification: Calcification::Other,
                margin: Some(Margin::Spiculated),
                suspicious: true,
                earlier: Some(Earlier {
                    sizes: Sizes {
                        mean: length("12.0"),
                        solid_mean: Some(length("5.0")),
                    },
                    category: Some(Category::Three),
                }),
                ..NoduleDraft::new(NoduleType::PartSolid, axes)
            })
        };
        let cyst = MeasuredNodule::new(NoduleDraft {
            cyst_wall: Some(CystWall::Thick),
            multilocular: true,
            ..NoduleDraft::new(NoduleType::Cyst, axes)
        });
        let airway = MeasuredNodule::new(NoduleDraft {
            airway_level: Some(AirwayLevel::Main),
            fat: true,
            ..NoduleDraft::new(NoduleType::Airway, axes)
        });
        for nodule in [part_solid, cyst, airway] {
            let mut form = form();
            fill(&mut form, &nodule);
            assert_eq!(nodule.measurement, Measurement::typed_in());
            assert_eq!(read(&form), Ok(nodule));
        }
    }

    #[test]
    fn fields_that_a_type_does_not_have_are_hidden_and_not_read() {
        let mut form = form();
        form.choose(TYPE, 1);
        ask_what_applies(&mut form);
        form.set(LONG, "9".into());
        form.set(SHORT, "8".into());
        assert_eq!(read(&form).unwrap_err().field, SOLID_LONG);
        form.set(SOLID_LONG, "9.5".into());
        form.set(SOLID_SHORT, "8".into());
        assert_eq!(read(&form).unwrap_err().field, SOLID_LONG);
        form.choose(TYPE, 0);
        ask_what_applies(&mut form);
        assert_eq!(read(&form).unwrap().draft.solid_part, None);
    }

    #[test]
    fn an_invalid_length_is_reported() {
        let mut form = form();
        assert_eq!(
            read(&form).unwrap_err().message,
            "the long axis in mm is missing"
        );
        form.set(LONG, "1\u{202e}4.95".into());
        let complaint = read(&form).unwrap_err();
        assert_eq!(complaint.field, LONG);
        assert!(
            complaint.message.starts_with("“14.95” is no"),
            "{complaint:?}"
        );
    }
}
