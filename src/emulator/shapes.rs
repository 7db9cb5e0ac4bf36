//! The shapes that members of a request's body have to have. A provider reads a body into its own types, and says when it
//! cannot; behind this, what is an object there is one here.

use serde_json::Value;

use super::reply::ArmError;

/// What a member has to be, unless it is null or not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Object,
    /// An array of objects.
    Objects,
    Text,
}

use Shape::{Object, Objects, Text};

/// Members by type, `*` for every type: where they are, and what they have to be. In a path `*` stands for each element of
/// an array and each member of an object.
const SHAPES: &[(&str, &[(&str, Shape)])] = &[
    (
        "*",
        &[
            ("properties", Object),
            ("location", Text),
            ("kind", Text),
            ("tags", Object),
            ("sku", Object),
            ("sku.name", Text),
            ("identity", Object),
            ("identity.type", Text),
            ("identity.userAssignedIdentities", Object),
        ],
    ),
    (
        "Microsoft.MachineLearningServices/workspaces",
        &[
            ("properties.managedNetwork", Object),
            ("properties.managedNetwork.isolationMode", Text),
            ("properties.managedNetwork.status", Object),
            ("properties.managedNetwork.outboundRules", Object),
            ("properties.managedNetwork.outboundRules.*", Object),
            ("properties.encryption", Object),
            ("properties.encryption.keyVaultProperties", Object),
            ("properties.featureStoreSettings", Object),
            ("properties.featureStoreSettings.computeRuntime", Object),
            ("properties.serverlessComputeSettings", Object),
            ("properties.notebookInfo", Object),
        ],
    ),
    ("Microsoft.MachineLearningServices/workspaces/computes", &[("properties.properties", Object)]),
    (
        "Microsoft.MachineLearningServices/workspaces/datastores",
        &[("properties.credentials", Object), ("properties.credentials.secrets", Object)],
    ),
    ("Microsoft.MachineLearningServices/workspaces/onlineEndpoints", &[("properties.properties", Object)]),
    (
        "Microsoft.MachineLearningServices/workspaces/batchEndpoints",
        &[("properties.properties", Object), ("properties.defaults", Object)],
    ),
    (
        "Microsoft.Network/virtualNetworks",
        &[("properties.subnets", Objects), ("properties.subnets.*.properties", Object)],
    ),
    (
        "Microsoft.Network/privateEndpoints",
        &[
            ("properties.privateLinkServiceConnections", Objects),
            ("properties.privateLinkServiceConnections.*.properties", Object),
            ("properties.manualPrivateLinkServiceConnections", Objects),
            ("properties.manualPrivateLinkServiceConnections.*.properties", Object),
        ],
    ),
];

/// Refuses a body with a member that is something else than its type says.
///
/// # Errors
/// ARM's 400 for what a provider cannot read.
pub(super) fn refuse(kind: &str, body: &Value) -> Result<(), ArmError> {
    let rows = SHAPES.iter().filter(|(of, _)| *of == "*" || of.eq_ignore_ascii_case(kind));
    for (path, shape) in rows.flat_map(|(_, members)| *members) {
        let steps: Vec<&str> = path.split('.').collect();
        if !fits(body, &steps, *shape) {
            let wanted = match shape {
                Object => "a JSON object",
                Objects => "an array of JSON objects",
                Text => "a string",
            };
            return Err(ArmError::bad_request(
                "InvalidRequestContent",
                format!(
                    "The request content was invalid and could not be deserialized: '{path}' is to be {wanted}."
                ),
            ));
        }
    }
    Ok(())
}

/// Whether whatever is at the end of a path has a shape.
fn fits(value: &Value, steps: &[&str], shape: Shape) -> bool {
    let Some((step, rest)) = steps.split_first() else {
        return value.is_null()
            || match shape {
                Object => value.is_object(),
                Objects => value.as_array().is_some_and(|list| list.iter().all(Value::is_object)),
                Text => value.is_string(),
            };
    };
    match value {
        Value::Array(list) if *step == "*" => list.iter().all(|one| fits(one, rest, shape)),
        Value::Object(object) => object
            .iter()
            .filter(|(name, _)| *step == "*" || name.eq_ignore_ascii_case(step))
            .all(|(_, one)| fits(one, rest, shape)),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_have_the_shape_of_their_type_or_are_refused() {
        let network = "microsoft.network/virtualnetworks";
        for (body, fine) in [
            (json!({ "tags": {}, "properties": { "subnets": [{ "properties": { "x": 1 } }] } }), true),
            (json!({ "tags": null, "properties": { "subnets": [{ "properties": null }] } }), true),
            (json!({ "TAGS": [] }), false),
            (json!({ "properties": { "subnets": [7] } }), false),
            (json!({ "properties": { "Subnets": [{ "Properties": "x" }] } }), false),
            (json!({ "properties": { "managedNetwork": 7 } }), true),
        ] {
            assert_eq!(refuse(network, &body).is_ok(), fine, "{body}");
        }
        let rules = json!({ "properties": { "managedNetwork": { "outboundRules": { "one": "x" } } } });
        assert!(refuse("Microsoft.MachineLearningServices/workspaces", &rules).is_err());
    }
}
