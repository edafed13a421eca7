//! Plain screens for screen readers: nothing on any screen is only drawn.

use crossterm::event::KeyCode;

use super::stage::Stage;

/// True for lines of boxes, blocks, Braille patterns and shapes.
fn is_drawn(letter: char) -> bool {
    matches!(letter, '\u{2500}'..='\u{25FF}' | '\u{2800}'..='\u{28FF}' | '\u{1FB00}'..='\u{1FBFF}')
}

/// Fails where the screen has something that is only drawn, or two columns.
#[track_caller]
fn is_plain(stage: &mut Stage) -> &mut Stage {
    let screen = stage.screen();
    let drawn: String = screen.chars().filter(|letter| is_drawn(*letter)).collect();
    assert!(drawn.is_empty(), "{drawn} on\n{screen}");
    stage
}

#[test]
fn no_screen_draws_boxes_blocks_or_pictures() {
    for (columns, rows) in [(80, 24), (160, 45)] {
        let mut stage = Stage::new(columns, rows, 0.87);
        stage.draws_plainly();
        is_plain(&mut stage).letters("r");
        is_plain(&mut stage).escape().register();
        for key in [
            "h", "n", "p", "w", "f", "t", "r", "i", "d", "c", "a", "l", "m", "u", "s", "q", "v",
        ] {
            is_plain(&mut stage).letters(key);
            is_plain(&mut stage).key(KeyCode::F(1));
            is_plain(&mut stage).escape().escape();
            // Below the picker there may be the screen that opened it.
            if !is_plain(&mut stage).screen().contains("Welcome") {
                stage.escape();
            }
            stage.shows("Welcome");
        }
        stage.analyse("slice.png");
        is_plain(&mut stage).shows("Positive").letters("s");
        is_plain(&mut stage)
            .escape()
            .save_to_new_patient("Ana Pérez");
        is_plain(&mut stage)
            .shows("Done: Saved to Ana Pérez")
            .letters("m");
        is_plain(&mut stage).letters("n");
        is_plain(&mut stage).escape().escape().letters("p");
        is_plain(&mut stage).escape().key(KeyCode::F(10));
        is_plain(&mut stage).shows("Saved to Ana Pérez").escape();
        for _ in 0..5 {
            if !stage.screen().contains("Welcome") {
                is_plain(&mut stage).escape();
            }
        }
        stage.shows("Welcome").letters("p").enter();
        is_plain(&mut stage).shows("Patient").key(KeyCode::Tab);
        is_plain(&mut stage).letters("e");
        is_plain(&mut stage).escape().letters("p");
        is_plain(&mut stage);
    }
}

#[test]
fn messages_are_lines_that_say_of_what_sort_they_are_and_the_cursor_stands_on_the_row() {
    let mut stage = Stage::new(160, 45, 0.87);
    stage.register().draws_plainly();
    let first = cursor(&stage);
    stage.key(KeyCode::Down);
    assert_ne!(cursor(&stage), first);
    stage.key(KeyCode::F(2)).shows("Done: The mouse is on");
    stage.letters("n").paste("/nowhere/at/all").enter();
    stage.shows("Error: /nowhere/at/all cannot be opened");
}

fn cursor(stage: &Stage) -> String {
    let screen = stage.screen();
    screen.lines().last().unwrap_or_default().to_owned()
}
