//! Who uses a workspace today, and whether they would still reach its blobs and files by themselves.

use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::assessment::Facts;
use super::parts::{InParts, Service, in_parts};
use crate::azure::arm::id::ArmId;
use crate::azure::directory::PrincipalKind;
use crate::azure::resources::role_assignment::PrincipalType;
use crate::domain::access::{
    Act, Asked, Asking, Capability, Gap, GapKind, Need, Person, Place, PrincipalName, Reason, Verdict,
    who_can,
};
use crate::domain::fact::count;
use crate::domain::plan::IN_FORCE_USUALLY;

/// What people use a workspace for that needs its storage: a name, and the capability or action that lets them.
/// Notebooks lie on the file share; the table of scenarios of Microsoft's page "Manage access to Azure Machine Learning
/// workspaces" wants `notebooks/storage/*` for them. Neither the OpenAPI documents nor the list of built-in roles name
/// the operation: those that let somebody do it have it by a wildcard, such as `workspaces/*/write`.
const USES: [(&str, &str); 2] = [
    ("jobs", "run-jobs"),
    ("notebooks", "Microsoft.MachineLearningServices/workspaces/notebooks/storage/write"),
];

/// Somebody, or some identity, that reaches the data today.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reacher {
    /// The object id, in small letters.
    pub id: String,
    /// The name, else the id.
    pub name: String,
    /// The address, where there is one.
    pub address: Option<String>,
    /// What it is.
    pub kind: PrincipalKind,
    /// What they do in the workspace.
    pub does: Vec<&'static str>,
    /// Whether they do it only after activating a role.
    pub after_activation: bool,
    /// The group through which they come to the workspace, where one is on the way.
    pub through: Option<Through>,
    /// Whether they reach the data after the switch.
    pub reach: Reach,
    /// The same once the roles that they lack were given to them: what a deny assignment keeps from them stays lost.
    pub with_roles: Reach,
    /// The containers and file shares that it reaches where it does not reach all, by roles on these; a clause.
    pub only: Option<String>,
    /// The other workspace whose identity it is, or whose compute's or endpoint's.
    pub other_workspace: Option<ArmId>,
}

/// A group on the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Through {
    /// The group's object id.
    pub id: String,
    /// Its name, else the id.
    pub name: String,
}

/// Whether somebody reaches blobs and files by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Reach {
    /// Blobs and files, reading and writing.
    Keeps,
    /// Only under a condition, such as in some containers.
    UnderCondition,
    /// Only some containers or file shares, by roles on these: [`Reacher::only`] names them.
    InPart,
    /// Only after activating a role.
    AfterActivation,
    /// It cannot be told.
    CannotTell,
    /// It needs none of the data.
    NotNeeded,
    /// Something is out of reach.
    Loses {
        /// Blobs are, to read or to write.
        blobs: bool,
        /// Files are.
        files: bool,
    },
}

impl Reach {
    /// The order in which they are shown: what wants attention first.
    #[must_use]
    pub fn rank(self) -> u8 {
        match self {
            Self::Loses { .. } => 0,
            Self::CannotTell => 1,
            Self::AfterActivation => 2,
            Self::UnderCondition => 3,
            Self::InPart => 4,
            Self::Keeps => 5,
            Self::NotNeeded => 6,
        }
    }

    /// A few words about somebody in a workspace that is on identity already.
    #[must_use]
    pub fn words_today(self) -> &'static str {
        match self {
            Self::Keeps => "has access",
            Self::Loses { blobs: true, files: true } => "lacks blobs and files",
            Self::Loses { blobs: true, .. } => "lacks blobs",
            Self::Loses { .. } => "lacks files",
            Self::AfterActivation
            | Self::UnderCondition
            | Self::InPart
            | Self::CannotTell
            | Self::NotNeeded => self.words(),
        }
    }

    /// A few words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Keeps => "keeps access",
            Self::AfterActivation => "only after activating a role",
            Self::UnderCondition => "only under a condition",
            Self::InPart => "only in part",
            Self::CannotTell => "cannot tell",
            Self::NotNeeded => "needs no data",
            Self::Loses { blobs: true, files: true } => "loses blobs and files",
            Self::Loses { blobs: true, .. } => "loses blobs",
            Self::Loses { .. } => "loses files",
        }
    }
}

impl Reacher {
    /// Whether it reaches the data after the switch, in a few words; of a workspace where keys do not decide, whether it
    /// does today.
    #[must_use]
    pub fn words(&self, keys_decide: bool) -> String {
        let words = if keys_decide { self.reach.words() } else { self.reach.words_today() };
        match (&self.only, self.reach) {
            (Some(only), Reach::InPart) => format!("only {only}"),
            (Some(only), _) => format!("{words}, reaches {only}"),
            (None, _) => words.to_owned(),
        }
    }

    /// Whether it is a person.
    #[must_use]
    pub fn is_person(&self) -> bool {
        self.kind.is_person()
    }

    /// Whether it reaches some of what it needs only after activating a role, under a condition or in part, roles
    /// or not.
    #[must_use]
    pub fn is_limited(&self) -> bool {
        matches!(self.with_roles, Reach::AfterActivation | Reach::UnderCondition | Reach::InPart)
    }

    /// Whether something stays out of reach whatever role it is given, because a deny assignment keeps it from that.
    #[must_use]
    pub fn is_denied(&self) -> bool {
        matches!(self.with_roles, Reach::Loses { .. })
    }

    /// Of what it loses, what a role brings back: blobs, and files.
    #[must_use]
    pub fn helped(&self) -> (bool, bool) {
        let lost = |reach| match reach {
            Reach::Loses { blobs, files } => (blobs, files),
            _ => (false, false),
        };
        let ((blobs, files), (no_blobs, no_files)) = (lost(self.reach), lost(self.with_roles));
        (blobs && !no_blobs, files && !no_files)
    }
}

/// The four data actions: reading and writing, of blobs and of files.
fn acts<const N: usize>(names: [&'static str; N]) -> Vec<Act> {
    names
        .iter()
        .filter_map(|name| Capability::named(name))
        .flat_map(|capability| capability.needs.iter().map(Need::act))
        .collect()
}

/// What of the account's data is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Data {
    /// Blobs, reading and writing.
    pub blobs: bool,
    /// Files, reading and writing.
    pub files: bool,
}

impl Data {
    /// All of it.
    pub const BOTH: Self = Self { blobs: true, files: true };
    /// Nothing.
    pub const NONE: Self = Self { blobs: false, files: false };

    /// What either needs.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { blobs: self.blobs || other.blobs, files: self.files || other.files }
    }
}

/// How far a principal reaches what it needs of the data by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    /// As it is.
    pub now: Reach,
    /// With the roles that it lacks.
    pub with_roles: Reach,
    /// The containers and file shares that stay in reach of what it does not reach as a whole, as a clause.
    pub only: Option<String>,
}

impl Reached {
    /// The same whatever roles it is given.
    pub fn same(reach: Reach) -> Self {
        Self { now: reach, with_roles: reach, only: None }
    }
}

/// How far one of the services of an account is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Extent {
    /// As a role on the account, or none, has it.
    Of(Verdict),
    /// In some of its parts.
    Part,
}

impl Extent {
    fn is_lost(self) -> bool {
        matches!(self, Self::Of(verdict) if verdict.is_denied())
    }

    fn verdict(self) -> Option<Verdict> {
        match self {
            Self::Of(verdict) => Some(verdict),
            Self::Part => None,
        }
    }
}

/// Whether a principal reaches by itself what it needs of the data; and whether it would if it had the roles that it
/// lacks.
pub fn reach(facts: &Facts<'_>, principal: &str, needs: Data) -> Reached {
    if facts.targets.scope(Place::Storage).is_none() {
        return Reached::same(Reach::CannotTell);
    }
    let mut only = Vec::new();
    let mut of = |needed: bool, service: Service| match needed {
        true => extent(facts, principal, service, &mut only),
        false => (Extent::Of(Verdict::Allowed), Extent::Of(Verdict::Allowed)),
    };
    let (blobs, blobs_then) = of(needs.blobs, Service::Blobs);
    let (files, files_then) = of(needs.files, Service::Files);
    let only = (!only.is_empty()).then(|| only.join(", "));
    Reached { now: reach_of(blobs, files), with_roles: reach_of(blobs_then, files_then), only }
}

/// How far a principal reaches one service, now and with the role that it lacks; what of its parts stays in reach goes to
/// `only`.
fn extent(facts: &Facts<'_>, principal: &str, service: Service, only: &mut Vec<String>) -> (Extent, Extent) {
    let Some(storage) = facts.targets.scope(Place::Storage) else {
        return (Extent::Of(Verdict::CannotTell), Extent::Of(Verdict::CannotTell));
    };
    let (reads, writes) = match service {
        Service::Blobs => (acts(["read-blobs"]), acts(["write-blobs"])),
        Service::Files => (acts(["read-files"]), acts(["write-files"])),
    };
    let askings: Vec<Asking<'_>> =
        reads.iter().chain(&writes).map(|act| facts.access.asking(act, &storage)).collect();
    let now = worst(askings.iter().map(|asking| asking.verdict(principal)));
    if !now.is_denied() {
        return (Extent::Of(now), Extent::Of(now));
    }
    let then = worst(askings.iter().map(|asking| asking.if_granted(principal)));
    if then != Verdict::Allowed {
        // What a deny assignment keeps, it keeps in every part too.
        return (Extent::Of(now), Extent::Of(then));
    }
    let same = |extent: Extent| (extent, extent);
    match in_parts(facts, principal, service, &reads, &writes) {
        InParts::Nowhere => (Extent::Of(now), Extent::Of(then)),
        InParts::All => same(Extent::Of(Verdict::Allowed)),
        InParts::AllConditionally => same(Extent::Of(Verdict::Conditional)),
        InParts::These(parts) => {
            only.extend(parts);
            same(Extent::Part)
        }
        InParts::ReadsThese(parts) => {
            only.extend(parts.into_iter().map(|part| format!("{part} for reading")));
            (Extent::Of(now), Extent::Of(then))
        }
    }
}

/// The worst of several, none of which is fine.
fn worst(all: impl Iterator<Item = Verdict>) -> Verdict {
    all.max().unwrap_or(Verdict::Allowed)
}

fn reach_of(blobs: Extent, files: Extent) -> Reach {
    match (blobs.is_lost(), files.is_lost()) {
        (false, false) => {}
        (blobs, files) => return Reach::Loses { blobs, files },
    }
    let in_part = blobs == Extent::Part || files == Extent::Part;
    let worst = blobs.verdict().max(files.verdict()).unwrap_or(Verdict::Allowed);
    match worst {
        Verdict::CannotTell | Verdict::Denied(_) => Reach::CannotTell,
        Verdict::AfterActivation => Reach::AfterActivation,
        _ if in_part => Reach::InPart,
        Verdict::Conditional => Reach::UnderCondition,
        Verdict::Allowed => Reach::Keeps,
    }
}

/// When the newest role was given by which somebody who uses the workspace reaches the data, where that is so short ago
/// that it may not be in force everywhere. Who has another role that allows the same does not depend on it.
pub fn young<'a>(facts: &Facts<'_>, users: impl Iterator<Item = &'a Reacher>) -> Option<Timestamp> {
    let storage = facts.targets.scope(Place::Storage)?;
    let since = facts.now.checked_sub(SignedDuration::from_secs(IN_FORCE_USUALLY.into())).ok()?;
    let all = facts.access.evidence().assignments().iter();
    let young: HashMap<&ArmId, Timestamp> =
        all.filter_map(|one| Some((&one.id, one.properties.created_on.filter(|at| *at > since)?))).collect();
    if young.is_empty() {
        return None;
    }
    let acts = acts(["read-blobs", "write-blobs", "read-files", "write-files"]);
    let by = |user: &Reacher, act: &Act| {
        let decision = facts.access.decide(&user.id, act, &storage);
        let granted = decision.reasons.iter().filter(|reason| matches!(reason, Reason::Granted { .. }));
        // A role that was given before is as good.
        let times = granted.filter_map(Reason::chain).map(|chain| young.get(&chain.assignment).copied());
        times.min().flatten()
    };
    let keeping = users.filter(|user| user.reach == Reach::Keeps);
    keeping.flat_map(|user| acts.iter().filter_map(move |act| by(user, act))).max()
}

/// Somebody who uses the workspace: what for, and through which group.
pub struct User {
    /// What they do in it.
    pub does: Vec<&'static str>,
    /// Whether they do all of it only after activating a role.
    pub after_activation: bool,
    /// The group on the way, where there is one.
    through: Option<Through>,
}

/// Everybody who can run jobs or open notebooks today, or after activating a role, by object id in small letters,
/// groups opened. Where somebody may be left out, the reasons.
pub fn users(facts: &Facts<'_>) -> (BTreeMap<String, User>, Option<Vec<String>>) {
    let mut complete = true;
    let mut gaps: Vec<Gap> = Vec::new();
    let mut found: BTreeMap<String, User> = BTreeMap::new();
    for (does, asked) in USES {
        // Both texts are the product's own.
        let Ok(asked) = Asked::parse(asked) else { continue };
        let who = who_can(facts.access, facts.targets, &asked);
        complete &= who.complete && who.complete_after_activation && who.cannot_tell.is_empty();
        gaps.extend(who.gaps.iter().filter(|gap| !gaps.contains(gap)).cloned().collect::<Vec<_>>());
        let now = who.can.iter().map(|person| (person, false));
        let later = who.after_activation.iter().map(|person| (person, true));
        for (person, later) in now.chain(later).filter(|(person, _)| !person.unread_group) {
            let user = found.entry(person.principal.to_ascii_lowercase()).or_insert_with(|| User {
                does: Vec::new(),
                after_activation: true,
                through: through(facts, &asked, person),
            });
            user.does.push(does);
            user.after_activation &= later;
        }
    }
    (found, (!complete).then(|| in_words(&gaps)))
}

/// Gaps in words; groups that could not be opened for one reason are one gap.
fn in_words(gaps: &[Gap]) -> Vec<String> {
    let mut groups: BTreeMap<&str, usize> = BTreeMap::new();
    let mut words: Vec<String> = Vec::new();
    for gap in gaps {
        match gap.what {
            GapKind::Members(_) => *groups.entry(&gap.why).or_default() += 1,
            _ => words.push(gap.words()),
        }
    }
    let groups = groups
        .into_iter()
        .map(|(why, n)| format!("the members of {} could not be read: {why}", count(n, "group", "groups")));
    groups.chain(words).collect()
}

/// What those are whom the directory does not name, as their role assignments say it; by object id in small letters.
fn kinds(facts: &Facts<'_>, users: &BTreeMap<String, User>) -> HashMap<String, PrincipalKind> {
    let nameless = |id: &String| facts.principals.name(id).known().is_none();
    if !users.keys().any(nameless) {
        return HashMap::new();
    }
    let all = facts.access.evidence().assignments().iter();
    all.filter_map(|one| {
        let kind = match one.properties.principal_type.as_ref()? {
            PrincipalType::User => PrincipalKind::User,
            PrincipalType::Group => PrincipalKind::Group,
            PrincipalType::ServicePrincipal => PrincipalKind::Application,
            PrincipalType::ForeignGroup => PrincipalKind::ForeignGroup,
            PrincipalType::Device => PrincipalKind::Device,
            PrincipalType::Other(_) => return None,
        };
        Some((one.properties.principal_id.to_ascii_lowercase(), kind))
    })
    .collect()
}

/// The users that pass, each with whether they reach the data by themselves. A principal that the directory does not
/// know any more uses nothing, and is left out.
pub fn reachers(
    facts: &Facts<'_>,
    users: &BTreeMap<String, User>,
    pass: impl Fn(&str) -> bool,
) -> Vec<Reacher> {
    let told = kinds(facts, users);
    let of = |(id, user): (&String, &User)| {
        let name = facts.principals.name(id);
        let known = name.known();
        if matches!(name, PrincipalName::Deleted) {
            return None;
        }
        let Reached { now: reach, with_roles, only } = reach(facts, id, Data::BOTH);
        Some(Reacher {
            name: known.map_or_else(|| id.clone(), |known| known.name.clone()),
            address: known.and_then(|known| known.address.clone()),
            kind: known
                .map(|known| known.kind.clone())
                .or_else(|| told.get(id.as_str()).cloned())
                .unwrap_or_else(|| PrincipalKind::Other("unknown".to_owned())),
            reach,
            with_roles,
            only,
            other_workspace: known
                .and_then(|known| workspace_of(known.resource.as_ref()?))
                .filter(|workspace| *workspace != facts.opened.workspace.id),
            does: user.does.clone(),
            after_activation: user.after_activation,
            through: user.through.clone(),
            id: id.clone(),
        })
    };
    users.iter().filter(|(id, _)| pass(id)).filter_map(of).collect()
}

/// The workspace that a resource is, or belongs to: computes and endpoints have identities of their own.
fn workspace_of(resource: &ArmId) -> Option<ArmId> {
    const WORKSPACES: &str = "/providers/microsoft.machinelearningservices/workspaces/";
    let text = resource.as_str();
    let at = text.to_ascii_lowercase().find(WORKSPACES)? + WORKSPACES.len();
    let name = text.get(at..)?.split('/').next()?;
    ArmId::parse(text.get(..at + name.len())?).ok()
}

/// The group that holds the role by which somebody uses the workspace; a role of their own needs no group.
fn through(facts: &Facts<'_>, asked: &Asked, person: &Person) -> Option<Through> {
    let (place, act) = asked.needs().into_iter().next()?;
    let scope = facts.targets.scope(place)?;
    let decision = facts.access.decide(&person.principal, &act, &scope);
    let mut chains = decision.reasons.iter().filter_map(Reason::chain);
    let first = chains.next()?;
    if first.path.groups.is_empty() || chains.any(|chain| chain.path.groups.is_empty()) {
        return None;
    }
    let id = first.path.groups.last()?.to_ascii_lowercase();
    let name = match facts.principals.name(&id) {
        PrincipalName::Known(known) => known.name,
        _ => id.clone(),
    };
    Some(Through { id, name })
}
