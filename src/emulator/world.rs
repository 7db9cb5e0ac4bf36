//! The state behind one emulator, and the questions every handler asks of it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::access::{Facts, Reader};
use super::activity;
use super::addresses;
use super::assets;
use super::defaults;
use super::deleted;
use super::deployments::{self, Deployments};
use super::directory::Directory;
use super::estate::{Estate, RefusalKind};
use super::metadata;
use super::ml;
use super::moves;
use super::network;
use super::operations::{Effect, Links, Operations};
use super::reply::ArmError;
use super::request::{Call, Caller};
use super::resource_graph::Pages;
use super::store::{Store, id_of, key};

/// What a handler may know of the options.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    /// Divides every simulated duration.
    pub speed: f64,
    /// Items in a page of every list.
    pub page_size: Option<usize>,
    /// Whether `Retry-After: 1` goes with long-running operations.
    pub retry_after: bool,
    /// What tells the time.
    pub clock: super::Clock,
}

/// Changes to come by their time, each with the key of what it is about.
pub(super) type Agenda = BTreeMap<jiff::Timestamp, Vec<(String, Change)>>;

/// What storing or removing one document does to another, at once or later.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Change {
    /// It is stored.
    Put(Value),
    /// It goes.
    Remove(String),
}

/// Documents, rights, directory and operations of one emulator.
#[derive(Debug)]
pub(super) struct World {
    /// The documents.
    pub store: Store,
    /// Who may do what.
    pub facts: Facts,
    /// Who there is.
    pub directory: Directory,
    /// What goes on.
    pub operations: Operations,
    /// Deployments of templates.
    pub deployments: Deployments,
    /// The time on the clock that operations end by: that of the request that changes something, or of what is due.
    pub at: Instant,
    /// The options.
    pub settings: Settings,
    /// What changes at a time: roles that begin and end, requests that run out.
    pub agenda: Agenda,
    /// Answers of Resource Graph of which pages are left.
    pub pages: Pages,
}

impl World {
    /// The world of an estate, with operations from an earlier run.
    pub(super) fn new(mut estate: Estate, operations: Operations, settings: Settings) -> Self {
        let facts = Facts::of(&estate);
        let directory = Directory::new(std::mem::take(&mut estate.directory));
        let mut store = Store::new(estate);
        addresses::add_missing(&mut store);
        let deployments = Deployments::default();
        Self {
            store,
            facts,
            directory,
            operations,
            deployments,
            at: Instant::now(),
            settings,
            agenda: Agenda::new(),
            pages: Pages::default(),
        }
    }

    /// Who a bearer stands for: the persona of that name, or the one that the token was made for.
    pub(super) fn caller(&self, bearer: &str) -> Caller {
        let made = || {
            let tenant = self.store.tenant_id();
            let mut personas = self.store.personas.values().filter(|_| bearer.starts_with("eyJ"));
            personas.find(|persona| metadata::token_of(tenant, &persona.object_id) == bearer)
        };
        match self.store.personas.get(bearer).or_else(made) {
            Some(persona) => {
                Caller { object_id: persona.object_id.clone(), directory_access: persona.directory_access }
            }
            None => Caller { object_id: self.store.owner.clone(), directory_access: true },
        }
    }

    /// Stores a document with what follows from it, and tells those who judge.
    pub(super) fn put(&mut self, document: Value) {
        let mut changes = network::follows(&self.store, &document);
        changes.extend(assets::follows(&self.store, &document));
        self.store_alone(document);
        self.carry_out(changes);
    }

    fn store_alone(&mut self, document: Value) {
        let principal = |one: &Value| defaults::principal_of(one).map(|(principal, _)| principal.to_owned());
        let before = self.store.get(id_of(&document)).and_then(|before| principal(before));
        if let Some(before) = before.filter(|before| principal(&document).as_ref() != Some(before)) {
            self.directory.drop_managed_identity(&before);
        }
        self.facts.put(&document);
        self.store.put(document);
    }

    fn carry_out(&mut self, changes: Vec<Change>) {
        for change in changes {
            match change {
                Change::Put(document) => self.store_alone(document),
                Change::Remove(id) => {
                    self.forget(&id);
                }
            }
        }
    }

    fn forget(&mut self, id: &str) -> Vec<Value> {
        let gone = self.store.remove(id);
        for document in &gone {
            self.facts.remove(id_of(document));
        }
        gone.into_iter().map(std::sync::Arc::unwrap_or_clone).collect()
    }

    /// Removes a document with all below it and what follows, and tells those who judge. Vaults of a group that
    /// goes are deleted softly, as when they go alone. Managed identities go with their resources.
    pub(super) fn remove(&mut self, id: &str) {
        for gone in self.take_out(id) {
            self.drop_identity(&gone);
        }
    }

    /// Takes the managed identity of what is gone for good out of the directory.
    pub(super) fn drop_identity(&mut self, gone: &Value) {
        if let Some((principal, _)) = defaults::principal_of(gone) {
            self.directory.drop_managed_identity(principal);
        }
    }

    /// The same for what is to stand elsewhere: identities stay who they are.
    pub(super) fn take_out(&mut self, id: &str) -> Vec<Value> {
        self.deployments.forget(id);
        let gone = self.forget(id);
        let changes: Vec<Change> =
            gone.iter().flat_map(|document| network::follows_removal(&self.store, document)).collect();
        self.carry_out(changes);
        let inside = gone.iter().filter(|document| key(id_of(document)) != key(id));
        let vaults: Vec<Value> =
            inside.filter(|document| document["type"] == "Microsoft.KeyVault/vaults").cloned().collect();
        for vault in vaults {
            deleted::put_aside(self, &[vault]);
        }
        gone
    }

    /// Removes a document with all below it, to be recovered or purged later.
    pub(super) fn keep_aside(&mut self, id: &str) {
        let gone = self.forget(id);
        let changes: Vec<Change> =
            gone.iter().flat_map(|document| network::follows_removal(&self.store, document)).collect();
        self.carry_out(changes);
        deleted::put_aside(self, &gone);
    }

    /// Makes changes at a time by the clock. `about` is what they are about, by which they can be called off.
    pub(super) fn change_at(&mut self, time: jiff::Timestamp, about: &str, changes: Vec<Change>) {
        let entry = self.agenda.entry(time).or_default();
        entry.extend(changes.into_iter().map(|change| (key(about), change)));
    }

    /// Gives up the changes that were to be made about something.
    pub(super) fn call_off(&mut self, about: &str) {
        let about = key(about);
        self.agenda.retain(|_, changes| {
            changes.retain(|(of, _)| *of != about);
            !changes.is_empty()
        });
    }

    /// When something goes on by itself next.
    fn next(&self) -> Option<Instant> {
        [self.operations.next(), self.deployments.next()].into_iter().flatten().min()
    }

    /// Whether something has come due.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        let time = self.settings.clock.now();
        self.agenda.first_key_value().is_some_and(|(at, _)| *at <= time)
            || self.store.deleted.values().any(|gone| gone.is_over(time))
            || self.next().is_some_and(|next| next <= now)
    }

    /// Carries out what has come due, each at its own time: what follows from it begins then, and not when somebody
    /// looks. `stamp` is the time as ARM writes it.
    pub(super) fn settle(&mut self, now: Instant, stamp: &str) {
        let time = self.settings.clock.now();
        while let Some(turn) = self.agenda.first_entry().filter(|turn| *turn.key() <= time) {
            let due = turn.key().to_string();
            for (_, change) in turn.remove() {
                let gone = match &change {
                    Change::Put(document) => Some(Arc::new(document.clone())),
                    Change::Remove(id) => self.store.get(id).cloned(),
                };
                let deletes = matches!(change, Change::Remove(_));
                match change {
                    Change::Put(document) => self.put(document),
                    Change::Remove(id) => self.remove(&id),
                }
                let is_grant = |one: &Value| one["type"] == "Microsoft.Authorization/roleAssignments";
                if let Some(grant) = gone.filter(|one| is_grant(one)) {
                    activity::record::by_pim(self, &grant, deletes, &due);
                }
            }
        }
        deleted::purge(self, |_, gone| gone.is_over(time));
        while let Some(next) = self.next().filter(|next| *next <= now) {
            self.at = self.at.max(next);
            for ended in self.operations.settle(self.at) {
                self.apply(ended.effect, stamp);
                if let Some(event) = ended.told {
                    activity::record::ended(self, event, ended.error.as_ref(), stamp);
                }
            }
            // What the services begin by themselves is nobody's request.
            self.operations.take_begun();
            deployments::advance(self, stamp);
            self.operations.take_begun();
            let over: Vec<(String, Option<Value>)> = self
                .operations
                .told()
                .keys()
                .filter_map(|id| Some((id.clone(), deployments::ended(self, id)?)))
                .collect();
            for (id, error) in over {
                if let Some(event) = self.operations.take_told(&id) {
                    activity::record::ended(self, event, error.as_ref(), stamp);
                }
            }
        }
    }

    fn apply(&mut self, effect: Effect, stamp: &str) {
        match effect {
            Effect::None => {}
            Effect::Put(document) => {
                let id = id_of(&document).to_owned();
                let before = self.store.get(&id).cloned();
                self.put(document);
                ml::settled(self, &id, before.as_deref(), stamp);
            }
            Effect::Remove(id) => {
                let gone = self.store.get(&id).cloned();
                self.remove(&id);
                if let Some(gone) = gone {
                    ml::gone(self, &gone);
                }
            }
            Effect::Keep(id) => {
                let gone = self.store.get(&id).cloned();
                self.keep_aside(&id);
                if let Some(gone) = gone {
                    ml::gone(self, &gone);
                }
            }
            Effect::Move(ids, target) => moves::carry_out(self, &ids, &target),
            Effect::Unless(id, status, _)
                if self.store.get(&id).is_some_and(|one| one["properties"]["status"] == status) => {}
            Effect::Merge(id, patch) | Effect::Unless(id, _, patch) => {
                if let Some(current) = self.store.get(&id) {
                    let mut document = Value::clone(current);
                    let before = current.clone();
                    super::merge::lay_over(&mut document, &patch);
                    self.put(document);
                    ml::settled(self, &id, Some(&before), stamp);
                }
            }
        }
    }

    /// The rights of a caller.
    pub(super) fn reader(&self, call: &Call) -> Reader<'_> {
        self.facts.reader(&call.caller.object_id)
    }

    /// How poll URLs of this call look.
    pub(super) fn links<'a>(&self, call: &'a Call) -> Links<'a> {
        Links { base: &call.base, version: &call.version, retry_after: self.settings.retry_after }
    }

    /// Lets the call through when its caller may do `action` at `scope`.
    ///
    /// # Errors
    /// ARM's 403 AuthorizationFailed, or what the estate refuses everybody.
    pub(super) fn allow(&self, call: &Call, action: &str, scope: &str) -> Result<(), ArmError> {
        if self.store.refusal(scope) == Some(RefusalKind::Unavailable) {
            return Err(ArmError::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "ServiceUnavailable",
                "The service is temporarily unavailable. Please try again later.",
            ));
        }
        if self.reader(call).judge(action, scope, false).is_allowed() {
            return Ok(());
        }
        Err(self.forbidden(call, action, scope))
    }

    /// ARM's 403 for an action at a scope.
    pub(super) fn forbidden(&self, call: &Call, action: &str, scope: &str) -> ArmError {
        let id = &call.caller.object_id;
        let name = self.directory.sign_in_name(id).unwrap_or(id);
        ArmError::new(
            StatusCode::FORBIDDEN,
            "AuthorizationFailed",
            format!(
                "The client '{name}' with object id '{id}' does not have authorization to perform action '{action}' over scope '{scope}' or the scope is invalid. If access was recently granted, please refresh your credentials."
            ),
        )
    }

    /// Makes sure that the subscription and the resource group of a path exist, and that the caller has anything to
    /// do with them.
    ///
    /// # Errors
    /// `SubscriptionNotFound` and `ResourceGroupNotFound`; 403 before the group's existence is given away.
    pub(super) fn containers(&self, call: &Call, action: &str) -> Result<(), ArmError> {
        let Some(subscription) = &call.path.subscription else { return Ok(()) };
        let mut scope = format!("/subscriptions/{subscription}");
        if self.store.get(&scope).is_none() {
            if uuid::Uuid::parse_str(subscription).is_err() {
                return Err(ArmError::bad_request(
                    "InvalidSubscriptionId",
                    format!("The provided subscription identifier '{subscription}' is malformed or invalid."),
                ));
            }
            return Err(ArmError::not_found(
                "SubscriptionNotFound",
                format!("The subscription '{subscription}' could not be found."),
            ));
        }
        if let Some(group) = &call.path.group {
            scope = format!("{scope}/resourceGroups/{group}");
        }
        if !self.reader(call).touches(&scope) {
            return Err(self.forbidden(call, action, &scope));
        }
        match &call.path.group {
            Some(group) if self.store.get(&scope).is_none() => Err(ArmError::not_found(
                "ResourceGroupNotFound",
                format!("Resource group '{group}' could not be found."),
            )),
            _ => Ok(()),
        }
    }

    /// Whether a key names something that exists: the tenant counts.
    pub(super) fn exists(&self, scope: &str) -> bool {
        key(scope).is_empty() || self.store.get(scope).is_some()
    }
}
