//! The form that gives one principal what another one has.

use super::principal::{self, word};
use super::{Choice, Form, FormField, FormStep, Note, Select, Source, around};
use crate::app::model::Model;
use crate::app::page::Page;
use crate::azure::arm::id::ArmId;
use crate::azure::directory::PrincipalKind;
use crate::domain::access::AccessRow;
use crate::domain::changes::{Copied, Who, copy};
use crate::domain::fact::Tone;
use crate::domain::lookup::Lookup;
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
            .help("Who has a role that reaches this workspace. Type to find a name.")
            .derived(|form| form.given(SUGGESTED).to_owned()),
    ];
    who.extend(principal::fields("To whom"));
    let what = vec![
        FormField::many(WHAT, "Which roles", Source::Known(roles), Vec::new())
            .help("Space puts one in or leaves it out.")
            .derived(|form| {
                let all = form.get(WHAT).and_then(FormField::select).map(Select::choices);
                let keys: Vec<&str> =
                    all.unwrap_or_default().iter().map(|choice| choice.key.as_str()).collect();
                keys.join("\n")
            }),
    ];
    let title = format!("Copy access on {}", page.id.name());
    let steps = vec![FormStep::new("From and to", who), FormStep::new("Roles", what)];
    Form::new(KIND, title, page.id.clone(), steps, means, plan).give(SUGGESTED, suggested.unwrap_or_default())
}

fn rows<'a>(model: &'a Model, form: &Form) -> impl Iterator<Item = &'a AccessRow> {
    let table = around::page(model, &form.subject).and_then(|page| match &page.opened.access {
        Lookup::Found(table) => Some(table),
        _ => None,
    });
    table.into_iter().flat_map(|table| &table.rows).filter(|row| row.is_in_force())
}

/// Everybody who has a role that reaches the workspace, by name.
fn holders(model: &Model, form: &Form) -> Vec<Choice> {
    let mut choices: Vec<Choice> = Vec::new();
    for row in rows(model, form).filter(|row| !row.is_orphaned()) {
        if !choices.iter().any(|known| known.key.eq_ignore_ascii_case(&row.principal_id)) {
            let kind = row.kind().map(|kind| kind.word().to_owned()).unwrap_or_default();
            let address = row.principal.known().and_then(|known| known.address.clone()).unwrap_or_default();
            choices.push(Choice::new(&row.principal_id, row.label()).kind(kind).detail(address));
        }
    }
    choices.sort_by_cached_key(|choice| choice.label.to_lowercase());
    choices
}

/// What the one to copy from has by assignments of its own.
fn roles(model: &Model, form: &Form) -> Vec<Choice> {
    let Some(from) = form.choice(FROM) else { return Vec::new() };
    let own = rows(model, form).filter(|row| row.principal_id.eq_ignore_ascii_case(&from.key));
    own.map(|row| {
        let kind = if row.role.custom { "custom" } else { "built-in" };
        Choice::new(row.assignment.as_str(), row.role.label()).kind(kind).detail(row.from.words())
    })
    .collect()
}

/// The groups with a role here in which somebody is.
fn groups_of(model: &Model, form: &Form, id: &str) -> Vec<String> {
    let mut names: Vec<String> = rows(model, form)
        .filter(|row| row.kind() == Some(PrincipalKind::Group))
        .filter(|row| {
            let members = model.groups.members(&row.principal_id);
            members.is_some_and(|members| members.iter().any(|member| member.id.eq_ignore_ascii_case(id)))
        })
        .map(|row| row.label().to_owned())
        .collect();
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
    let all = form.get(WHAT).and_then(FormField::select).map_or(0, |select| select.choices().len());
    if all > form.chosen(WHAT).len() {
        notes.push(Note::new(format!("{} left out", all - form.chosen(WHAT).len()), Tone::Muted));
    }
    let groups = groups_of(model, form, &from.id);
    if !groups.is_empty() {
        notes.push(Note::heading("Not copied"));
        let text = format!(
            "{} has more by groups: {}. That is copied by joining them, which is done in the directory.",
            from.name,
            groups.join(", ")
        );
        notes.push(Note::new(text, Tone::Warn));
    }
    notes.push(Note::plain("Assignments on storage, vault and registry themselves are not among these."));
    notes
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
        has.push(Copied { assignment: assignment.clone(), role: choice.label.clone(), place });
    }
    let scopes = has.iter().filter_map(|one| one.assignment.properties.scope.as_ref());
    let setting = around::setting(model, &form.subject, scopes);
    let groups = groups_of(model, form, &from.id);
    let mut plan = copy(form.subject.clone(), &from, &to, &has, &groups, &setting);
    around::foresee(&mut plan, page, &to);
    Ok(plan)
}
