//! What is done to accounts, in words.

use crate::store::{Account, Role, Standing};
use crate::tui::worker::accounts::Deed;

/// How an account stands, in a word; an active owner of the installation is called so.
pub(super) fn standing(account: &Account) -> &'static str {
    match account.standing {
        Standing::Pending => "waits",
        Standing::Active if account.owner => "owner",
        Standing::Active => "active",
        Standing::Disabled => "disabled",
    }
}

/// How many accounts wait, in a sentence; nothing where none does.
pub fn waiting(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => "1 account waits for approval".to_owned(),
        count => format!("{count} accounts wait for approval"),
    }
}

/// What `viewer` may do to this account, in the order in which it is offered.
pub(super) fn possible(account: &Account, viewer: &Account) -> Vec<Deed> {
    if account.hospital_waits {
        return match account.standing {
            Standing::Pending => vec![Deed::ApproveHospital, Deed::RefuseHospital],
            Standing::Active | Standing::Disabled => vec![Deed::ApproveHospital],
        };
    }
    let mut deeds = administration(account);
    if account.hospital != viewer.hospital {
        // An owner of another hospital keeps the role there.
        deeds.retain(|deed| !matches!(deed, Deed::ChangeRole(_)));
    }
    if viewer.owner {
        let is_active = account.standing == Standing::Active;
        let ownership = match account.owner {
            true => Some(Deed::WithdrawOwner),
            false => is_active.then_some(Deed::AppointOwner),
        };
        deeds.extend(ownership);
    }
    deeds
}

fn administration(account: &Account) -> Vec<Deed> {
    match account.standing {
        Standing::Pending => {
            let approved = Role::ALL.into_iter().map(Deed::Approve);
            approved.chain([Deed::Refuse]).collect()
        }
        Standing::Active => {
            let others = Role::ALL.into_iter().filter(|role| *role != account.role);
            let factor = account.second_factor.then_some(Deed::RemoveSecondFactor);
            others
                .map(Deed::ChangeRole)
                .chain([Deed::IssueResetCode])
                .chain(factor)
                .chain([Deed::Disable])
                .collect()
        }
        Standing::Disabled => vec![Deed::Enable],
    }
}

/// What a deed is called in a list, and what it means.
pub(super) fn entry(deed: Deed) -> (&'static str, &'static str) {
    match deed {
        Deed::Approve(Role::Technician) => ("Let in as technician", "scans, patients, drafts"),
        Deed::Approve(Role::Radiologist) => ("Let in as radiologist", "and signs reports final"),
        Deed::Approve(Role::Administrator) => {
            ("Let in as administrator", "and looks after accounts")
        }
        Deed::Refuse => ("Refuse", "the account stays closed"),
        Deed::ChangeRole(Role::Technician) => ("Make technician", "scans, patients, drafts"),
        Deed::ChangeRole(Role::Radiologist) => ("Make radiologist", "and signs reports final"),
        Deed::ChangeRole(Role::Administrator) => ("Make administrator", "and looks after accounts"),
        Deed::IssueResetCode => ("Reset code", "for a forgotten password"),
        Deed::RemoveSecondFactor => ("Remove second factor", "for a lost authenticator"),
        Deed::Disable => ("Disable", "ends its sessions at once"),
        Deed::Enable => ("Enable", "as it was before"),
        Deed::ApproveHospital => ("Open the hospital", "and make it the administrator"),
        Deed::RefuseHospital => ("Refuse", "the hospital stays closed"),
        Deed::AppointOwner => ("Make owner", "backups, the key, hospitals"),
        Deed::WithdrawOwner => ("No owner any more", "the role in the hospital stays"),
    }
}

/// The question before a deed, and what yes is called.
pub(super) fn question(account: &Account, deed: Deed) -> (String, &'static str) {
    let who = format!("{} ({})", account.full_name, account.email);
    match deed {
        Deed::Approve(role) => (
            format!(
                "Let {who} in as {}? All records of the hospital are open to them then.",
                of(role)
            ),
            "Let in",
        ),
        Deed::Refuse => (
            format!("Refuse {who}? The account is disabled; you can enable it later."),
            "Refuse",
        ),
        Deed::ChangeRole(role) => (
            format!(
                "Make {who} {}? It counts from their next step on.",
                of(role)
            ),
            "Change",
        ),
        Deed::IssueResetCode => (
            format!(
                "Make a reset code for {who}? Whoever has it can choose a new password within 24 hours, so first be \
                 sure whom you talk to. An earlier code opens nothing then."
            ),
            "Make the code",
        ),
        Deed::RemoveSecondFactor => (
            format!(
                "Remove the second factor of {who}? The password alone opens the account then."
            ),
            "Remove",
        ),
        Deed::Disable => (
            format!(
                "Disable {who}? They are signed out at once, their tokens are revoked, and their records stay."
            ),
            "Disable",
        ),
        Deed::Enable => (
            format!(
                "Enable {who} again as {}, with the password that they had?",
                of(account.role)
            ),
            "Enable",
        ),
        Deed::ApproveHospital => (
            format!(
                "Open the new hospital {} with {who} as its administrator? They see that hospital alone, and let \
                 others in there.",
                account.hospital
            ),
            "Open",
        ),
        Deed::RefuseHospital => (
            format!(
                "Refuse the new hospital {} of {who}? The account is disabled; you can open the hospital later.",
                account.hospital
            ),
            "Refuse",
        ),
        Deed::AppointOwner => (
            format!(
                "Make {who} an owner of this installation? An owner makes and restores backups of all hospitals, \
                 changes the key, opens hospitals, and appoints and withdraws owners: you too."
            ),
            "Make owner",
        ),
        Deed::WithdrawOwner => (
            format!(
                "Withdraw the rights of an owner from {who}? The account and its role in the hospital stay."
            ),
            "Withdraw",
        ),
    }
}

/// What was done, in a sentence.
pub(super) fn done(name: &str, deed: Deed) -> String {
    match deed {
        Deed::Approve(role) => format!("{name} is let in as {}.", of(role)),
        Deed::Refuse => format!("{name} is refused."),
        Deed::ChangeRole(role) => format!("{name} is {} now.", of(role)),
        Deed::IssueResetCode => format!("{name} has a reset code."),
        Deed::RemoveSecondFactor => format!("{name} signs in without a second factor now."),
        Deed::Disable => format!("{name} is disabled and signed out."),
        Deed::Enable => format!("{name} can sign in again."),
        Deed::ApproveHospital => {
            format!("The hospital of {name} is open, and {name} administers it.")
        }
        Deed::RefuseHospital => format!("The hospital of {name} is refused."),
        Deed::AppointOwner => format!("{name} is an owner of this installation now."),
        Deed::WithdrawOwner => format!("{name} is no owner any more."),
    }
}

fn of(role: Role) -> &'static str {
    match role {
        Role::Administrator => "an administrator",
        Role::Technician => "a technician",
        Role::Radiologist => "a radiologist",
    }
}
