use serde_json::{Value, json};

use super::*;
use crate::azure::arm::api_error::ApiError;
use crate::azure::arm::error::Error;
use crate::azure::arm::request::Method;
use crate::domain::setup::environment::{Dependent, REGISTRIES, STORAGE, VAULTS};
use crate::domain::setup::examples;
use crate::domain::setup::finding::Level;
use crate::domain::setup::people::PrincipalKind;
use crate::domain::setup::plan::NAMESPACES;
use crate::domain::setup::resolve::SetUp;
use crate::domain::setup::spec::{Rule, StorageAccess};

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
            let is_same = |other: &Question| {
                other.request == one.request
                    && other.environment == one.environment
                    && other.about == one.about
            };
            assert!(!all[..at].iter().any(is_same), "{name}: {}", one.request.path);
        }
    }
    let all = questions(&examples::named("dev-prod"));
    let count = |is: fn(&About) -> bool| all.iter().filter(|one| is(&one.about)).count();
    assert_eq!(count(|about| matches!(about, About::Name(_))), 5, "two accounts, two vaults, one registry");
    assert_eq!(count(|about| matches!(about, About::Subnet { .. })), 1);
    let further = further(&examples::named("dev-prod"), &[]);
    assert_eq!(further.iter().filter(|one| one.about == About::Validate).count(), 2);
    let accounts = further.iter().filter(|one| matches!(one.about, About::Accounts { .. }));
    assert_eq!(accounts.count(), 2, "each has a subscription of its own");
    assert!(further.iter().all(|one| one.request.is_repeatable()));
}

#[test]
fn azure_is_asked_about_the_deployment_of_what_is_missing_and_of_nothing_else() {
    let set_up = examples::named("one");
    let environment = &set_up.environments[0];
    let all = crate::domain::setup::template::Template::of(environment).ids(&environment.group_id());
    let there = |ids: &[ArmId]| ids.iter().cloned().map(Learnt::There).collect::<Vec<_>>();
    assert_eq!(further(&set_up, &there(&all)), []);
    let asked = further(&set_up, &there(&all[1..]));
    let resources = &asked[0].request.body.as_ref().unwrap()["properties"]["template"]["resources"];
    let names: Vec<&str> =
        resources.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, [all[0].name()]);
    // What is there and broken is deployed again.
    let mut learnt = there(&all);
    learnt.push(Learnt::Broken(all[1].clone()));
    let asked = further(&set_up, &learnt);
    let resources = &asked[0].request.body.as_ref().unwrap()["properties"]["template"]["resources"];
    assert_eq!(resources[0]["name"], all[1].name());
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
    assert_eq!(there(&asked), Some(Learnt::There(id(STORAGE))), "what the plan makes is there");
}

#[test]
fn a_name_that_something_in_sight_holds_says_where_that_is() {
    let id = |group: &str| ArmId::group("0f0e", group).join(&format!("providers/{STORAGE}/stone"));
    let held = json!({ "nameAvailable": false, "reason": "AlreadyExists", "message": "taken" });
    let asked = question(About::Name(id("rg")));
    assert_eq!(held_by(&asked, &json!({ "nameAvailable": true })), None);
    let query = held_by(&asked, &held).unwrap();
    assert!(
        query.is_repeatable() && query.body.unwrap()["query"].as_str().unwrap().contains("name =~ 'stone'")
    );
    let rows = |ids: &[&ArmId]| json!({ "data": ids.iter().map(|id| json!({ "id": id.as_str() })).collect::<Vec<_>>() });
    let Some(Learnt::Finding(finding)) = holder(&asked, &rows(&[&id("rg-other")])) else { panic!("nothing") };
    assert_eq!(finding.key, "dependents.storage");
    assert!(finding.text.contains("in rg-other: pick that one"), "{}", finding.text);
    assert_eq!(holder(&asked, &rows(&[])), None, "somebody else's");
    assert!(said(About::Name(id("rg")), &held)[0].1.contains("you see nothing of that name"));
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
    assert!(said(About::Subnet { endpoints: 5 }, &subnet)[0].1.contains("172.17.0.0/16"));
    let tiny = json!({ "properties": { "addressPrefixes": ["10.0.0.0/29"] } });
    assert_eq!(said(About::Subnet { endpoints: 3 }, &tiny), []);
    let small = &said(About::Subnet { endpoints: 5 }, &tiny)[0];
    assert!(
        small.0 == Level::Refused && small.1.contains("room for 3, and 5 private endpoints"),
        "{small:?}"
    );
    let network =
        |region: &str| said(About::Network { region: "westeurope".into() }, &json!({ "location": region }));
    assert_eq!(network("West Europe"), []);
    assert!(network("northeurope")[0].1.contains("network.endpoints.region = \"northeurope\""));
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
    let all = further(&examples::named("one"), &[]);
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
    let learnt = [Learnt::Unregistered("0f0e".into(), "Microsoft.Network".into())];
    let asked = further(&examples::named("dev-prod"), &learnt);
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
    let environment = examples::named("one").environments.remove(0);
    let learnt = learn(&question(About::Workspace(Box::new(environment))), Err(&missing()));
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
        (About::Subnet { endpoints: 1 }, true),
        (About::Network { region: "westeurope".into() }, false),
        (About::Group(ArmId::subscription("x")), false),
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

/// Names of assignments follow from ids, and an identity that is made anew under its id is another principal.
#[test]
fn a_role_that_an_identity_held_which_is_gone_is_in_the_way_of_the_new_one() {
    let set_up = examples::named("staged");
    let all = questions(&set_up);
    let asked: Vec<&Question> = all.iter().filter(|one| matches!(one.about, About::Role { .. })).collect();
    let question = asked.first().unwrap();
    let About::Role { id, words, from, deployed: true, .. } = &question.about else { panic!("{question:?}") };
    assert!(from == "/properties/principalId" && words.contains(" on "), "{question:?}");
    let of = |principal: &str| json!({ "properties": { "principalId": principal } });
    assert_eq!(role(question, &of("A1"), Ok(&of("a1"))), [Learnt::There(id.clone())]);
    for identity in [Ok(&of("b2")), Err(&missing())] {
        let learnt = role(question, &of("a1"), identity);
        let [Learnt::Finding(finding)] = learnt.as_slice() else { panic!("{learnt:?}") };
        assert_eq!(finding.level, Level::Refused);
        assert!(
            finding.text.starts_with(words.as_str()) && finding.text.contains("delete that assignment first")
        );
    }
    // Those that take a step of their own are asked about as well, and the step finds out the rest.
    let mut set_up = examples::named("dev-prod");
    for one in &mut set_up.environments {
        let rule = Rule::PrivateEndpoint {
            resource: ArmId::group("0f0e", "rg-lake")
                .join(&format!("providers/{STORAGE}/stlake"))
                .to_string(),
            subresource: "blob".into(),
            spark: false,
        };
        one.rules.insert("lake".into(), rule);
    }
    let all = questions(&set_up);
    let approver = all.iter().find(|one| {
        matches!(&one.about, About::Role { words, deployed: false, .. } if words.ends_with("Approver on stlake"))
    });
    let approver = approver.unwrap();
    assert_eq!(role(approver, &of("a1"), Ok(&json!({ "identity": { "principalId": "a1" } }))), []);
    assert_eq!(role(approver, &of("a1"), Err(&missing())).len(), 1);
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

/// What stands in place of its data would cut a workspace off from it, and what it was made with is not made otherwise.
#[test]
fn a_workspace_that_is_there_is_refused_where_it_is_otherwise_and_keeps_what_the_plan_does_not_name() {
    let mut environment = examples::named("one").environments.remove(0);
    environment.tags.insert("team".to_owned(), "tiny".to_owned());
    let group = environment.group_id();
    let dependents = environment.dependents();
    let id = |kind: &str| {
        let found = dependents.iter().find(|(_, known, _)| *known == kind);
        found.and_then(|(_, kind, dependent)| dependent.id(&group, kind)).map(|id| id.to_string())
    };
    let body = |properties: Value, more: Value| {
        let mut body = json!({ "id": environment.workspace_id().as_str(), "tags": { "Team": "tiny", "cost": "1" },
            "identity": { "type": "SystemAssigned" }, "properties": {
            "storageAccount": id(STORAGE), "keyVault": id(VAULTS), "friendlyName": "Fraud experiments",
            "applicationInsights": id(crate::domain::setup::environment::INSIGHTS), "containerRegistry": null } });
        body["properties"].as_object_mut().unwrap().extend(properties.as_object().unwrap().clone());
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let none = || json!({});
    let other = "/subscriptions/a/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/stold";
    let mode = json!({ "isolationMode": "AllowInternetOutbound" });
    let own = other.replace(
        "Microsoft.Storage/storageAccounts/stold",
        "Microsoft.ManagedIdentity/userAssignedIdentities/id",
    );
    for (body, level, words) in [
        (body(none(), none()), Level::Note, "is there already, and stays as it is"),
        (body(none(), json!({ "kind": "Default" })), Level::Note, "stays as it is"),
        (
            body(none(), json!({ "location": environment.region.to_uppercase() })),
            Level::Note,
            "stays as it is",
        ),
        (
            body(none(), json!({ "tags": null })),
            Level::Warning,
            "Of it is changed: tag team: nothing -> 'tiny'",
        ),
        (body(none(), json!({ "tags": { "team": "a" } })), Level::Warning, "tag team: 'a' -> 'tiny'"),
        (body(json!({ "provisioningState": "Failed" }), none()), Level::Warning, "its last change failed"),
        // What a PUT would take off it is no business of a set-up.
        (
            body(
                json!({ "provisioningState": "Failed" }),
                json!({ "identity": { "type": "SystemAssigned,UserAssigned", "userAssignedIdentities": { &own: {} } } }),
            ),
            Level::Refused,
            "would lose its identity id",
        ),
        (
            body(json!({ "provisioningState": "Failed", "description": "key \u{fffd}" }), none()),
            Level::Refused,
            "would lose its description, which holds something that is not shown",
        ),
        (body(json!({ "storageAccount": other }), none()), Level::Refused, "its storage account is stold"),
        (body(json!({ "storageAccount": null }), none()), Level::Refused, "it has no storage account"),
        (body(none(), json!({ "kind": "Hub" })), Level::Refused, "its kind is Hub"),
        (body(none(), json!({ "location": "Japan East" })), Level::Refused, "in japaneast"),
        (
            body(json!({ "managedNetwork": mode }), none()),
            Level::Refused,
            "is AllowInternetOutbound, and not Disabled",
        ),
        (
            body(json!({ "publicNetworkAccess": "Disabled" }), none()),
            Level::Refused,
            "public access is Disabled",
        ),
        (
            body(json!({ "systemDatastoresAuthMode": "Identity" }), none()),
            Level::Refused,
            "its storage access is identity, and not accesskey",
        ),
        (
            body(
                json!({ "primaryUserAssignedIdentity": own }),
                json!({ "identity": { "type": "UserAssigned" } }),
            ),
            Level::Refused,
            "its identity is id, and not a system-assigned one",
        ),
        (json!({ "properties": {} }), Level::Refused, "is not understood"),
    ] {
        let told = said(About::Workspace(Box::new(environment.clone())), &body);
        assert!(told.len() == 1 && told[0].0 == level && told[0].1.contains(words), "{words}: {told:#?}");
    }
}

#[test]
fn a_dependent_whose_last_change_failed_is_deployed_again_only_against_advice() {
    let registry = ArmId::parse(
        "/subscriptions/a/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/cr",
    );
    let registry = registry.unwrap();
    let told = |state: &str| {
        said(About::There(registry.clone()), &json!({ "properties": { "provisioningState": state } }))
    };
    assert_eq!(told("Succeeded"), []);
    let failed = told("Failed");
    assert!(failed.len() == 1 && failed[0].0 == Level::Unwise, "{failed:#?}");
    assert!(failed[0].1.contains("cr is there already, and its last change failed"), "{failed:#?}");
}

#[test]
fn what_a_failed_workspace_has_and_the_plan_does_not_name_goes_into_its_deployment() {
    let environment = examples::named("one").environments.remove(0);
    let registry =
        "/subscriptions/a/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/crown";
    let body = json!({ "id": environment.workspace_id().as_str(), "tags": { "cost": "1" }, "properties": {
        "imageBuildCompute": "cpu-own", "containerRegistry": registry, "provisioningState": "Failed" } });
    let mut known = crate::domain::setup::plan::Known::only_today("2026-11-22".parse().unwrap());
    known.there.push(environment.workspace_id());
    known.broken.push(environment.workspace_id());
    known.workspaces.insert(environment.workspace_id(), serde_json::from_value(body).unwrap());
    let template = crate::domain::setup::there::missing(&environment, &known);
    let workspace = template.resources.iter().find(|one| one.name == environment.workspace).unwrap();
    assert_eq!(workspace.body["tags"]["cost"], "1");
    assert_eq!(workspace.body["properties"]["imageBuildCompute"], "cpu-own");
    assert!(workspace.body["properties"]["containerRegistry"].to_string().contains("crown"));
}

#[test]
fn an_outbound_rule_that_is_there_has_to_lead_where_the_plan_wants_it() {
    let mut environment = examples::named("nested").environments.remove(0);
    let target = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/stlake";
    let rule = |text: Value| serde_json::from_value::<Rule>(text).unwrap();
    for (wanted, has, words) in [
        (
            json!({ "type": "fqdn", "destination": "pypi.org" }),
            json!({ "type": "FQDN", "destination": "PyPI.org" }),
            "",
        ),
        (
            json!({ "type": "fqdn", "destination": "pypi.org" }),
            json!({ "type": "FQDN", "destination": "mirror.example.org" }),
            "its outbound rule lake leads to mirror.example.org, and not to pypi.org",
        ),
        (
            json!({ "type": "service-tag", "service_tag": "DataFactory", "ports": "80, 8080" }),
            json!({ "type": "ServiceTag", "destination": { "serviceTag": "datafactory", "protocol": "TCP", "portRanges": "80,8080" } }),
            "",
        ),
        (
            json!({ "type": "service-tag", "service_tag": "DataFactory" }),
            json!({ "type": "ServiceTag", "destination": { "serviceTag": "DataFactory", "protocol": "TCP", "portRanges": "80" } }),
            "leads to DataFactory TCP 80, and not to DataFactory TCP 443",
        ),
        (
            json!({ "type": "private-endpoint", "resource": target, "subresource": "blob" }),
            json!({ "type": "PrivateEndpoint", "destination": { "serviceResourceId": target, "subresourceTarget": "dfs" } }),
            "leads to stlake/dfs, and not to stlake/blob",
        ),
        (
            json!({ "type": "private-endpoint", "resource": target, "subresource": "blob" }),
            json!({ "type": "PrivateEndpoint", "destination": { "serviceResourceId": target.replace("/rg/", "/rg2/"), "subresourceTarget": "blob" } }),
            "resourceGroups/rg2/providers/Microsoft.Storage/storageAccounts/stlake, and not to /subscriptions/s/resourceGroups/rg/",
        ),
        (json!({ "type": "fqdn", "destination": "pypi.org" }), json!({ "type": "FQDN" }), ""),
    ] {
        environment.rules = [("lake".to_owned(), rule(wanted))].into();
        let body = json!({ "id": environment.workspace_id().as_str(), "properties": {
            "publicNetworkAccess": "Disabled",
            "managedNetwork": { "isolationMode": "AllowOnlyApprovedOutbound", "outboundRules": { "lake": has.clone() } } } });
        let told = said(About::Workspace(Box::new(environment.clone())), &body);
        let about_rules = told.iter().filter(|(_, text)| text.contains("outbound rule"));
        let about_rules: Vec<&str> = about_rules.map(|(_, text)| text.as_str()).collect();
        assert_eq!(about_rules.is_empty(), words.is_empty(), "{has}: {told:#?}");
        assert!(about_rules.iter().all(|text| text.contains(words)), "{words}: {told:#?}");
    }
}

#[test]
fn storage_accounts_that_the_region_has_no_room_for_are_told() {
    let usage = |used: u64| {
        json!([{ "unit": "Count", "currentValue": used, "limit": 250,
            "name": { "value": "StorageAccounts", "localizedValue": "Storage Accounts" } }])
    };
    let told = |made: usize, used: u64| said(About::Accounts { made }, &usage(used));
    assert_eq!(told(2, 248), []);
    let [(level, text)] = &*told(2, 249) else { panic!() };
    assert_eq!(*level, Level::Refused);
    assert!(text.contains("249 of 250, and the plan makes 2"), "{text}");
    assert_eq!(said(About::Accounts { made: 1 }, &json!([])), [], "what Azure does not say is no refusal");
    // A set in one subscription and region is counted together, without what is there already.
    let mut set_up = examples::named("dev-prod");
    let (first, second) = (set_up.environments[0].clone(), &mut set_up.environments[1]);
    (second.subscription, second.region) = (first.subscription.clone(), first.region.clone());
    let asked = |learnt: &[Learnt]| {
        let all = further(&set_up, learnt).into_iter();
        all.filter_map(|one| if let About::Accounts { made } = one.about { Some(made) } else { None })
            .collect::<Vec<_>>()
    };
    assert_eq!(asked(&[]), [2]);
    let account = first.storage.id(&first.group_id(), STORAGE).unwrap();
    assert_eq!(asked(&[Learnt::There(account)]), [1]);
}

#[test]
fn a_hub_has_to_be_one_and_in_the_region() {
    let told = |kind: &str, region: &str| {
        let body = json!({ "name": "hub-vision", "kind": kind, "location": "japaneast" });
        said(About::Hub { region: region.into() }, &body)
    };
    assert_eq!(told("Hub", "japaneast"), []);
    assert_eq!(told("Hub", "westeurope")[0].0, Level::Refused);
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

#[test]
fn what_outbound_rules_lead_to_is_looked_for_before() {
    let id = ArmId::group("0f0e", "rg").join(&format!("providers/{STORAGE}/stlake"));
    let about = About::Target { rule: "lake".into(), id: id.clone() };
    assert_eq!(said(about.clone(), &json!({ "data": [{ "id": id.as_str() }] })), []);
    let [(Level::Refused, text)] = &*said(about.clone(), &json!({ "data": [] })) else { panic!() };
    assert!(text.starts_with("stlake is not there, or you may not see it"), "{text}");
    let rule = |to: &ArmId| Rule::PrivateEndpoint {
        resource: to.to_string(),
        subresource: "blob".into(),
        spark: false,
    };
    let mut set_up = examples::named("one");
    set_up.environments[0].rules.insert("lake".into(), rule(&id));
    let own = set_up.environments[0].storage.id(&set_up.environments[0].group_id(), STORAGE).unwrap();
    set_up.environments[0].rules.insert("own".into(), rule(&own));
    let asked: Vec<About> = questions(&set_up)
        .into_iter()
        .map(|one| one.about)
        .filter(|one| matches!(one, About::Target { .. }))
        .collect();
    assert_eq!(asked, [about]);
}

#[test]
fn keys_are_not_turned_off_under_workspaces_that_sign_in_by_them() {
    let account = ArmId::group("0f0e", "rg").join(&format!("providers/{STORAGE}/stone"));
    let found = |names: &[&str]| json!({ "data": names.iter().map(|name| json!({ "id": name })).collect::<Vec<_>>() });
    let about = || About::KeyUsers(account.clone());
    assert_eq!(said(about(), &found(&[])), []);
    let [(Level::Refused, text)] = &*said(about(), &found(&["/w/mlw-a", "/w/mlw-b"])) else { panic!() };
    assert!(
        text.starts_with("mlw-a, mlw-b sign in to stone by its shared keys, and would be broken"),
        "{text}"
    );
    // It is asked of accounts that are there, where their keys go off.
    let asked = |set_up: &SetUp| questions(set_up).iter().any(|one| one.about == about());
    let mut set_up = examples::named("one");
    set_up.environments[0].storage_access = StorageAccess::Identity;
    set_up.environments[0].shared_key_off = true;
    assert!(!asked(&set_up));
    set_up.environments[0].storage = Dependent::Existing(account.clone());
    assert!(asked(&set_up));
    set_up.environments[0].shared_key_off = false;
    assert!(!asked(&set_up));
}

#[test]
fn an_account_that_refuses_keys_serves_no_workspace_that_signs_in_by_key() {
    let account = |keys: serde_json::Value| {
        json!({ "name": "stone", "kind": "StorageV2", "sku": { "name": "Standard_LRS" },
            "properties": { "allowSharedKeyAccess": keys } })
    };
    for keys in [json!(true), json!(null)] {
        assert_eq!(said(About::Keyed, &account(keys)), []);
    }
    let [(Level::Refused, text)] = &*said(About::Keyed, &account(json!(false))) else { panic!() };
    assert!(text.starts_with("stone cannot serve: it refuses shared keys"), "{text}");
    assert_eq!(said(About::Existing(STORAGE), &account(json!(false))), [], "by identity it does");
    // Who signs in by key decides, also behind one on the same account that does not.
    let mut set_up = examples::named("dev-prod");
    let account = ArmId::group("0f0e", "rg").join(&format!("providers/{STORAGE}/stone"));
    for environment in &mut set_up.environments {
        environment.storage = Dependent::Existing(account.clone());
    }
    let abouts = |set_up: &SetUp| {
        let all = questions(set_up).into_iter().filter(|one| one.request.path == account.as_str());
        all.map(|one| one.about).collect::<Vec<_>>()
    };
    set_up.environments[0].storage_access = StorageAccess::Identity;
    assert_eq!(abouts(&set_up), [About::Existing(STORAGE), About::Keyed]);
    set_up.environments[1].storage_access = StorageAccess::Identity;
    assert_eq!(abouts(&set_up), [About::Existing(STORAGE), About::Existing(STORAGE)]);
    // So does one that is there under the name of the new one.
    let set_up = examples::named("one");
    let one = &set_up.environments[0];
    let made = Learnt::There(one.storage.id(&one.group_id(), STORAGE).unwrap());
    let is_keyed = |learnt: &[Learnt]| further(&set_up, learnt).iter().any(|one| one.about == About::Keyed);
    assert!(is_keyed(std::slice::from_ref(&made)) && !is_keyed(&[]));
    assert!(!is_keyed(&[made, Learnt::There(one.workspace_id())]), "it signs in as it does");
}
