//! A nodule as measured and described: the draft that a form or a script fills in, and the nodule whose parts were found to be
//! consistent.

mod measured;
mod proposed;
mod same_place;
mod terms;

use thiserror::Error;

use super::growth::{Sizes, decisive_part_grew, grew};
use super::lung_rads::Category;
use super::measurement::{Axes, Millimetres};

pub use measured::{
    MeasuredNodule, Measurement, Method, NOTE_CHARACTERS, Place, UNFIT_NOTE, VOLUMES_MM3,
};
pub use proposed::ProposedCategory;
pub use same_place::RelativePlace;
pub use terms::{AirwayLevel, Calcification, CystWall, Lobe, Margin, NoduleType, Status};

/// A nodule as stated, whose parts may be inconsistent. [`NoduleDraft::validate`] checks that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NoduleDraft {
    pub nodule_type: NoduleType,
    /// Of the whole nodule.
    pub axes: Axes,
    /// Axes of the solid part of a part-solid nodule, in the plane where that part is longest.
    pub solid_part: Option<Axes>,
    pub status: Status,
    pub airway_level: Option<AirwayLevel>,
    pub cyst_wall: Option<CystWall>,
    /// True if a cyst has more than one chamber.
    pub multilocular: bool,
    pub calcification: Calcification,
    /// True if the nodule contains fat.
    pub fat: bool,
    /// None if not described.
    pub margin: Option<Margin>,
    /// A further suspicious feature: spiculation, enlarged lymph nodes, metastasis, a non-solid nodule
    /// that doubled within a year.
    pub suspicious: bool,
    /// The nodule at an earlier exam, if known.
    pub earlier: Option<Earlier>,
}

/// A nodule at an earlier exam.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Earlier {
    pub sizes: Sizes,
    /// The category given at that exam; a stable nodule steps down from it.
    pub category: Option<Category>,
}

/// Type of a nodule, with the data that only this type has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Solid,
    PartSolid {
        solid_part: Axes,
    },
    NonSolid,
    Juxtapleural,
    Airway(AirwayLevel),
    Cyst {
        /// None if not described, which is allowed for a multilocular cyst.
        wall: Option<CystWall>,
        multilocular: bool,
    },
}

/// A nodule with consistent parts. Created by [`NoduleDraft::validate`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Nodule {
    pub(super) kind: Kind,
    pub(super) axes: Axes,
    pub(super) status: Status,
    pub(super) calcification: Calcification,
    pub(super) fat: bool,
    pub(super) margin: Option<Margin>,
    pub(super) suspicious: bool,
    pub(super) earlier: Option<Earlier>,
}

/// The inconsistency of a [`NoduleDraft`], in one sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NoduleError {
    #[error("a part-solid nodule needs the long and the short axis of its solid part")]
    NoSolidPart,
    #[error("only a part-solid nodule has a solid part; leave it out or change the type")]
    SolidPartElsewhere,
    #[error("the solid part is larger than the whole nodule; check the axes")]
    SolidPartTooLarge,
    #[error("an airway nodule needs the level of its airway")]
    NoAirwayLevel,
    #[error("only an airway nodule has an airway level; leave it out or change the type")]
    AirwayLevelElsewhere,
    #[error("a cyst needs its wall, thin or thick, unless it is multilocular")]
    NoCystWall,
    #[error("only a cyst has a cyst wall or is multilocular; leave it out or change the type")]
    CystElsewhere,
    #[error("only a part-solid nodule can grow in its total size alone; change the status")]
    TotalAloneElsewhere,
    #[error("only a cyst can grow in its wall; change the status")]
    GrowingWallElsewhere,
    #[error("a {} nodule has no earlier size; leave it out or change the status", .0.as_str())]
    EarlierUnheardOf(Status),
    #[error(
        "the earlier size of a part-solid nodule needs the mean of its solid part, and no other has one"
    )]
    EarlierSolidPart,
    #[error("the earlier solid part is larger than the whole nodule was; check the means")]
    EarlierSolidPartTooLarge,
    #[error("a measured nodule was a 2, 3, 4A, 4B or 4X before; leave {} out", .0.label())]
    EarlierCategory(Category),
    #[error(
        "the nodule is more than 1.5 mm larger than before, which is not stable; check the status and the sizes"
    )]
    GrewWhileStable,
    #[error(
        "growth is an increase by more than 1.5 mm, and the sizes differ by less; check the status and the sizes"
    )]
    NoGrowth,
}

impl NoduleDraft {
    /// A draft with only type and axes, seen for the first time.
    pub fn new(nodule_type: NoduleType, axes: Axes) -> Self {
        Self {
            nodule_type,
            axes,
            solid_part: None,
            status: Status::Baseline,
            airway_level: None,
            cyst_wall: None,
            multilocular: false,
            calcification: Calcification::None,
            fat: false,
            margin: None,
            suspicious: false,
            earlier: None,
        }
    }

    /// Checks that the parts are consistent.
    ///
    /// # Errors
    /// The first inconsistency.
    pub fn validate(&self) -> Result<Nodule, NoduleError> {
        let nodule = Nodule {
            kind: self.kind()?,
            axes: self.axes,
            status: self.status,
            calcification: self.calcification,
            fat: self.fat,
            margin: self.margin,
            suspicious: self.suspicious,
            earlier: self.earlier,
        };
        match self.status {
            Status::GrowingTotalAlone if self.nodule_type != NoduleType::PartSolid => {
                return Err(NoduleError::TotalAloneElsewhere);
            }
            Status::GrowingWall if self.nodule_type != NoduleType::Cyst => {
                return Err(NoduleError::GrowingWallElsewhere);
            }
            _ => {}
        }
        if let Some(earlier) = self.earlier {
            nodule.fits(earlier)?;
        }
        Ok(nodule)
    }

    fn kind(&self) -> Result<Kind, NoduleError> {
        let is = |nodule_type| self.nodule_type == nodule_type;
        if self.solid_part.is_some() && !is(NoduleType::PartSolid) {
            return Err(NoduleError::SolidPartElsewhere);
        }
        if self.airway_level.is_some() && !is(NoduleType::Airway) {
            return Err(NoduleError::AirwayLevelElsewhere);
        }
        if (self.cyst_wall.is_some() || self.multilocular) && !is(NoduleType::Cyst) {
            return Err(NoduleError::CystElsewhere);
        }
        Ok(match self.nodule_type {
            NoduleType::Solid => Kind::Solid,
            NoduleType::NonSolid => Kind::NonSolid,
            NoduleType::Juxtapleural => Kind::Juxtapleural,
            NoduleType::PartSolid => {
                let solid_part = self.solid_part.ok_or(NoduleError::NoSolidPart)?;
                if !self.axes.holds(solid_part) {
                    return Err(NoduleError::SolidPartTooLarge);
                }
                Kind::PartSolid { solid_part }
            }
            NoduleType::Airway => {
                Kind::Airway(self.airway_level.ok_or(NoduleError::NoAirwayLevel)?)
            }
            NoduleType::Cyst if self.cyst_wall.is_none() && !self.multilocular => {
                return Err(NoduleError::NoCystWall);
            }
            NoduleType::Cyst => Kind::Cyst {
                wall: self.cyst_wall,
                multilocular: self.multilocular,
            },
        })
    }
}

impl Nodule {
    /// Mean diameter of the whole nodule, the value that size bands are compared with.
    pub fn mean(&self) -> Millimetres {
        self.axes.mean()
    }

    /// Axes of the whole nodule, its solid part included.
    pub fn axes(&self) -> Axes {
        self.axes
    }

    /// Axes of the solid part; none if the nodule is not part-solid.
    pub fn solid_part(&self) -> Option<Axes> {
        match self.kind {
            Kind::PartSolid { solid_part } => Some(solid_part),
            _ => None,
        }
    }

    /// Sizes for comparison with a later exam.
    pub fn sizes(&self) -> Sizes {
        Sizes {
            mean: self.mean(),
            solid_mean: self.solid_part().map(Axes::mean),
        }
    }

    /// True if fat or its calcification marks the nodule as benign.
    pub fn has_benign_features(&self) -> bool {
        self.fat || self.calcification.is_benign()
    }

    /// True if a suspicious feature was stated, including a spiculated margin.
    pub fn has_suspicious_features(&self) -> bool {
        self.suspicious || self.margin == Some(Margin::Spiculated)
    }

    /// Compares the status with the earlier exam.
    fn fits(&self, earlier: Earlier) -> Result<(), NoduleError> {
        if matches!(self.status, Status::Baseline | Status::New) {
            return Err(NoduleError::EarlierUnheardOf(self.status));
        }
        let (then, now) = (earlier.sizes, self.sizes());
        match (then.solid_mean, now.solid_mean) {
            // A non-solid nodule grows by getting a solid part.
            (None, Some(_)) if self.status == Status::Growing => {}
            (None, Some(_)) | (Some(_), None) => return Err(NoduleError::EarlierSolidPart),
            _ => {}
        }
        if then.solid_mean.is_some_and(|solid| solid > then.mean) {
            return Err(NoduleError::EarlierSolidPartTooLarge);
        }
        if let Some(category) = earlier.category
            && matches!(
                category,
                Category::Zero | Category::One | Category::NeedsRadiologist
            )
        {
            return Err(NoduleError::EarlierCategory(category));
        }
        let total_grew = grew(then.mean, now.mean);
        let part_grew = decisive_part_grew(then, now);
        match self.status {
            Status::Stable if total_grew || part_grew => Err(NoduleError::GrewWhileStable),
            Status::Growing if !part_grew => Err(NoduleError::NoGrowth),
            Status::GrowingTotalAlone if !total_grew || part_grew => Err(NoduleError::NoGrowth),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
