//! The application for several users at once, over SSH: `lunny serve`.
//!
//! One process owns the database and its key, the networks and the files that users send. Every connection has a session of
//! its own: an [`App`](crate::tui::app::App) on a thread of its own, whose panic or slow client ends that session alone. The
//! crate `russh` speaks SSH; this module decides who may do what, and moves bytes between connections and sessions.

mod account;
mod commands;
mod connection;
mod error;
mod files;
mod host_key;
mod input;
mod link;
mod output;
mod panics;
mod pump;
mod refused;
mod session;
mod sessions;
mod status;
mod terminal;

use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use russh::keys::ssh_key::HashAlg;
use russh::server::run_stream;
use russh::{MethodKind, MethodSet};
use rustix::fs::FlockOperation;
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::block_in_place;

pub use commands::{Call, Commands};
pub use error::ServeError;
pub use host_key::FILE_NAME as HOST_KEY_FILE;
pub use status::Status;

pub use crate::tui::public_key;

use crate::config::Config;
use crate::sealed::{Folder, Guard};
use crate::store::Store;
use crate::tui::files::Files;
use crate::tui::keymap;
use crate::tui::log;
use crate::tui::session::Request;
use crate::tui::theme::Theme;
use crate::tui::worker::Resources;
use connection::Connection;
use link::Link;
use sessions::{Connected, Sessions};

/// Folder in LUNNY's folder with the files of all accounts.
const AREAS: &str = "files";

/// File in LUNNY's folder that is locked while a server runs there.
const LOCK: &str = "serve.lock";

/// Time in which a client has to begin a session.
const GRACE: Duration = Duration::from_secs(60);

/// Time after which a client that sends nothing is asked whether it is there, and number of questions without an answer
/// after which it is gone.
const KEEP_ALIVE: Duration = Duration::from_secs(30);
const KEEP_ALIVES: usize = 3;

/// Time that sessions get to save drafts once they were ended.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// Pause after an error of accepting connections, such as too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// Bytes that a client may send, and LUNNY may keep, before it waits.
const WINDOW: u32 = 128 << 10;

/// Stream of error messages of a program.
const STANDARD_ERROR: u32 = 1;

/// Threads that speak SSH.
const NETWORK_THREADS: usize = 2;

/// Number of the signal that asks a program to end.
const TERMINATE: i32 = rustix::process::Signal::TERM.as_raw();

/// State that all connections share.
pub(crate) struct Server {
    resources: Arc<Resources>,
    files: Files,
    theme: Theme,
    sessions: Arc<Sessions>,
    commands: Box<dyn Commands>,
    /// The files of the areas are sealed as long as this is there.
    sealed: Guard,
}

/// Runs the server until a signal ends it. Opens the database of the home, unless `store` is open already. `commands` runs what
/// clients ask for without a terminal.
///
/// # Errors
/// [`ServeError`] if it cannot start.
pub fn start(
    config: Config,
    store: Option<Store>,
    commands: Box<dyn Commands>,
) -> Result<ExitCode, ServeError> {
    let home = prepare(&config.home)?;
    let config = Config { home, ..config };
    let _running = lock(&config.home)?;
    let key = host_key::read_or_make(&config.home)?;
    log::open(&config.home, "warn,lunny::serve=info")?;
    let wanted = config.theme.as_deref().unwrap_or(Theme::DEFAULT);
    let theme = Theme::load(wanted, &config.home.join("themes"))?;
    if let Some(table) = keymap::own::load(&config.home.join("keys.toml"))? {
        keymap::use_own(table);
    }
    let areas = prepare(&config.home.join(AREAS))?;
    let settings = config.serve.clone();
    let resources = Arc::new(Resources::new(config, store));
    // A database that cannot be opened is said here, and not on the screen of the first user.
    let keys = resources.store()?.area_keys()?;
    let sealed = Folder::new(areas.clone(), keys, settings.area_bytes).guard();
    panics::report();
    allow_many_files();
    let server = Arc::new(Server {
        resources,
        files: Files::Areas(areas),
        theme,
        sessions: Sessions::new(settings.clone()),
        commands,
        sealed,
    });
    let fingerprint = key.fingerprint(HashAlg::Sha256);
    let ssh = Arc::new(russh::server::Config {
        server_id: russh::SshId::Standard("SSH-2.0-LUNNY".into()),
        methods: MethodSet::from(
            &[
                MethodKind::None,
                MethodKind::PublicKey,
                MethodKind::Password,
                MethodKind::KeyboardInteractive,
            ][..],
        ),
        keys: vec![key],
        window_size: WINDOW,
        channel_buffer_size: 8,
        auth_rejection_time_initial: Some(Duration::ZERO),
        keepalive_interval: Some(KEEP_ALIVE),
        keepalive_max: KEEP_ALIVES,
        inactivity_timeout: Some(KEEP_ALIVE * (KEEP_ALIVES as u32 + 2)),
        nodelay: true,
        ..russh::server::Config::default()
    });
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(NETWORK_THREADS)
        .thread_name("ssh")
        .enable_all()
        .build()
        .map_err(ServeError::Threads)?;
    let status = runtime.block_on(async {
        let listener = TcpListener::bind(settings.listen).await;
        let listener = listener.map_err(|source| ServeError::Listen {
            address: settings.listen,
            source,
        })?;
        let address = listener.local_addr().unwrap_or(settings.listen);
        let mut signals = Signals::listen().map_err(ServeError::Threads)?;
        // The program that started the server may not read this line.
        let _ = writeln!(
            std::io::stdout(),
            "LUNNY listens on {address}; host key {fingerprint}"
        );
        tracing::info!(%address, %fingerprint, "the server began");
        let began_at = Timestamp::now();
        let told = Arc::downgrade(&server);
        server.resources.on_server(move || {
            let server = told.upgrade()?;
            Some(Status::of(&server, address, began_at))
        });
        let reporting = tokio::spawn(report(Arc::clone(&server), address, began_at));
        accept(&server, &ssh, &listener, &mut signals).await;
        drop(listener);
        drain(&server.sessions, settings.drain_time, &mut signals).await;
        reporting.abort();
        Status::remove(&server.resources.config().home, settings.metrics.as_deref());
        tracing::info!("the server ended");
        Ok(ExitCode::SUCCESS)
    });
    runtime.shutdown_timeout(Duration::from_secs(1));
    status
}

/// Makes a folder for this user alone if it is missing. Returns its canonical path.
fn prepare(folder: &Path) -> Result<std::path::PathBuf, ServeError> {
    let failed = |source| ServeError::Home {
        path: folder.to_owned(),
        source,
    };
    let mut builder = std::fs::DirBuilder::new();
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder).map_err(failed)?;
    folder.canonicalize().map_err(failed)
}

/// Makes sure that no other server runs in `home` until the file that is returned is closed.
fn lock(home: &Path) -> Result<std::fs::File, ServeError> {
    let path = home.join(LOCK);
    let mut options = std::fs::OpenOptions::new();
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(|source| ServeError::Home { path, source })?;
    match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(file),
        Err(_) => Err(ServeError::Running(home.to_owned())),
    }
}

/// Allows as many open files as the system does: connections, sessions and transfers hold some each.
fn allow_many_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let limit = getrlimit(Resource::Nofile);
    let all = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    if limit.current != limit.maximum && setrlimit(Resource::Nofile, all).is_err() {
        tracing::warn!("the limit of open files was not raised");
    }
}

/// Writes the state of the server again and again.
async fn report(server: Arc<Server>, address: SocketAddr, began_at: Timestamp) {
    let config = server.resources.config();
    let mut failed = false;
    loop {
        let written = block_in_place(|| {
            let status = Status::of(&server, address, began_at);
            status.write(&config.home, config.serve.metrics.as_deref())
        });
        if let Err(error) = &written
            && !failed
        {
            tracing::warn!(%error, "the state of the server was not written");
        }
        failed = written.is_err();
        tokio::time::sleep(status::INTERVAL).await;
    }
}

/// Signals that end the server.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
            _ = self.hang_up.recv() => {}
        }
    }
}

/// Takes connections until a signal comes.
async fn accept(
    server: &Arc<Server>,
    ssh: &Arc<russh::server::Config>,
    listener: &TcpListener,
    signals: &mut Signals,
) {
    loop {
        let accepted = tokio::select! {
            () = signals.next() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, address)) => match server.sessions.connect(address.ip()) {
                Ok(connected) => {
                    let (server, ssh) = (Arc::clone(server), Arc::clone(ssh));
                    tokio::spawn(connection(server, ssh, stream, address, connected));
                }
                Err(full) => {
                    tracing::warn!(address = %address.ip(), reason = %full, "a connection was refused");
                }
            },
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Serves one connection until it ends. A client that begins no session in time is cut off.
async fn connection(
    server: Arc<Server>,
    ssh: Arc<russh::server::Config>,
    stream: TcpStream,
    address: SocketAddr,
    connected: Connected,
) {
    let _ = stream.set_nodelay(true);
    let (link, hang_up) = Link::new(stream);
    let (handler, in_use) = Connection::new(server, address.ip().to_canonical(), connected);
    let served = async {
        match run_stream(ssh, link, handler).await {
            Ok(running) => running.await,
            Err(error) => Err(error),
        }
    };
    tokio::pin!(served);
    let in_time = async {
        // Dropped where the connection ended first; then nothing is left to cut off.
        if tokio::time::timeout(GRACE, in_use).await.is_err() {
            tracing::info!(address = %address.ip(), "a connection without a session was cut off");
            let _ = hang_up.send(());
        } else {
            std::future::pending::<()>().await;
        }
    };
    tokio::pin!(in_time);
    let ended = tokio::select! {
        ended = &mut served => ended,
        () = &mut in_time => served.await,
    };
    if let Err(error) = ended {
        tracing::debug!(address = %address.ip(), %error, "a connection ended");
    }
}

/// Tells the users that the server stops, and ends their sessions after `time`, or at the next signal.
async fn drain(sessions: &Sessions, time: Duration, signals: &mut Signals) {
    let seconds = time.as_secs();
    sessions.ask_all(&Request::Tell(format!(
        "This server stops in {seconds} seconds. Save what you are doing; drafts of forms are kept."
    )));
    tokio::select! {
        () = sessions.all_ended() => return,
        () = tokio::time::sleep(time) => {}
        () = signals.next() => {}
    }
    sessions.ask_all(&Request::Leave(TERMINATE));
    if tokio::time::timeout(LAST_WORDS, sessions.all_ended())
        .await
        .is_err()
    {
        tracing::warn!("some sessions did not end in time");
    }
}
