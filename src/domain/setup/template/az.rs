//! The same set-up as commands of `az` for a POSIX shell. What is there already stays as it is: many a command of `az`
//! refuses what is there, or writes over it.

use serde_json::Value;

use super::compose::{assignment_name, principal_key};
use super::endpoints::{ZONES, leads, link_name};
use super::expression::{ASSIGNMENTS, unescaped};
use super::script::{Script, command_text, url, word};
use super::{Expression, Template, child};
use crate::azure::arm::id::ArmId;
use crate::azure::arm::versions;
use crate::domain::plan::IN_FORCE_USUALLY;
use crate::domain::roles;
use crate::domain::setup::budget;
use crate::domain::setup::environment::{
    Dependent, ENDPOINTS, Environment, IDENTITIES, INSIGHTS, Inbound, LOG_ANALYTICS, OwnIdentity, REGISTRIES,
    STORAGE, VAULTS, WORKSPACES, Zones,
};
use crate::domain::setup::people::{Principal, PrincipalKind};
use crate::domain::setup::plan::namespaces;
use crate::domain::setup::regions;
use crate::domain::setup::spec::{Kind, Place};

/// The client that the commands need: flags of all of them are in it, and none of them is of an extension.
const NEEDS: &str = "needs az 2.60.0 or newer, without extensions";

/// The commands for one environment.
#[must_use]
pub fn commands(environment: &Environment) -> String {
    let template = Template::of(environment);
    let mut script = Script::of(environment);
    script.line("set -e");
    script.note(&format!("{}: {}; it stops at what fails", environment.name, environment.workspace));
    script.note(NEEDS);
    script.begin();
    providers(environment, &template, &mut script);
    groups(environment, &mut script);
    dependents(environment, &template, &mut script);
    grants(environment, true, &mut script);
    key_reader(environment, &mut script);
    script.note(
        "`az ml workspace create` would add to what the plan says, so this is the very body that is deployed",
    );
    whole(environment, &template, WORKSPACES, &mut script);
    grants(environment, false, &mut script);
    by_name(environment, &mut script);
    approvals(environment, &mut script);
    endpoints(environment, &mut script);
    provision(environment, &mut script);
    watch(environment, &mut script);
    shared_key_off(environment, &mut script);
    script.text()
}

/// Registers what is not registered: to ask anew for what is would need a right that not everybody has.
fn providers(environment: &Environment, template: &Template, script: &mut Script) {
    for namespace in namespaces(environment, template) {
        let provider = ArmId::subscription(&environment.subscription).join(&format!("providers/{namespace}"));
        let register = format!(
            "az provider register --namespace {namespace} --subscription {} --wait",
            word(&environment.subscription)
        );
        let at = url(&provider, versions::RESOURCES);
        script.unless(&at, Some("registrationState == 'Registered'"), &register);
    }
}

fn groups(environment: &Environment, script: &mut Script) {
    for id in environment.groups() {
        let subscription = id.subscription_id().unwrap_or_default();
        let flags =
            [("--name", id.name()), ("--subscription", subscription), ("--location", &environment.region)];
        script.make(&id, versions::RESOURCES, "az group create", &flags);
    }
}

/// What has no command of its own, or one of an extension, or one that says less than the plan: the very body that is
/// deployed, from a file.
fn whole(environment: &Environment, template: &Template, kind: &str, script: &mut Script) {
    let group = environment.group_id();
    for resource in template.resources.iter().filter(|one| one.kind == kind) {
        let id = child(&group, kind, &resource.name);
        let body = resolved(&Value::Object(resource.body.clone()), &group);
        let file = format!("{}.json", resource.name);
        script.file(&file, &serde_json::to_string_pretty(&body).unwrap_or_default());
        let (file, mut flags) = (format!("@{file}"), vec![("--id", id.as_str())]);
        flags.extend([("--api-version", resource.version.as_str()), ("--properties", &file)]);
        let line = command_text("az resource create --is-full-object", &flags, &[], "  ");
        script.unless(&url(&id, &resource.version), None, &line);
    }
}

/// A value of the template as Azure gets it in the end, where it asks for no more than ids.
pub(super) fn resolved(value: &Value, group: &ArmId) -> Value {
    match value {
        Value::String(text) => match Expression::read(text) {
            Some(Ok(Expression::Id { kind, name })) => child(group, &kind, &name).as_str().into(),
            _ => unescaped(text).into(),
        },
        Value::Array(list) => list.iter().map(|one| resolved(one, group)).collect(),
        Value::Object(members) => {
            let all = members.iter().map(|(name, one)| (name.clone(), resolved(one, group)));
            Value::Object(all.collect())
        }
        other => other.clone(),
    }
}

fn provision(environment: &Environment, script: &mut Script) {
    if !environment.provision_now || environment.kind == Kind::Project {
        return;
    }
    // Its private endpoints are made with the network, and approved by a role that was just given.
    if !environment.linked().is_empty() {
        in_force(script);
    }
    let id = environment.workspace_id();
    let flags = [
        ("--action", "provisionManagedNetwork"),
        ("--ids", id.as_str()),
        ("--api-version", versions::WORKSPACES),
        ("--request-body", r#"{"includeSpark":false}"#),
    ];
    let line = command_text("az resource invoke-action", &flags, &[], "  ");
    let at = url(&id, versions::WORKSPACES);
    script.unless(&at, Some("properties.managedNetwork.status.status == 'Active'"), &line);
}

fn shared_key_off(environment: &Environment, script: &mut Script) {
    let storage = environment.storage.id(&environment.group_id(), STORAGE);
    let Some(storage) = storage.filter(|_| environment.shared_key_off) else { return };
    let flags = [("--ids", storage.as_str()), ("--allow-shared-key-access", "false")];
    let line = command_text("az storage account update", &flags, &[], "  ");
    script.unless(
        &url(&storage, versions::STORAGE),
        Some("properties.allowSharedKeyAccess == `false`"),
        &line,
    );
}

/// The very request of the plan, in the month in which the script runs.
fn watch(environment: &Environment, script: &mut Script) {
    let Some(wanted) = &environment.budget else { return };
    let body = word(&budget::body(wanted, MONTH).to_string()).replace(MONTH, r#"'"$month"'"#);
    script.line("month=$(date -u +%Y-%m-01)");
    script.put(&budget::id(environment), versions::BUDGETS, &body);
}

/// Stands for the month in a text that is quoted as a whole.
const MONTH: &str = "the-month";

fn dependents(environment: &Environment, template: &Template, script: &mut Script) {
    let region = environment.region.as_str();
    let closed = environment.closes_dependents();
    let public = if closed { "Disabled" } else { "Enabled" };
    let action = if closed { "Deny" } else { "Allow" };
    if let OwnIdentity::New(name) = &environment.identity {
        let made = New { environment, kind: IDENTITIES, name, region };
        made.by("az identity create", versions::MANAGED_IDENTITY, &[], script);
    }
    if let Dependent::New(name) = &environment.storage {
        let flags = [
            ("--sku", environment.storage_sku.as_str()),
            ("--kind", "StorageV2"),
            ("--https-only", "true"),
            ("--allow-blob-public-access", "false"),
            ("--min-tls-version", "TLS1_2"),
            ("--enable-hierarchical-namespace", "false"),
            ("--public-network-access", public),
            ("--default-action", action),
            ("--bypass", "AzureServices"),
        ];
        let made = New { environment, kind: STORAGE, name, region };
        made.by("az storage account create", versions::STORAGE, &flags, script);
    }
    if let Dependent::New(name) = &environment.key_vault {
        let flags = [
            ("--sku", "standard"),
            ("--enable-rbac-authorization", "true"),
            ("--retention-days", "90"),
            ("--public-network-access", public),
            ("--default-action", action),
            ("--bypass", "AzureServices"),
        ];
        let made = New { environment, kind: VAULTS, name, region };
        made.by("az keyvault create", versions::KEY_VAULT, &flags, script);
    }
    let telemetry = regions::of_log_analytics(region);
    if let Dependent::New(name) = &environment.log_analytics {
        let flags = [("--sku", "PerGB2018"), ("--retention-time", "30")];
        let made = New { environment, kind: LOG_ANALYTICS, name, region: telemetry };
        made.by("az monitor log-analytics workspace create", versions::LOG_ANALYTICS, &flags, script);
    }
    whole(environment, template, INSIGHTS, script);
    if let Dependent::New(name) = &environment.registry {
        let mut flags = vec![("--sku", environment.registry_sku.as_str()), ("--admin-enabled", "false")];
        if environment.registry_sku == "Premium" {
            flags.push(("--public-network-enabled", if closed { "false" } else { "true" }));
            flags.push(("--default-action", action));
            flags.push(("--allow-trusted-services", "true"));
        }
        let made = New { environment, kind: REGISTRIES, name, region };
        made.by("az acr create", versions::CONTAINER_REGISTRY, &flags, script);
    }
}

/// Something new in the group of an environment.
struct New<'a> {
    environment: &'a Environment,
    kind: &'a str,
    name: &'a str,
    region: &'a str,
}

impl New<'_> {
    /// Made by a command, with flags of its own.
    fn by(&self, command: &str, version: &str, flags: &[(&str, &str)], script: &mut Script) {
        let place = [
            ("--name", self.name),
            ("--resource-group", &self.environment.group),
            ("--subscription", &self.environment.subscription),
            ("--location", self.region),
        ];
        let id = child(&self.environment.group_id(), self.kind, self.name);
        script.make(&id, version, command, &[&place, flags].concat());
    }
}

/// The grants that come before the workspace, or those after it.
fn grants(environment: &Environment, before: bool, script: &mut Script) {
    let mut asked = false;
    for grant in &environment.grants {
        let own = grant.principal == Principal::OwnIdentity;
        if (own && grant.place != Place::Workspace) != before {
            continue;
        }
        let Some(scope) = environment.place(grant.place) else { continue };
        let key = principal_key(environment, &grant.principal);
        let (principal, kind) = match &grant.principal {
            Principal::Known { kind, id, .. } => (id.as_str(), kind.as_str()),
            Principal::OwnIdentity => IDENTITY,
        };
        if own && !asked {
            ask_identity(&key, script);
            asked = true;
        }
        assign(&scope, &key, &grant.role.guid, (principal, kind), script);
    }
}

/// What lets an identity read the customer's key, before the workspace is encrypted with it.
fn key_reader(environment: &Environment, script: &mut Script) {
    let Some((reader, vault)) = environment.key_reader() else { return };
    ask_identity(reader.as_str(), script);
    assign(&vault, reader.as_str(), roles::CRYPTO_USER.guid, IDENTITY, script);
    in_force(script);
}

/// Waits until a role that what comes next relies on is in force, as the plan does.
fn in_force(script: &mut Script) {
    script.note("a role takes some minutes until it is in force, and what comes next needs it");
    script.line(&format!("sleep {IN_FORCE_USUALLY}"));
}

/// The identity that [`ask_identity`] asked for, and its kind.
const IDENTITY: (&str, &str) = ("$identity", "ServicePrincipal");

/// Asks for the object id of an identity.
fn ask_identity(id: &str, script: &mut Script) {
    script.line(&format!("identity=$(az identity show --ids {} --query principalId --output tsv)", word(id)));
}

/// A role for a principal of a kind; `key` is what the name of the assignment is made of.
fn assign(scope: &ArmId, key: &str, role: &str, (principal, kind): (&str, &str), script: &mut Script) {
    let name = assignment_name(scope, key, role);
    let flags = [
        ("--name", name.as_str()),
        ("--role", role),
        ("--assignee-object-id", principal),
        ("--assignee-principal-type", kind),
        ("--scope", scope.as_str()),
    ];
    let id = child(scope, ASSIGNMENTS, &name);
    script.make_bare(&id, versions::AUTHORIZATION, "az role assignment create", &flags);
}

/// The grants to those whom the plan file gives by name: the script asks for their object ids when it runs. A name that
/// fits nobody, or several, gives no id that the assignment takes. The assignment has no name of ours, because that follows
/// from the object id; Azure refuses a second one of the same role to the same principal, and `az` takes that for done.
fn by_name(environment: &Environment, script: &mut Script) {
    let mut asked = None;
    for one in &environment.by_name {
        let Some(scope) = environment.place(one.place) else { continue };
        if asked != Some((one.kind, &one.name)) {
            asked = Some((one.kind, &one.name));
            let kind = one.kind.words();
            script.note(&format!("the {kind} '{}' is given by name: this asks for the object id", one.name));
            let ask = match one.kind {
                PrincipalKind::Group => format!("az ad group show --group {} --query id", word(&one.name)),
                PrincipalKind::User => format!("az ad user show --id {} --query id", word(&one.name)),
                PrincipalKind::ServicePrincipal => {
                    let filter = format!("displayName eq '{}'", one.name.replace('\'', "''"));
                    format!("az ad sp list --filter {} --query '[].id'", word(&filter))
                }
            };
            script.line(&format!("principal=$({ask} --output tsv)"));
        }
        let flags = [
            ("--role", one.role.guid.as_str()),
            ("--assignee-object-id", "$principal"),
            ("--assignee-principal-type", one.kind.as_str()),
            ("--scope", scope.as_str()),
        ];
        script.run("az role assignment create", &flags);
    }
}

/// What lets the workspace's identity approve the private endpoints of its managed network.
fn approvals(environment: &Environment, script: &mut Script) {
    let targets = environment.linked();
    if targets.is_empty() {
        return;
    }
    let key = principal_key(environment, &Principal::OwnIdentity);
    match environment.identity_id() {
        Some(id) => ask_identity(id.as_str(), script),
        None => {
            let at = word(&url(&environment.workspace_id(), versions::WORKSPACES)).to_string();
            script.line(&format!(
                "identity=$(az rest --method get --url {at} --query identity.principalId --output tsv)"
            ));
        }
    }
    for target in targets {
        assign(&target, &key, roles::NETWORK_APPROVER.guid, IDENTITY, script);
    }
}

fn endpoints(environment: &Environment, script: &mut Script) {
    let Some(inbound) = &environment.inbound else { return };
    let here = [
        ("--resource-group", inbound.group.resource_group().unwrap_or_default()),
        ("--subscription", inbound.group.subscription_id().unwrap_or_default()),
    ];
    for lead in leads(environment) {
        let id = child(&environment.group_id(), lead.kind, &lead.target);
        let flags = [
            ("--name", lead.name.as_str()),
            ("--location", &inbound.region),
            ("--subnet", inbound.subnet.as_str()),
            ("--private-connection-resource-id", id.as_str()),
            ("--group-id", lead.subresource),
            ("--connection-name", lead.name.as_str()),
        ];
        let endpoint = child(&inbound.group, ENDPOINTS, &lead.name);
        let flags = [&flags[..], &here[..]].concat();
        script.make(&endpoint, versions::NETWORK, "az network private-endpoint create", &flags);
        for zone in lead.zones {
            let id = match &inbound.zones {
                Zones::None => continue,
                Zones::New => {
                    self::zone(inbound, zone, &here, script);
                    child(&inbound.group, ZONES, zone)
                }
                Zones::In(zones) => child(zones, ZONES, zone),
            };
            let name = zone.replace('.', "-");
            let flags = [
                ("--name", "default"),
                ("--endpoint-name", lead.name.as_str()),
                ("--private-dns-zone", id.as_str()),
                ("--zone-name", &name),
            ];
            // The first zone makes the group, the others join it.
            let verb = if lead.zones.first() == Some(zone) { "create" } else { "add" };
            let command = format!("az network private-endpoint dns-zone-group {verb}");
            let line = command_text(&command, &[&flags[..], &here[..]].concat(), &[], "  ");
            let group = url(&endpoint.join("privateDnsZoneGroups/default"), versions::NETWORK);
            let joined = format!("contains(properties.privateDnsZoneConfigs[].name, '{name}')");
            script.unless(&group, Some(&joined), &line);
        }
    }
}

/// A new zone, linked to the network; another environment may have made it.
fn zone(inbound: &Inbound, zone: &str, here: &[(&str, &str)], script: &mut Script) {
    let id = child(&inbound.group, ZONES, zone);
    let flags = [&[("--name", zone)], here].concat();
    script.make(&id, versions::PRIVATE_DNS, "az network private-dns zone create", &flags);
    let network = inbound.network();
    let link = link_name(&network);
    let flags = [
        ("--name", link.as_str()),
        ("--zone-name", zone),
        ("--virtual-network", network.as_str()),
        ("--registration-enabled", "false"),
    ];
    let id = id.join(&format!("virtualNetworkLinks/{link}"));
    let flags = [&flags[..], here].concat();
    script.make_bare(&id, versions::PRIVATE_DNS, "az network private-dns link vnet create", &flags);
}
