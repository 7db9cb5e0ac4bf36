//! What goes wrong: each with words that say what is the matter and what to do, and with what is true then.

use amldeck::app::runtime::Control;
use amldeck::azure::arm::id::ArmId;
use amldeck::azure::arm::request::{Method, Request};
use amldeck::azure::resources::workspace::{AuthMode, set_auth_mode};
use amldeck::azure::resources::{role_assignment, storage_account};
use amldeck::domain::plan::{Choice, Phase, Plan, Run, StepState};
use amldeck::domain::storage_access::Verdict;
use amldeck::emulator::Fault;
use serde_json::{Value, json};

use super::stage::{DEVELOPMENT, GROUP, READER, Stage, account, with, words, workspace};
use crate::support::emulator;

const CONTRIBUTOR: &str = "b24988ac-6180-42a0-ab88-20f7382dd24c";
const NO_SHARED_KEY: &str = "8c6a50c6-9ffd-4ae7-986f-5fa6111f9a54";

/// The plan to identity without its grants.
fn bare(mut plan: Plan) -> Plan {
    plan.steps.retain(|step| !step.id.starts_with("grant-") && step.id != "in-force");
    plan
}

/// The step that failed, and why.
fn failed(run: &Run) -> (&str, String) {
    let (at, _) = run.trouble().unwrap_or_else(|| panic!("it did not fail: {:#?}", run.now_true()));
    assert_eq!(run.phase, Phase::Failed);
    assert!(
        run.steps[at + 1..].iter().all(|step| matches!(step.state, StepState::Pending | StepState::LeftOut)),
        "nothing runs behind a step that failed"
    );
    (run.plan.steps[at].id.as_str(), words(run))
}

fn refusal(code: &str, message: &str) -> Option<Value> {
    Some(json!({"error": {"code": code, "message": message}}))
}

/// The verdict of an assessment, and its reasons in one line.
async fn verdict(stage: &Stage, workspace: &str) -> (Verdict, String) {
    let mut desk = stage.desk(workspace).await;
    desk.press("s").await;
    let screen = desk.screen();
    let Some(made) = desk.model().switching.as_ref().and_then(|switching| switching.made.first()) else {
        panic!("no assessment:\n{screen}")
    };
    (made.verdict.clone(), made.verdict.because().join("; "))
}

/// Nothing was sent, and why.
async fn refused(stage: &Stage, plan: Plan) -> String {
    let sent = stage.writes().len();
    let error = stage.runner.run(plan, None, &Control::default(), &mut |_| {}).await.unwrap_err().to_string();
    assert!(error.starts_with("nothing was sent: "), "{error}");
    assert_eq!(stage.writes().len(), sent);
    assert!(stage.runner.journal().list().unwrap().0.is_empty(), "and nothing waits to be decided");
    error
}

#[tokio::test]
async fn who_may_not_change_the_workspace_is_told_so_before_a_role_is_given() {
    let stage = Stage::of("access-admin").await;
    let mut desk = stage.desk("mlw-fraud-dev").await;
    desk.press("s<enter>i").await;
    let screen = desk.screen();
    assert!(screen.contains("You lack") && screen.contains("it does not run until you have it"), "{screen}");
    desk.press("<enter>").await;
    let screen = desk.screen();
    for words in ["You lack 1 right for it", "back to the plan", "look again", "copy it for somebody who may"]
    {
        assert!(screen.contains(words), "{words}:\n{screen}");
    }
    desk.press("n").await;
    let said = refused(&stage, super::stage::plan(&mut desk)).await;
    assert!(said.contains("workspaces/write on mlw-fraud-dev") && said.contains("Contributor"), "{said}");
}

#[tokio::test]
async fn who_may_not_give_roles_is_told_so_before_anything_is_changed() {
    let stage = Stage::of("contributor").await;
    let plan = stage.plan("mlw-fraud-dev", "s<enter>i").await;
    let said = refused(&stage, plan.clone()).await;
    assert!(said.contains("Microsoft.Authorization/roleAssignments/write on stfrauddev"), "{said}");
    assert!(said.contains("Owner"), "{said}");
    // What needs no roles can be done all the same.
    let run = stage.run(bare(plan)).await;
    assert_eq!((run.phase, words(&run)), (Phase::Done, String::new()));
}

#[tokio::test]
async fn who_may_not_change_the_account_is_told_so_before_the_switch_and_may_leave_that_step_out() {
    let stage = Stage::of(READER).await;
    let owner = emulator::client(&stage.running.url(), "owner");
    let me: Value =
        emulator::client(&stage.running.url(), READER).json(&amldeck::azure::directory::me()).await.unwrap();
    let properties = role_assignment::RoleAssignmentProperties {
        role_definition_id: Some(role_assignment::role_at(&workspace(), CONTRIBUTOR)),
        principal_id: me["id"].as_str().unwrap().to_owned(),
        ..Default::default()
    };
    let id = role_assignment::id(&workspace(), "e5000000-0000-4000-8000-000000000001");
    owner.send(&role_assignment::put(&id, &properties)).await.unwrap();
    let plan = bare(stage.plan("mlw-fraud-dev", "s<enter>i").await);
    let said = refused(&stage, with(plan.clone(), "keys-off")).await;
    assert!(said.contains("Microsoft.Storage/storageAccounts/write on stfrauddev"), "{said}");
    let run = stage.run(plan).await;
    assert_eq!((run.phase, words(&run)), (Phase::Done, String::new()));
}

/// Refuses a request as Azure does for want of a right.
fn lacks(method: &str, path: &str, action: &str, scope: &str) -> Fault {
    let message = format!(
        "The client 'ada@contoso.com' with object id 'x' does not have authorization to perform action '{action}' over scope \
         '{scope}' or the scope is invalid."
    );
    Fault { status: Some(403), body: refusal("AuthorizationFailed", &message), ..Fault::on(method, path) }
}

#[tokio::test]
async fn a_right_that_is_lost_in_the_middle_is_told_and_what_was_done_is_undone() {
    const CHANGE: &str = "Microsoft.MachineLearningServices/workspaces/write";
    const GIVE: &str = "Microsoft.Authorization/roleAssignments/write";
    const KEYS: &str = "Microsoft.Storage/storageAccounts/write";
    let of = |name: &str, scope: &str, method: &str, path: &str| lacks(method, path, name, scope);
    let (workspace, account) = (workspace(), account());
    for (fault, step, words_of, true_then) in [
        (
            of(CHANGE, workspace.as_str(), "PATCH", "*/workspaces/mlw-fraud-dev"),
            "switch",
            "You lack Microsoft.MachineLearningServices/workspaces/write on mlw-fraud-dev",
            "Done: Fraud data scientists has",
        ),
        (
            Fault { after: 1, ..of(GIVE, account.as_str(), "PUT", "*/roleAssignments/*") },
            "grant-2",
            "You lack Microsoft.Authorization/roleAssignments/write on stfrauddev",
            "Done: Fraud data scientists has",
        ),
        (
            of(KEYS, account.as_str(), "PATCH", "*/storageAccounts/stfrauddev"),
            "keys-off",
            "You lack Microsoft.Storage/storageAccounts/write on stfrauddev",
            "Done: The system datastores of mlw-fraud-dev sign in with identity",
        ),
    ] {
        let stage = Stage::of("owner").await;
        let before = stage.truth().await;
        let plan = with(stage.plan("mlw-fraud-dev", "s<enter>i").await, "keys-off");
        stage.running.add_fault(fault);
        let run = stage.run(plan).await;
        let (failed_at, said) = failed(&run);
        assert_eq!(failed_at, step);
        assert!(said.contains(words_of) && said.contains("Owner"), "{step}: {said}");
        assert!(run.now_true().iter().any(|line| line.starts_with(true_then)), "{:#?}", run.now_true());
        assert!(stage.truth().await.shared_key);
        stage.running.clear_faults();
        let undone = stage.undo(&run).await;
        assert_eq!((undone.phase, words(&undone)), (Phase::Done, String::new()), "{step}");
        assert_eq!(stage.truth().await, before, "{step}");
    }
}

/// Denies shared keys in a subscription, under some name.
async fn deny(stage: &Stage, subscription: &str, definition: &str, name: &str) {
    let id = format!("{subscription}/providers/Microsoft.Authorization/policyAssignments/{name}");
    let body = json!({"properties": {"displayName": "House rule 7", "policyDefinitionId": definition,
        "parameters": {"effect": {"value": "Deny"}}}});
    stage.client.send(&Request::arm_path(Method::Put, &id, "2023-04-01").body(body)).await.unwrap();
}

#[tokio::test]
async fn a_policy_that_denies_keys_is_found_by_its_rule_and_there_is_no_plan_back() {
    let stage = Stage::of("owner").await;
    let run = stage.run(with(bare(stage.plan("mlw-fraud-dev", "s<enter>i").await), "keys-off")).await;
    assert_eq!(run.phase, Phase::Done);
    // Nothing in its names says what it is about.
    let id = format!("{DEVELOPMENT}/providers/Microsoft.Authorization/policyDefinitions/rule-7");
    let field = "Microsoft.Storage/storageAccounts/allowSharedKeyAccess";
    let rule = json!({"if": {"allOf": [{"field": "type", "equals": "Microsoft.Storage/storageAccounts"},
        {"not": {"field": field, "equals": "false"}}]}, "then": {"effect": "[parameters('effect')]"}});
    let body = json!({"properties": {"parameters": {"effect": {"type": "String"}}, "policyRule": rule}});
    stage.client.send(&Request::arm_path(Method::Put, &id, "2023-04-01").body(body)).await.unwrap();
    deny(&stage, DEVELOPMENT, &id, "rule-7").await;
    let mut desk = stage.desk("mlw-fraud-dev").await;
    desk.press("s").await;
    assert!(desk.screen().contains("rule-7 (deny)"), "{}", desk.screen());
    desk.press("<esc>s<enter>b").await;
    let screen = desk.screen();
    assert!(screen.contains("a policy keeps shared key access off: rule-7"), "{screen}");
    assert!(screen.contains("Storage access of mlw-fraud-dev"), "the assessment is still there:\n{screen}");
}

#[tokio::test]
async fn a_policy_that_came_after_the_plan_stops_it_before_the_switch() {
    let stage = Stage::of("owner").await;
    assert_eq!(
        stage.run(with(bare(stage.plan("mlw-fraud-dev", "s<enter>i").await), "keys-off")).await.phase,
        Phase::Done
    );
    let back = stage.plan("mlw-fraud-dev", "s<enter>b").await;
    let definition = format!("/providers/Microsoft.Authorization/policyDefinitions/{NO_SHARED_KEY}");
    deny(&stage, DEVELOPMENT, &definition, "no-shared-key").await;
    let run = stage.run(back).await;
    let (step, said) = failed(&run);
    assert_eq!(step, "keys-on");
    assert!(said.contains("policy") && said.contains("exempt"), "{said}");
    let now = stage.truth().await;
    assert_eq!((now.mode.as_str(), now.shared_key), ("identity", false), "it works as it did");
}

#[tokio::test]
async fn a_workspace_that_is_being_updated_is_not_advised_and_a_conflict_is_waited_out_or_told() {
    let stage = Stage::of("owner").await;
    let (verdict, because) = verdict(&stage, "mlw-qa").await;
    assert!(matches!(verdict, Verdict::NotAdvised { .. }));
    assert!(because.contains("the workspace is Updating: wait until that is over"), "{because}");

    let plan = bare(stage.plan("mlw-fraud-dev", "s<enter>i").await);
    stage.running.add_fault(Fault {
        status: Some(409),
        body: refusal("Conflict", "Another operation is in progress on the workspace."),
        times: Some(1),
        ..Fault::on("PATCH", "*/workspaces/mlw-fraud-dev")
    });
    let run = stage.run(plan).await;
    let (step, said) = failed(&run);
    assert_eq!(step, "switch");
    assert!(said.contains("Another operation is changing it right now; try again when it is over"), "{said}");
    assert!(run.trouble().unwrap().1.passing);
    let resumed = stage.resume(&run).await;
    assert_eq!((resumed.phase, words(&resumed)), (Phase::Done, String::new()));
    assert_eq!(stage.truth().await.mode, "identity");
}

#[tokio::test]
async fn a_lock_on_the_account_stands_against_the_roles_and_one_against_deleting_is_told() {
    for (level, verdict_words, told) in [
        (
            "ReadOnly",
            "missing roles from being given on the storage account (keep)",
            "is read-only by a lock (keep)",
        ),
        ("CanNotDelete", "", "cannot be taken back until it is removed"),
    ] {
        let stage = Stage::of("owner").await;
        let lock = account().join("providers/Microsoft.Authorization/locks/keep");
        let body = json!({"properties": {"level": level}});
        stage.client.send(&Request::arm(Method::Put, &lock, "2020-05-01").body(body)).await.unwrap();
        let (verdict, because) = verdict(&stage, "mlw-fraud-dev").await;
        assert!(because.contains(verdict_words), "{level}: {because}");
        assert_eq!(verdict == Verdict::AfterGrants, level == "CanNotDelete", "{level}");
        let plan = stage.plan("mlw-fraud-dev", "s<enter>i").await;
        assert!(plan.warnings.iter().any(|one| one.text.contains(told)), "{level}: {:#?}", plan.warnings);
        let run = stage.run(plan).await;
        match level {
            "ReadOnly" => assert!(failed(&run).1.contains("stands in the way"), "{}", words(&run)),
            _ => {
                assert_eq!(words(&run), "");
                let sent = stage.writes().len();
                let undone = stage.runner.undo(&run.id, &[], &Control::default(), &mut |_| {}).await;
                let refused = undone.unwrap_err().to_string();
                assert!(refused.starts_with("nothing was sent: a lock on stfrauddev"), "{refused}");
                assert_eq!((stage.writes().len(), stage.truth().await.mode.as_str()), (sent, "identity"));
            }
        }
    }
}

#[tokio::test]
async fn an_account_that_is_gone_has_no_plan_and_says_so() {
    let stage = Stage::of("owner").await;
    let (verdict, because) = verdict(&stage, "mlw-sandbox-ada").await;
    assert!(matches!(verdict, Verdict::NotAdvised { .. }));
    assert!(because.contains("the storage account is gone"), "{because}");
    let mut desk = stage.desk("mlw-sandbox-ada").await;
    desk.press("s<enter>i").await;
    assert!(desk.screen().contains("is gone: nothing can be given on it"), "{}", desk.screen());
    assert!(stage.writes().is_empty());
}

#[tokio::test]
async fn an_account_that_may_not_be_read_makes_it_cannot_tell_with_the_reason() {
    let stage = Stage::of("owner").await;
    let message = "The client 'ada@contoso.com' with object id 'x' does not have authorization to perform action \
                   'Microsoft.Storage/storageAccounts/read' over scope '/subscriptions/s' or the scope is invalid.";
    stage.running.add_fault(Fault {
        status: Some(403),
        body: refusal("AuthorizationFailed", message),
        ..Fault::on("GET", "*/storageAccounts/stfrauddev*")
    });
    let mut desk = stage.desk("mlw-fraud-dev").await;
    desk.press("s").await;
    let made = desk.model().switching.as_ref().unwrap().made[0].clone();
    assert!(matches!(made.verdict, Verdict::CannotTell { .. }), "{:?}", made.verdict);
    assert_eq!(made.shared_key, None);
    assert!(made.gaps.iter().any(|gap| gap.starts_with("the storage account")), "{:?}", made.gaps);
    assert!(desk.screen().contains("cannot tell"), "{}", desk.screen());
}

#[tokio::test]
async fn an_account_that_is_deleted_between_plan_and_run_stops_it_before_the_switch() {
    let stage = Stage::of("owner").await;
    let plan = stage.plan("mlw-fraud-dev", "s<enter>i").await;
    stage.client.send(&Request::arm(Method::Delete, &account(), "2023-05-01")).await.unwrap();
    let run = stage.run(plan).await;
    let (step, said) = failed(&run);
    assert_eq!(step, "grant-1");
    assert_eq!(said, "The resource stfrauddev is not there any more.");
    let id = workspace();
    let body = stage.client.value(&Request::get(&id, "2024-10-01-preview")).await.unwrap();
    let mode = body["properties"]["systemDatastoresAuthMode"].as_str().unwrap_or("accesskey").to_lowercase();
    assert_eq!(mode, "accesskey");
}

#[tokio::test]
async fn a_workspace_that_somebody_else_switched_meanwhile_is_left_alone() {
    let stage = Stage::of("owner").await;
    let plan = bare(stage.plan("mlw-fraud-dev", "s<enter>i").await);
    // Somebody else was faster, and went somewhere else.
    stage.client.run(&set_auth_mode(&workspace(), &AuthMode::UserDelegationSas), |_| {}).await.unwrap();
    let sent = stage.writes().len();
    let run = stage.run(plan.clone()).await;
    let (step, said) = failed(&run);
    assert_eq!(step, "switch");
    assert!(said.contains("changed meanwhile by somebody else"), "{said}");
    assert!(said.contains("systemDatastoresAuthMode is UserDelegationSAS"), "{said}");
    assert_eq!(stage.writes().len(), sent, "nothing was sent");
    // Who went the same way did the work.
    stage.client.run(&set_auth_mode(&workspace(), &AuthMode::Identity), |_| {}).await.unwrap();
    let again = stage.run(plan).await;
    assert_eq!(again.phase, Phase::Done);
    assert!(matches!(again.steps[0].state, StepState::AlreadySo(_)));
}

#[tokio::test]
async fn a_role_that_is_taken_away_before_the_switch_is_told_and_going_on_gives_it_again() {
    let stage = Stage::of("owner").await;
    let plan = stage.plan("mlw-fraud-dev", "s<enter>i").await;
    let gives: Vec<usize> =
        (0..plan.steps.len()).filter(|at| plan.steps[*at].id.starts_with("grant-")).collect();
    let wait = plan.steps.iter().position(|step| step.id == "in-force").unwrap();
    let lost = [gives[0], gives[2]];
    let take = |run: &Run| {
        lost.map(|at| role_assignment::delete(&ArmId::parse(&run.plan.steps[at].requests[0].path).unwrap()))
    };
    // Stopped once everything is given, and once it was waited for too: somebody takes two roles away meanwhile.
    for behind in [*gives.last().unwrap(), wait] {
        let stage = Stage::of("owner").await;
        let control = Control::default();
        let orders = control.clone();
        let mut emit = |event: amldeck::app::runs::RunEvent| {
            if let amldeck::app::runs::RunEvent::Recorded { record, .. } = event
                && matches!(record.change, amldeck::domain::plan::Change::StepDone { step } if step == behind)
            {
                orders.stop(false);
            }
        };
        let stopped = stage.runner.run(plan.clone(), None, &control, &mut emit).await.unwrap();
        assert_eq!(stopped.phase, Phase::Stopped);
        let given = stage.truth().await.roles;
        for request in take(&stopped) {
            stage.client.send(&request).await.unwrap();
        }
        let sent = stage.writes().len();
        let told = stage.resume(&stopped).await;
        let (step, said) = failed(&told);
        assert_eq!(step, "in-force", "{said}");
        assert!(
            said.contains("somebody took it back since. Going on does that again and waits anew"),
            "{said}"
        );
        assert_eq!(stage.writes().len(), sent, "nothing is sent before that is said");
        let now = told.now_true();
        assert!(now.iter().any(|line| line.starts_with("Done, and not so any more: ")), "{now:#?}");
        assert_eq!(told.steps[gives[0]].word(), "not so any more");
        assert_eq!(
            told.choice_words(Choice::Resume).detail,
            "what is not so any more once more, and from there"
        );
        let run = stage.resume(&told).await;
        assert_eq!((run.phase, words(&run)), (Phase::Done, String::new()));
        assert!(run.steps.iter().all(|step| !step.gone));
        let writes = stage.writes().split_off(sent);
        let did: Vec<&str> = writes.iter().map(|(method, ..)| method.as_str()).collect();
        assert_eq!(did, ["PUT", "PUT", "PATCH"], "those that were missing, and then the switch");
        assert!(run.steps[wait].waiting >= run.steps[lost[1]].ended, "it was waited for anew");
        let now = stage.truth().await;
        assert_eq!((now.mode.as_str(), now.roles), ("identity", given));
        let undone = stage.undo(&run).await;
        assert_eq!((undone.phase, words(&undone)), (Phase::Done, String::new()));
    }
}

#[tokio::test]
async fn keys_are_not_turned_off_under_a_workspace_that_was_switched_back_meanwhile() {
    let stage = Stage::of("owner").await;
    let plan = with(bare(stage.plan("mlw-fraud-dev", "s<enter>i").await), "keys-off");
    let control = Control::default();
    let orders = control.clone();
    // Stopped behind the switch; somebody else switches back before it goes on.
    let mut emit = |event: amldeck::app::runs::RunEvent| {
        if let amldeck::app::runs::RunEvent::Recorded { record, .. } = event
            && matches!(record.change, amldeck::domain::plan::Change::StepDone { .. })
        {
            orders.stop(false);
        }
    };
    let stopped = stage.runner.run(plan, None, &control, &mut emit).await.unwrap();
    assert_eq!(stopped.phase, Phase::Stopped);
    stage.client.run(&set_auth_mode(&workspace(), &AuthMode::AccessKey), |_| {}).await.unwrap();
    let run = stage.resume(&stopped).await;
    let (step, said) = failed(&run);
    assert_eq!(step, "keys-off");
    assert!(said.contains("the plan wants that mlw-fraud-dev does not sign in by key"), "{said}");
    assert!(stage.truth().await.shared_key);
}

#[tokio::test]
async fn the_way_back_is_not_taken_when_keys_were_turned_off_again_meanwhile() {
    let stage = Stage::of("owner").await;
    let run = stage.run(bare(stage.plan("mlw-fraud-dev", "s<enter>i").await)).await;
    assert_eq!(run.phase, Phase::Done);
    // Somebody turns the account's keys off; the undo would break the workspace.
    stage.client.send(&storage_account::set_shared_key(&account(), false)).await.unwrap();
    let undone = stage.undo(&run).await;
    let (step, said) = failed(&undone);
    assert_eq!(step, "undo-switch");
    assert!(said.contains("shared key access of stfrauddev is on"), "{said}");
    assert_eq!(stage.truth().await.mode, "identity");
}

#[tokio::test]
async fn a_full_subscription_says_that_there_is_no_room_for_another_role() {
    let stage = Stage::of("owner").await;
    let plan = stage.plan("mlw-fraud-dev", "s<enter>i").await;
    let message = "No more role assignments can be created (scope: '/subscriptions/s').";
    stage.running.add_fault(Fault {
        status: Some(409),
        body: refusal("RoleAssignmentLimitExceeded", message),
        after: 2,
        ..Fault::on("PUT", "*/roleAssignments/*")
    });
    let run = stage.run(plan).await;
    let (step, said) = failed(&run);
    assert_eq!(step, "grant-3");
    assert!(said.contains("no room for another role assignment") && said.contains("groups"), "{said}");
    assert_eq!(stage.truth().await.mode, "accesskey");
    stage.running.clear_faults();
    let undone = stage.undo(&run).await;
    assert_eq!(undone.phase, Phase::Done);
}

#[tokio::test]
async fn throttling_in_the_middle_is_waited_out_and_when_it_does_not_end_the_run_can_go_on_later() {
    let stage = Stage::of("owner").await;
    let plan = stage.plan("mlw-fraud-dev", "s<enter>i").await;
    let throttled = |method: &str, path: &str, times| Fault {
        status: Some(429),
        body: refusal("429", "Too many requests."),
        times,
        ..Fault::on(method, path)
    };
    stage.running.add_fault(throttled("PUT", "*/roleAssignments/*", Some(2)));
    stage.running.add_fault(throttled("GET", "*/workspaces/mlw-fraud-dev", Some(2)));
    stage.running.add_fault(throttled("PATCH", "*/workspaces/*", None));
    let run = stage.run(plan).await;
    let (step, said) = failed(&run);
    assert_eq!(step, "switch", "the roles and the reads were waited for");
    assert!(run.trouble().unwrap().1.passing, "{said}");
    assert_eq!(stage.truth().await.mode, "accesskey");
    stage.running.clear_faults();
    let resumed = stage.resume(&run).await;
    assert_eq!((resumed.phase, words(&resumed)), (Phase::Done, String::new()));
    assert_eq!(stage.truth().await.mode, "identity");
}

#[tokio::test]
async fn assignments_that_may_not_be_read_make_it_cannot_tell_with_the_reason() {
    // The assignments themselves are refused: nobody is known, so nothing can be told, and it says why.
    let stage = Stage::of("owner").await;
    stage.running.add_fault(Fault {
        status: Some(403),
        body: refusal("AuthorizationFailed", "You may not."),
        ..Fault::on("GET", &format!("{GROUP}*roleAssignments*"))
    });
    let (verdict, because) = verdict(&stage, "mlw-fraud-dev").await;
    assert!(matches!(verdict, Verdict::CannotTell { .. }), "{verdict:?}");
    assert!(because.contains("not everybody who uses the workspace is known"), "{because}");
}
