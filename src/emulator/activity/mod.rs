//! The activity log: what was changed below a subscription, when, by whom. What is written into it is in [`record`].

pub(super) mod record;

use std::cmp::Reverse;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::members::last_segment;
use super::odata::{Filter, Term};
use super::page::{Paging, page};
use super::reply::{Answer, ArmError};
use super::request::Call;
use super::store::{id_of, key};
use super::world::World;

/// Answers the activity log of a subscription.
///
/// # Errors
/// 400 without a `$filter` on the time, as the service asks for one, and for anything in it that is not understood.
pub(super) fn read(world: &World, call: &Call) -> Answer {
    let action = "Microsoft.Insights/eventtypes/values/read";
    world.containers(call, action)?;
    let refuse = |text: &str| {
        ArmError::bad_request(
            "BadRequest",
            format!(
                "The $filter '{text}' is not supported: it needs eventTimestamp ge '..', and may have eventTimestamp le '..' and one of resourceGroupName, resourceUri, resourceProvider, correlationId and caller."
            ),
        )
    };
    let text = call.query.get("$filter").unwrap_or_default();
    let filter = Filter::parse(text).map_err(|_| refuse(text))?;
    let dated =
        |term: &Term| matches!(term, Term::AtLeast(name, _) if name.eq_ignore_ascii_case("eventTimestamp"));
    let read = filter.all().all(is_understood);
    if !read || !filter.alternatives().iter().all(|terms| terms.iter().any(dated)) {
        return Err(refuse(text));
    }
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
    // Newest first; of one moment, what was written down last. The end of an id counts ticks.
    found.sort_by_cached_key(|event| {
        let ticks: u64 = last_segment(id_of(event)).parse().unwrap_or_default();
        Reverse((event["eventTimestamp"].as_str().and_then(moment), ticks))
    });
    let select = call.query.get("$select").map(|names| names.split(',').map(str::trim).collect::<Vec<_>>());
    let shown: Vec<Value> = found.into_iter().map(|event| shown(event, select.as_deref())).collect();
    page(call, &shown, &Paging::arm(world.settings.page_size))
}

/// A time as clients write it: with an offset, without one, or a day.
fn moment(text: &str) -> Option<Timestamp> {
    let local = || {
        let time = text
            .parse::<jiff::civil::DateTime>()
            .or_else(|_| text.parse::<jiff::civil::Date>().map(|day| day.at(0, 0, 0, 0)));
        time.ok()?.to_zoned(TimeZone::UTC).ok().map(|time| time.timestamp())
    };
    text.parse().ok().or_else(local)
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

/// What a filter can compare for equality. The documents name the first four; the others are what the portal sends.
fn compared<'a>(event: &'a Value, name: &str) -> Option<&'a Value> {
    Some(match name.to_ascii_lowercase().as_str() {
        "resourcegroupname" | "resourcegroup" => &event["resourceGroupName"],
        "resourceuri" | "resourceid" => &event["resourceId"],
        "resourceprovider" => &event["resourceProviderName"]["value"],
        "correlationid" => &event["correlationId"],
        "caller" => &event["caller"],
        "status" => &event["status"]["value"],
        "levels" => &event["level"],
        // Everything in the estate is in these channels.
        "eventchannels" => &Value::Null,
        _ => return None,
    })
}

fn is_understood(term: &Term) -> bool {
    match term {
        Term::Equal(name, _) => compared(&Value::Null, name).is_some(),
        Term::AtLeast(name, time) | Term::AtMost(name, time) => {
            name.eq_ignore_ascii_case("eventTimestamp") && moment(time).is_some()
        }
        _ => false,
    }
}

/// One comparison on an event. `resourceUri` is a name that only the filter has; it takes what hangs on the resource
/// too, such as its role assignments.
fn event_fits(event: &Value, term: &Term) -> bool {
    let when = || event["eventTimestamp"].as_str().and_then(moment);
    match term {
        Term::Equal(name, _) if name.eq_ignore_ascii_case("eventChannels") => true,
        Term::Equal(name, value) if name.eq_ignore_ascii_case("resourceUri") => {
            let (about, wanted) = (key(event["resourceId"].as_str().unwrap_or_default()), key(value));
            about.strip_prefix(&wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        }
        Term::Equal(name, value) => compared(event, name)
            .and_then(Value::as_str)
            .is_some_and(|found| found.eq_ignore_ascii_case(value)),
        Term::AtLeast(_, value) => when().zip(moment(value)).is_some_and(|(when, from)| when >= from),
        Term::AtMost(_, value) => when().zip(moment(value)).is_some_and(|(when, to)| when <= to),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_event_fits_by_time_resource_group_and_caller() {
        let event = json!({ "resourceId": "/subscriptions/s/resourceGroups/g/providers/M/w/one/providers/Microsoft.Authorization/roleAssignments/a",
            "eventTimestamp": "2026-05-01T10:00:00.25Z", "resourceGroupName": "G", "caller": "ada@contoso.example" });
        let fits = |filter: &str| {
            Filter::parse(filter).unwrap().terms().unwrap().iter().all(|term| event_fits(&event, term))
        };
        for (filter, wanted) in [
            (
                "eventTimestamp ge '2026-01-01' and resourceUri eq '/SUBSCRIPTIONS/s/resourceGroups/g/providers/M/w/one'",
                true,
            ),
            ("resourceUri eq '/subscriptions/s/resourceGroups/g/providers/M/w/on'", false),
            ("resourceId eq '/subscriptions/s/resourceGroups/g/providers/M/w/one'", false),
            ("eventTimestamp ge '2026-05-01T10:00:00Z'", true),
            ("eventTimestamp ge '2026-05-01T10:00:00.3Z'", false),
            (
                "eventTimestamp ge '2026-05-01T11:59:00+02:00' and eventTimestamp le '2026-05-01T12:01:00+02:00'",
                true,
            ),
            ("eventTimestamp le 2026-05-01T10:00:00", false),
            ("resourceGroupName eq 'g' and caller eq 'ADA@contoso.example'", true),
            ("caller eq 'bob'", false),
        ] {
            assert_eq!(fits(filter), wanted, "{filter}");
        }
    }

    #[test]
    fn what_is_not_compared_is_not_understood() {
        let understood = |filter: &str| Filter::parse(filter).unwrap().all().all(is_understood);
        assert!(understood("eventTimestamp ge 2016-11-17 and eventChannels eq 'Admin, Operation'"));
        for odd in ["colour eq 'red'", "eventTimestamp ge 'soon'", "caller ge 'a'", "startswith(caller,'a')"]
        {
            assert!(!understood(odd), "{odd}");
        }
    }
}
