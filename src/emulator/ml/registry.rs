//! What Machine Learning adds to a registry: storage and container registries of its own in each region, in a resource
//! group that it manages. Members: the recording of a registry. What they name is not made in the estate.

use serde_json::{Value, json};

use crate::emulator::defaults::{guid, own_identity};
use crate::emulator::merge::fill;
use crate::emulator::spelling::place;
use crate::emulator::store::id_of;
use crate::emulator::world::World;

/// The type.
pub(super) const KIND: &str = "Microsoft.MachineLearningServices/registries";

/// Completes a registry that was just made or replaced.
pub(super) fn complete(world: &World, document: &mut Value) {
    let id = id_of(document).to_owned();
    let name = document["name"].as_str().unwrap_or_default().to_owned();
    let location = document["location"].as_str().unwrap_or_default().to_owned();
    let tags = if document["tags"].is_object() { document["tags"].clone() } else { json!({}) };
    let subscription = id.split('/').nth(2).unwrap_or_default();
    let group =
        format!("/subscriptions/{subscription}/resourceGroups/azureml-rg-{name}_{}", guid(&id, "group"));
    let properties = &mut document["properties"];
    if properties["regionDetails"].as_array().is_none_or(Vec::is_empty) {
        properties["regionDetails"] = json!([{ "location": location }]);
    }
    for region in properties["regionDetails"].as_array_mut().into_iter().flatten() {
        let at = region["location"].as_str().map(place).unwrap_or_default();
        region["location"] = Value::from(at.as_str());
        let short: String = name.chars().filter(char::is_ascii_alphanumeric).take(4).collect();
        let own = |what: &str| {
            format!("{}{}", short.to_lowercase(), &guid(&id, &format!("{what}{at}")).replace('-', "")[..20])
        };
        let (account, registry) = (own("storage"), own("images"));
        let system = |provider: &str, name: &str| json!({ "resourceId": format!("{group}/providers/{provider}/{name}") });
        let storage = json!({
            "storageAccountName": account, "storageAccountType": "standard_lrs", "storageAccountHnsEnabled": false,
            "armResourceId": system("Microsoft.Storage/storageAccounts", &account)
        });
        let images = json!({
            "acrAccountName": registry, "acrAccountSku": "Premium",
            "armResourceId": system("Microsoft.ContainerRegistry/registries", &registry)
        });
        for (list, users, services, made) in [
            ("storageAccountDetails", "userCreatedStorageAccount", "systemCreatedStorageAccount", storage),
            ("acrDetails", "userCreatedAcrAccount", "systemCreatedAcrAccount", images),
        ] {
            fill(region, json!({ list: [{}] }));
            for one in region[list].as_array_mut().into_iter().flatten() {
                // Somebody's own stands in the place of the service's.
                if one[users].is_null() {
                    fill(one, json!({ users: null, services: made }));
                }
            }
        }
    }
    fill(
        properties,
        json!({
            "intellectualPropertyPublisher": null, "publicNetworkAccess": "Enabled", "managedResourceGroupTags": tags,
            "managedResourceGroup": { "resourceId": group },
            "discoveryUrl": format!("https://{location}.api.azureml.ms/registrymanagement/v1.0/registries/{name}/discovery"),
            "mlFlowRegistryUri": format!("azureml://{location}.api.azureml.ms/mlflow/v1.0{id}")
        }),
    );
    if document["identity"].is_null() {
        document["identity"] = json!({ "type": "SystemAssigned" });
        own_identity(world, document);
    }
}
