//! Help and messages.

use super::*;

#[test]
fn help_lists_the_keys_of_the_screen_below() {
    let mut stage = Stage::new(100, 40, 0.1);
    stage.register().key(KeyCode::F(1));
    stage
        .shows("Keys on this screen")
        .shows("new analysis")
        .shows("quit");
    // The keys that open it close it too.
    stage.key(KeyCode::F(1)).hides("Keys on this screen");
    stage.control('p').shows("Keys on this screen").control('p');
    stage.hides("Keys on this screen").control('p').escape();
    stage.hides("Keys on this screen");
}

#[test]
fn help_searches_actions_and_does_them() {
    let mut stage = Stage::new(80, 24, 0.1);
    stage.register().control('p').shows("type to search");
    stage
        .letters("statis")
        .shows("statistics")
        .hides("sign out");
    stage.enter().shows("Exams by month");
    // From there the dashboard's actions are offered, and leave the screen.
    stage.control('p').letters("new record").enter();
    stage.shows("New record").escape().shows("Welcome");
    stage
        .control('p')
        .letters("zzz")
        .shows("No action matches.");
    stage.enter().shows("No action matches.");
}

#[test]
fn help_of_a_form_offers_nothing_that_would_drop_what_is_typed() {
    let mut stage = Stage::new(80, 24, 0.1);
    stage.register().letters("r").letters("Ana").control('p');
    stage.letters("statistics").shows("No action matches.");
    stage.escape().shows("Ana");
}

#[test]
fn messages_can_be_read_again_until_the_sign_out() {
    let mut stage = Stage::new(80, 24, 0.1);
    stage.register().key(KeyCode::F(10));
    stage.shows("Your account was created.");
    stage.key(KeyCode::F(10)).hides("Messages");
    stage.key(KeyCode::F(2)).key(KeyCode::F(2));
    stage.shows("The mouse is off.").letters("p").escape();
    stage.hides("The mouse is").key(KeyCode::F(10));
    stage.shows("The mouse is off.").shows("The mouse is on;");
    stage.escape().letters("o").letters("y").key(KeyCode::F(10));
    stage.hides("The mouse is").sign_in().key(KeyCode::F(10));
    stage.shows("Messages").hides("The mouse is");
}
