//! Roles that the template of a deployment does not reach: those on what is in other resource groups, and those of an
//! identity whose object id is known only once it is there.

use serde_json::json;

use super::environment::{Environment, IDENTITIES, OwnIdentity};
use super::people::{Grant, Principal};
use super::plan::{Known, step_id, tags};
use super::roles::Role;
use super::spec::Kind;
use super::template::{assignment_name, principal_key};
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::{Method, Request};
use crate::azure::arm::versions;
use crate::domain::plan::{Check, Expect, Fill, Step, Undo};
use crate::domain::roles;

/// Who a role is given to.
struct Who {
    /// The object id; empty where it is read when its turn has come.
    object: String,
    /// `User`, `Group` or `ServicePrincipal`.
    kind: &'static str,
    /// What people call it.
    name: String,
    /// Where the object id stands that is not known: what is read, and the place in the answer.
    read: Option<(Request, &'static str)>,
}

/// Steps that grant on what is in other groups: those that the workspace needs before it is made, with its identity
/// where that is new, and the rest.
pub(super) fn elsewhere(environment: &Environment, known: &Known) -> (Vec<Step>, Vec<Step>) {
    let (mut first, mut later) = (Vec::new(), Vec::new());
    let group = environment.group_id();
    for (at, grant) in environment.grants.iter().enumerate() {
        let Some(scope) = environment.place(grant.place).filter(|scope| !group.contains(scope)) else {
            continue;
        };
        match &grant.principal {
            Principal::Known { id, kind, name } => {
                let who = Who { object: id.clone(), kind: kind.as_str(), name: name.clone(), read: None };
                later.push(step(environment, &format!("grant-{at}"), grant, &scope, who));
            }
            Principal::OwnIdentity => {
                if first.is_empty() {
                    first.extend(identity(environment));
                }
                let who = own(environment, Some(known));
                first.push(step(environment, &format!("grant-{at}"), grant, &scope, who));
            }
        }
    }
    (first, later)
}

/// Steps that let the workspace's identity approve the private endpoints of its managed network on what these lead
/// to. Azure does not give it that right by itself any more.
pub(super) fn approvals(environment: &Environment) -> Vec<Step> {
    let role = Role::from(roles::NETWORK_APPROVER);
    let targets = environment.linked().into_iter().enumerate();
    let step = |(at, target): (usize, ArmId)| approval(environment, at, &role, &target);
    targets.map(step).collect()
}

fn approval(environment: &Environment, at: usize, role: &Role, target: &ArmId) -> Step {
    let grant = Grant {
        place: super::spec::Place::Workspace,
        role: role.clone(),
        principal: Principal::OwnIdentity,
        because: "the managed network's private endpoint there".to_owned(),
    };
    step(environment, &format!("approver-{at}"), &grant, target, own(environment, None)).optional(true)
}

/// The workspace's own identity.
fn own(environment: &Environment, known: Option<&Known>) -> Who {
    let kind = "ServicePrincipal";
    let Some(id) = environment.identity_id() else {
        let read = Request::get(&environment.workspace_id(), versions::WORKSPACES);
        let name = format!("the identity of {}", environment.workspace);
        return Who { object: String::new(), kind, name, read: Some((read, "/identity/principalId")) };
    };
    let name = id.name().to_owned();
    match known.and_then(|known| known.principals.get(&id)) {
        Some(object) => Who { object: object.clone(), kind, name, read: None },
        None => {
            let read = Request::get(&id, versions::MANAGED_IDENTITY);
            Who { object: String::new(), kind, name, read: Some((read, "/properties/principalId")) }
        }
    }
}

/// The identity that a step of its own makes before the deployment; none where the deployment makes it.
pub(super) fn identity_of(environment: &Environment) -> Option<ArmId> {
    let group = environment.group_id();
    let before = environment.grants.iter().any(|grant| {
        grant.principal == Principal::OwnIdentity
            && environment.place(grant.place).is_some_and(|scope| !group.contains(&scope))
    });
    let is_new = matches!(environment.identity, OwnIdentity::New(_));
    environment.identity_id().filter(|_| before && is_new)
}

/// The step that makes a new identity before the deployment, which would make it otherwise.
fn identity(environment: &Environment) -> Option<Step> {
    let OwnIdentity::New(name) = &environment.identity else { return None };
    let id = environment.identity_id()?;
    let body = json!({ "location": environment.region, "tags": tags(environment) });
    let there =
        Check::new(Request::get(&id, versions::MANAGED_IDENTITY), Expect::Exists, format!("{name} is there"));
    let delete = Request::arm(Method::Delete, &id, versions::MANAGED_IDENTITY);
    let step = Step::send(
        step_id(environment, "identity"),
        format!("Make the identity {name}"),
        format!("{name} is there and can be given roles."),
        Request::arm(Method::Put, &id, versions::MANAGED_IDENTITY).body(body).repeatable(),
    );
    let undo = Undo::by(format!("Delete the identity {name}"), "The identity is gone.", vec![delete]);
    Some(
        step.already(there.clone())
            .verify(there)
            .undo(undo)
            .needs(&environment.group_id(), &format!("{IDENTITIES}/write")),
    )
}

fn step(environment: &Environment, what: &str, grant: &Grant, scope: &ArmId, who: Who) -> Step {
    let subscription = scope.subscription_id().unwrap_or(&environment.subscription);
    let role = format!(
        "/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions/{}",
        grant.role.guid
    );
    let assignment = assignment_name(scope, &principal_key(environment, &grant.principal), &grant.role.guid);
    let id = scope.join(&format!("providers/Microsoft.Authorization/roleAssignments/{assignment}"));
    let Who { object, kind, name, read } = who;
    let there = Check::new(
        Request::get(&id, versions::AUTHORIZATION),
        Expect::Exists,
        format!("{name} has {} on {}", grant.role.name, scope.name()),
    );
    let body =
        json!({ "properties": { "principalId": object, "principalType": kind, "roleDefinitionId": role } });
    let step = Step::send(
        step_id(environment, what),
        format!("Grant {name} {} on {}", grant.role.name, scope.name()),
        format!("{name} has {} on {} ({}).", grant.role.name, scope.name(), grant.because),
        Request::arm(Method::Put, &id, versions::AUTHORIZATION).body(body).repeatable(),
    )
    .already(there.clone())
    .verify(there)
    .done_if("RoleAssignmentExists")
    .undo(Undo::by(
        format!("Take {} on {} from {name}", grant.role.name, scope.name()),
        "The role assignment is gone.",
        vec![Request::arm(Method::Delete, &id, versions::AUTHORIZATION)],
    ))
    .needs(scope, "Microsoft.Authorization/roleAssignments/write");
    let Some((read, from)) = read else { return step };
    step.fill(Fill {
        request: 0,
        at: "/properties/principalId".to_owned(),
        read,
        from: from.to_owned(),
        words: format!("object id of {name}"),
    })
}

impl Environment {
    /// What the private endpoints of the managed network lead to; none where there is no managed network, or where it
    /// is that of a hub.
    #[must_use]
    pub fn linked(&self) -> Vec<ArmId> {
        if self.kind == Kind::Project || self.isolation == super::spec::Isolation::Public {
            return Vec::new();
        }
        let mut targets = Vec::new();
        for rule in self.rules.values() {
            if let super::spec::Rule::PrivateEndpoint { resource, .. } = rule
                && let Ok(id) = ArmId::parse(resource)
                && !targets.contains(&id)
            {
                targets.push(id);
            }
        }
        targets
    }
}
