//! The table of resource types: for each, how a write is answered first and how it goes on.
//!
//! First-response codes are those that Microsoft's own clients accept, the styles of long-running operations those
//! that the services were recorded with. A type that is not here is still served, with [`PLAIN`].

use super::secrets::Shown;

/// How an operation goes on after its first answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Poll {
    /// It does not: the first answer is the last.
    Done,
    /// `Azure-AsyncOperation` only.
    Async,
    /// `Location` only.
    Location,
    /// Both headers.
    Both,
    /// `Azure-AsyncOperation`, and a `Location` that is the resource and no poll URL.
    AsyncAndSelf,
    /// It does not, and yet there is a `Location`: the resource. A client must not poll it.
    DoneAtSelf,
    /// The same with the whole address.
    DoneAtUrl,
    /// Nothing to poll: the resource says in its state when it is ready. Only something new takes its time.
    State,
}

/// How one kind of write is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Write {
    /// The status when something was made.
    pub created: u16,
    /// The status when it was there before.
    pub replaced: u16,
    /// Whether the first answer carries the resource.
    pub body: bool,
    /// How it goes on.
    pub poll: Poll,
    /// How long it takes, in milliseconds, before `speed` divides it.
    pub millis: u64,
}

/// What an action (`POST .../name`) does; carried out in `actions`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    /// Looks at the workspace's dependents.
    Diagnose,
    /// The workspace's own keys.
    WorkspaceKeys,
    /// Reads the storage key anew.
    ResyncKeys,
    /// Provisions the managed network.
    ProvisionNetwork,
    /// Changes a compute's state to the first, and after a while to the second.
    Compute(&'static str, &'static str),
    /// The key of a workspace's storage account.
    AccountKey,
    /// The two keys of a storage account.
    StorageKeys,
    /// Makes one of them anew.
    RegenerateStorageKey,
    /// A signature for a storage account, as the member that it is answered in.
    Signature(&'static str),
    /// The two keys of a Log Analytics workspace.
    SharedKeys,
    /// Makes both anew.
    NewSharedKeys,
    /// User name and passwords of a registry.
    RegistryCredentials,
    /// Makes one of the passwords anew.
    NewRegistryPassword,
    /// The resources that an identity is assigned to.
    AssociatedResources,
    /// Nothing that could be seen here.
    Nothing,
    /// Makes the copy of a storage account in the other region the account.
    Failover,
    /// What Machine Learning shows only when it is asked.
    Show(Shown),
    /// New keys of an endpoint.
    RegenerateKeys,
    /// Ends a job.
    CancelJob,
}

/// One action of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Action {
    /// Its name in the path; compared without case.
    pub name: &'static str,
    /// What it does.
    pub act: Act,
    /// How it is answered.
    pub write: Write,
    /// Whether the right to it is called `/read`: some that show or look are, although they are POST.
    pub reads: bool,
}

impl Action {
    /// The right that it takes on a resource of a type, as the providers publish their operations.
    pub(super) fn right(&self, full_type: &str) -> String {
        format!("{full_type}/{}/{}", self.name, if self.reads { "read" } else { "action" })
    }
}

/// One resource type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    /// `Namespace/type/childType`, as the service spells it.
    pub name: &'static str,
    /// PUT.
    pub put: Write,
    /// PATCH.
    pub patch: Write,
    /// DELETE.
    pub delete: Write,
    /// Last segment but one of the poll URL.
    pub operations: &'static str,
    /// The `provisioningState` while a PUT goes on.
    pub creating: &'static str,
    /// POST.
    pub actions: &'static [Action],
}

const fn at_once(created: u16, replaced: u16) -> Write {
    Write { created, replaced, body: true, poll: Poll::Done, millis: 0 }
}

const fn later(status: u16, poll: Poll, millis: u64) -> Write {
    Write { created: status, replaced: status, body: false, poll, millis }
}

const fn with_body(created: u16, replaced: u16, poll: Poll, millis: u64) -> Write {
    Write { created, replaced, body: true, poll, millis }
}

const fn gone_at_once() -> Write {
    Write { created: 200, replaced: 200, body: false, poll: Poll::Done, millis: 0 }
}

/// How types without a row of their own behave: everything at once.
pub(super) const PLAIN: Kind = Kind {
    name: "",
    put: at_once(201, 200),
    patch: at_once(200, 200),
    delete: gone_at_once(),
    operations: "operations",
    creating: "Creating",
    actions: &[],
};

/// A type that does everything at once.
const fn plain(name: &'static str) -> Kind {
    Kind { name, ..PLAIN }
}

/// A type that does everything at once and answers every PUT with 200.
const fn replacing(name: &'static str) -> Kind {
    Kind { name, put: at_once(200, 200), ..PLAIN }
}

/// What a workspace holds and makes at once, with its address when it is new (recorded of datastores, jobs and
/// components).
const fn asset(name: &'static str) -> Kind {
    Kind { name, put: with_body(201, 200, Poll::DoneAtUrl, 0), ..PLAIN }
}

/// What a Machine Learning registry holds: made and deleted over time (`arm-specs`, `mfe.json`).
const fn shared(name: &'static str) -> Kind {
    Kind {
        name,
        put: with_body(201, 201, Poll::Async, 5_000),
        delete: later(202, Poll::Location, 5_000),
        operations: "mfeOperationsStatus",
        ..PLAIN
    }
}

const fn action(name: &'static str, act: Act, write: Write) -> Action {
    Action { name, act, write, reads: false }
}

/// An action whose right is called `/read`.
const fn reading(action: Action) -> Action {
    Action { reads: true, ..action }
}

const fn show(name: &'static str, what: Shown) -> Action {
    action(name, Act::Show(what), at_once(200, 200))
}

/// Every type whose behaviour is known; children after their parents.
pub(super) static KINDS: &[Kind] = &[
    Kind {
        name: "Microsoft.Resources/resourceGroups",
        delete: later(202, Poll::Location, 15_000),
        operations: "operationresults",
        ..PLAIN
    },
    Kind {
        name: "Microsoft.MachineLearningServices/workspaces",
        put: later(202, Poll::Both, 20_000),
        patch: later(202, Poll::Both, 6_000),
        delete: later(202, Poll::Both, 15_000),
        operations: "workspaceOperationsStatus",
        actions: &[
            reading(action("diagnose", Act::Diagnose, later(202, Poll::Location, 5_000))),
            action("listKeys", Act::WorkspaceKeys, at_once(200, 200)),
            action("resyncKeys", Act::ResyncKeys, later(202, Poll::Location, 4_000)),
            action("provisionManagedNetwork", Act::ProvisionNetwork, later(202, Poll::Both, 240_000)),
            reading(show("listNotebookAccessToken", Shown::NotebookToken)),
            reading(show("listNotebookKeys", Shown::NotebookKeys)),
            action("listStorageAccountKeys", Act::AccountKey, at_once(200, 200)),
            action("prepareNotebook", Act::ResyncKeys, later(202, Poll::Location, 4_000)),
        ],
        ..PLAIN
    },
    Kind {
        name: "Microsoft.MachineLearningServices/workspaces/outboundRules",
        put: later(202, Poll::Both, 8_000),
        delete: later(202, Poll::Both, 8_000),
        operations: "workspaceOperationsStatus",
        creating: "Provisioning",
        ..PLAIN
    },
    Kind {
        name: "Microsoft.MachineLearningServices/workspaces/privateEndpointConnections",
        put: at_once(200, 200),
        ..PLAIN
    },
    Kind {
        name: "Microsoft.MachineLearningServices/workspaces/computes",
        put: with_body(201, 201, Poll::Async, 60_000),
        delete: later(202, Poll::Async, 30_000),
        operations: "computeOperationsStatus",
        actions: &[
            action("start", Act::Compute("Starting", "Running"), later(202, Poll::Async, 40_000)),
            action("stop", Act::Compute("Stopping", "Stopped"), later(202, Poll::Async, 30_000)),
            action("restart", Act::Compute("Restarting", "Running"), later(202, Poll::Async, 50_000)),
            show("listKeys", Shown::ComputeKeys),
            show("listNodes", Shown::ComputeNodes),
        ],
        ..PLAIN
    },
    Kind {
        actions: &[show("listSecrets", Shown::DatastoreSecrets)],
        ..asset("Microsoft.MachineLearningServices/workspaces/datastores")
    },
    Kind {
        name: "Microsoft.MachineLearningServices/workspaces/connections",
        put: at_once(200, 200),
        actions: &[show("listsecrets", Shown::Connection)],
        ..PLAIN
    },
    Kind {
        name: "Microsoft.MachineLearningServices/workspaces/onlineEndpoints",
        put: with_body(201, 201, Poll::AsyncAndSelf, 30_000),
        delete: later(202, Poll::Both, 20_000),
        operations: "mfeOperationsStatus",
        actions: &[
            show("listKeys", Shown::EndpointKeys),
            show("token", Shown::EndpointToken),
            action("regenerateKeys", Act::RegenerateKeys, later(202, Poll::Location, 2_000)),
        ],
        ..PLAIN
    },
    Kind {
        name: "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments",
        put: with_body(201, 201, Poll::AsyncAndSelf, 120_000),
        delete: later(202, Poll::Both, 30_000),
        operations: "mfeOperationsStatus",
        creating: "Updating",
        actions: &[show("getLogs", Shown::Logs)],
        ..PLAIN
    },
    Kind {
        name: "Microsoft.MachineLearningServices/workspaces/batchEndpoints",
        put: with_body(201, 201, Poll::AsyncAndSelf, 11_000),
        delete: later(202, Poll::Both, 10_000),
        operations: "mfeOperationsStatus",
        actions: &[show("listKeys", Shown::EndpointKeys)],
        ..PLAIN
    },
    Kind {
        name: "Microsoft.MachineLearningServices/workspaces/batchEndpoints/deployments",
        put: with_body(201, 201, Poll::AsyncAndSelf, 11_000),
        delete: later(202, Poll::Both, 10_000),
        operations: "mfeOperationsStatus",
        ..PLAIN
    },
    Kind {
        actions: &[action("cancel", Act::CancelJob, later(202, Poll::Location, 5_000))],
        ..asset("Microsoft.MachineLearningServices/workspaces/jobs")
    },
    asset("Microsoft.MachineLearningServices/workspaces/models"),
    asset("Microsoft.MachineLearningServices/workspaces/models/versions"),
    asset("Microsoft.MachineLearningServices/workspaces/data"),
    asset("Microsoft.MachineLearningServices/workspaces/data/versions"),
    asset("Microsoft.MachineLearningServices/workspaces/environments"),
    asset("Microsoft.MachineLearningServices/workspaces/environments/versions"),
    asset("Microsoft.MachineLearningServices/workspaces/components"),
    asset("Microsoft.MachineLearningServices/workspaces/components/versions"),
    asset("Microsoft.MachineLearningServices/workspaces/codes"),
    asset("Microsoft.MachineLearningServices/workspaces/codes/versions"),
    asset("Microsoft.MachineLearningServices/workspaces/featuresets"),
    asset("Microsoft.MachineLearningServices/workspaces/featuresets/versions"),
    asset("Microsoft.MachineLearningServices/workspaces/featurestoreEntities"),
    asset("Microsoft.MachineLearningServices/workspaces/featurestoreEntities/versions"),
    plain("Microsoft.MachineLearningServices/workspaces/schedules"),
    Kind {
        name: "Microsoft.MachineLearningServices/workspaces/serverlessEndpoints",
        put: with_body(201, 200, Poll::Async, 10_000),
        delete: later(202, Poll::Location, 5_000),
        operations: "mfeOperationsStatus",
        actions: &[
            show("listKeys", Shown::EndpointKeys),
            action("regenerateKeys", Act::RegenerateKeys, later(202, Poll::Location, 2_000)),
        ],
        ..PLAIN
    },
    Kind {
        name: "Microsoft.MachineLearningServices/workspaces/marketplaceSubscriptions",
        put: with_body(201, 200, Poll::Async, 10_000),
        delete: later(202, Poll::Location, 5_000),
        operations: "mfeOperationsStatus",
        ..PLAIN
    },
    Kind {
        name: "Microsoft.MachineLearningServices/registries",
        put: later(202, Poll::Both, 30_000),
        delete: later(202, Poll::Both, 20_000),
        operations: "registryOperationsStatus",
        ..PLAIN
    },
    shared("Microsoft.MachineLearningServices/registries/models"),
    shared("Microsoft.MachineLearningServices/registries/models/versions"),
    shared("Microsoft.MachineLearningServices/registries/data"),
    shared("Microsoft.MachineLearningServices/registries/data/versions"),
    shared("Microsoft.MachineLearningServices/registries/environments"),
    shared("Microsoft.MachineLearningServices/registries/environments/versions"),
    shared("Microsoft.MachineLearningServices/registries/components"),
    shared("Microsoft.MachineLearningServices/registries/components/versions"),
    shared("Microsoft.MachineLearningServices/registries/codes"),
    shared("Microsoft.MachineLearningServices/registries/codes/versions"),
    Kind {
        name: "Microsoft.Storage/storageAccounts",
        put: Write { created: 202, replaced: 200, body: false, poll: Poll::Location, millis: 17_000 },
        operations: "asyncoperations",
        actions: &[
            action("listKeys", Act::StorageKeys, at_once(200, 200)),
            action("regenerateKey", Act::RegenerateStorageKey, at_once(200, 200)),
            action("ListAccountSas", Act::Signature("accountSasToken"), at_once(200, 200)),
            action("ListServiceSas", Act::Signature("serviceSasToken"), at_once(200, 200)),
            action("revokeUserDelegationKeys", Act::Nothing, at_once(200, 200)),
            action("failover", Act::Failover, later(202, Poll::Location, 60_000)),
        ],
        ..PLAIN
    },
    replacing("Microsoft.Storage/storageAccounts/blobServices"),
    plain("Microsoft.Storage/storageAccounts/blobServices/containers"),
    replacing("Microsoft.Storage/storageAccounts/fileServices"),
    plain("Microsoft.Storage/storageAccounts/fileServices/shares"),
    replacing("Microsoft.Storage/storageAccounts/queueServices"),
    replacing("Microsoft.Storage/storageAccounts/queueServices/queues"),
    replacing("Microsoft.Storage/storageAccounts/tableServices"),
    replacing("Microsoft.Storage/storageAccounts/tableServices/tables"),
    replacing("Microsoft.Storage/storageAccounts/managementPolicies"),
    replacing("Microsoft.Storage/storageAccounts/inventoryPolicies"),
    replacing("Microsoft.Storage/storageAccounts/objectReplicationPolicies"),
    plain("Microsoft.Storage/storageAccounts/encryptionScopes"),
    replacing("Microsoft.Storage/storageAccounts/localUsers"),
    Kind {
        name: "Microsoft.Storage/storageAccounts/privateEndpointConnections",
        put: at_once(200, 200),
        ..PLAIN
    },
    Kind {
        name: "Microsoft.KeyVault/vaults",
        // Ready before a client that waits for a second asks again: what it asks is a plain read.
        put: with_body(200, 200, Poll::State, 800),
        creating: "RegisteringDns",
        ..PLAIN
    },
    replacing("Microsoft.KeyVault/vaults/privateEndpointConnections"),
    plain("Microsoft.KeyVault/vaults/secrets"),
    replacing("Microsoft.KeyVault/vaults/keys"),
    replacing("Microsoft.Insights/components"),
    plain("Microsoft.Insights/actionGroups"),
    plain("Microsoft.Insights/activityLogAlerts"),
    plain("Microsoft.Insights/autoscaleSettings"),
    replacing("Microsoft.Insights/dataCollectionEndpoints"),
    replacing("Microsoft.Insights/dataCollectionRules"),
    replacing("Microsoft.Insights/privateLinkScopes"),
    replacing("Microsoft.Insights/scheduledQueryRules"),
    plain("Microsoft.Insights/workbooks"),
    plain("Microsoft.AlertsManagement/smartDetectorAlertRules"),
    plain("Microsoft.OperationsManagement/solutions"),
    replacing("Microsoft.Insights/metricAlerts"),
    replacing("Microsoft.Insights/diagnosticSettings"),
    Kind {
        name: "Microsoft.OperationalInsights/workspaces",
        actions: &[
            action("sharedKeys", Act::SharedKeys, at_once(200, 200)),
            action("regenerateSharedKey", Act::NewSharedKeys, at_once(200, 200)),
        ],
        ..PLAIN
    },
    plain("Microsoft.OperationalInsights/clusters"),
    replacing("Microsoft.OperationalInsights/workspaces/dataSources"),
    replacing("Microsoft.OperationalInsights/workspaces/linkedServices"),
    replacing("Microsoft.OperationalInsights/workspaces/linkedStorageAccounts"),
    plain("Microsoft.OperationalInsights/workspaces/tables"),
    replacing("Microsoft.OperationalInsights/workspaces/savedSearches"),
    Kind {
        name: "Microsoft.ContainerRegistry/registries",
        put: with_body(201, 200, Poll::Async, 10_000),
        delete: Write { created: 202, replaced: 202, body: true, poll: Poll::Location, millis: 10_000 },
        operations: "operationStatuses",
        actions: &[
            action("listCredentials", Act::RegistryCredentials, at_once(200, 200)),
            action("regenerateCredential", Act::NewRegistryPassword, at_once(200, 200)),
            action("importImage", Act::Nothing, later(202, Poll::Location, 5_000)),
        ],
        ..PLAIN
    },
    plain("Microsoft.ContainerRegistry/registries/cacheRules"),
    plain("Microsoft.ContainerRegistry/registries/credentialSets"),
    plain("Microsoft.ContainerRegistry/registries/replications"),
    plain("Microsoft.ContainerRegistry/registries/webhooks"),
    plain("Microsoft.ContainerRegistry/registries/scopeMaps"),
    plain("Microsoft.ContainerRegistry/registries/tokens"),
    plain("Microsoft.ContainerRegistry/registries/privateEndpointConnections"),
    Kind {
        name: "Microsoft.ManagedIdentity/userAssignedIdentities",
        put: Write { created: 201, replaced: 200, body: true, poll: Poll::DoneAtSelf, millis: 0 },
        actions: &[action("listAssociatedResources", Act::AssociatedResources, at_once(200, 200))],
        ..PLAIN
    },
    plain("Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials"),
    Kind {
        name: "Microsoft.Network/virtualNetworks",
        put: with_body(201, 200, Poll::Async, 8_000),
        delete: later(202, Poll::Both, 10_000),
        ..PLAIN
    },
    Kind {
        name: "Microsoft.Network/virtualNetworks/subnets",
        put: with_body(201, 200, Poll::Async, 4_000),
        delete: later(202, Poll::Both, 10_000),
        ..PLAIN
    },
    Kind {
        name: "Microsoft.Network/privateEndpoints",
        put: with_body(201, 200, Poll::Async, 20_000),
        delete: later(202, Poll::Both, 10_000),
        ..PLAIN
    },
    Kind {
        name: "Microsoft.Network/privateEndpoints/privateDnsZoneGroups",
        put: with_body(201, 200, Poll::Async, 3_000),
        delete: later(202, Poll::Both, 3_000),
        ..PLAIN
    },
    Kind {
        name: "Microsoft.Network/privateDnsZones",
        put: later(202, Poll::Both, 5_000),
        delete: later(202, Poll::Both, 5_000),
        operations: "privateDnsOperationStatuses",
        ..PLAIN
    },
    Kind {
        name: "Microsoft.Network/privateDnsZones/virtualNetworkLinks",
        put: later(202, Poll::Both, 5_000),
        delete: later(202, Poll::Both, 5_000),
        operations: "privateDnsOperationStatuses",
        ..PLAIN
    },
    plain("Microsoft.Network/privateDnsZones/A"),
    plain("Microsoft.Network/privateDnsZones/AAAA"),
    plain("Microsoft.Network/privateDnsZones/CNAME"),
    plain("Microsoft.Network/privateDnsZones/TXT"),
    plain("Microsoft.Network/virtualNetworks/virtualNetworkPeerings"),
    plain("Microsoft.Network/applicationSecurityGroups"),
    plain("Microsoft.Network/natGateways"),
    plain("Microsoft.Network/networkProfiles"),
    plain("Microsoft.Network/privateLinkServices"),
    plain("Microsoft.Network/publicIPPrefixes"),
    plain("Microsoft.Network/serviceEndpointPolicies"),
    plain("Microsoft.Network/serviceEndpointPolicies/serviceEndpointPolicyDefinitions"),
    plain("Microsoft.Network/networkSecurityGroups"),
    plain("Microsoft.Network/networkSecurityGroups/securityRules"),
    plain("Microsoft.Network/networkInterfaces"),
    plain("Microsoft.Network/publicIPAddresses"),
    plain("Microsoft.Network/routeTables"),
    plain("Microsoft.Network/routeTables/routes"),
    plain("Microsoft.Authorization/locks"),
    plain("Microsoft.Authorization/roleAssignments"),
    plain("Microsoft.Authorization/roleDefinitions"),
    plain("Microsoft.Authorization/denyAssignments"),
    plain("Microsoft.Authorization/roleEligibilitySchedules"),
    plain("Microsoft.Authorization/roleEligibilityScheduleInstances"),
    plain("Microsoft.Authorization/roleAssignmentSchedules"),
    plain("Microsoft.Authorization/roleAssignmentScheduleInstances"),
    plain("Microsoft.Authorization/roleEligibilityScheduleRequests"),
    plain("Microsoft.Authorization/roleAssignmentScheduleRequests"),
    plain("Microsoft.Authorization/policyDefinitions"),
    plain("Microsoft.Authorization/policyAssignments"),
    plain("Microsoft.Management/managementGroups"),
    plain("Microsoft.Consumption/budgets"),
    plain("Microsoft.ResourceGraph/queries"),
    plain("Microsoft.KeyVault/managedHSMs"),
    // What hubs connect to.
    plain("Microsoft.CognitiveServices/accounts"),
    plain("Microsoft.CognitiveServices/accounts/deployments"),
    plain("Microsoft.Search/searchServices"),
];

/// The row of a type, by its full name without regard to case.
pub(super) fn find(full_type: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name.eq_ignore_ascii_case(full_type))
}

/// The namespaces of all types, each once, in order.
pub(super) fn namespaces() -> Vec<&'static str> {
    let mut all: Vec<&str> = KINDS.iter().filter_map(|kind| kind.name.split('/').next()).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Whether any type of a namespace is known.
pub(super) fn knows_namespace(namespace: &str) -> bool {
    KINDS
        .iter()
        .any(|kind| kind.name.split_once('/').is_some_and(|(known, _)| known.eq_ignore_ascii_case(namespace)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_one_row_and_every_child_a_parent_with_one() {
        for (index, kind) in KINDS.iter().enumerate() {
            assert!(
                !KINDS[..index].iter().any(|other| other.name.eq_ignore_ascii_case(kind.name)),
                "{}",
                kind.name
            );
            let slashes = kind.name.matches('/').count();
            if slashes > 1 {
                let (parent, _) = kind.name.rsplit_once('/').unwrap();
                assert!(find(parent).is_some(), "{parent}");
            }
        }
    }

    #[test]
    fn first_answers_are_those_that_the_official_clients_accept() {
        let accepted = |name: &str, put: &[u16], delete: &[u16]| {
            let kind = find(name).unwrap();
            assert!(put.contains(&kind.put.created) && put.contains(&kind.put.replaced), "{name} PUT");
            assert!(delete.contains(&kind.delete.created), "{name} DELETE");
        };
        accepted("microsoft.machinelearningservices/WORKSPACES", &[200, 202], &[200, 202, 204]);
        accepted("Microsoft.MachineLearningServices/workspaces/computes", &[200, 201], &[200, 202, 204]);
        accepted("Microsoft.MachineLearningServices/workspaces/outboundRules", &[200, 202], &[200, 202, 204]);
        accepted("Microsoft.Storage/storageAccounts", &[200, 202], &[200, 204]);
        accepted("Microsoft.KeyVault/vaults", &[200, 201], &[200, 204]);
        accepted("Microsoft.Resources/resourceGroups", &[200, 201], &[200, 202]);
    }

    #[test]
    fn what_goes_on_takes_time_and_what_is_done_does_not() {
        for kind in KINDS {
            let writes =
                [kind.put, kind.patch, kind.delete].into_iter().chain(kind.actions.iter().map(|a| a.write));
            for write in writes {
                let done = matches!(write.poll, Poll::Done | Poll::DoneAtSelf | Poll::DoneAtUrl);
                assert_eq!(done, write.millis == 0, "{}", kind.name);
            }
        }
    }
}
