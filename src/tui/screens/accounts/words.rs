//! What is done to accounts, in words.

use crate::store::{Account, AccountStatus, Role};
use crate::tui::worker::accounts::AccountAction;

/// How an account stands, in a word; an active owner of the installation is called so.
pub(super) fn standing(account: &Account) -> &'static str {
    match account.standing {
        AccountStatus::Pending => "waits",
        AccountStatus::Active if account.owner => "owner",
        AccountStatus::Active => "active",
        AccountStatus::Disabled => "disabled",
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
pub(super) fn possible(account: &Account, viewer: &Account) -> Vec<AccountAction> {
    if account.hospital_waits {
        return match account.standing {
            AccountStatus::Pending => vec![
                AccountAction::ApproveHospital,
                AccountAction::RefuseHospital,
            ],
            AccountStatus::Active | AccountStatus::Disabled => vec![AccountAction::ApproveHospital],
        };
    }
    let mut actions = administration(account);
    if account.hospital != viewer.hospital {
        // An owner of another hospital keeps the role there.
        actions.retain(|account_action| !matches!(account_action, AccountAction::ChangeRole(_)));
    }
    if viewer.owner {
        let is_active = account.standing == AccountStatus::Active;
        let ownership = match account.owner {
            true => Some(AccountAction::WithdrawOwner),
            false => is_active.then_some(AccountAction::AppointOwner),
        };
        actions.extend(ownership);
    }
    actions
}

fn administration(account: &Account) -> Vec<AccountAction> {
    match account.standing {
        AccountStatus::Pending => {
            let approved = Role::ALL.into_iter().map(AccountAction::Approve);
            approved.chain([AccountAction::Refuse]).collect()
        }
        AccountStatus::Active => {
            let others = Role::ALL.into_iter().filter(|role| *role != account.role);
            let factor = account
                .second_factor
                .then_some(AccountAction::RemoveSecondFactor);
            others
                .map(AccountAction::ChangeRole)
                .chain([AccountAction::IssueResetCode])
                .chain(factor)
                .chain([AccountAction::Disable])
                .collect()
        }
        AccountStatus::Disabled => vec![AccountAction::Enable],
    }
}

/// What a account_action is called in a list, and what it means.
pub(super) fn entry(account_action: AccountAction) -> (&'static str, &'static str) {
    match account_action {
        AccountAction::Approve(Role::Technician) => {
            ("Let in as technician", "scans, patients, drafts")
        }
        AccountAction::Approve(Role::Radiologist) => {
            ("Let in as radiologist", "and signs reports final")
        }
        AccountAction::Approve(Role::Administrator) => {
            ("Let in as administrator", "and looks after accounts")
        }
        AccountAction::Refuse => ("Refuse", "the account stays closed"),
        AccountAction::ChangeRole(Role::Technician) => {
            ("Make technician", "scans, patients, drafts")
        }
        AccountAction::ChangeRole(Role::Radiologist) => {
            ("Make radiologist", "and signs reports final")
        }
        AccountAction::ChangeRole(Role::Administrator) => {
            ("Make administrator", "and looks after accounts")
        }
        AccountAction::IssueResetCode => ("Reset code", "for a forgotten password"),
        AccountAction::RemoveSecondFactor => ("Remove second factor", "for a lost authenticator"),
        AccountAction::Disable => ("Disable", "ends its sessions at once"),
        AccountAction::Enable => ("Enable", "as it was before"),
        AccountAction::ApproveHospital => ("Open the hospital", "and make it the administrator"),
        AccountAction::RefuseHospital => ("Refuse", "the hospital stays closed"),
        AccountAction::AppointOwner => ("Make owner", "backups, the key, hospitals"),
        AccountAction::WithdrawOwner => ("No owner any more", "the role in the hospital stays"),
    }
}

/// The question before a account_action, and what yes is called.
pub(super) fn question(account: &Account, account_action: AccountAction) -> (String, &'static str) {
    let who = format!("{} ({})", account.full_name, account.email);
    match account_action {
        AccountAction::Approve(role) => (
            format!(
                "Let {who} in as {}? All records of the hospital are open to them then.",
                of(role)
            ),
            "Let in",
        ),
        AccountAction::Refuse => (
            format!("Refuse {who}? The account is disabled; you can enable it later."),
            "Refuse",
        ),
        AccountAction::ChangeRole(role) => (
            format!(
                "Make {who} {}? It counts from their next step on.",
                of(role)
            ),
            "Change",
        ),
        AccountAction::IssueResetCode => (
            format!(
                "Make a reset code for {who}? Whoever has it can choose a new password within 24 hours, so first be \
                 sure whom you talk to. An earlier code opens nothing then."
            ),
            "Make the code",
        ),
        AccountAction::RemoveSecondFactor => (
            format!(
                "Remove the second factor of {who}? The password alone opens the account then."
            ),
            "Remove",
        ),
        AccountAction::Disable => (
            format!(
                "Disable {who}? They are signed out at once, their tokens are revoked, and their records stay."
            ),
            "Disable",
        ),
        AccountAction::Enable => (
            format!(
                "Enable {who} again as {}, with the password that they had?",
                of(account.role)
            ),
            "Enable",
        ),
        AccountAction::ApproveHospital => (
            format!(
                "Open the new hospital {} with {who} as its administrator? They see that hospital alone, and let \
                 others in there.",
                account.hospital
            ),
            "Open",
        ),
        AccountAction::RefuseHospital => (
            format!(
                "Refuse the new hospital {} of {who}? The account is disabled; you can open the hospital later.",
                account.hospital
            ),
            "Refuse",
        ),
        AccountAction::AppointOwner => (
            format!(
                "Make {who} an owner of this installation? An owner makes and restores backups of all hospitals, \
                 changes the key, opens hospitals, and appoints and withdraws owners: you too."
            ),
            "Make owner",
        ),
        AccountAction::WithdrawOwner => (
            format!(
                "Withdraw the rights of an owner from {who}? The account and its role in the hospital stay."
            ),
            "Withdraw",
        ),
    }
}

/// What was done, in a sentence.
pub(super) fn done(name: &str, account_action: AccountAction) -> String {
    match account_action {
        AccountAction::Approve(role) => format!("{name} is let in as {}.", of(role)),
        AccountAction::Refuse => format!("{name} is refused."),
        AccountAction::ChangeRole(role) => format!("{name} is {} now.", of(role)),
        AccountAction::IssueResetCode => format!("{name} has a reset code."),
        AccountAction::RemoveSecondFactor => {
            format!("{name} signs in without a second factor now.")
        }
        AccountAction::Disable => format!("{name} is disabled and signed out."),
        AccountAction::Enable => format!("{name} can sign in again."),
        AccountAction::ApproveHospital => {
            format!("The hospital of {name} is open, and {name} administers it.")
        }
        AccountAction::RefuseHospital => format!("The hospital of {name} is refused."),
        AccountAction::AppointOwner => format!("{name} is an owner of this installation now."),
        AccountAction::WithdrawOwner => format!("{name} is no owner any more."),
    }
}

fn of(role: Role) -> &'static str {
    match role {
        Role::Administrator => "an administrator",
        Role::Technician => "a technician",
        Role::Radiologist => "a radiologist",
    }
}
