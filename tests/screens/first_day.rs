//! The first day of a technician at 80 × 24: the tour, a synthetic CT, a saved result, a measured nodule, pages, and a name put
//! right.

use crossterm::event::KeyCode;

use super::stage::{PASSWORD, Stage};
use super::support::write_chest_slice;
use super::waiting_keys::A_LOOK;

#[test]
fn the_tour_follows_the_terms_and_returns_from_the_dashboard() {
    let mut stage = Stage::new(80, 24, 0.87);
    stage.register_as("Dana Ruiz", "dana@example.org");
    stage.letters("a");
    insta::assert_snapshot!(stage.screen());
    stage
        .enter()
        .hides("How LUNNY works")
        .shows("Welcome, Dana Ruiz");
    stage.letters("h").shows("How LUNNY works").escape();
    // It is no obstacle at the next sign-in.
    stage
        .letters("o")
        .letters("y")
        .sign_in()
        .hides("How LUNNY works");
    stage.letters("w").control('p').letters("tour").enter();
    stage.shows("How LUNNY works");
}

#[test]
fn from_registering_to_a_name_put_right_with_what_the_screen_says() {
    let mut stage = Stage::new(80, 24, 0.87);
    stage.register();
    // No scan at hand: the list says how to get one.
    stage.letters("n").shows("Ctrl-G").control('g');
    stage.shows("15 of 30").enter().shows("Not saved. Press s");
    stage
        .letters("s")
        .shows("Ctrl-N")
        .control('n')
        .control('u')
        .letters("Ana Peres");
    stage.key(KeyCode::F(2)).wait(A_LOOK).letters("y");
    stage
        .shows("Saved to Ana Peres")
        .letters("m")
        .shows("by hand");
    // A nodule is measured on the slice.
    stage
        .letters("m")
        .shows("Arrows move to one end")
        .letters(" ");
    stage
        .shows("Arrows move to the other end")
        .letters("L")
        .letters(" ");
    stage.shows("Enter accepts").enter().shows("New nodule");
    stage.key(KeyCode::F(2)).shows("measured by nodule 1");
    // The pages are looked at, printed where there is a printer, and written.
    stage.escape().letters("p").shows("Page 1 of");
    stage.letters("s").shows("was written to");
    stage.escape().escape().escape().escape();
    // Found again, and corrected.
    stage
        .shows("Welcome")
        .letters("p")
        .letters("ana")
        .wait(A_LOOK)
        .enter();
    stage
        .shows("Patients › Patient")
        .shows("Ana Peres")
        .letters("e");
    stage.control('u').letters("Ana Pérez").key(KeyCode::F(2));
    stage.shows("Ana Pérez").hides("Ana Peres");
}

#[test]
fn a_picture_of_a_new_patient_takes_nine_keys_besides_what_is_typed() {
    let mut stage = Stage::new(80, 24, 0.87);
    stage.register();
    write_chest_slice(&stage.scans(), "slice.png");
    stage
        .letters("o")
        .letters("y")
        .shows("chest CT in your terminal");
    stage
        .letters("s")
        .letters("dana@example.org")
        .key(KeyCode::Tab);
    stage.letters(PASSWORD).enter();
    stage.letters("n").letters("slice").enter().enter();
    stage
        .letters("s")
        .letters("Ana Pérez")
        .control('n')
        .key(KeyCode::F(2));
    stage.shows("Saved to Ana Pérez");
}
