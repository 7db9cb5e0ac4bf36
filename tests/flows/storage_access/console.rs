//! The assessment over the screen, and the plans that it leads to.

use super::stage::{Stage, ids, plan};

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
    let screen = desk.screen();
    assert!(screen.contains("[x] Give Storage Blob Data Reader on stfrauddev to"), "{screen}");
    let chosen = plan(&mut desk);
    desk.press("<space>").await;
    assert!(desk.screen().contains("[ ] Give Storage Blob Data Contributor"), "{}", desk.screen());
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
