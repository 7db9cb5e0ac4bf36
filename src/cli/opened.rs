//! One workspace, found and read by a console that nobody looks at, so that a command says the same as a pane.

use super::exit::{Failure, tell};
use super::landing;
use super::list::tell_problems;
use super::start::Context;
use crate::app::console::Console;
use crate::app::model::Model;
use crate::app::page::Page;
use crate::app::runtime::{Services, load_inventory};
use crate::azure::arm::client::Client;
use crate::azure::arm::id::ArmId;
use crate::domain::inventory::Inventory;

/// A workspace that was found and not read yet.
pub struct Found {
    /// Its id.
    pub id: ArmId,
    console: Console,
    services: Services,
    inventory: Inventory,
}

/// A workspace that was read with everything around it.
pub struct Opened {
    /// Its id.
    pub id: ArmId,
    /// The client that read it.
    pub client: Client,
    console: Console,
}

/// Finds the workspace that an argument means; `None` when that cannot be told, which is said on standard error. An id
/// says where to look: the other subscriptions are not asked.
///
/// # Errors
/// When the inventory cannot be read at all, the name fits none or several, or the settings are wrong.
pub async fn find(context: &Context, workspace: &str) -> Result<Option<Found>, Failure> {
    let (console, mut services) = context.headless()?;
    if services.subscriptions.is_empty() {
        let named = ArmId::parse(workspace).ok();
        services.subscriptions.extend(named.and_then(|id| id.subscription_id().map(str::to_owned)));
    }
    let inventory = load_inventory(&services.client, &services.subscriptions, &|_| ()).await?;
    Ok(found_in(&inventory, workspace)?.map(|id| Found { id, console, services, inventory }))
}

/// The id of the workspace of an inventory that an argument means; `None` when that cannot be told, which is said.
///
/// # Errors
/// When the name fits none or several.
pub fn found_in(inventory: &Inventory, workspace: &str) -> Result<Option<ArmId>, Failure> {
    let id = landing::find(inventory, workspace)?;
    if id.is_none() {
        tell_problems(inventory);
        tell(&format!("whether there is a workspace '{workspace}' cannot be told"));
    }
    Ok(id)
}

impl Found {
    /// One of an inventory that was read already.
    ///
    /// # Errors
    /// When the settings are wrong.
    pub fn of(context: &Context, inventory: Inventory, id: ArmId) -> Result<Self, Failure> {
        let (console, services) = context.headless()?;
        Ok(Self { id, console, services, inventory })
    }

    /// The endpoint that it was found at, as snapshots are kept by it.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.services.place
    }

    /// Reads it.
    pub async fn open(self) -> Opened {
        let Self { id, mut console, services, inventory } = self;
        let client = services.client.clone();
        // Some findings rest on who may do what on the resources that it depends on.
        console.model.asks_access = true;
        console.connect_on(services, inventory, &id);
        console.settle().await;
        Opened { id, client, console }
    }
}

impl Opened {
    /// All that the console knows then.
    pub fn model(&self) -> &Model {
        &self.console.model
    }

    /// The same, to take in what a command asks besides.
    pub fn model_mut(&mut self) -> &mut Model {
        &mut self.console.model
    }

    /// The page of the workspace.
    ///
    /// # Errors
    /// When the console has none, which is a defect.
    pub fn page(&self) -> Result<&Page, Failure> {
        let lost =
            || Failure::local(format!("{} was found and not opened; this is a defect of amldeck", self.id));
        self.model().page().ok_or_else(lost)
    }
}
