//! `lunny evaluate` from a script.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::support::write_chest_slice;
use serde_json::Value;

/// The drawn slice in a window like that of the training slices: its lungs are black.
fn write_slice(folder: &Path, name: &str) {
    let path = write_chest_slice(folder, name);
    let mut slice = image::open(&path).unwrap().into_luma8();
    for level in slice.iter_mut() {
        *level = level.saturating_sub(20);
    }
    slice.save(path).unwrap();
}

fn evaluate(home: &Path, arguments: &[&Path]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lunny"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("LUNNY_") {
            command.env_remove(name);
        }
    }
    command.arg("--home").arg(home).arg("evaluate");
    command.args(arguments).stdin(Stdio::null());
    command.output().unwrap()
}

/// The one sentence of a run that fails.
fn complaint(home: &Path, arguments: &[&Path]) -> String {
    let output = evaluate(home, arguments);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert_eq!(complaint.lines().count(), 1, "{complaint}");
    complaint
}

/// A set of four drawn slices, a picture that is not a chest and a file that is not a picture.
fn data() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for class in [
        "Normal cases",
        "benign",
        "adenocarcinoma_T2_N0",
        "malignant",
    ] {
        let inside = folder.path().join(class);
        fs::create_dir(&inside).unwrap();
        write_slice(&inside, "slice.png");
    }
    let blank = folder.path().join("benign/blank.png");
    image::GrayImage::new(128, 128).save(blank).unwrap();
    fs::write(folder.path().join("malignant/text.png"), "no picture").unwrap();
    folder
}

fn weights_are_there() -> bool {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    let mut files = fs::read_dir(models).into_iter().flatten().flatten();
    let there = files.any(|file| {
        file.path()
            .extension()
            .is_some_and(|name| name == "safetensors")
    });
    if !there {
        println!("skipped: no weights");
    }
    there
}

#[test]
fn a_set_with_a_bad_file_is_still_measured_and_plotted() {
    if !weights_are_there() {
        return;
    }
    let (home, data) = (tempfile::tempdir().unwrap(), data());
    let plots = home.path().join("new/plots");
    let json = Path::new("--json");
    let output = evaluate(
        home.path(),
        &[data.path(), json, Path::new("--plots"), &plots],
    );
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let object: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&object["n"], &object["cases"]), (&4.into(), &4.into()));
    assert_eq!(object["positives"], 2);
    assert_eq!(object["listed"]["malignant"], 3);
    assert_eq!(object["intervals_over"], "slices");
    for (list, name) in [("refused", "blank.png"), ("errors", "text.png")] {
        let list = object[list].as_array().unwrap();
        assert_eq!(list.len(), 1, "{object}");
        assert!(list[0]["path"].as_str().unwrap().ends_with(name));
    }
    // The four slices are unlike any real one, so none has a probability to be ranked by.
    assert!(object["auc"].is_null());
    assert_eq!(object["coverage"], 0.0);
    let sha256 = object["model"]["sha256"].as_str().unwrap();
    assert_eq!(sha256.len(), 64);

    let mut names: Vec<String> = (fs::read_dir(&plots).unwrap())
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let stems = [
        "confusion",
        "confusion-three-classes",
        "precision-recall",
        "reliability",
        "risk-coverage",
        "roc",
    ];
    let mut expected: Vec<String> = (stems.iter())
        .flat_map(|stem| [format!("{stem}.png"), format!("{stem}.svg")])
        .collect();
    expected.sort();
    assert_eq!(names, expected);
    assert_eq!(object["plots"].as_array().unwrap().len(), 12);
    for name in names.iter().filter(|name| name.ends_with("png")) {
        assert!(
            image::open(plots.join(name)).unwrap().width() > 800,
            "{name}"
        );
    }
}

#[test]
fn a_manifest_may_list_missing_files() {
    if !weights_are_there() {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let manifest = home.path().join("list.csv");
    write_slice(home.path(), "slice.png");
    fs::write(
        &manifest,
        "file,class,case\nslice.png,normal,a\ngone.png,benign,b\n",
    )
    .unwrap();
    let output = evaluate(home.path(), &[&manifest]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("1 analysed, 0 refused, 1 failed"), "{text}");
    assert!(text.contains("gone.png: there is no such file"), "{text}");
    assert!(
        text.contains("sensitivity                    not measured"),
        "{text}"
    );
    assert!(text.contains("not a medical device"), "{text}");
}

#[test]
fn a_set_that_cannot_be_measured_gives_one_sentence() {
    let home = tempfile::tempdir().unwrap();
    let data = data();
    let empty = home.path().join("empty");
    fs::create_dir(&empty).unwrap();
    assert!(complaint(home.path(), &[&empty]).contains("contains no slices"));
    assert!(complaint(home.path(), &[&home.path().join("no\nwhere")]).contains("no where"));

    let file = home.path().join("occupied");
    fs::write(&file, "").unwrap();
    let plots = complaint(home.path(), &[data.path(), Path::new("--plots"), &file]);
    assert!(
        plots.contains("occupied") && plots.contains("--plots"),
        "{plots}"
    );

    fs::create_dir(data.path().join("\u{1b}[31mtumour")).unwrap();
    let unknown = complaint(home.path(), &[data.path()]);
    assert!(
        unknown.contains("tumour is not named after a class"),
        "{unknown}"
    );
    assert!(!unknown.contains('\u{1b}'), "{unknown}");

    let model = Path::new("--model");
    let absent = home.path().join("absent.safetensors");
    let ignore = Path::new("--ignore-unknown");
    let weights = complaint(home.path(), &[data.path(), ignore, model, &absent]);
    assert!(weights.contains("absent.safetensors"), "{weights}");
}
