//! The locks that keep a way back from deleting what it would delete, looked up before its first request.

use futures_util::future::join_all;

use super::rights::is_so;
use crate::azure::arm::client::Client;
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::Method;
use crate::azure::resources::lock::{self, Lock};
use crate::domain::plan::Step;

/// The first lock that is in the way of what these steps delete, a clause that says what to do about it. Each level of a lock
/// keeps from deleting what it is on, what is below that and what holds that; also role assignments. What is so already
/// deletes nothing. Locks that cannot be read stop nobody: the first request tells.
pub async fn locked(client: &Client, steps: &[Step]) -> Option<String> {
    let deleted: Vec<(usize, ArmId)> =
        steps.iter().enumerate().flat_map(|(at, step)| deletes(step).map(move |id| (at, id))).collect();
    let mut scopes: Vec<ArmId> = Vec::new();
    for (_, id) in &deleted {
        let target = id.extended().unwrap_or_else(|| id.clone());
        let above = [target.subscription_id().map(ArmId::subscription), target.group_scope()];
        let scope = above.into_iter().flatten();
        for scope in scope {
            if !scopes.contains(&scope) {
                scopes.push(scope);
            }
        }
    }
    let reads = scopes.iter().map(|scope| async move {
        let read = match scope.resource_group() {
            Some(_) => lock::list_below(scope),
            None => lock::list(scope),
        };
        client.list::<Lock>(&read).await.unwrap_or_default()
    });
    let locks: Vec<Lock> = join_all(reads).await.into_iter().flatten().collect();
    let mut looked_at = None;
    for (at, id) in &deleted {
        let Some(place) = locks.iter().find_map(|lock| stands(lock, id)) else { continue };
        // Each step is looked at once.
        if looked_at.replace(*at) != Some(*at) && !is_so(client, &steps[*at]).await {
            return Some(words(&steps[*at], &place));
        }
    }
    None
}

/// What a step deletes.
fn deletes(step: &Step) -> impl Iterator<Item = ArmId> {
    let requests = step.requests.iter().filter(|request| request.method == Method::Delete);
    requests.filter_map(|request| ArmId::parse(&request.path).ok())
}

/// What a lock is on, where it keeps something from being deleted.
fn stands(lock: &Lock, id: &ArmId) -> Option<ArmId> {
    let place = lock.id.extended()?;
    let is_extension = id.extended().is_some();
    (place.contains(id) || (!is_extension && id.contains(&place))).then_some(place)
}

fn words(step: &Step, place: &ArmId) -> String {
    let place = match (place.resource_group(), place.resource_type().as_deref()) {
        (None, _) => "the subscription".to_owned(),
        (Some(group), None | Some("Microsoft.Resources/resourceGroups")) => {
            format!("the resource group {group}")
        }
        _ => place.name().to_owned(),
    };
    format!(
        "a lock on {place} stands in the way of \"{}\"; who may delete locks there can remove it",
        step.title
    )
}
