//! What exists, changed: a workspace's tags, names, and what is attached to it, as a plan that sends no more than what
//! differs.

mod difference;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::{Method, Request};
use crate::azure::arm::versions;
use crate::azure::resources::common::Identity;
use crate::azure::resources::workspace::Workspace;
use crate::azure::safe_text::is_altered;
use crate::domain::plan::{Check, Compare, Expect, Kind, Plan, Step, Undo, Weight};
use crate::domain::setup::environment::IDENTITIES;
use difference::settings_that_differ;
pub use difference::{Difference, differences};

/// What it takes to change a workspace.
pub const RIGHT: &str = "Microsoft.MachineLearningServices/workspaces/write";

/// How a workspace shall be. What is as it was is not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// All of its tags.
    pub tags: BTreeMap<String, String>,
    /// What the studio calls it; empty for no name of its own.
    pub friendly_name: String,
    /// What it is for; empty for nothing.
    pub description: String,
    /// The compute that builds images; empty for none.
    pub image_build_compute: String,
    /// User-assigned identities to attach to those that it has.
    pub identities: Vec<ArmId>,
    /// The registry to attach.
    pub registry: Option<ArmId>,
}

impl Wish {
    /// A workspace as it is.
    #[must_use]
    pub fn as_it_is(workspace: &Workspace) -> Self {
        let properties = &workspace.properties;
        Self {
            tags: workspace.tags.clone(),
            friendly_name: properties.friendly_name.clone().unwrap_or_default(),
            description: properties.description.clone().unwrap_or_default(),
            image_build_compute: properties.image_build_compute.clone().unwrap_or_default(),
            identities: Vec::new(),
            registry: properties.container_registry.clone(),
        }
    }
}

/// Why there is no plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoEdit {
    /// Nothing differs.
    #[error("nothing is changed yet: everything is as it was read")]
    Same,
    /// What would be written back, or put back by the undo, was read with something masked or replaced in it.
    #[error(
        "{0} of this workspace holds something that is not shown here, a secret or signs that cannot be drawn: \
         writing them back would destroy it. Change them where they were set"
    )]
    Hidden(String),
}

/// Reads tags: `name = value`, each on a line of its own. What would be read otherwise stands in quotes, as in JSON.
///
/// # Errors
/// The line that is no tag, and the rule: at most 50, names of 1 to 512 characters without some signs, values of at
/// most 256 (Azure Resource Manager's limits).
pub fn read_tags(text: &str) -> Result<BTreeMap<String, String>, String> {
    const SIGNS: &str = "<>%&\\?/";
    let mut tags: BTreeMap<String, String> = BTreeMap::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (name, value) = read_tag(line)?;
        if name.is_empty() || name.chars().count() > 512 || name.contains(|c| SIGNS.contains(c)) {
            return Err(format!("'{name}' cannot name a tag: 1 to 512 characters, none of {SIGNS}"));
        }
        if value.chars().count() > 256 {
            return Err(format!("the tag '{name}' is longer than 256 characters"));
        }
        if tags.keys().any(|known| known.eq_ignore_ascii_case(&name)) {
            return Err(format!("the tag '{name}' is there twice"));
        }
        tags.insert(name, value);
    }
    if tags.len() > 50 {
        return Err(format!("{} tags: Azure takes 50 on a resource", tags.len()));
    }
    Ok(tags)
}

/// Name and value in a line.
fn read_tag(line: &str) -> Result<(String, String), String> {
    let (name, rest) = if line.starts_with('"') {
        let mut texts = serde_json::Deserializer::from_str(line).into_iter::<String>();
        let name = texts.next().and_then(Result::ok);
        let rest = line.get(texts.byte_offset()..).unwrap_or_default().trim_start();
        match (name, rest.strip_prefix('=')) {
            (Some(name), Some(value)) => (name, value),
            _ => return Err(format!("{line} is no tag: after \"name\" comes = and the value")),
        }
    } else {
        let Some((name, value)) = line.split_once('=') else {
            return Err(format!(
                "{line} is no tag: after its name comes = and the value, which may be empty"
            ));
        };
        (name.trim().to_owned(), value)
    };
    let rest = rest.trim();
    let value = if rest.starts_with('"') {
        serde_json::from_str(rest).map_err(|_| format!("the quotes of {rest} do not close"))?
    } else {
        rest.to_owned()
    };
    Ok((name, value))
}

/// Tags as [`read_tags`] reads them.
#[must_use]
pub fn write_tags(tags: &BTreeMap<String, String>) -> String {
    let write = |text: &str, also: &[char]| {
        let is_plain = text.trim() == text && !text.starts_with('"') && !text.contains(['\n', '\r']);
        if is_plain && !text.contains(also) { text.to_owned() } else { Value::from(text).to_string() }
    };
    let lines = tags.iter().map(|(name, value)| format!("{} = {}", write(name, &['=']), write(value, &[])));
    lines.collect::<Vec<_>>().join("\n")
}

/// The plan that makes a workspace as it is wished.
///
/// # Errors
/// It is so already, or what would be written was not read whole.
pub fn edit(workspace: &Workspace, wish: &Wish, production: bool) -> Result<Plan, NoEdit> {
    let id = &workspace.id;
    refuse_hidden(&Wish::as_it_is(workspace), wish)?;
    let mut plan = Plan::new(Kind::Edit, format!("Change {}", id.name()), id.clone());
    plan.production = production;
    let steps = [settings(workspace, wish), identities(workspace, wish), registry(workspace, wish)];
    plan.steps.extend(steps.into_iter().flatten());
    for new in new_identities(workspace, wish) {
        plan.warn(
            Weight::Note,
            format!("{} gets no roles by being attached: grant what it shall do", new.name()),
        );
        plan.next.push(format!("give {} the roles that it needs: it got none by being attached", new.name()));
    }
    let had = workspace.properties.container_registry.as_ref();
    if let (Some(had), true) = (had, had != wish.registry.as_ref()) {
        let text = format!("Images in {} are not taken along: environments are built again.", had.name());
        plan.warn(Weight::Caution, text);
        plan.next
            .push("environments are built again when they are used next, into the new registry".to_owned());
    }
    // The journal tells plans by their titles.
    if let Some((first, others)) = plan.steps.split_first() {
        let more = if others.is_empty() { "" } else { " and more" };
        plan.title = format!("{}{more} of {}", first.title, id.name());
    }
    if plan.steps.is_empty() { Err(NoEdit::Same) } else { Ok(plan) }
}

/// Tags are written back whole, and an undo writes what was read: neither may hold a mask for a secret, or the sign
/// that stands in for what cannot be drawn.
fn refuse_hidden(now: &Wish, wish: &Wish) -> Result<(), NoEdit> {
    let hidden = now.tags.iter().find(|(name, value)| is_altered(name) || is_altered(value));
    if let Some((name, _)) = hidden.filter(|_| now.tags != wish.tags) {
        return Err(NoEdit::Hidden(format!("the tag '{name}'")));
    }
    let names = [
        ("friendly name", &now.friendly_name, &wish.friendly_name),
        ("description", &now.description, &wish.description),
    ];
    match names.into_iter().find(|(_, now, wish)| now != wish && is_altered(now)) {
        Some((what, ..)) => Err(NoEdit::Hidden(format!("the {what}"))),
        None => Ok(()),
    }
}

fn patch(id: &ArmId, body: Value) -> Request {
    Request::arm(Method::Patch, id, versions::WORKSPACES).body(body).repeatable()
}

fn check(id: &ArmId, expect: Vec<Expect>, words: impl Into<String>) -> Check {
    Check::new(Request::get(id, versions::WORKSPACES), Expect::All(expect), words)
}

/// A property is this text; what is not there counts as empty.
fn text(at: &str, value: &str) -> Expect {
    Expect::Equals { at: at.to_owned(), value: value.into(), by: Compare::Exact, or_missing: Some("".into()) }
}

/// Tags, names and the image build compute, in one PATCH of those that differ. Tags go as a whole: the service replaces
/// them.
fn settings(workspace: &Workspace, wish: &Wish) -> Option<Step> {
    let id = &workspace.id;
    let now = Wish::as_it_is(workspace);
    let mut all: Vec<(&str, Value, Value, Expect, Expect)> = Vec::new();
    if now.tags != wish.tags {
        let expect = |tags: &BTreeMap<String, String>| Expect::equals_or("/tags", json!(tags), json!({}));
        all.push(("tags", json!(now.tags), json!(wish.tags), expect(&now.tags), expect(&wish.tags)));
    }
    let mut property = |name: &'static str, at: &str, old: &String, new: &String| {
        if old != new {
            all.push((name, old.as_str().into(), new.as_str().into(), text(at, old), text(at, new)));
        }
    };
    property("friendlyName", "/properties/friendlyName", &now.friendly_name, &wish.friendly_name);
    property("description", "/properties/description", &now.description, &wish.description);
    property(
        "imageBuildCompute",
        "/properties/imageBuildCompute",
        &now.image_build_compute,
        &wish.image_build_compute,
    );
    if all.is_empty() {
        return None;
    }
    let body = |new: bool| {
        let mut body = Map::new();
        let mut properties = Map::new();
        for (name, old, wished, ..) in &all {
            let into = if *name == "tags" { &mut body } else { &mut properties };
            into.insert((*name).to_owned(), if new { wished.clone() } else { old.clone() });
        }
        if !properties.is_empty() {
            body.insert("properties".to_owned(), properties.into());
        }
        Value::Object(body)
    };
    let names: Vec<&str> = all.iter().map(|(name, ..)| words(name)).collect();
    let one = names.len() == 1 && names[0] != "tags";
    let names = names.join(", ");
    let before = check(
        id,
        all.iter().map(|one| one.3.clone()).collect(),
        format!("{names} {}", if one { "is as it was read" } else { "are as they were read" }),
    );
    let after = check(
        id,
        all.iter().map(|one| one.4.clone()).collect(),
        format!("{names} {} as wished", if one { "is" } else { "are" }),
    );
    let mut undo = Undo::by(
        format!("Put {names} back"),
        format!("{names} of {} {}.", id.name(), if one { "is as it was" } else { "are as they were" }),
        vec![patch(id, body(false))],
    );
    if let Undo::By(back) = &mut undo {
        back.already = Some(before.clone());
        back.guard = Some(after.clone());
        back.verify = Some(before.clone());
    }
    let step = Step::send(
        "settings",
        format!("Set {names}"),
        format!(
            "{} has {}.",
            id.name(),
            settings_that_differ(&now, wish).iter().map(Difference::words).collect::<Vec<_>>().join(", ")
        ),
        patch(id, body(true)),
    );
    let step = step.already(after.clone()).guard(before).verify(after).undo(undo);
    Some(step.needs(id, RIGHT))
}

fn words(property: &str) -> &'static str {
    match property {
        "tags" => "tags",
        "friendlyName" => "friendly name",
        "description" => "description",
        _ => "image build compute",
    }
}

fn new_identities<'a>(workspace: &'a Workspace, wish: &'a Wish) -> impl Iterator<Item = &'a ArmId> {
    let has = move |id: &ArmId| {
        workspace.identity.as_ref().is_some_and(|identity| identity.user_assigned().any(|known| known == *id))
    };
    wish.identities.iter().filter(move |id| !has(id))
}

/// Attaches identities beside those that are there.
fn identities(workspace: &Workspace, wish: &Wish) -> Option<Step> {
    let id = &workspace.id;
    let new: Vec<&ArmId> = new_identities(workspace, wish).collect();
    if new.is_empty() {
        return None;
    }
    let own = workspace.identity.as_ref();
    let system = own.is_some_and(Identity::is_system_assigned);
    let kind = if system { "SystemAssigned,UserAssigned" } else { "UserAssigned" };
    let had: Vec<ArmId> = own.map(|own| own.user_assigned().collect()).unwrap_or_default();
    let assigned = |value: &Value| -> Map<String, Value> {
        let old = had.iter().map(|id| (id.as_str().to_owned(), json!({})));
        old.chain(new.iter().map(|id| (id.as_str().to_owned(), value.clone()))).collect()
    };
    let body =
        |value: Value| json!({ "identity": { "type": kind, "userAssignedIdentities": assigned(&value) } });
    // What stands there is an object with the object id; where nothing stands, the default does.
    let attached = |id: &&ArmId| {
        let at =
            format!("/identity/userAssignedIdentities/{}", id.as_str().replace('~', "~0").replace('/', "~1"));
        let none = Value::from("none");
        Expect::Equals { at, value: none.clone(), by: Compare::Exact, or_missing: Some(none) }
    };
    // Somebody else may have changed the kind or taken one off meanwhile, and the PATCH would say otherwise.
    let unchanged = |kind: Option<&str>, also: &[Expect]| {
        // The service writes two kinds with a blank between, and without one.
        let tight = kind.unwrap_or("None").replace(' ', "");
        let spellings = [tight.replace(',', ", "), tight];
        let is = |kind: String| Expect::equals_or("/identity/type", kind, "None");
        let kind = Expect::Any(spellings.map(is).into());
        let had = had.iter().map(|id| Expect::Not(Box::new(attached(&id))));
        check(
            id,
            [kind].into_iter().chain(had).chain(also.iter().cloned()).collect(),
            "the identities are those that were read",
        )
    };
    let gone: Vec<Expect> = new.iter().map(attached).collect();
    let there: Vec<Expect> = gone.iter().map(|one| Expect::Not(Box::new(one.clone()))).collect();
    let names = new.iter().map(|id| id.name()).collect::<Vec<_>>().join(", ");
    let undo = if had.is_empty() {
        Undo::OneWay(
            "a workspace that has its first user-assigned identity does not go back to none".to_owned(),
        )
    } else {
        let mut undo = Undo::by(
            format!("Detach {names}"),
            format!("{} has the identities that it had.", id.name()),
            vec![patch(id, body(Value::Null))],
        );
        if let Undo::By(back) = &mut undo {
            back.already = Some(check(id, gone.clone(), format!("{names} is not attached")));
            back.guard = Some(unchanged(Some(kind), &there));
            back.verify = back.already.clone();
        }
        undo
    };
    let mut step = Step::send(
        "identities",
        format!("Attach {names}"),
        format!("{} can act as {names}.", id.name()),
        patch(id, body(json!({}))),
    )
    .already(check(id, there.clone(), format!("{names} is attached")))
    .guard(unchanged(own.and_then(|own| own.identity_type.as_deref()), &gone))
    .verify(check(id, there, format!("{names} is attached")))
    .undo(undo)
    .needs(id, RIGHT);
    for identity in new {
        step = step.needs(identity, &format!("{IDENTITIES}/assign/action"));
    }
    Some(step)
}

/// Attaches a registry, or another one than before.
fn registry(workspace: &Workspace, wish: &Wish) -> Option<Step> {
    let id = &workspace.id;
    let had = workspace.properties.container_registry.as_ref();
    let new = wish.registry.as_ref().filter(|new| had != Some(*new))?;
    let body = |id: &ArmId| json!({ "properties": { "containerRegistry": id.as_str() } });
    let is = |id: Option<&ArmId>| {
        let value: Value = id.map_or("", ArmId::as_str).into();
        let at = "/properties/containerRegistry".to_owned();
        Expect::Equals { at, value, by: Compare::NoCase, or_missing: Some("".into()) }
    };
    let after = check(id, vec![is(Some(new))], format!("{} is attached", new.name()));
    let before = match had {
        Some(had) => check(id, vec![is(Some(had))], format!("{} is attached", had.name())),
        None => check(id, vec![is(None)], "no registry is attached"),
    };
    let undo = match had {
        Some(had) => {
            let mut undo = Undo::by(
                format!("Attach {} again", had.name()),
                format!("{} keeps its images in {} again.", id.name(), had.name()),
                vec![patch(id, body(had))],
            );
            if let Undo::By(back) = &mut undo {
                back.already = Some(before.clone());
                back.guard = Some(after.clone());
                back.verify = Some(before.clone());
            }
            undo
        }
        None => Undo::OneWay("a registry can be replaced by another one, and not taken off again".to_owned()),
    };
    let step = Step::send(
        "registry",
        format!("Attach the registry {}", new.name()),
        format!("{} keeps its images in {}.", id.name(), new.name()),
        patch(id, body(new)),
    );
    Some(step.already(after.clone()).guard(before).verify(after).undo(undo).needs(id, RIGHT))
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::azure::secrets::MASK;
    use crate::domain::plan::Confirmation;

    pub(super) const GROUP: &str = "/subscriptions/s/resourceGroups/rg/providers";

    pub(super) fn workspace(body: &Value) -> Workspace {
        let id = format!("{GROUP}/Microsoft.MachineLearningServices/workspaces/mlw");
        let mut whole = json!({ "id": id, "name": "mlw" });
        whole.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        serde_json::from_value(whole).unwrap()
    }

    pub(super) fn identity(name: &str) -> ArmId {
        ArmId::parse(&format!("{GROUP}/{IDENTITIES}/{name}")).unwrap()
    }

    fn bodies(plan: &Plan) -> Vec<Value> {
        plan.steps.iter().map(|step| step.requests[0].body.clone().unwrap()).collect()
    }

    #[test]
    fn nothing_is_sent_for_what_is_so_and_only_what_differs_else() {
        let workspace = workspace(&json!({ "tags": {"env": "dev"}, "properties": {
            "friendlyName": "Fraud", "description": "d", "imageBuildCompute": "cpu" } }));
        let mut wish = Wish::as_it_is(&workspace);
        assert_eq!(edit(&workspace, &wish, false), Err(NoEdit::Same));
        wish.description.clear();
        wish.tags.insert("team".to_owned(), "x".to_owned());
        let plan = edit(&workspace, &wish, false).unwrap();
        assert_eq!(
            bodies(&plan),
            [json!({ "tags": {"env": "dev", "team": "x"}, "properties": {"description": ""} })]
        );
        assert_eq!(plan.steps[0].title, "Set tags, description");
        let Undo::By(back) = &plan.steps[0].undo else { panic!("no way back") };
        assert_eq!(
            back.requests[0].body,
            Some(json!({ "tags": {"env": "dev"}, "properties": {"description": "d"} }))
        );
        assert_eq!(plan.confirmation(), Confirmation::Yes);
    }

    #[test]
    fn an_identity_is_attached_beside_the_others_and_the_first_one_for_good() {
        let (old, new) = (identity("id-old"), identity("id-new"));
        let alone = workspace(&json!({ "identity": { "type": "SystemAssigned", "principalId": "p" } }));
        let wish = Wish { identities: vec![new.clone()], ..Wish::as_it_is(&alone) };
        let plan = edit(&alone, &wish, false).unwrap();
        assert_eq!(
            bodies(&plan),
            [
                json!({ "identity": { "type": "SystemAssigned,UserAssigned", "userAssignedIdentities": { new.as_str(): {} } } })
            ]
        );
        assert!(plan.next[0].starts_with("give id-new the roles"), "{:?}", plan.next);
        assert_eq!(plan.confirmation(), Confirmation::TypeName("mlw"));
        let right = |plan: &Plan| {
            plan.steps[0]
                .rights
                .iter()
                .any(|right| right.scope == new && right.action.ends_with("assign/action"))
        };
        assert!(right(&plan));

        let beside = workspace(&json!({ "identity": { "type": "UserAssigned",
            "userAssignedIdentities": { old.as_str(): { "principalId": "p" } } } }));
        let wish = Wish { identities: vec![old.clone(), new.clone()], ..Wish::as_it_is(&beside) };
        let plan = edit(&beside, &wish, false).unwrap();
        let Undo::By(back) = &plan.steps[0].undo else { panic!("no way back") };
        let assigned = &back.requests[0].body.as_ref().unwrap()["identity"]["userAssignedIdentities"];
        assert_eq!(assigned, &json!({ old.as_str(): {}, new.as_str(): null }));
        let there = json!({ "identity": { "userAssignedIdentities": { new.as_str().to_uppercase(): { "principalId": "x" } } } });
        let already = plan.steps[0].already.as_ref().unwrap();
        assert!(already.judge(Some(&there)).holds && !already.judge(Some(&json!({}))).holds);
    }

    #[test]
    fn a_registry_is_replaced_with_a_way_back_and_attached_without_one() {
        let registry = |name: &str| {
            ArmId::parse(&format!("{GROUP}/Microsoft.ContainerRegistry/registries/{name}")).unwrap()
        };
        let bare = workspace(&json!({ "properties": { "containerRegistry": null } }));
        let wish = Wish { registry: Some(registry("cr1")), ..Wish::as_it_is(&bare) };
        let plan = edit(&bare, &wish, false).unwrap();
        assert!(plan.next.is_empty(), "nothing is left to do");
        assert!(plan.is_one_way() && plan.warnings.is_empty());
        let had = workspace(&json!({ "properties": { "containerRegistry": registry("CR1").as_str() } }));
        assert_eq!(edit(&had, &wish, false), Err(NoEdit::Same), "ids compare without case");
        let other = Wish { registry: Some(registry("cr2")), ..wish };
        let plan = edit(&had, &other, false).unwrap();
        assert!(plan.next[0].contains("built again"), "{:?}", plan.next);
        assert!(!plan.is_one_way() && plan.warnings[0].text.contains("CR1"), "{:?}", plan.warnings);
    }

    #[test]
    fn what_was_not_read_whole_is_never_written_back() {
        for (tags, description) in [
            (json!({ "link": format!("https://st/x?sig={MASK}") }), "d"),
            (json!({ "team": "a\u{fffd}b" }), "d"),
            (json!({ "env": "dev" }), "password=********"),
        ] {
            let of = workspace(&json!({ "tags": tags, "properties": { "description": description } }));
            let mut wish = Wish::as_it_is(&of);
            wish.friendly_name = "Fraud".to_owned();
            assert!(edit(&of, &wish, false).is_ok(), "what is hidden is left alone: {tags}");
            wish.tags.insert("new".to_owned(), "x".to_owned());
            wish.description = "other".to_owned();
            assert!(matches!(edit(&of, &wish, false), Err(NoEdit::Hidden(_))), "{tags} {description}");
        }
    }

    #[test]
    fn identities_that_somebody_else_changed_meanwhile_are_not_written_over() {
        let (old, new) = (identity("id-old"), identity("id-new"));
        let with = |kind: &str, ids: &[&ArmId]| {
            let ids: Map<String, Value> = ids.iter().map(|id| (id.as_str().to_owned(), json!({}))).collect();
            json!({ "identity": { "type": kind, "userAssignedIdentities": ids } })
        };
        let of = workspace(&with("UserAssigned", &[&old]));
        let wish = Wish { identities: vec![new.clone()], ..Wish::as_it_is(&of) };
        let plan = edit(&of, &wish, false).unwrap();
        let guard = plan.steps[0].guard.as_ref().unwrap();
        let Undo::By(back) = &plan.steps[0].undo else { panic!("no way back") };
        let back = back.guard.as_ref().unwrap();
        for (now, goes, goes_back) in [
            (with("UserAssigned", &[&old]), true, false),
            (with("SystemAssigned, UserAssigned", &[&old]), false, false),
            (with("SystemAssigned", &[]), false, false),
            (with("UserAssigned", &[&old, &new]), false, true),
            (with("SystemAssigned,UserAssigned", &[&old, &new]), false, false),
        ] {
            assert_eq!(guard.judge(Some(&now)).holds, goes, "{now}");
            assert_eq!(back.judge(Some(&now)).holds, goes_back, "{now}");
        }
    }

    proptest! {
        #[test]
        fn whatever_tags_there_are_they_are_read_as_they_were_written(
            tags in proptest::collection::btree_map("[ a-c=\"\\n\u{e9}]{1,6}", "[ a-c=\"\\\\\\n\u{1f680}]{0,6}", 0..5)
        ) {
            let lower: std::collections::BTreeSet<String> = tags.keys().map(|name| name.to_lowercase()).collect();
            prop_assume!(lower.len() == tags.len());
            prop_assert_eq!(read_tags(&write_tags(&tags)), Ok(tags));
        }
    }

    #[test]
    fn tags_are_read_as_they_are_written() {
        let tags = read_tags("env = prod\n\ncost=47 = 11\nempty =").unwrap();
        assert_eq!(write_tags(&tags), "cost = 47 = 11\nempty = \nenv = prod");
        assert_eq!(read_tags(&write_tags(&tags)).unwrap(), tags);
        for (text, words) in [
            ("a/b = c", "cannot name a tag"),
            ("= c", "cannot name a tag"),
            ("a = 1\nA = 2", "twice"),
            ("a\nb = 1", "comes ="),
        ] {
            assert!(read_tags(text).unwrap_err().contains(words), "{text}");
        }
        assert!(read_tags(&"x".repeat(513)).is_err());
        let many: String = (0..51).map(|n| format!("t{n} = v\n")).collect();
        assert!(read_tags(&many).unwrap_err().contains("51 tags"));
    }
}
