//! The same set-up as commands of `az` for a POSIX shell.

use std::fmt::Write;

use super::compose::{assignment_name, principal_key};
use super::endpoints::{leads, link_name};
use super::{Template, yaml};
use crate::azure::arm::address::path_and_query;
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::Request;
use crate::azure::arm::versions;
use crate::domain::plan::print::shell;
use crate::domain::roles;
use crate::domain::setup::budget;
use crate::domain::setup::environment::{Dependent, Environment, LOG_ANALYTICS, OwnIdentity, STORAGE, Zones};
use crate::domain::setup::people::{Principal, PrincipalKind};
use crate::domain::setup::plan::namespaces;
use crate::domain::setup::regions;
use crate::domain::setup::spec::{Kind, Place, StorageAccess};

/// The versions of the clients that the commands need, with why.
#[must_use]
pub fn clients(environment: &Environment) -> Vec<(&'static str, &'static str)> {
    let ml = if environment.storage_access == StorageAccess::Identity {
        ("ml extension 2.27.0 or newer", "storage access by identity")
    } else {
        ("ml extension 2.22.0 or newer", "managed networks and hubs")
    };
    vec![("az 2.60.0 or newer", "the flags below"), ml]
}

/// The commands for one environment. The workspace comes from the YAML that is written first.
#[must_use]
pub fn commands(environment: &Environment) -> String {
    let mut script = Script { out: String::new() };
    script.line("set -e");
    script.note(&format!("{}: {}; it stops at what fails", environment.name, environment.workspace));
    for (client, why) in clients(environment) {
        script.note(&format!("needs {client}, for {why}"));
    }
    let group = environment.group.as_str();
    let mut tags = Vec::new();
    for (name, value) in &environment.tags {
        match shell::tag(name, value) {
            Some(tag) => tags.push(tag),
            None => script.note(&format!(
                "only the workspace gets the tag {name}: {value}; on a command line az would take it for something else"
            )),
        }
    }
    script.run("az account set", &[("--subscription", environment.subscription.as_str())], &[]);
    providers(environment, &mut script);
    groups(environment, &tags, &mut script);
    dependents(environment, &tags, &mut script);
    grants(environment, true, &mut script);
    key_reader(environment, &mut script);
    let file = format!("{}.yml", environment.workspace);
    script.file(&file, &yaml::workspace(environment));
    script.run("az ml workspace create", &[("--file", &file), ("--resource-group", group)], &[]);
    grants(environment, false, &mut script);
    by_name(environment, &mut script);
    approvals(environment, &mut script);
    endpoints(environment, &tags, &mut script);
    if environment.provision_now && environment.kind != Kind::Project {
        let flags = [("--name", environment.workspace.as_str()), ("--resource-group", group)];
        script.run("az ml workspace provision-network", &flags, &[]);
    }
    watch(environment, &mut script);
    if environment.shared_key_off
        && let Some(storage) = environment.storage.id(&environment.group_id(), STORAGE)
    {
        script.run(
            "az storage account update",
            &[("--ids", storage.as_str()), ("--allow-shared-key-access", "false")],
            &[],
        );
    }
    script.out
}

/// Registers what is not registered: to ask anew for what is would need a right that not everybody has.
fn providers(environment: &Environment, script: &mut Script) {
    for namespace in namespaces(environment, &Template::of(environment)) {
        script.line(&format!(
            "[ \"$(az provider show --namespace {namespace} --query registrationState --output tsv)\" = Registered ] ||\n  \
             az provider register --namespace {namespace} --wait"
        ));
    }
}

/// Makes the groups that are not there: `az group create` on one that is puts its tags in place of those that others
/// gave it.
fn groups(environment: &Environment, tags: &[String], script: &mut Script) {
    for id in environment.groups() {
        let name = id.name();
        let subscription = id.subscription_id().unwrap_or_default();
        let place = format!("--name {} --subscription {}", word(name), word(subscription));
        script.run(
            &format!("az group show {place} >/dev/null 2>&1 || az group create"),
            &[("--name", name), ("--subscription", subscription), ("--location", &environment.region)],
            tags,
        );
    }
}

/// The very request of the plan, in the month in which the script runs; not sent where there is a budget, which
/// stays as it is.
fn watch(environment: &Environment, script: &mut Script) {
    let Some(wanted) = &environment.budget else { return };
    let request = Request::get(&budget::id(environment), versions::BUDGETS);
    let mut url = String::new();
    path_and_query(&mut url, &request, None);
    let body = word(&budget::body(wanted, MONTH).to_string()).replace(MONTH, r#"'"$month"'"#);
    let url = word(&url);
    script.line("month=$(date -u +%Y-%m-01)");
    script.line(&format!(
        "az rest --method get --url {url} >/dev/null 2>&1 ||\n  az rest --method put --url {url} --body {body}"
    ));
}

/// Stands for the month in a text that is quoted as a whole.
const MONTH: &str = "the-month";

fn dependents(environment: &Environment, tags: &[String], script: &mut Script) {
    let group = environment.group.as_str();
    let region = environment.region.as_str();
    let closed = environment.closes_dependents();
    let public = if closed { "Disabled" } else { "Enabled" };
    let action = if closed { "Deny" } else { "Allow" };
    if let OwnIdentity::New(name) = &environment.identity {
        let flags = [("--name", name.as_str()), ("--resource-group", group), ("--location", region)];
        script.run("az identity create", &flags, tags);
    }
    if let Dependent::New(name) = &environment.storage {
        let flags = [
            ("--name", name.as_str()),
            ("--resource-group", group),
            ("--location", region),
            ("--sku", &environment.storage_sku),
            ("--kind", "StorageV2"),
            ("--https-only", "true"),
            ("--allow-blob-public-access", "false"),
            ("--min-tls-version", "TLS1_2"),
            ("--enable-hierarchical-namespace", "false"),
            ("--public-network-access", public),
            ("--default-action", action),
            ("--bypass", "AzureServices"),
        ];
        script.run("az storage account create", &flags, tags);
    }
    if let Dependent::New(name) = &environment.key_vault {
        let flags = [
            ("--name", name.as_str()),
            ("--resource-group", group),
            ("--location", region),
            ("--sku", "standard"),
            ("--enable-rbac-authorization", "true"),
            ("--retention-days", "90"),
            ("--public-network-access", public),
            ("--default-action", action),
            ("--bypass", "AzureServices"),
        ];
        script.run("az keyvault create", &flags, tags);
    }
    let telemetry = regions::of_log_analytics(region);
    if let Dependent::New(name) = &environment.log_analytics {
        let flags = [
            ("--workspace-name", name.as_str()),
            ("--resource-group", group),
            ("--location", telemetry),
            ("--sku", "PerGB2018"),
            ("--retention-time", "30"),
        ];
        script.run("az monitor log-analytics workspace create", &flags, tags);
    }
    if let Dependent::New(name) = &environment.insights {
        let logs = environment.log_analytics.id(&environment.group_id(), LOG_ANALYTICS);
        let mut flags = vec![
            ("--app", name.as_str()),
            ("--resource-group", group),
            ("--location", telemetry),
            ("--kind", "web"),
            ("--application-type", "web"),
        ];
        flags.extend(logs.as_ref().map(|id| ("--workspace", id.as_str())));
        script.run("az monitor app-insights component create", &flags, tags);
    }
    if let Dependent::New(name) = &environment.registry {
        let mut flags = vec![
            ("--name", name.as_str()),
            ("--resource-group", group),
            ("--location", region),
            ("--sku", environment.registry_sku.as_str()),
            ("--admin-enabled", "false"),
        ];
        if environment.registry_sku == "Premium" {
            flags.push(("--public-network-enabled", if closed { "false" } else { "true" }));
            flags.push(("--allow-trusted-services", "true"));
        }
        script.run("az acr create", &flags, tags);
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
        let name = assignment_name(&scope, &key, &grant.role.guid);
        let (principal, kind) = match &grant.principal {
            Principal::Known { kind, id, .. } => (id.as_str(), kind.as_str()),
            Principal::OwnIdentity => ("$identity", "ServicePrincipal"),
        };
        if own && !asked {
            script.line(&format!(
                "identity=$(az identity show --ids {} --query principalId --output tsv)",
                word(&key)
            ));
            asked = true;
        }
        let flags = [
            ("--name", name.as_str()),
            ("--role", &grant.role.guid),
            ("--assignee-object-id", principal),
            ("--assignee-principal-type", kind),
            ("--scope", scope.as_str()),
        ];
        script.run("az role assignment create", &flags, &[]);
    }
}

/// What lets an identity read the customer's key, before the workspace is encrypted with it.
fn key_reader(environment: &Environment, script: &mut Script) {
    let Some((reader, vault)) = environment.key_reader() else { return };
    let role = roles::CRYPTO_USER;
    script.line(&format!(
        "identity=$(az identity show --ids {} --query principalId --output tsv)",
        word(reader.as_str())
    ));
    let flags = [
        ("--name", assignment_name(&vault, reader.as_str(), role.guid)),
        ("--role", role.guid.to_owned()),
        ("--assignee-object-id", "$identity".to_owned()),
        ("--assignee-principal-type", "ServicePrincipal".to_owned()),
        ("--scope", vault.to_string()),
    ];
    script.run(
        "az role assignment create",
        &flags.each_ref().map(|(flag, value)| (*flag, value.as_str())),
        &[],
    );
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
        script.run("az role assignment create", &flags, &[]);
    }
}

/// What lets the workspace's identity approve the private endpoints of its managed network.
fn approvals(environment: &Environment, script: &mut Script) {
    let role = roles::NETWORK_APPROVER;
    let targets = environment.linked();
    if targets.is_empty() {
        return;
    }
    let key = principal_key(environment, &Principal::OwnIdentity);
    let asks = match environment.identity_id() {
        Some(id) => format!("az identity show --ids {} --query principalId", word(id.as_str())),
        None => {
            let (name, group) = (word(&environment.workspace), word(&environment.group));
            format!(
                "az ml workspace show --name {name} --resource-group {group} --query identity.principal_id"
            )
        }
    };
    script.line(&format!("identity=$({asks} --output tsv)"));
    for target in targets {
        let flags = [
            ("--name", assignment_name(&target, &key, role.guid)),
            ("--role", role.guid.to_owned()),
            ("--assignee-object-id", "$identity".to_owned()),
            ("--assignee-principal-type", "ServicePrincipal".to_owned()),
            ("--scope", target.to_string()),
        ];
        let flags = flags.each_ref().map(|(flag, value)| (*flag, value.as_str()));
        script.run("az role assignment create", &flags, &[]);
    }
}

fn endpoints(environment: &Environment, tags: &[String], script: &mut Script) {
    let Some(inbound) = &environment.inbound else { return };
    let group = inbound.group.resource_group().unwrap_or_default();
    let subscription = inbound.group.subscription_id().unwrap_or_default();
    let network = inbound.network();
    let link = link_name(&network);
    let mut zones: Vec<&str> = Vec::new();
    for lead in leads(environment) {
        let id = environment.group_id().join(&format!("providers/{}/{}", lead.kind, lead.target));
        let flags = [
            ("--name", lead.name.as_str()),
            ("--resource-group", group),
            ("--subscription", subscription),
            ("--location", &inbound.region),
            ("--subnet", inbound.subnet.as_str()),
            ("--private-connection-resource-id", id.as_str()),
            ("--group-id", lead.subresource),
            ("--connection-name", lead.name.as_str()),
        ];
        script.run("az network private-endpoint create", &flags, tags);
        for zone in lead.zones {
            let here = [("--resource-group", group), ("--subscription", subscription)];
            if inbound.zones == Zones::New && !zones.contains(zone) {
                zones.push(zone);
                script.run(
                    "az network private-dns zone create",
                    &[&[("--name", *zone)], &here[..]].concat(),
                    tags,
                );
                let flags = [
                    ("--name", link.as_str()),
                    ("--zone-name", zone),
                    ("--virtual-network", network.as_str()),
                    ("--registration-enabled", "false"),
                ];
                script.run("az network private-dns link vnet create", &[&flags[..], &here[..]].concat(), &[]);
            }
            let id = match &inbound.zones {
                Zones::None => continue,
                Zones::New => zone_id(&inbound.group, zone),
                Zones::In(zones) => zone_id(zones, zone),
            };
            let name = zone.replace('.', "-");
            let flags = [
                ("--name", "default"),
                ("--endpoint-name", lead.name.as_str()),
                ("--private-dns-zone", id.as_str()),
                ("--zone-name", &name),
            ];
            let flags = [&flags[..], &here[..]].concat();
            // The first zone makes the group, the others join it.
            let verb = if lead.zones.first() == Some(zone) { "create" } else { "add" };
            script.run(&format!("az network private-endpoint dns-zone-group {verb}"), &flags, &[]);
        }
    }
}

fn zone_id(group: &ArmId, zone: &str) -> ArmId {
    group.join(&format!("providers/Microsoft.Network/privateDnsZones/{zone}"))
}

/// Lines for a shell.
struct Script {
    out: String,
}

impl Script {
    fn line(&mut self, text: &str) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.out, "{text}");
    }

    fn note(&mut self, text: &str) {
        self.line(&format!("# {}", text.replace(['\n', '\r'], " ")));
    }

    fn run(&mut self, command: &str, flags: &[(&str, &str)], tags: &[String]) {
        let mut line = command.to_owned();
        for (flag, value) in flags.iter().filter(|(_, value)| !value.is_empty()) {
            let words = shell::flag_words(flag, value);
            let words: Vec<String> = words.iter().map(|one| word(one)).collect();
            let _ = write!(line, " \\\n  {}", words.join(" "));
        }
        if !tags.is_empty() {
            let words: Vec<String> = tags.iter().map(|tag| word(tag)).collect();
            let _ = write!(line, " \\\n  --tags {}", words.join(" "));
        }
        self.line(&line);
    }

    fn file(&mut self, name: &str, text: &str) {
        self.line(&format!("cat > {} <<'END'\n{text}END", word(name)));
    }
}

/// A word for a POSIX shell; a variable stays one.
fn word(text: &str) -> String {
    if ["$identity", "$principal"].contains(&text) {
        format!("\"{text}\"")
    } else {
        shell::quote(text).into_owned()
    }
}
