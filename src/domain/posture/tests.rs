use std::collections::BTreeSet;
use std::sync::Arc;

use super::*;
use crate::azure::arm::id::ArmId;
use crate::azure::directory::PrincipalKind;
use crate::azure::resources::decode;
use crate::azure::resources::role_definition::RoleDefinition;
use crate::azure::resources::testing::with;
use crate::domain::access::{
    AccessRow, AccessTable, Evidence, From, KnownPrincipal, Member, PrincipalName, Role, Tenure,
};
use crate::domain::changes::Production;
use crate::domain::inventory::Inventory;
use crate::domain::lookup::Lookup;
use crate::domain::opened::DependentResource;
use serde_json::{Value, json};

const GROUP: &str = "/subscriptions/s/resourceGroups/g/providers";
const OWNER: &str = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";

fn path(resource_type: &str, name: &str) -> ArmId {
    ArmId::parse(&format!("{GROUP}/{resource_type}/{name}")).unwrap()
}

fn storage() -> ArmId {
    path("Microsoft.Storage/storageAccounts", "st")
}

fn vault() -> ArmId {
    path("Microsoft.KeyVault/vaults", "kv")
}

fn registry() -> ArmId {
    path("Microsoft.ContainerRegistry/registries", "cr")
}

/// A workspace with which nothing is wrong, changed by `workspace` and `dependents`.
struct World {
    workspace: Value,
    storage: Value,
    vault: Value,
    registry: Value,
    gone: Option<ArmId>,
    access: Vec<AccessRow>,
    /// What the workspace's identity may do: a role of `role`.
    identity: &'static str,
    /// Who is in the group `team`; none where that could not be read.
    team: Option<Vec<Member>>,
    /// Who has the role `all` on the storage account: principals with their types.
    data: Vec<(&'static str, &'static str)>,
}

/// A world with everything that is looked at.
struct Stage {
    inventory: Inventory,
    opened: Opened,
    access: Access,
    targets: Targets,
}

impl Stage {
    fn subject(&self) -> Subject<'_> {
        let access = Reach { access: &self.access, targets: &self.targets };
        let entry = &self.inventory.workspaces()[0];
        let production = Production::default().has(entry);
        Subject { entry, production, opened: Some(&self.opened), access: Some(access) }
    }
}

/// A role that reads, one that does everything with management, and one that does everything.
fn roles() -> Vec<RoleDefinition> {
    [("r", json!(["*/read"]), json!([])), (OWNER, json!(["*"]), json!([])), ("all", json!(["*"]), json!(["*"]))]
        .into_iter()
        .map(|(guid, actions, data)| {
            let body = json!({"id": format!("/providers/Microsoft.Authorization/roleDefinitions/{guid}"), "name": guid,
                "properties": {"roleName": guid, "type": "BuiltInRole", "permissions": [{"actions": actions, "dataActions": data}]}});
            decode("role", body).unwrap()
        })
        .collect()
}

impl World {
    fn good() -> Self {
        Self {
            workspace: json!({
                "id": path("Microsoft.MachineLearningServices/workspaces", "mlw-fraud-prod"),
                "tags": {"env": "prod"},
                "identity": {"type": "SystemAssigned", "principalId": "mi"},
                "properties": {
                    "provisioningState": "Succeeded",
                    "storageAccount": storage(), "keyVault": vault(), "containerRegistry": registry(),
                    "systemDatastoresAuthMode": "identity",
                    "publicNetworkAccess": "Disabled",
                    "managedNetwork": {"isolationMode": "AllowInternetOutbound", "status": {"status": "Active"}},
                    "encryption": {"status": "Enabled", "keyVaultProperties": {"keyVaultArmId": vault()}}
                }
            }),
            storage: json!({"id": storage(), "name": "st", "sku": {"name": "Standard_ZRS"},
                "properties": {"allowSharedKeyAccess": false, "publicNetworkAccess": "Disabled"}}),
            vault: json!({"id": vault(), "name": "kv",
                "properties": {"enableRbacAuthorization": true, "enablePurgeProtection": true, "publicNetworkAccess": "Disabled"}}),
            registry: json!({"id": registry(), "name": "cr", "properties": {"publicNetworkAccess": "Disabled"}}),
            gone: None,
            access: vec![row("team", PrincipalKind::Group, From::Here, false)],
            identity: "all",
            team: Some(vec![Member::new("ada", PrincipalKind::User)]),
            data: Vec::new(),
        }
    }

    fn workspace(mut self, change: Value) -> Self {
        self.workspace = with(self.workspace, change);
        self
    }

    fn properties(self, change: Value) -> Self {
        self.workspace(properties(change))
    }

    fn storage(mut self, change: Value) -> Self {
        self.storage = with(self.storage, change);
        self
    }

    fn vault(mut self, change: Value) -> Self {
        self.vault = with(self.vault, properties(change));
        self
    }

    fn registry(mut self, change: Value) -> Self {
        self.registry = with(self.registry, properties(change));
        self
    }

    fn access(mut self, rows: Vec<AccessRow>) -> Self {
        self.access = rows;
        self
    }

    fn identity(mut self, role: &'static str) -> Self {
        self.identity = role;
        self
    }

    fn team(mut self, team: Vec<Member>) -> Self {
        self.team = Some(team);
        self
    }

    fn team_unread(mut self) -> Self {
        self.team = None;
        self
    }

    fn data(mut self, data: Vec<(&'static str, &'static str)>) -> Self {
        self.data = data;
        self
    }

    /// What a finding says exactly; none where it is not the case, and whether it could be looked at.
    fn detail(&self, id: &str) -> (Option<String>, bool) {
        let report = report(&self.open().subject());
        let found = report.findings.iter().find(|finding| finding.id == id);
        (found.map(|finding| finding.detail.to_string()), !report.unchecked.contains(&id))
    }

    fn staging(self) -> Self {
        let id = path("Microsoft.MachineLearningServices/workspaces", "mlw-fraud");
        self.workspace(json!({"id": id, "tags": {"env": "Staging"}}))
    }

    fn without(mut self, id: ArmId) -> Self {
        self.gone = Some(id);
        self
    }

    fn open(&self) -> Stage {
        let mut opened = Opened::new(decode("workspace", self.workspace.clone()).unwrap());
        for body in [&self.storage, &self.vault, &self.registry] {
            let id = ArmId::parse(body["id"].as_str().unwrap()).unwrap();
            let resource = DependentResource::decode(&id, body.clone()).unwrap().unwrap();
            opened.dependents.insert(id, Lookup::Found(resource));
        }
        let insights = path("Microsoft.Insights/components", "appi");
        let logs = path("Microsoft.OperationalInsights/workspaces", "log");
        opened.workspace.properties.application_insights = Some(insights.clone());
        for (id, body) in [
            (insights.clone(), json!({"id": insights, "properties": {"WorkspaceResourceId": logs}})),
            (logs.clone(), json!({ "id": logs })),
        ] {
            let resource = DependentResource::decode(&id, body).unwrap().unwrap();
            opened.dependents.insert(id, Lookup::Found(resource));
        }
        if let Some(gone) = &self.gone {
            opened.dependents.insert(gone.clone(), Lookup::Gone);
        }
        opened.access = Lookup::Found(AccessTable { rows: self.access.clone() }.into());
        let mut inventory = Inventory::default();
        inventory.add_workspaces(&[opened.workspace.clone()]);
        let targets = Targets::of(&opened);
        let access = Access::new(Arc::new(self.evidence(&targets)), "2026-11-22T12:00:00Z".parse().unwrap());
        Stage { inventory, opened, access, targets }
    }

    fn evidence(&self, targets: &Targets) -> Evidence {
        let mut evidence = Evidence::default();
        evidence.roles.add(roles());
        match &self.team {
            Some(team) => evidence.members.know("team", team.clone()),
            None => evidence.members.refuse("team", "you may not read the directory"),
        }
        for (_, scope) in targets.places() {
            evidence.add_denies(&scope, []);
            evidence.add_assignments(&scope, []);
        }
        let group = ArmId::group("s", "g");
        let body = json!({"id": group.join("providers/Microsoft.Authorization/roleAssignments/mi"), "name": "mi",
            "properties": {"principalId": "mi", "principalType": "ServicePrincipal", "scope": group,
                "roleDefinitionId": format!("/providers/Microsoft.Authorization/roleDefinitions/{}", self.identity)}});
        evidence.add_assignments(&targets.workspace, [decode("role assignment", body).unwrap()]);
        for (who, kind) in &self.data {
            let body = json!({"id": storage().join(&format!("providers/Microsoft.Authorization/roleAssignments/{who}")),
                "name": who, "properties": {"principalId": who, "principalType": kind, "scope": storage(),
                    "roleDefinitionId": "/providers/Microsoft.Authorization/roleDefinitions/all"}});
            evidence.add_assignments(&storage(), [decode("role assignment", body).unwrap()]);
        }
        evidence
    }

    fn found(&self) -> BTreeSet<&'static str> {
        report(&self.open().subject()).findings.iter().map(|finding| finding.id).collect()
    }
}

fn properties(change: Value) -> Value {
    Value::Object([("properties".to_owned(), change)].into_iter().collect())
}

fn row(name: &str, kind: PrincipalKind, from: From, owner: bool) -> AccessRow {
    AccessRow {
        assignment: path("Microsoft.Authorization/roleAssignments", name),
        principal_id: name.to_owned(),
        principal: PrincipalName::Known(KnownPrincipal {
            name: name.to_owned(),
            kind,
            address: None,
            resource: None,
            members: None,
            enabled: None,
        }),
        principal_type: None,
        role: Role {
            id: if owner { OWNER } else { "r" }.to_owned(),
            name: Some("Role".to_owned()),
            custom: false,
            condition: None,
        },
        scope: None,
        from,
        since: None,
        created_by: None,
        condition: None,
        tenure: Tenure::Permanent,
        ended: false,
        description: None,
    }
}

fn deleted() -> AccessRow {
    AccessRow { principal: PrincipalName::Deleted, ..row("x", PrincipalKind::User, From::Here, false) }
}

fn custom() -> AccessRow {
    let mut custom = row("team", PrincipalKind::Group, From::Here, false);
    custom.role.custom = true;
    custom
}

fn user(name: &str, from: From, owner: bool) -> AccessRow {
    row(name, PrincipalKind::User, from, owner)
}

/// For every finding a world in which it is the case.
fn worlds() -> Vec<(&'static str, World)> {
    let good = World::good;
    let pending = json!([{"properties": {"privateLinkServiceConnectionState": {"status": "Pending"}}}]);
    let open = json!({"publicNetworkAccess": "Enabled"});
    vec![
        ("workspace-failed", good().properties(json!({"provisioningState": "Failed"}))),
        ("workspace-unfinished", good().properties(json!({"provisioningState": "Creating"}))),
        ("dependent-gone", good().without(vault())),
        ("storage-broken", good().properties(json!({"systemDatastoresAuthMode": "accessKey"}))),
        ("storage-public", good().storage(json!({"properties": open}))),
        ("vault-public", good().vault(open.clone())),
        ("registry-public", good().registry(open.clone())),
        (
            "network-not-provisioned",
            good().properties(json!({"managedNetwork": {"status": {"status": "Inactive"}}})),
        ),
        ("public-inbound", good().properties(open.clone())),
        (
            "public-no-rules",
            good().properties(json!({"publicNetworkAccess": "Enabled", "managedNetwork": null})),
        ),
        ("endpoint-pending", good().vault(json!({ "privateEndpointConnections": pending }))),
        ("legacy-mode", good().properties(json!({"v1LegacyMode": true}))),
        ("cmk-no-purge-protection", good().vault(json!({"enablePurgeProtection": null}))),
        ("vault-policies", good().vault(json!({"enableRbacAuthorization": null}))),
        ("registry-admin-user", good().registry(json!({"adminUserEnabled": true}))),
        ("keys-still-on", good().storage(json!({"properties": {"allowSharedKeyAccess": null}}))),
        ("access-key-mode", good().properties(json!({"systemDatastoresAuthMode": null}))),
        ("locally-redundant", good().storage(json!({"sku": {"name": "Standard_LRS"}}))),
        ("no-tags", good().workspace(json!({"tags": null}))),
        ("orphaned-assignments", good().access(vec![deleted()])),
        (
            "person-at-subscription",
            good().access(vec![user("Priya", From::Subscription("Prod".into()), false)]),
        ),
        (
            "many-owners",
            good().access(["a", "b", "c", "d"].map(|name| user(name, From::Here, true)).to_vec()),
        ),
        ("guest-owner", good().access(vec![row("g", PrincipalKind::Guest, From::Here, true)])),
        ("custom-roles", good().access(vec![custom()])),
        ("standing-owner", good().access(vec![user("Ada", From::Here, true)])),
        ("role-twice", good().access(vec![user("Ada", From::Here, false), user("Ada", From::Root, false)])),
        (
            "role-also-by-group",
            good().access(vec![
                user("ada", From::Here, false),
                row("team", PrincipalKind::Group, From::Root, false),
            ]),
        ),
        (
            "wide-group",
            good()
                .access(vec![row("team", PrincipalKind::Group, From::Here, true)])
                .team((0..101).map(|n| Member::new(&format!("u{n}"), PrincipalKind::User)).collect()),
        ),
        (
            "subscription-role-on-production",
            good().access(vec![row(
                "app",
                PrincipalKind::Application,
                From::Subscription("Prod".into()),
                true,
            )]),
        ),
        (
            "people-on-staging",
            good().staging().access(vec![row("team", PrincipalKind::Group, From::Here, true)]),
        ),
        (
            "subscription-reader-on-production",
            good().access(vec![row(
                "team",
                PrincipalKind::Group,
                From::ManagementGroup("Top".into()),
                false,
            )]),
        ),
        ("people-read-staging", good().staging().access(vec![user("Ada", From::Root, false)])),
        ("identity-lacks-role", good().identity(OWNER)),
    ]
}

#[test]
fn nothing_is_found_about_a_good_workspace_and_everything_was_looked_at() {
    assert_eq!(report(&World::good().open().subject()), Report::default());
}

#[test]
fn every_row_of_the_table_can_fire() {
    let worlds = worlds();
    for rule in FINDINGS {
        let (_, world) = worlds
            .iter()
            .find(|(id, _)| *id == rule.id)
            .unwrap_or_else(|| panic!("no world in which {} is the case", rule.id));
        assert!(world.found().contains(rule.id), "{} stayed silent", rule.id);
    }
    assert_eq!(worlds.len(), FINDINGS.len());
}

#[test]
fn what_the_row_of_the_inventory_can_show_is_marked_so() {
    for (id, world) in worlds() {
        let rule = FINDINGS.iter().find(|rule| rule.id == id).unwrap();
        let stage = world.open();
        let found = (rule.check)(&Subject { opened: None, access: None, ..stage.subject() });
        assert_eq!(matches!(found, Outcome::Found(_)), rule.alone, "{id}");
    }
}

#[test]
fn every_row_of_the_table_is_written_out_and_named_once() {
    let mut ids = BTreeSet::new();
    for rule in FINDINGS {
        assert!(ids.insert(rule.id), "{} is there twice", rule.id);
        for text in [rule.title, rule.why, rule.remedy] {
            assert!(!text.is_empty() && !text.ends_with('.'), "{}: {text}", rule.id);
        }
        assert!(rule.id.chars().all(|c| c.is_ascii_lowercase() || c == '-'));
    }
}

/// Somebody of each kind.
fn team() -> Vec<Member> {
    [("ada", PrincipalKind::User), ("gus", PrincipalKind::Guest), ("bot", PrincipalKind::Application)]
        .map(|(id, kind)| Member::new(id, kind))
        .to_vec()
}

fn group(from: From, owner: bool) -> AccessRow {
    row("team", PrincipalKind::Group, from, owner)
}

#[test]
fn owners_through_a_group_are_owners() {
    let world =
        || World::good().access(vec![group(From::Here, true), user("Bo", From::Root, true)]).team(team());
    let told = |id| world().detail(id);
    assert_eq!(told("standing-owner"), (Some("2 people in team, Bo".to_owned()), true));
    assert_eq!(told("guest-owner"), (Some("1 guest in team".to_owned()), true));
    assert_eq!(
        told("many-owners"),
        (Some("4: 2 people in team, Bo".to_owned()), true),
        "the application counts too"
    );
    // One person counts once, however many ways they come.
    let twice = world().access(vec![group(From::Here, true), user("ADA", From::Root, true)]);
    assert_eq!(twice.detail("many-owners"), (None, true));
}

#[test]
fn of_a_group_that_was_not_read_nobody_says_that_it_has_no_owner_in_it() {
    let world = World::good().access(vec![group(From::Here, true)]).team_unread();
    for id in ["standing-owner", "guest-owner", "many-owners"] {
        assert_eq!(world.detail(id), (None, false), "{id}");
    }
    let stranger = AccessRow {
        principal: PrincipalName::Loading,
        principal_type: Some("User".to_owned()),
        ..row("x", PrincipalKind::User, From::Here, true)
    };
    let world = World::good().access(vec![stranger]);
    assert_eq!(world.detail("guest-owner"), (None, false), "an assignment calls guests users");
    let told = Some("a user without a name here".to_owned());
    assert_eq!(world.detail("standing-owner"), (told, true));
}

#[test]
fn people_reach_staging_from_above_through_groups_and_by_its_data() {
    let staging = |rows| World::good().staging().access(rows).team(team());
    for from in [
        From::Here,
        From::Group("g".into()),
        From::Subscription("s".into()),
        From::ManagementGroup("m".into()),
        From::Root,
    ] {
        let changed = Some("2 people in team".to_owned());
        assert_eq!(
            staging(vec![group(from.clone(), true)]).detail("people-on-staging"),
            (changed, true),
            "{from:?}"
        );
        let read = staging(vec![user("Bo", from.clone(), false)]);
        assert_eq!(read.detail("people-read-staging"), (Some("Bo".to_owned()), true), "{from:?}");
        assert_eq!(read.detail("people-on-staging"), (None, true), "who reads changes nothing");
    }
    let below = staging(vec![group(From::Below("c".into()), true)]);
    assert_eq!(below.detail("people-on-staging"), (None, true));
    let bot = staging(vec![row("bot", PrincipalKind::Application, From::Here, true)]);
    assert_eq!(bot.detail("people-on-staging"), (None, true), "staging is for processes");
    let data = staging(vec![]).data(vec![("team", "Group"), ("bot", "ServicePrincipal")]);
    let told = Some("2 people in a group without a name here on its storage account".to_owned());
    assert_eq!(data.detail("people-on-staging"), (told, true));
    let unread = staging(vec![group(From::Root, true)]).team_unread();
    assert_eq!(unread.detail("people-on-staging"), (None, false));
    assert_eq!(unread.detail("people-read-staging"), (None, true), "its role reads no less than it changes");
}

#[test]
fn a_role_from_above_reaches_production_by_changing_or_by_reading() {
    for from in [From::Subscription("s".into()), From::ManagementGroup("m".into()), From::Root] {
        let world = World::good().access(vec![group(from.clone(), false)]);
        let told = (Some("team".to_owned()), true);
        assert_eq!(world.detail("subscription-reader-on-production"), told, "{from:?}");
        assert_eq!(world.detail("subscription-role-on-production"), (None, true), "{from:?}");
    }
    let near = World::good().access(vec![group(From::Group("g".into()), false)]);
    assert_eq!(near.detail("subscription-reader-on-production"), (None, true));
}

#[test]
fn what_is_not_loaded_is_not_called_fine() {
    let mut stage = World::good().staging().open();
    stage.opened.access = Lookup::Forbidden { action: "Microsoft.Authorization/roleAssignments/read".into() };
    stage.opened.dependents.clear();
    let report = report(&Subject { access: None, ..stage.subject() });
    for id in [
        "storage-public",
        "dependent-gone",
        "many-owners",
        "vault-policies",
        "keys-still-on",
        "standing-owner",
        "wide-group",
        "people-on-staging",
        "identity-lacks-role",
    ] {
        assert!(report.unchecked.contains(&id), "{id}");
    }
}

#[test]
fn a_row_alone_gives_the_badge() {
    let bad = World::good().properties(json!({"provisioningState": "Failed", "v1LegacyMode": true})).open();
    assert_eq!(badge(bad.subject().entry), "2+");
    assert_eq!(badge_tone(bad.subject().entry), Tone::Bad);
    assert_eq!(badge(World::good().open().subject().entry), UNKNOWN, "nobody looked");
}

#[test]
fn the_worst_comes_first() {
    let world =
        World::good().workspace(json!({"tags": null})).properties(json!({"provisioningState": "Failed"}));
    let report = report(&world.open().subject());
    assert_eq!(report.findings[0].severity, Severity::High);
    assert!(report.findings.is_sorted_by_key(|f| std::cmp::Reverse(f.severity)));
}

#[test]
fn several_without_a_name_are_several() {
    let of = |names: &[(&str, &str)]| {
        let names = names.iter().map(|(name, id)| ((*name).to_owned(), (*id).to_owned())).collect();
        match super::checks::found("", &names) {
            Outcome::Found(text) => (text.into_owned(), Vec::new()),
            Outcome::Several { brief, all } => (brief.into_owned(), all),
            other => panic!("{other:?}"),
        }
    };
    let nameless = "a user without a name here";
    assert_eq!(
        of(&[(nameless, "1"), (nameless, "2"), ("Ada", "3"), ("Ada", "3")]),
        (format!("Ada, {nameless} (2 of them)"), Vec::new())
    );
    let more = [("a", "1"), ("b", "2"), ("c", "3"), ("d", "4"), ("y", "5"), ("z", "6"), ("z", "7")];
    let (brief, all) = of(&more);
    assert_eq!(brief, "a, b, c, d and 3 more");
    assert_eq!(all, ["a", "b", "c", "d", "y", "z (2 of them)"], "everybody is told to who looks");
}
