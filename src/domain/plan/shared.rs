//! What workspaces depend on, on the way back: it stays as long as another one depends on it.

use std::collections::HashSet;

use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::{Method, Request};
use crate::azure::resource_graph;

/// What a workspace, or its Application Insights, can depend on.
const TYPES: [&str; 6] = [
    "Microsoft.Storage/storageAccounts",
    "Microsoft.KeyVault/vaults",
    "Microsoft.ContainerRegistry/registries",
    "Microsoft.Insights/components",
    "Microsoft.OperationalInsights/workspaces",
    "Microsoft.ManagedIdentity/userAssignedIdentities",
];
/// How many are told by name.
const NAMED: usize = 3;

/// A resource that workspaces can depend on and that a way back deletes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shared(ArmId);

impl Shared {
    /// What a request deletes, where workspaces can depend on that.
    #[must_use]
    pub fn of(request: &Request) -> Option<Self> {
        let id = ArmId::parse(&request.path).ok().filter(|_| request.method == Method::Delete)?;
        TYPES.iter().any(|kind| id.is_type(kind)).then_some(Self(id))
    }

    /// Asks Resource Graph what depends on it.
    #[must_use]
    pub fn read(&self) -> Request {
        resource_graph::dependents_of(&self.0)
    }

    /// Those of them that none of these requests deletes.
    pub fn others<'a>(
        &self,
        found: impl IntoIterator<Item = ArmId>,
        requests: impl Iterator<Item = &'a Request>,
    ) -> Vec<ArmId> {
        let deleted = requests.filter(|one| one.method == Method::Delete);
        let deleted: HashSet<String> = deleted.map(|one| one.path.to_ascii_lowercase()).collect();
        found.into_iter().filter(|id| !deleted.contains(&id.as_str().to_ascii_lowercase())).collect()
    }

    /// Why it stays, as a sentence; none where nothing else depends on it.
    #[must_use]
    pub fn used(&self, others: &[ArmId]) -> Option<String> {
        let mut names: Vec<String> = others.iter().map(|id| id.name().to_owned()).collect();
        if names.is_empty() {
            return None;
        }
        if names.len() > NAMED {
            let more = names.len() - NAMED;
            names.truncate(NAMED);
            names.push(format!("{more} more"));
        }
        let depends = if others.len() == 1 { "depends" } else { "depend" };
        Some(format!("{} stays: {} {depends} on it.", self.0.name(), names.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::arm::versions;

    #[test]
    fn what_another_workspace_depends_on_stays() {
        let of = |path: &str| ArmId::group("s", "g").join(&format!("providers/{path}"));
        let delete = |id: &ArmId| Request::arm(Method::Delete, id, versions::STORAGE);
        let account = of("Microsoft.Storage/storageAccounts/st");
        let [own, other] = ["mlw-own", "mlw-other"]
            .map(|name| of(&format!("Microsoft.MachineLearningServices/workspaces/{name}")));
        let shared = Shared::of(&delete(&account)).unwrap();
        assert_eq!(Shared::of(&delete(&own)), None);
        assert_eq!(Shared::of(&Request::get(&account, versions::STORAGE)), None);
        let requests = [delete(&own), delete(&account)];
        let said = |found: &[&ArmId]| {
            let found = found.iter().map(|id| (*id).clone());
            shared.used(&shared.others(found, requests.iter()))
        };
        assert_eq!(said(&[&own]), None);
        assert_eq!(said(&[&own, &other]).unwrap(), "st stays: mlw-other depends on it.");
        let many: Vec<ArmId> = ('a'..='e')
            .map(|name| of(&format!("Microsoft.MachineLearningServices/workspaces/{name}")))
            .collect();
        assert_eq!(
            said(&many.iter().collect::<Vec<_>>()).unwrap(),
            "st stays: a, b, c, 2 more depend on it."
        );
    }
}
