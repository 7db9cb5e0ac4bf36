//! The form that grants a role.

use jiff::{SignedDuration, Timestamp};

use super::{Ask, Choice, Form, FormField, FormStep, Note, Source, amount, around, principal};
use crate::app::access::offers::Gift;
use crate::app::model::Model;
use crate::app::page::{Page, Status};
use crate::azure::arm::id::ArmId;
use crate::azure::directory::PrincipalKind;
use crate::azure::resources::pim;
use crate::azure::resources::role_definition::RoleDefinition;
use crate::domain::access::{Act, Allows, Condition, Place, Roles, Targets, Tenure};
use crate::domain::changes::{self, Grant, Role, Who};
use crate::domain::fact::Tone;
use crate::domain::lookup::Lookup;
use crate::domain::plan::{Kind, Plan, Right, Weight};
use crate::domain::roles::{self, BuiltIn};

/// The name of the form in drafts.
pub const KIND: &str = "grant";
const SCOPE: &str = "scope";
const ROLE: &str = "role";
const ENDS: &str = "ends";
const LENGTH: &str = "length";
const WHY: &str = "why";
/// Whether PIM answers here.
const PIM: &str = "pim";

/// What it takes to grant.
const RIGHT: &str = "Microsoft.Authorization/roleAssignments/write";

/// Roles that are given most at a place, before all others.
const USUAL: &[(Place, &[BuiltIn])] = &[
    (
        Place::Workspace,
        &[
            roles::DATA_SCIENTIST,
            roles::COMPUTE_OPERATOR,
            roles::READER,
            roles::CONTRIBUTOR,
            roles::AI_DEVELOPER,
        ],
    ),
    (
        Place::Storage,
        &[roles::BLOB_CONTRIBUTOR, roles::BLOB_READER, roles::FILE_CONTRIBUTOR, roles::FILE_READER],
    ),
    (Place::Vault, &[roles::SECRETS_USER, roles::VAULT_READER, roles::SECRETS_OFFICER]),
    (Place::Registry, &[roles::ACR_PULL, roles::ACR_PUSH]),
    (Place::Group, &[roles::READER, roles::CONTRIBUTOR]),
];

/// The form for the workspace whose page this is.
#[must_use]
pub fn form(page: &Page) -> Form {
    let what = vec![
        FormField::one(SCOPE, "Where", Source::Known(scopes), Vec::new())
            .help("As narrow as will do: what is granted above reaches everything below.")
            .derived(|form| match form.given(SCOPE) {
                "" => form.subject.as_str().to_owned(),
                given => given.to_owned(),
            })
            .asked(|_, scope| {
                let scope = ArmId::parse(scope).ok()?;
                Some(Ask::Rights(vec![Right { scope, action: RIGHT.to_owned() }]))
            }),
        FormField::one(ROLE, "Role", Source::Known(roles), Vec::new())
            .derived(|form| form.given(ROLE).to_owned())
            .help("Those that are usual for the place come first; type to find any other."),
    ];
    let how = vec![
        FormField::toggle(ENDS, "With an end", false)
            .help("Space changes it. Privileged Identity Management takes the role away again.")
            .shown_if(has_pim),
        FormField::one(PIM, "With an end", Source::Known(whether_pim), Vec::new())
            .told()
            .shown_if(|form| !has_pim(form)),
        FormField::duration(LENGTH, "Ends after", HOUR, SignedDuration::from_hours(24 * 365))
            .help("A number with min, h or d, such as 8 h or 30 d.")
            .with("30 d")
            .shown_if(|form| form.is_on(ENDS)),
        FormField::line(WHY, "Why")
            .help("Kept with the assignment, for whoever wonders later. A ticket number does well.")
            .optional()
            .checked(|_, text| {
                if text.chars().count() <= 1024 { Ok(()) } else { Err("at most 1024 characters".to_owned()) }
            }),
    ];
    let title = format!("Grant access on {}", page.id.name());
    let steps = vec![
        FormStep::new("Who", principal::fields("To whom")),
        FormStep::new("Role and place", what),
        FormStep::new("How long, and why", how),
    ];
    Form::new(KIND, title, page.id.clone(), steps, means, plan)
}

/// The form with somebody, a place and a role in it from the start.
#[must_use]
pub fn filled(page: &Page, roles: &Roles, gift: &Gift) -> Form {
    let role = roles.get(&ArmId::root().join(&gift.role));
    let role = role.map_or(gift.role.as_str(), |role| role.id.name());
    let mut form = form(page).give(SCOPE, gift.scope.as_str()).give(ROLE, role);
    principal::put(&mut form, &gift.who);
    form.go_to_step(1, false);
    form
}

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// Whether PIM answers, and where it does not, why no end can be set.
fn whether_pim(model: &Model, form: &Form) -> Vec<Choice> {
    let page = around::page(model, &form.subject);
    let choice = match page.and_then(|page| page.status(&crate::app::fetch::Part::Eligible)) {
        Some(status) if status.error.is_none() && status.at.is_some() => Choice::new("yes", "possible"),
        Some(Status { error: Some(why), .. }) => {
            Choice::new("no", format!("not possible, Privileged Identity Management does not answer: {why}"))
        }
        _ => Choice::new("no", "whether Privileged Identity Management answers here is being read"),
    };
    vec![choice]
}

fn has_pim(form: &Form) -> bool {
    let said = form.get(PIM).and_then(FormField::select).and_then(|select| select.choices().first());
    said.is_some_and(|said| said.key == "yes")
}

/// The scopes that a role can be given at: the workspace, what it depends on, and what it lies in.
pub fn scopes(model: &Model, form: &Form) -> Vec<Choice> {
    let Some(page) = around::page(model, &form.subject) else { return Vec::new() };
    let choice = |(place, id): (Place, ArmId)| {
        let label = around::name(model, &id);
        let detail = match place {
            Place::Workspace => "this workspace only".to_owned(),
            Place::Group | Place::Subscription => match around::reached(model, &id).count() {
                1 => "everything in it".to_owned(),
                n => format!("everything in it: {n} workspaces"),
            },
            _ => String::new(),
        };
        Choice::new(id.as_str(), label).kind(place.words()).detail(detail)
    };
    Targets::of(&page.opened).places().map(choice).collect()
}

/// The scope that was chosen, and which place of the workspace it is.
fn scope(form: &Form) -> Option<(ArmId, Place)> {
    let choice = form.choice(SCOPE)?;
    let place = Place::ALL.into_iter().find(|place| place.words() == choice.kind)?;
    Some((ArmId::parse(&choice.key).ok()?, place))
}

/// The roles that can be given, those first that are usual for the place that was chosen.
fn roles(model: &Model, form: &Form) -> Vec<Choice> {
    let place = scope(form).map(|(_, place)| place);
    let usual = USUAL.iter().find(|(of, _)| Some(*of) == place).map_or(&[][..], |(_, usual)| usual);
    let rank = |role: &RoleDefinition| {
        let name = role.id.name();
        usual.iter().position(|role| role.is(name)).unwrap_or(usize::MAX)
    };
    let mut roles: Vec<(usize, &RoleDefinition)> =
        model.roles.iter().map(|role| (rank(role), role)).collect();
    roles.sort_by(|(a, left), (b, right)| {
        (a, &left.properties.role_name).cmp(&(b, &right.properties.role_name))
    });
    let choice = |(_, role): (usize, &RoleDefinition)| {
        let kind = if role.is_custom() { "custom" } else { "built-in" };
        let detail = role.properties.description.clone().unwrap_or_default();
        Choice::new(role.id.name(), role.properties.role_name.as_str()).kind(kind).detail(detail)
    };
    roles.into_iter().map(choice).collect()
}

/// What a role of this GUID allows at a scope, in lines.
pub fn role_notes(model: &Model, guid: &str, place: Place) -> Vec<Note> {
    let Some(role) = model.roles.get(&ArmId::root().join(guid)) else { return Vec::new() };
    let places: &[Place] = match place {
        Place::Group | Place::Subscription => &Place::ALL,
        Place::Workspace => &[Place::Workspace],
        Place::Storage => &[Place::Storage],
        Place::Vault => &[Place::Vault],
        Place::Registry => &[Place::Registry],
        Place::Insights => &[Place::Insights],
    };
    let allows = Allows::of(&role.properties.permissions, places);
    let words = |list: &[&crate::domain::access::Capability]| -> String {
        list.iter().map(|capability| capability.words).collect::<Vec<_>>().join(", ")
    };
    let mut notes = vec![Note::heading(format!("What {} allows there", role.properties.role_name))];
    if allows.can.is_empty() {
        let text = "nothing of what people usually ask about; its definition has more";
        notes.push(Note::new(text, Tone::Muted));
    } else {
        notes.push(Note::new(words(&allows.can), Tone::Good));
    }
    if !allows.cannot.is_empty() {
        notes.push(Note::new(format!("not: {}", words(&allows.cannot)), Tone::Muted));
    }
    if allows.has("grant-access") {
        let text = match role.condition() {
            Some(condition) => {
                let condition = Condition::parse(&condition).words(&Act::control(RIGHT), &model.roles);
                format!("It grants access only where {condition}: a condition of the role itself.")
            }
            None => "It grants access: whoever has it can give themselves every other role there.".to_owned(),
        };
        notes.push(Note::new(text, Tone::Warn));
    }
    if allows.has("list-storage-keys") {
        let text =
            "It lists the storage keys: with them everything in the account is read, while keys work there.";
        notes.push(Note::new(text, Tone::Warn));
    }
    if role.is_custom() {
        let text = "It is a role of this organisation's own; built-in roles are easier to judge for others.";
        notes.push(Note::new(text, Tone::Warn));
    }
    notes
}

/// What follows from the choices.
fn means(model: &Model, form: &Form) -> Vec<Note> {
    let mut notes = Vec::new();
    let who = principal::chosen(form);
    let (scope, role) = (scope(form), form.choice(ROLE));
    let name = who.as_ref().map_or("somebody", |who| who.name.as_str());
    let role_name = role.map_or("a role", |role| role.label.as_str());
    let place = form.choice(SCOPE).map_or("a place", |choice| choice.label.as_str());
    notes.push(Note::heading(format!("{name} gets {role_name} on {place}")));
    let ends = match form.duration(LENGTH) {
        Some(length) if form.is_on(ENDS) => match model.now.checked_add(length) {
            Ok(end) => {
                let end = end.to_zoned(model.zone.clone()).strftime("%Y-%m-%d %H:%M");
                format!("until {end}, {} from now", amount::words(length))
            }
            Err(_) => String::new(),
        },
        _ if form.is_on(ENDS) => "with an end that is not said yet".to_owned(),
        _ => "until somebody takes it away".to_owned(),
    };
    notes.push(Note::plain(ends));
    // What decides stands first: on a small screen only the beginning is in sight.
    if let (Some((_, place)), Some(role)) = (&scope, role) {
        notes.extend(role_notes(model, &role.key, *place));
    }
    let before = notes.len();
    if let Some(who) = &who {
        push_already(&mut notes, model, form, who);
        if who.kind == PrincipalKind::Guest {
            notes.push(Note::new("A guest of another organisation.", Tone::Warn));
        }
    }
    if let Some((scope, Place::Group | Place::Subscription)) = &scope {
        let reached = around::reached(model, scope);
        let names: Vec<&str> = reached.map(|workspace| workspace.id.name()).collect();
        if names.len() > 1 {
            let text = format!("It reaches {} workspaces: {}", names.len(), names.join(", "));
            notes.push(Note::new(text, Tone::Warn));
        }
    }
    if notes.len() > before && role.is_some() {
        notes.insert(before, Note::heading("To know before"));
    }
    if who.is_some_and(|who| who.kind == PrincipalKind::User) {
        notes.push(Note::heading("To a person"));
        let text = "Roles stay clear when they are given to groups; a person who leaves takes theirs along.";
        notes.push(Note::new(text, Tone::Muted));
    }
    notes.push(Note::heading("Then"));
    notes.push(Note::plain(
        "The plan is shown before anything is sent. A role takes some minutes to act everywhere.",
    ));
    notes
}

/// Says that the principal has the role already, where this page shows that.
fn push_already(notes: &mut Vec<Note>, model: &Model, form: &Form, who: &Who) {
    let Some(page) = around::page(model, &form.subject) else { return };
    let Lookup::Found(table) = &page.opened.access else { return };
    let role = form.choice(ROLE).map(|role| role.key.to_ascii_lowercase());
    let of = |id: &str| id.eq_ignore_ascii_case(&who.id);
    for row in table.rows.iter().filter(|row| of(&row.principal_id)) {
        let same = role.as_deref() == Some(&*row.role.id);
        let mark = match row.tenure {
            Tenure::Eligible { .. } => " (eligible, not active)",
            Tenure::Activated { .. } => " (activated for a time)",
            Tenure::Until(_) => " (with an end)",
            Tenure::Permanent | Tenure::Unknown => "",
        };
        let text = format!("has {} already, from {}{mark}", row.role.label(), row.from.words());
        notes.push(Note::new(text, if same { Tone::Warn } else { Tone::Muted }));
    }
}

/// Says so of a role that does nothing at a place: all that it allows are data actions, of a resource of another kind.
fn does_nothing(model: &Model, page: &Page, role: &str, at: Place) -> Option<String> {
    let role = model.roles.get(&ArmId::root().join(role))?;
    let permissions = &role.properties.permissions;
    let mut data = permissions.iter().flat_map(|one| &one.data_actions).peekable();
    data.peek()?;
    let place_of = |action: &String| match action.to_ascii_lowercase() {
        text if text.starts_with("microsoft.storage/") => Some(Place::Storage),
        text if text.starts_with("microsoft.keyvault/") => Some(Place::Vault),
        text if text.starts_with("microsoft.containerregistry/") => Some(Place::Registry),
        _ => None,
    };
    let first = place_of(data.peek()?)?;
    let is_narrow = !matches!(at, Place::Group | Place::Subscription);
    if !is_narrow || first == at || !data.all(|action| place_of(action) == Some(first)) {
        return None;
    }
    let there = Targets::of(&page.opened).scope(first);
    let there = there.map_or_else(|| format!("the {}", first.words()), |id| id.name().to_owned());
    Some(format!(
        "What {} allows is no action on a {}: it does nothing there. Give it on {there}.",
        role.properties.role_name,
        at.words()
    ))
}

/// How somebody has this role at this place already, where that ends before it should.
fn held_for_less(
    model: &Model,
    form: &Form,
    who: &Who,
    scope: &ArmId,
    role: &str,
    end: Option<Timestamp>,
) -> Option<String> {
    let page = around::page(model, &form.subject)?;
    let Lookup::Found(table) = &page.opened.access else { return None };
    let mut rows = table.rows.iter().filter(|row| {
        row.principal_id.eq_ignore_ascii_case(&who.id)
            && row.scope.as_ref() == Some(scope)
            && row.role.id.eq_ignore_ascii_case(role)
    });
    let minute = |at: Timestamp| at.to_zoned(model.zone.clone()).strftime("%Y-%m-%d %H:%M").to_string();
    rows.find_map(|row| match row.tenure {
        Tenure::Until(at) if at > model.now && end.is_none_or(|end| at < pim::whole_seconds(end)) => {
            Some(format!("until {}", minute(at)))
        }
        Tenure::Activated { until } => Some(match until {
            Some(at) => format!("because they activated it, until {}", minute(at)),
            None => "because they activated it".to_owned(),
        }),
        _ => None,
    })
}

fn plan(model: &Model, form: &Form) -> Result<Plan, String> {
    let who = principal::chosen(form).ok_or("choose who gets it")?;
    let (scope, at) = scope(form).ok_or("choose where")?;
    let role = form.choice(ROLE).ok_or("choose a role")?;
    let role_guid = role.key.as_str();
    let role = Role { guid: role.key.to_ascii_lowercase(), name: role.label.clone() };
    let end = match form.duration(LENGTH) {
        Some(length) if form.is_on(ENDS) => {
            Some(model.now.checked_add(length).map_err(|error| error.to_string())?)
        }
        _ => None,
    };
    let why = form.text(WHY);
    let place = around::place(model, &scope);
    let title = format!("Grant {} on {} to {}", role.name, place.name, who.name);
    if let Some(held) = held_for_less(model, form, &who, &scope, &role.guid, end) {
        return Err(format!(
            "{} has {} there already, {held}, and giving it once more does not prolong it: take it away first, \
             then give it anew",
            who.name, role.name
        ));
    }
    let grant = Grant {
        end,
        ends_are_told: has_pim(form),
        description: (!why.is_empty()).then_some(why),
        requests: [1, 2].map(|nth| around::request_name(model, form, nth)),
        ..Grant::standing(who.clone(), role, place)
    };
    let setting = around::setting(model, &form.subject, [&scope]);
    let subject = form.subject.clone();
    let mut plan = changes::grant(Kind::Grant, title, subject, &[grant], &setting);
    if let Some(page) = around::page(model, &form.subject) {
        around::foresee(&mut plan, page, &who);
        if let Some(text) = does_nothing(model, page, role_guid, at) {
            plan.warn(Weight::Danger, text);
        }
    }
    Ok(plan)
}
