//! What was read about access, made ready for questions. That takes a while for a large estate, so it is
//! done beside the screen: [`Facts`] go out, an [`Assessment`] comes back.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::groups::{Groups, Membership};
use super::known_names::PlaceNames;
use super::lists::{AccessList, AccessLists};
use super::sieve::Index;
use crate::app::model::Model;
use crate::app::page::Page;
use crate::azure::arm::id::ArmId;
use crate::domain::access::{
    Access, Evidence, Gap, GapKind, Matrix, PrincipalName, Principals, Roles, Targets,
};
use crate::domain::lookup::Lookup;

/// What was read, as it is: cheap to collect, because all that is long is shared.
#[derive(Debug, Clone)]
pub struct Facts {
    targets: Targets,
    /// Each scope with its lists, and which of them were read.
    scopes: Vec<(ArmId, AccessLists, Vec<AccessList>)>,
    roles: Roles,
    groups: Groups,
    gaps: Vec<Gap>,
    principals: Principals,
    names: PlaceNames,
}

/// Facts are the same only when they are one: comparing tens of thousands of assignments is no use to anybody.
impl PartialEq for Facts {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

/// What was read, ready for questions.
#[derive(Debug)]
pub struct Assessment {
    /// The answers.
    pub access: Arc<Access>,
    /// Who has which role where.
    pub matrix: Matrix,
    /// What filters of the matrix look into.
    pub index: Index,
    /// The scopes of the workspace.
    pub targets: Targets,
    /// When the next role of those that begin or end does, so that the answers are others.
    pub stands_until: Option<Timestamp>,
    /// Where assignments and eligibilities come from, by their ids.
    origins: HashMap<ArmId, Origin>,
}

/// Since when a principal has a role, and who saw to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Since when.
    pub since: Option<Timestamp>,
    /// The object id of who made the assignment; of an eligibility that is not told.
    pub by: Option<String>,
}

impl Assessment {
    /// Where a role assignment or an eligibility comes from.
    #[must_use]
    pub fn origin(&self, assignment: &ArmId) -> Option<&Origin> {
        self.origins.get(assignment)
    }
}

/// How making an assessment is doing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Assessed {
    /// The state of knowledge ([`Model::knowledge`]) that the last one was asked for with.
    pub knowledge: u64,
    /// The number of the one that is being made.
    pub under_way: Option<u64>,
}

impl Facts {
    /// What is known about access to the workspace of a page.
    #[must_use]
    pub fn of(model: &Model, page: &Page) -> Self {
        let mut gaps = Vec::new();
        let mut scopes = Vec::new();
        for scope in std::iter::once(&page.id).chain(page.scopes_beside()) {
            let lists = page.all_lists().find(|(at, _)| *at == scope).map(|(_, lists)| lists.clone());
            let lists = lists.unwrap_or_default();
            let mut read = Vec::new();
            for list in AccessList::ALL {
                let Some(status) = page.list_status(list, scope) else { continue };
                match (&status.at, &status.error) {
                    (Some(_), _) => read.push(list),
                    (None, Some(_))
                        if lists.unlicensed && matches!(list, AccessList::Eligible | AccessList::Active) =>
                    {
                        read.push(list);
                    }
                    (None, Some(why)) => gaps.push(Gap::new(kind_of(list), Some(scope.clone()), why)),
                    (None, None) => {}
                }
            }
            scopes.push((scope.clone(), lists, read));
        }
        for (subscription, why) in &model.roles_refused {
            gaps.push(Gap::new(GapKind::Definitions, Some(ArmId::subscription(subscription)), why));
        }
        Self {
            targets: Targets::of(&page.opened),
            scopes,
            roles: model.roles.clone(),
            groups: model.groups.clone(),
            gaps,
            principals: model.principals.clone(),
            names: PlaceNames::of(&model.inventory),
        }
    }

    /// Makes it ready for questions at a time. This is the part that takes long.
    #[must_use]
    pub fn assess(&self, now: Timestamp) -> Assessment {
        let mut evidence = Evidence::default();
        evidence.roles = self.roles.clone();
        for (scope, lists, read) in &self.scopes {
            for list in read {
                match list {
                    AccessList::Assignments => evidence.share_assignments(scope, lists.assignments.clone()),
                    AccessList::Eligible => evidence.share_eligible(scope, lists.eligible.clone()),
                    AccessList::Active => evidence.share_active(scope, lists.active.clone()),
                    AccessList::Denies => evidence.share_denies(scope, lists.denies.clone()),
                }
            }
        }
        for (group, known) in self.groups.iter() {
            match &known.members {
                Lookup::Found(members) => evidence.members.share(group, members.clone()),
                _ => evidence.members.refuse(group, &known.refusal().unwrap_or_default()),
            }
        }
        for gap in &self.gaps {
            evidence.add_gap(gap.clone());
        }
        if let Some(identity) = &self.targets.identity {
            evidence.add_machine(identity);
        }
        for principal in self.principals.deleted() {
            evidence.add_gone(principal);
        }
        for (principal, why) in self.unknown_policies() {
            evidence.members.refuse(principal, &why);
        }
        let assigned = evidence.assignments().iter().map(|assignment| {
            let of = &assignment.properties;
            (assignment.id.clone(), Origin { since: of.created_on, by: of.created_by.clone() })
        });
        let eligible = evidence.eligible().iter().map(|instance| {
            let of = &instance.properties;
            (instance.id.clone(), Origin { since: of.start_date_time.or(of.created_on), by: None })
        });
        let origins = assigned.chain(eligible).collect();
        let scheduled = evidence.active().iter().chain(evidence.eligible().iter());
        let turns = scheduled.flat_map(|of| [of.properties.start_date_time, of.properties.end_date_time]);
        let stands_until = turns.flatten().filter(|at| *at > now).min();
        let access = Arc::new(Access::new(Arc::new(evidence), now));
        let matrix = Matrix::new(access.clone(), &self.targets, &self.principals, &self.names);
        let index = Index::new(&matrix, &self.principals);
        Assessment { access, matrix, index, targets: self.targets.clone(), stands_until, origins }
    }
}

impl Facts {
    /// Those whom an access policy of the vault names and of whom nobody tells what they are, with the
    /// reason: a policy does not say whether it is for a group, into which anybody may belong.
    fn unknown_policies(&self) -> impl Iterator<Item = (&str, String)> {
        let holds = |id: &str| {
            let lists = self.scopes.iter().map(|(_, lists, _)| lists);
            lists.flat_map(AccessLists::holders).any(|holder| holder.eq_ignore_ascii_case(id))
        };
        self.targets.vault_policies.iter().filter_map(move |policy| {
            let why = match self.principals.name(&policy.principal) {
                PrincipalName::Known(_) | PrincipalName::Deleted => return None,
                PrincipalName::Loading => "whether it is a group was not read yet".to_owned(),
                PrincipalName::Unreadable { reason } => {
                    format!("whether it is a group is not known: {reason}")
                }
            };
            (!holds(&policy.principal)).then_some((policy.principal.as_str(), why))
        })
    }
}

/// What could not be read of access to the workspace on screen: lists, role definitions, who is in the groups
/// that have something here, and names.
#[must_use]
pub fn gaps(model: &Model, assessment: &Assessment) -> Vec<Gap> {
    let mut gaps = assessment.access.evidence().gaps().to_vec();
    let Some(page) = model.page() else { return gaps };
    let (met, _) = model.groups.with_nested(page.groups().iter().map(String::as_str));
    for group in met {
        if let Some(why) = model.groups.get(group).and_then(Membership::refusal) {
            gaps.push(Gap::new(GapKind::Members(group.to_owned()), None, why));
        }
    }
    if let Some(why) = &page.access.unreadable {
        gaps.push(Gap::new(GapKind::Names, None, why));
    }
    gaps
}

fn kind_of(list: AccessList) -> GapKind {
    match list {
        AccessList::Assignments => GapKind::Assignments,
        AccessList::Eligible => GapKind::Eligible,
        AccessList::Active => GapKind::Active,
        AccessList::Denies => GapKind::Denies,
    }
}
