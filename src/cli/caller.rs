//! The account that a reading subcommand works for, and where its answer goes: this terminal, or a client of the server.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::bail;

use super::output::{self, Harmless};
use super::sign_in::{SignInArguments, signed_in};
use crate::cancel::Cancel;
use crate::config::Config;
use crate::export::Requester;
use crate::serve::Call;
use crate::store::{Access, Account, Store};
use crate::text::scrub;

/// The path on the machine of a path that a client of the server names; none if the client may not write there.
type Target<'a> = dyn Fn(&Path) -> Option<PathBuf> + 'a;

/// The account that a subcommand works for.
pub(super) struct Caller<'a> {
    pub store: &'a Store,
    pub access: &'a Access,
    pub account: &'a Account,
    pub config: &'a Config,
    pub cancel: &'a Cancel,
    pub out: &'a mut dyn Write,
    pub err: &'a mut dyn Write,
    /// Place for the copies of a client of the server; none for a user of this machine, who may name any path.
    target: Option<&'a Target<'a>>,
}

impl<'a> Caller<'a> {
    /// The account as exports take it.
    pub(super) fn requester(&self) -> Requester<'a> {
        Requester {
            store: self.store,
            access: self.access,
            account: self.account,
        }
    }

    /// True for a client of the server.
    pub(super) fn is_client(&self) -> bool {
        self.target.is_some()
    }

    /// The path on the machine for a copy: of a client below its outbox, where relative paths begin.
    ///
    /// # Errors
    /// For a client's path that lies elsewhere.
    pub(super) fn target(&self, named: &Path) -> anyhow::Result<PathBuf> {
        let Some(target) = self.target else {
            return Ok(named.to_path_buf());
        };
        match target(named) {
            Some(real) => Ok(real),
            None => bail!(
                "copies are written below /outbox, and {} is elsewhere: name a file or folder there",
                scrub(&named.to_string_lossy())
            ),
        }
    }

    /// Prints a complete answer.
    ///
    /// # Errors
    /// Of the output; a closed one has the answer that it wanted.
    pub(super) fn print(&mut self, answer: &str) -> anyhow::Result<u8> {
        match writeln!(self.out, "{answer}") {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
            written => written?,
        }
        Ok(0)
    }
}

/// Signs in on this machine and does `work`, whose answer is the exit code.
///
/// # Errors
/// As [`signed_in`].
pub(super) fn locally(
    sign_in: &SignInArguments,
    config: &Config,
    work: impl FnOnce(&mut Caller<'_>) -> anyhow::Result<u8>,
) -> anyhow::Result<ExitCode> {
    let code = signed_in(sign_in, config, |store, sign_in| {
        work(&mut Caller {
            store,
            access: &sign_in.access,
            account: &sign_in.account,
            config,
            cancel: &Cancel::default(),
            out: &mut output::out(),
            err: &mut output::err(),
            target: None,
        })
    })?;
    Ok(ExitCode::from(code))
}

/// Does `work` for a client of the server. An error is a sentence for the client and the exit code 1.
///
/// # Errors
/// Of the output.
pub(super) fn for_client(
    call: &mut Call<'_>,
    work: impl FnOnce(&mut Caller<'_>) -> anyhow::Result<u8>,
) -> io::Result<u8> {
    let mut err = Harmless::new(&mut *call.err);
    let done = work(&mut Caller {
        store: call.store,
        access: call.access,
        account: call.account,
        config: call.config,
        cancel: call.cancel,
        out: &mut Harmless::new(&mut *call.out),
        err: &mut err,
        target: Some(call.target),
    });
    match done {
        Ok(code) => Ok(code),
        Err(error) => {
            writeln!(err, "lunny: {error:#}")?;
            Ok(1)
        }
    }
}
