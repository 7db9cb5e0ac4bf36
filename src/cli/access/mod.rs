//! `amldeck access`: who has which role on a workspace and what it depends on, who can do something, and
//! what somebody can do, without a screen. It is read by a console that nobody looks at.

mod document;
mod person;
mod sections;

use std::sync::Arc;

use document::{CanDocument, Heading, MatrixDocument, OneDocument, WhatDocument};
use person::Found;

use super::args::Output;
use super::exit::{Exit, Failure, print, tell};
use super::opened;
use super::output::{self, Screen};
use super::start::Context;
use crate::app::access::assessment::{self, Assessment};
use crate::app::access::grid;
use crate::app::access::question::Question;
use crate::app::access::words::Names;
use crate::app::model::Model;
use crate::domain::access::{Asked, Verdict, WhoCan, who_can, why_not};

/// What is asked on the command line.
pub struct Request<'a> {
    /// The workspace.
    pub workspace: &'a str,
    /// Only this principal: a name, an address or an object id.
    pub principal: Option<&'a str>,
    /// Who can do this: a capability or an action.
    pub can: Option<&'a str>,
    /// How to print.
    pub output: Output,
}

/// Reads access to a workspace and answers.
///
/// # Errors
/// When the inventory cannot be read at all, the workspace or the principal fits none or several, the
/// capability is none, or the settings are wrong.
pub async fn run(context: &Context, request: Request<'_>) -> Result<Exit, Failure> {
    let screen = Screen::of(context)?;
    let asked = request.can.map(Asked::parse).transpose().map_err(Failure::wrong_use)?;
    let Some(found) = opened::find(context, request.workspace).await? else { return Ok(Exit::CannotTell) };
    let mut opened = found.open().await;
    let Some(assessment) = opened.page()?.assessment.clone() else {
        return Err(Failure::local(format!(
            "access to {} was read and not evaluated; this is a defect of amldeck",
            opened.id
        )));
    };
    let principal = match request.principal {
        None => None,
        Some(text) => match person::find(opened.model(), &assessment, &opened.client, text).await? {
            Found::One(id, told) => {
                opened
                    .model_mut()
                    .principals
                    .learn(told.as_deref().map(std::slice::from_ref).unwrap_or_default());
                Some(id)
            }
            Found::Unread(why) => {
                tell(&format!("who '{text}' is cannot be told: {why}; the object id tells it"));
                return Ok(Exit::CannotTell);
            }
        },
    };
    let reply = Reply { model: opened.model(), assessment, screen, output: request.output };
    match (principal, asked) {
        (None, None) => reply.matrix(),
        (Some(principal), None) => reply.what(&principal),
        (None, Some(asked)) => reply.who(&asked),
        (Some(principal), Some(asked)) => reply.one(&principal, &asked),
    }
}

/// What an answer is made of.
struct Reply<'a> {
    model: &'a Model,
    assessment: Arc<Assessment>,
    screen: Screen,
    output: Output,
}

impl Reply<'_> {
    fn names(&self) -> Names<'_> {
        Names::of(self.model, &self.assessment.targets)
    }

    fn heading<'h>(&'h self, gaps: &'h [String]) -> Heading<'h> {
        Heading { workspace: &self.assessment.targets.workspace, unreadable: gaps, read_at: self.model.now }
    }

    fn print(&self, text: &str, gaps: &[String]) -> Result<(), Failure> {
        print(text)?;
        for gap in gaps {
            tell(gap);
        }
        Ok(())
    }

    fn matrix(&self) -> Result<Exit, Failure> {
        let names = self.names();
        let gaps = names.gaps(assessment::gaps(self.model, &self.assessment).iter());
        let text = match self.output {
            Output::Json => {
                let document = MatrixDocument::of(self.heading(&gaps), &self.assessment, &names, self.model);
                output::json(&document)?
            }
            Output::Table => {
                let section = sections::matrix(
                    &self.model.matrix,
                    &self.assessment,
                    &self.model.principals,
                    self.model.now,
                    self.screen.is_endless(),
                );
                let table = output::table(&section, self.output, &self.screen);
                let ended = if self.assessment.matrix.tells_ended() { grid::ENDED } else { "" };
                format!("{table}\n{}{ended}\n", grid::LEGEND)
            }
            Output::Csv | Output::Md => {
                let sheet = grid::sheet(&self.model.matrix, &self.assessment, &names);
                output::table(&output::Section::table("Access", sheet, Vec::new()), self.output, &self.screen)
            }
        };
        self.print(&text, &gaps)?;
        Ok(if gaps.is_empty() { Exit::Done } else { Exit::CannotTell })
    }

    fn what(&self, principal: &str) -> Result<Exit, Failure> {
        let names = self.names();
        let answered = Question::WhatCan(principal.to_owned()).answer(&self.assessment, names);
        let text = match self.output {
            Output::Json => {
                let document =
                    WhatDocument::of(self.heading(&answered.gaps), &self.assessment, &names, principal);
                output::json(&document)?
            }
            _ => output::table(&sections::answer(&answered, self.output), self.output, &self.screen),
        };
        self.print(&text, &answered.gaps)?;
        answered.locks.iter().for_each(|lock| tell(lock));
        let unsure = answered.rows.iter().any(|row| row.verdict == Verdict::CannotTell);
        Ok(if unsure { Exit::CannotTell } else { Exit::Done })
    }

    fn who(&self, asked: &Asked) -> Result<Exit, Failure> {
        let names = self.names();
        let found = who_can(&self.assessment.access, &self.assessment.targets, asked);
        let answered = Question::WhoCan(asked.clone()).answer(&self.assessment, names);
        let text = match self.output {
            Output::Json => {
                let document =
                    CanDocument::of(self.heading(&answered.gaps), &self.assessment, &names, asked, &found);
                output::json(&document)?
            }
            _ => output::table(&sections::answer(&answered, self.output), self.output, &self.screen),
        };
        self.print(&text, &answered.gaps)?;
        answered.locks.iter().for_each(|lock| tell(lock));
        if self.output == Output::Table {
            tell(&format!("{}: {}", asked_of(asked), answered.headline));
        }
        Ok(anybody(&found))
    }

    fn one(&self, principal: &str, asked: &Asked) -> Result<Exit, Failure> {
        let names = self.names();
        let answered = why_not(&self.assessment.access, &self.assessment.targets, asked, principal);
        let verdict = answered.answer.verdict;
        let mut gaps: Vec<String> = match verdict {
            Verdict::CannotTell => vec![names.why(&answered.answer)],
            _ => Vec::new(),
        };
        if !verdict.is_denied() {
            gaps.extend(names.gaps(self.assessment.targets.locks_unread(asked).into_iter()));
        }
        let text = match self.output {
            Output::Json => {
                let document = OneDocument::of(
                    self.heading(&gaps),
                    &self.assessment,
                    &names,
                    principal,
                    asked,
                    &answered,
                );
                output::json(&document)?
            }
            Output::Table => sections::one(&self.assessment, &names, principal, asked),
            Output::Csv | Output::Md => {
                let section = sections::row(&self.assessment, &names, principal, asked, &answered.answer);
                output::table(&section, self.output, &self.screen)
            }
        };
        self.print(&text, &gaps)?;
        Ok(exit(verdict))
    }
}

/// What is asked and where: `read secrets, on the key vault`.
fn asked_of(asked: &Asked) -> String {
    let mut places: Vec<&str> = asked.needs().into_iter().map(|(place, _)| place.words()).collect();
    places.dedup();
    format!("{}, on the {}", asked.words(), places.join(" and the "))
}

/// Whether somebody can: yes, no, or a condition or something unread decides.
fn exit(verdict: Verdict) -> Exit {
    match verdict {
        Verdict::Allowed => Exit::Done,
        Verdict::Conditional | Verdict::CannotTell => Exit::CannotTell,
        Verdict::AfterActivation | Verdict::Denied(_) => Exit::No,
    }
}

/// Whether anybody can.
fn anybody(found: &WhoCan) -> Exit {
    if found.can.iter().any(|person| person.verdict.is_allowed()) {
        Exit::Done
    } else if found.can.is_empty() && found.cannot_tell.is_empty() && found.complete_after_activation {
        Exit::No
    } else {
        Exit::CannotTell
    }
}
