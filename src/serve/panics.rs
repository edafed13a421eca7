//! A line in the log for each panic: what happened, where, and for which account. It has no patient data.

use std::any::Any;
use std::cell::RefCell;
use std::panic::PanicHookInfo;
use std::sync::Arc;

use crate::store::AccountId;

/// Finds the account that a thread works for. It may not wait: the panic may have happened within a lock.
pub(super) type Who = Arc<dyn Fn() -> Option<AccountId> + Send + Sync>;

thread_local! {
    static WHO: RefCell<Option<Who>> = const { RefCell::new(None) };
}

/// A thread works for an account until this is dropped.
pub(super) struct Works(());

/// Notes the account that this thread works for.
pub(super) fn this_thread_works_for(who: Who) -> Works {
    WHO.with(|place| place.replace(Some(who)));
    Works(())
}

impl Drop for Works {
    fn drop(&mut self) {
        // A thread that ends has nothing to note.
        let _ = WHO.try_with(|place| place.replace(None));
    }
}

/// As [`this_thread_works_for`], until the thread ends.
pub(super) fn this_thread_always_works_for(who: Who) {
    std::mem::forget(this_thread_works_for(who));
}

/// Reports the panics of all threads to the log.
pub(super) fn report() {
    std::panic::set_hook(Box::new(|panic| tracing::error!("{}", line(panic))));
}

/// The lines of all panics from now on, besides what else reports them.
#[cfg(test)]
pub(super) fn recorded() -> std::sync::mpsc::Receiver<String> {
    let (sender, lines) = std::sync::mpsc::channel();
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let _ = sender.send(line(panic));
        before(panic);
    }));
    lines
}

fn line(panic: &PanicHookInfo<'_>) -> String {
    let place = panic.location().map(ToString::to_string);
    let place = place.as_deref().unwrap_or("an unknown place");
    let who = WHO.try_with(|who| who.try_borrow().ok().and_then(|who| who.clone()));
    let account = who.ok().flatten().and_then(|who| who());
    let account = match account {
        Some(account) => format!("account {}", account.0),
        None => "no account".to_owned(),
    };
    let message = message(panic.payload());
    format!("a piece of work of {account} ended in a panic at {place}: {message}")
}

/// Beginnings of messages of the standard library, behind which it writes values.
const BEGINNINGS: [&str; 14] = [
    "index out of bounds",
    "called `Result::unwrap()` on an `Err` value",
    "called `Result::unwrap_err()` on an `Ok` value",
    "range start index",
    "range end index",
    "slice index starts at",
    "byte index",
    "start byte index",
    "end byte index",
    "assertion `left == right` failed",
    "assertion `left != right` failed",
    "failed to spawn thread",
    "copy_from_slice",
    "mid > len",
];

/// The message as far as it is text of the program: a text that was composed at run time may have values of a record in it.
fn message(payload: &(dyn Any + Send)) -> &str {
    if let Some(literal) = payload.downcast_ref::<&'static str>() {
        return literal;
    }
    let composed = payload.downcast_ref::<String>();
    let known = BEGINNINGS
        .into_iter()
        .find(|known| composed.is_some_and(|composed| composed.starts_with(known)));
    known.unwrap_or("a message with values, which are not logged")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_logged_without_values() {
        let literal: Box<dyn Any + Send> = Box::new("attempt to divide by zero");
        assert_eq!(message(literal.as_ref()), "attempt to divide by zero");
        for (composed, logged) in [
            (
                "byte index 3 is not a char boundary; it is inside 'ü' of `Müller`",
                "byte index",
            ),
            (
                "called `Result::unwrap()` on an `Err` value: NoSuch(\"Müller\")",
                "called `Result::unwrap()` on an `Err` value",
            ),
            (
                "Müller is not there",
                "a message with values, which are not logged",
            ),
        ] {
            let composed: Box<dyn Any + Send> = Box::new(composed.to_owned());
            assert_eq!(message(composed.as_ref()), logged);
        }
        let other: Box<dyn Any + Send> = Box::new(7);
        assert!(message(other.as_ref()).contains("not logged"));
    }
}
