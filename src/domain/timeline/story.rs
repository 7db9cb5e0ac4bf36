//! Events grouped into changes, each told as somebody did something.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::{Kind, Watched, deeds, settings};
use crate::azure::arm::id::ArmId;
use crate::azure::resources::activity_log::{Event, Status};
use crate::domain::access::{AccessRow, AccessTable, From, PrincipalName, Principals, Roles, ScopeNames};
use crate::domain::fact::Tone;

/// What a story is told from. Names that are not there yet are shown as ids.
#[derive(Clone, Copy)]
pub struct StoryInput<'a> {
    /// What is watched.
    pub watched: &'a Watched,
    /// The events, in any order; the same one may come from two questions.
    pub events: &'a [Event],
    /// Events before this are left out.
    pub since: Timestamp,
    /// Role definitions.
    pub roles: &'a Roles,
    /// Names of principals.
    pub principals: &'a Principals,
    /// Names of scopes.
    pub scopes: &'a dyn ScopeNames,
    /// The assignments in force now, for what an event does not say.
    pub access: Option<&'a AccessTable>,
}

/// Who did something.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Who {
    /// The name to show: the directory's, else the token's, else the address or the object id.
    pub name: String,
    /// The object id, where the log has it.
    pub id: Option<String>,
    /// The sign-in name, where the log has it.
    pub address: Option<String>,
}

/// How something ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// It was done.
    Succeeded,
    /// It was refused or went wrong.
    Failed {
        /// Why, where the log says.
        why: Option<String>,
    },
    /// It was begun, and the log does not say more yet.
    UnderWay,
}

impl Outcome {
    /// A word for a table.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Succeeded => "done",
            Self::Failed { .. } => "failed",
            Self::UnderWay => "under way",
        }
    }

    /// How it should strike the eye.
    #[must_use]
    pub fn tone(&self) -> Tone {
        match self {
            Self::Succeeded => Tone::Plain,
            Self::Failed { .. } => Tone::Bad,
            Self::UnderWay => Tone::Warn,
        }
    }
}

/// One event of a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// When.
    pub at: Timestamp,
    /// The status, as the log has it.
    pub status: String,
    /// More about it, such as `Forbidden`.
    pub sub_status: String,
}

/// Something that somebody did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// When it was begun.
    pub at: Timestamp,
    /// Who did it.
    pub who: Who,
    /// What they did, without who: `made Jonas Lindqvist Contributor on rg-fraud-prod`.
    pub what: String,
    /// What it is about.
    pub kind: Kind,
    /// Where: the watched resource or the scope above it.
    pub place: ArmId,
    /// How it ended.
    pub outcome: Outcome,
    /// The operation.
    pub operation: String,
    /// What exactly it was done to.
    pub resource_id: ArmId,
    /// What all events of it share.
    pub correlation_id: Option<String>,
    /// The address that it came from.
    pub client_ip_address: Option<String>,
    /// The object ids that it is about, the caller's among them.
    pub principals: Vec<String>,
    /// Its events, the earliest first.
    pub steps: Vec<Step>,
}

impl Change {
    /// The whole of it as a sentence without a full stop.
    #[must_use]
    pub fn sentence(&self) -> String {
        let end = match &self.outcome {
            Outcome::Succeeded => String::new(),
            Outcome::UnderWay => " (under way)".to_owned(),
            Outcome::Failed { why: None } => " (failed)".to_owned(),
            Outcome::Failed { why: Some(why) } => format!(" (failed: {why})"),
        };
        format!("{} {}{end}", self.who.name, self.what)
    }
}

/// What changed, the latest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Story {
    /// The changes.
    pub changes: Vec<Change>,
    /// How many other operations were about what is watched: jobs, computes, models and the like.
    pub others: usize,
}

/// What one operation on one resource is known by: its events share all three.
type Group<'a> = (&'a str, String, &'a ArmId);

impl Story {
    /// Tells the events that are about what is watched.
    #[must_use]
    pub fn of(input: &StoryInput<'_>) -> Self {
        let mut seen: HashSet<&str> = HashSet::new();
        let mut groups: BTreeMap<Group<'_>, Vec<(Timestamp, &Event)>> = BTreeMap::new();
        for event in input.events {
            let (Some(at), Some(resource)) = (event.event_timestamp, &event.resource_id) else { continue };
            let own = event.event_data_id.as_deref();
            if at < input.since || own.is_some_and(|id| !seen.insert(id)) {
                continue;
            }
            let shared = event.correlation_id.as_deref().or(own).unwrap_or_default();
            let operation = event.operation_name.value.to_ascii_lowercase();
            groups.entry((shared, operation, resource)).or_default().push((at, event));
        }
        let mut story = Self::default();
        for ((_, _, resource), mut events) in groups {
            events.sort_by_key(|(at, _)| *at);
            let Some(place) = input.watched.subject(resource) else { continue };
            match change(input, resource, &place, &events) {
                Some(change) => story.changes.push(change),
                None => story.others += 1,
            }
        }
        let above = from_above(input, &story.changes);
        story.changes.extend(above);
        story.changes.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.what.cmp(&b.what)));
        story
    }

    /// The object ids whose names are wanted.
    pub fn principal_ids(&self) -> impl Iterator<Item = &str> {
        self.changes.iter().flat_map(|change| change.principals.iter().map(String::as_str))
    }
}

/// What the assignments in force now say of grants at management groups and the root, whose logs are not read: since
/// when, and by whom. What was taken away there leaves nothing behind.
fn from_above(input: &StoryInput<'_>, told: &[Change]) -> Vec<Change> {
    let rows = input.access.into_iter().flat_map(|table| &table.rows);
    let above = rows.filter(|row| matches!(row.from, From::ManagementGroup(_) | From::Root));
    let recent = above.filter_map(|row| Some((row, row.since.filter(|at| *at >= input.since)?)));
    let new = recent.filter(|(row, _)| !told.iter().any(|change| change.resource_id == row.assignment));
    let change = |(row, at): (&AccessRow, Timestamp)| {
        let place = row.scope.clone().unwrap_or_else(ArmId::root);
        let of = place_words(input.scopes, &place);
        let by = row.created_by.as_deref().filter(|id| !id.is_empty());
        let name = by.and_then(|id| input.principals.name(id).known().map(|known| known.name.clone()));
        let whom = input.principals.name(&row.principal_id);
        let whom = whom.known().map_or("somebody", |known| &known.name);
        let role = row.role.label();
        let what = match row.tenure.is_eligible() {
            true => format!("let {whom} activate {role} on {of}"),
            false => format!("made {whom} {role} on {of}"),
        };
        let told = Step {
            at,
            status: "in force now".to_owned(),
            sub_status: "told by the assignment itself".to_owned(),
        };
        Change {
            at,
            who: Who {
                name: name.unwrap_or_else(|| "somebody".to_owned()),
                id: by.map(str::to_ascii_lowercase),
                address: None,
            },
            what,
            kind: Kind::Access,
            place,
            outcome: Outcome::Succeeded,
            operation: "Microsoft.Authorization/roleAssignments/write".to_owned(),
            resource_id: row.assignment.clone(),
            correlation_id: None,
            client_ip_address: None,
            principals: by
                .into_iter()
                .map(str::to_ascii_lowercase)
                .chain([row.principal_id.to_ascii_lowercase()])
                .collect(),
            steps: vec![told],
        }
    };
    new.map(change).collect()
}

fn change(
    input: &StoryInput<'_>,
    resource: &ArmId,
    place: &ArmId,
    events: &[(Timestamp, &Event)],
) -> Option<Change> {
    let (at, first) = *events.first()?;
    let operation = first.operation_name.value.clone();
    let mut principals: Vec<String> = Vec::new();
    let who = who(input.principals, events);
    let (what, kind) = told(input, resource, place, &who, events, &mut principals)?;
    principals.extend(who.id.clone());
    Some(Change {
        at,
        who,
        what,
        kind,
        place: place.clone(),
        outcome: outcome(events),
        operation,
        resource_id: resource.clone(),
        correlation_id: first.correlation_id.clone(),
        client_ip_address: events
            .iter()
            .find_map(|(_, event)| event.http_request.as_ref()?.client_ip_address.clone()),
        principals,
        steps: events
            .iter()
            .map(|(at, event)| Step {
                at: *at,
                status: event.status.value.clone(),
                sub_status: event.sub_status.value.clone(),
            })
            .collect(),
    })
}

/// Any end beats what came before it, whatever order the events are in; a failure beats all.
fn outcome(events: &[(Timestamp, &Event)]) -> Outcome {
    let statuses: Vec<Status> = events.iter().filter_map(|(_, event)| event.status()).collect();
    if statuses.contains(&Status::Failed) {
        return Outcome::Failed { why: events.iter().find_map(|(_, event)| event.failure()) };
    }
    if statuses.contains(&Status::Succeeded) { Outcome::Succeeded } else { Outcome::UnderWay }
}

fn who(principals: &Principals, events: &[(Timestamp, &Event)]) -> Who {
    let first = |pick: fn(&Event) -> Option<&str>| events.iter().find_map(|(_, event)| pick(event));
    let id = first(Event::caller_id);
    let address = first(|event| event.caller.as_deref()).filter(|caller| Some(*caller) != id);
    let known = id.and_then(|id| match principals.name(id) {
        PrincipalName::Known(known) => Some(known.name),
        _ => None,
    });
    let claimed = || first(Event::caller_name).or(address).or(id).map(str::to_owned);
    Who {
        name: known.or_else(claimed).unwrap_or_else(|| "somebody".to_owned()),
        id: id.map(str::to_ascii_lowercase),
        address: address.map(str::to_owned),
    }
}

/// What was done, and what it is about; none for what is only counted.
fn told(
    input: &StoryInput<'_>,
    resource: &ArmId,
    place: &ArmId,
    who: &Who,
    events: &[(Timestamp, &Event)],
    principals: &mut Vec<String>,
) -> Option<(String, Kind)> {
    let operation = events.first()?.1.operation_name.value.to_ascii_lowercase();
    let of = place_words(input.scopes, place);
    if let Some(rest) = operation.strip_prefix("microsoft.authorization/") {
        let grant = Grant::of(input, resource, events);
        if let Some(what) = grant.told(input, rest, &of, who) {
            principals.extend(grant.principal);
            return Some((what, Kind::Access));
        }
    }
    if let Some(deed) = deeds::of(&operation) {
        return Some((deed.told(&of, resource.name()), deed.kind));
    }
    // What was done to the watched resource itself; what is in it (jobs, computes, models) is only counted.
    let verb = match operation.rsplit('/').next() {
        Some("write") if resource == place && is_made(events) => "made",
        Some("write") if resource == place => "changed",
        Some("delete") if resource == place => "deleted",
        _ => return None,
    };
    let body = events.iter().find_map(|(_, event)| event.document("requestbody"));
    Some(match body.as_ref().and_then(settings::told) {
        Some((settings, kind)) => (format!("{verb} {of}: {settings}"), kind),
        None => (format!("{verb} {of}"), Kind::Settings),
    })
}

/// Whether a write made what it is about: the service answered it with 201.
fn is_made(events: &[(Timestamp, &Event)]) -> bool {
    events.iter().any(|(_, event)| event.sub_status.value.eq_ignore_ascii_case("Created"))
}

/// A scope as people call it: a subscription by its name.
fn place_words(scopes: &dyn ScopeNames, place: &ArmId) -> String {
    let name = place.name();
    if place.as_str() == "/" {
        return "the tenant's root".to_owned();
    }
    if place.is_type("Microsoft.Management/managementGroups") {
        return format!(
            "management group {}",
            scopes.management_group(name).unwrap_or_else(|| name.to_owned())
        );
    }
    match place.subscription_id() {
        Some(id) if place.resource_group().is_none() => {
            format!("subscription {}", scopes.subscription(id).unwrap_or_else(|| name.to_owned()))
        }
        _ => name.to_owned(),
    }
}

/// Who gets which role, as the bodies that an event keeps say it.
#[derive(Default)]
struct Grant {
    principal: Option<String>,
    role: Option<String>,
    request_type: String,
    role_name: Option<String>,
}

impl Grant {
    fn of(input: &StoryInput<'_>, resource: &ArmId, events: &[(Timestamp, &Event)]) -> Self {
        let bodies: Vec<Value> = events
            .iter()
            .flat_map(|(_, event)| [event.document("requestbody"), event.document("responseBody")])
            .flatten()
            .collect();
        let said = |name: &str| {
            bodies.iter().find_map(|body| {
                settings::at(body, &["properties", name]).and_then(Value::as_str).map(str::to_owned)
            })
        };
        // Some providers keep no bodies; what is still in force can be looked up.
        let row = input.access.and_then(|table| table.rows.iter().find(|row| row.assignment == *resource));
        let role = said("roleDefinitionId").and_then(|id| ArmId::parse(&id).ok());
        Self {
            principal: said("principalId").or_else(|| row.map(|row| row.principal_id.clone())),
            role: match role {
                Some(id) => Some(
                    input
                        .roles
                        .get(&id)
                        .map_or_else(|| id.name().to_owned(), |d| d.properties.role_name.clone()),
                ),
                None => row.map(|row| row.role.label().to_owned()),
            },
            request_type: said("requestType").unwrap_or_default().to_ascii_lowercase(),
            role_name: said("roleName"),
        }
    }

    /// What an operation of `Microsoft.Authorization` did; `rest` is the operation behind the namespace, in
    /// lower case. None for operations that are about something else.
    fn told(&self, input: &StoryInput<'_>, rest: &str, of: &str, who: &Who) -> Option<String> {
        let whom = self.principal.as_deref().map(|id| match input.principals.name(id) {
            _ if who.id.as_deref().is_some_and(|caller| caller.eq_ignore_ascii_case(id)) => {
                "themselves".to_owned()
            }
            PrincipalName::Known(known) => known.name,
            _ => id.to_owned(),
        });
        let role = self.role.as_deref().unwrap_or("a role");
        let whom = whom.as_deref();
        let someone = whom.unwrap_or("somebody");
        let custom = self.role_name.as_deref().unwrap_or("a custom role");
        Some(match (rest, self.request_type.as_str()) {
            ("roleassignments/write", _) if whom.is_none() => format!("assigned {role} on {of}"),
            ("roleassignments/write", _) => format!("made {someone} {role} on {of}"),
            ("roleassignments/delete", _) if whom.is_none() => format!("took {role} on {of} away"),
            ("roleassignments/delete", _) => format!("took {role} on {of} from {someone}"),
            ("roledefinitions/write", _) => format!("changed {custom}, which can be assigned on {of}"),
            ("roledefinitions/delete", _) => format!("deleted {custom}, which could be assigned on {of}"),
            ("roleassignmentschedulerequests/write", "selfactivate") => format!("activated {role} on {of}"),
            ("roleassignmentschedulerequests/write", "selfdeactivate") => {
                format!("gave the activated {role} on {of} back")
            }
            ("roleassignmentschedulerequests/write", "adminremove") => {
                format!("took {role} on {of} from {someone}")
            }
            ("roleassignmentschedulerequests/write", "adminassign") => {
                format!("made {someone} {role} on {of} through PIM")
            }
            ("roleassignmentschedulerequests/write", _) => {
                format!("asked PIM about {role} on {of} for {someone}")
            }
            ("roleeligibilityschedulerequests/write", "adminremove") => {
                format!("took from {someone} that {role} on {of} can be activated")
            }
            ("roleeligibilityschedulerequests/write", "adminassign") => {
                format!("let {someone} activate {role} on {of}")
            }
            ("roleeligibilityschedulerequests/write", _) => {
                format!("asked PIM about activating {role} on {of} for {someone}")
            }
            _ => return None,
        })
    }
}
