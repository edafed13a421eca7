//! Items of a Structured Report's content tree (DICOM PS3.3, C.17.3).

use dicom_dictionary_std::tags;

use super::codes::Code;
use crate::clinical::text::is_unprintable;
use crate::imaging::instance::{Elements, decimal, person_name};

/// One item with its children.
#[derive(Debug, Clone)]
pub(super) struct ContentItem {
    relationship: Relationship,
    /// None for an image, which needs no name.
    name: Option<Code>,
    value: Value,
    children: Vec<ContentItem>,
}

/// The relationship of an item to the one above it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relationship {
    Contains,
    /// The observer, a person or a device, with its name.
    ObservationContext,
    AcquisitionContext,
    /// Refines the meaning of the item above.
    ConceptModifier,
    /// The image that a region lies on.
    SelectedFrom,
    /// The region that a number was measured on.
    InferredFrom,
}

#[derive(Debug, Clone)]
enum Value {
    /// A heading, by a template of PS3.16.
    Container(Option<&'static str>),
    Code(Code),
    Text(String),
    Number {
        number: f64,
        unit: Code,
    },
    Uid(String),
    Person(String),
    Image(ImageReference),
    Region(Region),
}

/// A shape on an image (PS3.3, C.18.6): rows and columns in pixels, with the centre of the first pixel at 0.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Region {
    Point([f64; 2]),
    /// A line through all points; an outline if it ends where it begins.
    Polyline(Vec<[f64; 2]>),
}

/// Names an instance of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ImageReference {
    pub class: String,
    pub instance: String,
    /// Number of the frame, from 1, in an image of several.
    pub frame: Option<u32>,
}

impl ContentItem {
    pub(super) fn container(name: Code, children: Vec<Self>) -> Self {
        Self {
            children,
            ..Self::new(Some(name), Value::Container(None))
        }
    }

    /// A heading whose items follow a template of PS3.16, by its number.
    pub(super) fn templated(name: Code, template: &'static str, children: Vec<Self>) -> Self {
        Self {
            children,
            ..Self::new(Some(name), Value::Container(Some(template)))
        }
    }

    pub(super) fn code(name: Code, value: Code) -> Self {
        Self::new(Some(name), Value::Code(value))
    }

    /// None for a text without visible content, which the standard does not allow.
    pub(super) fn text(name: Code, text: &str) -> Option<Self> {
        let is_blank = text
            .chars()
            .all(|letter| letter.is_whitespace() || is_unprintable(letter));
        (!is_blank).then(|| Self::new(Some(name), Value::Text(text.to_owned())))
    }

    pub(super) fn number(name: Code, number: f64, unit: Code) -> Self {
        Self::new(Some(name), Value::Number { number, unit })
    }

    pub(super) fn uid(name: Code, uid: String) -> Self {
        Self::new(Some(name), Value::Uid(uid))
    }

    pub(super) fn person(name: Code, full_name: &str) -> Self {
        Self::new(Some(name), Value::Person(person_name(full_name)))
    }

    pub(super) fn image(reference: ImageReference) -> Self {
        Self::new(None, Value::Image(reference))
    }

    /// A shape on an image.
    pub(super) fn region(name: Code, region: Region, on: ImageReference) -> Self {
        let image = Self::image(on).related_by(Relationship::SelectedFrom);
        Self {
            children: vec![image],
            ..Self::new(Some(name), Value::Region(region))
        }
    }

    /// The same item with the region that it was measured on.
    pub(super) fn inferred_from(mut self, region: Self) -> Self {
        self.children
            .push(region.related_by(Relationship::InferredFrom));
        self
    }

    fn new(name: Option<Code>, value: Value) -> Self {
        Self {
            relationship: Relationship::Contains,
            name,
            value,
            children: Vec::new(),
        }
    }

    /// The same item in another relationship to the one above it.
    pub(super) fn related_by(self, relationship: Relationship) -> Self {
        Self {
            relationship,
            ..self
        }
    }

    /// The same item with a code that refines its meaning.
    pub(super) fn modified(mut self, name: Code, value: Code) -> Self {
        let modifier = Self::code(name, value);
        self.children
            .push(modifier.related_by(Relationship::ConceptModifier));
        self
    }

    /// Writes the item as the root of an object's tree.
    pub(super) fn state_as_root(self, elements: &mut Elements) {
        elements.text(tags::VALUE_TYPE, self.value.value_type());
        if let Some(name) = &self.name {
            elements.sequence(tags::CONCEPT_NAME_CODE_SEQUENCE, [name.elements()]);
        }
        self.value.state(elements);
        if !self.children.is_empty() {
            let children = self.children.into_iter().map(Self::elements);
            elements.sequence(tags::CONTENT_SEQUENCE, children);
        }
    }

    fn elements(self) -> Elements {
        let mut elements = Elements::default();
        elements.text(tags::RELATIONSHIP_TYPE, self.relationship.as_str());
        self.state_as_root(&mut elements);
        elements
    }
}

impl Relationship {
    fn as_str(self) -> &'static str {
        match self {
            Self::Contains => "CONTAINS",
            Self::ObservationContext => "HAS OBS CONTEXT",
            Self::AcquisitionContext => "HAS ACQ CONTEXT",
            Self::ConceptModifier => "HAS CONCEPT MOD",
            Self::SelectedFrom => "SELECTED FROM",
            Self::InferredFrom => "INFERRED FROM",
        }
    }
}

impl Value {
    fn value_type(&self) -> &'static str {
        match self {
            Self::Container(_) => "CONTAINER",
            Self::Code(_) => "CODE",
            Self::Text(_) => "TEXT",
            Self::Number { .. } => "NUM",
            Self::Uid(_) => "UIDREF",
            Self::Person(_) => "PNAME",
            Self::Image(_) => "IMAGE",
            Self::Region(_) => "SCOORD",
        }
    }

    fn state(&self, elements: &mut Elements) {
        match self {
            Self::Container(template) => {
                elements.text(tags::CONTINUITY_OF_CONTENT, "SEPARATE");
                if let Some(template) = template {
                    let mut item = Elements::default();
                    item.text(tags::MAPPING_RESOURCE, "DCMR");
                    item.text(tags::TEMPLATE_IDENTIFIER, template);
                    elements.sequence(tags::CONTENT_TEMPLATE_SEQUENCE, [item]);
                }
            }
            Self::Code(code) => {
                elements.sequence(tags::CONCEPT_CODE_SEQUENCE, [code.elements()]);
            }
            Self::Text(text) => elements.text(tags::TEXT_VALUE, text),
            Self::Number { number, unit } => {
                let mut item = Elements::default();
                let written = decimal(*number);
                // The standard requires both if the text alone is less exact.
                if !is_exact(&written, *number) {
                    item.double(tags::FLOATING_POINT_VALUE, *number);
                }
                item.text(tags::NUMERIC_VALUE, &written);
                let unit = [unit.elements()];
                item.sequence(tags::MEASUREMENT_UNITS_CODE_SEQUENCE, unit);
                elements.sequence(tags::MEASURED_VALUE_SEQUENCE, [item]);
            }
            Self::Uid(uid) => elements.text(tags::UID, uid),
            Self::Person(name) => elements.text(tags::PERSON_NAME, name),
            Self::Image(reference) => {
                elements.sequence(tags::REFERENCED_SOP_SEQUENCE, [reference.elements()]);
            }
            Self::Region(region) => region.state(elements),
        }
    }
}

/// True if the decimal equals the number, apart from binary rounding.
fn is_exact(decimal: &str, number: f64) -> bool {
    let said: Result<f64, _> = decimal.parse();
    said.is_ok_and(|said| (said - number).abs() <= 1e-12 * number.abs())
}

impl Region {
    fn state(&self, elements: &mut Elements) {
        let (kind, points) = match self {
            Self::Point(point) => ("POINT", std::slice::from_ref(point)),
            Self::Polyline(points) => ("POLYLINE", points.as_slice()),
        };
        // The standard counts from the corner of the first pixel, column before row.
        let corner = |[row, column]: &[f64; 2]| [column + 0.5, row + 0.5];
        let numbers: Vec<f32> = (points.iter())
            .flat_map(corner)
            .map(|number| number as f32)
            .collect();
        elements.floats(tags::GRAPHIC_DATA, &numbers);
        elements.text(tags::GRAPHIC_TYPE, kind);
    }
}

impl ImageReference {
    pub(super) fn elements(&self) -> Elements {
        let mut elements = Elements::default();
        elements.text(tags::REFERENCED_SOP_CLASS_UID, &self.class);
        elements.text(tags::REFERENCED_SOP_INSTANCE_UID, &self.instance);
        if let Some(frame) = self.frame {
            elements.text(tags::REFERENCED_FRAME_NUMBER, &frame.to_string());
        }
        elements
    }
}
