//! Nodules that did not grow: a follow-up without growth lowers the category by one step.

use super::bands::Band;
use super::{Category, Verdict};
use crate::clinical::growth::Sizes;
use crate::clinical::nodule::Nodule;

/// The category of a stable nodule; `band_of` is the table's band at baseline.
///
/// A 3 that was stable for six months becomes a 2, a 4A that was stable for three a 3, and a 4B stays until it is shown to be
/// benign. The step is applied to the category of the earlier exam if that is known, because a new nodule had a higher one than
/// its size alone implies. A nodule that crossed the limit of a band since then gets no step: its category is that of its present
/// size, even without growth.
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
        // Without a row that lowers it and without a diagnosis, the size decides.
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
