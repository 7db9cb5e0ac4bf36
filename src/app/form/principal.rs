//! The fields by which a form asks for a principal: searched in the directory by name, or where the directory cannot
//! be searched, its object id with its type.

use super::{Ask, Choice, Entry, Form, FormField, Source};
use crate::app::field::Field;
use crate::azure::directory::PrincipalKind;
use crate::domain::changes::Who;

/// The name of the search field.
pub const WHO: &str = "who";
const REFUSED: &str = "refused";
const OBJECT_ID: &str = "object-id";
const KIND: &str = "kind";
const BY_ID: &str = "by-id";

/// The fields. `label` is what the principal is in the form.
#[must_use]
pub fn fields(label: &'static str) -> Vec<FormField> {
    let by_id: fn(&Form) -> bool = |form| form.is_on(BY_ID);
    vec![
        FormField::one(WHO, label, Source::Searched(search), Vec::new())
            .help("The beginning of a name or address. People, groups, applications and identities are found.")
            // Where the directory refuses, the field stays as long as something is typed into it.
            .shown_if(|form| !form.is_on(BY_ID) || is_typed(form))
            .required_if(|form| !form.is_on(BY_ID)),
        FormField::fact(REFUSED, "Directory", refusal).shown_if(|form| !refusal(form).is_empty()),
        FormField::line(OBJECT_ID, "Object id")
            .help("The object id, not the application id. Microsoft Entra ID shows it on the overview of a user, group or enterprise application.")
            .shown_if(by_id)
            .checked(|_, text| guid(text))
            .asked(|_, text| Some(Ask::Principal { id: text.to_owned() })),
        FormField::one(KIND, "Type", Source::Fixed, kinds())
            .help("Azure refuses a role for an object id of another type.")
            .shown_if(by_id),
        FormField::toggle(BY_ID, "By object id", false)
            .help("Space changes it. For when the directory cannot be searched, or the id is at hand.")
            .derived(|form| yes(!refusal(form).is_empty()))
            // Who was found needs no other way.
            .shown_if(|form| found(form).is_none()),
    ]
}

fn yes(is: bool) -> String {
    if is { "yes" } else { "no" }.to_owned()
}

fn kinds() -> Vec<Choice> {
    vec![
        Choice::new("User", "User").detail("a person, guests too"),
        Choice::new("Group", "Group"),
        Choice::new("ServicePrincipal", "Service principal").detail("an application or a managed identity"),
    ]
}

fn search(_: &Form, typed: &str) -> Option<Ask> {
    let words = typed.trim();
    (words.chars().count() >= 2).then(|| Ask::Principals { words: words.to_owned() })
}

/// Whether something stands in the search field.
fn is_typed(form: &Form) -> bool {
    let select = form.get(WHO).and_then(FormField::select);
    select.is_some_and(|select| !select.query.text().is_empty())
}

/// Why the directory cannot be searched; empty while nobody knows that it cannot.
fn refusal(form: &Form) -> String {
    match form.get(WHO).and_then(FormField::select).and_then(|select| select.refusal.as_ref()) {
        Some(why) => format!("It cannot be searched, so the object id is typed: {why}"),
        _ => String::new(),
    }
}

/// Who was found by name.
fn found(form: &Form) -> Option<&Choice> {
    form.get(WHO).and_then(FormField::select).and_then(|select| select.chosen().first())
}

/// Whether a text is a GUID.
///
/// # Errors
/// What one looks like.
pub fn guid(text: &str) -> Result<(), String> {
    match uuid::Uuid::try_parse(text) {
        Ok(_) if text.len() == 36 => Ok(()),
        _ => Err("an object id looks like 8e3af657-a8ff-443c-a75c-2fe8c4bcb635".to_owned()),
    }
}

/// What a kind in a word is.
#[must_use]
pub fn word(word: &str) -> PrincipalKind {
    match word {
        "User" => PrincipalKind::User,
        "Guest" => PrincipalKind::Guest,
        "Group" => PrincipalKind::Group,
        "App" | "ServicePrincipal" => PrincipalKind::Application,
        "Identity" => PrincipalKind::ManagedIdentity,
        "Foreign group" => PrincipalKind::ForeignGroup,
        "Device" => PrincipalKind::Device,
        other => PrincipalKind::Other(other.to_owned()),
    }
}

/// Puts somebody into the fields, as if they had been found; whoever is of no known kind by object id.
pub fn put(form: &mut Form, who: &Who) {
    let known = !who.kind.word().is_empty();
    for field in form.fields_mut() {
        match (field.id, &mut field.entry) {
            (WHO, Entry::Select(select)) if known => {
                select.set(vec![Choice::new(&who.id, &who.name).kind(who.kind.word())]);
            }
            (OBJECT_ID, Entry::Line(line)) if !known => *line = Field::with(&who.id),
            (BY_ID, Entry::Toggle(on)) if !known => *on = true,
            _ => continue,
        }
        field.visited = true;
        // What follows from the directory's answers does not take it away again.
        field.edited = !known;
    }
}

/// Who was chosen.
#[must_use]
pub fn chosen(form: &Form) -> Option<Who> {
    if form.is_on(BY_ID) {
        let id = form.text(OBJECT_ID);
        guid(&id).ok()?;
        return Some(Who { name: id.clone(), id, kind: word(&form.choice(KIND)?.key) });
    }
    let choice = form.choice(WHO)?;
    Some(Who { id: choice.key.clone(), name: choice.label.clone(), kind: word(&choice.kind) })
}
