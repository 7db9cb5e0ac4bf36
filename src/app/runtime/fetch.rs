//! Carrying out one fetch with the client. Nothing here knows the state of the console.

use std::collections::HashSet;
use std::sync::Arc;

use futures_util::stream::{self, StreamExt};
use jiff::Timestamp;
use serde_json::Value;

use super::switch_reads::read_for_switch;
use crate::app::access::lists::AccessList;
use crate::app::fetch::{Fetch, Fetched, Identity, Part};
use crate::app::session::TenantName;
use crate::app::timeline::Read;
use crate::azure::arm::client::Client;
use crate::azure::arm::error::Error;
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::{Method, Request};
use crate::azure::arm::versions;
use crate::azure::directory::{self, Organization, Principal, PrincipalLookup};
use crate::azure::resources::tenant::{self, Tenant};
use crate::azure::resources::{
    DecodeError, activity_log, decode, deny_assignment, lock, outbound_rule, pim, role_assignment,
    role_definition, workspace,
};
use crate::domain::opened::DependentResource;
use crate::domain::timeline::Watched;

/// Fetches; the inventory and what is on this machine have their own ways.
pub async fn run(client: &Client, fetch: &Fetch) -> Option<Fetched> {
    Some(match fetch {
        Fetch::Inventory | Fetch::Snapshots(_) => return None,
        Fetch::Caller => Fetched::Caller(caller(client).await),
        Fetch::Tenants => Fetched::Tenants(tenants(client).await),
        Fetch::Page(id, part) => page(client, id, part).await,
        Fetch::Roles { scope, custom_only, .. } => {
            let mut request = role_definition::list(scope);
            if *custom_only {
                request = request.query("$filter", "type eq 'CustomRole'");
            }
            Fetched::Roles(client.list(&request).await)
        }
        Fetch::Names(ids) => Fetched::Names(ids.clone(), names(client, ids).await),
        Fetch::Members(group) => {
            let members = client.list(&directory::members(group).background()).await;
            Fetched::Members(group.clone(), members)
        }
        Fetch::Json(id) => Fetched::Json(json(client, id).await),
        Fetch::StorageAccess { workspace, storage, until } => {
            let reads = Box::pin(read_for_switch(client, workspace, storage.as_ref(), *until)).await;
            Fetched::StorageAccess(Box::new(reads))
        }
        Fetch::Log { watched, window, until } => {
            Fetched::Log(log(client, watched, window.since(*until)).await)
        }
    })
}

async fn page(client: &Client, id: &ArmId, part: &Part) -> Fetched {
    match part {
        Part::Body => {
            let request = workspace::get(id);
            let result = raw(client, &request).await.and_then(|raw| {
                let typed =
                    decode("workspace", (*raw).clone()).map_err(|error| undecodable(&request, &error))?;
                Ok((Box::new(typed), raw))
            });
            Fetched::Body(result)
        }
        Part::Dependent(dependent) => {
            Fetched::Dependent(dependent.clone(), dependent_of(client, dependent).await)
        }
        Part::Rules => Fetched::Rules(client.list(&outbound_rule::list(id)).await),
        Part::Locks => Fetched::Locks(client.list(&lock::list(id)).await),
        Part::LocksBeside(scope) => Fetched::Locks(client.list(&lock::list(scope).background()).await),
        Part::Assignments => access(client, AccessList::Assignments, id, |request| request).await,
        Part::Eligible => access(client, AccessList::Eligible, id, |request| request).await,
        Part::Active => access(client, AccessList::Active, id, |request| request).await,
        Part::Denies => access(client, AccessList::Denies, id, |request| request).await,
        Part::Beside(list, scope) => access(client, *list, scope, Request::background).await,
    }
}

/// A list about access at a scope.
async fn access(
    client: &Client,
    list: AccessList,
    scope: &ArmId,
    as_said: impl Fn(Request) -> Request,
) -> Fetched {
    match list {
        AccessList::Assignments => {
            Fetched::Assignments(client.list(&as_said(role_assignment::list_at(scope))).await)
        }
        AccessList::Eligible => Fetched::Eligible(client.list(&as_said(pim::eligible_at(scope))).await),
        AccessList::Active => Fetched::Active(client.list(&as_said(pim::active_at(scope))).await),
        AccessList::Denies => Fetched::Denies(client.list(&as_said(deny_assignment::list_at(scope))).await),
    }
}

async fn dependent_of(client: &Client, id: &ArmId) -> Result<(Box<DependentResource>, Arc<Value>), Error> {
    let Some(request) = DependentResource::request(id) else {
        let reason = format!(
            "{} is no kind of resource that a workspace depends on",
            id.resource_type().unwrap_or_default()
        );
        return Err(Error::InvalidRequest { method: Method::Get, reason });
    };
    let raw = raw(client, &request).await?;
    match DependentResource::decode(id, (*raw).clone()) {
        Some(Ok(resource)) => Ok((Box::new(resource), raw)),
        Some(Err(error)) => Err(undecodable(&request, &error)),
        None => {
            Err(Error::InvalidRequest { method: request.method, reason: "of an unknown type".to_owned() })
        }
    }
}

async fn raw(client: &Client, request: &Request) -> Result<Arc<Value>, Error> {
    client.value(request).await.map(Arc::new)
}

/// The error of an answer that is not what it should be.
pub(super) fn undecodable(request: &Request, error: &DecodeError) -> Error {
    Error::Decode {
        method: request.method,
        path: request.path.clone(),
        at: error.path.clone(),
        reason: error.reason.clone(),
        correlation_id: None,
    }
}

/// How many principals that a call for many left out are asked for one by one, at most and at a time.
const ASKED_ALONE: usize = 200;
const ALONE_AT_A_TIME: usize = 8;

/// Asks for many at once, and then alone for each that the answer leaves out: only a 404 says that it is deleted, and
/// not hidden from who asks.
async fn names(client: &Client, ids: &[String]) -> Result<PrincipalLookup, Error> {
    let mut looked = PrincipalLookup::default();
    for request in directory::names(ids) {
        looked.found.extend(client.list::<Principal>(&request).await?);
    }
    let found: HashSet<String> = looked.found.iter().map(|one| one.id.to_ascii_lowercase()).collect();
    let left_out = ids.iter().filter(|id| !found.contains(&id.to_ascii_lowercase()));
    let (alone, rest): (Vec<_>, Vec<_>) = left_out.enumerate().partition(|(at, _)| *at < ASKED_ALONE);
    let ask = |(_, id): (usize, &String)| {
        let id = id.clone();
        async move {
            let answer = match directory::object(&id) {
                Some(request) => client
                    .json::<Principal>(&request)
                    .await
                    .map_err(|error| if error.is_not_found() { None } else { Some(error.plain()) }),
                None => Err(Some("it is no object id".to_owned())),
            };
            (id, answer)
        }
    };
    let mut answers = stream::iter(alone.into_iter().map(ask)).buffer_unordered(ALONE_AT_A_TIME);
    while let Some((id, answer)) = answers.next().await {
        match answer {
            Ok(principal) => looked.found.push(principal),
            Err(Some(why)) => looked.unsure.push((id, why)),
            Err(None) => {}
        }
    }
    let too_many = || "the directory leaves out too many to ask for each".to_owned();
    looked.unsure.extend(rest.into_iter().map(|(_, id)| (id.clone(), too_many())));
    Ok(looked)
}

async fn json(client: &Client, id: &ArmId) -> Result<Arc<Value>, Error> {
    let kind = id.resource_type().unwrap_or_default();
    match versions::of(&kind) {
        Some(version) => raw(client, &Request::get(id, version)).await,
        None => {
            Err(Error::InvalidRequest { method: Method::Get, reason: format!("{kind} has no known version") })
        }
    }
}

/// The activity log around a workspace; one answer that is refused takes nothing from the others.
async fn log(client: &Client, watched: &Watched, since: Timestamp) -> Vec<Read> {
    let asked = watched.questions().into_iter().filter_map(|about| {
        let request = activity_log::list(&about, since)?;
        Some(async move { (about, client.list(&request).await) })
    });
    futures_util::future::join_all(asked).await
}

/// Who the caller is: from the token where it tells, else from the directory.
pub async fn caller(client: &Client) -> Result<Identity, Error> {
    let claims = client.account().await?;
    let tenant_id = claims.tenant.clone();
    let (account, object_id) = match &claims.object_id {
        Some(id) => (claims.account().to_owned(), Some(id.clone())),
        // An opaque token tells nothing; the directory may.
        None => match client.json::<Principal>(&directory::me()).await {
            Ok(me) => (me.address().unwrap_or(me.name()).to_owned(), Some(me.id)),
            Err(_) => (claims.account().to_owned(), None),
        },
    };
    let organisations: Vec<Organization> = client.list(&directory::organization()).await.unwrap_or_default();
    let tenant = organisations.into_iter().next().map(|organisation| TenantName {
        name: organisation.display_name.unwrap_or_else(|| organisation.id.clone()),
        id: organisation.id,
    });
    let tenant = tenant.or_else(|| tenant_id.map(|id| TenantName { name: id.clone(), id }));
    Ok(Identity { account, object_id, tenant })
}

/// The tenants that the account can enter, by the best name that each has.
async fn tenants(client: &Client) -> Result<Vec<TenantName>, Error> {
    let tenants: Vec<Tenant> = client.list(&tenant::list()).await?;
    let named = tenants.into_iter().map(|tenant| {
        let name = tenant.display_name.or(tenant.default_domain);
        TenantName { name: name.unwrap_or_else(|| tenant.tenant_id.clone()), id: tenant.tenant_id }
    });
    Ok(named.collect())
}
