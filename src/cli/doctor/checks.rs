//! The checks that need the network: endpoints, subscriptions, Resource Graph, the directory.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde::Serialize;
use url::Url;

use crate::azure::arm::client::Client;
use crate::azure::arm::error::Error;
use crate::azure::arm::http::Http;
use crate::azure::arm::id::ArmId;
use crate::azure::auth::{CredentialKind, Report};
use crate::azure::directory::{self, Organization, Principal};
use crate::azure::resource_graph::{self, Page, WorkspaceRow};
use crate::azure::resources::permissions::{self, Permission};
use crate::azure::resources::subscription::{self, Subscription};
use crate::cli::connect::Connection;
use crate::domain::access::permission::{Plane, grant};

/// How long an endpoint may take to give any answer.
const REACH: Duration = Duration::from_secs(10);
/// In so many subscriptions the caller's permissions are looked at.
const LOOKED_AT: usize = 20;

/// What became of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum State {
    /// All is well.
    Ok,
    /// It is not, or it cannot be told.
    Failed,
    /// It was not looked at.
    Skipped,
}

impl State {
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

/// One check.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    /// Its name, which stays.
    pub name: &'static str,
    pub state: State,
    /// What was seen.
    pub detail: String,
    pub milliseconds: Option<u64>,
    /// What most likely helps.
    pub to_type: Option<String>,
}

impl Check {
    fn new(name: &'static str, begun: Instant, result: Result<String, (String, Option<String>)>) -> Self {
        let milliseconds = u64::try_from(begun.elapsed().as_millis()).ok();
        let (state, detail, to_type) = match result {
            Ok(detail) => (State::Ok, detail, None),
            Err((detail, to_type)) => (State::Failed, detail, to_type),
        };
        Self { name, state, detail, milliseconds, to_type }
    }

    fn skipped(name: &'static str, why: &str) -> Self {
        Self { name, state: State::Skipped, detail: why.to_owned(), milliseconds: None, to_type: None }
    }
}

/// A subscription and what the caller may do in it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SubscriptionView {
    pub id: String,
    pub display_name: String,
    pub state: Option<String>,
    /// None when it was not asked, or not told.
    pub rights: Option<Rights>,
}

/// What the caller may do in a whole subscription. More may be granted further down.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rights {
    pub read_workspaces: bool,
    pub write_workspaces: bool,
    pub read_access: bool,
    pub grant_access: bool,
}

impl Rights {
    fn of(permissions: &[Permission]) -> Self {
        let may = |action| grant(permissions, Plane::Control, action).is_allowed();
        Self {
            read_workspaces: may("Microsoft.MachineLearningServices/workspaces/read"),
            write_workspaces: may("Microsoft.MachineLearningServices/workspaces/write"),
            read_access: may("Microsoft.Authorization/roleAssignments/read"),
            grant_access: may("Microsoft.Authorization/roleAssignments/write"),
        }
    }

    /// The rights in words.
    pub fn words(&self) -> String {
        let all = [
            (self.read_workspaces, "read workspaces"),
            (self.write_workspaces, "change workspaces"),
            (self.read_access, "read access"),
            (self.grant_access, "grant access"),
        ];
        let held: Vec<&str> = all.iter().filter(|(held, _)| *held).map(|(_, words)| *words).collect();
        if held.is_empty() { "nothing on the whole of it".to_owned() } else { held.join(", ") }
    }
}

/// Whether the endpoints answer at all. No token is sent, so a refusal counts as an answer.
pub async fn reach(connection: &Connection) -> Vec<Check> {
    let endpoints = &connection.endpoints;
    let http = Http::default();
    let authority = async {
        if endpoints.credential == CredentialKind::Token {
            return Check::skipped("authority", "not needed: the token is given");
        }
        match Url::parse(connection.cloud.authority()) {
            Ok(url) => reach_one("authority", &http, &url).await,
            Err(error) => Check::skipped("authority", &error.to_string()),
        }
    };
    let (arm, graph, authority) = tokio::join!(
        reach_one("armEndpoint", &http, &endpoints.arm),
        reach_one("graphEndpoint", &http, &endpoints.graph),
        authority,
    );
    vec![authority, arm, graph]
}

async fn reach_one(name: &'static str, http: &Http, url: &Url) -> Check {
    let begun = Instant::now();
    let sent = async {
        let answer = http.pool(url)?.head(url.clone()).timeout(REACH).send().await;
        answer.map(|answer| answer.status().as_u16()).map_err(|error| {
            if error.is_timeout() {
                format!("no answer within {} s", REACH.as_secs())
            } else {
                root_cause(&error)
            }
        })
    };
    let result = sent.await.map(|status| format!("{url} answers ({status})")).map_err(|why| {
        let detail = format!("{url}: {why}. Check the network, VPN or proxy (HTTPS_PROXY)");
        (detail, Some(format!("curl -sSI {url}")))
    });
    Check::new(name, begun, result)
}

/// The innermost reason: what stands around it says only that a request failed.
fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

/// Whether Azure answers what the console asks.
pub async fn ask(
    connection: &Connection,
    signed_in: &Report,
    only: &[String],
) -> (Vec<Check>, Vec<SubscriptionView>) {
    let why = "not signed in";
    let graph = signed_in.audiences.get(1).is_some_and(|audience| audience.claims.is_some());
    let client = &connection.client;
    let directory =
        async { if graph { directory(client, signed_in).await } else { Check::skipped("directory", why) } };
    if !signed_in.is_signed_in() {
        let skipped = ["subscriptions", "resourceGraph"].map(|name| Check::skipped(name, why));
        return (skipped.into_iter().chain([directory.await]).collect(), Vec::new());
    }
    let again = |error: &Error| {
        // Only a refused token is mended by another, and this machine is never given a real one.
        let helps = error.is_sign_in() && !connection.endpoints.on_loopback();
        helps.then(|| signed_in.to_sign_in_again(connection.cloud, client.tenant())).flatten()
    };
    let ((subscriptions, views), resource_graph, directory) =
        tokio::join!(subscriptions(client, only, again), resource_graph(client), directory);
    let mut checks = vec![subscriptions, resource_graph, directory];
    if !graph {
        let begun = Instant::now();
        let detail = "no token for Microsoft Graph: principals are shown by their ids".to_owned();
        checks.push(Check::new("graphSignIn", begun, Err((detail, None))));
    }
    (checks, views)
}

async fn subscriptions(
    client: &Client,
    only: &[String],
    again: impl Fn(&Error) -> Option<String>,
) -> (Check, Vec<SubscriptionView>) {
    const NAME: &str = "subscriptions";
    let begun = Instant::now();
    let list = match client.list::<Subscription>(&subscription::list()).await {
        Ok(list) => list,
        Err(error) => return (Check::new(NAME, begun, Err((error.plain(), again(&error)))), Vec::new()),
    };
    let guid = |s: &Subscription| s.id.subscription_id().unwrap_or(&s.subscription_id).to_owned();
    let chosen = |s: &&Subscription| {
        only.is_empty()
            || only
                .iter()
                .any(|o| o.eq_ignore_ascii_case(&guid(s)) || o.eq_ignore_ascii_case(&s.display_name))
    };
    let shown: Vec<&Subscription> = list.iter().filter(chosen).collect();
    let rights = shown.iter().take(LOOKED_AT).map(|s| rights(client, &s.id));
    let mut rights = join_all(rights).await.into_iter();
    let views: Vec<SubscriptionView> = shown
        .iter()
        .map(|s| SubscriptionView {
            id: guid(s),
            display_name: s.display_name.clone(),
            state: s.state.as_ref().map(|state| state.as_str().to_owned()),
            rights: rights.next().flatten(),
        })
        .collect();
    let result = match (views.len(), list.len()) {
        (0, 0) => Err((
            "this account sees no subscription: somebody must give it a role, such as Reader, or it is \
             signed in to another tenant"
                .to_owned(),
            Some("az account list --all --output table".to_owned()),
        )),
        (0, seen) => Err((format!("none of the {seen} that are seen fits --subscription"), None)),
        (shown, seen) if shown == seen => Ok(format!("{seen} seen")),
        (shown, seen) => Ok(format!("{shown} of the {seen} that are seen, by --subscription")),
    };
    (Check::new(NAME, begun, result), views)
}

async fn rights(client: &Client, subscription: &ArmId) -> Option<Rights> {
    let list: Result<Vec<Permission>, Error> = client.list(&permissions::list(subscription)).await;
    list.ok().map(|permissions| Rights::of(&permissions))
}

async fn resource_graph(client: &Client) -> Check {
    let begun = Instant::now();
    let answer = client.value(&resource_graph::workspaces_of_tenant().request()).await;
    let result = match answer.map(Page::<WorkspaceRow>::decode) {
        Ok(Ok(page)) => {
            let total = page.total.unwrap_or(page.rows.len() as u64);
            Ok(format!("it knows {total} workspaces"))
        }
        Ok(Err(error)) => Err((error.to_string(), None)),
        Err(error) => Err((
            format!("{}. Workspaces are listed by subscription instead, which is slower", error.plain()),
            None,
        )),
    };
    Check::new("resourceGraph", begun, result)
}

/// Whether names of principals can be read: the caller's own, and the organisation's.
async fn directory(client: &Client, signed_in: &Report) -> Check {
    let begun = Instant::now();
    let own = signed_in.audiences.first().and_then(|audience| audience.claims.as_ref()?.object_id.clone());
    let name = async {
        match own.map(|id| directory::names(&[id])).as_deref() {
            Some([request]) => {
                let found: Vec<Principal> = client.list(request).await?;
                Ok(found.first().map(|principal| principal.name().to_owned()))
            }
            _ => client.json::<Principal>(&directory::me()).await.map(|me| Some(me.name().to_owned())),
        }
    };
    let organisation = directory::organization();
    let (name, organisation) = tokio::join!(name, client.list::<Organization>(&organisation));
    let place = organisation.ok().and_then(|list| list.into_iter().next()?.display_name);
    let result = match name {
        Ok(name) => {
            let name = name.unwrap_or_else(|| "an account without a name".to_owned());
            Ok(place.map_or_else(|| format!("knows {name}"), |place| format!("{place} knows {name}")))
        }
        Err(error) => Err((
            format!("{}. Principals are shown by their ids; the role Directory Readers helps", error.plain()),
            None,
        )),
    };
    Check::new("directory", begun, result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_are_worked_out_from_actions_not_from_role_names() {
        let reader = Permission { actions: vec!["*/read".into()], ..Permission::default() };
        let rights = Rights::of(std::slice::from_ref(&reader));
        assert!(rights.read_workspaces && rights.read_access && !rights.write_workspaces);
        assert_eq!(rights.words(), "read workspaces, read access");
        assert_eq!(Rights::of(&[]).words(), "nothing on the whole of it");
    }

    #[tokio::test]
    async fn an_endpoint_that_nobody_listens_at_says_so_and_what_to_type() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        drop(listener);
        let check = reach_one("armEndpoint", &Http::default(), &url).await;
        assert_eq!(check.state, State::Failed);
        assert!(check.detail.contains(url.as_str()), "{check:?}");
        assert_eq!(check.to_type, Some(format!("curl -sSI {url}")));
    }
}
