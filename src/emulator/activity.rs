//! The activity log: what was changed below a subscription, when, by whom.

use axum::http::Method;
use serde_json::{Value, json};

use super::odata::{Filter, Term};
use super::page::{Paging, page};
use super::reply::{Answer, ArmError};
use super::request::Call;
use super::routes;
use super::store::key;
use super::world::World;

/// Answers the activity log of a subscription.
///
/// # Errors
/// 400 without a `$filter` on the time, as the service asks for one.
pub(super) fn read(world: &World, call: &Call) -> Answer {
    let action = "Microsoft.Insights/eventtypes/management/values/read";
    world.containers(call, action)?;
    let refuse = |text: &str| {
        ArmError::bad_request(
            "BadRequest",
            format!("The $filter '{text}' is not supported: it needs eventTimestamp ge '..'."),
        )
    };
    let text = call.query.get("$filter").unwrap_or_default();
    if !text.to_ascii_lowercase().contains("eventtimestamp") {
        return Err(refuse(text));
    }
    let filter = Filter::parse(text).map_err(|_| refuse(text))?;
    let reader = world.reader(call);
    let question = reader.asking(action, false);
    let below = format!(
        "{}/",
        key(&format!("/subscriptions/{}", call.path.subscription.as_deref().unwrap_or_default()))
    );
    let mut found: Vec<&Value> = world
        .store
        .events(&below)
        .map(|document| &**document)
        .filter(|event| {
            filter.alternatives().iter().any(|terms| terms.iter().all(|term| event_fits(event, term)))
        })
        .filter(|event| {
            let resource = event["resourceId"].as_str().unwrap_or(&below);
            question.is_allowed(resource)
        })
        .collect();
    let time = |event: &Value| event["eventTimestamp"].as_str().unwrap_or_default().to_owned();
    found.sort_by_key(|event| std::cmp::Reverse(time(event)));
    let select = call.query.get("$select").map(|names| names.split(',').map(str::trim).collect::<Vec<_>>());
    let shown: Vec<Value> = found.into_iter().map(|event| shown(event, select.as_deref())).collect();
    page(call, &shown, &Paging::arm(world.settings.page_size))
}

/// An event as the service answers it: without the type and the name that only the estate has, and with what `$select`
/// asks for, which the id is always a part of.
fn shown(event: &Value, select: Option<&[&str]>) -> Value {
    let fields = event.as_object().into_iter().flatten().filter(|(name, _)| {
        let wanted = select.is_none_or(|names| names.iter().any(|wanted| wanted.eq_ignore_ascii_case(name)));
        !matches!(name.as_str(), "type" | "name") && (wanted || *name == "id")
    });
    Value::Object(fields.map(|(name, value)| (name.clone(), value.clone())).collect())
}

/// One comparison on an event. `resourceUri` is a name that only the filter has; it takes what hangs on the resource
/// too, such as its role assignments.
fn event_fits(event: &Value, term: &Term) -> bool {
    let text = |name: &str| {
        let found = match name.to_ascii_lowercase().as_str() {
            "resourceid" => &event["resourceId"],
            "resourcegroupname" | "resourcegroup" => &event["resourceGroupName"],
            "resourceprovider" => &event["resourceProviderName"]["value"],
            "eventtimestamp" => &event["eventTimestamp"],
            "correlationid" => &event["correlationId"],
            "status" => &event["status"]["value"],
            "caller" => &event["caller"],
            "levels" => &event["level"],
            // Everything in the estate is in these channels.
            "eventchannels" => return None,
            _ => &Value::Null,
        };
        Some(found.as_str().unwrap_or_default())
    };
    match term {
        Term::Equal(name, value) if name.eq_ignore_ascii_case("resourceUri") => {
            let (about, wanted) = (key(text("resourceId").unwrap_or_default()), key(value));
            about.strip_prefix(&wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        }
        Term::Equal(name, value) => text(name).is_none_or(|found| found.eq_ignore_ascii_case(value)),
        Term::AtLeast(name, value) => text(name).is_none_or(|found| found >= value.as_str()),
        Term::AtMost(name, value) => text(name).is_none_or(|found| found <= value.as_str()),
        _ => false,
    }
}

/// Writes down a change that was just made or begun. Only what is below a subscription is in the log.
pub(super) fn record(world: &mut World, call: &Call) {
    if call.path.subscription.is_none() {
        return;
    }
    let kind = match routes::type_of(call) {
        kind if kind == "resourceGroups" => "Microsoft.Resources/subscriptions/resourceGroups".to_owned(),
        kind => kind,
    };
    let (resource, operation) = match call.method {
        Method::POST => (call.path.without_last(), format!("{kind}/action")),
        Method::DELETE => (call.path.id(), format!("{kind}/delete")),
        _ => (call.path.id(), format!("{kind}/write")),
    };
    let caller = &call.caller.object_id;
    let name = world.directory.sign_in_name(caller).unwrap_or(caller).to_owned();
    let event = uuid::Uuid::new_v4().to_string();
    let provider = call.path.last().map_or("Microsoft.Resources", |part| part.namespace.as_str());
    let said = |value: &str| json!({ "value": value, "localizedValue": value });
    let ticks = world.store.revision;
    let document = json!({
        "id": format!("{resource}/events/{event}/ticks/{ticks}"), "name": event, "type": "Microsoft.Insights/eventtypes/values",
        "authorization": { "action": operation, "scope": resource }, "caller": name, "channels": "Operation",
        "claims": { "http://schemas.microsoft.com/identity/claims/objectidentifier": caller },
        "correlationId": event, "description": "", "eventDataId": event, "eventName": said("EndRequest"),
        "category": said("Administrative"), "level": "Informational", "resourceGroupName": call.path.group,
        "resourceProviderName": said(provider), "resourceId": resource, "resourceType": said(&kind),
        "operationName": said(&operation), "status": said("Succeeded"), "subStatus": said(""),
        "eventTimestamp": call.now, "submissionTimestamp": call.now, "subscriptionId": call.path.subscription,
        "tenantId": world.store.tenant_id()
    });
    world.store.put(document);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resources_events_are_its_own_and_those_of_what_hangs_on_it() {
        let event = json!({ "resourceId": "/subscriptions/s/resourceGroups/g/providers/M/w/one/providers/Microsoft.Authorization/roleAssignments/a",
            "eventTimestamp": "2026-05-01T00:00:00Z" });
        let fits = |filter: &str| {
            Filter::parse(filter).unwrap().terms().unwrap().iter().all(|term| event_fits(&event, term))
        };
        assert!(fits(
            "eventTimestamp ge '2026-01-01' and resourceUri eq '/SUBSCRIPTIONS/s/resourceGroups/g/providers/M/w/one'"
        ));
        assert!(!fits("resourceUri eq '/subscriptions/s/resourceGroups/g/providers/M/w/on'"));
        assert!(!fits("eventTimestamp ge '2026-06-01T00:00:00Z'"));
        assert!(!fits("colour eq 'red'"));
    }
}
