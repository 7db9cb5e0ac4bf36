//! Answers about access in words: who, where, through what, since when, by whom. Object ids become names
//! where the directory told them.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::assessment::Assessment;
use crate::app::model::Model;
use crate::azure::arm::id::ArmId;
use crate::domain::access::{
    Answer, Bounds, Capability, Chain, Decision, Gap, GapKind, GroupPath, Naming, Place, PrincipalName,
    Principals, Reason, Remedy, ScopeNames, Step, Targets, Usual, Verdict, Way, WayAnswer, WhoCan,
    unreadable,
};
use crate::domain::fact::Tone;

/// How many names a line lists.
const MOST_NAMES: usize = 12;

/// Why somebody can do something, in parts for a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// The role that decides.
    pub role: String,
    /// Where it was assigned and on which terms: `, mg Contoso, until 2026-12-01`.
    pub rest: String,
    /// The groups on the way; empty for a role of one's own.
    pub through: String,
}

/// What names are looked up in.
#[derive(Clone, Copy)]
pub struct Names<'a> {
    /// Names of principals.
    pub principals: &'a Principals,
    /// Names of subscriptions and management groups.
    pub places: &'a dyn ScopeNames,
    /// The scopes of the workspace.
    pub targets: &'a Targets,
    /// The zone of dates.
    pub zone: &'a TimeZone,
}

impl<'a> Names<'a> {
    /// The names that the console knows.
    #[must_use]
    pub fn of(model: &'a Model, targets: &'a Targets) -> Self {
        Self { principals: &model.principals, places: &*model.inventory, targets, zone: &model.zone }
    }

    /// What people call a principal, by its object id.
    #[must_use]
    pub fn principal(&self, id: &str) -> String {
        called(self.principals, id)
    }

    /// The sign-in name of a user, the mail address of others; empty where there is none.
    #[must_use]
    pub fn address(&self, id: &str) -> String {
        match self.principals.name(id) {
            PrincipalName::Known(known) => known.address.unwrap_or_default(),
            _ => String::new(),
        }
    }

    /// What a principal is: `User`, `Group 12`, `Identity`; empty where the directory did not say.
    #[must_use]
    pub fn kind(&self, id: &str) -> String {
        match self.principals.name(id) {
            PrincipalName::Known(known) => match known.members {
                Some(members) => format!("{} {members}", known.kind.word()),
                None => known.kind.word().to_owned(),
            },
            _ => String::new(),
        }
    }

    /// A scope as people speak of it: `sub Contoso Production`, `storage stfraudprod`, `root`.
    #[must_use]
    pub fn scope(&self, scope: &ArmId) -> String {
        let own = self.targets.places().find(|(_, id)| id == scope).map(|(place, _)| place);
        match own {
            Some(Place::Workspace) => "here".to_owned(),
            Some(Place::Storage) => format!("storage {}", scope.name()),
            Some(Place::Vault) => format!("vault {}", scope.name()),
            Some(Place::Registry) => format!("registry {}", scope.name()),
            Some(Place::Insights) => format!("insights {}", scope.name()),
            Some(Place::Group | Place::Subscription) | None => self.above(scope),
        }
    }

    fn above(&self, scope: &ArmId) -> String {
        if scope.as_str() == "/" {
            return "root".to_owned();
        }
        if scope.is_type("Microsoft.Management/managementGroups") {
            let name = self.places.management_group(scope.name());
            return format!("mg {}", name.as_deref().unwrap_or(scope.name()));
        }
        match (scope.subscription_id(), scope.group_scope()) {
            (Some(_), Some(group)) if group == *scope => format!("group {}", scope.name()),
            (Some(id), None) => {
                let name = self.places.subscription(id);
                format!("sub {}", name.as_deref().unwrap_or(id))
            }
            _ => scope.name().to_owned(),
        }
    }

    /// A day.
    #[must_use]
    pub fn day(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone()).strftime("%Y-%m-%d").to_string()
    }

    /// A day and the time on it.
    #[must_use]
    pub fn minute(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:%M %Z").to_string()
    }

    /// What could not be read, in a sentence.
    #[must_use]
    pub fn gap(&self, gap: &Gap) -> String {
        match &gap.what {
            GapKind::Members(group) => {
                format!("who is in {} could not be read: {}", self.principal(group), gap.why)
            }
            // A subscription has a name besides its id.
            _ => match &gap.scope {
                Some(scope) => {
                    let place = match self.scope(scope) {
                        here if here == "here" => scope.name().to_owned(),
                        place => place,
                    };
                    format!("{} of {place} could not be read: {}", gap.what_words(), gap.why)
                }
                None => gap.words(),
            },
        }
    }

    /// What could not be read, in a sentence for each place, or for several where it is the same: several lists that are refused there for want of
    /// several permissions are one thing to somebody who reads it.
    #[must_use]
    pub fn gaps<'g>(&self, gaps: impl Iterator<Item = &'g Gap>) -> Vec<String> {
        let mut alone: Vec<String> = Vec::new();
        let mut groups: Vec<(String, &str)> = Vec::new();
        let mut places: Vec<(&ArmId, Vec<&'static str>, Vec<&str>)> = Vec::new();
        for gap in gaps {
            let what = match &gap.what {
                GapKind::Assignments => "role assignments",
                GapKind::Denies => "deny assignments",
                GapKind::Eligible => "eligible roles",
                GapKind::Active => "ends of roles",
                GapKind::Definitions => "role definitions",
                GapKind::Locks => "whether a lock stands in the way",
                GapKind::Members(group) => {
                    groups.push((self.principal(group), &gap.why));
                    continue;
                }
                _ => "",
            };
            let Some(scope) = gap.scope.as_ref().filter(|_| !what.is_empty()) else {
                alone.push(self.gap(gap));
                continue;
            };
            let at = places.iter().position(|(known, ..)| *known == scope).unwrap_or_else(|| {
                places.push((scope, Vec::new(), Vec::new()));
                places.len() - 1
            });
            let (_, lists, reasons) = &mut places[at];
            if !lists.contains(&what) {
                lists.push(what);
            }
            if !reasons.contains(&gap.why.as_str()) {
                reasons.push(&gap.why);
            }
        }
        // What is refused at one place is often refused at the others.
        let mut refused: Vec<(Vec<String>, Vec<&'static str>, String)> = Vec::new();
        for (scope, lists, reasons) in places {
            let place = match self.scope(scope) {
                here if here == "here" => scope.name().to_owned(),
                place => place,
            };
            let why = together(&reasons);
            match refused.iter_mut().find(|(_, known, same)| *known == lists && *same == why) {
                Some((places, ..)) => places.push(place),
                None => refused.push((vec![place], lists, why)),
            }
        }
        let sentence = |(places, lists, why): (Vec<String>, Vec<&str>, String)| {
            format!("{}: {} could not be read: {why}", places.join(", "), lists.join(", "))
        };
        let mut all: Vec<String> = refused.into_iter().map(sentence).collect();
        match groups.as_slice() {
            [] => {}
            [(group, why)] => all.push(format!("who is in {group} could not be read: {why}")),
            [(_, why), ..] => all.push(format!("who is in {} groups could not be read: {why}", groups.len())),
        }
        all.extend(alone);
        all
    }

    /// The groups on the way, the outermost last: `Fraud analysts > All analysts`, or
    /// `nested groups of All analysts` where it is not known which; empty for a role of one's own.
    #[must_use]
    pub fn groups(&self, path: &GroupPath) -> String {
        let groups: Vec<String> = path.groups.iter().map(|group| self.principal(group)).collect();
        let before = if path.nested { "nested groups of " } else { "" };
        format!("{before}{}", groups.join(" > "))
    }

    /// How a role comes, in a line: `Owner, mg Contoso, through Cloud owners`.
    #[must_use]
    pub fn chain(&self, chain: &Chain) -> String {
        let mut words = format!("{}, {}", chain.role.label(), self.scope(&chain.scope));
        if !chain.path.groups.is_empty() {
            words.push_str(&format!(", through {}", self.groups(&chain.path)));
        }
        words
    }

    /// A reason in a line.
    #[must_use]
    pub fn reason(&self, reason: &Reason) -> String {
        let until = |until: &Option<Timestamp>| {
            until.map_or_else(String::new, |at| format!(", until {}", self.day(at)))
        };
        match reason {
            Reason::DenyAssignment { name, scope, condition, unless, .. } => {
                let mut words = format!("denied by {name}, {}", self.scope(scope));
                if let Some(condition) = condition {
                    words.push_str(&format!(", where {condition}"));
                }
                if let Some(gap) = unless {
                    words = format!("perhaps {words}: {}", self.gap(gap));
                }
                words
            }
            Reason::Granted { chain, until: end, .. } => format!("{}{}", self.chain(chain), until(end)),
            Reason::Restricted { chain, condition, until: end, .. } => {
                format!("{}{}, only where {condition}", self.chain(chain), until(end))
            }
            Reason::Activatable { chain, condition, until: end, .. } => {
                let condition = condition.as_ref().map(|words| format!(", only where {words}"));
                format!("could activate {}{}{}", self.chain(chain), until(end), condition.unwrap_or_default())
            }
            Reason::UnknownRole { chain, gap } => {
                format!("perhaps by {}: {}", self.chain(chain), self.gap(gap))
            }
            Reason::UnknownMembers { group, chain, gap } => {
                let role = format!("{}, {}", chain.role.label(), self.scope(&chain.scope));
                format!("perhaps through {}, which has {role}: {}", self.principal(group), self.gap(gap))
            }
            Reason::Unread { gap } => self.gap(gap),
            Reason::Unmet { chain, condition, .. } => {
                format!("not by {}: its condition asks that {condition}", self.chain(chain))
            }
            Reason::TakenOut { chain, out, .. } => {
                format!("not by {}: it takes out {out}", self.chain(chain))
            }
        }
    }

    /// Why the answer is what it is, in a line: the strongest reason of the way that decides.
    #[must_use]
    pub fn why(&self, answer: &Answer) -> String {
        if let Some(place) = answer.missing {
            return format!("the workspace has no {}", place.words());
        }
        if let Some(gap) = &answer.gap {
            return self.gap(gap);
        }
        let Some(way) = answer.deciding().next() else { return String::new() };
        if let Some(policy) = &way.policy {
            return format!("an access policy of the vault for {}", self.principal(policy));
        }
        // Of several steps one decides, which has the same answer as all of them.
        let step =
            way.steps.iter().max_by_key(|step| (step.decision.verdict == way.verdict, step.decision.verdict));
        let decision = step.map(|step| &step.decision);
        let why = match (decision.and_then(|decision| self.decided(decision)), &way.gap) {
            (_, Some(gap)) if way.verdict == Verdict::CannotTell => return self.gap(gap),
            (Some(why), _) => why,
            (None, _) => return "no role allows it".to_owned(),
        };
        // Where nothing but activating a role could make it a yes, it is a no for now.
        match decision.map(|decision| decision.bounds) {
            Some(Bounds { best: Verdict::AfterActivation, worst: Verdict::Denied(_) })
                if way.verdict == Verdict::CannotTell =>
            {
                format!("not now; {why}")
            }
            _ => why,
        }
    }

    /// The same for a table: the role that decides, the rest of the reason, and through which groups. None where no role
    /// decides, or it cannot be told.
    #[must_use]
    pub fn in_parts(&self, answer: &Answer, granting: bool) -> Option<Parts> {
        let way = if granting { answer.by_granting()? } else { answer.deciding().next()? };
        let verdict = if granting { answer.granting() } else { answer.verdict };
        if verdict == Verdict::CannotTell || way.policy.is_some() {
            return None;
        }
        let step = match granting {
            true => way.steps.first(),
            false => way
                .steps
                .iter()
                .max_by_key(|step| (step.decision.verdict == way.verdict, step.decision.verdict)),
        };
        let first = || step.and_then(|step| step.decision.reasons.first());
        let reason = activates(answer).filter(|_| granting).or_else(first)?;
        let chain = reason.chain().filter(|_| reason.gap().is_none())?;
        let (own, whole) = (self.chain(chain), self.reason(reason));
        let role = chain.role.label();
        let through = self.groups(&chain.path);
        let place = own.strip_prefix(role)?;
        let place = match chain.path.groups.is_empty() {
            true => place,
            false => place.strip_suffix(&format!(", through {through}"))?,
        };
        // What comes before the role or behind the groups, such as an end or a condition.
        let rest = whole.strip_prefix(&own)?;
        Some(Parts { role: role.to_owned(), rest: format!("{place}{rest}"), through })
    }

    /// What decides, in a line: of what cannot be told, first what was not read.
    fn decided(&self, decision: &Decision) -> Option<String> {
        let first = decision.reasons.first()?;
        let unread = decision.reasons.iter().find(|reason| reason.gap().is_some());
        Some(match (decision.verdict, unread, first) {
            (
                Verdict::CannotTell,
                Some(unread),
                Reason::Granted { chain, .. } | Reason::Restricted { chain, .. },
            ) => format!("{} ({} would allow it)", self.reason(unread), self.chain(chain)),
            _ => self.reason(first),
        })
    }

    /// Why somebody could grant it to themselves, or why that cannot be told, in a line.
    #[must_use]
    pub fn granting_why(&self, answer: &Answer) -> String {
        let Some(way) = answer.by_granting() else { return String::new() };
        let sure = activates(answer).map(|reason| self.reason(reason));
        let own = sure.or_else(|| way.steps.first().and_then(|step| self.decided(&step.decision)));
        let own = own.unwrap_or_default();
        if answer.granting() != Verdict::CannotTell || way.verdict == Verdict::CannotTell {
            return own;
        }
        // They may grant roles for sure; whether one would help is what was not read.
        let steps = answer.ways.iter().filter(|other| other.way != Way::SelfGrant).flat_map(|way| &way.steps);
        let unread = steps.flat_map(|step| &step.decision.reasons).find(|reason| reason.gap().is_some());
        unread.map_or(own, |unread| self.reason(unread))
    }

    /// An answer with all that decides it, in lines for a page of text.
    #[must_use]
    pub fn in_full(&self, answer: &Answer, assessment: &Assessment) -> String {
        let mut text = String::new();
        if let Some(place) = answer.missing {
            return format!("The workspace has no {}, so there is nothing to do it with.\n", place.words());
        }
        if let Some(gap) = &answer.gap {
            push(&mut text, "Not known", &self.gap(gap));
        }
        for way in &answer.ways {
            self.push_way(&mut text, way, assessment);
        }
        if answer.by_granting().is_some() {
            text.push_str(NOT_LOOKED_AT);
        }
        text
    }

    fn push_way(&self, text: &mut String, way: &WayAnswer, assessment: &Assessment) {
        let words = way.way.words();
        let mut letters = words.chars();
        let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
        text.push_str(&format!("\n{first}{}: {}\n", letters.as_str(), way.verdict.words()));
        if let Some(policy) = &way.policy {
            push(text, "Policy for", &self.principal(policy));
        }
        if let Some(gap) = &way.gap {
            push(text, "Not known", &self.gap(gap));
        }
        for step in &way.steps {
            self.push_step(text, step, assessment);
        }
    }

    fn push_step(&self, text: &mut String, step: &Step, assessment: &Assessment) {
        let Step { act, scope, decision: Decision { verdict, reasons, .. }, place } = step;
        push(text, "Action", &act.action);
        push(text, "On", &format!("{} {}", place.words(), scope.name()));
        push(text, "Answer", verdict.words());
        if reasons.is_empty() && verdict.is_denied() {
            push(text, "Why", "no role that is in force there allows it");
        }
        let naming = Naming { principals: self.principals, scopes: self.places, at: scope };
        for (at, reason) in reasons.iter().enumerate() {
            push(text, if at == 0 { "Why" } else { "And" }, &reason.words(&naming));
            if let Some(chain) = reason.chain() {
                push(text, "Granted", &self.granted(&chain.assignment, assessment));
            }
        }
    }

    /// What would help, in lines for a page of text.
    #[must_use]
    pub fn remedy(&self, remedy: &Remedy) -> String {
        let mut text = String::new();
        match remedy {
            Remedy::Activate { chains } => {
                for chain in chains {
                    push(&mut text, "Activate", &self.chain(chain));
                }
            }
            Remedy::Assign { place, scope, role, also, usual, granters } => {
                push(
                    &mut text,
                    "Assign",
                    &format!("{} on the {} {}", role.label(), place.words(), scope.name()),
                );
                let also = match also.is_empty() {
                    true => "nothing else that is asked about here; the narrowest built-in role that does it"
                        .to_owned(),
                    false => {
                        format!("{}; the built-in role with the fewest other capabilities", listed(also))
                    }
                };
                push(&mut text, "It also allows", &also);
                if let Some(Usual { role, also }) = usual {
                    let also = if also.is_empty() { "nothing else".to_owned() } else { listed(also) };
                    let usual = format!("{}, which is meant for this; it also allows {also}", role.label());
                    push(&mut text, "Or", &usual);
                }
                self.push_granters(&mut text, granters);
            }
            Remedy::AddPolicy { vault, writers } => {
                push(&mut text, "Add", &format!("an access policy for getting secrets to {}", vault.name()));
                self.push_granters(&mut text, writers);
            }
            Remedy::DenyAssignment { name, .. } => {
                let why = "no role helps while it is there, and only what made it takes it away";
                push(&mut text, "Denied by", &format!("{name}: {why}"));
            }
            Remedy::NoRole { place, act } => {
                let why =
                    format!("no built-in role that was read allows {} on a {}", act.action, place.words());
                push(&mut text, "No role", &why);
            }
        }
        text
    }

    fn push_granters(&self, text: &mut String, who: &WhoCan) {
        let list = |people: &[crate::domain::access::Person]| {
            let mut names: Vec<String> =
                people.iter().map(|person| self.principal(&person.principal)).collect();
            names.sort_by_cached_key(|name| name.to_lowercase());
            let more = names.len().saturating_sub(MOST_NAMES);
            names.truncate(MOST_NAMES);
            if more > 0 {
                names.push(format!("{more} more"));
            }
            names.join(", ")
        };
        push(text, "Who could", &list(&who.can));
        push(text, "When activated", &list(&who.after_activation));
        push(text, "Perhaps", &list(&who.cannot_tell));
        if who.can.is_empty() && who.after_activation.is_empty() {
            let nobody = if who.complete { "nobody" } else { "nobody that is known" };
            push(text, "Who could", nobody);
        }
    }

    /// Since when an assignment is there, and who made it; empty where that was not said.
    #[must_use]
    pub fn granted(&self, assignment: &ArmId, assessment: &Assessment) -> String {
        let Some(origin) = assessment.origin(assignment) else { return String::new() };
        let since = origin.since.map(|at| self.day(at));
        let by = origin.by.as_deref().filter(|id| !id.is_empty()).map(|id| self.principal(id));
        match (since, by) {
            (Some(since), Some(by)) => format!("{since} by {by}"),
            (Some(since), None) => since,
            (None, Some(by)) => format!("by {by}"),
            (None, None) => String::new(),
        }
    }
}

/// The role to activate that lets somebody grant it to themselves for sure, where that is the answer: what else may do so
/// at once was not read.
#[must_use]
pub fn activates(answer: &Answer) -> Option<&Reason> {
    let ways = answer.ways.iter().filter(|way| way.way == Way::SelfGrant);
    let reasons = ways.flat_map(|way| &way.steps).flat_map(|step| &step.decision.reasons);
    let mut reasons = reasons.filter(|reason| matches!(reason, Reason::Activatable { .. }));
    (answer.granting() == Verdict::AfterActivation).then(|| reasons.next()).flatten()
}

fn listed(capabilities: &[&Capability]) -> String {
    capabilities.iter().map(|capability| capability.words).collect::<Vec<_>>().join(", ")
}

/// Ways around a role that are not evaluated: roles and their assignments alone do not show them.
const NOT_LOOKED_AT: &str = "\nNot looked at: who may rewrite a custom role that they hold, and Global Administrators, who may\n\
                             make themselves User Access Administrator of everything\n";

/// Reasons in one; of several permissions that are missing the sentence is written once.
fn together(reasons: &[&str]) -> String {
    let missing: Vec<&str> =
        reasons.iter().filter_map(|reason| reason.strip_prefix("you lack ")?.strip_suffix(" here")).collect();
    if missing.len() == reasons.len() && !missing.is_empty() {
        format!("you lack {}", missing.join(", "))
    } else {
        reasons.join("; ")
    }
}

fn push(text: &mut String, label: &str, value: &str) {
    if !value.is_empty() {
        text.push_str(&format!("{label:<16}{value}\n"));
    }
}

/// How an answer should strike the eye.
#[must_use]
pub fn tone(verdict: Verdict) -> Tone {
    match verdict {
        Verdict::Allowed => Tone::Good,
        Verdict::Conditional | Verdict::AfterActivation | Verdict::CannotTell => Tone::Warn,
        Verdict::Denied(_) => Tone::Muted,
    }
}

/// What people call a principal, by its object id; the beginning of that where nobody knows a name.
#[must_use]
pub fn called(principals: &Principals, id: &str) -> String {
    match principals.name(id) {
        PrincipalName::Known(known) => known.name,
        PrincipalName::Deleted => format!("deleted principal {}", short(id)),
        PrincipalName::Unreadable { .. } => unreadable(id),
        PrincipalName::Loading => id.to_owned(),
    }
}

/// The first group of a GUID: enough to tell two apart.
fn short(id: &str) -> &str {
    id.split('-').next().unwrap_or(id)
}
