//! Virtual networks, private endpoints and the connections that they make.

use amldeck::emulator::Options;
use amldeck::emulator::estate::Estate;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::stage::{Client, SUB, group, options, storage};

fn network() -> String {
    format!("{}/providers/Microsoft.Network/virtualNetworks/vnet", group())
}

async fn put(client: &Client, path: &str, body: Value) -> Value {
    let got = client.put(path, body).await;
    assert!(got.status.is_success(), "{:?}", got.body);
    if !got.header("azure-asyncoperation").is_empty() {
        client.finish(got.header("azure-asyncoperation")).await;
    }
    client.get(path).await.body
}

#[tokio::test]
async fn subnets_are_in_their_network_and_beside_it() {
    let client = Client::start(options()).await;
    let body = json!({ "location": "westeurope", "properties": {
        "addressSpace": { "addressPrefixes": ["10.0.0.0/16"] },
        "subnets": [{ "name": "one", "properties": { "addressPrefix": "10.0.1.0/24" } }]
    }});
    let made = put(&client, &network(), body).await;
    assert_eq!(made["properties"]["subnets"][0]["id"], format!("{}/subnets/one", network()));
    let two = put(
        &client,
        &format!("{}/subnets/two", network()),
        json!({ "properties": { "addressPrefix": "10.0.2.0/24" } }),
    )
    .await;
    assert_eq!(two["properties"]["provisioningState"], "Succeeded");
    assert_eq!(client.get(&format!("{}/subnets", network())).await.names(), ["one", "two"]);
    assert_eq!(client.get(&network()).await.body["properties"]["subnets"].as_array().unwrap().len(), 2);
    let gone = client.delete(&format!("{}/subnets/one", network())).await;
    client.finish(gone.header("azure-asyncoperation")).await;
    let left = client.get(&network()).await.body;
    assert_eq!(left["properties"]["subnets"].as_array().unwrap().len(), 1);
}

fn endpoint(list: &str) -> Value {
    json!({ "location": "westeurope", "properties": {
        "subnet": { "id": format!("{}/subnets/one", network()) },
        list: [{ "name": "link", "properties": { "privateLinkServiceId": storage(), "groupIds": ["blob"] } }]
    }})
}

#[tokio::test]
async fn an_endpoint_makes_a_connection_on_its_target_and_takes_it_away() {
    let client = Client::start(options()).await;
    let path = format!("{}/providers/Microsoft.Network/privateEndpoints/pe", group());
    let made = put(&client, &path, endpoint("privateLinkServiceConnections")).await;
    let link = &made["properties"]["privateLinkServiceConnections"][0]["properties"];
    assert_eq!(link["privateLinkServiceConnectionState"]["status"], "Approved");
    let target = client.get(&storage()).await.body;
    assert_eq!(
        target["properties"]["privateEndpointConnections"][0]["properties"]["privateEndpoint"]["id"],
        path
    );
    let zones = format!("{path}/privateDnsZoneGroups/default");
    let zone_group = put(&client, &zones, json!({ "properties": { "privateDnsZoneConfigs": [] } })).await;
    assert_eq!(zone_group["properties"]["provisioningState"], "Succeeded");

    let gone = client.delete(&path).await;
    client.finish(gone.header("azure-asyncoperation")).await;
    assert_eq!(client.get(&zones).await.status, StatusCode::NOT_FOUND);
    let target = client.get(&storage()).await.body;
    assert_eq!(target["properties"]["privateEndpointConnections"], json!([]));
}

#[tokio::test]
async fn an_endpoint_is_made_in_the_region_of_its_network_and_nowhere_else() {
    let client = Client::start(options()).await;
    let body = json!({ "location": "northeurope", "properties": {
        "addressSpace": { "addressPrefixes": ["10.0.0.0/16"] },
        "subnets": [{ "name": "one", "properties": { "addressPrefix": "10.0.1.0/24" } }]
    }});
    put(&client, &network(), body).await;
    let path = format!("{}/providers/Microsoft.Network/privateEndpoints/pe", group());
    let at = |region: &str| {
        let mut body = endpoint("privateLinkServiceConnections");
        body["location"] = region.into();
        body["properties"]["subnet"] = json!({ "id": format!("{}/subnets/one", network()) });
        body
    };
    let refused = client.put(&path, at("westeurope")).await;
    assert_eq!((refused.status, refused.code()), (StatusCode::BAD_REQUEST, "InvalidResourceReference"));
    put(&client, &path, at("northeurope")).await;
}

#[tokio::test]
async fn a_connection_that_waits_is_approved_on_the_target() {
    let client = Client::start(options()).await;
    let path = format!("{}/providers/Microsoft.Network/privateEndpoints/pe", group());
    put(&client, &path, endpoint("manualPrivateLinkServiceConnections")).await;
    let list = client.get(&format!("{}/privateEndpointConnections", storage())).await;
    let connection = list.body["value"][0].clone();
    assert_eq!(connection["properties"]["privateLinkServiceConnectionState"]["status"], "Pending");
    let mut approved = json!({ "properties": connection["properties"] });
    approved["properties"]["privateLinkServiceConnectionState"]["status"] = json!("Approved");
    let got = client.put(connection["id"].as_str().unwrap(), approved).await;
    assert_eq!(got.status, StatusCode::OK);
    let endpoint = client.get(&path).await.body;
    let state = &endpoint["properties"]["manualPrivateLinkServiceConnections"][0]["properties"];
    assert_eq!(state["privateLinkServiceConnectionState"]["status"], "Approved");
    let target = client.get(&storage()).await.body;
    let inline = &target["properties"]["privateEndpointConnections"][0]["properties"];
    assert_eq!(inline["privateLinkServiceConnectionState"]["status"], "Approved");
}

#[tokio::test]
async fn an_endpoint_has_a_card_with_an_address_and_a_zone_group_makes_its_records() {
    let client = Client::start(options()).await;
    let body = json!({ "location": "westeurope", "properties": {
        "addressSpace": { "addressPrefixes": ["10.0.0.0/16"] },
        "subnets": [{ "name": "one", "properties": { "addressPrefix": "10.0.1.0/24" } }]
    }});
    put(&client, &network(), body).await;
    let free = client.get(&format!("{}/CheckIPAddressAvailability?ipAddress=10.0.1.4", network())).await;
    assert_eq!(free.body["available"], true);
    let path = format!("{}/providers/Microsoft.Network/privateEndpoints/pe", group());
    let made = put(&client, &path, endpoint("privateLinkServiceConnections")).await;
    let told = json!([{ "fqdn": "stone.blob.core.windows.net", "ipAddresses": ["10.0.1.4"] }]);
    assert_eq!(made["properties"]["customDnsConfigs"], told);
    let card = made["properties"]["networkInterfaces"][0]["id"].as_str().unwrap().to_owned();
    let address = &client.get(&card).await.body["properties"]["ipConfigurations"][0]["properties"];
    assert_eq!(address["privateIPAddress"], "10.0.1.4");
    let taken = client.get(&format!("{}/CheckIPAddressAvailability?ipAddress=10.0.1.4", network())).await;
    assert_eq!(
        (&taken.body["available"], &taken.body["availableIPAddresses"][0]),
        (&json!(false), &json!("10.0.1.5"))
    );

    let zone =
        format!("{}/providers/Microsoft.Network/privateDnsZones/privatelink.blob.core.windows.net", group());
    put(&client, &zone, json!({ "location": "global" })).await;
    let zones = format!("{path}/privateDnsZoneGroups/default");
    let configs = json!([{ "name": "blob", "properties": { "privateDnsZoneId": zone } }]);
    let zone_group =
        put(&client, &zones, json!({ "properties": { "privateDnsZoneConfigs": configs } })).await;
    let record = &zone_group["properties"]["privateDnsZoneConfigs"][0]["properties"]["recordSets"][0];
    assert_eq!((&record["recordSetName"], &record["ipAddresses"][0]), (&json!("stone"), &json!("10.0.1.4")));
    let kept = client.get(&format!("{zone}/A/stone")).await.body;
    assert_eq!(kept["properties"]["aRecords"], json!([{ "ipv4Address": "10.0.1.4" }]));
    assert_eq!(client.get(&path).await.body["properties"]["customDnsConfigs"], json!([]));

    let gone = client.delete(&path).await;
    client.finish(gone.header("azure-asyncoperation")).await;
    assert_eq!(client.get(&card).await.status, StatusCode::NOT_FOUND);
    assert_eq!(client.get(&format!("{zone}/A/stone")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_zone_group_names_zones_that_are_there() {
    let client = Client::start(options()).await;
    let path = format!("{}/providers/Microsoft.Network/privateEndpoints/pe", group());
    put(&client, &path, endpoint("privateLinkServiceConnections")).await;
    let zones = format!("{path}/privateDnsZoneGroups/default");
    let zone = |name: &str| format!("{}/providers/Microsoft.Network/privateDnsZones/{name}", group());
    let config = |name: &str| json!({ "name": name.replace('.', "-"), "properties": { "privateDnsZoneId": zone(name) } });
    let configs: Vec<Value> = ["one.example", "two.example", "three.example"].map(config).into();
    let body = json!({ "properties": { "privateDnsZoneConfigs": configs } });
    let refused = client.put(&zones, body.clone()).await;
    assert_eq!((refused.status, refused.code()), (StatusCode::BAD_REQUEST, "InvalidPrivateDnsZoneIds"));
    // As reported of Azure: the ids that it speaks of are not in the words.
    let words = format!("Private Dns Zone group {zones} has invalid private dns zone ids ,,.");
    assert_eq!(refused.message(), words);
    for name in ["one.example", "two.example", "three.example"] {
        put(&client, &zone(name), json!({ "location": "global" })).await;
    }
    put(&client, &zones, body).await;
}

#[tokio::test]
async fn a_network_is_linked_to_one_zone_of_a_name() {
    let client = Client::start(options()).await;
    let zone = |group: &str, name: &str| {
        format!("{SUB}/resourceGroups/{group}/providers/Microsoft.Network/privateDnsZones/{name}")
    };
    let (first, second) =
        (zone("rg-one", "privatelink.azurecr.io"), zone("rg-two", "privatelink.azurecr.io"));
    let other = zone("rg-two", "azurecr.io");
    for zone in [&first, &second, &other] {
        put(&client, zone, json!({ "location": "global" })).await;
    }
    let link = json!({ "location": "global", "properties": { "registrationEnabled": false, "virtualNetwork": { "id": network() } } });
    let begun = client.put(&format!("{first}/virtualNetworkLinks/mine"), link.clone()).await;
    assert_eq!(client.finish_of(&begun).await.body["status"], "Succeeded");
    for twice in [&second, &first] {
        let path = format!("{twice}/virtualNetworkLinks/theirs");
        let begun = client.put(&path, link.clone()).await;
        assert_eq!(begun.status, StatusCode::ACCEPTED);
        let ended = client.finish(begun.header("azure-asyncoperation")).await;
        assert_eq!((&ended.body["status"], ended.code()), (&json!("Failed"), "BadRequest"));
        assert_eq!(
            ended.message(),
            "A virtual network cannot be linked to multiple zones with overlapping namespaces. You tried to link virtual network with 'privatelink.azurecr.io' and 'privatelink.azurecr.io' zones."
        );
        assert_eq!(client.get(&path).await.status, StatusCode::NOT_FOUND);
    }
    for path in [format!("{other}/virtualNetworkLinks/mine"), format!("{first}/virtualNetworkLinks/mine")] {
        let begun = client.put(&path, link.clone()).await;
        let ended = client.finish_of(&begun).await;
        assert!(ended.code().is_empty(), "{ended:?}");
    }
}

#[tokio::test]
async fn rules_and_routes_are_in_their_parent_and_beside_it() {
    let client = Client::start(options()).await;
    for (parent, list) in [("networkSecurityGroups/nsg", "securityRules"), ("routeTables/rt", "routes")] {
        let path = format!("{}/providers/Microsoft.Network/{parent}", group());
        let sent =
            json!({ "location": "westeurope", "properties": { list: [{ "name": "a", "properties": {} }] } });
        put(&client, &path, sent).await;
        put(&client, &format!("{path}/{list}/b"), json!({ "properties": {} })).await;
        assert_eq!(client.get(&format!("{path}/{list}")).await.names(), ["a", "b"]);
        assert_eq!(client.delete(&format!("{path}/{list}/a")).await.status, StatusCode::OK);
        let left = client.get(&path).await.body["properties"][list].clone();
        assert_eq!((left.as_array().unwrap().len(), &left[0]["name"]), (1, &json!("b")));
    }
}

#[tokio::test]
async fn the_interface_that_an_endpoint_of_an_estate_names_is_there() {
    let client = Client::start(Options { throttle: false, ..Options::new(Estate::demo().unwrap()) }).await;
    let everything =
        "/subscriptions/6b0e2f3c-91d4-4a57-8e16-c2a7f05d4b91/providers/Microsoft.Network/privateEndpoints";
    let endpoints = client.get(everything).await.body["value"].as_array().cloned().unwrap();
    assert!(endpoints.len() > 2);
    for endpoint in endpoints {
        let id = endpoint["properties"]["networkInterfaces"][0]["id"].as_str().unwrap();
        let card = client.get(id).await;
        assert_eq!(card.status, StatusCode::OK, "{id}");
        assert_eq!(card.body["properties"]["privateEndpoint"]["id"], endpoint["id"]);
        let config = &card.body["properties"]["ipConfigurations"][0]["properties"];
        assert_eq!(config["subnet"]["id"], endpoint["properties"]["subnet"]["id"]);
        assert!(config["privateIPAddress"].is_string(), "{id}");
    }
}
