//! Every key of a review and of a run's screen, fed to the update.

use super::{reviews, update};
use crate::app::effect::{Effect, Host};
use crate::app::form::tests::model;
use crate::app::form::{Ask, Found};
use crate::app::message::Message;
use crate::app::model::Model;
use crate::app::overlay::Overlay;
use crate::app::review::{Review, Rights, Tab};
use crate::app::run_view::RunView;
use crate::app::runs::RunEvent;
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::{Method, Request};
use crate::config::input::Input;
use crate::config::key::parse_script;
use crate::config::keymap::Context;
use crate::domain::plan::{Change, Kind, Plan, Record, Right, RunId, Step, Trouble, Undo};

fn scope() -> ArmId {
    ArmId::group("0001", "rg-a").join("providers/Microsoft.MachineLearningServices/workspaces/mlw-a")
}

/// Two steps, of which the second can be left out.
fn plan() -> Plan {
    let mut plan = Plan::new(Kind::Grant, "Grant Reader to Priya", scope());
    let put = |name: &str| Request::arm(Method::Put, &scope().join(name), "2022-04-01");
    let undo = |name: &str| {
        Undo::by(
            "take it back",
            "it is gone",
            vec![Request::arm(Method::Delete, &scope().join(name), "2022-04-01")],
        )
    };
    plan.steps
        .push(Step::send("a", "give a", "a is given.", put("a")).undo(undo("a")).needs(&scope(), "x/write"));
    plan.steps.push(
        Step::send("b", "give b", "b is given.", put("b"))
            .undo(undo("b"))
            .needs(&scope(), "x/write")
            .optional(true),
    );
    plan
}

fn opened(plan: Plan) -> (Model, Vec<Effect>) {
    let mut model = model();
    model.size = (120, 36);
    let effects = reviews::open(&mut model, plan, None);
    (model, effects)
}

/// The same, once Azure has said that the caller lacks nothing for it.
fn opened_and_allowed(plan: Plan) -> Model {
    let (mut model, effects) = opened(plan);
    allow(&mut model, &effects);
    model
}

/// Answers what was asked about the caller's rights: nothing lacks.
fn allow(model: &mut Model, effects: &[Effect]) {
    for effect in effects {
        if let Effect::Ask { slot, generation, .. } = effect {
            let answer = Ok(Found::Lacking(Vec::new()));
            update(model, Message::Answered { slot: *slot, generation: *generation, answer });
        }
    }
}

fn press(model: &mut Model, script: &str) -> Vec<Effect> {
    let keys = parse_script(script).unwrap();
    keys.into_iter().flat_map(|key| update(model, Message::Input(Input::Key(key)))).collect()
}

fn review(model: &Model) -> &Review {
    match model.overlays.last() {
        Some(Overlay::Review(review)) => review,
        other => panic!("no review is on top: {other:?}"),
    }
}

fn runs(effects: &[Effect]) -> Vec<&Plan> {
    let begun = effects.iter().filter_map(|effect| match effect {
        Effect::RunPlan { plan, .. } => Some(&**plan),
        _ => None,
    });
    begun.collect()
}

#[test]
fn the_default_answer_is_no_and_yes_runs_what_was_left_in() {
    let mut model = opened_and_allowed(plan());
    let effects = press(&mut model, "<enter><enter>");
    assert!(runs(&effects).is_empty() && review(&model).plan.steps.len() == 2, "Enter and Enter is a No");
    press(&mut model, "<space>");
    assert!(model.notices.current_hint().is_some_and(|hint| hint.contains("cannot be left out")));
    let effects = press(&mut model, "j<space>");
    allow(&mut model, &effects);
    let effects = press(&mut model, "<enter>y");
    let plans = runs(&effects);
    assert_eq!(plans.len(), 1);
    assert_eq!(plans[0].chosen().count(), 1, "the optional step was left out");
    assert!(matches!(model.overlays.as_slice(), [Overlay::Run(RunView { run: None, .. })]));
}

#[test]
fn what_was_chosen_in_a_plan_is_not_lost_by_one_key() {
    let mut model = opened_and_allowed(plan());
    press(&mut model, "j<space><esc>");
    assert!(matches!(model.overlays.as_slice(), [Overlay::Review(_), Overlay::Picker(_)]));
    press(&mut model, "<enter>");
    assert!(!review(&model).plan.steps[1].chosen, "the default answer is to stay");
    press(&mut model, "<esc>x");
    assert!(model.overlays.is_empty());
}

#[test]
fn production_and_what_cannot_be_undone_want_the_name_typed() {
    let mut one_way = plan();
    one_way.steps[0].undo = Undo::OneWay("it is for ever".into());
    for plan in [Plan { production: true, ..plan() }, one_way] {
        let mut model = opened_and_allowed(plan);
        let effects = press(&mut model, "<enter>y<enter>");
        assert!(runs(&effects).is_empty());
        assert_eq!(model.context(), Context::Typing);
        assert!(model.notices.current_hint().is_some_and(|hint| hint.contains("type mlw-a")));
        press(&mut model, "<esc>");
        assert_eq!(model.context(), Context::Review, "Esc does not run it");
        let effects = press(&mut model, "<enter>mlw-a<enter>");
        assert_eq!(runs(&effects).len(), 1);
    }
}

#[test]
fn a_read_only_console_says_why_it_runs_nothing() {
    let mut model = opened_and_allowed(plan());
    model.session.read_only = true;
    let effects = press(&mut model, "<enter>");
    assert!(effects.is_empty() && matches!(model.overlays.as_slice(), [Overlay::Review(_)]));
    assert!(model.notices.current_hint().is_some_and(|hint| hint.contains("read-only")));
}

#[test]
fn the_rights_are_asked_once_each_and_what_lacks_is_named() {
    let (mut model, effects) = opened(plan());
    let [Effect::Ask { slot, generation, ask: Ask::RightsFor(steps), .. }] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    assert_eq!(steps.len(), 2);
    let rights = &steps[0].rights;
    let answer = |model: &mut Model, generation, lacking| {
        let answer = Ok(Found::Lacking(lacking));
        update(model, Message::Answered { slot: *slot, generation, answer });
    };
    answer(&mut model, generation + 1, Vec::new());
    assert_eq!(review(&model).rights, Rights::Awaited(*generation), "an answer to another question");
    press(&mut model, "<enter>");
    assert!(matches!(model.overlays.as_slice(), [Overlay::Review(_)]), "nothing is asked before the answer");
    answer(&mut model, *generation, rights.clone());
    assert_eq!(review(&model).lacks(), ["x/write on mlw-a"]);
}

#[test]
fn lacking_rights_are_told_by_scope_with_who_can_give_them() {
    let (mut model, effects) = opened(plan());
    let group = ArmId::group("s", "rg");
    let right = |scope: &ArmId, action: &str| Right { scope: scope.clone(), action: action.to_owned() };
    let lacking = vec![
        right(&group, "a/write"),
        right(&ArmId::subscription("s"), "r/register/action"),
        right(&group, "b/write"),
        right(&group, "Microsoft.Authorization/roleAssignments/write"),
    ];
    let [Effect::Ask { slot, generation, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    let answer = Ok(Found::Lacking(lacking));
    update(&mut model, Message::Answered { slot: *slot, generation: *generation, answer });
    assert_eq!(
        review(&model).lacks_in_brief(),
        [
            "You lack 2 rights on rg: it does not run until you have them. An Owner there can give them, by Contributor.",
            "You lack r/register/action on the subscription: it does not run until you have it. An Owner there can give it, \
             by Contributor.",
            "You lack Microsoft.Authorization/roleAssignments/write on rg: it does not run until you have it. An Owner or \
             User Access Administrator there can give it.",
        ]
    );
}

#[test]
fn a_plan_that_the_caller_may_not_run_is_not_run_and_says_what_can_be_done() {
    for plan in [plan(), Plan { production: true, ..plan() }] {
        let rights = plan.steps[0].rights.clone();
        let (mut model, effects) = opened(plan);
        let answer = |model: &mut Model, effects: &[Effect], lacking: &[Right]| {
            let [Effect::Ask { slot, generation, .. }] = effects else { panic!("{effects:?}") };
            let answer = Ok(Found::Lacking(lacking.to_vec()));
            update(model, Message::Answered { slot: *slot, generation: *generation, answer });
        };
        answer(&mut model, &effects, &rights);
        let effects = press(&mut model, "<enter>y<enter>");
        assert!(runs(&effects).is_empty());
        let ticket = press(&mut model, "<enter>m");
        assert!(
            matches!(ticket.as_slice(), [Effect::Host(Host::Copy(text))] if text.contains("PUT ")),
            "{ticket:?}"
        );
        // Somebody gave the right meanwhile.
        let effects = press(&mut model, "<enter>r");
        answer(&mut model, &effects, &[]);
        assert!(review(&model).lacks().is_empty());
        let effects = press(&mut model, "<enter>");
        assert!(effects.is_empty() && model.overlays.len() + usize::from(review_name(&model)) == 2);
    }
}

/// Whether the name is asked for that confirms.
fn review_name(model: &Model) -> bool {
    matches!(model.overlays.last(), Some(Overlay::Review(review)) if review.name.is_some())
}

#[test]
fn a_step_that_is_put_in_later_is_asked_about_too() {
    let mut plan = plan();
    plan.steps[1].rights.push(Right { scope: scope(), action: "y/delete".to_owned() });
    plan.steps[1].chosen = false;
    let (mut model, effects) = opened(plan);
    let asked = |effects: &[Effect]| match effects {
        [Effect::Ask { ask: Ask::RightsFor(steps), .. }] => steps.len(),
        other => panic!("{other:?}"),
    };
    assert_eq!(asked(&effects), 1);
    let effects = press(&mut model, "j<space>");
    assert_eq!(asked(&effects), 2);
    assert!(matches!(review(&model).rights, Rights::Awaited(_)), "what was known is not enough any more");
}

#[test]
fn the_plan_is_copied_and_saved_as_it_is_shown() {
    let (mut model, _) = opened(plan());
    for (tab, word, ending) in [
        (Tab::Steps, "give a", "txt"),
        (Tab::Az, "az ", "sh"),
        (Tab::Markdown, "# ", "md"),
        (Tab::Json, "{", "json"),
    ] {
        assert_eq!(review(&model).tab, tab);
        let copied = press(&mut model, "y");
        assert!(
            matches!(copied.as_slice(), [Effect::Host(Host::Copy(text))] if text.contains(word)),
            "{tab:?}: {copied:?}"
        );
        let saved = press(&mut model, "<c-s>");
        assert!(
            matches!(saved.as_slice(), [Effect::Save { name, .. }] if name.ends_with(ending)),
            "{saved:?}"
        );
        press(&mut model, "<tab>");
    }
    assert_eq!(review(&model).tab, Tab::Steps, "around the end");
    press(&mut model, "l");
    let Some(Overlay::Text(view)) = model.overlays.last() else { panic!("no details") };
    let text = view.text();
    assert!(text.contains("PUT /subscriptions/0001") && text.contains("DELETE") && text.contains("x/write"));
}

fn record(model: &mut Model, run: &RunId, change: Change) -> Vec<Effect> {
    let record = Box::new(Record { at: model.now, change });
    update(model, Message::Run(RunEvent::Recorded { run: run.clone(), record }))
}

/// A run that began on the screen that waits for it.
fn running() -> (Model, RunId) {
    let mut model = opened_and_allowed(plan());
    press(&mut model, "<enter>y");
    let run = RunId("20261122T140300Z-0001".into());
    let begun = Change::Begun {
        run: run.clone(),
        account: "ada@contoso.com".into(),
        undoes: None,
        plan: Box::new(plan()),
    };
    record(&mut model, &run, begun);
    (model, run)
}

fn view(model: &Model) -> &RunView {
    match model.overlays.last() {
        Some(Overlay::Run(view)) => view,
        other => panic!("no run is on top: {other:?}"),
    }
}

#[test]
fn the_screen_of_a_run_finds_it_and_follows_it_until_somebody_moves() {
    let (mut model, run) = running();
    assert_eq!((view(&model).run.as_ref(), view(&model).cursor.row), (Some(&run), 0));
    record(&mut model, &run, Change::Step { step: 0 });
    record(&mut model, &run, Change::StepDone { step: 0 });
    assert_eq!(view(&model).cursor.row, 1);
    press(&mut model, "k");
    record(&mut model, &run, Change::Step { step: 1 });
    assert_eq!(view(&model).cursor.row, 0, "who looks at something is not taken away from it");
    let other = RunId("other".into());
    let begun =
        Change::Begun { run: other.clone(), account: String::new(), undoes: None, plan: Box::new(plan()) };
    record(&mut model, &other, begun);
    assert_eq!(view(&model).run.as_ref(), Some(&run), "another run does not take its place");
}

#[test]
fn a_run_can_be_left_and_stopped_and_a_failed_one_offers_what_can_be_done() {
    let (mut model, run) = running();
    let effects = press(&mut model, "x");
    assert!(matches!(effects.as_slice(), [Effect::StopRun { .. }]), "{effects:?}");
    press(&mut model, "<esc>");
    assert!(model.overlays.is_empty() && model.runs.get(&run).is_some(), "it goes on");
    record(&mut model, &run, Change::Step { step: 0 });
    record(&mut model, &run, Change::Sending { step: 0, request: 0 });
    let trouble = Trouble {
        words: "You lack x/write".into(),
        detail: "403".into(),
        code: None,
        lacking: None,
        passing: false,
        // Nobody knows whether it was carried out, so that somebody has to decide.
        unknown: true,
    };
    record(&mut model, &run, Change::StepFailed { step: 0, trouble });
    update(&mut model, Message::Run(RunEvent::Left { run: run.clone() }));
    press(&mut model, "!<enter>");
    let Some(Overlay::Picker(picker)) = model.overlays.last() else { panic!("no menu") };
    let labels: Vec<&str> = picker.items.iter().map(|item| &*item.label).collect();
    assert!(labels.contains(&"show") && labels.contains(&"go on"), "{labels:?}");
    press(&mut model, "v");
    assert_eq!(view(&model).run.as_ref(), Some(&run));
}

#[test]
fn a_run_that_is_refused_leaves_no_screen_behind() {
    let mut model = opened_and_allowed(plan());
    press(&mut model, "<enter>y");
    let refused = RunEvent::Refused { what: "Grant".into(), words: "the journal cannot be written".into() };
    update(&mut model, Message::Run(refused));
    assert!(model.overlays.is_empty());
    assert!(model.notices.current().is_some_and(|notice| notice.text.contains("journal")));
}

/// Nobody owns a group that is not there yet.
#[test]
fn rights_on_a_group_that_the_plan_makes_are_given_by_who_owns_the_subscription() {
    let group = ArmId::group("s", "rg");
    let mut plan = plan();
    plan.steps.insert(0, Step::send("group", "t", "e", Request::arm(Method::Put, &group, "v")));
    let (mut model, effects) = opened(plan);
    let right = |scope: ArmId, action: &str| Right { scope, action: action.to_owned() };
    let [Effect::Ask { slot, generation, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    let lacking = vec![right(group.clone(), "a/write"), right(ArmId::group("s", "other"), "a/write")];
    let answer = Ok(Found::Lacking(lacking));
    update(&mut model, Message::Answered { slot: *slot, generation: *generation, answer });
    let told = review(&model).lacks_in_brief();
    assert!(told[0].ends_with("An Owner of its subscription can give it, by Contributor."), "{told:?}");
    assert!(told[1].ends_with("An Owner there can give it, by Contributor."), "{told:?}");
}
