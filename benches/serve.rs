//! `lunny serve` under load: memory of a session, time from a key to the changed screen in 50 sessions, alone and while one of
//! them analyses a series, and memory over many connections. Needs no SSH client. `LUNNY_BENCH_CONNECTS` sets the number of
//! connections, 10000 for a day's.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::num::NonZero;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use lunny::clinical::terms;
use lunny::sealed::Folder;
use lunny::store::{Registration, Store};
use lunny::tui::public_key;
use lunny::whole_file::{self, Readers};
use russh::client::{self, Handle, Handler, Msg};
use russh::keys::ssh_key::PrivateKey;
use russh::keys::ssh_key::private::{Ed25519Keypair, KeypairData};
use russh::keys::{PrivateKeyWithHashAlg, PublicKeyOrCertificate};
use russh::{Channel, ChannelMsg};
use zeroize::Zeroizing;

const SESSIONS: usize = 50;
/// Keys of each session, and the pause between two.
const KEYS: usize = 20;
const PAUSE: Duration = Duration::from_millis(400);
/// Slices of the series.
const SLICES: &str = "120";
const CONNECTS: usize = 1000;
const EMAIL: &str = "dana@example.org";
/// Size of each terminal.
const ROWS: NonZero<u16> = NonZero::new(24).unwrap();
const COLUMNS: NonZero<u16> = NonZero::new(80).unwrap();
const PATIENCE: Duration = Duration::from_secs(300);

fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = folder.path().canonicalize().expect("a path").join("home");
    let key = prepare(&home, folder.path());
    let mut server = Server::start(&home);
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    runtime.block_on(measure(&server, &key));
    let _ = server.child.kill();
    let _ = server.child.wait();
}

async fn measure(server: &Server, key: &Arc<PrivateKey>) {
    let mut analyst = Client::signed_in(server.address, key).await;
    analyst.until("Welcome").await;
    analyst.until("model ready").await;
    let before = server.memory();
    let mut clients = Vec::new();
    for _ in 0..SESSIONS {
        let mut client = Client::guest(server.address).await;
        client.until("Register").await;
        clients.push(client);
    }
    let each = server.memory().saturating_sub(before) / SESSIONS as u64;
    println!("a session takes {} kB", each >> 10);

    println!(
        "{:<34}{:>10}{:>10}{:>10}{:>10}",
        "key to screen", "p50", "p95", "p99", "max"
    );
    // The server waits a moment for what a terminal answers about itself; these answer nothing.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let (clients, times) = keys(clients).await;
    print(&format!("{SESSIONS} sessions"), times);
    analyst.press("n").await;
    analyst.until("/inbox").await;
    analyst.press("\x0f").await;
    // A word in the footer of the viewer, and later one in that of the result.
    analyst.until("zoom").await;
    analyst.press("\r").await;
    analyst.until("Analysing").await;
    let analysis = tokio::spawn(async move {
        let start = Instant::now();
        analyst.until("print").await;
        start.elapsed()
    });
    let (clients, times) = keys(clients).await;
    let is_running = !analysis.is_finished();
    print("the same while a series is analysed", times);
    if !is_running {
        println!("the analysis ended before the keys did: take more slices");
    }
    drop(clients);
    if let Ok(Ok(took)) = tokio::time::timeout(PATIENCE, analysis).await {
        println!("the analysis of {SLICES} slices took {took:.1?}");
    }

    let connects = std::env::var("LUNNY_BENCH_CONNECTS").map_or(Ok(CONNECTS), |n| n.parse());
    let connects = connects.expect("LUNNY_BENCH_CONNECTS is a number");
    // The first hundred fill caches.
    connect(server.address, 100).await;
    let (before, start) = (server.memory(), Instant::now());
    connect(server.address, connects).await;
    let took = start.elapsed();
    tokio::time::sleep(Duration::from_secs(3)).await;
    println!(
        "{connects} connections with a session each: {took:.1?}, memory {} kB before, {} kB after",
        before >> 10,
        server.memory() >> 10
    );
}

/// Presses keys in all sessions, spread over time, and measures each.
async fn keys(clients: Vec<Client>) -> (Vec<Client>, Vec<Duration>) {
    let tasks = clients.into_iter().enumerate().map(|(index, mut client)| {
        tokio::spawn(async move {
            let mut times = Vec::new();
            tokio::time::sleep(PAUSE * index as u32 / SESSIONS as u32).await;
            for step in 0..KEYS {
                let (key, shows) = match step % 2 {
                    0 => ("s", "Password"),
                    _ => ("\x1b", "Register"),
                };
                let pressed = Instant::now();
                client.press(key).await;
                client.until(shows).await;
                // Esc is one after 30 ms without another byte.
                let waited = if step % 2 == 0 { 0 } else { 30 };
                times.push(
                    pressed
                        .elapsed()
                        .saturating_sub(Duration::from_millis(waited)),
                );
                tokio::time::sleep(PAUSE).await;
            }
            (client, times)
        })
    });
    let tasks: Vec<_> = tasks.collect();
    let (mut clients, mut times) = (Vec::new(), Vec::new());
    for task in tasks {
        let (client, some) = task.await.expect("a client");
        clients.push(client);
        times.extend(some);
    }
    (clients, times)
}

fn print(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    print!("{what:<34}");
    for percent in [50, 95, 99, 100] {
        let index = (times.len() * percent / 100).min(times.len() - 1);
        print!("{:>10.1?}", times[index]);
    }
    println!();
}

/// Connects, waits for the first screen and leaves, again and again.
async fn connect(address: SocketAddr, times: usize) {
    for _ in 0..times {
        let mut client = Client::guest(address).await;
        client.until("Register").await;
        client.press("q").await;
        while client.channel.wait().await.is_some() {}
    }
}

/// An account with a key and a series in its inbox.
fn prepare(home: &Path, folder: &Path) -> Arc<PrivateKey> {
    let store = Store::open(home).expect("a store");
    let registration = Registration {
        hospital: "St. Mary".to_owned(),
        admin_id: "A-17".to_owned(),
        full_name: "Dana Ruiz".to_owned(),
        email: EMAIL.to_owned(),
        password: Zeroizing::new("quiet lungs breathe slowly at night".to_owned()),
    };
    let account = store.register(&registration).expect("an account");
    let sign_in = store.sign_in(EMAIL, &registration.password);
    let access = sign_in.expect("a sign-in").access;
    store.accept_terms(&access, terms::VERSION).expect("terms");
    let pair = KeypairData::Ed25519(Ed25519Keypair::from_seed(&[7; 32]));
    let key = PrivateKey::new(pair, "bench").expect("a key");
    let public = key.public_key().to_openssh().expect("a public key");
    let public = public_key::read(&public).expect("a key that signs in");
    store
        .add_ssh_key(&access, "bench", &public.bytes)
        .expect("a key");

    let scans = folder.join("scans");
    let mut sample = Command::new(env!("CARGO_BIN_EXE_lunny"));
    sample.args(["sample", "--no-follow-up", "--slices", SLICES]);
    let made = sample.arg(&scans).stdout(Stdio::null()).status();
    assert!(made.expect("the program").success());
    let areas = home.join("files");
    let keys = store.area_keys().expect("keys");
    let _sealed = Folder::new(areas.clone(), keys, u64::MAX).guard();
    let inbox = areas.join(account.id.0.to_string()).join("inbox");
    let exams = std::fs::read_dir(&scans).expect("a folder").flatten();
    for exam in exams.filter(|entry| entry.path().is_dir()) {
        for slice in std::fs::read_dir(exam.path()).expect("a folder").flatten() {
            let bytes = std::fs::read(slice.path()).expect("a slice");
            let target = inbox.join(slice.file_name());
            whole_file::write(&target, &bytes, Readers::Owner).expect("a sealed slice");
        }
    }
    let settings = "[serve]\nsessions = 200\nconnections_per_address = 200\n";
    std::fs::write(home.join("config.toml"), settings).expect("settings");
    Arc::new(key)
}

struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    fn start(home: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lunny"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--home"]);
        command.arg(home).stdout(Stdio::piped());
        let mut child = command.spawn().expect("the program");
        let mut line = String::new();
        let output = child.stdout.take().expect("its output");
        BufReader::new(output).read_line(&mut line).expect("a line");
        let address = line.strip_prefix("LUNNY listens on ");
        let address = address.and_then(|rest| rest.split_once(';'));
        let (address, _) = address.expect("an address");
        Self {
            address: address.parse().expect("an address"),
            child,
        }
    }

    /// Memory that is not shared, in bytes.
    fn memory(&self) -> u64 {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(path).expect("a process");
        let line = status.lines().find(|line| line.starts_with("RssAnon:"));
        let size = line.and_then(|line| line.split_whitespace().nth(1));
        size.and_then(|size| size.parse::<u64>().ok())
            .expect("a size")
            << 10
    }
}

/// Takes any host key: the server is this process's own.
struct Trusting;

impl Handler for Trusting {
    type Error = russh::Error;

    async fn check_server_key(
        &mut self,
        _key: &PublicKeyOrCertificate,
    ) -> Result<bool, Self::Error> {
        Ok(true)
    }
}

struct Client {
    channel: Channel<Msg>,
    screen: vt100::Parser,
    _session: Handle<Trusting>,
}

impl Client {
    async fn guest(address: SocketAddr) -> Self {
        let mut session = connected(address).await;
        let answer = session.authenticate_none("bench").await;
        assert!(answer.expect("an answer").success());
        Self::begin(session).await
    }

    async fn signed_in(address: SocketAddr, key: &Arc<PrivateKey>) -> Self {
        let mut session = connected(address).await;
        let key = PrivateKeyWithHashAlg::new(Arc::clone(key), None);
        let answer = session.authenticate_publickey(EMAIL, key).await;
        assert!(answer.expect("an answer").success());
        Self::begin(session).await
    }

    async fn begin(session: Handle<Trusting>) -> Self {
        let channel = session.channel_open_session().await.expect("a channel");
        let term = "xterm-256color";
        let asked = channel.request_pty(false, term, 80, 24, 0, 0, &[]).await;
        asked.expect("a terminal");
        channel.request_shell(false).await.expect("a session");
        Self {
            channel,
            screen: vt100::Parser::new(ROWS, COLUMNS, 0),
            _session: session,
        }
    }

    async fn press(&self, keys: &str) {
        let sent = self.channel.data_bytes(keys.as_bytes().to_vec()).await;
        sent.expect("a session");
    }

    /// Waits until the screen shows a text.
    async fn until(&mut self, text: &str) {
        let shown = async {
            loop {
                let screen = self.screen.screen().contents();
                if screen.contains(text) {
                    return;
                }
                match self.channel.wait().await {
                    Some(ChannelMsg::Data { data }) => self.screen.process(&data),
                    Some(_) => {}
                    None => panic!("the session ended before {text:?}:\n{screen}"),
                }
            }
        };
        let in_time = tokio::time::timeout(PATIENCE, shown).await;
        in_time.unwrap_or_else(|_| panic!("{text:?} did not come"));
    }
}

async fn connected(address: SocketAddr) -> Handle<Trusting> {
    let config = Arc::new(client::Config::default());
    let session = client::connect(config, address, Trusting).await;
    session.expect("a connection")
}
