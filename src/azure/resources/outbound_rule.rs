//! What the managed network of a workspace may reach.

use serde::{Deserialize, Serialize};

use super::{lenient, text_enum};
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::Request;
use crate::azure::arm::versions;

/// An outbound rule. Lists give neither an id nor a type for it, a single read gives a relative id, so
/// the name is all that identifies it within its workspace.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct OutboundRule {
    /// The name; the service's own begin with `__SYS_`.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub name: String,
    /// The rule itself.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub properties: OutboundRuleProperties,
}

/// The rule itself, as in `managedNetwork.outboundRules` of a workspace too.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OutboundRuleProperties {
    /// What kind of target.
    #[serde(rename = "type", default, deserialize_with = "lenient::word")]
    pub rule_type: Option<RuleType>,
    /// Why it is there.
    #[serde(default, deserialize_with = "lenient::word")]
    pub category: Option<RuleCategory>,
    /// Whether it is in force; everything is inactive until the network is provisioned.
    #[serde(default, deserialize_with = "lenient::word")]
    pub status: Option<RuleStatus>,
    /// Where to.
    #[serde(default)]
    pub destination: Option<Destination>,
    /// Rules that this one was made for.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub parent_rule_names: Vec<String>,
    /// What went wrong, where something did.
    #[serde(default, deserialize_with = "lenient::text")]
    pub error_information: Option<String>,
}

text_enum! {
    /// The kinds of outbound rule.
    RuleType {
        /// A private endpoint to a resource.
        PrivateEndpoint = "PrivateEndpoint",
        /// A range of Azure's addresses.
        ServiceTag = "ServiceTag",
        /// A host name; needs a firewall, which costs money.
        Fqdn = "FQDN",
    }
}

text_enum! {
    /// Why an outbound rule is there.
    RuleCategory {
        /// The service needs it and made it.
        Required = "Required",
        /// Azure recommends it.
        Recommended = "Recommended",
        /// Somebody added it.
        UserDefined = "UserDefined",
        /// Another rule needs it.
        Dependency = "Dependency",
    }
}

text_enum! {
    /// Whether an outbound rule is in force.
    RuleStatus {
        /// In force.
        Active = "Active",
        /// Not in force (yet).
        Inactive = "Inactive",
        /// Being provisioned.
        Provisioning = "Provisioning",
        /// Being deleted.
        Deleting = "Deleting",
        /// Could not be brought in force.
        Failed = "Failed",
    }
}

/// Where a rule leads; its shape depends on the type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Destination {
    /// A host name, perhaps with a leading `*.`.
    Fqdn(String),
    /// A private endpoint.
    PrivateEndpoint(PrivateEndpointTarget),
    /// A service tag.
    ServiceTag(ServiceTagTarget),
    /// A shape that this version does not know.
    Other(serde_json::Value),
}

/// The target of a private endpoint rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PrivateEndpointTarget {
    /// The resource.
    pub service_resource_id: ArmId,
    /// Its part, such as `blob`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub subresource_target: Option<String>,
    /// Whether serverless Spark may use it.
    #[serde(default)]
    pub spark_enabled: Option<bool>,
    /// Whether it is in force for Spark.
    #[serde(default, deserialize_with = "lenient::word")]
    pub spark_status: Option<RuleStatus>,
}

/// The target of a service tag rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceTagTarget {
    /// Such as `DataFactory`.
    pub service_tag: String,
    /// `TCP`, `UDP`, `ICMP` or `*`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub protocol: Option<String>,
    /// Such as `80, 8080-8089` or `*`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub port_ranges: Option<String>,
}

impl OutboundRuleProperties {
    /// The target in words: `pypi.org`, `stfraud/blob`, `DataFactory TCP 443`.
    #[must_use]
    pub fn target(&self) -> String {
        match &self.destination {
            None => String::new(),
            Some(Destination::Fqdn(host)) => host.clone(),
            Some(Destination::PrivateEndpoint(to)) => match &to.subresource_target {
                Some(part) => format!("{}/{part}", to.service_resource_id.name()),
                None => to.service_resource_id.name().to_owned(),
            },
            Some(Destination::ServiceTag(to)) => {
                let mut words = to.service_tag.clone();
                for extra in [&to.protocol, &to.port_ranges].into_iter().flatten().filter(|x| *x != "*") {
                    words.push(' ');
                    words.push_str(extra);
                }
                words
            }
            Some(Destination::Other(value)) => value.to_string(),
        }
    }
}

/// Lists the outbound rules of a workspace, page by page.
#[must_use]
pub fn list(workspace: &ArmId) -> Request {
    Request::get(&workspace.join("outboundRules"), versions::WORKSPACES)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_three_kinds_of_target_read_as_words() {
        let target = |destination: serde_json::Value| {
            let rule: OutboundRule = serde_json::from_value(
                json!({"id": null, "name": "r", "properties": {"destination": destination}}),
            )
            .unwrap();
            rule.properties.target()
        };
        assert_eq!(target(json!("*.pytorch.org")), "*.pytorch.org");
        assert_eq!(
            target(
                json!({"serviceResourceId": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/st", "subresourceTarget": "blob"})
            ),
            "st/blob"
        );
        assert_eq!(
            target(json!({"serviceTag": "DataFactory", "protocol": "TCP", "portRanges": "80, 8080-8089"})),
            "DataFactory TCP 80, 8080-8089"
        );
        assert_eq!(
            target(json!({"serviceTag": "AzureMonitor", "protocol": "*", "portRanges": "*"})),
            "AzureMonitor"
        );
        assert_eq!(target(json!({"new": 1})), r#"{"new":1}"#);
    }
}
