//! What an assessment says, as statements.

use serde_json::json;

use super::plans::to_identity;
use super::world::*;
use super::*;
use crate::azure::arm::id::ArmId;
use crate::azure::resources::workspace::AuthMode;
use crate::domain::plan::Confirmation;

#[test]
fn everybody_who_uses_the_workspace_by_key_and_has_no_data_role_would_lose_access_groups_opened() {
    let assessment = World::default().assess();
    assert_eq!(assessment.losing_words(), "3 people would lose access");
    let users: Vec<(&str, Option<&str>, &str)> = assessment
        .users
        .iter()
        .map(|one| {
            (one.name.as_str(), one.through.as_ref().map(|group| group.name.as_str()), one.reach.words())
        })
        .collect();
    assert_eq!(
        users,
        [
            ("Ada", None, "loses blobs and files"),
            ("Bo", Some("Team"), "loses blobs and files"),
            ("Cy", Some("Team"), "loses blobs and files")
        ]
    );
    assert_eq!(assessment.verdict, Verdict::AfterGrants);
    let repairs: Vec<(String, Vec<String>)> =
        assessment.repairs().into_iter().map(|one| (one.name, one.covers)).collect();
    assert_eq!(
        repairs,
        [
            ("Team".to_owned(), vec!["Bo".to_owned(), "Cy".to_owned()]),
            ("Ada".to_owned(), vec!["Ada".to_owned()])
        ]
    );
    assert_eq!(assessment.users[0].does, ["jobs", "notebooks"]);
}

#[test]
fn who_has_the_data_roles_keeps_access_and_half_of_them_is_said_as_such() {
    let mut world = World::default();
    for (who, role) in [(ADA, BLOBS), (ADA, FILES), (BO, BLOBS), (CY, FILES)] {
        world.grants.push((who, role, account_id()));
    }
    let assessment = world.assess();
    let reach: Vec<(&str, &str)> =
        assessment.users.iter().map(|one| (one.name.as_str(), one.reach.words())).collect();
    assert_eq!(reach, [("Bo", "loses files"), ("Cy", "loses blobs"), ("Ada", "keeps access")]);
    world.grants.extend([(TEAM, BLOBS, account_id()), (TEAM, FILES, account_id())]);
    let assessment = world.assess();
    assert_eq!(assessment.verdict, Verdict::Ready);
    assert_eq!(assessment.losing_words(), "nobody who is known would lose access");
}

#[test]
fn a_workspace_whose_own_identity_lacks_the_roles_is_among_those_who_lose() {
    let mut world = World::default();
    world.grants.retain(|(who, ..)| *who != OWN);
    assert_eq!(world.assess().losing_words(), "3 people and 1 identity would lose access");
}

#[test]
fn a_group_that_may_not_be_opened_makes_the_verdict_cannot_tell() {
    let world = World { members: None, ..World::default() };
    let assessment = world.assess();
    assert!(matches!(assessment.verdict, Verdict::CannotTell { .. }), "{:?}", assessment.verdict);
    let plan = to_identity(&assessment, &AuthMode::Identity, &Wish::default()).unwrap();
    assert_eq!(plan.confirmation(), Confirmation::TypeName(&plan.subject_name), "nobody knows whom it hits");
    let names: Vec<&str> = assessment.users.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["Ada"], "who is in the group is not known");
    let why = "the members of 1 group could not be read: the directory may not be read";
    assert_eq!(assessment.gaps, [why]);
    assert_eq!(
        assessment.verdict.because(),
        [format!("not everybody who uses the workspace is known: {why}")]
    );
}

#[test]
fn a_part_that_was_not_read_is_named_and_nothing_is_concluded_from_it() {
    let world = World { computes: Lookup::Failed("timed out".into()), ..World::default() };
    let assessment = world.assess();
    assert_eq!(assessment.gaps, ["computes: could not be read: timed out"]);
    let because = vec!["computes: could not be read: timed out".to_owned()];
    assert_eq!(assessment.verdict, Verdict::CannotTell { because });
    let scenario =
        assessment.scenarios.iter().find(|one| one.name == "compute instances and notebooks").unwrap();
    assert_eq!(scenario.seen, Seen::Unread("could not be read: timed out".into()));
    assert!(assessment.scenarios.iter().any(|one| one.seen == Seen::NotVisible));
}

#[test]
fn what_decides_and_was_not_read_makes_the_verdict_cannot_tell_and_the_rest_a_warning() {
    assert_eq!(ready().assess().verdict, Verdict::Ready);
    for (unread, nobody_loses, somebody_loses) in [
        ("account", false, false),
        ("computes", false, false),
        ("workspace locks", false, false),
        // They keep roles from being given, and none has to be.
        ("locks", true, false),
        ("datastores", true, true),
        ("online endpoints", true, true),
        ("batch endpoints", true, true),
        ("policies", true, true),
    ] {
        let told = |world: World| {
            let assessment = World { unread, ..world }.assess();
            let plan = to_identity(&assessment, &AuthMode::Identity, &Wish::default()).unwrap();
            let can = !matches!(assessment.verdict, Verdict::CannotTell { .. });
            assert_eq!(plan.unsure, !can, "{unread}");
            if unread != "workspace locks" {
                let gap = assessment.gaps.iter().find(|gap| gap.contains("you lack x/read")).unwrap();
                assert!(plan.warnings.iter().any(|one| one.text.contains(gap.as_str())), "{unread}");
            }
            can
        };
        assert_eq!((told(ready()), told(World::default())), (nobody_loses, somebody_loses), "{unread}");
    }
}

#[test]
fn who_could_activate_a_role_is_a_user_apart() {
    let world = World { eligible: vec![(BO, SCIENTIST, workspace_id())], members: Some(vec![CY]), ..ready() };
    let assessment = world.assess();
    assert_eq!(assessment.verdict, Verdict::AfterGrants, "{:?}", assessment.users);
    let bo = assessment.users.iter().find(|one| one.name == "Bo").unwrap();
    assert!(bo.after_activation && bo.reach.words() == "loses blobs and files", "{bo:?}");
    assert!(assessment.users.iter().filter(|one| one.after_activation).count() == 1);
    assert_eq!(assessment.repairs().iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["Bo"]);
    assert!(
        assessment
            .tables()
            .iter()
            .flat_map(|table| &table.rows)
            .any(|(cells, _)| { cells.contains(&"jobs, notebooks (after activation)".to_owned()) })
    );
}

#[test]
fn locks_on_the_account_stand_against_roles_and_say_what_they_keep_from_being_undone() {
    let lock = |level: &str| {
        let id = account_id().join("providers/Microsoft.Authorization/locks/keep");
        vec![json!({"id": id, "name": "keep", "properties": {"level": level}})]
    };
    let world = World { locks: lock("ReadOnly"), ..World::default() };
    let assessment = world.assess();
    let Verdict::NotAdvised { because } = &assessment.verdict else { panic!("{:?}", assessment.verdict) };
    assert_eq!(
        because[0],
        "a lock keeps the missing roles from being given on the storage account (keep): remove it first"
    );
    let said = |world: &World| -> String {
        let plan = to_identity(&world.assess(), &AuthMode::Identity, &Wish::default()).unwrap();
        plan.warnings.iter().map(|warning| warning.text.as_str()).collect::<Vec<_>>().join(" ")
    };
    assert!(said(&world).contains("st is read-only by a lock (keep)"), "{}", said(&world));
    let ready = World { grants: vec![(OWN, BLOBS, account_id()), (OWN, FILES, account_id())], ..world };
    assert_eq!(ready.assess().verdict, Verdict::Ready, "a switch alone changes nothing of the account");
    let kept = World { locks: lock("CanNotDelete"), ..World::default() };
    assert_eq!(kept.assess().verdict, Verdict::AfterGrants);
    assert!(said(&kept).contains("cannot be taken back until it is removed"), "{}", said(&kept));
    let text = kept.assess().markdown(str::to_owned);
    assert!(text.contains("| Locks on the account | keep: roles"), "{text}");
}

#[test]
fn identities_of_the_workspace_and_its_computes_are_no_users_and_need_what_they_do() {
    let assigned = |key: &str, id: &str| json!({format!("/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{key}"): {"principalId": id}});
    let cluster = json!({"id": workspace_id().join("computes/cpu"), "name": "cpu", "properties": {"computeType": "AmlCompute"},
        "identity": {"type": "UserAssigned", "userAssignedIdentities": assigned("id-train", BO)}});
    let instance = json!({"id": workspace_id().join("computes/ci"), "name": "ci", "properties": {"computeType": "ComputeInstance"},
        "identity": {"type": "UserAssigned", "userAssignedIdentities": assigned("id-box", CY)}});
    let world = World {
        identity: json!({"type": "SystemAssigned,UserAssigned", "principalId": OWN,
            "userAssignedIdentities": assigned("id-spare", SPARE)}),
        grants: vec![
            (OWN, BLOBS, account_id()),
            (OWN, FILES, account_id()),
            (ADA, SCIENTIST, workspace_id()),
        ],
        computes: Lookup::Found(vec![cluster, instance]),
        ..World::default()
    };
    let shown = |world: &World| -> Vec<(String, String)> {
        let all = world.assess().identities;
        all.iter().map(|one| (one.name.clone(), one.reach.words().to_owned())).collect()
    };
    let said = |name: &str, reach: &str| (name.to_owned(), reach.to_owned());
    assert_eq!(
        shown(&world),
        [
            said("id-box (instance ci)", "loses files"),
            said("id-train (cluster cpu)", "loses blobs"),
            said("mlw (the workspace)", "keeps access"),
            said("id-spare (assigned to the workspace, not its primary identity)", "needs no data"),
        ]
    );
    assert_eq!(world.assess().losing_words(), "1 person and 2 identities would lose access");
    // One that runs jobs itself needs all of it, and is still no user.
    let mut runs = world;
    runs.grants.push((SPARE, SCIENTIST, workspace_id()));
    let spare =
        said("id-spare (assigned to the workspace, not its primary identity)", "loses blobs and files");
    assert!(shown(&runs).contains(&spare), "{:?}", shown(&runs));
    assert!(runs.assess().users.iter().all(|one| one.id != SPARE));
}

#[test]
fn keys_may_be_out_of_step_where_one_was_rotated_and_no_synchronisation_is_seen_since() {
    let world = |key: &str, synchronised: Option<Vec<&'static str>>| World {
        workspace: json!({"storageAccount": account_id(), "creationTime": "2026-01-01T00:00:00Z"}),
        storage: Lookup::Found(json!({"keyCreationTime": {"key1": "2025-12-31T00:00:00Z", "key2": key}})),
        synchronised,
        ..World::default()
    };
    let said = |world: World| world.assess().keys.words().unwrap_or_default();
    assert_eq!(said(world("2025-12-31T00:00:00Z", None)), "no key was rotated since the workspace was made");
    let rotated = "2026-11-20T10:00:00Z";
    assert!(
        said(world(rotated, Some(vec!["2026-11-20T09:00:00Z"])))
            .starts_with("perhaps not: a key was rotated 2026-11-20")
    );
    assert_eq!(
        said(world(rotated, Some(vec!["2026-11-20T11:00:00Z"]))),
        "a key was rotated 2026-11-20 10:00 UTC, and synchronised 2026-11-20 11:00 UTC"
    );
    let unseen = |said: String| said.starts_with("cannot be seen: ") && said.contains("AuthenticationFailed");
    assert!(unseen(said(world(rotated, None))));
    let old = said(world("2026-05-01T00:00:00Z", Some(Vec::new())));
    assert!(unseen(old.clone()) && old.contains("keeps 90 days"), "{old}");
    assert!(unseen(said(World::default())), "Azure says nothing of its keys");
    assert!(unseen(said(World { unread: "account", ..World::default() })));
    assert_eq!(switched().assess().keys, InStep::NotNeeded);
    let rows = world(rotated, Some(Vec::new())).assess().tables();
    assert!(rows[0].rows.iter().any(|(cells, tone)| cells[0] == "Keys in step" && *tone == Tone::Warn));
}

#[test]
fn what_could_not_be_read_of_a_vault_is_no_gap_of_storage_and_no_others_on_the_account_is_said() {
    let at = |kind: &str| ArmId::group("s", "g").join(&format!("providers/{kind}/x"));
    let world = World {
        unlisted: vec![at("Microsoft.KeyVault/vaults"), at("Microsoft.ContainerRegistry/registries")],
        ..ready()
    };
    let assessment = world.assess();
    assert_eq!(assessment.gaps, [] as [&str; 0]);
    let none = "| Other workspaces on it | none that you may see |";
    assert!(assessment.markdown(str::to_owned).contains(none));
    let here = World { unlisted: vec![account_id()], neighbours_unread: Some("no"), ..ready() }.assess();
    assert_eq!(here.gaps.len(), 2, "{:?}", here.gaps);
    assert!(!here.markdown(str::to_owned).contains(none));
}
