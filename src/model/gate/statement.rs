//! The checks of a DICOM file's own statements.

use super::Refusal;
use crate::imaging::Modality;

/// Maximum angle between the slice's normal and the body's long axis, in degrees.
const MOST_TILT: f64 = 20.0;

/// (0018,0015) BodyPartExamined of slices that show no chest.
const OTHER_PARTS: [&str; 12] = [
    "HEAD", "BRAIN", "SKULL", "PELVIS", "HIP", "LEG", "KNEE", "ANKLE", "FOOT", "ARM", "ELBOW",
    "HAND",
];

/// Refuses a file that states that it is not an axial CT slice of the chest.
pub(super) fn check(stated: &Modality) -> Result<(), Refusal> {
    match stated.modality.as_str() {
        "CT" => {}
        "" => {
            return Err(Refusal::NoModality);
        }
        other => {
            return Err(Refusal::Modality(other.to_owned()));
        }
    }
    if stated.localizer {
        return Err(Refusal::Localizer);
    }
    if let Some(part) = &stated.body_part
        && OTHER_PARTS
            .iter()
            .any(|other| part.eq_ignore_ascii_case(other))
    {
        return Err(Refusal::BodyPart(part.clone()));
    }
    match stated.orientation.and_then(tilt) {
        Some(degrees) if degrees > MOST_TILT => Err(Refusal::Tilted { degrees }),
        _ => Ok(()),
    }
}

/// Degrees between a slice's normal and the body's long axis, from the direction cosines of its row and column;
/// `None` if those do not span a plane.
fn tilt([ax, ay, az, bx, by, bz]: [f64; 6]) -> Option<f64> {
    let normal = [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx];
    let length = normal.iter().map(|part| part * part).sum::<f64>().sqrt();
    let [_, _, along] = normal;
    (length > 0.5).then(|| (along.abs() / length).min(1.0).acos().to_degrees())
}
