//! One field of a form: what it is, what stands in it, and what is wrong with that.

use std::borrow::Cow;

use jiff::SignedDuration;
use tui_textarea::{CursorMove, TextArea};

use super::Form;
use super::amount;
use super::ask::{Ask, Verdict};
use super::choice::{Choice, Select, Source};
use crate::app::field::{self, Field};
use crate::azure::safe_text;
use crate::config::key::Key;

/// What stands in a field, by the kind of field.
#[derive(Debug, Clone)]
pub enum Entry {
    /// A line of text.
    Line(Field),
    /// Several lines of text.
    Area(Area),
    /// One or several of a list.
    Select(Box<Select>),
    /// Yes or no.
    Toggle(bool),
    /// A whole number within limits.
    Number {
        /// As it is typed.
        text: Field,
        /// The smallest.
        least: u64,
        /// The greatest.
        most: u64,
    },
    /// A length of time within limits.
    Duration {
        /// As it is typed.
        text: Field,
        /// The shortest.
        least: SignedDuration,
        /// The longest.
        most: SignedDuration,
    },
    /// Something that is only told.
    Fact(fn(&Form) -> String),
}

/// Several lines of text that are typed.
#[derive(Debug, Clone)]
pub struct Area {
    text: TextArea<'static>,
    /// Whether each line stands for itself: one begins on a line of its own then.
    of_lines: bool,
}

impl Area {
    /// An area that holds a text, the cursor behind it.
    #[must_use]
    pub fn with(text: &str) -> Self {
        let lines = safe_text::clean(text).lines().map(str::to_owned).collect::<Vec<_>>();
        let mut text = TextArea::new(if lines.is_empty() { vec![String::new()] } else { lines });
        text.move_cursor(CursorMove::Bottom);
        text.move_cursor(CursorMove::End);
        Self { text, of_lines: false }
    }

    /// An area whose lines each stand for themselves, such as tags.
    #[must_use]
    pub fn of_lines() -> Self {
        Self { of_lines: true, ..Self::with("") }
    }

    /// Puts a text in place of what is there, the cursor behind it: where lines stand for themselves, on a new one.
    pub fn fill(&mut self, text: &str) {
        let of_lines = self.of_lines;
        *self = Self { of_lines, ..Self::with(text) };
        if of_lines && self.lines().iter().any(|line| !line.is_empty()) {
            self.break_line();
        }
    }

    /// Its lines.
    #[must_use]
    pub fn lines(&self) -> &[String] {
        self.text.lines()
    }

    /// Line and character of the cursor.
    #[must_use]
    pub fn cursor(&self) -> (usize, usize) {
        let cursor = self.text.cursor();
        (cursor.0, cursor.1)
    }

    /// Begins a new line.
    pub fn break_line(&mut self) {
        self.text.insert_newline();
    }

    /// Types what was pasted, made harmless.
    pub fn paste(&mut self, text: &str) {
        self.text.insert_str(field::pasted(text));
    }

    /// Moves the cursor by a line; `false` where there is none in that direction.
    pub fn step(&mut self, down: bool) -> bool {
        let (line, _) = self.cursor();
        let can = if down { line + 1 < self.lines().len() } else { line > 0 };
        if can {
            self.text.move_cursor(if down { CursorMove::Down } else { CursorMove::Up });
        }
        can
    }

    /// Edits by a key as shells do; `false` when the key is none that edits.
    pub fn press(&mut self, key: Key) -> bool {
        field::press(&mut self.text, key)
    }
}

/// How the check over the network of a field is doing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Probe {
    /// Nothing was asked.
    #[default]
    Unasked,
    /// The answer with this number is awaited.
    Awaited(u64),
    /// Azure said so.
    Answered(Verdict),
    /// It could not be checked, and why. That is no fault of what was entered.
    Unknown(String),
}

/// How something said about a field is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remark {
    /// It cannot be used as it stands, by the rule.
    Wrong(String),
    /// Azure is being asked.
    Checking,
    /// Azure says that it is right.
    Right(String),
    /// Something is worth knowing before it is used.
    Doubtful(String),
    /// It could not be checked.
    Unsure(String),
}

/// What is wrong with a text by the rule of its field, in words.
pub type Check = fn(&Form, &str) -> Result<(), String>;

/// A field. What depends on other fields is a function of the form.
#[derive(Debug, Clone)]
pub struct FormField {
    /// Its name, unique in the form.
    pub id: &'static str,
    /// What it is called, where that does not follow from the form; see [`FormField::label_in`].
    pub label: &'static str,
    /// What it is for, and its rule.
    pub help: &'static str,
    /// What stands in it.
    pub entry: Entry,
    /// Whether somebody put something into it.
    pub edited: bool,
    /// Whether the cursor was moved in its text, so that typing goes on from there.
    pub kept: bool,
    /// Whether the cursor was in it and left.
    pub visited: bool,
    /// How the check over the network is doing.
    pub probe: Probe,
    /// Whether the cursor never goes into it: it only tells what Azure says.
    pub told: bool,
    pub(super) called: Option<fn(&Form) -> String>,
    pub(super) helped: Option<fn(&Form) -> &'static str>,
    pub(super) required: fn(&Form) -> bool,
    pub(super) visible: fn(&Form) -> bool,
    pub(super) derive: Option<fn(&Form) -> String>,
    pub(super) check: Option<Check>,
    pub(super) ask: Option<fn(&Form, &str) -> Option<Ask>>,
    pub(super) asked: Option<Ask>,
}

impl FormField {
    fn new(id: &'static str, label: &'static str, entry: Entry) -> Self {
        Self {
            id,
            label,
            help: "",
            entry,
            edited: false,
            kept: false,
            visited: false,
            probe: Probe::Unasked,
            told: false,
            called: None,
            helped: None,
            required: |_| true,
            visible: |_| true,
            derive: None,
            check: None,
            ask: None,
            asked: None,
        }
    }

    /// A line of text.
    #[must_use]
    pub fn line(id: &'static str, label: &'static str) -> Self {
        Self::new(id, label, Entry::Line(Field::default()))
    }

    /// Several lines of text.
    #[must_use]
    pub fn area(id: &'static str, label: &'static str) -> Self {
        Self::new(id, label, Entry::Area(Area::with("")))
    }

    /// A text whose lines each stand for themselves.
    #[must_use]
    pub fn lines(id: &'static str, label: &'static str) -> Self {
        Self::new(id, label, Entry::Area(Area::of_lines()))
    }

    /// One of a list.
    #[must_use]
    pub fn one(id: &'static str, label: &'static str, source: Source, choices: Vec<Choice>) -> Self {
        Self::new(id, label, Entry::Select(Box::new(Select::new(source, choices, false))))
    }

    /// Several of a list.
    #[must_use]
    pub fn many(id: &'static str, label: &'static str, source: Source, choices: Vec<Choice>) -> Self {
        Self::new(id, label, Entry::Select(Box::new(Select::new(source, choices, true))))
    }

    /// Yes or no.
    #[must_use]
    pub fn toggle(id: &'static str, label: &'static str, on: bool) -> Self {
        Self::new(id, label, Entry::Toggle(on))
    }

    /// A whole number within limits.
    #[must_use]
    pub fn number(id: &'static str, label: &'static str, least: u64, most: u64) -> Self {
        Self::new(id, label, Entry::Number { text: Field::default(), least, most })
    }

    /// A length of time within limits.
    #[must_use]
    pub fn duration(
        id: &'static str,
        label: &'static str,
        least: SignedDuration,
        most: SignedDuration,
    ) -> Self {
        Self::new(id, label, Entry::Duration { text: Field::default(), least, most })
    }

    /// Something that is only told.
    #[must_use]
    pub fn fact(id: &'static str, label: &'static str, text: fn(&Form) -> String) -> Self {
        Self::new(id, label, Entry::Fact(text))
    }

    /// With what it is for, and its rule.
    #[must_use]
    pub fn help(self, help: &'static str) -> Self {
        Self { help, ..self }
    }

    /// With a help that follows from what stands in other fields.
    #[must_use]
    pub fn helped(self, helped: fn(&Form) -> &'static str) -> Self {
        Self { helped: Some(helped), ..self }
    }

    /// What it is for, and its rule, in a form.
    #[must_use]
    pub fn help_in(&self, form: &Form) -> &'static str {
        self.helped.map_or(self.help, |helped| helped(form))
    }

    /// Is called by what stands in other fields.
    #[must_use]
    pub fn called(self, called: fn(&Form) -> String) -> Self {
        Self { called: Some(called), ..self }
    }

    /// What it is called in a form.
    #[must_use]
    pub fn label_in(&self, form: &Form) -> Cow<'static, str> {
        self.called.map_or(Cow::Borrowed(self.label), |called| called(form).into())
    }

    /// May be left empty.
    #[must_use]
    pub fn optional(self) -> Self {
        Self { required: |_| false, ..self }
    }

    /// May be left empty unless something is so.
    #[must_use]
    pub fn required_if(self, required: fn(&Form) -> bool) -> Self {
        Self { required, ..self }
    }

    /// Is not entered: it tells the one answer that Azure gives.
    #[must_use]
    pub fn told(self) -> Self {
        Self { told: true, ..self }
    }

    /// Only there while something is so.
    #[must_use]
    pub fn shown_if(self, visible: fn(&Form) -> bool) -> Self {
        Self { visible, ..self }
    }

    /// Follows from other fields until somebody puts something into it: a text, the keys of choices on a
    /// line each, or `yes` and `no`.
    #[must_use]
    pub fn derived(self, derive: fn(&Form) -> String) -> Self {
        Self { derive: Some(derive), ..self }
    }

    /// Is checked at once: a function of the form and of what stands in the field.
    #[must_use]
    pub fn checked(self, check: Check) -> Self {
        Self { check: Some(check), ..self }
    }

    /// Is checked over the network once it passes its rule and nobody types any more.
    #[must_use]
    pub fn asked(self, ask: fn(&Form, &str) -> Option<Ask>) -> Self {
        Self { ask: Some(ask), ..self }
    }

    /// A list with choices that stand before those that Azure gives, whether it answers or not.
    #[must_use]
    pub fn standing(mut self, choices: Vec<Choice>) -> Self {
        if let Some(select) = self.select_mut() {
            select.standing = choices;
            select.supply(Vec::new());
        }
        self
    }

    /// A list that says why when there is nothing to choose.
    #[must_use]
    pub fn nothing(mut self, words: &'static str) -> Self {
        if let Some(select) = self.select_mut() {
            select.nothing = words;
        }
        self
    }

    /// A list in which something chosen stays although the list has it not: it may only be out of sight.
    #[must_use]
    pub fn keeping(mut self) -> Self {
        if let Some(select) = self.select_mut() {
            select.keeps = true;
        }
        self
    }

    /// A list in which what is typed in full may be chosen too, as this makes choices of it.
    #[must_use]
    pub fn or_typed(mut self, typed: fn(&str) -> Vec<Choice>) -> Self {
        if let Some(select) = self.select_mut() {
            select.typed = Some(typed);
        }
        self
    }

    /// Holds a text from the start.
    #[must_use]
    pub fn with(mut self, text: &str) -> Self {
        self.put(text);
        self
    }

    /// What stands in it, as one text: of a list the keys, on a line each.
    #[must_use]
    pub fn text(&self) -> String {
        match &self.entry {
            Entry::Line(field) | Entry::Number { text: field, .. } | Entry::Duration { text: field, .. } => {
                field.text().trim().to_owned()
            }
            Entry::Area(area) => area.lines().join("\n").trim().to_owned(),
            Entry::Select(select) => {
                let keys: Vec<&str> = select.chosen().iter().map(|choice| choice.key.as_str()).collect();
                keys.join("\n")
            }
            Entry::Toggle(on) => if *on { "yes" } else { "no" }.to_owned(),
            Entry::Fact(_) => String::new(),
        }
    }

    /// Whether what stands in it is only suggested: it goes as soon as somebody types.
    #[must_use]
    pub fn is_suggested(&self) -> bool {
        self.derive.is_some() && !self.edited && !self.kept
    }

    /// Puts a text into it, as [`FormField::text`] gives it.
    pub fn put(&mut self, text: &str) {
        if self.text() == text {
            return;
        }
        match &mut self.entry {
            Entry::Line(field) | Entry::Number { text: field, .. } | Entry::Duration { text: field, .. } => {
                *field = Field::with(text);
            }
            Entry::Area(area) => area.fill(text),
            Entry::Select(select) => select.set_keys(text.lines()),
            Entry::Toggle(on) => *on = text == "yes",
            Entry::Fact(_) => {}
        }
    }

    /// The list of choices, where it is one.
    #[must_use]
    pub fn select(&self) -> Option<&Select> {
        match &self.entry {
            Entry::Select(select) => Some(select),
            _ => None,
        }
    }

    /// The list of choices, where it is one, to change it.
    pub fn select_mut(&mut self) -> Option<&mut Select> {
        match &mut self.entry {
            Entry::Select(select) => Some(select),
            _ => None,
        }
    }

    /// Whether the cursor goes into it.
    #[must_use]
    pub fn can_be_entered(&self) -> bool {
        !self.told && !matches!(self.entry, Entry::Fact(_))
    }

    /// Whether it may not be left empty.
    #[must_use]
    pub fn is_needed(&self, form: &Form) -> bool {
        (self.required)(form)
    }

    /// Whether it follows from others while it is left alone: then it is never empty by itself.
    #[must_use]
    pub fn is_derived(&self) -> bool {
        self.derive.is_some()
    }

    /// What is wrong with it by its rule.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn judge(&self, form: &Form) -> Result<(), String> {
        self.judge_alone(form)?;
        form.fault(self.id).map_or(Ok(()), |why| Err(why.to_owned()))
    }

    /// The same without what is said of the form as a whole.
    pub(super) fn judge_alone(&self, form: &Form) -> Result<(), String> {
        let text = self.text();
        if let Some(select) = self.select().filter(|select| select.left_over) {
            return Err(format!(
                "'{}' was typed and nothing was chosen: choose what it finds, or take the text out",
                select.query.text().trim()
            ));
        }
        if text.is_empty() {
            let what = if self.select().is_some() { "choose one" } else { "it cannot be empty" };
            return if self.can_be_entered() && (self.required)(form) {
                Err(what.to_owned())
            } else {
                Ok(())
            };
        }
        match &self.entry {
            Entry::Number { least, most, .. } => {
                amount::number(&text, *least, *most)?;
            }
            Entry::Duration { least, most, .. } => {
                amount::duration(&text, *least, *most)?;
            }
            _ => {}
        }
        self.check.map_or(Ok(()), |check| check(form, &text))
    }

    /// What is to be said of it now. That something is missing is said once it was left empty.
    #[must_use]
    pub fn remark(&self, form: &Form) -> Option<Remark> {
        if let Err(wrong) = self.judge(form) {
            let told = matches!(self.entry, Entry::Fact(_));
            return (self.visited || told || !self.text().is_empty()).then_some(Remark::Wrong(wrong));
        }
        match &self.probe {
            Probe::Unasked => None,
            Probe::Awaited(_) => Some(Remark::Checking),
            Probe::Answered(Verdict::Good(word)) if word.is_empty() => None,
            Probe::Answered(Verdict::Good(word)) => Some(Remark::Right(word.clone())),
            Probe::Answered(Verdict::Doubtful(why)) => Some(Remark::Doubtful(why.clone())),
            Probe::Answered(Verdict::Bad(why)) => Some(Remark::Wrong(why.clone())),
            Probe::Unknown(why) => Some(Remark::Unsure(why.clone())),
        }
    }
}
