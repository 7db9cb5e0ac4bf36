//! From what stands in the form to a plan file.

use super::basics::SAME;
use super::{basics, dependents, encryption, identity, kept, layout, people, sides};
use crate::app::form::Form;
use crate::domain::setup::spec::{Choices, Network, PlanFile};

/// The plan file.
pub(super) fn plan_file(form: &Form) -> PlanFile {
    let mut file = without_kept(form);
    let names = file.environment_names();
    for (name, table) in kept::tables(form) {
        if names.contains(&name) {
            file.differ(&name, &table);
        }
    }
    file
}

/// The plan file that the fields come to, without what a file said of single environments and no field holds.
pub(super) fn without_kept(form: &Form) -> PlanFile {
    let layout = layout::layout(form);
    let names = layout::environments(form);
    let usual = names == layout.environments();
    let shared = Choices {
        basics: basics::wish(form),
        dependents: dependents::wish(form),
        network: sides::wish_of(form, 0),
        identity: identity::wish(form),
        encryption: encryption::wish(form),
        budget: people::budget_wish(form),
    };
    let mut file = PlanFile {
        layout,
        name: form.text(layout::NAME),
        environments: if usual { Vec::new() } else { names.clone() },
        shared,
        people: people::wish(form).into_iter().map(|(_, person)| person).collect(),
        ..PlanFile::default()
    };
    stand_apart(form, &names, &mut file);
    file
}

/// Writes down what is so only of the environments that stand apart.
fn stand_apart(form: &Form, names: &[String], file: &mut PlanFile) {
    let apart = layout::apart(form);
    if apart.is_empty() {
        return;
    }
    let shared = file.shared.clone();
    let wanted = |name: &str| {
        let mut wanted = shared.clone();
        let side = layout::side(form, name);
        wanted.network = sides::wish_of(form, side);
        let field = side.checked_sub(1).and_then(|at| sides::SUBSCRIPTIONS.get(at));
        let subscription = field.map(|field| form.text(field)).unwrap_or_default();
        if !subscription.is_empty() && subscription != SAME {
            wanted.basics.subscription = subscription;
        }
        wanted
    };
    for name in &apart {
        file.differ(name, &file.shared.difference(&wanted(name)));
    }
    // What stands at the top reaches every environment: rules and tags grow together. Where that would bring one apart
    // what it shall not have, each environment says its own network.
    if apart.iter().any(|name| file.choices(name).network != wanted(name).network) {
        file.shared.network = Network::default();
        file.differences.clear();
        for name in names {
            file.differ(name, &file.shared.difference(&wanted(name)));
        }
    }
}
