//! The formats that records are exported in.

use crate::report::table::Dialect;

/// A format. A table has one row per patient; the other formats have separate files for each patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    Pdf,
    Fhir,
    /// Structured Reports.
    DicomSr,
    /// Secondary Captures of the pictures.
    DicomSc,
    /// The files attached to the record, as they are.
    Attachments,
    Csv,
    /// The same table for Excel.
    Excel,
    Json,
}

impl Format {
    /// In the order in which they are offered.
    pub const ALL: [Self; 8] = [
        Self::Pdf,
        Self::Fhir,
        Self::DicomSr,
        Self::DicomSc,
        Self::Attachments,
        Self::Csv,
        Self::Excel,
        Self::Json,
    ];

    /// The word in scripts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Fhir => "fhir",
            Self::DicomSr => "dicom-sr",
            Self::DicomSc => "dicom-sc",
            Self::Attachments => "attachments",
            Self::Csv => "csv",
            Self::Excel => "csv-excel",
            Self::Json => "json",
        }
    }

    /// Its name, and its purpose.
    pub fn described(self) -> (&'static str, &'static str) {
        match self {
            Self::Pdf => (
                "PDF",
                "The whole record on pages, for reading and printing.",
            ),
            Self::Fhir => (
                "FHIR R4 bundle",
                "The whole record, for another records system.",
            ),
            Self::DicomSr => (
                "DICOM report",
                "A Structured Report of each exam, for an image archive.",
            ),
            Self::DicomSc => (
                "DICOM pictures",
                "Key image and heat map of each exam, for an image archive.",
            ),
            Self::Attachments => (
                "Attachments",
                "The PDF, JPEG and PNG files attached to the record, as they are.",
            ),
            Self::Csv => (
                "CSV table",
                "One table with a row per patient, for a program or an import.",
            ),
            Self::Excel => (
                "CSV for Excel",
                "The same table, with long numbers and phones as Excel keeps them.",
            ),
            Self::Json => (
                "JSON table",
                "One table with a row per patient, for a program.",
            ),
        }
    }

    /// The table of all patients in one file, if the format is one.
    pub fn table(self) -> Option<Table> {
        match self {
            Self::Csv => Some(Table::Csv(Dialect::Plain)),
            Self::Excel => Some(Table::Csv(Dialect::Excel)),
            Self::Json => Some(Table::Json),
            Self::Pdf | Self::Fhir | Self::DicomSr | Self::DicomSc | Self::Attachments => None,
        }
    }
}

/// A format of tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Table {
    Csv(Dialect),
    Json,
}
