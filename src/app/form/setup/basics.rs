//! Where a workspace is, what it is called, and of which kind it is.

use std::collections::BTreeMap;

use super::layout::{has_side, is_set, of_side};
use super::sides::{self, Side};
use super::words::{meant, word};
use super::{chosen_id, fact, first, given, layout, set_up};
use crate::app::form::{Ask, Choice, Form, FormField, Source};
use crate::app::model::Model;
use crate::azure::arm::id::ArmId;
use crate::azure::resources::common::PublicNetworkAccess;
use crate::azure::resources::subscription::SubscriptionState;
use crate::azure::resources::workspace::WorkspaceKind;
use crate::domain::edit::read_tags;
use crate::domain::inventory::SubscriptionEntry;
use crate::domain::personas::Stage;
use crate::domain::plan::Right;
use crate::domain::setup::regions;
use crate::domain::setup::spec::{Basics, Kind, Layout};

pub(super) const SUBSCRIPTION: &str = "basics.subscription";
pub(super) const GROUP: &str = "basics.group";
pub(super) const GROUP_NAME: &str = "basics.resource_group";
pub(super) const WORKSPACE: &str = "basics.workspace";
pub(super) const REGION: &str = "basics.region";
pub(super) const FRIENDLY_NAME: &str = "basics.friendly_name";
pub(super) const DESCRIPTION: &str = "basics.description";
pub(super) const STAGE: &str = "basics.stage";
pub(super) const KIND: &str = "basics.kind";
pub(super) const HUB: &str = "basics.hub";
pub(super) const TAGS: &str = "basics.tags";
pub(super) const MORE_TAGS: &str = "basics.tags.more";
const NAMES: &str = "basics.names";
const HUBS: &str = "basics.hub.own";

/// The key of a choice that makes something anew.
pub(super) const NEW: &str = "new";
/// The key of a choice that follows the other environments.
pub(super) const SAME: &str = "same";
/// How many usual tags are offered.
const USUAL: usize = 12;

/// The fields.
pub(super) fn fields() -> Vec<FormField> {
    let mut fields = vec![
        FormField::one(
            SUBSCRIPTION,
            "Subscription",
            Source::Known(|model, _| subscriptions(model)),
            Vec::new(),
        )
        .help("Type to find one by its name.")
            .nothing(
                "This account sees no subscription. Whoever owns one can give it Contributor there or on a resource group, \
                 and Owner or User Access Administrator too where roles are to be granted. Then start again.",
            )
        .keeping()
        .derived(|form| form.given(given::SUBSCRIPTION).to_owned()),
    ];
    fields.extend(sides::subscriptions());
    fields.extend([
        FormField::one(GROUP, "Resource group", Source::Listed(groups), Vec::new())
            .help("A new one for each workspace keeps its identity an administrator of nothing else.")
            .standing(vec![Choice::new(NEW, "a new one").detail("made on the way")])
            .with(NEW)
            .asked(own_rights)
            .shown_if(|form| !is_set(form)),
        FormField::line(GROUP_NAME, "Group name")
            .helped(|form| {
                if is_set(form) {
                    "{name} and {env} stand for the short name and the environment: a group for each environment."
                } else {
                    "1 to 90 letters, digits and -_.(). It is made on the way, if it is not there."
                }
            })
            .shown_if(makes_group)
            .derived(|form| pattern(form, "rg")),
        FormField::one(REGION, "Region", Source::Listed(offered_regions), Vec::new())
            .help("Only regions that have Azure Machine Learning.")
            .keeping()
            .derived(region),
        FormField::line(WORKSPACE, "Workspace name")
            .helped(|form| {
                if is_set(form) {
                    "3 to 33 characters: letters, digits, - and _. {name} and {env} stand for the short name and the environment."
                } else {
                    "3 to 33 characters: letters, digits, - and _."
                }
            })
            .derived(|form| pattern(form, "mlw")),
        FormField::fact(NAMES, "That is", names).shown_if(is_set),
        FormField::one(STAGE, "Stage", Source::Fixed, stages())
            .help("What it is for: who gets which roles there, and whether changes to it are guarded.")
            .derived(|form| first(form).map(|one| word(one.stage)).unwrap_or_default())
            .shown_if(has_one_stage),
        FormField::one(KIND, "Kind", Source::Fixed, kinds())
            .help("A workspace by itself is right unless several projects share data and connections.")
            .with(Kind::Default.as_str()),
        FormField::one(HUB, "Hub", Source::Known(|model, _| hubs(model)), Vec::new())
            .help("A project takes storage, vault and network from its hub.")
            .nothing("No hub can be seen. Set one up first: kind Hub.")
            .keeping()
            .shown_if(is_project),
        FormField::fact(HUBS, "The hub's", hubs_own).shown_if(|form| form.choice(HUB).is_some()),
        FormField::line(FRIENDLY_NAME, "Friendly name").help("What the studio shows; the name when empty.").optional(),
        FormField::area(DESCRIPTION, "Description").help("What it is for, and who to ask.").optional(),
        FormField::many(TAGS, "Tags", Source::Known(usual_tags), Vec::new())
            .help("Space: those that are usual around here. They go on everything that is made.")
            .keeping()
            .derived(stage_tag)
            .optional(),
        FormField::lines(MORE_TAGS, "More tags")
            .help("A line each: name = value. {name} and {env} may stand in it.")
            .checked(|_, text| read_tags(text).map(|_| ()))
            .optional(),
    ]);
    fields
}

/// The subscription of those that stand apart with a side.
pub(super) fn apart_subscription<S: Side>() -> FormField {
    // That of the others stands there as the same.
    let known = Source::Known(|model, form| others(model, &form.text(SUBSCRIPTION)));
    FormField::one(S::SUBSCRIPTION, "Apart in", known, Vec::new())
        .called(|form| match of_side(form, S::PLACE).as_slice() {
            [name] => format!("{name} in"),
            _ => "Apart in".to_owned(),
        })
        .help("The subscription of what stands apart.")
        .standing(vec![Choice::new(SAME, "the same").detail("as all others")])
        .keeping()
        .with(SAME)
        .shown_if(|form| has_side(form, S::PLACE))
}

/// The subscriptions that can be used, by their names.
pub(super) fn subscriptions(model: &Model) -> Vec<Choice> {
    let usable = |state: &Option<SubscriptionState>| {
        state
            .as_ref()
            .is_none_or(|state| matches!(state, SubscriptionState::Enabled | SubscriptionState::PastDue))
    };
    let known = model.inventory.subscriptions().iter().filter(|one| usable(&one.state));
    let all: Vec<&SubscriptionEntry> = known.collect();
    // The id only where the name does not tell them apart.
    let is_alone = |name: &str| all.iter().filter(|one| one.label() == name).count() == 1;
    let choice = |one: &&SubscriptionEntry| {
        let detail = if is_alone(one.label()) { "" } else { &*one.id };
        let choice = Choice::new(&*one.id, one.label()).detail(detail);
        if is_production(model, one.label()) { choice.with(fact::PRODUCTION, "yes") } else { choice }
    };
    all.iter().map(choice).collect()
}

/// Whether a subscription is production's by its name, which may say that it is all but that.
pub(super) fn is_production(model: &Model, name: &str) -> bool {
    let lower = name.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).collect();
    let before = |word: &&str| word.starts_with("non") || word.starts_with("pre");
    model.production.covers([name], []) && !words.iter().any(before)
}

/// The subscriptions but one.
pub(super) fn others(model: &Model, but: &str) -> Vec<Choice> {
    let mut all = subscriptions(model);
    all.retain(|choice| !choice.key.eq_ignore_ascii_case(but));
    all
}

fn groups(form: &Form) -> Option<Ask> {
    let subscription = form.text(SUBSCRIPTION);
    (!subscription.is_empty()).then_some(Ask::ResourceGroups { subscription })
}

/// What it takes at least to set something up: known from the start, nobody fills in seven steps in vain.
fn own_rights(form: &Form, group: &str) -> Option<Ask> {
    let right = |scope: ArmId, action: &str| Right { scope, action: action.to_owned() };
    let subscription = form.text(SUBSCRIPTION);
    let right = match ArmId::parse(group) {
        Ok(group) => right(group, "Microsoft.MachineLearningServices/workspaces/write"),
        Err(_) if subscription.is_empty() => return None,
        Err(_) => right(
            ArmId::subscription(&subscription),
            "Microsoft.Resources/subscriptions/resourceGroups/write",
        ),
    };
    Some(Ask::Rights(vec![right]))
}

fn offered_regions(form: &Form) -> Option<Ask> {
    let subscription = form.text(SUBSCRIPTION);
    (!subscription.is_empty()).then_some(Ask::Regions { subscription })
}

/// The region of the group that was picked, else the usual one, else the first that there is.
fn region(form: &Form) -> String {
    let choices = form.get(REGION).and_then(FormField::select).map_or(&[][..], |select| select.choices());
    let has = |region: &str| choices.iter().any(|choice| choice.key == region);
    let of_group = chosen_id(form, GROUP).map(|group| group.detail.clone());
    // A project belongs in the region of its hub.
    let of_hub = form.choice(HUB).map(|hub| hub.fact(fact::REGION).to_owned());
    let wanted = of_hub.into_iter().chain(of_group).chain([form.given(given::REGION).to_owned()]);
    let first = || choices.first().map(|choice| choice.key.clone());
    wanted.into_iter().find(|region| has(region)).or_else(first).unwrap_or_default()
}

/// Whether the group is made: in a set each environment gets one by a pattern.
fn makes_group(form: &Form) -> bool {
    is_set(form) || chosen_id(form, GROUP).is_none()
}

/// The default of a name: of one workspace as it will be, of a set as its pattern.
fn pattern(form: &Form, what: &str) -> String {
    match (is_set(form), form.text(layout::NAME)) {
        (_, name) if name.is_empty() => String::new(),
        (true, _) => format!("{what}-{{name}}-{{env}}"),
        (false, name) => format!("{what}-{name}"),
    }
}

fn names(form: &Form) -> String {
    let all = set_up(form).environments;
    let each = all.iter().map(|one| format!("{} in {}", one.workspace, one.group));
    each.collect::<Vec<_>>().join(", ")
}

fn kinds() -> Vec<Choice> {
    vec![
        Choice::new(Kind::Default.as_str(), "Workspace").detail("stands by itself"),
        Choice::new(Kind::Hub.as_str(), "Hub").detail("shares storage, vault and network with projects"),
        Choice::new(Kind::Project.as_str(), "Project").detail("of a hub that is there"),
        Choice::new(Kind::FeatureStore.as_str(), "Feature store").detail("made by az, not here"),
    ]
}

/// Whether a stage is chosen here: in a set of stages each environment has its own.
fn has_one_stage(form: &Form) -> bool {
    matches!(layout::layout(form), Layout::One | Layout::Each)
}

/// The stages, by what they mean here.
fn stages() -> Vec<Choice> {
    let detail = |stage| match stage {
        Stage::Development => "people try things there",
        Stage::Staging => "only processes work there",
        Stage::Production => "others rely on it: people read, changes are guarded",
    };
    Stage::ALL.into_iter().map(|stage| Choice::new(word(stage), stage.word()).detail(detail(stage))).collect()
}

/// The stage, where one was chosen here, or follows from the subscription.
fn chosen_stage(form: &Form) -> Option<Stage> {
    let field = form.get(STAGE).filter(|field| (field.visible)(form))?;
    if field.edited { meant(&field.text()) } else { by_subscription(form) }
}

/// What is in a subscription of production is production, where no name of its own tells the stage.
fn by_subscription(form: &Form) -> Option<Stage> {
    let is_production = form.choice(SUBSCRIPTION)?.fact(fact::PRODUCTION) == "yes";
    let group = chosen_id(form, GROUP).map_or_else(|| form.text(GROUP_NAME), |group| group.label.clone());
    let mut names = layout::environments(form);
    names.extend([form.text(WORKSPACE), group]);
    let told = names.iter().any(|name| Stage::guess(name).is_some());
    let asked = layout::layout(form) == Layout::One && form.given(given::LOADED).is_empty();
    (asked && is_production && !told).then_some(Stage::Production)
}

/// The tag by which everybody knows the stage, where one was chosen that names do not tell.
fn stage_tag(form: &Form) -> String {
    let Some(stage) = chosen_stage(form) else { return String::new() };
    let names = [form.text(WORKSPACE), form.text(GROUP_NAME)];
    let told = names.iter().any(|name| Stage::guess(name) == Some(stage));
    if told || stage == Stage::Development { String::new() } else { tag_of(stage) }
}

fn tag_of(stage: Stage) -> String {
    let value = match stage {
        Stage::Development => "dev",
        Stage::Staging => "staging",
        Stage::Production => "prod",
    };
    format!("env={value}")
}

/// What a project takes from its hub, as far as the inventory has it. None of it is asked.
fn hubs_own(form: &Form) -> String {
    let Some(hub) = form.choice(HUB) else { return String::new() };
    let known = [fact::ISOLATION, fact::INBOUND].map(|name| hub.fact(name));
    let known: Vec<&str> = known.into_iter().filter(|text| !text.is_empty()).collect();
    let known = if known.is_empty() { String::new() } else { format!(" ({})", known.join(", ")) };
    let storage = match hub.fact(fact::STORAGE_ACCESS) {
        "" => "storage",
        by => by,
    };
    format!("network{known}, {storage}, vault, Application Insights, registry and encryption")
}

fn hubs(model: &Model) -> Vec<Choice> {
    let hubs = model.inventory.workspaces().iter().filter(|one| one.kind == WorkspaceKind::Hub);
    hubs.map(|one| {
        Choice::new(one.id.as_str(), one.name())
            .detail(format!("{}, {}", one.group, one.location))
            .with(fact::REGION, regions::short_name(&one.location))
            .with(fact::ISOLATION, format!("outbound {}", one.isolation_word()))
            .with(
                fact::INBOUND,
                if one.public_access == PublicNetworkAccess::Disabled {
                    "inbound private"
                } else {
                    "inbound public"
                },
            )
            .with(
                fact::STORAGE_ACCESS,
                match one.storage_access.word() {
                    "" => String::new(),
                    word => format!("storage by {word}"),
                },
            )
    })
    .collect()
}

/// Whether it is a project, which takes from its hub what others have themselves.
pub(super) fn is_project(form: &Form) -> bool {
    form.text(KIND) == Kind::Project.as_str()
}

/// Tags of the workspaces in the group, then of those in the subscription, the most usual first.
fn usual_tags(model: &Model, form: &Form) -> Vec<Choice> {
    let subscription = form.text(SUBSCRIPTION);
    let group = chosen_id(form, GROUP).and_then(|choice| ArmId::parse(&choice.key).ok());
    let mut counted: BTreeMap<String, (bool, usize)> = BTreeMap::new();
    for one in model.inventory.workspaces().iter() {
        if !one.subscription.eq_ignore_ascii_case(&subscription) {
            continue;
        }
        let here = group.as_ref().is_some_and(|group| group.contains(&one.id));
        for (name, value) in &one.tags {
            let count = counted.entry(format!("{name}={value}")).or_default();
            *count = (count.0 || here, count.1 + 1);
        }
    }
    let mut usual: Vec<(String, (bool, usize))> = counted.into_iter().collect();
    usual.sort_by_key(|(_, (here, count))| (!here, std::cmp::Reverse(*count)));
    usual.truncate(USUAL);
    let own = match chosen_stage(form) {
        _ if layout::layout(form) == Layout::Each => {
            Some(Choice::new("team={env}", "team = {env}").detail("the name of each"))
        }
        _ if is_set(form) => {
            Some(Choice::new("env={env}", "env = {env}").detail("the environment's own name"))
        }
        stage => {
            let tag = tag_of(stage.unwrap_or(Stage::Development));
            let label = tag.replacen('=', " = ", 1);
            usual.retain(|(known, _)| *known != tag);
            Some(Choice::new(tag, label).detail("by which the stage is known"))
        }
    };
    let of_stage = chosen_stage(form).filter(|_| layout::layout(form) == Layout::Each).map(tag_of);
    let of_stage = of_stage.map(|tag| {
        let label = tag.replacen('=', " = ", 1);
        usual.retain(|(known, _)| *known != tag);
        Choice::new(tag, label).detail("by which the stage is known")
    });
    let own = own.into_iter().chain(of_stage);
    let choice = |(tag, (here, count)): (String, (bool, usize))| {
        let place = if here { "in this group" } else { "in this subscription" };
        let words = if count == 1 { format!("once {place}") } else { format!("{count} times {place}") };
        let label = tag.replacen('=', " = ", 1);
        Choice::new(tag, label).detail(words)
    };
    own.chain(usual.into_iter().map(choice)).collect()
}

/// What the fields come to.
pub(super) fn wish(form: &Form) -> Basics {
    let own = |field: &str| {
        let edited = form.get(field).is_some_and(|field| field.edited);
        if edited { form.text(field) } else { String::new() }
    };
    let group = chosen_id(form, GROUP).map(|choice| choice.label.clone());
    let mut tags: BTreeMap<String, String> = BTreeMap::new();
    for choice in form.chosen(TAGS) {
        if let Some((name, value)) = choice.key.split_once('=') {
            tags.insert(name.to_owned(), value.to_owned());
        }
    }
    tags.extend(read_tags(&form.text(MORE_TAGS)).unwrap_or_default());
    Basics {
        subscription: form.text(SUBSCRIPTION),
        resource_group: group.unwrap_or_else(|| own(GROUP_NAME)),
        workspace: own(WORKSPACE),
        region: form.text(REGION),
        friendly_name: form.text(FRIENDLY_NAME),
        description: form.text(DESCRIPTION),
        kind: meant(&form.text(KIND)).unwrap_or_default(),
        hub: form.text(HUB),
        stage: chosen_stage(form),
        tags,
    }
}
