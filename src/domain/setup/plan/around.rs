//! The steps around the deployment: what goes before it, and what a template cannot do, each with its way back.

use serde_json::json;

use super::super::environment::{Dependent, Environment, STORAGE};
use super::super::resolve::SetUp;
use super::super::spec::Kind;
use super::{Known, NAMESPACES, step_id, tags};
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::{Method, Request};
use crate::azure::arm::versions;
use crate::azure::resource_graph;
use crate::azure::resources::workspace::{ManagedNetworkStatus, Workspace};
use crate::domain::plan::{Check, Expect, Step, Undo, Wait};

/// The providers that are not registered, and Machine Learning's where that was not read.
pub(super) fn registrations(set_up: &SetUp, known: &Known) -> Vec<Step> {
    let mut wanted: Vec<(String, String)> = set_up
        .environments
        .iter()
        .map(|environment| (environment.subscription.clone(), NAMESPACES[0].to_owned()))
        .filter(|provider| !known.registered.contains(provider))
        .chain(known.unregistered.iter().cloned())
        .collect();
    wanted.sort();
    wanted.dedup();
    let of = |subscription: &str| {
        let here = set_up.environments.iter().filter(|one| one.subscription == subscription);
        here.map(|one| one.name.as_str()).collect::<Vec<_>>().join(", ")
    };
    let step = |(subscription, namespace): (String, String)| {
        let scope = ArmId::subscription(&subscription);
        let provider = scope.join(&format!("providers/{namespace}"));
        let read = Request::get(&provider, versions::RESOURCES);
        let check = Check::new(
            read,
            Expect::equals("/registrationState", "Registered"),
            format!("{namespace} is registered in the subscription"),
        );
        let request =
            Request::arm(Method::Post, &provider.join("register"), versions::RESOURCES).repeatable();
        let wait = Wait {
            reason: format!("{namespace} is registered"),
            typical: 60,
            at_most: 900,
            until: Some(check.clone()),
            after: Vec::new(),
            since: None,
        };
        Step::send(
            format!("register-{subscription}-{namespace}"),
            format!("Register {namespace} ({})", of(&subscription)),
            format!("Its subscription can hold resources of {namespace}."),
            request,
        )
        .already(check)
        .wait(wait)
        .needs(&scope, &format!("{namespace}/register/action"))
    };
    wanted.into_iter().map(step).collect()
}

/// What Application Insights makes by itself beside each component, and nobody deletes by deleting that: an alert rule for
/// it, and one action group for all. Source: hashicorp/terraform-provider-azurerm#18026 and #22163.
fn made_by_insights(group: &ArmId, all: &[Environment]) -> Expect {
    let one = |kind: &str, name: &str| {
        Expect::All(vec![Expect::equals("/type", kind), Expect::equals("/name", name)])
    };
    let insights = all.iter().filter(|one| one.group_id() == *group).filter_map(|one| match &one.insights {
        Dependent::New(name) => Some(format!("Failure Anomalies - {name}")),
        _ => None,
    });
    let rules = insights.map(|name| one("microsoft.alertsmanagement/smartDetectorAlertRules", &name));
    let group = one("microsoft.insights/actiongroups", "Application Insights Smart Detection");
    Expect::Any(rules.chain([group]).collect())
}

/// The step that makes a resource group; `all` are the environments of the plan. It goes again when nothing is in it but
/// what Azure put there by itself.
pub(super) fn group_step(environment: &Environment, group: &ArmId, all: &[Environment]) -> Step {
    let there = |expect| {
        Check::new(Request::get(group, versions::RESOURCES), expect, format!("{} is there", group.name()))
    };
    let body = json!({ "location": environment.region, "tags": tags(environment) });
    let others = Expect::Not(Box::new(made_by_insights(group, all)));
    let empty = Check::new(
        Request::get(&group.join("resources"), versions::RESOURCES),
        Expect::Not(Box::new(Expect::Some { list: "/value".to_owned(), item: Box::new(others) })),
        format!("{} is empty", group.name()),
    );
    let mut undo = Undo::by(
        format!("Delete the resource group {}", group.name()),
        "The group is gone; it has to be empty for that.",
        vec![Request::arm(Method::Delete, group, versions::RESOURCES)],
    );
    if let Undo::By(back) = &mut undo {
        back.guard = Some(empty);
    }
    Step::send(
        format!("group-{group}").to_ascii_lowercase(),
        format!("Make the resource group {}", group.name()),
        format!("There is a resource group {} in {}.", group.name(), environment.region),
        Request::arm(Method::Put, group, versions::RESOURCES).body(body),
    )
    .already(there(Expect::Exists))
    .verify(there(Expect::Exists))
    .undo(undo)
    .needs(group, "Microsoft.Resources/subscriptions/resourceGroups/write")
}

pub(super) fn provisioning(environment: &Environment, known: &Known) -> Option<Step> {
    let id = environment.workspace_id();
    let there = known.workspaces.get(&id).and_then(Workspace::managed_network_status);
    let is_active = there == Some(&ManagedNetworkStatus::Active);
    if !environment.provision_now || environment.kind == Kind::Project || is_active {
        return None;
    }
    let active = || {
        Check::new(
            Request::get(&id, versions::WORKSPACES),
            Expect::equals("/properties/managedNetwork/status/status", "Active"),
            "the managed network is active",
        )
    };
    let request = Request::arm(Method::Post, &id.join("provisionManagedNetwork"), versions::WORKSPACES);
    Some(
        Step::send(
            step_id(environment, "provision"),
            format!("Provision the managed network of {}", environment.workspace),
            "The isolation is in force, not only configured. It takes some minutes.",
            request.body(json!({ "includeSpark": false })).repeatable(),
        )
        .already(active())
        .verify(active())
        .undo(Undo::OneWay(
            "a managed network cannot be taken off a workspace again, and goes only with it".to_owned(),
        ))
        .needs(&id, "Microsoft.MachineLearningServices/workspaces/provisionManagedNetwork/action"),
    )
}

pub(super) fn shared_key_off(environment: &Environment) -> Option<Step> {
    if !environment.shared_key_off {
        return None;
    }
    let id = environment.storage.id(&environment.group_id(), STORAGE)?;
    let patch = |allowed: bool| {
        Request::arm(Method::Patch, &id, versions::STORAGE)
            .body(json!({ "properties": { "allowSharedKeyAccess": allowed } }))
            .repeatable()
    };
    let off = Check::new(
        Request::get(&id, versions::STORAGE),
        Expect::equals_or("/properties/allowSharedKeyAccess", false, true),
        "shared keys are off",
    );
    // Who came to the account since the plan was made would be locked out.
    let by_key = Expect::Some { list: "/data".to_owned(), item: Box::new(Expect::Exists) };
    let nobody = Check::new(
        resource_graph::on_keys_on(&id, &[environment.workspace_id()]),
        Expect::Not(Box::new(by_key)),
        format!("no other workspace signs in to {} by key", id.name()),
    );
    Some(
        Step::send(
            step_id(environment, "keys-off"),
            format!("Turn shared keys of {} off", id.name()),
            "The storage account is reached by identity alone.",
            patch(false),
        )
        .already(off.clone())
        .guard(nobody)
        .verify(off)
        .undo(Undo::by(
            format!("Turn shared keys of {} on", id.name()),
            "The storage account is reached by key, too.",
            vec![patch(true)],
        ))
        .needs(&id, "Microsoft.Storage/storageAccounts/write"),
    )
}

/// Whether the workspace is there, read at the end: also when its deployment was done by an earlier run.
pub(super) fn read_back(environment: &Environment) -> Step {
    let check = Check::new(
        Request::get(&environment.workspace_id(), versions::WORKSPACES),
        Expect::equals("/properties/provisioningState", "Succeeded"),
        format!("{} is there", environment.workspace),
    );
    Step::quiet(
        step_id(environment, "read-back"),
        format!("Read {} back", environment.workspace),
        format!("{} is ready.", environment.workspace),
    )
    .verify(check)
}
