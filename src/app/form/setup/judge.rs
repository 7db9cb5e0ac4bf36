//! What is wrong with the form as a whole, at the field that can mend it: the refusals of the plan file that it comes
//! to, and what Azure said of it.

use super::layout::{self, is_set};
use super::{basics, dependents, kept, people, review, set_up, sides};
use crate::app::form::{Fault, Form, FormField, Probe, Verdict};
use crate::domain::setup::finding::{Finding, Level};
use crate::domain::setup::names::Named;
use crate::domain::setup::preflight::Learnt;

/// What is wrong, a line for each field. The review names it all: Azure is asked about no form that is wrong by itself.
pub(super) fn faults(form: &Form) -> Vec<Fault> {
    let set_up = set_up(form);
    let mut faults: Vec<Fault> = Vec::new();
    for finding in set_up.refusals() {
        add(&mut faults, form, finding);
    }
    let wrong = wrong(form, &faults);
    if !wrong.is_empty() {
        faults.retain(|fault| fault.field != review::ASKED);
        faults.push(Fault { field: review::ASKED, why: named(&wrong) });
    }
    // What Azure said and no field can mend keeps nobody from the plan; it stands there as a warning.
    let mends =
        |one: &&Finding| one.level == Level::Refused && can_mend(one) && field_of(form, one) != review::ASKED;
    for finding in told(form).filter(mends) {
        add(&mut faults, form, finding);
    }
    faults
}

/// Says a refusal at the field that can mend it, unless something is said there already.
fn add(faults: &mut Vec<Fault>, form: &Form, finding: &Finding) {
    let field = field_of(form, finding);
    let why = match &finding.environment {
        Some(name) if is_set(form) && !name.is_empty() => format!("{name}: {}", finding.text),
        _ => finding.text.clone(),
    };
    if !faults.iter().any(|fault| fault.field == field) {
        faults.push(Fault { field, why });
    }
}

/// How many of the fields that are wrong the review names.
const NAMED: usize = 4;

/// The fields that are wrong, with why.
fn wrong(form: &Form, faults: &[Fault]) -> Vec<String> {
    let mut all = Vec::new();
    for step in form.shown_steps().filter_map(|at| form.steps.get(at)) {
        for field in step.fields.iter().filter(|field| (field.visible)(form)) {
            let of_whole =
                || faults.iter().find(|fault| fault.field == field.id).map(|fault| fault.why.clone());
            let of_azure = || match &field.probe {
                Probe::Answered(Verdict::Bad(why)) => Some(why.clone()),
                _ => None,
            };
            let why = field.judge_alone(form).err().or_else(of_whole).or_else(of_azure);
            let Some(why) = why else { continue };
            all.push(match field.id {
                review::ASKED => why,
                _ => format!("{}, {}: {why}", step.title_in(form), field.label_in(form).trim()),
            });
        }
    }
    all
}

/// What is wrong, a line each.
fn named(wrong: &[String]) -> String {
    let more = wrong.len().saturating_sub(NAMED);
    let rest = (more > 0).then(|| format!("and {more} more"));
    let lines: Vec<String> = wrong.iter().take(NAMED).cloned().chain(rest).collect();
    lines.join("\n")
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
    let of_one = finding.environment.as_deref().filter(|name| kept::has(form, name, key));
    if of_one.is_some() && form.get(kept::KEPT).is_some_and(|field| (field.visible)(form)) {
        return kept::KEPT;
    }
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
