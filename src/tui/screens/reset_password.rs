//! New password for a user who forgot theirs, with the code of an administrator.

use zeroize::Zeroizing;

use super::Action;
use super::password_form::{PasswordForm, Purpose};
use crate::store::{RegistrationField, StoreError};
use crate::tui::context::{Context, Notice};
use crate::tui::widgets::form::{Field, Form, Kind};
use crate::tui::widgets::new_password::NewPassword;
use crate::tui::worker::accounts;

const EMAIL: usize = 0;
const CODE: usize = 1;
const PASSWORD: usize = 2;

/// Purpose of the form.
pub struct ResetPassword;

/// The screen, with the email that was typed already.
pub fn form(email: &str) -> PasswordForm<ResetPassword> {
    let first = vec![
        Field::new("Email", Kind::Text, "you@hospital.org"),
        Field::new(
            "Code",
            Kind::Text,
            "from an administrator, valid for 24 hours",
        ),
    ];
    let password = NewPassword::fields("New password");
    let mut form = Form::new(first.into_iter().chain(password).collect());
    form.set(EMAIL, email.to_owned());
    form.focus = if email.is_empty() { EMAIL } else { CODE };
    PasswordForm::on(form)
}

impl Purpose for ResetPassword {
    const TITLE: &'static str = "Reset code";
    const FRAME: &'static str = "New password with a reset code";
    const BUSY: &'static str = "Checking …";
    const PASSWORD: usize = PASSWORD;

    fn about<'a>(form: &'a Form, _context: &Context<'a>) -> Vec<&'a str> {
        vec![form.value(EMAIL)]
    }

    fn complaints(form: &Form) -> Vec<(usize, String)> {
        let needed = [(EMAIL, "email"), (CODE, "code")].into_iter();
        let missing = needed.filter(|(index, _)| form.value(*index).trim().is_empty());
        missing
            .map(|(index, name)| (index, format!("Enter your {name}.")))
            .collect()
    }

    fn request(form: &Form, _context: &Context<'_>) -> Option<accounts::Request> {
        let secret = |index| Zeroizing::new(form.value(index).to_owned());
        Some(accounts::Request::ResetPassword {
            email: form.value(EMAIL).to_owned(),
            code: secret(CODE),
            password: secret(PASSWORD),
        })
    }

    fn outcome(answer: accounts::Answer) -> Option<Result<Vec<Action>, StoreError>> {
        let accounts::Answer::PasswordReset(reset) = answer else {
            return None;
        };
        let message = "Your password was changed. Sign in with the new one.";
        Some(reset.map(|()| vec![Action::Return, Action::Tell(Notice::good(message))]))
    }

    fn field(error: &StoreError) -> Option<usize> {
        match error {
            StoreError::WrongCode => Some(CODE),
            StoreError::Invalid {
                field: RegistrationField::Password,
                ..
            } => Some(PASSWORD),
            _ => None,
        }
    }
}
