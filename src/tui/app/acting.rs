//! Events for a screen, and the actions that the screen answers with.

use crossterm::event::Event;

use super::{APPLICATION, App, Effect, Layer, LayerId, Newest, ScreenStack, StackId};
use crate::cancel::Cancel;
use crate::store::Role;
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::Scope;
use crate::tui::screens::confirm::Confirm;
use crate::tui::screens::dashboard::Dashboard;
use crate::tui::screens::help::Help;
use crate::tui::screens::tour::Tour;
use crate::tui::screens::{self, Action, Screen, ScreenEvent};
use crate::tui::worker::{Job, Request, Ticket, accounts};

/// Scopes of screens that hold no unsaved work.
const LEFT_AT_ONCE: &[Scope] = &[
    Scope::List,
    Scope::Analyses,
    Scope::Dashboard,
    Scope::Patients,
    Scope::Browse,
    Scope::Record,
    Scope::RecordLog,
    Scope::FollowUps,
    Scope::Worklist,
    Scope::Statistics,
    Scope::Duplicates,
    Scope::Accounts,
    Scope::AuditLog,
    Scope::Deleted,
    Scope::Purge,
    Scope::Drafts,
    Scope::Attachments,
    Scope::Imports,
    Scope::Picker,
    Scope::PickScan,
];

impl App {
    pub(super) fn ask_to_leave(&mut self, effects: &mut Vec<Effect>) {
        let front = self.front();
        let top = self.stack(front).layers.last();
        let asked = top.is_some_and(|layer| layer.screen.asks_to_leave());
        if self.signed_in.is_none() || asked {
            self.leave(effects);
        } else {
            self.push(
                front,
                Box::new(Confirm::to_leave(&self.analyses.loss())),
                effects,
            );
        }
    }

    pub(super) fn leave(&mut self, effects: &mut Vec<Effect>) {
        self.end_access(effects);
        effects.push(Effect::Leave);
    }

    /// Ends the rights of the signed-in user, here and in the database.
    pub(super) fn end_access(&mut self, effects: &mut Vec<Effect>) {
        self.analyses.clear();
        if let Some(signed_in) = self.signed_in.take() {
            effects.push(self.ask(
                APPLICATION,
                accounts::Request::SignOut(signed_in.access).into(),
                Cancel::default(),
            ));
        }
    }

    pub(super) fn help(&mut self, effects: &mut Vec<Effect>) {
        let scopes = self.scopes();
        let program = self.may_return_home();
        let account = self.signed_in.as_ref().map(|signed_in| &signed_in.account);
        let administrator = account.is_some_and(|account| account.role == Role::Administrator);
        let help = Help::new(scopes, program, administrator);
        self.push(self.front(), Box::new(help), effects);
    }

    /// True if every screen above the dashboard can be left without a question and without losing work.
    fn may_return_home(&self) -> bool {
        self.signed_in.is_some()
            && !self.is_locked()
            && self.work.layers.len() > 1
            && (self.work.layers.iter()).all(|layer| {
                let scopes = layer.screen.scopes();
                scopes.iter().all(|scope| LEFT_AT_ONCE.contains(scope))
            })
    }

    /// Passes an event to the screen on top of a stack.
    pub(super) fn dispatch(
        &mut self,
        which: StackId,
        event: ScreenEvent<'_>,
        effects: &mut Vec<Effect>,
    ) {
        if let Some(top) = self.stack(which).layers.len().checked_sub(1) {
            self.dispatch_to(which, top, event, effects);
        }
    }

    /// The terminal is another one than before: every screen may have to encode its pictures again.
    pub(super) fn tell_all(&mut self, effects: &mut Vec<Effect>) {
        for which in [StackId::Work, StackId::Cover] {
            for index in 0..self.stack(which).layers.len() {
                self.dispatch_to(which, index, ScreenEvent::Reshaped, effects);
            }
        }
    }

    pub(super) fn dispatch_to(
        &mut self,
        which: StackId,
        index: usize,
        event: ScreenEvent<'_>,
        effects: &mut Vec<Effect>,
    ) {
        let context = context!(self);
        let stack = match which {
            StackId::Work => &mut self.work,
            StackId::Cover => &mut self.cover,
        };
        let Some(layer) = stack.layers.get_mut(index) else {
            return;
        };
        let id = layer.id;
        let actions = layer.screen.update(event, &context);
        for action in actions {
            self.act(id, which, action, effects);
        }
    }

    pub(super) fn act(
        &mut self,
        layer: LayerId,
        which: StackId,
        action: Action,
        effects: &mut Vec<Effect>,
    ) {
        match action {
            Action::Ask(request) => {
                let effect = self.ask(layer, request, Cancel::default());
                effects.push(effect);
            }
            Action::AskUntil(request, cancel) => {
                let effect = self.ask(layer, request, cancel);
                effects.push(effect);
            }
            Action::Tell(mut notice) => {
                notice.sentence = self.files.in_words(&notice.sentence).into_owned();
                // A screen that signs out is closed; its message is shown by the next one.
                let which = match which == self.front() {
                    true => which,
                    false => StackId::Work,
                };
                self.say(which, notice);
            }
            Action::ChangeAnalyses(change) => self.change_analyses(change, effects),
            Action::Copy(text) => effects.push(Effect::Copy(text)),
            Action::Leave => self.leave(effects),
            Action::Open(screen) => self.push(which, screen, effects),
            Action::Close => {
                self.close(layer);
                self.tell_first(effects);
            }
            Action::Replace(screen) => {
                self.close(layer);
                self.push(which, screen, effects);
            }
            Action::Return => {
                self.close(layer);
                self.dispatch(which, ScreenEvent::Returned, effects);
            }
            Action::Press { key, at_dashboard } => {
                self.close(layer);
                if at_dashboard {
                    self.work.layers.truncate(1);
                    self.tell_first(effects);
                }
                self.take_input(Event::Key(key.event()), effects);
            }
            Action::Home(screen) => {
                self.work.layers.truncate(1);
                match screen {
                    Some(screen) => self.push(StackId::Work, screen, effects),
                    None => self.tell_first(effects),
                }
            }
            Action::PreviewTheme(theme) => self.preview_theme(theme.as_deref()),
            Action::ChooseTheme => self.choose_theme(),
            Action::Unlock => self.unlock(),
            Action::SignedIn(signed_in) => {
                self.watch.touch(&self.moment);
                let screen: Box<dyn Screen> = match signed_in.terms_accepted {
                    true => Box::new(Dashboard::new(&signed_in)),
                    false => Box::new(screens::terms::Terms::default()),
                };
                let warning = signed_in.warning.as_ref().map(Notice::error);
                self.signed_in = Some(*signed_in);
                self.start_over(screen, effects);
                self.ask_for_theme(effects);
                self.ask_for_mouse(effects);
                if let Some(warning) = warning {
                    self.tell(warning);
                }
            }
            Action::TermsAccepted => {
                let dashboard = self.signed_in.as_ref().map(Dashboard::new);
                if let Some(dashboard) = dashboard {
                    self.start_over(Box::new(dashboard), effects);
                    self.push(StackId::Work, Box::new(Tour), effects);
                    // Before the terms were accepted, preferences could not be read.
                    self.ask_for_theme(effects);
                    self.ask_for_mouse(effects);
                }
            }
            Action::SignOut => self.sign_out(effects),
        }
    }

    /// The first screen is on top again: its facts about the records may have changed meanwhile.
    fn tell_first(&mut self, effects: &mut Vec<Effect>) {
        if self.work.layers.len() == 1 {
            self.dispatch(StackId::Work, ScreenEvent::Returned, effects);
        }
    }

    pub(super) fn sign_out(&mut self, effects: &mut Vec<Effect>) {
        self.end_access(effects);
        self.forget_messages();
        self.forget_theme();
        self.start_over(Box::new(screens::landing::Landing::default()), effects);
    }

    /// Drops all screens with their state, and starts with another one.
    pub(super) fn start_over(&mut self, screen: Box<dyn Screen>, effects: &mut Vec<Effect>) {
        self.work = ScreenStack::default();
        self.cover = ScreenStack::default();
        self.newest.retain(|(owner, _), _| *owner == APPLICATION);
        self.push(StackId::Work, screen, effects);
    }

    pub(super) fn push(
        &mut self,
        which: StackId,
        screen: Box<dyn Screen>,
        effects: &mut Vec<Effect>,
    ) {
        self.dispatch(StackId::Work, ScreenEvent::Covered, effects);
        self.layers_made += 1;
        let id = self.layers_made;
        self.stack_mut(which).layers.push(Layer { id, screen });
        self.dispatch(which, ScreenEvent::Opened, effects);
    }

    pub(super) fn close(&mut self, layer: LayerId) {
        for stack in [&mut self.work, &mut self.cover] {
            stack.layers.retain(|other| other.id != layer);
        }
        self.newest.retain(|(owner, _), _| *owner != layer);
    }

    /// Makes a job of a request. An older one of its kind from the same screen is cancelled.
    pub(super) fn ask(&mut self, layer: LayerId, request: Request, cancel: Cancel) -> Effect {
        let kind = request.kind();
        let older = self.newest.get(&(layer, kind));
        let number = older.map_or(1, |older| older.number + 1);
        let newest = Newest {
            number,
            _stops: cancel.clone().into(),
        };
        self.newest.insert((layer, kind), newest);
        let ticket = Ticket {
            asker: layer,
            kind,
            number,
        };
        Effect::Ask(Job {
            ticket,
            request,
            cancel,
        })
    }
}
