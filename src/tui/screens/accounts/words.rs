//! Texts about actions on accounts.

use crate::store::{Account, AccountStatus, Role};
use crate::tui::worker::accounts::AccountAction;

/// Status of an account in a word; `owner` for an active owner of the installation.
pub(super) fn standing(account: &Account) -> &'static str {
    match account.standing {
        AccountStatus::Pending => "waiting",
        AccountStatus::Active if account.owner => "owner",
        AccountStatus::Active => "active",
        AccountStatus::Disabled => "disabled",
    }
}

/// Number of waiting accounts, as a sentence; empty if there are none.
pub fn waiting(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => "1 account waits for approval".to_owned(),
        count => format!("{count} accounts wait for approval"),
    }
}

/// Actions that `viewer` may perform on this account, in their order on the screen.
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

/// Name of an action in a list, and an explanation.
pub(super) fn entry(account_action: AccountAction) -> (&'static str, &'static str) {
    match account_action {
        AccountAction::Approve(Role::Technician) => {
            ("Approve as technician", "scans, patients, drafts")
        }
        AccountAction::Approve(Role::Radiologist) => {
            ("Approve as radiologist", "also signs final reports")
        }
        AccountAction::Approve(Role::Administrator) => {
            ("Approve as administrator", "also manages accounts")
        }
        AccountAction::Refuse => ("Refuse", "the account stays closed"),
        AccountAction::ChangeRole(Role::Technician) => {
            ("Make technician", "scans, patients, drafts")
        }
        AccountAction::ChangeRole(Role::Radiologist) => {
            ("Make radiologist", "also signs final reports")
        }
        AccountAction::ChangeRole(Role::Administrator) => {
            ("Make administrator", "also manages accounts")
        }
        AccountAction::IssueResetCode => ("Reset code", "for a forgotten password"),
        AccountAction::RemoveSecondFactor => ("Remove second factor", "for a lost authenticator"),
        AccountAction::Disable => ("Disable", "ends its sessions at once"),
        AccountAction::Enable => ("Enable", "with its earlier role"),
        AccountAction::ApproveHospital => ("Approve the hospital", "this account administers it"),
        AccountAction::RefuseHospital => ("Refuse", "the hospital stays closed"),
        AccountAction::AppointOwner => ("Make owner", "backups, the key, hospitals"),
        AccountAction::WithdrawOwner => ("Withdraw owner rights", "the role in the hospital stays"),
    }
}

/// Question before an action, and the label of its yes button.
pub(super) fn question(account: &Account, account_action: AccountAction) -> (String, &'static str) {
    let who = format!("{} ({})", account.full_name, account.email);
    match account_action {
        AccountAction::Approve(role) => (
            format!(
                "Approve {who} as {}? They can then open all records of the hospital.",
                of(role)
            ),
            "Approve",
        ),
        AccountAction::Refuse => (
            format!("Refuse {who}? The account is disabled; you can enable it later."),
            "Refuse",
        ),
        AccountAction::ChangeRole(role) => (
            format!("Make {who} {}? The new role applies at once.", of(role)),
            "Change",
        ),
        AccountAction::IssueResetCode => (
            format!(
                "Make a reset code for {who}? Anyone who has it can choose a new password within 24 hours, so \
                 first confirm who is asking. An earlier code becomes invalid."
            ),
            "Make code",
        ),
        AccountAction::RemoveSecondFactor => (
            format!(
                "Remove the second factor of {who}? They can then sign in with the password alone."
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
                "Enable {who} again as {}, with their earlier password?",
                of(account.role)
            ),
            "Enable",
        ),
        AccountAction::ApproveHospital => (
            format!(
                "Approve the new hospital {} with {who} as its administrator? They see only that hospital, and approve \
                 its other accounts.",
                account.hospital
            ),
            "Approve",
        ),
        AccountAction::RefuseHospital => (
            format!(
                "Refuse the new hospital {} of {who}? The account is disabled; you can approve the hospital later.",
                account.hospital
            ),
            "Refuse",
        ),
        AccountAction::AppointOwner => (
            format!(
                "Make {who} an owner of this installation? An owner makes and restores backups of all hospitals, \
                 changes the key, approves hospitals, and appoints and withdraws owners, including you."
            ),
            "Make owner",
        ),
        AccountAction::WithdrawOwner => (
            format!(
                "Withdraw the owner rights of {who}? The account and its role in the hospital stay."
            ),
            "Withdraw",
        ),
    }
}

/// Message after an action.
pub(super) fn done(name: &str, account_action: AccountAction) -> String {
    match account_action {
        AccountAction::Approve(role) => format!("{name} is approved as {}.", of(role)),
        AccountAction::Refuse => format!("{name} was refused."),
        AccountAction::ChangeRole(role) => format!("{name} is now {}.", of(role)),
        AccountAction::IssueResetCode => format!("{name} has a reset code."),
        AccountAction::RemoveSecondFactor => {
            format!("{name} now signs in without a second factor.")
        }
        AccountAction::Disable => format!("{name} is disabled and signed out."),
        AccountAction::Enable => format!("{name} can sign in again."),
        AccountAction::ApproveHospital => {
            format!("The hospital of {name} is approved, and {name} administers it.")
        }
        AccountAction::RefuseHospital => format!("The hospital of {name} was refused."),
        AccountAction::AppointOwner => format!("{name} is now an owner of this installation."),
        AccountAction::WithdrawOwner => format!("{name} is no longer an owner."),
    }
}

fn of(role: Role) -> &'static str {
    match role {
        Role::Administrator => "an administrator",
        Role::Technician => "a technician",
        Role::Radiologist => "a radiologist",
    }
}
