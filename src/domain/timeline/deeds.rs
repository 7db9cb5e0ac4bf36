//! Operations of the activity log as something that somebody did. A table: another operation is one line.

use super::Kind;

/// How an operation is told.
pub struct Deed {
    /// The operation, compared without case.
    operation: &'static str,
    /// What it is about.
    pub kind: Kind,
    /// What was done, in the past tense. `{of}` is the watched resource, `{name}` the last name of what the
    /// operation was about.
    pub words: &'static str,
}

macro_rules! deeds {
    ($($namespace:literal { $($operation:literal $kind:ident $words:literal;)* })*) => {
        /// Every operation that is told in words of its own. Writes of a whole resource are told by the settings
        /// that they change.
        const DEEDS: &[Deed] = &[$($(Deed {
            operation: concat!($namespace, "/", $operation), kind: Kind::$kind, words: $words,
        },)*)*];
    };
}

deeds! {
    "Microsoft.MachineLearningServices/workspaces" {
        "delete" Settings "deleted the workspace {of}";
        "listKeys/action" Keys "read the keys of {of}";
        "listStorageAccountKeys/action" Keys "read the storage keys of {of}";
        "listNotebookKeys/action" Keys "read the notebook keys of {of}";
        "listNotebookAccessToken/action" Keys "read the notebook token of {of}";
        "resyncKeys/action" Keys "synchronised the keys of {of}";
        "diagnose/action" Settings "ran the diagnosis of {of}";
        "provisionManagedNetwork/action" Network "provisioned the managed network of {of}";
        "outboundRules/write" Network "set the outbound rule {name} of {of}";
        "outboundRules/delete" Network "removed the outbound rule {name} of {of}";
        "privateEndpointConnections/write" Network "set the private endpoint connection {name} of {of}";
        "privateEndpointConnections/delete" Network "removed the private endpoint connection {name} of {of}";
        "privateEndpointConnectionsApproval/action" Network "approved a private endpoint of {of}";
        "datastores/write" Settings "set the datastore {name} of {of}";
        "datastores/delete" Settings "removed the datastore {name} of {of}";
        "datastores/listSecrets/action" Keys "read the secrets of the datastore {name} of {of}";
        "connections/write" Keys "set the connection {name} of {of}";
        "connections/delete" Keys "removed the connection {name} of {of}";
        "connections/listSecrets/action" Keys "read the secrets of the connection {name} of {of}";
        "computes/listKeys/action" Keys "read the keys of the compute {name} of {of}";
        "onlineEndpoints/listKeys/action" Keys "read the keys of the endpoint {name} of {of}";
        "onlineEndpoints/regenerateKeys/action" Keys "made new keys for the endpoint {name} of {of}";
        "batchEndpoints/listKeys/action" Keys "read the keys of the endpoint {name} of {of}";
    }
    "Microsoft.Storage/storageAccounts" {
        "delete" Settings "deleted the storage account {of}";
        "listKeys/action" Keys "read the keys of {of}";
        "regenerateKey/action" Keys "made a new key for {of}: workspaces that sign in by key need a key sync";
        "listAccountSas/action" Keys "made a shared access signature for {of}";
        "listServiceSas/action" Keys "made a shared access signature for {of}";
        "revokeUserDelegationKeys/action" Keys "revoked the user delegation keys of {of}";
        "privateEndpointConnections/write" Network "set the private endpoint connection {name} of {of}";
        "privateEndpointConnections/delete" Network "removed the private endpoint connection {name} of {of}";
        "privateEndpointConnectionsApproval/action" Network "approved a private endpoint of {of}";
        "networkSecurityPerimeterAssociationProxies/write" Network "joined {of} to a network perimeter";
    }
    "Microsoft.KeyVault/vaults" {
        "delete" Settings "deleted the key vault {of}";
        "accessPolicies/write" Access "changed who may open {of}";
        "privateEndpointConnections/write" Network "set the private endpoint connection {name} of {of}";
        "privateEndpointConnections/delete" Network "removed the private endpoint connection {name} of {of}";
        "privateEndpointConnectionsApproval/action" Network "approved a private endpoint of {of}";
    }
    "Microsoft.ContainerRegistry/registries" {
        "delete" Settings "deleted the registry {of}";
        "listCredentials/action" Keys "read the admin password of {of}";
        "regenerateCredential/action" Keys "made a new admin password for {of}";
        "generateCredentials/action" Keys "made credentials for a token of {of}";
        "tokens/write" Keys "set the token {name} of {of}";
        "tokens/delete" Keys "removed the token {name} of {of}";
        "privateEndpointConnections/write" Network "set the private endpoint connection {name} of {of}";
        "privateEndpointConnections/delete" Network "removed the private endpoint connection {name} of {of}";
        "privateEndpointConnectionsApproval/action" Network "approved a private endpoint of {of}";
    }
    "Microsoft.Authorization" {
        "locks/write" Settings "put the lock {name} on {of}";
        "locks/delete" Settings "took the lock {name} off {of}";
        "policyAssignments/write" Settings "assigned the policy {name} to {of}";
        "policyAssignments/delete" Settings "took the policy {name} off {of}";
        "policyExemptions/write" Settings "exempted {of} from a policy";
        "policyExemptions/delete" Settings "took back an exemption of {of} from a policy";
        "denyAssignments/write" Access "denied access on {of}";
        "denyAssignments/delete" Access "lifted a denial of access on {of}";
        "roleManagementPolicies/write" Access "changed the rules for activating a role on {of}";
        "elevateAccess/action" Access "took User Access Administrator on everything";
    }
    "Microsoft.Insights" {
        "diagnosticSettings/write" Settings "set the diagnostic setting {name} of {of}";
        "diagnosticSettings/delete" Settings "removed the diagnostic setting {name} of {of}";
        "components/delete" Settings "deleted Application Insights {of}";
    }
    "Microsoft.OperationalInsights/workspaces" {
        "delete" Settings "deleted the Log Analytics workspace {of}";
        "sharedKeys/action" Keys "read the keys of {of}";
        "regenerateSharedKey/action" Keys "made a new key for {of}";
    }
    "Microsoft.ManagedIdentity/userAssignedIdentities" {
        "delete" Settings "deleted the identity {of}";
        "federatedIdentityCredentials/write" Access "let {name} sign in as {of}";
        "federatedIdentityCredentials/delete" Access "stopped {name} signing in as {of}";
    }
    "Microsoft.Resources/subscriptions/resourceGroups" {
        "delete" Settings "deleted the resource group {of}";
    }
    "Microsoft.Resources" {
        "tags/write" Settings "changed the tags of {of}";
    }
}

/// How an operation is told, where it has words of its own.
pub fn of(operation: &str) -> Option<&'static Deed> {
    DEEDS.iter().find(|deed| deed.operation.eq_ignore_ascii_case(operation))
}

impl Deed {
    /// The words, with names put in.
    pub fn told(&self, of: &str, name: &str) -> String {
        self.words.replace("{of}", of).replace("{name}", name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_operation_stands_there_once_and_says_where() {
        let mut seen = HashSet::new();
        for deed in DEEDS {
            assert!(seen.insert(deed.operation.to_lowercase()), "{} twice", deed.operation);
            let place = deed.words.contains("{of}") || deed.operation.ends_with("elevateAccess/action");
            assert!(place, "{}", deed.operation);
        }
    }
}
