//! What is written into the activity log: every request below a subscription that changes something or tries to, as it
//! begins and as it ends, and the role assignments that Privileged Identity Management writes by itself.
//!
//! Members: the documents of 2015-04-01 and the one recording; both events of a request carry its correlation id.

use axum::http::{Method, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::emulator::members::last_segment;
use crate::emulator::reply::{Answer, ArmError};
use crate::emulator::request::Call;
use crate::emulator::store::{id_of, key};
use crate::emulator::types;
use crate::emulator::world::World;

/// The application that Privileged Identity Management acts as.
const PIM: (&str, &str) = ("MS-PIM", "01fc33a7-78ba-4d2f-a4b7-768e336e890e");
/// The type of deployments.
const DEPLOYMENTS: &str = "Microsoft.Resources/deployments";
/// .NET counts ticks of 100 ns from the year 1.
const TICKS_TO_1970: i128 = 621_355_968_000_000_000;

/// Operations with the names that the log has for them; any other is its own name.
const NAMES: [(&str, &str); 12] = [
    ("Microsoft.Authorization/roleAssignments/delete", "Delete role assignment"),
    ("Microsoft.Authorization/roleAssignments/write", "Create role assignment"),
    ("Microsoft.KeyVault/vaults/write", "Update Key Vault"),
    ("Microsoft.MachineLearningServices/workspaces/computes/start/action", "Start a compute"),
    (
        "Microsoft.MachineLearningServices/workspaces/listKeys/action",
        "List secrets for a machine learning services workspace",
    ),
    (
        "Microsoft.MachineLearningServices/workspaces/outboundRules/write",
        "Creates or updates an outbound rule",
    ),
    (
        "Microsoft.MachineLearningServices/workspaces/resyncKeys/action",
        "Resync secrets for a machine learning services workspace",
    ),
    (
        "Microsoft.MachineLearningServices/workspaces/write",
        "Creates or updates a machine learning services workspace",
    ),
    ("Microsoft.Resources/subscriptions/resourceGroups/delete", "Delete resource group"),
    ("Microsoft.Storage/storageAccounts/delete", "Delete Storage Account"),
    ("Microsoft.Storage/storageAccounts/listKeys/action", "List Storage Account Keys"),
    ("Microsoft.Storage/storageAccounts/write", "Create/Update Storage Account"),
];

fn said(value: &str) -> Value {
    json!({ "value": value, "localizedValue": value })
}

/// What a request does, and to what: `Microsoft.Storage/storageAccounts/listKeys/action` and the account's id. Types and
/// actions have the service's spelling where they are known.
fn operation(call: &Call) -> (String, String) {
    let verb = match call.method {
        Method::POST => "action",
        Method::DELETE => "delete",
        _ => "write",
    };
    let path = &call.path;
    let (mut types, mut resource) = match path.last() {
        Some(part) => (part.full_type(), path.id()),
        None => ("Microsoft.Resources/subscriptions/resourceGroups".to_owned(), path.id()),
    };
    // Deployments have an older path, without a provider.
    if path.last().is_none()
        && let [word, rest @ ..] = path.rest.as_slice()
    {
        let action = rest.get(1).map(|action| format!("/{action}")).unwrap_or_default();
        let name = rest.first().map_or("", String::as_str);
        let above = path.segments().len() - path.rest.len();
        let scope = format!("/{}", path.segments()[..above].join("/"));
        if word.eq_ignore_ascii_case("deployments") {
            types = format!("{DEPLOYMENTS}{action}");
            resource = format!("{scope}/providers/{DEPLOYMENTS}/{name}");
        } else {
            types = format!("{types}/{word}");
            resource = scope;
        }
    } else if call.method == Method::POST {
        resource = path.without_last();
    }
    let known = types::find(&types).map(|kind| kind.name.to_owned());
    let action = || {
        let (owner, action) = types.rsplit_once('/')?;
        let kind = types::find(owner)?;
        let action = kind
            .actions
            .iter()
            .find(|one| one.name.eq_ignore_ascii_case(action))
            .map_or(action, |one| one.name);
        Some(format!("{}/{action}", kind.name))
    };
    let types = known.or_else(action).unwrap_or(types);
    (format!("{types}/{verb}"), resource)
}

/// Who asks, as the log names them: people by their sign-in name, applications by their object id.
fn caller(world: &World, id: &str) -> (String, Value) {
    let is_user = world.directory.principal_type(id) == Some("User");
    let name = world.directory.sign_in_name(id).unwrap_or(id);
    let mut claims = json!({
        "http://schemas.microsoft.com/identity/claims/objectidentifier": id,
        "http://schemas.microsoft.com/identity/claims/tenantid": world.store.tenant_id(),
        "idtyp": if is_user { "user" } else { "app" }, "ipaddr": "127.0.0.1"
    });
    if let Some(display) = world.directory.display_name(id).filter(|_| is_user) {
        claims["name"] = Value::from(display);
    }
    let of = if is_user { "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn" } else { "appid" };
    claims[of] = Value::from(name);
    ((if is_user { name } else { id }).to_owned(), claims)
}

/// An event without its end: what begins and what ends share.
fn event(world: &World, operation: &str, resource: &str, caller: &str, claims: &Value) -> Value {
    let kind = operation.rsplit_once('/').map_or(operation, |(kind, _)| kind);
    let kind = if operation.ends_with("/action") {
        kind.rsplit_once('/').map_or(kind, |(kind, _)| kind)
    } else {
        kind
    };
    let provider = operation.split('/').next().unwrap_or_default();
    let named = NAMES.iter().find(|(known, _)| *known == operation).map_or(operation, |(_, name)| name);
    let segments: Vec<&str> = resource.split('/').collect();
    let group = segments.get(3).filter(|word| word.eq_ignore_ascii_case("resourceGroups"));
    json!({
        "type": "Microsoft.Insights/eventtypes/values",
        "authorization": { "action": operation, "scope": resource }, "caller": caller, "channels": "Operation",
        "claims": claims, "description": "", "category": said("Administrative"),
        "resourceGroupName": group.and_then(|_| segments.get(4)).copied().unwrap_or_default(),
        "resourceProviderName": said(provider), "resourceId": resource, "resourceType": said(kind),
        "operationName": { "value": operation, "localizedValue": named }, "properties": {},
        "subscriptionId": segments.get(2), "tenantId": world.store.tenant_id()
    })
}

/// How something stands when it is written down.
enum Stage<'a> {
    Started(Value),
    Succeeded(StatusCode),
    Failed(StatusCode, &'a Value),
}

/// Writes down one event. The numbers in ids grow, so that events of one moment stay in order.
fn write(world: &mut World, mut event: Value, stage: Stage<'_>, now: &str) {
    let words = |status: StatusCode| status.canonical_reason().unwrap_or_default().replace(' ', "");
    let (name, level, status, sub, properties) = match stage {
        Stage::Started(properties) => ("BeginRequest", "Informational", "Started", None, properties),
        Stage::Succeeded(code) => {
            let properties = json!({ "statusCode": words(code), "serviceRequestId": null });
            ("EndRequest", "Informational", "Succeeded", Some(code), properties)
        }
        Stage::Failed(code, error) => {
            let message = json!({ "error": error }).to_string();
            let properties =
                json!({ "statusCode": words(code), "serviceRequestId": null, "statusMessage": message });
            ("EndRequest", "Error", "Failed", Some(code), properties)
        }
    };
    let id = uuid::Uuid::new_v4().to_string();
    let time: Timestamp = now.parse().unwrap_or(Timestamp::UNIX_EPOCH);
    let ticks = TICKS_TO_1970 + time.as_nanosecond() / 100 + i128::from(world.store.revision);
    let resource = event["resourceId"].as_str().unwrap_or_default();
    event["id"] = Value::from(format!("{resource}/events/{id}/ticks/{ticks}"));
    event["name"] = Value::from(id.as_str());
    event["eventDataId"] = Value::from(id);
    event["eventName"] = json!({
        "value": name, "localizedValue": if name == "BeginRequest" { "Begin request" } else { "End request" }
    });
    event["level"] = Value::from(level);
    event["status"] = said(status);
    let code = sub.map(words).unwrap_or_default();
    let localized =
        sub.map_or_else(String::new, |sub| format!("{code} (HTTP Status Code: {})", sub.as_u16()));
    event["subStatus"] = json!({ "value": code, "localizedValue": localized });
    event["properties"] = properties;
    event["eventTimestamp"] = Value::from(now);
    event["submissionTimestamp"] = Value::from(now);
    world.store.put(event);
}

/// Writes down a request and how it ended; one that goes on ends in the log when it does ([`ended`]). Refusals that say
/// something about rights or states are in the log; a path that leads nowhere is not.
pub(in crate::emulator) fn request(world: &mut World, call: &Call, answer: &Answer) {
    let begun = world.operations.take_begun();
    let Some(subscription) = &call.path.subscription else { return };
    if !world.exists(&format!("/subscriptions/{subscription}")) {
        return;
    }
    let refusal = answer.as_ref().err().map(ArmError::told);
    let logged = [StatusCode::BAD_REQUEST, StatusCode::FORBIDDEN, StatusCode::CONFLICT];
    if refusal.as_ref().is_some_and(|(status, _)| !logged.contains(status)) {
        return;
    }
    let (operation, resource) = operation(call);
    let (name, claims) = caller(world, &call.caller.object_id);
    let mut event = event(world, &operation, &resource, &name, &claims);
    event["correlationId"] = Value::from(call.correlation.as_str());
    event["operationId"] = Value::from(call.correlation.as_str());
    event["httpRequest"] = json!({
        "clientRequestId": call.client_request, "clientIpAddress": "127.0.0.1", "method": call.method.as_str(),
        "uri": format!("{}{}", call.base, call.path.id())
    });
    // Who has no right is refused before anything begins.
    if refusal.as_ref().is_none_or(|(status, _)| *status != StatusCode::FORBIDDEN) {
        let body =
            call.body.as_ref().map_or_else(|| json!({}), |body| json!({ "requestbody": body.to_string() }));
        write(world, event.clone(), Stage::Started(body), &call.now);
    }
    match (answer, refusal) {
        (_, Some((status, error))) => write(world, event, Stage::Failed(status, &error), &call.now),
        (Ok(_), None) if !begun.is_empty() => {
            for id in begun {
                world.operations.tell(&id, event.clone());
            }
        }
        (Ok(_), None) if call.method == Method::PUT && event["resourceType"]["value"] == DEPLOYMENTS => {
            world.operations.tell(&key(&resource), event);
        }
        (Ok(reply), None) => write(world, event, Stage::Succeeded(reply.status), &call.now),
        (Err(_), None) => {}
    }
}

/// Writes down the end of what went on.
pub(in crate::emulator) fn ended(world: &mut World, event: Value, error: Option<&Value>, now: &str) {
    let stage = match error {
        Some(error) => Stage::Failed(StatusCode::BAD_REQUEST, error),
        None => Stage::Succeeded(StatusCode::OK),
    };
    write(world, event, stage, now);
}

/// Writes down that Privileged Identity Management wrote or deleted a role assignment.
pub(in crate::emulator) fn by_pim(world: &mut World, assignment: &Value, deletes: bool, now: &str) {
    let id = id_of(assignment).to_owned();
    if !id.to_ascii_lowercase().starts_with("/subscriptions/") {
        return;
    }
    let verb = if deletes { "delete" } else { "write" };
    let operation = format!("Microsoft.Authorization/roleAssignments/{verb}");
    let claims = json!({ "appid": PIM.1, "idtyp": "app" });
    let mut event = event(world, &operation, &id, PIM.0, &claims);
    let correlation = Value::from(uuid::Uuid::new_v4().to_string());
    event["correlationId"] = correlation.clone();
    event["operationId"] = correlation;
    let properties = &assignment["properties"];
    let body = json!({ "Id": last_segment(&id), "Properties": {
        "PrincipalId": properties["principalId"], "RoleDefinitionId": properties["roleDefinitionId"], "Scope": properties["scope"]
    }});
    let said = if deletes { json!({}) } else { json!({ "requestbody": body.to_string() }) };
    write(world, event.clone(), Stage::Started(said), now);
    let code = if deletes { StatusCode::OK } else { StatusCode::CREATED };
    write(world, event, Stage::Succeeded(code), now);
}
