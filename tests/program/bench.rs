//! `lunny bench inference`, as used by scripts.

use std::process::{Command, Output};

fn bench(arguments: &[&str]) -> Output {
    let home = tempfile::tempdir().unwrap();
    Command::new(env!("CARGO_BIN_EXE_lunny"))
        .args(["bench", "inference", "--runs", "1", "--json"])
        .args(arguments)
        .env("LUNNY_HOME", home.path())
        .env_remove("LUNNY_MODEL")
        .env_remove("LUNNY_THREADS")
        .output()
        .unwrap()
}

#[test]
fn one_object_describes_the_timing_of_either_engine() {
    for (engine, device) in [("fast", "cpu"), ("fast", "cuda"), ("reference", "auto")] {
        let output = bench(&["--engine", engine, "--device", device, "--batch", "2"]);
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{complaint}");
        let object: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(object["engine"], engine);
        assert_eq!(object["batch"], 2);
        assert!(object["threads"].as_u64().unwrap() >= 1);
        for name in ["median_ms_per_image", "images_per_second", "load_ms"] {
            assert!(object[name].as_f64().unwrap() > 0.0, "{name}");
        }
        // An unavailable device gives a remark, not an error.
        assert_eq!(!complaint.is_empty(), device == "cuda", "{complaint}");
    }
}

#[test]
fn either_network_is_timed_in_either_precision() {
    for (network, precision) in [("slice", "bf16"), ("lesions", "f32"), ("lesions", "bf16")] {
        let output = bench(&["--network", network, "--precision", precision]);
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{complaint}");
        let object: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(object["network"], network);
        // A processor without AMX gives a remark.
        let used = if complaint.contains("AMX") {
            "f32"
        } else {
            precision
        };
        assert_eq!(object["precision"], used, "{complaint}");
        assert!(object["median_ms_per_image"].as_f64().unwrap() > 0.0);
    }
}

#[test]
fn without_weights_one_line_gives_the_reason() {
    let output = bench(&["--model", "absent.safetensors"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert_eq!(complaint.lines().count(), 1, "{complaint}");
    assert!(complaint.contains("absent.safetensors"), "{complaint}");
}

#[test]
fn wrong_numbers_and_devices_are_refused_by_name() {
    for (flag, value) in [
        ("--batch", "0"),
        ("--device", "gpu"),
        ("--engine", "slow"),
        ("--precision", "f64"),
        ("--network", "brain"),
    ] {
        let output = bench(&[flag, value]);
        assert_eq!(output.status.code(), Some(1));
        assert!(String::from_utf8(output.stderr).unwrap().contains(flag));
    }
}
