//! The form that activates one's own eligible role.

use jiff::{SignedDuration, Timestamp};

use super::{Ask, Choice, Form, FormField, FormStep, Note, Source, Supply, amount, around, grant};
use crate::app::model::Model;
use crate::app::page::Page;
use crate::azure::arm::id::ArmId;
use crate::azure::resources::pim::{AssignmentType, ScheduleInstance};
use crate::domain::access::Targets;
use crate::domain::changes::{Activation, Role, activate};
use crate::domain::fact::Tone;
use crate::domain::plan::Plan;

/// The name of the form in drafts.
pub const KIND: &str = "activate";
const ROLE: &str = "role";
const RULES: &str = "rules";
const LENGTH: &str = "length";
const WHY: &str = "why";
const TICKET: &str = "ticket";
const SYSTEM: &str = "system";

/// What is known of an eligible role besides its name: the names of [`Choice::facts`].
pub mod fact {
    /// The caller's object id.
    pub const ME: &str = "me";
    /// The role's GUID.
    pub const ROLE: &str = "role";
    /// Where it is eligible.
    pub const SCOPE: &str = "scope";
    /// The eligibility schedule behind it.
    pub const SCHEDULE: &str = "schedule";
    /// What becomes of a request for it that waits for somebody, as a clause; empty where none waits.
    pub const ASKED: &str = "asked";
    /// Of the rules: the longest time, as ISO 8601.
    pub const LONGEST: &str = "longest";
    /// Of the rules: `yes` where a justification is wanted.
    pub const JUSTIFICATION: &str = "justification";
    /// Of the rules: `yes` where a ticket is wanted.
    pub const TICKET: &str = "ticket";
    /// Of the rules: `yes` where somebody has to approve it.
    pub const APPROVAL: &str = "approval";
    /// Of the rules: `yes` where a second factor is wanted.
    pub const FACTOR: &str = "factor";
}

/// How long a role can be active at most, whatever its policy says.
const LONGEST: SignedDuration = SignedDuration::from_hours(24);

/// The form for the workspace whose page this is.
#[must_use]
pub fn form(page: &Page) -> Form {
    let which = vec![
        FormField::one(
            ROLE,
            "Role",
            Source::Listed(|form| Some(Ask::MyRoles { scope: form.subject.clone() })),
            Vec::new(),
        )
        .help("Roles that you could activate here, your groups' too."),
    ];
    let how = vec![
        FormField::one(
            RULES,
            "What it takes",
            Source::Listed(|form| {
                let role = form.choice(ROLE)?;
                let scope = ArmId::parse(role.fact(fact::SCOPE)).ok()?;
                Some(Ask::ActivationRules { scope, role: role.fact(fact::ROLE).to_owned() })
            }),
            Vec::new(),
        )
        .optional()
        .told()
        .shown_if(|form| form.choice(ROLE).is_some()),
        // What Azure allows is its own rule for each role: looked at below.
        FormField::line(LENGTH, "For how long")
            .help("A number with min or h, such as 90 min or 4 h.")
            .derived(|form| {
                longest(form).map_or_else(
                    || "4 h".to_owned(),
                    |longest| amount::words(longest.min(SignedDuration::from_hours(4))),
                )
            })
            .checked(|form, text| read_length(form, text).map(drop)),
        FormField::line(WHY, "Why")
            .help("The justification is kept with the activation, and whoever approves it reads it.")
            .required_if(|form| wants(form, fact::JUSTIFICATION)),
        FormField::line(TICKET, "Ticket")
            .help("The number of the ticket that this is for.")
            .required_if(|form| wants(form, fact::TICKET)),
        FormField::line(SYSTEM, "Ticket system").optional().shown_if(|form| !form.text(TICKET).is_empty()),
    ];
    let title = format!("Activate a role on {}", page.id.name());
    let steps = vec![FormStep::new("Which role", which), FormStep::new("How long, and why", how)];
    Form::new(KIND, title, page.id.clone(), steps, means, plan)
}

/// The rules of the role that was chosen, where they could be read.
fn rules(form: &Form) -> Option<&Choice> {
    form.get(RULES)?.select()?.choices().first()
}

fn wants(form: &Form, what: &str) -> bool {
    // Where the rules cannot be read a reason is given to be on the safe side, a ticket is not.
    rules(form).map_or(what == fact::JUSTIFICATION, |rules| rules.fact(what) == "yes")
}

fn longest(form: &Form) -> Option<SignedDuration> {
    let text = rules(form)?.fact(fact::LONGEST);
    text.parse::<SignedDuration>().ok().filter(SignedDuration::is_positive)
}

/// Reads for how long, by the rules of the role; where they cannot be read, by what Azure allows at most.
fn read_length(form: &Form, text: &str) -> Result<SignedDuration, String> {
    let longest = longest(form).unwrap_or(LONGEST).min(LONGEST);
    amount::duration(text, SignedDuration::from_mins(5), longest)
}

fn means(model: &Model, form: &Form) -> Vec<Note> {
    let Some(role) = form.choice(ROLE) else {
        let none = form.get(ROLE).and_then(FormField::select).is_some_and(|select| {
            select.supply == Supply::Ready && select.choices().is_empty() && select.asked.is_some()
        });
        let text = if none {
            "You are eligible for no role here. Whoever administers Privileged Identity Management can change that."
        } else {
            "An eligible role does nothing until it is activated, for a limited time."
        };
        return vec![Note::heading("You activate a role"), Note::plain(text)];
    };
    let mut notes = vec![Note::heading(format!("You get {} {}", role.label, role.detail))];
    if let Ok(length) = read_length(form, &form.text(LENGTH)) {
        let length_words = amount::words(length);
        let approved =
            wants(form, fact::APPROVAL).then(|| format!("for {length_words}, from when it is approved"));
        let at_once = || {
            let end = model.now.checked_add(length).ok()?.to_zoned(model.zone.clone());
            Some(format!("until {}, {length_words} from now", end.strftime("%Y-%m-%d %H:%M")))
        };
        notes.extend(approved.or_else(at_once).map(Note::plain));
    }
    let asked = role.fact(fact::ASKED);
    if !asked.is_empty() {
        let text = format!("You asked for it before: {asked}. The journal, behind :, can withdraw that.");
        notes.push(Note::new(text, Tone::Warn));
    }
    let said = [
        (fact::APPROVAL, "Somebody has to approve it: it is not in force at once."),
        (fact::FACTOR, "Azure may want a second factor: if it is refused for that, sign in anew with one."),
    ];
    for (name, text) in said {
        if wants(form, name) {
            notes.push(Note::new(text, Tone::Warn));
        }
    }
    if let Some(page) = around::page(model, &form.subject)
        && let Ok(scope) = ArmId::parse(role.fact(fact::SCOPE))
        && let Some((place, _)) = Targets::of(&page.opened).places().find(|(_, id)| *id == scope)
    {
        notes.extend(grant::role_notes(model, role.fact(fact::ROLE), place));
    }
    notes
}

/// When the caller's own activation of a role ends, where this page shows one.
fn active_until(model: &Model, form: &Form, scope: &ArmId, role: &Choice) -> Option<Timestamp> {
    let page = around::page(model, &form.subject)?;
    let me = role.fact(fact::ME);
    let mut active = page.all_lists().flat_map(|(_, lists)| lists.active.iter()).map(|one| &one.properties);
    let is_it = |of: &&ScheduleInstance| {
        of.assignment_type == Some(AssignmentType::Activated)
            && of.principal_id.eq_ignore_ascii_case(me)
            && of.scope.as_ref() == Some(scope)
            && of
                .role_definition_id
                .as_ref()
                .is_some_and(|id| id.name().eq_ignore_ascii_case(role.fact(fact::ROLE)))
    };
    active.find(is_it).and_then(|of| of.end_date_time).filter(|end| *end > model.now)
}

fn plan(model: &Model, form: &Form) -> Result<Plan, String> {
    let role = form.choice(ROLE).ok_or("choose a role")?;
    let scope = ArmId::parse(role.fact(fact::SCOPE)).map_err(|error| error.to_string())?;
    let length = read_length(form, &form.text(LENGTH))?;
    let until = model.now.checked_add(length).map_err(|error| error.to_string())?;
    if let Some(ends) = active_until(model, form, &scope, role).filter(|ends| *ends < until) {
        let ends = ends.to_zoned(model.zone.clone()).strftime("%Y-%m-%d %H:%M");
        return Err(format!(
            "{} is active for you until {ends}, and Azure does not prolong an activation: deactivate it first, by undoing \
             its run in the journal or in the portal, or wait until it has ended",
            role.label
        ));
    }
    let ticket = Some(form.text(TICKET)).filter(|number| !number.is_empty());
    let activation = Activation {
        me: role.fact(fact::ME).to_owned(),
        role: Role { guid: role.fact(fact::ROLE).to_owned(), name: role.label.clone() },
        place: around::place(model, &scope),
        eligibility: ArmId::parse(role.fact(fact::SCHEDULE)).ok(),
        duration: amount::iso(length),
        until,
        justification: form.text(WHY),
        ticket: ticket.map(|number| (number, form.text(SYSTEM))),
        approval: wants(form, fact::APPROVAL),
        requests: [1, 2].map(|nth| around::request_name(model, form, nth)),
    };
    Ok(activate(&activation, &around::setting(model, &form.subject, [&scope])))
}
