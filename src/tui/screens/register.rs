//! Registering an account.

use zeroize::Zeroizing;

use super::Action;
use super::password_form::{PasswordForm, Purpose};
use super::waiting::Waiting;
use crate::store::{Registration, RegistrationField, SignIn, StoreError};
use crate::tui::context::{Context, Notice};
use crate::tui::widgets::form::{Field, Form, Kind};
use crate::tui::widgets::new_password::NewPassword;
use crate::tui::worker::accounts::{self, Registered};

const HOSPITAL: usize = 0;
const ADMIN_ID: usize = 1;
const NAME: usize = 2;
const EMAIL: usize = 3;
const PASSWORD: usize = 4;

/// Purpose of the form.
pub struct Register;

/// The screen.
pub fn form() -> PasswordForm<Register> {
    let text = |label, example| Field::new(label, Kind::Text, example);
    let about = vec![
        text("Hospital", "full name of the hospital"),
        text("Admin ID", "your staff number"),
        text("Your name", "as it should appear on reports"),
        text("Email", "you@hospital.org"),
    ];
    let password = NewPassword::fields("Password");
    PasswordForm::on(Form::new(about.into_iter().chain(password).collect()))
}

/// The form as typed.
fn registration(form: &Form) -> Registration {
    let value = |index| form.value(index).to_owned();
    Registration {
        hospital: value(HOSPITAL),
        admin_id: value(ADMIN_ID),
        full_name: value(NAME),
        email: value(EMAIL),
        password: Zeroizing::new(value(PASSWORD)),
    }
}

/// Place of a field in the form.
fn place(field: RegistrationField) -> usize {
    match field {
        RegistrationField::Hospital => HOSPITAL,
        RegistrationField::AdminId => ADMIN_ID,
        RegistrationField::FullName => NAME,
        RegistrationField::Email => EMAIL,
        RegistrationField::Password => PASSWORD,
    }
}

impl Purpose for Register {
    const TITLE: &'static str = "Register";
    const FRAME: &'static str = "New account";
    const BUSY: &'static str = "Creating your account …";
    const PASSWORD: usize = PASSWORD;

    fn about<'a>(form: &'a Form, _context: &Context<'a>) -> Vec<&'a str> {
        [HOSPITAL, ADMIN_ID, NAME, EMAIL]
            .map(|index| form.value(index))
            .to_vec()
    }

    fn complaints(form: &Form) -> Vec<(usize, String)> {
        let registration = registration(form);
        RegistrationField::ALL
            .into_iter()
            .filter_map(|field| Some((place(field), registration.problem(field)?)))
            .collect()
    }

    fn request(form: &Form, _context: &Context<'_>) -> Option<accounts::Request> {
        Some(accounts::Request::Register(Box::new(registration(form))))
    }

    fn outcome(answer: accounts::Answer) -> Option<Result<Vec<Action>, StoreError>> {
        let accounts::Answer::Registered(registered) = answer else {
            return None;
        };
        Some(registered.map(|registered| match registered {
            Registered::In(signed_in) => signed_in_at_once(signed_in),
            Registered::Waits(account) => {
                vec![Action::Replace(Box::new(Waiting::new(&account)))]
            }
        }))
    }

    fn field(error: &StoreError) -> Option<usize> {
        match error {
            StoreError::EmailTaken { .. } => Some(EMAIL),
            StoreError::Invalid { field, .. } => Some(place(*field)),
            _ => None,
        }
    }

    fn complaint(error: &StoreError) -> String {
        error.to_string()
    }
}

fn signed_in_at_once(signed_in: Box<SignIn>) -> Vec<Action> {
    let hospital = &signed_in.account.hospital;
    let mut sentence = format!(
        "Your account was created. It is the first of {hospital}, so you are its administrator and \
         approve other accounts."
    );
    if signed_in.account.owner {
        sentence.push_str(" You own this installation: backups, the key, new hospitals.");
    }
    vec![
        Action::SignedIn(signed_in),
        Action::Tell(Notice::good(sentence)),
    ]
}
