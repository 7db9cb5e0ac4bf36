//! What a persona gets, as a plan.

use super::Setting;
use super::grant::{Grant, Place, Who, grant, grant_step};
use crate::domain::access::Targets;
use crate::domain::personas::{Persona, Stage};
use crate::domain::plan::{Kind, Plan, Weight};

/// The plan that gives somebody what a persona gets. `requests` gives names for requests of PIM: GUIDs that nobody
/// used before.
#[must_use]
pub fn apply(
    persona: &Persona,
    stage: Stage,
    who: &Who,
    targets: &Targets,
    requests: &mut dyn FnMut() -> String,
    setting: &Setting,
) -> Plan {
    let gifts = persona.gifts(stage);
    let mut grants: Vec<(Grant, bool)> = Vec::new();
    let mut missing: Vec<&str> = Vec::new();
    for gift in gifts {
        match targets.scope(gift.on) {
            Some(id) => {
                let standing = Grant::standing(who.clone(), gift.role, Place::of(&id));
                let mut grant = Grant { ends_are_told: setting.ends_are_told, ..standing };
                if gift.eligible {
                    grant.eligible = true;
                    grant.requests = [requests(), requests()];
                }
                grants.push((grant, gift.usual));
            }
            None => missing.push(gift.role.name),
        }
    }
    let all: Vec<Grant> = grants.iter().map(|(grant, _)| grant.clone()).collect();
    let title = format!("Give {} the roles of {} in {}", who.name, persona.words, stage.word());
    let mut plan = grant(Kind::Persona, title, targets.workspace.clone(), &all, setting);
    // Each can be left out; what is only perhaps wanted is.
    for (step, (grant, usual)) in plan.steps.iter_mut().zip(&grants) {
        *step = grant_step(&step.id, grant).optional(*usual);
    }
    if gifts.is_empty() {
        plan.warn(Weight::Note, format!("A {} gets nothing in {}.", persona.words, stage.word()));
    }
    if !missing.is_empty() {
        let text = format!(
            "Not given, because the workspace has no resource for it or it could not be read: {}.",
            missing.join(", ")
        );
        plan.warn(Weight::Caution, text);
    }
    if stage == Stage::Staging && who.kind.is_person() {
        plan.warn(
            Weight::Caution,
            "Staging is for processes: people with access there make its tests say less.",
        );
    }
    if persona.process && who.kind.is_person() {
        plan.warn(Weight::Caution, format!("{} is a person, and this persona is a process.", who.name));
    }
    if !persona.note.is_empty() {
        plan.warn(Weight::Note, persona.note);
    }
    plan
}
