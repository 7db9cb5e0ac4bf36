//! Templates nested in templates, and deployments that delete what their template does not name.

use amldeck::emulator::Clock;
use amldeck::emulator::Options;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::deployments::{VERSION, account, at, body, deploy, group, options, template};
use crate::stage::{Client, Got};

fn nested(name: &str, inner: &Value, scope: &str) -> Value {
    json!({
        "type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": name,
        "properties": { "mode": "Incremental", "template": inner, "expressionEvaluationOptions": { "scope": scope } }
    })
}

async fn send(wire: &Client, action: &str, properties: Value) -> Got {
    let method = if action.is_empty() { Method::PUT } else { Method::POST };
    let sent = json!({ "properties": properties });
    wire.change(method, &format!("{}{action}", at("asked")), VERSION, Some(sent)).await
}

async fn whether_there(wire: &Client, name: &str) -> StatusCode {
    wire.get(&format!("{}/providers/Microsoft.Storage/storageAccounts/{name}", group())).await.status
}

async fn complete(wire: &Client, template: Value) -> Value {
    let asked = json!({ "mode": "complete", "template": template });
    let first = send(wire, "", asked).await;
    assert_eq!(first.status, StatusCode::CREATED, "{:?}", first.body);
    wire.finish_of(&first).await.body
}

#[tokio::test]
async fn a_complete_deployment_keeps_what_nested_templates_made_and_lists_what_it_deletes() {
    let wire = Client::start(options()).await;
    deploy(&wire, "first", template(&json!([account("stone"), account("sttwo")]))).await;
    let whole = template(&json!([
        account("stone"),
        nested("inside", &template(&json!([account("stthree")])), "outer")
    ]));
    assert_eq!(complete(&wire, whole).await["status"], "Succeeded");
    for (name, status) in
        [("stone", StatusCode::OK), ("sttwo", StatusCode::NOT_FOUND), ("stthree", StatusCode::OK)]
    {
        assert_eq!(whether_there(&wire, name).await, status, "{name}");
    }
    let operations = wire.get(&format!("{}/operations", at("asked"))).await.body;
    let deleted: Vec<&str> = operations["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["properties"])
        .filter(|one| one["provisioningOperation"] == "Delete")
        .map(|one| one["targetResource"]["resourceName"].as_str().unwrap())
        .collect();
    assert_eq!(deleted, ["sttwo"]);
    let shown = wire.get(&at("asked")).await.body;
    assert_eq!(shown["properties"]["outputResources"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_complete_deployment_that_may_not_delete_fails_and_says_so() {
    let wire = Client::start(options()).await;
    deploy(&wire, "first", template(&json!([account("stone"), account("stlocked")]))).await;
    let lock = format!(
        "{}/providers/Microsoft.Storage/storageAccounts/stlocked/providers/Microsoft.Authorization/locks/keep",
        group()
    );
    let made = wire
        .change(Method::PUT, &lock, "2020-05-01", Some(json!({ "properties": { "level": "CanNotDelete" } })))
        .await;
    assert!(made.status.is_success(), "{:?}", made.body);
    let done = complete(&wire, template(&json!([account("stone")]))).await;
    assert_eq!((&done["status"], &done["error"]["code"]), (&json!("Failed"), &json!("DeploymentFailed")));
    let detail = &done["error"]["details"][0];
    assert_eq!(detail["code"], "ScopeLocked");
    assert!(detail["target"].as_str().unwrap().ends_with("/stlocked"));
    assert_eq!(whether_there(&wire, "stlocked").await, StatusCode::OK);
}

#[tokio::test]
async fn what_a_deployment_asks_for_is_honoured_or_refused() {
    let wire = Client::start(options()).await;
    let good = template(&json!([]));
    let inner = |properties: Value| {
        let mut one = nested("inside", &template(&json!([])), "outer");
        one["properties"].as_object_mut().unwrap().extend(properties.as_object().unwrap().clone());
        json!({ "mode": "Incremental", "template": template(&json!([one])) })
    };
    for (properties, code, part) in [
        (json!({ "template": good }), "InvalidRequestContent", "Required property 'mode'"),
        (json!({ "template": good, "mode": "Total" }), "InvalidRequestContent", "\"Total\""),
        (
            json!({ "template": good, "mode": "Incremental", "parametersLink": { "uri": "https://h/p.json" } }),
            "InvalidContentLink",
            "'parametersLink'",
        ),
        (
            json!({ "templateLink": { "uri": "https://h/t.json" }, "mode": "Incremental" }),
            "InvalidContentLink",
            "'templateLink'",
        ),
        (
            json!({ "template": good, "mode": "Incremental", "onErrorDeployment": { "type": "LastSuccessful" } }),
            "InvalidDeployment",
            "onErrorDeployment",
        ),
        (inner(json!({ "mode": "Complete" })), "InvalidTemplate", "not supported for nested deployment"),
        (
            inner(json!({ "templateLink": { "uri": "https://h/t.json" } })),
            "InvalidContentLink",
            "'templateLink'",
        ),
        (
            inner(json!({ "template": { "$schema": "s", "contentVersion": "1.0.0.0" } })),
            "InvalidTemplate",
            "'resources' not found",
        ),
    ] {
        for action in ["", "/validate", "/whatIf"] {
            let got = send(&wire, action, properties.clone()).await;
            assert_eq!((got.status, got.code()), (StatusCode::BAD_REQUEST, code), "{part}: {:?}", got.body);
            assert!(got.message().contains(part), "{part} in {}", got.message());
        }
    }
}

#[tokio::test]
async fn defaults_and_expressions_see_the_time_of_the_estate_and_the_mode() {
    let clock = Clock::Fixed("2026-11-22T14:03:00Z".parse().unwrap());
    let wire = Client::start(Options { clock, ..options() }).await;
    let mut asked = template(&json!([]));
    asked["parameters"] = json!({ "day": { "type": "string", "defaultValue": "[utcNow('yyyy-MM-dd')]" } });
    asked["outputs"] = json!({
        "day": { "type": "string", "value": "[parameters('day')]" },
        "mode": { "type": "string", "value": "[deployment().properties.mode]" }
    });
    assert_eq!(complete(&wire, asked).await["status"], "Succeeded");
    let outputs = &wire.get(&at("asked")).await.body["properties"]["outputs"];
    assert_eq!(
        (&outputs["day"]["value"], &outputs["mode"]["value"]),
        (&json!("2026-11-22"), &json!("Complete"))
    );
}

#[tokio::test]
async fn nested_templates_are_validated_and_previewed_with_the_one_around_them() {
    let wire = Client::start(options()).await;
    let inner = template(&json!([account("stinner")]));
    let mut by_parameter = template(&json!([account("[parameters('name')]")]));
    by_parameter["parameters"] = json!({ "name": { "type": "string" } });
    let mut unknown = nested("unknown", &by_parameter, "inner");
    unknown["properties"]["parameters"] =
        json!({ "name": { "value": "[reference('stouter').primaryLocation]" } });
    let mut half = account("sthalf");
    half["tags"] = json!({ "where": "[reference('stouter').primaryLocation]" });
    let around = template(&json!([
        account("stouter"),
        nested("known", &inner, "outer"),
        nested("half", &template(&json!([half])), "outer"),
        unknown
    ]));
    let properties = body(&around, &json!({}))["properties"].clone();
    let valid = send(&wire, "/validate", properties.clone()).await.body;
    let validated = valid["properties"]["validatedResources"].as_array().unwrap();
    assert_eq!(validated.len(), 6, "three deployments and three accounts: {validated:?}");
    let diagnostics = valid["properties"]["diagnostics"].as_array().unwrap();
    assert_eq!((diagnostics.len(), &diagnostics[0]["code"]), (1, &json!("NestedDeploymentShortCircuited")));
    assert!(diagnostics[0]["target"].as_str().unwrap().ends_with("/unknown"));

    let first = send(&wire, "/whatIf", properties).await;
    let told = wire.finish_of(&first).await.body;
    let changes = told["properties"]["changes"].as_array().unwrap();
    let kind = |name: &str| {
        let found = changes.iter().find(|one| one["resourceId"].as_str().unwrap().ends_with(name));
        found.unwrap_or_else(|| panic!("{name} in {changes:?}"))["changeType"].clone()
    };
    for (name, expected) in
        [("/stouter", "Create"), ("/stinner", "Create"), ("/sthalf", "Create"), ("/unknown", "Unsupported")]
    {
        assert_eq!(kind(name), expected, "{name}");
    }
    assert_eq!(told["properties"]["diagnostics"][0]["code"], "NestedDeploymentShortCircuited");
}

#[tokio::test]
async fn rights_are_looked_at_in_nested_templates_too() {
    let wire = Client::start(options()).await.acting_as("contributor");
    let grant = json!({
        "type": "Microsoft.Authorization/roleAssignments", "apiVersion": "2022-04-01", "name": "[guid('x')]",
        "properties": {
            "roleDefinitionId": "[subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'acdd72a7-3385-48ef-bd42-f606fba81ae7')]",
            "principalId": "11111111-2222-4333-8444-555555555555", "principalType": "ServicePrincipal"
        }
    });
    let around = template(&json!([nested("inside", &template(&json!([grant])), "outer")]));
    let got = send(&wire, "", body(&around, &json!({}))["properties"].clone()).await;
    assert_eq!(got.code(), "InvalidTemplateDeployment", "{:?}", got.body);
    assert!(got.message().contains("roleAssignments/write"));
}

#[tokio::test]
async fn a_deployment_can_nest_neither_its_own_template_nor_itself() {
    let wire = Client::start(options()).await;
    let own = json!("[deployment().properties.template]");
    for scope in ["outer", "inner"] {
        let asked = template(&json!([nested("[concat(deployment().name, 'x')]", &own, scope)]));
        let got = send(&wire, "", body(&asked, &json!({}))["properties"].clone()).await;
        assert_eq!((got.status, got.code()), (StatusCode::BAD_REQUEST, "InvalidTemplate"), "{scope}");
        assert!(got.message().contains("has to be a JSON object"), "{}", got.message());
    }
    let same = nested("[deployment().name]", &template(&json!([])), "outer");
    let done = deploy(&wire, "same", template(&json!([same]))).await;
    assert_eq!(done.body["error"]["details"][0]["code"], "DeploymentActive");
}
