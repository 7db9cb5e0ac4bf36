//! The access pane: its columns, its filter, and a row in full. A column is a line in [`COLUMNS`].

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write;

use jiff::Timestamp;

use super::access::words::called;
use super::access::{grid, short};
use super::fetch::Fetch;
use super::filter::{Filter, Searchable};
use super::haystack::{Haystack, Haystacks};
use super::model::Model;
use super::page::{Page, Pane};
use crate::azure::arm::id::ArmId;
use crate::azure::directory::PrincipalKind;
use crate::domain::access::{
    AccessOrder, AccessRow, AccessSort, AccessTable, DenyWords, PrincipalName, Tenure, unreadable,
};
use crate::domain::fact::Tone;
use crate::domain::inventory::Age;
use crate::domain::lookup::Lookup;
use crate::ui::widgets::text;

/// What a cell depends on besides its row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Look {
    /// The time, for ages.
    pub now: Timestamp,
    /// Whether role names were read, or could not be; until then a role without a name is one that is still loading.
    pub roles_known: bool,
}

impl Look {
    /// The look of the console right now.
    #[must_use]
    pub fn of(model: &Model) -> Self {
        let loading = model.under_way.keys().any(|fetch| matches!(fetch, Fetch::Roles { .. }));
        Self { now: model.now, roles_known: !loading }
    }
}

/// A column of the access pane.
pub struct AccessColumn {
    /// The name in filters (`role:owner`) and exports.
    pub id: &'static str,
    /// The heading.
    pub title: &'static str,
    /// Cells at least and at most.
    pub width: (u16, u16),
    /// Columns with the highest number go first when there is no room.
    pub rank: u8,
    /// What stands in a cell.
    pub text: for<'a> fn(&'a AccessRow, Look) -> Cow<'a, str>,
    /// How it should strike the eye.
    pub tone: fn(&AccessRow) -> Tone,
    /// How the table is sorted by it.
    pub sort: AccessSort,
}

fn plain(_: &AccessRow) -> Tone {
    Tone::Plain
}

/// The column that tells the role, and whether it counts.
pub const ROLE: &str = "role";
/// The column that tells how long a role goes on.
const ENDS: &str = "ends";

/// The columns that a table has: none for ends where no role has one.
pub fn columns(digest: &AccessDigest) -> impl Iterator<Item = &'static AccessColumn> {
    COLUMNS.iter().filter(|column| column.id != ENDS || digest.ends)
}

/// The columns, the most important first.
pub const COLUMNS: &[AccessColumn] = &[
    AccessColumn {
        id: "principal",
        title: "Principal",
        width: (20, 36),
        rank: 0,
        text: |r, _| principal(r),
        tone: principal_tone,
        sort: AccessSort::Principal,
    },
    AccessColumn {
        id: "type",
        title: "Type",
        width: (8, 12),
        rank: 3,
        text: |r, _| r.kind_words().into(),
        tone: |_| Tone::Muted,
        sort: AccessSort::Kind,
    },
    AccessColumn {
        id: ROLE,
        title: "Role",
        width: (23, 46),
        rank: 1,
        text: role,
        tone: role_tone,
        sort: AccessSort::Role,
    },
    AccessColumn {
        id: "from",
        title: "From",
        width: (10, 34),
        rank: 2,
        text: |r, _| from(r),
        tone: plain,
        sort: AccessSort::From,
    },
    AccessColumn {
        id: ENDS,
        title: "End",
        width: (5, 5),
        rank: 4,
        text: ends,
        tone: |_| Tone::Warn,
        sort: AccessSort::Ends,
    },
    AccessColumn {
        id: "since",
        title: "Since",
        width: (5, 5),
        rank: 5,
        text: since,
        tone: |_| Tone::Muted,
        sort: AccessSort::Since,
    },
    AccessColumn {
        id: "note",
        title: "Note",
        width: (16, 20),
        rank: 6,
        text: |r, _| note(r),
        tone: |_| Tone::Warn,
        sort: AccessSort::Since,
    },
];

/// What a principal is called, or why it has no name.
pub(super) fn principal(row: &AccessRow) -> Cow<'_, str> {
    match &row.principal {
        PrincipalName::Deleted => format!("deleted principal {}", first_part(&row.principal_id)).into(),
        PrincipalName::Loading => "…".into(),
        PrincipalName::Unreadable { .. } => unreadable(&row.principal_id).into(),
        PrincipalName::Known(_) => row.label().into(),
    }
}

fn principal_tone(row: &AccessRow) -> Tone {
    match &row.principal {
        PrincipalName::Known(_) if row.ended => Tone::Muted,
        PrincipalName::Known(_) => Tone::Plain,
        PrincipalName::Deleted => Tone::Warn,
        _ => Tone::Muted,
    }
}

/// A role and what marks it, such as that it is only eligible.
pub(super) fn role(row: &AccessRow, look: Look) -> Cow<'_, str> {
    let name: Cow<'_, str> = match &row.role.name {
        Some(name) => name.into(),
        None if look.roles_known => format!("unknown role {}", first_part(&row.role.id)).into(),
        None => return "…".into(),
    };
    let mut marks: Vec<&str> = Vec::new();
    if row.role.custom {
        marks.push("custom");
    }
    match row.tenure {
        Tenure::Eligible { .. } if row.ended => marks.push("eligibility ended"),
        Tenure::Activated { .. } | Tenure::Until(_) if row.ended => marks.push("ended"),
        Tenure::Eligible { .. } => marks.push("eligible"),
        Tenure::Activated { .. } => marks.push("activated"),
        Tenure::Permanent | Tenure::Unknown | Tenure::Until(_) => {}
    }
    if row.condition.is_some() || row.role.condition.is_some() {
        marks.push("conditional");
    }
    if marks.is_empty() { name } else { format!("{name} ({})", marks.join(", ")).into() }
}

/// The same in so many cells: what marks the role says whether it counts, so that of both it is the name that gets shorter.
#[must_use]
pub fn role_within<'a>(row: &'a AccessRow, look: Look, room: usize, ellipsis: &str) -> Cow<'a, str> {
    let whole = role(row, look);
    let name = row.role.name.as_deref().unwrap_or_default();
    let marks = whole.strip_prefix(name).unwrap_or_default();
    if text::width(&whole) <= room || marks.is_empty() || name.is_empty() {
        return whole;
    }
    let name = short::role(name, room.saturating_sub(text::width(marks)), ellipsis);
    format!("{name}{marks}").into()
}

fn role_tone(row: &AccessRow) -> Tone {
    if row.ended || row.tenure.is_eligible() {
        Tone::Muted
    } else if row.role.is_owner() || row.role.custom {
        Tone::Warn
    } else {
        Tone::Plain
    }
}

/// Where it comes from.
fn from(row: &AccessRow) -> Cow<'_, str> {
    row.from.spoken().into()
}

fn since(row: &AccessRow, look: Look) -> Cow<'_, str> {
    row.since.map_or("".into(), |at| Age::at(at, look.now).to_string().into())
}

fn ends(row: &AccessRow, look: Look) -> Cow<'_, str> {
    match row.tenure.end() {
        None => "".into(),
        Some(at) if row.ended || at <= look.now => "ended".into(),
        Some(at) => Age::at(look.now, at).to_string().into(),
    }
}

fn note(row: &AccessRow) -> Cow<'_, str> {
    let disabled = row.principal.known().is_some_and(|known| known.enabled == Some(false));
    if disabled { "disabled account" } else { "" }.into()
}

/// The first group of a GUID: enough to tell two apart.
fn first_part(id: &str) -> &str {
    id.split('-').next().unwrap_or(id)
}

/// Groups whose people are counted for one page; more would be a flood of requests.
const COUNTED_GROUPS: usize = 20;
/// The columns that are ready before a filter names them.
const OFTEN_NAMED: [&str; 4] = ["principal", "type", "role", "from"];

/// The cells of a column: a few different texts, and the number of its text for each row.
#[derive(Debug, Clone, Default)]
struct Cells {
    texts: Vec<String>,
    of_row: Vec<usize>,
}

impl Cells {
    fn of(rows: &[AccessRow], text: fn(&AccessRow) -> Cow<'_, str>) -> Self {
        let mut numbers: HashMap<Cow<'_, str>, usize> = HashMap::new();
        let number = |row| {
            let next = numbers.len();
            *numbers.entry(text(row)).or_insert(next)
        };
        let of_row = rows.iter().map(number).collect();
        let mut texts = vec![String::new(); numbers.len()];
        for (text, number) in numbers {
            texts[number] = text.into_owned();
        }
        Self { texts, of_row }
    }

    fn get(&self, row: usize) -> Option<&str> {
        self.texts.get(*self.of_row.get(row)?).map(String::as_str)
    }
}

/// What is worked out once for a table and not for every frame or key: there are workspaces with tens of
/// thousands of assignments above them.
#[derive(Debug, Clone, Default)]
pub struct AccessDigest {
    /// The counts of the title, in words.
    pub summary: String,
    /// Why names are missing, where some are.
    pub unreadable: Option<String>,
    /// Whether a role has no name.
    pub unnamed_role: bool,
    /// Whether a role ends.
    pub ends: bool,
    /// When the next one does: what is worked out here holds until then.
    pub stands_until: Option<Timestamp>,
    /// The first groups whose people are not counted yet.
    pub uncounted: Vec<String>,
    /// What a bare word of a filter is looked for in, by row.
    texts: Haystacks,
    /// The cells of the columns that a filter has named so far, or is likely to.
    columns: HashMap<String, Cells>,
    order: AccessOrder,
    /// All rows in the order that was last asked for, and which that was.
    rows: Vec<usize>,
    sorted: Option<(AccessSort, bool)>,
}

impl AccessDigest {
    /// The digest of a table that was made at a time.
    #[must_use]
    pub fn of(table: &AccessTable, now: Timestamp) -> Self {
        let reason = |row: &AccessRow| match &row.principal {
            PrincipalName::Unreadable { reason } => Some(reason.clone()),
            _ => None,
        };
        let mut texts = Haystacks::with_capacity(table.rows.len());
        let mut uncounted: Vec<String> = Vec::new();
        for row in &table.rows {
            let known = row.principal.known();
            let is_uncounted =
                known.is_some_and(|known| known.kind == PrincipalKind::Group && known.members.is_none());
            if is_uncounted && uncounted.len() < COUNTED_GROUPS && !uncounted.contains(&row.principal_id) {
                uncounted.push(row.principal_id.clone());
            }
            let address = known.and_then(|known| known.address.as_deref()).unwrap_or_default();
            texts.add(&[row.label(), address, row.role.label(), &row.from.words()]);
        }
        let mut digest = Self {
            summary: table.summary().words(),
            unreadable: table.rows.iter().find_map(reason),
            unnamed_role: table.rows.iter().any(|row| row.role.name.is_none()),
            ends: table.rows.iter().any(|row| row.tenure.end().is_some()),
            stands_until: table.rows.iter().filter_map(|row| row.tenure.end()).filter(|end| *end > now).min(),
            uncounted,
            texts,
            columns: HashMap::new(),
            rows: (0..table.rows.len()).collect(),
            sorted: None,
            order: AccessOrder::of(&table.rows),
        };
        for column in OFTEN_NAMED {
            digest.learn(column, table);
        }
        digest
    }

    /// Puts the rows in an order.
    pub fn sort(&mut self, by: AccessSort, descending: bool) {
        if self.sorted != Some((by, descending)) {
            self.rows = self.order.rows(by, descending);
            self.sorted = Some((by, descending));
        }
    }

    /// Notes the cells of a column, if there is one of this name, because a filter asks for it.
    fn learn(&mut self, name: &str, table: &AccessTable) {
        if !self.columns.contains_key(name)
            && let Some(text) = text_of(name)
        {
            self.columns.insert(name.to_owned(), Cells::of(&table.rows, text));
        }
    }
}

/// The columns that a filter of the table can name.
pub const FILTERED: &[&str] =
    &["principal", "type", "role", "from", "note", ENDS, "since", "custom", "eligible", "orphan", "id"];

/// What a filter finds in a column by its name; none when there is no such column.
fn text_of(name: &str) -> Option<fn(&AccessRow) -> Cow<'_, str>> {
    // Ages change with the clock; a filter asks for what stays.
    const LOOK: Look = Look { now: Timestamp::UNIX_EPOCH, roles_known: true };
    Some(match name {
        "principal" => principal,
        "type" => |row| row.kind_words().into(),
        "role" => |row| role(row, LOOK),
        "from" => from,
        "note" => note,
        ENDS => |row| row.tenure.end().map_or("".into(), |at| at.to_string().into()),
        "custom" => |row| yes_no(row.role.custom),
        "orphan" => |row| yes_no(row.is_orphaned()),
        "eligible" => |row| yes_no(row.tenure.is_eligible()),
        "id" => |row| row.principal_id.as_str().into(),
        "since" => |row| row.since.map_or("".into(), |at| at.to_string().into()),
        _ => return None,
    })
}

fn yes_no(value: bool) -> Cow<'static, str> {
    if value { "yes" } else { "no" }.into()
}

struct SearchRow<'a> {
    digest: &'a AccessDigest,
    at: usize,
}

impl Searchable for SearchRow<'_> {
    fn haystack(&self) -> Haystack<'_> {
        self.digest.texts.get(self.at)
    }

    fn column(&self, name: &str) -> Option<Cow<'_, str>> {
        self.digest.columns.get(name)?.get(self.at).map(Cow::Borrowed)
    }
}

/// The rows of the access table that pass a filter, by index and in the order of the table. `before` is a
/// filter and what passed it of the same table in the same order: a longer one looks at no others.
#[must_use]
pub fn passing(page: &mut Page, filter: &str, before: Option<(&str, &[usize])>) -> Vec<usize> {
    let Lookup::Found(table) = &page.opened.access else { return Vec::new() };
    let asked = Filter::parse(filter);
    for column in asked.columns() {
        page.access.learn(column, table);
    }
    let digest = &page.access;
    let left = |(shorter, rows)| Some((Filter::parse(filter).beyond(&Filter::parse(shorter))?, rows));
    let (mut filter, rows) = before.and_then(left).unwrap_or((asked, &digest.rows));
    if filter.is_empty() {
        return rows.to_vec();
    }
    rows.iter().copied().filter(|at| filter.matches(&SearchRow { digest, at: *at })).collect()
}

/// The row under the cursor of the access pane; none while it shows the matrix.
#[must_use]
pub fn current(model: &Model) -> Option<&AccessRow> {
    if grid::is_shown(model) {
        return None;
    }
    let state = model.panes.get(&Pane::Access)?;
    let Lookup::Found(table) = &model.page()?.opened.access else { return None };
    table.rows.get(*state.shown.get(state.cursor.row)?)
}

/// Everything known about the row under the cursor: a title and a text.
#[must_use]
pub fn explain(model: &Model) -> Option<(String, String)> {
    let row = current(model)?;
    let mut text = String::new();
    let mut line = |label: &str, value: &str| {
        if !value.is_empty() {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{label:<14}{value}");
        }
    };
    line("Principal", &principal(row));
    if let PrincipalName::Unreadable { reason } = &row.principal {
        line("", &format!("the directory does not tell its name: {reason}"));
    }
    if row.is_orphaned() {
        line("", "the directory does not know it: it was deleted, the assignment stayed");
    }
    if let Some(known) = row.principal.known() {
        line("Address", known.address.as_deref().unwrap_or_default());
        line("Identity of", known.resource.as_ref().map_or("", |id| id.as_str()));
    }
    line("Type", &row.kind_words());
    line("Object id", &row.principal_id);
    line("Role", &role(row, Look::of(model)));
    line("From", &row.from.spoken());
    line("Scope", row.scope.as_ref().map_or("", |scope| scope.as_str()));
    let minute = |at: Option<Timestamp>| {
        let at = at.map(|at| at.to_zoned(model.zone.clone()).strftime("%Y-%m-%d %H:%M %Z").to_string());
        at.unwrap_or_default()
    };
    line("Since", &minute(row.since));
    line(if row.ended { "Ended" } else { "Ends" }, &minute(row.tenure.end()));
    let granted_by = row.created_by.as_deref().map(|id| called(&model.principals, id));
    line("Granted by", granted_by.as_deref().unwrap_or_default());
    line("Note", &note(row));
    line("Condition", row.condition.as_deref().unwrap_or_default());
    line("Of the role", row.role.condition.as_deref().unwrap_or_default());
    line("Description", row.description.as_deref().unwrap_or_default());
    line("Assignment", row.assignment.as_str());
    for (at, member) in model.principals.members_of(&row.principal_id).iter().enumerate() {
        let address = member.address.as_deref().map_or_else(String::new, |address| format!("  {address}"));
        line(if at == 0 { "Members" } else { "" }, &format!("{}{address}", member.name));
    }
    for deny in model.page().map(Page::denies).unwrap_or_default() {
        let words = DenyWords::of(deny, &model.principals);
        line("Denied here", &format!("{}: {} for {}", words.name, words.what, words.whom));
    }
    if let Some(definition) = model.roles.get(&ArmId::root().join(&row.role.id)) {
        for permission in &definition.properties.permissions {
            for (label, list) in [
                ("Actions", &permission.actions),
                ("Not actions", &permission.not_actions),
                ("Data actions", &permission.data_actions),
                ("Not data", &permission.not_data_actions),
            ] {
                for (at, action) in list.iter().enumerate() {
                    line(if at == 0 { label } else { "" }, action);
                }
            }
        }
    }
    Some((format!("{}  {}", row.label(), row.role.label()), text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_on_screen_can_be_asked_for() {
        for column in COLUMNS {
            assert!(FILTERED.contains(&column.id), "{}", column.id);
        }
        for column in FILTERED {
            assert!(text_of(column).is_some(), "{column}");
        }
        assert!(text_of("bogus").is_none());
    }
}
