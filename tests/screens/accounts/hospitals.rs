//! New hospitals, and the owners who approve them.

use super::*;

#[test]
fn a_new_hospital_waits_and_an_owner_approves_it_from_the_keyboard() {
    let mut stage = Stage::new(80, 24, 0.1);
    stage.register().log_out();
    stage.letters("r");
    for value in ["Evil Clinic", "E-1", "Eve Malory", "eve@example.org"] {
        stage.letters(value).enter();
    }
    stage.letters(PASSWORD).enter().letters(PASSWORD).enter();
    stage
        .shows("Waiting for approval")
        .shows("The hospital is new here");
    insta::assert_snapshot!("hospital_waits_80x24", stage.screen());
    stage.enter().enter_with("eve@example.org", PASSWORD);
    stage.shows("still waits for").enter();
    stage.enter_with("dana@example.org", PASSWORD);
    stage.shows("1 account waits for approval");
    stage.letters("a").shows("Eve Malory, Ev");
    stage.letters("evil").enter().shows("Approve the hospital");
    insta::assert_snapshot!("hospital_actions_80x24", stage.screen());
    // No is selected first.
    stage.enter().shows("only that hospital").enter();
    stage.enter().enter().letters("y");
    stage.shows("The hospital of Eve Malory is approved");
    stage
        .escape()
        .escape()
        .hides("waits for approval")
        .log_out();
    stage.enter_with("eve@example.org", PASSWORD);
    stage.letters("a").enter();
    stage.shows("Welcome, Eve Malory").letters("m");
    stage.shows("Administrator").hides("owner").escape();
    stage.letters("a").shows("Accounts of Evil Clinic");
    stage.hides("dana@example.org");
}

#[test]
fn a_refused_hospital_can_be_approved_later() {
    let mut stage = Stage::new(120, 40, 0.1);
    stage.register().log_out();
    stage.letters("r");
    for value in ["Evil Clinic", "E-1", "Eve Malory", "eve@example.org"] {
        stage.letters(value).enter();
    }
    stage.letters(PASSWORD).enter().letters(PASSWORD).enter();
    stage.enter().enter_with("dana@example.org", PASSWORD);
    stage
        .choose_action("evil", 1)
        .shows("Refuse the new hospital");
    stage.letters("y").shows("was refused").shows("disabled");
    stage.escape().escape().hides("waits for approval");
    stage.choose_action("evil", 0).letters("y");
    stage.shows("The hospital of Eve Malory is approved");
}

#[test]
fn owners_are_appointed_and_withdrawn_and_administrators_cannot_change_them() {
    let mut stage = Stage::new(120, 40, 0.1);
    stage
        .with_noor_waiting()
        .enter_with("dana@example.org", PASSWORD);
    stage
        .choose_action("noor", 2)
        .shows("Approve as administrator");
    stage.letters("y").escape().escape().log_out();
    stage.enter_with("noor@example.org", PASSWORD);
    stage.letters("a").enter();
    stage.letters("a").letters("dana").enter();
    stage.shows("only an owner can change it").hides("Disable");
    stage.escape().escape().log_out();
    stage.enter_with("dana@example.org", PASSWORD);
    stage
        .choose_action("noor", 4)
        .shows("makes and restores backups of");
    stage
        .letters("y")
        .shows("is now an owner of this installation");
    insta::assert_snapshot!("owners_120x40", stage.screen());
    stage.enter();
    for _ in 0..4 {
        stage.key(KeyCode::Down);
    }
    stage.enter().shows("Withdraw the owner rights");
    stage.letters("y").shows("is no longer an owner");
}
