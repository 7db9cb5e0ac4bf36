//! What Azure refuses, beforehand and in the middle.

use super::{Stage, fault, group, words, workspace};
use crate::plan_files::ONE;
use crate::support::emulator;
use amldeck::app::runtime::{Control, JournalPlace, Memory};
use amldeck::azure::arm::id::ArmId;
use amldeck::azure::arm::request::{Method, Request};
use amldeck::domain::changes::Production;
use amldeck::domain::plan::{Choice, Phase};
use amldeck::domain::setup::finding::{Finding, Level};
use amldeck::domain::setup::people::Directory;
use amldeck::domain::setup::plan::{Known, plan};
use amldeck::domain::setup::resolve::SetUp;
use amldeck::domain::setup::spec::PlanFile;
use amldeck::emulator::{Fault, Options};
use serde_json::json;

#[tokio::test]
async fn refusals_in_the_middle_say_what_is_the_matter_and_leave_a_way_on() {
    let forbidden = "The client 'a' with object id 'b' does not have authorization to perform action \
                     'Microsoft.Resources/deployments/write' over scope '/subscriptions/s/resourceGroups/rg-tiny' or the \
                     scope is invalid.";
    let error = |code: &str, message: &str| json!({"error": {"code": code, "message": message}});
    let inside = |code: &str, message: &str| {
        json!({"error": {"code": "InvalidTemplateDeployment", "message": "See the details.",
            "details": [{"code": code, "message": message}]}})
    };
    let cases = [
        (
            "PUT",
            "*/deployments/*",
            403,
            error("AuthorizationFailed", forbidden),
            "You lack Microsoft.Resources/deployments/write on rg-tiny. A Contributor",
        ),
        (
            "PUT",
            "*/deployments/*",
            400,
            inside("QuotaExceeded", "Workspaces in uksouth: 800 of 800."),
            "ask Azure for more, or take another region. Workspaces in uksouth: 800 of 800.",
        ),
        (
            "POST",
            "*/validate*",
            400,
            error("InvalidTemplate", "The template resource 'x' at line '1' is not valid."),
            "Azure refuses the template. The template resource 'x'",
        ),
        (
            "PUT",
            "*/deployments/*",
            400,
            inside("RequestDisallowedByPolicy", "Resource 'stmlwtiny' was disallowed by policy 'Keys off'."),
            "A policy denies it; who owns the policy can exempt the resource. Resource 'stmlwtiny' was disallowed by policy 'Keys off'.",
        ),
        (
            "PUT",
            "*/deployments/*",
            409,
            error("DeploymentQuotaExceeded", "800 is the most."),
            "keeps 800 deployments",
        ),
    ];
    for (method, path, status, body, expected) in cases {
        let stage = Stage::of(emulator::options()).await;
        let plan = stage.plan(ONE).await;
        let faults = vec![fault(method, path, status, body)];
        let place = JournalPlace::Memory(Memory::default());
        let spoilt = Stage::on(Options { faults, ..emulator::options() }, &place).await;
        let run = spoilt.run(plan).await;
        let said = words(&run);
        assert!(run.phase == Phase::Failed && said.contains(expected), "{expected}: {said}");
        assert_eq!(run.choices(), [Choice::Resume, Choice::Undo, Choice::Keep], "the group was made: {said}");
        let deploy = run.plan.steps.iter().position(|step| step.deployment().is_some()).unwrap();
        assert!(!run.steps[deploy].changed, "a template that was looked at changed nothing");
        assert!(
            run.now_true().contains(&"Not done, it failed: Deploy mlw-tiny".to_owned()),
            "{:#?}",
            run.now_true()
        );
        // It is mended meanwhile: from there on it goes through.
        let resumed = spoilt.resume(&run, &Control::default()).await;
        assert_eq!((resumed.phase, words(&resumed)), (Phase::Done, String::new()), "{expected}");
    }
}

#[tokio::test]
async fn a_403_behind_the_deployment_leaves_the_workspace_and_is_tried_again_from_there() {
    let message = "The client 'a' with object id 'b' does not have authorization to perform action \
                   'Microsoft.Consumption/budgets/write' over scope '/subscriptions/s/resourceGroups/rg-tiny' or the scope \
                   is invalid.";
    let body = json!({"error": {"code": "AuthorizationFailed", "message": message}});
    let faults = vec![fault("PUT", "*/budgets/*", 403, body)];
    let stage = Stage::of(Options { faults, ..emulator::options() }).await;
    let text = format!("{ONE}\n[budget]\namount = 100.0\n");
    let run = stage.run(stage.plan(&text).await).await;
    assert!(
        words(&run).starts_with("You lack Microsoft.Consumption/budgets/write on rg-tiny."),
        "{}",
        words(&run)
    );
    let now = run.now_true();
    assert!(now.contains(&"Done: mlw-tiny is there with what it depends on.".to_owned()), "{now:#?}");
    for made in [
        "stmlwtinye4b734 (Microsoft.Storage/storageAccounts)",
        "kv-mlw-tiny-e4b734 (Microsoft.KeyVault/vaults)",
    ] {
        assert!(now.contains(&format!("There now, made by this run: {made}")), "{now:#?}");
    }
    stage.running.forget_requests();
    let resumed = stage.resume(&run, &Control::default()).await;
    assert_eq!((resumed.phase, words(&resumed)), (Phase::Done, String::new()));
    assert!(stage.writes().iter().all(|write| write.contains("/budgets/")), "{:#?}", stage.writes());
}

#[tokio::test]
async fn a_policy_is_told_in_words_and_azures_preview_before_a_second_time() {
    let stage = Stage::of(emulator::options()).await;
    let said = stage.said(ONE).await;
    assert!(said.iter().all(|finding| finding.level == Level::Note), "{said:#?}");
    assert!(
        said.iter().any(|finding| finding.text.contains("Azure lists no deleted workspaces")),
        "{said:#?}"
    );
    let subscription = ArmId::subscription("a83d5e70-2c4b-4f19-b6d8-07e94c1fa2d5");
    let rule = subscription.join("providers/Microsoft.Authorization/policyAssignments/regions");
    // "Allowed locations", one of Azure's own definitions.
    let allowed = "/providers/Microsoft.Authorization/policyDefinitions/e56962a6-4747-49cd-b67b-bf8b01975c4c";
    let body = json!({ "properties": { "displayName": "Regions", "policyDefinitionId": allowed,
        "parameters": { "listOfAllowedLocations": { "value": ["northeurope"] } } } });
    stage.client.send(&Request::arm(Method::Put, &rule, "2022-06-01").body(body)).await.unwrap();
    let said = stage.said(ONE).await;
    let refused: Vec<&Finding> = said.iter().filter(|finding| finding.level == Level::Refused).collect();
    let words_of_it = "Azure refuses the deployment: the policy 'Regions' denies stmlwtiny";
    assert!(refused.len() == 1 && refused[0].text.starts_with(words_of_it), "{said:#?}");
    // Whoever runs it all the same is told the same by the run.
    let sound = SetUp::of(&PlanFile::read(ONE).unwrap(), &Directory::new());
    let unasked =
        plan(&sound, &Known::only_today("2026-11-22".parse().unwrap()), &Production::default()).unwrap();
    let denied = stage.run(unasked).await;
    let said = words(&denied);
    assert!(said.starts_with("The policy 'Regions' denies stmlwtiny"), "{said}");
    assert!(said.contains("who owns a policy can exempt what it denies"), "{said}");
    stage.client.send(&Request::arm(Method::Delete, &rule, "2022-06-01")).await.unwrap();
    let run = stage.resume(&denied, &Control::default()).await;
    assert_eq!(run.phase, Phase::Done, "{}", words(&run));
    let changed = ONE.replace("[basics]", "[basics]\ntags = { team = 'tiny' }");
    let said = stage.said(&changed).await;
    let told = |finding: &Finding| finding.text.ends_with("Of it is changed: tag team: nothing -> 'tiny'");
    assert!(said.iter().any(told), "{said:#?}");
    let previewed = |finding: &Finding| finding.text.contains("by Azure's own preview");
    assert!(!said.iter().any(previewed), "nothing else would be changed: {said:#?}");
}

#[tokio::test]
async fn nothing_is_planned_while_it_is_not_known_what_is_there() {
    let faults = vec![Fault { times: None, ..fault("GET", "*/vaults/kv-mlw-tiny-e4b734", 503, json!({})) }];
    let stage = Stage::of(Options { faults, ..emulator::options() }).await;
    let said = stage.said(ONE).await;
    let refused: Vec<&Finding> = said.iter().filter(|finding| finding.level == Level::Refused).collect();
    let wanted = "whether kv-mlw-tiny-e4b734 is there already could not be read";
    assert!(refused.len() == 1 && refused[0].text.starts_with(wanted), "{said:#?}");
}

/// Whether something is refused beforehand in these words.
fn refuses(said: &[Finding], words: &str) -> bool {
    said.iter().any(|one| one.level == Level::Refused && one.text.contains(words))
}

#[tokio::test]
async fn a_lock_that_makes_the_group_read_only_is_told_with_who_can_take_it_off() {
    let stage = Stage::of(emulator::options()).await;
    let body = json!({ "location": "uksouth" });
    stage.client.send(&Request::arm(Method::Put, &group(), "2024-07-01").body(body)).await.unwrap();
    let lock = group().join("providers/Microsoft.Authorization/locks/keep");
    let locked = async |level: &str| {
        let body = json!({ "properties": { "level": level } });
        stage.client.send(&Request::arm(Method::Put, &lock, "2020-05-01").body(body)).await.unwrap();
        stage.said(ONE).await
    };
    let said = locked("ReadOnly").await;
    assert!(
        refuses(&said, "the lock 'keep' makes the resource group read-only: who may delete locks"),
        "{said:#?}"
    );
    let said = locked("CanNotDelete").await;
    let told = |one: &Finding| one.level == Level::Note && one.text.contains("so the way back is barred");
    assert!(said.iter().any(told) && !refuses(&said, "lock"), "{said:#?}");
}

#[tokio::test]
async fn a_quota_that_is_used_up_is_told_before_anything_is_sent() {
    let full = |name: &str| {
        json!({ "value": [{ "currentValue": 250, "limit": 250, "unit": "Count",
            "name": { "value": name, "localizedValue": name } }] })
    };
    for (provider, name, words) in [
        ("Microsoft.Storage", "StorageAccounts", "the region has 250 of 250, and the plan makes 1"),
        ("Microsoft.MachineLearningServices", "Workspaces", "the quota is used up: Workspaces, 250 of 250"),
    ] {
        let path = format!("*/{provider}/locations/uksouth/usages");
        let faults = vec![Fault { times: None, ..fault("GET", &path, 200, full(name)) }];
        let stage = Stage::of(Options { faults, ..emulator::options() }).await;
        let said = stage.said(ONE).await;
        assert!(refuses(&said, words), "{said:#?}");
        assert!(stage.writes().is_empty());
    }
}

#[tokio::test]
async fn a_provider_that_is_not_registered_is_registered_by_a_step_and_who_may_not_is_told() {
    let stage = Stage::of(emulator::options()).await;
    let subscription = ArmId::subscription("a83d5e70-2c4b-4f19-b6d8-07e94c1fa2d5");
    let provider = subscription.join("providers/Microsoft.OperationalInsights");
    let state = async || {
        let body = stage.client.value(&Request::get(&provider, "2024-07-01")).await.unwrap();
        body["registrationState"].as_str().unwrap_or_default().to_owned()
    };
    let off = Request::arm(Method::Post, &provider.join("unregister"), "2024-07-01");
    stage.client.send(&off).await.unwrap();
    while state().await != "NotRegistered" {
        tokio::task::yield_now().await;
    }
    let plan = stage.plan(ONE).await;
    assert_eq!(plan.steps[0].title, "Register Microsoft.OperationalInsights (main)");
    let run = stage.run(plan).await;
    assert_eq!(
        (run.phase, words(&run), state().await),
        (Phase::Done, String::new(), "Registered".to_owned())
    );
}

#[tokio::test]
async fn a_service_tag_that_the_plan_does_not_look_at_is_refused_by_the_service_in_its_words() {
    let stage = Stage::of(emulator::options()).await;
    stage.run(stage.plan(&format!("{ONE}\n[network]\nisolation = 'internet-outbound'\n")).await).await;
    let rule = workspace().join("outboundRules/adf");
    let body = json!({ "properties": { "type": "ServiceTag", "category": "UserDefined",
        "destination": { "serviceTag": "DataFactory", "protocol": "TCP", "portRanges": "443" } } });
    let put = Request::arm(Method::Put, &rule, "2024-10-01-preview").body(body);
    let refused = stage.client.run(&put, |_| {}).await.unwrap_err().to_string();
    assert!(
        refused.contains("outbound rules are supported when managed network isolation mode is"),
        "{refused}"
    );
}
