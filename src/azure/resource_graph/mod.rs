//! Azure Resource Graph: queries over all subscriptions as requests, and the way through their pages.
//!
//! Its quota is about 15 calls in 5 seconds for a caller, so subscriptions travel in few, large
//! batches: every batch is a chain of pages that must be fetched one after the other, and the batches
//! run side by side.

mod page;
mod rows;

use std::borrow::Cow;
use std::collections::HashSet;

use serde_json::json;

use super::arm::api_error::{ApiError, Detail};
use super::arm::error::Error;
use super::arm::id::ArmId;
use super::arm::request::{Method, Request};
use super::arm::versions;
pub use page::Page;
pub use rows::{ContainerRow, IdRow, ManagementGroupRow, OnAccountRow, UseRow, WorkspaceRow};

/// Rows in a page; the service takes no more.
pub const PAGE_SIZE: usize = 1000;
/// Subscriptions in one query; the service takes no more.
pub const MAX_SCOPES: usize = 1000;
/// Batches that a set of subscriptions is cut into at most. Four chains of up to three pages for the
/// workspaces and one chain for the names stay within 15 calls.
pub const MAX_BATCHES: usize = 4;
/// Below this many subscriptions a second batch is not worth a call.
const WORTH_A_BATCH: usize = 100;
/// No query has more pages than this, half a million rows; it would be a chain of ever new tokens.
pub const MAX_PAGES: usize = 500;

/// Where queries go.
const PATH: &str = "/providers/Microsoft.ResourceGraph/resources";

/// The codes with which the service refuses some of the subscriptions of a query, or an answer that is too
/// large, and not the query or the caller: without those subscriptions it would have been answered. A 403
/// for everything, such as `AuthorizationFailed`, is not among them.
const SOME_REFUSED: [&str; 6] = [
    "InvalidSubscriptionId",
    "InvalidSubscriptions",
    "NoValidSubscriptionsInQueryRequest",
    "SubscriptionNotFound",
    "DisabledSubscription",
    "ResponsePayloadTooLarge",
];

/// One query over a set of subscriptions, at one of its pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    text: Cow<'static, str>,
    /// The subscriptions; none means all that the caller can see in the tenant.
    subscriptions: Vec<String>,
    skip_token: Option<String>,
}

/// The columns of [`WorkspaceRow`] (name, group and subscription are in the id), and an order, without which pages may overlap.
const WORKSPACES: &str = "resources
| where type =~ 'microsoft.machinelearningservices/workspaces'
| project id, location, kind, tags, \
provisioningState = tostring(properties.provisioningState), \
friendlyName = tostring(properties.friendlyName), \
isolationMode = tostring(properties.managedNetwork.isolationMode), \
networkStatus = tostring(properties.managedNetwork.status.status), \
publicNetworkAccess = tostring(properties.publicNetworkAccess), \
authMode = tostring(properties.systemDatastoresAuthMode), \
v1LegacyMode = properties.v1LegacyMode, \
storageAccount = tostring(properties.storageAccount), \
keyVault = tostring(properties.keyVault), \
applicationInsights = tostring(properties.applicationInsights), \
containerRegistry = tostring(properties.containerRegistry), \
hubResourceId = tostring(properties.hubResourceId), \
principalId = tostring(identity.principalId), \
createdAt = tostring(properties.creationTime)
| order by id asc";

/// The columns of [`ContainerRow`].
const CONTAINERS: &str = "resourcecontainers
| where type in~ ('microsoft.resources/subscriptions', 'microsoft.resources/subscriptions/resourcegroups')
| project id, name, tenantId, location, \
state = tostring(properties.state), \
managementGroups = properties.managementGroupAncestorsChain
| order by id asc";

impl Query {
    fn new(text: impl Into<Cow<'static, str>>, subscriptions: &[String]) -> Self {
        Self { text: text.into(), subscriptions: subscriptions.to_vec(), skip_token: None }
    }

    /// The subscriptions that are asked; empty means all that the caller can see.
    #[must_use]
    pub fn subscriptions(&self) -> &[String] {
        &self.subscriptions
    }

    /// The request for this page.
    #[must_use]
    pub fn request(&self) -> Request {
        let mut options = json!({"$top": PAGE_SIZE, "resultFormat": "objectArray"});
        if let Some(token) = &self.skip_token {
            options["$skipToken"] = json!(token);
        }
        let mut body = json!({"query": self.text});
        if self.subscriptions.is_empty() {
            // Only a query over the whole tenant may be cut short by the number of subscriptions.
            options["allowPartialScopes"] = json!(true);
        } else {
            body["subscriptions"] = json!(self.subscriptions);
        }
        body["options"] = options;
        Request::arm_path(Method::Post, PATH, versions::RESOURCE_GRAPH).body(body)
    }

    /// Whether the service refused this query because of some of its subscriptions, by the code of the
    /// error or because its text names one: then [`Query::halves`] find them.
    #[must_use]
    pub fn is_refused_in_part(&self, error: &Error) -> bool {
        let Error::Api(error) = error else { return false };
        SOME_REFUSED.iter().any(|code| error.has_code(code))
            || (matches!(error.status, 400 | 403 | 404) && self.is_named_in(error))
    }

    fn is_named_in(&self, error: &ApiError) -> bool {
        fn gather(details: &[Detail], into: &mut String) {
            for detail in details {
                into.push_str(&detail.message);
                gather(&detail.details, into);
            }
        }
        let mut text = error.message.clone();
        gather(&error.details, &mut text);
        let text = text.to_ascii_lowercase();
        self.subscriptions.iter().any(|id| text.contains(&id.to_ascii_lowercase()))
    }

    /// The same query on each half of its subscriptions, to find the one that the service refuses.
    /// None when there is nothing to halve.
    #[must_use]
    pub fn halves(&self) -> Option<(Self, Self)> {
        if self.subscriptions.len() < 2 {
            return None;
        }
        let (left, right) = self.subscriptions.split_at(self.subscriptions.len() / 2);
        Some((Self::new(self.text.clone(), left), Self::new(self.text.clone(), right)))
    }
}

/// Asks for the workspaces of the whole tenant, as far as the caller may see them, that have this storage account and do
/// not sign in to it by key, or do not say how; those that are known are left aside.
#[must_use]
pub fn off_keys_on(account: &ArmId, known: &[ArmId]) -> Request {
    others_on(account, known, "!~ 'accesskey'")
}

/// The same of those that sign in to it by key, or do not say how.
#[must_use]
pub fn on_keys_on(account: &ArmId, known: &[ArmId]) -> Request {
    others_on(account, known, "!in~ ('identity', 'userdelegationsas')")
}

/// The workspaces on an account that are not known, and whose mode is so.
fn others_on(account: &ArmId, known: &[ArmId], is_mode: &str) -> Request {
    let known: Vec<String> = known.iter().map(|id| quoted(id.as_str())).collect();
    let (account, known) = (quoted(account.as_str()), known.join(", "));
    let text = format!(
        "resources
| where type =~ 'microsoft.machinelearningservices/workspaces'
| where tostring(properties.storageAccount) =~ {account}
| where tostring(properties.systemDatastoresAuthMode) {is_mode}
| where id !in~ ({known})
| project id
| order by id asc"
    );
    Query::new(text, &[]).request()
}

/// A query on its way through its pages, which must be fetched one after the other.
#[derive(Debug, Clone)]
pub struct Walk {
    query: Query,
    seen: HashSet<String>,
    read: usize,
}

impl Walk {
    /// At the first page.
    #[must_use]
    pub fn new(query: Query) -> Self {
        Self { query, seen: HashSet::new(), read: 0 }
    }

    /// The query for the page that comes next: the same text and scopes on all pages, as the service
    /// demands.
    #[must_use]
    pub fn query(&self) -> &Query {
        &self.query
    }

    /// Where it goes on after a page; `None` when that was the last one.
    ///
    /// # Errors
    /// [`Error::PagingLoop`] when the page leads to one that was read before, or to ever more.
    pub fn next<R>(mut self, page: &Page<R>) -> Result<Option<Self>, Error> {
        self.read += 1;
        let Some(token) = &page.skip_token else { return Ok(None) };
        if !self.seen.insert(token.clone()) || self.read >= MAX_PAGES {
            return Err(Error::PagingLoop { path: PATH.to_owned(), pages: self.read });
        }
        self.query.skip_token = Some(token.clone());
        Ok(Some(self))
    }
}

/// All workspaces of these subscriptions, in as many batches as are worth fetching side by side.
#[must_use]
pub fn workspaces(subscriptions: &[String]) -> Vec<Query> {
    batches(WORKSPACES, subscriptions, MAX_BATCHES)
}

/// All workspaces that the caller can see in the tenant, before the subscriptions are known.
#[must_use]
pub fn workspaces_of_tenant() -> Query {
    Query::new(WORKSPACES, &[])
}

/// Every workspace of the tenant on a storage account that the caller can see, as rows of [`OnAccountRow`] on one
/// page: an account with more workspaces than a page has rows is not to be expected.
#[must_use]
pub fn workspaces_on(account: &ArmId) -> Request {
    let text = format!(
        "resources\n| where type =~ 'microsoft.machinelearningservices/workspaces'\n| where \
         tostring(properties.storageAccount) =~ {}\n| project id, authMode = \
         tostring(properties.systemDatastoresAuthMode)\n| order by id asc",
        quoted(account.as_str())
    );
    Query::new(text, &[]).request()
}

/// One resource by its id, as an [`IdRow`], where the caller can see it.
#[must_use]
pub fn by_id(id: &ArmId) -> Request {
    let text = format!("resources\n| where id =~ {}\n| project id", quoted(id.as_str()));
    Query::new(text, &[]).request()
}

/// What depends on these resources, wherever the caller can see it, as [`UseRow`]s on one page: the workspaces that have one
/// as storage account, key vault, Application Insights, registry or hub, the components of Application Insights that write to
/// one as a Log Analytics workspace, and both that act as one as an identity.
#[must_use]
pub fn uses_of(ids: &[ArmId]) -> Request {
    let all: Vec<String> = ids.iter().map(|id| quoted(id.as_str())).collect();
    let listed = all.join(", ");
    let wanted: Vec<String> =
        USES.iter()
            .map(|(_, property)| format!("tostring(properties.{property}) in~ ({listed})"))
            .chain(all.iter().map(|id| {
                format!("tostring(identity.userAssignedIdentities) contains strcat('\"', {id}, '\"')")
            }))
            .collect();
    let told: Vec<String> =
        USES.iter().map(|(name, property)| format!("{name} = tostring(properties.{property})")).collect();
    let text = format!(
        "resources
| where type in~ ('microsoft.machinelearningservices/workspaces', 'microsoft.insights/components')
| where {}
| project id, {}, identities = tostring(identity.userAssignedIdentities)
| order by id asc",
        wanted.join(" or "),
        told.join(", ")
    );
    Query::new(text, &[]).request()
}

/// What a workspace or a component depends on: the column, and the property of the resource.
const USES: [(&str, &str); 6] = [
    ("storage", "storageAccount"),
    ("vault", "keyVault"),
    ("insights", "applicationInsights"),
    ("registry", "containerRegistry"),
    ("hub", "hubResourceId"),
    ("logs", "WorkspaceResourceId"),
];

/// The resources of some types in every subscription that the caller can see, as [`IdRow`]s.
#[must_use]
pub fn of_types(types: &[&str]) -> Query {
    let types: Vec<String> = types.iter().map(|kind| format!("'{}'", kind.to_ascii_lowercase())).collect();
    let text = format!("resources\n| where type in~ ({})\n| project id\n| order by id asc", types.join(", "));
    Query::new(text, &[])
}

/// Whatever is of a type and has a name, as [`IdRow`]s, wherever the caller can see it: names that all of Azure shares are
/// somebody's once.
#[must_use]
pub fn called(kind: &str, name: &str) -> Request {
    let text = format!(
        "resources\n| where type =~ {} and name =~ {}\n| project id\n| order by id asc",
        quoted(kind),
        quoted(name)
    );
    Query::new(text, &[]).request()
}

/// The links of private DNS zones to a network, as [`IdRow`]s, in every subscription that the caller can see.
#[must_use]
pub fn zone_links(network: &ArmId) -> Request {
    let text = format!(
        "resources\n| where type =~ 'microsoft.network/privatednszones/virtualnetworklinks'\n| where \
         tostring(properties.virtualNetwork.id) =~ {}\n| project id\n| order by id asc",
        quoted(network.as_str())
    );
    Query::new(text, &[]).request()
}

/// A text of the query language.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// The names of subscriptions and resource groups. They may come later than the workspaces, so they
/// travel in one chain as far as the service allows.
#[must_use]
pub fn containers(subscriptions: &[String]) -> Vec<Query> {
    batches(CONTAINERS, subscriptions, 1)
}

fn batches(text: &'static str, subscriptions: &[String], most: usize) -> Vec<Query> {
    if subscriptions.is_empty() {
        return Vec::new();
    }
    let wanted = subscriptions.len().div_ceil(WORTH_A_BATCH).min(most);
    let count = wanted.max(subscriptions.len().div_ceil(MAX_SCOPES));
    let size = subscriptions.len().div_ceil(count);
    subscriptions.chunks(size).map(|scopes| Query::new(text, scopes)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::resources::workspace::WorkspaceKind;

    fn subscriptions(n: usize) -> Vec<String> {
        (0..n).map(|n| format!("sub-{n}")).collect()
    }

    #[test]
    fn batches_cover_every_subscription_once_and_stay_within_the_quota() {
        for (count, batches) in [(1, 1), (100, 1), (101, 2), (500, 4), (4000, 4), (6000, 6)] {
            let all = subscriptions(count);
            let queries = workspaces(&all);
            assert_eq!(queries.len(), batches, "{count} subscriptions");
            assert!(queries.iter().all(|q| q.subscriptions().len() <= MAX_SCOPES));
            let asked: Vec<String> = queries.iter().flat_map(|q| q.subscriptions().to_vec()).collect();
            assert_eq!(asked, all);
        }
        assert!(workspaces(&[]).is_empty(), "no subscription must not become the whole tenant");
        let pages = 10_000_usize.div_ceil(MAX_BATCHES).div_ceil(PAGE_SIZE) * MAX_BATCHES;
        assert!(pages + containers(&subscriptions(500)).len() <= 15);
    }

    #[test]
    fn the_next_page_repeats_query_and_scopes_and_ends_without_a_token() {
        let query = workspaces(&subscriptions(2)).remove(0);
        let page: Page<ContainerRow> = Page::decode(
            json!({"data": [], "resultTruncated": "false", "$skipToken": "t1", "totalRecords": 2994}),
        )
        .unwrap();
        let next = Walk::new(query.clone()).next(&page).unwrap().unwrap();
        let body = next.query().request().body.unwrap();
        assert_eq!(body["options"]["$skipToken"], "t1");
        assert_eq!(body["subscriptions"], query.request().body.unwrap()["subscriptions"]);
        assert!(next.next(&leads_to(None)).unwrap().is_none());
    }

    fn leads_to(token: Option<&str>) -> Page<ContainerRow> {
        Page { rows: Vec::new(), unreadable: Vec::new(), skip_token: token.map(str::to_owned), total: None }
    }

    /// After how many pages a chain of tokens is given up.
    fn given_up_after(tokens: impl Iterator<Item = String>) -> Option<usize> {
        let mut walk = Walk::new(containers(&subscriptions(2)).remove(0));
        for token in tokens {
            walk = match walk.next(&leads_to(Some(&token))) {
                Ok(next) => next.unwrap(),
                Err(Error::PagingLoop { pages, .. }) => return Some(pages),
                Err(other) => panic!("{other}"),
            };
        }
        None
    }

    #[test]
    fn a_chain_of_pages_that_does_not_end_is_given_up() {
        let cycle = |length: usize| (0..).map(move |n: usize| format!("t{}", n % length));
        for length in [1, 2, 7] {
            assert_eq!(given_up_after(cycle(length).take(1000)), Some(length + 1), "{length}");
        }
        assert_eq!(given_up_after((0..).map(|n| n.to_string()).take(1000)), Some(MAX_PAGES));
        assert_eq!(given_up_after((0..).map(|n| n.to_string()).take(MAX_PAGES - 1)), None);
    }

    #[test]
    fn only_a_refusal_of_some_subscriptions_is_worth_looking_for_them() {
        let query = containers(&subscriptions(9)).remove(0);
        let refused = |status, code: &str, message: &str| {
            let body = json!({"error": {"code": "BadRequest", "message": "For support: correlationId = c.",
                "details": [{"code": code, "message": message}]}});
            let error = ApiError::read(status, body.to_string().as_bytes(), Method::Post, PATH);
            query.is_refused_in_part(&Error::Api(Box::new(error)))
        };
        for (status, code, message, expected) in [
            (400, "InvalidSubscriptionId", "x", true),
            (400, "ResponsePayloadTooLarge", "Response payload size is 16777391.", true),
            (403, "AccessDenied", "No access to subscription 'SUB-7'.", true),
            (403, "AccessDenied", "The user might not have enough permission.", false),
            (403, "AuthorizationFailed", "x", false),
            (400, "InvalidQuery", "Query is invalid.", false),
            (429, "RateLimiting", "x", false),
            (500, "InternalServerError", "sub-7", false),
        ] {
            assert_eq!(refused(status, code, message), expected, "{status} {code}: {message}");
        }
        let endless = Error::PagingLoop { path: PATH.to_owned(), pages: 2 };
        assert!(!query.is_refused_in_part(&endless));
    }

    #[test]
    fn both_result_formats_decode_and_one_odd_row_does_not_hide_the_others() {
        let objects =
            json!({"data": [{"id": "/subscriptions/a", "name": "A"}, {"id": 7}, {"id": "/subscriptions/b"}]});
        let page: Page<ContainerRow> = Page::decode(objects).unwrap();
        assert_eq!((page.rows.len(), page.unreadable.len()), (2, 1));
        let table = json!({"data": {"columns": [{"name": "id", "type": "string"}, {"name": "name", "type": "string"}],
            "rows": [["/subscriptions/a", "A"]]}});
        assert_eq!(Page::<ContainerRow>::decode(table).unwrap().rows, page.rows[..1]);
    }

    #[test]
    fn a_row_keeps_unknown_values_and_takes_empty_texts_as_none() {
        let row: WorkspaceRow = serde_json::from_value(json!({
            "id": "/subscriptions/s/resourceGroups/g/providers/microsoft.machinelearningservices/workspaces/w",
            "kind": "Lean", "isolationMode": "AllowInternetOutbound", "containerRegistry": "", "v1LegacyMode": 0,
            "publicNetworkAccess": "", "networkStatus": null,
            "tags": null
        }))
        .unwrap();
        assert_eq!(row.kind, Some(WorkspaceKind::Other("Lean".into())));
        assert_eq!(
            (row.container_registry, row.public_network_access, row.network_status),
            (None, None, None)
        );
        assert_eq!(row.v1_legacy_mode, Some(false));
    }

    #[test]
    fn the_queries_name_every_column_that_a_row_reads() {
        let id = ArmId::subscription("s");
        let workspace: WorkspaceRow = serde_json::from_value(json!({ "id": id })).unwrap();
        let container: ContainerRow = serde_json::from_value(json!({ "id": id })).unwrap();
        for (query, row) in [(WORKSPACES, json!(workspace)), (CONTAINERS, json!(container))] {
            let columns: Vec<&str> = query
                .lines()
                .filter_map(|line| line.strip_prefix("| project "))
                .flat_map(|line| line.split(", "))
                .map(|column| column.split(" = ").next().unwrap_or_default().trim())
                .collect();
            for key in row.as_object().unwrap().keys() {
                assert!(columns.contains(&key.as_str()), "{key} is not among {columns:?}");
            }
        }
    }

    #[test]
    fn a_refused_batch_can_be_halved_down_to_one() {
        let query = containers(&subscriptions(3)).remove(0);
        let (left, right) = query.halves().unwrap();
        assert_eq!((left.subscriptions().len(), right.subscriptions().len()), (1, 2));
        assert!(left.halves().is_none());
    }
}
