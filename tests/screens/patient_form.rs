//! Form of a whole record: filled in, left, saved, and its snapshots.

use crossterm::event::KeyCode;
use image::{Rgb, RgbImage};
use lunny::clinical::patient::Field;
use lunny::store::{AttachmentKind, PatientId};

use super::stage::Stage;

const SIZES: [(u16, u16); 2] = [(80, 24), (160, 45)];

/// A result with the form for a new patient open.
fn form(columns: u16, rows: u16) -> Stage {
    let mut stage = Stage::new(columns, rows, 0.87);
    stage.register().analyse("slice.png");
    stage
        .letters("s")
        .control('n')
        .shows("New patient")
        .shows("P-000001");
    stage
}

fn look(name: &str, arrange: impl Fn(&mut Stage)) {
    for (columns, rows) in SIZES {
        let mut stage = form(columns, rows);
        arrange(&mut stage);
        insta::assert_snapshot!(format!("{name}_{columns}x{rows}"), stage.screen());
    }
}

/// Puts a picture into the picker's folder, and chooses it as the photo.
fn take_photo(stage: &mut Stage) -> &mut Stage {
    let picture = RgbImage::from_fn(60, 80, |x, y| Rgb([x as u8 * 4, y as u8 * 3, 90]));
    picture.save(stage.scans().join("ana.png")).unwrap();
    stage.alt('1').enter();
    for _ in 0..3 {
        stage.key(KeyCode::Tab);
    }
    stage.key(KeyCode::F(4)).shows("Choose a photo");
    stage.letters("ana").enter()
}

#[test]
fn empty() {
    look("form_empty", |_| {});
}

#[test]
fn filled() {
    look("form_filled", |stage| {
        stage
            .letters("Ana Pérez")
            .enter()
            .letters("5.3.1961")
            .enter();
        stage.letters("f").enter();
        stage.alt('3').letters("f").enter().letters("30").enter();
        stage
            .letters("asbestos, shipyard 1984 to 1992")
            .key(KeyCode::Tab);
        stage
            .letters("father: lung cancer at 71")
            .enter()
            .letters("mother: none")
            .key(KeyCode::Tab);
    });
}

#[test]
fn wrong() {
    look("form_wrong", |stage| {
        stage.letters("Ana Pérez").enter().letters("31.2.1961");
        stage
            .alt('2')
            .key(KeyCode::Tab)
            .letters("nowhere")
            .key(KeyCode::F(2));
        stage.shows("is not in the calendar").alt('2');
    });
}

#[test]
fn calendar() {
    look("form_calendar", |stage| {
        stage.enter();
        stage
            .letters("Ana")
            .enter()
            .letters("1961-03-05")
            .key(KeyCode::F(4));
        stage.key(KeyCode::Down);
    });
}

#[test]
fn choices() {
    look("form_choices", |stage| {
        stage
            .letters("Ana")
            .alt('6')
            .key(KeyCode::Tab)
            .key(KeyCode::F(4))
            .letters("iii");
    });
}

#[test]
fn follow_ups() {
    look("form_follow_ups", |stage| {
        stage
            .letters("Ana")
            .alt('7')
            .letters("2026-03-05")
            .enter()
            .letters("no change")
            .enter();
        stage
            .key(KeyCode::Insert)
            .letters("1.9.2025")
            .enter()
            .letters("LDCT")
            .enter();
        stage.key(KeyCode::F(4));
    });
}

#[test]
fn photo() {
    look("form_photo", |stage| {
        take_photo(stage.letters("Ana")).shows("ana.png, 60 × 80");
    });
}

#[test]
fn a_calendar_puts_its_day_into_the_field() {
    let mut stage = form(80, 24);
    stage
        .letters("Ana")
        .enter()
        .letters("1961-03-05")
        .key(KeyCode::F(4));
    stage
        .shows("March 1961")
        .key(KeyCode::PageDown)
        .key(KeyCode::Right)
        .enter();
    stage.shows("1961-04-06").shows("Thursday 6 April 1961");
    stage
        .key(KeyCode::F(4))
        .key(KeyCode::Home)
        .escape()
        .shows("1961-04-06");
}

#[test]
fn a_choice_is_found_by_its_letters_in_the_list() {
    let mut stage = form(80, 24);
    stage
        .letters("Ana")
        .alt('6')
        .key(KeyCode::Tab)
        .key(KeyCode::F(4));
    stage.letters("iiib").enter().shows("Stage IIIB");
}

#[test]
fn every_field_is_filled_and_saved_by_keys_alone() {
    let mut stage = form(80, 24);
    stage
        .letters("Ana Pérez")
        .enter()
        .letters("5.3.1961")
        .enter()
        .letters("f")
        .enter();
    take_photo(&mut stage).shows("stored when you save");
    for number in '2'..='8' {
        let fields = match number {
            '2' => {
                "+44 20 7946 0018|ana@example.org|5 Lane|Bo, brother, 020 7946 0019|Example Mutual 17|Dr Q"
            }
            '3' => "f|30.5|2015-05-05|asbestos|father|COPD|aspirin 100 mg|none|appendix 1990",
            '4' => "2026-02-27|l|p|8 mm nodule",
            '5' => "y|m|a|EGFR wild type|Hb 13.1|3,25|CYFRA 21-1 2.1 ng/mL",
            '6' => "2026-03-01|i|s|2026-03-02|p",
            '7' => "|1.6.2026|plan|wishes",
            _ => "signed 2026-02-27|from Dr Q|quiet",
        };
        stage.alt(number);
        if number == '7' {
            stage
                .letters("2")
                .shows("Follow-up scan")
                .letters("026-06-01");
            stage.enter().letters("LDCT").key(KeyCode::F(2));
        }
        for value in fields.split('|') {
            stage.letters(value).key(KeyCode::Tab);
        }
    }
    stage.alt('8').shows("43 of 43");
    stage.key(KeyCode::F(2)).shows("Saved to Ana Pérez");
    let access = stage
        .store
        .sign_in("dana@example.org", super::stage::PASSWORD)
        .unwrap()
        .access;
    let record = stage.store.patient(&access, PatientId(1)).unwrap();
    for field in Field::entered() {
        assert!(!record.patient.value(field).is_empty(), "{}", field.key());
    }
    assert_eq!(record.patient.value(Field::CancerStage), "ia1");
    assert_eq!(record.patient.value(Field::FollowUps), "2026-06-01 LDCT");
    let kept = stage.store.attachments(&access, PatientId(1)).unwrap();
    assert!(kept.iter().any(|kept| kept.kind == AttachmentKind::Photo));
}

#[test]
fn a_photo_is_shown_later_and_replaced_by_another() {
    let mut stage = form(80, 24);
    take_photo(stage.letters("Ana"))
        .key(KeyCode::F(2))
        .shows("Saved to Ana");
    stage
        .letters("n")
        .escape()
        .letters("p")
        .enter()
        .letters("e");
    stage.shows("photo of 2026-03-02, ");
    let other = RgbImage::from_pixel(30, 20, Rgb([9, 9, 9]));
    other.save(stage.scans().join("other.png")).unwrap();
    for _ in 0..3 {
        stage.key(KeyCode::Tab);
    }
    stage
        .letters(" ")
        .letters("other")
        .enter()
        .shows("other.png, 30 × 20");
    stage.key(KeyCode::F(2)).shows("The patient was saved.");
    let access = stage
        .store
        .sign_in("dana@example.org", super::stage::PASSWORD)
        .unwrap()
        .access;
    let kept = stage.store.attachments(&access, PatientId(1)).unwrap();
    let photos = kept
        .iter()
        .filter(|kept| kept.kind == AttachmentKind::Photo);
    assert_eq!(photos.count(), 2, "the earlier one stays in the record");
}

#[test]
fn a_stored_photo_is_removed_only_when_the_record_is_saved() {
    let mut stage = form(80, 24);
    take_photo(stage.letters("Ana"))
        .key(KeyCode::F(2))
        .shows("Saved to Ana");
    stage
        .letters("n")
        .escape()
        .letters("p")
        .enter()
        .letters("e");
    for _ in 0..3 {
        stage.key(KeyCode::Tab);
    }
    stage.key(KeyCode::Delete).shows("removed when you save");
    stage.control('z').shows("photo of 2026-03-02");
    let access = (stage
        .store
        .sign_in("dana@example.org", super::stage::PASSWORD))
    .unwrap();
    let access = access.access;
    let photos = |stage: &Stage| {
        let kept = stage.store.attachments(&access, PatientId(1)).unwrap();
        let photos = kept
            .iter()
            .filter(|kept| kept.kind == AttachmentKind::Photo);
        photos.count()
    };
    assert_eq!(photos(&stage), 1);
    stage
        .control('y')
        .key(KeyCode::F(2))
        .shows("The patient was saved.");
    assert_eq!(photos(&stage), 0);
}

#[test]
fn a_file_that_is_not_a_photo_is_refused_with_a_sentence() {
    let mut stage = form(80, 24);
    std::fs::write(stage.scans().join("ana.pdf"), b"not a page").unwrap();
    stage
        .letters("Ana")
        .enter()
        .enter()
        .enter()
        .key(KeyCode::F(4));
    stage.letters("ana.pdf").enter().shows("is no photo that");
    stage.key(KeyCode::F(2)).shows("Saved to Ana");
}

#[test]
fn a_draft_restores_all_sections_and_the_photo() {
    let mut stage = form(80, 24);
    take_photo(stage.letters("Ana")).alt('8').letters("signed");
    stage.hang_up();
    let mut stage = stage.reopened();
    stage.sign_in();
    stage
        .analyse("slice.png")
        .letters("s")
        .control('n')
        .shows("unsaved draft from");
    stage.enter().shows("Ana").shows("ana.png, 60 × 80");
    stage.alt('8').shows("signed");
}

#[test]
fn undone_changes_are_redone_across_fields() {
    let mut stage = form(80, 24);
    stage
        .letters("Ana")
        .alt('8')
        .letters("on paper")
        .control('z')
        .hides("on paper");
    // The space and the text beside it are a change each.
    stage.control('z').control('z').control('z');
    stage.shows("Full name").hides("Ana");
    stage.control('y').control('y').control('y').control('y');
    stage.shows("on paper");
}

#[test]
fn the_ai_output_is_filled_in_from_the_newest_exam() {
    let mut stage = form(80, 24);
    stage
        .letters("Ana")
        .alt('4')
        .shows("Positive, 87.0 % malignant");
    stage
        .key(KeyCode::F(2))
        .letters("n")
        .escape()
        .letters("p")
        .enter();
    stage
        .letters("e")
        .alt('4')
        .shows("Positive, 87.0 % malignant");
}

#[test]
fn a_record_without_an_exam_is_created_from_the_table() {
    let mut stage = Stage::new(80, 24, 0.87);
    stage
        .register()
        .letters("p")
        .control('n')
        .shows("New record");
    stage.letters("Ana Pérez").enter().letters("1961-03-05");
    stage.alt('4').shows("no exam yet");
    stage
        .key(KeyCode::F(2))
        .shows("The record of Ana Pérez was saved.");
    let signed_in = (stage.store).sign_in("dana@example.org", super::stage::PASSWORD);
    let access = signed_in.unwrap().access;
    let record = stage.store.patient(&access, PatientId(1)).unwrap();
    assert_eq!(record.patient.full_name, "Ana Pérez");
    assert!(record.exams.is_empty());
}

#[test]
fn a_used_number_is_reported_at_its_field_and_nothing_is_lost() {
    let mut stage = form(80, 24);
    stage
        .letters("Ana")
        .key(KeyCode::F(2))
        .shows("Saved to Ana");
    stage.letters("n").escape().letters("p").control('n');
    stage.letters("Bo").key(KeyCode::BackTab).control('u');
    stage.letters("p-000001").alt('8').letters("on paper");
    stage
        .key(KeyCode::F(2))
        .shows("Patient ID")
        .shows("Bo")
        .shows("is in use");
}

#[test]
fn the_name_of_the_active_section_has_the_colours_of_the_selection() {
    let mut stage = Stage::new(80, 24, 0.87);
    stage.register().letters("r").shows("1 Identity");
    let buffer = stage.buffer();
    let named = (0..80).map(|x| &buffer[(x, 1)]);
    let named: Vec<_> = named.filter(|cell| cell.symbol() == "I").collect();
    assert_eq!(named.len(), 1);
    let chosen = &buffer[(2, 1)];
    // Dark letters on the bright ground, as every selected row.
    assert_eq!(named[0].bg, chosen.bg);
    assert_eq!(named[0].fg, ratatui::style::Color::Rgb(14, 20, 27));
}
