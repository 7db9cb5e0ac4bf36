//! `amldeck list`: every workspace, without a screen.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::args::Output;
use super::exit::{Exit, Failure, print, tell};
use super::output::{self, Screen, Section};
use super::start::Context;
use crate::app::{export, runtime, workspace_filter};
use crate::azure::arm::id::ArmId;
use crate::azure::resources::common::ProvisioningState;
use crate::azure::resources::workspace::{self, ManagedNetworkStatus};
use crate::domain::inventory::{self, AuthBadge, COLUMNS, Inventory, WorkspaceEntry};
use crate::domain::posture::{self, Severity, Subject};

/// Reads the inventory and prints the workspaces that pass the filter, by name.
///
/// # Errors
/// When the inventory cannot be read at all, or the endpoints or settings are wrong.
pub async fn run(context: &Context, output: Output, filter: Option<&str>) -> Result<Exit, Failure> {
    let screen = Screen::of(context)?;
    let client = context.connect()?.client;
    let inventory = runtime::load_inventory(&client, &context.choice.subscriptions, &|_| ()).await?;
    if let Some(problem) = filter.and_then(|filter| workspace_filter::unknown_column(&inventory, filter)) {
        return Err(Failure::wrong_use(format!("--filter: {problem}")));
    }
    let found = workspace_filter::passing(&inventory, filter.unwrap_or_default());
    let entries = || found.iter().filter_map(|at| inventory.workspaces().get(*at));
    let text = match output {
        Output::Json => {
            let rows: Vec<Listed<'_>> = entries().map(|entry| Listed::of(&inventory, entry)).collect();
            output::json(&rows)?
        }
        _ => output::table(&section(&inventory, entries(), output != Output::Table), output, &screen),
    };
    print(&text)?;
    if inventory.workspaces().is_empty() {
        tell("this account sees no workspace; `amldeck doctor` may say why");
    }
    Ok(tell_problems(&inventory))
}

/// Tells what could not be read; gives the exit code for it.
pub fn tell_problems(inventory: &Inventory) -> Exit {
    for problem in &inventory.problems {
        tell(&format!("{}: {}", problem.scope, problem.message));
    }
    if inventory.problems.is_empty() { Exit::Done } else { Exit::CannotTell }
}

fn section<'a>(
    inventory: &Inventory,
    entries: impl Iterator<Item = &'a WorkspaceEntry> + Clone,
    with_id: bool,
) -> Section {
    let mut sheet = export::workspaces(inventory, entries.clone());
    let tones = entries.clone().map(|w| COLUMNS.iter().map(|column| (column.tone)(w)).collect()).collect();
    if with_id {
        sheet.names.push("id");
        sheet.titles.push("Id");
        for (row, entry) in sheet.rows.iter_mut().zip(entries) {
            row.push(entry.id.to_string());
        }
    }
    Section {
        kept: &["name"],
        expendable: inventory::expendable(),
        ..Section::table("Workspaces", sheet, tones)
    }
}

/// A workspace as the inventory knows it; the names of the fields are ARM's where ARM has the thing.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row<'a> {
    id: &'a ArmId,
    name: &'a str,
    #[serde(rename = "type")]
    resource_type: &'static str,
    kind: &'a str,
    location: &'a str,
    resource_group: &'a str,
    subscription_id: &'a str,
    subscription_name: Option<&'a str>,
    friendly_name: Option<&'a str>,
    provisioning_state: Option<&'a str>,
    isolation_mode: &'a str,
    managed_network_status: Option<&'a str>,
    public_network_access: &'a str,
    system_datastores_auth_mode: Option<&'a str>,
    v1_legacy_mode: bool,
    tags: BTreeMap<&'a str, &'a str>,
    created_at: Option<Timestamp>,
    principal_id: Option<&'a str>,
    storage_account: Option<ArmId>,
    key_vault: Option<ArmId>,
    application_insights: Option<ArmId>,
    container_registry: Option<ArmId>,
    hub_resource_id: Option<ArmId>,
}

impl<'a> Row<'a> {
    /// A row of the inventory.
    #[must_use]
    pub fn of(inventory: &'a Inventory, entry: &'a WorkspaceEntry) -> Self {
        let dependents = entry.dependents();
        let auth_mode = match &entry.storage_access {
            AuthBadge::Known(mode) => Some(mode.as_str()),
            AuthBadge::Unknown => None,
        };
        Self {
            id: &entry.id,
            name: entry.name(),
            resource_type: workspace::TYPE,
            kind: entry.kind.as_str(),
            location: &entry.location,
            resource_group: &entry.group,
            subscription_id: &entry.subscription,
            subscription_name: inventory.subscription(&entry.subscription).and_then(|s| s.name.as_deref()),
            friendly_name: entry.friendly_name.as_deref(),
            provisioning_state: entry.state.as_ref().map(ProvisioningState::as_str),
            isolation_mode: entry.isolation.as_str(),
            managed_network_status: entry.network_status.as_ref().map(ManagedNetworkStatus::as_str),
            public_network_access: entry.public_access.as_str(),
            system_datastores_auth_mode: auth_mode,
            v1_legacy_mode: entry.legacy_mode,
            tags: entry.tags.iter().map(|(key, value)| (&**key, &**value)).collect(),
            created_at: entry.created_at,
            principal_id: entry.principal_id.as_deref(),
            storage_account: dependents.storage,
            key_vault: dependents.vault,
            application_insights: dependents.insights,
            container_registry: dependents.registry,
            hub_resource_id: dependents.hub,
        }
    }
}

/// A row and what it alone lets find.
#[derive(Serialize)]
struct Listed<'a> {
    #[serde(flatten)]
    row: Row<'a>,
    findings: Vec<Found>,
}

#[derive(Serialize)]
struct Found {
    id: &'static str,
    severity: Severity,
    title: &'static str,
}

impl<'a> Listed<'a> {
    fn of(inventory: &'a Inventory, entry: &'a WorkspaceEntry) -> Self {
        let findings = posture::report(&Subject::row(entry)).findings.into_iter();
        Self {
            row: Row::of(inventory, entry),
            findings: findings.map(|f| Found { id: f.id, severity: f.severity, title: f.title }).collect(),
        }
    }
}
