//! The list of workspaces, as a tree or as a flat table: which rows there are, which one is selected,
//! and how keys change that. The selection follows the thing, not the row.

use std::collections::HashSet;
use std::sync::Arc;

use super::field::FilterField;
use super::filter::Filter;
use super::haystack::Haystacks;
use super::list::ListCursor;
use super::marks::Marks;
use super::workspace_filter::{SearchRow, search_texts};
use crate::azure::arm::id::ArmId;
use crate::config::action::Action;
use crate::domain::inventory::{self, GroupNode, Inventory, Tree};

/// Above this many workspaces the tree begins closed.
const OPEN_UP_TO: usize = 40;
/// Selections that jumping back remembers.
const HISTORY: usize = 50;

/// Something that can be selected.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Node {
    /// A subscription, by its id in lower case.
    Subscription(Arc<str>),
    /// A resource group.
    Group(ArmId),
    /// A workspace.
    Workspace(ArmId),
}

/// One row on screen; the numbers are indices into the inventory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    /// A subscription, and how many of its workspaces pass the filter.
    Subscription {
        /// Index of the subscription.
        at: usize,
        /// Workspaces below it.
        workspaces: usize,
    },
    /// A resource group.
    Group {
        /// Index of the group.
        at: usize,
        /// Workspaces below it.
        workspaces: usize,
    },
    /// A workspace.
    Workspace {
        /// Index of the workspace.
        at: usize,
    },
}

/// How the flat table is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    /// The column's id.
    pub column: &'static str,
    /// From the largest down.
    pub descending: bool,
}

/// The state of the list.
#[derive(Debug, Clone)]
pub struct Browser {
    /// Flat table instead of the tree.
    pub table: bool,
    /// The order of the table.
    pub sort: Sort,
    /// The filter.
    pub filter: FilterField,
    /// Where the cursor is.
    pub cursor: ListCursor,
    /// Workspaces that are marked.
    pub marks: Marks,
    closed: HashSet<Node>,
    touched: bool,
    /// What was selected before there was a filter.
    before: Option<Node>,
    rows: Vec<Row>,
    selected: Option<Node>,
    past: Vec<Node>,
    future: Vec<Node>,
    known: Known,
    matching: usize,
}

/// What is worked out once for an inventory, when it is first needed: the console opens on thousands of
/// workspaces, and shows a few lines of them.
#[derive(Debug, Clone, Default)]
struct Known {
    /// The revision of the inventory that it was worked out for.
    revision: u64,
    /// What filters look into.
    texts: Option<Haystacks>,
    tree: Option<Tree>,
    by_name: Option<Vec<usize>>,
    /// The order of the table and what it is sorted by.
    order: Option<(Sort, Vec<usize>)>,
}

impl Known {
    fn nothing(inventory: &Inventory) -> Self {
        Self { revision: inventory.revision(), ..Self::default() }
    }

    fn order(&mut self, inventory: &Inventory, sort: Sort) -> &[usize] {
        let order = match self.order.take().filter(|(known, _)| *known == sort) {
            Some(known) => known,
            None => {
                let by_name = self.by_name.get_or_insert_with(|| inventory.by_name());
                let sorted = inventory::column(sort.column)
                    .map(|column| inventory.sorted(by_name, column, sort.descending));
                (sort, sorted.unwrap_or_else(|| by_name.clone()))
            }
        };
        &self.order.insert(order).1
    }
}

impl Browser {
    /// An empty list.
    #[must_use]
    pub fn new(table: bool) -> Self {
        Self {
            table,
            sort: Sort { column: "name", descending: false },
            filter: FilterField::default(),
            cursor: ListCursor::default(),
            marks: Marks::default(),
            closed: HashSet::new(),
            touched: false,
            rows: Vec::new(),
            selected: None,
            before: None,
            past: Vec::new(),
            future: Vec::new(),
            known: Known::default(),
            matching: 0,
        }
    }

    /// Forgets every row, selection and jump; view, order and filter stay.
    pub fn forget(&mut self) {
        let (table, sort, filter) = (self.table, self.sort, std::mem::take(&mut self.filter));
        *self = Self { sort, filter, ..Self::new(table) };
    }

    /// The rows in order.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// What is selected.
    #[must_use]
    pub fn selected(&self) -> Option<&Node> {
        self.selected.as_ref()
    }

    /// The selected workspace.
    #[must_use]
    pub fn workspace(&self) -> Option<&ArmId> {
        match &self.selected {
            Some(Node::Workspace(id)) => Some(id),
            _ => None,
        }
    }

    /// Whether the selected workspace is marked.
    #[must_use]
    pub fn is_marked(&self) -> bool {
        self.workspace().is_some_and(|id| self.marks.has(id))
    }

    /// How many workspaces pass the filter.
    #[must_use]
    pub fn matching(&self) -> usize {
        self.matching
    }

    /// Whether a branch shows what is below it. A filter opens every branch.
    #[must_use]
    pub fn is_open(&self, node: &Node) -> bool {
        self.filter.is_active() || !self.closed.contains(node)
    }

    /// Makes the rows anew after the inventory changed.
    pub fn inventory_changed(&mut self, inventory: &Inventory) {
        self.known = Known::nothing(inventory);
        self.marks.keep(|id| inventory.get(id).is_some());
        if !self.touched {
            self.closed.clear();
            if inventory.workspaces().len() > OPEN_UP_TO {
                self.closed = all_subscriptions(inventory);
            }
        }
        self.rebuild(inventory);
    }

    /// Selects the first workspace of the list; `false` when it was selected already, or there is none.
    pub fn select_first(&mut self, inventory: &Inventory) -> bool {
        match self.rows.iter().position(|row| matches!(row, Row::Workspace { .. })) {
            Some(first) => self.select_row(inventory, first),
            None => false,
        }
    }

    /// Makes the rows anew after filter, order or branches changed. The selection stays on its thing;
    /// where that is no longer in the list, on the row where it was.
    pub fn rebuild(&mut self, inventory: &Inventory) {
        if self.known.revision != inventory.revision() {
            // One was opened and is different by now, came in by its id alone, or was deleted.
            self.known = Known::nothing(inventory);
        }
        let mut filter = Filter::parse(self.filter.field.text());
        let keep: Vec<bool> = if filter.is_empty() {
            vec![true; inventory.workspaces().len()]
        } else {
            let texts = self.known.texts.get_or_insert_with(|| search_texts(inventory));
            let passes = |filter: &mut Filter| -> Vec<bool> {
                let rows = inventory.workspaces().iter().enumerate();
                rows.map(|(at, workspace)| {
                    filter.matches(&SearchRow { inventory, workspace, text: texts.get(at) })
                })
                .collect()
            };
            filter.widen(passes, |kept| kept.contains(&true))
        };
        self.matching = keep.iter().filter(|kept| **kept).count();
        self.rows =
            if self.table { self.table_rows(inventory, &keep) } else { self.tree_rows(inventory, &keep) };
        let place = self.selected.as_ref().and_then(|node| self.find(inventory, node));
        match place {
            Some(row) => self.cursor.row = row,
            None => {
                let row = match &self.selected {
                    // The first look is at a workspace, not at the head of the tree.
                    None => {
                        self.rows.iter().position(|row| matches!(row, Row::Workspace { .. })).unwrap_or(0)
                    }
                    Some(_) if self.filter.is_active() => {
                        self.rows.iter().position(|row| matches!(row, Row::Workspace { .. })).unwrap_or(0)
                    }
                    Some(_) => self.cursor.row,
                };
                self.cursor.row = row.min(self.rows.len().saturating_sub(1));
                if let Some(row) = self.rows.get(self.cursor.row) {
                    self.selected = Some(node_of(inventory, *row));
                }
            }
        }
    }

    fn table_rows(&mut self, inventory: &Inventory, keep: &[bool]) -> Vec<Row> {
        let order = self.known.order(inventory, self.sort).iter();
        order.filter(|at| keep[**at]).map(|at| Row::Workspace { at: *at }).collect()
    }

    fn tree_rows(&mut self, inventory: &Inventory, keep: &[bool]) -> Vec<Row> {
        let tree = self.known.tree.take().unwrap_or_else(|| inventory.tree(true, |_| true));
        let rows = self.rows_of(&tree, inventory, keep);
        self.known.tree = Some(tree);
        rows
    }

    fn rows_of(&self, tree: &Tree, inventory: &Inventory, keep: &[bool]) -> Vec<Row> {
        let filtered = self.filter.is_active();
        let passes = |at: &&usize| keep.get(**at).copied().unwrap_or(false);
        let passing = |group: &GroupNode| group.workspaces.iter().filter(passes).count();
        let mut rows = Vec::new();
        for subscription in &tree.subscriptions {
            let workspaces = if filtered {
                subscription.groups.iter().map(passing).sum()
            } else {
                subscription.workspaces
            };
            if filtered && workspaces == 0 {
                continue;
            }
            let row = Row::Subscription { at: subscription.subscription, workspaces };
            rows.push(row);
            if !self.is_open(&node_of(inventory, row)) {
                continue;
            }
            for group in &subscription.groups {
                let workspaces = if filtered { passing(group) } else { group.workspaces.len() };
                if filtered && workspaces == 0 {
                    continue;
                }
                let row = Row::Group { at: group.group, workspaces };
                rows.push(row);
                if self.is_open(&node_of(inventory, row)) {
                    let inside = group.workspaces.iter().filter(passes);
                    rows.extend(inside.map(|at| Row::Workspace { at: *at }));
                }
            }
        }
        rows
    }

    fn find(&self, inventory: &Inventory, node: &Node) -> Option<usize> {
        let wanted = match node {
            Node::Workspace(id) => inventory.index_of(id)?,
            Node::Group(id) => inventory.groups().iter().position(|group| group.id == *id)?,
            Node::Subscription(id) => inventory.subscriptions().iter().position(|s| s.id == *id)?,
        };
        self.rows.iter().position(|row| match (node, row) {
            (Node::Workspace(_), Row::Workspace { at })
            | (Node::Group(_), Row::Group { at, .. })
            | (Node::Subscription(_), Row::Subscription { at, .. }) => *at == wanted,
            _ => false,
        })
    }

    /// Moves the cursor by an action; `true` when the selection changed.
    pub fn apply(&mut self, inventory: &Inventory, action: Action) -> bool {
        if self.cursor.apply(action, self.rows.len()) {
            return self.select_cursor(inventory);
        }
        match action {
            Action::Left => self.go_to_parent(inventory),
            Action::Right => self.enter_branch(inventory),
            Action::ExpandAll | Action::CollapseAll => {
                self.touched = true;
                self.closed =
                    if action == Action::ExpandAll { HashSet::new() } else { all_subscriptions(inventory) };
                let before = self.selected.clone();
                self.rebuild(inventory);
                self.selected != before
            }
            _ => false,
        }
    }

    /// Selects a row, as a click does; `true` when the selection changed.
    pub fn select_row(&mut self, inventory: &Inventory, row: usize) -> bool {
        self.cursor.row = row.min(self.rows.len().saturating_sub(1));
        self.select_cursor(inventory)
    }

    /// Scrolls by rows; `true` when the selection changed.
    pub fn scroll(&mut self, inventory: &Inventory, by: i16) -> bool {
        self.cursor.scroll(by, self.rows.len());
        self.select_cursor(inventory)
    }

    fn select_cursor(&mut self, inventory: &Inventory) -> bool {
        let Some(row) = self.rows.get(self.cursor.row) else { return false };
        let node = node_of(inventory, *row);
        let changed = self.selected.as_ref() != Some(&node);
        self.selected = Some(node);
        changed
    }

    /// Begins to type the filter, and notes what is selected before it narrows anything.
    pub fn begin_filter(&mut self) {
        if !self.filter.is_active() {
            self.before = self.selected.clone();
        }
        self.filter.editing = true;
    }

    /// Takes the filter away. Where it was still being typed, or let nothing through, what was selected before it is
    /// selected again; whoever kept it and moved meant that. Gives whether the selection changed.
    pub fn clear_filter(&mut self, inventory: &Inventory) -> bool {
        let (typed, now) = (self.filter.editing, self.selected.clone());
        let nothing = self.rows.is_empty();
        self.filter = FilterField::default();
        self.rebuild(inventory);
        let before = self.before.take().filter(|_| typed || nothing);
        if let Some(row) = before.and_then(|node| self.find(inventory, &node)) {
            self.select_row(inventory, row);
        }
        self.selected != now
    }

    /// Opens or closes the selected branch; `false` when the selection is no branch.
    pub fn toggle_branch(&mut self, inventory: &Inventory) -> bool {
        match self.selected.clone() {
            Some(node @ (Node::Subscription(_) | Node::Group(_))) => {
                self.touched = true;
                if !self.closed.remove(&node) {
                    self.closed.insert(node);
                }
                self.rebuild(inventory);
                true
            }
            _ => false,
        }
    }

    /// Whether the selected branch is a group without a workspace.
    #[must_use]
    pub fn is_empty_group(&self) -> bool {
        matches!(self.rows.get(self.cursor.row), Some(Row::Group { workspaces: 0, .. }))
    }

    fn go_to_parent(&mut self, inventory: &Inventory) -> bool {
        let Some(node) = self.selected.clone() else { return false };
        if !matches!(node, Node::Workspace(_)) && self.is_open(&node) && !self.filter.is_active() {
            self.touched = true;
            self.closed.insert(node);
            self.rebuild(inventory);
            return false;
        }
        let parent = match &node {
            Node::Subscription(_) => return false,
            Node::Group(id) => {
                id.subscription_id().map(|id| Node::Subscription(id.to_ascii_lowercase().into()))
            }
            Node::Workspace(id) => id.group_scope().map(Node::Group),
        };
        let place = parent.and_then(|parent| self.find(inventory, &parent));
        place.is_some_and(|row| self.select_row(inventory, row))
    }

    fn enter_branch(&mut self, inventory: &Inventory) -> bool {
        let Some(node) = self.selected.clone() else { return false };
        if self.closed.remove(&node) {
            self.touched = true;
            self.rebuild(inventory);
            return false;
        }
        let next = self.cursor.row + 1;
        let deeper = match (&node, self.rows.get(next)) {
            (Node::Subscription(_), Some(Row::Group { .. })) => true,
            (Node::Group(_), Some(Row::Workspace { .. })) => !self.table,
            _ => false,
        };
        deeper && self.select_row(inventory, next)
    }

    /// Whether going right means leaving the list for the panes.
    #[must_use]
    pub fn is_leaf(&self) -> bool {
        matches!(self.selected, Some(Node::Workspace(_)))
    }

    /// Selects a thing and opens the branches above it; `false` when it is not in the inventory.
    pub fn reveal(&mut self, inventory: &Inventory, node: &Node) -> bool {
        let (group, subscription) = match node {
            Node::Workspace(id) => (id.group_scope(), id.subscription_id()),
            Node::Group(id) => (None, id.subscription_id()),
            Node::Subscription(_) => (None, None),
        };
        if let Some(group) = group {
            self.closed.remove(&Node::Group(group));
        }
        if let Some(id) = subscription {
            self.closed.remove(&Node::Subscription(id.to_ascii_lowercase().into()));
        }
        self.rebuild(inventory);
        if self.find(inventory, node).is_none() && self.filter.is_active() {
            self.filter = FilterField::default();
            self.rebuild(inventory);
        }
        match self.find(inventory, node) {
            Some(row) => {
                self.cursor.row = row;
                self.selected = Some(node.clone());
                true
            }
            None => false,
        }
    }

    /// Notes where the selection was, before a jump.
    pub fn remember(&mut self) {
        if let Some(node) = self.selected.clone() {
            self.past.push(node);
            if self.past.len() > HISTORY {
                self.past.remove(0);
            }
            self.future.clear();
        }
    }

    /// Goes back (or forward again) to a remembered selection; `true` when it moved.
    pub fn jump(&mut self, inventory: &Inventory, back: bool) -> bool {
        loop {
            let (from, to) =
                if back { (&mut self.past, &mut self.future) } else { (&mut self.future, &mut self.past) };
            let Some(node) = from.pop() else { return false };
            if self.selected.as_ref() == Some(&node) {
                continue;
            }
            to.extend(self.selected.clone());
            if self.reveal(inventory, &node) {
                return true;
            }
        }
    }

    /// Sorts by a column; the same column again turns the order around.
    pub fn sort_by(&mut self, inventory: &Inventory, column: &'static str) {
        let descending = self.sort.column == column && !self.sort.descending;
        self.sort = Sort { column, descending };
        self.rebuild(inventory);
    }
}

/// The thing a row stands for.
#[must_use]
pub fn node_of(inventory: &Inventory, row: Row) -> Node {
    match row {
        Row::Subscription { at, .. } => Node::Subscription(inventory.subscriptions()[at].id.clone()),
        Row::Group { at, .. } => Node::Group(inventory.groups()[at].id.clone()),
        Row::Workspace { at } => Node::Workspace(inventory.workspaces()[at].id.clone()),
    }
}

fn all_subscriptions(inventory: &Inventory) -> HashSet<Node> {
    inventory.subscriptions().iter().map(|s| Node::Subscription(s.id.clone())).collect()
}
