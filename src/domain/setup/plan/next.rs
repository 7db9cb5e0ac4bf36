//! What is left to do once a set-up has run: of what it made, and of nothing that was there before.

use super::super::environment::{Dependent, ENDPOINTS, Environment, OwnIdentity, REGISTRIES, Zones};
use super::super::people::Principal;
use super::super::spec::{Isolation, Kind};
use super::super::there::missing;
use super::Known;
use crate::azure::arm::id::ArmId;

/// The type of role assignments.
const ASSIGNMENTS: &str = "Microsoft.Authorization/roleAssignments";

/// What to do once an environment is set up, in sentences; none where the set-up makes nothing that asks for more.
#[must_use]
pub(super) fn next_steps(environment: &Environment, known: &Known) -> Vec<String> {
    let workspace = &environment.workspace;
    let id = environment.workspace_id();
    let made = missing(environment, known).ids(&environment.group_id());
    let makes = |kind: &str| made.iter().any(|id: &ArmId| id.is_type(kind));
    let is_new = !known.there.contains(&id);
    let mut steps = Vec::new();
    if (is_new || makes(ENDPOINTS)) && environment.kind != Kind::Project {
        steps.extend(reached(environment, known));
    }
    if is_new && !gives_roles(environment) {
        steps.push(format!("give people their roles on {workspace}: nobody got one by this plan"));
    }
    if is_new || makes(REGISTRIES) {
        steps.extend(builds(environment));
    }
    if makes(ASSIGNMENTS) {
        steps.push("role assignments take some minutes until they are effective".to_owned());
    }
    if !is_new {
        return steps;
    }
    if environment.identity == OwnIdentity::System && environment.kind != Kind::Project {
        steps.push(format!(
            "Azure has made the identity of {workspace} Azure AI Administrator of {}: put nothing else into that group",
            environment.group
        ));
    }
    let waits = environment.isolation != Isolation::Public && !environment.provision_now;
    steps.push(match environment.kind {
        Kind::Hub => format!("make projects of {workspace}: set up anew, with the kind Project"),
        _ if waits => {
            "make a first compute, in the studio or with `az ml compute create`: it makes the managed network too".to_owned()
        }
        _ => "make a first compute, in the studio or with `az ml compute create`".to_owned(),
    });
    steps
}

/// Whether anybody but the workspace itself gets a role.
fn gives_roles(environment: &Environment) -> bool {
    let others = |grant: &super::super::people::Grant| grant.principal != Principal::OwnIdentity;
    !environment.by_name.is_empty() || environment.grants.iter().any(others)
}

/// How a workspace is reached that is not reached from the internet.
fn reached(environment: &Environment, known: &Known) -> Option<String> {
    if environment.public_access {
        return None;
    }
    let workspace = &environment.workspace;
    let Some(inbound) = &environment.inbound else {
        return Some(format!(
            "{workspace} is reached by nobody yet: make a private endpoint for it in the network that people come from"
        ));
    };
    let names = match &inbound.zones {
        Zones::None => {
            "and see to it that its names lead to the private endpoints: the plan made no DNS zones"
                .to_owned()
        }
        Zones::In(group) if !known.linked.contains(&(inbound.network(), group.clone())) => {
            format!("once the private DNS zones in {} resolve names there: see to it", group.name())
        }
        Zones::New | Zones::In(_) => "with name resolution by the private DNS zones".to_owned(),
    };
    Some(format!(
        "{workspace} is reached from the network {} and those joined to it only: through a jump box or a bastion there, a \
         VPN or a circuit, {names}",
        inbound.network().name()
    ))
}

/// What builds images where the registry cannot.
fn builds(environment: &Environment) -> Option<String> {
    if !environment.registry_needs_endpoints() || environment.registry == Dependent::Absent {
        return None;
    }
    Some(match environment.image_build_compute.as_str() {
        "" => "make a CPU cluster that builds images and name it as the workspace's image build compute, before the first \
               environment is built"
            .to_owned(),
        name => format!("make the cluster {name}, which builds images, before the first environment is built"),
    })
}
