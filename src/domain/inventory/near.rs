//! Ids of dependents, kept short: most live in the workspace's own group, where the name is enough.

use crate::azure::arm::id::ArmId;

/// The id of a resource, seen from a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Near {
    /// In the workspace's own group, of the type that is expected.
    Here(Box<str>),
    /// Anywhere else.
    Elsewhere(ArmId),
}

impl Near {
    pub(super) fn from_id(id: &ArmId, workspace: &ArmId, resource_type: &str) -> Self {
        if id.is_in_group_of(workspace, resource_type) {
            Self::Here(id.name().into())
        } else {
            Self::Elsewhere(id.clone())
        }
    }

    pub(super) fn id(&self, workspace: &ArmId, resource_type: &str) -> Option<ArmId> {
        match self {
            Self::Here(name) => {
                Some(workspace.group_scope()?.join(&format!("providers/{resource_type}/{name}")))
            }
            Self::Elsewhere(id) => Some(id.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_comes_back_equal_wherever_it_lives() {
        let workspace =
            ArmId::group("s", "g").join("providers/Microsoft.MachineLearningServices/workspaces/w");
        let vault = "Microsoft.KeyVault/vaults";
        for (text, near) in [
            ("/subscriptions/s/resourcegroups/G/providers/Microsoft.Keyvault/vaults/kv", true),
            ("/subscriptions/s/resourceGroups/other/providers/Microsoft.Keyvault/vaults/kv", false),
            ("/subscriptions/t/resourceGroups/g/providers/Microsoft.Keyvault/vaults/kv", false),
            ("/subscriptions/s/resourceGroups/g/providers/Microsoft.Keyvault/managedHSMs/kv", false),
            ("/subscriptions/s/resourceGroups/g/providers/Microsoft.Keyvault/vaults/kv/keys/k", false),
            ("/subscriptions/s/resourceGroups/g", false),
        ] {
            let id = ArmId::parse(text).unwrap();
            let kept = Near::from_id(&id, &workspace, vault);
            assert_eq!(matches!(kept, Near::Here(_)), near, "{text}");
            assert_eq!(kept.id(&workspace, vault), Some(id));
        }
    }
}
