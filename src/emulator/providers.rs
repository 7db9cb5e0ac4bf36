//! Resource providers and their registration in subscriptions.
//!
//! Every provider that is imitated here is registered everywhere and no other one is, unless a document
//! `/subscriptions/{s}/providers/{namespace}` of type `Microsoft.Resources/providers` says otherwise.

use axum::http::Method;
use serde_json::{Value, json};

use super::authorization;
use super::hierarchy::LOCATIONS;
use super::operations::{Effect, Operation, Outcome, due_from};
use super::path::ProviderPart;
use super::reply::{Answer, ArmError, Reply};
use super::request::Call;
use super::types::{KINDS, namespaces};
use super::world::World;

/// The type of documents that tell how far a registration is.
const KIND: &str = "Microsoft.Resources/providers";
/// How long a registration takes, in milliseconds.
const REGISTERING: u64 = 15_000;
/// Namespaces that nobody registers.
const FREE: [&str; 7] = [
    "Microsoft.Resources",
    "Microsoft.Authorization",
    "Microsoft.Management",
    "Microsoft.Consumption",
    "Microsoft.PolicyInsights",
    "Microsoft.ResourceGraph",
    "Microsoft.Features",
];

/// Namespaces that every subscription lists, and that nothing here is particular about: clients look for them, and for
/// how far they are registered, before anything else. What is made of them is kept as it was sent.
#[rustfmt::skip]
const OTHERS: [&str; 73] = [
    "Microsoft.Advisor", "Microsoft.ApiManagement", "Microsoft.App", "Microsoft.AppConfiguration", "Microsoft.AppPlatform",
    "Microsoft.Automation", "Microsoft.AVS", "Microsoft.Batch", "Microsoft.Billing", "Microsoft.Blueprint", "Microsoft.BotService",
    "Microsoft.Cache", "Microsoft.Cdn", "Microsoft.Communication", "Microsoft.Compute", "Microsoft.ContainerInstance",
    "Microsoft.ContainerService", "Microsoft.CostManagement", "Microsoft.CustomProviders", "Microsoft.Dashboard",
    "Microsoft.Databricks", "Microsoft.DataFactory", "Microsoft.DataLakeAnalytics", "Microsoft.DataLakeStore",
    "Microsoft.DataMigration", "Microsoft.DataProtection", "Microsoft.DBforMariaDB", "Microsoft.DBforMySQL",
    "Microsoft.DBforPostgreSQL", "Microsoft.DesktopVirtualization", "Microsoft.Devices", "Microsoft.DevTestLab",
    "Microsoft.DocumentDB", "Microsoft.EventGrid", "Microsoft.EventHub", "Microsoft.Features", "Microsoft.GuestConfiguration",
    "Microsoft.HDInsight", "Microsoft.HealthcareApis", "Microsoft.Kubernetes", "Microsoft.KubernetesConfiguration",
    "Microsoft.Kusto", "Microsoft.Logic", "Microsoft.Maintenance", "Microsoft.ManagedServices", "Microsoft.Maps",
    "Microsoft.MarketplaceOrdering", "Microsoft.MixedReality", "Microsoft.Monitor", "Microsoft.NetApp",
    "Microsoft.NotificationHubs", "Microsoft.PolicyInsights", "Microsoft.Portal", "Microsoft.PowerBIDedicated",
    "Microsoft.Purview", "Microsoft.RecoveryServices", "Microsoft.Relay", "Microsoft.ResourceHealth", "Microsoft.Security",
    "Microsoft.SecurityInsights", "Microsoft.ServiceBus", "Microsoft.ServiceFabric", "Microsoft.ServiceLinker",
    "Microsoft.SignalRService", "Microsoft.Solutions", "Microsoft.Sql", "Microsoft.StorageSync", "Microsoft.StreamAnalytics",
    "Microsoft.Support", "Microsoft.Synapse", "Microsoft.TimeSeriesInsights", "Microsoft.Web", "Microsoft.Workloads",
];

/// The spelling of a namespace that is known.
fn known(namespace: &str) -> Option<&'static str> {
    let here = KINDS.iter().filter_map(|kind| kind.name.split('/').next());
    here.chain(OTHERS).find(|known| known.eq_ignore_ascii_case(namespace))
}

/// The spelling of a namespace of which documents are kept as they are sent.
pub(super) fn other(namespace: &str) -> Option<&'static str> {
    OTHERS.into_iter().find(|known| known.eq_ignore_ascii_case(namespace))
}

fn is_free(namespace: &str) -> bool {
    FREE.iter().any(|free| free.eq_ignore_ascii_case(namespace))
}

/// How far the registration of a namespace is; the scope is a subscription's id, or empty for the tenant.
fn state(world: &World, scope: &str, namespace: &str) -> String {
    let document =
        (!scope.is_empty()).then(|| world.store.get(&format!("{scope}/providers/{namespace}"))).flatten();
    let usual =
        if other(namespace).is_some_and(|other| !is_free(other)) { "NotRegistered" } else { "Registered" };
    document.and_then(|document| document["registrationState"].as_str()).unwrap_or(usual).to_owned()
}

/// All resource providers, as a subscription or the tenant lists them.
pub(super) fn all(world: &World, scope: &str) -> Vec<Value> {
    let mut all: Vec<&str> = namespaces().into_iter().chain(OTHERS).collect();
    all.sort_unstable();
    all.into_iter().map(|namespace| shown(world, scope, namespace)).collect()
}

fn shown(world: &World, scope: &str, namespace: &str) -> Value {
    let types: Vec<Value> = KINDS
        .iter()
        .filter_map(|kind| kind.name.strip_prefix(namespace)?.strip_prefix('/'))
        .map(|name| {
            json!({
                "resourceType": name, "locations": LOCATIONS.iter().map(|row| row.1).collect::<Vec<_>>(),
                "apiVersions": ["2025-06-01", "2024-10-01-preview", "2024-10-01", "2024-04-01", "2023-04-01", "2022-04-01"],
                "capabilities": "SupportsTags, SupportsLocation"
            })
        })
        .collect();
    json!({
        "id": format!("{scope}/providers/{namespace}"), "namespace": namespace, "resourceTypes": types,
        "registrationState": state(world, scope, namespace),
        "registrationPolicy": if is_free(namespace) { "RegistrationFree" } else { "RegistrationRequired" }
    })
}

fn scope_of(call: &Call) -> String {
    call.path.subscription.as_ref().map_or_else(String::new, |id| format!("/subscriptions/{id}"))
}

fn no_namespace(namespace: &str) -> ArmError {
    ArmError::not_found(
        "InvalidResourceNamespace",
        format!("The resource namespace '{namespace}' is invalid."),
    )
}

/// Answers GET of one provider.
///
/// # Errors
/// For a namespace that is not known.
pub(super) fn one(world: &World, call: &Call, namespace: &str) -> Answer {
    world.containers(call, "Microsoft.Resources/subscriptions/providers/read")?;
    let known = known(namespace).ok_or_else(|| no_namespace(namespace))?;
    Ok(Reply::ok(&shown(world, &scope_of(call), known)))
}

/// Answers GET of the `resourceTypes` of a provider.
///
/// # Errors
/// For a namespace that is not known.
pub(super) fn types(world: &World, call: &Call, namespace: &str) -> Answer {
    world.containers(call, "Microsoft.Resources/subscriptions/providers/read")?;
    let known = known(namespace).ok_or_else(|| no_namespace(namespace))?;
    Ok(Reply::ok(&json!({ "value": shown(world, &scope_of(call), known)["resourceTypes"] })))
}

/// Answers `POST .../providers/{namespace}/register` and `unregister`; `None` for anything else.
pub(super) fn write(world: &mut World, call: &Call, part: &ProviderPart) -> Option<Answer> {
    let word = match (part.types.as_slice(), part.names.as_slice()) {
        ([word], []) if call.method == Method::POST && call.path.group.is_none() => word.to_ascii_lowercase(),
        _ => return None,
    };
    match word.as_str() {
        "register" => Some(change(world, call, &part.namespace, "register", "Registering", "Registered")),
        "unregister" => {
            Some(change(world, call, &part.namespace, "unregister", "Unregistering", "NotRegistered"))
        }
        _ => None,
    }
}

fn change(
    world: &mut World,
    call: &Call,
    namespace: &str,
    verb: &str,
    meanwhile: &str,
    then: &str,
) -> Answer {
    let known = known(namespace).ok_or_else(|| no_namespace(namespace))?;
    let action = format!("{known}/{verb}/action");
    world.containers(call, &action)?;
    let scope = scope_of(call);
    world.allow(call, &action, &scope)?;
    authorization::unlocked(world, call, &format!("{scope}/providers/{known}"), false)?;
    if is_free(known) || state(world, &scope, known) == then {
        return Ok(Reply::ok(&shown(world, &scope, known)));
    }
    let id = format!("{scope}/providers/{known}");
    world.put(json!({ "id": id, "name": known, "type": KIND, "registrationState": meanwhile }));
    let operation = uuid::Uuid::new_v4().to_string();
    let began = Operation {
        path: format!("{scope}/operationresults/{operation}"),
        location_only: false,
        resource: id.clone(),
        began: call.now.clone(),
        effect: Effect::Merge(id, json!({ "registrationState": then })),
        outcome: Outcome::Nothing,
        done: false,
        due: Some(due_from(world.at, REGISTERING, world.settings.speed)),
    };
    world.operations.begin(&operation, began);
    Ok(Reply::ok(&shown(world, &scope, known)))
}

/// Refuses to create what a subscription has not registered the provider of. Clients register it then by themselves.
///
/// # Errors
/// 409 MissingSubscriptionRegistration.
pub(super) fn registered(world: &World, call: &Call, namespace: &str) -> Result<(), ArmError> {
    if is_free(namespace) || state(world, &scope_of(call), namespace) == "Registered" {
        return Ok(());
    }
    let message = format!(
        "The subscription is not registered to use namespace '{namespace}'. See https://aka.ms/rps-not-found for how to register subscriptions."
    );
    let detail =
        json!({ "code": "MissingSubscriptionRegistration", "target": namespace, "message": message });
    Err(ArmError::conflict("MissingSubscriptionRegistration", message).detail(detail))
}

/// A deployment registers the providers of its resources, where its caller may.
pub(super) fn register_for_deployment(world: &mut World, call: &Call, namespace: &str) {
    let (scope, Some(known)) = (scope_of(call), known(namespace)) else { return };
    let may = world.reader(call).judge(&format!("{known}/register/action"), &scope, false).is_allowed();
    if may && registered(world, call, known).is_err() {
        let id = format!("{scope}/providers/{known}");
        world.put(json!({ "id": id, "name": known, "type": KIND, "registrationState": "Registered" }));
    }
}

/// Answers `providerOperations`: the actions of the providers in the table of types, for pickers of actions.
///
/// # Errors
/// 404 for a namespace that is not known.
pub(super) fn operations(namespace: Option<&str>) -> Answer {
    let namespaces = namespaces();
    let described = |namespace: &str| {
        let types = KINDS
            .iter()
            .filter_map(|kind| Some((kind, kind.name.strip_prefix(namespace)?.strip_prefix('/')?)));
        let types: Vec<Value> = types
            .map(|(kind, name)| {
                let verbs = ["read", "write", "delete"].map(|verb| (format!("{}/{verb}", kind.name), verb));
                let actions = kind.actions.iter().map(|action| (action.right(kind.name), action.name));
                let operations: Vec<Value> = verbs
                    .into_iter()
                    .chain(actions)
                    .map(|(name, display)| json!({ "name": name, "displayName": display, "description": "", "isDataAction": false }))
                    .collect();
                json!({ "name": name, "displayName": name, "operations": operations })
            })
            .collect();
        json!({
            "id": format!("/providers/Microsoft.Authorization/providerOperations/{namespace}"), "name": namespace,
            "type": "Microsoft.Authorization/providerOperations", "displayName": namespace, "resourceTypes": types, "operations": []
        })
    };
    match namespace {
        None => Ok(Reply::ok(
            &json!({ "value": namespaces.iter().map(|name| described(name)).collect::<Vec<_>>() }),
        )),
        Some(wanted) => {
            let known = namespaces.into_iter().find(|known| known.eq_ignore_ascii_case(wanted));
            known.map(|known| Reply::ok(&described(known))).ok_or_else(|| {
                ArmError::not_found(
                    "ProviderNotFound",
                    format!("The provider '{wanted}' could not be found."),
                )
            })
        }
    }
}
