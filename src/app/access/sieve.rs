//! The filter of the access matrix. It looks at one role of a row at a time, so that `role:owner from:sub` is
//! one role and not two, and into groups. There may be hundreds of thousands of roles to look at for every key, made
//! of few people, roles and scopes: each of those is asked once, and their answers are put together.

use std::borrow::Cow;
use std::collections::HashMap;

use jiff::Timestamp;

use super::grid;
use super::words::Names;
use crate::app::filter::{Answers, Filter, Searchable};
use crate::app::haystack::{Haystack, Haystacks};
use crate::domain::access::{Cell, Matrix, MatrixRow, PrincipalName, Principals, Role, Who};
use crate::domain::places::places;

/// What filters of a matrix look into, worked out once, beside the screen.
#[derive(Debug, Default)]
pub struct Index {
    /// Of each principal by number: its name and address.
    people: Haystacks,
    /// The place of each by name.
    places: Vec<usize>,
    /// The roles by number.
    roles: Haystacks,
    /// When each role of somebody was assigned.
    since: Vec<Box<str>>,
}

impl Index {
    /// The index of a matrix, with these names.
    #[must_use]
    pub fn new(matrix: &Matrix, principals: &Principals) -> Self {
        let numbers = || (0..matrix.principals()).filter_map(|number| u32::try_from(number).ok());
        let mut index = Self::default();
        let mut labels = Vec::with_capacity(matrix.principals());
        for number in numbers() {
            let id = matrix.principal(number);
            let known = principals.known(&id);
            let told = known.and_then(|name| name.known());
            let label = told.map_or_else(|| id.clone(), |told| told.name.as_str().into());
            let address = told.and_then(|told| told.address.as_deref()).unwrap_or_default();
            let gone = known == Some(&PrincipalName::Deleted);
            index.people.add(&[&grid::called(&id, &label, gone), address]);
            labels.push(label);
        }
        index.places = places(labels.iter(), |label| label.to_lowercase());
        for role in matrix.roles() {
            index.roles.add(&[role.label()]);
        }
        let grants = (0..matrix.grants()).filter_map(|number| u32::try_from(number).ok());
        let since = |at: Option<Timestamp>| at.map_or_else(Box::default, |at| at.to_string().into());
        index.since = grants.map(|grant| since(matrix.since(grant))).collect();
        index
    }

    /// The place of a principal among all by name, by its number.
    #[must_use]
    pub fn place(&self, number: u32) -> usize {
        self.places.get(number as usize).copied().unwrap_or(usize::MAX)
    }
}

/// A filter over a matrix.
pub struct Sieve<'a> {
    filter: Filter,
    matrix: &'a Matrix,
    index: &'a Index,
    names: Names<'a>,
    roles: Vec<Answers>,
    scopes: Vec<Answers>,
    /// What every role and scope and all else that a role can be told by answer together.
    all: Answers,
    people: Vec<Option<Answers>>,
    groups: HashMap<u32, Answers>,
    /// Whether it asks for what only one role of somebody has: the group that it comes through, how it is held.
    via: bool,
    terms: bool,
}

impl<'a> Sieve<'a> {
    /// A filter as it was typed.
    #[must_use]
    pub fn new(matrix: &'a Matrix, index: &'a Index, names: Names<'a>, filter: &str) -> Self {
        let mut filter = Filter::parse(filter);
        let asks = |wanted: &[&str]| filter.columns().any(|column| wanted.contains(&column));
        let (via, terms) = (asks(&["via"]), asks(&["eligible", "conditional", "since"]));
        let (mut roles, mut scopes) = (Vec::new(), Vec::new());
        if !filter.is_empty() {
            for (at, role) in matrix.roles().iter().enumerate() {
                roles.push(filter.answers(&RolePart { role, text: index.roles.get(at) }));
            }
            for number in (0..matrix.scopes()).filter_map(|number| u32::try_from(number).ok()) {
                let written = matrix.scope(number).map_or_else(String::new, |scope| names.scope(&scope));
                let mut texts = Haystacks::with_capacity(1);
                texts.add(&[&written]);
                scopes.push(filter.answers(&ScopePart { written: &written, texts }));
            }
        }
        let all = roles.iter().chain(&scopes).fold(Answers::default(), |all, one| all | *one);
        let people = vec![None; matrix.principals()];
        let groups = HashMap::new();
        Self { filter, matrix, index, names, roles, scopes, all, people, groups, via, terms }
    }

    /// Whether one of the roles of a row passes, or the row itself where it has none.
    pub fn passes(&mut self, row: &MatrixRow) -> bool {
        if self.filter.is_empty() {
            return true;
        }
        let who = self.person(row.number, Some(row));
        if !self.may_pass(who) {
            return false;
        }
        let matrix = self.matrix;
        let mut held = matrix.held(row).peekable();
        if held.peek().is_none() {
            let nothing = Term { eligible: false, conditional: false, since: "" };
            let none = self.filter.answers(&Nothing) | self.filter.answers(&nothing);
            return self.filter.accepts(who | none);
        }
        held.any(|cell| {
            let answers = who | self.held(&cell, cell.via_number());
            self.filter.accepts(answers)
        })
    }

    /// Those in a group of whom a role passes that comes through this group, by number and in the order of
    /// their names.
    pub fn members(&mut self, group: &MatrixRow) -> Vec<u32> {
        let matrix = self.matrix;
        let mut through: Vec<Answers> = Vec::new();
        for cell in matrix.held(group).filter(|cell| cell.via_number().is_none()) {
            let answers = self.held(&cell, Some(group.number));
            if !through.contains(&answers) {
                through.push(answers);
            }
        }
        let mut found = Vec::new();
        for member in matrix.members(group.number) {
            let who = self.person(member, None);
            if through.iter().any(|held| self.filter.accepts(who | *held)) {
                found.push(member);
            }
        }
        found.sort_by_key(|member| self.index.place(*member));
        found
    }

    /// Whether some role could make it pass; `false` is certain.
    fn may_pass(&self, who: Answers) -> bool {
        self.via || self.terms || self.filter.may_accept(who, self.all)
    }

    /// What somebody answers, whatever their roles.
    fn person(&mut self, number: u32, row: Option<&MatrixRow>) -> Answers {
        let at = number as usize;
        if let Some(known) = self.people.get(at).copied().flatten() {
            return known;
        }
        let part = PersonPart {
            number,
            row,
            text: self.index.people.get(at),
            matrix: self.matrix,
            names: &self.names,
        };
        let answers = self.filter.answers(&part);
        if let Some(slot) = self.people.get_mut(at) {
            *slot = Some(answers);
        }
        answers
    }

    /// What a role of somebody answers, whoever they are; `via` is the group that it comes through.
    fn held(&mut self, cell: &Cell<'_>, via: Option<u32>) -> Answers {
        let of = |all: &[Answers], number: u32| all.get(number as usize).copied().unwrap_or_default();
        let mut answers = of(&self.roles, cell.role_number()) | of(&self.scopes, cell.scope_number());
        if self.via {
            answers = answers | self.group(via);
        }
        if self.terms {
            answers = answers
                | self.filter.answers(&Term {
                    eligible: cell.tenure().is_eligible(),
                    conditional: cell.is_conditional(),
                    since: self.index.since.get(cell.grant_number() as usize).map_or("", |since| since),
                });
        }
        answers
    }

    /// What the group answers that a role comes through; none for a role of one's own.
    fn group(&mut self, group: Option<u32>) -> Answers {
        let Some(number) = group else { return self.filter.answers(&ViaPart(String::new())) };
        let (filter, matrix, names) = (&mut self.filter, self.matrix, &self.names);
        let group = || ViaPart(names.principal(&matrix.principal(number)));
        *self.groups.entry(number).or_insert_with(|| filter.answers(&group()))
    }
}

const EMPTY: &str = "";

fn nothing() -> Haystack<'static> {
    Haystack { lower: EMPTY, letters: crate::app::haystack::Letters::of(EMPTY) }
}

fn yes_no(value: bool) -> Cow<'static, str> {
    Cow::Borrowed(if value { "yes" } else { "no" })
}

/// Somebody, whatever their roles.
struct PersonPart<'a> {
    number: u32,
    /// Of one that has a row, the row.
    row: Option<&'a MatrixRow>,
    text: Haystack<'a>,
    matrix: &'a Matrix,
    names: &'a Names<'a>,
}

impl PersonPart<'_> {
    fn who(&self) -> Who {
        match self.row {
            Some(row) => Who {
                label: row.label.clone(),
                kind: row.kind.clone(),
                orphaned: row.orphaned,
                members: row.members,
            },
            None => self.matrix.who(self.number, self.names.principals),
        }
    }
}

impl Searchable for PersonPart<'_> {
    fn haystack(&self) -> Haystack<'_> {
        self.text
    }

    fn column(&self, name: &str) -> Option<Cow<'_, str>> {
        let id = || self.matrix.principal(self.number);
        Some(match name {
            "principal" => {
                let who = self.who();
                grid::called(&id(), &who.label, who.orphaned).into_owned().into()
            }
            "type" => {
                let who = self.who();
                grid::kind_words(who.kind.as_ref(), who.members).into()
            }
            "id" => id().to_string().into(),
            "orphan" => yes_no(self.who().orphaned),
            "address" => self.names.address(&id()).into(),
            _ => return None,
        })
    }
}

/// A role, whoever has it.
struct RolePart<'a> {
    role: &'a Role,
    text: Haystack<'a>,
}

impl Searchable for RolePart<'_> {
    fn haystack(&self) -> Haystack<'_> {
        self.text
    }

    fn column(&self, name: &str) -> Option<Cow<'_, str>> {
        match name {
            "role" => Some(Cow::Borrowed(self.role.label())),
            "custom" => Some(yes_no(self.role.custom)),
            _ => None,
        }
    }
}

/// A scope, whatever was assigned there.
struct ScopePart<'a> {
    written: &'a str,
    texts: Haystacks,
}

impl Searchable for ScopePart<'_> {
    fn haystack(&self) -> Haystack<'_> {
        self.texts.get(0)
    }

    fn column(&self, name: &str) -> Option<Cow<'_, str>> {
        (name == "from").then_some(Cow::Borrowed(self.written))
    }
}

/// The name of the group that a role comes through; bare words are not looked for in it.
struct ViaPart(String);

impl Searchable for ViaPart {
    fn haystack(&self) -> Haystack<'_> {
        nothing()
    }

    fn column(&self, name: &str) -> Option<Cow<'_, str>> {
        (name == "via").then_some(Cow::Borrowed(self.0.as_str()))
    }
}

/// How a role is held.
struct Term<'a> {
    eligible: bool,
    conditional: bool,
    since: &'a str,
}

impl Searchable for Term<'_> {
    fn haystack(&self) -> Haystack<'_> {
        nothing()
    }

    fn column(&self, name: &str) -> Option<Cow<'_, str>> {
        Some(match name {
            "eligible" => yes_no(self.eligible),
            "conditional" => yes_no(self.conditional),
            "since" => Cow::Borrowed(self.since),
            _ => return None,
        })
    }
}

/// The role and scope of somebody who has none.
struct Nothing;

impl Searchable for Nothing {
    fn haystack(&self) -> Haystack<'_> {
        nothing()
    }

    fn column(&self, name: &str) -> Option<Cow<'_, str>> {
        match name {
            "role" | "from" | "via" => Some(Cow::Borrowed(EMPTY)),
            "custom" => Some(yes_no(false)),
            _ => None,
        }
    }
}
