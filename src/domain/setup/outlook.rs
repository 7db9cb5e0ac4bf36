//! What this console will find of a workspace that a set-up makes: its own table of findings, looked at over what the
//! template says. What only Azure decides, such as who has access from above, is not looked at.

use serde_json::{Map, Value, json};

use super::environment::{Dependent, Environment, REGISTRIES, STORAGE, VAULTS, WORKSPACES};
use super::spec::{Isolation, Kind};
use super::template::Template;
use crate::azure::resources::{decode, workspace::Workspace};
use crate::domain::changes::Production;
use crate::domain::inventory::Inventory;
use crate::domain::lookup::Lookup;
use crate::domain::opened::{DependentResource, Opened};
use crate::domain::posture::{Finding, Subject, report};

/// The one rule whose subject a project does not share with its hub.
const OF_PROJECTS: &str = "no-tags";

/// The findings that the workspace of an environment has once it is made, worst first. Those of a project are few: its hub
/// decides the rest.
#[must_use]
pub fn outlook(environment: &Environment, production: &Production) -> Vec<Finding> {
    let Some(opened) = made(environment) else { return Vec::new() };
    let mut inventory = Inventory::default();
    inventory.add_workspaces(std::slice::from_ref(&opened.workspace));
    let Some(entry) = inventory.workspaces().first() else { return Vec::new() };
    let production = environment.is_production(production);
    let mut findings = report(&Subject { entry, production, opened: Some(&opened), access: None }).findings;
    findings.retain(|finding| environment.kind != Kind::Project || finding.id == OF_PROJECTS);
    findings
}

/// The workspace and its new dependents, as Azure will show them. What is there already is not read here.
fn made(environment: &Environment) -> Option<Opened> {
    let group = environment.group_id();
    let template = Template::of(environment);
    let body = |kind: &str| {
        let resource = template.resources.iter().find(|one| one.kind == kind)?;
        let mut body: Map<String, Value> = resource.body.clone();
        // Texts of a template may be expressions: what is looked at here is as it was wished.
        body.insert("tags".to_owned(), json!(environment.tags));
        Some(Value::Object(body))
    };
    let mut workspace = body(WORKSPACES)?;
    workspace["id"] = environment.workspace_id().as_str().into();
    workspace["name"] = environment.workspace.as_str().into();
    let properties = &mut workspace["properties"];
    properties["provisioningState"] = "Succeeded".into();
    for (kind, property, dependent) in [
        (STORAGE, "storageAccount", &environment.storage),
        (VAULTS, "keyVault", &environment.key_vault),
        (REGISTRIES, "containerRegistry", &environment.registry),
    ] {
        properties[property] = json!(dependent.id(&group, kind));
    }
    if environment.isolation != Isolation::Public {
        let status = if environment.provision_now { "Active" } else { "Inactive" };
        properties["managedNetwork"]["status"] = json!({ "status": status });
    }
    let mut opened = Opened::new(decode::<Workspace>("workspace", workspace).ok()?);
    for (kind, dependent) in [
        (STORAGE, &environment.storage),
        (VAULTS, &environment.key_vault),
        (REGISTRIES, &environment.registry),
    ] {
        let (Dependent::New(name), Some(id)) = (dependent, dependent.id(&group, kind)) else { continue };
        let mut body = body(kind)?;
        body["id"] = id.as_str().into();
        body["name"] = name.as_str().into();
        if kind == STORAGE && environment.shared_key_off {
            body["properties"]["allowSharedKeyAccess"] = false.into();
        }
        if let Some(Ok(resource)) = DependentResource::decode(&id, body) {
            opened.dependents.insert(id, Lookup::Found(resource));
        }
    }
    Some(opened)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::setup::people::Directory;
    use crate::domain::setup::resolve::SetUp;
    use crate::domain::setup::spec::PlanFile;

    /// The findings of a plan file that has a subscription and a region.
    fn found(more: &str) -> Vec<&'static str> {
        let text = format!(
            "name = 'churn'\n[basics]\nsubscription = 'a83d5e70-2c4b-4f19-b6d8-07e94c1fa2d5'\nregion = 'westeurope'\n{more}"
        );
        let set_up = SetUp::of(&PlanFile::read(&text).unwrap(), &Directory::new());
        assert!(set_up.refusals().next().is_none(), "{:?}", set_up.findings);
        outlook(&set_up.environments[0], &Production::default()).iter().map(|one| one.id).collect()
    }

    #[test]
    fn what_the_plan_leaves_open_will_be_found_and_what_it_closes_will_not() {
        let tagged = "[basics.tags]\nteam = 'fraud'\n";
        for (more, wanted) in [
            ("", &["public-no-rules", "no-tags", "access-key-mode"][..]),
            (tagged, &["public-no-rules", "access-key-mode"]),
            (
                "[basics.tags]\nenv = 'prod'\n[dependents]\nstorage_sku = 'Standard_LRS'\n",
                &["public-no-rules", "locally-redundant", "access-key-mode"],
            ),
            (
                "[basics.tags]\na = 'b'\n[identity]\nstorage_access = 'identity'\n",
                &["public-no-rules", "keys-still-on"],
            ),
            (
                "[basics.tags]\na = 'b'\n[identity]\nstorage_access = 'identity'\nshared_key_off = true\n\
                 [network]\nisolation = 'internet-outbound'\npublic_access = false\nprovision_now = true\n",
                &[],
            ),
            (
                "[basics.tags]\na = 'b'\n[network]\nisolation = 'approved-outbound'\n",
                &["network-not-provisioned", "public-inbound", "access-key-mode"],
            ),
            // What is there already is not read here, so nothing is said of it.
            (
                "[basics.tags]\na = 'b'\n[dependents]\nstorage = '/subscriptions/a83d5e70-2c4b-4f19-b6d8-07e94c1fa2d5/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/st'\n\
                 [identity]\nstorage_access = 'identity'\n[network]\npublic_access = false\n",
                &[],
            ),
        ] {
            assert_eq!(found(more), wanted, "{more}");
        }
    }

    #[test]
    fn of_a_project_only_what_its_hub_does_not_decide_is_told() {
        let hub = "kind = 'Project'\nhub = '/subscriptions/a83d5e70-2c4b-4f19-b6d8-07e94c1fa2d5/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/hub'\n";
        assert_eq!(found(hub), ["no-tags"]);
    }
}
