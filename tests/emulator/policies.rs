//! Policies that deny and audit, and custom roles.

use amldeck::emulator::Options;
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
async fn a_deployment_that_a_policy_denies_is_refused_when_it_is_validated_and_begins_with_nothing() {
    let client = Client::start(options()).await;
    let places = json!({ "listOfAllowedLocations": { "value": ["northeurope"] } });
    client.put(&assignment(&group()), policy("e56962a6-4747-49cd-b67b-bf8b01975c4c", &places)).await;
    let component = |name: &str, location: &str, tags: Value| {
        json!({ "type": "Microsoft.Insights/components", "apiVersion": "2020-02-02", "name": name,
            "location": location, "kind": "web", "tags": tags, "properties": { "Application_Type": "web" } })
    };
    let at = format!("{}/providers/Microsoft.Resources/deployments/all", group());
    let deploy = async |method: Method, path: &str, resources: Value| {
        let template = json!({ "contentVersion": "1.0.0.0", "resources": resources,
            "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#" });
        let body = json!({ "properties": { "mode": "Incremental", "template": template } });
        client.send(method, &format!("{path}?api-version=2024-03-01"), Some(body)).await
    };
    let validate = format!("{at}/validate");
    let (here, there) =
        (component("appi-a", "northeurope", json!({})), component("appi-b", "westeurope", json!({})));
    for (method, path) in [(Method::POST, &validate), (Method::PUT, &at)] {
        let got = deploy(method, path, json!([here, there])).await;
        assert_eq!((got.status, got.code()), (StatusCode::BAD_REQUEST, "InvalidTemplateDeployment"));
        assert!(got.message().contains("because of policy violation"), "{}", got.message());
        let details = got.body["error"]["details"].as_array().unwrap();
        assert_eq!((details.len(), &details[0]["target"]), (1, &json!("appi-b")), "{details:?}");
        assert_eq!(details[0]["code"], "RequestDisallowedByPolicy");
        assert_eq!(details[0]["additionalInfo"][0]["info"]["policyAssignmentId"], assignment(&group()));
    }
    assert_eq!(client.get(&at).await.code(), "DeploymentNotFound");
    let both =
        deploy(Method::POST, &validate, json!([there, component("appi-c", "uksouth", json!({}))])).await;
    assert!(both.message().contains("multiple errors"), "{}", both.message());
    // What only the running deployment knows is not judged before.
    let later = json!({ "of": "[reference('appi-a').InstrumentationKey]" });
    let got = deploy(Method::POST, &validate, json!([here, component("appi-b", "westeurope", later)])).await;
    assert_eq!(got.status, StatusCode::OK, "{:?}", got.body);
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
async fn tags_groups_and_grants_are_held_to_policies_too() {
    let client = Client::start(options()).await;
    let define = async |name: &str, condition: Value| {
        let id = format!("{SUB}/providers/Microsoft.Authorization/policyDefinitions/{name}");
        let rule = json!({ "properties": { "mode": "All",
            "policyRule": { "if": condition, "then": { "effect": "deny" } } } });
        assert_eq!(client.put(&id, rule).await.status, StatusCode::CREATED);
        let at = format!("{SUB}/providers/Microsoft.Authorization/policyAssignments/{name}");
        client.put(&at, json!({ "properties": { "policyDefinitionId": id } })).await;
    };
    let group_type = "Microsoft.Resources/subscriptions/resourceGroups";
    let untagged = json!({ "field": "tags['team']", "exists": false });
    define("team", json!({ "allOf": [{ "field": "type", "equals": group_type }, untagged] })).await;
    let owner = json!({ "field": "Microsoft.Authorization/roleAssignments/roleDefinitionId", "like": "*8e3af657-a8ff-443c-a75c-2fe8c4bcb635" });
    define("owners", owner).await;

    let tags = format!("{}/providers/Microsoft.Resources/tags/default", group());
    let refused = client.put(&tags, json!({ "properties": { "tags": { "a": "b" } } })).await;
    assert_eq!((refused.status, refused.code()), (StatusCode::FORBIDDEN, "RequestDisallowedByPolicy"));
    assert_eq!(client.delete(&tags).await.code(), "RequestDisallowedByPolicy");
    assert_eq!(client.get(&tags).await.body["properties"]["tags"], json!({ "team": "one" }));
    let new = format!("{SUB}/resourceGroups/rg-new");
    assert_eq!(
        client.put(&new, json!({ "location": "westeurope" })).await.code(),
        "RequestDisallowedByPolicy"
    );
    let tagged = json!({ "location": "westeurope", "tags": { "team": "x" } });
    assert_eq!(client.put(&new, tagged).await.status, StatusCode::CREATED);
    let grant = async |role: &str, name: u32| {
        let id = format!(
            "{}/providers/Microsoft.Authorization/roleAssignments/e3000000-0000-4000-8000-{name:012}",
            group()
        );
        let role = format!("{SUB}/providers/Microsoft.Authorization/roleDefinitions/{role}");
        client.put(&id, json!({ "properties": { "roleDefinitionId": role, "principalId": NOBODY } })).await
    };
    assert_eq!(grant("8e3af657-a8ff-443c-a75c-2fe8c4bcb635", 1).await.code(), "RequestDisallowedByPolicy");
    assert_eq!(grant("acdd72a7-3385-48ef-bd42-f606fba81ae7", 2).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn keys_of_a_storage_account_can_be_forbidden() {
    let client = Client::start(options()).await;
    let own = format!("{SUB}/providers/Microsoft.Authorization/policyDefinitions/no-keys");
    let rule = json!({ "properties": { "policyRule": { "then": { "effect": "deny" }, "if": { "allOf": [
        { "field": "type", "equals": "Microsoft.Storage/storageAccounts" },
        { "field": "Microsoft.Storage/storageAccounts/allowSharedKeyAccess", "notEquals": false } ] } } } });
    client.put(&own, rule).await;
    let patch = async |keys: bool| {
        let body = json!({ "properties": { "allowSharedKeyAccess": keys } });
        client.send(Method::PATCH, &format!("{}?api-version=2023-05-01", storage()), Some(body)).await
    };
    assert_eq!(patch(false).await.body["properties"]["allowSharedKeyAccess"], false);
    client.put(&assignment(&group()), json!({ "properties": { "policyDefinitionId": own } })).await;
    let refused = patch(true).await;
    assert_eq!((refused.status, refused.code()), (StatusCode::FORBIDDEN, "RequestDisallowedByPolicy"));
    assert!(refused.message().contains("Resource 'stone' was disallowed by policy"), "{}", refused.message());
    assert_eq!(client.get(&storage()).await.body["properties"]["allowSharedKeyAccess"], false);
}

#[tokio::test]
async fn a_rule_that_would_never_deny_is_not_taken() {
    let client = Client::start(options()).await;
    let own = format!("{SUB}/providers/Microsoft.Authorization/policyDefinitions/odd");
    for (rule, word) in [
        (
            json!({ "if": { "field": "type", "equals": "x" }, "then": { "effect": "deployIfNotExists" } }),
            "deployIfNotExists",
        ),
        (
            json!({ "if": { "value": "[field('name')]", "equals": "x" }, "then": { "effect": "deny" } }),
            "'value'",
        ),
        (json!({ "then": { "effect": "deny" } }), "'if'"),
    ] {
        let refused = client.put(&own, json!({ "properties": { "policyRule": rule } })).await;
        assert_eq!((refused.status, refused.code()), (StatusCode::BAD_REQUEST, "InvalidPolicyRule"));
        assert!(refused.message().contains(word), "{}", refused.message());
    }
    let no_definition = json!({ "properties": { "policyDefinitionId": storage() } });
    assert_eq!(client.put(&assignment(SUB), no_definition).await.code(), "PolicyDefinitionNotFound");
}

#[tokio::test]
async fn a_custom_role_that_cannot_be_is_refused_as_the_service_does() {
    let client = Client::start(options()).await;
    let at = |guid: &str| format!("{SUB}/providers/Microsoft.Authorization/roleDefinitions/{guid}");
    let role = at("e1000000-0000-4000-8000-000000000005");
    let body = |more: Value| {
        let mut body = json!({ "properties": { "roleName": "R", "type": "CustomRole",
            "permissions": [{ "actions": ["*/read"] }], "assignableScopes": [SUB, group()] } });
        for (name, value) in more.as_object().unwrap() {
            body["properties"][name] = value.clone();
        }
        body
    };
    for (more, status, code) in [
        (json!({ "type": "BuiltInRole" }), 400, "InvalidRoleDefinitionType"),
        (json!({ "roleName": " " }), 400, "RoleDefinitionNameNullOrEmpty"),
        (json!({ "assignableScopes": [] }), 400, "MissingAssignableScopes"),
        (json!({ "assignableScopes": ["Invalid_Scope"] }), 400, "LinkedInvalidPropertyId"),
        (json!({ "assignableScopes": ["/"] }), 400, "LinkedInvalidPropertyId"),
        (
            json!({ "assignableScopes": [format!("{SUB}/resourceGroups/none")] }),
            403,
            "LinkedAuthorizationFailed",
        ),
        (json!({ "permissions": [{ "actions": ["read"] }] }), 400, "InvalidActionOrNotAction"),
    ] {
        let refused = client.put(&role, body(more)).await;
        assert_eq!((refused.status.as_u16(), refused.code()), (status, code), "{}", refused.message());
    }
    let built_in = client.put(&at("b24988ac-6180-42a0-ab88-20f7382dd24c"), body(json!({}))).await;
    assert_eq!((built_in.status, built_in.code()), (StatusCode::CONFLICT, "RoleDefinitionExists"));
    assert_eq!(client.put(&role, body(json!({}))).await.status, StatusCode::CREATED);
    let grant = format!(
        "{}/providers/Microsoft.Authorization/roleAssignments/e1000000-0000-4000-8000-000000000006",
        group()
    );
    client.put(&grant, json!({ "properties": { "roleDefinitionId": role, "principalId": NOBODY } })).await;
    let narrower = client.put(&role, body(json!({ "assignableScopes": [SUB] }))).await;
    assert_eq!(narrower.code(), "RoleScopeBeingRemovedContainsAssignments");
    client.delete(&grant).await;
    assert_eq!(
        client.put(&role, body(json!({ "assignableScopes": [SUB] }))).await.status,
        StatusCode::CREATED
    );
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

#[tokio::test]
async fn an_estate_brings_its_policies_along() {
    let mut estate = options().estate;
    let definition = format!("{SUB}/providers/Microsoft.Authorization/policyDefinitions/no-keys");
    estate.resources.push(json!({
        "id": definition, "name": "no-keys", "type": "Microsoft.Authorization/policyDefinitions",
        "properties": { "policyType": "Custom", "mode": "Indexed", "displayName": "No keys", "policyRule": {
            "if": { "field": "Microsoft.Storage/storageAccounts/allowSharedKeyAccess", "notEquals": false },
            "then": { "effect": "deny" } } }
    }));
    estate.resources.push(json!({
        "id": assignment(&group()), "name": "rule", "type": "Microsoft.Authorization/policyAssignments",
        "properties": { "policyDefinitionId": definition, "scope": group(), "enforcementMode": "Default" }
    }));
    let client = Client::start(Options { estate, ..options() }).await;
    let patch = json!({ "properties": { "allowSharedKeyAccess": true } });
    let got = client.send(Method::PATCH, &format!("{}?api-version=2023-05-01", storage()), Some(patch)).await;
    assert_eq!(
        (got.status, got.code()),
        (StatusCode::FORBIDDEN, "RequestDisallowedByPolicy"),
        "{:?}",
        got.body
    );
}

#[tokio::test]
async fn policies_are_listed_at_exactly_a_scope_and_initiatives_are_none() {
    let client = Client::start(options()).await;
    let parameters = json!({ "listOfAllowedLocations": { "value": ["westeurope"] } });
    client.put(&assignment(&group()), policy("e56962a6-4747-49cd-b67b-bf8b01975c4c", &parameters)).await;
    let list = async |scope: &str, kind: &str, filter: &str| {
        let path = format!("{scope}/providers/Microsoft.Authorization/{kind}?$filter={filter}");
        client.get(&path).await
    };
    assert_eq!(list(&group(), "policyAssignments", "atExactScope()").await.names(), ["rule"]);
    assert_eq!(list(&storage(), "policyAssignments", "atExactScope()").await.names(), Vec::<&str>::new());
    assert_eq!(list(&storage(), "policyAssignments", "atScope()").await.names(), ["rule"]);
    assert_eq!(list(SUB, "roleAssignments", "atExactScope()").await.status, StatusCode::BAD_REQUEST);
    for kind in ["policySetDefinitions", "policyExemptions"] {
        assert_eq!(list(SUB, kind, "").await.names(), Vec::<&str>::new(), "{kind}");
    }
    let evaluated =
        format!("{}/providers/Microsoft.PolicyInsights/policyStates/latest/triggerEvaluation", group());
    let first = client.post(&evaluated, Value::Null).await;
    assert_eq!(first.status, StatusCode::ACCEPTED);
    assert_eq!(client.finish(first.header("location")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn resource_graph_has_policies_and_how_resources_comply() {
    let client = Client::start(options()).await;
    let parameters = json!({ "listOfAllowedLocations": { "value": ["northeurope"] } });
    client.put(&assignment(&group()), policy("e56962a6-4747-49cd-b67b-bf8b01975c4c", &parameters)).await;
    let query = "policyresources | where type == 'microsoft.policyinsights/policystates' \
                 | where properties.complianceState == 'NonCompliant' and properties.resourceType =~ 'Microsoft.Storage/storageAccounts' \
                 | project of = tostring(properties.resourceId)";
    let got = client.query(json!({ "query": query })).await;
    assert_eq!(got.body["data"], json!([{ "of": storage().to_lowercase() }]), "{:?}", got.body);
    let query = "policyresources | where type =~ 'Microsoft.Authorization/PolicyAssignments' | project name, subscriptionId";
    let got = client.query(json!({ "query": query })).await;
    assert_eq!(got.body["data"][0]["name"], "rule", "{:?}", got.body);
    let nobody = client.acting_as("nobody");
    let got = nobody.query(json!({ "query": query })).await;
    assert!(got.body["data"].as_array().is_none_or(Vec::is_empty), "{:?}", got.body);
}
