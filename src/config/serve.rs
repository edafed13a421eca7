//! Settings of `lunny serve`: the section `[serve]` of `config.toml`.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use serde::de::{self, Deserialize, Deserializer};

/// Settings of the SSH server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServeConfig {
    /// Address and port that it listens on.
    pub listen: SocketAddr,
    /// Maximum number of sessions at a time.
    pub sessions: usize,
    /// Maximum number of connections from one address at a time.
    pub connections_per_address: usize,
    /// Time after which a session ends, also one that is in use.
    pub session_time: Duration,
    /// Time that sessions get to end by themselves when the server stops.
    pub drain_time: Duration,
    /// Maximum size of all files in the area of an account, in bytes.
    pub area_bytes: u64,
    /// File for figures in the format of Prometheus; none means one in LUNNY's folder.
    pub metrics: Option<PathBuf>,
}

impl Default for ServeConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 2222),
            sessions: 64,
            connections_per_address: 16,
            session_time: Duration::from_secs(12 * 60 * 60),
            drain_time: Duration::from_secs(30),
            area_bytes: 20_000 << 20,
            metrics: None,
        }
    }
}

/// The section as it is written.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Section {
    listen: Option<Listen>,
    sessions: Option<Whole<1, 1000>>,
    connections_per_address: Option<Whole<1, 1000>>,
    session_hours: Option<Whole<1, 168>>,
    drain_seconds: Option<Whole<0, 3600>>,
    area_mb: Option<Whole<1, 1_000_000>>,
    metrics: Option<PathBuf>,
}

impl Section {
    /// The settings, with defaults for those that are not written.
    pub(super) fn settled(&self) -> ServeConfig {
        let usual = ServeConfig::default();
        let seconds = |count: u32| Duration::from_secs(u64::from(count));
        ServeConfig {
            listen: self.listen.as_ref().map_or(usual.listen, |listen| listen.0),
            sessions: (self.sessions.as_ref()).map_or(usual.sessions, |count| count.0 as usize),
            connections_per_address: (self.connections_per_address.as_ref())
                .map_or(usual.connections_per_address, |count| count.0 as usize),
            session_time: (self.session_hours.as_ref())
                .map_or(usual.session_time, |hours| seconds(hours.0 * 60 * 60)),
            drain_time: (self.drain_seconds.as_ref())
                .map_or(usual.drain_time, |time| seconds(time.0)),
            area_bytes: (self.area_mb.as_ref())
                .map_or(usual.area_bytes, |size| u64::from(size.0) << 20),
            metrics: self.metrics.clone(),
        }
    }
}

/// An address with a port.
#[derive(Debug)]
struct Listen(SocketAddr);

impl<'de> Deserialize<'de> for Listen {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(|_| {
            let expected = &"an address and a port such as 0.0.0.0:2222 or [::]:2222";
            de::Error::invalid_value(de::Unexpected::Str(&text), expected)
        })
    }
}

/// A whole number from `LEAST` to `MOST`.
#[derive(Debug)]
struct Whole<const LEAST: u32, const MOST: u32>(u32);

impl<'de, const LEAST: u32, const MOST: u32> Deserialize<'de> for Whole<LEAST, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = i64::deserialize(deserializer)?;
        match u32::try_from(number) {
            Ok(whole) if (LEAST..=MOST).contains(&whole) => Ok(Self(whole)),
            _ => {
                let expected = format!("a whole number from {LEAST} to {MOST}");
                let found = de::Unexpected::Signed(number);
                Err(de::Error::invalid_value(found, &expected.as_str()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<ServeConfig, toml::de::Error> {
        toml::from_str::<Section>(text).map(|section| section.settled())
    }

    #[test]
    fn what_is_not_written_has_its_default() {
        assert_eq!(read("").unwrap(), ServeConfig::default());
        let set =
            read("listen = '[::1]:22'\nsessions = 5\nsession_hours = 1\narea_mb = 2").unwrap();
        assert_eq!(set.listen, "[::1]:22".parse().unwrap());
        assert_eq!((set.sessions, set.area_bytes), (5, 2 << 20));
        assert_eq!(set.session_time, Duration::from_secs(3600));
        assert_eq!(set.drain_time, ServeConfig::default().drain_time);
    }

    #[test]
    fn what_makes_no_server_is_refused() {
        for text in [
            "listen = 'box'",
            "listen = '0.0.0.0'",
            "sessions = 0",
            "sessions = 1001",
            "session_hours = -1",
            "drain_seconds = 'long'",
            "port = 22",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
