//! The form by itself: what it comes to, and how it is read back.

use super::*;
use crate::app::form::tests::model;
use crate::domain::setup::finding::{Finding, Level};
use crate::domain::setup::people::Directory;
use crate::domain::setup::preflight::Learnt;
use crate::domain::setup::spec::PlanFile;

const FILES: [(&str, &str); 7] = [
    ("dev-prod", include_str!("../../../../assets/plans/dev-prod.toml")),
    ("one", include_str!("../../../../tests/plans/one.toml")),
    ("staged", include_str!("../../../../tests/plans/staged.toml")),
    ("existing", include_str!("../../../../tests/plans/existing.toml")),
    ("nested", include_str!("../../../../tests/plans/nested.toml")),
    ("differing", DIFFERING),
    ("teams", include_str!("../../../../tests/plans/teams.toml")),
];

/// The form without anything in the estate, once everything followed from everything.
fn opened() -> Form {
    let mut form = form(&model(), None);
    sync(&mut form);
    form
}

fn sync(form: &mut Form) {
    let mut generation = 0;
    form.sync(&model(), &mut generation);
}

fn put(form: &mut Form, field: &str, text: &str) {
    fill::put(form, field, text);
    sync(form);
}

/// Every plan file comes to the same set-up once it went through the form, before and after its lists came.
#[test]
fn a_plan_file_comes_out_of_the_form_as_it_went_in() {
    for (name, text) in FILES {
        let file = PlanFile::read(text).unwrap();
        let wanted = SetUp::of(&file, &Directory::new());
        let mut form = opened();
        (form.extras.filing.unwrap().read)(&mut form, text).unwrap_or_else(|why| panic!("{name}: {why}"));
        for round in ["at once", "after the lists came"] {
            let (_, written) = write(&form);
            let back = PlanFile::read(&written).unwrap_or_else(|why| panic!("{name}: {why}\n{written}"));
            let found = SetUp::of(&back, &Directory::new());
            for (one, other) in found.environments.iter().zip(&wanted.environments) {
                assert_eq!(one, other, "{name} {round}:\n{written}");
            }
            assert_eq!(found.environments.len(), wanted.environments.len(), "{name} {round}");
            assert_eq!(set_up(&form).environments, wanted.environments, "{name} {round}");
            sync(&mut form);
            let waiting: Vec<(crate::app::form::Slot, u64)> = form
                .fields()
                .filter_map(|field| match field.select()?.supply {
                    crate::app::form::Supply::Awaited(generation) => {
                        let slot = crate::app::form::Slot {
                            form: form.number,
                            field: field.id,
                            want: crate::app::form::Want::Choices,
                        };
                        Some((slot, generation))
                    }
                    _ => None,
                })
                .collect();
            for (slot, generation) in waiting {
                form.answer(slot, generation, Ok(crate::app::form::Found::Choices(Vec::new())));
            }
            sync(&mut form);
        }
    }
}

/// What differs between environments in every table, and what a field shows otherwise than the file writes it.
const DIFFERING: &str = r#"
layout = "dev-staging-prod"
name = "churn"
[basics]
subscription = "a83d5e70-2c4b-4f19-b6d8-07e94c1fa2d5"
region = "westeurope"
description = "Two\nlines"
[dependents]
image_build_compute = "builder"
[budget]
amount = 50.5
[env.dev.basics.tags]
only = "dev"
[env.staging.budget]
alerts = []
[env.prod.basics]
region = "northeurope"
friendly_name = "Churn, in earnest"
[env.prod.dependents]
storage_sku = "Standard_GRS"
[env.prod.identity]
workspace = "new"
[env.prod.encryption]
data_isolation = true
[env.prod.budget]
amount = 500.0
contacts = ["owner@contoso.com"]
"#;

#[test]
fn a_plan_file_with_signs_that_a_field_would_lose_is_not_loaded() {
    let said = |line: &str| read(&mut opened(), &format!("name = 'x'\n[basics]\n{line}\n")).unwrap_err();
    let tab = said(r#"description = "one\ttwo""#);
    assert!(tab.starts_with("basics.description holds a sign that a field cannot show"), "{tab}");
    let mark = said("tags = { note = 'in\u{202e}fdp' }");
    assert!(mark.starts_with("basics.tags.note holds a sign"), "{mark}");
    let persian = "می\u{200c}خواهم";
    let form = loaded(&format!("name = 'x'\n[basics]\ntags = {{ note = '{persian}' }}\n"));
    assert_eq!(wish::plan_file(&form).shared.basics.tags["note"], persian);
}

fn loaded(text: &str) -> Form {
    let mut form = opened();
    read(&mut form, text).unwrap_or_else(|why| panic!("{why}"));
    sync(&mut form);
    form
}

#[test]
fn what_is_typed_wins_over_a_file_that_was_loaded() {
    let head = "layout = 'dev-staging-prod'\nname = 'churn'\n[basics]\n\
                subscription = 'a83d5e70-2c4b-4f19-b6d8-07e94c1fa2d5'\nregion = 'westeurope'\n";
    let mut form = loaded(&format!("{head}[budget]\namount = 50.5\nalerts = []\ncontacts = ['a@b.org']\n"));
    assert_eq!(form.text(people::AMOUNT), "50.5");
    assert_eq!(form.wrong_alone(), Vec::<String>::new());
    put(&mut form, people::AMOUNT, "100");
    let amounts: Vec<f64> =
        set_up(&form).environments.iter().map(|one| one.budget.as_ref().unwrap().amount).collect();
    assert_eq!(amounts, [100.0; 3]);
    let (_, written) = write(&form);
    assert!(!written.contains("[env"), "{written}");
    // A file without a budget keeps whom it would tell.
    let form = loaded(&format!("{head}[budget]\ncontacts = ['a@b.org']\n"));
    assert!(form.get(kept::KEPT).unwrap().text().is_empty());
    assert!(write(&form).1.contains("a@b.org"));
    // The one workspace of a file has the name that the file gives its environment.
    let form = loaded(&format!("{}environments = ['prod']\n{}", "layout = 'one'\n", &head[27..]));
    assert_eq!(set_up(&form).environments[0].stage.word(), "production");
    assert_eq!(form.get(layout::ENVIRONMENTS).unwrap().label_in(&form), "Environment");
}

#[test]
fn what_a_file_says_of_single_environments_is_told_at_each_step_and_can_be_changed() {
    let mut form = loaded(DIFFERING);
    let wanted = SetUp::of(&PlanFile::read(DIFFERING).unwrap(), &Directory::new()).environments;
    assert_eq!(set_up(&form).environments, wanted);
    let told = |form: &mut Form, title: &str| -> String {
        form.step = form.steps.iter().position(|step| step.title == title).unwrap();
        let notes = means::notes(&model(), form);
        notes.into_iter().map(|note| note.text).filter(|text| text.contains("keeps")).collect()
    };
    for (step, words) in [
        ("Basics", "dev keeps basics.tags.only = dev from the file"),
        ("Basics", "prod keeps basics.region = northeurope, basics.friendly_name = Churn, in earnest"),
        ("Dependents", "dependents.storage_sku = Standard_GRS"),
        ("Identity", "identity.workspace = new"),
        ("Encryption", "encryption.data_isolation = true"),
        ("People", "staging keeps budget.alerts = []"),
        ("People", "budget.amount = 500.0"),
    ] {
        let text = told(&mut form, step);
        assert!(text.contains(words) && text.contains("Review changes that"), "{step}: {text}");
    }
    assert!((form.get(kept::KEPT).unwrap().visible)(&form));
    put(&mut form, kept::KEPT, "[prod.budget]\namount = 600\n");
    let all = set_up(&form).environments;
    assert_eq!(all[2].budget.as_ref().map(|budget| budget.amount), Some(600.0));
    assert_eq!((all[2].region.as_str(), all[0].tags.len()), ("westeurope", 0));
    for (text, why) in [
        ("[prod.budget]\namuont = 600\n", "did you mean `amount`?"),
        ("[qa.budget]\namount = 600\n", "there is no environment 'qa'"),
        ("[prod", "unclosed table"),
    ] {
        put(&mut form, kept::KEPT, text);
        let found = form.get(kept::KEPT).unwrap().judge(&form).unwrap_err();
        assert!(found.contains(why), "{text}: {found}");
    }
    put(&mut form, kept::KEPT, "[prod.budget]\nalerts = [0]\n");
    let why = form.fault(kept::KEPT).unwrap_or_default();
    assert!(why.contains("between 1 and 1000"), "{:?}", form.faults);
    put(&mut form, kept::KEPT, "");
    assert_eq!(set_up(&form).environments[2].budget.as_ref().map(|budget| budget.amount), Some(50.5));
}

/// A network in the subscription of who stands apart is no network of another one.
#[test]
fn the_networks_of_a_loaded_file_are_those_of_its_own_subscription() {
    let form = loaded(include_str!("../../../../assets/plans/dev-prod.toml"));
    assert_eq!(form.text("apart.network.endpoints.subscription"), basics::SAME);
    assert_ne!(form.text(sides::SUBSCRIPTIONS[0]), basics::SAME);
}

#[test]
fn what_the_form_has_no_place_for_is_said_and_not_left_out() {
    for (text, why) in [
        ("[[people]]\nrole = 'Reader'\npersona = 'ci-cd'\ngroup = 'Team'\n", "entry 1 of [[people]]"),
        ("[[people]]\nrole = 'Reader'\n", "entry 1 of [[people]]"),
    ] {
        let found = read(&mut opened(), text).unwrap_err();
        assert!(found.contains(why) && found.contains("amldeck apply"), "{found}");
    }
}

#[test]
fn without_anything_entered_there_is_one_public_workspace_with_new_dependents() {
    let mut form = opened();
    fill::choose(
        &mut form,
        basics::SUBSCRIPTION,
        vec![Choice::new("a83d5e70-2c4b-4f19-b6d8-07e94c1fa2d5", "Dev")],
    );
    fill::choose(&mut form, basics::REGION, vec![Choice::new("westeurope", "West Europe")]);
    sync(&mut form);
    let set_up = set_up(&form);
    assert_eq!(set_up.refusals().collect::<Vec<_>>(), Vec::<&Finding>::new());
    let [one] = set_up.environments.as_slice() else { panic!() };
    assert_eq!((one.workspace.as_str(), one.group.as_str()), ("mlw-ml", "rg-ml"));
    assert!(one.storage.is_new() && one.key_vault.is_new() && one.insights.is_new() && one.public_access);
    assert_eq!(one.storage_sku, "Standard_ZRS");
}

/// Chooses rules by their lines, listed or not.
fn choose_rules(form: &mut Form, field: &str, lines: &str) {
    fill::choose(form, field, lines.lines().map(|line| Choice::new(line, line)).collect());
    sync(form);
}

#[test]
fn what_is_wrong_is_said_at_the_field_that_can_mend_it() {
    for (fields, at, words) in [
        (&[(layout::NAME, "-x")][..], layout::NAME, "letters, digits and -"),
        (&[(basics::WORKSPACE, "x y")], basics::WORKSPACE, "3 to 33 characters"),
        (&[(basics::GROUP_NAME, "rg.")], basics::GROUP_NAME, "1 to 90 characters"),
        (&[(basics::WORKSPACE, "mlw-{team}")], basics::WORKSPACE, "'{team}' is no pattern"),
        (&[(basics::KIND, "FeatureStore")], basics::KIND, "az ml feature-store create"),
        (&[(basics::MORE_TAGS, "team")], basics::MORE_TAGS, "after its name comes ="),
        (&[(basics::MORE_TAGS, "a/b = c")], basics::MORE_TAGS, "cannot name a tag"),
        (&[(dependents::STORAGE_NAME, "St-One")], dependents::STORAGE_NAME, "lower-case letters and digits"),
        (&[(dependents::VAULT_NAME, "1kv")], dependents::VAULT_NAME, "beginning with a letter"),
        (
            &[(dependents::REGISTRY, "new"), (dependents::REGISTRY_NAME, "cr-1")],
            dependents::REGISTRY_NAME,
            "letters and digits",
        ),
        (&[(layout::LAYOUT, "each")], layout::ENVIRONMENTS, "it cannot be empty"),
        (&[(layout::LAYOUT, "each"), (layout::ENVIRONMENTS, "a, a")], layout::ENVIRONMENTS, "named twice"),
        (
            &[(layout::LAYOUT, "dev-prod"), (layout::ENVIRONMENTS, "a")],
            layout::ENVIRONMENTS,
            "2 environments",
        ),
        (
            &[(layout::LAYOUT, "dev-prod"), (basics::WORKSPACE, "mlw-ml"), (basics::GROUP_NAME, "rg-ml")],
            basics::WORKSPACE,
            "are one workspace",
        ),
        (
            &[("network.isolation", "approved-outbound"), ("network.rules", "pypi https://pypi.org/simple")],
            "network.rules",
            "is no host name",
        ),
        (
            &[("network.isolation", "approved-outbound"), ("network.rules", "a b.org\na c.org")],
            "network.rules",
            "would be called 'a'",
        ),
        (
            &[
                (layout::LAYOUT, "dev-prod"),
                ("apart.network.isolation", "internet-outbound"),
                ("apart.network.rules", "a1b b.org"),
            ],
            "apart.network.rules",
            "takes rules by private endpoint alone",
        ),
        (
            &[("encryption.holder", "customer"), ("encryption.key", "nothing")],
            "encryption.key_vault",
            "choose one",
        ),
        (&[("budget.amount", "many")], "budget.amount", "an amount from 0"),
        (&[("budget.amount", "100"), ("budget.alerts", "0")], "budget.alerts", "between 1 and 1000"),
        (&[("budget.amount", "100"), ("budget.contacts", "nobody")], "budget.contacts", "no address"),
    ] {
        let mut form = opened();
        fill::choose(
            &mut form,
            basics::SUBSCRIPTION,
            vec![Choice::new("a83d5e70-2c4b-4f19-b6d8-07e94c1fa2d5", "Dev")],
        );
        fill::choose(&mut form, basics::REGION, vec![Choice::new("westeurope", "West Europe")]);
        for (field, text) in fields {
            if field.ends_with("network.rules") {
                choose_rules(&mut form, field, text);
            } else {
                put(&mut form, field, text);
            }
        }
        let wrong: Vec<(&str, String)> = form
            .fields()
            .filter(|field| (field.visible)(&form))
            .filter_map(|field| Some((field.id, field.judge(&form).err()?)))
            .collect();
        assert!(
            wrong.iter().any(|(field, why)| *field == at && why.contains(words)),
            "{fields:?}: {words} at {at}, but {wrong:?}"
        );
    }
}

#[test]
fn what_cannot_serve_is_refused_where_it_is_chosen() {
    let id = |kind: &str, name: &str| {
        format!(
            "/subscriptions/a83d5e70-2c4b-4f19-b6d8-07e94c1fa2d5/resourceGroups/rg/providers/{kind}/{name}"
        )
    };
    let storage = Choice::new(id("Microsoft.Storage/storageAccounts", "stone"), "stone")
        .with(fact::CANNOT, "it is premium");
    let vault = Choice::new(id("Microsoft.KeyVault/vaults", "kv-one"), "kv-one")
        .with(fact::CANNOT, "no purge protection");
    let registry =
        Choice::new(id("Microsoft.ContainerRegistry/registries", "crone"), "crone").with(fact::SKU, "Basic");
    for (field, choice, words) in [
        (dependents::STORAGE_ACCOUNT, storage, "it is premium"),
        ("encryption.key_vault", vault, "no purge protection"),
        (dependents::REGISTRY, registry, "a Basic registry takes no private endpoints"),
    ] {
        let mut form = opened();
        put(&mut form, "encryption.holder", "customer");
        put(&mut form, "network.isolation", "internet-outbound");
        fill::choose(&mut form, field, vec![choice]);
        sync(&mut form);
        let why = form.get(field).unwrap().judge(&form).unwrap_err();
        assert!(why.contains(words), "{field}: {why}");
    }
}

#[test]
fn what_stands_apart_is_said_of_no_other_environment() {
    let mut form = opened();
    put(&mut form, layout::LAYOUT, "dev-prod");
    fill::choose(
        &mut form,
        sides::SUBSCRIPTIONS[0],
        vec![Choice::new("6b0e2f3c-91d4-4a57-8e16-c2a7f05d4b91", "Prod")],
    );
    put(&mut form, "network.isolation", "approved-outbound");
    choose_rules(&mut form, "network.rules", "hub hub.example.org");
    put(&mut form, "apart.network.isolation", "approved-outbound");
    put(&mut form, "apart.network.presets", "pypi");
    let all = set_up(&form).environments;
    let rules = |at: usize| all[at].rules.keys().cloned().collect::<Vec<_>>();
    assert_eq!(
        (rules(0), rules(1)),
        (vec!["hub".to_owned()], vec!["pypi".to_owned(), "pypi-files".to_owned()])
    );
    assert_eq!(&all[1].subscription[..8], "6b0e2f3c");
    assert_ne!(all[0].subscription, all[1].subscription);
}

#[test]
fn each_that_stands_apart_can_have_a_network_and_a_subscription_of_its_own() {
    let mut form = opened();
    put(&mut form, layout::LAYOUT, "dev-staging-prod");
    put(&mut form, layout::NAME, "churn");
    let shown = |form: &Form, field: &str| form.get(field).is_some_and(|one| (one.visible)(form));
    assert!(!shown(&form, layout::EACH), "one alone is by itself");
    put(&mut form, layout::APART, "staging\nprod");
    assert!(shown(&form, layout::EACH) && !shown(&form, "apart.2.network.isolation"));
    put(&mut form, "apart.network.isolation", "internet-outbound");
    let isolations =
        |form: &Form| -> Vec<_> { set_up(form).environments.iter().map(|one| one.isolation).collect() };
    use crate::domain::setup::spec::Isolation::{ApprovedOutbound, InternetOutbound, Public};
    assert_eq!(isolations(&form), [Public, InternetOutbound, InternetOutbound]);
    put(&mut form, layout::EACH, "yes");
    put(&mut form, "apart.2.network.isolation", "approved-outbound");
    let prod = Choice::new("6b0e2f3c-91d4-4a57-8e16-c2a7f05d4b91", "Prod");
    fill::choose(&mut form, sides::SUBSCRIPTIONS[1], vec![prod]);
    sync(&mut form);
    assert_eq!(isolations(&form), [Public, InternetOutbound, ApprovedOutbound]);
    let all = set_up(&form).environments;
    assert_eq!(all[0].subscription, all[1].subscription);
    assert_eq!(&all[2].subscription[..8], "6b0e2f3c");
    assert!(!shown(&form, "apart.3.network.isolation"), "there is no third");
    // The file has it, and another form takes it back.
    let (_, written) = write(&form);
    let mut again = opened();
    read(&mut again, &written).unwrap();
    assert!(again.is_on(layout::EACH), "{written}");
    assert_eq!(set_up(&again).environments, all, "{written}");
}

#[test]
fn every_team_can_have_a_network_of_its_own_and_more_than_the_form_holds_is_said() {
    let teams = |count: usize| (1..=count).map(|n| format!("team{n}")).collect::<Vec<_>>();
    let mut form = opened();
    put(&mut form, layout::LAYOUT, "each");
    put(&mut form, layout::NAME, "ml");
    put(&mut form, layout::ENVIRONMENTS, &teams(5).join(", "));
    put(&mut form, layout::APART, &teams(5).join("\n"));
    put(&mut form, layout::EACH, "yes");
    let subscriptions: Vec<String> =
        (1..=5).map(|n| format!("6b0e2f3c-91d4-4a57-8e16-c2a7f05d4b9{n}")).collect();
    for (at, id) in subscriptions.iter().enumerate() {
        let choice = Choice::new(id.as_str(), id.as_str());
        fill::choose(&mut form, sides::SUBSCRIPTIONS[at], vec![choice]);
        let isolation = if at % 2 == 0 { "internet-outbound" } else { "approved-outbound" };
        put(&mut form, &format!("{}network.isolation", sides::BEFORE[at + 1]), isolation);
    }
    let all = set_up(&form).environments;
    let found: Vec<&str> = all.iter().map(|one| one.subscription.as_str()).collect();
    assert_eq!(found, subscriptions);
    let isolations: Vec<&str> = all.iter().map(|one| one.isolation.as_str()).collect();
    let (open, approved) = ("AllowInternetOutbound", "AllowOnlyApprovedOutbound");
    assert_eq!(isolations, [open, approved, open, approved, open]);
    let steps: Vec<_> = form.shown_steps().map(|at| form.steps[at].title_in(&form).into_owned()).collect();
    assert_eq!(
        &steps[3..8],
        ["team1", "team2", "team3", "team4", "team5"].map(|name| format!("Network: {name}"))
    );
    let label = form.get(sides::SUBSCRIPTIONS[3]).unwrap().label_in(&form);
    assert_eq!(label, "team4 in");
    // Whoever loads the file of it gets the same form.
    let mut again = opened();
    read(&mut again, &write(&form).1).unwrap();
    assert_eq!(set_up(&again).environments, all);

    put(&mut form, layout::ENVIRONMENTS, &teams(sides::SIDES + 1).join(", "));
    put(&mut form, layout::APART, &teams(sides::SIDES + 1).join("\n"));
    let why = form.get(layout::EACH).unwrap().judge(&form).unwrap_err();
    assert!(why.contains(&format!("room for {} networks", sides::SIDES)), "{why}");
}

/// A form in which nothing is missing.
fn sound() -> Form {
    let mut form = opened();
    let subscription = Choice::new("a83d5e70-2c4b-4f19-b6d8-07e94c1fa2d5", "Dev");
    fill::choose(&mut form, basics::SUBSCRIPTION, vec![subscription]);
    fill::choose(&mut form, basics::REGION, vec![Choice::new("westeurope", "West Europe")]);
    sync(&mut form);
    form
}

#[test]
fn the_review_names_what_is_wrong_in_other_steps_and_asks_azure_about_nothing_until_it_is_mended() {
    let asked = |form: &mut Form| {
        let mut generation = 0;
        let effects = form.sync(&model(), &mut generation);
        let is = |effect: &crate::app::effect::Effect| {
            matches!(effect, crate::app::effect::Effect::Ask { ask: crate::app::form::Ask::Preflight(_), .. })
        };
        effects.iter().any(is)
    };
    let mut form = opened();
    let subscription = Choice::new("a83d5e70-2c4b-4f19-b6d8-07e94c1fa2d5", "Dev");
    fill::choose(&mut form, basics::SUBSCRIPTION, vec![subscription]);
    fill::choose(&mut form, basics::REGION, vec![Choice::new("westeurope", "West Europe")]);
    fill::put(&mut form, "budget.amount", "x");
    assert!(!asked(&mut form));
    let told = |form: &Form| form.get(review::ASKED).unwrap().remark(form);
    let Some(crate::app::form::Remark::Wrong(why)) = told(&form) else { panic!("{:?}", told(&form)) };
    assert_eq!(why, "People, Budget: an amount from 0 to 1000000000, such as 500 or 49.50");
    assert_eq!(form.get(review::ASKED).unwrap().label_in(&form), "To mend");
    fill::put(&mut form, basics::KIND, "Project");
    sync(&mut form);
    assert_eq!(form.fault(review::ASKED).unwrap().lines().count(), 2, "{:?}", form.faults);
    fill::put(&mut form, basics::KIND, "Default");
    fill::put(&mut form, "budget.amount", "100");
    assert!(asked(&mut form));
    assert_eq!(form.get(review::ASKED).unwrap().label_in(&form), "Azure says");
}

#[test]
fn a_single_workspace_has_the_stage_that_is_chosen_and_everybody_can_see_it() {
    use crate::domain::personas::Stage;
    let mut form = sound();
    let stage = |form: &Form| set_up(form).environments[0].stage;
    assert_eq!((form.text(basics::STAGE).as_str(), stage(&form)), ("development", Stage::Development));
    put(&mut form, basics::WORKSPACE, "mlw-churn-prod");
    assert_eq!((form.text(basics::STAGE).as_str(), stage(&form)), ("production", Stage::Production));
    put(&mut form, basics::WORKSPACE, "mlw-churn");
    put(&mut form, basics::STAGE, "production");
    let one = &set_up(&form).environments[0];
    assert_eq!(one.tags.get("env").map(String::as_str), Some("prod"), "what no name tells a tag does");
    assert!(one.is_production(&model().production));
    let (_, written) = write(&form);
    let mut again = opened();
    read(&mut again, &written).unwrap();
    assert_eq!(set_up(&again).environments, set_up(&form).environments, "{written}");
    // A set has the stages of its environments, however they are called.
    put(&mut form, layout::LAYOUT, "dev-prod");
    put(&mut form, layout::ENVIRONMENTS, "blue, green");
    assert!(!(form.get(basics::STAGE).unwrap().visible)(&form));
    let stages: Vec<Stage> = set_up(&form).environments.iter().map(|one| one.stage).collect();
    assert_eq!(stages, [Stage::Development, Stage::Production]);
    assert_eq!(form.text(layout::APART), "green");
}

#[test]
fn what_is_set_up_in_a_subscription_of_production_is_production_unless_a_name_or_a_file_says_otherwise() {
    use crate::domain::personas::Stage;
    let mut form = sound();
    let stage = |form: &Form| set_up(form).environments[0].stage;
    let choose = |form: &mut Form, is: &str| {
        let choice = Choice::new("a83d5e70-2c4b-4f19-b6d8-07e94c1fa2d5", "Prod").with(fact::PRODUCTION, is);
        fill::choose(form, basics::SUBSCRIPTION, vec![choice]);
        sync(form);
    };
    choose(&mut form, "yes");
    assert_eq!((form.text(basics::STAGE).as_str(), stage(&form)), ("production", Stage::Production));
    assert_eq!(set_up(&form).environments[0].tags.get("env").map(String::as_str), Some("prod"));
    put(&mut form, basics::WORKSPACE, "mlw-churn-dev");
    assert_eq!((form.text(basics::STAGE).as_str(), stage(&form)), ("development", Stage::Development));
    put(&mut form, basics::WORKSPACE, "mlw-churn");
    put(&mut form, basics::STAGE, "staging");
    assert_eq!(stage(&form), Stage::Staging);
    let mut form = loaded(include_str!("../../../../tests/plans/one.toml"));
    let before = stage(&form);
    choose(&mut form, "yes");
    assert_eq!(stage(&form), before);
    for (name, is) in
        [("Contoso Production", true), ("Contoso Non-Production", false), ("nonprod", false), ("Lab", false)]
    {
        assert_eq!(basics::is_production(&model(), name), is, "{name}");
    }
}

#[test]
fn of_a_project_nothing_is_asked_that_its_hub_decides() {
    let mut form = sound();
    put(&mut form, basics::KIND, "Project");
    let titles: Vec<_> = form.shown_steps().map(|at| form.steps[at].title_in(&form).into_owned()).collect();
    assert_eq!(titles, ["Layout", "Basics", "Identity", "People", "Review"]);
    let hub = Choice::new(
        "/subscriptions/a/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/hub",
        "hub",
    )
    .with(fact::ISOLATION, "outbound Public");
    fill::choose(&mut form, basics::HUB, vec![hub]);
    sync(&mut form);
    let told = form.get("basics.hub.own").unwrap();
    assert!((told.visible)(&form));
    let crate::app::form::Entry::Fact(words) = told.entry else { panic!() };
    assert!(words(&form).starts_with("network (outbound Public), storage, vault"), "{}", words(&form));
}

#[test]
fn who_is_taken_out_again_leaves_the_others() {
    let mut form = sound();
    let who = |name: &str| {
        vec![Choice::new(format!("36de3247-f58b-4b4a-9bf9-82c5e02c2d{name}"), name).kind("Group")]
    };
    for (slot, name) in [("people.1", "9a"), ("people.2", "9b")] {
        fill::choose(&mut form, slot, who(name));
        put(&mut form, &format!("{slot}.what"), "role:Reader");
    }
    assert_eq!(people::wish(&form).len(), 2);
    assert!(form.get_mut("people.1").unwrap().select_mut().unwrap().take_out());
    sync(&mut form);
    let left = people::wish(&form);
    assert_eq!(
        left.iter().map(|(slot, person)| (*slot, person.called.as_str())).collect::<Vec<_>>(),
        [("people.2", "9b")]
    );
}

#[test]
fn people_are_asked_for_one_after_another() {
    let mut form = opened();
    let shown = |form: &Form| {
        form.fields().filter(|field| field.id.starts_with("people.") && (field.visible)(form)).count()
    };
    assert_eq!(shown(&form), 1);
    fill::choose(
        &mut form,
        "people.1",
        vec![Choice::new("36de3247-f58b-4b4a-9bf9-82c5e02c2d9e", "Team").kind("Group")],
    );
    assert_eq!(shown(&form), 3, "what it gets, and the next one");
    put(&mut form, "people.1.what", "role:Reader");
    put(&mut form, "people.1.on", "storage\nworkspace");
    let people = people::wish(&form);
    let [(_, person)] = people.as_slice() else { panic!() };
    assert_eq!((person.role.as_str(), person.called.as_str(), person.on.len()), ("Reader", "Team", 2));
    assert_eq!(person.group, "36de3247-f58b-4b4a-9bf9-82c5e02c2d9e");
}

#[test]
fn what_azure_refuses_is_said_where_it_can_be_mended_and_never_at_the_question_itself() {
    let mut form = sound();
    let refused = |key: &str| {
        let (key, text) = (key.to_owned(), format!("no {key}"));
        Learnt::Finding(Finding { environment: None, key, level: Level::Refused, text })
    };
    form.told.learnt = ["basics.region", "rights", "dependents", "people"].map(refused).to_vec();
    let told = |form: &Form, field: &str| judge::faults(form).into_iter().find(|fault| fault.field == field);
    // While it is asked anew, what was said of something else counts no more.
    assert_eq!(told(&form, "people.1"), None);
    form.get_mut(review::ASKED).unwrap().probe =
        crate::app::form::Probe::Answered(crate::app::form::Verdict::Good(String::new()));
    assert_eq!(told(&form, "people.1").map(|fault| fault.why), Some("no people".to_owned()));
    assert_eq!(told(&form, review::ASKED), None);
}

/// What Azure says beforehand weighs in the form what it weighs where a plan file is applied.
#[test]
fn what_azure_advises_against_wants_the_name_typed_here_too() {
    let mut form = sound();
    let unwise = Finding {
        environment: Some("main".to_owned()),
        key: "dependents".to_owned(),
        level: Level::Unwise,
        text: "stone is there already, and its last change failed.".to_owned(),
    };
    form.told.learnt = vec![Learnt::Finding(unwise)];
    form.get_mut(review::ASKED).unwrap().probe =
        crate::app::form::Probe::Answered(crate::app::form::Verdict::Good(String::new()));
    let plan = review::plan(&model(), &form).unwrap();
    assert!(plan.advised_against, "{:?}", plan.warnings);
    assert!(plan.warnings[0].text.starts_with("Not advised: stone is there"), "{:?}", plan.warnings);
}

#[test]
fn the_review_says_how_it_is_isolated_also_without_a_managed_network() {
    let mut form = sound();
    let said = |form: &Form| {
        let field = form.get("review.network").unwrap();
        let crate::app::form::Entry::Fact(words) = field.entry else { panic!() };
        words(form)
    };
    assert_eq!(said(&form), "Public");
    put(&mut form, "network.public_access", "no");
    assert_eq!(said(&form), "Private inbound, no managed network");
    put(&mut form, "network.isolation", "approved-outbound");
    assert_eq!(said(&form), "Private with Approved Outbound");
}

/// Who is here for the first time is told at every step what it is for, and at every field what it wants.
#[test]
fn every_step_says_what_it_is_for_and_what_happens_if_it_is_left_and_every_field_has_help() {
    let form = opened();
    for step in &form.steps {
        assert!(step.about.contains("Left as it is: "), "{}", step.title);
        assert!(
            step.about.len() <= 76,
            "{}: a line of a narrow screen, not {}",
            step.title,
            step.about.len()
        );
        let entered = step.fields.iter().filter(|field| field.can_be_entered());
        for field in entered {
            assert!(!field.help_in(&form).is_empty(), "{}", field.id);
        }
    }
}

/// A subscription is known by its name; an id is shown only where two have the same one.
#[test]
fn no_choice_shows_an_id_that_nobody_can_read() {
    let form = opened();
    let is_guid = |text: &str| text.split([' ', ',', '/']).any(|word| uuid::Uuid::try_parse(word).is_ok());
    for field in form.fields().filter(|field| (field.visible)(&form)) {
        for choice in field.select().into_iter().flat_map(crate::app::form::Select::choices) {
            assert!(!is_guid(&choice.label) && !is_guid(&choice.detail), "{}: {choice:?}", field.id);
        }
    }
}
