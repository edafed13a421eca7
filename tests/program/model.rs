//! `lunny model`: the model card inside the weight file.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn lunny(home: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lunny"))
        .args(arguments)
        .env("LUNNY_HOME", home)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn the_shipped_weights_have_a_description_and_the_card_of_the_repository() {
    let home = tempfile::tempdir().unwrap();
    let shown = lunny(home.path(), &["model", "info"]);
    assert!(shown.status.success());
    let shown = text(&shown.stdout);
    for wanted in ["SHA-256", "AUC", "threshold", "not a medical device"] {
        assert!(shown.contains(wanted), "{wanted} is missing in {shown}");
    }
    let card = include_str!("../../models/MODEL_CARD.md");
    assert!(shown.contains(card.trim_end()), "the file has another card");

    let object = lunny(home.path(), &["model", "info", "--json"]);
    let object: Value = serde_json::from_slice(&object.stdout).unwrap();
    let hash = include_str!("../../models/lunny-resnet50-2.sha256").trim();
    assert_eq!(object["sha256"], hash);
    assert_eq!(object["card"], card);
    assert!(object["training"]["held_out"]["auc"].as_f64().unwrap() > 0.9);
}

#[test]
fn a_card_is_written_into_a_copy_and_read_back_scrubbed() {
    let home = tempfile::tempdir().unwrap();
    let card = home.path().join("card.md");
    std::fs::write(&card, "# Made for a test\n\u{1b}[2Jharmless\n").unwrap();
    let out = home.path().join("copy.safetensors");
    let (card, out) = (card.to_str().unwrap(), out.to_str().unwrap());
    let written = lunny(
        home.path(),
        &["model", "card", "--card", card, "--out", out],
    );
    assert!(written.status.success(), "{}", text(&written.stderr));

    // The copy passes the check of the hash beside it, and has the new card.
    let shown = lunny(home.path(), &["model", "info", "--model", out]);
    let shown = text(&shown.stdout);
    assert!(
        shown.contains("# Made for a test\n[2Jharmless\n"),
        "{shown}"
    );
    assert!(!shown.contains('\u{1b}'));
}

#[test]
fn a_card_that_is_missing_or_not_text_is_named() {
    let home = tempfile::tempdir().unwrap();
    let binary = home.path().join("binary.md");
    std::fs::write(&binary, [0xff, 0xfe, 0x00]).unwrap();
    let absent = home.path().join("absent.md");
    for (card, complaint) in [(binary, "not UTF-8 text"), (absent, "could not be read")] {
        let card = card.to_str().unwrap();
        let out = home.path().join("never.safetensors");
        let refused = lunny(
            home.path(),
            &[
                "model",
                "card",
                "--card",
                card,
                "--out",
                out.to_str().unwrap(),
            ],
        );
        assert_eq!(refused.status.code(), Some(1));
        let said = text(&refused.stderr);
        assert!(said.contains(complaint) && said.contains(card), "{said}");
        assert!(!out.exists());
    }
}

#[test]
fn the_gate_is_measured_on_the_pictures_of_a_folder() {
    let home = tempfile::tempdir().unwrap();
    let pictures = home.path().join("pictures");
    std::fs::create_dir_all(pictures.join("inner")).unwrap();
    crate::analyze::phantom(&pictures.join("inner/chest.png"));
    let blank = image::GrayImage::from_pixel(128, 128, image::Luma([90]));
    blank.save(pictures.join("blank.png")).unwrap();
    std::fs::write(pictures.join("notes.txt"), "no picture").unwrap();
    let folder = pictures.to_str().unwrap();

    let object = lunny(home.path(), &["model", "gate", folder, "--json"]);
    let object: Value = serde_json::from_slice(&object.stdout).unwrap();
    assert_eq!(object["pictures"], 2, "{object}");
    assert_eq!(object["inside"], 1, "{object}");
    assert_eq!(object["unreadable"], 1, "{object}");
    let refused = object["refused"].as_object().unwrap();
    assert!(refused.keys().all(|reason| reason.contains("nearly blank")));

    let missing = lunny(home.path(), &["model", "gate", "/no/such/folder"]);
    assert!(!missing.status.success());
    assert!(text(&missing.stderr).contains("/no/such/folder"));
}
