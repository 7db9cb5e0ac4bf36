//! The guided switch of the storage access mode: reading what the assessments of one workspace or of those that are
//! marked want, the assessments over the screen, and the plan that is chosen.

use std::collections::BTreeMap;

use super::open::{ask, go_to, open_selected};
use super::subject::nothing_selected;
use super::{reviews, subject};
use crate::app::browser::Node;
use crate::app::effect::Effect;
use crate::app::fetch::Fetch;
use crate::app::model::Model;
use crate::app::overlay::Overlay;
use crate::app::picker::{Command, Item, Picker, RunCommand};
use crate::app::storage_access::{self, Reads};
use crate::app::text_view::TextView;
use crate::azure::arm::id::ArmId;
use crate::azure::resources::workspace::AuthMode;
use crate::domain::fact::Tone;
use crate::domain::plan::{Held, Plan, Run, RunId};
use crate::domain::storage_access::{
    Assessment, By, Delegation, Goal, NoPlan, Optional, Pair, Unfinished, Verdict, Wish, plan_to, several,
};

/// Assessments that wait for what they are made of, or were made. They are made one after the other, each while its
/// workspace is selected: what its page reads is what the assessment needs.
#[derive(Debug, Clone, PartialEq)]
pub struct Switching {
    /// Of which workspaces, in order.
    pub workspaces: Vec<ArmId>,
    /// What was read for the one that comes next; none before the answer.
    pub reads: Option<Box<Reads>>,
    /// The assessments that were made, in the same order.
    pub made: Vec<Assessment>,
}

impl Switching {
    /// The workspace that is being assessed; none when all are.
    fn current(&self) -> Option<&ArmId> {
        self.workspaces.get(self.made.len())
    }
}

/// What can be planned.
#[derive(Debug, Clone, PartialEq)]
pub enum Switch {
    /// To identity, giving reading and writing.
    Identity,
    /// To identity, giving reading only.
    IdentityReaders,
    /// To identity, giving each person roles of their own.
    IdentityByPerson,
    /// To user delegation signatures.
    Delegation,
    /// Back to keys.
    Keys,
    /// Back to keys, and the roles away that switches gave.
    KeysAndRoles,
    /// Keys brought in step.
    Resync,
    /// Of several workspaces, those that are ready.
    Ready,
    /// Of several workspaces, those that are ready, and those that are after their grants.
    ReadyAfterGrants,
    /// Nothing: the assessment as a change ticket, with the plan that suits it.
    Ticket,
}

/// Reads what the assessments of the marked workspaces want, or that of the selected one.
pub fn open(model: &mut Model) -> Vec<Effect> {
    let marked = model.browser.marks.all().to_vec();
    let workspaces = match (marked.is_empty(), model.browser.workspace()) {
        (false, _) => marked,
        (true, Some(selected)) => vec![selected.clone()],
        (true, None) => return nothing_selected(model),
    };
    model.switching = Some(Switching { workspaces, reads: None, made: Vec::new() });
    begin(model)
}

/// Selects the workspace that comes next and reads what is wanted of it beside its page.
fn begin(model: &mut Model) -> Vec<Effect> {
    let Some(switching) = &model.switching else { return Vec::new() };
    let Some(id) = switching.current().cloned() else { return Vec::new() };
    let place = match switching.workspaces.len() {
        1 => String::new(),
        all => format!(" ({} of {all})", switching.made.len() + 1),
    };
    let mut effects = Vec::new();
    if model.browser.workspace() != Some(&id) {
        effects.extend(go_to(model, &Node::Workspace(id.clone())));
    }
    effects.extend(open_selected(model));
    let Some(page) = model.page() else {
        model.tell(Tone::Warn, format!("{} is not in the list any more", id.name()), "");
        model.switching = None;
        return effects;
    };
    let storage = page.opened.storage_id().cloned();
    model.notices.hint(format!("reading what a switch of {} would do{place}", id.name()));
    let until = model.now;
    effects.push(ask(model, Fetch::StorageAccess { workspace: id, storage, until }));
    effects
}

/// What was read arrived.
pub fn arrived(model: &mut Model, workspace: &ArmId, reads: Reads) {
    if let Some(switching) = &mut model.switching
        && switching.current() == Some(workspace)
    {
        switching.reads = Some(Box::new(reads));
    }
}

/// Whether an assessment waits for what is known of access.
#[must_use]
pub fn is_waiting(model: &Model) -> bool {
    model.switching.as_ref().is_some_and(|switching| switching.current().is_some())
}

/// After something happened: the assessment that waits is made once everything for it is there, and the next one
/// begins.
pub fn advance(model: &mut Model) -> Vec<Effect> {
    let Some(switching) = &model.switching else { return Vec::new() };
    let Some(id) = switching.current() else { return Vec::new() };
    let Some(page) = model.page().filter(|page| page.id == *id) else {
        // Whoever selects something else has lost interest.
        model.switching = None;
        model.notices.hint("the assessment was left");
        return Vec::new();
    };
    let Some(reads) = &switching.reads else { return Vec::new() };
    let reading = |fetch: &Fetch| matches!(fetch, Fetch::Names(_) | Fetch::Roles { .. } | Fetch::Members(_));
    let is_stale = page.assessed.knowledge != model.knowledge || page.assessed.under_way.is_some();
    if !page.loading().is_empty() || is_stale || model.under_way.keys().any(reading) {
        return Vec::new();
    }
    let Some(assessment) = storage_access::assess(model, page, reads) else { return Vec::new() };
    let assessment = assessment.beside(&runs(model), &held(model));
    let Some(switching) = &mut model.switching else { return Vec::new() };
    switching.made.push(assessment);
    switching.reads = None;
    if switching.current().is_some() {
        return begin(model);
    }
    show(model);
    Vec::new()
}

/// Lays what was made over the screen; what can be done about it comes next.
fn show(model: &mut Model) {
    let Some(switching) = &model.switching else { return };
    let (title, picker) = match switching.made.as_slice() {
        [one] => (format!("Storage access of {}", one.workspace.name()), choices(one, gave(model, one))),
        all => (format!("Storage access of {} workspaces", all.len()), choices_of_several(all)),
    };
    let Some(text) = written(model) else { return };
    let view = TextView::wrapped(title, &text, model.size.0).followed_by(picker);
    model.notices.dismiss();
    model.overlays.push(Overlay::Text(view));
}

/// What was made as text for the screen as wide as it is; none before everything is.
#[must_use]
pub fn written(model: &Model) -> Option<String> {
    let switching = model.switching.as_ref().filter(|switching| switching.current().is_none())?;
    Some(match switching.made.as_slice() {
        [one] => storage_access::text_of(one, model.size.0),
        all => storage_access::text_of_several(all, model.size.0),
    })
}

fn item(key: char, label: &str, detail: &str, switch: Switch) -> Item {
    Item::new(label, detail, Command::Switch(switch)).key(key)
}

/// What can be done with an assessment.
/// `gave` tells whether switches from here gave roles.
fn choices(assessment: &Assessment, gave: bool) -> Picker {
    let mut items = left(std::slice::from_ref(assessment));
    let lacks = assessment.losing().next().is_some();
    let label = match (assessment.mode == AuthMode::Identity, lacks) {
        (false, _) => "Plan the switch to identity",
        (true, true) => "Plan the missing grants",
        (true, false) => "Plan to turn shared key access off",
    };
    let by_role = assessment.mode != AuthMode::Identity || lacks;
    if by_role {
        items.push(item('i', label, "reading and writing", Switch::Identity));
        items.push(item('r', "The same, people read only", "", Switch::IdentityReaders));
        if assessment.has_groups() {
            items.push(item(
                'p',
                "The same, roles for each person",
                "not for groups",
                Switch::IdentityByPerson,
            ));
        }
    } else if assessment.shared_key != Some(false) {
        items.push(item('i', label, "only roles open the account then", Switch::Identity));
    }
    if assessment.mode != AuthMode::UserDelegationSas {
        let detail = match &assessment.delegation {
            Delegation::Had { .. } => "the service has it",
            Delegation::NotHad { .. } => "the service does not have it here",
            Delegation::Unread(_) => "whether the service has it is not known",
        };
        items.push(item('u', "Plan the switch to user delegation SAS", detail, Switch::Delegation));
    } else if lacks {
        items.push(item(
            'u',
            "Plan the missing grants",
            "it stays on user delegation SAS",
            Switch::Delegation,
        ));
    }
    if assessment.is_off_keys() {
        items.push(item('b', "Plan the way back to keys", "", Switch::Keys));
        if gave {
            items.push(item(
                't',
                "The same, and take roles back",
                "those that switches from here gave",
                Switch::KeysAndRoles,
            ));
        }
    }
    if assessment.keys_decide() {
        items.push(item('s', "Synchronise the keys", assessment.keys.hint(), Switch::Resync));
    }
    items.push(item('m', "Copy a change ticket", "Markdown, with the plan", Switch::Ticket));
    Picker::new(assessment.verdict.words(), items, false)
}

fn runs(model: &Model) -> Vec<&Run> {
    model.runs.all().iter().map(|known| &known.run).collect()
}

/// Those of them that somebody carries on right now.
fn held(model: &Model) -> Vec<RunId> {
    let held = model.runs.all().iter().filter(|known| known.held != Held::Nobody);
    held.map(|known| known.run.id.clone()).collect()
}

/// The run that is not over, first: it is taken up before anything else.
fn left(assessments: &[Assessment]) -> Vec<Item> {
    let left: BTreeMap<&RunId, &Unfinished> =
        assessments.iter().filter_map(|one| one.unfinished.as_ref()).map(|left| (&left.run, left)).collect();
    let show = |left: &Unfinished| Command::Run(left.run.clone(), RunCommand::Show);
    let item = |left: &&Unfinished| {
        Item::new("Take up what is unfinished", left.title.as_str(), show(left)).key('v')
    };
    left.values().map(item).collect()
}

/// Whether switches from here gave roles on the account of a workspace that are still there.
fn gave(model: &Model, assessment: &Assessment) -> bool {
    !storage_access::wish(model, assessment, Pair::Contributor, runs(model)).made.is_empty()
}

/// What can be done with several.
fn choices_of_several(all: &[Assessment]) -> Picker {
    let ready = all.iter().filter(|one| one.verdict == Verdict::Ready).count();
    let after = [Verdict::AfterGrants, Verdict::Limited];
    let after = all.iter().filter(|one| after.contains(&one.verdict)).count();
    let words = |n| match n {
        1 => "1 workspace".to_owned(),
        n => format!("{n} workspaces, one after the other"),
    };
    let mut items = left(all);
    if ready > 0 {
        items.push(item('i', "Plan the switch of those ready", &words(ready), Switch::Ready));
    }
    if after > 0 {
        let label = "Plan it with the missing grants";
        items.push(item('a', label, &words(ready + after), Switch::ReadyAfterGrants));
    }
    let has = |one: &&Assessment| matches!(one.verdict, Verdict::Ready | Verdict::AfterGrants);
    let delegable =
        all.iter().filter(has).filter(|one| matches!(one.delegation, Delegation::Had { .. })).count();
    if delegable > 0 {
        let label = "Plan the switch to user delegation SAS";
        items.push(item('u', label, &words(delegable), Switch::Delegation));
    }
    let keyed = all.iter().filter(|one| one.keys_decide()).count();
    let back = all.iter().filter(|one| one.is_off_keys()).count();
    if back > 0 {
        items.push(item('b', "Plan the way back to keys", &words(back), Switch::Keys));
    }
    if keyed > 0 {
        items.push(item('s', "Synchronise the keys", &words(keyed), Switch::Resync));
    }
    items.push(item('m', "Copy a change ticket", "Markdown, with the plan", Switch::Ticket));
    Picker::new(format!("{ready} of {} ready, {after} more after grants", all.len()), items, false)
}

/// Shows the plan that was chosen.
pub fn choose(model: &mut Model, switch: &Switch) -> Vec<Effect> {
    let Some(made) = model.switching.as_ref().map(|switching| switching.made.clone()) else {
        return Vec::new();
    };
    if *switch == Switch::Ticket {
        let text = match plan(model, &made, suited(&made)) {
            Ok(plan) => storage_access::ticket_of(&made, &plan),
            // Without a plan there is still the assessment.
            Err(_) => storage_access::markdown(&made),
        };
        return subject::copy(model, text);
    }
    match plan(model, &made, switch) {
        Ok(plan) => {
            let effects = reviews::open(model, plan, None);
            reviews::show_assessed(model, made);
            effects
        }
        Err(why) => {
            model.tell(Tone::Warn, why.to_string(), "");
            Vec::new()
        }
    }
}

/// The switch that a ticket is most likely about.
fn suited(made: &[Assessment]) -> &'static Switch {
    match made {
        [one] if one.mode == AuthMode::Identity && one.losing().next().is_none() => &Switch::Keys,
        [_] => &Switch::Identity,
        all if all.iter().all(|one| one.mode == AuthMode::Identity) => &Switch::Keys,
        _ => &Switch::ReadyAfterGrants,
    }
}

fn plan(model: &Model, made: &[Assessment], switch: &Switch) -> Result<Plan, NoPlan> {
    let pair = if *switch == Switch::IdentityReaders { Pair::Reader } else { Pair::Contributor };
    let wish = |one: &Assessment| -> Wish { storage_access::wish(model, one, pair, runs(model)) };
    let goal = match switch {
        Switch::Delegation => Goal::Mode(AuthMode::UserDelegationSas),
        Switch::Keys | Switch::KeysAndRoles => Goal::Mode(AuthMode::AccessKey),
        Switch::Resync => Goal::Resync,
        Switch::Identity
        | Switch::IdentityReaders
        | Switch::IdentityByPerson
        | Switch::Ready
        | Switch::ReadyAfterGrants
        | Switch::Ticket => Goal::Mode(AuthMode::Identity),
    };
    match made {
        [one] if *switch == Switch::IdentityByPerson => {
            plan_to(&goal, &one.clone().granting(By::Person), &wish(one))
        }
        [one] => {
            let mut plan = plan_to(&goal, one, &wish(one))?;
            let taken = plan.steps.iter_mut().filter(|step| Optional::of(step) == Some(Optional::TakeBack));
            taken.for_each(|step| step.chosen |= *switch == Switch::KeysAndRoles);
            Ok(plan)
        }
        all => {
            let grants = matches!(switch, Switch::ReadyAfterGrants | Switch::Delegation);
            several(all, &goal, grants, wish)
        }
    }
}
