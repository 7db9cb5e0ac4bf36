//! Tenants, management groups, subscriptions, locations, providers, resource groups, generic lists, activity log.

use std::collections::HashMap;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::access::Question;
use super::authorization;
use super::defaults;
use super::members::member;
use super::merge::lay_over;
use super::odata::{Filter, Term};
use super::operations::Outcome;
use super::page::{Paging, page};
use super::policy;
use super::providers;
use super::reply::{Answer, ArmError, Reply};
use super::request::Call;
use super::resources;
use super::spelling;
use super::store::{id_of, is_extension, key};
use super::tags;
use super::types;
use super::world::World;

/// The action prefix of resource groups: not their type's name.
const GROUPS: &str = "Microsoft.Resources/subscriptions/resourceGroups";

/// Regions that the emulated tenant may use: name, display name, geography, the paired region, where it is.
pub(super) const LOCATIONS: [(&str, &str, &str, &str, &str); 12] = [
    ("eastus", "East US", "US", "westus", "Virginia"),
    ("eastus2", "East US 2", "US", "centralus", "Virginia"),
    ("westus2", "West US 2", "US", "westcentralus", "Washington"),
    ("westus3", "West US 3", "US", "eastus", "Phoenix"),
    ("northeurope", "North Europe", "Europe", "westeurope", "Ireland"),
    ("westeurope", "West Europe", "Europe", "northeurope", "Netherlands"),
    ("germanywestcentral", "Germany West Central", "Germany", "germanynorth", "Frankfurt"),
    ("francecentral", "France Central", "France", "francesouth", "Paris"),
    ("swedencentral", "Sweden Central", "Sweden", "swedensouth", "Gävle"),
    ("switzerlandnorth", "Switzerland North", "Switzerland", "switzerlandwest", "Zurich"),
    ("uksouth", "UK South", "UK", "ukwest", "London"),
    ("japaneast", "Japan East", "Japan", "japanwest", "Tokyo, Saitama"),
];

fn arm_page(world: &World, call: &Call, items: &[Value]) -> Answer {
    page(call, items, &Paging::arm(world.settings.page_size))
}

/// Answers GET of the tenant-level lists: `/tenants`, `/subscriptions`, `/providers`.
///
/// # Errors
/// For a list that does not exist.
pub(super) fn tenant_level(world: &World, call: &Call, word: &str) -> Answer {
    match word.to_ascii_lowercase().as_str() {
        "tenants" => arm_page(world, call, std::slice::from_ref(&world.store.tenant)),
        "subscriptions" => {
            let reader = world.reader(call);
            let mut shown: Vec<&Value> = Vec::new();
            for subscription in world.store.subscriptions() {
                if reader.touches(id_of(subscription)) {
                    shown.push(subscription);
                }
            }
            page(call, &shown, &Paging::arm(world.settings.page_size))
        }
        "providers" => arm_page(world, call, &providers::all(world, "")),
        _ => Err(no_route(call)),
    }
}

/// ARM's answer to a path that it has nothing under.
pub(super) fn no_route(call: &Call) -> ArmError {
    ArmError::not_found(
        "NotFound",
        format!("No HTTP resource was found that matches the request URI '{}{}'.", call.base, call.path.id()),
    )
}

/// Answers GET of a subscription or of one of its own lists.
///
/// # Errors
/// ARM's refusals.
pub(super) fn subscription(world: &World, call: &Call, rest: &[String]) -> Answer {
    let id = call.path.subscription.clone().unwrap_or_default();
    let scope = format!("/subscriptions/{id}");
    let words: Vec<String> = rest.iter().map(|word| word.to_ascii_lowercase()).collect();
    let action = match words.first().map(String::as_str) {
        Some("resourcegroups") => format!("{GROUPS}/read"),
        Some("resources") => "Microsoft.Resources/subscriptions/resources/read".to_owned(),
        _ => "Microsoft.Resources/subscriptions/read".to_owned(),
    };
    world.containers(call, &action)?;
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => match world.store.get(&scope) {
            Some(document) => Ok(Reply::ok(&**document)),
            None => Err(no_route(call)),
        },
        ["resourcegroups"] => groups(world, call, &scope),
        ["resources"] => generic(world, call, &scope),
        ["locations"] => {
            let list: Vec<Value> = LOCATIONS.iter().map(|row| location(&scope, row)).collect();
            Ok(Reply::ok(&json!({ "value": list })))
        }
        ["providers"] => arm_page(world, call, &providers::all(world, &scope)),
        ["operationresults", operation] => poll(world, call, operation, true),
        ["tagnames"] => tags::names(world, call, &scope),
        _ => Err(no_route(call)),
    }
}

fn location(scope: &str, row: &(&str, &str, &str, &str, &str)) -> Value {
    let (name, display, geography, pair, place) = row;
    json!({
        "id": format!("{scope}/locations/{name}"), "name": name, "type": "Region", "displayName": display,
        "regionalDisplayName": format!("({geography}) {display}"),
        "metadata": {
            "regionType": "Physical", "regionCategory": "Recommended", "geographyGroup": geography,
            "physicalLocation": place,
            "pairedRegion": [{ "name": pair, "id": format!("{scope}/locations/{pair}") }]
        }
    })
}

fn groups(world: &World, call: &Call, scope: &str) -> Answer {
    let reader = world.reader(call);
    let question = reader.asking(&format!("{GROUPS}/read"), false);
    let terms = tag_filter(call)?;
    let found: Vec<&Value> = world
        .store
        .groups(&key(scope))
        .map(|document| &**document)
        .filter(|document| question.is_allowed(id_of(document)) && fits(document, &terms))
        .collect();
    let top = call.query.get("$top").and_then(|top| top.parse().ok());
    page(call, &found, &Paging::arm(world.settings.page_size.or(top)))
}

/// What a generic list can be filtered by, beside tags (`arm-specs`, `Resources_List`).
const FILTERED: [&str; 4] = ["resourceType", "resourceGroup", "name", "location"];
/// The same inside `identity` and `plan`.
const FILTERED_INSIDE: [&str; 6] = [
    "identity/principalId",
    "plan/publisher",
    "plan/product",
    "plan/name",
    "plan/version",
    "plan/promotionCode",
];

/// The `$filter` of generic lists, as comparisons. One that says more than is known here is refused, so that no answer
/// is empty because of a slip of the pen.
fn tag_filter(call: &Call) -> Result<Vec<Vec<Term>>, ArmError> {
    let Some(text) = call.query.get("$filter").filter(|text| !text.trim().is_empty()) else {
        return Ok(Vec::new());
    };
    let refuse = || {
        ArmError::bad_request(
            "InvalidFilterInQueryString",
            format!("Invalid $filter '{text}' specified in the query string."),
        )
    };
    let filter = Filter::parse(text).map_err(|_| refuse())?;
    let known = |list: &[&str], name: &str| list.iter().any(|one| one.eq_ignore_ascii_case(name));
    let is_known = |term: &Term| match term {
        Term::Equal(name, _) | Term::NotEqual(name, _) => {
            known(&FILTERED, name)
                || known(&["tagName", "tagValue"], name) && matches!(term, Term::Equal(..))
                || known(&FILTERED_INSIDE, name)
        }
        Term::Contains(name, _) | Term::StartsWith(name, _) => known(&["name", "resourceGroup"], name),
        _ => false,
    };
    let named = |terms: &Vec<Term>| {
        let has = |wanted: &str| {
            terms.iter().filter_map(Term::property).any(|name| name.eq_ignore_ascii_case(wanted))
        };
        has("tagName") || !has("tagValue")
    };
    if !filter.all().all(is_known) || !filter.alternatives().iter().all(named) {
        return Err(refuse());
    }
    Ok(filter.alternatives().to_vec())
}

/// Whether a document fits the filter of a generic list; no terms take everything.
fn fits(document: &Value, alternatives: &[Vec<Term>]) -> bool {
    let text = |name: &str| match name.to_ascii_lowercase().as_str() {
        "resourcetype" => document["type"].as_str().unwrap_or_default().to_owned(),
        "resourcegroup" => id_of(document).split('/').nth(4).unwrap_or_default().to_owned(),
        "name" => document["name"].as_str().unwrap_or_default().to_owned(),
        "location" => document["location"].as_str().unwrap_or_default().to_owned(),
        path => {
            let found = path.split('/').try_fold(document, member);
            found.and_then(Value::as_str).unwrap_or_default().to_owned()
        }
    };
    alternatives.is_empty()
        || alternatives.iter().any(|terms| {
            let tag = terms.iter().find_map(|term| match term {
                Term::Equal(name, value) if name.eq_ignore_ascii_case("tagName") => Some(value),
                _ => None,
            });
            terms.iter().all(|term| match term {
                Term::Equal(name, value) if name.eq_ignore_ascii_case("tagName") => {
                    !document["tags"][value].is_null()
                }
                Term::Equal(name, value) if name.eq_ignore_ascii_case("tagValue") => {
                    tag.is_some_and(|tag| document["tags"][tag] == value.as_str())
                }
                Term::Equal(name, value) => text(name).eq_ignore_ascii_case(value),
                Term::NotEqual(name, value) => !text(name).eq_ignore_ascii_case(value),
                Term::Contains(name, value) => text(name).to_lowercase().contains(&value.to_lowercase()),
                Term::StartsWith(name, value) => text(name).to_lowercase().starts_with(&value.to_lowercase()),
                _ => false,
            })
        })
}

/// `resources` of a subscription or group: what every resource has, without `properties`.
fn generic(world: &World, call: &Call, scope: &str) -> Answer {
    let reader = world.reader(call);
    let mut questions: HashMap<&str, Question<'_, '_>> = HashMap::new();
    let terms = tag_filter(call)?;
    let expand = call.query.get("$expand").unwrap_or_default().to_ascii_lowercase();
    let found: Vec<Value> = world
        .store
        .below(&key(scope))
        .filter(|(key, _)| key.matches('/').count() == 8 && key.contains("/providers/") && !is_extension(key))
        .map(|(_, document)| &**document)
        .filter(|document| fits(document, &terms))
        .filter(|document| {
            let kind = document["type"].as_str().unwrap_or_default();
            let question =
                questions.entry(kind).or_insert_with(|| reader.asking(&format!("{kind}/read"), false));
            question.is_allowed(id_of(document))
        })
        .map(|document| {
            let mut shown = serde_json::Map::new();
            for name in [
                "id",
                "name",
                "type",
                "kind",
                "sku",
                "plan",
                "location",
                "tags",
                "identity",
                "managedBy",
                "zones",
            ] {
                if let Some(value) = document.get(name).filter(|value| !value.is_null()) {
                    shown.insert(name.to_owned(), value.clone());
                }
            }
            for (word, name, value) in [
                ("createdtime", "createdTime", &document["systemData"]["createdAt"]),
                ("changedtime", "changedTime", &document["systemData"]["lastModifiedAt"]),
                ("provisioningstate", "provisioningState", &document["properties"]["provisioningState"]),
            ] {
                if expand.contains(word) && !value.is_null() {
                    shown.insert(name.to_owned(), value.clone());
                }
            }
            Value::Object(shown)
        })
        .collect();
    let top = call.query.get("$top").and_then(|top| top.parse().ok());
    page(call, &found, &Paging::arm(world.settings.page_size.or(top)))
}

/// Answers what is asked of a resource group itself.
///
/// # Errors
/// ARM's refusals.
pub(super) fn group(world: &World, call: &Call, rest: &[String]) -> Answer {
    let action = format!("{GROUPS}/read");
    world.containers(call, &action)?;
    let scope = call.path.subscription.as_deref().zip(call.path.group.as_deref());
    let (subscription, name) = scope.unwrap_or_default();
    let scope = format!("/subscriptions/{subscription}/resourceGroups/{name}");
    match rest {
        [] => {
            world.allow(call, &action, &scope)?;
            let document = world.store.get(&scope).ok_or_else(|| no_route(call))?;
            // ARM answers the existence check of a group with 204.
            if call.method == Method::HEAD {
                return Ok(Reply::empty(StatusCode::NO_CONTENT));
            }
            Ok(Reply::ok(&**document))
        }
        [word] if word.eq_ignore_ascii_case("resources") => generic(world, call, &scope),
        _ => Err(no_route(call)),
    }
}

/// Answers PUT, PATCH and DELETE of a resource group.
///
/// # Errors
/// ARM's refusals.
pub(super) fn change_group(world: &mut World, call: &Call) -> Answer {
    let id = call.path.id();
    let verb = if call.method == Method::DELETE { "delete" } else { "write" };
    let action = format!("{GROUPS}/{verb}");
    let subscription = format!("/subscriptions/{}", call.path.subscription.as_deref().unwrap_or_default());
    if world.store.get(&subscription).is_none() {
        world.containers(call, &action)?;
    }
    world.allow(call, &action, &id)?;
    let name = call.path.group.clone().unwrap_or_default();
    let before = world.store.get(&id).cloned();
    if before.is_none() && call.method != Method::PUT {
        return Err(ArmError::not_found(
            "ResourceGroupNotFound",
            format!("Resource group '{name}' could not be found."),
        ));
    }
    authorization::unlocked(world, call, &id, verb == "delete")?;
    let kind = types::find("Microsoft.Resources/resourceGroups").unwrap_or(&types::PLAIN);
    if let (true, Some(document)) = (call.method == Method::DELETE, &before) {
        return Ok(resources::remove(world, call, kind, document, Outcome::Nothing));
    }
    let mut body = Value::Object(call.object());
    spelling::arriving("Microsoft.Resources/resourceGroups", &mut body);
    defaults::drop_read_only(&mut body);
    let mut document = before.as_ref().map_or_else(
        || json!({ "id": id, "name": name, "type": "Microsoft.Resources/resourceGroups" }),
        |before| Value::clone(before),
    );
    if before.is_none() && body["location"].as_str().is_none_or(str::is_empty) {
        return Err(ArmError::bad_request(
            "LocationRequired",
            "The location property is required for this definition.",
        ));
    }
    if let Some(before) = &before {
        let (is, asked) = (before["location"].as_str().unwrap_or_default(), body["location"].as_str());
        if asked.is_some_and(|asked| asked != spelling::place(is)) {
            return Err(ArmError::conflict(
                "InvalidResourceGroupLocation",
                format!(
                    "Invalid resource group location '{}'. The Resource group already exists in location '{is}'.",
                    asked.unwrap_or_default()
                ),
            ));
        }
    }
    lay_over(&mut document, &body);
    document["properties"]["provisioningState"] = Value::from("Succeeded");
    policy::refuse(world, call, &document)?;
    let status = if before.is_some() { StatusCode::OK } else { StatusCode::CREATED };
    let reply = Reply::json(status, &document);
    world.put(document);
    Ok(reply)
}

/// Answers GET of management groups: all that may be read, or one.
///
/// # Errors
/// ARM's refusals.
pub(super) fn management_groups(world: &World, call: &Call, name: Option<&String>) -> Answer {
    const READ: &str = "Microsoft.Management/managementGroups/read";
    let reader = world.reader(call);
    let question = reader.asking(READ, false);
    let Some(name) = name else {
        let found: Vec<Value> = world
            .store
            .management_groups()
            .filter(|group| question.is_allowed(id_of(group)))
            .map(|group| {
                let mut shown = Value::clone(group);
                if let Some(properties) = shown["properties"].as_object_mut() {
                    properties.retain(|name, _| name == "displayName" || name == "tenantId");
                }
                shown
            })
            .collect();
        let paging = Paging { link: "@nextLink", ..Paging::arm(world.settings.page_size) };
        return page(call, &found, &paging);
    };
    world.allow(call, READ, &call.path.id())?;
    let Some(group) = world.store.get(&call.path.id()) else {
        return Err(ArmError::not_found(
            "NotFound",
            format!("The management group '{name}' cannot be found."),
        ));
    };
    let mut shown = Value::clone(group);
    let expands =
        call.query.get("$expand").is_some_and(|expand| expand.to_ascii_lowercase().contains("children"));
    if let Some(properties) = shown["properties"].as_object_mut().filter(|_| !expands) {
        properties.remove("children");
    }
    Ok(Reply::ok(&shown))
}

/// Answers a poll of an operation.
///
/// # Errors
/// 404 for an operation that never was.
pub(super) fn poll(world: &World, call: &Call, id: &str, as_location: bool) -> Answer {
    let Some(operation) = world.operations.get(id) else {
        return Err(ArmError::not_found("NotFound", format!("The operation '{id}' could not be found.")));
    };
    let resource = match &operation.outcome {
        Outcome::Resource(id) => world.store.get(id).map(|document| {
            let kind = document["type"].as_str().unwrap_or_default();
            resources::shown(document, kind, &call.version, false)
        }),
        Outcome::Nothing | Outcome::NoContent | Outcome::Body(_) | Outcome::Failed(_) => None,
    };
    Ok(world.links(call).poll(id, operation, as_location, resource.as_deref(), &call.now))
}
