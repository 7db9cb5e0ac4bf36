//! Where a deployment happens, and the ids of what it deploys.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::emulator::path::ArmPath;
use crate::emulator::world::World;

/// The type of resource groups, whose ids are not built like those of other types.
pub(super) const GROUPS: &str = "Microsoft.Resources/resourceGroups";

/// The scope of a deployment, with what template functions tell of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Place {
    /// The scope's id; empty for the tenant.
    pub scope: String,
    /// The subscription's id, when the scope is in one.
    pub subscription: Option<String>,
    /// The resource group's name, when the scope is one.
    pub group: Option<String>,
    /// What `subscription()` gives.
    subscription_value: Value,
    /// What `resourceGroup()` gives.
    group_value: Value,
    /// What `tenant()` gives.
    tenant_value: Value,
}

impl Place {
    /// The place that a scope's id names. Its documents are looked up now, as ARM does when a deployment begins.
    pub(super) fn of(world: &World, scope: &str) -> Self {
        let path = ArmPath::parse(scope);
        let scope = if path.segments().is_empty() { String::new() } else { path.id() };
        let tenant = world.store.tenant_id();
        let subscription_value = match &path.subscription {
            Some(id) => {
                let document = world.store.get(&format!("/subscriptions/{id}"));
                json!({
                    "id": format!("/subscriptions/{id}"), "subscriptionId": id, "tenantId": tenant,
                    "displayName": document.map(|document| document["displayName"].clone())
                })
            }
            None => Value::Null,
        };
        let group = path.group.as_ref().and_then(|_| world.store.get(&scope));
        let group_value = group.map_or(Value::Null, |group| {
            json!({
                "id": group["id"], "name": group["name"], "type": GROUPS, "location": group["location"],
                "managedBy": group["managedBy"], "tags": group.get("tags").filter(|tags| tags.is_object()).cloned().unwrap_or(json!({})),
                "properties": { "provisioningState": "Succeeded" }
            })
        });
        Self {
            scope,
            subscription: path.subscription,
            group: path.group,
            subscription_value,
            group_value,
            tenant_value: json!({
                "tenantId": tenant, "countryCode": world.store.tenant["countryCode"],
                "displayName": world.store.tenant["displayName"]
            }),
        }
    }

    /// A resource group of which nothing is known.
    pub(super) fn nowhere() -> Self {
        Self {
            scope: "/subscriptions/0/resourceGroups/g".to_owned(),
            subscription: Some("0".to_owned()),
            group: Some("g".to_owned()),
            subscription_value: json!({}),
            group_value: json!({}),
            tenant_value: json!({}),
        }
    }

    /// What `subscription()`, `resourceGroup()` and `tenant()` give here; null where there is none.
    pub(super) fn value(&self, function: &str) -> &Value {
        match function {
            "subscription" => &self.subscription_value,
            "resourcegroup" => &self.group_value,
            _ => &self.tenant_value,
        }
    }

    /// The scope within the tenant that a nested deployment goes to.
    pub(super) fn nested(&self, subscription: Option<&str>, group: Option<&str>) -> String {
        match (subscription.or(self.subscription.as_deref()), group) {
            (Some(subscription), Some(group)) => {
                format!("/subscriptions/{subscription}/resourceGroups/{group}")
            }
            (Some(subscription), None) if Some(subscription) != self.subscription.as_deref() => {
                format!("/subscriptions/{subscription}")
            }
            _ => self.scope.clone(),
        }
    }
}

/// The id of a resource below a scope; `scope` is empty for the tenant. `None` when types and names do not pair up.
pub(super) fn resource_id(scope: &str, kind: &str, names: &[&str]) -> Option<String> {
    let mut types = kind.split('/');
    let namespace = types.next()?;
    let types: Vec<&str> = types.collect();
    if types.is_empty() || types.len() != names.len() {
        return None;
    }
    if kind.eq_ignore_ascii_case(GROUPS) {
        return Some(format!("{scope}/resourceGroups/{}", names[0]));
    }
    let mut id = format!("{scope}/providers/{namespace}");
    for (kind, name) in types.iter().zip(names) {
        id.push_str(&format!("/{kind}/{name}"));
    }
    Some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_pair_types_with_names() {
        let id = |kind: &str, names: &[&str]| resource_id("/subscriptions/s/resourceGroups/g", kind, names);
        assert_eq!(
            id("Microsoft.Network/virtualNetworks/subnets", &["v", "s"]).unwrap(),
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/s"
        );
        assert_eq!(
            id(
                "Microsoft.Storage/storageAccounts/providers/roleAssignments",
                &["a", "Microsoft.Authorization", "r"]
            )
            .unwrap(),
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a/providers/Microsoft.Authorization/roleAssignments/r"
        );
        assert_eq!(
            resource_id("/subscriptions/s", GROUPS, &["g"]).unwrap(),
            "/subscriptions/s/resourceGroups/g"
        );
        assert_eq!(id("Microsoft.Network/virtualNetworks/subnets", &["v"]), None);
        assert_eq!(id("Microsoft.Network", &[]), None);
    }
}
