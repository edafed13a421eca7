//! Limits of a [`Layout`] for an axial chest CT slice, in any window.
//!
//! The limits were set on 1,736 renderings of 217 slices of thirteen patients (LIDC-IDRI, QIN LUNG CT,
//! Lung-PET-CT-Dx, COVID-19-NY-SBU, NEMA) in lung, mediastinal, bone and other windows, as JPEG and PNG of many
//! sizes, with letters, cropped and inverted, on IQ-OTH/NCCD and "Chest CT-Scan images", and on 1,091 pictures
//! of other things. Of the renderings of six other patients, 400 of 400 pass in lung windows (inverted ones
//! included), 200 of 200 in other windows that show the lungs grey, 78 of 83 in mediastinal windows and 70 of
//! 85 in bone windows. Of 1,189 other pictures 23 pass: 10 of 130 chests whose lungs were painted over to look
//! like an abdomen, 3 of 24 of the abdomen, 6 of 108 coronal slices, 4 of the rest. Of IQ-OTH/NCCD all 913
//! pass, of "Chest CT-Scan images" 673 of 685; five of the others show the abdomen or the pelvis.

use super::layout::Layout;

/// Reasons why a layout is not that of an axial chest slice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    #[error(
        "no lungs were found: too little air is inside the body, as in the abdomen or the head; only axial chest CT \
         slices are analysed"
    )]
    TooLittleAir,
    #[error(
        "no two lungs beside a spine were found in the positions of an axial slice; only axial chest CT slices are \
         analysed"
    )]
    Place,
    #[error(
        "no lungs were found inside a closed body: it is cut off above or below, or widens like a fan, as in \
         coronal slices, radiographs and ultrasound; only axial chest CT slices are analysed"
    )]
    Outline,
    #[error(
        "no lungs with the texture of CT were found: lungs or tissue are too uneven or their edges not sharp; only \
         axial chest CT slices are analysed"
    )]
    Texture,
}

/// A measure, its limits (inclusive) and the reason outside them.
type Limit = (fn(&Layout) -> f32, [f32; 2], Reason);

/// Larger than every measure.
const ANY: f32 = f32::INFINITY;

/// Limits for every window in which the lungs are brighter than black. Ranges measured on chests are at the end
/// of each line.
const ANATOMY: [Limit; 12] = [
    (|chest| chest.lungs, [0.04, 0.6], Reason::TooLittleAir), // 0.067 to 0.53
    (|chest| chest.tissue, [0.0, 0.96], Reason::TooLittleAir), // 0.45 to 0.954
    (|chest| chest.balance, [0.05, 0.5], Reason::Place),      // 0.152 to 0.5
    (|chest| chest.lungs_row, [0.36, 0.78], Reason::Place),   // 0.39 to 0.725
    (|chest| chest.spine, [0.57, 1.0], Reason::Place),        // 0.574 and more
    (|chest| chest.largest, [0.25, 1.0], Reason::Place),      // 0.291 and more
    (|chest| chest.lungs_width, [0.25, 1.0], Reason::Place),  // 0.378 to 0.938
    (|chest| chest.lungs_shape, [0.75, 3.5], Reason::Place),  // 0.875 to 3.0
    (|chest| chest.walls, [0.8, 1.0], Reason::Texture),       // 0.82 and more
    (|chest| chest.contrast, [30.0, ANY], Reason::Texture),   // 66 and more
    (|chest| chest.tissue_spread, [0.0, 0.26], Reason::Texture), // up to 0.251
    (|chest| chest.lung_spread, [0.008, 0.3], Reason::Texture), // 0.013 to 0.29
];

/// The closed outline of a trunk, part of which may be outside the picture.
const OUTLINE: [Limit; 7] = [
    (|chest| chest.top_width, [0.0, 0.88], Reason::Outline), // up to 0.781
    (|chest| chest.bottom_width, [0.0, 0.8], Reason::Outline), // up to 0.68
    (|chest| chest.middle_width, [0.83, 1.0], Reason::Outline), // 0.898 and more
    (|chest| chest.taper, [0.62, 1.4], Reason::Outline),     // 0.726 to 1.32
    (|chest| chest.lungs_height, [0.15, 0.9], Reason::Outline), // 0.303 to 0.795
    (|chest| chest.above, [0.035, 0.65], Reason::Outline),   // 0.074 to 0.531
    (|chest| chest.below, [0.045, 0.48], Reason::Outline),   // 0.111 to 0.413
];

/// Additional limits where the layout alone decides.
const STRICT: [Limit; 8] = [
    (|chest| chest.trunk_shape, [0.8, 2.8], Reason::Outline), // 0.992 to 2.286
    (|chest| chest.trunk_solid, [0.66, 0.95], Reason::Outline), // 0.733 to 0.909
    (|chest| chest.at_lower_border, [0.0, 0.55], Reason::Outline), // up to 0.391
    (|chest| chest.above, [0.04, ANY], Reason::Outline),      // 0.074 and more
    (|chest| chest.below, [0.06, ANY], Reason::Outline),      // 0.111 and more
    (|chest| chest.spine, [0.6, 1.0], Reason::Place),         // 0.706 and more, one 0.574
    (|chest| chest.walls, [0.9, 1.0], Reason::Texture),       // 0.936 and more
    (|chest| chest.lung_spread, [0.012, ANY], Reason::Texture), // 0.03 and more
];

/// Limits of the outline where the lungs are black, and skin, fat and even muscle may be black too.
const BLACK: [Limit; 3] = [
    (|chest| chest.top_width, [0.0, 0.82], Reason::Outline), // up to 0.81, three more of 1,298
    (|chest| chest.bottom_width, [0.0, 0.93], Reason::Outline), // up to 0.914
    (|chest| chest.lungs_height, [0.0, 0.91], Reason::Outline), // up to 0.899, one more
];
/// Maximum share of tissue in such a trunk. Measured: up to 0.983, and two pictures of the abdomen.
const MOST_TISSUE: f32 = 0.985;

/// Minimum share of air in a whole trunk: the bowel may hold as much.
const LEAST_AIR: f32 = 0.045;
/// Minimum share of tissue at the position of the spine in a whole trunk.
const LEAST_SPINE: f32 = 0.3;

/// Vertical centre of the black regions in the picture. Measured: 0.395 to 0.83, and two pictures of the
/// abdomen.
const BLACK_ROWS: std::ops::RangeInclusive<f32> = 0.38..=0.84;

/// Log-odds of the chest CT classifier from which a picture may cut off more of the body: miss more than one of
/// the limits of [`OUTLINE`], or any of [`BLACK`]. Measured: of 21 coronal slices that the classifier accepts,
/// two have more.
const CLEARLY_CHEST: f32 = 4.8;

/// Maximum spread of lungs that are mostly air. Measured: 0.03 to 0.115.
const MOST_SPREAD: f32 = 0.18;

/// Checks a picture by its layout alone; the lungs must be mostly air.
pub(super) fn alone(chest: &Layout) -> Result<(), Reason> {
    dense(chest)?;
    match chest.lung_spread <= MOST_SPREAD {
        true => Ok(()),
        false => Err(Reason::Texture),
    }
}

/// Checks a picture by its layout alone, whatever the lungs contain, such as pneumonia.
pub(super) fn dense(chest: &Layout) -> Result<(), Reason> {
    let limits = ANATOMY.iter().chain(&OUTLINE).chain(&STRICT);
    missed(chest, limits).next().map_or(Ok(()), Err)
}

/// Checks a picture with grey lungs that has these log-odds of being a chest slice.
pub(super) fn grey(chest: &Layout, log_odds: f32) -> Result<(), Reason> {
    let mut cut_off = missed(chest, &OUTLINE);
    let cut_off = cut_off.next().and(cut_off.next());
    let cut_off = cut_off.filter(|_| log_odds < CLEARLY_CHEST);
    missed(chest, &ANATOMY)
        .chain(cut_off)
        .next()
        .map_or(Ok(()), Err)
}

/// Checks a picture with black lungs that has these log-odds of being a chest slice. The layout is computed at
/// Otsu's level and just above black, where there is one; `row` is the vertical centre of the dark regions, if
/// there are any.
pub(super) fn black(
    [otsu, above_black]: [Option<&Layout>; 2],
    row: Option<f32>,
    log_odds: f32,
) -> Result<(), Reason> {
    let layouts = [otsu, above_black];
    if layouts
        .iter()
        .flatten()
        .any(|chest| chest.tissue > MOST_TISSUE)
    {
        return Err(Reason::TooLittleAir);
    }
    let mut cut_off = (layouts.iter().flatten()).flat_map(|chest| missed(chest, &BLACK));
    let fan = above_black
        .filter(|body| is_fan(body))
        .map(|_| Reason::Outline);
    if let Some(misfit) = cut_off.next().or(fan).filter(|_| log_odds < CLEARLY_CHEST) {
        return Err(misfit);
    }
    if row.is_some_and(|row| !BLACK_ROWS.contains(&row)) {
        return Err(Reason::Place);
    }
    let Some(whole) = above_black.filter(|body| is_whole(body)) else {
        return Ok(());
    };
    if whole.spine < LEAST_SPINE {
        return Err(Reason::Place);
    }
    // Fat is brighter than black in a whole trunk, so black means air; otherwise the lungs are not quite black.
    match otsu {
        _ if whole.lungs >= LEAST_AIR => Ok(()),
        Some(chest) if grey(chest, log_odds).is_ok() => Ok(()),
        _ => Err(Reason::TooLittleAir),
    }
}

/// True if the body widens downwards as the field of an ultrasound probe does, around dark chambers. This is
/// the case for two of 1,298 chests with black lungs.
fn is_fan(body: &Layout) -> bool {
    body.taper < 0.65
        && body.walls > 0.9
        && (0.5..0.78).contains(&body.trunk_solid)
        && body.middle_width > 0.6
}

/// True if the body is a whole trunk, with skin and fat.
fn is_whole(body: &Layout) -> bool {
    body.trunk_solid > 0.7 && body.middle_width > 0.9
}

fn missed<'a>(
    chest: &'a Layout,
    limits: impl IntoIterator<Item = &'a Limit>,
) -> impl Iterator<Item = Reason> {
    // The negated comparison also holds for NaN.
    let missed = limits.into_iter().filter(|(measure, [least, most], _)| {
        let value = measure(chest);
        !(*least <= value && value <= *most)
    });
    missed.map(|&(_, _, misfit)| misfit)
}
