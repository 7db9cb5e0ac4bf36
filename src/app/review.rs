//! A plan that is looked at before it runs.

use std::fmt::Write;

use super::field::Field;
use super::list::ListCursor;
use super::model::Model;
use super::storage_access::{self, ticket_of};
use super::text_view::TextView;
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::{Method, Request};
use crate::domain::plan::print::{az, body_text, markdown, plan_json, request_line, request_words, span};
use crate::domain::plan::{Check, Held, Plan, Right, RunId, Step, Undo, Warning, Weight};
use crate::domain::storage_access::{Assessment, Unfinished};

/// How the plan is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    /// Its steps.
    Steps,
    /// A script of `az` lines.
    Az,
    /// A workspace as azure-ai-ml loads it.
    Yaml,
    /// An ARM template.
    Arm,
    /// The same in Bicep.
    Bicep,
    /// A plan file.
    File,
    /// Markdown for a ticket.
    Markdown,
    /// One JSON document.
    Json,
}

/// A plan in a form that not every plan has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendering {
    /// The form.
    pub tab: Tab,
    /// Its files: name and text of each, several where one file holds one environment.
    pub files: Vec<(String, String)>,
}

impl Rendering {
    /// Everything in one text, each file under its name where there are several.
    #[must_use]
    pub fn text(&self) -> String {
        let sign = if self.tab == Tab::Bicep { "//" } else { "#" };
        match self.files.as_slice() {
            [(_, text)] => text.clone(),
            files => {
                let each = files.iter().map(|(name, text)| format!("{sign} {name}\n{text}"));
                each.collect::<Vec<_>>().join("\n")
            }
        }
    }
}

impl Tab {
    /// All, in order.
    pub const ALL: [Self; 8] =
        [Self::Steps, Self::Az, Self::Yaml, Self::Arm, Self::Bicep, Self::File, Self::Markdown, Self::Json];

    /// Its name.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Steps => "Plan",
            Self::Az => "az",
            Self::Yaml => "YAML",
            Self::Arm => "ARM",
            Self::Bicep => "Bicep",
            Self::File => "Plan file",
            Self::Markdown => "Markdown",
            Self::Json => "JSON",
        }
    }

    /// How the name of a file ends that holds it.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Steps => "txt",
            Self::Az => "sh",
            Self::Yaml => "yml",
            Self::Arm | Self::Json => "json",
            Self::Bicep => "bicep",
            Self::File => "toml",
            Self::Markdown => "md",
        }
    }
}

/// What is known of the rights that the plan needs of the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rights {
    /// Azure is being asked; the number of the question.
    Awaited(u64),
    /// The caller lacks these, perhaps none.
    Lacking(Vec<Right>),
    /// It could not be found out, and why.
    Unknown(String),
}

/// A plan that is looked at.
#[derive(Debug, Clone)]
pub struct Review {
    /// The plan; optional steps are put in and left out here.
    pub plan: Plan,
    /// The run that it takes back, when it is the way back of one.
    pub undoes: Option<RunId>,
    /// The plan in forms that not every plan has, or has otherwise.
    pub also: Vec<Rendering>,
    /// The assessments that a switch of storage access was planned from: its Markdown is the change ticket.
    pub assessed: Vec<Assessment>,
    /// Whether somebody chose in it what runs and what is left out.
    pub chosen: bool,
    /// Its number, so that no answer reaches another review.
    pub number: u64,
    /// How it is shown.
    pub tab: Tab,
    /// The step under the cursor.
    pub cursor: ListCursor,
    /// What the other tabs show.
    pub text: TextView,
    /// The name of the subject while it is typed to confirm.
    pub name: Option<Field>,
    /// What is known of the caller's rights.
    pub rights: Rights,
    /// Where a way back would stop as things are, and what it would leave, once that was looked at.
    pub ahead: Vec<Warning>,
}

impl Review {
    /// A plan, its first step under the cursor.
    #[must_use]
    pub fn new(plan: Plan) -> Self {
        Self {
            plan,
            undoes: None,
            also: Vec::new(),
            assessed: Vec::new(),
            chosen: false,
            number: 0,
            tab: Tab::Steps,
            cursor: ListCursor::default(),
            text: TextView::new("", "", 80),
            name: None,
            rights: Rights::Lacking(Vec::new()),
            ahead: Vec::new(),
        }
    }

    /// The ways in which it can be shown.
    pub fn tabs(&self) -> impl Iterator<Item = Tab> {
        let always = [Tab::Steps, Tab::Az, Tab::Markdown, Tab::Json];
        Tab::ALL.into_iter().filter(move |tab| always.contains(tab) || self.rendering(*tab).is_some())
    }

    fn rendering(&self, tab: Tab) -> Option<&Rendering> {
        self.also.iter().find(|rendering| rendering.tab == tab)
    }

    /// The files that a tab is saved as: their names and texts. `title` names one that has no name of its own.
    #[must_use]
    pub fn files(&self, tab: Tab, title: &str) -> Vec<(String, String)> {
        match self.rendering(tab) {
            Some(rendering) => rendering.files.clone(),
            None => vec![(format!("{title}.{}", tab.extension()), self.print(tab))],
        }
    }

    /// The plan as the tab on screen shows it.
    #[must_use]
    pub fn print(&self, tab: Tab) -> String {
        if let Some(rendering) = self.rendering(tab) {
            return rendering.text();
        }
        match tab {
            Tab::Yaml | Tab::Arm | Tab::Bicep | Tab::File => String::new(),
            Tab::Steps => crate::domain::plan::print::text(&self.plan),
            Tab::Az => az(&self.plan),
            Tab::Markdown if !self.assessed.is_empty() => ticket_of(&self.assessed, &self.plan),
            Tab::Markdown => markdown(&self.plan),
            // A value that is JSON already can be written.
            Tab::Json => serde_json::to_string_pretty(&plan_json(&self.plan)).unwrap_or_default(),
        }
    }

    /// Shows it in another way.
    pub fn show(&mut self, tab: Tab, columns: u16) {
        self.tab = tab;
        if tab != Tab::Steps {
            // What is long goes on in the next line: to be read here, while y and ^s give it as it is.
            self.text = TextView::wrapped(tab.title(), &self.print(tab), columns);
        }
    }

    /// The cursor that the arrows move.
    pub fn cursor_mut(&mut self) -> &mut ListCursor {
        if self.tab == Tab::Steps { &mut self.cursor } else { &mut self.text.cursor }
    }

    /// How many rows it moves over.
    #[must_use]
    pub fn rows(&self) -> usize {
        if self.tab == Tab::Steps { self.plan.steps.len() } else { self.text.lines.len() }
    }

    /// The step under the cursor.
    #[must_use]
    pub fn current(&self) -> Option<&Step> {
        self.plan.steps.get(self.cursor.row)
    }

    /// What is to be known before it runs, the gravest first; the console may be read-only, or know a run that is in its way.
    #[must_use]
    pub fn notes(&self, model: &Model) -> Vec<Warning> {
        let mut notes = Vec::new();
        if let Some(known) = storage_access::beside(model, self) {
            let words =
                format!("Not over: {}.", Unfinished::of(&known.run, known.held != Held::Nobody).words());
            notes.push(Warning::new(Weight::Danger, words));
        }
        if model.session.read_only {
            let words = "This console is read-only: the plan can be copied and saved, but it cannot run.";
            notes.push(Warning::new(Weight::Danger, words));
        }
        notes.extend(self.ahead.iter().cloned());
        // Each step names the rights that it needs.
        let lacks = self.lacks_in_brief().into_iter();
        notes.extend(lacks.map(|words| Warning::new(Weight::Danger, words)));
        notes.extend(self.plan.said());
        if let Rights::Unknown(why) = &self.rights {
            let words = format!("Whether you have the rights for it is not known: {why}");
            notes.push(Warning::new(Weight::Caution, words));
        }
        notes.sort_by_key(|note| note.weight);
        notes
    }

    /// How much it is, as its frame says it: its steps with those that have no way back; and how long it waits, if it does.
    #[must_use]
    pub fn size(&self) -> (String, Option<String>) {
        let (all, chosen) = (self.plan.steps.len(), self.plan.chosen().count());
        let mut size = match (all, chosen) {
            (1, 1) => "1 step".to_owned(),
            _ if chosen == all => format!("{all} steps"),
            _ => format!("{chosen} of {all} steps"),
        };
        let one_way = self.plan.chosen().filter(|(_, step)| matches!(step.undo, Undo::OneWay(_))).count();
        if one_way > 0 {
            size.push_str(&format!(", {one_way} one-way"));
        }
        let waits = self.plan.chosen().filter_map(|(_, step)| Some(step.wait.as_ref()?.typical));
        let waits = waits.fold(0, u32::saturating_add);
        (size, (waits > 0).then(|| format!("waits {}", span(waits))))
    }

    /// What keeps it from running, a line for each scope: how many rights are lacking there, and who could give them.
    #[must_use]
    pub fn lacks_in_brief(&self) -> Vec<String> {
        let Rights::Lacking(lacking) = &self.rights else { return Vec::new() };
        let mut scopes: Vec<(&ArmId, bool, Vec<&Right>)> = Vec::new();
        for right in lacking {
            let mine = (&right.scope, right.grants_access());
            match scopes.iter_mut().find(|(scope, grants, _)| (*scope, *grants) == mine) {
                Some((.., rights)) => rights.push(right),
                None => scopes.push((mine.0, mine.1, vec![right])),
            }
        }
        let line = |(scope, grants, rights): (&ArmId, bool, Vec<&Right>)| {
            let (what, them) = match rights.as_slice() {
                [right] => (right.words(), "it"),
                all => (format!("{} rights on {}", all.len(), all[0].place()), "them"),
            };
            let who = if grants { "An Owner or User Access Administrator" } else { "An Owner" };
            let by = if grants { "" } else { ", by Contributor" };
            // Of a group that is made on the way nobody is an owner yet.
            let place = if self.makes_group_of(scope) { "of its subscription" } else { "there" };
            format!(
                "You lack {what}: it does not run until you have {them}. {who} {place} can give {them}{by}."
            )
        };
        scopes.into_iter().map(line).collect()
    }

    /// Whether the plan makes the resource group of a scope.
    fn makes_group_of(&self, scope: &ArmId) -> bool {
        let group = scope.group_scope();
        let makes = |request: &Request| {
            request.method == Method::Put
                && group.as_ref().is_some_and(|group| request.path.eq_ignore_ascii_case(group.as_str()))
        };
        self.plan.steps.iter().flat_map(|step| &step.requests).any(makes)
    }

    /// Whether the caller lacks a right for it, so that it does not run.
    #[must_use]
    pub fn is_lacking(&self) -> bool {
        matches!(&self.rights, Rights::Lacking(lacking) if !lacking.is_empty())
    }

    /// What keeps it from running: the rights that the caller lacks, in words.
    #[must_use]
    pub fn lacks(&self) -> Vec<String> {
        let Rights::Lacking(lacking) = &self.rights else { return Vec::new() };
        lacking.iter().map(Right::words).collect()
    }
}

/// A step in full: what is read before, the very requests, what is waited for and read back, the way back.
#[must_use]
pub fn details(step: &Step) -> String {
    describe(step, true)
}

/// The same in words, for beside it: what is read and sent by type and name, without addresses and bodies.
#[must_use]
pub fn outline(step: &Step) -> String {
    describe(step, false)
}

fn describe(step: &Step, exact: bool) -> String {
    let mut text = String::new();
    let mut line = |label: &str, value: &str| {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{label:<12}{value}");
    };
    let with_read = |words: &str, read: &Request| match exact {
        true => format!("{words}: {}", request_line(read)),
        false => words.to_owned(),
    };
    let sent = |request: &Request| match exact {
        true => std::iter::once(request_line(request))
            .chain(body_text(request).unwrap_or_default().lines().map(str::to_owned))
            .collect(),
        false => vec![request_words(request)],
    };
    line(step.effect_label(), &step.effect);
    if let Some(caution) = &step.caution {
        line("Caution", caution);
    }
    if let Some(then) = &step.left_out {
        line("Left out", then);
    }
    if let Some(other) = &step.instead {
        line("Or", &other.title);
    }
    if let Some(check) = &step.already {
        line("Skipped if", &with_read(&check.words, &check.read));
    }
    for (n, check) in step.guard.iter().flat_map(Check::each).enumerate() {
        line(if n == 0 { "Only if" } else { "and if" }, &with_read(&check.words, &check.read));
    }
    for fill in &step.fills {
        line("Reads", &with_read(&format!("the {}", fill.words), &fill.read));
    }
    for request in &step.requests {
        for (n, part) in sent(request).iter().enumerate() {
            line(if n == 0 { "Sends" } else { "" }, part);
        }
    }
    if let Some(wait) = &step.wait {
        let times = format!("usually {}, at most {}", span(wait.typical), span(wait.at_most));
        line("Waits until", &format!("{}; {times}", wait.reason));
    }
    if let Some(check) = &step.verify {
        line("Reads back", &with_read(&check.words, &check.read));
    }
    match &step.undo {
        Undo::By(back) => {
            line("Undo", &back.title);
            for part in back.requests.iter().flat_map(sent) {
                line("", &part);
            }
        }
        Undo::OneWay(reason) => line("One way", reason),
        Undo::Nothing => line("Undo", "nothing to undo"),
    }
    for right in &step.rights {
        let place = if exact { right.scope.as_str() } else { right.place() };
        line("Needs", &format!("{} on {place}", right.action));
    }
    text
}
