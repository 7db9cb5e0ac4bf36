//! Roles on single containers and file shares, as statements.

use super::plans::to_identity;
use super::world::*;
use super::*;
use crate::azure::arm::id::ArmId;
use crate::azure::resources::workspace::AuthMode;
use crate::domain::plan::Confirmation;

fn container(name: &str) -> ArmId {
    account_id().join(&format!("blobServices/default/containers/{name}"))
}

fn share(name: &str) -> ArmId {
    account_id().join(&format!("fileServices/default/fileshares/{name}"))
}

fn words(assessment: &Assessment) -> Vec<(&str, String)> {
    let mut all: Vec<(&str, String)> =
        assessment.users.iter().map(|one| (one.name.as_str(), one.words(true))).collect();
    all.sort();
    all
}

#[test]
fn whose_roles_are_on_single_containers_and_shares_reaches_those_and_is_neither_lost_nor_kept() {
    let mut world = ready();
    // Ada has roles on parts in place of those on the account.
    world.grants.retain(|(who, _, at)| *who != ADA || *at != account_id());
    world.on_parts = vec![
        (ADA, BLOBS, container("azureml")),
        (ADA, BLOBS, container("raw")),
        (ADA, FILES, share("code")),
        // A role on blobs opens no file share.
        (ADA, BLOBS, share("other")),
    ];
    let assessment = world.assess();
    let reached = "only container azureml, container raw, file share code";
    assert_eq!(words(&assessment)[0], ("Ada", reached.to_owned()));
    assert_eq!((&assessment.verdict, assessment.losing().count()), (&Verdict::Limited, 0));
    assert_eq!(assessment.limited_words().unwrap(), format!("Ada {reached}"));
    let plan = to_identity(&assessment, &AuthMode::Identity, &Wish::default()).unwrap();
    assert!(plan.steps.iter().all(|step| !step.id.starts_with("grant-")), "{:?}", plan.steps);
    assert!(
        plan.warnings.iter().any(|one| one.text.contains(&format!("Ada {reached}"))),
        "{:?}",
        plan.warnings
    );
    assert_eq!(plan.confirmation(), Confirmation::TypeName("mlw"));
    assert!(assessment.markdown(str::to_owned).contains(&format!("| {reached} |")));
}

#[test]
fn a_role_on_a_container_does_not_bring_the_files_and_the_role_for_those_is_planned() {
    let world = World { on_parts: vec![(ADA, BLOBS, container("azureml"))], ..World::default() };
    let assessment = world.assess();
    assert_eq!(words(&assessment)[0], ("Ada", "loses files, reaches container azureml".to_owned()));
    let repair = assessment.repairs().into_iter().find(|one| one.id == ADA).unwrap();
    assert_eq!((repair.blobs, repair.files), (false, true));
    // With that role she still reaches one container.
    assert_eq!(assessment.limited_words().as_deref(), Some("Ada only container azureml"));
}

#[test]
fn roles_on_parts_come_through_groups_and_one_on_the_whole_service_is_as_good_as_one_on_the_account() {
    let parts =
        vec![(TEAM, BLOBS, container("azureml")), (TEAM, FILES, account_id().join("fileServices/default"))];
    let world = World { on_parts: parts, ..World::default() };
    let assessment = world.assess();
    let only = "only container azureml".to_owned();
    assert_eq!(words(&assessment)[1..], [("Bo", only.clone()), ("Cy", only)]);
    assert_eq!(assessment.losing_words(), "1 person would lose access");
    assert_eq!(assessment.limited_words().as_deref(), Some("Bo, Cy only container azureml"));
}

#[test]
fn a_deny_assignment_on_the_account_keeps_its_parts_too() {
    let parts = vec![(ADA, BLOBS, container("azureml"))];
    let world = World { on_parts: parts, denied: vec![(ADA, "*")], ..World::default() };
    assert_eq!(words(&world.assess())[0], ("Ada", "loses blobs and files".to_owned()));
}

#[test]
fn roles_on_parts_that_could_not_be_read_are_told_and_decide_no_verdict() {
    let unread = World { unread: "parts", ..ready() }.assess();
    assert_eq!(unread.verdict, Verdict::Ready);
    let unread = World { unread: "parts", ..World::default() }.assess();
    assert_eq!(unread.verdict, Verdict::AfterGrants);
    assert!(
        unread.gaps.iter().any(|gap| gap.starts_with("roles on single containers and file shares: ")),
        "{:?}",
        unread.gaps
    );
    let world = World { members: None, on_parts: vec![(TEAM, BLOBS, container("c"))], ..World::default() };
    let gaps = world.assess().gaps;
    assert!(
        gaps.iter().any(|gap| gap.starts_with("the members of 1 group with roles on single")),
        "{gaps:?}"
    );
}
