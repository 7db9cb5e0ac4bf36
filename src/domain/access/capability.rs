//! What people ask about: the capabilities that the product speaks of, each with the actions that decide
//! it, and any action that somebody writes out.

use serde::Serialize;

use super::decision::Act;
use super::permission::Plane;
use super::targets::Place;

/// Something that people do with a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct Capability {
    /// The name on the command line and in output; stays what it is.
    pub name: &'static str,
    /// What it is, after "can".
    pub words: &'static str,
    /// What it takes, all of it.
    #[serde(skip)]
    pub needs: &'static [Need],
}

/// One action at one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Need {
    /// Where.
    pub on: Place,
    /// Management or data.
    pub plane: Plane,
    /// The action.
    pub action: &'static str,
}

impl Need {
    /// The action of the need.
    #[must_use]
    pub fn act(&self) -> Act {
        Act { plane: self.plane, action: self.action.into() }
    }
}

/// What lets somebody grant roles, to themselves too.
pub(super) const GRANT: &str = "Microsoft.Authorization/roleAssignments/write";
/// What lets somebody ask Privileged Identity Management to give a role, to themselves too.
pub(super) const GRANT_BY_PIM: &str = "Microsoft.Authorization/roleAssignmentScheduleRequests/write";
/// What hands out the keys of a storage account.
pub(super) const STORAGE_KEYS: &str = "Microsoft.Storage/storageAccounts/listKeys/action";
/// What hands out a key of the workspace's storage account without a right on that account: both answers have
/// `userStorageKey` (workspaceRP 2024-10-01, `Workspaces_ListKeys` and `Workspaces_ListStorageAccountKeys`).
pub(super) const WORKSPACE_STORAGE_KEYS: [&str; 2] = [
    "Microsoft.MachineLearningServices/workspaces/listKeys/action",
    "Microsoft.MachineLearningServices/workspaces/listStorageAccountKeys/action",
];
/// What hands out the key that a datastore holds: `AccountKeyDatastoreSecrets` (mfe 2024-10-01, `Datastores_ListSecrets`).
pub(super) const DATASTORE_SECRETS: &str =
    "Microsoft.MachineLearningServices/workspaces/datastores/listSecrets/action";
/// What changes the access policies of a vault: either of them.
pub(super) const VAULT_POLICIES: [&str; 2] =
    ["Microsoft.KeyVault/vaults/accessPolicies/write", "Microsoft.KeyVault/vaults/write"];

const fn control(on: Place, action: &'static str) -> Need {
    Need { on, plane: Plane::Control, action }
}

const fn data(on: Place, action: &'static str) -> Need {
    Need { on, plane: Plane::Data, action }
}

/// The capabilities, in the order in which they are shown.
#[rustfmt::skip]
pub const CAPABILITIES: &[Capability] = &[
    Capability { name: "read-workspace", words: "read the workspace", needs: &[control(Place::Workspace, "Microsoft.MachineLearningServices/workspaces/read")] },
    Capability { name: "create-compute", words: "create compute", needs: &[control(Place::Workspace, "Microsoft.MachineLearningServices/workspaces/computes/write")] },
    Capability { name: "start-stop-compute", words: "start and stop compute", needs: &[control(Place::Workspace, "Microsoft.MachineLearningServices/workspaces/computes/start/action"), control(Place::Workspace, "Microsoft.MachineLearningServices/workspaces/computes/stop/action")] },
    Capability { name: "run-jobs", words: "run jobs", needs: &[control(Place::Workspace, "Microsoft.MachineLearningServices/workspaces/jobs/write"), control(Place::Workspace, "Microsoft.MachineLearningServices/workspaces/experiments/runs/write")] },
    Capability { name: "create-datastores", words: "create datastores", needs: &[control(Place::Workspace, "Microsoft.MachineLearningServices/workspaces/datastores/write")] },
    Capability { name: "register-models", words: "register models", needs: &[control(Place::Workspace, "Microsoft.MachineLearningServices/workspaces/models/versions/write")] },
    Capability { name: "create-endpoint", words: "create an endpoint", needs: &[control(Place::Workspace, "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/write")] },
    Capability { name: "deploy", words: "deploy to an endpoint", needs: &[control(Place::Workspace, "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments/write")] },
    Capability { name: "change-workspace", words: "change the workspace", needs: &[control(Place::Workspace, "Microsoft.MachineLearningServices/workspaces/write")] },
    Capability { name: "delete-workspace", words: "delete the workspace", needs: &[control(Place::Workspace, "Microsoft.MachineLearningServices/workspaces/delete")] },
    Capability { name: "read-workspace-keys", words: "read the workspace's keys", needs: &[control(Place::Workspace, "Microsoft.MachineLearningServices/workspaces/listKeys/action")] },
    Capability { name: "grant-access", words: "grant access", needs: &[control(Place::Workspace, GRANT)] },
    Capability { name: "list-storage-keys", words: "list the storage account's keys", needs: &[control(Place::Storage, STORAGE_KEYS)] },
    Capability { name: "read-blobs", words: "read blobs", needs: &[data(Place::Storage, "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read")] },
    Capability { name: "write-blobs", words: "write blobs", needs: &[data(Place::Storage, "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write")] },
    Capability { name: "read-files", words: "read files with privilege", needs: &[data(Place::Storage, "Microsoft.Storage/storageAccounts/fileServices/fileshares/files/read"), data(Place::Storage, "Microsoft.Storage/storageAccounts/fileServices/readFileBackupSemantics/action")] },
    Capability { name: "write-files", words: "write files with privilege", needs: &[data(Place::Storage, "Microsoft.Storage/storageAccounts/fileServices/fileshares/files/write"), data(Place::Storage, "Microsoft.Storage/storageAccounts/fileServices/writeFileBackupSemantics/action")] },
    Capability { name: "read-secrets", words: "read secrets", needs: &[data(Place::Vault, "Microsoft.KeyVault/vaults/secrets/getSecret/action")] },
];

impl Capability {
    /// The capability of a name, without regard to case.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        CAPABILITIES.iter().find(|capability| capability.name.eq_ignore_ascii_case(name))
    }
}

/// What somebody asked about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Asked {
    /// One of the product's capabilities.
    Capability(&'static Capability),
    /// An action of their own, at the place that it belongs to.
    Action {
        /// Where.
        on: Place,
        /// What.
        act: Act,
    },
}

/// Why a text is neither a capability nor an action.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{text}' is neither a capability nor an action; capabilities are {}, and an action looks like Microsoft.MachineLearningServices/workspaces/jobs/write",
    names()
)]
pub struct NotAsked {
    /// The text.
    pub text: String,
}

fn names() -> String {
    CAPABILITIES.iter().map(|capability| capability.name).collect::<Vec<_>>().join(", ")
}

/// Providers whose actions are asked about at one of the workspace's dependents.
const PLACES: &[(&str, Place)] = &[
    ("Microsoft.Storage/storageAccounts/", Place::Storage),
    ("Microsoft.KeyVault/vaults/", Place::Vault),
    ("Microsoft.ContainerRegistry/registries/", Place::Registry),
    ("Microsoft.Insights/components/", Place::Insights),
    ("Microsoft.Resources/subscriptions/resourceGroups/", Place::Group),
    ("Microsoft.Resources/deployments/", Place::Group),
];

/// Beginnings and endings of actions that only the data plane has.
const DATA: &[(&str, &[&str])] = &[
    ("Microsoft.Storage/storageAccounts/blobServices/containers/blobs/", &[]),
    (
        "Microsoft.Storage/storageAccounts/fileServices/",
        &["files/", "BackupSemantics/action", "takeOwnership/action"],
    ),
    ("Microsoft.Storage/storageAccounts/queueServices/queues/messages/", &[]),
    ("Microsoft.Storage/storageAccounts/tableServices/tables/entities/", &[]),
    ("Microsoft.KeyVault/vaults/secrets/", &["/action", "delete"]),
    ("Microsoft.KeyVault/vaults/keys/", &["/action", "delete"]),
    ("Microsoft.KeyVault/vaults/certificates/", &[]),
];

impl Asked {
    /// Reads a capability's name or an action. An action is a data action where it begins with `data:`, a
    /// management action where it begins with `control:`; without either the services' own names decide.
    ///
    /// # Errors
    /// When it is neither a capability's name nor looks like an action.
    pub fn parse(text: &str) -> Result<Self, NotAsked> {
        let text = text.trim();
        if let Some(capability) = Capability::named(text) {
            return Ok(Self::Capability(capability));
        }
        let (plane, action) = match text.split_once(':') {
            Some((word, rest)) if word.eq_ignore_ascii_case("data") => (Some(Plane::Data), rest.trim()),
            Some((word, rest)) if word.eq_ignore_ascii_case("control") => (Some(Plane::Control), rest.trim()),
            _ => (None, text),
        };
        let segments = action.split('/').count();
        let strange = |c: char| c.is_whitespace() || c.is_control() || c == '*';
        if segments < 2 || !action.contains('.') || action.contains(strange) || action.ends_with('/') {
            return Err(NotAsked { text: text.to_owned() });
        }
        let on = PLACES.iter().find(|(begins, _)| begins_with(action, begins)).map(|(_, place)| *place);
        let plane = plane.unwrap_or_else(|| if is_data(action) { Plane::Data } else { Plane::Control });
        let act = Act { plane, action: action.to_owned().into() };
        Ok(Self::Action { on: on.unwrap_or(Place::Workspace), act })
    }

    /// What is asked, after "can".
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Capability(capability) => capability.words.to_owned(),
            Self::Action { on, act } => format!("do {} on the {}", act.action, on.words()),
        }
    }

    /// What it takes: actions, each at its place.
    #[must_use]
    pub fn needs(&self) -> Vec<(Place, Act)> {
        match self {
            Self::Capability(capability) => {
                capability.needs.iter().map(|need| (need.on, need.act())).collect()
            }
            Self::Action { on, act } => vec![(*on, act.clone())],
        }
    }
}

fn begins_with(text: &str, start: &str) -> bool {
    text.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start))
}

fn is_data(action: &str) -> bool {
    let lower = action.to_ascii_lowercase();
    DATA.iter().any(|(begins, parts)| {
        begins_with(action, begins)
            && (parts.is_empty() || parts.iter().any(|part| lower.contains(&part.to_ascii_lowercase())))
    })
}
