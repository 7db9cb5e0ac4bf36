//! Runs of plans: what became of them is told, what was left is offered, and a console does not end in the middle of
//! one without a word.

use super::{open, overlays};
use crate::app::effect::Effect;
use crate::app::export;
use crate::app::fetch::Fetch;
use crate::app::form::around;
use crate::app::model::Model;
use crate::app::overlay::Overlay;
use crate::app::page::Pane;
use crate::app::picker::{Command, Item, Picker, RunCommand};
use crate::app::review::details;
use crate::app::run_view::RunView;
use crate::app::runs::{Held, Known, RunEvent};
use crate::app::session::Source;
use crate::app::storage_access;
use crate::app::text_view::TextView;
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::Method;
use crate::config::action::Action;
use crate::config::key::Key;
use crate::config::keymap::Context;
use crate::domain::changes::purge;
use crate::domain::fact::Tone;
use crate::domain::plan::{Change, Choice, Kind, Phase, Plan, Run, RunId, Step, StepState, inverse, print};
use crate::ui::widgets::text;

/// Begins a plan that was confirmed. A read-only console says why it does not.
pub fn start(model: &mut Model, plan: Plan, undoes: Option<RunId>) -> Vec<Effect> {
    if refuses(model) {
        return Vec::new();
    }
    // The screen of the run that it takes back gives way to its own.
    model.overlays.retain(|overlay| !matches!(overlay, Overlay::Run(_)));
    if plan.kind == Kind::StorageAccess {
        // So does the assessment that it was planned from: it is not so any more.
        model.overlays.retain(|overlay| !matches!(overlay, Overlay::Text(_)));
    }
    model.overlays.push(Overlay::Run(RunView::awaited(&plan.title)));
    vec![Effect::RunPlan { plan: Box::new(plan), undoes }]
}

/// Whether a layer is the screen of this run.
fn is_of(overlay: &Overlay, run: &RunId) -> bool {
    matches!(overlay, Overlay::Run(view) if view.run.as_ref() == Some(run))
}

/// Whether a layer is a menu of what can be done about this run.
fn is_menu_of(overlay: &Overlay, run: &RunId) -> bool {
    let is_of = |item: &Item| matches!(&item.command, Command::Run(of, _) if of == run);
    matches!(overlay, Overlay::Picker(picker) if picker.items.iter().any(is_of))
}

/// Shows a run on a screen of its own, once.
pub fn show(model: &mut Model, run: &Run) -> Vec<Effect> {
    if model.overlays.iter().any(|overlay| is_of(overlay, &run.id)) {
        return Vec::new();
    }
    let mut view = RunView::of(run.id.clone(), &run.plan.title);
    view.cursor.row = run.current().unwrap_or(0);
    overlays::open(model, Overlay::Run(view))
}

/// Does what an action means on the screen of a run; none when none is on top, or it means nothing there.
pub fn act(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let Some(Overlay::Run(view)) = model.overlays.last() else { return None };
    let known = view.run.as_ref().and_then(|run| model.runs.get(run));
    let Some(known) = known.cloned() else {
        return (action == Action::Open).then(Vec::new);
    };
    match action {
        Action::Open => Some(menu(model, &known.run.id)),
        Action::Back if known.held == Held::Here && known.run.phase == Phase::Running => {
            let key = model.keymap.key(Context::Workspace, Action::Notifications);
            model.notices.hint(format!("the run goes on; {key} shows it again"));
            None
        }
        Action::Cancel if known.held == Held::Here => Some(stop(model, &known.run)),
        Action::Right => {
            let row = view.cursor.row;
            let (step, progress) = (known.run.plan.steps.get(row)?, known.run.steps.get(row)?);
            let mut text = format!("{:<12}{}\n", "Outcome", progress.word());
            if let StepState::Failed(trouble) = &progress.state {
                text.push_str(&format!("{:<12}{}\n", "Why", trouble.words));
                if trouble.detail != trouble.words {
                    text.push_str(&format!("{:<12}{}\n", "Azure says", trouble.detail));
                }
            }
            text.push_str(&details(step));
            let view = TextView::wrapped(step.title.as_str(), &text, model.size.0);
            Some(overlays::open(model, Overlay::Text(view)))
        }
        Action::Save => {
            let name = format!("{}.md", export::file_name(&format!("run {}", known.run.id)));
            Some(vec![Effect::Save { name, contents: print::run_markdown(&known.run, known.held) }])
        }
        Action::CopyMenu => Some(super::subject::copy(model, print::run_markdown(&known.run, known.held))),
        _ => None,
    }
}

/// The screen of a run that was just confirmed finds it, and its cursor follows what is under way.
fn follow(model: &mut Model, run: &RunId, begun: bool) {
    let Model { overlays, runs, .. } = model;
    let at = runs.get(run).and_then(|known| known.run.current());
    for overlay in overlays {
        let Overlay::Run(view) = overlay else { continue };
        if view.run.is_none() && begun {
            view.run = Some(run.clone());
        }
        if let (Some(at), false, true) = (at, view.moved, view.run.as_ref() == Some(run)) {
            view.cursor.row = at;
        }
    }
}

fn refuses(model: &mut Model) -> bool {
    if model.session.read_only {
        model.tell(Tone::Warn, "nothing is changed: the console runs with --read-only", "");
    }
    model.session.read_only
}

/// Takes in what happened.
pub fn happened(model: &mut Model, event: RunEvent) -> Vec<Effect> {
    match event {
        RunEvent::Recorded { run, record } => {
            let Some(run) = model.runs.record(&run, &record).cloned() else { return Vec::new() };
            follow(model, &run.id, matches!(record.change, Change::Begun { .. }));
            renew_menu(model, &run.id);
            match record.change {
                Change::Ended => {
                    let text = format!("{}: {}", run.plan.title, run.word());
                    return ended(model, &run, Tone::Good, text);
                }
                Change::Stopped => {
                    let key = model.keymap.key(Context::Workspace, Action::Notifications);
                    let text = format!("{}: stopped; {key} shows what can be done", run.plan.title);
                    return ended(model, &run, Tone::Warn, text);
                }
                Change::StepFailed { ref trouble, .. } => {
                    let text = format!("{}: {}", run.plan.title, trouble.words);
                    return ended(model, &run, Tone::Bad, text);
                }
                _ => {}
            }
            Vec::new()
        }
        RunEvent::Progress { run, step, status, percent, parts } => {
            model.runs.progress(&run, step, status, percent, parts);
            Vec::new()
        }
        RunEvent::Left { run } => {
            model.runs.left(&run);
            Vec::new()
        }
        RunEvent::Told { words } => {
            model.tell(Tone::Warn, words, "");
            Vec::new()
        }
        RunEvent::Refused { what, words } => {
            model.overlays.retain(|overlay| !matches!(overlay, Overlay::Run(RunView { run: None, .. })));
            let text = format!("{what}: {words}");
            if text::width(&text) >= usize::from(model.size.0) {
                // What to do about it must not be cut off.
                model.overlays.push(Overlay::Text(TextView::wrapped(&what, &words, model.size.0)));
            }
            model.tell(Tone::Bad, text, words);
            Vec::new()
        }
        RunEvent::Listed { runs, damaged } => {
            let before = left(model);
            model.runs.listed(runs);
            for words in damaged {
                model.tell(Tone::Warn, words, "");
            }
            if left(model).iter().any(|id| !before.contains(id)) {
                tell_left(model);
            }
            Vec::new()
        }
    }
}

/// The runs that wait for somebody to decide.
fn left(model: &Model) -> Vec<RunId> {
    model.runs.all().iter().filter(|known| known.is_left()).map(|known| known.run.id.clone()).collect()
}

/// Says which changes were left in the middle.
fn tell_left(model: &mut Model) {
    let left: Vec<String> = model
        .runs
        .all()
        .iter()
        .filter(|known| known.is_left())
        .map(|known| known.run.plan.title.clone())
        .collect();
    let key = model.keymap.key(Context::Workspace, Action::Notifications);
    let text = match left.as_slice() {
        [] => return,
        [one] => format!("a change was left unfinished: {one}; {key} offers to go on or undo"),
        several => format!("{} changes were left unfinished; {key} offers to go on or undo", several.len()),
    };
    model.tell(Tone::Warn, text, left.join("\n"));
}

/// A run is over, one way or another: it is told, and what it changed is read again.
fn ended(model: &mut Model, run: &Run, tone: Tone, text: String) -> Vec<Effect> {
    let now = model.now;
    // What could be done while it was under way means nothing any more.
    model.overlays.retain(|overlay| !is_menu_of(overlay, &run.id));
    model.notices.tell_of(run.id.clone(), now, tone, (text, print::run_text(run, Held::Here)));
    if run.steps.iter().all(|step| !step.touched()) {
        return Vec::new();
    }
    if run.plan.kind == Kind::SetUp && run.phase == Phase::Done {
        // Who watches is led to the new workspace as soon as the inventory has it; who looks at something else stays.
        if model.overlays.iter().any(|overlay| is_of(overlay, &run.id)) {
            model.landing = Some(run.plan.subject.as_str().to_owned());
        }
        return super::screen::refresh_all(model);
    }
    // What is there, and what is not any more: also of one that failed in the middle of it.
    let makes = |step: &Step| {
        step.requests.iter().any(|request| {
            let id = ArmId::parse(&request.path).ok();
            let kind = id.as_ref().and_then(ArmId::resource_type).unwrap_or_default();
            let deploys = request.method == Method::Put && kind == "Microsoft.Resources/deployments";
            deploys
                || request.method == Method::Delete && kind == "Microsoft.MachineLearningServices/workspaces"
        })
    };
    if run.plan.steps.iter().zip(&run.steps).any(|(step, progress)| progress.touched() && makes(step)) {
        return super::screen::refresh_all(model);
    }
    if run.plan.many.is_some() {
        return super::screen::refresh_all(model);
    }
    let selected = model.browser.workspace().cloned();
    // What else was opened is read again when it is looked at.
    for page in model.pages.iter_mut().filter(|page| Some(&page.id) != selected.as_ref()) {
        page.outdated = true;
    }
    let Some(page) = model.page() else { return Vec::new() };
    let (id, mut parts) = (page.id.clone(), page.refresh(Pane::Access));
    for part in page.first_round() {
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    parts.into_iter().map(|part| open::ask(model, Fetch::Page(id.clone(), part))).collect()
}

/// Whether the console may end: not in the middle of a run, unless that was said before.
pub fn may_quit(model: &mut Model) -> bool {
    let in_flight = model.runs.in_flight();
    if in_flight.is_empty() {
        return true;
    }
    if std::mem::replace(&mut model.quitting, true) {
        return true;
    }
    // As long as a narrow screen shows.
    let text = match &model.session.source {
        Source::Demo { kept: false, .. } => {
            "the same key again quits amid this run; all of the demo ends with it"
        }
        _ => "the same key again quits amid this run; the next start can go on or undo it",
    };
    model.tell(Tone::Warn, text, "");
    false
}

/// Lays what can be done about a run over the screen.
pub fn menu(model: &mut Model, id: &RunId) -> Vec<Effect> {
    let Some(known) = model.runs.get(id) else { return Vec::new() };
    let items = items(model, known);
    if items.is_empty() {
        let text = format!("{}: there is nothing more to do about it", known.word());
        model.notices.hint(text);
        return Vec::new();
    }
    let picker = Picker::new(known.run.plan.title.clone(), items, false);
    overlays::open(model, Overlay::Picker(picker))
}

/// Brings the menu of a run that lies over the screen to what can be done now. The choice under the cursor is not taken
/// away: another one would be chosen in its place.
fn renew_menu(model: &mut Model, id: &RunId) {
    let Some(known) = model.runs.get(id) else { return };
    let title = known.run.plan.title.clone();
    let items = items(model, known);
    for overlay in &mut model.overlays {
        if is_menu_of(overlay, id)
            && let Overlay::Picker(picker) = overlay
            && picker.title == title
            && picker.current().is_none_or(|held| items.iter().any(|item| item.command == held.command))
        {
            picker.renew(items.clone());
        }
    }
}

/// What can be done about a run that nobody carries on, each with its key: it stands on its screen at once, and the keys
/// act there.
#[must_use]
pub fn offers(model: &Model, id: &RunId) -> Vec<Item> {
    let Some(known) = model.runs.get(id).filter(|known| known.held == Held::Nobody) else {
        return Vec::new();
    };
    let mut items = Picker::new("", items(model, known), false).items;
    items.retain(|item| item.key.is_some() && !matches!(item.command, Command::Run(_, RunCommand::Show)));
    items
}

/// Does what a key means that stands on the screen of a run; none where it does not.
pub fn press(model: &mut Model, key: Key) -> Option<Vec<Effect>> {
    let Some(Overlay::Run(view)) = model.overlays.last() else { return None };
    let typed = key.typed()?;
    let items = offers(model, view.run.as_ref()?);
    match items.into_iter().find(|item| item.key == Some(typed))?.command {
        Command::Run(run, command) => Some(choose(model, run, command)),
        _ => None,
    }
}

fn item_of(run: &Run, label: &str, detail: String, command: RunCommand) -> Item {
    Item::new(label, detail, Command::Run(run.id.clone(), command))
}

/// Stops a run that is carried on here. Amid a request that is asked, because it goes on in Azure.
pub fn stop(model: &mut Model, run: &Run) -> Vec<Effect> {
    if run.current().is_none_or(|at| run.steps[at].open.is_none()) {
        return choose(model, run.id.clone(), RunCommand::Stop);
    }
    let mut items = vec![Item::new("no, it goes on", "", Command::Stay).key('n')];
    items.extend(ways_to_stop(run));
    let picker = Picker::new(format!("Stop {}?", run.plan.title), items, false);
    overlays::open(model, Overlay::Picker(picker))
}

/// How a run that is carried on here can be stopped.
fn ways_to_stop(run: &Run) -> Vec<Item> {
    let item = |label: &str, detail: &str, command| item_of(run, label, detail.to_owned(), command);
    let detail = match run.current().map(|at| &run.steps[at]) {
        Some(step) if step.operation.is_some() => "nothing more is sent; it goes on in Azure",
        Some(step) if step.open.is_some() => "nothing more is sent; what is on its way may be done",
        _ => "before the next request; what is done stays",
    };
    let mut ways = vec![item("stop", detail, RunCommand::Stop).key('x')];
    if run.cancellable().is_some() {
        let detail = "what is under way ends there; what is done stays";
        ways.push(item("cancel in Azure", detail, RunCommand::AskCancel).key('c'));
    }
    ways
}

fn items(model: &Model, known: &Known) -> Vec<Item> {
    let run = &known.run;
    let item = |label: &str, detail: String, command: RunCommand| item_of(run, label, detail, command);
    let shown = model.overlays.iter().any(|overlay| is_of(overlay, &run.id));
    let mut items = Vec::new();
    if !shown {
        items.push(item("show", known.word(), RunCommand::Show).key('v'));
    }
    let undone = model.runs.is_undone(&run.id);
    if known.held == Held::Nobody && run.phase == Phase::Done && run.plan.kind == Kind::SetUp && !undone {
        // Whoever has set something up wants to see it, not to delete it.
        items.push(item("show the workspace", run.plan.subject_name.clone(), RunCommand::Visit).key('w'));
    }
    match known.held {
        Held::Here => {
            // Enter opens this menu: pressed twice it does no harm.
            if shown {
                items.push(item("keep watching", String::new(), RunCommand::Show).key('v'));
            }
            if run.current().is_some_and(|at| run.steps[at].waiting.is_some()) {
                let detail = "go on now: what is waited for may not be so yet".to_owned();
                items.push(item("do not wait", detail, RunCommand::CutWait).key('w'));
            }
            items.extend(ways_to_stop(run));
        }
        Held::Elsewhere => {}
        Held::Nobody if model.session.read_only => {}
        Held::Nobody => {
            // What was taken back as a whole is over, however it had ended.
            for choice in run.choices().into_iter().filter(|_| !undone) {
                let (key, command) = match choice {
                    Choice::Resume => ('g', RunCommand::Resume),
                    Choice::Purge => ('p', RunCommand::Purge),
                    Choice::Cancel => ('c', RunCommand::AskCancel),
                    Choice::Undo => ('u', RunCommand::Undo),
                    Choice::Keep => ('l', RunCommand::Keep),
                };
                let words = run.choice_words(choice);
                items.push(item(words.verb, words.detail, command).key(key));
            }
            if let Some(waiting) = waits_for(model, run) {
                let detail = format!("with what wanted the name: {}", waiting.plan.title);
                items.push(item_of(waiting, "go on", detail, RunCommand::Resume).key('g'));
            }
            if run.undoable().len() > 1 && !undone {
                items.extend(run.undoable_alone().into_iter().map(|step| {
                    let title = run.plan.steps[step].title.clone();
                    item(&format!("undo step {}", step + 1), title, RunCommand::UndoStep(step))
                }));
            }
        }
    }
    items
}

/// The run that could not make its workspace because of the deleted one that this run has purged.
fn waits_for<'a>(model: &'a Model, run: &Run) -> Option<&'a Run> {
    if run.plan.kind != Kind::Purge || run.phase != Phase::Done {
        return None;
    }
    let left = model.runs.all().iter().filter(|known| known.is_left()).map(|known| &known.run);
    left.into_iter().find(|other| other.held_by_deleted().as_ref() == Some(&run.plan.subject))
}

/// Does what was chosen about a run.
pub fn choose(model: &mut Model, id: RunId, command: RunCommand) -> Vec<Effect> {
    let Some(known) = model.runs.get(&id) else { return Vec::new() };
    let (run, held) = (known.run.clone(), known.held);
    match command {
        RunCommand::Show => show(model, &run),
        RunCommand::Visit => {
            model.overlays.retain(|overlay| !matches!(overlay, Overlay::Run(_) | Overlay::List(_)));
            model.landing = Some(run.plan.subject.as_str().to_owned());
            super::inventory::landed(model)
        }
        RunCommand::Stop => vec![Effect::StopRun { run: id, cancel: false }],
        RunCommand::CutWait => {
            run.current().map(|step| Effect::CutWait { run: id, step }).into_iter().collect()
        }
        RunCommand::Keep => vec![Effect::KeepRun(id)],
        _ if refuses(model) => Vec::new(),
        RunCommand::Resume => {
            close_stale(model, &id);
            // Whoever goes on wants to watch, and has seen the end of what made way for it.
            model
                .overlays
                .retain(|overlay| !matches!(overlay, Overlay::Run(view) if view.run.as_ref() != Some(&id)));
            let mut effects = show(model, &run);
            // Wherever the cursor was moved to while it lay, it follows what happens now.
            for overlay in &mut model.overlays {
                if let Overlay::Run(view) = overlay {
                    view.moved = false;
                    view.cursor.row = run.current().unwrap_or(0);
                }
            }
            effects.push(Effect::ResumeRun { run: id, cancel: false });
            effects
        }
        RunCommand::AskCancel => ask_cancel(model, &run),
        RunCommand::Cancel if held == Held::Here => vec![Effect::StopRun { run: id, cancel: true }],
        RunCommand::Cancel => vec![Effect::ResumeRun { run: id, cancel: true }],
        RunCommand::Purge => match run.held_by_deleted() {
            Some(workspace) => super::reviews::open(model, purge(&workspace, run.plan.production), None),
            None => Vec::new(),
        },
        RunCommand::Undo => {
            close_stale(model, &id);
            ask_undo(model, &run, &[])
        }
        RunCommand::UndoStep(step) => ask_undo(model, &run, &[step]),
    }
}

/// Closes what was planned or assessed while a run was not over: once that is taken up it is not so any more.
fn close_stale(model: &mut Model, id: &RunId) {
    let made = model.switching.iter().flat_map(|switching| &switching.made);
    let assessed = made.into_iter().any(|one| one.unfinished.as_ref().is_some_and(|open| open.run == *id));
    let is_stale = |overlay: &Overlay| match overlay {
        Overlay::Review(review) => {
            storage_access::beside(model, review).is_some_and(|known| known.run.id == *id)
        }
        Overlay::Text(view) => assessed && view.next.is_some(),
        _ => false,
    };
    let mut stale = model.overlays.iter().map(is_stale).collect::<Vec<bool>>().into_iter();
    model.overlays.retain(|_| !stale.next().unwrap_or_default());
}

/// Asks whether what goes on in Azure shall be cancelled there.
fn ask_cancel(model: &mut Model, run: &Run) -> Vec<Effect> {
    let items = vec![
        Item::new("no, it goes on", "", Command::Stay).key('n'),
        item_of(run, "yes, cancel it in Azure", "what it made so far stays".to_owned(), RunCommand::Cancel)
            .key('y'),
    ];
    let title = format!("Cancel {}?", run.plan.title);
    overlays::open(model, Overlay::Picker(Picker::new(title, items, false)))
}

/// Shows the plan that takes a run or some of its steps back; it runs when that is confirmed.
fn ask_undo(model: &mut Model, run: &Run, only: &[usize]) -> Vec<Effect> {
    let begun = model.runs.all().iter().find(|known| known.run.is_unfinished_undo_of(run));
    if let Some(undo) = begun.map(|known| known.run.clone()) {
        model.tell(Tone::Warn, "an undo of it was left in the middle: go on with that one", "");
        return show(model, &undo);
    }
    match inverse(run, only) {
        Ok(mut plan) => {
            around::warn_of_locks_on_undo(&mut plan, model);
            super::reviews::open(model, plan, Some(run.id.clone()))
        }
        Err(error) => {
            model.tell(Tone::Warn, error.to_string(), "");
            Vec::new()
        }
    }
}
