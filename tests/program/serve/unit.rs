//! The unit of systemd in docs/serve.md.

use std::path::Path;
use std::process::{Command, Stdio};

#[test]
fn systemd_takes_the_unit_of_the_documentation() {
    let analyze = || Command::new("systemd-analyze");
    let is_there = analyze().arg("--version").stdout(Stdio::null()).status();
    if is_there.is_err() {
        eprintln!(
            "the unit was not verified: systemd-analyze is missing (Debian: apt-get install systemd)"
        );
        return;
    }
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/serve.md");
    let guide = std::fs::read_to_string(guide).unwrap();
    let unit = guide.split("```ini\n").nth(1).expect("a unit");
    let unit = unit.split("```").next().unwrap();
    assert!(unit.contains("/usr/local/bin/lunny serve"), "{unit}");
    // It has to be installed for the check, under any path.
    let unit = unit.replace("/usr/local/bin/lunny", env!("CARGO_BIN_EXE_lunny"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lunny.service");
    std::fs::write(&path, unit).unwrap();
    let verified = analyze().arg("verify").arg(&path).output().unwrap();
    let said = String::from_utf8_lossy(&verified.stderr);
    assert!(verified.status.success() && said.is_empty(), "{said}");
}
