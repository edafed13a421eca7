//! The choice of slices that are computed again in single precision.

use std::path::Path;

use candle_core::Device;

use super::*;
use crate::config::EngineChoice;
use crate::model::placement::Precision;

fn engine(precision: Precision) -> LesionEngine {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/lunny-lesions-3.safetensors");
    let weights = LesionWeights::read(&path, None).unwrap();
    let placement = Placement {
        engine: EngineChoice::Fast,
        device: Device::Cpu,
        precision,
        remark: None,
    };
    LesionEngine::new(&weights, &placement, NonZeroUsize::MIN, None).unwrap()
}

/// A slice with one lesion of this probability in the middle.
fn slice(engine: &LesionEngine, probability: f64) -> Option<Assessment> {
    let lesion = Lesion {
        slice: 1,
        row: 100.0,
        column: 100.0,
        position_mm: None,
        diameter_mm: Some(4.0),
        size: None,
        malignancy_probability: probability,
    };
    let rule = engine.metadata.slice.rule;
    let identity = engine.identity.clone();
    Some(Assessment::of_lesions(
        probability,
        vec![lesion],
        rule,
        identity,
    ))
}

fn places(count: usize) -> Vec<SlicePlace> {
    let place = |number| SlicePlace {
        // Too far from each other to be joined.
        position_mm: Some(20.0 * f64::from(number)),
        spacing_mm: Some([0.7; 2]),
    };
    (0..count as u32).map(place).collect()
}

#[test]
fn slices_of_lesions_close_to_the_operating_point_are_read_again() {
    let engine = engine(Precision::Bfloat16);
    let least = engine.least_probability();
    let sure = 1.0 - 1e-4;
    let slices: Vec<Option<Assessment>> = vec![
        slice(&engine, sure),
        slice(&engine, least + 0.01),
        None,
        slice(&engine, (least + 0.2).min(0.9)),
        slice(&engine, least - 0.01),
    ];
    assert_eq!(engine.close_slices(&slices, &places(5)), [1, 4]);
}

#[test]
fn the_slice_that_decides_is_read_again_where_the_exam_is_close_to_a_limit() {
    let engine = engine(Precision::Bfloat16);
    let level = &engine.metadata.exam;
    // The lesion whose score gives the exam the probability of the threshold.
    let score = level.calibration.score(level.rule.threshold);
    let of_lesion = engine.metadata.lesion.probability(score);
    let slices = vec![slice(&engine, of_lesion), None];
    assert_eq!(engine.close_slices(&slices, &places(2)), [0]);
    let sure = vec![slice(&engine, 1.0 - 1e-4), None];
    assert!(engine.close_slices(&sure, &places(2)).is_empty());
}

#[test]
fn nothing_is_read_again_in_single_precision() {
    let engine = self::engine(Precision::Single);
    let close = vec![slice(&engine, engine.least_probability())];
    assert!(engine.close_slices(&close, &places(1)).is_empty());
}

#[test]
fn a_slice_gets_the_same_answer_however_it_is_stored() {
    use crate::imaging::phantom::{Grid, Phantom};

    let engine = engine(Precision::Single);
    let grid = Grid::chest(256, 1.4, 1, 2.0);
    let series = Phantom::new(3).series(&grid);
    let mut scan = Scan::clone(&series.slice(0).unwrap());
    let range = || TrainingRange::Inside;
    let answer = |scan: &Scan| {
        let slice = SliceInContext::alone(Arc::new(scan.clone()));
        let slices = [(&slice, range())];
        let mut answers = engine.analyse(&slices, &Cancel::default());
        answers.remove(0).unwrap()
    };
    let stated = scan.provenance.dicom.as_mut().unwrap();
    stated.orientation = Some([1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
    let expected = answer(&scan);
    assert!(!expected.assessment.lesions.is_empty());
    // Turned by half a circle: the first pixel is the last one.
    let (Pixels::Hounsfield(values), Some(stated)) = (&mut scan.pixels, &mut scan.provenance.dicom)
    else {
        unreachable!("a phantom has Hounsfield units and an orientation");
    };
    values.reverse();
    stated.orientation = Some([-1.0, 0.0, 0.0, 0.0, -1.0, 0.0]);
    let turned = answer(&scan);
    assert_eq!(turned.assessment.malignancy, expected.assessment.malignancy);
    let pairs = turned.assessment.lesions.iter();
    for (found, lesion) in pairs.zip(&expected.assessment.lesions) {
        assert_eq!(
            (found.row, found.column),
            (255.0 - lesion.row, 255.0 - lesion.column)
        );
    }
    let mut evidence = turned.attention.evidence().to_vec();
    evidence.reverse();
    assert_eq!(evidence, expected.attention.evidence());
}
