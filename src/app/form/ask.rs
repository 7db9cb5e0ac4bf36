//! What a form asks Azure while it is filled in: data, carried out by the runtime after a moment of rest,
//! answered with a message. A newer question of the same field takes the place of the older one.

use std::time::Duration;

use super::Choice;
use crate::azure::arm::error::Error;
use crate::azure::arm::id::ArmId;
use crate::domain::plan::{Right, Step, Warning};
use crate::domain::setup::people::Directory;
use crate::domain::setup::preflight::Learnt;
use crate::domain::setup::spec::PlanFile;

/// How long somebody must have stopped typing before Azure is asked.
pub const REST: Duration = Duration::from_millis(200);

/// A question.
#[derive(Debug, Clone, PartialEq)]
pub enum Ask {
    /// Who in the directory has a name or an address with these words.
    Principals {
        /// What was typed.
        words: String,
    },
    /// Who in the directory has this object id.
    Principal {
        /// The object id.
        id: String,
    },
    /// The roles that the caller could activate at or above a scope.
    MyRoles {
        /// The scope.
        scope: ArmId,
    },
    /// What an activation of a role needs by its policy.
    ActivationRules {
        /// Where the role is eligible.
        scope: ArmId,
        /// The role's GUID.
        role: String,
    },
    /// Which of these rights the caller lacks.
    Rights(Vec<Right>),
    /// Which rights the caller lacks for these steps, but those that are so already.
    RightsFor(Vec<Step>),
    /// Where these steps would stop as things are, and what they would leave.
    AheadOf(Vec<Step>),
    /// The resource groups of a subscription.
    ResourceGroups {
        /// The subscription's GUID.
        subscription: String,
    },
    /// The regions in which a subscription can have workspaces.
    Regions {
        /// The subscription's GUID.
        subscription: String,
    },
    /// The resources of one type in a subscription, with why one cannot serve a workspace.
    Resources {
        /// The subscription's GUID.
        subscription: String,
        /// The type.
        kind: &'static str,
    },
    /// The clusters of a workspace that can build images.
    Computes {
        /// The workspace.
        workspace: ArmId,
    },
    /// The subnets of a subscription.
    Subnets {
        /// The subscription's GUID.
        subscription: String,
    },
    /// The resource groups that hold private DNS zones of private endpoints, in every subscription.
    ZoneGroups,
    /// What an outbound rule of a managed network can lead to, by private endpoint, in every subscription.
    RuleTargets {
        /// Whether service tags are among it, before the others.
        tags: bool,
    },
    /// The vaults of a subscription that can hold a customer's key, before those that cannot.
    KeyHolders {
        /// The subscription's GUID.
        subscription: String,
    },
    /// The keys of a vault.
    Keys {
        /// The vault.
        vault: ArmId,
    },
    /// Whether a name that all of Azure shares is free for this id.
    NameFree {
        /// The id that would get it.
        id: ArmId,
    },
    /// All that a set-up wants to know beforehand.
    Preflight(Box<PlanFile>),
}

/// Which field of which form asked, and what for: the place where an answer goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Slot {
    /// The number of the form.
    pub form: u64,
    /// The field.
    pub field: &'static str,
    /// What for.
    pub want: Want,
}

/// What a field asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Want {
    /// What can be chosen.
    Choices,
    /// Whether what it holds is right.
    Verdict,
}

/// What came back.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// What can be chosen.
    Choices(Vec<Choice>),
    /// What Azure says of what was entered.
    Verdict(Verdict),
    /// The rights that the caller lacks, perhaps none.
    Lacking(Vec<Right>),
    /// Where steps would stop, and what they would leave; nothing where nothing speaks against them.
    Ahead(Vec<Warning>),
    /// What is to be known about a set-up beforehand.
    Told(Box<Told>),
}

/// What Azure and the directory said of a set-up as a whole.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Told {
    /// What the answers mean.
    pub learnt: Vec<Learnt>,
    /// Who is meant by names.
    pub directory: Directory,
}

/// What Azure says of what was entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is right, with a word on it.
    Good(String),
    /// It can be used, but something is worth knowing before.
    Doubtful(String),
    /// It cannot be used, and why.
    Bad(String),
}

/// An answer, or why there is none.
pub type Answer = Result<Found, Error>;
