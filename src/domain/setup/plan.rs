//! From a set-up to the plan that makes it: what goes before the deployment, the deployment itself, and what a
//! template cannot do, each with its way back.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::budget;
use super::deploy;
use super::environment::{Dependent, Environment, OwnIdentity, STORAGE};
use super::finding::{Finding, Level, gathered};
use super::grants;
use super::preflight::Learnt;
use super::resolve::SetUp;
use super::spec::Kind;
use super::template::Template;
use super::there;
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::{Method, Request};
use crate::azure::arm::versions;
use crate::azure::resources::workspace::{ManagedNetworkStatus, Workspace};
use crate::domain::changes::Production;
use crate::domain::plan::{self, Check, Expect, Plan, Right, Step, Undo, Wait, Weight};

/// What was found out beforehand. Nothing of it is needed for a plan to be shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// The day, for the beginning of budgets.
    pub today: Date,
    /// Resource providers that are registered: subscription and namespace.
    pub registered: Vec<(String, String)>,
    /// Resource providers that are not registered: subscription and namespace.
    pub unregistered: Vec<(String, String)>,
    /// Object ids of user-assigned identities that are there.
    pub principals: BTreeMap<ArmId, String>,
    /// What the plan makes and what is there already: it is no business of the deployment, nor of the way back.
    pub there: Vec<ArmId>,
    /// What of that the last change failed of: it is deployed again.
    pub broken: Vec<ArmId>,
    /// Workspaces that are there, as they were read.
    pub workspaces: BTreeMap<ArmId, Workspace>,
}

impl Known {
    /// Nothing but the day.
    #[must_use]
    pub fn only_today(today: Date) -> Self {
        Self {
            today,
            registered: Vec::new(),
            unregistered: Vec::new(),
            principals: BTreeMap::new(),
            there: Vec::new(),
            broken: Vec::new(),
            workspaces: BTreeMap::new(),
        }
    }

    /// What was learnt so far, without what there is to say about it.
    #[must_use]
    pub fn of(today: Date, learnt: &[Learnt]) -> Self {
        let mut known = Self::only_today(today);
        for one in learnt {
            known.learn(one.clone());
        }
        known
    }

    /// Takes in what the preflight learnt; gives what there is to say about it.
    pub fn learn(&mut self, learnt: Learnt) -> Option<Finding> {
        match learnt {
            Learnt::Finding(finding) => return Some(finding),
            Learnt::Registered(subscription, namespace) => self.registered.push((subscription, namespace)),
            Learnt::Unregistered(subscription, namespace) => {
                self.unregistered.push((subscription, namespace));
            }
            Learnt::There(id) => self.there.push(id),
            Learnt::Broken(id) => self.broken.push(id),
            Learnt::Workspace(workspace) => {
                self.workspaces.insert(workspace.id.clone(), *workspace);
            }
            Learnt::Principal(id, object) => {
                self.principals.insert(id, object);
            }
        }
        None
    }
}

/// The namespaces of what a set-up makes.
pub(super) const NAMESPACES: [&str; 8] = [
    "Microsoft.MachineLearningServices",
    "Microsoft.Storage",
    "Microsoft.KeyVault",
    "Microsoft.Insights",
    "Microsoft.OperationalInsights",
    "Microsoft.ContainerRegistry",
    "Microsoft.ManagedIdentity",
    "Microsoft.Network",
];

/// The namespaces of what is made for an environment, which its subscription has to be registered for.
pub(super) fn namespaces(
    environment: &Environment,
    template: &Template,
) -> impl Iterator<Item = &'static str> {
    let ids = template.ids(&environment.group_id());
    let kinds: Vec<String> = ids.iter().filter_map(ArmId::resource_type).collect();
    NAMESPACES.into_iter().filter(move |namespace| kinds.iter().any(|kind| kind.starts_with(namespace)))
}

/// What is done for an environment besides its deployment, as the titles of the steps: no template holds it.
#[must_use]
pub fn besides(environment: &Environment) -> Vec<String> {
    let deployed = [step_id(environment, "deploy"), step_id(environment, "read-back")];
    let steps = steps_alone(environment).into_iter();
    steps.filter(|step| !deployed.contains(&step.id)).map(|step| step.title).collect()
}

/// The rights that the steps of an environment need, registrations apart.
pub(super) fn rights_around(environment: &Environment) -> impl Iterator<Item = Right> {
    steps_alone(environment).into_iter().flat_map(|step| step.rights)
}

/// The steps of an environment as if it were the only one, and nothing were there.
fn steps_alone(environment: &Environment) -> Vec<Step> {
    let mut plan = Plan::new(plan::Kind::SetUp, String::new(), environment.workspace_id());
    steps(environment, &[], &Known::only_today(Date::default()), &mut plan);
    plan.steps
}

/// The plan of a set-up; `None` while it is refused something, or has no environment. What is `production` by the
/// settings wants its name typed, and so does what a plan file calls production.
#[must_use]
pub fn plan(set_up: &SetUp, known: &Known, production: &Production) -> Option<Plan> {
    let first = set_up.environments.first().filter(|_| set_up.refusals().next().is_none())?;
    let names: Vec<&str> = set_up.environments.iter().map(|one| one.workspace.as_str()).collect();
    let title = match names.as_slice() {
        [one] => format!("Set up {one}"),
        [all @ .., last] => format!("Set up {} and {last}", all.join(", ")),
        [] => return None,
    };
    let mut plan = Plan::new(plan::Kind::SetUp, title, first.workspace_id());
    let told = set_up.findings.iter().filter(|finding| !is_over(finding, set_up, known));
    for (finding, about) in gathered(told) {
        let weight = match finding.level {
            Level::Refused | Level::Unwise => Weight::Danger,
            // What cannot be undone is no mistake: it says so itself, and its step wants a name typed.
            Level::OneWay | Level::Warning => Weight::Caution,
            Level::Note => Weight::Note,
        };
        let mark = match finding.level {
            Level::OneWay => "One-way: ",
            Level::Unwise => "Not advised: ",
            Level::Refused | Level::Warning | Level::Note => "",
        };
        plan.advised_against |= finding.level == Level::Unwise;
        plan.warn(weight, format!("{mark}{}{}", prefix(&about, set_up), finding.text));
    }
    for environment in &set_up.environments {
        taken(environment, known, &mut plan);
    }
    plan.steps.extend(registrations(set_up, known));
    // The name that a confirmation wants: that of what is in production, else of what cannot be taken back.
    let mut weighty: Option<&Environment> = None;
    for (at, environment) in set_up.environments.iter().enumerate() {
        let before = plan.steps.len();
        steps(environment, &set_up.environments[..at], known, &mut plan);
        let one_way = plan.steps[before..].iter().any(|step| matches!(step.undo, Undo::OneWay(_)));
        let production = environment.is_production(production);
        if (production && !plan.production) || (one_way && weighty.is_none()) {
            weighty = Some(environment);
        }
        plan.production |= production;
    }
    if let Some(environment) = weighty {
        plan.subject = environment.workspace_id();
        plan.subject_name.clone_from(&environment.workspace);
    }
    for environment in &set_up.environments {
        for next in next_steps(environment) {
            if !plan.next.contains(&next) {
                plan.next.push(next);
            }
        }
    }
    Some(plan)
}

/// Whether what is not advised is behind those whom it is about: their workspaces are there.
fn is_over(finding: &Finding, set_up: &SetUp, known: &Known) -> bool {
    let is_there = |one: &Environment| {
        let id = one.workspace_id();
        known.workspaces.contains_key(&id) && known.broken.is_empty()
    };
    let mut about = set_up
        .environments
        .iter()
        .filter(|one| finding.environment.as_ref().is_none_or(|name| *name == one.name))
        .peekable();
    finding.level == Level::Unwise && about.peek().is_some() && about.all(is_there)
}

/// Says what is there already and serves a new workspace as it is.
fn taken(environment: &Environment, known: &Known, plan: &mut Plan) {
    if known.workspaces.contains_key(&environment.workspace_id()) {
        return;
    }
    let group = environment.group_id();
    let dependents = environment.dependents();
    let there = dependents.iter().filter(|(_, _, one)| one.is_new()).filter_map(|(_, kind, one)| {
        let id = one.id(&group, kind)?;
        (known.there.contains(&id) && !known.broken.contains(&id)).then(|| id.name().to_owned())
    });
    let names: Vec<String> = there.collect();
    if !names.is_empty() {
        let text = format!("There already, and taken as it is: {}", names.join(", "));
        plan.warn(Weight::Caution, text);
    }
}

/// The environments that something is said about, where not all of them are meant.
#[must_use]
pub fn prefix(environments: &[&str], set_up: &SetUp) -> String {
    if environments.is_empty() || environments.len() == set_up.environments.len() {
        String::new()
    } else {
        format!("{}: ", environments.join(", "))
    }
}

/// The providers that are not registered, and Machine Learning's where that was not read.
fn registrations(set_up: &SetUp, known: &Known) -> Vec<Step> {
    let mut wanted: Vec<(String, String)> = set_up
        .environments
        .iter()
        .map(|environment| (environment.subscription.clone(), NAMESPACES[0].to_owned()))
        .filter(|provider| !known.registered.contains(provider))
        .chain(known.unregistered.iter().cloned())
        .collect();
    wanted.sort();
    wanted.dedup();
    let of = |subscription: &str| {
        let here = set_up.environments.iter().filter(|one| one.subscription == subscription);
        here.map(|one| one.name.as_str()).collect::<Vec<_>>().join(", ")
    };
    let step = |(subscription, namespace): (String, String)| {
        let scope = ArmId::subscription(&subscription);
        let provider = scope.join(&format!("providers/{namespace}"));
        let read = Request::get(&provider, versions::RESOURCES);
        let check = Check::new(
            read,
            Expect::equals("/registrationState", "Registered"),
            format!("{namespace} is registered in the subscription"),
        );
        let request =
            Request::arm(Method::Post, &provider.join("register"), versions::RESOURCES).repeatable();
        let wait = Wait {
            reason: format!("{namespace} is registered"),
            typical: 60,
            at_most: 900,
            until: Some(check.clone()),
            after: Vec::new(),
            since: None,
        };
        Step::send(
            format!("register-{subscription}-{namespace}"),
            format!("Register {namespace} ({})", of(&subscription)),
            format!("Its subscription can hold resources of {namespace}."),
            request,
        )
        .already(check)
        .wait(wait)
        .needs(&scope, &format!("{namespace}/register/action"))
    };
    wanted.into_iter().map(step).collect()
}

/// The steps of an environment; `before` are those that the same plan makes before it.
fn steps(environment: &Environment, before: &[Environment], known: &Known, plan: &mut Plan) {
    for group in environment.groups().into_iter().filter(|group| !known.there.contains(group)) {
        let step = group_step(environment, &group);
        if !plan.steps.iter().any(|known| known.id == step.id) {
            plan.steps.push(step);
        }
    }
    let (first, later) = grants::elsewhere(environment, known);
    plan.steps.extend(first);
    plan.steps.extend(deploy::step(environment, before, known));
    there::change(environment, known, plan);
    plan.steps.extend(later);
    plan.steps.extend(grants::approvals(environment));
    plan.steps.extend(provisioning(environment, known));
    if let Some(budget) = &environment.budget
        && !known.there.contains(&budget::id(environment))
    {
        plan.steps.push(budget::step(environment, budget, known.today));
    }
    plan.steps.extend(shared_key_off(environment));
    plan.steps.push(read_back(environment));
}

pub(super) fn step_id(environment: &Environment, what: &str) -> String {
    format!("{}-{what}", environment.name)
}

pub(super) fn tags(environment: &Environment) -> Value {
    environment
        .tags
        .iter()
        .map(|(name, value)| (name.clone(), Value::from(value.as_str())))
        .collect::<Map<_, _>>()
        .into()
}

fn group_step(environment: &Environment, group: &ArmId) -> Step {
    let there = |expect| {
        Check::new(Request::get(group, versions::RESOURCES), expect, format!("{} is there", group.name()))
    };
    let body = json!({ "location": environment.region, "tags": tags(environment) });
    let empty = Check::new(
        Request::get(&group.join("resources"), versions::RESOURCES),
        Expect::Absent,
        format!("{} is empty", group.name()),
    );
    let mut undo = Undo::by(
        format!("Delete the resource group {}", group.name()),
        "The group is gone; it has to be empty for that.",
        vec![Request::arm(Method::Delete, group, versions::RESOURCES)],
    );
    if let Undo::By(back) = &mut undo {
        back.guard = Some(empty);
    }
    Step::send(
        format!("group-{group}").to_ascii_lowercase(),
        format!("Make the resource group {}", group.name()),
        format!("{} is there, in {}.", group.name(), environment.region),
        Request::arm(Method::Put, group, versions::RESOURCES).body(body),
    )
    .already(there(Expect::Exists))
    .verify(there(Expect::Exists))
    .undo(undo)
    .needs(group, "Microsoft.Resources/subscriptions/resourceGroups/write")
}

/// The id of the deployment of an environment.
pub(super) fn deployment_id(environment: &Environment, template: &Template) -> ArmId {
    let name = template.deployment_name(&environment.workspace);
    environment.group_id().join(&format!("providers/Microsoft.Resources/deployments/{name}"))
}

/// What the caller must be allowed: to deploy, and to write each type.
pub(super) fn rights(template: &Template, group: &ArmId) -> Vec<(ArmId, String)> {
    let mut rights = vec![(group.clone(), "Microsoft.Resources/deployments/write".to_owned())];
    for id in template.ids(group) {
        let scope = id.group_scope().unwrap_or_else(|| group.clone());
        let right = (scope, format!("{}/write", id.resource_type().unwrap_or_default()));
        if !rights.contains(&right) {
            rights.push(right);
        }
    }
    rights
}

/// The api-version for a type that a set-up makes.
pub(super) fn version_of(kind: &str) -> &'static str {
    versions::of(kind).unwrap_or(match kind {
        "Microsoft.Network/privateDnsZones/virtualNetworkLinks" => versions::PRIVATE_DNS,
        _ => versions::NETWORK,
    })
}

fn provisioning(environment: &Environment, known: &Known) -> Option<Step> {
    let id = environment.workspace_id();
    let there = known.workspaces.get(&id).and_then(Workspace::managed_network_status);
    let is_active = there == Some(&ManagedNetworkStatus::Active);
    if !environment.provision_now || environment.kind == Kind::Project || is_active {
        return None;
    }
    let active = || {
        Check::new(
            Request::get(&id, versions::WORKSPACES),
            Expect::equals("/properties/managedNetwork/status/status", "Active"),
            "the managed network is active",
        )
    };
    let request = Request::arm(Method::Post, &id.join("provisionManagedNetwork"), versions::WORKSPACES);
    Some(
        Step::send(
            step_id(environment, "provision"),
            format!("Provision the managed network of {}", environment.workspace),
            "The isolation is in force, not only configured. It takes some minutes.",
            request.body(json!({ "includeSpark": false })).repeatable(),
        )
        .already(active())
        .verify(active())
        .undo(Undo::OneWay(
            "a managed network cannot be taken off a workspace again, and goes only with it".to_owned(),
        ))
        .needs(&id, "Microsoft.MachineLearningServices/workspaces/provisionManagedNetwork/action"),
    )
}

fn shared_key_off(environment: &Environment) -> Option<Step> {
    if !environment.shared_key_off {
        return None;
    }
    let id = environment.storage.id(&environment.group_id(), STORAGE)?;
    let patch = |allowed: bool| {
        Request::arm(Method::Patch, &id, versions::STORAGE)
            .body(json!({ "properties": { "allowSharedKeyAccess": allowed } }))
            .repeatable()
    };
    let off = Check::new(
        Request::get(&id, versions::STORAGE),
        Expect::equals_or("/properties/allowSharedKeyAccess", false, true),
        "shared keys are off",
    );
    Some(
        Step::send(
            step_id(environment, "keys-off"),
            format!("Turn shared keys of {} off", id.name()),
            "The storage account is reached by identity alone.",
            patch(false),
        )
        .already(off.clone())
        .verify(off)
        .undo(Undo::by(
            format!("Turn shared keys of {} on", id.name()),
            "The storage account is reached by key, too.",
            vec![patch(true)],
        ))
        .needs(&id, "Microsoft.Storage/storageAccounts/write"),
    )
}

/// Whether the workspace is there, read at the end: also when its deployment was done by an earlier run.
fn read_back(environment: &Environment) -> Step {
    let check = Check::new(
        Request::get(&environment.workspace_id(), versions::WORKSPACES),
        Expect::equals("/properties/provisioningState", "Succeeded"),
        format!("{} is there", environment.workspace),
    );
    Step::quiet(
        step_id(environment, "read-back"),
        format!("Read {} back", environment.workspace),
        format!("{} is ready.", environment.workspace),
    )
    .verify(check)
}

/// What to do once a workspace is there, in sentences.
#[must_use]
pub fn next_steps(environment: &Environment) -> Vec<String> {
    let mut steps = Vec::new();
    if !environment.public_access {
        steps.push(format!(
            "{} is reached from its network only: through a jump box or a bastion there, a VPN or a circuit, with name \
             resolution by the private DNS zones",
            environment.workspace
        ));
    }
    if environment.grants.is_empty() && environment.by_name.is_empty() {
        steps.push(format!(
            "give people their roles on {}: nobody got one by this plan",
            environment.workspace
        ));
    }
    if environment.registry_needs_endpoints() && environment.registry != Dependent::Absent {
        steps.push("make the cluster that builds images before the first environment is built".to_owned());
    }
    if environment.storage_access == super::spec::StorageAccess::Identity {
        steps.push("role assignments take some minutes until they are effective".to_owned());
    }
    if matches!(environment.identity, OwnIdentity::System) && environment.kind != Kind::Project {
        steps.push(format!(
            "Azure has made the identity of {} Azure AI Administrator of {}: put nothing else into that group",
            environment.workspace, environment.group
        ));
    }
    if environment.kind != Kind::Hub {
        steps.push("make a first compute, in the studio or with `az ml compute create`".to_owned());
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::personas::Stage;
    use crate::domain::plan::{Change, RunId, inverse};
    use crate::domain::setup::examples;
    use jiff::civil::date;

    fn today() -> Known {
        Known::only_today(date(2026, 11, 22))
    }

    fn planned(name: &str) -> Plan {
        plan(&examples::named(name), &today(), &Production::default()).unwrap()
    }

    fn titles(plan: &Plan) -> Vec<&str> {
        plan.steps.iter().map(|step| step.title.as_str()).collect()
    }

    #[test]
    fn a_set_is_made_environment_by_environment() {
        let plan = planned("dev-prod");
        assert_eq!(plan.title, "Set up mlw-pricing-dev and mlw-pricing-prod");
        assert_eq!(
            titles(&plan),
            [
                "Register Microsoft.MachineLearningServices (prod)",
                "Register Microsoft.MachineLearningServices (dev)",
                "Make the resource group rg-pricing-dev",
                "Deploy mlw-pricing-dev",
                "Watch the cost of rg-pricing-dev",
                "Read mlw-pricing-dev back",
                "Make the resource group rg-pricing-prod",
                "Deploy mlw-pricing-prod",
                "Grant the identity of mlw-pricing-prod Azure AI Enterprise Network Connection Approver on stcontosolake",
                "Provision the managed network of mlw-pricing-prod",
                "Watch the cost of rg-pricing-prod",
                "Read mlw-pricing-prod back",
            ]
        );
        assert!(plan.is_one_way(), "a managed network cannot be taken back");
        assert_eq!(plan.warnings[0].weight, Weight::Caution);
        assert!(plan.warnings[0].text.starts_with("One-way: "), "{:?}", plan.warnings[0]);
    }

    #[test]
    fn every_step_has_a_name_of_its_own_and_says_how_to_tell_that_it_is_so_already() {
        for (name, set_up) in examples::all() {
            let plan = plan(&set_up, &today(), &Production::default()).unwrap();
            let mut ids: Vec<&str> = plan.steps.iter().map(|step| step.id.as_str()).collect();
            ids.sort_unstable();
            ids.dedup();
            assert_eq!(ids.len(), plan.steps.len(), "{name}");
            for step in plan.steps.iter().filter(|step| !step.requests.is_empty()) {
                assert!(step.already.is_some(), "{name}: {}", step.title);
                assert!(!step.rights.is_empty(), "{name}: {}", step.title);
            }
        }
    }

    #[test]
    fn the_way_back_deletes_what_was_made_and_nothing_else() {
        let plan = planned("existing");
        let deploy = plan.steps.iter().find(|step| step.title.starts_with("Deploy")).unwrap();
        let Undo::By(back) = &deploy.undo else { panic!("no way back") };
        let deleted: Vec<&str> = back.requests.iter().map(|request| request.path.as_str()).collect();
        assert!(
            deleted
                .iter()
                .all(|path| !path.ends_with("stforecastprod") && !path.ends_with("kv-forecast-prod"))
        );
        assert!(deleted.iter().any(|path| path.ends_with("workspaces/mlw-forecast-two")), "{deleted:#?}");
    }

    #[test]
    fn the_way_back_leaves_what_was_there_before_and_zones_go_last_behind_their_links() {
        let set_up = examples::named("nested");
        let environment = &set_up.environments[0];
        let mut known = today();
        known.there.push(environment.workspace_id());
        let plan = plan(&set_up, &known, &Production::default()).unwrap();
        let deploy = plan.steps.iter().find(|step| step.title.starts_with("Deploy")).unwrap();
        let Undo::By(back) = &deploy.undo else { panic!("no way back") };
        let deletes = |part: &str| back.requests.iter().any(|one| one.path.contains(part));
        assert!(!deletes("/workspaces/mlw-closed"));
        assert_eq!(back.title, "Delete what was made for mlw-closed, which stays");
        assert!(
            back.effect.contains("private DNS zones in rg-network-hub goes with its link"),
            "{}",
            back.effect
        );
        let paths =
            back.requests.iter().map(|one| one.path.as_str()).filter(|path| !path.contains("/deployments/"));
        let paths: Vec<&str> = paths.collect();
        let first = paths.iter().position(|path| path.contains("/privateDnsZones/")).unwrap();
        let (before, dns) = paths.split_at(first);
        assert!(before.iter().any(|path| path.contains("/privateEndpoints/")), "{paths:#?}");
        for pair in dns.chunks(2) {
            assert!(pair[0].starts_with(&format!("{}/virtualNetworkLinks/", pair[1])), "{dns:#?}");
        }
        assert!(deletes("/storageAccounts/") && deletes("/privateEndpoints/pe-mlw-closed"));
    }

    #[test]
    fn the_way_back_frees_names_that_azure_holds_back() {
        let plan = planned("one");
        let deploy = plan.steps.iter().find(|step| step.title.starts_with("Deploy")).unwrap();
        let Undo::By(back) = &deploy.undo else { panic!("no way back") };
        let workspace =
            back.requests.iter().position(|one| one.path.contains("/workspaces/mlw-tiny")).unwrap();
        let storage = back.requests.iter().position(|one| one.path.contains("/storageAccounts/")).unwrap();
        assert!(workspace < storage, "the workspace goes before what it depends on");
        assert!(back.requests[workspace].query.contains(&("forceToPurge".into(), "true".to_owned())));
        assert!(back.requests.iter().any(|one| one.path.ends_with("/purge")));
    }

    /// A run of a plan whose steps so far came to what `progress` says of each.
    fn run(plan: Plan, progress: impl Fn(&Step, &mut plan::StepRun)) -> plan::Run {
        let steps = plan.steps.clone();
        let run = RunId("1".to_owned());
        let change = Change::Begun { run, account: "ada".to_owned(), undoes: None, plan: Box::new(plan) };
        let record = plan::Record { at: jiff::Timestamp::UNIX_EPOCH, change };
        let mut run = plan::Run::begin(&record).unwrap();
        for (step, state) in steps.iter().zip(&mut run.steps) {
            progress(step, state);
        }
        run.phase = plan::Phase::Done;
        run
    }

    /// A run of which everything was done and changed something.
    fn done(plan: Plan) -> plan::Run {
        run(plan, |step, progress| {
            progress.changed = !step.requests.is_empty();
            progress.state = plan::StepState::Done;
        })
    }

    #[test]
    fn a_managed_network_that_is_active_is_no_step_any_more() {
        let set_up = examples::named("dev-prod");
        let isolated = set_up.environments.iter().find(|one| one.provision_now).unwrap();
        let steps = |status: &str| {
            let body = json!({ "id": isolated.workspace_id().as_str(), "properties": {
                "managedNetwork": { "status": { "status": status } } } });
            let mut known = Known::only_today("2026-11-22".parse().unwrap());
            known.workspaces.insert(isolated.workspace_id(), serde_json::from_value(body).unwrap());
            let plan = plan(&set_up, &known, &Production::default()).unwrap();
            plan.steps.iter().filter(|step| step.title.starts_with("Provision")).count()
        };
        assert_eq!((steps("Inactive"), steps("Active")), (1, 0));
    }

    #[test]
    fn what_goes_with_the_workspace_is_not_said_to_stay_when_it_is_cleaned_up() {
        let done = done(planned("dev-prod"));
        let stays = |only: &[usize]| {
            let plan = inverse(&done, only).unwrap();
            let warnings = plan.warnings.into_iter().map(|one| one.text);
            warnings.filter(|text| text.starts_with("Stays as it is")).collect::<Vec<_>>()
        };
        assert_eq!(stays(&[]), [""; 0]);
        let at = |word: &str| done.plan.steps.iter().position(|step| step.title.starts_with(word)).unwrap();
        let (budget, provisioned) = (at("Watch"), at("Provision"));
        assert_eq!(stays(&[budget, provisioned]).len(), 1, "the workspace stays, and its network with it");
    }

    #[test]
    fn a_clean_up_is_not_offered_to_be_taken_back() {
        let whole = done(planned("dev-prod"));
        let only_a_group =
            run(planned("one"), |step, progress| progress.changed = step.id.starts_with("group"));
        for run in [whole, only_a_group] {
            let cleaned = done(inverse(&run, &[]).unwrap());
            assert_eq!(cleaned.choices(), [], "{:#?}", cleaned.plan.steps);
            assert!(inverse(&cleaned, &[]).is_err());
        }
    }

    #[test]
    fn of_a_deployment_that_failed_only_what_it_left_is_deleted() {
        let plan = planned("one");
        let at = plan.steps.iter().position(|step| step.title.starts_with("Deploy")).unwrap();
        let makes = plan.steps[at].deployment().unwrap().makes.clone();
        let of = |kind: &str| makes.iter().find(|one| one.path.contains(kind)).unwrap().path.clone();
        let deleted = |there: Vec<String>, unread: Vec<String>| {
            let run = run(plan.clone(), |step, progress| {
                if step.title.starts_with("Deploy") {
                    progress.changed = true;
                    progress.remains = Some(plan::Remains { there: there.clone(), unread: unread.clone() });
                }
            });
            let step = inverse(&run, &[]).unwrap().steps.remove(0);
            assert!(step.spares, "what is there is read once more");
            let paths = step.requests.iter().map(|one| one.path.clone()).collect::<Vec<_>>();
            (paths, step)
        };
        let (paths, step) = deleted(Vec::new(), Vec::new());
        assert!(paths.len() == 1 && paths[0].contains("/deployments/"), "{paths:#?}");
        assert_eq!(step.undo, Undo::Nothing, "nothing is lost by it");
        let (paths, step) = deleted(vec![of("/vaults/")], vec![of("/storageAccounts/")]);
        assert!(!paths.iter().any(|path| path.contains("/workspaces/mlw-tiny")), "{paths:#?}");
        assert_eq!(paths.len(), 4, "vault, its purge, account, deployment: {paths:#?}");
        let Undo::OneWay(lost) = step.undo else { panic!("a vault is lost by it") };
        assert!(lost.starts_with("st") && lost.contains(", kv-"), "{lost}");
    }

    #[test]
    fn what_a_template_cannot_reach_becomes_a_step_or_a_warning() {
        let set_up = examples::named("existing");
        let unknown = plan(&set_up, &today(), &Production::default()).unwrap();
        let is_push = |step: &&Step| step.title.contains("AcrPull on crcontosomlprod");
        assert!(unknown.steps.iter().any(|step| is_push(&step)));
        let at =
            |plan: &Plan, title: &str| plan.steps.iter().position(|one| one.title.contains(title)).unwrap();
        let grant = at(&unknown, "Grant id-forecast Contributor on crcontosomlprod");
        assert!(grant < at(&unknown, "Deploy"));
        let object = |plan: &Plan| {
            plan.steps[grant].requests[0].body.clone().unwrap()["properties"]["principalId"].clone()
        };
        assert_eq!(object(&unknown), "<object id of id-forecast>", "it is read when its turn has come");
        let mut known = today();
        known.principals.insert(set_up.environments[0].identity_id().unwrap(), "dc6f06c6".to_owned());
        assert_eq!(object(&plan(&set_up, &known, &Production::default()).unwrap()), "dc6f06c6");
    }

    #[test]
    fn an_identity_that_the_plan_makes_comes_before_its_roles_elsewhere() {
        let mut set_up = examples::named("existing");
        set_up.environments[0].identity = OwnIdentity::New("id-new".to_owned());
        let plan = plan(&set_up, &today(), &Production::default()).unwrap();
        let at = |title: &str| plan.steps.iter().position(|step| step.title.contains(title)).unwrap();
        assert!(at("Make the identity id-new") < at("Grant id-new Contributor on crcontosomlprod"));
        assert!(at("Grant id-new Contributor on crcontosomlprod") < at("Deploy"));
        let fill = &plan.steps[at("Grant id-new Contributor on crcontosomlprod")].fills[0];
        assert!(fill.read.path.ends_with("/userAssignedIdentities/id-new"), "{fill:?}");
    }

    #[test]
    fn who_reads_a_customers_key_is_let_in_before_the_workspace_is_made() {
        let mut set_up = examples::named("existing");
        let title =
            |name: &str| format!("Grant {name} Key Vault Crypto Service Encryption User on kv-forecast-cmk");
        for (own, name) in [(None, "id-forecast"), (Some(OwnIdentity::New("id-new".to_owned())), "id-new")] {
            set_up.environments[0].identity = own.unwrap_or_else(|| set_up.environments[0].identity.clone());
            let plan = plan(&set_up, &today(), &Production::default()).unwrap();
            let at = |title: &str| plan.steps.iter().position(|step| step.title.starts_with(title)).unwrap();
            assert!(at(&title(name)) < at("Deploy"), "{:#?}", titles(&plan));
        }
        let plan = plan(&set_up, &today(), &Production::default()).unwrap();
        assert!(
            titles(&plan).iter().position(|one| *one == "Make the identity id-new")
                < titles(&plan).iter().position(|one| *one == title("id-new"))
        );
        set_up.environments[0].identity = OwnIdentity::System;
        assert_eq!(set_up.environments[0].key_reader(), None, "it comes with the workspace");
    }

    #[test]
    fn a_set_is_confirmed_by_the_name_of_what_weighs_most() {
        let named = |name: &str| planned(name).subject_name;
        assert_eq!(named("dev-prod"), "mlw-pricing-prod");
        assert_eq!(planned("one").confirmation(), plan::Confirmation::Yes);
        assert!(planned("existing").production);
    }

    #[test]
    fn the_settings_and_the_plan_file_say_together_what_is_production() {
        let live = Production { tags: Vec::new(), names: vec!["*dev".to_owned()] };
        let by_name = plan(&examples::named("one"), &today(), &live).unwrap();
        assert!(!by_name.production);
        let mut set_up = examples::named("dev-prod");
        let mut named = |stage: Stage| {
            set_up.environments[1].stage = stage;
            let plan = plan(&set_up, &today(), &live).unwrap();
            (plan.production, plan.subject_name)
        };
        assert_eq!(named(Stage::Development), (true, "mlw-pricing-dev".to_owned()));
        assert_eq!(named(Stage::Production), (true, "mlw-pricing-dev".to_owned()), "the first of two");
        let prod = Production { names: vec!["*-prod".to_owned()], ..live };
        set_up.environments[1].stage = Stage::Development;
        assert_eq!(plan(&set_up, &today(), &prod).unwrap().subject_name, "mlw-pricing-prod");
    }

    #[test]
    fn shared_keys_go_last_and_come_back_first() {
        let plan = planned("staged");
        let keys: Vec<usize> = plan
            .steps
            .iter()
            .enumerate()
            .filter(|(_, one)| one.title.contains("shared keys"))
            .map(|(at, _)| at)
            .collect();
        assert_eq!(keys.len(), 3);
        assert!(plan.steps[keys[0] + 1].title.starts_with("Read"));
    }

    #[test]
    fn a_missing_provider_is_a_step_of_its_own() {
        let mut known = today();
        let set_up = examples::named("one");
        known.unregistered.push((set_up.environments[0].subscription.clone(), "Microsoft.Network".into()));
        let plan = plan(&set_up, &known, &Production::default()).unwrap();
        assert!(titles(&plan).contains(&"Register Microsoft.Network (main)"));
        let itself = "Register Microsoft.MachineLearningServices (main)";
        assert!(titles(&plan).contains(&itself), "whether it is was not read");
        known.registered.push((set_up.environments[0].subscription.clone(), NAMESPACES[0].to_owned()));
        let plan = super::plan(&set_up, &known, &Production::default()).unwrap();
        assert!(!titles(&plan).contains(&itself));
    }

    #[test]
    fn what_is_refused_has_no_plan() {
        let mut set_up = examples::named("one");
        set_up.findings.push(crate::domain::setup::finding::Finding {
            environment: None,
            key: "x".into(),
            level: Level::Refused,
            text: "no".into(),
        });
        assert_eq!(plan(&set_up, &today(), &Production::default()), None);
    }

    #[test]
    fn what_comes_next_is_said_once_for_a_set() {
        let plan = planned("dev-prod");
        let computes = plan.next.iter().filter(|next| next.contains("a first compute")).count();
        assert_eq!(computes, 1, "{:#?}", plan.next);
        assert!(planned("one").next.iter().any(|next| next.contains("nobody got one by this plan")));
        assert!(!plan.next.iter().any(|next| next.contains("nobody got one")), "{:#?}", plan.next);
    }

    #[test]
    fn a_private_workspace_says_how_it_is_reached() {
        let set_up = examples::named("dev-prod");
        assert!(next_steps(&set_up.environments[1])[0].contains("jump box"));
        assert!(!next_steps(&set_up.environments[0]).iter().any(|one| one.contains("jump box")));
    }
}
