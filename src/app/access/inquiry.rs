//! What is worked out of an assessment beside the screen, because there may be tens of thousands of people: the answer to
//! a question, and the list of whom can be asked about. An [`Inquiry`] goes out, its [`Outcome`] comes back.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::assessment::Assessment;
use super::known_names::KnownNames;
use super::question::{Answered, Question};
use crate::app::model::Model;
use crate::app::picker::{Command, Item, Stock};
use crate::domain::access::{PrincipalName, Principals};

/// What is to be worked out.
#[derive(Debug, Clone)]
pub enum Subject {
    /// The answer to a question.
    Answer(Question),
    /// The questions to choose from: these, and what each principal can do that was met.
    People(Vec<Item>),
}

/// What came of it.
#[derive(Debug)]
pub enum Outcome {
    /// The answer to a question.
    Answer(Arc<Answered>),
    /// The questions to choose from.
    People(Stock),
}

/// A subject with all that is needed to work it out; what is long of it is shared.
#[derive(Debug, Clone)]
pub struct Inquiry {
    subject: Subject,
    assessment: Arc<Assessment>,
    names: KnownNames,
}

/// Inquiries are the same only when they are one, as the facts that they rest on.
impl PartialEq for Inquiry {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Inquiry {
    /// What is asked, with what the console knows now.
    #[must_use]
    pub fn new(model: &Model, assessment: Arc<Assessment>, subject: Subject) -> Self {
        Self { subject, assessment, names: KnownNames::of(model) }
    }

    /// Works it out. This is the part that may take long.
    #[must_use]
    pub fn work_out(&self) -> Outcome {
        match &self.subject {
            Subject::Answer(question) => {
                let names = self.names.names(&self.assessment.targets);
                Outcome::Answer(Arc::new(question.answer(&self.assessment, names)))
            }
            Subject::People(first) => {
                let mut items = first.clone();
                let others = people(&self.assessment, self.names.principals()).into_iter();
                items.extend(others.filter(|item| first.iter().all(|known| known.command != item.command)));
                Outcome::People(Stock::with_details(items))
            }
        }
    }
}

/// What each principal that was met can do, by name.
fn people(assessment: &Assessment, principals: &Principals) -> Vec<Item> {
    let mut met: BTreeSet<Arc<str>> = assessment.access.reached().into_iter().collect();
    let policies = assessment.targets.vault_policies.iter();
    met.extend(policies.map(|policy| policy.principal.to_ascii_lowercase().into()));
    let mut items: Vec<Item> = met.iter().map(|id| what_can(principals, id)).collect();
    items.sort_by_cached_key(|item| item.label.to_lowercase());
    items
}

/// The question what a principal can do, as a choice.
#[must_use]
pub fn what_can(principals: &Principals, principal: &str) -> Item {
    let question = Question::WhatCan(principal.to_ascii_lowercase());
    let detail = match principals.name(principal) {
        PrincipalName::Known(known) => {
            let address = known.address.unwrap_or_default();
            format!("{}  {address}", known.kind.word()).trim_end().to_owned()
        }
        _ => String::new(),
    };
    Item::new(question.words(principals), detail, Command::Ask(question))
}

/// How working something out for a layer over the screen is doing.
#[derive(Debug, Clone, Default)]
pub struct Inquiring {
    /// Something was learnt since it was last asked for.
    stale: bool,
    /// The number of the inquiry that is on its way.
    under_way: Option<u64>,
}

impl Inquiring {
    /// Of something that was not asked for yet.
    #[must_use]
    pub fn wanted() -> Self {
        Self { stale: true, under_way: None }
    }

    /// Whether an outcome is on its way.
    #[must_use]
    pub fn is_under_way(&self) -> bool {
        self.under_way.is_some()
    }

    /// Notes that something was learnt.
    pub fn again(&mut self) {
        self.stale = true;
    }

    /// Whether it is time to ask: one inquiry at a time, and none for what is known.
    #[must_use]
    pub fn is_due(&self) -> bool {
        self.stale && self.under_way.is_none()
    }

    /// Notes that it was asked for under a number.
    pub fn ask(&mut self, generation: u64) {
        *self = Self { stale: false, under_way: Some(generation) };
    }

    /// Whether an outcome of this number is the one that is waited for; if so it is waited for no more.
    pub fn takes(&mut self, generation: u64) -> bool {
        let mine = self.under_way == Some(generation);
        if mine {
            self.under_way = None;
        }
        mine
    }
}
