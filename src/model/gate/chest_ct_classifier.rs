//! Classifier of a picture's measures: axial chest CT slice or not.
//!
//! One limit for each measure is not enough where any window may occur: a bone window leaves an open ring of
//! ribs, a lung window two grey fields in a white body. So an ensemble of small decision trees, fitted by
//! gradient boosting (Friedman 2001, "Greedy Function Approximation: A Gradient Boosting Machine"), combines
//! the measures. The trees were fitted to 1,596 slices of IQ-OTH/NCCD and "Chest CT-Scan images", each also in
//! another size and brightness, 180 renderings of DICOM slices in six windows and 220 drawn chests, against
//! 3,517 pictures of other things: photographs, figures, drawings, screens, pages, noise, head
//! chests, against 3,517 pictures of other things: photographs, figures, drawings, screens, pages, noise, head
//! CT and MR, radiographs summed from a CT volume, coronal and sagittal CT, axial CT of the abdomen.
//!
//! Measured in eight folds, with whole cases, photographs and volumes held out: of the IQ-OTH slices 906 of 913
//! pass, of the other chest CT slices 669 of 683. Of other things pass no head CT (274), no MR (338), no
//! radiograph (144), no noise (192), 2 of 350 drawings, screens and pages, 3 of 1,593 photographs and figures,
//! 6 of 294 coronal and sagittal slices; but 49 of 58 slices of the abdomen, all of one patient. The shipped
//! trees were fitted to all pictures and separate them without error. Pictures that they accept by mistake are
//! refused by the limits of `chest`.

mod trees;

use super::measures;

/// Seven splits and eight leaves.
type Tree = ([(usize, f32); 7], [f32; 8]);

/// Log-odds from which a picture counts as a chest slice: more likely than not.
pub const LEAST: f32 = 0.0;

/// Log-odds that a picture with these measures is an axial chest CT slice.
pub fn log_odds(values: &[f32; measures::COUNT]) -> f32 {
    let leaves = trees::TREES.iter().map(|(splits, leaves)| {
        let mut place = 0;
        while let Some(&(measure, limit)) = splits.get(place) {
            let value = values.get(measure).copied().unwrap_or_default();
            place = 2 * place + 1 + usize::from(value > limit);
        }
        leaves
            .get(place - splits.len())
            .copied()
            .unwrap_or_default()
    });
    trees::START + leaves.sum::<f32>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_split_uses_an_existing_measure() {
        for (splits, leaves) in &trees::TREES {
            assert!(splits.iter().all(|&(measure, _)| measure < measures::COUNT));
            assert!(leaves.iter().all(|end| end.is_finite()));
        }
    }
}
