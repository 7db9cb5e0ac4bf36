//! What the forms about access take from around them: the page that they are about, what counts as production, and
//! names for requests.

use serde_json::json;
use uuid::Uuid;

use super::Form;
use crate::app::access::lists::AccessList;
use crate::app::model::Model;
use crate::app::page::Page;
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::Method;
use crate::azure::resources::lock::Lock;
use crate::azure::resources::pim::{EligibilityInstance, ScheduleInstance};
use crate::azure::resources::role_assignment::RoleAssignment;
use crate::domain::changes::{Place, Setting, Who};
use crate::domain::inventory::WorkspaceEntry;
use crate::domain::lookup::Lookup;
use crate::domain::plan::{Plan, Weight};

/// The page of a workspace.
#[must_use]
pub fn page<'a>(model: &'a Model, workspace: &ArmId) -> Option<&'a Page> {
    model.pages.iter().rev().find(|page| page.id == *workspace)
}

/// A role assignment as it was read for a page.
#[must_use]
pub fn assignment<'a>(page: &'a Page, id: &ArmId) -> Option<&'a RoleAssignment> {
    page.all_lists().flat_map(|(_, lists)| lists.assignments.iter()).find(|assignment| assignment.id == *id)
}

/// Warns of the locks that are in force at a scope, as far as they were read for a page: each kind of lock keeps a
/// role assignment from being deleted. `now` says whether the plan itself deletes one, not only its way back.
pub fn warn_of_locks(plan: &mut Plan, page: &Page, scope: &ArmId, now: bool) {
    let Lookup::Found(locks) = &page.opened.locks else { return };
    let reaches = |lock: &&Lock| lock.id.extended().is_some_and(|at| at == *scope || at.contains(scope));
    let of = |lock: &Lock| {
        let place = lock.id.extended();
        format!("{} on {}", lock.id.name(), place.as_ref().map_or("", ArmId::name))
    };
    let names: Vec<String> = locks.iter().filter(reaches).map(of).collect();
    if names.is_empty() {
        return;
    }
    let names = names.join(", ");
    if now {
        let text = format!("A lock stands in the way ({names}): this fails until it is removed.");
        plan.warn(Weight::Danger, text);
    } else {
        let text = format!("A lock is in force ({names}): to undo this, it has to be removed first.");
        plan.warn(Weight::Caution, text);
    }
}

/// Warns, of a plan that takes back what another one gave, of the locks that keep role assignments from being deleted,
/// as far as they were read for the page of what the plan is about.
pub fn warn_of_locks_on_undo(plan: &mut Plan, model: &Model) {
    let Some(page) = page(model, &plan.subject) else { return };
    let deleted = plan.steps.iter().flat_map(|step| &step.requests).filter_map(|request| {
        let kind = request.body.as_ref().and_then(|body| body.pointer("/properties/requestType"));
        let by_pim = kind.is_some_and(|kind| kind == "AdminRemove");
        let id = ArmId::parse(&request.path).ok().filter(|_| request.method == Method::Delete || by_pim)?;
        id.as_str().to_ascii_lowercase().contains("/roleassignment").then(|| id.extended()).flatten()
    });
    let mut scopes: Vec<ArmId> = Vec::new();
    for scope in deleted {
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    scopes.iter().for_each(|scope| warn_of_locks(plan, page, scope, true));
}

/// Says of each step of a plan that gives roles to `who` when the role is there already, as far as that was read for a
/// page: such a step will change nothing. Locks that keep what it gives from being taken back are named too.
pub fn foresee(plan: &mut Plan, page: &Page, who: &Who) {
    warn_of_ends(plan, page, who);
    let is_theirs = |id: &str| id.eq_ignore_ascii_case(&who.id);
    let lists = || page.all_lists().map(|(_, lists)| lists);
    let theirs = |one: &&RoleAssignment| is_theirs(&one.properties.principal_id);
    let assigned: Vec<&RoleAssignment> =
        lists().flat_map(|of| of.assignments.iter()).filter(theirs).collect();
    let eligible: Vec<&EligibilityInstance> = lists()
        .flat_map(|of| of.eligible.iter())
        .filter(|one| is_theirs(&one.properties.principal_id))
        .collect();
    let (assigned, eligible) = (json!({ "value": assigned }), json!({ "value": eligible }));
    let there: Vec<String> = plan
        .steps
        .iter()
        .filter_map(|step| step.already.as_ref())
        .filter(|check| {
            let known = if check.read.path.contains("roleEligibility") { &eligible } else { &assigned };
            check.expect.holds(Some(known))
        })
        .map(|check| format!("{} already: nothing is changed there.", check.words))
        .collect();
    there.into_iter().for_each(|text| plan.warn(Weight::Caution, text));
    let scopes: Vec<ArmId> =
        plan.steps.iter().flat_map(|step| &step.rights).map(|right| right.scope.clone()).collect();
    scopes.iter().for_each(|scope| warn_of_locks(plan, page, scope, false));
}

/// Warns where what PIM will end is all that a step without an end finds there: it would change nothing.
fn warn_of_ends(plan: &mut Plan, page: &Page, who: &Who) {
    let lists = || page.all_lists().map(|(_, lists)| lists);
    let theirs = |one: &&RoleAssignment| one.properties.principal_id.eq_ignore_ascii_case(&who.id);
    let ends = |one: &RoleAssignment| {
        let mut instances = lists().flat_map(|of| of.active.iter()).map(|instance| &instance.properties);
        let is_it = |of: &&ScheduleInstance| of.origin_role_assignment_id.as_ref() == Some(&one.id);
        instances.find(is_it).and_then(|of| of.end_date_time)
    };
    let mut told = Vec::new();
    for assignment in lists().flat_map(|of| of.assignments.iter()).filter(theirs) {
        let Some(end) = ends(assignment) else { continue };
        let there = json!({ "value": [assignment] });
        let checks = plan.steps.iter().filter_map(|step| step.already.as_ref());
        // A step by PIM looks at ends itself.
        let plain = checks.filter(|check| check.read.path.ends_with("/roleAssignments"));
        told.extend(plain.filter(|check| check.expect.holds(Some(&there))).map(|check| {
            let end = end.strftime("%Y-%m-%d %H:%M");
            format!(
                "{} only until {end} UTC, and this plan does not prolong it: take it away first.",
                check.words
            )
        }));
    }
    told.sort_unstable();
    told.dedup();
    told.into_iter().for_each(|text| plan.warn(Weight::Danger, text));
}

/// The workspaces that a scope reaches.
pub fn reached<'a>(model: &'a Model, scope: &'a ArmId) -> impl Iterator<Item = &'a WorkspaceEntry> {
    let above = |workspace: &&WorkspaceEntry| scope.contains(&workspace.id) || *scope == workspace.id;
    model.inventory.workspaces().iter().filter(above)
}

/// What people call a scope.
#[must_use]
pub fn name(model: &Model, scope: &ArmId) -> String {
    if scope.is_type("Microsoft.Management/managementGroups") {
        let name = scope.name();
        return model.inventory.management_group_label(name).unwrap_or(name).to_owned();
    }
    match (scope.subscription_id(), scope.resource_group()) {
        (Some(id), None) => model.inventory.subscription_label(id).to_owned(),
        _ if scope.as_str() == "/" => "the tenant's root".to_owned(),
        _ => scope.name().to_owned(),
    }
}

/// A scope under the name that people know.
#[must_use]
pub fn place(model: &Model, scope: &ArmId) -> Place {
    Place { id: scope.clone(), name: name(model, scope) }
}

/// Whether a workspace depends on this resource.
fn uses(entry: &WorkspaceEntry, scope: &ArmId) -> bool {
    let ids = entry.dependents();
    let all = [ids.storage, ids.vault, ids.insights, ids.registry, ids.hub];
    all.iter().flatten().any(|id| id == scope)
}

/// The surroundings of a change for a workspace at some scopes: it is production when the workspace is, or one that
/// a scope reaches, or one that depends on what the scope is.
#[must_use]
pub fn setting<'a>(model: &Model, workspace: &ArmId, scopes: impl IntoIterator<Item = &'a ArmId>) -> Setting {
    let is_production = |entry: &WorkspaceEntry| model.production.has(entry);
    let own = model.inventory.get(workspace).is_some_and(is_production);
    let of_production = |scope: &ArmId| {
        reached(model, scope).any(is_production)
            || model.inventory.workspaces().iter().any(|entry| is_production(entry) && uses(entry, scope))
    };
    let scopes: Vec<&ArmId> = scopes.into_iter().collect();
    let ends_are_told = page(model, workspace).is_some_and(|page| {
        let status = |scope| page.list_status(AccessList::Active, scope);
        !scopes.is_empty()
            && scopes.iter().all(|scope| status(scope).is_some_and(|status| status.at.is_some()))
    });
    let production = own || scopes.into_iter().any(of_production);
    Setting { me: model.session.object_id.clone(), production, ends_are_told }
}

/// A name for a request that nobody used before: it follows from who asks when in which form for what.
#[must_use]
pub fn request_name(model: &Model, form: &Form, nth: usize) -> String {
    let account = model.session.account.as_deref().unwrap_or_default();
    let text = format!("{account}\n{}\n{}\n{}\n{nth}", model.now, form.number, form.subject.as_str());
    Uuid::new_v5(&Uuid::NAMESPACE_OID, text.as_bytes()).to_string()
}
