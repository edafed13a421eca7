//! Changing the password for a user who knows the present one.

use zeroize::Zeroizing;

use super::Action;
use super::password_form::{PasswordForm, Purpose};
use crate::store::{RegistrationField, StoreError};
use crate::tui::context::{Context, Notice};
use crate::tui::widgets::form::{Field, Form, Kind};
use crate::tui::widgets::new_password::NewPassword;
use crate::tui::worker::accounts;

const CURRENT: usize = 0;
const PASSWORD: usize = 1;

/// Purpose of the form.
pub struct ChangePassword;

/// The screen.
pub fn form() -> PasswordForm<ChangePassword> {
    let current = Field::new("Old password", Kind::Password, "");
    let fields = std::iter::once(current).chain(NewPassword::fields("New password"));
    PasswordForm::on(Form::new(fields.collect()))
}

impl Purpose for ChangePassword {
    const TITLE: &'static str = "Change password";
    const FRAME: &'static str = "Change password";
    const BUSY: &'static str = "Checking …";
    const PASSWORD: usize = PASSWORD;

    fn about<'a>(_form: &'a Form, context: &Context<'a>) -> Vec<&'a str> {
        let about = context.account.map(|account| {
            vec![
                account.hospital.as_str(),
                &account.admin_id,
                &account.full_name,
                &account.email,
            ]
        });
        about.unwrap_or_default()
    }

    fn complaints(form: &Form) -> Vec<(usize, String)> {
        match form.value(CURRENT).is_empty() {
            true => vec![(CURRENT, "Enter your old password.".to_owned())],
            false => Vec::new(),
        }
    }

    fn request(form: &Form, context: &Context<'_>) -> Option<accounts::Request> {
        let secret = |index| Zeroizing::new(form.value(index).to_owned());
        Some(accounts::Request::ChangePassword {
            access: context.access.cloned()?,
            current: secret(CURRENT),
            new: secret(PASSWORD),
        })
    }

    fn outcome(answer: accounts::Answer) -> Option<Result<Vec<Action>, StoreError>> {
        let accounts::Answer::PasswordChanged(changed) = answer else {
            return None;
        };
        let message = "Your password was changed. Your other sessions were signed out.";
        Some(changed.map(|()| vec![Action::Close, Action::Tell(Notice::good(message))]))
    }

    fn field(error: &StoreError) -> Option<usize> {
        match error {
            StoreError::WrongPassword => Some(CURRENT),
            StoreError::Invalid {
                field: RegistrationField::Password,
                ..
            } => Some(PASSWORD),
            _ => None,
        }
    }
}
