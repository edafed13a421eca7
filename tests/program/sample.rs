//! The sample of `lunny sample`, read by the other commands.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn lunny(arguments: &[&str]) -> Output {
    let home = tempfile::tempdir().unwrap();
    Command::new(env!("CARGO_BIN_EXE_lunny"))
        .args(arguments)
        .env("LUNNY_HOME", home.path())
        .output()
        .unwrap()
}

fn sample(folder: &Path, more: &[&str]) -> Output {
    let folder = folder.to_str().unwrap();
    let usual = [
        "sample",
        folder,
        "--size",
        "128",
        "--slices",
        "20",
        "--step-mm",
        "3",
        "--nodule",
        "solid:9x7",
    ];
    lunny(&[&usual, more].concat())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn a_sample_is_a_series_of_two_dates_with_a_description() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("sample");
    let written = sample(
        &place,
        &["--date", "2024-02-01", "--follow-up", "2024-12-01"],
    );
    assert!(written.status.success(), "{}", text(&written.stderr));
    let truth: Value =
        serde_json::from_slice(&std::fs::read(place.join("truth.json")).unwrap()).unwrap();
    assert_eq!(truth["phantom"], true);

    let output = lunny(&["scan", "info", place.to_str().unwrap(), "--json"]);
    let lines: Vec<Value> = text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2);
    for line in &lines {
        assert_eq!(line["format"], "DICOM");
        assert_eq!(line["modality"], "CT");
        assert_eq!(line["slices"], 20);
        assert_eq!(line["rows"], 128);
        assert_eq!(line["spacing_mm"], serde_json::json!([2.8, 2.8, 3.0]));
        assert_eq!(line["orientation"], "axial");
        assert_eq!(line["hu_min"], -1024);
        let description = line["description"].as_str().unwrap().to_lowercase();
        assert!(description.contains("phantom"), "{description}");
    }
    let remark = "1 file that is no picture was passed over.";
    assert_eq!(lines[0]["remarks"], serde_json::json!([remark]));
    assert_eq!(lines[1]["remarks"], serde_json::json!([]));
    assert_ne!(lines[0]["pixels_sha256"], lines[1]["pixels_sha256"]);
}

#[test]
fn the_same_arguments_give_the_same_files_and_other_folders_are_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (folder.path().join("one"), folder.path().join("other"));
    assert!(sample(&one, &["--no-follow-up"]).status.success());
    assert!(sample(&other, &["--no-follow-up"]).status.success());
    let slice = Path::new("2025-01-15/IM0007.dcm");
    let read = |folder: &Path| std::fs::read(folder.join(slice)).unwrap();
    assert_eq!(read(&one), read(&other));
    // A sample is replaced, other files in a folder are not.
    assert!(
        sample(&other, &["--no-follow-up", "--seed", "2"])
            .status
            .success()
    );
    assert_ne!(read(&one), read(&other));
    let foreign = folder.path().join("foreign");
    std::fs::create_dir(&foreign).unwrap();
    std::fs::write(foreign.join("letter.txt"), "keep me").unwrap();
    let refused = sample(&foreign, &[]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        text(&refused.stderr).contains("foreign"),
        "{}",
        text(&refused.stderr)
    );
    assert_eq!(std::fs::read_dir(&foreign).unwrap().count(), 1);
}

#[test]
fn a_folder_is_analysed_as_one_exam_with_a_curve() {
    if !Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("models/lunny-resnet50-2.safetensors")
        .exists()
    {
        eprintln!("skipped: no weights");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("sample");
    let small = [
        "--no-follow-up",
        "--size",
        "256",
        "--slices",
        "9",
        "--step-mm",
        "8",
    ];
    assert!(
        lunny(&[&["sample", place.to_str().unwrap()], &small[..]].concat())
            .status
            .success()
    );
    let maps = folder.path().join("maps");
    let output = lunny(&[
        "analyze",
        "--json",
        place.to_str().unwrap(),
        "--heatmap",
        maps.to_str().unwrap(),
    ]);
    let line: Value = serde_json::from_slice(&output.stdout).unwrap();
    let series = &line["series"];
    if line["status"] == "ok" {
        assert_eq!(series["slices"], 9);
        let curve = series["curve"].as_array().unwrap();
        let count = |name: &str| series[name].as_u64().unwrap() as usize;
        let told = curve.iter().filter(|slice| slice.is_number()).count();
        if line["outside"] == true {
            // Then there are no figures.
            assert_eq!(
                (told, series["suspicious"].as_array().unwrap().len()),
                (0, 0)
            );
            for name in [
                "malignancy_probability",
                "classes",
                "confidence",
                "lung_rads",
            ] {
                assert!(line[name].is_null(), "{name}: {line}");
            }
            assert!(line["outside_reason"].is_string(), "{line}");
        } else {
            assert_eq!(count("analysed"), told + count("outside"));
        }
        assert_eq!(count("refused"), 9 - count("analysed"));
        for suspect in series["suspicious"].as_array().unwrap() {
            let index = suspect["slice"].as_u64().unwrap() as usize - 1;
            let apart = suspect["probability"].as_f64().unwrap() - curve[index].as_f64().unwrap();
            assert!(apart.abs() < 1e-6);
            assert!(Path::new(suspect["heatmap"].as_str().unwrap()).exists());
            // The same slice alone has the same answer.
            let alone = lunny(&["analyze", "--json", suspect["file"].as_str().unwrap()]);
            let alone: Value = serde_json::from_slice(&alone.stdout).unwrap();
            let apart =
                alone["malignancy_probability"].as_f64().unwrap() - curve[index].as_f64().unwrap();
            assert!(apart.abs() < 1e-4, "{alone}");
        }
    } else {
        panic!("{line}");
    }
}
