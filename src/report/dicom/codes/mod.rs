//! Codes for the content of a report: the standard's if it has one, otherwise LUNNY's own.

pub(super) mod own;
pub(super) mod standard;

/// A concept in a coding scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::report::dicom) struct Code {
    /// At most 16 characters.
    pub value: &'static str,
    pub scheme: Scheme,
    /// At most 64 characters.
    pub meaning: &'static str,
}

/// The coding scheme of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::report::dicom) enum Scheme {
    Dcm,
    Snomed,
    Loinc,
    Ucum,
    Umls,
    /// Tags of languages after RFC 5646.
    Language,
    Own,
}

impl Scheme {
    /// (0008,0102) CodingSchemeDesignator (PS3.16, table 8-1).
    pub(super) fn designator(self) -> &'static str {
        match self {
            Self::Dcm => "DCM",
            Self::Snomed => "SCT",
            Self::Loinc => "LN",
            Self::Ucum => "UCUM",
            Self::Umls => "UMLS",
            Self::Language => "RFC5646",
            // The standard reserves designators that begin with 99 for private schemes.
            Self::Own => "99LUNNY",
        }
    }
}

const fn code(value: &'static str, scheme: Scheme, meaning: &'static str) -> Code {
    debug_assert!(value.len() <= 16 && meaning.len() <= 64);
    Code {
        value,
        scheme,
        meaning,
    }
}
