//! From what stands in the form to a plan file.

use toml::Table;

use super::basics::{APART_SUBSCRIPTION, SAME};
use super::{basics, dependents, encryption, identity, layout, network, people, review};
use crate::app::form::{Form, FormField};
use crate::domain::setup::spec::{Choices, PlanFile};

/// The plan file.
pub(super) fn plan_file(form: &Form) -> PlanFile {
    let layout = layout::layout(form);
    let names = layout::environments(form);
    let usual = names == layout.environments();
    let shared = Choices {
        basics: basics::wish(form),
        dependents: dependents::wish(form),
        network: network::wish::<network::Shared>(form),
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
    for (name, table) in rest(form) {
        if names.contains(&name) {
            file.differ(&name, &table);
        }
    }
    file
}

/// Writes down what is so only of the environments that stand apart.
fn stand_apart(form: &Form, names: &[String], file: &mut PlanFile) {
    let apart = layout::apart(form);
    if apart.is_empty() {
        return;
    }
    let mut wanted = file.shared.clone();
    wanted.network = network::wish::<network::Apart>(form);
    let subscription = form.text(APART_SUBSCRIPTION);
    if !subscription.is_empty() && subscription != SAME {
        wanted.basics.subscription = subscription;
    }
    for name in &apart {
        file.differ(name, &file.shared.difference(&wanted));
    }
    // What stands at the top reaches every environment: rules and tags grow together. Where that would bring one apart
    // what it shall not have, each environment says its own network.
    if apart.iter().any(|name| file.choices(name).network != wanted.network) {
        let shared = std::mem::take(&mut file.shared.network);
        file.differences.clear();
        for name in names {
            let mut own = wanted.clone();
            if !apart.contains(name) {
                own.network = shared.clone();
                own.basics = file.shared.basics.clone();
            }
            file.differ(name, &file.shared.difference(&own));
        }
    }
}

/// What a plan file said of single environments and no field holds.
fn rest(form: &Form) -> impl Iterator<Item = (String, Table)> {
    let text = form.get(review::REST).map(FormField::text).unwrap_or_default();
    let table: Table = text.parse().unwrap_or_default();
    table.into_iter().filter_map(|(name, value)| match value {
        toml::Value::Table(table) => Some((name, table)),
        _ => None,
    })
}
