//! What a set-up finds there already. The deployment makes what is missing and leaves the rest as it is. Of a workspace
//! that is there tags, names and attachments are changed, by the PATCH of an edit, which can be taken back; in all else
//! it has to agree with the plan.

use super::environment::{Dependent, Environment, INSIGHTS, REGISTRIES, STORAGE, VAULTS, WORKSPACES};
use super::plan::{Known, step_id};
use super::spec::{Isolation, Kind, Rule};
use super::template::{Template, outbound};
use crate::azure::arm::id::ArmId;
use crate::azure::resources::common::Identity;
use crate::azure::resources::decode;
use crate::azure::resources::outbound_rule::{Destination, OutboundRuleProperties, RuleCategory};
use crate::azure::resources::workspace::{Workspace, WorkspaceProperties};
use crate::azure::safe_text::is_altered;
use crate::domain::edit::{Difference, NoEdit, Wish, differences, edit};
use crate::domain::plan::{Plan, Weight};

/// The deployment of what is not there yet, or whose last change failed.
pub(super) fn missing(environment: &Environment, known: &Known) -> Template {
    let sound = |id: &&ArmId| !known.broken.contains(id);
    let left: Vec<ArmId> = known.there.iter().filter(sound).cloned().collect();
    let mut template = Template::of(environment).without(&left, &environment.group_id());
    let is_workspace = |template: &Template| template.resources.iter().position(|one| one.kind == WORKSPACES);
    if let (Some(workspace), Some(at)) =
        (known.workspaces.get(&environment.workspace_id()), is_workspace(&template))
    {
        // A PUT replaces: what it has and the plan does not name is sent along, see `lost` for what cannot be.
        let Wish { tags, friendly_name, description, image_build_compute, registry, .. } =
            wish(environment, workspace);
        let registry = registry.map_or_else(|| environment.registry.clone(), Dependent::Existing);
        let whole = Environment {
            tags,
            friendly_name,
            description,
            image_build_compute,
            registry,
            ..environment.clone()
        };
        let whole = Template::of(&whole);
        if let Some(from) = is_workspace(&whole) {
            template.resources[at].body.clone_from(&whole.resources[from].body);
        }
    }
    template
}

/// How a workspace that is there shall be: what the plan names over what it has.
fn wish(environment: &Environment, workspace: &Workspace) -> Wish {
    let mut wish = Wish::as_it_is(workspace);
    for (name, value) in &environment.tags {
        // Azure Resource Manager compares names of tags without case.
        let known = wish.tags.keys().find(|known| known.eq_ignore_ascii_case(name)).unwrap_or(name).clone();
        wish.tags.insert(known, value.clone());
    }
    // A name that only follows from the workspace's own was not asked for.
    let friendly_name = Some(&environment.friendly_name).filter(|name| **name != environment.workspace);
    for (wished, own) in [
        (friendly_name, &mut wish.friendly_name),
        (Some(&environment.description), &mut wish.description),
        (Some(&environment.image_build_compute), &mut wish.image_build_compute),
    ] {
        if let Some(wished) = wished.filter(|wished| !wished.is_empty()) {
            own.clone_from(wished);
        }
    }
    if wish.registry.is_none() {
        wish.registry = environment.registry.id(&environment.group_id(), REGISTRIES);
    }
    wish
}

/// What the plan changes of a workspace that is there, from what to what.
pub(super) fn changes(environment: &Environment, workspace: &Workspace) -> Vec<Difference> {
    differences(workspace, &wish(environment, workspace))
}

/// Adds the steps that change a workspace that is there, where anything of it differs and its deployment does not change
/// it anyhow.
pub(super) fn change(environment: &Environment, known: &Known, plan: &mut Plan) {
    let id = environment.workspace_id();
    let Some(workspace) = known.workspaces.get(&id).filter(|_| !known.broken.contains(&id)) else { return };
    match edit(workspace, &wish(environment, workspace), false) {
        Ok(edit) => {
            for mut step in edit.steps {
                step.id = step_id(environment, &step.id);
                step.title = format!("{} of {}", step.title, environment.workspace);
                plan.steps.push(step);
            }
            for warning in edit.warnings {
                plan.warn(warning.weight, warning.text);
            }
        }
        Err(NoEdit::Same) => {}
        Err(hidden @ NoEdit::Hidden(_)) => {
            plan.warn(Weight::Caution, format!("{} stays as it is: {hidden}", environment.workspace));
        }
    }
}

/// What a workspace whose last change failed would lose if it were deployed again: each in words. What was not read as it
/// is cannot be sent along, and neither can what the plan has no words for.
pub(super) fn lost(environment: &Environment, workspace: &Workspace) -> Vec<String> {
    let wish = wish(environment, workspace);
    let hidden = |what: String| format!("{what}, which holds something that is not shown here");
    let tags = wish.tags.iter().filter(|(name, value)| is_altered(name) || is_altered(value));
    let mut all: Vec<String> = tags.map(|(name, _)| hidden(format!("its tag '{name}'"))).collect();
    for (what, text) in [("its friendly name", &wish.friendly_name), ("its description", &wish.description)] {
        if is_altered(text) {
            all.push(hidden(what.to_owned()));
        }
    }
    let named = environment.identity_id();
    let identities = workspace.identity.iter().flat_map(Identity::user_assigned);
    let others = identities.filter(|id| Some(id) != named.as_ref());
    all.extend(others.map(|id| format!("its identity {}", id.name())));
    let rules = workspace.properties.managed_network.iter().flat_map(|network| &network.outbound_rules);
    let others = rules.filter(|(name, rule)| {
        rule.category.as_ref() == Some(&RuleCategory::UserDefined) && !environment.rules.contains_key(*name)
    });
    all.extend(others.map(|(name, _)| format!("its outbound rule {name}")));
    all
}

/// What the plan wants otherwise than a workspace is that is there, and no set-up changes: each in words.
pub(super) fn otherwise(environment: &Environment, workspace: &Workspace) -> Vec<String> {
    let properties = &workspace.properties;
    let mut all = dependents(environment, properties);
    let hub = properties.hub_resource_id.as_ref();
    if let (Some(wanted), Some(has)) = (&environment.hub, hub)
        && wanted != has
    {
        all.push(format!("it belongs to the hub {}, and not to {}", has.name(), wanted.name()));
    }
    all.extend(identity(environment, workspace));
    // A project has these of its hub.
    if environment.kind != Kind::Project {
        all.extend(settings(environment, properties));
        all.extend(network(environment, properties));
    }
    all
}

fn dependents(environment: &Environment, properties: &WorkspaceProperties) -> Vec<String> {
    let group = environment.group_id();
    let of = [
        ("storage account", environment.storage.id(&group, STORAGE), &properties.storage_account),
        ("key vault", environment.key_vault.id(&group, VAULTS), &properties.key_vault),
        ("Application Insights", environment.insights.id(&group, INSIGHTS), &properties.application_insights),
        ("registry", environment.registry.id(&group, REGISTRIES), &properties.container_registry),
    ];
    let other = |(what, wanted, has): (&str, Option<ArmId>, &Option<ArmId>)| match (wanted, has) {
        (Some(wanted), Some(has)) if wanted != *has => {
            Some(format!("its {what} is {}, and {} in its place would cut it off", has.name(), wanted.name()))
        }
        // A registry can be attached later, the others cannot.
        (Some(wanted), None) if what != "registry" => {
            Some(format!("it has no {what}, and not {}", wanted.name()))
        }
        _ => None,
    };
    of.into_iter().filter_map(other).collect()
}

fn identity(environment: &Environment, workspace: &Workspace) -> Option<String> {
    let own = workspace.identity.as_ref()?;
    let primary = workspace.properties.primary_user_assigned_identity.as_ref();
    match (environment.identity_id(), primary) {
        (Some(wanted), Some(has)) if wanted != *has => {
            Some(format!("its identity is {}, and not {}", has.name(), wanted.name()))
        }
        (Some(wanted), None) => {
            Some(format!("its identity is its system-assigned one, and not {}", wanted.name()))
        }
        (None, Some(has)) if !own.is_system_assigned() => {
            Some(format!("its identity is {}, and not a system-assigned one", has.name()))
        }
        _ => None,
    }
}

fn settings(environment: &Environment, properties: &WorkspaceProperties) -> Vec<String> {
    let mut all = Vec::new();
    let mut differs = |key: &str, has: &str, wanted: &str| {
        if !has.eq_ignore_ascii_case(wanted) {
            all.push(format!("{key} is {has}, and not {wanted}"));
        }
    };
    let access = properties.public_network_access.as_ref().map_or("Enabled", |access| access.as_str());
    differs("public access", access, if environment.public_access { "Enabled" } else { "Disabled" });
    let mode = properties.system_datastores_auth_mode.as_ref().map_or("accesskey", |mode| mode.as_str());
    differs("its storage access", mode, environment.storage_access.as_str());
    let yes = |has: Option<bool>| if has == Some(true) { "on" } else { "off" };
    if environment.high_business_impact {
        differs("high business impact", yes(properties.hbi_workspace), "on");
    }
    if environment.data_isolation {
        differs("data isolation", yes(properties.enable_data_isolation), "on");
    }
    if let Some(wanted) = &environment.customer_key {
        let key = properties.encryption.as_ref().and_then(|one| one.key_vault_properties.as_ref());
        let has = key.and_then(|key| key.key_identifier.as_deref()).unwrap_or("one of Microsoft's");
        differs("its key", has, &wanted.key);
    }
    all
}

fn network(environment: &Environment, properties: &WorkspaceProperties) -> Vec<String> {
    let network = properties.managed_network.as_ref();
    let has =
        network.and_then(|network| network.isolation_mode.as_ref()).map_or("Disabled", |mode| mode.as_str());
    let wanted = environment.isolation.as_str();
    if !has.eq_ignore_ascii_case(wanted) {
        return vec![format!("the isolation of its managed network is {has}, and not {wanted}")];
    }
    let known = network.map(|network| &network.outbound_rules);
    let lacks = |name: &&String| known.is_some_and(|known| !known.contains_key(*name));
    let lacking: Vec<&str> = match environment.isolation {
        Isolation::Public => Vec::new(),
        _ => environment.rules.keys().filter(lacks).map(String::as_str).collect(),
    };
    let mut all = Vec::new();
    if !lacking.is_empty() {
        all.push(format!("its managed network lacks the outbound rules {}", lacking.join(", ")));
    }
    if environment.isolation != Isolation::Public {
        let there = |(name, rule): (&String, &Rule)| elsewhere(name, known?.get(name)?, rule);
        all.extend(environment.rules.iter().filter_map(there));
    }
    all
}

/// That an outbound rule leads elsewhere than the plan wants it to; none where it does not. What Azure does not say of it
/// is no difference.
fn elsewhere(name: &str, has: &OutboundRuleProperties, wanted: &Rule) -> Option<String> {
    let wanted: OutboundRuleProperties = decode("outbound rule", outbound(wanted)).ok()?;
    let other = |has: &Option<String>, wanted: &Option<String>| {
        let plain = |text: &String| text.replace(' ', "").to_ascii_lowercase();
        matches!((has, wanted), (Some(has), Some(wanted)) if plain(has) != plain(wanted))
    };
    let differs = match (has.destination.as_ref()?, wanted.destination.as_ref()?) {
        (Destination::ServiceTag(has), Destination::ServiceTag(wanted)) => {
            !has.service_tag.eq_ignore_ascii_case(&wanted.service_tag)
                || other(&has.protocol, &wanted.protocol)
                || other(&has.port_ranges, &wanted.port_ranges)
        }
        (Destination::PrivateEndpoint(has), Destination::PrivateEndpoint(wanted)) => {
            if has.service_resource_id != wanted.service_resource_id {
                let (has, wanted) = (&has.service_resource_id, &wanted.service_resource_id);
                return Some(format!("its outbound rule {name} leads to {has}, and not to {wanted}"));
            }
            other(&has.subresource_target, &wanted.subresource_target)
        }
        _ => !has.target().eq_ignore_ascii_case(&wanted.target()),
    };
    differs.then(|| {
        format!("its outbound rule {name} leads to {}, and not to {}", has.target(), wanted.target())
    })
}
