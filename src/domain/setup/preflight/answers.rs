//! What the answers mean.

use serde_json::Value;

use super::{About, Learnt, Question, zones};
use crate::azure::arm::api_error::ApiError;
use crate::azure::arm::error::Error;
use crate::azure::arm::id::ArmId;
use crate::azure::resource_graph::{IdRow, Page};
use crate::azure::resources::permissions::Permission;
use crate::azure::resources::workspace::Workspace;
use crate::domain::access::permission::{Plane, grant};
use crate::domain::alike::nearest;
use crate::domain::edit::Difference;
use crate::domain::plan::{Check, denied};
use crate::domain::setup::environment::{Environment, REGISTRIES, STORAGE, VAULTS, WORKSPACES};
use crate::domain::setup::finding::{Finding, Level};
use crate::domain::setup::names::{Named, overlaps_container_engine};
use crate::domain::setup::plan::NAMESPACES;
use crate::domain::setup::regions;
use crate::domain::setup::spec::Kind;
use crate::domain::setup::there;

/// What an answer means.
#[must_use]
pub fn learn(question: &Question, answer: Result<&Value, &Error>) -> Vec<Learnt> {
    let mut told = Told { question, learnt: Vec::new() };
    match answer {
        Ok(body) => told.answered(body),
        Err(error) => told.failed(error),
    }
    told.learnt
}

/// What it means that a name is not free because what the plan makes is there already under it.
#[must_use]
pub fn there(question: &Question) -> Option<Learnt> {
    match &question.about {
        About::Name(id) => Some(Learnt::There(id.clone())),
        _ => None,
    }
}

/// What it means that a name is held by something that the caller can see; `found` is what Resource Graph answered.
#[must_use]
pub fn holder(question: &Question, found: &Value) -> Option<Learnt> {
    let About::Name(id) = &question.about else { return None };
    let page = Page::<IdRow>::decode(found.clone()).ok()?;
    let holder = page.rows.first()?.id.clone();
    let group = holder.resource_group().unwrap_or_default();
    let place = if holder.subscription_id() == id.subscription_id() {
        format!("in {group}")
    } else {
        format!("in {group}, in another subscription")
    };
    let (key, what) = of_name(id);
    let text = format!(
        "the name {} is that of a {what} that is there, {place}: pick that one in place of a new one (in a plan file by \
         its id, as `{key}`), or choose another name",
        id.name()
    );
    Some(Learnt::Finding(Finding {
        environment: Some(question.environment.clone()),
        key: key.to_owned(),
        level: Level::Refused,
        text,
    }))
}

/// What it means that a role assignment stands under the name that the plan gives one for an identity; `identity` is what
/// reading that identity brought. Azure never changes whose an assignment is: it refuses with
/// `RoleAssignmentUpdateNotPermitted`.
#[must_use]
pub fn role(question: &Question, assignment: &Value, identity: Result<&Value, &Error>) -> Vec<Learnt> {
    let About::Role { id, words, from, deployed, .. } = &question.about else { return Vec::new() };
    let is_its = match identity {
        Ok(body) => {
            let own = text(body, from);
            !own.is_empty() && own.eq_ignore_ascii_case(text(assignment, "/properties/principalId"))
        }
        // Whose it is cannot be told: Azure will.
        Err(error) => !error.is_not_found(),
    };
    if is_its {
        return deployed.then(|| Learnt::There(id.clone())).into_iter().collect();
    }
    vec![Learnt::Finding(Finding {
        environment: Some(question.environment.clone()),
        key: "identity.workspace".to_owned(),
        level: Level::Refused,
        text: format!(
            "{words} is held by an identity that is gone, under the name that this plan gives it, and Azure never changes \
             whose a role assignment is: delete that assignment first, then plan anew"
        ),
    })]
}

/// The key of the plan file that a name belongs to, and what it names.
fn of_name(id: &ArmId) -> (&'static str, &'static str) {
    match id.resource_type().unwrap_or_default().as_str() {
        STORAGE => ("dependents.storage", Named::Storage.words()),
        VAULTS => ("dependents.key_vault", Named::KeyVault.words()),
        _ => ("dependents.container_registry", Named::Registry.words()),
    }
}

/// A question, and what was learnt of its answer so far.
pub(super) struct Told<'a> {
    pub(super) question: &'a Question,
    pub(super) learnt: Vec<Learnt>,
}

impl Told<'_> {
    pub(super) fn say(&mut self, level: Level, key: &str, text: impl Into<String>) {
        self.learnt.push(Learnt::Finding(Finding {
            environment: Some(self.question.environment.clone()),
            key: key.to_owned(),
            level,
            text: text.into(),
        }));
    }

    fn answered(&mut self, body: &Value) {
        match &self.question.about {
            About::Provider { subscription, namespace, region } => {
                self.provider(subscription, namespace, region, body);
            }
            About::Name(id) => self.name(id, body),
            About::Group(id) => self.learnt.push(Learnt::There(id.clone())),
            About::There(id) => self.there(id, body),
            About::Workspace(environment) => {
                self.there(&environment.workspace_id(), body);
                self.workspace(environment, body);
            }
            About::Hub { region } => self.hub(region, body),
            About::Budget(wanted) if wanted.judge(Some(body)).holds => {}
            About::Budget(wanted) => {
                let text = format!(
                    "{} is there and differs: it stays as it is, and no budget is made",
                    budget_name(wanted)
                );
                self.say(Level::Warning, "budget.amount", text);
                if let Ok(id) = ArmId::parse(&wanted.read.path) {
                    self.learnt.push(Learnt::There(id));
                }
            }
            About::Locks => self.locks(body),
            About::Rights { scope, actions } => self.rights(scope, actions, body),
            About::Existing(kind) => self.existing(kind, body),
            About::Premium => {
                self.existing(REGISTRIES, body);
                let sku = text(body, "/sku/name");
                if !sku.eq_ignore_ascii_case("Premium") {
                    let why = format!(
                        "{} cannot serve: it is {sku}, and private endpoints need the SKU Premium",
                        text(body, "/name")
                    );
                    self.say(Level::Refused, "dependents.container_registry", why);
                }
            }
            About::Keyed => {
                self.existing(STORAGE, body);
                // Azure leaves the default out, which is that they are on.
                if body.pointer("/properties/allowSharedKeyAccess") == Some(&Value::Bool(false)) {
                    let why = format!(
                        "{} cannot serve: it refuses shared keys, and the workspace would sign in by key. Choose storage access \
                         by identity, or have its shared keys turned on",
                        text(body, "/name")
                    );
                    self.say(Level::Refused, "dependents.storage", why);
                }
            }
            About::Target { rule, id } => self.target(rule, id, body),
            About::KeyUsers(account) => self.key_users(account, body),
            About::WhatIf => self.what_if(body),
            About::Principal(id) => match text(body, "/properties/principalId") {
                "" => {}
                principal => self.learnt.push(Learnt::Principal(id.clone(), principal.to_owned())),
            },
            About::KeyVault => self.key_vault(body),
            About::Subnet { endpoints } => self.subnet(*endpoints, body),
            About::Network { region } => self.network(region, body),
            // Its links, and whose a role is, are read before anything is said, see [`super::linked`] and [`role`].
            About::Linked { .. } | About::Role { .. } => {}
            About::Zones { group, uses } => {
                let id = |one: &Value| ArmId::parse(text(one, "/id")).ok();
                let there: Vec<ArmId> = items(body).filter_map(id).collect();
                self.learnt.extend(zones::held(group, uses, Some(&there)));
            }
            About::Usages => self.usages(body),
            About::Accounts { made } => self.accounts(*made, body),
            About::Validate => {
                if body.get("error").is_some_and(Value::is_object) {
                    self.refused_in(body);
                }
            }
        }
    }

    fn target(&mut self, rule: &str, id: &ArmId, body: &Value) {
        let is_listed = body.pointer("/data").and_then(Value::as_array).is_none_or(|rows| !rows.is_empty());
        if !is_listed {
            let why = format!(
                "{} is not there, or you may not see it; what was made just now may be listed only after a minute",
                id.name()
            );
            self.say(Level::Refused, &format!("network.rules.{rule}"), why);
        }
    }

    /// Workspaces that stand on an account's keys are switched by themselves, with all that belongs to that.
    fn key_users(&mut self, account: &ArmId, body: &Value) {
        let rows = body.pointer("/data").and_then(Value::as_array).into_iter().flatten();
        let names: Vec<&str> = rows.filter_map(|row| text(row, "/id").rsplit('/').next()).collect();
        if !names.is_empty() {
            let (sign, them) = if names.len() == 1 { ("signs", "it") } else { ("sign", "them") };
            let why = format!(
                "{} {sign} in to {} by its shared keys, and would be broken when they are turned off: switch {them} to identity \
                 first, with `amldeck storage-access`, or leave the keys on",
                names.join(", "),
                account.name()
            );
            self.say(Level::Refused, "identity.shared_key_off", why);
        }
    }

    fn provider(&mut self, subscription: &str, namespace: &str, region: &str, body: &Value) {
        let registered = text(body, "/registrationState").eq_ignore_ascii_case("Registered");
        let learnt = if registered { Learnt::Registered } else { Learnt::Unregistered };
        self.learnt.push(learnt(subscription.to_owned(), namespace.to_owned()));
        if namespace == NAMESPACES[0] && !has_region(body, "workspaces", region) {
            self.say(
                Level::Refused,
                "basics.region",
                format!(
                    "Azure Machine Learning is not offered in '{region}' to this subscription{}",
                    instead_of(region, body)
                ),
            );
        }
    }

    /// The vault of a customer's key.
    fn key_vault(&mut self, body: &Value) {
        if body.pointer("/properties/enablePurgeProtection") != Some(&Value::Bool(true)) {
            self.say(
                Level::Refused,
                "encryption.key_vault",
                format!(
                    "{} has no purge protection: a customer's key must be in a vault that has it",
                    text(body, "/name")
                ),
            );
        }
        if body.pointer("/properties/enableRbacAuthorization") != Some(&Value::Bool(true)) {
            let text = format!(
                "{} goes by access policies, so no role lets anybody read its key: give the identity get, wrapKey and \
                 unwrapKey there before",
                text(body, "/name")
            );
            self.say(Level::Warning, "encryption.key_vault", text);
        }
    }

    /// A refusal that stands in an answer of its own.
    fn refused_in(&mut self, body: &Value) {
        let request = &self.question.request;
        let error = ApiError::of_operation(200, body, request.method, &request.path);
        if self.lacks(&error) {
            return;
        }
        let (code, message) = error.cause();
        self.refused(&denied(&error).unwrap_or_else(|| format!("{code}: {message}")));
    }

    /// What is refused because of rights. Azure lists every resource with its ids; the actions are what somebody can give.
    pub(super) fn lacks(&mut self, api: &ApiError) -> bool {
        let (code, message) = api.cause();
        let mut actions: Vec<&str> = Vec::new();
        for part in message.split("perform action '").skip(1) {
            let action = part.split('\'').next().unwrap_or_default();
            if !actions.contains(&action) {
                actions.push(action);
            }
        }
        if actions.is_empty() || !message.contains("Authorization failed") && code != "AuthorizationFailed" {
            return false;
        }
        let text = format!("Azure refuses the deployment: you lack {}", some(&actions));
        self.say(Level::Refused, "rights", text);
        true
    }

    pub(super) fn refused(&mut self, why: &str) {
        self.say(Level::Refused, "deployment", format!("Azure refuses the deployment: {why}"));
    }

    /// What the template would change of what is there, by Azure's own preview.
    fn what_if(&mut self, body: &Value) {
        let status = body["status"].as_str().unwrap_or_default();
        if body.get("error").is_some_and(Value::is_object) && status.eq_ignore_ascii_case("Failed") {
            // What validation says already is said once.
            return self.refused_in(body);
        }
        let properties = body.get("properties").unwrap_or(body);
        for change in properties["changes"].as_array().into_iter().flatten() {
            let is = |word: &str| {
                change["changeType"].as_str().is_some_and(|kind| kind.eq_ignore_ascii_case(word))
            };
            let id = change["resourceId"].as_str().unwrap_or_default();
            let name = id.rsplit('/').next().unwrap_or_default();
            let paths = change["delta"].as_array().into_iter().flatten();
            let paths: Vec<&str> = paths.filter_map(|one| one["path"].as_str()).collect();
            if is("Delete") {
                self.say(
                    Level::Warning,
                    "deployment",
                    format!("{name} would be deleted, by Azure's own preview"),
                );
            } else if is("Modify") && !paths.is_empty() {
                let text = format!(
                    "{name} is there and would be changed, by Azure's own preview: {}",
                    paths.join(", ")
                );
                self.say(Level::Note, "deployment", text);
            }
        }
    }

    fn name(&mut self, id: &ArmId, body: &Value) {
        if body["nameAvailable"] != Value::Bool(false) {
            return;
        }
        let message = body["message"].as_str().unwrap_or_default();
        let (key, _) = of_name(id);
        let text = if id.is_type(VAULTS) && message.contains("recently deleted") {
            format!(
                "the name {} is held by another vault, or by one that was deleted and is kept for a while: purge that one, or \
                 choose another name",
                id.name()
            )
        } else {
            format!(
                "the name {} is taken, and you see nothing of that name: choose another one. Azure says: {message}",
                id.name()
            )
        };
        self.say(Level::Refused, key, text);
    }

    fn locks(&mut self, body: &Value) {
        for lock in items(body) {
            let level = lock["properties"]["level"].as_str().unwrap_or_default();
            let name = lock["name"].as_str().unwrap_or_default();
            if level.eq_ignore_ascii_case("ReadOnly") {
                self.say(
                    Level::Refused,
                    "basics.resource_group",
                    format!("the lock '{name}' makes the resource group read-only: who may delete locks can remove it"),
                );
            } else {
                self.say(
                    Level::Note,
                    "basics.resource_group",
                    format!("the lock '{name}' keeps what is made from being deleted again, so the way back is barred"),
                );
            }
        }
    }

    fn rights(&mut self, scope: &ArmId, actions: &[String], body: &Value) {
        let own: Vec<Permission> =
            items(body).filter_map(|one| serde_json::from_value(one.clone()).ok()).collect();
        let missing: Vec<&str> = actions
            .iter()
            .filter(|action| !grant(&own, Plane::Control, action).is_allowed())
            .map(String::as_str)
            .collect();
        // Contributor grants no roles: whoever follows the one piece of advice must not be refused for the other.
        let (grants, others): (Vec<&str>, Vec<&str>) =
            missing.iter().partition(|action| action.starts_with("Microsoft.Authorization/"));
        for (missing, who) in [
            (others, "an Owner there can give it, by granting Contributor"),
            (
                grants,
                "an Owner, User Access Administrator or Role Based Access Control Administrator there can give it, by \
                 granting one of these",
            ),
        ] {
            if !missing.is_empty() {
                let text = format!("you lack {} {}; {who}", some(&missing), at(scope));
                self.say(Level::Refused, "rights", text);
            }
        }
    }

    /// A workspace that is there already: what the plan wants otherwise and no set-up changes is refused, and what is
    /// changed is said.
    fn workspace(&mut self, environment: &Environment, body: &Value) {
        let name = environment.workspace.as_str();
        let Ok(workspace) = serde_json::from_value::<Workspace>(body.clone()) else {
            let text = format!("{name} is there already, and Azure's answer about it is not understood");
            return self.say(Level::Refused, "preflight", text);
        };
        let kind =
            workspace.kind.as_deref().filter(|kind| !kind.is_empty()).unwrap_or(Kind::Default.as_str());
        if !kind.eq_ignore_ascii_case(environment.kind.as_str()) {
            let text = format!("{name} is there already, and its kind is {kind}: choose another name");
            return self.say(Level::Refused, "basics.workspace", text);
        }
        // Azure Resource Manager moves nothing: it refuses with InvalidResourceLocation.
        let there = regions::short_name(&workspace.location);
        if !there.is_empty() && there != regions::short_name(&environment.region) {
            let text = format!("{name} is there already, in {there}: choose that region, or another name");
            return self.say(Level::Refused, "basics.region", text);
        }
        let otherwise = there::otherwise(environment, &workspace);
        if !otherwise.is_empty() {
            let text = format!(
                "{name} is there already, and otherwise than the plan wants it: {}. Setting up changes none of that: plan it \
                 as it is, change it there first, or choose another name",
                otherwise.join("; ")
            );
            return self.say(Level::Refused, "basics.workspace", text);
        }
        let changes = there::changes(environment, &workspace);
        let lost = if is_broken(body) { there::lost(environment, &workspace) } else { Vec::new() };
        if !lost.is_empty() {
            let text = format!(
                "{name} is there already, and its last change failed; deployed again it would lose {}: mend it where it failed, \
                 name these in the plan, or choose another name",
                lost.join(", ")
            );
            return self.say(Level::Refused, "basics.workspace", text);
        }
        if is_broken(body) {
            let text = format!(
                "{name} is there already, and its last change failed: it is deployed again, and keeps its tags and names"
            );
            self.say(Level::Warning, "basics.workspace", text);
        } else if changes.is_empty() {
            let text = format!("{name} is there already, and stays as it is");
            self.say(Level::Note, "basics.workspace", text);
        } else {
            let changes: Vec<String> = changes.iter().map(Difference::arrow).collect();
            let text = format!("{name} is there already. Of it is changed: {}", changes.join("; "));
            self.say(Level::Warning, "basics.workspace", text);
        }
        self.learnt.push(Learnt::Workspace(Box::new(workspace)));
    }

    /// Something else that is there already under the name of what would be made: it serves as it is. What failed is
    /// deployed again, which replaces its settings.
    fn there(&mut self, id: &ArmId, body: &Value) {
        self.learnt.push(Learnt::There(id.clone()));
        if is_broken(body) {
            self.learnt.push(Learnt::Broken(id.clone()));
        }
        // What becomes of a workspace is told with what it is.
        if is_broken(body) && !id.is_type(WORKSPACES) {
            let text = format!(
                "{} is there already, and its last change failed. It is deployed again: its settings and tags become \
                 those of this plan, and no undo brings the others back",
                id.name()
            );
            self.say(Level::Unwise, "dependents", text);
        }
        if id.is_type(STORAGE) {
            self.existing(STORAGE, body);
        }
    }

    fn hub(&mut self, region: &str, body: &Value) {
        let name = body["name"].as_str().unwrap_or_default();
        let kind = body["kind"].as_str().filter(|kind| !kind.is_empty()).unwrap_or(Kind::Default.as_str());
        if !kind.eq_ignore_ascii_case(Kind::Hub.as_str()) {
            let text = format!("{name} is no hub: its kind is {kind}");
            return self.say(Level::Refused, "basics.hub", text);
        }
        let own = regions::short_name(body["location"].as_str().unwrap_or_default());
        if !own.is_empty() && own != region {
            let text = format!(
                "its hub {name} is in {own}, and a project is made in the region of its hub: choose {own}"
            );
            self.say(Level::Refused, "basics.region", text);
        }
    }

    fn existing(&mut self, kind: &str, body: &Value) {
        let name = body["name"].as_str().unwrap_or_default();
        let text = |at: &str| body.pointer(at).and_then(Value::as_str).unwrap_or_default();
        let is = |at: &str| body.pointer(at) == Some(&Value::Bool(true));
        let mut refuse =
            |key: &str, why: &str| self.say(Level::Refused, key, format!("{name} cannot serve: {why}"));
        match kind {
            STORAGE => {
                let key = "dependents.storage";
                if text("/sku/name").starts_with("Premium") {
                    refuse(key, "it is a premium account, and a workspace needs blobs and files in one");
                }
                if is("/properties/isHnsEnabled") {
                    refuse(
                        key,
                        "it has a hierarchical namespace, which a workspace's own account must not have",
                    );
                }
                let endpoints = body.pointer("/primaryEndpoints").and_then(Value::as_object);
                for service in ["blob", "file"] {
                    if endpoints.is_some_and(|endpoints| !endpoints.contains_key(service)) {
                        refuse(
                            key,
                            &format!("it has no {service} service, and a workspace needs blobs and files"),
                        );
                    }
                }
                if !["StorageV2", "Storage"].iter().any(|kind| text("/kind").eq_ignore_ascii_case(kind)) {
                    refuse(key, "it is no general-purpose account, so it has no files or no blobs");
                }
            }
            REGISTRIES if text("/properties/provisioningState").eq_ignore_ascii_case("Failed") => {
                refuse("dependents.container_registry", "its provisioning failed");
            }
            _ => {}
        }
    }

    /// Azure's private endpoints are in the region of their network.
    fn network(&mut self, region: &str, body: &Value) {
        let is = regions::short_name(body["location"].as_str().unwrap_or_default());
        if !is.is_empty() && is != regions::short_name(region) {
            let name = self.question.about_whom();
            let text = format!(
                "the network {name} is in {is}, and its private endpoints would be made in {region}: give the network's \
                 region, `network.endpoints.region = \"{is}\"`"
            );
            self.say(Level::Refused, "network.endpoints.region", text);
        }
    }

    fn subnet(&mut self, endpoints: usize, body: &Value) {
        let single = body.pointer("/properties/addressPrefix").into_iter();
        let several =
            body.pointer("/properties/addressPrefixes").and_then(Value::as_array).into_iter().flatten();
        let prefixes: Vec<&str> = single.chain(several).filter_map(Value::as_str).collect();
        let room: Option<u64> = prefixes.iter().map(|prefix| usable(prefix)).sum();
        if let Some(room) = room.filter(|room| !prefixes.is_empty() && *room < endpoints as u64) {
            let text = format!(
                "the subnet {} is too small: it has room for {room}, and {endpoints} private endpoints are made there",
                prefixes.join(", ")
            );
            self.say(Level::Refused, "network.endpoints.subnet", text);
        }
        for prefix in prefixes {
            if overlaps_container_engine(prefix) == Some(true) {
                self.say(
                    Level::Warning,
                    "network.endpoints.subnet",
                    format!("the subnet is {prefix}, and container engines on computes use 172.17.0.0/16 for themselves: what is there is not reached"),
                );
            }
        }
    }

    fn usages(&mut self, body: &Value) {
        for usage in items(body) {
            let (used, limit) = (usage["currentValue"].as_i64(), usage["limit"].as_i64());
            let name = usage["name"]["localizedValue"]
                .as_str()
                .or(usage["name"]["value"].as_str())
                .unwrap_or_default();
            let full = matches!((used, limit), (Some(used), Some(limit)) if used >= limit && limit >= 0);
            if full && name.to_ascii_lowercase().contains("workspace") {
                self.say(
                    Level::Refused,
                    "basics.region",
                    format!("the quota is used up: {name}, {} of {}", used.unwrap_or(0), limit.unwrap_or(0)),
                );
            }
        }
    }

    /// The quota of storage accounts, of which the plan makes so many.
    fn accounts(&mut self, made: usize, body: &Value) {
        let is = |usage: &&Value| {
            usage.pointer("/name/value").and_then(Value::as_str).is_some_and(|name| name == "StorageAccounts")
        };
        let count = |usage: &Value, at: &str| usage[at].as_u64();
        let usage = items(body).find(is);
        let counts = usage.and_then(|usage| Some((count(usage, "currentValue")?, count(usage, "limit")?)));
        if let Some((used, limit)) = counts.filter(|(used, limit)| used.saturating_add(made as u64) > *limit)
        {
            let text = format!(
                "the quota of storage accounts does not do: the region has {used} of {limit}, and the plan makes {made}. Take \
                 one that is there, choose another region, or ask Azure for more"
            );
            self.say(Level::Refused, "dependents.storage", text);
        }
    }
}

/// A text of an answer; empty where there is none.
fn text<'a>(body: &'a Value, at: &str) -> &'a str {
    body.pointer(at).and_then(Value::as_str).unwrap_or_default()
}

/// A scope in words; which subscription is meant is said by the environment.
pub(super) fn at(scope: &ArmId) -> String {
    match scope.resource_type().as_deref() {
        Some("Microsoft.Resources/subscriptions") => "on the subscription".to_owned(),
        Some("Microsoft.Resources/resourceGroups") => format!("on the resource group {}", scope.name()),
        _ => format!("on {}", scope.name()),
    }
}

/// Actions in words: a few by name, of more how many. Each step of the plan names those that it needs.
fn some(actions: &[&str]) -> String {
    const NAMED: usize = 2;
    match actions {
        few if few.len() <= NAMED + 1 => few.join(", "),
        more => format!("{} and {} more rights", more[..NAMED].join(", "), more.len() - NAMED),
    }
}

/// How many addresses of an IPv4 prefix can be used: Azure keeps five of each subnet for itself. None of a prefix that is
/// no such one.
fn usable(prefix: &str) -> Option<u64> {
    let (address, bits) = prefix.split_once('/')?;
    let bits: u32 = bits.parse().ok().filter(|bits| *bits <= 32)?;
    if address.split('.').filter(|part| part.parse::<u8>().is_ok()).count() != 4 {
        return None;
    }
    Some((1_u64 << (32 - bits)).saturating_sub(5))
}

/// Whether the last change of a resource failed.
fn is_broken(body: &Value) -> bool {
    let state = body.pointer("/properties/provisioningState").and_then(Value::as_str).unwrap_or_default();
    ["Failed", "Canceled"].iter().any(|word| state.eq_ignore_ascii_case(word))
}

/// The name of a budget, by what is read of it.
fn budget_name(wanted: &Check) -> String {
    format!("the budget {}", wanted.read.path.rsplit('/').next().unwrap_or_default())
}

/// The items of a list, whether it came with its envelope or bare.
fn items(body: &Value) -> impl Iterator<Item = &Value> {
    body.as_array().or(body["value"].as_array()).into_iter().flatten()
}

/// The regions of a provider's type by their short names; its answer has display names. None where it lists none, and is
/// everywhere.
fn regions_of(provider: &Value, kind: &str) -> Option<Vec<String>> {
    let mut types = provider["resourceTypes"].as_array().into_iter().flatten();
    let is = |one: &&Value| one["resourceType"].as_str().is_some_and(|name| name.eq_ignore_ascii_case(kind));
    let names = types.find(is)?["locations"].as_array().filter(|names| !names.is_empty())?;
    Some(names.iter().filter_map(Value::as_str).map(regions::short_name).collect())
}

/// Whether a provider offers a type in a region.
fn has_region(provider: &Value, kind: &str, region: &str) -> bool {
    regions_of(provider, kind).is_none_or(|known| known.iter().any(|name| name == region))
}

/// What to write in place of a region: the one that was probably meant, else some that there are.
fn instead_of(region: &str, provider: &Value) -> String {
    let known = regions_of(provider, "workspaces").unwrap_or_default();
    match nearest(region, known.iter().map(String::as_str)) {
        Some(near) => format!("; did you mean {near}?"),
        None => format!("; it is in {} and others", known[..known.len().min(5)].join(", ")),
    }
}
