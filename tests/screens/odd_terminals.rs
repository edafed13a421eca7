//! Terminals that are too small, change their size, or show hostile text.

use crossterm::event::KeyCode;

use super::stage::Stage;
use super::support::write_chest_slice;

/// Every screen, one after the other; `visit` gets each.
fn tour(stage: &mut Stage, mut visit: impl FnMut(&mut Stage)) {
    visit(stage);
    stage.letters("s");
    visit(stage);
    stage.escape().letters("r");
    visit(stage);
    stage.escape().register_as("Dana Ruiz", "dana@example.org");
    visit(stage);
    stage.letters("a");
    visit(stage);
    stage.enter();
    write_chest_slice(&stage.scans(), "slice.png");
    stage.letters("n");
    visit(stage);
    stage.control('r');
    visit(stage);
    stage.escape().enter();
    visit(stage);
    stage.hold = true;
    stage.enter();
    visit(stage);
    stage.release();
    visit(stage);
    stage.letters("a");
    visit(stage);
    stage.letters("a").letters("s");
    visit(stage);
    stage.control('n');
    visit(stage);
    stage.letters("Ana").key(KeyCode::F(2));
    visit(stage);
    stage.letters("d");
    visit(stage);
    stage.escape().key(KeyCode::F(1));
    visit(stage);
    stage.escape().letters("n").escape().letters("p");
    visit(stage);
    stage.enter();
    visit(stage);
}

#[test]
fn every_screen_fits_every_size_from_one_cell_up() {
    let mut stage = Stage::new(80, 24, 0.5);
    let mut screens = 0;
    tour(&mut stage, |stage| {
        screens += 1;
        for (columns, rows) in [
            (1, 1),
            (2, 40),
            (20, 5),
            (59, 15),
            (60, 15),
            (61, 16),
            (300, 3),
            (250, 90),
        ] {
            stage.resize(columns, rows);
            let screen = stage.screen();
            let small = columns < 60 || rows < 15;
            if small && columns >= 20 && rows >= 5 {
                assert!(
                    screen.contains("This terminal"),
                    "{columns}×{rows}\n{screen}"
                );
            }
            if !small {
                assert!(screen.contains("LUNNY"), "{columns}×{rows}\n{screen}");
            }
        }
        stage.resize(80, 24);
    });
    assert_eq!(screens, 18);
}

#[test]
fn typed_text_survives_a_terminal_that_was_too_small() {
    let mut stage = Stage::new(80, 24, 0.5);
    stage
        .letters("s")
        .letters("dana@exam")
        .resize(20, 5)
        .shows("20×5. LUNNY needs");
    stage.resize(80, 24).shows("dana@exam");
}

#[test]
fn hostile_names_do_not_reach_the_screen_as_commands() {
    let mut stage = Stage::new(80, 24, 0.5);
    stage.register();
    let name = "a\u{1b}[2Jb\u{202e}gnp.png";
    std::fs::write(stage.scans().join(name), b"x").unwrap();
    stage.letters("n");
    let screen = stage.screen();
    assert!(screen.contains("a[2Jbgnp.png"), "{screen}");
    assert!(!screen.contains(['\u{1b}', '\u{202e}']), "{screen:?}");
    stage.enter();
    assert!(!stage.screen().contains(['\u{1b}', '\u{202e}']));
}

#[test]
fn wide_letters_and_long_names_stay_inside_their_places() {
    let mut stage = Stage::new(60, 15, 0.5);
    stage
        .register()
        .analyse("slice.png")
        .save_to_new_patient("王小明王小明王小明王小明王小明王小明王小明");
    stage
        .letters("n")
        .escape()
        .letters("p")
        .shows("P-000001")
        .shows("王小明");
    stage.letters("王").shows("1 of 1");
}
