//! How an ARM document is seen as a row: the columns that every table of Resource Graph has.

use std::sync::Arc;

use serde_json::{Value, json};

use super::cell::Cell;

/// A column that is read from the document when it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DocumentColumn {
    Id,
    Name,
    Type,
    Kind,
    Location,
    ResourceGroup,
    SubscriptionId,
    ManagedBy,
    Properties,
    /// Taken as it stands: `sku`, `plan`, `tags`, `identity`, `zones`, `extendedLocation`.
    Object(&'static str),
}

use DocumentColumn::{
    Id, Kind, Location, ManagedBy, Name, Object, Properties, ResourceGroup, SubscriptionId, Type,
};

/// The columns in the order in which Resource Graph answers them; `None` stands for the tenant's id.
pub(super) const COLUMNS: &[(&str, Option<DocumentColumn>)] = &[
    ("id", Some(Id)),
    ("name", Some(Name)),
    ("type", Some(Type)),
    ("tenantId", None),
    ("kind", Some(Kind)),
    ("location", Some(Location)),
    ("resourceGroup", Some(ResourceGroup)),
    ("subscriptionId", Some(SubscriptionId)),
    ("managedBy", Some(ManagedBy)),
    ("sku", Some(Object("sku"))),
    ("plan", Some(Object("plan"))),
    ("properties", Some(Properties)),
    ("tags", Some(Object("tags"))),
    ("identity", Some(Object("identity"))),
    ("zones", Some(Object("zones"))),
    ("extendedLocation", Some(Object("extendedLocation"))),
];

impl DocumentColumn {
    /// Whether it holds objects, which can be neither sorted nor grouped by.
    pub(super) fn is_dynamic(self) -> bool {
        matches!(self, Properties | Object(_))
    }

    /// The value in a document. Texts that are missing are empty, objects that are missing are null.
    pub(super) fn read(self, document: &Value) -> Cell<'_> {
        match self {
            Id => text(document, "id"),
            // Most documents have a name: those that ARM lists without one are asked for what they are.
            Name => match document.get("name").and_then(Value::as_str) {
                Some(name) => Cell::Str(name),
                None if is_subscription(document) => text(document, "displayName"),
                None => Cell::Str(""),
            },
            Type => resource_type(document),
            Kind => text(document, "kind"),
            Location => text(document, "location"),
            ManagedBy => text(document, "managedBy"),
            SubscriptionId => Cell::Str(segment_behind(id(document), "subscriptions").unwrap_or_default()),
            ResourceGroup => lower(segment_behind(id(document), "resourceGroups").unwrap_or_default()),
            Properties => match document.get("properties") {
                None if is_subscription(document) => subscription_properties(document),
                found => found.map_or(Cell::Null, Cell::of),
            },
            Object(name) => document.get(name).map_or(Cell::Null, Cell::of),
        }
    }
}

fn id(document: &Value) -> &str {
    document.get("id").and_then(Value::as_str).unwrap_or_default()
}

fn text<'a>(document: &'a Value, name: &str) -> Cell<'a> {
    Cell::Str(document.get(name).and_then(Value::as_str).unwrap_or_default())
}

fn lower(text: &str) -> Cell<'_> {
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cell::Text(text.to_ascii_lowercase().into())
    } else {
        Cell::Str(text)
    }
}

/// ARM lists a subscription without `name` and `type`.
fn is_subscription(document: &Value) -> bool {
    document.get("type").is_none() && document.get("subscriptionId").is_some()
}

/// Types are lower case in Resource Graph, and a group's names its parent.
fn resource_type(document: &Value) -> Cell<'_> {
    let Some(full) = document.get("type").and_then(Value::as_str) else {
        return Cell::Str(if is_subscription(document) { "microsoft.resources/subscriptions" } else { "" });
    };
    if full.eq_ignore_ascii_case("Microsoft.Resources/resourceGroups") {
        return Cell::Str("microsoft.resources/subscriptions/resourcegroups");
    }
    lower(full)
}

fn subscription_properties(document: &Value) -> Cell<'static> {
    let properties = json!({
        "state": document.get("state"),
        "subscriptionPolicies": document.get("subscriptionPolicies"),
    });
    Cell::Made(Arc::new(properties))
}

/// The segment that follows a named one, at the beginning of an id.
fn segment_behind<'a>(id: &'a str, name: &str) -> Option<&'a str> {
    let mut segments = id.trim_start_matches('/').split('/').take(4);
    while let (Some(key), Some(value)) = (segments.next(), segments.next()) {
        if key.eq_ignore_ascii_case(name) {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(column: DocumentColumn, document: &Value) -> Value {
        column.read(document).into_json()
    }

    #[test]
    fn derives_subscription_group_and_lower_case_type_from_a_resource() {
        let vault = json!({
            "id": "/subscriptions/0f0e/resourcegroups/RG-Fraud/providers/Microsoft.KeyVault/vaults/kv",
            "name": "kv", "type": "Microsoft.KeyVault/vaults",
        });
        assert_eq!(read(SubscriptionId, &vault), "0f0e");
        assert_eq!(read(ResourceGroup, &vault), "rg-fraud");
        assert_eq!(read(Type, &vault), "microsoft.keyvault/vaults");
        assert_eq!(read(Kind, &vault), "");
        assert_eq!(read(Object("sku"), &vault), Value::Null);
    }

    #[test]
    fn containers_have_the_types_and_names_of_resource_graph() {
        let subscription = json!({
            "id": "/subscriptions/0f0e", "subscriptionId": "0f0e", "displayName": "Prod", "state": "Enabled",
        });
        assert_eq!(read(Name, &subscription), "Prod");
        assert_eq!(read(Type, &subscription), "microsoft.resources/subscriptions");
        assert_eq!(read(Properties, &subscription)["state"], "Enabled");
        let group = json!({
            "id": "/subscriptions/0f0e/resourceGroups/rg", "name": "rg", "type": "Microsoft.Resources/resourceGroups",
        });
        assert_eq!(read(Type, &group), "microsoft.resources/subscriptions/resourcegroups");
        assert_eq!(read(ResourceGroup, &group), "rg");
    }
}
