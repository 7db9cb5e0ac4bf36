//! Evidence of the size that the targets speak of: 50,000 assignments, 2,000 role definitions, 10,000 nested
//! groups, all in force at one workspace or what it depends on.

use std::collections::BTreeSet;
use std::sync::Arc;

use amldeck::azure::arm::id::ArmId;
use amldeck::azure::directory::PrincipalKind;
use amldeck::azure::resources::role_assignment::RoleAssignment;
use amldeck::azure::resources::role_definition::RoleDefinition;
use amldeck::domain::access::{Evidence, Member, Membership, ScopeNames, Switch, Targets};
use anyhow::Result;
use serde_json::{Value, json};

const ML: &str = "Microsoft.MachineLearningServices/workspaces";
const ASSIGNMENTS: usize = 50_000;
const DEFINITIONS: usize = 2_000;
const GROUPS: usize = 10_000;
const PEOPLE: usize = 20_000;

/// The workspace with all that it depends on, in two resource groups.
pub fn targets() -> Targets {
    let (own, data) = (ArmId::group("s", "rg-ml"), ArmId::group("s", "rg-data"));
    Targets {
        storage: Some(data.join("providers/Microsoft.Storage/storageAccounts/st")),
        vault: Some(own.join("providers/Microsoft.KeyVault/vaults/kv")),
        registry: Some(data.join("providers/Microsoft.ContainerRegistry/registries/cr")),
        insights: Some(own.join("providers/Microsoft.Insights/components/appi")),
        shared_key: Switch::On,
        vault_rbac: Switch::On,
        ..Targets::new(own.join("providers/Microsoft.MachineLearningServices/workspaces/mlw"))
    }
}

/// An object id; the kind is its first letter.
pub fn id(kind: char, number: usize) -> String {
    format!("{kind}0000000-0000-4000-8000-{number:012}")
}

fn role(number: usize) -> Result<RoleDefinition> {
    let verbs =
        ["read", "write", "delete", "listKeys/action", "computes/write", "jobs/write", "datastores/*"];
    let mut actions: Vec<Value> = (0..12)
        .map(|n| json!(format!("Microsoft.Provider{}/things/part{n}/read", (number + n) % 300)))
        .collect();
    // One role in eight says something of workspaces.
    if number.is_multiple_of(8) {
        actions.push(json!(format!("{ML}/{}", verbs[number / 8 % verbs.len()])));
    }
    if number.is_multiple_of(40) {
        actions.push(json!("*/read"));
    }
    let not = json!([format!("{ML}/*/listKeys/action")]);
    let guid = id('d', number);
    Ok(serde_json::from_value(json!({
        "id": format!("/providers/Microsoft.Authorization/roleDefinitions/{guid}"), "name": guid,
        "properties": {"roleName": format!("Role {number}"), "type": if number.is_multiple_of(2) { "BuiltInRole" } else { "CustomRole" },
            "permissions": [{"actions": actions, "notActions": not, "dataActions": [], "notDataActions": []}]}
    }))?)
}

fn assignment(number: usize, scopes: &[ArmId]) -> Result<RoleAssignment> {
    let scope = &scopes[number % scopes.len()];
    let (principal, kind) = match number % 10 {
        0..6 => (id('c', number * 7 % GROUPS), "Group"),
        6..9 => (id('a', number * 13 % PEOPLE), "User"),
        _ => (id('b', number % 2_000), "ServicePrincipal"),
    };
    let guid = id('e', number);
    Ok(serde_json::from_value(json!({
        "id": scope.join(&format!("providers/Microsoft.Authorization/roleAssignments/{guid}")), "name": guid,
        "properties": {
            "roleDefinitionId": format!("/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/{}", id('d', number * 31 % DEFINITIONS)),
            "principalId": principal, "principalType": kind, "scope": scope}
    }))?)
}

/// Groups of one block are nested in each other: the first nine in a chain, the others in one of those.
const BLOCK: usize = 40;
const CHAIN: usize = 9;

/// The group that a group is directly in.
fn outer(group: usize) -> Option<usize> {
    match group % BLOCK {
        0 => None,
        at if at < CHAIN => Some(group - 1),
        at => Some(group - at + at % CHAIN),
    }
}

/// How many people are in a group by themselves: few in most, thousands in some.
fn size(group: usize) -> usize {
    match group.wrapping_mul(2_654_435_761) / 64 % 1_000 {
        0 => 3_000,
        1..10 => 300,
        10..110 => 30,
        _ => 4,
    }
}

/// The evidence. Groups are nested up to nine deep, and each lists all that is in it, however deep, as the
/// directory does.
pub fn evidence() -> Result<Evidence> {
    let targets = targets();
    let mut evidence = Evidence::default();
    let roles: Result<Vec<RoleDefinition>> = (0..DEFINITIONS).map(role).collect();
    evidence.roles.add(roles?);
    let mut scopes: Vec<ArmId> = targets.places().map(|(_, scope)| scope).collect();
    scopes.extend([ArmId::root(), ArmId::management_group("top"), ArmId::group("s", "rg-data")]);
    for (_, at) in targets.places() {
        evidence.add_denies(&at, []);
        evidence.add_eligible(&at, []);
        evidence.add_assignments(&at, []);
    }
    let assignments: Result<Vec<RoleAssignment>> =
        (0..ASSIGNMENTS).map(|number| assignment(number, &scopes)).collect();
    evidence.add_assignments(&targets.workspace, assignments?);
    let mut members: Vec<BTreeSet<(bool, usize)>> = vec![BTreeSet::new(); GROUPS];
    for group in 0..GROUPS {
        let own: Vec<usize> = (0..size(group)).map(|n| (group * 17 + n * 401) % PEOPLE).collect();
        let mut at = Some(group);
        while let Some(around) = at {
            members[around].extend(own.iter().map(|person| (false, *person)));
            if around != group {
                members[around].insert((true, group));
            }
            at = outer(around);
        }
    }
    for (group, members) in members.into_iter().enumerate() {
        let member = |(is_group, number)| match is_group {
            true => Member::new(&id('c', number), PrincipalKind::Group),
            false => Member::new(&id('a', number), PrincipalKind::User),
        };
        evidence.members.know(&id('c', group), members.into_iter().map(member));
    }
    Ok(evidence)
}

/// How many memberships there are in all, and of the largest group, and how deep groups are nested at most.
pub fn shape(evidence: &Evidence) -> (usize, usize, usize) {
    let sizes: Vec<usize> = evidence
        .members
        .iter()
        .map(|(_, of)| match of {
            Membership::Known(members) => members.len(),
            Membership::Unknown(_) => 0,
        })
        .collect();
    let depth = |group: usize| std::iter::successors(Some(group), |at| outer(*at)).count();
    let deepest = (0..GROUPS).map(depth).max().unwrap_or_default();
    (sizes.iter().sum(), sizes.iter().copied().max().unwrap_or_default(), deepest)
}

/// The same evidence to be shared.
pub fn shared() -> Result<Arc<Evidence>> {
    evidence().map(Arc::new)
}

/// No scope has a name.
pub struct Nameless;

impl ScopeNames for Nameless {
    fn subscription(&self, _: &str) -> Option<String> {
        None
    }

    fn management_group(&self, _: &str) -> Option<String> {
        None
    }
}
