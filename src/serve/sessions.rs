//! The open connections and sessions: their limits, and messages to all of them.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, mpsc};

use crate::config::ServeConfig;
use crate::tui::server_state::Present;
use crate::tui::session::Request;
use crate::tui::worker::Services;

/// Requests that wait for a session.
const WAITING: usize = 8;

/// Reason why no further connection or session is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Full {
    #[error("all {0} sessions of this server are in use: try again later")]
    Sessions(usize),
    #[error("there are already {0} connections or sessions from your address: close one of them")]
    Address(usize),
}

/// Number of connections, and the sessions on them.
#[derive(Debug, Default)]
struct Seats {
    connections: HashMap<IpAddr, usize>,
    sessions: BTreeMap<u64, Seated>,
    sessions_made: u64,
}

#[derive(Debug)]
struct Seated {
    since: Instant,
    address: IpAddr,
    /// The worker of the session, which knows the account; nothing before it began and after its end.
    services: Weak<Services>,
    requests: mpsc::Sender<Request>,
}

/// All connections and sessions of the server.
#[derive(Debug)]
pub(super) struct Sessions {
    limits: ServeConfig,
    seats: Mutex<Seats>,
    ended: Notify,
}

/// A connection that counts until this is dropped.
#[derive(Debug)]
pub(super) struct Connected {
    sessions: Arc<Sessions>,
    address: IpAddr,
}

/// A session that counts until this is dropped.
#[derive(Debug)]
pub(super) struct Seat {
    sessions: Arc<Sessions>,
    pub(super) number: u64,
}

/// Numbers for the administrator.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Numbers {
    pub(super) connections: usize,
    pub(super) addresses: usize,
    pub(super) sessions: usize,
    pub(super) sessions_made: u64,
    /// Age of the oldest session.
    pub(super) oldest: Duration,
}

impl Sessions {
    pub(super) fn new(limits: ServeConfig) -> Arc<Self> {
        Arc::new(Self {
            limits,
            seats: Mutex::default(),
            ended: Notify::new(),
        })
    }

    fn seats(&self) -> MutexGuard<'_, Seats> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a connection.
    ///
    /// # Errors
    /// [`Full`] if there are too many, in all or from this address. Connections may be twice as many as sessions: some send
    /// files.
    pub(super) fn connect(self: &Arc<Self>, address: IpAddr) -> Result<Connected, Full> {
        let address = address.to_canonical();
        let mut seats = self.seats();
        if seats.connections.values().sum::<usize>() >= 2 * self.limits.sessions {
            return Err(Full::Sessions(self.limits.sessions));
        }
        let most = self.limits.connections_per_address;
        let from_there = seats.connections.entry(address).or_default();
        if *from_there >= most {
            return Err(Full::Address(most));
        }
        *from_there += 1;
        Ok(Connected {
            sessions: Arc::clone(self),
            address,
        })
    }

    /// Counts a session, and returns the requests to it. One address has no more sessions than it may have connections: it cannot take
    /// all places with a few connections.
    ///
    /// # Errors
    /// [`Full`] if there are too many, in all or from this address.
    pub(super) fn begin(
        self: &Arc<Self>,
        address: IpAddr,
    ) -> Result<(Seat, mpsc::Receiver<Request>), Full> {
        let mut seats = self.seats();
        if seats.sessions.len() >= self.limits.sessions {
            return Err(Full::Sessions(self.limits.sessions));
        }
        let address = address.to_canonical();
        let from_there = seats.sessions.values();
        let from_there = from_there
            .filter(|seated| seated.address == address)
            .count();
        let most = self.limits.connections_per_address;
        if from_there >= most {
            return Err(Full::Address(most));
        }
        seats.sessions_made += 1;
        let number = seats.sessions_made;
        let (requests, received) = mpsc::channel(WAITING);
        let seated = Seated {
            since: Instant::now(),
            address,
            services: Weak::new(),
            requests,
        };
        seats.sessions.insert(number, seated);
        let seat = Seat {
            sessions: Arc::clone(self),
            number,
        };
        Ok((seat, received))
    }

    /// Sends a request to all sessions. A session whose queue is full is skipped.
    pub(super) fn ask_all(&self, request: &Request) {
        for seated in self.seats().sessions.values() {
            let _ = seated.requests.try_send(request.clone());
        }
    }

    /// Waits until no session is open.
    pub(super) async fn all_ended(&self) {
        loop {
            let ended = self.ended.notified();
            if self.seats().sessions.is_empty() {
                return;
            }
            ended.await;
        }
    }

    /// The sessions, the oldest first.
    pub(super) fn present(&self) -> Vec<Present> {
        let seats = self.seats();
        let present = seats.sessions.iter().map(|(number, seated)| {
            let services = seated.services.upgrade();
            Present {
                session: *number,
                account: services
                    .and_then(|it| it.account())
                    .map(|account| account.0),
                address: seated.address,
                age_s: seated.since.elapsed().as_secs(),
            }
        });
        present.collect()
    }

    pub(super) fn numbers(&self) -> Numbers {
        let seats = self.seats();
        let oldest = seats.sessions.values().map(|one| one.since.elapsed()).max();
        Numbers {
            connections: seats.connections.values().sum(),
            addresses: seats.connections.len(),
            sessions: seats.sessions.len(),
            sessions_made: seats.sessions_made,
            oldest: oldest.unwrap_or_default(),
        }
    }
}

impl Seat {
    /// The worker of the session, whose account is the one of the seat.
    pub(super) fn works_with(&self, services: &Arc<Services>) {
        if let Some(seated) = self.sessions.seats().sessions.get_mut(&self.number) {
            seated.services = Arc::downgrade(services);
        }
    }
}

impl Drop for Connected {
    fn drop(&mut self) {
        let mut seats = self.sessions.seats();
        if let Some(count) = seats.connections.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                seats.connections.remove(&self.address);
            }
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.sessions.seats().sessions.remove(&self.number);
        self.sessions.ended.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limited(sessions: usize, connections_per_address: usize) -> Arc<Sessions> {
        Sessions::new(ServeConfig {
            sessions,
            connections_per_address,
            ..ServeConfig::default()
        })
    }

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[test]
    fn one_address_cannot_take_the_seats_of_the_others() {
        let sessions = limited(10, 2);
        let held: Vec<_> = (0..2).map(|_| sessions.connect(address(1))).collect();
        assert_eq!(sessions.connect(address(1)).unwrap_err(), Full::Address(2));
        // The same address in the form of the other protocol.
        let mapped = "::ffff:192.0.2.1".parse().unwrap();
        assert_eq!(sessions.connect(mapped).unwrap_err(), Full::Address(2));
        let other = sessions.connect(address(2)).unwrap();
        drop(held);
        assert!(sessions.connect(address(1)).is_ok());
        drop(other);
        assert_eq!(sessions.numbers().connections, 0);
        assert_eq!(sessions.numbers().addresses, 0);
    }

    #[test]
    fn one_address_cannot_take_all_sessions_with_a_few_connections() {
        let sessions = limited(10, 2);
        let held: Vec<_> = (0..2)
            .map(|_| sessions.begin(address(1)).unwrap())
            .collect();
        assert_eq!(sessions.begin(address(1)).unwrap_err(), Full::Address(2));
        let other = sessions.begin(address(2)).unwrap();
        drop(held);
        assert!(sessions.begin(address(1)).is_ok());
        drop(other);
    }

    #[test]
    fn a_full_server_says_so_until_a_session_ends() {
        let sessions = limited(1, 9);
        let (seat, _requests) = sessions.begin(address(1)).unwrap();
        assert_eq!(sessions.begin(address(1)).unwrap_err(), Full::Sessions(1));
        drop(seat);
        assert_eq!(sessions.begin(address(1)).unwrap().0.number, 2);
        let held: Vec<_> = (0..2).map(|last| sessions.connect(address(last))).collect();
        assert_eq!(sessions.connect(address(3)).unwrap_err(), Full::Sessions(1));
        drop(held);
    }

    #[tokio::test]
    async fn all_sessions_are_asked_and_waited_for() {
        let sessions = limited(9, 9);
        let (first, mut asked) = sessions.begin(address(1)).unwrap();
        let (second, _slow) = sessions.begin(address(1)).unwrap();
        for _ in 0..100 {
            sessions.ask_all(&Request::Leave(15));
        }
        assert_eq!(asked.recv().await, Some(Request::Leave(15)));
        let waiting = Arc::clone(&sessions);
        let ended = tokio::spawn(async move { waiting.all_ended().await });
        drop(first);
        tokio::task::yield_now().await;
        assert!(!ended.is_finished());
        drop(second);
        ended.await.unwrap();
    }
}
