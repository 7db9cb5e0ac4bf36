//! The state behind one emulator, and the questions every handler asks of it.

use std::time::Instant;

use axum::http::StatusCode;
use serde_json::Value;

use super::access::{Facts, Reader};
use super::deployments::{self, Deployments};
use super::directory::Directory;
use super::estate::{Estate, RefusalKind};
use super::ml;
use super::operations::{Effect, Links, Operations};
use super::reply::ArmError;
use super::request::{Call, Caller};
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
}

impl World {
    /// The world of an estate, with operations from an earlier run.
    pub(super) fn new(mut estate: Estate, operations: Operations, settings: Settings) -> Self {
        let facts = Facts::of(&estate);
        let directory = Directory::new(std::mem::take(&mut estate.directory));
        let store = Store::new(estate);
        let deployments = Deployments::default();
        Self { store, facts, directory, operations, deployments, at: Instant::now(), settings }
    }

    /// Who a bearer stands for.
    pub(super) fn caller(&self, bearer: &str) -> Caller {
        match self.store.personas.get(bearer) {
            Some(persona) => {
                Caller { object_id: persona.object_id.clone(), directory_access: persona.directory_access }
            }
            None => Caller { object_id: self.store.owner.clone(), directory_access: true },
        }
    }

    /// Stores a document and tells those who judge.
    pub(super) fn put(&mut self, document: Value) {
        self.facts.put(&document);
        self.store.put(document);
    }

    /// Removes a document with all below it and tells those who judge.
    pub(super) fn remove(&mut self, id: &str) {
        self.deployments.forget(id);
        for gone in self.store.remove(id) {
            self.facts.remove(id_of(&gone));
        }
    }

    /// When something goes on by itself next.
    fn next(&self) -> Option<Instant> {
        [self.operations.next(), self.deployments.next()].into_iter().flatten().min()
    }

    /// Whether something has come due.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.next().is_some_and(|next| next <= now)
    }

    /// Carries out what has come due, each at its own time: what follows from it begins then, and not when somebody
    /// looks. `stamp` is the time as ARM writes it.
    pub(super) fn settle(&mut self, now: Instant, stamp: &str) {
        while let Some(next) = self.next().filter(|next| *next <= now) {
            self.at = self.at.max(next);
            for effect in self.operations.settle(self.at) {
                self.apply(effect, stamp);
            }
            deployments::advance(self, stamp);
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
            Effect::Merge(id, patch) => {
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
