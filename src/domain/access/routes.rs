//! The ways in which something can be done with a workspace: by a role, with the storage account's key, by
//! an access policy of the vault, or by granting it to oneself.

use serde::Serialize;

use super::capability::{
    Asked, DATASTORE_SECRETS, GRANT, GRANT_BY_PIM, STORAGE_KEYS, VAULT_POLICIES, WORKSPACE_STORAGE_KEYS,
};
use super::decision::Act;
use super::evidence::{Gap, GapKind};
use super::permission::Plane;
use super::targets::{Place, Switch, Targets};
use crate::azure::arm::id::ArmId;

/// How somebody can do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Way {
    /// A role has the management action.
    Direct,
    /// A role has the data action.
    DataAction,
    /// An access policy of the vault lets them.
    AccessPolicy,
    /// They may have a key of the storage account, which opens all of it, from the account or from the workspace.
    ByKey,
    /// They may write the access policies of the vault, and so let themselves in.
    PolicyWrite,
    /// They may write role assignments, or requests of Privileged Identity Management for them, and so grant it to
    /// themselves. Not seen: who may rewrite a custom role that they hold, and Global Administrators, who may make
    /// themselves User Access Administrator of everything.
    SelfGrant,
}

impl Way {
    /// All of them, the plainest first.
    pub const ALL: [Self; 6] =
        [Self::Direct, Self::DataAction, Self::AccessPolicy, Self::ByKey, Self::PolicyWrite, Self::SelfGrant];

    /// A few words, after "can".
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Direct => "by a role",
            Self::DataAction => "by a data action",
            Self::AccessPolicy => "by an access policy",
            Self::ByKey => "by key",
            Self::PolicyWrite => "by writing an access policy",
            Self::SelfGrant => "by granting it to themselves",
        }
    }
}

/// One action that a way takes, at its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stop {
    pub(super) place: Place,
    pub(super) scope: ArmId,
    pub(super) act: Act,
    pub(super) giving: Giving,
}

/// Which role a stop is about that writes role assignments: a condition may let somebody give only some.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum Giving {
    /// Whichever, or none.
    #[default]
    Any,
    /// One that allows any of these.
    OneThatAllows(Vec<Act>),
    /// This one, by its GUID.
    This(String),
}

/// One way; every stop must be allowed. An access policy has none: the vault's list decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Route {
    pub(super) way: Way,
    pub(super) stops: Vec<Stop>,
    /// The setting that opens the way, where it is not known.
    pub(super) gap: Option<Gap>,
}

/// Why there is nothing to ask about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Nowhere {
    /// The workspace has no such place.
    Missing(Place),
    /// Whether it has is not known: its hub was not read.
    Unread(Gap),
}

/// The ways in which the asked can be done with this workspace, or why there is nothing to do it with.
pub(super) fn routes(targets: &Targets, asked: &Asked) -> Result<Vec<Route>, Nowhere> {
    let mut stops = Vec::new();
    for (place, act) in asked.needs() {
        let nowhere = || targets.hub.clone().map_or(Nowhere::Missing(place), Nowhere::Unread);
        let scope = targets.scope(place).ok_or_else(nowhere)?;
        stops.push(Stop { place, scope, act, giving: Giving::Any });
    }
    let only_data_of = |place: Place| {
        !stops.is_empty() && stops.iter().all(|stop| stop.place == place && stop.act.plane == Plane::Data)
    };
    let stop = |place: Place, action: &'static str| {
        targets.scope(place).map(|scope| Stop {
            place,
            scope,
            act: Act::control(action),
            giving: Giving::Any,
        })
    };
    let mut routes = Vec::new();
    let by_role = match stops.iter().any(|stop| stop.act.plane == Plane::Data) {
        true => Way::DataAction,
        false => Way::Direct,
    };
    let on_vault = only_data_of(Place::Vault);
    let vault =
        unknown(targets.vault_rbac, targets.vault.as_ref(), "whether roles or access policies decide");
    if !on_vault || targets.vault_rbac != Switch::Off {
        let gap = vault.clone().filter(|_| on_vault);
        routes.push(Route { way: by_role, stops: stops.clone(), gap });
    }
    if on_vault && targets.vault_rbac != Switch::On {
        routes.push(Route { way: Way::AccessPolicy, stops: Vec::new(), gap: vault.clone() });
        for action in VAULT_POLICIES {
            let stops = stop(Place::Vault, action).into_iter().collect();
            routes.push(Route { way: Way::PolicyWrite, stops, gap: vault.clone() });
        }
    }
    if only_data_of(Place::Storage) && targets.shared_key != Switch::Off {
        let gap = unknown(targets.shared_key, targets.storage.as_ref(), "whether the account takes its keys");
        let of_account = std::iter::once((Place::Storage, STORAGE_KEYS));
        let of_workspace = WORKSPACE_STORAGE_KEYS.map(|action| (Place::Workspace, action));
        for (place, action) in of_account.chain(of_workspace) {
            let stops = stop(place, action).into_iter().collect();
            routes.push(Route { way: Way::ByKey, stops, gap: gap.clone() });
        }
        if targets.datastore_keys != Switch::Off {
            let workspace = Some(&targets.workspace);
            let held =
                unknown(targets.datastore_keys, workspace, "whether datastores hold the account's key");
            let stops = stop(Place::Workspace, DATASTORE_SECRETS).into_iter().collect();
            routes.push(Route { way: Way::ByKey, stops, gap: gap.or(held) });
        }
    }
    if !stops.iter().any(|stop| stop.act.action.eq_ignore_ascii_case(GRANT)) {
        // A role is of use that opens any of the ways, or lets one give oneself another.
        let ways = routes.iter().flat_map(|route: &Route| route.stops.iter().map(|stop| stop.act.clone()));
        let useful: Vec<Act> = ways.chain([GRANT, GRANT_BY_PIM].map(Act::control)).collect();
        for by in [GRANT, GRANT_BY_PIM] {
            let mut grants: Vec<Stop> = Vec::new();
            for stop in &stops {
                if !grants.iter().any(|grant| grant.scope == stop.scope) {
                    let giving = Giving::OneThatAllows(useful.clone());
                    grants.push(Stop { act: Act::control(by), giving, ..stop.clone() });
                }
            }
            routes.push(Route { way: Way::SelfGrant, stops: grants, gap: None });
        }
    }
    Ok(routes)
}

/// The gap that an unknown setting is.
fn unknown(switch: Switch, scope: Option<&ArmId>, what: &str) -> Option<Gap> {
    (switch == Switch::Unknown).then(|| Gap::new(GapKind::Setting, scope.cloned(), what))
}
