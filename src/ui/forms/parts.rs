//! What a part of a deployment is called on screen: its name and, in words, what it is.

use serde_json::Value;

use crate::azure::arm::id::ArmId;
use crate::domain::plan::{Part, Step};
use crate::domain::roles;

/// Types that people have other words for than Azure's last one. In order: of those that fit the first counts.
const KINDS: [(&str, &str); 14] = [
    ("Microsoft.MachineLearningServices/workspaces", "workspace"),
    ("Microsoft.OperationalInsights/workspaces", "Log Analytics workspace"),
    ("Microsoft.Insights/components", "Application Insights"),
    ("Microsoft.Storage/storageAccounts", "storage account"),
    ("Microsoft.KeyVault/vaults", "key vault"),
    ("Microsoft.ContainerRegistry/registries", "registry"),
    ("Microsoft.ManagedIdentity/userAssignedIdentities", "identity"),
    ("Microsoft.Authorization/roleAssignments", "role"),
    ("Microsoft.Network/privateEndpoints", "private endpoint"),
    ("Microsoft.Network/privateEndpoints/privateDnsZoneGroups", "names of the endpoint"),
    ("Microsoft.Network/privateDnsZones", "DNS zone"),
    ("Microsoft.Network/privateDnsZones/virtualNetworkLinks", "link of the DNS zone"),
    ("Microsoft.Resources/resourceGroups", "resource group"),
    ("Microsoft.Resources/deployments", "deployment"),
];

/// A part in words, such as `stchurn  storage account`. A role assignment, whose name says nothing to anybody, is called by
/// its role where the template of the step tells it.
pub fn words(step: &Step, part: &Part) -> String {
    let kind = KINDS.iter().find(|(kind, _)| part.resource_type.eq_ignore_ascii_case(kind));
    let kind =
        kind.map_or_else(|| part.resource_type.rsplit('/').next().unwrap_or_default(), |(_, words)| words);
    if kind != "role" {
        let name = ArmId::parse(&part.resource).map_or_else(|_| part.name.clone(), |id| id.full_name());
        return format!("{name}  {kind}");
    }
    let template = |body: &Value| role(&body["properties"]["template"], &part.name);
    let named = step.requests.iter().filter_map(|request| request.body.as_ref()).find_map(template);
    named.map_or_else(|| "a role assignment".to_owned(), |name| format!("{name}  {kind}"))
}

/// The name of the built-in role that an assignment of a template gives, in nested templates too.
fn role(template: &Value, assignment: &str) -> Option<&'static str> {
    let resources = template["resources"].as_array()?;
    resources.iter().find_map(|resource| {
        if resource["name"] != assignment {
            return role(&resource["properties"]["template"], assignment);
        }
        let definition = resource["properties"]["roleDefinitionId"].as_str()?.to_ascii_lowercase();
        roles::ALL.iter().find(|role| definition.contains(role.guid)).map(|role| role.name)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::azure::arm::request::{Method, Request};

    #[test]
    fn a_part_is_called_by_what_it_is_and_a_role_assignment_by_its_role() {
        let reader = roles::READER;
        let assignment = json!({
            "type": "Microsoft.Authorization/roleAssignments", "name": "6c9a202b",
            "properties": { "roleDefinitionId": format!("[subscriptionResourceId('x', '{}')]", reader.guid) }
        });
        let nested = json!({ "name": "nested", "properties": { "template": { "resources": [assignment] } } });
        let body = json!({ "properties": { "template": { "resources": [nested] } } });
        let request = Request::arm(Method::Put, &ArmId::root(), "2025-04-01").body(body);
        let step = Step::send("deploy", "Deploy", "", request);
        let part = |kind: &str, name: &str| Part {
            resource: String::new(),
            resource_type: kind.to_owned(),
            name: name.to_owned(),
            state: "Running".to_owned(),
            message: String::new(),
            at: None,
            took: None,
        };
        for (kind, name, wanted) in [
            ("Microsoft.OperationalInsights/workspaces", "log-ml", "log-ml  Log Analytics workspace"),
            ("microsoft.machinelearningservices/workspaces", "mlw-ml", "mlw-ml  workspace"),
            ("Microsoft.Cache/redis", "r", "r  redis"),
            ("Microsoft.Authorization/roleAssignments", "6c9a202b", "Reader  role"),
            ("Microsoft.Authorization/roleAssignments", "another", "a role assignment"),
        ] {
            assert_eq!(words(&step, &part(kind, name)), wanted);
        }
    }
}
