//! What the services were seen to answer, in recordings of public tests beyond those of the shapes compared: how they
//! spell what they are sent, and what they keep to themselves.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::stage::{Client, OWNER, group, options, storage, workspace};

fn named(what: &str) -> String {
    format!("{}/providers/{what}", group())
}

#[tokio::test]
async fn a_region_that_was_sent_as_people_see_it_is_answered_by_its_name() {
    let client = Client::start(options()).await;
    let other = group().replace("rg-one", "rg-other");
    let made = client.put(&other, json!({ "location": "West Europe" })).await;
    assert_eq!((made.status, &made.body["location"]), (StatusCode::CREATED, &json!("westeurope")));
    // The same region in another spelling is not another region.
    let again = client.put(&other, json!({ "location": "WEST Europe", "tags": { "a": "b" } })).await;
    assert_eq!((again.status, &again.body["location"]), (StatusCode::OK, &json!("westeurope")));
    let moved = client.put(&other, json!({ "location": "North Europe" })).await;
    assert_eq!(moved.code(), "InvalidResourceGroupLocation");
    for what in
        ["Microsoft.KeyVault/vaults/kv-stays", "Microsoft.ManagedIdentity/userAssignedIdentities/id-stays"]
    {
        let place = |region: &str| json!({ "location": region, "properties": {} });
        client.put(&named(what), place("West Europe")).await;
        let moved = client.put(&named(what), place("northeurope")).await;
        assert_eq!((moved.status, moved.code()), (StatusCode::CONFLICT, "InvalidResourceLocation"), "{what}");
        let same = client.put(&named(what), place("westeurope")).await;
        assert!(same.status.is_success(), "{what}: {:?}", same.body);
    }
    let vault =
        client.put(&named("Microsoft.KeyVault/vaults/Kv-Spelled"), json!({ "location": "UK South" })).await;
    assert_eq!(vault.body["location"], "uksouth");
    assert_eq!(vault.body["name"], "Kv-Spelled");
    assert_eq!(vault.body["properties"]["vaultUri"], "https://kv-spelled.vault.azure.net/");
    let registry = client
        .put(&named("Microsoft.ContainerRegistry/registries/crSpelled"), json!({ "location": "westeurope" }))
        .await;
    assert_eq!(registry.body["properties"]["loginServer"], "crspelled.azurecr.io");
}

#[tokio::test]
async fn a_compute_says_who_made_it_by_object_id_and_never_what_opens_its_machines() {
    let client = Client::start(options()).await;
    let owner = client.get("/v1.0/me").await.body["id"].clone();
    let instance = format!("{}/computes/ci-own", workspace());
    let body = json!({ "location": "West Europe", "properties": { "computeType": "ComputeInstance", "properties": {
        "vmSize": "Standard_DS3_v2", "sshSettings": { "sshPublicAccess": "Disabled", "adminPublicKey": "ssh-rsa made-up" } } } });
    let made = client.put(&instance, body).await;
    assert_eq!(made.status, StatusCode::CREATED);
    client.finish_of(&made).await;
    let own = client.get(&instance).await.body["properties"]["properties"].clone();
    assert_eq!(own["createdBy"]["userId"], owner);
    assert_eq!(own["sshSettings"]["adminPublicKey"], Value::Null);

    let cluster = format!("{}/computes/cluster-own", workspace());
    let body = |most: u32| {
        json!({ "properties": { "computeType": "AmlCompute", "properties": {
            "vmSize": "Standard_DS3_v2", "scaleSettings": { "maxNodeCount": most },
            "userAccountCredentials": { "adminUserName": "admin", "adminUserPassword": "made-up" } } } })
    };
    for most in [2, 3] {
        // A change is answered like the first request.
        let made = client.put(&cluster, body(most)).await;
        assert_eq!(made.status, StatusCode::CREATED);
        assert!(!made.header("azure-asyncoperation").is_empty() && made.header("location").is_empty());
        client.finish_of(&made).await;
    }
    let own = client.get(&cluster).await.body["properties"]["properties"].clone();
    let account = json!({ "adminUserName": "admin", "adminUserPassword": null });
    assert_eq!((&own["userAccountCredentials"], &own["propertyBag"]), (&account, &json!({})));
    assert_eq!(own["scaleSettings"]["maxNodeCount"], 3);
}

#[tokio::test]
async fn a_registry_of_assets_tells_what_it_was_given_in_each_region() {
    let client = Client::start(options()).await;
    let path = named("Microsoft.MachineLearningServices/registries/reg-shared");
    let own = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/stown";
    let body = json!({ "location": "West Central US", "properties": { "regionDetails": [
        { "location": "WestCentralUS",
          "acrDetails": [{ "systemCreatedAcrAccount": { "acrAccountSku": "Premium" } }],
          "storageAccountDetails": [{ "systemCreatedStorageAccount": { "storageAccountType": "standard_zrs" } }] },
        { "location": "East US",
          "storageAccountDetails": [{ "userCreatedStorageAccount": { "armResourceId": { "resourceId": own } } }] }
    ] } });
    let made = client.put(&path, body).await;
    assert_eq!(made.status, StatusCode::ACCEPTED);
    client.finish_of(&made).await;
    let registry = client.get(&path).await.body;
    assert_eq!(registry["location"], "westcentralus");
    let address = registry["properties"]["discoveryUrl"].as_str().unwrap_or_default();
    assert!(address.starts_with("https://westcentralus.api.azureml.ms/"), "{address}");
    let regions = &registry["properties"]["regionDetails"];
    assert_eq!(
        (&regions[0]["location"], &regions[1]["location"]),
        (&json!("westcentralus"), &json!("eastus"))
    );
    let images = &regions[0]["acrDetails"][0];
    assert_eq!(images["userCreatedAcrAccount"], Value::Null);
    assert!(images["systemCreatedAcrAccount"]["acrAccountName"].is_string(), "{images}");
    let account = &regions[0]["storageAccountDetails"][0]["systemCreatedStorageAccount"];
    assert_eq!(account["storageAccountType"], "standard_zrs");
    assert!(account["armResourceId"]["resourceId"].is_string(), "{account}");
    let theirs = &regions[1]["storageAccountDetails"][0];
    assert_eq!(theirs["userCreatedStorageAccount"]["armResourceId"]["resourceId"], own);
    assert_eq!(theirs["systemCreatedStorageAccount"], Value::Null);
}

#[tokio::test]
async fn a_hub_of_the_first_previews_has_the_first_of_its_lists() {
    let client = Client::start(options()).await;
    let vault = named("Microsoft.KeyVault/vaults/kv-first");
    assert_eq!(client.put(&vault, json!({ "location": "westeurope" })).await.status, StatusCode::OK);
    let hub = named("Microsoft.MachineLearningServices/workspaces/hub-first");
    let body = json!({ "location": "westeurope", "kind": "hub", "identity": { "type": "SystemAssigned" }, "properties": {
        "storageAccount": null, "keyVault": null, "storageAccounts": [storage()], "keyVaults": [vault],
        "containerRegistries": [], "existingWorkspaces": [], "hubResourceId": "", "enableDataIsolation": "true" } });
    let made = client.put(&hub, body).await;
    assert_eq!(made.status, StatusCode::ACCEPTED, "{made:?}");
    client.finish_of(&made).await;
    let hub = client.get(&hub).await.body;
    assert_eq!((&hub["kind"], &hub["properties"]["provisioningState"]), (&json!("Hub"), &json!("Succeeded")));
    assert_eq!(hub["properties"]["storageAccount"], storage());
    assert_eq!(hub["properties"]["keyVault"], vault);
    assert_eq!(hub["properties"]["storageAccounts"], json!([storage()]));
}

#[tokio::test]
async fn a_role_without_a_description_has_none_and_its_maker_is_told_later() {
    let client = Client::start(options()).await;
    let path = format!(
        "{}/providers/Microsoft.Authorization/roleDefinitions/0d000000-0000-4000-8000-00000000000d",
        group()
    );
    for description in [Value::Null, json!("what it is for")] {
        let body = json!({ "properties": { "roleName": "Own", "type": "customRole", "description": description,
            "assignableScopes": [group()], "permissions": [{ "actions": ["Microsoft.Storage/*/read"] }] } });
        let made = client.put(&path, body).await;
        let told = &made.body["properties"];
        assert_eq!((made.status, &told["type"]), (StatusCode::CREATED, &json!("CustomRole")));
        assert_eq!(
            (told.get("createdBy"), told.get("description")),
            (Some(&Value::Null), Some(&description))
        );
        assert_eq!(told["permissions"][0]["notDataActions"], json!([]));
        let later = client.get(&path).await.body;
        assert_eq!(
            (&later["properties"]["createdBy"], &later["properties"]["description"]),
            (&json!(OWNER), &description)
        );
    }
}

#[tokio::test]
async fn a_budget_that_is_new_has_its_address_and_nothing_spent_yet() {
    let client = Client::start(options()).await;
    let path = named("Microsoft.Consumption/budgets/yearly");
    let period = json!({ "startDate": "2026-01-01T00:00:00.000Z", "endDate": "2026-12-31T00:00:00.500Z" });
    let body = json!({ "properties": { "amount": 7.0, "timeGrain": "Annually", "timePeriod": period } });
    let made = client.put(&path, body.clone()).await;
    assert_eq!(made.status, StatusCode::CREATED);
    assert!(made.header("location").contains("/budgets/yearly?api-version="), "{made:?}");
    let told = &made.body["properties"];
    assert_eq!((told.get("currentSpend"), &told["filter"]), (Some(&Value::Null), &json!({})));
    let kept = json!({ "startDate": "2026-01-01T00:00:00Z", "endDate": "2026-12-31T00:00:00.500Z" });
    assert_eq!(told["timePeriod"], kept);
    let again = client.put(&path, body).await;
    assert_eq!(
        (again.status, &again.body["properties"]["currentSpend"]["amount"]),
        (StatusCode::OK, &json!(0.0))
    );
}

#[tokio::test]
async fn a_workspace_without_an_identity_of_its_own_still_says_its_tenant() {
    let client = Client::start(options()).await;
    let id = named("Microsoft.ManagedIdentity/userAssignedIdentities/id-own");
    assert_eq!(client.put(&id, json!({ "location": "westeurope" })).await.status, StatusCode::CREATED);
    let identity = json!({ "type": "UserAssigned", "userAssignedIdentities": { id.as_str(): {} } });
    let made =
        client.change(Method::PATCH, &workspace(), "2025-06-01", Some(json!({ "identity": identity }))).await;
    assert_eq!(made.status, StatusCode::ACCEPTED, "{made:?}");
    client.finish_of(&made).await;
    let got = client.get(&workspace()).await.body["identity"].clone();
    assert_eq!((&got["type"], got.get("principalId")), (&json!("UserAssigned"), Some(&Value::Null)));
    assert!(
        got["tenantId"].is_string() && got["userAssignedIdentities"][id.as_str()]["clientId"].is_string(),
        "{got}"
    );
}
