//! Answers of dialogs to the screen that opened them.
//!
//! A screen that opens dialogs has an [`Inbox`] of a type of its own, and gives each dialog a [`Reply`] of the type that the
//! dialog answers with. So a dialog does not know its opener, and a screen knows only the dialogs that it opens.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use super::screens::Action;

/// Answers that have arrived, oldest first. The screen reads it at a
/// [`Returned`](super::screens::ScreenEvent::Returned).
pub struct Inbox<T>(Arc<Mutex<VecDeque<T>>>);

/// Sends one kind of answer to the screen that opened a dialog.
pub struct Reply<T>(Arc<dyn Fn(T) + Send + Sync>);

impl<T: Send + 'static> Inbox<T> {
    /// A reply whose values arrive here converted by `wrap`.
    pub fn reply<U>(&self, wrap: impl Fn(U) -> T + Send + Sync + 'static) -> Reply<U> {
        let arrived = Arc::clone(&self.0);
        Reply(Arc::new(move |value| {
            let mut arrived = arrived.lock().unwrap_or_else(PoisonError::into_inner);
            arrived.push_back(wrap(value));
        }))
    }

    /// The oldest answer that was not taken yet.
    pub fn take(&self) -> Option<T> {
        let mut arrived = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        arrived.pop_front()
    }
}

impl<T> Reply<T> {
    /// Sends the answer. The action closes the dialog and tells the screen below.
    pub fn send(&self, value: T) -> Action {
        (self.0)(value);
        Action::Return
    }

    /// A reply without a receiver.
    #[cfg(test)]
    pub fn ignored() -> Self {
        Self(Arc::new(|_| {}))
    }
}

impl<T> Default for Inbox<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

// By hand: a derived one would ask the same of `T`.
impl<T> Clone for Inbox<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Clone for Reply<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> fmt::Debug for Inbox<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Inbox")
    }
}

impl<T> fmt::Debug for Reply<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Reply")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq)]
    enum Message {
        Day(u8),
        Name(String),
    }

    #[test]
    fn answers_of_two_dialogs_arrive_in_order_as_the_opener_names_them() {
        let inbox = Inbox::default();
        let day = inbox.reply(Message::Day);
        let name = inbox.reply(Message::Name);
        assert!(matches!(name.send("Ana".into()), Action::Return));
        day.clone().send(7);
        assert_eq!(inbox.take(), Some(Message::Name("Ana".into())));
        assert_eq!(inbox.take(), Some(Message::Day(7)));
        assert_eq!(inbox.take(), None);
    }
}
