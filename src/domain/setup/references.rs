//! What the texts of a plan file point at: things that are there, by their ids, and things that are made, by names.

use super::environment::{
    CustomerKey, Dependent, IDENTITIES, INSIGHTS, Inbound, LOG_ANALYTICS, OwnIdentity, REGISTRIES, STORAGE,
    SUBNETS, VAULTS, WORKSPACES, Zones,
};
use super::finding::Findings;
use super::names::{Derived, Named};
use super::regions;
use super::spec::{self, Basics, Encryption, Endpoints, Kind};
use crate::azure::arm::id::ArmId;

/// Reads an id of one type.
fn id_of(key: &str, text: &str, kind: &str, found: &mut Findings) -> Option<ArmId> {
    let is = |id: &ArmId| {
        id.is_type(kind)
            && id.subscription_id().is_some_and(|id| uuid::Uuid::try_parse(id).is_ok())
            && id.resource_group().is_some()
    };
    match ArmId::parse(text) {
        Ok(id) if is(&id) => Some(id),
        Ok(id) => {
            let read = id.resource_type().unwrap_or_else(|| "nothing that is known".to_owned());
            let told = if id.is_type(kind) {
                "its subscription is no GUID, or its resource group is missing".to_owned()
            } else {
                format!("it is the id of {read}")
            };
            found.refuse(key, format!("'{text}' is not the id of a {kind}: {told}"));
            None
        }
        Err(_) => {
            found.refuse(
                key,
                format!(
                    "'{text}' is not an id: it begins with /subscriptions/{{id}}/resourceGroups/{{group}}/providers/{kind}/"
                ),
            );
            None
        }
    }
}

/// Reads `new`, a name or an id.
fn dependent(
    key: &str,
    text: &str,
    (what, kind): (Named, &str),
    derived: &Derived,
    absent: Option<&str>,
    found: &mut Findings,
) -> Dependent {
    match text {
        "new" | "" => Dependent::New(derived.name(what)),
        word if absent == Some(word) => Dependent::Absent,
        "none" | "on-first-use" => {
            let can = absent.map_or_else(String::new, |word| format!(" '{word}',"));
            found.refuse(
                key,
                format!("'{text}' is not among the choices of {}:{can} 'new', a name or an id", what.one()),
            );
            Dependent::Absent
        }
        id if id.contains('/') => id_of(key, id, kind, found).map_or(Dependent::Absent, Dependent::Existing),
        name => {
            if let Err(problem) = what.check(name) {
                found.refuse(key, problem);
            }
            Dependent::New(name.to_owned())
        }
    }
}

/// What a workspace depends on.
pub(super) struct Dependents {
    pub storage: Dependent,
    pub key_vault: Dependent,
    pub insights: Dependent,
    pub log_analytics: Dependent,
    pub registry: Dependent,
}

impl Dependents {
    /// Reads them all; a project takes those of its hub.
    pub(super) fn of(
        wished: &spec::Dependents,
        is_project: bool,
        derived: &Derived,
        found: &mut Findings,
    ) -> Self {
        let mut one = |key: &str, text: &str, what: (Named, &str), absent: Option<&str>| {
            if is_project {
                Dependent::Absent
            } else {
                dependent(&format!("dependents.{key}"), text, what, derived, absent, found)
            }
        };
        let insights = (Named::Insights, INSIGHTS);
        let insights = one("application_insights", &wished.application_insights, insights, Some("none"));
        Self {
            storage: one("storage", &wished.storage, (Named::Storage, STORAGE), None),
            key_vault: one("key_vault", &wished.key_vault, (Named::KeyVault, VAULTS), None),
            log_analytics: if insights.is_new() {
                one("log_analytics", &wished.log_analytics, (Named::LogAnalytics, LOG_ANALYTICS), None)
            } else {
                Dependent::Absent
            },
            insights,
            registry: one(
                "container_registry",
                &wished.container_registry,
                (Named::Registry, REGISTRIES),
                Some("on-first-use"),
            ),
        }
    }
}

/// The hub of a project.
pub(super) fn hub(basics: &Basics, found: &mut Findings) -> Option<ArmId> {
    match (basics.kind, basics.hub.as_str()) {
        (Kind::Project, "") => {
            found.refuse("basics.hub", "a project belongs to a hub: give the hub's id");
            None
        }
        (Kind::Project, hub) => id_of("basics.hub", hub, WORKSPACES, found),
        (_, "") => None,
        (kind, _) => {
            found
                .refuse("basics.hub", format!("only a project has a hub, and the kind is {}", kind.as_str()));
            None
        }
    }
}

/// The workspace's own identity.
pub(super) fn own_identity(text: &str, derived: &Derived, found: &mut Findings) -> OwnIdentity {
    match text {
        "system" | "" => OwnIdentity::System,
        "new" => OwnIdentity::New(derived.name(Named::Identity)),
        id if id.contains('/') => id_of("identity.workspace", id, IDENTITIES, found)
            .map_or(OwnIdentity::System, OwnIdentity::Existing),
        name => {
            if let Err(problem) = Named::Identity.check(name) {
                found.refuse("identity.workspace", problem);
            }
            OwnIdentity::New(name.to_owned())
        }
    }
}

/// Private inbound access; `subscription`, `group` and `region` are those of the workspace.
pub(super) fn inbound(
    wished: &Endpoints,
    subscription: &str,
    group: &str,
    region: &str,
    found: &mut Findings,
) -> Option<Inbound> {
    let endpoint_group = wished.resource_group.as_str();
    if wished.subnet.is_empty() {
        if !endpoint_group.is_empty() {
            found.refuse("network.endpoints.subnet", "private endpoints go into a subnet: give its id");
        }
        return None;
    }
    let subnet = id_of("network.endpoints.subnet", &wished.subnet, SUBNETS, found)?;
    let network_subscription = subnet.subscription_id().unwrap_or_default().to_owned();
    let same = network_subscription.eq_ignore_ascii_case(subscription);
    let named = match endpoint_group {
        "" if same => group,
        "" => subnet.resource_group().unwrap_or_default(),
        named => named,
    };
    if let Err(problem) = Named::ResourceGroup.check(named) {
        found.refuse("network.endpoints.resource_group", problem);
    }
    let zones = match wished.dns_zones.as_str() {
        "new" | "" => Zones::New,
        "none" => Zones::None,
        id => match ArmId::parse(id) {
            Ok(id) if id.is_type("Microsoft.Resources/resourceGroups") => Zones::In(id),
            _ => {
                found.refuse(
                    "network.endpoints.dns_zones",
                    format!("'{id}' is neither 'new' nor 'none' nor the id of the resource group that holds the zones"),
                );
                Zones::None
            }
        },
    };
    let own_region = regions::short_name(&wished.region);
    Some(Inbound {
        group: ArmId::group(&network_subscription, named),
        subnet,
        region: if own_region.is_empty() { region.to_owned() } else { own_region },
        zones,
        dependents: wished.dependents,
    })
}

/// The customer's key that encrypts it.
pub(super) fn customer_key(wished: &Encryption, found: &mut Findings) -> Option<CustomerKey> {
    match (wished.key_vault.is_empty(), wished.key.is_empty()) {
        (true, true) => {
            if !wished.identity.is_empty() {
                found.refuse(
                    "encryption.key",
                    "an identity reads a customer's key: give `key_vault` and `key` too",
                );
            }
            None
        }
        (false, false) => {
            let vault = id_of("encryption.key_vault", &wished.key_vault, VAULTS, found)?;
            let identity = (!wished.identity.is_empty())
                .then(|| id_of("encryption.identity", &wished.identity, IDENTITIES, found))
                .flatten();
            Some(CustomerKey { vault, key: wished.key.clone(), identity })
        }
        (true, false) => {
            found.refuse("encryption.key_vault", "a customer's key is in a vault: give the vault's id");
            None
        }
        (false, true) => {
            found.refuse("encryption.key", "a vault alone encrypts nothing: give the key's URI");
            None
        }
    }
}
