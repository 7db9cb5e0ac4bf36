//! A list over the screen from which one thing is chosen: palette, menus, themes, tenants, columns.

use std::borrow::Cow;
use std::ops::Deref;
use std::sync::Arc;

use unicode_width::UnicodeWidthStr;

use super::access::inquiry::Inquiring;
use super::access::offers::Offer;
use super::access::question::Question;
use super::field::Field;
use super::filter::Filter;
use super::fit;
use super::haystack::Haystacks;
use super::list::ListCursor;
use super::update::Switch;
use crate::azure::arm::id::ArmId;
use crate::config::action::Action;
use crate::config::key::Key;
use crate::domain::access::MatrixSort;
use crate::domain::plan::RunId;
use crate::domain::snapshot::Snapshot;

/// What a choice does.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// As if its key had been pressed.
    Act(Action),
    /// Selects a workspace.
    Goto(ArmId),
    /// Puts a text on the clipboard.
    Copy(String),
    /// Exports the focused pane to the clipboard.
    CopyPane(crate::app::export::Format),
    /// Saves the focused pane to a file.
    SavePane(crate::app::export::Format),
    /// Sorts the focused list by a column; choosing it again turns the order around.
    Sort(&'static str),
    /// Sorts the access matrix; choosing it again turns the order around.
    SortMatrix(MatrixSort),
    /// Answers a question about access to the selected workspace.
    Ask(Question),
    /// Does something about a no.
    Help(Box<Offer>),
    /// Changes the theme.
    Theme(&'static str),
    /// Changes the tenant, by its id.
    Tenant(String),
    /// Plans a switch of the storage access mode.
    Switch(Switch),
    /// Holds the workspace against a snapshot.
    Compare(Box<Snapshot>),
    /// Nothing: the layer below stays as it is.
    Stay,
    /// Runs the plan of the review below.
    RunPlan,
    /// Leaves the review below, with what was chosen in it.
    LeavePlan,
    /// Asks once more whether the caller has the rights for it.
    AskRights,
    /// Answers a question about the form below.
    Form(FormAnswer),
    /// Fills the form below in from the text of a plan file.
    TakePlan(String),
    /// The same, though what was entered is lost.
    ReplaceByPlan(String),
    /// Does something about a run.
    Run(RunId, RunCommand),
}

impl Command {
    /// In a word, where it answers a question; none where it is one of many choices.
    #[must_use]
    pub fn answer(&self) -> Option<&'static str> {
        match self {
            Self::RunPlan => Some("run"),
            Self::AskRights => Some("look again"),
            Self::LeavePlan => Some("leave"),
            Self::Stay => Some("back"),
            Self::ReplaceByPlan(_) => Some("replace"),
            Self::Form(FormAnswer::LeaveAndKeep) => Some("keep a draft"),
            Self::Form(FormAnswer::LeaveAndDrop) => Some("drop"),
            Self::Form(FormAnswer::TakeDraft) => Some("go on"),
            Self::Form(FormAnswer::DropDraft) => Some("begin anew"),
            _ => None,
        }
    }
}

/// What becomes of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormAnswer {
    /// It is left, and what was entered is kept.
    LeaveAndKeep,
    /// It is left, and what was entered is dropped.
    LeaveAndDrop,
    /// The draft is put into it.
    TakeDraft,
    /// The draft is dropped.
    DropDraft,
}

/// What can be chosen about a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunCommand {
    /// Shows what became of it.
    Show,
    /// Goes to the workspace that it set up.
    Visit,
    /// Goes on where it stopped.
    Resume,
    /// Shows the plan that takes it back.
    Undo,
    /// Shows the plan that takes one step of it back.
    UndoStep(usize),
    /// Shows the plan that purges the deleted workspace which holds a name.
    Purge,
    /// Asks whether what goes on in Azure shall be cancelled there.
    AskCancel,
    /// Cancels in Azure what goes on there.
    Cancel,
    /// Leaves it as it is.
    Keep,
    /// Stops it before its next request, or the watching of what Azure has taken.
    Stop,
    /// Goes on before its clock has run out.
    CutWait,
}

/// What a choice is called.
#[derive(Debug, Clone, PartialEq)]
pub enum Label {
    /// A text.
    Text(Box<str>),
    /// The name of a resource, which its id holds already: the palette has every workspace.
    NameOf(ArmId),
}

impl Deref for Label {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::NameOf(id) => id.name(),
        }
    }
}

/// One choice.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// The key that chooses it at once, while no filter is typed.
    pub key: Option<char>,
    /// What it is.
    pub label: Label,
    /// More about it, standing back; shared, because many workspaces are in the same place.
    pub detail: Arc<str>,
    /// What it does.
    pub command: Command,
}

impl Item {
    /// A choice.
    pub fn new(label: impl Into<Box<str>>, detail: impl Into<Arc<str>>, command: Command) -> Self {
        Self { key: None, label: Label::Text(label.into()), detail: detail.into(), command }
    }

    /// The choice of going to a workspace.
    pub fn workspace(id: &ArmId, detail: impl Into<Arc<str>>) -> Self {
        let (label, command) = (Label::NameOf(id.clone()), Command::Goto(id.clone()));
        Self { key: None, label, detail: detail.into(), command }
    }

    /// With a key of its own; a letter that moves over lists gives way to another one of the label, see
    /// [`Picker::new`].
    #[must_use]
    pub fn key(mut self, key: char) -> Self {
        self.key = Some(key);
        self
    }

    /// The end of the detail that stays whole where it is too long: whose role it is that a step gave or took.
    #[must_use]
    pub fn kept(&self) -> Option<&str> {
        let Command::Run(_, RunCommand::UndoStep(_)) = &self.command else { return None };
        let at = [" to ", " from "].iter().filter_map(|word| self.detail.find(word)).min()?;
        self.detail.get(at..)
    }
}

/// Choices with what a filter looks into, made beside the screen where there are many.
#[derive(Debug, Default)]
pub struct Stock {
    items: Vec<Item>,
    labels: Haystacks,
    widest: usize,
}

impl Stock {
    /// Choices whose details a filter looks at too.
    #[must_use]
    pub fn with_details(items: Vec<Item>) -> Self {
        Self { labels: labels(&items, true), widest: widest(&items), items }
    }
}

/// Cells that label and detail of the widest choice take.
fn widest(items: &[Item]) -> usize {
    // ASCII needs no table of widths, and the palette holds every workspace.
    let cells = |text: &str| if text.is_ascii() { text.len() } else { text.width() };
    items.iter().map(|item| cells(&item.label) + cells(&item.detail)).max().unwrap_or(0)
}

/// What a filter looks into of each choice: its label, and where it is asked for its detail. The name of an action is
/// the one in the footer; its label is a sentence.
fn labels(items: &[Item], details: bool) -> Haystacks {
    let mut labels = Haystacks::with_capacity(items.len());
    for item in items {
        let name = match &item.command {
            Command::Act(action) => action.spec().short,
            _ => "",
        };
        let fields = [name, &item.label, if details { &item.detail } else { "" }];
        labels.add(if name.is_empty() { &fields[1..] } else { &fields });
    }
    labels
}

/// The list, its filter and its cursor.
#[derive(Debug, Clone)]
pub struct Picker {
    /// What is chosen here.
    pub title: String,
    /// Everything there is.
    pub items: Vec<Item>,
    /// The filter.
    pub query: Field,
    /// Whether the filter is being typed.
    pub typing: bool,
    /// A choice that is made of what is typed, where it makes sense; it comes first.
    pub made: Option<fn(&str) -> Option<Item>>,
    /// What to do where nothing fits.
    pub hint: Cow<'static, str>,
    /// Whether the filter looks at the details too.
    pub details: bool,
    /// How more choices are doing that are made beside the screen, where there are such.
    pub more: Option<Inquiring>,
    /// The row under the cursor among [`Picker::shown`].
    pub cursor: ListCursor,
    shown: Vec<usize>,
    widest: usize,
    /// How many choices it was opened with.
    first: usize,
    /// How many choices were given; one that is made of what is typed stands behind them.
    given: usize,
    /// The labels, once there is something to filter by.
    labels: Haystacks,
}

/// The characters that move over a list: in a menu they move as everywhere else, so that no row has one of them.
pub const MOVES: [char; 6] = ['j', 'k', 'h', 'l', 'g', 'G'];

/// Gives rows whose key is one of [`MOVES`] the first free small letter of their label instead.
fn free_moves(items: &mut [Item]) {
    let moves = |key: &char| MOVES.contains(key);
    let mut taken: Vec<char> = items.iter().filter_map(|item| item.key).filter(|key| !moves(key)).collect();
    for item in items.iter_mut().filter(|item| item.key.as_ref().is_some_and(moves)) {
        let free = |c: &char| c.is_ascii_lowercase() && !moves(c) && !taken.contains(c);
        item.key = item.label.chars().find(free);
        taken.extend(item.key);
    }
}

impl Picker {
    /// A list to choose from; with `typing`, characters filter at once. No row is chosen by a key that moves.
    #[must_use]
    pub fn new(title: impl Into<String>, mut items: Vec<Item>, typing: bool) -> Self {
        free_moves(&mut items);
        let given = items.len();
        let shown = (0..given).collect();
        let query = Field::default();
        let widest = widest(&items);
        Self {
            title: title.into(),
            items,
            query,
            typing,
            made: None,
            hint: "".into(),
            details: false,
            more: None,
            cursor: ListCursor::default(),
            shown,
            widest,
            first: given,
            given,
            labels: Haystacks::default(),
        }
    }

    /// The choices that it was opened with.
    #[must_use]
    pub fn first(&self) -> &[Item] {
        self.items.get(..self.first).unwrap_or_default()
    }

    /// Takes more choices that it could have been opened with; the cursor stays with the one that it is on.
    pub fn add(&mut self, more: Vec<Item>) {
        let held = self.current().map(|item| item.command.clone());
        self.items.truncate(self.given);
        let (first, n) = (self.first, more.len());
        self.items.splice(first..first, more);
        self.first += n;
        self.given += n;
        self.widest = widest(&self.items);
        self.labels = Haystacks::default();
        self.refilter();
        let is_held = |at: &usize| held.as_ref().is_some_and(|held| self.items[*at].command == *held);
        self.cursor.row = self.shown.iter().position(is_held).unwrap_or(0);
    }

    /// Takes those that it would be opened with now in place of those that it was opened with; the cursor stays with the
    /// one that it is on, as long as that is still there.
    pub fn renew(&mut self, items: Vec<Item>) {
        let held = self.current().map(|item| item.command.clone());
        let fresh = Self::new(self.title.clone(), items, self.typing);
        let query = std::mem::take(&mut self.query);
        *self = Self { query, ..fresh };
        self.refilter();
        let is_held = |at: &usize| held.as_ref().is_some_and(|held| self.items[*at].command == *held);
        self.cursor.row = self.shown.iter().position(is_held).unwrap_or(0);
    }

    /// Takes other choices in place of those that there are; the cursor stays with the one that it is on.
    pub fn supply(&mut self, stock: Stock) {
        let moved = self.cursor.row > 0;
        let held = self.current().filter(|_| moved).map(|item| item.command.clone());
        self.given = stock.items.len();
        (self.items, self.labels, self.widest) = (stock.items, stock.labels, stock.widest);
        self.refilter();
        let is_held = |at: &usize| held.as_ref().is_some_and(|held| self.items[*at].command == *held);
        self.cursor.row = self.shown.iter().position(is_held).unwrap_or(0);
    }

    /// Cells that label and detail of the widest choice take.
    #[must_use]
    pub fn widest(&self) -> usize {
        self.widest
    }

    /// The choices that pass the filter, by index.
    #[must_use]
    pub fn shown(&self) -> &[usize] {
        &self.shown
    }

    /// Applies the filter anew; the cursor goes to the top.
    pub fn refilter(&mut self) {
        let filter = Filter::parse(self.query.text());
        self.items.truncate(self.given);
        self.shown = if filter.is_empty() { (0..self.items.len()).collect() } else { self.fitting(filter) };
        if let Some(item) = self.made.and_then(|make| make(self.query.text().trim())) {
            self.shown.insert(0, self.items.len());
            self.items.push(item);
        }
        self.cursor.row = 0;
    }

    /// The choices that pass a filter, the closest fits first.
    fn fitting(&mut self, filter: Filter) -> Vec<usize> {
        if self.labels.len() != self.items.len() {
            self.labels = labels(&self.items, self.details);
        }
        fit::closest(filter, &self.labels)
    }

    /// What is under the cursor.
    #[must_use]
    pub fn current(&self) -> Option<&Item> {
        self.shown.get(self.cursor.row).and_then(|at| self.items.get(*at))
    }

    /// The choice that has this key; none while there is a filter, which hides the keys.
    #[must_use]
    pub fn by_key(&self, key: Key) -> Option<&Item> {
        if self.typing || !self.query.text().is_empty() {
            return None;
        }
        let typed = key.typed()?;
        self.items.iter().find(|item| item.key == Some(typed))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::config::keymap::{Context, KeyMap, KeyTable, Lookup};

    #[test]
    fn no_row_is_chosen_by_a_key_that_moves_and_none_by_that_of_another() {
        let map = KeyMap::new(&KeyTable::new()).unwrap();
        let key = |c: char| Key::char(c);
        let moves = |c: &char| match map.lookup(Context::List, &[key(*c)]) {
            Lookup::Pending => true,
            Lookup::Found(action) => {
                matches!(action, Action::Left | Action::Right) || ListCursor::default().apply(action, 1)
            }
            Lookup::Nothing => false,
        };
        let letters = || ('a'..='z').chain('A'..='Z');
        assert_eq!(letters().filter(moves).collect::<HashSet<_>>(), HashSet::from(MOVES));
        let labels = ["go on", "leave it", "keep a draft", "jkl", "ogre", "undo"];
        for wish in letters() {
            let item = |label: &&str| Item::new(*label, "", Command::Stay).key(wish);
            let items = labels.iter().map(item).chain([Item::new("o", "", Command::Stay).key('o')]);
            let picker = Picker::new("t", items.collect(), false);
            assert!(letters().filter(moves).all(|c| picker.by_key(key(c)).is_none()), "{wish}");
            let keys: Vec<char> = picker.items.iter().filter_map(|item| item.key).collect();
            if MOVES.contains(&wish) {
                assert_eq!(keys, ['n', 'e', 'p', 'r', 'u', 'o'], "{wish}: jkl has no letter to give");
            }
        }
    }

    #[test]
    fn the_filter_narrows_and_the_cursor_follows() {
        let items = ["open portal", "open studio", "copy id"]
            .map(|label| Item::new(label, "", Command::Copy(label.to_owned())))
            .to_vec();
        let mut picker = Picker::new("t", items, true);
        picker.cursor.row = 2;
        picker.query = Field::with("stud");
        picker.refilter();
        assert_eq!(picker.current().map(|item| &*item.label), Some("open studio"));
        picker.query = Field::with("zzz");
        picker.refilter();
        assert_eq!(picker.current(), None);
    }
}
