//! The weights in the repository: found without configuration, complete, and correct on known slices.

use std::path::{Path, PathBuf};

use lunny::clinical::assessment::Classification;
use lunny::config::{Config, Options};
use lunny::imaging::{self, Pixels};
use lunny::model::metadata::Metadata;
use lunny::model::out_of_distribution::{Limit, OutOfDistribution};
use lunny::model::weights::Weights;
use lunny::model::{Cancel, EngineError, WeightsError, input};
use safetensors::tensor::TensorView;

fn config(home: &Path, model: Option<PathBuf>) -> Config {
    let options = Options {
        home: Some(home.into()),
        model,
        ..Options::default()
    };
    Config::load(&options).unwrap()
}

fn shared(path: &str) -> Option<PathBuf> {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared")).join(path);
    if !path.exists() {
        eprintln!("skipped: no data");
        return None;
    }
    Some(path)
}

#[test]
fn a_fresh_home_finds_weights_that_separate_the_classes() {
    let home = tempfile::tempdir().unwrap();
    let engine = lunny::model::load(&config(home.path(), None))
        .unwrap()
        .engine;
    assert_eq!(engine.identity().id, "lunny-resnet50-2");
    let note = include_str!("../../models/lunny-resnet50-2.sha256");
    assert_eq!(engine.identity().sha256, note.trim());

    let Some(folder) = shared("data/iq-oth-nccd") else {
        return;
    };
    let manifest = std::fs::read_to_string(folder.join("manifest.csv")).unwrap();
    let mean = |class: &str| {
        let files: Vec<&str> = (manifest.lines())
            .filter_map(|line| line.split(',').next())
            .filter(|file| file.starts_with(class))
            .step_by(60)
            .take(4)
            .collect();
        let probabilities = files.iter().map(|file| {
            let scan = imaging::load(&folder.join(file)).unwrap();
            let judgement = engine.classify(&scan, &Cancel::default()).unwrap();
            let assessment = judgement.assessment;
            let classes = assessment.classes.unwrap();
            let sum = classes.normal + classes.benign + classes.malignant;
            assert!((sum - 1.0).abs() < 1e-9);
            assessment.malignancy_probability().unwrap()
        });
        probabilities.sum::<f64>() / files.len() as f64
    };
    let (malignant, normal) = (mean("malignant"), mean("normal"));
    assert!(malignant > 0.7 && normal < 0.3, "{malignant} and {normal}");

    let cancel = Cancel::default();
    cancel.cancel();
    let some = imaging::load(&folder.join("normal/normal-001.jpg")).unwrap();
    let stopped = engine.classify(&some, &cancel).unwrap_err();
    assert!(matches!(stopped, EngineError::Cancelled), "{stopped}");
}

/// A copy of the shipped weights with other training features, which are far from any real slice's, and the
/// limit for distances from them.
fn with_out_of_distribution(folder: &Path, limit: Limit) -> (PathBuf, OutOfDistribution) {
    let shipped = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/models/lunny-resnet50-2.safetensors"
    );
    let weights = Weights::read(Path::new(shipped), None).unwrap();
    let features = weights.head().unwrap().features();
    let wave = |row: usize, place: usize| 90.0 + ((row * 31 + place) as f32 * 0.7).sin();
    let rows: Vec<Vec<f32>> = (0..12)
        .map(|row| (0..features).map(|place| wave(row, place)).collect())
        .collect();
    let rows: Vec<&[f32]> = rows.iter().map(Vec::as_slice).collect();
    let out_of_distribution = OutOfDistribution::fit(&rows, 4).unwrap();

    let parts = out_of_distribution.tensors();
    let mut views = weights.tensors().unwrap().tensors();
    views.retain(|(name, _)| !name.starts_with("familiarity."));
    views.extend(parts.iter().map(|(name, dtype, shape, bytes)| {
        let view = TensorView::new(*dtype, shape.clone(), bytes).unwrap();
        (name.clone(), view)
    }));
    let metadata = Metadata {
        out_of_distribution: Some(limit),
        ..weights.metadata().clone()
    };
    let header = metadata.to_header().unwrap();
    let path = folder.join("knowing.safetensors");
    std::fs::write(&path, safetensors::serialize(views, Some(header)).unwrap()).unwrap();
    (path, out_of_distribution)
}

#[test]
fn a_slice_far_from_the_training_features_is_marked() {
    let home = tempfile::tempdir().unwrap();
    let slice = crate::support::write_chest_slice(home.path(), "slice.png");
    let mut scan = imaging::load(&slice).unwrap();
    if let Pixels::Grey(levels) = &mut scan.pixels {
        // Lungs as black as those of the training slices.
        levels
            .iter_mut()
            .for_each(|level| *level = level.saturating_sub(20));
    }
    for (distance, marked) in [(2.0, true), (1e9, false)] {
        let limit = Limit {
            distance,
            slices: 12,
        };
        let (path, out_of_distribution) = with_out_of_distribution(home.path(), limit);
        let weights = Weights::read(&path, None).unwrap();
        assert_eq!(
            weights.out_of_distribution().unwrap(),
            Some((out_of_distribution, limit))
        );
        let engine = lunny::model::load(&config(home.path(), Some(path)))
            .unwrap()
            .engine;
        let judgement = engine.classify(&scan, &Cancel::default()).unwrap();
        let assessment = judgement.assessment;
        let reason = assessment.training_range.outside_reason();
        assert_eq!(reason.is_some(), marked, "{reason:?}");
        if let Some(reason) = reason {
            assert!(reason.contains("unlike the training slices"), "{reason}");
            assert_eq!(assessment.classification, Classification::Indeterminate);
        }
    }
}

#[test]
fn a_missing_named_file_is_reported_and_not_replaced() {
    let home = tempfile::tempdir().unwrap();
    let model = home.path().join("mine.safetensors");
    let Err(error) = lunny::model::load(&config(home.path(), Some(model))) else {
        panic!("another file was used");
    };
    assert!(matches!(error, WeightsError::Unreadable { .. }));
    let sentence = error.to_string();
    assert!(
        sentence.contains("mine.safetensors") && sentence.contains("--model"),
        "{sentence}"
    );
}

#[test]
fn a_named_file_must_match_the_hash_beside_it() {
    let home = tempfile::tempdir().unwrap();
    let model = home.path().join("mine.safetensors");
    std::fs::write(&model, "weights").unwrap();
    std::fs::write(model.with_extension("sha256"), "0".repeat(64)).unwrap();
    let Err(error) = lunny::model::load(&config(home.path(), Some(model))) else {
        panic!("another file was used");
    };
    assert!(matches!(error, WeightsError::Changed { .. }), "{error}");
}

#[test]
fn a_slice_is_prepared_like_the_reference() {
    let (Some(reference), Some(folder)) = (
        shared("weights/torch-reference.safetensors"),
        shared("data/iq-oth-nccd"),
    ) else {
        return;
    };
    let tensors = candle_core::safetensors::load(reference, &candle_core::Device::Cpu).unwrap();
    let expected = &tensors["input"];
    for (place, file) in ["malignant/malignant-002.jpg", "normal/normal-001.jpg"]
        .iter()
        .enumerate()
    {
        let expected: Vec<f32> = expected
            .get(place)
            .unwrap()
            .flatten_all()
            .unwrap()
            .to_vec1()
            .unwrap();
        let got = input::prepare(&imaging::load(&folder.join(file)).unwrap()).unwrap();
        // The reference rounds to whole grey levels, and decoders may differ by one.
        let worst = got.iter().zip(&expected).map(|(a, b)| (a - b).abs());
        let worst = worst.fold(0.0, f32::max) * 255.0;
        assert!(worst < 3.0, "{file} is {worst} grey levels off");
    }
}

#[test]
fn a_fresh_home_finds_a_lesion_reader_whose_first_lesion_is_the_tumour() {
    let home = tempfile::tempdir().unwrap();
    let config = config(home.path(), None);
    let weights = lunny::model::location::find_lesions(&config).unwrap();
    assert_eq!(weights.identity().id, "lunny-lesions-3");
    let note = include_str!("../../models/lunny-lesions-3.sha256");
    assert_eq!(weights.identity().sha256, note.trim());
    assert!(weights.metadata().card.is_some());

    let Some(folder) = shared("data/ct-lesions") else {
        return;
    };
    let engine = lunny::model::load(&config).unwrap().engine;
    let judge = |file: &str| {
        let scan = imaging::load(&folder.join(file)).unwrap();
        (engine.classify(&scan, &Cancel::default()).unwrap()).assessment
    };
    let tumour = judge("lidc-idri/LIDC-IDRI-0001-010.dcm");
    let first = tumour.lesions[0];
    // The mark: about rows 345 to 391, columns 300 to 338.
    assert!((330.0..=405.0).contains(&first.row), "{first:?}");
    assert!((285.0..=355.0).contains(&first.column), "{first:?}");
    assert!(first.position_mm.is_some() && first.diameter_mm.is_some_and(|mm| mm > 10.0));
    let clean = judge("lidc-idri/LIDC-IDRI-0028-009.dcm");
    assert!(clean.malignancy_probability() < tumour.malignancy_probability());
}
