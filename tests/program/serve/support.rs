//! A running server, and clients of it.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::terminal::pseudo_terminal::PseudoTerminal;

/// Longer than any step takes on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// True where the named programs of OpenSSH are installed; says so where they are not.
pub fn clients(names: &[&str]) -> bool {
    let missing = names.iter().find(|name| {
        let found = Command::new(name).arg("-V").stderr(Stdio::null()).status();
        found.is_err()
    });
    if let Some(name) = missing {
        let test = std::thread::current();
        let test = test.name().unwrap_or("a test");
        eprintln!("{test} was skipped: {name} is missing (Debian: apt-get install openssh-client)");
    }
    missing.is_none()
}

/// The server, in a home of its own; it ends with this value.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
    pub home: PathBuf,
    /// Folder of the clients.
    pub folder: tempfile::TempDir,
}

impl Server {
    /// A server with these lines in its `config.toml`.
    pub fn start(settings: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("home");
        std::fs::create_dir(&home).unwrap();
        std::fs::write(home.join("config.toml"), settings).unwrap();
        Self::run_in(folder, home)
    }

    /// A server that ended, started again.
    pub fn start_in(ended: Self) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("home");
        std::fs::rename(&ended.home, &home).unwrap();
        Self::run_in(folder, home)
    }

    fn run_in(folder: tempfile::TempDir, home: PathBuf) -> Self {
        let (child, address) = start(&home);
        Self {
            child,
            address,
            home,
            folder,
        }
    }

    /// Options that every client needs: no known host, no configuration and no keys of the user who runs the tests.
    fn options(&self, program: &str) -> Vec<String> {
        let port_flag = if program == "ssh" { "-p" } else { "-P" };
        let mut options = vec![port_flag.to_owned(), self.address.port().to_string()];
        for option in [
            "StrictHostKeyChecking=accept-new",
            "GlobalKnownHostsFile=/dev/null",
            "IdentitiesOnly=yes",
            "IdentityAgent=none",
            "PreferredAuthentications=none,publickey,keyboard-interactive,password",
            "LogLevel=ERROR",
            "ConnectTimeout=60",
        ] {
            options.extend(["-o".to_owned(), option.to_owned()]);
        }
        let known = self.folder.path().join("known_hosts");
        options.push("-o".to_owned());
        options.push(format!("UserKnownHostsFile={}", known.display()));
        options.extend(["-F".to_owned(), "/dev/null".to_owned()]);
        options
    }

    /// A terminal with the application on it.
    pub fn connect(&self) -> PseudoTerminal {
        self.connect_as("technician")
    }

    /// As [`Self::connect`], with a user name for SSH.
    pub fn connect_as(&self, user: &str) -> PseudoTerminal {
        self.connect_with(&[], user)
    }

    /// As [`Self::connect_as`], with more options.
    pub fn connect_with(&self, options: &[&str], user: &str) -> PseudoTerminal {
        self.start_client("ssh", &[options, &["-l", user, "127.0.0.1"]].concat())
    }

    /// A client on a terminal.
    pub fn start_client(&self, program: &str, arguments: &[&str]) -> PseudoTerminal {
        let all = self.options(program);
        let all: Vec<&str> = all
            .iter()
            .map(String::as_str)
            .chain(arguments.iter().copied())
            .collect();
        PseudoTerminal::start(Path::new(program), &all, self.folder.path(), &self.home)
    }

    /// Runs a client without a terminal.
    pub fn run(&self, program: &str, arguments: &[&str]) -> std::process::Output {
        let mut command = Command::new(program);
        command.args(self.options(program)).args(arguments);
        command.stdin(Stdio::null()).current_dir(self.folder.path());
        command.output().unwrap()
    }

    /// A connection below SSH.
    pub fn plain(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    pub fn signal(&self, signal: rustix::process::Signal) {
        let process = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(process, signal).unwrap();
    }

    /// Waits for the server's end.
    #[track_caller]
    pub fn wait_for_end(&mut self) -> std::process::ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "the server is still there");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Memory of the server that is not shared, in bytes.
    pub fn memory(&self) -> u64 {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(path).unwrap();
        let line = status.lines().find(|line| line.starts_with("RssAnon:"));
        let size = line.and_then(|line| line.split_whitespace().nth(1));
        size.unwrap().parse::<u64>().unwrap() << 10
    }

    /// Time for which the server used processors.
    pub fn processor_time(&self) -> Duration {
        let path = format!("/proc/{}/stat", self.child.id());
        let stat = std::fs::read_to_string(path).unwrap();
        let (_, fields) = stat.rsplit_once(')').unwrap();
        let ticks = fields.split_whitespace().skip(11).take(2);
        let ticks: u64 = ticks.map(|ticks| ticks.parse::<u64>().unwrap()).sum();
        Duration::from_millis(1000 * ticks / rustix::param::clock_ticks_per_second())
    }

    /// The log of the server.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.home.join("lunny.log")).unwrap_or_default()
    }
}

/// Starts the program and waits until it says where it listens.
fn start(home: &Path) -> (Child, SocketAddr) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lunny"));
    command.args(["serve", "--listen", "127.0.0.1:0", "--home"]);
    command
        .arg(home)
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    command.env_remove("LUNNY_HOME");
    let mut child = command.spawn().unwrap();
    let mut line = String::new();
    let output = child.stdout.take().unwrap();
    BufReader::new(output).read_line(&mut line).unwrap();
    let address = line
        .strip_prefix("LUNNY listens on ")
        .unwrap_or_else(|| panic!("{line:?}"));
    let (address, _) = address.split_once(';').unwrap();
    (child, address.parse().unwrap())
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub const PASSWORD: &str = "quiet lungs breathe slowly at night";

/// Registers in a session, up to the dashboard.
pub fn register(terminal: &mut PseudoTerminal, name: &str, email: &str) {
    terminal.wait_for("Not a medical device");
    terminal.type_keys("r");
    terminal.wait_for("New account");
    for value in ["St. Example Hospital", "A-17", name, email] {
        terminal.type_keys(&format!("{value}\r"));
    }
    terminal.type_keys(PASSWORD);
    terminal.wait_for("strong");
    terminal.type_keys(&format!("\r{PASSWORD}\r"));
    terminal.wait_for("Terms of use, version");
    terminal.type_keys("a");
    terminal.wait_for("How LUNNY works");
    terminal.type_keys("\r");
    terminal.wait_for(&format!("Welcome, {name}"));
}

/// Signs in in a session, up to the dashboard.
pub fn sign_in(terminal: &mut PseudoTerminal, name: &str, email: &str) {
    terminal.wait_for("Not a medical device");
    terminal.type_keys("s");
    terminal.wait_for("Email");
    terminal.type_keys(&format!("{email}\r{PASSWORD}\r"));
    terminal.wait_for(&format!("Welcome, {name}"));
}
