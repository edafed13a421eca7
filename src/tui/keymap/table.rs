//! The table itself, a line a key.

use crossterm::event::{KeyCode, KeyModifiers};

use super::{Binding, Command, Key, Scope};

pub(super) const fn plain(code: KeyCode) -> Key {
    Key(code, KeyModifiers::NONE)
}

const fn letter(letter: char) -> Key {
    Key(KeyCode::Char(letter), KeyModifiers::NONE)
}

const fn shift(code: KeyCode) -> Key {
    Key(code, KeyModifiers::SHIFT)
}

pub(super) const fn control(letter: char) -> Key {
    Key(KeyCode::Char(letter), KeyModifiers::CONTROL)
}

const fn shown(scope: Scope, key: Key, command: Command, desc: &'static str) -> Binding {
    Binding {
        scope,
        key,
        command,
        desc,
        in_footer: true,
    }
}

const fn quiet(scope: Scope, key: Key, command: Command, desc: &'static str) -> Binding {
    Binding {
        scope,
        key,
        command,
        desc,
        in_footer: false,
    }
}

/// The whole keyboard, a line a key.
#[rustfmt::skip]
pub const KEYMAP: &[Binding] = &[
    shown(Scope::Landing, plain(KeyCode::Enter), Command::Open, "choose"),
    shown(Scope::Landing, letter('s'), Command::SignIn, "sign in"),
    shown(Scope::Landing, letter('r'), Command::Register, "register"),
    quiet(Scope::Landing, plain(KeyCode::Up), Command::Up, "up"),
    quiet(Scope::Landing, plain(KeyCode::Down), Command::Down, "down"),
    quiet(Scope::Landing, plain(KeyCode::Tab), Command::Down, "down"),
    quiet(Scope::Landing, plain(KeyCode::BackTab), Command::Up, "up"),
    shown(Scope::Landing, letter('q'), Command::Quit, "quit"),
    //
    shown(Scope::Form, plain(KeyCode::Enter), Command::Submit, "next, send"),
    quiet(Scope::Form, plain(KeyCode::Tab), Command::Next, "next field"),
    shown(Scope::Form, plain(KeyCode::BackTab), Command::Previous, "previous field"),
    quiet(Scope::Form, plain(KeyCode::Down), Command::Next, "next field"),
    quiet(Scope::Form, plain(KeyCode::Up), Command::Previous, "previous field"),
    shown(Scope::Form, plain(KeyCode::Esc), Command::Back, "back"),
    shown(Scope::Secret, control('r'), Command::Reveal, "show password"),
    //
    shown(Scope::SignIn, plain(KeyCode::F(3)), Command::ResetCode, "reset code"),
    //
    shown(Scope::Message, plain(KeyCode::Enter), Command::Back, "back"),
    quiet(Scope::Message, plain(KeyCode::Esc), Command::Back, "back"),
    //
    shown(Scope::ShownOnce, letter('c'), Command::Share, "copy"),
    shown(Scope::ShownOnce, letter('s'), Command::Save, "save to a file"),
    shown(Scope::ShownOnce, plain(KeyCode::Enter), Command::Back, "close"),
    quiet(Scope::ShownOnce, plain(KeyCode::Esc), Command::Back, "close"),
    //
    shown(Scope::Accounts, plain(KeyCode::Enter), Command::Open, "what to do"),
    quiet(Scope::Accounts, plain(KeyCode::Up), Command::Up, "up"),
    quiet(Scope::Accounts, plain(KeyCode::Down), Command::Down, "down"),
    quiet(Scope::Accounts, plain(KeyCode::PageDown), Command::PageDown, "a page down"),
    quiet(Scope::Accounts, plain(KeyCode::PageUp), Command::PageUp, "a page up"),
    quiet(Scope::Accounts, plain(KeyCode::Home), Command::First, "first"),
    quiet(Scope::Accounts, plain(KeyCode::End), Command::Last, "last"),
    shown(Scope::Accounts, plain(KeyCode::Esc), Command::Back, "back"),
    //
    shown(Scope::Tokens, letter('n'), Command::NewToken, "new token"),
    shown(Scope::Tokens, letter('d'), Command::Delete, "revoke"),
    quiet(Scope::Tokens, plain(KeyCode::Up), Command::Up, "up"),
    quiet(Scope::Tokens, plain(KeyCode::Down), Command::Down, "down"),
    shown(Scope::Tokens, plain(KeyCode::Esc), Command::Back, "back"),
    //
    shown(Scope::Lock, plain(KeyCode::Enter), Command::Submit, "unlock"),
    shown(Scope::Lock, plain(KeyCode::F(3)), Command::SignOut, "log out"),
    quiet(Scope::Lock, plain(KeyCode::Esc), Command::Back, "empty the field"),
    //
    shown(Scope::Terms, letter('a'), Command::Accept, "accept"),
    shown(Scope::Terms, letter('d'), Command::Decline, "decline"),
    quiet(Scope::Terms, plain(KeyCode::Esc), Command::Decline, "decline"),
    //
    shown(Scope::Reader, plain(KeyCode::Down), Command::Down, "scroll down"),
    quiet(Scope::Reader, plain(KeyCode::Up), Command::Up, "scroll up"),
    quiet(Scope::Reader, letter('j'), Command::Down, "scroll down"),
    quiet(Scope::Reader, letter('k'), Command::Up, "scroll up"),
    quiet(Scope::Reader, letter(' '), Command::PageDown, "a page down"),
    shown(Scope::Reader, plain(KeyCode::PageDown), Command::PageDown, "a page down"),
    quiet(Scope::Reader, plain(KeyCode::PageUp), Command::PageUp, "a page up"),
    quiet(Scope::Reader, plain(KeyCode::Home), Command::First, "to the start"),
    quiet(Scope::Reader, plain(KeyCode::End), Command::Last, "to the end"),
    //
    shown(Scope::Dashboard, plain(KeyCode::Enter), Command::Open, "choose"),
    shown(Scope::Dashboard, letter('n'), Command::Analyse, "new analysis"),
    shown(Scope::Dashboard, letter('p'), Command::Patients, "patients"),
    shown(Scope::Dashboard, letter('m'), Command::MyAccount, "my account"),
    quiet(Scope::Dashboard, letter('d'), Command::DeletedRecords, "deleted records"),
    quiet(Scope::Dashboard, letter('a'), Command::Accounts, "accounts, for administrators"),
    quiet(Scope::Dashboard, letter('l'), Command::AuditLog, "audit log, for administrators"),
    shown(Scope::Dashboard, letter('o'), Command::SignOut, "log out"),
    quiet(Scope::Dashboard, plain(KeyCode::Up), Command::Up, "up"),
    quiet(Scope::Dashboard, plain(KeyCode::Down), Command::Down, "down"),
    quiet(Scope::Dashboard, plain(KeyCode::Tab), Command::Down, "down"),
    quiet(Scope::Dashboard, plain(KeyCode::BackTab), Command::Up, "up"),
    quiet(Scope::Dashboard, plain(KeyCode::Esc), Command::SignOut, "log out"),
    //
    shown(Scope::AuditLog, letter('f'), Command::Filter, "filter"),
    shown(Scope::AuditLog, letter('v'), Command::VerifyLog, "verify"),
    shown(Scope::AuditLog, letter('x'), Command::ExportLog, "export"),
    quiet(Scope::AuditLog, plain(KeyCode::Up), Command::Up, "up"),
    quiet(Scope::AuditLog, plain(KeyCode::Down), Command::Down, "down"),
    quiet(Scope::AuditLog, letter('k'), Command::Up, "up"),
    quiet(Scope::AuditLog, letter('j'), Command::Down, "down"),
    quiet(Scope::AuditLog, plain(KeyCode::PageUp), Command::PageUp, "a page up"),
    quiet(Scope::AuditLog, plain(KeyCode::PageDown), Command::PageDown, "a page down"),
    shown(Scope::AuditLog, plain(KeyCode::Home), Command::First, "newest"),
    shown(Scope::AuditLog, plain(KeyCode::End), Command::Last, "oldest"),
    shown(Scope::AuditLog, plain(KeyCode::Esc), Command::Back, "back"),
    //
    shown(Scope::Picker, plain(KeyCode::Enter), Command::Open, "open"),
    quiet(Scope::Picker, plain(KeyCode::Right), Command::Open, "open"),
    shown(Scope::Picker, plain(KeyCode::Left), Command::Parent, "parent"),
    shown(Scope::Picker, control('o'), Command::OpenSeries, "whole folder"),
    shown(Scope::Picker, control('t'), Command::Hidden, "hidden files"),
    shown(Scope::Picker, control('r'), Command::Recent, "recent folders"),
    quiet(Scope::Picker, plain(KeyCode::Up), Command::Up, "up"),
    quiet(Scope::Picker, plain(KeyCode::Down), Command::Down, "down"),
    quiet(Scope::Picker, plain(KeyCode::PageUp), Command::PageUp, "a page up"),
    quiet(Scope::Picker, plain(KeyCode::PageDown), Command::PageDown, "a page down"),
    quiet(Scope::Picker, plain(KeyCode::Home), Command::First, "first"),
    quiet(Scope::Picker, plain(KeyCode::End), Command::Last, "last"),
    shown(Scope::Picker, plain(KeyCode::Esc), Command::Back, "back"),
    //
    shown(Scope::Opening, plain(KeyCode::Esc), Command::Back, "back"),
    //
    shown(Scope::Cursor, plain(KeyCode::Up), Command::CursorUp, "up"),
    shown(Scope::Cursor, plain(KeyCode::Down), Command::CursorDown, "down"),
    shown(Scope::Cursor, plain(KeyCode::Left), Command::CursorLeft, "left"),
    shown(Scope::Cursor, plain(KeyCode::Right), Command::CursorRight, "right"),
    quiet(Scope::Cursor, shift(KeyCode::Up), Command::CursorFarUp, "10 pixels up"),
    quiet(Scope::Cursor, shift(KeyCode::Down), Command::CursorFarDown, "10 pixels down"),
    quiet(Scope::Cursor, shift(KeyCode::Left), Command::CursorFarLeft, "10 pixels left"),
    quiet(Scope::Cursor, shift(KeyCode::Right), Command::CursorFarRight, "10 pixels right"),
    quiet(Scope::Cursor, letter('K'), Command::CursorFarUp, "10 pixels up"),
    quiet(Scope::Cursor, letter('J'), Command::CursorFarDown, "10 pixels down"),
    quiet(Scope::Cursor, letter('H'), Command::CursorFarLeft, "10 pixels left"),
    quiet(Scope::Cursor, letter('L'), Command::CursorFarRight, "10 pixels right"),
    shown(Scope::Cursor, letter('c'), Command::Cursor, "no cursor"),
    //
    shown(Scope::Calipers, letter(' '), Command::Mark, "set end"),
    shown(Scope::Calipers, plain(KeyCode::Enter), Command::Submit, "accept"),
    shown(Scope::Calipers, plain(KeyCode::Up), Command::CursorUp, "up"),
    shown(Scope::Calipers, plain(KeyCode::Down), Command::CursorDown, "down"),
    shown(Scope::Calipers, plain(KeyCode::Left), Command::CursorLeft, "left"),
    shown(Scope::Calipers, plain(KeyCode::Right), Command::CursorRight, "right"),
    shown(Scope::Calipers, letter('g'), Command::Grow, "grow"),
    quiet(Scope::Calipers, letter('<'), Command::LowerThreshold, "threshold 20 HU lower"),
    quiet(Scope::Calipers, letter('>'), Command::HigherThreshold, "threshold 20 HU higher"),
    quiet(Scope::Calipers, plain(KeyCode::Tab), Command::Mark, "next end"),
    quiet(Scope::Calipers, shift(KeyCode::Up), Command::CursorFarUp, "10 steps up"),
    quiet(Scope::Calipers, shift(KeyCode::Down), Command::CursorFarDown, "10 steps down"),
    quiet(Scope::Calipers, shift(KeyCode::Left), Command::CursorFarLeft, "10 steps left"),
    quiet(Scope::Calipers, shift(KeyCode::Right), Command::CursorFarRight, "10 steps right"),
    quiet(Scope::Calipers, letter('K'), Command::CursorFarUp, "10 steps up"),
    quiet(Scope::Calipers, letter('J'), Command::CursorFarDown, "10 steps down"),
    quiet(Scope::Calipers, letter('H'), Command::CursorFarLeft, "10 steps left"),
    quiet(Scope::Calipers, letter('L'), Command::CursorFarRight, "10 steps right"),
    quiet(Scope::Calipers, letter('m'), Command::Measure, "start again"),
    shown(Scope::Calipers, plain(KeyCode::Esc), Command::Back, "stop measuring"),
    //
    shown(Scope::Viewer, plain(KeyCode::Enter), Command::Analyse, "analyse"),
    quiet(Scope::Viewer, letter('a'), Command::AnalyseSlice, "analyse this slice alone"),
    shown(Scope::Viewer, plain(KeyCode::Esc), Command::Back, "back"),
    shown(Scope::Viewer, letter('w'), Command::NextWindow, "window"),
    shown(Scope::Viewer, letter('+'), Command::ZoomIn, "zoom"),
    shown(Scope::Viewer, letter('c'), Command::Cursor, "cursor"),
    shown(Scope::Viewer, letter('t'), Command::Tags, "tags"),
    shown(Scope::Viewer, plain(KeyCode::Down), Command::Down, "next slice"),
    quiet(Scope::Viewer, plain(KeyCode::Up), Command::Up, "previous slice"),
    quiet(Scope::Viewer, letter('.'), Command::Down, "next slice"),
    quiet(Scope::Viewer, letter(','), Command::Up, "previous slice"),
    quiet(Scope::Viewer, plain(KeyCode::PageDown), Command::PageDown, "10 slices on"),
    quiet(Scope::Viewer, plain(KeyCode::PageUp), Command::PageUp, "10 slices back"),
    quiet(Scope::Viewer, plain(KeyCode::Home), Command::First, "first slice"),
    quiet(Scope::Viewer, plain(KeyCode::End), Command::Last, "last slice"),
    quiet(Scope::Viewer, letter('1'), Command::SliceNumber, "or 2 to 9: a slice's number, then Enter"),
    quiet(Scope::Viewer, letter('='), Command::ZoomIn, "zoom in"),
    quiet(Scope::Viewer, letter('-'), Command::ZoomOut, "zoom out"),
    quiet(Scope::Viewer, letter('0'), Command::WholeSlice, "whole slice"),
    quiet(Scope::Viewer, letter('['), Command::NarrowerWindow, "narrower window"),
    quiet(Scope::Viewer, letter(']'), Command::WiderWindow, "wider window"),
    quiet(Scope::Viewer, letter('{'), Command::LowerWindow, "lower window centre"),
    quiet(Scope::Viewer, letter('}'), Command::HigherWindow, "higher window centre"),
    quiet(Scope::Viewer, letter('i'), Command::Invert, "invert"),
    quiet(Scope::Viewer, letter('m'), Command::Measure, "measure"),
    quiet(Scope::Viewer, letter('f'), Command::Facts, "facts on, off"),
    quiet(Scope::Viewer, shift(KeyCode::Up), Command::PanUp, "look further up"),
    quiet(Scope::Viewer, shift(KeyCode::Down), Command::PanDown, "look further down"),
    quiet(Scope::Viewer, shift(KeyCode::Left), Command::PanLeft, "look further left"),
    quiet(Scope::Viewer, shift(KeyCode::Right), Command::PanRight, "look further right"),
    quiet(Scope::Viewer, letter('k'), Command::PanUp, "look further up"),
    quiet(Scope::Viewer, letter('j'), Command::PanDown, "look further down"),
    quiet(Scope::Viewer, letter('h'), Command::PanLeft, "look further left"),
    quiet(Scope::Viewer, letter('l'), Command::PanRight, "look further right"),
    //
    shown(Scope::Tags, plain(KeyCode::Down), Command::Down, "down"),
    quiet(Scope::Tags, plain(KeyCode::Up), Command::Up, "up"),
    shown(Scope::Tags, plain(KeyCode::PageDown), Command::PageDown, "a page down"),
    quiet(Scope::Tags, plain(KeyCode::PageUp), Command::PageUp, "a page up"),
    quiet(Scope::Tags, plain(KeyCode::Home), Command::First, "first"),
    quiet(Scope::Tags, plain(KeyCode::End), Command::Last, "last"),
    shown(Scope::Tags, plain(KeyCode::Esc), Command::Back, "back"),
    //
    shown(Scope::Analysing, plain(KeyCode::Esc), Command::Back, "cancel"),
    //
    shown(Scope::Course, plain(KeyCode::Right), Command::Next, "next slice"),
    quiet(Scope::Course, plain(KeyCode::Left), Command::Previous, "previous slice"),
    shown(Scope::Course, plain(KeyCode::Tab), Command::NextSuspect, "next suspicious"),
    shown(Scope::Course, plain(KeyCode::Enter), Command::Open, "look closer"),
    shown(Scope::Course, plain(KeyCode::Esc), Command::Back, "back"),
    quiet(Scope::Course, plain(KeyCode::PageDown), Command::PageDown, "10 slices on"),
    quiet(Scope::Course, plain(KeyCode::PageUp), Command::PageUp, "10 slices back"),
    quiet(Scope::Course, plain(KeyCode::Home), Command::First, "first slice"),
    quiet(Scope::Course, plain(KeyCode::End), Command::Last, "last slice"),
    //
    shown(Scope::Finding, letter('s'), Command::Save, "save"),
    shown(Scope::Finding, letter('p'), Command::Print, "print"),
    shown(Scope::Finding, letter('h'), Command::Share, "share"),
    shown(Scope::Finding, letter('d'), Command::Delete, "delete"),
    quiet(Scope::Finding, letter('u'), Command::Undo, "undo the deletion"),
    shown(Scope::Finding, letter('a'), Command::Attention, "attention"),
    shown(Scope::Finding, letter('m'), Command::Nodules, "nodules"),
    quiet(Scope::Finding, letter('n'), Command::Analyse, "new scan"),
    shown(Scope::Finding, plain(KeyCode::Esc), Command::Back, "back"),
    //
    shown(Scope::Patients, plain(KeyCode::Enter), Command::Open, "open"),
    quiet(Scope::Patients, plain(KeyCode::Up), Command::Up, "up"),
    quiet(Scope::Patients, plain(KeyCode::Down), Command::Down, "down"),
    shown(Scope::Patients, plain(KeyCode::PageDown), Command::PageDown, "a page down"),
    quiet(Scope::Patients, plain(KeyCode::PageUp), Command::PageUp, "a page up"),
    quiet(Scope::Patients, plain(KeyCode::Home), Command::First, "first"),
    quiet(Scope::Patients, plain(KeyCode::End), Command::Last, "last"),
    shown(Scope::Patients, plain(KeyCode::Esc), Command::Back, "back"),
    shown(Scope::Patients, control('f'), Command::Filters, "filters"),
    //
    shown(Scope::Browse, control('d'), Command::DeletedRecords, "deleted"),
    //
    shown(Scope::SaveTo, control('n'), Command::NewPatient, "new patient"),
    //
    shown(Scope::Help, plain(KeyCode::Esc), Command::Back, "close"),
    quiet(Scope::Help, plain(KeyCode::Enter), Command::Back, "close"),
    quiet(Scope::Help, letter('q'), Command::Back, "close"),
    quiet(Scope::Help, plain(KeyCode::Up), Command::Up, "up"),
    quiet(Scope::Help, plain(KeyCode::Down), Command::Down, "down"),
    //
    shown(Scope::Choose, plain(KeyCode::Enter), Command::Open, "choose"),
    quiet(Scope::Choose, plain(KeyCode::Up), Command::Up, "up"),
    quiet(Scope::Choose, plain(KeyCode::Down), Command::Down, "down"),
    shown(Scope::Choose, plain(KeyCode::Esc), Command::Back, "back"),
    //
    quiet(Scope::Record, letter('u'), Command::Undo, "undo the deletion"),
    quiet(Scope::Record, plain(KeyCode::Up), Command::Up, "up"),
    quiet(Scope::Record, plain(KeyCode::Down), Command::Down, "down"),
    shown(Scope::Record, letter('m'), Command::Nodules, "nodules"),
    quiet(Scope::Record, plain(KeyCode::Enter), Command::Nodules, "nodules"),
    shown(Scope::Record, letter('r'), Command::Reports, "reports"),
    quiet(Scope::Record, letter('R'), Command::Reports, "reports"),
    shown(Scope::Record, letter('i'), Command::KeyImage, "picture"),
    shown(Scope::Record, letter('e'), Command::EditPatient, "change"),
    quiet(Scope::Record, letter('p'), Command::Print, "print exam"),
    quiet(Scope::Record, letter('h'), Command::Share, "share exam"),
    shown(Scope::Record, letter('d'), Command::Delete, "delete exam"),
    quiet(Scope::Record, letter('D'), Command::DeletePatient, "delete the patient"),
    shown(Scope::Record, plain(KeyCode::Esc), Command::Back, "back"),
    //
    shown(Scope::Nodules, letter('m'), Command::Measure, "measure"),
    shown(Scope::Nodules, letter('n'), Command::NewNodule, "type in"),
    shown(Scope::Nodules, plain(KeyCode::Enter), Command::Open, "change"),
    quiet(Scope::Nodules, plain(KeyCode::Up), Command::Up, "up"),
    quiet(Scope::Nodules, plain(KeyCode::Down), Command::Down, "down"),
    shown(Scope::Nodules, letter('e'), Command::Circumstances, "exam"),
    shown(Scope::Nodules, letter('s'), Command::ModifierS, "modifier S"),
    shown(Scope::Nodules, letter('d'), Command::Delete, "delete"),
    quiet(Scope::Nodules, letter('u'), Command::Undo, "undo the deletion"),
    shown(Scope::Nodules, plain(KeyCode::Esc), Command::Back, "back"),
    //
    shown(Scope::NoduleForm, plain(KeyCode::F(2)), Command::Save, "save"),
    shown(Scope::NoduleForm, plain(KeyCode::F(3)), Command::Compare, "compare"),
    //
    shown(Scope::Deleted, letter('r'), Command::Restore, "bring back"),
    quiet(Scope::Deleted, plain(KeyCode::Enter), Command::Restore, "bring back"),
    quiet(Scope::Deleted, plain(KeyCode::Up), Command::Up, "up"),
    quiet(Scope::Deleted, plain(KeyCode::Down), Command::Down, "down"),
    quiet(Scope::Deleted, plain(KeyCode::PageUp), Command::PageUp, "a page up"),
    quiet(Scope::Deleted, plain(KeyCode::PageDown), Command::PageDown, "a page down"),
    quiet(Scope::Deleted, plain(KeyCode::Home), Command::First, "first"),
    quiet(Scope::Deleted, plain(KeyCode::End), Command::Last, "last"),
    shown(Scope::Deleted, plain(KeyCode::Esc), Command::Back, "back"),
    //
    shown(Scope::Purge, letter('x'), Command::Purge, "delete for good"),
    //
    shown(Scope::Reports, letter('w'), Command::Write, "write"),
    shown(Scope::Reports, letter('s'), Command::Sign, "sign"),
    shown(Scope::Reports, letter('p'), Command::Print, "print"),
    quiet(Scope::Reports, letter('h'), Command::Share, "save as a file"),
    quiet(Scope::Reports, plain(KeyCode::Up), Command::Up, "later version"),
    quiet(Scope::Reports, plain(KeyCode::Down), Command::Down, "earlier version"),
    shown(Scope::Reports, plain(KeyCode::PageDown), Command::PageDown, "read on"),
    quiet(Scope::Reports, letter(' '), Command::PageDown, "read on"),
    quiet(Scope::Reports, plain(KeyCode::PageUp), Command::PageUp, "read back"),
    quiet(Scope::Reports, plain(KeyCode::Home), Command::First, "to its start"),
    quiet(Scope::Reports, plain(KeyCode::End), Command::Last, "to its end"),
    shown(Scope::Reports, plain(KeyCode::Esc), Command::Back, "back"),
    //
    shown(Scope::KeyImage, letter('a'), Command::Attention, "attention"),
    shown(Scope::KeyImage, plain(KeyCode::Esc), Command::Back, "back"),
    //
    shown(Scope::Saving, plain(KeyCode::F(2)), Command::Save, "save"),
    //
    shown(Scope::Share, plain(KeyCode::F(2)), Command::Save, "export"),
    //
    shown(Scope::Conflict, letter('y'), Command::Yours, "yours"),
    shown(Scope::Conflict, letter('t'), Command::Theirs, "theirs"),
    quiet(Scope::Conflict, letter(' '), Command::Toggle, "the other version"),
    quiet(Scope::Conflict, plain(KeyCode::Left), Command::Yours, "yours"),
    quiet(Scope::Conflict, plain(KeyCode::Right), Command::Theirs, "theirs"),
    shown(Scope::Conflict, plain(KeyCode::Enter), Command::Save, "save"),
    quiet(Scope::Conflict, plain(KeyCode::Up), Command::Up, "up"),
    quiet(Scope::Conflict, plain(KeyCode::Down), Command::Down, "down"),
    quiet(Scope::Conflict, plain(KeyCode::PageUp), Command::PageUp, "5 fields up"),
    quiet(Scope::Conflict, plain(KeyCode::PageDown), Command::PageDown, "5 fields down"),
    shown(Scope::Conflict, plain(KeyCode::Esc), Command::Back, "back"),
    //
    shown(Scope::Draft, plain(KeyCode::Enter), Command::Open, "take it up"),
    shown(Scope::Draft, letter('d'), Command::Delete, "drop it"),
    shown(Scope::Draft, plain(KeyCode::Esc), Command::Back, "back"),
    //
    shown(Scope::Confirm, letter('y'), Command::Yes, "yes"),
    shown(Scope::Confirm, letter('n'), Command::No, "no"),
    quiet(Scope::Confirm, plain(KeyCode::Esc), Command::No, "no"),
    quiet(Scope::Confirm, plain(KeyCode::Left), Command::Toggle, "the other"),
    quiet(Scope::Confirm, plain(KeyCode::Right), Command::Toggle, "the other"),
    quiet(Scope::Confirm, plain(KeyCode::Tab), Command::Toggle, "the other"),
    quiet(Scope::Confirm, plain(KeyCode::BackTab), Command::Toggle, "the other"),
    quiet(Scope::Confirm, plain(KeyCode::Enter), Command::Open, "choose"),
    //
    shown(Scope::Global, plain(KeyCode::F(1)), Command::Help, "help"),
    quiet(Scope::Global, plain(KeyCode::F(2)), Command::Mouse, "mouse on, off"),
    quiet(Scope::Global, control('l'), Command::Lock, "lock the screen"),
    quiet(Scope::Global, control('z'), Command::Suspend, "back to the shell; fg returns"),
    quiet(Scope::Global, control('c'), Command::Leave, "quit"),
];
