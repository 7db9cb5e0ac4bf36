//! Roles that the template of a deployment does not reach: those on what is in other resource groups, and those of an
//! identity whose object id is known only once it is there.

use jiff::civil::Date;
use serde_json::json;

use super::environment::{Environment, IDENTITIES, OwnIdentity};
use super::people::{Grant, Principal, PrincipalKind};
use super::plan::{Known, step_id, tags};
use super::roles::Role;
use super::spec::Kind;
use super::template::{assignment_name, principal_key};
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::{Method, Request};
use crate::azure::arm::versions;
use crate::azure::resources::role_assignment;
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
    if let Some((reader, vault)) = environment.key_reader() {
        if first.is_empty() {
            first.extend(identity(environment));
        }
        let grant = Grant {
            place: super::spec::Place::KeyVault,
            role: Role::from(roles::CRYPTO_USER),
            principal: reads_key(&reader),
            because: "it reads the customer's key".to_owned(),
        };
        first.push(step(environment, "key-reader", &grant, &vault, by_id(&reader, Some(known))));
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
    by_id(&id, known)
}

/// A user-assigned identity.
fn by_id(id: &ArmId, known: Option<&Known>) -> Who {
    let (name, kind) = (id.name().to_owned(), "ServicePrincipal");
    match known.and_then(|known| known.principals.get(id)) {
        Some(object) => Who { object: object.clone(), kind, name, read: None },
        None => {
            let read = Request::get(id, versions::MANAGED_IDENTITY);
            Who { object: String::new(), kind, name, read: Some((read, "/properties/principalId")) }
        }
    }
}

/// The identity that reads a customer's key, as a principal that an assignment is named after.
fn reads_key(reader: &ArmId) -> Principal {
    Principal::Known {
        kind: PrincipalKind::ServicePrincipal,
        id: reader.to_string(),
        name: reader.name().to_owned(),
    }
}

/// The identity that a step of its own makes before the deployment; none where the deployment makes it.
pub(super) fn identity_of(environment: &Environment) -> Option<ArmId> {
    let group = environment.group_id();
    let before = environment.grants.iter().any(|grant| {
        grant.principal == Principal::OwnIdentity
            && environment.place(grant.place).is_some_and(|scope| !group.contains(&scope))
    });
    let reads_key =
        environment.key_reader().is_some_and(|(reader, _)| Some(reader) == environment.identity_id());
    let is_new = matches!(environment.identity, OwnIdentity::New(_));
    environment.identity_id().filter(|_| (before || reads_key) && is_new)
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
    let words = format!("{name} has {} on {}", grant.role.name, scope.name());
    let fill = read.map(|(read, from)| Fill {
        request: 0,
        at: "/properties/principalId".to_owned(),
        read,
        from: from.to_owned(),
        words: format!("object id of {name}"),
    });
    let object = fill.as_ref().map_or(object, Fill::placeholder);
    // Somebody may have given it under another name, and what stands under this one may be of an identity that is gone:
    // names follow from ids, and whoever is made anew under an id is another principal.
    let item = Expect::All(vec![
        Expect::equals("/properties/scope", scope.as_str()),
        Expect::equals("/properties/principalId", object.as_str()),
        Expect::ends_in("/properties/roleDefinitionId", &grant.role.guid),
        unconditional(),
    ]);
    let expect = Expect::Some { list: "/value".to_owned(), item: Box::new(item) };
    let there = Check::new(role_assignment::list_of_principal(scope, &object), expect, words);
    // Azure takes a grant for a change of the assignment that has its name.
    let free = Expect::Any(vec![Expect::Absent, unconditional()]);
    let mut undo = Undo::by(
        format!("Take {} on {} from {name}", grant.role.name, scope.name()),
        "The role assignment is gone.",
        vec![Request::arm(Method::Delete, &id, versions::AUTHORIZATION)],
    );
    if let Undo::By(back) = &mut undo {
        let words = "the assignment has no condition, as it was made";
        back.guard = Some(Check::new(role_assignment::get(&id), free.clone(), words));
    }
    let body =
        json!({ "properties": { "principalId": object, "principalType": kind, "roleDefinitionId": role } });
    let step = Step::send(
        step_id(environment, what),
        format!("Grant {name} {} on {}", grant.role.name, scope.name()),
        format!("{name} has {} on {} ({}).", grant.role.name, scope.name(), grant.because),
        Request::arm(Method::Put, &id, versions::AUTHORIZATION).body(body).repeatable(),
    )
    .already(there)
    .guard(Check::new(
        role_assignment::get(&id),
        free,
        format!("{name} does not have {} on {} already under a condition", grant.role.name, scope.name()),
    ))
    .done_if("RoleAssignmentExists")
    .undo(undo)
    .needs(scope, "Microsoft.Authorization/roleAssignments/write");
    fill.into_iter().fold(step, Step::fill)
}

/// Of an assignment: it has no condition.
fn unconditional() -> Expect {
    Expect::equals_or("/properties/condition", "", "")
}

/// A role assignment that is made for an identity whose object id is read.
pub(super) struct ForIdentity {
    /// Its id.
    pub id: ArmId,
    /// The role and on what, in words.
    pub words: String,
    /// What is read to know the identity.
    pub read: Request,
    /// Where the object id stands in the answer.
    pub from: String,
    /// Whether the deployment makes it, and no step of its own.
    pub deployed: bool,
}

/// The role assignments of an environment that are made for identities.
pub(super) fn for_identities(environment: &Environment) -> Vec<ForIdentity> {
    let group = environment.group_id();
    let own = own(environment, None);
    let deployed = environment.grants.iter().filter(|grant| grant.principal == Principal::OwnIdentity);
    let mut all: Vec<ForIdentity> = deployed
        .filter_map(|grant| {
            let scope = environment.place(grant.place).filter(|scope| group.contains(scope))?;
            let (read, from) = own.read.clone()?;
            let key = principal_key(environment, &grant.principal);
            let name = assignment_name(&scope, &key, &grant.role.guid);
            Some(ForIdentity {
                id: scope.join(&format!("providers/Microsoft.Authorization/roleAssignments/{name}")),
                words: format!("{} on {}", grant.role.name, scope.name()),
                read,
                from: from.to_owned(),
                deployed: true,
            })
        })
        .collect();
    let (first, later) = elsewhere(environment, &Known::only_today(Date::default()));
    let steps = first.into_iter().chain(later).chain(approvals(environment));
    all.extend(steps.filter_map(|step| {
        let (fill, request) = (step.fills.first()?, step.requests.first()?);
        let role = request.body.as_ref()?["properties"]["roleDefinitionId"].as_str()?.rsplit('/').next()?;
        let scope = request.path.split("/providers/Microsoft.Authorization/").next()?;
        let role = super::roles::meant(role).ok()?.name;
        Some(ForIdentity {
            id: ArmId::parse(&request.path).ok()?,
            words: format!("{role} on {}", ArmId::parse(scope).ok()?.name()),
            read: fill.read.clone(),
            from: fill.from.clone(),
            deployed: false,
        })
    }));
    all
}

impl Environment {
    /// The user-assigned identity that reads the customer's key, and the vault that holds it: it has to be let in before
    /// the workspace is made. None where there is no such key, or where the identity comes with the workspace.
    #[must_use]
    pub fn key_reader(&self) -> Option<(ArmId, ArmId)> {
        let key = self.customer_key.as_ref()?;
        Some((key.identity.clone().or_else(|| self.identity_id())?, key.vault.clone()))
    }

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
