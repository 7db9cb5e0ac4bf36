//! Management groups: model and requests.

use serde::{Deserialize, Serialize};

use super::common::Proxy;
use super::lenient;
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::{Method, Request};
use crate::azure::arm::versions;
use crate::azure::resource_graph::{ContainerRow, ManagementGroupRow};

/// A tree is no deeper: six levels below the root (Microsoft's documentation of management groups).
const DEEPEST: usize = 8;

/// A management group.
pub type ManagementGroup = Proxy<ManagementGroupProperties>;

/// What a management group says about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ManagementGroupProperties {
    /// The name that people know.
    #[serde(default, deserialize_with = "lenient::text")]
    pub display_name: Option<String>,
    /// Its tenant.
    #[serde(default, deserialize_with = "lenient::text")]
    pub tenant_id: Option<String>,
    /// Its place in the tree; lists leave it out.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub details: Details,
    /// What is directly below it: management groups and subscriptions. Only of [`with_children`].
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub children: Vec<Child>,
}

/// The place of a management group in the tree.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Details {
    /// The group above it; none for the root.
    #[serde(default)]
    pub parent: Option<Parent>,
}

/// The group above another.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parent {
    /// The name, as ids have it.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub name: String,
}

/// What is directly below a management group.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Child {
    /// The full id, of a management group or a subscription.
    #[serde(default, deserialize_with = "lenient::id")]
    pub id: Option<ArmId>,
    /// The name that people know.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub display_name: String,
}

/// Lists the management groups that the caller can see.
#[must_use]
pub fn list() -> Request {
    Request::arm_path(
        Method::Get,
        "/providers/Microsoft.Management/managementGroups",
        versions::MANAGEMENT_GROUPS,
    )
}

/// Reads one management group, by its name, which is not its display name, with what is directly below it.
#[must_use]
pub fn with_children(name: &str) -> Request {
    Request::get(&ArmId::management_group(name), versions::MANAGEMENT_GROUPS).query("$expand", "children")
}

/// The subscriptions among these that are below one of the groups, with the groups above them, nearest
/// first: the rows that Resource Graph would have given.
#[must_use]
pub fn above(groups: &[ManagementGroup], subscriptions: &[String]) -> Vec<ContainerRow> {
    let children =
        groups.iter().flat_map(|group| group.properties.children.iter().map(move |at| (group, at)));
    let row = |(group, child): (&ManagementGroup, &Child)| {
        let id = child.id.clone()?;
        let guid = id.subscription_id()?;
        let is_asked = subscriptions.iter().any(|asked| asked.eq_ignore_ascii_case(guid));
        let name = child.display_name.clone();
        (is_asked && !name.is_empty()).then(|| ContainerRow {
            id,
            name,
            tenant_id: None,
            location: None,
            state: None,
            management_groups: chain(groups, group),
        })
    };
    children.filter_map(row).collect()
}

/// A group and those above it, as far as they could be read.
fn chain(groups: &[ManagementGroup], nearest: &ManagementGroup) -> Vec<ManagementGroupRow> {
    let parent = |group: &&ManagementGroup| {
        let parent = group.properties.details.parent.as_ref()?;
        groups.iter().find(|group| group.name.eq_ignore_ascii_case(&parent.name))
    };
    let row = |group: &ManagementGroup| ManagementGroupRow {
        name: group.name.clone(),
        display_name: group.properties.display_name.clone().unwrap_or_else(|| group.name.clone()),
    };
    std::iter::successors(Some(nearest), parent).take(DEEPEST).map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn group(name: &str, parent: Option<&str>, children: &Value) -> ManagementGroup {
        let parent = parent.map(|name| json!({ "name": name }));
        let properties =
            json!({"displayName": name.to_uppercase(), "details": {"parent": parent}, "children": children});
        let id = ArmId::management_group(name);
        serde_json::from_value(json!({"id": id, "name": name, "properties": properties})).unwrap()
    }

    #[test]
    fn the_groups_above_a_subscription_are_found_nearest_first() {
        let below = json!([
            {"id": "/subscriptions/s-1", "displayName": "One"}, {"id": "/subscriptions/s-2", "displayName": "Two"}]);
        let groups = [
            group("root", None, &json!([{"id": ArmId::management_group("ml"), "displayName": "ML"}])),
            group("ml", Some("ROOT"), &below),
        ];
        let rows = above(&groups, &["S-1".to_owned()]);
        assert_eq!(rows.len(), 1, "only what was asked for");
        assert_eq!((rows[0].id.subscription_id(), rows[0].name.as_str()), (Some("s-1"), "One"));
        let names: Vec<_> = rows[0].management_groups.iter().map(|group| &*group.display_name).collect();
        assert_eq!(names, ["ML", "ROOT"]);
    }

    #[test]
    fn a_tree_that_bites_its_tail_ends() {
        let below = json!([{"id": "/subscriptions/s-1", "displayName": "One"}]);
        let groups = [group("a", Some("b"), &below), group("b", Some("a"), &Value::Null)];
        assert_eq!(above(&groups, &["s-1".to_owned()])[0].management_groups.len(), DEEPEST);
    }
}
