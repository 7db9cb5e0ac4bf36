//! Budgets at a scope: `Microsoft.Consumption/budgets`.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::authorization;
use super::page::{Paging, encode_path, page};
use super::reply::{Answer, ArmError, Reply};
use super::request::Call;
use super::store::key;
use super::world::World;

/// The type.
const KIND: &str = "Microsoft.Consumption/budgets";

/// Answers GET of the budgets of a scope, or of one.
///
/// # Errors
/// ARM's refusals.
pub(super) fn read(world: &World, call: &Call, name: Option<&str>) -> Answer {
    let action = "Microsoft.Consumption/budgets/read";
    let scope = call.path.scope();
    world.containers(call, action)?;
    world.allow(call, action, &scope)?;
    if let Some(name) = name {
        return world.store.get(&call.path.id()).map(|budget| Reply::ok(&**budget)).ok_or_else(|| {
            ArmError::not_found(
                "404",
                format!("Budget with name '{name}' was not found for the given scope."),
            )
        });
    }
    let below = format!("{}/providers/microsoft.consumption/budgets", key(&scope));
    let found: Vec<&Value> = world.store.below(&below).map(|(_, budget)| &**budget).collect();
    page(call, &found, &Paging::arm(world.settings.page_size))
}

/// Answers PUT and DELETE of a budget.
///
/// # Errors
/// ARM's refusals, a lock's among them; 400 without amount, time grain or period.
pub(super) fn write(world: &mut World, call: &Call, name: &str) -> Answer {
    let id = call.path.id();
    let verb = if call.method == Method::DELETE { "delete" } else { "write" };
    let action = format!("{KIND}/{verb}");
    world.containers(call, &action)?;
    world.allow(call, &action, &call.path.scope())?;
    authorization::unlocked(world, call, &id, verb == "delete")?;
    let there = world.store.get(&id).cloned();
    if call.method == Method::DELETE {
        world.remove(&id);
        return Ok(Reply::empty(StatusCode::OK));
    }
    let mut properties = call.object().remove("properties").unwrap_or_default();
    for wanted in ["amount", "timeGrain", "timePeriod"] {
        if properties[wanted].is_null() {
            return Err(ArmError::bad_request("400", format!("Budget '{name}' needs '{wanted}'.")));
        }
    }
    if properties["category"].is_null() {
        properties["category"] = Value::from("Cost");
    }
    for member in ["notifications", "filter"] {
        if properties[member].is_null() {
            properties[member] = json!({});
        }
    }
    for day in ["startDate", "endDate"] {
        if let Some(sent) = properties["timePeriod"][day].as_str() {
            properties["timePeriod"][day] = Value::from(without_fraction(sent));
        }
    }
    // Nothing is spent in an emulated tenant but what the estate says.
    properties["currentSpend"] = there
        .as_ref()
        .map(|before| before["properties"]["currentSpend"].clone())
        .filter(Value::is_object)
        .unwrap_or_else(|| json!({ "amount": 0.0, "unit": "USD" }));
    let tag = super::defaults::guid(&id, &call.now);
    let document = json!({
        "id": id, "name": name, "type": KIND, "eTag": format!("\"{}\"", &tag[..15]), "properties": properties
    });
    let reply = if there.is_some() {
        Reply::ok(&document)
    } else {
        // What is spent is counted later, as recorded.
        let mut made = document.clone();
        made["properties"]["currentSpend"] = Value::Null;
        let place = format!("{}{}?api-version={}", call.base, encode_path(&id), call.version);
        Reply::json(StatusCode::CREATED, &made).with("location", place)
    };
    world.put(document);
    Ok(reply)
}

/// A moment without a fraction of nothing: `2026-01-01T00:00:00.000Z` is answered as `2026-01-01T00:00:00Z`.
fn without_fraction(moment: &str) -> String {
    let short = moment.strip_suffix('Z').and_then(|rest| rest.split_once('.'));
    match short {
        Some((seconds, fraction)) if fraction.bytes().all(|digit| digit == b'0') => format!("{seconds}Z"),
        _ => moment.to_owned(),
    }
}
