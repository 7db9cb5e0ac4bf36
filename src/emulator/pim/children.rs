//! `eligibleChildResources`: what is one level below a scope and has somebody's eligible roles at it, above it or below it.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::emulator::odata::{Filter, Term};
use crate::emulator::page::{Paging, page};
use crate::emulator::policy_states::refuse;
use crate::emulator::reply::{Answer, ArmError};
use crate::emulator::request::Call;
use crate::emulator::store::{id_of, key};
use crate::emulator::world::World;

/// Answers GET of the caller's `eligibleChildResources` at a scope. Everybody may ask for their own.
///
/// # Errors
/// For a filter that is not understood.
pub(in crate::emulator) fn read(world: &World, call: &Call) -> Answer {
    let scope = call.path.scope();
    let at = key(&scope);
    let caller = call.caller.object_id.to_ascii_lowercase();
    let mut own: Vec<String> = world.directory.groups_above(&caller).into_iter().map(key).collect();
    own.push(caller);
    let eligible: Vec<String> = world
        .store
        .hung("roleEligibilityScheduleInstances", &scope, true, true)
        .into_iter()
        .filter(|one| one["properties"]["principalId"].as_str().is_some_and(|id| own.contains(&key(id))))
        .filter_map(|one| one["properties"]["scope"].as_str().map(key))
        .collect();
    // Whoever is eligible above a child is so at it, whoever is eligible below it finds the way there.
    let reaches = |id: &str| {
        let (id, above) = (key(id), world.store.above(id));
        eligible.iter().any(|scope| {
            *scope == id
                || above.contains(scope)
                || scope.strip_prefix(&id).is_some_and(|rest| rest.starts_with('/'))
        })
    };
    let all = |kind: &str, list: Vec<&Arc<Value>>| -> Vec<Value> {
        let shown = |one: &&Arc<Value>| {
            let name = one["displayName"].as_str().or(one["properties"]["displayName"].as_str());
            json!({ "id": id_of(one), "name": name.or(one["name"].as_str()), "type": kind })
        };
        list.iter().filter(|one| reaches(id_of(one))).map(shown).collect()
    };
    let store = &world.store;
    let mut found: Vec<Value> = match call.path.scope().matches('/').count() {
        2 if at.starts_with("/subscriptions/") => all("resourcegroup", store.groups(&at).collect()),
        4 if at.starts_with("/subscriptions/") => {
            let inside = store.below(&at).filter(|(id, _)| id.matches('/').count() == 8);
            all("resource", inside.map(|(_, document)| document).collect())
        }
        _ => {
            let below =
                |id: &str| store.above(id).first().is_some_and(|parent| at.len() < 2 || *parent == at);
            let groups = store.management_groups().filter(|group| below(id_of(group)));
            let mut found = all("managementgroup", groups.collect());
            let subscriptions = store.subscriptions().filter(|one| below(id_of(one)));
            found.extend(all("subscription", subscriptions.collect()));
            found
        }
    };
    if let Some(text) = call.query.get("$filter") {
        let filter = Filter::parse(text).map_err(|error| refuse(&error))?;
        let odd = filter
            .all()
            .find(|term| !matches!(term, Term::Equal(name, _) if name.eq_ignore_ascii_case("resourceType")));
        if odd.is_some() {
            return Err(ArmError::bad_request(
                "InvalidFilterInQueryString",
                format!("The query '{text}' is not supported: children are filtered by their resourceType."),
            ));
        }
        found.retain(|one| {
            let kind = one["type"].as_str().unwrap_or_default();
            // Documented spellings: 'Subscription' and 'ResourceGroup', answers have them in lower case.
            ["ResourceGroup", "Subscription", "ManagementGroup", "Resource", kind].iter().any(|spelled| {
                spelled.eq_ignore_ascii_case(kind) && filter.matches(&json!({ "resourceType": spelled }))
            })
        });
    }
    page(call, &found, &Paging::arm(world.settings.page_size))
}
