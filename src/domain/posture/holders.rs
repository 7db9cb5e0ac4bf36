//! Who has a role that reaches a workspace, with the people behind groups, as checks count them.

use super::{Reach, Subject};
use crate::azure::directory::PrincipalKind;
use crate::azure::resources::role_assignment::PrincipalType;
use crate::domain::access::{
    AccessRow, AccessTable, Depth, Member, Membership, Place, PrincipalName, Role, Tenure,
};
use crate::domain::fact::count;

/// Where a role is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Where {
    /// On the workspace, or above it.
    Workspace,
    /// On something that the workspace depends on, and not on the workspace.
    Beside(Place),
}

/// Somebody or a group with a role in force.
pub(super) struct Holder<'a> {
    /// Their object id, in lower case.
    pub(super) id: String,
    /// What people call them.
    pub(super) name: String,
    /// Whether it is a group.
    pub(super) is_group: bool,
    /// How many people it is.
    pub(super) people: usize,
    /// How many of them are guests.
    pub(super) guests: usize,
    /// The object ids of all who act with the role, in lower case: people, applications and identities.
    pub(super) acting: Vec<String>,
    /// Whether more may be behind it than could be read.
    pub(super) is_unsure: bool,
    /// Whether the directory did not tell what it is: an assignment calls guests users.
    pub(super) is_nameless: bool,
    /// The role; none for one beside the workspace.
    pub(super) role: Option<&'a Role>,
    /// How far the role reaches; none where it was not read.
    pub(super) depth: Option<Depth>,
    /// Whether it is there all the time; none where Privileged Identity Management could not be asked.
    pub(super) is_standing: Option<bool>,
    /// Where it is held.
    pub(super) at: Where,
}

impl Holder<'_> {
    /// `Ada Lovelace`, `12 people in Cloud owners`; and the object id.
    pub(super) fn whose(&self) -> (String, String) {
        let words = match (self.is_group, self.people) {
            (false, _) | (true, 0) => self.name.clone(),
            (true, people) => format!("{} in {}", count(people, "person", "people"), self.name),
        };
        (words, self.id.clone())
    }
}

/// What a row's principal is called, and its object id.
pub(super) fn whose(row: &AccessRow) -> (String, String) {
    (called(row), row.principal_id.to_ascii_lowercase())
}

/// What a row's principal is called; nobody is told an object id that they did not ask for.
fn called(row: &AccessRow) -> String {
    named(&row.principal, row.kind())
}

fn named(name: &PrincipalName, kind: Option<PrincipalKind>) -> String {
    match (name, kind) {
        (PrincipalName::Known(known), _) => known.name.clone(),
        (PrincipalName::Deleted, _) => "a deleted principal".to_owned(),
        (_, Some(kind)) => {
            let word = kind.word().to_lowercase();
            let article =
                if word.starts_with(['a', 'e', 'i', 'o', 'u']) && word != "user" { "an" } else { "a" };
            format!("{article} {word} without a name here")
        }
        (_, None) => "somebody without a name here".to_owned(),
    }
}

/// Everybody with a role in force on the workspace; where access was gathered, on what it depends on too.
pub(super) fn holders<'a>(subject: &Subject<'a>, table: &'a AccessTable) -> Vec<Holder<'a>> {
    let reach = subject.access;
    let rows = table.rows.iter().filter(|row| row.is_in_force() && !row.is_orphaned());
    let mut all: Vec<Holder<'a>> = rows
        .map(|row| Holder {
            role: Some(&row.role),
            depth: reach.and_then(|reach| reach.access.role_depth(&row.role.id)),
            is_standing: (row.tenure != Tenure::Unknown).then_some(row.tenure == Tenure::Permanent),
            is_nameless: row.principal.known().is_none(),
            ..behind(called(row), &row.principal_id, row.kind(), Where::Workspace, reach)
        })
        .collect();
    all.extend(reach.into_iter().flat_map(beside));
    all
}

/// Those with a role on a dependent itself.
fn beside<'a>(reach: Reach<'a>) -> impl Iterator<Item = Holder<'a>> {
    const DEPENDENTS: [Place; 4] = [Place::Storage, Place::Vault, Place::Registry, Place::Insights];
    let evidence = reach.access.evidence();
    let on = move |place: Place| {
        let scope = reach.targets.scope(place);
        let here = evidence.assignments().iter().filter(move |assignment| {
            scope.is_some()
                && assignment.properties.scope == scope
                && !evidence.is_gone(&assignment.properties.principal_id)
        });
        here.map(move |assignment| {
            let of = &assignment.properties;
            let kind = of.principal_type.as_ref().and_then(|kind| match kind {
                PrincipalType::User => Some(PrincipalKind::User),
                PrincipalType::Group => Some(PrincipalKind::Group),
                PrincipalType::ServicePrincipal => Some(PrincipalKind::Application),
                _ => None,
            });
            let words = named(&PrincipalName::Loading, kind.clone());
            let role = of.role_definition_id.as_ref().map(|role| role.name().to_owned());
            Holder {
                depth: role.and_then(|role| reach.access.role_depth(&role)),
                ..behind(words, &of.principal_id, kind, Where::Beside(place), Some(reach))
            }
        })
    };
    DEPENDENTS.into_iter().flat_map(on)
}

/// Who is behind a principal.
fn behind<'a>(
    name: String,
    id: &str,
    kind: Option<PrincipalKind>,
    at: Where,
    reach: Option<Reach<'a>>,
) -> Holder<'a> {
    let mut holder = Holder {
        id: id.to_ascii_lowercase(),
        name,
        is_group: false,
        people: 0,
        guests: 0,
        acting: Vec::new(),
        is_unsure: false,
        is_nameless: true,
        role: None,
        depth: None,
        is_standing: Some(true),
        at,
    };
    let mut take = |member: &Member| {
        if member.is_group() {
            holder.is_unsure |= member.kind == PrincipalKind::ForeignGroup;
            return;
        }
        holder.people += usize::from(member.kind.is_person());
        holder.guests += usize::from(member.kind == PrincipalKind::Guest);
        holder.acting.push(member.id.clone());
    };
    match kind {
        Some(PrincipalKind::Group | PrincipalKind::ForeignGroup) => {
            let known = reach.and_then(|reach| reach.access.evidence().members.get(id));
            match known {
                Some(Membership::Known(members)) => members.iter().for_each(&mut take),
                _ => holder.is_unsure = true,
            }
            holder.is_group = true;
        }
        Some(kind) => take(&Member::new(id, kind)),
        None => holder.is_unsure = true,
    }
    holder
}
