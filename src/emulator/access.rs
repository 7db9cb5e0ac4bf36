//! Who may do what: role assignments, definitions, groups and deny assignments of the estate, prepared
//! so that one question costs a few look-ups.

use serde_json::Value;

use super::estate::Estate;

/// Everything that decides about access, indexed.
#[derive(Debug, Clone, Default)]
pub struct Facts {}

/// The answer to "may this caller do this here".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// An assignment grants it.
    Allowed,
    /// An assignment grants it under a condition that speaks of this action.
    AllowedIf {
        /// The assignment's id.
        assignment: String,
        /// The condition's text.
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
        let _ = estate;
        Self::default()
    }

    /// Takes in a document that was created or changed: a role assignment, role definition or deny
    /// assignment. Anything else is ignored.
    pub fn put(&mut self, document: &Value) {
        let _ = document;
    }

    /// Forgets a document by its id.
    pub fn remove(&mut self, id: &str) {
        let _ = id;
    }

    /// Prepares the questions of one caller.
    #[must_use]
    pub fn reader(&self, caller: &str) -> Reader<'_> {
        let _ = caller;
        Reader { facts: self }
    }
}

/// One caller's rights, prepared for many questions.
#[derive(Debug)]
pub struct Reader<'a> {
    facts: &'a Facts,
}

impl Reader<'_> {
    /// Judges one action at a scope; `data` says that it is a data action.
    #[must_use]
    pub fn judge(&self, action: &str, scope: &str, data: bool) -> Verdict {
        let _ = (self.facts, action, scope, data);
        Verdict::NotGranted
    }

    /// Whether the caller has any assignment at, above or below a scope: what makes a subscription or a
    /// resource group appear in lists.
    #[must_use]
    pub fn touches(&self, scope: &str) -> bool {
        let _ = scope;
        false
    }

    /// What the caller's assignments in force at a scope permit, as `permissions` answers it: objects of
    /// `actions`, `notActions`, `dataActions`, `notDataActions`.
    #[must_use]
    pub fn permissions(&self, scope: &str) -> Vec<Value> {
        let _ = scope;
        Vec::new()
    }

    /// The caller and every group it is in, through other groups too.
    #[must_use]
    pub fn principals(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Judges one action of one caller; [`Facts::reader`] is cheaper for many.
#[must_use]
pub fn judge(facts: &Facts, caller: &str, action: &str, scope: &str, data: bool) -> Verdict {
    facts.reader(caller).judge(action, scope, data)
}
