//! Over SSH: the account's public keys, and the owners' screen of the server.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crossterm::event::{KeyCode, MouseButton, MouseEventKind};
use lunny::tui::server_state::{AreaSize, Present, ServerState};

use super::stage::Stage;

const KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti dana@ward-3";
const FINGERPRINT: &str = "SHA256:UCUiLr7Pjs9wFFJMDByLgc3NrtdU344OgUM45wZPcIQ";

fn state(sessions: u64) -> ServerState {
    let present = |session| Present {
        session,
        account: [None, Some(1), Some(77)][session as usize % 3],
        address: [192, 0, 2, session as u8].into(),
        age_s: 50 * session * session,
    };
    ServerState {
        process: 4711,
        address: "0.0.0.0:2222".parse().unwrap(),
        version: "0.2.0".to_owned(),
        began_at: "2026-03-02T07:00:00Z".to_owned(),
        at: "2026-03-02T09:30:00Z".to_owned(),
        sessions: sessions as usize,
        most_sessions: 64,
        sessions_begun: 12,
        oldest_session_s: 450,
        connections: 4,
        addresses: 3,
        analyses: 2,
        engine: Some("2 threads of this processor".to_owned()),
        memory_bytes: Some(210 << 20),
        free_bytes: Some(81 << 30),
        present: (1..=sessions).map(present).collect(),
        areas: vec![AreaSize {
            account: 1,
            bytes: 350_000_000,
        }],
        most_area_bytes: 20_000_000_000,
    }
}

/// Opens an entry of *My account*, counted from 0.
fn open(stage: &mut Stage, entry: usize) -> &mut Stage {
    stage.letters("m").shows("Sign-in history");
    for _ in 0..entry {
        stage.key(KeyCode::Down);
    }
    stage.enter()
}

#[test]
fn a_key_is_pasted_listed_and_removed() {
    let mut stage = Stage::new(80, 24, 0.1);
    stage.register();
    open(&mut stage, 5).shows("No keys yet").letters("n");
    stage.paste("-----BEGIN OPENSSH PRIVATE KEY-----\n");
    stage.enter().shows("This is a private key");
    stage.control('u').paste("ssh-dss AAAA old").enter();
    stage.shows("no public key of OpenSSH");
    stage.control('u').paste(&format!("{KEY}\n")).enter();
    stage.shows("was added").shows("dana@ward-3");
    stage.shows(FINGERPRINT).shows("never used");
    insta::assert_snapshot!("ssh_keys_80x24", stage.screen());
    // The same key again.
    stage
        .letters("n")
        .paste(KEY)
        .enter()
        .shows("already")
        .escape();
    stage.escape().shows("1 key that signs in over SSH").enter();
    stage
        .letters("d")
        .shows("Remove the key dana@ward-3")
        .letters("n");
    stage.shows(FINGERPRINT).letters("d").letters("y");
    stage.shows("was removed").shows("No keys yet");
    let access = stage
        .store
        .sign_in("dana@example.org", super::stage::PASSWORD);
    let keys = stage.store.ssh_keys(&access.unwrap().access).unwrap();
    assert!(keys.is_empty());
}

#[test]
fn an_owner_sees_the_server_and_it_renews_itself() {
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    let mut stage = Stage::on_a_server(80, 24, || {
        let before = ASKED.fetch_add(1, Ordering::Relaxed);
        state(if before == 0 { 3 } else { 5 })
    });
    stage.register();
    open(&mut stage, 6).shows("LUNNY 0.2.0 on 0.0.0.0:2222");
    stage.shows("3 of 64").shows("2 analyses");
    stage.shows("dana@example.org from 192.0.2.1, for 50 s");
    stage.shows("account 77 from 192.0.2.2, for 3 min");
    stage.shows("not signed in from 192.0.2.3");
    stage.shows("dana@example.org: 350 MB of 20 GB");
    insta::assert_snapshot!("server_80x24", stage.screen());
    stage.wait(Duration::from_secs(2)).shows("3 of 64");
    stage.wait(Duration::from_secs(6)).shows("5 of 64");
    stage.escape().shows("Sign-in history");
}

#[test]
fn keys_and_the_server_in_a_wide_terminal() {
    let mut stage = Stage::on_a_server(160, 45, || state(5));
    stage.register();
    open(&mut stage, 6).shows("5 of 64");
    insta::assert_snapshot!("server_160x45", stage.screen());
    stage.escape().escape();
    open(&mut stage, 5).letters("n").paste(KEY).enter();
    stage.shows(FINGERPRINT);
    insta::assert_snapshot!("ssh_keys_160x45", stage.screen());
}

#[test]
fn rows_of_keys_and_of_the_server_are_clicked() {
    let button = MouseEventKind::Down(MouseButton::Left);
    let row_of = |stage: &Stage, text: &str| -> u16 {
        let screen = stage.screen();
        let row = screen.lines().position(|line| line.contains(text));
        row.expect("the row") as u16
    };
    let mut stage = Stage::on_a_server(100, 30, || state(3));
    stage.register().key(KeyCode::F(2));
    open(&mut stage, 6).shows("3 of 64");
    let row = row_of(&stage, "account 77");
    stage.mouse(button, 20, row);
    let cursor = |stage: &Stage| stage.screen().lines().last().unwrap_or_default().to_owned();
    assert!(
        cursor(&stage).ends_with(&format!(", {row}")),
        "{}",
        cursor(&stage)
    );
    // A click on the selected row does not close the screen.
    stage.mouse(button, 20, row);
    stage.shows("3 of 64").escape().escape();
    open(&mut stage, 5).letters("n").paste(KEY).enter();
    let other = KEY.replace("FSqti", "FSqtj");
    stage
        .letters("n")
        .paste(&other.replace("dana@ward-3", "noor@ward-4"));
    stage.enter().shows("noor@ward-4");
    let rows = ["dana@ward-3", "noor@ward-4"];
    for name in rows {
        let row = row_of(&stage, name);
        stage.mouse(button, 20, row);
        stage.shows(&format!("selected: {name}"));
    }
}

#[test]
fn only_owners_on_a_server_have_that_screen() {
    let mut local = Stage::new(80, 24, 0.1);
    local
        .register()
        .letters("m")
        .shows("SSH keys")
        .hides("Server");
    let mut stage = Stage::on_a_server(80, 24, || state(1));
    stage.register();
    let role = lunny::store::Role::Technician;
    let access = stage.colleague("Noor Haddad", "noor@example.org", role);
    stage.letters("o").letters("y");
    stage.letters("s").letters("noor@example.org").enter();
    stage.letters(super::stage::PASSWORD).enter();
    stage.letters("m").shows("SSH keys").hides("Server");
    assert!(stage.store.as_owner(&access).is_err());
}
