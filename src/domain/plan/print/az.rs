//! A plan as lines for a POSIX shell: a command of `az` where it has one that does exactly the same, `az rest` for
//! all else.

use std::fmt::Write;

use serde_json::{Map, Value};

use super::super::{Fill, Plan, Run, Step, inverse};
use super::shell::{flag_words, is_plain, quote, tag};
use super::span;
use crate::azure::arm::address::path_and_query;
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::{Method, Request, Service};
use crate::azure::safe_text::one_line;

/// Flags of `az ml workspace update` that stand for one property each.
const WORKSPACE_FLAGS: [(&str, &str); 5] = [
    ("systemDatastoresAuthMode", "--system-datastores-auth-mode"),
    ("description", "--description"),
    ("friendlyName", "--display-name"),
    ("imageBuildCompute", "--image-build-compute"),
    ("publicNetworkAccess", "--public-network-access"),
];

/// Flags of `az storage account update` that stand for one property each.
const STORAGE_FLAGS: [(&str, &str); 2] = [
    ("allowSharedKeyAccess", "--allow-shared-key-access"),
    ("publicNetworkAccess", "--public-network-access"),
];

/// A plan as a script: its chosen steps in order, with what is checked and waited for as comments, and the way back
/// as comments at the end.
#[must_use]
pub fn az(plan: &Plan) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let mut put = |line: &str| {
        let _ = writeln!(out, "{line}");
    };
    put("set -e");
    put(&format!("# {}", one_line(&plan.title)));
    for (_, step) in plan.chosen() {
        put(&format!("\n# {}", one_line(&step.title)));
        if let Some(caution) = &step.caution {
            put(&format!("# {}", one_line(caution)));
        }
        if let Some(check) = &step.already {
            put(&format!("# not needed when {}", one_line(&check.words)));
        }
        if step.spares {
            put(
                "# What others depend on, or made anew, a run leaves: it looks before each of these. A script does not, so that\n\
                 # they are comments here: look at each, and take the # away.",
            );
        }
        for (at, request) in step.requests.iter().enumerate() {
            for (_, fill) in step.unfilled(at) {
                put(&format!("# the {}", one_line(&fill.words)));
                put(&format!(
                    "{}=$({} --query {} --output tsv)",
                    variable(fill),
                    az_line(&fill.read),
                    quote(&fill.query())
                ));
            }
            let line = step.unfilled(at).fold(az_line(request), |line, (_, fill)| {
                // The angle brackets of a placeholder have put the word into quotes.
                line.replace(&fill.placeholder(), &format!("'\"${}\"'", variable(fill)))
            });
            for line in checked(step, request, &line).lines() {
                put(line);
            }
        }
        if let Some(wait) = &step.wait {
            let (reason, longest) = (one_line(&wait.reason), span(wait.at_most));
            put(&format!("# wait until {reason}; at most {longest}"));
            if wait.until.is_none() {
                put(&format!("sleep {}", wait.typical));
            }
        }
        if let Some(check) = &step.verify {
            put(&format!("# read back: {}", one_line(&check.words)));
            put(&az_line(&check.read));
        }
    }
    // The very steps that undo a run of all of it, with what these wait for.
    let back = inverse(&Run::carried_out(plan), &[]).map(|back| back.steps).unwrap_or_default();
    if !back.is_empty() {
        put("\n# The way back:");
    }
    for step in &back {
        for request in &step.requests {
            for line in checked(step, request, &az_line(request)).lines() {
                put(&format!("# {}", line.trim_start_matches("# ")));
            }
        }
        if let Some(wait) = step.wait.as_ref().filter(|wait| wait.until.is_none()) {
            put(&format!("# sleep {}", wait.typical));
        }
    }
    out
}

/// The command of a request with what the run would look at before: a group goes only when nothing is in it, and what others
/// may depend on only by hand.
fn checked(step: &Step, request: &Request, line: &str) -> String {
    if let Some(check) = step.empties().filter(|_| request.method == Method::Delete) {
        let list = az_line(&check.read);
        // On a line of its own: a list that cannot be read ends the script there.
        return format!("left=$({list} --query 'value[].id' --output tsv)\ntest -n \"$left\" ||\n  {line}");
    }
    if step.spares && !request.only_reads() {
        return line.lines().map(|line| format!("# {line}")).collect::<Vec<_>>().join("\n");
    }
    line.to_owned()
}

/// The variable of a shell script for what is read.
fn variable(fill: &Fill) -> String {
    fill.words
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join("_")
}

/// One request as a command.
#[must_use]
pub fn az_line(request: &Request) -> String {
    let words = command(request).filter(|words| words.iter().all(|word| is_plain(word)));
    let words = words.unwrap_or_else(|| rest(request));
    words.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" ")
}

fn rest(request: &Request) -> Vec<String> {
    let mut url = String::new();
    if request.service == Service::Graph {
        url.push_str("https://graph.microsoft.com");
    }
    path_and_query(&mut url, request, None);
    let mut words = ["az", "rest", "--method", &request.method.as_str().to_ascii_lowercase(), "--url", &url]
        .map(str::to_owned)
        .to_vec();
    if let Some(body) = &request.body {
        words.extend(["--body".to_owned(), body.to_string()]);
    }
    words
}

/// The command that does exactly what the request does; none where there is none.
fn command(request: &Request) -> Option<Vec<String>> {
    if request.service != Service::Arm {
        return None;
    }
    let id = ArmId::parse(&request.path).ok()?;
    let kind = id.resource_type()?.to_ascii_lowercase();
    match (request.method, kind.as_str()) {
        (Method::Put, "microsoft.authorization/roleassignments") => create_assignment(&id, request),
        (Method::Delete, "microsoft.authorization/roleassignments") => {
            Some(line("az role assignment delete", &[("--ids", id.as_str())]))
        }
        (Method::Patch, "microsoft.machinelearningservices/workspaces") => {
            update("az ml workspace update", &id, request, &WORKSPACE_FLAGS)
        }
        (Method::Patch, "microsoft.storage/storageaccounts") => {
            update("az storage account update", &id, request, &STORAGE_FLAGS)
        }
        (Method::Put, "microsoft.resources/resourcegroups") => create_group(&id, request),
        _ => action(&request.path, request.method),
    }
}

/// Actions, which are no ids: synchronising keys, registering a provider.
fn action(path: &str, method: Method) -> Option<Vec<String>> {
    let (on, action) = path.rsplit_once('/')?;
    let id = ArmId::parse(on).ok()?;
    let provider = |at: &ArmId| {
        let rest = at.as_str().strip_prefix("/subscriptions/")?;
        let (_, namespace) = rest.split_once("/providers/")?;
        (!namespace.contains('/')).then(|| namespace.to_owned())
    };
    match (method, action.to_ascii_lowercase().as_str()) {
        (Method::Post, "resynckeys") if id.is_type("Microsoft.MachineLearningServices/workspaces") => {
            Some(line("az ml workspace sync-keys", &place(&id)?))
        }
        (Method::Post, "register") => {
            let namespace = provider(&id)?;
            let flags = [("--namespace", namespace.as_str()), ("--subscription", id.subscription_id()?)];
            Some(line("az provider register", &flags))
        }
        _ => None,
    }
}

fn create_assignment(id: &ArmId, request: &Request) -> Option<Vec<String>> {
    const KNOWN: [&str; 6] =
        ["roleDefinitionId", "principalId", "principalType", "condition", "conditionVersion", "description"];
    let properties = only(request.body.as_ref()?, &["properties"])?.get("properties")?;
    let properties = only(properties, &KNOWN)?;
    let text = |name: &str| properties.get(name).and_then(Value::as_str);
    let (scope, _) = id.as_str().rsplit_once("/providers/Microsoft.Authorization/roleAssignments/")?;
    let mut flags = vec![
        ("--name", id.name()),
        ("--assignee-object-id", text("principalId")?),
        ("--assignee-principal-type", text("principalType")?),
        ("--role", text("roleDefinitionId")?),
        ("--scope", if scope.is_empty() { "/" } else { scope }),
    ];
    let optional = [
        ("condition", "--condition"),
        ("conditionVersion", "--condition-version"),
        ("description", "--description"),
    ];
    flags.extend(optional.iter().filter_map(|(name, flag)| Some((*flag, text(name)?))));
    Some(line("az role assignment create", &flags))
}

/// An update whose body is nothing but properties that have a flag each.
fn update(command: &str, id: &ArmId, request: &Request, flags: &[(&str, &str)]) -> Option<Vec<String>> {
    let properties = only(request.body.as_ref()?, &["properties"])?.get("properties")?.as_object()?;
    let mut words = line(command, &place(id)?);
    for (name, value) in properties {
        let (_, flag) = flags.iter().find(|(known, _)| known == name)?;
        let value = match value {
            Value::String(text) => text.clone(),
            Value::Bool(flag) => flag.to_string(),
            _ => return None,
        };
        words.extend(flag_words(flag, &value));
    }
    (!properties.is_empty()).then_some(words)
}

fn create_group(id: &ArmId, request: &Request) -> Option<Vec<String>> {
    let body = only(request.body.as_ref()?, &["location", "tags"])?;
    let mut words = line(
        "az group create",
        &[
            ("--name", id.resource_group()?),
            ("--subscription", id.subscription_id()?),
            ("--location", body.get("location")?.as_str()?),
        ],
    );
    if let Some(tags) = body.get("tags").and_then(Value::as_object).filter(|tags| !tags.is_empty()) {
        words.push("--tags".to_owned());
        for (name, value) in tags {
            words.push(tag(name, value.as_str()?)?);
        }
    }
    Some(words)
}

/// Name, group and subscription as flags.
fn place(id: &ArmId) -> Option<[(&'static str, &str); 3]> {
    Some([
        ("--name", id.name()),
        ("--resource-group", id.resource_group()?),
        ("--subscription", id.subscription_id()?),
    ])
}

fn line(command: &str, flags: &[(&str, &str)]) -> Vec<String> {
    let mut words: Vec<String> = command.split(' ').map(str::to_owned).collect();
    for (flag, value) in flags {
        words.extend(flag_words(flag, value));
    }
    words
}

/// The object, when it has no other members than these.
fn only<'a>(value: &'a Value, names: &[&str]) -> Option<&'a Map<String, Value>> {
    value.as_object().filter(|object| object.keys().all(|name| names.contains(&name.as_str())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const WORKSPACE: &str =
        "/subscriptions/s/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/mlw";

    fn request(method: Method, path: &str, body: Value) -> Request {
        let request = Request::arm_path(method, path, "2022-04-01");
        if body.is_null() { request } else { request.body(body) }
    }

    fn assignment(more: Value) -> Request {
        let mut properties = json!({"roleDefinitionId": "/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/r",
                "principalId": "p", "principalType": "Group"});
        if let (Some(properties), Value::Object(more)) = (properties.as_object_mut(), more) {
            properties.extend(more);
        }
        request(
            Method::Put,
            &format!("{WORKSPACE}/providers/Microsoft.Authorization/roleAssignments/n"),
            json!({"properties": properties}),
        )
    }

    #[test]
    fn az_is_used_where_it_does_exactly_the_same() {
        let storage = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/st";
        let cases = [
            (
                assignment(json!({})),
                format!(
                    "az role assignment create --name n --assignee-object-id p --assignee-principal-type Group \
                     --role /subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/r --scope {WORKSPACE}"
                ),
            ),
            (
                request(Method::Delete, "/providers/Microsoft.Authorization/roleAssignments/n", json!(null)),
                "az role assignment delete --ids /providers/Microsoft.Authorization/roleAssignments/n"
                    .to_owned(),
            ),
            (
                request(
                    Method::Patch,
                    WORKSPACE,
                    json!({"properties": {"systemDatastoresAuthMode": "identity"}}),
                ),
                "az ml workspace update --name mlw --resource-group rg --subscription s \
                 --system-datastores-auth-mode identity"
                    .to_owned(),
            ),
            (
                request(Method::Patch, storage, json!({"properties": {"allowSharedKeyAccess": false}})),
                "az storage account update --name st --resource-group rg --subscription s \
                 --allow-shared-key-access false"
                    .to_owned(),
            ),
            (
                request(Method::Post, &format!("{WORKSPACE}/resyncKeys"), json!(null)),
                "az ml workspace sync-keys --name mlw --resource-group rg --subscription s".to_owned(),
            ),
            (
                request(
                    Method::Post,
                    "/subscriptions/s/providers/Microsoft.MachineLearningServices/register",
                    json!(null),
                ),
                "az provider register --namespace Microsoft.MachineLearningServices --subscription s"
                    .to_owned(),
            ),
            (
                request(
                    Method::Put,
                    "/subscriptions/s/resourceGroups/rg",
                    json!({"location": "westeurope", "tags": {"owner": "ml team"}}),
                ),
                "az group create --name rg --subscription s --location westeurope --tags 'owner=ml team'"
                    .to_owned(),
            ),
            (
                request(Method::Patch, WORKSPACE, json!({"tags": {"env": "prod"}})),
                format!(
                    "az rest --method patch --url '{WORKSPACE}?api-version=2022-04-01' \
                     --body '{{\"tags\":{{\"env\":\"prod\"}}}}'"
                ),
            ),
        ];
        for (request, expected) in cases {
            assert_eq!(az_line(&request), expected);
        }
    }

    #[test]
    fn what_is_read_when_its_turn_has_come_is_a_variable_of_the_script() {
        use crate::domain::plan::{Kind, Step};
        let fill = Fill {
            request: 0,
            at: "/properties/principalId".to_owned(),
            read: request(Method::Get, WORKSPACE, json!(null)),
            from: "/identity/principalId".to_owned(),
            words: "object id of the identity of mlw-1".to_owned(),
        };
        let mut plan = Plan::new(Kind::Grant, "Grant", ArmId::parse(WORKSPACE).unwrap());
        plan.steps.push(Step::send("a", "Grant", "It is so.", assignment(json!({}))).fill(fill));
        let script = az(&plan);
        let read = format!(
            "object_id_of_the_identity_of_mlw_1=$(az rest --method get --url '{WORKSPACE}?api-version=2022-04-01' --query \
             identity.principalId --output tsv)"
        );
        assert!(script.contains(&read), "{script}");
        assert!(
            script.contains("--assignee-object-id ''\"$object_id_of_the_identity_of_mlw_1\"''"),
            "{script}"
        );
    }

    #[test]
    fn what_a_command_would_drop_goes_by_rest() {
        let delegated = assignment(json!({"delegatedManagedIdentityResourceId": "/x"}));
        assert!(az_line(&delegated).starts_with("az rest --method put"));
        let both = json!({"properties": {"systemDatastoresAuthMode": "identity"}, "tags": {}});
        assert!(az_line(&request(Method::Patch, WORKSPACE, both)).starts_with("az rest"));
    }

    #[test]
    fn hostile_texts_stay_one_word_and_no_flag_and_no_file() {
        let line = az_line(&assignment(json!({"description": "it's $(rm -rf ~) `id`\n; x"})));
        assert!(line.ends_with("--description 'it'\\''s $(rm -rf ~) `id`\n; x'"), "{line}");
        let line = az_line(&assignment(json!({"description": "--yes"})));
        assert!(line.ends_with(" --description=--yes"), "{line}");
        for file in ["@/etc/passwd", "x=@/etc/passwd"] {
            let line = az_line(&assignment(json!({"description": file})));
            assert!(line.starts_with("az rest ") && !line.contains("--description"), "{line}");
        }
    }
}
