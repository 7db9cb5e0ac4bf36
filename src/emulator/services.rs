//! Requests that a provider answers in a way of its own, by their type: what is not a document that is read, put and
//! deleted as [`super::resources`] does it.

use axum::http::Method;
use serde_json::{Value, json};

use super::authorization;
use super::budgets;
use super::capacity;
use super::deleted;
use super::management;
use super::metrics;
use super::names;
use super::path::ProviderPart;
use super::pim;
use super::policy_states;
use super::reply::{Answer, ArmError, Reply};
use super::request::Call;
use super::role_definitions;
use super::tags;
use super::types::KINDS;
use super::world::World;

/// A type in lower case: `namespace/type/child`.
fn lower(part: &ProviderPart) -> String {
    part.full_type().to_ascii_lowercase()
}

/// Whether a POST changes nothing.
pub(super) fn only_reads(call: &Call) -> bool {
    call.method == Method::POST
        && call.path.last().is_some_and(|part| {
            let kind = lower(part);
            kind.ends_with("/checknameavailability")
                || kind.starts_with("microsoft.policyinsights/policystates/")
                || kind == "microsoft.management/getentities"
        })
}

/// Answers what only reads; `None` for what is an ordinary document or list.
pub(super) fn read(world: &World, call: &Call, part: &ProviderPart) -> Option<Answer> {
    let kind = lower(part);
    let name = |at: usize| part.names.get(at).map(String::as_str);
    let first = name(0).unwrap_or_default();
    Some(match kind.as_str() {
        kind if kind.ends_with("/checknameavailability") => names::check(world, call, &part.namespace),
        "microsoft.machinelearningservices/locations/usages" => capacity::usages(world, call, first),
        "microsoft.machinelearningservices/locations/quotas" => capacity::quotas(world, call, first),
        "microsoft.machinelearningservices/locations/vmsizes" => capacity::sizes(world, call),
        "microsoft.machinelearningservices/workspaces/features"
        | "microsoft.machinelearningservices/workspaces/privatelinkresources"
        | "microsoft.machinelearningservices/workspaces/outboundnetworkdependenciesendpoints" => {
            of_workspace(world, call, &kind)
        }
        "microsoft.machinelearningservices/workspaces/onlineendpoints/deployments/skus" => skus(world, call),
        "microsoft.keyvault/deletedvaults" => deleted::vaults(world, call, None),
        "microsoft.keyvault/locations/deletedvaults" => deleted::vaults(world, call, name(1)),
        "microsoft.managedidentity/identities" => own_identity(world, call),
        "microsoft.operationalinsights/deletedworkspaces" => Ok(Reply::ok(&json!({ "value": [] }))),
        "microsoft.insights/metrics" => metrics::values(world, call),
        "microsoft.insights/metricdefinitions" => metrics::definitions(world, call),
        "microsoft.insights/eventcategories" => {
            let all = ["Administrative", "Security", "ServiceHealth", "Alert", "Recommendation", "Policy"];
            let list = all.map(|value| json!({ "value": value, "localizedValue": value }));
            Ok(Reply::ok(&json!({ "value": list })))
        }
        "microsoft.consumption/budgets" => budgets::read(world, call, name(0)),
        "microsoft.resources/tags" => tags::read(world, call),
        "microsoft.policyinsights/policystates/queryresults" => policy_states::query(world, call),
        "microsoft.policyinsights/policystates/summarize" => policy_states::summarize(world, call),
        "microsoft.authorization/policydefinitions" => policy_states::definitions(world, call, name(0)),
        "microsoft.authorization/rolemanagementpolicyassignments"
        | "microsoft.authorization/rolemanagementpolicies" => pim::policies::read(world, call, name(0)),
        "microsoft.authorization/roleassignmentapprovals"
        | "microsoft.authorization/roleassignmentapprovals/stages" => pim::approvals::read(world, call),
        "microsoft.authorization/provideroperations" => provider_operations(name(0)),
        "microsoft.management/getentities" => management::entities(world, call),
        "microsoft.management/managementgroups/descendants" => management::descendants(world, call, first),
        _ => return None,
    })
}

/// Answers what may change something; `None` for what is an ordinary document or action.
pub(super) fn write(world: &mut World, call: &Call, part: &ProviderPart) -> Option<Answer> {
    let kind = lower(part);
    let name = |at: usize| part.names.get(at).map_or("", String::as_str);
    let post = call.method == Method::POST;
    let puts = matches!(call.method, Method::PUT | Method::DELETE) && !part.is_open();
    Some(match kind.as_str() {
        "microsoft.keyvault/locations/deletedvaults/purge" if post => {
            deleted::purge_vault(world, call, name(1))
        }
        "microsoft.machinelearningservices/locations/updatequotas" if post => {
            capacity::update_quotas(world, call)
        }
        "microsoft.resources/tags" if !post => tags::write(world, call),
        "microsoft.consumption/budgets" if puts => budgets::write(world, call, name(0)),
        "microsoft.authorization/roledefinitions" if puts => role_definitions::write(world, call, name(0)),
        "microsoft.authorization/policyassignments" if puts => {
            policy_states::write(world, call, "policyAssignments", name(0))
        }
        "microsoft.authorization/policydefinitions" if puts => {
            policy_states::write(world, call, "policyDefinitions", name(0))
        }
        "microsoft.authorization/rolemanagementpolicies" if call.method == Method::PATCH => {
            pim::policies::update(world, call, name(0))
        }
        "microsoft.authorization/roleassignmentapprovals/stages" if call.method == Method::PATCH => {
            pim::approvals::decide(world, call, name(0), name(1))
        }
        "microsoft.management/managementgroups" if !post && !part.is_open() => {
            management::write(world, call, name(0), None)
        }
        "microsoft.management/managementgroups/subscriptions" if puts => {
            management::write(world, call, name(0), Some(name(1)))
        }
        _ => {
            let of = part.types.first().and_then(|first| pim::family(first));
            let ours = part.namespace.eq_ignore_ascii_case(authorization::NAMESPACE);
            let (family, word) = of.filter(|_| ours)?;
            let action = part.types.get(1).map(|last| last.to_ascii_lowercase());
            match (word, &call.method, action.as_deref()) {
                ("ScheduleRequests", &Method::PUT, None) if !part.is_open() => {
                    pim::requests::put(world, call, family, name(0))
                }
                ("ScheduleRequests", &Method::POST, Some("cancel")) => {
                    pim::requests::cancel(world, call, family)
                }
                ("ScheduleRequests", &Method::POST, Some("validate")) => {
                    pim::requests::validate(world, call, family, name(0))
                }
                _ => return None,
            }
        }
    })
}

/// The workspace that a list is about.
fn workspace<'a>(world: &'a World, call: &Call, what: &str) -> Result<&'a Value, ArmError> {
    let action = format!("Microsoft.MachineLearningServices/workspaces/{what}/read");
    let id = call.path.without_last();
    world.containers(call, &action)?;
    world.allow(call, &action, &id)?;
    world.store.get(&id).map(|document| &**document).ok_or_else(|| {
        ArmError::not_found(
            "ParentResourceNotFound",
            format!(
                "Can not perform requested operation on nested resource. Parent resource '{}' not found.",
                id.rsplit('/').next().unwrap_or_default()
            ),
        )
    })
}

fn of_workspace(world: &World, call: &Call, kind: &str) -> Answer {
    let what = kind.rsplit('/').next().unwrap_or_default();
    let document = workspace(world, call, what)?;
    Ok(Reply::ok(&match what {
        "features" => json!({ "value": [] }),
        "privatelinkresources" => json!({ "value": [{
            "id": format!("{}/privateLinkResources/amlworkspace", super::store::id_of(document)), "name": "amlworkspace",
            "type": "Microsoft.MachineLearningServices/workspaces/privateLinkResources", "location": document["location"],
            "properties": {
                "groupId": "amlworkspace", "requiredMembers": ["default", "notebook"],
                "requiredZoneNames": ["privatelink.api.azureml.ms", "privatelink.notebooks.azure.net"]
            }
        }]}),
        _ => {
            let endpoint = |name: &str| json!({ "domainName": name, "endpointDetails": [{ "port": 443 }] });
            let location = document["location"].as_str().unwrap_or_default();
            json!({ "value": [{ "properties": { "category": "Azure Machine Learning", "endpoints": [
                endpoint(&format!("{location}.api.azureml.ms")), endpoint("ml.azure.com"), endpoint("mcr.microsoft.com")
            ]}}]})
        }
    }))
}

/// The system-assigned identity of a resource.
fn own_identity(world: &World, call: &Call) -> Answer {
    let action = "Microsoft.ManagedIdentity/identities/read";
    let scope = call.path.scope();
    world.containers(call, action)?;
    world.allow(call, action, &scope)?;
    let resource = world.store.get(&scope).filter(|resource| resource["identity"]["principalId"].is_string());
    let Some(resource) = resource else {
        return Err(ArmError::not_found(
            "IdentityNotFound",
            format!("The resource '{scope}' has no identity of its own."),
        ));
    };
    let principal = resource["identity"]["principalId"].as_str().unwrap_or_default();
    Ok(Reply::ok(&json!({
        "id": call.path.id(), "name": "default", "type": "Microsoft.ManagedIdentity/identities", "location": resource["location"],
        "properties": {
            "tenantId": world.store.tenant_id(), "principalId": principal, "clientId": super::defaults::guid(principal, "client"),
            "clientSecretUrl": ""
        }
    })))
}

fn skus(world: &World, call: &Call) -> Answer {
    let action = "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments/skus/read";
    let id = call.path.without_last();
    world.containers(call, action)?;
    world.allow(call, action, &id)?;
    let capacity = json!({ "minimum": 1, "maximum": 50, "default": 1, "scaleType": "Manual" });
    Ok(Reply::ok(&json!({ "value": [{
        "resourceType": "Microsoft.MachineLearning.Services/endpoints/deployments",
        "sku": { "name": "Default", "tier": "Standard" }, "capacity": capacity
    }]})))
}

/// The actions of the providers in the table of types, for pickers of actions.
fn provider_operations(namespace: Option<&str>) -> Answer {
    let mut namespaces: Vec<&str> = KINDS.iter().filter_map(|kind| kind.name.split('/').next()).collect();
    namespaces.sort_unstable();
    namespaces.dedup();
    let described = |namespace: &str| {
        let types = KINDS
            .iter()
            .filter_map(|kind| Some((kind, kind.name.strip_prefix(namespace)?.strip_prefix('/')?)));
        let types: Vec<Value> = types
            .map(|(kind, name)| {
                let verbs = ["read", "write", "delete"].map(str::to_owned).into_iter();
                let actions = kind.actions.iter().map(|action| format!("{}/action", action.name));
                let operations: Vec<Value> = verbs
                    .chain(actions)
                    .map(|verb| json!({ "name": format!("{}/{verb}", kind.name), "displayName": verb, "description": "", "isDataAction": false }))
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
