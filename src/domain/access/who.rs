//! Who can do something, and by which way: by a role, with the storage account's key, by an access policy,
//! or by granting it to themselves.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Serialize;

use super::asking::Asking;
use super::capability::{Asked, GRANT, STORAGE_KEYS, VAULT_POLICIES};
use super::decision::{Act, Verdict};
use super::evidence::{Gap, GapKind};
use super::index::Access;
use super::memberships::Membership;
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
    /// They may list the keys of the storage account, which open all of it.
    ByKey,
    /// They may write the access policies of the vault, and so let themselves in.
    PolicyWrite,
    /// They may write role assignments, and so grant it to themselves.
    SelfGrant,
}

impl Way {
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

/// One way in which the asked can be done: every step must be allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Route {
    pub(super) way: Way,
    /// What it takes by roles.
    pub(super) steps: Vec<(Place, ArmId, Act)>,
}

/// The ways there are, and what is not known about others.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Routes {
    pub(super) routes: Vec<Route>,
    /// Whether the vault's access policies decide as well.
    pub(super) policies: bool,
    /// The place that the workspace does not have, where one is needed.
    pub(super) missing: Option<Place>,
    /// What could not be read of the settings that open ways.
    pub(super) gaps: Vec<Gap>,
}

impl Routes {
    pub(super) fn of(targets: &Targets, asked: &Asked) -> Self {
        let mut routes = Self::default();
        let needs = asked.needs();
        let mut steps = Vec::new();
        for (place, act) in &needs {
            match targets.scope(*place) {
                Some(scope) => steps.push((*place, scope, act.clone())),
                None => routes.missing = Some(*place),
            }
        }
        if routes.missing.is_some() {
            return routes;
        }
        let all_data_on = |place: Place| {
            needs.iter().all(|(on, act)| *on == place && act.plane == Plane::Data)
        };
        let step = |place: Place, action: &'static str| {
            targets.scope(place).map(|scope| (place, scope, Act::control(action)))
        };
        let mut by = |way: Way, steps: Vec<(Place, ArmId, Act)>| routes.routes.push(Route { way, steps });
        let data = needs.iter().any(|(_, act)| act.plane == Plane::Data);
        let on_vault = all_data_on(Place::Vault);
        if !on_vault || targets.vault_rbac != Switch::Off {
            by(if data { Way::DataAction } else { Way::Direct }, steps.clone());
        }
        if all_data_on(Place::Storage) && targets.shared_key != Switch::Off {
            by(Way::ByKey, step(Place::Storage, STORAGE_KEYS).into_iter().collect());
        }
        if on_vault && targets.vault_rbac != Switch::On {
            for action in VAULT_POLICIES {
                by(Way::PolicyWrite, step(Place::Vault, action).into_iter().collect());
            }
        }
        let grants = needs.iter().any(|(_, act)| act.action.eq_ignore_ascii_case(GRANT));
        if !grants {
            let mut scopes: Vec<(Place, ArmId, Act)> = Vec::new();
            for (place, scope, _) in &steps {
                if !scopes.iter().any(|(known, ..)| known == place) {
                    scopes.push((*place, scope.clone(), Act::control(GRANT)));
                }
            }
            by(Way::SelfGrant, scopes);
        }
        routes.policies = on_vault && targets.vault_rbac != Switch::On;
        routes.unread(targets, all_data_on(Place::Storage), on_vault);
        routes
    }

    /// Notes the settings that are not known.
    fn unread(&mut self, targets: &Targets, on_storage: bool, on_vault: bool) {
        if on_storage && targets.shared_key == Switch::Unknown {
            let why = "whether the storage account takes its keys could not be read";
            self.gaps.push(Gap::new(GapKind::Setting, targets.storage.clone(), why));
        }
        if on_vault && targets.vault_rbac == Switch::Unknown {
            let why = "whether roles or access policies decide in the vault could not be read";
            self.gaps.push(Gap::new(GapKind::Setting, targets.vault.clone(), why));
        }
    }
}
