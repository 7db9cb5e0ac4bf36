//! The access pane as a matrix: which rows it has, in which order, and what stands in a cell. Rows are
//! principals, columns the workspace and what it depends on.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::assessment::Assessment;
use super::short;
use super::sieve::Sieve;
use super::widths::{Measure, Needs};
use super::words::Names;
use crate::app::export::Sheet;
use crate::app::model::Model;
use crate::app::page::Pane;
use crate::azure::arm::id::ArmId;
use crate::azure::directory::PrincipalKind;
use crate::domain::access::{Cell, From, GroupBy, Matrix, MatrixRow, MatrixSort, Place, Principals, Tenure};
use crate::domain::inventory::Age;
use crate::ui::widgets::text;

/// How the matrix is looked at, and its rows.
#[derive(Debug, Clone)]
pub struct MatrixView {
    /// The zoomed pane shows the matrix, not the table of assignments.
    pub on: bool,
    /// What rows are put together by.
    pub by: GroupBy,
    /// The order of rows.
    pub sort: (MatrixSort, bool),
    /// Columns out of sight on the left.
    pub shift: usize,
    /// The assignment of the table that the cursor was on before the matrix took its place.
    pub left: Option<ArmId>,
    /// Groups that are open, by object id.
    opened: HashSet<Arc<str>>,
    /// What stands there, from the top.
    lines: Vec<Line>,
    /// How wide the columns would like to be.
    needs: Needs,
}

impl Default for MatrixView {
    fn default() -> Self {
        Self {
            on: true,
            by: GroupBy::Principal,
            sort: (MatrixSort::Principal, false),
            shift: 0,
            left: None,
            opened: HashSet::new(),
            lines: Vec::new(),
            needs: Needs::default(),
        }
    }
}

/// A line of the matrix.
#[derive(Debug, Clone)]
pub enum Line {
    /// What the rows below have in common.
    Heading(Arc<str>),
    /// A principal.
    Row {
        /// Which.
        row: At,
        /// Its object id, which is what it is found again by: a later matrix has other rows.
        principal: Arc<str>,
        /// The open group that it stands in, by object id.
        group: Option<Arc<str>>,
        /// Of a group whose people are known, whether it is open; none for everybody else.
        open: Option<bool>,
        /// What the line stands under, by the title that the matrix gave it.
        under: Option<Arc<str>>,
        /// Whether it stands there only for those in it who pass the filter; they follow.
        leads: bool,
    },
}

/// What a line is, whatever else stands in the matrix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineKey {
    /// The object id of its principal; none of a heading.
    principal: Option<Arc<str>>,
    /// The open group that it stands in.
    group: Option<Arc<str>>,
    /// The heading that it is, or stands under.
    under: Option<Arc<str>>,
}

/// Which row of the matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// One of its own.
    Own(usize),
    /// Somebody in a group that is open, by the number that the matrix gives them.
    Member(u32),
}

impl Line {
    /// The principal of the line; none for a heading. There may be many people in groups, of whom few are on screen:
    /// their rows are made when they are looked at.
    #[must_use]
    pub fn row<'a>(&self, matrix: &'a Matrix, principals: &Principals) -> Option<Cow<'a, MatrixRow>> {
        match self {
            Self::Heading(_) => None,
            Self::Row { row: At::Own(at), .. } => matrix.rows.get(*at).map(Cow::Borrowed),
            Self::Row { row: At::Member(number), .. } => Some(Cow::Owned(matrix.row_at(*number, principals))),
        }
    }

    /// What tells the line from all others, for finding it again.
    #[must_use]
    pub fn key(&self) -> LineKey {
        match self {
            Self::Heading(title) => LineKey { principal: None, group: None, under: Some(title.clone()) },
            Self::Row { principal, group, under, .. } => {
                LineKey { principal: Some(principal.clone()), group: group.clone(), under: under.clone() }
            }
        }
    }

    fn is(&self, key: &LineKey) -> bool {
        match self {
            Self::Heading(title) => key.principal.is_none() && key.under.as_ref() == Some(title),
            Self::Row { principal, group, under, .. } => {
                key.principal.as_ref() == Some(principal) && key.group == *group && key.under == *under
            }
        }
    }
}

impl MatrixView {
    /// The lines, from the top.
    #[must_use]
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// How wide the columns would like to be.
    #[must_use]
    pub fn needs(&self) -> &Needs {
        &self.needs
    }

    /// Opens or closes a group; gives whether it was another one before.
    pub fn set_open(&mut self, group: &Arc<str>, open: bool) -> bool {
        if open { self.opened.insert(group.clone()) } else { self.opened.remove(group) }
    }

    /// Works the lines out anew, after the matrix, a name, the filter or the order changed.
    pub fn relist(&mut self, assessment: &Assessment, names: Names<'_>, filter: &str, measure: Measure<'_>) {
        let (matrix, index) = (&assessment.matrix, &assessment.index);
        let (sort, descending) = self.sort;
        let mut sieve = Sieve::new(matrix, index, names, filter);
        let mut shown: Vec<usize> = Vec::new();
        // Members that pass where their group does not.
        let mut found: HashMap<usize, Vec<u32>> = HashMap::new();
        for at in matrix.order(sort, descending) {
            let row = &matrix.rows[at];
            if sieve.passes(row) {
                shown.push(at);
            } else if row.members.is_some() {
                let members = sieve.members(row);
                if !members.is_empty() {
                    shown.push(at);
                    found.insert(at, members);
                }
            }
        }
        self.lines.clear();
        for heading in matrix.under(self.by, &shown) {
            let under: Option<Arc<str>> = (self.by != GroupBy::Principal).then(|| heading.title.into());
            self.lines.extend(under.clone().map(Line::Heading));
            for at in heading.rows {
                let row = &matrix.rows[at];
                let is_open = self.opened.contains(&row.principal);
                let some = found.get(&at);
                let open = row.members.map(|_| is_open || some.is_some());
                let principal = row.principal.clone();
                self.lines.push(Line::Row {
                    row: At::Own(at),
                    principal,
                    group: None,
                    open,
                    under: under.clone(),
                    leads: some.is_some(),
                });
                let members: Cow<'_, [u32]> = match some {
                    _ if is_open => {
                        let mut all: Vec<u32> = matrix.members(row.number).collect();
                        all.sort_by_key(|member| index.place(*member));
                        all.into()
                    }
                    Some(some) => some.into(),
                    None => Vec::new().into(),
                };
                self.lines.extend(members.iter().map(|member| Line::Row {
                    principal: matrix.principal(*member),
                    group: Some(row.principal.clone()),
                    row: At::Member(*member),
                    open: None,
                    under: under.clone(),
                    leads: false,
                }));
            }
        }
        self.needs = Needs::of(&self.lines, self.by, matrix, &names, measure);
    }

    /// The first line of a principal.
    #[must_use]
    pub fn place_of(&self, wanted: &str) -> Option<usize> {
        let is = |line: &Line| matches!(line, Line::Row { principal, .. } if principal.eq_ignore_ascii_case(wanted));
        self.lines.iter().position(is)
    }

    /// The place of a line; of somebody who stands there no more under the same heading, of their first one.
    #[must_use]
    pub fn place(&self, key: &LineKey) -> Option<usize> {
        let same = self.lines.iter().position(|line| line.is(key));
        same.or_else(|| self.place_of(key.principal.as_deref()?))
    }
}

/// Whether the pane shows the matrix now: zoomed, wanted, and there is one.
#[must_use]
pub fn is_shown(model: &Model) -> bool {
    model.zoomed && model.focus == Pane::Access && model.matrix.on && assessment(model).is_some()
}

/// What was made ready of access to the workspace on screen.
#[must_use]
pub fn assessment(model: &Model) -> Option<&Arc<Assessment>> {
    model.page()?.assessment.as_ref()
}

/// The line under the cursor of the matrix, with its row; none where the matrix is not shown or a heading
/// is under the cursor.
#[must_use]
pub fn current(model: &Model) -> Option<(&Line, Cow<'_, MatrixRow>)> {
    if !is_shown(model) {
        return None;
    }
    let line = model.matrix.lines.get(model.pane_cursor(Pane::Access).row)?;
    Some((line, line.row(&assessment(model)?.matrix, &model.principals)?))
}

/// What stands in a heading: a role as it is, a scope in words.
#[must_use]
pub fn heading(title: &str, by: GroupBy, names: &Names<'_>) -> String {
    match crate::azure::arm::id::ArmId::parse(title) {
        Ok(scope) if by == GroupBy::Scope => names.scope(&scope),
        _ => title.to_owned(),
    }
}

/// Whether a cell belongs under a heading.
#[must_use]
pub fn is_under(cell: &Cell<'_>, under: Option<&str>, by: GroupBy) -> bool {
    match (under, by) {
        (None, _) | (_, GroupBy::Principal) => true,
        (Some(title), GroupBy::Role) => cell.role().label() == title,
        (Some(title), GroupBy::Scope) => cell.scope().as_str() == title,
    }
}

/// A column's heading.
#[must_use]
pub fn title(place: Place) -> &'static str {
    match place {
        Place::Workspace => "Workspace",
        Place::Group => "Group",
        Place::Subscription => "Sub+",
        Place::Storage => "Storage",
        Place::Vault => "Vault",
        Place::Registry => "Registry",
        Place::Insights => "Insights",
    }
}

/// A column's name in exports.
#[must_use]
pub fn name(place: Place) -> &'static str {
    match place {
        Place::Workspace => "workspace",
        Place::Group => "resourceGroup",
        Place::Subscription => "subscription",
        Place::Storage => "storage",
        Place::Vault => "vault",
        Place::Registry => "registry",
        Place::Insights => "insights",
    }
}

/// What a principal is, in a word or two.
#[must_use]
pub fn kind(row: &MatrixRow) -> String {
    kind_words(row.kind.as_ref(), row.members)
}

/// The same of its parts: what it is, and of a group how many are in it.
#[must_use]
pub fn kind_words(kind: Option<&PrincipalKind>, members: Option<usize>) -> String {
    let word = kind.map_or("", PrincipalKind::word);
    match members {
        Some(members) => format!("{word} {members}"),
        None => word.to_owned(),
    }
}

/// The name of a row.
#[must_use]
pub fn label(row: &MatrixRow) -> Cow<'_, str> {
    called(&row.principal, &row.label, row.orphaned)
}

/// What a principal is called by its object id, its name, and whether the directory does not know it any more.
#[must_use]
pub fn called<'a>(id: &str, label: &'a str, orphaned: bool) -> Cow<'a, str> {
    if orphaned {
        let short = id.split('-').next().unwrap_or(id);
        return format!("deleted principal {short}").into();
    }
    Cow::Borrowed(label)
}

/// The columns that a filter of the matrix can name.
pub const FILTERED: &[&str] = &[
    "principal",
    "type",
    "role",
    "from",
    "via",
    "since",
    "custom",
    "eligible",
    "conditional",
    "orphan",
    "address",
    "id",
];

/// What a role has behind it that has ended, in words.
pub const ENDED: &str = "  /end ended";
/// The last of the signs, which goes first where there is no room for all.
pub const MORE: &str = "  +2 more";
/// What the signs in cells mean, in a line.
pub const LEGEND: &str = "↑ above  @ group  ? eligible  ~ condition  /3h ends  +2 more";

/// The roles of a cell in so many cells of the screen: `↑Owner`, `@Reader`, `Contributor?`, `DataSci +2`.
#[must_use]
pub fn cell<'a>(
    cells: impl Iterator<Item = Cell<'a>>,
    room: usize,
    now: Timestamp,
    ellipsis: &str,
) -> String {
    // Somebody may have a role in a hundred ways; only the one that is shown is put in words.
    let mut best: Vec<(Rank, Cell<'_>)> = Vec::new();
    for cell in cells {
        let rank = rank(&cell);
        // That a role could be activated too is another matter than how it is in force.
        let is_same = |(known, other): &(Rank, Cell<'_>)| {
            other.role_number() == cell.role_number() && known.0 == rank.0
        };
        match best.iter_mut().find(|one| is_same(one)) {
            Some(known) if rank < known.0 => *known = (rank, cell),
            Some(_) => {}
            None => best.push((rank, cell)),
        }
    }
    let mut all: Vec<Entry<'_>> = best.iter().map(|(_, cell)| Entry::of(cell, now)).collect();
    all.sort_by(|one, other| (one.rank, one.role).cmp(&(other.rank, other.role)));
    // The same role by another way makes no difference here; the line below tells all ways.
    let mut known: Vec<(&str, Force)> = Vec::new();
    all.retain(|entry| {
        let own = (entry.role, entry.rank.0);
        let is_new = !known.contains(&own);
        known.push(own);
        is_new
    });
    let write = |entry: &Entry<'_>, room: usize| {
        let marks = text::width(entry.before) + text::width(&entry.behind);
        let role = short::role(entry.role, room.saturating_sub(marks), ellipsis);
        format!("{}{role}{}", entry.before, entry.behind)
    };
    match all.as_slice() {
        [] => String::new(),
        [one] => write(one, room),
        [first, others @ ..] => {
            for each in [room, ABBREVIATED] {
                let joined = all.iter().map(|one| write(one, each)).collect::<Vec<_>>().join(" ");
                if text::width(&joined) <= room {
                    return joined;
                }
            }
            // Which role it is comes first; how many others there are has the room that is left.
            let more = format!(" +{}", others.len());
            let whole = write(first, room.min(ABBREVIATED));
            match [more.as_str(), "+"].iter().find(|more| text::width(&whole) + more.len() <= room) {
                Some(more) => format!("{whole}{more}"),
                None => format!("{}+", write(first, room.saturating_sub(1))),
            }
        }
    }
}

/// What a role with its marks has in a cell where there are others, whole names being longer.
const ABBREVIATED: usize = 12;

/// A role in a cell, ready to be written.
struct Entry<'a> {
    role: &'a str,
    before: &'static str,
    behind: String,
    rank: Rank,
}

/// What is in force comes before what is not, what was assigned here before what comes from above, a role of one's own
/// before one by a group.
type Rank = (Force, bool, bool, bool);

/// Whether a role counts: what is in force before what could be activated before what has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Force {
    Now,
    Perhaps,
    Ended,
}

fn rank(cell: &Cell<'_>) -> Rank {
    let inherited = cell.from() != Some(&From::Here);
    let force = match (cell.has_ended(), cell.tenure().is_eligible()) {
        (true, _) => Force::Ended,
        (false, true) => Force::Perhaps,
        (false, false) => Force::Now,
    };
    (force, inherited, cell.is_conditional(), cell.via_number().is_some())
}

impl<'a> Entry<'a> {
    fn of(cell: &Cell<'a>, now: Timestamp) -> Self {
        let rank = rank(cell);
        let (_, inherited, _, through_group) = rank;
        let before = match (inherited, through_group) {
            (true, true) => "↑@",
            (true, false) => "↑",
            (false, true) => "@",
            (false, false) => "",
        };
        Self { role: cell.role().label(), before, behind: marks_behind(cell, now), rank }
    }
}

/// The signs behind a role.
fn marks_behind(cell: &Cell<'_>, now: Timestamp) -> String {
    let mut behind = String::new();
    match cell.tenure() {
        _ if cell.has_ended() => behind.push_str("/end"),
        Tenure::Eligible { .. } => behind.push('?'),
        Tenure::Until(at) | Tenure::Activated { until: Some(at) } => {
            behind.push_str(&format!("/{}", Age::at(now, at)));
        }
        Tenure::Permanent | Tenure::Unknown | Tenure::Activated { until: None } => {}
    }
    if cell.is_conditional() {
        behind.push('~');
    }
    behind
}

/// A role with where it comes from and how, in words: `Owner, sub Contoso Production, through Cloud owners`.
#[must_use]
pub fn words(cell: &Cell<'_>, names: &Names<'_>) -> String {
    let mut words = format!("{}, {}", cell.role().label(), names.scope(&cell.scope()));
    if let Some(group) = cell.via() {
        words.push_str(&format!(", through {}", names.principal(&group)));
    }
    let end = if cell.has_ended() { "until it ended" } else { "until" };
    match cell.tenure() {
        Tenure::Eligible { until } => {
            words.push_str(", eligible");
            if let Some(at) = until {
                words.push_str(&format!(" {end} {}", names.day(at)));
            }
        }
        Tenure::Activated { until } => {
            words.push_str(", activated");
            if let Some(at) = until {
                words.push_str(&format!(" {end} {}", names.minute(at)));
            }
        }
        Tenure::Until(at) => words.push_str(&format!(", {end} {}", names.minute(at))),
        Tenure::Unknown => words.push_str(", its end not read"),
        Tenure::Permanent => {}
    }
    if cell.is_conditional() {
        words.push_str(", under a condition");
    }
    words
}

/// The matrix as rows to take along: as it is on screen, roles in full.
#[must_use]
pub fn sheet(view: &MatrixView, assessment: &Assessment, names: &Names<'_>) -> Sheet {
    let matrix = &assessment.matrix;
    let mut sheet =
        Sheet { names: vec!["principal", "type"], titles: vec!["Principal", "Type"], rows: Vec::new() };
    for column in &matrix.columns {
        sheet.names.push(name(column.place));
        sheet.titles.push(title(column.place));
    }
    sheet.names.extend(["address", "principalId"]);
    sheet.titles.extend(["Address", "Principal id"]);
    if view.by != GroupBy::Principal {
        sheet.names.insert(0, "under");
        sheet.titles.insert(0, "Under");
    }
    for line in &view.lines {
        let (Some(row), Line::Row { under, .. }) = (line.row(matrix, names.principals), line) else {
            continue;
        };
        let mut cells: Vec<String> = under.iter().map(|title| heading(title, view.by, names)).collect();
        cells.extend([label(&row).into_owned(), kind(&row)]);
        for at in 0..matrix.columns.len() {
            let here = matrix.cell(&row, at).filter(|cell| is_under(cell, under.as_deref(), view.by));
            cells.push(here.map(|cell| words(&cell, names)).collect::<Vec<_>>().join("; "));
        }
        cells.extend([names.address(&row.principal), row.principal.to_string()]);
        sheet.rows.push(cells);
    }
    sheet
}

/// Everything known about a row: a title and a text.
#[must_use]
pub fn explain(row: &MatrixRow, assessment: &Assessment, names: &Names<'_>) -> (String, String) {
    let matrix = &assessment.matrix;
    let mut text = String::new();
    let mut line = |label: &str, value: &str| {
        if !value.is_empty() {
            text.push_str(format!("{label:<14}{value}").trim_end());
            text.push('\n');
        }
    };
    line("Principal", &label(row));
    if row.orphaned {
        line("", "the directory does not know it: it was deleted, the assignment stayed");
    }
    line("Address", &names.address(&row.principal));
    line("Type", &kind(row));
    line("Object id", &row.principal);
    for cell in matrix.held(row) {
        line("", " ");
        line("Role", cell.role().label());
        let role = cell.role();
        line("", if role.custom { "a custom role of the organisation" } else { "" });
        line("From", &names.scope(&cell.scope()));
        line("Scope", cell.scope().as_str());
        line("Through", &names.groups(&cell.path(row)));
        let reach: Vec<&str> = (0..matrix.columns.len())
            .filter(|at| matrix.cell(row, *at).any(|other| other.assignment() == cell.assignment()))
            .map(|at| matrix.columns[at].place.words())
            .collect();
        line(if cell.has_ended() { "Was on" } else { "In force on" }, &reach.join(", "));
        line("Since", &cell.since().map_or_else(String::new, |at| names.minute(at)));
        line("Granted by", &cell.created_by().map_or_else(String::new, |id| names.principal(id)));
        let (how, end) = match cell.tenure() {
            Tenure::Permanent => ("permanent", None),
            Tenure::Unknown => ("whether it ends was not read", None),
            Tenure::Until(at) => ("time-bound", Some(at)),
            Tenure::Activated { until } => ("an eligible role that was activated", until),
            Tenure::Eligible { until } if cell.has_ended() => ("eligible until it ended", until),
            Tenure::Eligible { until } => ("eligible: not in force until it is activated", until),
        };
        line("Tenure", how);
        line(
            if cell.has_ended() { "Ended" } else { "Until" },
            &end.map_or_else(String::new, |at| names.minute(at)),
        );
        line("Condition", cell.condition().unwrap_or_default());
        line("Of the role", role.condition.as_deref().unwrap_or_default());
        line("Assignment", cell.assignment().as_str());
    }
    let members = matrix.open(&row.principal, names.principals);
    for (at, member) in members.iter().enumerate() {
        let address = names.address(&member.principal);
        let line_text = format!("{}  {address}", label(member));
        if at == 0 {
            line("", " ");
        }
        line(if at == 0 { "Members" } else { "" }, line_text.trim_end());
    }
    (label(row).into_owned(), text)
}
