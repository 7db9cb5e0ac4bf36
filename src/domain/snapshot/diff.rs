//! What is different between two snapshots. Names that changed are no difference: people marry.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;

use super::{Denial, Holding, Part, Setting, Snapshot};
use crate::azure::arm::id::ArmId;
use crate::domain::fact::Tone;

/// In which way something is different.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Sign {
    /// It is there now.
    Added,
    /// It is not there any more.
    Removed,
    /// It has another value.
    Changed,
}

impl Sign {
    /// One sign for a table: `+`, `-`, `~`.
    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            Self::Added => "+",
            Self::Removed => "-",
            Self::Changed => "~",
        }
    }

    /// One word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
        }
    }
}

/// What a difference is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Area {
    /// Who has which role.
    Access,
    /// Who could activate which role.
    Eligible,
    /// What is denied.
    Denied,
    /// A setting.
    Setting,
}

impl Area {
    /// One word for a table.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Eligible => "eligible",
            Self::Denied => "denied",
            Self::Setting => "setting",
        }
    }
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// In which way.
    pub sign: Sign,
    /// What it is about.
    pub area: Area,
    /// Where: the scope of a role, the resource of a setting.
    pub scope: ArmId,
    /// What, in words: `Jonas Lindqvist: Contributor on mlw-fraud-prod`.
    pub what: String,
    /// The value before, where there was one.
    pub before: Option<String>,
    /// The value now, where there is one.
    pub after: Option<String>,
}

impl Difference {
    /// How it should strike the eye: more access and fewer denials stand out.
    #[must_use]
    pub fn tone(&self) -> Tone {
        match (self.area, self.sign) {
            (Area::Access | Area::Eligible, Sign::Added) | (Area::Denied, Sign::Removed) => Tone::Warn,
            _ => Tone::Plain,
        }
    }

    /// Before and after in a few words, where there is something to say.
    #[must_use]
    pub fn values(&self) -> String {
        match (&self.before, &self.after) {
            (Some(before), Some(after)) => format!("{before} → {after}"),
            (Some(one), None) | (None, Some(one)) => one.clone(),
            (None, None) => String::new(),
        }
    }
}

/// Two snapshots held against each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Comparison {
    /// The workspace.
    pub workspace: ArmId,
    /// When the first was taken.
    pub from: Timestamp,
    /// When the second was taken.
    pub to: Timestamp,
    /// What is different, access first.
    pub differences: Vec<Difference>,
    /// What could not be compared, and why, in words.
    pub unknown: Vec<String>,
}

/// What a comparison comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Everything was compared and is the same.
    Same,
    /// Something is different.
    Changed,
    /// What could be compared is the same, and not everything could be.
    CannotTell,
}

impl Comparison {
    /// Holds `now` against `before`.
    #[must_use]
    pub fn of(before: &Snapshot, now: &Snapshot) -> Self {
        let mut differences = Vec::new();
        for (area, part, old, new) in [
            (Area::Access, Part::Assignments, &before.assignments, &now.assignments),
            (Area::Eligible, Part::Eligible, &before.eligible, &now.eligible),
        ] {
            let (old, new) = (by_key(old), by_key(new));
            for key in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
                match (old.get(key), new.get(key)) {
                    (Some(a), Some(b)) => differences.extend(changed(area, a, b)),
                    (Some(a), None) if now.shows(part, &a.scope) => {
                        differences.push(held(area, Sign::Removed, a));
                    }
                    (None, Some(b)) if before.shows(part, &b.scope) => {
                        differences.push(held(area, Sign::Added, b));
                    }
                    _ => {}
                }
            }
        }
        differences.extend(denials(before, now));
        differences.extend(settings(before, now));
        differences.sort_by(|a, b| (a.area, &a.what, a.sign).cmp(&(b.area, &b.what, b.sign)));
        let mut unknown: Vec<String> = Vec::new();
        for (snapshot, when) in [(before, "then"), (now, "now")] {
            unknown.extend(snapshot.unread.iter().map(|part| format!("not read {when}: {}", part.words())));
        }
        Self {
            workspace: now.workspace.clone(),
            from: before.taken_at,
            to: now.taken_at,
            differences,
            unknown,
        }
    }

    /// What it comes to.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match (self.differences.is_empty(), self.unknown.is_empty()) {
            (false, _) => Verdict::Changed,
            (true, true) => Verdict::Same,
            (true, false) => Verdict::CannotTell,
        }
    }
}

impl Snapshot {
    /// Whether something that was made at a scope would be in this snapshot: a list that was read at the scope
    /// or below it shows it. Where the list that showed a management group's is not known, all must be read.
    fn shows(&self, part: Part, scope: &ArmId) -> bool {
        let mut read = self.read.iter().filter(|reading| reading.part == part);
        if scope.subscription_id().is_none() {
            return read.next().is_some() && !self.unread.iter().any(|unread| unread.part == part);
        }
        read.any(|reading| scope.contains(&reading.scope))
    }
}

/// What makes two holdings the same: who, which role, where, under which condition. Taken away and given back
/// it is the same again, though its id is not.
type Key<'a> = (&'a ArmId, &'a str, &'a str, Option<&'a str>);

fn by_key(holdings: &[Holding]) -> BTreeMap<Key<'_>, &Holding> {
    holdings
        .iter()
        .map(|h| ((&h.scope, h.principal_id.as_str(), h.role_id.as_str(), h.condition.as_deref()), h))
        .collect()
}

fn words(holding: &Holding) -> String {
    let who = holding.principal_name.as_deref().unwrap_or(&holding.principal_id);
    let role = holding.role_name.as_deref().unwrap_or(&holding.role_id);
    format!("{who}: {role} on {}", holding.scope_name)
}

fn held(area: Area, sign: Sign, holding: &Holding) -> Difference {
    let mut said: Vec<String> = Vec::new();
    if let (Sign::Added, Some(on)) = (sign, holding.created_on) {
        let by = holding.created_by_name.as_deref().or(holding.created_by.as_deref());
        let by = by.map_or_else(String::new, |by| format!(" by {by}"));
        said.push(format!("since {}{by}", on.strftime("%Y-%m-%d %H:%M")));
    }
    said.extend(holding.end_date_time.map(|end| format!("until {}", end.strftime("%Y-%m-%d %H:%M"))));
    said.extend(holding.condition.as_ref().map(|_| "conditional".to_owned()));
    let said = (!said.is_empty()).then(|| said.join(", "));
    let (before, after) = if sign == Sign::Removed { (said, None) } else { (None, said) };
    Difference { sign, area, scope: holding.scope.clone(), what: words(holding), before, after }
}

/// The same holding with another end, or made anew in between.
fn changed(area: Area, old: &Holding, new: &Holding) -> Option<Difference> {
    let end = |holding: &Holding| match holding.end_date_time {
        Some(end) => format!("until {}", end.strftime("%Y-%m-%d %H:%M")),
        None => "without an end".to_owned(),
    };
    let made = |holding: &Holding| {
        let on = holding.created_on?;
        Some(format!("made {}", on.strftime("%Y-%m-%d %H:%M")))
    };
    // Eligibilities and activations come under ever new ids; only an assignment made anew says something.
    let anew = area == Area::Access && old.id != new.id && made(old).is_some() && made(new).is_some();
    let (before, after) = match (old.end_date_time == new.end_date_time, anew) {
        (false, _) => (Some(end(old)), Some(end(new))),
        (true, true) => (made(old), made(new)),
        (true, false) => return None,
    };
    Some(Difference { sign: Sign::Changed, area, scope: new.scope.clone(), what: words(new), before, after })
}

fn denials(before: &Snapshot, now: &Snapshot) -> Vec<Difference> {
    let by_id = |of: &[Denial]| -> BTreeMap<ArmId, Denial> {
        of.iter().map(|deny| (deny.id.clone(), deny.clone())).collect()
    };
    let (old, new) = (by_id(&before.denies), by_id(&now.denies));
    let all: BTreeSet<&ArmId> = old.keys().chain(new.keys()).collect();
    let told = |sign, deny: &Denial, before: Option<String>, after| Difference {
        sign,
        area: Area::Denied,
        scope: deny.scope.clone(),
        what: format!("{} on {}", deny.name, deny.scope.name()),
        before,
        after,
    };
    all.into_iter()
        .filter_map(|id| match (old.get(id), new.get(id)) {
            (Some(a), Some(b)) if a.words != b.words => {
                Some(told(Sign::Changed, b, Some(a.words.clone()), Some(b.words.clone())))
            }
            (Some(a), None) if now.shows(Part::Denies, &a.scope) => {
                Some(told(Sign::Removed, a, Some(a.words.clone()), None))
            }
            (None, Some(b)) if before.shows(Part::Denies, &b.scope) => {
                Some(told(Sign::Added, b, None, Some(b.words.clone())))
            }
            _ => None,
        })
        .collect()
}

/// The part that a setting comes from, by its name.
fn part_of(name: &str) -> Part {
    match name.split('/').next() {
        Some("outboundRules") => Part::OutboundRules,
        Some("locks") => Part::Locks,
        _ => Part::Settings,
    }
}

fn settings(before: &Snapshot, now: &Snapshot) -> Vec<Difference> {
    let by_name = |of: &[Setting]| -> BTreeMap<(ArmId, String), String> {
        of.iter().map(|s| ((s.resource.clone(), s.name.clone()), s.value.clone())).collect()
    };
    let (old, new) = (by_name(&before.settings), by_name(&now.settings));
    let all: BTreeSet<&(ArmId, String)> = old.keys().chain(new.keys()).collect();
    all.into_iter()
        .filter_map(|key| {
            let (resource, name) = key;
            let part = part_of(name);
            // A resource that belongs to only one of the two is told by the workspace's own setting that names it.
            if !before.was_read(part, resource) || !now.was_read(part, resource) {
                return None;
            }
            let sign = match (old.get(key), new.get(key)) {
                (Some(a), Some(b)) if a == b => return None,
                (Some(_), Some(_)) => Sign::Changed,
                (Some(_), None) => Sign::Removed,
                _ => Sign::Added,
            };
            Some(Difference {
                sign,
                area: Area::Setting,
                scope: resource.clone(),
                what: format!("{}: {name}", resource.name()),
                before: old.get(key).cloned(),
                after: new.get(key).cloned(),
            })
        })
        .collect()
}
