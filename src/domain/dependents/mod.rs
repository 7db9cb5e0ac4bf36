//! What a workspace depends on: the list of it, and what each says about itself.

mod facts;

use serde::Serialize;

pub use facts::{facts, state_facts};

use crate::azure::arm::id::ArmId;
use crate::azure::resources::common::Identity;
use crate::azure::resources::workspace::WorkspaceKind;
use crate::domain::lookup::Lookup;
use crate::domain::opened::{DependentResource, Opened};

/// What a dependent is to the workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum DependentRole {
    /// The hub of a project.
    Hub,
    /// Data, artifacts, notebooks.
    Storage,
    /// Secrets.
    Vault,
    /// Telemetry.
    Insights,
    /// The logs behind the telemetry.
    Logs,
    /// Images.
    Registry,
    /// A user-assigned identity.
    Identity,
    /// The vault of a customer's key.
    EncryptionVault,
}

impl DependentRole {
    /// A word for a table.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Hub => "Hub",
            Self::Storage => "Storage",
            Self::Vault => "Vault",
            Self::Insights => "Insights",
            Self::Logs => "Logs",
            Self::Registry => "Registry",
            Self::Identity => "Identity",
            Self::EncryptionVault => "Key vault (CMK)",
        }
    }
}

/// One thing that a workspace depends on.
#[derive(Debug, Clone, PartialEq)]
pub struct Dependent<'a> {
    /// What it is to the workspace.
    pub role: DependentRole,
    /// Which, and what became of reading it.
    pub link: Link<'a>,
    /// Whether a project has it from its hub.
    pub inherited: bool,
    /// The GUID of its subscription, where that is not the workspace's.
    pub elsewhere: Option<String>,
}

/// Whether a workspace names a dependent, and what became of reading it.
#[derive(Debug, Clone, PartialEq)]
pub enum Link<'a> {
    /// It names one.
    To {
        /// The id.
        id: ArmId,
        /// What became of reading it.
        state: Lookup<&'a DependentResource>,
    },
    /// It names none, and that is how it should be, for this reason.
    Absent(&'static str),
    /// It names none, and it should.
    Missing(&'static str),
    /// It cannot be told which, because what would name it was not read.
    Unknown(String),
}

impl Dependent<'_> {
    /// The name to show, or why there is none.
    #[must_use]
    pub fn label(&self) -> &str {
        match &self.link {
            Link::To { id, .. } => id.name(),
            Link::Absent(why) | Link::Missing(why) => why,
            Link::Unknown(why) => why,
        }
    }

    /// The id, where there is one.
    #[must_use]
    pub fn id(&self) -> Option<&ArmId> {
        match &self.link {
            Link::To { id, .. } => Some(id),
            _ => None,
        }
    }
}

/// Everything that a workspace depends on, in the order of the pane.
#[must_use]
pub fn dependents(opened: &Opened) -> Vec<Dependent<'_>> {
    let workspace = &opened.workspace;
    let own = &workspace.properties;
    let kind = workspace.workspace_kind();
    let shares = matches!(kind, WorkspaceKind::Hub | WorkspaceKind::Project);
    let mut list = Vec::with_capacity(8);
    let mut push = |role, id: Option<&ArmId>, named: bool, none: Link<'static>| {
        list.push(make(opened, role, id.cloned(), !named, none));
    };
    if kind == WorkspaceKind::Project {
        push(DependentRole::Hub, own.hub_resource_id.as_ref(), true, Link::Missing("names no hub"));
    }
    let missing = || missing(opened, &kind);
    push(DependentRole::Storage, opened.storage_id(), own.storage().is_some(), missing());
    push(DependentRole::Vault, opened.vault_id(), own.vault().is_some(), missing());
    let no_insights = if shares { Link::Absent("none, as usual here") } else { Link::Missing("none named") };
    push(DependentRole::Insights, opened.insights_id(), own.application_insights.is_some(), no_insights);
    if opened.insights_id().is_some() {
        match opened.insights() {
            Lookup::Found(insights) => {
                let logs = insights.properties.workspace_resource_id.as_ref();
                push(DependentRole::Logs, logs, true, Link::Missing("none: classic Application Insights"));
            }
            other => {
                let why = format!("Application Insights {}", other.absence().unwrap_or_default());
                push(DependentRole::Logs, None, true, Link::Unknown(why));
            }
        }
    }
    let registry = Link::Absent("created on first use");
    push(DependentRole::Registry, opened.registry_id(), own.registry().is_some(), registry);
    if let Some(id) = workspace.encryption_vault() {
        push(DependentRole::EncryptionVault, Some(id), true, Link::Absent("none"));
    }
    for id in workspace.identity.iter().flat_map(Identity::user_assigned) {
        push(DependentRole::Identity, Some(&id), true, Link::Absent("none"));
    }
    list
}

fn missing(opened: &Opened, kind: &WorkspaceKind) -> Link<'static> {
    match &opened.workspace.properties.hub_resource_id {
        Some(hub) if *kind == WorkspaceKind::Project && opened.hub().is_none() => {
            let why = opened.dependent(hub).absence().unwrap_or_default();
            Link::Unknown(format!("from the hub, which is {why}"))
        }
        _ => Link::Missing("none named"),
    }
}

fn make<'a>(
    opened: &'a Opened,
    role: DependentRole,
    id: Option<ArmId>,
    inherited: bool,
    none: Link<'a>,
) -> Dependent<'a> {
    let Some(id) = id else { return Dependent { role, link: none, inherited: false, elsewhere: None } };
    let home = opened.workspace.id.subscription_id().unwrap_or_default();
    let elsewhere = id.subscription_id().filter(|there| !home.eq_ignore_ascii_case(there)).map(str::to_owned);
    let state = opened.dependent(&id);
    Dependent { role, link: Link::To { id, state }, inherited, elsewhere }
}

/// The ids that should be asked for next: what the workspace and what is already loaded name, and
/// nobody asked for yet. Empty once everything was asked for.
#[must_use]
pub fn wanted(opened: &Opened) -> Vec<ArmId> {
    let workspace = &opened.workspace;
    let logs = opened.insights().found().and_then(|i| i.properties.workspace_resource_id.clone());
    let mut ids: Vec<ArmId> = [
        workspace.properties.hub_resource_id.as_ref(),
        opened.storage_id(),
        opened.vault_id(),
        opened.insights_id(),
        opened.registry_id(),
        workspace.encryption_vault(),
    ]
    .into_iter()
    .flatten()
    .cloned()
    .chain(logs)
    .chain(workspace.identity.iter().flat_map(Identity::user_assigned))
    .filter(|id| !opened.dependents.contains_key(id))
    .collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::resources::decode;
    use crate::azure::resources::testing::with;
    use crate::domain::fact::Tone;
    use serde_json::{Value, json};

    const GROUP: &str = "/subscriptions/s/resourceGroups/g/providers";

    fn opened(kind: &str, properties: Value) -> Opened {
        let id = format!("{GROUP}/Microsoft.MachineLearningServices/workspaces/w");
        let mut body = json!({"id": id, "kind": kind});
        body["properties"] = properties;
        Opened::new(decode("workspace", body).unwrap())
    }

    fn answer(opened: &mut Opened, id: &str, body: Value) {
        let id = ArmId::parse(id).unwrap();
        let resource = DependentResource::decode(&id, with(json!({ "id": id }), body)).unwrap().unwrap();
        opened.dependents.insert(id, Lookup::Found(resource));
    }

    fn usual() -> Value {
        json!({
            "storageAccount": format!("{GROUP}/Microsoft.Storage/storageAccounts/st"),
            "keyVault": format!("{GROUP}/Microsoft.Keyvault/vaults/kv"),
            "applicationInsights": "/subscriptions/other/resourceGroups/g/providers/Microsoft.insights/components/appi",
        })
    }

    fn roles(list: &[Dependent<'_>]) -> Vec<DependentRole> {
        list.iter().map(|d| d.role).collect()
    }

    #[test]
    fn a_workspace_lists_its_dependents_and_says_why_one_is_not_there() {
        let opened = opened("Default", usual());
        let list = dependents(&opened);
        use DependentRole::{Insights, Logs, Registry, Storage, Vault};
        assert_eq!(roles(&list), [Storage, Vault, Insights, Logs, Registry]);
        assert_eq!(list[4].label(), "created on first use");
        assert_eq!(list[3].link, Link::Unknown("Application Insights not read yet".into()));
        assert_eq!(list[2].elsewhere.as_deref(), Some("other"));
        assert_eq!(list[0].elsewhere, None);
    }

    #[test]
    fn what_to_ask_for_grows_with_what_is_known_and_ends() {
        let mut opened = opened("Default", usual());
        assert_eq!(wanted(&opened).len(), 3);
        answer(
            &mut opened,
            "/subscriptions/other/resourceGroups/g/providers/Microsoft.insights/components/appi",
            json!({"properties": {"WorkspaceResourceId": format!("{GROUP}/Microsoft.OperationalInsights/workspaces/log")}}),
        );
        let next: Vec<String> = wanted(&opened).iter().map(|id| id.name().to_owned()).collect();
        assert_eq!(next.len(), 3, "storage, vault and now the logs: {next:?}");
        for id in wanted(&opened) {
            opened.dependents.insert(id, Lookup::Gone);
        }
        assert!(wanted(&opened).is_empty());
    }

    #[test]
    fn a_project_shows_what_it_has_from_its_hub() {
        let hub = format!("{GROUP}/Microsoft.MachineLearningServices/workspaces/hub");
        let mut opened = opened("Project", json!({ "hubResourceId": hub }));
        assert!(matches!(dependents(&opened)[1].link, Link::Unknown(_)), "not before the hub is read");
        answer(&mut opened, &hub, json!({"kind": "Hub", "properties": usual()}));
        let list = dependents(&opened);
        assert_eq!(list[0].role, DependentRole::Hub);
        assert!(list[1].inherited && list[1].label() == "st");
        assert!(!list[0].inherited);
    }

    #[test]
    fn storage_says_redundancy_keys_and_reach_in_the_short_list() {
        let mut opened = opened("Default", usual());
        answer(
            &mut opened,
            &format!("{GROUP}/Microsoft.Storage/storageAccounts/st"),
            json!({"sku": {"name": "Standard_ZRS"}, "properties": {"allowSharedKeyAccess": false,
                "networkAcls": {"defaultAction": "Deny", "ipRules": [{"value": "203.0.113.1"}]}}}),
        );
        let list = dependents(&opened);
        let short: Vec<String> = facts(&list[0], false).iter().map(|f| f.value.clone()).collect();
        assert_eq!(short, ["ZRS", "key off", "1 rule"]);
        assert!(facts(&list[0], true).len() > short.len());
    }

    #[test]
    fn gone_forbidden_and_failed_are_said_as_such() {
        let mut opened = opened("Default", usual());
        let id = opened.storage_id().unwrap().clone();
        for (state, word, tone) in [
            (Lookup::Gone, "gone", Tone::Bad),
            (Lookup::Forbidden { action: "a/read".into() }, "may not be read: you lack a/read", Tone::Muted),
            (Lookup::Failed("timed out".into()), "could not be read: timed out", Tone::Warn),
        ] {
            opened.dependents.insert(id.clone(), state);
            let list = dependents(&opened);
            let facts = facts(&list[0], false);
            assert_eq!((facts[0].value.as_str(), facts[0].tone), (word, tone));
        }
    }
}
