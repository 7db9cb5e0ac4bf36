//! Who is affected by a switch, in numbers and by name, and the roles that repair it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::assessment::{Assessment, By};
use super::people::{Data, Reach, Reacher};
use crate::azure::arm::id::ArmId;
use crate::azure::directory::PrincipalKind;
use crate::domain::fact::count;

impl Assessment {
    /// Users and identities.
    pub fn everybody(&self) -> impl Iterator<Item = &Reacher> {
        self.users.iter().chain(&self.identities)
    }

    /// Those of everybody who pass, each once.
    fn each(&self, pass: impl Fn(&Reacher) -> bool) -> impl Iterator<Item = &Reacher> {
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        self.everybody().filter(move |one| pass(one) && seen.insert(&one.id))
    }

    /// Those who would lose access, or could only read then, each once. Where keys do not decide today, those who lack a
    /// role: whoever only reads there was given no more.
    pub fn losing(&self) -> impl Iterator<Item = &Reacher> {
        let keys_decide = self.keys_decide();
        self.each(move |one| matches!(one.reach, Reach::Loses { .. }) && (keys_decide || !one.only_reads()))
    }

    /// Those of them whom no role helps, because a deny assignment keeps them from the data.
    pub fn denied(&self) -> impl Iterator<Item = &Reacher> {
        self.each(Reacher::is_denied)
    }

    /// Those who reach the data only after activating a role, under a condition or in part, also once the missing roles are given.
    pub fn limited(&self) -> impl Iterator<Item = &Reacher> {
        self.each(Reacher::is_limited)
    }

    /// Whether a role brings back something that somebody loses.
    #[must_use]
    pub fn is_repairable(&self) -> bool {
        self.losing().any(|one| one.helped() != (false, false))
    }

    /// Whether those who would lose access are all who would: nobody's answer, and nobody himself, is unknown.
    #[must_use]
    pub fn losing_known(&self) -> bool {
        self.all_known
            && self.account.is_some()
            && !self.account_gone
            && self.everybody().all(|one| one.reach != Reach::CannotTell)
    }

    /// How many would lose access, for a column: `3`, `3+` where it may be more, `?` where nobody is known to.
    #[must_use]
    pub fn losing_cell(&self) -> String {
        at_least(self.losing().count(), self.losing_known())
    }

    /// `9 people and 2 identities would lose access, 1 person could then only read`, or that nobody would; where keys do
    /// not decide today, who lacks the roles. What is not known is not taken for none.
    #[must_use]
    pub fn losing_words(&self) -> String {
        let least = if self.losing_known() { "" } else { "at least " };
        let reading = who(self.losing().filter(|one| one.only_reads()));
        let who = who(self.losing().filter(|one| !one.only_reads()));
        if let Some(reading) = reading {
            let lose = who.map_or_else(String::new, |who| format!("{who} would lose access, "));
            return format!("{least}{lose}{reading} could then only read");
        }
        match (who, self.losing_known(), self.keys_decide()) {
            (None, true, false) => "nobody who is known lacks a role".to_owned(),
            (None, true, true) => "nobody who is known would lose access".to_owned(),
            (None, false, false) => "it is not known who lacks a role".to_owned(),
            (None, false, true) => "it is not known who would lose access".to_owned(),
            (Some(who), _, false) => format!("{least}{who} lack the roles"),
            (Some(who), _, true) => format!("{least}{who} would lose access"),
        }
    }

    /// Who reaches the data only after activating a role, who only under a condition, and who only which part of it, by
    /// name; a clause.
    #[must_use]
    pub fn limited_words(&self) -> Option<String> {
        let of = |reach: Reach| {
            let names: Vec<&str> =
                self.limited().filter(|one| one.with_roles == reach).map(|one| one.name.as_str()).collect();
            (!names.is_empty()).then(|| format!("{} {}", names.join(", "), reach.words()))
        };
        let mut all: Vec<String> =
            [Reach::AfterActivation, Reach::UnderCondition].into_iter().filter_map(of).collect();
        let mut parts: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for one in self.limited().filter(|one| one.with_roles == Reach::InPart) {
            parts.entry(one.only.as_deref().unwrap_or("a part")).or_default().push(&one.name);
        }
        all.extend(parts.into_iter().map(|(only, names)| format!("{} only {only}", names.join(", "))));
        (!all.is_empty()).then(|| all.join("; "))
    }

    /// Whom no role helps, by name; a clause.
    #[must_use]
    pub fn denied_words(&self) -> Option<String> {
        let of = |blobs: bool, files: bool, what: &str| {
            let is = |one: &&Reacher| one.with_roles == Reach::Loses { blobs, files };
            let names: Vec<&str> = self.denied().filter(is).map(|one| one.name.as_str()).collect();
            (!names.is_empty()).then(|| format!("{what} from {}", names.join(", ")))
        };
        let all = [(true, true, "blobs and files"), (true, false, "blobs"), (false, true, "files")];
        let kept: Vec<String> =
            all.into_iter().filter_map(|(blobs, files, what)| of(blobs, files, what)).collect();
        (!kept.is_empty())
            .then(|| format!("deny assignments keep {}: no role helps against that", kept.join(", and ")))
    }

    /// Who only opens notebooks and cannot read files by roles of their own, by name; a sentence.
    #[must_use]
    pub fn openers_words(&self) -> Option<String> {
        let names: Vec<&str> =
            self.openers.iter().filter(|one| !one.reads_files).map(|one| one.name.as_str()).collect();
        (!names.is_empty()).then(|| {
            format!(
                "These only open notebooks, which are files: they have no role that reads those under identity, and none is \
                 planned: {}.",
                names.join(", ")
            )
        })
    }

    /// Whether a group could be given roles: whether it matters to whom they are given.
    #[must_use]
    pub fn has_groups(&self) -> bool {
        self.losing().any(|one| one.through.is_some() && one.helped() != (false, false))
    }

    /// Whom to give roles so that nobody loses access: the groups through which they come to the workspace, unless each
    /// person is given their own. Each with those whom it repairs; whom no role helps is given none, and neither is who is
    /// in a group that is given the same.
    #[must_use]
    pub fn repairs(&self) -> Vec<Repair> {
        let mut by_target: BTreeMap<String, Repair> = BTreeMap::new();
        let helped = |one: &&Reacher| one.helped() != (false, false);
        let (through, alone): (Vec<&Reacher>, Vec<&Reacher>) =
            self.losing().filter(helped).partition(|one| one.through.is_some() && self.by == By::Group);
        for one in through {
            let Some(group) = &one.through else { continue };
            let repair = by_target
                .entry(group.id.clone())
                .or_insert_with(|| Repair::to(&group.id, &group.name, PrincipalKind::Group, Apart::of(one)));
            repair.add(one, one.helped());
            // Who is there for others as well is no exception.
            repair.apart = repair.apart.take().filter(|known| Some(known) == Apart::of(one).as_ref());
        }
        for one in alone {
            let (mut blobs, mut files) = one.helped();
            // An identity acts for jobs: it is not left to a group that may be given roles that only read.
            let fits = |repair: &&mut Repair| {
                let is_given = repair.apart.is_none() || repair.apart == Apart::of(one);
                one.is_person() && is_given && one.groups.contains(&repair.id)
            };
            for repair in by_target.values_mut().filter(fits) {
                let by_this = (blobs && repair.blobs, files && repair.files);
                if by_this != (false, false) {
                    repair.add(one, by_this);
                    (blobs, files) = (blobs && !repair.blobs, files && !repair.files);
                }
            }
            if (blobs, files) != (false, false) {
                by_target
                    .entry(one.id.clone())
                    .or_insert_with(|| Repair::to(&one.id, &one.name, one.kind.clone(), Apart::of(one)))
                    .add(one, (blobs, files));
            }
        }
        let mut repairs: Vec<Repair> = by_target.into_values().collect();
        // Groups first: one role that helps many.
        let rank = |one: &Repair| match (&one.kind, one.kind.is_person()) {
            (PrincipalKind::Group, _) => 0,
            (_, true) => 1,
            _ => 2,
        };
        repairs.sort_by_cached_key(|one| (rank(one), one.name.to_lowercase()));
        repairs
    }
}

/// A principal to whom roles are given, and whom that helps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Repair {
    /// The object id.
    pub id: String,
    /// The name.
    pub name: String,
    /// What it is.
    pub kind: PrincipalKind,
    /// Whether blobs are out of reach.
    pub blobs: bool,
    /// Whether files are out of reach.
    pub files: bool,
    /// What all of these can read already: only writing is out of reach.
    pub reads: Data,
    /// Whom it helps, by name.
    pub covers: Vec<String>,
    /// Why it is given no roles unless somebody chooses that.
    pub apart: Option<Apart>,
}

impl Repair {
    fn to(id: &str, name: &str, kind: PrincipalKind, apart: Option<Apart>) -> Self {
        let (id, name) = (id.to_owned(), name.to_owned());
        Self { id, name, kind, blobs: false, files: false, reads: Data::BOTH, covers: Vec::new(), apart }
    }

    /// Somebody whom it helps to blobs, and to files.
    fn add(&mut self, one: &Reacher, (blobs, files): (bool, bool)) {
        self.blobs |= blobs;
        self.files |= files;
        self.reads.blobs &= !blobs || one.reads.blobs;
        self.reads.files &= !files || one.reads.files;
        self.covers.push(one.name.clone());
    }

    /// Why it is given no roles unless somebody chooses that, a clause that begins with its name.
    #[must_use]
    pub fn apart_words(&self, workspace: &ArmId) -> Option<String> {
        let name = &self.name;
        Some(match self.apart.as_ref()? {
            Apart::AfterActivation => format!(
                "{name} may use {} only after activating a role, and this one would stand",
                workspace.name()
            ),
            Apart::OtherWorkspace(other) if other.name() == name => {
                format!("{name} is the identity of the workspace of that name")
            }
            Apart::OtherWorkspace(other) => {
                format!("{name} is an identity of the workspace {}", other.name())
            }
        })
    }

    /// Whether roles that only read may be enough: people read or write, identities act for jobs, which write.
    #[must_use]
    pub fn may_read_only(&self) -> bool {
        self.kind.is_person() || self.kind == PrincipalKind::Group
    }
}

/// Why somebody is given roles only where that is chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Apart {
    /// They may use the workspace only after activating a role, and a role on the data would be theirs all the time.
    AfterActivation,
    /// It is the identity of another workspace.
    OtherWorkspace(ArmId),
}

impl Apart {
    fn of(one: &Reacher) -> Option<Self> {
        match &one.other_workspace {
            Some(other) => Some(Self::OtherWorkspace(other.clone())),
            None => one.after_activation.then_some(Self::AfterActivation),
        }
    }

    /// A word or two for a column.
    #[must_use]
    pub fn word(&self) -> String {
        match self {
            Self::AfterActivation => "left out: after activation".to_owned(),
            Self::OtherWorkspace(other) => format!("left out: of {}", other.name()),
        }
    }
}

/// `3`, `3+` where there may be more, `?` where none is known and there may be some.
pub fn at_least(n: usize, all: bool) -> String {
    match (n, all) {
        (n, true) => n.to_string(),
        (0, false) => "?".to_owned(),
        (n, false) => format!("{n}+"),
    }
}

/// `9 people and 2 identities`; none of nobody.
fn who<'a>(all: impl Iterator<Item = &'a Reacher>) -> Option<String> {
    let (people, others): (Vec<&Reacher>, Vec<&Reacher>) = all.partition(|one| one.is_person());
    // Whom the directory does not name may be a person or an identity.
    let (unnamed, others): (Vec<&Reacher>, Vec<&Reacher>) =
        others.into_iter().partition(|one| matches!(one.kind, PrincipalKind::Other(_)));
    let people = (!people.is_empty()).then(|| count(people.len(), "person", "people"));
    let others = (!others.is_empty()).then(|| count(others.len(), "identity", "identities"));
    let unnamed =
        (!unnamed.is_empty()).then(|| count(unnamed.len(), "principal", "principals") + " without a name");
    let who: Vec<String> = [people, others, unnamed].into_iter().flatten().collect();
    (!who.is_empty()).then(|| who.join(" and "))
}
