//! The built-in roles as the service listed them, evaluated into what people can do.

// Helpers may unwrap like the tests they serve.
#![cfg(test)]

#[path = "support/beside.rs"]
mod beside;

use std::sync::Arc;

use amldeck::azure::arm::id::ArmId;
use amldeck::azure::resources::role_assignment::RoleAssignment;
use amldeck::azure::resources::role_definition::RoleDefinition;
use amldeck::domain::access::{
    Access, Allows, Asked, CAPABILITIES, Evidence, Remedy, Switch, Targets, what_can, why_not,
};
use serde_json::{Value, json};

fn workspace() -> ArmId {
    ArmId::group("s", "g").join("providers/Microsoft.MachineLearningServices/workspaces/mlw")
}

/// A workspace with a storage account whose keys are off, and a vault in which roles decide: what a role
/// gives there is by its own actions.
fn targets() -> Targets {
    Targets {
        storage: Some(ArmId::group("s", "g").join("providers/Microsoft.Storage/storageAccounts/st")),
        vault: Some(ArmId::group("s", "g").join("providers/Microsoft.KeyVault/vaults/kv")),
        shared_key: Switch::Off,
        vault_rbac: Switch::On,
        ..Targets::new(workspace())
    }
}

/// Everything was read, and there is one assignment: of this role, at the subscription, to Ada.
fn access(roles: &[RoleDefinition], assigned: Option<&str>) -> Access {
    let mut evidence = Evidence::default();
    evidence.roles.add(roles.iter().cloned());
    let scope = ArmId::subscription("s");
    let assignment = assigned.map(|guid| -> RoleAssignment {
        let role = format!("/providers/Microsoft.Authorization/roleDefinitions/{guid}");
        let properties = json!({"principalId": "ada", "principalType": "User", "scope": scope, "roleDefinitionId": role});
        serde_json::from_value(json!({"id": scope.join("providers/Microsoft.Authorization/roleAssignments/1"), "properties": properties})).unwrap()
    });
    for (_, at) in targets().places() {
        evidence.add_assignments(&at, assignment.clone());
        evidence.add_denies(&at, []);
        evidence.add_eligible(&at, []);
    }
    Access::new(Arc::new(evidence), "2026-11-22T12:00:00Z".parse().unwrap())
}

/// The built-in roles as the service listed them, where that recording is beside the project.
fn recorded() -> Option<Vec<RoleDefinition>> {
    let file = beside::shared("recordings/role-definitions/list-full-2022-04-01.json")?;
    let value: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let all: Vec<RoleDefinition> =
        serde_json::from_value(value["response"]["body"]["value"].clone()).unwrap();
    Some(all.into_iter().filter(|role| !role.is_custom()).collect())
}

/// What a role of the service gives who holds it on everything.
fn given(roles: &[RoleDefinition], name: &str) -> Vec<&'static str> {
    let role =
        roles.iter().find(|role| role.properties.role_name == name).unwrap_or_else(|| panic!("no {name}"));
    let all = what_can(&access(roles, Some(&role.name)), &targets(), "ada");
    all.iter().filter(|one| one.answer.verdict.is_allowed()).map(|one| one.capability.name).collect()
}

#[test]
fn built_in_roles_give_what_people_say_of_them_with_known_differences() {
    let Some(roles) = recorded() else { return };
    let columns = ["create-compute", "run-jobs", "deploy", "change-workspace", "grant-access"];
    // As tutorials have it: creates compute, runs experiments, deploys, manages the workspace, manages access.
    let spoken = [
        ("Reader", [false, false, false, false, false]),
        ("AzureML Compute Operator", [true, false, false, false, false]),
        ("AzureML Data Scientist", [true, true, true, false, false]),
        ("Contributor", [true, true, true, true, false]),
        ("Owner", [true, true, true, true, true]),
    ];
    let mut differences = Vec::new();
    for (role, says) in spoken {
        let given = given(&roles, role);
        for (column, says) in columns.iter().zip(says) {
            if given.contains(column) != says {
                differences.push(format!("{role}: {column} {}", !says));
            }
        }
    }
    // Its notActions take out `workspaces/computes/*/write`, in which the star also stands for nothing.
    assert_eq!(differences, ["AzureML Data Scientist: create-compute false"]);
}

#[test]
fn of_all_built_in_roles_the_one_with_the_fewest_other_capabilities_is_offered() {
    let Some(roles) = recorded() else { return };
    let access = access(&roles, None);
    let mut offers = Vec::new();
    for capability in CAPABILITIES {
        for remedy in why_not(&access, &targets(), &Asked::Capability(capability), "ada").remedies {
            let Remedy::Assign { role, also, usual, place, scope, .. } = remedy else {
                panic!("{}: {remedy:?}", capability.name)
            };
            assert_eq!((place, Some(scope)), (capability.needs[0].on, targets().scope(place)));
            let usual = usual.map(|usual| format!(", or {} +{}", usual.role.label(), usual.also.len()));
            let usual = usual.unwrap_or_default();
            offers.push(format!("{}: {} +{}{usual}", capability.name, role.label(), also.len()));
            // By another road: what each role allows at that place.
            let others = |role: &RoleDefinition| {
                let allows = Allows::of(&role.properties.permissions, &[place]);
                allows.has(capability.name).then(|| allows.can.len() - 1)
            };
            let fewest = roles.iter().filter_map(others).min();
            assert_eq!(Some(also.len()), fewest, "{}", capability.name);
            let offered = roles.iter().find(|one| one.name.eq_ignore_ascii_case(&role.id)).unwrap();
            assert_eq!(others(offered), fewest, "{}: it makes it a yes", capability.name);
        }
    }
    assert_eq!(
        offers,
        [
            "read-workspace: Reader +0",
            "create-compute: AzureML Compute Operator +1",
            "start-stop-compute: AzureML Compute Operator +1",
            "run-jobs: AzureML Data Scientist +6",
            "create-datastores: AzureML Data Scientist +6",
            "register-models: AzureML Data Scientist +6",
            "create-endpoint: AzureML Data Scientist +6",
            "deploy: AzureML Data Scientist +6",
            "change-workspace: Azure AI Administrator +10",
            "delete-workspace: Azure AI Administrator +10",
            "read-workspace-keys: Azure AI Administrator +10",
            "grant-access: Reservations Administrator +0, or Role Based Access Control Administrator +1",
            "list-storage-keys: Storage Account Key Operator Service Role +0",
            "read-blobs: Storage Blob Data Reader +0",
            "write-blobs: Storage Blob Data Contributor +1",
            "read-files: Storage File Data Privileged Reader +0",
            "write-files: Storage File Data Privileged Contributor +1",
            "read-secrets: Key Vault Secrets User +0",
        ]
    );
}
