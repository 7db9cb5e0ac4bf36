//! What a switch of the storage access mode would do to a workspace: who keeps and who loses the data, what else
//! uses the account, and whether the switch is to be advised.

use jiff::Timestamp;
use serde::Serialize;

use super::delegation::Delegation;
use super::identities::{identities, own};
use super::in_step::InStep;
use super::parts::{self, OnParts};
use super::people::{Opener, Reach, Reacher, openers, reachers, users, young};
use super::scenarios::{Scenario, scenarios};
use super::unfinished::Unfinished;
use super::{Health, StorageAccess};
use crate::azure::arm::id::ArmId;
use crate::azure::resources::common::{Exposed, Identity, ProvisioningState};
use crate::azure::resources::compute::Compute;
use crate::azure::resources::datastore::Datastore;
use crate::azure::resources::lock::{Lock, LockLevel};
use crate::azure::resources::online_endpoint::Endpoint;
use crate::azure::resources::policy_state::PolicyState;
use crate::azure::resources::workspace::AuthMode;
use crate::domain::access::{Access, Gap, Principals, Targets};
use crate::domain::fact::count;
use crate::domain::lookup::Lookup;
use crate::domain::opened::Opened;

/// What an assessment is made of. What was not read is named in it, and nothing is concluded from it.
pub struct Facts<'a> {
    /// The workspace and its dependents.
    pub opened: &'a Opened,
    /// Access to the workspace and its storage account.
    pub access: &'a Access,
    /// The scopes of the workspace.
    pub targets: &'a Targets,
    /// Names of principals.
    pub principals: &'a Principals,
    /// Every other workspace that the inventory knows, by id, with its account and mode.
    pub neighbours: &'a [Neighbour],
    /// Why there may be more workspaces on the account than are known, in words.
    pub neighbours_unread: Option<String>,
    /// Computes.
    pub computes: &'a Lookup<Vec<Compute>>,
    /// Datastores.
    pub datastores: &'a Lookup<Vec<Datastore>>,
    /// Online endpoints.
    pub online: &'a Lookup<Vec<Endpoint>>,
    /// Batch endpoints.
    pub batch: &'a Lookup<Vec<Endpoint>>,
    /// What Azure Policy says of the account.
    pub policies: &'a Lookup<Vec<PolicyState>>,
    /// The locks in force at the account.
    pub locks: &'a Lookup<Vec<Lock>>,
    /// The versions of the service's own API.
    pub api_versions: &'a Lookup<Vec<String>>,
    /// Role assignments on single containers and file shares of the account.
    pub on_parts: &'a Lookup<OnParts>,
    /// When the workspace's keys were synchronised, as far as the activity log tells since a key of the account was made.
    pub synchronised: &'a Lookup<Vec<Timestamp>>,
    /// The time.
    pub now: Timestamp,
}

/// Another workspace that uses the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Neighbour {
    /// The workspace.
    pub id: ArmId,
    /// Its account.
    pub storage: ArmId,
    /// Its mode, where the inventory knows it.
    pub mode: Option<AuthMode>,
}

impl Neighbour {
    /// Whether it breaks when the account refuses keys; a mode that is not known may.
    #[must_use]
    pub fn needs_key(&self) -> bool {
        !matches!(self.mode, Some(AuthMode::Identity | AuthMode::UserDelegationSas))
    }
}

/// What the switch to identity comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// It is on identity already.
    AlreadySo,
    /// Nobody and nothing would lose access.
    Ready,
    /// Nobody would lose it for good, but some reach the data only after activating a role or under a condition then.
    Limited,
    /// Somebody would, and roles repair it.
    AfterGrants,
    /// Something stands against it that no role repairs.
    NotAdvised {
        /// What, in sentences without a full stop.
        because: Vec<String>,
    },
    /// Something that decides it could not be read.
    CannotTell {
        /// What is missing, in words.
        because: Vec<String>,
    },
}

impl Verdict {
    /// A few words.
    #[must_use]
    pub fn words(&self) -> &'static str {
        match self {
            Self::AlreadySo => "on identity already",
            Self::Ready => "ready",
            Self::Limited => "ready, but not for everybody at once",
            Self::AfterGrants => "ready after these grants",
            Self::NotAdvised { .. } => "not advised",
            Self::CannotTell { .. } => "cannot tell",
        }
    }

    /// A word or two, for a column.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::AlreadySo => "on identity",
            Self::Limited => "with limits",
            Self::AfterGrants => "after grants",
            Self::Ready | Self::NotAdvised { .. } | Self::CannotTell { .. } => self.words(),
        }
    }

    /// The reasons, where it has some.
    #[must_use]
    pub fn because(&self) -> &[String] {
        match self {
            Self::NotAdvised { because } | Self::CannotTell { because } => because,
            Self::AlreadySo | Self::Ready | Self::Limited | Self::AfterGrants => &[],
        }
    }
}

/// A compute that does not work with identity as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Trouble {
    /// Its name.
    pub name: String,
    /// What is the matter, and what to do.
    pub words: String,
    /// Whether it stands against the switch, rather than only wanting a look.
    pub stands_against: bool,
}

/// To whom missing roles are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum By {
    /// To the group through which somebody comes to the workspace, where there is one, else to the person.
    #[default]
    Group,
    /// To each person.
    Person,
}

/// What a switch of the storage access mode would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Assessment {
    /// The workspace.
    pub workspace: ArmId,
    /// A run on it or its account that is not over: nothing is begun beside that.
    pub unfinished: Option<Unfinished>,
    /// The mode today.
    pub mode: AuthMode,
    /// Whether mode and account fit together today.
    pub health: Health,
    /// The workspace's state where it is being changed or broken.
    pub unsettled: Option<ProvisioningState>,
    /// The storage account; none where the workspace names none.
    pub account: Option<ArmId>,
    /// Whether the account is gone.
    pub account_gone: bool,
    /// Whether the account's keys work; none where the account was not read.
    pub shared_key: Option<bool>,
    /// How the account can be reached, in words.
    pub network: String,
    /// Other workspaces on the same account.
    pub neighbours: Vec<Neighbour>,
    /// Whether these are all that the caller may see.
    pub neighbours_known: bool,
    /// Policies about shared keys in force on the account, with their effects.
    pub policies: Vec<String>,
    /// Whether one of them keeps shared key access from being turned on again.
    pub policy_forbids_keys: bool,
    /// Those of them that keep it off, with their effects.
    pub policies_keeping_off: Vec<String>,
    /// Those of them that keep it on.
    pub policies_keeping_on: Vec<String>,
    /// Locks that make the account read-only: no role can be given on it, its shared key access cannot be changed, and
    /// its keys cannot be listed.
    pub read_only_locks: Vec<String>,
    /// Locks that keep what is on the account from being deleted, roles that were given on it too.
    pub delete_locks: Vec<String>,
    /// Everybody who can run jobs or write notebooks, people and identities, those who lose access first.
    pub users: Vec<Reacher>,
    /// Those who can only open notebooks: they are no users, and no role is planned for them.
    pub openers: Vec<Opener>,
    /// Identities of the workspace and its computes.
    pub identities: Vec<Reacher>,
    /// Whether users and identities are all that there are.
    pub all_known: bool,
    /// Computes that do not work with identity as they are.
    pub computes: Vec<Trouble>,
    /// Datastores that sign in with the account's key or a signature; those that the workspace made switch by
    /// themselves and are not among them.
    pub keyed_datastores: Vec<String>,
    /// Online and batch endpoints.
    pub endpoints: Vec<String>,
    /// What the workspace is used for, as far as it can be seen.
    pub scenarios: Vec<Scenario>,
    /// Whether the service has user delegation SAS.
    pub delegation: Delegation,
    /// What could not be read, in words.
    pub gaps: Vec<String>,
    /// To whom missing roles are given.
    pub by: By,
    /// When the newest role was given that lets somebody keep access, where that is so short ago that it may not be in
    /// force everywhere.
    pub young: Option<Timestamp>,
    /// Whether the workspace may have keys that the account has no more.
    pub keys: InStep,
    /// What the switch to identity comes to.
    pub verdict: Verdict,
}

impl Assessment {
    /// Works it out.
    #[must_use]
    pub fn of(facts: &Facts<'_>) -> Self {
        let opened = facts.opened;
        let today = StorageAccess::of(&opened.workspace, &opened.storage());
        let policies: Vec<&PolicyState> = facts
            .policies
            .found()
            .into_iter()
            .flatten()
            .filter(|state| state.is_about_shared_key())
            .collect();
        let account = opened.storage_id().cloned();
        let state = opened.workspace.properties.provisioning_state.clone();
        let (users, unseen) = users(facts);
        let own = own(facts);
        let mut people = reachers(facts, &users, |id| !own.contains_key(id));
        people.sort_by_cached_key(|one| {
            (one.reach.rank(), one.only_reads(), !one.is_person(), one.name.to_lowercase())
        });
        let today_is_key = today.mode == AuthMode::AccessKey;
        let mut assessment = Self {
            workspace: opened.workspace.id.clone(),
            unfinished: None,
            mode: today.mode,
            health: today.health,
            unsettled: state.filter(|state| state.is_moving() || state.is_broken()),
            shared_key: today.keys_work,
            network: network(opened),
            neighbours: facts
                .neighbours
                .iter()
                .filter(|one| Some(&one.storage) == account.as_ref() && one.id != opened.workspace.id)
                .cloned()
                .collect(),
            neighbours_known: facts.neighbours_unread.is_none(),
            policy_forbids_keys: policies.iter().any(|state| state.keeps_off()),
            policies_keeping_off: words_of(&policies, PolicyState::keeps_off),
            policies_keeping_on: words_of(&policies, PolicyState::keeps_on),
            policies: policies.iter().map(|state| policy_words(state)).collect(),
            read_only_locks: locks(facts.locks, &LockLevel::ReadOnly),
            delete_locks: locks(facts.locks, &LockLevel::CanNotDelete),
            users: people,
            openers: openers(facts, &users, |id| !own.contains_key(id)),
            identities: identities(facts, &own, &users),
            all_known: unseen.is_none() && unread(facts.computes).is_none(),
            computes: computes(facts.computes.found().map_or(&[], Vec::as_slice)),
            keyed_datastores: keyed_datastores(facts),
            endpoints: endpoints(facts),
            scenarios: scenarios(facts),
            delegation: Delegation::of(facts.api_versions),
            young: None,
            by: By::Group,
            keys: InStep::of(facts),
            gaps: gaps(facts),
            account,
            account_gone: matches!(opened.storage(), Lookup::Gone),
            verdict: Verdict::Ready,
        };
        if today_is_key {
            assessment.young = young(facts, assessment.everybody());
        }
        assessment.verdict = assessment.judge(facts, unseen.as_deref());
        // Why nobody can tell who uses it, each reason once.
        for gap in unseen.into_iter().flatten() {
            if !assessment.gaps.contains(&gap) {
                assessment.gaps.push(gap);
            }
        }
        assessment
    }

    fn judge(&self, facts: &Facts<'_>, unseen: Option<&[String]>) -> Verdict {
        if matches!(self.mode, AuthMode::Identity) {
            return Verdict::AlreadySo;
        }
        let mut against: Vec<String> = Vec::new();
        let opened = facts.opened;
        if self.account.is_none() {
            against.push("the workspace names no storage account".to_owned());
        }
        if self.account_gone {
            against.push("the storage account is gone".to_owned());
        }
        against.extend(self.unsettled_words());
        let keeps = |names: &[String], what: &str| {
            let (one, it) = if names.len() == 1 { ("a lock keeps", "it") } else { ("locks keep", "them") };
            format!("{one} the {what} ({}): remove {it} first", names.join(", "))
        };
        let here = locks(&opened.locks, &LockLevel::ReadOnly);
        if !here.is_empty() {
            against.push(keeps(&here, "workspace from being changed"));
        }
        if let Some(words) = self.denied_words() {
            against.push(words);
        }
        if !self.read_only_locks.is_empty() && self.is_repairable() {
            against
                .push(keeps(&self.read_only_locks, "missing roles from being given on the storage account"));
        }
        against.extend(
            self.computes
                .iter()
                .filter(|one| one.stands_against)
                .map(|one| format!("{}: {}", one.name, one.words)),
        );
        if !against.is_empty() {
            return Verdict::NotAdvised { because: against };
        }
        let mut unknown: Vec<String> = Vec::new();
        if let Some(why) = unseen {
            let why = if why.is_empty() { String::new() } else { format!(": {}", why.join("; ")) };
            unknown.push(format!("not everybody who uses the workspace is known{why}"));
        }
        // What else was not read says nothing of the switch itself: datastores, endpoints, policies and other workspaces
        // matter once the account refuses its keys, which is warned of there.
        let is_losing = self.is_repairable();
        let decides = [
            ("the storage account", unread(&opened.storage())),
            ("computes", unread(facts.computes)),
            ("locks on the workspace", unread(&opened.locks)),
            ("locks on the storage account", unread(facts.locks).filter(|_| is_losing)),
        ];
        unknown.extend(decides.into_iter().filter_map(|(what, why)| Some(format!("{what}: {}", why?))));
        let unsure = self.everybody().filter(|one| one.reach == Reach::CannotTell).count();
        if unsure > 0 {
            unknown.push(format!("of {} it cannot be told", count(unsure, "user", "users")));
        }
        let unsure = self.losing().filter(|one| one.with_roles == Reach::CannotTell).count();
        if unsure > 0 {
            let of = count(unsure, "user", "users");
            unknown.push(format!(
                "of {of} it cannot be told whether a deny assignment keeps them from the data"
            ));
        }
        if !unknown.is_empty() {
            return Verdict::CannotTell { because: unknown };
        }
        match (is_losing, self.limited().next()) {
            (true, _) => Verdict::AfterGrants,
            (false, Some(_)) => Verdict::Limited,
            (false, None) => Verdict::Ready,
        }
    }

    /// Whether keys decide today who reaches the data: then roles are lost by a switch, else they lack already.
    #[must_use]
    pub fn keys_decide(&self) -> bool {
        !self.is_off_keys()
    }

    /// The account whose refusal of keys breaks the workspace today.
    #[must_use]
    pub fn began_broken(&self) -> Option<&ArmId> {
        self.account.as_ref().filter(|_| self.mode == AuthMode::AccessKey && self.shared_key == Some(false))
    }

    /// Why the workspace's state speaks against any switch, a clause.
    #[must_use]
    pub fn unsettled_words(&self) -> Option<String> {
        let state = self.unsettled.as_ref()?;
        Some(match state.is_moving() {
            true => format!("the workspace is {state}: wait until that is over"),
            false => format!("the workspace is {state}: mend it first, Azure may refuse to change it"),
        })
    }

    /// Whether there is a way back to keys: it is in another mode, or the account refuses them.
    #[must_use]
    pub fn is_off_keys(&self) -> bool {
        self.mode != AuthMode::AccessKey || self.shared_key == Some(false)
    }

    /// The same with the missing roles given to groups or to each person.
    #[must_use]
    pub fn granting(self, by: By) -> Self {
        Self { by, ..self }
    }
}

/// What could not be read, in words.
fn gaps(facts: &Facts<'_>) -> Vec<String> {
    let of_storage = facts.access.evidence().gaps().iter().filter(|gap| !is_of_other_dependent(gap));
    let mut gaps: Vec<String> = of_storage.map(Gap::words).collect();
    let absences = [
        ("the storage account", facts.opened.storage().absence()),
        ("computes", facts.computes.absence()),
        ("datastores", facts.datastores.absence()),
        ("online endpoints", facts.online.absence()),
        ("batch endpoints", facts.batch.absence()),
        ("policies on the storage account", facts.policies.absence()),
        ("locks on the storage account", facts.locks.absence()),
    ];
    gaps.extend(absences.into_iter().filter_map(|(what, why)| Some(format!("{what}: {}", why?))));
    gaps.extend(parts::gaps(facts.on_parts));
    gaps.extend(facts.neighbours_unread.clone());
    gaps
}

/// Whether it is about access to a vault, a registry or Application Insights: that decides nothing about storage.
fn is_of_other_dependent(gap: &Gap) -> bool {
    const OTHERS: [&str; 3] = [
        "Microsoft.KeyVault/vaults",
        "Microsoft.ContainerRegistry/registries",
        "Microsoft.Insights/components",
    ];
    gap.scope.as_ref().is_some_and(|at| OTHERS.iter().any(|kind| at.is_type(kind)))
}

/// Datastores that keep a key or a signature, but for those that the workspace made.
fn keyed_datastores(facts: &Facts<'_>) -> Vec<String> {
    let all = facts.datastores.found().into_iter().flatten();
    let keyed = all.filter(|datastore| datastore.needs_key() && !datastore.is_system());
    keyed.map(|datastore| datastore.name.clone()).collect()
}

/// Online and batch endpoints by name.
fn endpoints(facts: &Facts<'_>) -> Vec<String> {
    let all = [facts.online, facts.batch].into_iter().filter_map(Lookup::found).flatten();
    all.map(|endpoint| endpoint.name.clone()).collect()
}

fn network(opened: &Opened) -> String {
    let Lookup::Found(account) = opened.storage() else { return "not read".to_owned() };
    let properties = &account.properties;
    let rules = properties.network_acls.as_ref();
    let firewall = match rules {
        Some(rules) if rules.denies_by_default() => {
            format!("firewall on, {}", count(rules.exceptions(), "exception", "exceptions"))
        }
        _ => "firewall off".to_owned(),
    };
    let endpoints = properties.private_endpoint_connections.iter().filter(|one| one.is_approved()).count();
    format!(
        "public network access {}, {firewall}, {}",
        account.public_network_access(),
        count(endpoints, "private endpoint", "private endpoints")
    )
}

/// The names of the locks of a level.
fn locks(found: &Lookup<Vec<Lock>>, level: &LockLevel) -> Vec<String> {
    let all = found.found().into_iter().flatten();
    all.filter(|lock| lock.properties.level.as_ref() == Some(level))
        .map(|lock| lock.id.name().to_owned())
        .collect()
}

/// Why a part is not known, in words; a part that is not there is known.
fn unread<T>(part: &Lookup<T>) -> Option<String> {
    if matches!(part, Lookup::Gone) { None } else { part.absence() }
}

fn words_of(policies: &[&PolicyState], pass: fn(&PolicyState) -> bool) -> Vec<String> {
    policies.iter().filter(|state| pass(state)).map(|state| policy_words(state)).collect()
}

fn policy_words(state: &PolicyState) -> String {
    let action = state.policy_definition_action.as_deref().unwrap_or("unknown effect");
    format!("{} ({action})", state.label())
}

/// Compute instances cannot mount datastores with a system-assigned identity; jobs on a cluster that register
/// models need the cluster's user-assigned one.
fn computes(all: &[Compute]) -> Vec<Trouble> {
    let is = |compute: &Compute, kind: &str| {
        compute.properties.compute_type.as_deref().is_some_and(|text| text.eq_ignore_ascii_case(kind))
    };
    let assigned =
        |compute: &Compute| compute.identity.iter().flat_map(Identity::user_assigned).next().is_some();
    let mut troubles: Vec<Trouble> = Vec::new();
    for compute in all {
        let system = compute.identity.as_ref().is_some_and(Identity::is_system_assigned);
        if is(compute, "ComputeInstance") && system {
            troubles.push(Trouble {
                name: compute.name.clone(),
                words: "a compute instance with a system-assigned identity cannot mount the datastores then: give it a \
                        user-assigned identity that holds Storage File Data Privileged Contributor"
                    .to_owned(),
                stands_against: true,
            });
        } else if is(compute, "AmlCompute") && !assigned(compute) {
            troubles.push(Trouble {
                name: compute.name.clone(),
                words: "the cluster has no user-assigned identity: jobs that register models or log with MLflow need one \
                        that holds Storage Blob Data Contributor"
                    .to_owned(),
                stands_against: false,
            });
        }
    }
    troubles
}
