//! What was put into a form and not finished, so that a crash does not lose it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Choice, Entry, Form};
use crate::app::field::Field;
use crate::azure::arm::id::ArmId;

/// A form as it was left. It holds what somebody typed or chose; a form has no secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Which form.
    pub kind: String,
    /// What it was about.
    pub subject: ArmId,
    /// What was to be done, for the person who is asked.
    pub title: String,
    /// The account that filled it in.
    pub account: String,
    /// When it was last changed.
    pub at: Timestamp,
    /// The step on screen.
    pub step: usize,
    /// What was put into fields, by their names.
    pub values: BTreeMap<String, Kept>,
}

/// What was put into a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kept {
    /// What was typed.
    Text(String),
    /// What was chosen.
    Chosen(Vec<Choice>),
}

impl Draft {
    /// The draft of a form as it stands.
    #[must_use]
    pub fn of(form: &Form, account: &str, at: Timestamp) -> Self {
        let edited = form.fields().filter(|field| field.edited);
        let values = edited.map(|field| {
            let kept = match field.select() {
                Some(select) => Kept::Chosen(select.chosen().to_vec()),
                None => Kept::Text(field.text()),
            };
            (field.id.to_owned(), kept)
        });
        Self {
            kind: form.kind.to_owned(),
            subject: form.subject.clone(),
            title: form.title.clone(),
            account: account.to_owned(),
            at,
            step: form.step,
            values: values.collect(),
        }
    }

    /// Whether it is of this form.
    #[must_use]
    pub fn is_of(&self, form: &Form, account: &str) -> bool {
        self.kind == form.kind && self.subject == form.subject && self.account.eq_ignore_ascii_case(account)
    }

    /// Puts everything back into a form. What the form has no field for any more is left out.
    pub fn fill(&self, form: &mut Form) {
        for (id, kept) in &self.values {
            let Some(field) = form.get_mut(id) else { continue };
            match (kept, &mut field.entry) {
                (Kept::Chosen(chosen), Entry::Select(select)) => select.set(chosen.clone()),
                (Kept::Text(text), Entry::Line(line)) => *line = Field::with(text),
                (Kept::Text(text), _) => field.put(text),
                (Kept::Chosen(_), _) => continue,
            }
            field.edited = true;
            field.visited = true;
        }
        form.go_to_step(self.step, false);
    }
}
