//! State of a running server for its administrator: a file that the server writes, for `lunny serve status`, and one for
//! Prometheus.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use rustix::fs::FlockOperation;

use super::{LOCK, Server};
use crate::tui::server_state::{AreaSize, free_bytes};
use crate::whole_file::{self, Readers};

/// File in LUNNY's folder with the state of the server.
const FILE: &str = "serve.json";

/// File in LUNNY's folder with the figures for Prometheus, unless the settings name another one.
const METRICS: &str = "serve.prom";

/// Time between two states.
pub(super) const INTERVAL: Duration = Duration::from_secs(10);

pub use crate::tui::server_state::ServerState as Status;

impl Status {
    pub(super) fn of(server: &Server, address: SocketAddr, began_at: Timestamp) -> Self {
        let config = server.resources.config();
        let numbers = server.sessions.numbers();
        Self {
            process: std::process::id(),
            address,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            began_at: began_at.to_string(),
            at: Timestamp::now().to_string(),
            sessions: numbers.sessions,
            most_sessions: config.serve.sessions,
            sessions_begun: numbers.sessions_made,
            oldest_session_s: numbers.oldest.as_secs(),
            connections: numbers.connections,
            addresses: numbers.addresses,
            analyses: server.resources.turns().length(),
            engine: server.resources.runs_on(),
            memory_bytes: memory(),
            free_bytes: free_bytes(&config.home),
            present: server.sessions.present(),
            areas: areas(server),
            most_area_bytes: config.serve.area_bytes,
        }
    }

    /// The state of the server that runs in `home`; none if no server runs there.
    ///
    /// # Errors
    /// If the file cannot be read, or is none of this version.
    pub fn read(home: &Path) -> io::Result<Option<Self>> {
        if !is_running(home)? {
            return Ok(None);
        }
        let text = std::fs::read_to_string(home.join(FILE))?;
        serde_json::from_str(&text)
            .map(Some)
            .map_err(io::Error::other)
    }

    /// Writes the state, and the figures for Prometheus to `metrics` or beside it.
    pub(super) fn write(&self, home: &Path, metrics: Option<&Path>) -> io::Result<()> {
        let text = serde_json::to_vec_pretty(self)?;
        whole_file::write(&home.join(FILE), &text, Readers::Owner)?;
        let (path, readers) = match metrics {
            // Another program reads it.
            Some(path) => (path.to_owned(), Readers::Usual),
            None => (home.join(METRICS), Readers::Owner),
        };
        whole_file::write(&path, self.metrics().as_bytes(), readers)
    }

    /// The figures in the text format of Prometheus.
    fn metrics(&self) -> String {
        let figures: [(&str, &str, &str, Option<u64>); 9] = [
            (
                "sessions",
                "gauge",
                "Sessions of the application",
                Some(self.sessions as u64),
            ),
            (
                "sessions_limit",
                "gauge",
                "Maximum of sessions",
                Some(self.most_sessions as u64),
            ),
            (
                "sessions_total",
                "counter",
                "Sessions since the start",
                Some(self.sessions_begun),
            ),
            (
                "oldest_session_seconds",
                "gauge",
                "Age of the oldest session",
                Some(self.oldest_session_s),
            ),
            (
                "connections",
                "gauge",
                "SSH connections",
                Some(self.connections as u64),
            ),
            (
                "addresses",
                "gauge",
                "Addresses of clients",
                Some(self.addresses as u64),
            ),
            (
                "analyses",
                "gauge",
                "Analyses that run or wait",
                Some(self.analyses as u64),
            ),
            (
                "memory_bytes",
                "gauge",
                "Memory that is not shared",
                self.memory_bytes,
            ),
            (
                "disk_free_bytes",
                "gauge",
                "Free space of the records",
                self.free_bytes,
            ),
        ];
        let known = (figures.into_iter())
            .filter_map(|(name, kind, help, value)| Some((name, kind, help, value?)));
        let lines = known.map(|(name, kind, help, value)| {
            format!(
                "# HELP lunny_{name} {help}\n# TYPE lunny_{name} {kind}\nlunny_{name} {value}\n"
            )
        });
        lines.collect()
    }

    /// Removes the files of a server that ends.
    pub(super) fn remove(home: &Path, metrics: Option<&Path>) {
        let metrics = metrics.map_or_else(|| home.join(METRICS), PathBuf::from);
        for path in [home.join(FILE), metrics] {
            let _ = std::fs::remove_file(path);
        }
    }
}

/// True if a server holds the lock of `home`.
fn is_running(home: &Path) -> io::Result<bool> {
    let file = match std::fs::File::open(home.join(LOCK)) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    Ok(rustix::fs::flock(&file, FlockOperation::NonBlockingLockShared).is_err())
}

/// Sizes of the accounts' files, the largest first.
fn areas(server: &Server) -> Vec<AreaSize> {
    let sizes = server.sealed.sizes().into_iter();
    let sizes = sizes.filter_map(|(name, bytes)| {
        let account = name.parse().ok()?;
        Some(AreaSize { account, bytes })
    });
    let mut sizes: Vec<AreaSize> = sizes.collect();
    sizes.sort_by_key(|area| (std::cmp::Reverse(area.bytes), area.account));
    sizes
}

fn memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("RssAnon:"))?;
    let size: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(size << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status() -> Status {
        Status {
            process: 7,
            address: "127.0.0.1:2222".parse().unwrap(),
            version: "1.0.0".into(),
            began_at: Timestamp::UNIX_EPOCH.to_string(),
            at: Timestamp::UNIX_EPOCH.to_string(),
            sessions: 3,
            most_sessions: 64,
            sessions_begun: 12,
            oldest_session_s: 60,
            connections: 4,
            addresses: 2,
            analyses: 1,
            engine: None,
            memory_bytes: None,
            free_bytes: Some(5),
            present: Vec::new(),
            areas: Vec::new(),
            most_area_bytes: 0,
        }
    }

    #[test]
    fn the_state_is_read_while_the_server_runs_and_gone_afterwards() {
        let home = tempfile::tempdir().unwrap();
        assert!(Status::read(home.path()).unwrap().is_none());
        let lock = super::super::lock(home.path()).unwrap();
        status().write(home.path(), None).unwrap();
        assert_eq!(Status::read(home.path()).unwrap(), Some(status()));
        assert!(matches!(
            super::super::lock(home.path()),
            Err(super::super::ServeError::Running(_))
        ));
        drop(lock);
        assert!(Status::read(home.path()).unwrap().is_none());
    }

    #[test]
    fn figures_have_the_form_of_prometheus() {
        let text = status().metrics();
        assert!(
            text.contains("# TYPE lunny_sessions gauge\nlunny_sessions 3\n"),
            "{text}"
        );
        assert!(text.contains("lunny_disk_free_bytes 5\n"), "{text}");
        // A figure that the system does not state is left out.
        assert!(!text.contains("memory"), "{text}");
    }
}
