//! The formats that records are exported in.

/// A format. Tables hold a row for every patient, the others have files of their own for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    Fhir,
    Csv,
    Json,
}

impl Format {
    /// In the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Fhir, Self::Csv, Self::Json];

    /// The word as scripts write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fhir => "fhir",
            Self::Csv => "csv",
            Self::Json => "json",
        }
    }

    /// The format that [`Format::as_str`] wrote.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == word)
    }

    /// What it is called, and what it is for.
    pub fn described(self) -> (&'static str, &'static str) {
        match self {
            Self::Fhir => ("FHIR R4 bundle", "the whole record, for another system"),
            Self::Csv => ("CSV table", "a row a patient, for a spreadsheet or LUNNY"),
            Self::Json => ("JSON table", "the same rows, for a program"),
        }
    }

    /// Whether one file holds all patients.
    pub fn is_table(self) -> bool {
        match self {
            Self::Csv | Self::Json => true,
            Self::Fhir => false,
        }
    }
}
