//! The fields of a patient's record: the one list that form, view, search, CSV, PDF and FHIR use.

use super::kind::Kind;
use super::table::TABLE;

/// One field of a record, in the order of forms and pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    Number,
    FullName,
    DateOfBirth,
    Gender,
    Photo,
    Phone,
    Email,
    Address,
    EmergencyContact,
    Insurance,
    Doctor,
    SmokingStatus,
    PackYears,
    SmokingStopped,
    OccupationalExposure,
    FamilyHistory,
    PreviousConditions,
    Medications,
    Allergies,
    PastSurgeries,
    ScanDate,
    ScanType,
    NoduleType,
    AiOutput,
    RadiologistNotes,
    BiopsyPerformed,
    BiopsyResult,
    Histology,
    GeneticTests,
    BloodCount,
    Cea,
    OtherMarkers,
    DiagnosisDate,
    CancerStage,
    TreatmentType,
    TreatmentStart,
    TreatmentResponse,
    FollowUps,
    NextAppointment,
    SurvivorshipCare,
    PalliativeNotes,
    ConsentForms,
    Referrals,
    Notes,
}

/// A part of the record, as a page of the form and a heading of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Section {
    Identity,
    Contact,
    History,
    Imaging,
    Pathology,
    Treatment,
    FollowUp,
    Papers,
}

/// Privacy class of a field, for de-identified copies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Privacy {
    /// Identifies the patient: never in a de-identified copy.
    Identifying,
    /// A date in the patient's life: never in a de-identified copy, not even shifted.
    Date,
    /// Free text that may contain a name: never in a de-identified copy.
    FreeText,
    /// One of a list, or a quantity: allowed.
    Clinical,
}

/// Description of a field, without its values.
#[derive(Debug, Clone, Copy)]
pub struct Description {
    pub field: Field,
    /// Name in files and scripts: `date_of_birth`. Never changes.
    pub key: &'static str,
    /// Name on screens and pages.
    pub label: &'static str,
    pub section: Section,
    pub kind: Kind,
    /// Help text for entering a value, in a few words.
    pub help: &'static str,
    pub privacy: Privacy,
    /// Other headings of CSV columns for the field, folded by [`crate::clinical::text::fold`].
    pub also: &'static [&'static str],
}

impl Field {
    /// In order.
    pub fn all() -> impl DoubleEndedIterator<Item = Self> + ExactSizeIterator {
        TABLE.iter().map(|description| description.field)
    }

    /// The row of the table that describes the field.
    pub fn describe(self) -> &'static Description {
        &TABLE[self as usize]
    }

    /// Name in files, scripts and the database. It never changes.
    pub fn key(self) -> &'static str {
        self.describe().key
    }

    /// Name on screens and in reports.
    pub fn label(self) -> &'static str {
        self.describe().label
    }

    /// Kind of value, which decides about checks and input.
    pub fn kind(self) -> Kind {
        self.describe().kind
    }

    /// Section of the form that holds the field.
    pub fn section(self) -> Section {
        self.describe().section
    }

    /// Parses the key written by [`Field::key`].
    pub fn parse(key: &str) -> Option<Self> {
        Self::all().find(|field| field.key() == key)
    }

    /// True if a record must have a value.
    pub fn is_required(self) -> bool {
        matches!(self, Self::Number | Self::FullName)
    }

    /// True if a person enters it as text or by choice: false for a picture and a computed value.
    pub fn is_entered(self) -> bool {
        !matches!(self.kind(), Kind::Photo | Kind::Computed)
    }

    /// The fields that [`Field::is_entered`], in order.
    pub fn entered() -> impl DoubleEndedIterator<Item = Self> {
        Self::all().filter(|field| field.is_entered())
    }
}

impl Section {
    /// In order.
    pub const ALL: [Self; 8] = [
        Self::Identity,
        Self::Contact,
        Self::History,
        Self::Imaging,
        Self::Pathology,
        Self::Treatment,
        Self::FollowUp,
        Self::Papers,
    ];

    /// Heading of the section.
    pub fn label(self) -> &'static str {
        match self {
            Self::Identity => "Identity",
            Self::Contact => "Contact and care",
            Self::History => "History",
            Self::Imaging => "Imaging",
            Self::Pathology => "Pathology and markers",
            Self::Treatment => "Diagnosis and treatment",
            Self::FollowUp => "Follow-up",
            Self::Papers => "Papers and notes",
        }
    }

    /// Its fields, in order.
    pub fn fields(self) -> impl DoubleEndedIterator<Item = Field> {
        Field::all().filter(move |field| field.section() == self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clinical::text::fold;

    #[test]
    fn every_field_is_described_at_its_own_place() {
        for (place, description) in TABLE.iter().enumerate() {
            assert_eq!(description.field as usize, place, "{}", description.key);
            assert_eq!(description.field.describe().key, description.key);
        }
    }

    #[test]
    fn a_key_names_one_field_and_is_fit_for_files() {
        for field in Field::all() {
            assert_eq!(Field::parse(field.key()), Some(field));
            let fit = |letter: char| letter.is_ascii_lowercase() || letter == '_';
            assert!(field.key().chars().all(fit), "{}", field.key());
        }
        assert_eq!(Field::parse("Full name"), None);
    }

    #[test]
    fn no_heading_means_two_fields() {
        let mut seen = std::collections::BTreeMap::new();
        for field in Field::all() {
            let description = field.describe();
            let mut headings = vec![fold(description.key), fold(description.label)];
            headings.extend(description.also.iter().map(|also| (*also).to_owned()));
            headings.sort();
            headings.dedup();
            for heading in headings {
                assert_eq!(fold(&heading), heading, "{heading} is not folded");
                assert_eq!(seen.insert(heading.clone(), field), None, "{heading}");
            }
        }
    }

    #[test]
    fn sections_hold_all_fields_one_after_the_other() {
        let listed: Vec<Field> = Section::ALL.into_iter().flat_map(Section::fields).collect();
        assert_eq!(listed, Field::all().collect::<Vec<_>>());
    }
}
