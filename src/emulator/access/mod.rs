//! Who may do what: role assignments, definitions, groups and deny assignments of the estate, prepared
//! so that one question costs a few look-ups.
//!
//! The rules are those of Azure RBAC: an action is allowed when an assignment in force at the scope has it
//! in `actions` and not in the same permission's `notActions`, and no deny assignment covers it; data
//! actions likewise. Eligible assignments grant nothing.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::{Value, json};

use super::estate::{Directory, Estate, Refusal, built_in_roles};

/// The principal of a deny assignment that means everybody.
const EVERYBODY: &str = "00000000-0000-0000-0000-000000000000";

/// Everything that decides about access, indexed. Ids are kept in lower case.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// By principal.
    assignments: HashMap<Arc<str>, Vec<Assignment>>,
    /// The principal of every assignment, by its id.
    assigned: HashMap<Arc<str>, Arc<str>>,
    /// Texts that many assignments share: scopes, principals, definitions.
    texts: HashSet<Arc<str>>,
    /// By GUID: the same definition has an id under every scope.
    definitions: HashMap<String, Vec<Permission>>,
    /// By id.
    denials: HashMap<String, Denial>,
    /// Groups that a principal is a direct member of.
    member_of: HashMap<String, Vec<String>>,
    /// The management group above a management group or a subscription, by scope.
    above: HashMap<String, String>,
    /// Scopes that nobody may read.
    refused: Vec<String>,
}

#[derive(Debug, Clone)]
struct Assignment {
    id: Arc<str>,
    scope: Arc<str>,
    definition: Arc<str>,
    condition: Option<String>,
}

#[derive(Debug, Clone, Default)]
struct Permission {
    actions: Vec<String>,
    not_actions: Vec<String>,
    data_actions: Vec<String>,
    not_data_actions: Vec<String>,
    condition: Option<String>,
}

#[derive(Debug, Clone)]
struct Denial {
    scope: String,
    here_only: bool,
    principals: HashSet<String>,
    excluded: HashSet<String>,
    permissions: Vec<Permission>,
}

/// The answer to "may this caller do this here".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// An assignment grants it.
    Allowed,
    /// An assignment grants it under a condition that speaks of this action, its own or its role's.
    AllowedIf {
        /// The assignment's id.
        assignment: String,
        /// The condition's text; of two the assignment's.
        condition: String,
    },
    /// A deny assignment forbids it.
    Denied {
        /// The deny assignment's id.
        deny_assignment: String,
    },
    /// Nothing grants it.
    NotGranted,
    /// Nobody may: the estate refuses it.
    Refused,
}

impl Verdict {
    /// Whether the request goes through; a condition counts as met.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        matches!(self, Self::Allowed | Self::AllowedIf { .. })
    }
}

impl Facts {
    /// Collects the facts of an estate, with the built-in role definitions.
    #[must_use]
    pub fn of(estate: &Estate) -> Self {
        let mut facts = Self::default();
        for document in built_in_roles().iter().chain(&estate.role_definitions).chain(&estate.resources) {
            facts.put(document);
        }
        for group in &estate.management_groups {
            facts.put_management_group(group);
        }
        facts.put_directory(&estate.directory);
        facts.put_refusals(&estate.refusals);
        facts
    }

    /// Takes in a document that was created or changed: a role assignment, a role definition, a deny
    /// assignment or a management group. Anything else is ignored.
    pub fn put(&mut self, document: &Value) {
        let Some(kind) = document["type"].as_str() else { return };
        let id = || lower(&document["id"]);
        if kind.eq_ignore_ascii_case("Microsoft.Authorization/roleAssignments") {
            let id = id();
            self.remove(&id);
            self.put_assignment(id, &document["properties"]);
        } else if kind.eq_ignore_ascii_case("Microsoft.Authorization/roleDefinitions") {
            let permissions = permissions(&document["properties"]["permissions"]);
            self.definitions.insert(guid(&id()).to_owned(), permissions);
        } else if kind.eq_ignore_ascii_case("Microsoft.Authorization/denyAssignments") {
            self.denials.insert(id(), Denial::of(&document["properties"]));
        } else if kind.eq_ignore_ascii_case("Microsoft.Management/managementGroups") {
            self.put_management_group(document);
        }
    }

    /// Forgets a role assignment, a role definition or a deny assignment by its id.
    pub fn remove(&mut self, id: &str) {
        let id = id.to_ascii_lowercase();
        self.denials.remove(&id);
        if id.contains("/roledefinitions/") {
            self.definitions.remove(guid(&id));
        }
        let principal = self.assigned.remove(id.as_str());
        if let Some(assignments) = principal.and_then(|principal| self.assignments.get_mut(&principal)) {
            assignments.retain(|assignment| *assignment.id != *id);
        }
    }

    /// Replaces who is a member of which group.
    pub fn put_directory(&mut self, directory: &Directory) {
        self.member_of.clear();
        for (group, members) in &directory.members {
            for member in members {
                self.member_of
                    .entry(member.to_ascii_lowercase())
                    .or_default()
                    .push(group.to_ascii_lowercase());
            }
        }
    }

    fn put_refusals(&mut self, refusals: &[Refusal]) {
        self.refused = refusals.iter().map(|refusal| normal(&refusal.scope)).collect();
    }

    fn put_assignment(&mut self, id: String, properties: &Value) {
        let scope = match properties["scope"].as_str() {
            Some(scope) => normal(scope),
            None => normal(id.split("/providers/microsoft.authorization/").next().unwrap_or_default()),
        };
        let principal = self.shared(&lower(&properties["principalId"]));
        let id: Arc<str> = id.into();
        self.assigned.insert(id.clone(), principal.clone());
        let assignment = Assignment {
            scope: self.shared(&scope),
            definition: self.shared(guid(&lower(&properties["roleDefinitionId"]))),
            condition: properties["condition"].as_str().map(str::to_owned),
            id,
        };
        self.assignments.entry(principal).or_default().push(assignment);
    }

    /// A text that is kept once, however many use it.
    fn shared(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.texts.get(text) {
            return known.clone();
        }
        let text: Arc<str> = text.into();
        self.texts.insert(text.clone());
        text
    }

    fn put_management_group(&mut self, document: &Value) {
        let group = lower(&document["id"]);
        if let Some(parent) = document["properties"]["details"]["parent"]["id"].as_str() {
            self.above.insert(group.clone(), parent.to_ascii_lowercase());
        }
        for child in document["properties"]["children"].as_array().into_iter().flatten() {
            self.above.insert(lower(&child["id"]), group.clone());
        }
    }

    /// Prepares the questions of one caller.
    #[must_use]
    pub fn reader(&self, caller: &str) -> Reader<'_> {
        let mut principals = vec![caller.to_ascii_lowercase()];
        let mut known: HashSet<String> = principals.iter().cloned().collect();
        let mut next = 0;
        while next < principals.len() {
            for group in self.member_of.get(&principals[next]).into_iter().flatten() {
                if known.insert(group.clone()) {
                    principals.push(group.clone());
                }
            }
            next += 1;
        }
        let mut grants: HashMap<&str, Vec<&Assignment>> = HashMap::new();
        for assignment in
            principals.iter().filter_map(|principal| self.assignments.get(principal.as_str())).flatten()
        {
            grants.entry(&assignment.scope).or_default().push(assignment);
        }
        let denials = self
            .denials
            .iter()
            .filter(|(_, denial)| denial.concerns(&known))
            .map(|(id, denial)| (id.as_str(), denial))
            .collect();
        Reader { facts: self, principals, grants, denials }
    }

    /// Walks from a scope (in lower case) to the root, ending when `visit` gives something.
    fn climb<T>(&self, scope: &str, mut visit: impl FnMut(&str) -> Option<T>) -> Option<T> {
        let mut at = scope;
        loop {
            if let Some(found) = visit(at) {
                return Some(found);
            }
            if at == "/" {
                return None;
            }
            at = match self.above.get(at) {
                Some(group) => group,
                None => parent(at),
            };
        }
    }
}

/// One caller's rights, prepared for many questions.
#[derive(Debug)]
pub struct Reader<'a> {
    facts: &'a Facts,
    principals: Vec<String>,
    /// The caller's assignments by scope.
    grants: HashMap<&'a str, Vec<&'a Assignment>>,
    /// The deny assignments that concern the caller, with their ids.
    denials: Vec<(&'a str, &'a Denial)>,
}

impl<'a> Reader<'a> {
    /// Judges one action at a scope; `data` says that it is a data action.
    #[must_use]
    pub fn judge(&self, action: &str, scope: &str, data: bool) -> Verdict {
        self.asking(action, data).judge(scope)
    }

    /// Prepares one action, to be judged at many scopes: what a list needs.
    #[must_use]
    pub fn asking(&self, action: &str, data: bool) -> Question<'_, 'a> {
        let mut grants: HashMap<&str, Grant<'a>> = HashMap::new();
        // Thousands of assignments share few definitions.
        let mut decided: HashMap<&str, Option<Option<&'a str>>> = HashMap::new();
        for assignment in self.grants.values().flatten().copied() {
            let definition = self.facts.definitions.get(&*assignment.definition);
            let of_role = *decided
                .entry(&assignment.definition)
                .or_insert_with(|| granted_by(definition.map_or(&[], Vec::as_slice), action, data));
            let Some(of_role) = of_role else { continue };
            let own = assignment.condition.as_deref().filter(|condition| speaks_of(condition, action));
            match own.or(of_role) {
                Some(condition) => {
                    grants.entry(&assignment.scope).or_insert(Grant::Conditional(assignment, condition));
                }
                None => {
                    grants.insert(&assignment.scope, Grant::Plain);
                }
            }
        }
        let denials =
            self.denials.iter().filter(|(_, denial)| covers(&denial.permissions, action, data)).copied();
        Question { facts: self.facts, grants, denials: denials.collect() }
    }

    /// Whether the caller has any assignment at, above or below a scope: what makes a subscription or a
    /// resource group appear in lists.
    #[must_use]
    pub fn touches(&self, scope: &str) -> bool {
        let scope = normal(scope);
        self.facts.climb(&scope, |at| self.grants.contains_key(at).then_some(())).is_some()
            || self.grants.keys().any(|granted| contains(&scope, granted))
    }

    /// What the caller's assignments in force at a scope permit, as `permissions` answers it: objects of
    /// `actions`, `notActions`, `dataActions`, `notDataActions`.
    #[must_use]
    pub fn permissions(&self, scope: &str) -> Vec<Value> {
        let mut definitions: Vec<&str> = Vec::new();
        self.facts.climb(&normal(scope), |at| {
            definitions.extend(self.grants.get(at).into_iter().flatten().map(|grant| &*grant.definition));
            None::<()>
        });
        definitions.dedup();
        let found = definitions.iter().filter_map(|definition| self.facts.definitions.get(*definition));
        found
            .flatten()
            .map(|permission| {
                json!({
                    "actions": permission.actions,
                    "notActions": permission.not_actions,
                    "dataActions": permission.data_actions,
                    "notDataActions": permission.not_data_actions,
                })
            })
            .collect()
    }

    /// The caller and every group it is in, through other groups too, in lower case.
    #[must_use]
    pub fn principals(&self) -> &[String] {
        &self.principals
    }
}

#[derive(Debug, Clone, Copy)]
enum Grant<'a> {
    Plain,
    /// With the condition.
    Conditional(&'a Assignment, &'a str),
}

/// One action of one caller, to be judged at many scopes.
#[derive(Debug)]
pub struct Question<'r, 'a> {
    facts: &'a Facts,
    grants: HashMap<&'r str, Grant<'a>>,
    denials: Vec<(&'r str, &'r Denial)>,
}

impl Question<'_, '_> {
    /// The answer at a scope.
    #[must_use]
    pub fn judge(&self, scope: &str) -> Verdict {
        let scope = normal(scope);
        if self.facts.refused.iter().any(|refused| contains(refused, &scope)) {
            return Verdict::Refused;
        }
        if let Some((id, _)) = self.denials.iter().find(|(_, denial)| denial.reaches(self.facts, &scope)) {
            return Verdict::Denied { deny_assignment: (*id).to_owned() };
        }
        if self.grants.is_empty() {
            return Verdict::NotGranted;
        }
        let mut conditional = None;
        let plain = self.facts.climb(&scope, |at| match self.grants.get(at) {
            Some(Grant::Plain) => Some(()),
            Some(Grant::Conditional(assignment, condition)) => {
                conditional.get_or_insert((*assignment, *condition));
                None
            }
            None => None,
        });
        match (plain, conditional) {
            (Some(()), _) => Verdict::Allowed,
            (None, Some((assignment, condition))) => {
                Verdict::AllowedIf { assignment: assignment.id.to_string(), condition: condition.to_owned() }
            }
            (None, None) => Verdict::NotGranted,
        }
    }

    /// Whether the answer is yes at a scope and everywhere below it, as far as that can be said without looking there.
    #[must_use]
    pub fn is_allowed_below(&self, scope: &str) -> bool {
        self.denials.is_empty() && self.facts.refused.is_empty() && self.judge(scope) == Verdict::Allowed
    }

    /// Whether the answer at a scope lets the request through.
    #[must_use]
    pub fn is_allowed(&self, scope: &str) -> bool {
        self.judge(scope).is_allowed()
    }
}

/// Judges one action of one caller; [`Facts::reader`] is cheaper for many.
#[must_use]
pub fn judge(facts: &Facts, caller: &str, action: &str, scope: &str, data: bool) -> Verdict {
    facts.reader(caller).judge(action, scope, data)
}

impl Denial {
    fn of(properties: &Value) -> Self {
        let ids =
            |list: &Value| list.as_array().into_iter().flatten().map(|item| lower(&item["id"])).collect();
        Self {
            scope: normal(properties["scope"].as_str().unwrap_or("/")),
            here_only: properties["doNotApplyToChildScopes"].as_bool().unwrap_or(false),
            principals: ids(&properties["principals"]),
            excluded: ids(&properties["excludePrincipals"]),
            permissions: permissions(&properties["permissions"]),
        }
    }

    fn concerns(&self, principals: &HashSet<String>) -> bool {
        let named = self.principals.contains(EVERYBODY) || !self.principals.is_disjoint(principals);
        named && self.excluded.is_disjoint(principals)
    }

    fn reaches(&self, facts: &Facts, scope: &str) -> bool {
        if self.here_only {
            return self.scope == scope;
        }
        facts.climb(scope, |at| (at == self.scope).then_some(())).is_some()
    }
}

fn permissions(list: &Value) -> Vec<Permission> {
    let texts = |list: &Value| {
        list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    list.as_array()
        .into_iter()
        .flatten()
        .map(|permission| Permission {
            actions: texts(&permission["actions"]),
            not_actions: texts(&permission["notActions"]),
            data_actions: texts(&permission["dataActions"]),
            not_data_actions: texts(&permission["notDataActions"]),
            condition: permission["condition"].as_str().map(str::to_owned),
        })
        .collect()
}

/// Whether a role grants an action: not at all, outright, or only under the condition of the permission that does.
fn granted_by<'a>(permissions: &'a [Permission], action: &str, data: bool) -> Option<Option<&'a str>> {
    let mut found = None;
    for permission in permissions.iter().filter(|one| covers(std::slice::from_ref(*one), action, data)) {
        match permission.condition.as_deref().filter(|condition| speaks_of(condition, action)) {
            None => return Some(None),
            condition => found = found.or(Some(condition)),
        }
    }
    found
}

/// Whether some permission has the action and does not take it away itself.
fn covers(permissions: &[Permission], action: &str, data: bool) -> bool {
    let any = |patterns: &[String]| patterns.iter().any(|pattern| fits(pattern, action));
    permissions.iter().any(|permission| {
        let (with, without) = if data {
            (&permission.data_actions, &permission.not_data_actions)
        } else {
            (&permission.actions, &permission.not_actions)
        };
        any(with) && !any(without)
    })
}

/// Whether an action fits a pattern, in which `*` stands for anything, also for nothing; without case.
///
/// A star between two slashes stands for no segment too: AzureML Data Scientist loses
/// `workspaces/computes/write` by its `workspaces/computes/*/write`, and Microsoft says of the role that it
/// creates no compute.
fn fits(pattern: &str, action: &str) -> bool {
    fits_bytes(pattern.as_bytes(), action.as_bytes())
}

fn fits_bytes(pattern: &[u8], action: &[u8]) -> bool {
    let (mut p, mut a) = (0, 0);
    // Where to go on when what followed the last star did not fit.
    let mut retry: Option<(usize, usize)> = None;
    while a < action.len() {
        if pattern[p..].starts_with(b"/*/")
            && action[a] == b'/'
            && fits_bytes(&pattern[p + 2..], &action[a..])
        {
            return true;
        }
        if pattern.get(p) == Some(&b'*') {
            retry = Some((p + 1, a));
            p += 1;
        } else if pattern.get(p).is_some_and(|byte| byte.eq_ignore_ascii_case(&action[a])) {
            p += 1;
            a += 1;
        } else if let Some((behind_star, from)) = retry {
            retry = Some((behind_star, from + 1));
            p = behind_star;
            a = from + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

/// Whether a condition restricts an action: it names it in `ActionMatches{'...'}`. A condition leaves
/// every other action alone.
fn speaks_of(condition: &str, action: &str) -> bool {
    condition.split("ActionMatches").skip(1).any(|rest| {
        let named = rest.trim_start().strip_prefix('{').and_then(|rest| rest.split('\'').nth(1));
        named.is_some_and(|pattern| fits(pattern, action))
    })
}

/// A scope in lower case without a slash at its end, `/` for the root.
fn normal(scope: &str) -> String {
    let trimmed = scope.trim_end_matches('/');
    if trimmed.is_empty() { "/".to_owned() } else { trimmed.to_ascii_lowercase() }
}

fn lower(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_ascii_lowercase()
}

/// The last segment of an id.
fn guid(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or(id)
}

/// The scope above: the resource above a child, the group above a resource, the subscription above a
/// group, the root above a subscription or a management group.
fn parent(scope: &str) -> &str {
    let Some((above, _)) = scope.rsplit_once('/') else { return "/" };
    // Types and names come in pairs; the namespace of a provider stands before the first pair.
    let mut at = above.rsplit_once('/').map_or("", |(above, _)| above);
    if let Some(above) = at.rsplit_once('/').and_then(|(above, _)| above.strip_suffix("/providers")) {
        at = above;
    }
    if at.is_empty() { "/" } else { at }
}

/// Whether a scope is another one or lies above it, by their ids.
fn contains(scope: &str, other: &str) -> bool {
    scope == "/" || other.strip_prefix(scope).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests;
