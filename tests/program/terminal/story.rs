//! First session of a new user with the built program, its shipped model and its own database.

use super::pseudo_terminal::PseudoTerminal;
use crate::support::write_chest_slice;

const PASSWORD: &str = "quiet lungs breathe slowly at night";

#[test]
fn a_new_user_goes_from_registration_to_signing_out() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    let slice = write_chest_slice(folder.path(), "drawn-slice.png");
    // In a window like that of the training slices the lungs are black.
    let mut levels = image::open(&slice).unwrap().into_luma8();
    for level in levels.iter_mut() {
        *level = level.saturating_sub(20);
    }
    levels.save(&slice).unwrap();
    let mut terminal = PseudoTerminal::lunny(folder.path(), &home);
    terminal.wait_for("Not a medical device");

    terminal.type_keys("r");
    terminal.wait_for("New account");
    for value in [
        "St. Example Hospital",
        "A-17",
        "Dana Ruiz",
        "dana@example.org",
    ] {
        terminal.type_keys(&format!("{value}\r"));
    }
    terminal.type_keys(PASSWORD);
    terminal.wait_for("strong");
    terminal.type_keys(&format!("\r{PASSWORD}\r"));

    terminal.wait_for("Terms of use, version");
    terminal.type_keys("a");
    terminal.wait_for("How LUNNY works");
    terminal.type_keys("\r");
    terminal.wait_for("Welcome, Dana Ruiz");

    terminal.type_keys("n");
    terminal.wait_for("drawn-slice.png");
    terminal.type_keys("drawn\r");
    terminal.wait_for("256 × 256");
    terminal.wait_for("low-resolution preview");
    terminal.type_keys("\r");

    // A drawn slice is unlike any real one: no score, no category, only the reason.
    terminal.wait_for("● Indeterminate");
    terminal.wait_for("outside what the model has seen");
    let screen = terminal.screen();
    assert!(!screen.contains("Lung-RADS"), "{screen}");

    terminal.type_keys("s");
    terminal.wait_for("Which patient");
    terminal.type_keys("\x0e");
    terminal.wait_for("P-000001");
    terminal.type_keys("Ana Pérez\r1961-03-05\r\x1b[C\r");
    // To the last section; F2 saves.
    terminal.type_keys("\x1b8\t\t");
    terminal.type_keys("sent by Dr. Example\x1bOQ");
    terminal.wait_for("Saved to Ana Pérez");

    terminal.type_keys("n");
    terminal.wait_for("type to filter");
    terminal.type_keys("\x1b");
    terminal.wait_for("Welcome, Dana Ruiz");
    terminal.type_keys("p");
    terminal.wait_for("1 of 1");
    terminal.type_keys("perez");
    terminal.wait_for("Ana Pérez");
    terminal.type_keys("\r");
    terminal.wait_for("born 1961-03-05");
    terminal.wait_for("drawn-slice.png");

    terminal.type_keys("\x1b");
    terminal.wait_for("1 of 1");
    terminal.type_keys("\x15");
    terminal.type_keys("\x1b");
    terminal.wait_for("Welcome, Dana Ruiz");
    terminal.type_keys("o");
    terminal.wait_for("Sign out and return");
    terminal.type_keys("y");
    terminal.wait_for("Sign in");
    assert!(!terminal.screen().contains("Dana"), "{}", terminal.screen());
    terminal.type_keys("q");
    assert!(terminal.wait_for_end().success());
    terminal.assert_restored();

    // Another process, the same database.
    let mut terminal = PseudoTerminal::lunny(folder.path(), &home);
    terminal.wait_for("Sign in");
    terminal.type_keys(&format!("sdana@example.org\r{PASSWORD}\r"));
    terminal.wait_for("last sign-in");
    terminal.type_keys("p");
    terminal.wait_for("Ana Pérez");
}
