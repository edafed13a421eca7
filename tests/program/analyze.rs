//! `lunny analyze` from a script.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn lunny(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lunny"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("LUNNY_") {
            command.env_remove(name);
        }
    }
    command
        .arg("--home")
        .arg(home)
        .arg("analyze")
        .stdin(Stdio::null());
    command
}

fn objects(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let parse = |line| serde_json::from_str(line).unwrap();
    text.lines().map(parse).collect()
}

/// A body with two lungs, as a grey PNG.
pub fn phantom(path: &Path) {
    let ellipse = |x: f32, y: f32, cx: f32, rx: f32, ry: f32| {
        ((x - cx) / rx).powi(2) + (y / ry).powi(2) < 1.0
    };
    let slice = image::GrayImage::from_fn(256, 256, |column, row| {
        let (x, y) = (column as f32 / 128.0 - 1.0, row as f32 / 128.0 - 1.0);
        let lung = ellipse(x, y, -0.4, 0.3, 0.5) || ellipse(x, y, 0.4, 0.3, 0.5);
        image::Luma([match ellipse(x, y, 0.0, 0.9, 0.7) {
            true if !lung => 170,
            true => 8,
            false => 0,
        }])
    });
    slice.save(path).unwrap();
}

/// True if the package contains weights.
fn weights_are_there() -> bool {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("models");
    let mut files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    files.any(|file| {
        file.path()
            .extension()
            .is_some_and(|name| name == "safetensors")
    })
}

/// A home with a slice; `None` if there are no weights to analyse it with.
fn slice_to_analyse() -> Option<(tempfile::TempDir, PathBuf)> {
    if !weights_are_there() {
        println!("skipped: no weights");
        return None;
    }
    let home = tempfile::tempdir().unwrap();
    let slice = home.path().join("slice.png");
    phantom(&slice);
    Some((home, slice))
}

#[test]
fn missing_weights_are_reported_once_and_in_every_object() {
    let home = tempfile::tempdir().unwrap();
    let absent = home.path().join("absent.safetensors");
    let mut command = lunny(home.path());
    let output = command
        .args(["--json", "a.png", "b.png", "--model"])
        .arg(&absent)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let objects = objects(&output);
    assert_eq!(objects.len(), 2);
    for (object, path) in objects.iter().zip(["a.png", "b.png"]) {
        assert_eq!(object["path"], path);
        assert_eq!(object["status"], "error");
        assert!(
            object["reason"]
                .as_str()
                .unwrap()
                .contains("absent.safetensors")
        );
        assert!(object["malignancy_probability"].is_null());
    }
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert_eq!(complaint.lines().count(), 1, "{complaint}");

    let mut command = lunny(home.path());
    let output = command
        .arg("a.png")
        .arg("--model")
        .arg(&absent)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    assert_eq!(String::from_utf8(output.stderr).unwrap(), complaint);
}

#[test]
fn good_and_bad_files_each_get_their_answer() {
    let Some((home, slice)) = slice_to_analyse() else {
        return;
    };
    let blank = home.path().join("blank.png");
    image::GrayImage::new(128, 128).save(&blank).unwrap();
    let text = home.path().join("text.png");
    std::fs::write(&text, "no picture").unwrap();

    let run = |files: &[&Path]| {
        lunny(home.path())
            .arg("--json")
            .args(files)
            .output()
            .unwrap()
    };
    let output = run(&[&text, &slice, &blank]);
    assert_eq!(output.status.code(), Some(1));
    let statuses: Vec<Value> = objects(&output)
        .iter()
        .map(|object| object["status"].clone())
        .collect();
    assert_eq!(statuses, ["error", "ok", "refused"]);

    assert_eq!(run(&[&slice, &blank]).status.code(), Some(2));
    let output = run(&[&slice]);
    assert_eq!(output.status.code(), Some(0));
    let objects = objects(&output);
    // The drawn slice is unlike any real one: no probability, only the reason.
    assert_eq!(objects[0]["reader"], "slice");
    assert_eq!(objects[0]["outside"], true);
    assert!(
        objects[0]["outside_reason"]
            .as_str()
            .is_some_and(|reason| !reason.is_empty())
    );
    for field in [
        "malignancy_probability",
        "classes",
        "confidence",
        "lung_rads",
    ] {
        assert!(objects[0][field].is_null(), "{field}");
    }
    assert_eq!(
        objects[0]["model"]["sha256"].as_str().map(str::len),
        Some(64)
    );
}

#[test]
fn a_heat_map_is_private_and_has_its_caption() {
    use std::os::unix::fs::PermissionsExt;
    let Some((home, slice)) = slice_to_analyse() else {
        return;
    };
    let map = home.path().join("map.png");
    let run = |target: &Path| {
        lunny(home.path())
            .args(["--json", "--heatmap"])
            .args([target, &slice])
            .output()
            .unwrap()
    };
    let output = run(&map);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(objects(&output)[0]["heatmap"], map.to_str().unwrap());
    let mode = std::fs::metadata(&map).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let file = std::io::BufReader::new(std::fs::File::open(&map).unwrap());
    let reader = png::Decoder::new(file).read_info().unwrap();
    assert!(reader.info().width == 256 && reader.info().height > 256);
    let comments = &reader.info().utf8_text;
    let comment = comments.iter().find(|text| text.keyword == "Comment");
    let comment = comment.unwrap().get_text().unwrap();
    assert!(
        comment.starts_with("model attention, not lesion location"),
        "{comment}"
    );

    let before = std::fs::read(&slice).unwrap();
    let output = run(&slice);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(complaint.contains("choose another file"), "{complaint}");
    assert_eq!(std::fs::read(&slice).unwrap(), before);
}

#[test]
fn a_closed_pipe_ends_without_a_message() {
    let home = tempfile::tempdir().unwrap();
    let mut command = lunny(home.path());
    command.args(["--json", "--model", "absent.safetensors"]);
    command.args((0..5_000).map(|number| format!("{number}.png")));
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.code().is_some());
    let complaints = String::from_utf8(output.stderr).unwrap();
    assert_eq!(complaints.lines().count(), 1, "{complaints}");
}

#[test]
fn a_file_name_that_is_not_text_is_still_shown() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let home = tempfile::tempdir().unwrap();
    let name = OsStr::from_bytes(b"sl\xffice.png");
    let output = lunny(home.path()).arg("--json").arg(name).output().unwrap();
    assert_eq!(objects(&output)[0]["path"], "sl\u{fffd}ice.png");
}

#[test]
fn a_bad_configuration_is_one_sentence() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(
        home.path().join("config.toml"),
        "theme = 'a'\ntheem = 'b'\n",
    )
    .unwrap();
    let output = lunny(home.path()).arg("a.png").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(
        complaint.contains("config.toml, line 2") && complaint.lines().count() == 1,
        "{complaint}"
    );
}
