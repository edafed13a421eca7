//! Themes: shown while they are chosen, kept for the account, gone with it.

use std::path::Path;

use crossterm::event::KeyCode;
use lunny::tui::theme::{Role, Theme};
use ratatui::style::Color;

use crate::stage::Stage;

fn ground(theme: &str) -> Color {
    let theme = Theme::load(theme, Path::new("/nowhere")).unwrap();
    theme.style(Role::Text).bg.unwrap()
}

/// At the list of themes.
fn listed(stage: &mut Stage) -> &mut Stage {
    stage.letters("m");
    // The keys of the account are below.
    last(stage).key(KeyCode::Up).enter().shows("gruvbox")
}

/// Moves to the last row of a short list.
fn last(stage: &mut Stage) -> &mut Stage {
    (0..9).fold(stage, |stage, _| stage.key(KeyCode::Down))
}

#[test]
fn the_selected_theme_is_shown_and_only_enter_keeps_it() {
    let mut stage = Stage::new(80, 24, 0.1);
    stage.register();
    listed(&mut stage).key(KeyCode::Down);
    assert_eq!(stage.ground(), ground("light"));
    stage.escape().shows("theme dark");
    assert_eq!(stage.ground(), ground("dark"));
    stage.enter().key(KeyCode::Down).enter();
    stage.shows("theme light");
    assert_eq!(stage.ground(), ground("light"));
    // It belongs to the account: the first screen is drawn in the usual one.
    stage.escape().letters("o").letters("y").shows("Register");
    assert_eq!(stage.ground(), ground("dark"));
    stage.sign_in();
    assert_eq!(stage.ground(), ground("light"));
}

#[test]
fn a_theme_file_with_a_mistake_is_named_and_not_used() {
    let mut stage = Stage::new(100, 30, 0.1);
    stage.register();
    let folder = stage.home().join("themes");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("zebra.toml"), "[palette]\n\nsky = 'loud'\n").unwrap();
    last(listed(&mut stage));
    stage.shows("zebra.toml, line 3: \"loud\" is not a colour");
    assert_eq!(stage.ground(), ground("dark"));
    stage.enter().shows("zebra.toml, line 3");
    stage.escape().shows("theme dark");
}
