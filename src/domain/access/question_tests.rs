//! Who can, what can somebody do, why not; and the matrix.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::testing::{OWNER, World, id, storage, targets, vault, workspace};
use super::*;
use crate::azure::arm::id::ArmId;
use crate::azure::directory::Principal;

const BLOBS: &str = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs";
const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";

fn world() -> World {
    World::new()
        .role(
            "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
            "Storage Blob Data Reader",
            &json!({"dataActions": [format!("{BLOBS}/read")]}),
        )
        .role(
            "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
            "Storage Blob Data Contributor",
            &json!({"dataActions": [format!("{BLOBS}/read"), format!("{BLOBS}/write")]}),
        )
        .role(
            "17d1049b-9a84-46fb-8f53-869881c3d3ab",
            "Storage Account Contributor",
            &json!({"actions": ["Microsoft.Storage/storageAccounts/*"]}),
        )
        .role(
            "4633458b-17de-408a-b874-0445c86b69e6",
            "Key Vault Secrets User",
            &json!({"dataActions": ["Microsoft.KeyVault/vaults/secrets/getSecret/action"]}),
        )
        .role(
            "f25e0fa2-a7c8-4377-a976-54943a77a395",
            "Key Vault Contributor",
            &json!({"actions": ["Microsoft.KeyVault/*"]}),
        )
        .role(
            "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
            "Role Based Access Control Administrator",
            &json!({"actions": ["Microsoft.Authorization/roleAssignments/write", "*/read"]}),
        )
}

const BLOB_READER: &str = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1";
const ACCOUNT_CONTRIBUTOR: &str = "17d1049b-9a84-46fb-8f53-869881c3d3ab";
const SECRETS_USER: &str = "4633458b-17de-408a-b874-0445c86b69e6";
const VAULT_CONTRIBUTOR: &str = "f25e0fa2-a7c8-4377-a976-54943a77a395";
const ACCESS_ADMIN: &str = "f58310d9-a9f6-439a-9e8d-f62e7b41a168";

fn asked(name: &str) -> Asked {
    Asked::parse(name).unwrap()
}

fn names(people: &[Person]) -> Vec<String> {
    let mut names: Vec<String> =
        people.iter().map(|person| format!("{} {}", person.principal, person.ways.words())).collect();
    names.sort_unstable();
    names
}

#[test]
fn who_can_names_everybody_once_and_by_which_ways() {
    let world = world()
        .assign("gdata", BLOB_READER, &storage())
        .group("gdata", &["ada", "bob", "mtraining", "ginner"])
        .assign("bob", ACCOUNT_CONTRIBUTOR, &storage())
        .assign("carl", ACCOUNT_CONTRIBUTOR, &id("/subscriptions/s1"))
        .assign("dora", ACCESS_ADMIN, &id("/subscriptions/s1"))
        .assign("olga", OWNER, &id("/"))
        .assign("rita", READER, &id("/"))
        .eligible("eva", BLOB_READER, &storage(), json!({}));
    let access = world.access();
    let who = who_can(&access, &targets(), &asked("read-blobs"));
    assert_eq!(
        names(&who.can),
        [
            "ada by a data action",
            "bob by a data action and by key",
            "carl by key",
            "mtraining by a data action",
            "olga by key",
        ]
    );
    assert_eq!(names(&who.by_granting), ["dora by granting it to themselves"]);
    assert_eq!(names(&who.after_activation), ["eva by a data action"]);
    assert!(who.complete && who.gaps.is_empty() && who.cannot_tell.is_empty());
    let off = Targets { shared_key: Switch::Off, ..targets() };
    let who = who_can(&access, &off, &asked("read-blobs"));
    assert_eq!(
        names(&who.can),
        ["ada by a data action", "bob by a data action", "mtraining by a data action"]
    );
    assert_eq!(
        names(&who.by_granting),
        ["dora by granting it to themselves", "olga by granting it to themselves"]
    );
}

#[test]
fn who_could_grant_it_to_themselves_after_activating_a_role_is_told_too() {
    let world = world().eligible("jon", OWNER, &id("/subscriptions/s1"), json!({})).eligible(
        "eva",
        BLOB_READER,
        &storage(),
        json!({}),
    );
    let access = world.access();
    let who = who_can(&access, &targets(), &asked("read-secrets"));
    assert_eq!(names(&who.by_granting), ["jon by granting it to themselves"]);
    assert_eq!(who.by_granting[0].verdict, Verdict::AfterActivation);
    let of = answer(&access, &targets(), &asked("read-secrets"), "jon");
    assert!(of.could_grant() && of.verdict.is_denied());
    let who = who_can(&access, &targets(), &asked("read-blobs"));
    assert_eq!(names(&who.after_activation).len(), 2, "both by roles that they activate: {who:?}");
    assert_eq!(who.by_granting, [], "who gets it by activating alone is told once");
}

/// What the portal writes when somebody is let give Reader alone.
#[test]
fn who_may_give_only_roles_that_are_of_no_use_could_not_grant_it_to_themselves() {
    let only = |role: &str| {
        let role_of = "@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId]";
        let write = "Microsoft.Authorization/roleAssignments/write";
        let condition = format!(
            "((!(ActionMatches{{'{write}'}})) OR ({role_of} ForAnyOfAnyValues:GuidEquals {{{role}}}))"
        );
        json!({ "condition": condition, "conditionVersion": "2.0" })
    };
    let group = id("/subscriptions/s1");
    let world = world().assign_with("dora", ACCESS_ADMIN, &group, only(READER)).assign_with(
        "dan",
        ACCESS_ADMIN,
        &group,
        only(OWNER),
    );
    let access = world.access();
    let who = who_can(&access, &targets(), &asked("read-secrets"));
    assert_eq!(names(&who.by_granting), ["dan by granting it to themselves"]);
    let of = |name: &str| answer(&access, &targets(), &asked("read-secrets"), name);
    assert!(!of("dora").could_grant() && of("dan").could_grant());
}

/// As Azure defines Key Vault Data Access Administrator: a role that lets give a few roles, whoever has it.
fn vault_access_admin(only: &[&str]) -> Value {
    let role_of = "@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId]";
    let condition = format!(
        "((!(ActionMatches{{'Microsoft.Authorization/roleAssignments/write'}})) OR ({role_of} ForAnyOfAnyValues:GuidEquals{{{}}}))",
        only.join(", ")
    );
    json!({"actions": ["Microsoft.Authorization/roleAssignments/write", "Microsoft.KeyVault/vaults/*/read"],
        "condition": condition, "conditionVersion": "2.0"})
}

const VAULT_ACCESS_ADMIN: &str = "8b54135c-b56d-4d72-a534-26097cfdc8d8";

#[test]
fn a_role_that_carries_a_condition_gives_no_more_than_that_lets() {
    let group = id("/subscriptions/s1");
    let world = world()
        .role(VAULT_ACCESS_ADMIN, "Key Vault Data Access Administrator", &vault_access_admin(&[SECRETS_USER]))
        .role("circle", "Gives itself", &vault_access_admin(&["circle", VAULT_ACCESS_ADMIN]))
        .assign("noah", VAULT_ACCESS_ADMIN, &group)
        .assign("cora", "circle", &group);
    let access = world.access();
    for who in ["noah", "cora"] {
        let grant = answer(&access, &targets(), &asked("grant-access"), who);
        assert_eq!(grant.verdict, Verdict::Conditional, "{who}: {grant:?}");
        let blobs = answer(&access, &targets(), &asked("read-blobs"), who);
        assert!(!blobs.could_grant(), "{who}: no vault role reads blobs: {blobs:?}");
        let secrets = answer(&access, &targets(), &asked("read-secrets"), who);
        assert!(secrets.could_grant(), "{who}: in one step or in two");
    }
    let Reason::Restricted { condition, .. } =
        &answer(&access, &targets(), &asked("grant-access"), "noah").ways[0].steps[0].decision.reasons[0]
    else {
        panic!("restricted")
    };
    assert!(condition.contains("Key Vault Secrets User"), "{condition}");
    let read = Act::control("Microsoft.KeyVault/vaults/keys/read");
    assert!(access.verdict("noah", &read, &vault()).is_allowed(), "the condition leaves the rest alone");
}

#[test]
fn the_conditions_of_a_role_and_of_its_assignment_must_both_hold() {
    let role_of = "@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId]";
    let only = |role: &str| {
        let write = "Microsoft.Authorization/roleAssignments/write";
        let condition = format!("!(ActionMatches{{'{write}'}}) OR ({role_of} GuidEquals '{role}')");
        json!({ "condition": condition, "conditionVersion": "2.0" })
    };
    let world = world()
        .role(
            VAULT_ACCESS_ADMIN,
            "Key Vault Data Access Administrator",
            &vault_access_admin(&[SECRETS_USER, READER]),
        )
        .assign_with("both", VAULT_ACCESS_ADMIN, &id("/subscriptions/s1"), only(SECRETS_USER))
        .assign_with("apart", VAULT_ACCESS_ADMIN, &id("/subscriptions/s1"), only(BLOB_READER));
    let access = world.access();
    let could = |who: &str| answer(&access, &targets(), &asked("read-secrets"), who).could_grant();
    assert!(could("both") && !could("apart"), "each lets give something, together nothing");
}

#[test]
fn a_role_under_a_condition_of_its_own_is_not_what_would_make_it_a_yes() {
    let world = world().role(
        VAULT_ACCESS_ADMIN,
        "Key Vault Data Access Administrator",
        &vault_access_admin(&[SECRETS_USER]),
    );
    let remedies = why_not(&world.access(), &targets(), &asked("grant-access"), "ada").remedies;
    let [Remedy::Assign { role, .. }] = remedies.as_slice() else { panic!("{remedies:?}") };
    assert_eq!(role.label(), "Role Based Access Control Administrator");
}

#[test]
fn whoever_is_deleted_can_nothing_whatever_they_still_hold() {
    let world = world().assign("ada", BLOB_READER, &storage()).assign("old", BLOB_READER, &storage()).assign(
        "gone-group",
        BLOB_READER,
        &storage(),
    );
    let mut evidence = world.evidence;
    for gone in ["OLD", "gone-group"] {
        evidence.add_gone(gone);
    }
    let access = Access::new(evidence.into(), super::testing::now());
    let who = who_can(&access, &targets(), &asked("read-blobs"));
    assert_eq!(names(&who.can), ["ada by a data action"]);
    assert!(who.complete && who.cannot_tell.is_empty(), "{who:?}");
    assert!(answer(&access, &targets(), &asked("read-blobs"), "old").verdict.is_denied());
}

#[test]
fn whoever_is_deleted_can_nothing_in_both_directions_whatever_was_not_read() {
    let mut evidence = World::unread().assign("old", OWNER, &workspace()).evidence;
    evidence.add_gone("old");
    let access = Access::new(evidence.into(), super::testing::now());
    let unread = Targets { vault_rbac: Switch::Unknown, shared_key: Switch::Unknown, ..targets() };
    for capability in CAPABILITIES {
        let asked = Asked::Capability(capability);
        let of = answer(&access, &unread, &asked, "old");
        assert!(
            of.verdict.is_denied() && of.by_granting().is_none_or(|way| way.verdict.is_denied()),
            "{of:?}"
        );
        let who = who_can(&access, &unread, &asked);
        let listed = [&who.can, &who.cannot_tell, &who.by_granting, &who.after_activation];
        assert!(listed.iter().all(|list| list.iter().all(|one| &*one.principal != "old")), "{who:?}");
    }
}

#[test]
fn whom_a_deny_assignment_keeps_from_it_could_not_grant_it_to_themselves() {
    let blobs = |principal: &str| json!({"permissions": [{"dataActions": [format!("{BLOBS}/*")]}], "principals": [{"id": principal, "type": "User"}]});
    let sometimes = |principal: &str| {
        let mut deny = blobs(principal);
        deny["condition"] = json!("@Resource[x:y] StringEquals 'a'");
        deny
    };
    let mut world = world().deny(&storage(), blobs("dan")).deny(&storage(), sometimes("dot"));
    for granter in ["dan", "dora", "dot"] {
        world = world.assign(granter, ACCESS_ADMIN, &id("/subscriptions/s1"));
    }
    let access = world.access();
    let of = |targets: &Targets, what: &str| {
        let listed = names(&who_can(&access, targets, &asked(what)).by_granting);
        for granter in ["dan", "dora", "dot"] {
            let answer = answer(&access, targets, &asked(what), granter);
            assert_eq!(
                listed.iter().any(|line| line.starts_with(granter)),
                answer.could_grant(),
                "{granter}"
            );
        }
        listed
    };
    let self_grant = |names: &[&str]| -> Vec<String> {
        names.iter().map(|name| format!("{name} by granting it to themselves")).collect()
    };
    let no_keys = Targets { shared_key: Switch::Off, ..targets() };
    assert_eq!(of(&no_keys, "read-blobs"), self_grant(&["dora", "dot"]));
    assert_eq!(of(&targets(), "read-blobs"), self_grant(&["dan", "dora", "dot"]), "the keys are not denied");
    assert_eq!(of(&no_keys, "read-secrets"), self_grant(&["dan", "dora", "dot"]));
    let policies = Targets { vault_rbac: Switch::Off, ..targets() };
    let vaults = json!({"permissions": [{"actions": ["Microsoft.KeyVault/*"]}], "principals": [{"id": "dan", "type": "User"}]});
    let access = world.clone().deny(&vault(), vaults).access();
    let who = who_can(&access, &policies, &asked("read-secrets"));
    assert_eq!(names(&who.by_granting), self_grant(&["dora", "dot"]), "nor write himself a policy");
}

#[test]
fn what_is_not_known_is_named_and_makes_the_list_incomplete() {
    let world =
        world().assign("gdata", BLOB_READER, &storage()).assign("carl", ACCOUNT_CONTRIBUTOR, &storage());
    let unknown = Targets { shared_key: Switch::Unknown, ..targets() };
    let who = who_can(&world.access(), &unknown, &asked("read-blobs"));
    // He may be in the group.
    assert_eq!(names(&who.cannot_tell), ["carl by a data action and by key", "gdata by a data action"]);
    assert!(who.cannot_tell.iter().any(|person| person.unread_group && &*person.principal == "gdata"));
    assert!(!who.complete && who.can.is_empty());
    let what: Vec<&GapKind> = who.gaps.iter().map(|gap| &gap.what).collect();
    assert_eq!(what, [&GapKind::Members("gdata".into()), &GapKind::Setting]);
    let nothing = Targets { storage: None, ..targets() };
    let who = who_can(&world.access(), &nothing, &asked("read-blobs"));
    assert_eq!((who.missing, who.can.len()), (Some(Place::Storage), 0));
}

#[test]
fn secrets_are_read_by_roles_or_by_policies_as_the_vault_is_set() {
    let policy = |principal: &str, gets_secrets| VaultPolicy { principal: principal.into(), gets_secrets };
    let world = world()
        .assign("ada", SECRETS_USER, &vault())
        .assign("carl", VAULT_CONTRIBUTOR, &vault())
        .group("gops", &["pia", "ada"]);
    let access = world.access();
    let policies = vec![policy("pat", true), policy("gops", true), policy("lists-only", false)];
    let with = |vault_rbac| Targets { vault_rbac, vault_policies: policies.clone(), ..targets() };
    let roles = who_can(&access, &with(Switch::On), &asked("read-secrets"));
    assert_eq!(names(&roles.can), ["ada by a data action"]);
    let policies = who_can(&access, &with(Switch::Off), &asked("read-secrets"));
    assert_eq!(
        names(&policies.can),
        [
            "ada by an access policy",
            "carl by writing an access policy",
            "pat by an access policy",
            "pia by an access policy"
        ]
    );
    let unknown = who_can(&access, &with(Switch::Unknown), &asked("read-secrets"));
    assert!(unknown.can.is_empty() && !unknown.complete);
    assert_eq!(unknown.cannot_tell.len(), 4);
    for (switch, principal, expected, way) in [
        (Switch::On, "ada", Verdict::Allowed, Way::DataAction),
        (Switch::Off, "pia", Verdict::Allowed, Way::AccessPolicy),
        (Switch::Off, "PAT", Verdict::Allowed, Way::AccessPolicy),
        (Switch::Off, "carl", Verdict::Allowed, Way::PolicyWrite),
        (Switch::Unknown, "carl", Verdict::CannotTell, Way::PolicyWrite),
    ] {
        let answer = answer(&access, &with(switch), &asked("read-secrets"), principal);
        assert_eq!(answer.verdict, expected, "{switch:?} {principal}");
        assert!(answer.deciding().any(|found| found.way == way), "{switch:?} {principal}: {answer:?}");
    }
}

#[test]
fn a_capability_of_two_actions_takes_both() {
    let ml = "Microsoft.MachineLearningServices/workspaces";
    let world = world()
        .role("starts", "Starts", &json!({"actions": [format!("{ml}/computes/start/action")]}))
        .role("stops", "Stops", &json!({"actions": [format!("{ml}/computes/stop/action")]}))
        .assign("ada", "starts", &workspace())
        .assign("bob", "starts", &workspace())
        .assign("bob", "stops", &workspace())
        .assign("eva", "starts", &workspace())
        .eligible("eva", "stops", &workspace(), json!({}));
    let access = world.access();
    let who = who_can(&access, &targets(), &asked("start-stop-compute"));
    assert_eq!(
        (names(&who.can), names(&who.after_activation)),
        (vec!["bob by a role".to_owned()], vec!["eva by a role".to_owned()])
    );
    let of = |principal| answer(&access, &targets(), &asked("start-stop-compute"), principal).verdict;
    assert_eq!(
        [of("ada"), of("bob"), of("eva")],
        [Verdict::Denied(Refusal::NoGrant), Verdict::Allowed, Verdict::AfterActivation]
    );
}

#[test]
fn what_somebody_can_do_is_every_capability_with_its_reasons() {
    let world = world().assign("ada", READER, &id("/subscriptions/s1"));
    let all = what_can(&world.access(), &Targets { vault: None, ..targets() }, "ada");
    assert_eq!(all.len(), CAPABILITIES.len());
    let can: Vec<&str> =
        all.iter().filter(|one| one.answer.verdict.is_allowed()).map(|one| one.capability.name).collect();
    assert_eq!(can, ["read-workspace"]);
    let Reason::Granted { pattern, .. } = &all[0].answer.ways[0].steps[0].decision.reasons[0] else {
        panic!("{all:?}")
    };
    assert_eq!(pattern, "*/read");
    assert_eq!(all.last().unwrap().answer.missing, Some(Place::Vault));
}

#[test]
fn why_not_offers_the_narrowest_role_at_the_narrowest_scope_and_who_could_grant_it() {
    let world = world().assign("olga", OWNER, &id("/")).assign("dora", ACCESS_ADMIN, &storage()).eligible(
        "eva",
        BLOB_READER,
        &storage(),
        json!({"endDateTime": "2027-01-01T00:00:00Z"}),
    );
    let access = world.access();
    let keys_off = Targets { shared_key: Switch::Off, ..targets() };
    let why = why_not(&access, &keys_off, &asked("read-blobs"), "ada");
    let [Remedy::Assign { role, scope, also, granters, .. }] = &why.remedies[..] else { panic!("{why:?}") };
    assert_eq!((role.label(), scope, also.len()), ("Storage Blob Data Reader", &storage(), 0));
    assert_eq!(names(&granters.can), ["dora by a role", "olga by a role"]);
    let why = why_not(&access, &keys_off, &asked("write-blobs"), "ada");
    let [Remedy::Assign { role, also, .. }] = &why.remedies[..] else { panic!("{why:?}") };
    assert_eq!(role.label(), "Storage Blob Data Contributor");
    assert_eq!(also.iter().map(|capability| capability.name).collect::<Vec<_>>(), ["read-blobs"]);
    let why = why_not(&access, &keys_off, &asked("read-blobs"), "eva");
    assert!(
        matches!(&why.remedies[..], [Remedy::Activate { chains }] if chains[0].role.label() == "Storage Blob Data Reader")
    );
    assert!(
        why_not(&access, &targets(), &asked("read-blobs"), "olga").remedies.is_empty(),
        "she can, by key"
    );
    let policies = Targets { vault_rbac: Switch::Off, ..targets() };
    let why = why_not(&access, &policies, &asked("read-secrets"), "ada");
    assert!(
        matches!(&why.remedies[..], [Remedy::AddPolicy { writers, .. }] if names(&writers.can) == ["olga by a role"])
    );
    let owner = world.clone().assign("ada", OWNER, &workspace());
    let sometimes = owner.clone().deny(
        &workspace(),
        json!({"permissions": [{"actions": ["*/delete"]}], "principals": [{"id": "ada", "type": "User"}],
            "condition": "@Resource[x:y] StringEquals 'a'"}),
    );
    let why = why_not(&sometimes.access(), &targets(), &asked("delete-workspace"), "ada");
    assert_eq!(why.answer.verdict, Verdict::Conditional);
    assert!(matches!(&why.remedies[..], [Remedy::DenyAssignment { .. }]), "she has the role: {why:?}");
    let denied = owner.deny(
        &workspace(),
        json!({"permissions": [{"actions": ["*/delete"]}], "principals": [{"id": "ada", "type": "User"}]}),
    );
    let why = why_not(&denied.access(), &targets(), &asked("delete-workspace"), "ada");
    assert!(matches!(&why.remedies[..], [Remedy::DenyAssignment { name, .. }] if name == "Deny"), "{why:?}");
    let why = why_not(&access, &targets(), &Asked::parse("Nobody.Knows/this/write").unwrap(), "zoe");
    assert!(matches!(&why.remedies[..], [Remedy::Assign { role, .. }] if role.is_owner()), "{why:?}");
}

#[test]
fn what_is_asked_is_a_capability_or_an_action_of_either_plane_at_its_place() {
    use permission::Plane::{Control, Data};
    for (text, place, plane) in [
        ("Microsoft.MachineLearningServices/workspaces/jobs/write", Place::Workspace, Control),
        ("microsoft.storage/storageaccounts/listkeys/action", Place::Storage, Control),
        ("Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read", Place::Storage, Data),
        ("Microsoft.Storage/storageAccounts/blobServices/containers/read", Place::Storage, Control),
        (
            "Microsoft.Storage/storageAccounts/fileServices/readFileBackupSemantics/action",
            Place::Storage,
            Data,
        ),
        ("Microsoft.KeyVault/vaults/secrets/getSecret/action", Place::Vault, Data),
        ("Microsoft.KeyVault/vaults/secrets/write", Place::Vault, Control),
        ("Microsoft.KeyVault/vaults/deploy/action", Place::Vault, Control),
        ("Microsoft.ContainerRegistry/registries/pull/read", Place::Registry, Control),
        ("data:Microsoft.CognitiveServices/accounts/x/read", Place::Workspace, Data),
        (
            "control: Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read",
            Place::Storage,
            Control,
        ),
    ] {
        let Asked::Action { on, act } = asked(text) else { panic!("{text}") };
        assert_eq!((on, act.plane), (place, plane), "{text}");
    }
    assert_eq!(asked("Run-Jobs"), Asked::Capability(Capability::named("run-jobs").unwrap()));
    for text in ["", "run jobs", "a/b", "Microsoft.Storage/*/read", "Microsoft.Storage", "Microsoft.Storage/"]
    {
        let error = Asked::parse(text).unwrap_err().to_string();
        assert!(error.contains("run-jobs"), "{error}");
    }
    let mut seen = std::collections::BTreeSet::new();
    for capability in CAPABILITIES {
        assert!(seen.insert(capability.name) && !capability.needs.is_empty(), "{}", capability.name);
        for need in capability.needs {
            let Asked::Action { on, act } = asked(need.action) else { panic!("{}", need.action) };
            let own = if need.action.starts_with("Microsoft.Authorization") { Place::Workspace } else { on };
            assert_eq!((own, act.plane), (need.on, need.plane), "{}", need.action);
        }
    }
}

struct NoNames;

impl ScopeNames for NoNames {
    fn subscription(&self, _: &str) -> Option<String> {
        None
    }

    fn management_group(&self, _: &str) -> Option<String> {
        None
    }
}

fn directory(ids: &[&str]) -> Principals {
    let mut principals = Principals::default();
    let found: Vec<Principal> = ids
        .iter()
        .map(|id| Principal {
            id: (*id).to_owned(),
            display_name: Some(id.to_uppercase()),
            ..Principal::default()
        })
        .collect();
    principals
        .answer(&[ids.iter().map(ToString::to_string).collect(), vec!["gone".to_owned()]].concat(), &found);
    principals
}

#[test]
fn the_matrix_says_for_every_place_which_roles_somebody_has_and_how() {
    let world = world()
        .assign("gdata", BLOB_READER, &storage())
        .group("gdata", &["ada", "bob"])
        .assign("ada", READER, &id("/subscriptions/s1/resourceGroups/RG"))
        .assign("gone", READER, &workspace())
        .eligible("ada", OWNER, &id("/subscriptions/s1"), json!({"endDateTime": "2027-01-01T00:00:00Z"}))
        .assign_with("zed", BLOB_READER, &storage(), json!({"condition": "@Resource[x:y] StringEquals 'a'"}));
    let principals = directory(&["ada", "bob", "gdata", "zed"]);
    let matrix = Matrix::new(Arc::new(world.access()), &targets(), &principals, &NoNames);
    let labels: Vec<&str> = matrix.rows.iter().map(|row| &*row.label).collect();
    assert_eq!(labels, ["ADA", "GDATA", "gone", "ZED"]);
    let cell = |row: &MatrixRow, place: Place| -> Vec<String> {
        let column = matrix.columns.iter().position(|column| column.place == place).unwrap();
        let words = |cell: Cell<'_>| {
            let via = cell.via().map(|group| format!(" via {group}")).unwrap_or_default();
            let condition = if cell.is_conditional() { " if" } else { "" };
            let eligible = if cell.tenure().is_eligible() { " eligible" } else { "" };
            format!("{} {}{via}{condition}{eligible}", cell.role().label(), cell.from().unwrap().words())
        };
        matrix.cell(row, column).map(words).collect()
    };
    let ada = &matrix.rows[0];
    assert_eq!(cell(ada, Place::Workspace), ["Reader RG (group)", "Owner s1 (sub) eligible"]);
    assert_eq!(cell(ada, Place::Group), ["Reader here", "Owner s1 (sub) eligible"]);
    assert_eq!(cell(ada, Place::Subscription), ["Owner here eligible"]);
    assert_eq!(
        cell(ada, Place::Storage),
        ["Owner s1 (sub) eligible", "Storage Blob Data Reader here via gdata"]
    );
    assert_eq!(cell(&matrix.rows[3], Place::Storage), ["Storage Blob Data Reader here if"]);
    assert_eq!((matrix.rows[1].members, matrix.rows[2].orphaned), (Some(2), true));
    let people = matrix.open("GDATA", &principals);
    assert_eq!(people.iter().map(|row| &*row.label).collect::<Vec<_>>(), ["ADA", "BOB"]);
    assert_eq!(cell(&people[1], Place::Storage), ["Storage Blob Data Reader here via gdata"]);
    assert!(matrix.open("ada", &principals).is_empty());

    let order = |by| matrix.order(by, false).iter().map(|row| &*matrix.rows[*row].label).collect::<Vec<_>>();
    assert_eq!(order(MatrixSort::Roles), ["ADA", "GDATA", "gone", "ZED"]);
    assert_eq!(order(MatrixSort::Column(Place::Workspace)), ["ADA", "gone", "GDATA", "ZED"]);
    let under = matrix.under(GroupBy::Role, &matrix.order(MatrixSort::Principal, false));
    let under: Vec<(&str, usize)> =
        under.iter().map(|heading| (heading.title.as_str(), heading.rows.len())).collect();
    assert_eq!(under, [("Owner", 1), ("Reader", 2), ("Storage Blob Data Reader", 3)]);
}

#[test]
fn a_column_that_could_not_be_read_says_so() {
    let mut world = World::unread();
    world.evidence.add_assignments(&workspace(), []);
    world.evidence.add_gap(Gap::new(GapKind::Assignments, Some(storage()), "you may not"));
    let matrix = Matrix::new(Arc::new(world.access()), &targets(), &Principals::default(), &NoNames);
    let gaps: BTreeMap<Place, Option<&str>> = matrix
        .columns
        .iter()
        .map(|column| (column.place, column.gap.as_ref().map(|gap| gap.why.as_str())))
        .collect();
    assert_eq!(gaps[&Place::Workspace], None);
    assert_eq!(gaps[&Place::Group], None, "the workspace's list holds what is inherited");
    assert_eq!(gaps[&Place::Storage], Some("you may not"));
    assert_eq!(gaps[&Place::Vault], Some("they were not read yet"));
}

#[test]
fn a_role_is_permanent_only_where_the_ends_of_roles_were_read() {
    let top = ArmId::management_group("top");
    let world = world().assign("ada", READER, &top).assign("ada", READER, &workspace()).assign(
        "ada",
        BLOB_READER,
        &storage(),
    );
    let tenures = |world: &World| {
        let matrix = Matrix::new(Arc::new(world.access()), &targets(), &Principals::default(), &NoNames);
        let of = |cell: Cell<'_>| (cell.scope().name().to_owned(), cell.tenure());
        matrix.held(&matrix.rows[0]).map(of).collect::<BTreeMap<_, _>>()
    };
    let at = |[top, workspace, storage]: [Tenure; 3]| {
        BTreeMap::from([("top", top), ("mlw", workspace), ("st", storage)].map(|(n, t)| (n.to_owned(), t)))
    };
    use Tenure::{Permanent, Unknown};
    assert_eq!(tenures(&world), at([Unknown; 3]), "nothing was read yet");
    let mut one = world.clone();
    one.evidence.add_active(&workspace(), []);
    one.evidence.add_gap(Gap::new(GapKind::Active, Some(storage()), "you may not"));
    assert_eq!(
        tenures(&one),
        at([Permanent, Permanent, Unknown]),
        "the list of the workspace has all above it"
    );
    one.evidence.add_active(&storage(), []);
    assert_eq!(tenures(&one), at([Permanent; 3]));
}

#[test]
fn whoever_is_handed_a_key_of_the_storage_account_reads_blobs_by_it() {
    let ml = "Microsoft.MachineLearningServices/workspaces";
    for (action, at) in [
        ("Microsoft.Storage/storageAccounts/listKeys/action".to_owned(), storage()),
        (format!("{ml}/listKeys/action"), workspace()),
        (format!("{ml}/listStorageAccountKeys/action"), workspace()),
        (format!("{ml}/datastores/listSecrets/action"), workspace()),
    ] {
        let world = world().role("keys", "Keys", &json!({"actions": [action]})).assign("ada", "keys", &at);
        let access = world.access();
        for what in ["read-blobs", "write-blobs"] {
            let who = who_can(&access, &targets(), &asked(what));
            assert_eq!(names(&who.can), ["ada by key"], "{action} {what}");
            assert_eq!(
                answer(&access, &targets(), &asked(what), "ada").verdict,
                Verdict::Allowed,
                "{action}"
            );
        }
        let off = Targets { shared_key: Switch::Off, ..targets() };
        assert!(
            who_can(&access, &off, &asked("read-blobs")).can.is_empty(),
            "{action}: the account takes none"
        );
    }
}

#[test]
fn a_datastore_without_a_key_hands_none_out() {
    let action = "Microsoft.MachineLearningServices/workspaces/datastores/listSecrets/action";
    let world =
        world().role("keys", "Keys", &json!({"actions": [action]})).assign("ada", "keys", &workspace());
    let verdict = |datastore_keys| {
        let targets = Targets { datastore_keys, ..targets() };
        answer(&world.access(), &targets, &asked("read-blobs"), "ada").verdict
    };
    assert_eq!(verdict(Switch::Off), Verdict::Denied(Refusal::NoGrant));
    assert_eq!(verdict(Switch::Unknown), Verdict::CannotTell);
}

#[test]
fn who_may_ask_pim_for_a_role_could_grant_it_to_themselves_too() {
    let action = "Microsoft.Authorization/roleAssignmentScheduleRequests/write";
    let world = world().role("pim", "PIM", &json!({"actions": [action]})).assign("ada", "pim", &storage());
    let access = world.access();
    let who = who_can(&access, &targets(), &asked("read-blobs"));
    assert_eq!(names(&who.by_granting), ["ada by granting it to themselves"]);
    let of = answer(&access, &targets(), &asked("read-blobs"), "ada");
    assert!(of.could_grant() && of.verdict.is_denied(), "{of:?}");
}

#[test]
fn the_matrix_tells_what_has_ended_and_no_answer_rests_on_it() {
    let over = json!({"endDateTime": "2026-11-22T11:00:00Z"});
    let world = world().eligible("ada", BLOB_READER, &storage(), over).eligible(
        "bob",
        BLOB_READER,
        &storage(),
        json!({"endDateTime": "2026-11-22T13:00:00Z"}),
    );
    let (access, principals) = (Arc::new(world.access()), directory(&["ada", "bob"]));
    let matrix = Matrix::new(access.clone(), &targets(), &principals, &NoNames);
    let told: Vec<(&str, bool)> = matrix
        .rows
        .iter()
        .flat_map(|row| matrix.held(row).map(move |cell| (&*row.label, cell.has_ended())))
        .collect();
    assert_eq!(told, [("ADA", true), ("BOB", false)]);
    assert!(matrix.tells_ended());
    assert_eq!(matrix.rows[0].kind, matrix.rows[1].kind);
    let found = who_can(&access, &targets(), &asked("read-blobs"));
    assert_eq!(names(&found.after_activation), ["bob by a data action"]);
    assert_eq!(access.reached().len(), 1, "whose only role has ended is asked about no more");
}

#[test]
fn an_answer_says_in_how_many_other_ways_it_comes() {
    let world = world()
        .assign("ada", BLOB_READER, &storage())
        .assign("data", BLOB_READER, &storage())
        .assign("ada", OWNER, &id("/subscriptions/s1"))
        .group("data", &["ada", "bob"]);
    let access = world.access();
    let others = |who: &str| answer(&access, &targets(), &asked("read-blobs"), who).other_ways(false);
    assert_eq!((others("ada"), others("bob"), others("cy")), (2, 0, 0));
}
