//! Policies that deny and audit, and custom roles.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::stage::{Client, NOBODY, SUB, group, options, storage};

fn assignment(scope: &str) -> String {
    format!("{scope}/providers/Microsoft.Authorization/policyAssignments/rule")
}

fn policy(guid: &str, parameters: &Value) -> Value {
    json!({ "properties": {
        "displayName": "House rule", "parameters": parameters,
        "policyDefinitionId": format!("/providers/Microsoft.Authorization/policyDefinitions/{guid}")
    }})
}

#[tokio::test]
async fn a_policy_denies_a_write_and_names_itself() {
    let client = Client::start(options()).await;
    let places = json!({ "listOfAllowedLocations": { "value": ["northeurope"] } });
    let made =
        client.put(&assignment(&group()), policy("e56962a6-4747-49cd-b67b-bf8b01975c4c", &places)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{:?}", made.body);
    let vault = format!("{}/providers/Microsoft.KeyVault/vaults/kv-new", group());
    let denied = client.put(&vault, json!({ "location": "westeurope" })).await;
    assert_eq!((denied.status, denied.code()), (StatusCode::FORBIDDEN, "RequestDisallowedByPolicy"));
    let info = &denied.body["error"]["additionalInfo"][0]["info"];
    assert_eq!(info["policyAssignmentId"], assignment(&group()));
    assert_eq!(client.put(&vault, json!({ "location": "northeurope" })).await.status, StatusCode::OK);
    let elsewhere = format!("{SUB}/resourceGroups/rg-two/providers/Microsoft.KeyVault/vaults/kv-two");
    assert_eq!(client.put(&elsewhere, json!({ "location": "westeurope" })).await.status, StatusCode::OK);
}

#[tokio::test]
async fn compliance_is_told_by_resource_and_in_sum() {
    let client = Client::start(options()).await;
    client.put(&assignment(SUB), policy("8c6a50c6-9ffd-4ae7-986f-5fa6111f9a54", &json!({}))).await;
    let states = format!("{SUB}/providers/Microsoft.PolicyInsights/policyStates/latest");
    let query = format!(
        "{states}/queryResults?api-version=2019-10-01&$filter=complianceState eq 'NonCompliant'&$select=resourceId,complianceState"
    );
    let got = client.send(Method::POST, &query, None).await;
    assert_eq!(got.body["@odata.count"], 1, "{:?}", got.body);
    assert_eq!(got.body["value"][0]["resourceId"], storage().to_lowercase());
    let sum = client.send(Method::POST, &format!("{states}/summarize?api-version=2019-10-01"), None).await;
    assert_eq!(sum.body["value"][0]["results"]["nonCompliantResources"], 1);
    let off = json!({ "properties": { "allowSharedKeyAccess": false } });
    client.send(Method::PATCH, &format!("{}?api-version=2023-05-01", storage()), Some(off)).await;
    assert_eq!(client.send(Method::POST, &query, None).await.body["@odata.count"], 0);
}

#[tokio::test]
async fn a_custom_definition_is_assigned_and_an_unknown_one_is_not() {
    let client = Client::start(options()).await;
    let own = format!("{SUB}/providers/Microsoft.Authorization/policyDefinitions/no-web");
    let rule = json!({ "properties": { "policyRule": {
        "if": { "field": "type", "equals": "Microsoft.Insights/components" }, "then": { "effect": "deny" } } } });
    assert_eq!(client.put(&own, rule).await.status, StatusCode::CREATED);
    let refused =
        client.put(&assignment(SUB), policy("00000000-0000-4000-8000-000000000000", &json!({}))).await;
    assert_eq!(refused.code(), "PolicyDefinitionNotFound");
    client.put(&assignment(SUB), json!({ "properties": { "policyDefinitionId": own } })).await;
    let component = format!("{}/providers/Microsoft.Insights/components/web", group());
    assert_eq!(
        client.put(&component, json!({ "location": "westeurope" })).await.code(),
        "RequestDisallowedByPolicy"
    );
    assert_eq!(client.delete(&assignment(SUB)).await.status, StatusCode::OK);
    assert_eq!(client.put(&component, json!({ "location": "westeurope" })).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_custom_role_is_made_used_and_kept_while_it_is_in_use() {
    let client = Client::start(options()).await;
    let role = format!(
        "{SUB}/providers/Microsoft.Authorization/roleDefinitions/e1000000-0000-4000-8000-000000000001"
    );
    let body = |name: &str| {
        json!({ "properties": { "roleName": name, "description": "d", "type": "CustomRole",
        "permissions": [{ "actions": ["Microsoft.Storage/storageAccounts/read"] }], "assignableScopes": [SUB] } })
    };
    assert_eq!(client.put(&role, body("Contributor")).await.code(), "RoleDefinitionWithSameNameExists");
    let made = client.put(&role, body("Looks at storage")).await;
    assert_eq!((made.status, &made.body["properties"]["type"]), (StatusCode::CREATED, &json!("CustomRole")));
    let list = client
        .get(&format!("{SUB}/providers/Microsoft.Authorization/roleDefinitions?$filter=type eq 'CustomRole'"))
        .await;
    assert_eq!(list.body["value"].as_array().unwrap().len(), 1);
    let grant = format!(
        "{SUB}/providers/Microsoft.Authorization/roleAssignments/e1000000-0000-4000-8000-000000000002"
    );
    let given = json!({ "properties": { "roleDefinitionId": role, "principalId": NOBODY } });
    assert_eq!(client.put(&grant, given).await.status, StatusCode::CREATED);
    assert_eq!(client.delete(&role).await.code(), "RoleDefinitionHasAssignments");
    let built_in = format!(
        "{SUB}/providers/Microsoft.Authorization/roleDefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c"
    );
    assert_eq!(client.delete(&built_in).await.code(), "BuiltInRoleDefinitionCannotBeModified");
    let client = client.acting_as("nobody");
    assert_eq!(client.get(&storage()).await.status, StatusCode::OK);
    let client = client.acting_as("any");
    client.delete(&grant).await;
    assert_eq!(client.delete(&role).await.status, StatusCode::OK);
}
