//! Nodules that did not grow: a follow-up without growth takes a nodule one step down.

use super::bands::Band;
use super::{Category, Verdict};
use crate::clinical::growth::Sizes;
use crate::clinical::nodule::Nodule;

/// The category of a stable nodule, where `band_of` is the table's band at baseline.
///
/// A 3 that was stable for six months becomes a 2, a 4A that was stable for three a 3, and a 4B stays
/// until it is shown to be benign. The step is taken from the category of the earlier exam where that
/// is known, as a new nodule had more than its size says. A nodule that crossed the edge of a band
/// since then takes no step: it is what its size now says, even without growth.
pub(super) fn stable(nodule: &Nodule, subject: &str, band_of: impl Fn(Sizes) -> Band) -> Verdict {
    let now = band_of(nodule.sizes());
    let range = now.range;
    if let Some(earlier) = nodule.earlier {
        let then = band_of(earlier.sizes);
        if then.category.suspicion() < now.category.suspicion() {
            let rule =
                format!("{subject}, stable, {range}: crossed into a higher band without growth");
            return Verdict::new(now.category, rule);
        }
    }
    let known = nodule.earlier.and_then(|earlier| earlier.category);
    let before = match known.unwrap_or(now.category) {
        // Where neither a row of its own nor a diagnosis took it down, size has the last word.
        Category::Three | Category::FourA if now.category == Category::FourB => Category::FourB,
        before => before,
    };
    match before {
        Category::Three => Verdict::new(
            Category::Two,
            format!("{subject}, stable, {range}: a category 3 stable at 6 months"),
        ),
        Category::FourA => Verdict::new(
            Category::Three,
            format!("{subject}, stable, {range}: a category 4A stable at 3 months"),
        ),
        before => Verdict::new(before, format!("{subject}, stable, {range}")),
    }
}
