//! The console without a terminal: state, runtime and queue together. Whoever holds a terminal, or a
//! buffer in a test, feeds it and draws it.

use jiff::Timestamp;
use ratatui::Terminal;
use ratatui::backend::Backend;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::effect::{Effect, Host};
use super::message::Message;
use super::model::Model;
use super::runtime::{self, Runtime, Services};
use super::update;
use crate::azure::arm::id::ArmId;
use crate::config::input::Input;
use crate::domain::inventory::Inventory;
use crate::domain::plan::RunId;
use crate::ui::view;

/// What tells the time.
#[derive(Debug, Clone, Copy)]
pub enum Clock {
    /// The machine's.
    System,
    /// Always the same time, for pictures and tests.
    Fixed(Timestamp),
}

impl Clock {
    /// The time now.
    #[must_use]
    pub fn now(self) -> Timestamp {
        match self {
            Self::System => Timestamp::now(),
            Self::Fixed(time) => time,
        }
    }
}

/// The console.
pub struct Console {
    /// Its state.
    pub model: Model,
    clock: Clock,
    runtime: Option<Runtime>,
    outbox: UnboundedSender<Message>,
    inbox: UnboundedReceiver<Message>,
    dirty: bool,
}

impl Console {
    /// A console that is connected to nothing yet, but can be drawn.
    #[must_use]
    pub fn new(model: Model, clock: Clock) -> Self {
        let (outbox, inbox) = unbounded_channel();
        Self { model, clock, runtime: None, outbox, inbox, dirty: true }
    }

    /// Connects it and asks for the inventory.
    pub fn connect(&mut self, services: Services) {
        self.model.now = self.clock.now();
        self.runtime = Some(Runtime::new(services, self.outbox.clone(), self.clock));
        let effects = update::start(&mut self.model);
        self.carry_out(effects);
        self.dirty = true;
    }

    /// Connects it with an inventory that was read already, and opens one workspace of it.
    pub fn connect_on(&mut self, services: Services, inventory: Inventory, workspace: &ArmId) {
        self.model.now = self.clock.now();
        self.runtime = Some(Runtime::new(services, self.outbox.clone(), self.clock));
        let effects = update::start_on(&mut self.model, inventory, workspace);
        self.carry_out(effects);
        self.dirty = true;
    }

    /// Handles a message; gives what only the holder of the terminal can do.
    pub fn handle(&mut self, message: Message) -> Vec<Host> {
        self.model.now = self.clock.now();
        if !matches!(message, Message::Drawn(_)) {
            self.dirty = true;
        }
        let effects = update::update(&mut self.model, message);
        self.carry_out(effects)
    }

    /// Handles something that the person at the terminal did.
    pub fn input(&mut self, input: Input) -> Vec<Host> {
        self.handle(Message::Input(input))
    }

    fn carry_out(&mut self, effects: Vec<Effect>) -> Vec<Host> {
        let Some(runtime) = &mut self.runtime else {
            return effects
                .into_iter()
                .filter_map(|effect| match effect {
                    Effect::Host(host) => Some(host),
                    _ => None,
                })
                .collect();
        };
        let Model { inventory, now, .. } = &self.model;
        effects.into_iter().filter_map(|effect| runtime.carry_out(effect, inventory, *now)).collect()
    }

    /// Leaves every run that this console carries on, as [`Effect::StopRun`] does without cancelling: nothing more is sent, what
    /// Azure took goes on there. Ends once each of them has written that down. Those that only wait are left as they are.
    pub async fn leave_runs(&mut self) {
        let runs: Vec<RunId> = self.model.runs.in_flight().iter().map(|run| run.id.clone()).collect();
        self.carry_out(runs.into_iter().map(|run| Effect::StopRun { run, cancel: false }).collect());
        while self.runtime.is_some() && !self.model.runs.in_flight().is_empty() {
            let message = self.next().await;
            self.handle(message);
        }
    }

    /// Handles messages as they come, until no more do. Must be called inside the runtime.
    pub fn expect<T: Send + 'static>(&self, coming: UnboundedReceiver<T>, message: fn(T) -> Message) {
        runtime::forward(coming, message, self.outbox.clone());
    }

    /// The next message, once there is one.
    pub async fn next(&mut self) -> Message {
        match self.inbox.recv().await {
            Some(message) => message,
            // The console holds a sender itself, so the queue never ends.
            None => std::future::pending().await,
        }
    }

    /// A message that is there already.
    pub fn try_next(&mut self) -> Option<Message> {
        self.inbox.try_recv().ok()
    }

    /// Whether something changed since the last frame.
    #[must_use]
    pub fn is_dirty(&self) -> bool {
        self.dirty
    }

    /// Whether the screen will stay as it is until somebody does something.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        // In this order: whatever ends sends its message first and counts itself off afterwards.
        self.runtime.as_ref().is_none_or(Runtime::is_idle) && self.inbox.is_empty()
    }

    /// Handles messages until none is there and none is under way.
    pub async fn settle(&mut self) {
        loop {
            while let Some(message) = self.try_next() {
                self.handle(message);
            }
            if self.is_settled() {
                // The message that says so may still be on its way.
                if let Some(network) = self.runtime.as_ref().map(Runtime::network) {
                    self.handle(Message::Network(network));
                }
                return;
            }
            let idle = self.runtime.as_ref().map(Runtime::idle);
            tokio::select! {
                message = self.next() => {
                    self.handle(message);
                }
                () = async { if let Some(idle) = idle { idle.await } } => {}
            }
        }
    }

    /// Draws a frame.
    ///
    /// # Errors
    /// Those of the terminal.
    pub fn draw<B: Backend>(&mut self, terminal: &mut Terminal<B>) -> Result<(), B::Error> {
        self.model.now = self.clock.now();
        let mut drawn = view::Drawn::default();
        let model = &self.model;
        terminal.draw(|frame| {
            drawn = view::draw(model, frame.buffer_mut());
            if let Some(caret) = drawn.caret {
                frame.set_cursor_position(caret);
            }
        })?;
        self.dirty = false;
        update::update(&mut self.model, Message::Drawn(drawn.hits));
        Ok(())
    }
}
