//! The page of one workspace: what is loaded about it, what is on its way, and what follows from it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::access::assessment::{Assessed, Assessment};
use super::access::lists::{AccessList, AccessLists, Taken};
use super::access_rows::AccessDigest;
use super::fetch::{Fetch, Fetched, Part};
use crate::azure::arm::error::Error;
use crate::azure::arm::id::ArmId;
use crate::azure::resources::deny_assignment::DenyAssignment;
use crate::azure::resources::workspace::Workspace;
use crate::domain::access::{AccessInput, AccessTable, Principals, Roles};
use crate::domain::changes::Production;
use crate::domain::dependents;
use crate::domain::inventory::{Inventory, WorkspaceEntry};
use crate::domain::lookup::Lookup;
use crate::domain::opened::Opened;
use crate::domain::posture::{self, Reach, Report, Subject};

/// How one part of the page is doing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Status {
    /// It is on its way.
    pub loading: bool,
    /// When it was last read.
    pub at: Option<Timestamp>,
    /// Why the last try failed, in a sentence.
    pub error: Option<String>,
    /// The whole of that error.
    pub full_error: String,
    /// Whether the same request may well succeed later: nothing was refused.
    pub passing: bool,
}

/// Everything about one workspace.
#[derive(Debug, Clone)]
pub struct Page {
    /// The workspace.
    pub id: ArmId,
    /// What is loaded, in the shape that the verdicts take.
    pub opened: Opened,
    /// The workspace as ARM returned it, secrets masked.
    pub raw: Option<Arc<Value>>,
    /// Dependents as ARM returned them.
    pub raw_dependents: HashMap<ArmId, Arc<Value>>,
    /// What was found in what is loaded, and what could not be looked at, as of the last
    /// [`Page::judge`].
    pub report: Report,
    gone: bool,
    /// Everything was to be read again while another page was on screen: what is here stands until this
    /// page is looked at.
    pub outdated: bool,
    /// What frames and filters want to know about the access table.
    pub access: AccessDigest,
    /// Access to the workspace, ready for questions, as far as it was read when that was last made.
    pub assessment: Option<Arc<Assessment>>,
    /// Of what was known when the last one was asked for, and whether it is still being made.
    pub assessed: Assessed,
    status: BTreeMap<Part, Status>,
    lists: AccessLists,
    /// The same lists at the resources that it depends on, once somebody asked about them.
    beside: BTreeMap<ArmId, AccessLists>,
    /// The groups in all of these lists, in small letters.
    groups: BTreeSet<String>,
}

/// The parts that make up a pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pane {
    /// The list of workspaces.
    Browser,
    /// The workspace at a glance.
    Overview,
    /// What it depends on.
    Dependents,
    /// How it is isolated.
    Network,
    /// Who has which role.
    Access,
}

impl Pane {
    /// All panes in the order of Tab.
    pub const ALL: [Self; 5] = [Self::Browser, Self::Overview, Self::Dependents, Self::Network, Self::Access];

    /// The pane's name.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Browser => "Workspaces",
            Self::Overview => "Overview",
            Self::Dependents => "Dependent resources",
            Self::Network => "Network isolation",
            Self::Access => "Access",
        }
    }

    /// The key that focuses it.
    #[must_use]
    pub fn number(self) -> char {
        match self {
            Self::Browser => '1',
            Self::Overview => '0',
            Self::Dependents => '2',
            Self::Network => '3',
            Self::Access => '4',
        }
    }
}

impl Page {
    /// The page of a workspace of which only the inventory's row is known.
    #[must_use]
    pub fn new(entry: &WorkspaceEntry) -> Self {
        let mut workspace = Workspace::new(entry.id.clone(), Default::default());
        let ids = entry.dependents();
        workspace.properties.storage_account = ids.storage;
        workspace.properties.key_vault = ids.vault;
        workspace.properties.application_insights = ids.insights;
        workspace.properties.container_registry = ids.registry;
        workspace.properties.hub_resource_id = ids.hub;
        Self {
            id: entry.id.clone(),
            opened: Opened::new(workspace),
            raw: None,
            raw_dependents: HashMap::new(),
            report: Report::default(),
            gone: false,
            outdated: false,
            access: AccessDigest::default(),
            assessment: None,
            assessed: Assessed::default(),
            status: BTreeMap::new(),
            lists: AccessLists::default(),
            beside: BTreeMap::new(),
            groups: BTreeSet::new(),
        }
    }

    /// What the first round of requests asks for: everything whose id is known.
    #[must_use]
    pub fn first_round(&self) -> Vec<Part> {
        let mut parts = vec![
            Part::Body,
            Part::Assignments,
            Part::Rules,
            Part::Eligible,
            Part::Active,
            Part::Denies,
            Part::Locks,
        ];
        parts.extend(dependents::wanted(&self.opened).into_iter().map(Part::Dependent));
        parts.extend(self.opened.dependents.keys().cloned().map(Part::Dependent));
        parts
    }

    /// Dependents that are known now and were not asked for yet.
    #[must_use]
    pub fn unasked_dependents(&self) -> Vec<Part> {
        let asked = |id: &ArmId| self.status.contains_key(&Part::Dependent(id.clone()));
        dependents::wanted(&self.opened).into_iter().filter(|id| !asked(id)).map(Part::Dependent).collect()
    }

    /// How a part is doing.
    #[must_use]
    pub fn status(&self, part: &Part) -> Option<&Status> {
        self.status.get(part)
    }

    /// Whether the workspace's body was read.
    #[must_use]
    pub fn has_body(&self) -> bool {
        self.status.get(&Part::Body).is_some_and(|status| status.at.is_some())
    }

    /// The parts that a pane is made of.
    fn parts_of(&self, pane: Pane) -> Vec<&Part> {
        let of = |part: &&Part| match pane {
            Pane::Browser => false,
            Pane::Overview => matches!(part, Part::Body | Part::Locks),
            Pane::Dependents => matches!(part, Part::Body | Part::Dependent(_)),
            Pane::Network => matches!(part, Part::Body | Part::Rules | Part::Dependent(_)),
            Pane::Access => matches!(
                part,
                Part::Assignments
                    | Part::Eligible
                    | Part::Active
                    | Part::Denies
                    | Part::Beside(..)
                    | Part::LocksBeside(_)
            ),
        };
        self.status.keys().filter(of).collect()
    }

    /// How a pane is doing: loading while any of its parts is; age and error are those of the part
    /// without which there is nothing to show.
    #[must_use]
    pub fn pane_status(&self, pane: Pane) -> Status {
        let main = if pane == Pane::Access { Part::Assignments } else { Part::Body };
        let main = self.status.get(&main).cloned().unwrap_or_default();
        let loading = self.parts_of(pane).into_iter().any(|part| self.status[part].loading);
        Status { loading, ..main }
    }

    /// Whether the workspace itself is not there any more.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.gone
    }

    /// Parts whose last try failed and that nobody asked for again.
    #[must_use]
    pub fn failed(&self) -> Vec<Part> {
        let failed = self.status.iter().filter(|(_, status)| status.error.is_some() && !status.loading);
        failed.map(|(part, _)| part.clone()).collect()
    }

    /// What to fetch to have a pane fresh.
    #[must_use]
    pub fn refresh(&self, pane: Pane) -> Vec<Part> {
        self.parts_of(pane).into_iter().cloned().collect()
    }

    /// Parts that failed beside the main one of the pane, with the reason, and whether an older value
    /// of them is on screen.
    pub fn side_errors(&self, pane: Pane) -> impl Iterator<Item = (&Part, &str, bool)> {
        self.parts_of(pane)
            .into_iter()
            .filter(|part| {
                !matches!(
                    part,
                    Part::Body
                        | Part::Assignments
                        | Part::Dependent(_)
                        | Part::Beside(..)
                        | Part::LocksBeside(_)
                )
            })
            .filter_map(|part| {
                let status = &self.status[part];
                Some((part, status.error.as_deref()?, status.at.is_some()))
            })
    }

    /// A part was asked for.
    pub fn begin(&mut self, part: &Part) {
        self.status.entry(part.clone()).or_default().loading = true;
    }

    /// A part was called off.
    pub fn cancel(&mut self, part: &Part) {
        if let Some(status) = self.status.get_mut(part) {
            status.loading = false;
        }
    }

    /// Somebody called a part off; where there is no older value the pane says so.
    pub fn call_off(&mut self, part: &Part) {
        let why = Error::CalledOff.plain();
        let status = self.status.entry(part.clone()).or_default();
        status.loading = false;
        status.passing = true;
        status.error = Some(why.clone());
        status.full_error.clone_from(&why);
        if let Part::Dependent(id) = part
            && self.opened.dependent(id).found().is_none()
        {
            self.opened.dependents.insert(id.clone(), Lookup::Failed(why));
        }
    }

    /// Deny assignments in force here.
    #[must_use]
    pub fn denies(&self) -> &[DenyAssignment] {
        &self.lists.denies
    }

    /// The resources that the workspace depends on and whose access is a question of its own, as far as
    /// they are known: storage, vault, registry, Application Insights.
    #[must_use]
    pub fn scopes_beside(&self) -> Vec<&ArmId> {
        let opened = &self.opened;
        let all = [opened.storage_id(), opened.vault_id(), opened.registry_id(), opened.insights_id()];
        let mut scopes: Vec<&ArmId> = Vec::new();
        for scope in all.into_iter().flatten().filter(|scope| **scope != self.id) {
            if !scopes.contains(&scope) {
                scopes.push(scope);
            }
        }
        scopes
    }

    /// The lists about access at those resources, and their locks.
    #[must_use]
    pub fn parts_beside(&self) -> Vec<Part> {
        let parts = |scope: &ArmId| {
            let lists = AccessList::ALL.map(|list| Part::Beside(list, scope.clone()));
            lists.into_iter().chain([Part::LocksBeside(scope.clone())]).collect::<Vec<_>>()
        };
        self.scopes_beside().into_iter().flat_map(parts).collect()
    }

    /// What was read about access, at the workspace first.
    pub fn all_lists(&self) -> impl Iterator<Item = (&ArmId, &AccessLists)> {
        std::iter::once((&self.id, &self.lists)).chain(&self.beside)
    }

    /// The groups that have, could have or are denied something here or at a resource beside, in small
    /// letters.
    #[must_use]
    pub fn groups(&self) -> &BTreeSet<String> {
        &self.groups
    }

    /// How a list about access at a scope is doing.
    #[must_use]
    pub fn list_status(&self, list: AccessList, scope: &ArmId) -> Option<&Status> {
        if *scope != self.id {
            return self.status.get(&Part::Beside(list, scope.clone()));
        }
        self.status.get(&match list {
            AccessList::Assignments => Part::Assignments,
            AccessList::Eligible => Part::Eligible,
            AccessList::Active => Part::Active,
            AccessList::Denies => Part::Denies,
        })
    }

    /// Forgets what was read beside the page, so that it is read again when somebody asks.
    pub fn forget_beside(&mut self) {
        self.status.retain(|part, status| {
            status.loading || !matches!(part, Part::Beside(..) | Part::LocksBeside(_))
        });
    }

    /// Everything that is on its way.
    #[must_use]
    pub fn loading(&self) -> Vec<Fetch> {
        let loading = self.status.iter().filter(|(_, status)| status.loading);
        loading.map(|(part, _)| Fetch::Page(self.id.clone(), part.clone())).collect()
    }

    /// A part arrived or failed. The last good value of a part that failed stays.
    pub fn arrived(&mut self, part: &Part, fetched: Fetched, now: Timestamp) {
        let error = match fetched {
            Fetched::Body(Ok((workspace, raw))) => {
                self.opened.workspace = *workspace;
                self.raw = Some(raw);
                self.gone = false;
                None
            }
            Fetched::Dependent(id, result) => {
                let error = result.as_ref().err().cloned();
                let answer = match result {
                    Ok((resource, raw)) => {
                        self.raw_dependents.insert(id.clone(), raw);
                        Lookup::Found(*resource)
                    }
                    Err(error) => lookup_of(&error),
                };
                let keeps_old =
                    matches!(answer, Lookup::Failed(_)) && self.opened.dependent(&id).found().is_some();
                if !keeps_old {
                    self.opened.dependents.insert(id, answer);
                }
                error
            }
            Fetched::Rules(result) => settle(&mut self.opened.rules, result),
            Fetched::Locks(result) => match part {
                Part::LocksBeside(scope) => {
                    let known = self.opened.locks_beside.entry(scope.clone()).or_insert(Lookup::Pending);
                    settle(known, result)
                }
                _ => settle(&mut self.opened.locks, result),
            },
            Fetched::Body(Err(error)) => {
                self.gone = error.is_not_found();
                Some(error)
            }
            other => {
                let lists = match part {
                    Part::Beside(_, scope) => self.beside.entry(scope.clone()).or_default(),
                    _ => &mut self.lists,
                };
                match lists.take(other) {
                    Taken::Nothing => return,
                    Taken::Failed(error) => Some(error),
                    Taken::Kept => {
                        self.groups = self.all_lists().flat_map(|(_, lists)| lists.groups()).collect();
                        None
                    }
                }
            }
        };
        let status = self.status.entry(part.clone()).or_default();
        status.loading = false;
        match error {
            None => *status = Status { at: Some(now), ..Status::default() },
            Some(error) => {
                status.error = Some(error.plain());
                status.full_error = error.to_string();
                status.passing = error.is_passing();
            }
        }
    }

    /// Works the findings out anew, after the page or the inventory's row of it changed, and notes them in the row.
    /// Frames only read them: some look at every assignment.
    pub fn judge(&mut self, inventory: &mut Inventory, production: &Production) {
        let entry = inventory.get(&self.id).filter(|_| self.has_body());
        let access =
            self.assessment.as_ref().map(|made| Reach { access: &made.access, targets: &made.targets });
        let report = entry.map(|entry| {
            posture::report(&Subject {
                entry,
                production: production.has(entry),
                opened: Some(&self.opened),
                access,
            })
        });
        if let Some(report) = &report {
            inventory.judge(&self.id, report.in_brief());
        }
        self.report = report.unwrap_or_default();
    }

    /// Works the access table out anew from what is loaded, as it is at a time.
    pub fn rebuild_access(
        &mut self,
        inventory: &Inventory,
        roles: &Roles,
        principals: &Principals,
        now: Timestamp,
    ) {
        let status = self.status.get(&Part::Assignments);
        if status.and_then(|status| status.at).is_none() {
            if let Some(error) = status.and_then(|status| status.error.clone()) {
                self.opened.access = Lookup::Failed(error);
            }
            return;
        }
        let table = AccessTable::build(&AccessInput {
            scope: &self.id,
            assignments: &self.lists.assignments,
            eligible: &self.lists.eligible,
            active: &self.lists.active,
            ends_are_read: self.lists.unlicensed
                || self.status.get(&Part::Active).is_some_and(|status| status.at.is_some()),
            roles,
            principals,
            scopes: inventory,
            now,
        });
        self.access = AccessDigest::of(&table, now);
        self.opened.access = Lookup::Found(Arc::new(table));
    }
}

/// What an error says about the thing that was asked for.
#[must_use]
pub fn lookup_of<T>(error: &Error) -> Lookup<T> {
    if error.is_not_found() {
        Lookup::Gone
    } else if error.is_forbidden() {
        let action = error.missing_permission().map(|missing| missing.action).unwrap_or_default();
        Lookup::Forbidden { action }
    } else {
        Lookup::Failed(error.plain())
    }
}

fn settle<T>(place: &mut Lookup<T>, result: Result<T, Error>) -> Option<Error> {
    match result {
        Ok(value) => {
            *place = Lookup::Found(value);
            None
        }
        Err(error) => {
            if place.found().is_none() {
                *place = lookup_of(&error);
            }
            Some(error)
        }
    }
}
