//! The form that gives one principal what another one has.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;

use super::principal::{self, word};
use super::{Choice, Form, FormField, FormStep, Note, Select, Source, around};
use crate::app::access::assessment::Assessment;
use crate::app::access::words::Names;
use crate::app::model::Model;
use crate::app::page::Page;
use crate::azure::arm::id::ArmId;
use crate::config::action::Action;
use crate::config::keymap::Context;
use crate::domain::access::{Matrix, MatrixRow, PrincipalName, Tenure};
use crate::domain::changes::{Copied, Who, copy};
use crate::domain::fact::Tone;
use crate::domain::plan::Plan;

/// The name of the form in drafts.
pub const KIND: &str = "copy-access";
const FROM: &str = "from";
const WHAT: &str = "what";
/// Whose row was under the cursor when the form opened.
const SUGGESTED: &str = "suggested";

/// The form for the workspace whose page this is; `suggested` is the object id of the one to copy from.
#[must_use]
pub fn form(page: &Page, suggested: Option<&str>) -> Form {
    let mut who = vec![
        FormField::one(FROM, "From whom", Source::Known(holders), Vec::new())
            .help("Who has a role here or on what it depends on. Type to find a name.")
            .derived(|form| form.given(SUGGESTED).to_owned()),
    ];
    who.extend(principal::fields("To whom"));
    let what = vec![
        FormField::many(WHAT, "Which roles", Source::Known(roles), Vec::new())
            .help("Space puts one in or leaves it out. Those by a group, and those that end by themselves, are left out unless chosen.")
            .derived(|form| {
                let all = form.get(WHAT).and_then(FormField::select).map(Select::choices);
                let apart = [BY_GROUP, ENDS];
                let own = all.unwrap_or_default().iter().filter(|choice| !apart.contains(&&*choice.kind));
                own.map(|choice| choice.key.as_str()).collect::<Vec<_>>().join("\n")
            }),
    ];
    let title = format!("Copy access on {}", page.id.name());
    let steps = vec![FormStep::new("From and to", who), FormStep::new("Roles", what)];
    Form::new(KIND, title, page.id.clone(), steps, means, plan).give(SUGGESTED, suggested.unwrap_or_default())
}

/// The kind of a role that comes by a group.
const BY_GROUP: &str = "by group";
/// The kind of a role of one's own that ends by itself.
const ENDS: &str = "ends";
/// What is said of a role of which it was not read whether it ends by itself.
const NOT_READ: &str = "its end not read";

fn assessment<'a>(model: &'a Model, form: &Form) -> Option<&'a Arc<Assessment>> {
    around::page(model, &form.subject)?.assessment.as_ref()
}

/// Everybody who has a role on the workspace or on what it depends on, themselves or by a group, by name.
fn holders(model: &Model, form: &Form) -> Vec<Choice> {
    let Some(assessment) = assessment(model, form) else { return Vec::new() };
    let matrix = &assessment.matrix;
    let mut seen: HashSet<u32> = HashSet::new();
    let mut choices: Vec<Choice> = Vec::new();
    let holds = |row: &MatrixRow| matrix.held(row).any(|cell| !cell.has_ended());
    for row in matrix.rows.iter().filter(|row| !row.orphaned && holds(row)) {
        for number in std::iter::once(row.number).chain(matrix.members(row.number)) {
            let who = matrix.who(number, &model.principals);
            if who.orphaned || !seen.insert(number) {
                continue;
            }
            let id = matrix.principal(number);
            let known = model.principals.known(&id).and_then(PrincipalName::known);
            let address = known.and_then(|known| known.address.clone()).unwrap_or_default();
            let kind = who.kind.as_ref().map(|kind| kind.word().to_owned()).unwrap_or_default();
            choices.push(Choice::new(&*id, &*who.label).kind(kind).detail(address));
        }
    }
    choices.sort_by_cached_key(|choice| choice.label.to_lowercase());
    choices
}

/// What the one to copy from has here: by assignments of its own, then by groups.
fn roles(model: &Model, form: &Form) -> Vec<Choice> {
    let (Some(from), Some(assessment)) = (form.choice(FROM), assessment(model, form)) else {
        return Vec::new();
    };
    let matrix = &assessment.matrix;
    let names = Names::of(model, &assessment.targets);
    let Some(row) = matrix.row(&from.key, &model.principals) else { return Vec::new() };
    let mut known: HashSet<(u32, u32)> = HashSet::new();
    let in_force = matrix.held(&row).filter(|cell| !cell.tenure().is_eligible() && !cell.has_ended());
    let new = in_force.filter(|cell| known.insert((cell.role_number(), cell.scope_number())));
    new.map(|cell| {
        let place = names.scope(&cell.scope());
        let mut place = match cell.tenure() {
            Tenure::Permanent | Tenure::Eligible { .. } => place,
            Tenure::Unknown => format!("{place}, {NOT_READ}"),
            Tenure::Activated { until: None } => format!("{place}, activated"),
            Tenure::Activated { until: Some(at) } => format!("{place}, activated until {}", names.minute(at)),
            Tenure::Until(at) => format!("{place}, until {}", names.minute(at)),
        };
        if cell.is_conditional() {
            place.push_str(", under a condition");
        }
        let ends = matches!(cell.tenure(), Tenure::Until(_) | Tenure::Activated { .. });
        let (kind, detail) = match cell.via() {
            Some(group) => (BY_GROUP, format!("{place}, through {}", names.principal(&group))),
            None if ends => (ENDS, place),
            None if cell.role().custom => ("custom", place),
            None => ("built-in", place),
        };
        Choice::new(cell.assignment().as_str(), cell.role().label()).kind(kind).detail(detail)
    })
    .collect()
}

/// The roles that somebody could only activate, each with its place.
fn eligible_of(model: &Model, form: &Form, id: &str) -> Vec<String> {
    let Some(assessment) = assessment(model, form) else { return Vec::new() };
    let names = Names::of(model, &assessment.targets);
    let row = assessment.matrix.row(id, &model.principals);
    let held = row.iter().flat_map(|row| assessment.matrix.held(row));
    let eligible = held.filter(|cell| cell.tenure().is_eligible() && !cell.has_ended());
    let mut all: Vec<String> =
        eligible.map(|cell| format!("{}, {}", cell.role().label(), names.scope(&cell.scope()))).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// The groups with a role here in which somebody is.
fn groups_of(model: &Model, form: &Form, id: &str) -> Vec<String> {
    let Some(assessment) = assessment(model, form) else { return Vec::new() };
    let matrix = &assessment.matrix;
    let row = matrix.row(id, &model.principals);
    let held = row.iter().flat_map(|row| matrix.held(row)).filter(|cell| !cell.has_ended());
    let groups = held.filter_map(|cell| cell.via());
    let mut names: Vec<String> =
        groups.map(|group| Names::of(model, &assessment.targets).principal(&group)).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn from(form: &Form) -> Option<Who> {
    let choice = form.choice(FROM)?;
    Some(Who { id: choice.key.clone(), name: choice.label.clone(), kind: word(&choice.kind) })
}

fn means(model: &Model, form: &Form) -> Vec<Note> {
    let to = principal::chosen(form).map_or_else(|| "somebody".to_owned(), |who| who.name);
    let mut notes = Vec::new();
    let Some(from) = from(form) else {
        notes.push(Note::heading(format!("{to} gets what somebody else has")));
        return notes;
    };
    notes.push(Note::heading(format!("{to} gets, as {} has them", from.name)));
    for choice in form.chosen(WHAT) {
        notes.push(Note::new(format!("{}, {}", choice.label, choice.detail), Tone::Good));
    }
    if form.chosen(WHAT).iter().any(|choice| choice.kind == BY_GROUP) {
        let text = format!(
            "What comes by a group becomes a role of {to}'s own: it amounts to the same, and stays when {} leaves the group.",
            from.name
        );
        notes.push(Note::new(text, Tone::Warn));
    }
    if form.chosen(WHAT).iter().any(|choice| choice.detail.contains(NOT_READ)) {
        let text = format!("Whether that ends by itself was not read: what {to} gets has no end.");
        notes.push(Note::new(text, Tone::Warn));
    }
    if form.chosen(WHAT).iter().any(|choice| choice.kind == ENDS) {
        let text = format!(
            "What ends by itself is given until then, through Privileged Identity Management: {to}'s ends too."
        );
        notes.push(Note::new(text, Tone::Warn));
    }
    let eligible = eligible_of(model, form, &from.id);
    if !eligible.is_empty() {
        let key = model.keymap.key(Context::Workspace, Action::Grant);
        let text = format!(
            "{} could activate {}: that is not copied. {key} makes somebody eligible.",
            from.name,
            eligible.join("; ")
        );
        notes.push(Note::new(text, Tone::Muted));
    }
    let all = form.get(WHAT).and_then(FormField::select).map_or(0, |select| select.choices().len());
    if all > form.chosen(WHAT).len() {
        notes.push(Note::new(format!("{} left out", all - form.chosen(WHAT).len()), Tone::Muted));
    }
    let groups = groups_of(model, form, &from.id);
    if !groups.is_empty() {
        notes.push(Note::heading("By groups"));
        let text = format!(
            "{} has roles by groups: {}. {to} gets those by joining, which is done in the directory; or choose them above.",
            from.name,
            groups.join(", ")
        );
        notes.push(Note::new(text, Tone::Warn));
    }
    match assessment(model, form) {
        None => notes.push(Note::new("Who has what is still being read.", Tone::Muted)),
        Some(made) => {
            let unread = made.matrix.columns.iter().filter(|column| column.gap.is_some());
            let unread: Vec<&str> = unread.map(|column| column.place.words()).collect();
            if !unread.is_empty() {
                let text = format!(
                    "What {} has on the {} was not read, and is not copied.",
                    from.name,
                    unread.join(", ")
                );
                notes.push(Note::new(text, Tone::Warn));
            }
        }
    }
    notes
}

/// When what somebody has by an assignment ends by itself.
fn end_of(matrix: &Matrix, who: &str, assignment: &ArmId, model: &Model) -> Option<Timestamp> {
    let row = matrix.row(who, &model.principals)?;
    matrix.held(&row).find(|cell| cell.assignment() == assignment)?.tenure().end()
}

fn plan(model: &Model, form: &Form) -> Result<Plan, String> {
    let (Some(from), Some(to)) = (from(form), principal::chosen(form)) else {
        return Err("choose from whom and to whom".to_owned());
    };
    if from.id.eq_ignore_ascii_case(&to.id) {
        return Err(format!("{} has these roles already: choose somebody else", from.name));
    }
    let page = around::page(model, &form.subject).ok_or("the workspace is not read any more")?;
    let mut has = Vec::new();
    for choice in form.chosen(WHAT) {
        let id = ArmId::parse(&choice.key).map_err(|error| error.to_string())?;
        let assignment =
            around::assignment(page, &id).ok_or("an assignment changed meanwhile; choose anew")?;
        let scope = assignment.properties.scope.clone().unwrap_or_else(ArmId::root);
        let place = around::name(model, &scope);
        let end = assessment(model, form).and_then(|made| end_of(&made.matrix, &from.id, &id, model));
        let nth = has.len() * 2;
        let requests = [nth, nth + 1].map(|nth| around::request_name(model, form, nth));
        let assignment = assignment.clone();
        has.push(Copied { assignment, role: choice.label.clone(), place, end, requests });
    }
    let scopes = has.iter().filter_map(|one| one.assignment.properties.scope.as_ref());
    let setting = around::setting(model, &form.subject, scopes);
    let groups = groups_of(model, form, &from.id);
    let mut plan = copy(form.subject.clone(), &from, &to, &has, &groups, &setting);
    around::foresee(&mut plan, page, &to);
    Ok(plan)
}
