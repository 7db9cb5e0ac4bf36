//! Forms as data: steps of fields, each with its kind, its default, its rule, what Azure is asked about it,
//! and when it is there at all. One update (`src/app/update/forms.rs`) and one renderer (`src/ui/forms/`)
//! serve every form.

pub mod activate;
pub mod amount;
pub mod around;
pub mod ask;
pub mod choice;
pub mod copy_access;
pub mod draft;
pub mod edit;
mod extras;
pub mod field;
pub mod grant;
pub mod persona;
pub mod principal;
pub mod setup;
#[cfg(test)]
pub(crate) mod tests;

use std::borrow::Cow;
use std::collections::HashMap;

use jiff::SignedDuration;

pub use ask::{Answer, Ask, Found, Slot, Told, Verdict, Want};
pub use choice::{Choice, Select, Source, Supply};
pub use draft::Draft;
pub use extras::{Extras, Fault, Filing};
pub use field::{Area, Entry, FormField, Probe, Remark};

use extras::{verdict_on, verdict_on_all};

use super::effect::Effect;
use super::list::ListCursor;
use super::model::Model;
use crate::azure::arm::id::ArmId;
use crate::domain::fact::Tone;
use crate::domain::plan::Plan;

/// A line about what follows from what is chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The line; a long one is broken where it is drawn.
    pub text: String,
    /// How it should strike the eye.
    pub tone: Tone,
    /// Whether it is the heading of those behind it.
    pub heading: bool,
    /// Whether the lines below this heading say nothing without it.
    pub needed: bool,
}

impl Note {
    /// A line.
    pub fn new(text: impl Into<String>, tone: Tone) -> Self {
        Self { text: text.into(), tone, heading: false, needed: false }
    }

    /// A line that is neither good nor bad.
    pub fn plain(text: impl Into<String>) -> Self {
        Self::new(text, Tone::Plain)
    }

    /// A heading.
    pub fn heading(text: impl Into<String>) -> Self {
        Self { heading: true, ..Self::plain(text) }
    }

    /// A heading without which the lines below it say nothing.
    pub fn needed(text: impl Into<String>) -> Self {
        Self { needed: true, ..Self::heading(text) }
    }
}

/// Fields that are filled in together.
#[derive(Debug, Clone)]
pub struct FormStep {
    /// What it is about, in a word or two; see [`FormStep::title_in`].
    pub title: &'static str,
    /// Its fields.
    pub fields: Vec<FormField>,
    /// What it is for and what happens when it is left as it is, in a line; empty where its title says it.
    pub about: &'static str,
    called: Option<fn(&Form) -> String>,
}

impl FormStep {
    /// A step.
    #[must_use]
    pub fn new(title: &'static str, fields: Vec<FormField>) -> Self {
        Self { title, fields, about: "", called: None }
    }

    /// Says what it is for, and what happens when it is left as it is.
    #[must_use]
    pub fn about(self, about: &'static str) -> Self {
        Self { about, ..self }
    }

    /// Is called by what stands in the form.
    #[must_use]
    pub fn called(self, called: fn(&Form) -> String) -> Self {
        Self { called: Some(called), ..self }
    }

    /// What it is called in a form.
    #[must_use]
    pub fn title_in(&self, form: &Form) -> Cow<'static, str> {
        self.called.map_or(Cow::Borrowed(self.title), |called| called(form).into())
    }
}

/// What a form comes to; where that cannot be said, why not.
pub type Finish = fn(&Model, &Form) -> Result<Plan, String>;

/// How far somebody got with a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Nothing is wrong with it, and nothing is missing.
    Complete,
    /// Something is wrong with it.
    Wrong,
    /// Something is missing, or nobody was there yet.
    Open,
}

/// A form that is being filled in.
#[derive(Debug, Clone)]
pub struct Form {
    /// Which form it is, for drafts.
    pub kind: &'static str,
    /// What is done with it.
    pub title: String,
    /// What it is about.
    pub subject: ArmId,
    /// Its steps.
    pub steps: Vec<FormStep>,
    /// The step on screen.
    pub step: usize,
    /// The field of that step that has the keys.
    pub field: usize,
    /// Its number, so that no answer reaches another form.
    pub number: u64,
    /// Whether what follows from the choices has the screen, where there is no room beside the fields.
    pub explaining: bool,
    /// Somebody wants to see the plan, and Azure is still being asked; it is shown when the answer comes.
    pub plan_wanted: bool,
    /// Where that text is scrolled to.
    pub scroll: ListCursor,
    /// What was known when it was opened, by name.
    pub given: Vec<(&'static str, String)>,
    /// What follows from what is chosen.
    pub means: fn(&Model, &Form) -> Vec<Note>,
    /// What it comes to in the end.
    pub finish: Finish,
    /// What else there is.
    pub extras: Extras,
    /// What is wrong with it as a whole.
    pub faults: Vec<Fault>,
    /// What Azure said about the whole of it.
    pub told: Told,
    /// Where each field stands, by its name: step and place. What follows from what is asked for fields all the time.
    places: HashMap<&'static str, (usize, usize)>,
}

impl Form {
    /// A form, its first field under the cursor. It is not synchronised with anything yet.
    pub fn new(
        kind: &'static str,
        title: impl Into<String>,
        subject: ArmId,
        steps: Vec<FormStep>,
        means: fn(&Model, &Form) -> Vec<Note>,
        finish: Finish,
    ) -> Self {
        let places = steps.iter().enumerate().flat_map(|(at, step)| {
            step.fields.iter().enumerate().map(move |(place, field)| (field.id, (at, place)))
        });
        Self {
            kind,
            title: title.into(),
            subject,
            places: places.collect(),
            steps,
            step: 0,
            field: 0,
            number: 0,
            explaining: false,
            plan_wanted: false,
            scroll: ListCursor::default(),
            given: Vec::new(),
            means,
            finish,
            extras: Extras::default(),
            faults: Vec::new(),
            told: Told::default(),
        }
    }

    /// With something besides what every form has.
    #[must_use]
    pub fn with(self, extras: Extras) -> Self {
        Self { extras, ..self }
    }

    /// What is wrong with a field once the form is looked at as a whole.
    #[must_use]
    pub fn fault(&self, field: &str) -> Option<&str> {
        self.faults.iter().find(|fault| fault.field == field).map(|fault| fault.why.as_str())
    }

    /// Whether a step has a field that is there now.
    #[must_use]
    pub fn has_step(&self, step: usize) -> bool {
        self.steps.get(step).is_some_and(|step| step.fields.iter().any(|field| (field.visible)(self)))
    }

    /// The steps that are there now, by their places.
    pub fn shown_steps(&self) -> impl Iterator<Item = usize> {
        (0..self.steps.len()).filter(|step| self.has_step(*step))
    }

    /// The step behind, or before, the one on screen.
    #[must_use]
    pub fn step_beside(&self, forward: bool) -> Option<usize> {
        if forward {
            self.shown_steps().find(|step| *step > self.step)
        } else {
            self.shown_steps().filter(|step| *step < self.step).last()
        }
    }

    /// Whether the last field of the last step has the keys, so that the plan comes next.
    #[must_use]
    pub fn is_at_end(&self) -> bool {
        self.beside(true).is_none() && self.step_beside(true).is_none()
    }

    /// With something that is known from the start.
    #[must_use]
    pub fn give(mut self, name: &'static str, text: impl Into<String>) -> Self {
        self.given.push((name, text.into()));
        self
    }

    /// What was known from the start; empty where it was not.
    #[must_use]
    pub fn given(&self, name: &str) -> &str {
        self.given.iter().find(|(known, _)| *known == name).map_or("", |(_, text)| text)
    }

    /// Every field, of hidden ones too.
    pub fn fields(&self) -> impl Iterator<Item = &FormField> {
        self.steps.iter().flat_map(|step| &step.fields)
    }

    fn fields_mut(&mut self) -> impl Iterator<Item = &mut FormField> {
        self.steps.iter_mut().flat_map(|step| &mut step.fields)
    }

    /// A field by its name.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&FormField> {
        let (step, place) = *self.places.get(id)?;
        self.steps.get(step)?.fields.get(place)
    }

    /// A field by its name, to change it.
    pub fn get_mut(&mut self, id: &str) -> Option<&mut FormField> {
        let (step, place) = *self.places.get(id)?;
        self.steps.get_mut(step)?.fields.get_mut(place)
    }

    /// What stands in a field as one text; nothing where it is hidden.
    #[must_use]
    pub fn text(&self, id: &str) -> String {
        self.get(id).filter(|field| (field.visible)(self)).map(FormField::text).unwrap_or_default()
    }

    /// What was chosen in a field; nothing where it is hidden.
    #[must_use]
    pub fn chosen(&self, id: &str) -> &[Choice] {
        let field = self.get(id).filter(|field| (field.visible)(self));
        field.and_then(FormField::select).map_or(&[], Select::chosen)
    }

    /// The one thing that was chosen in a field.
    #[must_use]
    pub fn choice(&self, id: &str) -> Option<&Choice> {
        self.chosen(id).first()
    }

    /// Whether a field says yes; one that is hidden does not.
    #[must_use]
    pub fn is_on(&self, id: &str) -> bool {
        self.text(id) == "yes"
    }

    /// The length of time in a field, if it holds one within its limits.
    #[must_use]
    pub fn duration(&self, id: &str) -> Option<SignedDuration> {
        let field = self.get(id).filter(|field| (field.visible)(self))?;
        match &field.entry {
            Entry::Duration { text, least, most } => amount::duration(text.text(), *least, *most).ok(),
            _ => None,
        }
    }

    /// The field that has the keys.
    #[must_use]
    pub fn current(&self) -> Option<&FormField> {
        self.steps.get(self.step)?.fields.get(self.field)
    }

    /// The field that has the keys, to change it.
    pub fn current_mut(&mut self) -> Option<&mut FormField> {
        self.steps.get_mut(self.step)?.fields.get_mut(self.field)
    }

    /// The fields of the step on screen that are there now, by their place in it.
    pub fn shown(&self) -> impl Iterator<Item = (usize, &FormField)> {
        let fields = self.steps.get(self.step).map_or(&[][..], |step| &step.fields);
        fields.iter().enumerate().filter(|(_, field)| (field.visible)(self))
    }

    /// Whether somebody put something into it.
    #[must_use]
    pub fn is_edited(&self) -> bool {
        self.fields().any(|field| field.edited)
    }

    /// Whether an answer is awaited.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.fields().any(|field| {
            matches!(field.probe, Probe::Awaited(_))
                || field.select().is_some_and(|select| matches!(select.supply, Supply::Awaited(_)))
        })
    }

    /// How far somebody got with a step.
    #[must_use]
    pub fn progress(&self, step: usize) -> Progress {
        let fields = self.steps.get(step).map_or(&[][..], |step| &step.fields);
        let mut progress = Progress::Complete;
        for field in fields.iter().filter(|field| (field.visible)(self)) {
            // What is only told of other steps is no mistake of this one.
            let told = matches!(field.entry, Entry::Fact(_)) && field.judge(self).is_err();
            if !told && matches!(field.remark(self), Some(Remark::Wrong(_))) {
                return Progress::Wrong;
            }
            if field.judge(self).is_err() {
                progress = Progress::Open;
            }
        }
        let seen = fields.iter().any(|field| field.visited || field.edited);
        if seen { progress } else { Progress::Open }
    }

    /// Whether something is wrong with it or missing, whatever Azure says.
    #[must_use]
    pub fn is_wrong(&self) -> bool {
        self.fields().any(|field| (field.visible)(self) && field.judge(self).is_err())
    }

    /// The labels of the fields whose own value is wrong or missing, whatever stands in the others.
    #[must_use]
    pub fn wrong_alone(&self) -> Vec<String> {
        let shown =
            self.fields().filter(|field| (field.visible)(self) && !matches!(field.entry, Entry::Fact(_)));
        let wrong = shown.filter(|field| field.judge_alone(self).is_err());
        wrong.map(|field| field.label_in(self).trim().to_owned()).collect()
    }

    /// The first field that keeps the form from being finished: its step, its place, and why.
    #[must_use]
    pub fn obstacle(&self) -> Option<(usize, usize, String)> {
        for (at, step) in self.steps.iter().enumerate() {
            for (place, field) in step.fields.iter().enumerate().filter(|(_, field)| (field.visible)(self)) {
                let why = match (field.judge(self), &field.probe) {
                    (Err(wrong), _) => wrong,
                    (Ok(()), Probe::Answered(Verdict::Bad(wrong))) => wrong.clone(),
                    (Ok(()), Probe::Awaited(_)) => "Azure is still being asked".to_owned(),
                    _ => continue,
                };
                return Some((at, place, format!("{}: {why}", field.label_in(self))));
            }
        }
        None
    }

    /// The cursor of the list of choices that has the keys, else that of what follows from the choices.
    pub fn cursor_mut(&mut self) -> &mut ListCursor {
        let explaining = self.explaining;
        let Self { steps, step, field, scroll, .. } = self;
        let current = steps.get_mut(*step).and_then(|step| step.fields.get_mut(*field));
        match current.and_then(FormField::select_mut) {
            Some(select) if !explaining => &mut select.cursor,
            _ => scroll,
        }
    }

    /// How many choices the list that has the keys shows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.current().and_then(FormField::select).map_or(0, Select::len)
    }

    /// Puts the cursor into a field of the step on screen.
    pub fn enter(&mut self, place: usize) {
        if place != self.field {
            self.leave();
            self.field = place;
        }
    }

    /// Goes to a step, to its first field, or to its last one.
    pub fn go_to_step(&mut self, step: usize, at_the_end: bool) {
        self.leave();
        self.step = step.min(self.steps.len().saturating_sub(1));
        let enterable = self.shown().filter(|(_, field)| field.can_be_entered()).map(|(place, _)| place);
        let places: Vec<usize> = enterable.collect();
        let place = if at_the_end { places.last() } else { places.first() };
        self.field = place.copied().unwrap_or(0);
    }

    /// The field behind, or before, the one that has the keys, within the step.
    #[must_use]
    pub fn beside(&self, forward: bool) -> Option<usize> {
        let mut enterable = self.shown().filter(|(_, field)| field.can_be_entered()).map(|(place, _)| place);
        if forward {
            enterable.find(|place| *place > self.field)
        } else {
            enterable.filter(|place| *place < self.field).last()
        }
    }

    /// The cursor goes out of the field that has it: what was typed to find a choice takes the closest fit, and a line
    /// that is left empty and must not be follows the others again, where it did.
    pub fn leave(&mut self) {
        let required = self.current().is_some_and(|field| (field.required)(self));
        let Some(field) = self.current_mut() else { return };
        field.visited = true;
        if required
            && field.derive.is_some()
            && matches!(field.entry, Entry::Line(_))
            && field.text().is_empty()
        {
            field.edited = false;
        }
        if let Entry::Select(select) = &mut field.entry
            && !select.query.text().is_empty()
        {
            if select.settle() {
                field.edited = true;
            }
            if let Some(select) = field.select_mut().filter(|select| !select.left_over) {
                select.clear_query();
                let key = select.chosen().first().map(|choice| choice.key.clone());
                if let Some(key) = key {
                    select.point_at(&key);
                }
            }
        }
    }

    /// Works out what follows from what stands in the fields and from what the console knows: derived
    /// values, choices, and what Azure is to be asked. `generation` is the last number given to a question.
    pub fn sync(&mut self, model: &Model, generation: &mut u64) -> Vec<Effect> {
        // A derived value may rest on another one; no form rests on more than a few.
        for _ in 0..4 {
            let known = self.supply_known(model);
            let derived = self.derive();
            if !known && !derived {
                break;
            }
        }
        if let Some(judge) = self.extras.judge {
            self.faults = judge(self);
        }
        let mut effects = self.ask_for_choices(generation);
        effects.extend(self.ask_for_verdicts(generation));
        self.stay_on_a_field();
        effects
    }

    fn supply_known(&mut self, model: &Model) -> bool {
        let mut changed = false;
        for step in 0..self.steps.len() {
            for place in 0..self.steps[step].fields.len() {
                let field = &self.steps[step].fields[place];
                let Some(select) = field.select() else { continue };
                let Source::Known(choices) = select.source else { continue };
                let choices = select.whole(choices(model, self));
                if choices != select.choices()
                    && let Some(select) = self.steps[step].fields[place].select_mut()
                {
                    select.supply(choices);
                    changed = true;
                }
            }
        }
        changed
    }

    fn derive(&mut self) -> bool {
        let mut changed = false;
        for step in 0..self.steps.len() {
            for place in 0..self.steps[step].fields.len() {
                let field = &self.steps[step].fields[place];
                let Some(derive) = field.derive.filter(|_| !field.edited) else { continue };
                let text = derive(self);
                let field = &mut self.steps[step].fields[place];
                if field.text() != text {
                    field.put(&text);
                    // A list that lacks what follows stays as it is until it has it.
                    changed |= field.text() == text;
                }
            }
        }
        changed
    }

    fn ask_for_choices(&mut self, generation: &mut u64) -> Vec<Effect> {
        let mut effects = Vec::new();
        for step in 0..self.steps.len() {
            for place in 0..self.steps[step].fields.len() {
                let field = &self.steps[step].fields[place];
                let Some(select) = field.select() else { continue };
                let (ask, after) = match select.source {
                    _ if !(field.visible)(self) => continue,
                    Source::Listed(ask) => (ask(self), std::time::Duration::ZERO),
                    Source::Searched(ask) => (ask(self, select.query.text()), ask::REST),
                    Source::Fixed | Source::Known(_) => continue,
                };
                if ask == select.asked {
                    continue;
                }
                let slot = Slot { form: self.number, field: field.id, want: Want::Choices };
                let Some(select) = self.steps[step].fields[place].select_mut() else { continue };
                select.asked.clone_from(&ask);
                match ask {
                    Some(ask) => {
                        *generation += 1;
                        select.await_answer(*generation);
                        effects.push(Effect::Ask { slot, generation: *generation, after, ask });
                    }
                    // Why it cannot be asked is still so when nothing is typed any more.
                    None if select.refusal.is_some() => {}
                    None => select.supply(Vec::new()),
                }
            }
        }
        effects
    }

    fn ask_for_verdicts(&mut self, generation: &mut u64) -> Vec<Effect> {
        let mut effects = Vec::new();
        for step in 0..self.steps.len() {
            for place in 0..self.steps[step].fields.len() {
                let field = &self.steps[step].fields[place];
                let Some(ask) = field.ask else { continue };
                let text = field.text();
                let told = matches!(field.entry, Entry::Fact(_));
                let worth = (field.visible)(self) && (told || !text.is_empty()) && field.judge(self).is_ok();
                let ask = if worth { ask(self, &text) } else { None };
                if ask == field.asked {
                    continue;
                }
                let slot = Slot { form: self.number, field: field.id, want: Want::Verdict };
                let field = &mut self.steps[step].fields[place];
                field.asked.clone_from(&ask);
                field.probe = match ask {
                    Some(ask) => {
                        *generation += 1;
                        let (generation, after) = (*generation, ask::REST);
                        effects.push(Effect::Ask { slot, generation, after, ask });
                        Probe::Awaited(generation)
                    }
                    None => Probe::Unasked,
                };
            }
        }
        effects
    }

    fn stay_on_a_field(&mut self) {
        let can = |(place, field): (usize, &FormField)| field.can_be_entered().then_some(place);
        let places: Vec<usize> = self.shown().filter_map(can).collect();
        if !places.contains(&self.field) {
            let behind = places.iter().find(|place| **place > self.field);
            self.field = behind.or(places.last()).copied().unwrap_or(0);
        }
    }

    /// Takes an answer; one to an older question is dropped.
    pub fn answer(&mut self, slot: Slot, generation: u64, answer: Answer) {
        let Some(field) = self.get_mut(slot.field) else { return };
        match slot.want {
            Want::Choices => {
                let Some(select) = field.select_mut() else { return };
                if select.supply != Supply::Awaited(generation) {
                    return;
                }
                match answer {
                    Ok(Found::Choices(choices)) => select.supply(choices),
                    Ok(_) => select.supply = Supply::Ready,
                    Err(error) => select.refuse(error.plain(), error.is_forbidden()),
                }
            }
            Want::Verdict => {
                if field.probe != Probe::Awaited(generation) {
                    return;
                }
                field.probe = match answer {
                    Ok(Found::Verdict(verdict)) => Probe::Answered(verdict),
                    Ok(Found::Lacking(lacking)) => Probe::Answered(verdict_on(&lacking)),
                    Ok(Found::Told(told)) => {
                        let verdict = verdict_on_all(&told.learnt);
                        self.told = *told;
                        if let Some(field) = self.get_mut(slot.field) {
                            field.probe = Probe::Answered(verdict);
                        }
                        return;
                    }
                    Ok(Found::Choices(_) | Found::Ahead(_)) => Probe::Unasked,
                    Err(error) => Probe::Unknown(error.plain()),
                };
            }
        }
    }
}
