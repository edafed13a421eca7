//! Training through its public interface: refused requests, and runs that write a working network.

mod refusals;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use lunny::config::Compute;
use lunny::model::WeightsError;
use lunny::model::network::Network;
use lunny::model::recipe::{HeadReads, HeadStart, Recipe, Split, Unfreeze};
use lunny::model::resnet::Config;
use lunny::model::weights::Weights;
use lunny::model::{Cancel, Placement};
use lunny::training::session::{Outcome, Request, Step, TrainingError, train};
use lunny::training::weight_file;
use safetensors::tensor::{Dtype, TensorView};
use tempfile::TempDir;

#[path = "../support/small_network.rs"]
mod small_network;

/// A data folder with one slice of each of two cases of `classes`; each class has its own pattern and
/// brightness.
fn data(classes: &[&str]) -> TempDir {
    data_of(classes, 2)
}

/// As [`data`], with this number of cases.
fn data_of(classes: &[&str], cases: u32) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut manifest = String::from("file,class,case\n");
    for (number, class) in classes.iter().enumerate() {
        for slice in 0..cases {
            let file = format!("{class}-{slice}.png");
            let step = 5 + 9 * number as u32 + slice;
            let picture = image::GrayImage::from_fn(64, 64, |x, y| {
                [((x / step + y / step) % 2 * (220 - 90 * number as u32)) as u8].into()
            });
            picture.save(folder.path().join(&file)).unwrap();
            manifest += &format!("{file},{class},{class}-{slice}\n");
        }
    }
    fs::write(folder.path().join("manifest.csv"), manifest).unwrap();
    folder
}

/// A request that trains only the head.
fn request(data: &Path, init: &Path, out: &Path) -> Request {
    Request {
        data: data.into(),
        init: init.into(),
        network: Config::RESNET_50,
        out: out.join("model.safetensors"),
        recipe: Recipe {
            unfreeze: Unfreeze::None,
            folds: Some(2),
            ..Recipe::default()
        },
        cache: out.join("cache"),
        compute: Compute::default(),
        figures_only: false,
        resume: false,
        pause: Duration::ZERO,
    }
}

fn run(request: &Request, watch: impl FnMut(Step) + Send) -> Result<Outcome, TrainingError> {
    train(request, &Cancel::default(), watch)
}

const ALL: [&str; 3] = ["normal", "benign", "malignant"];

fn shared_init() -> Option<PathBuf> {
    let shared = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared");
    let init = Path::new(shared).join("weights/ct-resnet50-init.safetensors");
    if !init.exists() {
        eprintln!("skipped: no data");
        return None;
    }
    Some(init)
}

#[test]
fn a_written_file_loads_and_a_second_run_reuses_the_features() {
    let Some(init) = shared_init() else { return };
    let (data, out) = (data(&ALL), tempfile::tempdir().unwrap());
    let request = request(data.path(), &init, out.path());

    let mut slices = 0;
    let first = run(&request, |step| {
        slices += usize::from(matches!(step, Step::Slices { .. }))
    });
    let first = first.unwrap();
    assert_eq!(slices, 6);
    let weights = Weights::read(&request.out, first.sha256.as_deref()).unwrap();
    assert_eq!(weights.identity().id, "model");
    let (read, written) = (weights.metadata(), &first.metadata);
    assert_eq!(read.training.data_sha256, written.training.data_sha256);
    assert_eq!(read.training.slices, [2, 2, 2]);
    assert!((read.rule.threshold - written.rule.threshold).abs() < 1e-9);
    assert!((read.calibration.temperature - written.calibration.temperature).abs() < 1e-9);
    assert!(Network::new(&weights, &Placement::of(&Compute::default()), None).is_ok());
    let note = fs::read_to_string(request.out.with_extension("sha256")).unwrap();
    assert_eq!(Some(note.trim()), first.sha256.as_deref());

    let second = run(&request, |step| assert!(matches!(step, Step::Parts { .. })));
    assert_eq!(second.unwrap().sha256, first.sha256);

    // The folder contains the weights, their hash and the features; no partial file.
    let mut names: Vec<_> = fs::read_dir(out.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    names.sort();
    assert_eq!(names, ["cache", "model.safetensors", "model.sha256"]);
    damaged_weights_have_their_own_errors(&request.out, &weights);
}

/// Every error of a weight file, on copies of a valid one.
fn damaged_weights_have_their_own_errors(right: &Path, weights: &Weights) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("copy.safetensors");
    let bytes = fs::read(right).unwrap();

    let error = Weights::read(&path, None).unwrap_err();
    assert!(matches!(error, WeightsError::Unreadable { .. }), "{error}");

    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let error = Weights::read(&path, Some(&weights.identity().sha256)).unwrap_err();
    assert!(matches!(error, WeightsError::Changed { .. }), "{error}");
    let error = Weights::read(&path, None).unwrap_err();
    assert!(matches!(error, WeightsError::Damaged { .. }), "{error}");

    let learnt = |features: usize| weight_file::head(&vec![0.0; 3 * features], &[0.0; 3]);
    let rewrite = |features, change: &dyn Fn(&mut lunny::model::metadata::Metadata)| {
        let mut metadata = weights.metadata().clone();
        change(&mut metadata);
        let altered = weight_file::assemble(&bytes, learnt(features), &metadata).unwrap();
        fs::write(&path, altered).unwrap();
        match Weights::read(&path, None)
            .and_then(|weights| Network::new(&weights, &Placement::of(&Compute::default()), None))
        {
            Ok(_) => panic!("it was accepted"),
            Err(error) => error.to_string(),
        }
    };
    let shape = rewrite(7, &|_| ());
    assert!(
        shape.contains("fc.weight") && shape.contains("copy.safetensors"),
        "{shape}"
    );
    let classes = rewrite(3072, &|metadata| metadata.classes.swap(0, 2));
    assert!(classes.contains("malignant, benign, normal"), "{classes}");
    let rule = rewrite(3072, &|metadata| metadata.rule.threshold = 2.0);
    assert!(rule.contains("rule is not sound"), "{rule}");
    let side = rewrite(3072, &|metadata| metadata.input_side = 512);
    assert!(side.contains("512"), "{side}");
    let temperature = rewrite(3072, &|metadata| metadata.calibration.temperature = 0.0);
    assert!(temperature.contains("calibration"), "{temperature}");
}

#[test]
fn a_foreign_weight_file_is_distinguished_from_a_damaged_one() {
    let Some(init) = shared_init() else { return };
    let error = Weights::read(&init, None).unwrap_err();
    assert!(matches!(error, WeightsError::Unfit { .. }), "{error}");
    assert!(error.to_string().contains("no description"), "{error}");
}

#[test]
fn an_existing_file_survives_a_failed_run() {
    let (data, out) = (data(&ALL), tempfile::tempdir().unwrap());
    let request = request(data.path(), Path::new("no-init"), out.path());
    fs::write(&request.out, "older weights").unwrap();
    let error = run(&request, |_| ()).unwrap_err();
    assert!(matches!(error, TrainingError::Init { .. }), "{error}");
    assert_eq!(fs::read(&request.out).unwrap(), b"older weights");
}

/// A request that fine-tunes a small network and writes its weight file to `out`.
fn tuning(data: &Path, out: &Path) -> Request {
    let init = out.join("init.safetensors");
    let network = small_network::SMALL;
    fs::write(&init, small_network::weight_file(&network)).unwrap();
    Request {
        network,
        recipe: Recipe {
            unfreeze: Unfreeze::Layer4,
            head_reads: HeadReads::LastStage,
            head_start: HeadStart::Zeros,
            mirror: false,
            folds: Some(2),
            views: 3,
            epochs: 3,
            batch: 4,
            learning_rate: 3e-3,
            head_learning_rate: 3e-2,
            ..Recipe::default()
        },
        ..request(data, &init, out)
    }
}

#[test]
fn training_lowers_the_loss_and_writes_network_log_and_held_out_answers() {
    let (data, out) = (data_of(&ALL, 4), tempfile::tempdir().unwrap());
    let mut request = tuning(data.path(), out.path());
    request.recipe = Recipe {
        epochs: 30,
        learning_rate: 2e-3,
        head_learning_rate: 1e-2,
        dropout: 0.0,
        ..request.recipe
    };
    request.pause = Duration::MAX;
    let mut losses = Vec::new();
    let outcome = run(&request, |step| {
        if let Step::Epoch(epoch) = step {
            losses.push((epoch.part, epoch.training_loss));
        }
    });
    let outcome = outcome.unwrap();
    // Two folds and the final network.
    for part in 0..3 {
        let of_part: Vec<f64> = (losses.iter().filter(|(of, _)| *of == part))
            .map(|(_, loss)| *loss)
            .collect();
        assert_eq!(of_part.len(), 30);
        assert!(of_part[29] < 0.7 * of_part[0], "{of_part:?}");
    }
    let weights = Weights::read(&request.out, outcome.sha256.as_deref()).unwrap();
    assert_eq!(
        weights.metadata().training.recipe.as_ref(),
        Some(&request.recipe)
    );
    let started = fs::read(&request.init).unwrap();
    let started = safetensors::SafeTensors::deserialize(&started).unwrap();
    let learnt = weights.tensors().unwrap();
    let names = |file: &safetensors::SafeTensors| -> Vec<String> {
        let mut names: Vec<_> = file.names().into_iter().map(str::to_owned).collect();
        names.sort();
        names
    };
    let mut expected = names(&started);
    expected.extend(["fc.weight".into(), "fc.bias".into()]);
    let distribution = ["directions", "mean", "variances"];
    expected.extend(distribution.map(|part| format!("familiarity.{part}")));
    expected.sort();
    assert_eq!(names(&learnt), expected);
    let bytes =
        |file: &safetensors::SafeTensors, name: &str| file.tensor(name).unwrap().data().to_vec();
    let frozen = "layer3.0.bn2.running_mean";
    assert_eq!(bytes(&learnt, frozen), bytes(&started, frozen));

    let folder = request.out.with_extension("run");
    let rows = |name: &str| {
        fs::read_to_string(folder.join(name))
            .unwrap()
            .lines()
            .count()
    };
    assert_eq!(rows("log.csv"), 1 + 3 * 30);
    assert_eq!(rows("predictions.csv"), 1 + 12);
    assert!(!folder.join("checkpoint.safetensors").exists());
    assert!(image::open(folder.join("learning-curves.png")).is_ok());
}

#[test]
fn a_seed_gives_the_same_bytes_and_another_one_gives_others() {
    let data = data(&ALL);
    let sha256 = |seed: u64| {
        let out = tempfile::tempdir().unwrap();
        let mut request = tuning(data.path(), out.path());
        request.recipe.seed = seed;
        request.recipe.mixup = 0.4;
        request.recipe.label_smoothing = 0.1;
        run(&request, |_| ()).unwrap().sha256
    };
    assert_eq!(sha256(1), sha256(1));
    assert_ne!(sha256(1), sha256(2));
}

#[test]
fn a_resumed_run_gives_the_same_result() {
    let data = data(&ALL);
    let change = |request: &mut Request| {
        request.recipe.members = 2;
        request.recipe.average = 0.5;
        request.recipe.mirror = true;
    };
    let whole = tempfile::tempdir().unwrap();
    let mut request = tuning(data.path(), whole.path());
    change(&mut request);
    let mut epochs = 0;
    let uninterrupted = run(&request, |step| {
        epochs += usize::from(matches!(step, Step::Epoch(_)))
    });
    let uninterrupted = uninterrupted.unwrap();
    assert_eq!(epochs, 3 * 2 * 3);
    let table = |out: &Path| fs::read_to_string(out.join("model.run/predictions.csv")).unwrap();

    // Among the slices, in the first epoch, in a later member, and in the final network.
    for stop in [2, 8, 15, 30] {
        let out = tempfile::tempdir().unwrap();
        let mut request = tuning(data.path(), out.path());
        change(&mut request);
        let (cancel, mut steps) = (Cancel::default(), 0);
        let stopped = train(&request, &cancel, |_| {
            steps += 1;
            if steps == stop {
                cancel.cancel();
            }
        });
        assert!(
            matches!(stopped, Err(TrainingError::Cancelled)),
            "{stopped:?}"
        );
        assert!(!request.out.exists());
        let refused = run(&request, |_| ()).unwrap_err().to_string();
        assert!(refused.contains("--resume"), "{refused}");
        request.resume = true;
        let resumed = run(&request, |_| ()).unwrap();
        assert_eq!(resumed.sha256, uninterrupted.sha256, "stopped after {stop}");
        assert_eq!(table(out.path()), table(whole.path()));
    }
}

#[test]
fn slices_that_changed_since_a_run_was_stopped_are_detected() {
    let (data, out) = (data(&ALL), tempfile::tempdir().unwrap());
    let mut request = tuning(data.path(), out.path());
    let cancel = Cancel::default();
    let stopped = train(&request, &cancel, |_| cancel.cancel());
    assert!(matches!(stopped, Err(TrainingError::Cancelled)));
    let picture = image::GrayImage::from_pixel(64, 64, [9].into());
    picture.save(data.path().join("benign-0.png")).unwrap();
    request.resume = true;
    let refused = run(&request, |_| ()).unwrap_err().to_string();
    assert!(
        refused.contains("slices") && refused.contains("changed"),
        "{refused}"
    );
}

#[test]
fn a_last_layer_initialised_by_regression_starts_with_a_lower_loss() {
    let (data, out) = (data_of(&ALL, 4), tempfile::tempdir().unwrap());
    let first_loss = |head_start| {
        let mut request = tuning(data.path(), out.path());
        request.recipe = Recipe {
            head_start,
            epochs: 1,
            dropout: 0.0,
            learning_rate: 1e-9,
            head_learning_rate: 1e-9,
            ..request.recipe
        };
        request.figures_only = true;
        request.out = out.path().join(format!("{head_start:?}.safetensors"));
        let mut loss = None;
        run(&request, |step| {
            if let Step::Epoch(epoch) = step {
                loss.get_or_insert(epoch.training_loss);
            }
        })
        .unwrap();
        loss.unwrap()
    };
    let (zeros, regression) = (
        first_loss(HeadStart::Zeros),
        first_loss(HeadStart::Regression),
    );
    assert!((zeros - 3.0_f64.ln()).abs() < 1e-3, "{zeros}");
    assert!(regression < 0.9 * zeros, "{regression} after {zeros}");
}

#[test]
fn trained_stages_with_a_head_that_reads_two_stages_are_refused() {
    let (data, out) = (data_of(&ALL, 4), tempfile::tempdir().unwrap());
    let mut request = tuning(data.path(), out.path());
    request.recipe.head_reads = HeadReads::LastTwoStages;
    let error = run(&request, |_| ()).unwrap_err().to_string();
    assert!(error.contains("--head-reads"), "{error}");
}

#[test]
fn without_folds_validation_chooses_the_epoch_and_test_slices_give_figures() {
    let (data, out) = (data_of(&ALL, 7), tempfile::tempdir().unwrap());
    for split in [Split::Case, Split::Random] {
        let mut request = tuning(data.path(), out.path());
        request.recipe = Recipe {
            folds: None,
            split,
            repeats: 2,
            epochs: 30,
            patience: 2,
            ..request.recipe
        };
        let mut epochs = 0;
        let outcome = run(&request, |step| {
            epochs += usize::from(matches!(step, Step::Epoch(_)))
        });
        let outcome = outcome.unwrap();
        assert!((6..=60).contains(&epochs), "{epochs}");
        assert_eq!(outcome.repeats.len(), 2);
        assert_eq!(outcome.repeats[0], outcome.metadata.training.held_out);
        Weights::read(&request.out, outcome.sha256.as_deref()).unwrap();
    }
}

#[test]
fn figures_only_writes_no_weight_file() {
    let (data, out) = (data(&ALL), tempfile::tempdir().unwrap());
    let mut request = tuning(data.path(), out.path());
    request.figures_only = true;
    request.recipe.unfreeze = Unfreeze::Layer3;
    let outcome = run(&request, |_| ()).unwrap();
    assert_eq!(outcome.sha256, None);
    assert!(!request.out.exists());
}

#[test]
fn a_picture_that_cannot_be_read_is_named() {
    let (data, out) = (data(&ALL), tempfile::tempdir().unwrap());
    fs::write(data.path().join("normal-1.png"), "no picture").unwrap();
    let request = tuning(data.path(), out.path());
    let error = run(&request, |_| ()).unwrap_err().to_string();
    assert!(error.contains("normal-1.png"), "{error}");
}
