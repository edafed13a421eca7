//! Files attached to a record, on the screen.

use std::fs;

use crossterm::event::KeyCode;
use image::RgbImage;

use super::stage::Stage;

/// The open record of Ana Pérez, and a picture in the picker's folder.
fn record(columns: u16, rows: u16) -> Stage {
    let mut stage = Stage::new(columns, rows, 0.87);
    stage.register().analyse("slice.png");
    stage.save_to_new_patient("Ana Pérez");
    let picture = RgbImage::from_fn(40, 30, |x, _| image::Rgb([(x * 6) as u8, 90, 120]));
    picture.save(stage.scans().join("referral.png")).unwrap();
    stage.letters("n").escape().letters("p").enter();
    stage
}

/// The same with the picture attached, and the list of attachments open.
fn attached(columns: u16, rows: u16) -> Stage {
    let mut stage = record(columns, rows);
    stage.letters("f").shows("No attachments yet");
    stage.letters("n").shows("Choose a file to attach");
    stage.letters("referral").enter();
    stage.shows("The file was attached.").shows("referral.png");
    stage
}

#[test]
fn the_list_and_an_attachment_look_like_this() {
    for (columns, rows) in [(80, 24), (120, 40)] {
        let mut stage = attached(columns, rows);
        insta::assert_snapshot!(format!("attachments_{columns}x{rows}"), stage.screen());
        stage.enter().shows("PNG, ");
        insta::assert_snapshot!(format!("attachment_{columns}x{rows}"), stage.screen());
    }
}

#[test]
fn the_list_without_attachments_looks_like_this() {
    let mut stage = record(80, 24);
    stage.letters("f");
    insta::assert_snapshot!("attachments_none_80x24", stage.screen());
}

#[test]
fn the_record_states_the_number_of_attachments() {
    let mut stage = attached(80, 24);
    stage.letters("n").letters("referral").enter();
    stage.shows("already has this file");
    stage.escape().key(KeyCode::Tab).key(KeyCode::End);
    stage.shows("1 attachment: press f.");
    stage.letters("D").shows("1 attachment");
}

#[test]
fn a_copy_is_saved_and_entered_in_the_log() {
    let mut stage = attached(80, 24);
    stage.letters("s").shows("A copy was written to");
    let copies = stage.folder.path().join("home/exports");
    let copy = fs::read(copies.join("referral.png")).unwrap();
    assert_eq!(copy, fs::read(stage.scans().join("referral.png")).unwrap());
    stage.enter().letters("s").shows("A copy was written to");
    assert!(copies.join("referral-2.png").exists());
    stage
        .escape()
        .escape()
        .letters("a")
        .shows("copy attachment");
}

#[test]
fn a_deleted_attachment_is_undone_or_restored_from_the_deleted_records() {
    let mut stage = attached(80, 24);
    stage
        .letters("d")
        .shows("Delete the attachment referral.png");
    stage
        .letters("y")
        .shows("Press u to undo")
        .shows("No attachments yet");
    stage.letters("u").shows("The attachment was restored");
    stage.letters("d").letters("y").escape().escape();
    stage.control('d').shows("attachment referral.png");
    stage
        .letters("x")
        .shows("the attachment referral.png of Ana Pérez permanently?");
    stage
        .escape()
        .letters("r")
        .shows("The attachment was restored");
    stage.escape().enter().letters("f").shows("referral.png");
}

#[test]
fn a_file_that_cannot_be_shown_is_refused_with_the_reason() {
    let mut stage = record(80, 24);
    fs::write(stage.scans().join("broken.pdf"), b"%PDF-1.7\nand nothing").unwrap();
    fs::write(stage.scans().join("page.jpg"), b"<html>").unwrap();
    stage.letters("f");
    stage.letters("n").letters("broken").enter();
    stage.shows("damaged or").shows("No attachments yet");
    stage.letters("n").letters("page.jpg").enter();
    stage.shows("it is not a PDF").shows("No attachments yet");
    // It vanished since the folder was read.
    stage.letters("n").letters("referral");
    fs::remove_file(stage.scans().join("referral.png")).unwrap();
    stage
        .enter()
        .shows("cannot be read")
        .shows("No attachments yet");
}
