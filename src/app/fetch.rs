//! What can be fetched, as data: asked for by the update, carried out by the runtime, answered with a
//! message. Asking again for the same slot replaces and cancels what was under way.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::access::lists::AccessList;
use super::runtime::Saved;
use super::session::TenantName;
use super::storage_access::Reads;
use super::timeline::Read;
use crate::azure::arm::error::Error;
use crate::azure::arm::id::ArmId;
use crate::azure::directory::{Principal, PrincipalLookup};
use crate::azure::resources::deny_assignment::DenyAssignment;
use crate::azure::resources::lock::Lock;
use crate::azure::resources::outbound_rule::OutboundRule;
use crate::azure::resources::pim::{AssignmentInstance, EligibilityInstance};
use crate::azure::resources::role_assignment::RoleAssignment;
use crate::azure::resources::role_definition::RoleDefinition;
use crate::azure::resources::workspace::Workspace;
use crate::domain::opened::DependentResource;
use crate::domain::timeline::{Watched, Window};

/// One thing to fetch.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Fetch {
    /// Who is signed in.
    Caller,
    /// The tenants that the account can enter.
    Tenants,
    /// Every workspace of every subscription; answers in several messages.
    Inventory,
    /// Something about one workspace.
    Page(ArmId, Part),
    /// The role definitions that can be assigned in a subscription, asked at a scope in it: who has a role
    /// on one workspace only may read them there and nowhere above.
    Roles {
        /// The subscription's GUID.
        subscription: String,
        /// Where they are asked.
        scope: ArmId,
        /// Only custom ones: the built-in ones are known already.
        custom_only: bool,
    },
    /// The names of principals.
    Names(Vec<String>),
    /// Who is in a group, nested groups opened.
    Members(String),
    /// A resource as ARM returns it, to look at.
    Json(ArmId),
    /// What a switch of the storage access mode depends on, besides the page.
    StorageAccess {
        /// The workspace.
        workspace: ArmId,
        /// Its storage account, where it names one.
        storage: Option<ArmId>,
        /// The time, up to which the activity log is read.
        until: Timestamp,
    },
    /// The snapshots that were taken of a workspace; they are on this machine.
    Snapshots(ArmId),
    /// The activity log around a workspace.
    Log {
        /// What is watched.
        watched: Watched,
        /// How far back.
        window: Window,
        /// Back from when.
        until: Timestamp,
    },
}

impl Fetch {
    /// What is being read, for the list of what is under way.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Caller => "who is signed in".to_owned(),
            Self::Tenants => "the tenants".to_owned(),
            Self::Inventory => "all workspaces".to_owned(),
            Self::Page(id, part) => {
                let name = id.name();
                match part {
                    Part::Body => name.to_owned(),
                    Part::Dependent(dependent) => format!("{} of {name}", dependent.name()),
                    Part::Rules => format!("outbound rules of {name}"),
                    Part::Locks => format!("locks of {name}"),
                    Part::Assignments => format!("role assignments of {name}"),
                    Part::Eligible => format!("eligible roles of {name}"),
                    Part::Active => format!("activated roles of {name}"),
                    Part::Denies => format!("deny assignments of {name}"),
                    Part::LocksBeside(scope) => format!("locks of {}", scope.name()),
                    Part::Beside(list, scope) => format!("{} of {}", list.words(), scope.name()),
                }
            }
            Self::Roles { .. } => "role definitions".to_owned(),
            Self::Names(ids) => format!("names of {} principals", ids.len()),
            Self::Members(_) => "the people of a group".to_owned(),
            Self::Json(id) => id.name().to_owned(),
            Self::StorageAccess { workspace, .. } => {
                format!("what a switch of {} depends on", workspace.name())
            }
            Self::Snapshots(id) => format!("snapshots of {}", id.name()),
            Self::Log { watched, window, .. } => {
                format!("what changed around {} in {}", watched.workspace.name(), window.words())
            }
        }
    }
}

/// A part of the page of a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// The workspace itself.
    Body,
    /// A resource that it depends on.
    Dependent(ArmId),
    /// Outbound rules of its managed network.
    Rules,
    /// Locks in force on it.
    Locks,
    /// Locks in force on a resource beside it.
    LocksBeside(ArmId),
    /// Role assignments in force on it.
    Assignments,
    /// Roles that could be activated on it.
    Eligible,
    /// Assignments that PIM made, with their ends.
    Active,
    /// Deny assignments in force on it.
    Denies,
    /// A list about access at another scope than its own: a resource that it depends on.
    Beside(AccessList, ArmId),
}

/// What came back.
#[derive(Debug)]
pub enum Fetched {
    /// Who is signed in, or why nobody is.
    Caller(Result<Identity, Error>),
    /// The tenants that the account can enter.
    Tenants(Result<Vec<TenantName>, Error>),
    /// The workspace, typed and as it was returned.
    Body(Result<(Box<Workspace>, Arc<Value>), Error>),
    /// A dependent, typed and as it was returned.
    Dependent(ArmId, Result<(Box<DependentResource>, Arc<Value>), Error>),
    /// Outbound rules.
    Rules(Result<Vec<OutboundRule>, Error>),
    /// Locks.
    Locks(Result<Vec<Lock>, Error>),
    /// Role assignments.
    Assignments(Result<Vec<RoleAssignment>, Error>),
    /// Eligible roles.
    Eligible(Result<Vec<EligibilityInstance>, Error>),
    /// Assignments with an end.
    Active(Result<Vec<AssignmentInstance>, Error>),
    /// Deny assignments.
    Denies(Result<Vec<DenyAssignment>, Error>),
    /// Role definitions.
    Roles(Result<Vec<RoleDefinition>, Error>),
    /// What the directory says of those asked for.
    Names(Vec<String>, Result<PrincipalLookup, Error>),
    /// Who is in a group.
    Members(String, Result<Vec<Principal>, Error>),
    /// A resource as ARM returned it.
    Json(Result<Arc<Value>, Error>),
    /// What a switch depends on.
    StorageAccess(Box<Reads>),
    /// Snapshots that were taken, the latest first.
    Snapshots(Result<Vec<Saved>, String>),
    /// The activity log, answer by answer.
    Log(Vec<Read>),
}

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The account as people write it.
    pub account: String,
    /// Its object id, where the token or the directory tells it.
    pub object_id: Option<String>,
    /// Its tenant.
    pub tenant: Option<TenantName>,
}

impl Identity {
    /// What tells the account from every other: its object id, or its name where nothing tells the id.
    #[must_use]
    pub fn principal(&self) -> &str {
        self.object_id.as_deref().unwrap_or(&self.account)
    }
}

/// A fetch and its number: an answer that carries an old number is dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// What is fetched.
    pub fetch: Fetch,
    /// The number.
    pub generation: u64,
}
