//! What a switch of the storage access mode depends on, read beside the page of its workspace.

use futures_util::stream::{self, StreamExt};
use jiff::Timestamp;

use crate::app::page::lookup_of;
use crate::app::storage_access::Reads;
use crate::azure::arm::client::Client;
use crate::azure::arm::error::Error;
use crate::azure::arm::id::ArmId;
use crate::azure::directory::{self, Principal};
use crate::azure::resource_graph::{self, OnAccountRow, Page};
use crate::azure::resources::activity_log::{About, Event, Status};
use crate::azure::resources::policy_state::PolicyState;
use crate::azure::resources::storage_account::{self, StorageAccount};
use crate::azure::resources::{
    activity_log, compute, datastore, decode, lock, online_endpoint, policy_state, role_assignment, workspace,
};
use crate::domain::access::Member;
use crate::domain::lookup::Lookup;
use crate::domain::storage_access::{OnParts, log_since};

/// How many groups are asked for their members at a time.
const GROUPS_AT_A_TIME: usize = 8;

/// Reads it. `now` is the time: the activity log is asked as far back as it goes from there.
pub async fn read_for_switch(client: &Client, id: &ArmId, storage: Option<&ArmId>, now: Timestamp) -> Reads {
    let api_versions = async {
        let provider = workspace::provider(id.subscription_id().unwrap_or_default());
        let answer = client.value(&provider.background()).await;
        found(answer.map(|answer| workspace::api_versions(&answer)))
    };
    let (computes, datastores, online, batch) = (
        compute::list(id),
        datastore::list(id),
        online_endpoint::list_online(id),
        online_endpoint::list_batch(id),
    );
    let of_workspace = async {
        futures_util::join!(
            client.list(&computes),
            client.list(&datastores),
            client.list(&online),
            client.list(&batch),
            api_versions
        )
    };
    let of_account = async {
        // Where no account is named there is nothing of it that could not be read.
        let Some(account) = storage else { return Reads::without_account() };
        let locks = lock::list(account);
        let (policies, locks, on_account, on_parts, synchronised) = futures_util::join!(
            policies(client, account),
            client.list(&locks),
            on_account(client, account),
            on_parts(client, account),
            syncs(client, id, account, now)
        );
        Reads {
            policies: found(policies),
            locks: found(locks),
            on_account: found(on_account),
            on_parts: found(on_parts),
            synchronised: found(synchronised),
            ..Reads::default()
        }
    };
    let ((computes, datastores, online, batch, api_versions), of_account) =
        futures_util::join!(Box::pin(of_workspace), Box::pin(of_account));
    Reads {
        computes: found(computes),
        datastores: found(datastores),
        online: found(online),
        batch: found(batch),
        api_versions,
        ..of_account
    }
}

fn found<T>(result: Result<T, Error>) -> Lookup<T> {
    result.map_or_else(|error| lookup_of(&error), Lookup::Found)
}

async fn policies(client: &Client, account: &ArmId) -> Result<Vec<PolicyState>, Error> {
    let mut states = client.list(&policy_state::of_resource(account)).await?;
    read_rules(client, &mut states).await;
    Ok(states)
}

async fn on_account(client: &Client, account: &ArmId) -> Result<Vec<OnAccountRow>, Error> {
    let page = client.json::<Page<OnAccountRow>>(&resource_graph::workspaces_on(account)).await?;
    Ok(page.rows)
}

/// The roles on parts of the account, with who is in the groups that have some.
async fn on_parts(client: &Client, account: &ArmId) -> Result<OnParts, Error> {
    let listed = client.list(&role_assignment::list_around(account).background()).await?;
    let mut found = OnParts::below(account, listed);
    let asked = found.groups().into_iter().map(|group| async move {
        let members = client.list::<Principal>(&directory::members(&group).background()).await;
        (group, members)
    });
    let mut answers = stream::iter(asked).buffer_unordered(GROUPS_AT_A_TIME);
    while let Some((group, members)) = answers.next().await {
        match members {
            Ok(members) => found.members.know(&group, members.iter().map(Member::from)),
            Err(error) => found.members.refuse(&group, &error.plain()),
        }
    }
    drop(answers);
    Ok(found)
}

/// When the workspace's keys were synchronised since the newest key of its account was made. What is older than the
/// activity log is not asked for.
async fn syncs(
    client: &Client,
    id: &ArmId,
    account: &ArmId,
    now: Timestamp,
) -> Result<Vec<Timestamp>, Error> {
    let request = storage_account::get(account);
    let account: StorageAccount = decode("storage account", client.value(&request).await?)
        .map_err(|error| super::fetch::undecodable(&request, &error))?;
    let since = account.newest_key().filter(|made| *made >= log_since(now));
    let about = About::Resource(id.clone());
    let Some(request) = since.and_then(|since| activity_log::list(&about, since)) else {
        return Ok(Vec::new());
    };
    let events: Vec<Event> = client.list(&request).await?;
    let is_sync = |event: &&Event| {
        event.operation_name.value.eq_ignore_ascii_case(workspace::SYNC_KEYS)
            && matches!(event.status(), Some(Status::Accepted | Status::Succeeded))
    };
    Ok(events.iter().filter(is_sync).filter_map(|event| event.event_timestamp).collect())
}

/// Finds out what the policies that enforce something do about shared keys, whatever they are called. One whose definition
/// cannot be read is known by its names only.
async fn read_rules(client: &Client, states: &mut [PolicyState]) {
    let mut unknown: Vec<ArmId> = Vec::new();
    for state in states.iter().filter(|state| state.enforces()) {
        if let Some(id) = state.policy_definition_id.as_ref().filter(|id| !unknown.contains(id)) {
            unknown.push(id.clone());
        }
    }
    let asked = unknown.into_iter().map(|id| async move {
        let definition = client.value(&policy_state::definition(&id).background()).await.ok()?;
        Some((id, policy_state::about_shared_key(&definition)?))
    });
    let rules: Vec<_> = futures_util::future::join_all(asked).await.into_iter().flatten().collect();
    for state in states {
        let of = |id: &ArmId| rules.iter().find(|(known, _)| known == id).map(|(_, rule)| *rule);
        state.rule = state.policy_definition_id.as_ref().and_then(of);
    }
}
