//! The order in which requests run: of one kind from one screen at most one at a time.
//!
//! A question that waits is dropped when a newer one of its kind comes. A change is never dropped: changes of one kind run
//! in the order in which they were asked for.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};

use super::Kind;
use super::ticket::{Job, Ticket};

/// Requests that run and requests that wait for them.
#[derive(Default)]
pub struct Queue {
    /// For each asker and kind of which a request runs, the requests that wait.
    waiting: HashMap<(u64, Kind), VecDeque<Job>>,
}

impl Queue {
    /// Adds a job. Returns it if it can start at once.
    pub fn push(&mut self, job: Job) -> Option<Job> {
        if job.request.may_hang() {
            return Some(job);
        }
        match self.waiting.entry((job.ticket.asker, job.ticket.kind)) {
            Entry::Vacant(free) => {
                free.insert(VecDeque::new());
                Some(job)
            }
            Entry::Occupied(mut busy) => {
                let waiting = busy.get_mut();
                if job.request.is_question() {
                    waiting.clear();
                }
                waiting.push_back(job);
                None
            }
        }
    }

    /// Notes that the job of this ticket ended. Returns the next one of its kind.
    pub fn ended(&mut self, ticket: &Ticket) -> Option<Job> {
        let Entry::Occupied(mut busy) = self.waiting.entry((ticket.asker, ticket.kind)) else {
            return None;
        };
        while let Some(next) = busy.get_mut().pop_front() {
            // The screen that asked may be gone.
            if !(next.request.is_question() && next.cancel.is_cancelled()) {
                return Some(next);
            }
        }
        busy.remove();
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cancel::Cancel;
    use crate::tui::worker::{Request, accounts, folders, series};
    use zeroize::Zeroizing;

    fn job(asker: u64, number: u64, request: Request) -> Job {
        Job {
            ticket: Ticket {
                asker,
                kind: request.kind(),
                number,
            },
            request,
            cancel: Cancel::default(),
        }
    }

    fn question(number: u64) -> Job {
        let tags = series::Request::Tags("slice.dcm".into());
        job(1, number, tags.into())
    }

    fn change(number: u64) -> Job {
        let request = accounts::Request::SignIn {
            email: number.to_string(),
            password: Zeroizing::default(),
            code: None,
        };
        job(1, number, request.into())
    }

    fn number(job: Option<Job>) -> Option<u64> {
        job.map(|job| job.ticket.number)
    }

    #[test]
    fn of_many_questions_only_the_newest_waits() {
        let mut queue = Queue::default();
        let first = question(1).ticket;
        assert_eq!(number(queue.push(question(1))), Some(1));
        for later in 2..=50 {
            assert_eq!(number(queue.push(question(later))), None);
        }
        assert_eq!(number(queue.ended(&first)), Some(50));
        assert_eq!(number(queue.ended(&question(50).ticket)), None);
        assert_eq!(number(queue.push(question(51))), Some(51));
    }

    #[test]
    fn changes_run_in_order_and_none_is_left_out() {
        let mut queue = Queue::default();
        assert_eq!(number(queue.push(change(1))), Some(1));
        for later in 2..=3 {
            let job = change(later);
            job.cancel.cancel();
            assert_eq!(number(queue.push(job)), None);
        }
        assert_eq!(number(queue.ended(&change(1).ticket)), Some(2));
        assert_eq!(number(queue.ended(&change(2).ticket)), Some(3));
        assert_eq!(number(queue.ended(&change(3).ticket)), None);
    }

    #[test]
    fn a_waiting_question_of_a_screen_that_is_gone_is_left_out() {
        let mut queue = Queue::default();
        queue.push(question(1));
        let waiting = question(2);
        waiting.cancel.cancel();
        queue.push(waiting);
        assert_eq!(number(queue.ended(&question(1).ticket)), None);
    }

    #[test]
    fn other_screens_other_kinds_and_folders_that_hang_are_not_waited_for() {
        let mut queue = Queue::default();
        queue.push(question(1));
        assert!(queue.push(change(1)).is_some());
        let mut other = question(1);
        other.ticket.asker = 2;
        assert!(queue.push(other).is_some());
        let list = |number| {
            let list = folders::Request::List {
                folder: "/".into(),
                hidden: false,
                extensions: &[],
            };
            job(1, number, list.into())
        };
        assert!(queue.push(list(1)).is_some());
        assert!(queue.push(list(2)).is_some());
    }
}
