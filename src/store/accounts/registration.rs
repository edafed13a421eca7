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
    }

    /// The tidied form, or the first field that is wrong.
    pub(in crate::store) fn check(
        &self,
    ) -> Result<CheckedRegistration<'_>, (RegistrationField, String)> {
        let at = |field| move |message| (field, message);
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

    fn hospital(&self) -> Result<String, String> {
        text::line(&self.hospital, NAME_CHARACTERS)
            .map_err(|fault| fault.sentence("The name of the hospital"))
    }

    fn admin_id(&self) -> Result<String, String> {
        text::line(&self.admin_id, ADMIN_ID_CHARACTERS)
            .map_err(|fault| fault.sentence("The admin id"))
    }

    fn full_name(&self) -> Result<String, String> {
        text::line(&self.full_name, NAME_CHARACTERS)
            .map_err(|fault| fault.sentence("The full name"))
    }

    fn password(&self) -> Result<&str, String> {
        let about = [
            self.hospital.as_str(),
            &self.admin_id,
            &self.full_name,
            &self.email,
        ];
        match password::strength(&self.password, &about).advice {
            Some(advice) => Err(advice),
            None => Ok(&self.password),
        }
    }
}

/// Checks the syntax of an email address. Delivery is not tested: nothing is sent.
fn email(typed: &str) -> Result<String, String> {
    let email =
        text::line(typed, EMAIL_CHARACTERS).map_err(|fault| fault.sentence("The email address"))?;
    let sound = email
        .rsplit_once('@')
        .is_some_and(|(local, domain)| is_local_part(local) && is_domain(domain));
    if sound {
        Ok(email)
    } else {
        Err("Write the email address like name@hospital.org.".to_owned())
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
