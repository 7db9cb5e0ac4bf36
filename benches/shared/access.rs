//! Evidence of the size that the targets speak of: 50,000 assignments, 2,000 role definitions, 10,000 nested
//! groups, all in force at one workspace or what it depends on.

use std::sync::Arc;

use amldeck::azure::arm::id::ArmId;
use amldeck::azure::directory::PrincipalKind;
use amldeck::azure::resources::role_assignment::RoleAssignment;
use amldeck::azure::resources::role_definition::RoleDefinition;
use amldeck::domain::access::{Evidence, Member, ScopeNames, Switch, Targets};
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

/// The evidence. Every group has a dozen people of its own; every fourth one is in another group, so that
/// those list it and its people too.
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
    let people = |group: usize| {
        (0..12).map(move |n| Member::new(&id('a', (group * 17 + n * 401) % PEOPLE), PrincipalKind::User))
    };
    for group in 0..GROUPS {
        let mut members: Vec<Member> = people(group).collect();
        let mut inner = group;
        // Three levels: 3 in 2 in 1 in 0.
        while inner % 4 != 3 {
            inner += 1;
            members.push(Member::new(&id('c', inner), PrincipalKind::Group));
            members.extend(people(inner));
        }
        evidence.members.know(&id('c', group), members);
    }
    Ok(evidence)
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
