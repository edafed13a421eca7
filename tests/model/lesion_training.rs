//! Lesion training through its public interface: crops in, a working reader out; stopped and resumed runs
//! agree.

use std::fs;
use std::path::Path;

use half::f16;
use image::{GrayImage, Luma};
use lunny::config::{Compute, EngineChoice};
use lunny::model::Cancel;
use lunny::model::layers::Layers;
use lunny::model::lesions::reader::{Region, SliceInput};
use lunny::model::lesions::recipe::LesionRecipe;
use lunny::model::lesions::trunk::TRUNK;
use lunny::model::lesions::weights::LesionWeights;
use lunny::model::{Placement, backbone};
use lunny::training::lesions::session::{Request, Step, train};
use lunny::training::lesions::{LesionTrainingError, figures, pictures, predict};
use safetensors::tensor::{Dtype, TensorView};
use tempfile::TempDir;

/// An initial weight file: convolutions of small pseudo-random numbers, batch norms that are the identity.
fn init(path: &Path) {
    let mut tensors: Vec<(String, Dtype, Vec<usize>, Vec<u8>)> = Vec::new();
    let mut add = |name: &str, norm: &str, shape: Vec<usize>| {
        let window: usize = shape[1..].iter().product();
        let reach = (2.0 / window as f32).sqrt();
        let values = (0..shape.iter().product::<usize>()).map(|at| {
            // A fixed hash of the index, between −1 and 1.
            let scrambled = (at as u32).wrapping_mul(2_654_435_761) >> 8;
            f16::from_f32(reach * (scrambled as f32 / (1 << 23) as f32 - 1.0))
        });
        let outputs = shape[0];
        tensors.push((
            format!("{name}.weight"),
            Dtype::F16,
            shape,
            values.flat_map(f16::to_le_bytes).collect(),
        ));
        for (part, value) in [
            ("weight", 1.0_f32),
            ("bias", 0.0),
            ("running_mean", 0.0),
            ("running_var", 1.0),
        ] {
            let bytes = value.to_le_bytes().repeat(outputs);
            tensors.push((format!("{norm}.{part}"), Dtype::F32, vec![outputs], bytes));
        }
    };
    add("conv1", "bn1", vec![64, 3, 7, 7]);
    let layers = Layers::new(&TRUNK, 1, 56);
    for layer in layers.convolutions() {
        let shape = vec![layer.outputs, layer.inputs, layer.filter, layer.filter];
        add(&layer.name, &layer.norm, shape);
    }
    let views: Vec<(&String, TensorView<'_>)> = (tensors.iter())
        .map(|(name, dtype, shape, bytes)| {
            (name, TensorView::new(*dtype, shape.clone(), bytes).unwrap())
        })
        .collect();
    fs::write(path, safetensors::serialize(views, None).unwrap()).unwrap();
}

/// Crops of six patients: a bright disc in the dark, large and malignant or small and benign.
fn crops() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut manifest = String::from(
        "file,patient,nodule,raters,scores,mean_score,label,diameter_mm,slice_thickness_mm,pixel_spacing_mm\n",
    );
    for patient in 0..6_u32 {
        let malignant = patient % 2 == 0;
        let radius = if malignant { 14.0 } else { 5.0 };
        for slice in 0..2 {
            let file = format!("{patient}-0-{slice:02}.png");
            let picture = GrayImage::from_fn(128, 128, |x, y| {
                let apart = (x as f32 - 63.5).hypot(y as f32 - 63.5);
                Luma([if apart <= radius {
                    165
                } else {
                    20 + (x * y % 7) as u8
                }])
            });
            picture.save(folder.path().join(&file)).unwrap();
            let (score, label) = if malignant {
                ("4.50", "malignant")
            } else {
                ("1.50", "benign")
            };
            let diameter = 1.4 * radius;
            manifest +=
                &format!("{file},P-{patient},nodule-0,4,,{score},{label},{diameter},1.25,0.7\n");
        }
    }
    fs::write(folder.path().join("manifest.csv"), manifest).unwrap();
    folder
}

fn request(data: &Path, work: &Path, name: &str) -> Request {
    Request {
        measured_folds: None,
        data: vec![data.into()],
        init: work.join("init.safetensors"),
        out: work.join(format!("{name}.safetensors")),
        recipe: LesionRecipe {
            steps: 2,
            batch: 1,
            folds: 2,
            mining_rounds: 1,
            ..LesionRecipe::default()
        },
        compute: Compute::default(),
        resume: false,
    }
}

#[test]
fn a_resumed_run_gives_the_same_weights_and_both_engines_agree() {
    let (data, work) = (crops(), tempfile::tempdir().unwrap());
    init(&work.path().join("init.safetensors"));
    let through = request(data.path(), work.path(), "through");
    let outcome = train(&through, &Cancel::default(), &mut |_| {}).unwrap();
    let measured = outcome.metadata.training.held_out.as_ref().unwrap();
    assert_eq!((measured.nodules, measured.nodule_patients), (6, 6));

    // The run keeps the held-out answers, so that its figures can be measured again by group.
    let run = through.out.with_extension("run");
    let pictures = pictures::read(&through.data).unwrap();
    let held_out = predict::held_out(&run, &pictures).unwrap();
    let pairs = figures::pair(&pictures, &held_out);
    let again = figures::measure(&pairs, &outcome.metadata.slice.calibration);
    assert_eq!(
        (again.nodules, again.auc_nodules),
        (6, measured.auc_nodules)
    );
    let mut others = pictures.clone();
    others[0].file = "another.png".into();
    let error = predict::held_out(&run, &others).unwrap_err().to_string();
    assert!(
        error.contains("no held-out answer for another.png"),
        "{error}"
    );
    let error = predict::held_out(work.path(), &pictures).unwrap_err();
    assert!(
        matches!(error, LesionTrainingError::HeldOutAnswers { .. }),
        "{error}"
    );

    let mut stopped = request(data.path(), work.path(), "stopped");
    let cancel = Cancel::default();
    let stop = cancel.clone();
    let error = train(&stopped, &cancel, &mut move |step| {
        if matches!(step, Step::Steps { done: 3, .. }) {
            stop.cancel();
        }
    });
    assert!(matches!(error, Err(LesionTrainingError::Cancelled)));
    let refused = train(&stopped, &Cancel::default(), &mut |_| {});
    assert!(matches!(
        refused,
        Err(LesionTrainingError::Unfinished { .. })
    ));
    stopped.resume = true;
    train(&stopped, &Cancel::default(), &mut |_| {}).unwrap();
    let tensors = |path: &Path| {
        let bytes = fs::read(path).unwrap();
        let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
        let mut tensors: Vec<(String, Vec<u8>)> = (file.tensors().into_iter())
            .map(|(name, view)| (name, view.data().to_vec()))
            .collect();
        tensors.sort();
        tensors
    };
    assert!(
        tensors(&through.out) == tensors(&stopped.out),
        "other weights after a pause"
    );

    let weights = LesionWeights::read(&through.out, Some(&outcome.sha256)).unwrap();
    let slice: Vec<i16> = (0..256 * 256)
        .map(|at: i32| {
            let apart = f64::from((at / 256 - 120).pow(2) + (at % 256 - 90).pow(2)).sqrt();
            if apart < 12.0 {
                30
            } else {
                -850 + (at % 37) as i16
            }
        })
        .collect();
    let input = SliceInput {
        hounsfield: &slice,
        width: 256,
        height: 256,
        spacing_mm: Some([0.7; 2]),
        before: None,
        after: None,
    };
    let region = Region {
        rows: 0..256,
        columns: 0..256,
    };
    let read = |engine: EngineChoice| {
        let compute = Compute {
            engine: Some(engine),
            ..Compute::default()
        };
        let reader = weights
            .build(&Placement::of(&compute), backbone::cores())
            .unwrap();
        reader
            .read(&input, &region, |_, _| true, &Cancel::default())
            .unwrap()
    };
    let (fast, reference) = (read(EngineChoice::Fast), read(EngineChoice::Reference));
    for row in 0..fast.maps.rows {
        for column in 0..fast.maps.columns {
            let (one, other) = (fast.maps.at(row, column), reference.maps.at(row, column));
            let (one, other) = (one.unwrap(), other.unwrap());
            assert!(
                (one.lesion - other.lesion).abs() < 1e-3,
                "{one:?} and {other:?}"
            );
            assert!((one.malignancy - other.malignancy).abs() < 1e-3);
        }
    }
}

#[test]
fn fewer_folds_are_measured_on_request() {
    let (data, work) = (crops(), tempfile::tempdir().unwrap());
    init(&work.path().join("init.safetensors"));
    let one = Request {
        measured_folds: Some(1),
        ..request(data.path(), work.path(), "one")
    };
    let training = train(&one, &Cancel::default(), &mut |_| {})
        .unwrap()
        .metadata
        .training;
    let figures = training.held_out.unwrap();
    assert_eq!(
        (training.measured_folds, training.recipe.folds),
        (Some(1), 2)
    );
    assert!((1..6).contains(&figures.nodules), "{}", figures.nodules);
}

#[test]
fn unusable_training_data_are_named() {
    let work = tempfile::tempdir().unwrap();
    init(&work.path().join("init.safetensors"));
    let empty = tempfile::tempdir().unwrap();
    let error = train(
        &request(empty.path(), work.path(), "none"),
        &Cancel::default(),
        &mut |_| {},
    );
    assert!(
        matches!(error, Err(LesionTrainingError::NoPictures)),
        "{error:?}"
    );
    fs::write(
        empty.path().join("manifest.csv"),
        "file,patient,mean_score\nx.png,P,2\n",
    )
    .unwrap();
    let error = train(
        &request(empty.path(), work.path(), "none"),
        &Cancel::default(),
        &mut |_| {},
    );
    let sentence = error.unwrap_err().to_string();
    assert!(sentence.contains("manifest.csv"), "{sentence}");
}
