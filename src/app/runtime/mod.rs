//! Carries effects out: the only part of the console that holds a client and starts work.

mod asks;
mod cache;
mod drafts;
mod fetch;
mod files;
mod inventory;
mod journal;
mod network;
mod plan_files;
mod plans;
mod preflight;
mod running;
mod setup_asks;
mod snapshots;
mod switch_reads;
mod tasks;
mod workers;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::task::AbortHandle;

pub use drafts::Drafts;

pub use cache::{Cache, Kept, Key, Owner};
pub use inventory::load as load_inventory;
pub use journal::{Entry, Journal, JournalError, JournalPlace, Journals, Listed, Memory};
pub use snapshots::{Saved, Snapshots, read as read_snapshot};
pub use switch_reads::read_for_switch;

pub use plans::{Control, RunError, Runner};
pub use preflight::{directory_of, preflight, preflight_of};

use super::console::Clock;
use super::effect::{Effect, Host};
use super::fetch::{Fetch, Ticket};
use super::form::{Ask, Slot};
use super::message::Message;
use crate::azure::arm::client::Client;
use crate::azure::arm::error::Error;
use crate::domain::inventory::Inventory;
use tasks::Tasks;
use workers::Workers;

/// Why there are no snapshots where there is no folder for them.
const NOWHERE: &str = "there is no home folder, so there is no place where snapshots are kept";

/// What the runtime works with.
pub struct Services {
    /// The client.
    pub client: Client,
    /// Only these subscriptions, by id or name; none means all.
    pub subscriptions: Vec<String>,
    /// Where the inventory is kept, if it is.
    pub cache: Option<Cache>,
    /// Where forms that were not finished are kept, if they are.
    pub drafts: Option<Drafts>,
    /// The endpoint or cloud, as the cache knows it.
    pub place: String,
    /// Where files are saved to.
    pub folder: PathBuf,
    /// Where snapshots are kept, if they are.
    pub snapshots: Option<Snapshots>,
    /// Where what was changed is written down.
    pub journal: JournalPlace,
}

/// The runtime.
pub struct Runtime {
    services: Services,
    messages: UnboundedSender<Message>,
    fetches: Tasks<Fetch>,
    asks: Tasks<Slot>,
    drafting: Option<AbortHandle>,
    settling: Option<AbortHandle>,
    watching: Option<AbortHandle>,
    workers: Workers,
    clock: Clock,
    controls: running::Controls,
}

impl Runtime {
    /// A runtime that answers with messages. It watches the network from the start.
    #[must_use]
    pub fn new(services: Services, messages: UnboundedSender<Message>, clock: Clock) -> Self {
        let runtime = Self {
            services,
            workers: Workers::new(messages.clone()),
            messages,
            fetches: Tasks::new(),
            asks: Tasks::new(),
            drafting: None,
            settling: None,
            watching: None,
            clock,
            controls: running::Controls::default(),
        };
        runtime.watch_network();
        runtime.find_drafts();
        runtime
    }

    /// Whether nothing is under way that will end in a message by itself.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.workers.is_idle()
    }

    /// Waits until that is so.
    pub fn idle(&self) -> impl Future<Output = ()> + use<> {
        self.workers.idle()
    }

    /// Carries an effect out; what only the holder of the terminal can do comes back.
    pub fn carry_out(&mut self, effect: Effect, inventory: &Inventory, now: Timestamp) -> Option<Host> {
        match effect {
            Effect::Host(host) => return Some(host),
            Effect::Fetch(ticket) => self.fetch(ticket),
            Effect::Cancel(fetch) => self.fetches.cancel(&fetch),
            Effect::Settle { generation, after } => self.settle(generation, after),
            Effect::Assess { page, generation, facts } => {
                let broken = Message::Assessed { page: page.clone(), generation, assessment: None };
                self.workers.start_blocking(broken, move || {
                    let assessment = Some(Arc::new(facts.assess(now)));
                    Message::Assessed { page, generation, assessment }
                });
            }
            Effect::Inquire { generation, inquiry } => {
                let broken = Message::Inquired { generation, outcome: None };
                self.workers.start_blocking(broken, move || {
                    let outcome = Some(inquiry.work_out());
                    Message::Inquired { generation, outcome }
                });
            }
            Effect::Ask { slot, generation, after, ask } => self.ask(slot, generation, after, ask),
            Effect::WatchRequests(on) => self.watch_requests(on),
            Effect::OpenLink(link) => self.open_link(link),
            file @ (Effect::KeepDraft { .. }
            | Effect::DropDraft(_)
            | Effect::Save { .. }
            | Effect::Export { .. }
            | Effect::FindPlans
            | Effect::KeepSnapshot(_)) => self.carry_out_file(file),
            run @ (Effect::RunPlan { .. }
            | Effect::ResumeRun { .. }
            | Effect::KeepRun(_)
            | Effect::StopRun { .. }
            | Effect::CutWait { .. }
            | Effect::ListRuns) => self.carry_out_run(run),
            Effect::KeepInventory => self.keep(inventory, now),
            Effect::SwitchTenant(tenant) => {
                self.fetches.cancel_all();
                self.services.client = self.services.client.with_tenant(&tenant);
            }
        }
        None
    }

    fn settle(&mut self, generation: u64, after: Duration) {
        if let Some(old) = self.settling.take() {
            old.abort();
        }
        self.settling = Some(self.workers.start(Message::Settled(generation), async move {
            tokio::time::sleep(after).await;
            Message::Settled(generation)
        }));
    }

    fn ask(&mut self, slot: Slot, generation: u64, after: Duration, ask: Ask) {
        let client = self.services.client.clone();
        let broken = Message::Answered { slot, generation, answer: Err(Error::Defect) };
        let task = self.workers.start(broken, async move {
            tokio::time::sleep(after).await;
            let answer = asks::run(&client, &ask).await;
            Message::Answered { slot, generation, answer }
        });
        self.asks.put(slot, task);
    }

    fn open_link(&self, link: String) {
        let broken =
            Message::LinkOpened(Err("that broke; this is a defect of amldeck".to_owned()), link.clone());
        self.workers.start_blocking(broken, move || {
            let opened = open::that_detached(&link).map_err(|error| match error.kind() {
                std::io::ErrorKind::NotFound => "no program was found that opens links".to_owned(),
                _ => "the program that opens links failed".to_owned(),
            });
            Message::LinkOpened(opened, link)
        });
    }

    fn fetch(&mut self, ticket: Ticket) {
        let slot = ticket.fetch.clone();
        let client = self.services.client.clone();
        let broken = Message::Broke(ticket.clone());
        let task = match ticket.fetch.clone() {
            Fetch::Inventory => {
                let (messages, only) = (self.messages.clone(), self.services.subscriptions.clone());
                self.workers.start(broken, load(client, only, messages, ticket.generation))
            }
            Fetch::Snapshots(workspace) => {
                let listed = Self::list_snapshots(self.services.snapshots.clone(), workspace, ticket);
                self.workers.start(broken, listed)
            }
            _ => self.workers.start(broken, async move {
                match fetch::run(&client, &ticket.fetch).await {
                    Some(fetched) => Message::Fetched(ticket, fetched),
                    None => Message::Broke(ticket),
                }
            }),
        };
        self.fetches.put(slot, task);
    }
}

/// Loads the inventory, and tells of its pieces as they come.
async fn load(
    client: Client,
    only: Vec<String>,
    messages: UnboundedSender<Message>,
    generation: u64,
) -> Message {
    let publish = move |inventory: Inventory| {
        let inventory = Box::new(inventory);
        let _ = messages.send(Message::Inventory { generation, inventory, complete: false });
    };
    match inventory::load(&client, &only, &publish).await {
        Ok(inventory) => Message::Inventory { generation, inventory: Box::new(inventory), complete: true },
        Err(error) => Message::InventoryFailed { generation, error },
    }
}

/// Sends messages on as they come, until no more do.
pub fn forward<T: Send + 'static>(
    mut coming: UnboundedReceiver<T>,
    message: fn(T) -> Message,
    messages: UnboundedSender<Message>,
) {
    tokio::spawn(async move {
        while let Some(next) = coming.recv().await {
            if messages.send(message(next)).is_err() {
                // Nobody listens any more: the console ends.
                return;
            }
        }
    });
}
