//! The terms that describe a nodule.

/// Type of a nodule: its density or its location.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NoduleType {
    Solid,
    PartSolid,
    /// Ground glass.
    NonSolid,
    /// Solid, smooth, oval, lentiform or triangular, at a pleura or a fissure.
    Juxtapleural,
    Airway,
    /// An atypical pulmonary cyst.
    Cyst,
}

impl NoduleType {
    /// In the order in which a form offers them.
    pub const ALL: [Self; 6] = [
        Self::Solid,
        Self::PartSolid,
        Self::NonSolid,
        Self::Juxtapleural,
        Self::Airway,
        Self::Cyst,
    ];

    /// The word in scripts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Solid => "solid",
            Self::PartSolid => "part-solid",
            Self::NonSolid => "non-solid",
            Self::Juxtapleural => "juxtapleural",
            Self::Airway => "airway",
            Self::Cyst => "cyst",
        }
    }
}

/// Change of a nodule since the previous exam.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// Seen at the very first exam.
    Baseline,
    /// Not present at the previous exam.
    New,
    /// No growth at the follow-up that its category requires: six months for a 3, three for a 4A.
    Stable,
    /// Larger over several exams, but never by more than 1.5 mm within 12 months.
    SlowlyGrowing,
    /// Mean diameter up by more than 1.5 mm within 12 months: of a part-solid nodule that of its solid
    /// part, of a cyst that of its chamber.
    Growing,
    /// A part-solid nodule that grew while its solid part did not.
    GrowingTotalAlone,
    /// A cyst whose wall or nodularity grew.
    GrowingWall,
}

impl Status {
    /// In the order in which a form offers them.
    pub const ALL: [Self; 7] = [
        Self::Baseline,
        Self::New,
        Self::Stable,
        Self::SlowlyGrowing,
        Self::Growing,
        Self::GrowingTotalAlone,
        Self::GrowingWall,
    ];

    /// The word in scripts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            Self::New => "new",
            Self::Stable => "stable",
            Self::SlowlyGrowing => "slowly-growing",
            Self::Growing => "growing",
            Self::GrowingTotalAlone => "growing-total-alone",
            Self::GrowingWall => "growing-wall",
        }
    }
}

/// Calcification of a nodule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Calcification {
    None,
    Complete,
    Central,
    Popcorn,
    Concentric,
    /// Any other pattern, such as eccentric or stippled, which is not a sign of a benign nodule.
    Other,
}

impl Calcification {
    /// In the order in which a form offers them.
    pub const ALL: [Self; 6] = [
        Self::None,
        Self::Complete,
        Self::Central,
        Self::Popcorn,
        Self::Concentric,
        Self::Other,
    ];

    /// The word in scripts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Complete => "complete",
            Self::Central => "central",
            Self::Popcorn => "popcorn",
            Self::Concentric => "concentric",
            Self::Other => "other",
        }
    }

    /// True if Lung-RADS names the pattern as benign.
    pub fn is_benign(self) -> bool {
        match self {
            Self::Complete | Self::Central | Self::Popcorn | Self::Concentric => true,
            Self::None | Self::Other => false,
        }
    }
}

/// Airway level of a nodule, from the periphery inwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AirwayLevel {
    Subsegmental,
    Segmental,
    Lobar,
    Main,
}

impl AirwayLevel {
    /// In the order in which a form offers them.
    pub const ALL: [Self; 4] = [Self::Subsegmental, Self::Segmental, Self::Lobar, Self::Main];

    /// The word in scripts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Subsegmental => "subsegmental",
            Self::Segmental => "segmental",
            Self::Lobar => "lobar",
            Self::Main => "main",
        }
    }
}

/// The wall of a cyst: thick from 2 mm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CystWall {
    Thin,
    Thick,
}

impl CystWall {
    /// In the order in which a form offers them.
    pub const ALL: [Self; 2] = [Self::Thin, Self::Thick];

    /// The word in scripts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Thin => "thin",
            Self::Thick => "thick",
        }
    }
}

/// The outline of a nodule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Margin {
    Smooth,
    Lobulated,
    Irregular,
    Spiculated,
}

impl Margin {
    /// In the order in which a form offers them.
    pub const ALL: [Self; 4] = [
        Self::Smooth,
        Self::Lobulated,
        Self::Irregular,
        Self::Spiculated,
    ];

    /// The word in scripts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Smooth => "smooth",
            Self::Lobulated => "lobulated",
            Self::Irregular => "irregular",
            Self::Spiculated => "spiculated",
        }
    }
}

/// Lobe of the lung that contains a nodule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lobe {
    RightUpper,
    RightMiddle,
    RightLower,
    LeftUpper,
    /// The part of the left upper lobe that corresponds to the right middle lobe.
    Lingula,
    LeftLower,
}

impl Lobe {
    /// In the order in which a form offers them.
    pub const ALL: [Self; 6] = [
        Self::RightUpper,
        Self::RightMiddle,
        Self::RightLower,
        Self::LeftUpper,
        Self::Lingula,
        Self::LeftLower,
    ];

    /// The words shown to the user and stored in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RightUpper => "right upper",
            Self::RightMiddle => "right middle",
            Self::RightLower => "right lower",
            Self::LeftUpper => "left upper",
            Self::Lingula => "lingula",
            Self::LeftLower => "left lower",
        }
    }

    /// True for an upper lobe. The lingula is a part of one.
    pub fn is_upper(self) -> bool {
        match self {
            Self::RightUpper | Self::LeftUpper | Self::Lingula => true,
            Self::RightMiddle | Self::RightLower | Self::LeftLower => false,
        }
    }
}
