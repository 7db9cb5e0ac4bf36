//! Role assignments as rows of a table: principal, role, where it comes from, since when, until when.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use super::held::Held;
use super::order::{AccessOrder, AccessSort};
use super::principal::{PrincipalName, Principals};
use super::summary::AccessSummary;
use crate::azure::arm::id::ArmId;
use crate::azure::directory::PrincipalKind;
use crate::azure::resources::pim::{AssignmentInstance, AssignmentType, EligibilityInstance};
use crate::azure::resources::role_assignment::{PrincipalType, RoleAssignment};
use crate::azure::resources::role_definition::RoleDefinition;
use crate::domain::roles;

/// What the table is made of. Every list may be empty: what is missing is shown as missing.
#[derive(Clone, Copy)]
pub struct AccessInput<'a> {
    /// The scope that is looked at, such as a workspace.
    pub scope: &'a ArmId,
    /// The role assignments at, above and perhaps below it.
    pub assignments: &'a [RoleAssignment],
    /// Who could activate a role.
    pub eligible: &'a [EligibilityInstance],
    /// The assignments that PIM knows, for their ends.
    pub active: &'a [AssignmentInstance],
    /// Whether those were read, or are known to be none: only then has an assignment without one no end.
    pub ends_are_read: bool,
    /// The role definitions.
    pub roles: &'a Roles,
    /// The names of principals.
    pub principals: &'a Principals,
    /// The names of scopes.
    pub scopes: &'a dyn ScopeNames,
    /// The time: what ended before it is not in force any more.
    pub now: Timestamp,
}

/// Where the names of subscriptions and management groups come from; the inventory is one such place.
pub trait ScopeNames {
    /// The name of a subscription, by its GUID.
    fn subscription(&self, id: &str) -> Option<String>;
    /// The name that people know of a management group, by its name in ids.
    fn management_group(&self, name: &str) -> Option<String>;
}

impl ScopeNames for crate::domain::inventory::Inventory {
    fn subscription(&self, id: &str) -> Option<String> {
        self.subscription(id)?.name.as_deref().map(str::to_owned)
    }

    fn management_group(&self, name: &str) -> Option<String> {
        self.management_group_label(name).map(str::to_owned)
    }
}

/// Role definitions by their GUID: ids differ by the scope that was asked, the GUID does not. Copies share
/// the definitions.
#[derive(Debug, Clone, Default)]
pub struct Roles {
    by_guid: HashMap<String, Arc<RoleDefinition>>,
}

impl Roles {
    /// Takes definitions.
    pub fn add(&mut self, definitions: impl IntoIterator<Item = RoleDefinition>) {
        for definition in definitions {
            self.by_guid.insert(definition.id.name().to_ascii_lowercase(), Arc::new(definition));
        }
    }

    /// The definition that an assignment names, whatever prefix its id has.
    #[must_use]
    pub fn get(&self, id: &ArmId) -> Option<&RoleDefinition> {
        self.by_guid.get(&id.name().to_ascii_lowercase()).map(Arc::as_ref)
    }

    /// The definition of a GUID in lower case.
    pub(super) fn by_guid(&self, guid: &str) -> Option<&RoleDefinition> {
        self.by_guid.get(guid).map(Arc::as_ref)
    }

    /// All of them, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &RoleDefinition> {
        self.by_guid.values().map(Arc::as_ref)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_guid.len()
    }

    /// Whether there is none, as before the first answer.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_guid.is_empty()
    }
}

/// The role of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Role {
    /// The GUID, empty where the service gave none.
    pub id: String,
    /// The name; none when the definition could not be read.
    pub name: Option<String>,
    /// Whether it is the organisation's own.
    pub custom: bool,
    /// The condition that the role carries itself, whoever has it; of several permissions each one's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
}

impl Role {
    pub(super) fn of(id: Option<&ArmId>, roles: &Roles) -> Self {
        let Some(id) = id else { return Self::held("", None) };
        Self::held(&id.name().to_ascii_lowercase(), roles.get(id))
    }

    /// The role of a GUID in lower case, with its definition where that was read.
    pub(super) fn held(guid: &str, definition: Option<&RoleDefinition>) -> Self {
        Self {
            id: guid.to_owned(),
            name: definition.map(|d| d.properties.role_name.clone()),
            custom: definition.is_some_and(RoleDefinition::is_custom),
            condition: definition.and_then(RoleDefinition::condition),
        }
    }

    /// The name to show: its own, else the GUID.
    #[must_use]
    pub fn label(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.id)
    }

    /// Whether this is the built-in Owner.
    #[must_use]
    pub fn is_owner(&self) -> bool {
        roles::OWNER.is(&self.id)
    }
}

/// Where an assignment in force at a scope was made.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum From {
    /// At the scope itself.
    Here,
    /// At a resource above it, such as the workspace of a compute.
    Resource(String),
    /// At its resource group.
    Group(String),
    /// At its subscription, by name or else GUID.
    Subscription(String),
    /// At a management group, by the name that people know or else the name in ids.
    ManagementGroup(String),
    /// At the tenant's root.
    Root,
    /// Below it: not in force here.
    Below(String),
    /// Somewhere else, or the service did not say.
    Elsewhere(String),
}

impl From {
    /// Whether it is at the subscription or above it, and so reaches all that is in there.
    #[must_use]
    pub fn is_wide(&self) -> bool {
        matches!(self, Self::Subscription(_) | Self::ManagementGroup(_) | Self::Root)
    }

    pub(super) fn of(scope: &ArmId, at: Option<&ArmId>, names: &dyn ScopeNames) -> Self {
        let Some(at) = at else { return Self::Elsewhere(String::new()) };
        if at == scope {
            return Self::Here;
        }
        if at.as_str() == "/" {
            return Self::Root;
        }
        if at.is_type("Microsoft.Management/managementGroups") {
            return Self::ManagementGroup(
                names.management_group(at.name()).unwrap_or_else(|| at.name().to_owned()),
            );
        }
        if scope.contains(at) {
            return Self::Below(at.name().to_owned());
        }
        if !at.contains(scope) {
            return Self::Elsewhere(at.as_str().to_owned());
        }
        match (at.subscription_id(), at.resource_group()) {
            (Some(id), None) => Self::Subscription(names.subscription(id).unwrap_or_else(|| id.to_owned())),
            (_, Some(group)) if at.is_type("Microsoft.Resources/resourceGroups") => {
                Self::Group(group.to_owned())
            }
            _ => Self::Resource(at.name().to_owned()),
        }
    }

    /// A few words for a table: `here`, `rg-fraud (group)`, `Prod (sub)`, `Contoso (mg)`, `root`.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Here => "here".to_owned(),
            Self::Resource(name) => name.clone(),
            Self::Group(name) => format!("{name} (group)"),
            Self::Subscription(name) => format!("{name} (sub)"),
            Self::ManagementGroup(name) => format!("{name} (mg)"),
            Self::Root => "root".to_owned(),
            Self::Below(name) => format!("below: {name}"),
            Self::Elsewhere(text) if text.is_empty() => "unknown".to_owned(),
            Self::Elsewhere(text) => text.clone(),
        }
    }

    /// The same with the kind of scope first, so that a cut at the end does not take it away: `mg Contoso`.
    #[must_use]
    pub fn spoken(&self) -> String {
        match self {
            Self::Group(name) => format!("group {name}"),
            Self::Subscription(name) => format!("sub {name}"),
            Self::ManagementGroup(name) => format!("mg {name}"),
            other => other.words(),
        }
    }

    /// Whether it was made above the scope that is looked at.
    #[must_use]
    pub fn is_inherited(&self) -> bool {
        !matches!(self, Self::Here | Self::Below(_) | Self::Elsewhere(_))
    }
}

/// For how long a principal has a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Tenure {
    /// Until somebody takes it away.
    Permanent,
    /// In force; whether it ends was not read.
    Unknown,
    /// Until a time.
    Until(Timestamp),
    /// Until a time, because the principal activated an eligible role.
    Activated {
        /// When it ends.
        until: Option<Timestamp>,
    },
    /// Not in force: the principal could activate it.
    Eligible {
        /// Until when it could.
        until: Option<Timestamp>,
    },
}

impl Tenure {
    /// Whether it is only a possibility.
    #[must_use]
    pub fn is_eligible(self) -> bool {
        matches!(self, Self::Eligible { .. })
    }

    /// When it ends; none where it has no end, or none is known.
    #[must_use]
    pub fn end(self) -> Option<Timestamp> {
        match self {
            Self::Permanent | Self::Unknown => None,
            Self::Until(at) => Some(at),
            Self::Activated { until } | Self::Eligible { until } => until,
        }
    }
}

/// What an assignment's word for its principal means; a service principal may be an identity too.
pub(super) fn stated_kind(stated: &PrincipalType) -> PrincipalKind {
    match stated {
        PrincipalType::User => PrincipalKind::User,
        PrincipalType::Group => PrincipalKind::Group,
        PrincipalType::ServicePrincipal => PrincipalKind::Application,
        PrincipalType::ForeignGroup => PrincipalKind::ForeignGroup,
        PrincipalType::Device => PrincipalKind::Device,
        PrincipalType::Other(text) => PrincipalKind::Other(text.to_string()),
    }
}

/// One assignment in the table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessRow {
    /// The assignment, or the eligibility.
    pub assignment: ArmId,
    /// The principal's object id.
    pub principal_id: String,
    /// The principal's name, or why there is none.
    pub principal: PrincipalName,
    /// What the assignment says the principal is; the directory may know more.
    pub principal_type: Option<String>,
    /// The role.
    pub role: Role,
    /// The scope of the assignment.
    pub scope: Option<ArmId>,
    /// Where it comes from, seen from the scope that is looked at.
    pub from: From,
    /// Since when.
    pub since: Option<Timestamp>,
    /// The object id of who made it.
    pub created_by: Option<String>,
    /// The condition.
    pub condition: Option<String>,
    /// For how long.
    pub tenure: Tenure,
    /// Whether that was over when the table was made.
    pub ended: bool,
    /// What somebody wrote about it.
    pub description: Option<String>,
}

impl AccessRow {
    /// What the principal is: the directory's word, else the assignment's.
    #[must_use]
    pub fn kind(&self) -> Option<PrincipalKind> {
        if let Some(known) = self.principal.known() {
            return Some(known.kind.clone());
        }
        self.principal_type.as_deref().map(|text| stated_kind(&PrincipalType::parse(text)))
    }

    /// The type for a table: `Group 12`, `User`, `Identity`; a service principal that the directory did
    /// not describe may be either kind.
    #[must_use]
    pub fn kind_words(&self) -> String {
        match self.principal.known() {
            Some(known) => match known.members {
                Some(members) => format!("{} {members}", known.kind.word()),
                None => known.kind.word().to_owned(),
            },
            None => match self.principal_type.as_deref() {
                Some("ServicePrincipal") => "App or identity".to_owned(),
                Some(text) => text.to_owned(),
                None => String::new(),
            },
        }
    }

    /// The principal for a table: its name, or its id where there is none.
    #[must_use]
    pub fn label(&self) -> &str {
        self.principal.known().map_or(&self.principal_id, |known| &known.name)
    }

    /// Whether the principal does not exist any more.
    #[must_use]
    pub fn is_orphaned(&self) -> bool {
        self.principal == PrincipalName::Deleted
    }

    /// The row of what is held; who made it and why is not known of everything.
    fn of(input: &AccessInput<'_>, held: Held<'_>, tenure: Tenure) -> Self {
        Self {
            assignment: held.id.clone(),
            principal_id: held.principal_id.to_owned(),
            principal: input.principals.name(held.principal_id),
            principal_type: held.principal_type.map(|of| of.as_str().to_owned()),
            role: Role::of(held.role, input.roles),
            from: From::of(input.scope, held.scope, input.scopes),
            scope: held.scope.cloned(),
            since: held.created_on,
            created_by: None,
            condition: held.condition.map(str::to_owned),
            tenure,
            ended: tenure.end().is_some_and(|end| end <= input.now),
            description: None,
        }
    }

    /// Whether it is in force at the scope that is looked at, perhaps under a condition.
    #[must_use]
    pub fn is_in_force(&self) -> bool {
        !self.ended && !self.tenure.is_eligible() && !matches!(self.from, From::Below(_) | From::Elsewhere(_))
    }
}

/// Who has which role at a scope.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessTable {
    /// The rows, from here outwards and by name.
    pub rows: Vec<AccessRow>,
}

impl AccessTable {
    /// Makes the table.
    #[must_use]
    pub fn build(input: &AccessInput<'_>) -> Self {
        let ends = Ends::of(input.active, input.ends_are_read);
        let assigned = input.assignments.iter().map(|assignment| {
            let properties = &assignment.properties;
            AccessRow {
                created_by: properties.created_by.clone(),
                description: properties.description.clone(),
                ..AccessRow::of(input, assignment.into(), ends.of_assignment(&assignment.id))
            }
        });
        let eligible = input.eligible.iter().map(|instance| {
            let (held, properties): (Held<'_>, _) = (instance.into(), &instance.properties);
            AccessRow {
                since: properties.start_date_time.or(held.created_on),
                ..AccessRow::of(input, held, Tenure::Eligible { until: properties.end_date_time })
            }
        });
        let met: Vec<AccessRow> = assigned.chain(eligible).collect();
        let order = AccessOrder::of(&met).rows(AccessSort::From, false);
        let mut rows: Vec<Option<AccessRow>> = met.into_iter().map(Some).collect();
        Self { rows: order.into_iter().filter_map(|at| rows[at].take()).collect() }
    }

    /// Counts, for the pane's title.
    #[must_use]
    pub fn summary(&self) -> AccessSummary {
        AccessSummary::of(&self.rows)
    }

    /// The object ids in the table, principals and who assigned them, for asking the directory.
    pub fn principal_ids(&self) -> impl Iterator<Item = &str> {
        self.rows
            .iter()
            .flat_map(|row| [Some(row.principal_id.as_str()), row.created_by.as_deref()])
            .flatten()
    }

    /// Takes names that came in since; the rows stay where they are.
    pub fn rename(&mut self, principals: &Principals) {
        for row in &mut self.rows {
            row.principal = principals.name(&row.principal_id);
        }
    }
}

/// When assignments end, by the assignment's id.
struct Ends<'a> {
    by_id: HashMap<&'a ArmId, Tenure>,
    /// What of those without an instance is known.
    others: Tenure,
}

impl<'a> Ends<'a> {
    fn of(active: &'a [AssignmentInstance], are_read: bool) -> Self {
        Self {
            others: if are_read { Tenure::Permanent } else { Tenure::Unknown },
            by_id: active
                .iter()
                .filter_map(|instance| {
                    let properties = &instance.properties;
                    let id = properties.origin_role_assignment_id.as_ref()?;
                    let until = properties.end_date_time;
                    let tenure = match (&properties.assignment_type, until) {
                        (Some(AssignmentType::Activated), until) => Tenure::Activated { until },
                        (_, Some(until)) => Tenure::Until(until),
                        (_, None) => Tenure::Permanent,
                    };
                    Some((id, tenure))
                })
                .collect(),
        }
    }

    fn of_assignment(&self, id: &ArmId) -> Tenure {
        self.by_id.get(id).copied().unwrap_or(self.others)
    }
}
