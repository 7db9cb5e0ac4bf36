//! The assessment over the screen, and the plans that it leads to.

use amldeck::azure::arm::request::{Method, Request};
use amldeck::azure::resources::role_assignment;
use amldeck::domain::plan::Phase;

use super::stage::{Stage, account, ids, plan, words};

#[tokio::test]
async fn the_assessment_lies_over_the_screen_and_leads_to_the_plan() {
    let stage = Stage::of("owner").await;
    let mut desk = stage.desk("mlw-forecast").await;
    desk.press("s").await;
    let screen = desk.screen();
    assert!(screen.contains("would lose access"), "{screen}");
    assert!(screen.contains("⏎ plan…"), "{screen}");
    assert!(!screen.contains("Plan the switch to identity"), "the assessment is read first:\n{screen}");
    desk.press("<enter>").await;
    assert!(desk.screen().contains("Plan the switch to identity"), "{}", desk.screen());
    desk.press("<esc>").await;
    assert!(desk.screen().contains("would lose access"), "{}", desk.screen());
    desk.press("<enter>i").await;
    let there = plan(&mut desk);
    let ids = ids(&there);
    assert_eq!(ids.first().copied(), Some("grant-1"));
    assert_eq!(&ids[ids.len() - 3..], ["in-force", "switch", "keys-off"]);
    assert!(!there.steps.last().unwrap().chosen, "keys stay on unless somebody chooses");
    // Below it is the assessment, to be read.
    desk.press("<esc>").await;
    assert!(desk.screen().contains("Mode today"), "{}", desk.screen());
}

#[tokio::test]
async fn a_workspace_that_is_broken_by_keys_that_are_off_is_offered_the_way_back() {
    let stage = Stage::of("owner").await;
    let back = stage.plan("mlw-churn-dev", "s<enter>b").await;
    assert_eq!(ids(&back), ["keys-on", "keys-work", "switch", "sync-keys", "verify"]);
}

#[tokio::test]
async fn who_has_roles_on_single_containers_is_told_which_they_reach() {
    const BLOB_CONTRIBUTOR: &str = "ba92f5b4-2d11-453d-a403-e96b0029c9fe";
    const FILE_CONTRIBUTOR: &str = "69566ab7-960f-475b-8e7c-b3118f30c6bd";
    let stage = Stage::of("owner").await;
    let made = async || {
        let mut desk = stage.desk("mlw-fraud-dev").await;
        desk.press("s").await;
        (desk.model().switching.as_ref().unwrap().made[0].clone(), desk.screen())
    };
    let (before, _) = made().await;
    let losing = before.losing().filter(|one| one.is_person()).last().unwrap().clone();
    for (part, role) in [
        ("blobServices/default/containers/azureml", BLOB_CONTRIBUTOR),
        ("fileServices/default/shares/code", FILE_CONTRIBUTOR),
    ] {
        let part = account().join(part);
        let put = Request::arm(Method::Put, &part, "2023-05-01").body(serde_json::json!({"properties": {}}));
        stage.client.send(&put).await.unwrap();
        let id = role_assignment::id(&part, &role_assignment::name(&part, &losing.id, role));
        let properties = role_assignment::RoleAssignmentProperties {
            role_definition_id: Some(role_assignment::role_at(&part, role)),
            principal_id: losing.id.clone(),
            ..Default::default()
        };
        stage.client.send(&role_assignment::put(&id, &properties)).await.unwrap();
    }
    let (after, screen) = made().await;
    let one = after.users.iter().find(|one| one.id == losing.id).unwrap();
    assert_eq!(one.words(true), "only container azureml, file share code");
    assert_eq!(after.losing().count() + 1, before.losing().count());
    assert!(screen.contains("With limits") && screen.contains("only container azureml"), "{screen}");
}

#[tokio::test]
async fn a_change_ticket_goes_to_the_clipboard_with_assessment_and_plan() {
    let stage = Stage::of("owner").await;
    let mut desk = stage.desk("mlw-fraud-dev").await;
    desk.press("s<enter>m").await;
    let copied = desk.hosts.iter().find_map(|host| match host {
        amldeck::app::effect::Host::Copy(text) => Some(text.clone()),
        _ => None,
    });
    let ticket = copied.unwrap();
    for words in [
        "# Switch mlw-fraud-dev to identity",
        "## What and why",
        "## Who is affected",
        "## In which order",
        "## How to undo",
        "## Storage access of mlw-fraud-dev",
        "PATCH /subscriptions/",
    ] {
        assert!(ticket.contains(words), "{words} in\n{ticket}");
    }
}

#[tokio::test]
async fn a_workspace_on_identity_is_offered_the_roles_that_its_users_lack_and_no_switch() {
    let stage = Stage::of("owner").await;
    let mut desk = stage.desk("mlw-fraud-prod").await;
    desk.press("s<enter>").await;
    let screen = desk.screen();
    assert!(screen.contains("lack the roles") && screen.contains("Plan the missing grants"), "{screen}");
    desk.press("i").await;
    let there = plan(&mut desk);
    let ids = ids(&there);
    assert_eq!((ids.first().copied(), ids.last().copied()), (Some("grant-1"), Some("in-force")));
    assert!(there.steps.iter().all(|step| step.id != "switch"), "{ids:?}");
}

#[tokio::test]
async fn space_takes_the_role_that_only_reads_then_leaves_it_out_and_a_run_gives_what_was_chosen() {
    let stage = Stage::of("owner").await;
    let mut desk = stage.desk("mlw-fraud-dev").await;
    desk.press("s<enter>i<space>").await;
    let chosen = plan(&mut desk);
    let first = |plan: &amldeck::domain::plan::Plan| (plan.steps[0].title.clone(), plan.steps[0].chosen);
    let who = "on stfrauddev to Fraud data scientists";
    assert_eq!(first(&chosen), (format!("Give Storage Blob Data Reader {who}"), true));
    desk.press("<space>").await;
    let left_out = plan(&mut desk);
    assert_eq!(first(&left_out), (format!("Give Storage Blob Data Contributor {who}"), false));
    assert!(desk.screen().contains("roles that keep people's access"), "{}", desk.screen());
    let run = stage.run(chosen).await;
    assert!(
        run.now_true()[0].contains("Fraud data scientists has Storage Blob Data Reader"),
        "{:?}",
        run.now_true()
    );
    let undone = stage.undo(&run).await;
    assert!(
        undone.now_true().iter().any(|line| line.contains("Storage Blob Data Reader")),
        "{:?}",
        undone.now_true()
    );
}

#[tokio::test]
async fn the_review_gives_the_ticket_of_the_plan_as_it_stands() {
    let stage = Stage::of("owner").await;
    let mut desk = stage.desk("mlw-fraud-dev").await;
    desk.press("s<enter>i<space>j<space><space>G<space>").await;
    desk.hosts.clear();
    desk.press("<tab><tab>y").await;
    let copied = desk.hosts.iter().find_map(|host| match host {
        amldeck::app::effect::Host::Copy(text) => Some(text.clone()),
        _ => None,
    });
    let ticket = copied.unwrap();
    for words in [
        "## What and why",
        "## Who is affected",
        "1. Give Storage Blob Data Reader on stfrauddev to Fraud data scientists",
        "can then only read, and no longer write",
        "Left out: Give Storage File Data Privileged Contributor on stfrauddev to Fraud data scientists",
        "Turn shared key access of stfrauddev off.",
    ] {
        assert!(ticket.contains(words), "{words} in\n{ticket}");
    }
}

#[tokio::test]
async fn roles_are_planned_person_by_person_where_that_is_chosen() {
    let stage = Stage::of("owner").await;
    let there = stage.plan("mlw-fraud-dev", "s<enter>p").await;
    let to_groups =
        there.steps.iter().filter(|step| step.title.ends_with("to Fraud data scientists")).count();
    assert_eq!(to_groups, 0);
    assert!(there.steps.iter().any(|step| step.title.ends_with("to Aroha Ngata")));
}

#[tokio::test]
async fn marks_say_what_can_be_done_with_them_and_go_with_the_first_esc() {
    let stage = Stage::of("owner").await;
    let mut desk = stage.desk("mlw-fraud-dev").await;
    desk.press("t").await;
    let column = |screen: &str| {
        let line = screen.lines().find(|line| line.contains("mlw-staging")).unwrap().to_owned();
        line.split("mlw-staging").next().unwrap().chars().count()
    };
    let before = column(&desk.screen());
    desk.go_to("mlw-staging").await;
    desk.press("<space><space>").await;
    let screen = desk.screen();
    assert_eq!(column(&screen), before, "what is marked does not move:\n{screen}");
    assert!(screen.contains("storage side by side") && screen.contains("Esc unmark all"), "{screen}");
    desk.press("<esc>").await;
    let screen = desk.screen();
    assert!(screen.contains("2 marks taken away") && desk.model().browser.marks.all().is_empty(), "{screen}");
}

#[tokio::test]
async fn keys_that_were_rotated_and_not_synchronised_are_seen_and_offered() {
    let stage = Stage::of("owner").await;
    let rotate = account().join("regenerateKey");
    let body = serde_json::json!({"keyName": "key1"});
    stage.client.send(&Request::arm(Method::Post, &rotate, "2023-05-01").body(body)).await.unwrap();
    let mut desk = stage.desk("mlw-fraud-dev").await;
    desk.press("s").await;
    let screen = desk.screen();
    assert!(screen.contains("Keys in step") && screen.contains("perhaps not: a key was rotated"), "{screen}");
    desk.press("<enter>").await;
    assert!(desk.screen().contains("no synchronisation is seen since"), "{}", desk.screen());
    let run = stage.run(stage.plan("mlw-fraud-dev", "s<enter>s").await).await;
    assert_eq!((run.phase, words(&run)), (Phase::Done, String::new()));
    let mut desk = stage.desk("mlw-fraud-dev").await;
    desk.press("s").await;
    assert!(desk.screen().contains("and synchronised 2026-11-22"), "{}", desk.screen());
}
