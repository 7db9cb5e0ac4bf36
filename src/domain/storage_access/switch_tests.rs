//! The assessment and the plans of the switch, as statements.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::*;
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::Method;
use crate::azure::directory::{Principal, PrincipalKind};
use crate::azure::resources::compute::Compute;
use crate::azure::resources::datastore::Datastore;
use crate::azure::resources::decode;
use crate::azure::resources::policy_state::PolicyState;
use crate::domain::access::{Access, Evidence, Member, Principals, Targets};
use crate::domain::opened::{DependentResource, Opened};
use crate::domain::plan::{Change, Confirmation, Kind, Outcome, Plan, Record, Run, RunId, Undo, inverse};

pub const ADA: &str = "11111111-0000-0000-0000-000000000001";
pub const BO: &str = "11111111-0000-0000-0000-000000000002";
pub const CY: &str = "11111111-0000-0000-0000-000000000003";
pub const TEAM: &str = "22222222-0000-0000-0000-000000000001";
pub const OWN: &str = "33333333-0000-0000-0000-000000000001";
pub const SPARE: &str = "33333333-0000-0000-0000-000000000002";
pub const SCIENTIST: &str = "f6c7c914-8db3-469d-8ca1-694a8f32e121";
pub const BLOBS: &str = "ba92f5b4-2d11-453d-a403-e96b0029c9fe";
pub const FILES: &str = "69566ab7-960f-475b-8e7c-b3118f30c6bd";

pub fn workspace_id() -> ArmId {
    ArmId::group("s", "g").join("providers/Microsoft.MachineLearningServices/workspaces/mlw")
}

pub fn account_id() -> ArmId {
    ArmId::group("s", "g").join("providers/Microsoft.Storage/storageAccounts/st")
}

pub fn neighbour_id() -> ArmId {
    ArmId::group("s", "h").join("providers/Microsoft.MachineLearningServices/workspaces/other")
}

/// A workspace on keys that Ada uses by herself and Bo and Cy through a group; its own identity has the data roles.
pub struct World {
    pub workspace: Value,
    pub identity: Value,
    pub storage: Lookup<Value>,
    pub grants: Vec<(&'static str, &'static str, ArmId)>,
    pub members: Option<Vec<&'static str>>,
    pub computes: Lookup<Vec<Value>>,
    pub datastores: Vec<Value>,
    pub policies: Vec<Value>,
    pub locks: Vec<Value>,
    pub neighbours: Vec<Neighbour>,
    pub neighbours_unread: Option<&'static str>,
    pub api_versions: Vec<&'static str>,
    /// Who could activate which role where.
    pub eligible: Vec<(&'static str, &'static str, ArmId)>,
    /// The part that may not be read.
    pub unread: &'static str,
}

impl Default for World {
    fn default() -> Self {
        Self {
            workspace: json!({"storageAccount": account_id(), "provisioningState": "Succeeded"}),
            identity: json!({"type": "SystemAssigned", "principalId": OWN}),
            storage: Lookup::Found(json!({})),
            grants: vec![
                (ADA, SCIENTIST, workspace_id()),
                (TEAM, SCIENTIST, workspace_id()),
                (OWN, BLOBS, account_id()),
                (OWN, FILES, account_id()),
            ],
            members: Some(vec![BO, CY]),
            computes: Lookup::Found(Vec::new()),
            datastores: Vec::new(),
            policies: Vec::new(),
            locks: Vec::new(),
            neighbours: Vec::new(),
            neighbours_unread: None,
            api_versions: vec!["2024-10-01", "2024-10-01-preview"],
            eligible: Vec::new(),
            unread: "",
        }
    }
}

fn role(guid: &str, actions: &[&str], data: &[&str]) -> Value {
    json!({"id": format!("/providers/Microsoft.Authorization/roleDefinitions/{guid}"), "name": guid, "properties": {
        "roleName": guid, "type": "BuiltInRole", "assignableScopes": ["/"],
        "permissions": [{"actions": actions, "notActions": [], "dataActions": data, "notDataActions": []}]}})
}

impl World {
    /// A part that was read, unless it is the one that may not be.
    fn part<T>(&self, name: &str, found: T) -> Lookup<T> {
        if self.unread == name { Lookup::Forbidden { action: "x/read".into() } } else { Lookup::Found(found) }
    }

    pub fn assess(&self) -> Assessment {
        let body = json!({"id": workspace_id(), "name": "mlw", "properties": self.workspace,
            "identity": self.identity});
        let mut opened = Opened::new(decode("workspace", body).unwrap());
        opened.locks = self.part("workspace locks", Vec::new());
        let storage = match &self.storage {
            _ if self.unread == "account" => Lookup::Forbidden { action: "x/read".into() },
            Lookup::Found(properties) => {
                let body = json!({"id": account_id(), "properties": properties});
                Lookup::Found(DependentResource::decode(&account_id(), body).unwrap().unwrap())
            }
            Lookup::Gone => Lookup::Gone,
            other => Lookup::Failed(other.absence().unwrap_or_default()),
        };
        opened.dependents.insert(account_id(), storage);
        let mut evidence = Evidence::default();
        let data = "Microsoft.Storage/storageAccounts";
        evidence.roles.add([
            decode("role", role(SCIENTIST, &["Microsoft.MachineLearningServices/workspaces/*"], &[]))
                .unwrap(),
            decode("role", role(BLOBS, &[], &[&format!("{data}/blobServices/containers/blobs/*")])).unwrap(),
            decode("role", role(FILES, &[], &[&format!("{data}/fileServices/*")])).unwrap(),
        ]);
        for scope in [workspace_id(), account_id()] {
            let here = self.grants.iter().enumerate().filter(|(_, (.., at))| *at == scope);
            let listed = here.map(|(n, (who, role, at))| {
                let id = at.join(&format!("providers/Microsoft.Authorization/roleAssignments/{n}"));
                let kind = if *who == TEAM { "Group" } else { "User" };
                let role = format!("/providers/Microsoft.Authorization/roleDefinitions/{role}");
                decode(
                    "assignment",
                    json!({"id": id, "properties": {"principalId": who, "principalType": kind, "roleDefinitionId": role, "scope": at}}),
                )
                .unwrap()
            });
            evidence.add_assignments(&scope, listed.collect::<Vec<_>>());
            evidence.add_denies(&scope, Vec::new());
            let eligible = self.eligible.iter().enumerate().filter(|(_, (.., at))| *at == scope);
            let eligible = eligible.map(|(n, (who, role, at))| {
                let id = at.join(&format!("providers/Microsoft.Authorization/roleEligibilityScheduleInstances/{n}"));
                let role = format!("/providers/Microsoft.Authorization/roleDefinitions/{role}");
                let properties =
                    json!({"principalId": who, "principalType": "User", "roleDefinitionId": role, "scope": at});
                decode("instance", json!({"id": id, "name": "n", "properties": properties})).unwrap()
            });
            evidence.add_eligible(&scope, eligible.collect::<Vec<_>>());
        }
        match &self.members {
            Some(members) => {
                evidence.members.know(TEAM, members.iter().map(|id| Member::new(id, PrincipalKind::User)));
            }
            None => evidence.members.refuse(TEAM, "the directory may not be read"),
        }
        let access = Access::new(Arc::new(evidence), Timestamp::UNIX_EPOCH);
        let mut principals = Principals::default();
        let named = [(ADA, "Ada"), (BO, "Bo"), (CY, "Cy"), (TEAM, "Team"), (OWN, "mlw")];
        let found = named.map(|(id, name)| Principal {
            id: id.to_owned(),
            display_name: Some(name.to_owned()),
            odata_type: Some(format!("#microsoft.graph.{}", if id == TEAM { "group" } else { "user" })),
            ..Principal::default()
        });
        principals.answer(&named.map(|(id, _)| id.to_owned()), &found);
        let computes: Lookup<Vec<Compute>> = match &self.computes {
            _ if self.unread == "computes" => Lookup::Forbidden { action: "x/read".into() },
            Lookup::Found(all) => {
                Lookup::Found(all.iter().map(|one| decode("compute", one.clone()).unwrap()).collect())
            }
            Lookup::Failed(why) => Lookup::Failed(why.clone()),
            other => panic!("{other:?} is no answer about computes"),
        };
        let datastores: Vec<Datastore> =
            self.datastores.iter().map(|one| decode("datastore", one.clone()).unwrap()).collect();
        let policies: Vec<PolicyState> =
            self.policies.iter().map(|one| decode("state", one.clone()).unwrap()).collect();
        let targets = Targets::of(&opened);
        Assessment::of(&Facts {
            opened: &opened,
            access: &access,
            targets: &targets,
            principals: &principals,
            neighbours: &self.neighbours,
            neighbours_unread: self.neighbours_unread.map(str::to_owned),
            computes: &computes,
            datastores: &self.part("datastores", datastores),
            online: &self.part("online endpoints", Vec::new()),
            batch: &self.part("batch endpoints", Vec::new()),
            policies: &self.part("policies", policies),
            locks: &self
                .part("locks", self.locks.iter().map(|one| decode("lock", one.clone()).unwrap()).collect()),
            api_versions: &Lookup::Found(self.api_versions.iter().map(|one| (*one).to_owned()).collect()),
        })
    }
}

pub fn instance(identity: &str) -> Value {
    json!({"id": workspace_id().join("computes/ci"), "name": "ci", "identity": {"type": identity, "principalId": "p"},
        "properties": {"computeType": "ComputeInstance"}})
}

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

/// A world in which nobody loses anything.
fn ready() -> World {
    let mut world = World::default();
    for who in [ADA, TEAM] {
        world.grants.extend([(who, BLOBS, account_id()), (who, FILES, account_id())]);
    }
    world
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
fn who_could_activate_a_role_is_a_user_apart_and_is_given_roles_as_others_are() {
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
fn the_plan_to_identity_gives_roles_waits_switches_and_turns_keys_off_only_when_chosen() {
    let world = World {
        neighbours: vec![Neighbour {
            id: neighbour_id(),
            storage: account_id(),
            mode: Some(AuthMode::AccessKey),
        }],
        datastores: vec![
            json!({"id": "/d/lake", "name": "lake", "properties": {"credentials": {"credentialsType": "AccountKey"}}}),
            json!({"id": "/d/workspaceblobstore", "name": "workspaceblobstore", "properties": {"credentials": {"credentialsType": "AccountKey"}}}),
        ],
        ..World::default()
    };
    let assessment = world.assess();
    let plan = to_identity(&assessment, &AuthMode::Identity, &Wish::default()).unwrap();
    let steps: Vec<(&str, bool)> = plan.steps.iter().map(|step| (step.id.as_str(), step.chosen)).collect();
    assert_eq!(
        steps,
        [
            ("grant-1", true),
            ("grant-2", true),
            ("grant-3", true),
            ("grant-4", true),
            ("in-force", true),
            ("switch", true),
            ("keys-off", false)
        ]
    );
    assert!(plan.steps[..4].iter().all(|step| step.optional), "each grant can be left out");
    let switch = &plan.steps[5];
    assert_eq!(switch.requests[0].method, Method::Patch);
    assert_eq!(
        switch.requests[0].body,
        Some(json!({"properties": {"systemDatastoresAuthMode": "identity"}})),
        "nothing but the mode is sent"
    );
    assert!(plan.steps.iter().all(|step| step.id == "in-force" || matches!(step.undo, Undo::By(_))));
    let said: Vec<&str> = plan.warnings.iter().map(|warning| warning.text.as_str()).collect();
    for words in ["3 people would lose access", "1 other workspace on st", "lake", "preview"] {
        assert!(said.iter().any(|text| text.contains(words)), "{words} in {said:?}");
    }
    assert!(!said.iter().any(|text| text.contains("workspaceblobstore")), "it switches by itself");
}

#[test]
fn the_way_back_turns_keys_on_waits_switches_and_synchronises() {
    let world = World {
        workspace: json!({"storageAccount": account_id(), "systemDatastoresAuthMode": "identity"}),
        storage: Lookup::Found(json!({"allowSharedKeyAccess": false})),
        ..World::default()
    };
    let plan = to_keys(&world.assess(), &Wish::default()).unwrap();
    let ids: Vec<&str> = plan.steps.iter().map(|step| step.id.as_str()).collect();
    assert_eq!(ids, ["keys-on", "keys-work", "switch", "sync-keys", "verify"]);
    let on = plan.steps[0].already.as_ref().unwrap();
    assert!(on.judge(Some(&json!({"properties": {}}))).holds, "what Azure leaves out is on");
    assert!(!on.judge(Some(&json!({"properties": {"allowSharedKeyAccess": false}}))).holds);

    let pinned = World {
        policies: vec![json!({"policyAssignmentName": "no-shared-key", "policyDefinitionAction": "deny"})],
        ..world
    };
    assert_eq!(
        to_keys(&pinned.assess(), &Wish::default()),
        Err(NoPlan::Policy("no-shared-key (deny)".to_owned()))
    );
}

#[test]
fn where_it_is_so_already_there_is_no_plan() {
    let assessment = World::default().assess();
    assert!(matches!(to_keys(&assessment, &Wish::default()), Err(NoPlan::AlreadySo(_))));
    let mut identity = switched();
    identity.storage = Lookup::Found(json!({"allowSharedKeyAccess": false}));
    identity.grants.extend([(ADA, BLOBS, account_id()), (ADA, FILES, account_id())]);
    identity.grants.extend([(TEAM, BLOBS, account_id()), (TEAM, FILES, account_id())]);
    let assessment = identity.assess();
    assert_eq!(assessment.verdict, Verdict::AlreadySo);
    assert!(matches!(
        to_identity(&assessment, &AuthMode::Identity, &Wish::default()),
        Err(NoPlan::AlreadySo(_))
    ));
    let sas =
        to_identity(&World::default().assess(), &AuthMode::UserDelegationSas, &Wish::default()).unwrap();
    assert_eq!(sas.title, "Switch mlw to user delegation SAS");
}

#[test]
fn each_role_of_people_can_be_the_one_that_only_reads_or_be_left_out() {
    let mut world = World::default();
    world.grants.retain(|(who, ..)| *who != OWN);
    let mut plan = to_identity(&world.assess(), &AuthMode::Identity, &Wish::default()).unwrap();
    let at = plan.steps.iter().position(|step| step.title.ends_with("to Ada")).unwrap();
    let first = plan.steps[at].clone();
    let step = &mut plan.steps[at];
    step.choose_next();
    assert_eq!((step.title.as_str(), step.chosen), ("Give Storage Blob Data Reader on st to Ada", true));
    assert_eq!(step.id, first.id, "what waits for it waits for the other one");
    assert_ne!(step.requests, first.requests);
    step.choose_next();
    assert_eq!((step.title.as_str(), step.chosen), (first.title.as_str(), false));
    step.choose_next();
    assert_eq!(
        (step.title.as_str(), step.chosen, &step.requests),
        (first.title.as_str(), true, &first.requests)
    );
    let own = plan.steps.iter_mut().find(|step| step.title.ends_with("(the workspace)")).unwrap();
    own.choose_next();
    assert!(!own.chosen && own.title.contains("Contributor"), "an identity acts for jobs, which write");
}

/// The workspace when it is on identity.
pub fn switched() -> World {
    World {
        workspace: json!({"storageAccount": account_id(), "systemDatastoresAuthMode": "Identity"}),
        ..World::default()
    }
}

#[test]
fn a_workspace_that_is_on_identity_gets_the_roles_that_its_users_lack_and_no_switch() {
    let mut world = switched();
    world.grants.extend([(ADA, BLOBS, account_id()), (TEAM, FILES, account_id())]);
    let plan = to_identity(&world.assess(), &AuthMode::Identity, &Wish::default()).unwrap();
    let steps: Vec<(&str, bool)> = plan.steps.iter().map(|step| (step.title.as_str(), step.chosen)).collect();
    assert_eq!(
        steps,
        [
            ("Give Storage Blob Data Contributor on st to Team", true),
            ("Give Storage File Data Privileged Contributor on st to Ada", true),
            (plan.steps[2].title.as_str(), true),
            ("Turn shared key access of st off", false)
        ]
    );
    assert_eq!(plan.title, "Give those who use mlw the roles that they lack on st");
    assert_eq!(plan.warnings[0].text, "mlw is on identity already, and 3 people lack the roles.");

    world.grants.extend([(TEAM, BLOBS, account_id()), (ADA, FILES, account_id())]);
    let plan = to_identity(&world.assess(), &AuthMode::Identity, &Wish::default()).unwrap();
    assert_eq!((plan.steps.len(), plan.steps[0].id.as_str(), plan.steps[0].chosen), (1, "keys-off", true));
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
fn a_ticket_names_the_verdict_those_affected_and_the_grants() {
    let assessment = World::default().assess();
    let plan = to_identity(&assessment, &AuthMode::Identity, &Wish::default()).unwrap();
    let text = ticket(&[assessment], &plan, str::to_owned);
    for line in [
        "# Switch mlw to identity",
        "## What and why",
        "- mlw: under identity without new roles, 3 people would lose access: Ada, Bo, Cy.",
        "1. Give Storage Blob Data Contributor on st to Team. Team has Storage Blob Data Contributor on st.",
        "6. Switch mlw to identity.",
        "Left out: Turn shared key access of st off.",
        "## How to undo",
        "1. Switch mlw back to shared key",
        "5. Take Storage Blob Data Contributor on st from Team",
        "## Storage access of mlw",
        "| Verdict | ready after these grants |",
        "| Affected | 3 people would lose access |",
        "| Team | Group | blobs, files | Bo, Cy |",
        "| Ada | User | jobs, notebooks |  | loses blobs and files |",
    ] {
        assert!(text.contains(line), "{line} in\n{text}");
    }
}

/// A run of a plan of which these steps changed something.
fn ran(name: &str, plan: Plan, changed: &[usize]) -> Run {
    let at = Timestamp::UNIX_EPOCH;
    let change = Change::Begun {
        run: RunId(name.to_owned()),
        account: "ada".to_owned(),
        undoes: None,
        plan: Box::new(plan),
    };
    let done = |step: &usize| {
        let outcome = Outcome::Done;
        [Change::Answered { step: *step, request: 0, outcome }, Change::StepDone { step: *step }]
    };
    let changes = std::iter::once(change).chain(changed.iter().flat_map(done));
    let records: Vec<Record> = changes.map(|change| Record { at, change }).collect();
    Run::replay(&records).unwrap()
}

#[test]
fn the_way_back_offers_to_take_away_what_switches_gave_and_nothing_else() {
    let plan = to_identity(&World::default().assess(), &AuthMode::Identity, &Wish::default()).unwrap();
    // The second grant was there before.
    let switched = ran("1", plan.clone(), &[0, 2, 3, 5]);
    let mut granted = plan.clone();
    granted.kind = Kind::Grant;
    let by_hand = ran("2", granted, &[1]);
    let ids = |runs: &[&Run]| -> Vec<String> {
        made(runs.iter().copied(), &account_id()).iter().map(|step| step.requests[0].path.clone()).collect()
    };
    let path = |at: usize| plan.steps[at].requests[0].path.clone();
    assert_eq!(ids(&[&by_hand, &switched]), [path(0), path(2), path(3)]);
    let undone = ran("3", inverse(&switched, &[2]).unwrap(), &[0]);
    assert_eq!(ids(&[&switched, &undone]), [path(0), path(3)], "what was taken back is not taken back again");
    assert!(made([&switched], &neighbour_id()).is_empty(), "another account has other roles");

    let world = World {
        workspace: json!({"storageAccount": account_id(), "systemDatastoresAuthMode": "identity"}),
        ..World::default()
    };
    let wish = Wish { made: made([&switched], &account_id()), ..Wish::default() };
    let back = to_keys(&world.assess(), &wish).unwrap();
    let taken = &back.steps[5..];
    assert_eq!(taken.len(), 3);
    assert!(taken.iter().all(|step| step.optional && !step.chosen), "they stay unless somebody chooses");
    assert!(taken.iter().all(|step| step.requests[0].method == Method::Delete));
    // Taken back, and that taken back in turn: they are there again, and still a switch's work.
    let mut chosen = back.clone();
    chosen.steps[5].chosen = true;
    let took = ran("4", chosen, &[5]);
    assert_eq!(ids(&[&switched, &took]), [path(2), path(3)]);
    let again = ran("5", inverse(&took, &[]).unwrap(), &[0]);
    assert_eq!(ids(&[&switched, &took, &again]), [path(2), path(3), path(0)]);
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
fn readers_are_people_and_identities_still_write() {
    let mut world = World::default();
    world.grants.retain(|(who, ..)| *who != OWN);
    let wish = Wish { pair: Pair::Reader, ..Wish::default() };
    let plan = to_identity(&world.assess(), &AuthMode::Identity, &wish).unwrap();
    let of = |name: &str| -> Vec<&str> {
        let titles = plan.steps.iter().map(|step| step.title.as_str());
        titles.filter(|title| title.ends_with(name)).collect()
    };
    assert_eq!(
        of("Ada"),
        [
            "Give Storage Blob Data Reader on st to Ada",
            "Give Storage File Data Privileged Reader on st to Ada"
        ]
    );
    assert!(plan.warnings.iter().any(|warning| warning.text.contains("cannot write then")));
    assert!(of("mlw (the workspace)").iter().all(|title| title.contains("Contributor")));
}

/// Three workspaces, of which two use the same account and one is not ready.
fn three() -> Vec<Assessment> {
    let mut one = World::default();
    one.grants.retain(|(who, ..)| [ADA, OWN].contains(who));
    one.grants.extend([(ADA, BLOBS, account_id()), (ADA, FILES, account_id())]);
    one.neighbours =
        vec![Neighbour { id: neighbour_id(), storage: account_id(), mode: Some(AuthMode::AccessKey) }];
    let ready = one.assess();
    let mut two = World::default().assess();
    two.workspace = neighbour_id();
    two.neighbours =
        vec![Neighbour { id: workspace_id(), storage: account_id(), mode: Some(AuthMode::AccessKey) }];
    let broken = World { storage: Lookup::Gone, ..World::default() };
    let mut broken = broken.assess();
    broken.workspace = workspace_id().join("x/third");
    vec![ready, two, broken]
}

#[test]
fn several_are_switched_one_after_the_other_and_the_account_comes_last_and_once() {
    let all = three();
    let verdicts: Vec<&str> = all.iter().map(|one| one.verdict.words()).collect();
    assert_eq!(verdicts, ["ready", "ready after these grants", "not advised"]);
    let ids = |grants: bool| -> Vec<String> {
        let plan = several(&all, grants, |_| Wish::default()).unwrap();
        plan.steps.into_iter().map(|step| step.id).collect()
    };
    assert_eq!(ids(false), ["switch", "keys-off"], "one alone is its own plan");
    assert_eq!(
        ids(true),
        [
            "1-switch",
            "2-grant-1",
            "2-grant-2",
            "2-grant-3",
            "2-grant-4",
            "2-in-force",
            "2-switch",
            "1-keys-off"
        ]
    );
    let plan = several(&all, true, |_| Wish::default()).unwrap();
    assert_eq!(
        (plan.title.as_str(), plan.subject_name.as_str()),
        ("Switch 2 workspaces to identity", "mlw, other")
    );
    let guard = plan.steps[7].guard.as_ref().unwrap();
    assert_eq!((guard.and.len(), guard.and[0].words.as_str()), (1, "other does not sign in by key"));
    let wait = plan.steps[5].wait.as_ref().unwrap();
    assert_eq!(wait.after, ["2-grant-1", "2-grant-2", "2-grant-3", "2-grant-4"]);
    let warnings: Vec<&str> = plan.warnings.iter().map(|warning| warning.text.as_str()).collect();
    assert!(
        !warnings.iter().any(|text| text.contains("break when")),
        "both are switched before: {warnings:?}"
    );
    let lose = "other: 3 people would lose access without the roles that the plan begins with, which are given before it switches; whoever's role you leave out loses it.";
    assert!(warnings.contains(&lose), "{warnings:?}");
    let side = side_by_side(&all);
    assert_eq!(side[1].rows[0].0, ["third", "the storage account is gone"]);
    let first = side[0].rows.iter().map(|(cells, _)| cells[..3].join(" ")).collect::<Vec<_>>();
    assert_eq!(first, ["mlw ready 0", "other after grants 3", "third not advised 3"]);
    let none = several(&all[2..], true, |_| Wish::default()).unwrap_err();
    assert_eq!(none.to_string(), "none of these workspaces is ready: third is not advised");
}

#[test]
fn what_two_of_several_need_alike_is_sent_once_and_waited_for_by_both() {
    let mut first = World::default().assess();
    let second = World::default().assess();
    first.workspace = neighbour_id();
    let plan = several(&[first, second], true, |_| Wish::default()).unwrap();
    let ids: Vec<&str> = plan.steps.iter().map(|step| step.id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "1-grant-1",
            "1-grant-2",
            "1-grant-3",
            "1-grant-4",
            "1-in-force",
            "1-switch",
            "2-in-force",
            "2-switch",
            "1-keys-off"
        ]
    );
    assert_eq!(plan.steps[6].wait.as_ref().unwrap().after, plan.steps[4].wait.as_ref().unwrap().after);
}
