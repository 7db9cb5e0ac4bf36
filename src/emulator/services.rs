//! Requests that a provider answers in a way of its own, by their type: what is not a document that is read, put and
//! deleted as [`super::resources`] does it.

use axum::http::Method;
use serde_json::json;

use super::authorization;
use super::budgets;
use super::capacity;
use super::deleted;
use super::identities;
use super::management;
use super::metrics;
use super::names;
use super::path::ProviderPart;
use super::pim;
use super::policy_definitions;
use super::policy_states;
use super::providers;
use super::reply::{Answer, Reply};
use super::request::Call;
use super::role_definitions;
use super::service_lists;
use super::tags;
use super::vaults;
use super::workspace_lists;
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
                || kind == "microsoft.policyinsights/policystates/queryresults"
                || kind == "microsoft.policyinsights/policystates/summarize"
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
            workspace_lists::read(world, call, &kind)
        }
        "microsoft.machinelearningservices/workspaces/onlineendpoints/deployments/skus" => {
            workspace_lists::skus(world, call)
        }
        "microsoft.keyvault/deletedvaults" => deleted::vaults(world, call, None),
        "microsoft.keyvault/locations/deletedvaults" => deleted::vaults(world, call, name(1)),
        "microsoft.managedidentity/identities" => identities::read(world, call),
        "microsoft.operationalinsights/deletedworkspaces" => deleted::logs(world, call),
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
        "microsoft.authorization/policydefinitions" => policy_definitions::read(world, call, name(0)),
        "microsoft.authorization/rolemanagementpolicyassignments"
        | "microsoft.authorization/rolemanagementpolicies" => pim::policies::read(world, call, name(0)),
        "microsoft.authorization/roleassignmentapprovals"
        | "microsoft.authorization/roleassignmentapprovals/stages" => pim::approvals::read(world, call),
        "microsoft.authorization/eligiblechildresources" => pim::children::read(world, call),
        "microsoft.authorization/provideroperations" => providers::operations(name(0)),
        "microsoft.management/getentities" => management::entities(world, call),
        "microsoft.management/managementgroups/subscriptions" => {
            management::subscriptions(world, call, first, name(1))
        }
        kind if kind.ends_with("/resourcetypes") && part.types.len() == 1 => {
            providers::types(world, call, &part.namespace)
        }
        "microsoft.management/managementgroups/descendants" => management::descendants(world, call, first),
        kind => return service_lists::read(world, call, kind),
    })
}

/// Answers what may change something; `None` for what is an ordinary document or action.
pub(super) fn write(world: &mut World, call: &Call, part: &ProviderPart) -> Option<Answer> {
    let kind = lower(part);
    let name = |at: usize| part.names.get(at).map_or("", String::as_str);
    let post = call.method == Method::POST;
    let puts = matches!(call.method, Method::PUT | Method::DELETE) && !part.is_open();
    Some(match kind.as_str() {
        "microsoft.keyvault/vaults/accesspolicies" if !part.is_open() => {
            vaults::change_policies(world, call, name(1))
        }
        "microsoft.keyvault/locations/deletedvaults/purge" if post => {
            deleted::purge_vault(world, call, name(1))
        }
        "microsoft.machinelearningservices/locations/updatequotas" if post => {
            capacity::update_quotas(world, call)
        }
        "microsoft.resources/tags" if !post => tags::write(world, call),
        "microsoft.policyinsights/policystates/triggerevaluation" if post => {
            policy_states::trigger(world, call)
        }
        "microsoft.consumption/budgets" if puts => budgets::write(world, call, name(0)),
        "microsoft.authorization/roledefinitions" if puts => role_definitions::write(world, call, name(0)),
        "microsoft.authorization/policyassignments" if puts => {
            policy_definitions::write(world, call, "policyAssignments", name(0))
        }
        "microsoft.authorization/policydefinitions" if puts => {
            policy_definitions::write(world, call, "policyDefinitions", name(0))
        }
        "microsoft.authorization/rolemanagementpolicies" if call.method == Method::PATCH => {
            pim::policies::update(world, call, name(0))
        }
        "microsoft.authorization/rolemanagementpolicyassignments" if puts => {
            pim::policies::assign(world, call, name(0))
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
