//! The application as a value: what is on screen, and how it changes when something happens.
//!
//! [`App::update`] neither blocks nor draws; it returns [`Effect`]s, which the event loop carries out.
//!
//! Screens are in two stacks: the work, and a cover over it while LUNNY is locked. The cover then gets all keys and is the only
//! one that is drawn; answers still reach the work below it.

mod watch;

pub use watch::{CHECK_EVERY, LOG_OFF_AFTER};

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::time::Duration;

use crossterm::event::{Event, KeyEventKind};
use ratatui::Frame;
use ratatui::layout::Size;

use super::analyses::Analyses;
use super::areas::Areas;
use super::context::{Context, ModelStatus, Moment, Notice};
use super::files::Files;
use super::keymap::{self, Command, Scope};
use super::screens::messages::Message;
use super::screens::{self, Action, Screen, ScreenEvent};
use super::session::{Capabilities, TerminalEvent};
use super::theme::{Role, Theme};
use super::widgets::{chrome, plain};
use super::worker::{Answer, Job, Kind, Request, Ticket, accounts, analysis};
use crate::cancel::{self, Cancel};
use crate::model::Loaded;
use crate::store::SignIn;
use crate::text;
use watch::Watch;

/// Something that happened.
pub enum Msg {
    /// On the terminal.
    Terminal(TerminalEvent),
    /// A request was answered.
    Answered(Ticket, Box<Answer>),
    /// A request ended in a fault of the program: it has no answer.
    Failed(Ticket),
    /// A sentence for the user from outside the application.
    Told(Notice),
    /// The time that [`App::next_wake`] returned has come.
    Tick,
    /// The program was stopped and continues: another person may be at the terminal.
    Resumed,
}

/// Message after a request that ended in a fault of the program.
const FAULT: &str = "LUNNY failed at this: a fault of the program, not yours. Try again; lunny.log in LUNNY's folder \
                     names the place in the program, for a report.";

/// Said to users of a server whose networks cannot be loaded; its log has the reason.
const NO_NETWORKS: &str = "The networks of this server cannot be loaded: tell its administrator.";

/// Request of the application to the event loop.
pub enum Effect {
    /// Work for a background thread; its answer comes back with the job's ticket.
    Ask(Job),
    /// Text for the clipboard of the user's terminal.
    Copy(String),
    /// Turns reports of the mouse on or off.
    Mouse(bool),
    /// Back to the shell until the user comes back.
    Suspend,
    /// The end.
    Leave,
}

type LayerId = u64;

/// The application itself, for requests of no screen.
const APPLICATION: LayerId = 0;

struct Layer {
    id: LayerId,
    screen: Box<dyn Screen>,
}

/// The newest request of its kind. When it goes, its work is asked to stop.
struct Newest {
    number: u64,
    _stops: cancel::Owner,
}

/// Screens one above the other, and a sentence under the one on top.
#[derive(Default)]
struct ScreenStack {
    layers: Vec<Layer>,
    notice: Option<Notice>,
}

/// One of the two stacks of screens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum StackId {
    Work,
    Cover,
}

/// Time between two drawings of the progress of analyses in the background.
const PROGRESS: Duration = Duration::from_secs(1);

/// Time without a key until the screen is locked, unless the user's setting says otherwise.
const LOCK_AFTER: Duration = Duration::from_secs(10 * 60);

/// The whole state.
pub struct App {
    work: ScreenStack,
    /// Empty unless LUNNY is locked.
    cover: ScreenStack,
    layers_made: LayerId,
    /// The newest request of each kind that each screen asked for.
    newest: HashMap<(LayerId, Kind), Newest>,
    watch: Watch,
    /// The theme of the settings, and the one that the account chose.
    usual_theme: Theme,
    theme: Theme,
    /// The theme that is drawn, and the same in the colours of this terminal.
    previewed: Theme,
    shown_theme: Theme,
    capabilities: Capabilities,
    model: ModelStatus,
    prevalence: Option<f64>,
    signed_in: Option<SignIn>,
    /// Messages to the user, the newest last.
    told: VecDeque<Message>,
    /// True if the terminal reports the mouse. Off by default: while it is on, text cannot be selected as usual.
    mouse: bool,
    size: Size,
    moment: Moment,
    home: PathBuf,
    start_folder: PathBuf,
    files: Files,
    analyses: Analyses,
    areas: Areas,
    /// An account that signed in before the application began.
    arrives: Option<Box<SignIn>>,
    /// Message if the user suspends a session that has no shell to return to.
    no_shell: Option<&'static str>,
}

/// Two mutable borrows of one `App` at once: the context is everything but the stack.
macro_rules! context {
    ($app:expr) => {
        Context {
            theme: &$app.shown_theme,
            capabilities: &$app.capabilities,
            model: &$app.model,
            prevalence: $app.prevalence,
            account: $app.signed_in.as_ref().map(|signed_in| &signed_in.account),
            access: $app.signed_in.as_ref().map(|signed_in| &signed_in.access),
            size: $crate::tui::widgets::plain::size($app.size, $app.capabilities.plain),
            moment: &$app.moment,
            home: &$app.home,
            start_folder: &$app.start_folder,
            files: &$app.files,
            analyses: &$app.analyses,
            areas: &$app.areas,
        }
    };
}

// They use the macro, so they come after it.
mod acting;
mod analysing;
mod cover;
mod messages;
mod pointing;
mod standing;
mod themes;

impl App {
    /// The application at its start: the landing screen, no user signed in, no model yet.
    pub fn new(
        theme: Theme,
        capabilities: Capabilities,
        size: Size,
        moment: Moment,
        home: PathBuf,
        start_folder: PathBuf,
    ) -> Self {
        let mut app = Self {
            work: ScreenStack::default(),
            cover: ScreenStack::default(),
            layers_made: APPLICATION,
            newest: HashMap::new(),
            watch: Watch::new(LOCK_AFTER, &moment),
            shown_theme: theme.at(capabilities.colour),
            usual_theme: theme.clone(),
            previewed: theme.clone(),
            theme,
            capabilities,
            model: ModelStatus::Loading,
            prevalence: None,
            signed_in: None,
            told: VecDeque::new(),
            mouse: false,
            size,
            moment,
            home,
            start_folder,
            files: Files::Machine,
            analyses: Analyses::default(),
            areas: Areas::default(),
            arrives: None,
            no_shell: None,
        };
        app.push(
            StackId::Work,
            Box::new(screens::landing::Landing::default()),
            &mut Vec::new(),
        );
        app
    }

    /// The same, locking after another time without a key than 10 minutes.
    pub fn locking_after(mut self, time: Duration) -> Self {
        self.watch.lock_after = time;
        self
    }

    /// The same, with probabilities shown for this prevalence of lung cancer, too.
    pub fn at_prevalence(mut self, prevalence: Option<f64>) -> Self {
        self.prevalence = prevalence;
        self
    }

    /// The same, on a server: only these files can be named, and there is no shell to return to.
    pub fn on_a_server(mut self, files: Files) -> Self {
        self.files = files;
        self.no_shell = Some("There is no shell to return to: Ctrl-C leaves LUNNY.");
        self
    }

    /// The same for an account that is signed in already.
    pub fn signed_in_as(mut self, signed_in: Box<SignIn>) -> Self {
        self.arrives = Some(signed_in);
        self
    }

    /// Requests of the start, made once the first frame is on the screen.
    pub fn opening(&mut self) -> Vec<Effect> {
        let mut effects = vec![self.ask(
            APPLICATION,
            analysis::Request::LoadModel.into(),
            Cancel::default(),
        )];
        if let Some(signed_in) = self.arrives.take() {
            let action = Action::SignedIn(signed_in);
            self.act(APPLICATION, StackId::Work, action, &mut effects);
        }
        effects
    }

    /// Puts a sentence under the screen, as [`super::screens::Action::Tell`] does.
    pub fn tell(&mut self, notice: Notice) {
        self.say(StackId::Work, notice);
    }

    /// Handles a message at `moment`.
    pub fn update(&mut self, message: Msg, moment: Moment) -> Vec<Effect> {
        self.moment = moment;
        let mut effects = Vec::new();
        let covered_now = self.check_idle_time(&mut effects);
        self.check_account(&mut effects);
        match message {
            Msg::Terminal(TerminalEvent::Answered(capabilities)) => {
                self.shown_theme = self.previewed.at(capabilities.colour);
                self.capabilities = capabilities;
                self.tell_all(&mut effects);
            }
            // A key for a hidden screen must not act on the one that replaced it.
            Msg::Terminal(TerminalEvent::Input(event)) if !covered_now || is_resize(&event) => {
                self.take_input(event, &mut effects);
            }
            Msg::Terminal(TerminalEvent::Input(_)) => {}
            Msg::Answered(ticket, answer) => self.take_answer(ticket, *answer, &mut effects),
            Msg::Failed(ticket) => self.take_failure(ticket, &mut effects),
            Msg::Told(notice) => {
                let front = self.front();
                self.say(front, notice);
            }
            Msg::Resumed => self.lock(&mut effects),
            Msg::Tick => {
                self.dispatch(StackId::Work, ScreenEvent::Tick, &mut effects);
                self.dispatch(StackId::Cover, ScreenEvent::Tick, &mut effects);
            }
        }
        effects
    }

    fn take_input(&mut self, event: Event, effects: &mut Vec<Effect>) {
        let front = self.front();
        // Keys on a locked screen may come from another person: they do not extend the session.
        if front == StackId::Work && !is_resize(&event) {
            self.watch.touch(&self.moment);
        }
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => {
                self.stack_mut(front).notice = None;
                let command = keymap::command(self.scopes(), key);
                // Input must not act on a screen that is not shown.
                let is_hidden = chrome::is_too_small(self.size);
                match command {
                    Some(Command::Leave) => self.ask_to_leave(effects),
                    Some(Command::Mouse) => self.toggle_mouse(effects),
                    Some(Command::Suspend) => match self.no_shell {
                        Some(sentence) => {
                            self.say(front, Notice::warning(sentence));
                        }
                        None => effects.push(Effect::Suspend),
                    },
                    Some(Command::Lock) => self.lock(effects),
                    _ if is_hidden => {}
                    Some(Command::Help) => self.help(effects),
                    Some(Command::Messages) => self.show_messages(effects),
                    Some(Command::Analyses) => self.show_analyses(effects),
                    _ => self.dispatch(front, ScreenEvent::Key(key, command), effects),
                }
            }
            Event::Paste(_) | Event::Mouse(_) if chrome::is_too_small(self.size) => {}
            Event::Paste(text) => {
                self.stack_mut(front).notice = None;
                self.dispatch(front, ScreenEvent::Paste(&text), effects);
            }
            Event::Mouse(mouse) if self.mouse => self.point(mouse, effects),
            Event::Resize(columns, rows) => {
                self.size = Size::new(columns, rows);
                self.tell_all(effects);
            }
            _ => {}
        }
    }

    fn is_newest(&self, ticket: &Ticket) -> bool {
        let newest = self.newest.get(&(ticket.asker, ticket.kind));
        newest.is_some_and(|newest| newest.number == ticket.number)
    }

    fn take_answer(&mut self, ticket: Ticket, answer: Answer, effects: &mut Vec<Effect>) {
        if !self.is_newest(&ticket) {
            return;
        }
        if ticket.asker == APPLICATION {
            if let Answer::Themes(answer) = answer {
                self.take_theme(answer);
            } else if let Answer::Accounts(accounts::Answer::Standing(access, account)) = answer {
                self.take_standing(&access, account, effects);
            } else if let Answer::Analysis(analysis::Answer::Model(model)) = answer {
                self.model = match model {
                    Ok(Loaded { engine, remark }) => {
                        if let Some(remark) = remark {
                            self.tell(Notice::warning(remark));
                        }
                        ModelStatus::Ready(engine)
                    }
                    Err(error) => {
                        // The weight files lie in folders of the server.
                        let sentence = match self.files {
                            Files::Machine => text::sentence(&text::scrub(&error.to_string())),
                            Files::Areas(_) => {
                                tracing::error!(%error, "the networks could not be loaded");
                                NO_NETWORKS.to_owned()
                            }
                        };
                        ModelStatus::Unavailable(sentence)
                    }
                };
                self.dispatch(StackId::Work, ScreenEvent::ModelSettled, effects);
                self.feed_analyses(effects);
            } else if let Answer::Analysis(analysis::Answer::Any(analysed)) = answer {
                self.take_analysed(*analysed, effects);
            } else if let Answer::Preferences(answer) = answer {
                self.take_mouse(answer, effects);
            } else if let Answer::Series(answer) = answer {
                self.take_opened(answer, effects);
            }
            return;
        }
        let which = self.stack_of(ticket.asker);
        let mut layers = self.stack(which).layers.iter();
        let Some(index) = layers.position(|layer| layer.id == ticket.asker) else {
            return;
        };
        self.dispatch_to(which, index, ScreenEvent::Answer(answer), effects);
    }

    /// Tells the user about a fault, and the screen that asked not to wait any longer.
    fn take_failure(&mut self, ticket: Ticket, effects: &mut Vec<Effect>) {
        if !self.is_newest(&ticket) {
            return;
        }
        if ticket.asker == APPLICATION {
            let loads = Request::from(analysis::Request::LoadModel).kind();
            match ticket.kind {
                kind if kind == loads => {
                    self.model = ModelStatus::Unavailable(FAULT.into());
                    self.dispatch(StackId::Work, ScreenEvent::ModelSettled, effects);
                    self.feed_analyses(effects);
                }
                Kind::Analysis(_) | Kind::Series(_) => self.analysis_broke(effects),
                _ => {}
            }
        }
        let which = self.stack_of(ticket.asker);
        let mut layers = self.stack(which).layers.iter();
        if let Some(index) = layers.position(|layer| layer.id == ticket.asker) {
            self.dispatch_to(which, index, ScreenEvent::Failed, effects);
        }
        let front = self.front();
        self.say(front, Notice::error(FAULT));
    }

    /// True if the terminal is to report the mouse.
    pub fn wants_mouse(&self) -> bool {
        self.mouse
    }

    fn scopes(&self) -> &'static [Scope] {
        let top = self.stack(self.front()).layers.last();
        top.map_or(&[], |layer| layer.screen.scopes())
    }

    /// Requests to perform at once when the program ends without a question: saving the drafts of forms.
    pub fn last_words(&self) -> Vec<Request> {
        let context = context!(self);
        (self.work.layers.iter())
            .filter_map(|layer| layer.screen.last_words(&context))
            .collect()
    }

    /// Time since the start at which the screen wants to be drawn again without input, if it does.
    pub fn next_frame(&self) -> Option<Duration> {
        let top = self.stack(self.front()).layers.last()?;
        top.screen.next_frame(&context!(self))
    }

    /// Time since the start at which [`Msg::Tick`] is due, if it is: for the next frame, or because no key was pressed for
    /// long.
    pub fn next_wake(&self) -> Option<Duration> {
        let idle = self.watch.next(self.is_locked());
        let next = idle.min(self.watch.next_check());
        let watched = self.signed_in.is_some().then_some(next);
        // The progress of the analyses in the bar at the top.
        let progress = (self.analyses.is_busy()).then(|| self.moment.since_start + PROGRESS);
        (self.next_frame().into_iter())
            .chain(watched)
            .chain(progress)
            .min()
    }

    /// Draws the screen on top and, under a dialog, the one below it. Of covered work nothing is drawn.
    pub fn view(&self, frame: &mut Frame<'_>) {
        let context = context!(self);
        self.areas.clear();
        let whole = frame.area();
        frame
            .buffer_mut()
            .set_style(whole, self.shown_theme.style(Role::Text));
        let (width, height) = chrome::SMALLEST;
        if frame.area().width < width || frame.area().height < height {
            chrome::too_small(frame, &context);
            return;
        }
        let ScreenStack { layers, notice } = self.stack(self.front());
        let Some(ground) = layers.iter().rposition(|layer| !layer.screen.is_dialog()) else {
            return;
        };
        let path = layers.iter().take(ground + 1);
        let path: Vec<&str> = (path.map(|layer| &layer.screen))
            .filter(|screen| !screen.is_dialog())
            .map(|screen| screen.title())
            .collect();
        let waits = layers.last().and_then(|layer| layer.screen.waits());
        let waits = waits.map(Notice::remark);
        let notice = notice.as_ref().or(waits.as_ref());
        let body = chrome::draw(frame, &path, self.scopes(), notice, &context);
        for (index, layer) in layers.iter().enumerate().skip(ground) {
            if index > ground {
                self.areas.cover();
            }
            layer.screen.view(frame, body, &context);
        }
        if self.capabilities.plain {
            plain::flatten(frame.buffer_mut());
        }
    }
}

fn is_resize(event: &Event) -> bool {
    matches!(event, Event::Resize(..))
}
