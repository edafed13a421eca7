//! Choices of a bundle: its purpose, and the systems of its identifiers.

use uuid::Uuid;

use super::NAMESPACE;

/// Purpose of a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum BundleKind {
    /// A set of resources to be read.
    #[default]
    Collection,
    /// Requests that a server carries out all together or not at all.
    Transaction,
}

impl BundleKind {
    /// In the order in which they are offered.
    pub const ALL: [Self; 2] = [Self::Collection, Self::Transaction];

    /// The word in scripts and in the bundle.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Collection => "collection",
            Self::Transaction => "transaction",
        }
    }
}

/// Settings of a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FhirOptions {
    pub kind: BundleKind,
    /// Address of the hospital that the systems of identifiers begin with, without a slash at its end. Without one they are derived
    /// from the hospital's name.
    pub base: Option<String>,
}

/// A kind of identifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum System {
    /// Numbers of patients.
    Patient,
    /// Pseudonyms of patients in one de-identified export.
    Pseudonym,
    /// Numbers of exams.
    Exam,
    /// Accession numbers of the hospital.
    Accession,
}

impl System {
    fn as_str(self) -> &'static str {
        match self {
            Self::Patient => "patient",
            Self::Pseudonym => "pseudonym",
            Self::Exam => "exam",
            Self::Accession => "accession",
        }
    }
}

impl FhirOptions {
    /// A bundle of this kind, with the hospital's address if it is stated.
    pub fn new(kind: BundleKind, base: Option<&str>) -> Self {
        let base = base.map(str::to_owned);
        Self { kind, base }
    }

    /// The URI of a kind of identifiers of a hospital, the same in every bundle.
    pub(super) fn system(&self, hospital: &str, system: System) -> String {
        match &self.base {
            Some(base) => format!("{base}/identifier/{}", system.as_str()),
            None => {
                let name = format!("{hospital}\0system\0{}", system.as_str());
                Uuid::new_v5(&NAMESPACE, name.as_bytes()).urn().to_string()
            }
        }
    }
}
