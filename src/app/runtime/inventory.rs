//! Fetching the inventory: Resource Graph in batches side by side, ARM subscription by subscription
//! where that is refused. What can be read is published as it arrives; what cannot is noted.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use futures_util::future::join_all;

use crate::azure::arm::client::Client;
use crate::azure::arm::error::Error;
use crate::azure::resource_graph::{self, ContainerRow, Page, Query, Walk, WorkspaceRow};
use crate::azure::resources::management_group::{self, ManagementGroup};
use crate::azure::resources::subscription::{self, Subscription};
use crate::azure::resources::{resource_group, workspace};
use crate::domain::inventory::Inventory;

/// A partial inventory is shown no more often than this.
const PUBLISH_EVERY: Duration = Duration::from_millis(120);
/// How often a refused query is split at most: from the 1,000 subscriptions that the service takes down to one.
const SPLITS: usize = 10;
/// So many management groups are asked for what is below them; a tenant with more keeps the ids of the rest.
const MANAGEMENT_GROUPS: usize = 200;

/// What was found so far, and when it was last published.
struct Collector<'a> {
    inventory: Mutex<(Inventory, Option<Instant>)>,
    publish: &'a (dyn Fn(Inventory) + Send + Sync),
}

impl Collector<'_> {
    fn add(&self, change: impl FnOnce(&mut Inventory)) {
        // A poisoned lock would mean a panic in a change; what is there is still shown.
        let mut found = self.inventory.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let (inventory, published) = &mut *found;
        change(inventory);
        let due = published.is_none_or(|last| last.elapsed() >= PUBLISH_EVERY);
        if due && !inventory.workspaces().is_empty() {
            *published = Some(Instant::now());
            (self.publish)(inventory.clone());
        }
    }

    /// Publishes what is known now, however long ago the last time was.
    fn publish(&self) {
        let mut found = self.inventory.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let (inventory, published) = &mut *found;
        *published = Some(Instant::now());
        (self.publish)(inventory.clone());
    }

    fn note(&self, scope: &str, message: &str) {
        self.add(|inventory| inventory.note(scope, message));
    }

    fn into_inner(self) -> Inventory {
        self.inventory.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner).0
    }
}

/// Reads every workspace of every subscription that the caller can see, or of those named in `only`
/// (by id or name). `publish` gets what is known so far, again and again.
///
/// # Errors
/// When not even the subscriptions can be listed.
pub async fn load(
    client: &Client,
    only: &[String],
    publish: &(dyn Fn(Inventory) + Send + Sync),
) -> Result<Inventory, Error> {
    let collector = Collector { inventory: Mutex::default(), publish };
    let listed: Vec<Subscription> = client.list(&subscription::list()).await?;
    let subscriptions = choose(listed, only, &collector);
    collector.add(|inventory| inventory.add_subscriptions(&subscriptions));
    let ids: Vec<String> = subscriptions
        .iter()
        .map(|s| s.id.subscription_id().unwrap_or(&s.subscription_id).to_owned())
        .collect();
    if !ids.is_empty() {
        let queries = resource_graph::workspaces(&ids);
        let is_small = queries.len() == 1;
        let workspaces = join_all(queries.into_iter().map(|query| workspaces(client, &collector, query)));
        let containers = join_all(
            resource_graph::containers(&ids).into_iter().map(|query| containers(client, &collector, query)),
        );
        if is_small {
            tokio::join!(workspaces, containers);
        } else {
            // A large estate may use up the quota of Resource Graph, and its workspaces go first.
            workspaces.await;
            collector.publish();
            containers.await;
        }
    }
    Ok(collector.into_inner())
}

/// The subscriptions that were asked for; a name that fits none is noted.
fn choose(all: Vec<Subscription>, only: &[String], collector: &Collector<'_>) -> Vec<Subscription> {
    if only.is_empty() {
        return all;
    }
    let fits = |subscription: &Subscription, wanted: &str| {
        let id = subscription.id.subscription_id().unwrap_or(&subscription.subscription_id);
        id.eq_ignore_ascii_case(wanted) || subscription.display_name.eq_ignore_ascii_case(wanted)
    };
    for wanted in only {
        if !all.iter().any(|subscription| fits(subscription, wanted)) {
            collector.note(wanted, "no subscription of this id or name can be seen");
        }
    }
    all.into_iter().filter(|subscription| only.iter().any(|wanted| fits(subscription, wanted))).collect()
}

async fn workspaces(client: &Client, collector: &Collector<'_>, query: Query) {
    let refused = rows(client, query, false, |page: Page<WorkspaceRow>| {
        collector.add(|inventory| inventory.add_rows(&page.rows));
        for row in page.unreadable {
            collector.note("Resource Graph", &row.to_string());
        }
    });
    // Where the fast way is closed every subscription is asked itself, so that one bad one hides no other.
    let refused = refused.await;
    let each = refused.iter().map(|id| async move {
        match client.list(&workspace::list(id)).await {
            Ok(list) => collector.add(|inventory| inventory.add_workspaces(&list)),
            Err(error) => collector.add(|inventory| inventory.note_unread(id, &error.plain())),
        }
    });
    join_all(each).await;
}

/// Names of groups; without them the ids tell the names, so a refusal of both ways is worth no notice.
async fn containers(client: &Client, collector: &Collector<'_>, query: Query) {
    let refused = rows(client, query, true, |page: Page<ContainerRow>| {
        collector.add(|inventory| inventory.add_containers(&page.rows));
    });
    let refused = refused.await;
    if refused.is_empty() {
        return;
    }
    let each = refused.iter().map(|id| async move {
        match client.list(&resource_group::list(id)).await {
            Ok(groups) => collector.add(|inventory| inventory.add_groups(&groups)),
            Err(_) => collector.add(|inventory| inventory.note_groups_unread(id)),
        }
    });
    tokio::join!(join_all(each), management_groups(client, collector, &refused));
}

/// The management groups above these subscriptions, one request for each group: Resource Graph, which has
/// them in its rows, was refused.
async fn management_groups(client: &Client, collector: &Collector<'_>, subscriptions: &[String]) {
    let Ok(listed) = client.list::<ManagementGroup>(&management_group::list().background()).await else {
        return;
    };
    let each = listed.iter().take(MANAGEMENT_GROUPS).map(|group| async move {
        client.json(&management_group::with_children(&group.name).background()).await.ok()
    });
    let groups: Vec<ManagementGroup> = join_all(each).await.into_iter().flatten().collect();
    let rows = management_group::above(&groups, subscriptions);
    collector.add(|inventory| inventory.add_containers(&rows));
}

/// Reads a query to its end and gives its subscriptions that have to be asked without Resource Graph.
///
/// Where the service refuses some of the subscriptions they are looked for, half by half: one bad one must
/// not send a thousand others the slow way. One after the other, and not without end, because the quota
/// of Resource Graph is small; a refusal of everything is believed at once.
async fn rows<R: serde::de::DeserializeOwned>(
    client: &Client,
    query: Query,
    background: bool,
    mut take: impl FnMut(Page<R>),
) -> Vec<String> {
    let mut refused = Vec::new();
    let mut waiting = vec![query];
    let mut splits = 0;
    while let Some(query) = waiting.pop() {
        let Err(error) = pages(client, query.clone(), background, &mut take).await else { continue };
        let halves = query.halves().filter(|_| splits < SPLITS && query.is_refused_in_part(&error));
        if let Some((left, right)) = halves {
            splits += 1;
            waiting.extend([right, left]);
        } else {
            let subscriptions = query.subscriptions().len();
            tracing::info!(%error, subscriptions, "Resource Graph refused; asking each subscription");
            refused.extend_from_slice(query.subscriptions());
        }
    }
    refused
}

/// Reads every page of a query, one after the other, and hands each on.
///
/// # Errors
/// Of the first page that does not come.
pub(super) async fn pages<R: serde::de::DeserializeOwned>(
    client: &Client,
    first: Query,
    background: bool,
    take: &mut impl FnMut(Page<R>),
) -> Result<(), Error> {
    let mut next = Some(Walk::new(first));
    while let Some(walk) = next {
        let request = walk.query().request();
        let request = if background { request.background() } else { request };
        let page: Page<R> = client.json(&request).await?;
        next = walk.next(&page)?;
        take(page);
    }
    Ok(())
}
