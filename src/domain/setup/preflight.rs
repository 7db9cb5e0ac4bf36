//! What is asked before anything is made, as requests, and what each answer means in words. Nothing is sent here.

use jiff::civil::Date;
use serde_json::{Value, json};

use super::environment::{
    Dependent, Environment, INSIGHTS, LOG_ANALYTICS, OwnIdentity, REGISTRIES, STORAGE, VAULTS, WORKSPACES,
};
use super::finding::{Finding, Level};
use super::names::overlaps_container_engine;
use super::people::PrincipalKind;
use super::plan::{Known, NAMESPACES, deployment_id, plan, rights, version_of};
use super::resolve::SetUp;
use super::template::Template;
use crate::azure::arm::error::Error;
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::{Method, Request};
use crate::azure::arm::versions;
use crate::azure::resources::permissions::{self, Permission};
use crate::domain::access::permission::{Plane, grant};

/// One question.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// The environment that it is about.
    pub environment: String,
    /// What is sent; it only reads.
    pub request: Request,
    /// What the answer is for.
    pub about: About,
}

/// What a question is about.
#[derive(Debug, Clone, PartialEq)]
pub enum About {
    /// Whether a provider is registered, and has the region.
    Provider {
        /// The subscription.
        subscription: String,
        /// Its namespace.
        namespace: String,
        /// The region.
        region: String,
    },
    /// Whether a name is free in all of Azure; `id` is what would get it.
    Name(ArmId),
    /// Whether something that the plan makes is there already.
    There(ArmId),
    /// Locks on the resource group.
    Locks,
    /// What the caller may do at a scope, and the actions that are needed there.
    Rights {
        /// The scope.
        scope: ArmId,
        /// The actions.
        actions: Vec<String>,
    },
    /// A dependent that is there, its type.
    Existing(&'static str),
    /// A registry that is there and has to take private endpoints.
    Premium,
    /// The identity whose object id is wanted.
    Principal(ArmId),
    /// The vault of a customer's key.
    KeyVault,
    /// The subnet of private endpoints.
    Subnet,
    /// How many workspaces and clusters the subscription has left in the region.
    Usages,
    /// ARM's own validation of the template.
    Validate,
    /// ARM's own preview of what the template changes.
    WhatIf,
}

/// What an answer brought.
#[derive(Debug, Clone, PartialEq)]
pub enum Learnt {
    /// Something to say.
    Finding(Finding),
    /// A provider that is not registered: subscription and namespace.
    Unregistered(String, String),
    /// The object id of an identity.
    Principal(ArmId, String),
    /// Something that the plan makes and that is there already.
    There(ArmId),
}

/// The questions about a set-up, those that decide most first.
#[must_use]
pub fn questions(set_up: &SetUp) -> Vec<Question> {
    let mut all: Vec<Question> = Vec::new();
    for environment in &set_up.environments {
        for question in of_environment(environment) {
            if !all.iter().any(|known| known.request == question.request) {
                all.push(question);
            }
        }
    }
    rights_of_steps(set_up, &mut all);
    all
}

/// Asks for the rights of every step, also of those that stand around the deployment. Two are asked for only where they
/// are needed: that to make a group, by [`instead`], and that to register a provider, by [`further`].
fn rights_of_steps(set_up: &SetUp, all: &mut Vec<Question>) {
    let Some(plan) = plan(set_up, &Known::only_today(Date::default())) else { return };
    for right in plan.chosen().flat_map(|(_, step)| &step.rights) {
        if right.action == MAKE_GROUP || right.action.ends_with("/register/action") {
            continue;
        }
        // What will be made has no permissions yet: they come from its group.
        let own = |one: &&Environment| one.group_id() == right.scope || one.group_id().contains(&right.scope);
        let environment = set_up.environments.iter().find(own);
        let scope = environment.map_or_else(|| right.scope.clone(), Environment::group_id);
        let name = environment.or(set_up.environments.first()).map_or("", |one| one.name.as_str());
        let known = all.iter_mut().find_map(|question| match &mut question.about {
            About::Rights { scope: known, actions } if *known == scope => Some(actions),
            _ => None,
        });
        match known {
            Some(actions) if actions.contains(&right.action) => {}
            Some(actions) => actions.push(right.action.clone()),
            None => all.push(Question {
                environment: name.to_owned(),
                request: permissions::list(&scope).background(),
                about: About::Rights { scope, actions: vec![right.action.clone()] },
            }),
        }
    }
}

/// What has to be asked because of what was learnt: whether the caller may register the providers that are missing.
#[must_use]
pub fn further(learnt: &[Learnt]) -> Vec<Question> {
    let mut all: Vec<(ArmId, Vec<String>)> = Vec::new();
    for one in learnt {
        let Learnt::Unregistered(subscription, namespace) = one else { continue };
        let (scope, action) = (ArmId::subscription(subscription), format!("{namespace}/register/action"));
        match all.iter_mut().find(|(known, _)| *known == scope) {
            Some((_, actions)) => actions.push(action),
            None => all.push((scope, vec![action])),
        }
    }
    let question = |(scope, actions): (ArmId, Vec<String>)| Question {
        environment: String::new(),
        request: permissions::list(&scope).background(),
        about: About::Rights { scope, actions },
    };
    all.into_iter().map(question).collect()
}

/// Whether a name that all of Azure shares is free for this id; none for a type whose names are its group's own.
#[must_use]
pub fn name_question(id: &ArmId) -> Option<Question> {
    let kind = [STORAGE, VAULTS, REGISTRIES].into_iter().find(|kind| id.is_type(kind))?;
    let namespace = kind.split('/').next().unwrap_or_default();
    let path = ArmId::subscription(id.subscription_id()?)
        .join(&format!("providers/{namespace}/checkNameAvailability"));
    let body = json!({ "name": id.name(), "type": kind });
    let request = Request::arm(Method::Post, &path, versions::of(kind)?).body(body);
    Some(Question { environment: String::new(), request, about: About::Name(id.clone()) })
}

/// What there is to know about something that is there and shall serve a workspace; none for other types than those of
/// dependents.
#[must_use]
pub fn existing_question(id: &ArmId) -> Option<Question> {
    let kinds = [STORAGE, VAULTS, INSIGHTS, LOG_ANALYTICS, REGISTRIES];
    let kind = kinds.into_iter().find(|kind| id.is_type(kind))?;
    let request = Request::get(id, versions::of(kind)?);
    Some(Question { environment: String::new(), request, about: About::Existing(kind) })
}

fn of_environment(environment: &Environment) -> Vec<Question> {
    let group = environment.group_id();
    let subscription = ArmId::subscription(&environment.subscription);
    let template = Template::of(environment);
    let ask = |request: Request, about: About| Question {
        environment: environment.name.clone(),
        request: request.background(),
        about,
    };
    let ids = template.ids(&group);
    let kinds: Vec<String> = ids.iter().filter_map(ArmId::resource_type).collect();
    let there = |id: &ArmId| {
        let version = version_of(&id.resource_type().unwrap_or_default());
        ask(Request::get(id, version), About::There(id.clone()))
    };
    let mut all: Vec<Question> = ids.iter().map(there).collect();
    for namespace in
        NAMESPACES.iter().filter(|namespace| kinds.iter().any(|kind| kind.starts_with(**namespace)))
    {
        let about = About::Provider {
            subscription: environment.subscription.clone(),
            namespace: (*namespace).to_owned(),
            region: environment.region.clone(),
        };
        let provider = subscription.join(&format!("providers/{namespace}"));
        all.push(ask(Request::get(&provider, versions::RESOURCES), about));
    }
    for (_, kind, dependent) in environment.dependents() {
        let question = match dependent {
            Dependent::New(name) => name_question(&group.join(&format!("providers/{kind}/{name}"))),
            Dependent::Existing(id) if kind == REGISTRIES && environment.registry_needs_endpoints() => {
                existing_question(id).map(|question| Question { about: About::Premium, ..question })
            }
            Dependent::Existing(id) => existing_question(id),
            Dependent::Absent => None,
        };
        all.extend(question.map(|question| ask(question.request, question.about)));
    }
    if let OwnIdentity::Existing(id) = &environment.identity {
        all.push(ask(Request::get(id, versions::MANAGED_IDENTITY), About::Principal(id.clone())));
    }
    if let Some(key) = &environment.customer_key {
        all.push(ask(Request::get(&key.vault, versions::KEY_VAULT), About::KeyVault));
    }
    if let Some(inbound) = &environment.inbound {
        all.push(ask(Request::get(&inbound.subnet, versions::NETWORK), About::Subnet));
    }
    let locks = group.join("providers/Microsoft.Authorization/locks");
    all.push(ask(Request::get(&locks, versions::LOCKS), About::Locks));
    let mut needed: Vec<(ArmId, Vec<String>)> = Vec::new();
    for (scope, action) in rights(&template, &group) {
        match needed.iter_mut().find(|(known, _)| *known == scope) {
            Some((_, actions)) => actions.push(action),
            None => needed.push((scope, vec![action])),
        }
    }
    for (scope, actions) in needed {
        all.push(ask(permissions::list(&scope), About::Rights { scope, actions }));
    }
    let usages = subscription.join(&format!(
        "providers/Microsoft.MachineLearningServices/locations/{}/usages",
        environment.region
    ));
    all.push(ask(Request::get(&usages, versions::ML_ASSETS), About::Usages));
    let deployment = deployment_id(environment, &template);
    let body = |more: Value| {
        let mut properties = json!({ "mode": "Incremental", "template": template.json() });
        if let (Some(properties), Value::Object(more)) = (properties.as_object_mut(), more) {
            properties.extend(more);
        }
        json!({ "properties": properties })
    };
    let post = |what: &str| Request::arm(Method::Post, &deployment.join(what), versions::RESOURCES);
    all.push(ask(post("validate").body(body(json!({}))), About::Validate));
    let format = json!({ "whatIfSettings": { "resultFormat": "FullResourcePayloads" } });
    all.push(ask(post("whatIf").body(body(format)), About::WhatIf));
    all
}

/// The right to make a resource group.
const MAKE_GROUP: &str = "Microsoft.Resources/subscriptions/resourceGroups/write";

/// The same request for a deployment into a group that is not there yet: into the subscription, with the group before it.
/// `None` when the request is no such one.
fn with_group(request: &Request) -> Option<Request> {
    let (path, what) = request.path.rsplit_once('/')?;
    let deployment = ArmId::parse(path).ok()?;
    let (subscription, group) = (deployment.subscription_id()?, deployment.resource_group()?);
    let body = request.body.as_ref()?;
    let mut inner = body["properties"].clone();
    let resources = inner["template"]["resources"].as_array()?;
    let is_region = |text: &&str| !text.starts_with('[') && *text != "global";
    let region = resources.iter().filter_map(|one| one["location"].as_str()).find(is_region)?.to_owned();
    let settings = inner.as_object_mut()?.remove("whatIfSettings");
    inner["expressionEvaluationOptions"] = json!({ "scope": "inner" });
    let group_id = format!("[subscriptionResourceId('Microsoft.Resources/resourceGroups', '{group}')]");
    let template = json!({
        "$schema": "https://schema.management.azure.com/schemas/2018-05-01/subscriptionDeploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "resources": [
            { "type": "Microsoft.Resources/resourceGroups", "apiVersion": versions::RESOURCES, "name": group,
              "location": region, "properties": {} },
            { "type": "Microsoft.Resources/deployments", "apiVersion": versions::RESOURCES, "name": deployment.name(),
              "resourceGroup": group, "dependsOn": [group_id], "properties": inner }
        ]
    });
    let mut properties = json!({ "mode": "Incremental", "template": template });
    if let Some(settings) = settings {
        properties["whatIfSettings"] = settings;
    }
    let above = ArmId::subscription(subscription)
        .join(&format!("providers/Microsoft.Resources/deployments/{}/{what}", deployment.name()));
    let body = json!({ "location": region, "properties": properties });
    Some(Request::arm(Method::Post, &above, versions::RESOURCES).body(body).background())
}

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

/// What to read when a name is not free: when that is there the name is this plan's own, from when it was applied
/// before, and nothing has to be said.
#[must_use]
pub fn own_of(question: &Question, answer: &Value) -> Option<Request> {
    match &question.about {
        About::Name(id) if answer["nameAvailable"] == Value::Bool(false) => {
            Some(Request::get(id, versions::of(&id.resource_type()?)?).background())
        }
        _ => None,
    }
}

/// What to ask instead when a question was about something that is not there yet: rights on a resource group that will be
/// made are those on its subscription, and a deployment into it is looked at together with the group.
#[must_use]
pub fn instead(question: &Question) -> Option<Question> {
    if matches!(question.about, About::Validate | About::WhatIf) {
        return Some(Question { request: with_group(&question.request)?, ..question.clone() });
    }
    let About::Rights { scope, actions } = &question.about else { return None };
    scope.resource_group()?;
    let above = ArmId::subscription(scope.subscription_id()?);
    let mut actions = actions.clone();
    actions.push(MAKE_GROUP.to_owned());
    Some(Question {
        environment: question.environment.clone(),
        request: permissions::list(&above).background(),
        about: About::Rights { scope: above, actions },
    })
}

/// Whether an answer comes by a long-running operation.
#[must_use]
pub fn takes_time(question: &Question) -> bool {
    matches!(question.about, About::WhatIf)
}

/// Whether an answer is a list that comes in pages.
#[must_use]
pub fn is_list(question: &Question) -> bool {
    matches!(question.about, About::Locks | About::Rights { .. } | About::Usages)
}

struct Told<'a> {
    question: &'a Question,
    learnt: Vec<Learnt>,
}

impl Told<'_> {
    fn say(&mut self, level: Level, key: &str, text: impl Into<String>) {
        self.learnt.push(Learnt::Finding(Finding {
            environment: Some(self.question.environment.clone()),
            key: key.to_owned(),
            level,
            text: text.into(),
        }));
    }

    fn answered(&mut self, body: &Value) {
        let text = |at: &str| body.pointer(at).and_then(Value::as_str).unwrap_or_default();
        match &self.question.about {
            About::Provider { subscription, namespace, region } => {
                if !text("/registrationState").eq_ignore_ascii_case("Registered") {
                    self.learnt.push(Learnt::Unregistered(subscription.clone(), namespace.clone()));
                }
                if namespace == NAMESPACES[0] && !has_region(body, "workspaces", region) {
                    self.say(
                        Level::Refused,
                        "basics.region",
                        format!("Azure Machine Learning is not offered in '{region}' to this subscription"),
                    );
                }
            }
            About::Name(id) => self.name(id, body),
            About::There(id) => {
                self.learnt.push(Learnt::There(id.clone()));
                if id.is_type(WORKSPACES) {
                    let text =
                        format!("{} is there already: what differs from the plan is changed", id.name());
                    self.say(Level::Note, "basics.workspace", text);
                }
            }
            About::Locks => self.locks(body),
            About::Rights { scope, actions } => self.rights(scope, actions, body),
            About::Existing(kind) => self.existing(kind, body),
            About::Premium => {
                self.existing(REGISTRIES, body);
                let sku = text("/sku/name");
                if !sku.eq_ignore_ascii_case("Premium") {
                    let why = format!(
                        "{} cannot serve: it is {sku}, and private endpoints need the SKU Premium",
                        text("/name")
                    );
                    self.say(Level::Refused, "dependents.container_registry", why);
                }
            }
            About::WhatIf => self.what_if(body),
            About::Principal(id) => match text("/properties/principalId") {
                "" => {}
                principal => self.learnt.push(Learnt::Principal(id.clone(), principal.to_owned())),
            },
            About::KeyVault => {
                if body.pointer("/properties/enablePurgeProtection") != Some(&Value::Bool(true)) {
                    self.say(
                        Level::Refused,
                        "encryption.key_vault",
                        format!(
                            "{} has no purge protection: a customer's key must be in a vault that has it",
                            text("/name")
                        ),
                    );
                }
            }
            About::Subnet => self.subnet(body),
            About::Usages => self.usages(body),
            About::Validate => {
                if let Some(error) = body.get("error").filter(|error| error.is_object()) {
                    self.refused(error);
                }
            }
        }
    }

    fn refused(&mut self, error: &Value) {
        let (code, message) = deepest(error);
        let who = if code == "RequestDisallowedByPolicy" {
            "a policy denies it, and who owns the policy can exempt the resource: "
        } else {
            ""
        };
        let text = format!("Azure refuses the deployment: {who}{code}: {message}");
        self.say(Level::Refused, "deployment", text);
    }

    /// What the template would change of what is there, by Azure's own preview.
    fn what_if(&mut self, body: &Value) {
        let status = body["status"].as_str().unwrap_or_default();
        if let Some(error) = body.get("error").filter(|error| error.is_object())
            && status.eq_ignore_ascii_case("Failed")
        {
            // What validation says already is said once.
            return self.refused(error);
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
        let kind = id.resource_type().unwrap_or_default();
        let key = match kind.as_str() {
            STORAGE => "dependents.storage",
            VAULTS => "dependents.key_vault",
            _ => "dependents.container_registry",
        };
        let text = if kind == VAULTS && message.contains("recently deleted") {
            format!(
                "the name {} is held by another vault, or by one that was deleted and is kept for a while: purge that one, or \
                 choose another name",
                id.name()
            )
        } else {
            format!(
                "the name {} is taken by somebody else: choose another one. Azure says: {message}",
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
        if missing.is_empty() {
            return;
        }
        let who = if missing.iter().all(|action| action.starts_with("Microsoft.Authorization/")) {
            "an Owner, User Access Administrator or Role Based Access Control Administrator there can give it"
        } else {
            "an Owner there can give it, by granting Contributor"
        };
        self.say(Level::Refused, "rights", format!("you lack {} at {scope}; {who}", missing.join(", ")));
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

    fn subnet(&mut self, body: &Value) {
        let single = body.pointer("/properties/addressPrefix").into_iter();
        let several =
            body.pointer("/properties/addressPrefixes").and_then(Value::as_array).into_iter().flatten();
        for prefix in single.chain(several).filter_map(Value::as_str) {
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

    fn failed(&mut self, error: &Error) {
        let (about, missing) = (&self.question.about, error.is_not_found());
        match about {
            // A group or workspace that is not there yet is what a set-up is for. A workspace that was deleted softly
            // cannot be listed either.
            About::There(id) if missing && id.is_type(WORKSPACES) => self.say(
                Level::Note,
                "basics.workspace",
                format!(
                    "Azure lists no deleted workspaces: whether one holds the name {} only the deployment shows",
                    id.name()
                ),
            ),
            About::There(_) | About::Locks | About::Rights { .. } | About::Validate | About::WhatIf if missing => {}
            About::Existing(kind) if missing => {
                self.say(
                    Level::Refused,
                    "dependents",
                    format!("{} is not there ({kind})", self.question.request.path),
                );
            }
            About::Principal(id) if missing => {
                self.say(
                    Level::Refused,
                    "identity.workspace",
                    format!("the identity {} is not there", id.name()),
                );
            }
            About::KeyVault if missing => {
                self.say(Level::Refused, "encryption.key_vault", "the vault of the key is not there");
            }
            About::Subnet if missing => {
                self.say(Level::Refused, "network.endpoints.subnet", "the subnet is not there");
            }
            About::Rights { scope, .. } if error.is_forbidden() => self.say(
                Level::Refused,
                "rights",
                format!("you may not even read your own rights at {scope}; an Owner there can give you some, by granting Contributor"),
            ),
            About::Validate | About::WhatIf if error.is_forbidden() => {}
            // The validation of the same template says why.
            About::WhatIf if error.api().is_some_and(|api| api.status < 500) => {}
            About::Premium if missing => {
                let path = &self.question.request.path;
                self.say(Level::Refused, "dependents", format!("{path} is not there ({REGISTRIES})"));
            }
            About::Validate if error.api().is_some() => {
                self.say(
                    Level::Refused,
                    "deployment",
                    format!("Azure refuses the deployment: {}", error.plain()),
                );
            }
            _ => self.say(
                Level::Note,
                "preflight",
                format!("{} could not be asked: {}", self.question.request.path, error.plain()),
            ),
        }
    }
}

/// The items of a list, whether it came with its envelope or bare.
fn items(body: &Value) -> impl Iterator<Item = &Value> {
    body.as_array().or(body["value"].as_array()).into_iter().flatten()
}

/// The innermost error: the outer ones say that something went wrong.
fn deepest(error: &Value) -> (&str, &str) {
    let inner = error["details"].as_array().and_then(|details| details.first());
    match inner {
        Some(inner) if inner["code"].is_string() => deepest(inner),
        _ => (error["code"].as_str().unwrap_or_default(), error["message"].as_str().unwrap_or_default()),
    }
}

/// Whether a provider offers a type in a region; its answer has display names. A type that lists no region is
/// everywhere.
fn has_region(provider: &Value, kind: &str, region: &str) -> bool {
    let types = provider["resourceTypes"].as_array().into_iter().flatten();
    let mut found =
        types.filter(|one| one["resourceType"].as_str().is_some_and(|name| name.eq_ignore_ascii_case(kind)));
    found.next().and_then(|one| one["locations"].as_array()).is_none_or(|regions| {
        regions.is_empty()
            || regions.iter().filter_map(Value::as_str).any(|name| super::regions::short_name(name) == region)
    })
}

/// The request that finds the object id of a principal given by name: the list's first item's `id` is it.
#[must_use]
pub fn look_up(kind: PrincipalKind, name: &str) -> Request {
    let quoted = name.replace('\'', "''");
    let (path, filter) = match kind {
        PrincipalKind::Group => ("/groups", format!("displayName eq '{quoted}'")),
        PrincipalKind::User => ("/users", format!("userPrincipalName eq '{quoted}'")),
        PrincipalKind::ServicePrincipal => ("/servicePrincipals", format!("displayName eq '{quoted}'")),
    };
    Request::graph(Method::Get, path).query("$filter", filter)
}

/// What became of looking a name up.
///
/// # Errors
/// When the name fits nobody, or several.
pub fn looked_up(kind: PrincipalKind, name: &str, found: &[Value]) -> Result<String, String> {
    match found {
        [one] => Ok(one["id"].as_str().unwrap_or_default().to_owned()),
        [] => Err(format!("the directory has no {} '{name}'", kind.words())),
        several => {
            Err(format!("{} {}s are called '{name}': give the object id", several.len(), kind.words()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::arm::api_error::ApiError;
    use crate::domain::setup::examples;

    fn question(about: About) -> Question {
        let request = Request::get(&ArmId::subscription("0f0e"), "2024-01-01");
        Question { environment: "prod".into(), request, about }
    }

    fn said(about: About, body: &Value) -> Vec<(Level, String)> {
        let findings = learn(&question(about), Ok(body)).into_iter();
        findings
            .filter_map(|one| match one {
                Learnt::Finding(finding) => Some((finding.level, finding.text)),
                _ => None,
            })
            .collect()
    }

    fn missing() -> Error {
        let body = br#"{"error":{"code":"ResourceNotFound","message":"gone"}}"#;
        Error::Api(Box::new(ApiError::read(404, body, Method::Get, "/x")))
    }

    #[test]
    fn questions_only_read_and_none_is_asked_twice() {
        for (name, set_up) in examples::all() {
            let all = questions(&set_up);
            assert!(all.iter().all(|one| one.request.is_repeatable()), "{name}");
            for (at, one) in all.iter().enumerate() {
                assert!(
                    !all[..at].iter().any(|other| other.request == one.request),
                    "{name}: {}",
                    one.request.path
                );
            }
        }
        let all = questions(&examples::named("dev-prod"));
        let count = |is: fn(&About) -> bool| all.iter().filter(|one| is(&one.about)).count();
        assert_eq!(
            count(|about| matches!(about, About::Name(_))),
            5,
            "two accounts, two vaults, one registry"
        );
        assert_eq!(count(|about| matches!(about, About::Validate)), 2);
        assert_eq!(count(|about| matches!(about, About::Subnet)), 1);
    }

    #[test]
    fn a_provider_that_is_not_registered_becomes_a_step() {
        let about = || About::Provider {
            subscription: "0f0e".into(),
            namespace: NAMESPACES[0].into(),
            region: "westeurope".into(),
        };
        let body = json!({ "registrationState": "NotRegistered", "resourceTypes": [
            { "resourceType": "workspaces", "locations": ["West Europe", "UK South"] }] });
        assert_eq!(
            learn(&question(about()), Ok(&body)),
            [Learnt::Unregistered("0f0e".into(), NAMESPACES[0].into())]
        );
        let elsewhere = json!({ "registrationState": "Registered", "resourceTypes": [
            { "resourceType": "workspaces", "locations": ["UK South"] }] });
        let said = said(about(), &elsewhere);
        assert!(said[0].0 == Level::Refused && said[0].1.contains("not offered in 'westeurope'"), "{said:?}");
    }

    #[test]
    fn names_that_are_held_say_by_whom_they_may_be() {
        let id = |kind: &str| ArmId::group("0f0e", "rg").join(&format!("providers/{kind}/name1"));
        let held = json!({ "nameAvailable": false, "reason": "AlreadyExists", "message": "it was recently deleted" });
        assert!(said(About::Name(id(VAULTS)), &held)[0].1.contains("purge that one"));
        assert!(said(About::Name(id(STORAGE)), &held)[0].1.contains("is taken"));
        let free = json!({ "nameAvailable": true });
        assert!(said(About::Name(id(STORAGE)), &free).is_empty());
        let asked = question(About::Name(id(STORAGE)));
        assert_eq!(own_of(&asked, &free), None);
        assert!(own_of(&asked, &held).unwrap().path.ends_with("/name1"));
    }

    #[test]
    fn missing_rights_are_named_with_who_can_give_them() {
        let scope = ArmId::group("0f0e", "rg");
        let about = |actions: &[&str]| About::Rights {
            scope: scope.clone(),
            actions: actions.iter().map(|one| (*one).to_owned()).collect(),
        };
        let contributor = json!([{ "actions": ["*"], "notActions": ["Microsoft.Authorization/*/Write"] }]);
        let write = "Microsoft.Storage/storageAccounts/write";
        let assign = "Microsoft.Authorization/roleAssignments/write";
        assert!(said(about(&[write]), &contributor).is_empty());
        let lacks = said(about(&[write, assign]), &contributor);
        assert!(lacks[0].1.contains(assign) && !lacks[0].1.contains(write), "{lacks:?}");
        assert!(lacks[0].1.contains("User Access Administrator"));
        assert!(said(about(&[write]), &json!([]))[0].1.contains("granting Contributor"));
    }

    #[test]
    fn rights_on_a_group_that_will_be_made_are_asked_of_its_subscription() {
        let scope = ArmId::group("0f0e", "rg");
        let asked = question(About::Rights { scope, actions: vec!["a/b/write".into()] });
        let Some(Question { about: About::Rights { scope, actions }, .. }) = instead(&asked) else {
            panic!()
        };
        assert_eq!((scope.as_str(), actions.len()), ("/subscriptions/0f0e", 2));
        assert_eq!(instead(&question(About::Rights { scope, actions })), None);
    }

    #[test]
    fn dependents_that_cannot_serve_are_refused_with_the_reason() {
        for (kind, body, words) in [
            (STORAGE, json!({ "sku": { "name": "Premium_LRS" }, "kind": "StorageV2" }), "premium"),
            (
                STORAGE,
                json!({ "kind": "StorageV2", "properties": { "isHnsEnabled": true } }),
                "hierarchical namespace",
            ),
            (STORAGE, json!({ "kind": "BlobStorage" }), "no general-purpose"),
            (REGISTRIES, json!({ "properties": { "provisioningState": "Failed" } }), "provisioning failed"),
        ] {
            let said = said(About::Existing(kind), &body);
            assert!(
                said.iter().any(|(level, text)| *level == Level::Refused && text.contains(words)),
                "{said:?}"
            );
        }
        assert!(
            said(
                About::Existing(STORAGE),
                &json!({ "kind": "StorageV2", "sku": { "name": "Standard_LRS" } })
            )
            .is_empty()
        );
        assert!(
            said(About::KeyVault, &json!({ "name": "kv", "properties": {} }))[0]
                .1
                .contains("purge protection")
        );
    }

    #[test]
    fn locks_quota_networks_and_refused_templates_are_told() {
        let lock = |level: &str| json!([{ "name": "keep", "properties": { "level": level } }]);
        assert_eq!(said(About::Locks, &lock("ReadOnly"))[0].0, Level::Refused);
        assert_eq!(said(About::Locks, &lock("CanNotDelete"))[0].0, Level::Note);
        let subnet = json!({ "properties": { "addressPrefix": "172.17.1.0/24" } });
        assert!(said(About::Subnet, &subnet)[0].1.contains("172.17.0.0/16"));
        let usage = json!([{ "currentValue": 800, "limit": 800, "name": { "value": "Workspaces" } }]);
        assert!(said(About::Usages, &usage)[0].1.contains("800 of 800"));
        let refused = json!({ "error": { "code": "InvalidTemplateDeployment", "message": "outer", "details": [
            { "code": "RequestDisallowedByPolicy", "message": "tags are wanted" }] } });
        let denied = said(About::Validate, &refused)[0].1.clone();
        assert!(denied.contains("RequestDisallowedByPolicy: tags are wanted"), "{denied}");
        assert!(denied.contains("who owns the policy"), "{denied}");
    }

    #[test]
    fn azures_preview_tells_what_would_be_changed_of_what_is_there() {
        let change =
            |kind: &str, delta: Value| json!({ "resourceId": "/x/st1", "changeType": kind, "delta": delta });
        let delta = json!([{ "path": "tags.team", "propertyChangeType": "Create" }]);
        let body = json!({ "status": "Succeeded", "properties": { "changes": [
            change("Create", json!(null)), change("NoChange", json!([])), change("Modify", delta)] } });
        let said = said(About::WhatIf, &body);
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(
            said[0].0 == Level::Note && said[0].1.contains("st1 is there and would be changed"),
            "{said:?}"
        );
        assert!(said[0].1.ends_with("tags.team"), "{said:?}");
    }

    #[test]
    fn a_deployment_into_a_group_that_will_be_made_is_looked_at_with_the_group() {
        let all = questions(&examples::named("one"));
        for about in [About::Validate, About::WhatIf] {
            let asked = all.iter().find(|one| one.about == about).unwrap();
            let other = instead(asked).unwrap();
            assert!(!other.request.path.contains("resourceGroups") && other.request.is_repeatable());
            let resources = &other.request.body.as_ref().unwrap()["properties"]["template"]["resources"];
            assert_eq!(resources[0]["name"], "rg-tiny");
            assert_eq!(
                resources[1]["properties"]["template"],
                asked.request.body.as_ref().unwrap()["properties"]["template"],
                "the very template"
            );
        }
    }

    #[test]
    fn the_rights_of_every_step_are_asked_for_where_they_count() {
        let all = questions(&examples::named("dev-prod"));
        let asks = |end: &str, action: &str| {
            all.iter().any(|one| {
                matches!(&one.about, About::Rights { scope, actions }
                if scope.as_str().ends_with(end) && actions.iter().any(|one| one.ends_with(action)))
            })
        };
        assert!(asks("/rg-pricing-prod", "provisionManagedNetwork/action"));
        assert!(asks("/rg-pricing-dev", "Microsoft.Consumption/budgets/write"));
        assert!(asks("/stcontosolake", "roleAssignments/write"), "what is elsewhere is asked itself");
        assert!(!asks("", "register/action") && !asks("", "resourceGroups/write"), "only where it is needed");
        let asked = further(&[Learnt::Unregistered("0f0e".into(), "Microsoft.Network".into())]);
        let About::Rights { scope, actions } = &asked[0].about else { panic!("{asked:?}") };
        assert_eq!(
            (scope.as_str(), actions.as_slice()),
            ("/subscriptions/0f0e", &["Microsoft.Network/register/action".to_owned()][..])
        );
    }

    #[test]
    fn an_existing_registry_and_account_are_held_to_what_the_workspace_needs_of_them() {
        let standard = json!({ "name": "cr", "sku": { "name": "Standard" }, "properties": {} });
        assert!(said(About::Premium, &standard)[0].1.contains("need the SKU Premium"));
        assert!(said(About::Premium, &json!({ "sku": { "name": "premium" } })).is_empty());
        let account = json!({ "kind": "StorageV2", "primaryEndpoints": { "blob": "https://x" } });
        assert!(said(About::Existing(STORAGE), &account)[0].1.contains("no file service"));
    }

    #[test]
    fn a_name_that_a_deleted_workspace_may_hold_is_told() {
        let id = ArmId::group("0f0e", "rg").join(&format!("providers/{WORKSPACES}/mlw"));
        let learnt = learn(&question(About::There(id)), Err(&missing()));
        let Learnt::Finding(finding) = &learnt[0] else { panic!("{learnt:?}") };
        assert!(
            finding.level == Level::Note && finding.text.contains("lists no deleted workspaces"),
            "{finding:?}"
        );
    }

    #[test]
    fn what_is_not_there_matters_only_where_it_should_be() {
        for (about, refused) in [
            (About::There(ArmId::subscription("x")), false),
            (About::Locks, false),
            (About::Validate, false),
            (About::Subnet, true),
            (About::KeyVault, true),
            (About::Existing(STORAGE), true),
            (About::Principal(ArmId::subscription("x")), true),
        ] {
            let learnt = learn(&question(about.clone()), Err(&missing()));
            let hit = learnt
                .iter()
                .any(|one| matches!(one, Learnt::Finding(finding) if finding.level == Level::Refused));
            assert_eq!(hit, refused, "{about:?}");
        }
    }

    #[test]
    fn names_are_looked_up_one_by_one() {
        let request = look_up(PrincipalKind::Group, "Team O'Neill");
        assert_eq!(request.query[0].1, "displayName eq 'Team O''Neill'");
        let found = |list: &[Value]| looked_up(PrincipalKind::Group, "Team", list);
        assert_eq!(found(&[json!({ "id": "1" })]), Ok("1".to_owned()));
        assert!(found(&[]).unwrap_err().contains("has no group 'Team'"));
        assert!(found(&[json!({}), json!({})]).unwrap_err().contains("2 groups are called"));
    }
}
