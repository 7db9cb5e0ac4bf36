//! What a query sees: the documents that are in scope and that the caller may read.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};

use crate::emulator::access::Reader;
use crate::emulator::kql::Tables;
use crate::emulator::request::Call;
use crate::emulator::store::{id_of, key};
use crate::emulator::world::World;

/// The types of `resourcecontainers`.
const SUBSCRIPTIONS: &str = "microsoft.resources/subscriptions";
/// See [`SUBSCRIPTIONS`].
const GROUPS: &str = "microsoft.resources/subscriptions/resourcegroups";
/// See [`SUBSCRIPTIONS`].
const MANAGEMENT_GROUPS: &str = "microsoft.management/managementgroups";

/// Types of `authorizationresources`, and how the ids of their documents go on behind the scope.
const ASSIGNMENTS: (&str, &str) =
    ("microsoft.authorization/roleassignments", "/providers/microsoft.authorization/roleassignments/");
const DEFINITIONS: (&str, &str) =
    ("microsoft.authorization/roledefinitions", "/providers/microsoft.authorization/roledefinitions/");

/// The documents of one request.
pub(super) struct View<'a> {
    world: &'a World,
    reader: Reader<'a>,
    wanted: Option<&'a BTreeSet<String>>,
    above: bool,
    /// Subscriptions in the shape of `resourcecontainers`: ARM lists them in another one.
    subscriptions: OnceCell<Vec<Arc<Value>>>,
    now: jiff::Timestamp,
}

/// The part of a key that names its subscription or management group.
fn top(key: &str) -> &str {
    key.match_indices('/').nth(2).map_or(key, |(end, _)| &key[..end])
}

/// Whether a key is another one or below it.
fn is_within(key: &str, above: &str) -> bool {
    key.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn wants(types: Option<&[String]>, kind: &str) -> bool {
    types.is_none_or(|types| types.iter().any(|one| one == kind))
}

impl<'a> View<'a> {
    /// What a call may see of some subscriptions, or of all; `above` says whether what hangs above them counts.
    pub(super) fn new(
        world: &'a World,
        call: &Call,
        wanted: Option<&'a BTreeSet<String>>,
        above: bool,
    ) -> Self {
        let now = call.now.parse().unwrap_or_else(|_| world.settings.clock.now());
        Self { world, reader: world.reader(call), wanted, above, subscriptions: OnceCell::new(), now }
    }

    fn in_scope(&self, key: &str) -> bool {
        let Some(wanted) = self.wanted else { return true };
        match key.strip_prefix("/subscriptions/") {
            Some(rest) => wanted.contains(rest.split('/').next().unwrap_or_default()),
            None => self.above,
        }
    }

    /// The documents of one type that are in scope and may be read. They come in order of their keys, and so by
    /// subscription: whoever may read everything below one is asked once for it.
    fn readable<'s>(
        &'s self,
        kind: &str,
        documents: &'s BTreeMap<String, Arc<Value>>,
    ) -> impl Iterator<Item = &'s Arc<Value>> {
        let question = self.reader.asking(&format!("{kind}/read"), false);
        let mut at: Option<(&str, bool, bool)> = None;
        documents
            .iter()
            .filter(move |(key, _)| {
                let (_, in_scope, all) = match at {
                    Some(known) if is_within(key, known.0) => known,
                    _ => {
                        let subscription = top(key);
                        let in_scope = self.in_scope(key);
                        *at.insert((
                            subscription,
                            in_scope,
                            in_scope && question.is_allowed_below(subscription),
                        ))
                    }
                };
                in_scope && (all || question.is_allowed(key))
            })
            .map(|(_, document)| document)
    }

    /// Role assignments and definitions. They hang on scopes in order, so that whoever may read those of a whole
    /// subscription is asked once for it.
    fn granted<'s>(&'s self, types: Option<&[String]>) -> impl Iterator<Item = &'s Arc<Value>> + use<'s, 'a> {
        let store = &self.world.store;
        let built_in = if wants(types, DEFINITIONS.0) { store.built_in_roles() } else { &[] };
        let mut kinds: Vec<_> = [ASSIGNMENTS, DEFINITIONS]
            .into_iter()
            .filter(|(kind, _)| wants(types, kind))
            .map(|(kind, path)| (path, self.reader.asking(&format!("{kind}/read"), false), ("", false)))
            .collect();
        let in_scope = store.authorization().filter(|(scope, _)| self.in_scope(scope));
        let own = in_scope.flat_map(move |(scope, hung)| {
            let at = if scope.is_empty() { "/" } else { scope };
            let top = if scope.is_empty() { at } else { top(scope) };
            let may: Vec<&'static str> = kinds
                .iter_mut()
                .filter_map(|(path, question, known)| {
                    if known.0 != top {
                        *known = (top, question.is_allowed_below(top));
                    }
                    (known.1 || question.is_allowed(at)).then_some(*path)
                })
                .collect();
            hung.iter()
                .filter(move |(key, _)| may.iter().any(|path| key[scope.len()..].starts_with(path)))
                .map(|(_, document)| document)
        });
        built_in.iter().chain(own)
    }

    /// Subscriptions, resource groups and management groups. What ARM lists of groups is what Resource Graph has; only
    /// their types differ, and those are a matter of columns.
    fn containers<'s>(&'s self, types: Option<&[String]>) -> Box<dyn Iterator<Item = &'s Arc<Value>> + 's> {
        let store = &self.world.store;
        let mut rows: Box<dyn Iterator<Item = &'s Arc<Value>> + 's> = Box::new(std::iter::empty());
        if wants(types, SUBSCRIPTIONS) {
            rows = Box::new(self.subscriptions.get_or_init(|| self.shaped_subscriptions()).iter());
        }
        if wants(types, GROUPS) {
            let question = self.reader.asking("Microsoft.Resources/subscriptions/resourceGroups/read", false);
            let visible = self.visible_subscriptions().flat_map(move |subscription| {
                let id = id_of(subscription);
                let all = question.is_allowed_below(id);
                let below = key(id);
                let groups = store.groups(&below);
                groups.filter(|group| all || question.is_allowed(id_of(group))).collect::<Vec<_>>()
            });
            rows = Box::new(rows.chain(visible));
        }
        if wants(types, MANAGEMENT_GROUPS) {
            let question = self.reader.asking("Microsoft.Management/managementGroups/read", false);
            let groups = store
                .management_groups()
                .filter(move |group| self.in_scope(&key(id_of(group))) && question.is_allowed(id_of(group)));
            rows = Box::new(rows.chain(groups));
        }
        rows
    }

    fn visible_subscriptions(&self) -> impl Iterator<Item = &Arc<Value>> {
        let all = self.world.store.subscriptions();
        all.filter(|subscription| {
            let id = id_of(subscription);
            self.in_scope(&key(id)) && self.reader.touches(id)
        })
    }

    fn shaped_subscriptions(&self) -> Vec<Arc<Value>> {
        let store = &self.world.store;
        let shape = |subscription: &Arc<Value>| {
            let id = id_of(subscription);
            let chain: Vec<Value> = store
                .above(id)
                .iter()
                .filter_map(|above| store.get(above))
                .map(|group| json!({ "name": group["name"], "displayName": group["properties"]["displayName"] }))
                .collect();
            Arc::new(json!({
                "id": id, "name": subscription["displayName"], "type": SUBSCRIPTIONS, "tags": subscription["tags"],
                "properties": {
                    "state": subscription["state"], "subscriptionPolicies": subscription["subscriptionPolicies"],
                    "managedByTenants": subscription["managedByTenants"], "managementGroupAncestorsChain": chain
                }
            }))
        };
        self.visible_subscriptions().map(shape).collect()
    }
}

impl Tables for View<'_> {
    fn tenant_id(&self) -> &str {
        self.world.store.tenant_id()
    }

    fn now(&self) -> jiff::Timestamp {
        self.now
    }

    fn rows<'a>(
        &'a self,
        table: &str,
        types: Option<&[String]>,
    ) -> Option<Box<dyn Iterator<Item = &'a Arc<Value>> + 'a>> {
        match table {
            "resources" => {
                let types = types.map(<[String]>::to_vec);
                let kinds = self.world.store.tracked(None);
                let kinds = kinds.filter(move |(kind, _)| wants(types.as_deref(), kind));
                Some(Box::new(kinds.flat_map(move |(kind, documents)| self.readable(kind, documents))))
            }
            "resourcecontainers" => Some(self.containers(types)),
            "authorizationresources" => Some(Box::new(self.granted(types))),
            _ => None,
        }
    }
}
