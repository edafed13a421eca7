//! Changes to the account by others while it is signed in: the end of its session, another role, other rights.

use super::{APPLICATION, App, Effect};
use crate::cancel::Cancel;
use crate::store::{Access, Account, Role, StoreError};
use crate::tui::context::Notice;
use crate::tui::screens::dashboard::Dashboard;
use crate::tui::worker::accounts;

/// Shown when the session was ended from elsewhere.
const ENDED: &str = "Your session was ended: the account was disabled, or its password or second factor was changed. \
                     Drafts of forms that were saved before are kept.";

impl App {
    /// Asks from time to time whether the account still has its rights.
    pub(super) fn check_account(&mut self, effects: &mut Vec<Effect>) {
        let Some(signed_in) = &self.signed_in else {
            return;
        };
        let request = accounts::Request::Standing(signed_in.access.clone());
        if self.watch.check(&self.moment) {
            effects.push(self.ask(APPLICATION, request.into(), Cancel::default()));
        }
    }

    /// Shows the change of the account: its screens are closed with the session or with the rights to them.
    pub(super) fn take_standing(
        &mut self,
        access: &Access,
        account: Result<Box<Account>, StoreError>,
        effects: &mut Vec<Effect>,
    ) {
        // The answer may be about an earlier session.
        let Some(signed_in) = (self.signed_in.as_mut()).filter(|now| now.access == *access) else {
            return;
        };
        match account {
            Ok(account) => {
                let rights = |account: &Account| (account.role, account.owner);
                if rights(&account) == rights(&signed_in.account) {
                    return;
                }
                let notice = Notice::warning(told(&signed_in.account, &account));
                signed_in.account.role = account.role;
                signed_in.account.owner = account.owner;
                let dashboard = Dashboard::new(signed_in);
                // The forms are saved as drafts before their screens are closed.
                for request in self.last_words() {
                    effects.push(self.ask(APPLICATION, request, Cancel::default()));
                }
                let was_locked = self.is_locked();
                self.start_over(Box::new(dashboard), effects);
                self.tell(notice);
                if was_locked {
                    self.lock(effects);
                }
            }
            Err(StoreError::SignedOut | StoreError::AccountDisabled) => {
                self.sign_out(effects);
                self.tell(Notice::error(ENDED));
            }
            // The database is busy or cannot be read: the next check is due soon.
            Err(_) => {}
        }
    }
}

/// The change in a sentence.
fn told(before: &Account, now: &Account) -> String {
    let owner = match (before.owner, now.owner) {
        (false, true) => ", and you are an owner of the installation",
        (true, false) => ", and you are no longer an owner of the installation",
        _ => "",
    };
    let role: Role = now.role;
    format!(
        "Your rights were changed: your role is {}{owner}. Open forms are kept as drafts.",
        role.as_str()
    )
}
