//! The questions that are asked before anything is made.

use jiff::civil::Date;
use serde_json::{Value, json};

use super::{About, Learnt, Question, zones};
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::{Method, Request};
use crate::azure::arm::versions;
use crate::azure::resource_graph;
use crate::azure::resources::permissions;
use crate::domain::setup::environment::{
    Dependent, ENDPOINTS, Environment, INSIGHTS, LOG_ANALYTICS, OwnIdentity, REGISTRIES, STORAGE, VAULTS,
};
use crate::domain::setup::grants::{ForIdentity, for_identities};
use crate::domain::setup::plan::{Known, deployment_id, namespaces, rights, rights_around, version_of};
use crate::domain::setup::resolve::SetUp;
use crate::domain::setup::spec::StorageAccess;
use crate::domain::setup::template::Template;
use crate::domain::setup::there::missing;
use crate::domain::setup::{budget, outbound};

/// The questions about a set-up, those that decide most first. Several may have the same request: it is sent once, and what
/// it means is worked out for each, because environments want different things of what they share.
#[must_use]
pub fn questions(set_up: &SetUp) -> Vec<Question> {
    let mut all: Vec<Question> = set_up.environments.iter().flat_map(of_environment).collect();
    share_subnets(&mut all);
    all.extend(zones::questions(set_up));
    all.extend(outbound::questions(set_up));
    rights_of_steps(set_up, &mut all);
    all
}

/// A subnet needs room for the private endpoints of all environments.
fn share_subnets(all: &mut [Question]) {
    let count = |question: &Question| match question.about {
        About::Subnet { endpoints } => endpoints,
        _ => 0,
    };
    let counts: Vec<(Request, usize)> =
        all.iter().map(|one| (one.request.clone(), count(one))).filter(|(_, count)| *count > 0).collect();
    for question in all {
        if let About::Subnet { endpoints } = &mut question.about {
            let same = counts.iter().filter(|(request, _)| *request == question.request);
            *endpoints = same.map(|(_, count)| count).sum();
        }
    }
}

/// Asks for the rights of every step, also of those that stand around the deployment. Two are asked for only where they
/// are needed: that to make a group, by [`instead`], and that to register a provider, by [`further`].
fn rights_of_steps(set_up: &SetUp, all: &mut Vec<Question>) {
    for environment in &set_up.environments {
        for right in rights_around(environment) {
            if right.action == MAKE_GROUP {
                continue;
            }
            // What will be made has no permissions yet: they come from its group.
            let group = environment.group_id();
            let scope = if group.contains(&right.scope) { group } else { right.scope };
            let of_it = all.iter_mut().filter(|question| question.environment == environment.name);
            let known = of_it.into_iter().find_map(|question| match &mut question.about {
                About::Rights { scope: known, actions } if *known == scope => Some(actions),
                _ => None,
            });
            match known {
                Some(actions) if actions.contains(&right.action) => {}
                Some(actions) => actions.push(right.action),
                None => all.push(Question {
                    environment: environment.name.clone(),
                    request: permissions::list(&scope).background(),
                    about: About::Rights { scope, actions: vec![right.action] },
                }),
            }
        }
    }
}

/// What has to be asked because of what was learnt: whether the caller may register the providers that are missing, whether
/// zones that are there answer in the network, whether there is room for what is not there yet, and what Azure says of its deployment.
#[must_use]
pub fn further(set_up: &SetUp, learnt: &[Learnt]) -> Vec<Question> {
    let known = Known::of(Date::default(), learnt);
    let deployments = set_up.environments.iter().flat_map(|one| of_deployment(one, &known));
    let keyed = keyed(set_up, &known);
    let links = zones::of_zones_there(set_up, learnt);
    let all = registering(learnt).into_iter().chain(links).chain(deployments);
    all.chain(accounts(set_up, &known)).chain(keyed).collect()
}

/// Whether the caller may register the providers that are missing.
fn registering(learnt: &[Learnt]) -> Vec<Question> {
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

/// Whether an account that is there under the name of the one that would be made takes the keys of a new workspace.
fn keyed(set_up: &SetUp, known: &Known) -> Vec<Question> {
    let question = |environment: &Environment| {
        let id = environment.storage.id(&environment.group_id(), STORAGE)?;
        let is_there = environment.storage.is_new() && known.there.contains(&id);
        let by_key = environment.storage_access == StorageAccess::Key;
        let is_new = !known.there.contains(&environment.workspace_id());
        let request = Request::get(&id, versions::STORAGE).background();
        let name = environment.name.clone();
        (is_there && by_key && is_new).then_some(Question { environment: name, request, about: About::Keyed })
    };
    set_up.environments.iter().filter_map(question).collect()
}

/// Whether the storage accounts that are not there yet fit into the quota of their regions: what several environments make
/// in one is asked together.
fn accounts(set_up: &SetUp, known: &Known) -> Vec<Question> {
    let mut all: Vec<Question> = Vec::new();
    for environment in &set_up.environments {
        let id = environment.storage.id(&environment.group_id(), STORAGE);
        if !environment.storage.is_new() || id.is_some_and(|id| known.there.contains(&id)) {
            continue;
        }
        let usages = ArmId::subscription(&environment.subscription)
            .join(&format!("providers/Microsoft.Storage/locations/{}/usages", environment.region));
        let request = Request::get(&usages, versions::STORAGE).background();
        let same = all.iter_mut().find_map(|question| match &mut question.about {
            About::Accounts { made } if question.request == request => Some(made),
            _ => None,
        });
        if let Some(made) = same {
            *made += 1;
            continue;
        }
        let about = About::Accounts { made: 1 };
        all.push(Question { environment: environment.name.clone(), request, about });
    }
    all
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
    let there = |id: &ArmId| {
        let version = version_of(&id.resource_type().unwrap_or_default());
        ask(Request::get(id, version), About::There(id.clone()))
    };
    let workspace = environment.workspace_id();
    let groups = environment
        .groups()
        .into_iter()
        .map(|group| ask(Request::get(&group, versions::RESOURCES), About::Group(group)));
    let mut all: Vec<Question> = groups.collect();
    let roles = for_identities(environment);
    let is_other = |id: &&ArmId| **id != workspace && !roles.iter().any(|role| role.id == **id);
    all.extend(ids.iter().filter(is_other).map(there));
    all.extend(roles.into_iter().map(|role| {
        let ForIdentity { id, words, read, from, deployed } = role;
        let request = Request::get(&id, versions::AUTHORIZATION);
        ask(request, About::Role { id, words, identity: read.background(), from, deployed })
    }));
    let read = Request::get(&workspace, versions::WORKSPACES);
    all.push(ask(read, About::Workspace(Box::new(environment.clone()))));
    if let Some(hub) = &environment.hub {
        let about = About::Hub { region: environment.region.clone() };
        all.push(ask(Request::get(hub, versions::WORKSPACES), about));
    }
    if let Some(budget) = &environment.budget {
        let read = budget::there(environment, budget).read;
        all.push(ask(read, About::Budget(Box::new(budget::there(environment, budget)))));
    }
    for namespace in namespaces(environment, &template) {
        let about = About::Provider {
            subscription: environment.subscription.clone(),
            namespace: namespace.to_owned(),
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
            Dependent::Existing(id)
                if kind == STORAGE && environment.storage_access == StorageAccess::Key =>
            {
                existing_question(id).map(|question| Question { about: About::Keyed, ..question })
            }
            Dependent::Existing(id) => existing_question(id),
            Dependent::Absent => None,
        };
        all.extend(question.map(|question| ask(question.request, question.about)));
    }
    all.extend(of_others(environment, &ids));
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
    all
}

/// What is there already and the set-up stands on, its dependents apart: an identity, the vault of a key, a subnet with its
/// network. `ids` is what is made.
fn of_others(environment: &Environment, ids: &[ArmId]) -> Vec<Question> {
    let mut all = Vec::new();
    let mut ask = |request: Request, about: About| {
        all.push(Question { environment: environment.name.clone(), request: request.background(), about });
    };
    if let Dependent::Existing(account) = &environment.storage
        && environment.shared_key_off
    {
        let own = [environment.workspace_id()];
        ask(resource_graph::on_keys_on(account, &own), About::KeyUsers(account.clone()));
    }
    if let OwnIdentity::Existing(id) = &environment.identity {
        ask(Request::get(id, versions::MANAGED_IDENTITY), About::Principal(id.clone()));
    }
    if let Some(key) = &environment.customer_key {
        ask(Request::get(&key.vault, versions::KEY_VAULT), About::KeyVault);
    }
    if let Some(inbound) = &environment.inbound {
        let endpoints = ids.iter().filter(|id| id.is_type(ENDPOINTS)).count();
        ask(Request::get(&inbound.subnet, versions::NETWORK), About::Subnet { endpoints });
        let about = About::Network { region: inbound.region.clone() };
        ask(Request::get(&inbound.network(), versions::NETWORK), about);
    }
    all
}

/// What Azure says of the very deployment; nothing where nothing is left to be deployed.
fn of_deployment(environment: &Environment, known: &Known) -> Vec<Question> {
    let template = missing(environment, known);
    if template.resources.is_empty() {
        return Vec::new();
    }
    let deployment = deployment_id(environment, &template);
    let body = |more: Value| {
        let mut properties = json!({ "mode": "Incremental", "template": template.json() });
        if let (Some(properties), Value::Object(more)) = (properties.as_object_mut(), more) {
            properties.extend(more);
        }
        json!({ "properties": properties })
    };
    let post = |what: &str| Request::arm(Method::Post, &deployment.join(what), versions::RESOURCES);
    let ask = |request: Request, about: About| Question {
        environment: environment.name.clone(),
        request: request.background(),
        about,
    };
    let format = json!({ "whatIfSettings": { "resultFormat": "FullResourcePayloads" } });
    vec![
        ask(post("validate").body(body(json!({}))), About::Validate),
        ask(post("whatIf").body(body(format)), About::WhatIf),
    ]
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

/// What to read when a name is not free: when that is there the name is this plan's own, from when it was applied
/// before, see [`super::there`].
#[must_use]
pub fn own_of(question: &Question, answer: &Value) -> Option<Request> {
    match &question.about {
        About::Name(id) if answer["nameAvailable"] == Value::Bool(false) => {
            Some(Request::get(id, versions::of(&id.resource_type()?)?).background())
        }
        _ => None,
    }
}

/// What to ask when a name is not free and is not this plan's own: whether the caller can see who holds it.
#[must_use]
pub fn held_by(question: &Question, answer: &Value) -> Option<Request> {
    match &question.about {
        About::Name(id) if answer["nameAvailable"] == Value::Bool(false) => {
            Some(resource_graph::called(&id.resource_type()?, id.name()).background())
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
    matches!(
        question.about,
        About::Locks | About::Rights { .. } | About::Usages | About::Accounts { .. } | About::Zones { .. }
    )
}
