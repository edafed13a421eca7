//! Stable nodules: steps down, and bands crossed without growth.

use super::*;
use crate::clinical::growth::Sizes;
use crate::clinical::nodule::Earlier;

fn stable_since(
    now: NoduleDraft,
    mean: u16,
    solid: Option<u16>,
    given: Option<Category>,
) -> Category {
    let sizes = Sizes {
        mean: length(mean),
        solid_mean: solid.map(length),
    };
    category_of(NoduleDraft {
        earlier: Some(Earlier {
            sizes,
            category: given,
        }),
        ..now
    })
}

#[test]
fn crossing_a_band_changes_the_category_even_without_growth() {
    let solid = |tenths| draft(NoduleType::Solid, Status::Stable, tenths);
    assert_eq!(stable_since(solid(80), 80, None, None), Three);
    assert_eq!(stable_since(solid(80), 79, None, Some(Three)), FourA);
    assert_eq!(stable_since(solid(60), 59, None, Some(Two)), Three);
    let part_solid = part_solid(Status::Stable, 120, 60);
    assert_eq!(stable_since(part_solid, 120, Some(59), None), FourA);
    let juxtapleural = draft(NoduleType::Juxtapleural, Status::Stable, 100);
    assert_eq!(stable_since(juxtapleural, 99, None, None), FourA);
    // The row for stable non-solid nodules of any size comes first.
    let non_solid = draft(NoduleType::NonSolid, Status::Stable, 300);
    assert_eq!(stable_since(non_solid, 299, None, None), Two);
}

#[test]
fn a_stable_nodule_steps_down_from_the_category_it_had() {
    let solid = |tenths| draft(NoduleType::Solid, Status::Stable, tenths);
    for (before, after) in [
        (Two, Two),
        (Three, Two),
        (FourA, Three),
        (FourB, FourB),
        (FourX, FourX),
    ] {
        assert_eq!(stable_since(solid(70), 70, None, Some(before)), after);
    }
    // Neither a 3 nor a 4A can have been this large.
    for before in [Three, FourA] {
        assert_eq!(stable_since(solid(150), 150, None, Some(before)), FourB);
    }
    // A 4B shown to be benign is a 2 from then on.
    assert_eq!(stable_since(solid(150), 150, None, Some(Two)), Two);
}
