//! Place of this process's user, for the sign-in history.

use std::env;
use std::io;

/// The address of the SSH client, or else the name of the terminal; empty if neither is known.
pub fn here() -> String {
    let address = env::var("SSH_CONNECTION").ok();
    if let Some(address) = address.as_deref().and_then(client) {
        return format!("{address} (SSH)");
    }
    let terminal = rustix::termios::ttyname(io::stdin(), Vec::new());
    let name = terminal.ok().and_then(|name| name.into_string().ok());
    name.unwrap_or_default()
}

/// The client's address in `SSH_CONNECTION`: its address and port come first, then the server's.
fn client(connection: &str) -> Option<&str> {
    connection.split_whitespace().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_of_a_connection_is_its_first_address() {
        assert_eq!(client("192.0.2.7 52011 192.0.2.1 22"), Some("192.0.2.7"));
        assert_eq!(
            client("2001:db8::7 52011 2001:db8::1 22"),
            Some("2001:db8::7")
        );
        assert_eq!(client(""), None);
    }
}
