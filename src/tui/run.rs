//! The event loop: wait for an event, handle all pending events, draw once.

use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossterm::Command as _;
use crossterm::clipboard::CopyToClipboard;
use crossterm::event::Event;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use jiff::Zoned;
use ratatui::Terminal;
use ratatui::layout::{Rect, Size};
use tokio::sync::mpsc;

use super::app::{App, Effect, Msg};
use super::context::{Moment, Notice};
use super::session::{Flow, Request, Session, TerminalEvent};
use super::terminal::modes;
use super::terminal::output::SessionBackend;
use super::worker::{Fault, Job, Queue, Services};
use crate::cancel::Cancel;

/// Longest time that saving the drafts of forms may delay an end without a question.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Events of a terminal that wait for the loop. A terminal that sends more waits itself.
const WAITING_EVENTS: usize = 256;

/// Reason for the end of the loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The user left.
    Left,
    /// A signal of this number asked for it.
    Signalled(i32),
    /// The terminal is gone.
    HungUp,
}

/// The time for [`App::update`].
pub fn moment(start: Instant) -> Moment {
    Moment {
        since_start: start.elapsed(),
        now: Zoned::now(),
    }
}

type SessionTerminal = Terminal<SessionBackend<Box<dyn Write + Send>>>;

/// Something that the loop waits for.
enum Wake {
    Request(Option<Request>),
    Terminal(Option<std::io::Result<TerminalEvent>>),
    Message(Msg),
    /// All output was sent.
    Cleared,
}

/// Runs `app` on `session` until it ends. `suspend` stops the process and returns when it goes on.
pub async fn run(
    mut app: App,
    session: Session,
    services: Arc<Services>,
    start: Instant,
    suspend: impl FnMut() -> std::io::Result<()>,
) -> std::io::Result<End> {
    let end = turns(&mut app, session, &services, start, suspend).await;
    // A closed terminal may also cause an error.
    if !matches!(end, Ok(End::Left)) {
        keep_work(&app, &services).await;
    }
    end
}

async fn turns(
    app: &mut App,
    session: Session,
    services: &Arc<Services>,
    start: Instant,
    mut suspend: impl FnMut() -> std::io::Result<()>,
) -> std::io::Result<End> {
    let Session {
        events,
        writer,
        flow,
        mut requests,
        size,
        capabilities,
    } = session;
    let mut events = forward(events);
    let backend = SessionBackend::new(writer, size, &capabilities);
    let mut terminal = Terminal::new(backend)?;
    let (sender, mut answers) = mpsc::unbounded_channel();
    let mut queue = Queue::default();
    terminal.draw(|frame| app.view(frame))?;
    tracing::debug!(after = ?start.elapsed(), "first frame");

    // True if a change was not drawn yet, because the frame before it is still being sent.
    let mut is_late = false;
    let mut effects = app.opening();
    loop {
        let mut later = Vec::new();
        for effect in effects.drain(..) {
            match effect {
                Effect::Leave => return Ok(End::Left),
                Effect::Copy(text) => copy(&mut terminal, &text)?,
                Effect::Mouse(on) => terminal.backend_mut().send(modes::mouse(on))?,
                Effect::Suspend => {
                    suspend()?;
                    // After any length of time: content that must be hidden is covered before it is drawn.
                    later.extend(app.update(Msg::Resumed, moment(start)));
                    come_back(&mut terminal, app)?;
                    terminal.draw(|frame| app.view(frame))?;
                }
                Effect::Ask(job) => {
                    if let Some(job) = queue.push(job) {
                        start_job(job, services, &sender);
                    }
                }
            }
        }
        if !later.is_empty() {
            effects = later;
            continue;
        }
        let next_wake = app.next_wake();
        let pause = next_wake.map(|due| due.saturating_sub(start.elapsed()));
        let wake = tokio::select! {
            biased;
            request = requests.next() => Wake::Request(request),
            event = events.recv() => Wake::Terminal(event),
            Some(message) = answers.recv() => Wake::Message(message),
            () = cleared(flow.as_deref()), if is_late => Wake::Cleared,
            () = sleep(pause) => Wake::Message(Msg::Tick),
        };
        // Drain: all events that are already there are handled before the one draw.
        let mut wakes = vec![wake];
        while let Ok(event) = events.try_recv() {
            wakes.push(Wake::Terminal(Some(event)));
        }
        while let Ok(message) = answers.try_recv() {
            wakes.push(Wake::Message(message));
        }
        for wake in wakes {
            let message = match wake {
                Wake::Request(Some(Request::Leave(number))) => return Ok(End::Signalled(number)),
                Wake::Request(None) => return Ok(End::HungUp),
                Wake::Request(Some(Request::Suspend)) => {
                    suspend()?;
                    come_back(&mut terminal, app)?;
                    Msg::Resumed
                }
                Wake::Request(Some(Request::Continue)) => {
                    terminal.clear()?;
                    Msg::Resumed
                }
                Wake::Request(Some(Request::Tell(sentence))) => {
                    Msg::Told(Notice::warning(sentence))
                }
                Wake::Cleared => continue,
                Wake::Terminal(None | Some(Err(_))) => return Ok(End::HungUp),
                Wake::Terminal(Some(Ok(event))) => {
                    apply(&event, &mut terminal)?;
                    Msg::Terminal(event)
                }
                Wake::Message(message) => message,
            };
            if let Msg::Answered(ticket, _) | Msg::Failed(ticket) = &message
                && let Some(next) = queue.ended(ticket)
            {
                start_job(next, services, &sender);
            }
            effects.extend(app.update(message, moment(start)));
        }
        is_late = flow.as_deref().is_some_and(|flow| !flow.is_clear());
        if !is_late {
            terminal.draw(|frame| app.view(frame))?;
        }
    }
}

/// Runs a job on a thread of its own; its answer comes back as a message.
fn start_job(job: Job, services: &Arc<Services>, sender: &mpsc::UnboundedSender<Msg>) {
    let (services, sender) = (Arc::clone(services), sender.clone());
    tokio::task::spawn_blocking(move || {
        let Job {
            ticket,
            request,
            cancel,
        } = job;
        let message = match services.perform_guarded(request, &cancel) {
            Ok(answer) => Msg::Answered(ticket, Box::new(answer)),
            Err(Fault) => Msg::Failed(ticket),
        };
        // The loop ends when the program is about to end.
        let _ = sender.send(message);
    });
}

/// Saves typed text that is not saved yet, within [`LAST_WORDS`].
async fn keep_work(app: &App, services: &Arc<Services>) {
    let requests = app.last_words();
    if requests.is_empty() {
        return;
    }
    let services = Arc::clone(services);
    let work = tokio::task::spawn_blocking(move || {
        for request in requests {
            services.perform(request, &Cancel::default());
        }
    });
    if tokio::time::timeout(LAST_WORDS, work).await.is_err() {
        tracing::warn!("the drafts were not kept: the database did not answer in time");
    }
}

/// Passes the terminal's events on through a channel, which can be drained without waiting: crossterm's stream must not be
/// polled by tasks that end, because it remembers the first waker only.
fn forward(
    mut events: BoxStream<'static, std::io::Result<TerminalEvent>>,
) -> mpsc::Receiver<std::io::Result<TerminalEvent>> {
    let (sender, received) = mpsc::channel(WAITING_EVENTS);
    tokio::spawn(async move {
        while let Some(event) = events.next().await {
            if sender.send(event).await.is_err() {
                return;
            }
        }
    });
    received
}

/// Applies an event to the output before the application receives it.
fn apply(event: &TerminalEvent, terminal: &mut SessionTerminal) -> std::io::Result<()> {
    match event {
        TerminalEvent::Input(Event::Resize(columns, rows)) => {
            let size = Size::new(*columns, *rows);
            terminal.backend_mut().resize(size);
            terminal.resize(Rect::from((ratatui::layout::Position::ORIGIN, size)))
        }
        TerminalEvent::Answered(capabilities) => {
            terminal.backend_mut().set(capabilities);
            terminal.clear()
        }
        TerminalEvent::Input(_) => Ok(()),
    }
}

/// Draws everything again on a terminal that others used meanwhile.
fn come_back(terminal: &mut SessionTerminal, app: &App) -> std::io::Result<()> {
    if app.wants_mouse() {
        terminal.backend_mut().send(modes::mouse(true))?;
    }
    terminal.clear()
}

fn copy(terminal: &mut SessionTerminal, text: &str) -> std::io::Result<()> {
    let mut sequence = String::new();
    let command = CopyToClipboard::to_clipboard_from(text);
    if command.write_ansi(&mut sequence).is_ok() {
        terminal.backend_mut().send(&sequence)?;
    }
    Ok(())
}

/// Waits until all output was sent.
async fn cleared(flow: Option<&dyn Flow>) {
    if let Some(flow) = flow {
        flow.cleared().await;
    }
}

/// Sleeps, or waits forever.
async fn sleep(pause: Option<Duration>) {
    match pause {
        Some(pause) => tokio::time::sleep(pause).await,
        None => std::future::pending().await,
    }
}
