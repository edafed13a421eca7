//! The form driven by keys and drawn at every size.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Size;

use super::*;
use crate::clinical::patient::Section;
use crate::imaging::photo::{Photo, PhotoError};
use crate::tui::context::{ModelStatus, Moment};
use crate::tui::files::Files;
use crate::tui::keymap;
use crate::tui::session::Capabilities;
use crate::tui::terminal::colour::ColourDepth;
use crate::tui::theme::Theme;
use crate::tui::widgets::chrome;
use crate::tui::widgets::picture::Graphics;

const TODAY: Date = Date::constant(2026, 3, 9);

/// A form on a terminal, without an application around it.
struct Desk {
    form: PatientForm,
    theme: Theme,
    capabilities: Capabilities,
    size: Size,
    moment: Moment,
    home: PathBuf,
}

impl Desk {
    fn new(form: PatientForm) -> Self {
        let home = PathBuf::from("/nowhere");
        Self {
            form,
            theme: Theme::load(Theme::DEFAULT, &home).unwrap(),
            capabilities: Capabilities {
                colour: ColourDepth::TrueColour,
                graphics: Graphics::Shades,
                cell: None,
                reduced_motion: true,
            },
            size: Size::new(80, 24),
            moment: Moment {
                since_start: Duration::ZERO,
                now: "2026-03-09T09:30:00+00:00[UTC]".parse().unwrap(),
            },
            home,
        }
    }

    fn with<T>(&mut self, act: impl FnOnce(&mut PatientForm, &Context<'_>) -> T) -> T {
        let context = Context {
            theme: &self.theme,
            capabilities: &self.capabilities,
            model: &ModelStatus::Loading,
            prevalence: None,
            account: None,
            access: None,
            size: self.size,
            moment: &self.moment,
            home: &self.home,
            start_folder: &self.home,
            files: &Files::Machine,
        };
        act(&mut self.form, &context)
    }

    fn answered(&mut self, answer: patients::Answer) {
        self.with(|form, context| form.on_answer(answer, context));
    }

    fn chord(&mut self, code: KeyCode, modifiers: KeyModifiers) -> FormOutcome {
        let key = KeyEvent::new(code, modifiers);
        let command = keymap::command(SCOPES, key);
        self.with(|form, context| form.take(key, command, context))
    }

    fn key(&mut self, code: KeyCode) -> &mut Self {
        let taken = self.chord(code, KeyModifiers::NONE);
        assert!(matches!(taken, FormOutcome::Stays), "{code:?}");
        self
    }

    fn control(&mut self, letter: char) -> &mut Self {
        self.chord(KeyCode::Char(letter), KeyModifiers::CONTROL);
        self
    }

    fn section(&mut self, number: char) -> &mut Self {
        self.chord(KeyCode::Char(number), KeyModifiers::ALT);
        self
    }

    fn letters(&mut self, text: &str) -> &mut Self {
        for letter in text.chars() {
            self.key(KeyCode::Char(letter));
        }
        self
    }

    fn paste(&mut self, text: &str) -> &mut Self {
        self.with(|form, context| form.paste(text, context));
        self
    }

    fn go_to(&mut self, field: Field) -> &mut Self {
        self.form.enter(field);
        self
    }

    fn screen(&mut self) -> String {
        let size = self.size;
        let backend = TestBackend::new(size.width, size.height);
        let mut terminal = Terminal::new(backend).unwrap();
        self.with(|form, context| {
            let area = chrome::body(size).intersection(ratatui::layout::Rect::from(size));
            terminal
                .draw(|frame| form.view(frame, area, "New record", None, context))
                .unwrap();
        });
        terminal.backend().to_string()
    }
}

fn desk() -> Desk {
    Desk::new(PatientForm::empty())
}

#[test]
fn an_error_is_shown_once_before_a_field_is_left_forwards() {
    let mut desk = desk();
    desk.go_to(Field::DateOfBirth).letters("31.2.1961");
    desk.key(KeyCode::Tab);
    assert_eq!(desk.form.focus, Field::DateOfBirth);
    assert!(desk.screen().contains("is not in the calendar"));
    desk.key(KeyCode::Tab);
    assert_eq!(desk.form.focus, Field::Gender);
    desk.key(KeyCode::BackTab).key(KeyCode::Backspace);
    assert!(!desk.screen().contains("is not in the calendar"));
}

#[test]
fn going_back_is_always_possible() {
    let mut desk = desk();
    desk.go_to(Field::DateOfBirth).letters("soon");
    desk.key(KeyCode::BackTab);
    assert_eq!(desk.form.focus, Field::FullName);
}

#[test]
fn a_left_value_gets_its_stored_spelling() {
    let mut desk = desk();
    desk.go_to(Field::DateOfBirth).letters("5 march 1961");
    assert!(desk.screen().contains("Sunday 5 March 1961, 65 years"));
    desk.key(KeyCode::Enter);
    assert_eq!(desk.form.value(Field::DateOfBirth), "1961-03-05");
    desk.go_to(Field::Cea).letters("3,20").key(KeyCode::Enter);
    assert_eq!(desk.form.value(Field::Cea), "3.2");
}

#[test]
fn enter_starts_a_line_in_paragraphs_until_a_blank_line() {
    let mut desk = desk();
    desk.go_to(Field::Allergies);
    desk.letters("penicillin")
        .key(KeyCode::Enter)
        .letters("latex");
    assert_eq!(desk.form.value(Field::Allergies), "penicillin\nlatex");
    desk.key(KeyCode::Enter).key(KeyCode::Enter);
    assert_eq!(desk.form.focus, Field::PastSurgeries);
    assert_eq!(desk.form.value(Field::Allergies), "penicillin\nlatex");
    // An empty one is passed at once.
    desk.go_to(Field::Medications).key(KeyCode::Enter);
    assert_eq!(desk.form.focus, Field::Allergies);
}

#[test]
fn arrows_move_inside_a_long_text_before_they_leave_it() {
    let mut desk = desk();
    desk.go_to(Field::Allergies).paste("one\ntwo");
    desk.key(KeyCode::Up);
    assert_eq!(desk.form.focus, Field::Allergies);
    desk.letters("!").key(KeyCode::Up);
    assert_eq!(desk.form.focus, Field::Medications);
    assert_eq!(desk.form.value(Field::Allergies), "one!\ntwo");
}

#[test]
fn a_choice_is_made_by_arrows_or_letters_and_undone() {
    let mut desk = desk();
    desk.go_to(Field::SmokingStatus).letters("f");
    assert_eq!(desk.form.value(Field::SmokingStatus), "former");
    desk.key(KeyCode::Right);
    assert_eq!(desk.form.value(Field::SmokingStatus), "current");
    desk.key(KeyCode::Delete);
    assert_eq!(desk.form.value(Field::SmokingStatus), "");
    desk.paste("Never smoked\n");
    assert_eq!(desk.form.value(Field::SmokingStatus), "never");
}

#[test]
fn changes_of_several_fields_are_undone_and_redone() {
    let mut desk = desk();
    desk.letters("Ana Soto").go_to(Field::Gender).letters("f");
    desk.go_to(Field::Notes).letters("x");
    desk.control('z');
    assert_eq!(desk.form.value(Field::Notes), "");
    desk.control('z');
    assert_eq!(
        (desk.form.focus, desk.form.value(Field::Gender)),
        (Field::Gender, "")
    );
    desk.control('z').control('z');
    assert_eq!(desk.form.value(Field::FullName), "Ana");
    for _ in 0..9 {
        desk.control('y');
    }
    assert_eq!(desk.form.value(Field::FullName), "Ana Soto");
    assert_eq!(desk.form.value(Field::Notes), "x");
}

#[test]
fn sections_are_reached_by_number_and_by_pages() {
    let mut desk = desk();
    for (number, section) in ('1'..).zip(Section::ALL) {
        desk.section(number);
        assert_eq!(desk.form.focus.section(), section);
    }
    desk.key(KeyCode::PageUp);
    assert_eq!(desk.form.focus.section(), Section::FollowUp);
    desk.section('1').key(KeyCode::PageUp);
    assert_eq!(desk.form.focus.section(), Section::Identity);
    desk.key(KeyCode::PageDown);
    assert_eq!(desk.form.focus, Field::Phone);
}

#[test]
fn enter_walks_through_every_field_and_saves_at_the_end() {
    let mut desk = desk();
    desk.form.fill(Field::Number, "P-1");
    desk.letters("Ana");
    let mut walked = vec![desk.form.focus];
    while matches!(
        desk.chord(KeyCode::Enter, KeyModifiers::NONE),
        FormOutcome::Stays
    ) {
        walked.push(desk.form.focus);
        assert!(walked.len() < 60, "{walked:?}");
    }
    let all = Field::all().filter(|field| PatientForm::is_walked(*field));
    assert_eq!(walked, all.skip(1).collect::<Vec<_>>());
}

#[test]
fn saving_marks_every_wrong_field_in_its_section_and_goes_to_the_first() {
    let mut desk = desk();
    desk.form.fill(Field::Number, "P-1");
    desk.form.fill(Field::FullName, "Ana");
    desk.form.fill(Field::Email, "nowhere");
    desk.form.fill(Field::DateOfBirth, "1961-03-05");
    desk.form.fill(Field::DiagnosisDate, "1960-01-01");
    assert_eq!(desk.form.validated(TODAY), None);
    assert_eq!(desk.form.focus, Field::Email);
    assert_eq!(desk.form.progress(Section::Contact).mark(), "!");
    assert_eq!(desk.form.progress(Section::Treatment).wrong, 1);
    desk.section('6');
    assert!(desk.screen().contains("1960-01-01, is before"));
}

#[test]
fn progress_counts_filled_fields_and_fields_that_can_be_filled() {
    let mut desk = desk();
    assert_eq!(desk.form.whole_progress().filled, 0);
    let all = Field::all().filter(|field| PatientForm::is_walked(*field));
    assert_eq!(desk.form.whole_progress().total, all.count());
    desk.letters("Ana");
    assert_eq!(desk.form.progress(Section::Identity).mark(), "·");
    desk.form.fill(Field::Cea, " ");
    assert_eq!(desk.form.whole_progress().filled, 1);
}

#[test]
fn follow_ups_are_added_changed_and_removed_in_date_order() {
    let mut desk = desk();
    desk.go_to(Field::FollowUps);
    let put = |row, line: &str| {
        Reply::FollowUp(FollowUpLine {
            row,
            line: line.to_owned(),
        })
    };
    desk.form.on_reply(put(None, "2026-03-05 no change"));
    desk.form.on_reply(put(None, "2025-09-01 LDCT"));
    assert_eq!(
        desk.form.value(Field::FollowUps),
        "2025-09-01 LDCT\n2026-03-05 no change"
    );
    assert_eq!(desk.form.row, 0, "the added one is selected");
    desk.form.on_reply(put(Some(0), "2026-09-01 LDCT"));
    assert_eq!(
        desk.form.value(Field::FollowUps),
        "2026-03-05 no change\n2026-09-01 LDCT"
    );
    desk.key(KeyCode::Delete);
    assert_eq!(desk.form.value(Field::FollowUps), "2026-03-05 no change");
    desk.paste("1 May 2026: grown\n");
    assert_eq!(desk.form.follow_ups().len(), 2);
    desk.paste("later");
    assert!(desk.screen().contains("begins with its date"));
}

#[test]
fn only_the_photo_of_the_chosen_file_is_stored() {
    let mut desk = desk();
    let photo = Arc::new(Photo {
        bytes: vec![0; 34_000],
        width: 600,
        height: 800,
    });
    desk.form.on_reply(Reply::Photo("/photos/ana.png".into()));
    assert_eq!(desk.form.ask_for_photo().len(), 1);
    assert_eq!(desk.form.ask_for_photo().len(), 0, "it is requested once");
    assert!(desk.screen().contains("reading ana.png"));
    desk.form.fill(Field::Number, "P-1");
    desk.form.fill(Field::FullName, "Ana");
    assert_eq!(desk.form.validated(TODAY), None, "it is still being read");
    desk.answered(patients::Answer::PhotoRead {
        path: "/photos/ana.png".into(),
        read: Ok(Arc::clone(&photo)),
    });
    assert!(
        desk.screen()
            .contains("ana.png, 600 × 800, 34 KB; stored when you save")
    );
    assert!(desk.form.validated(TODAY).is_some());
    assert_eq!(desk.form.photo.chosen("/photos/ana.png"), Some(photo));
    assert_eq!(desk.form.photo.chosen("/photos/bo.png"), None);
    desk.go_to(Field::Photo).key(KeyCode::Delete);
    assert_eq!(desk.form.photo.chosen(desk.form.value(Field::Photo)), None);
}

#[test]
fn a_file_that_is_not_a_photo_is_refused_with_a_message() {
    let mut desk = desk();
    desk.form.on_reply(Reply::Photo("/photos/ana.txt".into()));
    desk.form.ask_for_photo();
    desk.answered(patients::Answer::PhotoRead {
        path: "/photos/ana.txt".into(),
        read: Err(PhotoError::NotAPhoto("/photos/ana.txt".into())),
    });
    assert!(desk.screen().contains("is no photo that LUNNY keeps"));
    assert_eq!(desk.form.value(Field::Photo), "");
    assert_eq!(desk.form.ask_for_photo().len(), 0);
    assert!(!desk.form.photo.is_there(""));
}

#[test]
fn a_draft_restores_every_field() {
    let mut filled = PatientForm::empty();
    for field in Field::all() {
        filled.typed.set(field, format!("{} \"x\"\n", field.key()));
    }
    let mut restored = PatientForm::empty();
    restored.restore(&filled.content());
    assert_eq!(restored.typed, filled.typed);
    restored.restore("no content");
    assert_eq!(restored.typed, filled.typed);
    assert_eq!(PatientForm::empty().content(), "{}");
}

#[test]
fn a_patient_survives_the_form_unchanged() {
    let mut draft = PatientDraft::default();
    for (field, typed) in [
        (Field::Number, "P-000001"),
        (Field::FullName, "Ana Pérez"),
        (Field::DateOfBirth, "1961-03-05"),
        (Field::Gender, "other"),
        (Field::CancerStage, "Stage IA2"),
        (Field::FollowUps, "2026-03-05 no change"),
        (Field::Notes, "first\nsecond"),
    ] {
        draft.set(field, typed);
    }
    let patient = draft.validate(TODAY).unwrap();
    assert_eq!(PatientForm::of(&patient).validated(TODAY), Some(patient));
}

#[test]
fn every_focused_field_is_visible() {
    for (width, height) in [(60, 15), (80, 24), (160, 45)] {
        let mut desk = desk();
        desk.size = Size::new(width, height);
        desk.form.typed.set(Field::Notes, "a\n".repeat(300));
        for field in Field::all() {
            let screen = desk.go_to(field).screen();
            assert!(
                screen.contains(field.label()),
                "{} at {width}×{height}\n{screen}",
                field.key()
            );
        }
    }
}

#[test]
fn paragraphs_grow_up_to_the_height_of_the_screen() {
    let mut desk = desk();
    desk.go_to(Field::Notes)
        .paste(&"long words wrap at the edge of the field ".repeat(40));
    let places = rows::Places::on(desk.size);
    let (seen, _) = desk.form.seen(&places);
    let notes = seen.iter().find(|seen| seen.field == Field::Notes).unwrap();
    assert_eq!(notes.height, 8);
    desk.go_to(Field::Referrals);
    let (seen, _) = desk.form.seen(&places);
    let notes = seen.iter().find(|seen| seen.field == Field::Notes).unwrap();
    assert_eq!(notes.height, 3);
}

#[test]
fn a_paste_is_cut_one_character_beyond_the_limit() {
    let mut desk = desk();
    desk.go_to(Field::Allergies).paste(&"x".repeat(20_000));
    desk.key(KeyCode::Tab);
    assert!(desk.screen().contains("longer than 4000 characters"));
    desk.go_to(Field::Doctor).paste(&"y\n".repeat(5_000));
    assert_eq!(desk.form.value(Field::Doctor).chars().count(), 1024);
    assert!(!desk.form.value(Field::Doctor).contains('\n'));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn the_form_survives_any_text_and_size(
        text in any::<String>(),
        width in 1u16..130,
        height in 1u16..50,
        at in 0usize..43,
        keys in proptest::collection::vec(0usize..12, 0..20),
    ) {
        let mut desk = desk();
        desk.size = Size::new(width, height);
        let fields: Vec<Field> = Field::all().collect();
        desk.form.enter(fields[at]);
        desk.paste(&text);
        const CODES: [KeyCode; 12] = [
            KeyCode::Up, KeyCode::Down, KeyCode::Left, KeyCode::Right, KeyCode::Home, KeyCode::End,
            KeyCode::Backspace, KeyCode::Delete, KeyCode::Enter, KeyCode::Tab, KeyCode::BackTab, KeyCode::Char('é'),
        ];
        for key in keys {
            desk.chord(CODES[key], KeyModifiers::NONE);
            let screen = desk.screen();
            let hostile = ['\u{1b}', '\u{202e}', '\u{7}'];
            prop_assert!(!screen.contains(hostile));
        }
        prop_assert!(PatientDraft::from_json(&desk.form.content()).is_some());

    }
}
