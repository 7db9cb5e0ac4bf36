//! Carries effects out: the only part of the console that holds a client and starts work.

mod asks;
mod cache;
mod drafts;
mod fetch;
mod inventory;
mod journal;
mod plan_files;
mod plans;
mod preflight;
mod running;
mod setup_asks;
mod snapshots;
mod tasks;

use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::FutureExt;
use jiff::Timestamp;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::task::AbortHandle;

pub use drafts::Drafts;

pub use cache::{Cache, Kept, Key, Owner};
pub use fetch::read_for_switch;
pub use inventory::load as load_inventory;
pub use journal::{Entry, Journal, JournalError, JournalPlace, Journals, Listed, Memory};
pub use snapshots::{Saved, Snapshots, read as read_snapshot};

pub use plans::{Control, RunError, Runner};
pub use preflight::{directory_of, preflight};

use super::console::Clock;
use super::effect::{Effect, Host};
use super::fetch::{Fetch, Fetched, Ticket};
use super::form::{Draft, Slot};
use super::message::{Message, Network};
use crate::azure::arm::client::Client;
use crate::azure::arm::request_log::RequestLog;
use crate::azure::arm::traffic::Traffic;
use crate::config::paths;
use crate::domain::inventory::Inventory;
use tasks::Tasks;

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

/// Work that is under way; it counts itself off when it ends, however it ends.
struct Busy(Arc<AtomicUsize>);

impl Busy {
    fn begin(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count.clone())
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
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
    busy: Arc<AtomicUsize>,
    clock: Clock,
    controls: running::Controls,
}

impl Runtime {
    /// A runtime that answers with messages. It watches the network from the start.
    #[must_use]
    pub fn new(services: Services, messages: UnboundedSender<Message>, clock: Clock) -> Self {
        let runtime = Self {
            services,
            messages,
            fetches: Tasks::new(),
            asks: Tasks::new(),
            drafting: None,
            settling: None,
            watching: None,
            busy: Arc::default(),
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
        self.busy.load(Ordering::SeqCst) == 0
    }

    /// Carries an effect out; what only the holder of the terminal can do comes back.
    pub fn carry_out(&mut self, effect: Effect, inventory: &Inventory, now: Timestamp) -> Option<Host> {
        match effect {
            Effect::Host(host) => return Some(host),
            Effect::Fetch(ticket) => self.fetch(ticket),
            Effect::Cancel(fetch) => self.fetches.cancel(&fetch),
            Effect::Settle { generation, after } => {
                if let Some(old) = self.settling.take() {
                    old.abort();
                }
                self.settling = Some(self.spawn(async move {
                    tokio::time::sleep(after).await;
                    Message::Settled(generation)
                }));
            }
            Effect::Assess { page, generation, facts } => {
                self.spawn(async move {
                    let made = tokio::task::spawn_blocking(move || Arc::new(facts.assess(now)));
                    Message::Assessed { page, generation, assessment: made.await.ok() }
                });
            }
            Effect::Inquire { generation, inquiry } => {
                self.spawn(async move {
                    let made = tokio::task::spawn_blocking(move || inquiry.work_out());
                    Message::Inquired { generation, outcome: made.await.ok() }
                });
            }
            Effect::Ask { slot, generation, after, ask } => {
                let client = self.services.client.clone();
                let task = self.spawn(async move {
                    tokio::time::sleep(after).await;
                    let answer = asks::run(&client, &ask).await;
                    Message::Answered { slot, generation, answer }
                });
                self.asks.put(slot, task);
            }
            Effect::KeepDraft { draft, now } => self.keep_draft(*draft, now),
            Effect::DropDraft(draft) => {
                if let Some(old) = self.drafting.take() {
                    old.abort();
                }
                if let Some(drafts) = &self.services.drafts {
                    drafts.drop_one(&draft);
                }
            }
            Effect::WatchRequests(on) => self.watch_requests(on),
            Effect::OpenLink(link) => {
                self.spawn(async move {
                    let target = link.clone();
                    let opened = tokio::task::spawn_blocking(move || open::that_detached(target)).await;
                    let result = match opened {
                        Ok(result) => result.map_err(|error| error.to_string()),
                        Err(error) => Err(error.to_string()),
                    };
                    Message::LinkOpened(result, link)
                });
            }
            Effect::Save { name, contents } => {
                let wanted = self.services.folder.join(name);
                self.spawn(async move {
                    let written = tokio::task::spawn_blocking(move || {
                        match paths::write_beside(&wanted, contents.as_bytes()) {
                            Ok(path) => Ok(path.display().to_string()),
                            Err(error) => Err(format!("{}: {error}", wanted.display())),
                        }
                    });
                    Message::Saved(written.await.unwrap_or_else(|error| Err(error.to_string())))
                });
            }
            Effect::FindPlans => {
                let folder = self.services.folder.clone();
                self.spawn(async move {
                    let found = tokio::task::spawn_blocking(move || plan_files::find(&folder)).await;
                    Message::PlansFound(found.unwrap_or_default())
                });
            }
            Effect::KeepSnapshot(snapshot) => {
                let store = self.services.snapshots.clone();
                self.spawn(async move {
                    let kept = tokio::task::spawn_blocking(move || {
                        let store = store.ok_or_else(|| NOWHERE.to_owned())?;
                        store.keep(&snapshot).map(|path| path.display().to_string())
                    });
                    Message::Saved(kept.await.unwrap_or_else(|error| Err(error.to_string())))
                });
            }
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

    /// Starts work that ends in one message.
    fn spawn(&self, work: impl Future<Output = Message> + Send + 'static) -> AbortHandle {
        let (messages, busy) = (self.messages.clone(), Busy::begin(&self.busy));
        let task = tokio::spawn(async move {
            let message = work.await;
            // Nobody listens any more only when the console ends.
            let _ = messages.send(message);
            drop(busy);
        });
        task.abort_handle()
    }

    fn fetch(&mut self, ticket: Ticket) {
        let slot = ticket.fetch.clone();
        let generation = ticket.generation;
        let client = self.services.client.clone();
        let task = if ticket.fetch == Fetch::Inventory {
            let (messages, only) = (self.messages.clone(), self.services.subscriptions.clone());
            let broken = ticket.clone();
            let work = async move {
                let publish = move |inventory: Inventory| {
                    let inventory = Box::new(inventory);
                    let _ = messages.send(Message::Inventory { generation, inventory, complete: false });
                };
                match inventory::load(&client, &only, &publish).await {
                    Ok(inventory) => {
                        Message::Inventory { generation, inventory: Box::new(inventory), complete: true }
                    }
                    Err(error) => Message::InventoryFailed { generation, error },
                }
            };
            self.spawn(guarded(work, broken))
        } else if let Fetch::Snapshots(workspace) = &ticket.fetch {
            let (store, workspace) = (self.services.snapshots.clone(), workspace.clone());
            let broken = ticket.clone();
            let work = async move {
                let listed = tokio::task::spawn_blocking(move || {
                    store.ok_or_else(|| NOWHERE.to_owned())?.list(&workspace)
                });
                let listed = listed.await.unwrap_or_else(|error| Err(error.to_string()));
                Message::Fetched(ticket, Fetched::Snapshots(listed))
            };
            self.spawn(guarded(work, broken))
        } else {
            let broken = ticket.clone();
            let work = async move {
                match fetch::run(&client, &ticket.fetch).await {
                    Some(fetched) => Message::Fetched(ticket, fetched),
                    None => Message::Broke(ticket),
                }
            };
            self.spawn(guarded(work, broken))
        };
        self.fetches.put(slot, task);
    }

    /// Tells of the forms that an earlier session did not finish.
    fn find_drafts(&self) {
        let Some(drafts) = self.services.drafts.clone() else { return };
        let messages = self.messages.clone();
        tokio::task::spawn_blocking(move || {
            let found = drafts.all();
            if !found.is_empty() {
                // Nobody listens any more only when the console ends.
                let _ = messages.send(Message::Drafts(found));
            }
        });
    }

    fn keep_draft(&mut self, draft: Draft, now: bool) {
        let Some(drafts) = self.services.drafts.clone() else { return };
        if let Some(old) = self.drafting.take() {
            old.abort();
        }
        let (messages, turn) = (self.messages.clone(), drafts.turn(&draft));
        let keep = move || {
            if let Err(why) = drafts.keep(&draft, turn) {
                let _ = messages.send(Message::Saved(Err(format!("the draft of the form: {why}"))));
            }
        };
        if now {
            // The console may end before any other thread gets to it.
            keep();
            return;
        }
        let task = tokio::spawn(async move {
            tokio::time::sleep(drafts::REST).await;
            // A broken write is told by the message above; there is nothing else to do about it.
            let _ = tokio::task::spawn_blocking(keep).await;
        });
        self.drafting = Some(task.abort_handle());
    }

    /// How the network is right now.
    #[must_use]
    pub fn network(&self) -> Network {
        let traffic = self.services.client.subscribe().borrow().clone();
        network(&traffic, self.services.client.log())
    }

    /// Tells the console how the network is, whenever that changes.
    fn watch_network(&self) {
        let mut changes = self.services.client.subscribe();
        let (messages, log) = (self.messages.clone(), self.services.client.log().clone());
        tokio::spawn(async move {
            while changes.changed().await.is_ok() {
                let traffic = changes.borrow_and_update().clone();
                if messages.send(Message::Network(network(&traffic, &log))).is_err() {
                    return;
                }
            }
        });
    }

    fn watch_requests(&mut self, on: bool) {
        if let Some(old) = self.watching.take() {
            old.abort();
        }
        if !on {
            return;
        }
        let mut changes = self.services.client.subscribe();
        let (messages, log) = (self.messages.clone(), self.services.client.log().clone());
        let _ = messages.send(Message::Requests(log.entries()));
        let task = tokio::spawn(async move {
            while changes.changed().await.is_ok() {
                changes.borrow_and_update();
                if messages.send(Message::Requests(log.entries())).is_err() {
                    return;
                }
            }
        });
        self.watching = Some(task.abort_handle());
    }

    fn keep(&self, inventory: &Inventory, now: Timestamp) {
        let Some(cache) = self.services.cache.clone() else { return };
        let (client, inventory, place) =
            (self.services.client.clone(), inventory.clone(), self.services.place.clone());
        let messages = self.messages.clone();
        tokio::spawn(async move {
            let Ok(identity) = fetch::caller(&client).await else { return };
            let asked = client.tenant().map(str::to_owned);
            let principal = identity.principal().to_owned();
            let tenant =
                identity.tenant.map_or_else(|| asked.clone().unwrap_or_default(), |tenant| tenant.id);
            let key = Key { place, tenant, principal };
            let kept =
                tokio::task::spawn_blocking(move || cache.keep(&key, asked.as_deref(), &inventory, now))
                    .await;
            if let Ok(Err(why)) = kept {
                let _ = messages.send(Message::Saved(Err(format!("the cache of the inventory: {why}"))));
            }
        });
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

/// Turns a panic of the work into a message: a defect must not leave a pane loading for ever.
async fn guarded(work: impl Future<Output = Message>, ticket: Ticket) -> Message {
    match AssertUnwindSafe(work).catch_unwind().await {
        Ok(message) => message,
        Err(_) => Message::Broke(ticket),
    }
}

/// Two requests in a row without any answer mean that there is no network.
fn network(traffic: &Traffic, log: &RequestLog) -> Network {
    let last = log.after(log.count().saturating_sub(2));
    let offline = !last.is_empty() && last.iter().all(|entry| entry.status.is_none());
    Network {
        in_flight: traffic.in_flight,
        throttled: traffic.throttle.as_ref().map(|throttle| (throttle.until, throttle.reason.clone())),
        offline,
    }
}
