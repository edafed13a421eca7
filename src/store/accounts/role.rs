//! Roles and the status of an account.

use rusqlite::Row;

use crate::store::patient::unreadable;

/// Identifies an account. Grants nothing by itself: every query checks the hospital.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(pub i64);

/// Rights of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// All rights of a technician, and the hospital's accounts, its audit log and final deletion.
    Administrator,
    /// Scans, patients and preliminary reports.
    Technician,
    /// All rights of a technician, and signing a report as final.
    Radiologist,
}

impl Role {
    /// In the order in which a form offers them.
    pub const ALL: [Self; 3] = [Self::Technician, Self::Radiologist, Self::Administrator];

    /// The word shown to the user.
    pub fn label(self) -> &'static str {
        match self {
            Self::Administrator => "Administrator",
            Self::Technician => "Technician",
            Self::Radiologist => "Radiologist",
        }
    }

    /// The word in scripts and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Technician => "technician",
            Self::Radiologist => "radiologist",
        }
    }

    /// The word with its article, for a sentence.
    pub(in crate::store) fn article(self) -> &'static str {
        match self {
            Self::Administrator => "an administrator",
            Self::Technician => "a technician",
            Self::Radiologist => "a radiologist",
        }
    }

    /// Parses the word written by [`Role::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }
}

/// Status of an account; only an active one may sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AccountStatus {
    /// Waits for approval by an administrator of its hospital.
    Pending,
    Active,
    /// Disabled by an administrator. Its records stay.
    Disabled,
}

impl AccountStatus {
    const ALL: [Self; 3] = [Self::Pending, Self::Active, Self::Disabled];

    /// The word in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Disabled => "disabled",
        }
    }
}

pub(in crate::store) fn role(row: &Row<'_>, column: usize) -> rusqlite::Result<Role> {
    let word: String = row.get(column)?;
    Role::parse(&word).ok_or_else(|| unreadable(column, format!("{word} is not a role")))
}

pub(in crate::store) fn account_status(
    row: &Row<'_>,
    column: usize,
) -> rusqlite::Result<AccountStatus> {
    let word: String = row.get(column)?;
    AccountStatus::ALL
        .into_iter()
        .find(|standing| standing.as_str() == word)
        .ok_or_else(|| unreadable(column, format!("{word} is not an account status")))
}
