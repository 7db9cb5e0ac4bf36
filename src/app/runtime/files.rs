//! Effects that read and write files: what is saved and exported, drafts of forms, snapshots, the inventory's cache.

use std::path::Path;

use jiff::Timestamp;

use super::workers::on_blocking_thread;
use super::{Key, NOWHERE, Runtime, drafts, fetch, plan_files};
use crate::app::effect::Effect;
use crate::app::fetch::{Fetched, Ticket};
use crate::app::form::Draft;
use crate::app::message::Message;
use crate::azure::arm::id::ArmId;
use crate::config::paths;
use crate::domain::inventory::Inventory;

/// What is told where writing a file broke.
const BROKEN: &str = "writing it broke; this is a defect of amldeck";

impl Runtime {
    /// Carries out an effect that is about files.
    pub(super) fn carry_out_file(&mut self, effect: Effect) {
        match effect {
            Effect::KeepDraft { draft, now } => self.keep_draft(*draft, now),
            Effect::DropDraft(draft) => self.drop_draft(&draft),
            Effect::Save { name, contents } => {
                let wanted = self.services.folder.join(name);
                let saved = Message::Saved(Err(BROKEN.to_owned()));
                self.workers.start_blocking(saved, move || Message::Saved(written(&wanted, &contents)));
            }
            Effect::Export { taken, format, name } => {
                let wanted = name.map(|name| self.services.folder.join(name));
                self.workers.start_blocking(Message::Written(None), move || {
                    let text = taken.print(format);
                    match &wanted {
                        Some(wanted) => Message::Saved(written(wanted, &text)),
                        None => Message::Written(Some(text)),
                    }
                });
            }
            Effect::FindPlans => {
                let folder = self.services.folder.clone();
                self.workers.start_blocking(Message::PlansFound(Vec::new()), move || {
                    Message::PlansFound(plan_files::find(&folder))
                });
            }
            Effect::KeepSnapshot(snapshot) => {
                let store = self.services.snapshots.clone();
                self.workers.start_blocking(Message::Saved(Err(BROKEN.to_owned())), move || {
                    let store = store.ok_or_else(|| NOWHERE.to_owned());
                    let kept = store.and_then(|store| store.keep(&snapshot));
                    Message::Saved(kept.map(|path| path.display().to_string()))
                });
            }
            _ => {}
        }
    }

    /// Tells of the forms that an earlier session did not finish.
    pub(super) fn find_drafts(&self) {
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

    fn drop_draft(&mut self, draft: &Draft) {
        if let Some(old) = self.drafting.take() {
            old.abort();
        }
        if let Some(drafts) = &self.services.drafts {
            // The console may end before any other thread gets to it.
            drafts.drop_one(draft);
        }
    }

    /// Keeps the inventory for the first frame of the next session.
    pub(super) fn keep(&self, inventory: &Inventory, now: Timestamp) {
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

    /// Lists the snapshots of a workspace.
    pub(super) async fn list_snapshots(
        store: Option<super::Snapshots>,
        workspace: ArmId,
        ticket: Ticket,
    ) -> Message {
        let listed = on_blocking_thread(move || {
            store.ok_or_else(|| NOWHERE.to_owned()).and_then(|store| store.list(&workspace))
        });
        Message::Fetched(ticket, Fetched::Snapshots(listed.await))
    }
}

/// Writes a file beside those that are there. Gives its path, or why it could not be written.
fn written(wanted: &Path, contents: &str) -> Result<String, String> {
    match paths::write_beside(wanted, contents.as_bytes()) {
        Ok(path) => Ok(path.display().to_string()),
        Err(error) => Err(format!("{}: {error}", wanted.display())),
    }
}
