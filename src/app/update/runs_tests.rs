//! Runs on screen: told, offered, and not cut off without a word.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::update;
use crate::app::effect::{Effect, Host};
use crate::app::message::Message;
use crate::app::model::Model;
use crate::app::overlay::Overlay;
use crate::app::picker::{Command, RunCommand};
use crate::app::runs::{Held, RunEvent};
use crate::app::runtime::Listed;
use crate::app::session::{Session, Source};
use crate::azure::arm::id::ArmId;
use crate::azure::arm::long_running::{Follow, Operation};
use crate::azure::arm::request::{Method, Request};
use crate::config::input::Input;
use crate::config::key::parse_script;
use crate::config::keymap::{KeyMap, KeyTable};
use crate::config::symbols;
use crate::config::theme::Theme;
use crate::domain::plan::{
    Change, Deployment, Kind, Outcome, Phase, Plan, Record, Run, RunId, Step, Trouble, Undo, Watch,
};

fn model(read_only: bool) -> Model {
    let session = Session {
        source: Source::Azure { cloud: "AzureCloud".into() },
        tenant: None,
        tenants: Vec::new(),
        account: Some("ada".into()),
        object_id: None,
        read_only,
        portal: String::new(),
        studio: String::new(),
    };
    let keymap = KeyMap::new(&KeyTable::new()).unwrap();
    let theme = Theme::named("mono").unwrap();
    Model::new(session, keymap, theme, symbols::ASCII, Timestamp::UNIX_EPOCH, TimeZone::UTC)
}

fn plan() -> Plan {
    let request = |name: &str| Request::arm_path(Method::Put, &format!("/subscriptions/{name}"), "1");
    let step = |name: &str| {
        let back = Undo::by("Back", "As before.", vec![request(name)]);
        Step::send(name, name, "So.", request(name)).undo(back)
    };
    let mut plan = Plan::new(Kind::Edit, "Edit mlw-a", ArmId::subscription("s"));
    plan.steps = vec![step("a"), step("b")];
    plan
}

fn record(change: Change) -> Record {
    Record { at: Timestamp::UNIX_EPOCH, change }
}

fn begun() -> Record {
    let run = RunId("1".into());
    record(Change::Begun { run, account: "ada".into(), undoes: None, plan: Box::new(plan()) })
}

fn answered(step: usize) -> Record {
    record(Change::Answered { step, request: 0, outcome: Outcome::Done })
}

fn tell(model: &mut Model, record: Record) -> Vec<Effect> {
    update(model, Message::Run(RunEvent::Recorded { run: RunId("1".into()), record: Box::new(record) }))
}

fn press(model: &mut Model, script: &str) -> Vec<Effect> {
    let keys = parse_script(script).unwrap();
    keys.into_iter().flat_map(|key| update(model, Message::Input(Input::Key(key)))).collect()
}

/// What the menu on top offers, besides to go on.
fn offered(model: &Model) -> Vec<RunCommand> {
    let Some(Overlay::Picker(picker)) = model.overlays.last() else { panic!("no menu is on top") };
    let command = |item: &crate::app::picker::Item| match item.command {
        Command::Run(_, command) => Some(command),
        Command::Stay => None,
        ref other => panic!("{other:?}"),
    };
    picker.items.iter().filter_map(command).collect()
}

/// A console that finds this run in its journal.
fn found(records: &[Record], held: bool, read_only: bool) -> Model {
    let mut model = model(read_only);
    let run = Run::replay(records).unwrap();
    let listed = RunEvent::Listed { runs: vec![Listed { run, held }], damaged: Vec::new() };
    update(&mut model, Message::Run(listed));
    model
}

#[test]
fn a_console_does_not_end_in_the_middle_of_a_run_without_a_word() {
    let mut model = model(false);
    tell(&mut model, begun());
    assert!(press(&mut model, "<c-c>").is_empty() && !model.ended);
    assert!(model.notices.current().unwrap().text.starts_with("the same key again quits amid this run"));
    model.session.source = Source::Demo { persona: "owner".into(), kept: false };
    press(&mut model, "j<c-c>");
    let said = &model.notices.current().unwrap().text;
    assert!(said.ends_with("all of the demo ends with it"), "{said}");
    // Anything else in between, and it is asked again.
    press(&mut model, "j");
    assert!(press(&mut model, "<c-c>").is_empty());
    assert!(press(&mut model, "<c-c>").contains(&Effect::Host(Host::Quit)));
}

#[test]
fn a_run_is_stopped_from_the_lists_that_show_it() {
    for keys in ["!", ":Undo<enter>"] {
        let mut model = model(false);
        tell(&mut model, begun());
        model.overlays.clear();
        press(&mut model, keys);
        assert!(super::can_cancel(&model), "{keys}");
        let effects = press(&mut model, "x");
        let stop = |effect: &Effect| matches!(effect, Effect::StopRun { run, .. } if run.0 == "1");
        assert!(effects.iter().any(stop), "{keys}: {effects:?}");
        // Amid a request that is asked there as well.
        tell(&mut model, record(Change::Step { step: 0 }));
        tell(&mut model, record(Change::Sending { step: 0, request: 0 }));
        assert!(press(&mut model, "x").is_empty(), "{keys}");
        assert_eq!(offered(&model), [RunCommand::Stop]);
        assert!(press(&mut model, "x").iter().any(stop), "{keys}");
    }
}

#[test]
fn a_run_that_only_waits_may_be_left() {
    let mut model = model(false);
    tell(&mut model, begun());
    tell(&mut model, answered(0));
    tell(&mut model, answered(1));
    assert!(press(&mut model, "<c-c>").contains(&Effect::Host(Host::Quit)));
}

#[test]
fn what_was_left_in_the_middle_is_told_and_offered() {
    let mut model = found(&[begun(), answered(0)], false, false);
    let told = model.notices.current().unwrap().text.clone();
    assert!(told.contains("left unfinished: Edit mlw-a"), "{told}");
    press(&mut model, "!<enter>");
    assert_eq!(offered(&model), [RunCommand::Show, RunCommand::Resume, RunCommand::Undo, RunCommand::Keep]);
    assert_eq!(press(&mut model, "o"), [Effect::ResumeRun { run: RunId("1".into()), cancel: false }]);
}

#[test]
fn of_several_steps_each_can_be_taken_back() {
    let done = [begun(), answered(0), answered(1), record(Change::Ended)];
    let mut model = found(&done, false, false);
    assert!(model.notices.current().is_none(), "what is done waits for nobody");
    press(&mut model, ":what was changed from here<enter><enter>");
    assert_eq!(
        offered(&model),
        [RunCommand::Show, RunCommand::Undo, RunCommand::UndoStep(0), RunCommand::UndoStep(1)]
    );
}

#[test]
fn another_consoles_run_and_a_read_only_console_offer_to_look_only() {
    for (held, read_only) in [(true, false), (false, true)] {
        let mut model = found(&[begun(), answered(0)], held, read_only);
        press(&mut model, ":what was changed from here<enter><enter>");
        assert_eq!(offered(&model), [RunCommand::Show], "held: {held}");
    }
}

#[test]
fn a_failure_is_told_with_what_is_so_now() {
    let mut model = model(false);
    tell(&mut model, begun());
    tell(&mut model, answered(0));
    tell(&mut model, record(Change::StepDone { step: 0 }));
    let trouble = Trouble::found("a lock stands in the way");
    tell(&mut model, record(Change::StepFailed { step: 1, trouble }));
    let notice = model.notices.current().unwrap().clone();
    assert_eq!(notice.text, "Edit mlw-a: A lock stands in the way.");
    assert!(notice.detail.contains("Done: So."), "{}", notice.detail);
    assert!(notice.detail.contains("Not done, it failed: b"), "{}", notice.detail);
    update(&mut model, Message::Run(RunEvent::Left { run: RunId("1".into()) }));
    let known = model.runs.get(&RunId("1".into())).unwrap();
    assert!(known.held == Held::Nobody && known.is_left());
}

/// The plan with a deployment in its first step that can be cancelled.
fn deploying() -> Plan {
    let mut plan = plan();
    let request = |method, name: &str| Request::arm_path(method, &format!("/subscriptions/{name}"), "1");
    plan.steps[0].watch = Watch::Deployment(Box::new(Deployment {
        operations: request(Method::Get, "operations"),
        cancel: Some(request(Method::Post, "cancel")),
        makes: Vec::new(),
        before: Vec::new(),
        called: std::collections::BTreeMap::new(),
        resources: 1,
        typical: 60,
        at_most: 600,
    }));
    plan
}

#[test]
fn stopping_leaves_a_deployment_to_itself_and_cancelling_it_is_asked() {
    let mut model = model(false);
    let run = RunId("1".into());
    super::runs::start(&mut model, deploying(), None);
    let begun =
        Change::Begun { run: run.clone(), account: "ada".into(), undoes: None, plan: Box::new(deploying()) };
    tell(&mut model, record(begun));
    assert_eq!(
        press(&mut model, "x"),
        [Effect::StopRun { run: run.clone(), cancel: false }],
        "nothing is under way"
    );
    tell(&mut model, record(Change::Step { step: 0 }));
    tell(&mut model, record(Change::Sending { step: 0, request: 0 }));
    let operation = Operation {
        method: "PUT".into(),
        path: "/subscriptions/a".into(),
        api_version: "1".into(),
        follow: Follow::ProvisioningState,
        url: None,
        result_url: None,
        begun: Timestamp::UNIX_EPOCH,
    };
    tell(&mut model, record(Change::Accepted { step: 0, request: 0, operation }));
    assert!(press(&mut model, "x<enter>").is_empty(), "the answer is no unless somebody says otherwise");
    assert!(press(&mut model, "x").is_empty());
    assert_eq!(offered(&model), [RunCommand::Stop, RunCommand::AskCancel]);
    assert_eq!(press(&mut model, "x"), [Effect::StopRun { run: run.clone(), cancel: false }]);
    assert!(press(&mut model, "xc<enter>").is_empty(), "the answer is no unless somebody says otherwise");
    assert_eq!(press(&mut model, "xcy"), [Effect::StopRun { run: run.clone(), cancel: true }]);
    assert_eq!(
        press(&mut model, "xcy"),
        [Effect::StopRun { run: run.clone(), cancel: true }],
        "and once more"
    );
    update(&mut model, Message::Run(RunEvent::Left { run: run.clone() }));
    press(&mut model, "<enter>");
    assert!(offered(&model).contains(&RunCommand::AskCancel));
    assert!(press(&mut model, "c<enter>").is_empty());
    assert_eq!(press(&mut model, "<enter>cy"), [Effect::ResumeRun { run, cancel: true }]);
}

#[test]
fn a_list_that_was_read_before_a_run_ended_does_not_bring_it_back() {
    let mut model = model(false);
    let all = [begun(), answered(0), answered(1), record(Change::Ended)];
    for one in &all {
        tell(&mut model, one.clone());
    }
    let run = RunId("1".into());
    update(&mut model, Message::Run(RunEvent::Left { run: run.clone() }));
    for read in [&all[..2], &all[..]] {
        let old = Listed { run: Run::replay(read).unwrap(), held: true };
        update(&mut model, Message::Run(RunEvent::Listed { runs: vec![old], damaged: Vec::new() }));
        let known = model.runs.get(&run).unwrap();
        assert_eq!((known.held, known.run.phase), (Held::Nobody, Phase::Done), "{}", read.len());
    }
}

#[test]
fn what_was_told_of_a_run_leads_to_its_steps_and_from_there_to_their_requests() {
    let mut model = model(false);
    tell(&mut model, begun());
    tell(&mut model, record(Change::Ended));
    update(&mut model, Message::Run(RunEvent::Left { run: RunId("1".into()) }));
    press(&mut model, "!<enter>");
    assert!(matches!(model.overlays.last(), Some(Overlay::Run(_))), "{:?}", model.overlays.last());
    press(&mut model, "l");
    let Some(Overlay::Text(view)) = model.overlays.last() else { panic!("no text") };
    let text = view.text();
    assert!(text.starts_with("Outcome ") && text.contains("PUT /subscriptions/a?api-version=1"), "{text}");
}

#[test]
fn whoever_leaves_in_the_middle_of_a_run_is_told_on_the_shell_how_to_go_on() {
    let mut model = model(false);
    tell(&mut model, begun());
    let said = model.runs.parting_words();
    let [line] = said.as_slice() else { panic!("{said:?}") };
    assert!(line.starts_with("\"Edit mlw-a\" was left in the middle"), "{line}");
    assert!(line.ends_with("`amldeck journal resume 1 --yes` goes on"), "nothing was sent yet: {line}");
    tell(&mut model, answered(0));
    let line = model.runs.parting_words().concat();
    assert!(
        line.ends_with(
            "journal resume 1 --yes` goes on, `amldeck journal undo 1 --yes` takes back what it did"
        ),
        "{line}"
    );
    tell(&mut model, record(Change::Ended));
    assert_eq!(model.runs.parting_words(), Vec::<String>::new(), "what is over needs no words");
}

#[test]
fn the_menu_of_a_run_follows_what_can_be_done_while_it_is_open() {
    let mut model = model(false);
    tell(&mut model, begun());
    press(&mut model, "!<enter>");
    assert!(!offered(&model).contains(&RunCommand::CutWait), "{:?}", offered(&model));
    press(&mut model, "j");
    let row = |model: &Model| {
        let Some(Overlay::Picker(picker)) = model.overlays.last() else { panic!("no menu is on top") };
        picker.current().map(|item| item.command.clone())
    };
    let held = row(&model);
    tell(&mut model, record(Change::Step { step: 0 }));
    tell(&mut model, answered(0));
    tell(&mut model, record(Change::Waiting { step: 0, since: Timestamp::UNIX_EPOCH, seconds: None }));
    assert!(offered(&model).contains(&RunCommand::CutWait), "{:?}", offered(&model));
    assert_eq!(row(&model), held, "the cursor stays where it was");
    // Whoever is about to choose it does not choose something else.
    press(&mut model, "k");
    while row(&model) != Some(Command::Run(RunId("1".into()), RunCommand::CutWait)) {
        press(&mut model, "j");
    }
    tell(&mut model, record(Change::StepDone { step: 0 }));
    assert!(offered(&model).contains(&RunCommand::CutWait), "{:?}", offered(&model));
    press(&mut model, "<home>");
    tell(&mut model, record(Change::Step { step: 1 }));
    assert!(!offered(&model).contains(&RunCommand::CutWait), "{:?}", offered(&model));
}
