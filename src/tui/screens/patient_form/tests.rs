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
use crate::tui::session::Capabilities;
use crate::tui::terminal::colour::ColourDepth;
use crate::tui::theme::Theme;
use crate::tui::widgets::chrome;
use crate::tui::widgets::picture::Graphics;
use crate::tui::{analyses::Analyses, areas::Areas, files::Files, keymap};

const TODAY: Date = Date::constant(2026, 3, 9);

/// A form on a terminal, without an application around it.
struct FormTest {
    form: PatientForm,
    theme: Theme,
    capabilities: Capabilities,
    size: Size,
    moment: Moment,
    home: PathBuf,
}

impl FormTest {
    fn new(form: PatientForm) -> Self {
        let home = PathBuf::from("/nowhere");
        Self {
            form,
            theme: Theme::load(Theme::DEFAULT, &home).unwrap(),
            capabilities: Capabilities {
                colour: ColourDepth::TrueColour,
                shortcuts: Default::default(),
                graphics: Graphics::Shades,
                cell: None,
                reduced_motion: true,
                plain: false,
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
            analyses: &Analyses::default(),
            areas: &Areas::default(),
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

fn form_test() -> FormTest {
    FormTest::new(PatientForm::empty())
}

#[test]
fn an_error_is_shown_once_before_a_field_is_left_forwards() {
    let mut form_test = form_test();
    form_test.go_to(Field::DateOfBirth).letters("31.2.1961");
    form_test.key(KeyCode::Tab);
    assert_eq!(form_test.form.focus, Field::DateOfBirth);
    assert!(form_test.screen().contains("is not in the calendar"));
    form_test.key(KeyCode::Tab);
    assert_eq!(form_test.form.focus, Field::Gender);
    form_test.key(KeyCode::BackTab).key(KeyCode::Backspace);
    assert!(!form_test.screen().contains("is not in the calendar"));
}

#[test]
fn going_back_is_always_possible() {
    let mut form_test = form_test();
    form_test.go_to(Field::DateOfBirth).letters("soon");
    form_test.key(KeyCode::BackTab);
    assert_eq!(form_test.form.focus, Field::FullName);
}

#[test]
fn a_left_value_gets_its_stored_spelling() {
    let mut form_test = form_test();
    form_test.go_to(Field::DateOfBirth).letters("5 march 1961");
    assert!(form_test.screen().contains("Sunday 5 March 1961, 65 years"));
    form_test.key(KeyCode::Enter);
    assert_eq!(form_test.form.value(Field::DateOfBirth), "1961-03-05");
    form_test
        .go_to(Field::Cea)
        .letters("3,20")
        .key(KeyCode::Enter);
    assert_eq!(form_test.form.value(Field::Cea), "3.2");
}

#[test]
fn enter_starts_a_line_in_paragraphs_until_a_blank_line() {
    let mut form_test = form_test();
    form_test.go_to(Field::Allergies);
    form_test
        .letters("penicillin")
        .key(KeyCode::Enter)
        .letters("latex");
    assert_eq!(form_test.form.value(Field::Allergies), "penicillin\nlatex");
    form_test.key(KeyCode::Enter).key(KeyCode::Enter);
    assert_eq!(form_test.form.focus, Field::PastSurgeries);
    assert_eq!(form_test.form.value(Field::Allergies), "penicillin\nlatex");
    // An empty one is passed at once.
    form_test.go_to(Field::Medications).key(KeyCode::Enter);
    assert_eq!(form_test.form.focus, Field::Allergies);
}

#[test]
fn arrows_move_inside_a_long_text_before_they_leave_it() {
    let mut form_test = form_test();
    form_test.go_to(Field::Allergies).paste("one\ntwo");
    form_test.key(KeyCode::Up);
    assert_eq!(form_test.form.focus, Field::Allergies);
    form_test.letters("!").key(KeyCode::Up);
    assert_eq!(form_test.form.focus, Field::Medications);
    assert_eq!(form_test.form.value(Field::Allergies), "one!\ntwo");
}

#[test]
fn a_choice_is_made_by_arrows_or_letters_and_undone() {
    let mut form_test = form_test();
    form_test.go_to(Field::SmokingStatus).letters("f");
    assert_eq!(form_test.form.value(Field::SmokingStatus), "former");
    form_test.key(KeyCode::Right);
    assert_eq!(form_test.form.value(Field::SmokingStatus), "current");
    form_test.key(KeyCode::Delete);
    assert_eq!(form_test.form.value(Field::SmokingStatus), "");
    form_test.paste("Never smoked\n");
    assert_eq!(form_test.form.value(Field::SmokingStatus), "never");
}

#[test]
fn changes_of_several_fields_are_undone_and_redone() {
    let mut form_test = form_test();
    form_test
        .letters("Ana Soto")
        .go_to(Field::Gender)
        .letters("f");
    form_test.go_to(Field::Notes).letters("x");
    form_test.control('z');
    assert_eq!(form_test.form.value(Field::Notes), "");
    form_test.control('z');
    assert_eq!(
        (form_test.form.focus, form_test.form.value(Field::Gender)),
        (Field::Gender, "")
    );
    form_test.control('z').control('z');
    assert_eq!(form_test.form.value(Field::FullName), "Ana");
    for _ in 0..9 {
        form_test.control('y');
    }
    assert_eq!(form_test.form.value(Field::FullName), "Ana Soto");
    assert_eq!(form_test.form.value(Field::Notes), "x");
}

#[test]
fn sections_are_reached_by_number_and_by_pages() {
    let mut form_test = form_test();
    for (number, section) in ('1'..).zip(Section::ALL) {
        form_test.section(number);
        assert_eq!(form_test.form.focus.section(), section);
    }
    form_test.key(KeyCode::PageUp);
    assert_eq!(form_test.form.focus.section(), Section::FollowUp);
    form_test.section('1').key(KeyCode::PageUp);
    assert_eq!(form_test.form.focus.section(), Section::Identity);
    form_test.key(KeyCode::PageDown);
    assert_eq!(form_test.form.focus, Field::Phone);
}

#[test]
fn enter_walks_through_every_field_and_saves_at_the_end() {
    let mut form_test = form_test();
    form_test.form.fill(Field::Number, "P-1");
    form_test.letters("Ana");
    let mut walked = vec![form_test.form.focus];
    while matches!(
        form_test.chord(KeyCode::Enter, KeyModifiers::NONE),
        FormOutcome::Stays
    ) {
        walked.push(form_test.form.focus);
        assert!(walked.len() < 60, "{walked:?}");
    }
    let all = Field::all().filter(|field| PatientForm::is_walked(*field));
    assert_eq!(walked, all.skip(1).collect::<Vec<_>>());
}

#[test]
fn saving_marks_every_wrong_field_in_its_section_and_goes_to_the_first() {
    let mut form_test = form_test();
    form_test.form.fill(Field::Number, "P-1");
    form_test.form.fill(Field::FullName, "Ana");
    form_test.form.fill(Field::Email, "nowhere");
    form_test.form.fill(Field::DateOfBirth, "1961-03-05");
    form_test.form.fill(Field::DiagnosisDate, "1960-01-01");
    assert_eq!(form_test.form.validated(TODAY), None);
    assert_eq!(form_test.form.focus, Field::Email);
    assert_eq!(form_test.form.progress(Section::Contact).mark(), "!");
    assert_eq!(form_test.form.progress(Section::Treatment).wrong, 1);
    form_test.section('6');
    assert!(form_test.screen().contains("1960-01-01, is before"));
}

#[test]
fn progress_counts_filled_fields_and_fields_that_can_be_filled() {
    let mut form_test = form_test();
    assert_eq!(form_test.form.whole_progress().filled, 0);
    let all = Field::all().filter(|field| PatientForm::is_walked(*field));
    assert_eq!(form_test.form.whole_progress().total, all.count());
    form_test.letters("Ana");
    assert_eq!(form_test.form.progress(Section::Identity).mark(), "·");
    form_test.form.fill(Field::Cea, " ");
    assert_eq!(form_test.form.whole_progress().filled, 1);
}

#[test]
fn follow_ups_are_added_changed_and_removed_in_date_order() {
    let mut form_test = form_test();
    form_test.go_to(Field::FollowUps);
    let put = |row, line: &str| {
        Reply::FollowUp(FollowUpLine {
            row,
            line: line.to_owned(),
        })
    };
    form_test.form.on_reply(put(None, "2026-03-05 no change"));
    form_test.form.on_reply(put(None, "2025-09-01 LDCT"));
    assert_eq!(
        form_test.form.value(Field::FollowUps),
        "2025-09-01 LDCT\n2026-03-05 no change"
    );
    assert_eq!(form_test.form.row, 0, "the added one is selected");
    form_test.form.on_reply(put(Some(0), "2026-09-01 LDCT"));
    assert_eq!(
        form_test.form.value(Field::FollowUps),
        "2026-03-05 no change\n2026-09-01 LDCT"
    );
    form_test.key(KeyCode::Delete);
    assert_eq!(
        form_test.form.value(Field::FollowUps),
        "2026-03-05 no change"
    );
    form_test.paste("1 May 2026: grown\n");
    assert_eq!(form_test.form.follow_ups().len(), 2);
    form_test.paste("later");
    assert!(form_test.screen().contains("begins with its date"));
}

#[test]
fn only_the_photo_of_the_chosen_file_is_stored() {
    let mut form_test = form_test();
    let photo = Arc::new(Photo {
        bytes: vec![0; 34_000],
        width: 600,
        height: 800,
    });
    form_test
        .form
        .on_reply(Reply::Photo("/photos/ana.png".into()));
    assert_eq!(form_test.form.ask_for_photo().len(), 1);
    assert_eq!(
        form_test.form.ask_for_photo().len(),
        0,
        "it is requested once"
    );
    assert!(form_test.screen().contains("reading ana.png"));
    form_test.form.fill(Field::Number, "P-1");
    form_test.form.fill(Field::FullName, "Ana");
    assert_eq!(
        form_test.form.validated(TODAY),
        None,
        "it is still being read"
    );
    form_test.answered(patients::Answer::PhotoRead {
        path: "/photos/ana.png".into(),
        read: Ok(Arc::clone(&photo)),
    });
    assert!(
        form_test
            .screen()
            .contains("ana.png, 600 × 800, 34 KB; stored when you save")
    );
    assert!(form_test.form.validated(TODAY).is_some());
    assert_eq!(form_test.form.photo.chosen("/photos/ana.png"), Some(photo));
    assert_eq!(form_test.form.photo.chosen("/photos/bo.png"), None);
    form_test.go_to(Field::Photo).key(KeyCode::Delete);
    assert_eq!(
        form_test
            .form
            .photo
            .chosen(form_test.form.value(Field::Photo)),
        None
    );
}

#[test]
fn a_file_that_is_not_a_photo_is_refused_with_a_message() {
    let mut form_test = form_test();
    form_test
        .form
        .on_reply(Reply::Photo("/photos/ana.txt".into()));
    form_test.form.ask_for_photo();
    form_test.answered(patients::Answer::PhotoRead {
        path: "/photos/ana.txt".into(),
        read: Err(PhotoError::NotAPhoto("/photos/ana.txt".into())),
    });
    assert!(form_test.screen().contains("is no photo that LUNNY keeps"));
    assert_eq!(form_test.form.value(Field::Photo), "");
    assert_eq!(form_test.form.ask_for_photo().len(), 0);
    assert!(!form_test.form.photo.is_there(""));
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
        let mut form_test = form_test();
        form_test.size = Size::new(width, height);
        form_test.form.typed.set(Field::Notes, "a\n".repeat(300));
        for field in Field::all() {
            let screen = form_test.go_to(field).screen();
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
    let mut form_test = form_test();
    form_test
        .go_to(Field::Notes)
        .paste(&"long words wrap at the edge of the field ".repeat(40));
    let places = rows::Places::on(form_test.size);
    let (seen, _) = form_test.form.seen(&places);
    let notes = seen.iter().find(|seen| seen.field == Field::Notes).unwrap();
    assert_eq!(notes.height, 8);
    form_test.go_to(Field::Referrals);
    let (seen, _) = form_test.form.seen(&places);
    let notes = seen.iter().find(|seen| seen.field == Field::Notes).unwrap();
    assert_eq!(notes.height, 3);
}

#[test]
fn a_paste_is_cut_one_character_beyond_the_limit() {
    let mut form_test = form_test();
    form_test.go_to(Field::Allergies).paste(&"x".repeat(20_000));
    form_test.key(KeyCode::Tab);
    assert!(form_test.screen().contains("longer than 4000 characters"));
    form_test.go_to(Field::Doctor).paste(&"y\n".repeat(5_000));
    assert_eq!(form_test.form.value(Field::Doctor).chars().count(), 1024);
    assert!(!form_test.form.value(Field::Doctor).contains('\n'));
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
        let mut form_test = form_test();
        form_test.size = Size::new(width, height);
        let fields: Vec<Field> = Field::all().collect();
        form_test.form.enter(fields[at]);
        form_test.paste(&text);
        const CODES: [KeyCode; 12] = [
            KeyCode::Up, KeyCode::Down, KeyCode::Left, KeyCode::Right, KeyCode::Home, KeyCode::End,
            KeyCode::Backspace, KeyCode::Delete, KeyCode::Enter, KeyCode::Tab, KeyCode::BackTab, KeyCode::Char('é'),
        ];
        for key in keys {
            form_test.chord(CODES[key], KeyModifiers::NONE);
            let screen = form_test.screen();
            let hostile = ['\u{1b}', '\u{202e}', '\u{7}'];
            prop_assert!(!screen.contains(hostile));
        }
        prop_assert!(PatientDraft::from_json(&form_test.form.content()).is_some());

    }
}
