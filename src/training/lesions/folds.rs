//! Splits patients into folds.
//!
//! A patient's pictures stay together across folders. Whole slices of a collection without crops are held out
//! together too, so that their figures are those of a source that was never trained on.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::pictures::{Patient, Picture};

/// The fold of every picture, 0 to `folds` − 1, in the pictures' order.
pub fn assign(pictures: &[Picture], folds: usize, seed: u64) -> Vec<usize> {
    let folds = folds.max(1);
    // Patients with crops or without a nodule are assigned by the hash of their name, rare kinds in turn.
    let mut rare: BTreeMap<(u8, &str), usize> = BTreeMap::new();
    let mut dealt = [0_usize; 2];
    for picture in pictures {
        let kind = match picture.kind {
            Patient::Pneumonia => 0,
            Patient::NoNodule => 1,
            _ => continue,
        };
        rare.entry((kind, &picture.patient)).or_insert_with(|| {
            let place = &mut dealt[usize::from(kind)];
            *place += 1;
            (*place - 1) % folds
        });
    }
    let with_crops: std::collections::BTreeSet<&str> = (pictures.iter())
        .filter(|picture| picture.is_crop())
        .map(|picture| collection(&picture.patient))
        .collect();
    let mut sources: BTreeMap<&str, usize> = BTreeMap::new();
    for picture in pictures {
        let own = !with_crops.contains(collection(&picture.patient));
        if own && picture.kind != Patient::Pneumonia {
            let next = sources.len();
            sources.entry(&picture.source).or_insert((next + 1) % folds);
        }
    }
    (pictures.iter())
        .map(|picture| {
            let kind = match picture.kind {
                Patient::Pneumonia => Some(0),
                Patient::NoNodule => Some(1),
                _ => None,
            };
            kind.and_then(|kind| rare.get(&(kind, picture.patient.as_str())))
                .or_else(|| {
                    sources
                        .get(picture.source.as_str())
                        .filter(|_| !picture.is_crop())
                        .filter(|_| !with_crops.contains(collection(&picture.patient)))
                })
                .copied()
                .unwrap_or_else(|| hashed(&picture.patient, folds, seed))
        })
        .collect()
}

/// The collection in a patient's name: `LIDC-IDRI` of `LIDC-IDRI-0012`.
fn collection(patient: &str) -> &str {
    patient.rsplit_once('-').map_or(patient, |(name, _)| name)
}

fn hashed(patient: &str, folds: usize, seed: u64) -> usize {
    let mut hash = Sha256::new();
    hash.update(seed.to_le_bytes());
    hash.update(patient.as_bytes());
    let digest = hash.finalize();
    let number = digest
        .iter()
        .take(4)
        .fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte));
    number % folds
}
