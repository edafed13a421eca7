//! New second factor: the secret as a QR code and as text, a code to confirm it, then the recovery codes.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect, Size};
use ratatui::text::{Line, Text};
use zeroize::Zeroizing;

use crate::store::{Enrolment, StoreError};
use crate::text::{sentence, wrap};
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{Command, Scope};
use crate::tui::screens::secret::Secret;
use crate::tui::screens::{Action, Screen, ScreenEvent};
use crate::tui::terminal::colour::ColourDepth;
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::form::{Field, Form, Kind, Outcome};
use crate::tui::widgets::panel;
use crate::tui::widgets::qr::QrCode;
use crate::tui::worker::{Answer, Request, accounts};

const CODE: usize = 0;

/// Values that every authenticator assumes if the URI does not state others. Without them the QR code fits a small
/// terminal.
const ASSUMED: [&str; 3] = ["algorithm=SHA1", "digits=6", "period=30"];

/// Width of the text beside the code.
const TEXT_COLUMNS: u16 = 34;

/// The screen.
pub struct Enrol {
    enrolment: Option<Enrolment>,
    code: Option<QrCode>,
    form: Form,
    waiting: bool,
}

impl Default for Enrol {
    fn default() -> Self {
        Self {
            enrolment: None,
            code: None,
            form: Form::new(vec![Field::new("Code", Kind::Text, "")]),
            waiting: false,
        }
    }
}

/// The URI without the assumed values.
fn shortest(uri: &str) -> Zeroizing<String> {
    let Some((label, parameters)) = uri.split_once('?') else {
        return Zeroizing::new(uri.to_owned());
    };
    let needed = parameters
        .split('&')
        .filter(|parameter| !ASSUMED.contains(parameter));
    let needed: Vec<&str> = needed.collect();
    Zeroizing::new(format!("{label}?{}", needed.join("&")))
}

/// The secret in groups of four, which are easier to type.
fn grouped(secret: &str) -> String {
    let letters: Vec<char> = secret.chars().collect();
    let groups: Vec<String> = letters.chunks(4).map(String::from_iter).collect();
    groups.join(" ")
}

impl Enrol {
    fn submit(&mut self, context: &Context<'_>) -> Vec<Action> {
        let code = self.form.value(CODE).trim();
        if code.is_empty() {
            let complaint = "Enter the six digits that the authenticator shows.";
            self.form.complain(CODE, complaint.to_owned());
            return Vec::new();
        }
        let Some(access) = context.access.cloned() else {
            return Vec::new();
        };
        self.waiting = true;
        let code = Zeroizing::new(code.to_owned());
        let request = accounts::Request::ConfirmSecondFactor { access, code };
        vec![Action::Ask(Request::Accounts(request))]
    }

    /// Areas of the QR code and of the text, on an area of this size.
    fn places(&self, area: Rect, context: &Context<'_>) -> (Option<Rect>, Rect) {
        let room = Size::new(area.width.saturating_sub(TEXT_COLUMNS + 2), area.height);
        let size = match context.capabilities.colour {
            ColourDepth::Monochrome => None,
            _ => self.code.as_ref().and_then(|code| code.size(room)),
        };
        let Some(size) = size else {
            return (None, panel::centred(area, 76, area.height));
        };
        let width =
            size.width + 2 + TEXT_COLUMNS.max(area.width.saturating_sub(size.width + 2).min(50));
        let area = panel::centred(area, width, area.height);
        let [code, _, text] = Layout::horizontal([
            Constraint::Length(size.width),
            Constraint::Length(2),
            Constraint::Min(0),
        ])
        .areas(area);
        (Some(code), text)
    }

    fn text(
        &self,
        enrolment: &Enrolment,
        with_code: bool,
        width: u16,
        theme: &Theme,
    ) -> Text<'static> {
        let muted = theme.style(Role::Muted);
        let accent = theme.style(Role::Accent);
        let how = match with_code {
            true => "Scan the code with an authenticator, or type this secret into it:",
            false => "Enter this secret in an authenticator:",
        };
        let width = usize::from(width);
        let mut lines: Vec<Line<'static>> = Vec::new();
        let mut add = |text: &str, style| {
            lines.extend(
                wrap(text, width)
                    .into_iter()
                    .map(|line| Line::styled(line, style)),
            );
        };
        add(how, theme.style(Role::Text));
        add(&grouped(&enrolment.secret), accent);
        add(" ", muted);
        add("Or open this link:", muted);
        add(&enrolment.uri, muted);
        Text::from(lines)
    }
}

impl Screen for Enrol {
    fn title(&self) -> &str {
        "Second factor"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Form]
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Opened => {
                let access = context.access.cloned();
                let ask = |access| {
                    Action::Ask(Request::Accounts(accounts::Request::BeginSecondFactor(
                        access,
                    )))
                };
                return access.map(ask).into_iter().collect();
            }
            ScreenEvent::Answer(Answer::Accounts(accounts::Answer::Enrolled(Ok(enrolment)))) => {
                self.code = QrCode::new(&shortest(&enrolment.uri));
                self.enrolment = Some(enrolment);
            }
            ScreenEvent::Answer(Answer::Accounts(accounts::Answer::Enrolled(Err(error)))) => {
                return vec![
                    Action::Return,
                    Action::Tell(Notice::error(error.to_string())),
                ];
            }
            ScreenEvent::Answer(Answer::Accounts(accounts::Answer::SecondFactorConfirmed(
                answer,
            ))) => {
                self.waiting = false;
                match answer {
                    Ok(codes) => {
                        let about = "The second factor is on: signing in now needs a code. Use each of these recovery \
                                     codes once if you do not have the authenticator. \
                                     Do not keep them together with the password.";
                        let shown = Secret::new(
                            "Recovery codes",
                            about.to_owned(),
                            codes,
                            "recovery-codes",
                        );
                        return vec![Action::Return, Action::Open(Box::new(shown))];
                    }
                    Err(error @ StoreError::WrongCode) => {
                        self.form.set(CODE, String::new());
                        self.form.complain(CODE, sentence(&error.to_string()));
                    }
                    Err(error) => return vec![Action::Tell(Notice::error(error.to_string()))],
                }
            }
            ScreenEvent::Key(_, Some(Command::Back)) => return vec![Action::Close],
            ScreenEvent::Key(key, command)
                if !self.waiting && self.form.take(key, command) == Outcome::Submitted =>
            {
                return self.submit(context);
            }
            ScreenEvent::Paste(text) if !self.waiting => self.form.paste(text),
            ScreenEvent::Failed => self.waiting = false,
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let Some(enrolment) = &self.enrolment else {
            panel::remark(frame, area, "Making a secret …", Role::Muted, theme);
            return;
        };
        let (code_area, text_area) = self.places(area, context);
        if let (Some(code), Some(place)) = (&self.code, code_area) {
            code.view(frame, place);
        }
        let text = self.text(enrolment, code_area.is_some(), text_area.width, theme);
        let text_height = text.lines.len() as u16;
        let [said, _, then, field, remark] = panel::stacked(
            text_area,
            [
                Constraint::Max(text_height),
                Constraint::Max(1),
                Constraint::Length(2),
                Constraint::Length(2),
                Constraint::Length(3),
            ],
        );
        frame.render_widget(text, said);
        let sentence = "Then enter the six digits that it shows:";
        frame.render_widget(
            panel::paragraph(sentence).style(theme.style(Role::Text)),
            then,
        );
        let complaint = self.form.view(frame, field, context);
        if let Some(complaint) = complaint {
            let lines = panel::paragraph(complaint).style(theme.style(Role::Error));
            frame.render_widget(lines, remark);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_assumed_values_are_dropped_from_the_code() {
        let uri =
            "otpauth://totp/LUNNY:a?secret=ABC&issuer=LUNNY&algorithm=SHA1&digits=6&period=30";
        assert_eq!(
            *shortest(uri),
            "otpauth://totp/LUNNY:a?secret=ABC&issuer=LUNNY"
        );
        let other = "otpauth://totp/LUNNY:a?secret=ABC&algorithm=SHA256&digits=8";
        assert_eq!(*shortest(other), other);
        assert_eq!(*shortest("no parameters"), "no parameters");
    }

    #[test]
    fn the_secret_is_grouped_by_four() {
        assert_eq!(grouped("ABCDEFGHIJ"), "ABCD EFGH IJ");
    }
}
