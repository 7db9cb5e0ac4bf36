//! What a query sees: the documents that are in scope and that the caller may read.

use std::cell::OnceCell;
use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap};
use std::sync::Arc;

use serde_json::{Value, json};

use crate::emulator::access::{Question, Reader};
use crate::emulator::defaults::guid;
use crate::emulator::kql::Tables;
use crate::emulator::policy;
use crate::emulator::policy_states;
use crate::emulator::request::Call;
use crate::emulator::store::{ById, id_of, key};
use crate::emulator::world::World;

/// The types of `resourcecontainers`.
const SUBSCRIPTIONS: &str = "microsoft.resources/subscriptions";
/// See [`SUBSCRIPTIONS`].
const GROUPS: &str = "microsoft.resources/subscriptions/resourcegroups";
/// See [`SUBSCRIPTIONS`].
const MANAGEMENT_GROUPS: &str = "microsoft.management/managementgroups";

/// Types of `authorizationresources`.
const ASSIGNMENTS: &str = "microsoft.authorization/roleassignments";
/// See [`ASSIGNMENTS`].
const DEFINITIONS: &str = "microsoft.authorization/roledefinitions";

/// Types of `policyresources`: of the estate, of those that are built in, and how resources comply.
const POLICIES: [&str; 2] =
    ["microsoft.authorization/policyassignments", "microsoft.authorization/policydefinitions"];
/// See [`POLICIES`].
const STATES: &str = "microsoft.policyinsights/policystates";

/// The documents of one request.
pub(super) struct View<'a> {
    world: &'a World,
    reader: Reader<'a>,
    wanted: Option<&'a BTreeSet<String>>,
    above: bool,
    /// Subscriptions in the shape of `resourcecontainers`: ARM lists them in another one.
    subscriptions: OnceCell<Vec<Arc<Value>>>,
    /// What is in `policyresources`, which is worked out for each request that asks for it.
    policies: OnceCell<Vec<Arc<Value>>>,
    call: &'a Call,
    now: jiff::Timestamp,
}

/// The part of an id that names its subscription.
fn top(id: &str) -> &str {
    id.match_indices('/').nth(2).map_or(id, |(end, _)| &id[..end])
}

/// Whether an id is another one or below it; of the same spelling, which is enough to be spared a question.
fn is_within(id: &str, above: &str) -> bool {
    id.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What an authorisation object hangs on: its id up to the provider.
fn scope_of(id: &str) -> &str {
    let slash = id.rmatch_indices('/').nth(3).map_or(0, |(at, _)| at);
    if slash == 0 { "/" } else { &id[..slash] }
}

fn wants(types: Option<&[String]>, kind: &str) -> bool {
    types.is_none_or(|types| types.iter().any(|one| one == kind))
}

impl<'a> View<'a> {
    /// What a call may see of some subscriptions, or of all; `above` says whether what hangs above them counts.
    pub(super) fn new(
        world: &'a World,
        call: &'a Call,
        wanted: Option<&'a BTreeSet<String>>,
        above: bool,
    ) -> Self {
        let now = call.now.parse().unwrap_or_else(|_| world.settings.clock.now());
        Self {
            world,
            reader: world.reader(call),
            wanted,
            above,
            subscriptions: OnceCell::new(),
            policies: OnceCell::new(),
            call,
            now,
        }
    }

    fn in_scope(&self, key: &str) -> bool {
        let Some(wanted) = self.wanted else { return true };
        match key.strip_prefix("/subscriptions/") {
            Some(rest) => wanted.contains(rest.split('/').next().unwrap_or_default()),
            None => self.above,
        }
    }

    /// Whether every subscription is in scope, and everything below each may be read.
    fn sees_all(&self, question: &Question<'_, '_>) -> bool {
        let mut subscriptions = self.world.store.subscriptions();
        self.wanted.is_none() && subscriptions.all(|one| question.is_allowed_below(id_of(one)))
    }

    /// The documents of one type that are in scope and may be read, in the order of their ids, and so by subscription:
    /// whoever may read everything below one is asked once for it. `judged` is what rights are asked about: the resource,
    /// or what an authorisation object hangs on.
    fn readable<'s>(
        &'s self,
        kind: &str,
        documents: &'s ById,
        judged: fn(&str) -> &str,
    ) -> impl Iterator<Item = (&'s Arc<str>, &'s Arc<Value>)> {
        let question = self.reader.asking(&format!("{kind}/read"), false);
        let mut at: Option<(&str, bool, bool)> = None;
        let everything = self.sees_all(&question);
        let mut below = false;
        documents.iter().filter(move |(id, _)| {
            // Whoever may read all of it below every subscription is spared the look at each id, once the first of those
            // has come: what hangs above subscriptions comes before.
            below = below || everything && id.starts_with("/subscriptions/");
            if below {
                return true;
            }
            let (_, in_scope, all) = match at {
                Some(known) if is_within(id, known.0) => known,
                _ => {
                    let subscription = top(id);
                    let in_scope = self.in_scope(&subscription.to_ascii_lowercase());
                    let all = in_scope && question.is_allowed_below(subscription);
                    *at.insert((subscription, in_scope, all))
                }
            };
            in_scope && (all || question.is_allowed(judged(id)))
        })
    }

    /// Role assignments and definitions.
    fn granted<'s>(&'s self, types: Option<&[String]>) -> Box<dyn Iterator<Item = &'s Arc<Value>> + 's> {
        let store = &self.world.store;
        let built_in = if wants(types, DEFINITIONS) { store.built_in_roles() } else { &[] };
        let kinds = [ASSIGNMENTS, DEFINITIONS].into_iter().filter(|kind| wants(types, kind));
        let own: Vec<_> =
            kinds.filter_map(|kind| Some(self.readable(kind, store.granted(kind)?, scope_of))).collect();
        Box::new(built_in.iter().chain(own.into_iter().flatten().map(|(_, document)| document)))
    }

    /// Resources of some types, or of all, in the order of their ids.
    fn resources<'s>(&'s self, types: Option<&[String]>) -> Box<dyn Iterator<Item = &'s Arc<Value>> + 's> {
        let store = &self.world.store;
        if types.is_none() {
            let reads_all = |kind: &str| self.sees_all(&self.reader.asking(&format!("{kind}/read"), false));
            if store.tracked().all(|(kind, _)| reads_all(kind)) {
                return Box::new(store.all_tracked());
            }
        }
        let kinds = store.tracked().filter(|(kind, _)| wants(types, kind));
        Box::new(InOrder::of(kinds.map(|(kind, documents)| self.readable(kind, documents, |id| id))))
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

    /// Policy definitions and assignments that may be read, and the states of the resources that may be.
    fn policies(&self) -> Vec<Arc<Value>> {
        let store = &self.world.store;
        let own = POLICIES.iter().flat_map(|kind| {
            let question = self.reader.asking(&format!("{kind}/read"), false);
            let segment = kind.rsplit('/').next().unwrap_or_default();
            let all = store.hung(segment, "", true, true).into_iter();
            all.filter(move |one| {
                let scope = scope_of(id_of(one));
                self.in_scope(&top(scope).to_ascii_lowercase()) && question.is_allowed(scope)
            })
            .cloned()
            .collect::<Vec<_>>()
        });
        let built_in = policy::built_in().iter().map(|one| Arc::new(one.clone()));
        let states = self.visible_subscriptions().flat_map(|subscription| {
            policy_states::states(self.world, self.call, id_of(subscription)).into_iter().map(|state| {
                let text = |name: &str| state[name].as_str().unwrap_or_default();
                let name = guid(text("resourceId"), text("policyAssignmentId"));
                Arc::new(json!({
                    "id": format!("{}/providers/{STATES}/{name}", text("resourceId")), "name": name, "type": STATES,
                    "location": state["resourceLocation"], "properties": state
                }))
            })
        });
        built_in.chain(own).chain(states).collect()
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
        // Hundreds of subscriptions are below few management groups.
        let mut chains: HashMap<Vec<String>, Vec<Value>> = HashMap::new();
        let shape = |subscription: &Arc<Value>| {
            let id = id_of(subscription);
            let above = store.above(id);
            let chain = chains.entry(above).or_insert_with_key(|above| {
                above
                    .iter()
                    .filter_map(|above| store.get(above))
                    .map(|group| json!({ "name": group["name"], "displayName": group["properties"]["displayName"] }))
                    .collect()
            });
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

/// Several iterators over documents in the order of their ids, as one.
struct InOrder<'s, I> {
    sources: Vec<I>,
    /// The next document of each source, and which source it is from.
    next: BinaryHeap<Reverse<(&'s str, usize)>>,
    documents: Vec<Option<&'s Arc<Value>>>,
}

impl<'s, I: Iterator<Item = (&'s Arc<str>, &'s Arc<Value>)>> InOrder<'s, I> {
    fn of(sources: impl Iterator<Item = I>) -> Self {
        let sources: Vec<I> = sources.collect();
        let documents = vec![None; sources.len()];
        let mut all = Self { next: BinaryHeap::with_capacity(sources.len()), sources, documents };
        (0..all.sources.len()).for_each(|source| all.fill(source));
        all
    }

    fn fill(&mut self, source: usize) {
        if let Some((id, document)) = self.sources[source].next() {
            self.documents[source] = Some(document);
            self.next.push(Reverse((id, source)));
        }
    }
}

impl<'s, I: Iterator<Item = (&'s Arc<str>, &'s Arc<Value>)>> Iterator for InOrder<'s, I> {
    type Item = &'s Arc<Value>;

    fn next(&mut self) -> Option<Self::Item> {
        let Reverse((_, source)) = self.next.pop()?;
        let document = self.documents[source].take();
        self.fill(source);
        document
    }
}

impl Tables for View<'_> {
    fn tenant_id(&self) -> &str {
        self.world.store.tenant_id()
    }

    fn now(&self) -> jiff::Timestamp {
        self.now
    }

    fn is_in_order_of_ids(&self, table: &str, types: Option<&[String]>) -> bool {
        // Built-in roles come before those of the estate.
        table == "resources" || table == "authorizationresources" && types == Some(&[ASSIGNMENTS.to_owned()])
    }

    fn rows<'a>(
        &'a self,
        table: &str,
        types: Option<&[String]>,
    ) -> Option<Box<dyn Iterator<Item = &'a Arc<Value>> + 'a>> {
        match table {
            "resources" => Some(self.resources(types)),
            "resourcecontainers" => Some(self.containers(types)),
            "authorizationresources" => Some(self.granted(types)),
            "policyresources" => {
                let all = self.policies.get_or_init(|| self.policies()).iter();
                let types = types.map(<[String]>::to_vec);
                Some(Box::new(all.filter(move |one| {
                    let kind = one["type"].as_str().unwrap_or_default().to_ascii_lowercase();
                    wants(types.as_deref(), &kind)
                })))
            }
            _ => None,
        }
    }
}
