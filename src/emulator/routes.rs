//! Which handler answers which path.

use axum::http::Method;

use super::actions;
use super::activity;
use super::authorization;
use super::deployments;
use super::graph;
use super::hierarchy;
use super::moves;
use super::providers;
use super::reply::{Answer, ArmError};
use super::request::Call;
use super::resource_graph;
use super::resources;
use super::services;
use super::tags;
use super::world::World;
use super::writes;

/// Whether a call is Microsoft Graph's.
pub(super) fn is_graph(call: &Call) -> bool {
    call.path.segments().first().is_some_and(|first| first.eq_ignore_ascii_case("v1.0"))
}

/// Whether a call is a Resource Graph query.
pub(super) fn is_query(call: &Call) -> bool {
    call.method == Method::POST
        && call.path.last().is_some_and(|part| {
            part.namespace.eq_ignore_ascii_case("Microsoft.ResourceGraph")
                && part.types.first().is_some_and(|name| name.eq_ignore_ascii_case("resources"))
        })
}

/// Whether a call may change anything.
pub(super) fn is_write(call: &Call) -> bool {
    call.method != Method::GET
        && call.method != Method::HEAD
        && !is_graph(call)
        && !is_query(call)
        && !services::only_reads(call)
}

/// The type that a call speaks of, for messages about versions.
pub(super) fn type_of(call: &Call) -> String {
    match call.path.last() {
        Some(part) => part.full_type(),
        None if call.path.group.is_some() => "resourceGroups".to_owned(),
        None => "subscriptions".to_owned(),
    }
}

/// Answers a call that changes nothing.
///
/// # Errors
/// What the handler refuses.
pub(super) fn read(world: &World, call: &Call) -> Answer {
    if is_graph(call) {
        return graph::answer(world, call);
    }
    if is_query(call) {
        return resource_graph::answer(world, call);
    }
    if let Some(target) = deployments::target(call) {
        return deployments::read(world, call, &target);
    }
    let rest = call.path.rest.as_slice();
    let Some(part) = call.path.last() else {
        return match (&call.path.subscription, &call.path.group, rest) {
            (None, _, [word]) => hierarchy::tenant_level(world, call, word),
            (Some(_), None, rest) => hierarchy::subscription(world, call, rest),
            (Some(_), Some(_), rest) => hierarchy::group(world, call, rest),
            _ => Err(hierarchy::no_route(call)),
        };
    };
    if !rest.is_empty() {
        return Err(hierarchy::no_route(call));
    }
    if let Some(answer) = services::read(world, call, part) {
        return answer;
    }
    let first = part.types.first().map(|name| name.to_ascii_lowercase()).unwrap_or_default();
    match (part.namespace.to_ascii_lowercase().as_str(), first.as_str()) {
        (_, "") => providers::one(world, call, &part.namespace),
        (_, "locations") if part.names.len() == 2 => {
            let as_location = call.query.get("type").is_some_and(|kind| kind == "location");
            hierarchy::poll(world, call, &part.names[1], as_location)
        }
        ("microsoft.authorization", _) => authorization::read(world, call),
        ("microsoft.management", "managementgroups") if part.types.len() == 1 => {
            hierarchy::management_groups(world, call, part.names.first())
        }
        ("microsoft.insights", "eventtypes") => activity::read(world, call),
        _ => resources::read(world, call, part),
    }
}

/// Answers a call that may change something.
///
/// # Errors
/// What the handler refuses.
pub(super) fn write(world: &mut World, call: &Call) -> Answer {
    let answer = change(world, call);
    activity::record::request(world, call, &answer);
    answer
}

fn change(world: &mut World, call: &Call) -> Answer {
    let not_allowed = || {
        ArmError::new(
            axum::http::StatusCode::METHOD_NOT_ALLOWED,
            "MethodNotAllowed",
            format!("The HTTP method '{}' is not supported at '{}'.", call.method, call.path.id()),
        )
    };
    if let Some(target) = deployments::target(call) {
        return deployments::write(world, call, &target);
    }
    let exports = call.path.rest.len() == 1 && call.path.rest[0].eq_ignore_ascii_case("exportTemplate");
    if call.method == Method::POST && call.path.group.is_some() && exports {
        return deployments::export_group(world, call);
    }
    let of_group = call.path.group.is_some() && call.path.providers.is_empty();
    if let (true, &Method::POST, [word]) = (of_group, &call.method, call.path.rest.as_slice())
        && let Some(answer) = moves::answer(world, call, word)
    {
        return answer;
    }
    let Some(part) = call.path.last().cloned() else {
        if call.path.subscription.is_some()
            && call.path.group.is_none()
            && let Some(answer) = tags::write_name(world, call, &call.path.rest)
        {
            return answer;
        }
        let changes = matches!(call.method, Method::PUT | Method::PATCH | Method::DELETE);
        return if call.path.group.is_some() && call.path.rest.is_empty() && changes {
            hierarchy::change_group(world, call)
        } else {
            Err(not_allowed())
        };
    };
    if let Some(answer) = providers::write(world, call, &part) {
        return answer;
    }
    if let Some(answer) = services::write(world, call, &part) {
        return answer;
    }
    let ours = part.namespace.eq_ignore_ascii_case(authorization::NAMESPACE);
    match (&call.method, ours) {
        (&Method::POST, _) => actions::run(world, call, &part),
        _ if part.is_open() || part.types.is_empty() => Err(not_allowed()),
        (&Method::PUT, true) => authorization::put(world, call),
        (&Method::DELETE, true) => authorization::delete(world, call),
        (&Method::PUT, false) => writes::put(world, call, &part),
        (&Method::PATCH, false) => writes::patch(world, call, &part),
        (&Method::DELETE, false) => resources::delete(world, call, &part),
        _ => Err(not_allowed()),
    }
}
