//! What is loaded about one workspace: the input of the verdicts, of the dependents' facts and of the
//! findings. The caller fills it piece by piece; nothing here asks for anything.

use std::collections::HashMap;
use std::sync::Arc;

use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::Request;
use crate::azure::resources::DecodeError;
use crate::azure::resources::app_insights::AppInsights;
use crate::azure::resources::container_registry::ContainerRegistry;
use crate::azure::resources::key_vault::KeyVault;
use crate::azure::resources::lock::Lock;
use crate::azure::resources::log_analytics::LogAnalytics;
use crate::azure::resources::managed_identity::ManagedIdentity;
use crate::azure::resources::outbound_rule::OutboundRule;
use crate::azure::resources::storage_account::StorageAccount;
use crate::azure::resources::workspace::Workspace;
use crate::azure::resources::{
    app_insights, container_registry, decode, key_vault, log_analytics, managed_identity, storage_account,
    workspace,
};
use crate::domain::access::AccessTable;
use crate::domain::lookup::Lookup;

/// What is loaded about one workspace.
#[derive(Debug, Clone, PartialEq)]
pub struct Opened {
    /// The workspace as its provider returned it.
    pub workspace: Workspace,
    /// Its outbound rules, from their own list: the workspace's body leaves some out.
    pub rules: Lookup<Vec<OutboundRule>>,
    /// What it depends on, by id. An id that is not in here was not asked for yet.
    pub dependents: HashMap<ArmId, Lookup<DependentResource>>,
    /// Who has which role, on the workspace and above.
    pub access: Lookup<Arc<AccessTable>>,
    /// The locks in force.
    pub locks: Lookup<Vec<Lock>>,
    /// The locks in force at what the workspace depends on, by its id, as far as they were asked for.
    pub locks_beside: HashMap<ArmId, Lookup<Vec<Lock>>>,
}

/// A resource that a workspace depends on.
#[derive(Debug, Clone, PartialEq)]
pub enum DependentResource {
    /// A storage account.
    Storage(StorageAccount),
    /// A key vault.
    Vault(KeyVault),
    /// Application Insights.
    Insights(AppInsights),
    /// A Log Analytics workspace.
    LogAnalytics(LogAnalytics),
    /// A container registry.
    Registry(ContainerRegistry),
    /// A user-assigned identity.
    Identity(ManagedIdentity),
    /// The hub of a project.
    Hub(Box<Workspace>),
}

impl DependentResource {
    /// The request that reads a dependent, by the type in its id; none for a type that no workspace
    /// depends on.
    #[must_use]
    pub fn request(id: &ArmId) -> Option<Request> {
        kind_of(id).map(|(_, get)| get(id))
    }

    /// Decodes what [`DependentResource::request`] brought; none for a type that no workspace depends on.
    ///
    /// # Errors
    /// When the body does not have the shape of its type.
    pub fn decode(id: &ArmId, body: serde_json::Value) -> Option<Result<Self, DecodeError>> {
        let (kind, _) = kind_of(id)?;
        Some(match kind {
            Kind::Storage => decode("storage account", body).map(Self::Storage),
            Kind::Vault => decode("key vault", body).map(Self::Vault),
            Kind::Insights => decode("Application Insights component", body).map(Self::Insights),
            Kind::LogAnalytics => decode("Log Analytics workspace", body).map(Self::LogAnalytics),
            Kind::Registry => decode("container registry", body).map(Self::Registry),
            Kind::Identity => decode("managed identity", body).map(Self::Identity),
            Kind::Hub => decode("workspace", body).map(|hub| Self::Hub(Box::new(hub))),
        })
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Storage,
    Vault,
    Insights,
    LogAnalytics,
    Registry,
    Identity,
    Hub,
}

type Get = fn(&ArmId) -> Request;

const KINDS: &[(&str, Kind, Get)] = &[
    (storage_account::TYPE, Kind::Storage, storage_account::get),
    (key_vault::TYPE, Kind::Vault, key_vault::get),
    (app_insights::TYPE, Kind::Insights, app_insights::get),
    (log_analytics::TYPE, Kind::LogAnalytics, log_analytics::get),
    (container_registry::TYPE, Kind::Registry, container_registry::get),
    (managed_identity::TYPE, Kind::Identity, managed_identity::get),
    (workspace::TYPE, Kind::Hub, workspace::get),
];

fn kind_of(id: &ArmId) -> Option<(Kind, Get)> {
    KINDS.iter().find(|(resource_type, ..)| id.is_type(resource_type)).map(|(_, kind, get)| (*kind, *get))
}

impl Opened {
    /// A workspace of which nothing else is loaded yet.
    #[must_use]
    pub fn new(workspace: Workspace) -> Self {
        Self {
            workspace,
            rules: Lookup::Pending,
            dependents: HashMap::new(),
            access: Lookup::Pending,
            locks: Lookup::Pending,
            locks_beside: HashMap::new(),
        }
    }

    /// What became of reading a dependent; pending when it was not asked for.
    #[must_use]
    pub fn dependent(&self, id: &ArmId) -> Lookup<&DependentResource> {
        self.dependents.get(id).map_or(Lookup::Pending, Lookup::as_ref)
    }

    /// Where the workspace takes its dependents from: a project from its hub, where the hub is loaded and
    /// the project does not name its own.
    fn own_or_hubs(&self, pick: impl Fn(&Workspace) -> Option<&ArmId>) -> Option<&ArmId> {
        pick(&self.workspace).or_else(|| pick(self.hub()?))
    }

    /// The hub of a project, where it is loaded.
    #[must_use]
    pub fn hub(&self) -> Option<&Workspace> {
        let id = self.workspace.properties.hub_resource_id.as_ref()?;
        match self.dependents.get(id)?.found()? {
            DependentResource::Hub(hub) => Some(hub),
            _ => None,
        }
    }

    /// The id of the storage account.
    #[must_use]
    pub fn storage_id(&self) -> Option<&ArmId> {
        self.own_or_hubs(|w| w.properties.storage())
    }

    /// The id of the key vault.
    #[must_use]
    pub fn vault_id(&self) -> Option<&ArmId> {
        self.own_or_hubs(|w| w.properties.vault())
    }

    /// The id of Application Insights.
    #[must_use]
    pub fn insights_id(&self) -> Option<&ArmId> {
        self.own_or_hubs(|w| w.properties.application_insights.as_ref())
    }

    /// The id of the registry.
    #[must_use]
    pub fn registry_id(&self) -> Option<&ArmId> {
        self.own_or_hubs(|w| w.properties.registry())
    }

    /// The storage account.
    #[must_use]
    pub fn storage(&self) -> Lookup<&StorageAccount> {
        self.typed(self.storage_id(), |resource| match resource {
            DependentResource::Storage(account) => Some(account),
            _ => None,
        })
    }

    /// The key vault.
    #[must_use]
    pub fn vault(&self) -> Lookup<&KeyVault> {
        self.typed(self.vault_id(), as_vault)
    }

    /// The vault of a customer's key.
    #[must_use]
    pub fn encryption_vault(&self) -> Lookup<&KeyVault> {
        self.typed(self.workspace.encryption_vault(), as_vault)
    }

    /// Application Insights.
    #[must_use]
    pub fn insights(&self) -> Lookup<&AppInsights> {
        self.typed(self.insights_id(), |resource| match resource {
            DependentResource::Insights(component) => Some(component),
            _ => None,
        })
    }

    /// The registry.
    #[must_use]
    pub fn registry(&self) -> Lookup<&ContainerRegistry> {
        self.typed(self.registry_id(), |resource| match resource {
            DependentResource::Registry(registry) => Some(registry),
            _ => None,
        })
    }

    fn typed<'a, T>(
        &'a self,
        id: Option<&ArmId>,
        pick: impl Fn(&'a DependentResource) -> Option<&'a T>,
    ) -> Lookup<&'a T> {
        let Some(id) = id else { return Lookup::Pending };
        match self.dependent(id) {
            Lookup::Found(resource) => match pick(resource) {
                Some(resource) => Lookup::Found(resource),
                None => Lookup::Failed("it is of another type than expected".to_owned()),
            },
            Lookup::Pending => Lookup::Pending,
            Lookup::Gone => Lookup::Gone,
            Lookup::Forbidden { action } => Lookup::Forbidden { action },
            Lookup::Failed(text) => Lookup::Failed(text),
        }
    }
}

fn as_vault(resource: &DependentResource) -> Option<&KeyVault> {
    match resource {
        DependentResource::Vault(vault) => Some(vault),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_kind_of_dependent_has_a_request_and_a_decoder() {
        for (resource_type, ..) in KINDS {
            let id = ArmId::group("s", "g").join(&format!("providers/{}/x", resource_type.to_lowercase()));
            assert_eq!(DependentResource::request(&id).unwrap().path, id.as_str());
            assert!(DependentResource::decode(&id, json!({"id": id})).unwrap().is_ok(), "{resource_type}");
        }
        assert!(DependentResource::request(&ArmId::subscription("s")).is_none());
    }

    #[test]
    fn a_project_takes_from_its_hub_what_it_does_not_name() {
        let hub_id =
            ArmId::group("s", "g").join("providers/Microsoft.MachineLearningServices/workspaces/hub");
        let storage_id = ArmId::group("s", "g").join("providers/Microsoft.Storage/storageAccounts/st");
        let mut project =
            Workspace::new(ArmId::group("s", "g").join("providers/x/y/project"), Default::default());
        project.properties.hub_resource_id = Some(hub_id.clone());
        let mut opened = Opened::new(project);
        assert_eq!(opened.storage_id(), None);
        let mut hub = Workspace::new(hub_id.clone(), Default::default());
        hub.properties.storage_account = Some(storage_id.clone());
        opened.dependents.insert(hub_id, Lookup::Found(DependentResource::Hub(Box::new(hub))));
        assert_eq!(opened.storage_id(), Some(&storage_id));
        assert_eq!(opened.storage(), Lookup::Pending);
        opened.dependents.insert(storage_id, Lookup::Gone);
        assert_eq!(opened.storage(), Lookup::Gone);
    }
}
