//! The categories, their order and their management.

/// A category of ACR Lung-RADS v2022, or the answer if its rules leave the category open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Category {
    /// Incomplete: the exam cannot be assessed yet.
    Zero,
    /// Negative.
    One,
    /// Benign in appearance or behaviour.
    Two,
    /// Probably benign.
    Three,
    /// Suspicious.
    FourA,
    /// Very suspicious, by size or growth.
    FourB,
    /// A 3 or 4 with further suspicious features.
    FourX,
    /// Not a category: the rules leave this nodule open.
    NeedsRadiologist,
}

impl Category {
    /// In the order of the published table; last the nodules that it leaves open.
    pub const ALL: [Self; 8] = [
        Self::Zero,
        Self::One,
        Self::Two,
        Self::Three,
        Self::FourA,
        Self::FourB,
        Self::FourX,
        Self::NeedsRadiologist,
    ];

    /// The category in scripts and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Zero => "0",
            Self::One => "1",
            Self::Two => "2",
            Self::Three => "3",
            Self::FourA => "4A",
            Self::FourB => "4B",
            Self::FourX => "4X",
            Self::NeedsRadiologist => "needs-radiologist",
        }
    }

    /// The category as shown to the user.
    pub fn label(self) -> &'static str {
        match self {
            Self::NeedsRadiologist => "needs a radiologist",
            _ => self.as_str(),
        }
    }

    /// The rank of a category in 1 < 2 < 3 < 4A < 4B < 4X.
    ///
    /// None for 0, which states no suspicion, and for a nodule that was left open: neither ranks above or below a category.
    /// [`super::classify_exam`] defines their effect on an exam.
    pub fn suspicion(self) -> Option<u8> {
        match self {
            Self::Zero | Self::NeedsRadiologist => None,
            Self::One => Some(1),
            Self::Two => Some(2),
            Self::Three => Some(3),
            Self::FourA => Some(4),
            Self::FourB => Some(5),
            Self::FourX => Some(6),
        }
    }

    /// The management that ACR Lung-RADS v2022 recommends.
    pub fn management(self) -> &'static str {
        match self {
            Self::Zero => "Prior CT for comparison, additional CT, or low-dose CT in 1 to 3 months",
            Self::One | Self::Two => "Low-dose CT in 12 months",
            Self::Three => "Low-dose CT in 6 months",
            Self::FourA => {
                "Low-dose CT in 3 months; PET/CT if a solid nodule or solid part is 8 mm or more"
            }
            Self::FourB | Self::FourX => {
                "Diagnostic CT, PET/CT, tissue sampling or referral, as a radiologist advises"
            }
            Self::NeedsRadiologist => "A radiologist decides the category and the management",
        }
    }
}

/// A category as shown to the user, with the modifier S if the exam shows a significant finding other than lung cancer: `2S`. S
/// can be added to every category and is not a category itself.
pub fn labelled(category: Category, modifier_s: bool) -> String {
    match (category, modifier_s) {
        (_, false) => category.label().into(),
        (Category::NeedsRadiologist, true) => format!("{}, modifier S", category.label()),
        (_, true) => format!("{}S", category.label()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_modifier_is_written_behind_every_category() {
        let written = Category::ALL.map(|category| labelled(category, true));
        assert_eq!(
            written,
            [
                "0S",
                "1S",
                "2S",
                "3S",
                "4AS",
                "4BS",
                "4XS",
                "needs a radiologist, modifier S"
            ]
        );
        assert_eq!(labelled(Category::Two, false), "2");
    }

    #[test]
    fn suspicion_rises_from_1_to_4x_and_is_unknown_elsewhere() {
        let order = Category::ALL.map(Category::suspicion);
        assert_eq!(order[0], None);
        assert!(order[1..7].is_sorted_by(|one, next| one < next));
        assert_eq!(order[7], None);
    }
}
