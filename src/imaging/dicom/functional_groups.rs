//! Functional groups of an enhanced multi-frame object: attributes of all frames, and of each frame (PS3.3
//! C.7.6.16).

use dicom_core::Tag;
use dicom_core::value::PrimitiveValue;
use dicom_dictionary_std::tags;

use super::super::MOST_FRAMES;
use super::super::error::Fault;
use super::super::{Marks, marks};
use super::elements::Open;
use super::numbers::{clear_number, finite_numbers, spacing, trimmed};

/// The attributes shared by all frames, and those of each frame.
#[derive(Debug, Default)]
pub(super) struct FunctionalGroups {
    shared: Group,
    frames: Vec<Group>,
}

/// The attributes of one frame or of all.
#[derive(Debug, Default, Clone, PartialEq)]
pub(super) struct Group {
    pub position_mm: Option<[f64; 3]>,
    pub orientation: Option<[f64; 6]>,
    pub spacing_mm: Option<[f64; 2]>,
    pub thickness_mm: Option<f64>,
    pub intercept: Option<f64>,
    pub slope: Option<f64>,
    /// True if (0028,1054) RescaleType states Hounsfield units, false if it states another unit.
    pub hounsfield: Option<bool>,
    pub time_point: Option<u32>,
    pub phase_percent: Option<f64>,
    pub marks: Marks,
}

/// True if a RescaleType is that of Hounsfield units (PS3.3 C.11.1.1.2); `None` if it is empty, as in most CT
/// slices, or unspecified (`US`). Workstations write the name in full, also misspelled ("Houndsfield Unit").
pub(super) fn is_hounsfield(rescale_type: &str) -> Option<bool> {
    let named = rescale_type.trim_matches([' ', '\0']).to_ascii_uppercase();
    match named.as_str() {
        "" | "US" => None,
        named => Some(named == "HU" || named.starts_with("HOUN")),
    }
}

impl Group {
    /// Stores the value of an element in these open levels that [`FunctionalGroups::asking_for`] accepted.
    pub(super) fn take(&mut self, open: &[Open], tag: Tag, value: &PrimitiveValue) {
        if let Some(mark) = sequence(open).and_then(|group| marks::of_frame(group, tag)) {
            self.marks.set(mark, written(tag, value));
        }
        let number = || finite_numbers(value).map(|[number]| number);
        match tag {
            tags::IMAGE_POSITION_PATIENT => self.position_mm = finite_numbers(value),
            tags::IMAGE_ORIENTATION_PATIENT => self.orientation = finite_numbers(value),
            tags::PIXEL_SPACING => self.spacing_mm = spacing(value),
            tags::SLICE_THICKNESS => self.thickness_mm = number(),
            tags::RESCALE_INTERCEPT => self.intercept = first(value),
            tags::RESCALE_SLOPE => self.slope = first(value),
            tags::RESCALE_TYPE => self.hounsfield = is_hounsfield(&value.to_str()),
            tags::TEMPORAL_POSITION_INDEX => {
                self.time_point = number().map(|number| number as u32);
            }
            tags::NOMINAL_PERCENTAGE_OF_CARDIAC_PHASE => self.phase_percent = number(),
            _ => {}
        }
    }

    fn or(self, other: &Self) -> Self {
        Self {
            position_mm: self.position_mm.or(other.position_mm),
            orientation: self.orientation.or(other.orientation),
            spacing_mm: self.spacing_mm.or(other.spacing_mm),
            thickness_mm: self.thickness_mm.or(other.thickness_mm),
            intercept: self.intercept.or(other.intercept),
            slope: self.slope.or(other.slope),
            hounsfield: self.hounsfield.or(other.hounsfield),
            time_point: self.time_point.or(other.time_point),
            phase_percent: self.phase_percent.or(other.phase_percent),
            marks: self.marks.or(&other.marks),
        }
    }
}

/// The first value, as in elements of the file; not a number if it is none, so that the frame is refused. `None` if it is empty.
fn first(value: &PrimitiveValue) -> Option<f64> {
    let texts = value.to_multi_str();
    let text = trimmed(texts.first()?);
    (!text.is_empty()).then(|| clear_number(text).unwrap_or(f64::NAN))
}

impl FunctionalGroups {
    /// The attributes of a frame: its own, else the shared ones.
    pub(super) fn frame(&self, frame: usize) -> Group {
        let own = self.frames.get(frame).cloned().unwrap_or_default();
        own.or(&self.shared)
    }

    /// Processes the start of an item: the last of the open levels.
    pub(super) fn begin_item(&mut self, open: &[Open]) -> Result<(), Fault> {
        let frames = Open::Sequence(tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE);
        if open == [frames, Open::Item] {
            if self.frames.len() == MOST_FRAMES {
                return Err(Fault::too_many_frames(format_args!("over {MOST_FRAMES}")));
            }
            self.frames.push(Group::default());
        }
        Ok(())
    }

    /// The group that stores an element with this tag in these open levels, if any.
    pub(super) fn asking_for(&mut self, open: &[Open], tag: Tag) -> Option<&mut Group> {
        let [
            Open::Sequence(groups),
            Open::Item,
            Open::Sequence(group),
            Open::Item,
        ] = open
        else {
            return None;
        };
        let asked = matches!(
            (*group, tag),
            (tags::PLANE_POSITION_SEQUENCE, tags::IMAGE_POSITION_PATIENT)
                | (
                    tags::PLANE_ORIENTATION_SEQUENCE,
                    tags::IMAGE_ORIENTATION_PATIENT
                )
                | (
                    tags::PIXEL_MEASURES_SEQUENCE,
                    tags::PIXEL_SPACING | tags::SLICE_THICKNESS
                )
                | (
                    tags::PIXEL_VALUE_TRANSFORMATION_SEQUENCE,
                    tags::RESCALE_INTERCEPT | tags::RESCALE_SLOPE | tags::RESCALE_TYPE
                )
                | (tags::FRAME_CONTENT_SEQUENCE, tags::TEMPORAL_POSITION_INDEX)
                | (
                    tags::CARDIAC_SYNCHRONIZATION_SEQUENCE,
                    tags::NOMINAL_PERCENTAGE_OF_CARDIAC_PHASE
                )
        ) || marks::of_frame(*group, tag).is_some();
        match *groups {
            _ if !asked => None,
            tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE => Some(&mut self.shared),
            tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE => self.frames.last_mut(),
            _ => None,
        }
    }
}

/// The sequence of the innermost item.
fn sequence(open: &[Open]) -> Option<Tag> {
    match open {
        [.., Open::Sequence(group), Open::Item] => Some(*group),
        _ => None,
    }
}

/// The value of an attribute as text; indices with leading zeros, so that texts have the order of the numbers.
fn written(tag: Tag, value: &PrimitiveValue) -> String {
    let texts = value.to_multi_str();
    let texts = texts.iter().map(|text| match tag {
        tags::DIMENSION_INDEX_VALUES => format!("{:0>10}", trimmed(text)),
        _ => trimmed(text).to_owned(),
    });
    texts.collect::<Vec<_>>().join("\\")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rescale_is_its_first_value_and_no_number_is_not_replaced() {
        let value = |text: &str| {
            let values = text.split('\\').map(str::to_owned);
            first(&PrimitiveValue::Strs(values.collect()))
        };
        assert_eq!(value("-1024\\-1024"), Some(-1024.0));
        assert_eq!(value(" "), None);
        for text in ["abc", "-1,024"] {
            assert!(value(text).is_some_and(f64::is_nan), "{text}");
        }
    }
}
