//! A workspace as one JSON document. Every field is described in `docs/output.md`.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::unreadable::Unreadable;
use crate::app::model::Model;
use crate::app::page::Page;
use crate::azure::arm::id::ArmId;
use crate::azure::directory::PrincipalKind;
use crate::azure::resources::common::Identity;
use crate::azure::resources::deny_assignment::DenyAssignment;
use crate::azure::resources::lock::Lock;
use crate::azure::resources::outbound_rule::OutboundRule;
use crate::azure::resources::private_endpoint_connection::PrivateEndpointConnection;
use crate::cli::list::Row;
use crate::domain::access::{AccessRow, AccessSummary, PrincipalName, Tenure};
use crate::domain::dependents::{self, Dependent, DependentRole, Link};
use crate::domain::fact::{Fact, Tone};
use crate::domain::inventory::WorkspaceEntry;
use crate::domain::isolation::{Network, RuleCounts, Verdict, Warning};
use crate::domain::lookup::Lookup;
use crate::domain::posture::{self, Finding, Subject};
use crate::domain::storage_access::{Health, StorageAccess};

/// The document.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Document<'a> {
    overview: Overview<'a>,
    dependents: Vec<DependentView<'a>>,
    network: NetworkView<'a>,
    access: AccessView<'a>,
    findings: Vec<Finding>,
    unchecked: Vec<&'static str>,
    unreadable: &'a [Unreadable],
    read_at: Timestamp,
    resource: Option<&'a Value>,
}

impl<'a> Document<'a> {
    /// The document of a workspace whose page has settled.
    #[must_use]
    pub fn of(
        model: &'a Model,
        page: &'a Page,
        entry: &'a WorkspaceEntry,
        unreadable: &'a [Unreadable],
    ) -> Self {
        let report = match page.has_body() {
            true => page.report.clone(),
            false => {
                posture::report(&Subject { production: model.production.has(entry), ..Subject::row(entry) })
            }
        };
        let list = dependents::dependents(&page.opened);
        Self {
            overview: Overview::of(model, page, entry),
            dependents: list.into_iter().map(|dependent| DependentView::of(page, dependent)).collect(),
            network: NetworkView::of(page),
            access: AccessView::of(model, page),
            findings: report.findings,
            unchecked: report.unchecked,
            unreadable,
            read_at: model.now,
            resource: page.raw.as_deref(),
        }
    }
}

/// What became of a read.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct State {
    state: &'static str,
    reason: Option<String>,
    missing_action: Option<String>,
}

impl State {
    fn of<T>(lookup: &Lookup<T>) -> Self {
        let state = match lookup {
            Lookup::Pending => "pending",
            Lookup::Found(_) => "found",
            Lookup::Gone => "gone",
            Lookup::Forbidden { .. } => "forbidden",
            Lookup::Failed(_) => "failed",
        };
        let missing_action = match lookup {
            Lookup::Forbidden { action } if !action.is_empty() => Some(action.clone()),
            _ => None,
        };
        Self { state, reason: lookup.absence(), missing_action }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Overview<'a> {
    #[serde(flatten)]
    row: Row<'a>,
    description: Option<&'a str>,
    workspace_id: Option<&'a str>,
    created_by: Option<&'a str>,
    last_modified_at: Option<Timestamp>,
    last_modified_by: Option<&'a str>,
    identity: Option<&'a Identity>,
    customer_managed_key: bool,
    hbi_workspace: Option<bool>,
    enable_data_isolation: Option<bool>,
    image_build_compute: Option<&'a str>,
    storage_access: StorageView,
    locks: Locks<'a>,
    portal: String,
    studio: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StorageView {
    keys_work: Option<bool>,
    health: &'static str,
    reason: Option<String>,
}

#[derive(Serialize)]
struct Locks<'a> {
    #[serde(flatten)]
    state: State,
    items: &'a [Lock],
}

impl<'a> Overview<'a> {
    fn of(model: &'a Model, page: &'a Page, entry: &'a WorkspaceEntry) -> Self {
        let workspace = &page.opened.workspace;
        let properties = &workspace.properties;
        let system = workspace.system_data.as_ref();
        let storage = StorageAccess::of(workspace, &page.opened.storage());
        let (health, reason) = match storage.health {
            _ if !page.has_body() => ("unknown", Some("the workspace could not be read".to_owned())),
            Health::Healthy => ("healthy", None),
            Health::Broken { why } => ("broken", Some(why)),
            Health::Unknown { why } => ("unknown", Some(why)),
        };
        Self {
            row: Row::of(&model.inventory, entry),
            description: properties.description.as_deref(),
            workspace_id: properties.workspace_id.as_deref(),
            created_by: system.and_then(|data| data.created_by.as_deref()),
            last_modified_at: system.and_then(|data| data.last_modified_at),
            last_modified_by: system.and_then(|data| data.last_modified_by.as_deref()),
            identity: workspace.identity.as_ref(),
            customer_managed_key: workspace.has_customer_key(),
            hbi_workspace: properties.hbi_workspace,
            enable_data_isolation: properties.enable_data_isolation,
            image_build_compute: properties.image_build_compute.as_deref(),
            storage_access: StorageView { keys_work: storage.keys_work, health, reason },
            locks: Locks {
                state: State::of(&page.opened.locks),
                items: page.opened.locks.found().map(Vec::as_slice).unwrap_or_default(),
            },
            portal: model.session.portal_link(&page.id),
            studio: model.session.studio_link(&page.id),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DependentView<'a> {
    role: DependentRole,
    name: Option<String>,
    id: Option<ArmId>,
    #[serde(flatten)]
    state: State,
    inherited: bool,
    other_subscription: Option<String>,
    facts: Vec<Fact>,
    resource: Option<&'a Value>,
}

impl<'a> DependentView<'a> {
    fn of(page: &'a Page, dependent: Dependent<'a>) -> Self {
        let none = |state, why: &str| State { state, reason: Some(why.to_owned()), missing_action: None };
        let (state, facts) = match &dependent.link {
            Link::To { state: Lookup::Found(found), .. } => {
                (State::of(&Lookup::Found(())), dependents::state_facts(found, true))
            }
            Link::To { state, .. } => (State::of(state), Vec::new()),
            Link::Absent(why) => (none("none", why), Vec::new()),
            Link::Missing(why) => (none("missing", why), Vec::new()),
            Link::Unknown(why) => (none("unknown", why), Vec::new()),
        };
        let id = dependent.id().cloned();
        Self {
            role: dependent.role,
            name: id.as_ref().map(|id| id.name().to_owned()),
            resource: id.as_ref().and_then(|id| page.raw_dependents.get(id)).map(|raw| &**raw),
            id,
            state,
            inherited: dependent.inherited,
            other_subscription: dependent.elsewhere,
            facts,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NetworkView<'a> {
    known: bool,
    verdict: String,
    tone: Tone,
    managed_network: Network,
    inbound: Vec<Fact>,
    firewall: Option<String>,
    outbound_rules: Rules<'a>,
    private_endpoint_connections: &'a [PrivateEndpointConnection],
    warnings: Vec<Warning>,
    one_way_doors: Vec<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rules<'a> {
    #[serde(flatten)]
    state: State,
    #[serde(flatten)]
    counts: RuleCounts,
    items: &'a [OutboundRule],
}

impl<'a> NetworkView<'a> {
    fn of(page: &'a Page) -> Self {
        let verdict = Verdict::of(&page.opened);
        Self {
            known: page.has_body(),
            verdict: verdict.headline,
            tone: verdict.tone,
            managed_network: verdict.network,
            inbound: verdict.inbound,
            firewall: verdict.firewall,
            outbound_rules: Rules {
                state: State::of(&page.opened.rules),
                counts: verdict.rules.found().cloned().unwrap_or_default(),
                items: page.opened.rules.found().map(Vec::as_slice).unwrap_or_default(),
            },
            private_endpoint_connections: &page.opened.workspace.properties.private_endpoint_connections,
            warnings: verdict.warnings,
            one_way_doors: verdict.one_way_doors,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AccessView<'a> {
    #[serde(flatten)]
    state: State,
    summary: Option<AccessSummary>,
    rows: Vec<RowView<'a>>,
    deny_assignments: &'a [DenyAssignment],
}

impl<'a> AccessView<'a> {
    fn of(model: &'a Model, page: &'a Page) -> Self {
        let table = page.opened.access.found();
        let rows = table.map(|table| table.rows.as_slice()).unwrap_or_default();
        Self {
            state: State::of(&page.opened.access),
            summary: table.map(|table| table.summary()),
            rows: rows.iter().map(|row| RowView::of(model, row)).collect(),
            deny_assignments: page.denies(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RowView<'a> {
    assignment: &'a ArmId,
    principal_id: &'a str,
    principal_type: Option<String>,
    principal_state: &'static str,
    principal_reason: Option<&'a str>,
    principal_name: Option<&'a str>,
    principal_address: Option<&'a str>,
    principal_resource: Option<&'a ArmId>,
    principal_members: Option<u64>,
    account_enabled: Option<bool>,
    role_definition: &'a str,
    role_name: Option<&'a str>,
    custom_role: bool,
    scope: Option<&'a ArmId>,
    from: String,
    inherited: bool,
    in_force: bool,
    tenure: &'static str,
    end_date_time: Option<Timestamp>,
    condition: Option<&'a str>,
    description: Option<&'a str>,
    created_on: Option<Timestamp>,
    created_by: Option<&'a str>,
    created_by_name: Option<String>,
}

impl<'a> RowView<'a> {
    fn of(model: &Model, row: &'a AccessRow) -> Self {
        let known = row.principal.known();
        let (principal_state, principal_reason) = match &row.principal {
            PrincipalName::Loading => ("loading", None),
            PrincipalName::Known(_) => ("known", None),
            PrincipalName::Deleted => ("deleted", None),
            PrincipalName::Unreadable { reason } => ("unreadable", Some(reason.as_str())),
        };
        let (tenure, end_date_time) = match row.tenure {
            Tenure::Permanent => ("permanent", None),
            Tenure::Unknown => ("unknown", None),
            Tenure::Until(at) => ("timeBound", Some(at)),
            Tenure::Activated { until } => ("activated", until),
            Tenure::Eligible { until } => ("eligible", until),
        };
        let granted_by = row.created_by.as_deref().map(|id| model.principals.name(id));
        Self {
            assignment: &row.assignment,
            principal_id: &row.principal_id,
            principal_type: row.kind().map(kind_name),
            principal_state,
            principal_reason,
            principal_name: known.map(|known| known.name.as_str()),
            principal_address: known.and_then(|known| known.address.as_deref()),
            principal_resource: known.and_then(|known| known.resource.as_ref()),
            principal_members: known.and_then(|known| known.members),
            account_enabled: known.and_then(|known| known.enabled),
            role_definition: &row.role.id,
            role_name: row.role.name.as_deref(),
            custom_role: row.role.custom,
            scope: row.scope.as_ref(),
            from: row.from.words(),
            inherited: row.from.is_inherited(),
            in_force: row.is_in_force(),
            tenure,
            end_date_time,
            condition: row.condition.as_deref(),
            description: row.description.as_deref(),
            created_on: row.since,
            created_by: row.created_by.as_deref(),
            created_by_name: granted_by.and_then(|name| name.known().map(|known| known.name.clone())),
        }
    }
}

/// The kind of a principal in the words of Azure, where it has one.
fn kind_name(kind: PrincipalKind) -> String {
    let name = match kind {
        PrincipalKind::User => "User",
        PrincipalKind::Guest => "Guest",
        PrincipalKind::Group => "Group",
        PrincipalKind::Application => "Application",
        PrincipalKind::ManagedIdentity => "ManagedIdentity",
        PrincipalKind::ForeignGroup => "ForeignGroup",
        PrincipalKind::Device => "Device",
        PrincipalKind::Other(other) => return other,
    };
    name.to_owned()
}
