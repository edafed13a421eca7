//! Signing in and out, and actions on accounts.

use std::path::PathBuf;

use zeroize::Zeroizing;

use crate::clinical::terms;
use crate::report::saving::{self, SaveError};
use crate::store::{
    Access, Account, AccountId, AccountStatus, Enrolment, PastSignIn, Registration, Role, SignIn,
    SshKey, SshKeyId, Store, StoreError, Token, TokenId, TokenScopes,
};
use crate::tui::public_key::{self, PublicKeyError};

/// Work on accounts for a background thread.
pub enum Request {
    Register(Box<Registration>),
    SignIn {
        email: String,
        password: Zeroizing<String>,
        /// Code of the second factor, if the store asked for it.
        code: Option<Zeroizing<String>>,
    },
    SignOut(Access),
    AcceptTerms(Access),
    /// Check of the password of the account that is signed in, for a locked screen.
    ConfirmIdentity {
        access: Access,
        password: Zeroizing<String>,
    },
    /// A new password by the code that an administrator gave.
    ResetPassword {
        email: String,
        code: Zeroizing<String>,
        password: Zeroizing<String>,
    },
    ChangePassword {
        access: Access,
        current: Zeroizing<String>,
        new: Zeroizing<String>,
    },
    /// The accounts that an administrator or owner looks after.
    List {
        access: Access,
        /// Those of the hospital that they administer.
        administrator: bool,
        /// As an owner of the installation, those that ask for a new hospital and the other owners.
        owner: bool,
    },
    Administer {
        access: Access,
        account: AccountId,
        email: String,
        account_action: AccountAction,
    },
    /// Check that the session is still open, and the account as it is now.
    Standing(Access),
    /// Details of an account for its user.
    Own(Access),
    BeginSecondFactor(Access),
    ConfirmSecondFactor {
        access: Access,
        code: Zeroizing<String>,
    },
    RemoveSecondFactor {
        access: Access,
        password: Zeroizing<String>,
    },
    MakeToken {
        access: Access,
        name: String,
        days: u32,
        scopes: TokenScopes,
    },
    RevokeToken {
        access: Access,
        token: TokenId,
    },
    /// A public key, as a line of its file.
    AddSshKey {
        access: Access,
        text: String,
    },
    RemoveSshKey {
        access: Access,
        key: SshKeyId,
    },
    /// A secret that is shown once, written to a file that only the user can read.
    SaveSecret {
        folder: PathBuf,
        stem: &'static str,
        text: Zeroizing<String>,
    },
}

/// Change to an account by an administrator or an owner of the installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountAction {
    Approve(Role),
    Refuse,
    Disable,
    Enable,
    ChangeRole(Role),
    IssueResetCode,
    RemoveSecondFactor,
    ApproveHospital,
    RefuseHospital,
    AppointOwner,
    WithdrawOwner,
}

/// A new account: active at once, or waiting for an administrator.
pub enum Registered {
    In(Box<SignIn>),
    Waits(Box<Account>),
}

/// Details of an account for its user, besides the identity.
pub struct OwnAccount {
    pub second_factor: bool,
    pub tokens: Vec<Token>,
    /// Newest first.
    pub ssh_keys: Vec<SshKey>,
    /// Newest first.
    pub sign_ins: Vec<PastSignIn>,
}

/// Outcome of the work.
pub enum Answer {
    Registered(Result<Registered, StoreError>),
    SignedIn(Result<Box<SignIn>, StoreError>),
    SignedOut,
    TermsAccepted(Result<(), StoreError>),
    IdentityConfirmed(Result<(), StoreError>),
    PasswordReset(Result<(), StoreError>),
    PasswordChanged(Result<(), StoreError>),
    Listed(Result<Vec<Account>, StoreError>),
    /// With the code that was issued, if that was the action.
    Administered(Result<Option<Zeroizing<String>>, StoreError>),
    /// With the session that was asked about.
    Standing(Access, Result<Box<Account>, StoreError>),
    Own(Result<Box<OwnAccount>, StoreError>),
    Enrolled(Result<Enrolment, StoreError>),
    /// With the recovery codes.
    SecondFactorConfirmed(Result<Vec<Zeroizing<String>>, StoreError>),
    SecondFactorRemoved(Result<(), StoreError>),
    TokenMade(Result<Zeroizing<String>, StoreError>),
    TokenRevoked(Result<(), StoreError>),
    /// With the fingerprint of the key.
    SshKeyAdded(Result<String, AddKeyError>),
    SshKeyRemoved(Result<(), StoreError>),
    SecretSaved(Result<PathBuf, SaveError>),
}

/// Reason why a public key was not added.
#[derive(Debug, thiserror::Error)]
pub enum AddKeyError {
    #[error(transparent)]
    Text(#[from] PublicKeyError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Answer {
    /// The sign-in that it reports, if it was one.
    pub(super) fn signed_in(&self) -> Option<&SignIn> {
        match self {
            Self::SignedIn(Ok(signed_in)) | Self::Registered(Ok(Registered::In(signed_in))) => {
                Some(signed_in)
            }
            _ => None,
        }
    }
}

impl Request {
    pub(super) fn is_question(&self) -> bool {
        matches!(self, Self::List { .. } | Self::Own(_) | Self::Standing(_))
    }
}

/// Does the work. `store` is an error where the database cannot be used.
pub(super) fn perform(store: Result<Store, StoreError>, request: Request) -> Answer {
    match request {
        Request::Register(registration) => {
            Answer::Registered(store.and_then(|store| register(&store, &registration)))
        }
        Request::SignIn {
            email,
            password,
            code,
        } => {
            let signed_in = store.and_then(|store| match code {
                Some(code) => store.sign_in_with_code(&email, &password, &code),
                None => store.sign_in(&email, &password),
            });
            Answer::SignedIn(signed_in.map(Box::new))
        }
        Request::SignOut(access) => {
            let signed_out = store.and_then(|store| store.sign_out(&access));
            // If the account was disabled, its sessions were ended.
            if let Err(error) = signed_out
                && !matches!(error, StoreError::SignedOut)
            {
                tracing::warn!(%error, "the sign-out was not recorded");
            }
            Answer::SignedOut
        }
        Request::AcceptTerms(access) => Answer::TermsAccepted(
            store.and_then(|store| store.accept_terms(&access, terms::VERSION)),
        ),
        Request::ConfirmIdentity { access, password } => Answer::IdentityConfirmed(
            store.and_then(|store| store.confirm_identity(&access, &password)),
        ),
        Request::ResetPassword {
            email,
            code,
            password,
        } => Answer::PasswordReset(
            store.and_then(|store| store.reset_password(&email, &code, &password)),
        ),
        Request::ChangePassword {
            access,
            current,
            new,
        } => Answer::PasswordChanged(
            store.and_then(|store| store.change_password(&access, &current, &new)),
        ),
        Request::List {
            access,
            administrator,
            owner,
        } => Answer::Listed(store.and_then(|store| list(&store, &access, administrator, owner))),
        Request::Administer {
            access,
            account,
            email,
            account_action,
        } => Answer::Administered(
            store.and_then(|store| administer(&store, &access, account, &email, account_action)),
        ),
        Request::Standing(access) => {
            let account = store.and_then(|store| store.own_account(&access));
            Answer::Standing(access, account.map(Box::new))
        }
        Request::Own(access) => {
            Answer::Own(store.and_then(|store| own(&store, &access)).map(Box::new))
        }
        Request::BeginSecondFactor(access) => {
            Answer::Enrolled(store.and_then(|store| store.begin_second_factor(&access)))
        }
        Request::ConfirmSecondFactor { access, code } => {
            let codes = store.and_then(|store| store.confirm_second_factor(&access, &code));
            let wiped = |codes: Vec<String>| codes.into_iter().map(Zeroizing::new).collect();
            Answer::SecondFactorConfirmed(codes.map(wiped))
        }
        Request::RemoveSecondFactor { access, password } => Answer::SecondFactorRemoved(
            store.and_then(|store| store.remove_second_factor(&access, &password)),
        ),
        Request::MakeToken {
            access,
            name,
            days,
            scopes,
        } => Answer::TokenMade(
            store.and_then(|store| store.make_token(&access, &name, days, scopes)),
        ),
        Request::RevokeToken { access, token } => {
            Answer::TokenRevoked(store.and_then(|store| store.revoke_token(&access, token)))
        }
        Request::AddSshKey { access, text } => {
            Answer::SshKeyAdded(add_ssh_key(store, &access, &text))
        }
        Request::RemoveSshKey { access, key } => {
            Answer::SshKeyRemoved(store.and_then(|store| store.remove_ssh_key(&access, key)))
        }
        Request::SaveSecret { folder, stem, text } => {
            Answer::SecretSaved(saving::save(&folder, stem, "txt", text.as_bytes()))
        }
    }
}

fn register(store: &Store, registration: &Registration) -> Result<Registered, StoreError> {
    let account = store.register(registration)?;
    Ok(match account.standing {
        AccountStatus::Pending => Registered::Waits(Box::new(account)),
        _ => {
            let signed_in = store.sign_in(&registration.email, &registration.password)?;
            Registered::In(Box::new(signed_in))
        }
    })
}

/// Those that ask for a new hospital, the accounts of the hospital, and the owners of other hospitals.
fn list(
    store: &Store,
    access: &Access,
    administrator: bool,
    owner: bool,
) -> Result<Vec<Account>, StoreError> {
    let own = match administrator {
        true => store.accounts(access)?,
        false => Vec::new(),
    };
    if !owner {
        return Ok(own);
    }
    let owner = store.as_owner(access)?;
    let mut all = store.waiting_hospitals(&owner)?;
    let owners = store.owners(&owner)?.into_iter();
    let elsewhere = owners.filter(|one| own.iter().all(|account| account.id != one.id));
    let elsewhere: Vec<Account> = elsewhere.collect();
    all.extend(own);
    all.extend(elsewhere);
    Ok(all)
}

fn administer(
    store: &Store,
    access: &Access,
    account: AccountId,
    email: &str,
    account_action: AccountAction,
) -> Result<Option<Zeroizing<String>>, StoreError> {
    match account_action {
        AccountAction::Approve(role) => store.approve_account(access, account, role)?,
        AccountAction::Refuse => store.refuse_account(access, account)?,
        AccountAction::Disable => store.disable_account(access, account)?,
        AccountAction::Enable => store.enable_account(access, account)?,
        AccountAction::ChangeRole(role) => store.change_role(access, account, role)?,
        AccountAction::IssueResetCode => return store.issue_reset_code(access, account).map(Some),
        AccountAction::RemoveSecondFactor => store.remove_second_factor_of(access, account)?,
        AccountAction::ApproveHospital => {
            store.approve_hospital(&store.as_owner(access)?, account)?
        }
        AccountAction::RefuseHospital => {
            store.refuse_hospital(&store.as_owner(access)?, account)?
        }
        AccountAction::AppointOwner => store.appoint_owner(&store.as_owner(access)?, email)?,
        AccountAction::WithdrawOwner => store.withdraw_owner(&store.as_owner(access)?, email)?,
    }
    Ok(None)
}

fn add_ssh_key(
    store: Result<Store, StoreError>,
    access: &Access,
    text: &str,
) -> Result<String, AddKeyError> {
    let key = public_key::read(text)?;
    store?.add_ssh_key(access, key.name(), &key.bytes)?;
    Ok(key.fingerprint)
}

fn own(store: &Store, access: &Access) -> Result<OwnAccount, StoreError> {
    Ok(OwnAccount {
        second_factor: store.has_second_factor(access)?,
        tokens: store.tokens(access)?,
        ssh_keys: store.ssh_keys(access)?,
        sign_ins: store.sign_ins(access)?,
    })
}
