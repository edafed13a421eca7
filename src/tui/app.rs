//! The application as a value: what is on screen, and how it changes when something happens.
//!
//! [`App::update`] neither blocks nor draws; it returns the [`Effect`]s that others carry out.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use crossterm::event::{Event, KeyEventKind};
use ratatui::Frame;
use ratatui::layout::Size;

use super::context::{Context, ModelStatus, Moment, Notice};
use super::keymap::{self, Command, Scope};
use super::screens::confirm::{Confirm, Question};
use super::screens::help::Help;
use super::screens::{self, Action, Happening, Returned, Screen};
use super::session::{Capabilities, Occurrence};
use super::terminal::colour::ColourDepth;
use super::theme::{Role, Theme};
use super::widgets::chrome;
use super::worker::{Answer, Kind, Request, accounts};
use crate::model::Loaded;
use crate::store::SignIn;
use crate::text;

/// Something that happened.
pub enum Msg {
    /// On the terminal.
    Terminal(Occurrence),
    /// A request was answered.
    Answered(Ticket, Answer),
    /// The time came that [`App::next_frame`] asked for.
    Tick,
}

/// Something that the application wants done.
pub enum Effect {
    /// Work for a background thread; its answer comes back with the ticket.
    Ask(Ticket, Request),
    /// Text for the clipboard of whoever sits at the terminal.
    Copy(String),
    /// Reports of the mouse from the terminal, or none.
    Mouse(bool),
    /// Back to the shell until the user comes back.
    Suspend,
    /// The end.
    Leave,
}

/// Who asked, for what kind of thing, and the how-manieth time. Only the newest of a kind counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    layer: LayerId,
    kind: Kind,
    number: u64,
}

type LayerId = u64;

/// The application itself, where it asks for something that no screen asked for.
const APPLICATION: LayerId = 0;

struct Layer {
    id: LayerId,
    screen: Box<dyn Screen>,
}

/// The whole state.
pub struct App {
    layers: Vec<Layer>,
    layers_made: LayerId,
    tickets: HashMap<(LayerId, Kind), u64>,
    notice: Option<Notice>,
    /// The theme that was asked for, and as this terminal can show it.
    theme: Theme,
    shown_theme: Theme,
    capabilities: Capabilities,
    model: ModelStatus,
    signed_in: Option<SignIn>,
    /// Whether the terminal reports the mouse. Off until asked for: while it is on, text cannot be selected as usual.
    mouse: bool,
    size: Size,
    moment: Moment,
    home: PathBuf,
    start_folder: PathBuf,
}

fn shown(theme: &Theme, capabilities: &Capabilities) -> Theme {
    match capabilities.colour {
        ColourDepth::Monochrome => theme.without_colours(),
        _ => theme.clone(),
    }
}

/// Two mutable borrows of one `App` at once: the context is everything but the layers.
macro_rules! context {
    ($app:expr) => {
        Context {
            theme: &$app.shown_theme,
            capabilities: &$app.capabilities,
            model: &$app.model,
            account: $app.signed_in.as_ref().map(|signed_in| &signed_in.account),
            access: $app.signed_in.as_ref().map(|signed_in| &signed_in.access),
            size: $app.size,
            moment: &$app.moment,
            home: &$app.home,
            start_folder: &$app.start_folder,
        }
    };
}

impl App {
    /// The application as it opens: the landing screen, nobody signed in, no model yet.
    pub fn new(
        theme: Theme,
        capabilities: Capabilities,
        size: Size,
        moment: Moment,
        home: PathBuf,
        start_folder: PathBuf,
    ) -> Self {
        let mut app = Self {
            layers: Vec::new(),
            layers_made: APPLICATION,
            tickets: HashMap::new(),
            notice: None,
            shown_theme: shown(&theme, &capabilities),
            theme,
            capabilities,
            model: ModelStatus::Loading,
            signed_in: None,
            mouse: false,
            size,
            moment,
            home,
            start_folder,
        };
        app.push(
            Box::new(screens::landing::Landing::default()),
            &mut Vec::new(),
        );
        app
    }

    /// What has to be asked for at the start, once the first frame is on the screen.
    pub fn opening(&mut self) -> Vec<Effect> {
        vec![self.ask(APPLICATION, Request::LoadModel)]
    }

    /// Puts a sentence under the screen, as [`Action::Tell`] does.
    pub fn tell(&mut self, notice: Notice) {
        self.notice = Some(notice);
    }

    /// Takes in what happened at `moment`.
    pub fn update(&mut self, message: Msg, moment: Moment) -> Vec<Effect> {
        self.moment = moment;
        let mut effects = Vec::new();
        match message {
            Msg::Terminal(Occurrence::Answered(capabilities)) => {
                self.shown_theme = shown(&self.theme, &capabilities);
                self.capabilities = capabilities;
                self.tell_all(&mut effects);
            }
            Msg::Terminal(Occurrence::Input(event)) => self.take_input(event, &mut effects),
            Msg::Answered(ticket, answer) => self.take_answer(ticket, answer, &mut effects),
            Msg::Tick => self.happen(Happening::Tick, &mut effects),
        }
        effects
    }

    fn take_input(&mut self, event: Event, effects: &mut Vec<Effect>) {
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => {
                self.notice = None;
                let scopes = self.scopes();
                let command = keymap::command(scopes, key);
                match command {
                    Some(Command::Leave) => self.ask_to_leave(effects),
                    Some(Command::Mouse) => self.toggle_mouse(effects),
                    Some(Command::Suspend) => effects.push(Effect::Suspend),
                    Some(Command::Help) => self.help(effects),
                    _ => self.happen(Happening::Key(key, command), effects),
                }
            }
            Event::Paste(text) => {
                self.notice = None;
                self.happen(Happening::Paste(&text), effects);
            }
            Event::Mouse(mouse) if self.mouse => {
                self.happen(Happening::Mouse(mouse), effects);
            }
            Event::Resize(columns, rows) => {
                self.size = Size::new(columns, rows);
                self.tell_all(effects);
            }
            _ => {}
        }
    }

    fn take_answer(&mut self, ticket: Ticket, answer: Answer, effects: &mut Vec<Effect>) {
        let newest = self.tickets.get(&(ticket.layer, ticket.kind));
        if newest != Some(&ticket.number) {
            return;
        }
        if ticket.layer == APPLICATION {
            if let Answer::Model(model) = answer {
                self.model = match model {
                    Ok(Loaded { engine, remark }) => {
                        if let Some(remark) = remark {
                            self.notice = Some(Notice::warning(remark));
                        }
                        ModelStatus::Ready(engine)
                    }
                    Err(error) => ModelStatus::Unavailable(text::sentence(&text::scrub(&error))),
                };
                self.happen(Happening::ModelSettled, effects);
            }
            return;
        }
        let Some(index) = self
            .layers
            .iter()
            .position(|layer| layer.id == ticket.layer)
        else {
            return;
        };
        self.happen_to(index, Happening::Answer(answer), effects);
    }

    /// Whether the terminal is to report the mouse.
    pub fn wants_mouse(&self) -> bool {
        self.mouse
    }

    fn toggle_mouse(&mut self, effects: &mut Vec<Effect>) {
        self.mouse = !self.mouse;
        effects.push(Effect::Mouse(self.mouse));
        self.notice = Some(Notice::good(match self.mouse {
            true => {
                "The mouse is on; most terminals still select text with Shift held. F2 turns it off."
            }
            false => "The mouse is off.",
        }));
    }

    fn ask_to_leave(&mut self, effects: &mut Vec<Effect>) {
        let top = self.layers.last();
        let asked = top.is_some_and(|layer| layer.screen.question() == Some(Question::Leave));
        if self.signed_in.is_none() || asked {
            self.leave(effects);
        } else {
            self.push(Box::new(Confirm::new(Question::Leave)), effects);
        }
    }

    fn leave(&mut self, effects: &mut Vec<Effect>) {
        self.end_access(effects);
        effects.push(Effect::Leave);
    }

    /// Ends what the person who is signed in may see, here and in the database.
    fn end_access(&mut self, effects: &mut Vec<Effect>) {
        if let Some(signed_in) = self.signed_in.take() {
            effects.push(self.ask(
                APPLICATION,
                Request::Accounts(accounts::Request::SignOut(signed_in.access)),
            ));
        }
    }

    fn help(&mut self, effects: &mut Vec<Effect>) {
        let scopes = self.scopes();
        if !scopes.contains(&Scope::Help) {
            self.push(Box::new(Help::new(scopes)), effects);
        }
    }

    /// Something happens to the screen on top.
    fn happen(&mut self, happening: Happening<'_>, effects: &mut Vec<Effect>) {
        if let Some(top) = self.layers.len().checked_sub(1) {
            self.happen_to(top, happening, effects);
        }
    }

    /// The terminal is another one than before: every screen may want to make its pictures anew.
    fn tell_all(&mut self, effects: &mut Vec<Effect>) {
        for index in 0..self.layers.len() {
            self.happen_to(index, Happening::Reshaped, effects);
        }
    }

    fn happen_to(&mut self, index: usize, happening: Happening<'_>, effects: &mut Vec<Effect>) {
        let context = context!(self);
        let Some(layer) = self.layers.get_mut(index) else {
            return;
        };
        let id = layer.id;
        let actions = layer.screen.update(happening, &context);
        for action in actions {
            self.act(id, action, effects);
        }
    }

    fn act(&mut self, layer: LayerId, action: Action, effects: &mut Vec<Effect>) {
        match action {
            Action::Ask(request) => {
                let effect = self.ask(layer, request);
                effects.push(effect);
            }
            Action::Tell(notice) => self.notice = Some(notice),
            Action::Copy(text) => effects.push(Effect::Copy(text)),
            Action::Leave => self.leave(effects),
            Action::Open(screen) => self.push(screen, effects),
            Action::Close => {
                self.close(layer);
            }
            Action::Replace(screen) => {
                self.close(layer);
                self.push(screen, effects);
            }
            Action::Return(returned) => {
                self.close(layer);
                self.returned(returned, effects);
            }
            Action::Home(screen) => {
                self.layers.truncate(1);
                if let Some(screen) = screen {
                    self.push(screen, effects);
                }
            }
            Action::SignedIn(signed_in) => {
                let accepted = signed_in.terms_accepted;
                let last = signed_in.last_sign_in;
                self.signed_in = Some(*signed_in);
                if accepted {
                    self.start_over(Box::new(screens::dashboard::Dashboard::new(last)), effects);
                } else {
                    self.start_over(Box::new(screens::terms::Terms::default()), effects);
                }
            }
            Action::TermsAccepted => {
                let last = self
                    .signed_in
                    .as_ref()
                    .and_then(|signed_in| signed_in.last_sign_in);
                self.start_over(Box::new(screens::dashboard::Dashboard::new(last)), effects);
            }
            Action::SignOut => self.sign_out(effects),
        }
    }

    fn returned(&mut self, returned: Returned, effects: &mut Vec<Effect>) {
        match returned {
            Returned::Confirmed(Question::Leave) => self.leave(effects),
            Returned::Confirmed(Question::SignOut) => self.sign_out(effects),
            returned => self.happen(Happening::Returned(returned), effects),
        }
    }

    fn sign_out(&mut self, effects: &mut Vec<Effect>) {
        self.end_access(effects);
        self.start_over(Box::new(screens::landing::Landing::default()), effects);
    }

    /// Drops every screen, with all that they know, and begins with another one.
    fn start_over(&mut self, screen: Box<dyn Screen>, effects: &mut Vec<Effect>) {
        self.layers.clear();
        self.tickets.retain(|(owner, _), _| *owner == APPLICATION);
        self.push(screen, effects);
    }

    fn push(&mut self, screen: Box<dyn Screen>, effects: &mut Vec<Effect>) {
        self.happen(Happening::Covered, effects);
        self.layers_made += 1;
        self.layers.push(Layer {
            id: self.layers_made,
            screen,
        });
        self.happen(Happening::Opened, effects);
    }

    fn close(&mut self, layer: LayerId) {
        self.layers.retain(|other| other.id != layer);
        self.tickets.retain(|(owner, _), _| *owner != layer);
    }

    fn ask(&mut self, layer: LayerId, request: Request) -> Effect {
        let kind = request.kind();
        let number = self.tickets.entry((layer, kind)).or_default();
        *number += 1;
        let ticket = Ticket {
            layer,
            kind,
            number: *number,
        };
        Effect::Ask(ticket, request)
    }

    fn scopes(&self) -> &'static [Scope] {
        self.layers
            .last()
            .map_or(&[], |layer| layer.screen.scopes())
    }

    /// What has to be done at once when the program ends without asking: the drafts of forms.
    pub fn last_words(&self) -> Vec<Request> {
        let context = context!(self);
        let layers = self.layers.iter();
        layers
            .filter_map(|layer| layer.screen.last_words(&context))
            .collect()
    }

    /// How long after the start the screen wants to be drawn again by itself, if it does.
    pub fn next_frame(&self) -> Option<Duration> {
        self.layers.last()?.screen.next_frame(&context!(self))
    }

    /// Draws the screen on top and, under a dialog, the one below it.
    pub fn view(&self, frame: &mut Frame<'_>) {
        let context = context!(self);
        let whole = frame.area();
        frame
            .buffer_mut()
            .set_style(whole, self.shown_theme.style(Role::Text));
        let (width, height) = chrome::SMALLEST;
        if frame.area().width < width || frame.area().height < height {
            chrome::too_small(frame, &context);
            return;
        }
        let Some(ground) = self
            .layers
            .iter()
            .rposition(|layer| !layer.screen.is_dialog())
        else {
            return;
        };
        let title = self
            .layers
            .get(ground)
            .map_or("", |layer| layer.screen.title());
        let body = chrome::draw(frame, title, self.scopes(), self.notice.as_ref(), &context);
        for layer in self.layers.iter().skip(ground) {
            layer.screen.view(frame, body, &context);
        }
    }
}
