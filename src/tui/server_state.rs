//! State of a running server, as `lunny serve status` and the owners' screen show it.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::text::{counted, file_size};

/// State of a server at one moment. No data of patients, no names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerState {
    pub process: u32,
    pub address: SocketAddr,
    pub version: String,
    /// Time of the start (RFC 3339).
    pub began_at: String,
    /// Time of this state (RFC 3339).
    pub at: String,
    pub sessions: usize,
    /// Maximum number of sessions.
    pub most_sessions: usize,
    /// Sessions since the server began.
    pub sessions_begun: u64,
    /// Age of the oldest session in seconds.
    pub oldest_session_s: u64,
    pub connections: usize,
    pub addresses: usize,
    /// Analyses that run or wait.
    pub analyses: usize,
    /// Device and implementation of the networks, once they are loaded.
    pub engine: Option<String>,
    /// Memory of the server that is not shared, in bytes, where the system tells it.
    pub memory_bytes: Option<u64>,
    /// Free space for LUNNY's folder in bytes, where the system tells it.
    pub free_bytes: Option<u64>,
    /// The sessions of the application, by number.
    #[serde(default)]
    pub present: Vec<Present>,
    /// Files of the accounts, the largest first.
    #[serde(default)]
    pub areas: Vec<AreaSize>,
    /// Maximum size of an account's files, in bytes.
    #[serde(default)]
    pub most_area_bytes: u64,
}

/// A session of the application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Present {
    pub session: u64,
    /// Number of the account that is signed in; none before the sign-in.
    pub account: Option<i64>,
    pub address: IpAddr,
    /// Age in seconds.
    pub age_s: u64,
}

/// Size of one account's files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AreaSize {
    /// Number of the account.
    pub account: i64,
    pub bytes: u64,
}

/// Free space for files in this folder in bytes, where the system tells it.
pub fn free_bytes(folder: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    disk.f_bavail.checked_mul(disk.f_frsize)
}

/// Age in a few characters, such as `2 h 5 min`.
fn age(seconds: u64) -> String {
    match (seconds / 3600, seconds / 60 % 60) {
        (0, 0) => format!("{seconds} s"),
        (0, minutes) => format!("{minutes} min"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

impl ServerState {
    /// Facts of the server, each with its heading.
    pub fn facts(&self) -> [(&'static str, String); 7] {
        let size = |bytes: Option<u64>| bytes.map_or_else(|| "unknown".to_owned(), file_size);
        let engine = self.engine.as_deref();
        [
            (
                "server",
                format!(
                    "LUNNY {} on {}, process {}",
                    self.version, self.address, self.process
                ),
            ),
            ("since", self.began_at.clone()),
            (
                "sessions",
                format!(
                    "{} of {}, {} since the start",
                    self.sessions, self.most_sessions, self.sessions_begun
                ),
            ),
            (
                "links",
                format!(
                    "{} from {} different addresses",
                    counted(self.connections, "connection"),
                    self.addresses
                ),
            ),
            (
                "queue",
                format!(
                    "{} analyses, on {}",
                    self.analyses,
                    engine.unwrap_or("networks that are not loaded yet")
                ),
            ),
            ("memory", size(self.memory_bytes)),
            ("disk", format!("{} free", size(self.free_bytes))),
        ]
    }

    /// A line for each session, and then for the files of each account; `name` tells what an account is called.
    pub fn lines(&self, name: impl Fn(i64) -> String) -> Vec<(&'static str, String)> {
        let sessions = self.present.iter().map(|present| {
            let who = present.account.map_or("not signed in".to_owned(), &name);
            let line = format!("{who} from {}, for {}", present.address, age(present.age_s));
            ("session", line)
        });
        let areas = self.areas.iter().map(|area| {
            let line = format!(
                "{}: {} of {}",
                name(area.account),
                file_size(area.bytes),
                file_size(self.most_area_bytes)
            );
            ("files", line)
        });
        sessions.chain(areas).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::age;

    #[test]
    fn an_age_is_short() {
        assert_eq!(age(0), "0 s");
        assert_eq!(age(119), "1 min");
        assert_eq!(age(7500), "2 h 5 min");
    }
}
