//! A training run from outside: what it refuses, and that what it writes is a network that answers.

use std::fs;
use std::path::{Path, PathBuf};

use lunny::config::Compute;
use lunny::model::Placement;
use lunny::model::network::Network;
use lunny::model::weights::{Weights, WeightsError};
use lunny::training::session::{Request, Step, TrainingError, train};
use lunny::training::trainer::Learnt;
use lunny::training::weight_file;
use safetensors::tensor::{Dtype, TensorView};
use tempfile::TempDir;

/// A data folder with one slice of each of two cases of `classes`, each class with its own pattern.
fn data(classes: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut manifest = String::from("file,class,case\n");
    for (number, class) in classes.iter().enumerate() {
        for slice in 0..2 {
            let file = format!("{class}-{slice}.png");
            let step = 5 + 9 * number as u32 + slice;
            let picture = image::GrayImage::from_fn(64, 64, |x, y| {
                [((x / step + y / step) % 2 * 200) as u8].into()
            });
            picture.save(folder.path().join(&file)).unwrap();
            manifest += &format!("{file},{class},{class}-{slice}\n");
        }
    }
    fs::write(folder.path().join("manifest.csv"), manifest).unwrap();
    folder
}

fn request(data: &Path, init: &Path, out: &Path) -> Request {
    Request {
        data: data.into(),
        init: init.into(),
        out: out.join("model.safetensors"),
        folds: 2,
        cache: out.join("cache"),
        compute: Compute::default(),
    }
}

fn refusal(data: &Path, init: &Path) -> String {
    let out = tempfile::tempdir().unwrap();
    let mut steps = 0;
    let refused = train(&request(data, init, out.path()), |_| steps += 1);
    assert_eq!(steps, 0, "the slow part began");
    assert_eq!(
        fs::read_dir(out.path()).unwrap().count(),
        0,
        "something was written"
    );
    refused.unwrap_err().to_string()
}

const ALL: [&str; 3] = ["normal", "benign", "malignant"];

#[test]
fn a_missing_data_folder_is_refused() {
    let reason = refusal(Path::new("no/such/folder"), Path::new("init"));
    assert!(
        reason.contains("no/such/folder") && reason.contains("--data"),
        "{reason}"
    );
}

#[test]
fn a_manifest_without_its_columns_is_refused() {
    let data = data(&ALL);
    fs::write(data.path().join("manifest.csv"), "file,class\n").unwrap();
    let reason = refusal(data.path(), Path::new("init"));
    assert!(reason.contains("no column \"case\""), "{reason}");
}

#[test]
fn one_class_alone_is_refused() {
    let data = data(&["malignant"]);
    let reason = refusal(data.path(), Path::new("init"));
    assert!(reason.contains("no case of class \"normal\""), "{reason}");
}

#[test]
fn a_slice_that_is_not_there_is_refused_before_the_network_is_read() {
    let data = data(&ALL);
    fs::remove_file(data.path().join("benign-1.png")).unwrap();
    let reason = refusal(data.path(), Path::new("init"));
    assert!(reason.contains("benign-1.png"), "{reason}");
}

#[test]
fn an_init_file_that_is_missing_damaged_or_of_another_network_is_refused() {
    let data = data(&ALL);
    let folder = tempfile::tempdir().unwrap();
    let init = folder.path().join("init.safetensors");
    let missing = refusal(data.path(), &init);
    assert!(
        missing.contains("init.safetensors") && missing.contains("--init"),
        "{missing}"
    );
    fs::write(&init, "not tensors at all").unwrap();
    assert!(refusal(data.path(), &init).contains("--init"));
    let view = TensorView::new(Dtype::F32, vec![2], &[0; 8]).unwrap();
    let tiny = safetensors::serialize([("conv1.weight", view)], None).unwrap();
    fs::write(&init, tiny).unwrap();
    let unfit = refusal(data.path(), &init);
    assert!(unfit.contains("conv1.weight"), "{unfit}");
    assert!(!unfit.contains('\n'), "{unfit}");
}

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
fn what_is_written_loads_and_a_second_run_is_the_same_without_the_slow_part() {
    let Some(init) = shared_init() else { return };
    let (data, out) = (data(&ALL), tempfile::tempdir().unwrap());
    let request = request(data.path(), &init, out.path());

    let mut slices = 0;
    let first = train(&request, |step| {
        slices += usize::from(matches!(step, Step::Slices { .. }))
    });
    let first = first.unwrap();
    assert_eq!(slices, 6);
    let weights = Weights::read(&request.out, Some(&first.sha256)).unwrap();
    assert_eq!(weights.identity().id, "model");
    let (read, written) = (weights.metadata(), &first.metadata);
    assert_eq!(read.training.data_sha256, written.training.data_sha256);
    assert_eq!(read.training.slices, [2, 2, 2]);
    assert!((read.rule.threshold - written.rule.threshold).abs() < 1e-9);
    assert!((read.temperature - written.temperature).abs() < 1e-9);
    assert!(Network::new(&weights, &Placement::of(&Compute::default()), None).is_ok());
    let note = fs::read_to_string(request.out.with_extension("sha256")).unwrap();
    assert_eq!(note.trim(), first.sha256);

    let second = train(&request, |step| assert!(matches!(step, Step::Parts { .. })));
    assert_eq!(second.unwrap().sha256, first.sha256);

    // The folder holds the weights, their hash and the features; nothing half-written.
    let mut names: Vec<_> = fs::read_dir(out.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    names.sort();
    assert_eq!(names, ["cache", "model.safetensors", "model.sha256"]);
    damaged_weights_are_told_apart(&request.out, &weights);
}

/// Every way in which a weight file can be wrong, on copies of a right one.
fn damaged_weights_are_told_apart(right: &Path, weights: &Weights) {
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

    let learnt = |features: usize| Learnt {
        weight: vec![0.0; 3 * features],
        bias: vec![0.0; 3],
        temperature: weights.metadata().temperature,
        rule: weights.metadata().rule,
        penalty: 1.0,
        held_out: weights.metadata().training.held_out,
    };
    let rewrite = |features, change: &dyn Fn(&mut lunny::model::metadata::Metadata)| {
        let mut metadata = weights.metadata().clone();
        change(&mut metadata);
        let altered = weight_file::assemble(&bytes, &learnt(features), &metadata).unwrap();
        fs::write(&path, altered).unwrap();
        match Weights::read(&path, None)
            .and_then(|weights| Network::new(&weights, &Placement::of(&Compute::default()), None))
        {
            Ok(_) => panic!("it was taken"),
            Err(error) => error.to_string(),
        }
    };
    let shape = rewrite(7, &|_| ());
    assert!(
        shape.contains("fc.weight") && shape.contains("copy.safetensors"),
        "{shape}"
    );
    let classes = rewrite(2048, &|metadata| metadata.classes.swap(0, 2));
    assert!(classes.contains("malignant, benign, normal"), "{classes}");
    let rule = rewrite(2048, &|metadata| metadata.rule.threshold = 2.0);
    assert!(rule.contains("rule is not sound"), "{rule}");
    let side = rewrite(2048, &|metadata| metadata.input_side = 512);
    assert!(side.contains("512"), "{side}");
    let temperature = rewrite(2048, &|metadata| metadata.temperature = 0.0);
    assert!(temperature.contains("temperature"), "{temperature}");
}

#[test]
fn a_weight_file_of_someone_else_is_told_from_a_damaged_one() {
    let Some(init) = shared_init() else { return };
    let error = Weights::read(&init, None).unwrap_err();
    assert!(matches!(error, WeightsError::Unfit { .. }), "{error}");
    assert!(error.to_string().contains("no description"), "{error}");
}

#[test]
fn what_was_there_survives_a_run_that_fails() {
    let (data, out) = (data(&ALL), tempfile::tempdir().unwrap());
    let request = request(data.path(), Path::new("no-init"), out.path());
    fs::write(&request.out, "older weights").unwrap();
    let error = train(&request, |_| ()).unwrap_err();
    assert!(matches!(error, TrainingError::Init { .. }), "{error}");
    assert_eq!(fs::read(&request.out).unwrap(), b"older weights");
}
