//! What an account may do, and whether it may do anything.

use rusqlite::Row;

use crate::store::patient::unreadable;

/// Names an account. Opens nothing by itself: every query asks whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(pub i64);

/// What an account may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Everything that a technician may, and the hospital's accounts, its audit log and final deletion.
    Administrator,
    /// Scans, patients and preliminary reports.
    Technician,
    /// Everything that a technician may, and signing a report as final.
    Radiologist,
}

impl Role {
    /// In the order in which a form offers them.
    pub const ALL: [Self; 3] = [Self::Technician, Self::Radiologist, Self::Administrator];

    /// The word as the user reads it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Administrator => "Administrator",
            Self::Technician => "Technician",
            Self::Radiologist => "Radiologist",
        }
    }

    /// The word as scripts and the database keep it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Technician => "technician",
            Self::Radiologist => "radiologist",
        }
    }

    /// The word in a sentence.
    pub(in crate::store) fn article(self) -> &'static str {
        match self {
            Self::Administrator => "an administrator",
            Self::Technician => "a technician",
            Self::Radiologist => "a radiologist",
        }
    }

    /// The role that [`Role::as_str`] wrote.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }
}

/// Whether an account may sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    /// It waits for an administrator of its hospital.
    Pending,
    Active,
    /// An administrator closed it. Its records stay.
    Disabled,
}

impl Standing {
    const ALL: [Self; 3] = [Self::Pending, Self::Active, Self::Disabled];

    /// The word as the database keeps it.
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
    Role::parse(&word).ok_or_else(|| unreadable(column, format!("{word} is no role")))
}

pub(in crate::store) fn standing(row: &Row<'_>, column: usize) -> rusqlite::Result<Standing> {
    let word: String = row.get(column)?;
    Standing::ALL
        .into_iter()
        .find(|standing| standing.as_str() == word)
        .ok_or_else(|| unreadable(column, format!("{word} is no standing")))
}
