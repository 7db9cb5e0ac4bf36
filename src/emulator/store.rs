//! The documents: every resource, scope and authorisation object by its id, shared and never copied on a read.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Bound;
use std::sync::Arc;

use serde_json::Value;

use super::deleted::Deleted;
use super::estate::{self, Estate, Persona, Refusal, RefusalKind};

/// The namespace whose documents hang on scopes and are indexed by them.
const AUTHORIZATION: &str = "/providers/microsoft.authorization/";
/// How management groups begin.
const MANAGEMENT_GROUPS: &str = "/providers/microsoft.management/managementgroups/";

/// Documents by id, as it is spelled.
pub(super) type ById = BTreeMap<Arc<str>, Arc<Value>>;

/// All documents of one emulator.
#[derive(Debug)]
pub(super) struct Store {
    /// The tenant as ARM lists it.
    pub tenant: Value,
    /// Callers by bearer.
    pub personas: BTreeMap<String, Persona>,
    /// The caller behind every other bearer.
    pub owner: String,
    /// Counts writes: a cached result is good while this stands still.
    pub revision: u64,
    clock: Option<String>,
    refusals: Vec<Refusal>,
    documents: BTreeMap<String, Arc<Value>>,
    authorization: BTreeMap<String, BTreeMap<String, Arc<Value>>>,
    /// What Resource Graph has in `resources`, by type in lower case and then by id as it is spelled: queries want them in
    /// the order of ids, and are spared looking into every document for it.
    tracked: BTreeMap<String, ById>,
    /// The same of all types together.
    all_tracked: ById,
    /// What Resource Graph has in `authorizationresources`, by type.
    granted: BTreeMap<String, ById>,
    /// Subscriptions, which are asked for all the time and few among the documents.
    subscriptions: BTreeMap<String, Arc<Value>>,
    /// Resource groups.
    groups: BTreeMap<String, Arc<Value>>,
    /// The activity log: its events have ids below what they tell of, and outlive it.
    events: BTreeMap<String, Arc<Value>>,
    built_in_roles: Vec<Arc<Value>>,
    /// What was deleted and can be recovered, by the key it had.
    pub deleted: BTreeMap<String, Deleted>,
    /// Limits that were changed, by the key of their quota; a new run has the usual ones.
    pub quotas: HashMap<String, u64>,
    /// When secrets were made anew, by resource and secret; a new run has the first ones.
    pub turns: HashMap<String, String>,
    /// Management group above a subscription or management group, both as keys.
    parents: HashMap<String, String>,
}

/// An id made comparable: ARM ids have no case.
pub(super) fn key(id: &str) -> String {
    id.trim_end_matches('/').to_ascii_lowercase()
}

/// The `id` of a document, empty when it has none.
pub(super) fn id_of(document: &Value) -> &str {
    document["id"].as_str().unwrap_or_default()
}

/// The type of a document in lower case.
fn type_of(document: &Value) -> String {
    document["type"].as_str().unwrap_or_default().to_ascii_lowercase()
}

/// Whether a key is that of a resource that Resource Graph has in `resources`: top-level ones, and the endpoints
/// and deployments of Machine Learning and the links of private DNS zones, which are tracked too: they have a location.
fn is_tracked(key: &str) -> bool {
    match key.bytes().filter(|byte| *byte == b'/').count() {
        8 => key.contains("/providers/") && !is_extension(key),
        10 if key.contains("/microsoft.network/privatednszones/") => key.contains("/virtualnetworklinks/"),
        10 | 12 => {
            key.contains("/microsoft.machinelearningservices/workspaces/")
                && (key.contains("/onlineendpoints/") || key.contains("/batchendpoints/"))
        }
        _ => false,
    }
}

/// Whether a key is that of what Resource Graph has in `authorizationresources`.
fn is_granted(key: &str) -> bool {
    ["roleassignments", "roledefinitions"].iter().any(|kind| key.rsplit('/').nth(1) == Some(*kind))
}

/// Puts a document in the place of another one of its id.
fn replace(documents: &mut ById, before: Option<&Value>, after: Option<(&Arc<str>, &Arc<Value>)>) {
    if let Some(before) = before {
        documents.remove(id_of(before));
    }
    if let Some((id, after)) = after {
        documents.insert(id.clone(), after.clone());
    }
}

/// The type of an authorisation object in lower case, which its id tells.
fn granted_type(id: &str) -> String {
    let segment = id.rsplit('/').nth(1).unwrap_or_default();
    format!("microsoft.authorization/{}", segment.to_ascii_lowercase())
}

/// Whether a key is that of a subscription.
fn is_subscription(key: &str) -> bool {
    key.starts_with("/subscriptions/") && key.bytes().filter(|byte| *byte == b'/').count() == 2
}

/// Whether a key is that of a resource group.
fn is_group(key: &str) -> bool {
    key.starts_with("/subscriptions/")
        && key.contains("/resourcegroups/")
        && key.bytes().filter(|byte| *byte == b'/').count() == 4
}

/// Whether a key is that of something that belongs to its group and is no resource in it.
pub(super) fn is_extension(key: &str) -> bool {
    ["/providers/microsoft.consumption/", "/providers/microsoft.resources/"]
        .iter()
        .any(|provider| key.contains(provider))
}

/// Whether a key is that of an activity log event: `{resource}/events/{id}/ticks/{ticks}`.
fn is_event(key: &str) -> bool {
    key.contains("/events/") && key.contains("/ticks/")
}

/// For an authorisation object the key of the scope it hangs on: `""` for the root.
fn scope_of(key: &str) -> Option<&str> {
    key.rfind(AUTHORIZATION).map(|at| &key[..at])
}

impl Store {
    /// Takes an estate apart. Its documents are moved, not copied.
    pub(super) fn new(estate: Estate) -> Self {
        let mut store = Self {
            tenant: estate.tenant,
            personas: estate.personas,
            owner: estate.owner,
            revision: 0,
            clock: estate.clock,
            refusals: estate.refusals,
            documents: BTreeMap::new(),
            authorization: BTreeMap::new(),
            tracked: BTreeMap::new(),
            all_tracked: ById::new(),
            granted: BTreeMap::new(),
            subscriptions: BTreeMap::new(),
            groups: BTreeMap::new(),
            events: BTreeMap::new(),
            built_in_roles: estate::built_in_roles().into_iter().map(Arc::new).collect(),
            deleted: estate.deleted.into_iter().map(|gone| (key(id_of(&gone.document)), gone)).collect(),
            quotas: HashMap::new(),
            turns: HashMap::new(),
            parents: HashMap::new(),
        };
        let lists =
            [estate.management_groups, estate.subscriptions, estate.resources, estate.role_definitions];
        for document in lists.into_iter().flatten() {
            store.put(document);
        }
        store.revision = 0;
        store
    }

    /// The estate that these documents make, for the state file.
    pub(super) fn to_estate(&self, directory: estate::Directory) -> Estate {
        let mut estate = Estate {
            clock: self.clock.clone(),
            tenant: self.tenant.clone(),
            owner: self.owner.clone(),
            personas: self.personas.clone(),
            management_groups: Vec::new(),
            subscriptions: Vec::new(),
            resources: Vec::new(),
            role_definitions: Vec::new(),
            directory,
            refusals: self.refusals.clone(),
            deleted: self.deleted.values().cloned().collect(),
        };
        for (key, document) in &self.documents {
            let list = match key.matches('/').count() {
                2 if key.starts_with("/subscriptions/") => &mut estate.subscriptions,
                4 if key.starts_with(MANAGEMENT_GROUPS) => &mut estate.management_groups,
                _ => &mut estate.resources,
            };
            list.push(Value::clone(document));
        }
        estate.resources.extend(self.events.values().map(|event| Value::clone(event)));
        for (key, document) in self.authorization.values().flatten() {
            let list = if key.contains("/microsoft.authorization/roledefinitions/") {
                &mut estate.role_definitions
            } else {
                &mut estate.resources
            };
            list.push(Value::clone(document));
        }
        estate
    }

    /// The tenant's id.
    pub(super) fn tenant_id(&self) -> &str {
        self.tenant["tenantId"].as_str().unwrap_or_default()
    }

    /// The document with an id.
    pub(super) fn get(&self, id: &str) -> Option<&Arc<Value>> {
        let key = key(id);
        if is_event(&key) {
            return self.events.get(&key);
        }
        match scope_of(&key) {
            Some(scope) => self.authorization.get(scope)?.get(&key),
            None => self.documents.get(&key),
        }
    }

    /// Creates or replaces a document under its own `id`.
    pub(super) fn put(&mut self, document: Value) {
        let key = key(id_of(&document));
        self.revision += 1;
        if is_event(&key) {
            self.events.insert(key, Arc::new(document));
            return;
        }
        match scope_of(&key) {
            Some(scope) => {
                let scope = scope.to_owned();
                let document = Arc::new(document);
                let before =
                    self.authorization.entry(scope).or_default().insert(key.clone(), document.clone());
                if is_granted(&key) {
                    let id: Arc<str> = id_of(&document).into();
                    let kind = self.granted.entry(granted_type(&key)).or_default();
                    replace(kind, before.as_deref(), Some((&id, &document)));
                }
            }
            None => {
                if key.starts_with(MANAGEMENT_GROUPS) {
                    self.adopt(&key, &document);
                }
                let document = Arc::new(document);
                if is_subscription(&key) {
                    self.subscriptions.insert(key.clone(), document.clone());
                } else if is_group(&key) {
                    self.groups.insert(key.clone(), document.clone());
                }
                let before = self.documents.insert(key.clone(), document.clone());
                if is_tracked(&key) {
                    let id: Arc<str> = id_of(&document).into();
                    let kind = self.tracked.entry(type_of(&document)).or_default();
                    replace(kind, before.as_deref(), Some((&id, &document)));
                    replace(&mut self.all_tracked, before.as_deref(), Some((&id, &document)));
                }
            }
        }
    }

    /// Takes note of what is below and above a management group.
    fn adopt(&mut self, group: &str, document: &Value) {
        for child in document["properties"]["children"].as_array().into_iter().flatten() {
            self.parents.insert(key(id_of(child)), group.to_owned());
        }
        if let Some(above) = document["properties"]["details"]["parent"]["id"].as_str() {
            self.parents.insert(group.to_owned(), key(above));
        }
    }

    /// Removes a document and everything below it; gives what was removed.
    pub(super) fn remove(&mut self, id: &str) -> Vec<Arc<Value>> {
        let key = key(id);
        self.revision += 1;
        if let Some(scope) = scope_of(&key) {
            let scope = scope.to_owned();
            let gone = self.authorization.get_mut(&scope).and_then(|hung| hung.remove(&key));
            if let Some(kind) = self.granted.get_mut(&granted_type(&key)) {
                replace(kind, gone.as_deref(), None);
            }
            return gone.into_iter().collect();
        }
        let mut gone: Vec<Arc<Value>> = self.documents.remove(&key).into_iter().collect();
        let below: Vec<String> = self.below(&key).map(|(key, _)| key.clone()).collect();
        gone.extend(below.iter().filter_map(|key| self.documents.remove(key)));
        for document in &gone {
            let key = self::key(id_of(document));
            self.subscriptions.remove(&key);
            self.groups.remove(&key);
            if let Some(kind) = self.tracked.get_mut(&type_of(document)) {
                replace(kind, Some(document), None);
                replace(&mut self.all_tracked, Some(document), None);
            }
        }
        let prefix = format!("{key}/");
        let scopes: Vec<String> = self
            .authorization
            .range::<str, _>((Bound::Included(key.as_str()), Bound::Unbounded))
            .map(|(scope, _)| scope)
            .take_while(|scope| scope.starts_with(&key))
            .filter(|scope| **scope == key || scope.starts_with(&prefix))
            .cloned()
            .collect();
        for scope in scopes {
            for document in self.authorization.remove(&scope).into_iter().flat_map(BTreeMap::into_values) {
                if let Some(kind) = self.granted.get_mut(&granted_type(id_of(&document))) {
                    replace(kind, Some(&document), None);
                }
                gone.push(document);
            }
        }
        gone
    }

    /// All documents below a key, in order of their keys, without the authorisation objects.
    pub(super) fn below<'a>(
        &'a self,
        key: &str,
    ) -> impl Iterator<Item = (&'a String, &'a Arc<Value>)> + use<'a> {
        let prefix = format!("{key}/");
        self.documents
            .range::<str, _>((Bound::Included(prefix.as_str()), Bound::Unbounded))
            .take_while(move |(key, _)| key.starts_with(&prefix))
    }

    /// All documents but the authorisation objects.
    pub(super) fn documents(&self) -> impl Iterator<Item = (&String, &Arc<Value>)> {
        self.documents.iter()
    }

    /// What Resource Graph has in `resources`: type in lower case, and documents by id.
    pub(super) fn tracked(&self) -> impl Iterator<Item = (&String, &ById)> {
        self.tracked.iter()
    }

    /// The same of all types together.
    pub(super) fn all_tracked(&self) -> impl Iterator<Item = &Arc<Value>> {
        self.all_tracked.values()
    }

    /// Role assignments or definitions, whichever type is given in lower case, by id.
    pub(super) fn granted(&self, kind: &str) -> Option<&ById> {
        self.granted.get(kind)
    }

    /// All resources of one type, which is given in lower case.
    pub(super) fn names_of(&self, kind: &str) -> impl Iterator<Item = &Value> {
        self.tracked.get(kind).into_iter().flat_map(ById::values).map(|document| &**document)
    }

    /// Role assignments of a name, whatever scope they are at.
    pub(super) fn assignments_named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Arc<Value>> {
        let all = self.granted.get("microsoft.authorization/roleassignments").into_iter().flatten();
        let is_named =
            move |id: &str| id.rsplit('/').next().is_some_and(|last| last.eq_ignore_ascii_case(name));
        all.filter(move |(id, _)| is_named(id)).map(|(_, document)| document)
    }

    /// The activity log below a key.
    pub(super) fn events<'a>(&'a self, below: &'a str) -> impl Iterator<Item = &'a Arc<Value>> {
        self.events.iter().filter(move |(key, _)| key.starts_with(below)).map(|(_, event)| event)
    }

    /// The built-in role definitions, tenant-level ids.
    pub(super) fn built_in_roles(&self) -> &[Arc<Value>] {
        &self.built_in_roles
    }

    /// Subscriptions, in order of their ids.
    pub(super) fn subscriptions(&self) -> impl Iterator<Item = &Arc<Value>> {
        self.subscriptions.values()
    }

    /// The resource groups below the key of a subscription, in order of their ids.
    pub(super) fn groups(&self, subscription: &str) -> impl Iterator<Item = &Arc<Value>> {
        let prefix = format!("{subscription}/resourcegroups/");
        self.groups
            .range::<str, _>((Bound::Included(prefix.as_str()), Bound::Unbounded))
            .take_while(move |(key, _)| key.starts_with(&prefix))
            .map(|(_, document)| document)
    }

    /// Management groups, in order of their ids.
    pub(super) fn management_groups(&self) -> impl Iterator<Item = &Arc<Value>> {
        self.below(MANAGEMENT_GROUPS.trim_end_matches('/')).map(|(_, document)| document)
    }

    /// The scopes above a scope, nearest first, the root (`""`) last; the scope itself is not among them.
    pub(super) fn above(&self, scope: &str) -> Vec<String> {
        let mut above = Vec::new();
        let mut at = key(scope);
        if at.is_empty() {
            return above;
        }
        while let Some(next) = self.step_up(&at) {
            above.push(next.clone());
            at = next;
            if above.len() > 64 {
                break;
            }
        }
        above.push(String::new());
        above
    }

    fn step_up(&self, key: &str) -> Option<String> {
        if let Some(parent) = self.parents.get(key) {
            return Some(parent.clone());
        }
        let segments: Vec<&str> = key.split('/').skip(1).collect();
        let cut = |count: usize| format!("/{}", segments[..count].join("/"));
        if segments.first() != Some(&"subscriptions") {
            return None;
        }
        let count = segments.len();
        match segments.iter().rposition(|segment| *segment == "providers") {
            Some(at) if count > at + 4 => Some(cut(count - 2)),
            Some(at) => Some(cut(at)),
            None if count == 4 => Some(cut(2)),
            None => None,
        }
    }

    /// The management groups and subscriptions in the tree below a management group, as keys, itself included.
    pub(super) fn tree(&self, group: &str) -> HashSet<String> {
        let mut tree = HashSet::from([key(group)]);
        loop {
            let more: Vec<String> = self
                .parents
                .iter()
                .filter(|(child, parent)| tree.contains(*parent) && !tree.contains(*child))
                .map(|(child, _)| child.clone())
                .collect();
            if more.is_empty() {
                return tree;
            }
            tree.extend(more);
        }
    }

    /// The authorisation objects of one type at a scope, above it and below it, as asked for.
    pub(super) fn hung(&self, kind: &str, scope: &str, above: bool, below: bool) -> Vec<&Arc<Value>> {
        let scope = key(scope);
        let wanted = format!("{AUTHORIZATION}{}/", kind.to_ascii_lowercase());
        let mut scopes: Vec<&String> = Vec::new();
        let mut pick = |name: &str| {
            if let Some((scope, _)) = self.authorization.get_key_value(name) {
                scopes.push(scope);
            }
        };
        pick(&scope);
        if above {
            self.above(&scope).iter().for_each(|name| pick(name));
        }
        if below {
            let tops: Vec<String> = if scope.is_empty() {
                vec![String::new()]
            } else if scope.starts_with(MANAGEMENT_GROUPS) {
                let mut tree: Vec<String> = self.tree(&scope).into_iter().collect();
                tree.sort();
                tree
            } else {
                vec![scope.clone()]
            };
            for top in &tops {
                let hung = self.authorization.get_key_value(top).filter(|_| *top != scope);
                scopes.extend(hung.map(|(name, _)| name));
                let prefix = format!("{top}/");
                scopes.extend(
                    self.authorization
                        .range::<str, _>((Bound::Included(prefix.as_str()), Bound::Unbounded))
                        .map(|(name, _)| name)
                        .take_while(|name| name.starts_with(&prefix)),
                );
            }
        }
        scopes
            .into_iter()
            .filter_map(|name| self.authorization.get(name).map(|at| (name.len(), at)))
            .flat_map(|(length, at)| at.iter().map(move |entry| (length, entry)))
            .filter(|(length, (key, _))| key[*length..].starts_with(&wanted))
            .map(|(_, (_, document))| document)
            .collect()
    }

    /// How the estate refuses an id to everybody, if it does.
    pub(super) fn refusal(&self, id: &str) -> Option<RefusalKind> {
        if self.refusals.is_empty() {
            return None;
        }
        let key = key(id);
        self.refusals
            .iter()
            .find(|refusal| {
                let scope = self::key(&refusal.scope);
                key.strip_prefix(&scope).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
            .map(|refusal| refusal.kind)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn store() -> Store {
        let assignment = |scope: &str, name: &str| json!({ "id": format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{name}"), "name": name });
        let workspace =
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w";
        Store::new(Estate {
            clock: None,
            tenant: json!({ "tenantId": "t" }),
            owner: "o".to_owned(),
            personas: BTreeMap::new(),
            management_groups: vec![
                json!({
                    "id": "/providers/Microsoft.Management/managementGroups/top",
                    "properties": { "children": [{ "id": "/providers/Microsoft.Management/managementGroups/sub" }] }
                }),
                json!({
                    "id": "/providers/Microsoft.Management/managementGroups/sub",
                    "properties": { "children": [{ "id": "/subscriptions/S" }] }
                }),
            ],
            subscriptions: vec![json!({ "id": "/subscriptions/s" })],
            resources: vec![
                json!({ "id": "/subscriptions/s/resourceGroups/g" }),
                json!({ "id": "/subscriptions/s/resourceGroups/g-2" }),
                json!({ "id": workspace }),
                json!({ "id": format!("{workspace}/computes/c") }),
                assignment("", "root"),
                assignment("/providers/Microsoft.Management/managementGroups/top", "top"),
                assignment("/subscriptions/s", "sub"),
                assignment("/subscriptions/s/resourceGroups/g-2", "other"),
                assignment(workspace, "own"),
                json!({ "id": format!("{workspace}/providers/Microsoft.Authorization/roleAssignments/own/events/e/ticks/1") }),
            ],
            role_definitions: Vec::new(),
            directory: estate::Directory::default(),
            refusals: vec![Refusal {
                scope: "/subscriptions/S/resourceGroups/G-2".to_owned(),
                kind: RefusalKind::Forbidden,
            }],
            deleted: Vec::new(),
        })
    }

    fn names(found: &[&Arc<Value>]) -> Vec<String> {
        let mut names: Vec<String> =
            found.iter().map(|document| document["name"].as_str().unwrap().to_owned()).collect();
        names.sort();
        names
    }

    const WORKSPACE: &str =
        "/SUBSCRIPTIONS/s/resourcegroups/g/providers/microsoft.machinelearningservices/workspaces/w";

    #[test]
    fn ids_are_found_without_regard_to_case() {
        assert!(store().get(WORKSPACE).is_some());
        assert!(
            store()
                .get(&format!("{WORKSPACE}/providers/Microsoft.Authorization/roleAssignments/OWN"))
                .is_some()
        );
    }

    #[test]
    fn scopes_above_go_through_the_management_groups_to_the_root() {
        assert_eq!(
            store().above(&format!("{WORKSPACE}/computes/c")),
            [
                key(WORKSPACE),
                "/subscriptions/s/resourcegroups/g".to_owned(),
                "/subscriptions/s".to_owned(),
                "/providers/microsoft.management/managementgroups/sub".to_owned(),
                "/providers/microsoft.management/managementgroups/top".to_owned(),
                String::new(),
            ]
        );
    }

    #[test]
    fn assignments_at_above_and_below_a_scope() {
        let store = store();
        let at = |scope: &str, above, below| names(&store.hung("roleAssignments", scope, above, below));
        assert_eq!(at(WORKSPACE, true, false), ["own", "root", "sub", "top"]);
        assert_eq!(at("/subscriptions/s", false, true), ["other", "own", "sub"]);
        assert_eq!(
            at("/providers/Microsoft.Management/managementGroups/top", false, true),
            ["other", "own", "sub", "top"]
        );
        assert_eq!(at("/", true, true), ["other", "own", "root", "sub", "top"]);
        assert_eq!(at("/subscriptions/s/resourceGroups/g", false, true), ["own"]);
    }

    #[test]
    fn removing_a_group_removes_what_is_in_it_and_hangs_on_it_and_nothing_else() {
        let mut store = store();
        let gone = store.remove("/subscriptions/s/resourceGroups/g");
        assert_eq!(gone.len(), 4);
        assert!(store.get("/subscriptions/s/resourceGroups/g-2").is_some());
        assert_eq!(names(&store.hung("roleAssignments", "/subscriptions/s", false, true)), ["other", "sub"]);
    }

    #[test]
    fn events_are_neither_assignments_nor_resources_and_outlive_what_they_tell_of() {
        let mut store = store();
        assert_eq!(names(&store.hung("roleAssignments", WORKSPACE, false, false)), ["own"]);
        store.remove(WORKSPACE);
        assert_eq!(store.events("/subscriptions/s/").count(), 1);
        assert!(store.documents().all(|(key, _)| !key.contains("/ticks/")));
    }

    #[test]
    fn what_the_estate_refuses_is_refused_with_what_is_below_it() {
        let store = store();
        assert_eq!(
            store.refusal("/subscriptions/s/resourcegroups/g-2/providers/x/y/z"),
            Some(RefusalKind::Forbidden)
        );
        assert_eq!(store.refusal("/subscriptions/s/resourceGroups/g-22"), None);
    }

    #[test]
    fn an_estate_goes_in_and_comes_out_whole() {
        let store = store();
        let estate = store.to_estate(estate::Directory::default());
        assert_eq!(estate.management_groups.len(), 2);
        assert_eq!(estate.subscriptions.len(), 1);
        assert_eq!(estate.resources.len(), 10);
        assert_eq!(Store::new(estate).hung("roleAssignments", "/", true, true).len(), 5);
    }

    #[test]
    fn only_tracked_resources_are_rows() {
        let group = "/subscriptions/s/resourcegroups/g";
        let workspace = format!("{group}/providers/microsoft.machinelearningservices/workspaces/w");
        let zone = format!("{group}/providers/microsoft.network/privatednszones/example.com");
        for (key, tracked) in [
            (group.to_owned(), false),
            (workspace.clone(), true),
            (format!("{workspace}/computes/c"), false),
            (format!("{workspace}/onlineendpoints/e"), true),
            (format!("{workspace}/onlineendpoints/e/deployments/d"), true),
            (format!("{zone}/a/www"), false),
            (format!("{zone}/virtualnetworklinks/l"), true),
        ] {
            assert_eq!(is_tracked(&key), tracked, "{key}");
        }
    }
}
