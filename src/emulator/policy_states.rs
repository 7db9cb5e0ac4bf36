//! What Policy Insights says of resources: `policyStates/latest/queryResults` and `summarize`.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::odata::{Filter, FilterError};
use super::operations::{Effect, Outcome};
use super::page::{Paging, page};
use super::policy::in_force;
use super::reply::{Answer, ArmError, Reply};
use super::request::Call;
use super::resources;
use super::store::{id_of, key};
use super::types::{PLAIN, Poll, Write};
use super::world::World;

/// ARM's 400 for a filter that is not understood.
pub(super) fn refuse(error: &FilterError) -> ArmError {
    ArmError::bad_request("InvalidFilterInQueryString", error.to_string())
}

/// Every resource below a scope against every assignment in force there.
pub(super) fn states(world: &World, call: &Call, scope: &str) -> Vec<Value> {
    let reader = world.reader(call);
    let question = reader.asking("Microsoft.PolicyInsights/policyStates/queryResults/read", false);
    let own = world.store.get(scope).into_iter();
    let at = key(scope);
    let resources = own.chain(world.store.below(&at).map(|(_, document)| document)).filter(|document| {
        let slashes = id_of(document).matches('/').count();
        (slashes == 4 || slashes == 8) && document["type"].is_string() && question.is_allowed(id_of(document))
    });
    let mut rows = Vec::new();
    for document in resources {
        let id = id_of(document);
        for one in in_force(world, id) {
            let Some(hit) = one.concerns(document) else { continue };
            let properties = &one.assignment["properties"];
            rows.push(json!({
                "timestamp": call.now, "resourceId": id.to_ascii_lowercase(),
                "policyAssignmentId": id_of(one.assignment).to_ascii_lowercase(),
                "policyDefinitionId": id_of(one.definition).to_ascii_lowercase(),
                "effectiveParameters": "", "isCompliant": !hit,
                "subscriptionId": id.split('/').nth(2), "resourceType": document["type"],
                "resourceLocation": document["location"], "resourceGroup": id.split('/').nth(4).map(str::to_lowercase),
                "resourceTags": "tbd", "policyAssignmentName": one.assignment["name"],
                "policyAssignmentOwner": "tbd", "policyAssignmentParameters": properties["parameters"].to_string(),
                "policyAssignmentScope": id_of(one.assignment).split("/providers/Microsoft.Authorization/").next(),
                "policyDefinitionName": one.definition["name"], "policyDefinitionAction": one.effect,
                "policyDefinitionCategory": "tbd", "policySetDefinitionId": "", "policySetDefinitionName": "",
                "policySetDefinitionOwner": "", "policySetDefinitionCategory": "", "policySetDefinitionParameters": "",
                "managementGroupIds": "", "policyDefinitionReferenceId": "",
                "complianceState": if hit { "NonCompliant" } else { "Compliant" }
            }));
        }
    }
    rows
}

/// Answers `triggerEvaluation`, which takes its time and changes nothing here: states are worked out when they are asked for.
///
/// # Errors
/// ARM's refusals.
pub(super) fn trigger(world: &mut World, call: &Call) -> Answer {
    const TRIGGER: Write =
        Write { created: 202, replaced: 202, body: false, poll: Poll::Location, millis: 60_000 };
    let action = "Microsoft.PolicyInsights/policyStates/triggerEvaluation/action";
    world.containers(call, action)?;
    world.allow(call, action, &call.path.scope())?;
    let reply = Reply::empty(StatusCode::ACCEPTED);
    Ok(resources::begin(world, call, &PLAIN, TRIGGER, reply, Effect::None, Outcome::Nothing))
}

/// What a state can be filtered and ordered by: the members of a row.
const COLUMNS: &str = "timestamp resourceId policyAssignmentId policyDefinitionId effectiveParameters isCompliant \
    subscriptionId resourceType resourceLocation resourceGroup resourceTags policyAssignmentName policyAssignmentOwner \
    policyAssignmentParameters policyAssignmentScope policyDefinitionName policyDefinitionAction \
    policyDefinitionCategory policySetDefinitionId policySetDefinitionName policySetDefinitionOwner \
    policySetDefinitionCategory policySetDefinitionParameters managementGroupIds policyDefinitionReferenceId \
    complianceState";

/// What a query asks, carried out: `$filter`, `$orderby` and `$select`; `$apply` is not known here.
fn shaped(call: &Call, mut rows: Vec<Value>) -> Result<Vec<Value>, ArmError> {
    if call.query.get("$apply").is_some() {
        return Err(ArmError::bad_request(
            "InvalidQueryParameter",
            "The $apply of this query is not supported.",
        ));
    }
    let known = |name: &str| {
        COLUMNS.split_whitespace().find(|column| column.eq_ignore_ascii_case(name)).ok_or_else(|| {
            ArmError::bad_request(
                "InvalidFilterInQueryString",
                format!("The property '{name}' does not exist."),
            )
        })
    };
    if let Some(text) = call.query.get("$filter").filter(|text| !text.trim().is_empty()) {
        let filter = Filter::parse(text).map_err(|error| refuse(&error))?;
        for term in filter.all() {
            known(term.property().unwrap_or(text))?;
        }
        rows.retain(|row| filter.matches(row));
    }
    if let Some(order) = call.query.get("$orderby") {
        let mut words = order.split_whitespace();
        let name = known(words.next().unwrap_or_default())?;
        rows.sort_by_key(|row| row[name].to_string());
        if words.next().is_some_and(|word| word.eq_ignore_ascii_case("desc")) {
            rows.reverse();
        }
    }
    if let Some(top) = call.query.get("$top").and_then(|top| top.parse().ok()) {
        rows.truncate(top);
    }
    Ok(rows)
}

/// Answers `POST {scope}/providers/Microsoft.PolicyInsights/policyStates/latest/queryResults`.
///
/// # Errors
/// ARM's refusals; 400 for a query that is not understood.
pub(super) fn query(world: &World, call: &Call) -> Answer {
    let scope = call.path.scope();
    let action = "Microsoft.PolicyInsights/policyStates/queryResults/action";
    world.containers(call, action)?;
    let context = format!(
        "https://management.azure.com{scope}/providers/Microsoft.PolicyInsights/policyStates/$metadata#latest"
    );
    let select = call.query.get("$select").map(|names| names.split(',').map(str::trim).collect::<Vec<_>>());
    let rows: Vec<Value> = shaped(call, states(world, call, &scope))?
        .into_iter()
        .map(|row| {
            let mut shown = Map::new();
            shown.insert("@odata.id".to_owned(), Value::Null);
            shown.insert("@odata.context".to_owned(), Value::from(format!("{context}/$entity")));
            let fields = row.as_object().cloned().unwrap_or_default();
            shown.extend(fields.into_iter().filter(|(name, _)| {
                select
                    .as_ref()
                    .is_none_or(|names| names.iter().any(|wanted| wanted.eq_ignore_ascii_case(name)))
            }));
            Value::Object(shown)
        })
        .collect();
    let paging = Paging {
        link: "@odata.nextLink",
        context: Some(context),
        count: Some(rows.len()),
        ..Paging::arm(world.settings.page_size)
    };
    page(call, &rows, &paging)
}

/// Answers `summarize`.
///
/// # Errors
/// ARM's refusals.
pub(super) fn summarize(world: &World, call: &Call) -> Answer {
    let scope = call.path.scope();
    world.containers(call, "Microsoft.PolicyInsights/policyStates/summarize/action")?;
    let rows = shaped(call, states(world, call, &scope))?;
    let bad: Vec<&Value> = rows.iter().filter(|row| row["isCompliant"] == false).collect();
    let count = |rows: &[&Value], name: &str| {
        rows.iter().map(|row| row[name].to_string()).collect::<std::collections::HashSet<_>>().len()
    };
    let results = |rows: &[&Value]| {
        json!({
            "queryResultsUri": format!("https://management.azure.com{scope}/providers/Microsoft.PolicyInsights/policyStates/latest/queryResults"),
            "nonCompliantResources": count(rows, "resourceId"), "nonCompliantPolicies": count(rows, "policyDefinitionId"),
            "resourceDetails": [], "policyDetails": [], "policyGroupDetails": []
        })
    };
    let mut by_assignment: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for row in &bad {
        by_assignment.entry(row["policyAssignmentId"].as_str().unwrap_or_default()).or_default().push(row);
    }
    let assignments: Vec<Value> = by_assignment
        .iter()
        .map(|(id, rows)| {
            let definitions: Vec<Value> = rows
                .first()
                .map(|row| json!({ "policyDefinitionId": row["policyDefinitionId"], "effect": row["policyDefinitionAction"], "policyDefinitionReferenceId": "", "results": results(rows) }))
                .into_iter()
                .collect();
            json!({ "policyAssignmentId": id, "policySetDefinitionId": "", "results": results(rows), "policyDefinitions": definitions, "policyGroups": [] })
        })
        .collect();
    Ok(Reply::ok(&json!({ "@odata.count": 1, "value": [{
        "@odata.id": null, "@odata.context": null, "results": results(&bad), "policyAssignments": assignments
    }]})))
}
