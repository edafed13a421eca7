//! The formats that records are exported in.

/// A format. Tables hold a row for every patient, the others have files of their own for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    Pdf,
    Fhir,
    /// Structured Reports.
    DicomSr,
    /// Secondary Captures of the pictures.
    DicomSc,
    Csv,
    Json,
}

impl Format {
    /// In the order in which they are offered.
    pub const ALL: [Self; 6] = [
        Self::Pdf,
        Self::Fhir,
        Self::DicomSr,
        Self::DicomSc,
        Self::Csv,
        Self::Json,
    ];

    /// The word as scripts write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Fhir => "fhir",
            Self::DicomSr => "dicom-sr",
            Self::DicomSc => "dicom-sc",
            Self::Csv => "csv",
            Self::Json => "json",
        }
    }

    /// Its name, and its purpose.
    pub fn described(self) -> (&'static str, &'static str) {
        match self {
            Self::Pdf => ("PDF", "The whole record on pages, to be read and printed."),
            Self::Fhir => (
                "FHIR R4 bundle",
                "The whole record, for another system that keeps records.",
            ),
            Self::DicomSr => (
                "DICOM report",
                "A Structured Report of each exam, for an archive of images.",
            ),
            Self::DicomSc => (
                "DICOM pictures",
                "Key image and heat map of each exam, for an archive of images.",
            ),
            Self::Csv => (
                "CSV table",
                "One table, a row a patient, for a spreadsheet or for an import.",
            ),
            Self::Json => ("JSON table", "One table, a row a patient, for a program."),
        }
    }

    /// The table that one file holds of all patients, where it is one.
    pub fn table(self) -> Option<Table> {
        match self {
            Self::Csv => Some(Table::Csv),
            Self::Json => Some(Table::Json),
            Self::Pdf | Self::Fhir | Self::DicomSr | Self::DicomSc => None,
        }
    }
}

/// A format of tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Table {
    Csv,
    Json,
}
