//! The guided switch of the storage access mode: reading what the assessment wants, the assessment over the screen,
//! and the plan that is chosen.

use super::open::ask;
use super::screen::nothing_selected;
use super::{reviews, screen};
use crate::app::access::lists::AccessList;
use crate::app::effect::Effect;
use crate::app::fetch::Fetch;
use crate::app::form::around;
use crate::app::model::Model;
use crate::app::overlay::Overlay;
use crate::app::picker::{Command, Item, Picker};
use crate::app::storage_access::{self, Reads};
use crate::app::text_view::TextView;
use crate::azure::arm::id::ArmId;
use crate::azure::resources::workspace::AuthMode;
use crate::domain::fact::Tone;
use crate::domain::plan::Plan;
use crate::domain::storage_access::{Assessment, NoPlan, Pair, Wish, resync, to_identity, to_keys};

/// An assessment that waits for what it is made of, or was made.
#[derive(Debug, Clone, PartialEq)]
pub struct Switching {
    /// Of which workspace.
    pub workspace: ArmId,
    /// What was read for it; none before the answer.
    pub reads: Option<Box<Reads>>,
    /// The assessment, once it was made.
    pub assessment: Option<Box<Assessment>>,
}

/// What can be planned.
#[derive(Debug, Clone, PartialEq)]
pub enum Switch {
    /// To identity, giving reading and writing.
    Identity,
    /// To identity, giving reading only.
    IdentityReaders,
    /// To user delegation signatures.
    Delegation,
    /// Back to keys.
    Keys,
    /// Keys brought in step.
    Resync,
}

/// Reads what the assessment of the selected workspace wants.
pub fn open(model: &mut Model) -> Vec<Effect> {
    let Some((id, storage)) = model.page().map(|page| (page.id.clone(), page.opened.storage_id().cloned()))
    else {
        return nothing_selected(model);
    };
    model.notices.hint(format!("reading what a switch of {} would do", id.name()));
    model.switching = Some(Switching { workspace: id.clone(), reads: None, assessment: None });
    vec![ask(model, Fetch::StorageAccess { workspace: id, storage })]
}

/// What was read arrived.
pub fn arrived(model: &mut Model, workspace: &ArmId, reads: Reads) {
    if let Some(switching) = &mut model.switching
        && switching.workspace == *workspace
    {
        switching.reads = Some(Box::new(reads));
    }
}

/// Whether an assessment waits for what is known of access.
#[must_use]
pub fn is_waiting(model: &Model) -> bool {
    model.switching.as_ref().is_some_and(|switching| switching.assessment.is_none())
}

/// After something happened: the assessment that waits is made once everything for it is there.
pub fn go_on(model: &mut Model) {
    let Some(switching) = model.switching.as_ref().filter(|switching| switching.assessment.is_none()) else {
        return;
    };
    let Some(page) = model.page().filter(|page| page.id == switching.workspace) else {
        model.switching = None;
        return;
    };
    let assignments = page.list_status(AccessList::Assignments, &page.id);
    let refused = assignments.and_then(|status| status.error.clone());
    if let Some(why) = refused.filter(|_| page.assessment.is_none()) {
        model.switching = None;
        screen::tell(model, Tone::Warn, format!("who has access could not be read: {why}"));
        return;
    }
    let Some(reads) = &switching.reads else { return };
    let reading = |fetch: &Fetch| matches!(fetch, Fetch::Names(_) | Fetch::Roles { .. } | Fetch::Members(_));
    let is_stale = page.assessed.knowledge != model.knowledge || page.assessed.under_way.is_some();
    if !page.loading().is_empty() || is_stale || model.under_way.keys().any(reading) {
        return;
    }
    let Some(assessment) = storage_access::assess(model, page, reads) else { return };
    model.notices.dismiss();
    let title = format!("Storage access of {}", assessment.workspace.name());
    let text = storage_access::text(&assessment);
    model.overlays.push(Overlay::Text(TextView::wrapped(title, &text, model.size.0)));
    model.overlays.push(Overlay::Picker(choices(&assessment)));
    if let Some(switching) = &mut model.switching {
        switching.assessment = Some(Box::new(assessment));
    }
}

/// What can be done with an assessment; Esc leaves it to be read.
fn choices(assessment: &Assessment) -> Picker {
    let plan =
        |key, label: &str, detail: &str, switch| Item::new(label, detail, Command::Switch(switch)).key(key);
    let mut items = Vec::new();
    if assessment.mode != AuthMode::Identity {
        items.push(plan('i', "Plan the switch to identity", "reading and writing", Switch::Identity));
        items.push(plan('r', "Plan the switch to identity", "reading only", Switch::IdentityReaders));
    }
    if assessment.mode != AuthMode::UserDelegationSas {
        items.push(plan('u', "Plan the switch to user delegation SAS", "", Switch::Delegation));
    }
    if assessment.mode != AuthMode::AccessKey || assessment.shared_key == Some(false) {
        items.push(plan('k', "Plan the way back to keys", "", Switch::Keys));
    }
    if assessment.mode == AuthMode::AccessKey {
        items.push(plan('s', "Synchronise the keys", "after one was rotated", Switch::Resync));
    }
    let ticket = storage_access::markdown(assessment);
    items.push(Item::new("Copy the assessment as Markdown", "", Command::Copy(ticket)).key('m'));
    let title = format!("{}: {}", assessment.verdict.words(), assessment.losing_words());
    Picker::new(title, items, false)
}

/// Shows the plan that was chosen.
pub fn choose(model: &mut Model, switch: &Switch) -> Vec<Effect> {
    let Some(assessment) = model.switching.as_ref().and_then(|switching| switching.assessment.clone()) else {
        return Vec::new();
    };
    match plan(model, &assessment, switch) {
        Ok(plan) => reviews::open(model, plan, None),
        Err(why) => {
            screen::tell(model, Tone::Warn, why.to_string());
            Vec::new()
        }
    }
}

fn plan(model: &Model, assessment: &Assessment, switch: &Switch) -> Result<Plan, NoPlan> {
    let pair = if *switch == Switch::IdentityReaders { Pair::Reader } else { Pair::Contributor };
    let scopes = assessment.account.iter();
    let wish = Wish { pair, setting: around::setting(model, &assessment.workspace, scopes) };
    match switch {
        Switch::Identity | Switch::IdentityReaders => to_identity(assessment, &AuthMode::Identity, &wish),
        Switch::Delegation => to_identity(assessment, &AuthMode::UserDelegationSas, &wish),
        Switch::Keys => to_keys(assessment, &wish),
        Switch::Resync => Ok(resync(assessment, &wish)),
    }
}
