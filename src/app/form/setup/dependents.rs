//! What a workspace depends on: each new, under a name that is shown, or one that is there.

use super::basics::{NEW, SUBSCRIPTION, is_project};
use super::layout::is_set;
use super::{chosen_id, fact, first, set_up};
use crate::app::form::{Ask, Choice, Form, FormField, Source};
use crate::domain::setup::environment::{
    Dependent, Environment, INSIGHTS, LOG_ANALYTICS, REGISTRIES, STORAGE, VAULTS,
};
use crate::domain::setup::spec::Dependents;

pub(super) const STORAGE_ACCOUNT: &str = "dependents.storage";
pub(super) const STORAGE_NAME: &str = "dependents.storage.name";
pub(super) const STORAGE_SKU: &str = "dependents.storage_sku";
pub(super) const VAULT: &str = "dependents.key_vault";
pub(super) const VAULT_NAME: &str = "dependents.key_vault.name";
pub(super) const APPLICATION_INSIGHTS: &str = "dependents.application_insights";
pub(super) const INSIGHTS_NAME: &str = "dependents.application_insights.name";
pub(super) const LOGS: &str = "dependents.log_analytics";
pub(super) const LOGS_NAME: &str = "dependents.log_analytics.name";
pub(super) const REGISTRY: &str = "dependents.container_registry";
pub(super) const REGISTRY_NAME: &str = "dependents.container_registry.name";
pub(super) const REGISTRY_SKU: &str = "dependents.registry_sku";
pub(super) const BUILD_COMPUTE: &str = "dependents.image_build_compute";

/// The key of a registry that Azure makes.
pub(super) const ON_FIRST_USE: &str = "on-first-use";
/// The key of no Application Insights.
pub(super) const NONE: &str = "none";
/// The key of what is worked out from the rest.
pub(super) const AUTO: &str = "auto";

/// The fields.
pub(super) fn fields() -> Vec<FormField> {
    let shown: fn(&Form) -> bool = |form| !is_project(form);
    let new = || Choice::new(NEW, "a new one");
    let one = |id, label, list, standing, with: &str| {
        FormField::one(id, label, Source::Listed(list), Vec::new()).standing(standing).keeping().with(with)
    };
    let name = |id, derive, ask| {
        FormField::line(id, "  its name")
            .help("It follows from the workspace's name until it is changed.")
            .derived(derive)
            .asked(ask)
    };
    vec![
        one(STORAGE_ACCOUNT, "Storage account", |form| list(form, STORAGE), vec![new()], NEW)
            .help("Blobs and files in one account: no premium one, no hierarchical namespace.")
            .checked(|form, _| serves(form, STORAGE_ACCOUNT))
            .shown_if(shown),
        name(STORAGE_NAME, |form| of_first(form, |one| &one.storage), |form, name| free(form, STORAGE, name))
            .shown_if(|form| !is_project(form) && !is_set(form) && form.text(STORAGE_ACCOUNT) == NEW),
        FormField::one(STORAGE_SKU, "  redundancy", Source::Fixed, skus())
            .help("How many copies of the data there are, and where.")
            .with(AUTO)
            .shown_if(|form| !is_project(form) && form.text(STORAGE_ACCOUNT) == NEW),
        one(VAULT, "Key vault", |form| list(form, VAULTS), vec![new().detail("role-based access")], NEW)
            .help("Connection strings, keys and the credentials of datastores.")
            .checked(|form, _| serves(form, VAULT))
            .shown_if(shown),
        name(VAULT_NAME, |form| of_first(form, |one| &one.key_vault), |form, name| free(form, VAULTS, name))
            .shown_if(|form| !is_project(form) && !is_set(form) && form.text(VAULT) == NEW),
        one(
            APPLICATION_INSIGHTS,
            "App Insights",
            |form| list(form, INSIGHTS),
            vec![new(), Choice::new(NONE, "none").detail("no telemetry of endpoints")],
            NEW,
        )
        .help("Telemetry of endpoints.")
        .shown_if(shown),
        name(INSIGHTS_NAME, |form| of_first(form, |one| &one.insights), |_, _| None)
            .shown_if(|form| !is_project(form) && !is_set(form) && form.text(APPLICATION_INSIGHTS) == NEW),
        one(LOGS, "Log Analytics", |form| list(form, LOG_ANALYTICS), vec![new()], NEW)
            .help("Where a new Application Insights keeps its data.")
            .shown_if(makes_insights),
        name(LOGS_NAME, |form| of_first(form, |one| &one.log_analytics), |_, _| None)
            .shown_if(|form| makes_insights(form) && !is_set(form) && form.text(LOGS) == NEW),
        one(
            REGISTRY,
            "Registry",
            |form| list(form, REGISTRIES),
            vec![
                Choice::new(ON_FIRST_USE, "on first use").detail("Azure makes it with the first image"),
                new(),
            ],
            ON_FIRST_USE,
        )
        .help("The container registry holds the images of environments and deployments.")
        .checked(registry)
        .shown_if(shown),
        name(
            REGISTRY_NAME,
            |form| of_first(form, |one| &one.registry),
            |form, name| free(form, REGISTRIES, name),
        )
        .shown_if(|form| !is_project(form) && !is_set(form) && form.text(REGISTRY) == NEW),
        FormField::one(REGISTRY_SKU, "  its SKU", Source::Fixed, registry_skus())
            .help("What it costs and can: Premium alone takes private endpoints.")
            .with(AUTO)
            .shown_if(|form| !is_project(form) && form.text(REGISTRY) == NEW),
        FormField::line(BUILD_COMPUTE, "Build compute")
            .help("A CPU cluster that builds images: needed where the registry is behind private endpoints.")
            .optional()
            .shown_if(|form| {
                let stands = form.get(BUILD_COMPUTE).is_some_and(|field| !field.text().is_empty());
                !is_project(form) && (stands || form.text(REGISTRY) != ON_FIRST_USE)
            }),
    ]
}

fn list(form: &Form, kind: &'static str) -> Option<Ask> {
    let subscription = form.text(SUBSCRIPTION);
    (!subscription.is_empty()).then_some(Ask::Resources { subscription, kind })
}

fn makes_insights(form: &Form) -> bool {
    !is_project(form) && form.text(APPLICATION_INSIGHTS) == NEW
}

/// The name that something gets in the one environment.
fn of_first(form: &Form, what: fn(&Environment) -> &Dependent) -> String {
    match first(form).as_ref().map(what) {
        Some(Dependent::New(name)) if !form.text(super::basics::WORKSPACE).is_empty() => name.clone(),
        _ => String::new(),
    }
}

/// Whether a name is free in all of Azure, for the id that would get it.
fn free(form: &Form, kind: &str, name: &str) -> Option<Ask> {
    let group = first(form).filter(|one| uuid::Uuid::try_parse(&one.subscription).is_ok())?.group_id();
    Some(Ask::NameFree { id: group.join(&format!("providers/{kind}/{name}")) })
}

/// Whether something that is there can serve a workspace.
fn serves(form: &Form, field: &str) -> Result<(), String> {
    match chosen_id(form, field).map(|choice| choice.fact(fact::CANNOT)) {
        Some(why) if !why.is_empty() => Err(why.to_owned()),
        _ => Ok(()),
    }
}

/// Whether a registry that is there can serve: with private endpoints it has to be Premium.
fn registry(form: &Form, _: &str) -> Result<(), String> {
    serves(form, REGISTRY)?;
    let sku = chosen_id(form, REGISTRY).map_or("", |choice| choice.fact(fact::SKU));
    let closed = set_up(form).environments.iter().any(Environment::registry_needs_endpoints);
    if closed && !sku.is_empty() && !sku.eq_ignore_ascii_case("Premium") {
        return Err(format!(
            "a {sku} registry takes no private endpoints, and this set-up needs one: Premium"
        ));
    }
    Ok(())
}

fn skus() -> Vec<Choice> {
    vec![
        Choice::new(AUTO, "as the region allows").detail("zone-redundant where it has zones"),
        Choice::new("Standard_LRS", "locally redundant").detail("LRS, the cheapest"),
        Choice::new("Standard_ZRS", "zone-redundant").detail("ZRS, survives the loss of a zone"),
        Choice::new("Standard_GRS", "geo-redundant").detail("GRS, a copy in the paired region"),
        Choice::new("Standard_GZRS", "geo-zone-redundant").detail("GZRS, both"),
        Choice::new("Standard_RAGRS", "geo-redundant, read").detail("RA-GRS"),
        Choice::new("Standard_RAGZRS", "geo-zone-redundant, read").detail("RA-GZRS"),
    ]
}

fn registry_skus() -> Vec<Choice> {
    vec![
        Choice::new(AUTO, "as needed").detail("Premium with private endpoints, else Standard"),
        Choice::new("Basic", "Basic"),
        Choice::new("Standard", "Standard"),
        Choice::new("Premium", "Premium").detail("takes private endpoints"),
    ]
}

/// What the fields come to.
pub(super) fn wish(form: &Form) -> Dependents {
    if is_project(form) {
        return Dependents::default();
    }
    let one = |field: &str, name: &str| {
        let named = form.get(name).filter(|name| name.edited).map(FormField::text).unwrap_or_default();
        match form.text(field) {
            word if word == NEW && !named.is_empty() => named,
            other => other,
        }
    };
    let or = |field: &str, default: &str| {
        let text = form.text(field);
        if text.is_empty() { default.to_owned() } else { text }
    };
    Dependents {
        storage: one(STORAGE_ACCOUNT, STORAGE_NAME),
        storage_sku: or(STORAGE_SKU, AUTO),
        key_vault: one(VAULT, VAULT_NAME),
        application_insights: one(APPLICATION_INSIGHTS, INSIGHTS_NAME),
        log_analytics: if makes_insights(form) { one(LOGS, LOGS_NAME) } else { NEW.to_owned() },
        container_registry: one(REGISTRY, REGISTRY_NAME),
        registry_sku: or(REGISTRY_SKU, AUTO),
        image_build_compute: form.text(BUILD_COMPUTE),
    }
}
