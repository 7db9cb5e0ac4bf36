use serde_json::{Value, json};

use super::*;
use crate::azure::arm::api_error::ApiError;
use crate::azure::arm::error::Error;
use crate::azure::arm::request::Method;
use crate::domain::setup::environment::{REGISTRIES, STORAGE, VAULTS};
use crate::domain::setup::examples;
use crate::domain::setup::finding::Level;
use crate::domain::setup::people::PrincipalKind;
use crate::domain::setup::plan::NAMESPACES;

fn question(about: About) -> Question {
    let request = Request::get(&ArmId::subscription("0f0e"), "2024-01-01");
    Question { environment: "prod".into(), request, about }
}

fn said(about: About, body: &Value) -> Vec<(Level, String)> {
    let findings = learn(&question(about), Ok(body)).into_iter();
    findings
        .filter_map(|one| match one {
            Learnt::Finding(finding) => Some((finding.level, finding.text)),
            _ => None,
        })
        .collect()
}

fn missing() -> Error {
    let body = br#"{"error":{"code":"ResourceNotFound","message":"gone"}}"#;
    Error::Api(Box::new(ApiError::read(404, body, Method::Get, "/x")))
}

#[test]
fn questions_only_read_and_none_is_asked_twice() {
    for (name, set_up) in examples::all() {
        let all = questions(&set_up);
        assert!(all.iter().all(|one| one.request.is_repeatable()), "{name}");
        for (at, one) in all.iter().enumerate() {
            assert!(
                !all[..at].iter().any(|other| other.request == one.request),
                "{name}: {}",
                one.request.path
            );
        }
    }
    let all = questions(&examples::named("dev-prod"));
    let count = |is: fn(&About) -> bool| all.iter().filter(|one| is(&one.about)).count();
    assert_eq!(count(|about| matches!(about, About::Name(_))), 5, "two accounts, two vaults, one registry");
    assert_eq!(count(|about| matches!(about, About::Validate)), 2);
    assert_eq!(count(|about| matches!(about, About::Subnet)), 1);
}

#[test]
fn a_provider_that_is_not_registered_becomes_a_step() {
    let about = || About::Provider {
        subscription: "0f0e".into(),
        namespace: NAMESPACES[0].into(),
        region: "westeurope".into(),
    };
    let body = json!({ "registrationState": "NotRegistered", "resourceTypes": [
        { "resourceType": "workspaces", "locations": ["West Europe", "UK South"] }] });
    assert_eq!(
        learn(&question(about()), Ok(&body)),
        [Learnt::Unregistered("0f0e".into(), NAMESPACES[0].into())]
    );
    let elsewhere = json!({ "registrationState": "Registered", "resourceTypes": [
        { "resourceType": "workspaces", "locations": ["UK South"] }] });
    let said = said(about(), &elsewhere);
    assert!(said[0].0 == Level::Refused && said[0].1.contains("not offered in 'westeurope'"), "{said:?}");
}

#[test]
fn names_that_are_held_say_by_whom_they_may_be() {
    let id = |kind: &str| ArmId::group("0f0e", "rg").join(&format!("providers/{kind}/name1"));
    let held =
        json!({ "nameAvailable": false, "reason": "AlreadyExists", "message": "it was recently deleted" });
    assert!(said(About::Name(id(VAULTS)), &held)[0].1.contains("purge that one"));
    assert!(said(About::Name(id(STORAGE)), &held)[0].1.contains("is taken"));
    let free = json!({ "nameAvailable": true });
    assert!(said(About::Name(id(STORAGE)), &free).is_empty());
    let asked = question(About::Name(id(STORAGE)));
    assert_eq!(own_of(&asked, &free), None);
    assert!(own_of(&asked, &held).unwrap().path.ends_with("/name1"));
}

#[test]
fn missing_rights_are_named_with_who_can_give_them() {
    let scope = ArmId::group("0f0e", "rg");
    let about = |actions: &[&str]| About::Rights {
        scope: scope.clone(),
        actions: actions.iter().map(|one| (*one).to_owned()).collect(),
    };
    let contributor = json!([{ "actions": ["*"], "notActions": ["Microsoft.Authorization/*/Write"] }]);
    let write = "Microsoft.Storage/storageAccounts/write";
    let assign = "Microsoft.Authorization/roleAssignments/write";
    assert!(said(about(&[write]), &contributor).is_empty());
    let lacks = said(about(&[write, assign]), &contributor);
    assert!(lacks[0].1.contains(assign) && !lacks[0].1.contains(write), "{lacks:?}");
    assert!(lacks[0].1.contains("User Access Administrator"));
    assert!(said(about(&[write]), &json!([]))[0].1.contains("granting Contributor"));
}

#[test]
fn rights_on_a_group_that_will_be_made_are_asked_of_its_subscription() {
    let scope = ArmId::group("0f0e", "rg");
    let asked = question(About::Rights { scope, actions: vec!["a/b/write".into()] });
    let Some(Question { about: About::Rights { scope, actions }, .. }) = instead(&asked) else { panic!() };
    assert_eq!((scope.as_str(), actions.len()), ("/subscriptions/0f0e", 2));
    assert_eq!(instead(&question(About::Rights { scope, actions })), None);
}

#[test]
fn dependents_that_cannot_serve_are_refused_with_the_reason() {
    for (kind, body, words) in [
        (STORAGE, json!({ "sku": { "name": "Premium_LRS" }, "kind": "StorageV2" }), "premium"),
        (
            STORAGE,
            json!({ "kind": "StorageV2", "properties": { "isHnsEnabled": true } }),
            "hierarchical namespace",
        ),
        (STORAGE, json!({ "kind": "BlobStorage" }), "no general-purpose"),
        (REGISTRIES, json!({ "properties": { "provisioningState": "Failed" } }), "provisioning failed"),
    ] {
        let said = said(About::Existing(kind), &body);
        assert!(
            said.iter().any(|(level, text)| *level == Level::Refused && text.contains(words)),
            "{said:?}"
        );
    }
    assert!(
        said(About::Existing(STORAGE), &json!({ "kind": "StorageV2", "sku": { "name": "Standard_LRS" } }))
            .is_empty()
    );
    assert!(
        said(About::KeyVault, &json!({ "name": "kv", "properties": {} }))[0].1.contains("purge protection")
    );
}

#[test]
fn locks_quota_networks_and_refused_templates_are_told() {
    let lock = |level: &str| json!([{ "name": "keep", "properties": { "level": level } }]);
    assert_eq!(said(About::Locks, &lock("ReadOnly"))[0].0, Level::Refused);
    assert_eq!(said(About::Locks, &lock("CanNotDelete"))[0].0, Level::Note);
    let subnet = json!({ "properties": { "addressPrefix": "172.17.1.0/24" } });
    assert!(said(About::Subnet, &subnet)[0].1.contains("172.17.0.0/16"));
    let usage = json!([{ "currentValue": 800, "limit": 800, "name": { "value": "Workspaces" } }]);
    assert!(said(About::Usages, &usage)[0].1.contains("800 of 800"));
    let refused = json!({ "error": { "code": "InvalidTemplateDeployment", "message": "outer", "details": [
        { "code": "RequestDisallowedByPolicy", "message": "tags are wanted" }] } });
    let denied = said(About::Validate, &refused)[0].1.clone();
    assert!(denied.contains("a policy denies it") && denied.contains("tags are wanted"), "{denied}");
    assert!(denied.contains("who owns the policy"), "{denied}");
}

#[test]
fn azures_preview_tells_what_would_be_changed_of_what_is_there() {
    let change =
        |kind: &str, delta: Value| json!({ "resourceId": "/x/st1", "changeType": kind, "delta": delta });
    let delta = json!([{ "path": "tags.team", "propertyChangeType": "Create" }]);
    let body = json!({ "status": "Succeeded", "properties": { "changes": [
        change("Create", json!(null)), change("NoChange", json!([])), change("Modify", delta)] } });
    let said = said(About::WhatIf, &body);
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].0 == Level::Note && said[0].1.contains("st1 is there and would be changed"), "{said:?}");
    assert!(said[0].1.ends_with("tags.team"), "{said:?}");
}

#[test]
fn a_deployment_into_a_group_that_will_be_made_is_looked_at_with_the_group() {
    let all = questions(&examples::named("one"));
    for about in [About::Validate, About::WhatIf] {
        let asked = all.iter().find(|one| one.about == about).unwrap();
        let other = instead(asked).unwrap();
        assert!(!other.request.path.contains("resourceGroups") && other.request.is_repeatable());
        let resources = &other.request.body.as_ref().unwrap()["properties"]["template"]["resources"];
        assert_eq!(resources[0]["name"], "rg-tiny");
        assert_eq!(
            resources[1]["properties"]["template"],
            asked.request.body.as_ref().unwrap()["properties"]["template"],
            "the very template"
        );
    }
}

#[test]
fn the_rights_of_every_step_are_asked_for_where_they_count() {
    let all = questions(&examples::named("dev-prod"));
    let asks = |end: &str, action: &str| {
        all.iter().any(|one| {
            matches!(&one.about, About::Rights { scope, actions }
            if scope.as_str().ends_with(end) && actions.iter().any(|one| one.ends_with(action)))
        })
    };
    assert!(asks("/rg-pricing-prod", "provisionManagedNetwork/action"));
    assert!(asks("/rg-pricing-dev", "Microsoft.Consumption/budgets/write"));
    assert!(asks("/stcontosolake", "roleAssignments/write"), "what is elsewhere is asked itself");
    assert!(!asks("", "register/action") && !asks("", "resourceGroups/write"), "only where it is needed");
    let asked = further(&[Learnt::Unregistered("0f0e".into(), "Microsoft.Network".into())]);
    let About::Rights { scope, actions } = &asked[0].about else { panic!("{asked:?}") };
    assert_eq!(
        (scope.as_str(), actions.as_slice()),
        ("/subscriptions/0f0e", &["Microsoft.Network/register/action".to_owned()][..])
    );
}

#[test]
fn an_existing_registry_and_account_are_held_to_what_the_workspace_needs_of_them() {
    let standard = json!({ "name": "cr", "sku": { "name": "Standard" }, "properties": {} });
    assert!(said(About::Premium, &standard)[0].1.contains("need the SKU Premium"));
    assert!(said(About::Premium, &json!({ "sku": { "name": "premium" } })).is_empty());
    let account = json!({ "kind": "StorageV2", "primaryEndpoints": { "blob": "https://x" } });
    assert!(said(About::Existing(STORAGE), &account)[0].1.contains("no file service"));
}

#[test]
fn a_name_that_a_deleted_workspace_may_hold_is_told() {
    let wished = Wished::of(&examples::named("one").environments[0]);
    let learnt = learn(&question(About::Workspace(Box::new(wished))), Err(&missing()));
    let Learnt::Finding(finding) = &learnt[0] else { panic!("{learnt:?}") };
    assert!(
        finding.level == Level::Note && finding.text.contains("lists no deleted workspaces"),
        "{finding:?}"
    );
}

#[test]
fn what_is_not_there_matters_only_where_it_should_be() {
    for (about, refused) in [
        (About::There(ArmId::subscription("x")), false),
        (About::Locks, false),
        (About::Validate, false),
        (About::Subnet, true),
        (About::KeyVault, true),
        (About::Hub { region: "westeurope".into() }, true),
        (About::Existing(STORAGE), true),
        (About::Principal(ArmId::subscription("x")), true),
    ] {
        let learnt = learn(&question(about.clone()), Err(&missing()));
        let hit = learnt
            .iter()
            .any(|one| matches!(one, Learnt::Finding(finding) if finding.level == Level::Refused));
        assert_eq!(hit, refused, "{about:?}");
    }
}

#[test]
fn names_are_looked_up_one_by_one() {
    let request = look_up(PrincipalKind::Group, "Team O'Neill");
    assert_eq!(request.query[0].1, "displayName eq 'Team O''Neill'");
    let found = |list: &[Value]| looked_up(PrincipalKind::Group, "Team", list);
    assert_eq!(found(&[json!({ "id": "1" })]), Ok("1".to_owned()));
    assert!(found(&[]).unwrap_err().contains("has no group 'Team'"));
    assert!(found(&[json!({}), json!({})]).unwrap_err().contains("2 groups are called"));
}

fn lacking(scope: ArmId, actions: &[&str]) -> Vec<String> {
    let actions = actions.iter().map(|one| (*one).to_owned()).collect();
    said(About::Rights { scope, actions }, &json!([])).into_iter().map(|(_, text)| text).collect()
}

#[test]
fn who_follows_the_advice_about_rights_is_not_refused_again() {
    let group = ArmId::group("6b0e2f3c-91d4-4a57-8e16-c2a7f05d4b91", "rg-a");
    let (deploy, grant) =
        ("Microsoft.Resources/deployments/write", "Microsoft.Authorization/roleAssignments/write");
    let told = lacking(group.clone(), &[deploy, grant]);
    assert_eq!(told.len(), 2, "Contributor grants no roles: {told:#?}");
    assert!(told[0].contains(deploy) && told[0].contains("granting Contributor"), "{told:#?}");
    assert!(told[1].contains(grant) && !told[1].contains("Contributor"), "{told:#?}");
    let subscription = ArmId::subscription("6b0e2f3c-91d4-4a57-8e16-c2a7f05d4b91");
    for (scope, words) in [(group, "on the resource group rg-a;"), (subscription, "on the subscription;")] {
        let told = lacking(scope, &[deploy]);
        assert!(told[0].contains(words) && !told[0].contains("6b0e2f3c"), "{told:#?}");
    }
}

#[test]
fn a_right_is_missed_by_the_environment_whose_step_needs_it() {
    let all = questions(&examples::named("dev-prod"));
    let lake = all
        .iter()
        .find(|one| matches!(&one.about, About::Rights { scope, .. } if scope.name() == "stcontosolake"));
    assert_eq!(lake.map(|one| one.environment.as_str()), Some("prod"));
}

#[test]
fn a_subscription_that_nobody_sees_is_refused_once() {
    let told: Vec<Learnt> = NAMESPACES
        .iter()
        .flat_map(|namespace| {
            let about = About::Provider {
                subscription: "0f0e".into(),
                namespace: (*namespace).into(),
                region: "westeurope".into(),
            };
            learn(&question(about), Err(&missing()))
        })
        .collect();
    let [Learnt::Finding(finding), rest @ ..] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!((finding.level, finding.key.as_str()), (Level::Refused, "basics.subscription"));
    assert!(finding.text.contains("0f0e") && rest.iter().all(|one| *one == told[0]), "{told:?}");
}

#[test]
fn what_validation_refuses_for_lack_of_rights_is_told_by_the_actions_and_without_ids() {
    let one = |name: &str| {
        format!(
            "'Authorization failed for template resource '{name}' of type 'Microsoft.Authorization/roleAssignments'. The \
             client '4e0c' with object id '4e0c' does not have permission to perform action \
             'Microsoft.Authorization/roleAssignments/write' at scope '/subscriptions/6b0e/resourceGroups/rg'.'"
        )
    };
    let message = format!("Deployment failed with multiple errors: {}:{}", one("644f"), one("98aa"));
    let body = json!({ "error": { "code": "InvalidTemplateDeployment", "message": message } });
    let error = ApiError::read(400, body.to_string().as_bytes(), Method::Post, "/x");
    let told = learn(&question(About::Validate), Err(&Error::Api(Box::new(error))));
    let [Learnt::Finding(finding)] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!(
        finding.text,
        "Azure refuses the deployment: you lack Microsoft.Authorization/roleAssignments/write"
    );
}

/// What stands in place of its data would cut a workspace off from it.
#[test]
fn a_workspace_that_is_there_with_something_else_is_refused_and_one_of_the_same_plan_is_not() {
    let wished = Wished::of(&examples::named("one").environments[0]);
    let id = |at: &str| {
        let of = wished.dependents.iter().find(|(_, property, _)| property.ends_with(at));
        of.and_then(|(_, _, id)| id.clone()).map(|id| id.to_string())
    };
    let other = "/subscriptions/a/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/stold";
    let body = |storage: &str, more: &Value| {
        let mut body = json!({ "properties": { "storageAccount": storage, "keyVault": id("keyVault"),
            "applicationInsights": id("applicationInsights"), "containerRegistry": null } });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let same = id("storageAccount").unwrap();
    let isolated =
        json!({ "storageAccount": same, "managedNetwork": { "isolationMode": "AllowInternetOutbound" } });
    for (body, level, words) in [
        (body(&same, &json!({})), Level::Note, "what differs from the plan is changed"),
        (body(&same, &json!({ "kind": "Default", "tags": null })), Level::Note, "what differs"),
        (body(other, &json!({})), Level::Refused, "with the storage account stold"),
        (body(&same, &json!({ "kind": "Hub" })), Level::Refused, "its kind is Hub"),
        (body(&same, &json!({ "location": "Japan East" })), Level::Refused, "in Japan East"),
        (body(&same, &json!({ "location": wished.region.to_uppercase() })), Level::Note, "what differs"),
        (body(&same, &json!({ "tags": { "cost": "1" } })), Level::Warning, "its tags cost are taken off"),
        (json!({ "properties": isolated }), Level::Refused, "from AllowInternetOutbound to Disabled"),
    ] {
        let told = said(About::Workspace(Box::new(wished.clone())), &body);
        assert!(told[0].0 == level && told[0].1.contains(words), "{words}: {told:#?}");
    }
}

#[test]
fn a_hub_has_to_be_one_and_should_be_in_the_region() {
    let told = |kind: &str, region: &str| {
        let body = json!({ "name": "hub-vision", "kind": kind, "location": "japaneast" });
        said(About::Hub { region: region.into() }, &body)
    };
    assert_eq!(told("Hub", "japaneast"), []);
    assert_eq!(told("Hub", "westeurope")[0].0, Level::Warning);
    assert_eq!(told("Default", "japaneast")[0].0, Level::Refused);
}

#[test]
fn a_region_that_is_none_is_refused_with_the_one_that_was_meant() {
    let about = |region: &str| About::Provider {
        subscription: "0f0e".into(),
        namespace: NAMESPACES[0].into(),
        region: region.into(),
    };
    let body = json!({ "registrationState": "Registered", "resourceTypes": [
        { "resourceType": "workspaces", "locations": ["West Europe", "UK South"] } ] });
    assert_eq!(said(about("uksouth"), &body), []);
    assert!(said(about("westeurop"), &body)[0].1.contains("did you mean westeurope?"));
    assert!(said(about("moonbase"), &body)[0].1.contains("it is in westeurope, uksouth"));
}
