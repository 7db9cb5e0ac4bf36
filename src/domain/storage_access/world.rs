//! A workspace with its account, its people and what may not be read, as the tests of this folder put it together.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Assessment, Facts, Neighbour, OnParts};
use crate::azure::arm::id::ArmId;
use crate::azure::directory::{Principal, PrincipalKind};
use crate::azure::resources::compute::Compute;
use crate::azure::resources::datastore::Datastore;
use crate::azure::resources::decode;
use crate::azure::resources::policy_state::{PolicyState, about_shared_key};
use crate::domain::access::{Access, Evidence, Gap, GapKind, Member, Principals, Targets};
use crate::domain::lookup::Lookup;
use crate::domain::opened::{DependentResource, Opened};
use crate::domain::plan::{Change, Outcome, Plan, Record, Run, RunId};

pub const ADA: &str = "11111111-0000-0000-0000-000000000001";
pub const BO: &str = "11111111-0000-0000-0000-000000000002";
pub const CY: &str = "11111111-0000-0000-0000-000000000003";
pub const TEAM: &str = "22222222-0000-0000-0000-000000000001";
pub const OWN: &str = "33333333-0000-0000-0000-000000000001";
pub const SPARE: &str = "33333333-0000-0000-0000-000000000002";
pub const SCIENTIST: &str = "f6c7c914-8db3-469d-8ca1-694a8f32e121";
pub const BLOBS: &str = "ba92f5b4-2d11-453d-a403-e96b0029c9fe";
/// The role that reads everything but data.
pub const READS: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
/// The roles that only read data.
pub const READS_BLOBS: &str = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1";
pub const READS_FILES: &str = "b8eda974-7b85-4f76-af95-65846b26df6d";
/// The time in this world.
pub const NOW: &str = "2026-11-22T14:03:00Z";
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
    /// What Azure Policy says of the account, each perhaps with its `definition`.
    pub policies: Vec<Value>,
    pub locks: Vec<Value>,
    pub neighbours: Vec<Neighbour>,
    pub neighbours_unread: Option<&'static str>,
    pub api_versions: Vec<&'static str>,
    /// When an assignment was made, by the place that it has among the grants; the others say nothing of it.
    pub made: Vec<(usize, &'static str)>,
    /// When the workspace's keys were synchronised; none where the log may not be read.
    pub synchronised: Option<Vec<&'static str>>,
    /// Who could activate which role where.
    pub eligible: Vec<(&'static str, &'static str, ArmId)>,
    /// Who is denied which data action on the account.
    pub denied: Vec<(&'static str, &'static str)>,
    /// The condition on an assignment, by the place that it has among the grants.
    pub conditions: Vec<(usize, &'static str)>,
    /// The workspace whose identity Bo is; a person otherwise.
    pub bo_is_of: Option<ArmId>,
    /// Who has which role on which part of the account.
    pub on_parts: Vec<(&'static str, &'static str, ArmId)>,
    /// Where the role assignments could not be listed.
    pub unlisted: Vec<ArmId>,
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
            made: Vec::new(),
            synchronised: Some(Vec::new()),
            eligible: Vec::new(),
            denied: Vec::new(),
            conditions: Vec::new(),
            bo_is_of: None,
            on_parts: Vec::new(),
            unlisted: Vec::new(),
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

    fn opened(&self) -> Opened {
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
        opened
    }

    fn evidence(&self) -> Evidence {
        let mut evidence = Evidence::default();
        let data = "Microsoft.Storage/storageAccounts";
        evidence.roles.add([
            decode("role", role(SCIENTIST, &["Microsoft.MachineLearningServices/workspaces/*"], &[]))
                .unwrap(),
            decode("role", role(BLOBS, &[], &[&format!("{data}/blobServices/containers/blobs/*")])).unwrap(),
            decode("role", role(FILES, &[], &[&format!("{data}/fileServices/*")])).unwrap(),
            decode("role", role(READS, &["*/read"], &[])).unwrap(),
            decode("role", role(READS_BLOBS, &[], &[&format!("{data}/blobServices/containers/blobs/read")]))
                .unwrap(),
            decode(
                "role",
                role(
                    READS_FILES,
                    &[],
                    &[
                        &format!("{data}/fileServices/fileshares/files/read"),
                        &format!("{data}/fileServices/readFileBackupSemantics/action"),
                    ],
                ),
            )
            .unwrap(),
        ]);
        for scope in [workspace_id(), account_id()] {
            let here = self.grants.iter().enumerate().filter(|(_, (.., at))| *at == scope);
            let listed = here.map(|(n, (who, role, at))| {
                let id = at.join(&format!("providers/Microsoft.Authorization/roleAssignments/{n}"));
                let kind = if *who == TEAM { "Group" } else { "User" };
                let role = format!("/providers/Microsoft.Authorization/roleDefinitions/{role}");
                let condition = self.conditions.iter().find(|(of, _)| *of == n).map(|(_, text)| *text);
                let made = self.made.iter().find(|(of, _)| *of == n).map(|(_, time)| *time);
                decode(
                    "assignment",
                    json!({"id": id, "properties": {"principalId": who, "principalType": kind, "roleDefinitionId": role,
                        "scope": at, "createdOn": made, "condition": condition}}),
                )
                .unwrap()
            });
            evidence.add_assignments(&scope, listed.collect::<Vec<_>>());
            let denied = self.denied.iter().filter(|_| scope == account_id()).enumerate();
            let denied = denied.map(|(n, (who, action))| {
                let id = scope.join(&format!("providers/Microsoft.Authorization/denyAssignments/{n}"));
                let permissions =
                    json!([{"actions": [], "notActions": [], "dataActions": [action], "notDataActions": []}]);
                decode(
                    "deny",
                    json!({"id": id, "name": "d", "properties": {"scope": scope, "permissions": permissions,
                        "principals": [{"id": who, "type": "User"}], "excludePrincipals": []}}),
                )
                .unwrap()
            });
            evidence.add_denies(&scope, denied.collect::<Vec<_>>());
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
        for scope in &self.unlisted {
            evidence.add_gap(Gap::new(GapKind::Assignments, Some(scope.clone()), "you may not read it"));
        }
        match &self.members {
            Some(members) => {
                evidence.members.know(TEAM, members.iter().map(|id| Member::new(id, PrincipalKind::User)));
            }
            None => evidence.members.refuse(TEAM, "the directory may not be read"),
        }
        evidence
    }

    fn principals(&self) -> Principals {
        let mut principals = Principals::default();
        let named = [(ADA, "Ada"), (BO, "Bo"), (CY, "Cy"), (TEAM, "Team"), (OWN, "mlw")];
        let found = named.map(|(id, name)| Principal {
            id: id.to_owned(),
            display_name: Some(name.to_owned()),
            odata_type: Some(format!(
                "#microsoft.graph.{}",
                match id {
                    TEAM => "group",
                    BO if self.bo_is_of.is_some() => "servicePrincipal",
                    _ => "user",
                }
            )),
            service_principal_type: self
                .bo_is_of
                .as_ref()
                .filter(|_| id == BO)
                .map(|_| "ManagedIdentity".to_owned()),
            alternative_names: self
                .bo_is_of
                .iter()
                .filter(|_| id == BO)
                .flat_map(|of| ["isExplicit=False".to_owned(), of.as_str().to_owned()])
                .collect(),
            ..Principal::default()
        });
        principals.answer(&named.map(|(id, _)| id.to_owned()), &found);
        principals
    }

    fn computes(&self) -> Lookup<Vec<Compute>> {
        match &self.computes {
            _ if self.unread == "computes" => Lookup::Forbidden { action: "x/read".into() },
            Lookup::Found(all) => {
                Lookup::Found(all.iter().map(|one| decode("compute", one.clone()).unwrap()).collect())
            }
            Lookup::Failed(why) => Lookup::Failed(why.clone()),
            other => panic!("{other:?} is no answer about computes"),
        }
    }

    pub fn assess(&self) -> Assessment {
        let (opened, computes, principals) = (self.opened(), self.computes(), self.principals());
        let access = Access::new(Arc::new(self.evidence()), Timestamp::UNIX_EPOCH);
        let datastores: Vec<Datastore> =
            self.datastores.iter().map(|one| decode("datastore", one.clone()).unwrap()).collect();
        let policies: Vec<PolicyState> = self
            .policies
            .iter()
            .map(|one| PolicyState {
                rule: about_shared_key(&one["definition"]),
                ..decode("state", one.clone()).unwrap()
            })
            .collect();
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
            on_parts: &self.part("parts", self.on_parts()),
            synchronised: &match &self.synchronised {
                Some(times) => Lookup::Found(times.iter().map(|time| time.parse().unwrap()).collect()),
                None => Lookup::Forbidden { action: "x/read".into() },
            },
            now: NOW.parse().unwrap(),
        })
    }
}

impl World {
    fn on_parts(&self) -> OnParts {
        let listed = self.on_parts.iter().enumerate().map(|(n, (who, role, at))| {
            let id = at.join(&format!("providers/Microsoft.Authorization/roleAssignments/p{n}"));
            let kind = if *who == TEAM { "Group" } else { "User" };
            let role = format!("/providers/Microsoft.Authorization/roleDefinitions/{role}");
            let properties =
                json!({"principalId": who, "principalType": kind, "roleDefinitionId": role, "scope": at});
            decode("assignment", json!({"id": id, "properties": properties})).unwrap()
        });
        let mut on_parts = OnParts::below(&account_id(), listed.collect());
        if let Some(members) = &self.members {
            on_parts.members.know(TEAM, members.iter().map(|id| Member::new(id, PrincipalKind::User)));
        }
        on_parts
    }
}

pub fn instance(identity: &str) -> Value {
    json!({"id": workspace_id().join("computes/ci"), "name": "ci", "identity": {"type": identity, "principalId": "p"},
        "properties": {"computeType": "ComputeInstance"}})
}

/// A world in which nobody loses anything.
pub fn ready() -> World {
    let mut world = World::default();
    for who in [ADA, TEAM] {
        world.grants.extend([(who, BLOBS, account_id()), (who, FILES, account_id())]);
    }
    world
}

/// The workspace when it is on identity.
pub fn switched() -> World {
    World {
        workspace: json!({"storageAccount": account_id(), "systemDatastoresAuthMode": "Identity"}),
        ..World::default()
    }
}

/// A run of a plan of which these steps changed something.
pub fn ran(name: &str, plan: Plan, changed: &[usize]) -> Run {
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
