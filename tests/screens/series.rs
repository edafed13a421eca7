//! Series viewer, slice by slice: keys in, pictures and their details out.

use crossterm::event::KeyCode;
use lunny::terminal::Symbols;
use lunny::tui::widgets::picture::Graphics;

use super::chest_series::write_chest_series;
use super::stage::Stage;
use super::support::write_chest_slice;

/// Twelve slices in a folder, opened.
fn twelve(columns: u16, rows: u16) -> Stage {
    let mut stage = Stage::new(columns, rows, 0.87);
    stage.register();
    write_chest_series(&stage.scans().join("series"), "1.2.3.1", 12);
    stage.letters("n").control('o');
    stage
}

#[test]
fn looks() {
    for (columns, rows) in [(80, 24), (120, 40)] {
        let mut stage = twelve(columns, rows);
        let size = format!("{columns}x{rows}");
        insta::assert_snapshot!(format!("series_{size}"), stage.screen());
        stage.letters("c+++").key(KeyCode::Right);
        insta::assert_snapshot!(format!("series_cursor_{size}"), stage.screen());
        stage.letters("f");
        insta::assert_snapshot!(format!("series_without_facts_{size}"), stage.screen());
        stage.letters("t").letters("spacing");
        insta::assert_snapshot!(format!("tags_{size}"), stage.screen());
    }
}

#[test]
fn a_folder_opens_in_the_middle_and_arrows_go_through_it() {
    let mut stage = twelve(80, 24);
    stage.shows("test series").shows("6 of 12").shows("25.0 mm");
    stage.key(KeyCode::Down).shows("7 of 12").shows("30.0 mm");
    stage.key(KeyCode::Up).key(KeyCode::Up).shows("5 of 12");
    stage.key(KeyCode::PageDown).shows("12 of 12");
    stage.key(KeyCode::Home).shows("1 of 12").shows("0.0 mm");
    stage.key(KeyCode::Up).shows("1 of 12");
    stage.key(KeyCode::End).shows("12 of 12");
}

#[test]
fn a_typed_number_goes_to_that_slice() {
    let mut stage = twelve(80, 24);
    stage
        .letters("10")
        .shows("10▏ of 12")
        .enter()
        .shows("10 of 12");
    stage.letters("3").escape().shows("10 of 12");
    stage.letters("99").enter().shows("12 of 12");
    stage.letters("12").key(KeyCode::Backspace).enter();
    stage.shows("1 of 12");
}

#[test]
fn scrolling_skips_passed_slices_and_keeps_the_old_picture_meanwhile() {
    let mut stage = twelve(80, 24);
    stage.key(KeyCode::Home);
    let first = stage.screen();
    stage.hold = true;
    for _ in 0..8 {
        stage.key(KeyCode::Down);
    }
    // One picture in progress, and at most the slices decoded ahead.
    assert!(stage.held() <= 2, "{}", stage.held());
    stage.shows("1 of 12, loading 9");
    let picture = |screen: &str| -> String {
        let rows = screen.lines().skip(1).take(20);
        rows.map(|row| row.chars().take(40).collect::<String>() + "\n")
            .collect()
    };
    assert_eq!(picture(&first), picture(&stage.screen()));
    stage.release();
    stage.shows("9 of 12").hides("loading");
}

#[test]
fn windows_have_names_and_can_be_free() {
    let mut stage = twelve(80, 24);
    stage.shows("lung, W1500 C-600");
    let lung = stage.screen();
    stage.letters("w").shows("mediastinum, W400 C40");
    assert_ne!(lung.lines().nth(12), stage.screen().lines().nth(12));
    stage.letters("w").shows("bone, W1800 C400");
    stage.letters("w").shows("model, W400 C200");
    stage.letters("]").shows("free, W500 C200");
    stage.letters("}").shows("free, W500 C220");
    stage.letters("{[").shows("model");
    stage.letters("i").shows("inverted");
}

#[test]
fn a_saved_picture_has_no_window_and_says_so() {
    let mut stage = Stage::new(80, 24, 0.87);
    stage.register();
    write_chest_slice(&stage.scans(), "slice.png");
    stage.letters("n").enter().letters("w");
    stage.shows("grey levels only");
}

#[test]
fn the_cursor_shows_value_and_place() {
    let mut stage = twelve(80, 24);
    stage.letters("c").shows("row 33, column 33").shows(" HU");
    stage.shows("0.0, 0.0, 25.0 mm");
    stage.key(KeyCode::Right).letters("J");
    stage.shows("row 43, column 34").shows("0.8, 7.0, 25.0 mm");
    let cursor = |stage: &Stage| stage.screen().lines().last().map(str::to_owned);
    let there = cursor(&stage);
    stage.letters("L");
    assert_ne!(there, cursor(&stage));
    stage.escape().hides(" HU").shows("6 of 12");
}

#[test]
fn zoom_shows_a_part_and_the_scale_bar_follows() {
    let mut stage = twelve(120, 40);
    stage.shows("┤ 1.5 cm").shows(" A ").shows(" P ");
    stage
        .letters("++++")
        .shows("4 ×")
        .hides("1.5 cm")
        .shows("┤");
    stage.letters("0").shows("1 ×").shows("┤ 1.5 cm");
}

#[test]
fn without_spacing_there_is_no_bar_and_without_orientation_no_letter() {
    let mut stage = Stage::new(120, 40, 0.87);
    stage.register();
    write_chest_slice(&stage.scans(), "slice.png");
    stage.letters("n").enter().hides("┤ ").hides(" A ");
    stage.letters("c").shows("grey ").hides(" mm");
}

#[test]
fn several_series_are_offered_and_esc_returns_to_them() {
    let mut stage = Stage::new(80, 24, 0.87);
    stage.register();
    write_chest_series(&stage.scans().join("exam/one"), "1.2.3.1", 3);
    write_chest_series(&stage.scans().join("exam/two"), "1.2.3.2", 5);
    stage.letters("n").control('o');
    stage
        .shows("2 series here")
        .shows("3 slices")
        .shows("64 × 64");
    insta::assert_snapshot!("series_list_80x24", stage.screen());
    stage
        .key(KeyCode::Down)
        .enter()
        .shows("2 of 3")
        .shows("test series");
    stage.escape().shows("2 series here");
    stage.escape().shows("type to filter");
}

#[test]
fn a_typed_folder_path_opens_as_series() {
    let mut stage = Stage::new(80, 24, 0.87);
    stage.register();
    let folder = stage.scans().join("deep");
    write_chest_series(&folder, "1.2.3.1", 4);
    stage.letters("n").paste(&folder.display().to_string());
    stage.control('o').shows("2 of 4");
}

#[test]
fn a_folder_without_pictures_gets_one_sentence() {
    let mut stage = Stage::new(80, 24, 0.87);
    stage.register();
    std::fs::create_dir(stage.scans().join("empty")).unwrap();
    stage.letters("n").control('o').hides("of 1");
    assert!(!stage.moves());
    stage.escape().shows("type to filter");
}

#[test]
fn opening_shows_its_progress_and_can_be_left() {
    let mut stage = Stage::new(80, 24, 0.87);
    stage.register();
    write_chest_series(&stage.scans().join("series"), "1.2.3.1", 3);
    stage.letters("n");
    stage.hold = true;
    stage.control('o').shows("Searching for slices");
    assert!(stage.moves());
    stage.escape().shows("type to filter");
    stage.release();
    stage.shows("type to filter").hides("of 3");
}

#[test]
fn a_missing_slice_is_reported_and_the_others_stay() {
    let mut stage = twelve(80, 24);
    let folder = stage.scans().join("series");
    std::fs::remove_file(folder.join("IM8989")).unwrap();
    stage
        .key(KeyCode::End)
        .shows("no such file")
        .shows("12 of 12");
    stage
        .key(KeyCode::Home)
        .shows("1 of 12")
        .hides("no such file");
}

#[test]
fn the_shown_slice_is_analysed() {
    let mut stage = twelve(80, 24);
    stage.enter().shows("● Positive");
    stage.escape().letters("y").shows("6 of 12");
}

#[test]
fn every_size_and_every_graphics_mode_is_drawn() {
    let mut stage = twelve(80, 24);
    stage.letters("c");
    let ways = [
        Graphics::Kitty,
        Graphics::Sixel,
        Graphics::Iterm2,
        Graphics::Symbols(Symbols::Half),
        Graphics::Shades,
        Graphics::None,
    ];
    for graphics in ways {
        stage.draws_with(graphics);
        for (columns, rows) in [(1, 1), (60, 15), (61, 90), (250, 16), (37, 15), (99, 15)] {
            stage.resize(columns, rows);
            for keys in ["+", "h", "f", "J", "f", "0", "i"] {
                stage.letters(keys).screen();
            }
        }
    }
    stage.resize(80, 24).shows("6 of 12");
}

#[test]
fn a_step_sends_changes_and_not_the_whole_picture() {
    let mut stage = twelve(160, 45);
    stage.draws_with(Graphics::Symbols(Symbols::Half));
    let whole = stage.bytes_for(|stage| {
        stage.letters("i");
    });
    stage.letters("i");
    // The next slice is brighter by one Hounsfield unit.
    let step = stage.bytes_for(|stage| {
        stage.key(KeyCode::Down);
    });
    let cursor = stage.bytes_for(|stage| {
        stage.letters("c").key(KeyCode::Right);
    });
    println!("whole picture {whole} bytes, a step {step}, the cursor {cursor}");
    assert!((10_000..120_000).contains(&whole), "{whole}");
    assert!(step < whole / 4, "{step} of {whole}");
    assert!(cursor < 4_000, "{cursor}");
}
