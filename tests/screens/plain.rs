//! Plain screens for screen readers: nothing on any screen is only drawn.

use crossterm::event::KeyCode;

use super::stage::Stage;
use super::waiting_keys::A_LOOK;

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

/// Presses keys one after another and looks at each screen. Words in angle brackets are keys with a name.
fn walk(stage: &mut Stage, keys: &str) {
    for key in keys.split_whitespace() {
        match key {
            "<enter>" => stage.enter(),
            "<tab>" => stage.key(KeyCode::Tab),
            "<down>" => stage.key(KeyCode::Down),
            "<right>" => stage.key(KeyCode::Right),
            "<esc>" => stage.escape(),
            "<wait>" => stage.wait(A_LOOK),
            key if key.starts_with("<f") => {
                let number = key.trim_matches(['<', 'f', '>']).parse();
                stage.key(KeyCode::F(number.expect("a number")))
            }
            key if key.starts_with('^') => stage.control(key.chars().last().expect("a letter")),
            key if key.starts_with('!') => {
                let letter = key.chars().last().expect("a letter");
                stage.alt(letter)
            }
            key => stage.letters(key),
        };
        is_plain(stage);
    }
}

/// Returns to the dashboard, without what was typed on the way.
#[track_caller]
fn go_home(stage: &mut Stage) {
    for _ in 0..12 {
        let screen = stage.screen();
        if screen.contains("Welcome, ") && !screen.contains("Sign out?") {
            return;
        }
        stage.escape();
        let screen = stage.screen();
        if screen.contains("Discard") || screen.contains("Leave without") {
            stage.letters("y");
        }
        is_plain(stage);
    }
    panic!("no way back from\n{}", stage.screen());
}

#[test]
fn nothing_is_drawn_on_the_screens_behind_the_first_ones() {
    for (columns, rows) in [(80, 24), (160, 45)] {
        let mut stage = Stage::new(columns, rows, 0.87);
        stage.register();
        stage.analyse("slice.png").save_to_new_patient("Ana Pérez");
        stage.wait(A_LOOK).letters("y");
        std::fs::write(
            stage.scans().join("list.csv"),
            "name,born\nBo Li,1950-02-03\n",
        )
        .unwrap();
        stage.draws_plainly();
        go_home(&mut stage);
        let mut walks = vec![
            // My account: password, second factor, tokens, history, colours, keys.
            "m <enter>".to_owned(),
            "m <down> <enter>".to_owned(),
            "m <down> <down> <enter> n".to_owned(),
            "m <down> <down> <down> <enter>".to_owned(),
            "m <down> <down> <down> <down> <enter>".to_owned(),
            "m <down> <down> <down> <down> <down> <enter> n".to_owned(),
            // A series: viewer, tags, calipers, facts, result, lesions, slice.
            "n ^g t <esc> m <esc> f w + <enter> v <right> <enter>".to_owned(),
            "n <f3> <tab> ^r".to_owned(),
            "<f10> <esc> <f12> <esc> ^p".to_owned(),
            "i list <enter> <enter> d <wait> <enter> <esc> i <wait>".to_owned(),
            "w ^n <esc> ^f <esc> ^x".to_owned(),
            "f ^f <esc> ^e <esc> ^x <esc> !l <esc> <f7>".to_owned(),
            "d <enter>".to_owned(),
            "c <tab>".to_owned(),
            "a <enter>".to_owned(),
            "l f <esc> x <esc> v".to_owned(),
            "r <tab> <tab> <f4> <esc> <f1>".to_owned(),
            "p ^f <f4> <esc> <esc> <f5> <esc> <f3> ^x <esc> ^e <esc> !p <esc> !l <esc> <f8>"
                .to_owned(),
        ];
        // The record and what opens from it.
        let of_record = [
            "<tab> <tab> <tab>",
            "n n <tab> <tab>",
            "n e",
            "n m",
            "e",
            "e <f4>",
            "p t",
            "s",
            "r w <wait> f",
            "r t",
            "d",
            "D",
            "i",
            "w",
            "f n",
            "l",
            "a",
            "v",
        ];
        walks.extend(of_record.map(|keys| format!("p <wait> <enter> <wait> {keys}")));
        for keys in walks {
            walk(&mut stage, &keys);
            go_home(&mut stage);
        }
        stage.control('l');
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
