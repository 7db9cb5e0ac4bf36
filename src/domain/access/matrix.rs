//! One matrix for a workspace: rows are principals, columns the workspace and what it depends on, and a
//! cell says which roles somebody has there and how they come.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use super::decision::GroupPath;
use super::evidence::{Gap, Listed};
use super::index::{Access, Grant, Nature, Source};
use super::principal::{PrincipalName, Principals, unreadable};
use super::row::{From, Role, ScopeNames, Tenure, stated_kind};
use super::targets::{Place, Targets};
use crate::azure::arm::id::ArmId;
use crate::azure::directory::PrincipalKind;
use crate::domain::places::places;

/// A column: a scope of the workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Column {
    /// Which of them.
    pub place: Place,
    /// Its id.
    pub scope: ArmId,
    /// Why the column is not complete, where its role assignments could not be read.
    pub gap: Option<Gap>,
    /// The scopes in force here, as numbers with where they are, seen from here.
    #[serde(skip)]
    from: HashMap<u32, From>,
}

/// A role that somebody has, and where it is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Held {
    /// The grant, by its number.
    grant: u32,
    /// The group that it comes through, by its number.
    via: Option<u32>,
    /// The columns in which it is in force, as bits.
    columns: u8,
}

/// A row: a principal with all that it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatrixRow {
    /// The object id, in lower case.
    pub principal: Arc<str>,
    /// The number that stands for it in this matrix.
    pub number: u32,
    /// The name to show: its own, else the id.
    pub label: Arc<str>,
    /// What it is, where that is known.
    pub kind: Option<PrincipalKind>,
    /// Whether the directory does not know it any more.
    pub orphaned: bool,
    /// Of a group: how many people, applications and identities are in it; none where that is not known.
    pub members: Option<usize>,
    /// Its own roles first, then those through groups.
    held: Vec<Held>,
}

/// What rows are put together by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum GroupBy {
    /// One after another.
    Principal,
    /// By role: somebody with two roles is there twice.
    Role,
    /// By where the role was assigned.
    Scope,
}

/// Rows under one heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    /// What they have in common; empty where rows are not put together.
    pub title: String,
    /// The rows, by their place in the matrix.
    pub rows: Vec<usize>,
}

/// What rows can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum MatrixSort {
    /// By name.
    Principal,
    /// By what it is.
    Kind,
    /// By how much it has: how many roles over all columns, most first.
    Roles,
    /// By the first role in a column; rows with none there come last.
    Column(Place),
}

/// Who has which role on a workspace and on what it depends on.
#[derive(Debug, Clone)]
pub struct Matrix {
    access: Arc<Access>,
    /// The columns.
    pub columns: Vec<Column>,
    /// A row for each principal that holds a role in some column itself.
    pub rows: Vec<MatrixRow>,
    /// Bits of the columns in which each scope is in force.
    in_force: Vec<u8>,
    /// Of each scope that is in force somewhere, whether it was read which assignments there end by themselves.
    ends_read: Vec<bool>,
    /// The roles, by their numbers.
    roles: Vec<Role>,
    /// The place of each role among all of them by name.
    role_places: Vec<usize>,
}

/// What a principal is called and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who {
    /// The name to show: its own, else that it is not told, else the id.
    pub label: Arc<str>,
    /// What it is, where that is known.
    pub kind: Option<PrincipalKind>,
    /// Whether the directory does not know it any more.
    pub orphaned: bool,
    /// Of a group: how many people, applications and identities are in it; none where that is not known.
    pub members: Option<usize>,
}

impl Matrix {
    /// Works the matrix out. Rows are in the order of their names.
    #[must_use]
    pub fn new(
        access: Arc<Access>,
        targets: &Targets,
        principals: &Principals,
        names: &dyn ScopeNames,
    ) -> Self {
        let mut in_force = vec![0_u8; access.scopes.len()];
        let mut columns = Vec::new();
        for (at, (place, scope)) in targets.places().enumerate() {
            let mut from = HashMap::new();
            for number in access.in_force_at(&scope) {
                in_force[number as usize] |= 1 << at;
                // As the service wrote it, not as it is compared.
                if let Some(grant) = access.some_grant_at(number) {
                    let made = access.scope_of(grant);
                    from.insert(number, From::of(&scope, Some(&made), names));
                }
            }
            let covered = access.evidence.covers(Listed::Assignments, &scope);
            let gap = (!covered).then(|| access.evidence.missing(Listed::Assignments, &scope));
            columns.push(Column { place, scope, gap, from });
        }
        let numbers = (0..access.roles.len()).filter_map(|number| u32::try_from(number).ok());
        let roles: Vec<Role> = numbers.map(|number| access.role(number)).collect();
        let role_places = places(roles.iter().map(Role::label), str::to_lowercase);
        let rows = Vec::new();
        let mut matrix = Self { access, columns, rows, in_force, ends_read: Vec::new(), roles, role_places };
        matrix.ends_read = matrix.ends_read();
        let holders = (0..matrix.access.principals.len()).filter_map(|n| u32::try_from(n).ok());
        let rows = holders
            .filter(|number| matrix.own(*number).next().is_some())
            .map(|number| matrix.row_of(number, principals));
        let mut rows: Vec<MatrixRow> = rows.collect();
        rows.sort_by_cached_key(|row| row.label.to_lowercase());
        matrix.rows = rows;
        matrix
    }

    /// The row of one principal, with all that it has itself and through groups.
    #[must_use]
    pub fn row(&self, principal: &str, principals: &Principals) -> Option<MatrixRow> {
        let number = self.access.principals.get(principal)?;
        Some(self.row_of(number, principals))
    }

    /// The row of a principal by its number.
    #[must_use]
    pub fn row_at(&self, number: u32, principals: &Principals) -> MatrixRow {
        self.row_of(number, principals)
    }

    /// The people, applications and identities in a group, by name, each with all that it has; nobody for
    /// what is no group or was not read.
    #[must_use]
    pub fn open(&self, group: &str, principals: &Principals) -> Vec<MatrixRow> {
        let members = self.number(group).into_iter().flat_map(|number| self.members(number));
        let mut rows: Vec<MatrixRow> = members.map(|member| self.row_of(member, principals)).collect();
        rows.sort_by_cached_key(|row| row.label.to_lowercase());
        rows
    }

    /// The people, applications and identities in a group, all by number.
    pub fn members(&self, group: u32) -> impl Iterator<Item = u32> {
        self.access.acting_in(group)
    }

    /// The number that stands for a principal in this matrix.
    #[must_use]
    pub fn number(&self, principal: &str) -> Option<u32> {
        self.access.principals.get(principal)
    }

    /// The object id of a number, in lower case.
    #[must_use]
    pub fn principal(&self, number: u32) -> Arc<str> {
        self.access.principals.text(number)
    }

    /// How many principals have a number here, whether they have a row or not.
    #[must_use]
    pub fn principals(&self) -> usize {
        self.access.principals.len()
    }

    /// The roles that somebody has, by their numbers.
    #[must_use]
    pub fn roles(&self) -> &[Role] {
        &self.roles
    }

    /// How many scopes have a number here.
    #[must_use]
    pub fn scopes(&self) -> usize {
        self.in_force.len()
    }

    /// The scope of a number, where something that is held was assigned there.
    #[must_use]
    pub fn scope(&self, number: u32) -> Option<ArmId> {
        Some(self.access.scope_of(self.access.some_grant_at(number)?))
    }

    /// Whether something is told that has ended.
    #[must_use]
    pub fn tells_ended(&self) -> bool {
        self.access.grants.last().is_some_and(|grant| grant.ended)
    }

    /// How many roles are held in all, by whomever.
    #[must_use]
    pub fn grants(&self) -> usize {
        self.access.grants.len()
    }

    /// When what is held under a number was assigned.
    #[must_use]
    pub fn since(&self, grant: u32) -> Option<Timestamp> {
        match self.access.grants[grant as usize].source {
            Source::Assigned(at) => self.access.evidence.assignments()[at].properties.created_on,
            Source::Eligible(at) => self.access.evidence.eligible()[at].properties.created_on,
        }
    }

    /// What a principal holds itself that is in force in some column, and behind it what was until it ended.
    fn own(&self, number: u32) -> impl Iterator<Item = Held> {
        let grants = self.access.by_principal.get(number).iter();
        grants.chain(self.access.ended_of.get(number)).filter_map(|grant| {
            let columns = self.in_force[self.access.grants[*grant as usize].scope as usize];
            (columns != 0).then_some(Held { grant: *grant, via: None, columns })
        })
    }

    fn row_of(&self, number: u32, principals: &Principals) -> MatrixRow {
        let mut held: Vec<Held> = self.own(number).collect();
        for group in self.access.groups_of.get(number) {
            held.extend(self.own(*group).map(|held| Held { via: Some(*group), ..held }));
        }
        let Who { label, kind, orphaned, members } = self.who(number, principals);
        let principal = self.access.principals.text(number);
        MatrixRow { principal, number, label, kind, orphaned, members, held }
    }

    /// What a principal is called and what it is, by its number: cheaper than its row.
    #[must_use]
    pub fn who(&self, number: u32, principals: &Principals) -> Who {
        let id = self.access.principals.text(number);
        let name = principals.known(&id);
        let known = name.and_then(PrincipalName::known);
        let members =
            (self.access.nature(number) == Nature::KnownGroup).then(|| self.access.acting_in(number).count());
        Who {
            kind: known.map(|known| known.kind.clone()).or_else(|| self.stated_kind(number)),
            orphaned: name == Some(&PrincipalName::Deleted),
            label: match name {
                Some(PrincipalName::Known(known)) => known.name.as_str().into(),
                Some(PrincipalName::Unreadable { .. }) => unreadable(&id).into(),
                Some(PrincipalName::Loading | PrincipalName::Deleted) | None => id,
            },
            members,
        }
    }

    /// What the first assignment says that the principal is.
    fn stated_kind(&self, number: u32) -> Option<PrincipalKind> {
        let first =
            self.access.by_principal.get(number).iter().chain(self.access.ended_of.get(number)).next()?;
        let grant = &self.access.grants[*first as usize];
        let stated = match grant.source {
            Source::Assigned(at) => &self.access.evidence.assignments()[at].properties.principal_type,
            Source::Eligible(at) => &self.access.evidence.eligible()[at].properties.principal_type,
        };
        stated.as_ref().map(stated_kind)
    }

    /// What somebody has in a column, their own roles first.
    pub fn cell<'a>(&'a self, row: &'a MatrixRow, column: usize) -> impl Iterator<Item = Cell<'a>> {
        let here = row.held.iter().filter(move |held| held.columns & (1 << column) != 0);
        here.map(move |held| self.look(*held, column))
    }

    fn look(&self, held: Held, column: usize) -> Cell<'_> {
        Cell { matrix: self, held, column }
    }

    fn grant(&self, held: Held) -> &Grant {
        &self.access.grants[held.grant as usize]
    }

    /// Of each scope that is in force in some column, whether it is known which assignments there end by themselves: the
    /// list of a place holds what is inherited there, from management groups too.
    fn ends_read(&self) -> Vec<bool> {
        let evidence = &self.access.evidence;
        let read = |column: &Column| evidence.covers(Listed::Active, &column.scope);
        let bits = self.columns.iter().enumerate().filter(|(_, column)| read(column));
        let read = bits.fold(0_u8, |bits, (at, _)| bits | 1 << at);
        self.in_force.iter().map(|columns| columns & read != 0).collect()
    }

    /// Everything that somebody has, in whatever column.
    pub fn held<'a>(&'a self, row: &'a MatrixRow) -> impl Iterator<Item = Cell<'a>> {
        row.held.iter().map(move |held| self.look(*held, held.columns.trailing_zeros() as usize))
    }

    /// The places of the rows in an order; equal rows by name.
    #[must_use]
    pub fn order(&self, by: MatrixSort, descending: bool) -> Vec<usize> {
        let mut rows: Vec<usize> = (0..self.rows.len()).collect();
        match by {
            MatrixSort::Principal => {}
            MatrixSort::Kind => rows.sort_by(|one, other| self.rows[*one].kind.cmp(&self.rows[*other].kind)),
            MatrixSort::Roles => rows.sort_by_key(|row| std::cmp::Reverse(self.rows[*row].held.len())),
            MatrixSort::Column(place) => {
                let column = self.columns.iter().position(|column| column.place == place);
                let first = |row: &usize| {
                    let cell = self.cell(&self.rows[*row], column?).next()?;
                    Some(self.role_places[cell.role_number() as usize])
                };
                rows.sort_by_cached_key(|row| first(row).unwrap_or(usize::MAX));
            }
        }
        if descending {
            rows.reverse();
        }
        rows
    }

    /// The rows under headings, in the order of the headings; rows keep the order in which they are given.
    #[must_use]
    pub fn under(&self, by: GroupBy, rows: &[usize]) -> Vec<Heading> {
        if by == GroupBy::Principal {
            return vec![Heading { title: String::new(), rows: rows.to_vec() }];
        }
        // What has one number has one heading; so have two roles of one name.
        let mut by_title: HashMap<String, usize> = HashMap::new();
        let mut by_number: HashMap<u32, usize> = HashMap::new();
        let mut headings: Vec<Heading> = Vec::new();
        for row in rows {
            for cell in self.held(&self.rows[*row]) {
                let number = match by {
                    GroupBy::Role => cell.role_number(),
                    GroupBy::Scope | GroupBy::Principal => cell.scope_number(),
                };
                let at = *by_number.entry(number).or_insert_with(|| {
                    let title = match by {
                        GroupBy::Role => cell.role().label().to_owned(),
                        GroupBy::Scope | GroupBy::Principal => cell.scope().as_str().to_owned(),
                    };
                    *by_title.entry(title).or_insert_with_key(|title| {
                        headings.push(Heading { title: title.clone(), rows: Vec::new() });
                        headings.len() - 1
                    })
                });
                let under = &mut headings[at].rows;
                if under.last() != Some(row) {
                    under.push(*row);
                }
            }
        }
        headings.sort_by(|one, other| one.title.cmp(&other.title));
        headings
    }
}

/// One role in one cell.
#[derive(Debug, Clone, Copy)]
pub struct Cell<'a> {
    matrix: &'a Matrix,
    held: Held,
    column: usize,
}

impl<'a> Cell<'a> {
    /// The role.
    #[must_use]
    pub fn role(&self) -> &'a Role {
        &self.matrix.roles[self.matrix.grant(self.held).role as usize]
    }

    /// A number that stands for what is held here, a role of somebody at a scope ([`Matrix::since`]).
    #[must_use]
    pub fn grant_number(&self) -> u32 {
        self.held.grant
    }

    /// A number that stands for the role in this matrix: cheaper to compare than the role.
    #[must_use]
    pub fn role_number(&self) -> u32 {
        self.matrix.grant(self.held).role
    }

    /// A number that stands for the scope where it was assigned.
    #[must_use]
    pub fn scope_number(&self) -> u32 {
        self.matrix.grant(self.held).scope
    }

    /// The number of the group that it comes through ([`Matrix::number`]); none for a role of one's own.
    #[must_use]
    pub fn via_number(&self) -> Option<u32> {
        self.held.via
    }

    /// Where it comes from, seen from the column.
    #[must_use]
    pub fn from(&self) -> Option<&From> {
        self.matrix.columns.get(self.column)?.from.get(&self.matrix.grant(self.held).scope)
    }

    /// Where it was assigned.
    #[must_use]
    pub fn scope(&self) -> ArmId {
        self.matrix.access.scope_of(self.matrix.grant(self.held))
    }

    /// The group that it comes through, by object id; none for a role of one's own.
    #[must_use]
    pub fn via(&self) -> Option<Arc<str>> {
        self.held.via.map(|group| self.matrix.access.principals.text(group))
    }

    /// The groups on the way to somebody, by object id; empty for a role of their own.
    #[must_use]
    pub fn path(&self, row: &MatrixRow) -> GroupPath {
        self.matrix.access.path(&row.principal, self.matrix.grant(self.held).principal)
    }

    /// The condition as it was written.
    #[must_use]
    pub fn condition(&self) -> Option<&str> {
        let evidence = &self.matrix.access.evidence;
        match self.matrix.grant(self.held).source {
            Source::Assigned(at) => evidence.assignments()[at].properties.condition.as_deref(),
            Source::Eligible(at) => evidence.eligible()[at].properties.condition.as_deref(),
        }
    }

    /// The role assignment or the eligibility.
    #[must_use]
    pub fn assignment(&self) -> &ArmId {
        self.matrix.access.source_id(self.matrix.grant(self.held))
    }

    /// Whether it is under a condition, of its own or of its role.
    #[must_use]
    pub fn is_conditional(&self) -> bool {
        self.matrix.grant(self.held).condition.is_some() || self.role().condition.is_some()
    }

    /// Whether it has ended: it was in force, or could be activated, and is not any more.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.matrix.grant(self.held).ended
    }

    /// For how long.
    #[must_use]
    pub fn tenure(&self) -> Tenure {
        let grant = self.matrix.grant(self.held);
        match (grant.source, grant.until) {
            (Source::Eligible(_), until) => Tenure::Eligible { until },
            (Source::Assigned(_), until) if grant.activated => Tenure::Activated { until },
            (Source::Assigned(_), Some(until)) => Tenure::Until(until),
            (Source::Assigned(_), None) if self.matrix.ends_read[grant.scope as usize] => Tenure::Permanent,
            (Source::Assigned(_), None) => Tenure::Unknown,
        }
    }

    /// When it was assigned.
    #[must_use]
    pub fn since(&self) -> Option<Timestamp> {
        self.matrix.since(self.held.grant)
    }

    /// The object id of who assigned it.
    #[must_use]
    pub fn created_by(&self) -> Option<&str> {
        match self.matrix.grant(self.held).source {
            Source::Assigned(at) => {
                self.matrix.access.evidence.assignments()[at].properties.created_by.as_deref()
            }
            Source::Eligible(_) => None,
        }
    }
}
