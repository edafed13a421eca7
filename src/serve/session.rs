//! One user's session: the application on a thread of its own, with a terminal at the other end of a connection.

use std::io::Write;
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock, Weak};
use std::time::{Duration, Instant};

use futures_util::stream::{self, BoxStream, StreamExt};
use ratatui::layout::Size;
use tokio::sync::{mpsc, oneshot};

use super::Server;
use super::output::{Sent, Wire};
use super::panics;
use super::sessions::Seat;
use super::terminal::{self, Incoming, Told};
use crate::config::Prevalence;
use crate::store::SignIn;
use crate::text::counted;
use crate::tui::app::App;
use crate::tui::files::{INBOX, OUTBOX};
use crate::tui::run::{self, End};
use crate::tui::session::{Request, Session};
use crate::tui::terminal::{capabilities, modes, probe};
use crate::tui::worker::Services;

/// Threads of one session for work that takes time; more work than that waits.
const WORKERS: usize = 8;

/// Time after which a thread without work ends.
const IDLE_WORKER: Duration = Duration::from_secs(2);

/// Longest time that running work may delay the end.
const LAST_CHANCE: Duration = Duration::from_millis(200);

/// Time before the longest session's end at which its user is told.
const WARNING: Duration = Duration::from_secs(5 * 60);

/// Time between two looks whether an account is signed in, and number of looks without one after which a session ends: places are
/// few, and the sign-in screen is for everyone.
const LOOK: Duration = Duration::from_secs(60);
const LOOKS: u32 = 30;

/// Number of the signal that asks a program to end.
const TERMINATE: i32 = rustix::process::Signal::TERM.as_raw();

/// Everything that a session starts with.
pub(super) struct Start {
    pub(super) server: Arc<Server>,
    pub(super) seat: Seat,
    pub(super) address: IpAddr,
    pub(super) told: Told,
    /// An account that signed in by a key.
    pub(super) signed_in: Option<Box<SignIn>>,
    pub(super) size: Size,
    pub(super) incoming: Incoming,
    pub(super) asked: mpsc::Receiver<Request>,
    pub(super) wire: Wire,
    pub(super) sent: Arc<Sent>,
}

/// Runs the application on a new thread. Its exit status is sent when it ended, however it did.
pub(super) fn start(start: Start, ended: oneshot::Sender<u32>) -> std::io::Result<()> {
    start_to(hold, start, ended)
}

/// As [`start`], with the work of the thread.
fn start_to(
    work: impl FnOnce(Start) -> u32 + Send + 'static,
    start: Start,
    ended: oneshot::Sender<u32>,
) -> std::io::Result<()> {
    let name = format!("session {}", start.seat.number);
    let thread = std::thread::Builder::new().name(name);
    thread.spawn(move || {
        let number = start.seat.number;
        // The session's state is gone with it; what is shared lies behind locks that ignore poison, and in SQLite.
        let mut closing = start.wire.again();
        let status = catch_unwind(AssertUnwindSafe(|| work(start)));
        let status = status.unwrap_or_else(|_| {
            tracing::error!(
                session = number,
                "a session ended in a fault of the program"
            );
            let words =
                "A fault of LUNNY ended this session. Drafts of forms are kept; sign in again.";
            let _ = closing.write_all(format!("{}{words}\r\n", modes::leaving()).as_bytes());
            1
        });
        let _ = ended.send(status);
    })?;
    Ok(())
}

fn hold(start: Start) -> u32 {
    let services: Arc<OnceLock<Weak<Services>>> = Arc::default();
    let known = Arc::clone(&services);
    let who: panics::Who = Arc::new(move || known.get()?.upgrade()?.account_at_once());
    panics::this_thread_always_works_for(Arc::clone(&who));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .on_thread_start(move || panics::this_thread_always_works_for(Arc::clone(&who)))
        .enable_all()
        .max_blocking_threads(WORKERS)
        .thread_keep_alive(IDLE_WORKER)
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(%error, "a session could not start");
            return 1;
        }
    };
    let status = runtime.block_on(session(start, &services));
    runtime.shutdown_timeout(LAST_CHANCE);
    status
}

async fn session(start: Start, known: &OnceLock<Weak<Services>>) -> u32 {
    let Start {
        server,
        seat,
        address,
        told,
        signed_in,
        size,
        incoming,
        asked,
        mut wire,
        sent,
    } = start;
    let began = Instant::now();
    let config = server.resources.config().clone();
    // Nothing of this is waited for: the writer hands it on.
    let opening = format!("{}{}", modes::entering(), probe::QUESTIONS);
    if wire.write_all(opening.as_bytes()).is_err() {
        return 1;
    }
    let abilities = capabilities(&config, None, |name| told.variable(name));
    let root = PathBuf::from("/");
    let app = App::new(
        server.theme.clone(),
        abilities.clone(),
        size,
        run::moment(began),
        root.join(OUTBOX),
        root.join(INBOX),
    )
    .locking_after(config.lock_after)
    .at_prevalence(config.reading.prevalence.map(Prevalence::share))
    .on_a_server(server.files.clone());
    let place = format!("{address} (SSH)");
    let services = Services::of(Arc::clone(&server.resources), place, server.files.clone());
    let app = match signed_in {
        Some(signed_in) => {
            services.enter(&signed_in);
            app.signed_in_as(signed_in)
        }
        None => app,
    };
    let services = Arc::new(services);
    let _ = known.set(Arc::downgrade(&services));
    seat.works_with(&services);
    let _signs_out = SignsOut(Arc::clone(&services));
    let longest = config.serve.session_time;
    let mut closing = wire.again();
    let session = Session {
        events: terminal::events(incoming, told, config),
        writer: Box::new(wire),
        flow: Some(sent),
        requests: stream::select(requests(asked, longest), unused(&services, LOOK)).boxed(),
        size,
        capabilities: abilities,
    };
    tracing::info!(session = seat.number, %address, "a session began");
    let end = run::run(app, session, Arc::clone(&services), began, || Ok(())).await;
    tracing::info!(session = seat.number, lasted = ?began.elapsed(), "a session ended");
    let words = match &end {
        Ok(End::Left) => "",
        _ => "LUNNY ended this session. Drafts of forms are kept.\r\n",
    };
    let _ = closing.write_all(format!("{}{words}", modes::leaving()).as_bytes());
    u32::from(!matches!(end, Ok(End::Left)))
}

/// Signs the account out at the end of a session, a fault of the program included.
struct SignsOut(Arc<Services>);

impl Drop for SignsOut {
    fn drop(&mut self) {
        self.0.leave();
    }
}

/// Requests of the server, and the end of a session that has lasted for the longest time.
fn requests(asked: mpsc::Receiver<Request>, longest: Duration) -> BoxStream<'static, Request> {
    let next = |mut asked: mpsc::Receiver<Request>| async move {
        asked.recv().await.map(|request| (request, asked))
    };
    let asked = stream::unfold(asked, next);
    let warning = longest.saturating_sub(WARNING);
    let warned = stream::once(async move {
        tokio::time::sleep(warning).await;
        let minutes = (longest - warning).as_millis().div_ceil(60_000);
        Request::Tell(format!(
            "This session ends in {}, because it is as long as sessions may be. Save what you are doing.",
            counted(minutes as usize, "minute")
        ))
    });
    let ended = stream::once(async move {
        tokio::time::sleep(longest - warning).await;
        Request::Leave(TERMINATE)
    });
    stream::select(asked, warned.chain(ended)).boxed()
}

/// The end of a session in which no account was signed in at many looks in a row.
fn unused(services: &Arc<Services>, look: Duration) -> BoxStream<'static, Request> {
    let services = Arc::downgrade(services);
    let ended = async move {
        let mut looks = 0;
        while looks < LOOKS {
            tokio::time::sleep(look).await;
            looks = match services.upgrade().and_then(|it| it.account()) {
                Some(_) => 0,
                None => looks + 1,
            };
        }
        Request::Leave(TERMINATE)
    };
    stream::once(ended).boxed()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Options};
    use crate::sealed::{AreaKeys, Folder, KEY_BYTES};
    use crate::serve::sessions::Sessions;
    use crate::serve::{Call, Commands};
    use crate::tui::files::Files;
    use crate::tui::theme::Theme;
    use crate::tui::worker::Resources;

    struct NoCommands;

    impl Commands for NoCommands {
        fn run(&self, _call: Call<'_>) -> u8 {
            1
        }
    }

    /// A server without a listener, in a home of its own.
    fn server() -> (tempfile::TempDir, Arc<Server>) {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().canonicalize().unwrap();
        let options = Options {
            home: Some(home.clone()),
            ..Options::default()
        };
        let config = Config::load(&options).unwrap();
        let keys = AreaKeys::first(1, [7; KEY_BYTES].into());
        let server = Server {
            sessions: Sessions::new(config.serve.clone()),
            commands: Box::new(NoCommands),
            resources: Arc::new(Resources::new(config, None)),
            files: Files::Areas(home.join("files")),
            theme: Theme::load(Theme::DEFAULT, &home).unwrap(),
            sealed: Folder::new(home.join("files"), keys, 1 << 20).guard(),
        };
        (folder, Arc::new(server))
    }

    /// One end of a session: what its client holds.
    struct Client {
        written: mpsc::UnboundedReceiver<Vec<u8>>,
        sent: Arc<Sent>,
        ended: oneshot::Receiver<u32>,
        keys: mpsc::Sender<Vec<u8>>,
        sizes: tokio::sync::watch::Sender<Size>,
    }

    fn begin(server: &Arc<Server>, work: impl FnOnce(Start) -> u32 + Send + 'static) -> Client {
        let address = IpAddr::from([192, 0, 2, 1]);
        let (seat, asked) = server.sessions.begin(address).unwrap();
        let (keys, bytes) = mpsc::channel(16);
        let size = Size::new(80, 24);
        let (sizes, changes) = tokio::sync::watch::channel(size);
        let (wire, sent, written) = Wire::new();
        let mut told = Told::default();
        told.set("TERM", "xterm-256color");
        let start = Start {
            server: Arc::clone(server),
            seat,
            address,
            told,
            signed_in: None,
            size,
            incoming: Incoming {
                bytes,
                size: changes,
            },
            asked,
            wire,
            sent: Arc::clone(&sent),
        };
        let (end, ended) = oneshot::channel();
        start_to(work, start, end).unwrap();
        Client {
            written,
            sent,
            ended,
            keys,
            sizes,
        }
    }

    impl Client {
        /// Takes what is written until it contains `text`, and returns the number of bytes.
        async fn until(&mut self, text: &str) -> usize {
            let mut seen = Vec::new();
            let found = async {
                while let Some(bytes) = self.written.recv().await {
                    self.sent.left(bytes.len());
                    seen.extend(bytes);
                    if String::from_utf8_lossy(&seen).contains(text) {
                        return seen.len();
                    }
                }
                panic!("{text:?} was not written");
            };
            let patience = Duration::from_secs(120);
            tokio::time::timeout(patience, found).await.unwrap()
        }

        async fn press(&self, keys: &str) {
            self.keys.send(keys.as_bytes().to_vec()).await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_fault_of_the_program_ends_its_session_alone_and_restores_the_terminal() {
        let (_home, server) = server();
        let lines = panics::recorded();
        let mut other = begin(&server, hold);
        other.until("Register").await;
        let mut faulty = begin(&server, |start| {
            let mut wire = start.wire.again();
            wire.write_all(modes::entering().as_bytes()).unwrap();
            // Everything that the session holds is dropped on the way.
            let _all = start;
            let account = || Some(crate::store::AccountId(7));
            let _who = panics::this_thread_works_for(Arc::new(account));
            let name = String::from("Müller");
            panic!("the record of {name} is not there");
        });
        let end = format!("{}A fault of LUNNY ended this session", modes::leaving());
        faulty.until(&end).await;
        assert_eq!(faulty.ended.await.unwrap(), 1);
        assert_eq!(server.sessions.numbers().sessions, 1);
        let lines = lines.try_iter().collect::<Vec<_>>();
        let line = lines.iter().find(|line| line.contains("account 7"));
        let line = line.expect("a line in the log");
        assert!(line.contains("src/serve/session.rs:"), "{line}");
        assert!(!line.contains("Müller"), "{line}");
        // The other one works on.
        other.press("s").await;
        other.until("Password").await;
    }

    #[tokio::test]
    async fn a_hundred_thousand_sizes_of_the_window_are_a_few_frames() {
        let (_home, server) = server();
        let mut client = begin(&server, hold);
        client.until("Register").await;
        for step in 0..100_000_u32 {
            let size = Size::new(60 + (step % 200) as u16, 15 + (step % 80) as u16);
            client.sizes.send_replace(size);
            if step % 1000 == 0 {
                tokio::task::yield_now().await;
            }
        }
        client.sizes.send_replace(Size::new(80, 24));
        client.press("s").await;
        let bytes = client.until("Password").await;
        // A frame of the largest of them has some 50 kB.
        assert!(bytes < 4 << 20, "{bytes} bytes were written");
    }

    #[tokio::test]
    async fn a_session_without_an_account_ends() {
        let (_home, server) = server();
        let files = server.files.clone();
        let resources = Arc::clone(&server.resources);
        let services = Arc::new(Services::of(resources, "192.0.2.1 (SSH)".into(), files));
        let mut ends = unused(&services, Duration::from_millis(2));
        assert_eq!(ends.next().await, Some(Request::Leave(TERMINATE)));
        assert_eq!(ends.next().await, None);
    }

    #[tokio::test]
    async fn the_longest_session_is_announced_and_ended() {
        let (_sender, asked) = mpsc::channel(1);
        let start = Instant::now();
        let longest = Duration::from_millis(200);
        let mut requests = requests(asked, longest);
        let told = requests.next().await;
        assert!(matches!(told, Some(Request::Tell(words)) if words.contains("1 minute,")));
        assert!(start.elapsed() < longest);
        assert_eq!(requests.next().await, Some(Request::Leave(TERMINATE)));
        assert!(start.elapsed() >= longest);
    }
}
