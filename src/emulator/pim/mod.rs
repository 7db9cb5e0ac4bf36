//! Privileged Identity Management: eligible and active schedules and their instances; what makes and ends them is in
//! [`requests`], what they have to keep to in [`policies`]. Shapes: the documents of 2020-10-01; no traffic of it is
//! recorded.

pub(super) mod approvals;
pub(super) mod children;
mod decision;
pub(super) mod policies;
pub(super) mod requests;

use std::collections::HashSet;

use serde_json::{Value, json};

use super::authorization::NAMESPACE;
use super::defaults::guid;
use super::role_definitions::{definition_id, definition_named};
use super::store::{id_of, key};
use super::world::{Change, World};

/// The two families: what a schedule of each is called, and its instances and requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// May be activated.
    Eligibility,
    /// Is in force.
    Assignment,
}

impl Family {
    /// `roleEligibility` or `roleAssignment`: how its types begin.
    pub(super) fn stem(self) -> &'static str {
        match self {
            Self::Eligibility => "roleEligibility",
            Self::Assignment => "roleAssignment",
        }
    }

    /// `RoleEligibilitySchedules`: how ids in properties spell it.
    fn schedules(self) -> &'static str {
        match self {
            Self::Eligibility => "RoleEligibilitySchedules",
            Self::Assignment => "RoleAssignmentSchedules",
        }
    }

    /// The property that names the schedule of an instance.
    fn schedule_property(self) -> &'static str {
        match self {
            Self::Eligibility => "roleEligibilityScheduleId",
            Self::Assignment => "roleAssignmentScheduleId",
        }
    }
}

/// Ends what is in force in an estate when its time is over, as what is given later: instance, schedule and role assignment
/// go then.
pub(super) fn end_in_time(world: &mut World) {
    let all = world.store.hung("roleAssignmentScheduleInstances", "", false, true);
    let ends: Vec<_> = all
        .into_iter()
        .filter_map(|instance| {
            let properties = &instance["properties"];
            let end = properties["endDateTime"].as_str()?.parse::<jiff::Timestamp>().ok()?;
            let schedule = properties[Family::Assignment.schedule_property()].as_str();
            let grant = properties["originRoleAssignmentId"].as_str();
            let gone = [schedule, Some(id_of(instance)), grant].into_iter().flatten();
            let about = schedule.unwrap_or_else(|| id_of(instance)).to_owned();
            Some((end, about, gone.map(|id| Change::Remove(id.to_owned())).collect::<Vec<_>>()))
        })
        .collect();
    for (end, about, gone) in ends {
        world.change_at(end, &about, gone);
    }
}

/// Who has which role where: what all documents of this subject say.
#[derive(Debug, Clone)]
pub(super) struct Grant {
    pub(super) scope: String,
    pub(super) principal: String,
    pub(super) kind: String,
    /// The role's GUID.
    pub(super) role: String,
    pub(super) start: String,
    pub(super) end: Option<String>,
    pub(super) condition: Value,
    pub(super) version: Value,
}

impl Grant {
    /// The grant that a document of this subject, or a role assignment, speaks of.
    pub(super) fn of(document: &Value) -> Self {
        let properties = &document["properties"];
        let text = |name: &str| properties[name].as_str().unwrap_or_default().to_owned();
        let started = properties["startDateTime"].as_str().or(properties["createdOn"].as_str());
        Self {
            scope: text("scope"),
            principal: text("principalId"),
            kind: text("principalType"),
            role: text("roleDefinitionId").rsplit('/').next().unwrap_or_default().to_ascii_lowercase(),
            start: started.unwrap_or_default().to_owned(),
            end: properties["endDateTime"].as_str().map(str::to_owned),
            condition: properties["condition"].clone(),
            version: properties["conditionVersion"].clone(),
        }
    }

    /// Whether both are about the same principal, role and scope.
    pub(super) fn same(&self, other: &Self) -> bool {
        self.principal.eq_ignore_ascii_case(&other.principal)
            && self.role == other.role
            && key(&self.scope) == key(&other.scope)
    }

    /// The id of one of its documents.
    pub(super) fn id(&self, kind: &str, name: &str) -> String {
        format!("{}/providers/{NAMESPACE}/{kind}/{name}", self.scope.trim_end_matches('/'))
    }

    /// The properties that schedules, instances and requests share.
    pub(super) fn properties(&self, world: &World) -> Value {
        let subscription = self.scope.to_ascii_lowercase().starts_with("/subscriptions/");
        let prefix = if subscription {
            self.scope.split('/').take(3).collect::<Vec<_>>().join("/")
        } else {
            String::new()
        };
        let role = definition_id(&prefix, &self.role);
        let named = definition_named(world, &self.role);
        let name = |of: &str| {
            let found = world.store.get(of);
            let of = of.rsplit('/').next().unwrap_or_default();
            found
                .and_then(|document| {
                    let display =
                        document["displayName"].as_str().or(document["properties"]["displayName"].as_str());
                    display.or(document["name"].as_str()).map(str::to_owned)
                })
                .unwrap_or_else(|| of.to_owned())
        };
        let level = match self.scope.matches('/').count() {
            2 if subscription => "subscription",
            4 if subscription => "resourcegroup",
            _ if subscription => "resource",
            _ => "managementgroup",
        };
        json!({
            "scope": self.scope, "roleDefinitionId": role, "principalId": self.principal, "principalType": self.kind,
            "condition": self.condition, "conditionVersion": self.version,
            "expandedProperties": {
                "principal": {
                    "id": self.principal, "displayName": world.directory.display_name(&self.principal), "type": self.kind
                },
                "roleDefinition": {
                    "id": role,
                    "displayName": named.map(|role| role["properties"]["roleName"].clone()),
                    "type": named.map(|role| role["properties"]["type"].clone())
                },
                "scope": { "id": self.scope, "displayName": name(&self.scope), "type": level }
            }
        })
    }

    /// A schedule.
    pub(super) fn schedule(
        &self,
        world: &World,
        family: Family,
        name: &str,
        request: &str,
        now: &str,
    ) -> Value {
        let kind = format!("{}Schedules", family.stem());
        let mut properties = self.properties(world);
        let asked = self.id(&format!("{}ScheduleRequests", family.stem()), request);
        properties[format!("{}ScheduleRequestId", family.stem())] = Value::from(asked);
        for (member, value) in [
            ("status", "Provisioned"),
            ("memberType", "Direct"),
            ("startDateTime", &self.start),
            ("createdOn", now),
            ("updatedOn", now),
        ] {
            properties[member] = Value::from(value);
        }
        properties["endDateTime"] = self.end.as_deref().map_or(Value::Null, Value::from);
        json!({ "id": self.id(&kind, name), "name": name, "type": format!("{NAMESPACE}/{kind}"), "properties": properties })
    }

    /// An instance of a schedule.
    pub(super) fn instance(
        &self,
        world: &World,
        family: Family,
        name: &str,
        schedule: &str,
        now: &str,
    ) -> Value {
        let kind = format!("{}ScheduleInstances", family.stem());
        let mut properties = self.properties(world);
        properties[family.schedule_property()] = Value::from(self.id(family.schedules(), schedule));
        for (member, value) in [
            ("status", "Provisioned"),
            ("memberType", "Direct"),
            ("startDateTime", &self.start),
            ("createdOn", now),
        ] {
            properties[member] = Value::from(value);
        }
        properties["endDateTime"] = self.end.as_deref().map_or(Value::Null, Value::from);
        json!({ "id": self.id(&kind, name), "name": name, "type": format!("{NAMESPACE}/{kind}"), "properties": properties })
    }
}

/// The family and the last word (`schedules`, `scheduleInstances`, `scheduleRequests`) of a type, without case.
pub(super) fn family(kind: &str) -> Option<(Family, &'static str)> {
    let kind = kind.to_ascii_lowercase();
    let (family, rest) = match (kind.strip_prefix("roleeligibility"), kind.strip_prefix("roleassignment")) {
        (Some(rest), _) => (Family::Eligibility, rest),
        (_, Some(rest)) => (Family::Assignment, rest),
        _ => return None,
    };
    let word = match rest {
        "schedules" => "Schedules",
        "scheduleinstances" => "ScheduleInstances",
        "schedulerequests" => "ScheduleRequests",
        _ => return None,
    };
    Some((family, word))
}

/// What the service lists although nobody wrote it: role assignments without a schedule of their own are active
/// instances that never end, and every instance has a schedule.
pub(super) fn derived(
    world: &World,
    family: Family,
    word: &str,
    scope: &str,
    above: bool,
    below: bool,
) -> Vec<Value> {
    let stem = family.stem();
    let instances = world.store.hung(&format!("{stem}ScheduleInstances"), scope, above, below);
    let mut found = Vec::new();
    if family == Family::Assignment && word != "ScheduleRequests" {
        let scheduled: HashSet<String> = instances
            .iter()
            .filter_map(|one| one["properties"]["originRoleAssignmentId"].as_str().map(key))
            .collect();
        for assignment in world.store.hung("roleAssignments", scope, above, below) {
            let id = id_of(assignment);
            if scheduled.contains(&key(id)) {
                continue;
            }
            let mut grant = Grant::of(assignment);
            grant.end = None;
            let created = assignment["properties"]["createdOn"].as_str().unwrap_or_default();
            let name = assignment["name"].as_str().unwrap_or_default();
            let mut made = if word == "Schedules" {
                grant.schedule(world, family, name, name, created)
            } else {
                let mut made = grant.instance(world, family, &guid(id, "instance"), name, created);
                made["properties"]["originRoleAssignmentId"] = Value::from(id);
                made
            };
            made["properties"]["assignmentType"] = Value::from("Assigned");
            made["properties"]["linkedRoleEligibilityScheduleId"] = Value::Null;
            made["properties"]["linkedRoleEligibilityScheduleInstanceId"] = Value::Null;
            found.push(made);
        }
    }
    if word == "Schedules" {
        let written: HashSet<String> = world
            .store
            .hung(&format!("{stem}Schedules"), scope, above, below)
            .iter()
            .filter_map(|one| one["name"].as_str().map(str::to_ascii_lowercase))
            .collect();
        for instance in instances {
            let properties = &instance["properties"];
            let of = properties[family.schedule_property()].as_str().unwrap_or_default();
            let name = of.rsplit('/').next().unwrap_or_default();
            if name.is_empty() || written.contains(&name.to_ascii_lowercase()) {
                continue;
            }
            let created = properties["createdOn"].as_str().unwrap_or_default();
            let mut made = Grant::of(instance).schedule(world, family, name, name, created);
            for member in ["assignmentType", "linkedRoleEligibilityScheduleId"] {
                if let Some(value) = properties.get(member) {
                    made["properties"][member] = value.clone();
                }
            }
            found.push(made);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_belong_to_a_family() {
        assert_eq!(
            family("roleEligibilityScheduleInstances"),
            Some((Family::Eligibility, "ScheduleInstances"))
        );
        assert_eq!(family("ROLEASSIGNMENTSCHEDULEREQUESTS"), Some((Family::Assignment, "ScheduleRequests")));
        assert_eq!(family("roleAssignments"), None);
    }

    #[test]
    fn grants_are_compared_without_case() {
        let one = Grant::of(
            &json!({ "properties": { "scope": "/S", "principalId": "P", "roleDefinitionId": "/x/R" } }),
        );
        let other = Grant::of(
            &json!({ "properties": { "scope": "/s/", "principalId": "p", "roleDefinitionId": "/y/r" } }),
        );
        assert!(one.same(&other));
    }
}
