use jiff::civil::date;
use serde_json::json;

use super::super::environment::{Dependent, OwnIdentity, STORAGE};
use super::super::examples;
use super::super::spec::{Kind, StorageAccess};
use super::*;
use crate::domain::personas::Stage;
use crate::domain::plan::{Change, RunId, inverse};

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
            "Set a budget for rg-pricing-dev",
            "Read mlw-pricing-dev back",
            "Make the resource group rg-pricing-prod",
            "Deploy mlw-pricing-prod",
            "Grant the identity of mlw-pricing-prod Azure AI Enterprise Network Connection Approver on stcontosolake",
            "Wait until the roles are in force",
            "Provision the managed network of mlw-pricing-prod",
            "Set a budget for rg-pricing-prod",
            "Read mlw-pricing-prod back",
        ]
    );
    // The network's private endpoints are approved by that role: it is no use before it is in force.
    let at = titles(&plan).iter().position(|title| title.starts_with("Wait until the roles")).unwrap();
    assert_eq!(plan.steps[at].wait.as_ref().unwrap().after, [plan.steps[at - 1].id.clone()]);
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
        deleted.iter().all(|path| !path.ends_with("stforecastprod") && !path.ends_with("kv-forecast-prod"))
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
    let workspace = back.requests.iter().position(|one| one.path.contains("/workspaces/mlw-tiny")).unwrap();
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
    let (budget, provisioned) = (at("Set a budget"), at("Provision"));
    assert_eq!(stays(&[budget, provisioned]).len(), 1, "the workspace stays, and its network with it");
}

#[test]
fn a_clean_up_is_not_offered_to_be_taken_back() {
    let whole = done(planned("dev-prod"));
    let only_a_group = run(planned("one"), |step, progress| progress.changed = step.id.starts_with("group"));
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
    let failed = |there: Vec<String>, unread: Vec<String>| {
        run(plan.clone(), |step, progress| {
            if step.title.starts_with("Deploy") {
                progress.changed = true;
                let (there, unread) = (there.clone(), unread.clone());
                progress.remains = Some(plan::Remains { there, unread, ..plan::Remains::default() });
            }
        })
    };
    let deleted = |there: Vec<String>, unread: Vec<String>| {
        let step = inverse(&failed(there, unread), &[]).unwrap().steps.remove(0);
        assert!(step.spares, "what is there is read once more");
        let paths = step.requests.iter().map(|one| one.path.clone()).collect::<Vec<_>>();
        (paths, step)
    };
    let nothing = failed(Vec::new(), Vec::new());
    assert!(inverse(&nothing, &[]).is_err() && nothing.undoable().is_empty(), "it left nothing to clean up");
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
    let at = |plan: &Plan, title: &str| plan.steps.iter().position(|one| one.title.contains(title)).unwrap();
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
        let wait = plan.steps[at("Wait until the roles")].wait.as_ref().unwrap();
        assert!(at("Wait until the roles") < at("Deploy"), "a role is no use before it is in force");
        assert!(wait.after.contains(&plan.steps[at(&title(name))].id), "{wait:?}");
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
    let last = plan.steps.len() - 1;
    assert_eq!(keys, [last - 3, last - 2, last - 1]);
    assert!(plan.steps[last].title.starts_with("Read"));
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

/// The set-up of one environment with nothing else in its group, as if these of its resources were there already.
fn next_of(set_up: &SetUp, there: impl Fn(&ArmId) -> bool) -> Vec<String> {
    let environment = &set_up.environments[0];
    let mut known = today();
    let ids = Template::of(environment).ids(&environment.group_id());
    known.there.extend(ids.into_iter().filter(there));
    let id = environment.workspace_id();
    if known.there.contains(&id) {
        let body = json!({ "id": id.as_str(), "tags": { "env": "old" } });
        known.workspaces.insert(id, serde_json::from_value(body).unwrap());
    }
    plan(set_up, &known, &Production::default()).unwrap().next
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
fn what_comes_next_fits_what_was_done() {
    let mut set_up = examples::named("one");
    let says = |next: &[String], words: &str| next.iter().any(|one| one.contains(words));
    // Nothing but the tags of a workspace that is there: nothing of a new one is left to do.
    set_up.environments[0].tags.insert("env".to_owned(), "prod".to_owned());
    assert_eq!(next_of(&set_up, |_| true), [""; 0]);
    // Another dependent beside it neither.
    assert_eq!(next_of(&set_up, |id| !id.is_type("Microsoft.Insights/components")), [""; 0]);
    let new = next_of(&set_up, |_| false);
    assert!(says(&new, "a first compute") && says(&new, "nobody got one"), "{new:#?}");
    set_up.environments[0].kind = Kind::Hub;
    let hub = next_of(&set_up, |_| false);
    assert!(says(&hub, "make projects of mlw-tiny") && !says(&hub, "compute"), "{hub:#?}");
    // An identity of its own gets roles, and that is nobody who works there.
    let own = examples::named("existing");
    assert!(
        own.environments[0]
            .grants
            .iter()
            .any(|one| one.principal == super::super::people::Principal::OwnIdentity)
    );
    let mut alone = own.clone();
    alone.environments[0].grants.retain(|one| one.principal == super::super::people::Principal::OwnIdentity);
    assert!(says(&next_of(&alone, |_| false), "nobody got one"));
}

#[test]
fn a_private_workspace_says_how_it_is_reached() {
    let set_up = examples::named("dev-prod");
    let next = |set_up: &SetUp, at: usize| next::next_steps(&set_up.environments[at], &today());
    let words = &next(&set_up, 1)[0];
    assert!(words.contains("jump box") && words.contains("private DNS zones"), "{words}");
    assert!(!next(&set_up, 0).iter().any(|one| one.contains("jump box")));
    let mut alone = set_up.clone();
    alone.environments[1].inbound = None;
    assert!(next(&alone, 1)[0].contains("reached by nobody yet"), "{:#?}", next(&alone, 1));
    let mut known = today();
    let prod = &set_up.environments[1];
    known.there.extend(Template::of(prod).ids(&prod.group_id()));
    assert!(
        !next::next_steps(prod, &known).iter().any(|one| one.contains("jump box")),
        "it was there before"
    );
}

#[test]
fn keys_of_an_account_that_is_deleted_are_not_turned_on_before() {
    let run = done(planned("staged"));
    let turns = |only: &[usize]| {
        let steps = inverse(&run, only).unwrap().steps;
        steps.iter().filter(|step| step.title.starts_with("Turn shared keys")).count()
    };
    assert_eq!(turns(&[]), 0);
    let is_off = |step: &&Step| step.title.starts_with("Turn shared keys");
    let at = run.plan.steps.iter().position(|step| is_off(&step)).unwrap();
    assert_eq!(turns(&[at]), 1, "taken back alone the account stays");
}

#[test]
fn no_log_analytics_workspace_is_left_to_be_recovered() {
    let plan = planned("one");
    let deploy = plan.steps.iter().find(|step| step.title.starts_with("Deploy")).unwrap();
    let Undo::By(back) = &deploy.undo else { panic!("no way back") };
    let logs = back.requests.iter().find(|one| one.path.contains("/Microsoft.OperationalInsights/")).unwrap();
    assert!(logs.query.contains(&("force".into(), "true".to_owned())), "{:?}", logs.query);
}

#[test]
fn a_budget_says_who_is_told_when() {
    let mut set_up = examples::named("one");
    let budget = |contacts: &[&str]| super::super::spec::Budget {
        amount: 500.0,
        alerts: vec![80, 100],
        contacts: contacts.iter().map(|one| (*one).to_owned()).collect(),
    };
    let mut effect = |contacts: &[&str]| {
        set_up.environments[0].budget = Some(budget(contacts));
        let plan = plan(&set_up, &today(), &Production::default()).unwrap();
        plan.steps.iter().find(|step| step.title.starts_with("Set a budget")).unwrap().effect.clone()
    };
    assert_eq!(
        effect(&[]),
        "Its owners are told when rg-tiny has spent 80 % and 100 % of 500 in a month; nothing is stopped."
    );
    assert!(effect(&["ada@contoso.com"]).starts_with("ada@contoso.com is told when"));
}

#[test]
fn a_group_goes_with_what_application_insights_made_there_by_itself_and_with_nothing_else() {
    let plan = planned("one");
    let step = plan.steps.iter().find(|step| step.title.starts_with("Make the resource group")).unwrap();
    let Undo::By(back) = &step.undo else { panic!("no way back") };
    let guard = back.guard.as_ref().unwrap();
    assert!(guard.expect.reads_list(), "all pages are read");
    let rule =
        |name: &str| json!({ "type": "microsoft.alertsManagement/smartDetectorAlertRules", "name": name });
    let actions = |name: &str| json!({ "type": "Microsoft.Insights/actiongroups", "name": name });
    let own = [rule("Failure Anomalies - appi-mlw-tiny"), actions("Application Insights Smart Detection")];
    let holds = |items: &[serde_json::Value]| guard.judge(Some(&json!({ "value": items }))).holds;
    assert!(holds(&[]) && guard.judge(None).holds);
    assert!(holds(&own), "{guard:#?}");
    for other in [
        rule("Failure Anomalies - appi-of-others"),
        actions("on-call"),
        json!({ "type": "Microsoft.Storage/storageAccounts", "name": "Failure Anomalies - appi-mlw-tiny" }),
    ] {
        assert!(!holds(&[own[0].clone(), other.clone()]), "{other}");
    }
}

#[test]
fn shared_keys_go_off_at_the_end_and_once_on_an_account() {
    let account = ArmId::group("0f0e", "rg").join(&format!("providers/{STORAGE}/stone"));
    let mut set_up = examples::named("dev-prod");
    for environment in &mut set_up.environments {
        environment.storage = Dependent::Existing(account.clone());
        environment.storage_access = StorageAccess::Identity;
        environment.shared_key_off = true;
    }
    let plan = plan(&set_up, &today(), &Production::default()).unwrap();
    let off: Vec<usize> =
        (0..plan.steps.len()).filter(|at| plan.steps[*at].id.ends_with("-keys-off")).collect();
    assert_eq!(off, [plan.steps.len() - 2]);
    let guard = plan.steps[off[0]].guard.as_ref().unwrap();
    assert_eq!(guard.words, "no other workspace signs in to stone by key");
}

#[test]
fn the_way_back_as_a_script_deletes_nothing_that_a_run_would_look_at_first() {
    let back = inverse(&plan::Run::carried_out(&planned("one")), &[]).unwrap();
    let script = plan::print::az(&back);
    let deletes = script.lines().filter(|line| line.contains("delete") && !line.starts_with('#'));
    let deletes: Vec<&str> = deletes.map(str::trim).collect();
    let [group] = &*deletes else { panic!("{script}") };
    assert!(
        group.starts_with("az ") && script.contains(&format!("\ntest -n \"$left\" ||\n  {group}")),
        "{script}"
    );
    assert!(script.contains("\n# az "), "{script}");
}

/// An assignment or a budget that somebody changed since is no more what the run made.
#[test]
fn what_was_changed_since_is_neither_overwritten_nor_taken_for_so_nor_deleted() {
    let set = planned("dev-prod");
    let step = |title: &str| set.steps.iter().find(|step| step.title.starts_with(title)).unwrap();
    let guard = |step: &Step| match &step.undo {
        Undo::By(back) => back.guard.clone().unwrap(),
        _ => panic!("{}", step.title),
    };
    let conditional = json!({ "properties": { "condition": "@Resource[x] StringEquals 'y'" } });
    let plain = json!({ "properties": { "condition": null } });
    let grant = step("Grant the identity");
    for check in [grant.guard.clone().unwrap(), guard(grant)] {
        assert!(!check.judge(Some(&conditional)).holds && check.judge(Some(&plain)).holds, "{}", check.words);
        assert!(check.judge(None).holds, "{}", check.words);
    }
    let made = step("Set a budget for rg-pricing-dev");
    let mut body = made.requests[0].body.clone().unwrap();
    assert!(guard(made).judge(Some(&body)).holds && guard(made).judge(None).holds);
    body["properties"]["amount"] = json!(555);
    assert!(!guard(made).judge(Some(&body)).holds);
}
