//! What the printers write reads back to the same deployment.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::expression::ASSIGNMENTS;
use super::{Expression, Template, az, template_title, yaml};
use crate::azure::arm::id::ArmId;
use crate::domain::changes::Production;
use crate::domain::roles;
use crate::domain::setup::environment::{
    Environment, IDENTITIES, LOG_ANALYTICS, REGISTRIES, STORAGE, VAULTS, WORKSPACES,
};
use crate::domain::setup::examples;
use crate::domain::setup::people::{ByName, PrincipalKind};
use crate::domain::setup::plan;
use crate::domain::setup::spec::Place;

fn environments() -> Vec<(String, Environment)> {
    let all = examples::all().into_iter();
    all.flat_map(|(name, set_up)| {
        set_up.environments.into_iter().map(move |one| (format!("{name}/{}", one.name), one))
    })
    .collect()
}

#[test]
fn an_arm_template_reads_back_to_the_same_deployment() {
    for (name, environment) in environments() {
        let template = Template::of(&environment);
        assert_eq!(Template::from_json(&template.json()).as_ref(), Ok(&template), "{name}");
        let text = template.arm(&template_title(&environment));
        let text: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(Template::from_json(&text).as_ref(), Ok(&template), "{name}");
        let mut bare = text;
        bare.as_object_mut().unwrap().remove("metadata");
        assert_eq!(bare, template.json(), "{name}: but for what is said first it is what is deployed");
    }
}

#[test]
fn whatever_a_resource_waits_for_is_in_the_template_before_it() {
    fn check(name: &str, template: &Template, group: &ArmId) {
        let mut made: BTreeSet<String> = BTreeSet::new();
        for resource in &template.resources {
            for after in &resource.after {
                let id = match after {
                    Expression::Id { kind, name } => super::child(group, kind, name),
                    Expression::AssignmentId { kind, name, assignment } => {
                        super::child(&super::child(group, kind, name), ASSIGNMENTS, assignment)
                    }
                    Expression::At(id) => id.clone(),
                    other => panic!("{name}: nothing waits for {other}"),
                };
                assert!(
                    made.contains(id.as_str()),
                    "{name}: {} waits for {id}, made are {made:#?}",
                    resource.name
                );
            }
            made.insert(super::id_of(resource, group).to_string());
        }
    }
    for (name, environment) in environments() {
        check(&name, &Template::of(&environment), &environment.group_id());
    }
}

#[test]
fn a_template_that_is_not_ours_is_refused() {
    let ours = Template::of(&examples::named("one").environments[0]).json();
    let mut computed = ours.clone();
    computed["resources"][0]["location"] = json!("[parameters('location')]");
    let mut nameless = ours.clone();
    nameless["resources"][0].as_object_mut().unwrap().remove("name");
    let mut waits = ours;
    waits["resources"][0]["dependsOn"] = json!(["[variables('x')]"]);
    for (template, words) in [
        (computed, "it computes [parameters('location')]"),
        (nameless, "has no name"),
        (waits, "depends on"),
        (json!({}), "no list of resources"),
    ] {
        let error = Template::from_json(&template).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn the_same_plan_gives_the_same_deployment_and_another_plan_another() {
    let set_up = examples::named("dev-prod");
    let name = |at: usize| {
        let environment = &set_up.environments[at];
        Template::of(environment).deployment_name(&environment.workspace)
    };
    assert_eq!(name(0), name(0));
    let mut changed = set_up.environments[0].clone();
    changed.tags.insert("a".into(), "b".into());
    assert_ne!(name(0), Template::of(&changed).deployment_name(&changed.workspace));
    assert!(name(1).starts_with("amldeck-mlw-pricing-prod-") && name(1).len() <= 64);
}

#[test]
fn in_bicep_every_symbol_is_declared_once_and_used_by_its_name() {
    for (name, environment) in environments() {
        let text = Template::of(&environment).bicep(&["title".to_owned()]);
        let declared: Vec<&str> =
            text.lines().filter_map(|line| line.strip_prefix("resource ")?.split(' ').next()).collect();
        assert_eq!(declared.iter().collect::<BTreeSet<_>>().len(), declared.len(), "{name}: {declared:?}");
        let used =
            regex_lite::Regex::new(r"(?m)(?:^|: )([A-Za-z]\w*)\.(?:id|properties\.principalId)$").unwrap();
        for symbol in used.captures_iter(&text) {
            assert!(declared.contains(&&symbol[1]), "{name}: {} is not declared in\n{text}", &symbol[1]);
        }
        let alone = regex_lite::Regex::new(r"(?m)(?:parent|scope): (\w+)$|^    (\w+)$").unwrap();
        for symbol in alone.captures_iter(&text) {
            let symbol = symbol.get(1).or(symbol.get(2)).unwrap().as_str();
            assert!(declared.contains(&symbol) || symbol == "resourceGroup", "{name}: {symbol} in\n{text}");
        }
        assert!(!text.contains("unknown"), "{name}: {text}");
    }
}

#[test]
fn bicep_reads_well() {
    let environment = &examples::named("staged").environments[0];
    insta::assert_snapshot!(Template::of(environment).bicep(&template_title(environment)));
}

#[test]
fn az_reads_well() {
    insta::assert_snapshot!(az::commands(&examples::named("dev-prod").environments[1]));
}

/// The words of a shell's command line; quotes as POSIX has them. `None` while a quote is open, or the line goes on.
fn words(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut signs = line.chars();
    while let Some(sign) = signs.next() {
        match sign {
            quote @ ('\'' | '"') => {
                let inner = word.get_or_insert_default();
                loop {
                    match signs.next()? {
                        sign if sign == quote => break,
                        sign => inner.push(sign),
                    }
                }
            }
            '\\' => match signs.next()? {
                '\n' => {}
                other => word.get_or_insert_default().push(other),
            },
            sign if sign.is_whitespace() => words.extend(word.take()),
            sign => word.get_or_insert_default().push(sign),
        }
    }
    words.extend(word);
    Some(words)
}

/// One command: its words before the first flag, its flags, its tags.
struct Command {
    verb: String,
    flags: BTreeMap<String, String>,
    tags: BTreeMap<String, String>,
}

/// The commands of a script, and the files that it writes.
fn read_script(script: &str) -> (Vec<Command>, BTreeMap<String, String>) {
    let (mut commands, mut files) = (Vec::new(), BTreeMap::new());
    let mut lines = script.lines();
    while let Some(line) = lines.next() {
        if let Some(rest) = line.strip_prefix("cat > ") {
            let name = words(rest.trim_end_matches(" <<'END'")).unwrap().remove(0);
            let text: Vec<&str> = lines.by_ref().take_while(|line| *line != "END").collect();
            files.insert(name, text.join("\n") + "\n");
            continue;
        }
        let Some(line) = line.trim_start().strip_prefix("az ") else { continue };
        let mut whole = format!("az {line}");
        let all = loop {
            match words(&whole) {
                Some(all) => break all,
                None => whole = format!("{whole}\n{}", lines.next().expect("the command does not end")),
            }
        };
        let mut command = Command { verb: String::new(), flags: BTreeMap::new(), tags: BTreeMap::new() };
        let verb = all.iter().take_while(|word| !word.starts_with("--")).count();
        command.verb = all[..verb].join(" ");
        let mut rest = all[verb..].iter();
        while let Some(flag) = rest.next() {
            if flag == "--tags" {
                command.tags.extend(rest.by_ref().map(|tag| {
                    let (name, value) = tag.split_once('=').unwrap();
                    (name.to_owned(), value.to_owned())
                }));
            } else {
                // These two have no value.
                let bare = ["--wait", "--is-full-object"].contains(&flag.as_str());
                let value = if bare { None } else { rest.next() };
                command.flags.insert(flag.clone(), value.cloned().unwrap_or_default());
            }
        }
        commands.push(command);
    }
    (commands, files)
}

/// The type that a command makes, with the flag that names it.
const MAKES: [(&str, &str, &str); 7] = [
    ("az identity create", IDENTITIES, "--name"),
    ("az storage account create", STORAGE, "--name"),
    ("az keyvault create", VAULTS, "--name"),
    ("az monitor log-analytics workspace create", LOG_ANALYTICS, "--name"),
    ("az acr create", REGISTRIES, "--name"),
    ("az network private-endpoint create", "Microsoft.Network/privateEndpoints", "--name"),
    ("az network private-dns zone create", "Microsoft.Network/privateDnsZones", "--name"),
];

/// The tags that a resource gets by a request of its own, because a command line does not take them.
fn merged_tags(commands: &[Command], id: &str) -> BTreeMap<String, String> {
    let begins = format!("{id}/providers/Microsoft.Resources/tags/default?");
    let sent =
        commands.iter().filter(|one| one.flags.get("--url").is_some_and(|url| url.starts_with(&begins)));
    let merged = sent.map(|one| serde_json::from_str::<Value>(&one.flags["--body"]).unwrap());
    merged
        .flat_map(|body| {
            serde_json::from_value::<BTreeMap<_, _>>(body["properties"]["tags"].clone()).unwrap()
        })
        .collect()
}

#[test]
fn az_commands_read_back_to_the_same_resources() {
    for (name, environment) in environments() {
        let template = Template::of(&environment);
        let group = environment.group_id();
        let (commands, files) = read_script(&az::commands(&environment));
        let mut made: BTreeSet<String> = BTreeSet::new();
        for command in &commands {
            let flag = |name: &str| command.flags.get(name).cloned().unwrap_or_default();
            if let Some((_, kind, named)) = MAKES.iter().find(|(verb, _, _)| *verb == command.verb) {
                let scope = ArmId::group(&flag("--subscription"), &flag("--resource-group"));
                let id = super::child(&scope, kind, &flag(named)).to_string();
                let mut tags = command.tags.clone();
                tags.extend(merged_tags(&commands, &id));
                assert_eq!(tags, environment.tags, "{name}: {}", command.verb);
                made.insert(id);
            }
            match command.verb.as_str() {
                "az resource create" => {
                    let text = &files[flag("--properties").strip_prefix('@').unwrap()];
                    let body: Value = serde_json::from_str(text).unwrap();
                    let resource = template
                        .resources
                        .iter()
                        .find(|one| super::id_of(one, &group).as_str() == flag("--id"))
                        .unwrap();
                    let deployed = az::resolved(&Value::Object(resource.body.clone()), &group);
                    assert_eq!(body, deployed, "{name}");
                    assert_eq!(flag("--api-version"), resource.version, "{name}");
                    made.insert(flag("--id"));
                }
                "az role assignment create" => {
                    let scope = ArmId::parse(&flag("--scope")).unwrap();
                    let id = super::child(&scope, ASSIGNMENTS, &flag("--name"));
                    // Who reads the customer's key is let in by a step before the template.
                    let reads_key = environment.key_reader().is_some_and(|(_, vault)| vault == scope);
                    if group.contains(&scope) && !reads_key {
                        made.insert(id.to_string());
                    }
                }
                "az network private-dns link vnet create" => {
                    let scope = ArmId::group(&flag("--subscription"), &flag("--resource-group"));
                    let of = format!("{}/{}", flag("--zone-name"), flag("--name"));
                    let kind = "Microsoft.Network/privateDnsZones/virtualNetworkLinks";
                    made.insert(super::child(&scope, kind, &of).to_string());
                }
                "az network private-endpoint dns-zone-group create" => {
                    let scope = ArmId::group(&flag("--subscription"), &flag("--resource-group"));
                    let of = format!("{}/{}", flag("--endpoint-name"), flag("--name"));
                    let kind = "Microsoft.Network/privateEndpoints/privateDnsZoneGroups";
                    made.insert(super::child(&scope, kind, &of).to_string());
                }
                _ => {}
            }
        }
        let wanted: BTreeSet<String> = template.ids(&group).iter().map(ToString::to_string).collect();
        assert_eq!(made, wanted, "{name}");
    }
}

#[test]
fn az_commands_give_dependents_the_same_settings() {
    for (name, environment) in environments() {
        let template = Template::of(&environment);
        let (commands, _) = read_script(&az::commands(&environment));
        for resource in &template.resources {
            let Some((verb, _, named)) = MAKES.iter().find(|(_, kind, _)| *kind == resource.kind) else {
                continue;
            };
            let command =
                commands.iter().find(|one| one.verb == *verb && one.flags[*named] == resource.name).unwrap();
            let body = Value::Object(resource.body.clone());
            for (flag, at) in [
                ("--location", "/location"),
                ("--sku", "/sku/name"),
                ("--sku", "/properties/sku/name"),
                ("--public-network-access", "/properties/publicNetworkAccess"),
                ("--default-action", "/properties/networkAcls/defaultAction"),
                ("--min-tls-version", "/properties/minimumTlsVersion"),
                ("--kind", "/kind"),
            ] {
                if let (Some(given), Some(wanted)) = (command.flags.get(flag), body.pointer(at)) {
                    assert_eq!(Some(given.as_str()), wanted.as_str(), "{name}: {} {flag}", resource.name);
                }
            }
        }
    }
}

/// Reads the YAML that is written here: maps and lists by indentation, texts plain or as JSON writes them.
fn read_yaml(text: &str) -> Value {
    fn scalar(text: &str) -> Value {
        match text {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "{}" => json!({}),
            quoted if quoted.starts_with('"') => serde_json::from_str(quoted).unwrap(),
            plain => Value::from(plain),
        }
    }
    fn key_and_rest(line: &str) -> (String, &str) {
        if line.starts_with('"') {
            let end = line.find("\":").unwrap();
            (serde_json::from_str(&line[..=end]).unwrap(), line[end + 2..].trim())
        } else {
            let (key, rest) = line.split_once(':').unwrap();
            (key.to_owned(), rest.trim())
        }
    }
    fn block(lines: &[(usize, String)], at: &mut usize, depth: usize) -> Value {
        let mut map = serde_json::Map::new();
        let mut list = Vec::new();
        while let Some((indent, line)) = lines.get(*at).cloned().filter(|(indent, _)| *indent >= depth) {
            assert_eq!(indent, depth, "{line}");
            if let Some(first) = line.strip_prefix("- ") {
                let mut inner = lines.to_vec();
                inner[*at] = (depth + 2, first.to_owned());
                list.push(block(&inner, at, depth + 2));
                continue;
            }
            *at += 1;
            let (key, rest) = key_and_rest(&line);
            let value = if rest.is_empty() {
                let inner = lines[*at].0;
                block(lines, at, inner)
            } else {
                scalar(rest)
            };
            assert!(map.insert(key, value).is_none(), "{line}");
        }
        if list.is_empty() { map.into() } else { list.into() }
    }
    let lines: Vec<(usize, String)> = text
        .lines()
        .map(|line| (line.len() - line.trim_start().len(), line.trim_start().to_owned()))
        .collect();
    block(&lines, &mut 0, 0)
}

#[test]
fn workspace_yaml_reads_back_to_the_same_workspace() {
    for (name, environment) in environments() {
        let yaml = read_yaml(&yaml::workspace(&environment));
        let template = Template::of(&environment);
        let resource = template.resources.iter().find(|one| one.kind == WORKSPACES).unwrap();
        let body = Value::Object(resource.body.clone());
        let group = environment.group_id();
        // An expression of the template is an id in the file.
        let plain = |value: &Value| match value.as_str().and_then(Expression::read) {
            Some(Ok(Expression::Id { kind, name })) => {
                Value::from(super::child(&group, &kind, &name).as_str())
            }
            _ => {
                value.as_str().map_or_else(|| value.clone(), |text| super::expression::unescaped(text).into())
            }
        };
        let properties = &body["properties"];
        for (key, wanted) in [
            ("name", Value::from(resource.name.as_str())),
            ("location", body["location"].clone()),
            ("display_name", plain(&properties["friendlyName"])),
            ("description", plain(&properties["description"])),
            ("storage_account", plain(&properties["storageAccount"])),
            ("key_vault", plain(&properties["keyVault"])),
            ("application_insights", plain(&properties["applicationInsights"])),
            ("container_registry", plain(&properties["containerRegistry"])),
            ("hub_id", plain(&properties["hubResourceId"])),
            ("image_build_compute", plain(&properties["imageBuildCompute"])),
            ("system_datastores_auth_mode", properties["systemDatastoresAuthMode"].clone()),
            ("hbi_workspace", properties["hbiWorkspace"].clone()),
            ("primary_user_assigned_identity", properties["primaryUserAssignedIdentity"].clone()),
        ] {
            assert_eq!(yaml[key], wanted, "{name}: {key}");
        }
        assert_eq!(
            yaml["customer_managed_key"]["key_uri"],
            properties["encryption"]["keyVaultProperties"]["keyIdentifier"],
            "{name}"
        );
        let public = properties["publicNetworkAccess"].as_str().unwrap().to_lowercase();
        assert_eq!(yaml["public_network_access"], json!(public), "{name}");
        let rules = yaml["managed_network"]["outbound_rules"].as_array().map_or(0, Vec::len);
        let wanted =
            properties["managedNetwork"]["outboundRules"].as_object().map_or(0, serde_json::Map::len);
        assert_eq!(rules, wanted, "{name}");
        for rule in yaml["managed_network"]["outbound_rules"].as_array().into_iter().flatten() {
            let wanted = &properties["managedNetwork"]["outboundRules"][rule["name"].as_str().unwrap()];
            let said = wanted["type"].as_str().unwrap().to_lowercase();
            assert_eq!(rule["type"].as_str().unwrap().replace('_', ""), said, "{name}");
            let (given, wanted) = (&rule["destination"], &wanted["destination"]);
            let (given, wanted) = match said.as_str() {
                "fqdn" => (given, wanted),
                "servicetag" => (&given["port_ranges"], &wanted["portRanges"]),
                _ => (&given["service_resource_id"], &wanted["serviceResourceId"]),
            };
            assert_eq!(given, wanted, "{name}");
        }
        let tags: BTreeMap<String, String> = yaml["tags"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
            .collect();
        assert_eq!(tags, environment.tags, "{name}");
    }
}

#[test]
fn a_text_that_looks_like_an_expression_stays_a_text() {
    let mut environment = examples::named("staged").environments.remove(0);
    environment.tags.insert("all".to_owned(), "[resourceGroup().id]".to_owned());
    let template = Template::of(&environment);
    let storage = template.resources.iter().find(|one| one.kind == STORAGE).unwrap();
    assert_eq!(storage.body["tags"]["it's"], "[a] 'quoted' $tag");
    assert_eq!(storage.body["tags"]["all"], "[[resourceGroup().id]");
    let bicep = template.bicep(&[]);
    assert!(bicep.contains(r"'it\'s': '[a] \'quoted\' \$tag'") && bicep.contains("'[resourceGroup().id]'"));
}

#[test]
fn who_is_given_by_name_is_asked_for_by_az_and_told_to_be_left_out_of_bicep() {
    let mut environment = examples::named("one").environments.remove(0);
    let by_name = |kind, name: &str| ByName {
        kind,
        name: name.to_owned(),
        place: Place::Workspace,
        role: roles::READER.into(),
    };
    environment.by_name = vec![
        by_name(PrincipalKind::Group, "Fraud data scientists"),
        by_name(PrincipalKind::User, "ada@contoso.com"),
        by_name(PrincipalKind::ServicePrincipal, "Team O'Neill"),
    ];
    let script = az::commands(&environment);
    for line in [
        "principal=$(az ad group show --group 'Fraud data scientists' --query id --output tsv)",
        "principal=$(az ad user show --id ada@contoso.com --query id --output tsv)",
        r"principal=$(az ad sp list --filter 'displayName eq '\''Team O'\'''\''Neill'\''' --query '[].id' --output tsv)",
        "  --assignee-object-id \"$principal\" \\",
    ] {
        assert!(script.lines().any(|one| one == line), "{line}\nis not in\n{script}");
    }
    let bicep = Template::of(&environment).bicep(&template_title(&environment));
    assert!(
        bicep.contains("\n// - Reader on the workspace for the group 'Fraud data scientists' is not in it"),
        "{bicep}"
    );
}

#[test]
fn what_a_form_leaves_out_of_the_plan_is_said_at_its_head() {
    let set_up = examples::named("dev-prod");
    let environment = &set_up.environments[1];
    let title = template_title(environment);
    for line in [
        "Not in it, and part of the plan:",
        "- Make the resource group rg-pricing-prod",
        "- Grant the identity of mlw-pricing-prod Azure AI Enterprise Network Connection Approver on stcontosolake",
        "- Provision the managed network of mlw-pricing-prod",
        "- Set a budget for rg-pricing-prod",
    ] {
        assert!(title.iter().any(|one| one == line), "{line}\nis not in\n{title:#?}");
    }
    assert!(title.iter().any(|one| one.starts_with("- Register Microsoft.MachineLearningServices, ")));
    let template = Template::of(environment);
    let arm: Value = serde_json::from_str(&template.arm(&title)).unwrap();
    assert_eq!(arm["metadata"]["comments"].as_array().unwrap().len(), title.len());
    let yaml = yaml::file(environment);
    let head: Vec<&str> = yaml.lines().take_while(|line| line.starts_with('#')).collect();
    for line in [
        "# - Provision the managed network of mlw-pricing-prod",
        "# - Make Microsoft.Storage/storageAccounts stmlwpricingprodb3dc6e",
        "# - Make Microsoft.Authorization/roleAssignments: 5",
    ] {
        assert!(head.contains(&line), "{line}\nis not in\n{head:#?}");
    }
    let basic = "# - The firewall's SKU Basic: the client makes the workspace with an api-version that does not know it";
    assert!(head.contains(&basic), "{head:#?}");
    let existing = yaml::file(&examples::named("existing").environments[0]);
    for line in ["# - No Application Insights: ", "# - id-forecast as the identity that reads the key: "] {
        assert!(existing.contains(line), "{line}\nis not in\n{existing}");
    }
    let staged = template_title(&examples::named("staged").environments[0]);
    assert!(staged.iter().any(|one| one.starts_with("- Turn shared keys of ")), "{staged:#?}");
}

#[test]
fn tags_that_a_command_line_does_not_take_are_sent_as_they_are() {
    let mut environment = environments().remove(0).1;
    let odd = [("owner", "@team"), ("a=b", "c"), ("cost centre", "47"), ("nothing", "null"), ("empty", "")];
    environment.tags.extend(odd.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let script = az::commands(&environment);
    assert!(script.starts_with("set -e\n"), "a failed create must not be followed by what needs it");
    let (commands, _) = read_script(&script);
    let is_odd = |name: &String| odd.iter().any(|(odd, _)| odd == name);
    assert!(commands.iter().all(|one| !one.tags.keys().any(is_odd)));
    let storage = super::child(&environment.group_id(), STORAGE, &storage_name(&commands));
    assert_eq!(merged_tags(&commands, storage.as_str()).len(), odd.len(), "{script}");
}

/// The name of the storage account that is made.
fn storage_name(commands: &[Command]) -> String {
    commands.iter().find(|one| one.verb == "az storage account create").unwrap().flags["--name"].clone()
}

#[test]
fn what_is_there_stays_as_it_is() {
    for (name, environment) in environments() {
        let script = az::commands(&environment);
        let mut before = "";
        for line in script.lines() {
            let changes = ["az rest", "az ad ", "az identity show", "principal=", "identity=", "month="]
                .iter()
                .all(|reads| !line.contains(reads));
            if line.contains("az ") && !line.starts_with('#') && changes {
                let guarded = before.starts_with("there ") && before.trim_end_matches(" {").ends_with("||");
                assert!(guarded && line.starts_with("  az "), "{name}: {before}\n{line}");
            }
            before = line;
        }
    }
}

#[test]
fn az_makes_every_group_of_the_plan() {
    for (name, environment) in environments() {
        let (commands, _) = read_script(&az::commands(&environment));
        let made = commands.iter().filter(|one| one.verb == "az group create");
        let made: Vec<ArmId> =
            made.map(|one| ArmId::group(&one.flags["--subscription"], &one.flags["--name"])).collect();
        assert_eq!(made, environment.groups(), "{name}");
    }
    let groups = |name: &str| examples::named(name).environments[0].groups().len();
    assert_eq!((groups("one"), groups("nested")), (1, 2));
}

#[test]
fn az_registers_every_provider_that_the_plan_needs() {
    for (name, environment) in environments() {
        let script = az::commands(&environment);
        for id in Template::of(&environment).ids(&environment.group_id()) {
            let kind = id.resource_type().unwrap();
            let namespace = kind.split('/').next().unwrap();
            let register = format!(
                "  az provider register --namespace {namespace} --subscription {} --wait\n",
                environment.subscription
            );
            assert!(
                namespace == "Microsoft.Authorization" || script.contains(&register),
                "{name}: {namespace}"
            );
        }
    }
}

#[test]
fn az_makes_the_very_budget_of_the_plan() {
    let set_up = examples::named("dev-prod");
    let environment = &set_up.environments[1];
    let script = az::commands(environment);
    let line = script.lines().find(|line| line.starts_with("  az rest --method put")).unwrap();
    let mut words = words(line).unwrap().into_iter();
    let url = words.by_ref().skip_while(|word| word != "--url").nth(1).unwrap();
    let body = words.nth(1).unwrap().replace("$month", "2026-11-01");
    let plan = plan::plan(
        &set_up,
        &plan::Known::only_today(jiff::civil::date(2026, 11, 22)),
        &Production::default(),
    )
    .unwrap();
    let step = plan.steps.iter().find(|step| step.id == "prod-budget").unwrap();
    let request = &step.requests[0];
    assert!(url.starts_with(&format!("{}?", request.path)), "{url}");
    assert_eq!(serde_json::from_str::<Value>(&body).ok(), request.body);
    assert!(script.contains("month=$(date -u +%Y-%m-01)\n"), "{script}");
}

#[test]
fn what_az_runs_twice_is_asked_for_or_named_first() {
    for (name, environment) in environments() {
        let (commands, _) = read_script(&az::commands(&environment));
        for command in commands.iter().filter(|one| one.verb == "az role assignment create") {
            assert!(command.flags.contains_key("--name"), "{name}: {:?}", command.flags);
        }
    }
}

#[test]
fn what_is_in_another_group_is_no_part_of_the_template() {
    let environment = &examples::named("existing").environments[0];
    let ids = Template::of(environment).ids(&environment.group_id());
    assert!(ids.iter().all(|id| environment.group_id().contains(id)), "{ids:#?}");
    let registry = environment.grants.iter().any(|grant| grant.role.name == "AcrPull");
    assert!(registry && !ids.iter().any(|id| id.as_str().contains("registries")));
}
