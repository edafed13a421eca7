//! The registration form, checked field by field.

use zeroize::Zeroizing;

use super::password;
use crate::clinical::text;

/// Maximum number of characters of a hospital's or a person's name.
const NAME_CHARACTERS: usize = 200;
/// Maximum number of characters of an admin id.
const ADMIN_ID_CHARACTERS: usize = 64;
/// Maximum number of characters of an email address and of the part before its @ (RFC 5321, 4.5.3.1).
const EMAIL_CHARACTERS: usize = 254;
const LOCAL_CHARACTERS: usize = 64;

/// The form as typed.
#[derive(Clone, Default)]
pub struct Registration {
    pub hospital: String,
    /// Identifier that the hospital gave this person.
    pub admin_id: String,
    pub full_name: String,
    pub email: String,
    pub password: Zeroizing<String>,
}

/// A field of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RegistrationField {
    Hospital,
    AdminId,
    FullName,
    Email,
    Password,
}

impl RegistrationField {
    /// All fields in the order of the form.
    pub const ALL: [Self; 5] = [
        Self::Hospital,
        Self::AdminId,
        Self::FullName,
        Self::Email,
        Self::Password,
    ];
}

/// Reasons why a field of the form is refused, in one sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(in crate::store) enum RegistrationFault {
    /// `what` names the field at the beginning of the sentence.
    #[error("{}", fault.sentence(what))]
    Text {
        what: &'static str,
        fault: text::TextFault,
    },
    #[error("Write the email address like name@hospital.org.")]
    Email,
    #[error("{advice}")]
    WeakPassword { advice: String },
}

impl RegistrationFault {
    fn text(what: &'static str) -> impl Fn(text::TextFault) -> Self {
        move |fault| Self::Text { what, fault }
    }
}

/// The form after tidying.
pub(in crate::store) struct CheckedRegistration<'a> {
    pub hospital: String,
    pub hospital_key: String,
    pub admin_id: String,
    pub full_name: String,
    pub email: String,
    pub email_key: String,
    pub password: &'a str,
}

impl Registration {
    /// The problem with one field as typed, in one sentence, for a form that checks each field when the user leaves it.
    pub fn problem(&self, field: RegistrationField) -> Option<String> {
        match field {
            RegistrationField::Hospital => self.hospital().err(),
            RegistrationField::AdminId => self.admin_id().err(),
            RegistrationField::FullName => self.full_name().err(),
            RegistrationField::Email => email(&self.email).err(),
            RegistrationField::Password => self.password().err(),
        }
        .map(|fault| fault.to_string())
    }

    /// The tidied form, or the first field that is wrong.
    pub(in crate::store) fn check(
        &self,
    ) -> Result<CheckedRegistration<'_>, (RegistrationField, RegistrationFault)> {
        let at = |field| move |fault| (field, fault);
        let hospital = self.hospital().map_err(at(RegistrationField::Hospital))?;
        let admin_id = self.admin_id().map_err(at(RegistrationField::AdminId))?;
        let full_name = self.full_name().map_err(at(RegistrationField::FullName))?;
        let email = email(&self.email).map_err(at(RegistrationField::Email))?;
        let password = self.password().map_err(at(RegistrationField::Password))?;
        Ok(CheckedRegistration {
            hospital_key: text::key(&hospital),
            hospital,
            admin_id,
            full_name,
            email_key: text::key(&email),
            email,
            password,
        })
    }

    fn hospital(&self) -> Result<String, RegistrationFault> {
        text::line(&self.hospital, NAME_CHARACTERS)
            .map_err(RegistrationFault::text("The name of the hospital"))
    }

    fn admin_id(&self) -> Result<String, RegistrationFault> {
        text::line(&self.admin_id, ADMIN_ID_CHARACTERS)
            .map_err(RegistrationFault::text("The admin id"))
    }

    fn full_name(&self) -> Result<String, RegistrationFault> {
        text::line(&self.full_name, NAME_CHARACTERS)
            .map_err(RegistrationFault::text("The full name"))
    }

    fn password(&self) -> Result<&str, RegistrationFault> {
        let about = [
            self.hospital.as_str(),
            &self.admin_id,
            &self.full_name,
            &self.email,
        ];
        match password::strength(&self.password, &about).advice {
            Some(advice) => Err(RegistrationFault::WeakPassword { advice }),
            None => Ok(&self.password),
        }
    }
}

/// Checks the syntax of an email address. Delivery is not tested: nothing is sent.
fn email(typed: &str) -> Result<String, RegistrationFault> {
    let email = text::line(typed, EMAIL_CHARACTERS)
        .map_err(RegistrationFault::text("The email address"))?;
    let sound = email
        .rsplit_once('@')
        .is_some_and(|(local, domain)| is_local_part(local) && is_domain(domain));
    if sound {
        Ok(email)
    } else {
        Err(RegistrationFault::Email)
    }
}

fn is_local_part(local: &str) -> bool {
    let allowed = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    (1..=LOCAL_CHARACTERS).contains(&local.chars().count()) && local.chars().all(allowed)
}

fn is_domain(domain: &str) -> bool {
    domain.split('.').all(|label| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_addresses_are_accepted_and_trimmed() {
        for typed in [
            "a@b",
            "ada.byron+ct@st-mary.example.org",
            "élodie@hôpital.fr",
            " ada@example.org\n",
        ] {
            assert_eq!(email(typed).as_deref(), Ok(typed.trim()));
        }
    }

    #[test]
    fn text_that_is_not_an_address_is_refused() {
        let long = format!("{}@example.org", "x".repeat(65));
        for typed in [
            "",
            "ada",
            "@example.org",
            "ada@",
            "ada@@example.org",
            "ada b@example.org",
            "ada@example..org",
            "ada@-example.org",
            "ada@exam_ple.org",
            "<ada@example.org>",
            "ada\0@example.org",
            &long,
        ] {
            assert!(email(typed).is_err(), "{typed:?}");
        }
    }

    #[test]
    fn every_empty_field_is_a_problem() {
        let empty = Registration::default();
        for field in RegistrationField::ALL {
            assert!(empty.problem(field).is_some(), "{field:?}");
        }
    }
}
