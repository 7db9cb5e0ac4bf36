//! The filter of the access matrix. It looks at one role of a row at a time, so that `role:owner from:sub` is
//! one role and not two, and into groups. There may be hundreds of thousands of roles to look at for every key:
//! what is written of a role, a scope or a person is worked out once.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::grid;
use super::words::Names;
use crate::app::filter::{Filter, Searchable};
use crate::app::haystack::{FIELD, Haystack, Letters, push_lower};
use crate::domain::access::{Cell, Matrix, MatrixRow};

/// A filter over a matrix.
pub struct Sieve<'a> {
    filter: Filter,
    matrix: &'a Matrix,
    names: Names<'a>,
    texts: Texts,
    /// Somebody in groups, with the groups, by number, through which one of their roles passes.
    people: HashMap<Arc<str>, (Arc<MatrixRow>, HashSet<u32>)>,
}

/// What is written of roles and scopes, by the numbers that the matrix gives them.
#[derive(Default)]
struct Texts {
    roles: HashMap<u32, Written>,
    scopes: HashMap<u32, Written>,
}

/// A text as it is shown and as it is looked into.
struct Written {
    text: String,
    lower: String,
    /// Of a role, whether it is a custom one.
    custom: bool,
}

impl Written {
    fn new(text: String, custom: bool) -> Self {
        let mut lower = String::new();
        push_lower(&mut lower, &text);
        Self { text, lower, custom }
    }
}

impl<'a> Sieve<'a> {
    /// A filter as it was typed.
    #[must_use]
    pub fn new(matrix: &'a Matrix, names: Names<'a>, filter: &str) -> Self {
        let filter = Filter::parse(filter);
        Self { filter, matrix, names, texts: Texts::default(), people: HashMap::new() }
    }

    /// Whether one of the roles of a row passes, or the row itself where it has none.
    pub fn passes(&mut self, row: &MatrixRow) -> bool {
        self.filter.is_empty()
            || look(&mut self.filter, &mut self.texts, &self.names, self.matrix, row, &mut |_| true)
    }

    /// Those in a group of whom a role passes that comes through this group, by name.
    pub fn members(&mut self, group: &MatrixRow) -> Vec<Arc<MatrixRow>> {
        let Some(number) = self.matrix.number(&group.principal) else { return Vec::new() };
        let mut found: Vec<Arc<MatrixRow>> = Vec::new();
        for member in self.matrix.members(&group.principal) {
            if !self.people.contains_key(&member) {
                let Some(row) = self.matrix.row(&member, self.names.principals) else { continue };
                let mut through = HashSet::new();
                let mut note = |cell: Option<&Cell<'_>>| {
                    through.extend(cell.and_then(Cell::via_number));
                    false
                };
                look(&mut self.filter, &mut self.texts, &self.names, self.matrix, &row, &mut note);
                self.people.insert(member.clone(), (Arc::new(row), through));
            }
            let person = self.people.get(&member).filter(|(_, through)| through.contains(&number));
            found.extend(person.map(|(row, _)| row.clone()));
        }
        found.sort_by_cached_key(|row| row.label.to_lowercase());
        found
    }
}

/// Looks at the roles of a row that pass, one after another, until `enough` says so; gives whether it did. A
/// row without roles passes by itself.
fn look(
    filter: &mut Filter,
    texts: &mut Texts,
    names: &Names<'_>,
    matrix: &Matrix,
    row: &MatrixRow,
    enough: &mut dyn FnMut(Option<&Cell<'_>>) -> bool,
) -> bool {
    let address = names.address(&row.principal);
    let mut text = String::new();
    push_lower(&mut text, &grid::label(row));
    text.push(FIELD);
    push_lower(&mut text, &address);
    let own = text.len();
    // The same role from the same scope looks the same, however often it comes.
    let mut seen: HashSet<Likeness> = HashSet::new();
    let mut any = false;
    for cell in matrix.held(row) {
        any = true;
        if !seen.insert(likeness(&cell)) {
            continue;
        }
        let role = texts.roles.entry(cell.role_number()).or_insert_with(|| {
            let role = cell.role();
            Written::new(role.label().to_owned(), role.custom)
        });
        let scope = texts.scopes.entry(cell.scope_number());
        let scope = scope.or_insert_with(|| Written::new(names.scope(&cell.scope()), false));
        text.truncate(own);
        for part in [&role.lower, &scope.lower] {
            text.push(FIELD);
            text.push_str(part);
        }
        let asked = Asked { row, held: Some((cell, &*role, &*scope)), names, address: &address, text: &text };
        if filter.matches(&asked) && enough(Some(&cell)) {
            return true;
        }
    }
    let alone = Asked { row, held: None, names, address: &address, text: &text };
    !any && filter.matches(&alone) && enough(None)
}

/// All that the filter can tell a role of a row by.
type Likeness = (u32, u32, Option<u32>, bool, bool, Option<jiff::Timestamp>);

fn likeness(cell: &Cell<'_>) -> Likeness {
    let (role, scope, via) = (cell.role_number(), cell.scope_number(), cell.via_number());
    (role, scope, via, cell.tenure().is_eligible(), cell.is_conditional(), cell.since())
}

/// A row as the filter sees one of its roles.
struct Asked<'a> {
    row: &'a MatrixRow,
    held: Option<(Cell<'a>, &'a Written, &'a Written)>,
    names: &'a Names<'a>,
    address: &'a str,
    text: &'a str,
}

impl Searchable for Asked<'_> {
    fn haystack(&self) -> Haystack<'_> {
        Haystack { lower: self.text, letters: Letters::of(self.text) }
    }

    fn column(&self, name: &str) -> Option<Cow<'_, str>> {
        let yes_no = |value: bool| Cow::Borrowed(if value { "yes" } else { "no" });
        let held = self.held.as_ref();
        Some(match name {
            "principal" => grid::label(self.row),
            "type" => grid::kind(self.row).into(),
            "id" => Cow::Borrowed(&self.row.principal),
            "orphan" => yes_no(self.row.orphaned),
            "address" => Cow::Borrowed(self.address),
            "role" => held.map_or("", |(_, role, _)| &role.text).into(),
            "from" => held.map_or("", |(.., scope)| &scope.text).into(),
            "via" => {
                let group = held.and_then(|(cell, ..)| cell.via());
                group.map_or_else(String::new, |group| self.names.principal(&group)).into()
            }
            "custom" => yes_no(held.is_some_and(|(_, role, _)| role.custom)),
            "eligible" => yes_no(held.is_some_and(|(cell, ..)| cell.tenure().is_eligible())),
            "conditional" => yes_no(held.is_some_and(|(cell, ..)| cell.is_conditional())),
            "since" => {
                let since = held.and_then(|(cell, ..)| cell.since());
                since.map_or_else(String::new, |at| at.to_string()).into()
            }
            _ => return None,
        })
    }
}
