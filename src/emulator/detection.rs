//! What Application Insights makes by itself beside a new component: a rule that looks for failures, and the action group that
//! it tells (public reports of deployments and of resource groups that could not be deleted for them). They stay when the
//! component goes; Azure makes them some minutes later, here they are there at once.

use serde_json::{Value, json};

use super::store::id_of;
use super::world::World;

/// The type of components.
pub(super) const COMPONENTS: &str = "Microsoft.Insights/components";
/// The name of the action group, one for each resource group.
const ACTIONS: &str = "Application Insights Smart Detection";
/// Monitoring Contributor and Monitoring Reader, whom it tells.
const TOLD: [(&str, &str); 2] = [
    ("Monitoring Contributor", "749f88d5-cbae-40b8-bcfc-e573ddc772fa"),
    ("Monitoring Reader", "43d0d8ad-25c7-4714-9337-8ba259a9fe05"),
];

/// Makes what a new component brings, where it is not there.
pub(super) fn begin(world: &mut World, component: &Value) {
    let id = id_of(component);
    let group = id.split("/providers/").next().unwrap_or_default();
    let name = format!("Failure Anomalies - {}", component["name"].as_str().unwrap_or_default());
    let actions = format!("{group}/providers/microsoft.insights/actiongroups/{ACTIONS}");
    let rule = format!("{group}/providers/microsoft.alertsmanagement/smartDetectorAlertRules/{name}");
    let told = TOLD.map(|(name, role)| json!({ "name": name, "roleId": role, "useCommonAlertSchema": true }));
    let made = [
        json!({
            "id": actions, "name": ACTIONS, "type": "microsoft.insights/actiongroups", "location": "Global",
            "properties": { "groupShortName": "SmartDetect", "enabled": true, "armRoleReceivers": told }
        }),
        json!({
            "id": rule, "name": name, "type": "microsoft.alertsmanagement/smartDetectorAlertRules", "location": "global",
            "properties": {
                "description": "Failure Anomalies notifies you of an unusual rise in the rate of failed HTTP requests or dependency calls.",
                "state": "Enabled", "severity": "Sev3", "frequency": "PT1M", "scope": [id],
                "detector": { "id": "FailureAnomaliesDetector" }, "actionGroups": { "groupIds": [actions] }
            }
        }),
    ];
    for document in made {
        if world.store.get(id_of(&document)).is_none() {
            world.put(document);
        }
    }
}
