//! A field that is chosen from a list: the choices, what was typed to find one, and what was chosen.

use serde::{Deserialize, Serialize};

use super::{Ask, Form};
use crate::app::field::Field;
use crate::app::filter::Filter;
use crate::app::fit;
use crate::app::haystack::Haystacks;
use crate::app::list::ListCursor;
use crate::app::model::Model;

/// One choice.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// What tells it from all others, such as an id.
    pub key: String,
    /// What people call it.
    pub label: String,
    /// Of which kind it is, in a word: `User`, `custom`, `workspace`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// More about it, standing back.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// What else is known of it, by name; not shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<(String, String)>,
}

impl Choice {
    /// A choice.
    pub fn new(key: impl Into<String>, label: impl Into<String>) -> Self {
        Self { key: key.into(), label: label.into(), ..Self::default() }
    }

    /// With its kind.
    #[must_use]
    pub fn kind(mut self, kind: impl Into<String>) -> Self {
        self.kind = kind.into();
        self
    }

    /// With something else that is known of it.
    #[must_use]
    pub fn with(mut self, name: &str, text: impl Into<String>) -> Self {
        self.facts.push((name.to_owned(), text.into()));
        self
    }

    /// Something else that is known of it; empty where it is not.
    #[must_use]
    pub fn fact(&self, name: &str) -> &str {
        self.facts.iter().find(|(known, _)| known == name).map_or("", |(_, text)| text)
    }

    /// With more about it.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }
}

/// Where choices come from.
#[derive(Debug, Clone, Copy)]
pub enum Source {
    /// They are always the same.
    Fixed,
    /// They are worked out from what the console knows and what the form says.
    Known(fn(&Model, &Form) -> Vec<Choice>),
    /// Azure is asked for all of them; typing filters what came back.
    Listed(fn(&Form) -> Option<Ask>),
    /// Azure is asked for those that fit what is typed.
    Searched(fn(&Form, &str) -> Option<Ask>),
}

/// How the choices are doing that Azure is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Supply {
    /// There is nothing to wait for.
    #[default]
    Ready,
    /// The answer with this number is awaited.
    Awaited(u64),
    /// They could not be had.
    Failed(String),
}

/// The choices of a field and what was chosen of them.
#[derive(Debug, Clone)]
pub struct Select {
    /// Where the choices come from.
    pub source: Source,
    /// Whether several may be chosen.
    pub many: bool,
    /// What was typed to find one.
    pub query: Field,
    /// The choice under the cursor, among [`Select::shown`].
    pub cursor: ListCursor,
    /// How the choices are doing.
    pub supply: Supply,
    /// What Azure was last asked.
    pub asked: Option<Ask>,
    /// Why Azure's last answer was none; until one comes.
    pub refusal: Option<String>,
    /// What is said where there is nothing to choose: why, and what to do.
    pub nothing: &'static str,
    /// Choices that stand before all others, whatever Azure answers, and while it does not.
    pub(super) standing: Vec<Choice>,
    /// Whether something chosen stays although it is not in the list: it may only be out of sight.
    pub(super) keeps: bool,
    /// What may be chosen by typing it in full: no list has it.
    pub(super) typed: Option<fn(&str) -> Vec<Choice>>,
    /// Whether the cursor went elsewhere while what was typed had found nothing that was chosen.
    pub left_over: bool,
    choices: Vec<Choice>,
    labels: Haystacks,
    /// What is typed, as a choice: shown behind those of the list.
    written: Vec<Choice>,
    shown: Vec<usize>,
    chosen: Vec<Choice>,
}

/// Choices that are found without typing.
const FEW: usize = 9;

/// What is said where there is nothing to choose, unless a field says more.
const NOTHING: &str = "there is nothing to choose";

impl Select {
    /// A field with choices from a source; of [`Source::Fixed`] ones these are all.
    #[must_use]
    pub fn new(source: Source, choices: Vec<Choice>, many: bool) -> Self {
        let mut select = Self {
            source,
            many,
            query: Field::default(),
            cursor: ListCursor::default(),
            supply: Supply::Ready,
            asked: None,
            refusal: None,
            nothing: NOTHING,
            standing: Vec::new(),
            keeps: false,
            typed: None,
            left_over: false,
            choices: Vec::new(),
            labels: Haystacks::default(),
            written: Vec::new(),
            shown: Vec::new(),
            chosen: Vec::new(),
        };
        select.supply(choices);
        select
    }

    /// Takes the choices that there are now. The cursor stays on the choice that it was on; what was chosen
    /// of a list and is in it no more is chosen no more.
    pub fn supply(&mut self, choices: Vec<Choice>) {
        // Who has not moved yet begins at the top, however the choices are ordered by then.
        let moved = self.cursor.row > 0 || !self.chosen.is_empty();
        let under_cursor = self.current().filter(|_| moved).map(|choice| choice.key.clone());
        self.list(choices);
        self.supply = Supply::Ready;
        self.refusal = None;
        // Where one searches, an empty answer says nothing about what was found before.
        if !matches!(self.source, Source::Searched(_)) {
            let (choices, chosen) = (&self.choices, &mut self.chosen);
            chosen.retain_mut(|kept| match choices.iter().find(|choice| choice.key == kept.key) {
                Some(choice) => {
                    kept.clone_from(choice);
                    true
                }
                None => false,
            });
        }
        self.refilter();
        let key = under_cursor.or_else(|| self.chosen.first().map(|choice| choice.key.clone()));
        if let Some(key) = key {
            self.point_at(&key);
        }
    }

    /// Choices with those that stand before them, and what was chosen and is kept.
    #[must_use]
    pub fn whole(&self, choices: Vec<Choice>) -> Vec<Choice> {
        let mut whole = self.standing.clone();
        let chosen = self.chosen.iter().filter(|_| self.keeps).cloned();
        for choice in choices.into_iter().chain(chosen) {
            if !whole.iter().any(|known| known.key == choice.key) {
                whole.push(choice);
            }
        }
        whole
    }

    fn list(&mut self, choices: Vec<Choice>) {
        self.choices = if self.standing.is_empty() && !self.keeps { choices } else { self.whole(choices) };
        self.labels = Haystacks::with_capacity(self.choices.len());
        for choice in &self.choices {
            self.labels.add(&[&choice.label, &choice.kind, &choice.detail]);
        }
    }

    /// Waits for an answer. The choices of a list that belong to another question are gone at once; where one
    /// searches they stand until others come.
    pub fn await_answer(&mut self, generation: u64) {
        if !matches!(self.source, Source::Searched(_)) {
            self.list(Vec::new());
            self.refilter();
            let key = self.chosen.first().map(|choice| choice.key.clone());
            if let Some(key) = key {
                self.point_at(&key);
            }
        }
        self.supply = Supply::Awaited(generation);
    }

    /// Takes that there is no answer, and why. What was found before does not answer this question. `for_good` says
    /// that another question would not be answered either.
    pub fn refuse(&mut self, why: String, for_good: bool) {
        if self.left_over {
            self.clear_query();
        }
        self.supply(Vec::new());
        self.refusal = for_good.then(|| why.clone());
        self.supply = Supply::Failed(why);
    }

    /// Every choice that there is.
    #[must_use]
    pub fn choices(&self) -> &[Choice] {
        &self.choices
    }

    /// Whether Azure has nothing besides the choices that always stand there, and the field says what to do then.
    #[must_use]
    pub fn found_nothing(&self) -> bool {
        let kept = |choice: &Choice| self.standing.iter().any(|one| one.key == choice.key);
        self.asked.is_some()
            && self.supply == Supply::Ready
            && self.nothing != NOTHING
            && !self.standing.is_empty()
            && self.choices.iter().all(kept)
    }

    /// How many choices fit what is typed.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shown.len() + self.written.len()
    }

    /// Whether none fits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A choice that fits what is typed, by its place.
    #[must_use]
    pub fn shown(&self, place: usize) -> Option<&Choice> {
        match place.checked_sub(self.shown.len()) {
            None => self.choices.get(*self.shown.get(place)?),
            Some(place) => self.written.get(place),
        }
    }

    /// The choice under the cursor.
    #[must_use]
    pub fn current(&self) -> Option<&Choice> {
        self.shown(self.cursor.row)
    }

    /// What was chosen, in the order in which it was.
    #[must_use]
    pub fn chosen(&self) -> &[Choice] {
        &self.chosen
    }

    /// Whether something was chosen.
    #[must_use]
    pub fn is_chosen(&self, choice: &Choice) -> bool {
        self.chosen.iter().any(|chosen| chosen.key == choice.key)
    }

    /// Whether all choices are few and in sight, so that nobody has to type to find one.
    #[must_use]
    pub fn is_short(&self) -> bool {
        matches!(self.source, Source::Fixed) && self.typed.is_none() && self.choices.len() <= FEW
    }

    /// Whether what is typed still looks for something: it does until the row under the cursor is chosen.
    #[must_use]
    pub fn is_searching(&self) -> bool {
        !self.query.text().is_empty() && !self.current().is_some_and(|choice| self.is_chosen(choice))
    }

    /// Takes what was typed to find a choice as the cursor goes elsewhere: the closest fit of a list, but of those that
    /// Azure found only one that is alone, and where nobody was chosen. Whether anything changed.
    ///
    /// What was typed and has chosen nothing stays, so that it is seen: [`Select::left_over`].
    pub(super) fn settle(&mut self) -> bool {
        let sure =
            !matches!(self.source, Source::Searched(_)) || self.chosen.is_empty() && self.shown.len() == 1;
        let takes = !self.many && self.supply == Supply::Ready && self.is_searching() && sure;
        let taken = takes && self.choose();
        // Of several, whoever chose one of those that fit has found what was looked for.
        let found = |place| self.shown(place).is_some_and(|choice| self.is_chosen(choice));
        let done = if self.many { (0..self.len()).any(found) } else { !self.is_searching() };
        // Where nothing can be found nothing was looked for in vain: the field says why.
        let failed = matches!(self.supply, Supply::Failed(_));
        self.left_over = !self.query.text().is_empty() && !done && !failed;
        taken
    }

    /// Clears what was typed.
    pub fn clear_query(&mut self) {
        self.query.clear();
        self.left_over = false;
        self.refilter();
    }

    /// Applies what is typed; the cursor goes to the closest fit.
    pub fn refilter(&mut self) {
        let filter = Filter::parse(self.query.text());
        let here = !matches!(self.source, Source::Searched(_));
        self.shown = if here && !filter.is_empty() {
            fit::closest(filter, &self.labels)
        } else {
            (0..self.choices.len()).collect()
        };
        self.written = self.typed.map_or_else(Vec::new, |typed| typed(self.query.text().trim()));
        let (choices, shown) = (&self.choices, &self.shown);
        self.written.retain(|one| !shown.iter().any(|at| choices[*at].key == one.key));
        self.cursor = ListCursor { height: self.cursor.height, ..ListCursor::default() };
    }

    /// Puts the cursor on a choice, if it is shown.
    pub fn point_at(&mut self, key: &str) {
        let place = (0..self.len()).position(|place| self.shown(place).is_some_and(|one| one.key == key));
        self.cursor.row = place.unwrap_or(0);
    }

    /// Puts the cursor on the choice that is called as what is typed; `false` where none is, or several are.
    pub fn point_at_named(&mut self) -> bool {
        let typed = self.query.text().trim().to_lowercase();
        let named = |place: &usize| self.shown(*place).is_some_and(|one| one.label.to_lowercase() == typed);
        let mut places = (0..self.len()).filter(named);
        match (places.next(), places.next()) {
            (Some(place), None) => {
                self.cursor.row = place;
                true
            }
            _ => false,
        }
    }

    /// Chooses what is under the cursor: in place of what was chosen, or where several may be chosen in
    /// addition to it, or no more where it was. Whether anything changed.
    pub fn choose(&mut self) -> bool {
        let Some(choice) = self.current().cloned() else { return false };
        if !self.many {
            if self.is_chosen(&choice) {
                return false;
            }
            self.chosen = vec![choice];
            return true;
        }
        let before = self.chosen.len();
        self.chosen.retain(|chosen| chosen.key != choice.key);
        if self.chosen.len() == before {
            if self.keeps && !self.choices.iter().any(|known| known.key == choice.key) {
                let rest = std::mem::take(&mut self.choices);
                self.list(std::iter::once(choice.clone()).chain(rest).collect());
                self.refilter();
                self.point_at(&choice.key);
            }
            self.chosen.push(choice);
        }
        true
    }

    /// Takes out again what was chosen of one that may stay empty. Whether there was anything.
    pub fn take_out(&mut self) -> bool {
        let had = !self.chosen.is_empty();
        self.chosen.clear();
        had
    }

    /// Sets what is chosen.
    pub fn set(&mut self, chosen: Vec<Choice>) {
        self.chosen = chosen;
        if let Some(first) = self.chosen.first() {
            let key = first.key.clone();
            self.point_at(&key);
        }
    }

    /// Chooses by keys, as far as there are such choices.
    pub fn set_keys<'a>(&mut self, keys: impl Iterator<Item = &'a str>) {
        let of = |key| self.choices.iter().find(|choice| choice.key == key).cloned();
        let chosen = keys.filter_map(of).collect();
        self.set(chosen);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roles() -> Vec<Choice> {
        [("r", "Reader"), ("c", "Contributor"), ("ds", "AzureML Data Scientist")]
            .map(|(key, label)| Choice::new(key, label))
            .to_vec()
    }

    fn typed(select: &mut Select, text: &str) {
        select.query = Field::with(text);
        select.refilter();
    }

    #[test]
    fn what_the_arrows_chose_stays_and_of_what_azure_found_only_one_alone_is_taken() {
        let searched = |text: &str| {
            let mut select = Select::new(Source::Searched(|_, _| None), Vec::new(), false);
            select.supply(roles());
            typed(&mut select, text);
            select
        };
        let mut chosen = searched("data");
        chosen.cursor.row = 1;
        assert!(chosen.is_searching() && chosen.choose() && !chosen.is_searching());
        assert!(!chosen.settle());
        assert_eq!(chosen.chosen()[0].key, "c");
        assert!(!searched("data").settle(), "nobody said which of the three");
        let mut alone = searched("data");
        alone.supply(roles()[2..].to_vec());
        assert!(alone.settle());
        let mut list = Select::new(Source::Fixed, roles(), false);
        typed(&mut list, "data");
        assert!(list.settle() && list.chosen()[0].key == "ds", "a list takes the closest fit");
    }

    #[test]
    fn typing_finds_and_choosing_replaces() {
        let mut select = Select::new(Source::Fixed, roles(), false);
        typed(&mut select, "data");
        assert_eq!((select.len(), select.current().map(|choice| &*choice.key)), (1, Some("ds")));
        assert!(select.choose());
        assert!(!select.choose(), "it was chosen already");
        typed(&mut select, "");
        select.point_at("r");
        assert!(select.choose());
        assert_eq!(select.chosen(), [Choice::new("r", "Reader")]);
        typed(&mut select, "zzz");
        assert!(!select.choose(), "nothing is under the cursor");
    }

    #[test]
    fn several_are_put_in_and_taken_out() {
        let mut select = Select::new(Source::Fixed, roles(), true);
        for (key, chosen) in [("r", "r"), ("ds", "r ds"), ("r", "ds")] {
            select.point_at(key);
            select.choose();
            let keys: Vec<&str> = select.chosen().iter().map(|choice| &*choice.key).collect();
            assert_eq!(keys.join(" "), chosen);
        }
    }

    #[test]
    fn new_choices_keep_the_cursor_and_drop_what_is_there_no_more() {
        let mut select = Select::new(Source::Known(|_, _| Vec::new()), roles(), false);
        select.point_at("c");
        select.choose();
        let mut fewer = roles();
        fewer.remove(0);
        fewer[0].detail = "everything but access".into();
        select.supply(fewer);
        assert_eq!(select.current().map(|choice| &*choice.key), Some("c"));
        assert_eq!(select.chosen()[0].detail, "everything but access", "what is known of it is taken over");
        select.supply(vec![Choice::new("x", "Other")]);
        assert!(select.chosen().is_empty());
    }

    #[test]
    fn what_was_found_by_a_search_stays_when_another_finds_nothing() {
        let mut select = Select::new(Source::Searched(|_, _| None), roles(), false);
        select.choose();
        typed(&mut select, "no local filter here");
        assert_eq!(select.len(), 3);
        select.supply(Vec::new());
        assert_eq!(select.chosen(), [Choice::new("r", "Reader")]);
    }
}
