//! What is wrong with the form as a whole, at the field that can mend it: the refusals of the plan file that it comes
//! to, and what Azure said of it.

use super::layout::{self, is_set};
use super::{basics, dependents, people, review, set_up, sides};
use crate::app::form::{Fault, Form, FormField, Probe};
use crate::domain::setup::finding::{Finding, Level};
use crate::domain::setup::names::Named;
use crate::domain::setup::preflight::Learnt;

/// What is wrong, a line for each field.
pub(super) fn faults(form: &Form) -> Vec<Fault> {
    let mut faults: Vec<Fault> = Vec::new();
    let set_up = set_up(form);
    // What Azure said and no field can mend keeps nobody from the plan; it stands there as a warning.
    let mends =
        |one: &&Finding| one.level == Level::Refused && can_mend(one) && field_of(form, one) != review::ASKED;
    for finding in set_up.refusals().chain(told(form).filter(mends)) {
        let field = field_of(form, finding);
        let why = match &finding.environment {
            Some(name) if is_set(form) && !name.is_empty() => format!("{name}: {}", finding.text),
            _ => finding.text.clone(),
        };
        if !faults.iter().any(|fault| fault.field == field) {
            faults.push(Fault { field, why });
        }
    }
    faults
}

/// Whether the form can do something about it: rights are given by others, and what Azure refuses of the whole may be
/// known to be wrong.
fn can_mend(finding: &Finding) -> bool {
    !matches!(finding.key.as_str(), "rights" | "deployment" | "preflight")
}

/// What Azure said of the form as it stands; nothing while it is being asked anew.
pub(super) fn told(form: &Form) -> impl Iterator<Item = &Finding> {
    let current = form.get(review::ASKED).is_some_and(|field| matches!(field.probe, Probe::Answered(_)));
    form.told.learnt.iter().filter(move |_| current).filter_map(|learnt| match learnt {
        Learnt::Finding(finding) => Some(finding),
        _ => None,
    })
}

/// The field that can mend a finding.
fn field_of(form: &Form, finding: &Finding) -> &'static str {
    let key = finding.key.as_str();
    let of_side = finding.environment.as_ref().map_or(0, |name| layout::side(form, name));
    let before = sides::BEFORE.get(of_side).copied().unwrap_or_default();
    let (side, rules) = (format!("{before}{key}"), format!("{before}network.rules"));
    let name = format!("{key}.name");
    let candidates: [&str; 5] = [
        if key.starts_with("network.rules") { &rules } else { "" },
        match key {
            _ if key.starts_with("env.") => layout::ENVIRONMENTS,
            "basics.tags" => basics::MORE_TAGS,
            "people" => people::FIRST,
            _ if key.starts_with("dependents: ") => of_words(&key["dependents: ".len()..]),
            _ => "",
        },
        &name,
        &side,
        key,
    ];
    let shown = |id: &&str| {
        let field = form.get(id).filter(|field| (field.visible)(form) && field.can_be_entered());
        field.map(|field: &FormField| field.id)
    };
    let person = || {
        let number: usize = key.strip_prefix("people[")?.trim_end_matches(']').parse().ok()?;
        people::wish(form).get(number.checked_sub(1)?).map(|(who, _)| *who)
    };
    candidates.iter().find_map(shown).or_else(person).unwrap_or(review::ASKED)
}

/// The field of a dependent that is named in words.
fn of_words(words: &str) -> &'static str {
    let fields = [
        (Named::Storage, dependents::STORAGE_ACCOUNT),
        (Named::KeyVault, dependents::VAULT),
        (Named::LogAnalytics, dependents::LOGS),
        (Named::Insights, dependents::APPLICATION_INSIGHTS),
        (Named::Registry, dependents::REGISTRY),
    ];
    fields.iter().find(|(named, _)| named.words() == words).map_or("", |(_, field)| field)
}
