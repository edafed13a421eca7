//! The table of keys, one line per key.

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

const fn alt(letter: char) -> Key {
    Key(KeyCode::Char(letter), KeyModifiers::ALT)
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

/// All keys, one line per key.
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
    shown(Scope::Form, plain(KeyCode::Enter), Command::Submit, "next, OK"),
    quiet(Scope::Form, plain(KeyCode::Tab), Command::Next, "next field"),
    shown(Scope::Form, plain(KeyCode::BackTab), Command::Previous, "previous field"),
    quiet(Scope::Form, plain(KeyCode::Down), Command::Next, "next field"),
    quiet(Scope::Form, plain(KeyCode::Up), Command::Previous, "previous field"),
    shown(Scope::Form, plain(KeyCode::Esc), Command::Back, "back"),
    shown(Scope::Secret, control('r'), Command::Reveal, "show password"),
    //
    quiet(Scope::List, plain(KeyCode::Up), Command::Up, "up"),
    quiet(Scope::List, plain(KeyCode::Down), Command::Down, "down"),
    quiet(Scope::List, plain(KeyCode::PageUp), Command::PageUp, "a page up"),
    quiet(Scope::List, plain(KeyCode::PageDown), Command::PageDown, "a page down"),
    quiet(Scope::List, plain(KeyCode::Home), Command::First, "first"),
    quiet(Scope::List, plain(KeyCode::End), Command::Last, "last"),
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
    shown(Scope::Accounts, plain(KeyCode::Enter), Command::Open, "actions"),
    shown(Scope::Accounts, plain(KeyCode::Esc), Command::Back, "back"),
    //
    shown(Scope::Tokens, letter('n'), Command::NewToken, "new token"),
    shown(Scope::Tokens, letter('d'), Command::Delete, "revoke"),
    shown(Scope::Tokens, plain(KeyCode::Esc), Command::Back, "back"),
    //
    shown(Scope::Lock, plain(KeyCode::Enter), Command::Submit, "unlock"),
    shown(Scope::Lock, plain(KeyCode::F(3)), Command::SignOut, "sign out"),
    quiet(Scope::Lock, plain(KeyCode::Esc), Command::Back, "clear the field"),
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
    quiet(Scope::Dashboard, letter('r'), Command::NewPatient, "new record"),
    quiet(Scope::Dashboard, letter('i'), Command::Import, "import from a file"),
    quiet(Scope::Dashboard, letter('d'), Command::DeletedRecords, "deleted records"),
    quiet(Scope::Dashboard, letter('a'), Command::Accounts, "accounts, for administrators"),
    quiet(Scope::Dashboard, letter('l'), Command::AuditLog, "audit log, for administrators"),
    shown(Scope::Dashboard, letter('o'), Command::SignOut, "sign out"),
    quiet(Scope::Dashboard, plain(KeyCode::Up), Command::Up, "up"),
    quiet(Scope::Dashboard, plain(KeyCode::Down), Command::Down, "down"),
    quiet(Scope::Dashboard, plain(KeyCode::Tab), Command::Down, "down"),
    quiet(Scope::Dashboard, plain(KeyCode::BackTab), Command::Up, "up"),
    quiet(Scope::Dashboard, plain(KeyCode::Esc), Command::SignOut, "sign out"),
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
    shown(Scope::PickScan, control('o'), Command::OpenSeries, "whole folder"),
    //
    shown(Scope::Picker, plain(KeyCode::Enter), Command::Open, "open"),
    quiet(Scope::Picker, plain(KeyCode::Right), Command::Open, "open"),
    shown(Scope::Picker, plain(KeyCode::Left), Command::Parent, "parent"),
    shown(Scope::Picker, control('t'), Command::Hidden, "hidden files"),
    shown(Scope::Picker, control('r'), Command::Recent, "recent folders"),
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
    shown(Scope::Cursor, letter('c'), Command::Cursor, "hide cursor"),
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
    quiet(Scope::Viewer, letter('a'), Command::AnalyseSlice, "analyse this slice only"),
    shown(Scope::Viewer, plain(KeyCode::Esc), Command::Back, "back"),
    shown(Scope::Viewer, letter('w'), Command::NextWindow, "window"),
    shown(Scope::Viewer, letter('+'), Command::ZoomIn, "zoom"),
    shown(Scope::Viewer, letter('c'), Command::Cursor, "cursor"),
    shown(Scope::Viewer, letter('t'), Command::Tags, "tags"),
    shown(Scope::Viewer, plain(KeyCode::Down), Command::Down, "next slice"),
    quiet(Scope::Viewer, plain(KeyCode::Up), Command::Up, "previous slice"),
    quiet(Scope::Viewer, letter('.'), Command::Down, "next slice"),
    quiet(Scope::Viewer, letter(','), Command::Up, "previous slice"),
    quiet(Scope::Viewer, plain(KeyCode::PageDown), Command::PageDown, "10 slices forward"),
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
    quiet(Scope::Viewer, shift(KeyCode::Up), Command::PanUp, "pan up"),
    quiet(Scope::Viewer, shift(KeyCode::Down), Command::PanDown, "pan down"),
    quiet(Scope::Viewer, shift(KeyCode::Left), Command::PanLeft, "pan left"),
    quiet(Scope::Viewer, shift(KeyCode::Right), Command::PanRight, "pan right"),
    quiet(Scope::Viewer, letter('k'), Command::PanUp, "pan up"),
    quiet(Scope::Viewer, letter('j'), Command::PanDown, "pan down"),
    quiet(Scope::Viewer, letter('h'), Command::PanLeft, "pan left"),
    quiet(Scope::Viewer, letter('l'), Command::PanRight, "pan right"),
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
    shown(Scope::SeriesCurve, plain(KeyCode::Right), Command::Next, "next slice"),
    quiet(Scope::SeriesCurve, plain(KeyCode::Left), Command::Previous, "previous slice"),
    shown(Scope::SeriesCurve, plain(KeyCode::Tab), Command::NextSuspect, "next suspicious"),
    shown(Scope::SeriesCurve, plain(KeyCode::Enter), Command::Open, "open slice"),
    shown(Scope::SeriesCurve, plain(KeyCode::Esc), Command::Back, "back"),
    quiet(Scope::SeriesCurve, plain(KeyCode::PageDown), Command::PageDown, "10 slices forward"),
    quiet(Scope::SeriesCurve, plain(KeyCode::PageUp), Command::PageUp, "10 slices back"),
    quiet(Scope::SeriesCurve, plain(KeyCode::Home), Command::First, "first slice"),
    quiet(Scope::SeriesCurve, plain(KeyCode::End), Command::Last, "last slice"),
    //
    shown(Scope::Lesions, letter('v'), Command::NextLesion, "next lesion"),
    quiet(Scope::Lesions, letter('b'), Command::PreviousLesion, "previous lesion"),
    //
    shown(Scope::Result, letter('s'), Command::Save, "save"),
    shown(Scope::Result, letter('p'), Command::Print, "print"),
    shown(Scope::Result, letter('h'), Command::Share, "share"),
    shown(Scope::Result, letter('d'), Command::Delete, "delete"),
    quiet(Scope::Result, letter('u'), Command::Undo, "undo the deletion"),
    shown(Scope::Result, letter('a'), Command::Attention, "heat map"),
    shown(Scope::Result, letter('m'), Command::Nodules, "nodules"),
    quiet(Scope::Result, letter('n'), Command::Analyse, "new scan"),
    shown(Scope::Result, plain(KeyCode::Esc), Command::Back, "back"),
    //
    shown(Scope::Patients, plain(KeyCode::Enter), Command::Open, "open"),
    shown(Scope::Patients, plain(KeyCode::Esc), Command::Back, "back"),
    shown(Scope::Patients, control('f'), Command::Filters, "filters"),
    shown(Scope::Patients, plain(KeyCode::F(3)), Command::SortColumn, "sort"),
    quiet(Scope::Patients, plain(KeyCode::F(4)), Command::SortDirection, "reverse order"),
    shown(Scope::Patients, plain(KeyCode::F(5)), Command::Columns, "columns"),
    //
    shown(Scope::Browse, plain(KeyCode::Insert), Command::Mark, "select"),
    quiet(Scope::Browse, control('t'), Command::Mark, "select"),
    quiet(Scope::Browse, plain(KeyCode::F(6)), Command::MarkAll, "select all, or none"),
    shown(Scope::Browse, control('n'), Command::NewPatient, "new record"),
    shown(Scope::Browse, control('x'), Command::Share, "share"),
    shown(Scope::Browse, control('e'), Command::EditPatient, "edit"),
    quiet(Scope::Browse, plain(KeyCode::F(7)), Command::Import, "import from a file"),
    shown(Scope::Browse, plain(KeyCode::F(8)), Command::DeletePatient, "delete"),
    quiet(Scope::Browse, plain(KeyCode::F(9)), Command::Undo, "undo the deletion"),
    quiet(Scope::Browse, control('d'), Command::DeletedRecords, "deleted records"),
    //
    shown(Scope::Filters, plain(KeyCode::F(2)), Command::Save, "filter"),
    shown(Scope::Filters, plain(KeyCode::F(4)), Command::Choose, "choose"),
    //
    shown(Scope::Columns, letter(' '), Command::Toggle, "show, hide"),
    shown(Scope::Columns, shift(KeyCode::Up), Command::CarryUp, "move up"),
    shown(Scope::Columns, shift(KeyCode::Down), Command::CarryDown, "move down"),
    quiet(Scope::Columns, letter('-'), Command::CarryUp, "move up"),
    quiet(Scope::Columns, letter('+'), Command::CarryDown, "move down"),
    shown(Scope::Columns, plain(KeyCode::Enter), Command::Save, "use"),
    shown(Scope::Columns, plain(KeyCode::Esc), Command::Back, "back"),
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
    quiet(Scope::Choose, plain(KeyCode::PageUp), Command::PageUp, "a page up"),
    quiet(Scope::Choose, plain(KeyCode::PageDown), Command::PageDown, "a page down"),
    shown(Scope::Choose, plain(KeyCode::Esc), Command::Back, "back"),
    //
    shown(Scope::Record, plain(KeyCode::Tab), Command::Next, "pages"),
    quiet(Scope::Record, plain(KeyCode::BackTab), Command::Previous, "previous page"),
    shown(Scope::Record, plain(KeyCode::Esc), Command::Back, "back"),
    shown(Scope::Record, letter('n'), Command::Nodules, "nodules"),
    quiet(Scope::Record, letter('m'), Command::Nodules, "nodules"),
    quiet(Scope::Record, plain(KeyCode::Enter), Command::Nodules, "nodules"),
    shown(Scope::Record, letter('e'), Command::EditPatient, "edit"),
    shown(Scope::Record, letter('p'), Command::Preview, "print"),
    shown(Scope::Record, letter('s'), Command::Share, "share"),
    quiet(Scope::Record, letter('h'), Command::Share, "share"),
    shown(Scope::Record, letter('r'), Command::Reports, "reports"),
    quiet(Scope::Record, letter('R'), Command::Reports, "reports"),
    shown(Scope::Record, letter('d'), Command::Delete, "delete exam"),
    quiet(Scope::Record, letter('D'), Command::DeletePatient, "delete the patient"),
    quiet(Scope::Record, letter('u'), Command::Undo, "undo the deletion"),
    quiet(Scope::Record, letter('i'), Command::KeyImage, "picture"),
    quiet(Scope::Record, letter('a'), Command::AuditLog, "log of this record"),
    quiet(Scope::Record, letter('v'), Command::EmptyFields, "show or hide empty fields"),
    quiet(Scope::Record, letter('1'), Command::Section(0), "section 1 of the record"),
    quiet(Scope::Record, letter('2'), Command::Section(1), "section 2 of the record"),
    quiet(Scope::Record, letter('3'), Command::Section(2), "section 3 of the record"),
    quiet(Scope::Record, letter('4'), Command::Section(3), "section 4 of the record"),
    quiet(Scope::Record, letter('5'), Command::Section(4), "section 5 of the record"),
    quiet(Scope::Record, letter('6'), Command::Section(5), "section 6 of the record"),
    quiet(Scope::Record, letter('7'), Command::Section(6), "section 7 of the record"),
    quiet(Scope::Record, letter('8'), Command::Section(7), "section 8 of the record"),
    //
    shown(Scope::RecordLog, plain(KeyCode::Down), Command::Down, "down"),
    quiet(Scope::RecordLog, plain(KeyCode::Up), Command::Up, "up"),
    shown(Scope::RecordLog, plain(KeyCode::PageDown), Command::PageDown, "a page down"),
    quiet(Scope::RecordLog, plain(KeyCode::PageUp), Command::PageUp, "a page up"),
    quiet(Scope::RecordLog, plain(KeyCode::Home), Command::First, "newest"),
    quiet(Scope::RecordLog, plain(KeyCode::End), Command::Last, "oldest"),
    shown(Scope::RecordLog, plain(KeyCode::Esc), Command::Back, "back"),
    //
    shown(Scope::OpenLesion, letter('a'), Command::AcceptLesion, "accept"),
    shown(Scope::OpenLesion, plain(KeyCode::Enter), Command::Open, "correct"),
    shown(Scope::OpenLesion, letter('x'), Command::RejectLesion, "reject, undo"),
    //
    shown(Scope::Nodules, letter('m'), Command::Measure, "measure"),
    shown(Scope::Nodules, letter('n'), Command::NewNodule, "by hand"),
    shown(Scope::Nodules, plain(KeyCode::Enter), Command::Open, "edit"),
    shown(Scope::Nodules, letter('e'), Command::Circumstances, "exam"),
    shown(Scope::Nodules, letter('s'), Command::ModifierS, "modifier S"),
    shown(Scope::Nodules, letter('d'), Command::Delete, "delete"),
    quiet(Scope::Nodules, letter('u'), Command::Undo, "undo the deletion"),
    shown(Scope::Nodules, plain(KeyCode::Esc), Command::Back, "back"),
    //
    shown(Scope::NoduleForm, plain(KeyCode::F(2)), Command::Save, "save"),
    shown(Scope::NoduleForm, plain(KeyCode::F(3)), Command::Compare, "compare"),
    //
    shown(Scope::Deleted, letter('r'), Command::Restore, "restore"),
    quiet(Scope::Deleted, plain(KeyCode::Enter), Command::Restore, "restore"),
    shown(Scope::Deleted, plain(KeyCode::Esc), Command::Back, "back"),
    //
    shown(Scope::Purge, letter('x'), Command::Purge, "delete permanently"),
    //
    shown(Scope::Reports, letter('w'), Command::Write, "write"),
    shown(Scope::Reports, letter('s'), Command::Sign, "sign"),
    shown(Scope::Reports, letter('p'), Command::Print, "print"),
    quiet(Scope::Reports, letter('h'), Command::Share, "save as a file"),
    quiet(Scope::Reports, plain(KeyCode::Up), Command::Up, "later version"),
    quiet(Scope::Reports, plain(KeyCode::Down), Command::Down, "earlier version"),
    shown(Scope::Reports, plain(KeyCode::PageDown), Command::PageDown, "scroll"),
    quiet(Scope::Reports, letter(' '), Command::PageDown, "scroll"),
    quiet(Scope::Reports, plain(KeyCode::PageUp), Command::PageUp, "scroll back"),
    quiet(Scope::Reports, plain(KeyCode::Home), Command::First, "to the start"),
    quiet(Scope::Reports, plain(KeyCode::End), Command::Last, "to the end"),
    shown(Scope::Reports, plain(KeyCode::Esc), Command::Back, "back"),
    //
    shown(Scope::KeyImage, letter('a'), Command::Attention, "heat map"),
    shown(Scope::KeyImage, plain(KeyCode::Esc), Command::Back, "back"),
    //
    shown(Scope::Preview, letter('p'), Command::Print, "print"),
    shown(Scope::Preview, letter('s'), Command::Save, "save PDF"),
    shown(Scope::Preview, letter('t'), Command::Toggle, "text, page"),
    shown(Scope::Preview, plain(KeyCode::Right), Command::Next, "next page"),
    quiet(Scope::Preview, plain(KeyCode::Left), Command::Previous, "previous page"),
    quiet(Scope::Preview, letter('e'), Command::Exams, "choose exams"),
    quiet(Scope::Preview, letter('a'), Command::Paper, "A4, Letter"),
    quiet(Scope::Preview, letter('+'), Command::ZoomIn, "larger"),
    quiet(Scope::Preview, letter('='), Command::ZoomIn, "larger"),
    quiet(Scope::Preview, letter('-'), Command::ZoomOut, "smaller"),
    quiet(Scope::Preview, letter('w'), Command::WholeSlice, "whole page"),
    quiet(Scope::Preview, plain(KeyCode::Down), Command::Down, "scroll down"),
    quiet(Scope::Preview, plain(KeyCode::Up), Command::Up, "scroll up"),
    quiet(Scope::Preview, shift(KeyCode::Left), Command::PanLeft, "scroll left"),
    quiet(Scope::Preview, shift(KeyCode::Right), Command::PanRight, "scroll right"),
    quiet(Scope::Preview, plain(KeyCode::PageDown), Command::PageDown, "page down"),
    quiet(Scope::Preview, letter(' '), Command::PageDown, "page down"),
    quiet(Scope::Preview, plain(KeyCode::PageUp), Command::PageUp, "page up"),
    quiet(Scope::Preview, plain(KeyCode::Home), Command::First, "first page"),
    quiet(Scope::Preview, plain(KeyCode::End), Command::Last, "last page"),
    shown(Scope::Preview, plain(KeyCode::Esc), Command::Back, "back"),
    //
    shown(Scope::Saving, plain(KeyCode::F(2)), Command::Save, "save"),
    //
    shown(Scope::Share, plain(KeyCode::F(2)), Command::Save, "export"),
    //
    shown(Scope::PatientForm, plain(KeyCode::F(2)), Command::Save, "save"),
    shown(Scope::PatientForm, plain(KeyCode::F(4)), Command::Choose, "choose"),
    shown(Scope::PatientForm, plain(KeyCode::PageDown), Command::NextSection, "next section"),
    quiet(Scope::PatientForm, plain(KeyCode::PageUp), Command::PreviousSection, "previous section"),
    quiet(Scope::PatientForm, alt('1'), Command::Section(0), "section 1"),
    quiet(Scope::PatientForm, alt('2'), Command::Section(1), "section 2"),
    quiet(Scope::PatientForm, alt('3'), Command::Section(2), "section 3"),
    quiet(Scope::PatientForm, alt('4'), Command::Section(3), "section 4"),
    quiet(Scope::PatientForm, alt('5'), Command::Section(4), "section 5"),
    quiet(Scope::PatientForm, alt('6'), Command::Section(5), "section 6"),
    quiet(Scope::PatientForm, alt('7'), Command::Section(6), "section 7"),
    quiet(Scope::PatientForm, alt('8'), Command::Section(7), "section 8"),
    quiet(Scope::PatientForm, control('x'), Command::Remove, "clear the field"),
    shown(Scope::PatientForm, control('z'), Command::Undo, "undo"),
    quiet(Scope::PatientForm, control('y'), Command::Redo, "redo"),
    //
    shown(Scope::FollowUp, plain(KeyCode::F(4)), Command::Choose, "calendar"),
    //
    shown(Scope::Calendar, plain(KeyCode::Enter), Command::Open, "choose"),
    quiet(Scope::Calendar, plain(KeyCode::Left), Command::CursorLeft, "previous day"),
    quiet(Scope::Calendar, plain(KeyCode::Right), Command::CursorRight, "next day"),
    quiet(Scope::Calendar, plain(KeyCode::Up), Command::CursorUp, "previous week"),
    quiet(Scope::Calendar, plain(KeyCode::Down), Command::CursorDown, "next week"),
    quiet(Scope::Calendar, plain(KeyCode::PageUp), Command::PageUp, "previous month"),
    shown(Scope::Calendar, plain(KeyCode::PageDown), Command::PageDown, "next month"),
    shown(Scope::Calendar, letter('['), Command::PreviousYear, "previous year"),
    quiet(Scope::Calendar, letter(']'), Command::NextYear, "next year"),
    quiet(Scope::Calendar, letter('{'), Command::PreviousDecade, "10 years back"),
    quiet(Scope::Calendar, letter('}'), Command::NextDecade, "10 years forward"),
    shown(Scope::Calendar, plain(KeyCode::Home), Command::Today, "today"),
    shown(Scope::Calendar, plain(KeyCode::Esc), Command::Back, "back"),
    //
    shown(Scope::Conflict, letter('y'), Command::Yours, "yours"),
    shown(Scope::Conflict, letter('t'), Command::Theirs, "theirs"),
    quiet(Scope::Conflict, letter(' '), Command::Toggle, "switch version"),
    quiet(Scope::Conflict, plain(KeyCode::Left), Command::Yours, "yours"),
    quiet(Scope::Conflict, plain(KeyCode::Right), Command::Theirs, "theirs"),
    shown(Scope::Conflict, plain(KeyCode::Enter), Command::Save, "save"),
    quiet(Scope::Conflict, plain(KeyCode::Up), Command::Up, "up"),
    quiet(Scope::Conflict, plain(KeyCode::Down), Command::Down, "down"),
    quiet(Scope::Conflict, plain(KeyCode::PageUp), Command::PageUp, "page up"),
    quiet(Scope::Conflict, plain(KeyCode::PageDown), Command::PageDown, "page down"),
    shown(Scope::Conflict, plain(KeyCode::Esc), Command::Back, "back"),
    //
    shown(Scope::Draft, plain(KeyCode::Enter), Command::Open, "restore"),
    shown(Scope::Draft, letter('d'), Command::Delete, "discard"),
    shown(Scope::Draft, plain(KeyCode::Esc), Command::Back, "back"),
    //
    shown(Scope::Import, plain(KeyCode::Enter), Command::Open, "set field"),
    shown(Scope::Import, letter('d'), Command::DryRun, "dry run"),
    quiet(Scope::Import, plain(KeyCode::F(2)), Command::DryRun, "dry run"),
    shown(Scope::Import, letter('x'), Command::LeaveOut, "ignore"),
    quiet(Scope::Import, plain(KeyCode::Delete), Command::LeaveOut, "ignore"),
    shown(Scope::Import, letter('h'), Command::Headings, "headings on, off"),
    shown(Scope::Import, letter('o'), Command::AnotherFile, "other file"),
    quiet(Scope::Import, letter('t'), Command::DateOrder, "order of day and month"),
    quiet(Scope::Import, letter('e'), Command::Encoding, "character encoding"),
    quiet(Scope::Import, letter('u'), Command::Imports, "list of imports, undo"),
    shown(Scope::Import, plain(KeyCode::Esc), Command::Back, "back"),
    //
    shown(Scope::Imports, letter('u'), Command::UndoImport, "undo import"),
    quiet(Scope::Imports, plain(KeyCode::Enter), Command::UndoImport, "undo import"),
    shown(Scope::Imports, plain(KeyCode::Esc), Command::Back, "back"),
    //
    shown(Scope::DryRun, letter('i'), Command::Import, "import"),
    shown(Scope::DryRun, plain(KeyCode::Enter), Command::Open, "details"),
    shown(Scope::DryRun, plain(KeyCode::Tab), Command::Next, "next list"),
    shown(Scope::DryRun, letter('x'), Command::SaveBroken, "save broken rows"),
    quiet(Scope::DryRun, letter('d'), Command::DryRun, "dry run again"),
    quiet(Scope::DryRun, letter('m'), Command::MergeRow, "merge this duplicate"),
    quiet(Scope::DryRun, letter('s'), Command::SkipRow, "skip this duplicate"),
    quiet(Scope::DryRun, letter('w'), Command::OverwriteRow, "overwrite with this row"),
    quiet(Scope::DryRun, letter('a'), Command::AddRow, "add this duplicate as new"),
    quiet(Scope::DryRun, letter('M'), Command::MergeAll, "merge all duplicates"),
    quiet(Scope::DryRun, letter('S'), Command::SkipAll, "skip all duplicates"),
    quiet(Scope::DryRun, letter('W'), Command::OverwriteAll, "overwrite with all duplicates"),
    quiet(Scope::DryRun, letter('A'), Command::AddAll, "add all duplicates as new"),
    shown(Scope::DryRun, plain(KeyCode::Esc), Command::Back, "back"),
    //
    shown(Scope::Duplicate, letter('m'), Command::MergeRow, "merge"),
    shown(Scope::Duplicate, letter('s'), Command::SkipRow, "skip"),
    shown(Scope::Duplicate, letter('w'), Command::OverwriteRow, "overwrite"),
    shown(Scope::Duplicate, letter('a'), Command::AddRow, "add as new"),
    shown(Scope::Duplicate, plain(KeyCode::Enter), Command::Back, "back"),
    quiet(Scope::Duplicate, plain(KeyCode::Esc), Command::Back, "back"),
    //
    shown(Scope::Importing, plain(KeyCode::Esc), Command::Back, "stop"),
    //
    shown(Scope::Confirm, letter('y'), Command::Yes, "yes"),
    shown(Scope::Confirm, letter('n'), Command::No, "no"),
    quiet(Scope::Confirm, plain(KeyCode::Esc), Command::No, "no"),
    quiet(Scope::Confirm, plain(KeyCode::Left), Command::Toggle, "switch"),
    quiet(Scope::Confirm, plain(KeyCode::Right), Command::Toggle, "switch"),
    quiet(Scope::Confirm, plain(KeyCode::Tab), Command::Toggle, "switch"),
    quiet(Scope::Confirm, plain(KeyCode::BackTab), Command::Toggle, "switch"),
    quiet(Scope::Confirm, plain(KeyCode::Enter), Command::Open, "choose"),
    //
    shown(Scope::Global, plain(KeyCode::F(1)), Command::Help, "help"),
    quiet(Scope::Global, plain(KeyCode::F(2)), Command::Mouse, "mouse on, off"),
    quiet(Scope::Global, control('l'), Command::Lock, "lock the screen"),
    quiet(Scope::Global, control('z'), Command::Suspend, "back to the shell; fg returns"),
    quiet(Scope::Global, control('c'), Command::Leave, "quit"),
];

/// Notes in the help about a scope.
pub const NOTES: &[(Scope, &str)] = &[
    (
        Scope::Patients,
        "A key pressed during a search acts when the search is done: on the only match, or on the patient whose whole ID \
         was typed. If several patients match, check the selected one and press the key again. Esc or more typing \
         cancels it.",
    ),
    (
        Scope::SaveTo,
        "Before a result is saved, the patient of the record and the patient of the scan are shown side by side. Only y, \
         or Save chosen with an arrow, saves it.",
    ),
];
