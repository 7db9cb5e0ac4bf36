//! What is asked before anything is made, as requests, and what each answer means in words. Nothing is sent here.

mod answers;
mod directory;
mod failures;
mod questions;
#[cfg(test)]
mod sets_tests;
#[cfg(test)]
mod tests;
mod zones;

pub use answers::{holder, learn, role, there};
pub use directory::{by_object_id, look_up, looked_up};
pub use questions::{
    existing_question, further, held_by, instead, is_list, name_question, own_of, questions, takes_time,
};
pub use zones::{linked, links_to_read};

use super::environment::Environment;
use super::finding::Finding;
use super::plan::NAMESPACES;
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::Request;
use crate::azure::resources::workspace::Workspace;
use crate::domain::plan::Check;

/// One question.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// The environment that it is about.
    pub environment: String,
    /// What is sent; it only reads.
    pub request: Request,
    /// What the answer is for.
    pub about: About,
}

impl Question {
    /// Whether it is asked to learn if a subscription and a region of it can hold workspaces at all.
    #[must_use]
    pub fn is_about_the_place(&self) -> bool {
        matches!(&self.about, About::Provider { namespace, .. } if namespace == NAMESPACES[0])
    }

    /// The name of what it reads.
    fn about_whom(&self) -> &str {
        self.request.path.rsplit('/').next().unwrap_or_default()
    }

    /// What it asks, in words for "... could not be read".
    fn words(&self) -> String {
        match &self.about {
            About::Provider { namespace, .. } => format!("whether {namespace} is registered"),
            About::Name(id) => format!("whether the name {} is free", id.name()),
            About::There(id) | About::Group(id) => format!("whether {} is there already", id.name()),
            About::Role { words, .. } => format!("whether {words} is given already"),
            About::Workspace(environment) => format!("whether {} is there already", environment.workspace),
            About::Budget(_) => "whether there is a budget already".to_owned(),
            About::Locks => "the locks of the resource group".to_owned(),
            About::Rights { .. } => "what you may do".to_owned(),
            About::Principal(id) => format!("the identity {}", id.name()),
            About::Existing(_)
            | About::Premium
            | About::Keyed
            | About::KeyVault
            | About::Subnet { .. }
            | About::Network { .. }
            | About::Hub { .. } => self.about_whom().to_owned(),
            About::Target { id, .. } => format!("whether {} is there", id.name()),
            About::KeyUsers(account) => format!("who signs in to {} by key", account.name()),
            About::Linked { network, .. } => {
                format!("which private DNS zones {} is linked to", network.name())
            }
            About::Zones { group, .. } => format!("the private DNS zones in {}", group.name()),
            About::Usages | About::Accounts { .. } => "how much of the quota is left".to_owned(),
            About::Validate | About::WhatIf => "what Azure says of the deployment".to_owned(),
        }
    }
}

/// What a question is about.
#[derive(Debug, Clone, PartialEq)]
pub enum About {
    /// Whether a provider is registered, and has the region.
    Provider {
        /// The subscription.
        subscription: String,
        /// Its namespace.
        namespace: String,
        /// The region.
        region: String,
    },
    /// Whether a name is free in all of Azure; `id` is what would get it.
    Name(ArmId),
    /// Whether something that the plan makes is there already.
    There(ArmId),
    /// Whether a role assignment that the plan makes for an identity is there already, and that identity's.
    Role {
        /// The assignment.
        id: ArmId,
        /// The role and on what, in words.
        words: String,
        /// What is read to know the identity.
        identity: Request,
        /// Where its object id stands in the answer.
        from: String,
        /// Whether the deployment makes it, and no step of its own.
        deployed: bool,
    },
    /// Whether a resource group is there already.
    Group(ArmId),
    /// Whether the workspace is there already, and with what.
    Workspace(Box<Environment>),
    /// The hub of a project; the region is the project's.
    Hub {
        /// The region.
        region: String,
    },
    /// Whether there is a budget already, and this one.
    Budget(Box<Check>),
    /// Locks on the resource group.
    Locks,
    /// What the caller may do at a scope, and the actions that are needed there.
    Rights {
        /// The scope.
        scope: ArmId,
        /// The actions.
        actions: Vec<String>,
    },
    /// A dependent that is there, its type.
    Existing(&'static str),
    /// A registry that is there and has to take private endpoints.
    Premium,
    /// A storage account that is there and that a workspace signs in to by key.
    Keyed,
    /// What an outbound rule by private endpoint leads to.
    Target {
        /// The rule's name.
        rule: String,
        /// What it leads to.
        id: ArmId,
    },
    /// The other workspaces that sign in by key to an account that is there and whose keys the set-up turns off.
    KeyUsers(ArmId),
    /// The identity whose object id is wanted.
    Principal(ArmId),
    /// The vault of a customer's key.
    KeyVault,
    /// The subnet that takes so many private endpoints.
    Subnet {
        /// How many.
        endpoints: usize,
    },
    /// The network of private endpoints; the region is theirs.
    Network {
        /// The region.
        region: String,
    },
    /// The private DNS zones that a network is linked to, and what is wanted of them.
    Linked {
        /// The network.
        network: ArmId,
        /// By whom.
        uses: Vec<zones::Use>,
    },
    /// The private DNS zones of a resource group, and what is wanted of them.
    Zones {
        /// The resource group.
        group: ArmId,
        /// By whom.
        uses: Vec<zones::Use>,
    },
    /// How many workspaces and clusters the subscription has left in the region.
    Usages,
    /// How many storage accounts the subscription has left in the region, where so many are made.
    Accounts {
        /// How many.
        made: usize,
    },
    /// ARM's own validation of the template.
    Validate,
    /// ARM's own preview of what the template changes.
    WhatIf,
}

/// What an answer brought.
#[derive(Debug, Clone, PartialEq)]
pub enum Learnt {
    /// Something to say.
    Finding(Finding),
    /// A provider that is registered: subscription and namespace.
    Registered(String, String),
    /// A provider that is not registered: subscription and namespace.
    Unregistered(String, String),
    /// A network that is linked to the wanted private DNS zones of a resource group, which are there.
    Linked(ArmId, ArmId),
    /// The object id of an identity.
    Principal(ArmId, String),
    /// Something that the plan makes and that is there already.
    There(ArmId),
    /// The same, where its last change failed: it is deployed again.
    Broken(ArmId),
    /// A workspace that the plan makes and that is there already, as it was read.
    Workspace(Box<Workspace>),
}
