//! Who gets what, and what the whole may cost. Each entry appears once the one before it is filled in.

use super::fill::{choose, put};
use super::words::{meant, word};
use super::{layout, split};
use crate::app::form::principal::guid;
use crate::app::form::{Ask, Choice, Form, FormField, Select, Source};
use crate::domain::personas::PERSONAS;
use crate::domain::roles;
use crate::domain::setup::spec::{Budget, Person, Place};

/// How many entries the form has.
pub(super) const SLOTS: usize = 24;

/// The field of the first entry.
pub(super) const FIRST: &str = ENTRIES[0].who;

/// The names of an entry's fields.
struct Slot {
    who: &'static str,
    object: &'static str,
    what: &'static str,
    places: &'static str,
    environments: &'static str,
}

macro_rules! slots {
    ($($number:literal)*) => {
        const ENTRIES: [Slot; SLOTS] = [$(Slot {
            who: concat!("people.", $number),
            object: concat!("people.", $number, ".object"),
            what: concat!("people.", $number, ".what"),
            places: concat!("people.", $number, ".on"),
            environments: concat!("people.", $number, ".environments"),
        }),*];

        /// The fields.
        pub(super) fn fields() -> Vec<FormField> {
            let mut fields = Vec::new();
            $(fields.extend(entry::<{ $number - 1 }>());)*
            fields.extend(budget());
            fields
        }
    };
}

slots! { 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 }

pub(super) const AMOUNT: &str = "budget.amount";
pub(super) const ALERTS: &str = "budget.alerts";
pub(super) const CONTACTS: &str = "budget.contacts";

fn entry<const N: usize>() -> [FormField; 5] {
    let Slot { who, object, what, places, environments } = ENTRIES[N];
    [
        FormField::one(who, if N == 0 { "Who" } else { "And who" }, Source::Searched(search), Vec::new())
            .helped(|form| {
                let typed = form.get(ENTRIES[N].who).and_then(FormField::select);
                let typed = typed.filter(|select| !select.query.text().is_empty());
                if typed.is_some_and(|select| select.current().is_some_and(|one| select.is_chosen(one))) {
                    "{open} keeps it. An arrow chooses another one, Space takes it out again."
                } else if typed.is_some() {
                    "An arrow chooses one; {open} takes the one that fits alone."
                } else {
                    "The beginning of a name: groups outlive people who come and go. {open} goes on without."
                }
            })
            .optional()
            .keeping()
            // Whoever is taken out leaves the entries behind in sight.
            .shown_if(|form| N == 0 || ENTRIES[N - 1..].iter().any(|slot| is_filled(form, slot))),
        FormField::line(object, "  object id")
            .help("Of a group: the directory cannot be searched.")
            .optional()
            .checked(|_, text| guid(text))
            .asked(|_, text| Some(Ask::Principal { id: text.to_owned() }))
            .shown_if(|form| is_refused(form, ENTRIES[N].who)),
        FormField::one(what, "  gets", Source::Fixed, gifts())
            .help("A persona's roles follow from the stage of each environment; a single role stands for itself.")
            .shown_if(|form| is_filled(form, &ENTRIES[N])),
        FormField::many(places, "  on", Source::Fixed, all_places())
            .help("Space: where the role is granted; on the workspace when none is chosen.")
            .optional()
            .shown_if(|form| is_filled(form, &ENTRIES[N]) && form.text(ENTRIES[N].what).starts_with("role:")),
        FormField::many(environments, "  in", Source::Known(|_, form| all_environments(form)), Vec::new())
            .help("Space: only in these; in all of them when none is chosen.")
            .optional()
            .shown_if(|form| is_filled(form, &ENTRIES[N]) && layout::is_set(form)),
    ]
}

fn budget() -> [FormField; 3] {
    let has: fn(&Form) -> bool = |form| amount(&form.text(AMOUNT)).is_ok_and(|amount| amount > 0.0);
    [
        FormField::line(AMOUNT, "Budget")
            .help("How much a month each resource group may spend, in the billing currency; nothing is stopped. Empty for none.")
            .checked(|_, text| amount(text).map(|_| ()))
            .optional(),
        FormField::line(ALERTS, "  alerts at")
            .help("Per cent of it, apart by commas; nobody is told when empty.")
            .optional()
            .derived(|_| "80, 100".to_owned())
            .checked(|_, text| alerts(text).map(|_| ()))
            .shown_if(has),
        FormField::lines(CONTACTS, "  told")
            .help("Addresses of electronic mail, a line each; the owners of the subscription when empty.")
            .optional()
            .shown_if(has),
    ]
}

fn search(_: &Form, typed: &str) -> Option<Ask> {
    let words = typed.trim();
    (words.chars().count() >= 2).then(|| Ask::Principals { words: words.to_owned() })
}

/// Whether the directory refused to be searched in a field.
fn is_refused(form: &Form, who: &str) -> bool {
    let field = form.get(who).filter(|field| (field.visible)(form));
    field.and_then(FormField::select).is_some_and(|select: &Select| select.refusal.is_some())
}

fn is_filled(form: &Form, slot: &Slot) -> bool {
    let stands = |id: &str| form.get(id).is_some_and(|field| !field.text().is_empty());
    stands(slot.who) || stands(slot.object)
}

/// What can be given: personas first, then roles.
fn gifts() -> Vec<Choice> {
    let personas =
        PERSONAS.iter().map(|one| Choice::new(format!("persona:{}", one.name), one.words).kind("persona"));
    let roles =
        roles::ALL.iter().map(|role| Choice::new(format!("role:{}", role.name), role.name).kind("role"));
    personas.chain(roles).collect()
}

fn all_places() -> Vec<Choice> {
    let all = [
        Place::Workspace,
        Place::Storage,
        Place::KeyVault,
        Place::Registry,
        Place::Insights,
        Place::ResourceGroup,
    ];
    all.into_iter().map(|place| Choice::new(word(place), place.words())).collect()
}

fn all_environments(form: &Form) -> Vec<Choice> {
    layout::environments(form).into_iter().map(|name| Choice::new(name.clone(), name)).collect()
}

/// The most that a budget may be.
const MOST: f64 = 1e9;

/// An amount of money as it is typed.
fn amount(text: &str) -> Result<f64, String> {
    let amount = text.parse().ok().filter(|amount| (0.0..=MOST).contains(amount));
    amount.ok_or_else(|| format!("an amount from 0 to {MOST}, such as 500 or 49.50"))
}

/// Per cents as they are typed.
fn alerts(text: &str) -> Result<Vec<u32>, String> {
    let rule = || "whole numbers from 1 to 1000, apart by commas, such as 80, 100".to_owned();
    split(text).iter().map(|part| part.trim_end_matches('%').parse().map_err(|_| rule())).collect()
}

/// What the entries come to, with the place in the form of each.
pub(super) fn wish(form: &Form) -> Vec<(&'static str, Person)> {
    ENTRIES.iter().filter_map(|slot| Some((slot.who, person(form, slot)?))).collect()
}

fn person(form: &Form, slot: &Slot) -> Option<Person> {
    let mut person = Person::default();
    match form.choice(slot.who) {
        Some(who) => {
            let id = who.key.clone();
            match who.kind.as_str() {
                "User" | "Guest" => person.user = id,
                "App" | "Identity" | "ServicePrincipal" => person.service_principal = id,
                _ => person.group = id,
            }
            if who.label != who.key {
                person.called.clone_from(&who.label);
            }
        }
        None => person.group = Some(form.text(slot.object)).filter(|id| !id.is_empty())?,
    }
    let what = form.text(slot.what);
    // Who gets nothing yet is nobody yet: the field for it says what is missing, once it was left.
    if what.is_empty() {
        return None;
    }
    match what.split_once(':') {
        Some(("role", role)) => role.clone_into(&mut person.role),
        _ => what.trim_start_matches("persona:").clone_into(&mut person.persona),
    }
    person.environments = form.chosen(slot.environments).iter().map(|choice| choice.key.clone()).collect();
    person.on = form.chosen(slot.places).iter().filter_map(|choice| meant(&choice.key)).collect();
    Some(person)
}

/// What the fields of the budget come to.
pub(super) fn budget_wish(form: &Form) -> Budget {
    // Alerts and addresses stand there also while there is no amount yet.
    let text = |field: &str| form.get(field).map(FormField::text).unwrap_or_default();
    Budget {
        amount: amount(&text(AMOUNT)).unwrap_or_default(),
        alerts: alerts(&text(ALERTS)).unwrap_or_default(),
        contacts: split(&text(CONTACTS)),
    }
}

/// Puts people and budget into the fields.
///
/// # Errors
/// When there are more people than entries.
pub(super) fn fill(form: &mut Form, people: &[Person], budget: &Budget) -> Result<(), String> {
    if people.len() > SLOTS {
        return Err(format!(
            "the form has {SLOTS} entries for people, and the file has {}: `amldeck apply` takes it as it is",
            people.len()
        ));
    }
    for (slot, person) in ENTRIES.iter().zip(people) {
        let (id, kind) = match person {
            Person { user, .. } if !user.is_empty() => (user, "User"),
            Person { service_principal, .. } if !service_principal.is_empty() => {
                (service_principal, "ServicePrincipal")
            }
            Person { group, .. } => (group, "Group"),
        };
        let name = if person.called.is_empty() { id } else { &person.called };
        choose(form, slot.who, vec![Choice::new(id, name).kind(kind)]);
        let what = match (person.persona.as_str(), person.role.as_str()) {
            ("", role) => Choice::new(format!("role:{role}"), role).kind("role"),
            (persona, _) => Choice::new(format!("persona:{persona}"), persona).kind("persona"),
        };
        let known = gifts().into_iter().find(|gift| gift.key == what.key);
        choose(form, slot.what, vec![known.unwrap_or(what)]);
        let places: Vec<String> = person.on.iter().map(|place| word(*place)).collect();
        put(form, slot.places, &places.join("\n"));
        let names = person.environments.iter().map(|name| Choice::new(name, name)).collect();
        choose(form, slot.environments, names);
    }
    put(form, AMOUNT, &if budget.amount == 0.0 { String::new() } else { budget.amount.to_string() });
    let alerts: Vec<String> = budget.alerts.iter().map(u32::to_string).collect();
    put(form, ALERTS, &alerts.join(", "));
    put(form, CONTACTS, &budget.contacts.join("\n"));
    Ok(())
}
