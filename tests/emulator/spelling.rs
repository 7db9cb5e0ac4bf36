//! Bodies as templates and older clients send them: booleans as texts, names in any case.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::deployments;
use crate::stage::{Client, Got, SUB, group, options};

const VERSION: &str = "2025-06-01";

fn named(what: &str) -> String {
    format!("{}/providers/{what}", group())
}

/// Waits for the end of what an answer began, if it began anything; gives the resource as it is then.
async fn done(client: &Client, path: &str, first: &Got) -> Value {
    assert!(first.status.is_success(), "{path}: {first:?}");
    if !first.header("azure-asyncoperation").is_empty() || !first.header("location").is_empty() {
        client.finish_of(first).await;
    }
    client.settled(path).await.body
}

/// Fails unless an object has every member of another, spelled like that, and none of them in another case, too.
fn has(path: &str, there: &Value, wanted: &Value) {
    match (there, wanted) {
        (Value::Object(members), Value::Object(wanted)) => {
            for (name, wanted) in wanted {
                let spelled: Vec<&String> =
                    members.keys().filter(|key| key.eq_ignore_ascii_case(name)).collect();
                assert_eq!(spelled, [name], "{path}");
                has(&format!("{path} {name}"), &members[name], wanted);
            }
        }
        (Value::Array(list), Value::Array(wanted)) => {
            assert_eq!(list.len(), wanted.len(), "{path}");
            list.iter().zip(wanted).for_each(|(one, wanted)| has(path, one, wanted));
        }
        _ => assert_eq!(there, wanted, "{path}"),
    }
}

#[tokio::test]
async fn booleans_that_came_as_texts_and_names_in_any_case_are_kept_as_the_services_spell_them() {
    let client = Client::start(options()).await;
    // What is put and how it is kept, then what is patched and how that is kept.
    for (what, put, kept, patch, patched) in [
        (
            "Microsoft.Storage/storageAccounts/stspelled",
            json!({ "allowSharedKeyAccess": "false", "PublicNetworkAccess": "Disabled", "minimumTLSVersion": "TLS1_2",
                "NetworkACLs": { "DefaultAction": "Deny" }, "encryption": { "Services": { "blob": { "Enabled": "True" } } } }),
            json!({ "allowSharedKeyAccess": false, "publicNetworkAccess": "Disabled", "minimumTlsVersion": "TLS1_2",
                "networkAcls": { "defaultAction": "Deny" }, "encryption": { "services": { "blob": { "enabled": true } } } }),
            json!({ "AllowSharedKeyAccess": "true", "DefaultToOAuthAuthentication": "TRUE" }),
            json!({ "allowSharedKeyAccess": true, "defaultToOAuthAuthentication": true, "minimumTlsVersion": "TLS1_2" }),
        ),
        (
            "Microsoft.KeyVault/vaults/kv-spelled",
            json!({ "EnableRBACAuthorization": "true", "PublicNetworkAccess": "Disabled",
                "AccessPolicies": [{ "ObjectId": "o", "Permissions": { "Secrets": ["get"] } }] }),
            json!({ "enableRbacAuthorization": true, "publicNetworkAccess": "Disabled",
                "accessPolicies": [{ "objectId": "o", "permissions": { "secrets": ["get"] } }] }),
            json!({ "EnablePurgeProtection": "true", "enableRbacAuthorization": "false" }),
            json!({ "enablePurgeProtection": true, "enableRbacAuthorization": false }),
        ),
        (
            "Microsoft.ContainerRegistry/registries/crspelled",
            json!({ "AnonymousPullEnabled": "true", "publicnetworkaccess": "Disabled",
                "Policies": { "ExportPolicy": { "Status": "disabled" } } }),
            json!({ "anonymousPullEnabled": true, "publicNetworkAccess": "Disabled",
                "policies": { "exportPolicy": { "status": "disabled" } } }),
            json!({ "AdminUserEnabled": "true", "DataEndpointEnabled": "true" }),
            json!({ "adminUserEnabled": true, "dataEndpointEnabled": true, "anonymousPullEnabled": true }),
        ),
        (
            "Microsoft.Insights/components/appi-spelled",
            json!({ "disableLocalAuth": "true", "application_type": "other", "workspaceResourceId": "/w" }),
            json!({ "DisableLocalAuth": true, "Application_Type": "other", "WorkspaceResourceId": "/w" }),
            json!({ "disableLocalAuth": "false", "disableIPMasking": "true" }),
            json!({ "DisableLocalAuth": false, "DisableIpMasking": true }),
        ),
        (
            "Microsoft.OperationalInsights/workspaces/log-spelled",
            json!({ "RetentionInDays": 60, "ForceCMKForQuery": "true", "Features": { "DisableLocalAuth": "true" } }),
            json!({ "retentionInDays": 60, "forceCmkForQuery": true, "features": { "disableLocalAuth": true } }),
            json!({ "features": { "EnableDataExport": "true" }, "forceCmkForQuery": "False" }),
            json!({ "features": { "enableDataExport": true, "disableLocalAuth": true }, "forceCmkForQuery": false }),
        ),
        (
            "Microsoft.Network/virtualNetworks/vnet-spelled",
            json!({ "AddressSpace": { "addressprefixes": ["10.0.0.0/16"] }, "EnableDDoSProtection": "true",
                "Subnets": [{ "Name": "one", "Properties": { "AddressPrefix": "10.0.0.0/24", "DefaultOutboundAccess": "false" } }] }),
            json!({ "addressSpace": { "addressPrefixes": ["10.0.0.0/16"] }, "enableDdosProtection": true,
                "subnets": [{ "name": "one", "properties": { "addressPrefix": "10.0.0.0/24", "defaultOutboundAccess": false } }] }),
            json!({ "EnableVMProtection": "true", "encryption": { "Enabled": "true" } }),
            json!({ "enableVmProtection": true, "encryption": { "enabled": true } }),
        ),
    ] {
        let path = named(what);
        let body = json!({ "Location": "westeurope", "Tags": { "Enabled": "true" }, "SKU": { "Name": "Premium" }, "Properties": put });
        let first = client.put(&path, body).await;
        let made = done(&client, &path, &first).await;
        has(what, &made["properties"], &kept);
        has(
            what,
            &made,
            &json!({ "location": "westeurope", "tags": { "Enabled": "true" }, "sku": { "name": "Premium" } }),
        );
        let first = client.change(Method::PATCH, &path, VERSION, Some(json!({ "Properties": patch }))).await;
        let changed = done(&client, &path, &first).await;
        has(what, &changed["properties"], &patched);
    }
    let identity = named("Microsoft.ManagedIdentity/userAssignedIdentities/id-spelled");
    let first = client.put(&identity, json!({ "Location": "westeurope", "TAGS": { "A": "1" } })).await;
    has(
        "identity",
        &done(&client, &identity, &first).await,
        &json!({ "location": "westeurope", "tags": { "A": "1" } }),
    );
    let patch = json!({ "Tags": { "B": "true" } });
    let first = client.change(Method::PATCH, &identity, VERSION, Some(patch)).await;
    has("identity", &done(&client, &identity, &first).await, &json!({ "tags": { "B": "true" } }));
}

#[tokio::test]
async fn purge_protection_that_was_sent_as_a_text_protects() {
    let client = Client::start(options()).await;
    for (name, sent) in [
        ("kv-text", json!({ "enablePurgeProtection": "true" })),
        ("kv-case", json!({ "EnablePurgeProtection": true })),
        ("kv-both", json!({ "ENABLEPURGEPROTECTION": "True" })),
    ] {
        let vault = named(&format!("Microsoft.KeyVault/vaults/{name}"));
        client.put(&vault, json!({ "location": "westeurope", "properties": sent })).await;
        assert_eq!(client.delete(&vault).await.status, StatusCode::OK);
        let gone = format!("{SUB}/providers/Microsoft.KeyVault/locations/westeurope/deletedVaults/{name}");
        assert_eq!(client.get(&gone).await.body["properties"]["purgeProtectionEnabled"], true, "{name}");
        let purge = client.post(&format!("{gone}/purge"), json!({})).await;
        assert_eq!(purge.status, StatusCode::METHOD_NOT_ALLOWED, "{name}");
        assert_eq!(client.get(&gone).await.status, StatusCode::OK, "{name} is still there");
    }
}

#[tokio::test]
async fn a_policy_of_a_vault_is_added_whatever_the_case_of_its_names() {
    let client = Client::start(options()).await;
    let vault = named("Microsoft.KeyVault/vaults/kv-policy-case");
    client.put(&vault, json!({ "location": "westeurope", "properties": {} })).await;
    let policy = json!({ "Properties": { "AccessPolicies": [{ "ObjectID": "o", "Permissions": { "Keys": ["get"] } }] } });
    assert_eq!(client.put(&format!("{vault}/accessPolicies/add"), policy).await.status, StatusCode::OK);
    let wanted = json!({ "accessPolicies": [{ "objectId": "o", "permissions": { "keys": ["get"] } }] });
    has("vault", &client.get(&vault).await.body["properties"], &wanted);
}

#[tokio::test]
async fn a_template_makes_and_foretells_what_a_request_would() {
    let wire = Client::start(deployments::options()).await;
    let mut account = deployments::account("stspelledbytemplate");
    account["properties"] = json!({ "AllowSharedKeyAccess": "false", "minimumTLSVersion": "TLS1_2" });
    let template = deployments::template(&json!([account]));
    let deployed = deployments::deploy(&wire, "spelled", template.clone()).await;
    assert_eq!(deployed.body["status"], "Succeeded", "{deployed:?}");
    let path =
        format!("{}/providers/Microsoft.Storage/storageAccounts/stspelledbytemplate", deployments::group());
    let wanted = json!({ "allowSharedKeyAccess": false, "minimumTlsVersion": "TLS1_2" });
    has("template", &wire.settled(&path).await.body["properties"], &wanted);
    let asked = deployments::body(&template, &json!({}));
    let url = format!("{}/whatIf", deployments::at("spelled"));
    let first = wire.change(Method::POST, &url, deployments::VERSION, Some(asked)).await;
    let told = wire.finish_of(&first).await.body;
    let changes = told["properties"]["changes"].as_array().unwrap();
    let change = changes.iter().find(|change| change["resourceId"].as_str() == Some(path.as_str()));
    assert_eq!(change.unwrap()["changeType"], "NoChange", "{change:?}");
}
