//! The directory: users, groups and service principals, and who is in which group. How Microsoft Graph answers is in
//! [`super::graph`].

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use serde_json::{Value, json};

use super::estate;

/// What an object is, and the names Microsoft Graph has for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    User,
    Group,
    ServicePrincipal,
}

impl Class {
    /// All of them, in the order of an estate.
    pub(super) const ALL: [Self; 3] = [Self::User, Self::Group, Self::ServicePrincipal];

    /// `user`, as `types` of getByIds and `@odata.type` have it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::ServicePrincipal => "servicePrincipal",
        }
    }

    /// The collection in the path.
    pub(super) fn collection(self) -> &'static str {
        match self {
            Self::User => "users",
            Self::Group => "groups",
            Self::ServicePrincipal => "servicePrincipals",
        }
    }
}

/// The objects of a directory, by id.
#[derive(Debug, Default)]
pub(super) struct Directory {
    order: Vec<String>,
    objects: HashMap<String, (Class, Arc<Value>)>,
    members: BTreeMap<String, Vec<String>>,
    member_of: HashMap<String, Vec<String>>,
    /// Object ids of managed identities that are gone: none is given a second time.
    pub former: BTreeSet<String>,
}

impl Directory {
    /// Takes an estate's directory apart.
    pub(super) fn new(directory: estate::Directory) -> Self {
        let mut made = Self { members: directory.members, ..Self::default() };
        for (group, members) in &made.members {
            for member in members {
                made.member_of.entry(member.to_ascii_lowercase()).or_default().push(group.clone());
            }
        }
        let lists = [directory.users, directory.groups, directory.service_principals];
        for (class, list) in Class::ALL.into_iter().zip(lists) {
            for object in list {
                made.add(class, object);
            }
        }
        made
    }

    fn add(&mut self, class: Class, object: Value) {
        let id = object["id"].as_str().unwrap_or_default().to_ascii_lowercase();
        if self.objects.insert(id.clone(), (class, Arc::new(object))).is_none() {
            self.order.push(id);
        }
    }

    /// Adds the service principal of a managed identity. `resource` is the ARM id that it belongs to, `app` its client id.
    pub(super) fn add_managed_identity(
        &mut self,
        object_id: &str,
        app: &str,
        name: &str,
        (resource, explicit): (&str, bool),
    ) {
        let explicit = if explicit { "isExplicit=True" } else { "isExplicit=False" };
        self.add(
            Class::ServicePrincipal,
            json!({
                "id": object_id, "appId": app, "displayName": name, "appDisplayName": null, "accountEnabled": true,
                "servicePrincipalNames": [app],
                "servicePrincipalType": "ManagedIdentity", "alternativeNames": [explicit, resource]
            }),
        );
    }

    /// Takes the service principal of a managed identity out, with its memberships: its resource is gone. What was granted to
    /// it stays, to nobody. Somebody else of that id stays, too.
    pub(super) fn drop_managed_identity(&mut self, object_id: &str) {
        let id = object_id.to_ascii_lowercase();
        let is_managed =
            |(_, object): &(Class, Arc<Value>)| object["servicePrincipalType"] == "ManagedIdentity";
        if !self.objects.get(&id).is_some_and(is_managed) {
            return;
        }
        self.objects.remove(&id);
        self.order.retain(|other| *other != id);
        for group in self.member_of.remove(&id).unwrap_or_default() {
            if let Some(members) = self.members.get_mut(&group) {
                members.retain(|member| !member.eq_ignore_ascii_case(&id));
            }
        }
        self.former.insert(id);
    }

    /// Whether an object id was ever given to somebody.
    pub(super) fn was_given(&self, id: &str) -> bool {
        self.contains(id) || self.former.contains(&id.to_ascii_lowercase())
    }

    /// The estate's form, for the state file.
    pub(super) fn to_estate(&self) -> estate::Directory {
        let list = |class: Class| self.all(class).map(|(_, object)| Value::clone(object)).collect();
        estate::Directory {
            users: list(Class::User),
            groups: list(Class::Group),
            service_principals: list(Class::ServicePrincipal),
            members: self.members.clone(),
        }
    }

    /// Whether an object id is in the directory.
    pub(super) fn contains(&self, id: &str) -> bool {
        self.objects.contains_key(&id.to_ascii_lowercase())
    }

    /// `User`, `Group` or `ServicePrincipal`, as role assignments say it.
    pub(super) fn principal_type(&self, id: &str) -> Option<&'static str> {
        self.objects.get(&id.to_ascii_lowercase()).map(|(class, _)| match class {
            Class::User => "User",
            Class::Group => "Group",
            Class::ServicePrincipal => "ServicePrincipal",
        })
    }

    /// The user principal name or application id that ARM's errors name a caller by.
    pub(super) fn sign_in_name(&self, id: &str) -> Option<&str> {
        let (_, object) = self.objects.get(&id.to_ascii_lowercase())?;
        object["userPrincipalName"].as_str().or_else(|| object["appId"].as_str())
    }

    /// The object id of whoever is named so by [`Self::sign_in_name`].
    pub(super) fn id_of_sign_in_name(&self, name: &str) -> Option<&str> {
        let named = |id: &&String| self.sign_in_name(id).is_some_and(|of| of.eq_ignore_ascii_case(name));
        let id = self.order.iter().find(named)?;
        self.objects.get(id)?.1["id"].as_str()
    }

    /// The display name of somebody, if they are known and have one.
    pub(super) fn display_name(&self, id: &str) -> Option<&str> {
        self.objects.get(&id.to_ascii_lowercase())?.1["displayName"].as_str()
    }

    /// All objects of a class, in the order of the estate.
    pub(super) fn all(&self, class: Class) -> impl Iterator<Item = (Class, &Arc<Value>)> {
        self.order
            .iter()
            .filter_map(|id| self.objects.get(id))
            .filter(move |(found, _)| *found == class)
            .map(|(class, object)| (*class, object))
    }

    /// The object of a class with an id or a user principal name.
    pub(super) fn find(&self, class: Class, id: &str) -> Option<&(Class, Arc<Value>)> {
        let found = self.objects.get(&id.to_ascii_lowercase()).or_else(|| {
            self.objects.values().find(|(_, object)| {
                object["userPrincipalName"].as_str().is_some_and(|name| name.eq_ignore_ascii_case(id))
            })
        });
        found.filter(|(found, _)| *found == class)
    }

    /// Everything reachable from an object, nearest first, without the object itself.
    pub(super) fn closure<'a>(
        &'a self,
        id: &str,
        next: impl Fn(&'a Self, &str) -> &'a [String],
    ) -> Vec<&'a str> {
        let mut seen = HashSet::from([id.to_ascii_lowercase()]);
        let mut queue: VecDeque<&str> = next(self, id).iter().map(String::as_str).collect();
        let mut found = Vec::new();
        while let Some(at) = queue.pop_front() {
            if seen.insert(at.to_ascii_lowercase()) {
                found.push(at);
                queue.extend(next(self, at).iter().map(String::as_str));
            }
        }
        found
    }

    /// The direct members of a group.
    pub(super) fn members_of(&self, group: &str) -> &[String] {
        self.members
            .get(group)
            .or_else(|| {
                self.members.iter().find(|(id, _)| id.eq_ignore_ascii_case(group)).map(|(_, list)| list)
            })
            .map_or(&[], Vec::as_slice)
    }

    /// The groups that an object is a direct member of.
    pub(super) fn groups_of(&self, member: &str) -> &[String] {
        self.member_of.get(&member.to_ascii_lowercase()).map_or(&[], Vec::as_slice)
    }

    /// The groups that an object is in, through other groups too.
    pub(super) fn groups_above(&self, id: &str) -> Vec<&str> {
        self.closure(id, Self::groups_of)
    }

    /// The object with an id, whatever it is.
    pub(super) fn get(&self, id: &str) -> Option<&(Class, Arc<Value>)> {
        self.objects.get(&id.to_ascii_lowercase())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested() -> Directory {
        Directory::new(estate::Directory {
            users: vec![json!({ "id": "u", "displayName": "Ada", "userPrincipalName": "ada@example.com" })],
            groups: vec![json!({ "id": "inner" }), json!({ "id": "outer" }), json!({ "id": "loop" })],
            service_principals: vec![json!({ "id": "sp", "appId": "app" })],
            members: BTreeMap::from([
                ("inner".to_owned(), vec!["U".to_owned()]),
                ("outer".to_owned(), vec!["inner".to_owned(), "sp".to_owned()]),
                ("loop".to_owned(), vec!["outer".to_owned(), "loop".to_owned()]),
            ]),
        })
    }

    #[test]
    fn memberships_go_through_groups_and_end_in_loops() {
        let directory = nested();
        assert_eq!(directory.groups_above("u"), ["inner", "outer", "loop"]);
        assert_eq!(directory.closure("loop", Directory::members_of), ["outer", "inner", "sp", "U"]);
    }

    #[test]
    fn callers_are_named_by_their_sign_in_name_or_application() {
        let directory = nested();
        assert_eq!(directory.sign_in_name("U"), Some("ada@example.com"));
        assert_eq!(directory.sign_in_name("sp"), Some("app"));
        assert_eq!(directory.sign_in_name("inner"), None);
        assert_eq!(directory.id_of_sign_in_name("Ada@example.com"), Some("u"));
        assert_eq!(directory.id_of_sign_in_name("nobody"), None);
        assert_eq!(directory.principal_type("inner"), Some("Group"));
    }
}
